/* When things can happen: the network of phases as dates.
 *
 * The dates are the earliest possible: every phase takes its optimistic
 * estimate, every gate is answered at once, nothing fails. So no run can be
 * faster; what is likely stands in the simulation (estimates between their ends,
 * answers at any time until they are due). A phase begins when its prerequisites
 * are met, in its windows, and in the open time of the calendar that its estimate
 * counts in. The latest dates are those that leave the plan's finish as it is
 * (Kelley and Walker's critical path method, 1959, with calendars: a phase's
 * duration depends on when it begins, so going back is a search, exact to the
 * second). Phases that run only when started (`on failure start`) are
 * contingencies: they get dates as if what starts them failed at its end, and
 * move nothing else. */
#ifndef GATE_COMPILER_SCHEDULE_H
#define GATE_COMPILER_SCHEDULE_H

#include "compiler/prove/calendars.h"

typedef struct SchedPhase {
    int64_t early_start_ms, early_finish_ms; /* UTC, ms since 1970 */
    int64_t late_start_ms, late_finish_ms;
    int64_t slack_s;         /* seconds on the clock from the early to the late start */
    bool critical;           /* no slack, and no contingency */
    bool contingency;        /* runs only when started */
    bool no_estimate;        /* takes no time here: nobody said how long */
    bool has_gate;           /* of L2 or L3: asks people */
    int64_t asked_ms, due_ms; /* of its gate; due_ms -1: no `within` */
    int64_t p50_ms, p80_ms, p95_ms; /* finish, simulated; = early_finish_ms where nothing varies */
} SchedPhase;

typedef struct SchedMilestone { int64_t at_ms, due_ms; } SchedMilestone; /* due_ms -1: none */

typedef struct Schedule {
    const Sem *sem;
    const Zone *zone;        /* in which dates are shown */
    int64_t start_ms, finish_ms;
    SchedPhase *phases;      /* sem->n_phases */
    SchedMilestone *milestones; /* sem->n_milestones */
    uint32_t *critical_path; uint32_t n_critical_path; /* phases, in order */
    uint32_t runs;           /* of the simulation; 0: nothing varies */
    uint64_t seed;
    int64_t p50_ms, p80_ms, p95_ms;
} Schedule;

typedef struct SchedOptions {
    int64_t start_ms;
    const Zone *zone;        /* in which dates are shown: see sched_zone */
    uint64_t seed;
    bool earliest_only;      /* no simulation: p50 and the like stay 0 */
} SchedOptions;

/* That of the plan's calendars where they agree, else UTC. */
const Zone *sched_zone(const Sem *sem);
/* Made in the arena (which jumps when full, as a compilation's does). sem has no
 * errors. NULL: some date lies too far away; why names the phase. */
const Schedule *sched_make(const Sem *sem, const SchedOptions *o, Arena *arena, Buf *why);

/* design section 2: gatec gantt -o OUT.json. */
void sched_json(const Schedule *s, Buf *out);
/* A picture for people, in light and dark, with a title on everything for those
 * who hear it. */
void sched_svg(const Schedule *s, Buf *out);
/* Whether the longest path, which decides when the plan is over, goes another way or
 * takes another time than the old plan's; at: the new plan's phase to look at. Both of
 * one start, and estimates in both. */
bool sched_longest(const Schedule *old, const Schedule *new, uint32_t *at, Buf *out);
/* Where a run ends when nobody ever answers, in words; why names the phase when
 * a date lies too far away. */
bool sched_silence(const Sem *sem, const SchedOptions *o, Arena *arena, Buf *out, Buf *why);
/* 2026-12-01T08:00:00+01:00 */
void sched_instant(const Zone *zone, int64_t ms, Buf *out);

#endif
