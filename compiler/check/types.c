/* Owns: the table of types: one entry a type, so that equal types have equal
 * numbers; what fits where; how a type is called in a message.
 * Must not know: names, phases, expressions. */
#include "compiler/check/check.h"

#include <string.h>

/* sem.h: [0] poison, then one of each plain kind, at its own number. */
void chk_types_init(Checker *c)
{
    for (int k = TK_NOTHING; k <= TK_SECRET; k++)
        *CHK_PUSH(c, c->sem->types, c->sem->n_types, c->cap_types) =
            (SemTypeInfo){.kind = (TypeKind)k};
}

static uint32_t mix(uint32_t h, uint32_t v)
{
    return (h ^ v) * UINT32_C(16777619);
}

static uint32_t hash_type(const SemTypeInfo *t)
{
    uint32_t h = mix(mix(UINT32_C(2166136261), (uint32_t)t->kind), t->elem);
    for (uint32_t i = 0; i < t->n_fields; i++) {
        h = mix(h, t->fields[i].type);
        for (size_t j = 0; j < t->fields[i].name.n; j++)
            h = mix(h, (unsigned char)t->fields[i].name.p[j]);
    }
    return h;
}

static bool same_type(const SemTypeInfo *a, const SemTypeInfo *b)
{
    if (a->kind != b->kind || a->elem != b->elem || a->n_fields != b->n_fields)
        return false;
    for (uint32_t i = 0; i < a->n_fields; i++)
        if (a->fields[i].type != b->fields[i].type ||
            !str_eq(a->fields[i].name, b->fields[i].name))
            return false;
    return true;
}

static uint32_t *type_slot(Checker *c, const SemTypeInfo *t)
{
    uint32_t i = hash_type(t) & (c->cap_type_slots - 1);
    while (c->type_slots[i] != 0 &&
           !same_type(&c->sem->types[c->type_slots[i]], t))
        i = (i + 1) & (c->cap_type_slots - 1);
    return &c->type_slots[i];
}

/* Poison from then on; told once. */
static SemType too_many(Checker *c)
{
    if (c->too_many_types)
        return SEM_POISON;
    c->too_many_types = true;
    Diag *d = chk_report(c, 20, c->main, chk_node(c->main, c->main->tree->root)->a,
                         "this plan has more than %d different types", LIM_TYPES);
    diag_label(c->diags, d, "records, lists and `one of`");
    diag_help(c->diags, d, "put parts of it into plans of their own");
    return SEM_POISON;
}

static SemType intern(Checker *c, SemTypeInfo t)
{
    if (c->sem->n_types * 2 >= c->cap_type_slots) {
        c->cap_type_slots = c->cap_type_slots == 0 ? 128 : c->cap_type_slots * 2;
        c->type_slots = ARENA_NEW(c->arena, uint32_t, c->cap_type_slots);
        for (uint32_t i = TK_SECRET + 1; i < c->sem->n_types; i++)
            *type_slot(c, &c->sem->types[i]) = i;
    }
    uint32_t *slot = type_slot(c, &t);
    if (*slot == 0 && c->sem->n_types == LIM_TYPES)
        return too_many(c);
    if (*slot == 0) {
        *slot = c->sem->n_types;
        *CHK_PUSH(c, c->sem->types, c->sem->n_types, c->cap_types) = t;
    }
    return *slot;
}

SemType chk_list_of(Checker *c, SemType elem)
{
    if (elem == SEM_POISON)
        return SEM_POISON;
    return intern(c, (SemTypeInfo){.kind = TK_LIST, .elem = elem});
}

SemType chk_compound(Checker *c, TypeKind kind, const SemField *fields,
                     uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (kind == TK_RECORD && fields[i].type == SEM_POISON)
            return SEM_POISON;
    return intern(c, (SemTypeInfo){.kind = kind, .fields = fields, .n_fields = n});
}

static const Str type_names[] = {
    [TK_NOTHING] = {"nothing", 7}, [TK_BOOL] = {"bool", 4},
    [TK_NUMBER] = {"number", 6}, [TK_PERCENT] = {"percent", 7},
    [TK_TEXT] = {"text", 4}, [TK_EMAIL] = {"email", 5}, [TK_HOST] = {"host", 4},
    [TK_URL] = {"url", 3}, [TK_SIZE] = {"size", 4},
    [TK_DURATION] = {"duration", 8}, [TK_DATE] = {"date", 4},
    [TK_TIME] = {"time", 4}, [TK_INSTANT] = {"instant", 7},
    [TK_LEVEL] = {"level", 5}, [TK_SECRET] = {"secret", 6},
};

/* What other languages call them; {NULL,0}: none of that. */
static Str foreign_type(Str name)
{
    static const struct { const char *theirs; SemType ours; } names[] = {
        {"string", TK_TEXT}, {"str", TK_TEXT}, {"int", TK_NUMBER},
        {"integer", TK_NUMBER}, {"float", TK_NUMBER}, {"decimal", TK_NUMBER},
        {"boolean", TK_BOOL}, {"timestamp", TK_INSTANT}, {"datetime", TK_INSTANT},
        {"hostname", TK_HOST}, {"uri", TK_URL}, {"bytes", TK_SIZE},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i].theirs))
            return type_names[names[i].ours];
    return (Str){NULL, 0};
}

static SemType plain_type(Checker *c, File *f, SynRef r)
{
    Str name = chk_text(f, r), best;
    for (SemType t = TK_BOOL; t <= TK_SECRET; t++)
        if (str_eq(type_names[t], name))
            return t;
    Str near = chk_near_word(c, name, type_names + 1, TK_SECRET, &best);
    Str ours = foreign_type(name);
    Diag *d = chk_report(c, 1001, f, r, "there is no type `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "a type should stand here");
    if (ours.n > 0) {
        diag_help(c->diags, d, "gate calls it `%.*s`", STR_ARG(ours));
        chk_fix_replace(c, d, '?', f, r, ours, "use gate's word");
    } else if (!chk_did_you_mean(c, d, f, r, near, best)) {
        diag_help(c->diags, d, "types are text, number, bool, percent, size, "
                  "duration, date, time, instant, email, host, url, level, "
                  "`list of` a type, and `one of \"a\", \"b\"`");
    }
    return SEM_POISON;
}

static SemType one_of(Checker *c, File *f, SynRef list)
{
    uint32_t n = syn_count(f->tree, list), i = 0;
    SemField *fields = ARENA_NEW(c->arena, SemField, n);
    SYN_EACH(f->tree, k, list)
        fields[i++].name = syn_decode(f->tree, k, c->arena);
    return chk_compound(c, TK_ONEOF, fields, n);
}

static SemType record(Checker *c, File *f, SynRef list)
{
    uint32_t n = syn_count(f->tree, list), i = 0;
    SemField *fields = ARENA_NEW(c->arena, SemField, n);
    SYN_EACH(f->tree, k, list) {
        fields[i].name = chk_text(f, chk_node(f, k)->a);
        fields[i++].type = chk_type(c, f, chk_node(f, k)->b);
    }
    return chk_compound(c, TK_RECORD, fields, n);
}

/* The parser bounds how deep types nest (LIM_NESTING). */
SemType chk_type(Checker *c, File *f, SynRef r)
{
    switch (chk_node(f, r)->kind) {
    case SYN_TYPENAME:
        return plain_type(c, f, r);
    case SYN_TYPELIST:
        return chk_list_of(c, chk_type(c, f, chk_node(f, r)->a));
    case SYN_TYPEONE:
        return one_of(c, f, chk_node(f, r)->a);
    case SYN_TYPEREC:
        return record(c, f, chk_node(f, r)->a);
    default:
        return SEM_POISON; /* BAD, or missing: reported by the parser */
    }
}

bool chk_fits(const Checker *c, SemType from, SemType to)
{
    if (from == to || from == SEM_POISON || to == SEM_POISON)
        return true;
    /* Every address is also a text. A list of email is no list of text,
     * though: one value is turned into a text, never silently many. */
    return to == TK_TEXT && kind_is_text(chk_kind(c, from));
}

bool chk_texts_apart(const Checker *c, SemType a, SemType b)
{
    const SemTypeInfo *x = &c->sem->types[a], *y = &c->sem->types[b];
    return x->kind == TK_LIST && y->kind == TK_LIST && a != b &&
           kind_is_text(c->sem->types[x->elem].kind) && kind_is_text(c->sem->types[y->elem].kind);
}

static void type_words(Checker *c, SemType t, bool article, Buf *out)
{
    const SemTypeInfo *info = &c->sem->types[t];
    switch (info->kind) {
    case TK_LIST:
        buf_puts(out, article ? "a list of " : "list of ");
        type_words(c, info->elem, false, out);
        break;
    case TK_RECORD:
        buf_puts(out, article ? "a record" : "record");
        break;
    case TK_ONEOF:
        buf_puts(out, "one of ");
        for (uint32_t i = 0; i < info->n_fields; i++)
            buf_printf(out, "%s\"%.*s\"", i == 0 ? "" : ", ",
                       STR_ARG(info->fields[i].name));
        break;
    case TK_BOOL:
        buf_puts(out, article ? "true or false" : "bool");
        break;
    case TK_EMAIL: case TK_INSTANT:
        buf_puts(out, article ? "an " : "");
        buf_str(out, type_names[info->kind]);
        break;
    default:
        buf_puts(out, article ? "a " : "");
        buf_str(out, type_names[info->kind]);
        break;
    }
}

Str chk_type_words(Checker *c, SemType t)
{
    Buf b = {0};
    type_words(c, t, true, &b);
    Str s = arena_str(c->arena, buf_view(&b));
    buf_free(&b);
    return s;
}
