/* Two texts, line by line: what `gatec fmt --check --diff` and `gatec check --fix
 * --dry-run` show. */
#ifndef GATE_COMPILER_UNIFIED_H
#define GATE_COMPILER_UNIFIED_H

#include "vm/os/mem.h"

/* The difference as `diff -u` writes it, both sides under one name; nothing when
 * the texts are the same. Memory is the arena's, which must have an on_full. */
void unified_diff(Str before, Str after, Str name, Arena *arena, Buf *out);

#endif
