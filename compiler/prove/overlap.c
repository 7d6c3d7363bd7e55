/* Owns: what two phases that may run at the same time must not do: change one
 * and the same thing (G3010), or take the same locks crosswise (G3007).
 * Must not know: levels, gates; how the order of phases is found (order.c). */
#include "compiler/prove/order.h"

#include <stdlib.h>

/* An action, under what it changes; or two of a phase's locks, under both. */
typedef struct Use {
    uint64_t key;
    uint32_t place;          /* its phase; then that one's place in the order */
    uint32_t action, second; /* SEM_NONE: no lock that is taken behind the first */
    bool crossed;            /* its locks in falling order of their keys */
} Use;
typedef struct Uses { Use *items; uint32_t n, cap; } Uses;

typedef struct Pair { Use a, b; } Pair; /* a's phase comes first in the order */
typedef struct Search {
    Checker *c;
    Order *o;
    Pair *pairs; uint32_t n_pairs, cap_pairs;
    OrderAsk *asks; uint32_t n_asks, cap_asks;
    bool *after_failure;     /* by phase: runs only when another has failed; NULL: none does */
    uint64_t told;           /* the key of the last crossing of locks that was told */
} Search;

static uint64_t join(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

static uint64_t of_name(Str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return h;
}

/* --- what is changed ------------------------------------------------------------ */

/* The marked targets of a tool, in its pack. A command says what it changes
 * with all that it is given, its folder included; so does a tool that marks no
 * target. */
static uint64_t target_key(const Checker *c, const SemAction *a)
{
    const SemTool *t = &c->sem->tools[a->tool];
    bool marked = false;
    uint64_t key = of_name(t->pack);
    for (uint32_t i = 0; i < t->n_params; i++)
        marked = marked || (t->params[i].flags & PF_TARGET) != 0;
    for (uint32_t i = 0; i < t->n_params; i++)
        marked = marked && (t->params[i].flags & PF_PROGRAM) == 0;
    if (!marked)
        key = join(key, of_name(t->name));
    for (uint32_t i = 0; i < a->n_args; i++) {
        const SemParam *p = &t->params[a->args[i].param];
        if (marked && (p->flags & PF_TARGET) == 0)
            continue;
        uint64_t value = prove_same(c, a->args[i].expr);
        if (value == 0)
            return 0;
        key = join(join(key, of_name(p->name)), value);
    }
    return key == 0 ? 1 : key;
}

/* The order of phases is made only where two actions share a key. */
static void find_uses(Search *s, Uses *changes, uint32_t *locks)
{
    const Sem *sem = s->c->sem;
    CHK_RESERVE(s->c, changes->items, 0, changes->cap, sem->n_actions);
    for (uint32_t i = 0; i < sem->n_actions; i++) {
        const SemAction *a = &sem->actions[i];
        uint64_t key = sem_writes(sem, a) && !sem->phases[a->phase].never_starts ? target_key(s->c, a) : 0;
        *locks += a->lock != 0;
        if (key != 0)
            *CHK_PUSH(s->c, changes->items, changes->n, changes->cap) = (Use){key, a->phase, i, SEM_NONE, false};
    }
}

static bool shared(const Uses *u)
{
    for (uint32_t i = 1; i < u->n; i++)
        if (u->items[i].key == u->items[i - 1].key && u->items[i].place != u->items[i - 1].place)
            return true;
    return false;
}

/* --- who may run at the same time ------------------------------------------------- */

static void find_after_failure(Search *s)
{
    const Sem *sem = s->c->sem;
    if (!s->c->starts_after_failure)
        return;
    s->after_failure = ARENA_NEW(s->c->arena, bool, sem->n_phases);
    for (uint32_t k = 0; k < sem->n_phases; k++) {
        const SemPhase *p = &sem->phases[sem->order[k]];
        bool after = p->only_when_started;
        for (uint32_t n = 0; n < p->n_needs; n++)
            after = after || s->after_failure[p->needs[n].phase];
        s->after_failure[sem->order[k]] = after;
    }
}

static bool waits_for(const SemMoment *m, uint32_t phase)
{
    return m->kind == SM_PHASE && m->index == phase;
}

/* One waits for the end of the other in words. */
static bool waits(const Sem *s, const SemAction *a, uint32_t phase)
{
    uint32_t gate = s->phases[a->phase].gate;
    return waits_for(a->not_before, phase) || (gate != SEM_NONE && waits_for(s->gates[gate].not_before, phase));
}

static const SemDuring *window(const Sem *s, const SemAction *a)
{
    return a->n_during > 0 ? a->during : s->phases[a->phase].n_during > 0 ? s->phases[a->phase].during : NULL;
}

/* What may keep the two apart, in ways that are not looked into. */
static bool kept_apart(const Search *s, const SemAction *a, const SemAction *b)
{
    const Sem *sem = s->c->sem;
    bool a_when = a->when != 0 || sem->phases[a->phase].when != 0;
    bool b_when = b->when != 0 || sem->phases[b->phase].when != 0;
    const SemDuring *aw = window(sem, a), *bw = window(sem, b);
    if (a_when && b_when)
        return true;
    if (s->after_failure != NULL && (s->after_failure[a->phase] || s->after_failure[b->phase]))
        return true;
    if (aw != NULL && bw != NULL && (aw->calendar != bw->calendar || aw->never != bw->never))
        return true;
    return waits(sem, a, b->phase) || waits(sem, b, a->phase);
}

static void together(Search *s, const Pair *p);

static void ask_pair(Search *s, Use a, Use b)
{
    const Sem *sem = s->c->sem;
    uint32_t first = sem->actions[a.action].phase, second = sem->actions[b.action].phase;
    Pair p = {a, b};
    if (first == second || order_surely_firm(s->o, first, second) ||
        kept_apart(s, &sem->actions[a.action], &sem->actions[b.action]))
        return;
    if (order_surely_apart(s->o, first, second)) {
        together(s, &p);
        return;
    }
    *CHK_PUSH(s->c, s->asks, s->n_asks, s->cap_asks) =
        (OrderAsk){.about = first, .until = second, .id = s->n_pairs};
    *CHK_PUSH(s->c, s->pairs, s->n_pairs, s->cap_pairs) = p;
}

static void answer(void *ctx, uint32_t id, uint64_t bit, const OrderPass *p)
{
    Search *s = ctx;
    uint32_t second = s->c->sem->actions[s->pairs[id].b.action].phase;
    if ((order_row(p, second).must & bit) == 0)
        together(s, &s->pairs[id]);
}

static int by_key(const void *x, const void *y)
{
    const Use *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return a->action != b->action ? (a->action < b->action ? -1 : 1) : a->second < b->second ? -1 : a->second > b->second;
}

/* Where each comes surely behind the one before it, no two are side by side. */
static bool in_a_row(const Search *s, const Use *u, uint32_t n)
{
    const Sem *sem = s->c->sem;
    for (uint32_t i = 1; i < n; i++)
        if (u[i].place != u[i - 1].place &&
            !order_surely_firm(s->o, sem->actions[u[i - 1].action].phase, sem->actions[u[i].action].phase))
            return false;
    return true;
}

static void compare(Search *s, Uses *uses)
{
    if (uses->n < 2)
        return;
    qsort(uses->items, uses->n, sizeof *uses->items, by_key);
    if (!shared(uses))
        return;
    if (s->o == NULL) {
        s->o = prove_order(s->c);
        find_after_failure(s);
    }
    for (uint32_t i = 0; i < uses->n; i++)
        uses->items[i].place = s->o->pos[uses->items[i].place];
    qsort(uses->items, uses->n, sizeof *uses->items, by_key);
    for (uint32_t from = 0, to; from < uses->n; from = to) {
        const Use *u = uses->items + from;
        for (to = from + 1; to < uses->n && uses->items[to].key == u->key;)
            to++;
        if (in_a_row(s, u, to - from))
            continue;
        for (uint32_t i = 0; i < to - from; i++)
            for (uint32_t k = i + 1; k < to - from && s->o->steps > 0; k++, s->o->steps--)
                if (u[i].second == SEM_NONE || u[i].crossed != u[k].crossed)
                    ask_pair(s, u[i], u[k]);
    }
}

/* --- locks -------------------------------------------------------------------------- */

static void find_locks(Search *s, Uses *uses)
{
    const Sem *sem = s->c->sem;
    uint64_t steps = LIM_PROOF_STEPS;
    for (uint32_t i = 0; i < sem->n_phases; i++) {
        const SemPhase *p = &sem->phases[i];
        for (uint32_t k = 0; k < p->n_actions; k++) {
            uint64_t first = prove_same(s->c, sem_own(sem, sem->actions[p->first_action + k].lock));
            for (uint32_t m = k + 1; first != 0 && m < p->n_actions && steps > 0; m++, steps--) {
                uint64_t second = prove_same(s->c, sem_own(sem, sem->actions[p->first_action + m].lock));
                if (second == 0 || second == first)
                    continue;
                *CHK_PUSH(s->c, uses->items, uses->n, uses->cap) =
                    (Use){join(first < second ? first : second, first < second ? second : first), i,
                          p->first_action + k, p->first_action + m, first > second};
            }
        }
    }
}

/* --- reports -------------------------------------------------------------------------- */

static void crosswise(Search *s, const Pair *p)
{
    Checker *c = s->c;
    const SemAction *a = c->sem->actions;
    if (s->told == p->a.key)
        return; /* of many who cross each other, one pair */
    s->told = p->a.key;
    Diag *d = chk_report(c, 3007, c->main, a[p->b.second].lock,
                         "`%.*s` and `%.*s` may each hold the lock that the other waits for",
                         STR_ARG(c->sem->phases[a[p->a.action].phase].name),
                         STR_ARG(c->sem->phases[a[p->b.action].phase].name));
    diag_label(c->diags, d, "taken second here");
    chk_also(c, d, c->main, a[p->b.action].lock, "taken first here");
    chk_also(c, d, c->main, a[p->a.action].lock, "the other way round: first");
    chk_also(c, d, c->main, a[p->a.second].lock, "and second");
    diag_help(c->diags, d, "take them in the same order, or let one phase need the other");
}

static void together(Search *s, const Pair *p)
{
    Checker *c = s->c;
    const SemAction *a = &c->sem->actions[p->a.action], *b = &c->sem->actions[p->b.action];
    if (p->a.second != SEM_NONE) {
        crosswise(s, p);
        return;
    }
    uint64_t lock = prove_same(c, sem_own(c->sem, a->lock));
    if (lock != 0 && lock == prove_same(c, sem_own(c->sem, b->lock)))
        return;
    if (a->node > b->node) {
        const SemAction *later = a;
        a = b;
        b = later;
    }
    Str first = c->sem->phases[a->phase].name, second = c->sem->phases[b->phase].name;
    Diag *d = chk_report(c, 3010, c->main, chk_node(c->main, b->node)->a,
                         "`%.*s` and `%.*s` may run at the same time, and both change the same thing",
                         STR_ARG(first), STR_ARG(second));
    diag_label(c->diags, d, "changes it here");
    chk_also(c, d, c->main, chk_node(c->main, a->node)->a, "and here");
    prove_add_need(c, d, '?', b->phase, a->phase);
}

void prove_overlap(Checker *c)
{
    Search s = {.c = c};
    Uses changes = {0}, locks = {0};
    uint32_t n_locks = 0;
    if (c->sem->n_phases < 2)
        return;
    find_uses(&s, &changes, &n_locks);
    if (n_locks > 1)
        find_locks(&s, &locks);
    compare(&s, &changes);
    compare(&s, &locks);
    order_ask(c, s.o, s.asks, s.n_asks, true, answer, &s);
}
