/* Inside of vm/core only: what the two halves of the verifier share. */
#ifndef GATE_CORE_VERIFY_INT_H
#define GATE_CORE_VERIFY_INT_H

#include "vm/core/builtin.h"
#include "vm/core/vm.h"

/* A bit for each register. */
enum { VERIFY_REGS = 4 };
typedef struct VerifyRegs { uint64_t w[VERIFY_REGS]; } VerifyRegs;

typedef struct Verify {
    const Program *p;
    Buf *why;
    bool failed, no_memory;
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

/* The first cause is told: "deploy.body, instruction 12: ..." inside of a
 * function, else plain. Always false. */
bool verify_bad(Verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A value of one type may stand where another is wanted: the same type, or
 * text for any kind of text. Types are built from earlier ones and compared by
 * number: a program whose equal types have two numbers is refused where it
 * mixes them, and so the answer never needs a walk. */
bool verify_fits(const Program *p, uint32_t from, uint32_t to);

/* One function: code, types, order (verify_code.c). */
bool verify_function(Verify *v, uint32_t func);

/* A phase's body, once it is in order: what is unknown while the phase is staged
 * stays out of where it may not go (verify_flow.c). */
bool verify_flow(Verify *v);

#endif
