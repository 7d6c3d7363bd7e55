/* Statuses of everything that may fail because of the world (not because the
 * program is wrong; that is a diagnostic). A status is never ignored.
 * Exit statuses of the two programs stand here too: design.md section 2. */
#ifndef GATE_OS_STATUS_H
#define GATE_OS_STATUS_H

typedef enum GateStatus {
    GATE_OK = 0,
    GATE_E_MEMORY,   /* the allocator, or an arena's cap, said no */
    GATE_E_LIMIT,    /* a named limit of limits.def was reached */
    GATE_E_IO,       /* disk, database or network failed */
    GATE_E_FORMAT,   /* bytes that are not in the form they must have */
    GATE_E_NOTFOUND, /* no such thing */
    GATE_E_REFUSED,  /* not allowed, wrong digest, stale, not granted */
    GATE_E_BUSY,     /* somebody else holds it */
    GATE_E_FUEL      /* the step budget is used up */
} GateStatus;

enum GateExit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,      /* the plan or the run failed; verify found something */
    EXIT_USAGE = 2,
    EXIT_CANNOT_TELL = 3, /* verify */
    EXIT_REFUSED = 4,     /* not allowed, wrong digest, stale */
    EXIT_ENVIRONMENT = 5, /* disk, database, network */
    EXIT_WAIT_PERSON = 10,
    EXIT_WAIT_TIME = 11,
    EXIT_REJECTED = 12
};

#endif
