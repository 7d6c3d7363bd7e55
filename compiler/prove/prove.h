/* What the analyses of a resolved plan offer: each proves one thing about the
 * plan as a whole, over Sem. A new one is a file of its own and a line in
 * prove_plan(), or in sem_check() where its place among the passes matters.
 * They report through the checker (check.h). */
#ifndef GATE_COMPILER_PROVE_H
#define GATE_COMPILER_PROVE_H

#include "compiler/check/check.h"

void prove_graph(Checker *c);      /* graph.c: circles, Sem.order */
void prove_reads(Checker *c);      /* reads.c: what is read was made before */
void prove_needs(Checker *c);      /* needs.c: needs that another implies */
void prove_stuck(Checker *c);      /* stuck.c: who can never start, or never end */
void prove_loose_ends(Checker *c); /* graph.c: phases that hang together with none */
void prove_calendars(Checker *c);  /* calendars.c: their values, Sem.calendar_values */
void prove_time(Checker *c);       /* time.c: windows, freezes, deadlines on real dates: G5003 to G5014 */
void prove_quorums(Checker *c);    /* quorum.c: can the people known say yes */
bool prove_people_known(const Checker *c); /* a host's file says who there is */

/* The repair that lets phase need `on`; none where that would be a circle, and
 * at most probably right where it could be one (needs.c). */
void prove_add_need(Checker *c, Diag *d, char grade, uint32_t phase, uint32_t on);
void prove_overlap(Checker *c);    /* overlap.c: who may run at the same time, and should not */
void prove_back(Checker *c);       /* back.c: ways back */
void prove_size(Checker *c);       /* size.c: lists within lists */
void prove_load(Checker *c);       /* load.c: who is asked too often */
void prove_policies(Checker *c);   /* policy.c: policies hold, and can all hold */
/* What a value is worth in every run, as a number that equal values share; 0:
 * it is not one and the same wherever it stands (same.c). */
uint64_t prove_same(const Checker *c, SemExpr e);
/* prove.c: all analyses that want names, types and levels to be known. */
void prove_plan(Checker *c);

#endif
