/* Owns: rows of steps: actions, checks, tasks, awaits, messages, answers. Must
 * not know: their code (body.c). */
#include "compiler/emit/emit_int.h"

static Str phase_name(const Emit *e, uint32_t phase)
{
    return e->sem->phases[phase].name;
}

/* --- actions ---------------------------------------------------------------- */

static void undo(Emit *e, const SemAction *a, ProgAction *row)
{
    Str phase = phase_name(e, a->phase);
    bool undoes = undo_calls(a->undo_kind);
    uint32_t tool = a->undo_kind == AU_TOOL ? e->sem->tools[a->tool].undo_tool : a->undo_tool;
    row->undo_kind = a->undo_kind;
    row->undo_import = undoes ? emit_import(e, tool) : PROG_NONE;
    row->undo_because_fn = emit_value(e, FK_TEXT, sem_own(e->sem, a->undo_because), TK_TEXT, "%.*s.%.*s.because",
                                      STR_ARG(phase), STR_ARG(a->name));
}

static void through_list(Emit *e, const SemAction *a, ProgAction *row)
{
    row->is_each = a->each != 0;
    row->at_most = a->elements->at_most == 0 ? 1 : a->elements->at_most;
    row->stop_after = a->stop_after;
    row->pause = emit_duration(e, a->elements->pause);
    row->waves_first = e->p.n_waves;
    row->waves_count = a->elements->n_waves;
    for (uint32_t i = 0; i < a->elements->n_waves; i++)
        *EMIT_ROW(e, waves) = (ProgWave){a->elements->waves[i].percent, a->elements->waves[i].n};
}

static void action(Emit *e, uint32_t index)
{
    const SemAction *a = &e->sem->actions[index];
    Str phase = phase_name(e, a->phase);
    ProgAction row = {.phase = a->phase, .together = a->together, .level = (uint32_t)a->level,
                      .retries = a->retry->most, .conditional = a->when != 0,
                      .during_count = a->n_during, .requires_count = a->n_requires};
    row.name = emit_string(e, a->name);
    row.title = emit_string(e, a->title);
    row.import = emit_import(e, a->tool);
    row.timeout = emit_duration(e, a->timeout);
    row.retry_every = a->retry->most == 0 ? PROG_NONE : emit_duration(e, a->retry->every);
    row.result = emit_type(e, a->result);
    row.span = emit_place(e, a->node);
    row.during_first = emit_durings(e, a->during, a->n_during);
    row.not_before = emit_moment(e, a->not_before, phase, "not_before");
    through_list(e, a, &row);
    undo(e, a, &row);
    row.requires_first = emit_requires(e, a->requires, a->n_requires, phase, a->name);
    row.title_fn = emit_value(e, FK_TEXT, sem_own(e->sem, a->title_expr), TK_TEXT, "%.*s.%.*s.title",
                              STR_ARG(phase), STR_ARG(a->name));
    row.lock_fn = emit_value(e, FK_TEXT, sem_own(e->sem, a->lock), TK_TEXT, "%.*s.%.*s.lock", STR_ARG(phase),
                             STR_ARG(a->name));
    *EMIT_ROW(e, actions) = row;
}

/* --- the others -------------------------------------------------------------- */

static void check(Emit *e, uint32_t index)
{
    const SemCheck *c = &e->sem->checks[index];
    ProgCheck row = {.phase = c->phase};
    row.name = emit_string(e, c->name);
    row.title = emit_string(e, c->title);
    row.span = emit_place(e, c->node);
    row.hold_for = emit_duration(e, c->hold_for);
    row.within = emit_duration(e, c->within);
    row.every = emit_duration(e, c->every);
    row.title_fn = emit_value(e, FK_TEXT, sem_own(e->sem, c->title_expr), TK_TEXT, "%.*s.%.*s.title",
                              STR_ARG(phase_name(e, c->phase)), STR_ARG(c->name));
    row.fn = emit_check(e, index);
    *EMIT_ROW(e, checks) = row;
}

static uint32_t task_text(Emit *e, const SemTask *t, SemExpr x, const char *what)
{
    return emit_value(e, FK_TEXT, x, TK_TEXT, "%.*s.%.*s.%s", STR_ARG(phase_name(e, t->phase)),
                      STR_ARG(t->name), what);
}

static void task(Emit *e, const SemTask *t)
{
    ProgTask row = {.phase = t->phase, .who = t->by.kind, .quorum = t->by.quorum,
                    .by_count = t->by.n, .asks_first = t->n_asks == 0 ? 0 : t->first_ask,
                    .asks_count = t->n_asks, .shows_count = t->n_shows,
                    .during_count = t->n_during};
    row.name = emit_string(e, t->name);
    row.title = emit_string(e, t->title);
    row.by_first = emit_roles(e, t->by.roles, t->by.n);
    row.shows_first = emit_shows(e, t->shows, t->n_shows);
    row.within = emit_duration(e, t->within);
    row.remind = emit_duration(e, t->remind);
    row.during_first = emit_durings(e, t->during, t->n_during);
    row.span = emit_place(e, t->node);
    row.title_fn = task_text(e, t, sem_own(e->sem, t->title_expr), "title");
    row.steps_fn = task_text(e, t, t->steps, "steps");
    row.undo_fn = task_text(e, t, t->undo, "undo");
    row.undo_because_fn = task_text(e, t, sem_own(e->sem, t->undo_because), "because");
    *EMIT_ROW(e, tasks) = row;
}

static void await(Emit *e, const SemAwait *a)
{
    ProgAwait row = {.phase = a->phase, .otherwise = a->otherwise};
    row.name = emit_string(e, a->name);
    row.event = emit_event(e, a->event);
    row.within = emit_duration(e, a->within);
    row.span = emit_place(e, a->node);
    row.where_fn = emit_about(e, FK_MATCH, emit_type(e, e->sem->events[a->event].result),
                              a->where, TK_BOOL, "%.*s.%.*s.where", STR_ARG(phase_name(e, a->phase)),
                              STR_ARG(a->name));
    *EMIT_ROW(e, awaits) = row;
}

static void answers(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_asks; i++) {
        const SemAsk *k = &e->sem->asks[i];
        ProgAsk row = {.phase = k->phase, .task = k->task};
        row.name = emit_string(e, k->name);
        row.type = emit_type(e, k->type);
        row.span = emit_place(e, k->node);
        *EMIT_ROW(e, asks) = row;
    }
}

void emit_steps(Emit *e)
{
    const Sem *s = e->sem;
    for (uint32_t i = 0; i < s->n_actions; i++)
        action(e, i);
    for (uint32_t i = 0; i < s->n_checks; i++)
        check(e, i);
    for (uint32_t i = 0; i < s->n_tasks; i++)
        task(e, &s->tasks[i]);
    for (uint32_t i = 0; i < s->n_awaits; i++)
        await(e, &s->awaits[i]);
    answers(e);
    for (uint32_t i = 0; i < s->n_tells; i++) {
        const SemTell *t = &s->tells[i];
        uint32_t first = emit_roles(e, t->to, t->n_to);
        *EMIT_ROW(e, tells) = (ProgTell){.phase = t->phase, .to_first = first, .to_count = t->n_to};
    }
}
