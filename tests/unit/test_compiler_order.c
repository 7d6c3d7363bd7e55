/* What is said of the order of phases (prove/order.h, needs.c), beside every
 * state that a run can be in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/prove/order.h"
#include "tests/gen/random.h"

enum { PHASES = 6, PLANS = 3000 };

static GenRandom dice;

static uint32_t roll(uint32_t below)
{
    return gen_below(&dice, below);
}

/* --- plans ------------------------------------------------------------------- */

typedef struct Need { uint32_t phase; bool even; uint32_t group; } Need;
enum { NEEDS = 3 * PHASES };
typedef struct Phase { Need needs[NEEDS]; uint32_t n, groups; } Phase;
typedef struct Plan { Phase phases[PHASES]; uint32_t n; } Plan;

static void add_group(Phase *ph, uint32_t i)
{
    uint32_t first = ph->n, rare = roll(3);
    bool even = roll(4) == 0;
    for (uint32_t q = 0; q < i; q++)
        if (roll(rare + 1) == 0)
            ph->needs[ph->n++] = (Need){q, even, ph->groups + 1};
    if (ph->n - first < 2)
        ph->n = first;
    else
        ph->groups++;
}

static void make(Plan *p)
{
    memset(p, 0, sizeof *p);
    p->n = 2 + roll(PHASES - 1);
    for (uint32_t i = 1; i < p->n; i++) {
        Phase *ph = &p->phases[i];
        uint32_t rare = 1 + roll(4);
        for (uint32_t q = 0; q < i; q++)
            if (roll(rare) == 0)
                ph->needs[ph->n++] = (Need){q, roll(4) == 0, 0};
        for (uint32_t k = roll(6); k > 3; k--)
            add_group(ph, i);
    }
}

static void put_needs(const Phase *ph, Buf *out)
{
    if (ph->n == 0)
        buf_puts(out, "needs nothing ");
    for (uint32_t k = 0; k < ph->n; k++) {
        const Need *d = &ph->needs[k];
        bool first = d->group == 0 || k == 0 || ph->needs[k - 1].group != d->group;
        bool last = d->group == 0 || k + 1 == ph->n || ph->needs[k + 1].group != d->group;
        buf_printf(out, "%sp%u", !first ? ", " : d->group != 0 ? "needs any of " : "needs ", d->phase);
        if (last)
            buf_puts(out, d->even ? " even if failed " : " ");
    }
}

static void put_plan(const Plan *p, Buf *out)
{
    buf_puts(out, "edition 1\nplan p\nrole o\n");
    for (uint32_t i = 0; i < p->n; i++) {
        buf_printf(out, "phase p%u { ", i);
        put_needs(&p->phases[i], out);
        buf_puts(out, " tell o \"x\" on failure continue }\n");
    }
}

/* --- all states -------------------------------------------------------------- */

typedef enum State { OPEN, DONE, FAILED } State;

/* without: bits of needs that are left out; a group of which none is left asks
 * for nothing. */
static bool met(const State *s, const Phase *ph, uint32_t without)
{
    for (uint32_t k = 0; k < ph->n;) {
        uint32_t group = ph->needs[k].group, of = 0, n = 0;
        do {
            State q = s[ph->needs[k].phase];
            bool counts = (without >> k & 1) == 0;
            of += counts;
            n += counts && (q == DONE || (q == FAILED && ph->needs[k].even));
        } while (++k < ph->n && group != 0 && ph->needs[k].group == group);
        if (of > 0 && n == 0)
            return false;
    }
    return true;
}

/* Can a run be here? Whoever has ended has begun. */
static bool reachable(const Plan *p, const State *s)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (s[i] != OPEN && !met(s, &p->phases[i], 0))
            return false;
    return true;
}

static bool next(const Plan *p, State *s)
{
    for (uint32_t i = 0; i < p->n; i++) {
        if (s[i] != FAILED) {
            s[i]++;
            return true;
        }
        s[i] = OPEN;
    }
    return false;
}

/* Leaving out `more` beside `without` changes nothing, whatever the run has
 * come to. */
static bool changes_nothing(const Plan *p, uint32_t phase, uint32_t without, uint32_t more)
{
    State s[PHASES] = {OPEN};
    do {
        if (reachable(p, s) && met(s, &p->phases[phase], without) !=
                                   met(s, &p->phases[phase], without | more))
            return false;
    } while (next(p, s));
    return true;
}

/* --- tests ------------------------------------------------------------------- */

static bool reported(const Compilation *c, uint32_t start, uint32_t end)
{
    for (uint32_t i = 0; i < c->diags.n; i++) {
        const Diag *d = &c->diags.items[i];
        if (d->code == 3003 && d->at.start <= start && d->at.end >= end)
            return true;
    }
    return false;
}

static uint32_t group_bits(const Phase *ph, uint32_t k)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < ph->n; i++)
        if (i == k || (ph->needs[k].group != 0 && ph->needs[i].group == ph->needs[k].group))
            bits |= UINT32_C(1) << i;
    return bits;
}

/* How many statements are left: a single one also says when, and is no short cut. */
static uint32_t left(const Phase *ph, uint32_t told)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < ph->n; k++)
        n += (told >> k & 1) == 0;
    return n;
}

static void compare(uint64_t from, const Plan *p, Str text)
{
    Compilation c;
    assert_int_equal(compile_source(STR("p.gate"), text, COMPILE_CHECK, &c), GATE_OK);
    assert_int_equal(c.diags.errors, 0);
    for (uint32_t i = 0; i < p->n; i++) {
        const SemPhase *ph = &c.sem->phases[i];
        const Phase *mine = &p->phases[i];
        uint32_t told = 0;
        assert_int_equal(ph->n_needs, mine->n);
        for (uint32_t k = 0; k < ph->n_needs; k++) {
            const SynNode *n = syn(c.sem->file->source.tree, ph->needs[k].node);
            told |= (uint32_t)reported(&c, n->start, n->end) << k;
        }
        if (!changes_nothing(p, i, 0, told))
            fail_msg("seed %llu: p%u needs what it is told it does not\n%.*s", (unsigned long long)from, i, STR_ARG(text));
        /* Where two groups come to the same, which one stays is a choice. */
        for (uint32_t k = 0; mine->groups < 2 && mine->n > 1 && k < mine->n; k++)
            if ((told >> k & 1) == 0 && left(mine, told) > 1 &&
                (changes_nothing(p, i, told, UINT32_C(1) << k) ||
                 changes_nothing(p, i, told, group_bits(mine, k))))
                fail_msg("seed %llu: p%u does not need its need %u\n%.*s", (unsigned long long)from, i, k, STR_ARG(text));
    }
    compile_free(&c);
}

static void needless_needs_are_told_and_no_others(void **state)
{
    (void)state;
    Buf text = {0};
    for (uint64_t i = 1; i <= PLANS; i++) {
        Plan p;
        dice.s = i;
        make(&p);
        text.n = 0;
        put_plan(&p, &text);
        compare(i, &p, buf_view(&text));
    }
    buf_free(&text);
}

static void count(void *ctx, uint32_t id, uint64_t bit, const OrderPass *p)
{
    (void)id, (void)bit, (void)p;
    ++*(uint32_t *)ctx;
}

/* A pass over the first two phases looks at both, and at one need. */
static void a_search_ends_at_its_limit(void **state)
{
    (void)state;
    Compilation c;
    assert_int_equal(compile_source(STR("p.gate"), STR("edition 1\nplan p\nrole o\n"
                     "phase a { needs nothing tell o \"x\" }\nphase b { needs a tell o \"x\" }\n"),
                     COMPILE_CHECK, &c), GATE_OK);
    Checker k = {.sem = (Sem *)c.sem, .arena = c.arena};
    Order *o = prove_order(&k);
    assert_int_equal(o->steps, LIM_PROOF_STEPS);
    for (uint32_t left = 2; left <= 4; left++) {
        uint32_t answers = 0;
        OrderAsk ask = {.about = 0, .until = 1};
        o->steps = left;
        order_ask(&k, o, &ask, 1, true, count, &answers);
        assert_int_equal(answers, left >= 3);
        assert_int_equal(o->steps, left >= 3 ? left - 3 : left);
    }
    compile_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needless_needs_are_told_and_no_others),
        cmocka_unit_test(a_search_ends_at_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
