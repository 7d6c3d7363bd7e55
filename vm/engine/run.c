/* Owns: a run's life: made, started, stepped, ended; what the outside asks
 * about it. Must not know: what a phase does on its way (phase.c). */
#include "vm/engine/run.h"

#include <assert.h>
#include <string.h>

/* --- made and freed -------------------------------------------------------- */

static bool make_arenas(EngRun *run)
{
    run->arena = arena_new(LIM_RUN_BYTES);
    run->out_arena = arena_new(LIM_RUN_BYTES);
    run->scratch = arena_new(LIM_RUN_BYTES);
    run->sect_arena = arena_new(LIM_ARENA_BYTES);
    run->text_arena = arena_new(LIM_ARENA_BYTES);
    run->policy_arena = arena_new(LIM_ARENA_BYTES);
    return run->arena != NULL && run->out_arena != NULL && run->scratch != NULL &&
           run->sect_arena != NULL && run->text_arena != NULL &&
           run->policy_arena != NULL;
}

static bool make_tables(EngRun *run)
{
    const Program *p = run->program;
    run->inputs = ARENA_NEW(run->arena, Value, p->n_inputs);
    run->phases = ARENA_NEW(run->arena, PhaseRun, p->n_phases);
    run->actions = ARENA_NEW(run->arena, ActRun, p->n_actions);
    run->checks = ARENA_NEW(run->arena, uint8_t, p->n_checks);
    run->told = ARENA_NEW(run->arena, uint8_t, p->n_tells);
    if (run->inputs == NULL || run->phases == NULL || run->actions == NULL ||
        run->checks == NULL || run->told == NULL ||
        !ENG_GROW(run->out.records, run->cap_records, 1))
        return false;
    for (uint32_t i = 0; i < p->n_phases; i++) {
        PhaseRun *ph = &run->phases[i];
        ph->iter = ph->round = 1;
        ph->blocked_due_ms = ph->next_try_ms = ph->staged_ms = -1;
        ph->gate.opened_ms = ph->gate.expires_ms = ph->gate.lapses_ms = -1;
    }
    return true;
}

EngRun *eng_new(const Program *program, const Policy *policy)
{
    EngRun *run = mem_realloc(NULL, 0, sizeof *run);
    if (run == NULL)
        return NULL;
    memset(run, 0, sizeof *run);
    run->program = program;
    run->state = run->ending = RS_RUNNING;
    run->look_ms = -1;
    if (!make_arenas(run) || !make_tables(run)) {
        eng_free(run);
        return NULL;
    }
    eng_set_policy(run, policy);
    return run;
}

void eng_set_policy(EngRun *run, const Policy *policy)
{
    Buf why = {0};
    run->policy = policy;
    run->policy_no++;
    run->judge = NULL;
    arena_reset(run->policy_arena);
    run->covered = policy_covers(policy, run->program, &why);
    run->uncovered = arena_str(run->policy_arena, buf_view(&why));
    if (run->uncovered.n == 0)
        run->uncovered = STR("the host's policy does not grant what the plan needs");
    buf_free(&why);
}

void eng_set_hours(EngRun *run, const Calendar *const *hours)
{
    run->hours = hours;
    eng_set_policy(run, run->policy);
}

static void free_phase(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    eng_pass_end(run, phase);
    eng_shrink(p->reads, p->cap_reads, sizeof *p->reads);
    eng_shrink(p->staged, p->cap_staged, sizeof *p->staged);
    eng_shrink(p->gate.votes, p->gate.cap_votes, sizeof *p->gate.votes);
}

void eng_free(EngRun *run)
{
    if (run == NULL)
        return;
    for (uint32_t i = 0; run->phases != NULL && i < run->program->n_phases; i++)
        free_phase(run, i);
    for (uint32_t i = 0; run->actions != NULL && i < run->program->n_actions; i++)
        eng_shrink(run->actions[i].inst, run->actions[i].cap_inst, sizeof(Inst));
    eng_shrink(run->flights, run->cap_flights, sizeof *run->flights);
    eng_shrink(run->out.records, run->cap_records, sizeof(Record));
    eng_shrink(run->out.effects, run->cap_effects, sizeof(EngEffect));
    eng_shrink(run->out.notices, run->cap_notices, sizeof(EngNotice));
    eng_shrink(run->out.kills, run->cap_kills, sizeof(uint64_t));
    arena_free(run->arena);
    arena_free(run->out_arena);
    arena_free(run->scratch);
    arena_free(run->sect_arena);
    arena_free(run->text_arena);
    arena_free(run->policy_arena);
    mem_realloc(run, sizeof *run, 0);
}

/* --- start ----------------------------------------------------------------- */

static bool may_start(EngRun *run)
{
    Buf why = {0};
    int exit = EXIT_DONE;
    const char *code = "";
    if (eng_check_inputs(run->program, run->ev->inputs, &why) != GATE_OK) {
        exit = EXIT_USAGE;
        code = "inputs";
    } else if (!run->covered) {
        buf_str(&why, run->uncovered);
        exit = EXIT_REFUSED;
        code = "not_granted";
    } else if (!eng_keeps_policies(run->program, run->hours, run->policy, &why)) {
        exit = EXIT_REFUSED;
        code = "against_policy";
    } else if (!eng_can_start(run->program, run->policy, &why)) {
        exit = EXIT_REFUSED;
        code = "cannot_start";
    }
    Str words = eng_keep(run, &why);
    if (exit == EXIT_DONE)
        return true;
    eng_reply(run, exit, code, words);
    return false;
}

/* A plan that needs more than it is granted is not begun. The inputs stand
 * where the first record will put them again. */
static bool plan_granted(EngRun *run)
{
    const EngEvent *ev = run->ev;
    Buf why = {0};
    arena_reset(run->text_arena);
    run->plan_dir = json_text(json_parse(ev->plan, run->text_arena, NULL), "dir");
    if (!eng_inputs(run->program, ev->inputs, run->text_arena, run->inputs, &why)) {
        eng_fail(run, GATE_E_MEMORY); /* they fitted when they were tested */
        buf_free(&why);
        return false;
    }
    bool ok = eng_plan_granted(run, &why);
    Str words = eng_keep(run, &why);
    if (!ok)
        eng_reply(run, EXIT_REFUSED, "not_granted", words);
    return ok && run->err == GATE_OK;
}

static void put_member(Buf *b, const char *key, Str s)
{
    buf_puts(b, b->n > 1 ? "," : "");
    json_put_text(b, str_of(key));
    buf_putc(b, ':');
    json_put_text(b, s);
}

static Str who_part(EngRun *run)
{
    const EngEvent *ev = run->ev;
    Buf b = {0};
    buf_putc(&b, '{');
    put_member(&b, "starter", ev->actor.account);
    put_member(&b, "starter_os", ev->actor.os_name);
    put_member(&b, "author", ev->author.account);
    put_member(&b, "author_os", ev->author.os_name);
    put_member(&b, "tenant", ev->tenant);
    put_member(&b, "name", ev->name);
    buf_putc(&b, '}');
    return eng_keep(run, &b);
}

static void start(EngRun *run)
{
    const EngEvent *ev = run->ev;
    const Program *p = run->program;
    char hex[65];
    Buf inputs = {0}, why = {0}, large = {0}, policy = {0};
    if (!may_start(run) || !plan_granted(run))
        return;
    assert(strlen(ev->run) < sizeof run->id);
    arena_reset(run->scratch);
    Value *v = ARENA_NEW(run->scratch, Value, p->n_inputs);
    if (v == NULL || !eng_inputs(p, ev->inputs, run->scratch, v, &why))
        eng_fail(run, GATE_E_MEMORY);
    else
        eng_put_inputs(&inputs, p, v);
    buf_free(&why);
    if (!eng_fits(run, "all inputs together", inputs.n, ENG_VALUE_BYTES(inputs), &large)) {
        eng_reply(run, EXIT_USAGE, "inputs", eng_keep(run, &large));
        buf_free(&inputs);
        return;
    }
    hash_hex(&p->hash, hex);
    Record *r = eng_rec(run, REC_RUN_STARTED);
    memset(r->run, 0, sizeof r->run);
    memcpy(r->run, ev->run, strlen(ev->run));
    rec_set_text(r, RF_PLAN, eng_print(run, "sha256:%s", hex));
    rec_set_text(r, RF_PROFILE, run->policy->solo ? STR("solo") : STR("team"));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    rec_add_part(r, "inputs", "application/json", eng_keep(run, &inputs));
    rec_add_part(r, "plan", "application/json",
                 ev->plan.n > 0 ? arena_str(run->out_arena, ev->plan) : STR("{}"));
    /* Never near a part's limit: it says less than the files it was read of. */
    eng_put_policy(&policy, run->policy);
    rec_add_part(r, "policy", "application/json", eng_keep(run, &policy));
    rec_add_part(r, "who", "application/json", who_part(run));
    eng_emit(run);
    Str name = run->name.n > 0 ? run->name : prog_str(p, p->name);
    eng_notice(run, "run", eng_print(run, "run %.*s: started", STR_ARG(name)));
    eng_reply(run, EXIT_DONE, "", STR(""));
}

/* --- cancel ---------------------------------------------------------------- */

static void kill_flights(EngRun *run)
{
    for (uint32_t i = 0; i < run->n_flights; i++) {
        Flight *f = &run->flights[i];
        if (f->killed)
            continue;
        if (!ENG_GROW(run->out.kills, run->cap_kills, run->out.n_kills + 1)) {
            eng_fail(run, GATE_E_MEMORY);
            return;
        }
        f->killed = true;
        run->out.kills[run->out.n_kills++] = f->id;
    }
}

static bool doubtful(const EngRun *run)
{
    for (uint32_t i = 0; i < run->program->n_phases; i++)
        if (eng_doubts(run, i) > 0)
            return true;
    return false;
}

static Str cancelled_words(EngRun *run)
{
    if (run->n_flights > 0)
        return STR("Cancelled. What is under way is being ended; nothing is undone.");
    if (doubtful(run))
        return STR("Cancelled. Nothing more is sent and nothing is undone. Nobody saw "
                   "what came of a call that had gone out: look, and say it with `gate "
                   "settle`; then the run closes.");
    return STR("Cancelled. Nothing is undone.");
}

/* Nobody can decide any more: a cancelled run may stay open for its doubts. */
static void close_gates(EngRun *run)
{
    for (uint32_t i = 0; i < run->program->n_phases && run->err == GATE_OK; i++) {
        const GateRun *g = &run->phases[i].gate;
        PhaseState st = run->phases[i].state;
        if ((g->state != GS_OPEN && g->state != GS_APPROVED) ||
            (st != PH_WAITING && st != PH_APPROVED))
            continue;
        Record *r = eng_rec_gate(run, REC_GATE_CLOSED, i);
        rec_set_text(r, RF_DEC, STR("cancel"));
        eng_emit(run);
    }
}

static void cancel(EngRun *run)
{
    const EngEvent *ev = run->ev;
    Person who = {ev->actor.id, ev->actor.account, ev->actor.os_name};
    Buf why = {0};
    if (run->closed) {
        eng_reply(run, EXIT_REFUSED, "ended",
                  eng_print(run, "The run has ended already: %s.",
                            run_state_word(run->state)));
        return;
    }
    if (run->ending == RS_CANCELLED) {
        eng_refuse_run(run, "ended", cancelled_words(run));
        return;
    }
    const char *rule = eng_barred(run, 0, who, FOR_CANCEL, &why);
    Str words = eng_keep(run, &why);
    if (rule != NULL) {
        eng_refuse_run(run, rule, words);
        return;
    }
    Record *r = eng_rec(run, REC_RUN_CANCELLED);
    rec_set_text(r, RF_DEC, STR("cancel"));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    rec_add_part(r, "voter", "application/json", eng_voter(run));
    if (ev->comment.n > 0 && ev->comment.n <= LIM_COMMENT_BYTES)
        rec_add_part(r, "comment", "text/plain",
                     arena_str(run->out_arena, ev->comment));
    eng_emit(run);
    close_gates(run);
    eng_doubt_resends(run);
    kill_flights(run);
    eng_reply(run, EXIT_DONE, "", cancelled_words(run));
}

/* --- the end --------------------------------------------------------------- */

static bool between(const EngRun *run, uint32_t phase)
{
    return run->phases[phase].state != PH_PENDING && !eng_phase_final(run, phase);
}

/* Something of the run is still under way, or can be. */
static bool alive(const EngRun *run)
{
    for (uint32_t i = 0; i < run->n_flights; i++)
        if (run->flights[i].kind != FLY_READ)
            return true; /* its outcome is awaited, even by a cancelled run */
    if (run->ending == RS_CANCELLED)
        return doubtful(run); /* and settled, before it closes */
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        bool acts = p->state == PH_RUNNING || p->state == PH_UNDOING ||
                    p->state == PH_IN_DOUBT ||
                    (p->state == PH_UNDO_FAILED && !p->settled_failed);
        bool free_to = run->ending == RS_RUNNING ||
                       (run->ending == RS_FAILED && p->started);
        if (acts || (free_to && (between(run, i) || eng_phase_begins(run, i))))
            return true;
    }
    return false;
}

static RunState final_state(const EngRun *run)
{
    if (run->ending != RS_RUNNING)
        return run->ending;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        bool unused = run->program->phases[i].only_when_started != 0 && !p->started;
        if (p->state != PH_DONE && p->state != PH_SKIPPED && !unused)
            return RS_FAILED;
    }
    return RS_DONE;
}

static RunState resting_state(const EngRun *run)
{
    RunState st = run->ending == RS_CANCELLED ? RS_RUNNING : RS_WAITING;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        if (p->state == PH_IN_DOUBT ||
            (p->state == PH_UNDO_FAILED && !p->settled_failed))
            return RS_IN_DOUBT;
        if (p->state == PH_CHECKING ||
            ((p->state == PH_RUNNING || p->state == PH_UNDOING ||
              p->state == PH_STAGED) && p->n_blockers == 0))
            st = RS_RUNNING;
    }
    return st;
}

static void conclude(EngRun *run)
{
    if (!run->begun || run->closed || run->err != GATE_OK)
        return;
    bool goes_on = alive(run);
    if (!goes_on)
        close_gates(run);
    RunState to = goes_on ? resting_state(run) : final_state(run);
    if (goes_on && to == run->state)
        return;
    Record *r = eng_rec(run, goes_on ? REC_RUN_CHANGED : REC_RUN_CLOSED);
    rec_set_text(r, RF_FROM, str_of(run_state_word(run->state)));
    rec_set_text(r, RF_TO, str_of(run_state_word(to)));
    if (!goes_on)
        rec_set_int(r, RF_COUNT, (int64_t)run->n_records + 1);
    eng_emit(run);
    Str name = run->name.n > 0 ? run->name
                               : prog_str(run->program, run->program->name);
    if (to != RS_RUNNING)
        eng_notice(run, "run", eng_print(run, "run %.*s: %s", STR_ARG(name),
                                         run_state_word(to)));
}

/* --- the step -------------------------------------------------------------- */

/* What is blocked is tried again by whatever wakes the run. What was approved
 * and left for later (--no-resume) waits for a person, not for a timer. */
static bool wakes(const EngRun *run, const PhaseRun *p)
{
    switch (p->state) {
    case PH_BLOCKED: return true;
    case PH_STAGED: return p->n_blockers > 0;
    case PH_APPROVED: return p->n_blockers > 0 || run->ev->resume;
    default: return false;
    }
}

static void wake(EngRun *run)
{
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        PhaseRun *p = &run->phases[i];
        p->try_it = p->try_it || wakes(run, p);
        p->dirty = true;
    }
}

static void landed(EngRun *run)
{
    const Flight *f = eng_flight(run, run->ev->effect);
    if (f == NULL) {
        eng_reply(run, EXIT_REFUSED, "no_such_effect",
                  STR("Nothing waits for that result."));
        return;
    }
    Flight copy = *f;
    eng_land(run, copy.id);
    if (run->closed)
        return;
    if (copy.kind == FLY_READ)
        eng_read_landed(run, &copy);
    else
        eng_call_landed(run, &copy);
}

static void landed_all(EngRun *run)
{
    const EngEvent *first = run->ev;
    for (const EngEvent *e = first; e != NULL && run->err == GATE_OK; e = e->also) {
        run->ev = e;
        landed(run);
    }
    run->ev = first;
}

/* Every phase as far as it goes, until none moves any more. */
static void advance(EngRun *run)
{
    bool moved = true;
    while (moved && run->err == GATE_OK) {
        moved = false;
        for (uint32_t i = 0; i < run->program->n_phases && run->err == GATE_OK; i++)
            moved = eng_phase_advance(run, i) || moved;
    }
}

static void dispatch(EngRun *run)
{
    switch (run->ev->kind) {
    case EV_START: start(run); break;
    case EV_WAKE: wake(run); break;
    case EV_DECIDE: eng_decide(run); break;
    case EV_EFFECT: landed_all(run); break;
    case EV_LOST:
        if (!run->closed)
            eng_lost(run);
        break;
    case EV_SETTLE: eng_settle(run); break;
    case EV_CANCEL: cancel(run); break;
    }
}

/* Whoever decides or settles says whether the run goes on with it. That a
 * process is gone is only noted: the person who comes next may have come to
 * cancel, and nothing new may leave in front of that. */
static bool drives(const EngEvent *ev)
{
    switch (ev->kind) {
    case EV_LOST: return false;
    case EV_DECIDE:
    case EV_SETTLE: return ev->drive;
    default: return true;
    }
}

GateStatus eng_step(EngRun *run, const EngEvent *ev, EngOut *out)
{
    EngOut *o = &run->out;
    arena_reset(run->out_arena);
    o->n_records = o->n_effects = o->n_notices = o->n_kills = 0;
    o->reply = (EngReply){EXIT_DONE, "", STR("")};
    run->ev = ev;
    run->look_ms = -1;
    run->unworked = false;
    run->now_ms = ev->now_ms;
    run->err = GATE_OK;
    for (uint32_t i = 0; i < run->program->n_phases; i++)
        run->phases[i].fresh = false;
    if (run->begun == (ev->kind == EV_START) || (run->begun && !run->inputs_known))
        return GATE_E_REFUSED;
    dispatch(run);
    if (run->begun && !run->closed && drives(ev))
        advance(run);
    conclude(run);
    o->changed = o->n_records > 0;
    run->ev = NULL;
    *out = *o;
    return run->err;
}

/* --- what the outside asks ------------------------------------------------- */

RunState eng_state(const EngRun *run)
{
    return run->state;
}

const char *eng_id(const EngRun *run)
{
    return run->id;
}

bool eng_busy(const EngRun *run)
{
    return run->n_flights > 0;
}

static void sooner(int64_t *due, int64_t at)
{
    if (at >= 0 && (*due < 0 || at < *due))
        *due = at;
}

static void due_of_calls(const EngRun *run, uint32_t phase, int64_t *due)
{
    const ProgPhase *pp = &run->program->phases[phase];
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        const ActRun *a = &run->actions[pp->actions_first + i];
        for (uint32_t k = 0; k < a->n_inst; k++) {
            if (a->inst[k].run.state == CALL_RETRY)
                sooner(due, a->inst[k].run.due_ms);
            if (a->inst[k].undo.state == CALL_RETRY)
                sooner(due, a->inst[k].undo.due_ms);
        }
    }
}

static void due_of_asks(const PhaseRun *p, int64_t *due)
{
    for (uint32_t k = 0; k < p->now.n_asks; k++)
        if (p->now.asks[k].state == ASK_RETRY)
            sooner(due, p->now.asks[k].due_ms);
}

static void due_of_gate(const PhaseRun *p, int64_t *due)
{
    if (p->state == PH_WAITING)
        sooner(due, p->gate.expires_ms);
    if (p->state == PH_APPROVED)
        sooner(due, p->gate.lapses_ms);
}

int64_t eng_retry_due(const EngRun *run)
{
    int64_t due = -1;
    if (run->closed || run->ending == RS_CANCELLED)
        return -1;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        if (p->state == PH_RUNNING || p->state == PH_UNDOING)
            due_of_calls(run, i, &due);
        due_of_asks(p, &due);
    }
    return due;
}

int64_t eng_due(const EngRun *run)
{
    int64_t due = -1;
    if (run->closed || run->ending == RS_CANCELLED)
        return -1;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        due_of_gate(p, &due);
        if (p->state == PH_BLOCKED && p->now.kind == PASS_NONE)
            sooner(&due, p->next_try_ms >= 0 ? p->next_try_ms : p->blocked_due_ms);
        else if (p->n_blockers > 0)
            sooner(&due, p->next_try_ms);
    }
    sooner(&due, eng_retry_due(run));
    return due;
}

static bool looks(const PhaseRun *p)
{
    switch (p->state) {
    case PH_CHECKING: case PH_BLOCKED: case PH_STAGED: case PH_APPROVED:
    case PH_RUNNING: case PH_UNDOING:
        return true;
    default: return p->n_blockers > 0;
    }
}

int64_t eng_due_recorded(const EngRun *run, bool *open)
{
    int64_t due = -1;
    *open = false;
    if (run->closed || run->ending == RS_CANCELLED)
        return -1;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        const PhaseRun *p = &run->phases[i];
        due_of_gate(p, &due);
        if (p->state == PH_RUNNING || p->state == PH_UNDOING)
            due_of_calls(run, i, &due);
        *open = *open || looks(p);
    }
    return due;
}

int eng_exit(const EngRun *run)
{
    switch (run->state) {
    case RS_DONE: return EXIT_DONE;
    case RS_FAILED:
    case RS_CANCELLED: return EXIT_FAILED;
    case RS_REJECTED: return EXIT_REJECTED;
    case RS_IN_DOUBT: return EXIT_WAIT_PERSON;
    default: break;
    }
    for (uint32_t i = 0; i < run->program->n_phases; i++)
        if (run->phases[i].state == PH_WAITING)
            return EXIT_WAIT_PERSON;
    return EXIT_WAIT_TIME;
}
