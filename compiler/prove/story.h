/* What `gatec check -v` tells of a plan beside its findings. */
#ifndef GATE_COMPILER_PROVE_STORY_H
#define GATE_COMPILER_PROVE_STORY_H

#include "compiler/sem.h"

/* The most that a run can come to: language 9.8 (size.c). Numbers that are
 * too large to count stay at UINT64_MAX. */
typedef struct PlanBounds {
    uint64_t sections;      /* expressions and bodies that are evaluated, each by itself */
    uint64_t steps;         /* of one section: what its lists come to, at most LIM_FUEL */
    uint64_t memory;        /* bytes of one section */
    uint64_t actions;       /* elements of all lists, each once */
    uint64_t calls;         /* the same with retries and returns */
    uint64_t undo_calls;
    uint64_t questions;     /* asked at gates, with `ask again` and returns */
    uint64_t approvals;     /* yes that are needed for one way through, all gates reached */
    uint32_t unbounded;     /* lists of which nothing is known but LIM_LIST_ITEMS */
} PlanBounds;
PlanBounds story_bounds(const Sem *s, Arena *arena);
void story_put_bounds(const PlanBounds *b, Buf *out);

/* Which phase can be taken back, and where the point of no return is (back.c). */
void story_put_way_back(const Sem *s, Buf *out);

#endif
