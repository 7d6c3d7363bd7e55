/* What a plan means, resolved: check/ fills it; prove/, schedule/, emit/ and the
 * verbs read it. Everything is borrowed from the compilation's arena. Names are
 * resolved to ordinals, expressions have types; what could not be resolved has
 * the poison type and was reported. Only when no error was reported may the
 * emitter run. An ordinal that is not there is SEM_NONE, a node 0. */
#ifndef GATE_COMPILER_SEM_H
#define GATE_COMPILER_SEM_H

#include "compiler/diag/diag.h"
#include "vm/core/builtin.h"
#include "vm/os/limits.h"

typedef uint32_t SemType; /* index into Sem.types; SEM_POISON = 0 */
enum { SEM_POISON = 0 };
#define SEM_NONE UINT32_C(0xffffffff)

typedef struct SemField { Str name; SemType type; } SemField;
typedef struct SemTypeInfo {
    TypeKind kind;
    SemType elem;
    const SemField *fields; uint32_t n_fields; /* record; one of: names only */
} SemTypeInfo;

/* What a name, member or call stands for. Expressions nest at most 256 deep,
 * with the lets that stand in them put in place (CHK_DEPTH): recursion over
 * them is bounded. Where a text is wanted, an email, host, url or `one of` may
 * stand as it is: all are V_TEXT. */
typedef enum SemRefKind {
    SR_NONE,
    SR_INPUT,    /* index: inputs */
    SR_LET,      /* index: lets: its expression stands here */
    SR_LOCAL,    /* index: the SYN_EACH or SYN_QUANT node that binds it */
    SR_ACTION,   /* index: actions: its result (MEMBER phase.action, or NAME in the phase) */
    SR_ASK,      /* index: asks: what a person answered (as SR_ACTION) */
    SR_AWAIT,    /* index: awaits: the event that came, a record (as SR_ACTION) */
    SR_EVENT,    /* in `where` of an await or of `starts on`: that event, a record */
    SR_SECRET,   /* index: secrets */
    SR_CONFIG,   /* inside a connector: index: its configs */
    SR_SUBJECT,  /* in a policy's rule: the action, phase, gate, task or check */
    SR_CALENDAR, /* in a policy's rule, as an argument: index: calendars */
    SR_FIELD,    /* index: member number of the record on the left */
    SR_BUILTIN,  /* index: Builtin; on the CALL node */
    SR_TOOL,     /* index: tools; on the CALL node: a read in an expression */
    SR_NOW, SR_TODAY, SR_TRUE, SR_FALSE,
    SR_PARAM,    /* inside a tool's undo or before: index: parameter */
    SR_BEFORE,   /* inside a tool's undo: the before image's record */
    /* inside a connector, where the clause says so */
    SR_RESULT,   /* in `await`: what the tool itself gave */
    SR_AWAITED,  /* in `until`: what the tool that is asked again gave */
    SR_CALLBACK, /* in `subscribe`: where events are to be sent, a url */
    SR_SUBSCRIPTION /* in `renew` and `unsubscribe`: what `subscribe` gave */
} SemRefKind;

/* Four bytes, since every node has one; a node's number fits, since a source
 * has at most two nodes a byte. */
typedef struct SemRef { uint32_t kind : 5, index : 27; } SemRef;
_Static_assert(LIM_TYPES <= UINT16_MAX && SR_SUBSCRIPTION < 32 && LIM_SOURCE_BYTES <= 1 << 26, "see SemRef");

/* One parsed file and what the checker knows of its nodes (by SynRef). */
typedef struct SemFile {
    DiagSource source;
    Str path;
    uint16_t *types; /* SemTypes of expression nodes: LIM_TYPES fits */
    SemRef *refs;
} SemFile;

/* An expression in its file. node 0: none. */
typedef struct SemExpr { const SemFile *file; SynRef node; } SemExpr;

/* --- time and people, as clauses say them ----------------------------------- */

/* A duration: on the clock, or business time of a calendar (language 3; what a
 * business day is: design 5). */
typedef enum SemTimeKind { ST_NONE, ST_CLOCK, ST_DAYS, ST_HOURS } SemTimeKind;
typedef struct SemDuration {
    int64_t n;                           /* ST_CLOCK: ms; else business days or hours */
    uint32_t kind : 2, calendar : 30;    /* SemTimeKind; ST_DAYS, ST_HOURS: calendars, else 0 */
    SynRef node;
} SemDuration;
static inline int64_t sem_ms(SemDuration d) /* -1: not said, or business time */
{
    return d.kind == ST_CLOCK ? d.n : -1;
}

/* DATE | INSTANT | path | duration after path. */
typedef enum SemMomentKind {
    SM_NONE,
    SM_DATE,      /* ms: midnight at its start, as if it were UTC */
    SM_INSTANT,   /* ms; zoneless: local time, as if it were UTC */
    SM_VALUE,     /* value: an input or a let, a date or an instant */
    SM_PHASE,     /* index: the end of a phase */
    SM_MILESTONE  /* index */
} SemMomentKind;
typedef struct SemMoment {
    SemMomentKind kind;
    bool zoneless;
    uint32_t index;
    uint32_t calendar;   /* whose zone counts for SM_DATE and zoneless ones; SEM_NONE: UTC */
    int64_t ms;
    SemExpr value;
    SemDuration after;   /* kind ST_NONE: at once */
    SynRef node;
} SemMoment;
/* Most plans say few: where one is only pointed to, this one stands for none. */
extern const SemMoment sem_no_moment;

typedef struct SemDuring { uint32_t calendar; bool never; SynRef node; } SemDuring;

typedef struct SemWho {
    WhoKind kind;
    uint32_t quorum;     /* distinct people */
    uint32_t *roles; uint32_t n;
    bool broken;         /* a role in it is not known, or how many is not said: reported */
    SynRef node;         /* WHO */
} SemWho;

/* What somebody is asked to fill in: at a gate before the vote, or in a task. */
typedef struct SemAsk {
    Str name;
    SemType type;
    uint32_t phase;
    uint32_t task;       /* SEM_NONE: of the phase's gate */
    SynRef node;
} SemAsk;

/* --- calendars --------------------------------------------------------------- */

typedef struct SemOpen {     /* open Mon..Fri 08:00..17:00; open DATE [08:00..12:00] */
    uint8_t first, last;     /* 0 Mon .. 6 Sun; first > last goes over the week's end */
    bool is_date;
    int32_t date;            /* days since 1970-01-01 */
    int32_t from_s, to_s;    /* seconds of the day; 0, 86400: all of it; to_s < from_s: of the day after */
    Str title;
    SynRef node;
} SemOpen;
typedef struct SemClosed { int32_t first, last; Str title; SynRef node; } SemClosed; /* days, inclusive */
typedef struct SemHolidays { Str path; Str text; SynRef node; } SemHolidays; /* an iCalendar file's bytes */
typedef struct SemCalendar {
    Str name, title;
    Str zone;                /* "Europe/Bratislava"; empty: not said (G5001) */
    const SemOpen *opens; uint32_t n_opens;
    const SemClosed *closed; uint32_t n_closed;
    const SemHolidays *holidays; uint32_t n_holidays;
    const SemFile *file; SynRef node, zone_node;
} SemCalendar;

/* --- tools -------------------------------------------------------------------- */

typedef struct SemParam {
    Str name;
    SemType type;
    uint32_t flags;       /* PF_* */
    SemExpr fallback;     /* `= default`; node 0: must be given */
    uint32_t among;       /* the tool that lists valid values; SEM_NONE */
    Str deprecated;       /* "use X instead"; empty: it is not */
} SemParam;

typedef struct SemBind { uint32_t param; SemExpr expr; } SemBind; /* one argument */
/* A call of another tool of the same pack. */
typedef struct SemCall { uint32_t tool; const SemBind *args; uint32_t n_args; SynRef node; } SemCall;

/* A clause of a connector with a kind and members: auth basic { user = ... }.
 * Which kinds and members there are: check/wire_clause.c. */
typedef enum SemClauseKind {
    SC_AUTH, SC_PAGE, SC_ERRORS, SC_HEADERS, SC_LIMITS, SC_QUERY, SC_VERIFY, SC_HANDSHAKE, SC_COUNT
} SemClauseKind;
typedef struct SemPart { Str name; SemExpr value; } SemPart;
typedef struct SemClause {
    SemClauseKind clause;
    Str kind;             /* "basic"; empty where the clause has none */
    const SemPart *members; uint32_t n_members;
    SynRef node;
} SemClause;

typedef enum SemHow { SH_NONE, SH_GET, SH_POST, SH_PUT, SH_PATCH, SH_DELETE, SH_EXEC, SH_NATIVE } SemHow;

typedef struct SemTool {
    Str pack, name, title;
    const SemFile *file; SynRef node;
    SemParam *params; uint32_t n_params;
    SemType result;       /* a record */
    Effect effect;        /* as it counts: a pack the host does not list is EFF_DESTROYS unless a GET */
    Reach reach;
    uint32_t flags;       /* TF_* */
    ToolUndo undo;
    uint32_t undo_tool;   /* SEM_NONE: none of its own */
    SemBind *undo_args; uint32_t n_undo_args;
    uint32_t before_tool; /* SEM_NONE */
    SemBind *before_args; uint32_t n_before_args;
    SemCall lookup;       /* did it happen? tool SEM_NONE: nobody can say */
    uint32_t connector;   /* connectors */
    SemHow how;
    SemExpr path;         /* of an HTTP verb */
    SynRef exec;          /* the first of the argument vector's expressions */
    Str body_kind; SemExpr body;
    const Str *pointers;  /* one a member of result: a JSON pointer; empty: the member's own name */
    const uint32_t *accept; uint32_t n_accept; /* statuses that mean success; none: 200 to 299 */
    const SemClause *clauses; uint32_t n_clauses;
    Str keyed;            /* the header that carries the idempotency key */
    SemDuration timeout;
    SemExpr lock;
    SemCall await; SemExpr until; SemDuration await_every, await_within;
    uint32_t since;       /* MAJOR << 16 | MINOR of the pack's version; 0: always there */
    Str deprecated;       /* "use X instead"; empty: it is not */
    bool is_get;          /* an HTTP GET: believed when it says `reads` */
    bool listed;          /* of a pack that the host lists: its word counts */
    bool native;          /* run by gate itself */
} SemTool;

typedef struct SemConfig { Str name; SemType type; Str matches; bool secret; SynRef node; } SemConfig;
typedef struct SemConnector {
    Str name, title;
    Str version; SynRef version_node; /* "1.2"; empty: not said */
    const SemConfig *configs; uint32_t n_configs; /* `config` and `secret` */
    const Str *hosts; uint32_t n_hosts;
    SemExpr base;            /* node 0: by `discover`, or nothing is sent */
    SemCall discover, probe; /* tool SEM_NONE */
    const Str *redact; uint32_t n_redact;
    const SemClause *clauses; uint32_t n_clauses;
    uint32_t first_tool, n_tools, first_event, n_events;
    Hash hash;               /* of the pack's bytes: gate.lock */
    const SemFile *file; SynRef node;
} SemConnector;
typedef struct SemEvent {
    Str pack, name, title;
    SemType result;          /* a record: what it gives */
    uint32_t connector;
    const Str *pointers;     /* one a member of result, as of a tool */
    SemClause verify, handshake; /* node 0: not said */
    Str tenant, dedupe;      /* JSON pointers; empty: not said */
    SemCall fetch, subscribe, renew, unsubscribe, poll; /* tool SEM_NONE */
    SemDuration poll_every;
    uint32_t reply; SemExpr reply_text; /* 0: 204 and nothing */
    SemExpr echo;            /* true: our own doing, which nobody waits for */
    const SemFile *file; SynRef node;
} SemEvent;

typedef struct SemInput { Str name; SemType type; SemExpr fallback, low, high; SynRef node; } SemInput;
typedef struct SemLet { Str name; SemExpr expr; SemType type; SynRef node; } SemLet;
typedef struct SemRole {
    Str name, title;
    const Str *people; uint32_t n_people; /* persons' names */
    const Str *said; uint32_t n_said;     /* as the file itself says: what its program carries */
    bool bound;              /* by host files (SemOptions.hosts): nobody else holds it */
    const SemFile *file; SynRef node;
} SemRole;
/* All needs must be met; of those with one group number, from 1, any one will
 * do (`needs any of a, b`). A phase may have several groups. */
typedef struct SemNeed { uint32_t phase; bool even_if_failed; uint32_t group; SynRef node; } SemNeed;
typedef struct SemRequire {
    SemExpr cond;
    SemExpr words; /* node 0: none */
    bool never;    /* it is always false: reported */
    SynRef node;
} SemRequire;
/* Evidence: at most one of action .. ask; none: the whole phase. */
typedef struct SemShow { Str label; uint32_t phase, action, check, task, await, ask; } SemShow;

/* What silence leads to: SO_AGAIN asks again so often, SO_ASK adds the people of
 * ask_who; after the last of both, stop. */
typedef enum SemOtherwise { SO_NONE, SO_STOP, SO_CONTINUE, SO_AGAIN, SO_ASK } SemOtherwise;
typedef enum SemAssure { SA_NONE, SA_OS, SA_SESSION, SA_SIGNED, SA_HARDWARE } SemAssure;
typedef struct SemReturn { uint32_t phase, most; SynRef node; } SemReturn;   /* may return to */
typedef struct SemVary { uint32_t action, param; SynRef node; } SemVary;    /* may vary */
typedef struct SemAdvice { Str name; bool holds; SynRef node; } SemAdvice;  /* advice from */

/* ask again every so long, at most so often; try again likewise. */
typedef struct SemAgain { SemDuration every; uint32_t most; } SemAgain;
extern const SemAgain sem_never_again;

typedef struct SemGate {
    int level;
    uint32_t phase;
    SynRef question;
    SemWho by;
    SemDuration within, good_for, remind;
    SemOtherwise otherwise;
    const SemAgain *again;   /* SO_AGAIN; else never */
    const SemWho *ask_who;   /* SO_ASK; else NULL */
    const SemMoment *not_before;
    SemAssure assure; SynRef assure_node;
    const SemShow *shows; const SemReturn *returns;
    uint32_t n_shows, n_returns;
    const SemVary *varies; const SemAdvice *advice;
    uint32_t n_varies, n_advice;
    uint32_t first_ask, n_asks;                   /* asks, one behind the other */
    SynRef node, otherwise_node;
} SemGate;

/* A statement of a phase's body, in order: of the source, which is theirs. */
typedef enum SemStepKind { SS_ACTION, SS_CHECK, SS_TELL, SS_TASK, SS_AWAIT } SemStepKind;
typedef struct SemStep {
    SemStepKind kind;
    uint32_t index;
    uint32_t together;   /* 0: alone; actions with one number run side by side */
} SemStep;

/* waves 1, 10%, 100%: how much of the list each wave reaches. */
typedef struct SemWave { bool percent; uint32_t n; SynRef node; } SemWave;

/* How `each` goes through its list. */
typedef struct SemEach {
    SynRef list;
    uint32_t at_most;
    uint32_t n_waves; const SemWave *waves; SemDuration pause;
} SemEach;
extern const SemEach sem_no_each;

typedef struct SemAction {
    uint32_t phase;
    uint32_t together;       /* as in its step */
    Str name, title;
    SynRef title_expr;       /* a title with values in it; 0: title says it all */
    int level;               /* the least it needs, `at` included */
    SynRef each;             /* SYN_EACH node; 0: none */
    const SemEach *elements;
    SynRef when;             /* 0: none */
    SemType result;
    uint32_t tool;
    const SemBind *args;     /* one a parameter that is given */
    const SemBind *undo_args; /* AU_PLAN only */
    uint32_t n_args, n_undo_args;
    ActionUndo undo_kind;
    uint32_t undo_tool;      /* AU_PLAN: the plan's; AU_TOOL: the tool's */
    SynRef undo_because;
    uint32_t stop_after;
    SemDuration timeout;
    const SemAgain *retry;
    const SemDuring *during; const SemRequire *requires;
    uint32_t n_during, n_requires;
    const SemMoment *not_before;
    SynRef lock;             /* text */
    SynRef node;
} SemAction;

typedef struct SemCheck {
    uint32_t phase;
    Str name, title; SynRef title_expr;
    const SemRequire *requires; uint32_t n_requires;
    SemDuration hold_for, within, every;
    SynRef node;
} SemCheck;
typedef struct SemTask {     /* L3 work: people do it and attest */
    uint32_t phase;
    Str name, title; SynRef title_expr;
    SemWho by;
    SemExpr steps;
    uint32_t first_ask, n_asks;
    const SemShow *shows; uint32_t n_shows;
    SemDuration within, remind;
    const SemDuring *during; uint32_t n_during;
    SemExpr undo;            /* in words; node 0: none */
    SynRef undo_because;     /* `undo none because` */
    SynRef node;
} SemTask;
typedef struct SemAwait {
    uint32_t phase;
    Str name;
    uint32_t event;          /* events */
    SemExpr where;
    SemDuration within;
    SemOtherwise otherwise;  /* SO_NONE, SO_STOP, SO_CONTINUE */
    SynRef node;
} SemAwait;
typedef struct SemTell { uint32_t phase; const uint32_t *to; uint32_t n_to; SemExpr text; SynRef node; } SemTell;

/* limit 200 user; node 0: none. */
typedef struct SemLimit { uint32_t n; Str unit; SynRef node; } SemLimit;
extern const SemLimit sem_no_limit;
extern const SemDuration sem_no_estimate[2];

/* Phases stand in the plan's own file, and so does all that is written in them: where
 * one of these has a node alone, it is of that file. */
typedef struct SemPhase {
    Str name, title, doc;
    SynRef title_expr;
    SynRef when;
    const SemNeed *needs;
    const SemRequire *requires;
    uint32_t n_needs, n_requires;
    uint32_t gate;           /* SEM_NONE: L0 */
    uint32_t first_action, n_actions;
    uint32_t first_check, n_checks;
    uint32_t first_task, n_tasks, first_await, n_awaits;
    uint32_t n_steps; const SemStep *steps;
    const uint32_t *failure_tell; uint32_t n_failure_tell;
    uint32_t failure_start;  /* SEM_NONE */
    uint32_t on_failure;     /* OF_* */
    bool needs_any : 1;      /* all needs are of one group; else look at the groups */
    bool only_when_started : 1;
    bool never_wanted : 1;   /* its `when` is always false */
    bool never_starts : 1;   /* in no run (prove/stuck.c) */
    bool never_done : 1;     /* nor skipped: where it starts, it fails */
    bool after_end : 1;      /* only in a run that has failed and does not go on */
    const SemDuration *estimate; /* optimistic, pessimistic; equal where one was said */
    const SemMoment *deadline;
    const SemDuring *during; const Str *controls;
    uint32_t n_during, n_controls;
    const SemLimit *limit;
    SynRef node;
} SemPhase;

typedef struct SemMilestone {
    Str name, title;
    bool needs_any;          /* as in a phase */
    const SemNeed *needs; uint32_t n_needs;
    SemMoment due;
    SynRef node;
} SemMilestone;
typedef enum SemSecretSource { SS_ENV, SS_FILE, SS_KEYRING, SS_COMMAND } SemSecretSource;
typedef struct SemSecret { Str name; SemSecretSource source; Str of; const SemFile *file; SynRef node; } SemSecret;
typedef struct SemSet { uint32_t input; SemExpr value; } SemSet; /* in a test's answer: asks */
typedef struct SemStart {        /* starts on EVENT ..., starts every ... */
    uint32_t event;              /* SEM_NONE: by the calendar */
    SemExpr where;
    uint32_t days;               /* bit 0 Mon .. bit 6 Sun */
    int32_t at_s; uint32_t calendar;
    const SemSet *sets; uint32_t n_sets;
    SynRef node;
} SemStart;

typedef enum SemSubject { SJ_ACTION, SJ_PHASE, SJ_GATE, SJ_TASK, SJ_CHECK, SJ_COUNT } SemSubject;
/* A rule's subject is a NAME with SR_SUBJECT (index: SemSubject); a member of it
 * is an SR_FIELD of its record; `only_during(CAL)` is a CALL with SR_SUBJECT
 * (index: SemAsked), its one argument an SR_CALENDAR. */
typedef enum SemMember {
#define MEMBER(subject, name, type, meaning) MB_##subject##_##name,
#include "vm/core/subjects.def"
    MB_COUNT
} SemMember;
typedef enum SemAsked {
#define ASKED(subject, name, meaning) ASKED_##name,
#include "vm/core/subjects.def"
    ASKED_COUNT
} SemAsked;
typedef struct SemRule { SemSubject subject; SemExpr where, require, words; SynRef node; } SemRule;
struct Sem;
typedef struct SemPolicy {
    Str name, title;
    const SemRule *rules; uint32_t n_rules;
    const struct Sem *sem;   /* whose calendars and lets its rules speak of: a host's own */
    const SemFile *file; SynRef node;
} SemPolicy;

/* A `test` block, statement by statement. */
typedef enum SemTestKind {
    SX_START,    /* start at */
    SX_INPUTS,   /* given inputs { }: sets */
    SX_GIVES,    /* given TOOL gives value: a record may leave members out */
    SX_SUCCEEDS, SX_FAILS, /* given TOOL or PHASE */
    SX_APPROVE, SX_REJECT, SX_ATTEST, /* phase by role, after */
    SX_RETURN,   /* phase to to by role */
    SX_ANSWER,   /* phase's asks: sets, by role */
    SX_ADVANCE,  /* after */
    SX_IS,       /* expect phase is state; phase SEM_NONE: the run */
    SX_TOLD, SX_ASKED, /* expect told or asked role so many times */
    SX_EXPECT    /* expect (value) */
} SemTestKind;
typedef struct SemTestStep {
    SemTestKind kind;
    uint32_t phase, to, task, tool, role; /* SEM_NONE */
    SemMoment at;
    SemDuration after;
    const struct SemSet *sets; uint32_t n_sets;
    SemExpr value;
    uint32_t state;          /* its place in vm/engine/states.def: a phase's, or a run's */
    uint32_t times;
    SynRef node;
} SemTestStep;
typedef struct SemTest { Str title; const SemTestStep *steps; uint32_t n_steps; SynRef node; } SemTest;

typedef struct SemPerson { Str name, title; const Str *ids; const uint8_t *kinds; uint32_t n_ids; const SemFile *file; SynRef node; } SemPerson;
typedef struct SemGrant { Str pack, tool; const Str *names; const SemExpr *values; uint32_t n; SynRef node; } SemGrant;
typedef struct SemSetting { Str name; SemExpr value; SynRef node; } SemSetting;

typedef enum SemFileKind { SF_PLAN, SF_LIBRARY, SF_HOST } SemFileKind; /* HOST: host.gate, tenant.gate */

/* A pack or a file that is used, also by way of others: what gate.lock pins. */
typedef struct SemUse { bool pack; Str name, version; Hash hash; } SemUse;

typedef struct Sem {
    Arena *arena;
    DiagList *diags;
    SemFileKind kind;
    const SemFile *file;     /* the file that was asked for */
    Str name, title, doc;    /* of the plan */
    SemTypeInfo *types; uint32_t n_types; /* [0] poison; then each plain kind at its own
                                           * number (types[TK_TEXT] is text); equal types
                                           * have equal numbers */
    SemTool *tools; uint32_t n_tools;
    SemInput *inputs; uint32_t n_inputs;
    SemLet *lets; uint32_t n_lets;
    SemRole *roles; uint32_t n_roles;
    SemGate *gates; uint32_t n_gates;
    SemPhase *phases; uint32_t n_phases;   /* in source order */
    SemAction *actions; uint32_t n_actions; /* grouped by phase, in order */
    SemCheck *checks; uint32_t n_checks;    /* likewise */
    SemTell *tells; uint32_t n_tells;
    SemPerson *persons; uint32_t n_persons; /* of host files, too */
    SemGrant *grants; uint32_t n_grants;
    SemSetting *settings; uint32_t n_settings;
    SemAsk *asks; uint32_t n_asks;
    SemTask *tasks; uint32_t n_tasks;          /* grouped by phase, in order */
    SemAwait *awaits; uint32_t n_awaits;       /* likewise */
    SemCalendar *calendars; uint32_t n_calendars;
    const struct SemCalendarValue *calendar_values; /* prove/calendars.h: one a calendar; NULL: no calendars */
    SemMilestone *milestones; uint32_t n_milestones;
    SemSecret *secrets; uint32_t n_secrets;
    SemPolicy *policies; uint32_t n_policies;
    SemType subjects[SJ_COUNT];                /* what rules are about: records; poison: no rules */
    SemStart *starts; uint32_t n_starts;
    SemConnector *connectors; uint32_t n_connectors;
    SemEvent *events; uint32_t n_events;
    SemUse *uses; uint32_t n_uses;
    bool locked;             /* a gate.lock beside the file was compared with uses */
    SemTest *tests; uint32_t n_tests;
    bool runs_alone; uint32_t alone_per;       /* inputs, or SEM_NONE */
    const uint32_t *order;                     /* phases, prerequisites first; NULL: they need each other */
} Sem;

static inline bool sem_writes(const Sem *s, const SemAction *a)
{
    return a->tool != SEM_NONE && s->tools[a->tool].effect >= EFF_CHANGES;
}
static inline SemExpr sem_own(const Sem *s, SynRef node) /* of a phase, a gate, a step */
{
    return (SemExpr){s->file, node};
}
static inline const SynNode *sem_node(SemExpr x)
{
    return syn(x.file->source.tree, x.node);
}
/* Without the brackets around it. */
static inline SemExpr sem_bare(SemExpr x)
{
    while (sem_node(x)->kind == SYN_PAREN)
        x.node = sem_node(x)->a;
    return x;
}

/* What a check may know beside the text. */
typedef bool (*SemReadFile)(void *ctx, Str path, Str *text, Arena *arena);
/* The names in a folder, in any order: for near names in a report. */
typedef bool (*SemListFolder)(void *ctx, Str path, Str **names, uint32_t *n, Arena *arena);
typedef struct SemOptions {
    bool host_file;          /* host.gate or tenant.gate; else the file says what it is */
    bool policy_file;        /* given by --policy: host.gate by another name, or a library */
    SemReadFile read_file;   /* for `use ... from`, packs, holidays; NULL: none is found */
    SemListFolder list_folder; /* NULL: nothing is near */
    void *read_ctx;            /* of both */
    bool ignore_lock;        /* it is about to be written */
    const Str *packs; uint32_t n_packs;        /* folders in which `use PACK` looks */
    bool has_start; int64_t start_ms;          /* from when real dates count (G5xxx) */
    bool start_zoneless;     /* start_ms is local time of the plan's only calendar, as if it were UTC */
    const Sem *const *hosts; uint32_t n_hosts; /* --policy: who is who, policies, grants */
    uint32_t absent;         /* --absent K: who may be away at once */
    bool style;              /* the notes G9001 to G9009 too, and G6013 */
} SemOptions;

/* Checks one file: names, types, phase graph, levels, and what prove/ proves.
 * Reports into diags. source is borrowed, as a tree borrows its
 * (syn_parse_borrowed). All packs of the embedded stdlib are known. */
Sem *sem_check(Str path, Str source, const SemOptions *options, DiagList *diags, Arena *arena);

/* The program of the pack that an `exec` tool starts, where it is written out; "". */
Str sem_tool_program(const SemTool *t, Arena *arena);

/* The program. Call only when diags->errors == 0. Never fails but for limits
 * and for what it does not carry yet, which are reported into diags (then NULL). */
Program *emit_program(const Sem *sem, DiagList *diags);
/* The same rows as they lie in the arena, without bytes and hash, and of the code the
 * rules' alone: for the proofs, so that what is proved is what a program will carry.
 * NULL: a limit, reported. */
const Program *emit_rows(const Sem *sem, DiagList *diags, Arena *arena);

#endif
