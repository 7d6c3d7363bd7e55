/* Tools and events as their declarations say (language 7), read from the syntax
 * trees of the plan and of stdlib/host: what they take, what they give, how they
 * are taken back. And what the world answers, from a seed: a pure function of
 * what is asked, for whoever asks. */
#ifndef GATE_SLOW_TOOLS_H
#define GATE_SLOW_TOOLS_H

#include "tests/slow/eval.h"

enum { TOOL_PARAMS = 8, TOOL_GIVES = 8 };

typedef struct SlowTool {
    const SynTree *tree;
    SynRef node;
    bool reads;
    struct { Str name; SynRef fallback; } params[TOOL_PARAMS]; uint32_t n_params;
    struct { Str name; SlowKind kind; } gives[TOOL_GIVES]; uint32_t n_gives;
    Str before, undo;             /* "pack.tool"; n 0: none */
    SynRef before_args, undo_args; /* ARGS */
} SlowTool;

typedef struct SlowTools {
    const SynTree *plan;
    Arena *arena;
} SlowTools;

/* "pack.tool" or "pack.event". false: there is none. */
bool slow_tool(SlowTools *t, Str path, SlowTool *out);
/* A record of what it gives, by seed and words. */
Slow slow_given(const SlowTool *t, uint64_t seed, Str words, Arena *arena);
/* A value of a kind; a text that means nothing where it is one. */
Slow slow_some(SlowKind kind, uint64_t seed, Str words, Arena *arena);
SlowKind slow_kind_called(Str type);
/* 0 .. n-1, by seed and words. */
uint32_t slow_roll(uint64_t seed, Str words, uint32_t n);

/* A value as it is written down in a log: unknown ?, absent -, texts in quotes. */
void slow_put(Buf *out, const Slow *v);

#endif
