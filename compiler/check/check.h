/* Private to check/ and prove/: its state and what the files offer
 * each other. The order of the passes stands in check.c. */
#ifndef GATE_COMPILER_CHECK_H
#define GATE_COMPILER_CHECK_H

#include "compiler/sem.h"

/* What a name can stand for. */
typedef enum DeclKind {
    DK_POISON, /* was reported; silences whatever depends on it */
    DK_INPUT, DK_LET, DK_SECRET, DK_ROLE, DK_PERSON, DK_CALENDAR,
    DK_MILESTONE, DK_PHASE, DK_POLICY, DK_PACK, DK_LIBRARY, /* in a file */
    DK_ACTION, DK_CHECK, DK_TASK, DK_AWAIT, DK_ASK,         /* in a phase */
    DK_TOOL, DK_EVENT,                                      /* in a pack */
    DK_COUNT
} DeclKind;
#define DK(kind) (UINT32_C(1) << DK_##kind)

typedef enum FileRole { FR_MAIN, FR_LIBRARY, FR_PACK, FR_STDLIB } FileRole;

/* A file, as the checker sees it. SemExpr.file points at its first member. */
typedef struct File {
    SemFile sem;
    SynTree *tree;
    uint32_t scope; /* of its declarations */
    FileRole role;
    SemFileKind kind;
    bool loading;   /* its `use` lines are being read: a second visit is a circle */
    Str key;        /* how gate.lock calls it: a path seen from the plan's folder, or a pack's name */
    Str pack;       /* it is a pack's file; empty: of the project itself */
    Hash hash;      /* of what it says; not of the main file */
    struct File *user; SynRef use; /* who used it first, and where */
    uint32_t n_calendars, calendar; /* its own; the last of them: an entity */
} File;

typedef struct Entity {
    Str text;       /* its name */
    File *file;
    uint32_t index; /* in the Sem table of its kind (DK_PACK: connectors); DK_LIBRARY: its scope */
    uint32_t scope;
    SynRef node, name;
    DeclKind kind;
    bool found;     /* by a look-up: so it is used */
    bool used;      /* in a place that nobody looks up */
} Entity;

typedef struct Slot { uint32_t hash, entity; } Slot; /* entity 0: free */

/* Somebody reads what a step gives: tested when the graph is known. */
typedef struct Read {
    File *file;
    SynRef node;
    uint32_t reader, producer; /* phases */
    uint32_t index;            /* as kind says */
    SemRefKind kind;           /* SR_ACTION, SR_ASK, SR_AWAIT; SR_NONE: evidence, whatever it is */
    bool has_default;
    uint32_t use;              /* by way of a let: let_uses, from 1 */
} Read;

/* A name inside an expression: ref is SR_LOCAL where 0. */
/* The same by a let; what it reads of other lets is theirs. */
typedef struct LetRead { Read read; uint32_t next; } LetRead;
typedef struct LetPart { uint32_t let, next; bool in_default; } LetPart;
typedef struct Let {
    uint32_t reads, parts;  /* chains in let_reads and let_parts; 0: none */
    uint64_t phases;        /* whose steps it reads, by chk_phase_bit(); parts included */
    uint32_t height, size;  /* put in place */
    uint32_t mark;          /* of the last walk that came by */
    uint8_t state, of_run;  /* OF_* */
    uint8_t foreign, foreign_from; /* flow.c */
    uint32_t last_reader;   /* the last phase to use it, as it stands there, from 1 */
} Let;
/* A phase uses a let that reads steps. */
typedef struct LetUse { File *file; SynRef node; uint32_t let, reader; bool in_default, told; } LetUse;

typedef struct Local { Str name; SynRef node; SemType type; SemRefKind ref; } Local;

typedef struct Checker {
    Sem *sem;
    Arena *arena;
    DiagList *diags;
    const SemOptions *options;
    File *main;
    File **files; uint32_t n_files, cap_files;
    Entity *entities; uint32_t n_entities, cap_entities;
    Slot *slots; uint32_t n_slots, cap_slots; /* a power of two */
    uint64_t *scopes; uint32_t n_scopes, cap_scopes; /* each: bits of its names' hashes */
    uint32_t pack_scope;    /* host packs: always there */
    uint32_t connector_scope; /* names of all connectors, wherever they stand */
    uint32_t no_files, no_packs; /* scopes of paths and names that were looked for in vain */
    uint32_t *tool_scopes;  /* of each connector: the names of its tools and events */
    uint32_t n_tool_scopes, cap_tool_scopes;
    uint32_t first_phase_scope;
    uint32_t host_scope;    /* the persons of SemOptions.hosts; behind it, a scope for each one's roles */
    uint32_t cap_types, cap_connectors, cap_events, cap_tools, cap_inputs, cap_lets, cap_roles, cap_gates,
        cap_phases, cap_actions, cap_checks, cap_tells, cap_persons,
        cap_grants, cap_settings, cap_calendars, cap_milestones, cap_secrets, cap_starts,
        cap_policies, cap_asks, cap_tasks, cap_awaits, cap_tests;
    uint32_t *type_slots; uint32_t cap_type_slots;
    File **let_files; uint32_t n_let_files, cap_let_files;
    Let *lets;              /* by ordinal */
    uint32_t *let_order; uint32_t n_let_order; /* parts before the whole */
    LetRead *let_reads; uint32_t n_let_reads, cap_let_reads;
    LetPart *let_parts; uint32_t n_let_parts, cap_let_parts;
    LetUse *let_uses; uint32_t n_let_uses, cap_let_uses;
    uint32_t let_total;     /* parts of those, put in place */
    uint32_t *let_stack, let_mark;
    struct Place **let_places; /* of those typed inside each other: made when first needed */
    uint32_t let_depth;
    Read *reads; uint32_t n_reads, cap_reads;
    SynRef *input_seen;     /* in what gives them: where one was given first */
    uint32_t n_required_inputs;
    uint32_t *needed;       /* by phase, see chk_needs() */
    bool said_no_calendar;
    bool says_moments;      /* a deadline, a due day, a `not before`: prove/time.c has work */
    uint32_t near_searches; /* near names cost a pass over all names: capped */
    bool too_deep;          /* an expression was not typed to its end */
    bool too_many_types;    /* told */
    bool circle;            /* phases need each other */
    bool sound;             /* no error before the plan as a whole is looked at */
    uint32_t *spread; uint32_t n_spread, cap_spread; /* connectors that G7004 has told of */
    SemExpr *quants; uint32_t n_quants, cap_quants;   /* every and some, as they were typed */
    bool never_true, starts_after_failure, waits_for_end; /* there is such a condition,
                             * `on failure start`, moment: what stuck.c looks for */
    struct Order *plan_order; /* prove/order.c */
    struct Before *before;  /* prove/order.h */
} Checker;

/* --- memory --------------------------------------------------------------- */
/* Room for so many more at once: no doubling, which leaves the old behind. */
#define CHK_RESERVE(c, items, n, cap, more) \
    ((items) = arena_reserve((c)->arena, (items), (n), &(cap), (more), sizeof *(items)))
/* A new zeroed item behind the others; the array may move. */
#define CHK_PUSH(c, items, n, cap) \
    ((items) = arena_grow((c)->arena, (items), (n), &(cap), sizeof *(items)), \
     &(items)[(n)++])
Str chk_printf(Checker *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* --- reports -------------------------------------------------------------- */
Diag *chk_report(Checker *c, uint16_t code, const File *f, SynRef at,
                 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void chk_also(Checker *c, Diag *d, const File *f, SynRef at, const char *fmt,
              ...) __attribute__((format(printf, 5, 6)));
/* The fix that puts a statement first into the block of node. */
void chk_fix_into(Checker *c, Diag *d, char grade, const File *f, SynRef node,
                  const char *title, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
/* The same at its end. */
void chk_fix_last(Checker *c, Diag *d, char grade, const File *f, SynRef node,
                  const char *title, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
void chk_fix_replace(Checker *c, Diag *d, char grade, const File *f, SynRef at,
                     Str text, const char *title);
/* Removes a statement, with its line where it has one of its own. */
void chk_fix_remove(Checker *c, Diag *d, char grade, const File *f, SynRef at,
                    const char *title);
/* Drops an argument that was given twice, with the comma before it. */
void chk_fix_drop_argument(Checker *c, Diag *d, const File *f, SynRef arg);
/* A clause that may be said once; seen is indexed by SynKind. false: again. */
bool chk_once(Checker *c, const File *f, SynRef *seen, SynRef r,
              const char *words);

/* --- names (names.c) ------------------------------------------------ */
uint32_t chk_scope(Checker *c);
/* So many scopes, one behind the other: the first. */
uint32_t chk_scopes(Checker *c, uint32_t n);
/* So many names are coming, about. */
void chk_expect_names(Checker *c, uint32_t n);
/* NULL where the name is taken: reported as G1003. */
Entity *chk_declare(Checker *c, uint32_t scope, DeclKind kind, uint32_t index,
                    File *f, SynRef node, SynRef name);
Entity *chk_find(Checker *c, uint32_t scope, Str name);
/* The same, and it does not count as a use. */
const Entity *chk_peek(const Checker *c, uint32_t scope, Str name);
void chk_poison(Checker *c, uint32_t scope, Str name);
const char *chk_kind_words(DeclKind k); /* "a phase" */
/* A path (PATH node) to one of kinds; NULL where poison or reported. `wants`
 * is what stands there, in words: "a role". */
Entity *chk_path(Checker *c, File *f, uint32_t phase, SynRef path,
                 uint32_t kinds, const char *wants);
/* A name of one scope, likewise. */
Entity *chk_in_scope(Checker *c, File *f, uint32_t scope, SynRef name, uint32_t kinds, const char *wants);
/* Up to three near names of such kinds as "`a`, `b` or `c`"; {NULL,0}: none.
 * best gets the nearest. */
Str chk_near(Checker *c, uint32_t scope, Str name, uint32_t kinds, Str *best);
/* The same among given words. */
Str chk_near_word(Checker *c, Str name, const Str *words, uint32_t n, Str *best);
/* Offers the near names that were found, and the best of them as a repair; near
 * empty: nothing is near, and false. */
bool chk_did_you_mean(Checker *c, Diag *d, const File *f, SynRef at, Str near, Str best);
void chk_unused(Checker *c);
static inline Str chk_text(const File *f, SynRef r)
{
    return syn_text(f->tree, r);
}
static inline const SynNode *chk_node(const File *f, SynRef r)
{
    return syn(f->tree, r);
}
uint32_t chk_line_start(Str s, uint32_t at); /* of the line in which this byte is */
/* The first clause of that kind in a declaration, a phase or a step; 0: none. */
static inline SynRef chk_clause(const File *f, SynRef node, uint16_t kind)
{
    return syn_first(f->tree, chk_node(f, node)->c, kind);
}
Str chk_title(Checker *c, File *f, SynRef text); /* {"",0} where there is none */
/* The same of what may hold values: then as written, and chk_title_expr() once
 * inputs and lets are known. */
Str chk_step_title(Checker *c, File *f, SynRef text);
SynRef chk_title_expr(Checker *c, File *f, SynRef text);

/* --- types (types.c) ------------------------------------------------ */
void chk_types_init(Checker *c);
SemType chk_list_of(Checker *c, SemType elem);
SemType chk_compound(Checker *c, TypeKind kind, const SemField *fields,
                     uint32_t n);
SemType chk_type(Checker *c, File *f, SynRef node);
static inline TypeKind chk_kind(const Checker *c, SemType t)
{
    return c->sem->types[t].kind;
}
/* A value of `from` may stand where `to` is wanted. */
bool chk_fits(const Checker *c, SemType from, SemType to);
/* Two lists whose items are texts, but of different types. */
bool chk_texts_apart(const Checker *c, SemType a, SemType b);
Str chk_type_words(Checker *c, SemType t); /* "a list of text" */

/* --- literals (literal.c) ------------------------------------------- */
void chk_literals(Checker *c, File *f); /* all of a file: G2007, G2008, G2015 */
void chk_letters(Checker *c, File *f);  /* letters.c: G0007, G0024 */
bool chk_literal(const File *f, SynRef r, Value *out);
/* A duration clause, on the clock or in business time; clause is its word. */
SemDuration chk_duration(Checker *c, File *f, SynRef r, const char *clause);
SemDuration chk_some_time(Checker *c, File *f, SynRef r, const char *clause); /* 0: G2007 */
uint32_t chk_int(const File *f, SynRef r, uint32_t most); /* saturates */

/* --- time (calendar.c, moment.c) ------------------------------------ */
void chk_calendar(Checker *c, File *f, SynRef node);
/* The only calendar that f declares, or that there is: its zone counts where
 * none is said. SEM_NONE: none, or several. */
uint32_t chk_only_calendar(Checker *c, const File *f);
/* The calendar of a BUSINESS node; SEM_NONE: reported. */
uint32_t chk_business_calendar(Checker *c, File *f, SynRef r, const char *clause);
/* An INSTANT without a zone; G5011. */
bool chk_is_zoneless(const File *f, SynRef r);
void chk_no_zone(Checker *c, const File *f, SynRef r);
/* What the DURING among some clauses say. */
const SemDuring *chk_during(Checker *c, File *f, SynRef clauses, uint32_t *n);
/* A moment; phase is the one that it stands in, or SEM_NONE; clause is its
 * word. A value's ref and type stand at its PATH node. */
SemMoment chk_moment(Checker *c, File *f, uint32_t phase, SynRef r, const char *clause);
const SemMoment *chk_moment_there(Checker *c, File *f, uint32_t phase, SynRef r, const char *clause);
void chk_declare_milestone(Checker *c, File *f, SynRef node);
void chk_milestones(Checker *c);

/* --- expressions (expr.c) ------------------------------------------- */
typedef enum ExprPlace {
    EP_CONST,    /* a default, a range, a grant: nothing may be read */
    EP_TITLE,    /* inputs, and lets that read nothing */
    EP_LET,      /* inputs, other lets, what phases give: read where it is used */
    EP_PHASE,    /* `when` and `require`: earlier phases */
    EP_GATE,     /* the question: earlier phases, and this one's results */
    EP_STEP,     /* earlier phases, and the actions before `self` */
    EP_START,    /* what starts a run: its event, the time, constants and lets */
    EP_RULE,     /* a policy's rule: constants and lets; proved before any run */
    EP_TEST,     /* what a test expects: whatever there is */
    EP_TOOL      /* inside a connector: wire.c */
} ExprPlace;

/* Inputs, secrets, all below; now and today; what steps give; reading tools. */
enum { OF_RUN = 1, OF_TIME = 2, OF_STEP = 4, OF_TOOL = 8 };
enum { CHK_LOCALS = 72, CHK_DEPTH = 256 };

typedef struct Place {
    File *file;
    ExprPlace kind;
    const char *what;    /* "a default", for messages */
    uint32_t phase;      /* or SEM_NONE */
    uint32_t let;        /* EP_LET: which */
    SynRef self;         /* EP_STEP: the step being read; those above it are there */
    bool in_undo;        /* EP_STEP: in the plan's `undo` of self */
    uint32_t together;   /* of the action being read */
    uint32_t connector;  /* EP_TOOL */
    uint32_t tool;       /* EP_TOOL: whose inputs are known; SEM_NONE */
    uint32_t wire;       /* EP_TOOL: which other names are known: WN_* */
    uint32_t other;      /* WN_AWAITED, WN_SUBSCRIPTION: that tool; WN_EVENT: the event */
    bool secrets;        /* EP_TOOL: a text may hold a secret: auth and headers */
    SynRef each; bool each_used; /* EP_STEP: was its variable mentioned? */
    SynRef hidden_each;  /* its variable exists, but not here: SYN_EACH or 0 */
    Local locals[CHK_LOCALS]; uint32_t n_locals;
    uint32_t depth, deepest, size;
    bool in_default;
    uint8_t of_run;      /* reads what only a run knows: OF_* */
} Place;

typedef struct Typed { SemType type; bool known; Value v; } Typed;

void chk_place(Place *p, File *f, ExprPlace kind, const char *what,
               uint32_t phase);
/* Types an expression; want is a hint (SEM_POISON: none). */
Typed chk_expr(Checker *c, Place *p, SynRef r, SemType want);
/* What decides: a bool that is not settled beforehand (G2010); clause: that it
 * is the whole of, or 0. */
void chk_decides(Checker *c, Place *p, SynRef r, Typed t, SynRef clause);
Typed chk_condition(Checker *c, Place *p, SynRef r, const char *what, SynRef clause);
/* The same, and it must fit `want`, else G2001 in the words of what. */
Typed chk_expect(Checker *c, Place *p, SynRef r, SemType want,
                 const char *what);
/* --- secrets (secret.c) ---------------------------------------------- */
/* G7001: a secret stands where it could be read. */
void chk_secret_shown(Checker *c, const File *f, SynRef r);
/* G7003: something is found out about it; secret: which part is one. */
void chk_secret_measured(Checker *c, const File *f, SynRef at, SynRef secret);
/* G7002: a text, or a part of one, that looks like a key. */
void chk_secret_literal(Checker *c, const File *f, SynRef r);
/* The same for a text that is given to what is called so, or wants a secret;
 * true: reported. */
bool chk_secret_named(Checker *c, const File *f, Str name, SynRef value, SemType want);
/* G7004: a secret stands in an argument of a tool that asks for one. */
void chk_secret_given(Checker *c, const File *f, SynRef value, uint32_t tool);

/* A text: TEXT or TEXTI. */
SemExpr chk_text_expr(Checker *c, Place *p, SynRef r);

/* --- lets (let.c) --------------------------------------------------- */
void chk_lets(Checker *c);
void chk_let(Checker *c, uint32_t let, uint32_t depth);
uint64_t chk_phase_bit(uint32_t phase);
void chk_let_read(Checker *c, uint32_t let, Read read);
void chk_let_used(Checker *c, uint32_t let, LetUse use);
void chk_let_part(Checker *c, uint32_t let, uint32_t part, bool in_default);
/* The first read of a let or of its parts that `found` takes, among those of
 * some phases (chk_phase_bit); bare: but not what has a default there. NULL:
 * none. */
typedef bool (*LetFound)(Checker *c, const Read *read, void *ctx);
const Read *chk_let_find(Checker *c, uint32_t let, uint64_t phases, bool bare, LetFound found, void *ctx);

/* --- connectors (connector.c, tooldecl.c, event.c, wire*.c) ---------- */
void chk_load_stdlib(Checker *c);
void chk_connector(Checker *c, File *f, SynRef node); /* declares it and its tools */
/* Declares a tool or an event of the newest connector; then, once all names of
 * the pack are known, its clauses. */
void chk_declare_tool(Checker *c, File *f, SynRef node, bool listed);
void chk_tool_clauses(Checker *c, File *f, uint32_t tool);
void chk_declare_event(Checker *c, File *f, SynRef node);
void chk_event_clauses(Checker *c, File *f, uint32_t event);
/* The record that the `gives` of a block make, and a pointer for each member. */
SemType chk_gives(Checker *c, File *f, SynRef list, const Str **pointers);
/* Inside a connector names are its configs, and what the clause adds. */
enum {
    WN_CONFIG = 1, WN_BEFORE = 2, WN_RESULT = 4, WN_AWAITED = 8, WN_EVENT = 16, WN_CALLBACK = 32,
    WN_SUBSCRIPTION = 64
};
void chk_wire_place(Place *p, File *f, uint32_t connector, uint32_t tool, uint32_t wire,
                    const char *what);
bool chk_wire_name(Checker *c, Place *p, SynRef r, Typed *out);
void chk_wire_unknown(Checker *c, Place *p, SynRef r); /* G1001 */
/* A clause that may be said once; seen has room for WIRE_SEEN. */
enum { WIRE_SEEN = SYN_KIND_COUNT + 256 };
bool chk_wire_once(Checker *c, File *f, SynRef *seen, SynRef r);
SemClause chk_wire_clause(Checker *c, File *f, uint32_t connector, uint32_t tool, SynRef r);
/* The clauses of a block that chk_wire_clause knows, said once each. */
const SemClause *chk_wire_clauses(Checker *c, File *f, uint32_t connector, uint32_t tool, SynRef list,
                                  uint32_t *n);
/* A call of a tool of the same pack, as before and fetch make it; reads: it
 * must only read. args 0: inputs of the same names are handed over. */
SemCall chk_wire_call(Checker *c, Place *p, SynRef path, SynRef args, SynRef at, bool reads);
/* A value that can never be (G2007). */
void chk_wire_never(Checker *c, const File *f, SynRef at, const char *label, const char *help);
/* A value of the wrong type for a member (G2001): what it takes. */
void chk_wire_wants(Checker *c, Place *p, SynRef r, SemType got, Str name, const char *what);
SemDuration chk_wire_duration(Checker *c, File *f, SynRef r);
/* A JSON pointer as RFC 6901 writes it, else G2007. */
Str chk_pointer(Checker *c, File *f, SynRef text);
/* A list of TEXT, decoded. */
const Str *chk_texts(Checker *c, File *f, SynRef list, uint32_t *n);
/* G2007 where a literal is no name of an HTTP header. */
Str chk_header_name(Checker *c, File *f, SynRef text);
/* An address of the connector: https, and a host of its `hosts`. */
void chk_address(Checker *c, File *f, uint32_t connector, SynRef text);
void chk_body(Checker *c, Place *p, SynRef kind, SynRef value);
/* What a clause is called: its first word. */
Str chk_clause_word(const File *f, SynRef r);

/* --- tools (tools.c) ------------------------------------------------ */
/* The tool that a PATH, or a callee of MEMBERs, names; SEM_NONE: poison or reported. */
uint32_t chk_tool_path(Checker *c, File *f, SynRef path);
/* The same for an event; SEM_NONE: poison or reported. */
uint32_t chk_event_path(Checker *c, File *f, SynRef path);
/* G1011 where the input that an argument names, or stands for, is deprecated. */
void chk_deprecated_input(Checker *c, File *f, SynRef at, uint32_t tool, uint32_t param, bool named);
/* Whether an expression `a.b` or `a.b.c` begins with a pack. */
bool chk_is_pack(Checker *c, File *f, SynRef callee);
/* Arguments of a call; at: what misses them. */
SemBind *chk_args(Checker *c, Place *p, uint32_t tool, SynRef args, SynRef at,
                  uint32_t *n);

/* --- declarations and phases ---------------------------------------------- */
void chk_file_kind(Checker *c, File *f);      /* decl.c: G0018 G0019 G1012 */
void chk_declare_all(Checker *c, File *f);
void chk_inputs(Checker *c);
void chk_declare_policy(Checker *c, File *f, SynRef node); /* policy.c */
void chk_policies(Checker *c);
/* In a rule: whether r names its subject; `action.only_during(CAL)`; a member
 * that is asked with a calendar, or another subject: reported. */
bool chk_is_subject(const Place *p, SynRef r);
Typed chk_subject_call(Checker *c, Place *p, SynRef call);
bool chk_no_subject(Checker *c, Place *p, SynRef name);
bool chk_wants_calendar(Checker *c, Place *p, SynRef member);
void chk_use_file(Checker *c, File *f, SynRef use); /* use.c */
Str chk_beside(Checker *c, Str path, Str from);     /* `from` as seen from path's folder */
bool chk_stays_inside(Str path);                    /* neither absolute nor upwards */
void chk_grants(Checker *c);                        /* grant.c: G1014 */
void chk_lock(Checker *c);                          /* lock.c: G1008 */
bool chk_listed(const Checker *c, const File *f);   /* a host of --policy lists this pack */
uint32_t chk_version(Str s);                        /* MAJOR[.MINOR], comparable */
Str chk_version_words(Checker *c, uint32_t version);
void chk_use_pack(Checker *c, File *f, SynRef use);
/* The bytes of a file named in a text, beside f; path: where. false: G1006. */
bool chk_read_beside(Checker *c, File *f, SynRef text, Str *path, Str *bytes);
File *chk_add_file(Checker *c, Str path, Str text, FileRole role);
void chk_declare_secret(Checker *c, File *f, SynRef node); /* start.c */
void chk_starts(Checker *c);
/* What { } gives to a run: every input without a default, each once, of its
 * type; at: what misses them; who, for messages: "this start". */
const SemSet *chk_sets(Checker *c, Place *p, SynRef args, SynRef at, const char *who, uint32_t *n);
void chk_host(Checker *c, File *f);           /* host.c */
/* Whether it says who is who, or what is granted: so it is a host's file. */
bool chk_tells_of_host(const File *f);
/* Makes the names in SemOptions.hosts known. */
void chk_open_hosts(Checker *c);
/* Who holds the plan's roles, as SemOptions.hosts say, and their policies. */
void chk_bind_hosts(Checker *c);
void chk_declare_phase(Checker *c, File *f, SynRef node); /* phase.c */
void chk_step_names(Checker *c, File *f, uint32_t phase);
void chk_phases(Checker *c);
/* What a phase waits for; phase SEM_NONE: a milestone does (needs.c). any: any
 * one of them all. */
typedef struct SemNeeds { SemNeed *items; uint32_t n; bool any; } SemNeeds;
SemNeeds chk_needs(Checker *c, File *f, uint32_t phase, SynRef clauses);
SemWho chk_who(Checker *c, File *f, SynRef who); /* who.c */
uint32_t *chk_roles(Checker *c, File *f, SynRef list, uint32_t *n);
void chk_gate_name(Checker *c, File *f, uint32_t phase, SynRef node); /* gate.c */
void chk_gate(Checker *c, File *f, uint32_t phase, SynRef node);
/* What is shown at a gate, or with a task: then the task's node. */
const SemShow *chk_shows(Checker *c, File *f, uint32_t phase, SynRef task, SynRef clauses, uint32_t *n);
/* Declares the answers that some clauses ask for (task.c). */
void chk_asks(Checker *c, File *f, uint32_t phase, uint32_t task, SynRef clauses,
              uint32_t *first, uint32_t *n);
void chk_secret_answers(Checker *c, const File *f, uint32_t first, uint32_t n);
void chk_task_name(Checker *c, File *f, uint32_t phase, SynRef node);
void chk_task(Checker *c, File *f, uint32_t task);
void chk_await_name(Checker *c, File *f, uint32_t phase, SynRef node); /* await.c */
void chk_await(Checker *c, File *f, uint32_t await);
SemType chk_event_type(const Checker *c, uint32_t event);
void chk_action(Checker *c, File *f, uint32_t action); /* action.c */
void chk_action_name(Checker *c, File *f, uint32_t phase, SynRef node, uint32_t together);
const SemRequire *chk_requires(Checker *c, Place *p, SynRef list, uint32_t *count); /* phase.c */
void chk_levels(Checker *c);                  /* level.c */
bool chk_step_writes(const Sem *s, SemStep step);
/* The part of a phase's `on failure` that is of this kind; 0: none. */
SynRef chk_failure_part(const File *f, SynRef phase, uint16_t kind);
SynRef chk_step_node(const Sem *s, SemStep step);
void chk_flow(Checker *c);                    /* flow.c */
void chk_tests(Checker *c);                   /* test.c */
void chk_names(Checker *c);                   /* shadow.c */
void chk_style(Checker *c);                   /* style.c: only when asked */
/* A name that is about to be bound inside an expression; kind: "the variable". */
void chk_local_hides(Checker *c, const Place *p, SynRef name, const char *kind);
void chk_sense(Checker *c);                   /* sense.c */
void chk_allow(Checker *c);                   /* allow.c: suppressions */

#endif
