/* Owns: the network of phases as dates: forward, back, and the critical path.
 * Must not know: what is likely (simulate.c), how it looks (json.c, svg.c). */
#include "compiler/schedule/schedule_int.h"

/* --- durations --------------------------------------------------------------- */

bool sched_add(Net *net, SemDuration d, int64_t n, int64_t t, int64_t *out)
{
    switch (d.kind) {
    case ST_CLOCK:
        *out = t + n;
        return true;
    case ST_DAYS:
        return cal_add_days(sem_calendar(net->sem, d.calendar), t, n, out);
    case ST_HOURS:
        return cal_add_open(sem_calendar(net->sem, d.calendar), t, n, out);
    default:
        *out = t;
        return true;
    }
}

/* In what sched_add counts: hours as their milliseconds. */
int64_t sched_units(SemDuration d)
{
    return d.kind == ST_HOURS ? d.n * 3600000 : d.n;
}

/* --- one phase ------------------------------------------------------------------ */

/* The first instant from t on at which the windows let something begin that may
 * take so long; where it never fits, the first one that is open. */
static bool enter(const CalWindows *w, int64_t t, int64_t length_ms, int64_t *out)
{
    int64_t end = t + (int64_t)LIM_CALENDAR_DAYS * 86400000;
    CalSpan span;
    if (w == NULL || w->n + (w->also == NULL ? 0 : w->also->n) == 0) {
        *out = t;
        return true;
    }
    if (length_ms > 0 && cal_windows_fit(w, t, end, length_ms, out))
        return true;
    if (!cal_windows_next(w, t, end, &span))
        return false;
    *out = span.from_ms;
    return true;
}

/* When a moment is, as far as the phases are known: an input's is not. */
static bool moment(Net *net, const SemMoment *m, SemEdge edge, int64_t *out)
{
    if (m->kind != SM_PHASE)
        return sem_moment_ms(net->sem, m, edge, out);
    return sched_add(net, m->after, sched_units(m->after), net->finish[m->index], out);
}

static int64_t not_before(Net *net, const SemMoment *m, int64_t t)
{
    int64_t at;
    return m->kind != SM_NONE && moment(net, m, SEM_BEGIN, &at) && at > t ? at : t;
}

/* Steps with windows of their own begin in them, one after the other. */
static bool steps(Net *net, uint32_t phase, int64_t t, int64_t *out)
{
    const SemPhase *p = &net->sem->phases[phase];
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &net->sem->actions[p->first_action + i];
        const CalWindows *w = net->action_windows[p->first_action + i];
        int64_t length = sem_ms(a->timeout);
        t = not_before(net, a->not_before, t);
        if (w != NULL && !enter(w, t, length < 0 ? 0 : length, &t))
            return false;
    }
    for (uint32_t i = 0; i < p->n_tasks; i++) {
        const CalWindows *w = net->task_windows[p->first_task + i];
        if (w != NULL && !enter(w, t, 0, &t))
            return false;
    }
    *out = t;
    return true;
}

bool sched_phase(Net *net, uint32_t phase, int64_t ready, const Draw *draw, PhaseDates *out)
{
    const SemPhase *p = &net->sem->phases[phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &net->sem->gates[p->gate];
    int64_t t = ready, open, end;
    *out = (PhaseDates){.asked_ms = ready, .due_ms = -1};
    if (g != NULL && g->level >= 2) {
        if (g->within.kind != ST_NONE &&
            !sched_add(net, g->within, sched_units(g->within), t, &out->due_ms))
            return false;
        if (draw->answer > 0 && !sched_add(net, g->within, draw->answer, t, &t))
            return false;
    }
    if (g != NULL)
        t = not_before(net, g->not_before, t);
    const SemDuration *e = &p->estimate[0];
    const Calendar *c = e->kind == ST_DAYS || e->kind == ST_HOURS
                            ? sem_calendar(net->sem, e->calendar) : NULL;
    if (!enter(net->phase_windows[phase], t, e->kind == ST_CLOCK ? draw->estimate : 0, &t))
        return false;
    if (c != NULL && cal_opening(c, t, &open))
        t = open;
    out->begin_ms = t;
    if (!steps(net, phase, t, &end) || !sched_add(net, *e, draw->estimate, t, &out->finish_ms))
        return false;
    if (end > out->finish_ms)
        out->finish_ms = end;
    return true;
}

/* When its prerequisites are met: all that stand alone, and of each group the
 * first. Groups are numbered from 1 and stand in order. */
int64_t sched_ready(const Net *net, uint32_t phase)
{
    const SemPhase *p = &net->sem->phases[phase];
    int64_t ready = net->start_ms;
    for (uint32_t i = 0; i < p->n_needs; i++) {
        int64_t at = net->finish[p->needs[i].phase];
        for (uint32_t g = p->needs[i].group; g != 0 && i + 1 < p->n_needs && p->needs[i + 1].group == g; i++)
            if (net->finish[p->needs[i + 1].phase] < at)
                at = net->finish[p->needs[i + 1].phase];
        if (at > ready)
            ready = at;
    }
    for (uint32_t i = net->starts_first[phase]; i < net->starts_first[phase + 1]; i++)
        if (net->finish[net->starters[i]] > ready)
            ready = net->finish[net->starters[i]];
    return ready;
}

Draw sched_shortest(const Net *net, uint32_t phase)
{
    return (Draw){sched_units(net->sem->phases[phase].estimate[0]), 0};
}

/* --- the order -------------------------------------------------------------------- */

typedef struct Edges { uint32_t *first, *to; } Edges;

/* Whoever waits for a phase: by needs, by a moment, by `on failure start`. */
typedef struct Wait { uint32_t before, after; } Wait;

static void add_moment(Wait *out, uint32_t *n, const SemMoment *m, uint32_t phase)
{
    if (m->kind == SM_PHASE && m->index != phase)
        out[(*n)++] = (Wait){m->index, phase};
}

static uint32_t waits(const Sem *s, Wait *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        for (uint32_t k = 0; k < p->n_needs; k++)
            out[n++] = (Wait){p->needs[k].phase, i};
        if (p->failure_start != SEM_NONE)
            out[n++] = (Wait){i, p->failure_start};
        if (p->gate != SEM_NONE)
            add_moment(out, &n, s->gates[p->gate].not_before, i);
        for (uint32_t k = 0; k < p->n_actions; k++)
            add_moment(out, &n, s->actions[p->first_action + k].not_before, i);
    }
    return n;
}

static uint32_t most_waits(const Sem *s)
{
    uint32_t n = s->n_phases * 2 + s->n_actions;
    for (uint32_t i = 0; i < s->n_phases; i++)
        n += s->phases[i].n_needs;
    return n;
}

static Edges edges(const Wait *w, uint32_t n, uint32_t nodes, Arena *arena)
{
    Edges e = {ARENA_NEW(arena, uint32_t, nodes + 2), ARENA_NEW(arena, uint32_t, n + 1)};
    for (uint32_t i = 0; i < n; i++)
        e.first[w[i].before + 2]++;
    for (uint32_t i = 1; i < nodes + 2; i++)
        e.first[i] += e.first[i - 1];
    for (uint32_t i = 0; i < n; i++)
        e.to[e.first[w[i].before + 1]++] = w[i].after;
    return e;
}

/* Kahn's order, the earlier in the file first where the order is free. What is
 * in a circle (the checker has reported it) comes last, in the file's order. */
static uint32_t *in_order(const Sem *s, const Wait *w, uint32_t n, Arena *arena)
{
    Edges out = edges(w, n, s->n_phases, arena);
    uint32_t *open = ARENA_NEW(arena, uint32_t, s->n_phases + 1);
    uint32_t *order = ARENA_NEW(arena, uint32_t, s->n_phases + 1), head = 0, tail = 0;
    for (uint32_t i = 0; i < n; i++)
        open[w[i].after]++;
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (open[i] == 0)
            order[tail++] = i;
    while (head < tail) {
        uint32_t p = order[head++];
        for (uint32_t i = out.first[p]; i < out.first[p + 1]; i++)
            if (--open[out.to[i]] == 0)
                order[tail++] = out.to[i];
    }
    for (uint32_t i = 0; i < s->n_phases && tail < s->n_phases; i++)
        if (open[i] != 0)
            order[tail++] = i;
    return order;
}

/* --- windows ------------------------------------------------------------------------ */

static const CalWindows *windows(Net *net, const SemDuring *during, uint32_t n, const CalWindows *also)
{
    if (n == 0)
        return also;
    CalWindow *items = ARENA_NEW(net->arena, CalWindow, n);
    CalWindows *w = ARENA_NEW(net->arena, CalWindows, 1);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (CalWindow){sem_calendar(net->sem, during[i].calendar), during[i].never};
    *w = (CalWindows){items, n, also};
    return w;
}

static void all_windows(Net *net)
{
    const Sem *s = net->sem;
    net->phase_windows = ARENA_NEW(net->arena, const CalWindows *, s->n_phases + 1);
    net->action_windows = ARENA_NEW(net->arena, const CalWindows *, s->n_actions + 1);
    net->task_windows = ARENA_NEW(net->arena, const CalWindows *, s->n_tasks + 1);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        const CalWindows *own = windows(net, p->during, p->n_during, NULL);
        net->phase_windows[i] = own;
        for (uint32_t k = p->first_action; k < p->first_action + p->n_actions; k++)
            if (s->actions[k].n_during > 0)
                net->action_windows[k] = windows(net, s->actions[k].during, s->actions[k].n_during, own);
        for (uint32_t k = p->first_task; k < p->first_task + p->n_tasks; k++)
            if (s->tasks[k].n_during > 0)
                net->task_windows[k] = windows(net, s->tasks[k].during, s->tasks[k].n_during, own);
    }
}

/* --- forward ------------------------------------------------------------------------- */

static bool too_far(const Net *net, uint32_t phase, Buf *why)
{
    if (why != NULL)
        buf_printf(why, "the phase `%.*s` never comes to an end: its windows or calendars leave nothing "
                        "open within %d days", STR_ARG(net->sem->phases[phase].name), LIM_CALENDAR_DAYS);
    return false;
}

/* A phase that waits for a contingency is one itself. */
static bool is_contingency(const Net *net, const SchedPhase *all, uint32_t phase)
{
    const SemPhase *p = &net->sem->phases[phase];
    if (p->only_when_started)
        return true;
    for (uint32_t i = 0; i < p->n_needs; i++) {
        bool every = all[p->needs[i].phase].contingency;
        for (uint32_t g = p->needs[i].group; g != 0 && i + 1 < p->n_needs && p->needs[i + 1].group == g; i++)
            every = every && all[p->needs[i + 1].phase].contingency;
        if (every)
            return true;
    }
    return false;
}

static bool forward(Net *net, Schedule *s, Buf *why)
{
    s->finish_ms = s->start_ms;
    for (uint32_t k = 0; k < net->sem->n_phases; k++) {
        uint32_t i = net->order[k];
        SchedPhase *out = &s->phases[i];
        const SemGate *g = net->sem->phases[i].gate == SEM_NONE ? NULL : &net->sem->gates[net->sem->phases[i].gate];
        Draw draw = sched_shortest(net, i);
        PhaseDates d;
        net->ready[i] = sched_ready(net, i);
        if (!sched_phase(net, i, net->ready[i], &draw, &d))
            return too_far(net, i, why);
        net->finish[i] = d.finish_ms;
        out->has_gate = g != NULL && g->level >= 2;
        out->early_start_ms = out->has_gate ? net->ready[i] : d.begin_ms;
        out->early_finish_ms = d.finish_ms;
        out->asked_ms = d.asked_ms;
        out->due_ms = d.due_ms;
        out->no_estimate = net->sem->phases[i].estimate[0].kind == ST_NONE;
        out->contingency = is_contingency(net, s->phases, i);
        if (!out->contingency && d.finish_ms > s->finish_ms)
            s->finish_ms = d.finish_ms;
    }
    return true;
}

/* --- back ------------------------------------------------------------------------------ */

/* The latest t in low..high for which the phase, ready at t, ends by `end`;
 * low is known to do. To the second. */
static int64_t latest_ready(Net *net, uint32_t phase, int64_t low, int64_t high, int64_t end)
{
    Draw draw = sched_shortest(net, phase);
    int64_t lo = 0, hi = (high - low) / 1000;
    PhaseDates d;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo + 1) / 2;
        if (sched_phase(net, phase, low + mid * 1000, &draw, &d) && d.finish_ms <= end)
            lo = mid;
        else
            hi = mid - 1;
    }
    return low + lo * 1000;
}

/* On the clock alone, a phase is as long as it is whenever it begins. */
static bool on_the_clock(const Net *net, uint32_t phase)
{
    const SemPhase *p = &net->sem->phases[phase];
    bool plain = net->phase_windows[phase] == NULL && p->estimate[0].kind != ST_DAYS &&
                 p->estimate[0].kind != ST_HOURS &&
                 (p->gate == SEM_NONE || net->sem->gates[p->gate].not_before->kind == SM_NONE);
    for (uint32_t k = 0; k < p->n_actions && plain; k++)
        plain = net->action_windows[p->first_action + k] == NULL &&
                net->sem->actions[p->first_action + k].not_before->kind == SM_NONE;
    for (uint32_t k = 0; k < p->n_tasks && plain; k++)
        plain = net->task_windows[p->first_task + k] == NULL;
    return plain;
}

/* How late the phase that a moment of `after` counts from may end: the same
 * search over that phase's end. */
static void hold_moment(Net *net, const Schedule *s, const SemMoment *m, uint32_t after, int64_t *latest)
{
    if (m->kind != SM_PHASE || m->index == after)
        return;
    Draw draw = sched_shortest(net, after);
    int64_t keep = net->finish[m->index], end = s->phases[after].late_finish_ms;
    int64_t lo = 0, hi = end > keep ? (end - keep) / 1000 : 0;
    PhaseDates d;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo + 1) / 2;
        net->finish[m->index] = keep + mid * 1000;
        if (sched_phase(net, after, net->ready[after], &draw, &d) && d.finish_ms <= end)
            lo = mid;
        else
            hi = mid - 1;
    }
    net->finish[m->index] = keep;
    if (keep + lo * 1000 < latest[m->index])
        latest[m->index] = keep + lo * 1000;
}

/* What a phase needs must end before its late start; of a group it is enough
 * that somebody is in time, so only the single one that is has no choice. */
static void hold_needs(const Net *net, const Schedule *s, uint32_t after, int64_t *latest)
{
    const SemPhase *p = &net->sem->phases[after];
    int64_t start = s->phases[after].late_start_ms;
    for (uint32_t i = 0, end; i < p->n_needs; i = end) {
        uint32_t in_time = 0, one = p->needs[i].phase;
        for (end = i; end < p->n_needs && (end == i || (p->needs[i].group != 0 &&
                                                        p->needs[end].group == p->needs[i].group)); end++)
            if (net->finish[p->needs[end].phase] <= start) {
                in_time++;
                one = p->needs[end].phase;
            }
        if (in_time <= 1 && start < latest[one])
            latest[one] = start;
    }
}

static void hold_back(Net *net, const Schedule *s, uint32_t i, int64_t *latest)
{
    const SemPhase *p = &net->sem->phases[i];
    if (s->phases[i].contingency)
        return;
    hold_needs(net, s, i, latest);
    if (p->gate != SEM_NONE)
        hold_moment(net, s, net->sem->gates[p->gate].not_before, i, latest);
    for (uint32_t k = 0; k < p->n_actions; k++)
        hold_moment(net, s, net->sem->actions[p->first_action + k].not_before, i, latest);
}

static void late(Net *net, Schedule *s, uint32_t i, const int64_t *latest)
{
    SchedPhase *p = &s->phases[i];
    int64_t ready = net->ready[i], end = latest[i];
    if (end < p->early_finish_ms)
        end = p->early_finish_ms; /* a contingency behind the plan's end */
    p->late_finish_ms = end;
    p->late_start_ms = on_the_clock(net, i) ? end - (p->early_finish_ms - ready)
                                            : latest_ready(net, i, ready, end > ready ? end : ready, end);
    int64_t at_start = p->late_start_ms - p->early_start_ms, at_end = end - p->early_finish_ms;
    int64_t slack = at_start < at_end ? at_start : at_end;
    p->slack_s = slack < 0 ? 0 : slack / 1000;
    p->critical = slack <= 0 && !p->contingency;
    if (p->late_start_ms < p->early_start_ms)
        p->late_start_ms = p->early_start_ms; /* closed time before it begins is no slack */
}

static void backward(Net *net, Schedule *s)
{
    int64_t *latest = ARENA_NEW(net->arena, int64_t, net->sem->n_phases + 1);
    for (uint32_t i = 0; i < net->sem->n_phases; i++)
        latest[i] = s->finish_ms;
    for (uint32_t k = net->sem->n_phases; k-- > 0;) {
        late(net, s, net->order[k], latest);
        hold_back(net, s, net->order[k], latest);
    }
}

/* The phase from whose end a moment of this one counts, where that is so. */
static uint32_t counts_from(const Net *net, const SemPhase *p)
{
    if (p->gate != SEM_NONE && net->sem->gates[p->gate].not_before->kind == SM_PHASE)
        return net->sem->gates[p->gate].not_before->index;
    for (uint32_t k = 0; k < p->n_actions; k++)
        if (net->sem->actions[p->first_action + k].not_before->kind == SM_PHASE)
            return net->sem->actions[p->first_action + k].not_before->index;
    return SEM_NONE;
}

/* From the phase that ends last to what kept it waiting, and so on. */
static void critical_path(const Net *net, Schedule *s)
{
    uint32_t *back = ARENA_NEW(net->arena, uint32_t, net->sem->n_phases + 1), n = 0, at = SEM_NONE;
    for (uint32_t i = 0; i < net->sem->n_phases; i++)
        if (!s->phases[i].contingency && s->phases[i].early_finish_ms == s->finish_ms &&
            (at == SEM_NONE || s->phases[i].early_start_ms < s->phases[at].early_start_ms))
            at = i;
    while (at != SEM_NONE && n < net->sem->n_phases) {
        const SemPhase *p = &net->sem->phases[at];
        uint32_t driver = SEM_NONE;
        back[n++] = at;
        for (uint32_t i = 0; i < p->n_needs && driver == SEM_NONE; i++)
            if (net->finish[p->needs[i].phase] == net->ready[at] && net->ready[at] >= net->start_ms)
                driver = p->needs[i].phase;
        at = driver != SEM_NONE ? driver : counts_from(net, p);
    }
    s->critical_path = ARENA_NEW(net->arena, uint32_t, n + 1);
    s->n_critical_path = n;
    for (uint32_t i = 0; i < n; i++)
        s->critical_path[i] = back[n - 1 - i];
}

/* --- milestones ---------------------------------------------------------------------------- */

static void milestones(Net *net, Schedule *s)
{
    for (uint32_t i = 0; i < net->sem->n_milestones; i++) {
        const SemMilestone *m = &net->sem->milestones[i];
        SchedMilestone *out = &s->milestones[i];
        *out = (SchedMilestone){s->start_ms, -1};
        for (uint32_t k = 0; k < m->n_needs; k++) {
            int64_t at = net->finish[m->needs[k].phase];
            for (uint32_t g = m->needs[k].group; g != 0 && k + 1 < m->n_needs && m->needs[k + 1].group == g; k++)
                if (net->finish[m->needs[k + 1].phase] < at)
                    at = net->finish[m->needs[k + 1].phase];
            if (at > out->at_ms)
                out->at_ms = at;
        }
        if (m->due.kind != SM_NONE && !moment(net, &m->due, SEM_END, &out->due_ms))
            out->due_ms = -1;
    }
}

/* --- all of it ------------------------------------------------------------------------------- */

const Zone *sched_zone(const Sem *s)
{
    const Zone *zone = NULL;
    for (uint32_t i = 0; i < s->n_calendars; i++) {
        const Zone *z = cal_zone(sem_calendar(s, i));
        if (zone != NULL && !str_eq(zone->name, z->name))
            return zone_of_utc();
        zone = z;
    }
    return zone == NULL ? zone_of_utc() : zone;
}

static void starters(Net *net)
{
    const Sem *s = net->sem;
    uint32_t *first = ARENA_NEW(net->arena, uint32_t, s->n_phases + 2);
    net->starters = ARENA_NEW(net->arena, uint32_t, s->n_phases + 1);
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (s->phases[i].failure_start != SEM_NONE)
            first[s->phases[i].failure_start + 2]++;
    for (uint32_t i = 1; i < s->n_phases + 2; i++)
        first[i] += first[i - 1];
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (s->phases[i].failure_start != SEM_NONE)
            net->starters[first[s->phases[i].failure_start + 1]++] = i;
    net->starts_first = first;
}

void sched_open(Net *net, const Sem *sem, int64_t start_ms, Arena *arena)
{
    *net = (Net){.sem = sem, .arena = arena, .start_ms = start_ms,
                 .ready = ARENA_NEW(arena, int64_t, sem->n_phases + 1),
                 .finish = ARENA_NEW(arena, int64_t, sem->n_phases + 1)};
    Wait *w = ARENA_NEW(arena, Wait, most_waits(sem));
    net->order = in_order(sem, w, waits(sem, w), arena);
    starters(net);
    all_windows(net);
}

const Schedule *sched_make(const Sem *sem, const SchedOptions *o, Arena *arena, Buf *why)
{
    Net net;
    Schedule *s = ARENA_NEW(arena, Schedule, 1);
    *s = (Schedule){.sem = sem, .zone = o->zone,
                    .start_ms = o->start_ms, .seed = o->seed,
                    .phases = ARENA_NEW(arena, SchedPhase, sem->n_phases + 1),
                    .milestones = ARENA_NEW(arena, SchedMilestone, sem->n_milestones + 1)};
    sched_open(&net, sem, o->start_ms, arena);
    if (!forward(&net, s, why))
        return NULL;
    backward(&net, s);
    critical_path(&net, s);
    milestones(&net, s);
    if (!o->earliest_only)
        sched_simulate(&net, s);
    return s;
}
