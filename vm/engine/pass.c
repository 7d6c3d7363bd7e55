/* Owns: what an evaluation asked of the world and what came back, until it is
 * a fact: reading calls of conditions, stagings, releases, running bodies.
 * Must not know: what the answers lead to. */
#include "vm/engine/run.h"

#include <assert.h>
#include <string.h>

void eng_pass_end(EngRun *run, uint32_t phase)
{
    Pass *w = &run->phases[phase].now;
    eng_shrink(w->asks, w->cap_asks, sizeof *w->asks);
    arena_free(w->arena);
    *w = (Pass){0};
}

void eng_pass_begin(EngRun *run, uint32_t phase, PassKind kind, int64_t now_ms)
{
    PhaseRun *p = &run->phases[phase];
    eng_pass_end(run, phase);
    p->now.arena = arena_new(LIM_RUN_BYTES);
    if (p->now.arena == NULL) {
        eng_fail(run, GATE_E_MEMORY);
        return;
    }
    p->now.kind = kind;
    p->now.now_ms = now_ms;
    /* A running body's late reads belong to the evaluation that released it. */
    p->now.no = kind == PASS_BODY ? p->run_pass : p->pass + 1;
}

static bool of_condition(const EngRun *run, uint32_t phase, uint32_t func)
{
    const ProgPhase *pp = &run->program->phases[phase];
    for (uint32_t i = 0; i < pp->requires_count; i++) {
        const ProgRequire *r = &run->program->requires[pp->requires_first + i];
        if (func == r->fn || func == r->words_fn)
            return true;
    }
    return false;
}

static const char *section_word(const EngRun *run, uint32_t phase, const Ask *a)
{
    const ProgPhase *pp = &run->program->phases[phase];
    switch (run->phases[phase].now.kind) {
    case PASS_CHECK: return a->func == pp->when_fn ? "when" : "require";
    case PASS_STAGE:
        return a->func == pp->when_fn                ? "when"
               : of_condition(run, phase, a->func) ? "require"
                                                     : "stage";
    case PASS_RELEASE: return "release";
    default: return "body";
    }
}

static void record_read(EngRun *run, uint32_t phase, Ask *a)
{
    const Program *p = run->program;
    PhaseRun *ph = &run->phases[phase];
    Record *r = eng_rec_phase(run, REC_READ_FINISHED, phase);
    rec_set_int(r, RF_ROUND, ph->round);
    rec_set_text(r, RF_SECTION, str_of(section_word(run, phase, a)));
    rec_set_int(r, RF_ORD, a->ord);
    rec_set_int(r, RF_FUNC, a->func);
    rec_set_int(r, RF_PASS, ph->now.no);
    rec_set_int(r, RF_IMPORT, a->import);
    if (a->action != PROG_NONE) {
        rec_set_text(r, RF_ACTION, prog_str(p, p->actions[a->action].name));
        rec_set_int(r, RF_ACTION_NO, a->action);
        rec_set_int(r, RF_INST, a->inst);
    }
    rec_set_text(r, RF_OUT, a->state == ASK_DONE ? STR("done") : STR("failed"));
    if (a->code != NULL && a->code[0] != '\0')
        rec_set_text(r, RF_CODE, eng_print(run, "%s", a->code));
    if (a->status >= 0)
        rec_set_int(r, RF_STATUS, a->status);
    if (a->tier != NULL && a->tier[0] != '\0')
        rec_set_text(r, RF_TIER, eng_print(run, "%s", a->tier));
    if (a->args.n > 0) /* else they were too large to be asked with */
        rec_add_part(r, "args", "application/json",
                     arena_str(run->out_arena, a->args));
    if (a->state == ASK_DONE)
        rec_add_part(r, "result", "application/json",
                     arena_str(run->out_arena, a->result));
    else
        rec_add_part(r, "message", "text/plain", arena_str(run->out_arena, a->words));
    a->recorded = true;
    eng_emit(run);
}

void eng_pass_flush(EngRun *run, uint32_t phase)
{
    Pass *w = &run->phases[phase].now;
    for (uint32_t i = 0; i < w->n_asks; i++) {
        Ask *a = &w->asks[i];
        if (!a->recorded && (a->state == ASK_DONE || a->state == ASK_FAILED))
            record_read(run, phase, a);
    }
}

/* --- asking ---------------------------------------------------------------- */

static Ask *find(Pass *w, uint32_t func, uint32_t ord)
{
    for (uint32_t i = 0; i < w->n_asks; i++)
        if (w->asks[i].func == func && w->asks[i].ord == ord)
            return &w->asks[i];
    return NULL;
}

static uint32_t under_way(const Pass *w, const VmCall *c, uint32_t func)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n_asks; i++)
        n += w->asks[i].func == func && w->asks[i].action == c->action &&
                     (w->asks[i].state == ASK_SENT || w->asks[i].state == ASK_RETRY)
                 ? 1 : 0;
    return n;
}

static void send_ask(EngRun *run, uint32_t phase, Ask *a)
{
    Flight f = {.kind = FLY_READ, .phase = phase, .pass = run->phases[phase].now.no,
                .func = a->func, .ord = a->ord, .action = a->action, .inst = a->inst};
    a->state = ASK_SENT;
    a->attempt++;
    eng_send(run, f, a->import, arena_str(run->out_arena, a->args), "", a->attempt);
    a->effect = run->next_effect;
}

/* Room in the log, in the run's memory and in the evaluation's. */
static bool fits(EngRun *run, const Pass *w, const char *what, Str json, Ask *a)
{
    Buf why = {0};
    size_t need = ENG_VALUE_BYTES(json);
    bool room = eng_fits(run, what, json.n, need + arena_used(w->arena), &why);
    if (!room) {
        a->state = ASK_FAILED;
        a->code = "limit";
        a->words = arena_str(w->arena, buf_view(&why));
        if (a->words.p == NULL)
            eng_fail(run, GATE_E_MEMORY);
    }
    buf_free(&why);
    return room;
}

/* A new reading call; NULL when it has to wait for a place. */
static Ask *new_ask(EngRun *run, uint32_t phase, const VmCall *c, uint32_t func)
{
    Pass *w = &run->phases[phase].now;
    Buf args = {0};
    if (!ENG_GROW(w->asks, w->cap_asks, (size_t)w->n_asks + 1)) {
        eng_fail(run, GATE_E_MEMORY);
        return NULL;
    }
    Ask *a = &w->asks[w->n_asks];
    *a = (Ask){.func = func, .ord = c->ordinal, .import = c->import,
               .action = c->action, .inst = c->instance, .status = -1};
    eng_put_args(&args, run->program, c->import, c->args, c->n_args);
    if (fits(run, w, "what it asks", buf_view(&args), a))
        a->args = arena_str(w->arena, buf_view(&args));
    if (args.failed || (a->state != ASK_FAILED && a->args.p == NULL))
        eng_fail(run, GATE_E_MEMORY);
    buf_free(&args);
    if (run->err != GATE_OK)
        return NULL;
    w->n_asks++;
    return a;
}

/* No grant, no look: said in words, tried again on a wake. */
static bool barred(EngRun *run, const Pass *w, Ask *a)
{
    Buf why = {0};
    if (!eng_call_granted(run, a->import, a->args, &why)) {
        a->state = ASK_FAILED;
        a->code = "refused";
        a->barred = true;
        a->words = arena_str(w->arena, buf_view(&why));
        if (a->words.p == NULL)
            eng_fail(run, GATE_E_MEMORY);
    }
    buf_free(&why);
    return a->barred;
}

AskState eng_ask(EngRun *run, uint32_t phase, const VmCall *c, uint32_t func,
                 uint32_t at_most, const Ask **answer)
{
    PhaseRun *p = &run->phases[phase];
    if (p->now.kind == PASS_NONE)
        eng_pass_begin(run, phase, PASS_BODY, p->staged_ms);
    Ask *a = find(&p->now, func, c->ordinal);
    if (run->ev->hold && (a == NULL || a->state == ASK_RETRY))
        return ASK_SENT;
    if (a == NULL && under_way(&p->now, c, func) >= (at_most == 0 ? 1 : at_most))
        return ASK_SENT;
    if (a == NULL) {
        a = new_ask(run, phase, c, func);
        if (a == NULL)
            return ASK_SENT;
        if (a->state != ASK_FAILED && !barred(run, &p->now, a))
            send_ask(run, phase, a);
    } else if (a->state == ASK_RETRY && eng_time_came(run, a->due_ms))
        send_ask(run, phase, a);
    *answer = a;
    return a->state;
}

/* --- answers --------------------------------------------------------------- */

static void take_result(EngRun *run, Pass *w, Ask *a, Str json)
{
    Buf why = {0};
    bool ok = true;
    Value v;
    if (!fits(run, w, "its answer", json, a))
        return;
    arena_reset(run->scratch);
    const Json *j = json_parse(json, run->scratch, &why);
    if (j != NULL &&
        json_to_value(j, run->program, run->program->imports[a->import].result,
                      run->scratch, &v, &why)) {
        a->state = ASK_DONE;
        a->value = eng_taint_copy(v, w->arena, &ok);
        a->result = arena_str(w->arena, json);
    } else {
        Buf words = {0};
        buf_puts(&words, "its answer does not have the form that the tool promises: ");
        buf_str(&words, eng_short(buf_view(&why)));
        a->state = ASK_FAILED;
        a->code = "error";
        a->words = arena_str(w->arena, buf_view(&words));
        buf_free(&words);
    }
    buf_free(&why);
    if (!ok || (a->state == ASK_DONE && a->result.p == NULL))
        eng_fail(run, GATE_E_MEMORY);
}

/* A failed look is repeated as the action says; an expression's is not. */
static void take_failure(EngRun *run, Pass *w, Ask *a)
{
    const EngEvent *ev = run->ev;
    const ProgAction *pa =
        a->action == PROG_NONE ? NULL : &run->program->actions[a->action];
    a->words = arena_str(w->arena, ev->message.n > 0 ? eng_short(ev->message)
                                                     : STR("it did not work"));
    if (a->words.p == NULL)
        eng_fail(run, GATE_E_MEMORY);
    if (pa != NULL && a->attempt <= pa->retries) {
        a->state = ASK_RETRY;
        int64_t every = prog_clock_ms(run->program, pa->retry_every);
        a->due_ms = run->now_ms + (every > 0 ? every : 0);
    } else
        a->state = ASK_FAILED;
}

/* A running body's answer is a fact as soon as it is recorded. A body may look
 * a hundred thousand times: what is searched is what is under way. */
static void drop_ask(Pass *w, Ask *a)
{
    *a = w->asks[--w->n_asks];
    if (w->n_asks == 0)
        arena_reset(w->arena);
}

void eng_read_landed(EngRun *run, const Flight *f)
{
    PhaseRun *p = &run->phases[f->phase];
    const EngEvent *ev = run->ev;
    if (p->now.kind == PASS_NONE || p->now.no != f->pass)
        return; /* its evaluation is over */
    Ask *a = find(&p->now, f->func, f->ord);
    if (a == NULL || a->effect != f->id)
        return;
    a->code = ev->code == NULL ? "" : arena_str(p->now.arena, str_of(ev->code)).p;
    a->tier = ev->tier == NULL ? "" : arena_str(p->now.arena, str_of(ev->tier)).p;
    a->status = ev->status;
    if (ev->outcome == OUT_DONE)
        take_result(run, &p->now, a, ev->result);
    else
        take_failure(run, &p->now, a);
    p->dirty = true;
    if (run->err != GATE_OK || a->state == ASK_RETRY)
        return;
    /* A blocked phase that is staged again may give the old answer: no record. */
    if (p->now.kind == PASS_BODY || (p->now.kind == PASS_STAGE && p->state != PH_BLOCKED))
        record_read(run, f->phase, a);
    if (p->now.kind == PASS_BODY && a->state == ASK_DONE && run->err == GATE_OK)
        drop_ask(&p->now, a);
}
