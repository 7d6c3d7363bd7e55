/* Who can say yes (prove/people.h), beside an enumeration of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "compiler/prove/people.h"
#include "tests/gen/random.h"

enum { PEOPLE = 6, ROLES = 5 };

static GenRandom dice;

static uint32_t roll(uint32_t below)
{
    return gen_below(&dice, below);
}

/* Every way to give each role of a list somebody of its own. */
static bool tries_all(const uint64_t *sets, const uint32_t *roles, uint32_t n, uint64_t taken)
{
    if (n == 0)
        return true;
    for (uint32_t i = 0; i < 64; i++)
        if ((sets[roles[0]] >> i & 1) != 0 && (taken >> i & 1) == 0 &&
            tries_all(sets, roles + 1, n - 1, taken | UINT64_C(1) << i))
            return true;
    return false;
}

static uint32_t ones(uint64_t x)
{
    uint32_t n = 0;
    for (; x != 0; x &= x - 1)
        n++;
    return n;
}

static bool slow_can(const uint64_t *sets, const PplDemand *d, uint64_t away)
{
    uint64_t left[ROLES], all = 0;
    for (uint32_t i = 0; i < ROLES; i++)
        left[i] = sets[i] & ~away & (d->able == NULL ? UINT64_MAX : *d->able);
    for (uint32_t i = 0; i < d->n_roles; i++)
        all |= left[d->roles[i]];
    return d->kind == WHO_ALL ? tries_all(left, d->roles, d->n_roles, 0) : ones(all) >= d->quorum;
}

typedef struct Case { uint64_t sets[ROLES], able; uint32_t roles[ROLES]; PplPerson list[PEOPLE]; People p; PplDemand d; } Case;

static void make(Case *k)
{
    memset(k, 0, sizeof *k);
    for (uint32_t i = 0; i < ROLES; i++) {
        k->roles[i] = roll(ROLES);
        k->sets[i] = roll(1 << PEOPLE);
        if (roll(2) == 0)
            k->sets[i] &= roll(1 << PEOPLE); /* fewer: conflicts are not rare */
    }
    k->able = roll(4) == 0 ? roll(1 << PEOPLE) : UINT64_MAX;
    k->p = (People){k->list, PEOPLE, 1, k->sets, ROLES};
    k->d = (PplDemand){roll(2) == 0 ? WHO_ALL : WHO_N, 1 + roll(4), k->roles, 1 + roll(ROLES),
                       k->able == UINT64_MAX ? NULL : &k->able, false};
}

static void agrees_with_enumeration(void **state)
{
    (void)state;
    uint32_t met = 0;
    for (uint64_t seed = 1; seed < 20000; seed++) {
        uint64_t chosen, away;
        dice.s = seed;
        Arena *a = arena_new(1 << 20);
        Case k;
        make(&k);
        away = roll(1 << PEOPLE) & roll(1 << PEOPLE);
        bool can = ppl_can(&k.p, &k.d, &away, a, &chosen);
        assert_int_equal(can, slow_can(k.sets, &k.d, away));
        met += can;
        if (can) { /* those who are named do meet it, and all of them are there */
            assert_true(slow_can(k.sets, &k.d, ~chosen));
            assert_int_equal(chosen & away, 0);
            assert_int_equal(ones(chosen), k.d.kind == WHO_ALL ? k.d.n_roles : k.d.quorum);
        }
        arena_free(a);
    }
    assert_in_range(met, 2000, 18000); /* both answers were tried */
}

static void conflict_is_smallest(void **state)
{
    (void)state;
    uint32_t conflicts = 0;
    for (uint64_t seed = 1; seed < 20000; seed++) {
        dice.s = seed;
        Arena *a = arena_new(1 << 20);
        Case k;
        uint32_t out[ROLES];
        make(&k);
        k.d.kind = WHO_ALL;
        uint32_t n = ppl_conflict(&k.p, &k.d, NULL, a, out);
        assert_int_equal(n == 0, slow_can(k.sets, &k.d, 0));
        for (uint32_t leave = 0; n > 0 && leave <= n; leave++) { /* leave n: none */
            uint32_t roles[ROLES], m = 0;
            for (uint32_t i = 0; i < n; i++)
                if (i != leave)
                    roles[m++] = k.d.roles[out[i]];
            PplDemand part = k.d;
            part.roles = roles;
            part.n_roles = m;
            assert_int_equal(slow_can(k.sets, &part, 0), leave < n);
        }
        for (uint32_t set = 1; n > 0 && set < 1u << k.d.n_roles; set++) {
            uint32_t roles[ROLES], m = 0;
            for (uint32_t i = 0; i < k.d.n_roles; i++)
                if ((set >> i & 1) != 0)
                    roles[m++] = k.d.roles[i];
            PplDemand part = k.d;
            part.roles = roles;
            part.n_roles = m;
            if (!slow_can(k.sets, &part, 0))
                assert_true(m >= n);
        }
        conflicts += n > 0;
        arena_free(a);
    }
    assert_in_range(conflicts, 2000, 19000);
}

static bool holds(const uint64_t *sets, uint32_t n, uint64_t set)
{
    for (uint32_t i = 0; i < n; i++)
        if (sets[i] == set)
            return true;
    return false;
}

static void blocking_sets_are_all_and_smallest(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint64_t seed = 1; seed < 5000; seed++) {
        dice.s = seed;
        Arena *a = arena_new(1 << 22);
        Case k;
        make(&k);
        uint32_t n, most = 1 + roll(LIM_ABSENT);
        const uint64_t *sets = ppl_blocking(&k.p, &k.d, most, a, &n);
        if (!slow_can(k.sets, &k.d, 0))
            assert_int_equal(n, 0);
        for (uint64_t away = 1; slow_can(k.sets, &k.d, 0) && away < 1 << PEOPLE; away++) {
            bool smallest = ones(away) <= most && !slow_can(k.sets, &k.d, away);
            for (uint32_t i = 0; i < PEOPLE; i++)
                if ((away >> i & 1) != 0 && !slow_can(k.sets, &k.d, away & ~(UINT64_C(1) << i)))
                    smallest = false;
            assert_int_equal(holds(sets, n, away), smallest);
        }
        found += n;
        arena_free(a);
    }
    assert_true(found > 2000);
}

/* More roles than PPL_SMALLEST: what is named is irreducible still. */
static void large_conflicts_are_irreducible(void **state)
{
    (void)state;
    enum { N = 20 };
    Arena *a = arena_new(1 << 22);
    uint64_t sets[N];
    uint32_t roles[N], out[N];
    PplPerson list[N] = {{{NULL, 0}, false}};
    for (uint32_t i = 0; i < N; i++) {
        roles[i] = i;
        sets[i] = i % 4 == 1 ? 3 : UINT64_C(1) << i; /* five roles share two people */
    }
    People p = {list, N, 1, sets, N};
    PplDemand d = {WHO_ALL, N, roles, N, NULL, false};
    uint32_t n = ppl_conflict(&p, &d, NULL, a, out);
    assert_int_equal(n, 3);
    PplDemand part = d;
    uint32_t two[2] = {out[0], out[1]};
    part.roles = two;
    part.n_roles = 2;
    assert_true(ppl_can(&p, &part, NULL, a, NULL));
    arena_free(a);
}

/* A person with a number beyond one word of bits. */
static void many_people(void **state)
{
    (void)state;
    enum { N = 200 };
    Arena *a = arena_new(1 << 22);
    uint64_t sets[2][4] = {{0, 0, 0, 1 << 5}, {0, 0, 0, 3 << 5}}, chosen[4];
    PplPerson *list = ARENA_NEW(a, PplPerson, N);
    uint32_t roles[2] = {0, 1}, n;
    People p = {list, N, 4, sets[0], 2};
    PplDemand d = {WHO_ALL, 2, roles, 2, NULL, false};
    assert_true(ppl_can(&p, &d, NULL, a, chosen));
    assert_true(ppl_has(chosen, 197) && ppl_has(chosen, 198));
    const uint64_t *blocking = ppl_blocking(&p, &d, 1, a, &n);
    assert_int_equal(n, 2);
    assert_true(ppl_has(blocking, 197) && ppl_has(blocking + 4, 198));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_enumeration),
        cmocka_unit_test(conflict_is_smallest),
        cmocka_unit_test(blocking_sets_are_all_and_smallest),
        cmocka_unit_test(large_conflicts_are_irreducible),
        cmocka_unit_test(many_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
