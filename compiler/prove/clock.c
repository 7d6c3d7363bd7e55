/* Owns: G5006: openings that begin or end in an hour that a clock change leaves
 * out or gives twice.
 * Must not know: who uses the calendar. */
#include "compiler/prove/time.h"
#include "vm/os/os.h"

/* A change of the clocks: on the wall, from..until does not exist, or exists twice. */
typedef struct Change { int64_t from, until; bool skipped; } Change;

typedef struct Hit {
    int64_t local;  /* the wall's time that is in doubt */
    bool skipped;
} Hit;

static bool next_change(const Zone *z, int64_t *at, Change *out)
{
    ZoneSpan before = zone_span(z, *at);
    if (before.until_ms == INT64_MAX)
        return false;
    *at = before.until_ms;
    int64_t a = *at + before.offset_ms, b = *at + zone_span(z, *at).offset_ms;
    *out = (Change){a < b ? a : b, a < b ? b : a, b > a};
    return true;
}

/* An end at the very beginning of such an hour is where everybody expects it. */
static bool hits(const SemOpen *o, int64_t day, const Change *c, int64_t *local)
{
    int64_t from = day * TIME_DAY_MS + o->from_s * INT64_C(1000), to = day * TIME_DAY_MS + o->to_s * INT64_C(1000);
    if (o->to_s <= o->from_s)
        to += TIME_DAY_MS;
    *local = from;
    if (from >= c->from && from < c->until)
        return true;
    *local = to;
    return to > c->from && to < c->until;
}

static bool on_day(const Calendar *c, const SemOpen *o, int64_t day)
{
    CalDayKind kind = cal_day(c, day);
    if (o->is_date)
        return kind == CAL_SPECIAL && o->date == day;
    int64_t weekday = ((day + 3) % 7 + 7) % 7;
    bool inside = o->first <= o->last ? weekday >= o->first && weekday <= o->last
                                      : weekday >= o->first || weekday <= o->last;
    return kind == CAL_WEEKLY && inside;
}

static bool falls_into(const Calendar *c, const SemOpen *o, const Change *change, Hit *hit)
{
    int64_t day = change->from / TIME_DAY_MS - (change->from % TIME_DAY_MS < 0);
    for (int64_t k = day - 1; k <= day + 1; k++)
        if (on_day(c, o, k) && hits(o, k, change, &hit->local)) {
            hit->skipped = change->skipped;
            return true;
        }
    return false;
}

static Str clock_words(Times *t, int64_t local)
{
    int64_t of_day = (local % TIME_DAY_MS + TIME_DAY_MS) % TIME_DAY_MS;
    return chk_printf(t->c, "%02d:%02d", (int)(of_day / TIME_HOUR_MS), (int)(of_day / 60000 % 60));
}

static Str hit_words(Times *t, const Hit *h, Str when)
{
    return chk_printf(t->c, "%.*s %s %.*s", STR_ARG(clock_words(t, h->local)),
                      h->skipped ? "does not exist on" : "exists twice on", STR_ARG(when));
}

static void report(Times *t, const SemCalendar *cal, const SemOpen *o, Str words)
{
    const File *f = (const File *)cal->file;
    const SynNode *n = chk_node(f, o->node);
    SynRef at = n->b != 0 ? n->b : o->node;
    Diag *d = chk_report(t->c, 5006, f, at, "this opening falls into an hour that the clock change skips or repeats");
    diag_label(t->c->diags, d, "%.*s", STR_ARG(words));
    chk_also(t->c, d, f, cal->zone_node, "the clocks change here");
    diag_note(t->c->diags, d, "a time that does not exist is moved behind the change (02:30 becomes 03:30); of two equal ones the first counts");
    diag_help(t->c->diags, d, "let it begin and end outside of that hour");
}

/* --- on real dates ------------------------------------------------------------ */

enum { DATES = 4, YEARS = 2 };

static void on_dates(Times *t, const SemCalendar *cal, const Calendar *c, const SemOpen *o, int64_t from, int64_t until)
{
    Str words = {"", 0};
    Change change;
    Hit hit;
    uint32_t n = 0;
    for (int64_t at = from; next_change(cal_zone(c), &at, &change) && at < until && n < DATES;) {
        if (!falls_into(c, o, &change, &hit))
            continue;
        int64_t year, day = hit.local / TIME_DAY_MS;
        int month, d;
        os_civil_from_days(day, &year, &month, &d);
        Str date = chk_printf(t->c, "%04d-%02d-%02d", (int)year, month, d);
        words = chk_printf(t->c, "%.*s%s%.*s", STR_ARG(words), n++ > 0 ? ", " : "", STR_ARG(hit_words(t, &hit, date)));
    }
    if (n > 0)
        report(t, cal, o, words);
}

/* --- every year ------------------------------------------------------------------ */

/* After 28 years dates fall upon the same days of the week again. Here the rule
 * of the zone counts alone, as far as it is known today. */
enum { CYCLE = 28, FIRST_YEAR = 2040 };

typedef struct Yearly {
    int years;           /* with a hit; all of them: every year */
    int last_year, month, weekday;
    bool same, last, nth_same;
    int nth;
    Hit hit;
} Yearly;

static void note_year(Yearly *y, const Hit *h)
{
    int64_t year, day = h->local / TIME_DAY_MS, next;
    int month, d;
    os_civil_from_days(day, &year, &month, &d);
    next = month == 12 ? os_days_from_civil(year + 1, 1, 1) : os_days_from_civil(year, month + 1, 1);
    int weekday = (int)((day + 3) % 7), nth = (d - 1) / 7 + 1;
    if (y->years == 0)
        *y = (Yearly){0, 0, month, weekday, true, true, true, nth, *h};
    y->years += year != y->last_year;
    y->last_year = (int)year;
    y->same = y->same && month == y->month && weekday == y->weekday;
    y->last = y->last && day + 7 >= next;
    y->nth_same = y->nth_same && nth == y->nth;
}

static Str yearly_words(Times *t, const Yearly *y)
{
    static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
                                         "August", "September", "October", "November", "December"};
    static const char *const nth[] = {"first", "second", "third", "fourth"};
    if (!y->same || (!y->last && !y->nth_same))
        return STR("the day on which the clocks change");
    return chk_printf(t->c, "the %s %s of %s", y->last ? "last" : nth[y->nth - 1], days[y->weekday], months[y->month - 1]);
}

/* Without a start, what is hit in every year will be hit whenever it starts. */
static void every_year(Times *t, const SemCalendar *cal, const Calendar *c, const SemOpen *o)
{
    Yearly way[2] = {{0}, {0}}; /* put back, put forward */
    int64_t at = os_days_from_civil(FIRST_YEAR, 1, 1) * TIME_DAY_MS;
    int64_t until = os_days_from_civil(FIRST_YEAR + CYCLE, 1, 1) * TIME_DAY_MS;
    Change change;
    Hit hit;
    while (next_change(cal_zone(c), &at, &change) && at < until)
        if (falls_into(c, o, &change, &hit))
            note_year(&way[hit.skipped], &hit);
    Str words = {"", 0};
    for (int i = 1; i >= 0; i--)
        if (way[i].years == CYCLE)
            words = chk_printf(t->c, "%.*s%s%.*s", STR_ARG(words), words.n > 0 ? ", " : "",
                               STR_ARG(hit_words(t, &way[i].hit, yearly_words(t, &way[i]))));
    if (words.n > 0)
        report(t, cal, o, words);
}

void time_clock_changes(Times *t)
{
    const Sem *s = t->s;
    bool *used = time_used(t);
    int64_t two_years = YEARS * INT64_C(366) * TIME_DAY_MS;
    for (uint32_t i = 0; i < s->n_calendars; i++) {
        const Calendar *c = sem_calendar(s, i);
        for (uint32_t k = 0; c != NULL && used[i] && k < s->calendars[i].n_opens; k++) {
            const SemOpen *o = &s->calendars[i].opens[k];
            int64_t from = t->real ? t->start_ms : o->is_date ? (o->date - 2) * TIME_DAY_MS : 0;
            if (t->real)
                on_dates(t, &s->calendars[i], c, o, from, from + two_years);
            else if (o->is_date)
                on_dates(t, &s->calendars[i], c, o, from, from + 4 * TIME_DAY_MS);
            else
                every_year(t, &s->calendars[i], c, o);
        }
    }
}
