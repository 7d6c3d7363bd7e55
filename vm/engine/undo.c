/* Owns: taking back what a failed phase had done: in reverse order, one call
 * after the other, each an effect like any other.
 * Must not know: why the phase failed. */
#include "vm/engine/run.h"

static bool can_undo(const Inst *in)
{
    return in->run.state == CALL_DONE && in->undo_import != PROG_NONE;
}

bool eng_has_undo(const EngRun *run, uint32_t phase)
{
    const ProgPhase *pp = &run->program->phases[phase];
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        const ActRun *a = &run->actions[pp->actions_first + i];
        for (uint32_t k = 0; k < a->n_inst; k++)
            if (can_undo(&a->inst[k]))
                return true;
    }
    return false;
}

typedef struct Next {
    uint32_t action, inst;
    const Inst *in;  /* newest that is still to be undone */
    bool waits;      /* an undo is under way, or waits for its retry */
    const Inst *bad; /* an undo that failed for good */
    uint32_t given_up;
    bool due;        /* in: a retry whose time has come */
} Next;

static void weigh(EngRun *run, uint32_t action, uint32_t inst, Next *n)
{
    const Inst *in = eng_inst(run, action, inst);
    if (!can_undo(in))
        return;
    n->given_up += in->given_up ? 1 : 0;
    switch (in->undo.state) {
    case CALL_SENT:
    case CALL_DOUBT: n->waits = true; return;
    case CALL_FAILED:
        if (!in->given_up)
            n->bad = in;
        return;
    case CALL_DONE: return;
    case CALL_RETRY:
        if (!eng_time_came(run, in->undo.due_ms)) {
            n->waits = true;
            return;
        }
        n->due = true;
        break;
    case CALL_NONE:
        if (n->due || (n->in != NULL && n->in->order > in->order))
            return;
        break;
    }
    n->action = action;
    n->inst = inst;
    n->in = in;
}

static Next next_undo(EngRun *run, uint32_t phase)
{
    const ProgPhase *pp = &run->program->phases[phase];
    Next n = {0};
    for (uint32_t i = 0; i < pp->actions_count; i++)
        for (uint32_t k = 0; k < run->actions[pp->actions_first + i].n_inst; k++)
            weigh(run, pp->actions_first + i, k, &n);
    return n;
}

static void finish(EngRun *run, uint32_t phase, bool failed)
{
    Record *r = eng_rec_phase(run, REC_ROLLBACK_FINISHED, phase);
    eng_from_to(run, r, phase, failed ? PH_UNDO_FAILED : PH_UNDONE);
    rec_set_text(r, RF_OUT, failed ? STR("failed") : STR("done"));
    eng_emit(run);
    eng_after_failure(run, phase);
}

static bool stuck(EngRun *run, uint32_t phase, const Inst *bad)
{
    Str name = prog_str(run->program, run->program->phases[phase].name);
    Str words = eng_print(run, "An undo failed: %.*s", STR_ARG(bad->undo.words));
    eng_phase_to(run, phase, PH_UNDO_FAILED, eng_words_json(run, words));
    eng_notice(run, "doubt", eng_print(run, "phase %.*s: %.*s A person has to look, "
               "then say `gate settle`.", STR_ARG(name), STR_ARG(words)));
    return true;
}

bool eng_undo_advance(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    Next n = next_undo(run, phase);
    if (n.waits)
        return false;
    if (n.bad != NULL)
        return stuck(run, phase, n.bad);
    if (n.in == NULL) {
        finish(run, phase, n.given_up > 0);
        return true;
    }
    if (run->ev->hold)
        return false;
    Str missing = run->covered ? eng_rows_words(run, phase) : run->uncovered;
    if (missing.n > 0)
        return eng_stay(run, phase, eng_words_json(run, missing));
    if (p->n_blockers > 0)
        eng_phase_to(run, phase, PH_UNDOING, STR(""));
    eng_intent(run, phase, n.action, n.inst, true, n.in->undo_args, STR(""));
    return false;
}
