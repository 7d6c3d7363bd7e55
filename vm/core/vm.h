/* The interpreter. Runs one section (function) of a verified program from its
 * first instruction to its end. It holds no state between calls: a section
 * that must wait is run again later with recorded answers (suspension is
 * re-execution). It does nothing to the world: what it wants is asked of the
 * host, and the answers are the host's.
 *
 * Every bound check of the verifier is repeated. Fuel is charged per
 * instruction and per byte copied. No allocation outside the arena. */
#ifndef GATE_CORE_VM_H
#define GATE_CORE_VM_H

#include "vm/core/program.h"

typedef enum VmOpcode {
#define OP(name, shape, meaning) OP_##name,
#include "vm/core/opcodes.def"
#undef OP
    OP_COUNT
} VmOpcode;

/* How an instruction lies in its 32 bits: op in the lowest eight, then a, b, c;
 * x and the jump s (two's complement) in the upper sixteen. */
static inline uint32_t ins_abc(VmOpcode op, unsigned a, unsigned b, unsigned c)
{
    return (uint32_t)op | (uint32_t)(a & 255) << 8 | (uint32_t)(b & 255) << 16 |
           (uint32_t)(c & 255) << 24;
}
static inline uint32_t ins_ax(VmOpcode op, unsigned a, uint32_t x)
{
    return (uint32_t)op | (uint32_t)(a & 255) << 8 | (x & 0xffff) << 16;
}
static inline unsigned ins_op(uint32_t i) { return i & 255; }
static inline unsigned ins_a(uint32_t i) { return i >> 8 & 255; }
static inline unsigned ins_b(uint32_t i) { return i >> 16 & 255; }
static inline unsigned ins_c(uint32_t i) { return i >> 24; }
static inline uint32_t ins_x(uint32_t i) { return i >> 16; }
static inline int32_t ins_s(uint32_t i)
{
    return (int32_t)(ins_x(i) ^ 0x8000) - 0x8000;
}

typedef enum VmAnswer {
    VM_READY,   /* *result is set (it may be V_UNKNOWN or V_ABSENT) */
    VM_WAIT,    /* no answer yet; the VM goes on only as far as DONE */
    VM_STOP,    /* the section ends here: the host has decided */
    VM_LATER    /* to a read inside an element: no answer yet, and the elements
                   behind it may begin. What else the element calls is numbered
                   and not made; at DONE the host waits. Elsewhere as VM_WAIT */
} VmAnswer;

/* One tool call, as the interpreter meets it. */
typedef struct VmCall {
    uint32_t ordinal;    /* 0, 1, ... in this section: the recorded answer's key */
    uint32_t site;       /* index into p->sites */
    uint32_t import;     /* index into p->imports */
    uint32_t action;     /* PROG_NONE for a read in an expression */
    const Value *args;   /* in parameter order; unknowns possible */
    uint32_t n_args;
    uint32_t undo_import; /* PROG_NONE: no UNDO before this call */
    const Value *undo_args;
    uint32_t n_undo_args;
    bool conditional;    /* stands under a `when` that is unknown */
    bool has_element;    /* inside `each` */
    uint32_t instance;   /* 0-based element number; 0 outside `each` */
    Value element;
} VmCall;

typedef struct VmHost {
    void *ctx;
    /* A call. VM_WAIT: not answered yet. For a read in an expression the
     * section then stops at once (VM_SUSPENDED); for an action's call the
     * result is taken as unknown and the section goes on to that action's
     * DONE, so that the elements of an `each` can be under way together. */
    VmAnswer (*call)(void *ctx, const VmCall *call, Value *result);
    /* An action begins / is skipped by its `when`. */
    VmAnswer (*action_begin)(void *ctx, uint32_t action);
    void (*action_skip)(void *ctx, uint32_t action);
    /* An action's last call was made. VM_WAIT suspends the section here. */
    VmAnswer (*action_done)(void *ctx, uint32_t action);
    /* The result of an action, of this phase or an earlier one. Absent when it
     * was skipped, unknown when it has not run. */
    VmAnswer (*result)(void *ctx, uint32_t action, Value *result);
    VmAnswer (*check)(void *ctx, uint32_t check, Value answer);
    VmAnswer (*tell)(void *ctx, uint32_t tell, Value text);
    /* What was answered, or the event that came: unknown while it is not there
     * yet, absent when it will not come. */
    VmAnswer (*answer)(void *ctx, uint32_t ask, Value *result);
    VmAnswer (*event)(void *ctx, uint32_t await, Value *result);
    /* VM_WAIT: people are at work, the event has not come, the check has not
     * held; the section is suspended here. */
    VmAnswer (*task)(void *ctx, uint32_t task);
    VmAnswer (*await)(void *ctx, uint32_t await);
    VmAnswer (*poll)(void *ctx, uint32_t check);
} VmHost;

typedef enum VmOutcome {
    VM_ENDED,     /* result holds RET's value */
    VM_SUSPENDED, /* waits for an answer of the host */
    VM_STOPPED,   /* the host said VM_STOP */
    VM_FAILED     /* error holds why; at: the source span of the instruction's function */
} VmOutcome;

typedef struct VmRun {
    /* in */
    const Program *program;
    uint32_t func;
    const Value *inputs;  /* program->n_inputs of them */
    int64_t now_ms;
    const Value *subject; /* the record in register 0; NULL: the section has none */
    const VmHost *host;   /* NULL: only what reads nothing (func_may_read) */
    Arena *arena;         /* results live here; has a cap */
    uint64_t fuel;
    void (*trace)(void *ctx, Str line); /* may be NULL */
    void *trace_ctx;
    /* out */
    Value result;
    uint64_t fuel_used;
    GateStatus status; /* VM_FAILED: GATE_E_FUEL, _LIMIT, _MEMORY, _FORMAT, _REFUSED, _NOTFOUND */
    char error[160];   /* one sentence a person can read */
} VmRun;

VmOutcome vm_run(VmRun *run);
const char *vm_opcode_name(uint32_t op); /* "?" when there is none */

/* Operand shapes of opcodes.def, for verifier and disassembler. */
typedef enum VmShape {
    SHAPE_N, SHAPE_A, SHAPE_AB, SHAPE_ABC, SHAPE_AX, SHAPE_X, SHAPE_AS, SHAPE_S
} VmShape;
VmShape vm_opcode_shape(uint32_t op); /* op < OP_COUNT */

#endif
