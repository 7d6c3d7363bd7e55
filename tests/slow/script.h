/* What the world does, from a seed: how each call ends and what it gives, who
 * decides what. A pure function of what is asked, so that the engine and the
 * slow interpreter meet the same world, whenever each of them asks. */
#ifndef GATE_SLOW_SCRIPT_H
#define GATE_SLOW_SCRIPT_H

#include "tests/slow/eval.h"

typedef enum Decision { D_APPROVE, D_REJECT, D_SILENT } Decision;

/* A reading call, whoever makes it, by its arguments. */
bool script_look(uint64_t seed, Str tool, Str args, uint32_t attempt);
/* A call of an action (phase.action), or of its way back. */
bool script_call(uint64_t seed, Str action, uint32_t inst, bool undo, uint32_t attempt);
Decision script_gate(uint64_t seed, Str phase);
/* What a call gives: as JSON, and as a value. */
void script_result(uint64_t seed, Str tool, Str args, Arena *arena, Buf *json, Slow *value);

#endif
