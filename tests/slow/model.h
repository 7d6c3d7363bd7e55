/* A run of a plan, a second time: an interpreter of the syntax tree by language
 * section 5 and design section 5, slow and plain. What each phase does is
 * written down in words, a line a fact:
 *
 *   state WORD            when its state changes
 *   blocker WORDS         behind `state blocked`, one a condition
 *   question TEXT         what its gate asks
 *   call ACTION[I] ARGS attempt N     · undo ACTION[I] ARGS attempt N
 *   skip ACTION           · check NAME pass|fail
 *   tell ROLES: TEXT      · inform ROLES   a message of the engine's own
 *
 * and what it looks at apart from that (`look TOOL ARGS attempt N`), since looks of
 * several elements may go out beside calls. */
#ifndef GATE_SLOW_MODEL_H
#define GATE_SLOW_MODEL_H

#include "tests/slow/script.h"

typedef struct Model Model;

typedef enum Stimulus { ST_END, ST_WAKE, ST_APPROVE, ST_REJECT } Stimulus;

/* tree: of a plan that checks. Lives in arena. */
Model *model_new(const SynTree *tree, uint64_t seed, int64_t now_ms, Arena *arena);
void model_start(Model *m);
/* What comes next when nothing is under way: time passes (up to *now_ms), or
 * somebody decides about *phase. Never ends where something would go on by
 * itself. */
Stimulus model_next(Model *m, int64_t *now_ms, Str *phase);
void model_wake(Model *m, int64_t now_ms);
void model_decide(Model *m, Str phase, bool yes);
uint32_t model_phases(const Model *m);
Str model_phase_name(const Model *m, uint32_t phase);
const Buf *model_log(const Model *m, uint32_t phase);
const Buf *model_looks(const Model *m, uint32_t phase);
/* done failed rejected, or "open": it waits for somebody, for ever. */
const char *model_end(const Model *m);
void model_free(Model *m); /* the logs */

#endif
