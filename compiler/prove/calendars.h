/* Calendars of a plan as values, and what its moments and durations come to:
 * built once a check, where a plan has calendars at all. The schedule, the
 * policies and the emitter ask here. */
#ifndef GATE_COMPILER_PROVE_CALENDARS_H
#define GATE_COMPILER_PROVE_CALENDARS_H

#include "compiler/sem.h"
#include "vm/core/calendar.h"

typedef struct SemCalendarValue {
    const Calendar *calendar;  /* NULL: its zone is not known, or a list cannot be read: reported */
    const Zone *zone;
    const CalDays *holidays; uint32_t n_holidays; /* of all its lists */
    uint32_t short_list;       /* the list that ends first, in SemCalendar.holidays; SEM_NONE: no list ends */
    int32_t lists_end;         /* the last day of the last year that it speaks of */
} SemCalendarValue;

/* NULL where index is SEM_NONE, or it could not be built. */
static inline const Calendar *sem_calendar(const Sem *s, uint32_t index)
{
    return index == SEM_NONE || s->calendar_values == NULL ? NULL : s->calendar_values[index].calendar;
}

/* The only calendar of the plan's file, or that there is: its zone counts where
 * none is said. SEM_NONE: none, or several. */
uint32_t sem_only_calendar(const Sem *s);

/* A date stands for a day: `not before` means its beginning, `deadline` and
 * `due` its end, which is the next day's beginning (language 10.13). */
typedef enum SemEdge { SEM_BEGIN, SEM_END } SemEdge;
/* When a moment is, where the plan alone says it: dates and instants, in the zone
 * of the moment's calendar, else in UTC; lets that stand for one; `D after` such
 * a let. false: an input's, or the end of a phase or milestone. */
bool sem_moment_ms(const Sem *s, const SemMoment *m, SemEdge edge, int64_t *ms);
/* from + d, on the clock or in the calendar's time. false: nothing is said, the
 * calendar is not known, or it lies further than LIM_CALENDAR_DAYS. */
bool sem_after_ms(const Sem *s, int64_t from_ms, const SemDuration *d, int64_t *ms);
/* When the run is said to start. false: it is not said. */
bool sem_start_ms(const Sem *s, const SemOptions *o, int64_t *ms);

#endif
