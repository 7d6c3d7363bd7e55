/* What the sections of a phase do, by the tree alone: its conditions, its steps from
 * top to bottom, the texts for people. Each is written down, a line a fact; the host
 * of the interpreter writes the same lines (sections.c). Nothing waits here: every
 * call is answered at once, or, while a phase is staged, not known yet where it
 * changes something. */
#ifndef GATE_SLOW_WALK_H
#define GATE_SLOW_WALK_H

#include "tests/slow/tools.h"

enum { WALK_NAMES = 512 };

typedef struct Walk {
    const SynTree *t;
    Arena *arena;
    SlowTools tools;
    uint64_t seed;
    int64_t now_ms;
    bool staging;
    SlowName names[WALK_NAMES]; uint32_t n_inputs, n_names;
    Str phase;
    Buf *log;
} Walk;

void walk_plan(Walk *w, Buf *log);

/* What both sides give, from the seed. */
Slow walk_result(uint64_t seed, Str path, const SlowTool *tool, bool each, bool may_miss, Arena *arena);
Slow walk_answer(uint64_t seed, Str path, SlowKind kind, bool may_miss, Arena *arena);
Slow walk_event(uint64_t seed, Str path, const SlowTool *event, Arena *arena);
/* A call, with all of its arguments known or not. */
Slow walk_call(uint64_t seed, const SlowTool *tool, Str args, bool known, bool staging, Arena *arena);

#endif
