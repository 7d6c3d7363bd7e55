/* The inside of the engine: what a run is made of, shared by the files of this
 * folder alone.
 *
 * Two kinds of memory, never mixed:
 *   facts     everything in EngRun and PhaseRun above the line "in the air";
 *             eng_apply (fold.c) is the only function that writes them, out of
 *             records, and a rebuild makes them again
 *   in the air  what was asked of the world and not answered, and which
 *             evaluation asked; lost with the process, asked again after it */
#ifndef GATE_ENGINE_RUN_H
#define GATE_ENGINE_RUN_H

#include "vm/core/json.h"
#include "vm/engine/engine.h"

/* One side of an instance: the call itself, or the call that takes it back. */
typedef enum CallState {
    CALL_NONE,
    CALL_SENT,   /* the intent is durable; no outcome yet */
    CALL_DOUBT,  /* nobody knows; a person says */
    CALL_RETRY,  /* goes out again at due_ms */
    CALL_DONE,
    CALL_FAILED  /* for good */
} CallState;

typedef struct Call {
    CallState state;
    uint32_t attempt;  /* logical, from 1: rises after a definite failure */
    uint32_t resends;  /* of this attempt, with an unknown outcome */
    bool same_attempt; /* CALL_RETRY: the outcome was unknown, same key again */
    int64_t sent_ms, due_ms;
    char key[65];
    Str args;
    Str words;         /* why it failed */
} Call;

/* One element of an action (an action without `each` has one). */
typedef struct Inst {
    Call run, undo;
    uint32_t order;       /* place among the intents of the phase, from 1 */
    uint32_t undo_import; /* PROG_NONE: no way back */
    Str undo_args;
    Str element;
    Value result;         /* unknown: settled as done by a person */
    bool given_up;        /* a person said that its undo did not happen */
} Inst;

typedef struct ActRun {
    Inst *inst;
    uint32_t n_inst, cap_inst;
    bool skipped;
    uint32_t open;   /* sent, in doubt or waiting for a retry */
    uint32_t failed; /* for good */
    uint32_t staged_first, n_staged; /* rows of PhaseRun.staged */
    bool has_value;
    Value value;     /* of an ended phase's action, made once */
} ActRun;

/* A recorded answer to a reading call of a body. */
typedef struct Read {
    uint32_t pass, func, ord, action, inst;
    Value value;
} Read;

typedef struct Staged {
    uint32_t action, instance;
    Str args, undo, element, tainted; /* JSON; element {NULL,0}: none */
    bool conditional;
} Staged;

typedef struct Vote {
    char id[OS_UUID_SIZE];
    Str account, os, person, decision, assurance;
    int64_t at_ms;
} Vote;

typedef enum GateState {
    GS_NONE, GS_OPEN, GS_APPROVED, GS_RELEASED, GS_REJECTED, GS_EXPIRED, GS_WITHDRAWN
} GateState;

typedef struct GateRun {
    GateState state;
    char digest[65];
    int64_t opened_ms, expires_ms, lapses_ms; /* -1: never */
    Vote *votes; uint32_t n_votes, cap_votes;
    uint64_t opened_rec, closed_rec; /* numbers of records in the run */
    Str evidence;
    Str drift; /* JSON array: what changed before this round */
} GateRun;

/* A reading call of the evaluation that is under way. */
typedef enum AskState { ASK_SENT, ASK_RETRY, ASK_DONE, ASK_FAILED } AskState;
typedef struct Ask {
    AskState state;
    uint32_t func, ord, import, action, inst, attempt;
    uint64_t effect;
    int64_t due_ms;
    Str args, result, words;
    const char *code;
    int64_t status;
    const char *tier;
    Value value;
    bool recorded;
    bool barred;       /* not sent: no grant lets it look */
} Ask;

/* An evaluation: of conditions, of a body while staging or releasing, of the
 * late reads of a running body. */
typedef enum PassKind { PASS_NONE, PASS_CHECK, PASS_STAGE, PASS_RELEASE, PASS_BODY } PassKind;
typedef struct Pass {
    PassKind kind;
    uint32_t no;
    int64_t now_ms;
    Ask *asks; uint32_t n_asks, cap_asks;
    Arena *arena;
} Pass;

typedef struct PhaseRun {
    PhaseState state;
    uint32_t iter, round, drifts;
    bool started;         /* named by another phase's `on failure start` */
    bool undoing;         /* a rollback began */
    bool settled_failed;  /* its failing undo was given up; it stays undo_failed */
    Str *blockers; uint32_t n_blockers;
    int64_t blocked_due_ms;
    Str why;              /* words of the failure */
    uint32_t pass;        /* highest number of an evaluation */
    uint32_t run_pass;    /* whose reads the running body uses */
    Read *reads; uint32_t n_reads, cap_reads;
    Staged *staged; uint32_t n_staged, cap_staged;
    Str staged_json, question;
    int64_t staged_ms;    /* `now` of its body */
    uint32_t order;       /* intents so far */
    GateRun gate;
    /* in the air */
    Pass now;
    bool try_it;          /* blocked, or approved, or staged and blocked: test again */
    bool fresh;           /* staged in this very step */
    bool stage_blocked;   /* blocked by what it would do, not by its conditions */
    uint64_t fit_policy;  /* 0, or the policy under which fit_words was found */
    Str fit_words;        /* what the grants do not let it do; "": all is granted */
    uint64_t kept_policy; /* 0, or the policy under which kept_words was found */
    Str kept_words;       /* which policies it does not keep to; "": all */
    bool dirty;           /* running: something came that may move the body */
    int64_t next_try_ms;  /* blocked: later than blocked_due_ms once tried again; -1 */
} PhaseRun;

typedef enum FlightKind { FLY_READ, FLY_CALL, FLY_UNDO } FlightKind;
typedef struct Flight {
    uint64_t id;
    FlightKind kind;
    uint32_t phase, pass, func, ord, action, inst;
    bool killed;
} Flight;

struct EngRun {
    const Program *program;
    const Policy *policy;
    Arena *arena;         /* facts; dies with the run */
    /* facts */
    bool begun, closed;
    RunState state;       /* as recorded */
    RunState ending;      /* RS_RUNNING: not ending */
    char id[OS_UUID_SIZE];
    char starter[OS_UUID_SIZE];
    Str starter_account, starter_os, author_account, author_os, tenant, name;
    Str inputs_json, plan;
    Value *inputs;
    bool inputs_known;    /* false: the part was erased */
    int64_t started_ms;
    Policy pinned;        /* its people, roles and duties at the start; no grants */
    Str plan_dir;         /* what relative paths are joined to; "": not known */
    uint64_t n_records;
    PhaseRun *phases;     /* program->n_phases */
    ActRun *actions;      /* program->n_actions */
    uint8_t *checks;      /* program->n_checks: 0 open, 1 pass, 2 fail */
    uint8_t *told;        /* program->n_tells */
    /* in the air */
    Flight *flights; uint32_t n_flights, cap_flights;
    uint64_t next_effect;
    int64_t look_ms;      /* eng_look */
    bool unworked;
    bool covered;         /* grants of the policy cover the program */
    Str uncovered;        /* else: what they do not cover */
    uint64_t policy_no;   /* counts eng_set_policy */
    const Calendar *const *hours; /* eng_set_hours */
    PolJudge *judge;      /* under that policy; NULL: not asked yet */
    /* of the step */
    const EngEvent *ev;
    int64_t now_ms;
    GateStatus err;       /* sticky: the first failure of the step */
    Arena *out_arena, *scratch, *sect_arena, *text_arena, *policy_arena;
    EngOut out;
    uint32_t cap_records, cap_effects, cap_notices, cap_kills;
};

/* --- fold.c ---------------------------------------------------------------- */
/* Room for one more item; false: memory ran out. New rows are zero. */
bool eng_grow(void **rows, uint32_t *cap, size_t need, size_t size);
#define ENG_GROW(rows, cap, need) \
    eng_grow((void **)&(rows), &(cap), (need), sizeof *(rows))
void eng_shrink(void *rows, uint32_t cap, size_t size);

/* --- emit.c: records, effects, notices of the step ------------------------- */
/* A record of this run, to be filled and given to eng_emit. Never NULL: when
 * memory ran out it is a spare one that eng_emit drops. */
Record *eng_rec(EngRun *run, RecKind kind);
Record *eng_rec_phase(EngRun *run, RecKind kind, uint32_t phase);
/* Words for a person, at most LIM_WORDS_BYTES of them. */
Str eng_short(Str words);
/* Whether a part of so many bytes, of which so much memory is kept, has room
 * in the log and in the run; else the sentence's beginning is in why. */
bool eng_fits(const EngRun *run, const char *what, size_t bytes, size_t remembered,
              Buf *why);
/* Values of a result, from its JSON: two bytes may become an item of a list. */
#define ENG_VALUE_BYTES(json) ((json).n * (1 + sizeof(Value) / 2))
/* Folds the newest record in. */
void eng_emit(EngRun *run);
void eng_from_to(EngRun *run, Record *r, uint32_t phase, PhaseState to);
/* phase.changed, with words where there are some (JSON array of {"text"}). */
void eng_phase_to(EngRun *run, uint32_t phase, PhaseState to, Str why_json);
Str eng_keep(EngRun *run, Buf *b);     /* copies into the step's memory, frees b */
Str eng_print(EngRun *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
Str eng_instant(EngRun *run, int64_t ms);
bool eng_time_came(const EngRun *run, int64_t due_ms); /* a retry's instant */
void eng_notice(EngRun *run, const char *kind, Str text);
void eng_reply(EngRun *run, int exit, const char *code, Str message);
/* A message to people, its record and its notice: a `tell` step of the plan,
 * or one of the engine's own. */
void eng_tell(EngRun *run, uint32_t phase, uint32_t tell, Str text);
void eng_tell_roles(EngRun *run, uint32_t phase, uint32_t first, uint32_t n,
                    Str text);
/* An effect and its flight; the flight's identity is the caller's. */
void eng_send(EngRun *run, Flight f, uint32_t import, Str args, const char *key,
              uint32_t attempt);
Flight *eng_flight(EngRun *run, uint64_t id);
void eng_land(EngRun *run, uint64_t id); /* forgets a flight */
void eng_fail(EngRun *run, GateStatus st);

/* --- digest.c -------------------------------------------------------------- */
const char *phase_state_word(PhaseState s);
const char *run_state_word(RunState s);
const char *gate_state_word(GateState s);
Str eng_gate_id(EngRun *run, uint32_t phase);
int eng_level(const EngRun *run, uint32_t phase);
const ProgGate *eng_gate(const EngRun *run, uint32_t phase); /* NULL: L0 */
void eng_put_json(Buf *out, const Json *j);
/* was fits is: equal but for what was unknown. */
bool eng_json_fits(Str was, Str is, Arena *scratch);
void eng_put_args(Buf *out, const Program *p, uint32_t import, const Value *v,
                  uint32_t n);
void eng_put_undo(Buf *out, const Program *p, uint32_t import, const Value *v,
                  uint32_t n);
void eng_put_tainted(Buf *out, const Program *p, uint32_t import,
                     const Value *v, uint32_t n);
bool eng_any_unknown(const Value *v, uint32_t n);
Value eng_taint_copy(Value v, Arena *arena, bool *ok);
void eng_put_by(Buf *out, const EngRun *run, uint32_t phase);
void eng_put_staged(Buf *out, const EngRun *run, const Staged *s,
                    const char *name_key);
/* The bytes whose SHA-256 is a gate's digest. */
Str eng_subject(EngRun *run, uint32_t phase, Str nonce, Str evidence);
Str eng_evidence(EngRun *run, uint32_t phase);
void eng_key(EngRun *run, uint32_t phase, uint32_t action, uint32_t inst,
             uint32_t attempt, bool undo, char key[65]);

/* --- people.c -------------------------------------------------------------- */
typedef struct Person {
    const char *id;
    Str account, os;
} Person;
typedef enum PeopleFor { FOR_DECIDE, FOR_SETTLE, FOR_CANCEL } PeopleFor;
/* NULL when they may; else the rule's word, with a sentence in why. */
const char *eng_barred(const EngRun *run, uint32_t phase, Person who,
                       PeopleFor what, Buf *why);
bool eng_same_person(const EngRun *run, Person a, Person b);
/* How many votes the gate still needs; votes that no longer count are named
 * in lost. */
uint32_t eng_needed(const EngRun *run, uint32_t phase, Buf *lost);
bool eng_solo(const EngRun *run); /* now, and when it started */
void eng_put_who(Buf *out, const EngRun *run, uint32_t phase); /* "one of owner" */
Str eng_person_words(const EngRun *run, Person who);

/* --- pinned.c: the policy of the start, as a part of its record ------------- */
void eng_put_policy(Buf *out, const Policy *policy);
GateStatus eng_read_policy(Str json, Arena *arena, Arena *scratch, Policy *out);

/* --- rights.c: what the grants of now let a phase do ------------------------ */
/* The rows (and their way back) against the grants: a JSON array of blockers,
 * "[]" when all are granted. */
Str eng_rows_blocked(EngRun *run, const Staged *rows, uint32_t n);
/* The same of the phase's staged rows, as sentences; "" when all are. */
Str eng_rows_words(EngRun *run, uint32_t phase);
/* Which policies the phase does not keep to, as sentences; "" when it keeps all. */
Str eng_policy_words(EngRun *run, uint32_t phase);
bool eng_call_granted(EngRun *run, uint32_t import, Str args, Buf *why);
/* Before the start: what every phase needs, as far as the inputs tell it.
 * run->inputs are set. false: why names the first that is missing. */
bool eng_plan_granted(EngRun *run, Buf *why);

/* --- inputs.c -------------------------------------------------------------- */
bool eng_inputs(const Program *p, Str json, Arena *arena, Value *out, Buf *why);
void eng_put_inputs(Buf *out, const Program *p, const Value *inputs);
/* A title with its values in it; as it was written where they are not known. */
void eng_title(Buf *out, const EngRun *run, uint32_t title, uint32_t title_fn);

/* --- pass.c: evaluations that ask the world -------------------------------- */
typedef enum PassEnd { PASS_ENDED, PASS_WAITS, PASS_FAILED } PassEnd;
void eng_pass_begin(EngRun *run, uint32_t phase, PassKind kind, int64_t now_ms);
void eng_pass_end(EngRun *run, uint32_t phase);
/* Records what the pass read, where that was not done as it came. */
void eng_pass_flush(EngRun *run, uint32_t phase);
/* The answer to a reading call; asks for it when it is new. */
AskState eng_ask(EngRun *run, uint32_t phase, const VmCall *call, uint32_t func,
                 uint32_t at_most, const Ask **answer);
void eng_read_landed(EngRun *run, const Flight *f);

/* --- section.c: running the interpreter ------------------------------------ */
typedef enum SectMode {
    SECT_TEXT, SECT_STAGE, SECT_RUN,
    SECT_PROBE /* before the start: every answer is unknown, nothing is asked */
} SectMode;
typedef struct Sect {
    EngRun *run;
    uint32_t phase, func;
    SectMode mode;
    Arena *arena;
    const struct Sect *body; /* SECT_TEXT: whose actions' results it may read */
    /* results of the phase's own actions, as met; by action - actions_first */
    Value *acts;
    uint8_t *met;
    Value *items; uint32_t n_items, cap_items; /* of the action under way */
    uint32_t waiting, failed;
    uint32_t looking; /* elements whose image before is being read */
    uint32_t cur;  /* the action under way; PROG_NONE */
    bool wrote;
    bool unsure;   /* an action stands under a `when` that is not known */
    bool barred;   /* it ended because no grant lets it look */
    Staged *staged; uint32_t n_staged, cap_staged;
    size_t staged_bytes;
    const Read **by_ord; uint32_t n_by_ord;
    Buf why;       /* words of a failure */
    uint32_t bad_check; /* PROG_NONE */
} Sect;
/* The cause of a failure; the first one said is kept. */
void eng_say(Sect *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void eng_sect_open(Sect *s, EngRun *run, uint32_t phase, SectMode mode, Arena *arena);
void eng_sect_close(Sect *s);
PassEnd eng_sect_run(Sect *s, uint32_t func, Value *result);
Value eng_action_value(EngRun *run, uint32_t action);

/* --- phase.c --------------------------------------------------------------- */
bool eng_phase_advance(EngRun *run, uint32_t phase);
bool eng_phase_final(const EngRun *run, uint32_t phase);
bool eng_phase_begins(const EngRun *run, uint32_t phase);
/* The conditions, of the pass under way. blockers: JSON array, "[]" when all
 * hold; skip: `when` is false. */
PassEnd eng_conditions(EngRun *run, uint32_t phase, bool with_when, bool *skip,
                       Str *blockers);
/* Stages the body; fills s (mode SECT_STAGE). */
PassEnd eng_stage_body(EngRun *run, uint32_t phase, Sect *s);
/* The phase's step failed for good: undo, stop or go on, as the plan says. */
void eng_fail_phase(EngRun *run, uint32_t phase, Str words);
void eng_after_failure(EngRun *run, uint32_t phase);
bool eng_blockers_same(const PhaseRun *p, Str json, Arena *scratch);
Str eng_words_json(EngRun *run, Str words); /* [{"text": words}] */

/* --- gate.c ---------------------------------------------------------------- */
bool eng_gate_open(EngRun *run, uint32_t phase);
bool eng_gate_tally(EngRun *run, uint32_t phase);
/* The one function that lets a phase run, whatever the route and level. */
bool release_gate(EngRun *run, uint32_t phase);
/* Whether what released the phase still holds: tested before each effect. */
bool eng_may_send(EngRun *run, uint32_t phase, Buf *why);
void eng_decide(EngRun *run);
/* A decision, or a settlement, that does not count: record and reply. */
void eng_refuse(EngRun *run, uint32_t phase, const char *rule, Str words);
/* The same of a request that no phase of the plan is named by. */
void eng_refuse_run(EngRun *run, const char *rule, Str words);
Record *eng_rec_gate(EngRun *run, RecKind kind, uint32_t phase);
/* A phase stays where it is, with these blockers: recorded when they change. */
bool eng_stay(EngRun *run, uint32_t phase, Str blockers);
Str eng_voter(EngRun *run); /* the part `voter` of the event's actor */

/* --- exec.c, undo.c -------------------------------------------------------- */
bool eng_exec_advance(EngRun *run, uint32_t phase);
VmAnswer eng_exec_call(Sect *s, const VmCall *call, Value *result);
VmAnswer eng_exec_room(Sect *s, uint32_t action);
uint32_t eng_failures_allowed(const ProgAction *pa); /* behind them no more elements begin */
VmAnswer eng_exec_done(Sect *s, uint32_t action);
void eng_call_landed(EngRun *run, const Flight *f);
void eng_lost(EngRun *run);
/* A cancelled run sends nothing again: what was to be, is in doubt. */
void eng_doubt_resends(EngRun *run);
void eng_settle(EngRun *run);
bool eng_undo_advance(EngRun *run, uint32_t phase);
bool eng_has_undo(const EngRun *run, uint32_t phase);
Inst *eng_inst(EngRun *run, uint32_t action, uint32_t inst);
uint32_t eng_doubts(const EngRun *run, uint32_t phase);
/* Why a person is asked about a call. */
typedef enum Unsettled {
    US_NOTHING,
    US_DOUBT,       /* nobody saw what came of it */
    US_UNDO_FAILED, /* it failed for certain; the undo stands still */
    US_BLOCKED      /* it is to go out again and is not let out */
} Unsettled;
Unsettled eng_unsettled(const PhaseRun *p, const Inst *in, bool undo);
/* An effect of a call, or of its undo, with the intent's record before it. */
void eng_intent(EngRun *run, uint32_t phase, uint32_t action, uint32_t inst,
                bool undo, Str args, Str undo_json);

#endif
