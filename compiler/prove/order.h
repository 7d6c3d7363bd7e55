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
    uint32_t first;         /* places before it have empty rows */
} OrderPass;
OrderRow order_row(const OrderPass *p, uint32_t phase);
/* The same once this need is met: with the bits of its own phase. */
OrderRow order_met(const OrderPass *p, const SemNeed *need);

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
