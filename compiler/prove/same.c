/* Owns: whether two values are one and the same in every run, wherever they
 * stand in the plan.
 * Must not know: what they are for. */
#include "compiler/prove/prove.h"

/* Expressions are at most CHK_DEPTH deep with their lets in place (expr.c), so
 * recursion over them is bounded; their size with lets in place is, too. */
static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    h ^= h >> 32;
    return h == 0 ? 1 : h;
}

static uint64_t of_text(Str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
    return mix(h, s.n);
}

static uint64_t same(const Checker *c, const SemFile *f, SynRef r);

static uint64_t both(uint64_t h, uint64_t x)
{
    return h == 0 || x == 0 ? 0 : mix(h, x);
}

static uint64_t list(const Checker *c, const SemFile *f, SynRef first, uint64_t h)
{
    const SynTree *t = f->source.tree;
    SYN_EACH(t, k, first) {
        const SynNode *n = syn(t, k);
        if (n->kind == SYN_ARG)
            h = both(both(h, of_text(syn_text(t, n->a))), same(c, f, n->b));
        else
            h = both(h, same(c, f, k));
    }
    return h;
}

/* What a name or a member stands for; *done where that says it all. */
static uint64_t reference(const Checker *c, const SemFile *f, SynRef r, bool *done)
{
    SemRef ref = f->refs[r];
    const SynTree *t = f->source.tree;
    uint64_t h = mix(2, ref.kind);
    *done = true;
    switch (ref.kind) {
    case SR_LET:
        return same(c, c->sem->lets[ref.index].expr.file, c->sem->lets[ref.index].expr.node);
    case SR_INPUT: case SR_ACTION: case SR_ASK: case SR_AWAIT: case SR_SECRET:
        return mix(h, ref.index);
    case SR_TRUE: case SR_FALSE:
        return h;
    case SR_LOCAL: /* each element of one and the same list */
        return both(h, same(c, f, syn(t, ref.index)->b));
    case SR_FIELD:
        return both(mix(h, ref.index), same(c, f, syn(t, r)->a));
    case SR_NONE: case SR_BUILTIN:
        *done = false;
        return mix(h, ref.index);
    default:
        return 0; /* the clock, another look at the world */
    }
}

static uint64_t same(const Checker *c, const SemFile *f, SynRef r)
{
    const SynTree *t = f->source.tree;
    const SynNode *n = syn(t, r);
    bool done;
    uint64_t h = reference(c, f, r, &done);
    if (done || r == 0)
        return r == 0 ? 0 : h;
    h = mix(mix(h, n->kind), n->aux);
    switch (n->kind) {
    case SYN_PAREN:
        return same(c, f, n->a);
    case SYN_INT: case SYN_DECIMAL: case SYN_PERCENT: case SYN_SIZE: case SYN_DURATION:
    case SYN_TIME: case SYN_DATE: case SYN_INSTANT: case SYN_LEVEL: case SYN_TEXT:
    case SYN_TEXTPART:
        return mix(h, of_text(syn_text(t, r)));
    case SYN_LIST: case SYN_TEXTI: case SYN_ARGS:
        return list(c, f, n->a, h);
    case SYN_CALL:
        return list(c, f, n->b, h);
    case SYN_NOT: case SYN_NEG:
        return both(h, same(c, f, n->a));
    case SYN_BINARY: case SYN_INDEX:
        return both(both(h, same(c, f, n->a)), same(c, f, n->b));
    case SYN_IF:
        return both(both(both(h, same(c, f, n->a)), same(c, f, n->b)), same(c, f, n->c));
    default:
        return 0;
    }
}

uint64_t prove_same(const Checker *c, SemExpr e)
{
    return e.node == 0 ? 0 : same(c, e.file, e.node);
}
