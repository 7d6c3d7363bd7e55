/* Owns: what a phase or a milestone waits for, clause by clause.
 * Must not know: how phases hang together (graph.c). */
#include "compiler/check/check.h"

static uint32_t count(const File *f, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, k, list)
        if (chk_node(f, k)->kind == SYN_NEEDS)
            n += syn_count(f->tree, chk_node(f, k)->a);
    return n;
}

static void twice(Checker *c, File *f, const SemNeed *first, SynRef path)
{
    Diag *d = chk_report(c, 21, f, path, "`%.*s` is needed twice",
                         STR_ARG(c->sem->phases[first->phase].name));
    diag_label(c->diags, d, "said again");
    chk_also(c, d, f, first->node, "said first");
}

/* c->needed: which of the needs, from 1, named a phase last. */
static void add(Checker *c, File *f, uint32_t phase, SemNeeds *out, SynRef path, SemNeed need)
{
    Entity *e = chk_path(c, f, SEM_NONE, path, DK(PHASE), "a phase");
    if (e == NULL)
        return;
    if (phase == SEM_NONE)
        e->used = true; /* a milestone: it leads somewhere (graph.c) */
    if (e->index == phase) {
        Diag *d = chk_report(c, 3002, f, path, "the phase `%.*s` needs itself",
                             STR_ARG(c->sem->phases[phase].name));
        diag_label(c->diags, d, "could never start");
        diag_help(c->diags, d, "drop it; a phase that waits for none says `needs nothing`");
        return;
    }
    uint32_t *last = &c->needed[e->index];
    if (*last != 0 && out->items[*last - 1].group == need.group) {
        twice(c, f, &out->items[*last - 1], path);
        return;
    }
    need.phase = e->index;
    need.node = path;
    out->items[out->n++] = need;
    *last = out->n;
}

static void nothing_and_something(Checker *c, File *f, SynRef first, SynRef second, SynRef nothing)
{
    Diag *d = chk_report(c, 21, f, second, "this needs nothing, and also something");
    diag_label(c->diags, d, "one of the two");
    chk_also(c, d, f, first, "said first");
    chk_fix_remove(c, d, '?', f, nothing, "drop `needs nothing`");
}

/* A group of its own for each `any of` that leaves a choice. */
static uint32_t group_of(const File *f, SynRef clause, uint32_t *groups)
{
    const SynNode *n = chk_node(f, clause);
    if ((n->aux & NEEDS_ANY) == 0 || n->a == 0 || chk_node(f, n->a)->next == 0)
        return 0;
    return ++*groups;
}

SemNeeds chk_needs(Checker *c, File *f, uint32_t phase, SynRef list)
{
    SemNeeds out = {.items = ARENA_NEW(c->arena, SemNeed, count(f, list))};
    SynRef first = 0, nothing = 0;
    uint32_t groups = 0;
    if (c->needed == NULL)
        c->needed = ARENA_NEW(c->arena, uint32_t, c->sem->n_phases);
    SYN_EACH(f->tree, r, list) {
        const SynNode *n = chk_node(f, r);
        if (n->kind != SYN_NEEDS)
            continue;
        if ((n->aux & NEEDS_NOTHING) != 0 && nothing == 0)
            nothing = r;
        SemNeed need = {.even_if_failed = (n->aux & NEEDS_EVEN) != 0, .group = group_of(f, r, &groups)};
        SYN_EACH(f->tree, path, n->a)
            add(c, f, phase, &out, path, need);
        if (first == 0)
            first = r;
        else if (nothing != 0)
            nothing_and_something(c, f, first, r, nothing);
        if (first != r)
            nothing = 0;
    }
    for (uint32_t i = 0; i < out.n; i++)
        c->needed[out.items[i].phase] = 0;
    out.any = out.n > 1 && out.items[0].group != 0 && out.items[out.n - 1].group == out.items[0].group;
    return out;
}
