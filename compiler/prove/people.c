/* Owns: can these people meet that demand, and without whom not.
 * Must not know: plans; who is known, and what is said of it (quorum.c). */
#include "compiler/prove/people.h"

#include <string.h>

static bool counts(const PplDemand *d, const uint64_t *away, uint32_t person)
{
    return (away == NULL || !ppl_has(away, person)) &&
           (d->able == NULL || ppl_has(d->able, person));
}

static void put(uint64_t *set, uint32_t person)
{
    set[person / 64] |= UINT64_C(1) << person % 64;
}

/* --- one of each role: a matching ------------------------------------------- */

typedef struct Match {
    const People *p;
    const PplDemand *d;
    const uint64_t *away;
    uint32_t *role_of;  /* person to the role that has it, + 1 */
    uint32_t *from;     /* person to the role that looked at it, + 1; this round */
    uint32_t *queue;    /* roles that look for somebody */
} Match;

/* Along the path back to the role that began, everybody moves up by one. */
static void take(Match *m, uint32_t person, uint32_t *person_of)
{
    while (person != SEM_NONE) {
        uint32_t role = m->from[person] - 1, before = person_of[role];
        person_of[role] = person;
        m->role_of[person] = role + 1;
        person = before;
    }
}

/* Breadth first: no recursion, and the shortest path of exchanges. */
static bool augment(Match *m, uint32_t role, uint32_t *person_of)
{
    uint32_t head = 0, tail = 0;
    memset(m->from, 0, m->p->n * sizeof *m->from);
    m->queue[tail++] = role;
    while (head < tail) {
        uint32_t r = m->queue[head++];
        const uint64_t *set = ppl_role(m->p, m->d->roles[r]);
        for (uint32_t i = 0; i < m->p->n; i++) {
            if (!ppl_has(set, i) || m->from[i] != 0 || !counts(m->d, m->away, i))
                continue;
            m->from[i] = r + 1;
            if (m->role_of[i] == 0) {
                take(m, i, person_of);
                return true;
            }
            m->queue[tail++] = m->role_of[i] - 1;
        }
    }
    return false;
}

static bool one_of_each(const People *p, const PplDemand *d, const uint64_t *away, Arena *arena,
                        uint64_t *chosen)
{
    Match m = {p, d, away, ARENA_NEW(arena, uint32_t, p->n), ARENA_NEW(arena, uint32_t, p->n),
               ARENA_NEW(arena, uint32_t, d->n_roles + 1)};
    uint32_t *person_of = ARENA_NEW(arena, uint32_t, d->n_roles);
    for (uint32_t r = 0; r < d->n_roles; r++)
        person_of[r] = SEM_NONE;
    for (uint32_t r = 0; r < d->n_roles; r++)
        if (!augment(&m, r, person_of))
            return false;
    for (uint32_t r = 0; chosen != NULL && r < d->n_roles; r++)
        put(chosen, person_of[r]);
    return true;
}

/* --- so many of all together ------------------------------------------------ */

static bool of_the_union(const People *p, const PplDemand *d, const uint64_t *away,
                         uint64_t *chosen)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < p->n && found < d->quorum; i++) {
        bool holds = false;
        for (uint32_t r = 0; r < d->n_roles && !holds; r++)
            holds = ppl_has(ppl_role(p, d->roles[r]), i);
        if (!holds || !counts(d, away, i))
            continue;
        found++;
        if (chosen != NULL)
            put(chosen, i);
    }
    return found >= d->quorum;
}

bool ppl_can(const People *p, const PplDemand *d, const uint64_t *away, Arena *arena,
             uint64_t *chosen)
{
    if (chosen != NULL)
        memset(chosen, 0, p->words * sizeof *chosen);
    if (d->open || d->kind == WHO_NOBODY)
        return true;
    if (d->kind == WHO_ALL)
        return one_of_each(p, d, away, arena, chosen);
    return of_the_union(p, d, away, chosen);
}

/* --- why not ---------------------------------------------------------------- */

/* Hall: so many roles, so few people. */
static bool too_few(const People *p, const PplDemand *d, const uint64_t *away,
                    const uint32_t *roles, uint32_t n)
{
    uint32_t people = 0;
    for (uint32_t i = 0; i < p->n && people < n; i++) {
        bool holds = false;
        for (uint32_t r = 0; r < n && !holds; r++)
            holds = ppl_has(ppl_role(p, d->roles[roles[r]]), i);
        people += holds && counts(d, away, i);
    }
    return people < n;
}

/* The next choice of n out of `of`, in order; false: that was the last. */
static bool next_choice(uint32_t *at, uint32_t n, uint32_t of)
{
    uint32_t i = n;
    while (i > 0 && at[i - 1] == of - n + i - 1)
        i--;
    if (i == 0)
        return false;
    at[i - 1]++;
    for (; i < n; i++)
        at[i] = at[i - 1] + 1;
    return true;
}

static uint32_t smallest(const People *p, const PplDemand *d, const uint64_t *away, uint32_t *out)
{
    for (uint32_t n = 1; n <= d->n_roles; n++) {
        for (uint32_t i = 0; i < n; i++)
            out[i] = i;
        do {
            if (too_few(p, d, away, out, n))
                return n;
        } while (next_choice(out, n, d->n_roles));
    }
    return 0;
}

/* Leaves out one role after the other, as long as the rest cannot be met. */
static uint32_t irreducible(const People *p, const PplDemand *d, const uint64_t *away,
                            Arena *arena, uint32_t *out)
{
    uint32_t *roles = ARENA_NEW(arena, uint32_t, d->n_roles), n = d->n_roles;
    PplDemand rest = *d;
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
    rest.roles = roles;
    for (uint32_t i = 0; i < n;) {
        rest.n_roles = 0;
        for (uint32_t k = 0; k < n; k++)
            if (k != i)
                roles[rest.n_roles++] = d->roles[out[k]];
        if (ppl_can(p, &rest, away, arena, NULL)) {
            i++;
            continue;
        }
        memmove(out + i, out + i + 1, (n - i - 1) * sizeof *out);
        n--;
    }
    return n;
}

uint32_t ppl_conflict(const People *p, const PplDemand *d, const uint64_t *away, Arena *arena,
                      uint32_t *out)
{
    if (d->kind != WHO_ALL || ppl_can(p, d, away, arena, NULL))
        return 0;
    return d->n_roles <= PPL_SMALLEST ? smallest(p, d, away, out)
                                      : irreducible(p, d, away, arena, out);
}

/* --- without whom ------------------------------------------------------------ */

typedef struct Search {
    const People *p;
    const PplDemand *d;
    uint32_t k;
    Arena *arena;
    uint64_t *found; uint32_t n_found, cap;
    uint64_t *away;          /* the choice at hand */
} Search;

static bool part_of(const Search *s, const uint64_t *part, const uint64_t *whole)
{
    for (uint32_t w = 0; w < s->p->words; w++)
        if ((part[w] & ~whole[w]) != 0)
            return false;
    return true;
}

/* Kept without those that have a smaller one inside. */
static void keep(Search *s)
{
    size_t words = s->p->words, size = words * sizeof *s->found;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_found; i++)
        if (part_of(s, s->found + i * words, s->away))
            return;
    for (uint32_t i = 0; i < s->n_found; i++)
        if (!part_of(s, s->away, s->found + i * words))
            memmove(s->found + n++ * words, s->found + i * words, size);
    s->n_found = n;
    if (n == s->cap) {
        uint64_t *more = arena_array(s->arena, size, (size_t)s->cap * 2 + 16);
        if (n > 0)
            memcpy(more, s->found, n * size);
        s->found = more;
        s->cap = s->cap * 2 + 16;
    }
    memcpy(s->found + n * words, s->away, size);
    s->n_found++;
}

/* Whoever blocks a demand takes away at least one of those who meet it now: so
 * it is enough to try these, and then those who meet it without them. A stack
 * of at most LIM_ABSENT choices. */
typedef struct Level { uint64_t *chosen; uint32_t next; } Level;

static bool enter(Search *s, Level *l)
{
    memset(l->chosen, 0, s->p->words * sizeof *l->chosen);
    l->next = 0;
    if (ppl_can(s->p, s->d, s->away, s->arena, l->chosen))
        return true;
    keep(s);
    return false;
}

const uint64_t *ppl_blocking(const People *p, const PplDemand *d, uint32_t k, Arena *arena,
                             uint32_t *n)
{
    Search s = {.p = p, .d = d, .k = k < LIM_ABSENT ? k : LIM_ABSENT, .arena = arena,
                .away = ARENA_NEW(arena, uint64_t, p->words)};
    Level levels[LIM_ABSENT + 1];
    uint32_t taken[LIM_ABSENT + 1], depth = 0;
    *n = 0;
    for (uint32_t i = 0; i <= s.k; i++)
        levels[i].chosen = ARENA_NEW(arena, uint64_t, p->words);
    memset(levels[0].chosen, 0, p->words * sizeof(uint64_t));
    levels[0].next = 0;
    if (d->open || s.k == 0 || !ppl_can(p, d, NULL, arena, levels[0].chosen))
        return NULL;
    for (;;) {
        Level *l = &levels[depth];
        while (l->next < p->n && !ppl_has(l->chosen, l->next))
            l->next++;
        if (depth == s.k || l->next == p->n) {
            if (depth == 0)
                break;
            depth--;
            s.away[taken[depth] / 64] &= ~(UINT64_C(1) << taken[depth] % 64);
            continue;
        }
        taken[depth] = l->next++;
        put(s.away, taken[depth]);
        depth++;
        if (!enter(&s, &levels[depth])) {
            depth--;
            s.away[taken[depth] / 64] &= ~(UINT64_C(1) << taken[depth] % 64);
        }
    }
    *n = s.n_found;
    return s.found;
}
