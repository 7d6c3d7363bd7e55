/* Owns: which phases and steps of two plans belong together, and what phases,
 * tasks, checks and awaits have lost or gained.
 * Must not know: gates and actions from inside (diff_gate.c, diff_action.c), what
 * stands outside of phases (diff_plan.c). */
#include "compiler/prove/diff_int.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/prove/prove.h"

/* --- saying ------------------------------------------------------------------------ */

void diff_add(Diff *d, DiffItem item)
{
    if (d->n == d->cap) {
        d->cap = d->cap * 2 + 32;
        DiffItem *more = ARENA_NEW(d->arena, DiffItem, d->cap);
        if (d->n > 0)
            memcpy(more, d->items, d->n * sizeof *more);
        d->items = more;
    }
    d->items[d->n++] = item;
    d->weaker += item.kind == DIFF_WEAKER;
}

static void add(Pair *p, DiffKind kind, const SemFile *file, SynRef node, bool gone, Str text)
{
    diff_add(p->out, (DiffItem){kind, p->where, text, file, gone, node, 0});
}

void diff_say(Pair *p, DiffKind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(p->out->arena, fmt, ap);
    va_end(ap);
    add(p, kind, p->in == NULL ? p->new->file : p->in, p->node, false, s);
}

void diff_gone(Pair *p, DiffKind kind, const SemFile *in, SynRef node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(p->out->arena, fmt, ap);
    va_end(ap);
    add(p, kind, in == NULL ? p->old->file : in, node, true, s);
}

void diff_count(Pair *p, uint64_t old, uint64_t new, const char *what)
{
    if (old != new)
        diff_say(p, new > old ? DIFF_WEAKER : DIFF_STRONGER, "%llu %s; before %llu", (unsigned long long)new, what,
                 (unsigned long long)old);
}

/* --- windows, conditions ----------------------------------------------------------- */

static const CalWindows *windows(Pair *p, const Sem *s, const SemDuring *during, uint32_t n)
{
    CalWindow *items = ARENA_NEW(p->out->arena, CalWindow, n + 1);
    CalWindows *w = ARENA_NEW(p->out->arena, CalWindows, 1);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (CalWindow){sem_calendar(s, during[i].calendar), during[i].never};
    *w = (CalWindows){items, n, NULL};
    return w;
}

void diff_windows(Pair *p, const SemDuring *old, uint32_t n_old, const SemDuring *new, uint32_t n_new)
{
    int64_t at;
    CalSpan span;
    if (n_old == 0 && n_new == 0)
        return;
    const CalWindows *was = windows(p, p->old, old, n_old), *is = windows(p, p->new, new, n_new);
    if (!cal_windows_within(is, was, p->from_ms, p->until_ms, &at)) {
        char when[OS_INSTANT_SIZE];
        os_format_instant(at, when);
        diff_say(p, DIFF_WEAKER, "may run where it could not before, such as at %.16sZ", when);
    } else if (!cal_windows_within(was, is, p->from_ms, p->until_ms, &at)) {
        diff_say(p, DIFF_STRONGER, "its window is narrower");
    } else if (!cal_windows_next(is, p->from_ms, p->until_ms, &span)) {
        diff_say(p, DIFF_CHANGED, "its window never opens within two years");
    }
}

void diff_requires(Pair *p, const SemRequire *old, uint32_t n_old, const SemRequire *new, uint32_t n_new)
{
    for (uint32_t i = 0; i < n_old; i++) {
        bool there = false;
        for (uint32_t k = 0; k < n_new && !there; k++) {
            there = diff_same_text(old[i].cond, new[k].cond);
            if (there && !diff_same(p, old[i].cond, new[k].cond))
                diff_say(p, DIFF_WEAKER, "requires %.*s; %.*s", STR_ARG(diff_text(p, new[k].cond)),
                         STR_ARG(diff_before(p, old[i].cond, new[k].cond)));
        }
        if (!there)
            diff_say(p, DIFF_WEAKER, "no longer requires %.*s", STR_ARG(diff_text(p, old[i].cond)));
    }
    for (uint32_t k = 0; k < n_new; k++) {
        bool there = false;
        for (uint32_t i = 0; i < n_old && !there; i++)
            there = diff_same_text(old[i].cond, new[k].cond);
        if (!there)
            diff_say(p, DIFF_STRONGER, "requires %.*s", STR_ARG(diff_text(p, new[k].cond)));
    }
}

/* --- names ------------------------------------------------------------------------------ */

typedef struct Name { Str text; uint32_t index; } Name;
typedef struct Names { Name *items; uint32_t n; } Names;

static int by_text(const void *a, const void *b)
{
    Str x = ((const Name *)a)->text, y = ((const Name *)b)->text;
    int d = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return d != 0 ? d : (x.n > y.n) - (x.n < y.n);
}

static Names names_of(const Sem *s, Arena *arena)
{
    Names n = {ARENA_NEW(arena, Name, s->n_phases + 1), s->n_phases};
    for (uint32_t i = 0; i < n.n; i++)
        n.items[i] = (Name){s->phases[i].name, i};
    qsort(n.items, n.n, sizeof *n.items, by_text);
    return n;
}

static uint32_t find(const Names *n, Str text)
{
    Name key = {text, 0};
    const Name *at = bsearch(&key, n->items, n->n, sizeof key, by_text);
    return at == NULL ? SEM_NONE : at->index;
}

/* --- needs -------------------------------------------------------------------------------- */

/* Whether `from` still waits for `to` to be done, by way of others. A mark a phase;
 * stack has room for all. */
typedef struct Scratch { uint32_t *mark, *stack, round; } Scratch;

static bool waits_for(const Sem *s, uint32_t from, uint32_t to, Scratch *w)
{
    uint32_t n = 0, round = ++w->round;
    w->stack[n++] = from;
    w->mark[from] = round;
    while (n > 0) {
        const SemPhase *p = &s->phases[w->stack[--n]];
        for (uint32_t i = 0; i < p->n_needs; i++) {
            uint32_t next = p->needs[i].phase;
            if (p->needs[i].group != 0 || p->needs[i].even_if_failed || w->mark[next] == round)
                continue;
            if (next == to)
                return true;
            w->mark[next] = round;
            w->stack[n++] = next;
        }
    }
    return false;
}

static const SemNeed *need_of(const SemPhase *p, uint32_t phase)
{
    for (uint32_t k = 0; k < p->n_needs && phase != SEM_NONE; k++)
        if (p->needs[k].phase == phase)
            return &p->needs[k];
    return NULL;
}

/* `needs any of` with one more: that one alone is enough, unless it waits for one of
 * the others. */
static void one_more_way(Pair *p, const SemPhase *old, const SemPhase *new, const SemNeed *way, const Names *before, Scratch *w)
{
    bool others = false;
    if (need_of(old, find(before, p->new->phases[way->phase].name)) != NULL)
        return;
    for (uint32_t k = 0; k < new->n_needs; k++) {
        const SemNeed *n = &new->needs[k];
        if (n->group != way->group || need_of(old, find(before, p->new->phases[n->phase].name)) == NULL)
            continue;
        others = true;
        if (waits_for(p->new, way->phase, n->phase, w))
            return;
    }
    if (others)
        diff_say(p, DIFF_WEAKER, "`%.*s` alone is enough now", STR_ARG(p->new->phases[way->phase].name));
}

/* Whether the new phase need not wait for it any more; of several of which any one
 * was enough, one is. */
static bool no_longer(const Pair *p, const SemPhase *old, const SemNeed *need, const SemPhase *new, uint32_t index,
                      const Names *phases, Scratch *w)
{
    for (uint32_t k = 0; k < old->n_needs; k++) {
        const SemNeed *other = &old->needs[k];
        uint32_t to = find(phases, p->old->phases[other->phase].name);
        if (other != need && (need->group == 0 || other->group != need->group))
            continue;
        if (to != SEM_NONE && (need_of(new, to) != NULL || waits_for(p->new, index, to, w)))
            return false;
    }
    return true;
}

static void needs(Pair *p, const SemPhase *old, const SemPhase *new, uint32_t index, const Names *before,
                  const Names *phases, Scratch *w)
{
    for (uint32_t i = 0; i < old->n_needs; i++) {
        Str name = p->old->phases[old->needs[i].phase].name;
        const SemNeed *now = need_of(new, find(phases, name));
        if (now == NULL && no_longer(p, old, &old->needs[i], new, index, phases, w))
            diff_say(p, DIFF_WEAKER, "no longer waits for `%.*s`", STR_ARG(name));
        else if (now != NULL && now->even_if_failed && !old->needs[i].even_if_failed)
            diff_say(p, DIFF_WEAKER, "goes on even if `%.*s` failed", STR_ARG(name));
        else if (now != NULL && now->group != 0 && old->needs[i].group == 0)
            diff_say(p, DIFF_WEAKER, "no longer has to wait for `%.*s`: any of several will do", STR_ARG(name));
    }
    for (uint32_t k = 0; k < new->n_needs; k++)
        if (new->needs[k].group != 0)
            one_more_way(p, old, new, &new->needs[k], before, w);
}

/* --- phases ---------------------------------------------------------------------------------- */

static Str started(const Sem *s, const SemPhase *p)
{
    return p->failure_start == SEM_NONE ? (Str){"", 0} : s->phases[p->failure_start].name;
}

static void failure(Pair *p, const SemPhase *old, const SemPhase *new)
{
    /* Nothing said: undo what can be undone, then tell the gate's people. */
    bool undid = (old->on_failure & OF_UNDO) != 0 || old->on_failure == 0;
    bool undoes = (new->on_failure & OF_UNDO) != 0 || new->on_failure == 0;
    if (undid && !undoes)
        diff_say(p, DIFF_WEAKER, "a failure no longer undoes what was done");
    else if (!undid && undoes)
        diff_say(p, DIFF_STRONGER, "a failure undoes what was done");
    if ((new->on_failure & OF_CONTINUE) != 0 && (old->on_failure & OF_CONTINUE) == 0)
        diff_say(p, DIFF_WEAKER, "the run goes on when this fails");
    if ((old->on_failure & OF_TELL) != 0 && (new->on_failure & OF_TELL) == 0)
        diff_say(p, DIFF_WEAKER, "nobody is told when this fails");
    Str was = started(p->old, old), is = started(p->new, new);
    if (was.n > 0 && !str_eq(was, is))
        diff_say(p, DIFF_WEAKER, "a failure no longer starts `%.*s`", STR_ARG(was));
    if (is.n > 0 && !str_eq(was, is))
        diff_say(p, DIFF_CHANGED, "a failure starts `%.*s`", STR_ARG(is));
}

static void controls(Pair *p, const SemPhase *old, const SemPhase *new)
{
    for (uint32_t i = 0; i < old->n_controls; i++) {
        bool there = false;
        for (uint32_t k = 0; k < new->n_controls && !there; k++)
            there = str_eq(old->controls[i], new->controls[k]);
        if (!there)
            diff_say(p, DIFF_WEAKER, "is no longer evidence for the control %.*s", STR_ARG(old->controls[i]));
    }
}

static void limits(Pair *p, const SemPhase *old, const SemPhase *new)
{
    if (old->limit->node != 0 && new->limit->node == 0)
        diff_say(p, DIFF_WEAKER, "no limit any more; before %u", old->limit->n);
    else if (old->limit->node == 0 && new->limit->node != 0)
        diff_say(p, DIFF_STRONGER, "at most %u now", new->limit->n);
    else if (old->limit->n != new->limit->n)
        diff_say(p, new->limit->n > old->limit->n ? DIFF_WEAKER : DIFF_STRONGER, "at most %u %.*s; before %u", new->limit->n,
                 STR_ARG(new->limit->unit), old->limit->n);
    if (!diff_same_moment(p, old->deadline, new->deadline))
        diff_say(p, new->deadline->kind == SM_NONE ? DIFF_WEAKER : old->deadline->kind == SM_NONE
                     ? DIFF_STRONGER : DIFF_CHANGED, "the deadline is another");
}

static void check(Pair *p, const SemCheck *old, const SemCheck *new)
{
    p->node = new->node;
    diff_requires(p, old->requires, old->n_requires, new->requires, new->n_requires);
    int longer = old->hold_for.kind == ST_NONE && new->hold_for.kind == ST_NONE ? 0
                 : new->hold_for.kind == ST_NONE ? -1 : old->hold_for.kind == ST_NONE ? 1
                 : diff_longer(p->old, old->hold_for, p->new, new->hold_for);
    if (longer != 0)
        diff_say(p, longer > 0 ? DIFF_STRONGER : DIFF_WEAKER, "must hold for %.*s; before %.*s",
                 STR_ARG(diff_duration(p, p->new, new->hold_for)), STR_ARG(diff_duration(p, p->old, old->hold_for)));
    if (diff_longer(p->old, old->within, p->new, new->within) != 0)
        diff_say(p, DIFF_CHANGED, "may take %.*s to come true; before %.*s",
                 STR_ARG(diff_duration(p, p->new, new->within)), STR_ARG(diff_duration(p, p->old, old->within)));
}

static void task(Pair *p, const SemTask *old, const SemTask *new)
{
    p->node = new->node;
    diff_who(p, &old->by, &new->by, "done");
    diff_windows(p, old->during, old->n_during, new->during, new->n_during);
    if (old->undo.node != 0 && new->undo.node == 0)
        diff_say(p, DIFF_WEAKER, "says no way back any more");
    else if (old->undo.node == 0 && new->undo.node != 0)
        diff_say(p, DIFF_STRONGER, "says a way back");
    if (!diff_same(p, old->steps, new->steps))
        diff_say(p, DIFF_CHANGED, "the steps are others");
}

static void await(Pair *p, const SemAwait *old, const SemAwait *new)
{
    const SemEvent *a = old->event == SEM_NONE ? NULL : &p->old->events[old->event];
    const SemEvent *b = new->event == SEM_NONE ? NULL : &p->new->events[new->event];
    p->node = new->node;
    if (a != NULL && b != NULL && (!str_eq(a->pack, b->pack) || !str_eq(a->name, b->name)))
        diff_say(p, DIFF_WEAKER, "waits for another event");
    if (!diff_same(p, old->where, new->where))
        diff_say(p, new->where.node == 0 ? DIFF_WEAKER : old->where.node == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "takes an event where %.*s; %.*s", STR_ARG(diff_text(p, new->where)), STR_ARG(diff_before(p, old->where, new->where)));
    if (new->otherwise == SO_CONTINUE && old->otherwise != SO_CONTINUE)
        diff_say(p, DIFF_WEAKER, "goes on when the event does not come");
}

/* --- steps, by name -------------------------------------------------------------------------- */

static Str inside(const Pair *p, const SemPhase *phase, Str step)
{
    return arena_printf(p->out->arena, "%.*s.%.*s", STR_ARG(phase->name), STR_ARG(step));
}

/* A phase has few steps: names are sought one by one, up to this many. */
#define STEP_IN(rows, first, count, wanted, found)                          \
    do {                                                                    \
        (found) = SEM_NONE;                                                 \
        for (uint32_t at_ = 0; at_ < (count) && (found) == SEM_NONE; at_++) \
            if (str_eq((rows)[(first) + at_].name, (wanted)))               \
                (found) = (first) + at_;                                    \
    } while (0)

static void actions(Pair *p, const SemPhase *old, const SemPhase *new)
{
    uint32_t other;
    for (uint32_t i = 0; i < new->n_actions; i++) {
        const SemAction *a = &p->new->actions[new->first_action + i];
        STEP_IN(p->old->actions, old->first_action, old->n_actions, a->name, other);
        p->where = inside(p, new, a->name);
        diff_action(p, other == SEM_NONE ? NULL : &p->old->actions[other], a);
    }
    for (uint32_t i = 0; i < old->n_actions; i++) {
        const SemAction *a = &p->old->actions[old->first_action + i];
        STEP_IN(p->new->actions, new->first_action, new->n_actions, a->name, other);
        p->where = inside(p, old, a->name);
        if (other == SEM_NONE)
            diff_action_gone(p, a);
    }
}

static void checks(Pair *p, const SemPhase *old, const SemPhase *new)
{
    uint32_t other;
    for (uint32_t i = 0; i < old->n_checks; i++) {
        const SemCheck *k = &p->old->checks[old->first_check + i];
        STEP_IN(p->new->checks, new->first_check, new->n_checks, k->name, other);
        p->where = inside(p, old, k->name);
        if (other == SEM_NONE)
            diff_gone(p, DIFF_WEAKER, NULL, k->node, "the check is gone");
        else
            check(p, k, &p->new->checks[other]);
    }
}

static void people_steps(Pair *p, const SemPhase *old, const SemPhase *new)
{
    uint32_t other;
    for (uint32_t i = 0; i < old->n_tasks; i++) {
        const SemTask *t = &p->old->tasks[old->first_task + i];
        STEP_IN(p->new->tasks, new->first_task, new->n_tasks, t->name, other);
        p->where = inside(p, old, t->name);
        if (other == SEM_NONE)
            diff_gone(p, DIFF_WEAKER, NULL, t->node, "the task is gone: nobody attests it any more");
        else
            task(p, t, &p->new->tasks[other]);
    }
    for (uint32_t i = 0; i < old->n_awaits; i++) {
        const SemAwait *w = &p->old->awaits[old->first_await + i];
        STEP_IN(p->new->awaits, new->first_await, new->n_awaits, w->name, other);
        p->where = inside(p, old, w->name);
        if (other == SEM_NONE)
            diff_gone(p, DIFF_WEAKER, NULL, w->node, "no longer waits for its event");
        else
            await(p, w, &p->new->awaits[other]);
    }
}

static Str step_name(const Sem *s, SemStep step)
{
    switch (step.kind) {
    case SS_ACTION: return s->actions[step.index].name;
    case SS_CHECK: return s->checks[step.index].name;
    case SS_TASK: return s->tasks[step.index].name;
    case SS_AWAIT: return s->awaits[step.index].name;
    default: return (Str){"", 0};
    }
}

/* Where a step stands in the new phase; SEM_NONE: nowhere. */
static uint32_t place_of(const Pair *p, const SemPhase *new, Str name)
{
    for (uint32_t i = 0; i < new->n_steps && name.n > 0; i++)
        if (str_eq(step_name(p->new, new->steps[i]), name))
            return i;
    return SEM_NONE;
}

/* A check or an await that stood in front of a change and no longer does: the change
 * is made whatever comes of it. */
static void guards(Pair *p, const SemPhase *old, const SemPhase *new)
{
    uint32_t first = SEM_NONE; /* where the earliest of the changes behind it is made now */
    Str change = {"", 0};
    for (uint32_t i = old->n_steps; i-- > 0;) {
        SemStep step = old->steps[i];
        Str name = step_name(p->old, step);
        bool guard = step.kind == SS_CHECK || step.kind == SS_AWAIT;
        if (!guard && !chk_step_writes(p->old, step))
            continue;
        uint32_t now = place_of(p, new, name);
        if (!guard && now < first) {
            first = now;
            change = name;
        } else if (guard && now != SEM_NONE && first < now) {
            p->where = inside(p, new, name);
            p->node = new->node;
            diff_say(p, DIFF_WEAKER, "no longer comes before `%.*s`", STR_ARG(change));
        }
    }
}

/* A tell has no name: it is the one that says the same to the same people. */
static bool same_tell(const Pair *p, const SemTell *a, const SemTell *b)
{
    bool same = a->n_to == b->n_to && diff_same(p, a->text, b->text);
    for (uint32_t i = 0; i < a->n_to && same; i++)
        same = str_eq(p->old->roles[a->to[i]].name, p->new->roles[b->to[i]].name);
    return same;
}

static void tells(Pair *p, const SemPhase *old, const SemPhase *new)
{
    for (uint32_t i = 0; i < old->n_steps; i++) {
        bool there = old->steps[i].kind != SS_TELL;
        for (uint32_t k = 0; k < new->n_steps && !there; k++)
            there = new->steps[k].kind == SS_TELL &&
                    same_tell(p, &p->old->tells[old->steps[i].index], &p->new->tells[new->steps[k].index]);
        p->where = old->name;
        if (!there)
            diff_gone(p, DIFF_CHANGED, NULL, p->old->tells[old->steps[i].index].node, "no longer tells anybody %.*s",
                      STR_ARG(diff_text(p, p->old->tells[old->steps[i].index].text)));
    }
}

static const SemGate *gate_of(const Sem *s, const SemPhase *p)
{
    return p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
}

static void both(Pair *p, const SemPhase *old, const SemPhase *new, uint32_t index, const Names *before,
                 const Names *phases, Scratch *w)
{
    p->where = new->name;
    diff_gate(p, gate_of(p->old, old), gate_of(p->new, new));
    p->node = new->node;
    needs(p, old, new, index, before, phases, w);
    diff_requires(p, old->requires, old->n_requires, new->requires, new->n_requires);
    if (!diff_same(p, sem_own(p->old, old->when), sem_own(p->new, new->when)))
        diff_say(p, new->when == 0 ? DIFF_WEAKER : old->when == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "runs when %.*s; %.*s", STR_ARG(diff_text(p, sem_own(p->new, new->when))), STR_ARG(diff_before(p, sem_own(p->old, old->when), sem_own(p->new, new->when))));
    diff_windows(p, old->during, old->n_during, new->during, new->n_during);
    limits(p, old, new);
    failure(p, old, new);
    controls(p, old, new);
    actions(p, old, new);
    checks(p, old, new);
    people_steps(p, old, new);
    guards(p, old, new);
    tells(p, old, new);
}

static void only_new(Pair *p, const SemPhase *new)
{
    static const SemPhase none = {.gate = SEM_NONE, .failure_start = SEM_NONE, .estimate = sem_no_estimate,
                                  .limit = &sem_no_limit, .deadline = &sem_no_moment};
    p->where = new->name;
    p->node = new->node;
    diff_say(p, DIFF_CHANGED, "the phase is new");
    actions(p, &none, new);
}

static void only_old(Pair *p, const SemPhase *old)
{
    const SemGate *g = gate_of(p->old, old);
    p->where = old->name;
    diff_gone(p, DIFF_CHANGED, NULL, old->node, "the phase is gone");
    if (g != NULL && g->level >= 2)
        diff_gone(p, DIFF_WEAKER, NULL, g->node, "its gate at L%d is gone with it", g->level);
    for (uint32_t i = 0; i < old->n_checks; i++) {
        p->where = inside(p, old, p->old->checks[old->first_check + i].name);
        diff_gone(p, DIFF_WEAKER, NULL, p->old->checks[old->first_check + i].node, "the check is gone with its phase");
    }
}

/* --- all of it --------------------------------------------------------------------------------- */

static int by_kind(const void *a, const void *b)
{
    const DiffItem *x = *(const DiffItem *const *)a, *y = *(const DiffItem *const *)b;
    return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : (x > y) - (x < y);
}

static void order(Diff *d)
{
    DiffItem **at = ARENA_NEW(d->arena, DiffItem *, d->n + 1), *sorted = ARENA_NEW(d->arena, DiffItem, d->n + 1);
    for (uint32_t i = 0; i < d->n; i++)
        at[i] = &d->items[i];
    qsort(at, d->n, sizeof *at, by_kind);
    for (uint32_t i = 0; i < d->n; i++)
        sorted[i] = *at[i];
    d->items = sorted;
}

void diff_plans(const Sem *old, const Sem *new, int64_t from_ms, Diff *out)
{
    enum { DAYS = 731 };
    Pair p = {.old = old, .new = new, .out = out, .from_ms = from_ms, .until_ms = from_ms + (int64_t)DAYS * 86400000};
    Names was = names_of(old, out->arena), is = names_of(new, out->arena);
    Scratch w = {ARENA_NEW(out->arena, uint32_t, new->n_phases + 1), ARENA_NEW(out->arena, uint32_t, new->n_phases + 1), 0};
    diff_value_init(&p);
    diff_plan(&p);
    for (uint32_t i = 0; i < new->n_phases; i++) {
        uint32_t k = find(&was, new->phases[i].name);
        if (k == SEM_NONE)
            only_new(&p, &new->phases[i]);
        else
            both(&p, &old->phases[k], &new->phases[i], i, &was, &is, &w);
    }
    for (uint32_t i = 0; i < old->n_phases; i++)
        if (find(&is, old->phases[i].name) == SEM_NONE)
            only_old(&p, &old->phases[i]);
    diff_secrets(&p);
    order(out);
}
