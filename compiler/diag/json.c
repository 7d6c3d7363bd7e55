/* Owns: diagnostics as JSON (design.md section 2). Members may be added, never
 * changed.
 * Must not know: why anything was reported. */
#include "compiler/diag/table.h"

#include <utf8proc.h>

#include "vm/core/json.h"

static bool is_utf8(Str s, size_t *at)
{
    utf8proc_int32_t cp;
    for (utf8proc_ssize_t n; *at < s.n; *at += (size_t)n) {
        n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + *at, (utf8proc_ssize_t)(s.n - *at), &cp);
        if (n <= 0)
            return false;
    }
    return true;
}

void diag_put_json(Buf *out, Str s)
{
    size_t at = 0, from = 0;
    if (s.p == NULL || is_utf8(s, &at)) {
        json_put_text(out, s.p == NULL ? (Str){"", 0} : s); /* nothing said: "" */
        return;
    }
    Buf clean = {0};
    do {
        buf_put(&clean, s.p + from, at - from);
        buf_puts(&clean, "\xef\xbf\xbd");
        from = ++at;
    } while (!is_utf8(s, &at));
    buf_put(&clean, s.p + from, s.n - from);
    json_put_text(out, buf_view(&clean));
    buf_free(&clean);
}

static void text(Buf *out, const char *key, Str s)
{
    buf_printf(out, "\"%s\":", key);
    diag_put_json(out, s);
    buf_putc(out, ',');
}

/* file, line, column, end_line, end_column: from 1, in Unicode scalar values. */
static void place(Buf *out, const DiagSource *s, uint32_t start, uint32_t end)
{
    uint32_t line, column, end_line, end_column;
    syn_place(s->tree, start, &line, &column);
    syn_place(s->tree, end < start ? start : end, &end_line, &end_column);
    text(out, "file", s->path);
    buf_printf(out, "\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", line,
               column, end_line, end_column);
}

static void related(Buf *out, const Diag *d)
{
    buf_puts(out, "\"related\":[");
    for (uint32_t i = 0; i < d->n_also; i++) {
        buf_puts(out, i == 0 ? "{" : ",{");
        place(out, d->also[i].source, d->also[i].start, d->also[i].end);
        buf_puts(out, ",\"message\":");
        diag_put_json(out, d->also[i].text);
        buf_putc(out, '}');
    }
    buf_puts(out, "],");
}

static void fixes(Buf *out, const Diag *d)
{
    buf_puts(out, "\"fixes\":[");
    for (uint32_t i = 0; i < d->n_fixes; i++) {
        const DiagFix *f = &d->fixes[i];
        buf_puts(out, i == 0 ? "{" : ",{");
        text(out, "title", f->title);
        text(out, "grade", (Str){&f->grade, 1});
        buf_puts(out, "\"edits\":[{");
        place(out, f->source, f->start, f->end);
        buf_puts(out, ",\"text\":");
        diag_put_json(out, f->text);
        buf_puts(out, "}]}");
    }
    buf_puts(out, "],");
}

static void diagnostic(Buf *out, const Diag *d)
{
    buf_printf(out, "{\"code\":\"G%04d\",\"severity\":\"%s\",", d->code,
               diag_severity_word(d->severity));
    place(out, d->at.source, d->at.start, d->at.end);
    buf_putc(out, ',');
    text(out, "message", d->message);
    text(out, "label", d->at.text);
    related(out, d);
    fixes(out, d);
    text(out, "help", d->help);
    buf_puts(out, "\"note\":");
    diag_put_json(out, d->note);
    buf_putc(out, '}');
}

void diag_print_json(const DiagList *l, Buf *out)
{
    buf_puts(out, "{\"diagnostics\":[");
    for (uint32_t i = 0; i < l->n; i++) {
        buf_puts(out, i == 0 ? "\n" : ",\n");
        diagnostic(out, &l->items[i]);
    }
    buf_puts(out, l->n > 0 ? "\n]}\n" : "]}\n");
}
