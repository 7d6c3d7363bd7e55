/* Owns: which forms give which type. Must not know: what they are worth, plans. */
#include "tests/gen/expr.h"

#include <stdio.h>
#include <string.h>

/* --- types -------------------------------------------------------------------- */

enum { FIRST_LIST = GEN_SCALARS, LISTS_OF_LISTS = FIRST_LIST + GEN_SCALARS,
       RECORDS = LISTS_OF_LISTS + 2, RECORDS_N = 4,
       LIST_OF_RECORD = RECORDS + RECORDS_N };

#define SCALAR(k) [k] = {.kind = k}
#define LIST(k) [FIRST_LIST + k] = {.kind = G_LIST, .elem = &gen_types[k]}
const GenType gen_types[] = {
    SCALAR(G_BOOL), SCALAR(G_NUMBER), SCALAR(G_PERCENT), SCALAR(G_TEXT), SCALAR(G_EMAIL),
    SCALAR(G_HOST), SCALAR(G_URL), SCALAR(G_SIZE), SCALAR(G_DURATION), SCALAR(G_DATE),
    SCALAR(G_TIME), SCALAR(G_INSTANT), SCALAR(G_LEVEL),
    [G_ONEOF] = {.kind = G_ONEOF, .names = {"red", "green", "dark blue"}, .n = 3},
    LIST(G_BOOL), LIST(G_NUMBER), LIST(G_PERCENT), LIST(G_TEXT), LIST(G_EMAIL), LIST(G_HOST),
    LIST(G_URL), LIST(G_SIZE), LIST(G_DURATION), LIST(G_DATE), LIST(G_TIME), LIST(G_INSTANT),
    LIST(G_LEVEL), LIST(G_ONEOF),
    [LISTS_OF_LISTS] = {.kind = G_LIST, .elem = &gen_types[FIRST_LIST + G_NUMBER]},
    [LISTS_OF_LISTS + 1] = {.kind = G_LIST, .elem = &gen_types[FIRST_LIST + G_TEXT]},
    [RECORDS] = {.kind = G_RECORD, .n = 2, .names = {"name", "count"},
                 .fields = {&gen_types[G_TEXT], &gen_types[G_NUMBER]}},
    [RECORDS + 1] = {.kind = G_RECORD, .n = 3, .names = {"ok", "at", "items"},
                     .fields = {&gen_types[G_BOOL], &gen_types[G_INSTANT],
                                &gen_types[FIRST_LIST + G_NUMBER]}},
    [RECORDS + 2] = {.kind = G_RECORD, .n = 2, .names = {"inner", "size"},
                     .fields = {&gen_types[RECORDS], &gen_types[G_SIZE]}},
    [RECORDS + 3] = {.kind = G_RECORD, .n = 3, .names = {"status", "output", "errors"},
                     .fields = {&gen_types[G_NUMBER], &gen_types[G_TEXT], &gen_types[G_TEXT]}},
    [LIST_OF_RECORD] = {.kind = G_LIST, .elem = &gen_types[RECORDS]},
    [LIST_OF_RECORD + 1] = {.kind = G_LIST, .elem = &gen_types[RECORDS + 3]},
};
const uint32_t gen_types_n = sizeof gen_types / sizeof *gen_types;

const GenType *gen_list_of(const GenType *elem)
{
    for (uint32_t i = FIRST_LIST; i < gen_types_n; i++)
        if (gen_types[i].elem == elem)
            return &gen_types[i];
    return NULL;
}

bool gen_is_text(const GenType *t)
{
    return t->kind == G_TEXT || t->kind == G_EMAIL || t->kind == G_HOST || t->kind == G_URL ||
           t->kind == G_ONEOF;
}

bool gen_is_ordered(const GenType *t)
{
    return t->kind == G_NUMBER || t->kind == G_PERCENT ||
           (t->kind >= G_SIZE && t->kind <= G_LEVEL);
}

bool gen_has_form(const GenType *t)
{
    if (t->kind == G_LIST)
        return t->elem->kind < G_LIST;
    return t->kind < G_LIST;
}

static const char *const type_words[] = {
    [G_BOOL] = "bool", [G_NUMBER] = "number", [G_PERCENT] = "percent", [G_TEXT] = "text",
    [G_EMAIL] = "email", [G_HOST] = "host", [G_URL] = "url", [G_SIZE] = "size",
    [G_DURATION] = "duration", [G_DATE] = "date", [G_TIME] = "time", [G_INSTANT] = "instant",
    [G_LEVEL] = "level",
};

void gen_type_text(const GenType *t, Buf *out) /* as deep as the table's types */
{
    switch (t->kind) {
    case G_LIST:
        buf_puts(out, "list of ");
        gen_type_text(t->elem, out);
        break;
    case G_ONEOF:
        buf_puts(out, "one of ");
        for (uint32_t i = 0; i < t->n; i++)
            buf_printf(out, "%s\"%s\"", i == 0 ? "" : ", ", t->names[i]);
        break;
    case G_RECORD:
        buf_puts(out, "{ ");
        for (uint32_t i = 0; i < t->n; i++) {
            buf_printf(out, "%s: ", t->names[i]);
            gen_type_text(t->fields[i], out);
            buf_putc(out, ' ');
        }
        buf_putc(out, '}');
        break;
    default:
        buf_puts(out, type_words[t->kind]);
        break;
    }
}

/* --- literals ------------------------------------------------------------------- */

static uint32_t below(GenExpr *g, uint32_t n)
{
    return gen_below(g->r, n);
}

static bool once(GenExpr *g, uint32_t n)
{
    return gen_once(g->r, n);
}

/* So many digits that a step more does not fit, its point anywhere. */
static void many_digits(GenExpr *g)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%u%09u%08u", 1 + below(g, 9), below(g, 1000000000), below(g, 100000000));
    int point = (int)below(g, (uint32_t)n) + 1;
    buf_printf(g->out, "%.*s%s%s", point, digits, point < n ? "." : "", digits + point);
}

static void number(GenExpr *g)
{
    static const char *const edges[] = {
        "9223372036854775807", "9223372036854775806", "4611686018427387904", "3037000500",
        "0.000000000000000001", "9.223372036854775807", "1.000000000000000001", "0.5", "2.5",
        "0.00000001", "922337203685477580.7", "100000000000000000.1", "1000000007", "3", "7"};
    if (g->edges && once(g, 12)) {
        many_digits(g);
        return;
    }
    if (g->edges && once(g, 6)) {
        buf_puts(g->out, edges[below(g, sizeof edges / sizeof *edges)]);
        return;
    }
    switch (below(g, 5)) {
    case 0: buf_printf(g->out, "%u", below(g, 100000)); break;
    case 1: buf_printf(g->out, "%u.%u", below(g, 100), below(g, 1000)); break;
    case 2: buf_printf(g->out, "%u.%02u", below(g, 1000), below(g, 100)); break;
    default: buf_printf(g->out, "%u", below(g, 12)); break;
    }
}

static void size(GenExpr *g)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB",
                                        "TiB", "PiB"};
    if (once(g, 6))
        buf_puts(g->out, once(g, 2) ? "1.5GB" : "0.25MiB");
    else
        buf_printf(g->out, "%u%s", below(g, g->edges ? 8000 : 900),
                   units[below(g, g->edges ? 11 : 9)]);
}

static void duration(GenExpr *g)
{
    static const char *const units[] = {"w", "d", "h", "m", "s", "ms"};
    uint32_t from = below(g, 5), parts = 1 + below(g, 3);
    if (g->edges && once(g, 8)) {
        buf_puts(g->out, once(g, 2) ? "15250284452w" : "0s");
        return;
    }
    for (uint32_t i = 0; i < parts && from + i < 5; i++)
        buf_printf(g->out, "%u%s", 1 + below(g, 50), units[from + i]);
    if (g->edges && once(g, 8))
        buf_puts(g->out, "7ms");
}

/* false: one at the edge of what a date may be. */
static bool date(GenExpr *g)
{
    static const char *const edges[] = {"2024-02-29", "1970-01-01", "1969-12-31", "2000-02-29",
                                        "1900-03-01", "9999-12-31", "0000-01-01", "2026-12-31"};
    if (g->edges && once(g, 4)) {
        buf_puts(g->out, edges[below(g, 8)]);
        return false;
    }
    buf_printf(g->out, "20%02u-%02u-%02u", 20 + below(g, 20), 1 + below(g, 12), 1 + below(g, 28));
    return true;
}

static void instant(GenExpr *g)
{
    static const char *const zones[] = {"Z", "+01:00", "-05:30", "+14:00", "Z"};
    bool moves = date(g);
    buf_printf(g->out, "T%02u:%02u%s", below(g, 24), below(g, 60), moves ? zones[below(g, 5)] : "Z");
}

/* The inside of a text: also what must be escaped, and letters of two bytes. */
static void text_piece(GenExpr *g)
{
    static const char *const pieces[] = {
        "web-01", "a", "", " and ", "Bakery Novak", "\\\"so\\\"", "C:\\\\tmp", "one\\ntwo",
        "\\t", "\\{x\\}", "\xc3\xa4\xc3\xb6\xc3\xbc", "\xe2\x82\xac 5", "*.example", "x?y", "db",
        "A/B", "%", "0", "web"};
    buf_puts(g->out, pieces[below(g, sizeof pieces / sizeof *pieces)]);
}

static void plain_text(GenExpr *g)
{
    buf_putc(g->out, '"');
    for (uint32_t n = below(g, 3); n-- > 0;)
        text_piece(g);
    buf_putc(g->out, '"');
}

/* A text of several lines, where lines may be broken. */
static void long_text(GenExpr *g)
{
    buf_puts(g->out, "\"\"\"\n");
    for (uint32_t n = 1 + below(g, 3); n-- > 0;) {
        buf_printf(g->out, "      %.*s", (int)below(g, 5), "    ");
        text_piece(g);
        buf_puts(g->out, "x\n");
    }
    buf_puts(g->out, "      \"\"\"");
}

void gen_literal(GenExpr *g, const GenType *t)
{
    switch (t->kind) {
    case G_BOOL: buf_puts(g->out, once(g, 2) ? "true" : "false"); break;
    case G_NUMBER: number(g); break;
    case G_PERCENT: buf_printf(g->out, "%u%s%%", below(g, 101), once(g, 5) ? ".5" : ""); break;
    case G_TEXT:
        if (!g->one_line && once(g, 24))
            long_text(g);
        else
            plain_text(g);
        break;
    case G_EMAIL: buf_printf(g->out, "\"u%u@example.org\"", below(g, 5)); break;
    case G_HOST: buf_printf(g->out, "\"h%u.example.org\"", below(g, 5)); break;
    case G_URL: buf_printf(g->out, "\"https://example.org/%u\"", below(g, 5)); break;
    case G_ONEOF: buf_printf(g->out, "\"%s\"", t->names[below(g, t->n)]); break;
    case G_SIZE: size(g); break;
    case G_DURATION: duration(g); break;
    case G_DATE: date(g); break;
    case G_TIME: buf_printf(g->out, "%02u:%02u", below(g, 24), below(g, 60)); break;
    case G_INSTANT: instant(g); break;
    case G_LEVEL: buf_printf(g->out, "L%u", below(g, 4)); break;
    case G_LIST:
        buf_putc(g->out, '[');
        for (uint32_t i = 0, n = 1 + below(g, 4); i < n; i++) {
            buf_puts(g->out, i == 0 ? "" : ", ");
            gen_literal(g, t->elem);
        }
        buf_putc(g->out, ']');
        break;
    case G_RECORD:
        buf_puts(g->out, "{ ");
        for (uint32_t i = 0; i < t->n; i++) {
            buf_printf(g->out, "%s%s = ", i == 0 ? "" : once(g, 2) ? ", " : " ", t->names[i]);
            gen_literal(g, t->fields[i]);
        }
        buf_puts(g->out, " }");
        break;
    }
}

/* --- names ----------------------------------------------------------------------- */

typedef struct Pick { const GenVar *v; uint32_t seen; } Pick;

static void consider(GenExpr *g, Pick *p, const GenVar *v, const GenType *t)
{
    if (v->type == t && gen_below(g->r, ++p->seen) == 0)
        p->v = v;
}

/* One of the names of that type, each as likely; NULL: there is none. */
static const GenVar *pick(GenExpr *g, const GenType *t)
{
    Pick p = {NULL, 0};
    for (uint32_t i = 0; i < g->n_vars; i++)
        consider(g, &p, &g->vars[i], t);
    for (uint32_t i = 0; i < g->n_locals; i++)
        consider(g, &p, &g->locals[i], t);
    return p.v;
}

/* Precedences, loosest first (language 3). */
enum { P_CHOICE, P_OR, P_AND, P_NOT, P_COMPARE, P_RANGE, P_WITHOUT, P_ADD, P_MUL, P_MINUS,
       P_PRIMARY };

static void any(GenExpr *g, const GenType *t, int depth, int least, bool wanted);

/* Opens a bracket where a form of precedence p may not stand bare, and now and
 * then where it could; close_form() is told. */
static bool open_form(GenExpr *g, int p, int least)
{
    bool brackets = p < least || once(g, 12);
    if (brackets)
        buf_putc(g->out, '(');
    return brackets;
}

static void close_form(GenExpr *g, bool brackets)
{
    if (brackets)
        buf_putc(g->out, ')');
}

static bool name(GenExpr *g, const GenType *t, int depth)
{
    const GenVar *v = pick(g, t);
    if (v == NULL)
        return false;
    if (v->absent == GEN_THERE || (v->absent == GEN_MAY_MISS_BARE && once(g, 10))) {
        buf_puts(g->out, v->name);
        return true;
    }
    buf_printf(g->out, "default(%s, ", v->name);
    any(g, t, depth - 2, P_CHOICE, true);
    buf_putc(g->out, ')');
    return true;
}

/* An address or a choice as a bare text is one only where its place says so
 * (language 10.11): elsewhere it must come from a name. */
bool gen_needs_name(const GenType *t)
{
    if (t->kind == G_LIST)
        return gen_needs_name(t->elem);
    return gen_is_text(t) && t->kind != G_TEXT;
}

static bool at_hand(GenExpr *g, const GenType *t)
{
    return !gen_needs_name(t) || pick(g, t) != NULL;
}

static void leaf(GenExpr *g, const GenType *t, bool wanted)
{
    if ((!once(g, 3) || (!wanted && gen_needs_name(t))) && name(g, t, 0))
        return;
    if (g->clock && (t->kind == G_INSTANT || t->kind == G_DATE) && once(g, 4))
        buf_puts(g->out, t->kind == G_DATE ? "today" : "now");
    else if (wanted && t->kind == G_LIST && once(g, 8))
        buf_puts(g->out, "[]");
    else
        gen_literal(g, t);
}

/* --- types for parts ----------------------------------------------------------------- */

static const GenType *some_of(GenExpr *g, uint32_t first, uint32_t n)
{
    const GenType *t;
    do
        t = &gen_types[first + below(g, n)];
    while (!at_hand(g, t));
    return t;
}

static const GenType *some_scalar(GenExpr *g)
{
    return some_of(g, 0, GEN_SCALARS);
}

static const GenType *some_list(GenExpr *g)
{
    if (once(g, 8))
        return some_of(g, LIST_OF_RECORD, 2);
    return some_of(g, FIRST_LIST, once(g, 5) ? GEN_SCALARS + 2 : GEN_SCALARS);
}

static const GenType *some_ordered(GenExpr *g)
{
    const GenType *t;
    do
        t = some_scalar(g);
    while (!gen_is_ordered(t));
    return t;
}

static const GenType *plain(GenKind k)
{
    return &gen_types[k];
}

static const GenType *list_of(GenKind k)
{
    return &gen_types[FIRST_LIST + k];
}

/* --- forms ------------------------------------------------------------------------ */

/* Does what was written from there on begin with a bare list or text? */
static bool bare(const Buf *b, size_t from)
{
    while (from < b->n && b->p[from] == '(')
        from++;
    return from < b->n && (b->p[from] == '[' || b->p[from] == '"');
}

/* Which place says what type its expression has: the right side of an equation
 * learns it from the left, unless that is a bare one itself. */
static void binary(GenExpr *g, int p, int least, const char *op, const GenType *a, const GenType *b,
                   int depth)
{
    bool brackets = open_form(g, p, least), equal = op[1] == '=';
    size_t left = g->out->n;
    any(g, a, depth - 1, p == P_COMPARE ? p + 1 : p, false);
    bool said = equal && !bare(g->out, left);
    buf_printf(g->out, " %s ", op);
    any(g, b, depth - 1, p + 1, said);
    close_form(g, brackets);
}

static void call(GenExpr *g, const char *f, const GenType *a, const GenType *b, int depth)
{
    buf_printf(g->out, "%s(", f);
    any(g, a, depth - 1, P_CHOICE, false);
    if (b != NULL) {
        buf_puts(g->out, ", ");
        any(g, b, depth - 1, P_CHOICE, false);
    }
    buf_putc(g->out, ')');
}

static void choice(GenExpr *g, const GenType *t, int depth, int least, bool wanted)
{
    bool brackets = open_form(g, P_CHOICE, least);
    buf_puts(g->out, "if ");
    any(g, plain(G_BOOL), depth - 1, P_OR, false);
    buf_puts(g->out, " then ");
    any(g, t, depth - 1, P_OR, wanted);
    buf_puts(g->out, " else ");
    any(g, t, depth - 1, P_CHOICE, wanted);
    close_form(g, brackets);
}

static void quantified(GenExpr *g, int depth, int least)
{
    enum { LOCALS = sizeof g->locals / sizeof *g->locals };
    if (g->n_locals == LOCALS) {
        leaf(g, plain(G_BOOL), false);
        return;
    }
    bool brackets = open_form(g, P_CHOICE, least);
    const GenType *list = once(g, 4) ? &gen_types[LIST_OF_RECORD + below(g, 2)] : some_list(g);
    GenVar v = {.type = list->elem};
    snprintf(v.name, sizeof v.name, "x%u", g->named++);
    buf_printf(g->out, "%s %s in ", once(g, 2) ? "every" : "some", v.name);
    any(g, list, depth - 1, P_OR, false);
    buf_puts(g->out, " satisfies ");
    g->locals[g->n_locals++] = v;
    any(g, plain(G_BOOL), depth - 1, P_CHOICE, false);
    g->n_locals--;
    close_form(g, brackets);
}

static void index_of(GenExpr *g, const GenType *elem, int depth)
{
    any(g, gen_list_of(elem), depth - 1, P_PRIMARY, false);
    if (once(g, 5)) {
        buf_putc(g->out, '[');
        any(g, plain(G_NUMBER), depth - 2, P_CHOICE, false);
        buf_putc(g->out, ']');
    } else {
        buf_printf(g->out, "[%u]", below(g, g->edges ? 4 : 2));
    }
}

/* A member of that type, where some record has one. */
static bool member(GenExpr *g, const GenType *t, int depth)
{
    uint32_t first = below(g, RECORDS_N);
    for (uint32_t n = 0; n < RECORDS_N; n++) {
        const GenType *record = &gen_types[RECORDS + (first + n) % RECORDS_N];
        for (uint32_t k = 0; k < record->n; k++) {
            if (record->fields[k] != t)
                continue;
            bool default_too = once(g, 5);
            buf_puts(g->out, default_too ? "default(" : "");
            any(g, record, depth - 1, P_PRIMARY, false);
            buf_printf(g->out, ".%s", record->names[k]);
            if (!default_too)
                return true;
            buf_puts(g->out, ", ");
            any(g, t, depth - 1, P_CHOICE, true);
            buf_putc(g->out, ')');
            return true;
        }
    }
    return false;
}

static void extreme(GenExpr *g, const GenType *t, int depth)
{
    uint32_t n = once(g, 2) ? 1 : 2 + below(g, 3);
    buf_puts(g->out, once(g, 2) ? "min(" : "max(");
    if (n == 1)
        any(g, gen_list_of(t), depth - 1, P_CHOICE, false);
    for (uint32_t i = 0; n > 1 && i < n; i++) {
        buf_puts(g->out, i == 0 ? "" : ", ");
        any(g, t, depth - 1, P_CHOICE, false);
    }
    buf_putc(g->out, ')');
}

/* Forms that every type has. */
static bool common(GenExpr *g, const GenType *t, int depth, int least, bool wanted)
{
    const GenType *list = gen_list_of(t);
    switch (below(g, 13)) {
    case 0: choice(g, t, depth, least, wanted); return true;
    case 12:
        if (gen_needs_name(t) || !once(g, 3))
            return false;
        call(g, "default", t, t, depth);
        return true;
    case 1: return member(g, t, depth);
    case 2:
        if (list == NULL || !at_hand(g, list))
            return false;
        index_of(g, t, depth);
        return true;
    case 3:
        if (list == NULL || !at_hand(g, list))
            return false;
        call(g, once(g, 2) ? "first" : "last", list, NULL, depth);
        return true;
    case 4:
        if (!gen_is_ordered(t))
            return false;
        extreme(g, t, depth);
        return true;
    case 5: case 6: return name(g, t, depth);
    default: return false;
    }
}

static void negative(GenExpr *g, const GenType *t, int depth, int least)
{
    bool brackets = open_form(g, P_MINUS, least);
    buf_putc(g->out, '-');
    any(g, t, depth - 1, P_MINUS, false);
    close_form(g, brackets);
}

static void comparison(GenExpr *g, int depth, int least)
{
    static const char *const equal[] = {"==", "!="}, *const order[] = {"<", "<=", ">", ">="};
    const GenType *t;
    if (once(g, 2)) {
        t = some_ordered(g);
        binary(g, P_COMPARE, least, order[below(g, 4)], t, t, depth);
        return;
    }
    do
        t = &gen_types[below(g, gen_types_n)];
    while (!at_hand(g, t));
    binary(g, P_COMPARE, least, equal[below(g, 2)], t, t, depth);
}

static void contained(GenExpr *g, int depth, int least)
{
    const GenType *list = some_list(g), *item = list->elem;
    if (once(g, 3))
        list = item = plain(G_TEXT);
    if (once(g, 2))
        binary(g, P_COMPARE, least, "in", item, list, depth);
    else
        binary(g, P_COMPARE, least, "contains", list, item, depth);
}

static void truth(GenExpr *g, int depth, int least)
{
    const GenType *b = plain(G_BOOL), *text = plain(G_TEXT);
    switch (below(g, 15)) {
    case 0: case 1: binary(g, P_AND, least, "and", b, b, depth); break;
    case 2: case 3: binary(g, P_OR, least, "or", b, b, depth); break;
    case 4: {
        bool brackets = open_form(g, P_NOT, least);
        buf_puts(g->out, "not ");
        any(g, b, depth - 1, P_NOT, false);
        close_form(g, brackets);
        break;
    }
    case 5: case 6: quantified(g, depth, least); break;
    case 7: contained(g, depth, least); break;
    case 8: call(g, once(g, 2) ? "any" : "all", list_of(G_BOOL), NULL, depth); break;
    case 9: call(g, once(g, 2) ? "starts_with" : "ends_with", text, text, depth); break;
    case 10: call(g, "matches", text, text, depth); break;
    default: comparison(g, depth, least); break;
    }
}

static void arithmetic(GenExpr *g, int depth, int least)
{
    const GenType *n = plain(G_NUMBER), *p = plain(G_PERCENT);
    switch (below(g, 14)) {
    case 0: case 1: binary(g, P_ADD, least, "+", n, n, depth); break;
    case 2: case 3: binary(g, P_ADD, least, "-", n, n, depth); break;
    case 4: case 5: binary(g, P_MUL, least, "*", n, n, depth); break;
    case 6: case 7: binary(g, P_MUL, least, "/", n, n, depth); break;
    case 8: negative(g, n, depth, least); break;
    case 9: call(g, "count", some_list(g), NULL, depth); break;
    case 10: call(g, "sum", list_of(G_NUMBER), NULL, depth); break;
    case 11:
        buf_puts(g->out, "round(");
        any(g, n, depth - 1, P_CHOICE, false);
        if (once(g, 2))
            buf_printf(g->out, ", %u", below(g, g->edges ? 20 : 4));
        buf_putc(g->out, ')');
        break;
    case 12:
        if (once(g, 2))
            binary(g, P_MUL, least, "*", n, p, depth);
        else
            binary(g, P_MUL, least, "*", p, n, depth);
        break;
    default:
        p = plain(once(g, 2) ? G_DURATION : G_SIZE);
        binary(g, P_MUL, least, "/", p, p, depth);
        break;
    }
}

/* A size or a duration, t: what numbers do to it. */
static void amount(GenExpr *g, const GenType *t, int depth, int least)
{
    const GenType *n = plain(once(g, 3) ? G_PERCENT : G_NUMBER);
    switch (below(g, 9)) {
    case 0: case 1: binary(g, P_ADD, least, "+", t, t, depth); break;
    case 2: case 3: binary(g, P_ADD, least, "-", t, t, depth); break;
    case 4: binary(g, P_MUL, least, "*", t, n, depth); break;
    case 5: binary(g, P_MUL, least, "*", n, t, depth); break;
    case 6: binary(g, P_MUL, least, "/", t, plain(G_NUMBER), depth); break;
    case 7: negative(g, t, depth, least); break;
    default:
        if (t->kind == G_DURATION && once(g, 2)) {
            const GenType *d = plain(once(g, 2) ? G_DATE : G_INSTANT);
            binary(g, P_ADD, least, "-", d, d, depth);
        } else {
            call(g, "sum", gen_list_of(t), NULL, depth);
        }
        break;
    }
}

static void moment(GenExpr *g, const GenType *t, int depth, int least)
{
    binary(g, P_ADD, least, once(g, 2) ? "+" : "-", t, plain(G_DURATION), depth);
}

/* A text with values in it; of several lines, where lines may be broken. */
static void joined(GenExpr *g, int depth)
{
    bool was = g->one_line, lines = !was && once(g, 8);
    g->one_line = true;
    buf_puts(g->out, lines ? "\"\"\"" : "\"");
    for (uint32_t n = 1 + below(g, 3); n-- > 0;) {
        if (lines && !once(g, 4))
            buf_printf(g->out, "\n    %.*s", (int)below(g, 5), "    ");
        const GenType *t;
        do
            t = some_of(g, 0, FIRST_LIST + GEN_SCALARS);
        while (!gen_has_form(t));
        text_piece(g);
        buf_putc(g->out, '{');
        buf_puts(g->out, once(g, 4) ? " " : "");
        any(g, t, depth - 2, P_CHOICE, false);
        buf_puts(g->out, once(g, 4) ? " }" : "}");
    }
    text_piece(g);
    buf_puts(g->out, !lines ? "\"" : once(g, 2) ? "\n      \"\"\"" : "\"\"\"");
    g->one_line = was;
}

static void text(GenExpr *g, int depth, int least)
{
    const GenType *t = plain(G_TEXT);
    switch (below(g, 5)) {
    case 0: binary(g, P_ADD, least, "+", t, t, depth); break;
    case 1: call(g, once(g, 2) ? "lower" : "upper", t, NULL, depth); break;
    case 2: case 3: joined(g, depth); break;
    default: leaf(g, t, false); break;
    }
}

static void list(GenExpr *g, const GenType *t, int depth, int least, bool wanted)
{
    switch (below(g, 6)) {
    case 0:
        binary(g, P_ADD, least, "+", t, t, depth);
        break;
    case 1:
        binary(g, P_WITHOUT, least, "without", t, once(g, 2) ? t : t->elem, depth);
        break;
    case 2: case 3:
        buf_putc(g->out, '[');
        for (uint32_t i = 0, n = 1 + below(g, 3); i < n; i++) {
            buf_puts(g->out, i == 0 ? "" : ", ");
            any(g, t->elem, depth - 1, P_CHOICE, wanted);
        }
        buf_puts(g->out, once(g, 6) ? ",]" : "]");
        break;
    default: leaf(g, t, wanted); break;
    }
}

static void record(GenExpr *g, const GenType *t, int depth)
{
    buf_puts(g->out, "{ ");
    for (uint32_t i = 0; i < t->n; i++) {
        buf_printf(g->out, "%s%s = ", i == 0 ? "" : once(g, 2) ? ", " : " ", t->names[i]);
        any(g, t->fields[i], depth - 1, P_CHOICE, false);
    }
    buf_puts(g->out, " }");
}

static void own_form(GenExpr *g, const GenType *t, int depth, int least, bool wanted)
{
    switch (t->kind) {
    case G_BOOL: truth(g, depth, least); break;
    case G_NUMBER: arithmetic(g, depth, least); break;
    case G_SIZE: case G_DURATION: amount(g, t, depth, least); break;
    case G_DATE: case G_INSTANT: moment(g, t, depth, least); break;
    case G_TEXT: text(g, depth, least); break;
    case G_LIST: list(g, t, depth, least, wanted); break;
    case G_RECORD: record(g, t, depth); break;
    case G_PERCENT:
        if (once(g, 3))
            negative(g, t, depth, least);
        else
            binary(g, P_ADD, least, once(g, 2) ? "+" : "-", t, t, depth);
        break;
    default: leaf(g, t, wanted); break;
    }
}

/* Recursion ends with depth. */
static void any(GenExpr *g, const GenType *t, int depth, int least, bool wanted)
{
    if (depth <= 0)
        leaf(g, t, wanted);
    else if (!common(g, t, depth, least, wanted))
        own_form(g, t, depth, least, wanted);
}

void gen_expr(GenExpr *g, const GenType *t, int depth, bool wanted)
{
    g->n_locals = g->named = 0;
    any(g, t, depth, P_CHOICE, wanted);
}
