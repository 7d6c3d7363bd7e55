/* Business time in tables: midnight, both clock changes, freezes, holidays, leap
 * days; sets of windows; and every answer once more from a slow model that looks
 * at one minute after the other. Whole zones and thousands of dates are compared
 * with Python in tests/cli/calendar_peer.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/test_arena.h"
#include "vm/core/calendar.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

enum { MON, TUE, WED, THU, FRI, SAT, SUN };
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NEVER INT64_MIN

static int64_t at(const char *text)
{
    int64_t ms;
    assert_true(os_parse_instant(str_of(text), &ms));
    return ms;
}

static int32_t day(const char *text)
{
    int y, m, d;
    assert_int_equal(sscanf(text, "%d-%d-%d", &y, &m, &d), 3);
    return (int32_t)os_days_from_civil(y, m, d);
}

static int32_t hm(int hour, int minute)
{
    return hour * 3600 + minute * 60;
}

static CalOpen weekly(int first, int last, int from, int to)
{
    return (CalOpen){.first = (uint8_t)first, .last = (uint8_t)last, .from_s = from, .to_s = to};
}

static CalOpen on(const char *date, int from, int to)
{
    return (CalOpen){.is_date = true, .date = day(date), .from_s = from, .to_s = to};
}

static const Zone *zone(const char *name)
{
    const Zone *z;
    assert_int_equal(zone_load(NULL, str_of(name), arena, &z, NULL), GATE_OK);
    return z;
}

static const Calendar *make(const CalSpec *spec)
{
    const Calendar *c = cal_make(spec, arena);
    assert_non_null(c);
    return c;
}

/* Mon..Fri 08:00..17:00 in Bratislava, closed at Christmas. */
static const Calendar *office(void)
{
    CalOpen open[] = {weekly(MON, FRI, hm(8, 0), hm(17, 0))};
    CalDays closed[] = {{day("2026-12-24"), day("2026-12-26")}};
    return make(&(CalSpec){zone("Europe/Bratislava"), open, 1, closed, 1, NULL, 0});
}

static const Calendar *one(const char *zone_name, CalOpen open)
{
    return make(&(CalSpec){zone(zone_name), &open, 1, NULL, 0, NULL, 0});
}

/* What belongs to it, opening by opening. */
static int64_t open_ms(const Calendar *c, int64_t from, int64_t until)
{
    CalWindow item = {c, false};
    CalWindows only = {&item, 1, NULL};
    CalSpan s;
    int64_t sum = 0;
    for (; cal_windows_next(&only, from, until, &s); from = s.until_ms)
        sum += s.until_ms - s.from_ms;
    return sum;
}

static bool is_open(const Calendar *c, int64_t t)
{
    int64_t opening;
    return cal_opening(c, t, &opening) && opening == t;
}

/* --- days and hours ----------------------------------------------------------- */

typedef struct Row { const char *from; int64_t n; const char *want; } Row;

static void days_are(const Calendar *c, const Row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t got = NEVER;
        bool ok = cal_add_days(c, at(rows[i].from), rows[i].n, &got);
        assert_int_equal(ok, rows[i].want != NULL);
        if (ok)
            assert_int_equal(got, at(rows[i].want));
    }
}
#define DAYS_ARE(c, rows) days_are(c, rows, sizeof(rows) / sizeof *(rows))

static void business_days(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"2026-11-24T10:00+01:00", 1, "2026-11-25T10:00+01:00"},
        {"2026-11-24T10:00+01:00", 2, "2026-11-26T10:00+01:00"},
        {"2026-11-27T10:00+01:00", 1, "2026-11-30T10:00+01:00"}, /* over a weekend */
        {"2026-11-24T05:00+01:00", 1, "2026-11-25T08:00+01:00"}, /* before opening */
        {"2026-11-24T20:00+01:00", 1, "2026-11-25T17:00+01:00"}, /* after closing */
        {"2026-11-24T17:00+01:00", 1, "2026-11-25T17:00+01:00"},
        {"2026-11-28T10:00+01:00", 1, "2026-11-30T10:00+01:00"}, /* from a Saturday */
        {"2026-12-23T10:00+01:00", 1, "2026-12-28T10:00+01:00"}, /* Christmas and a weekend */
        {"2027-03-26T10:00+01:00", 1, "2027-03-29T10:00+02:00"}, /* clock change between */
        {"2026-10-23T10:00+02:00", 1, "2026-10-26T10:00+01:00"},
        {"2028-02-28T10:00+01:00", 1, "2028-02-29T10:00+01:00"}, /* leap day */
        {"2028-02-29T10:00+01:00", 1, "2028-03-01T10:00+01:00"},
        {"2026-11-24T10:00+01:00", 0, "2026-11-24T10:00+01:00"},
        {"2026-11-24T10:00+01:00", 260, "2027-11-25T10:00+01:00"}, /* 52 weeks, and two days of Christmas */
        {"2026-11-24T10:00+01:00", -1, "2026-11-23T10:00+01:00"},
        {"2026-11-23T10:00+01:00", -1, "2026-11-20T10:00+01:00"},
        {"2026-12-28T20:00+01:00", -1, "2026-12-23T17:00+01:00"},
        {"2026-12-28T06:00+01:00", -1, "2026-12-23T08:00+01:00"},
        {"2027-11-25T10:00+01:00", -260, "2026-11-24T10:00+01:00"},
    };
    DAYS_ARE(office(), rows);
}

static void a_lunch_break_moves_to_its_end(void **state)
{
    (void)state;
    CalOpen open[] = {weekly(MON, FRI, hm(13, 0), hm(17, 0)), weekly(MON, FRI, hm(8, 0), hm(12, 0))};
    const Calendar *c = make(&(CalSpec){zone("UTC"), open, 2, NULL, 0, NULL, 0});
    static const Row rows[] = {
        {"2026-11-24T12:30Z", 1, "2026-11-25T13:00Z"},
        {"2026-11-24T12:00Z", 1, "2026-11-25T12:00Z"},
        {"2026-11-24T19:00Z", 1, "2026-11-25T17:00Z"},
    };
    DAYS_ARE(c, rows);
}

static void days_over_midnight(void **state)
{
    (void)state;
    const Calendar *night = one("UTC", weekly(MON, FRI, hm(22, 0), hm(6, 0)));
    static const Row rows[] = {
        {"2026-11-24T23:00Z", 1, "2026-11-25T23:00Z"},
        {"2026-11-25T01:00Z", 1, "2026-11-26T01:00Z"}, /* Tuesday's night to Wednesday's */
        {"2026-11-28T01:00Z", 1, "2026-12-01T01:00Z"}, /* Friday's night to Monday's */
        {"2026-11-28T12:00Z", 1, "2026-11-30T22:00Z"},
        {"2026-12-01T01:00Z", -1, "2026-11-28T01:00Z"},
    };
    DAYS_ARE(night, rows);
}

static void hours_are(const Calendar *c, const Row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t got = NEVER, open;
        bool ok = cal_add_open(c, at(rows[i].from), rows[i].n * HOUR, &got);
        assert_int_equal(ok, rows[i].want != NULL);
        if (!ok)
            continue;
        assert_int_equal(got, at(rows[i].want));
        open = rows[i].n < 0 ? open_ms(c, got, at(rows[i].from)) : open_ms(c, at(rows[i].from), got);
        assert_int_equal(open, (rows[i].n < 0 ? -rows[i].n : rows[i].n) * HOUR);
    }
}
#define HOURS_ARE(c, rows) hours_are(c, rows, sizeof(rows) / sizeof *(rows))

static void business_hours(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"2026-11-24T10:00+01:00", 4, "2026-11-24T14:00+01:00"},
        {"2026-11-24T16:00+01:00", 1, "2026-11-24T17:00+01:00"}, /* at closing, not at the next opening */
        {"2026-11-24T16:00+01:00", 2, "2026-11-25T09:00+01:00"},
        {"2026-11-27T16:00+01:00", 4, "2026-11-30T11:00+01:00"},
        {"2026-11-28T12:00+01:00", 1, "2026-11-30T09:00+01:00"},
        {"2026-12-23T16:00+01:00", 9, "2026-12-28T16:00+01:00"},
        {"2026-10-23T16:00+02:00", 2, "2026-10-26T09:00+01:00"},
        {"2026-11-24T10:00+01:00", 0, "2026-11-24T10:00+01:00"},
        {"2026-11-24T08:00+01:00", 2340, "2027-11-24T17:00+01:00"}, /* 260 open days */
        {"2026-11-24T10:00+01:00", -1, "2026-11-24T09:00+01:00"},
        {"2026-11-24T10:00+01:00", -2, "2026-11-24T08:00+01:00"},
        {"2026-11-24T10:00+01:00", -3, "2026-11-23T16:00+01:00"},
        {"2026-11-23T09:00+01:00", -2, "2026-11-20T16:00+01:00"},
        {"2027-11-24T17:00+01:00", -2340, "2026-11-24T08:00+01:00"},
    };
    HOURS_ARE(office(), rows);
}

/* A night is an hour shorter in March and an hour longer in October. */
static void hours_over_a_clock_change(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"2027-03-27T22:00+01:00", 4, "2027-03-28T03:00+02:00"},
        {"2027-03-27T22:00+01:00", 7, "2027-03-28T06:00+02:00"},
        {"2027-03-27T22:00+01:00", 8, "2027-03-28T23:00+02:00"},
        {"2026-10-24T22:00+02:00", 4, "2026-10-25T02:00+02:00"},
        {"2026-10-24T22:00+02:00", 5, "2026-10-25T02:00+01:00"},
        {"2026-10-24T22:00+02:00", 9, "2026-10-25T06:00+01:00"},
    };
    HOURS_ARE(one("Europe/Bratislava", weekly(MON, SUN, hm(22, 0), hm(6, 0))), rows);
}

/* --- openings -------------------------------------------------------------------- */

typedef struct Span { const char *t, *from, *until; } Span;

static void openings_are(const Calendar *c, const Span *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CalSpan s;
        bool found = cal_next(c, at(rows[i].t), &s);
        assert_int_equal(found, rows[i].from != NULL);
        if (!found)
            continue;
        assert_int_equal(s.from_ms, at(rows[i].from));
        assert_int_equal(s.until_ms, at(rows[i].until));
    }
}
#define OPENINGS_ARE(c, rows) openings_are(c, rows, sizeof(rows) / sizeof *(rows))

/* What the clock leaves out moves behind it; of two equal hours the first counts. */
static void ends_in_the_hour_of_a_change(void **state)
{
    (void)state;
    static const Span rows[] = {
        {"2027-03-28T00:00Z", "2027-03-28T01:30Z", "2027-03-28T02:00Z"}, /* 02:30 is 03:30; 04:00 */
        {"2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T03:00Z"},
        {"2026-11-01T00:00Z", "2026-11-01T01:30Z", "2026-11-01T03:00Z"},
    };
    OPENINGS_ARE(one("Europe/Bratislava", weekly(SUN, SUN, hm(2, 30), hm(4, 0))), rows);
    static const Span empty[] = { /* 02:30..03:15 is nothing on that day */
        {"2027-03-28T00:00Z", "2027-04-04T00:30Z", "2027-04-04T01:15Z"},
    };
    OPENINGS_ARE(one("Europe/Bratislava", weekly(SUN, SUN, hm(2, 30), hm(3, 15))), empty);
}

/* 02:30..02:45 moves behind 03:00..03:15, which it does not meet. */
static void moved_openings_stand_in_order(void **state)
{
    (void)state;
    CalOpen open[] = {weekly(SUN, SUN, hm(2, 30), hm(2, 45)), weekly(SUN, SUN, hm(3, 0), hm(3, 15)),
                      weekly(SUN, SUN, hm(3, 40), hm(3, 50))};
    const Calendar *c = make(&(CalSpec){zone("Europe/Bratislava"), open, 3, NULL, 0, NULL, 0});
    static const Span rows[] = {
        {"2027-03-28T00:00Z", "2027-03-28T01:00Z", "2027-03-28T01:15Z"},
        {"2027-03-28T01:15Z", "2027-03-28T01:30Z", "2027-03-28T01:45Z"},
        {"2027-03-28T01:45Z", "2027-03-28T01:40Z", "2027-03-28T01:50Z"}, /* into which it has moved */
        {"2027-03-28T01:50Z", "2027-04-04T00:30Z", "2027-04-04T00:45Z"},
    };
    OPENINGS_ARE(c, rows);
    assert_int_equal(open_ms(c, at("2027-03-28T00:00Z"), at("2027-03-28T06:00Z")), 35 * MINUTE);
}

static void a_whole_day_left_out(void **state)
{
    (void)state; /* Samoa had no 30 December 2011: its openings fall upon the 31st */
    CalOpen open[] = {on("2011-12-30", hm(8, 0), hm(12, 0)), on("2011-12-31", hm(10, 0), hm(14, 0))};
    const Calendar *c = make(&(CalSpec){zone("Pacific/Apia"), open, 2, NULL, 0, NULL, 0});
    static const Span rows[] = {
        {"2011-12-29T00:00Z", "2011-12-30T18:00Z", "2011-12-30T22:00Z"},
        {"2011-12-30T22:00Z", "2011-12-30T20:00Z", "2011-12-31T00:00Z"},
        {"2011-12-31T00:00Z", NULL, NULL},
    };
    OPENINGS_ARE(c, rows);
    assert_int_equal(open_ms(c, at("2011-12-29T00:00Z"), at("2012-01-02T00:00Z")), 6 * HOUR);
}

static void closed_wins_and_a_date_beats_a_list(void **state)
{
    (void)state;
    CalOpen open[] = {weekly(FRI, FRI, hm(22, 0), hm(2, 0)), weekly(MON, THU, hm(8, 0), hm(16, 0)),
                      on("2026-11-26", hm(10, 0), hm(11, 0)), on("2026-11-24", 0, hm(24, 0)),
                      on("2026-11-29", 0, hm(24, 0))};
    CalDays closed[] = {{day("2026-11-29"), day("2026-11-29")}, {day("2026-12-05"), day("2026-12-05")}};
    CalDays holidays[] = {{day("2026-11-23"), day("2026-11-26")}};
    const Calendar *c = make(&(CalSpec){zone("UTC"), open, 5, closed, 2, holidays, 1});
    static const Span rows[] = {
        {"2026-11-20T23:00Z", "2026-11-20T22:00Z", "2026-11-21T02:00Z"},
        {"2026-11-23T08:00Z", "2026-11-24T00:00Z", "2026-11-25T00:00Z"}, /* all of the 24th */
        {"2026-11-25T00:00Z", "2026-11-26T10:00Z", "2026-11-26T11:00Z"}, /* in place of 08:00..16:00 */
        {"2026-11-26T11:00Z", "2026-11-27T22:00Z", "2026-11-28T02:00Z"},
        {"2026-11-28T02:00Z", "2026-11-30T08:00Z", "2026-11-30T16:00Z"}, /* closed on the 29th */
        {"2026-12-04T20:00Z", "2026-12-04T22:00Z", "2026-12-05T00:00Z"}, /* ends where closed begins */
    };
    OPENINGS_ARE(c, rows);
}

static void over_the_end_of_the_week(void **state)
{
    (void)state;
    static const Span rows[] = {
        {"2026-11-24T00:00Z", "2026-11-28T08:00Z", "2026-11-28T09:00Z"},
        {"2026-11-28T09:00Z", "2026-11-29T08:00Z", "2026-11-29T09:00Z"},
        {"2026-11-29T09:00Z", "2026-11-30T08:00Z", "2026-11-30T09:00Z"},
        {"2026-11-30T09:00Z", "2026-12-05T08:00Z", "2026-12-05T09:00Z"},
    };
    OPENINGS_ARE(one("UTC", weekly(SAT, MON, hm(8, 0), hm(9, 0))), rows);
}

static void the_next_instant_that_is_open(void **state)
{
    (void)state;
    const Calendar *c = office();
    int64_t t;
    assert_true(cal_opening(c, at("2026-11-28T12:00Z"), &t));
    assert_int_equal(t, at("2026-11-30T07:00Z"));
    assert_true(cal_opening(c, at("2026-11-24T12:00Z"), &t));
    assert_int_equal(t, at("2026-11-24T12:00Z"));
    assert_true(is_open(c, at("2026-11-24T07:00Z")));
    assert_false(is_open(c, at("2026-11-24T16:00Z")));
}

static void an_empty_calendar(void **state)
{
    (void)state;
    const Calendar *c = make(&(CalSpec){zone("UTC"), NULL, 0, NULL, 0, NULL, 0});
    int64_t t;
    CalSpan s;
    assert_false(cal_next(c, 0, &s));
    assert_false(cal_add_days(c, 0, 1, &t));
    assert_false(cal_add_open(c, 0, 1, &t));
    assert_false(cal_add_open(c, 0, -1, &t));
    assert_int_equal(open_ms(c, 0, at("9990-01-01T00:00Z")), 0);
}

static void no_instant_breaks_it(void **state)
{
    (void)state;
    static const int64_t odd[] = {INT64_MIN, INT64_MIN + 1, -62167219200000, 253402300799999, INT64_MAX};
    const Calendar *c = office();
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        CalSpan s;
        int64_t t;
        assert_false(cal_next(c, odd[i], &s));
        assert_false(cal_add_days(c, odd[i], 1, &t));
        assert_false(cal_add_open(c, odd[i], -1, &t));
    }
    int64_t t;
    assert_false(cal_add_days(c, 0, INT64_MAX, &t));
    assert_false(cal_add_days(c, 0, INT64_MIN, &t));
    assert_false(cal_add_open(c, 0, INT64_MAX, &t));
    assert_false(cal_add_open(c, 0, INT64_MIN, &t));
}

static void counting_ends_after_a_hundred_years(void **state)
{
    (void)state;
    const Calendar *always = one("UTC", weekly(MON, SUN, 0, hm(24, 0)));
    int64_t from = at("2026-11-24T12:00Z"), t;
    for (int more = -1; more <= 1; more++) {
        int64_t n = LIM_CALENDAR_DAYS + more;
        assert_int_equal(cal_add_days(always, from, n, &t), more <= 0);
        assert_int_equal(cal_add_days(always, from, -n, &t), more <= 0);
        assert_int_equal(cal_add_open(always, from, n * DAY, &t), more <= 0);
        if (more <= 0)
            assert_int_equal(t, from + n * DAY);
        assert_int_equal(cal_add_open(always, from, -n * DAY, &t), more <= 0);
    }
    /* Where few days are open, the days between count too. */
    const Calendar *sundays = one("UTC", weekly(SUN, SUN, 0, hm(24, 0)));
    assert_true(cal_add_days(sundays, from, LIM_CALENDAR_DAYS / 7 + 1, &t)); /* the first is five days off */
    assert_false(cal_add_days(sundays, from, LIM_CALENDAR_DAYS / 7 + 2, &t));
}

/* --- windows ------------------------------------------------------------------------ */

static void windows(void **state)
{
    (void)state;
    const Calendar *evenings = one("Europe/Bratislava", weekly(TUE, THU, hm(18, 0), hm(22, 0)));
    CalOpen all = weekly(MON, SUN, 0, hm(24, 0));
    CalDays freeze_days[] = {{day("2026-12-01"), day("2027-01-06")}};
    const Calendar *thawed = make(&(CalSpec){zone("Europe/Bratislava"), &all, 1, freeze_days, 1, NULL, 0});
    CalOpen wednesdays[] = {weekly(WED, WED, 0, hm(24, 0))};
    const Calendar *wednesday = make(&(CalSpec){zone("Europe/Bratislava"), wednesdays, 1, NULL, 0, NULL, 0});
    CalWindow phase_items[] = {{wednesday, true}}, items[] = {{evenings, false}, {thawed, false}};
    CalWindows phase = {phase_items, 1, NULL}, w = {items, 2, &phase}, always = {NULL, 0, NULL};
    int64_t end = at("2027-12-01T00:00Z"), t;
    CalSpan s;
    assert_true(cal_windows_next(&w, at("2026-11-24T00:00Z"), end, &s));
    assert_int_equal(s.from_ms, at("2026-11-24T17:00Z"));
    assert_int_equal(s.until_ms, at("2026-11-24T21:00Z"));
    assert_true(cal_windows_next(&w, at("2026-11-24T21:00Z"), end, &s)); /* not Wednesday */
    assert_int_equal(s.from_ms, at("2026-11-26T17:00Z"));
    assert_true(cal_windows_next(&w, s.until_ms, end, &s)); /* behind the freeze */
    assert_int_equal(s.from_ms, at("2027-01-07T17:00Z"));
    assert_false(cal_windows_next(&w, at("2026-11-26T21:00Z"), at("2027-01-07T17:00Z"), &s));
    assert_int_equal(cal_windows_longest(&w, at("2026-11-24T18:00Z"), end, INT64_MAX, &s), 4 * HOUR);
    assert_int_equal(cal_windows_longest(&w, at("2026-11-26T21:00Z"), at("2027-01-01T00:00Z"), INT64_MAX, &s), 0);
    assert_true(cal_windows_fit(&w, at("2026-11-24T18:00Z"), end, 4 * HOUR, &t));
    assert_int_equal(t, at("2026-11-26T17:00Z"));
    assert_false(cal_windows_fit(&w, at("2026-11-24T18:00Z"), end, 4 * HOUR + 1, &t));
    assert_true(cal_windows_next(&always, 5, 9, &s));
    assert_true(s.from_ms == 5 && s.until_ms == 9);
}

static void longest(void **state)
{
    (void)state;
    CalSpan s;
    int64_t from = at("2026-01-01T00:00Z"), end = at("2100-01-01T00:00Z");
    struct { CalOpen open; int64_t want; } rows[] = {
        {weekly(TUE, THU, hm(18, 0), hm(22, 0)), 4 * HOUR},
        {weekly(SAT, SAT, hm(22, 0), hm(6, 0)), 9 * HOUR}, /* once a year, in October */
        {weekly(MON, MON, hm(22, 0), hm(6, 0)), 8 * HOUR},
        {weekly(SAT, SUN, 0, hm(24, 0)), 49 * HOUR}, /* two days that touch */
        {weekly(WED, SUN, 0, hm(24, 0)), 5 * DAY + HOUR},
        {weekly(MON, SUN, 0, hm(24, 0)), at("2100-01-01T00:00Z") - at("2026-01-01T00:00Z")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CalWindow item = {one("Europe/Bratislava", rows[i].open), false};
        CalWindows w = {&item, 1, NULL};
        assert_int_equal(cal_windows_longest(&w, from, end, INT64_MAX, &s), rows[i].want);
    }
}

/* A run that the end cuts does not hide the whole ones before it. */
static void longest_before_the_end(void **state)
{
    (void)state;
    CalSpan s;
    CalWindow item = {one("UTC", weekly(WED, SUN, 0, hm(24, 0))), false};
    CalWindows w = {&item, 1, NULL};
    int64_t from = at("2026-04-04T16:50Z");
    for (int64_t end = at("2026-11-01T00:00Z"); end < at("2026-11-16T00:00Z"); end += 5 * HOUR)
        assert_int_equal(cal_windows_longest(&w, from, end, INT64_MAX, &s), 5 * DAY);
}

static void within_and_overlap(void **state)
{
    (void)state;
    const Calendar *evenings = one("Europe/Bratislava", weekly(TUE, THU, hm(18, 0), hm(22, 0)));
    const Calendar *nights = one("Europe/Bratislava", weekly(MON, SUN, hm(17, 0), hm(23, 0)));
    const Calendar *london = one("Europe/London", weekly(TUE, THU, hm(17, 0), hm(21, 0)));
    const Calendar *new_york = one("America/New_York", weekly(TUE, THU, hm(12, 0), hm(16, 0)));
    CalOpen plus[] = {weekly(TUE, THU, hm(18, 0), hm(22, 0)), on("2031-06-01", hm(3, 0), hm(4, 0))};
    const Calendar *once_more = make(&(CalSpec){zone("Europe/Bratislava"), plus, 2, NULL, 0, NULL, 0});
    CalWindow items[] = {{evenings, false}, {nights, false}, {london, false}, {new_york, false},
                         {once_more, false}, {evenings, true}};
    CalWindows e = {&items[0], 1, NULL}, n = {&items[1], 1, NULL}, l = {&items[2], 1, NULL},
               ny = {&items[3], 1, NULL}, o = {&items[4], 1, NULL}, not_e = {&items[5], 1, NULL};
    int64_t from = at("2026-01-01T00:00Z"), end = at("2060-01-01T00:00Z"), t;
    CalSpan s;
    assert_true(cal_windows_within(&e, &n, from, end, &t));
    assert_false(cal_windows_within(&n, &e, from, end, &t));
    assert_true(cal_windows_within(&e, &l, from, end, &t)); /* the same clock changes */
    assert_true(cal_windows_within(&l, &e, from, end, &t));
    assert_false(cal_windows_within(&e, &ny, from, end, &t)); /* for some weeks a year they are apart */
    assert_int_equal(t, at("2026-03-10T20:00Z"));
    assert_true(cal_windows_within(&e, &o, from, end, &t));
    assert_false(cal_windows_within(&o, &e, from, end, &t)); /* one hour in thirty years */
    assert_int_equal(t, at("2031-06-01T01:00Z"));
    assert_false(cal_windows_overlap(&e, &not_e, from, end, &s));
    assert_true(cal_windows_overlap(&o, &not_e, from, end, &s));
    assert_int_equal(s.from_ms, at("2031-06-01T01:00Z"));
    assert_true(cal_windows_overlap(&e, &ny, from, end, &s));
    assert_int_equal(s.from_ms, at("2026-01-01T17:00Z"));
}

/* --- a slow model: minute by minute -------------------------------------------------- */

static uint32_t seed = 1;
static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

enum { MINUTES = 40 * 24 * 60 };

/* Against itself, over 40 days around a clock change: what cal_next says is the
 * same as asking for every minute, forward and back, and sums agree. */
static void every_minute(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Bratislava", "Australia/Lord_Howe", "America/Nuuk", "UTC"};
    static bool open[MINUTES];
    for (int round = 0; round < 40; round++) {
        CalOpen opens[4];
        CalDays closed[] = {{day("2027-04-02"), day("2027-04-05")}};
        CalDays holidays[] = {{day("2027-03-15"), day("2027-03-15")}};
        for (int i = 0; i < 4; i++) {
            int from = hm((int)dice(24), (int)dice(4) * 15), to = hm((int)dice(25), 0);
            opens[i] = i == 0 ? on("2027-03-17", from, to)
                              : weekly((int)dice(7), (int)dice(7), from, to);
        }
        const Calendar *c = make(&(CalSpec){zone(zones[round % 4]), opens, 4, closed, 1, holidays, 1});
        int64_t from = at("2027-03-10T00:00Z"), sum = 0;
        for (int m = 0; m < MINUTES; m++)
            sum += open[m] = is_open(c, from + m * MINUTE);
        assert_int_equal(open_ms(c, from, from + MINUTES * MINUTE), sum * MINUTE);
        int64_t t = from, end = from + MINUTES * MINUTE;
        CalSpan s;
        for (int m = 0; t < end && cal_next(c, t, &s); t = s.until_ms) {
            for (; m < MINUTES && from + m * MINUTE < s.from_ms; m++)
                assert_false(open[m]);
            for (; m < MINUTES && from + m * MINUTE < s.until_ms; m++)
                assert_true(open[m]);
        }
        for (int k = 0; k < 50; k++) {
            int64_t a = from + dice(MINUTES) * MINUTE, b, ms = (1 + dice(200)) * HOUR / 2;
            if (cal_add_open(c, a, ms, &b)) {
                assert_int_equal(open_ms(c, a, b), ms);
                assert_int_equal(open_ms(c, a, b - 1), ms - 1);
            }
            if (cal_add_open(c, a, -ms, &b)) {
                assert_int_equal(open_ms(c, b, a), ms);
                assert_int_equal(open_ms(c, b + 1, a), ms - 1);
            }
        }
    }
}

/* A calendar is whole, or there is none. */
static void memory_runs_out(void **state)
{
    (void)state;
    CalOpen open[] = {weekly(MON, FRI, hm(8, 0), hm(17, 0)), on("2026-11-28", 0, hm(24, 0))};
    CalDays closed[] = {{day("2026-12-24"), day("2026-12-26")}}, holidays[] = {{day("2027-01-01"), day("2027-01-01")}};
    CalSpec spec = {zone_of_utc(), open, 2, closed, 1, holidays, 1};
    uint32_t none = 0;
    const Calendar *c = NULL;
    for (size_t cap = 16; c == NULL && cap < 4096; cap += 16) {
        Arena *a = arena_new(cap);
        assert_non_null(a);
        c = cal_make(&spec, a);
        none += c == NULL;
        if (c != NULL)
            assert_true(is_open(c, at("2026-11-28T20:00Z")) && !is_open(c, at("2027-01-01T10:00Z")));
        arena_free(a);
    }
    assert_true(c != NULL && none > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(business_days),
        cmocka_unit_test(a_lunch_break_moves_to_its_end),
        cmocka_unit_test(days_over_midnight),
        cmocka_unit_test(business_hours),
        cmocka_unit_test(hours_over_a_clock_change),
        cmocka_unit_test(ends_in_the_hour_of_a_change),
        cmocka_unit_test(moved_openings_stand_in_order),
        cmocka_unit_test(a_whole_day_left_out),
        cmocka_unit_test(closed_wins_and_a_date_beats_a_list),
        cmocka_unit_test(over_the_end_of_the_week),
        cmocka_unit_test(the_next_instant_that_is_open),
        cmocka_unit_test(an_empty_calendar),
        cmocka_unit_test(no_instant_breaks_it),
        cmocka_unit_test(counting_ends_after_a_hundred_years),
        cmocka_unit_test(windows),
        cmocka_unit_test(longest),
        cmocka_unit_test(longest_before_the_end),
        cmocka_unit_test(within_and_overlap),
        cmocka_unit_test(every_minute),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("core_calendar", tests, set_up, tear_down);
}
