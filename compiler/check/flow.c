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
    SynRef first_write; /* the step; 0: none so far */
    bool *unknown;      /* by action, of this phase */
    uint32_t base;      /* number of the phase's first action */
} Staging;

/* What comes with an event is known where it is awaited before any change; a
 * task's answers are there only when its work is done. */
static bool unknown_step(const Staging *s, SemRefKind kind, uint32_t index)
{
    const Sem *sem = s->c->sem;
    const SynNode *first = chk_node(s->c->main, s->first_write);
    switch (kind) {
    case SR_ACTION:
        return sem->actions[index].phase == s->phase && s->unknown[index - s->base];
    case SR_AWAIT:
        return sem->awaits[index].phase == s->phase && s->first_write != 0 &&
               chk_node(s->c->main, sem->awaits[index].node)->start > first->start;
    case SR_ASK:
        return sem->asks[index].phase == s->phase && sem->asks[index].task != SEM_NONE;
    default:
        return false;
    }
}

static bool unknown_read(Checker *c, const Read *r, void *ctx)
{
    (void)c;
    return unknown_step(ctx, r->kind, r->index);
}

/* A let is unknown where its expression would be. */
static bool unknown_let(const Staging *s, uint32_t let)
{
    const Let *l = &s->c->lets[let];
    if ((l->of_run & OF_TOOL) != 0 && s->first_write != 0)
        return true;
    return (l->phases & chk_phase_bit(s->phase)) != 0 &&
           chk_let_find(s->c, let, chk_phase_bit(s->phase), false, unknown_read, (void *)s) != NULL;
}

static bool is_unknown(const File *f, SynRef r, void *ctx)
{
    const Staging *s = ctx;
    SemRef ref = f->sem.refs[r];
    if (ref.kind == SR_LET)
        return unknown_let(s, ref.index);
    /* A read that stands behind the first write sees a world that is not yet. */
    if (ref.kind == SR_TOOL)
        return s->first_write != 0;
    return unknown_step(s, ref.kind, ref.index);
}

static const char *why_unknown(const Staging *s, SemRef ref, SynRef *first)
{
    const Sem *sem = s->c->sem;
    if (ref.kind == SR_LET) {
        *first = s->first_write;
        const Read *read = chk_let_find(s->c, ref.index, chk_phase_bit(s->phase), false, unknown_read, (void *)s);
        if (read == NULL)
            return "reads after the phase's first change";
        ref = (SemRef){.kind = read->kind & 31, .index = read->index & 0x7ffffff};
    }
    uint32_t tool = ref.kind == SR_ACTION ? sem->actions[ref.index].tool : SEM_NONE;
    if (ref.kind == SR_ASK) {
        *first = sem->tasks[sem->asks[ref.index].task].node;
        return "what people answer in a task";
    }
    if (tool != SEM_NONE && sem->tools[tool].effect >= EFF_TELLS) {
        *first = sem->actions[ref.index].node;
        return "what a change gives";
    }
    *first = s->first_write;
    return ref.kind == SR_AWAIT ? "awaited after the phase's first change" : "read after the phase's first change";
}

static void report_unknown(const Staging *s, const File *f, SynRef hit, const char *what)
{
    Checker *c = s->c;
    SynRef first;
    const char *why = why_unknown(s, f->sem.refs[hit], &first);
    Diag *d = chk_report(c, 3014, f, hit, "%s must be known when people approve, but this is known only afterwards", what);
    diag_label(c->diags, d, "%s", why);
    chk_also(c, d, c->main, chk_node(c->main, first)->a, "runs only after the approval");
    diag_help(c->diags, d, "move this to a later phase, which needs this one");
}

static void must_know(const Staging *s, const File *f, SynRef r, const char *what)
{
    SynRef hit = first_where(f, r, is_unknown, (void *)s);
    if (hit != 0)
        report_unknown(s, f, hit, what);
}

/* What an argument decides that people have to know; NULL: nothing. */
static const char *decides(const SemTool *t, uint32_t param)
{
    uint32_t flags = t->params[param].flags;
    if ((flags & PF_PROGRAM) != 0)
        return "a command";
    if (t->effect == EFF_DESTROYS)
        return "what is destroyed";
    return (flags & PF_TARGET) != 0 && t->effect >= EFF_CHANGES ? "what is changed" : NULL;
}

static void known_arguments(const Staging *s, const File *f, uint32_t tool, const SemBind *args, uint32_t n)
{
    const SemTool *t = &s->c->sem->tools[tool];
    for (uint32_t i = 0; i < n; i++) {
        const char *what = decides(t, args[i].param);
        if (what != NULL)
            must_know(s, f, args[i].expr.node, what);
    }
}

/* A tool's own way back speaks of the call's arguments and of the image before,
 * which is one more read. */
typedef struct WayBack { const Staging *s; const SemAction *a; bool image; } WayBack;

static bool unknown_way(const File *f, SynRef r, void *ctx)
{
    const WayBack *w = ctx;
    SemRef ref = f->sem.refs[r];
    if (ref.kind == SR_BEFORE)
        return w->image;
    if (ref.kind != SR_PARAM || decides(&w->s->c->sem->tools[w->a->tool], ref.index) != NULL)
        return false; /* said of the call itself */
    for (uint32_t i = 0; i < w->a->n_args; i++)
        if (w->a->args[i].param == ref.index)
            return first_where(w->s->c->main, w->a->args[i].expr.node, is_unknown, (void *)w->s) != 0;
    return false;
}

static bool any_unknown_way(WayBack *w, const SemTool *only, const SemBind *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if ((only == NULL || decides(only, args[i].param) != NULL) &&
            first_where((const File *)args[i].expr.file, args[i].expr.node, unknown_way, w) != 0)
            return true;
    return false;
}

static void known_way_back(const Staging *s, const SemAction *a)
{
    Checker *c = s->c;
    const SemTool *t = &c->sem->tools[a->tool];
    WayBack w = {s, a, false};
    w.image = s->first_write != 0 || any_unknown_way(&w, NULL, t->before_args, t->n_before_args);
    if (t->undo_tool == SEM_NONE || !any_unknown_way(&w, &c->sem->tools[t->undo_tool], t->undo_args, t->n_undo_args))
        return;
    bool among = a->node == s->first_write; /* the elements of one `each` */
    Diag *d = chk_report(c, 3014, c->main, chk_node(c->main, a->node)->a,
                         "how `%.*s` is taken back must be known when people approve, but this is known only afterwards",
                         STR_ARG(a->name));
    diag_label(c->diags, d, "`%.*s.%.*s` %s", STR_ARG(t->pack), STR_ARG(t->name),
               w.image ? "puts back what it finds right before" : "is taken back with what is known only then");
    if (s->first_write != 0)
        chk_also(c, d, c->main, among ? a->each : chk_node(c->main, s->first_write)->a,
                 among ? "behind the first one, it looks after a change" : "runs only after the approval");
    diag_help(c->diags, d, "%s", among ? "write an `undo` of your own, or `undo none because ...`"
                                       : "move this to a later phase, which needs this one");
}

/* writes: this step or one behind it changes something. */
static void stage_action(Staging *s, uint32_t index, bool writes)
{
    const Sem *sem = s->c->sem;
    const SemAction *a = &sem->actions[index];
    const File *f = s->c->main;
    if (a->when != 0 && writes)
        must_know(s, f, a->when, "whether a change is made");
    for (uint32_t i = 0; i < a->n_requires; i++)
        must_know(s, f, a->requires[i].cond.node, "whether this may run");
    if (a->lock != 0)
        must_know(s, f, a->lock, "what is locked");
    if (a->each != 0)
        must_know(s, f, a->elements->list, "the list of `each`");
    if (a->tool == SEM_NONE)
        return;
    /* The second element's arguments are read behind the first one's change. */
    Effect e = sem->tools[a->tool].effect;
    if (a->each != 0 && e >= EFF_CHANGES && s->first_write == 0)
        s->first_write = a->node;
    known_arguments(s, f, a->tool, a->args, a->n_args);
    if (a->undo_kind == AU_PLAN && a->undo_tool != SEM_NONE)
        known_arguments(s, f, a->undo_tool, a->undo_args, a->n_undo_args);
    else if (a->undo_kind == AU_TOOL)
        known_way_back(s, a);
    /* Telling is recorded and sent later, so its result is unknown as well;
     * but it changes nothing that a later read could see. */
    s->unknown[index - s->base] = e != EFF_READS || s->first_write != 0;
}

static uint32_t last_write(const Sem *s, const SemPhase *p)
{
    uint32_t i = p->n_steps;
    while (i > 0 && !chk_step_writes(s, p->steps[i - 1]))
        i--;
    return i;
}

static void stage(Staging *s, const SemPhase *p)
{
    const Sem *sem = s->c->sem;
    uint32_t last = last_write(sem, p);
    for (uint32_t i = 0; i < p->n_steps; i++) {
        if (p->steps[i].kind == SS_ACTION)
            stage_action(s, p->steps[i].index, i < last);
        if (s->first_write == 0 && chk_step_writes(sem, p->steps[i]))
            s->first_write = chk_step_node(sem, p->steps[i]);
    }
}

/* --- text from outside ------------------------------------------------------ */

static bool textual(const Checker *c, const File *f, SynRef r)
{
    TypeKind k = chk_kind(c, f->sem.types[r]);
    if (k == TK_LIST)
        k = chk_kind(c, c->sem->types[f->sem.types[r]].elem);
    return k == TK_TEXT || k == TK_HOST || k == TK_URL || k == TK_EMAIL || k == TK_SECRET;
}

/* Whose text it is, once some was found. */
typedef struct Foreign { const Checker *c; SemRefKind from; } Foreign;

static SynRef foreign(Foreign *o, const File *f, SynRef r);

/* What the record on the left of a member comes from. */
static bool foreign_record(Foreign *o, const File *f, SynRef left)
{
    while (left != 0) {
        SemRef ref = f->sem.refs[left];
        const SynNode *n = chk_node(f, left);
        switch (ref.kind) {
        case SR_ACTION: case SR_TOOL: case SR_ASK: case SR_AWAIT: case SR_EVENT:
            o->from = ref.kind;
            return true;
        case SR_LET:
            left = o->c->sem->lets[ref.index].expr.node;
            f = o->c->let_files[ref.index];
            continue;
        case SR_LOCAL:
            left = chk_node(f, ref.index)->b;
            continue;
        default:
            break;
        }
        if (n->kind == SYN_CALL)
            left = n->b;
        else if (n->kind == SYN_MEMBER || n->kind == SYN_INDEX || n->kind == SYN_PAREN)
            left = n->a;
        else
            return false;
    }
    return false;
}

static SynRef foreign_in(Foreign *o, const File *f, SynRef list)
{
    SYN_EACH(f->tree, k, list) {
        SynRef hit = foreign(o, f, k);
        if (hit != 0)
            return hit;
    }
    return 0;
}

/* Lets are walked once each, however often they stand in each other. */
static bool foreign_let(Foreign *o, uint32_t let)
{
    enum { NOT_ASKED, NO, YES };
    Let *l = &o->c->lets[let];
    if (l->foreign == NOT_ASKED) {
        Foreign inner = {o->c, SR_NONE};
        const SemExpr *x = &o->c->sem->lets[let].expr;
        bool yes = (l->of_run & (OF_STEP | OF_TOOL)) != 0 && foreign(&inner, o->c->let_files[let], x->node) != 0;
        l->foreign = yes ? YES : NO;
        l->foreign_from = (uint8_t)inner.from;
    }
    o->from = (SemRefKind)l->foreign_from;
    return l->foreign == YES;
}

/* The place inside r from which text from outside reaches r's value; 0: none.
 * Follows values only: a condition decides, but lends no letters. */
static SynRef foreign(Foreign *o, const File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemRef ref = f->sem.refs[r];
    SynRef hit;
    if (r == 0 || !textual(o->c, f, r))
        return 0; /* a number cannot be a command */
    switch (ref.kind) {
    case SR_INPUT: return 0; /* whoever starts the run says it */
    case SR_LET: return foreign_let(o, ref.index) ? r : 0;
    case SR_LOCAL: return foreign(o, f, chk_node(f, ref.index)->b) != 0 ? r : 0;
    case SR_FIELD: return foreign_record(o, f, n->a) ? r : 0;
    case SR_ASK:
        o->from = SR_ASK;
        return r;
    default: break;
    }
    switch (n->kind) {
    case SYN_TEXTI: case SYN_LIST: return foreign_in(o, f, n->a);
    case SYN_CALL: return foreign_in(o, f, n->b);
    case SYN_BINARY:
        hit = foreign(o, f, n->a);
        return hit != 0 ? hit : foreign(o, f, n->b);
    case SYN_IF:
        hit = foreign(o, f, n->b);
        return hit != 0 ? hit : foreign(o, f, n->c);
    case SYN_INDEX: case SYN_PAREN: return foreign(o, f, n->a);
    default: return 0;
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
        Foreign found = {c, SR_NONE};
        SynRef hit = foreign(&found, f, r);
        if (hit == 0)
            continue;
        Diag *d = chk_report(c, 7005, f, hit, "text from outside cannot %s",
                             program ? "be the program that is run" : "say which file is meant");
        diag_label(c->diags, d, "%s", found.from == SR_ASK ? "somebody typed it in, so it can be anything"
                   : found.from == SR_AWAIT || found.from == SR_EVENT
                       ? "came with an event, so anybody may have written it"
                       : "came from a tool, so anybody may have written it");
        diag_help(c->diags, d, "%s", program
                  ? "name the program here; text from outside may stand behind it, as an argument"
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
        Staging staging = {c, i, 0, unknown + p->first_action, p->first_action};
        stage(&staging, p);
    }
    for (uint32_t i = 0; i < s->n_actions; i++) {
        const SemAction *a = &s->actions[i];
        if (a->tool != SEM_NONE)
            foreign_arguments(c, c->main, a->tool, a->args, a->n_args);
        if (a->undo_kind == AU_PLAN && a->undo_tool != SEM_NONE)
            foreign_arguments(c, c->main, a->undo_tool, a->undo_args, a->n_undo_args);
    }
}
