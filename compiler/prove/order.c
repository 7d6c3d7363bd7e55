/* Owns: the order of phases, as a question that is answered fast.
 * Must not know: what the answers are for. */
#include "compiler/prove/order.h"

#include <stdlib.h>

/* Each phase hangs on that plain need which comes latest; what stands above it
 * in that tree was surely done or skipped before. A row with some short cuts is
 * one branch of the tree, so that questions about it cost nothing. */
static uint32_t latest_need(const Order *o, const SemPhase *p)
{
    uint32_t best = SEM_NONE;
    for (uint32_t k = 0; k < p->n_needs; k++) {
        uint32_t q = p->needs[k].phase;
        if (p->needs[k].group == 0 && !order_weak(o->sem, p, &p->needs[k]) && (best == SEM_NONE || o->pos[q] > o->pos[best]))
            best = q;
    }
    return best;
}

static void number_tree(Checker *c, Order *o)
{
    const Sem *s = o->sem;
    uint32_t *parent = ARENA_NEW(c->arena, uint32_t, s->n_phases);
    uint32_t *next = ARENA_NEW(c->arena, uint32_t, s->n_phases), roots = 0;
    for (uint32_t k = s->n_phases; k-- > 0;) {
        uint32_t i = s->order[k];
        parent[i] = latest_need(o, &s->phases[i]);
        o->size[i]++; /* those that hang on it were counted before */
        if (parent[i] != SEM_NONE)
            o->size[parent[i]] += o->size[i];
    }
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k], *at = parent[i] == SEM_NONE ? &roots : &next[parent[i]];
        o->enter[i] = *at;
        *at += o->size[i];
        next[i] = o->enter[i] + 1;
    }
}

static void number_phases(Order *o)
{
    const Sem *s = o->sem;
    for (uint32_t k = 0; k < s->n_phases; k++)
        o->pos[s->order[k]] = k;
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k];
        const SemPhase *p = &s->phases[i];
        o->low[i] = k;
        for (uint32_t n = 0; n < p->n_needs; n++) {
            uint32_t q = p->needs[n].phase;
            if (o->low[q] < o->low[i])
                o->low[i] = o->low[q];
            if (o->level[q] >= o->level[i])
                o->level[i] = o->level[q] + 1;
        }
    }
}

Order *prove_order(Checker *c)
{
    const Sem *s = c->sem;
    if (c->plan_order != NULL || s->order == NULL)
        return c->plan_order;
    Order *o = c->plan_order = ARENA_NEW(c->arena, Order, 1);
    uint32_t *numbers = ARENA_NEW(c->arena, uint32_t, 5 * (size_t)s->n_phases);
    *o = (Order){.sem = s, .steps = LIM_PROOF_STEPS, .pos = numbers,
                 .low = numbers + s->n_phases, .level = numbers + 2 * (size_t)s->n_phases,
                 .enter = numbers + 3 * (size_t)s->n_phases,
                 .size = numbers + 4 * (size_t)s->n_phases};
    number_phases(o);
    number_tree(c, o);
    return o;
}

bool order_surely_firm(const Order *o, uint32_t before, uint32_t after)
{
    return before != after && o->enter[before] < o->enter[after] &&
           o->enter[after] - o->enter[before] < o->size[before];
}

/* Sem.order is that of a depth-first walk, each phase behind its needs: so all
 * that lead to a phase lie between its low and itself. */
bool order_surely_apart(const Order *o, uint32_t before, uint32_t after)
{
    return o->pos[before] >= o->pos[after] || o->low[before] < o->low[after] ||
           o->level[before] >= o->level[after];
}

/* --- 64 at a time ------------------------------------------------------------ */

OrderRow order_row(const OrderPass *p, uint32_t phase)
{
    uint32_t at = p->o->pos[phase];
    return at < p->first ? (OrderRow){0} : p->rows[at - p->first];
}

OrderRow order_met(const OrderPass *p, const SemPhase *reader, const SemNeed *need)
{
    uint64_t bit = p->bits[need->phase];
    OrderRow r = order_row(p, need->phase);
    return (OrderRow){r.may | bit, r.must | bit, r.firm | (order_weak(p->o->sem, reader, need) ? 0 : bit)};
}

/* All that is needed was met; of a group, at least one. */
static OrderRow row_of(const OrderPass *p, uint32_t phase)
{
    const SemPhase *ph = &p->o->sem->phases[phase];
    OrderRow sum = {0};
    if (p->starts != NULL && ph->only_when_started)
        sum = p->starts[phase];
    for (uint32_t k = 0; k < ph->n_needs;) {
        uint32_t group = ph->needs[k].group, counted = 0;
        OrderRow all = {0, ~UINT64_C(0), ~UINT64_C(0)};
        do {
            OrderRow r = order_met(p, ph, &ph->needs[k]);
            all.may |= r.may;
            if (group != 0 && !order_counts(p->o->sem, ph, &ph->needs[k]))
                continue;
            counted++;
            all.must &= r.must;
            all.firm &= r.firm;
        } while (++k < ph->n_needs && group != 0 && ph->needs[k].group == group);
        sum.may |= all.may;
        sum.must |= counted == 0 ? 0 : all.must;
        sum.firm |= counted == 0 ? 0 : all.firm;
    }
    return sum;
}

static uint64_t steps_of(const OrderPass *p, uint32_t last)
{
    const Sem *s = p->o->sem;
    uint64_t steps = 0;
    for (uint32_t k = p->first; k <= last; k++)
        steps += 1 + s->phases[s->order[k]].n_needs;
    return steps;
}

/* What is sure for all who could start a phase is sure for it, and they
 * themselves are over: they have failed. No need leads there. */
static void behind_starts(OrderPass *p)
{
    const Sem *s = p->o->sem;
    for (uint32_t i = 0; i < s->n_phases; i++)
        p->starts[i] = (OrderRow){0, ~UINT64_C(0), ~UINT64_C(0)};
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t to = s->phases[i].failure_start;
        if (to == SEM_NONE || to == i)
            continue;
        p->starts[to].must &= order_row(p, i).must | p->bits[i];
        p->starts[to].firm &= order_row(p, i).firm;
    }
}

/* Who starts whom goes against the order of needs: so three times. */
static void pass(OrderPass *p, uint32_t last)
{
    const Sem *s = p->o->sem;
    for (uint32_t i = 0; p->starts != NULL && i < s->n_phases; i++)
        p->starts[i] = (OrderRow){0};
    for (int round = 0; round < (p->starts == NULL ? 1 : 3); round++) {
        if (round > 0)
            behind_starts(p);
        for (uint32_t k = p->first; k <= last; k++)
            p->rows[k - p->first] = row_of(p, s->order[k]);
    }
}

static int by_place(const void *x, const void *y)
{
    const OrderAsk *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->about != b->about)
        return a->about < b->about ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static uint32_t first_place(const Order *o, const OrderAsk *a)
{
    uint32_t first = a->about == SEM_NONE ? SEM_NONE : o->pos[a->about];
    for (uint32_t k = 0; a->about == SEM_NONE && k < a->n_any; k++)
        if (o->pos[a->any[k].phase] < first)
            first = o->pos[a->any[k].phase];
    return first;
}

static void mark(OrderPass *p, const OrderAsk *asks, const uint8_t *of, uint32_t from, uint32_t to,
                 bool on)
{
    for (uint32_t i = from; i < to; i++) {
        const OrderAsk *a = &asks[i];
        uint64_t bit = UINT64_C(1) << of[i];
        if (a->about != SEM_NONE)
            p->bits[a->about] = on ? p->bits[a->about] | bit : 0;
        for (uint32_t k = 0; a->about == SEM_NONE && k < a->n_any; k++)
            p->bits[a->any[k].phase] = on ? p->bits[a->any[k].phase] | bit : 0;
    }
}

/* Those that ask about one phase share a bit: which is whose, in of[]. */
static uint32_t next_batch(OrderPass *p, const OrderAsk *asks, uint32_t from, uint32_t n,
                           uint8_t *of, uint32_t *last)
{
    uint32_t to, bits = 0;
    *last = 0;
    for (to = from; to < n; to++) {
        bool same = to > from && asks[to].about != SEM_NONE && asks[to].about == asks[to - 1].about;
        if (!same && bits == 64)
            break;
        if (!same)
            bits++;
        of[to] = (uint8_t)(bits - 1);
        if (p->o->pos[asks[to].until] > *last)
            *last = p->o->pos[asks[to].until];
    }
    p->first = asks[from].place;
    return to;
}

void order_ask(Checker *c, Order *o, OrderAsk *asks, uint32_t n, bool bounded,
               OrderAnswer answer, void *ctx)
{
    uint32_t last;
    if (n == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        asks[i].place = first_place(o, &asks[i]);
    qsort(asks, n, sizeof *asks, by_place);
    uint8_t *of = ARENA_NEW(c->arena, uint8_t, n);
    OrderPass p = {.o = o, .bits = ARENA_NEW(c->arena, uint64_t, o->sem->n_phases),
                   .rows = ARENA_NEW(c->arena, OrderRow, o->sem->n_phases),
                   .starts = c->starts_after_failure ? ARENA_NEW(c->arena, OrderRow, o->sem->n_phases) : NULL};
    for (uint32_t from = 0, to; from < n; from = to) {
        to = next_batch(&p, asks, from, n, of, &last);
        if (p.starts != NULL) { /* a start leads back as well */
            p.first = 0;
            last = o->sem->n_phases - 1;
        }
        uint64_t steps = bounded ? steps_of(&p, last) : 0;
        if (steps > o->steps)
            continue;
        o->steps -= steps;
        mark(&p, asks, of, from, to, true);
        pass(&p, last);
        for (uint32_t i = from; i < to; i++)
            answer(ctx, asks[i].id, UINT64_C(1) << of[i], &p);
        mark(&p, asks, of, from, to, false);
    }
}
