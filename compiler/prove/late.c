/* Owns: what must be done before a phase begins and must have failed before it
 * does: such a phase can never start (G3006). What is found stays with the checker
 * (Before, order.h).
 * Must not know: how a plan is played; who else is stuck (stuck.c). */
#include "compiler/prove/play.h"

/* Who starts whom goes against the order of needs, so it is gone through more
 * than once: each time is right, the next may know more. */
enum { ROUNDS = 3 };

/* Not what is done where that must have failed, nor what has something fail that
 * must be done. */
static bool could_be_met(const Sem *s, uint32_t i, const SemNeed *need, const Before *b)
{
    uint32_t q = need->phase;
    uint64_t done = b->done[q] | (order_weak(s, &s->phases[i], need) ? 0 : b->bit[q]);
    return order_counts(s, &s->phases[i], need) &&
           (((done & b->failed[i]) | (b->failed[q] & b->done[i])) & b->lasting) == 0;
}

static void before_by_needs(const Sem *s, uint32_t i, const Before *b)
{
    const SemPhase *p = &s->phases[i];
    for (uint32_t k = 0; k < p->n_needs;) {
        uint32_t group = p->needs[k].group, n = 0;
        uint64_t done = ~UINT64_C(0), failed = done;
        do {
            uint32_t q = p->needs[k].phase;
            if (group != 0 && !could_be_met(s, i, &p->needs[k], b))
                continue;
            n++;
            done &= b->done[q] | (order_weak(s, p, &p->needs[k]) ? 0 : b->bit[q]);
            failed &= b->failed[q];
        } while (++k < p->n_needs && group != 0 && p->needs[k].group == group);
        b->never[i] = b->never[i] || n == 0;
        b->done[i] |= n == 0 ? 0 : done;
        b->failed[i] |= n == 0 ? 0 : failed;
    }
}

/* Whoever is started lies behind every one who could have done it. */
static void before_by_start(const Sem *s, const Before *b, uint64_t *done, uint64_t *failed)
{
    for (uint32_t i = 0; i < s->n_phases; i++)
        done[i] = failed[i] = ~UINT64_C(0);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t to = s->phases[i].failure_start;
        if (to == SEM_NONE || to == i)
            continue;
        done[to] &= b->done[i];
        failed[to] &= b->failed[i] | b->bit[i];
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        if (!s->phases[i].only_when_started)
            continue;
        b->done[i] |= done[i] == ~UINT64_C(0) ? 0 : done[i];
        b->failed[i] |= failed[i] == ~UINT64_C(0) ? 0 : failed[i];
    }
}

static void too_late(Dead *d, uint32_t phase, uint32_t witness)
{
    Checker *c = d->p->c;
    const SemPhase *p = &c->sem->phases[phase];
    d->p->nodes[phase].barred = true;
    if (witness == SEM_NONE) {
        Diag *r = chk_report(c, 3006, c->main, chk_node(c->main, p->node)->a,
                             "`%.*s` can never start: none of the ways that lead to it is ever open", STR_ARG(p->name));
        diag_label(c->diags, r, "what starts it shuts them all");
        d->root_of[phase] = c->diags->n;
        return;
    }
    Str who = c->sem->phases[witness].name;
    for (uint32_t k = 0; k < p->n_needs; k++) {
        if (p->needs[k].phase != witness || !p->only_when_started)
            continue;
        Diag *r = chk_report(c, 3006, c->main, p->needs[k].node,
                             "`%.*s` is started when `%.*s` fails, but needs it to be done",
                             STR_ARG(p->name), STR_ARG(who));
        diag_label(c->diags, r, "can never be met");
        diag_help(c->diags, r, "write: needs %.*s even if failed", STR_ARG(who));
        d->root_of[phase] = c->diags->n;
        return;
    }
    Diag *r = chk_report(c, 3006, c->main, chk_node(c->main, p->node)->a,
                         "`%.*s` can never start: it needs `%.*s` to be done, and to have failed",
                         STR_ARG(p->name), STR_ARG(who));
    diag_label(c->diags, r, "can never start");
    chk_also(c, r, c->main, chk_node(c->main, c->sem->phases[witness].node)->a, "must be done first, and must fail");
    d->root_of[phase] = c->diags->n;
}

static bool has_late_need(const Dead *d, const SemPhase *p)
{
    for (uint32_t k = 0; k < p->n_needs; k++)
        if (p->needs[k].group == 0 && d->p->nodes[p->needs[k].phase].barred)
            return true;
    return false;
}

struct Starters { uint32_t *list, n; Before b; uint64_t *done, *failed; bool returns; };

/* From the first of up to 64. A run that goes on after a failure may come back
 * to it where a gate may return. */
static void find_before(const Sem *s, Starters *of, uint32_t first)
{
    uint32_t n = of->n - first < 64 ? of->n - first : 64;
    of->b.lasting = 0;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        of->b.bit[i] = of->b.done[i] = of->b.failed[i] = 0;
        of->b.never[i] = false;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = of->list[first + i];
        of->b.bit[x] = UINT64_C(1) << i;
        if (!of->returns || (s->phases[x].on_failure & OF_CONTINUE) == 0)
            of->b.lasting |= of->b.bit[x];
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t k = 0; k < s->n_phases; k++)
            before_by_needs(s, s->order[k], &of->b);
        before_by_start(s, &of->b, of->done, of->failed);
    }
}

static void find_late(Dead *d, Starters *of, uint32_t first)
{
    const Sem *s = d->p->c->sem;
    find_before(s, of, first);
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k], witness = 0;
        uint64_t both = of->b.done[i] & of->b.failed[i] & of->b.lasting;
        if ((both == 0 && !of->b.never[i]) || d->p->nodes[i].barred || has_late_need(d, &s->phases[i]))
            continue;
        while (both != 0 && (both >> witness & 1) == 0)
            witness++;
        too_late(d, i, both == 0 ? SEM_NONE : of->list[first + witness]);
    }
}

static Starters *find_starters(Checker *c)
{
    const Sem *s = c->sem;
    Starters *of = ARENA_NEW(c->arena, Starters, 1);
    uint64_t *words = ARENA_NEW(c->arena, uint64_t, 5 * (size_t)s->n_phases);
    *of = (Starters){.list = ARENA_NEW(c->arena, uint32_t, s->n_phases),
                     .b = {words, words + s->n_phases, words + 2 * (size_t)s->n_phases, 0,
                           ARENA_NEW(c->arena, bool, s->n_phases)},
                     .done = words + 3 * (size_t)s->n_phases, .failed = words + 4 * (size_t)s->n_phases};
    for (uint32_t i = 0; i < s->n_gates; i++)
        of->returns = of->returns || s->gates[i].n_returns > 0;
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (s->phases[i].failure_start != SEM_NONE)
            of->list[of->n++] = i;
    return of;
}

Starters *late_find(Dead *d)
{
    Checker *c = d->p->c;
    uint64_t left = LIM_PROOF_STEPS;
    if (!c->starts_after_failure)
        return NULL;
    Starters *of = find_starters(c);
    for (uint32_t i = 0; i < of->n && left >= c->sem->n_phases; i += 64, left -= c->sem->n_phases)
        find_late(d, of, i);
    return of;
}

void late_keep(Checker *c, Starters *of)
{
    if (of == NULL || of->n == 0)
        return;
    find_before(c->sem, of, 0);
    c->before = ARENA_NEW(c->arena, Before, 1);
    *c->before = of->b;
}
