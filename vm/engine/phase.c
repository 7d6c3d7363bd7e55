/* Owns: a phase on its way: when it begins, its conditions, its staging, and
 * what its failure means.
 * Must not know: how a gate opens and releases, how calls are made. */
#include "vm/engine/run.h"

#include <string.h>

static Str phase_name(const EngRun *run, uint32_t phase)
{
    return prog_str(run->program, run->program->phases[phase].name);
}

Str eng_words_json(EngRun *run, Str words)
{
    Buf b = {0};
    buf_puts(&b, "[{\"text\":");
    json_put_text(&b, eng_short(words));
    buf_puts(&b, "}]");
    return eng_keep(run, &b);
}

/* --- beginning and end ----------------------------------------------------- */

static bool failed_state(const PhaseRun *p)
{
    return p->state == PH_FAILED || p->state == PH_UNDONE ||
           (p->state == PH_UNDO_FAILED && p->settled_failed);
}

bool eng_phase_final(const EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    return p->state == PH_DONE || p->state == PH_SKIPPED ||
           p->state == PH_REJECTED || p->state == PH_EXPIRED || failed_state(p);
}

static bool need_met(const EngRun *run, const ProgNeed *n, bool started)
{
    const PhaseRun *p = &run->phases[n->phase];
    bool goes_on =
        started || (run->program->phases[n->phase].on_failure & OF_CONTINUE) != 0;
    return p->state == PH_DONE || p->state == PH_SKIPPED ||
           (n->even_if_failed != 0 && goes_on && failed_state(p));
}

bool eng_phase_begins(const EngRun *run, uint32_t phase)
{
    const Program *p = run->program;
    const ProgPhase *pp = &p->phases[phase];
    bool started = run->phases[phase].started;
    if (run->phases[phase].state != PH_PENDING ||
        (pp->only_when_started != 0 && !started))
        return false;
    uint32_t end = pp->needs_first + pp->needs_count;
    for (uint32_t i = pp->needs_first; i < end;) {
        uint32_t group = p->needs[i].group;
        bool met = need_met(run, &p->needs[i++], started);
        for (; group != 0 && i < end && p->needs[i].group == group; i++)
            met = need_met(run, &p->needs[i], started) || met;
        if (!met)
            return false;
    }
    return true;
}

/* --- conditions ------------------------------------------------------------ */

static void put_blocker(Buf *out, Str words)
{
    buf_puts(out, out->n > 1 ? ",{\"text\":" : "{\"text\":");
    json_put_text(out, eng_short(words));
    buf_putc(out, '}');
}

static PassEnd eval(EngRun *run, uint32_t phase, uint32_t fn, Value *v, Buf *why)
{
    Sect t;
    eng_sect_open(&t, run, phase, SECT_TEXT, run->text_arena);
    PassEnd end = eng_sect_run(&t, fn, v);
    if (end == PASS_FAILED)
        buf_str(why, buf_view(&t.why));
    eng_sect_close(&t);
    return end;
}

/* The plan's own words for a condition. */
static PassEnd require_words(EngRun *run, uint32_t phase, const ProgRequire *r,
                             Buf *out)
{
    Value v;
    Buf why = {0};
    PassEnd end = PASS_FAILED;
    if (r->words_fn != PROG_NONE)
        end = eval(run, phase, r->words_fn, &v, &why);
    if (end == PASS_ENDED && v.tag == V_TEXT)
        buf_str(out, val_str(v));
    else
        buf_str(out, prog_str(run->program, r->text));
    buf_free(&why);
    return end == PASS_WAITS ? end : PASS_ENDED;
}

static PassEnd one_condition(EngRun *run, uint32_t phase, const ProgRequire *r,
                             Buf *out)
{
    Value v;
    Buf why = {0}, words = {0};
    PassEnd end = eval(run, phase, r->fn, &v, &why);
    bool known = end == PASS_ENDED && v.tag == V_BOOL;
    if (end != PASS_WAITS && !(known && v.u.i != 0)) {
        end = require_words(run, phase, r, &words);
        if (!known)
            buf_printf(&words, " (this could not be tested: %.*s)",
                       STR_ARG(why.n > 0 ? buf_view(&why)
                                         : STR("it depends on what is not known")));
        if (end == PASS_ENDED)
            put_blocker(out, buf_view(&words));
    }
    out->failed = out->failed || words.failed || why.failed;
    buf_free(&words);
    buf_free(&why);
    return end;
}

/* `when`: PASS_FAILED: it could not be tested, which blocks. */
static PassEnd test_when(EngRun *run, uint32_t phase, bool *skip, Buf *out)
{
    Value v;
    Buf why = {0};
    uint32_t fn = run->program->phases[phase].when_fn;
    if (fn == PROG_NONE)
        return PASS_ENDED;
    PassEnd end = eval(run, phase, fn, &v, &why);
    if (end == PASS_ENDED && v.tag == V_BOOL)
        *skip = v.u.i == 0;
    else if (end != PASS_WAITS) {
        Buf words = {0};
        buf_printf(&words, "Whether the phase is wanted (`when`) could not be "
                   "tested: %.*s",
                   STR_ARG(why.n > 0 ? buf_view(&why)
                                     : STR("it depends on what is not known")));
        put_blocker(out, buf_view(&words));
        buf_free(&words);
        end = PASS_FAILED;
    }
    buf_free(&why);
    return end;
}

PassEnd eng_conditions(EngRun *run, uint32_t phase, bool with_when, bool *skip,
                       Str *blockers)
{
    const ProgPhase *pp = &run->program->phases[phase];
    Buf out = {0};
    PassEnd end = PASS_ENDED;
    buf_putc(&out, '[');
    *skip = false;
    if (with_when)
        end = test_when(run, phase, skip, &out);
    bool waits = end == PASS_WAITS;
    if (!run->covered && !*skip)
        put_blocker(&out, run->uncovered);
    if (!*skip && eng_policy_words(run, phase).n > 0)
        put_blocker(&out, eng_policy_words(run, phase));
    /* All of them: a person wants to see everything that is missing, and
     * their reads are asked together. */
    for (uint32_t i = 0; end == PASS_ENDED && !*skip && i < pp->requires_count; i++)
        if (one_condition(run, phase,
                          &run->program->requires[pp->requires_first + i],
                          &out) == PASS_WAITS)
            waits = true;
    buf_putc(&out, ']');
    *blockers = eng_keep(run, &out);
    return waits ? PASS_WAITS : PASS_ENDED;
}

bool eng_blockers_same(const PhaseRun *p, Str json, Arena *scratch)
{
    arena_reset(scratch);
    const Json *j = json_parse(json, scratch, NULL);
    if (j == NULL || j->count != p->n_blockers)
        return false;
    uint32_t i = 0;
    for (const Json *e = j->child; e != NULL; e = e->next)
        if (!str_eq(json_text(e, "text"), p->blockers[i++]))
            return false;
    return true;
}

/* --- staging --------------------------------------------------------------- */

PassEnd eng_stage_body(EngRun *run, uint32_t phase, Sect *s)
{
    uint32_t body = run->program->phases[phase].body_fn;
    eng_sect_open(s, run, phase, SECT_STAGE, run->sect_arena);
    return body == PROG_NONE ? PASS_ENDED : eng_sect_run(s, body, NULL);
}

static Str staged_json(EngRun *run, const Staged *s, uint32_t n)
{
    Buf out = {0};
    buf_putc(&out, '[');
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(&out, ',');
        eng_put_staged(&out, run, &s[i], "action");
    }
    buf_putc(&out, ']');
    return eng_keep(run, &out);
}

static PassEnd question(EngRun *run, uint32_t phase, const Sect *body, Str *out,
                        bool *barred, Buf *why)
{
    const ProgGate *g = eng_gate(run, phase);
    Value v = {0};
    Sect t;
    *out = STR("");
    if (g == NULL || g->question_fn == PROG_NONE)
        return PASS_ENDED;
    eng_sect_open(&t, run, phase, SECT_TEXT, run->text_arena);
    t.body = body;
    PassEnd end = eng_sect_run(&t, g->question_fn, &v);
    if (end == PASS_ENDED && v.tag == V_TEXT) {
        *out = arena_str(run->out_arena, val_str(v));
        if (out->p == NULL)
            eng_fail(run, GATE_E_MEMORY);
    } else if (end == PASS_ENDED)
        *out = STR("(a part of this question is not known yet)");
    buf_str(why, buf_view(&t.why));
    *barred = *barred || t.barred;
    eng_sect_close(&t);
    return end;
}

static void staged(EngRun *run, uint32_t phase, const Sect *s, Str asks)
{
    PhaseRun *p = &run->phases[phase];
    Str json = staged_json(run, s->staged, s->n_staged);
    uint32_t pass = p->now.no;
    int64_t now = p->now.now_ms;
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    if (json.n > LIM_PART_BYTES / 2) {
        eng_fail_phase(run, phase, eng_print(run, "What the phase would do takes "
                       "%zu bytes to show; the limit is %d. Split the phase.",
                       json.n, LIM_PART_BYTES / 2));
        return;
    }
    Record *r = eng_rec_phase(run, REC_PHASE_STAGED, phase);
    eng_from_to(run, r, phase, PH_STAGED);
    rec_set_int(r, RF_ROUND, p->round);
    rec_set_int(r, RF_PASS, pass);
    rec_set_text(r, RF_AT, eng_instant(run, now));
    rec_add_part(r, "staged", "application/json", json);
    rec_add_part(r, "question", "text/plain", asks);
    eng_emit(run);
    p->fresh = true;
    p->stage_blocked = false;
}

static void record_check_failed(EngRun *run, uint32_t phase, uint32_t check)
{
    Record *r = eng_rec_phase(run, REC_CHECK_ANSWERED, phase);
    rec_set_int(r, RF_CHECK_NO, check);
    rec_set_text(r, RF_OUT, STR("fail"));
    eng_emit(run);
}

static void notice_blocked(EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    for (uint32_t i = 0; i < p->n_blockers; i++)
        eng_notice(run, "blocked", eng_print(run, "phase %.*s is blocked: %.*s",
                                             STR_ARG(name), STR_ARG(p->blockers[i])));
}

/* What it would do is not granted: it waits for that, and is staged again. */
static bool not_granted(EngRun *run, uint32_t phase, Str blockers)
{
    PhaseRun *p = &run->phases[phase];
    p->try_it = false;
    p->stage_blocked = true;
    p->next_try_ms = run->now_ms + LIM_BLOCKED_RETRY_MS;
    if (p->state == PH_BLOCKED && eng_blockers_same(p, blockers, run->scratch)) {
        eng_pass_end(run, phase); /* the answer is the old one: no record */
        return false;
    }
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    eng_phase_to(run, phase, PH_BLOCKED, blockers);
    notice_blocked(run, phase);
    return true;
}

static void stage_failed(EngRun *run, uint32_t phase, uint32_t bad_check, Str words)
{
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    if (bad_check != PROG_NONE)
        record_check_failed(run, phase, bad_check);
    eng_fail_phase(run, phase, words);
}

static bool stage(EngRun *run, uint32_t phase)
{
    Sect s;
    Str asks = STR(""), words = STR(""), blockers = STR("[]");
    Buf why = {0};
    PassEnd end = eng_stage_body(run, phase, &s);
    bool barred = s.barred, moved = end != PASS_WAITS;
    if (end == PASS_FAILED)
        buf_str(&why, buf_view(&s.why));
    if (end == PASS_ENDED)
        end = question(run, phase, &s, &asks, &barred, &why);
    if (end == PASS_FAILED)
        words = eng_keep(run, &why);
    buf_free(&why);
    if (end == PASS_ENDED)
        blockers = eng_rows_blocked(run, s.staged, s.n_staged);
    else if (end == PASS_FAILED && barred)
        blockers = eng_words_json(run, words);
    if (end == PASS_WAITS || run->err != GATE_OK)
        moved = false;
    else if (blockers.n > 2)
        moved = not_granted(run, phase, blockers);
    else if (end == PASS_ENDED)
        staged(run, phase, &s, asks);
    else
        stage_failed(run, phase, s.bad_check, words);
    eng_sect_close(&s);
    return moved;
}

static bool check(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    bool skip;
    Str blockers;
    if (eng_conditions(run, phase, true, &skip, &blockers) == PASS_WAITS ||
        run->err != GATE_OK)
        return false;
    bool blocked = !skip && blockers.n > 2;
    p->try_it = false;
    if (blocked && p->state == PH_BLOCKED &&
        eng_blockers_same(p, blockers, run->scratch)) {
        eng_pass_end(run, phase); /* the answer is the old one: no record */
        p->next_try_ms = run->now_ms + LIM_BLOCKED_RETRY_MS;
        return false;
    }
    if (!blocked && !skip && p->state == PH_BLOCKED && p->stage_blocked) {
        /* Only the staging can bring something new, so its end says whether
         * what was read here is worth a record. */
        p->now.kind = PASS_STAGE;
        return true;
    }
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    p->next_try_ms = -1;
    if (skip) {
        Str name = phase_name(run, phase);
        eng_phase_to(run, phase, PH_SKIPPED, STR(""));
        eng_notice(run, "phase", eng_print(run, "phase %.*s: skipped", STR_ARG(name)));
    } else if (blocked) {
        p->stage_blocked = false;
        eng_phase_to(run, phase, PH_BLOCKED, blockers);
        notice_blocked(run, phase);
    } else {
        if (p->state == PH_BLOCKED)
            eng_phase_to(run, phase, PH_CHECKING, STR(""));
        eng_pass_begin(run, phase, PASS_STAGE, run->now_ms);
    }
    return true;
}

static bool begin(EngRun *run, uint32_t phase)
{
    Str name = phase_name(run, phase);
    if (!eng_phase_begins(run, phase))
        return false;
    eng_phase_to(run, phase, PH_CHECKING, STR(""));
    eng_notice(run, "phase", eng_print(run, "phase %.*s: checking", STR_ARG(name)));
    return true;
}

/* --- the state machine ----------------------------------------------------- */

/* A run that ends lets what runs come to its end, and undo; where a failure
 * starts a phase, that one runs too. A cancelled run does nothing more. */
static bool may_move(const EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    /* Held: what runs may still come to its end, and votes are counted. */
    if (run->ev->hold && p->state != PH_RUNNING && p->state != PH_UNDOING &&
        p->state != PH_WAITING)
        return false;
    if (run->ending == RS_RUNNING)
        return true;
    if (run->ending == RS_CANCELLED)
        return false;
    return p->state == PH_RUNNING || p->state == PH_UNDOING ||
           (run->ending == RS_FAILED && p->started);
}

bool eng_phase_advance(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    if (!may_move(run, phase))
        return false;
    switch (p->state) {
    case PH_PENDING: return begin(run, phase);
    case PH_BLOCKED:
        if (p->now.kind == PASS_NONE && !p->try_it)
            return false;
        /* fall through */
    case PH_CHECKING:
        if (p->now.kind == PASS_NONE)
            eng_pass_begin(run, phase, PASS_CHECK, run->now_ms);
        return p->now.kind == PASS_STAGE ? stage(run, phase) : check(run, phase);
    case PH_STAGED: return eng_gate_open(run, phase);
    case PH_WAITING: return eng_gate_tally(run, phase);
    case PH_APPROVED: return release_gate(run, phase);
    case PH_RUNNING: return eng_exec_advance(run, phase);
    case PH_UNDOING: return eng_undo_advance(run, phase);
    default: return false;
    }
}

/* --- failure --------------------------------------------------------------- */

void eng_after_failure(EngRun *run, uint32_t phase)
{
    const ProgPhase *pp = &run->program->phases[phase];
    const PhaseRun *p = &run->phases[phase];
    const ProgGate *g = eng_gate(run, phase);
    Str name = phase_name(run, phase);
    Str text = eng_print(run, "phase %.*s: %s: %.*s", STR_ARG(name),
                         phase_state_word(p->state), STR_ARG(p->why));
    eng_notice(run, "phase", text);
    if ((pp->on_failure & OF_TELL) != 0)
        eng_tell_roles(run, phase, pp->failure_tell_first, pp->failure_tell_count,
                       text);
    else if (pp->on_failure == 0 && g != NULL && g->by_count > 0)
        eng_tell_roles(run, phase, g->by_first, g->by_count, text);
}

/* Done things that the plan says cannot be taken back, named. */
static void put_kept(Buf *out, const EngRun *run, uint32_t phase)
{
    const Program *p = run->program;
    const ProgPhase *pp = &p->phases[phase];
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        uint32_t a = pp->actions_first + i;
        uint32_t done = 0;
        if (p->actions[a].undo_kind != AU_NONE)
            continue;
        for (uint32_t k = 0; k < run->actions[a].n_inst; k++)
            done += run->actions[a].inst[k].run.state == CALL_DONE ? 1 : 0;
        Str name = prog_str(p, p->actions[a].name);
        if (done > 0)
            buf_printf(out, " Not undone, because the plan says it cannot be: %.*s.",
                       STR_ARG(name));
    }
}

void eng_fail_phase(EngRun *run, uint32_t phase, Str words)
{
    uint32_t bits = run->program->phases[phase].on_failure;
    bool undo = bits == 0 || (bits & OF_UNDO) != 0;
    Buf b = {0};
    buf_str(&b, words.n > 0 ? words : STR("It failed."));
    if (undo)
        put_kept(&b, run, phase);
    Str why = eng_words_json(run, eng_keep(run, &b));
    eng_pass_end(run, phase);
    if (run->err != GATE_OK)
        return;
    if (undo && eng_has_undo(run, phase)) {
        Str name = phase_name(run, phase);
        Record *r = eng_rec_phase(run, REC_ROLLBACK_STARTED, phase);
        eng_from_to(run, r, phase, PH_UNDOING);
        rec_add_part(r, "why", "application/json", why);
        eng_emit(run);
        eng_notice(run, "phase", eng_print(run, "phase %.*s: failed, undoing: %.*s",
                                           STR_ARG(name),
                                           STR_ARG(run->phases[phase].why)));
        return;
    }
    eng_phase_to(run, phase, PH_FAILED, why);
    eng_after_failure(run, phase);
}
