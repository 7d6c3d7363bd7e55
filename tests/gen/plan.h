/* Plans at random, from a seed: 1 to 12 phases over the whole language, with
 * what a planner would write in them. The same seed and options give the same
 * plan everywhere. */
#ifndef GATE_GEN_PLAN_H
#define GATE_GEN_PLAN_H

#include "vm/os/mem.h"

/* Parts of the language, to be left out one by one. */
enum {
    GEN_EXPRESSIONS = 1,  /* any form of expression; else what planners write */
    GEN_EACH = 2,         /* each, at most N at once, stop after */
    GEN_WHEN = 4,
    GEN_UNDO = 8,         /* actions with a way back, on failure undo */
    GEN_DESTROY = 16,
    GEN_CHECKS = 32,
    GEN_TELLS = 64,
    GEN_BRANCHES = 128,   /* needs any of, even if failed, on failure start */
    GEN_READS = 256,      /* reading tools inside expressions */
    GEN_LETS = 512,
    GEN_MILESTONES = 1024,
    GEN_TESTS = 2048,
    /* from here on: what programs of today are not run with */
    GEN_CALENDARS = 1 << 12,  /* business time, windows, moments, deadlines */
    GEN_PEOPLE = 1 << 13,     /* L3, tasks, asks, assure, advice, ask again, return, vary */
    GEN_EVENTS = 1 << 14,     /* a connector of the plan's own, awaits, starts */
    GEN_WAVES = 1 << 15,      /* waves, together, lock, require and moments in actions, hold for */
    GEN_POLICIES = 1 << 16,
    GEN_OTHERS = 1 << 17,     /* limit, controls, secrets, runs alone */
    GEN_ALL = (1 << 18) - 1,
    GEN_RUNS = (1 << 12) - 1  /* only what the engine runs today */
};

/* What was broken on purpose. */
typedef enum GenMutation {
#define MUTATION(name, words) GM_##name,
#include "tests/gen/mutations.def"
#undef MUTATION
    GM_COUNT
} GenMutation;
const char *gen_mutation_words(GenMutation m);

typedef struct GenOptions {
    uint32_t parts;       /* GEN_*; 0: all */
    uint32_t phases_most; /* 0: 12 */
    bool valid;           /* it checks without errors; else it only should */
    bool mutate;          /* then one rule is broken on purpose */
    bool lively;          /* most conditions hold, so that a run comes far */
    bool odd;             /* comments and breaks in odd places; else the plain layout */
} GenOptions;

/* Appends the plan. What was mutated; GM_NOTHING where nothing was. */
GenMutation gen_plan(uint64_t seed, const GenOptions *o, Buf *out);

/* Whether a plan checks without errors. Clauses that this version checks only
 * in part (G0022) are none. why, if not NULL, gets a line an error. */
bool gen_checks(Str plan, Buf *why);

#endif
