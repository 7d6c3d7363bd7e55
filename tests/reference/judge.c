/* Owns: what a small plan means, found by walking every path that a run can take:
 * each phase's own paths (the gate is approved, rejected, not answered; each step
 * succeeds, fails or is skipped), and every state in which the phases of a run
 * can be, one after the other and side by side.
 * Must not know: how the checker finds anything out; what is general about a
 * graph. Slow on purpose: no step is left out because it cannot matter. */
#include "tests/reference/plan.h"

#include <string.h>

static void find(RefVerdict *v, uint16_t code, uint32_t phase, uint32_t step)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (v->items[i].code == code && v->items[i].phase == phase && v->items[i].step == step)
            return;
    if (v->n < REF_FINDINGS)
        v->items[v->n++] = (RefFinding){code, phase, step};
}

/* --- the least level of an action: language.md 5 ------------------------------------ */

typedef struct Demand { int level; uint32_t people; } Demand;

static Demand table(RefEffect e, bool exact, int reach) /* reach: 0 one, 1 many, 2 tenant */
{
    static const Demand changes_exact[] = {{0, 0}, {1, 0}, {2, 1}};
    static const Demand changes[] = {{1, 0}, {2, 1}, {2, 1}};
    static const Demand destroys[] = {{2, 1}, {2, 2}, {2, 2}};
    switch (e) {
    case RE_CHANGES: return exact ? changes_exact[reach] : changes[reach];
    case RE_DESTROYS: return destroys[reach];
    default: return (Demand){0, 0};
    }
}

static Demand higher(Demand a, Demand b)
{
    return (Demand){a.level > b.level ? a.level : b.level, a.people > b.people ? a.people : b.people};
}

/* Whether an action's run, or its way back where that is of the plan's own words, calls
 * this tool: also where a failure takes nothing back, since a person may. */
static bool calls(const RefStep *s, const RefTool *tool)
{
    return s->kind == RS_ACTION &&
           (s->tool == tool || (s->back == RB_PLAN && s->undo == tool));
}

static bool others_call(const RefPhase *p, const RefStep *s, const RefTool *tool)
{
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (&p->steps[i] != s && calls(&p->steps[i], tool))
            return true;
    return false;
}

static Demand demand(const RefPhase *p, const RefStep *s)
{
    int many = s->each || others_call(p, s, s->tool);
    int reach = many && s->tool->reach == 0 ? 1 : s->tool->reach;
    Demand d = table(s->tool->effect, s->back == RB_TOOL && s->tool->exact, reach);
    if (s->back == RB_PLAN && s->undo != NULL) {
        int far = (many || others_call(p, s, s->undo)) && s->undo->reach == 0 ? 1 : s->undo->reach;
        d = higher(d, table(s->undo->effect, false, far));
    }
    if (s->at < 3 && s->at > d.level)
        d = higher(d, (Demand){s->at, 0});
    return d;
}

static bool counts_as_destroying(const RefStep *s)
{
    return s->tool->effect == RE_DESTROYS ||
           (s->back == RB_PLAN && s->undo != NULL && s->undo->effect == RE_DESTROYS);
}

static bool changes(const RefStep *s)
{
    return s->kind == RS_ACTION && s->tool != NULL && s->tool->effect >= RE_CHANGES;
}

/* A task counts as a write (language.md 10.5). */
static bool leaves_something(const RefStep *s)
{
    return changes(s) || s->kind == RS_TASK;
}

/* --- the paths of one phase ----------------------------------------------------------- */

typedef struct Path {
    const RefPhase *p;
    uint32_t index;
    RefVerdict *v;
    int granted;          /* 0 nobody, 1 told, 2 a yes was given */
    uint32_t people;      /* how many said it */
    bool in_silence;      /* went on although nobody answered */
    bool check_failed, nothing_came;
    bool done[REF_STEPS]; /* what has happened, as far as anybody can know */
} Path;

/* Something went wrong for good: what happens then. */
static void fails(Path *w)
{
    if (!w->p->on_undo)
        return;
    for (uint32_t i = 0; i < w->p->n_steps; i++)
        if (w->done[i] && leaves_something(&w->p->steps[i]) && w->p->steps[i].back == RB_NONE)
            find(w->v, 6002, w->index, REF_STEPS);
}

static void executes(const Path *w, uint32_t i)
{
    const RefStep *s = &w->p->steps[i];
    if (leaves_something(s) && (w->check_failed || w->nothing_came))
        find(w->v, 4002, w->index, REF_STEPS);
    if (s->kind != RS_ACTION || s->tool == NULL)
        return;
    if (w->p->gate == 3) { /* people do the work there */
        if (s->tool->effect != RE_READS)
            find(w->v, 4016, w->index, i);
        return;
    }
    if (w->in_silence)
        return; /* reported at the gate, whatever stands behind it */
    Demand d = demand(w->p, s);
    bool few = w->p->gate >= 0 && w->p->says_by && d.people > 1 && w->people < d.people;
    if (w->granted < d.level || few)
        find(w->v, counts_as_destroying(s) ? 4009 : 4007, w->index, i);
}

static void from_step(Path w, uint32_t i);

static void after_failure(Path w, uint32_t i, bool is_check)
{
    bool goes_on = w.p->on_continue && !w.p->on_stop && !w.p->on_undo;
    fails(&w);
    if (goes_on && is_check) {
        w.check_failed = true;
        from_step(w, i + 1);
    }
}

static void from_step(Path w, uint32_t i)
{
    if (i == w.p->n_steps)
        return;
    const RefStep *s = &w.p->steps[i];
    if (s->when)
        from_step(w, i + 1); /* skipped */
    executes(&w, i);
    w.done[i] = true;
    if (s->kind == RS_AWAIT) {
        Path came = w;
        from_step(came, i + 1);
        if (s->goes_on) {
            w.nothing_came = true;
            from_step(w, i + 1);
        } else {
            fails(&w);
        }
        return;
    }
    after_failure(w, i, s->kind == RS_CHECK); /* it failed, and nobody knows how far it came */
    from_step(w, i + 1);
}

static void through_gate(Path w)
{
    const RefPhase *p = w.p;
    if (p->gate >= 1 && !p->says_by)
        find(w.v, 4001, w.index, REF_STEPS);
    if (p->gate < 2) {
        w.granted = p->gate == 1 ? 1 : 0;
        w.people = w.granted == 1 ? p->people : 0;
        from_step(w, 0);
        return;
    }
    /* Approved: by as many as must agree. */
    w.granted = 2;
    w.people = p->people;
    from_step(w, 0);
    /* Rejected: the run ends. Not answered: */
    if (p->silence != RQ_GOES_ON)
        return;
    find(w.v, 4002, w.index, REF_STEPS);
    w.granted = 0;
    w.people = 0;
    w.in_silence = true;
    from_step(w, 0);
}

static void no_word_about_a_way_back(const RefPhase *p, uint32_t index, RefVerdict *v)
{
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (leaves_something(&p->steps[i]) && p->steps[i].back == RB_UNSAID)
            find(v, 6001, index, i);
}

/* --- all states of a run ----------------------------------------------------------------- */

typedef enum State { WAITS, RUNS, DONE, SKIPPED, FAILED, STATES } State;
enum { ALL = 5 * 5 * 5 * 5 * 5 * 5 };
_Static_assert(REF_PHASES == 6 && STATES == 5, "ALL");

typedef struct Walk {
    const RefPlan *p;
    RefVerdict *v;
    unsigned char seen[ALL];
    uint32_t stack[ALL]; uint32_t n;
    bool not_there[REF_USES], absent[REF_USES];
} Walk;

static void unpack(uint32_t code, State s[REF_PHASES])
{
    for (uint32_t i = 0; i < REF_PHASES; i++, code /= STATES)
        s[i] = (State)(code % STATES);
}

static void push(Walk *w, const State s[REF_PHASES])
{
    uint32_t code = 0;
    for (uint32_t i = REF_PHASES; i-- > 0;)
        code = code * STATES + s[i];
    if (!w->seen[code]) {
        w->seen[code] = 1;
        w->stack[w->n++] = code;
    }
}

static bool was_started(const RefPlan *p, const State *s, uint32_t phase)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (s[i] == FAILED && p->phases[i].starts == phase)
            return true;
    return false;
}

static bool run_has_failed(const RefPlan *p, const State *s)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (s[i] == FAILED && !p->phases[i].on_continue)
            return true;
    return false;
}

static bool need_met(const RefPlan *p, const State *s, const RefNeed *n, bool started)
{
    State q = s[n->phase];
    return q == DONE || q == SKIPPED ||
           (q == FAILED && n->even && (started || p->phases[n->phase].on_continue));
}

static bool may_begin(const RefPlan *p, const State *s, uint32_t i)
{
    const RefPhase *ph = &p->phases[i];
    bool started = was_started(p, s, i);
    if (s[i] != WAITS || (ph->only_started && !started) || (run_has_failed(p, s) && !started))
        return false;
    for (uint32_t k = 0; k < ph->n_needs; k++) {
        bool met = false;
        for (uint32_t m = 0; m < ph->n_needs; m++)
            if (m == k || (ph->needs[k].group != 0 && ph->needs[m].group == ph->needs[k].group))
                met = met || need_met(p, s, &ph->needs[m], started);
        if (!met)
            return false;
    }
    return true;
}

/* What the phase reads, when it begins: later there is only more. */
static void look_at_reads(Walk *w, const State *s, uint32_t phase)
{
    for (uint32_t u = 0; u < w->p->n_uses; u++) {
        const RefUse *use = &w->p->uses[u];
        if (use->by != phase || use->of == phase)
            continue;
        State q = s[use->of];
        const RefStep *step = use->step == REF_STEPS ? NULL : &w->p->phases[use->of].steps[use->step];
        if (q == WAITS || q == RUNS)
            w->not_there[u] = true;
        else if (q != DONE || (step != NULL && (step->when || step->goes_on)))
            w->absent[u] = true;
    }
}

bool ref_depends(const RefPlan *p, uint32_t phase, uint32_t on)
{
    bool marked[REF_PHASES] = {false}, more = true;
    marked[phase] = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < p->n; i++)
            for (uint32_t k = 0; marked[i] && k < p->phases[i].n_needs; k++) {
                uint32_t q = p->phases[i].needs[k].phase;
                more = more || !marked[q];
                marked[q] = true;
            }
    }
    return phase != on && marked[on];
}

/* By way of needs, or by being started. */
static bool lies_behind(const RefPlan *p, uint32_t phase, uint32_t other)
{
    bool behind[REF_PHASES] = {false}, more = true;
    behind[other] = true;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < p->n; i++) {
            bool now = false;
            for (uint32_t k = 0; k < p->phases[i].n_needs; k++)
                now = now || behind[p->phases[i].needs[k].phase];
            for (uint32_t k = 0; k < p->n; k++)
                now = now || (behind[k] && p->phases[k].starts == i);
            more = more || (now && !behind[i]);
            behind[i] = behind[i] || now;
        }
    }
    return behind[phase];
}

static bool says_no_way_back(const RefPhase *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].back == RB_NONE && leaves_something(&p->steps[i]))
            return true;
    return false;
}

/* The gate of a phase that runs is asked, and sends the run back. */
static void look_at_returns(Walk *w, const State *s, uint32_t phase)
{
    const RefPhase *p = &w->p->phases[phase];
    for (uint32_t r = 0; r < p->n_returns; r++)
        for (uint32_t i = 0; i < w->p->n; i++)
            if (i != phase && (s[i] == DONE || s[i] == RUNS || s[i] == FAILED) &&
                !w->p->phases[i].blocked && !w->p->phases[i].never_wanted &&
                lies_behind(w->p, i, p->returns[r].phase) &&
                says_no_way_back(&w->p->phases[i]))
                find(w->v, 6002, phase, REF_STEPS);
}

static void to(Walk *w, const State *s, uint32_t phase, State next)
{
    State t[REF_PHASES];
    memcpy(t, s, sizeof t);
    t[phase] = next;
    push(w, t);
}

static void ends(Walk *w, const State *s, uint32_t i)
{
    const RefPhase *p = &w->p->phases[i];
    bool in_vain = false;
    if (p->when)
        to(w, s, i, SKIPPED);
    if (p->never_wanted || p->blocked)
        return;
    w->v->never[i] = false;
    for (uint32_t k = 0; k < p->n_steps; k++)
        in_vain = in_vain || p->steps[k].in_vain;
    if (!in_vain)
        to(w, s, i, DONE);
    to(w, s, i, FAILED);
}

static void walk(Walk *w)
{
    State s[REF_PHASES];
    while (w->n > 0) {
        unpack(w->stack[--w->n], s);
        for (uint32_t i = 0; i < w->p->n; i++) {
            if (s[i] == RUNS) {
                look_at_returns(w, s, i);
                ends(w, s, i);
            }
            if (!may_begin(w->p, s, i))
                continue;
            w->v->begins[i] = true;
            if (w->p->phases[i].when)
                w->v->never[i] = false; /* it is skipped, or it is not */
            look_at_reads(w, s, i);
            to(w, s, i, RUNS);
        }
    }
}

/* --- what it comes to -------------------------------------------------------------------- */

static void own_reads(const RefPlan *p, const RefUse *u, RefVerdict *v)
{
    const RefPhase *ph = &p->phases[u->by];
    if (u->step == REF_STEPS || u->place == REF_STEPS)
        return;
    const RefStep *s = &ph->steps[u->step];
    if (u->step == u->place)
        return; /* its own result: G3002, or G6003 in its undo */
    bool beside = u->place < ph->n_steps && s->together != 0 && s->together == ph->steps[u->place].together;
    if (u->place == REF_BEFORE || u->step > u->place || beside)
        find(v, 3004, u->by, REF_STEPS);
    else if ((s->when || s->goes_on) && !u->has_default)
        find(v, 2012, u->by, REF_STEPS);
}

static void conclude(const Walk *w)
{
    const RefPlan *p = w->p;
    for (uint32_t i = 0; i < p->n_uses; i++) {
        const RefUse *u = &p->uses[i];
        if (u->by == u->of) {
            own_reads(p, u, w->v);
            continue;
        }
        if (w->not_there[i] && !ref_depends(p, u->by, u->of))
            find(w->v, 3004, u->by, REF_STEPS);
        else if (w->not_there[i])
            find(w->v, u->step == REF_STEPS ? 4012 : 3005, u->by, REF_STEPS);
        else if (w->absent[i] && !u->has_default)
            find(w->v, u->step == REF_STEPS ? 4012 : 2012, u->by, REF_STEPS);
    }
}

void ref_judge(const RefPlan *p, RefVerdict *v)
{
    static Walk w; /* 150 KB, and used again for each plan */
    State s[REF_PHASES] = {WAITS};
    memset(v, 0, sizeof *v);
    for (uint32_t i = 0; i < p->n; i++) {
        bool on_itself = false;
        for (uint32_t k = 0; k < p->phases[i].n_needs; k++) {
            uint32_t q = p->phases[i].needs[k].phase;
            on_itself = on_itself || ref_depends(p, q, i);
        }
        v->circle = v->circle || on_itself;
        v->never[i] = true;
    }
    for (uint32_t i = 0; i < p->n; i++) {
        through_gate((Path){.p = &p->phases[i], .index = i, .v = v});
        no_word_about_a_way_back(&p->phases[i], i, v);
    }
    memset(&w, 0, sizeof w);
    w.p = p;
    w.v = v;
    push(&w, s);
    walk(&w);
    conclude(&w);
}
