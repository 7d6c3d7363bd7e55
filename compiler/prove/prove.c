/* Owns: which analyses a resolved plan goes through, in which order.
 * Must not know: what any of them proves. */
#include "compiler/prove/prove.h"

void prove_plan(Checker *c)
{
    if (c->main->kind != SF_PLAN || c->too_deep)
        return;
    prove_quorums(c);
}
