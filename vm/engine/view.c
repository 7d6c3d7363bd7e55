/* Owns: what people and scripts see of a run: status, show, why, as JSON in
 * the shapes of design section 2.
 * Must not know: how a run advances; it changes nothing. */
#include "vm/engine/run.h"

#include <string.h>

static const char *const solo_words =
    "solo profile: the person who starts a run holds every role and may approve "
    "it; no second pair of eyes is enforced";

typedef struct View {
    const EngRun *run;
    EngNameOf name_of;
    void *ctx;
    Buf *out;
} View;

static void key(Buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        buf_putc(out, ',');
    json_put_text(out, str_of(name));
    buf_putc(out, ':');
}

static void text(Buf *out, const char *name, Str s)
{
    key(out, name);
    json_put_text(out, s);
}

static void phase_title(Buf *out, const EngRun *run, uint32_t phase)
{
    const ProgPhase *p = &run->program->phases[phase];
    Buf title = {0};
    eng_title(&title, run, p->title, p->title_fn);
    text(out, "title", buf_view(&title));
    out->failed = out->failed || title.failed;
    buf_free(&title);
}

static void instant(Buf *out, const char *name, int64_t ms)
{
    char z[OS_INSTANT_SIZE];
    key(out, name);
    if (ms < 0) {
        buf_puts(out, "null");
        return;
    }
    os_format_instant(ms, z);
    json_put_text(out, str_of(z));
}

static void comma(Buf *out)
{
    if (out->n > 0 && out->p[out->n - 1] != '[')
        buf_putc(out, ',');
}

static Str phase_name(const EngRun *run, uint32_t phase)
{
    return prog_str(run->program, run->program->phases[phase].name);
}

static Str name_of_vote(const View *v, const Vote *vote)
{
    Str s = {NULL, 0};
    if (v->name_of != NULL)
        s = v->name_of(v->ctx, vote->id);
    if (s.n == 0)
        s = vote->person.n > 0 ? vote->person : str_of(vote->id);
    return s;
}

/* --- what the records do not say ------------------------------------------- */

void eng_look(EngRun *run, int64_t now_ms, bool worked_on)
{
    run->look_ms = now_ms;
    run->unworked = !worked_on;
}

/* Its time has passed, and no step has recorded that yet. */
static bool overdue(const EngRun *run, const PhaseRun *p)
{
    int64_t until = p->state == PH_WAITING    ? p->gate.expires_ms
                    : p->state == PH_APPROVED ? p->gate.lapses_ms
                                              : -1;
    return !run->closed && until >= 0 && run->look_ms >= until;
}

/* A call of the phase that is SENT; else, one that goes out again later. */
static bool has_call(const EngRun *run, uint32_t phase, CallState state)
{
    const ProgPhase *pp = &run->program->phases[phase];
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        const ActRun *a = &run->actions[pp->actions_first + i];
        for (uint32_t k = 0; k < a->n_inst; k++) {
            const Call *both[] = {&a->inst[k].run, &a->inst[k].undo};
            for (int n = 0; n < 2; n++)
                if (both[n]->state == state &&
                    (state != CALL_RETRY || both[n]->due_ms > run->look_ms))
                    return true;
        }
    }
    return false;
}

typedef enum Left { LEFT_NOT, LEFT_IDLE, LEFT_SENT } Left;

static Left left_behind(const EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    bool acts = p->state == PH_RUNNING || p->state == PH_UNDOING;
    if (run->closed || !run->unworked || (!acts && p->state != PH_IN_DOUBT))
        return LEFT_NOT;
    if (has_call(run, phase, CALL_SENT))
        return LEFT_SENT;
    bool idle = acts && p->n_blockers == 0 && run->ending != RS_CANCELLED &&
                !has_call(run, phase, CALL_RETRY);
    return idle ? LEFT_IDLE : LEFT_NOT;
}

static Left most_left(const EngRun *run)
{
    Left most = LEFT_NOT;
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        Left l = left_behind(run, i);
        most = l > most ? l : most;
    }
    return most;
}

bool eng_left(const EngRun *run)
{
    return most_left(run) != LEFT_NOT;
}

static Str left_words(Left l)
{
    return l == LEFT_SENT
               ? STR("the process that worked on it is gone while a call was under way; "
                     "`gate resume` finds out what can be found out and goes on")
               : STR("no process works on it now; `gate resume` goes on");
}

/* --- status ---------------------------------------------------------------- */

static void put_votes(const View *v, const GateRun *g)
{
    Buf *out = v->out;
    key(out, "votes");
    buf_putc(out, '[');
    for (uint32_t i = 0; i < g->n_votes; i++) {
        const Vote *vote = &g->votes[i];
        comma(out);
        buf_putc(out, '{');
        text(out, "person", name_of_vote(v, vote));
        text(out, "decision", vote->decision);
        instant(out, "at", vote->at_ms);
        text(out, "assurance", vote->assurance);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static GateState shown_gate(const EngRun *run, const PhaseRun *p)
{
    bool open = p->gate.state == GS_OPEN || p->gate.state == GS_APPROVED;
    return open && run->closed        ? GS_WITHDRAWN
           : open && overdue(run, p) ? GS_EXPIRED
                                      : p->gate.state;
}

static void put_gate(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const PhaseRun *p = &run->phases[phase];
    Buf *out = v->out;
    key(out, "gate");
    buf_printf(out, "{\"level\":\"L%d\"", eng_level(run, phase));
    text(out, "state", str_of(gate_state_word(shown_gate(run, p))));
    if (overdue(run, p)) {
        key(out, "overdue");
        buf_puts(out, "true");
    }
    text(out, "digest", str_of(p->gate.digest));
    key(out, "by");
    eng_put_by(out, run, phase);
    key(out, "needed");
    json_put_int(out, eng_needed(run, phase, NULL));
    put_votes(v, &p->gate);
    instant(out, "expires", p->state == PH_APPROVED ? p->gate.lapses_ms
                                                    : p->gate.expires_ms);
    buf_putc(out, '}');
}

static void put_blockers(Buf *out, const PhaseRun *p)
{
    key(out, "blockers");
    buf_putc(out, '[');
    for (uint32_t i = 0; i < p->n_blockers; i++) {
        comma(out);
        buf_putc(out, '{');
        text(out, "text", p->blockers[i]);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void put_doubt(const View *v, const PhaseRun *ph, uint32_t action,
                      uint32_t inst, bool undo)
{
    static const char *const states[] = {NULL, "in_doubt", "undo_failed", "blocked"};
    Buf *out = v->out;
    const Program *p = v->run->program;
    const Inst *in = &v->run->actions[action].inst[inst];
    const Call *c = undo ? &in->undo : &in->run;
    Unsettled why = eng_unsettled(ph, in, undo);
    if (why == US_NOTHING)
        return;
    comma(out);
    buf_putc(out, '{');
    text(out, "action", prog_str(p, p->actions[action].name));
    key(out, "instance");
    json_put_int(out, inst);
    instant(out, "sent", c->sent_ms);
    key(out, "undo");
    buf_puts(out, undo ? "true" : "false");
    key(out, "attempt");
    json_put_int(out, c->attempt);
    text(out, "key", str_of(c->key));
    text(out, "state", str_of(states[why]));
    if (c->words.n > 0)
        text(out, "cause", c->words);
    buf_putc(out, '}');
}

static void put_doubts(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const ProgPhase *pp = &run->program->phases[phase];
    key(v->out, "in_doubt");
    buf_putc(v->out, '[');
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        const ActRun *a = &run->actions[pp->actions_first + i];
        for (uint32_t k = 0; k < a->n_inst; k++) {
            put_doubt(v, &run->phases[phase], pp->actions_first + i, k, false);
            put_doubt(v, &run->phases[phase], pp->actions_first + i, k, true);
        }
    }
    buf_putc(v->out, ']');
}

static const char *call_word(const Call *run, const Call *undo)
{
    static const char *const words[] = {"waiting", "running", "in_doubt",
                                        "will be tried again", "done", "failed"};
    static const char *const undone[] = {NULL,      "undoing", "undo in_doubt",
                                         "undoing", "undone",  "undo failed"};
    return undone[undo->state] != NULL ? undone[undo->state] : words[run->state];
}

static void put_cause(Buf *out, const Call *c)
{
    if (c->state != CALL_DONE && c->state != CALL_SENT && c->words.n > 0)
        text(out, "cause", c->words);
    if (c->state == CALL_RETRY)
        instant(out, "due", c->due_ms);
}

static void put_calls(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const ProgPhase *pp = &run->program->phases[phase];
    Buf *out = v->out;
    key(out, "calls");
    buf_putc(out, '[');
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        uint32_t action = pp->actions_first + i;
        for (uint32_t k = 0; k < run->actions[action].n_inst; k++) {
            const Inst *in = &run->actions[action].inst[k];
            if (in->run.state == CALL_NONE)
                continue;
            comma(out);
            buf_putc(out, '{');
            text(out, "action", prog_str(run->program,
                                         run->program->actions[action].name));
            key(out, "instance");
            json_put_int(out, k);
            text(out, "state", str_of(call_word(&in->run, &in->undo)));
            key(out, "attempt");
            json_put_int(out, in->run.attempt);
            put_cause(out, in->undo.state != CALL_NONE ? &in->undo : &in->run);
            buf_putc(out, '}');
        }
    }
    buf_putc(out, ']');
}

static void put_phase(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const PhaseRun *p = &run->phases[phase];
    Buf *out = v->out;
    buf_putc(out, '{');
    text(out, "name", phase_name(run, phase));
    phase_title(out, run, phase);
    text(out, "state", str_of(phase_state_word(p->state)));
    if (p->why.n > 0)
        text(out, "why", p->why);
    put_gate(v, phase);
    put_blockers(out, p);
    put_doubts(v, phase);
    put_calls(v, phase);
    buf_putc(out, '}');
}

static void put_head(const View *v)
{
    const EngRun *run = v->run;
    Buf *out = v->out;
    char hex[65];
    hash_hex(&run->program->hash, hex);
    buf_putc(out, '{');
    text(out, "run", str_of(run->id));
    text(out, "name", run->name);
    text(out, "plan", prog_str(run->program, run->program->name));
    key(out, "program");
    buf_printf(out, "\"sha256:%s\"", hex);
    text(out, "state", str_of(run_state_word(run->state)));
    if (!run->closed && run->ending != RS_RUNNING)
        text(out, "ending", str_of(run_state_word(run->ending)));
    if (eng_left(run))
        text(out, "left", left_words(most_left(run)));
    if (eng_solo(run))
        text(out, "notice", str_of(solo_words));
}

void eng_status_json(const EngRun *run, EngNameOf name_of, void *ctx, Buf *out)
{
    Buf b = {0};
    View v = {run, name_of, ctx, &b};
    put_head(&v);
    text(&b, "title", prog_str(run->program, run->program->title));
    instant(&b, "started", run->started_ms);
    key(&b, "phases");
    buf_putc(&b, '[');
    for (uint32_t i = 0; i < run->program->n_phases; i++) {
        comma(&b);
        put_phase(&v, i);
    }
    buf_puts(&b, "]}");
    out->failed = out->failed || b.failed;
    buf_str(out, buf_view(&b));
    buf_free(&b);
}

/* --- show ------------------------------------------------------------------ */

static void put_raw(Buf *out, const char *name, Str json, const char *fallback)
{
    key(out, name);
    buf_str(out, json.n > 0 ? json : str_of(fallback));
}

GateStatus eng_show_json(const EngRun *run, Str phase, EngNameOf name_of,
                         void *ctx, Buf *out, Buf *why)
{
    uint32_t i = prog_find_phase(run->program, phase);
    Buf b = {0};
    View v = {run, name_of, ctx, &b};
    if (i == PROG_NONE) {
        if (why != NULL)
            buf_printf(why, "The plan has no phase \"%.*s\".", STR_ARG(phase));
        return GATE_E_NOTFOUND;
    }
    const PhaseRun *p = &run->phases[i];
    buf_putc(&b, '{');
    text(&b, "phase", phase_name(run, i));
    text(&b, "digest", str_of(p->gate.digest));
    key(&b, "actions");
    buf_putc(&b, '[');
    for (uint32_t k = 0; k < p->n_staged; k++) {
        comma(&b);
        eng_put_staged(&b, run, &p->staged[k], "name");
    }
    buf_putc(&b, ']');
    put_raw(&b, "evidence", p->gate.evidence, "[]");
    put_raw(&b, "advice", STR(""), "[]");
    put_blockers(&b, p);
    put_raw(&b, "drift", p->gate.drift, "[]");
    text(&b, "run", str_of(run->id));
    phase_title(&b, run, i);
    text(&b, "doc", prog_str(run->program, run->program->phases[i].doc));
    text(&b, "state", str_of(phase_state_word(p->state)));
    if (p->why.n > 0)
        text(&b, "why", p->why);
    text(&b, "question", p->question);
    key(&b, "iteration");
    json_put_int(&b, p->iter);
    key(&b, "round");
    json_put_int(&b, p->round);
    instant(&b, "staged", p->staged_ms);
    put_gate(&v, i);
    put_doubts(&v, i);
    put_calls(&v, i);
    if (eng_solo(run))
        text(&b, "notice", str_of(solo_words));
    buf_putc(&b, '}');
    out->failed = out->failed || b.failed;
    buf_str(out, buf_view(&b));
    buf_free(&b);
    return GATE_OK;
}

/* --- why ------------------------------------------------------------------- */

static void condition(Buf *out, Str words, const char *who, int64_t until_ms)
{
    comma(out);
    buf_putc(out, '{');
    text(out, "text", words);
    text(out, "who", str_of(who));
    instant(out, "until", until_ms);
    buf_putc(out, '}');
}

/* One of `any of` is there: nobody waits for the others. */
static bool group_met(const EngRun *run, const ProgPhase *pp, uint32_t group)
{
    const Program *p = run->program;
    for (uint32_t i = 0; group != 0 && i < pp->needs_count; i++) {
        const ProgNeed *n = &p->needs[pp->needs_first + i];
        PhaseState state = run->phases[n->phase].state;
        if (n->group == group && (state == PH_DONE || state == PH_SKIPPED))
            return true;
    }
    return false;
}

static void why_pending(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const Program *p = run->program;
    const ProgPhase *pp = &p->phases[phase];
    Buf b = {0};
    if (pp->only_when_started != 0 && !run->phases[phase].started)
        condition(v->out, STR("it runs only when the failure of another phase "
                              "starts it"), "nobody has to", -1);
    for (uint32_t i = 0; i < pp->needs_count; i++) {
        const ProgNeed *n = &p->needs[pp->needs_first + i];
        const PhaseRun *of = &run->phases[n->phase];
        Str name = phase_name(run, n->phase);
        if (of->state == PH_DONE || of->state == PH_SKIPPED || group_met(run, pp, n->group))
            continue;
        buf_clear(&b);
        buf_printf(&b, "it needs phase %.*s%s, which is %s", STR_ARG(name),
                   n->group != 0 ? " or another one" : "",
                   phase_state_word(of->state));
        condition(v->out, buf_view(&b), "the run itself", -1);
    }
    v->out->failed = v->out->failed || b.failed;
    buf_free(&b);
}

static void put_deciders(Buf *b, const EngRun *run, uint32_t phase)
{
    const ProgGate *g = eng_gate(run, phase);
    const Policy *pol = run->policy;
    uint32_t n = 0;
    if (eng_solo(run)) {
        buf_puts(b, "you (solo profile)");
        return;
    }
    for (uint32_t i = 0; i < pol->n_people; i++) {
        const PolPerson *person = &pol->people[i];
        bool holds = false;
        for (uint32_t k = 0; g != NULL && k < g->by_count; k++)
            holds = holds ||
                    policy_holds(pol, i, prog_str(run->program,
                        run->program->roles[run->program->rolerefs[g->by_first + k]
                                                .role].name));
        Person who = {"", STR(""), person->n_os > 0 ? person->os[0] : STR("")};
        Buf reason = {0};
        if (holds && eng_barred(run, phase, who, FOR_DECIDE, &reason) == NULL) {
            Str name = person->title.n > 0 ? person->title : person->name;
            buf_printf(b, "%s%.*s", n++ == 0 ? "" : ", ", STR_ARG(name));
        }
        buf_free(&reason);
    }
    if (n == 0)
        buf_puts(b, "nobody who is known: bind another person in host.gate");
}

static void why_waiting(const View *v, uint32_t phase)
{
    const EngRun *run = v->run;
    const PhaseRun *p = &run->phases[phase];
    Buf b = {0}, who = {0};
    if (overdue(run, p)) {
        condition(v->out, STR("nobody decided in time; that is not recorded yet"),
                  "anybody: gate resume records it", p->gate.expires_ms);
        return;
    }
    buf_printf(&b, "%u more approval%s needed, by ", eng_needed(run, phase, NULL),
               eng_needed(run, phase, NULL) == 1 ? " is" : "s are");
    eng_put_who(&b, run, phase);
    put_deciders(&who, run, phase);
    condition(v->out, buf_view(&b), buf_z(&who), p->gate.expires_ms);
    buf_free(&b);
    buf_free(&who);
}

static void why_call(const View *v, const PhaseRun *p, uint32_t action, uint32_t inst,
                     bool undo)
{
    const Inst *in = &v->run->actions[action].inst[inst];
    const Call *c = undo ? &in->undo : &in->run;
    const ProgAction *pa = &v->run->program->actions[action];
    Str name = prog_str(v->run->program, pa->name);
    Buf b = {0};
    buf_printf(&b, "%saction %.*s", undo ? "the undo of " : "", STR_ARG(name));
    if (pa->is_each != 0)
        buf_printf(&b, "[%u]", inst);
    switch (eng_unsettled(p, in, undo)) {
    case US_NOTHING: break;
    case US_DOUBT: buf_puts(&b, " may or may not have happened"); break;
    case US_UNDO_FAILED: buf_puts(&b, " failed, so what the action did still stands"); break;
    case US_BLOCKED: buf_puts(&b, " is to be tried again and is not let out"); break;
    }
    if (c->words.n > 0)
        buf_printf(&b, ": %.*s", STR_ARG(c->words));
    if (eng_unsettled(p, in, undo) != US_NOTHING) {
        buf_puts(&b, b.p[b.n - 1] == '.' ? "" : ".");
        buf_puts(&b, " A person has to look and say so with `gate settle`");
        condition(v->out, buf_view(&b), "the people of its gate, or who started the run",
                  -1);
    } else if (c->state == CALL_RETRY && c->due_ms > v->run->look_ms) {
        buf_puts(&b, "; it is tried again then");
        condition(v->out, buf_view(&b), "nobody has to", c->due_ms);
    }
    buf_free(&b);
}

/* Each call that waits for a person, or for its time. */
static void why_calls(const View *v, uint32_t phase)
{
    const ProgPhase *pp = &v->run->program->phases[phase];
    for (uint32_t i = 0; i < pp->actions_count; i++) {
        uint32_t action = pp->actions_first + i;
        for (uint32_t k = 0; k < v->run->actions[action].n_inst; k++) {
            why_call(v, &v->run->phases[phase], action, k, false);
            why_call(v, &v->run->phases[phase], action, k, true);
        }
    }
}

static void why_conditions(const View *v, uint32_t phase)
{
    const PhaseRun *p = &v->run->phases[phase];
    for (uint32_t i = 0; i < p->n_blockers; i++)
        condition(v->out, p->blockers[i], "whoever can make it true", -1);
    switch (p->state) {
    case PH_PENDING: why_pending(v, phase); break;
    case PH_WAITING: why_waiting(v, phase); break;
    case PH_APPROVED:
        if (overdue(v->run, p))
            condition(v->out, STR("the approval was not used in time and has lapsed; that "
                                  "is not recorded yet"),
                      "anybody: gate resume records it", p->gate.lapses_ms);
        else if (p->n_blockers == 0)
            condition(v->out, STR("it is approved and waits to be driven on"),
                      "anybody: gate resume", p->gate.lapses_ms);
        break;
    case PH_IN_DOUBT:
    case PH_UNDO_FAILED: why_calls(v, phase); break;
    case PH_RUNNING:
    case PH_UNDOING:
        why_calls(v, phase);
        /* fall through */
    case PH_CHECKING:
    case PH_STAGED:
        if (left_behind(v->run, phase) != LEFT_NOT)
            condition(v->out, left_words(left_behind(v->run, phase)),
                      "anybody: gate resume", -1);
        else if (p->n_blockers == 0)
            condition(v->out, STR("it is under way"), "nobody has to; if nothing "
                      "moves: gate resume", -1);
        break;
    default: break;
    }
}

static const char *if_nobody_acts(const EngRun *run, uint32_t phase)
{
    const PhaseRun *p = &run->phases[phase];
    if (overdue(run, p))
        return "nothing is executed; the next `gate resume` rejects the run";
    if (left_behind(run, phase) != LEFT_NOT)
        return "it stays as it is; nothing more is sent";
    switch (p->state) {
    case PH_WAITING:
        return p->gate.expires_ms >= 0
                   ? "the gate expires and the run is rejected; nothing is executed"
                   : "it waits; nothing is executed";
    case PH_APPROVED: return "the approval lapses and the run is rejected";
    case PH_BLOCKED: return "it is tried again by itself, and on every gate resume";
    case PH_IN_DOUBT:
    case PH_UNDO_FAILED: return "the run waits; nothing is sent twice";
    default: return "nothing is lost";
    }
}

void eng_why_json(const EngRun *run, int64_t now_ms, EngNameOf name_of,
                  void *ctx, Buf *out)
{
    Buf b = {0};
    View v = {run, name_of, ctx, &b};
    put_head(&v);
    instant(&b, "now", now_ms);
    instant(&b, "wakes", eng_due(run));
    key(&b, "phases");
    buf_putc(&b, '[');
    for (uint32_t i = 0; !run->closed && i < run->program->n_phases; i++) {
        if (eng_phase_final(run, i))
            continue;
        comma(&b);
        buf_putc(&b, '{');
        text(&b, "phase", phase_name(run, i));
        text(&b, "state", str_of(phase_state_word(run->phases[i].state)));
        key(&b, "conditions");
        buf_putc(&b, '[');
        why_conditions(&v, i);
        buf_putc(&b, ']');
        text(&b, "if_nobody_acts", str_of(if_nobody_acts(run, i)));
        buf_putc(&b, '}');
    }
    buf_puts(&b, "]}");
    out->failed = out->failed || b.failed;
    buf_str(out, buf_view(&b));
    buf_free(&b);
}

/* --- what is under way ------------------------------------------------------- */

void eng_put_under_way(const EngRun *run, bool *doubt, Buf *out)
{
    const Program *p = run->program;
    for (uint32_t i = 0; i < run->n_flights; i++) {
        const Flight *f = &run->flights[i];
        Str name = phase_name(run, f->phase);
        buf_printf(out, "%s%.*s", out->n == 0 ? "" : ", ", STR_ARG(name));
        if (f->action != PROG_NONE) {
            const ProgAction *a = &p->actions[f->action];
            Str action = prog_str(p, a->name);
            buf_printf(out, ".%.*s", STR_ARG(action));
            if (a->is_each != 0)
                buf_printf(out, "[%u]", f->inst);
        }
        if (f->kind == FLY_READ)
            continue; /* looked at again, whenever it is wanted */
        uint32_t import = f->kind == FLY_UNDO
                              ? run->actions[f->action].inst[f->inst].undo_import
                              : p->actions[f->action].import;
        *doubt = *doubt || (p->imports[import].flags & (TF_REPEATABLE | TF_KEYED)) == 0;
    }
}
