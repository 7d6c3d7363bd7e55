/* Owns: which things of two plans belong together, and what phases, tasks,
 * checks, policies and the plan itself have lost or gained.
 * Must not know: gates and actions from inside (diff_gate.c, diff_action.c). */
#include "compiler/prove/diff_int.h"

#include <stdlib.h>
#include <string.h>

/* --- saying ------------------------------------------------------------------------ */

static void add(Pair *p, DiffKind kind, const SemFile *file, SynRef node, bool gone, Str text)
{
    Diff *d = p->out;
    if (d->n == d->cap) {
        d->cap = d->cap * 2 + 32;
        DiffItem *more = ARENA_NEW(d->arena, DiffItem, d->cap);
        if (d->n > 0)
            memcpy(more, d->items, d->n * sizeof *more);
        d->items = more;
    }
    d->items[d->n++] = (DiffItem){kind, p->where, text, file, gone, node};
    d->weaker += kind == DIFF_WEAKER;
}

void diff_say(Pair *p, DiffKind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(p->out->arena, fmt, ap);
    va_end(ap);
    add(p, kind, p->new->file, p->node, false, s);
}

void diff_gone(Pair *p, DiffKind kind, SynRef node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(p->out->arena, fmt, ap);
    va_end(ap);
    add(p, kind, p->old->file, node, true, s);
}

void diff_count(Pair *p, uint64_t old, uint64_t new, const char *what)
{
    if (old != new)
        diff_say(p, new > old ? DIFF_WEAKER : DIFF_STRONGER, "%llu %s; before %llu", (unsigned long long)new, what,
                 (unsigned long long)old);
}

/* --- comparing ------------------------------------------------------------------------ */

static bool blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static Str source_of(SemExpr x)
{
    return x.node == 0 ? (Str){"", 0} : syn_text(x.file->source.tree, x.node);
}

bool diff_same(SemExpr old, SemExpr new)
{
    Str a = source_of(old), b = source_of(new);
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.n && blank(a.p[i]))
            i++;
        while (k < b.n && blank(b.p[k]))
            k++;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (a.p[i++] != b.p[k++])
            return false;
    }
}

Str diff_text(const Pair *p, SemExpr x)
{
    enum { SHOWN = 60 };
    Str s = source_of(x);
    if (x.node == 0)
        return STR("nothing");
    for (size_t i = 0; i < s.n && i < SHOWN; i++)
        if (s.p[i] == '\n' || ((unsigned char)s.p[i] & 0xc0) == 0xc0)
            return s.n > SHOWN ? arena_printf(p->out->arena, "%.*s...", (int)i, s.p) : s;
    return s.n > SHOWN ? arena_printf(p->out->arena, "%.*s...", SHOWN, s.p) : s;
}

Str diff_duration(Pair *p, const Sem *s, SemDuration d)
{
    if (d.kind == ST_NONE)
        return STR("not said");
    return d.node == 0 ? arena_printf(p->out->arena, "%lld days", (long long)(d.n / 86400000))
                       : syn_text(s->file->source.tree, d.node);
}

int diff_longer(const Sem *old, SemDuration a, const Sem *new, SemDuration b)
{
    if (a.kind == ST_NONE || b.kind == ST_NONE)
        return a.kind == b.kind ? 0 : b.kind == ST_NONE ? 1 : -1;
    bool calendars = a.kind == ST_CLOCK || str_eq(old->calendars[a.calendar].name, new->calendars[b.calendar].name);
    if (a.kind != b.kind || !calendars)
        return 2;
    return (b.n > a.n) - (b.n < a.n);
}

bool diff_same_moment(const Sem *old, const SemMoment *a, const Sem *new, const SemMoment *b)
{
    if (a->kind != b->kind || a->ms != b->ms || diff_longer(old, a->after, new, b->after) != 0)
        return false;
    if (a->kind == SM_PHASE)
        return str_eq(old->phases[a->index].name, new->phases[b->index].name);
    if (a->kind == SM_MILESTONE)
        return str_eq(old->milestones[a->index].name, new->milestones[b->index].name);
    return a->kind != SM_VALUE || diff_same(a->value, b->value);
}

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
        for (uint32_t k = 0; k < n_new && !there; k++)
            there = diff_same(old[i].cond, new[k].cond);
        if (!there)
            diff_say(p, DIFF_WEAKER, "no longer requires %.*s", STR_ARG(diff_text(p, old[i].cond)));
    }
    for (uint32_t k = 0; k < n_new; k++) {
        bool there = false;
        for (uint32_t i = 0; i < n_old && !there; i++)
            there = diff_same(old[i].cond, new[k].cond);
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

/* Whether `from` still waits for `to`, by way of others. A mark a phase; stack
 * has room for all. */
static bool waits_for(const Sem *s, uint32_t from, uint32_t to, uint32_t *mark, uint32_t round, uint32_t *stack)
{
    uint32_t n = 0;
    stack[n++] = from;
    mark[from] = round;
    while (n > 0) {
        const SemPhase *p = &s->phases[stack[--n]];
        for (uint32_t i = 0; i < p->n_needs; i++) {
            uint32_t next = p->needs[i].phase;
            if (p->needs[i].group != 0 || mark[next] == round)
                continue;
            if (next == to)
                return true;
            mark[next] = round;
            stack[n++] = next;
        }
    }
    return false;
}

typedef struct Scratch { uint32_t *mark, *stack, round; } Scratch;

static void needs(Pair *p, const SemPhase *old, const SemPhase *new, uint32_t index, const Names *phases, Scratch *w)
{
    for (uint32_t i = 0; i < old->n_needs; i++) {
        Str name = p->old->phases[old->needs[i].phase].name;
        uint32_t to = find(phases, name);
        const SemNeed *now = NULL;
        for (uint32_t k = 0; k < new->n_needs && to != SEM_NONE; k++)
            if (new->needs[k].phase == to)
                now = &new->needs[k];
        if (now == NULL && (to == SEM_NONE || !waits_for(p->new, index, to, w->mark, ++w->round, w->stack)))
            diff_say(p, DIFF_WEAKER, "no longer waits for `%.*s`", STR_ARG(name));
        else if (now != NULL && now->even_if_failed && !old->needs[i].even_if_failed)
            diff_say(p, DIFF_WEAKER, "goes on even if `%.*s` failed", STR_ARG(name));
        else if (now != NULL && now->group != 0 && old->needs[i].group == 0)
            diff_say(p, DIFF_WEAKER, "no longer has to wait for `%.*s`: any of several will do", STR_ARG(name));
    }
}

/* --- phases ---------------------------------------------------------------------------------- */

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
    if (old->limit_node != 0 && new->limit_node == 0)
        diff_say(p, DIFF_WEAKER, "no limit any more; before %u", old->limit);
    else if (old->limit_node == 0 && new->limit_node != 0)
        diff_say(p, DIFF_STRONGER, "at most %u now", new->limit);
    else if (old->limit != new->limit)
        diff_say(p, new->limit > old->limit ? DIFF_WEAKER : DIFF_STRONGER, "at most %u %.*s; before %u", new->limit,
                 STR_ARG(new->limit_unit), old->limit);
    if (!diff_same_moment(p->old, old->deadline, p->new, new->deadline))
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
    if (!diff_same(old->steps, new->steps))
        diff_say(p, DIFF_CHANGED, "the steps are others");
}

static void await(Pair *p, const SemAwait *old, const SemAwait *new)
{
    const SemEvent *a = old->event == SEM_NONE ? NULL : &p->old->events[old->event];
    const SemEvent *b = new->event == SEM_NONE ? NULL : &p->new->events[new->event];
    p->node = new->node;
    if (a != NULL && b != NULL && (!str_eq(a->pack, b->pack) || !str_eq(a->name, b->name)))
        diff_say(p, DIFF_WEAKER, "waits for another event");
    if (!diff_same(old->where, new->where))
        diff_say(p, new->where.node == 0 ? DIFF_WEAKER : old->where.node == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "takes an event where %.*s; before %.*s", STR_ARG(diff_text(p, new->where)), STR_ARG(diff_text(p, old->where)));
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
            diff_gone(p, DIFF_WEAKER, k->node, "the check is gone");
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
            diff_gone(p, DIFF_WEAKER, t->node, "the task is gone: nobody attests it any more");
        else
            task(p, t, &p->new->tasks[other]);
    }
    for (uint32_t i = 0; i < old->n_awaits; i++) {
        const SemAwait *w = &p->old->awaits[old->first_await + i];
        STEP_IN(p->new->awaits, new->first_await, new->n_awaits, w->name, other);
        p->where = inside(p, old, w->name);
        if (other == SEM_NONE)
            diff_gone(p, DIFF_WEAKER, w->node, "no longer waits for its event");
        else
            await(p, w, &p->new->awaits[other]);
    }
}

static const SemGate *gate_of(const Sem *s, const SemPhase *p)
{
    return p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
}

static void both(Pair *p, const SemPhase *old, const SemPhase *new, uint32_t index, const Names *phases, Scratch *w)
{
    p->where = new->name;
    diff_gate(p, gate_of(p->old, old), gate_of(p->new, new));
    p->node = new->node;
    needs(p, old, new, index, phases, w);
    diff_requires(p, old->requires, old->n_requires, new->requires, new->n_requires);
    if (!diff_same(old->when, new->when))
        diff_say(p, new->when.node == 0 ? DIFF_WEAKER : old->when.node == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "runs when %.*s; before %.*s", STR_ARG(diff_text(p, new->when)), STR_ARG(diff_text(p, old->when)));
    diff_windows(p, old->during, old->n_during, new->during, new->n_during);
    limits(p, old, new);
    failure(p, old, new);
    controls(p, old, new);
    actions(p, old, new);
    checks(p, old, new);
    people_steps(p, old, new);
}

static void only_new(Pair *p, const SemPhase *new)
{
    static const SemPhase none = {.gate = SEM_NONE, .failure_start = SEM_NONE, .deadline = &sem_no_moment};
    p->where = new->name;
    p->node = new->node;
    diff_say(p, DIFF_CHANGED, "the phase is new");
    actions(p, &none, new);
}

static void only_old(Pair *p, const SemPhase *old)
{
    const SemGate *g = gate_of(p->old, old);
    p->where = old->name;
    diff_gone(p, DIFF_CHANGED, old->node, "the phase is gone");
    if (g != NULL && g->level >= 2)
        diff_gone(p, DIFF_WEAKER, g->node, "its gate at L%d is gone with it", g->level);
    for (uint32_t i = 0; i < old->n_checks; i++) {
        p->where = inside(p, old, p->old->checks[old->first_check + i].name);
        diff_gone(p, DIFF_WEAKER, p->old->checks[old->first_check + i].node, "the check is gone with its phase");
    }
}

/* --- the plan ---------------------------------------------------------------------------------- */

static bool same_policy(const SemPolicy *a, const SemPolicy *b)
{
    bool same = a->n_rules == b->n_rules;
    for (uint32_t i = 0; i < a->n_rules && same; i++)
        same = a->rules[i].subject == b->rules[i].subject && diff_same(a->rules[i].where, b->rules[i].where) &&
               diff_same(a->rules[i].require, b->rules[i].require);
    return same;
}

static void policies(Pair *p)
{
    for (uint32_t i = 0; i < p->old->n_policies; i++) {
        const SemPolicy *a = &p->old->policies[i], *b = NULL;
        for (uint32_t k = 0; k < p->new->n_policies && b == NULL; k++)
            b = str_eq(p->new->policies[k].name, a->name) ? &p->new->policies[k] : NULL;
        p->where = arena_printf(p->out->arena, "policy %.*s", STR_ARG(a->name));
        p->node = b == NULL ? 0 : b->node;
        if (b == NULL)
            diff_gone(p, DIFF_WEAKER, a->node, "the policy is gone");
        else if (!same_policy(a, b))
            diff_say(p, DIFF_WEAKER, "the policy says something else: whether it asks as much is for a person to judge");
    }
}

static void starts(Pair *p)
{
    for (uint32_t i = 0; i < p->new->n_starts; i++) {
        SemExpr now = {p->new->file, p->new->starts[i].node};
        bool there = false;
        for (uint32_t k = 0; k < p->old->n_starts && !there; k++)
            there = diff_same((SemExpr){p->old->file, p->old->starts[k].node}, now);
        p->node = p->new->starts[i].node;
        if (!there)
            diff_say(p, DIFF_WEAKER, "starts by itself: %.*s", STR_ARG(diff_text(p, now)));
    }
}

static void roles(Pair *p)
{
    for (uint32_t i = 0; i < p->new->n_roles; i++) {
        const SemRole *now = &p->new->roles[i], *was = NULL;
        for (uint32_t k = 0; k < p->old->n_roles && was == NULL; k++)
            was = str_eq(p->old->roles[k].name, now->name) ? &p->old->roles[k] : NULL;
        p->where = arena_printf(p->out->arena, "role %.*s", STR_ARG(now->name));
        p->node = now->node;
        for (uint32_t a = 0; was != NULL && a < now->n_people; a++) {
            bool there = false;
            for (uint32_t b = 0; b < was->n_people && !there; b++)
                there = str_eq(now->people[a], was->people[b]);
            if (!there)
                diff_say(p, DIFF_WEAKER, "%.*s holds it, too", STR_ARG(now->people[a]));
        }
    }
}

static void inputs(Pair *p)
{
    for (uint32_t i = 0; i < p->new->n_inputs; i++) {
        const SemInput *now = &p->new->inputs[i], *was = NULL;
        for (uint32_t k = 0; k < p->old->n_inputs && was == NULL; k++)
            was = str_eq(p->old->inputs[k].name, now->name) ? &p->old->inputs[k] : NULL;
        p->where = arena_printf(p->out->arena, "input %.*s", STR_ARG(now->name));
        p->node = now->node;
        if (was == NULL)
            continue;
        if (!diff_same(was->low, now->low) || !diff_same(was->high, now->high))
            diff_say(p, now->low.node == 0 ? DIFF_WEAKER : was->low.node == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                     "its range is another");
        if (!diff_same(was->fallback, now->fallback))
            diff_say(p, DIFF_CHANGED, "is %.*s where it is not given; before %.*s", STR_ARG(diff_text(p, now->fallback)),
                     STR_ARG(diff_text(p, was->fallback)));
    }
}

static void the_plan(Pair *p)
{
    p->where = (Str){"", 0};
    p->node = 0;
    if (p->old->runs_alone && !p->new->runs_alone)
        diff_say(p, DIFF_WEAKER, "several runs may go on at the same time");
    else if (!p->old->runs_alone && p->new->runs_alone)
        diff_say(p, DIFF_STRONGER, "runs alone");
    starts(p);
    policies(p);
    roles(p);
    inputs(p);
}

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
    the_plan(&p);
    for (uint32_t i = 0; i < new->n_phases; i++) {
        uint32_t k = find(&was, new->phases[i].name);
        if (k == SEM_NONE)
            only_new(&p, &new->phases[i]);
        else
            both(&p, &old->phases[k], &new->phases[i], i, &is, &w);
    }
    for (uint32_t i = 0; i < old->n_phases; i++)
        if (find(&is, old->phases[i].name) == SEM_NONE)
            only_old(&p, &old->phases[i]);
    diff_secrets(&p);
    order(out);
}
