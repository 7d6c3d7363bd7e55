/* Owns: gates: opening with a digest, decisions and what refuses them,
 * expiry, and release, which is one function whatever the route.
 * Must not know: how a body runs after its release. */
#include "vm/engine/run.h"

#include <string.h>

static Str phase_name(const EngRun *run, uint32_t phase)
{
    return prog_str(run->program, run->program->phases[phase].name);
}

Record *eng_rec_gate(EngRun *run, RecKind kind, uint32_t phase)
{
    static const char *const levels[] = {"L0", "L1", "L2", "L3"};
    Record *r = eng_rec_phase(run, kind, phase);
    rec_set_text(r, RF_GATE, eng_gate_id(run, phase));
    rec_set_text(r, RF_LEVEL, str_of(levels[eng_level(run, phase)]));
    rec_set_int(r, RF_ROUND, run->phases[phase].round);
    rec_set_text(r, RF_PROFILE, eng_solo(run) ? STR("solo") : STR("team"));
    return r;
}

/* now + within, without leaving the years that have a form. */
static int64_t later(int64_t now, int64_t within)
{
    const int64_t end = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */
    return within > end - now ? end : now + within;
}

/* --- opening --------------------------------------------------------------- */

/* Several gates may open in one step: each draws from the event's random with
 * its own identity. */
static Str nonce_of(EngRun *run, uint32_t phase)
{
    char hex[65];
    Str id = eng_gate_id(run, phase);
    Hash h = hash_hmac(run->ev->random, sizeof run->ev->random, id.p, id.n);
    hash_hex(&h, hex);
    return eng_print(run, "%s", hex);
}

static void notice_open(EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    Buf b = {0};
    buf_printf(&b, "phase %.*s waits for a decision by ", STR_ARG(name));
    eng_put_who(&b, run, phase);
    if (p->question.n > 0)
        buf_printf(&b, ": %.*s", STR_ARG(p->question));
    eng_notice(run, "gate", eng_keep(run, &b));
}

bool eng_gate_open(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    int level = eng_level(run, phase);
    if (level == 0 || p->gate.state == GS_OPEN)
        return release_gate(run, phase);
    const ProgGate *g = eng_gate(run, phase);
    char digest[65];
    Str nonce = nonce_of(run, phase);
    Str subject = eng_subject(run, phase, nonce, eng_evidence(run, phase));
    if (run->err != GATE_OK)
        return false;
    if (subject.n > LIM_PART_BYTES) {
        eng_fail_phase(run, phase, eng_print(run, "What the gate would ask about "
                       "takes %zu bytes; the limit is %d. Show less, or split the "
                       "phase.", subject.n, LIM_PART_BYTES));
        return true;
    }
    Hash h = hash_bytes(subject.p, subject.n);
    hash_hex(&h, digest);
    Record *r = eng_rec_gate(run, REC_GATE_OPENED, phase);
    rec_set_text(r, RF_DIGEST, eng_print(run, "%s", digest));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    if (level >= 2) {
        eng_from_to(run, r, phase, PH_WAITING);
        int64_t within = prog_clock_ms(run->program, g->within);
        if (within >= 0)
            rec_set_text(r, RF_DUE, eng_instant(run, later(run->now_ms, within)));
    }
    rec_add_part(r, "subject", "application/json", subject);
    rec_add_part(r, "nonce", "text/plain", nonce);
    eng_emit(run);
    if (level >= 2)
        notice_open(run, phase);
    else if (g->by_count > 0) {
        Str name = phase_name(run, phase);
        eng_tell_roles(run, phase, g->by_first, g->by_count,
                       eng_print(run, "phase %.*s runs now, please review it%s%.*s",
                                 STR_ARG(name), p->question.n > 0 ? ": " : "",
                                 STR_ARG(p->question)));
    }
    return true;
}

/* --- tally and expiry ------------------------------------------------------ */

static void expire(EngRun *run, uint32_t phase, const char *words)
{
    Str name = phase_name(run, phase);
    Record *r = eng_rec_gate(run, REC_GATE_EXPIRED, phase);
    eng_from_to(run, r, phase, PH_EXPIRED);
    rec_set_text(r, RF_DEC, STR("expire"));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    rec_add_part(r, "why", "application/json", eng_words_json(run, str_of(words)));
    eng_emit(run);
    eng_notice(run, "gate", eng_print(run, "phase %.*s: expired: %s", STR_ARG(name),
                                      words));
}

static bool expire_due(EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    if (run->ev->timers_frozen)
        return false;
    if (p->state == PH_WAITING && p->gate.expires_ms >= 0 &&
        run->now_ms >= p->gate.expires_ms) {
        expire(run, phase, "Nobody decided in time; silence is not consent.");
        return true;
    }
    if (p->state == PH_APPROVED && p->gate.lapses_ms >= 0 &&
        run->now_ms >= p->gate.lapses_ms) {
        expire(run, phase, "The approval was not used in time and has lapsed.");
        return true;
    }
    return false;
}

static const Vote *rejection(const GateRun *g)
{
    for (uint32_t i = 0; i < g->n_votes; i++)
        if (str_is(g->votes[i].decision, "reject"))
            return &g->votes[i];
    return NULL;
}

static Str voter_words(const EngRun *run, const Vote *v)
{
    return v->person.n > 0 ? v->person
                           : eng_person_words(run, (Person){v->id, v->account, v->os});
}

/* A waiting gate: closed by one no, by enough yes, or by time. */
bool eng_gate_tally(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    const ProgGate *g = eng_gate(run, phase);
    const Vote *no = rejection(&p->gate);
    Str name = phase_name(run, phase);
    bool yes = no == NULL && p->gate.n_votes > 0 && eng_needed(run, phase, NULL) == 0;
    if (no == NULL && !yes)
        return expire_due(run, phase);
    Record *r = eng_rec_gate(run, REC_GATE_CLOSED, phase);
    eng_from_to(run, r, phase, yes ? PH_APPROVED : PH_REJECTED);
    rec_set_text(r, RF_DEC, yes ? STR("approve") : STR("reject"));
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    rec_set_int(r, RF_CAUSE, (int64_t)run->n_records - 1);
    if (yes) {
        int64_t good = prog_clock_ms(run->program, g->good_for);
        good = good >= 0 ? good : LIM_APPROVAL_DAYS * INT64_C(86400000);
        rec_set_text(r, RF_DUE, eng_instant(run, later(run->now_ms, good)));
    } else {
        Str who = voter_words(run, no);
        rec_add_part(r, "why", "application/json",
                     eng_words_json(run, eng_print(run, "Rejected by %.*s.",
                                                   STR_ARG(who))));
    }
    eng_emit(run);
    eng_notice(run, "gate", eng_print(run, "phase %.*s: %s", STR_ARG(name),
                                      yes ? "approved" : "rejected"));
    return true;
}

/* --- release --------------------------------------------------------------- */

bool eng_may_send(EngRun *run, uint32_t phase, Buf *why)
{
    Buf lost = {0};
    if (!run->covered)
        buf_str(why, run->uncovered);
    else
        buf_str(why, eng_rows_words(run, phase));
    Str against = eng_policy_words(run, phase);
    if (against.n > 0)
        buf_printf(why, "%s%.*s", why->n > 0 ? " " : "", STR_ARG(against));
    uint32_t needed = eng_needed(run, phase, &lost);
    if (needed > 0) {
        Str words = lost.n > 0 ? buf_view(&lost) : STR("a vote no longer counts");
        buf_printf(why, "%sThe approval does not hold any more: %.*s. Bind those "
                   "people again, or reject by letting it lapse and start anew.",
                   why->n > 0 ? " " : "", STR_ARG(words));
    }
    buf_free(&lost);
    return why->n == 0;
}

/* The blockers of a release or of a running phase: recorded when they change. */
bool eng_stay(EngRun *run, uint32_t phase, Str blockers)
{
    PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    bool same = eng_blockers_same(p, blockers, run->scratch);
    if (!same)
        eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    p->try_it = false;
    p->next_try_ms = run->now_ms + LIM_BLOCKED_RETRY_MS;
    if (same)
        return false;
    eng_phase_to(run, phase, p->state, blockers);
    for (uint32_t i = 0; i < p->n_blockers; i++)
        eng_notice(run, "blocked", eng_print(run, "phase %.*s is blocked: %.*s",
                                             STR_ARG(name), STR_ARG(p->blockers[i])));
    return true;
}

static void put_side(Buf *out, const Staged *s)
{
    if (s == NULL) {
        buf_puts(out, "null");
        return;
    }
    buf_puts(out, "{\"arguments\":");
    buf_str(out, s->args);
    buf_puts(out, ",\"undo\":");
    buf_str(out, s->undo);
    if (s->element.p != NULL) {
        buf_puts(out, ",\"element\":");
        buf_str(out, s->element);
    }
    buf_putc(out, '}');
}

static bool row_fits(EngRun *run, const Staged *was, const Staged *is)
{
    arena_reset(run->scratch);
    return was->action == is->action && was->instance == is->instance &&
           (was->conditional || !is->conditional) &&
           str_eq(was->element, is->element) &&
           eng_json_fits(was->args, is->args, run->scratch) &&
           eng_json_fits(was->undo, is->undo, run->scratch);
}

static int row_order(const Staged *a, const Staged *b)
{
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    return a->instance < b->instance ? -1 : a->instance > b->instance;
}

/* What was staged against what would be done now: a JSON array of {action,
 * was, is}, "[]" when they agree. Both lists stand in body order. */
static Str drift_of(EngRun *run, uint32_t phase, const Sect *now)
{
    const PhaseRun *p = &run->phases[phase];
    const Program *prog = run->program;
    Buf out = {0};
    uint32_t a = 0, b = 0;
    buf_putc(&out, '[');
    while (a < p->n_staged || b < now->n_staged) {
        const Staged *was = a < p->n_staged ? &p->staged[a] : NULL;
        const Staged *is = b < now->n_staged ? &now->staged[b] : NULL;
        int order = was == NULL ? 1 : is == NULL ? -1 : row_order(was, is);
        a += order <= 0 ? 1 : 0;
        b += order >= 0 ? 1 : 0;
        was = order <= 0 ? was : NULL;
        is = order >= 0 ? is : NULL;
        if (was != NULL && is != NULL && row_fits(run, was, is))
            continue;
        const Staged *one = was != NULL ? was : is;
        buf_puts(&out, out.n > 1 ? ",{\"action\":" : "{\"action\":");
        json_put_text(&out, prog_str(prog, prog->actions[one->action].name));
        buf_printf(&out, ",\"instance\":%u,\"was\":", one->instance);
        put_side(&out, was);
        buf_puts(&out, ",\"is\":");
        put_side(&out, is);
        buf_putc(&out, '}');
    }
    buf_putc(&out, ']');
    return eng_keep(run, &out);
}

static void drifted(EngRun *run, uint32_t phase, Str drift)
{
    PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    p->try_it = false;
    Record *r = eng_rec_gate(run, REC_PHASE_DRIFTED, phase);
    eng_from_to(run, r, phase, PH_CHECKING);
    rec_add_part(r, "drift", "application/json", drift);
    eng_emit(run);
    eng_notice(run, "drift", eng_print(run, "phase %.*s: what it would do is not "
               "what was approved; nothing was executed", STR_ARG(name)));
    if (run->err == GATE_OK && p->drifts >= LIM_DRIFTS)
        eng_fail_phase(run, phase, eng_print(run, "What the phase would do changed "
                       "%d times after it was staged. Find what keeps changing it, "
                       "and start a new run.", LIM_DRIFTS));
}

static void let_go(EngRun *run, uint32_t phase, uint32_t pass)
{
    PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    Record *r = eng_rec_gate(run, REC_PHASE_CHANGED, phase);
    eng_from_to(run, r, phase, PH_RUNNING);
    rec_set_int(r, RF_PASS, pass);
    if (eng_level(run, phase) > 0)
        rec_set_int(r, RF_CAUSE, (int64_t)p->gate.closed_rec);
    eng_emit(run);
    p->try_it = false;
    p->next_try_ms = -1;
    eng_notice(run, "phase", eng_print(run, "phase %.*s: running", STR_ARG(name)));
}

/* Tested with fresh reads: the conditions, and that what would be done is what
 * was approved. */
static bool release_tested(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    bool skip;
    Str blockers;
    Sect s;
    if (p->now.kind == PASS_NONE)
        eng_pass_begin(run, phase, PASS_RELEASE, p->staged_ms);
    PassEnd end = eng_conditions(run, phase, false, &skip, &blockers);
    if (end == PASS_WAITS || run->err != GATE_OK)
        return false;
    if (blockers.n > 2)
        return eng_stay(run, phase, blockers);
    end = eng_stage_body(run, phase, &s);
    Str words = STR(""), drift = STR("[]");
    if (end == PASS_FAILED)
        words = eng_print(run, "It cannot be staged again before its release: %.*s",
                          STR_ARG(buf_view(&s.why)));
    else if (end == PASS_ENDED)
        drift = drift_of(run, phase, &s);
    eng_sect_close(&s);
    if (end == PASS_WAITS || run->err != GATE_OK)
        return false;
    if (end == PASS_FAILED)
        return eng_stay(run, phase, eng_words_json(run, words));
    if (drift.n > 2) {
        drifted(run, phase, drift);
        return true;
    }
    uint32_t pass = p->now.no;
    eng_pass_flush(run, phase);
    eng_pass_end(run, phase);
    let_go(run, phase, pass);
    return true;
}

bool release_gate(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    Buf why = {0};
    if (expire_due(run, phase))
        return true;
    bool asked = eng_level(run, phase) >= 2;
    if (asked && (p->state != PH_APPROVED || p->gate.state != GS_APPROVED))
        return false;
    /* Votes are apart from release: a wake, or who decides. What nobody is
     * asked about goes on by itself, unless something blocks it. */
    bool waits = asked || p->n_blockers > 0;
    if (waits && !p->try_it && p->now.kind == PASS_NONE)
        return false;
    if (!eng_may_send(run, phase, &why)) {
        Str words = eng_keep(run, &why);
        return eng_stay(run, phase, eng_words_json(run, words));
    }
    buf_free(&why);
    /* What was staged in this very step was read and tested in it. */
    if (asked || !p->fresh || p->n_blockers > 0)
        return release_tested(run, phase);
    let_go(run, phase, p->run_pass);
    return true;
}

/* --- decisions ------------------------------------------------------------- */

Str eng_voter(EngRun *run)
{
    const EngActor *a = &run->ev->actor;
    Buf b = {0};
    Person who = {a->id, a->account, a->os_name};
    buf_puts(&b, "{\"account\":");
    json_put_text(&b, a->account);
    buf_puts(&b, ",\"os\":");
    json_put_text(&b, a->os_name);
    buf_puts(&b, ",\"person\":");
    json_put_text(&b, eng_person_words(run, who));
    buf_putc(&b, '}');
    return eng_keep(run, &b);
}

static void add_vote_parts(EngRun *run, Record *r)
{
    const EngEvent *ev = run->ev;
    rec_set_text(r, RF_AT, eng_instant(run, run->now_ms));
    if (ev->kind == EV_DECIDE)
        rec_set_text(r, RF_DEC, arena_str(run->out_arena, ev->decision));
    else
        rec_set_text(r, RF_CODE, ev->kind == EV_CANCEL ? STR("cancel") : STR("settle"));
    if (ev->actor.assurance != NULL && ev->actor.assurance[0] != '\0')
        rec_set_text(r, RF_ASSURANCE,
                     arena_str(run->out_arena, str_of(ev->actor.assurance)));
    rec_add_part(r, "voter", "application/json", eng_voter(run));
    if (ev->comment.n > 0 && ev->comment.n <= LIM_COMMENT_BYTES)
        rec_add_part(r, "comment", "text/plain",
                     arena_str(run->out_arena, ev->comment));
}

/* r: the record, or NULL where a closed run has had its last one. */
static void refuse(EngRun *run, Record *r, const char *rule, Str words)
{
    if (r != NULL) {
        add_vote_parts(run, r);
        rec_set_text(r, RF_RULE, str_of(rule));
        rec_add_part(r, "why", "text/plain", words);
        eng_emit(run);
    }
    eng_reply(run, EXIT_REFUSED, rule, words);
}

void eng_refuse(EngRun *run, uint32_t phase, const char *rule, Str words)
{
    refuse(run, run->closed ? NULL : eng_rec_gate(run, REC_GATE_REFUSED, phase), rule,
           words);
}

void eng_refuse_run(EngRun *run, const char *rule, Str words)
{
    Record *r = run->closed ? NULL : eng_rec(run, REC_GATE_REFUSED);
    if (r != NULL)
        rec_set_text(r, RF_PROFILE, eng_solo(run) ? STR("solo") : STR("team"));
    refuse(run, r, rule, words);
}

/* A decision that comes too early or too late, told with the winner. */
static void refuse_not_open(EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    const GateRun *g = &p->gate;
    Str name = phase_name(run, phase);
    if (g->n_votes > 0) {
        const Vote *v = &g->votes[0];
        Str who = voter_words(run, v);
        char at[OS_INSTANT_SIZE];
        os_format_instant(v->at_ms < 0 ? 0 : v->at_ms, at);
        eng_refuse(run, phase, "decided",
               eng_print(run, "The gate of phase \"%.*s\" is decided already: %.*s "
                         "said %.*s at %s.", STR_ARG(name), STR_ARG(who),
                         STR_ARG(v->decision), at));
        return;
    }
    if (g->state == GS_EXPIRED) {
        eng_refuse(run, phase, "stale",
               eng_print(run, "The gate of phase \"%.*s\" expired before anybody "
                         "decided; start a new run.", STR_ARG(name)));
        return;
    }
    Str words = eng_print(run, "The gate of phase \"%.*s\" is not open: the phase is "
                          "%s. `gate why` says what it waits for.", STR_ARG(name),
                          phase_state_word(p->state));
    bool never = g->state == GS_NONE || eng_level(run, phase) < 2;
    eng_refuse(run, phase, never ? "not_open" : "stale", words);
}

static bool voted(const EngRun *run, uint32_t phase, Person who)
{
    const GateRun *g = &run->phases[phase].gate;
    for (uint32_t i = 0; i < g->n_votes; i++) {
        const Vote *v = &g->votes[i];
        if (eng_same_person(run, who, (Person){v->id, v->account, v->os}))
            return true;
    }
    return false;
}

/* The digest names the gate and what it asks. A no may go without: it
 * releases nothing. */
static const char *digest_barred(const EngRun *run, uint32_t phase, Buf *why)
{
    const EngEvent *ev = run->ev;
    const GateRun *g = &run->phases[phase].gate;
    Str name = phase_name(run, phase);
    if (ev->digest.n == 0) {
        if (str_is(ev->decision, "reject"))
            return NULL;
        /* The digest itself is not told: it is for who has read what it is of. */
        buf_printf(why, "An approval says what it approves: read `gate show`, then "
                   "give the digest that it prints as --digest.");
        return "digest_needed";
    }
    if (str_is(ev->digest, g->digest))
        return NULL;
    buf_printf(why, "That digest is not what the gate of phase \"%.*s\" asks about "
               "now. Read `gate show` again, which prints the one to give.", STR_ARG(name));
    return "wrong_digest";
}

static const char *vote_barred(EngRun *run, uint32_t phase, Buf *why)
{
    const EngActor *a = &run->ev->actor;
    Person who = {a->id, a->account, a->os_name};
    const char *rule = eng_barred(run, phase, who, FOR_DECIDE, why);
    if (rule == NULL)
        rule = digest_barred(run, phase, why);
    if (rule == NULL && voted(run, phase, who)) {
        buf_puts(why, "You have voted on this gate already; one person, one vote.");
        rule = "voted";
    }
    if (rule == NULL && run->ev->comment.n > LIM_COMMENT_BYTES) {
        buf_printf(why, "The comment has %zu bytes; at most %d are kept.",
                   run->ev->comment.n, LIM_COMMENT_BYTES);
        rule = "comment_size";
    }
    return rule;
}

static void vote(EngRun *run, uint32_t phase)
{
    PhaseRun *p = &run->phases[phase];
    Str name = phase_name(run, phase);
    Record *r = eng_rec_gate(run, REC_GATE_DECISION, phase);
    add_vote_parts(run, r);
    rec_set_text(r, RF_DIGEST, eng_print(run, "%s", p->gate.digest));
    rec_set_int(r, RF_CAUSE, (int64_t)p->gate.opened_rec);
    eng_emit(run);
    eng_gate_tally(run, phase);
    if (run->err != GATE_OK)
        return;
    uint32_t needed = p->state == PH_WAITING ? eng_needed(run, phase, NULL) : 0;
    eng_reply(run, EXIT_DONE, "",
              needed > 0 ? eng_print(run, "Recorded. The gate of phase \"%.*s\" needs "
                                     "%u more.", STR_ARG(name), needed)
                         : eng_print(run, "Recorded. Phase \"%.*s\" is %s.",
                                     STR_ARG(name), phase_state_word(p->state)));
    p->try_it = p->try_it || (p->state == PH_APPROVED && run->ev->drive);
}

void eng_decide(EngRun *run)
{
    const EngEvent *ev = run->ev;
    uint32_t phase = prog_find_phase(run->program, ev->phase);
    Buf why = {0};
    if (!str_is(ev->decision, "approve") && !str_is(ev->decision, "reject")) {
        eng_reply(run, EXIT_USAGE, "no_such_decision",
                  eng_print(run, "\"%.*s\" is no decision; say approve or reject.",
                            STR_ARG(ev->decision)));
        return;
    }
    if (phase == PROG_NONE) {
        eng_refuse_run(run, "no_such_phase",
                       eng_print(run, "The plan has no phase \"%.*s\".",
                                 STR_ARG(ev->phase)));
        return;
    }
    bool ended = run->closed || run->ending == RS_CANCELLED;
    if (!ended)
        expire_due(run, phase);
    if (ended || run->phases[phase].state != PH_WAITING) {
        refuse_not_open(run, phase);
        return;
    }
    const char *rule = vote_barred(run, phase, &why);
    Str words = eng_keep(run, &why);
    if (rule != NULL)
        eng_refuse(run, phase, rule, words);
    else
        vote(run, phase);
}
