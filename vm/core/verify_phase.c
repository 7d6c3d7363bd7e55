/* Owns: what must hold of phases, gates and steps as rows: whose they are, what
 * they say together. Must not know: the level that an action needs
 * (verify_level.c), their code (verify_code.c). */
#include "vm/core/verify_int.h"

#include "vm/os/limits.h"

/* What was given out of tables that several kinds of rows share. */
typedef struct Shares {
    uint64_t needs, requires, roles, shows, durings, names, returns, advice, waves;
} Shares;

/* --- names ----------------------------------------------------------------------- */

/* A decision names its phase, an answer its step: each name means one. (Roles
 * of two files may have one name, and then are one role to whoever binds it.) */
static bool step_names(Verify *v, VerifyName *all)
{
    const Program *p = v->p;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_actions; i++)
        all[n++] = (VerifyName){prog_str(p, p->actions[i].name), p->actions[i].phase};
    for (uint32_t i = 0; i < p->n_checks; i++)
        all[n++] = (VerifyName){prog_str(p, p->checks[i].name), p->checks[i].phase};
    for (uint32_t i = 0; i < p->n_tasks; i++)
        all[n++] = (VerifyName){prog_str(p, p->tasks[i].name), p->tasks[i].phase};
    for (uint32_t i = 0; i < p->n_awaits; i++)
        all[n++] = (VerifyName){prog_str(p, p->awaits[i].name), p->awaits[i].phase};
    for (uint32_t i = 0; i < p->n_asks; i++)
        all[n++] = (VerifyName){prog_str(p, p->asks[i].name), p->asks[i].phase};
    return verify_names(v, all, n, "a step");
}

static bool names(Verify *v)
{
    const Program *p = v->p;
    size_t most = (size_t)p->n_phases + p->n_actions + p->n_checks + p->n_tasks + p->n_awaits +
                  p->n_asks;
    VerifyName *all = verify_scratch(v, most, sizeof *all);
    bool ok = all != NULL;
    for (uint32_t i = 0; ok && i < p->n_phases; i++)
        all[i] = (VerifyName){prog_str(p, p->phases[i].name), 0};
    ok = ok && verify_names(v, all, p->n_phases, "a phase") && step_names(v, all);
    verify_release(all, most, sizeof *all);
    return ok;
}

/* --- people ---------------------------------------------------------------------- */

static bool who(Verify *v, uint32_t kind, uint32_t quorum, uint32_t by, const char *what)
{
    bool fits;
    switch (kind) {
    case WHO_NOBODY: fits = by == 0 && quorum == 0; break;
    case WHO_ONE: fits = by == 1 && quorum == 1; break;
    case WHO_ALL: fits = by >= 2 && quorum == by; break;
    case WHO_ANY: fits = by >= 2 && quorum == 1; break;
    default: fits = by >= 1 && quorum >= 1;
    }
    return verify_that(v, fits, "%s counts its people wrongly", what);
}

/* --- evidence and answers ----------------------------------------------------------- */

static bool one_show(Verify *v, const ProgShow *s)
{
    const Program *p = v->p;
    const struct { uint32_t row, phase; } of[] = {
        {s->action, s->action == PROG_NONE ? 0 : p->actions[s->action].phase},
        {s->check, s->check == PROG_NONE ? 0 : p->checks[s->check].phase},
        {s->task, s->task == PROG_NONE ? 0 : p->tasks[s->task].phase},
        {s->await, s->await == PROG_NONE ? 0 : p->awaits[s->await].phase},
        {s->ask, s->ask == PROG_NONE ? 0 : p->asks[s->ask].phase}};
    int said = 0;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        if (of[i].row == PROG_NONE)
            continue;
        said++;
        if (of[i].phase != s->phase)
            said = 2;
    }
    return verify_that(v, said <= 1, "evidence is of two steps, or of another phase");
}

/* Its owner's alone; and since each answer names one owner, that sum of all
 * shares which is the number of answers leaves none out. */
static bool asks_of(Verify *v, uint64_t *sum, uint32_t first, uint32_t n, uint32_t phase,
                    uint32_t task)
{
    for (uint32_t i = first; i < first + n; i++)
        if (v->p->asks[i].phase != phase || v->p->asks[i].task != task)
            return verify_bad(v, "an answer is asked for at two places");
    *sum += n;
    return true;
}

static bool ask_types(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_asks; i++) {
        TypeKind kind = (TypeKind)v->p->types[v->p->asks[i].type].kind;
        if (kind == TK_NOTHING || kind == TK_ITER || kind == TK_SECRET)
            return verify_bad(v, "answer %u is of a type that nobody can write", i);
    }
    return true;
}

static bool asks(Verify *v)
{
    const Program *p = v->p;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < p->n_phases; i++) {
        const ProgGate *g = p->phases[i].gate == PROG_NONE ? NULL : &p->gates[p->phases[i].gate];
        if (g != NULL && !asks_of(v, &sum, g->asks_first, g->asks_count, i, PROG_NONE))
            return false;
    }
    for (uint32_t i = 0; i < p->n_tasks; i++)
        if (!asks_of(v, &sum, p->tasks[i].asks_first, p->tasks[i].asks_count,
                     p->tasks[i].phase, i))
            return false;
    return verify_that(v, sum == p->n_asks, "an answer belongs to no gate and no task") &&
           ask_types(v);
}

/* --- gates ----------------------------------------------------------------------- */

static bool silence(Verify *v, const ProgGate *g)
{
    if ((g->otherwise == OW_AGAIN) != (g->again_every != PROG_NONE) ||
        (g->otherwise == OW_AGAIN) != (g->again_most > 0) ||
        (g->otherwise == OW_ASK) != (g->others_count > 0))
        return verify_bad(v, "a gate does not say clearly what silence leads to");
    return verify_that(v, g->level < 2 || g->otherwise != OW_CONTINUE,
                       "a gate at L%u takes silence for a yes", g->level);
}

/* What may differ from what people have seen: never what is acted on. */
static bool one_vary(Verify *v, const ProgVary *y, uint32_t phase)
{
    const Program *p = v->p;
    const ProgAction *a = &p->actions[y->action];
    const ProgImport *m = &p->imports[a->import];
    return verify_that(v, a->phase == phase && y->param < m->params_count &&
                       (p->params[m->params_first + y->param].flags & (PF_TARGET | PF_PROGRAM)) == 0,
                       "a gate lets something vary that it may not");
}

static bool gate_lists(Verify *v, Shares *s, const ProgGate *g, uint32_t phase)
{
    const Program *p = v->p;
    for (uint32_t i = g->returns_first; i < g->returns_first + g->returns_count; i++)
        if (p->returns[i].phase == phase || p->returns[i].most == 0)
            return verify_bad(v, "a gate returns to its own phase, or never");
    /* No two gates share one: its action is of one phase. */
    for (uint32_t i = g->varies_first; i < g->varies_first + g->varies_count; i++)
        if (!one_vary(v, &p->varies[i], phase))
            return false;
    return verify_share(v, &s->roles, g->by_count, p->n_rolerefs, "roles") &&
           verify_share(v, &s->roles, g->others_count, p->n_rolerefs, "roles") &&
           verify_share(v, &s->shows, g->shows_count, p->n_shows, "evidence") &&
           verify_share(v, &s->returns, g->returns_count, p->n_returns, "ways to return") &&
           verify_share(v, &s->advice, g->advice_count, p->n_advices, "advice");
}

static bool one_gate(Verify *v, Shares *s, const ProgGate *g, uint32_t phase)
{
    if (!who(v, g->who, g->quorum, g->by_count, "a gate"))
        return false;
    if (g->level >= 1 && g->who == WHO_NOBODY)
        return verify_bad(v, "a gate at L%u names nobody", g->level);
    return silence(v, g) && gate_lists(v, s, g, phase) &&
           verify_kind(v, g->question_fn, FK_TEXT, "a gate's question");
}

/* --- steps ----------------------------------------------------------------------- */

/* Wider with each wave. A number and a share cannot be compared before the list
 * is known. */
static bool waves(Verify *v, const ProgAction *a)
{
    uint32_t last[2] = {0, 0};
    for (uint32_t i = a->waves_first; i < a->waves_first + a->waves_count; i++) {
        const ProgWave *w = &v->p->waves[i];
        if (w->n <= last[w->percent] || (w->percent == 1 && w->n > 100))
            return verify_bad(v, "waves do not grow");
        last[w->percent] = w->n;
    }
    return verify_that(v, (a->is_each == 1 || a->waves_count == 0) &&
                       (a->waves_count > 0 || a->pause == PROG_NONE),
                       "an action has waves, or a pause between them, and no list");
}

static bool one_action(Verify *v, Shares *s, uint32_t i)
{
    const Program *p = v->p;
    const ProgAction *a = &p->actions[i];
    return waves(v, a) && verify_share(v, &s->waves, a->waves_count, p->n_waves, "waves") &&
           verify_share(v, &s->requires, a->requires_count, p->n_requires, "requirements") &&
           verify_share(v, &s->durings, a->during_count, p->n_durings, "windows") &&
           verify_kind(v, a->title_fn, FK_TEXT, "an action's title") &&
           verify_kind(v, a->lock_fn, FK_TEXT, "a lock") &&
           verify_kind(v, a->undo_because_fn, FK_TEXT, "an action's reason");
}

static bool one_check(Verify *v, uint32_t i)
{
    const ProgCheck *c = &v->p->checks[i];
    bool polled = c->hold_for != PROG_NONE || c->within != PROG_NONE || c->every != PROG_NONE;
    if (polled != (c->fn != PROG_NONE))
        return verify_bad(v, "check %u does not say clearly how it is asked", i);
    return verify_kind(v, c->title_fn, FK_TEXT, "a check's title") &&
           verify_kind(v, c->fn, FK_REQUIRE, "a check");
}

static bool one_task(Verify *v, Shares *s, uint32_t i)
{
    const Program *p = v->p;
    const ProgTask *t = &p->tasks[i];
    if (!who(v, t->who, t->quorum, t->by_count, "a task"))
        return false;
    if (t->who == WHO_NOBODY)
        return verify_bad(v, "task %u is nobody's", i);
    if (t->undo_fn != PROG_NONE && t->undo_because_fn != PROG_NONE)
        return verify_bad(v, "task %u does not say clearly how it is undone", i);
    return verify_share(v, &s->roles, t->by_count, p->n_rolerefs, "roles") &&
           verify_share(v, &s->shows, t->shows_count, p->n_shows, "evidence") &&
           verify_share(v, &s->durings, t->during_count, p->n_durings, "windows") &&
           verify_kind(v, t->title_fn, FK_TEXT, "a task's title") &&
           verify_kind(v, t->steps_fn, FK_TEXT, "a task's steps") &&
           verify_kind(v, t->undo_fn, FK_TEXT, "a task's undo") &&
           verify_kind(v, t->undo_because_fn, FK_TEXT, "a task's reason");
}

static bool one_await(Verify *v, uint32_t i)
{
    const ProgAwait *a = &v->p->awaits[i];
    if (a->otherwise > OW_CONTINUE)
        return verify_bad(v, "await %u does not say clearly what happens without its event", i);
    return verify_about(v, a->where_fn, FK_MATCH, v->p->events[a->event].result, "an event's `where`");
}

static bool steps(Verify *v, Shares *s)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (!one_action(v, s, i))
            return false;
    for (uint32_t i = 0; i < p->n_checks; i++)
        if (!one_check(v, i))
            return false;
    for (uint32_t i = 0; i < p->n_tasks; i++)
        if (!one_task(v, s, i))
            return false;
    for (uint32_t i = 0; i < p->n_awaits; i++)
        if (!one_await(v, i))
            return false;
    for (uint32_t i = 0; i < p->n_tells; i++)
        if (!verify_share(v, &s->roles, p->tells[i].to_count, p->n_rolerefs, "roles"))
            return false;
    for (uint32_t i = 0; i < p->n_shows; i++)
        if (!one_show(v, &p->shows[i]))
            return false;
    return true;
}

/* --- phases ---------------------------------------------------------------------- */

/* Where the next phase's rows begin. */
typedef struct Next { uint32_t action, check, task, await, gate; } Next;

static bool not_own(Verify *v, uint32_t phase)
{
    return verify_bad(v, "phase %u holds a step of another phase", phase);
}

/* Steps and gates follow the phases in order: none belongs to two. */
static bool own_rows(Verify *v, uint32_t i, Next *at)
{
    const Program *p = v->p;
    const ProgPhase *f = &p->phases[i];
    if ((f->actions_count > 0 && f->actions_first != at->action) ||
        (f->checks_count > 0 && f->checks_first != at->check) ||
        (f->tasks_count > 0 && f->tasks_first != at->task) ||
        (f->awaits_count > 0 && f->awaits_first != at->await) ||
        (f->gate != PROG_NONE && f->gate != at->gate))
        return verify_bad(v, "phase %u holds steps or a gate of another phase", i);
    for (uint32_t k = 0; k < f->actions_count; k++)
        if (p->actions[at->action + k].phase != i)
            return not_own(v, i);
    for (uint32_t k = 0; k < f->checks_count; k++)
        if (p->checks[at->check + k].phase != i)
            return not_own(v, i);
    for (uint32_t k = 0; k < f->tasks_count; k++)
        if (p->tasks[at->task + k].phase != i)
            return not_own(v, i);
    for (uint32_t k = 0; k < f->awaits_count; k++)
        if (p->awaits[at->await + k].phase != i)
            return not_own(v, i);
    at->action += f->actions_count;
    at->check += f->checks_count;
    at->task += f->tasks_count;
    at->await += f->awaits_count;
    at->gate += f->gate != PROG_NONE;
    return true;
}

/* Those of a group stand side by side, and groups ascend. */
static bool need_groups(Verify *v, uint32_t first, uint32_t n)
{
    uint32_t most = 0, last = 0;
    for (uint32_t i = first; i < first + n; i++) {
        uint32_t group = v->p->needs[i].group;
        if (group != 0 && group != last) {
            if (group <= most)
                return verify_bad(v, "needs of one group do not stand side by side");
            most = group;
        }
        last = group;
    }
    return true;
}

static bool phase_lists(Verify *v, Shares *s, const ProgPhase *f)
{
    const Program *p = v->p;
    return verify_share(v, &s->needs, f->needs_count, p->n_needs, "needs") &&
           verify_share(v, &s->requires, f->requires_count, p->n_requires, "requirements") &&
           verify_share(v, &s->roles, f->failure_tell_count, p->n_rolerefs, "roles") &&
           verify_share(v, &s->durings, f->during_count, p->n_durings, "windows") &&
           verify_share(v, &s->names, f->controls_count, p->n_names, "controls") &&
           need_groups(v, f->needs_first, f->needs_count);
}

static bool one_phase(Verify *v, uint32_t i)
{
    const ProgPhase *f = &v->p->phases[i];
    if (f->on_failure > (OF_UNDO | OF_STOP | OF_CONTINUE | OF_TELL | OF_START) ||
        ((f->on_failure & OF_START) != 0) != (f->failure_start != PROG_NONE))
        return verify_bad(v, "phase %u does not say clearly what a failure does", i);
    if ((f->estimate_low == PROG_NONE) != (f->estimate_high == PROG_NONE) ||
        (f->limit_unit == 0 && f->limit != 0))
        return verify_bad(v, "phase %u estimates or limits half of something", i);
    if (!verify_kind(v, f->when_fn, FK_WHEN, "a `when`") ||
        !verify_kind(v, f->title_fn, FK_TEXT, "a phase's title"))
        return false;
    if (f->body_fn == PROG_NONE)
        return verify_that(v, f->actions_count + f->checks_count + f->tasks_count + f->awaits_count == 0,
                           "phase %u has steps but no code for them", i);
    if (!verify_kind(v, f->body_fn, FK_BODY, "a phase's body"))
        return false;
    if (v->owner[f->body_fn] != PROG_NONE)
        return verify_bad(v, "two phases have one body");
    v->owner[f->body_fn] = i;
    return true;
}

static bool phases(Verify *v, Shares *s)
{
    const Program *p = v->p;
    Next at = {0};
    for (uint32_t i = 0; i < p->n_phases; i++)
        if (!own_rows(v, i, &at) || !one_phase(v, i) || !phase_lists(v, s, &p->phases[i]))
            return false;
    if (at.action != p->n_actions || at.check != p->n_checks || at.task != p->n_tasks ||
        at.await != p->n_awaits || at.gate != p->n_gates)
        return verify_bad(v, "a step or a gate belongs to no phase");
    for (uint32_t i = 0; i < p->n_phases; i++)
        if (p->phases[i].gate != PROG_NONE && !one_gate(v, s, &p->gates[p->phases[i].gate], i))
            return false;
    return true;
}

static bool conditions(Verify *v)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_requires; i++)
        if (!verify_kind(v, p->requires[i].fn, FK_REQUIRE, "a `require`") ||
            !verify_kind(v, p->requires[i].words_fn, FK_TEXT, "a `require`'s words"))
            return false;
    return true;
}

static bool milestones(Verify *v, Shares *s)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_milestones; i++) {
        const ProgMilestone *m = &p->milestones[i];
        if (m->name == 0)
            return verify_bad(v, "milestone %u has no name", i);
        if (!verify_share(v, &s->needs, m->needs_count, p->n_needs, "needs") ||
            !need_groups(v, m->needs_first, m->needs_count))
            return false;
    }
    return true;
}

/* --- order ------------------------------------------------------------------------ */

/* Kahn's algorithm: phases whose prerequisites are all behind us, one after
 * the other; what is left needs itself. */
static bool acyclic(Verify *v, uint32_t *open, uint32_t *first, uint32_t *next,
                    uint32_t *queue)
{
    const Program *p = v->p;
    uint32_t head = 0, tail = 0, edge = 0;
    for (uint32_t i = 0; i < p->n_phases; i++)
        first[i] = PROG_NONE;
    for (uint32_t i = 0; i < p->n_phases; i++) {
        const ProgPhase *f = &p->phases[i];
        open[i] = f->needs_count;
        if (open[i] == 0)
            queue[tail++] = i;
        for (uint32_t k = 0; k < f->needs_count; k++, edge += 2) {
            uint32_t from = p->needs[f->needs_first + k].phase;
            next[edge] = i;
            next[edge + 1] = first[from];
            first[from] = edge;
        }
    }
    while (head < tail)
        for (uint32_t e = first[queue[head++]]; e != PROG_NONE; e = next[e + 1])
            if (--open[next[e]] == 0)
                queue[tail++] = next[e];
    return verify_that(v, tail == p->n_phases, "phases need each other in a circle");
}

static bool order(Verify *v)
{
    const Program *p = v->p;
    size_t n = p->n_phases, edges = (size_t)p->n_needs * 2;
    uint32_t *all = verify_scratch(v, n * 3 + edges, sizeof *all);
    bool ok = all != NULL && acyclic(v, all, all + n, all + 3 * n, all + 2 * n);
    verify_release(all, n * 3 + edges, sizeof *all);
    return ok;
}

bool verify_phases(Verify *v)
{
    Shares s = {0};
    for (uint32_t i = 0; i < v->p->n_roles; i++)
        if (!verify_share(v, &s.names, v->p->roles[i].people_count, v->p->n_names, "people"))
            return false;
    return names(v) && phases(v, &s) && steps(v, &s) && asks(v) && conditions(v) &&
           milestones(v, &s) && order(v);
}
