/* Owns: how diagnostics look on a screen: source excerpts with carets, repairs
 * as lines to add or change.
 * Must not know: why anything was reported. */
#include "compiler/diag/table.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "vm/os/limits.h"

enum {
    TAB = 4,          /* columns between tab stops */
    EXCERPT = 160,    /* columns of a source line that are shown */
    LEAD = 40,        /* and so many of them before what is marked */
    BYTES = 4096,     /* of a line that are looked at: a line may be a whole file */
    MARKS = 1 + DIAG_LABELS
};

typedef struct Screen {
    Buf *out;
    bool colour;
    int gutter; /* digits of the largest line number, at least 3 */
} Screen;

static void paint(const Screen *s, const char *code)
{
    if (s->colour)
        buf_printf(s->out, "\033[%sm", code);
}

static const char *severity_colour(DiagSeverity v)
{
    static const char *const codes[] = {"1;31", "1;33", "1;36"};
    return codes[v];
}

/* --- letters ---------------------------------------------------------------- */

/* One letter at s[*at]; a byte that is none, or that would steer a terminal,
 * is shown as U+FFFD. Returns its columns. */
static int letter(Str s, size_t *at, size_t column, Str *shown)
{
    utf8proc_int32_t cp;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p + *at;
    utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)(s.n - *at), &cp);
    static const char blanks[TAB + 1] = "    ";
    if (n > 0 && cp == '\t') {
        int wide = TAB - (int)(column % TAB);
        *shown = (Str){blanks, (size_t)wide};
        *at += 1;
        return wide;
    }
    bool hostile = n <= 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
                   (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x202a && cp <= 0x202e) ||
                   (cp >= 0x2066 && cp <= 0x2069) || cp == 0x061c;
    *shown = hostile ? STR("\xef\xbf\xbd") : (Str){s.p + *at, (size_t)n};
    *at += n > 0 ? (size_t)n : 1;
    return hostile ? 1 : utf8proc_charwidth(cp);
}

static size_t columns(Str s)
{
    size_t at = 0, wide = 0;
    Str shown;
    while (at < s.n)
        wide += (size_t)letter(s, &at, wide, &shown);
    return wide;
}

/* Columns from..to of a line, with tabs spread. */
static void put_columns(Buf *out, Str s, size_t from, size_t to)
{
    size_t at = 0, column = 0;
    Str shown;
    while (at < s.n && column < to) {
        size_t start = column;
        column += (size_t)letter(s, &at, column, &shown);
        if (start >= from && column <= to)
            buf_str(out, shown);
    }
}

static void put_safe(Buf *out, Str s)
{
    put_columns(out, s, 0, SIZE_MAX);
}

static void blanks(Buf *out, size_t n)
{
    while (n-- > 0)
        buf_putc(out, ' ');
}

/* --- places ----------------------------------------------------------------- */

typedef struct Mark {
    const DiagLabel *label;
    uint32_t line, column;
    size_t start, end; /* bytes of the line */
    bool primary;
} Mark;

static Mark place(const DiagLabel *l, bool primary)
{
    Mark m = {.label = l, .primary = primary};
    syn_place(l->source->tree, l->start, &m.line, &m.column);
    Str text = syn_line(l->source->tree, m.line);
    size_t line_at = (size_t)(text.p - l->source->tree->source.p);
    m.start = l->start - line_at;
    m.end = l->end > l->start ? l->end - line_at : m.start;
    if (m.start > text.n)
        m.start = text.n;
    if (m.end > text.n)
        m.end = text.n; /* goes on in later lines: marked to the end of the first */
    return m;
}

static int by_line(const void *a, const void *b)
{
    const Mark *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->primary ? -1 : y->primary;
}

/* --- excerpts --------------------------------------------------------------- */

static void gutter(const Screen *s, uint32_t line, const char *bar)
{
    paint(s, "34");
    if (line == 0)
        blanks(s->out, (size_t)s->gutter);
    else
        buf_printf(s->out, "%*u", s->gutter, line);
    buf_printf(s->out, " %s", bar);
    paint(s, "0");
}

/* The piece of a line that is shown, and where what is marked stands in it. */
typedef struct Piece {
    Str text;
    size_t at;   /* byte of the line with which it begins */
    size_t skip; /* columns of it that are not shown */
} Piece;

static size_t column_of(const Piece *p, size_t byte)
{
    byte = byte < p->at ? 0 : byte - p->at;
    return columns((Str){p->text.p, byte < p->text.n ? byte : p->text.n});
}

/* A very long line is shown in part: what is marked first, with what stands
 * before it and behind it. */
static Piece piece(const Mark *marks, size_t n)
{
    Str line = syn_line(marks[0].label->source->tree, marks[0].line);
    Piece p = {.text = line};
    if (line.n > BYTES) {
        p.at = marks[0].start > BYTES / 4 ? marks[0].start - BYTES / 4 : 0;
        while (p.at > 0 && ((unsigned char)line.p[p.at] & 0xc0) == 0x80)
            p.at--; /* to the start of a character (RFC 3629) */
        p.text = (Str){line.p + p.at, line.n - p.at < BYTES ? line.n - p.at : BYTES};
    }
    size_t first = column_of(&p, marks[0].start), last = column_of(&p, marks[n - 1].start);
    if (p.at > 0 || (columns(p.text) > EXCERPT && last > EXCERPT - LEAD))
        p.skip = first > LEAD ? first - LEAD : 0;
    return p;
}

static void marker(const Screen *s, const Piece *p, const Mark *m, DiagSeverity v)
{
    size_t from = column_of(p, m->start), to = column_of(p, m->end);
    if (from > p->skip + EXCERPT)
        return;
    to = to <= from ? from + 1 : to > p->skip + EXCERPT ? p->skip + EXCERPT : to;
    gutter(s, 0, "│");
    buf_putc(s->out, ' ');
    blanks(s->out, from - p->skip + (p->skip > 0));
    paint(s, m->primary ? severity_colour(v) : "34");
    for (size_t i = from; i < to; i++)
        buf_putc(s->out, m->primary ? '^' : '-');
    if (m->label->text.n > 0) {
        buf_putc(s->out, ' ');
        put_safe(s->out, m->label->text);
    }
    paint(s, "0");
    buf_putc(s->out, '\n');
}

/* A line and what is marked in it. */
static void source_line(const Screen *s, const Mark *marks, size_t n, DiagSeverity v)
{
    Piece p = piece(marks, n);
    gutter(s, marks[0].line, "│");
    buf_puts(s->out, p.skip > 0 ? " …" : " ");
    put_columns(s->out, p.text, p.skip, p.skip + EXCERPT);
    buf_puts(s->out, columns(p.text) > p.skip + EXCERPT ? "…\n" : "\n");
    for (size_t i = 0; i < n; i++)
        marker(s, &p, &marks[i], v);
}

static void file_head(const Screen *s, const Mark *m)
{
    gutter(s, 0, "┌─");
    buf_putc(s->out, ' ');
    put_safe(s->out, m->label->source->path);
    buf_printf(s->out, ":%u:%u\n", m->line, m->column);
    gutter(s, 0, "│");
    buf_putc(s->out, '\n');
}

/* All marks that lie in one file, in order of lines. */
static void excerpt(const Screen *s, Mark *marks, size_t n, const Mark *head, DiagSeverity v)
{
    file_head(s, head);
    qsort(marks, n, sizeof *marks, by_line);
    for (size_t i = 0, same; i < n; i += same) {
        same = 1;
        while (i + same < n && marks[i + same].line == marks[i].line)
            same++;
        source_line(s, marks + i, same, v);
    }
}

static int digits(uint32_t n)
{
    int d = 1;
    for (; n >= 10; n /= 10)
        d++;
    return d;
}

static void excerpts(Screen *s, const Diag *d)
{
    Mark all[MARKS], file[MARKS];
    size_t n = 0;
    bool done[MARKS] = {false};
    all[n++] = place(&d->at, true);
    for (uint32_t i = 0; i < d->n_also; i++)
        all[n++] = place(&d->also[i], false);
    s->gutter = 3;
    for (size_t i = 0; i < n; i++)
        if (digits(all[i].line) > s->gutter)
            s->gutter = digits(all[i].line);
    for (size_t i = 0; i < n; i++) {
        size_t here = 0;
        if (done[i])
            continue;
        Mark head = all[i];
        for (size_t k = i; k < n; k++) {
            if (all[k].label->source != head.label->source)
                continue;
            done[k] = true;
            file[here++] = all[k];
        }
        excerpt(s, file, here, &head, d->severity);
    }
}

/* --- repairs ---------------------------------------------------------------- */

static void edit_line(const Screen *s, uint32_t line, char sign, Str text)
{
    gutter(s, line, "│");
    buf_putc(s->out, ' ');
    paint(s, sign == '-' ? "31" : "32");
    buf_putc(s->out, sign);
    put_safe(s->out, text);
    paint(s, "0");
    buf_putc(s->out, '\n');
}

static void edit_lines(const Screen *s, uint32_t line, char sign, Str text)
{
    size_t at = 0;
    while (at < text.n) {
        size_t end = at;
        while (end < text.n && text.p[end] != '\n')
            end++;
        /* A blank line that goes along is nothing to look at. */
        if (end > at || sign != '-')
            edit_line(s, line, sign, (Str){text.p + at, end - at});
        line += sign != '~';
        at = end + 1;
    }
}

/* What a repair changes: whole lines put in (+), whole lines taken out (-), or
 * a line as it is to be (~). */
static void repair(const Screen *s, const DiagFix *f)
{
    const SynTree *t = f->source->tree;
    Str src = t->source;
    uint32_t line, column, last, last_column;
    syn_place(t, f->start, &line, &column);
    syn_place(t, f->end, &last, &last_column);
    bool starts_line = f->start == 0 || src.p[f->start - 1] == '\n';
    bool ends_line = f->end >= src.n || src.p[f->end] == '\n';
    if (f->start == f->end && starts_line && f->text.n > 0 && f->text.p[f->text.n - 1] == '\n') {
        edit_lines(s, line, '+', f->text);
        return;
    }
    if (f->start == f->end && ends_line && f->text.n > 0 && f->text.p[0] == '\n') {
        edit_lines(s, line + 1, '+', (Str){f->text.p + 1, f->text.n - 1});
        return;
    }
    if (f->text.n == 0 && starts_line && f->end > f->start && src.p[f->end - 1] == '\n') {
        edit_lines(s, line, '-', (Str){src.p + f->start, f->end - f->start});
        return;
    }
    Str first = syn_line(t, line), end_line = syn_line(t, last);
    size_t head = f->start - (size_t)(first.p - src.p);
    size_t tail = f->end - (size_t)(end_line.p - src.p);
    if (first.n > BYTES || end_line.n > BYTES)
        return; /* wider than a screen */
    Buf whole = {0};
    buf_put(&whole, first.p, head > first.n ? first.n : head);
    buf_str(&whole, f->text);
    if (tail < end_line.n)
        buf_put(&whole, end_line.p + tail, end_line.n - tail);
    if (columns(buf_view(&whole)) <= EXCERPT)
        edit_lines(s, line, '~', buf_view(&whole));
    buf_free(&whole);
}

static void help(const Screen *s, const Diag *d)
{
    if (d->help.n == 0 && d->n_fixes == 0)
        return;
    paint(s, "1");
    buf_puts(s->out, d->n_fixes > 0 && d->fixes[0].grade == 'M' ? "help (safe to apply)" : "help");
    paint(s, "0");
    buf_puts(s->out, ": ");
    put_safe(s->out, d->help.n > 0 ? d->help : d->fixes[0].title);
    buf_putc(s->out, '\n');
    for (uint32_t i = 0; i < d->n_fixes; i++)
        repair(s, &d->fixes[i]);
}

/* --- one, and all ----------------------------------------------------------- */

static void diagnostic(Screen *s, const Diag *d, bool link)
{
    paint(s, severity_colour(d->severity));
    buf_printf(s->out, "%s[G%04d]", diag_severity_word(d->severity), d->code);
    paint(s, "0");
    paint(s, "1");
    buf_puts(s->out, ": ");
    put_safe(s->out, d->message);
    paint(s, "0");
    buf_putc(s->out, '\n');
    excerpts(s, d);
    if (d->note.n > 0 || d->help.n > 0 || d->n_fixes > 0) {
        gutter(s, 0, "│");
        buf_putc(s->out, '\n');
    }
    if (d->note.n > 0) {
        gutter(s, 0, "= ");
        put_safe(s->out, d->note);
        buf_putc(s->out, '\n');
    }
    help(s, d);
    if (link) {
        gutter(s, 0, "= ");
        buf_printf(s->out, "more: gatec explain G%04d\n", d->code);
    }
    buf_putc(s->out, '\n');
}

void diag_print_text(const DiagList *l, bool colour, Buf *out)
{
    Screen s = {.out = out, .colour = colour, .gutter = 3};
    bool told[10000] = {false}; /* codes have four digits */
    uint32_t errors = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        const Diag *d = &l->items[i];
        if (d->severity == DIAG_ERROR && ++errors > LIM_ERRORS_SHOWN)
            continue;
        diagnostic(&s, d, !told[d->code]);
        told[d->code] = true;
    }
    errors += l->more[0];
    if (errors > LIM_ERRORS_SHOWN)
        buf_printf(out, "and %u more error%s\n\n", errors - LIM_ERRORS_SHOWN,
                   errors - LIM_ERRORS_SHOWN == 1 ? "" : "s");
    if (l->more[1] > 0)
        buf_printf(out, "and %u more warning%s\n\n", l->more[1], l->more[1] == 1 ? "" : "s");
}
