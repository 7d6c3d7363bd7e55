/* Who is over when whom begins. The needs of phases are a graph without
 * circles; what is asked of it most is answered by a few numbers a phase, and
 * the rest for 64 phases at a time in one pass. */
#ifndef GATE_PROVE_ORDER_H
#define GATE_PROVE_ORDER_H

#include "compiler/prove/prove.h"

typedef struct Order Order;
struct Order {
    const Sem *sem;
    uint32_t *pos;    /* by phase: its place in Sem.order */
    uint32_t *low;    /* the first place among itself and all that lead to it */
    uint32_t *level;  /* phases in the longest row that leads to it */
    uint32_t *enter, *size; /* in the tree in which each hangs on its latest plain need */
    uint64_t steps;   /* left of LIM_PROOF_STEPS, for findings that may go untold */
};

/* Can it be met by a phase that has failed? Only where that one goes on: else
 * the run ends, but for what the failure starts (language 5, design 5).
 * reader NULL: a milestone. */
static inline bool order_weak(const Sem *s, const SemPhase *reader, const SemNeed *need)
{
    return need->even_if_failed && ((s->phases[need->phase].on_failure & OF_CONTINUE) != 0 ||
                                    (reader != NULL && reader->only_when_started));
}

/* Can it be met at all, as one of several? Not by what runs only in a run that
 * has failed, unless the reader is one of these. */
static inline bool order_counts(const Sem *s, const SemPhase *reader, const SemNeed *need)
{
    const SemPhase *q = &s->phases[need->phase];
    return !q->never_starts && (!q->never_done || order_weak(s, reader, need)) &&
           (!q->after_end || (reader != NULL && reader->only_when_started));
}

/* Of up to 64 phases that start others by failing (the first of them): by phase,
 * which of them have surely been done before it begins, and which have surely
 * failed (late.c). NULL: nobody starts anybody. */
typedef struct Before Before;
struct Before {
    uint64_t *bit, *done, *failed;
    uint64_t lasting; /* those that a run never comes back to */
    bool *never;      /* none of a group can be met */
};

/* No run comes to both. */
static inline bool before_apart(const Before *b, uint32_t x, uint32_t y)
{
    return b != NULL && ((b->done[x] & b->failed[y]) | (b->failed[x] & b->done[y])) != 0;
}

/* NULL where phases need each other. Made once, when first wanted. */
Order *prove_order(Checker *c);

/* Quick answers, each on the safe side: true is certain, false is not known. */
bool order_surely_firm(const Order *o, uint32_t before, uint32_t after);
bool order_surely_apart(const Order *o, uint32_t before, uint32_t after); /* nothing leads there */

/* The exact ones. A row has a bit for each question, which is about a phase, or
 * about any one of some phases: */
typedef struct OrderRow {
    uint64_t may;   /* some way leads from it to here */
    uint64_t must;  /* on every way it was met: done, skipped, or failed where that is allowed */
    uint64_t firm;  /* and it was done or skipped, never failed */
} OrderRow;
typedef struct OrderPass {
    const Order *o;
    uint64_t *bits;         /* by phase: the questions that are about it */
    OrderRow *rows;
    OrderRow *starts;       /* by phase: what holds whoever starts it; NULL: nobody starts anybody */
    uint32_t first;         /* places before it have empty rows */
} OrderPass;
OrderRow order_row(const OrderPass *p, uint32_t phase);
/* The same once this need is met: with the bits of its own phase. */
OrderRow order_met(const OrderPass *p, const SemPhase *reader, const SemNeed *need);

typedef struct OrderAsk {
    uint32_t about;       /* a phase; or SEM_NONE: any one of these */
    const SemNeed *any; uint32_t n_any;
    uint32_t until;       /* the last phase whose row is wanted */
    uint32_t id;
    uint32_t place;       /* scratch */
} OrderAsk;
typedef void (*OrderAnswer)(void *ctx, uint32_t id, uint64_t bit, const OrderPass *p);
/* Sorts the asks and answers each once. bounded: not those that would take more
 * than is left of LIM_PROOF_STEPS. */
void order_ask(Checker *c, Order *o, OrderAsk *asks, uint32_t n, bool bounded,
               OrderAnswer answer, void *ctx);

#endif
