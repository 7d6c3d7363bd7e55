/* Owns: how phases hang together: circles, an order, phases that lead nowhere.
 * Must not know: values (reads.c), gates (level.c), who can start (stuck.c). */
#include "compiler/prove/prove.h"

#include <string.h>

typedef struct Walk {
    Checker *c;
    uint8_t *state;    /* 0 new, 1 on the way, 2 done */
    uint32_t *stack;   /* phases on the way */
    uint32_t *at;      /* which need of stack[i] comes next */
    uint32_t depth;
    uint32_t *order;
    uint32_t n_order;
} Walk;

/* stack[from .. depth-1] need each other in a row, and the last needs the
 * first again. One label an edge, as many as a diagnostic holds. */
static void circle(Walk *w, uint32_t from)
{
    Checker *c = w->c;
    const Sem *s = c->sem;
    Str path = {"", 0};
    for (uint32_t i = from; i < w->depth && i < from + 12; i++)
        path = chk_printf(c, "%.*s%.*s, ", STR_ARG(path), STR_ARG(s->phases[w->stack[i]].name));
    if (w->depth > from + 12)
        path = chk_printf(c, "%.*s..., ", STR_ARG(path));
    path = chk_printf(c, "%.*s%.*s", STR_ARG(path), STR_ARG(s->phases[w->stack[from]].name));
    Diag *d = NULL;
    for (uint32_t i = from; i < w->depth; i++) {
        const SemPhase *p = &s->phases[w->stack[i]];
        uint32_t next = w->stack[i + 1 < w->depth ? i + 1 : from];
        SynRef at = p->needs[w->at[i] - 1].node;
        if (d == NULL) {
            d = chk_report(c, 3001, c->main, at, "these phases wait for each other, so none can start");
            diag_label(c->diags, d, "`%.*s` waits for `%.*s`", STR_ARG(p->name),
                       STR_ARG(s->phases[next].name));
        } else {
            chk_also(c, d, c->main, at, "`%.*s` waits for `%.*s`", STR_ARG(p->name),
                     STR_ARG(s->phases[next].name));
        }
    }
    diag_note(c->diags, d, "circle: %.*s", STR_ARG(path));
    diag_help(c->diags, d, "drop one of these needs");
    c->circle = true;
}

static void found_again(Walk *w, uint32_t phase)
{
    uint32_t from = w->depth;
    while (w->stack[from - 1] != phase)
        from--;
    circle(w, from - 1);
}

static void walk_from(Walk *w, uint32_t root)
{
    w->depth = 0;
    w->stack[w->depth] = root;
    w->at[w->depth++] = 0;
    w->state[root] = 1;
    while (w->depth > 0) {
        uint32_t top = w->stack[w->depth - 1];
        const SemPhase *p = &w->c->sem->phases[top];
        if (w->at[w->depth - 1] == p->n_needs) {
            w->state[top] = 2;
            w->order[w->n_order++] = top;
            w->depth--;
            continue;
        }
        uint32_t next = p->needs[w->at[w->depth - 1]++].phase;
        if (w->state[next] == 1) {
            found_again(w, next);
        } else if (w->state[next] == 0) {
            w->stack[w->depth] = next;
            w->at[w->depth++] = 0;
            w->state[next] = 1;
        }
    }
}

static bool says_needs(const Checker *c, const SemPhase *p)
{
    SYN_EACH(c->main->tree, r, chk_node(c->main, p->node)->c)
        if (chk_node(c->main, r)->kind == SYN_NEEDS)
            return true;
    return false;
}

static void silent_about_needs(Checker *c, const SemPhase *p)
{
    SynRef name = chk_node(c->main, p->node)->a;
    Diag *d = chk_report(c, 3013, c->main, name, "`%.*s` does not say what it needs",
                         STR_ARG(p->name));
    diag_label(c->diags, d, "when may it start?");
    diag_help(c->diags, d, "name the phases it waits for, or say that it waits for none");
    chk_fix_into(c, d, 'M', c->main, p->node, "let it start at once", "needs nothing");
}

static bool does_something(const Checker *c, const SemPhase *p)
{
    SYN_EACH(c->main->tree, r, chk_node(c->main, p->node)->c) {
        switch (chk_node(c->main, r)->kind) {
        case SYN_ACTION: case SYN_CHECK: case SYN_TASK: case SYN_AWAIT:
        case SYN_TELL: case SYN_TOGETHER:
            return true;
        default:
            break;
        }
    }
    return false;
}

static void idle(Checker *c, const SemPhase *p)
{
    Diag *d = chk_report(c, 3008, c->main, chk_node(c->main, p->node)->a,
                         "the phase `%.*s` does nothing", STR_ARG(p->name));
    diag_label(c->diags, d, "no action and no check");
    diag_help(c->diags, d, "%s", p->gate != SEM_NONE
                                     ? "move its gate into the phase that it is for: an approval counts for its own phase only"
                                     : "give it an action or a check, or remove it");
}

static void each_alone(Checker *c)
{
    for (uint32_t i = 0; i < c->sem->n_phases; i++) {
        const SemPhase *p = &c->sem->phases[i];
        if (!does_something(c, p))
            idle(c, p);
        if (c->sem->n_phases > 1 && !says_needs(c, p) && !p->only_when_started)
            silent_about_needs(c, p);
    }
}

void prove_loose_ends(Checker *c)
{
    Sem *s = c->sem;
    /* While there are errors, a link may only be misspelt. */
    if (s->n_phases < 2 || c->diags->errors > 0)
        return;
    bool *touched = ARENA_NEW(c->arena, bool, s->n_phases);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        for (uint32_t k = 0; k < p->n_needs; k++)
            touched[i] = touched[p->needs[k].phase] = true;
        if (p->failure_start != SEM_NONE)
            touched[i] = touched[p->failure_start] = true;
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        const Entity *e = chk_find(c, c->main->scope, p->name);
        if (!touched[i] && !(e != NULL && e->used)) {
            Diag *d = chk_report(c, 3009, c->main, chk_node(c->main, p->node)->a,
                                 "the phase `%.*s` hangs together with no other", STR_ARG(p->name));
            diag_label(c->diags, d, "needs nothing, and nothing needs it");
            diag_help(c->diags, d, "if it belongs here, say which phase needs it, or what it needs");
        }
    }
}

void prove_graph(Checker *c)
{
    Sem *s = c->sem;
    Walk w = {.c = c,
              .state = ARENA_NEW(c->arena, uint8_t, s->n_phases),
              .stack = ARENA_NEW(c->arena, uint32_t, s->n_phases),
              .at = ARENA_NEW(c->arena, uint32_t, s->n_phases),
              .order = ARENA_NEW(c->arena, uint32_t, s->n_phases)};
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (w.state[i] == 0)
            walk_from(&w, i);
    s->order = c->circle ? NULL : w.order;
    each_alone(c);
}
