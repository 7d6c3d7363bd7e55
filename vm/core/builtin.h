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
/* How many registers FN reads. It is fixed for each function: an instruction
 * has no room for a count, so several arguments of min and max are made a list
 * first, and round always has its digits. */
int builtin_operands(Builtin f);
/* Result kind of f over n argument kinds (elems: the item kind of a list, else
 * TK_NOTHING). *item_result is set where the result is the list's item type
 * itself (first, last, min, max of a list) or the first argument's type.
 * false: the arguments do not fit. */
bool builtin_type(Builtin f, const TypeKind *args, const TypeKind *elems,
                  int n, TypeKind *result, bool *item_result);
/* Result kind of a binary or unary opcode over operand kinds; false: they do
 * not fit. Same single source for ADD, SUB, MUL, DIV, LT, IN, WITHOUT... */
bool operator_type(int op, TypeKind a, TypeKind b, TypeKind *result);

/* text email host url one of: what V_TEXT values hold and text accepts. A
 * secret is none of them: nothing computes with it. */
bool kind_is_text(TypeKind k);
bool kind_is_ordered(TypeKind k); /* < and min() are defined */
bool kind_has_form(TypeKind k);   /* may stand in text (lists: see their item) */
/* The tag that values of a kind carry; V_ABSENT for TK_NOTHING. */
ValueTag kind_tag(TypeKind k);
const char *kind_word(TypeKind k); /* as the language writes it: list, number */
/* A literal or an input as email (RFC 5321 mailbox, ASCII, no quotes), host
 * (RFC 1123 name or IPv4), url (http or https, RFC 3986, no user part); true
 * for other kinds. */
bool text_fits_kind(Str s, TypeKind k);

#endif
