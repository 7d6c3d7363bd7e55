/* Owns: rows of phases and gates, and the lists that several rows have: needs,
 * conditions, evidence. Must not know: steps (step.c) and their code (body.c). */
#include "compiler/emit/emit_int.h"

_Static_assert((int)OW_ASK == SO_ASK && (int)OW_CONTINUE == SO_CONTINUE &&
                   (int)ASSURE_HARDWARE == SA_HARDWARE,
               "the same order");

/* --- lists ------------------------------------------------------------------ */

static uint32_t put_needs(Emit *e, const SemNeed *needs, uint32_t n)
{
    uint32_t first = e->p.n_needs;
    for (uint32_t i = 0; i < n; i++)
        *EMIT_ROW(e, needs) = (ProgNeed){needs[i].phase, needs[i].even_if_failed, needs[i].group};
    return first;
}

uint32_t emit_requires(Emit *e, const SemRequire *all, uint32_t n, Str phase, Str step)
{
    ProgRequire *rows = ARENA_NEW(e->arena, ProgRequire, n + 1);
    const char *dot = step.n > 0 ? "." : "";
    for (uint32_t i = 0; i < n; i++) {
        const SemRequire *r = &all[i];
        rows[i].text = emit_require_words(e, r->words, r->cond);
        rows[i].span = emit_span(e, r->cond.file, r->node);
        rows[i].fn = emit_value(e, FK_REQUIRE, r->cond, TK_BOOL, "%.*s%s%.*s.require.%u",
                                STR_ARG(phase), dot, STR_ARG(step), i);
        rows[i].words_fn = PROG_NONE;
        if (!emit_is_plain(r->words))
            rows[i].words_fn = emit_value(e, FK_TEXT, r->words, TK_TEXT,
                                          "%.*s%s%.*s.require.%u.words", STR_ARG(phase), dot,
                                          STR_ARG(step), i);
    }
    uint32_t first = e->p.n_requires;
    for (uint32_t i = 0; i < n; i++)
        *EMIT_ROW(e, requires) = rows[i];
    return first;
}

uint32_t emit_shows(Emit *e, const SemShow *shows, uint32_t n)
{
    uint32_t first = e->p.n_shows;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t label = emit_string(e, shows[i].label);
        *EMIT_ROW(e, shows) = (ProgShow){.label = label, .phase = shows[i].phase,
                                         .action = shows[i].action, .check = shows[i].check,
                                         .task = shows[i].task, .await = shows[i].await,
                                         .ask = shows[i].ask};
    }
    return first;
}

/* --- gates ------------------------------------------------------------------- */

static void gate_lists(Emit *e, const SemGate *g, ProgGate *row)
{
    row->returns_first = e->p.n_returns;
    row->returns_count = g->n_returns;
    for (uint32_t i = 0; i < g->n_returns; i++) {
        uint32_t span = emit_place(e, g->returns[i].node);
        *EMIT_ROW(e, returns) = (ProgReturn){g->returns[i].phase, g->returns[i].most, span};
    }
    row->varies_first = e->p.n_varies;
    row->varies_count = g->n_varies;
    for (uint32_t i = 0; i < g->n_varies; i++) {
        uint32_t span = emit_place(e, g->varies[i].node);
        *EMIT_ROW(e, varies) = (ProgVary){g->varies[i].action, g->varies[i].param, span};
    }
    row->advice_first = e->p.n_advices;
    row->advice_count = g->n_advice;
    for (uint32_t i = 0; i < g->n_advice; i++) {
        uint32_t name = emit_string(e, g->advice[i].name);
        uint32_t span = emit_place(e, g->advice[i].node);
        *EMIT_ROW(e, advices) = (ProgAdvice){name, g->advice[i].holds, span};
    }
}

static void silence(Emit *e, const SemGate *g, ProgGate *row)
{
    row->otherwise = g->otherwise;
    row->again_every = PROG_NONE;
    if (g->otherwise == SO_AGAIN) {
        row->again_every = emit_duration(e, g->again->every);
        row->again_most = g->again->most;
    }
    if (g->otherwise == SO_ASK) {
        row->others_first = emit_roles(e, g->ask_who->roles, g->ask_who->n);
        row->others_count = g->ask_who->n;
    }
}

static uint32_t gate(Emit *e, const SemPhase *p)
{
    if (p->gate == SEM_NONE)
        return PROG_NONE;
    const SemGate *g = &e->sem->gates[p->gate];
    ProgGate row = {.level = (uint32_t)g->level, .who = g->by.kind, .quorum = g->by.quorum,
                    .by_count = g->by.n, .assure = g->assure, .shows_count = g->n_shows,
                    .asks_first = g->n_asks == 0 ? 0 : g->first_ask, .asks_count = g->n_asks};
    row.by_first = emit_roles(e, g->by.roles, g->by.n);
    row.within = emit_duration(e, g->within);
    row.good_for = emit_duration(e, g->good_for);
    row.remind = emit_duration(e, g->remind);
    row.not_before = emit_moment(e, g->not_before, p->name, "gate.not_before");
    silence(e, g, &row);
    row.shows_first = emit_shows(e, g->shows, g->n_shows);
    gate_lists(e, g, &row);
    row.span = emit_place(e, g->node);
    row.question_fn = emit_value(e, FK_TEXT, sem_own(e->sem, g->question), TK_TEXT, "%.*s.gate", STR_ARG(p->name));
    *EMIT_ROW(e, gates) = row;
    return e->p.n_gates - 1;
}

/* --- phases ------------------------------------------------------------------ */

/* Where each kind of the phase's steps lies. */
static void step_ranges(const SemPhase *p, ProgPhase *row)
{
    row->actions_first = p->n_actions == 0 ? 0 : p->first_action;
    row->actions_count = p->n_actions;
    row->checks_first = p->n_checks == 0 ? 0 : p->first_check;
    row->checks_count = p->n_checks;
    row->tasks_first = p->n_tasks == 0 ? 0 : p->first_task;
    row->tasks_count = p->n_tasks;
    row->awaits_first = p->n_awaits == 0 ? 0 : p->first_await;
    row->awaits_count = p->n_awaits;
}

static void schedule(Emit *e, const SemPhase *p, ProgPhase *row)
{
    bool one = p->estimate[0].kind == ST_NONE || p->estimate[1].kind == ST_NONE;
    row->estimate_low = one ? PROG_NONE : emit_duration(e, p->estimate[0]);
    row->estimate_high = one ? PROG_NONE : emit_duration(e, p->estimate[1]);
    row->deadline = emit_moment(e, p->deadline, p->name, "deadline");
    row->during_first = emit_durings(e, p->during, p->n_during);
    row->during_count = p->n_during;
    row->limit = p->limit->n;
    row->limit_unit = emit_string(e, p->limit->unit);
    row->controls_first = emit_names(e, p->controls, p->n_controls);
    row->controls_count = p->n_controls;
}

static void phase(Emit *e, uint32_t index)
{
    const SemPhase *p = &e->sem->phases[index];
    ProgPhase row = {.needs_count = p->n_needs, .requires_count = p->n_requires,
                     .on_failure = p->on_failure, .failure_start = p->failure_start,
                     .only_when_started = p->only_when_started,
                     .failure_tell_count = p->n_failure_tell};
    row.name = emit_string(e, p->name);
    row.title = emit_string(e, p->title);
    row.doc = emit_string(e, p->doc);
    row.span = emit_place(e, p->node);
    step_ranges(p, &row);
    row.needs_first = put_needs(e, p->needs, p->n_needs);
    row.failure_tell_first = emit_roles(e, p->failure_tell, p->n_failure_tell);
    schedule(e, p, &row);
    row.title_fn = emit_value(e, FK_TEXT, sem_own(e->sem, p->title_expr), TK_TEXT, "%.*s.title", STR_ARG(p->name));
    row.when_fn = emit_value(e, FK_WHEN, sem_own(e->sem, p->when), TK_BOOL, "%.*s.when", STR_ARG(p->name));
    row.requires_first = emit_requires(e, p->requires, p->n_requires, p->name, STR(""));
    row.gate = gate(e, p);
    row.body_fn = p->n_steps == 0 ? PROG_NONE : emit_body(e, index);
    *EMIT_ROW(e, phases) = row;
}

static void milestones(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_milestones; i++) {
        const SemMilestone *m = &e->sem->milestones[i];
        ProgMilestone row = {.needs_count = m->n_needs};
        row.name = emit_string(e, m->name);
        row.title = emit_string(e, m->title);
        row.needs_first = put_needs(e, m->needs, m->n_needs);
        row.due = emit_moment(e, &m->due, m->name, "due");
        row.span = emit_place(e, m->node);
        *EMIT_ROW(e, milestones) = row;
    }
}

void emit_phases(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_phases; i++)
        phase(e, i);
    milestones(e);
}
