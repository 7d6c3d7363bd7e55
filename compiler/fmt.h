/* The one layout of a plan. No options: two spaces a level, one statement a
 * line, one blank line around the large declarations, at most one elsewhere.
 * A writer's choice is kept in three places: a block of one statement may stand
 * on one line, a gate's clauses on the gate's line, and a bracket is broken
 * into lines where a line break follows it; a line may also break before `and`
 * and `or`. The first two are broken when they are wider than 100 columns. Comments stay where they are. */
#ifndef GATE_COMPILER_FMT_H
#define GATE_COMPILER_FMT_H

#include "vm/os/mem.h"

/* Puts source in its layout into out. A statement with a syntax error in it, and
 * what shares a line with it, stays byte for byte as it is. false: nothing could
 * be formatted, and out is as it was. Formatting what was formatted changes
 * nothing. */
bool fmt_source(Str source, Arena *arena, Buf *out);

#endif
