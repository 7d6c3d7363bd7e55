/* Owns: whether a program keeps to the policies of this host, and to its own, as
 * it was compiled here or anywhere else.
 * Must not know: what happens when it does not; how a subject is filled
 * (vm/core/subject.c). */
#include "vm/engine/policy.h"

#include "vm/os/limits.h"

/* One file's policies. */
typedef struct Source {
    const Program *program;
    SubjectHours hours;
    bool own; /* the plan's */
} Source;

struct PolJudge {
    const Policy *policy;
    SubjectPlan plan;
    Source *sources; uint32_t n;
    bool hours;      /* some file has calendars to ask about */
    bool full;       /* memory ran out: nothing is proved */
    Arena *arena, *scratch;
};

/* Who would decide here. Solo: one person holds every role. */
static const SubjectRole *roles_of(const Policy *policy, const Program *plan, Arena *arena)
{
    static const uint32_t everybody[1] = {0};
    SubjectRole *all = ARENA_NEW(arena, SubjectRole, plan->n_roles);
    for (uint32_t i = 0; all != NULL && i < plan->n_roles; i++) {
        Str name = prog_str(plan, plan->roles[i].name);
        all[i] = (SubjectRole){everybody, policy->solo ? 1 : 0, false};
        for (uint32_t k = 0; !policy->solo && k < policy->n_roles; k++)
            if (str_eq(policy->roles[k].name, name))
                all[i] = (SubjectRole){policy->roles[k].people, policy->roles[k].n_people, false};
    }
    return all;
}

static void add_source(PolJudge *j, const Program *p, const Calendar *const *hours, bool own)
{
    if (p->n_rules == 0)
        return;
    j->sources[j->n++] = (Source){p, {.rules = p, .calendars = hours}, own};
    j->hours = j->hours || p->n_calendars > 0;
}

PolJudge *policy_judge(const Policy *policy, const Program *plan, const Calendar *const *hours,
                       Arena *arena, Arena *scratch)
{
    PolJudge *j = ARENA_NEW(arena, PolJudge, 1);
    if (j == NULL)
        return NULL;
    j->policy = policy;
    j->arena = arena;
    j->scratch = scratch;
    j->sources = ARENA_NEW(arena, Source, policy->n_rules + 1);
    if (j->sources == NULL)
        return NULL;
    for (uint32_t i = 0; i < policy->n_rules; i++)
        add_source(j, policy->rules[i].program, policy->rules[i].hours, false);
    add_source(j, plan, hours, true);
    j->plan = (SubjectPlan){.program = plan, .calendars = hours};
    subject_all_dates(&j->plan);
    if (j->n > 0 && (j->plan.roles = roles_of(policy, plan, arena)) == NULL)
        return NULL;
    return j;
}

/* --- one subject -------------------------------------------------------------------- */

typedef struct Finding {
    PolJudge *j;
    const Source *source;
    const ProgPolicy *policy;
    const ProgRule *rule;
    uint32_t index, phase;
    const Value *record;
    Buf *out;
    const char *between;
} Finding;

static void put_place(Buf *out, const Program *p, uint32_t span)
{
    Str file = prog_str(p, p->spans[span].file);
    buf_printf(out, "%.*s:%u", STR_ARG(file), p->spans[span].line);
}

/* What the rule says of itself; else its condition as it is written. */
static Str wanted(const Finding *f)
{
    const Program *p = f->source->program;
    Str words = prog_str(p, f->rule->text);
    if (f->rule->words_fn != PROG_NONE)
        subject_words(p, f->rule->words_fn, f->record, f->j->scratch, &words);
    return words;
}

static void put_finding(const Finding *f, Str error)
{
    const Program *plan = f->j->plan.program, *p = f->source->program;
    Subject s = (Subject)f->rule->subject;
    Buf *b = f->out;
    Str words = wanted(f), name = prog_str(p, f->policy->name);
    buf_puts(b, b->n > 0 ? f->between : "");
    buf_printf(b, "%s%s", error.n > 0 ? "whether " : "", s == SUBJECT_GATE ? "the gate of `" : "`");
    subject_name(plan, s, f->index, f->phase, b);
    buf_puts(b, "` (");
    put_place(b, plan, subject_span(plan, s, f->index));
    buf_printf(b, error.n > 0 ? ") keeps to the policy `%.*s` (" : ") does not keep to the policy `%.*s` (",
               STR_ARG(name));
    put_place(b, p, f->rule->span);
    if (error.n > 0)
        buf_printf(b, ") cannot be proved: %.*s", STR_ARG(error));
    else
        buf_printf(b, "): %.*s", STR_ARG(words));
    buf_puts(b, f->source->own ? "; change the plan, and build it again"
                               : "; the policy holds for every plan here: change the plan, and build it again");
}

/* true: it holds, or is not about this. */
static bool rule_holds(Finding *f, const SubjectRecord *record)
{
    const Program *p = f->source->program;
    Arena *scratch = f->j->scratch;
    Buf why = {0};
    f->record = &record->record;
    RuleTruth where = subject_holds(p, f->rule->where_fn, f->record, scratch, &why);
    RuleTruth holds = where != RULE_YES ? where : subject_holds(p, f->rule->fn, f->record, scratch, &why);
    bool ok = where == RULE_NO || holds == RULE_YES;
    if (!ok)
        put_finding(f, holds == RULE_ERROR ? buf_view(&why) : STR(""));
    buf_free(&why);
    return ok;
}

static bool record_for(PolJudge *j, Source *source, Subject s, uint32_t index, bool longest,
                       SubjectRecord *out)
{
    bool ok = subject_fill(&j->plan, s, index, longest, j->scratch, out);
    if (ok && s == SUBJECT_ACTION && source->program->n_calendars > 0)
        ok = subject_answer(&j->plan, &source->hours, index, j->arena, out);
    j->full = j->full || !ok;
    return ok;
}

/* Business time of no fixed length must keep to the rule at its shortest and at
 * its longest; one finding is enough. */
static void one_source(PolJudge *j, Source *source, Subject s, uint32_t index, Finding *f)
{
    const Program *p = source->program;
    SubjectRecord shortest, longest;
    bool filled = false;
    for (uint32_t i = 0; i < p->n_policies; i++) {
        const ProgPolicy *policy = &p->policies[i];
        for (uint32_t k = 0; k < policy->rules_count && !j->full; k++) {
            const ProgRule *rule = &p->rules[policy->rules_first + k];
            if (rule->subject != (uint32_t)s)
                continue;
            if (!filled && (!record_for(j, source, s, index, false, &shortest) ||
                            (shortest.business != 0 && !record_for(j, source, s, index, true, &longest))))
                return;
            filled = true;
            f->source = source;
            f->policy = policy;
            f->rule = rule;
            f->index = index;
            if (rule_holds(f, &shortest) && shortest.business != 0)
                rule_holds(f, &longest);
        }
    }
}

static void one(PolJudge *j, Subject s, uint32_t index, Finding *f)
{
    arena_reset(j->scratch);
    for (uint32_t i = 0; i < j->n && !j->full; i++)
        one_source(j, &j->sources[i], s, index, f);
}

static void range(PolJudge *j, Subject s, uint32_t first, uint32_t n, Finding *f)
{
    for (uint32_t i = 0; i < n && !j->full; i++)
        one(j, s, first + i, f);
}

bool policy_phase_keeps(PolJudge *j, uint32_t phase, const char *between, Buf *why)
{
    const ProgPhase *p = &j->plan.program->phases[phase];
    Finding f = {.j = j, .phase = phase, .out = why, .between = between};
    size_t before = why->n;
    if (j->n == 0)
        return true;
    one(j, SUBJECT_PHASE, phase, &f);
    if (p->gate != PROG_NONE)
        one(j, SUBJECT_GATE, p->gate, &f);
    range(j, SUBJECT_ACTION, p->actions_first, p->actions_count, &f);
    range(j, SUBJECT_TASK, p->tasks_first, p->tasks_count, &f);
    range(j, SUBJECT_CHECK, p->checks_first, p->checks_count, &f);
    if (j->full)
        buf_printf(why, "%sthere is not enough memory to prove the policies", why->n > 0 ? between : "");
    return why->n == before && !why->failed;
}

/* A person mends a few, and asks again. */
bool policy_plan_keeps(PolJudge *j, Buf *why)
{
    enum { SHOWN = 10 };
    uint32_t phases = 0;
    Buf one_phase = {0};
    for (uint32_t i = 0; i < j->plan.program->n_phases && !why->failed; i++) {
        buf_clear(&one_phase);
        if (policy_phase_keeps(j, i, "\n", &one_phase))
            continue;
        if (phases++ < SHOWN)
            buf_printf(why, "%s%.*s", why->n > 0 ? "\n" : "", STR_ARG(buf_view(&one_phase)));
    }
    if (phases > SHOWN)
        buf_printf(why, "\nand %u more phases", phases - SHOWN);
    why->failed = why->failed || one_phase.failed;
    buf_free(&one_phase);
    return phases == 0 && !why->failed;
}
