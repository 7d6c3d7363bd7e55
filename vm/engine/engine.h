/* The engine: how a run advances. A pure step function over records:
 *
 *     step(state, event) -> records, effects, notices, reply
 *
 * No I/O, no clock, no randomness, no threads: time and random bytes come in
 * with the event. The caller commits the records first (one transaction with
 * the run's row), then starts the effects, and turns their results into
 * events. If the commit fails the process ends; the state is thrown away.
 *
 * The state is a fold over records: eng_apply is the only function that
 * changes it, in a step and in a rebuild alike. States and flow: design
 * section 5. One function releases a gate (release_gate in gate.c), whatever
 * the route. */
#ifndef GATE_ENGINE_ENGINE_H
#define GATE_ENGINE_ENGINE_H

#include "vm/core/vm.h"
#include "vm/engine/later.h"
#include "vm/engine/policy.h"
#include "vm/log/record.h"

typedef enum PhaseState {
#define PHASE_STATE(id, name) PH_##id,
#include "vm/engine/states.def"
#undef PHASE_STATE
    PH_COUNT
} PhaseState;
typedef enum RunState {
#define RUN_STATE(id, name) RS_##id,
#include "vm/engine/states.def"
#undef RUN_STATE
    RS_COUNT
} RunState;

/* Who does something: identity as the caller established it. */
typedef struct EngActor {
    const char *t;             /* human svc timer */
    char id[OS_UUID_SIZE];     /* pseudonym */
    Str account;               /* "os:0:root": for display, never in envelopes */
    Str os_name;               /* account name for policy_person */
    const char *assurance;     /* "os" */
} EngActor;

typedef enum EngEventKind {
    EV_START,    /* run, name, inputs (JSON object), program hash is the run's */
    EV_WAKE,     /* time has passed, or somebody said resume (`resume`): try what
                    waits; what is approved goes on only when somebody said it */
    EV_DECIDE,   /* phase, decision approve|reject, digest ("" = not given), comment */
    EV_EFFECT,   /* effect, outcome...: the result of an EngEffect */
    EV_LOST,     /* after loading: the process that ran effects is gone; calls
                    without outcome are to be resent, or are in doubt. Sends
                    nothing: the event behind it goes on, or does not */
    EV_SETTLE,   /* phase ("" = any), action, instance, what: done failed retry */
    EV_CANCEL    /* comment */
} EngEventKind;

typedef enum EngOutcome { OUT_DONE, OUT_FAILED, OUT_UNKNOWN } EngOutcome;

typedef struct EngEvent {
    EngEventKind kind;
    int64_t now_ms;
    unsigned char random[32];
    EngActor actor;
    bool resume;         /* EV_WAKE: a person wants the run to go on */
    bool hold;           /* the process is to end: outcomes and decisions are
                            taken, nothing is sent and no phase begins */
    bool timers_frozen;  /* the clock stepped and nobody has accepted it: nothing
                            expires, lapses or is retried because time passed */
    /* EV_START */
    const char *run;
    Str name;
    Str inputs;
    Str plan;            /* JSON object kept as it is in the part `plan`: the
                            caller's own facts; `dir`, the plan's folder, is what
                            relative paths are joined to when grants are tested */
    EngActor author;     /* who first loaded this program */
    Str tenant;          /* the log's name: goes into idempotency keys */
    /* EV_DECIDE, EV_SETTLE, EV_CANCEL */
    Str phase, decision, digest, comment, action, what;
    uint32_t instance;
    bool drive;          /* EV_DECIDE, EV_SETTLE: go on at once; false
                            (--no-resume): stop when it is recorded */
    /* EV_EFFECT */
    uint64_t effect;
    EngOutcome outcome;
    const char *code;    /* "", exit, signal, timeout, spawn, limit, error, refused */
    Str message;         /* one sentence when it failed */
    int64_t status;      /* exit or HTTP status; -1: none */
    const char *tier;    /* T0..T3, "" for what needs no sandbox */
    Str result;          /* JSON of the import's result type; {NULL,0}: none */
    const struct EngEvent *also; /* EV_EFFECT: a result that came in the same
                            turn. All are taken, then the run goes on once: a
                            body is run again for all of them together */
} EngEvent;

/* What to do to the world, after the commit. Valid until the next step. */
typedef struct EngEffect {
    uint64_t id;         /* unique in this EngRun */
    uint32_t import;
    Str args;            /* JSON object in parameter order */
    int64_t timeout_ms;
    char key[65];        /* idempotency key, hex; "" for reads */
    uint32_t phase, action, instance, attempt; /* action PROG_NONE: a read */
    bool is_undo;
} EngEffect;

/* A line for people: L1 messages, tells, what happened. */
typedef struct EngNotice {
    const char *kind;    /* told, phase, action, gate, run, blocked, drift, doubt */
    Str text;
} EngNotice;

typedef struct EngReply {
    int exit;            /* enum GateExit of the request itself */
    const char *code;    /* "", or a word: no_such_phase stale wrong_digest
                            digest_needed not_eligible own_run decided ... */
    Str message;         /* sentence for the person; names the way out */
} EngReply;

typedef struct EngOut {
    Record *records;     size_t n_records;
    EngEffect *effects;  size_t n_effects;
    EngNotice *notices;  size_t n_notices;
    uint64_t *kills;     size_t n_kills; /* effects to end now (a cancelled run);
                            their results are still awaited */
    EngReply reply;
    bool changed;        /* row must be written */
} EngOut;

typedef struct EngRun EngRun;

/* program and policy are borrowed and outlive the run. policy may be replaced
 * while the run waits (eng_set_policy). NULL when out of memory. */
EngRun *eng_new(const Program *program, const Policy *policy);
void eng_set_policy(EngRun *run, const Policy *policy);
/* Hours of the program's calendars; borrowed. Not known unless told. */
void eng_set_hours(EngRun *run, const Calendar *const *hours);
void eng_free(EngRun *run);

/* Folds one record in (with its parts). GATE_E_FORMAT: the record cannot
 * follow what was folded before. */
GateStatus eng_apply(EngRun *run, const Record *r);
/* Takes one event as far as it goes. out is overwritten; its memory belongs
 * to the run and lives until the next step. */
GateStatus eng_step(EngRun *run, const EngEvent *ev, EngOut *out);

RunState eng_state(const EngRun *run);
const char *eng_id(const EngRun *run);
bool eng_busy(const EngRun *run);      /* effects are under way */
/* What is under way, for a person: "publish.tag, work.push[2]" with the names
 * of the plan. *doubt: at least one would be in doubt if it were cut off now. */
void eng_put_under_way(const EngRun *run, bool *doubt, Buf *out);
int64_t eng_due(const EngRun *run);    /* next timer, ms; -1: none */
/* The same by records alone: gates, and calls that go out again. *open: more may
 * be due earlier that is in no record, since nothing changed: another look at
 * what blocks, a read that failed. */
int64_t eng_due_recorded(const EngRun *run, bool *open);
/* The next retry of a call or a look: the run's own activity, which goes on
 * while another phase waits for a person. -1: none. */
int64_t eng_retry_due(const EngRun *run);
/* 0, 1, 10, 11, 12 as `gate run` exits when nothing is under way. */
int eng_exit(const EngRun *run);
/* Inputs of the program against a JSON object: types, ranges, missing,
 * unknown. Sentence naming the input and the way out. */
GateStatus eng_check_inputs(const Program *p, Str inputs, Buf *why);
/* A quorum that solo cannot meet, a role nobody holds: refused at start. */
bool eng_can_start(const Program *p, const Policy *policy, Buf *why);
/* Whether the program keeps to all policies, which were perhaps not there when it
 * was compiled (judge.c). hours: as eng_set_hours. */
bool eng_keeps_policies(const Program *p, const Calendar *const *hours, const Policy *policy,
                        Buf *why);

/* The shapes of design section 2, as JSON: status (with phases), show of one
 * phase, why. Account names are looked up through name_of (pseudonym -> words;
 * may be NULL). */
typedef Str (*EngNameOf)(void *ctx, const char *id);
/* What the next view compares the records with, until the next step: now (-1:
 * not known, or timers are frozen), so that a gate whose time has passed is not
 * shown as one that waits; and whether a process may be working on the run.
 * Unless told, nothing is compared. */
void eng_look(EngRun *run, int64_t now_ms, bool worked_on);
/* After a look: the run is under way by its records, and nobody works on it.
 * Somebody has to say `gate resume`. */
bool eng_left(const EngRun *run);
void eng_status_json(const EngRun *run, EngNameOf name_of, void *ctx, Buf *out);
GateStatus eng_show_json(const EngRun *run, Str phase, EngNameOf name_of,
                         void *ctx, Buf *out, Buf *why);
void eng_why_json(const EngRun *run, int64_t now_ms, EngNameOf name_of,
                  void *ctx, Buf *out);

#endif
