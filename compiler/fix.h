/* Repairs of grade M, applied: what `gatec check --fix` does, and an editor's
 * "fix all". Knows nothing of files; whoever has the text keeps it. */
#ifndef GATE_COMPILER_FIX_H
#define GATE_COMPILER_FIX_H

#include "compiler/compile.h"

/* What is told of each repair that was applied; d is of the round's text. */
typedef void (*FixTell)(void *ctx, const Diag *d, const DiagFix *f);

/* One round: the repairs of l that are safe and lie in the text of path, put
 * into out. Where two overlap the first wins. Returns how many; out is as it
 * was when there are none. */
uint32_t fix_round(const DiagList *l, Str path, Str text, Buf *out, FixTell tell, void *ctx);

/* Round after round until nothing is left to repair, at most LIM_FIX_ROUNDS.
 * A text that was in its layout before is so afterwards. *n counts the repairs,
 * *rounds the rounds. GATE_E_MEMORY: text is as after the last whole round;
 * GATE_E_LIMIT: there was more to repair. */
GateStatus fix_text(Str path, Buf *text, const CompileOptions *o, FixTell tell, void *ctx,
                    uint32_t *n, uint32_t *rounds);

#endif
