/* Business time: openings of calendars as intervals of instants, counting in
 * them, and sets of `only during` and `never during`. Pure: times come in, and
 * no question allocates. Engine and compiler ask here, so they cannot disagree.
 *
 * What a calendar means (language 4, design 5):
 * - An opening that ends at or before its beginning goes on into the next day.
 *   It belongs to the day on which it begins.
 * - `open DATE` takes the place of that day's weekly hours, also where a holiday
 *   list names the day: the plan's own word is nearer than a list.
 * - `closed` wins over everything. On a closed day (or a holiday) no opening
 *   begins, and one that comes over from the day before ends at midnight.
 * - Both ends of an opening are local times, turned into instants by zone_utc():
 *   the one skipped by a clock change moves behind it, of two equal ones the
 *   first counts. Openings that then overlap are one.
 * - n business days on: the same local time on the nth open day that follows. Where
 *   no opening has it: the next opening's beginning on that day, or the day's last
 *   closing. A time in an opening that came over midnight belongs to the day on
 *   which that opening began. Back is the same with the days before.
 * - n business hours on: the first instant by which so much open time has passed;
 *   back: the last one since which so much has passed.
 *
 * All instants are ms since 1970 in UTC, intervals half open. Counting ends after
 * LIM_CALENDAR_DAYS, and at the years 0 and 9999. */
#ifndef GATE_CORE_CALENDAR_H
#define GATE_CORE_CALENDAR_H

#include "vm/os/zone.h"

/* open Mon..Fri 08:00..17:00; open DATE [08:00..12:00]: as they are written. */
typedef struct CalOpen {
    uint8_t first, last;   /* 0 Mon .. 6 Sun; first > last goes over the week's end */
    bool is_date;
    int32_t date;          /* days since 1970-01-01 */
    int32_t from_s, to_s;  /* 0..86400 */
} CalOpen;
typedef struct CalDays { int32_t first, last; } CalDays; /* inclusive, days since 1970-01-01 */

typedef struct CalSpec {
    const Zone *zone;
    const CalOpen *opens; uint32_t n_opens;
    const CalDays *closed; uint32_t n_closed;     /* any order, may overlap */
    const CalDays *holidays; uint32_t n_holidays; /* likewise */
} CalSpec;

typedef struct Calendar Calendar;
/* In the arena; the zone is borrowed. NULL: the arena is full. */
const Calendar *cal_make(const CalSpec *spec, Arena *arena);
const Zone *cal_zone(const Calendar *c);

/* Which of its lines count on a local day (days since 1970-01-01). */
typedef enum CalDayKind { CAL_SHUT, CAL_WEEKLY, CAL_SPECIAL } CalDayKind;
CalDayKind cal_day(const Calendar *c, int64_t day);

/* --- one calendar ---------------------------------------------------------------- */

typedef struct CalSpan { int64_t from_ms, until_ms; } CalSpan;

/* An opening that holds t, else the first one after. One may touch the next or
 * reach into it (asked again at until_ms, from_ms is then no later than that):
 * whoever wants the whole of a longer opening goes on. false: none is left. */
bool cal_next(const Calendar *c, int64_t t_ms, CalSpan *out);
/* The first instant from t on that is open. false: none within LIM_CALENDAR_DAYS. */
bool cal_opening(const Calendar *c, int64_t t_ms, int64_t *out);

/* n business days, ms of open time; negative: back. false: it would lie further
 * than LIM_CALENDAR_DAYS. */
bool cal_add_days(const Calendar *c, int64_t t_ms, int64_t n, int64_t *out);
bool cal_add_open(const Calendar *c, int64_t t_ms, int64_t ms, int64_t *out);

/* --- sets: all of `only during`, none of `never during` ---------------------------- */

typedef struct CalWindow { const Calendar *calendar; bool never; } CalWindow;
typedef struct CalWindows CalWindows;
struct CalWindows {
    const CalWindow *items;
    uint32_t n;             /* 0: always open */
    const CalWindows *also; /* the phase's beside the action's; NULL: none */
};

/* As cal_next, within t..end, cut at both. */
bool cal_windows_next(const CalWindows *w, int64_t t_ms, int64_t end_ms, CalSpan *out);
/* The longest time without a break within from..end, looked for until one of
 * enough_ms is found. 0: never open. */
int64_t cal_windows_longest(const CalWindows *w, int64_t from_ms, int64_t end_ms, int64_t enough_ms,
                            CalSpan *where);
/* The first instant from which ms fit in without a break before end. */
bool cal_windows_fit(const CalWindows *w, int64_t from_ms, int64_t end_ms, int64_t ms, int64_t *out);
/* Whether every instant of a is one of b. If not, the first that is not. */
bool cal_windows_within(const CalWindows *a, const CalWindows *b, int64_t from_ms, int64_t end_ms,
                        int64_t *outside);
/* Whether an instant belongs to both; the first of them. */
bool cal_windows_overlap(const CalWindows *a, const CalWindows *b, int64_t from_ms, int64_t end_ms,
                         CalSpan *both);

#endif
