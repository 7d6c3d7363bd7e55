/* Private to the files of the comparison (diff*.c). */
#ifndef GATE_COMPILER_PROVE_DIFF_INT_H
#define GATE_COMPILER_PROVE_DIFF_INT_H

#include "compiler/prove/calendars.h"
#include "compiler/prove/diff.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

/* Two plans, and where in them the comparison is. */
typedef struct Pair {
    const Sem *old, *new;
    Diff *out;
    int64_t from_ms, until_ms;
    Str where;
    SynRef node;         /* of the new plan */
    const SemFile *in;   /* the node's file; NULL: the plan's own */
    struct LetPair *lets; /* by let of the new plan: is it the old one's value */
} Pair;

void diff_say(Pair *p, DiffKind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Of a node of the old plan, or of a file that it uses (NULL: its own): it is gone. */
void diff_gone(Pair *p, DiffKind kind, const SemFile *in, SynRef node, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The more the weaker: less is stronger. what is said of both: "%s, not %s". */
void diff_count(Pair *p, uint64_t old, uint64_t new, const char *what);
void diff_value_init(Pair *p);
/* The same text, but for blanks, and the lets in it are the same. Both node 0: the
 * same. */
bool diff_same(const Pair *p, SemExpr old, SemExpr new);
bool diff_same_text(SemExpr old, SemExpr new);
Str diff_text(const Pair *p, SemExpr x); /* as written; "nothing" */
/* How it was: "before X"; where it is written as it was, what has changed. */
Str diff_before(const Pair *p, SemExpr old, SemExpr new);
Str diff_duration(Pair *p, const Sem *s, SemDuration d);
/* -1: shorter, 0: the same, 1: longer, 2: they cannot be compared. NONE is
 * longer than all. */
int diff_longer(const Sem *old, SemDuration a, const Sem *new, SemDuration b);
bool diff_same_moment(const Pair *p, const SemMoment *old, const SemMoment *new);
/* `only during`, `never during`. */
void diff_windows(Pair *p, const SemDuring *old, uint32_t n_old, const SemDuring *new, uint32_t n_new);
void diff_requires(Pair *p, const SemRequire *old, uint32_t n_old, const SemRequire *new, uint32_t n_new);

void diff_gate(Pair *p, const SemGate *old, const SemGate *new); /* either may be NULL */
void diff_who(Pair *p, const SemWho *old, const SemWho *new, const char *verb);
void diff_action(Pair *p, const SemAction *old, const SemAction *new); /* old NULL: it is new */
void diff_action_gone(Pair *p, const SemAction *old);
void diff_secrets(Pair *p);
void diff_plan(Pair *p); /* what stands outside of phases */

#endif
