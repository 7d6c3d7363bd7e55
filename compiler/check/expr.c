/* Owns: expressions as a whole: where they stand, how deep they nest, which file
 * gives a form its type.
 * Must not know: what a value may be used for (flow.c), whether it is
 * there in time (reads.c). */
#include "compiler/check/expr.h"

void chk_place(Place *p, File *f, ExprPlace kind, const char *what,
               uint32_t phase)
{
    p->file = f;
    p->kind = kind;
    p->what = what;
    p->phase = phase;
    p->self = 0;
    p->in_undo = false;
    p->together = 0;
    p->let = p->connector = p->tool = p->other = SEM_NONE;
    p->wire = 0;
    p->secrets = false;
    p->each = p->hidden_each = 0;
    p->each_used = false;
    p->n_locals = 0; /* the locals themselves need no clearing: 2 KB a clause */
    p->depth = p->deepest = p->size = 0;
    p->in_default = false;
    p->of_run = 0;
}

static Typed literal(Checker *c, Place *p, SynRef r)
{
    static const SemType types[] = {
        [SYN_INT] = TK_NUMBER, [SYN_DECIMAL] = TK_NUMBER, [SYN_PERCENT] = TK_PERCENT,
        [SYN_SIZE] = TK_SIZE, [SYN_DURATION] = TK_DURATION, [SYN_TIME] = TK_TIME,
        [SYN_DATE] = TK_DATE, [SYN_INSTANT] = TK_INSTANT, [SYN_LEVEL] = TK_LEVEL,
    };
    Value v;
    if (!chk_literal(p->file, r, &v))
        return typed_poison; /* chk_literals() has reported it */
    if (chk_node(p->file, r)->kind == SYN_INSTANT && chk_is_zoneless(p->file, r))
        chk_no_zone(c, p->file, r); /* a value has no calendar */
    return typed_value(types[chk_node(p->file, r)->kind], v);
}

/* The grammar takes one wherever a literal may stand. */
static Typed lone_day(Checker *c, Place *p, SynRef r)
{
    Diag *d = chk_report(c, 2001, p->file, r, "a day of the week is no value");
    diag_label(c->diags, d, "stands only in calendars and in `starts every`");
    return typed_poison;
}

static Typed dispatch(Checker *c, Place *p, SynRef r, SemType want)
{
    switch (chk_node(p->file, r)->kind) {
    case SYN_NAME: return expr_name_value(c, p, r);
    case SYN_INT: case SYN_DECIMAL: case SYN_PERCENT: case SYN_SIZE:
    case SYN_DURATION: case SYN_TIME: case SYN_DATE: case SYN_INSTANT:
    case SYN_LEVEL: return literal(c, p, r);
    case SYN_DAY: return lone_day(c, p, r);
    case SYN_TEXT: return expr_text_value(c, p, r, want);
    case SYN_TEXTI: return expr_interpolated(c, p, r, want);
    case SYN_BINARY: return expr_binary_value(c, p, r);
    case SYN_NOT: {
        Typed t = chk_expect(c, p, chk_node(p->file, r)->a, TK_BOOL,
                             "what stands behind `not`");
        return t.known ? typed_value(TK_BOOL, val_bool(t.v.u.i == 0)) : typed_of(TK_BOOL);
    }
    case SYN_NEG: return expr_negative(c, p, r);
    case SYN_QUANT: return expr_quantified(c, p, r);
    case SYN_IF: return expr_choice(c, p, r, want);
    case SYN_MEMBER: return expr_member_value(c, p, r);
    case SYN_CALL: return expr_call_value(c, p, r);
    case SYN_INDEX: return expr_indexed(c, p, r);
    case SYN_LIST: return expr_list_value(c, p, r, want);
    case SYN_PAREN: return chk_expr(c, p, chk_node(p->file, r)->a, want);
    case SYN_ARGS: return expr_record_value(c, p, r, want);
    default: return typed_poison; /* BAD: the parser has reported it */
    }
}

/* Recursion follows the text; CHK_DEPTH bounds it here for all later walks
 * over expressions, the emitter's included. */
Typed chk_expr(Checker *c, Place *p, SynRef r, SemType want)
{
    if (r == 0)
        return typed_poison;
    p->size++;
    if (++p->depth > p->deepest)
        p->deepest = p->depth;
    Typed t = typed_poison;
    if (p->depth <= CHK_DEPTH) {
        t = dispatch(c, p, r, want);
    } else if (c->let_depth < 2 && !c->too_deep) { /* else the let itself says it */
        Diag *d = chk_report(c, 20, p->file, r, "this expression is nested too deeply");
        diag_label(c->diags, d, "more than %d levels", CHK_DEPTH);
        diag_help(c->diags, d, "name a part of it with `let`");
        c->too_deep = true;
    }
    p->depth--;
    p->file->sem.types[r] = (uint16_t)t.type;
    return t;
}

Typed expr_unexpected(Checker *c, Place *p, SynRef r, Typed t, SemType want, const char *what)
{
    if (chk_kind(c, t.type) == TK_SECRET) {
        chk_secret_shown(c, p->file, r);
        return typed_poison;
    }
    Diag *d = chk_report(c, 2001, p->file, r, "%s must be %.*s, but this is %.*s",
                         what, STR_ARG(chk_type_words(c, want)),
                         STR_ARG(chk_type_words(c, t.type)));
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t.type)));
    p->file->sem.types[r] = SEM_POISON;
    return typed_poison;
}

Typed chk_expect(Checker *c, Place *p, SynRef r, SemType want, const char *what)
{
    Typed t = chk_expr(c, p, r, want);
    return chk_fits(c, t.type, want) ? t : expr_unexpected(c, p, r, t, want, what);
}

void chk_decides(Checker *c, Place *p, SynRef r, Typed t, SynRef clause)
{
    /* `when false` says plainly that something is switched off. */
    if (!t.known || (clause != 0 && p->file->sem.refs[r].kind == SR_FALSE))
        return;
    bool holds = t.v.u.i != 0;
    Diag *d = chk_report(c, 2010, p->file, r, "this is always %s", holds ? "true" : "false");
    diag_label(c->diags, d, "decides nothing");
    if (holds && clause != 0)
        chk_fix_remove(c, d, '?', p->file, clause, "drop it");
}

Typed chk_condition(Checker *c, Place *p, SynRef r, const char *what, SynRef clause)
{
    Typed t = chk_expect(c, p, r, TK_BOOL, what);
    chk_decides(c, p, r, t, clause);
    return t;
}

SemExpr chk_text_expr(Checker *c, Place *p, SynRef r)
{
    if (r == 0)
        return (SemExpr){NULL, 0};
    chk_expect(c, p, r, TK_TEXT, "this");
    return (SemExpr){&p->file->sem, r};
}
