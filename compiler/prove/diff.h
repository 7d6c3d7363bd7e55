/* What changed between two plans, as far as safety goes: gates, people, windows,
 * ways back, effects, limits, secrets. Both were checked and have no errors.
 * Things are the same when they have the same name in the same place; a renamed
 * one was taken away, and another was added. */
#ifndef GATE_COMPILER_PROVE_DIFF_H
#define GATE_COMPILER_PROVE_DIFF_H

#include "compiler/sem.h"

typedef enum DiffKind {
    DIFF_WEAKER,   /* something is guarded less than it was */
    DIFF_CHANGED,  /* neither: it is for a person to judge */
    DIFF_STRONGER,
    DIFF_NOTE      /* nothing to do with safety, and worth knowing */
} DiffKind;

typedef struct DiffItem {
    DiffKind kind;
    Str where;     /* "cutover", "cutover.switch_mx", "policy two_people"; empty: the plan */
    Str text;      /* what, in words: now, and before */
    const SemFile *file; /* of the new plan, or of the old where it is gone */
    bool gone;
    SynRef node;
    uint16_t code; /* 3012 for G3012; 0: none */
} DiffItem;

typedef struct Diff {
    Arena *arena;
    DiffItem *items; uint32_t n, cap;
    uint32_t weaker;
} Diff;

/* Weaker ones first, then changed, then stronger; each in the new plan's order.
 * from_ms: windows are compared on the real dates of two years from then. */
void diff_plans(const Sem *old, const Sem *new, int64_t from_ms, Diff *out);
/* One more, behind the others. */
void diff_add(Diff *d, DiffItem item);

#endif
