/* Whose word counts: people, roles, grants and settings of host.gate and
 * tenant.gate, as one value. Pure: made from compiled programs.
 *
 * Solo (setting solo = true): the invoking user holds every role and may
 * approve their own run. Team: only persons that the files name can decide,
 * the starter of a run does not count, a plan's own `role ... is` has no
 * force, and of host and tenant the stricter wins. */
#ifndef GATE_ENGINE_POLICY_H
#define GATE_ENGINE_POLICY_H

#include "vm/core/grant.h"
#include "vm/core/subject.h"

typedef struct PolPerson {
    Str name, title;
    const Str *os; /* account names */
    uint32_t n_os;
} PolPerson;

typedef struct PolRole {
    Str name;
    const uint32_t *people; /* indexes into Policy.people */
    uint32_t n_people;
} PolRole;

/* One grant of one tool. Several grants of a tool: each call must fit one of
 * them wholly. A list that was not said does not bound (programs), or grants
 * nothing (folders, hosts). */
typedef struct PolGrant {
    Str pack, tool;
    bool any_program;
    const Str *programs; uint32_t n_programs;
    const Str *folders;  uint32_t n_folders; /* relative to the plan's folder, or absolute */
    const Str *hosts;    uint32_t n_hosts;   /* exact, or *.domain */
    const Str *addresses; uint32_t n_addresses; /* CIDR that `private` opens; none said: all private ones */
    bool network;
    bool is_private;
} PolGrant;

/* A file that has policies. Borrowed. */
typedef struct PolRules {
    const Program *program;
    const Calendar *const *hours; /* one a calendar of it; see SubjectPlan.calendars */
} PolRules;

typedef struct Policy {
    bool solo;
    bool initiator_may_approve; /* of all files: the stricter */
    PolPerson *people; uint32_t n_people;
    PolRole *roles;    uint32_t n_roles;
    PolGrant *grants;  uint32_t n_grants;
    PolRules *rules;   uint32_t n_rules;
    Hash hash; /* of the programs it was made from: stands in digests */
} Policy;

/* files: host-wide first, then the state folder's, then the tenant's; any may
 * be NULL. The outermost that is there says what is possible, and the ones
 * further in can only tighten: a tool that it does not grant is not granted, a
 * setting that it does not loosen is not loosened. Where no host's file is
 * there, everything is closed: nobody is known, nothing is granted, whatever
 * the tenant's says. Policies combine by conjunction, whose they are.
 *   The programs are borrowed: they outlive the policy. hours: one a file, or NULL:
 * the hours of their calendars are not known, and what asks for them cannot be
 * proved. why: one sentence naming file and thing. */
enum { POLICY_HOST_FILES = 2 };
GateStatus policy_make(const Program *const *files, const Calendar *const *const *hours,
                       size_t n, Arena *arena, Policy *out, Buf *why);
/* Index of the person with that OS account; PROG_NONE: unknown. */
uint32_t policy_person(const Policy *p, Str os_account);
bool policy_holds(const Policy *p, uint32_t person, Str role);
/* Tools of the program that no grant covers, in words; true when all are
 * covered. Host packs that only read nothing of the host need no grant
 * (time.now). */
bool policy_covers(const Policy *p, const Program *plan, Buf *missing);
/* Whether a grant lets this call of the tool be made, as far as its words tell
 * (vm/core/grant.h). false: why gets one sentence that names the grant. */
bool policy_allows(const Policy *p, const GrantCall *call, Buf *why);

/* Whether a grant lets a pack's tool be used at all, whatever it is asked: all hosts
 * that the pack names, or its program (""). false: why gets one sentence. */
bool policy_allows_pack(const Policy *p, Str pack, Str tool, const Str *hosts, uint32_t n_hosts,
                        Str program, Buf *why);

/* --- judge.c: policies proved on a load ------------------------------------- */
/* A plan under a policy: everything that is asked of it more than once. hours: of
 * the plan's own calendars, or NULL. Lives in arena; scratch is its to reset at
 * every question. NULL: arena is full. */
typedef struct PolJudge PolJudge;
PolJudge *policy_judge(const Policy *policy, const Program *plan, const Calendar *const *hours,
                       Arena *arena, Arena *scratch);
/* Whether a phase, its gate and its steps keep to every policy, the plan's own
 * among them. false: why gets a sentence a rule and thing, with both places and
 * the way out; what cannot be proved does not hold. */
bool policy_phase_keeps(PolJudge *j, uint32_t phase, const char *between, Buf *why);
/* All phases; a line each, some of them where there are many. */
bool policy_plan_keeps(PolJudge *j, Buf *why);

/* The grants of one tool: a borrowed array of pointers in arena. */
uint32_t policy_grants(const Policy *p, Str pack, Str tool, Arena *arena,
                       const PolGrant ***out);

#endif
