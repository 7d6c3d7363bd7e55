/* Owns: phases: what a phase needs, tests, does and says, clause by clause.
 * Must not know: how phases hang together (graph.c), what a level
 * demands (level.c). */
#include "compiler/check/check.h"

#include <string.h>

void chk_declare_phase(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_phases;
    if (chk_declare(c, f->scope, DK_PHASE, index, f, node, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->phases, c->sem->n_phases, c->cap_phases) =
        (SemPhase){.name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                   .doc = syn_doc(f->tree, node, c->arena), .gate = SEM_NONE,
                   .failure_start = SEM_NONE, .node = node};
}

/* --- names of steps --------------------------------------------------------- */

static uint32_t step_count(const File *f, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, k, list) {
        n++;
        if (chk_node(f, k)->kind == SYN_TOGETHER)
            n += step_count(f, chk_node(f, k)->c);
    }
    return n;
}

static void add_step(SemPhase *p, SemStepKind kind, uint32_t index)
{
    ((SemStep *)p->steps)[p->n_steps++] = (SemStep){kind, index, 0};
}

static void declare_check(Checker *c, File *f, uint32_t phase, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t index = c->sem->n_checks;
    if (chk_declare(c, c->first_phase_scope + phase, DK_CHECK, index, f, r, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->checks, c->sem->n_checks, c->cap_checks) =
        (SemCheck){.phase = phase, .name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                   .node = r};
    add_step(&c->sem->phases[phase], SS_CHECK, index);
}

static void declare_other(Checker *c, File *f, uint32_t phase, SynRef r, DeclKind kind,
                          const char *what, const char *instead)
{
    chk_declare(c, c->first_phase_scope + phase, kind, 0, f, r, chk_node(f, r)->a);
    chk_later(c, f, chk_node(f, r)->a != 0 ? chk_node(f, r)->a : r, what, instead);
}

static void step_name(Checker *c, File *f, uint32_t phase, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_ACTION: {
        uint32_t index = c->sem->n_actions;
        chk_action_name(c, f, phase, r);
        if (c->sem->n_actions > index)
            add_step(&c->sem->phases[phase], SS_ACTION, index);
        break;
    }
    case SYN_CHECK:
        declare_check(c, f, phase, r);
        break;
    case SYN_TELL:
        add_step(&c->sem->phases[phase], SS_TELL, c->sem->n_tells);
        *CHK_PUSH(c, c->sem->tells, c->sem->n_tells, c->cap_tells) =
            (SemTell){.phase = phase, .node = r};
        break;
    case SYN_TASK:
        declare_other(c, f, phase, r, DK_TASK, "`task`",
                      "use an L2 gate that asks whether the work was done");
        break;
    case SYN_AWAIT:
        declare_other(c, f, phase, r, DK_AWAIT, "`await`",
                      "put an L2 gate here, and approve when the event has come");
        break;
    case SYN_GATE:
        SYN_EACH(f->tree, k, n->c)
            if (chk_node(f, k)->kind == SYN_ASK)
                declare_other(c, f, phase, k, DK_ASK, "`ask`",
                              "make it an input, given when the run starts");
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
    p->first_action = c->sem->n_actions;
    p->first_check = c->sem->n_checks;
    SYN_EACH(f->tree, r, list) {
        step_name(c, f, phase, r);
        if (chk_node(f, r)->kind != SYN_TOGETHER)
            continue;
        chk_later(c, f, r, "`together`", "write the actions one after the other");
        SYN_EACH(f->tree, k, chk_node(f, r)->c)
            step_name(c, f, phase, k);
    }
    p->n_actions = c->sem->n_actions - p->first_action;
    p->n_checks = c->sem->n_checks - p->first_check;
}

/* --- needs ------------------------------------------------------------------ */

static uint32_t needs_count(const File *f, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, k, list)
        if (chk_node(f, k)->kind == SYN_NEEDS)
            SYN_EACH(f->tree, path, chk_node(f, k)->a)
                n++;
    return n;
}

static void add_need(Checker *c, File *f, SemPhase *p, uint32_t phase, SemNeed *needs,
                     SynRef path, bool even)
{
    const Entity *e = chk_path(c, f, SEM_NONE, path, DK(PHASE), "a phase");
    if (e == NULL)
        return;
    if (e->index == phase) {
        Diag *d = chk_report(c, 3002, f, path, "the phase `%.*s` needs itself",
                             STR_ARG(p->name));
        diag_label(c->diags, d, "could never start");
        diag_help(c->diags, d, "drop it; a phase that waits for none says `needs nothing`");
        return;
    }
    for (uint32_t i = 0; i < p->n_needs && i < 64; i++) {
        if (needs[i].phase != e->index)
            continue;
        Diag *d = chk_report(c, 21, f, path, "`%.*s` is needed twice",
                             STR_ARG(c->sem->phases[e->index].name));
        diag_label(c->diags, d, "said again");
        chk_also(c, d, f, needs[i].node, "said first");
        return;
    }
    needs[p->n_needs++] = (SemNeed){e->index, even, path};
}

static void needs(Checker *c, File *f, uint32_t phase, SynRef list)
{
    SemPhase *p = &c->sem->phases[phase];
    SemNeed *all = ARENA_NEW(c->arena, SemNeed, needs_count(f, list));
    SynRef first = 0, nothing = 0, any = 0;
    p->needs = all;
    SYN_EACH(f->tree, r, list) {
        const SynNode *n = chk_node(f, r);
        if (n->kind != SYN_NEEDS)
            continue;
        if ((n->aux & NEEDS_NOTHING) != 0)
            nothing = nothing == 0 ? r : nothing;
        if ((n->aux & NEEDS_ANY) != 0)
            any = any == 0 ? r : any;
        SYN_EACH(f->tree, path, n->a)
            add_need(c, f, p, phase, all, path, (n->aux & NEEDS_EVEN) != 0);
        SynRef other = first == 0 ? r : first;
        first = other;
        if (other == r)
            continue;
        if (nothing != 0) {
            Diag *d = chk_report(c, 21, f, r, "this phase needs nothing, and also something");
            diag_label(c->diags, d, "one of the two");
            chk_also(c, d, f, other, "said first");
            chk_fix_remove(c, d, '?', f, nothing, "drop `needs nothing`");
            nothing = 0;
        } else if (any != 0) {
            chk_later(c, f, any, "`needs any of` beside another `needs`",
                      "put a phase between: it needs any of them, and this one needs it");
            any = 0;
        }
    }
    SYN_EACH(f->tree, r, list)
        if (chk_node(f, r)->kind == SYN_NEEDS && (chk_node(f, r)->aux & NEEDS_ANY) != 0)
            p->needs_any = p->n_needs > 1;
}

/* --- the other clauses ------------------------------------------------------ */

static SemRequire require(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    Typed t = chk_expect(c, p, n->a, TK_BOOL, "a condition");
    if (t.known && t.v.u.i == 0) {
        Diag *d = chk_report(c, 3006, p->file, n->a, "this can never be true");
        diag_label(c->diags, d, "always false, so nothing behind it ever runs");
    }
    return (SemRequire){{&p->file->sem, n->a}, chk_text_expr(c, p, n->b), r};
}

static const SemRequire *requires(Checker *c, Place *p, SynRef list, uint32_t *count)
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

uint32_t *chk_roles(Checker *c, File *f, SynRef list, uint32_t *n)
{
    uint32_t count = 0, i = 0;
    SYN_EACH(f->tree, k, list)
        count++;
    uint32_t *roles = ARENA_NEW(c->arena, uint32_t, count);
    SYN_EACH(f->tree, k, list) {
        const Entity *e = chk_path(c, f, SEM_NONE, k, DK(ROLE), "a role");
        if (e != NULL)
            roles[i++] = e->index;
    }
    *n = i;
    return roles;
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
            c->sem->phases[e->index].only_when_started = true;
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
    if (n->kind == SYN_RANGE) {
        p->estimate[0] = chk_duration(c, f, n->a, "estimate");
        p->estimate[1] = chk_duration(c, f, n->b, "estimate");
        return;
    }
    p->estimate[0] = p->estimate[1] = chk_duration(c, f, e, "estimate");
    if (n->kind == SYN_BUSINESS && n->c != 0)
        p->estimate[1] = far_end(f, e, p->estimate[0]);
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
        chk_expect(c, &place, n->a, TK_BOOL, "a condition");
        p->when = (SemExpr){&f->sem, n->a};
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
            chk_later(c, f, r, "`deadline`", "leave it out, or write the date as a milestone: due 2027-01-15");
        break;
    case SYN_DURING:
        chk_later(c, f, r, n->aux == 0 ? "`only during`" : "`never during`",
                  "put an L2 gate here, and approve inside the window");
        break;
    case SYN_LIMIT:
        chk_later(c, f, r, "`limit`", "test it before: require count(...) <= N \"not too many\"");
        break;
    default:
        break;
    }
}

/* --- steps ------------------------------------------------------------------ */

static void check_step(Checker *c, File *f, uint32_t check, uint32_t next_action)
{
    SemCheck *k = &c->sem->checks[check];
    SynRef list = chk_node(f, k->node)->c, seen[SYN_KIND_COUNT] = {0};
    Place p;
    chk_place(&p, f, EP_STEP, "a check", k->phase);
    p.self = next_action;
    const SemRequire *all = requires(c, &p, list, &k->n_requires);
    c->sem->checks[check].requires = all;
    SYN_EACH(f->tree, r, list) {
        switch (chk_node(f, r)->kind) {
        case SYN_HOLDFOR:
            if (chk_once(c, f, seen, r, "hold for"))
                chk_later(c, f, r, "`hold for`", "leave it out: a check is tested once");
            break;
        case SYN_WITHIN:
            if (chk_once(c, f, seen, r, "within"))
                chk_later(c, f, r, "`within` in a check", "leave it out: a check is tested once");
            break;
        case SYN_EVERY:
            if (chk_once(c, f, seen, r, "every"))
                chk_later(c, f, r, "`every` in a check", "leave it out: a check is tested once");
            break;
        default:
            break;
        }
    }
    if (c->sem->checks[check].n_requires == 0) {
        Diag *d = chk_report(c, 15, f, chk_node(f, k->node)->a, "the check `%.*s` tests nothing",
                             STR_ARG(k->name));
        diag_label(c->diags, d, "needs at least one `require`");
    }
}

static void tell_step(Checker *c, File *f, uint32_t tell, uint32_t next_action)
{
    SemTell *t = &c->sem->tells[tell];
    const SynNode *n = chk_node(f, t->node);
    Place p;
    chk_place(&p, f, EP_STEP, "`tell`", t->phase);
    p.self = next_action;
    t->to = chk_roles(c, f, n->a, &t->n_to);
    t->text = chk_text_expr(c, &p, n->b);
}

static void steps(Checker *c, File *f, const SemPhase *p)
{
    uint32_t next_action = p->first_action;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        switch (p->steps[i].kind) {
        case SS_ACTION:
            chk_action(c, f, p->steps[i].index);
            next_action = p->steps[i].index + 1;
            break;
        case SS_CHECK:
            check_step(c, f, p->steps[i].index, next_action);
            break;
        case SS_TELL:
            tell_step(c, f, p->steps[i].index, next_action);
            break;
        case SS_TASK:
        case SS_AWAIT:
            break; /* not made yet */
        }
    }
}

void chk_phases(Checker *c)
{
    File *f = c->main;
    for (uint32_t i = 0; i < c->sem->n_phases; i++) {
        SynRef list = chk_node(f, c->sem->phases[i].node)->c;
        SynRef seen[SYN_KIND_COUNT] = {0};
        Place p;
        needs(c, f, i, list);
        SYN_EACH(f->tree, r, list)
            clause(c, f, i, r, seen);
        chk_place(&p, f, EP_PHASE, "`require`", i);
        const SemRequire *all = requires(c, &p, list, &c->sem->phases[i].n_requires);
        c->sem->phases[i].requires = all;
        steps(c, f, &c->sem->phases[i]);
    }
}
