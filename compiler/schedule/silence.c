/* Owns: the story of silence: where a run ends when nobody ever answers, what has
 * been changed by then, and whether that can be taken back.
 * Must not know: how dates follow from each other (network.c).
 *
 * In the story every action succeeds and every check holds, at the earliest; only
 * people say nothing: no gate is answered, no task attested, no event comes, since
 * events are what people elsewhere have done. Expiry ends the run and undoes
 * nothing (design 5.7). */
#include "compiler/schedule/schedule_int.h"

#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX

typedef enum LineKind { LN_RUNS, LN_ASKS, LN_AGAIN, LN_OTHERS, LN_WAITS, LN_GOES_ON, LN_FAILS, LN_STOPS } LineKind;

/* One line of the story. */
typedef struct Line {
    int64_t at_ms;
    LineKind kind;
    uint32_t phase;
    uint32_t step;        /* tasks or awaits, of LN_WAITS and what follows; SEM_NONE: the gate */
    int64_t due_ms;       /* -1: nothing is said */
    uint32_t order;       /* of equal instants, the first that was found */
} Line;

typedef struct Story {
    Net net;
    const Zone *zone;
    Line *lines; uint32_t n, cap;
    int64_t *begins;      /* of each phase: when its steps begin; NEVER */
    uint32_t *reached;    /* of each phase: its steps that have been run */
    int64_t end_ms;       /* NEVER: it waits for ever */
    uint32_t end_phase;
    bool failed;          /* it ends by a failure, not by a gate */
    bool *values;         /* a text was printed with a value in it */
} Story;

static void add(Story *s, Line l)
{
    if (s->n == s->cap) {
        Line *more = ARENA_NEW(s->net.arena, Line, s->cap * 2 + 32);
        if (s->n > 0)
            memcpy(more, s->lines, s->n * sizeof *more);
        s->lines = more;
        s->cap = s->cap * 2 + 32;
    }
    l.order = s->n;
    s->lines[s->n++] = l;
}

static void ends(Story *s, int64_t at_ms, uint32_t phase, bool failed)
{
    if (at_ms >= s->end_ms)
        return;
    s->end_ms = at_ms;
    s->end_phase = phase;
    s->failed = failed;
}

/* A duration behind t; NEVER: nothing is said, or it lies too far away. */
static int64_t behind(Story *s, SemDuration d, int64_t n, int64_t t)
{
    int64_t at;
    return d.kind != ST_NONE && sched_add(&s->net, d, n, t, &at) ? at : NEVER;
}

/* --- gates ---------------------------------------------------------------------- */

static void gate(Story *s, uint32_t phase, const SemGate *g, int64_t at)
{
    int64_t due = behind(s, g->within, sched_units(g->within), at);
    add(s, (Line){at, LN_ASKS, phase, SEM_NONE, due == NEVER ? -1 : due, 0});
    if (due == NEVER && g->otherwise != SO_AGAIN)
        return;
    int64_t from = due == NEVER ? at : due, last = from;
    if (g->otherwise == SO_AGAIN) {
        last = behind(s, g->again->every, sched_units(g->again->every) * g->again->most, from);
        add(s, (Line){from, LN_AGAIN, phase, SEM_NONE, last == NEVER ? -1 : last, 0});
    } else if (g->otherwise == SO_ASK) {
        last = behind(s, g->within, sched_units(g->within), from);
        add(s, (Line){from, LN_OTHERS, phase, SEM_NONE, last == NEVER ? -1 : last, 0});
    }
    if (last == NEVER)
        return;
    add(s, (Line){last, LN_STOPS, phase, SEM_NONE, -1, 0});
    ends(s, last, phase, false);
}

/* --- steps ------------------------------------------------------------------------ */

static bool goes_on(const SemPhase *p)
{
    return (p->on_failure & OF_CONTINUE) != 0;
}

/* The phase fails at that time: whoever needs it even so may go on. */
static void fails(Story *s, uint32_t phase, uint32_t step, int64_t at)
{
    add(s, (Line){at, LN_FAILS, phase, step, -1, 0});
    if (!goes_on(&s->net.sem->phases[phase]))
        ends(s, at, phase, true);
}

/* The first step that waits for somebody; what stands before it is run. */
static void steps(Story *s, uint32_t phase, int64_t begin, int64_t finish)
{
    const Sem *sem = s->net.sem;
    const SemPhase *p = &sem->phases[phase];
    s->net.finish[phase] = finish;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        uint32_t step = p->steps[i].index;
        s->reached[phase] = i;
        if (p->steps[i].kind == SS_TASK) {
            int64_t due = behind(s, sem->tasks[step].within, sched_units(sem->tasks[step].within), begin);
            add(s, (Line){begin, LN_WAITS, phase, i, due == NEVER ? -1 : due, 0});
            s->net.finish[phase] = NEVER;
            if (due != NEVER)
                fails(s, phase, i, due);
            return;
        }
        if (p->steps[i].kind != SS_AWAIT)
            continue;
        const SemAwait *w = &sem->awaits[step];
        int64_t due = behind(s, w->within, sched_units(w->within), begin);
        add(s, (Line){begin, LN_WAITS, phase, i, due == NEVER ? -1 : due, 0});
        if (due != NEVER && w->otherwise == SO_CONTINUE) {
            add(s, (Line){due, LN_GOES_ON, phase, i, -1, 0});
            begin = due;
            if (due > s->net.finish[phase])
                s->net.finish[phase] = due;
            continue;
        }
        s->net.finish[phase] = NEVER;
        if (due != NEVER)
            fails(s, phase, i, due);
        return;
    }
    s->reached[phase] = p->n_steps;
}

static bool one_phase(Story *s, uint32_t phase, Buf *why)
{
    const Sem *sem = s->net.sem;
    const SemPhase *p = &sem->phases[phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &sem->gates[p->gate];
    int64_t ready = sched_ready(&s->net, phase);
    Draw draw = sched_shortest(&s->net, phase);
    PhaseDates d;
    s->net.finish[phase] = s->begins[phase] = NEVER;
    if (ready == NEVER || p->only_when_started || p->never_starts)
        return true;
    if (g != NULL && g->level >= 2) {
        gate(s, phase, g, ready);
        return true;
    }
    if (!sched_phase(&s->net, phase, ready, &draw, &d)) {
        buf_printf(why, "the phase `%.*s` never comes to an end: its windows or calendars leave nothing "
                   "open within %d days", STR_ARG(p->name), LIM_CALENDAR_DAYS);
        return false;
    }
    s->begins[phase] = d.begin_ms;
    add(s, (Line){d.begin_ms, LN_RUNS, phase, SEM_NONE, d.finish_ms, 0});
    steps(s, phase, d.begin_ms, d.finish_ms);
    return true;
}

/* --- words ---------------------------------------------------------------------------- */

static void put_roles(const Sem *s, const SemWho *w, Buf *out)
{
    if (w->kind == WHO_ALL)
        buf_puts(out, "all of ");
    else if (w->kind == WHO_ANY)
        buf_puts(out, "any of ");
    else if (w->kind == WHO_N)
        buf_printf(out, "%u of ", w->quorum);
    for (uint32_t i = 0; i < w->n; i++)
        buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(s->roles[w->roles[i]].name));
}

/* On one line: what stands on several is joined. */
static void put_joined(Str s, Buf *out)
{
    bool blank = false;
    for (size_t i = 0; i < s.n; i++) {
        bool line = s.p[i] == '\n' || s.p[i] == '\r';
        if (line || (blank && s.p[i] == ' ')) {
            blank = true;
            continue;
        }
        if (blank)
            buf_putc(out, ' ');
        blank = false;
        buf_putc(out, s.p[i]);
    }
}

/* A text as it is read; of a value in it only the name is known: <version>. */
static void put_text(const Story *s, SemExpr x, Buf *out)
{
    if (x.node == 0)
        return;
    const SynTree *t = x.file->source.tree;
    buf_putc(out, '"');
    if (sem_node(x)->kind != SYN_TEXTI)
        put_joined(syn_decode(t, x.node, s->net.arena), out);
    SYN_EACH(t, k, sem_node(x)->kind == SYN_TEXTI ? sem_node(x)->a : 0) {
        if (syn(t, k)->kind == SYN_TEXTPART) {
            put_joined(syn_decode(t, k, s->net.arena), out);
            continue;
        }
        buf_printf(out, "<%.*s>", STR_ARG(syn_text(t, k)));
        *s->values = true;
    }
    buf_putc(out, '"');
}

static void put_due(const Story *s, const Line *l, Buf *out)
{
    if (l->due_ms < 0) {
        buf_puts(out, ", for ever: nothing says until when");
        return;
    }
    buf_puts(out, ", until ");
    sched_when(s->zone, l->due_ms, out);
}

static Str step_name(const Sem *s, const SemPhase *p, uint32_t step)
{
    const SemStep *t = &p->steps[step];
    return t->kind == SS_TASK ? s->tasks[t->index].name : s->awaits[t->index].name;
}

static void put_line(const Story *s, const Line *l, Buf *out)
{
    const Sem *sem = s->net.sem;
    const SemPhase *p = &sem->phases[l->phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &sem->gates[p->gate];
    sched_when(s->zone, l->at_ms, out);
    buf_printf(out, "  %.*s ", STR_ARG(p->name));
    switch (l->kind) {
    case LN_RUNS:
        buf_puts(out, g != NULL && g->level == 1 ? "runs, and people are told" : "runs by itself");
        break;
    case LN_ASKS:
        buf_puts(out, "asks ");
        put_roles(sem, &g->by, out);
        buf_puts(out, g->question == 0 ? "" : ": ");
        put_text(s, sem_own(sem, g->question), out);
        put_due(s, l, out);
        break;
    case LN_AGAIN:
        buf_printf(out, "asks again, %u time%s", g->again->most, g->again->most == 1 ? "" : "s");
        put_due(s, l, out);
        break;
    case LN_OTHERS:
        buf_puts(out, "asks others, too: ");
        put_roles(sem, g->ask_who, out);
        put_due(s, l, out);
        break;
    case LN_WAITS:
        buf_printf(out, "waits for `%.*s`", STR_ARG(step_name(sem, p, l->step)));
        put_due(s, l, out);
        break;
    case LN_GOES_ON:
        buf_printf(out, "goes on without `%.*s`", STR_ARG(step_name(sem, p, l->step)));
        break;
    case LN_FAILS:
        buf_printf(out, "fails: `%.*s` did not come%s", STR_ARG(step_name(sem, p, l->step)),
                   goes_on(p) ? ", and the run goes on" : "");
        break;
    default:
        buf_puts(out, "has no answer: the run stops");
        break;
    }
    buf_putc(out, '\n');
}

static int by_time(const void *a, const void *b)
{
    const Line *x = a, *y = b;
    return x->at_ms != y->at_ms ? (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms)
                                : (x->order > y->order) - (x->order < y->order);
}

/* --- what is left behind ---------------------------------------------------------------- */

/* Whether a step of a phase has been run when the story ends. */
static bool happened(const Story *s, uint32_t phase, uint32_t step)
{
    return s->begins[phase] <= s->end_ms && s->begins[phase] != NEVER && step < s->reached[phase];
}

static uint32_t changed(const Story *s, bool for_good, Buf *out)
{
    const Sem *sem = s->net.sem;
    uint32_t n = 0;
    for (uint32_t i = 0; i < sem->n_phases; i++)
        for (uint32_t k = 0; k < sem->phases[i].n_steps; k++) {
            const SemStep *t = &sem->phases[i].steps[k];
            if (t->kind != SS_ACTION || !happened(s, i, k) || !sem_writes(sem, &sem->actions[t->index]))
                continue;
            const SemAction *a = &sem->actions[t->index];
            bool stays = a->undo_kind == AU_NONE;
            if (stays != for_good)
                continue;
            n++;
            buf_printf(out, "  %.*s.%.*s%s", STR_ARG(sem->phases[i].name), STR_ARG(a->name),
                       stays ? ", because: " : a->when != 0 ? ", if its condition held" : "");
            put_text(s, sem_own(sem, a->undo_because), out);
            buf_putc(out, '\n');
        }
    return n;
}

static void never_reached(const Story *s, Buf *out)
{
    const Sem *sem = s->net.sem;
    const char *comma = "Not done: ";
    for (uint32_t i = 0; i < sem->n_phases; i++) {
        if (s->begins[i] <= s->end_ms && s->begins[i] != NEVER)
            continue;
        buf_printf(out, "%s%.*s", comma, STR_ARG(sem->phases[i].name));
        comma = ", ";
    }
    if (*comma == ',')
        buf_putc(out, '\n');
}

static bool anything_waits(const Story *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->lines[i].kind == LN_ASKS || s->lines[i].kind == LN_WAITS)
            return true;
    return false;
}

static void put_end(const Story *s, Buf *out)
{
    Buf stays = {0}, goes = {0};
    const SemPhase *p = &s->net.sem->phases[s->end_phase];
    if (s->end_ms != NEVER) {
        buf_printf(out, "It ends at `%.*s`, on ", STR_ARG(p->name));
        sched_when(s->zone, s->end_ms, out);
        buf_puts(out, s->failed ? ", as failed.\n" : ", as rejected.\n");
    } else if (anything_waits(s)) {
        buf_puts(out, "It never ends: it waits until somebody answers, or cancels it.\n");
    } else {
        buf_puts(out, "It comes to its end without a question to anybody.\n");
    }
    never_reached(s, out);
    uint32_t kept = changed(s, true, &stays), back = changed(s, false, &goes);
    if (kept == 0 && back == 0)
        buf_puts(out, "Nothing was changed.\n");
    if (back > 0) {
        buf_puts(out, "Changed, and stays so until `gate rollback`:\n");
        buf_str(out, buf_view(&goes));
    }
    if (kept > 0) {
        buf_puts(out, "Changed, and cannot be taken back:\n");
        buf_str(out, buf_view(&stays));
    }
    buf_free(&stays);
    buf_free(&goes);
}

bool sched_silence(const Sem *sem, const SchedOptions *o, Arena *arena, Buf *out, Buf *why)
{
    bool values = false;
    Story s = {.zone = o->zone, .end_ms = NEVER, .values = &values,
               .begins = ARENA_NEW(arena, int64_t, sem->n_phases + 1),
               .reached = ARENA_NEW(arena, uint32_t, sem->n_phases + 1)};
    sched_open(&s.net, sem, o->start_ms, arena);
    for (uint32_t k = 0; k < sem->n_phases; k++)
        if (!one_phase(&s, s.net.order[k], why))
            return false;
    if (s.n > 0)
        qsort(s.lines, s.n, sizeof *s.lines, by_time);
    buf_printf(out, "If nobody ever answers, `%.*s` goes like this, at the earliest:\n", STR_ARG(sem->name));
    for (uint32_t i = 0; i < s.n && s.lines[i].at_ms <= s.end_ms; i++)
        put_line(&s, &s.lines[i], out);
    put_end(&s, out);
    if (values)
        buf_puts(out, "What stands in < > is known only when it runs.\n");
    return true;
}
