/* Owns: where values may flow: what is unknown while a phase is staged (G3014),
 * and text from outside that must not become a command or a path (G7005).
 * Must not know: types; it reads the references that expr.c has set. */
#include "compiler/check/check.h"

#include <string.h>

/* Expressions are at most CHK_DEPTH deep (expr.c), so recursion over
 * them is bounded; where that failed, chk_flow() does not run. */
typedef bool (*Found)(const File *f, SynRef r, void *ctx);

static SynRef first_where(const File *f, SynRef r, Found found, void *ctx);

static SynRef first_in_list(const File *f, SynRef list, Found found, void *ctx)
{
    SYN_EACH(f->tree, k, list) {
        SynRef r = chk_node(f, k)->kind == SYN_ARG ? chk_node(f, k)->b : k;
        SynRef hit = first_where(f, r, found, ctx);
        if (hit != 0)
            return hit;
    }
    return 0;
}

static SynRef first_where(const File *f, SynRef r, Found found, void *ctx)
{
    const SynNode *n = chk_node(f, r);
    SynRef hit = 0;
    if (r == 0)
        return 0;
    if (found(f, r, ctx))
        return r;
    switch (n->kind) {
    case SYN_LIST: case SYN_ARGS: case SYN_TEXTI:
        return first_in_list(f, n->a, found, ctx);
    case SYN_CALL:
        return first_in_list(f, n->b, found, ctx);
    case SYN_BINARY: case SYN_INDEX:
        hit = first_where(f, n->a, found, ctx);
        return hit != 0 ? hit : first_where(f, n->b, found, ctx);
    case SYN_QUANT:
        hit = first_where(f, n->b, found, ctx);
        return hit != 0 ? hit : first_where(f, n->c, found, ctx);
    case SYN_IF:
        hit = first_where(f, n->a, found, ctx);
        if (hit == 0)
            hit = first_where(f, n->b, found, ctx);
        return hit != 0 ? hit : first_where(f, n->c, found, ctx);
    case SYN_MEMBER: case SYN_NOT: case SYN_NEG: case SYN_PAREN:
        return first_where(f, n->a, found, ctx);
    default:
        return 0;
    }
}

/* --- unknowns (language 5, design 5.2) -------------------------------------- */

typedef struct Staging {
    Checker *c;
    uint32_t phase;
    uint32_t first_write; /* SEM_NONE: none so far */
    const bool *unknown;  /* by action, of this phase */
    uint32_t base;        /* number of the phase's first action */
} Staging;

static bool is_unknown(const File *f, SynRef r, void *ctx)
{
    const Staging *s = ctx;
    SemRef ref = f->sem.refs[r];
    if (ref.kind == SR_ACTION)
        return s->c->sem->actions[ref.index].phase == s->phase && s->unknown[ref.index - s->base];
    /* A read that stands behind the first write sees a world that is not yet. */
    return ref.kind == SR_TOOL && s->first_write != SEM_NONE;
}

static void report_unknown(const Staging *s, const File *f, SynRef hit, const char *what)
{
    Checker *c = s->c;
    SemRef ref = f->sem.refs[hit];
    bool of_write = ref.kind == SR_ACTION && c->sem->actions[ref.index].tool != SEM_NONE &&
                    c->sem->tools[c->sem->actions[ref.index].tool].effect >= EFF_TELLS;
    Diag *d = chk_report(c, 3014, f, hit, "%s must be known when people approve, but this is known only afterwards", what);
    diag_label(c->diags, d, "%s", of_write ? "what a change gives" : "read after the phase's first change");
    SynRef first = chk_node(c->main, c->sem->actions[s->first_write].node)->a;
    if (of_write)
        first = chk_node(c->main, c->sem->actions[ref.index].node)->a;
    chk_also(c, d, c->main, first, "runs only after the approval");
    diag_help(c->diags, d, "move this to a later phase, which needs this one");
}

static void must_know(const Staging *s, const File *f, SynRef r, const char *what)
{
    SynRef hit = first_where(f, r, is_unknown, (void *)s);
    if (hit != 0)
        report_unknown(s, f, hit, what);
}

static void known_arguments(const Staging *s, const File *f, uint32_t tool, const SemBind *args, uint32_t n)
{
    const SemTool *t = &s->c->sem->tools[tool];
    for (uint32_t i = 0; i < n; i++) {
        const SemParam *p = &t->params[args[i].param];
        if ((p->flags & PF_PROGRAM) != 0)
            must_know(s, f, args[i].expr.node, "a command");
        else if (t->effect == EFF_DESTROYS)
            must_know(s, f, args[i].expr.node, "what is destroyed");
        else if ((p->flags & PF_TARGET) != 0 && t->effect >= EFF_CHANGES)
            must_know(s, f, args[i].expr.node, "what is changed");
    }
}

static bool write_follows(const Sem *s, const SemPhase *p, uint32_t action)
{
    for (uint32_t i = action; i < p->first_action + p->n_actions; i++)
        if (s->actions[i].tool != SEM_NONE && s->tools[s->actions[i].tool].effect >= EFF_CHANGES)
            return true;
    return false;
}

static void stage_action(Staging *s, const SemPhase *p, uint32_t index, bool *unknown)
{
    const Sem *sem = s->c->sem;
    const SemAction *a = &sem->actions[index];
    const File *f = s->c->main;
    if (a->when.node != 0 && write_follows(sem, p, index))
        must_know(s, f, a->when.node, "whether a change is made");
    if (a->each != 0)
        must_know(s, f, a->each_list.node, "the list of `each`");
    if (a->tool == SEM_NONE)
        return;
    /* The second element's arguments are read behind the first one's change. */
    Effect e = sem->tools[a->tool].effect;
    if (a->each != 0 && e >= EFF_CHANGES && s->first_write == SEM_NONE)
        s->first_write = index;
    known_arguments(s, f, a->tool, a->args, a->n_args);
    if (a->undo_kind == AU_PLAN && a->undo_tool != SEM_NONE)
        known_arguments(s, f, a->undo_tool, a->undo_args, a->n_undo_args);
    /* Telling is recorded and sent later, so its result is unknown as well;
     * but it changes nothing that a later read could see. */
    *unknown = e != EFF_READS || s->first_write != SEM_NONE;
    if (e >= EFF_CHANGES && s->first_write == SEM_NONE)
        s->first_write = index;
}

/* --- text from outside ------------------------------------------------------ */

static bool textual(const Checker *c, const File *f, SynRef r)
{
    TypeKind k = chk_kind(c, f->sem.types[r]);
    if (k == TK_LIST)
        k = chk_kind(c, c->sem->types[f->sem.types[r]].elem);
    return k == TK_TEXT || k == TK_HOST || k == TK_URL || k == TK_EMAIL || k == TK_SECRET;
}

/* The place inside r from which text of a tool reaches r's value; 0: none.
 * Follows values only: a condition decides, but lends no letters. */
static SynRef foreign(const Checker *c, const File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemRef ref = f->sem.refs[r];
    if (r == 0 || !textual(c, f, r))
        return 0; /* a number cannot be a command */
    if (ref.kind == SR_LET || ref.kind == SR_INPUT || ref.kind == SR_ACTION)
        return 0; /* records are no text; lets read nothing */
    if (ref.kind == SR_LOCAL) {
        SynRef list = chk_node(f, ref.index)->b;
        return foreign(c, f, list) != 0 ? r : 0;
    }
    if (ref.kind == SR_FIELD) {
        SynRef left = n->a;
        while (left != 0 && f->sem.refs[left].kind != SR_ACTION && f->sem.refs[left].kind != SR_TOOL) {
            const SynNode *l = chk_node(f, left);
            if (l->kind == SYN_CALL)
                left = l->b;
            else if (l->kind == SYN_MEMBER || l->kind == SYN_INDEX || l->kind == SYN_PAREN)
                left = l->a;
            else if (f->sem.refs[left].kind == SR_LOCAL)
                left = chk_node(f, f->sem.refs[left].index)->b;
            else
                return 0;
        }
        return r;
    }
    SynRef hit = 0;
    switch (n->kind) {
    case SYN_TEXTI: case SYN_LIST:
        SYN_EACH(f->tree, k, n->a) {
            hit = foreign(c, f, k);
            if (hit != 0)
                return hit;
        }
        return 0;
    case SYN_CALL:
        SYN_EACH(f->tree, k, n->b) {
            hit = foreign(c, f, k);
            if (hit != 0)
                return hit;
        }
        return 0;
    case SYN_BINARY:
        hit = foreign(c, f, n->a);
        return hit != 0 ? hit : foreign(c, f, n->b);
    case SYN_IF:
        hit = foreign(c, f, n->b);
        return hit != 0 ? hit : foreign(c, f, n->c);
    case SYN_INDEX: case SYN_PAREN:
        return foreign(c, f, n->a);
    default:
        return 0;
    }
}

/* What decides an argument vector's program: its first item. */
static SynRef first_item(const File *f, SynRef r)
{
    for (;;) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_LIST && n->a != 0)
            return n->a;
        if (n->kind != SYN_PAREN && !(n->kind == SYN_BINARY && n->aux == BIN_ADD))
            return r;
        r = n->a;
    }
}

static void foreign_arguments(Checker *c, const File *f, uint32_t tool, const SemBind *args, uint32_t n)
{
    const SemTool *t = &c->sem->tools[tool];
    for (uint32_t i = 0; i < n; i++) {
        const SemParam *p = &t->params[args[i].param];
        bool program = (p->flags & PF_PROGRAM) != 0;
        if (!program && !((p->flags & PF_TARGET) != 0 && str_is(p->name, "path")))
            continue;
        SynRef r = program ? first_item(f, args[i].expr.node) : args[i].expr.node;
        SynRef hit = foreign(c, f, r);
        if (hit == 0)
            continue;
        Diag *d = chk_report(c, 7005, f, hit, "text from outside cannot %s",
                             program ? "be the program that is run" : "say which file is meant");
        diag_label(c->diags, d, "came from a tool, so anybody may have written it");
        diag_help(c->diags, d, "%s", program
                  ? "name the program here; text from a tool may stand behind it, as an argument"
                  : "name the file here, or take it from an input");
    }
}

void chk_flow(Checker *c)
{
    const Sem *s = c->sem;
    if (c->too_deep)
        return;
    bool *unknown = ARENA_NEW(c->arena, bool, s->n_actions);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        Staging staging = {c, i, SEM_NONE, unknown + p->first_action, p->first_action};
        for (uint32_t k = 0; k < p->n_actions; k++) {
            const SemAction *a = &s->actions[p->first_action + k];
            stage_action(&staging, p, p->first_action + k, &unknown[p->first_action + k]);
            if (a->tool != SEM_NONE)
                foreign_arguments(c, c->main, a->tool, a->args, a->n_args);
            if (a->undo_kind == AU_PLAN && a->undo_tool != SEM_NONE)
                foreign_arguments(c, c->main, a->undo_tool, a->undo_args, a->n_undo_args);
        }
    }
}
