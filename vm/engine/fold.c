/* Owns: the facts of a run as a fold over its records; eng_apply is the only
 * function that writes them, in a step and in a rebuild alike.
 * Must not know: how a run advances, what is in the air. */
#include "vm/engine/run.h"

#include <assert.h>
#include <string.h>

bool eng_grow(void **rows, uint32_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return true;
    size_t want = *cap < 8 ? 8 : (size_t)*cap * 2;
    size_t bytes;
    if (want < need)
        want = need;
    if (want > UINT32_MAX || !mem_mul(want, size, &bytes))
        return false;
    char *p = mem_realloc(*rows, (size_t)*cap * size, bytes);
    if (p == NULL)
        return false;
    memset(p + (size_t)*cap * size, 0, bytes - (size_t)*cap * size);
    *rows = p;
    *cap = (uint32_t)want;
    return true;
}

void eng_shrink(void *rows, uint32_t cap, size_t size)
{
    mem_realloc(rows, (size_t)cap * size, 0);
}

/* --- helpers --------------------------------------------------------------- */

static bool keep(EngRun *run, Str in, Str *out)
{
    if (in.p == NULL) {
        *out = (Str){NULL, 0};
        return true;
    }
    *out = arena_str(run->arena, in);
    return out->p != NULL;
}

static bool phase_state_of(Str word, PhaseState *out)
{
    for (int i = 0; i < PH_COUNT; i++)
        if (str_is(word, phase_state_word((PhaseState)i))) {
            *out = (PhaseState)i;
            return true;
        }
    return false;
}

static bool run_state_of(Str word, RunState *out)
{
    for (int i = 0; i < RS_COUNT; i++)
        if (str_is(word, run_state_word((RunState)i))) {
            *out = (RunState)i;
            return true;
        }
    return false;
}

static int64_t instant(const Record *r, RecField f)
{
    int64_t ms;
    return os_parse_instant(rec_text(r, f), &ms) ? ms : -1;
}

/* An ordinal that must be there and below n. */
static bool ordinal(const Record *r, RecField f, uint32_t n, uint32_t *out)
{
    int64_t i = rec_int(r, f, -1);
    if (i < 0 || i >= (int64_t)n)
        return false;
    *out = (uint32_t)i;
    return true;
}

static bool out_is(const Record *r, const char *word)
{
    return str_is(rec_text(r, RF_OUT), word);
}

static GateStatus keep_value(EngRun *run, Str json, uint32_t type, Value *out)
{
    Buf why = {0};
    bool ok = true;
    const Json *j = json_parse(json, run->scratch, &why);
    Value v;
    bool typed = j != NULL &&
                 json_to_value(j, run->program, type, run->scratch, &v, &why);
    buf_free(&why);
    if (!typed)
        return GATE_E_FORMAT;
    *out = eng_taint_copy(v, run->arena, &ok);
    return ok ? GATE_OK : GATE_E_MEMORY;
}

/* --- the run --------------------------------------------------------------- */

static GateStatus apply_started(EngRun *run, const Record *r)
{
    char hex[65];
    hash_hex(&run->program->hash, hex);
    Str plan = rec_text(r, RF_PLAN);
    if (plan.n != 71 || memcmp(plan.p, "sha256:", 7) != 0 ||
        memcmp(plan.p + 7, hex, 64) != 0)
        return GATE_E_FORMAT;
    memcpy(run->id, r->run, sizeof run->id);
    memcpy(run->starter, r->actor_id, sizeof run->starter);
    run->started_ms = instant(r, RF_AT);
    bool ok = keep(run, rec_part(r, "inputs"), &run->inputs_json) &&
              keep(run, rec_part(r, "plan"), &run->plan);
    const Json *who = NULL;
    if (rec_part(r, "who").p != NULL)
        who = json_parse(rec_part(r, "who"), run->scratch, NULL);
    if (who != NULL)
        ok = ok && keep(run, json_text(who, "starter"), &run->starter_account) &&
             keep(run, json_text(who, "starter_os"), &run->starter_os) &&
             keep(run, json_text(who, "author"), &run->author_account) &&
             keep(run, json_text(who, "author_os"), &run->author_os) &&
             keep(run, json_text(who, "tenant"), &run->tenant) &&
             keep(run, json_text(who, "name"), &run->name);
    const Json *plan_part =
        run->plan.p == NULL ? NULL : json_parse(run->plan, run->scratch, NULL);
    ok = ok && keep(run, json_text(plan_part, "dir"), &run->plan_dir);
    if (!ok)
        return GATE_E_MEMORY;
    /* Without it nobody could decide, which is right: it is erased only of a
     * run that has ended. */
    Str policy = rec_part(r, "policy");
    if (policy.p != NULL) {
        GateStatus st = eng_read_policy(policy, run->arena, run->scratch, &run->pinned);
        if (st != GATE_OK)
            return st;
    }
    run->inputs_known =
        run->inputs_json.p != NULL &&
        eng_inputs(run->program, run->inputs_json, run->arena, run->inputs, NULL);
    run->begun = true;
    run->state = RS_RUNNING;
    return GATE_OK;
}

static GateStatus apply_run_state(EngRun *run, const Record *r)
{
    RunState from, to;
    if (!run_state_of(rec_text(r, RF_FROM), &from) || from != run->state ||
        !run_state_of(rec_text(r, RF_TO), &to))
        return GATE_E_FORMAT;
    run->state = to;
    if (r->kind != REC_RUN_CLOSED)
        return GATE_OK;
    if (rec_int(r, RF_COUNT, -1) != (int64_t)run->n_records + 1)
        return GATE_E_FORMAT;
    run->closed = true;
    return GATE_OK;
}

/* --- phases ---------------------------------------------------------------- */

/* What a phase's new state means for the run and for other phases. */
static void spread(EngRun *run, uint32_t phase, PhaseState to)
{
    const ProgPhase *pp = &run->program->phases[phase];
    PhaseRun *p = &run->phases[phase];
    bool failed = to == PH_FAILED || to == PH_UNDONE ||
                  (to == PH_UNDO_FAILED && p->settled_failed);
    if (failed && (pp->on_failure & OF_START) != 0 &&
        pp->failure_start != PROG_NONE)
        run->phases[pp->failure_start].started = true;
    if (run->ending != RS_RUNNING)
        return;
    if (to == PH_REJECTED || to == PH_EXPIRED)
        run->ending = RS_REJECTED;
    else if (failed && (pp->on_failure & OF_CONTINUE) == 0)
        run->ending = RS_FAILED;
}

/* The reads of other evaluations than the released one are of no more use. */
static void keep_reads_of(PhaseRun *p, uint32_t pass)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_reads; i++)
        if (p->reads[i].pass == pass)
            p->reads[n++] = p->reads[i];
    p->n_reads = n;
}

static GateStatus apply_blockers(EngRun *run, PhaseRun *p, Str why)
{
    p->blockers = NULL;
    p->n_blockers = 0;
    if (why.p == NULL)
        return GATE_OK;
    const Json *j = json_parse(why, run->scratch, NULL);
    if (j == NULL || j->kind != J_ARRAY)
        return GATE_E_FORMAT;
    p->blockers = ARENA_NEW(run->arena, Str, j->count);
    if (p->blockers == NULL)
        return GATE_E_MEMORY;
    for (const Json *e = j->child; e != NULL; e = e->next)
        if (!keep(run, json_text(e, "text"), &p->blockers[p->n_blockers++]))
            return GATE_E_MEMORY;
    return GATE_OK;
}

static GateStatus apply_transition(EngRun *run, const Record *r, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    PhaseState from, to;
    if (rec_text(r, RF_TO).p == NULL)
        return GATE_OK;
    if (!phase_state_of(rec_text(r, RF_FROM), &from) || from != p->state ||
        !phase_state_of(rec_text(r, RF_TO), &to))
        return GATE_E_FORMAT;
    GateStatus st = GATE_OK;
    Str why = rec_part(r, "why");
    bool blocked = to == PH_BLOCKED || to == from;
    st = apply_blockers(run, p, blocked ? why : (Str){NULL, 0});
    if (st != GATE_OK)
        return st;
    if (!blocked && why.p != NULL) {
        const Json *j = json_parse(why, run->scratch, NULL);
        if (j == NULL || j->kind != J_ARRAY || j->child == NULL)
            return GATE_E_FORMAT;
        if (!keep(run, json_text(j->child, "text"), &p->why))
            return GATE_E_MEMORY;
    }
    if (to == PH_BLOCKED)
        p->blocked_due_ms = instant(r, RF_DUE);
    if (to == PH_RUNNING && from != PH_IN_DOUBT && from != PH_RUNNING) {
        p->run_pass = (uint32_t)rec_int(r, RF_PASS, 0);
        keep_reads_of(p, p->run_pass);
        if (p->gate.state == GS_APPROVED || p->gate.state == GS_OPEN)
            p->gate.state = GS_RELEASED;
    }
    p->state = to;
    spread(run, phase, to);
    return GATE_OK;
}

static GateStatus apply_read(EngRun *run, const Record *r, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    int64_t pass = rec_int(r, RF_PASS, 0);
    if (pass > (int64_t)p->pass)
        p->pass = (uint32_t)pass;
    Str section = rec_text(r, RF_SECTION);
    if (str_is(section, "when") || str_is(section, "require") ||
        !out_is(r, "done"))
        return GATE_OK;
    uint32_t func, import;
    if (!ordinal(r, RF_FUNC, run->program->n_funcs, &func) ||
        !ordinal(r, RF_IMPORT, run->program->n_imports, &import))
        return GATE_E_FORMAT;
    if (!ENG_GROW(p->reads, p->cap_reads, (size_t)p->n_reads + 1))
        return GATE_E_MEMORY;
    Read *rd = &p->reads[p->n_reads];
    *rd = (Read){.pass = (uint32_t)pass, .func = func,
                 .ord = (uint32_t)rec_int(r, RF_ORD, 0),
                 .action = PROG_NONE,
                 .inst = (uint32_t)rec_int(r, RF_INST, 0)};
    if (r->f[RF_ACTION_NO].set &&
        !ordinal(r, RF_ACTION_NO, run->program->n_actions, &rd->action))
        return GATE_E_FORMAT;
    GateStatus st = keep_value(run, rec_part(r, "result"),
                               run->program->imports[import].result, &rd->value);
    if (st == GATE_OK)
        p->n_reads++;
    return st;
}

static bool keep_json(EngRun *run, const Json *j, Str *out)
{
    Buf b = {0};
    *out = (Str){NULL, 0};
    if (j == NULL)
        return true;
    eng_put_json(&b, j);
    bool ok = !b.failed && keep(run, buf_view(&b), out);
    buf_free(&b);
    return ok;
}

static GateStatus apply_staged_row(EngRun *run, PhaseRun *p, uint32_t phase,
                                   const Json *j)
{
    int64_t instance = 0;
    const Json *flag = json_get(j, "conditional");
    uint32_t action = prog_find_action(run->program, phase, json_text(j, "action"));
    if (action == PROG_NONE ||
        (json_get(j, "instance") != NULL &&
         (!json_int(json_get(j, "instance"), &instance) || instance < 0 ||
          instance > UINT32_MAX)))
        return GATE_E_FORMAT;
    if (!ENG_GROW(p->staged, p->cap_staged, (size_t)p->n_staged + 1))
        return GATE_E_MEMORY;
    Staged *s = &p->staged[p->n_staged];
    *s = (Staged){.action = action, .instance = (uint32_t)instance,
                  .conditional = flag != NULL && flag->kind == J_TRUE};
    if (!keep_json(run, json_get(j, "arguments"), &s->args) ||
        !keep_json(run, json_get(j, "undo"), &s->undo) ||
        !keep_json(run, json_get(j, "element"), &s->element) ||
        !keep_json(run, json_get(j, "tainted"), &s->tainted))
        return GATE_E_MEMORY;
    ActRun *a = &run->actions[action];
    if (a->n_staged++ == 0)
        a->staged_first = p->n_staged;
    p->n_staged++;
    return GATE_OK;
}

static GateStatus apply_staged(EngRun *run, const Record *r, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    const ProgPhase *pp = &run->program->phases[phase];
    p->n_staged = 0;
    for (uint32_t i = 0; i < pp->actions_count; i++)
        run->actions[pp->actions_first + i].n_staged = 0;
    p->fit_policy = 0;
    p->staged_ms = instant(r, RF_AT);
    int64_t pass = rec_int(r, RF_PASS, 0);
    p->run_pass = (uint32_t)pass;
    if (pass > (int64_t)p->pass)
        p->pass = (uint32_t)pass;
    p->round = (uint32_t)rec_int(r, RF_ROUND, 1);
    if (!keep(run, rec_part(r, "staged"), &p->staged_json) ||
        !keep(run, rec_part(r, "question"), &p->question))
        return GATE_E_MEMORY;
    if (p->staged_json.p == NULL)
        return GATE_OK; /* erased: the run has ended */
    const Json *j = json_parse(p->staged_json, run->scratch, NULL);
    if (j == NULL || j->kind != J_ARRAY)
        return GATE_E_FORMAT;
    for (const Json *e = j->child; e != NULL; e = e->next) {
        GateStatus st = apply_staged_row(run, p, phase, e);
        if (st != GATE_OK)
            return st;
    }
    return GATE_OK;
}

/* --- gates ----------------------------------------------------------------- */

static GateStatus apply_opened(EngRun *run, const Record *r, uint32_t phase)
{
    GateRun *g = &run->phases[phase].gate;
    Str digest = rec_text(r, RF_DIGEST);
    if (digest.n != 64)
        return GATE_E_FORMAT;
    memcpy(g->digest, digest.p, 64);
    g->digest[64] = '\0';
    g->state = GS_OPEN;
    g->n_votes = 0;
    g->opened_ms = instant(r, RF_AT);
    g->expires_ms = instant(r, RF_DUE);
    g->lapses_ms = -1;
    g->opened_rec = g->closed_rec = run->n_records;
    Str subject = rec_part(r, "subject");
    g->evidence = (Str){NULL, 0};
    if (subject.p == NULL)
        return GATE_OK;
    const Json *j = json_parse(subject, run->scratch, NULL);
    if (j == NULL)
        return GATE_E_FORMAT;
    return keep_json(run, json_get(j, "evidence"), &g->evidence) ? GATE_OK
                                                                : GATE_E_MEMORY;
}

static GateStatus apply_decision(EngRun *run, const Record *r, uint32_t phase)
{
    GateRun *g = &run->phases[phase].gate;
    if (g->state != GS_OPEN)
        return GATE_E_FORMAT;
    if (!ENG_GROW(g->votes, g->cap_votes, (size_t)g->n_votes + 1))
        return GATE_E_MEMORY;
    Vote *v = &g->votes[g->n_votes];
    *v = (Vote){.at_ms = instant(r, RF_AT)};
    memcpy(v->id, r->actor_id, sizeof v->id);
    const Json *who = NULL;
    if (rec_part(r, "voter").p != NULL)
        who = json_parse(rec_part(r, "voter"), run->scratch, NULL);
    if (!keep(run, rec_text(r, RF_DEC), &v->decision) ||
        !keep(run, rec_text(r, RF_ASSURANCE), &v->assurance) ||
        (who != NULL && (!keep(run, json_text(who, "account"), &v->account) ||
                         !keep(run, json_text(who, "os"), &v->os) ||
                         !keep(run, json_text(who, "person"), &v->person))))
        return GATE_E_MEMORY;
    g->n_votes++;
    return GATE_OK;
}

static GateStatus apply_closed(EngRun *run, const Record *r, uint32_t phase)
{
    GateRun *g = &run->phases[phase].gate;
    Str dec = rec_text(r, RF_DEC);
    if (g->state != GS_OPEN && g->state != GS_APPROVED)
        return GATE_E_FORMAT;
    g->closed_rec = run->n_records;
    if (r->kind == REC_GATE_EXPIRED)
        g->state = GS_EXPIRED;
    else if (str_is(dec, "approve")) {
        g->state = GS_APPROVED;
        g->lapses_ms = instant(r, RF_DUE);
    } else if (str_is(dec, "reject"))
        g->state = GS_REJECTED;
    else
        g->state = GS_WITHDRAWN;
    return GATE_OK;
}

static GateStatus apply_drifted(EngRun *run, const Record *r, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    p->drifts++;
    p->round++;
    if (p->gate.state != GS_NONE) /* at L0 there is no gate */
        p->gate.state = GS_WITHDRAWN;
    p->gate.n_votes = 0; /* a yes was for what is no longer so */
    return keep(run, rec_part(r, "drift"), &p->gate.drift) ? GATE_OK
                                                           : GATE_E_MEMORY;
}

/* --- calls ----------------------------------------------------------------- */

static Inst *inst_of(EngRun *run, const Record *r, bool make, uint32_t *action)
{
    int64_t i = rec_int(r, RF_INST, 0);
    if (!ordinal(r, RF_ACTION_NO, run->program->n_actions, action) || i < 0 ||
        i >= LIM_LIST_ITEMS)
        return NULL;
    ActRun *a = &run->actions[*action];
    if ((uint32_t)i >= a->n_inst) {
        if (!make || !ENG_GROW(a->inst, a->cap_inst, (size_t)i + 1))
            return NULL;
        a->n_inst = (uint32_t)i + 1;
    }
    return &a->inst[i];
}

static bool call_open(CallState s)
{
    return s == CALL_SENT || s == CALL_DOUBT || s == CALL_RETRY;
}

/* The counters of an action follow the states of its calls (not of undos). */
static void call_to(ActRun *a, Call *c, bool undo, CallState to)
{
    if (!undo) {
        if (call_open(c->state))
            a->open--;
        if (c->state == CALL_FAILED)
            a->failed--;
        if (call_open(to))
            a->open++;
        if (to == CALL_FAILED)
            a->failed++;
    }
    c->state = to;
}

static GateStatus apply_undo_of(EngRun *run, Inst *in, Str part)
{
    in->undo_import = PROG_NONE;
    if (part.p == NULL)
        return GATE_OK;
    const Json *j = json_parse(part, run->scratch, NULL);
    int64_t import;
    if (j == NULL)
        return GATE_E_FORMAT;
    if (json_get(j, "import") == NULL)
        return GATE_OK;
    if (!json_int(json_get(j, "import"), &import) || import < 0 ||
        import >= (int64_t)run->program->n_imports)
        return GATE_E_FORMAT;
    in->undo_import = (uint32_t)import;
    return keep_json(run, json_get(j, "arguments"), &in->undo_args)
               ? GATE_OK
               : GATE_E_MEMORY;
}

static GateStatus apply_sent(EngRun *run, const Record *r, uint32_t phase)
{
    uint32_t action;
    bool undo = rec_int(r, RF_UNDO, 0) == 1;
    Inst *in = inst_of(run, r, true, &action);
    if (in == NULL)
        return GATE_E_FORMAT;
    PhaseRun *p = &run->phases[phase];
    Call *c = undo ? &in->undo : &in->run;
    Str key = rec_part(r, "key");
    if ((c->state != CALL_NONE && c->state != CALL_RETRY) || key.n > 64)
        return GATE_E_FORMAT;
    memset(c->key, 0, sizeof c->key);
    if (key.n > 0)
        memcpy(c->key, key.p, key.n);
    uint32_t attempt = (uint32_t)rec_int(r, RF_ATTEMPT, 1);
    if (attempt != c->attempt)
        c->resends = 0;
    c->attempt = attempt;
    c->sent_ms = instant(r, RF_AT);
    c->due_ms = -1;
    if (!keep(run, rec_part(r, "args"), &c->args))
        return GATE_E_MEMORY;
    call_to(&run->actions[action], c, undo, CALL_SENT);
    if (undo)
        return GATE_OK;
    in->order = ++p->order;
    if (!keep(run, rec_part(r, "element"), &in->element))
        return GATE_E_MEMORY;
    return apply_undo_of(run, in, rec_part(r, "undo"));
}

/* An outcome that was seen, or lost; or a resend that will not be. */
static bool may_come(const Call *c, RecKind kind)
{
    return c->state == CALL_SENT || (kind == REC_EXEC_UNKNOWN &&
                                     c->state == CALL_RETRY && c->same_attempt);
}

/* A retry may be settled too: one that is not let out waits for ever. */
static bool may_settle(const Call *c, bool undo)
{
    return c->state == CALL_DOUBT || c->state == CALL_RETRY ||
           (undo && c->state == CALL_FAILED);
}

/* out: done, failed (due: goes out again then), retry (the same again). */
static GateStatus apply_outcome(EngRun *run, const Record *r)
{
    uint32_t action;
    bool undo = rec_int(r, RF_UNDO, 0) == 1;
    Inst *in = inst_of(run, r, false, &action);
    if (in == NULL)
        return GATE_E_FORMAT;
    ActRun *a = &run->actions[action];
    Call *c = undo ? &in->undo : &in->run;
    bool settled = r->kind == REC_EXEC_SETTLED;
    if (!(settled ? may_settle(c, undo) : may_come(c, r->kind)))
        return GATE_E_FORMAT;
    /* The number of the attempt, and with it the key, rises only behind a
     * failure that is certain. */
    bool unknown = r->kind == REC_EXEC_UNKNOWN || c->state == CALL_DOUBT ||
                   (c->state == CALL_RETRY && c->same_attempt);
    c->due_ms = instant(r, RF_DUE);
    c->same_attempt = false;
    if (!keep(run, rec_part(r, "message"), &c->words))
        return GATE_E_MEMORY;
    if (out_is(r, "in_doubt")) {
        call_to(a, c, undo, CALL_DOUBT);
        return GATE_OK;
    }
    if (out_is(r, "retry")) {
        c->same_attempt = unknown;
        if (r->kind == REC_EXEC_UNKNOWN && !str_is(rec_text(r, RF_CODE), "lost"))
            c->resends++;
        call_to(a, c, undo, CALL_RETRY);
        return GATE_OK;
    }
    if (out_is(r, "failed")) {
        in->given_up = in->given_up || (settled && undo && c->due_ms < 0);
        call_to(a, c, undo, c->due_ms >= 0 ? CALL_RETRY : CALL_FAILED);
        return GATE_OK;
    }
    if (!out_is(r, "done"))
        return GATE_E_FORMAT;
    call_to(a, c, undo, CALL_DONE);
    if (undo)
        return GATE_OK;
    /* What a person settled as done, or answered in another form than its
     * tool promises, happened; what it gave, nobody knows. */
    in->result = val_make(V_UNKNOWN, 0);
    Str result = rec_part(r, "result");
    if (result.p == NULL)
        return GATE_OK;
    GateStatus st = keep_value(run, result,
        run->program->imports[run->program->actions[action].import].result,
        &in->result);
    if (st == GATE_E_FORMAT)
        in->result = val_make(V_UNKNOWN, 0);
    return st == GATE_E_MEMORY ? st : GATE_OK;
}

static GateStatus apply_exec(EngRun *run, const Record *r, uint32_t phase)
{
    if (r->kind == REC_EXEC_STARTED)
        return apply_sent(run, r, phase);
    GateStatus st = apply_outcome(run, r);
    run->phases[phase].dirty = true;
    return st;
}

/* --- dispatch -------------------------------------------------------------- */

static GateStatus apply_skipped(EngRun *run, const Record *r)
{
    uint32_t i;
    if (!ordinal(r, RF_ACTION_NO, run->program->n_actions, &i))
        return GATE_E_FORMAT;
    run->actions[i].skipped = true;
    return GATE_OK;
}

static GateStatus apply_checked(EngRun *run, const Record *r)
{
    uint32_t i;
    if (!ordinal(r, RF_CHECK_NO, run->program->n_checks, &i))
        return GATE_E_FORMAT;
    run->checks[i] = out_is(r, "pass") ? 1 : 2;
    return GATE_OK;
}

static GateStatus apply_told(EngRun *run, const Record *r)
{
    uint32_t i;
    if (r->f[RF_ORD].set) {
        if (!ordinal(r, RF_ORD, run->program->n_tells, &i))
            return GATE_E_FORMAT;
        run->told[i] = 1;
    }
    return GATE_OK;
}

static GateStatus apply_in_phase(EngRun *run, const Record *r, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    switch (r->kind) {
    case REC_PHASE_CHANGED:
        p->dirty = true;
        return GATE_OK;
    case REC_READ_FINISHED:
        p->dirty = true;
        return apply_read(run, r, phase);
    case REC_PHASE_STAGED: return apply_staged(run, r, phase);
    case REC_PHASE_DRIFTED: return apply_drifted(run, r, phase);
    case REC_GATE_OPENED: return apply_opened(run, r, phase);
    case REC_GATE_DECISION: return apply_decision(run, r, phase);
    case REC_GATE_EXPIRED:
    case REC_GATE_CLOSED: return apply_closed(run, r, phase);
    case REC_EXEC_STARTED:
    case REC_EXEC_FINISHED:
    case REC_EXEC_UNKNOWN:
    case REC_EXEC_SETTLED: return apply_exec(run, r, phase);
    case REC_ACTION_SKIPPED: return apply_skipped(run, r);
    case REC_CHECK_ANSWERED: return apply_checked(run, r);
    case REC_PEOPLE_TOLD: return apply_told(run, r);
    case REC_GATE_REFUSED: return GATE_OK;
    case REC_ROLLBACK_STARTED:
        p->undoing = true;
        return GATE_OK;
    case REC_ROLLBACK_FINISHED:
        p->settled_failed = out_is(r, "failed");
        return GATE_OK;
    default: return GATE_E_FORMAT;
    }
}

GateStatus eng_apply(EngRun *run, const Record *r)
{
    GateStatus st = GATE_E_FORMAT;
    uint32_t phase;
    arena_reset(run->scratch);
    if (run->closed || run->begun == (r->kind == REC_RUN_STARTED) ||
        (run->begun && memcmp(r->run, run->id, sizeof run->id) != 0))
        return GATE_E_FORMAT;
    if (r->kind == REC_RUN_STARTED)
        st = apply_started(run, r);
    else if (r->kind == REC_RUN_CHANGED || r->kind == REC_RUN_CLOSED)
        st = apply_run_state(run, r);
    else if (r->kind == REC_RUN_CANCELLED) {
        run->ending = RS_CANCELLED;
        st = GATE_OK;
    } else if (r->kind == REC_GATE_REFUSED && !r->f[RF_PHASE_NO].set) {
        st = GATE_OK; /* refused to the run as a whole; it changes nothing */
    } else if (ordinal(r, RF_PHASE_NO, run->program->n_phases, &phase)) {
        st = apply_in_phase(run, r, phase);
        if (st == GATE_OK)
            st = apply_transition(run, r, phase);
    }
    if (st == GATE_OK)
        run->n_records++;
    return st;
}
