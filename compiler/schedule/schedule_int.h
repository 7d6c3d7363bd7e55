/* Private to the schedule's files. */
#ifndef GATE_COMPILER_SCHEDULE_INT_H
#define GATE_COMPILER_SCHEDULE_INT_H

#include "compiler/schedule/schedule.h"
#include "vm/os/limits.h"

typedef struct Net {
    const Sem *sem;
    Arena *arena;
    int64_t start_ms;
    uint32_t *order;         /* phases: what a phase waits for stands before it */
    int64_t *ready, *finish; /* of each phase, in the pass at hand */
    uint32_t *starts_first, *starters; /* of phase i: starters[starts_first[i]..[i+1]] */
    const CalWindows **phase_windows, **action_windows, **task_windows; /* NULL: always open */
} Net;

/* What varies of a phase, in what sched_add counts. */
typedef struct Draw { int64_t estimate, answer; } Draw;
typedef struct PhaseDates { int64_t asked_ms, due_ms, begin_ms, finish_ms; } PhaseDates;

/* n of the duration's units behind t (hours as ms of open time). false: too far. */
bool sched_add(Net *net, SemDuration d, int64_t n, int64_t t, int64_t *out);
int64_t sched_units(SemDuration d);
int64_t sched_ready(const Net *net, uint32_t phase);
/* One phase, from when its prerequisites are met. Later never ends earlier. */
bool sched_phase(Net *net, uint32_t phase, int64_t ready, const Draw *draw, PhaseDates *out);
Draw sched_shortest(const Net *net, uint32_t phase);

/* Everything of a net but its dates. */
void sched_open(Net *net, const Sem *sem, int64_t start_ms, Arena *arena);
void sched_simulate(Net *net, Schedule *s); /* simulate.c */

/* --- when.c: instants, for people --------------------------------------------- */
#define DAY INT64_C(86400000)
typedef struct SchedCivil { int64_t year; int month, day, weekday, hour, minute, second; } SchedCivil;
SchedCivil sched_civil(const Zone *zone, int64_t ms);
extern const char *const sched_days[7], *const sched_months[12];
/* Tue 1 Dec 2026, 08:00 */
void sched_when(const Zone *zone, int64_t ms, Buf *out);
/* 3 days 4 hours: two units are enough for a look. */
void sched_length(int64_t seconds, Buf *out);

#endif
