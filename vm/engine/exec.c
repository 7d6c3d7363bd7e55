/* Owns: the calls of a running body: intent before effect, outcomes, retries,
 * elements side by side, calls whose outcome nobody knows.
 * Must not know: how a gate released the phase; undoing (undo.c). */
#include "vm/engine/run.h"

#include <string.h>

static Str phase_name(const EngRun *run, uint32_t phase)
{
    return prog_str(run->program, run->program->phases[phase].name);
}

static Str action_name(const EngRun *run, uint32_t action)
{
    return prog_str(run->program, run->program->actions[action].name);
}

Inst *eng_inst(EngRun *run, uint32_t action, uint32_t inst)
{
    ActRun *a = &run->actions[action];
    return inst < a->n_inst ? &a->inst[inst] : NULL;
}

static uint32_t count_calls(const EngRun *run, uint32_t phase, CallState state)
{
    const ProgPhase *pp = &run->program->phases[phase];
    uint32_t n = 0;
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        const ActRun *a = &run->actions[pp->actions_first + i];
        for (uint32_t k = 0; k < a->n_inst; k++)
            n += (a->inst[k].run.state == state ? 1U : 0U) +
                 (a->inst[k].undo.state == state ? 1U : 0U);
    }
    return n;
}

uint32_t eng_doubts(const EngRun *run, uint32_t phase)
{
    return count_calls(run, phase, CALL_DOUBT);
}

/* "action push (3 of 7)" where it has elements. */
static Str call_words(EngRun *run, uint32_t action, uint32_t inst, bool undo)
{
    Str name = action_name(run, action);
    const ActRun *a = &run->actions[action];
    const char *what = undo ? "undo of action" : "action";
    if (run->program->actions[action].is_each == 0)
        return eng_print(run, "%s %.*s", what, STR_ARG(name));
    return eng_print(run, "%s %.*s (%u of %u)", what, STR_ARG(name), inst + 1,
                     a->n_staged);
}

/* --- intents --------------------------------------------------------------- */

static Record *call_rec(EngRun *run, RecKind kind, uint32_t phase,
                        uint32_t action, uint32_t inst, bool undo, uint32_t attempt)
{
    Record *r = eng_rec_gate(run, kind, phase);
    rec_set_text(r, RF_ACTION, action_name(run, action));
    rec_set_int(r, RF_ACTION_NO, action);
    rec_set_int(r, RF_INST, inst);
    rec_set_int(r, RF_ATTEMPT, attempt);
    if (undo)
        rec_set_int(r, RF_UNDO, 1);
    return r;
}

void eng_intent(EngRun *run, uint32_t phase, uint32_t action, uint32_t inst,
                bool undo, Str args, Str undo_json)
{
    const ProgAction *pa = &run->program->actions[action];
    const PhaseRun *p = &run->phases[phase];
    const ActRun *a = &run->actions[action];
    Inst *in = eng_inst(run, action, inst);
    const Call none = {0};
    const Call *c = in == NULL ? &none : undo ? &in->undo : &in->run;
    bool again = c->state == CALL_RETRY && c->same_attempt;
    uint32_t attempt = again ? c->attempt : c->attempt + 1;
    uint32_t import = undo ? in->undo_import : pa->import;
    char key[65];
    eng_key(run, phase, action, inst, attempt, undo, key);
    Record *r = call_rec(run, REC_EXEC_STARTED, phase, action, inst, undo, attempt);
    rec_set_int(r, RF_IMPORT, import);
    rec_set_int(r, RF_ORD, p->order);
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    if (eng_level(run, phase) > 0)
        rec_set_int(r, RF_CAUSE, (int64_t)p->gate.closed_rec);
    rec_add_part(r, "args", "application/json", args);
    rec_add_part(r, "key", "text/plain", eng_print(run, "%s", key));
    if (undo_json.n > 0)
        rec_add_part(r, "undo", "application/json", undo_json);
    if (!undo && inst < a->n_staged &&
        p->staged[a->staged_first + inst].element.p != NULL)
        rec_add_part(r, "element", "application/json",
                     p->staged[a->staged_first + inst].element);
    eng_emit(run);
    if (run->err != GATE_OK)
        return;
    Flight f = {.kind = undo ? FLY_UNDO : FLY_CALL, .phase = phase,
                .action = action, .inst = inst};
    eng_send(run, f, import, args, key, attempt);
    Str words = call_words(run, action, inst, undo);
    eng_notice(run, "action", eng_print(run, "%.*s: started%s", STR_ARG(words),
                                        attempt > 1 ? ", again" : ""));
}

/* --- the running body ------------------------------------------------------ */

uint32_t eng_failures_allowed(const ProgAction *pa)
{
    return pa->stop_after == 0 ? 1 : pa->stop_after;
}

static const Staged *staged_row(const EngRun *run, uint32_t phase, const VmCall *c)
{
    const ActRun *a = &run->actions[c->action];
    if (c->instance >= a->n_staged)
        return NULL;
    const Staged *row = &run->phases[phase].staged[a->staged_first + c->instance];
    return row->action == c->action && row->instance == c->instance ? row : NULL;
}

static bool undo_as_staged(EngRun *run, const Staged *row, const VmCall *c)
{
    Buf b = {0};
    const Json *j = json_parse(row->undo, run->scratch, NULL);
    if (c->undo_import == PROG_NONE)
        return j != NULL && json_get(j, "none") != NULL;
    eng_put_undo(&b, run->program, c->undo_import, c->undo_args, c->n_undo_args);
    bool same = !b.failed && eng_json_fits(row->undo, buf_view(&b), run->scratch);
    buf_free(&b);
    return same;
}

/* Nothing leaves that was not staged: the row must be there, and what was known
 * then, of the call and of its way back, must be the same now. What was read
 * for the release is what runs, so only a program or a log that was changed
 * makes a difference here; the drift that the world makes is found at the
 * release, before anything was sent. */
static bool as_staged(Sect *s, const VmCall *c, Str args)
{
    EngRun *run = s->run;
    const Staged *row = staged_row(run, s->phase, c);
    arena_reset(run->scratch);
    if (row != NULL && eng_json_fits(row->args, args, run->scratch) &&
        undo_as_staged(run, row, c))
        return true;
    Str name = action_name(run, c->action);
    eng_say(s, "The action \"%.*s\" would do something else than what was staged; "
            "nothing was sent.", STR_ARG(name));
    return false;
}

static void put_undo(Buf *b, const EngRun *run, const VmCall *c)
{
    Buf undo = {0};
    if (c->undo_import == PROG_NONE)
        return;
    eng_put_undo(&undo, run->program, c->undo_import, c->undo_args, c->n_undo_args);
    buf_printf(b, "{\"import\":%u,", c->undo_import);
    buf_put(b, undo.p + 1, undo.n > 0 ? undo.n - 1 : 0); /* behind its brace */
    b->failed = b->failed || undo.failed;
    buf_free(&undo);
}

/* With room for the undo's own intent: what is begun can be taken back. */
static bool intent_fits(Sect *s, const VmCall *c, size_t args, size_t undo)
{
    Buf why = {0};
    bool fits = eng_fits(s->run, "what it is to do", args, 2 * args, &why) &&
                eng_fits(s->run, "what takes it back", undo, 2 * (args + undo), &why);
    if (!fits) {
        Str name = action_name(s->run, c->action);
        eng_say(s, "The action \"%.*s\" cannot be sent: %.*s.", STR_ARG(name),
                STR_ARG(buf_view(&why)));
    }
    buf_free(&why);
    return fits;
}

static VmAnswer start(Sect *s, const VmCall *c)
{
    EngRun *run = s->run;
    Buf b = {0}, undo = {0};
    if (c->conditional || eng_any_unknown(c->args, c->n_args) ||
        (c->undo_import != PROG_NONE &&
         eng_any_unknown(c->undo_args, c->n_undo_args))) {
        Str name = action_name(run, c->action);
        eng_say(s, "The action \"%.*s\" cannot be sent: it depends on a result that "
                "nobody knows.", STR_ARG(name));
        return VM_STOP;
    }
    eng_put_args(&b, run->program, c->import, c->args, c->n_args);
    put_undo(&undo, run, c);
    if (!intent_fits(s, c, b.n, undo.n)) {
        buf_free(&b);
        buf_free(&undo);
        return VM_STOP;
    }
    Str args = eng_keep(run, &b), back = eng_keep(run, &undo);
    if (run->err != GATE_OK || !as_staged(s, c, args))
        return VM_STOP;
    eng_intent(run, s->phase, c->action, c->instance, false, args, back);
    s->waiting++;
    return VM_WAIT;
}

/* Once too many failed, only those under way are waited for. */
static bool stopping(const EngRun *run, uint32_t action)
{
    return run->actions[action].failed >=
           eng_failures_allowed(&run->program->actions[action]);
}

/* An element counts from its first look on. */
static bool has_room(const Sect *s, uint32_t action)
{
    uint32_t at_most = s->run->program->actions[action].at_most;
    return s->run->actions[action].open + s->looking < (at_most == 0 ? 1 : at_most);
}

VmAnswer eng_exec_call(Sect *s, const VmCall *c, Value *result)
{
    EngRun *run = s->run;
    const Inst *in = eng_inst(run, c->action, c->instance);
    CallState state = in == NULL ? CALL_NONE : in->run.state;
    *result = val_make(V_ABSENT, 0);
    if (state == CALL_DONE) {
        *result = in->result;
        return VM_READY;
    }
    if (state == CALL_FAILED)
        return VM_READY;
    bool due = state == CALL_RETRY && eng_time_came(run, in->run.due_ms);
    bool room = state == CALL_NONE && has_room(s, c->action);
    if (!run->ev->hold && !stopping(run, c->action) && (due || room))
        return start(s, c);
    s->waiting++;
    return VM_WAIT;
}

/* Calls of the action that are in the world right now. */
static uint32_t out_there(const ActRun *a)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_inst; i++)
        n += a->inst[i].run.state == CALL_SENT || a->inst[i].run.state == CALL_DOUBT
                 ? 1 : 0;
    return n;
}

static VmAnswer action_failed(Sect *s, uint32_t action)
{
    EngRun *run = s->run;
    const ActRun *a = &run->actions[action];
    Str name = action_name(run, action), words = STR("");
    for (uint32_t i = 0; i < a->n_inst; i++)
        if (a->inst[i].run.state == CALL_FAILED) {
            words = a->inst[i].run.words;
            break;
        }
    if (run->program->actions[action].is_each != 0)
        eng_say(s, "The action \"%.*s\" failed for %u of %u elements: %.*s",
                STR_ARG(name), a->failed, a->n_staged, STR_ARG(words));
    else
        eng_say(s, "The action \"%.*s\" failed: %.*s", STR_ARG(name), STR_ARG(words));
    return VM_STOP;
}

/* Before a read that belongs to a call (its image before): it is read when the
 * call may go out, not while the element in front still changes things. */
VmAnswer eng_exec_room(Sect *s, uint32_t action)
{
    const ActRun *a = &s->run->actions[action];
    if (stopping(s->run, action))
        return out_there(a) > 0 ? VM_WAIT : action_failed(s, action);
    return has_room(s, action) ? VM_READY : VM_WAIT;
}

VmAnswer eng_exec_done(Sect *s, uint32_t action)
{
    const ActRun *a = &s->run->actions[action];
    uint32_t busy = stopping(s->run, action) ? out_there(a) : s->waiting;
    if (busy > 0)
        return VM_WAIT;
    return a->failed > 0 ? action_failed(s, action) : VM_READY;
}

bool eng_exec_advance(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    uint32_t body = run->program->phases[phase].body_fn;
    Buf why = {0};
    Sect s;
    if (!p->dirty)
        return false;
    p->dirty = false;
    if (!eng_may_send(run, phase, &why)) {
        Str words = eng_keep(run, &why);
        eng_stay(run, phase, eng_words_json(run, words));
        p->dirty = false; /* until somebody wakes it */
        return false;
    }
    buf_free(&why);
    if (p->n_blockers > 0)
        eng_phase_to(run, phase, PH_RUNNING, STR(""));
    eng_sect_open(&s, run, phase, SECT_RUN, run->sect_arena);
    PassEnd end = body == PROG_NONE ? PASS_ENDED : eng_sect_run(&s, body, NULL);
    p->dirty = false;
    Str words = end == PASS_FAILED ? eng_print(run, "%.*s", STR_ARG(buf_view(&s.why)))
                                   : STR("");
    eng_sect_close(&s);
    /* What is under way has its outcome before the phase has its own. */
    if (run->err != GATE_OK || end == PASS_WAITS ||
        count_calls(run, phase, CALL_SENT) > 0)
        return false;
    if (end == PASS_FAILED) {
        eng_fail_phase(run, phase, words);
        return true;
    }
    Str name = phase_name(run, phase);
    eng_pass_end(run, phase);
    eng_phase_to(run, phase, PH_DONE, STR(""));
    eng_notice(run, "phase", eng_print(run, "phase %.*s: done", STR_ARG(name)));
    return true;
}

/* --- outcomes -------------------------------------------------------------- */

static bool may_repeat(const EngRun *run, uint32_t import)
{
    return (run->program->imports[import].flags & (TF_REPEATABLE | TF_KEYED)) != 0 &&
           run->ending != RS_CANCELLED;
}

static void set_retry(EngRun *run, Record *r, uint32_t action)
{
    int64_t every = prog_clock_ms(run->program, run->program->actions[action].retry_every);
    rec_set_text(r, RF_DUE, eng_instant(run, run->now_ms + (every > 0 ? every : 0)));
}

static void add_cause(EngRun *run, Record *r)
{
    const EngEvent *ev = run->ev;
    if (ev->code != NULL && ev->code[0] != '\0')
        rec_set_text(r, RF_CODE, eng_print(run, "%s", ev->code));
    if (ev->status >= 0)
        rec_set_int(r, RF_STATUS, ev->status);
    if (ev->tier != NULL && ev->tier[0] != '\0')
        rec_set_text(r, RF_TIER, eng_print(run, "%s", ev->tier));
    if (ev->message.n > 0)
        rec_add_part(r, "message", "text/plain",
                     arena_str(run->out_arena, eng_short(ev->message)));
}

/* The answer, where it has room. A failed program's output is kept too: it
 * says why. */
static void add_result(EngRun *run, Record *r)
{
    const EngEvent *ev = run->ev;
    Buf why = {0};
    if (ev->result.p == NULL)
        return;
    if (eng_fits(run, "its answer", ev->result.n, ENG_VALUE_BYTES(ev->result), &why))
        rec_add_part(r, "result", "application/json",
                     arena_str(run->out_arena, ev->result));
    else if (ev->message.n == 0)
        rec_add_part(r, "message", "text/plain",
                     eng_print(run, "%.*s, so it was not kept",
                               STR_ARG(buf_view(&why))));
    buf_free(&why);
}

/* A call whose outcome nobody saw: the same again where twice is as good as
 * once, else a person is asked. */
static void unknown_outcome(EngRun *run, uint32_t phase, uint32_t action,
                            uint32_t inst, bool undo, bool lost)
{
    Inst *in = eng_inst(run, action, inst);
    const Call *c = undo ? &in->undo : &in->run;
    PhaseRun *p = &run->phases[phase];
    uint32_t import =
        undo ? in->undo_import : run->program->actions[action].import;
    bool again = may_repeat(run, import) && (lost || c->resends < LIM_RESENDS);
    Record *r = call_rec(run, REC_EXEC_UNKNOWN, phase, action, inst, undo, c->attempt);
    rec_set_text(r, RF_OUT, again ? STR("retry") : STR("in_doubt"));
    if (lost) {
        rec_set_text(r, RF_CODE, STR("lost"));
        rec_add_part(r, "message", "text/plain",
                     STR("the process that made the call ended before its answer came"));
    } else
        add_cause(run, r);
    if (again && lost)
        rec_set_text(r, RF_DUE, eng_instant(run, run->now_ms));
    else if (again)
        set_retry(run, r, action);
    else if (p->state == PH_RUNNING || p->state == PH_UNDOING)
        eng_from_to(run, r, phase, PH_IN_DOUBT);
    eng_emit(run);
    if (again)
        return;
    Str words = call_words(run, action, inst, undo);
    eng_notice(run, "doubt", eng_print(run, "%.*s: in doubt; nobody knows whether it "
               "happened. Look, then say `gate settle`.", STR_ARG(words)));
}

static void definite_outcome(EngRun *run, const Flight *f, bool undo, const Call *c)
{
    const EngEvent *ev = run->ev;
    const ProgAction *pa = &run->program->actions[f->action];
    bool done = ev->outcome == OUT_DONE;
    bool again = !done && c->attempt <= pa->retries;
    Record *r = call_rec(run, REC_EXEC_FINISHED, f->phase, f->action, f->inst, undo,
                         c->attempt);
    rec_set_text(r, RF_OUT, done ? STR("done") : STR("failed"));
    add_cause(run, r);
    add_result(run, r);
    if (again)
        set_retry(run, r, f->action);
    eng_emit(run);
    Str words = call_words(run, f->action, f->inst, undo);
    eng_notice(run, "action",
               done ? eng_print(run, "%.*s: done", STR_ARG(words))
                    : eng_print(run, "%.*s: failed%s: %.*s", STR_ARG(words),
                                again ? ", will be tried again" : "",
                                STR_ARG(ev->message)));
}

void eng_call_landed(EngRun *run, const Flight *f)
{
    bool undo = f->kind == FLY_UNDO;
    Inst *in = eng_inst(run, f->action, f->inst);
    const Call *c = in == NULL ? NULL : undo ? &in->undo : &in->run;
    if (c == NULL || c->state != CALL_SENT)
        return;
    if (run->ev->outcome == OUT_UNKNOWN)
        unknown_outcome(run, f->phase, f->action, f->inst, undo, false);
    else
        definite_outcome(run, f, undo, c);
}

void eng_lost(EngRun *run)
{
    run->n_flights = 0;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const ProgPhase *pp = &run->program->phases[i];
        eng_pass_end(run, i); /* reads are simply asked again */
        run->phases[i].dirty = true;
        for (uint32_t k = 0; k < pp->actions_count; k++) {
            uint32_t action = pp->actions_first + k;
            for (uint32_t n = 0; n < run->actions[action].n_inst; n++) {
                const Inst *in = &run->actions[action].inst[n];
                bool undo = in->undo.state == CALL_SENT;
                if (undo || in->run.state == CALL_SENT)
                    unknown_outcome(run, i, action, n, undo, true);
            }
        }
    }
}

static void doubt_resend(EngRun *run, uint32_t phase, uint32_t action, uint32_t inst,
                         bool undo)
{
    Inst *in = eng_inst(run, action, inst);
    const Call *c = undo ? &in->undo : &in->run;
    PhaseState st = run->phases[phase].state;
    if (c->state != CALL_RETRY || !c->same_attempt)
        return;
    Record *r = call_rec(run, REC_EXEC_UNKNOWN, phase, action, inst, undo, c->attempt);
    rec_set_text(r, RF_OUT, STR("in_doubt"));
    if (st == PH_RUNNING || st == PH_UNDOING)
        eng_from_to(run, r, phase, PH_IN_DOUBT);
    if (c->words.n > 0)
        rec_add_part(r, "message", "text/plain", c->words);
    eng_emit(run);
}

void eng_doubt_resends(EngRun *run)
{
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const ProgPhase *pp = &run->program->phases[i];
        for (uint32_t k = 0; k < pp->actions_count; k++) {
            uint32_t action = pp->actions_first + k;
            for (uint32_t n = 0; n < run->actions[action].n_inst; n++) {
                doubt_resend(run, i, action, n, false);
                doubt_resend(run, i, action, n, true);
            }
        }
    }
}

/* --- a person says what happened ------------------------------------------- */

typedef struct Doubt {
    uint32_t phase, action, inst, found;
    bool undo;
} Doubt;

/* A resend, or an undo's retry, may be settled before it goes out, and every
 * retry of a phase that is not let go on: it might wait for ever. */
static bool may_settle(const PhaseRun *p, const Call *c, bool undo, bool given_up)
{
    return c->state == CALL_DOUBT ||
           (undo && c->state == CALL_FAILED && !given_up) ||
           (c->state == CALL_RETRY && (undo || c->same_attempt || p->n_blockers > 0));
}

Unsettled eng_unsettled(const PhaseRun *p, const Inst *in, bool undo)
{
    const Call *c = undo ? &in->undo : &in->run;
    if (!may_settle(p, c, undo, in->given_up))
        return US_NOTHING;
    return c->state == CALL_DOUBT    ? US_DOUBT
           : c->state == CALL_FAILED ? US_UNDO_FAILED
           : p->n_blockers > 0       ? US_BLOCKED
                                     : US_NOTHING;
}

static void look_in(EngRun *run, uint32_t phase, Doubt *d)
{
    const EngEvent *ev = run->ev;
    const ProgPhase *pp = &run->program->phases[phase];
    for (uint32_t k = 0; k < pp->actions_count; k++) {
        uint32_t action = pp->actions_first + k;
        const Inst *in = eng_inst(run, action, ev->instance);
        if (in == NULL || !str_eq(action_name(run, action), ev->action))
            continue;
        const PhaseRun *p = &run->phases[phase];
        bool undo = may_settle(p, &in->undo, true, in->given_up);
        if (!undo && !may_settle(p, &in->run, false, false))
            continue;
        *d = (Doubt){phase, action, ev->instance, d->found + 1, undo};
    }
}

static Doubt find_doubt(EngRun *run)
{
    const EngEvent *ev = run->ev;
    Doubt d = {0};
    for (uint32_t i = 0; i < run->program->n_phases; i++)
        if (ev->phase.n == 0 || str_eq(phase_name(run, i), ev->phase))
            look_in(run, i, &d);
    return d;
}

static void record_settled(EngRun *run, const Doubt *d)
{
    const EngEvent *ev = run->ev;
    const Inst *in = eng_inst(run, d->action, d->inst);
    const Call *c = d->undo ? &in->undo : &in->run;
    PhaseRun *p = &run->phases[d->phase];
    bool failed = str_is(ev->what, "failed"), retry = str_is(ev->what, "retry");
    bool was_doubt = c->state == CALL_DOUBT, ends = run->ending == RS_CANCELLED;
    Record *r = call_rec(run, REC_EXEC_SETTLED, d->phase, d->action, d->inst, d->undo,
                         c->attempt);
    rec_set_text(r, RF_OUT, failed  ? STR("failed")
                            : retry ? STR("retry")
                                    : STR("done"));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    if (retry)
        rec_set_text(r, RF_DUE, eng_instant(run, run->now_ms));
    else if (failed && was_doubt && !ends &&
             c->attempt <= run->program->actions[d->action].retries)
        set_retry(run, r, d->action);
    bool last = eng_doubts(run, d->phase) == (was_doubt ? 1U : 0U);
    if (last && (p->state == PH_IN_DOUBT || p->state == PH_UNDO_FAILED))
        eng_from_to(run, r, d->phase, p->undoing ? PH_UNDOING : PH_RUNNING);
    rec_add_part(r, "voter", "application/json", eng_voter(run));
    if (ev->comment.n > 0 && ev->comment.n <= LIM_COMMENT_BYTES)
        rec_add_part(r, "comment", "text/plain",
                     arena_str(run->out_arena, ev->comment));
    if (failed)
        rec_add_part(r, "message", "text/plain", STR("a person said that it did not happen"));
    eng_emit(run);
}

void eng_settle(EngRun *run)
{
    const EngEvent *ev = run->ev;
    Doubt d = find_doubt(run);
    Person who = {ev->actor.id, ev->actor.account, ev->actor.os_name};
    Buf why = {0};
    if (!str_is(ev->what, "done") && !str_is(ev->what, "failed") &&
        !str_is(ev->what, "retry")) {
        eng_reply(run, EXIT_USAGE, "no_such_answer",
                  STR("Say done, failed or retry."));
        return;
    }
    if (run->closed || d.found != 1) {
        eng_refuse_run(run, d.found > 1 ? "ambiguous" : "not_in_doubt",
                  d.found > 1
                      ? STR("Several phases have such an action in doubt; name the "
                            "phase too.")
                      : eng_print(run, "No call of an action \"%.*s\" (element %u) is "
                                  "in doubt; `gate status` lists what is.",
                                  STR_ARG(ev->action), ev->instance));
        return;
    }
    const char *rule = eng_barred(run, d.phase, who, FOR_SETTLE, &why);
    Str words = eng_keep(run, &why);
    if (rule != NULL) {
        eng_refuse(run, d.phase, rule, words);
        return;
    }
    bool ends = run->ending == RS_CANCELLED;
    if (ends && str_is(ev->what, "retry")) {
        eng_refuse(run, d.phase, "cancelled", STR("The run is cancelled, so nothing is "
                   "sent any more. Say done or failed."));
        return;
    }
    record_settled(run, &d);
    eng_reply(run, EXIT_DONE, "",
              eng_print(run, "Recorded: %s\"%.*s\" %.*s.%s",
                        d.undo ? "the undo of " : "", STR_ARG(ev->action),
                        STR_ARG(ev->what),
                        ends || ev->drive ? "" : " `gate resume` goes on with it."));
}
