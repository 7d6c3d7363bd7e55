/* Owns: what is likely: many runs of the network, each with its own luck.
 * Must not know: how dates follow from each other (network.c).
 *
 * In each run an estimate takes any length between its two ends, and a gate is
 * answered at any time until its answer is due, all equally likely and
 * independent of each other. The same seed gives the same dates. */
#include "compiler/schedule/schedule_int.h"

#include <stdlib.h>

/* splitmix64 (Steele, Lea, Flood, 2014): small, and good enough for a forecast. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int64_t between(uint64_t *state, int64_t low, int64_t high)
{
    return high <= low ? low : low + (int64_t)(next(state) % ((uint64_t)(high - low) + 1));
}

static SemDuration answer_time(const Net *net, uint32_t phase)
{
    const SemPhase *p = &net->sem->phases[phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &net->sem->gates[p->gate];
    return g != NULL && g->level >= 2 ? g->within : (SemDuration){.kind = ST_NONE};
}

static bool anything_varies(const Net *net)
{
    for (uint32_t i = 0; i < net->sem->n_phases; i++) {
        const SemDuration *e = net->sem->phases[i].estimate;
        if (e[0].n != e[1].n || answer_time(net, i).kind != ST_NONE)
            return true;
    }
    return false;
}

static Draw draw(const Net *net, uint32_t phase, uint64_t *state)
{
    const SemDuration *e = net->sem->phases[phase].estimate;
    SemDuration answer = answer_time(net, phase);
    Draw d = {between(state, sched_units(e[0]), sched_units(e[1])), 0};
    if (answer.kind != ST_NONE)
        d.answer = between(state, 0, sched_units(answer));
    return d;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that so many percent of the runs do not exceed. */
static int64_t percentile(const int64_t *sorted, uint32_t n, uint32_t percent)
{
    return sorted[((uint64_t)n * percent + 99) / 100 - 1];
}

static void percentiles(int64_t *values, uint32_t n, int64_t *p50, int64_t *p80, int64_t *p95)
{
    qsort(values, n, sizeof *values, by_time);
    *p50 = percentile(values, n, 50);
    *p80 = percentile(values, n, 80);
    *p95 = percentile(values, n, 95);
}

static void nothing_varies(const Net *net, Schedule *s)
{
    for (uint32_t i = 0; i < net->sem->n_phases; i++)
        s->phases[i].p50_ms = s->phases[i].p80_ms = s->phases[i].p95_ms = s->phases[i].early_finish_ms;
    s->p50_ms = s->p80_ms = s->p95_ms = s->finish_ms;
}

/* One run; false: a date lies too far away. */
static bool run(Net *net, const Schedule *s, uint64_t *state, int64_t *finish)
{
    *finish = s->start_ms;
    for (uint32_t k = 0; k < net->sem->n_phases; k++) {
        uint32_t i = net->order[k];
        Draw d = draw(net, i, state);
        PhaseDates dates;
        if (!sched_phase(net, i, sched_ready(net, i), &d, &dates))
            return false;
        net->finish[i] = dates.finish_ms;
        if (!s->phases[i].contingency && dates.finish_ms > *finish)
            *finish = dates.finish_ms;
    }
    return true;
}

void sched_simulate(Net *net, Schedule *s)
{
    uint32_t n = net->sem->n_phases, runs = 0;
    nothing_varies(net, s);
    if (n == 0 || !anything_varies(net))
        return;
    uint32_t want = LIM_SIMULATED_PHASES / n;
    want = want > LIM_SIMULATED_RUNS ? LIM_SIMULATED_RUNS : want < 100 ? 100 : want;
    int64_t *ends = ARENA_NEW(net->arena, int64_t, want);
    int64_t *finish = ARENA_NEW(net->arena, int64_t, (size_t)want * n);
    uint64_t state = s->seed;
    for (; runs < want; runs++) {
        if (!run(net, s, &state, &ends[runs]))
            return; /* some luck leads out of the calendars: no forecast */
        for (uint32_t i = 0; i < n; i++)
            finish[(size_t)i * want + runs] = net->finish[i];
    }
    s->runs = runs;
    percentiles(ends, runs, &s->p50_ms, &s->p80_ms, &s->p95_ms);
    for (uint32_t i = 0; i < n; i++)
        percentiles(finish + (size_t)i * want, runs, &s->phases[i].p50_ms, &s->phases[i].p80_ms,
                    &s->phases[i].p95_ms);
}
