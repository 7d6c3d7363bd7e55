/* Owns: policies hold (G8001), and are about something (G8002).
 * Must not know: how a record is filled (vm/core/subject.c); which rules exclude
 * each other (conflict.c). */
#include "compiler/prove/policy.h"

#include <string.h>

static const char *const kinds[SJ_COUNT] = {"action", "phase", "gate", "task", "check"};

/* --- what a rule asks for ----------------------------------------------------------- */

static const SynNode *node_of(const SemFile *f, SynRef r)
{
    return syn(f->source.tree, r);
}

static bool is_subject(const SemFile *f, SynRef r)
{
    return node_of(f, r)->kind == SYN_NAME && f->refs[r].kind == SR_SUBJECT;
}

/* A member, a gate's member, or a question; or none of them. */
bool pol_ask_at(const SemFile *f, const SemRule *rule, SynRef r, PolAsk *out)
{
    const SynNode *n = node_of(f, r);
    *out = (PolAsk){.file = f, .node = r, .part = SEM_NONE, .calendar = SEM_NONE};
    if (n->kind == SYN_CALL && f->refs[r].kind == SR_SUBJECT) {
        out->asked = true;
        out->field = (uint32_t)SUBJECT_ASKED + f->refs[r].index;
        out->calendar = f->refs[n->b].index;
        return true;
    }
    if (n->kind != SYN_MEMBER)
        return false;
    out->field = f->refs[r].index;
    if (is_subject(f, n->a))
        return true;
    if ((rule->subject != SJ_PHASE && rule->subject != SJ_ACTION) ||
        node_of(f, n->a)->kind != SYN_MEMBER || !is_subject(f, node_of(f, n->a)->a))
        return false;
    out->part = out->field;
    out->field = f->refs[n->a].index;
    return true;
}

typedef struct Finding { Checker *c; PolRule *rule; uint32_t cap; } Finding;

static void add(void *ctx, const PolAsk *a)
{
    Finding *f = ctx;
    for (uint32_t i = f->rule->n_where; i < f->rule->n_asks; i++) {
        const PolAsk *b = &f->rule->asks[i];
        if (b->field == a->field && b->part == a->part && b->calendar == a->calendar)
            return;
    }
    *CHK_PUSH(f->c, f->rule->asks, f->rule->n_asks, f->cap) = *a;
}

/* Expressions nest at most CHK_DEPTH deep. Lets cannot speak of the subject. */
void pol_visit(const SemFile *file, const SemRule *rule, SynRef r, PolSee *see, void *ctx)
{
    PolAsk a;
    const SynNode *n = node_of(file, r);
    if (r == 0)
        return;
    if (pol_ask_at(file, rule, r, &a)) {
        see(ctx, &a);
        return;
    }
    switch (n->kind) {
    case SYN_CALL: case SYN_LIST: case SYN_TEXTI:
        SYN_EACH(file->source.tree, k, n->kind == SYN_CALL ? n->b : n->a)
            pol_visit(file, rule, k, see, ctx);
        break;
    case SYN_BINARY: case SYN_INDEX: case SYN_IF: case SYN_NOT: case SYN_NEG: case SYN_PAREN: case SYN_MEMBER:
        pol_visit(file, rule, n->a, see, ctx);
        pol_visit(file, rule, n->kind == SYN_MEMBER ? 0 : n->b, see, ctx);
        pol_visit(file, rule, n->c, see, ctx);
        break;
    case SYN_QUANT: /* a is a name */
        pol_visit(file, rule, n->b, see, ctx);
        pol_visit(file, rule, n->c, see, ctx);
        break;
    default: break;
    }
}

SubjectMember pol_type(SemSubject s, const PolAsk *a)
{
    SubjectMember type;
    if (a->asked)
        return SUBJECT_IS_BOOL;
    subject_member(a->part == SEM_NONE ? (Subject)s : SUBJECT_GATE, a->part == SEM_NONE ? a->field : a->part, &type);
    return type;
}

/* "gate.quorum" */
static Str member_name(Checker *c, const PolAsk *a)
{
    const SynNode *n = node_of(a->file, a->node);
    Str name = syn_text(a->file->source.tree, n->b);
    if (a->part == SEM_NONE)
        return name;
    return chk_printf(c, "gate.%.*s", STR_ARG(name));
}

/* --- rules as functions --------------------------------------------------------------- */

static void add_rule(Policies *p, PolSource *source, const SemPolicy *policy, uint32_t k, const ProgRule *row)
{
    PolRule *r = &p->rules[p->n++];
    *r = (PolRule){.source = source, .policy = policy, .rule = &policy->rules[k], .where = row->where_fn,
                   .require = row->fn, .words = row->words_fn};
    Finding f = {p->c, r, 0};
    pol_visit(policy->file, r->rule, r->rule->where.node, add, &f);
    r->n_where = r->n_asks;
    pol_visit(policy->file, r->rule, r->rule->require.node, add, &f);
    for (uint32_t i = 0; i < r->n_asks; i++)
        source->asks = source->asks || r->asks[i].asked;
}

static bool calendars_known(const Sem *s)
{
    for (uint32_t i = 0; i < s->n_calendars; i++)
        if (sem_calendar(s, i) == NULL)
            return false;
    return true;
}

static const Calendar *const *calendars_of(Checker *c, const Sem *s)
{
    const Calendar **all = ARENA_NEW(c->arena, const Calendar *, s->n_calendars);
    for (uint32_t i = 0; i < s->n_calendars; i++)
        all[i] = sem_calendar(s, i);
    return all;
}

static void add_source(Policies *p, const Sem *sem, const Program *program)
{
    PolSource *source = &p->sources[p->n_sources++];
    *source = (PolSource){.sem = sem, .program = program,
                          .hours = {.rules = program, .calendars = calendars_of(p->c, sem)}};
    uint32_t n = program == NULL || !calendars_known(sem) ? 0 : sem->n_policies;
    for (uint32_t i = 0, at = 0; i < n; i++) {
        const SemPolicy *policy = &sem->policies[i];
        if (policy->sem != sem)
            continue;
        for (uint32_t k = 0; k < policy->n_rules; k++)
            add_rule(p, source, policy, k, &program->rules[at++]);
    }
}

RuleTruth pol_holds(Checker *c, const PolRule *r, uint32_t fn, const Value *record, Str *why)
{
    Buf words = {0};
    RuleTruth t = subject_holds(r->source->program, fn, record, c->arena, why == NULL ? NULL : &words);
    if (t == RULE_ERROR && why != NULL)
        *why = chk_printf(c, "%s", buf_z(&words));
    buf_free(&words);
    return t;
}

/* --- the plan ------------------------------------------------------------------------------ */

/* A role that nobody is bound to stands for a person, as long as no host's file
 * says who there is. Equal names are one text of the program. */
static const SubjectRole *roles_of(Checker *c, const Program *p)
{
    SubjectRole *all = ARENA_NEW(c->arena, SubjectRole, p->n_roles);
    for (uint32_t i = 0; i < p->n_roles; i++) {
        const ProgRole *r = &p->roles[i];
        uint32_t *people = ARENA_NEW(c->arena, uint32_t, r->people_count);
        for (uint32_t k = 0; k < r->people_count; k++)
            people[k] = p->names[r->people_first + k].text;
        all[i] = (SubjectRole){people, r->people_count, r->people_count == 0 && !prove_people_known(c)};
    }
    return all;
}

static void open_plan(Policies *p, const Program *program)
{
    const Sem *s = p->c->sem;
    int64_t from;
    p->plan = (SubjectPlan){.program = program, .roles = roles_of(p->c, program),
                            .calendars = calendars_of(p->c, s)};
    subject_all_dates(&p->plan);
    if (sem_start_ms(s, p->c->options, &from)) {
        p->plan.from_ms = from;
        p->plan.end_ms = from + LIM_POLICY_DAYS * TIME_DAY_MS;
    }
}

static uint32_t count(const Sem *s, SemSubject kind)
{
    const uint32_t n[SJ_COUNT] = {s->n_actions, s->n_phases, s->n_gates, s->n_tasks, s->n_checks};
    return n[kind];
}

/* Rows of the program stand as they do here, but for gates: those stand as the
 * phases do. */
static void fill(Policies *p, SemSubject kind, uint32_t i, bool longest, SubjectRecord *out)
{
    uint32_t row = kind == SJ_GATE ? p->plan.program->phases[p->c->sem->gates[i].phase].gate : i;
    subject_fill(&p->plan, (Subject)kind, row, longest, p->c->arena, out);
}

/* --- G8001 -------------------------------------------------------------------------------- */

typedef struct About { SemSubject kind; uint32_t index; } About;

static Str name_of(const Sem *s, About a)
{
    switch (a.kind) {
    case SJ_ACTION: return s->actions[a.index].name;
    case SJ_PHASE: return s->phases[a.index].name;
    case SJ_GATE: return s->phases[s->gates[a.index].phase].name;
    case SJ_TASK: return s->tasks[a.index].name;
    case SJ_CHECK: return s->checks[a.index].name;
    case SJ_COUNT: break;
    }
    return STR("");
}

/* Its name, or a gate's level. */
static SynRef place_of(const Sem *s, About a)
{
    SynRef node = a.kind == SJ_ACTION ? s->actions[a.index].node
                : a.kind == SJ_PHASE  ? s->phases[a.index].node
                : a.kind == SJ_GATE   ? s->gates[a.index].node
                : a.kind == SJ_TASK   ? s->tasks[a.index].node
                                      : s->checks[a.index].node;
    SynRef head = node_of(s->file, node)->a;
    return head == 0 ? node : head;
}

static Str value_words(Checker *c, SubjectMember type, Value v)
{
    Buf b = {0};
    if (type == SUBJECT_IS_DURATION && v.u.i == SUBJECT_ENDLESS)
        return STR("without end");
    if (type == SUBJECT_IS_NAMES && v.len == 0)
        return STR("empty");
    val_print(v, &b);
    bool quoted = type == SUBJECT_IS_TEXT || type == SUBJECT_IS_EFFECT || type == SUBJECT_IS_REACH ||
                  type == SUBJECT_IS_ASSURE;
    Str out = chk_printf(c, quoted ? "\"%.*s\"" : "%.*s", (int)b.n, b.p == NULL ? "" : (const char *)b.p);
    buf_free(&b);
    return out;
}

static bool answered(const PolRule *r, const PolAsk *a, Value names)
{
    Str name = prog_str(r->source->program, r->source->program->calendars[a->calendar].name);
    for (uint32_t i = 0; i < names.len; i++)
        if (str_eq(val_str(names.u.items[i]), name))
            return true;
    return false;
}

/* "runs outside of `evenings`", "level is L1". */
static Str fact(Checker *c, const PolRule *r, const PolAsk *a, const SubjectRecord *record)
{
    Value v = record->fields[a->field];
    if (a->asked) {
        Str cal = r->source->sem->calendars[a->calendar].name;
        bool yes = answered(r, a, v), only = a->field == SUBJECT_ASKED;
        return chk_printf(c, "%s `%.*s`", only ? (yes ? "runs only during" : "may run outside of")
                                               : (yes ? "may run during" : "never runs during"), STR_ARG(cal));
    }
    if (a->part != SEM_NONE)
        v = record->gate[a->part];
    SubjectMember type = pol_type(r->rule->subject, a);
    unsigned whose = a->part != SEM_NONE || r->rule->subject == SJ_GATE ? SUBJECT_OF_GATE : SUBJECT_OWN;
    if (type == SUBJECT_IS_DURATION && (record->business & whose) != 0)
        return chk_printf(c, "%.*s is in business time, and can be %s%.*s", STR_ARG(member_name(c, a)),
                          v.u.i == SUBJECT_ENDLESS ? "long" : "as short as ",
                          STR_ARG(v.u.i == SUBJECT_ENDLESS ? STR("") : value_words(c, type, v)));
    if (v.tag == V_RECORD || v.tag == V_ABSENT)
        return (Str){"", 0};
    return chk_printf(c, "%.*s %s %.*s", STR_ARG(member_name(c, a)),
                      type == SUBJECT_IS_NAMES && v.len > 0 ? "has" : "is", STR_ARG(value_words(c, type, v)));
}

static Str facts(Checker *c, const PolRule *r, const SubjectRecord *record)
{
    enum { SHOWN = 4 };
    Str out = {"", 0};
    for (uint32_t i = r->n_where, shown = 0; i < r->n_asks && shown < SHOWN; i++) {
        Str one = fact(c, r, &r->asks[i], record);
        if (one.n > 0)
            out = chk_printf(c, "%.*s%s%.*s", STR_ARG(out), shown++ > 0 ? ", " : "", STR_ARG(one));
    }
    return out;
}

/* What the rule says of itself; else its policy's title. */
static Str words(Checker *c, const PolRule *r, const SubjectRecord *record)
{
    SynRef plain = r->rule->words.node;
    Str said = r->policy->title;
    if (r->words != PROG_NONE) {
        subject_words(r->source->program, r->words, &record->record, c->arena, &said);
        return said;
    }
    return plain == 0 ? r->policy->title : chk_title(c, (File *)r->policy->file, plain);
}

static void help(Policies *p, const PolRule *r, Diag *d)
{
    Checker *c = p->c;
    for (uint32_t i = r->n_where; i < r->n_asks; i++) {
        const PolAsk *a = &r->asks[i];
        if (a->asked && a->field == SUBJECT_ASKED) {
            diag_help(c->diags, d, "say `only during`, in the action or in its phase, with hours that lie within `%.*s`",
                      STR_ARG(r->source->sem->calendars[a->calendar].name));
            return;
        }
    }
    if (r->source != p->sources)
        diag_help(c->diags, d, "change the plan: this policy holds for every plan here");
    else
        diag_help(c->diags, d, "change the %s, or the policy if it asks for too much", kinds[r->rule->subject]);
}

static void violated(Policies *p, const PolRule *r, About a, const SubjectRecord *record, Str error)
{
    Checker *c = p->c;
    const char *of = a.kind == SJ_GATE ? "the gate of " : "";
    Str said = facts(c, r, record), why = words(c, r, record);
    Diag *d = chk_report(c, 8001, c->main, place_of(c->sem, a),
                         error.n > 0 ? "whether %s`%.*s` keeps to the policy `%.*s` cannot be proved"
                                     : "%s`%.*s` does not keep to the policy `%.*s`",
                         of, STR_ARG(name_of(c->sem, a)), STR_ARG(r->policy->name));
    diag_label(c->diags, d, "%.*s", STR_ARG(error.n > 0 ? error : said.n > 0 ? said : STR("not allowed")));
    if (why.n > 0)
        chk_also(c, d, pol_file(r), r->rule->require.node, "%.*s", STR_ARG(why));
    else
        chk_also(c, d, pol_file(r), r->rule->require.node, "wanted of every %s%s", kinds[r->rule->subject],
                 r->where == PROG_NONE ? "" : " like this");
    help(p, r, d);
}

/* Business time of no fixed length must keep to the rule at its shortest and at
 * its longest. */
static void prove(Policies *p, PolRule *r, About a, SubjectRecord *records, uint32_t n)
{
    bool told = false;
    for (uint32_t i = 0; i < n; i++) {
        Str why = {"", 0};
        if (a.kind == SJ_ACTION && r->source->asks)
            subject_answer(&p->plan, &r->source->hours, a.index, p->c->arena, &records[i]);
        RuleTruth where = pol_holds(p->c, r, r->where, &records[i].record, &why);
        if (where == RULE_NO)
            continue;
        r->met = true;
        RuleTruth holds = where == RULE_ERROR ? where : pol_holds(p->c, r, r->require, &records[i].record, &why);
        if (holds != RULE_YES && !told && !r->contradicts)
            violated(p, r, a, &records[i], holds == RULE_ERROR ? why : (Str){"", 0});
        told = told || holds != RULE_YES;
    }
}

static void prove_all(Policies *p, SemSubject kind)
{
    SubjectRecord *records = ARENA_NEW(p->c->arena, SubjectRecord, 2);
    bool any = false;
    for (uint32_t i = 0; i < p->n; i++)
        any = any || p->rules[i].rule->subject == kind;
    for (uint32_t k = 0; any && k < count(p->c->sem, kind); k++) {
        fill(p, kind, k, true, &records[0]);
        uint32_t n = records[0].business != 0 ? 2 : 1;
        if (n == 2)
            fill(p, kind, k, false, &records[1]);
        for (uint32_t i = 0; i < p->n; i++)
            if (p->rules[i].rule->subject == kind)
                prove(p, &p->rules[i], (About){kind, k}, records, n);
    }
}

/* --- G8002 --------------------------------------------------------------------------------- */

/* A host's policies are written for many plans; what is the plan's own, or is
 * used by it, was meant for something in it. */
static void vacuous(Policies *p)
{
    for (uint32_t i = 0, end; i < p->n && p->rules[i].source == p->sources; i = end) {
        const SemPolicy *policy = p->rules[i].policy;
        bool met = false;
        for (end = i; end < p->n && p->rules[end].policy == policy; end++)
            met = met || p->rules[end].met;
        if (met)
            continue;
        const char *kind = kinds[p->rules[i].rule->subject];
        const File *f = (const File *)policy->file;
        Diag *d = chk_report(p->c, 8002, f, chk_node(f, policy->node)->a,
                             "the policy `%.*s` is about nothing in this plan", STR_ARG(policy->name));
        if (policy->n_rules > 1)
            diag_label(p->c->diags, d, "none of its rules finds anything");
        else if (count(p->c->sem, p->rules[i].rule->subject) == 0)
            diag_label(p->c->diags, d, "there is no %s", kind);
        else
            diag_label(p->c->diags, d, "no %s is like this", kind);
        if (policy->n_rules == 1 && policy->rules[0].where.node != 0)
            chk_also(p->c, d, f, policy->rules[0].where.node, "holds for no %s", kind);
        diag_help(p->c->diags, d, "look for a mistake in its `where`, or drop it");
    }
}

/* --- all ------------------------------------------------------------------------------------- */

static uint32_t rules_of(const Sem *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_policies && calendars_known(s); i++)
        n += s->policies[i].sem == s ? s->policies[i].n_rules : 0;
    return n;
}

void prove_policies(Checker *c)
{
    const SemOptions *o = c->options;
    uint32_t n = rules_of(c->sem);
    for (uint32_t i = 0; i < o->n_hosts; i++)
        n += rules_of(o->hosts[i]);
    if (n == 0)
        return;
    const Program *program = emit_rows(c->sem, c->diags, c->arena);
    if (program == NULL)
        return;
    Policies p = {.c = c, .sources = ARENA_NEW(c->arena, PolSource, o->n_hosts + 1),
                  .rules = ARENA_NEW(c->arena, PolRule, n)};
    add_source(&p, c->sem, program);
    for (uint32_t i = 0; i < o->n_hosts; i++)
        if (rules_of(o->hosts[i]) > 0)
            add_source(&p, o->hosts[i], emit_rows(o->hosts[i], c->diags, c->arena));
    pol_conflicts(&p);
    if (c->main->kind != SF_PLAN)
        return;
    open_plan(&p, program);
    for (uint32_t s = 0; s < SJ_COUNT; s++)
        prove_all(&p, (SemSubject)s);
    vacuous(&p);
}
