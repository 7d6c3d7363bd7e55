/* Owns: values of the language as JSON and as inputs, by their type. Must not
 * know: JSON's grammar (json.c), where values come from. */
#include "vm/core/json.h"

#include <string.h>

#include "vm/core/builtin.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

static const ProgType *type_of(const Program *p, uint32_t type)
{
    static const ProgType nothing = {.kind = TK_NOTHING, .elem = PROG_NONE};
    return type < p->n_types ? &p->types[type] : &nothing;
}

/* --- writing --------------------------------------------------------------- */

/* ISO 8601, without years and months, which have no fixed length. */
static void put_duration(Buf *out, int64_t ms)
{
    static const struct {
        int64_t ms;
        char unit;
    } units[] = {{86400000, 'D'}, {3600000, 'H'}, {60000, 'M'}};
    uint64_t m = ms < 0 ? (uint64_t)0 - (uint64_t)ms : (uint64_t)ms;
    bool time = false;
    buf_puts(out, ms < 0 ? "\"-P" : "\"P");
    for (int u = 0; u < 3; u++) {
        uint64_t n = m / (uint64_t)units[u].ms;
        m %= (uint64_t)units[u].ms;
        if (n == 0)
            continue;
        if (u > 0 && !time)
            buf_putc(out, 'T');
        time = time || u > 0;
        buf_printf(out, "%llu%c", (unsigned long long)n, units[u].unit);
    }
    if (m > 0 || ms == 0) {
        Value seconds;
        if (!time)
            buf_putc(out, 'T');
        /* Below a minute: always fits. */
        if (num_make((int64_t)m, 3, &seconds))
            num_print(seconds, out);
        buf_putc(out, 'S');
    }
    buf_putc(out, '"');
}

static void put_value(Buf *out, const Program *p, uint32_t type, Value v,
                      int depth);

static void put_list(Buf *out, const Program *p, uint32_t elem, Value v,
                     int depth)
{
    buf_putc(out, '[');
    for (uint32_t i = 0; i < v.len; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_value(out, p, elem, v.u.items[i], depth + 1);
    }
    buf_putc(out, ']');
}

static void put_record(Buf *out, const Program *p, const ProgType *t, Value v,
                       int depth)
{
    buf_putc(out, '{');
    for (uint32_t i = 0; i < v.len && i < t->fields_count; i++) {
        const ProgField *f = &p->fields[t->fields_first + i];
        if (i > 0)
            buf_putc(out, ',');
        json_put_text(out, prog_str(p, f->name));
        buf_putc(out, ':');
        put_value(out, p, f->type, v.u.items[i], depth + 1);
    }
    buf_putc(out, '}');
}

static void put_value(Buf *out, const Program *p, uint32_t type, Value v,
                      int depth)
{
    const ProgType *t = type_of(p, type);
    char form[VAL_FORM_SIZE];
    if (depth > LIM_JSON_DEPTH) {
        buf_puts(out, "null");
        return;
    }
    switch (v.tag) {
    case V_ABSENT: buf_puts(out, "null"); break;
    case V_UNKNOWN: buf_puts(out, "{\"unknown\":true}"); break;
    case V_BOOL: buf_puts(out, v.u.i != 0 ? "true" : "false"); break;
    case V_NUMBER:
    case V_PERCENT: num_print(v, out); break;
    case V_SIZE: json_put_int(out, v.u.i); break;
    case V_TEXT: json_put_text(out, val_str(v)); break;
    case V_DURATION: put_duration(out, v.u.i); break;
    case V_LIST: put_list(out, p, t->elem, v, depth); break;
    case V_RECORD: put_record(out, p, t, v, depth); break;
    default: json_put_text(out, (Str){form, val_form(v, form)});
    }
}

void json_put_value(Buf *out, const Program *p, uint32_t type, Value v)
{
    put_value(out, p, type, v, 0);
}

/* --- reading --------------------------------------------------------------- */

static bool iso_duration(Str s, int64_t *ms)
{
    static const struct {
        char unit;
        bool time;
        int64_t ms;
    } units[] = {{'W', false, 604800000}, {'D', false, 86400000},
                 {'H', true, 3600000},    {'M', true, 60000},
                 {'S', true, 1000}};
    size_t i = 0, next = 0;
    bool minus = s.n > 0 && s.p[0] == '-', time = false, any = false;
    int64_t sum = 0;
    i += minus;
    if (i == s.n || s.p[i++] != 'P')
        return false;
    while (i < s.n) {
        if (s.p[i] == 'T' && !time) {
            time = true;
            any = false;
            i++;
            continue;
        }
        size_t from = i;
        while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '.'))
            i++;
        if (i == s.n)
            return false;
        while (next < 5 &&
               (units[next].unit != s.p[i] || units[next].time != time))
            next++;
        Value n;
        int64_t part;
        if (next == 5 || !num_parse((Str){s.p + from, i - from}, &n) ||
            !num_scale(units[next].ms, n, &part) ||
            sum > INT64_MAX - part)
            return false;
        sum += part;
        any = true;
        next++;
        i++;
    }
    *ms = minus ? -sum : sum;
    return any;
}

/* A literal of the language for every kind that is no text. */
static bool literal(Str s, TypeKind kind, Value *out)
{
    int64_t i = 0;
    bool ok = false;
    switch (kind) {
    case TK_BOOL:
        i = str_is(s, "true");
        ok = i != 0 || str_is(s, "false");
        break;
    case TK_NUMBER: return num_parse(s, out);
    case TK_PERCENT:
        ok = s.n > 0 && s.p[s.n - 1] == '%' &&
             num_parse((Str){s.p, s.n - 1}, out);
        out->tag = V_PERCENT;
        return ok;
    case TK_SIZE: ok = lit_size(s, &i); break;
    case TK_DURATION: ok = lit_duration(s, &i) || iso_duration(s, &i); break;
    case TK_DATE: ok = lit_date(s, &i); break;
    case TK_TIME: ok = lit_time(s, &i); break;
    case TK_INSTANT: ok = lit_instant(s, &i); break;
    case TK_LEVEL:
        ok = s.n == 2 && s.p[0] == 'L' && s.p[1] >= '0' && s.p[1] <= '3';
        i = ok ? s.p[1] - '0' : 0;
        break;
    default: return false;
    }
    *out = val_make(kind_tag(kind), i);
    return ok;
}

/* How a kind is written, for a sentence that names the way out. */
static const char *example(TypeKind kind)
{
    switch (kind) {
    case TK_BOOL: return "true or false";
    case TK_NUMBER: return "a number such as 12 or 1.5";
    case TK_PERCENT: return "a percentage such as 10%";
    case TK_SIZE: return "a size such as 50GB or 10MiB";
    case TK_DURATION: return "a duration such as 1h30m";
    case TK_DATE: return "a date such as 2026-12-24";
    case TK_TIME: return "a time such as 08:00";
    case TK_INSTANT: return "an instant such as 2026-11-24T18:05Z";
    case TK_LEVEL: return "a level from L0 to L3";
    case TK_EMAIL: return "an email address such as ann@example.org";
    case TK_HOST: return "a host name such as www.example.org";
    case TK_URL: return "a URL such as https://example.org/x";
    case TK_LIST: return "a list such as [\"a\", \"b\"]";
    case TK_RECORD: return "an object with the members of its type";
    case TK_SECRET: return "nothing: a secret is never written down";
    default: return "a text";
    }
}

typedef struct Build {
    const Program *p;
    Arena *arena;
    Buf *why;
    Str names[LIM_JSON_DEPTH];
    uint32_t items[LIM_JSON_DEPTH];
    int depth;
} Build;

/* "users[3].address: " in front of what is wrong. */
static bool wrong(Build *b, const char *what, Str is)
{
    if (b->why == NULL)
        return false;
    for (int i = 0; i < b->depth; i++) {
        if (b->names[i].p == NULL)
            buf_printf(b->why, "item %u", b->items[i] + 1);
        else
            buf_str(b->why, b->names[i]);
        buf_puts(b->why, i + 1 < b->depth ? ", " : ": ");
    }
    enum { SHOWN = 40 };
    buf_puts(b->why, what);
    if (is.p != NULL)
        buf_printf(b->why, ", not `%.*s%s`", (int)(is.n < SHOWN ? is.n : SHOWN),
                   is.p, is.n < SHOWN ? "" : "...");
    return false;
}

static bool expected(Build *b, TypeKind kind, Str is)
{
    char what[96] = "this should be ";
    strncat(what, example(kind), sizeof what - strlen(what) - 1);
    return wrong(b, what, is);
}

static bool one_of(Build *b, const ProgType *t, Str s)
{
    for (uint32_t i = 0; i < t->fields_count; i++)
        if (str_eq(s, prog_str(b->p, b->p->fields[t->fields_first + i].name)))
            return true;
    wrong(b, "this should be one of", (Str){NULL, 0});
    for (uint32_t i = 0; i < t->fields_count && b->why != NULL; i++) {
        Str name = prog_str(b->p, b->p->fields[t->fields_first + i].name);
        buf_printf(b->why, "%s \"%.*s\"", i == 0 ? "" : ",", STR_ARG(name));
    }
    return false;
}

static bool text_value(Build *b, const ProgType *t, Str s, Value *out)
{
    if (s.n > LIM_TEXT_BYTES)
        return wrong(b, "this text is longer than gate takes", (Str){NULL, 0});
    if (!text_ok(s))
        return wrong(b, "this text is not valid UTF-8", (Str){NULL, 0});
    if (t->kind == TK_ONEOF && !one_of(b, t, s))
        return false;
    if (!text_fits_kind(s, (TypeKind)t->kind))
        return expected(b, (TypeKind)t->kind, s);
    Str kept = arena_str(b->arena, s);
    if (kept.p == NULL)
        return wrong(b, "there is no memory left for this", (Str){NULL, 0});
    *out = val_text(kept);
    return true;
}

static bool value(Build *b, const Json *j, uint32_t type, Value *out);

/* Goes one level into j: a member (name) or an item (name {NULL, 0}). */
static bool inner(Build *b, const Json *j, Str name, uint32_t item,
                  uint32_t type, Value *out)
{
    if (b->depth == LIM_JSON_DEPTH)
        return wrong(b, "this is nested deeper than gate reads", (Str){NULL, 0});
    b->names[b->depth] = name;
    b->items[b->depth++] = item;
    if (!value(b, j, type, out))
        return false;
    b->depth--;
    return true;
}

static bool list_value(Build *b, const Json *j, const ProgType *t, Value *out)
{
    if (j->count > LIM_LIST_ITEMS)
        return wrong(b, "this list is longer than gate takes", (Str){NULL, 0});
    Value *items = arena_array(b->arena, sizeof *items, j->count);
    if (items == NULL)
        return wrong(b, "there is no memory left for this", (Str){NULL, 0});
    uint32_t n = 0;
    for (const Json *i = j->child; i != NULL; i = i->next, n++)
        if (!inner(b, i, (Str){NULL, 0}, n, t->elem, &items[n]))
            return false;
    *out = (Value){.tag = V_LIST, .len = n, .u.items = items};
    return true;
}

static uint32_t field_named(const Program *p, const ProgType *t, Str name)
{
    uint32_t i = 0;
    while (i < t->fields_count &&
           !str_eq(name, prog_str(p, p->fields[t->fields_first + i].name)))
        i++;
    return i;
}

static bool record_value(Build *b, const Json *j, const ProgType *t, Value *out)
{
    Value *items = arena_array(b->arena, sizeof *items, t->fields_count);
    if (items == NULL)
        return wrong(b, "there is no memory left for this", (Str){NULL, 0});
    for (const Json *m = j->child; m != NULL; m = m->next) {
        uint32_t i = field_named(b->p, t, m->key);
        if (i == t->fields_count)
            return wrong(b, "there is no member of that name", m->key);
        if (!inner(b, m, m->key, 0, b->p->fields[t->fields_first + i].type,
                   &items[i]))
            return false;
    }
    /* Members that were not given are absent: arena memory is zeroed, and
     * V_ABSENT is 0. */
    *out = (Value){.tag = V_RECORD, .len = t->fields_count, .u.items = items};
    return true;
}

static bool is_unknown(const Json *j)
{
    return j->kind == J_OBJECT && j->count == 1 &&
           str_is(j->child->key, "unknown") && j->child->kind == J_TRUE;
}

static bool value(Build *b, const Json *j, uint32_t type, Value *out)
{
    const ProgType *t = type_of(b->p, type);
    TypeKind kind = (TypeKind)t->kind;
    Str shown = j->text;
    *out = (Value){.tag = V_ABSENT};
    if (j->kind == J_NULL)
        return true;
    if (is_unknown(j)) {
        out->tag = V_UNKNOWN;
        return true;
    }
    if (kind == TK_SECRET)
        return expected(b, kind, (Str){NULL, 0});
    if (j->kind == J_TEXT && kind_is_text(kind))
        return text_value(b, t, j->text, out);
    if (j->kind == J_ARRAY && kind == TK_LIST)
        return list_value(b, j, t, out);
    if (j->kind == J_OBJECT && kind == TK_RECORD)
        return record_value(b, j, t, out);
    if (j->kind == J_TRUE || j->kind == J_FALSE) {
        *out = val_bool(j->kind == J_TRUE);
        shown = out->u.i != 0 ? STR("true") : STR("false");
        return kind == TK_BOOL || expected(b, kind, shown);
    }
    if (j->kind == J_TEXT && literal(j->text, kind, out))
        return true;
    if (j->kind == J_NUMBER && json_number(j, out)) {
        if (kind == TK_PERCENT)
            out->tag = V_PERCENT;
        if (kind == TK_NUMBER || kind == TK_PERCENT)
            return true;
        int64_t bytes;
        if (kind == TK_SIZE && num_to_int(*out, &bytes)) {
            *out = val_make(V_SIZE, bytes);
            return true;
        }
    }
    return expected(b, kind, shown);
}

bool json_to_value(const Json *j, const Program *p, uint32_t type, Arena *arena,
                   Value *out, Buf *why)
{
    Build b = {.p = p, .arena = arena, .why = why};
    return value(&b, j, type, out);
}

bool text_to_value(Str text, const Program *p, uint32_t type, Arena *arena,
                   Value *out, Buf *why)
{
    Build b = {.p = p, .arena = arena, .why = why};
    const ProgType *t = type_of(p, type);
    TypeKind kind = (TypeKind)t->kind;
    if (kind_is_text(kind))
        return text_value(&b, t, text, out);
    if (kind == TK_LIST || kind == TK_RECORD) {
        const Json *j = json_parse(text, arena, why);
        return j != NULL && value(&b, j, type, out);
    }
    return literal(text, kind, out) || expected(&b, kind, text);
}
