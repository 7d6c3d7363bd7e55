/* Owns: what a step says: its records (folded in as they are made), effects,
 * notices and reply, and the memory that they live in until the next step.
 * Must not know: why any of it is said. */
#include "vm/engine/run.h"

#include <assert.h>
#include <string.h>

void eng_fail(EngRun *run, GateStatus st)
{
    if (run->err == GATE_OK)
        run->err = st;
}

Str eng_keep(EngRun *run, Buf *b)
{
    Str s = {NULL, 0};
    if (!b->failed)
        s = arena_str(run->out_arena, buf_view(b));
    if (s.p == NULL) {
        eng_fail(run, GATE_E_MEMORY);
        s = STR("");
    }
    buf_free(b);
    return s;
}

Str eng_print(EngRun *run, const char *fmt, ...)
{
    Buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return eng_keep(run, &b);
}

Str eng_instant(EngRun *run, int64_t ms)
{
    char z[OS_INSTANT_SIZE];
    os_format_instant(ms, z);
    return eng_print(run, "%s", z);
}

/* Frozen timers hold what waits for time; a retry that was decided on in this
 * very step, without a delay, waits for nothing. */
bool eng_time_came(const EngRun *run, int64_t due_ms)
{
    return run->ev->timers_frozen ? due_ms == run->now_ms : due_ms <= run->now_ms;
}

/* Cut between characters of UTF-8. */
Str eng_short(Str words)
{
    if (words.n <= LIM_WORDS_BYTES)
        return words;
    words.n = LIM_WORDS_BYTES;
    while (words.n > 0 && ((unsigned char)words.p[words.n] & 0xc0) == 0x80)
        words.n--;
    return words;
}

/* What else a run has to remember when it is nearly full: its way to its end. */
enum { RESERVE = 4 * LIM_PART_BYTES };

/* A record that the log refuses would end the process, again each time it is
 * tried: what does not fit is a failure of the phase, in words. */
bool eng_fits(const EngRun *run, const char *what, size_t bytes, size_t remembered,
              Buf *why)
{
    if (bytes > LIM_PART_BYTES) {
        buf_printf(why, "%s takes %zu bytes; the limit is %d (PART_BYTES)", what, bytes,
                   LIM_PART_BYTES);
        return false;
    }
    size_t used = arena_used(run->arena);
    if (remembered <= LIM_RUN_BYTES - RESERVE && used <= LIM_RUN_BYTES - RESERVE - remembered)
        return true;
    buf_printf(why, "%s would make the run remember more than %d bytes (RUN_BYTES)", what,
               LIM_RUN_BYTES);
    return false;
}

Record *eng_rec(EngRun *run, RecKind kind)
{
    EngOut *o = &run->out;
    /* Row 0 exists from eng_new on: the spare one when memory runs out. */
    if (!ENG_GROW(o->records, run->cap_records, o->n_records + 1))
        eng_fail(run, GATE_E_MEMORY);
    Record *r = &o->records[run->err == GATE_OK ? o->n_records : 0];
    memset(r, 0, sizeof *r);
    r->kind = kind;
    r->actor_t = run->ev->actor.t == NULL ? "svc" : run->ev->actor.t;
    memcpy(r->actor_id, run->ev->actor.id, sizeof r->actor_id);
    memcpy(r->run, run->id, sizeof r->run);
    return r;
}

Record *eng_rec_phase(EngRun *run, RecKind kind, uint32_t phase)
{
    Record *r = eng_rec(run, kind);
    const Program *p = run->program;
    rec_set_text(r, RF_PHASE, prog_str(p, p->phases[phase].name));
    rec_set_int(r, RF_PHASE_NO, phase);
    rec_set_int(r, RF_ITER, run->phases[phase].iter);
    return r;
}

void eng_emit(EngRun *run)
{
    if (run->err != GATE_OK)
        return;
    GateStatus st = eng_apply(run, &run->out.records[run->out.n_records]);
    /* A record of our own making that does not fold is our mistake. */
    assert(st != GATE_E_FORMAT);
    if (st != GATE_OK)
        eng_fail(run, st);
    else
        run->out.n_records++;
}

void eng_from_to(EngRun *run, Record *r, uint32_t phase, PhaseState to)
{
    rec_set_text(r, RF_FROM, str_of(phase_state_word(run->phases[phase].state)));
    rec_set_text(r, RF_TO, str_of(phase_state_word(to)));
}

void eng_phase_to(EngRun *run, uint32_t phase, PhaseState to, Str why_json)
{
    Record *r = eng_rec_phase(run, REC_PHASE_CHANGED, phase);
    eng_from_to(run, r, phase, to);
    if (why_json.n > 0)
        rec_add_part(r, "why", "application/json", why_json);
    if (to == PH_BLOCKED)
        rec_set_text(r, RF_DUE,
                     eng_instant(run, run->now_ms + LIM_BLOCKED_RETRY_MS));
    eng_emit(run);
}

void eng_notice(EngRun *run, const char *kind, Str text)
{
    EngOut *o = &run->out;
    if (!ENG_GROW(o->notices, run->cap_notices, o->n_notices + 1)) {
        eng_fail(run, GATE_E_MEMORY);
        return;
    }
    o->notices[o->n_notices++] = (EngNotice){kind, text};
}

void eng_reply(EngRun *run, int exit, const char *code, Str message)
{
    run->out.reply = (EngReply){exit, code, message};
}

static Record *told(EngRun *run, uint32_t phase, uint32_t first, uint32_t n,
                    Str text)
{
    const Program *p = run->program;
    Buf to = {0}, words = {0};
    Record *r = eng_rec_phase(run, REC_PEOPLE_TOLD, phase);
    buf_putc(&to, '[');
    for (uint32_t i = 0; i < n; i++) {
        Str role = prog_str(p, p->roles[p->rolerefs[first + i].role].name);
        buf_puts(&to, i == 0 ? "" : ",");
        json_put_text(&to, role);
        buf_printf(&words, "%s%.*s", i == 0 ? "to " : ", ", STR_ARG(role));
    }
    buf_putc(&to, ']');
    buf_printf(&words, "%s%.*s", n > 0 ? ": " : "", STR_ARG(text));
    rec_add_part(r, "text", "text/plain", arena_str(run->out_arena, text));
    rec_add_part(r, "to", "application/json", eng_keep(run, &to));
    eng_notice(run, "told", eng_keep(run, &words));
    return r;
}

void eng_tell_roles(EngRun *run, uint32_t phase, uint32_t first, uint32_t n,
                    Str text)
{
    told(run, phase, first, n, text);
    eng_emit(run);
}

void eng_tell(EngRun *run, uint32_t phase, uint32_t tell, Str text)
{
    const ProgTell *t = &run->program->tells[tell];
    Record *r = told(run, phase, t->to_first, t->to_count, text);
    rec_set_int(r, RF_ORD, tell);
    eng_emit(run);
}

static int64_t timeout_of(const Program *p, uint32_t action)
{
    int64_t ms = action == PROG_NONE ? -1 : prog_clock_ms(p, p->actions[action].timeout);
    return ms < 0 ? LIM_ACTION_TIMEOUT_MS : ms;
}

void eng_send(EngRun *run, Flight f, uint32_t import, Str args, const char *key,
              uint32_t attempt)
{
    EngOut *o = &run->out;
    if (!ENG_GROW(o->effects, run->cap_effects, o->n_effects + 1) ||
        !ENG_GROW(run->flights, run->cap_flights, (size_t)run->n_flights + 1)) {
        eng_fail(run, GATE_E_MEMORY);
        return;
    }
    f.id = ++run->next_effect;
    run->flights[run->n_flights++] = f;
    EngEffect *e = &o->effects[o->n_effects++];
    *e = (EngEffect){.id = f.id, .import = import, .args = args,
                     .timeout_ms = timeout_of(run->program, f.action), .phase = f.phase,
                     .action = f.action, .instance = f.inst,
                     .attempt = attempt, .is_undo = f.kind == FLY_UNDO};
    memcpy(e->key, key, strlen(key));
}

Flight *eng_flight(EngRun *run, uint64_t id)
{
    for (uint32_t i = 0; i < run->n_flights; i++)
        if (run->flights[i].id == id)
            return &run->flights[i];
    return NULL;
}

void eng_land(EngRun *run, uint64_t id)
{
    Flight *f = eng_flight(run, id);
    if (f != NULL)
        *f = run->flights[--run->n_flights];
}
