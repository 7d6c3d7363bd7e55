/* Owns: how things look on a terminal. Must not know: what they mean. */
#include "vm/cli/cli.h"

#include <string.h>
#include <utf8proc.h>

/* Characters that are not what they look like: they move other characters, or
 * take no room (Unicode TR36, TR39; the `Trojan Source` set among them). */
static bool misleads(utf8proc_int32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return true;
    utf8proc_category_t cat = utf8proc_category(c);
    return cat == UTF8PROC_CATEGORY_CF || cat == UTF8PROC_CATEGORY_ZL ||
           cat == UTF8PROC_CATEGORY_ZP || cat == UTF8PROC_CATEGORY_CO ||
           cat == UTF8PROC_CATEGORY_CN;
}

void text_visible(Buf *out, Str s, bool lines)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p;
    size_t at = 0;
    while (at < s.n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate(p + at, (utf8proc_ssize_t)(s.n - at), &c);
        if (n <= 0) {
            buf_printf(out, "\\x{%02x}", p[at++]);
            continue;
        }
        if (c == '\n' && lines)
            buf_putc(out, '\n');
        else if (c == '\n')
            buf_puts(out, "\\n");
        else if (c == '\t')
            buf_puts(out, lines ? "    " : "\\t");
        else if (misleads(c))
            buf_printf(out, "\\u{%04x}", (unsigned)c);
        else
            buf_put(out, p + at, (size_t)n);
        at += (size_t)n;
    }
}

static void quoted(Buf *out, Str s)
{
    Buf safe = {0};
    text_visible(&safe, s, false);
    buf_putc(out, '"');
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == '"')
            buf_putc(out, '\\');
        buf_putc(out, safe.p[i]);
    }
    buf_putc(out, '"');
    buf_free(&safe);
}

static void leaf(Buf *out, const Json *j)
{
    switch (j->kind) {
    case J_NULL: buf_puts(out, "none"); break;
    case J_FALSE: buf_puts(out, "false"); break;
    case J_TRUE: buf_puts(out, "true"); break;
    case J_NUMBER: buf_str(out, j->text); break;
    case J_TEXT: quoted(out, j->text); break;
    case J_ARRAY: buf_puts(out, "[]"); break;
    case J_OBJECT: buf_puts(out, "{}"); break;
    }
}

static bool is_unknown(const Json *j)
{
    const Json *u = j->kind == J_OBJECT ? json_get(j, "unknown") : NULL;
    return u != NULL && u->kind == J_TRUE;
}

void text_value(Buf *out, const Json *root)
{
    const Json *open[LIM_JSON_DEPTH + 1];
    size_t depth = 0;
    const Json *j = root;
    for (;;) {
        if (depth > 0 && open[depth - 1]->kind == J_OBJECT) {
            text_visible(out, j->key, false);
            buf_puts(out, " = ");
        }
        if (is_unknown(j)) {
            buf_puts(out, "(not known yet)");
        } else if (j->child != NULL && depth < LIM_JSON_DEPTH) {
            buf_puts(out, j->kind == J_ARRAY ? "[" : "{ ");
            open[depth++] = j;
            j = j->child;
            continue;
        } else {
            leaf(out, j);
        }
        while (depth > 0 && j->next == NULL) {
            j = open[--depth];
            buf_puts(out, j->kind == J_ARRAY ? "]" : " }");
        }
        if (depth == 0)
            return;
        buf_puts(out, ", ");
        j = j->next;
    }
}

void text_block(Buf *out, Str s, const char *indent)
{
    while (s.n > 0) {
        const char *end = memchr(s.p, '\n', s.n);
        size_t n = end == NULL ? s.n : (size_t)(end - s.p);
        buf_puts(out, indent);
        buf_put(out, s.p, n);
        buf_putc(out, '\n');
        n += end != NULL;
        s.p += n;
        s.n -= n;
    }
}

void text_output(Buf *out, Str s, const char *indent)
{
    Buf safe = {0}, bar = {0};
    text_visible(&safe, s, true);
    buf_printf(&bar, "%s| ", indent);
    text_block(out, buf_view(&safe), buf_z(&bar));
    buf_free(&safe);
    buf_free(&bar);
}

void text_instant(Buf *out, Str rfc3339)
{
    int64_t ms;
    if (!os_parse_instant(rfc3339, &ms) || rfc3339.n < 16) {
        text_visible(out, rfc3339, false);
        return;
    }
    buf_printf(out, "%.10s %.5s UTC", rfc3339.p, rfc3339.p + 11);
}

void text_pad(Buf *out, size_t from, size_t width)
{
    size_t n = 0;
    for (size_t i = from; i < out->n; i++)
        n += ((unsigned char)out->p[i] & 0xc0) != 0x80; /* scalars, not bytes */
    do {
        buf_putc(out, ' ');
    } while (++n < width);
}

void text_paint(Buf *out, bool colour, Paint p, const char *text)
{
    static const char *const codes[] = {"1", "32", "31", "33", "2"};
    if (colour)
        buf_printf(out, "\033[%sm%s\033[0m", codes[p], text);
    else
        buf_puts(out, text);
}

void text_state(Buf *out, bool colour, Str state)
{
    static const char *const good[] = {"done", "approved", "running", NULL};
    static const char *const bad[] = {"failed", "rejected", "cancelled", "expired",
                                      "undo_failed", NULL};
    static const char *const warn[] = {"waiting", "blocked", "in_doubt", "undoing",
                                       "undone", NULL};
    static const char *const *const sets[] = {good, bad, warn};
    static const Paint paints[] = {PAINT_GOOD, PAINT_BAD, PAINT_WARN};
    Buf word = {0};
    text_visible(&word, state, false);
    Paint p = PAINT_DIM;
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; sets[i][k] != NULL; k++)
            p = str_is(state, sets[i][k]) ? paints[i] : p;
    }
    text_paint(out, colour, p, buf_z(&word));
    buf_free(&word);
}

/* In an ended run nobody can decide any more, whatever the phase waited for. */
bool text_withdrawn(const Json *phase)
{
    Str state = json_text(phase, "state");
    const Json *gate = json_get(phase, "gate");
    return gate != NULL && gate->kind == J_OBJECT &&
           str_is(json_text(gate, "state"), "withdrawn") &&
           (str_is(state, "waiting") || str_is(state, "approved"));
}

void text_frozen(Buf *out, bool colour, const Json *result)
{
    Str words = json_text(result, "timers_frozen");
    if (words.n == 0)
        return;
    buf_puts(out, "  ");
    text_paint(out, colour, PAINT_WARN, "timers stand still");
    buf_puts(out, ": ");
    text_visible(out, words, false);
    buf_putc(out, '\n');
}
