/* The plan as it is played: who can begin, and who can come to an end. Private to
 * those who look for what is stuck: stuck.c, late.c, loops.c, deadlock.c. */
#ifndef GATE_PROVE_PLAY_H
#define GATE_PROVE_PLAY_H

#include "compiler/prove/order.h"

/* The plan is played: whoever can begin is found from those that need nothing
 * on, each edge looked at once. Milestones are reached as phases are, and stand
 * behind them. */
enum { E_START = 0x7ffffffe, E_MOMENT = 0x7fffffff };
typedef struct Edge { uint32_t to, how; } Edge; /* which of its needs, or E_* */
typedef struct Node {
    const SemPhase *phase; /* NULL: a milestone */
    const SemNeed *needs; uint32_t n_needs;
    bool *met;             /* by need */
    uint32_t missing;      /* needs and groups that are not met, a start that was not given */
    uint32_t waits;        /* moments that have not come */
    bool started, begun, ended;
    bool live;             /* begun before the run has failed */
    bool barred;           /* never begins, whatever is met */
    bool done, fails;      /* how it can end */
} Node;

/* A clause that lets a phase wait for the end of another, or of a milestone. */
typedef struct Wait { uint32_t node, on; SynRef at; } Wait;

typedef struct Play {
    Checker *c;
    uint32_t n;            /* phases, then milestones */
    Node *nodes;
    uint32_t *heads;       /* edges[heads[i] .. heads[i + 1]): who waits for i */
    Edge *edges;
    uint32_t *queue; uint32_t head, tail;
    Wait *waits; uint32_t n_waits, cap_waits;
    bool all_well;         /* nobody fails, and moments are waited for */
    bool after_failure;    /* the run has failed: only who was started may begin */
} Play;

/* Nodes, edges, and the waits where the plan has any. */
void play_make(Play *p);
/* From the start to where nobody can go on. all_well: nobody fails; else whatever
 * can fail may have failed, and then what that starts goes on. */
void play_run(Play *p, bool all_well);

/* Reports of what can never be: whoever cannot start because of one is added
 * to it. */
typedef struct Root { uint32_t start, diag; } Root;
typedef struct Dead {
    Play *p;
    Root *roots; uint32_t n_roots, cap_roots; /* conditions that are always false */
    uint32_t *root_of; /* by phase: index into diags and 1; 0: nothing is wrong */
} Dead;

/* late.c: phases of which something must be done, and must have failed: barred. NULL:
 * nobody starts anybody. late_keep: once it is known who never counts, for Checker.before. */
typedef struct Starters Starters;
Starters *late_find(Dead *d);
void late_keep(Checker *c, Starters *of);

void play_loops(Play *p);     /* loops.c: G3011 */
void play_deadlocks(Play *p); /* deadlock.c: G3007 */

#endif
