/* Who is there to say yes: quorums and the people known, as sets of bits. Pure:
 * tests call it with people of their own.
 *
 * A demand is met when distinct people can be found for it: for `all of` one of
 * each role (a matching), for `N of` so many of all its roles together. Exact:
 * a demand is refused only when no choice of people meets it (Hall's theorem,
 * Kuhn's augmenting paths). */
#ifndef GATE_COMPILER_PROVE_PEOPLE_H
#define GATE_COMPILER_PROVE_PEOPLE_H

#include "compiler/sem.h"

typedef struct PplPerson {
    Str name;       /* of a person, or of the role that nobody is bound to */
    bool stands_in; /* for such a role (language 10.1) */
} PplPerson;

/* Sets of people have `words` words of 64 bits; person i is bit i. */
typedef struct People {
    const PplPerson *list; uint32_t n, words;
    const uint64_t *roles; /* who holds it: n_roles sets, one behind the other */
    uint32_t n_roles;
} People;

typedef struct PplDemand {
    WhoKind kind;
    uint32_t quorum;
    const uint32_t *roles; uint32_t n_roles;
    const uint64_t *able;  /* only these count, as they can prove who they are; NULL: all */
    bool open;             /* `N of` one role that nobody is bound to: it stands for N */
} PplDemand;

static inline const uint64_t *ppl_role(const People *p, uint32_t role)
{
    return p->roles + (size_t)role * p->words;
}
static inline bool ppl_has(const uint64_t *set, uint32_t person)
{
    return (set[person / 64] >> person % 64 & 1) != 0;
}

/* Can it be met by those who are not away (a set, or NULL)? Scratch memory is
 * the arena's. chosen: who meets it, a set to be filled, or NULL. */
bool ppl_can(const People *p, const PplDemand *d, const uint64_t *away, Arena *arena,
             uint64_t *chosen);
/* Of `all of`: the smallest set of its roles that have fewer people than they
 * are many, as indexes into d->roles; irreducible, where there are more than
 * PPL_SMALLEST roles. How many; 0: it can be met, or is no `all of`. */
enum { PPL_SMALLEST = 16 };
uint32_t ppl_conflict(const People *p, const PplDemand *d, const uint64_t *away, Arena *arena,
                      uint32_t *out);
/* Every smallest set of at most k people without whom it cannot be met: no part
 * of a set is a set of the answer. *n sets, one behind the other; k is at most
 * LIM_ABSENT. Empty where it cannot be met anyway, or is `open`. */
const uint64_t *ppl_blocking(const People *p, const PplDemand *d, uint32_t k, Arena *arena,
                             uint32_t *n);

#endif
