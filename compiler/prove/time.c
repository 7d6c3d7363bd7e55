/* Owns: whether windows, freezes, timeouts and deadlines can hold together: G5003,
 * G5004, G5007, G5009, G5014; and the order of the analyses of time.
 * Must not know: how calendars count (vm/core/calendar.h). */
#include "compiler/prove/time.h"
#include "vm/os/os.h"

/* A step that windows hold: an action or a task. */
typedef struct Held {
    const SemDuring *during; uint32_t n;
    const SemMoment *not_before; /* NULL: it cannot say so */
    int64_t ms;                  /* must fit in; -1: not known */
    SynRef node;
    const char *what;            /* "action" */
    Str name;
} Held;

static Held of_action(const SemAction *a)
{
    return (Held){a->during, a->n_during, a->not_before, time_timeout(a), a->node, "action", a->name};
}

static Held of_task(const SemTask *k)
{
    return (Held){k->during, k->n_during, NULL, 1, k->node, "task", k->name};
}

static Window *window_of(Times *t, const SemPhase *p, const Held *h)
{
    return time_window(t, h->during, h->n, p->during, p->n_during);
}

/* All windows of a step, its phase's first. */
static void say_all(Times *t, Diag *d, const SemPhase *p, const Held *h, SynRef but)
{
    for (uint32_t i = 0; i < p->n_during; i++)
        if (p->during[i].node != but)
            time_say_window(t, d, &p->during[i]);
    for (uint32_t i = 0; h != NULL && i < h->n; i++)
        if (h->during[i].node != but)
            time_say_window(t, d, &h->during[i]);
}

/* --- G5007: nothing is ever open ------------------------------------------------- */

static bool is_empty(Times *t, Window *w)
{
    return w != NULL && !time_holds(t, w, 1);
}

static void never_open(Times *t, const SemPhase *p, const Held *h)
{
    const SemDuring *own = h != NULL && h->n > 0 ? h->during : p->during;
    uint32_t n = p->n_during + (h == NULL ? 0 : h->n);
    const SemCalendar *cal = &t->s->calendars[own[0].calendar];
    SynRef path = chk_node(t->f, own[0].node)->a;
    Str when = t->real ? chk_printf(t->c, " after %.*s", STR_ARG(time_when_words(t, own[0].calendar, t->start_ms)))
                       : (Str){"", 0};
    Diag *d;
    if (n == 1 && !own[0].never) {
        d = chk_report(t->c, 5007, t->f, path, "`%.*s` is never open%.*s", STR_ARG(cal->name), STR_ARG(when));
        diag_label(t->c->diags, d, "so this never runs");
    } else {
        d = chk_report(t->c, 5007, t->f, path, "these windows leave no time at all%.*s", STR_ARG(when));
        diag_label(t->c->diags, d, "%s", own[0].never ? "never in this calendar" : "only runs in this calendar");
        say_all(t, d, p, h, own[0].node);
    }
    chk_also(t->c, d, (const File *)cal->file, chk_node((const File *)cal->file, cal->node)->a, "declared here");
    diag_help(t->c->diags, d, n == 1 ? "give the calendar another opening, or name another calendar"
                                     : "drop one of these lines, or change what a calendar says");
}

/* --- G5003, G5014: too long for every opening ---------------------------------------- */

static void too_long(Times *t, const SemPhase *p, const SemAction *a, const Held *h, const Window *w)
{
    SynRef at = a->timeout.node != 0 ? a->timeout.node : chk_node(t->f, a->node)->a;
    Diag *d = chk_report(t->c, 5003, t->f, at, "this action may need more time than its window ever offers");
    diag_label(t->c->diags, d, a->timeout.node != 0 ? "allowed to run for %.*s" : "says no `timeout`, so it is allowed to run for %.*s",
               STR_ARG(time_length_words(t, h->ms)));
    if (w->n == 1)
        time_say_longest(t, d, h->n > 0 ? h->during : p->during, 1, w->longest_ms);
    else
        diag_note(t->c->diags, d, "longest time that all of its windows leave: %.*s", STR_ARG(time_length_words(t, w->longest_ms)));
    say_all(t, d, p, h, 0);
    diag_help(t->c->diags, d, "%s %.*s, or open the calendar for longer",
              a->timeout.node != 0 ? "lower the timeout to" : "say how long it may take, at most", STR_ARG(time_length_words(t, w->longest_ms)));
}

static void retries_too_long(Times *t, const SemPhase *p, const SemAction *a, const Held *h, const Window *w, int64_t ms)
{
    Diag *d = chk_report(t->c, 5014, t->f, a->retry->every.node, "the last retry never fits into the window");
    diag_label(t->c->diags, d, "%u retries every %.*s, and the last may run for %.*s: %.*s", a->retry->most,
               STR_ARG(time_length_words(t, a->retry->every.n)), STR_ARG(time_length_words(t, h->ms)),
               STR_ARG(time_length_words(t, ms)));
    if (w->n == 1)
        time_say_longest(t, d, h->n > 0 ? h->during : p->during, 1, w->longest_ms);
    say_all(t, d, p, h, 0);
    diag_help(t->c->diags, d, "retry sooner or fewer times, so that all of it fits into %.*s",
              STR_ARG(time_length_words(t, w->longest_ms)));
}

static void lengths(Times *t, const SemPhase *p, const SemAction *a)
{
    Held h = of_action(a);
    Window *w = window_of(t, p, &h);
    if (w == NULL || h.ms < 0 || w->longest_ms == 0)
        return;
    if (!time_holds(t, w, h.ms)) {
        too_long(t, p, a, &h, w);
        return;
    }
    int64_t every = sem_ms(a->retry->every);
    if (a->retry->most == 0 || every <= 0 || every > LIM_CALENDAR_DAYS * TIME_DAY_MS)
        return;
    int64_t all = a->retry->most * every + h.ms;
    if (!time_holds(t, w, all))
        retries_too_long(t, p, a, &h, w, all);
}

static void windows_of_phase(Times *t, const SemPhase *p)
{
    const Sem *s = t->s;
    if (p->n_during > 0 && is_empty(t, time_window(t, p->during, p->n_during, NULL, 0))) {
        never_open(t, p, NULL);
        return;
    }
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &s->actions[p->first_action + i];
        Held h = of_action(a);
        if (h.n > 0 && is_empty(t, window_of(t, p, &h)))
            never_open(t, p, &h);
        else if (h.n + p->n_during > 0)
            lengths(t, p, a);
    }
    for (uint32_t i = 0; i < p->n_tasks; i++) {
        Held h = of_task(&s->tasks[p->first_task + i]);
        if (h.n > 0 && is_empty(t, window_of(t, p, &h)))
            never_open(t, p, &h);
    }
}

/* --- G5004: the window does not open in time -------------------------------------------- */

/* A closed line that stands in the way between two instants. */
static void say_closed(Times *t, Diag *d, const Window *w, int64_t from, int64_t until)
{
    for (uint32_t i = 0; i < w->n; i++) {
        const SemCalendar *cal = &t->s->calendars[w->keys[i] / 2];
        const Zone *z = cal_zone(w->set.items[i].calendar);
        for (uint32_t k = 0; k < cal->n_closed && w->keys[i] % 2 == 0; k++) {
            const SemClosed *x = &cal->closed[k];
            if (zone_utc(z, (x->last + INT64_C(1)) * TIME_DAY_MS, NULL) <= from || zone_utc(z, x->first * TIME_DAY_MS, NULL) >= until)
                continue;
            chk_also(t->c, d, (const File *)cal->file, x->node, "closed then");
            return;
        }
    }
}

static void too_late(Times *t, const SemPhase *p, const Held *h, const Window *w, int64_t from, int64_t opens, int64_t until)
{
    const SemDuring *first = h->n > 0 ? h->during : p->during;
    SynRef at = w == NULL ? h->not_before->node : chk_node(t->f, first[0].node)->a;
    uint32_t calendar = w == NULL ? h->not_before->calendar : first[0].calendar;
    Diag *d = chk_report(t->c, 5004, t->f, at, until == TIME_NONE ? "this %s never gets to run: its window does not open again"
                                                                  : "this %s never gets to run before its deadline", h->what);
    if (opens == TIME_NONE)
        diag_label(t->c->diags, d, "does not open after %.*s", STR_ARG(time_when_words(t, calendar, from)));
    else
        diag_label(t->c->diags, d, "%s %.*s", w == NULL ? "not before" : "open for it on", STR_ARG(time_when_words(t, calendar, opens)));
    if (until != TIME_NONE)
        chk_also(t->c, d, t->f, p->deadline->node, "must be done by %.*s", STR_ARG(time_end_words(t, p->deadline, until)));
    if (w != NULL && h->not_before != NULL && h->not_before->node != 0)
        chk_also(t->c, d, t->f, h->not_before->node, "and not before this");
    if (w != NULL) {
        say_all(t, d, p, h, first[0].node);
        say_closed(t, d, w, from, opens != TIME_NONE ? opens : INT64_MAX);
    }
    diag_help(t->c->diags, d, until == TIME_NONE ? "give the calendar an opening behind that moment, or move the moment"
              : w == NULL ? "move one of the two" : "move the deadline behind it, or let the calendar open earlier");
}

static bool never_runs(Times *t, const SemPhase *p, const Held *h, int64_t free_ms, int64_t until)
{
    int64_t from = free_ms, not_before;
    if (h->not_before != NULL && sem_moment_ms(t->s, h->not_before, SEM_BEGIN, &not_before) && not_before > from)
        from = not_before;
    Window *w = window_of(t, p, h);
    if (w == NULL) {
        bool late = until != TIME_NONE && from > free_ms && from >= until && h->n + p->n_during == 0;
        if (late)
            too_late(t, p, h, NULL, from, from, until);
        return late;
    }
    /* Where it does not open at all, or not for long enough, that was said. */
    if (h->ms < 0 || !time_holds(t, w, h->ms < 1 ? 1 : h->ms))
        return false;
    if (from == TIME_NONE)
        from = until == TIME_NONE ? TIME_NONE : t->from_ms;
    int64_t opens = time_fit(t, w, from, h->ms < 1 ? 1 : h->ms);
    if (from == TIME_NONE || (opens != TIME_NONE && (until == TIME_NONE || opens < until)))
        return false;
    too_late(t, p, h, w, from, opens, until);
    return true;
}

/* The gate alone holds it back for too long. */
static bool never_released(Times *t, const SemPhase *p, int64_t *free_ms, int64_t until)
{
    int64_t at;
    const SemMoment *m = p->gate == SEM_NONE ? NULL : t->s->gates[p->gate].not_before;
    if (m == NULL || !sem_moment_ms(t->s, m, SEM_BEGIN, &at) || at <= *free_ms)
        return false;
    if (until != TIME_NONE && at >= until) {
        too_late(t, p, &(Held){.not_before = m, .what = "phase"}, NULL, at, at, until);
        return true;
    }
    *free_ms = at;
    return false;
}

bool time_never_runs(Times *t, const SemPhase *p, int64_t free_ms, int64_t until)
{
    const Sem *s = t->s;
    bool never = false, by_phase = false;
    if (never_released(t, p, &free_ms, until))
        return true;
    for (uint32_t i = 0; i < p->n_actions + p->n_tasks; i++) {
        bool action = i < p->n_actions;
        Held h = action ? of_action(&s->actions[p->first_action + i])
                        : of_task(&s->tasks[p->first_task + i - p->n_actions]);
        bool own = h.n > 0 || (h.not_before != NULL && h.not_before->node != 0);
        if (!own && by_phase)
            continue; /* one cause, one report */
        bool this_one = never_runs(t, p, &h, free_ms, until);
        by_phase = by_phase || (this_one && !own);
        never = never || this_one;
    }
    return never;
}

/* --- G5009: dates that are over -------------------------------------------------------- */

static void over(Times *t, const SemMoment *m, const char *clause)
{
    int64_t end;
    if (m->node == 0 || !sem_moment_ms(t->s, m, SEM_END, &end) || end > t->start_ms)
        return;
    Diag *d = chk_report(t->c, 5009, t->f, m->node, "this `%s` is over before the run starts", clause);
    diag_label(t->c->diags, d, "over by %.*s, when the run is said to start",
               STR_ARG(time_when_words(t, m->calendar, t->start_ms)));
    diag_help(t->c->diags, d, "write a later moment, or start earlier");
}

static void all_over(Times *t)
{
    const Sem *s = t->s;
    for (uint32_t i = 0; i < s->n_phases; i++)
        over(t, s->phases[i].deadline, "deadline");
    for (uint32_t i = 0; i < s->n_gates; i++)
        over(t, s->gates[i].not_before, "not before");
    for (uint32_t i = 0; i < s->n_actions; i++)
        over(t, s->actions[i].not_before, "not before");
}

/* --- the order ---------------------------------------------------------------------------- */

void prove_time(Checker *c)
{
    Sem *s = c->sem;
    if (s->n_calendars == 0 && !c->says_moments)
        return;
    Times t = {.c = c, .s = s, .f = c->main, .start_ms = TIME_NONE, .from_ms = 0,
               .end_ms = os_days_from_civil(2100, 1, 1) * TIME_DAY_MS};
    if ((t.real = sem_start_ms(s, c->options, &t.start_ms))) {
        t.from_ms = t.start_ms;
        t.end_ms = t.start_ms + LIM_CALENDAR_DAYS * TIME_DAY_MS;
        all_over(&t);
    } else {
        t.start_ms = TIME_NONE;
    }
    for (uint32_t i = 0; i < s->n_phases && s->n_calendars > 0; i++)
        windows_of_phase(&t, &s->phases[i]);
    time_bounds(&t);
    time_between(&t);
    if (s->n_calendars == 0)
        return;
    time_answers(&t);
    time_holidays(&t);
    time_clock_changes(&t);
}
