/* Owns: what a literal is worth, and that it can be at all (25:00, 30 February).
 * Must not know: where it stands. */
#include "compiler/check/check.h"

#include <string.h>

bool chk_literal(const File *f, SynRef r, Value *out)
{
    Str s = chk_text(f, r);
    int64_t n = 0;
    bool ok = true;
    ValueTag tag;
    switch (chk_node(f, r)->kind) {
    case SYN_INT:
    case SYN_DECIMAL:
        return num_parse(s, out);
    case SYN_PERCENT:
        ok = s.n > 0 && num_parse((Str){s.p, s.n - 1}, out);
        out->tag = V_PERCENT;
        return ok;
    case SYN_SIZE: ok = lit_size(s, &n); tag = V_SIZE; break;
    case SYN_DURATION: ok = lit_duration(s, &n); tag = V_DURATION; break;
    case SYN_TIME: ok = lit_time(s, &n); tag = V_TIME; break;
    case SYN_DATE: ok = lit_date(s, &n); tag = V_DATE; break;
    case SYN_INSTANT: ok = lit_instant(s, &n); tag = V_INSTANT; break;
    case SYN_LEVEL: n = chk_node(f, r)->aux; tag = V_LEVEL; break;
    default: return false;
    }
    *out = val_make(tag, n);
    return ok;
}

/* --- what is wrong with one --------------------------------------------------- */

static void too_large(Checker *c, const File *f, SynRef r)
{
    Diag *d = chk_report(c, 2015, f, r, "%.*s is larger than gate can count", STR_ARG(chk_text(f, r)));
    diag_label(c->diags, d, "the largest whole number is 9223372036854775807");
}

static void no_such(Checker *c, const File *f, SynRef r, const char *what, const char *label)
{
    Diag *d = chk_report(c, 2007, f, r, "there is no %s %.*s", what, STR_ARG(chk_text(f, r)));
    diag_label(c->diags, d, "%s", label);
}

static void no_fixed_length(Checker *c, const File *f, SynRef r, bool month)
{
    Diag *d = chk_report(c, 2008, f, r, "a %s has no fixed length", month ? "month" : "year");
    diag_label(c->diags, d, "%s", month ? "28 to 31 days" : "365 or 366 days");
    diag_help(c->diags, d, "write it in weeks or days (%s), or name a date",
              month ? "4w, 30d" : "52w, 365d");
}

static bool is_letter(char ch)
{
    return ch >= 'a' && ch <= 'z';
}

/* The next unit of a duration from *at on, and what one of it is worth; 0: it
 * has no fixed length. */
static int64_t next_unit(Str s, size_t *at, Str *unit)
{
    char one[8] = "1";
    int64_t ms = 0;
    while (*at < s.n && !is_letter(s.p[*at]))
        ++*at;
    *unit = (Str){s.p + *at, 0};
    while (*at < s.n && is_letter(s.p[*at]) && unit->n < sizeof one - 1) {
        one[++unit->n] = s.p[*at];
        ++*at;
    }
    return lit_duration((Str){one, unit->n + 1}, &ms) ? ms : 0;
}

static void bad_duration(Checker *c, const File *f, SynRef r)
{
    Str s = chk_text(f, r), unit;
    int64_t before = INT64_MAX;
    for (size_t at = 0; at < s.n;) {
        int64_t ms = next_unit(s, &at, &unit);
        if (ms == 0) {
            no_fixed_length(c, f, r, str_is(unit, "mo"));
            return;
        }
        if (ms >= before) {
            Diag *d = chk_report(c, 2007, f, r, "the parts of %.*s are out of order", STR_ARG(s));
            diag_label(c->diags, d, "from large to small, and each once: 1h30m");
            return;
        }
        before = ms;
    }
    too_large(c, f, r);
}

static void bad_size(Checker *c, const File *f, SynRef r)
{
    Str s = chk_text(f, r);
    const char *dot = memchr(s.p, '.', s.n);
    size_t whole = dot == NULL ? s.n : (size_t)(dot - s.p), unit = s.n;
    while (unit > 0 && s.p[unit - 1] > '9')
        unit--;
    int64_t bytes;
    Str without = chk_printf(c, "%.*s%.*s", (int)whole, s.p, (int)(s.n - unit), s.p + unit);
    if (dot == NULL || !lit_size(without, &bytes)) {
        too_large(c, f, r);
        return;
    }
    Diag *d = chk_report(c, 2007, f, r, "%.*s is no whole number of bytes", STR_ARG(s));
    diag_label(c->diags, d, "a byte cannot be split");
}

static void report(Checker *c, const File *f, SynRef r)
{
    switch (chk_node(f, r)->kind) {
    case SYN_TIME: no_such(c, f, r, "time", "a day goes from 00:00 to 24:00"); break;
    case SYN_DATE: no_such(c, f, r, "day", "not in the calendar"); break;
    case SYN_INSTANT: no_such(c, f, r, "moment", "not in the calendar, or not on the clock"); break;
    case SYN_DURATION: bad_duration(c, f, r); break;
    case SYN_SIZE: bad_size(c, f, r); break;
    default: too_large(c, f, r); break;
    }
}

/* GB and GiB: which of KMGT it is, and whether in steps of 1024; none: -1. */
static int unit_of(Str size, bool *binary)
{
    static const char units[] = "KMGT";
    size_t at = 0;
    while (at < size.n && (size.p[at] < 'A' || size.p[at] > 'Z'))
        at++;
    *binary = at + 1 < size.n && size.p[at + 1] == 'i';
    const char *unit = at < size.n ? strchr(units, size.p[at]) : NULL;
    return unit == NULL ? -1 : (int)(unit - units);
}

/* A GiB is 7% more than a GB: who writes both in one plan rarely means both. */
static void two_units(Checker *c, const File *f, SynRef r, SynRef first)
{
    Str s = chk_text(f, r), other = chk_text(f, first);
    bool binary;
    unit_of(s, &binary);
    size_t n = binary ? s.n - 3 : s.n - 2;
    Diag *d = chk_report(c, 2014, f, r, "this plan counts in %.*s and in %.*s", (int)(s.n - n), s.p + n,
                         binary ? 2 : 3, other.p + other.n - (binary ? 2 : 3));
    diag_label(c->diags, d, "%s", binary ? "in steps of 1024" : "in steps of 1000");
    chk_also(c, d, f, first, "%s", binary ? "in steps of 1000" : "in steps of 1024");
    chk_fix_replace(c, d, '?', f, r, chk_printf(c, "%.*s%c%s", (int)n, s.p, s.p[n], binary ? "B" : "iB"),
                    "count in one of them");
}

static void note_unit(Checker *c, const File *f, SynRef r, SynRef seen[4][2])
{
    bool binary;
    int unit = unit_of(chk_text(f, r), &binary);
    if (unit < 0 || seen[unit][binary] != 0)
        return;
    seen[unit][binary] = r;
    if (seen[unit][!binary] != 0)
        two_units(c, f, r, seen[unit][!binary]);
}

void chk_literals(Checker *c, File *f)
{
    SynRef units[4][2] = {{0}};
    for (uint32_t i = 0; i < f->tree->n_literals; i++) {
        Value v;
        if (chk_node(f, f->tree->literals[i])->kind == SYN_SIZE)
            note_unit(c, f, f->tree->literals[i], units);
        if (!chk_literal(f, f->tree->literals[i], &v))
            report(c, f, f->tree->literals[i]);
    }
}

SemDuration chk_duration(Checker *c, File *f, SynRef r, const char *clause)
{
    SemDuration d = {.kind = ST_NONE, .node = r};
    Value v;
    if (r == 0)
        return d;
    const SynNode *n = chk_node(f, r);
    if (n->kind == SYN_BUSINESS) {
        uint32_t calendar = chk_business_calendar(c, f, r, clause);
        if (chk_literal(f, n->a, &v) && num_to_int(v, &d.n) && calendar != SEM_NONE) {
            d.kind = n->aux == 0 ? ST_DAYS : ST_HOURS;
            d.calendar = calendar & (UINT32_MAX >> 2);
        }
    } else if (chk_literal(f, r, &v) && v.tag == V_DURATION) {
        d.kind = ST_CLOCK;
        d.n = v.u.i;
    }
    return d;
}

/* Nobody can answer in no time, and what comes every 0s never stops. */
SemDuration chk_some_time(Checker *c, File *f, SynRef r, const char *clause)
{
    SemDuration d = chk_duration(c, f, r, clause);
    if (d.kind == ST_NONE || d.n > 0)
        return d;
    Diag *report = chk_report(c, 2007, f, r, "`%s` says no time at all", clause);
    diag_label(c->diags, report, "%s", strstr(clause, "every") != NULL ? "again and again, without a pause"
                                                                      : "nothing can happen in it");
    d.kind = ST_NONE;
    return d;
}

uint32_t chk_int(const File *f, SynRef r, uint32_t most)
{
    Value v;
    int64_t n;
    if (r == 0 || chk_node(f, r)->kind != SYN_INT)
        return 0;
    if (!chk_literal(f, r, &v) || !num_to_int(v, &n) || n > most)
        return most;
    return (uint32_t)n;
}
