/* Inside of vm/core only: what the parts of the verifier share. */
#ifndef GATE_CORE_VERIFY_INT_H
#define GATE_CORE_VERIFY_INT_H

#include "vm/core/builtin.h"
#include "vm/core/vm.h"

enum { DAY_S = 86400 };

/* A bit for each register. */
enum { VERIFY_REGS = 4 };
typedef struct VerifyRegs { uint64_t w[VERIFY_REGS]; } VerifyRegs;

typedef struct Verify {
    const Program *p;
    Buf *why;
    bool no_memory;
    uint32_t *owner; /* of each function: the phase whose body it is */
    /* Of the function at hand; as long as the longest one. */
    const ProgFunc *f;
    uint32_t func, pc;
    uint32_t *loop;    /* innermost loop, by its NEXT; PROG_NONE: none */
    uint32_t *parent;  /* at a NEXT: the loop around it */
    uint32_t *depth;   /* at a NEXT: 1 for an outermost loop */
    uint32_t *segment; /* changes where no jump may cross */
    VerifyRegs *flow;  /* registers that may be unknown, from where jumps come */
} Verify;

/* The cause is told: "deploy.body, instruction 12: ..." inside of a function,
 * else plain, and the proof ends with it. verify_bad is always false; verify_that
 * is ok, and tells when it is not. */
bool verify_bad(Verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool verify_that(Verify *v, bool ok, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A value of one type may stand where another is wanted: the same type, or
 * text for any kind of text. Types are built from earlier ones and compared by
 * number: a program whose equal types have two numbers is refused where it
 * mixes them, and so the answer never needs a walk. */
bool verify_fits(const Program *p, uint32_t from, uint32_t to);

/* Zeroed memory for the time of the proof; NULL sets no_memory. */
void *verify_scratch(Verify *v, size_t n, size_t size);
void verify_release(void *p, size_t n, size_t size);
/* Adds a row's share to what was given out already: a row's share of another
 * table is counted against that table's length, so that overlapping shares
 * cannot make the work more than the bytes that were read. */
bool verify_share(Verify *v, uint64_t *sum, uint32_t count, uint32_t most, const char *what);
/* func is PROG_NONE, or a section of that kind. */
bool verify_kind(Verify *v, uint32_t func, FuncKind kind, const char *what);
/* Beyond that: its value fits the type. */
bool verify_value(Verify *v, uint32_t func, FuncKind kind, uint32_t type, const char *what);
/* Beyond that: register 0 is of the type. */
bool verify_about(Verify *v, uint32_t func, FuncKind kind, uint32_t type, const char *what);
/* Truth, or text: sections of these kinds may give either. */
bool verify_gives(Verify *v, uint32_t func, TypeKind kind, const char *what);
/* Names of one group differ, and each is there. Sorts them. */
typedef struct VerifyName { Str name; uint32_t group; } VerifyName;
bool verify_names(Verify *v, VerifyName *names, uint32_t n, const char *what);

/* The tables, by subject: calendars, moments (verify_time.c); phases, their
 * gates and steps (verify_phase.c); the level that an action needs
 * (verify_level.c); what is said outside of phases (verify_decl.c). */
bool verify_time(Verify *v);
bool verify_phases(Verify *v);
bool verify_levels(Verify *v);
bool verify_declarations(Verify *v);

/* One function: code and types (verify_code.c). */
bool verify_function(Verify *v, uint32_t func);
bool verify_is_jump(unsigned op); /* JMP JF JU JA */
/* Of the function at hand. */
static inline uint32_t verify_code_at(const Verify *v, uint32_t pc)
{
    return v->p->code[v->f->code_first + pc];
}
/* Where a jump leads; one that was not tested yet, anywhere. */
static inline int64_t verify_target(const Verify *v, uint32_t pc)
{
    return (int64_t)pc + 1 + ins_s(verify_code_at(v, pc));
}

/* A phase's body: its steps stand in their order (verify_steps.c). */
bool verify_steps(Verify *v);
/* A phase's body, once it is in order: what is unknown while the phase is staged
 * stays out of where it may not go (verify_flow.c). */
bool verify_flow(Verify *v);

#endif
