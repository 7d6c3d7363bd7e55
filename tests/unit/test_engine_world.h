/* A small world for the engine's tests: a plan in the language, a policy, a
 * log in memory, and a fake executor with a ledger. After every step the
 * records are written as envelopes, read back and folded into a second run,
 * whose status must be the live one's. No phase and no run may come to a state
 * that the checker says it can never be in (G8005). */
#ifndef TEST_ENGINE_WORLD_H
#define TEST_ENGINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/check/states.h"
#include "compiler/compile.h"
#include "vm/core/json.h"
#include "vm/engine/engine.h"

enum { MAX_RECORDS = 2000, MAX_FLYING = 64, MAX_LEDGER = 400, MAX_RULES = 16 };

/* What the executor answers to calls whose arguments contain `has`. */
typedef struct Rule {
    const char *has;
    EngOutcome outcome;
    int times;          /* how often; -1: always */
    const char *result; /* JSON; NULL: the tool's usual one */
} Rule;

typedef struct Entry {
    char action[64], key[65], args[512];
    uint32_t attempt, instance;
    bool undo, read, repeatable;
} Entry;

typedef struct Flying {
    EngEffect e;
    char args[512];
} Flying;

typedef struct World {
    Arena *arena;
    Compilation plan;
    Program *program;
    Policy policy;
    Arena *policy_arena;
    Program *host;
    EngRun *run;
    Record records[MAX_RECORDS];
    size_t n_records;
    Flying flying[MAX_FLYING];
    size_t n_flying;
    Entry ledger[MAX_LEDGER];
    size_t n_ledger;
    Rule rules[MAX_RULES];
    size_t n_rules;
    char said[65536];  /* notices */
    EngReply reply;
    char message[1024];
    uint64_t kills[8];
    size_t n_kills;
    int64_t now;
    unsigned seed;
    bool newest_first; /* answer effects in the other order */
    bool unchecked;    /* skip the rebuild after each step */
    bool tightened;    /* the policy changed under the run: then anything may be blocked */
} World;

static const int64_t T0 = INT64_C(1795503998000);

/* plan gets the compilation, whose meaning is kept; NULL: nobody asks for it. */
static inline Program *compile_or_die(Compilation *plan, const char *text, int flags)
{
    Compilation own, *c = plan != NULL ? plan : &own;
    Buf b = {0};
    assert_int_equal(compile_source(STR("test.gate"), str_of(text),
                                    COMPILE_EMIT | flags, c), GATE_OK);
    if (c->program == NULL) {
        diag_print_text(&c->diags, false, &b);
        print_error("%s", buf_z(&b));
    }
    assert_non_null(c->program);
    Buf bytes = {0}, why = {0};
    Program *p = NULL;
    assert_int_equal(prog_write(c->program, &bytes), GATE_OK);
    if (prog_read(buf_view(&bytes), &p, &why) != GATE_OK ||
        prog_verify(p, &why) != GATE_OK)
        print_error("%s\n", buf_z(&why));
    assert_non_null(p);
    assert_int_equal(why.n, 0);
    prog_free(c->program);
    c->program = NULL; /* ours, and gone */
    if (plan == NULL)
        compile_free(c);
    buf_free(&bytes);
    buf_free(&why);
    buf_free(&b);
    return p;
}

static inline const char *zstr(World *w, Str s)
{
    return arena_copy(w->arena, s.p == NULL ? "" : s.p, s.n);
}

static const char solo_host[] =
    "edition 1\nsetting solo = true\n"
    "grant shell.query { folders = [\".\"] }\ngrant shell.change { folders = [\".\"] }\n"
    "grant file.read { folders = [\".\"] }\ngrant file.write { folders = [\".\"] }\n"
    "grant file.hash { folders = [\".\"] }\n";

static const char team_host[] =
    "edition 1\n"
    "person ana \"Ana\" { os \"ana\" }\nperson bob \"Bob\" { os \"bob\" }\n"
    "person cyd \"Cyd\" { os \"cyd\" os \"cyd2\" }\nperson dan \"Dan\" { os \"dan\" }\n"
    "role owner is ana, bob\nrole it_lead is bob, cyd\nrole boss is dan\n"
    "grant shell.query { folders = [\".\"] }\ngrant shell.change { folders = [\".\"] }\n"
    "grant file.read { folders = [\".\"] }\ngrant file.write { folders = [\".\"] }\n";

static inline void set_policy(World *w, const char *host)
{
    Buf why = {0};
    Program *p = compile_or_die(NULL, host, COMPILE_HOST_FILE);
    const Program *files[1] = {p};
    GateStatus st = policy_make(files, NULL, 1, w->policy_arena, &w->policy, &why);
    if (st != GATE_OK)
        print_error("%s\n", buf_z(&why));
    assert_int_equal(st, GATE_OK);
    w->tightened = w->run != NULL;
    if (w->run != NULL)
        eng_set_policy(w->run, &w->policy);
    prog_free(w->host);
    w->host = p; /* the policy has its rules */
    buf_free(&why);
}

static inline World *world(const char *plan, const char *host)
{
    World *w = mem_realloc(NULL, 0, sizeof *w);
    assert_non_null(w);
    memset(w, 0, sizeof *w);
    w->arena = arena_new(0);
    w->policy_arena = arena_new(0);
    w->now = T0;
    w->program = compile_or_die(&w->plan, plan, 0);
    set_policy(w, host);
    w->run = eng_new(w->program, &w->policy);
    assert_non_null(w->run);
    return w;
}

static inline void end_world(World *w)
{
    eng_free(w->run);
    prog_free(w->program);
    compile_free(&w->plan);
    prog_free(w->host);
    arena_free(w->arena);
    arena_free(w->policy_arena);
    mem_realloc(w, sizeof *w, 0);
}

static inline void rule(World *w, const char *has, EngOutcome outcome, int times,
                        const char *result)
{
    assert_true(w->n_rules < MAX_RULES);
    w->rules[w->n_rules++] = (Rule){has, outcome, times, result};
}

/* --- the log --------------------------------------------------------------- */

static inline Str copied(World *w, Str s)
{
    return s.p == NULL ? s : arena_str(w->arena, s);
}

/* Through an envelope and back: state must rebuild from what is stored. */
static inline void store(World *w, const Record *r)
{
    RecCommit commits[LIM_PARTS];
    Buf env = {0}, why = {0};
    Str log;
    Record in = *r;
    memset(commits, 7, sizeof commits);
    assert_true(w->n_records < MAX_RECORDS);
    in.seq = w->n_records + 1;
    in.rseq = w->n_records;
    in.ts_ms = w->now;
    /* The store sorts parts by name; here so that the envelope may be written. */
    for (uint32_t i = 1; i < in.n_parts; i++)
        for (uint32_t k = i; k > 0 && strcmp(in.parts[k - 1].name, in.parts[k].name) > 0; k--) {
            RecPart t = in.parts[k];
            in.parts[k] = in.parts[k - 1];
            in.parts[k - 1] = t;
        }
    rec_write_envelope(&in, STR("local/t/0"), commits, &env);
    assert_false(env.failed);
    assert_true(env.n <= LIM_ENVELOPE_BYTES);
    Record *out = &w->records[w->n_records++];
    memset(out, 0, sizeof *out);
    Str kept = arena_str(w->arena, buf_view(&env));
    if (rec_read_envelope(kept, w->arena, out, &log, commits, &why) != GATE_OK)
        print_error("%s\n%s\n", buf_z(&why), kept.p);
    assert_int_equal(why.n, 0);
    assert_int_equal(out->n_parts, in.n_parts);
    for (uint32_t i = 0; i < out->n_parts; i++)
        out->parts[i].bytes = copied(w, in.parts[i].bytes);
    buf_free(&env);
    buf_free(&why);
}

static inline char *status_of(World *w, const EngRun *run)
{
    Buf b = {0};
    eng_status_json(run, NULL, NULL, &b);
    for (uint32_t i = 0; i < w->program->n_phases; i++) {
        buf_putc(&b, '\n');
        assert_int_equal(eng_show_json(run, prog_str(w->program, w->program->phases[i].name),
                                       NULL, NULL, &b, NULL), GATE_OK);
    }
    char *z = arena_copy(w->arena, b.p, b.n);
    buf_free(&b);
    return z;
}

static inline EngRun *rebuilt(World *w, size_t n)
{
    EngRun *run = eng_new(w->program, &w->policy);
    assert_non_null(run);
    for (size_t i = 0; i < n; i++) {
        GateStatus st = eng_apply(run, &w->records[i]);
        if (st != GATE_OK)
            print_error("record %zu, %s\n", i, rec_kind_name(w->records[i].kind));
        assert_int_equal(st, GATE_OK);
    }
    return run;
}

static inline void check_rebuild(World *w)
{
    EngRun *again = rebuilt(w, w->n_records);
    assert_string_equal(status_of(w, again), status_of(w, w->run));
    assert_int_equal(eng_exit(again), eng_exit(w->run));
    eng_free(again);
}

/* --- steps ----------------------------------------------------------------- */

static inline EngEvent event(World *w, EngEventKind kind, const char *who)
{
    EngEvent ev = {.kind = kind, .now_ms = w->now, .status = -1, .code = "",
                   .tier = "", .tenant = STR("t"), .drive = true};
    for (size_t i = 0; i < sizeof ev.random; i++)
        ev.random[i] = (unsigned char)(w->seed++ * 7 + 3);
    ev.actor = (EngActor){.t = who[0] == '\0' ? "svc" : "human",
                          .account = str_of(zstr(w, str_of(who))),
                          .os_name = str_of(who), .assurance = "os"};
    snprintf(ev.actor.id, sizeof ev.actor.id, "00000000-0000-4000-8000-%012x",
             (unsigned)(who[0] == '\0' ? 0 : who[0] * 256 + who[strlen(who) - 1]));
    return ev;
}

static inline void take_off(World *w, const EngEffect *e)
{
    Flying *f = &w->flying[w->n_flying++];
    assert_true(w->n_flying <= MAX_FLYING);
    f->e = *e;
    assert_true(e->args.n < sizeof f->args);
    memcpy(f->args, e->args.p, e->args.n);
    f->args[e->args.n] = '\0';
}

static inline bool never_in(const World *w, const Record *r, Never *why)
{
    static const char *const phases[] = {
#define PHASE_STATE(name, word) word,
#include "vm/engine/states.def"
#undef PHASE_STATE
    }, *const runs[] = {
#define RUN_STATE(name, word) word,
#include "vm/engine/states.def"
#undef RUN_STATE
    };
    Str to = rec_text(r, RF_TO);
    int64_t phase = rec_int(r, RF_PHASE_NO, -1);
    uint32_t i = 0;
    if (phase >= 0) {
        while (!str_is(to, phases[i]))
            i++;
        return !(w->tightened && i == PW_BLOCKED) &&
               states_phase_never(w->plan.sem, (uint32_t)phase, (PhaseWord)i, false, why);
    }
    while (!str_is(to, runs[i]))
        i++;
    return i != RW_CANCELLED && states_run_never(w->plan.sem, (RunWord)i, false, why);
}

/* What the checker says can never be, is not. */
static inline void check_never(const World *w, const Record *r)
{
    Never why;
    if (rec_text(r, RF_TO).n == 0 || w->plan.sem == NULL || !never_in(w, r, &why))
        return;
    print_error("phase %lld is %.*s, but it %s\n", (long long)rec_int(r, RF_PHASE_NO, -1),
                STR_ARG(rec_text(r, RF_TO)), why.why);
    fail();
}

static inline GateStatus step(World *w, const EngEvent *ev)
{
    EngOut out;
    GateStatus st = eng_step(w->run, ev, &out);
    if (st != GATE_OK)
        return st;
    for (size_t i = 0; i < out.n_records; i++) {
        check_never(w, &out.records[i]);
        store(w, &out.records[i]);
    }
    for (size_t i = 0; i < out.n_effects; i++)
        take_off(w, &out.effects[i]);
    for (size_t i = 0; i < out.n_notices; i++) {
        size_t n = strlen(w->said);
        snprintf(w->said + n, sizeof w->said - n, "%s: %.*s\n", out.notices[i].kind,
                 STR_ARG(out.notices[i].text));
    }
    w->n_kills = 0;
    for (size_t i = 0; i < out.n_kills && i < 8; i++)
        w->kills[w->n_kills++] = out.kills[i];
    w->reply = out.reply;
    snprintf(w->message, sizeof w->message, "%.*s", STR_ARG(out.reply.message));
    if (!w->unchecked)
        check_rebuild(w);
    return st;
}

static inline void start_as(World *w, const char *who, const char *inputs)
{
    EngEvent ev = event(w, EV_START, who);
    ev.run = "0b1f0f1e-6d55-4b7e-8e5e-0c5c0a3c1a11";
    ev.name = STR("test-1");
    ev.inputs = str_of(inputs);
    ev.author = event(w, EV_START, "zoe").actor;
    assert_int_equal(step(w, &ev), GATE_OK);
}

static inline const ProgAction *action_of(const World *w, const EngEffect *e)
{
    return e->action == PROG_NONE ? NULL : &w->program->actions[e->action];
}

static inline bool tool_is(const World *w, const EngEffect *e, const char *tool)
{
    const ProgImport *im = &w->program->imports[e->import];
    char name[128];
    snprintf(name, sizeof name, "%.*s.%.*s", STR_ARG(prog_str(w->program, im->pack)),
             STR_ARG(prog_str(w->program, im->tool)));
    return strcmp(name, tool) == 0;
}

static inline const char *usual(const World *w, const EngEffect *e)
{
    if (tool_is(w, e, "file.image"))
        return "{\"existed\":true,\"text\":\"old\",\"sha256\":\"aa\"}";
    if (tool_is(w, e, "file.read"))
        return "{\"text\":\"content\",\"size\":7}";
    if (tool_is(w, e, "file.write") || tool_is(w, e, "file.restore") ||
        tool_is(w, e, "file.hash"))
        return "{\"sha256\":\"bb\"}";
    return "{\"status\":0,\"output\":\"ok\",\"errors\":\"\"}";
}

static inline void note_call(World *w, const Flying *f)
{
    Entry *x = &w->ledger[w->n_ledger++];
    assert_true(w->n_ledger <= MAX_LEDGER);
    const ProgAction *a = action_of(w, &f->e);
    const ProgImport *im = &w->program->imports[f->e.import];
    memset(x, 0, sizeof *x);
    if (a != NULL)
        snprintf(x->action, sizeof x->action, "%.*s", STR_ARG(prog_str(w->program, a->name)));
    snprintf(x->args, sizeof x->args, "%s", f->args);
    memcpy(x->key, f->e.key, sizeof x->key);
    x->attempt = f->e.attempt;
    x->instance = f->e.instance;
    x->undo = f->e.is_undo;
    x->read = im->effect == EFF_READS;
    x->repeatable = (im->flags & (TF_REPEATABLE | TF_KEYED)) != 0;
}

/* Does what the effect says, and tells the engine. */
static inline GateStatus answer(World *w, size_t i)
{
    Flying f = w->flying[i];
    EngEvent ev = event(w, EV_EFFECT, "");
    const char *result = NULL;
    memmove(&w->flying[i], &w->flying[i + 1],
            (w->n_flying - i - 1) * sizeof w->flying[0]);
    w->n_flying--;
    note_call(w, &f);
    ev.effect = f.e.id;
    for (size_t k = 0; k < w->n_rules; k++) {
        Rule *r = &w->rules[k];
        if (r->times == 0 || strstr(f.args, r->has) == NULL)
            continue;
        r->times -= r->times > 0 ? 1 : 0;
        ev.outcome = r->outcome;
        result = r->result;
        break;
    }
    if (ev.outcome == OUT_DONE)
        ev.result = str_of(result != NULL ? result : usual(w, &f.e));
    else {
        ev.code = ev.outcome == OUT_FAILED ? "exit" : "timeout";
        ev.message = STR("the program ended with status 1.");
    }
    return step(w, &ev);
}

static inline void drive(World *w)
{
    for (int guard = 0; w->n_flying > 0; guard++) {
        assert_true(guard < 1000);
        assert_int_equal(answer(w, w->newest_first ? w->n_flying - 1 : 0), GATE_OK);
    }
}

static inline void begin(World *w, const char *inputs)
{
    start_as(w, "sam", inputs);
    if (w->reply.exit != 0)
        print_error("%s\n", w->message);
    assert_int_equal(w->reply.exit, 0);
    drive(w);
}

/* A timer that was set for now. */
static inline void ring(World *w)
{
    EngEvent ev = event(w, EV_WAKE, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    drive(w);
}

/* `gate resume` */
static inline void wake(World *w)
{
    EngEvent ev = event(w, EV_WAKE, "");
    ev.resume = true;
    assert_int_equal(step(w, &ev), GATE_OK);
    drive(w);
}

static inline const char *member_of(World *w, const char *phase, const char *path)
{
    Buf b = {0}, why = {0};
    assert_int_equal(eng_show_json(w->run, str_of(phase), NULL, NULL, &b, &why), GATE_OK);
    const Json *j = json_parse(buf_view(&b), w->arena, &why);
    if (j == NULL)
        print_error("%s\n%s\n", buf_z(&why), buf_z(&b));
    assert_non_null(j);
    const char *z = zstr(w, json_text(j, path));
    buf_free(&b);
    buf_free(&why);
    return z;
}

static inline const char *state_of(World *w, const char *phase)
{
    return member_of(w, phase, "state");
}

static inline const char *digest_of(World *w, const char *phase)
{
    return member_of(w, phase, "digest");
}

static inline void decide_as(World *w, const char *who, const char *phase,
                             const char *decision, const char *digest, bool go)
{
    EngEvent ev = event(w, EV_DECIDE, who);
    ev.phase = str_of(phase);
    ev.decision = str_of(decision);
    ev.digest = str_of(digest);
    ev.drive = go;
    assert_int_equal(step(w, &ev), GATE_OK);
}

static inline void approve(World *w, const char *who, const char *phase)
{
    decide_as(w, who, phase, "approve", digest_of(w, phase), true);
    EngReply r = w->reply;
    char m[1024];
    memcpy(m, w->message, sizeof m);
    drive(w);
    w->reply = r;
    memcpy(w->message, m, sizeof m);
}

/* To the gate of the phase, and through it. */
static inline void through(World *w, const char *phase)
{
    begin(w, "{}");
    approve(w, "sam", phase);
    assert_int_equal(w->reply.exit, 0);
}

static inline void settle(World *w, const char *who, const char *action,
                          uint32_t instance, const char *what)
{
    EngEvent ev = event(w, EV_SETTLE, who);
    ev.action = str_of(action);
    ev.instance = instance;
    ev.what = str_of(what);
    assert_int_equal(step(w, &ev), GATE_OK);
}

static inline size_t count_kind(const World *w, RecKind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_records; i++)
        n += w->records[i].kind == kind ? 1 : 0;
    return n;
}

static inline const Record *last_of(const World *w, RecKind kind)
{
    for (size_t i = w->n_records; i-- > 0;)
        if (w->records[i].kind == kind)
            return &w->records[i];
    return NULL;
}

/* How often a call with these arguments was made. */
static inline size_t made(const World *w, const char *has)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_ledger; i++)
        n += strstr(w->ledger[i].args, has) != NULL ? 1 : 0;
    return n;
}

/* The process dies and another one loads the run. */
static inline void lose(World *w)
{
    eng_free(w->run);
    w->run = rebuilt(w, w->n_records);
    w->n_flying = 0;
    EngEvent ev = event(w, EV_LOST, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->n_flying, 0); /* whoever comes next may want to cancel */
}

/* The same, and `gate resume`. */
static inline void crash(World *w)
{
    lose(w);
    EngEvent ev = event(w, EV_WAKE, "");
    ev.resume = true;
    assert_int_equal(step(w, &ev), GATE_OK);
}

/* The log is one that ends before anything was sent, and says that something else
 * was staged (as long a text); the run is read from it. */
static inline void forge_staged(World *w, const char *was, const char *is)
{
    size_t cut = 0;
    for (size_t i = 0; i < w->n_records; i++) {
        Record *r = &w->records[i];
        if (r->kind == REC_EXEC_STARTED)
            cut = cut == 0 ? i : cut;
        for (uint32_t k = 0; k < r->n_parts; k++) {
            char *at = strcmp(r->parts[k].name, "staged") == 0
                           ? strstr((char *)(uintptr_t)r->parts[k].bytes.p, was)
                           : NULL;
            if (at != NULL)
                memcpy(at, is, strlen(is));
        }
    }
    w->n_records = cut;
    w->n_ledger = 0;
    w->unchecked = true;
    crash(w);
}

#endif
