/* Owns: which operators and built-in functions fit which types. Must not know:
 * how they are computed (vm.c), how they are written (compiler). */
#include "vm/core/builtin.h"

#include <assert.h>
#include <string.h>

#include "vm/core/vm.h"

static const struct {
    const char *name;
    int least, most;
} builtins[FN_COUNT] = {
#define BUILTIN(name, least, most, meaning) [FN_##name] = {#name, least, most},
#include "vm/core/builtins.def"
#undef BUILTIN
};

const char *builtin_name(Builtin f)
{
    assert((unsigned)f < FN_COUNT);
    return builtins[f].name;
}

Builtin builtin_find(Str name)
{
    int f = 0;
    while (f < FN_COUNT && !str_is(name, builtins[f].name))
        f++;
    return (Builtin)f;
}

void builtin_arity(Builtin f, int *least, int *most)
{
    assert((unsigned)f < FN_COUNT);
    *least = builtins[f].least;
    *most = builtins[f].most;
}

int builtin_operands(Builtin f)
{
    assert((unsigned)f < FN_COUNT);
    return f == FN_round ? builtins[f].most : builtins[f].least;
}

/* What one kind of type is: from here come tags, words and what fits where. */
enum { K_TEXT = 1, K_ORDERED = 2, K_FORM = 4 };
static const struct {
    const char *word;
    ValueTag tag;
    int is;
} kinds[TK_COUNT] = {
    [TK_NOTHING] = {"nothing", V_ABSENT, 0},
    [TK_BOOL] = {"bool", V_BOOL, K_FORM},
    [TK_NUMBER] = {"number", V_NUMBER, K_ORDERED | K_FORM},
    [TK_PERCENT] = {"percent", V_PERCENT, K_ORDERED | K_FORM},
    [TK_TEXT] = {"text", V_TEXT, K_TEXT | K_FORM},
    [TK_EMAIL] = {"email", V_TEXT, K_TEXT | K_FORM},
    [TK_HOST] = {"host", V_TEXT, K_TEXT | K_FORM},
    [TK_URL] = {"url", V_TEXT, K_TEXT | K_FORM},
    [TK_SIZE] = {"size", V_SIZE, K_ORDERED | K_FORM},
    [TK_DURATION] = {"duration", V_DURATION, K_ORDERED | K_FORM},
    [TK_DATE] = {"date", V_DATE, K_ORDERED | K_FORM},
    [TK_TIME] = {"time", V_TIME, K_ORDERED | K_FORM},
    [TK_INSTANT] = {"instant", V_INSTANT, K_ORDERED | K_FORM},
    [TK_LEVEL] = {"level", V_LEVEL, K_ORDERED | K_FORM},
    [TK_SECRET] = {"secret", V_TEXT, 0},
    [TK_ONEOF] = {"one of", V_TEXT, K_TEXT | K_FORM},
    [TK_LIST] = {"list", V_LIST, K_FORM},
    [TK_RECORD] = {"record", V_RECORD, 0},
    [TK_ITER] = {"iter", V_LIST, 0},
};

static bool is(TypeKind k, int what)
{
    return (unsigned)k < TK_COUNT && (kinds[k].is & what) != 0;
}

bool kind_is_text(TypeKind k) { return is(k, K_TEXT); }
bool kind_is_ordered(TypeKind k) { return is(k, K_ORDERED); }
bool kind_has_form(TypeKind k) { return is(k, K_FORM); }

ValueTag kind_tag(TypeKind k)
{
    return (unsigned)k < TK_COUNT ? kinds[k].tag : V_ABSENT;
}

const char *kind_word(TypeKind k)
{
    return (unsigned)k < TK_COUNT ? kinds[k].word : "?";
}

/* Two kinds whose values may stand for each other. */
static bool alike(TypeKind a, TypeKind b)
{
    return a == b || (kind_is_text(a) && kind_is_text(b));
}

static bool comparable(TypeKind a, TypeKind b)
{
    return alike(a, b) && a != TK_SECRET && a != TK_ITER && a != TK_NOTHING;
}

static bool add_type(TypeKind a, TypeKind b, TypeKind *r)
{
    *r = a;
    if (kind_is_text(a) && kind_is_text(b)) {
        *r = TK_TEXT;
        return true;
    }
    if (b == TK_DURATION && (a == TK_INSTANT || a == TK_DATE))
        return true;
    return a == b && (a == TK_NUMBER || a == TK_PERCENT || a == TK_DURATION ||
                      a == TK_SIZE || a == TK_LIST);
}

static bool sub_type(TypeKind a, TypeKind b, TypeKind *r)
{
    if (a == b && (a == TK_INSTANT || a == TK_DATE)) {
        *r = TK_DURATION;
        return true;
    }
    return a != TK_LIST && !kind_is_text(a) && add_type(a, b, r);
}

static bool mul_type(TypeKind a, TypeKind b, TypeKind *r)
{
    /* Either order: 10% * total and total * 10% mean the same. */
    if (b == TK_NUMBER || b == TK_PERCENT) {
        TypeKind swap = a;
        a = b;
        b = swap;
    }
    *r = b == TK_PERCENT ? TK_NUMBER : b;
    if (a != TK_NUMBER && a != TK_PERCENT)
        return false;
    if (b == TK_PERCENT)
        return a == TK_NUMBER;
    return b == TK_NUMBER || b == TK_DURATION || b == TK_SIZE;
}

static bool div_type(TypeKind a, TypeKind b, TypeKind *r)
{
    if (a == b && (a == TK_NUMBER || a == TK_DURATION || a == TK_SIZE)) {
        *r = TK_NUMBER;
        return true;
    }
    *r = a;
    return b == TK_NUMBER && (a == TK_DURATION || a == TK_SIZE);
}

bool operator_type(int op, TypeKind a, TypeKind b, TypeKind *result)
{
    *result = TK_BOOL;
    switch (op) {
    case OP_NOT: return a == TK_BOOL;
    case OP_NEG:
        *result = a;
        return a == TK_NUMBER || a == TK_PERCENT || a == TK_DURATION ||
               a == TK_SIZE;
    case OP_ADD: return add_type(a, b, result);
    case OP_SUB: return sub_type(a, b, result);
    case OP_MUL: return mul_type(a, b, result);
    case OP_DIV: return div_type(a, b, result);
    case OP_EQ:
    case OP_NE: return comparable(a, b);
    case OP_LT:
    case OP_LE: return a == b && kind_is_ordered(a);
    case OP_IN:
        return (b == TK_LIST && comparable(a, a)) ||
               (kind_is_text(a) && kind_is_text(b));
    case OP_WITHOUT:
        *result = TK_LIST;
        return a == TK_LIST && comparable(b, b);
    default: return false;
    }
}

static bool over_list(Builtin f, TypeKind elem, TypeKind *result, bool *item)
{
    *result = elem;
    *item = true;
    switch (f) {
    case FN_sum:
        return elem == TK_NUMBER || elem == TK_DURATION || elem == TK_SIZE;
    case FN_min:
    case FN_max: return kind_is_ordered(elem);
    case FN_first:
    case FN_last: return elem != TK_NOTHING;
    case FN_any:
    case FN_all:
        *item = false;
        return elem == TK_BOOL;
    default:
        *result = TK_NUMBER;
        *item = false;
        return f == FN_count;
    }
}

static bool least_type(const TypeKind *args, int n, TypeKind *result)
{
    *result = args[0];
    for (int i = 0; i < n; i++)
        if (args[i] != args[0] || !kind_is_ordered(args[i]))
            return false;
    return true;
}

bool builtin_type(Builtin f, const TypeKind *args, const TypeKind *elems,
                  int n, TypeKind *result, bool *item_result)
{
    *result = TK_NOTHING;
    *item_result = false;
    if ((unsigned)f >= FN_COUNT || n < builtins[f].least ||
        n > builtins[f].most)
        return false;
    switch (f) {
    case FN_round:
        *result = TK_NUMBER;
        return args[0] == TK_NUMBER && (n == 1 || args[1] == TK_NUMBER);
    case FN_lower:
    case FN_upper:
        *result = TK_TEXT;
        return kind_is_text(args[0]);
    case FN_starts_with:
    case FN_ends_with:
    case FN_matches:
        *result = TK_BOOL;
        return kind_is_text(args[0]) && kind_is_text(args[1]);
    case FN_default:
        *item_result = args[0] == args[1];
        *result = *item_result ? args[0] : TK_TEXT;
        return comparable(args[0], args[1]);
    default: break;
    }
    if (args[0] == TK_LIST && n == 1)
        return over_list(f, elems[0], result, item_result);
    *item_result = true;
    return (f == FN_min || f == FN_max) && n > 1 && least_type(args, n, result);
}

static bool host_ok(Str s)
{
    size_t label = 0;
    if (s.n == 0 || s.n > 253)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') ||
                     ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (c == '.' || c == '-') {
            if (label == 0 || i + 1 == s.n || (c == '.' && s.p[i - 1] == '-'))
                return false;
        } else if (!alnum) {
            return false;
        }
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return true;
}

static bool email_ok(Str s)
{
    const char *at = s.n == 0 ? NULL : memchr(s.p, '@', s.n);
    if (at == NULL || at == s.p || at - s.p > 64 || s.p[0] == '.' ||
        at[-1] == '.')
        return false;
    for (const char *p = s.p; p < at; p++) {
        bool dots = *p == '.' && p[1] == '.';
        if (*p <= ' ' || *p > '~' || dots ||
            strchr("\"(),:;<>[\\]", *p) != NULL)
            return false;
    }
    return host_ok((Str){at + 1, s.n - (size_t)(at + 1 - s.p)});
}

static bool url_ok(Str s)
{
    size_t i = s.n > 8 && memcmp(s.p, "https://", 8) == 0  ? 8
               : s.n > 7 && memcmp(s.p, "http://", 7) == 0 ? 7
                                                           : 0;
    size_t start = i;
    if (i == 0)
        return false;
    while (i < s.n && strchr("/?#:", s.p[i]) == NULL)
        i++;
    if (!host_ok((Str){s.p + start, i - start}))
        return false;
    if (i < s.n && s.p[i] == ':') {
        size_t port = ++i;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == port || i - port > 5 ||
            (i < s.n && strchr("/?#", s.p[i]) == NULL))
            return false;
    }
    for (; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return true;
}

bool text_fits_kind(Str s, TypeKind k)
{
    switch (k) {
    case TK_EMAIL: return email_ok(s);
    case TK_HOST: return host_ok(s);
    case TK_URL: return url_ok(s);
    default: return true;
    }
}
