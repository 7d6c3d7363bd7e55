/* Owns: needs that change nothing, since another one implies them (G3003); the
 * repair that adds one.
 * Must not know: what phases do. */
#include "compiler/prove/order.h"

#include <stdlib.h>

/* A phase, or a milestone. */
typedef struct Waits {
    const Sem *sem;
    const SemPhase *phase; /* NULL: a milestone */
    const SemNeed *needs; uint32_t n;
    SynRef node;
} Waits;

/* A need that may be implied; or a group, by its first, in which one may be. */
typedef struct Doubt { uint32_t waits, need; } Doubt;

typedef struct Search {
    Checker *c;
    Order *o;
    Doubt *doubts; uint32_t n_doubts, cap_doubts;
    OrderAsk *asks; uint32_t n_asks, cap_asks;
} Search;

static Waits waits_at(const Sem *s, uint32_t i)
{
    if (i < s->n_phases) {
        const SemPhase *p = &s->phases[i];
        return (Waits){s, p, p->needs, p->n_needs, p->node};
    }
    const SemMilestone *m = &s->milestones[i - s->n_phases];
    return (Waits){s, NULL, m->needs, m->n_needs, m->node};
}

/* --- the report ------------------------------------------------------------- */

static SynRef clause_of(const Checker *c, const Waits *w, SynRef path, SynRef *before)
{
    SYN_EACH(c->main->tree, r, chk_node(c->main, w->node)->c) {
        if (chk_node(c->main, r)->kind != SYN_NEEDS)
            continue;
        *before = 0;
        SYN_EACH(c->main->tree, k, chk_node(c->main, r)->a) {
            if (k == path)
                return r;
            *before = k;
        }
    }
    return 0;
}

static void drop(Checker *c, Diag *d, const Waits *w, SynRef path)
{
    const File *f = c->main;
    SynRef before = 0, clause = clause_of(c, w, path, &before), next = chk_node(f, path)->next;
    uint32_t start = chk_node(f, path)->start, end = chk_node(f, path)->end;
    if (clause == 0)
        return;
    if (before == 0 && next == 0) {
        chk_fix_remove(c, d, 'M', f, clause, "drop it");
        return;
    }
    bool even = (chk_node(f, clause)->aux & NEEDS_EVEN) != 0;
    SynRef other = before != 0 ? chk_node(f, clause)->a : next;
    if ((chk_node(f, clause)->aux & NEEDS_ANY) != 0 && chk_node(f, other)->next == (before != 0 ? path : 0)) {
        chk_fix_replace(c, d, 'M', f, clause, /* no choice is left */
                        chk_printf(c, "needs %.*s%s", STR_ARG(chk_text(f, other)),
                                   even ? " even if failed" : ""), "drop it");
        return;
    }
    if (before != 0)
        start = chk_node(f, before)->end;
    else
        end = chk_node(f, next)->start;
    diag_fix(c->diags, d, 'M', &f->sem.source, start, end, (Str){"", 0}, "drop it");
}

static void needless(Checker *c, const Waits *w, uint32_t need, uint32_t by)
{
    const SemNeed *x = &w->needs[need], *y = &w->needs[by];
    Str name = c->sem->phases[x->phase].name, other = c->sem->phases[y->phase].name;
    Diag *d = chk_report(c, 3003, c->main, x->node, "`%.*s` is waited for anyway, since `%.*s` comes behind it",
                         STR_ARG(name), STR_ARG(other));
    diag_label(c->diags, d, "needless");
    chk_also(c, d, c->main, y->node, "comes behind `%.*s`", STR_ARG(name));
    drop(c, d, w, x->node);
}

static void never_counts(Checker *c, const Waits *w, uint32_t need)
{
    const SemNeed *x = &w->needs[need];
    Str name = c->sem->phases[x->phase].name;
    Diag *d = chk_report(c, 3003, c->main, x->node,
                         "`%.*s` never counts here: another one of these is always met before it",
                         STR_ARG(name));
    diag_label(c->diags, d, "needless");
    drop(c, d, w, x->node);
}

/* One of several ways, and it is never open. */
static void never_met(Checker *c, const Waits *w, uint32_t need)
{
    const SemNeed *x = &w->needs[need];
    const SemPhase *q = &c->sem->phases[x->phase];
    Diag *d = chk_report(c, 3003, c->main, x->node,
                         "`%.*s` never counts here: it runs only after a failure that ends the run", STR_ARG(q->name));
    diag_label(c->diags, d, "needless");
    for (uint32_t i = 0; i < c->sem->n_phases; i++) {
        if (c->sem->phases[i].failure_start != x->phase)
            continue;
        chk_also(c, d, c->main, chk_node(c->main, c->sem->phases[i].node)->a, "starts it, and does not continue");
        break;
    }
    drop(c, d, w, x->node);
}

static void group_needless(Checker *c, const Waits *w, uint32_t first, uint32_t by)
{
    SynRef before, clause = clause_of(c, w, w->needs[first].node, &before);
    Diag *d = chk_report(c, 3003, c->main, clause, "one of these is met anyway when `%.*s` is",
                         STR_ARG(c->sem->phases[w->needs[by].phase].name));
    diag_label(c->diags, d, "needless");
    chk_also(c, d, c->main, w->needs[by].node, "this is waited for as well");
    chk_fix_remove(c, d, 'M', c->main, clause, "drop it");
}

/* --- what is met when another is ---------------------------------------------- */

static bool has(OrderRow r, uint64_t bit, bool even)
{
    return ((even ? r.must : r.firm) & bit) != 0;
}

static bool brings(const OrderPass *p, const Waits *w, uint32_t by, uint64_t bit, bool even)
{
    return has(order_row(p, w->needs[by].phase), bit, even);
}

static bool weak(const Waits *w, uint32_t need)
{
    return order_weak(w->sem, w->phase, &w->needs[need]);
}

static uint32_t group_end(const Waits *w, uint32_t k)
{
    uint32_t group = w->needs[k++].group;
    while (group != 0 && k < w->n && w->needs[k].group == group)
        k++;
    return k;
}

/* Some other need of these, or a whole group, that brings it about: its first;
 * SEM_NONE: none. */
static uint32_t brought_by(const OrderPass *p, const Waits *w, uint32_t need, uint64_t bit)
{
    bool even = weak(w, need);
    for (uint32_t k = 0, end; k < w->n; k = end) {
        bool all = k != need;
        end = group_end(w, k);
        for (uint32_t i = k; i < end && all; i++) /* done is more than done or failed */
            all = even && !weak(w, i) ? has(order_met(p, w->phase, &w->needs[i]), bit, even)
                                                      : brings(p, w, i, bit, even);
        if (all)
            return k;
    }
    return SEM_NONE;
}

/* The same for a group, whose bit all of its phases have. Where two groups
 * come to the same, the first stays. */
static uint32_t group_brought_by(const OrderPass *p, const Waits *w, uint32_t first, uint64_t bit)
{
    bool even = weak(w, first);
    for (uint32_t k = 0, end; k < w->n; k = end) {
        bool all = k != first;
        end = group_end(w, k);
        for (uint32_t i = k; i < end && all; i++)
            all = w->needs[k].group == 0 || k < first ? has(order_met(p, w->phase, &w->needs[i]), bit, even)
                                                      : brings(p, w, i, bit, even);
        if (all)
            return k;
    }
    return SEM_NONE;
}

static void answer(void *ctx, uint32_t id, uint64_t bit, const OrderPass *p)
{
    Search *s = ctx;
    const Doubt *d = &s->doubts[id];
    Waits w = waits_at(s->c->sem, d->waits);
    uint32_t k = d->need, end = group_end(&w, k), by;
    bool group = w.needs[k].group != 0;
    s->o->steps -= s->o->steps < w.n ? s->o->steps : w.n;
    by = group ? group_brought_by(p, &w, k, bit) : brought_by(p, &w, k, bit);
    if (by != SEM_NONE && group)
        group_needless(s->c, &w, k, by);
    else if (by != SEM_NONE)
        needless(s->c, &w, k, by);
    for (; by == SEM_NONE && group && k < end; k++) {
        const SemPhase *q = &w.sem->phases[w.needs[k].phase];
        if (q->after_end && !q->never_done && !order_counts(w.sem, w.phase, &w.needs[k]))
            never_met(s->c, &w, k);
        else if (brings(p, &w, k, bit, weak(&w, k)))
            never_counts(s->c, &w, k);
    }
}

/* --- which are worth a question ------------------------------------------------ */

/* A need, as its phase's place among all; sorted, the latest first. */
typedef struct Later { uint32_t at, need; } Later;

static int latest_first(const void *x, const void *y)
{
    const Later *a = x, *b = y;
    return a->at < b->at ? 1 : -(a->at > b->at);
}

static void doubt(Search *s, uint32_t waits, uint32_t need, OrderAsk ask)
{
    ask.id = s->n_doubts;
    *CHK_PUSH(s->c, s->asks, s->n_asks, s->cap_asks) = ask;
    *CHK_PUSH(s->c, s->doubts, s->n_doubts, s->cap_doubts) = (Doubt){waits, need};
}

/* Only what comes later, and begins no later than x's own first phase, can
 * have x in front of it. */
static void doubts(Search *s, const Waits *w, uint32_t waits)
{
    const Order *o = s->o;
    Later *by = ARENA_NEW(s->c->arena, Later, w->n);
    uint32_t low = SEM_NONE, level = 0, latest = SEM_NONE;
    for (uint32_t k = 0; k < w->n; k++)
        by[k] = (Later){o->pos[w->needs[k].phase], k};
    qsort(by, w->n, sizeof *by, latest_first);
    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t k = by[i].need, x = w->needs[k].phase;
        bool plain = w->needs[k].group == 0;
        if (plain && latest != SEM_NONE && order_surely_firm(o, x, w->needs[latest].phase))
            needless(s->c, w, k, latest);
        else if (plain && low <= o->low[x] && level > o->level[x])
            doubt(s, waits, k, (OrderAsk){.about = x, .until = w->needs[by[0].need].phase});
        if (plain && latest == SEM_NONE)
            latest = k;
        if (!plain && (k == 0 || w->needs[k - 1].group != w->needs[k].group))
            doubt(s, waits, k, (OrderAsk){.about = SEM_NONE, .any = w->needs + k,
                                          .n_any = group_end(w, k) - k,
                                          .until = w->needs[by[0].need].phase});
        low = o->low[x] < low ? o->low[x] : low;
        level = o->level[x] > level ? o->level[x] : level;
    }
}

void prove_needs(Checker *c)
{
    const Sem *sem = c->sem;
    Search s = {.c = c};
    for (uint32_t i = 0; i < sem->n_phases + sem->n_milestones; i++) {
        Waits w = waits_at(sem, i);
        if (w.n < 2)
            continue;
        s.o = prove_order(c);
        doubts(&s, &w, i);
    }
    if (s.n_asks > 0)
        order_ask(c, s.o, s.asks, s.n_asks, true, answer, &s);
}

/* --- a need that is missing ------------------------------------------------------ */

/* Of these paths the first that would be needless beside the new one. */
static SynRef instead_of(Checker *c, uint32_t phase, uint32_t on, SynRef paths)
{
    const SemPhase *p = &c->sem->phases[phase];
    SYN_EACH(c->main->tree, path, paths)
        for (uint32_t k = 0; k < p->n_needs; k++)
            if (p->needs[k].node == path && order_surely_firm(prove_order(c), p->needs[k].phase, on))
                return path;
    return 0;
}

void prove_add_need(Checker *c, Diag *d, char grade, uint32_t phase, uint32_t on)
{
    const File *f = c->main;
    const SemPhase *p = &c->sem->phases[phase];
    Str name = c->sem->phases[on].name, need = chk_printf(c, "needs %.*s", STR_ARG(name));
    const Order *o = prove_order(c);
    if (order_surely_firm(o, phase, on))
        return; /* it would be a circle */
    if (!order_surely_apart(o, phase, on))
        grade = '?';
    SYN_EACH(f->tree, k, chk_node(f, p->node)->c) {
        const SynNode *n = chk_node(f, k);
        if (n->kind != SYN_NEEDS)
            continue;
        SynRef instead = n->aux == 0 ? instead_of(c, phase, on, n->a) : 0;
        if (n->aux == NEEDS_NOTHING)
            chk_fix_replace(c, d, grade, f, k, need, "add a prerequisite");
        else if (instead != 0)
            chk_fix_replace(c, d, grade, f, instead, name, "wait for it instead");
        else if (n->aux == 0)
            diag_fix(c->diags, d, grade, &f->sem.source, n->end, n->end,
                     chk_printf(c, ", %.*s", STR_ARG(name)), "add a prerequisite");
        if (n->aux == NEEDS_NOTHING || n->aux == 0)
            return;
    }
    chk_fix_into(c, d, grade, f, p->node, "add a prerequisite", "%.*s", STR_ARG(need));
}
