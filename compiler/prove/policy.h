/* Private to the proofs of policies (policy.c, subject.c, conflict.c): their
 * rules as functions over a record, and how such a record is made.
 *
 * One mechanism: a rule is two sections of the program (FK_RULE) that are given
 * what they are about. Who proves a policy fills the record and runs them. */
#ifndef GATE_COMPILER_PROVE_POLICY_H
#define GATE_COMPILER_PROVE_POLICY_H

#include "compiler/prove/time.h"
#include "vm/core/vm.h"

/* One file's policies, with its own calendars. */
typedef struct PolSource {
    const Sem *sem;
    const Program *program;
    bool asks;              /* some rule asks for a calendar */
    const Value **answers;  /* subject.c: for each set of windows, one list a question */
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
    Times windows;          /* sets of windows, each once */
    uint32_t *window_of;    /* of an action: its set + 1; 0: always; NULL: nobody asks */
} Policies;

typedef enum PolTruth { POL_NO, POL_YES, POL_ERROR } PolTruth;
/* fn PROG_NONE: yes. why (or NULL): of POL_ERROR, in the checker's arena. */
PolTruth pol_holds(Checker *c, const PolRule *r, uint32_t fn, const Value *record, Str *why);
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

/* --- subject.c: records ------------------------------------------------------------ */

enum { POL_FIELDS = 16, POL_GATE_FIELDS = 6, POL_ONLY_DURING = MB_ACTION_timeout - MB_ACTION_name + 1 };
typedef struct PolRecord {
    Value record, fields[POL_FIELDS], gate[POL_GATE_FIELDS];
    bool business; /* its duration has no fixed length: the shortest, or the longest */
} PolRecord;

/* A duration that nobody said, or that business time may take. */
#define POL_ENDLESS INT64_MAX
/* A subject of which nothing is said: no gate, no people, no end. */
void pol_blank(SemSubject s, PolRecord *out);
/* Subject number `index` of the plan. longest: of business time. */
void pol_fill(Policies *p, SemSubject s, uint32_t index, bool longest, PolRecord *out);
/* The answers to the questions of an action, with the names of source's calendars. */
void pol_answer(Policies *p, PolSource *source, uint32_t action, PolRecord *out);
uint32_t pol_count(const Sem *s, SemSubject kind);

#endif
