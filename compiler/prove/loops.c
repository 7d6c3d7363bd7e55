/* Owns: failures that start each other without end (G3011).
 * Must not know: who can never start, but for what the play says. */
#include "compiler/prove/play.h"

/* Phases that lead to each other, by being needed or by being started: Tarjan's
 * components, with a stack of its own. */
typedef struct Visit { uint32_t node, edge; } Visit;
typedef struct Parts {
    uint32_t *number, *low; /* from 1, as they are found; 0: not yet */
    uint32_t *part;         /* from 1: which component */
    uint32_t *open; uint32_t n_open;
    Visit *way; uint32_t depth;
    uint32_t numbers, parts;
} Parts;

static void visit(Parts *t, const Play *p, uint32_t node)
{
    t->number[node] = t->low[node] = ++t->numbers;
    t->open[t->n_open++] = node;
    t->way[t->depth++] = (Visit){node, p->heads[node]};
}

static void leave(Parts *t)
{
    uint32_t node = t->way[--t->depth].node;
    if (t->depth > 0 && t->low[node] < t->low[t->way[t->depth - 1].node])
        t->low[t->way[t->depth - 1].node] = t->low[node];
    if (t->low[node] != t->number[node])
        return;
    t->parts++;
    do
        t->part[t->open[--t->n_open]] = t->parts;
    while (t->open[t->n_open] != node);
}

static void find_parts(Parts *t, const Play *p, uint32_t from)
{
    visit(t, p, from);
    while (t->depth > 0) {
        Visit *v = &t->way[t->depth - 1];
        if (v->edge == p->heads[v->node + 1]) {
            leave(t);
            continue;
        }
        Edge e = p->edges[v->edge++];
        if (e.how == E_MOMENT || (e.how != E_START && !p->nodes[e.to].begun))
            continue; /* who can never begin leads nowhere */
        if (t->number[e.to] == 0)
            visit(t, p, e.to);
        else if (t->part[e.to] == 0 && t->number[e.to] < t->low[v->node])
            t->low[v->node] = t->number[e.to];
    }
}

/* starter: one that starts phase and is led to by it. */
static void leads_back(Checker *c, uint32_t phase, uint32_t starter)
{
    const Sem *s = c->sem;
    const SemPhase *p = &s->phases[phase], *q = &s->phases[starter];
    Diag *d = chk_report(c, 3011, c->main, chk_failure_part(c->main, p->node, SYN_ONSTART),
                         phase == starter ? "when `%.*s` fails it starts itself, again and again"
                                          : "when `%.*s` fails, what it starts leads back to it, again and again",
                         STR_ARG(p->name));
    diag_label(c->diags, d, "starts `%.*s`", STR_ARG(s->phases[p->failure_start].name));
    if (phase != starter)
        chk_also(c, d, c->main, chk_failure_part(c->main, q->node, SYN_ONSTART), "and here `%.*s` is started again", STR_ARG(p->name));
    diag_help(c->diags, d, "to try again so many times, write `retry` in an action, or `may return to` in a gate");
}

void play_loops(Play *p)
{
    const Sem *s = p->c->sem;
    Arena *a = p->c->arena;
    uint32_t n = p->n;
    Parts t = {.number = ARENA_NEW(a, uint32_t, n), .low = ARENA_NEW(a, uint32_t, n),
               .part = ARENA_NEW(a, uint32_t, n), .open = ARENA_NEW(a, uint32_t, n),
               .way = ARENA_NEW(a, Visit, n)};
    for (uint32_t i = 0; i < n; i++)
        if (t.number[i] == 0)
            find_parts(&t, p, i);
    bool *told = ARENA_NEW(a, bool, (size_t)t.parts + 1);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t to = s->phases[i].failure_start;
        if (to == SEM_NONE || t.part[to] != t.part[i] || told[t.part[i]])
            continue;
        /* i starts `to`, which leads back to i: is `to` one that starts again? */
        uint32_t next = s->phases[to].failure_start;
        if (to != i && (next == SEM_NONE || t.part[next] != t.part[i]))
            continue;
        told[t.part[i]] = true;
        leads_back(p->c, to, i);
    }
}
