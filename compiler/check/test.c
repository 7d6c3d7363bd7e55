/* Owns: `test` blocks: what their statements name, and what a test forgot.
 * Must not know: how a test is run. */
#include "compiler/check/check.h"
#include "compiler/check/states.h"

#include <string.h>

#define WORD(w) {w, sizeof w - 1}
static const Str phase_states[PW_COUNT] = {
    [PW_PENDING] = WORD("pending"), [PW_CHECKING] = WORD("checking"), [PW_BLOCKED] = WORD("blocked"),
    [PW_STAGED] = WORD("staged"), [PW_WAITING] = WORD("waiting"), [PW_APPROVED] = WORD("approved"),
    [PW_RUNNING] = WORD("running"), [PW_DONE] = WORD("done"), [PW_SKIPPED] = WORD("skipped"),
    [PW_REJECTED] = WORD("rejected"), [PW_EXPIRED] = WORD("expired"), [PW_FAILED] = WORD("failed"),
    [PW_UNDOING] = WORD("undoing"), [PW_UNDONE] = WORD("undone"), [PW_UNDO_FAILED] = WORD("undo_failed"),
    [PW_IN_DOUBT] = WORD("in_doubt"),
};
static const Str run_states[RW_COUNT] = {
    [RW_RUNNING] = WORD("running"), [RW_WAITING] = WORD("waiting"), [RW_DONE] = WORD("done"),
    [RW_FAILED] = WORD("failed"), [RW_REJECTED] = WORD("rejected"), [RW_CANCELLED] = WORD("cancelled"),
    [RW_IN_DOUBT] = WORD("in_doubt"),
};

typedef struct Test {
    Checker *c;
    File *f;
    SemTest *test;
    SemTestStep *steps;
    bool expects;
    SynRef seen[SYN_KIND_COUNT];
} Test;

/* What a test names and nobody declared is the test's mistake: the words are
 * those of any other name, the code is its own. */
static void of_test(Checker *c, uint32_t from)
{
    for (uint32_t i = from; i < c->diags->n; i++) {
        Diag *d = &c->diags->items[i];
        if (d->code == 1001 || d->code == 1010 || d->code == 2003)
            d->code = 8004;
    }
}

static const Entity *named(Test *t, SynRef path, uint32_t kinds, const char *wants)
{
    uint32_t from = t->c->diags->n;
    const Entity *e = path == 0 ? NULL : chk_path(t->c, t->f, SEM_NONE, path, kinds, wants);
    of_test(t->c, from);
    return e;
}

static uint32_t phase_named(Test *t, SynRef path)
{
    const Entity *e = named(t, path, DK(PHASE), "a phase");
    return e == NULL ? SEM_NONE : e->index;
}

static uint32_t role_named(Test *t, SynRef path)
{
    const Entity *e = named(t, path, DK(ROLE), "a role");
    return e == NULL ? SEM_NONE : e->index;
}

static uint32_t tool_named(Test *t, SynRef path)
{
    uint32_t from = t->c->diags->n, tool = chk_tool_path(t->c, t->f, path);
    of_test(t->c, from);
    return tool;
}

static bool is_word(const File *f, SynRef r, const char *word)
{
    return r != 0 && str_is(chk_text(f, r), word);
}

/* --- given ------------------------------------------------------------------ */

static void given_inputs(Test *t, SemTestStep *s, SynRef path, SynRef args)
{
    Place p;
    if (!is_word(t->f, path, "inputs")) {
        Diag *d = chk_report(t->c, 8004, t->f, path, "a test gives no `%.*s` in { }", STR_ARG(chk_text(t->f, path)));
        diag_label(t->c->diags, d, "only `inputs` are given so");
        diag_help(t->c->diags, d, "what a tool gives is written so: given PACK.TOOL gives { ... }");
        return;
    }
    if (t->seen[SYN_ARGS] != 0) {
        Diag *d = chk_report(t->c, 21, t->f, s->node, "this test gives its inputs twice");
        diag_label(t->c->diags, d, "said again");
        chk_also(t->c, d, t->f, t->seen[SYN_ARGS], "said first");
        diag_help(t->c->diags, d, "make one of the two");
        return;
    }
    t->seen[SYN_ARGS] = s->node;
    chk_place(&p, t->f, EP_START, "what a test gives", SEM_NONE);
    uint32_t from = t->c->diags->n;
    s->sets = chk_sets(t->c, &p, args, path, "this test", &s->n_sets);
    of_test(t->c, from);
}

static uint32_t field_named(const SemTypeInfo *t, Str name)
{
    uint32_t i = 0;
    while (i < t->n_fields && !str_eq(t->fields[i].name, name))
        i++;
    return i;
}

static void no_field(Test *t, uint32_t tool, const SemTypeInfo *info, SynRef name)
{
    Checker *c = t->c;
    Str *names = ARENA_NEW(c->arena, Str, info->n_fields), best;
    Str all = {"", 0};
    for (uint32_t i = 0; i < info->n_fields; i++) {
        names[i] = info->fields[i].name;
        if (i < 12)
            all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(names[i]));
    }
    const SemTool *u = &c->sem->tools[tool];
    Diag *d = chk_report(c, 8004, t->f, name, "`%.*s.%.*s` gives nothing called `%.*s`", STR_ARG(u->pack),
                         STR_ARG(u->name), STR_ARG(chk_text(t->f, name)));
    diag_label(c->diags, d, all.n == 0 ? "it gives nothing%.*s" : "it gives: %.*s", STR_ARG(all));
    Str near = chk_near_word(c, chk_text(t->f, name), names, info->n_fields, &best);
    chk_did_you_mean(c, d, t->f, name, near, best);
}

/* A record names what matters to the test; what it leaves out is absent. */
static void given_record(Test *t, Place *p, uint32_t tool, SynRef value)
{
    Checker *c = t->c;
    SemType result = c->sem->tools[tool].result;
    SynRef *given = ARENA_NEW(c->arena, SynRef, c->sem->types[result].n_fields);
    SYN_EACH(t->f->tree, k, chk_node(t->f, value)->a) {
        const SynNode *arg = chk_node(t->f, k);
        if (arg->kind != SYN_ARG)
            continue;
        const SemTypeInfo *info = &c->sem->types[result];
        uint32_t i = field_named(info, chk_text(t->f, arg->a));
        if (i == info->n_fields) {
            no_field(t, tool, info, arg->a);
            chk_expr(c, p, arg->b, SEM_POISON);
        } else if (given[i] != 0) {
            Diag *d = chk_report(c, 2004, t->f, k, "`%.*s` is given twice", STR_ARG(info->fields[i].name));
            diag_label(c->diags, d, "given again");
            chk_also(c, d, t->f, given[i], "given first");
            chk_fix_drop_argument(c, d, t->f, k);
        } else {
            given[i] = k;
            Str what = chk_printf(c, "`%.*s`", STR_ARG(info->fields[i].name));
            chk_expect(c, p, arg->b, info->fields[i].type, arena_copy(c->arena, what.p, what.n));
        }
    }
    t->f->sem.types[value] = (uint16_t)result;
}

static void given(Test *t, SemTestStep *s, SynRef path, SynRef next)
{
    Checker *c = t->c;
    SynRef value = next == 0 ? 0 : chk_node(t->f, next)->next;
    Place p;
    if (next == 0)
        return;
    if (chk_node(t->f, next)->kind == SYN_ARGS) {
        s->kind = SX_INPUTS;
        given_inputs(t, s, path, next);
        return;
    }
    s->kind = is_word(t->f, next, "fails") ? SX_FAILS : is_word(t->f, next, "gives") ? SX_GIVES : SX_SUCCEEDS;
    if (s->kind != SX_GIVES && chk_node(t->f, path)->a == 0) { /* one name */
        s->phase = phase_named(t, path);
        return;
    }
    s->tool = tool_named(t, path);
    if (s->kind != SX_GIVES)
        return;
    s->value = (SemExpr){&t->f->sem, value};
    chk_place(&p, t->f, EP_START, "what a test gives", SEM_NONE);
    if (s->tool != SEM_NONE && c->sem->tools[s->tool].result != SEM_POISON && value != 0 &&
        chk_node(t->f, value)->kind == SYN_ARGS)
        given_record(t, &p, s->tool, value);
    else
        chk_expect(c, &p, value, s->tool == SEM_NONE ? SEM_POISON : c->sem->tools[s->tool].result, "what a tool gives");
}

/* --- people ----------------------------------------------------------------- */

static void nobody_asked(Test *t, SemTestStep *s, SynRef path)
{
    const SemPhase *p = &t->c->sem->phases[s->phase];
    int level = p->gate == SEM_NONE ? 0 : t->c->sem->gates[p->gate].level;
    bool attest = s->kind == SX_ATTEST;
    if (attest ? level == 3 || p->n_tasks > 0 : level > 0)
        return;
    Diag *d = chk_report(t->c, 8004, t->f, path, attest ? "in `%.*s` people have no work to attest"
                                                        : "`%.*s` asks nobody, so nobody can answer",
                         STR_ARG(p->name));
    diag_label(t->c->diags, d, attest ? "has no task" : "has no gate");
    chk_also(t->c, d, t->f, chk_node(t->f, p->node)->a, "declared here");
}

static void vote(Test *t, SemTestStep *s, SynRef path, SynRef role, SynRef after)
{
    if (s->kind == SX_ATTEST) {
        const Entity *e = named(t, path, DK(PHASE) | DK(TASK), "a phase or a task");
        if (e != NULL && e->kind == DK_TASK && e->index < t->c->sem->n_tasks) {
            s->task = e->index;
            s->phase = t->c->sem->tasks[e->index].phase;
        } else if (e != NULL && e->kind == DK_PHASE) {
            s->phase = e->index;
        }
    } else {
        s->phase = phase_named(t, path);
    }
    if (s->phase != SEM_NONE)
        nobody_asked(t, s, path);
    s->role = role_named(t, role);
    s->after = chk_duration(t->c, t->f, after, "after");
}

static void answer(Test *t, SemTestStep *s, SynRef path, SynRef args, SynRef role)
{
    Checker *c = t->c;
    SynRef list = args == 0 ? 0 : chk_node(t->f, args)->a;
    uint32_t count = syn_count(t->f->tree, list);
    Place p;
    s->phase = phase_named(t, path);
    s->role = role_named(t, role);
    chk_place(&p, t->f, EP_START, "what a test gives", SEM_NONE);
    SemSet *sets = ARENA_NEW(c->arena, SemSet, count);
    s->sets = sets;
    SYN_EACH(t->f->tree, k, s->phase == SEM_NONE ? 0 : list) {
        const SynNode *arg = chk_node(t->f, k);
        if (arg->kind != SYN_ARG)
            continue;
        uint32_t from = c->diags->n;
        const Entity *e = chk_in_scope(c, t->f, c->first_phase_scope + s->phase, arg->a, DK(ASK),
                                       "something that is asked there");
        of_test(c, from);
        if (e == NULL || e->index >= c->sem->n_asks) {
            chk_expr(c, &p, arg->b, SEM_POISON);
            continue;
        }
        const SemAsk *ask = &c->sem->asks[e->index];
        Str what = chk_printf(c, "`%.*s`", STR_ARG(ask->name));
        chk_expect(c, &p, arg->b, ask->type, arena_copy(c->arena, what.p, what.n));
        sets[s->n_sets++] = (SemSet){e->index, {&t->f->sem, arg->b}};
    }
}

/* --- expect ----------------------------------------------------------------- */

static void state_of(Test *t, SemTestStep *s, SynRef word, const Str *states, uint32_t n)
{
    Checker *c = t->c;
    Str text = chk_text(t->f, word), best, all = {"", 0};
    for (s->state = 0; s->state < n; s->state++)
        if (str_eq(states[s->state], text))
            return;
    for (uint32_t i = 0; i < n; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(states[i]));
    Diag *d = chk_report(c, 2013, t->f, word, "%s is never `%.*s`", s->phase == SEM_NONE ? "a run" : "a phase",
                         STR_ARG(text));
    diag_label(c->diags, d, "it is one of: %.*s", STR_ARG(all));
    Str near = chk_near_word(c, text, states, n, &best);
    chk_did_you_mean(c, d, t->f, word, near, best);
}

static void expect_state(Test *t, SemTestStep *s, SynRef path, SynRef word)
{
    Checker *c = t->c;
    s->kind = SX_IS;
    if (word == 0)
        return;
    const Entity *e = chk_find(c, t->f->scope, chk_text(t->f, syn_first_name(t->f->tree, path)));
    if ((e == NULL || e->kind != DK_PHASE) && str_eq(chk_text(t->f, path), c->sem->name)) {
        state_of(t, s, word, run_states, RW_COUNT);
        return;
    }
    s->phase = phase_named(t, path);
    if (s->phase != SEM_NONE)
        state_of(t, s, word, phase_states, PW_COUNT);
}

static void expect(Test *t, SemTestStep *s, SynRef first)
{
    Place p;
    SynRef next = chk_node(t->f, first)->next;
    t->expects = true;
    switch (chk_node(t->f, first)->kind) {
    case SYN_PATH:
        expect_state(t, s, first, next);
        break;
    case SYN_PAREN:
        s->kind = SX_EXPECT;
        s->value = (SemExpr){&t->f->sem, chk_node(t->f, first)->a};
        chk_place(&p, t->f, EP_TEST, "what a test expects", SEM_NONE);
        chk_expect(t->c, &p, s->value.node, TK_BOOL, "what a test expects");
        break;
    case SYN_NAME: { /* told, asked */
        SynRef often = next == 0 ? 0 : chk_node(t->f, next)->next;
        s->kind = is_word(t->f, first, "told") ? SX_TOLD : SX_ASKED;
        s->role = role_named(t, next);
        s->times = is_word(t->f, often, "once") ? 1 : chk_int(t->f, often, 1000000);
        break;
    }
    default:
        break;
    }
}

/* --- statements --------------------------------------------------------------- */

static void start(Test *t, SemTestStep *s, SynRef moment)
{
    Checker *c = t->c;
    s->kind = SX_START;
    if (t->seen[SYN_AT] != 0) {
        Diag *d = chk_report(c, 21, t->f, s->node, "`start at` is said twice here");
        diag_label(c->diags, d, "said again");
        chk_also(c, d, t->f, t->seen[SYN_AT], "said first");
        chk_fix_remove(c, d, 'M', t->f, s->node, "keep the first and drop this one");
        return;
    }
    t->seen[SYN_AT] = s->node;
    uint32_t from = c->diags->n;
    s->at = chk_moment(c, t->f, SEM_NONE, moment, "start at");
    of_test(c, from);
    if (s->at.kind != SM_PHASE && s->at.kind != SM_MILESTONE)
        return;
    Diag *d = chk_report(c, 1002, t->f, moment, "a test starts at a date or an instant");
    diag_label(c->diags, d, "nothing has happened yet");
}

static void statement(Test *t, SynRef r)
{
    const SynNode *n = chk_node(t->f, r);
    SynRef a = n->a, b = a == 0 ? 0 : chk_node(t->f, a)->next, d = b == 0 ? 0 : chk_node(t->f, b)->next;
    SemTestStep *s = &t->steps[t->test->n_steps++];
    *s = (SemTestStep){.phase = SEM_NONE, .to = SEM_NONE, .task = SEM_NONE, .tool = SEM_NONE,
                       .role = SEM_NONE, .at = sem_no_moment, .node = r};
    Str text = chk_text(t->f, r);
    size_t word = 0;
    while (word < text.n && text.p[word] >= 'a' && text.p[word] <= 'z')
        word++;
    text.n = word;
    if (a == 0)
        return; /* the parser has said so */
    if (str_is(text, "start")) {
        start(t, s, a);
    } else if (str_is(text, "given")) {
        given(t, s, a, b);
    } else if (str_is(text, "return")) {
        s->kind = SX_RETURN;
        s->phase = phase_named(t, a);
        s->to = phase_named(t, b);
        s->role = role_named(t, d);
    } else if (str_is(text, "answer")) {
        s->kind = SX_ANSWER;
        answer(t, s, a, b, d);
    } else if (str_is(text, "advance")) {
        s->kind = SX_ADVANCE;
        s->after = chk_duration(t->c, t->f, a, "advance");
    } else if (str_is(text, "expect")) {
        expect(t, s, a);
    } else {
        s->kind = str_is(text, "approve") ? SX_APPROVE : str_is(text, "reject") ? SX_REJECT : SX_ATTEST;
        vote(t, s, a, b, d);
    }
}

/* --- what a test forgot ------------------------------------------------------- */

static void no_expect(Test *t)
{
    Checker *c = t->c;
    const SynNode *n = chk_node(t->f, t->test->node);
    Diag *d = chk_report(c, 8008, t->f, n->a, "this test expects nothing, so it can only pass");
    diag_label(c->diags, d, "`expect` is missing");
    if (c->sem->n_phases > 0)
        chk_fix_last(c, d, 'H', t->f, t->test->node, "say what must be true in the end", "expect %.*s is done",
                     STR_ARG(c->sem->phases[c->sem->n_phases - 1].name));
}

static void tool_not_given(Test *t, const SemAction *a)
{
    Checker *c = t->c;
    const SemTool *tool = &c->sem->tools[a->tool];
    const SemPhase *p = &c->sem->phases[a->phase];
    Diag *d = chk_report(c, 8009, t->f, chk_node(t->f, t->test->node)->a,
                         "this test calls %.*s.%.*s, and nothing says what it gives", STR_ARG(tool->pack),
                         STR_ARG(tool->name));
    diag_label(c->diags, d, "a test never calls a real tool");
    chk_also(c, d, t->f, chk_node(t->f, a->node)->a, "calls it, as soon as `%.*s` runs", STR_ARG(p->name));
    chk_fix_into(c, d, 'H', t->f, t->test->node, "say what it gives, or that it succeeds or fails",
                 "given %.*s.%.*s succeeds", STR_ARG(tool->pack), STR_ARG(tool->name));
}

/* What of the run's states can never be; looked for once, since it takes a walk
 * over all phases. */
typedef struct RunNever { bool looked, never; Never why; } RunNever;
/* What is given in a test, by tool and phase: the number of the test, so that
 * nothing has to be cleared for the next one. */
typedef struct Given {
    uint32_t *tool, *tool_fails, *phase, *phase_fails, *sure; uint32_t id, looks;
    bool sound;
    bool ends;  /* of this test: it says how a phase ends */
    RunNever run[2][RW_COUNT]; /* by `ends` */
} Given;

/* --- G8005 ----------------------------------------------------------------------- */

static bool is_never(const Test *t, Given *g, const SemTestStep *s, Never *why)
{
    if (s->phase != SEM_NONE)
        return states_phase_never(t->c->sem, s->phase, (PhaseWord)s->state, g->ends, why);
    RunNever *r = &g->run[g->ends][s->state];
    if (!r->looked)
        r->never = states_run_never(t->c->sem, (RunWord)s->state, g->ends, &r->why);
    r->looked = true;
    *why = r->why;
    return r->never;
}

static void never_so(Test *t, const SemTestStep *s, const Never *why)
{
    Checker *c = t->c;
    SynRef word = chk_node(t->f, chk_node(t->f, s->node)->a)->next;
    Str name = why->phase == SEM_NONE ? (Str){"", 0} : c->sem->phases[why->phase].name;
    Diag *d = name.n == 0 ? chk_report(c, 8005, t->f, word, "%s, so %s", why->why, why->so)
                          : chk_report(c, 8005, t->f, word, "`%.*s` %s, so %s", STR_ARG(name), why->why, why->so);
    diag_label(c->diags, d, "%s", why->at == 0 ? why->label : "no run comes to this");
    if (why->at != 0)
        chk_also(c, d, t->f, why->at, "%s", why->label);
}

static void expects_never(Test *t, Given *g)
{
    Never why;
    for (uint32_t i = 0; i < t->test->n_steps; i++) {
        const SemTestStep *s = &t->steps[i];
        if (s->kind == SX_IS && is_never(t, g, s, &why))
            never_so(t, s, &why);
    }
}

/* --- G8009 ----------------------------------------------------------------------- */

/* An L2 gate that one person's yes in this test opens at once. */
static bool is_approved(const Test *t, uint32_t phase, const SemGate *g)
{
    if (g->by.quorum != 1 || g->not_before->kind != SM_NONE || g->n_asks > 0)
        return false;
    for (uint32_t i = 0; i < t->test->n_steps; i++) {
        const SemTestStep *s = &t->steps[i];
        if (s->kind == SX_ADVANCE || s->kind == SX_REJECT || s->kind == SX_RETURN)
            return false; /* time goes by: the gate may have closed */
        if (s->kind != SX_APPROVE || s->phase != phase || s->after.kind != ST_NONE)
            continue;
        for (uint32_t k = 0; k < g->by.n; k++)
            if (g->by.roles[k] == s->role)
                return true;
    }
    return false;
}

/* It begins as soon as what it needs is done, whatever the values are. */
static bool begins(const Given *g, const SemPhase *p)
{
    if (p->when != 0 || p->n_requires > 0 || p->n_during > 0 || p->only_when_started ||
        p->deadline->kind != SM_NONE || p->limit->node != 0)
        return false;
    for (uint32_t i = 0; i < p->n_needs; i++)
        if (g->sure[p->needs[i].phase] != g->id)
            return false;
    return true;
}

static bool always_runs(const SemAction *a)
{
    return a->when == 0 && a->each == 0 && a->n_requires == 0 && a->n_during == 0 &&
           a->not_before->kind == SM_NONE && a->lock == 0 && a->tool != SEM_NONE;
}

/* Walks the steps that run for certain. true: all of them do. *found: calls
 * what was not given. */
static bool steps_run(const Test *t, const Given *g, const SemPhase *p, bool released, const SemAction **found)
{
    const Sem *s = t->c->sem;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        if (p->steps[i].kind == SS_TELL)
            continue;
        if (p->steps[i].kind != SS_ACTION)
            return false; /* may fail, or waits */
        const SemAction *a = &s->actions[p->steps[i].index];
        if (!always_runs(a) || (!released && s->tools[a->tool].effect != EFF_READS))
            return false;
        if (g->tool[a->tool] != g->id) {
            *found = a;
            return false;
        }
        if (g->tool_fails[a->tool] == g->id)
            return false;
    }
    return released;
}

/* Only what is certain is told: which tool is called may depend on values. */
static void calls(Test *t, Given *g)
{
    enum { LOOKS = 1 << 20 }; /* at phases, in all tests: else tests times phases */
    const Sem *s = t->c->sem;
    const SemAction *found = NULL;
    for (uint32_t i = 0; i < s->n_phases && found == NULL && g->looks < LOOKS; i++) {
        uint32_t phase = s->order[i];
        const SemPhase *p = &s->phases[phase];
        g->looks++;
        if (g->phase[phase] == g->id) {
            if (g->phase_fails[phase] != g->id)
                g->sure[phase] = g->id;
        } else if (begins(g, p)) {
            const SemGate *gate = p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
            bool released = gate == NULL || (gate->level < 2 && gate->n_advice == 0) ||
                            (gate->level == 2 && is_approved(t, phase, gate));
            if (steps_run(t, g, p, released, &found))
                g->sure[phase] = g->id;
        }
    }
    if (found != NULL)
        tool_not_given(t, found);
}

/* errors: how many there were before this test. */
static void forgot(Test *t, Given *g, uint32_t errors)
{
    Checker *c = t->c;
    if (!t->expects)
        no_expect(t);
    if (t->seen[SYN_ARGS] == 0 && c->n_required_inputs > 0) {
        Place p;
        uint32_t n;
        chk_place(&p, t->f, EP_START, "what a test gives", SEM_NONE);
        chk_sets(c, &p, 0, chk_node(t->f, t->test->node)->a, "this test", &n);
    }
    if (!g->sound || c->diags->errors > errors)
        return;
    g->ends = false;
    for (uint32_t i = 0; i < t->test->n_steps; i++) {
        const SemTestStep *s = &t->steps[i];
        if (s->kind < SX_GIVES || s->kind > SX_FAILS)
            continue;
        if (s->tool != SEM_NONE) {
            g->tool[s->tool] = g->id;
            g->tool_fails[s->tool] = s->kind == SX_FAILS ? g->id : 0;
        } else if (s->phase != SEM_NONE) {
            g->ends = true;
            g->phase[s->phase] = g->id;
            g->phase_fails[s->phase] = s->kind == SX_FAILS ? g->id : 0;
        }
    }
    expects_never(t, g);
    calls(t, g);
}

void chk_tests(Checker *c)
{
    File *f = c->main;
    Given g = {.sound = c->diags->errors == 0 && c->sem->order != NULL};
    if (f->kind != SF_PLAN)
        return;
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        const SynNode *n = chk_node(f, r);
        if (n->kind != SYN_TEST)
            continue;
        SemTest *test = CHK_PUSH(c, c->sem->tests, c->sem->n_tests, c->cap_tests);
        *test = (SemTest){.title = chk_title(c, f, n->a), .node = r};
        if (g.tool == NULL) {
            g.tool = ARENA_NEW(c->arena, uint32_t, c->sem->n_tools);
            g.tool_fails = ARENA_NEW(c->arena, uint32_t, c->sem->n_tools);
            g.phase = ARENA_NEW(c->arena, uint32_t, c->sem->n_phases);
            g.phase_fails = ARENA_NEW(c->arena, uint32_t, c->sem->n_phases);
            g.sure = ARENA_NEW(c->arena, uint32_t, c->sem->n_phases);
        }
        g.id++;
        Test t = {.c = c, .f = f, .test = test};
        uint32_t count = syn_count(f->tree, n->c), errors = c->diags->errors;
        test->steps = t.steps = ARENA_NEW(c->arena, SemTestStep, count);
        SYN_EACH(f->tree, k, n->c)
            if (chk_node(f, k)->kind == SYN_TESTSTMT)
                statement(&t, k);
        forgot(&t, &g, errors);
    }
}
