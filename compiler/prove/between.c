/* Owns: G5008 for what is due so long after another phase: do the phases between
 * the two fit in? It holds for every start, so no dates are needed.
 * Must not know: dates (bounds.c). */
#include "compiler/prove/time.h"

/* Phases are looked at so often for all deadlines together; then it is given up.
 * A plan that people wrote comes to a few hundred. */
enum { STEPS = 4000000 };

typedef struct Between {
    Times *t;
    uint32_t *place;   /* of a phase in Sem.order */
    int64_t *dist;     /* from the end of `from` to the end of each; -1: nothing leads there */
    uint32_t *via;
    const SemDuration *limit;
    uint32_t steps;
} Between;

/* In the unit of the deadline: business days of its calendar, or clock time. A
 * business hour takes an hour of the clock at least; a business day may take less
 * than one. */
static int64_t in_unit(const SemDuration *limit, const SemDuration *d)
{
    if (limit->kind == ST_DAYS)
        return d->kind == ST_DAYS && d->calendar == limit->calendar ? d->n : 0;
    return d->kind == ST_CLOCK ? d->n : d->kind == ST_HOURS && d->n < LIM_CALENDAR_DAYS * 24 ? d->n * TIME_HOUR_MS : 0;
}

static int64_t shortest(const Between *b, const SemPhase *p)
{
    const Sem *s = b->t->s;
    int64_t holds = 0, estimate = in_unit(b->limit, &p->estimate[0]);
    if (p->when != 0)
        return 0;
    for (uint32_t i = 0; i < p->n_checks; i++)
        holds += in_unit(b->limit, &s->checks[p->first_check + i].hold_for);
    return estimate > holds ? estimate : holds;
}

/* The longest way to what is needed; of several that would do, the shortest. */
static int64_t reached(const Between *b, const SemNeed *needs, uint32_t n, bool any, uint32_t *via)
{
    int64_t best = -1;
    *via = SEM_NONE;
    for (uint32_t i = 0; i < n; i++) {
        int64_t d = needs[i].even_if_failed ? -1 : b->dist[needs[i].phase];
        if (d < 0 && any)
            return -1;
        if (d >= 0 && (best < 0 || (any ? d < best : d > best))) {
            best = d;
            *via = needs[i].phase;
        }
    }
    return best;
}

/* How long it takes from the end of one phase until all these are done. */
static int64_t takes(Between *b, uint32_t from, const SemNeed *needs, uint32_t n, bool any, uint32_t *via)
{
    const Sem *s = b->t->s;
    uint32_t last = b->place[from];
    for (uint32_t i = 0; i < n; i++)
        if (b->place[needs[i].phase] > last)
            last = b->place[needs[i].phase];
    for (uint32_t i = 0; i < last; i++)
        b->dist[s->order[i]] = -1;
    b->dist[from] = 0;
    b->via[from] = SEM_NONE;
    for (uint32_t i = b->place[from] + 1; i <= last; i++) {
        uint32_t phase = s->order[i];
        const SemPhase *p = &s->phases[phase];
        int64_t d = p->n_needs == 0 ? -1 : reached(b, p->needs, p->n_needs, p->needs_any, &b->via[phase]);
        b->dist[phase] = d < 0 ? -1 : d + shortest(b, p);
        b->steps += 1 + p->n_needs;
    }
    b->steps += last;
    return reached(b, needs, n, any, via);
}

static Str amount(Between *b, int64_t n)
{
    if (b->limit->kind == ST_DAYS)
        return chk_printf(b->t->c, "%lld business day%s", (long long)n, n == 1 ? "" : "s");
    return time_length_words(b->t, n);
}

static Str path_words(Between *b, uint32_t phase)
{
    enum { NAMES = 8 };
    Str path = {"", 0};
    for (uint32_t i = 0; phase != SEM_NONE && i < NAMES; phase = b->via[phase], i++)
        path = chk_printf(b->t->c, "%.*s%s%.*s", STR_ARG(b->t->s->phases[phase].name), path.n > 0 ? ", " : "", STR_ARG(path));
    return phase == SEM_NONE ? path : chk_printf(b->t->c, "..., %.*s", STR_ARG(path));
}

static void too_long(Between *b, Str name, const SemMoment *m, int64_t ms, uint32_t last)
{
    Times *t = b->t;
    Diag *d = chk_report(t->c, 5008, t->f, m->node, "`%.*s` cannot be done in time, however well all goes", STR_ARG(name));
    diag_label(t->c->diags, d, "%.*s after the end of `%.*s`, but what lies between takes %.*s at least",
               STR_ARG(amount(b, b->limit->n)), STR_ARG(t->s->phases[m->index].name), STR_ARG(amount(b, ms)));
    diag_note(t->c->diags, d, "the longest way: %.*s", STR_ARG(path_words(b, last)));
    diag_help(t->c->diags, d, "give it more time, or let phases run side by side");
}

static bool counts(Between *b, const SemMoment *m)
{
    b->limit = &m->after;
    return m->kind == SM_PHASE && b->steps < STEPS && (m->after.kind == ST_CLOCK || m->after.kind == ST_DAYS);
}

static void start(Between *b, Times *t)
{
    const Sem *s = t->s;
    *b = (Between){.t = t, .place = ARENA_NEW(t->c->arena, uint32_t, s->n_phases),
                   .dist = ARENA_NEW(t->c->arena, int64_t, s->n_phases),
                   .via = ARENA_NEW(t->c->arena, uint32_t, s->n_phases)};
    for (uint32_t i = 0; i < s->n_phases; i++)
        b->place[s->order[i]] = i;
}

void time_between(Times *t)
{
    const Sem *s = t->s;
    Between b = {.t = NULL};
    if (s->order == NULL)
        return;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        if (p->deadline->kind != SM_PHASE || p->when != 0)
            continue;
        if (b.t == NULL)
            start(&b, t);
        SemNeed self = {.phase = i};
        uint32_t via;
        int64_t ms = counts(&b, p->deadline) ? takes(&b, p->deadline->index, &self, 1, false, &via) : -1;
        if (ms > b.limit->n)
            too_long(&b, p->name, p->deadline, ms, via);
    }
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        const SemMilestone *m = &s->milestones[i];
        if (m->due.kind != SM_PHASE)
            continue;
        if (b.t == NULL)
            start(&b, t);
        uint32_t via;
        int64_t ms = counts(&b, &m->due) ? takes(&b, m->due.index, m->needs, m->n_needs, m->needs_any, &via) : -1;
        if (ms > b.limit->n)
            too_long(&b, m->name, &m->due, ms, via);
    }
}
