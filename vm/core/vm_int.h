/* Inside of vm/core only: the interpreter's state, shared by its loop (vm.c)
 * and its operations (vm_ops.c), and one line of the disassembler. */
#ifndef GATE_CORE_VM_INT_H
#define GATE_CORE_VM_INT_H

#include "vm/core/builtin.h"
#include "vm/core/vm.h"

/* An operand has eight bits and there are 256 registers, so that no single
 * operand can lie outside, whatever the code says. */
enum { VM_REGISTERS = 256 };

typedef struct Vm {
    VmRun *run;
    const Program *p;
    const ProgFunc *f;
    uint64_t fuel;
    /* The action that is open, PROG_NONE: none. */
    uint32_t action;
    bool conditional, has_element;
    uint32_t instance, next_instance;
    bool later; /* a read of this element has no answer yet (VM_LATER) */
    Value element;
    uint32_t ordinal; /* of the next CALL */
    uint32_t undo_import, n_undo; /* PROG_NONE: no UNDO waits for its CALL */
    Value undo[VM_REGISTERS];
    Value r[VM_REGISTERS];
} Vm;

/* Both set the error and are always false: `return vm_fail(...)`. */
bool vm_fail(Vm *vm, GateStatus status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool vm_missing(Vm *vm); /* an absent value was read */
/* Fuel for n bytes or items. */
bool vm_pay(Vm *vm, uint64_t n);

/* Kind of register i's one static type. */
TypeKind vm_kind(const Vm *vm, unsigned i);

/* The operations that are more than a line. out is a register's place; operands
 * are neither absent nor unknown unless said. */
bool vm_arith(Vm *vm, unsigned op, Value x, Value y, Value *out);
bool vm_equal(Vm *vm, Value x, Value y, bool equal, Value *out);
bool vm_in(Vm *vm, Value item, Value whole, Value *out);
bool vm_without(Vm *vm, Value list, Value what, Value *out);
bool vm_pack(Vm *vm, ValueTag tag, const Value *v, unsigned n, Value *out);
bool vm_join(Vm *vm, const Value *v, unsigned n, Value *out);
bool vm_append(Vm *vm, Value list, Value item, Value *out);
bool vm_index(Vm *vm, Value list, Value index, Value *out);
/* v may hold absent and unknown; a: the result's register. */
bool vm_builtin(Vm *vm, unsigned f, const Value *v, unsigned a, Value *out);

/* "  12  ADD      r3 = r1 + r2", without a newline. */
void dump_instruction(const Program *p, const ProgFunc *f, uint32_t pc,
                      Buf *out);

#endif
