/* Owns: a run as a whole: what comes back, what comes next, how it ends. Must not
 * know: the compiler's results, the interpreter, the engine; that holds for all of
 * model_*.c:
 *
 *   model_plan.c    what the plan says      model_body.c    conditions and steps
 *   model_look.c    expressions, looks      model_phase.c   states of a phase
 */
#include "tests/slow/model_int.h"

/* --- what comes back ------------------------------------------------------------ */

/* Every phase a step, in the order in which they stand, until none moves. */
static void advance_all(Model *m)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 0; i < m->n_phases; i++)
            moved = model_advance(m, &m->phases[i]) || moved;
    }
}

static void landed(Model *m, Call *c, bool ok, uint32_t retries, int64_t every_ms)
{
    c->state = ok ? MADE : c->attempt <= retries ? RETRY : LOST_FOR_GOOD;
    c->due_ms = m->now_ms + (every_ms > 0 ? every_ms : 0);
}

static void look_landed(Model *m, Phase *p, Look *k)
{
    const Action *a = k->action == ACTIONS ? NULL : &p->actions[k->action];
    landed(m, &k->call, script_look(m->seed, k->tool, k->args, k->call.attempt), a == NULL ? 0 : a->retries,
           a == NULL ? 0 : a->retry_ms);
}

static void call_landed(Model *m, Phase *p, const Flight *f)
{
    Action *a = &p->actions[f->action];
    Element *e = &a->elements[f->element];
    Call *c = f->undo ? &e->undo : &e->run;
    Buf json = {0};
    Str path = arena_printf(m->arena, "%.*s.%.*s", STR_ARG(p->name), STR_ARG(a->name));
    landed(m, c, script_call(m->seed, path, f->element, f->undo, c->attempt), a->retries, a->retry_ms);
    a->n_failed += !f->undo && c->state == LOST_FOR_GOOD;
    if (!f->undo && c->state == MADE)
        script_result(m->seed, str_of(a->tool->name), path, m->arena, &json, &e->result);
    buf_free(&json);
}

/* The oldest first, one at a time, until nothing is under way. */
static void settle(Model *m)
{
    advance_all(m);
    while (m->first < m->last) {
        Flight f = m->flights[m->first++ % FLIGHTS];
        Phase *p = &m->phases[f.phase];
        for (uint32_t i = 0; i < m->n_phases; i++)
            m->phases[i].fresh = false;
        if (f.is_look)
            look_landed(m, p, &p->looks[f.look]);
        else
            call_landed(m, p, &f);
        p->dirty = true;
        advance_all(m);
    }
}

void model_start(Model *m)
{
    settle(m);
}

void model_wake(Model *m, int64_t now_ms)
{
    m->now_ms = now_ms;
    for (uint32_t i = 0; i < m->n_phases; i++) {
        m->phases[i].retry_it = m->phases[i].retry_it || m->phases[i].state == BLOCKED;
        m->phases[i].dirty = true;
    }
    settle(m);
}

void model_decide(Model *m, Str phase, bool yes)
{
    Phase *p = &m->phases[model_phase_called(m, phase)];
    model_becomes(m, p, yes ? APPROVED : REJECTED);
    p->retry_it = true;
    settle(m);
}

/* --- what comes next ------------------------------------------------------------ */

static void sooner(int64_t *due, int64_t at)
{
    if (at >= 0 && (*due < 0 || at < *due))
        *due = at;
}

static int64_t next_retry(const Model *m)
{
    int64_t due = -1;
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        for (uint32_t k = 0; k < p->n_looks && model_may_move(m, p); k++)
            if (p->looks[k].call.state == RETRY && p->doing != NOTHING && p->looks[k].pass == p->pass)
                sooner(&due, p->looks[k].call.due_ms);
        for (uint32_t k = 0; k < p->n_looks && p->state == RUNNING; k++)
            if (p->looks[k].call.state == RETRY && p->looks[k].pass == p->run_pass)
                sooner(&due, p->looks[k].call.due_ms);
        for (uint32_t a = 0; a < p->n_actions && (p->state == RUNNING || p->state == UNDOING); a++)
            for (uint32_t e = 0; e < p->actions[a].n_elements; e++) {
                const Element *el = &p->actions[a].elements[e];
                if (el->run.state == RETRY && p->state == RUNNING)
                    sooner(&due, el->run.due_ms);
                if (el->undo.state == RETRY)
                    sooner(&due, el->undo.due_ms);
            }
    }
    return due;
}

static bool over(const Model *m);

Stimulus model_next(Model *m, int64_t *now_ms, Str *phase)
{
    int64_t due = next_retry(m);
    *phase = (Str){"", 0};
    *now_ms = m->now_ms;
    if (over(m))
        return ST_END;
    if (due >= 0) {
        *now_ms = due;
        return ST_WAKE;
    }
    for (uint32_t i = 0; i < m->n_phases && m->ending == GOES_ON; i++) {
        Decision d = script_gate(m->seed, m->phases[i].name);
        if (m->phases[i].state != WAITING || d == D_SILENT)
            continue;
        *phase = m->phases[i].name;
        return d == D_APPROVE ? ST_APPROVE : ST_REJECT;
    }
    for (uint32_t i = 0; i < m->n_phases && m->ending == GOES_ON; i++)
        if (m->phases[i].state == WAITING)
            sooner(&due, m->phases[i].expires_ms);
    if (due < 0)
        return ST_END;
    *now_ms = due;
    return ST_WAKE;
}

static bool final(const Phase *p)
{
    return p->state == DONE || p->state == SKIPPED || p->state == REJECTED || p->state == EXPIRED ||
           p->state == FAILED || p->state == UNDONE;
}

/* Nothing is under way, and nothing can be. */
static bool over(const Model *m)
{
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        bool acts = p->state == RUNNING || p->state == UNDOING || p->state == UNDO_FAILED;
        bool may = m->ending == GOES_ON || (m->ending == ENDS_FAILED && p->started);
        if (acts || (may && ((p->state != PENDING && !final(p)) || model_begins(m, p))))
            return false;
    }
    return true;
}

const char *model_end(const Model *m)
{
    if (!over(m))
        return "open";
    if (m->ending != GOES_ON)
        return m->ending == ENDS_FAILED ? "failed" : "rejected";
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        if (p->state != DONE && p->state != SKIPPED && !(p->only_started && !p->started))
            return "failed";
    }
    return "done";
}

uint32_t model_phases(const Model *m)
{
    return m->n_phases;
}

Str model_phase_name(const Model *m, uint32_t phase)
{
    return m->phases[phase].name;
}

const Buf *model_log(const Model *m, uint32_t phase)
{
    return &m->phases[phase].log;
}

const Buf *model_looks(const Model *m, uint32_t phase)
{
    return &m->phases[phase].looked;
}

void model_free(Model *m)
{
    for (uint32_t i = 0; i < m->n_phases; i++) {
        buf_free(&m->phases[i].log);
        buf_free(&m->phases[i].looked);
    }
}
