/* Owns: phases that no run can ever start (G3006), gates that nobody is ever
 * asked at (G4010), and the order in which what is stuck is looked for.
 * Must not know: what phases do, who approves; how it is found who can begin
 * (play.c), and what starts whom (late.c, loops.c). */
#include "compiler/prove/play.h"

#include <stdlib.h>

/* --- G3006 ------------------------------------------------------------------------ */

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

static void never_start(Play *p)
{
    Checker *c = p->c;
    Sem *s = c->sem;
    Dead d = {.p = p, .root_of = ARENA_NEW(c->arena, uint32_t, s->n_phases)};
    find_roots(&d);
    Starters *of = late_find(&d);
    play_run(p, false);
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
    late_keep(c, of);
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

/* --- all of them -------------------------------------------------------------------- */

void prove_stuck(Checker *c)
{
    Play p = {.c = c};
    if (c->sem->order == NULL || !(c->waits_for_end || c->never_true || c->starts_after_failure))
        return;
    play_make(&p);
    if (c->never_true || c->starts_after_failure)
        never_start(&p);
    if (c->starts_after_failure)
        play_loops(&p);
    if (c->never_true)
        never_asked(c);
    if (p.n_waits > 0)
        play_deadlocks(&p);
}
