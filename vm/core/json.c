/* Owns: JSON text, read into a tree and written. Must not know: types and
 * values of the language (json_value.c). */
#include "vm/core/json.h"

#include <stdlib.h>
#include <string.h>

#include "vm/os/limits.h"

typedef struct Reader {
    const char *start, *p, *end;
    Arena *arena;
    Buf *why;
    bool failed;
} Reader;

/* Line and column (in scalars) are counted only when something is wrong. */
static void fail_at(Reader *r, const char *at, const char *what)
{
    unsigned line = 1, column = 1;
    if (r->failed)
        return;
    r->failed = true;
    for (const char *p = r->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    if (r->why != NULL)
        buf_printf(r->why, "line %u, column %u: %s", line, column, what);
}

static void *take(Reader *r, size_t n)
{
    void *p = arena_alloc(r->arena, n);
    if (p == NULL)
        fail_at(r, r->p, "there is no memory left for this text");
    return p;
}

static void skip_blanks(Reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' ||
                             *r->p == '\r'))
        r->p++;
}

static bool at_char(Reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool hex4(Reader *r, unsigned *out)
{
    unsigned v = 0;
    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->p++;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        v = v * 16 + digit;
    }
    *out = v;
    return true;
}

static char *put_utf8(char *w, unsigned c)
{
    if (c < 0x80) {
        *w++ = (char)c;
        return w;
    }
    if (c >= 0x10000) {
        *w++ = (char)(0xf0 | c >> 18);
        *w++ = (char)(0x80 | (c >> 12 & 0x3f));
    } else if (c >= 0x800) {
        *w++ = (char)(0xe0 | c >> 12);
    }
    if (c >= 0x800)
        *w++ = (char)(0x80 | (c >> 6 & 0x3f));
    else
        *w++ = (char)(0xc0 | c >> 6);
    *w++ = (char)(0x80 | (c & 0x3f));
    return w;
}

/* Behind `\u`. Pairs make one scalar; halves alone, and NUL, are refused. */
static char *escape_u(Reader *r, const char *at, char *w)
{
    unsigned c, low;
    if (!hex4(r, &c)) {
        fail_at(r, at, "\\u needs four hexadecimal digits");
        return NULL;
    }
    if (c >= 0xd800 && c <= 0xdbff) {
        if (!at_char(r, '\\') || !at_char(r, 'u') || !hex4(r, &low) ||
            low < 0xdc00 || low > 0xdfff) {
            fail_at(r, at, "this half of a surrogate pair stands alone");
            return NULL;
        }
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c <= 0xdfff) {
        fail_at(r, at, "this half of a surrogate pair stands alone");
        return NULL;
    }
    if (c == 0) {
        fail_at(r, at, "a text may not hold the character NUL");
        return NULL;
    }
    return put_utf8(w, c);
}

static char *escape(Reader *r, char *w)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = r->p - 1;
    char c = r->p < r->end ? *r->p++ : '\0';
    if (c == 'u')
        return escape_u(r, at, w);
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL) {
        fail_at(r, at, "there is no such escape in JSON");
        return NULL;
    }
    *w++ = to[found - from];
    return w;
}

/* Behind the opening quote. A decoded text is never longer than its source. */
static bool read_text(Reader *r, Str *out)
{
    const char *open = r->p - 1, *q = r->p;
    while (q < r->end && *q != '"')
        q += *q == '\\' && q + 1 < r->end ? 2 : 1;
    if (q >= r->end) {
        fail_at(r, open, "this text has no closing quote");
        return false;
    }
    char *text = take(r, (size_t)(q - r->p) + 1), *w = text;
    if (text == NULL)
        return false;
    while (*r->p != '"') {
        unsigned char c = (unsigned char)*r->p++;
        if (c == '\\') {
            w = escape(r, w);
            if (w == NULL)
                return false;
        } else if (c < 0x20) {
            fail_at(r, r->p - 1, "a control character must be written as an escape");
            return false;
        } else {
            *w++ = (char)c;
        }
    }
    r->p++;
    *out = (Str){text, (size_t)(w - text)};
    if (!text_ok(*out)) {
        fail_at(r, open, "this text is not valid UTF-8");
        return false;
    }
    return true;
}

static bool skip_digits(Reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

static bool read_number(Reader *r, Str *out)
{
    const char *from = r->p;
    at_char(r, '-');
    bool zero = r->p < r->end && *r->p == '0', ok = skip_digits(r);
    if (zero && r->p - from > 1 + (*from == '-'))
        ok = false; /* 007 is no number in JSON */
    if (ok && at_char(r, '.'))
        ok = skip_digits(r);
    if (ok && r->p < r->end && (*r->p | 32) == 'e') {
        r->p++;
        if (!at_char(r, '+'))
            at_char(r, '-');
        ok = skip_digits(r);
    }
    if (!ok) {
        fail_at(r, from, "this is not a number as JSON writes them");
        return false;
    }
    size_t n = (size_t)(r->p - from);
    char *text = take(r, n);
    if (text == NULL)
        return false;
    memcpy(text, from, n);
    *out = (Str){text, n};
    return true;
}

static bool read_word(Reader *r, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

/* A value's first character decides. Containers are left open. */
static bool read_value(Reader *r, Json *j)
{
    char c = r->p < r->end ? *r->p : '\0';
    if (c == '"') {
        r->p++;
        j->kind = J_TEXT;
        return read_text(r, &j->text);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        j->kind = J_NUMBER;
        return read_number(r, &j->text);
    }
    if (c == '{' || c == '[') {
        r->p++;
        j->kind = c == '{' ? J_OBJECT : J_ARRAY;
        return true;
    }
    j->kind = read_word(r, "true") ? J_TRUE
              : read_word(r, "false") ? J_FALSE
                                      : J_NULL;
    if (j->kind == J_NULL && !read_word(r, "null")) {
        fail_at(r, r->p, r->p == r->end
                             ? "the text ends where a value should stand"
                             : "no JSON value begins like this");
        return false;
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    const Json *const *x = a, *const *y = b;
    return str_cmp((*x)->key, (*y)->key);
}

/* Sorting finds doubles in n log n, also among a hundred thousand members. */
static bool keys_differ(Reader *r, const Json *object)
{
    if (object->count < 2)
        return true;
    const Json **all = take(r, object->count * sizeof *all);
    if (all == NULL)
        return false;
    uint32_t n = 0;
    for (const Json *m = object->child; m != NULL; m = m->next)
        all[n++] = m;
    qsort(all, n, sizeof *all, by_key);
    for (uint32_t i = 1; i < n; i++) {
        if (str_eq(all[i - 1]->key, all[i]->key)) {
            fail_at(r, r->p, "an object names one of its members twice");
            return false;
        }
    }
    return true;
}

typedef struct Open {
    Json *node, *last;
} Open;

/* One more item or member of the open container: key, colon, place. */
static Json *add_item(Reader *r, Open *o)
{
    Json *item = take(r, sizeof *item);
    if (item == NULL)
        return NULL;
    if (o->node->kind == J_OBJECT) {
        if (!at_char(r, '"')) {
            fail_at(r, r->p, "a member's name in quotes should stand here");
            return NULL;
        }
        if (!read_text(r, &item->key))
            return NULL;
        skip_blanks(r);
        if (!at_char(r, ':')) {
            fail_at(r, r->p, "a colon should stand after a member's name");
            return NULL;
        }
        skip_blanks(r);
    }
    if (o->last == NULL)
        o->node->child = item;
    else
        o->last->next = item;
    o->last = item;
    o->node->count++;
    return item;
}

static bool is_container(const Json *j)
{
    return j->kind == J_ARRAY || j->kind == J_OBJECT;
}

/* Closes what ends here. true: the innermost container goes on. */
static bool close_or_comma(Reader *r, Open *open, int *depth)
{
    while (*depth > 0) {
        Open *o = &open[*depth - 1];
        skip_blanks(r);
        if (at_char(r, o->node->kind == J_OBJECT ? '}' : ']')) {
            if (o->node->kind == J_OBJECT && !keys_differ(r, o->node))
                return false;
            (*depth)--;
            continue;
        }
        if (o->last != NULL && !at_char(r, ',')) {
            fail_at(r, r->p, o->node->kind == J_OBJECT
                                 ? "a comma or } should stand here"
                                 : "a comma or ] should stand here");
            return false;
        }
        skip_blanks(r);
        return true;
    }
    return false;
}

const Json *json_parse(Str bytes, Arena *arena, Buf *why)
{
    const char *p = bytes.n == 0 ? "" : bytes.p;
    Reader r = {p, p, p + bytes.n, arena, why, false};
    Open open[LIM_JSON_DEPTH];
    int depth = 0;
    Json *root = take(&r, sizeof *root), *at = root;
    skip_blanks(&r);
    while (at != NULL && read_value(&r, at)) {
        if (is_container(at)) {
            if (depth == LIM_JSON_DEPTH) {
                fail_at(&r, r.p - 1, "this is nested deeper than gate reads");
                return NULL;
            }
            open[depth++] = (Open){at, NULL};
        }
        if (!close_or_comma(&r, open, &depth))
            break;
        at = add_item(&r, &open[depth - 1]);
    }
    if (!r.failed) {
        skip_blanks(&r);
        if (r.p != r.end)
            fail_at(&r, r.p, "something stands behind the end of the value");
    }
    return r.failed ? NULL : root;
}

const Json *json_get(const Json *object, const char *key)
{
    if (object == NULL || object->kind != J_OBJECT)
        return NULL;
    const Json *m = object->child;
    while (m != NULL && !str_is(m->key, key))
        m = m->next;
    return m;
}

Str json_text(const Json *object, const char *key)
{
    const Json *m = json_get(object, key);
    return m != NULL && m->kind == J_TEXT ? m->text : (Str){NULL, 0};
}

bool json_number(const Json *node, Value *out)
{
    if (node == NULL || node->kind != J_NUMBER)
        return false;
    Str s = node->text;
    size_t n = 0;
    while (n < s.n && (s.p[n] | 32) != 'e')
        n++;
    if (!num_parse((Str){s.p, n}, out))
        return false;
    if (n == s.n)
        return true;
    int exponent = 0;
    bool minus = s.p[n + 1] == '-';
    for (size_t i = n + 1; i < s.n; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9' && exponent < 1000)
            exponent = exponent * 10 + (s.p[i] - '0');
    return num_make(out->u.i, out->scale - (minus ? -exponent : exponent), out);
}

bool json_int(const Json *node, int64_t *out)
{
    Value v;
    return json_number(node, &v) && num_to_int(v, out);
}

/* RFC 8785 section 3.2.2.2. */
void json_put_text(Buf *out, Str s)
{
    static const char hex[] = "0123456789abcdef";
    size_t from = 0;
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(out, s.p + from, i - from);
        from = i + 1;
        buf_putc(out, '\\');
        switch (c) {
        case '"':
        case '\\': buf_putc(out, (char)c); break;
        case '\b': buf_putc(out, 'b'); break;
        case '\t': buf_putc(out, 't'); break;
        case '\n': buf_putc(out, 'n'); break;
        case '\f': buf_putc(out, 'f'); break;
        case '\r': buf_putc(out, 'r'); break;
        default:
            buf_puts(out, "u00");
            buf_putc(out, hex[c >> 4]);
            buf_putc(out, hex[c & 15]);
        }
    }
    if (from < s.n) /* an empty text may have no bytes to point at */
        buf_put(out, s.p + from, s.n - from);
    buf_putc(out, '"');
}

void json_put_int(Buf *out, int64_t i)
{
    num_print(val_int(i), out);
}
