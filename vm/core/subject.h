/* What a policy's rule is about: from an action, a phase, a gate, a task or a
 * check of a program to the record that the rule's section is given
 * (subjects.def), and the rule run over it.
 *
 * The one filler there is: who compiles a plan proves its policies over the rows
 * that become the program, and who loads a program proves them over the rows that
 * came, so the two cannot disagree. Pure: who may decide and what a calendar's
 * hours are is given. */
#ifndef GATE_CORE_SUBJECT_H
#define GATE_CORE_SUBJECT_H

#include "vm/core/calendar.h"
#include "vm/core/program.h"

/* Who holds a role: equal numbers are one human. */
typedef struct SubjectRole {
    const uint32_t *people; uint32_t n;
    bool stands_in; /* nobody is bound, and it stands for one of its own (language 10.1) */
} SubjectRole;

typedef struct SubjectPlan {
    const Program *program;
    const SubjectRole *roles;         /* one a role of the program */
    const Calendar *const *calendars; /* one a calendar; NULL, or a NULL in it: its hours are not known */
    int64_t from_ms, end_ms;          /* the dates that questions are about; see subject_all_dates */
} SubjectPlan;
/* From when to when a calendar is looked at where no start is given. */
void subject_all_dates(SubjectPlan *p);

enum {
    SUBJECT_FIELDS = 16, SUBJECT_GATE_FIELDS = 6,
    SUBJECT_QUESTIONS = 2, /* of an action, with a calendar */
    SUBJECT_ASKED = 13     /* of an action: the field of the first question */
};
enum { SUBJECT_OWN = 1, SUBJECT_OF_GATE = 2 };
typedef struct SubjectRecord {
    Value record, fields[SUBJECT_FIELDS], gate[SUBJECT_GATE_FIELDS];
    unsigned business; /* SUBJECT_OWN, SUBJECT_OF_GATE: whose duration has no fixed length: the shortest, or the longest */
} SubjectRecord;

/* A duration that nobody said, or that business time may take. */
#define SUBJECT_ENDLESS INT64_MAX
/* A subject of which nothing is said: no gate, no people, no end. Its record
 * points into itself: it may not be copied. */
void subject_blank(Subject s, SubjectRecord *out);
/* Row `index` of the subject's table. longest: of business time. Where `business`
 * is set then, a rule must hold at its shortest and at its longest. Lists live in
 * arena. false: it is full. */
bool subject_fill(const SubjectPlan *p, Subject s, uint32_t index, bool longest, Arena *arena,
                  SubjectRecord *out);
/* What a reader finds one of this phase by: "phase.action", or the phase of a gate;
 * its place. */
void subject_name(const Program *p, Subject s, uint32_t index, uint32_t phase, Buf *out);
uint32_t subject_span(const Program *p, Subject s, uint32_t index);

/* --- questions with a calendar ------------------------------------------------- */

/* Answers for one set of windows after the other, each worked out once as long as
 * it is remembered. Of one file of policies. */
typedef struct SubjectHours {
    const Program *rules;             /* the file's program: whose calendars are asked about */
    const Calendar *const *calendars; /* as of a plan */
    struct SubjectAnswer *kept;       /* memory of answers; NULL: nothing yet */
} SubjectHours;
/* The answers of an action: for each question the names of the calendars that it is
 * answered with yes for; unknown, where hours are not known. false: arena is full. */
bool subject_answer(const SubjectPlan *p, SubjectHours *h, uint32_t action, Arena *arena,
                    SubjectRecord *out);

/* --- rules ------------------------------------------------------------------------ */

typedef enum RuleTruth { RULE_NO, RULE_YES, RULE_ERROR } RuleTruth;
/* fn PROG_NONE: yes. why (or NULL) gets the words of RULE_ERROR. */
RuleTruth subject_holds(const Program *rules, uint32_t fn, const Value *record, Arena *arena,
                        Buf *why);
/* What a rule says in words, where values stand in them. false: it cannot be told. */
bool subject_words(const Program *rules, uint32_t words_fn, const Value *record, Arena *arena,
                   Str *out);

#endif
