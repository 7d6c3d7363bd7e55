/* Generated plans, twice: by compiler, interpreter and engine, and by the slow
 * interpreter of the syntax tree, in a world made from the same seed. What each
 * phase does must be the same, word for word.
 *
 * usage: steps COUNT [SEED]
 *        steps one SEED       that plan, and both logs
 * Prints TAP, and each disagreement: seed, and both logs of the phase. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/check/states.h"
#include "compiler/compile.h"
#include "tests/gen/plan.h"
#include "tests/gen/random.h"
#include "tests/slow/model.h"
#include "vm/core/json.h"
#include "vm/engine/engine.h"

enum { PHASES = 16, FLYING = 256, SHOWN = 5, TURNS = 500 };
static const int64_t T0 = INT64_C(1795503998000);

static const char host_text[] =
    "edition 1\n"
    "person ana \"Ana\" { os \"ana\" }\nperson bob \"Bob\" { os \"bob\" }\n"
    "person cyd \"Cyd\" { os \"cyd\" }\nperson dan \"Dan\" { os \"dan\" }\n"
    "person eve \"Eve\" { os \"eve\" }\nperson fay \"Fay\" { os \"fay\" }\n"
    "person gus \"Gus\" { os \"gus\" }\nperson hal \"Hal\" { os \"hal\" }\n"
    "role owner is ana, bob\nrole it_lead is cyd, dan\nrole boss is eve, fay\nrole on_call is gus, hal\n"
    "grant shell.query { folders = [\".\"] }\ngrant shell.change { folders = [\".\"] }\n"
    "grant shell.destroy { folders = [\".\"] }\ngrant file.read { folders = [\".\"] }\n"
    "grant file.write { folders = [\".\"] }\ngrant file.hash { folders = [\".\"] }\n"
    "grant file.remove { folders = [\".\"] }\n";
static const char *const people[] = {"ana", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"};

typedef struct Flying { EngEffect e; char *args; } Flying;

/* The engine's side. */
typedef struct World {
    uint64_t seed;
    const Program *program;
    const Sem *sem;
    EngRun *run;
    int64_t now_ms;
    Arena *arena;
    Flying flying[FLYING]; uint32_t first, last;
    Buf log[PHASES], looked[PHASES];
    char digest[PHASES][65], state[PHASES][16];
    unsigned long states, never; /* phases came to; the checker says that they cannot */
    bool refused;
} World;

typedef struct Host { Arena *arena; Program *program; Policy policy; } Host;

/* --- what a record says ------------------------------------------------------------- */

static void put_roles(Buf *out, Str json, Arena *arena)
{
    const Json *j = json_parse(json, arena, NULL);
    uint32_t n = 0;
    for (const Json *k = j == NULL ? NULL : j->child; k != NULL; k = k->next)
        buf_printf(out, "%s%.*s", n++ == 0 ? "" : ", ", STR_ARG(k->text));
}

static bool begins_with(Str s, const char *what)
{
    return s.n >= strlen(what) && memcmp(s.p, what, strlen(what)) == 0;
}

/* The engine says in its own words what could not be tested; the plan's count. */
static void put_blockers(Buf *out, Str json, Arena *arena)
{
    static const char mark[] = " (this could not be tested";
    const Json *j = json_parse(json, arena, NULL);
    for (const Json *k = j == NULL ? NULL : j->child; k != NULL; k = k->next) {
        Str s = json_text(k, "text");
        const char *at = NULL;
        for (size_t i = 0; at == NULL && i + sizeof mark - 1 <= s.n; i++)
            if (memcmp(s.p + i, mark, sizeof mark - 1) == 0)
                at = s.p + i;
        if (begins_with(s, "Whether the phase is wanted"))
            buf_puts(out, "blocker when (untested)\n");
        else if (at != NULL)
            buf_printf(out, "blocker %.*s (untested)\n", (int)(at - s.p), s.p);
        else
            buf_printf(out, "blocker %.*s\n", STR_ARG(s));
    }
}

static void put_told(Buf *out, const World *w, const Record *r)
{
    Str text = rec_part(r, "text");
    bool own = rec_int(r, RF_ORD, -1) >= 0;
    buf_puts(out, own ? "tell " : "inform ");
    put_roles(out, rec_part(r, "to"), w->arena);
    if (own && begins_with(text, "(a part of this message"))
        buf_puts(out, ": (unknown)");
    else if (own)
        buf_printf(out, ": %.*s", STR_ARG(text));
    buf_putc(out, '\n');
}

static void put_call(Buf *out, const Record *r)
{
    Str name = rec_text(r, RF_ACTION), args = rec_part(r, "args");
    buf_printf(out, "%s %.*s[%lld] %.*s attempt %lld\n", rec_int(r, RF_UNDO, 0) == 1 ? "undo" : "call",
               STR_ARG(name), (long long)rec_int(r, RF_INST, 0), STR_ARG(args),
               (long long)rec_int(r, RF_ATTEMPT, 0));
}

/* What the checker takes to be impossible (G8005) is never so. */
static void look_at_state(World *w, uint32_t phase, Str to)
{
    static const char *const words[] = {
#define PHASE_STATE(name, word) word,
#include "vm/engine/states.def"
#undef PHASE_STATE
    };
    uint32_t i = 0;
    Never why;
    while (!str_is(to, words[i]))
        i++;
    w->states++;
    if (!states_phase_never(w->sem, phase, (PhaseWord)i, false, &why))
        return;
    w->never++;
    printf("# seed %llu: phase %u is %s, but it %s\n", (unsigned long long)w->seed, phase, words[i], why.why);
}

static void note(World *w, const Record *r)
{
    int64_t phase = rec_int(r, RF_PHASE_NO, -1);
    if (phase < 0 || phase >= PHASES)
        return;
    Buf *out = &w->log[phase];
    Str to = rec_text(r, RF_TO);
    if (to.n > 0) {
        buf_printf(out, "state %.*s\n", STR_ARG(to));
        look_at_state(w, (uint32_t)phase, to);
        snprintf(w->state[phase], sizeof w->state[phase], "%.*s", STR_ARG(to));
    }
    switch (r->kind) {
    case REC_PHASE_CHANGED:
        if (str_is(to, "blocked"))
            put_blockers(out, rec_part(r, "why"), w->arena);
        break;
    case REC_PHASE_STAGED: {
        Str asks = rec_part(r, "question");
        buf_printf(out, "question %.*s\n",
                   STR_ARG(begins_with(asks, "(a part of this question") ? STR("(unknown)") : asks));
        break;
    }
    case REC_GATE_OPENED:
        snprintf(w->digest[phase], sizeof w->digest[phase], "%.*s", STR_ARG(rec_text(r, RF_DIGEST)));
        break;
    case REC_EXEC_STARTED: put_call(out, r); break;
    case REC_ACTION_SKIPPED: buf_printf(out, "skip %.*s\n", STR_ARG(rec_text(r, RF_ACTION))); break;
    case REC_CHECK_ANSWERED:
        buf_printf(out, "check %.*s %.*s\n",
                   STR_ARG(prog_str(w->program, w->program->checks[rec_int(r, RF_CHECK_NO, 0)].name)),
                   STR_ARG(rec_text(r, RF_OUT)));
        break;
    case REC_PEOPLE_TOLD: put_told(out, w, r); break;
    default: break;
    }
}

/* --- steps of the engine ---------------------------------------------------------------- */

static Str tool_name(const World *w, uint32_t import)
{
    const ProgImport *im = &w->program->imports[import];
    return arena_printf(w->arena, "%.*s.%.*s", STR_ARG(prog_str(w->program, im->pack)),
                        STR_ARG(prog_str(w->program, im->tool)));
}

static void take_off(World *w, const EngEffect *e)
{
    Flying *f = &w->flying[w->last++ % FLYING];
    f->e = *e;
    f->args = arena_copy(w->arena, e->args.p, e->args.n);
    f->e.args = (Str){f->args, e->args.n};
    if (w->program->imports[e->import].effect != EFF_READS)
        return;
    buf_printf(&w->looked[e->phase], "look %.*s %.*s attempt %u\n", STR_ARG(tool_name(w, e->import)),
               STR_ARG(e->args), e->attempt);
}

static EngEvent event(const World *w, EngEventKind kind, const char *who)
{
    EngEvent ev = {.kind = kind, .now_ms = w->now_ms, .status = -1, .code = "", .tier = "",
                   .tenant = STR("t"), .drive = true};
    ev.actor = (EngActor){.t = who[0] == '\0' ? "svc" : "human", .account = str_of(who),
                          .os_name = str_of(who), .assurance = "os"};
    snprintf(ev.actor.id, sizeof ev.actor.id, "00000000-0000-4000-8000-%012x",
             (unsigned)(who[0] == '\0' ? 0 : who[0] * 256 + who[1]));
    return ev;
}

static void step(World *w, const EngEvent *ev)
{
    EngOut out;
    if (eng_step(w->run, ev, &out) != GATE_OK) {
        w->refused = true;
        return;
    }
    for (size_t i = 0; i < out.n_records; i++)
        note(w, &out.records[i]);
    for (size_t i = 0; i < out.n_effects; i++)
        take_off(w, &out.effects[i]);
    if (ev->kind == EV_START && out.reply.exit != 0) {
        w->refused = true;
        printf("# seed %llu: not started: %.*s\n", (unsigned long long)w->seed, STR_ARG(out.reply.message));
    }
}

static void answer(World *w)
{
    Flying f = w->flying[w->first++ % FLYING];
    const ProgImport *im = &w->program->imports[f.e.import];
    EngEvent ev = event(w, EV_EFFECT, "");
    Str tool = tool_name(w, f.e.import), key = f.e.args;
    Buf json = {0};
    Slow ignored;
    bool ok;
    ev.effect = f.e.id;
    if (im->effect == EFF_READS) {
        ok = script_look(w->seed, tool, key, f.e.attempt);
    } else {
        const ProgAction *a = &w->program->actions[f.e.action];
        key = arena_printf(w->arena, "%.*s.%.*s", STR_ARG(prog_str(w->program, w->program->phases[a->phase].name)),
                           STR_ARG(prog_str(w->program, a->name)));
        ok = script_call(w->seed, key, f.e.instance, f.e.is_undo, f.e.attempt);
    }
    ev.outcome = ok ? OUT_DONE : OUT_FAILED;
    if (ok) {
        script_result(w->seed, tool, key, w->arena, &json, &ignored);
        ev.result = buf_view(&json);
    } else {
        ev.code = "exit";
        ev.message = STR("the program ended with status 1.");
    }
    step(w, &ev);
    buf_free(&json);
}

static void settle(World *w)
{
    for (int i = 0; w->first < w->last && i < TURNS && !w->refused; i++)
        answer(w);
}

static void start(World *w)
{
    EngEvent ev = event(w, EV_START, "sam");
    ev.run = "0b1f0f1e-6d55-4b7e-8e5e-0c5c0a3c1a11";
    ev.name = STR("made-1");
    ev.inputs = STR("{}");
    ev.author = event(w, EV_START, "zoe").actor;
    step(w, &ev);
    settle(w);
}

static void wake(World *w, int64_t now_ms)
{
    w->now_ms = now_ms;
    EngEvent ev = event(w, EV_WAKE, "");
    step(w, &ev);
    settle(w);
}

/* Whoever may, until it is decided; who may not is refused. */
static void decide(World *w, Str phase, bool yes)
{
    uint32_t k = prog_find_phase(w->program, phase);
    for (size_t i = 0; k != PROG_NONE && i < sizeof people / sizeof *people; i++) {
        if (strcmp(w->state[k], "waiting") != 0)
            break;
        EngEvent ev = event(w, EV_DECIDE, people[i]);
        ev.phase = phase;
        ev.decision = yes ? STR("approve") : STR("reject");
        ev.digest = str_of(w->digest[k]);
        step(w, &ev);
    }
    settle(w);
}

static const char *end_of(const World *w)
{
    switch (eng_state(w->run)) {
    case RS_DONE: return "done";
    case RS_FAILED: return "failed";
    case RS_REJECTED: return "rejected";
    default: return "open";
    }
}

/* --- both ------------------------------------------------------------------------------------ */

static bool same(const Buf *a, const Buf *b)
{
    return str_eq(buf_view(a), buf_view(b));
}

static void show(const char *whose, const Buf *b)
{
    printf("#   %s:\n", whose);
    const char *p = b->p;
    for (size_t i = 0, from = 0; i < b->n; i++) {
        if (p[i] != '\n')
            continue;
        printf("#     %.*s\n", (int)(i - from), p + from);
        from = i + 1;
    }
}

static bool compare(const World *w, const Model *m, bool always)
{
    bool agree = strcmp(end_of(w), model_end(m)) == 0;
    if (!agree)
        printf("# seed %llu: the run's end: engine %s, slow %s\n", (unsigned long long)w->seed, end_of(w),
               model_end(m));
    for (uint32_t i = 0; i < model_phases(m); i++) {
        bool logs = same(&w->log[i], model_log(m, i)), looks = same(&w->looked[i], model_looks(m, i));
        agree = agree && logs && looks;
        if (!logs || always) {
            printf("# seed %llu, phase %.*s%s\n", (unsigned long long)w->seed, STR_ARG(model_phase_name(m, i)),
                   logs ? "" : ": they differ");
            show("engine", &w->log[i]);
            if (!logs)
                show("slow", model_log(m, i));
        }
        if (!looks) {
            printf("# seed %llu, phase %.*s looks at other things\n", (unsigned long long)w->seed,
                   STR_ARG(model_phase_name(m, i)));
            show("engine", &w->looked[i]);
            show("slow", model_looks(m, i));
        }
    }
    return agree;
}

static void drive(World *w, Model *m)
{
    Str phase;
    int64_t now;
    start(w);
    model_start(m);
    for (int i = 0; i < TURNS && !w->refused; i++) {
        Stimulus s = model_next(m, &now, &phase);
        if (s == ST_END)
            return;
        if (s == ST_WAKE) {
            wake(w, now);
            model_wake(m, now);
        } else {
            decide(w, phase, s == ST_APPROVE);
            model_decide(m, phase, s == ST_APPROVE);
        }
    }
}

static bool made_plan(uint64_t seed, Buf *text, Compilation *c)
{
    GenOptions o = {.parts = GEN_RUNS, .phases_most = 8, .valid = true, .lively = true};
    gen_plan(seed, &o, text);
    if (compile_source(STR("made.gate"), buf_view(text), COMPILE_EMIT, c) != GATE_OK)
        exit(2);
    Buf why = {0};
    bool ok = c->program != NULL && prog_verify(c->program, &why) == GATE_OK;
    if (!ok)
        printf("# seed %llu: no program: %s\n", (unsigned long long)seed, buf_z(&why));
    buf_free(&why);
    return ok;
}

/* What the runs came to, so that a test can say that it has seen all. */
typedef struct Counts { unsigned long plans, differ, ends[4], calls, undos, retries, states, never; } Counts;

static void count(Counts *n, const World *w)
{
    static const char *const ends[] = {"done", "failed", "rejected", "open"};
    n->states += w->states;
    n->never += w->never;
    for (int i = 0; i < 4; i++)
        n->ends[i] += strcmp(ends[i], end_of(w)) == 0;
    for (uint32_t i = 0; i < PHASES; i++) {
        const char *p = w->log[i].p;
        for (size_t k = 0; k + 10 < w->log[i].n; k++) {
            n->calls += (k == 0 || p[k - 1] == '\n') && memcmp(p + k, "call ", 5) == 0;
            n->undos += (k == 0 || p[k - 1] == '\n') && memcmp(p + k, "undo ", 5) == 0;
            n->retries += memcmp(p + k, "attempt 2\n", 10) == 0;
        }
    }
}

static void one_plan(uint64_t seed, const Host *host, Counts *n, bool always)
{
    Buf text = {0};
    Compilation c;
    n->plans++;
    if (!made_plan(seed, &text, &c)) {
        n->differ++;
    } else {
        World *w = mem_realloc(NULL, 0, sizeof *w);
        memset(w, 0, sizeof *w);
        w->seed = seed;
        w->program = c.program;
        w->sem = c.sem;
        w->now_ms = T0;
        w->arena = arena_new(0);
        w->run = eng_new(c.program, &host->policy);
        Model *m = model_new(c.sem->file->source.tree, seed, T0, w->arena);
        if (always)
            fwrite(text.p, 1, text.n, stdout);
        drive(w, m);
        if (w->refused || !compare(w, m, always && n->differ < SHOWN))
            n->differ++;
        count(n, w);
        eng_free(w->run);
        model_free(m);
        for (uint32_t i = 0; i < PHASES; i++) {
            buf_free(&w->log[i]);
            buf_free(&w->looked[i]);
        }
        arena_free(w->arena);
        mem_realloc(w, sizeof *w, 0);
    }
    compile_free(&c);
    buf_free(&text);
}

static void make_host(Host *h)
{
    Compilation c;
    Buf why = {0};
    h->arena = arena_new(0);
    if (compile_source(STR("host.gate"), STR(host_text), COMPILE_EMIT | COMPILE_HOST_FILE, &c) != GATE_OK ||
        c.program == NULL)
        exit(2);
    h->program = c.program;
    c.program = NULL;
    compile_free(&c);
    const Program *files[1] = {h->program};
    if (policy_make(files, NULL, 1, h->arena, &h->policy, &why) != GATE_OK) {
        fprintf(stderr, "%s\n", buf_z(&why));
        exit(2);
    }
    buf_free(&why);
}

int main(int argc, char **argv)
{
    Counts n = {0};
    Host host;
    if (argc < 2) {
        fputs("usage: steps COUNT [SEED]\n", stderr);
        return 2;
    }
    bool one = strcmp(argv[1], "one") == 0 && argc > 2;
    unsigned long most = one ? 1 : strtoul(argv[1], NULL, 10);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    make_host(&host);
    for (unsigned long i = 0; i < most && n.differ < SHOWN * 4; i++)
        one_plan(seed + i, &host, &n, one);
    prog_free(host.program);
    arena_free(host.arena);
    printf("# runs: %lu done, %lu failed, %lu rejected, %lu wait for somebody; %lu calls, %lu undone, %lu tried again\n",
           n.ends[0], n.ends[1], n.ends[2], n.ends[3], n.calls, n.undos, n.retries);
    printf("%s 1 - %lu plans: the engine and the slow interpreter do the same\n",
           n.differ == 0 ? "ok" : "not ok", n.plans);
    bool all = n.ends[0] > 0 && n.ends[1] > 0 && n.ends[2] > 0 && n.ends[3] > 0 && n.undos > 0 && n.retries > 0;
    printf("%s 2 - runs end in every way\n", all || one ? "ok" : "not ok");
    printf("%s 3 - of %lu states that phases came to, the checker takes none to be impossible\n1..3\n",
           n.never == 0 ? "ok" : "not ok", n.states);
    return n.differ > 0 || n.never > 0 || !(all || one);
}
