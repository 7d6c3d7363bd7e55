/* Owns: calls in expressions: of tools, of built-in functions.
 * Must not know: what tools do (tools.c has their arguments). */
#include "compiler/check/expr.h"

static void tool_argument(Checker *c, Place *p, uint32_t tool, uint32_t i, SynRef r)
{
    SemType want = c->sem->tools[tool].params[i].type;
    Typed t = chk_expr(c, p, r, want);
    const SemTool *k = &c->sem->tools[tool];
    if (!chk_fits(c, t.type, want))
        expr_unexpected(c, p, r, t, want, chk_printf(c, "`%.*s` of `%.*s.%.*s`", STR_ARG(k->params[i].name),
                                                STR_ARG(k->pack), STR_ARG(k->name)).p);
}

static Typed tool_call(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint32_t index = chk_tool_path(c, p->file, n->a);
    if (index == SEM_NONE || !expr_may_read(c, p, r, OF_TOOL)) {
        SYN_EACH(p->file->tree, k, n->b)
            chk_expr(c, p, k, SEM_POISON);
        return typed_poison;
    }
    const SemTool *t = &c->sem->tools[index];
    if (t->effect != EFF_READS) {
        Diag *d = chk_report(c, 4007, p->file, r,
                             "`%.*s.%.*s` %s something, so it cannot run inside an expression",
                             STR_ARG(t->pack), STR_ARG(t->name), effect_word(t->effect));
        diag_label(c->diags, d, "%s", t->listed ? "nobody could be asked first"
                                               : "counts as destroying: no `get`, and of a pack that the host does not list");
        diag_help(c->diags, d, "run it in an action behind a gate, and read its result here");
        return typed_poison;
    }
    uint32_t i = 0;
    SYN_EACH(p->file->tree, k, n->b) {
        if (i >= t->n_params) {
            Diag *d = chk_report(c, 2003, p->file, k, "`%.*s.%.*s` takes no more than %u argument%s",
                                 STR_ARG(t->pack), STR_ARG(t->name), t->n_params, t->n_params == 1 ? "" : "s");
            diag_label(c->diags, d, "one too many");
            chk_also(c, d, (const File *)t->file, chk_node((const File *)t->file, t->node)->a, "declared here");
            break;
        }
        if (!chk_secret_named(c, p->file, t->params[i].name, k, t->params[i].type))
            tool_argument(c, p, index, i, k);
        chk_deprecated_input(c, p->file, k, index, i, false);
        t = &c->sem->tools[index];
        if (chk_kind(c, p->file->sem.types[k]) == TK_SECRET)
            chk_secret_given(c, p->file, k, index);
        i++;
    }
    for (; i < t->n_params; i++) {
        if (t->params[i].fallback.node != 0)
            continue;
        Diag *d = chk_report(c, 2002, p->file, r, "`%.*s.%.*s` needs `%.*s`", STR_ARG(t->pack),
                             STR_ARG(t->name), STR_ARG(t->params[i].name));
        diag_label(c->diags, d, "an argument is missing");
        chk_also(c, d, (const File *)t->file, chk_node((const File *)t->file, t->node)->a, "declared here");
        return typed_poison;
    }
    expr_set_ref(p, r, SR_TOOL, index);
    return typed_of(t->result);
}

static const char *const builtin_meaning[FN_COUNT] = {
#define BUILTIN(name, least, most, meaning) [FN_##name] = meaning,
#include "vm/core/builtins.def"
#undef BUILTIN
};

static Typed builtin_misfit(Checker *c, Place *p, SynRef r, Builtin f,
                            const SemType *types, uint32_t n)
{
    Str all = {"", 0};
    for (uint32_t i = 0; i < n; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all),
                         i == 0 ? "" : i + 1 == n ? " and " : ", ",
                         STR_ARG(chk_type_words(c, types[i])));
    Diag *d = chk_report(c, 2001, p->file, r, "`%s` does not fit %.*s",
                         builtin_name(f), STR_ARG(all));
    diag_label(c->diags, d, "%s", builtin_meaning[f]);
    return typed_poison;
}

/* The first of these that is a secret; 0: none. */
static SynRef secret_among(const Checker *c, const Place *p, SynRef list)
{
    SYN_EACH(p->file->tree, k, list)
        if (chk_kind(c, p->file->sem.types[k]) == TK_SECRET)
            return k;
    return 0;
}

static Typed builtin_call(Checker *c, Place *p, SynRef r, Builtin f)
{
    const SynNode *n = chk_node(p->file, r);
    int least, most;
    builtin_arity(f, &least, &most);
    uint32_t count = syn_count(p->file->tree, n->b);
    if (count < (uint32_t)least || count > (uint32_t)most) {
        Diag *d = chk_report(c, count < (uint32_t)least ? 2002 : 2003, p->file, r,
                             "`%s` takes %d%s argument%s, not %u", builtin_name(f), least,
                             most == least ? "" : " or more",
                             least == 1 && most == 1 ? "" : "s", count);
        diag_label(c->diags, d, "%s", builtin_meaning[f]);
        return typed_poison;
    }
    enum { ARGS_MAX = 8 };
    SemType types[ARGS_MAX];
    TypeKind kinds[ARGS_MAX], elems[ARGS_MAX];
    uint32_t i = 0;
    bool bad = false, was = p->in_default;
    bool alike = f == FN_default || f == FN_min || f == FN_max; /* of one type */
    SYN_EACH(p->file->tree, k, n->b) {
        p->in_default = was || (f == FN_default && i == 0);
        types[i] = chk_expr(c, p, k, i > 0 && alike ? types[0] : SEM_POISON).type;
        p->in_default = was;
        bad = bad || types[i] == SEM_POISON;
        kinds[i] = chk_kind(c, types[i]);
        elems[i] = kinds[i] == TK_LIST ? chk_kind(c, c->sem->types[types[i]].elem)
                                       : TK_NOTHING;
        i++;
    }
    expr_set_ref(p, r, SR_BUILTIN, (uint32_t)f);
    if (bad)
        return typed_poison;
    TypeKind result;
    bool item;
    if (f != FN_default && secret_among(c, p, n->b) != 0) {
        chk_secret_measured(c, p->file, r, secret_among(c, p, n->b));
        return typed_poison;
    }
    if (!builtin_type(f, kinds, elems, (int)i, &result, &item) ||
        (f == FN_default && kinds[0] == kinds[1] && !kind_is_text(kinds[0]) &&
         types[0] != types[1]))
        return builtin_misfit(c, p, r, f, types, i);
    if (!item)
        return typed_of((SemType)result);
    if (f == FN_default && types[0] != types[1])
        return typed_of(TK_TEXT); /* two `one of` with other choices */
    bool of_list = f != FN_default && kinds[0] == TK_LIST;
    return typed_of(of_list ? c->sem->types[types[0]].elem : types[0]);
}

Typed expr_call_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint16_t kind = chk_node(p->file, n->a)->kind;
    Str name = chk_text(p->file, n->a), best;
    if (kind == SYN_NAME) {
        Builtin f = builtin_find(name);
        if (f != FN_COUNT)
            return builtin_call(c, p, r, f);
        if (chk_find(c, p->file->scope, name) != NULL &&
            chk_find(c, p->file->scope, name)->kind == DK_POISON)
            return typed_poison;
    } else if (kind == SYN_MEMBER && chk_is_subject(p, chk_node(p->file, n->a)->a)) {
        return chk_subject_call(c, p, r);
    } else if (kind == SYN_MEMBER && chk_is_pack(c, p->file, n->a)) {
        return tool_call(c, p, r);
    }
    Str names[FN_COUNT];
    for (int f = 0; f < FN_COUNT; f++)
        names[f] = str_of(builtin_name((Builtin)f));
    Str near = chk_near_word(c, name, names, FN_COUNT, &best);
    Diag *d = chk_report(c, 1001, p->file, n->a, "there is no function `%.*s`",
                         STR_ARG(name));
    diag_label(c->diags, d, "a function or a reading tool should stand here");
    if (expr_means_count(name)) {
        diag_help(c->diags, d, "gate calls it `count`");
        chk_fix_replace(c, d, '?', p->file, n->a, STR("count"), "use gate's word");
    } else {
        chk_did_you_mean(c, d, p->file, n->a, near, best);
    }
    return typed_poison;
}
