/* A compiled plan: what the compiler makes, what a run is pinned to for ever.
 * The one place where compiler/ and vm/ meet.
 *
 * A Program is borrowed rows in one arena. prog_write gives the bytes (a
 * .gbc file: the same program gives the same bytes), prog_read takes them back
 * with every bound checked, prog_verify proves the rest; nothing runs that has
 * not passed both. The program hash is SHA-256 over the bytes.
 *
 * File: "GATEPROG", u32 version, u32 table count, then for each table of
 * program.def in order u32 rows and the rows' fields (u32 or i64, little
 * endian, no padding), then strings (u32 count, u32 total, lengths, bytes),
 * then code (u32 count, u32 words), then plan name, title, doc, file as string
 * indexes. Nothing may follow. */
#ifndef GATE_CORE_PROGRAM_H
#define GATE_CORE_PROGRAM_H

#include "vm/core/value.h"
#include "vm/os/hash.h"
#include "vm/os/status.h"

/* 2: all of the language. 1 carried a part of it and was never released, so
 * nothing reads it any more. */
enum { PROG_VERSION = 2 };
#define PROG_NONE UINT32_C(0xffffffff)

typedef enum TypeKind {
    TK_NOTHING, TK_BOOL, TK_NUMBER, TK_PERCENT, TK_TEXT, TK_EMAIL, TK_HOST,
    TK_URL, TK_SIZE, TK_DURATION, TK_DATE, TK_TIME, TK_INSTANT, TK_LEVEL,
    TK_SECRET, TK_ONEOF, TK_LIST, TK_RECORD, TK_ITER, /* ITER: a loop's state */
    TK_COUNT
} TypeKind;

typedef enum FuncKind {
    FK_VALUE,   /* default, low, high, setting, grant: no calls, no results */
    FK_WHEN, FK_REQUIRE, FK_TEXT, /* may read: calls of reading tools only */
    FK_BODY,    /* a phase's steps */
    FK_MOMENT,  /* a date or an instant; may read as FK_WHEN */
    /* Register 0 holds what it is about on entry (VmRun.subject): */
    FK_MATCH,   /* an event that an `await` looks at: bool; may read as FK_WHEN */
    FK_START,   /* an event that starts a run, which does not exist yet: reads nothing else */
    FK_RULE,    /* a policy's subject (subjects.def): reads nothing else */
    FK_COUNT
} FuncKind;
/* What a section of a kind may do beyond computing. */
bool func_may_read(FuncKind k);    /* inputs, results, answers, events; reading tools */
bool func_has_subject(FuncKind k); /* register 0 is given */

typedef enum Effect { EFF_READS, EFF_TELLS, EFF_CHANGES, EFF_DESTROYS, EFF_COUNT } Effect;
typedef enum Reach { REACH_ONE, REACH_MANY, REACH_TENANT, REACH_COUNT } Reach;
typedef enum ToolUndo { UNDO_NONE, UNDO_COMPENSATES, UNDO_EXACT, UNDO_COUNT } ToolUndo;
typedef enum ActionUndo {
    AU_NOTHING,  /* a reading or telling tool: nothing to undo */
    AU_NONE,     /* undo none because ... */
    AU_PLAN,     /* undo TOOL { args } in the plan: SITE_UNDO in the body */
    AU_TOOL,     /* the tool's own, from its `before` image */
    AU_COUNT
} ActionUndo;
typedef enum SiteRole { SITE_RUN, SITE_UNDO, SITE_READ, SITE_COUNT } SiteRole;
typedef enum WhoKind { WHO_NOBODY, WHO_ONE, WHO_ALL, WHO_ANY, WHO_N, WHO_COUNT } WhoKind;
/* The same order as compiler/sem.h has them. */
typedef enum DurationKind { DUR_CLOCK, DUR_DAYS, DUR_HOURS, DUR_COUNT } DurationKind;
typedef enum MomentKind {
    MOMENT_DATE, MOMENT_LOCAL, MOMENT_INSTANT, MOMENT_VALUE, MOMENT_PHASE,
    MOMENT_MILESTONE, MOMENT_COUNT
} MomentKind;
typedef enum Otherwise { OW_NONE, OW_STOP, OW_CONTINUE, OW_AGAIN, OW_ASK, OW_COUNT } Otherwise;
typedef enum Assure {
    ASSURE_NONE, ASSURE_OS, ASSURE_SESSION, ASSURE_SIGNED, ASSURE_HARDWARE, ASSURE_COUNT
} Assure;
typedef enum SecretSource {
    SECRET_ENV, SECRET_FILE, SECRET_KEYRING, SECRET_COMMAND, SECRET_SOURCE_COUNT
} SecretSource;
/* What a policy's rule is about, and the types of what it may ask (subjects.def). */
typedef enum Subject {
    SUBJECT_ACTION, SUBJECT_PHASE, SUBJECT_GATE, SUBJECT_TASK, SUBJECT_CHECK, SUBJECT_COUNT
} Subject;
typedef enum SubjectMember {
    SUBJECT_IS_TEXT, SUBJECT_IS_LEVEL, SUBJECT_IS_NUMBER, SUBJECT_IS_BOOL, SUBJECT_IS_DURATION,
    SUBJECT_IS_NAMES,                       /* list of text */
    SUBJECT_IS_EFFECT, SUBJECT_IS_REACH, SUBJECT_IS_ASSURE, /* one of the CHOICEs */
    SUBJECT_IS_GATE                         /* a record: members of a gate */
} SubjectMember;
typedef enum PersonIdKind { PID_OS, PID_EMAIL, PID_KEY, PID_OIDC, PID_COUNT } PersonIdKind;

enum { PF_TARGET = 1, PF_OPTIONAL = 2, PF_PROGRAM = 4 /* argv: item 0 is the target */ };
enum { TF_REPEATABLE = 1, TF_KEYED = 2, TF_LOOKUP = 4 };
enum { OF_UNDO = 1, OF_STOP = 2, OF_CONTINUE = 4, OF_TELL = 8, OF_START = 16 };

/* Row structs: ProgType, ProgField, ProgConst, ProgFunc, ... */
#define TABLE(Row, plural) typedef struct Prog##Row {
#define U32(name) uint32_t name;
#define I64(name) int64_t name;
#define ENUM(name, limit) uint32_t name;
#define STRING(name) uint32_t name;
#define REF(name, plural) uint32_t name;
#define OPT(name, plural) uint32_t name;
#define RANGE(name, plural) uint32_t name##_first, name##_count;
#define END(Row) } Prog##Row;
#include "vm/core/program.def"

typedef struct Program {
    Arena *arena; /* owns everything below */
#define TABLE(Row, plural) Prog##Row *plural; uint32_t n_##plural;
#include "vm/core/program.def"
    Str *strings; /* [0] is "" */
    uint32_t n_strings;
    uint32_t *code;
    uint32_t n_code;
    uint32_t name, title, doc, file; /* string indexes; name 0: not a plan */
    Hash hash;                       /* of the bytes; set by read and write */
} Program;

/* Serialises into out and sets p->hash. GATE_E_LIMIT or _MEMORY. */
GateStatus prog_write(Program *p, Buf *out);
/* Copies what it keeps: bytes may go. *out owns its arena (prog_free). why
 * gets one sentence on failure. GATE_E_FORMAT, _LIMIT or _MEMORY. */
GateStatus prog_read(Str bytes, Program **out, Buf *why);
/* One linear pass, no recursion: types per register, targets, bounds, import
 * signatures, plan table, gate dominance. GATE_E_FORMAT with why. */
GateStatus prog_verify(const Program *p, Buf *why);
void prog_free(Program *p);
Str prog_str(const Program *p, uint32_t index);
/* Of a row of durations: -1 for PROG_NONE and for business time. */
int64_t prog_clock_ms(const Program *p, uint32_t duration);
/* A listing of everything: `gatec dump --ops`. Deterministic. */
void prog_dump(const Program *p, Buf *out);
/* "plan.phase.action" helpers; PROG_NONE when there is none. */
uint32_t prog_find_phase(const Program *p, Str name);
uint32_t prog_find_action(const Program *p, uint32_t phase, Str name);
uint32_t prog_find_input(const Program *p, Str name);
const char *effect_word(Effect e); /* reads tells changes destroys */
bool undo_calls(ActionUndo k);     /* a tool takes the action back: the plan's or its own */
/* Member i of a policy's subject, questions behind the others as SUBJECT_IS_NAMES; NULL
 * behind the last. */
const char *subject_member(Subject s, uint32_t i, SubjectMember *type);
const char *subject_word(Subject s);
/* The least level that an action needs (language section 5), and in *people
 * how many distinct people its gate must ask (0 below L2). many: an `each`, or
 * several actions of the phase with one tool. The one table for checker and
 * verifier. */
int effect_level(Effect e, bool undo_exact, Reach reach, bool many,
                 uint32_t *people);

#endif
