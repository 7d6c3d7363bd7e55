/* A plan as the reference sees it, read from the syntax tree by itself: no name,
 * type or fact comes from the checker. Small plans only: whatever does not fit
 * is left alone (REF_TOO_MUCH). */
#ifndef GATE_REFERENCE_PLAN_H
#define GATE_REFERENCE_PLAN_H

#include "grammar/syntax.h"

enum { REF_PHASES = 6, REF_STEPS = 10, REF_BEFORE = REF_STEPS + 1, REF_NEEDS = 16, REF_USES = 256, REF_TOOLS = 64, REF_RETURNS = 4 };

typedef enum RefEffect { RE_READS, RE_TELLS, RE_CHANGES, RE_DESTROYS } RefEffect;
typedef enum RefStepKind { RS_ACTION, RS_CHECK, RS_TELL, RS_TASK, RS_AWAIT } RefStepKind;
typedef enum RefBack { RB_UNSAID, RB_NONE, RB_PLAN, RB_TOOL } RefBack; /* how it is undone */

typedef struct RefTool { Str name; RefEffect effect; int reach; bool own_undo, exact; } RefTool;

typedef struct RefStep {
    RefStepKind kind;
    Str name;
    SynRef node;
    const RefTool *tool;   /* actions; NULL: not known */
    const RefTool *undo;   /* RB_PLAN */
    RefBack back;
    uint32_t together;     /* 0: alone; those of one number run side by side */
    bool each, when;
    bool goes_on;          /* await: otherwise continue */
    bool in_vain;          /* a check that can never hold */
    int at;                /* `at L1`; 0: not said */
} RefStep;

typedef struct RefNeed { uint32_t phase, group; bool even; } RefNeed; /* group 0: by itself */
typedef enum RefSilence { RQ_STOPS, RQ_GOES_ON, RQ_ASKS_ON } RefSilence;
typedef struct RefReturn { uint32_t phase; } RefReturn;

typedef struct RefPhase {
    Str name;
    SynRef node;
    RefNeed needs[REF_NEEDS]; uint32_t n_needs;
    RefStep steps[REF_STEPS]; uint32_t n_steps;
    bool when, never_wanted, blocked;     /* a `require` that is always false */
    int gate;                             /* its level; -1: none */
    bool says_by;
    uint32_t people;                      /* who must agree; of an L2 gate */
    RefSilence silence;
    Str asks[4]; uint32_t n_asks;
    RefReturn returns[REF_RETURNS]; uint32_t n_returns;
    bool on_undo, on_stop, on_continue; /* on failure; none of them: the default */
    uint32_t starts;                      /* REF_PHASES: nothing */
    bool only_started;
} RefPhase;

/* Somewhere in phase `by` a value of a step or an answer is read. */
typedef struct RefUse {
    uint32_t by, of;
    uint32_t step;        /* of that phase; REF_STEPS: an answer at its gate */
    uint32_t place;       /* own phase: in which step; REF_STEPS: behind all; REF_BEFORE */
    bool has_default;
} RefUse;

typedef struct RefPlan {
    const SynTree *tree;
    RefTool tools[REF_TOOLS]; uint32_t n_tools;
    RefPhase phases[REF_PHASES]; uint32_t n;
    RefUse uses[REF_USES]; uint32_t n_uses;
    bool too_much;
} RefPlan;

void ref_read(const SynTree *t, RefPlan *out);

/* What the meaning of the plan (language.md 5, 9, 10) says of it. */
typedef struct RefFinding { uint16_t code; uint32_t phase, step; } RefFinding; /* step REF_STEPS: the phase itself */
enum { REF_FINDINGS = 256 };
typedef struct RefVerdict {
    RefFinding items[REF_FINDINGS]; uint32_t n;
    bool circle;
    bool never[REF_PHASES];   /* no run starts it */
    bool begins[REF_PHASES];
} RefVerdict;
bool ref_depends(const RefPlan *p, uint32_t phase, uint32_t on); /* by way of needs */
void ref_judge(const RefPlan *p, RefVerdict *out);

#endif
