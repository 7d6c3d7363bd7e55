/* Owns: a plan that is played: needs that are met, starts that are given, moments
 * that come, until nobody can go on.
 * Must not know: what is wrong with it, values: a condition that is always false was
 * found by the checker. */
#include "compiler/prove/play.h"

/* --- nodes and edges ----------------------------------------------------------- */

static void add_wait(Play *p, uint32_t node, const SemMoment *m)
{
    const Sem *s = p->c->sem;
    if (m->kind == SM_PHASE)
        *CHK_PUSH(p->c, p->waits, p->n_waits, p->cap_waits) = (Wait){node, m->index, m->node};
    else if (m->kind == SM_MILESTONE)
        *CHK_PUSH(p->c, p->waits, p->n_waits, p->cap_waits) =
            (Wait){node, s->n_phases + m->index, m->node};
}

static void find_waits(Play *p)
{
    const Sem *s = p->c->sem;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *ph = &s->phases[i];
        if (ph->gate != SEM_NONE)
            add_wait(p, i, s->gates[ph->gate].not_before);
        for (uint32_t k = 0; k < ph->n_actions; k++)
            add_wait(p, i, s->actions[ph->first_action + k].not_before);
    }
}

static void each_edge(Play *p, void (*found)(Play *, uint32_t from, Edge))
{
    for (uint32_t i = 0; i < p->n; i++)
        for (uint32_t k = 0; k < p->nodes[i].n_needs; k++)
            found(p, p->nodes[i].needs[k].phase, (Edge){i, k});
    for (uint32_t i = 0; i < p->c->sem->n_phases; i++)
        if (p->nodes[i].phase->failure_start != SEM_NONE)
            found(p, i, (Edge){p->nodes[i].phase->failure_start, E_START});
    for (uint32_t i = 0; i < p->n_waits; i++)
        found(p, p->waits[i].on, (Edge){p->waits[i].node, E_MOMENT});
}

static void count_edge(Play *p, uint32_t from, Edge e)
{
    (void)e;
    p->heads[from + 2]++;
}

static void keep_edge(Play *p, uint32_t from, Edge e)
{
    p->edges[p->heads[from + 1]++] = e;
}

void play_make(Play *p)
{
    const Sem *s = p->c->sem;
    size_t needs = 0;
    if (p->c->waits_for_end)
        find_waits(p);
    p->n = s->n_phases + s->n_milestones;
    p->nodes = ARENA_NEW(p->c->arena, Node, p->n);
    for (uint32_t i = 0; i < p->n; i++) {
        Node *n = &p->nodes[i];
        if (i < s->n_phases)
            *n = (Node){&s->phases[i], .needs = s->phases[i].needs, .n_needs = s->phases[i].n_needs};
        else
            *n = (Node){.needs = s->milestones[i - s->n_phases].needs,
                        .n_needs = s->milestones[i - s->n_phases].n_needs};
        needs += n->n_needs;
    }
    bool *met = ARENA_NEW(p->c->arena, bool, needs);
    for (uint32_t i = 0; i < p->n; i++) {
        p->nodes[i].met = met;
        met += p->nodes[i].n_needs;
    }
    p->heads = ARENA_NEW(p->c->arena, uint32_t, (size_t)p->n + 2);
    each_edge(p, count_edge);
    for (uint32_t i = 0; i < p->n; i++)
        p->heads[i + 1] += p->heads[i];
    p->edges = ARENA_NEW(p->c->arena, Edge, (size_t)p->heads[p->n] + p->heads[p->n + 1]);
    p->heads[p->n + 1] += p->heads[p->n];
    each_edge(p, keep_edge); /* heads[i + 1] moves from i's first to i's end */
    p->queue = ARENA_NEW(p->c->arena, uint32_t, p->n);
}

/* --- the play ------------------------------------------------------------------- */

/* All that a node waits for is open again. */
static void rewind_play(Play *p)
{
    p->head = p->tail = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        Node *n = &p->nodes[i];
        n->begun = n->ended = n->done = n->fails = n->started = false;
        n->waits = 0;
        n->missing = n->phase != NULL && n->phase->only_when_started && !p->all_well;
        for (uint32_t k = 0; k < n->n_needs; k++) {
            n->met[k] = false;
            n->missing += n->needs[k].group == 0 || k == 0 || n->needs[k - 1].group != n->needs[k].group;
        }
    }
    for (uint32_t i = 0; p->all_well && i < p->n_waits; i++)
        p->nodes[p->waits[i].node].waits++;
}

static bool never_true(const SemRequire *r, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (r[i].never)
            return true;
    return false;
}

/* What a phase can come to once it has begun. */
static void outcomes(const Play *p, Node *n)
{
    const Sem *s = p->c->sem;
    const SemPhase *ph = n->phase;
    bool blocked = false, in_vain = false;
    n->done = true;
    if (ph == NULL || p->all_well)
        return;
    blocked = never_true(ph->requires, ph->n_requires);
    for (uint32_t k = 0; k < ph->n_actions; k++) {
        const SemAction *a = &s->actions[ph->first_action + k];
        blocked = blocked || (a->when == 0 && never_true(a->requires, a->n_requires));
    }
    for (uint32_t k = 0; k < ph->n_checks; k++)
        in_vain = in_vain || never_true(s->checks[ph->first_check + k].requires,
                                        s->checks[ph->first_check + k].n_requires);
    n->done = ph->when != 0 || !(blocked || in_vain); /* skipped is as good as done */
    n->fails = !blocked && !ph->never_wanted;
}

static void move(Play *p, uint32_t node)
{
    Node *n = &p->nodes[node];
    bool started = n->phase != NULL && n->phase->only_when_started;
    if (!n->begun && !n->barred && n->missing == 0 && (!p->after_failure || started))
        n->begun = true;
    if (!n->begun || n->ended || n->waits > 0)
        return;
    n->ended = true;
    outcomes(p, n);
    p->queue[p->tail++] = node;
}

static void meet(Node *n, uint32_t need)
{
    uint32_t group = n->needs[need].group;
    if (n->met[need])
        return;
    n->missing--;
    while (group != 0 && need > 0 && n->needs[need - 1].group == group)
        need--;
    do
        n->met[need] = true;
    while (group != 0 && ++need < n->n_needs && n->needs[need].group == group);
}

static void tell_end(Play *p, const Node *n, Edge e)
{
    Node *to = &p->nodes[e.to];
    bool goes_on = n->phase != NULL && (n->phase->on_failure & OF_CONTINUE) != 0;
    bool failed = n->fails && (goes_on || p->after_failure);
    if (e.how == E_MOMENT) {
        to->waits -= p->all_well;
    } else if (e.how == E_START) {
        to->missing -= failed && !to->started;
        to->started = to->started || failed;
    } else if (n->done || (failed && to->needs[e.how].even_if_failed)) {
        meet(to, e.how);
    }
    move(p, e.to);
}

static void go_on(Play *p)
{
    for (; p->head < p->tail; p->head++) {
        uint32_t node = p->queue[p->head];
        for (uint32_t e = p->heads[node]; e < p->heads[node + 1]; e++)
            tell_end(p, &p->nodes[node], p->edges[e]);
    }
}

void play_run(Play *p, bool all_well)
{
    p->all_well = all_well;
    p->after_failure = false;
    rewind_play(p);
    for (uint32_t i = 0; i < p->n; i++)
        move(p, i);
    go_on(p);
    if (all_well)
        return;
    /* A failure that does not continue ends the run, but for the phases that it
     * starts: whoever has ended says so to these once more. */
    for (uint32_t i = 0; i < p->c->sem->n_phases; i++)
        p->nodes[i].live = p->nodes[i].begun;
    p->after_failure = true;
    p->head = 0;
    go_on(p);
}
