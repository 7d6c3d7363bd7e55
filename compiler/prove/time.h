/* Private to the analyses of time (window.c, bounds.c, time.c, clock.c): what
 * they share. Real dates count from SemOptions.start_ms where it is given; else
 * only what holds for every start is said. */
#ifndef GATE_COMPILER_PROVE_TIME_H
#define GATE_COMPILER_PROVE_TIME_H

#include "compiler/prove/calendars.h"
#include "compiler/prove/prove.h"

#define TIME_HOUR_MS INT64_C(3600000)
#define TIME_DAY_MS INT64_C(86400000)
/* No instant: not known, or never. Calendars have no openings there. */
#define TIME_NONE INT64_MIN

/* Several `only during` and `never during` as one set, in canonical order: equal
 * sets are one Window, and what is known of it is worked out once. */
typedef struct Window {
    CalWindows set;
    const uint32_t *keys; /* calendar * 2 + never, ascending */
    uint32_t n;
    int64_t fits_ms;      /* so much is known to fit into one opening */
    int64_t longest_ms;   /* the longest opening; -1: not asked yet */
} Window;

/* When a phase can be over at the soonest, and at the latest.
 * hard: what no run can beat: `not before`, windows, `hold for`.
 * soon: the estimates' short ends as well. late: their long ends, and answers at
 * the last moment; what may wait without end counts nothing. */
typedef struct Bound {
    int64_t hard, soon, late;
    int64_t ready_hard, ready_soon, ready_late; /* its needs are met */
    uint32_t via;                               /* the need that soon comes from */
} Bound;

typedef struct Times {
    Checker *c;
    Sem *s;
    const File *f;       /* the plan's */
    bool real;           /* a start is given */
    int64_t start_ms;    /* or TIME_NONE */
    int64_t from_ms, end_ms; /* the dates that are looked at */
    Window *windows; uint32_t n_windows, cap_windows;
    uint32_t *slots; uint32_t n_slots; /* hash to window + 1 */
    uint32_t searches;   /* over all dates, in vain; capped */
    Bound *bounds;       /* by phase; NULL: they need each other */
} Times;

/* window.c. NULL: no window; or one whose calendar is not known. */
Window *time_window(Times *t, const SemDuring *a, uint32_t n_a, const SemDuring *b, uint32_t n_b);
/* Whether ms fit into any opening. */
bool time_holds(Times *t, Window *w, int64_t ms);
/* The first instant from `from` on at which ms fit; TIME_NONE: never. from
 * itself, where there is no window or from is not known. */
int64_t time_fit(Times *t, Window *w, int64_t from_ms, int64_t ms);
Str time_length_words(Times *t, int64_t ms);                     /* "1d 2h 30m" */
Str time_day_words(Times *t, uint32_t calendar, int64_t ms);     /* "Tue 2026-12-08" */
Str time_when_words(Times *t, uint32_t calendar, int64_t ms);    /* "Tue 2026-12-08 18:00" of its zone */
Str time_end_words(Times *t, const SemMoment *m, int64_t ms);    /* "the end of 2026-12-08", or so */
void time_say_window(Times *t, Diag *d, const SemDuring *during);
/* The line of the calendar that has the longest opening: its place and length. */
void time_say_longest(Times *t, Diag *d, const SemDuring *during, uint32_t n, int64_t longest_ms);

/* Calendars that something names, by number. */
bool *time_used(Times *t);
/* An action's time, as the engine takes it; -1: in business time. */
static inline int64_t time_timeout(const SemAction *a)
{
    return a->timeout.kind == ST_NONE ? LIM_ACTION_TIMEOUT_MS : sem_ms(a->timeout);
}

/* time.c: G5004, from the instant on at which the phase's needs are met. true: some
 * step of it can never run before until_ms (TIME_NONE: no deadline); reported. */
bool time_never_runs(Times *t, const SemPhase *p, int64_t ready_ms, int64_t until_ms);
void time_bounds(Times *t);     /* bounds.c: fills Times.bounds; G5004, G5008 */
void time_between(Times *t);    /* between.c: G5008 for what counts from another phase's end */
void time_holidays(Times *t);   /* bounds.c: G5012 */
void time_answers(Times *t);    /* answer.c: G5005 */
void time_clock_changes(Times *t); /* clock.c: G5006 */

#endif
