/* Owns: phases: what a phase needs, tests, does and says, clause by clause.
 * Must not know: how phases hang together (graph.c), what a level
 * demands (level.c). */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/os/limits.h"

void chk_declare_phase(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_phases;
    if (chk_declare(c, f->scope, DK_PHASE, index, f, node, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->phases, c->sem->n_phases, c->cap_phases) =
        (SemPhase){.name = chk_text(f, n->a), .title = chk_step_title(c, f, n->b),
                   .doc = syn_doc(f->tree, node, c->arena), .gate = SEM_NONE,
                   .failure_start = SEM_NONE, .estimate = sem_no_estimate, .limit = &sem_no_limit,
                   .deadline = &sem_no_moment, .node = node};
}

/* --- names of steps --------------------------------------------------------- */

static uint32_t step_count(const File *f, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, k, list) {
        switch (chk_node(f, k)->kind) {
        case SYN_ACTION: case SYN_CHECK: case SYN_TELL: case SYN_TASK: case SYN_AWAIT:
            n++;
            break;
        case SYN_TOGETHER:
            n += step_count(f, chk_node(f, k)->c);
            break;
        default:
            break;
        }
    }
    return n;
}

static void add_step(SemPhase *p, SemStepKind kind, uint32_t index, uint32_t together)
{
    ((SemStep *)p->steps)[p->n_steps++] = (SemStep){kind, index, together};
}

static void declare_check(Checker *c, File *f, uint32_t phase, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t index = c->sem->n_checks;
    if (chk_declare(c, c->first_phase_scope + phase, DK_CHECK, index, f, r, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->checks, c->sem->n_checks, c->cap_checks) =
        (SemCheck){.phase = phase, .name = chk_text(f, n->a), .title = chk_step_title(c, f, n->b),
                   .node = r};
}

/* together: the number of its group, 0 for a step alone. A step of a name that
 * is taken is left out: that was reported. */
static void step_name(Checker *c, File *f, uint32_t phase, SynRef r, uint32_t together)
{
    Sem *s = c->sem;
    uint32_t actions = s->n_actions, checks = s->n_checks, tasks = s->n_tasks, awaits = s->n_awaits;
    SemPhase *p = &s->phases[phase];
    switch (chk_node(f, r)->kind) {
    case SYN_ACTION:
        chk_action_name(c, f, phase, r, together);
        if (s->n_actions > actions)
            add_step(p, SS_ACTION, actions, together);
        break;
    case SYN_CHECK:
        declare_check(c, f, phase, r);
        if (s->n_checks > checks)
            add_step(p, SS_CHECK, checks, 0);
        break;
    case SYN_TELL:
        add_step(p, SS_TELL, s->n_tells, 0);
        *CHK_PUSH(c, s->tells, s->n_tells, c->cap_tells) = (SemTell){.phase = phase, .node = r};
        break;
    case SYN_TASK:
        chk_task_name(c, f, phase, r);
        if (s->n_tasks > tasks)
            add_step(p, SS_TASK, tasks, 0);
        break;
    case SYN_AWAIT:
        chk_await_name(c, f, phase, r);
        if (s->n_awaits > awaits)
            add_step(p, SS_AWAIT, awaits, 0);
        break;
    case SYN_GATE:
        chk_gate_name(c, f, phase, r);
        break;
    default:
        break;
    }
}

void chk_step_names(Checker *c, File *f, uint32_t phase)
{
    SemPhase *p = &c->sem->phases[phase];
    SynRef list = chk_node(f, p->node)->c;
    p->steps = ARENA_NEW(c->arena, SemStep, step_count(f, list));
    uint32_t group = 0;
    p->first_action = c->sem->n_actions;
    p->first_check = c->sem->n_checks;
    p->first_task = c->sem->n_tasks;
    p->first_await = c->sem->n_awaits;
    SYN_EACH(f->tree, r, list) {
        if (chk_node(f, r)->kind != SYN_TOGETHER) {
            step_name(c, f, phase, r, 0);
            continue;
        }
        group++;
        SYN_EACH(f->tree, k, chk_node(f, r)->c)
            step_name(c, f, phase, k, group);
    }
    p->n_actions = c->sem->n_actions - p->first_action;
    p->n_checks = c->sem->n_checks - p->first_check;
    p->n_tasks = c->sem->n_tasks - p->first_task;
    p->n_awaits = c->sem->n_awaits - p->first_await;
}

/* --- the other clauses ------------------------------------------------------ */

static SemRequire require(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    Typed t = chk_expect(c, p, n->a, TK_BOOL, "a condition");
    bool never = false;
    if (t.known && t.v.u.i != 0) {
        Diag *d = chk_report(c, 2010, p->file, n->a, "this is always true");
        diag_label(c->diags, d, "tests nothing");
    } else if (t.known) {
        Diag *d = chk_report(c, 3006, p->file, n->a, "this can never be true");
        diag_label(c->diags, d, "always false, so nothing behind it ever runs");
        c->never_true = never = true;
    }
    return (SemRequire){{&p->file->sem, n->a}, chk_text_expr(c, p, n->b), never, r};
}

const SemRequire *chk_requires(Checker *c, Place *p, SynRef list, uint32_t *count)
{
    uint32_t n = 0, i = 0;
    SYN_EACH(p->file->tree, r, list)
        n += chk_node(p->file, r)->kind == SYN_REQUIRE;
    SemRequire *all = ARENA_NEW(c->arena, SemRequire, n);
    SYN_EACH(p->file->tree, r, list)
        if (chk_node(p->file, r)->kind == SYN_REQUIRE)
            all[i++] = require(c, p, r);
    *count = i;
    return all;
}

static void on_failure(Checker *c, File *f, uint32_t phase, SynRef r)
{
    SemPhase *p = &c->sem->phases[phase];
    SynRef seen[SYN_KIND_COUNT] = {0};
    SYN_EACH(f->tree, k, chk_node(f, r)->a) {
        const SynNode *n = chk_node(f, k);
        switch (n->kind) {
        case SYN_ONUNDO:
            if (chk_once(c, f, seen, k, "undo"))
                p->on_failure |= OF_UNDO;
            break;
        case SYN_ONSTOP:
            if (chk_once(c, f, seen, k, "stop"))
                p->on_failure |= OF_STOP;
            break;
        case SYN_ONCONTINUE:
            if (chk_once(c, f, seen, k, "continue"))
                p->on_failure |= OF_CONTINUE;
            break;
        case SYN_ONTELL:
            if (!chk_once(c, f, seen, k, "tell"))
                break;
            p->on_failure |= OF_TELL;
            p->failure_tell = chk_roles(c, f, n->a, &p->n_failure_tell);
            break;
        case SYN_ONSTART: {
            if (!chk_once(c, f, seen, k, "start"))
                break;
            const Entity *e = chk_path(c, f, SEM_NONE, n->a, DK(PHASE), "a phase");
            if (e == NULL)
                break;
            p->on_failure |= OF_START;
            p->failure_start = e->index;
            c->sem->phases[e->index].only_when_started = c->starts_after_failure = true;
            break;
        }
        default:
            break;
        }
    }
    if ((p->on_failure & OF_STOP) != 0 && (p->on_failure & OF_CONTINUE) != 0) {
        Diag *d = chk_report(c, 21, f, seen[SYN_ONCONTINUE],
                             "a failure cannot both stop the run and let it continue");
        diag_label(c->diags, d, "goes on");
        chk_also(c, d, f, seen[SYN_ONSTOP], "stops");
        diag_help(c->diags, d, "keep one of the two");
    }
}

static SemDuration far_end(const File *f, SynRef business, SemDuration near)
{
    int64_t n;
    Value v;
    if (chk_literal(f, chk_node(f, business)->c, &v) && num_to_int(v, &n))
        near.n = n;
    return near;
}

static void estimate(Checker *c, File *f, SemPhase *p, SynRef r)
{
    SynRef e = chk_node(f, r)->a;
    const SynNode *n = chk_node(f, e);
    SemDuration *both = ARENA_NEW(c->arena, SemDuration, 2);
    p->estimate = both;
    if (n->kind == SYN_RANGE) {
        both[0] = chk_duration(c, f, n->a, "estimate");
        both[1] = chk_duration(c, f, n->b, "estimate");
        return;
    }
    both[0] = both[1] = chk_duration(c, f, e, "estimate");
    if (n->kind == SYN_BUSINESS && n->c != 0)
        both[1] = far_end(f, e, both[0]);
}

static void no_such_unit(Checker *c, File *f, uint32_t phase, SynRef name)
{
    const SemPhase *p = &c->sem->phases[phase];
    Str *names = ARENA_NEW(c->arena, Str, p->n_actions), best, all = {"", 0};
    uint32_t n = 0;
    for (uint32_t i = p->first_action; i < p->first_action + p->n_actions; i++) {
        SynRef each = c->sem->actions[i].each;
        if (each == 0 || chk_node(f, each)->a == 0)
            continue;
        names[n] = chk_text(f, chk_node(f, each)->a);
        if (n < 8)
            all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), n == 0 ? "" : ", ", STR_ARG(names[n]));
        n++;
    }
    Diag *d = chk_report(c, 1001, f, name, "no `each` of this phase counts by `%.*s`", STR_ARG(chk_text(f, name)));
    if (n > 0)
        diag_label(c->diags, d, "there are: %.*s", STR_ARG(all));
    else
        diag_label(c->diags, d, "a limit counts the elements of an `each`, and there is none");
    Str near = chk_near_word(c, chk_text(f, name), names, n, &best);
    chk_did_you_mean(c, d, f, name, near, best);
}

/* limit 200 user: user is the variable of an `each` in the phase. */
static void limit(Checker *c, File *f, uint32_t phase, SynRef r)
{
    SemPhase *p = &c->sem->phases[phase];
    const SynNode *n = chk_node(f, r);
    SemLimit *limit = ARENA_NEW(c->arena, SemLimit, 1);
    *limit = (SemLimit){.n = chk_int(f, n->a, LIM_LIST_ITEMS), .node = r};
    p->limit = limit;
    if (n->b == 0)
        return;
    limit->unit = chk_text(f, n->b);
    for (uint32_t i = p->first_action; i < p->first_action + p->n_actions; i++) {
        SynRef each = c->sem->actions[i].each;
        if (each != 0 && chk_node(f, each)->a != 0 &&
            str_eq(chk_text(f, chk_node(f, each)->a), limit->unit))
            return;
    }
    no_such_unit(c, f, phase, n->b);
}

static const Str *controls(Checker *c, File *f, SynRef list, uint32_t *count)
{
    uint32_t n = 0, i = 0;
    SYN_EACH(f->tree, r, list)
        if (chk_node(f, r)->kind == SYN_CONTROLS)
            n += syn_count(f->tree, chk_node(f, r)->a);
    Str *all = ARENA_NEW(c->arena, Str, n);
    SYN_EACH(f->tree, r, list)
        if (chk_node(f, r)->kind == SYN_CONTROLS)
            SYN_EACH(f->tree, k, chk_node(f, r)->a)
                all[i++] = chk_title(c, f, k);
    *count = i;
    return all;
}

static void when(Checker *c, Place *place, SemPhase *p, SynRef r)
{
    SynRef cond = chk_node(place->file, r)->a;
    Typed t = chk_expect(c, place, cond, TK_BOOL, "a condition");
    p->when = cond;
    p->never_wanted = t.known && t.v.u.i == 0;
    /* Where people would be asked, G4010 says it. */
    if (!p->never_wanted || p->gate == SEM_NONE || c->sem->gates[p->gate].level == 0)
        chk_decides(c, place, cond, t, r);
    c->never_true = c->never_true || p->never_wanted;
}

static void clause(Checker *c, File *f, uint32_t phase, SynRef r, SynRef *seen)
{
    SemPhase *p = &c->sem->phases[phase];
    const SynNode *n = chk_node(f, r);
    Place place;
    chk_place(&place, f, EP_PHASE, "`when`", phase);
    switch (n->kind) {
    case SYN_WHEN:
        if (!chk_once(c, f, seen, r, "when"))
            break;
        when(c, &place, p, r);
        break;
    case SYN_ONFAILURE:
        if (chk_once(c, f, seen, r, "on failure"))
            on_failure(c, f, phase, r);
        break;
    case SYN_GATE:
        if (chk_once(c, f, seen, r, "gate"))
            chk_gate(c, f, phase, r);
        break;
    case SYN_ESTIMATE:
        if (chk_once(c, f, seen, r, "estimate"))
            estimate(c, f, p, r);
        break;
    case SYN_DEADLINE:
        if (chk_once(c, f, seen, r, "deadline"))
            p->deadline = chk_moment_there(c, f, phase, n->a, "deadline");
        break;
    case SYN_LIMIT:
        if (chk_once(c, f, seen, r, "limit"))
            limit(c, f, phase, r);
        break;
    default:
        break;
    }
}

/* --- steps ------------------------------------------------------------------ */

static void check_step(Checker *c, File *f, uint32_t check)
{
    SemCheck *k = &c->sem->checks[check];
    SynRef list = chk_node(f, k->node)->c, seen[SYN_KIND_COUNT] = {0};
    Place p;
    chk_place(&p, f, EP_STEP, "a check", k->phase);
    p.self = k->node;
    k->title_expr = chk_title_expr(c, f, chk_node(f, k->node)->b);
    k->requires = chk_requires(c, &p, list, &k->n_requires);
    SYN_EACH(f->tree, r, list) {
        switch (chk_node(f, r)->kind) {
        case SYN_HOLDFOR:
            if (chk_once(c, f, seen, r, "hold for"))
                k->hold_for = chk_duration(c, f, chk_node(f, r)->a, "hold for");
            break;
        case SYN_WITHIN:
            if (chk_once(c, f, seen, r, "within"))
                k->within = chk_some_time(c, f, chk_node(f, r)->a, "within");
            break;
        case SYN_EVERY:
            if (chk_once(c, f, seen, r, "every"))
                k->every = chk_some_time(c, f, chk_node(f, r)->a, "every");
            break;
        default:
            break;
        }
    }
    if (k->n_requires == 0) {
        Diag *d = chk_report(c, 15, f, chk_node(f, k->node)->a, "the check `%.*s` tests nothing",
                             STR_ARG(k->name));
        diag_label(c->diags, d, "needs at least one `require`");
    }
}

static void tell_step(Checker *c, File *f, uint32_t tell)
{
    SemTell *t = &c->sem->tells[tell];
    const SynNode *n = chk_node(f, t->node);
    Place p;
    chk_place(&p, f, EP_STEP, "`tell`", t->phase);
    p.self = t->node;
    t->to = chk_roles(c, f, n->a, &t->n_to);
    t->text = chk_text_expr(c, &p, n->b);
}

static void steps(Checker *c, File *f, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++) {
        uint32_t index = p->steps[i].index;
        switch (p->steps[i].kind) {
        case SS_ACTION: chk_action(c, f, index); break;
        case SS_CHECK: check_step(c, f, index); break;
        case SS_TELL: tell_step(c, f, index); break;
        case SS_TASK: chk_task(c, f, index); break;
        case SS_AWAIT: chk_await(c, f, index); break;
        }
    }
}

void chk_phases(Checker *c)
{
    File *f = c->main;
    for (uint32_t i = 0; i < c->sem->n_phases; i++) {
        SemPhase *p = &c->sem->phases[i];
        SynRef list = chk_node(f, p->node)->c, seen[SYN_KIND_COUNT] = {0};
        Place place;
        SemNeeds needs = chk_needs(c, f, i, list);
        p->needs = needs.items;
        p->n_needs = needs.n;
        p->needs_any = needs.any;
        p->title_expr = chk_title_expr(c, f, chk_node(f, p->node)->b);
        SYN_EACH(f->tree, r, list)
            clause(c, f, i, r, seen);
        p->during = chk_during(c, f, list, &p->n_during);
        p->controls = controls(c, f, list, &p->n_controls);
        chk_place(&place, f, EP_PHASE, "`require`", i);
        p->requires = chk_requires(c, &place, list, &p->n_requires);
        steps(c, f, p);
    }
}
