/* Owns: rows of what is said outside of phases: inputs, roles, people, grants,
 * settings, secrets, what starts a run, policies. Must not know: phases. */
#include "compiler/emit/emit_int.h"

#include <assert.h>

_Static_assert((int)SECRET_COMMAND == SS_COMMAND && (int)SUBJECT_CHECK == SJ_CHECK,
               "the same order");

/* --- lists ------------------------------------------------------------------- */

uint32_t emit_roles(Emit *e, const uint32_t *roles, uint32_t n)
{
    uint32_t first = e->p.n_rolerefs;
    for (uint32_t i = 0; i < n; i++)
        EMIT_ROW(e, rolerefs)->role = roles[i];
    return first;
}

uint32_t emit_names(Emit *e, const Str *names, uint32_t n)
{
    uint32_t first = e->p.n_names;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t text = emit_string(e, names[i]);
        EMIT_ROW(e, names)->text = text;
    }
    return first;
}

uint32_t emit_require_words(Emit *e, SemExpr words, SemExpr cond)
{
    return emit_string(e, emit_is_plain(words)
                              ? syn_decode(words.file->source.tree, words.node, e->arena)
                              : syn_text(cond.file->source.tree, cond.node));
}

/* --- what a run is given -------------------------------------------------------- */

static void inputs(Emit *e)
{
    const Sem *s = e->sem;
    for (uint32_t i = 0; i < s->n_inputs; i++) {
        const SemInput *in = &s->inputs[i];
        ProgInput row = {0};
        row.name = emit_string(e, in->name);
        row.type = emit_type(e, in->type);
        row.span = emit_place(e, in->node);
        row.default_fn = emit_value(e, FK_VALUE, in->fallback, in->type,
                                    "input.%.*s.default", STR_ARG(in->name));
        row.low_fn = emit_value(e, FK_VALUE, in->low, in->type,
                                "input.%.*s.low", STR_ARG(in->name));
        row.high_fn = emit_value(e, FK_VALUE, in->high, in->type,
                                 "input.%.*s.high", STR_ARG(in->name));
        *EMIT_ROW(e, inputs) = row;
    }
}

static void secrets(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_secrets; i++) {
        const SemSecret *s = &e->sem->secrets[i];
        ProgSecret row = {.source = s->source};
        row.name = emit_string(e, s->name);
        row.of = emit_string(e, s->of);
        row.span = emit_span(e, s->file, s->node);
        *EMIT_ROW(e, secrets) = row;
    }
}

/* --- what starts a run ------------------------------------------------------------ */

static void alone(Emit *e)
{
    const SynTree *t = e->sem->file->source.tree;
    if (!e->sem->runs_alone)
        return;
    SYN_EACH(t, k, syn(t, t->root)->c) {
        if (syn(t, k)->kind != SYN_RUNS)
            continue;
        uint32_t span = emit_place(e, k);
        *EMIT_ROW(e, alones) = (ProgAlone){e->sem->alone_per, span};
        return;
    }
}

static void start_sets(Emit *e, const SemStart *s, uint32_t start)
{
    ProgSet *rows = ARENA_NEW(e->arena, ProgSet, s->n_sets + 1);
    for (uint32_t i = 0; i < s->n_sets; i++) {
        const SemInput *in = &e->sem->inputs[s->sets[i].input];
        rows[i].input = s->sets[i].input;
        if (s->event == SEM_NONE)
            rows[i].fn = emit_value(e, FK_VALUE, s->sets[i].value, in->type, "start.%u.%.*s",
                                    start, STR_ARG(in->name));
        else
            rows[i].fn = emit_about(e, FK_START, emit_type(e, e->sem->events[s->event].result),
                                    s->sets[i].value, in->type, "start.%u.%.*s", start,
                                    STR_ARG(in->name));
    }
    for (uint32_t i = 0; i < s->n_sets; i++)
        *EMIT_ROW(e, sets) = rows[i];
}

static void starts(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_starts; i++) {
        const SemStart *s = &e->sem->starts[i];
        bool timed = s->event == SEM_NONE;
        ProgStart row = {.event = PROG_NONE, .where_fn = PROG_NONE, .calendar = PROG_NONE,
                         .sets_first = e->p.n_sets, .sets_count = s->n_sets};
        row.span = emit_place(e, s->node);
        if (timed) {
            row.days = s->days;
            row.at_s = (uint32_t)s->at_s;
            row.calendar = s->calendar;
        } else {
            row.event = emit_event(e, s->event);
            row.where_fn = emit_about(e, FK_START, emit_type(e, e->sem->events[s->event].result),
                                      s->where, TK_BOOL, "start.%u.where", i);
        }
        start_sets(e, s, i);
        *EMIT_ROW(e, starts) = row;
    }
}

/* --- policies ---------------------------------------------------------------------- */

/* The subject's record: its members, and behind them for each question that
 * takes a calendar the names of those that are answered with yes. */
static uint32_t subject_type(Emit *e, SemSubject subject)
{
    if (e->subject_of[subject] != 0)
        return e->subject_of[subject] - 1;
    const SemTypeInfo *t = &e->sem->types[e->sem->subjects[subject]];
    uint32_t texts = emit_list_type(e, emit_type(e, TK_TEXT)), n = 0;
    SubjectMember type;
    while (subject_member((Subject)subject, n, &type) != NULL)
        n++;
    uint32_t *types = ARENA_NEW(e->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        types[i] = i < t->n_fields ? emit_type(e, t->fields[i].type) : texts;
    ProgType row = {.kind = TK_RECORD, .elem = PROG_NONE, .fields_first = e->p.n_fields,
                    .fields_count = n};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t name = emit_string(e, str_of(subject_member((Subject)subject, i, &type)));
        *EMIT_ROW(e, fields) = (ProgField){.name = name, .type = types[i]};
    }
    *EMIT_ROW(e, types) = row;
    e->subject_of[subject] = e->p.n_types;
    return e->p.n_types - 1;
}

static ProgRule rule(Emit *e, const SemPolicy *p, uint32_t index)
{
    const SemRule *r = &p->rules[index];
    ProgRule row = {.subject = r->subject, .words_fn = PROG_NONE};
    uint32_t about = subject_type(e, r->subject);
    row.span = emit_span(e, p->file, r->node);
    row.text = emit_require_words(e, r->words, r->require);
    row.where_fn = emit_about(e, FK_RULE, about, r->where, TK_BOOL, "policy.%.*s.%u.where",
                              STR_ARG(p->name), index);
    row.fn = emit_about(e, FK_RULE, about, r->require, TK_BOOL, "policy.%.*s.%u",
                        STR_ARG(p->name), index);
    if (!emit_is_plain(r->words))
        row.words_fn = emit_about(e, FK_RULE, about, r->words, TK_TEXT, "policy.%.*s.%u.words",
                                  STR_ARG(p->name), index);
    return row;
}

/* A host's policies that came to a plan are no part of its program: they are the
 * host's, with calendars and lets of their own. */
static void policies(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_policies; i++) {
        const SemPolicy *p = &e->sem->policies[i];
        if (p->sem != e->sem)
            continue;
        ProgPolicy row = {.rules_first = e->p.n_rules, .rules_count = p->n_rules};
        row.name = emit_string(e, p->name);
        row.title = emit_string(e, p->title);
        row.span = emit_span(e, p->file, p->node);
        for (uint32_t k = 0; k < p->n_rules; k++) {
            ProgRule made = rule(e, p, k);
            *EMIT_ROW(e, rules) = made;
        }
        *EMIT_ROW(e, policies) = row;
    }
}

/* --- people and grants --------------------------------------------------------------- */

/* Who holds a role on a host is proved with, and is no part of a plan's program:
 * the host says so again when it is loaded. */
static void roles(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_roles; i++) {
        const SemRole *r = &e->sem->roles[i];
        ProgRole row = {.people_count = e->rows_only ? r->n_people : r->n_said};
        row.name = emit_string(e, r->name);
        row.title = emit_string(e, r->title);
        row.people_first = emit_names(e, e->rows_only ? r->people : r->said, row.people_count);
        *EMIT_ROW(e, roles) = row;
    }
}

static void persons(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_persons; i++) {
        const SemPerson *p = &e->sem->persons[i];
        if (p->file != e->sem->file)
            continue; /* of a host that came to a plan */
        ProgPerson row = {.ids_first = e->p.n_personids, .ids_count = p->n_ids};
        row.name = emit_string(e, p->name);
        row.title = emit_string(e, p->title);
        for (uint32_t k = 0; k < p->n_ids; k++) {
            uint32_t text = emit_string(e, p->ids[k]);
            *EMIT_ROW(e, personids) = (ProgPersonId){p->kinds[k], text};
        }
        *EMIT_ROW(e, persons) = row;
    }
}

static void grants(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_grants; i++) {
        const SemGrant *g = &e->sem->grants[i];
        ProgGrant row = {.args_first = e->p.n_grantargs, .args_count = g->n};
        row.pack = emit_string(e, g->pack);
        row.tool = emit_string(e, g->tool);
        for (uint32_t k = 0; k < g->n; k++) {
            ProgGrantArg arg = {0};
            arg.name = emit_string(e, g->names[k]);
            arg.fn = emit_value(e, FK_VALUE, g->values[k], expr_type(g->values[k]),
                                "grant.%.*s.%.*s.%u.%.*s", STR_ARG(g->pack), STR_ARG(g->tool), i,
                                STR_ARG(g->names[k]));
            *EMIT_ROW(e, grantargs) = arg;
        }
        *EMIT_ROW(e, grants) = row;
    }
}

static void settings(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_settings; i++) {
        const SemSetting *g = &e->sem->settings[i];
        ProgSetting row = {0};
        row.name = emit_string(e, g->name);
        row.span = emit_place(e, g->node);
        row.fn = emit_value(e, FK_VALUE, g->value, expr_type(g->value), "setting.%.*s",
                            STR_ARG(g->name));
        *EMIT_ROW(e, settings) = row;
    }
}

void emit_declarations(Emit *e)
{
    inputs(e);
    roles(e);
    secrets(e);
    alone(e);
    starts(e);
    policies(e);
    persons(e);
    grants(e);
    settings(e);
}
