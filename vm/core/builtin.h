/* What the built-in functions are and how they are typed: shared by compiler
 * and verifier, so that the two can never disagree. */
#ifndef GATE_CORE_BUILTIN_H
#define GATE_CORE_BUILTIN_H

#include "vm/core/program.h"

typedef enum Builtin {
#define BUILTIN(name, least, most, meaning) FN_##name,
#include "vm/core/builtins.def"
#undef BUILTIN
    FN_COUNT
} Builtin;

const char *builtin_name(Builtin f);
/* FN_COUNT when there is none. */
Builtin builtin_find(Str name);
void builtin_arity(Builtin f, int *least, int *most);
/* Result kind of f over n argument kinds (elems: the item kind of a list, else
 * TK_NOTHING). *item_result is set where the result is the list's item type
 * itself (first, last, min, max of a list) or the first argument's type.
 * false: the arguments do not fit. */
bool builtin_type(Builtin f, const TypeKind *args, const TypeKind *elems,
                  int n, TypeKind *result, bool *item_result);
/* Result kind of a binary or unary opcode over operand kinds; false: they do
 * not fit. Same single source for ADD, SUB, MUL, DIV, LT, IN, WITHOUT... */
bool operator_type(int op, TypeKind a, TypeKind b, TypeKind *result);

#endif
