/* Owns: G5005: is there an hour in which the people asked are at work, before the
 * answer is due.
 * Must not know: who they are (quorum.c). */
#include "compiler/prove/time.h"

/* People's calendar is the one in which gates, tasks and estimates count business
 * time: of the gate itself, else the only one of the plan. A calendar that is named as a
 * window alone says nothing about people. SEM_NONE: not known. */
static uint32_t same(uint32_t calendar, const SemDuration *d, bool *several)
{
    if (d->kind != ST_DAYS && d->kind != ST_HOURS)
        return calendar;
    *several = *several || (calendar != SEM_NONE && calendar != d->calendar);
    return d->calendar;
}

static uint32_t of_gate(const SemGate *g, uint32_t calendar, bool *several)
{
    const SemDuration *all[] = {&g->within, &g->remind, &g->again->every, &g->good_for};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        calendar = same(calendar, all[i], several);
    return calendar;
}

static uint32_t of_plan(const Sem *s)
{
    uint32_t calendar = SEM_NONE;
    bool several = false;
    for (uint32_t i = 0; i < s->n_gates; i++)
        calendar = of_gate(&s->gates[i], calendar, &several);
    for (uint32_t i = 0; i < s->n_tasks; i++) {
        calendar = same(calendar, &s->tasks[i].within, &several);
        calendar = same(calendar, &s->tasks[i].remind, &several);
    }
    for (uint32_t i = 0; i < s->n_phases; i++)
        calendar = same(calendar, &s->phases[i].estimate[0], &several);
    return several ? SEM_NONE : calendar;
}

/* When the question is put, where that is certain: at the start, where the phase
 * waits for nothing. `not before` holds the release up, not the question, which is
 * put when the phase is staged (design 5.5). */
static bool asked_at(const Times *t, const SemGate *g, int64_t *ms)
{
    const SemPhase *p = &t->s->phases[g->phase];
    *ms = t->start_ms;
    return t->real && p->n_needs == 0 && p->n_requires == 0 && !p->only_when_started;
}

/* The last moment of the answer, on the clock alone: business time has open
 * hours by itself. */
static bool due_at(const SemGate *g, int64_t from, int64_t *ms)
{
    int64_t within = sem_ms(g->within), again = g->otherwise == SO_AGAIN ? sem_ms(g->again->every) : 0;
    if (within < 0 || again < 0 || within > LIM_CALENDAR_DAYS * TIME_DAY_MS)
        return false;
    if (again > 0 && g->again->most > LIM_CALENDAR_DAYS * TIME_DAY_MS / again)
        return false;
    *ms = from + within + again * (g->otherwise == SO_AGAIN ? g->again->most : 0);
    if (g->otherwise == SO_ASK)
        *ms += within;
    return true;
}

static void no_open_hour(Times *t, const SemGate *g, uint32_t calendar, int64_t from, int64_t due)
{
    const SemCalendar *cal = &t->s->calendars[calendar];
    const Calendar *c = sem_calendar(t->s, calendar);
    int64_t opens;
    Diag *d = chk_report(t->c, 5005, t->f, g->within.node, "nobody is at work while the answer is awaited");
    diag_label(t->c->diags, d, "asked %.*s, due %.*s", STR_ARG(time_when_words(t, calendar, from)),
               STR_ARG(time_when_words(t, calendar, due)));
    bool opens_again = cal_opening(c, from, &opens);
    const File *f = (const File *)cal->file;
    if (opens_again)
        chk_also(t->c, d, f, chk_node(f, cal->node)->a, "opens next %.*s", STR_ARG(time_when_words(t, calendar, opens)));
    else
        chk_also(t->c, d, f, chk_node(f, cal->node)->a, "does not open any more");
    diag_help(t->c->diags, d, "count the time in business hours or days, or give more of it");
}

void time_answers(Times *t)
{
    const Sem *s = t->s;
    uint32_t plan = of_plan(s);
    for (uint32_t i = 0; i < s->n_gates; i++) {
        const SemGate *g = &s->gates[i];
        bool several = false;
        int64_t from, due;
        uint32_t calendar = of_gate(g, SEM_NONE, &several);
        if (calendar == SEM_NONE)
            calendar = plan;
        const Calendar *c = several ? NULL : sem_calendar(s, calendar);
        CalSpan span;
        if (g->level >= 2 && c != NULL && due_at(g, 0, &due) && asked_at(t, g, &from) && due_at(g, from, &due) &&
            !(cal_next(c, from, &span) && span.from_ms < due))
            no_open_hour(t, g, calendar, from, due);
    }
}
