/* Owns: the meaning of expressions, a second time. Must not know: the checker,
 * the emitter, the interpreter, vm/core/value.h. */
#include "tests/slow/eval.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/slow/reach.h"

static const int64_t DAY = 86400000;

/* What an evaluation came to. */
typedef enum End { OK, FAILS, MISSING } End;

static End eval(SlowWorld *w, SynRef r, Slow *out);

/* --- making values ---------------------------------------------------------------- */

Slow slow_int(SlowKind kind, int64_t i)
{
    return (Slow){.kind = kind, .dec = dec_int(i)};
}

Slow slow_bool(bool b)
{
    return slow_int(SLOW_BOOL, b);
}

Slow slow_text(Str s)
{
    return (Slow){.kind = SLOW_TEXT, .s = s};
}

static const Slow unknown = {.kind = SLOW_UNKNOWN};

static bool truth(const Slow *v)
{
    return !dec_zero(&v->dec);
}

static bool is(const Slow *v, SlowKind k)
{
    return v->kind == k;
}

static const SynNode *node(const SlowWorld *w, SynRef r)
{
    return syn(w->tree, r);
}

static Str text_at(const SlowWorld *w, SynRef r)
{
    return syn_text(w->tree, r);
}

/* --- the calendar, day by day -------------------------------------------------------- */

static bool leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int days_of(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[m - 1] + (m == 2 && leap(y));
}

static int64_t days_before_year(int y) /* since 0000-01-01 */
{
    int64_t n = 0;
    for (int i = 0; i < y; i++)
        n += leap(i) ? 366 : 365;
    return n;
}

static int64_t epoch_day(int y, int m, int d) /* since 1970-01-01 */
{
    static int64_t before_1970; /* always the same: a matter of speed */
    if (before_1970 == 0)
        before_1970 = days_before_year(1970);
    int64_t n = days_before_year(y) - before_1970 + d - 1;
    for (int i = 1; i < m; i++)
        n += days_of(y, i);
    return n;
}

static bool civil(int64_t day, int *y, int *m, int *d)
{
    int64_t rest = day - epoch_day(0, 1, 1);
    if (rest < 0)
        return false;
    for (*y = 0; rest >= (leap(*y) ? 366 : 365); ++*y) {
        if (*y > 9999)
            return false;
        rest -= leap(*y) ? 366 : 365;
    }
    if (*y > 9999)
        return false;
    for (*m = 1; rest >= days_of(*y, *m); ++*m)
        rest -= days_of(*y, *m);
    *d = (int)rest + 1;
    return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* Years 0 to 9999. */
static bool day_ok(int64_t day)
{
    int y, m, d;
    return civil(day, &y, &m, &d);
}

/* --- text forms ------------------------------------------------------------------------ */

static void put_duration(int64_t ms, Buf *out)
{
    static const struct { const char *name; int64_t ms; } units[] = {
        {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    uint64_t m = ms < 0 ? (uint64_t)0 - (uint64_t)ms : (uint64_t)ms;
    if (m == 0) {
        buf_puts(out, "0s");
        return;
    }
    buf_puts(out, ms < 0 ? "-" : "");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t n = m / (uint64_t)units[i].ms;
        m -= n * (uint64_t)units[i].ms;
        if (n > 0)
            buf_printf(out, "%llu%s", (unsigned long long)n, units[i].name);
    }
}

/* In the unit that leaves the smallest whole number. */
static void put_size(int64_t bytes, Buf *out)
{
    static const struct { const char *name; int64_t bytes; } units[] = {
        {"B", 1}, {"kB", 1000}, {"KiB", 1024}, {"MB", 1000000}, {"MiB", 1048576},
        {"GB", 1000000000}, {"GiB", 1073741824}, {"TB", INT64_C(1000000000000)},
        {"TiB", INT64_C(1099511627776)}, {"PB", INT64_C(1000000000000000)},
        {"PiB", INT64_C(1125899906842624)}};
    size_t i = sizeof units / sizeof *units - 1;
    while (i > 0 && (bytes == 0 || bytes % units[i].bytes != 0))
        i--;
    buf_printf(out, "%lld%s", (long long)(bytes / units[i].bytes), units[i].name);
}

static void put_clock(int64_t ms, Buf *out, bool seconds)
{
    buf_printf(out, "%02d:%02d", (int)(ms / 3600000), (int)(ms / 60000 % 60));
    if (seconds || ms % 60000 != 0)
        buf_printf(out, ":%02d", (int)(ms / 1000 % 60));
    if (ms % 1000 != 0)
        buf_printf(out, ".%03d", (int)(ms % 1000));
}

static void put_date(int64_t day, Buf *out)
{
    int y = 0, m = 0, d = 0;
    civil(day, &y, &m, &d);
    buf_printf(out, "%04d-%02d-%02d", y, m, d);
}

static int64_t whole(const Slow *v)
{
    int64_t i = 0;
    bool ok = dec_to_int(&v->dec, &i);
    assert(ok);
    (void)ok;
    return i;
}

bool slow_form(const Slow *v, Buf *out) /* as deep as types are */
{
    switch (v->kind) {
    case SLOW_BOOL: buf_puts(out, truth(v) ? "true" : "false"); return true;
    case SLOW_NUMBER: dec_print(&v->dec, out); return true;
    case SLOW_PERCENT: dec_print(&v->dec, out); buf_putc(out, '%'); return true;
    case SLOW_TEXT: buf_str(out, v->s); return true;
    case SLOW_SIZE: put_size(whole(v), out); return true;
    case SLOW_DURATION: put_duration(whole(v), out); return true;
    case SLOW_DATE: put_date(whole(v), out); return true;
    case SLOW_TIME: put_clock(whole(v), out, false); return true;
    case SLOW_INSTANT: {
        int64_t ms = whole(v), day = floor_div(ms, DAY);
        put_date(day, out);
        buf_putc(out, 'T');
        put_clock(ms - day * DAY, out, true);
        buf_putc(out, 'Z');
        return true;
    }
    case SLOW_LEVEL: buf_putc(out, 'L'); dec_print(&v->dec, out); return true;
    case SLOW_LIST:
        for (uint32_t i = 0; i < v->n; i++) {
            buf_puts(out, i == 0 ? "" : ", ");
            if (!slow_form(&v->items[i], out))
                return false;
        }
        return true;
    default: return false;
    }
}

/* --- literals ---------------------------------------------------------------------------- */

static int64_t digits(Str s, size_t from, size_t n)
{
    int64_t v = 0;
    for (size_t i = from; i < from + n; i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

static bool size_literal(Str s, Dec *out)
{
    static const struct { const char *name; int64_t bytes; } units[] = {
        {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", INT64_C(1099511627776)},
        {"PiB", INT64_C(1125899906842624)}, {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000},
        {"TB", INT64_C(1000000000000)}, {"PB", INT64_C(1000000000000000)}, {"B", 1}};
    size_t n = s.n;
    while (n > 0 && s.p[n - 1] > '9')
        n--;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_is((Str){s.p + n, s.n - n}, units[i].name))
            continue;
        Dec a, b = dec_int(units[i].bytes);
        bool ok = dec_read((Str){s.p, n}, &a);
        *out = dec_mul(&a, &b);
        return ok && dec_whole(out) && dec_fits(out);
    }
    return false;
}

static bool duration_literal(Str s, Dec *out)
{
    static const struct { const char *name; int64_t ms; } units[] = {
        {"w", 604800000}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    *out = dec_int(0);
    for (size_t i = 0; i < s.n;) {
        size_t from = i, letters;
        Dec n, part = dec_int(0);
        while (i < s.n && s.p[i] <= '9')
            i++;
        letters = i;
        while (i < s.n && s.p[i] > '9')
            i++;
        if (!dec_read((Str){s.p + from, letters - from}, &n))
            return false;
        for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
            Dec unit = dec_int(units[u].ms);
            if (str_is((Str){s.p + letters, i - letters}, units[u].name))
                part = dec_mul(&n, &unit);
        }
        *out = dec_add(out, &part);
    }
    return dec_fits(out);
}

static int64_t date_literal(Str s)
{
    return epoch_day((int)digits(s, 0, 4), (int)digits(s, 5, 2), (int)digits(s, 8, 2));
}

/* 2026-11-24T18:05, then nothing, Z, or +01:00. */
static int64_t instant_literal(Str s)
{
    int64_t ms = date_literal(s) * DAY + digits(s, 11, 2) * 3600000 + digits(s, 14, 2) * 60000;
    if (s.n > 17) {
        int64_t away = digits(s, 17, 2) * 3600000 + digits(s, 20, 2) * 60000;
        ms += s.p[16] == '+' ? -away : away;
    }
    return ms;
}

/* --- texts ------------------------------------------------------------------------------------ */

static void unescape(Str s, char *out, size_t *n)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '\\' || i + 1 == s.n) {
            out[(*n)++] = s.p[i];
            continue;
        }
        char c = s.p[++i];
        out[(*n)++] = c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
}

static Str plain_text(SlowWorld *w, Str s)
{
    char *out = arena_alloc(w->arena, s.n + 1);
    size_t n = 0;
    unescape(s, out, &n);
    return (Str){out, n};
}

static size_t blanks(Str line)
{
    size_t n = 0;
    while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t' || line.p[n] == '\r'))
        n++;
    return n;
}

static Str next_line(Str *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '\n')
        n++;
    Str line = {rest->p, n};
    n += n < rest->n;
    *rest = (Str){rest->p + n, rest->n - n};
    return line;
}

/* What stands between three quotes: without the line of the opening ones and
 * that of the closing ones where nothing else stands there, and without the
 * indentation that the lines share. */
static Str long_text(SlowWorld *w, Str s)
{
    size_t indent = SIZE_MAX, n = 0;
    char *out = arena_alloc(w->arena, s.n + 1);
    Str rest = s, line = next_line(&rest);
    bool first = true, closing_alone = false;
    while (line.p + line.n < s.p + s.n) {
        line = next_line(&rest);
        bool last = line.p + line.n == s.p + s.n;
        if (blanks(line) < line.n || last)
            indent = blanks(line) < indent ? blanks(line) : indent;
        closing_alone = last && blanks(line) == line.n;
    }
    rest = s;
    for (bool go_on = true; go_on;) {
        line = next_line(&rest);
        go_on = line.p + line.n < s.p + s.n;
        if (line.p == s.p) {
            if (go_on && blanks(line) == line.n)
                continue;
        } else if (!go_on && closing_alone) {
            break;
        } else {
            size_t cut = blanks(line) < indent ? blanks(line) : indent;
            line = (Str){line.p + cut, line.n - cut};
        }
        if (!first)
            out[n++] = '\n';
        first = false;
        unescape(line, out, &n);
    }
    return (Str){out, n};
}

static End text(SlowWorld *w, SynRef r, Slow *out)
{
    Str s = text_at(w, r);
    size_t quotes = (node(w, r)->aux & 1) != 0 ? 3 : 1;
    s = (Str){s.p + quotes, s.n - 2 * quotes};
    *out = slow_text(quotes == 3 ? long_text(w, s) : plain_text(w, s));
    return OK;
}

/* --- names -------------------------------------------------------------------------------------- */

static bool named(const SlowName *names, uint32_t n, Str name, Slow *out)
{
    for (uint32_t i = n; i-- > 0;) {
        if (!str_eq(names[i].name, name))
            continue;
        *out = names[i].value;
        return true;
    }
    return false;
}

/* A `let` of the file; 0: none of that name. */
static SynRef let_of(const SlowWorld *w, Str name)
{
    SYN_EACH(w->tree, r, node(w, w->tree->root)->c)
        if (node(w, r)->kind == SYN_LET && str_eq(text_at(w, node(w, r)->a), name))
            return node(w, r)->b;
    return 0;
}

static End there(const Slow *v)
{
    return is(v, SLOW_ABSENT) ? MISSING : OK;
}

/* A let is its expression, wherever it stands: what is bound here is not
 * known there. */
static End let(SlowWorld *w, SynRef expr, Slow *out)
{
    uint32_t locals = w->n_locals;
    SlowName kept[sizeof w->locals / sizeof *w->locals];
    memcpy(kept, w->locals, locals * sizeof *kept);
    w->n_locals = 0;
    End e = eval(w, expr, out);
    memcpy(w->locals, kept, locals * sizeof *kept);
    w->n_locals = locals;
    return e;
}

static End name(SlowWorld *w, SynRef r, Slow *out)
{
    Str s = text_at(w, r);
    if (named(w->locals, w->n_locals, s, out))
        return there(out);
    if (w->phase.n > 0) {
        Str path = arena_printf(w->arena, "%.*s.%.*s", STR_ARG(w->phase), STR_ARG(s));
        if (named(w->names, w->n_names, path, out))
            return there(out);
    }
    if (named(w->names, w->n_names, s, out))
        return there(out);
    SynRef expr = let_of(w, s);
    if (expr != 0)
        return let(w, expr, out);
    if (str_is(s, "true") || str_is(s, "false"))
        *out = slow_bool(str_is(s, "true"));
    else if (str_is(s, "now"))
        *out = slow_int(SLOW_INSTANT, w->now_ms);
    else if (str_is(s, "today"))
        *out = slow_int(SLOW_DATE, floor_div(w->now_ms, DAY));
    else
        return FAILS;
    return OK;
}

/* phase.action, where no value is called like the phase. */
static bool result(SlowWorld *w, SynRef r, Slow *out)
{
    const SynNode *n = node(w, r);
    Slow v;
    if (node(w, n->a)->kind != SYN_NAME)
        return false;
    Str left = text_at(w, n->a);
    if (named(w->locals, w->n_locals, left, &v))
        return false;
    Str path = arena_printf(w->arena, "%.*s.%.*s", STR_ARG(left), STR_ARG(text_at(w, n->b)));
    return named(w->names, w->n_names, path, out);
}

static End member(SlowWorld *w, SynRef r, Slow *out)
{
    Slow left;
    if (result(w, r, out))
        return there(out);
    End e = eval(w, node(w, r)->a, &left);
    if (e != OK)
        return e;
    *out = unknown;
    if (is(&left, SLOW_UNKNOWN))
        return OK;
    Str name_of = text_at(w, node(w, r)->b);
    for (uint32_t i = 0; is(&left, SLOW_RECORD) && i < left.n; i++) {
        if (!str_eq(left.names[i], name_of))
            continue;
        *out = left.items[i];
        return there(out);
    }
    return FAILS;
}

static End index_of(SlowWorld *w, SynRef r, Slow *out)
{
    Slow list, at;
    int64_t i;
    End e = eval(w, node(w, r)->a, &list);
    if (e == OK)
        e = eval(w, node(w, r)->b, &at);
    if (e != OK)
        return e;
    *out = unknown;
    if (is(&list, SLOW_UNKNOWN) || is(&at, SLOW_UNKNOWN))
        return OK;
    if (!dec_to_int(&at.dec, &i) || i < 0 || i >= (int64_t)list.n)
        return FAILS;
    reach_row(w->reach, STR("index"), &list);
    *out = list.items[i];
    return there(out);
}

/* --- comparing -------------------------------------------------------------------------------------- */

bool slow_equal(const Slow *a, const Slow *b) /* as deep as types are */
{
    if (a->kind != b->kind || is(a, SLOW_ABSENT) || is(a, SLOW_UNKNOWN))
        return false;
    if (is(a, SLOW_TEXT))
        return str_eq(a->s, b->s);
    if (!is(a, SLOW_LIST) && !is(a, SLOW_RECORD))
        return dec_cmp(&a->dec, &b->dec) == 0;
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!slow_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool knows_all(const Slow *v)
{
    bool known = !is(v, SLOW_UNKNOWN);
    for (uint32_t i = 0; (is(v, SLOW_LIST) || is(v, SLOW_RECORD)) && i < v->n; i++)
        known = known && knows_all(&v->items[i]);
    return known;
}

static bool in_list(const Slow *item, const Slow *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (slow_equal(item, &list->items[i]))
            return true;
    return false;
}

static bool in_text(Str part, Str whole_text)
{
    for (size_t i = 0; i + part.n <= whole_text.n; i++)
        if (part.n == 0 || memcmp(whole_text.p + i, part.p, part.n) == 0)
            return true;
    return false;
}

/* --- arithmetic ---------------------------------------------------------------------------------------- */

static bool amount(const Slow *v)
{
    return is(v, SLOW_SIZE) || is(v, SLOW_DURATION);
}

static bool moment(const Slow *v)
{
    return is(v, SLOW_DATE) || is(v, SLOW_INSTANT);
}

/* The number that a number or a percent is. */
static Dec factor(const Slow *v)
{
    Dec d = v->dec;
    if (is(v, SLOW_PERCENT))
        d.scale += 2;
    Dec zero = dec_int(0);
    return dec_add(&d, &zero); /* without zeros at its end */
}

static End held(SlowKind kind, Dec d, Slow *out)
{
    *out = (Slow){.kind = kind, .dec = d};
    return dec_fits(&d) ? OK : FAILS;
}

/* A date is moved by whole days; both stay in the years 0 to 9999. */
static End moved(const Slow *a, const Slow *b, bool minus, Slow *out)
{
    Dec by = b->dec, day = dec_int(DAY);
    if (is(a, SLOW_DATE)) {
        by = dec_div(&by, &day, 0, 18);
        Dec back = dec_mul(&by, &day);
        if (!dec_whole(&by) || dec_cmp(&back, &b->dec) != 0)
            return FAILS;
    }
    Dec sum = minus ? dec_sub(&a->dec, &by) : dec_add(&a->dec, &by);
    int64_t i;
    if (!dec_to_int(&sum, &i) || !day_ok(is(a, SLOW_DATE) ? i : floor_div(i, DAY)))
        return FAILS;
    return held(a->kind, sum, out);
}

static End join_lists(SlowWorld *w, const Slow *a, const Slow *b, Slow *out)
{
    Slow *items = ARENA_NEW(w->arena, Slow, a->n + b->n);
    for (uint32_t i = 0; i < a->n; i++)
        items[i] = a->items[i];
    for (uint32_t i = 0; i < b->n; i++)
        items[a->n + i] = b->items[i];
    *out = (Slow){.kind = SLOW_LIST, .items = items, .n = a->n + b->n,
                  .elem = a->elem != SLOW_ABSENT ? a->elem : b->elem};
    return OK;
}

static End plus(SlowWorld *w, const Slow *a, const Slow *b, bool minus, Slow *out)
{
    if (!minus && is(a, SLOW_TEXT)) {
        *out = slow_text(arena_printf(w->arena, "%.*s%.*s", STR_ARG(a->s), STR_ARG(b->s)));
        return OK;
    }
    if (!minus && is(a, SLOW_LIST))
        return join_lists(w, a, b, out);
    if (moment(a) && is(b, SLOW_DURATION))
        return moved(a, b, minus, out);
    Dec d = minus ? dec_sub(&a->dec, &b->dec) : dec_add(&a->dec, &b->dec);
    if (minus && moment(a)) { /* the time between them */
        Dec day = dec_int(is(a, SLOW_DATE) ? DAY : 1);
        return held(SLOW_DURATION, dec_mul(&d, &day), out);
    }
    return held(a->kind, d, out);
}

static End times(const Slow *a, const Slow *b, Slow *out)
{
    if (amount(a)) {
        const Slow *swap = a;
        a = b;
        b = swap;
    }
    Dec x = factor(a), y = factor(b), d = dec_mul(&x, &y);
    if (amount(b)) /* whole bytes and milliseconds */
        return held(b->kind, dec_round(&d, 0), out);
    return held(SLOW_NUMBER, d, out);
}

static End over(const Slow *a, const Slow *b, Slow *out)
{
    if (dec_zero(&b->dec))
        return FAILS;
    if (amount(a) && is(b, SLOW_NUMBER))
        return held(a->kind, dec_div(&a->dec, &b->dec, 0, 0), out);
    return held(SLOW_NUMBER, dec_div(&a->dec, &b->dec, 18, 18), out);
}

/* The items that are not among the others: an item alone, or a list of items.
 * A list of lists may lose one of its lists. */
static End without(SlowWorld *w, const Slow *a, const Slow *b, Slow *out)
{
    bool nested = a->n > 0 && is(&a->items[0], SLOW_LIST);
    bool many = is(b, SLOW_LIST) && (!nested || (b->n > 0 && is(&b->items[0], SLOW_LIST)));
    Slow *items = ARENA_NEW(w->arena, Slow, a->n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        bool gone = many ? in_list(&a->items[i], b) : slow_equal(&a->items[i], b);
        if (!gone)
            items[n++] = a->items[i];
    }
    *out = (Slow){.kind = SLOW_LIST, .items = items, .n = n, .elem = a->elem};
    return OK;
}

static End operated(SlowWorld *w, uint16_t op, const Slow *a, const Slow *b, Slow *out)
{
    switch (op) {
    case BIN_ADD: return plus(w, a, b, false, out);
    case BIN_SUB: return plus(w, a, b, true, out);
    case BIN_MUL: return times(a, b, out);
    case BIN_DIV: return over(a, b, out);
    case BIN_WITHOUT: return knows_all(a) && knows_all(b) ? without(w, a, b, out) : OK;
    case BIN_EQ: case BIN_NE:
        if (knows_all(a) && knows_all(b))
            *out = slow_bool(slow_equal(a, b) == (op == BIN_EQ));
        return OK; /* else out stays unknown */
    case BIN_LT: *out = slow_bool(dec_cmp(&a->dec, &b->dec) < 0); return OK;
    case BIN_LE: *out = slow_bool(dec_cmp(&a->dec, &b->dec) <= 0); return OK;
    case BIN_GT: *out = slow_bool(dec_cmp(&a->dec, &b->dec) > 0); return OK;
    case BIN_GE: *out = slow_bool(dec_cmp(&a->dec, &b->dec) >= 0); return OK;
    case BIN_CONTAINS: return operated(w, BIN_IN, b, a, out);
    case BIN_IN:
        if (is(b, SLOW_TEXT))
            *out = slow_bool(in_text(a->s, b->s));
        else if (in_list(a, b) || (knows_all(a) && knows_all(b)))
            *out = slow_bool(in_list(a, b));
        return OK; /* else only an unknown item could be it */
    default: return FAILS;
    }
}

/* The left side may settle it; an unknown one settles nothing. */
static End logic(SlowWorld *w, SynRef r, Slow *out)
{
    const SynNode *n = node(w, r);
    End e = eval(w, n->a, out);
    if (e != OK || is(out, SLOW_UNKNOWN) || truth(out) == (n->aux == BIN_OR))
        return e;
    reach_op(w->reach, n->aux, out, out);
    return eval(w, n->b, out);
}

static End binary(SlowWorld *w, SynRef r, Slow *out)
{
    const SynNode *n = node(w, r);
    Slow a, b;
    if (n->aux == BIN_AND || n->aux == BIN_OR)
        return logic(w, r, out);
    End e = eval(w, n->a, &a);
    if (e == OK)
        e = eval(w, n->b, &b);
    if (e != OK)
        return e;
    *out = unknown;
    if (is(&a, SLOW_UNKNOWN) || is(&b, SLOW_UNKNOWN))
        return OK;
    reach_op(w->reach, n->aux, &a, &b);
    return operated(w, n->aux, &a, &b, out);
}

static End negated(SlowWorld *w, SynRef r, Slow *out)
{
    Slow v, zero = slow_int(SLOW_NUMBER, 0);
    End e = eval(w, node(w, r)->a, &v);
    *out = unknown;
    if (e != OK || is(&v, SLOW_UNKNOWN))
        return e;
    reach_row(w->reach, node(w, r)->kind == SYN_NOT ? STR("not") : STR("-"), &v);
    if (node(w, r)->kind == SYN_NOT) {
        *out = slow_bool(!truth(&v));
        return OK;
    }
    return held(v.kind, dec_sub(&zero.dec, &v.dec), out);
}

/* --- choices and quantifiers ------------------------------------------------------------------------------ */

static End choice(SlowWorld *w, SynRef r, Slow *out)
{
    Slow c;
    End e = eval(w, node(w, r)->a, &c);
    *out = unknown;
    if (e != OK || is(&c, SLOW_UNKNOWN))
        return e;
    e = eval(w, truth(&c) ? node(w, r)->b : node(w, r)->c, out);
    if (e == OK)
        reach_row(w->reach, STR("if"), out);
    return e;
}

/* Ends at the first item that settles it; what is unknown of one item keeps
 * the answer unknown unless a later one settles it. */
static End quantified(SlowWorld *w, SynRef r, Slow *out)
{
    const SynNode *n = node(w, r);
    bool every = n->aux == 0, doubt = false;
    Slow list, one;
    End e = eval(w, n->b, &list);
    *out = unknown;
    if (e != OK || is(&list, SLOW_UNKNOWN))
        return e;
    reach_row(w->reach, every ? STR("every") : STR("some"), &list);
    for (uint32_t i = 0; i < list.n; i++) {
        assert(w->n_locals < sizeof w->locals / sizeof *w->locals);
        w->locals[w->n_locals++] = (SlowName){text_at(w, n->a), list.items[i]};
        e = eval(w, n->c, &one);
        w->n_locals--;
        if (e != OK)
            return e;
        if (is(&one, SLOW_UNKNOWN)) {
            doubt = true;
        } else if (truth(&one) != every) {
            *out = slow_bool(!every);
            return OK;
        }
    }
    *out = doubt ? unknown : slow_bool(every);
    return OK;
}

/* --- built-in functions --------------------------------------------------------------------------------------- */

static size_t letter(Str s, size_t i) /* bytes of the character at i */
{
    size_t n = 1;
    while (i + n < s.n && ((unsigned char)s.p[i + n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* * is any run of characters, ? is one: by a table, text against pattern. */
static bool matches(SlowWorld *w, Str s, Str p)
{
    bool *fits = ARENA_NEW(w->arena, bool, (s.n + 1) * (p.n + 1));
#define FITS(i, k) fits[(i) * (p.n + 1) + (k)]
    for (size_t i = s.n + 1; i-- > 0;) {
        for (size_t k = p.n + 1; k-- > 0;) {
            if (k == p.n)
                FITS(i, k) = i == s.n;
            else if (p.p[k] == '*')
                FITS(i, k) = FITS(i, k + 1) || (i < s.n && FITS(i + letter(s, i), k));
            else if (p.p[k] == '?')
                FITS(i, k) = i < s.n && FITS(i + letter(s, i), k + 1);
            else
                FITS(i, k) = i < s.n && s.p[i] == p.p[k] && FITS(i + 1, k + 1);
        }
    }
    return FITS(0, 0);
#undef FITS
}

static End change_case(SlowWorld *w, Str s, bool upper, Slow *out)
{
    char *p = arena_copy(w->arena, s.p, s.n);
    for (size_t i = 0; i < s.n; i++) {
        if (upper && p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
        if (!upper && p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    }
    *out = slow_text((Str){p, s.n});
    return OK;
}

static End sum(const Slow *list, Slow *out)
{
    Dec d = dec_int(0);
    for (uint32_t i = 0; i < list->n; i++) {
        d = dec_add(&d, &list->items[i].dec);
        if (!dec_fits(&d))
            return FAILS;
    }
    return held(list->elem, d, out);
}

static End extreme(const Slow *items, uint32_t n, bool least, Slow *out)
{
    if (n == 0)
        return FAILS;
    *out = items[0];
    for (uint32_t i = 1; i < n; i++) {
        int c = dec_cmp(&items[i].dec, &out->dec);
        if (least ? c < 0 : c > 0)
            *out = items[i];
    }
    return OK;
}

static End rounded(const Slow *a, const Slow *behind, Slow *out)
{
    int64_t n = 0;
    if (behind != NULL && (!dec_to_int(&behind->dec, &n) || n < 0 || n > 18))
        return FAILS;
    return held(SLOW_NUMBER, dec_round(&a->dec, (int)n), out);
}

static End quantity(const Slow *list, bool all, Slow *out)
{
    bool found = false;
    for (uint32_t i = 0; i < list->n; i++)
        found = found || truth(&list->items[i]) != all;
    *out = slow_bool(found != all);
    return OK;
}

/* What is known of a list's items before the function looks at them. */
static End over_items(const Slow *list, bool *doubt)
{
    for (uint32_t i = 0; i < list->n; i++) {
        if (is(&list->items[i], SLOW_ABSENT))
            return FAILS; /* no name of its own: default() cannot reach it */
        *doubt = *doubt || is(&list->items[i], SLOW_UNKNOWN);
    }
    return OK;
}

static End function(SlowWorld *w, Str f, const Slow *a, uint32_t n, Slow *out)
{
    if (str_is(f, "count")) {
        *out = slow_int(SLOW_NUMBER, a[0].n);
        return OK;
    }
    if (str_is(f, "first") || str_is(f, "last")) {
        if (a[0].n == 0)
            return FAILS;
        *out = a[0].items[str_is(f, "first") ? 0 : a[0].n - 1];
        return there(out);
    }
    if (is(&a[0], SLOW_LIST)) {
        bool doubt = false;
        if (over_items(&a[0], &doubt) != OK)
            return FAILS;
        if (doubt)
            return OK; /* out is unknown */
    }
    if (str_is(f, "sum"))
        return sum(&a[0], out);
    if (str_is(f, "min") || str_is(f, "max"))
        return is(&a[0], SLOW_LIST) ? extreme(a[0].items, a[0].n, str_is(f, "min"), out)
                                    : extreme(a, n, str_is(f, "min"), out);
    if (str_is(f, "any") || str_is(f, "all"))
        return quantity(&a[0], str_is(f, "all"), out);
    if (str_is(f, "round"))
        return rounded(&a[0], n > 1 ? &a[1] : NULL, out);
    if (str_is(f, "lower") || str_is(f, "upper"))
        return change_case(w, a[0].s, str_is(f, "upper"), out);
    Str s = a[0].s, t = a[1].s;
    if (str_is(f, "matches"))
        *out = slow_bool(matches(w, s, t));
    else if (t.n > s.n)
        *out = slow_bool(false);
    else
        *out = slow_bool(memcmp(str_is(f, "ends_with") ? s.p + (s.n - t.n) : s.p, t.p, t.n) == 0);
    return OK;
}

static uint32_t arguments(SlowWorld *w, SynRef list, Slow **out, End *e)
{
    uint32_t n = 0, i = 0;
    SYN_EACH(w->tree, k, list)
        n++;
    *out = ARENA_NEW(w->arena, Slow, n);
    *e = OK;
    SYN_EACH(w->tree, k, list) {
        SynRef r = node(w, k)->kind == SYN_ARG ? node(w, k)->b : k;
        *e = eval(w, r, &(*out)[i++]);
        if (*e != OK)
            break;
    }
    return n;
}

static bool some_unknown(const Slow *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (is(&v[i], SLOW_UNKNOWN))
            return true;
    return false;
}

/* default(x, y): y where something that x reads is absent. */
static End defaulted(SlowWorld *w, SynRef first, Slow *out)
{
    End e = eval(w, first, out);
    if (e != FAILS)
        reach_row(w->reach, e == MISSING ? STR("default, missing") : STR("default, there"), out);
    return e == MISSING ? eval(w, node(w, first)->next, out) : e;
}

static End call(SlowWorld *w, SynRef r, Slow *out)
{
    const SynNode *n = node(w, r);
    Str f = text_at(w, n->a);
    Slow *args;
    End e;
    if (str_is(f, "default"))
        return defaulted(w, n->b, out);
    uint32_t count = arguments(w, n->b, &args, &e);
    if (e != OK)
        return e;
    if (node(w, n->a)->kind != SYN_NAME)
        return w->read != NULL && w->read(w, f, args, count, out) ? there(out) : FAILS;
    *out = unknown;
    if (some_unknown(args, count))
        return OK;
    reach_row(w->reach, f, &args[0]);
    if (str_is(f, "round") && count == 2)
        reach_row(w->reach, STR("round to"), &args[1]);
    return function(w, f, args, count, out);
}

/* --- the other forms ------------------------------------------------------------------------------------------- */

static End collected(SlowWorld *w, SynRef r, Slow *out)
{
    Slow *items;
    End e;
    uint32_t n = arguments(w, node(w, r)->a, &items, &e), i = 0;
    if (e != OK)
        return e;
    *out = unknown;
    if (some_unknown(items, n))
        return OK;
    *out = (Slow){.kind = SLOW_LIST, .items = items, .n = n, .elem = n > 0 ? items[0].kind : SLOW_ABSENT};
    if (node(w, r)->kind == SYN_LIST)
        return OK;
    Str *names = ARENA_NEW(w->arena, Str, n);
    SYN_EACH(w->tree, k, node(w, r)->a)
        names[i++] = text_at(w, node(w, k)->a);
    out->kind = SLOW_RECORD;
    out->names = names;
    return OK;
}

/* The pieces around the values, with a mark where each value stands: a text like
 * any other, of which the indentation is taken and the escapes are read. */
static const char VALUE = '\1';

static void put_values(Str pieces, const Str *forms, Buf *out)
{
    for (size_t i = 0; i < pieces.n; i++)
        if (pieces.p[i] == VALUE)
            buf_str(out, *forms++);
        else
            buf_putc(out, pieces.p[i]);
}

static End interpolated(SlowWorld *w, SynRef r, Slow *out)
{
    Buf pieces = {0}, b = {0};
    bool doubt = false;
    End e = OK;
    uint32_t n = 0;
    SYN_EACH(w->tree, k, node(w, r)->a)
        n++;
    Str *forms = ARENA_NEW(w->arena, Str, n);
    n = 0;
    SYN_EACH(w->tree, k, node(w, r)->a) {
        Slow v;
        if (node(w, k)->kind == SYN_TEXTPART) {
            buf_str(&pieces, text_at(w, k));
            continue;
        }
        e = eval(w, k, &v);
        if (e != OK)
            break;
        reach_row(w->reach, STR("in a text"), &v);
        doubt = doubt || !knows_all(&v);
        buf_clear(&b);
        if (!doubt && !slow_form(&v, &b)) {
            e = FAILS;
            break;
        }
        forms[n++] = arena_str(w->arena, buf_view(&b));
        buf_putc(&pieces, VALUE);
    }
    *out = unknown;
    if (e == OK && !doubt) {
        Str all = arena_str(w->arena, buf_view(&pieces));
        buf_clear(&b);
        put_values(node(w, r)->aux == 1 ? long_text(w, all) : plain_text(w, all), forms, &b);
        *out = slow_text(arena_str(w->arena, buf_view(&b)));
    }
    buf_free(&pieces);
    buf_free(&b);
    return e;
}

static End number(SlowWorld *w, SynRef r, Slow *out)
{
    Str s = text_at(w, r);
    bool percent = node(w, r)->kind == SYN_PERCENT;
    out->kind = percent ? SLOW_PERCENT : SLOW_NUMBER;
    return dec_read((Str){s.p, s.n - percent}, &out->dec) && dec_fits(&out->dec) ? OK : FAILS;
}

static End dispatch(SlowWorld *w, SynRef r, Slow *out)
{
    Str s = text_at(w, r);
    *out = (Slow){.kind = SLOW_ABSENT};
    switch (node(w, r)->kind) {
    case SYN_NAME: return name(w, r, out);
    case SYN_INT: case SYN_DECIMAL: case SYN_PERCENT: return number(w, r, out);
    case SYN_SIZE: out->kind = SLOW_SIZE; return size_literal(s, &out->dec) ? OK : FAILS;
    case SYN_DURATION: out->kind = SLOW_DURATION; return duration_literal(s, &out->dec) ? OK : FAILS;
    case SYN_TIME: *out = slow_int(SLOW_TIME, digits(s, 0, 2) * 3600000 + digits(s, 3, 2) * 60000); return OK;
    case SYN_DATE: *out = slow_int(SLOW_DATE, date_literal(s)); return OK;
    case SYN_INSTANT: *out = slow_int(SLOW_INSTANT, instant_literal(s)); return OK;
    case SYN_LEVEL: *out = slow_int(SLOW_LEVEL, s.p[1] - '0'); return OK;
    case SYN_TEXT: return text(w, r, out);
    case SYN_TEXTI: return interpolated(w, r, out);
    case SYN_BINARY: return binary(w, r, out);
    case SYN_NOT: case SYN_NEG: return negated(w, r, out);
    case SYN_QUANT: return quantified(w, r, out);
    case SYN_IF: return choice(w, r, out);
    case SYN_MEMBER: return member(w, r, out);
    case SYN_CALL: return call(w, r, out);
    case SYN_INDEX: return index_of(w, r, out);
    case SYN_LIST: case SYN_ARGS: return collected(w, r, out);
    case SYN_PAREN: return eval(w, node(w, r)->a, out);
    default: return FAILS;
    }
}

/* Expressions nest no deeper than the language allows (256, lets put in). */
static End eval(SlowWorld *w, SynRef r, Slow *out)
{
    enum { DEEPEST = 600 };
    assert(w->depth < DEEPEST);
    w->depth++;
    reach_node(w->reach, node(w, r)->kind, text_at(w, r));
    End e = dispatch(w, r, out);
    w->depth--;
    return e;
}

bool slow_eval(SlowWorld *w, SynRef expr, Slow *out)
{
    w->n_locals = 0;
    w->depth = 0;
    End e = eval(w, expr, out);
    w->missing = e == MISSING;
    return e == OK;
}
