/* Owns: what a literal is worth, and that it can be at all (25:00, 30 February).
 * Must not know: where it stands. */
#include "compiler/check.h"

#include <string.h>

#include "vm/os/os.h"

static bool digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* Decimal digits from *at on; saturates far above every limit. */
static int64_t digits(Str s, size_t *at)
{
    int64_t n = 0;
    while (*at < s.n && digit(s.p[*at])) {
        n = n > INT64_MAX / 100 ? INT64_MAX / 10 : n * 10 + (s.p[*at] - '0');
        (*at)++;
    }
    return n;
}

static const struct { const char *word; int64_t bytes; } size_units[] = {
    {"B", 1}, {"kB", 1000}, {"KB", 1000}, {"MB", 1000000}, {"GB", 1000000000},
    {"TB", 1000000000000}, {"PB", 1000000000000000}, {"KiB", 1 << 10},
    {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", INT64_C(1) << 40},
    {"PiB", INT64_C(1) << 50},
};

static bool size_value(Str s, Value *out)
{
    size_t at = 0;
    while (at < s.n && (digit(s.p[at]) || s.p[at] == '.'))
        at++;
    Value n, bytes, unit;
    if (!num_parse((Str){s.p, at}, &n))
        return false;
    for (size_t i = 0; i < sizeof size_units / sizeof *size_units; i++) {
        if (!str_is((Str){s.p + at, s.n - at}, size_units[i].word))
            continue;
        unit = val_int(size_units[i].bytes);
        int64_t whole;
        if (!num_mul(n, unit, &bytes) || !num_to_int(bytes, &whole))
            return false;
        *out = val_make(V_SIZE, whole);
        return true;
    }
    return false;
}

static int64_t unit_ms(Str u)
{
    static const struct { const char *word; int64_t ms; } units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
        {"w", 604800000},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_is(u, units[i].word))
            return units[i].ms;
    return 0;
}

/* 90s 1h30m 2d: *bad gets the unit that is none. */
static bool duration_value(Str s, Value *out, Str *bad)
{
    int64_t total = 0;
    size_t at = 0;
    *bad = (Str){NULL, 0};
    while (at < s.n) {
        int64_t n = digits(s, &at);
        size_t from = at;
        while (at < s.n && !digit(s.p[at]))
            at++;
        Str unit = {s.p + from, at - from};
        int64_t ms = unit_ms(unit);
        if (ms == 0) {
            *bad = unit;
            return false;
        }
        if (n > INT64_MAX / ms || total > INT64_MAX - n * ms)
            return false;
        total += n * ms;
    }
    *out = val_make(V_DURATION, total);
    return s.n > 0;
}

static bool time_value(Str s, Value *out)
{
    size_t at = 0;
    int64_t h = digits(s, &at), m, sec = 0;
    at++;
    m = digits(s, &at);
    if (at < s.n) {
        at++;
        sec = digits(s, &at);
    }
    /* 24:00 is how people write the end of a day. */
    if (m > 59 || sec > 59 || h > 24 || (h == 24 && (m > 0 || sec > 0)))
        return false;
    *out = val_make(V_TIME, ((h * 60 + m) * 60 + sec) * 1000);
    return true;
}

static bool date_value(Str s, Value *out)
{
    size_t at = 0;
    int64_t y = digits(s, &at);
    at++;
    int64_t m = digits(s, &at);
    at++;
    int64_t d = digits(s, &at);
    if (m > 12 || d > 31 || !os_date_valid(y, (int)m, (int)d))
        return false;
    *out = val_make(V_DATE, os_days_from_civil(y, (int)m, (int)d));
    return true;
}

/* Without a zone, UTC (language 10.13 is for deadlines alone). */
static bool instant_value(Str s, Value *out)
{
    char z[48];
    int64_t ms;
    if (s.n + 2 > sizeof z)
        return false;
    memcpy(z, s.p, s.n);
    size_t n = s.n;
    bool zoned = s.p[n - 1] == 'Z' || (n > 6 && (z[n - 6] == '+' || z[n - 6] == '-') && z[n - 3] == ':');
    if (!zoned)
        z[n++] = 'Z';
    if (!os_parse_instant((Str){z, n}, &ms))
        return false;
    *out = val_make(V_INSTANT, ms);
    return true;
}

static bool evaluate(const File *f, SynRef r, Value *out, Str *bad_unit)
{
    Str s = chk_text(f, r);
    *bad_unit = (Str){NULL, 0};
    switch (chk_node(f, r)->kind) {
    case SYN_INT:
    case SYN_DECIMAL:
        return num_parse(s, out);
    case SYN_PERCENT:
        if (s.n == 0 || !num_parse((Str){s.p, s.n - 1}, out))
            return false;
        out->tag = V_PERCENT;
        return true;
    case SYN_SIZE:
        return size_value(s, out);
    case SYN_DURATION:
        return duration_value(s, out, bad_unit);
    case SYN_TIME:
        return time_value(s, out);
    case SYN_DATE:
        return date_value(s, out);
    case SYN_INSTANT:
        return instant_value(s, out);
    case SYN_LEVEL:
        *out = val_make(V_LEVEL, chk_node(f, r)->aux);
        return true;
    default:
        return false;
    }
}

bool chk_literal(const File *f, SynRef r, Value *out)
{
    Str bad;
    return evaluate(f, r, out, &bad);
}

static void report(Checker *c, const File *f, SynRef r, Str bad_unit)
{
    Str s = chk_text(f, r);
    Diag *d;
    switch (chk_node(f, r)->kind) {
    case SYN_TIME:
        d = chk_report(c, 2007, f, r, "there is no time %.*s", STR_ARG(s));
        diag_label(c->diags, d, "a day goes from 00:00 to 24:00");
        break;
    case SYN_DATE:
        d = chk_report(c, 2007, f, r, "there is no day %.*s", STR_ARG(s));
        diag_label(c->diags, d, "not in the calendar");
        break;
    case SYN_INSTANT:
        d = chk_report(c, 2007, f, r, "there is no moment %.*s", STR_ARG(s));
        diag_label(c->diags, d, "not in the calendar, or not on the clock");
        break;
    case SYN_DURATION:
        if (str_is(bad_unit, "mo") || str_is(bad_unit, "y")) {
            bool month = bad_unit.n == 2;
            d = chk_report(c, 2008, f, r, "a %s has no fixed length",
                           month ? "month" : "year");
            diag_label(c->diags, d, "%s", month ? "28 to 31 days" : "365 or 366 days");
            diag_help(c->diags, d, "write it in weeks or days (%s), or name a date",
                      month ? "4w, 30d" : "52w, 365d");
            break;
        }
        if (bad_unit.n > 0) {
            d = chk_report(c, 2007, f, r, "`%.*s` is no unit of time", STR_ARG(bad_unit));
            diag_label(c->diags, d, "units are ms s m h d w");
            break;
        } /* fall through */
    default:
        d = chk_report(c, 2015, f, r, "%.*s is larger than gate can count", STR_ARG(s));
        diag_label(c->diags, d, "the largest whole number is 9223372036854775807");
        break;
    }
}

void chk_literals(Checker *c, File *f)
{
    for (SynRef r = 1; r < f->tree->n_nodes; r++) {
        uint16_t kind = chk_node(f, r)->kind;
        if (kind < SYN_INT || kind > SYN_INSTANT)
            continue;
        Value v;
        Str bad;
        if (!evaluate(f, r, &v, &bad))
            report(c, f, r, bad);
    }
}
_Static_assert(SYN_INT < SYN_INSTANT && SYN_INSTANT - SYN_INT == 7,
               "the literals stand side by side in nodes.def");

int64_t chk_duration(Checker *c, File *f, SynRef r, const char *clause)
{
    Value v;
    if (r == 0)
        return -1;
    if (chk_node(f, r)->kind == SYN_BUSINESS) {
        Str what = chk_printf(c, "business time in `%s`", clause);
        chk_later(c, f, r, arena_copy(c->arena, what.p, what.n),
                  "write the time on the clock, such as 2d or 8h");
        return -1;
    }
    return chk_literal(f, r, &v) && v.tag == V_DURATION ? v.u.i : -1;
}

uint32_t chk_int(const File *f, SynRef r, uint32_t most)
{
    size_t at = 0;
    int64_t n = r == 0 ? 0 : digits(chk_text(f, r), &at);
    return n > most ? most : (uint32_t)n;
}
