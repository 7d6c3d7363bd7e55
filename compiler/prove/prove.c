/* Owns: which analyses a resolved plan goes through, in which order.
 * Must not know: what any of them proves. */
#include "compiler/prove/prove.h"

void prove_plan(Checker *c)
{
    prove_reads(c);
    if (c->main->kind != SF_PLAN || c->too_deep)
        return;
    if (c->sem->order != NULL)
        prove_needs(c);
    prove_stuck(c);
    prove_overlap(c);
    prove_time(c);
    prove_quorums(c);
}
