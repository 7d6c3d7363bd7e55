/* Owns: who may decide, and whether enough did: eligibility, separation of
 * duties, quorums over distinct people.
 * Must not know: records, how a gate opens or releases. */
#include "vm/engine/run.h"

#include <string.h>

/* --- matching -------------------------------------------------------------- */

typedef bool (*Fits)(void *ctx, uint32_t role, uint32_t person);

/* Gives one person a role by moving others along (an augmenting path, found
 * breadth first: no recursion). who and has: PROG_NONE is nobody, nothing. */
static bool augment(uint32_t person, uint32_t n_roles, Fits fits, void *ctx,
                    uint32_t *who, uint32_t *has, uint32_t *from, uint32_t *queue)
{
    uint32_t head = 0, tail = 0;
    for (uint32_t r = 0; r < n_roles; r++)
        from[r] = PROG_NONE;
    queue[tail++] = person;
    while (head < tail) {
        uint32_t p = queue[head++];
        for (uint32_t r = 0; r < n_roles; r++) {
            if (from[r] != PROG_NONE || !fits(ctx, r, p))
                continue;
            from[r] = p;
            if (who[r] != PROG_NONE) {
                queue[tail++] = who[r];
                continue;
            }
            while (r != PROG_NONE) {
                uint32_t before = has[from[r]];
                who[r] = from[r];
                has[from[r]] = r;
                r = from[r] == person ? PROG_NONE : before;
            }
            return true;
        }
    }
    return false;
}

/* The most roles that distinct people can fill, one each. 0 when memory ran
 * out: nobody is let through for that. */
static uint32_t matched(uint32_t n_roles, uint32_t n_people, Fits fits, void *ctx)
{
    size_t n = (size_t)n_roles * 3 + (size_t)n_people + 1;
    uint32_t *m = mem_realloc(NULL, 0, n * sizeof *m);
    uint32_t count = 0;
    if (m == NULL)
        return 0;
    uint32_t *who = m, *from = m + n_roles;
    uint32_t *queue = from + n_roles, *has = queue + n_roles + 1;
    for (uint32_t r = 0; r < n_roles; r++)
        who[r] = PROG_NONE;
    for (uint32_t p = 0; p < n_people; p++)
        has[p] = PROG_NONE;
    for (uint32_t p = 0; p < n_people; p++)
        count += augment(p, n_roles, fits, ctx, who, has, from, queue) ? 1 : 0;
    mem_realloc(m, n * sizeof *m, 0);
    return count;
}

/* --- who a person is ------------------------------------------------------- */

static Str role_name(const Program *p, const ProgGate *g, uint32_t i)
{
    return prog_str(p, p->roles[p->rolerefs[g->by_first + i].role].name);
}

static bool one_human(const Policy *policy, Person a, Person b)
{
    uint32_t pa = policy_person(policy, a.os);
    return pa != PROG_NONE && pa == policy_person(policy, b.os);
}

/* Accounts that were one human's at the start do not become two people. */
bool eng_same_person(const EngRun *run, Person a, Person b)
{
    if (one_human(run->policy, a, b) || one_human(&run->pinned, a, b))
        return true;
    return (a.id[0] != '\0' && strcmp(a.id, b.id) == 0) ||
           (a.account.n > 0 && str_eq(a.account, b.account));
}

Str eng_person_words(const EngRun *run, Person who)
{
    uint32_t i = policy_person(run->policy, who.os);
    if (i != PROG_NONE) {
        const PolPerson *p = &run->policy->people[i];
        return p->title.n > 0 ? p->title : p->name;
    }
    return who.os.n > 0 ? who.os : who.account.n > 0 ? who.account : str_of(who.id);
}

void eng_put_who(Buf *out, const EngRun *run, uint32_t phase)
{
    const ProgGate *g = eng_gate(run, phase);
    if (g == NULL || g->by_count == 0) {
        buf_puts(out, "nobody");
        return;
    }
    if (g->who == WHO_ALL)
        buf_puts(out, "all of ");
    else if (g->who == WHO_N)
        buf_printf(out, "%u of ", g->quorum);
    else if (g->by_count > 1)
        buf_puts(out, "any of ");
    for (uint32_t i = 0; i < g->by_count; i++) {
        Str name = role_name(run->program, g, i);
        buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(name));
    }
}

static bool holds_any(const EngRun *run, const Policy *policy, const ProgGate *g,
                      uint32_t person)
{
    for (uint32_t i = 0; i < g->by_count; i++)
        if (policy_holds(policy, person, role_name(run->program, g, i)))
            return true;
    return false;
}

static Person starter_of(const EngRun *run)
{
    return (Person){run->starter, run->starter_account, run->starter_os};
}

/* Separation of duties: who starts, and who wrote, does not decide. */
static const char *duty_barred(const EngRun *run, const Policy *policy, Person who,
                               Buf *why)
{
    if (policy->initiator_may_approve)
        return NULL;
    const char *way = "Somebody else has to decide, or the host says "
                      "`setting initiator_may_approve = true` in host.gate.";
    if (eng_same_person(run, who, starter_of(run))) {
        buf_printf(why, "You started this run, so your decision does not count. %s",
                   way);
        return "own_run";
    }
    Person author = {"", run->author_account, run->author_os};
    if (eng_same_person(run, who, author)) {
        buf_printf(why, "You were the last to change this plan, so your decision "
                        "does not count. %s", way);
        return "own_plan";
    }
    return NULL;
}

static const char *unknown_person(Person who, Buf *why)
{
    Str os = who.os.n > 0 ? who.os : who.account;
    buf_printf(why, "No person in host.gate or tenant.gate has the account "
               "\"%.*s\"; in the team profile only people who stand there can "
               "decide.", STR_ARG(os));
    return "unknown_person";
}

static const char *cancel_barred(const EngRun *run, const Policy *policy, Person who,
                                 Buf *why)
{
    if (eng_same_person(run, who, starter_of(run)))
        return NULL;
    uint32_t person = policy_person(policy, who.os);
    if (person == PROG_NONE)
        return unknown_person(who, why);
    for (uint32_t i = 0; i < run->program->n_gates; i++)
        if (holds_any(run, policy, &run->program->gates[i], person))
            return NULL;
    buf_puts(why, "A run is cancelled by who started it or by the people of its "
                  "gates; you are neither.");
    return "not_eligible";
}

static const char *barred_under(const EngRun *run, const Policy *policy, uint32_t phase,
                                Person who, PeopleFor what, Buf *why)
{
    if (policy->solo)
        return NULL;
    if (what == FOR_CANCEL)
        return cancel_barred(run, policy, who, why);
    const ProgGate *g = eng_gate(run, phase);
    bool free_for_all = g == NULL || g->level < 2;
    if (what == FOR_SETTLE && free_for_all && (g == NULL || g->by_count == 0) &&
        eng_same_person(run, who, starter_of(run)))
        return NULL;
    uint32_t person = policy_person(policy, who.os);
    if (person == PROG_NONE)
        return unknown_person(who, why);
    if (free_for_all && (g == NULL || g->by_count == 0))
        return NULL;
    if (!holds_any(run, policy, g, person)) {
        buf_puts(why, "This gate is decided by ");
        eng_put_who(why, run, phase);
        Str name = eng_person_words(run, who);
        buf_printf(why, "; %.*s is not one of them. Roles are bound in host.gate "
                   "or tenant.gate.", STR_ARG(name));
        return "not_eligible";
    }
    return free_for_all ? NULL : duty_barred(run, policy, who, why);
}

/* What the host's files say now and what they said at the start must both
 * hold: nobody gains a say in a run by a later edit, and nobody keeps one. */
const char *eng_barred(const EngRun *run, uint32_t phase, Person who,
                       PeopleFor what, Buf *why)
{
    const char *rule = barred_under(run, run->policy, phase, who, what, why);
    if (rule != NULL)
        return rule;
    rule = barred_under(run, &run->pinned, phase, who, what, why);
    if (rule != NULL)
        buf_puts(why, " So it was when this run started, and that holds for it as "
                      "well; a new run goes by what the files say now.");
    return rule;
}

bool eng_solo(const EngRun *run)
{
    return run->policy->solo && (!run->begun || run->pinned.solo);
}

/* --- quorum ---------------------------------------------------------------- */

typedef struct Tally {
    const EngRun *run;
    const Policy *policy;
    const ProgGate *g;
    const Vote *const *votes;
} Tally;

static bool vote_fits(void *ctx, uint32_t role, uint32_t i)
{
    const Tally *t = ctx;
    const Policy *pol = t->policy;
    if (pol->solo)
        return true;
    uint32_t person = policy_person(pol, t->votes[i]->os);
    return person != PROG_NONE &&
           policy_holds(pol, person, role_name(t->run->program, t->g, role));
}

static Person voter(const Vote *v)
{
    return (Person){v->id, v->account, v->os};
}

/* The approving votes that count now, of distinct people. */
static uint32_t counting(const EngRun *run, uint32_t phase, const Vote **out,
                         Buf *lost)
{
    const GateRun *gr = &run->phases[phase].gate;
    uint32_t n = 0;
    for (uint32_t i = 0; i < gr->n_votes; i++) {
        const Vote *v = &gr->votes[i];
        Buf why = {0};
        bool twice = false;
        if (!str_is(v->decision, "approve"))
            continue;
        const char *rule = eng_barred(run, phase, voter(v), FOR_DECIDE, &why);
        for (uint32_t k = 0; k < n; k++)
            twice = twice || eng_same_person(run, voter(v), voter(out[k]));
        if (rule == NULL && !twice)
            out[n++] = v;
        else if (lost != NULL) {
            Str name = eng_person_words(run, voter(v));
            buf_printf(lost, "%sthe approval of %.*s no longer counts (%s)",
                       lost->n > 0 ? "; " : "", STR_ARG(name),
                       twice ? "same person as another vote" : rule);
        }
        buf_free(&why);
    }
    return n;
}

static uint32_t quorum_of(const ProgGate *g)
{
    switch ((WhoKind)g->who) {
    case WHO_ALL: return g->by_count;
    case WHO_N: return g->quorum > 0 ? g->quorum : 1;
    default: return 1;
    }
}

uint32_t eng_needed(const EngRun *run, uint32_t phase, Buf *lost)
{
    const ProgGate *g = eng_gate(run, phase);
    const GateRun *gr = &run->phases[phase].gate;
    if (g == NULL || g->level < 2)
        return 0;
    uint32_t need = quorum_of(g), have;
    size_t bytes = (gr->n_votes + (size_t)1) * sizeof(const Vote *);
    const Vote **votes = mem_realloc(NULL, 0, bytes);
    if (votes == NULL)
        return need; /* nobody is let through because memory ran out */
    have = counting(run, phase, votes, lost);
    if (g->who == WHO_ALL) {
        Tally now = {run, run->policy, g, votes}, then = {run, &run->pinned, g, votes};
        uint32_t counted = have, at_start;
        have = matched(g->by_count, counted, vote_fits, &now);
        at_start = matched(g->by_count, counted, vote_fits, &then);
        have = at_start < have ? at_start : have;
    }
    mem_realloc(votes, bytes, 0);
    return have >= need ? 0 : need - have;
}

/* --- at the start ---------------------------------------------------------- */

typedef struct Holders {
    const Program *p;
    const Policy *policy;
    const ProgGate *g;
} Holders;

static bool holder_fits(void *ctx, uint32_t role, uint32_t person)
{
    const Holders *h = ctx;
    return policy_holds(h->policy, person, role_name(h->p, h->g, role));
}

static bool empty_role(const Holders *h, Str phase, Buf *why)
{
    for (uint32_t i = 0; i < h->g->by_count; i++) {
        bool held = false;
        Str role = role_name(h->p, h->g, i);
        for (uint32_t k = 0; k < h->policy->n_people && !held; k++)
            held = policy_holds(h->policy, k, role);
        if (held)
            continue;
        buf_printf(why, "Nobody holds the role \"%.*s\", which the gate of phase "
                   "\"%.*s\" asks. Bind it in host.gate or tenant.gate: "
                   "role %.*s is NAME.",
                   STR_ARG(role), STR_ARG(phase), STR_ARG(role));
        return true;
    }
    return false;
}

static bool solo_can(const ProgGate *g, Str phase, Buf *why)
{
    uint32_t need = quorum_of(g);
    if (g->level < 2 || need < 2)
        return true;
    buf_printf(why, "The gate of phase \"%.*s\" needs %u different people, and a "
               "solo profile has one. Make a team profile with `gate init "
               "--profile team`, or ask one person in the plan.",
               STR_ARG(phase), need);
    return false;
}

static bool team_can(const Holders *h, Str phase, Buf *why)
{
    const ProgGate *g = h->g;
    uint32_t need = quorum_of(g), have = 0;
    if (empty_role(h, phase, why))
        return false;
    if (g->level < 2)
        return true;
    if (g->who == WHO_ALL)
        have = matched(g->by_count, h->policy->n_people, holder_fits, (void *)h);
    else
        for (uint32_t k = 0; k < h->policy->n_people; k++) {
            bool any = false;
            for (uint32_t r = 0; r < g->by_count; r++)
                any = any || holder_fits((void *)h, r, k);
            have += any ? 1 : 0;
        }
    if (have >= need)
        return true;
    buf_printf(why, "The gate of phase \"%.*s\" needs %u different people, but "
               "those who hold its roles can fill only %u places. Bind more "
               "people in host.gate or tenant.gate.",
               STR_ARG(phase), need, have);
    return false;
}

bool eng_can_start(const Program *p, const Policy *policy, Buf *why)
{
    for (uint32_t i = 0; i < p->n_phases; i++) {
        if (p->phases[i].gate == PROG_NONE)
            continue;
        const ProgGate *g = &p->gates[p->phases[i].gate];
        Str phase = prog_str(p, p->phases[i].name);
        Holders h = {p, policy, g};
        if (g->level > 2) {
            buf_printf(why, "Phase \"%.*s\" is L3, people do its work; this "
                       "version of gate cannot run that yet.", STR_ARG(phase));
            return false;
        }
        if (g->level == 2 && g->by_count == 0) {
            buf_printf(why, "The gate of phase \"%.*s\" names nobody who may "
                       "decide; say who with `by ROLE`.", STR_ARG(phase));
            return false;
        }
        if (!(policy->solo ? solo_can(g, phase, why) : team_can(&h, phase, why)))
            return false;
    }
    return true;
}
