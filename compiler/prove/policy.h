/* Private to the proofs of policies (policy.c, conflict.c): rules, and what they
 * ask of their subjects.
 *
 * One mechanism: a rule is two sections of the program (FK_RULE) that are given
 * what they are about. Who proves a policy fills the record out of the rows of
 * the plan's program and runs them: vm/core/subject.h, here and on every load. */
#ifndef GATE_COMPILER_PROVE_POLICY_H
#define GATE_COMPILER_PROVE_POLICY_H

#include "compiler/prove/time.h"
#include "vm/core/subject.h"

/* One file's policies, with its own calendars. */
typedef struct PolSource {
    const Sem *sem;
    const Program *program;
    bool asks;              /* some rule asks for a calendar */
    SubjectHours hours;
} PolSource;

/* What a rule asks of its subject: a member, a member of its gate, or a question
 * with a calendar. */
typedef struct PolAsk {
    const SemFile *file; SynRef node;
    bool asked;
    uint32_t field;         /* of the record, questions behind the members */
    uint32_t part;          /* of the gate's record; SEM_NONE */
    uint32_t calendar;      /* asked: of source->sem */
} PolAsk;

typedef struct PolRule {
    PolSource *source;
    const SemPolicy *policy;
    const SemRule *rule;
    uint32_t where, require, words; /* functions; PROG_NONE */
    PolAsk *asks; uint32_t n_asks, n_where; /* those of `where` first */
    bool contradicts;       /* itself, or another rule: reported */
    bool met;               /* its `where` holds for something */
} PolRule;

typedef struct Policies {
    Checker *c;
    PolSource *sources; uint32_t n_sources; /* [0]: the file that is checked */
    PolRule *rules; uint32_t n;
    uint32_t cases;         /* that conflict.c has looked at */
    SubjectPlan plan;       /* the file that is checked, as its program will be */
} Policies;

/* fn PROG_NONE: yes. why (or NULL): of RULE_ERROR, in the checker's arena. */
RuleTruth pol_holds(Checker *c, const PolRule *r, uint32_t fn, const Value *record, Str *why);
SubjectMember pol_type(SemSubject s, const PolAsk *a);
static inline const File *pol_file(const PolRule *r)
{
    return (const File *)r->policy->file;
}

/* A member, a gate's member, or a question; or none of them. */
bool pol_ask_at(const SemFile *f, const SemRule *rule, SynRef r, PolAsk *out);
/* All of an expression, from left to right. */
typedef void PolSee(void *ctx, const PolAsk *a);
void pol_visit(const SemFile *f, const SemRule *rule, SynRef r, PolSee *see, void *ctx);
/* conflict.c: G8003. */
void pol_conflicts(Policies *p);

#endif
