/* Owns: waiting for an event: which, which of them, how long, and what it gives.
 * Must not know: who sends it. */
#include "compiler/check/check.h"

/* Declares the await and what it gives, before any expression is read. */
void chk_await_name(Checker *c, File *f, uint32_t phase, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_awaits;
    if (chk_declare(c, c->first_phase_scope + phase, DK_AWAIT, index, f, node, n->a) == NULL)
        return;
    SemAwait a = {.phase = phase, .name = chk_text(f, n->a), .event = SEM_NONE, .node = node};
    if (n->b != 0)
        a.event = chk_event_path(c, f, n->b);
    *CHK_PUSH(c, c->sem->awaits, c->sem->n_awaits, c->cap_awaits) = a;
}

SemType chk_event_type(const Checker *c, uint32_t event)
{
    return event < c->sem->n_events ? c->sem->events[event].result : SEM_POISON;
}

void chk_await(Checker *c, File *f, uint32_t await)
{
    SemAwait a = c->sem->awaits[await];
    SynRef where = chk_clause(f, a.node, SYN_WHERE), within = chk_clause(f, a.node, SYN_WITHIN),
           otherwise = chk_clause(f, a.node, SYN_OTHERWISE);
    if (where != 0) {
        Place p;
        chk_place(&p, f, EP_STEP, "`where`", a.phase);
        p.self = a.node;
        /* NAME is the event at hand (language 10.8). */
        p.locals[p.n_locals++] = (Local){a.name, 0, chk_event_type(c, a.event), SR_EVENT};
        a.where = (SemExpr){&f->sem, chk_node(f, where)->a};
        chk_condition(c, &p, a.where.node, "a condition", where);
    }
    if (within != 0)
        a.within = chk_some_time(c, f, chk_node(f, within)->a, "within");
    if (otherwise != 0)
        a.otherwise = chk_node(f, otherwise)->aux == 1 ? SO_CONTINUE : SO_STOP;
    c->sem->awaits[await] = a;
}
