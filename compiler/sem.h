/* What a plan means, resolved: the checker fills it, the emitter and `gatec
 * graph` read it. Everything is borrowed from the compilation's arena. Names
 * are resolved to ordinals, expressions have types; what could not be resolved
 * has the poison type and was reported. Only when no error was reported may
 * the emitter run. */
#ifndef GATE_COMPILER_SEM_H
#define GATE_COMPILER_SEM_H

#include "compiler/diag.h"
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
    SR_FIELD,    /* index: member number of the record on the left */
    SR_BUILTIN,  /* index: Builtin; on the CALL node */
    SR_TOOL,     /* index: tools; on the CALL node: a read in an expression */
    SR_NOW, SR_TODAY, SR_TRUE, SR_FALSE,
    SR_PARAM,    /* inside a tool's undo or before: index: parameter */
    SR_BEFORE    /* inside a tool's undo: the before image's record */
} SemRefKind;

/* Four bytes, since every node has one; a node's number needs 24 bits (4 MiB of
 * source, at most two nodes a byte). */
typedef struct SemRef { uint32_t kind : 4, index : 28; } SemRef;
_Static_assert(SR_BEFORE < 16 && LIM_SOURCE_BYTES < 1 << 26, "see SemRef");

/* One parsed file and what the checker knows of its nodes (by SynRef). */
typedef struct SemFile {
    DiagSource source;
    Str path;
    SemType *types; /* of expression nodes */
    SemRef *refs;
} SemFile;

/* An expression in its file. node 0: none. */
typedef struct SemExpr { const SemFile *file; SynRef node; } SemExpr;

typedef struct SemParam {
    Str name;
    SemType type;
    uint32_t flags;       /* PF_* */
    SemExpr fallback;     /* `= default`; node 0: must be given */
} SemParam;

typedef struct SemBind { uint32_t param; SemExpr expr; } SemBind; /* one argument */

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
    bool runs;            /* this version can run it */
} SemTool;

typedef struct SemInput { Str name; SemType type; SemExpr fallback, low, high; SynRef node; } SemInput;
typedef struct SemLet { Str name; SemExpr expr; SemType type; SynRef node; } SemLet;
typedef struct SemRole { Str name; Str title; const Str *people; uint32_t n_people; SynRef node; } SemRole;
typedef struct SemNeed { uint32_t phase; bool even_if_failed; SynRef node; } SemNeed;
typedef struct SemRequire { SemExpr cond; SemExpr words; /* node 0: none */ SynRef node; } SemRequire;
typedef struct SemShow { Str label; uint32_t phase, action, check; /* SEM_NONE */ } SemShow;

typedef struct SemGate {
    int level;
    SemExpr question;
    WhoKind who; uint32_t quorum; const uint32_t *by; uint32_t n_by; /* roles */
    int64_t within_ms, good_for_ms; /* -1 */
    const SemShow *shows; uint32_t n_shows;
    SynRef node;
} SemGate;

/* A statement of a phase's body, in order. */
typedef enum SemStepKind { SS_ACTION, SS_CHECK, SS_TELL } SemStepKind;
typedef struct SemStep { SemStepKind kind; uint32_t index; } SemStep;

typedef struct SemAction {
    uint32_t phase;
    Str name, title;
    int level;               /* the least it needs, `at` included */
    SemExpr when;            /* node 0: none */
    SynRef each;             /* SYN_EACH node; 0: none */
    SemExpr each_list;
    uint32_t tool;
    const SemBind *args; uint32_t n_args;   /* one a parameter that is given */
    ActionUndo undo_kind;
    uint32_t undo_tool;      /* AU_PLAN: the plan's; AU_TOOL: the tool's */
    const SemBind *undo_args; uint32_t n_undo_args; /* AU_PLAN only */
    SemExpr undo_because;
    int64_t timeout_ms, retry_every_ms; uint32_t retries; /* -1, 0 */
    uint32_t at_most, stop_after;
    SemType result;
    SynRef node;
} SemAction;

typedef struct SemCheck { uint32_t phase; Str name, title; const SemRequire *requires; uint32_t n_requires; SynRef node; } SemCheck;
typedef struct SemTell { uint32_t phase; const uint32_t *to; uint32_t n_to; SemExpr text; SynRef node; } SemTell;

typedef struct SemPhase {
    Str name, title, doc;
    bool needs_any;
    const SemNeed *needs; uint32_t n_needs;
    SemExpr when;
    const SemRequire *requires; uint32_t n_requires;
    uint32_t gate;           /* SEM_NONE: L0 */
    uint32_t first_action, n_actions;
    uint32_t first_check, n_checks;
    const SemStep *steps; uint32_t n_steps;
    uint32_t on_failure;     /* OF_* */
    const uint32_t *failure_tell; uint32_t n_failure_tell;
    uint32_t failure_start;  /* SEM_NONE */
    bool only_when_started;
    int64_t estimate_ms[2];  /* -1: none */
    SynRef node;
} SemPhase;

typedef struct SemPerson { Str name, title; const Str *ids; const uint8_t *kinds; uint32_t n_ids; SynRef node; } SemPerson;
typedef struct SemGrant { Str pack, tool; const Str *names; const SemExpr *values; uint32_t n; SynRef node; } SemGrant;
typedef struct SemSetting { Str name; SemExpr value; SynRef node; } SemSetting;

typedef enum SemFileKind { SF_PLAN, SF_LIBRARY, SF_HOST } SemFileKind; /* HOST: host.gate, tenant.gate */

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
    SemPerson *persons; uint32_t n_persons;
    SemGrant *grants; uint32_t n_grants;
    SemSetting *settings; uint32_t n_settings;
} Sem;

/* Checks one file: names, types, phase graph, levels. Reports into diags.
 * source is borrowed, as a tree borrows its (syn_parse_borrowed). All
 * packs of the embedded stdlib are known; files of `use ... from` are read
 * through read_file (may be NULL: then G1006). kind_hint: SF_HOST for
 * host.gate and tenant.gate, else the file says what it is. */
typedef bool (*SemReadFile)(void *ctx, Str path, Str *text, Arena *arena);
Sem *sem_check(Str path, Str source, bool host_file, SemReadFile read_file,
               void *ctx, DiagList *diags, Arena *arena);

/* The program. Call only when diags->errors == 0. Never fails but for limits,
 * which are reported into diags (then NULL). */
Program *emit_program(const Sem *sem, DiagList *diags);

#endif
