/* Owns: when each phase can be over, at the soonest and at the latest: G5008 (too
 * late whatever happens) and G5012 (holiday lists that end before the plan may).
 * One walk over the phases in the order of their needs.
 * Must not know: single steps' windows (time.c), the schedule (schedule/). */
#include "compiler/prove/time.h"
#include "vm/os/os.h"

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t after(const Times *t, int64_t at, const SemDuration *d)
{
    int64_t ms;
    return at != TIME_NONE && sem_after_ms(t->s, at, d, &ms) ? ms : at;
}

static int64_t fixed(const Times *t, const SemMoment *m, SemEdge edge)
{
    int64_t ms;
    return sem_moment_ms(t->s, m, edge, &ms) ? ms : TIME_NONE;
}

/* --- one phase ------------------------------------------------------------------ */

static int64_t into_window(Times *t, const SemDuring *own, uint32_t n, const SemPhase *p, int64_t at, int64_t ms)
{
    int64_t fit = time_fit(t, time_window(t, own, n, p->during, p->n_during), at, ms);
    return latest(at, fit);
}

/* What no run can beat. An action that may be left out, or may have nothing to
 * do, holds nobody up. */
static int64_t steps(Times *t, const SemPhase *p, int64_t at)
{
    const Sem *s = t->s;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &s->actions[p->first_action + i];
        if (a->when != 0 || a->each != 0)
            continue;
        at = latest(at, fixed(t, a->not_before, SEM_BEGIN));
        at = into_window(t, a->during, a->n_during, p, at, latest(time_timeout(a), 1));
    }
    for (uint32_t i = 0; i < p->n_tasks; i++)
        at = into_window(t, s->tasks[p->first_task + i].during, s->tasks[p->first_task + i].n_during, p, at, 1);
    for (uint32_t i = 0; i < p->n_checks; i++)
        at = after(t, at, &s->checks[p->first_check + i].hold_for);
    return at;
}

static int64_t released(const Times *t, const SemPhase *p, int64_t at)
{
    return p->gate == SEM_NONE ? at : latest(at, fixed(t, t->s->gates[p->gate].not_before, SEM_BEGIN));
}

/* Answered at the last moment: also after the last time of asking again. */
static int64_t answered(const Times *t, const SemPhase *p, int64_t at)
{
    if (p->gate == SEM_NONE)
        return at;
    const SemGate *g = &t->s->gates[p->gate];
    at = after(t, at, &g->within);
    if (g->otherwise == SO_ASK)
        at = after(t, at, &g->within);
    SemDuration again = g->again->every;
    if (g->otherwise == SO_AGAIN && again.n > 0 && g->again->most <= LIM_CALENDAR_DAYS * TIME_DAY_MS / again.n) {
        again.n *= g->again->most;
        at = after(t, at, &again);
    }
    return at;
}

static int64_t body_late(Times *t, const SemPhase *p, int64_t at)
{
    at = released(t, p, answered(t, p, at));
    at = latest(steps(t, p, at), after(t, at, &p->estimate[1]));
    for (uint32_t i = 0; i < p->n_checks; i++)
        at = after(t, at, &t->s->checks[p->first_check + i].within);
    for (uint32_t i = 0; i < p->n_awaits; i++)
        at = after(t, at, &t->s->awaits[p->first_await + i].within);
    int64_t deadline = fixed(t, p->deadline, SEM_END);
    return deadline != TIME_NONE && deadline < at ? deadline : at;
}

/* When its needs are met. What only a failure starts has no time of its own. */
static void ready(const Times *t, const SemPhase *p, Bound *b)
{
    b->ready_hard = b->ready_soon = b->ready_late = t->start_ms;
    b->via = SEM_NONE;
    for (uint32_t i = 0; i < p->n_needs; i++) {
        const SemNeed *n = &p->needs[i];
        const Bound *of = &t->bounds[n->phase];
        int64_t hard = n->even_if_failed ? of->ready_hard : of->hard;
        int64_t soon = n->even_if_failed ? of->ready_soon : of->soon;
        bool first = p->needs_any && i == 0, sooner = p->needs_any ? soon < b->ready_soon : soon > b->ready_soon;
        if (first || sooner) {
            b->ready_soon = soon;
            b->via = n->phase;
        }
        if (first || (p->needs_any ? hard < b->ready_hard : hard > b->ready_hard))
            b->ready_hard = hard;
        if (first || (p->needs_any ? of->late < b->ready_late : of->late > b->ready_late))
            b->ready_late = of->late;
    }
}

static void bound(Times *t, const SemPhase *p, Bound *b)
{
    ready(t, p, b);
    b->hard = b->ready_hard;
    b->soon = b->ready_soon;
    b->late = body_late(t, p, b->ready_late);
    if (p->when != 0)
        return; /* it may be skipped, which takes no time */
    b->hard = steps(t, p, released(t, p, b->ready_hard));
    int64_t soon = released(t, p, b->ready_soon);
    b->soon = latest(steps(t, p, soon), after(t, soon, &p->estimate[0]));
}

/* --- G5008: too late whatever happens --------------------------------------------- */

static Str path_words(Times *t, uint32_t phase)
{
    enum { NAMES = 8 };
    uint32_t names[NAMES], n = 0;
    for (; phase != SEM_NONE && n < NAMES; phase = t->bounds[phase].via)
        names[n++] = phase;
    Str path = phase != SEM_NONE ? STR("..., ") : (Str){"", 0};
    while (n-- > 0)
        path = chk_printf(t->c, "%.*s%.*s%s", STR_ARG(path), STR_ARG(t->s->phases[names[n]].name), n > 0 ? ", " : "");
    return path;
}

/* The two on the way that take longest. */
static void say_longest_phases(Times *t, Diag *d, uint32_t phase)
{
    uint32_t best[2] = {SEM_NONE, SEM_NONE};
    int64_t ms[2] = {0, 0};
    for (; phase != SEM_NONE; phase = t->bounds[phase].via) {
        int64_t takes = t->bounds[phase].soon - t->bounds[phase].ready_soon;
        if (takes > ms[0]) {
            best[1] = best[0], ms[1] = ms[0];
            best[0] = phase, ms[0] = takes;
        } else if (takes > ms[1]) {
            best[1] = phase, ms[1] = takes;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (best[i] == SEM_NONE)
            continue;
        const SemPhase *p = &t->s->phases[best[i]];
        SynRef at = p->estimate[0].node != 0 ? p->estimate[0].node : chk_node(t->f, p->node)->a;
        chk_also(t->c, d, t->f, at, "`%.*s` takes at least %.*s on these dates", STR_ARG(p->name),
                 STR_ARG(time_length_words(t, ms[i])));
    }
}

static void too_late(Times *t, Str name, const SemMoment *m, int64_t until, int64_t soon, uint32_t last)
{
    Diag *d = chk_report(t->c, 5008, t->f, m->node, "`%.*s` cannot be done in time, however well all goes", STR_ARG(name));
    diag_label(t->c->diags, d, "done on %.*s at the soonest, but must be by %.*s",
               STR_ARG(time_when_words(t, m->calendar, soon)), STR_ARG(time_end_words(t, m, until)));
    say_longest_phases(t, d, last);
    diag_note(t->c->diags, d, "from %.*s on: %.*s", STR_ARG(time_when_words(t, m->calendar, t->start_ms)),
              STR_ARG(path_words(t, last)));
    diag_help(t->c->diags, d, "start earlier, give it more time, or let phases run side by side");
}

static void deadline_of_phase(Times *t, uint32_t phase)
{
    const SemPhase *p = &t->s->phases[phase];
    Bound *b = &t->bounds[phase];
    int64_t until = fixed(t, p->deadline, SEM_END);
    if (until != TIME_NONE && until <= t->start_ms)
        return; /* it is over: G5009 */
    bool never = time_never_runs(t, p, b->ready_hard, until);
    if (never)
        b->hard = b->ready_hard;
    if (until == TIME_NONE || b->soon <= until)
        return;
    if (t->real && !never && p->when == 0)
        too_late(t, p->name, p->deadline, until, b->soon, phase);
    b->soon = latest(until, b->ready_soon); /* what follows is late for the same reason */
}

static void due_of_milestone(Times *t, const SemMilestone *m)
{
    int64_t until = fixed(t, &m->due, SEM_END), at = t->start_ms;
    uint32_t last = SEM_NONE;
    for (uint32_t i = 0; i < m->n_needs; i++) {
        const Bound *b = &t->bounds[m->needs[i].phase];
        int64_t soon = m->needs[i].even_if_failed ? b->ready_soon : b->soon;
        if ((m->needs_any && i == 0) || (m->needs_any ? soon < at : soon > at)) {
            at = soon;
            last = m->needs[i].phase;
        }
    }
    if (until != TIME_NONE && at > until)
        too_late(t, m->name, &m->due, until, at, last);
}

void time_bounds(Times *t)
{
    const Sem *s = t->s;
    if (s->order == NULL)
        return;
    t->bounds = ARENA_NEW(t->c->arena, Bound, s->n_phases);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t phase = s->order[i];
        bound(t, &s->phases[phase], &t->bounds[phase]);
        deadline_of_phase(t, phase);
    }
    for (uint32_t i = 0; t->real && i < s->n_milestones; i++)
        due_of_milestone(t, &s->milestones[i]);
}

/* --- G5012: a holiday list ends before the plan may ---------------------------------- */

/* Until when the plan may run, and what says so. */
typedef struct Last { int64_t ms; const SemMoment *moment; uint32_t phase; Str name; const char *word; } Last;

static void later(Times *t, Last *l, const SemMoment *m, Str name, const char *word)
{
    int64_t ms = fixed(t, m, SEM_BEGIN);
    if (ms != TIME_NONE && ms > l->ms)
        *l = (Last){ms, m, SEM_NONE, name, word};
}

static Last plan_last(Times *t)
{
    const Sem *s = t->s;
    Last l = {.ms = TIME_NONE, .phase = SEM_NONE};
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        later(t, &l, p->deadline, p->name, "has its deadline then");
        if (p->gate != SEM_NONE)
            later(t, &l, s->gates[p->gate].not_before, p->name, "waits until then");
        if (t->real && t->bounds != NULL && t->bounds[i].late > l.ms)
            l = (Last){t->bounds[i].late, NULL, i, p->name, "may take until then"};
    }
    for (uint32_t i = 0; i < s->n_actions; i++)
        later(t, &l, s->actions[i].not_before, s->actions[i].name, "waits until then");
    for (uint32_t i = 0; i < s->n_milestones; i++)
        later(t, &l, &s->milestones[i].due, s->milestones[i].name, "is due then");
    return l;
}

static int year_of(int32_t date)
{
    int64_t year;
    int month, day;
    os_civil_from_days(date, &year, &month, &day);
    return (int)year;
}

static void list_ends(Times *t, uint32_t calendar, const Last *l)
{
    const SemCalendar *cal = &t->s->calendars[calendar];
    const SemCalendarValue *v = &t->s->calendar_values[calendar];
    const File *f = (const File *)cal->file;
    const SemHolidays *h = &cal->holidays[v->short_list];
    int year = year_of(v->lists_end);
    Diag *d = chk_report(t->c, 5012, f, chk_node(f, h->node)->a, "the holidays in \"%.*s\" end with %d, but the plan may go on until %.*s",
                         STR_ARG(h->path), year, STR_ARG(time_day_words(t, calendar, l->ms)));
    diag_label(t->c->diags, d, "no holiday after %d: each of its days would count as open", year);
    SynRef at = l->moment != NULL ? l->moment->node : chk_node(t->f, t->s->phases[l->phase].node)->a;
    chk_also(t->c, d, t->f, at, "`%.*s` %s", STR_ARG(l->name), l->word);
    diag_help(t->c->diags, d, "add the holidays of %d to the list, or write them as events that repeat every year", year + 1);
}

void time_holidays(Times *t)
{
    const Sem *s = t->s;
    Last l = {.ms = TIME_NONE};
    bool *used = time_used(t);
    bool looked = false;
    for (uint32_t i = 0; i < s->n_calendars; i++) {
        const SemCalendarValue *v = &s->calendar_values[i];
        if (v->calendar == NULL || v->short_list == SEM_NONE || !used[i])
            continue;
        if (!looked)
            l = plan_last(t);
        looked = true;
        if (l.ms != TIME_NONE && l.ms >= zone_utc(v->zone, (v->lists_end + INT64_C(1)) * TIME_DAY_MS, NULL))
            list_ends(t, i, &l);
    }
}
