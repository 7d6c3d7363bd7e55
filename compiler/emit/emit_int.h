/* Private to the emitter's files (*.c of this folder): the program that grows, the
 * function that is being made, and what the files offer each other. */
#ifndef GATE_COMPILER_EMIT_INT_H
#define GATE_COMPILER_EMIT_INT_H

#include "compiler/check/check.h"
#include "vm/core/vm.h"
#include "vm/os/limits.h"

typedef uint32_t Label; /* a place in the function's code, known later */
#define NO_LABEL UINT32_C(0xffffffff)

typedef struct Bound { const SemFile *file; SynRef node; unsigned reg; } Bound;
typedef struct Fixup { uint32_t pc; Label label; } Fixup;

/* The function that is being made. Its rows stand at the end of their tables
 * until it is closed. */
typedef struct Fn {
    FuncKind kind;
    uint32_t name, first_code, first_const, first_site;
    uint32_t types[LIM_REGISTERS]; /* of the program: one for each register */
    bool busy[LIM_REGISTERS];
    unsigned n_regs;
    uint32_t *labels; uint32_t n_labels, cap_labels;
    Fixup *fixups; uint32_t n_fixups, cap_fixups;
    Bound *bound; uint32_t n_bound, cap_bound; /* names of `each`, every, some */
    /* Inside default(x, ...): where to go when a part of x is absent. */
    Label absent;
    /* Inside a tool's own undo: its arguments and its image before. */
    unsigned first_param, before;
} Fn;

typedef struct Emit {
    const Sem *sem;
    Arena *arena; /* the compilation's: exhaustion jumps, nothing is NULL */
    DiagList *diags;
    Program p;    /* rows in that arena; emit_program() makes its own of it */
#define TABLE(Row, plural) uint32_t cap_##plural;
#include "vm/core/program.def"
    uint32_t cap_strings, cap_code;
    uint32_t *string_slots, n_string_slots; /* index + 1 */
    uint32_t *const_slots, n_const_slots;
    uint32_t *type_of, *iter_of; /* SemType to types row + 1 */
    uint8_t *depth_of;           /* SemType to how deep it is nested */
    uint32_t *import_of;         /* tool to imports row + 1 */
    uint32_t *event_of;          /* event to events row + 1 */
    uint32_t *pack_of;           /* connector to packs row + 1 */
    uint32_t subject_of[SJ_COUNT]; /* types row + 1 */
    Fn f;
    /* Where the text stands that is being translated: for limits. */
    const SemFile *at_file;
    SynRef at_node;
    bool failed; /* a limit was reported; the rest is made but not used */
    bool rows_only; /* sections are those of rules; all others are left out */
} Emit;

/* A new zeroed row at the end of a table. */
#define EMIT_ROW(e, plural) \
    ((e)->p.plural = arena_grow((e)->arena, (e)->p.plural, (e)->p.n_##plural, \
                              &(e)->cap_##plural, sizeof *(e)->p.plural), \
     &(e)->p.plural[(e)->p.n_##plural++])

/* Room for so many rows, where their number is known: growing costs as much again. */
#define EMIT_RESERVE(e, plural, n)                                                        \
    ((e)->p.plural = arena_reserve((e)->arena, (e)->p.plural, 0, &(e)->cap_##plural, (n), \
                                   sizeof *(e)->p.plural))

/* Reports a limit of the program once (G0020): what, in words. */
void emit_limit(Emit *e, const char *what, unsigned long most);

/* --- emit.c: strings, types, tools, spans ---------------------------------- */
uint32_t emit_string(Emit *e, Str s);
uint32_t emit_stringf(Emit *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
uint32_t emit_type(Emit *e, SemType t);
uint32_t emit_iter_type(Emit *e, SemType elem);
uint32_t emit_list_type(Emit *e, uint32_t elem); /* of a type of the program */
uint32_t emit_import(Emit *e, uint32_t tool);
uint32_t emit_event(Emit *e, uint32_t event);
uint32_t emit_span(Emit *e, const SemFile *file, SynRef node);
uint32_t emit_place(Emit *e, SynRef node); /* of the plan's own file */
Str emit_base_name(Str path);
/* A section that gives one value of type t; its name is for dumps. PROG_NONE
 * for no expression. */
uint32_t emit_value(Emit *e, FuncKind kind, SemExpr x, SemType t, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same of a section that is given what it is about; about: its type. */
uint32_t emit_about(Emit *e, FuncKind kind, uint32_t about, SemExpr x, SemType t,
                    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
bool emit_is_plain(SemExpr x); /* a text without values in it */

/* --- the tables ------------------------------------------------------------ */
void emit_declarations(Emit *e); /* decl.c */
uint32_t emit_roles(Emit *e, const uint32_t *roles, uint32_t n); /* the first rolerefs */
uint32_t emit_require_words(Emit *e, SemExpr words, SemExpr cond); /* as they are written */
uint32_t emit_names(Emit *e, const Str *names, uint32_t n); /* the first */
void emit_calendars(Emit *e); /* time.c */
uint32_t emit_calendar_name(Emit *e, uint32_t calendar); /* no two have one name */
uint32_t emit_duration(Emit *e, SemDuration d); /* PROG_NONE: not said */
uint32_t emit_moment(Emit *e, const SemMoment *m, Str phase, const char *clause);
uint32_t emit_durings(Emit *e, const SemDuring *all, uint32_t n); /* the first */
void emit_phases(Emit *e); /* phase.c */
uint32_t emit_requires(Emit *e, const SemRequire *all, uint32_t n, Str phase, Str step);
uint32_t emit_shows(Emit *e, const SemShow *shows, uint32_t n);
void emit_steps(Emit *e); /* step.c */

/* --- code.c: one function ---------------------------------------------- */
void code_open(Emit *e, FuncKind kind, uint32_t name);
/* Closes it; result: its type, or SEM_NONE. Its number. */
uint32_t code_close(Emit *e, SemType result);
void code_abc(Emit *e, VmOpcode op, unsigned a, unsigned b, unsigned c);
void code_ax(Emit *e, VmOpcode op, unsigned a, uint32_t x);
void code_jump(Emit *e, VmOpcode op, unsigned a, Label to);
Label code_label(Emit *e);
void code_here(Emit *e, Label l); /* l is the next instruction */
unsigned code_reg(Emit *e, SemType t);
/* n registers side by side, of types of the program; free ones are reused. */
unsigned code_regs(Emit *e, const uint32_t *types, uint32_t n);
void code_free(Emit *e, unsigned reg);
void code_free_all(Emit *e, unsigned first, uint32_t n);
void code_const(Emit *e, unsigned reg, Value v);
void code_bool(Emit *e, unsigned reg, bool b);
uint32_t code_site(Emit *e, uint32_t tool, uint32_t action, SiteRole role,
                   const SemFile *file, SynRef node);

/* --- expr.c ------------------------------------------------------------- */
void expr_to(Emit *e, SemExpr x, unsigned dst);
/* The register of a value; it is the caller's to free when *owned. */
unsigned expr_use(Emit *e, SemExpr x, bool *owned);
SemType expr_type(SemExpr x);
void expr_bind(Emit *e, const SemFile *file, SynRef node, unsigned reg);
void expr_unbind(Emit *e);
/* A tool's parameters into registers side by side, with one in front for the
 * result when wanted; what is not bound gets its default. The first. */
unsigned expr_args(Emit *e, uint32_t tool, const SemBind *args, uint32_t n_args,
                   bool with_result);

/* --- body.c -------------------------------------------------------------- */
uint32_t emit_body(Emit *e, uint32_t phase);
/* The section of a check that is asked again until it has held. */
uint32_t emit_check(Emit *e, uint32_t check);

#endif
