/* Owns: what can never be, of the states of phases and runs.
 * Must not know: how a test is run; what values are.
 *
 * A state is held to be possible wherever the manual leaves room for it: a phase
 * with a window, an event or work for people may rest in more ways than this
 * version of the engine has. The engine's own tests compare each step. */
#include "compiler/check/states.h"

static SynRef name_of(const Sem *s, const SemPhase *p)
{
    return syn(s->file->source.tree, p->node)->a;
}

static bool say(Never *out, const char *why, const char *so, SynRef at, const char *label)
{
    out->why = why;
    out->so = so;
    out->at = at;
    out->label = label;
    return true;
}

/* --- never there, or never done --------------------------------------------------- */

static bool tests_actions(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (s->actions[p->first_action + i].n_requires > 0)
            return true;
    return false;
}

/* Where it stands before anything of it is prepared. */
static bool before_staging(PhaseWord state)
{
    return state == PW_PENDING || state == PW_CHECKING || state == PW_BLOCKED;
}

static bool idle(const Sem *s, const SemPhase *p, PhaseWord state, Never *out)
{
    if (before_staging(state))
        return false;
    if (p->never_wanted && state != PW_SKIPPED)
        return say(out, "is always skipped", "it comes to nothing else", p->when, "always false");
    if (p->never_starts && (state == PW_DONE || !tests_actions(s, p)))
        return say(out, "can never start", "it comes to nothing", name_of(s, p), "never starts");
    if (p->never_done && state == PW_DONE)
        return say(out, "fails whenever it starts", "it is never done", name_of(s, p), "never done");
    return false;
}

/* --- people ------------------------------------------------------------------------ */

/* Somebody may be asked for a yes: by the gate, by advice that holds, over the
 * limit, or for work that people do. */
static bool asks(const Sem *s, const SemPhase *p)
{
    const SemGate *g = p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
    return p->n_tasks > 0 || p->limit->node != 0 ||
           (g != NULL && (g->level >= 2 || g->n_advice > 0 || g->n_asks > 0));
}

/* Its time may not have come yet, or may be over. */
static bool has_times(const Sem *s, const SemPhase *p)
{
    if (p->n_awaits > 0 || p->n_during > 0 || p->deadline->kind != SM_NONE ||
        (p->gate != SEM_NONE && s->gates[p->gate].not_before->kind != SM_NONE))
        return true;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &s->actions[p->first_action + i];
        if (a->n_during > 0 || a->not_before->kind != SM_NONE || a->lock != 0)
            return true;
    }
    return false;
}

static bool nobody(const Sem *s, const SemPhase *p, const char *so, Never *out)
{
    if (p->gate == SEM_NONE)
        return say(out, "has no gate", so, name_of(s, p), "no gate in here");
    const SemGate *g = &s->gates[p->gate];
    return say(out, "has a gate that asks nobody", so, syn(s->file->source.tree, g->node)->a,
               g->level == 1 ? "L1 tells people, and goes on" : "L0 goes on by itself");
}

/* --- what it does ------------------------------------------------------------------- */

static bool writes(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (sem_writes(s, &s->actions[p->first_action + i]))
            return true;
    return p->n_tasks > 0;
}

static bool takes_back(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (undo_calls(s->actions[p->first_action + i].undo_kind))
            return true;
    for (uint32_t i = 0; i < p->n_tasks; i++)
        if (s->tasks[p->first_task + i].undo.node != 0)
            return true;
    return false;
}

/* Something leaves the machine that is not only a look. */
static bool sends(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_steps; i++) {
        const SemStep *step = &p->steps[i];
        if (step->kind == SS_TELL || step->kind == SS_TASK)
            return true;
        if (step->kind == SS_ACTION && (s->actions[step->index].tool == SEM_NONE ||
                                        s->tools[s->actions[step->index].tool].effect != EFF_READS))
            return true;
    }
    return p->n_failure_tell > 0;
}

/* What is not granted blocks as a condition does, so only a phase that calls
 * nothing at all has none: not in a text, either. */
static bool has_conditions(const Sem *s, const SemPhase *p)
{
    if (p->when != 0 || p->n_requires > 0 || p->limit->node != 0 || has_times(s, p) ||
        p->gate != SEM_NONE || p->title_expr != 0)
        return true;
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (p->steps[i].kind != SS_TELL ||
            sem_node(s->tells[p->steps[i].index].text)->kind != SYN_TEXT)
            return true;
    return false;
}

/* --- both --------------------------------------------------------------------------- */

bool states_phase_never(const Sem *s, uint32_t phase, PhaseWord state, bool given, Never *out)
{
    const SemPhase *p = &s->phases[phase];
    const SynRef name = name_of(s, p);
    out->phase = phase;
    if (!given && idle(s, p, state, out))
        return true;
    switch (state) {
    case PW_BLOCKED:
        return !has_conditions(s, p) &&
               say(out, "has no condition", "nothing can block it", name, "no `require` in here");
    case PW_WAITING:
        return !asks(s, p) && !has_times(s, p) && nobody(s, p, "it waits for nobody", out);
    case PW_APPROVED:
        return !asks(s, p) && nobody(s, p, "nobody can approve it", out);
    case PW_REJECTED: /* also what silence may come to, where something is waited for */
        return !asks(s, p) && !has_times(s, p) && nobody(s, p, "nobody can reject it", out);
    case PW_EXPIRED:
        return !asks(s, p) && !has_times(s, p) && nobody(s, p, "no time to answer can run out", out);
    case PW_SKIPPED:
        return p->when == 0 && !p->only_when_started &&
               say(out, "has no `when`", "it is never skipped", name, "no `when` in here");
    case PW_UNDOING:
    case PW_UNDONE:
    case PW_UNDO_FAILED:
        return !takes_back(s, p) &&
               say(out, writes(s, p) ? "has nothing that can be taken back" : "changes nothing",
                   "nothing of it is ever undone", name, "no way back in here");
    case PW_IN_DOUBT:
        return !sends(s, p) &&
               say(out, "changes nothing and tells nobody", "nothing of it can be in doubt", name,
                   "only reads");
    default:
        return false;
    }
}

static bool all_never(const Sem *s, PhaseWord a, PhaseWord b, bool given)
{
    Never other;
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (!states_phase_never(s, i, a, given, &other) || !states_phase_never(s, i, b, given, &other))
            return false;
    return true;
}

/* A run is done when every phase is done or skipped, but for those that only a
 * failure starts. */
static bool never_done(const Sem *s, Never *out)
{
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        if (p->only_when_started || (!p->never_starts && !p->never_done))
            continue;
        out->phase = i;
        return say(out, p->never_starts ? "can never start" : "fails whenever it starts",
                   "the run is never done", name_of(s, p), "never done");
    }
    return false;
}

bool states_run_never(const Sem *s, RunWord state, bool given, Never *out)
{
    out->phase = SEM_NONE;
    switch (state) {
    case RW_DONE:
        return !given && never_done(s, out);
    case RW_REJECTED:
        return all_never(s, PW_REJECTED, PW_EXPIRED, given) &&
               say(out, "no phase asks anybody", "nobody can reject the run", 0, "no run comes to this");
    case RW_IN_DOUBT:
        return all_never(s, PW_IN_DOUBT, PW_UNDO_FAILED, given) &&
               say(out, "no phase changes anything or tells anybody", "nothing can be in doubt", 0,
                   "no run comes to this");
    case RW_CANCELLED:
        return say(out, "nothing that a test says cancels a run", "it never ends so", 0, "no test comes to this");
    default:
        return false;
    }
}
