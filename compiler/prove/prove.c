/* Owns: which analyses a resolved plan goes through, in which order.
 * Must not know: what any of them proves. */
#include "compiler/prove/prove.h"

void prove_plan(Checker *c)
{
    c->sound = c->diags->errors == 0;
    prove_stuck(c);
    prove_reads(c);
    if (c->sound && !c->too_deep)
        prove_policies(c);
    if (c->main->kind != SF_PLAN || c->too_deep)
        return;
    prove_time(c);
    prove_back(c);
    prove_size(c);
    prove_quorums(c);
    /* While there are errors, an order may only be missing because of one. */
    if (!c->sound || c->sem->order == NULL)
        return;
    prove_needs(c);
    prove_overlap(c);
    prove_load(c);
}
