/* Owns: what a calendar's openings are on real dates, counting in them, and
 * sets of windows.
 * Must not know: plans, clocks, files. */
#include "vm/core/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

#define DAY_MS INT64_C(86400000)
#define WEEK_MS (7 * DAY_MS)
enum { DAY_S = 86400 };
/* 0000-01-01 and 9999-12-31, with room to look a week around. */
enum { DAY_MIN = -719528 + 7, DAY_MAX = 2932896 - 7 };
#define HORIZON_MS (LIM_CALENDAR_DAYS * DAY_MS)

typedef struct Hours { int32_t from_s, to_s; } Hours; /* of a local day; to_s up to two days */
typedef struct Special { int32_t day; uint32_t first, n; } Special;

struct Calendar {
    const Zone *zone;
    const Hours *hours;          /* all of them; the days point into it */
    uint32_t week_first[7], week_n[7];
    int64_t week_open_ms;        /* in a week without exceptions; overlaps over midnight count once */
    const Special *specials; uint32_t n_specials; /* ascending */
    const CalDays *shut; uint32_t n_shut; /* closed and holidays: ascending, apart by a day at least */
};

/* --- making one ------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const CalDays *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_from(const void *a, const void *b)
{
    const Hours *x = a, *y = b;
    return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

static uint32_t join_days(CalDays *d, uint32_t n)
{
    uint32_t kept = 0;
    if (n > 1)
        qsort(d, n, sizeof *d, by_first);
    for (uint32_t i = 0; i < n; i++) {
        if (d[i].last < d[i].first)
            continue;
        if (kept > 0 && d[i].first <= d[kept - 1].last + 1) {
            if (d[i].last > d[kept - 1].last)
                d[kept - 1].last = d[i].last;
        } else {
            d[kept++] = d[i];
        }
    }
    return kept;
}

static uint32_t join_hours(Hours *h, uint32_t n)
{
    uint32_t kept = 0;
    if (n > 1)
        qsort(h, n, sizeof *h, by_from);
    for (uint32_t i = 0; i < n; i++) {
        if (kept > 0 && h[i].from_s <= h[kept - 1].to_s) {
            if (h[i].to_s > h[kept - 1].to_s)
                h[kept - 1].to_s = h[i].to_s;
        } else {
            h[kept++] = h[i];
        }
    }
    return kept;
}

/* The range that holds day, else the first one after it; n: none. */
static uint32_t shut_at(const CalDays *d, uint32_t n, int64_t day)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (d[mid].last < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool holds(const CalDays *d, uint32_t n, int64_t day)
{
    uint32_t i = shut_at(d, n, day);
    return i < n && d[i].first <= day;
}

/* The first special day from `day` on. */
static uint32_t special_at(const Calendar *c, int64_t day)
{
    uint32_t lo = 0, hi = c->n_specials;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (c->specials[mid].day < day)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static Hours hours_of(const CalOpen *o)
{
    return (Hours){o->from_s, o->to_s > o->from_s ? o->to_s : o->to_s + DAY_S};
}

static bool on_weekday(const CalOpen *o, uint8_t day)
{
    if (o->is_date)
        return false;
    return o->first <= o->last ? day >= o->first && day <= o->last
                               : day >= o->first || day <= o->last;
}

static int by_date(const void *a, const void *b)
{
    const CalOpen *const *x = a, *const *y = b;
    if ((*x)->date != (*y)->date)
        return ((*x)->date > (*y)->date) - ((*x)->date < (*y)->date);
    return ((*x)->from_s > (*y)->from_s) - ((*x)->from_s < (*y)->from_s);
}

typedef struct Making {
    Calendar *c;
    Arena *arena;
    const CalSpec *spec;
    Hours *hours; uint32_t n_hours;
    Special *specials;
    CalDays *shut;
    bool full; /* the arena */
} Making;

static void weekdays(Making *m)
{
    for (uint8_t day = 0; day < 7; day++) {
        Hours *h = m->hours + m->n_hours;
        uint32_t n = 0;
        for (uint32_t i = 0; i < m->spec->n_opens; i++)
            if (on_weekday(&m->spec->opens[i], day))
                h[n++] = hours_of(&m->spec->opens[i]);
        n = join_hours(h, n);
        m->c->week_first[day] = m->n_hours;
        m->c->week_n[day] = n;
        m->n_hours += n;
    }
}

/* A day that is closed needs no hours: closed wins. */
static void special_days(Making *m, const CalDays *closed, uint32_t n_closed)
{
    const CalSpec *s = m->spec;
    uint32_t n = 0;
    const CalOpen **dates = (const CalOpen **)arena_array(m->arena, sizeof *dates, s->n_opens + 1);
    m->specials = ARENA_NEW(m->arena, Special, s->n_opens + 1);
    m->full = m->full || dates == NULL || m->specials == NULL;
    if (m->full)
        return;
    for (uint32_t i = 0; i < s->n_opens; i++)
        if (s->opens[i].is_date && !holds(closed, n_closed, s->opens[i].date))
            dates[n++] = &s->opens[i];
    if (n > 1)
        qsort(dates, n, sizeof *dates, by_date);
    for (uint32_t i = 0, next; i < n; i = next) {
        Hours *h = m->hours + m->n_hours;
        for (next = i; next < n && dates[next]->date == dates[i]->date; next++)
            h[next - i] = hours_of(dates[next]);
        uint32_t kept = join_hours(h, next - i);
        m->specials[m->c->n_specials++] = (Special){dates[i]->date, m->n_hours, kept};
        m->n_hours += kept;
    }
    m->c->specials = m->specials;
}

/* Holidays without the special days in them, and what is closed. */
static void shut_days(Making *m, CalDays *closed, uint32_t n_closed)
{
    const CalSpec *s = m->spec;
    const Calendar *c = m->c;
    CalDays *free_days = ARENA_NEW(m->arena, CalDays, s->n_holidays + 1);
    CalDays *shut = ARENA_NEW(m->arena, CalDays, (size_t)n_closed + s->n_holidays + c->n_specials + 1);
    m->full = m->full || free_days == NULL || shut == NULL;
    if (m->full)
        return;
    if (s->n_holidays > 0)
        memcpy(free_days, s->holidays, s->n_holidays * sizeof *free_days);
    uint32_t n_free = join_days(free_days, s->n_holidays), n = 0;
    for (uint32_t i = 0; i < n_closed; i++)
        shut[n++] = closed[i];
    for (uint32_t i = 0; i < n_free; i++) {
        int32_t from = free_days[i].first;
        for (uint32_t k = special_at(c, from); k < c->n_specials && c->specials[k].day <= free_days[i].last; k++) {
            if (c->specials[k].day > from)
                shut[n++] = (CalDays){from, c->specials[k].day - 1};
            from = c->specials[k].day + 1;
        }
        if (from <= free_days[i].last)
            shut[n++] = (CalDays){from, free_days[i].last};
    }
    m->c->n_shut = join_days(shut, n);
    m->c->shut = shut;
}

/* Hours that run into the next day may meet its own. */
static int64_t week_open(const Calendar *c)
{
    int64_t sum = 0, seen = 0; /* seen: local seconds of two weeks that are counted */
    for (int64_t day = 0; day < 14; day++) {
        const Hours *h = c->hours + c->week_first[day % 7];
        for (uint32_t i = 0; i < c->week_n[day % 7]; i++) {
            int64_t from = day * DAY_S + h[i].from_s, to = day * DAY_S + h[i].to_s;
            from = from > seen ? from : seen;
            int64_t lo = from > 7 * DAY_S ? from : 7 * DAY_S, hi = to < 14 * DAY_S ? to : 14 * DAY_S;
            if (hi > lo)
                sum += hi - lo;
            seen = to > seen ? to : seen;
        }
    }
    return sum * 1000;
}

const Calendar *cal_make(const CalSpec *spec, Arena *arena)
{
    Making m = {.arena = arena, .spec = spec};
    m.c = ARENA_NEW(arena, Calendar, 1);
    m.hours = ARENA_NEW(arena, Hours, 7 * (size_t)spec->n_opens + 1);
    CalDays *closed = ARENA_NEW(arena, CalDays, spec->n_closed + (size_t)1);
    if (m.c == NULL || m.hours == NULL || closed == NULL)
        return NULL;
    if (spec->n_closed > 0)
        memcpy(closed, spec->closed, spec->n_closed * sizeof *closed);
    uint32_t n_closed = join_days(closed, spec->n_closed);
    m.c->zone = spec->zone;
    m.c->hours = m.hours;
    weekdays(&m);
    special_days(&m, closed, n_closed);
    shut_days(&m, closed, n_closed);
    m.c->week_open_ms = week_open(m.c);
    return m.full ? NULL : m.c;
}

const Zone *cal_zone(const Calendar *c)
{
    return c->zone;
}

/* --- days ---------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t local_day(const Calendar *c, int64_t t)
{
    return floor_div(zone_local(c->zone, t), DAY_MS);
}

static bool in_years(int64_t t)
{
    return t > DAY_MIN * DAY_MS && t < DAY_MAX * DAY_MS;
}

static uint32_t weekday(int64_t day)
{
    return (uint32_t)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

CalDayKind cal_day(const Calendar *c, int64_t day)
{
    if (holds(c->shut, c->n_shut, day))
        return CAL_SHUT;
    uint32_t i = special_at(c, day);
    return i < c->n_specials && c->specials[i].day == day ? CAL_SPECIAL : CAL_WEEKLY;
}

static const Hours *day_hours(const Calendar *c, int64_t day, uint32_t *n)
{
    const Special *s;
    *n = 0;
    switch (cal_day(c, day)) {
    case CAL_SHUT:
        break;
    case CAL_SPECIAL:
        s = &c->specials[special_at(c, day)];
        *n = s->n;
        return c->hours + s->first;
    case CAL_WEEKLY:
        *n = c->week_n[weekday(day)];
        return c->hours + c->week_first[weekday(day)];
    }
    return c->hours;
}

/* An opening that begins on day, as instants; false: nothing is left of it. */
static bool opening(const Calendar *c, int64_t day, Hours h, CalSpan *out)
{
    if (h.to_s > DAY_S && holds(c->shut, c->n_shut, day + 1))
        h.to_s = DAY_S;
    out->from_ms = zone_utc(c->zone, day * DAY_MS + h.from_s * INT64_C(1000), NULL);
    out->until_ms = zone_utc(c->zone, day * DAY_MS + h.to_s * INT64_C(1000), NULL);
    return out->until_ms > out->from_ms;
}

static bool is_open_day(const Calendar *c, int64_t day)
{
    uint32_t n;
    const Hours *h = day_hours(c, day, &n);
    CalSpan s;
    for (uint32_t i = 0; i < n; i++)
        if (opening(c, day, h[i], &s))
            return true;
    return false;
}

/* The next day that may have an opening, over what is closed. */
static bool later_day(const Calendar *c, int64_t *day)
{
    int64_t d = *day + 1;
    if (c->week_open_ms == 0) {
        uint32_t i = special_at(c, d);
        if (i == c->n_specials)
            return false;
        d = c->specials[i].day;
    } else {
        uint32_t i = shut_at(c->shut, c->n_shut, d);
        if (i < c->n_shut && c->shut[i].first <= d)
            d = c->shut[i].last + INT64_C(1);
    }
    *day = d;
    return d < DAY_MAX;
}

static bool earlier_day(const Calendar *c, int64_t *day)
{
    int64_t d = *day - 1;
    if (c->week_open_ms == 0) {
        uint32_t i = special_at(c, *day);
        if (i == 0)
            return false;
        d = c->specials[i - 1].day;
    } else {
        uint32_t i = shut_at(c->shut, c->n_shut, d);
        if (i < c->n_shut && c->shut[i].first <= d)
            d = c->shut[i].first - INT64_C(1);
    }
    *day = d;
    return d > DAY_MIN;
}

/* --- openings ------------------------------------------------------------------------- */

/* No opening of a later day begins before the day does, and none of an earlier
 * one ends after; but a skipped midnight lies up to a day behind where it
 * should, so then more days are looked at. */
static int64_t midnight(const Calendar *c, int64_t day, int64_t slack)
{
    ZoneTimes times;
    int64_t t = zone_utc(c->zone, day * DAY_MS, &times);
    return times == ZONE_SKIPPED ? t + slack : t;
}

bool cal_next(const Calendar *c, int64_t t, CalSpan *out)
{
    if (!in_years(t))
        return false;
    int64_t day = local_day(c, t) - 3;
    bool found = false;
    while (later_day(c, &day)) {
        if (found && (out->from_ms <= t || out->from_ms < midnight(c, day, -DAY_MS)))
            return true;
        uint32_t n;
        const Hours *h = day_hours(c, day, &n);
        for (uint32_t i = 0; i < n; i++) {
            CalSpan s;
            if (!opening(c, day, h[i], &s) || s.until_ms <= t)
                continue;
            bool covers = s.from_ms <= t, before = found && out->from_ms <= t;
            if (!found || (covers ? !before || s.until_ms > out->until_ms
                                  : !before && s.from_ms < out->from_ms))
                *out = s;
            found = true;
        }
    }
    return found;
}

/* An opening that begins before t and reaches to it, else the one that ended last. */
static bool last_opening(const Calendar *c, int64_t t, CalSpan *out)
{
    if (!in_years(t))
        return false;
    int64_t day = local_day(c, t) + 3;
    bool found = false;
    while (earlier_day(c, &day)) {
        if (found && (out->until_ms >= t || out->until_ms > midnight(c, day + 2, DAY_MS)))
            return true;
        uint32_t n;
        const Hours *h = day_hours(c, day, &n);
        for (uint32_t i = 0; i < n; i++) {
            CalSpan s;
            if (!opening(c, day, h[i], &s) || s.from_ms >= t)
                continue;
            bool covers = s.until_ms >= t, before = found && out->until_ms >= t;
            if (!found || (covers ? !before || s.from_ms < out->from_ms
                                  : !before && s.until_ms > out->until_ms))
                *out = s;
            found = true;
        }
    }
    return found;
}

bool cal_opening(const Calendar *c, int64_t t, int64_t *out)
{
    CalSpan s;
    if (!cal_next(c, t, &s) || s.from_ms - t > HORIZON_MS)
        return false;
    *out = s.from_ms > t ? s.from_ms : t;
    return true;
}

/* --- stretches without an exception: every week is like the one before ---------------- */

/* From t on all is regular until the result; t itself where it is not. Two days
 * on each side of an exception belong to it: openings reach into them. */
static int64_t regular_until(const Calendar *c, int64_t t)
{
    enum { EDGE = 3 };
    if (!in_years(t))
        return t;
    ZoneSpan z = zone_span(c->zone, t);
    int64_t day = floor_div(t + z.offset_ms, DAY_MS), end = DAY_MAX;
    if (z.from_ms > t - EDGE * DAY_MS)
        return t;
    uint32_t i = shut_at(c->shut, c->n_shut, day - EDGE), k = special_at(c, day - EDGE);
    if (i < c->n_shut && c->shut[i].first < end)
        end = c->shut[i].first;
    if (k < c->n_specials && c->specials[k].day < end)
        end = c->specials[k].day;
    if (end <= day + EDGE)
        return t;
    int64_t until = (end - EDGE) * DAY_MS - z.offset_ms;
    if (z.until_ms < until + EDGE * DAY_MS)
        until = z.until_ms - EDGE * DAY_MS;
    return until > t ? until : t;
}

/* --- counting --------------------------------------------------------------------------- */

static bool add_open(const Calendar *c, int64_t t, int64_t left, int64_t *out)
{
    int64_t end = t + HORIZON_MS;
    CalSpan s;
    while (t < end && cal_next(c, t, &s)) {
        int64_t from = s.from_ms > t ? s.from_ms : t;
        if (left <= s.until_ms - from) {
            *out = from + left;
            return *out <= end;
        }
        left -= s.until_ms - from;
        t = s.until_ms;
        if (c->week_open_ms > 0 && left > c->week_open_ms) {
            int64_t weeks = (regular_until(c, t) - t) / WEEK_MS, most = (left - 1) / c->week_open_ms;
            weeks = weeks < most ? weeks : most;
            t += weeks * WEEK_MS;
            left -= weeks * c->week_open_ms;
        }
    }
    return false;
}

/* As regular_until, backwards. */
static int64_t regular_since(const Calendar *c, int64_t t)
{
    enum { EDGE = 3 };
    if (!in_years(t))
        return t;
    ZoneSpan z = zone_span(c->zone, t);
    int64_t day = floor_div(t + z.offset_ms, DAY_MS), begin = DAY_MIN;
    if (z.until_ms < t + EDGE * DAY_MS)
        return t;
    uint32_t i = shut_at(c->shut, c->n_shut, day + EDGE), k = special_at(c, day + EDGE + 1);
    if (i < c->n_shut && c->shut[i].first <= day + EDGE)
        return t;
    if (i > 0)
        begin = c->shut[i - 1].last;
    if (k > 0 && c->specials[k - 1].day > begin)
        begin = c->specials[k - 1].day;
    if (begin + EDGE >= day)
        return t;
    int64_t since = (begin + EDGE + 1) * DAY_MS - z.offset_ms;
    if (z.from_ms > since - EDGE * DAY_MS)
        since = z.from_ms + EDGE * DAY_MS;
    return since < t ? since : t;
}

static bool take_open(const Calendar *c, int64_t t, int64_t left, int64_t *out)
{
    int64_t end = t - HORIZON_MS;
    CalSpan s;
    while (t > end && last_opening(c, t, &s)) {
        int64_t until = s.until_ms < t ? s.until_ms : t;
        if (left <= until - s.from_ms) {
            *out = until - left;
            return *out >= end;
        }
        left -= until - s.from_ms;
        t = s.from_ms;
        if (c->week_open_ms > 0 && left > c->week_open_ms) {
            int64_t weeks = (t - regular_since(c, t)) / WEEK_MS, most = (left - 1) / c->week_open_ms;
            weeks = weeks < most ? weeks : most;
            t -= weeks * WEEK_MS;
            left -= weeks * c->week_open_ms;
        }
    }
    return false;
}

bool cal_add_open(const Calendar *c, int64_t t, int64_t ms, int64_t *out)
{
    *out = t;
    if (ms == 0)
        return true;
    if (!in_years(t) || ms > HORIZON_MS || ms < -HORIZON_MS)
        return false;
    return ms > 0 ? add_open(c, t, ms, out) : take_open(c, t, -ms, out);
}

/* The day that t belongs to: its own, or the one before whose opening holds it. */
static int64_t day_of(const Calendar *c, int64_t t)
{
    int64_t today = local_day(c, t);
    for (int64_t day = today; day >= today - 1; day--) {
        uint32_t n;
        const Hours *h = day_hours(c, day, &n);
        CalSpan s;
        for (uint32_t i = 0; i < n; i++)
            if (opening(c, day, h[i], &s) && s.from_ms <= t && t < s.until_ms)
                return day;
    }
    return today;
}

/* local on day, or where no opening of the day has it, the next beginning of
 * one, else the last end. */
static int64_t clamp_into(const Calendar *c, int64_t day, int64_t local)
{
    int64_t t = zone_utc(c->zone, local, NULL), next = INT64_MAX, last = INT64_MIN;
    uint32_t n;
    const Hours *h = day_hours(c, day, &n);
    CalSpan s;
    for (uint32_t i = 0; i < n; i++) {
        if (!opening(c, day, h[i], &s))
            continue;
        if (s.from_ms <= t && t <= s.until_ms)
            return t;
        if (s.from_ms > t && s.from_ms < next)
            next = s.from_ms;
        if (s.until_ms > last)
            last = s.until_ms;
    }
    return next != INT64_MAX ? next : last;
}

static int64_t open_days_of_week(const Calendar *c)
{
    int64_t n = 0;
    for (int day = 0; day < 7; day++)
        n += c->week_n[day] > 0;
    return n;
}

/* Whole regular weeks at once: back how many days were passed. */
static int64_t skip_weeks(const Calendar *c, int64_t *day, int64_t left, int step)
{
    int64_t per_week = open_days_of_week(c);
    if (per_week == 0 || left <= per_week)
        return 0;
    int64_t noon = zone_utc(c->zone, *day * DAY_MS + DAY_MS / 2, NULL);
    int64_t room = step > 0 ? regular_until(c, noon) - noon : noon - regular_since(c, noon);
    int64_t weeks = room / WEEK_MS, most = (left - 1) / per_week;
    weeks = weeks < most ? weeks : most;
    *day += step * weeks * 7;
    return weeks * per_week;
}

bool cal_add_days(const Calendar *c, int64_t t, int64_t n, int64_t *out)
{
    *out = t;
    if (n == 0)
        return true;
    if (!in_years(t) || n > LIM_CALENDAR_DAYS || n < -LIM_CALENDAR_DAYS)
        return false;
    int64_t first = day_of(c, t), day = first, left = n < 0 ? -n : n;
    int64_t of_day = zone_local(c->zone, t) - first * DAY_MS;
    int step = n > 0 ? 1 : -1;
    while (left > 0) {
        left -= skip_weeks(c, &day, left, step);
        if (!(step > 0 ? later_day(c, &day) : earlier_day(c, &day)) ||
            (day - first) * step > LIM_CALENDAR_DAYS)
            return false;
        left -= is_open_day(c, day);
    }
    *out = clamp_into(c, day, day * DAY_MS + of_day);
    return true;
}

/* --- sets -------------------------------------------------------------------------------- */

/* From t on: false: closed until *change; true: open until *change. */
static bool state_at(const CalWindows *w, int64_t t, int64_t end, int64_t *change)
{
    *change = end;
    for (; w != NULL; w = w->also)
        for (uint32_t i = 0; i < w->n; i++) {
            CalSpan s;
            bool some = cal_next(w->items[i].calendar, t, &s), inside = some && s.from_ms <= t;
            if (inside == w->items[i].never) { /* closed by this one */
                *change = !some ? end : inside ? s.until_ms : s.from_ms;
                return false;
            }
            int64_t until = inside ? s.until_ms : some ? s.from_ms : end;
            if (until < *change)
                *change = until;
        }
    return true;
}

static int64_t all_regular_until(const CalWindows *w, int64_t t)
{
    int64_t until = INT64_MAX;
    for (; w != NULL; w = w->also)
        for (uint32_t i = 0; i < w->n; i++) {
            int64_t u = regular_until(w->items[i].calendar, t);
            until = u < until ? u : until;
        }
    return until;
}

/* A walk that leaves out the weeks that are like the one just seen. since: where
 * the week began that is being seen; regular: until where all is alike. */
typedef struct Weeks { int64_t since, regular; } Weeks;

/* How far to jump from t, in whole weeks. */
static int64_t weeks_on(Weeks *k, const CalWindows *a, const CalWindows *b, int64_t t, int64_t end)
{
    if (t >= k->regular || k->regular <= k->since) {
        k->since = t;
        k->regular = all_regular_until(a, t);
        int64_t other = all_regular_until(b, t);
        k->regular = other < k->regular ? other : k->regular;
        return 0;
    }
    if (t - k->since < WEEK_MS)
        return 0;
    /* One whole week is left to be seen: what is open at t comes to its end in it. */
    int64_t until = (k->regular < end ? k->regular : end) - WEEK_MS;
    return until <= t ? 0 : (until - t) / WEEK_MS * WEEK_MS;
}

bool cal_windows_next(const CalWindows *w, int64_t t, int64_t end, CalSpan *out)
{
    Weeks k = {0, 0};
    while (t < end) {
        int64_t change;
        if (state_at(w, t, end, &change)) {
            *out = (CalSpan){t, change < end ? change : end};
            return true;
        }
        t = change;
        t += weeks_on(&k, w, NULL, t, end);
    }
    return false;
}

static int64_t length(CalSpan s)
{
    return s.until_ms - s.from_ms;
}

int64_t cal_windows_longest(const CalWindows *w, int64_t from, int64_t end, int64_t enough,
                            CalSpan *where)
{
    Weeks k = {0, 0};
    CalSpan s, run = {from, from};
    *where = run;
    while (length(*where) < enough && cal_windows_next(w, from, end, &s)) {
        if (s.from_ms != run.until_ms)
            run.from_ms = s.from_ms;
        run.until_ms = s.until_ms;
        /* After the jump all is as it was a week before: either the run has gone
         * on all the time, or one of its length ends here. */
        int64_t jump = weeks_on(&k, w, NULL, run.until_ms, end);
        if (length(run) < WEEK_MS)
            run.from_ms += jump;
        from = run.until_ms += jump;
        if (length(run) > length(*where))
            *where = run;
    }
    return length(*where);
}

bool cal_windows_fit(const CalWindows *w, int64_t from, int64_t end, int64_t ms, int64_t *out)
{
    CalSpan where;
    if (cal_windows_longest(w, from, end, ms, &where) < ms)
        return false;
    *out = where.from_ms;
    return true;
}

bool cal_windows_within(const CalWindows *a, const CalWindows *b, int64_t from, int64_t end,
                        int64_t *outside)
{
    Weeks k = {0, 0};
    CalSpan s;
    while (cal_windows_next(a, from, end, &s)) {
        int64_t change;
        if (!state_at(b, s.from_ms, end, &change)) {
            *outside = s.from_ms;
            return false;
        }
        from = change < s.until_ms ? change : s.until_ms;
        from += weeks_on(&k, a, b, from, end);
    }
    return true;
}

bool cal_windows_overlap(const CalWindows *a, const CalWindows *b, int64_t from, int64_t end,
                         CalSpan *both)
{
    Weeks k = {0, 0};
    CalSpan s;
    while (cal_windows_next(a, from, end, &s)) {
        if (cal_windows_next(b, s.from_ms, s.until_ms, both))
            return true;
        from = s.until_ms;
        from += weeks_on(&k, a, b, from, end);
    }
    return false;
}
