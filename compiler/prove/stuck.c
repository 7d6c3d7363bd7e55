/* Owns: phases that no run can ever start (G3006), gates that nobody is ever
 * asked at (G4010), phases that wait for each other's end (G3007), failures that
 * start each other (G3011).
 * Must not know: what phases do, who approves; values: a condition that is
 * always false was found by the checker. */
#include "compiler/prove/order.h"

#include <stdlib.h>

/* The plan is played: whoever can begin is found from those that need nothing
 * on, each edge looked at once. Milestones are reached as phases are, and stand
 * behind them. */
enum { E_START = 0x7ffffffe, E_MOMENT = 0x7fffffff };
typedef struct Edge { uint32_t to, how; } Edge; /* which of its needs, or E_* */
typedef struct Node {
    const SemPhase *phase; /* NULL: a milestone */
    const SemNeed *needs; uint32_t n_needs;
    bool *met;             /* by need */
    uint32_t missing;      /* needs and groups that are not met, a start that was not given */
    uint32_t waits;        /* moments that have not come */
    bool started, begun, ended;
    bool live;             /* begun before the run has failed */
    bool barred;           /* never begins, whatever is met */
    bool done, fails;      /* how it can end */
} Node;

/* A clause that lets a phase wait for the end of another, or of a milestone. */
typedef struct Wait { uint32_t node, on; SynRef at; } Wait;

typedef struct Play {
    Checker *c;
    uint32_t n;            /* phases, then milestones */
    Node *nodes;
    uint32_t *heads;       /* edges[heads[i] .. heads[i + 1]): who waits for i */
    Edge *edges;
    uint32_t *queue; uint32_t head, tail;
    Wait *waits; uint32_t n_waits, cap_waits;
    bool all_well;         /* nobody fails, and moments are waited for */
    bool after_failure;    /* the run has failed: only who was started may begin */
} Play;

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

static void make_nodes(Play *p)
{
    const Sem *s = p->c->sem;
    size_t needs = 0;
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

static void play(Play *p, bool all_well)
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

/* --- G3006 ------------------------------------------------------------------------ */

/* Reports of what can never be: whoever cannot start because of one is added
 * to it. */
typedef struct Root { uint32_t start, diag; } Root;
typedef struct Dead {
    Play *p;
    Root *roots; uint32_t n_roots, cap_roots; /* conditions that are always false */
    uint32_t *root_of; /* by phase: index into diags and 1; 0: nothing is wrong */
} Dead;

static int by_start(const void *x, const void *y)
{
    const Root *a = x, *b = y;
    return a->start < b->start ? -1 : a->start > b->start;
}

static void find_roots(Dead *d)
{
    Checker *c = d->p->c;
    for (uint32_t i = 0; i < c->diags->n; i++)
        if (c->diags->items[i].code == 3006)
            *CHK_PUSH(c, d->roots, d->n_roots, d->cap_roots) = (Root){c->diags->items[i].at.start, i};
    if (d->n_roots > 0)
        qsort(d->roots, d->n_roots, sizeof *d->roots, by_start);
}

static uint32_t reported_at(const Dead *d, const SemRequire *r, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!r[i].never)
            continue;
        Root key = {chk_node(d->p->c->main, r[i].cond.node)->start, 0};
        const Root *root = d->n_roots == 0 ? NULL : bsearch(&key, d->roots, d->n_roots, sizeof key, by_start);
        if (root != NULL)
            return root->diag + 1;
    }
    return 0;
}

static uint32_t own_root(const Dead *d, const SemPhase *ph)
{
    const Sem *s = d->p->c->sem;
    uint32_t root = reported_at(d, ph->requires, ph->n_requires);
    for (uint32_t k = 0; root == 0 && k < ph->n_actions; k++)
        root = reported_at(d, s->actions[ph->first_action + k].requires,
                           s->actions[ph->first_action + k].n_requires);
    for (uint32_t k = 0; root == 0 && k < ph->n_checks; k++)
        root = reported_at(d, s->checks[ph->first_check + k].requires,
                           s->checks[ph->first_check + k].n_requires);
    return root;
}

static void so_never(Dead *d, uint32_t phase, uint32_t root, SynRef at)
{
    Checker *c = d->p->c;
    chk_also(c, &c->diags->items[root - 1], c->main, at, "so `%.*s` never starts",
             STR_ARG(c->sem->phases[phase].name));
    d->root_of[phase] = root;
}

/* Somebody who starts it by failing; there is one. */
static uint32_t starter_of(const Sem *s, uint32_t phase)
{
    uint32_t i = 0;
    while (s->phases[i].failure_start != phase)
        i++;
    return i;
}

static void only_after_failure(Dead *d, uint32_t phase, const SemNeed *need, bool never)
{
    Checker *c = d->p->c;
    const Sem *s = c->sem;
    Str name = s->phases[phase].name;
    const SemPhase *starter = &s->phases[starter_of(s, need->phase)];
    Diag *r = never ? chk_report(c, 3006, c->main, need->node,
                                 "`%.*s` can never start: what it needs runs only after a failure that ends the run", STR_ARG(name))
                    : chk_report(c, 3006, c->main, need->node,
                                 "`%.*s` never starts unless another phase fails", STR_ARG(name));
    diag_label(c->diags, r, "`%.*s` runs only when it is started after a failure",
               STR_ARG(s->phases[need->phase].name));
    chk_also(c, r, c->main, chk_node(c->main, starter->node)->a, "starts it when `%.*s` fails",
             STR_ARG(starter->name));
    diag_help(c->diags, r, "%s", never ? "let the run go on: `then continue` behind that `start`; or drop this need"
                                       : "drop it; or, where one of several ways is enough, write `needs any of`");
    if (never)
        d->root_of[phase] = c->diags->n;
}

/* The need that is never met, or what starts it never comes to that. */
static void cannot_start(Dead *d, uint32_t phase)
{
    Play *p = d->p;
    const Sem *s = p->c->sem;
    const Node *n = &p->nodes[phase];
    for (uint32_t k = 0; k < n->n_needs; k++) {
        uint32_t q = n->needs[k].phase;
        if (!n->met[k] && d->root_of[q] != 0) {
            so_never(d, phase, d->root_of[q], n->needs[k].node);
            return;
        }
    }
    for (uint32_t k = 0; k < n->n_needs; k++) {
        if (s->phases[n->needs[k].phase].only_when_started) {
            only_after_failure(d, phase, &n->needs[k], true);
            return;
        }
    }
    if (n->phase->only_when_started && d->root_of[starter_of(s, phase)] != 0)
        so_never(d, phase, d->root_of[starter_of(s, phase)], chk_node(p->c->main, n->phase->node)->a);
}

/* It needs a phase that is there only after a failure, and says so nowhere. */
static void hangs_on_failure(Dead *d, uint32_t phase)
{
    const Sem *s = d->p->c->sem;
    const SemPhase *p = &s->phases[phase];
    for (uint32_t k = 0; !p->only_when_started && k < p->n_needs; k++) {
        if (p->needs[k].group != 0 || !s->phases[p->needs[k].phase].only_when_started)
            continue;
        only_after_failure(d, phase, &p->needs[k], false);
        return;
    }
}

/* --- what must be done, and must have failed ---------------------------------------- */

/* Who starts whom goes against the order of needs, so it is gone through more
 * than once: each time is right, the next may know more. */
enum { ROUNDS = 3 };

/* Not what is done where that must have failed, nor what has something fail that
 * must be done. */
static bool could_be_met(const Sem *s, uint32_t i, const SemNeed *need, const Before *b)
{
    uint32_t q = need->phase;
    uint64_t done = b->done[q] | (order_weak(s, &s->phases[i], need) ? 0 : b->bit[q]);
    return order_counts(s, &s->phases[i], need) &&
           (((done & b->failed[i]) | (b->failed[q] & b->done[i])) & b->lasting) == 0;
}

static void before_by_needs(const Sem *s, uint32_t i, const Before *b)
{
    const SemPhase *p = &s->phases[i];
    for (uint32_t k = 0; k < p->n_needs;) {
        uint32_t group = p->needs[k].group, n = 0;
        uint64_t done = ~UINT64_C(0), failed = done;
        do {
            uint32_t q = p->needs[k].phase;
            if (group != 0 && !could_be_met(s, i, &p->needs[k], b))
                continue;
            n++;
            done &= b->done[q] | (order_weak(s, p, &p->needs[k]) ? 0 : b->bit[q]);
            failed &= b->failed[q];
        } while (++k < p->n_needs && group != 0 && p->needs[k].group == group);
        b->never[i] = b->never[i] || n == 0;
        b->done[i] |= n == 0 ? 0 : done;
        b->failed[i] |= n == 0 ? 0 : failed;
    }
}

/* Whoever is started lies behind every one who could have done it. */
static void before_by_start(const Sem *s, const Before *b, uint64_t *done, uint64_t *failed)
{
    for (uint32_t i = 0; i < s->n_phases; i++)
        done[i] = failed[i] = ~UINT64_C(0);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t to = s->phases[i].failure_start;
        if (to == SEM_NONE || to == i)
            continue;
        done[to] &= b->done[i];
        failed[to] &= b->failed[i] | b->bit[i];
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        if (!s->phases[i].only_when_started)
            continue;
        b->done[i] |= done[i] == ~UINT64_C(0) ? 0 : done[i];
        b->failed[i] |= failed[i] == ~UINT64_C(0) ? 0 : failed[i];
    }
}

static void too_late(Dead *d, uint32_t phase, uint32_t witness)
{
    Checker *c = d->p->c;
    const SemPhase *p = &c->sem->phases[phase];
    d->p->nodes[phase].barred = true;
    if (witness == SEM_NONE) {
        Diag *r = chk_report(c, 3006, c->main, chk_node(c->main, p->node)->a,
                             "`%.*s` can never start: none of the ways that lead to it is ever open", STR_ARG(p->name));
        diag_label(c->diags, r, "what starts it shuts them all");
        d->root_of[phase] = c->diags->n;
        return;
    }
    Str who = c->sem->phases[witness].name;
    for (uint32_t k = 0; k < p->n_needs; k++) {
        if (p->needs[k].phase != witness || !p->only_when_started)
            continue;
        Diag *r = chk_report(c, 3006, c->main, p->needs[k].node,
                             "`%.*s` is started when `%.*s` fails, but needs it to be done",
                             STR_ARG(p->name), STR_ARG(who));
        diag_label(c->diags, r, "can never be met");
        diag_help(c->diags, r, "write: needs %.*s even if failed", STR_ARG(who));
        d->root_of[phase] = c->diags->n;
        return;
    }
    Diag *r = chk_report(c, 3006, c->main, chk_node(c->main, p->node)->a,
                         "`%.*s` can never start: it needs `%.*s` to be done, and to have failed",
                         STR_ARG(p->name), STR_ARG(who));
    diag_label(c->diags, r, "can never start");
    chk_also(c, r, c->main, chk_node(c->main, c->sem->phases[witness].node)->a, "must be done first, and must fail");
    d->root_of[phase] = c->diags->n;
}

static bool has_late_need(const Dead *d, const SemPhase *p)
{
    for (uint32_t k = 0; k < p->n_needs; k++)
        if (p->needs[k].group == 0 && d->p->nodes[p->needs[k].phase].barred)
            return true;
    return false;
}

typedef struct Starters { uint32_t *list, n; Before b; uint64_t *done, *failed; bool returns; } Starters;

/* From the first of up to 64. A run that goes on after a failure may come back
 * to it where a gate may return. */
static void find_before(const Sem *s, Starters *of, uint32_t first)
{
    uint32_t n = of->n - first < 64 ? of->n - first : 64;
    of->b.lasting = 0;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        of->b.bit[i] = of->b.done[i] = of->b.failed[i] = 0;
        of->b.never[i] = false;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t x = of->list[first + i];
        of->b.bit[x] = UINT64_C(1) << i;
        if (!of->returns || (s->phases[x].on_failure & OF_CONTINUE) == 0)
            of->b.lasting |= of->b.bit[x];
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t k = 0; k < s->n_phases; k++)
            before_by_needs(s, s->order[k], &of->b);
        before_by_start(s, &of->b, of->done, of->failed);
    }
}

static void find_late(Dead *d, Starters *of, uint32_t first)
{
    const Sem *s = d->p->c->sem;
    find_before(s, of, first);
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k], witness = 0;
        uint64_t both = of->b.done[i] & of->b.failed[i] & of->b.lasting;
        if ((both == 0 && !of->b.never[i]) || d->p->nodes[i].barred || has_late_need(d, &s->phases[i]))
            continue;
        while (both != 0 && (both >> witness & 1) == 0)
            witness++;
        too_late(d, i, both == 0 ? SEM_NONE : of->list[first + witness]);
    }
}

static Starters find_starters(Checker *c)
{
    const Sem *s = c->sem;
    uint64_t *words = ARENA_NEW(c->arena, uint64_t, 5 * (size_t)s->n_phases);
    Starters of = {.list = ARENA_NEW(c->arena, uint32_t, s->n_phases),
                   .b = {words, words + s->n_phases, words + 2 * (size_t)s->n_phases, 0,
                         ARENA_NEW(c->arena, bool, s->n_phases)},
                   .done = words + 3 * (size_t)s->n_phases, .failed = words + 4 * (size_t)s->n_phases};
    for (uint32_t i = 0; i < s->n_gates; i++)
        of.returns = of.returns || s->gates[i].n_returns > 0;
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (s->phases[i].failure_start != SEM_NONE)
            of.list[of.n++] = i;
    return of;
}

static void never_start(Play *p)
{
    Checker *c = p->c;
    Sem *s = c->sem;
    Dead d = {.p = p, .root_of = ARENA_NEW(c->arena, uint32_t, s->n_phases)};
    Starters of = {0};
    uint64_t left = LIM_PROOF_STEPS;
    find_roots(&d);
    if (c->starts_after_failure)
        of = find_starters(c);
    for (uint32_t i = 0; i < of.n && left >= s->n_phases; i += 64, left -= s->n_phases)
        find_late(&d, &of, i);
    play(p, false);
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k];
        Node *n = &p->nodes[i];
        if (d.root_of[i] == 0 && n->begun && !n->done)
            d.root_of[i] = own_root(&d, n->phase);
        else if (d.root_of[i] == 0 && !n->begun)
            cannot_start(&d, i);
        else if (d.root_of[i] == 0)
            hangs_on_failure(&d, i);
        s->phases[i].after_end = n->begun && !n->live;
        s->phases[i].never_done = !n->done;
        s->phases[i].never_starts = !n->begun || (d.root_of[i] != 0 && !n->fails && !n->done);
    }
    if (of.n == 0)
        return;
    find_before(s, &of, 0); /* now it is known what never counts */
    c->before = ARENA_NEW(c->arena, Before, 1);
    *c->before = of.b;
}

/* --- G3011 ------------------------------------------------------------------------- */

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

static void loops(Play *p)
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

/* --- G4010 ------------------------------------------------------------------------- */

static bool needs_no_gate(const Sem *s, const SemPhase *p)
{
    for (uint32_t k = 0; k < p->n_actions; k++)
        if (s->actions[p->first_action + k].level > 0)
            return false;
    return p->n_tasks == 0;
}

static void never_asked(Checker *c)
{
    const Sem *s = c->sem;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        if (!p->never_wanted || p->gate == SEM_NONE || s->gates[p->gate].level == 0)
            continue;
        const SemGate *g = &s->gates[p->gate];
        Diag *d = chk_report(c, 4010, c->main, chk_node(c->main, g->node)->a,
                             "nobody is ever asked here, since `%.*s` is always skipped", STR_ARG(p->name));
        diag_label(c->diags, d, "never reached");
        chk_also(c, d, c->main, p->when, "always false");
        if (needs_no_gate(s, p))
            chk_fix_remove(c, d, 'M', c->main, g->node, "drop the gate");
        else
            diag_help(c->diags, d, "say when the phase is wanted, or drop it");
    }
}

/* --- G3007 ------------------------------------------------------------------------- */

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
static void wait_for_each_other(Play *p)
{
    uint32_t *first_wait = ARENA_NEW(p->c->arena, uint32_t, p->n);
    uint32_t *seen = ARENA_NEW(p->c->arena, uint32_t, p->n);
    play(p, true);
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

void prove_stuck(Checker *c)
{
    Play p = {.c = c};
    if (c->sem->order == NULL || !(c->waits_for_end || c->never_true || c->starts_after_failure))
        return;
    if (c->waits_for_end)
        find_waits(&p);
    make_nodes(&p);
    if (c->never_true || c->starts_after_failure)
        never_start(&p);
    if (c->starts_after_failure)
        loops(&p);
    if (c->never_true)
        never_asked(c);
    if (p.n_waits > 0)
        wait_for_each_other(&p);
}
