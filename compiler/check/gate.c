/* Owns: one gate: its question, its people, its evidence, what silence means.
 * Must not know: whether its level is high enough (level.c). */
#include "compiler/check/check.h"


/* --- evidence --------------------------------------------------------------- */

/* What runs before a task of the same phase can be shown with it. */
static bool runs_above(const File *f, const Entity *e, SynRef task)
{
    return task != 0 && e->kind != DK_PHASE && chk_node(f, e->node)->start < chk_node(f, task)->start;
}

static bool show_one(Checker *c, File *f, uint32_t phase, SynRef task, SynRef path, SemShow *out)
{
    const uint32_t kinds = DK(PHASE) | DK(ACTION) | DK(CHECK) | DK(TASK) | DK(AWAIT) | DK(ASK);
    const Entity *e = chk_path(c, f, phase, path, kinds, "a phase, or a step of one");
    if (e == NULL)
        return false;
    *out = (SemShow){chk_text(f, path), SEM_NONE, SEM_NONE, SEM_NONE, SEM_NONE, SEM_NONE, SEM_NONE};
    switch (e->kind) {
    case DK_ACTION:
        out->action = e->index;
        out->phase = c->sem->actions[e->index].phase;
        break;
    case DK_CHECK:
        out->check = e->index;
        out->phase = c->sem->checks[e->index].phase;
        break;
    case DK_TASK:
        out->task = e->index;
        out->phase = c->sem->tasks[e->index].phase;
        break;
    case DK_AWAIT:
        out->await = e->index;
        out->phase = c->sem->awaits[e->index].phase;
        break;
    case DK_ASK:
        out->ask = e->index;
        out->phase = c->sem->asks[e->index].phase;
        break;
    default:
        out->phase = e->index;
        break;
    }
    if (out->phase == phase && runs_above(f, e, task))
        return true;
    if (out->phase == phase && task != 0) {
        Diag *d = chk_report(c, 3004, f, path, "`%.*s` is not there yet when this task is done",
                             STR_ARG(chk_text(f, path)));
        diag_label(c->diags, d, "evidence must exist before the work");
        diag_help(c->diags, d, "steps run from top to bottom: show what stands above this task");
        return false;
    }
    if (out->phase == phase) {
        Diag *d = chk_report(c, 3004, f, path, "`%.*s` is not there yet when this gate asks",
                             STR_ARG(chk_text(f, path)));
        diag_label(c->diags, d, "evidence must exist before the question");
        if (e->name != 0)
            chk_also(c, d, f, e->name, "runs only after the approval");
        diag_help(c->diags, d, "what this phase will do is shown anyway; show what an earlier phase found");
        return false;
    }
    *CHK_PUSH(c, c->reads, c->n_reads, c->cap_reads) =
        (Read){f, path, phase, out->phase, SEM_NONE, SR_NONE, true, 0};
    return true;
}

const SemShow *chk_shows(Checker *c, File *f, uint32_t phase, SynRef task, SynRef clauses, uint32_t *n)
{
    uint32_t count = 0;
    *n = 0;
    SYN_EACH(f->tree, r, clauses)
        if (chk_node(f, r)->kind == SYN_SHOW)
            count += syn_count(f->tree, chk_node(f, r)->a);
    SemShow *all = ARENA_NEW(c->arena, SemShow, count);
    SYN_EACH(f->tree, r, clauses)
        if (chk_node(f, r)->kind == SYN_SHOW)
            SYN_EACH(f->tree, path, chk_node(f, r)->a)
                if (show_one(c, f, phase, task, path, &all[*n]))
                    ++*n;
    return all;
}

/* --- clauses ---------------------------------------------------------------- */

static uint32_t at_least_once(Checker *c, const File *f, SynRef r, const char *label)
{
    uint32_t n = chk_int(f, r, 1000000);
    if (n == 0 && r != 0) {
        Diag *d = chk_report(c, 2007, f, r, "0 times is never");
        diag_label(c->diags, d, "%s", label);
    }
    return n;
}

/* Those who may decide as well: how many must agree stays as `by` says. */
static const SemWho *others(Checker *c, File *f, SynRef who)
{
    SemWho *w = ARENA_NEW(c->arena, SemWho, 1);
    *w = (SemWho){.kind = WHO_ANY, .quorum = 1, .node = who};
    if (who != 0)
        w->roles = chk_roles(c, f, chk_node(f, who)->a, &w->n);
    if (w->n < 2)
        w->kind = w->n == 0 ? WHO_NOBODY : WHO_ONE;
    return w;
}

static SemAssure assurance(Checker *c, File *f, SynRef name)
{
    static const char *const words[] = {
        [SA_OS] = "os", [SA_SESSION] = "session", [SA_SIGNED] = "signed", [SA_HARDWARE] = "hardware"};
    Str names[SA_HARDWARE], best;
    if (name == 0)
        return SA_NONE;
    Str text = chk_text(f, name);
    for (int i = SA_OS; i <= SA_HARDWARE; i++) {
        names[i - SA_OS] = str_of(words[i]);
        if (str_is(text, words[i]))
            return (SemAssure)i;
    }
    Diag *d = chk_report(c, 1001, f, name, "a decision cannot be proved by `%.*s`", STR_ARG(text));
    diag_label(c->diags, d, "there are, from weak to strong: os, session, signed, hardware");
    Str near = chk_near_word(c, text, names, SA_HARDWARE, &best);
    chk_did_you_mean(c, d, f, name, near, best);
    return SA_NONE;
}

static SemReturn may_return(Checker *c, File *f, uint32_t phase, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemReturn back = {SEM_NONE, at_least_once(c, f, n->b, "nobody could ever return"), r};
    const Entity *e = chk_path(c, f, SEM_NONE, n->a, DK(PHASE), "a phase");
    if (e == NULL)
        return back;
    if (e->index != phase) {
        back.phase = e->index;
        return back;
    }
    Diag *d = chk_report(c, 3002, f, n->a, "this phase would return to itself");
    diag_label(c->diags, d, "is just being decided");
    diag_help(c->diags, d, "name an earlier phase; to have it staged again, the gate is put on hold");
    return back;
}

/* What the approval is about may not differ from what was approved. */
static bool is_settled(Checker *c, File *f, SynRef path, const SemParam *p)
{
    if ((p->flags & (PF_TARGET | PF_PROGRAM)) == 0)
        return false;
    Diag *d = chk_report(c, 4015, f, path, "the approval would still count after `%.*s` has changed",
                         STR_ARG(chk_text(f, path)));
    diag_label(c->diags, d, "%s", (p->flags & PF_PROGRAM) != 0 ? "says which program runs, and with what"
                                                               : "says what is acted on");
    diag_help(c->diags, d, "leave it out: where it differs, people are asked again");
    return true;
}

/* action.argument of this phase. */
static bool may_vary(Checker *c, File *f, uint32_t phase, SynRef path, SemVary *out)
{
    SynRef first = syn_first_name(f->tree, path), second = syn_next_name(f->tree, path, first);
    const Entity *e = chk_find(c, c->first_phase_scope + phase, chk_text(f, first));
    if (e == NULL || e->kind != DK_ACTION || second == 0 || chk_node(f, second)->next != 0) {
        Diag *d = chk_report(c, e == NULL ? 1001 : 1002, f, path, "`%.*s` is no argument of an action of this phase",
                             STR_ARG(chk_text(f, path)));
        diag_label(c->diags, d, "what may differ is named ACTION.ARGUMENT");
        return false;
    }
    uint32_t tool = c->sem->actions[e->index].tool;
    if (tool == SEM_NONE)
        return false; /* reported where it runs */
    const SemTool *t = &c->sem->tools[tool];
    Str name = chk_text(f, second), all = {"", 0};
    for (uint32_t i = 0; i < t->n_params; i++) {
        if (str_eq(t->params[i].name, name)) {
            *out = (SemVary){e->index, i, path};
            return !is_settled(c, f, path, &t->params[i]);
        }
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(t->params[i].name));
    }
    Diag *d = chk_report(c, 1001, f, second, "`%.*s` takes nothing called `%.*s`", STR_ARG(chk_text(f, first)),
                         STR_ARG(name));
    diag_label(c->diags, d, "it takes: %.*s", STR_ARG(all));
    return false;
}

static void lists(Checker *c, File *f, uint32_t phase, SemGate *g, SynRef clauses)
{
    uint32_t returns = 0, varies = 0, advice = 0;
    SYN_EACH(f->tree, r, clauses) {
        const SynNode *n = chk_node(f, r);
        returns += n->kind == SYN_MAYRETURN;
        advice += n->kind == SYN_ADVICE;
        if (n->kind == SYN_MAYVARY)
            varies += syn_count(f->tree, n->a);
    }
    SemReturn *back = ARENA_NEW(c->arena, SemReturn, returns);
    SemVary *vary = ARENA_NEW(c->arena, SemVary, varies);
    SemAdvice *from = ARENA_NEW(c->arena, SemAdvice, advice);
    SYN_EACH(f->tree, r, clauses) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_MAYRETURN) {
            back[g->n_returns] = may_return(c, f, phase, r);
            g->n_returns += back[g->n_returns].phase != SEM_NONE;
        } else if (n->kind == SYN_ADVICE) {
            from[g->n_advice++] = (SemAdvice){chk_text(f, n->a), n->aux != 0, r};
        } else if (n->kind == SYN_MAYVARY) {
            SYN_EACH(f->tree, path, n->a)
                g->n_varies += may_vary(c, f, phase, path, &vary[g->n_varies]);
        }
    }
    g->returns = back;
    g->varies = vary;
    g->advice = from;
}

static const SemAgain *ask_again(Checker *c, File *f, const SynNode *n)
{
    SemAgain *again = ARENA_NEW(c->arena, SemAgain, 1);
    again->every = chk_some_time(c, f, n->a, "ask again every");
    again->most = at_least_once(c, f, n->b, "would never be asked again; write `otherwise stop`");
    return again;
}

static void otherwise(Checker *c, File *f, SemGate *g, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    g->otherwise_node = r;
    switch (n->aux) {
    case 0:
        g->otherwise = SO_STOP;
        break;
    case 1: {
        g->otherwise = SO_CONTINUE;
        if (g->level < 2)
            return; /* L0 and L1 go on anyway */
        Diag *d = chk_report(c, 4002, f, r, "silence cannot approve: nobody's answer would let the plan go on");
        diag_label(c->diags, d, "goes on although nobody said yes");
        chk_also(c, d, f, chk_node(f, g->node)->a, "this gate waits for a yes");
        chk_fix_replace(c, d, 'M', f, r, STR("otherwise stop"), "stop when nobody answers");
        break;
    }
    case 2:
        g->otherwise = SO_AGAIN;
        g->again = ask_again(c, f, n);
        break;
    default:
        g->otherwise = SO_ASK;
        g->ask_who = others(c, f, n->c);
        break;
    }
}

static void clause(Checker *c, File *f, SemGate *g, SynRef r, SynRef *seen)
{
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_BY:
        if (chk_once(c, f, seen, r, "by"))
            g->by = chk_who(c, f, n->a);
        break;
    case SYN_WITHIN:
        if (chk_once(c, f, seen, r, "within"))
            g->within = chk_some_time(c, f, n->a, "within");
        break;
    case SYN_GOODFOR:
        if (chk_once(c, f, seen, r, "good for"))
            g->good_for = chk_some_time(c, f, n->a, "good for");
        break;
    case SYN_OTHERWISE:
        if (chk_once(c, f, seen, r, "otherwise"))
            otherwise(c, f, g, r);
        break;
    case SYN_REMIND:
        if (chk_once(c, f, seen, r, "remind"))
            g->remind = chk_some_time(c, f, n->a, "remind every");
        break;
    case SYN_NOTBEFORE:
        if (chk_once(c, f, seen, r, "not before"))
            g->not_before = chk_moment_there(c, f, g->phase, n->a, "not before");
        break;
    case SYN_ASSURE:
        if (!chk_once(c, f, seen, r, "assure"))
            break;
        g->assure = assurance(c, f, n->a);
        g->assure_node = r;
        break;
    default:
        break;
    }
}

/* Nobody is waited for, so no answer would ever come. */
static void no_answer(Checker *c, File *f, const SemGate *g)
{
    if (g->level >= 2 || g->n_asks == 0)
        return;
    SynRef ask = c->sem->asks[g->first_ask].node;
    Diag *d = chk_report(c, 18, f, ask, "`ask` waits for an answer, but a gate at L%d waits for nobody", g->level);
    diag_label(c->diags, d, "would never be answered");
    chk_also(c, d, f, chk_node(f, g->node)->a, g->level == 0 ? "L0 means nobody is asked"
                                                           : "L1 tells people, and does not wait for them");
    chk_fix_replace(c, d, '?', f, chk_node(f, g->node)->a, STR("L2"), "ask in an L2 gate");
}

static void nobody(Checker *c, File *f, const SemGate *g)
{
    const SynNode *n = chk_node(f, g->node);
    Diag *d = chk_report(c, 4001, f, n->a, g->level == 1 ? "this gate says nobody who is to be told"
                                                         : "this gate asks, but names nobody who may answer");
    diag_label(c->diags, d, "`by` is missing");
    uint32_t at = chk_node(f, n->b != 0 ? n->b : n->a)->end;
    bool own = c->sem->n_roles > 0 && c->sem->roles[0].file == &c->main->sem;
    Str role = own ? c->sem->roles[0].name : STR("ROLE");
    diag_fix(c->diags, d, 'H', &f->sem.source, at, at,
             chk_printf(c, " by %.*s", STR_ARG(role)), "name a role");
}

/* Before any expression is read: the answers that it asks for have names. */
void chk_gate_name(Checker *c, File *f, uint32_t phase, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    if (c->sem->phases[phase].gate != SEM_NONE)
        return; /* said twice, which is reported later */
    SemGate g = {.level = n->a == 0 ? 0 : chk_node(f, n->a)->aux, .phase = phase, .node = node,
                 .by.kind = WHO_NOBODY, .again = &sem_never_again, .not_before = &sem_no_moment};
    chk_asks(c, f, phase, SEM_NONE, n->c, &g.first_ask, &g.n_asks);
    c->sem->phases[phase].gate = c->sem->n_gates;
    *CHK_PUSH(c, c->sem->gates, c->sem->n_gates, c->cap_gates) = g;
}

void chk_gate(Checker *c, File *f, uint32_t phase, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    SynRef seen[SYN_KIND_COUNT] = {0};
    SemGate g = c->sem->gates[c->sem->phases[phase].gate];
    Place p;
    chk_place(&p, f, EP_GATE, "the question", phase);
    g.question = chk_text_expr(c, &p, n->b).node;
    SYN_EACH(f->tree, r, n->c)
        clause(c, f, &g, r, seen);
    lists(c, f, phase, &g, n->c);
    g.shows = chk_shows(c, f, phase, 0, n->c, &g.n_shows);
    chk_secret_answers(c, f, g.first_ask, g.n_asks);
    no_answer(c, f, &g);
    if (g.level > 0 && seen[SYN_BY] == 0 && n->a != 0)
        nobody(c, f, &g);
    c->sem->gates[c->sem->phases[phase].gate] = g;
}
