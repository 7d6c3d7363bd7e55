/* Owns: operators: which types they take, and what they come to where both sides are
 * known.
 * Must not know: how a value is computed (vm/core). */
#include "compiler/check/expr.h"

#include "vm/core/vm.h"

static const struct { const char *sign, *verb; int op; } operators[] = {
    [BIN_EQ] = {"==", "compared", OP_EQ}, [BIN_NE] = {"!=", "compared", OP_NE},
    [BIN_LT] = {"<", "compared", OP_LT}, [BIN_LE] = {"<=", "compared", OP_LE},
    [BIN_GT] = {">", "compared", OP_LT}, [BIN_GE] = {">=", "compared", OP_LE},
    [BIN_IN] = {"in", "searched for in each other", OP_IN},
    [BIN_CONTAINS] = {"contains", "searched for in each other", OP_IN},
    [BIN_WITHOUT] = {"without", "taken from each other", OP_WITHOUT},
    [BIN_ADD] = {"+", "added", OP_ADD}, [BIN_SUB] = {"-", "subtracted", OP_SUB},
    [BIN_MUL] = {"*", "multiplied", OP_MUL}, [BIN_DIV] = {"/", "divided", OP_DIV},
};

static Typed misfit(Checker *c, Place *p, SynRef r, Typed a, Typed b)
{
    const SynNode *n = chk_node(p->file, r);
    Diag *d = chk_report(c, 2005, p->file, r, "%.*s and %.*s cannot be %s",
                         STR_ARG(chk_type_words(c, a.type)),
                         STR_ARG(chk_type_words(c, b.type)),
                         operators[n->aux].verb);
    /* The operator itself is what does not fit; both sides are named. */
    d->at.start = chk_node(p->file, n->a)->start;
    d->at.end = chk_node(p->file, n->a)->end;
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, a.type)));
    chk_also(c, d, p->file, n->b, "%.*s", STR_ARG(chk_type_words(c, b.type)));
    if (chk_texts_apart(c, a.type, b.type))
        diag_help(c->diags, d, "declare both as `list of text`");
    return typed_poison;
}

/* Beyond the kinds that operator_type() compares: the items of lists. */
static bool items_fit(const Checker *c, int op, SemType a, SemType b)
{
    const SemTypeInfo *types = c->sem->types;
    TypeKind ka = types[a].kind, kb = types[b].kind;
    switch (op) {
    case OP_IN:
        if (kb != TK_LIST)
            return true;
        return a == types[b].elem ||
               (kind_is_text(ka) && kind_is_text(types[types[b].elem].kind));
    case OP_WITHOUT:
        if (a == b || types[a].elem == b)
            return true;
        if (kb == TK_LIST)
            return kind_is_text(types[types[a].elem].kind) &&
                   kind_is_text(types[types[b].elem].kind);
        return kind_is_text(kb) && kind_is_text(types[types[a].elem].kind);
    default:
        return (ka != TK_LIST && ka != TK_RECORD) || a == b;
    }
}

static Typed fold_failed(Checker *c, Place *p, SynRef r, int op, Typed b)
{
    bool zero = op == OP_DIV && b.v.u.i == 0;
    Diag *d = chk_report(c, 2015, p->file, r, "%s",
                         zero ? "this divides by zero"
                              : "this is larger than gate can count");
    diag_label(c->diags, d, "%s", zero ? "never has a result" : "overflows");
    return typed_poison;
}

static bool numeric(Value v)
{
    return v.tag == V_NUMBER;
}

/* Constants are computed where both sides are known numbers, or bools. */
static Typed fold(Checker *c, Place *p, SynRef r, uint16_t bin, SemType type,
                  Typed a, Typed b)
{
    int op = operators[bin].op;
    if (op == OP_DIV && b.known && b.v.u.i == 0)
        return fold_failed(c, p, r, op, b);
    if (!a.known || !b.known || !numeric(a.v) || !numeric(b.v))
        return typed_of(type);
    Value v = {0};
    bool ok;
    switch (bin) {
    case BIN_ADD: ok = num_add(a.v, b.v, &v); break;
    case BIN_SUB: ok = num_sub(a.v, b.v, &v); break;
    case BIN_MUL: ok = num_mul(a.v, b.v, &v); break;
    case BIN_DIV: ok = num_div(a.v, b.v, &v); break;
    case BIN_EQ: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) == 0));
    case BIN_NE: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) != 0));
    case BIN_LT: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) < 0));
    case BIN_LE: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) <= 0));
    case BIN_GT: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) > 0));
    case BIN_GE: return typed_value(TK_BOOL, val_bool(num_cmp(a.v, b.v) >= 0));
    default: return typed_of(type);
    }
    return ok ? typed_value(type, v) : fold_failed(c, p, r, op, b);
}

static Typed logic(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    const char *what = n->aux == BIN_OR ? "each side of `or`" : "each side of `and`";
    Typed a = chk_expect(c, p, n->a, TK_BOOL, what);
    Typed b = chk_expect(c, p, n->b, TK_BOOL, what);
    if (a.known && b.known)
        return typed_value(TK_BOOL, val_bool(n->aux == BIN_OR ? a.v.u.i || b.v.u.i
                                                        : a.v.u.i && b.v.u.i));
    if ((a.known && a.v.u.i == (n->aux == BIN_OR)) ||
        (b.known && b.v.u.i == (n->aux == BIN_OR)))
        return typed_value(TK_BOOL, val_bool(n->aux == BIN_OR));
    return typed_of(TK_BOOL);
}

/* What the other side being `other` says about a literal on this side. */
static SemType hint_from(Checker *c, uint16_t bin, SemType other, bool right)
{
    const SemTypeInfo *t = &c->sem->types[other];
    if (t->kind == TK_SECRET)
        return SEM_POISON; /* nothing is compared with it */
    bool list_side = bin == BIN_IN ? right : bin == BIN_CONTAINS && !right;
    if (bin == BIN_IN || bin == BIN_CONTAINS) {
        if (list_side)
            return kind_is_text(t->kind) ? SEM_POISON : chk_list_of(c, other);
        return t->kind == TK_LIST ? t->elem : SEM_POISON;
    }
    /* Of a list of lists, the other side may be one item: a list as well. */
    if (bin == BIN_WITHOUT)
        return right && t->kind == TK_LIST && chk_kind(c, t->elem) != TK_LIST ? other : SEM_POISON;
    return bin == BIN_ADD && kind_is_text(t->kind) ? SEM_POISON : other;
}

static SynRef inside(const File *f, SynRef r)
{
    while (chk_node(f, r)->kind == SYN_PAREN)
        r = chk_node(f, r)->a;
    return r;
}

/* A list that is added to another keeps the type of its own items; only an
 * empty one has none. */
static bool own_items(const File *f, uint16_t bin, SynRef r)
{
    const SynNode *n = chk_node(f, inside(f, r));
    return bin == BIN_ADD && n->kind == SYN_LIST && n->a != 0;
}

static bool holds_secret(const Checker *c, SemType t)
{
    const SemTypeInfo *i = &c->sem->types[t];
    return i->kind == TK_SECRET || (i->kind == TK_LIST && chk_kind(c, i->elem) == TK_SECRET);
}

static bool is_range(const File *f, SynRef r)
{
    return chk_node(f, r)->kind == SYN_BINARY && chk_node(f, r)->aux == BIN_RANGE;
}

static Typed lone_range(Checker *c, Place *p, SynRef r)
{
    Diag *d = chk_report(c, 2001, p->file, r, "a range is no value");
    diag_label(c->diags, d, "stands only behind `in`: x in low..high");
    return typed_poison;
}

/* x in low..high: as low <= x and x <= high. */
static Typed in_range(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r), *range = chk_node(p->file, inside(p->file, n->b));
    Typed x = chk_expr(c, p, n->a, SEM_POISON);
    const SynRef bounds[2] = {range->a, range->b};
    Typed bound[2];
    bool bad = x.type == SEM_POISON, known = x.known && numeric(x.v), holds = true;
    for (int i = 0; i < 2; i++) {
        bound[i] = chk_expr(c, p, bounds[i], x.type);
        TypeKind result;
        if (bad || bound[i].type == SEM_POISON) {
            bad = true;
        } else if (!operator_type(OP_LE, chk_kind(c, bound[i].type), chk_kind(c, x.type), &result)) {
            Diag *d = chk_report(c, 2005, p->file, bounds[i], "%.*s and %.*s cannot be compared",
                                 STR_ARG(chk_type_words(c, x.type)), STR_ARG(chk_type_words(c, bound[i].type)));
            diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, bound[i].type)));
            chk_also(c, d, p->file, n->a, "%.*s", STR_ARG(chk_type_words(c, x.type)));
            bad = true;
        }
        known = known && !bad && bound[i].known && numeric(bound[i].v);
    }
    if (bad)
        return typed_poison;
    if (bound[0].known && bound[1].known && numeric(bound[0].v) && num_cmp(bound[0].v, bound[1].v) > 0)
        return typed_value(TK_BOOL, val_bool(false));
    if (!known)
        return typed_of(TK_BOOL);
    holds = num_cmp(bound[0].v, x.v) <= 0 && num_cmp(x.v, bound[1].v) <= 0;
    return typed_value(TK_BOOL, val_bool(holds));
}

Typed expr_binary_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint16_t bin = n->aux;
    if (bin == BIN_OR || bin == BIN_AND)
        return logic(c, p, r);
    if (bin == BIN_RANGE)
        return lone_range(c, p, r);
    if (bin == BIN_IN && is_range(p->file, inside(p->file, n->b)))
        return in_range(c, p, r);
    /* A literal learns from the other side what it is; so literals go last. */
    bool right_first = chk_node(p->file, inside(p->file, n->a))->kind == SYN_TEXT ||
                       chk_node(p->file, inside(p->file, n->a))->kind == SYN_LIST;
    Typed a, b;
    if (right_first) {
        b = chk_expr(c, p, n->b, SEM_POISON);
        a = chk_expr(c, p, n->a, own_items(p->file, bin, n->a) ? SEM_POISON
                                                               : hint_from(c, bin, b.type, false));
    } else {
        a = chk_expr(c, p, n->a, SEM_POISON);
        b = chk_expr(c, p, n->b, own_items(p->file, bin, n->b) ? SEM_POISON
                                                               : hint_from(c, bin, a.type, true));
    }
    if (a.type == SEM_POISON || b.type == SEM_POISON)
        return typed_poison;
    if (holds_secret(c, a.type) || holds_secret(c, b.type)) {
        chk_secret_measured(c, p->file, r, holds_secret(c, a.type) ? n->a : n->b);
        return typed_poison;
    }
    int op = operators[bin].op;
    bool swap = bin == BIN_GT || bin == BIN_GE || bin == BIN_CONTAINS;
    SemType left = swap ? b.type : a.type, right = swap ? a.type : b.type;
    TypeKind result;
    if (!operator_type(op, chk_kind(c, left), chk_kind(c, right), &result) ||
        !items_fit(c, op, left, right))
        return misfit(c, p, r, a, b);
    return fold(c, p, r, bin, result == TK_LIST ? left : (SemType)result, a, b);
}

Typed expr_negative(Checker *c, Place *p, SynRef r)
{
    SynRef inner = chk_node(p->file, r)->a;
    Typed t = chk_expr(c, p, inner, SEM_POISON);
    TypeKind result;
    if (t.type == SEM_POISON)
        return typed_poison;
    if (!operator_type(OP_NEG, chk_kind(c, t.type), TK_NOTHING, &result)) {
        Diag *d = chk_report(c, 2005, p->file, r, "%.*s has no negative",
                             STR_ARG(chk_type_words(c, t.type)));
        diag_label(c->diags, d, "`-` takes a number, percent, size or duration");
        return typed_poison;
    }
    Value v;
    if (t.known && numeric(t.v) && num_sub(val_int(0), t.v, &v))
        return typed_value(t.type, v);
    return typed_of(t.type);
}
