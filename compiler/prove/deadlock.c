/* Owns: phases and milestones that wait for each other's end (G3007).
 * Must not know: failures: all goes well here. */
#include "compiler/prove/play.h"

static Str node_name(const Play *p, uint32_t node)
{
    const Sem *s = p->c->sem;
    return node < s->n_phases ? s->phases[node].name : s->milestones[node - s->n_phases].name;
}

/* What keeps it from its end: a moment, else a need; and where that is said. */
static uint32_t held_by(const Play *p, const uint32_t *first_wait, uint32_t node, SynRef *at, bool *moment)
{
    const Node *n = &p->nodes[node];
    for (uint32_t k = 0; k < n->n_needs; k++) {
        if (n->met[k])
            continue;
        *at = n->needs[k].node;
        *moment = false;
        return n->needs[k].phase;
    }
    for (uint32_t i = first_wait[node]; i < p->n_waits && p->waits[i].node == node; i++) {
        if (p->nodes[p->waits[i].on].ended)
            continue;
        *at = p->waits[i].at;
        *moment = true;
        return p->waits[i].on;
    }
    return SEM_NONE;
}

static void deadlock(Play *p, const uint32_t *first_wait, uint32_t node)
{
    Checker *c = p->c;
    Diag *d = NULL;
    Str path = node_name(p, node);
    uint32_t from = node, steps = 0;
    do {
        SynRef at;
        bool moment;
        uint32_t next = held_by(p, first_wait, from, &at, &moment);
        Str name = node_name(p, next);
        Str words = moment ? chk_printf(c, "goes on only when `%.*s` has ended", STR_ARG(name))
                           : chk_printf(c, "starts only when `%.*s` is done", STR_ARG(name));
        if (d == NULL) {
            d = chk_report(c, 3007, c->main, at, "`%.*s` waits for `%.*s`, which waits for it: neither can ever end",
                           STR_ARG(node_name(p, node)), STR_ARG(name));
            diag_label(c->diags, d, "%.*s", STR_ARG(words));
        } else {
            chk_also(c, d, c->main, at, "%.*s", STR_ARG(words));
        }
        if (++steps < 12)
            path = chk_printf(c, "%.*s, %.*s", STR_ARG(path), STR_ARG(name));
        from = next;
    } while (from != node);
    diag_note(c->diags, d, "circle: %.*s%s", STR_ARG(path), steps < 12 ? "" : ", ...");
    diag_help(c->diags, d, "wait for a phase that comes before this one");
}

/* Whoever is stuck waits for somebody who is stuck: each row of these ends in a
 * circle, and each circle is told once, from its first moment on. */
void play_deadlocks(Play *p)
{
    uint32_t *first_wait = ARENA_NEW(p->c->arena, uint32_t, p->n);
    uint32_t *seen = ARENA_NEW(p->c->arena, uint32_t, p->n);
    play_run(p, true);
    for (uint32_t i = p->n_waits; i-- > 0;)
        first_wait[p->waits[i].node] = i;
    for (uint32_t i = 0; i < p->n_waits; i++) {
        uint32_t node = p->waits[i].node;
        SynRef at;
        bool moment;
        while (node != SEM_NONE && seen[node] == 0 && !p->nodes[node].ended) {
            seen[node] = i + 1;
            node = held_by(p, first_wait, node, &at, &moment);
        }
        if (node == SEM_NONE || seen[node] != i + 1)
            continue;
        while (p->nodes[node].missing > 0) /* begin with one that is held by a moment */
            node = held_by(p, first_wait, node, &at, &moment);
        deadlock(p, first_wait, node);
    }
}
