/* Owns: `let`: its type, what it reads, and that it stays small where it is put
 * in place. A let is typed once; what it reads counts where it is used, as if
 * its expression stood there.
 * Must not know: whether what it reads is there (prove/reads.c). */
#include "compiler/check/check.h"

#include "vm/os/limits.h"

/* Lets are inlined where they are used, so what one brings along is bounded. */
enum { LET_SIZE = 10000 };
enum { NEW, OPEN, CLOSED };

static void too_large(Checker *c, const File *f, const SemLet *l)
{
    if (c->too_deep)
        return;
    Diag *d = chk_report(c, 20, f, chk_node(f, l->node)->a,
                         "`%.*s` grows too large by the names it uses",
                         STR_ARG(l->name));
    diag_label(c->diags, d, "more than %d parts, or %d levels", LET_SIZE,
               CHK_DEPTH);
    c->too_deep = true;
}

static void circle(Checker *c, const File *f, const SemLet *l)
{
    Diag *d = chk_report(c, 1015, f, chk_node(f, l->node)->a,
                         "`%.*s` is made from itself", STR_ARG(l->name));
    diag_label(c->diags, d, "needs its own value, directly or by way of other names");
}

/* Lets that are typed inside each other stand on the stack together, so what
 * is large of them does not. */
static Place *let_place(Checker *c)
{
    Place **p = &c->let_places[c->let_depth++];
    if (*p == NULL)
        *p = ARENA_NEW(c->arena, Place, 1);
    return *p;
}

/* depth: of the expression that uses it. What would be too deep there is too
 * deep at all; and since a reference is a level of its expression, that bounds
 * the stack, and keeps let_depth below CHK_DEPTH. */
void chk_let(Checker *c, uint32_t let, uint32_t depth)
{
    SemLet *l = &c->sem->lets[let];
    Let *info = &c->lets[let];
    File *f = c->let_files[let];
    if (info->state == CLOSED)
        return;
    if (info->state == OPEN) {
        circle(c, f, l);
        info->state = CLOSED;
        return;
    }
    info->state = OPEN;
    Place *p = let_place(c);
    chk_place(p, f, EP_LET, "a `let`", SEM_NONE);
    p->let = let;
    p->depth = p->deepest = depth;
    SemType type = chk_expr(c, p, l->expr.node, SEM_POISON).type;
    chk_secret_named(c, f, l->name, l->expr.node, SEM_POISON);
    l->type = info->state == CLOSED ? SEM_POISON : type;
    info->state = CLOSED;
    info->height = p->deepest - depth;
    info->size = p->size;
    info->of_run = p->of_run;
    c->let_depth--;
    c->let_order[c->n_let_order++] = let;
    /* Typed from within others it may be cut off before its own end. */
    if (p->deepest > CHK_DEPTH || p->size > LET_SIZE)
        too_large(c, f, l);
}

void chk_lets(Checker *c)
{
    c->lets = ARENA_NEW(c->arena, Let, c->sem->n_lets);
    c->let_places = ARENA_NEW(c->arena, Place *, c->sem->n_lets > 0 ? CHK_DEPTH + 1 : 0);
    c->let_order = ARENA_NEW(c->arena, uint32_t, c->sem->n_lets);
    /* 0 ends a chain */
    CHK_RESERVE(c, c->let_reads, 0, c->cap_let_reads, 1);
    CHK_RESERVE(c, c->let_parts, 0, c->cap_let_parts, 1);
    c->n_let_reads = c->n_let_parts = 1;
    for (uint32_t i = 0; i < c->sem->n_lets; i++)
        chk_let(c, i, 0);
}

/* --- what lets read --------------------------------------------------------- */

uint64_t chk_phase_bit(uint32_t phase)
{
    return UINT64_C(1) << (phase & 63);
}

void chk_let_read(Checker *c, uint32_t let, Read read)
{
    Let *info = &c->lets[let];
    *CHK_PUSH(c, c->let_reads, c->n_let_reads, c->cap_let_reads) = (LetRead){read, info->reads};
    info->reads = c->n_let_reads - 1;
    info->phases |= chk_phase_bit(read.producer);
}

void chk_let_part(Checker *c, uint32_t let, uint32_t part, bool in_default)
{
    Let *info = &c->lets[let];
    if (c->lets[part].phases == 0)
        return;
    *CHK_PUSH(c, c->let_parts, c->n_let_parts, c->cap_let_parts) = (LetPart){part, info->parts, in_default};
    info->parts = c->n_let_parts - 1;
    info->phases |= c->lets[part].phases;
}

/* Uses of one let by one phase are one, unless only one of them has a default. */
void chk_let_used(Checker *c, uint32_t let, LetUse use)
{
    Let *info = &c->lets[let];
    if (!use.in_default && info->last_reader == use.reader + 1)
        return;
    if (!use.in_default)
        info->last_reader = use.reader + 1;
    c->let_total += info->size;
    if (c->let_total > LIM_LET_PARTS && !c->too_deep) {
        Diag *d = chk_report(c, 20, use.file, use.node, "lets bring too much into this plan");
        diag_label(c->diags, d, "more than %d parts in all", LIM_LET_PARTS);
        diag_help(c->diags, d, "read what is needed in an action, and use its result");
        c->too_deep = true;
    }
    if (!c->too_deep)
        *CHK_PUSH(c, c->let_uses, c->n_let_uses, c->cap_let_uses) = use;
}

/* Each let is visited once a walk, whatever uses it. */
const Read *chk_let_find(Checker *c, uint32_t let, uint64_t phases, bool bare, LetFound found, void *ctx)
{
    uint32_t mark = ++c->let_mark, n = 0;
    if (c->let_stack == NULL)
        c->let_stack = ARENA_NEW(c->arena, uint32_t, c->sem->n_lets);
    c->lets[let].mark = mark;
    c->let_stack[n++] = let;
    while (n > 0) {
        const Let *info = &c->lets[c->let_stack[--n]];
        for (uint32_t i = info->reads; i != 0; i = c->let_reads[i].next)
            if (!(bare && c->let_reads[i].read.has_default) && found(c, &c->let_reads[i].read, ctx))
                return &c->let_reads[i].read;
        for (uint32_t i = info->parts; i != 0; i = c->let_parts[i].next) {
            Let *part = &c->lets[c->let_parts[i].let];
            if (part->mark == mark || (part->phases & phases) == 0 || (bare && c->let_parts[i].in_default))
                continue;
            part->mark = mark;
            c->let_stack[n++] = c->let_parts[i].let;
        }
    }
    return NULL;
}
