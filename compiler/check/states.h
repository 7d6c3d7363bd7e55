/* Which states a phase and a run can come to, as far as the plan alone says so:
 * what can never be, no test may expect (G8005). `false` means that it may be;
 * that something is never so holds in every run, also where other people, other
 * tools and other hosts take part in it, and where it is cancelled or goes back. */
#ifndef GATE_COMPILER_STATES_H
#define GATE_COMPILER_STATES_H

#include "compiler/sem.h"

/* As vm/engine/states.def, in its order: test_compiler_states compares. */
typedef enum PhaseWord {
    PW_PENDING, PW_CHECKING, PW_BLOCKED, PW_STAGED, PW_WAITING, PW_APPROVED, PW_RUNNING, PW_DONE,
    PW_SKIPPED, PW_REJECTED, PW_EXPIRED, PW_FAILED, PW_UNDOING, PW_UNDONE, PW_UNDO_FAILED, PW_IN_DOUBT,
    PW_COUNT
} PhaseWord;
typedef enum RunWord {
    RW_RUNNING, RW_WAITING, RW_DONE, RW_FAILED, RW_REJECTED, RW_CANCELLED, RW_IN_DOUBT, RW_COUNT
} RunWord;

/* Why, in words: "PHASE `why`, so `so`"; where that can be seen, and what stands there. */
typedef struct Never {
    const char *why, *so, *label;
    uint32_t phase;      /* SEM_NONE: it is about the whole plan */
    SynRef at;           /* 0: nowhere, and label stands where it is expected */
} Never;

/* given: the test says of phases how they end, whatever the plan says of them. */
bool states_phase_never(const Sem *s, uint32_t phase, PhaseWord state, bool given, Never *out);
/* Looks at every phase. In a test: nothing that a test says cancels a run. */
bool states_run_never(const Sem *s, RunWord state, bool given, Never *out);

#endif
