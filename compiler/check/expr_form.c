/* Owns: texts, lists, records, quantifiers, choices and items of lists.
 * Must not know: names, operators. */
#include "compiler/check/expr.h"

static Typed not_among(Checker *c, Place *p, SynRef r, SemType want, Str s)
{
    const SemTypeInfo *t = &c->sem->types[want];
    Str *names = ARENA_NEW(c->arena, Str, t->n_fields), best;
    for (uint32_t i = 0; i < t->n_fields; i++)
        names[i] = t->fields[i].name;
    Diag *d = chk_report(c, 2013, p->file, r, "\"%.*s\" is not among the choices",
                         STR_ARG(s));
    diag_label(c->diags, d, "must be %.*s", STR_ARG(chk_type_words(c, want)));
    Str near = chk_near_word(c, s, names, t->n_fields, &best);
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean \"%.*s\"?", STR_ARG(best));
        chk_fix_replace(c, d, '?', p->file, r, chk_printf(c, "\"%.*s\"", STR_ARG(best)), "use the near choice");
    }
    return typed_of(want);
}

Typed expr_text_value(Checker *c, Place *p, SynRef r, SemType want)
{
    TypeKind k = chk_kind(c, want);
    chk_secret_literal(c, p->file, r);
    if (!kind_is_text(k) || k == TK_TEXT)
        return typed_of(TK_TEXT);
    Str s = syn_decode(p->file->tree, r, c->arena);
    if (k == TK_ONEOF) {
        for (uint32_t i = 0; i < c->sem->types[want].n_fields; i++)
            if (str_eq(s, c->sem->types[want].fields[i].name))
                return typed_of(want);
        return not_among(c, p, r, want, s);
    }
    if (!text_fits_kind(s, k)) {
        Diag *d = chk_report(c, 2007, p->file, r, "this can never be %.*s",
                             STR_ARG(chk_type_words(c, want)));
        diag_label(c->diags, d, "%s", k == TK_EMAIL ? "an address looks like name@example.org"
                   : k == TK_HOST ? "a host looks like www.example.org"
                                  : "a URL looks like https://example.org/path");
    }
    return typed_of(want);
}

static void text_part(Checker *c, Place *p, SynRef r, bool *secret)
{
    SemType t = chk_expr(c, p, r, SEM_POISON).type;
    TypeKind k = chk_kind(c, t);
    if (t == SEM_POISON)
        return;
    if (k == TK_SECRET && p->secrets) {
        *secret = true;
        return;
    }
    if (k == TK_SECRET) {
        chk_secret_shown(c, p->file, r);
        return;
    }
    if (k == TK_LIST)
        k = chk_kind(c, c->sem->types[t].elem);
    if (kind_has_form(k) && k != TK_LIST)
        return;
    Diag *d = chk_report(c, 2001, p->file, r, "%.*s has no form as text",
                         STR_ARG(chk_type_words(c, t)));
    diag_label(c->diags, d, "name one of its members, or count it");
}

Typed expr_interpolated(Checker *c, Place *p, SynRef r, SemType want)
{
    bool secret = false;
    SYN_EACH(p->file->tree, k, chk_node(p->file, r)->a)
        if (chk_node(p->file, k)->kind == SYN_TEXTPART)
            chk_secret_literal(c, p->file, k);
        else
            text_part(c, p, k, &secret);
    if (secret)
        return typed_of(TK_SECRET); /* what holds a secret is one */
    /* A URL or an address put together is tested when it is used. */
    TypeKind k = chk_kind(c, want);
    return typed_of(k == TK_URL || k == TK_HOST || k == TK_EMAIL ? want : TK_TEXT);
}

Typed expr_list_value(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    SemType elem = chk_kind(c, want) == TK_LIST ? c->sem->types[want].elem : SEM_POISON;
    bool wanted = elem != SEM_POISON, bad = false;
    if (n->a == 0) {
        if (wanted)
            return typed_of(want);
        Diag *d = chk_report(c, 2001, p->file, r, "nothing says what this empty list is a list of");
        diag_label(c->diags, d, "no item, and no type around it");
        return typed_poison;
    }
    SYN_EACH(p->file->tree, k, n->a) {
        SemType t = chk_expr(c, p, k, elem).type;
        bad = bad || t == SEM_POISON;
        if (elem == SEM_POISON) {
            elem = t;
        } else if (!wanted && t != elem && kind_is_text(chk_kind(c, t)) &&
                   kind_is_text(chk_kind(c, elem))) {
            elem = TK_TEXT;
        } else if (!chk_fits(c, t, elem) && !bad && chk_kind(c, t) == TK_SECRET) {
            chk_secret_shown(c, p->file, k);
            bad = true;
        } else if (!chk_fits(c, t, elem) && !bad) {
            Diag *d = chk_report(c, 2011, p->file, k, "a list holds one type only, but this item is %.*s",
                                 STR_ARG(chk_type_words(c, t)));
            diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t)));
            if (k != n->a)
                chk_also(c, d, p->file, n->a, "the first item is %.*s",
                         STR_ARG(chk_type_words(c, p->file->sem.types[n->a])));
            else
                diag_note(c->diags, d, "%.*s is wanted here", STR_ARG(chk_type_words(c, want)));
            bad = true;
        }
    }
    return bad ? typed_poison : typed_of(chk_list_of(c, elem));
}

/* Only what a connector sends to others has names that gate could not write. */
static void quoted_name(Checker *c, Place *p, SynRef r)
{
    Str name = syn_decode(p->file->tree, r, c->arena);
    Diag *d = chk_report(c, 14, p->file, r, "a name stands without quotes");
    diag_label(c->diags, d, "written as in JSON");
    chk_fix_replace(c, d, '?', p->file, r, name, "drop the quotes");
}

Typed expr_record_value(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    uint32_t count = syn_count(p->file->tree, n->a), i = 0;
    SemField *fields = ARENA_NEW(c->arena, SemField, count);
    const SemTypeInfo *w = &c->sem->types[want];
    SYN_EACH(p->file->tree, k, n->a) {
        const SynNode *arg = chk_node(p->file, k);
        SemType hint = SEM_POISON;
        w = &c->sem->types[want];
        if (w->kind == TK_RECORD && i < w->n_fields)
            hint = w->fields[i].type;
        if (chk_node(p->file, arg->a)->kind == SYN_TEXT)
            quoted_name(c, p, arg->a);
        fields[i].name = chk_text(p->file, arg->a);
        fields[i++].type = chk_expr(c, p, arg->b, hint).type;
    }
    return typed_of(chk_compound(c, TK_RECORD, fields, count));
}

static bool push_local(Checker *c, Place *p, SynRef node, SemType type)
{
    if (p->n_locals == CHK_LOCALS) {
        c->too_deep = true;
        chk_report(c, 20, p->file, node, "too many names are bound inside each other here");
        return false;
    }
    chk_local_hides(c, p, chk_node(p->file, node)->a, "the variable");
    p->locals[p->n_locals++] = (Local){
        chk_text(p->file, chk_node(p->file, node)->a), node, type, SR_LOCAL};
    return true;
}

Typed expr_quantified(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    SemType list = chk_expr(c, p, n->b, SEM_POISON).type, elem = SEM_POISON;
    if (chk_kind(c, list) == TK_LIST) {
        elem = c->sem->types[list].elem;
    } else if (list != SEM_POISON) {
        Diag *d = chk_report(c, 2001, p->file, n->b, "`%s` goes through a list, but this is %.*s",
                             n->aux == 0 ? "every" : "some", STR_ARG(chk_type_words(c, list)));
        diag_label(c->diags, d, "a list should stand here");
    }
    if (!push_local(c, p, r, elem))
        return typed_poison;
    *CHK_PUSH(c, c->quants, c->n_quants, c->cap_quants) = (SemExpr){&p->file->sem, r};
    p->file->sem.types[n->a] = (uint16_t)elem;
    chk_expect(c, p, n->c, TK_BOOL, "what stands behind `satisfies`");
    p->n_locals--;
    return typed_of(TK_BOOL);
}

Typed expr_choice(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    chk_condition(c, p, n->a, "what stands behind `if`", 0);
    SemType a = chk_expr(c, p, n->b, want).type;
    SemType b = chk_expr(c, p, n->c, want != SEM_POISON ? want : a).type;
    if (a == SEM_POISON || b == SEM_POISON)
        return typed_poison;
    if (a == b)
        return typed_of(a);
    if (kind_is_text(chk_kind(c, a)) && kind_is_text(chk_kind(c, b)))
        return typed_of(TK_TEXT);
    Diag *d = chk_report(c, 2001, p->file, n->c, "both branches of an `if` must have one type");
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, b)));
    chk_also(c, d, p->file, n->b, "%.*s", STR_ARG(chk_type_words(c, a)));
    return typed_poison;
}

Typed expr_indexed(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    SemType list = chk_expr(c, p, n->a, SEM_POISON).type;
    chk_expect(c, p, n->b, TK_NUMBER, "what stands in brackets");
    if (list == SEM_POISON)
        return typed_poison;
    if (chk_kind(c, list) == TK_LIST)
        return typed_of(c->sem->types[list].elem);
    Diag *d = chk_report(c, 2001, p->file, n->a, "only a list has items, but this is %.*s",
                         STR_ARG(chk_type_words(c, list)));
    diag_label(c->diags, d, "a list should stand here");
    return typed_poison;
}
