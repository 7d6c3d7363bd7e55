/* Generated plans over the whole language, twice: every section of every phase by
 * compiler and interpreter, with a host that answers from a seed, and by a walk
 * over the syntax tree in the same world. What is done, in which order and with
 * which values, must be the same, line by line. Once as a phase is staged (what
 * changes something is not known yet), once as it runs.
 *
 * usage: sections COUNT [SEED]
 *        sections one SEED     that plan, and both logs
 * Prints TAP, each disagreement, and which statements the plans had. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/gen/plan.h"
#include "tests/gen/random.h"
#include "tests/slow/both.h"
#include "tests/slow/walk.h"
#include "vm/core/vm.h"

enum { ACTIONS = 256, SHOWN = 5 };
static const int64_t T0 = INT64_C(1795503998000);

/* The interpreter's side. */
typedef struct World {
    const Program *p;
    const SynTree *tree;
    SlowTools tools;
    uint64_t seed;
    bool staging;
    Arena *arena;
    Value *inputs;
    Buf *log;
    uint32_t phase;
    /* what the phase at hand gave by itself */
    struct { bool met; Slow value; } own[ACTIONS];
    Slow found[ACTIONS]; uint32_t n_found;
} World;

/* --- values of both ------------------------------------------------------------ */

static Slow to_slow(Value v, Arena *a)
{
    Slow s = {.kind = slow_kind(v.tag)};
    if (v.tag == V_TEXT) {
        s.s = val_str(v);
    } else if (v.tag == V_LIST || v.tag == V_RECORD) {
        Slow *items = ARENA_NEW(a, Slow, v.len);
        for (uint32_t i = 0; i < v.len; i++)
            items[i] = to_slow(v.u.items[i], a);
        s.items = items;
        s.n = v.len;
    } else if (v.tag > V_UNKNOWN) {
        s.dec = slow_dec(v);
    }
    return s;
}

/* Of what the world gives: whole numbers only. */
static Value to_value(const Slow *s, Arena *a)
{
    int64_t i = 0;
    if (s->kind == SLOW_TEXT)
        return val_text(s->s);
    if (s->kind == SLOW_LIST || s->kind == SLOW_RECORD) {
        Value *items = ARENA_NEW(a, Value, s->n);
        for (uint32_t k = 0; k < s->n; k++)
            items[k] = to_value(&s->items[k], a);
        return (Value){.tag = (uint8_t)slow_tag(s->kind), .len = s->n, .u.items = items};
    }
    if (s->kind > SLOW_UNKNOWN && !dec_to_int(&s->dec, &i))
        abort();
    return s->kind > SLOW_UNKNOWN ? val_make(slow_tag(s->kind), i) : (Value){.tag = (uint8_t)slow_tag(s->kind)};
}

/* --- the host ------------------------------------------------------------------------ */

static Str str(const World *w, uint32_t s)
{
    return prog_str(w->p, s);
}

static Str path_of(World *w, uint32_t phase, uint32_t name)
{
    return arena_printf(w->arena, "%.*s.%.*s", STR_ARG(str(w, w->p->phases[phase].name)), STR_ARG(str(w, name)));
}

static void say(World *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(World *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(w->log, fmt, ap);
    va_end(ap);
}

static void put(World *w, Value v)
{
    Slow s = to_slow(v, w->arena);
    buf_putc(w->log, ' ');
    slow_put(w->log, &s);
}

static SlowTool declared(World *w, Str path)
{
    SlowTool t;
    if (!slow_tool(&w->tools, path, &t))
        abort();
    return t;
}

static Str tool_name(World *w, uint32_t import)
{
    const ProgImport *im = &w->p->imports[import];
    return arena_printf(w->arena, "%.*s.%.*s", STR_ARG(str(w, im->pack)), STR_ARG(str(w, im->tool)));
}

static bool known(Value v) /* as deep as types are */
{
    for (uint32_t i = 0; (v.tag == V_LIST || v.tag == V_RECORD) && i < v.len; i++)
        if (!known(v.u.items[i]))
            return false;
    return v.tag != V_UNKNOWN;
}

static VmAnswer on_call(void *ctx, const VmCall *c, Value *out)
{
    World *w = ctx;
    Str tool = tool_name(w, c->import);
    SlowTool t = declared(w, tool);
    Buf args = {0}, *log = w->log;
    bool all = true;
    w->log = &args;
    for (uint32_t i = 0; i < c->n_args; i++) {
        put(w, c->args[i]);
        all = all && known(c->args[i]);
    }
    w->log = log;
    say(w, "%s %.*s%.*s", c->action == PROG_NONE ? "read" : "call", STR_ARG(tool), (int)args.n, args.p == NULL ? "" : args.p);
    if (c->undo_import != PROG_NONE)
        say(w, " undo %.*s", STR_ARG(tool_name(w, c->undo_import)));
    for (uint32_t i = 0; i < c->n_undo_args; i++)
        put(w, c->undo_args[i]);
    if (c->action != PROG_NONE && c->has_element) {
        say(w, " element %u", c->instance);
        put(w, c->element);
    }
    say(w, "%s\n", c->action != PROG_NONE && c->conditional ? " maybe" : "");
    Slow given = walk_call(w->seed, &t, buf_view(&args), all, w->staging, w->arena);
    if (c->action != PROG_NONE && w->n_found < ACTIONS)
        w->found[w->n_found++] = given;
    *out = to_value(&given, w->arena);
    buf_free(&args);
    return VM_READY;
}

static VmAnswer on_begin(void *ctx, uint32_t action)
{
    World *w = ctx;
    w->n_found = 0;
    say(w, "action %.*s\n", STR_ARG(str(w, w->p->actions[action].name)));
    return VM_READY;
}

static void ends(World *w, uint32_t action, Slow value)
{
    uint32_t i = action - w->p->phases[w->phase].actions_first;
    if (i >= ACTIONS)
        abort();
    w->own[i].met = true;
    w->own[i].value = value;
}

static void on_skip(void *ctx, uint32_t action)
{
    World *w = ctx;
    say(w, "skip %.*s\n", STR_ARG(str(w, w->p->actions[action].name)));
    ends(w, action, (Slow){.kind = SLOW_ABSENT});
}

static VmAnswer on_done(void *ctx, uint32_t action)
{
    World *w = ctx;
    Slow v = w->n_found > 0 ? w->found[0] : (Slow){.kind = SLOW_ABSENT};
    if (w->p->actions[action].is_each) {
        Slow *items = ARENA_NEW(w->arena, Slow, w->n_found);
        v = (Slow){.kind = SLOW_LIST, .items = items, .n = w->n_found, .elem = SLOW_RECORD};
        for (uint32_t i = 0; i < w->n_found; i++) {
            items[i] = w->found[i];
            if (items[i].kind == SLOW_UNKNOWN)
                v.kind = SLOW_UNKNOWN;
        }
    }
    say(w, "done %.*s\n", STR_ARG(str(w, w->p->actions[action].name)));
    ends(w, action, v);
    return VM_READY;
}

static VmAnswer on_result(void *ctx, uint32_t action, Value *out)
{
    World *w = ctx;
    const ProgAction *a = &w->p->actions[action];
    uint32_t own = action - w->p->phases[w->phase].actions_first;
    Slow v;
    if (a->phase == w->phase && own < ACTIONS && w->own[own].met) {
        v = w->own[own].value;
    } else {
        SlowTool t = declared(w, tool_name(w, a->import));
        bool may_miss = a->conditional || w->p->phases[a->phase].when_fn != PROG_NONE;
        v = walk_result(w->seed, path_of(w, a->phase, a->name), &t, a->is_each, may_miss, w->arena);
    }
    *out = to_value(&v, w->arena);
    return VM_READY;
}

static VmAnswer on_check(void *ctx, uint32_t check, Value answer)
{
    World *w = ctx;
    say(w, "check %.*s", STR_ARG(str(w, w->p->checks[check].name)));
    put(w, answer);
    say(w, "\n");
    return VM_READY;
}

static VmAnswer on_tell(void *ctx, uint32_t tell, Value text)
{
    World *w = ctx;
    const ProgTell *t = &w->p->tells[tell];
    say(w, "tell");
    for (uint32_t i = 0; i < t->to_count; i++)
        say(w, " %.*s", STR_ARG(str(w, w->p->roles[w->p->rolerefs[t->to_first + i].role].name)));
    put(w, text);
    say(w, "\n");
    return VM_READY;
}

static VmAnswer on_answer(void *ctx, uint32_t ask, Value *out)
{
    World *w = ctx;
    const ProgAsk *a = &w->p->asks[ask];
    TypeKind kind = w->p->types[a->type].kind;
    Slow v = walk_answer(w->seed, path_of(w, a->phase, a->name), kind == TK_NUMBER ? SLOW_NUMBER : SLOW_TEXT,
                         w->p->phases[a->phase].when_fn != PROG_NONE, w->arena);
    *out = to_value(&v, w->arena);
    return VM_READY;
}

static SlowTool event_of(World *w, const ProgAwait *a)
{
    const ProgEvent *e = &w->p->events[a->event];
    return declared(w, arena_printf(w->arena, "%.*s.%.*s", STR_ARG(str(w, e->pack)), STR_ARG(str(w, e->name))));
}

static VmAnswer on_event(void *ctx, uint32_t await, Value *out)
{
    World *w = ctx;
    const ProgAwait *a = &w->p->awaits[await];
    SlowTool t = event_of(w, a);
    Slow v = walk_event(w->seed, path_of(w, a->phase, a->name), &t, w->arena);
    *out = to_value(&v, w->arena);
    return VM_READY;
}

static VmAnswer on_task(void *ctx, uint32_t task)
{
    World *w = ctx;
    say(w, "task %.*s\n", STR_ARG(str(w, w->p->tasks[task].name)));
    return VM_READY;
}

static VmAnswer on_await(void *ctx, uint32_t await)
{
    World *w = ctx;
    say(w, "await %.*s\n", STR_ARG(str(w, w->p->awaits[await].name)));
    return VM_READY;
}

static VmAnswer on_poll(void *ctx, uint32_t check)
{
    World *w = ctx;
    say(w, "poll %.*s\n", STR_ARG(str(w, w->p->checks[check].name)));
    return VM_READY;
}

/* --- sections ---------------------------------------------------------------------------- */

/* What nobody can answer for is no failure that the walk has as well. */
static bool plain_failure(GateStatus s)
{
    return s == GATE_E_LIMIT || s == GATE_E_NOTFOUND || s == GATE_E_REFUSED;
}

static bool run(World *w, uint32_t fn, const Value *subject, Value *out)
{
    VmHost host = {.ctx = w, .call = on_call, .action_begin = on_begin, .action_skip = on_skip, .action_done = on_done,
                   .result = on_result, .check = on_check, .tell = on_tell, .answer = on_answer, .event = on_event,
                   .task = on_task, .await = on_await, .poll = on_poll};
    VmRun r = {.program = w->p, .func = fn, .inputs = w->inputs, .now_ms = T0, .host = &host, .arena = w->arena,
               .subject = subject, .fuel = LIM_FUEL};
    VmOutcome end = vm_run(&r);
    *out = r.result;
    if (end != VM_ENDED && !(end == VM_FAILED && plain_failure(r.status)))
        say(w, "broken: %s\n", r.error);
    return end == VM_ENDED;
}

static void section(World *w, const char *what, uint32_t of, uint32_t fn, const Value *subject)
{
    Value v;
    if (fn == PROG_NONE)
        return;
    bool ok = run(w, fn, subject, &v);
    say(w, "%s %.*s", what, STR_ARG(str(w, of)));
    if (ok)
        put(w, v);
    else
        say(w, " fails");
    say(w, "\n");
}

static void title(World *w, uint32_t of, uint32_t text, uint32_t fn)
{
    section(w, "title", of, fn, NULL);
    if (fn == PROG_NONE && text != 0)
        say(w, "title %.*s \"%.*s\"\n", STR_ARG(str(w, of)), STR_ARG(str(w, text)));
}

static void requires(World *w, uint32_t of, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        const ProgRequire *r = &w->p->requires[i];
        section(w, "require", of, r->fn, NULL);
        section(w, "words", of, r->words_fn, NULL);
        if (r->words_fn == PROG_NONE)
            say(w, "words %.*s \"%.*s\"\n", STR_ARG(str(w, of)), STR_ARG(str(w, r->text)));
    }
}

static void about_steps(World *w, const ProgPhase *ph)
{
    for (uint32_t i = 0; i < ph->actions_count; i++) {
        const ProgAction *a = &w->p->actions[ph->actions_first + i];
        title(w, a->name, a->title, a->title_fn);
        requires(w, a->name, a->requires_first, a->requires_count);
        section(w, "lock", a->name, a->lock_fn, NULL);
        section(w, "because", a->name, a->undo_because_fn, NULL);
    }
    for (uint32_t i = 0; i < ph->checks_count; i++) {
        const ProgCheck *c = &w->p->checks[ph->checks_first + i];
        title(w, c->name, c->title, c->title_fn);
        section(w, "asked", c->name, c->fn, NULL);
    }
    for (uint32_t i = 0; i < ph->tasks_count; i++) {
        const ProgTask *t = &w->p->tasks[ph->tasks_first + i];
        title(w, t->name, t->title, t->title_fn);
        section(w, "steps", t->name, t->steps_fn, NULL);
        section(w, "undo", t->name, t->undo_fn, NULL);
        section(w, "because", t->name, t->undo_because_fn, NULL);
    }
    for (uint32_t i = 0; i < ph->awaits_count; i++) {
        const ProgAwait *a = &w->p->awaits[ph->awaits_first + i];
        SlowTool t = event_of(w, a);
        Slow came = slow_given(&t, w->seed, str(w, a->name), w->arena);
        Value subject = to_value(&came, w->arena);
        section(w, "where", a->name, a->where_fn, &subject);
    }
}

static void phase(World *w, uint32_t index)
{
    const ProgPhase *ph = &w->p->phases[index];
    Value v;
    w->phase = index;
    memset(w->own, 0, sizeof w->own);
    say(w, "phase %.*s\n", STR_ARG(str(w, ph->name)));
    title(w, ph->name, ph->title, ph->title_fn);
    section(w, "when", ph->name, ph->when_fn, NULL);
    requires(w, ph->name, ph->requires_first, ph->requires_count);
    bool ok = ph->body_fn == PROG_NONE || run(w, ph->body_fn, NULL, &v);
    say(w, ok ? "end\n" : "fails\n");
    if (ph->gate != PROG_NONE)
        section(w, "question", ph->name, w->p->gates[ph->gate].question_fn, NULL);
    about_steps(w, ph);
}

/* Those with a default have it; the others what the walk was given. */
static void inputs(World *w, const Walk *walk)
{
    w->inputs = ARENA_NEW(w->arena, Value, w->p->n_inputs);
    for (uint32_t i = 0; i < w->p->n_inputs; i++)
        if (w->p->inputs[i].default_fn == PROG_NONE)
            w->inputs[i] = to_value(&walk->names[i].value, w->arena);
        else if (!run(w, w->p->inputs[i].default_fn, NULL, &w->inputs[i]))
            abort();
}

/* --- both ------------------------------------------------------------------------------------ */

typedef struct Counts {
    unsigned long plans, differ, lines, fails;
    unsigned long nodes[SYN_KIND_COUNT];
} Counts;

/* The first line in which they differ, with the phase around it. */
static void show(uint64_t seed, bool staging, const Buf *fast, const Buf *slow)
{
    size_t from = 0, i = 0;
    while (i < fast->n && i < slow->n && fast->p[i] == slow->p[i]) {
        if (fast->p[i] == '\n')
            from = i + 1;
        i++;
    }
    size_t before = from;
    for (int lines = 0; before > 0 && lines < 12; before--)
        lines += fast->p[before - 1] == '\n';
    printf("# seed %llu, %s: they differ behind\n", (unsigned long long)seed, staging ? "staging" : "running");
    for (size_t k = before; k < from; k++) {
        if (k == before || fast->p[k - 1] == '\n')
            printf("#     ");
        putchar(fast->p[k]);
    }
    const Buf *both[2] = {fast, slow};
    for (int k = 0; k < 2; k++) {
        size_t end = from;
        while (end < both[k]->n && both[k]->p[end] != '\n')
            end++;
        printf("#   %s: %.*s\n", k == 0 ? "interpreter" : "walk", (int)(end - from), both[k]->p + from);
    }
}

static void count(Counts *n, const Buf *log, const SynTree *t)
{
    for (size_t i = 0; i < log->n; i++) {
        n->lines += log->p[i] == '\n';
        n->fails += i + 6 <= log->n && memcmp(log->p + i, "fails\n", 6) == 0;
    }
    for (uint32_t i = 1; i < t->n_nodes; i++)
        n->nodes[t->nodes[i].kind]++;
}

static void compare(uint64_t seed, const Compilation *c, bool staging, bool always, Counts *n)
{
    const SynTree *tree = c->sem->file->source.tree;
    Arena *arena = arena_new(0);
    Buf fast = {0}, slow = {0};
    Walk *walk = ARENA_NEW(arena, Walk, 1);
    World *w = ARENA_NEW(arena, World, 1);
    *walk = (Walk){.t = tree, .arena = arena, .seed = seed, .now_ms = T0, .staging = staging};
    walk_plan(walk, &slow);
    *w = (World){.p = c->program, .tree = tree, .tools = {tree, arena}, .seed = seed, .staging = staging,
                 .arena = arena, .log = &fast};
    inputs(w, walk);
    for (uint32_t i = 0; i < c->program->n_phases; i++)
        phase(w, i);
    if (!str_eq(buf_view(&fast), buf_view(&slow)) && n->differ++ < SHOWN)
        show(seed, staging, &fast, &slow);
    if (always)
        printf("%s\n", buf_z(&fast));
    count(n, &fast, tree);
    buf_free(&fast);
    buf_free(&slow);
    arena_free(arena);
}

static void one_plan(uint64_t seed, bool always, Counts *n)
{
    GenOptions o = {.parts = GEN_ALL, .phases_most = 8, .valid = true, .lively = seed % 2 == 0};
    Buf text = {0}, why = {0};
    Compilation c;
    n->plans++;
    gen_plan(seed, &o, &text);
    if (always)
        fwrite(text.p, 1, text.n, stdout);
    if (compile_source(STR("made.gate"), buf_view(&text), COMPILE_EMIT, &c) != GATE_OK)
        exit(2);
    if (c.program == NULL || prog_verify(c.program, &why) != GATE_OK) {
        n->differ++;
        printf("# seed %llu: no program: %s\n", (unsigned long long)seed, buf_z(&why));
    } else {
        compare(seed, &c, true, always, n);
        compare(seed, &c, false, always, n);
    }
    compile_free(&c);
    buf_free(&text);
    buf_free(&why);
}

/* What a plan may say, as far as a section could hang on it. */
static bool print_statements(const Counts *n)
{
    static const uint16_t all[] = {
        SYN_INPUT, SYN_LET, SYN_ROLE, SYN_CALENDAR, SYN_MILESTONE, SYN_CONNECTOR, SYN_POLICY, SYN_RUNS, SYN_STARTSON,
        SYN_STARTSEVERY, SYN_SECRET, SYN_UNDOBY, SYN_BEFORE, SYN_AFTER,
        SYN_TEST, SYN_PHASE, SYN_NEEDS, SYN_WHEN, SYN_REQUIRE, SYN_DURING, SYN_ONFAILURE, SYN_ONSTART, SYN_DEADLINE,
        SYN_ESTIMATE, SYN_LIMIT, SYN_CONTROLS, SYN_TELL, SYN_TOGETHER, SYN_AWAIT, SYN_GATE, SYN_ACTION, SYN_AT,
        SYN_TASK, SYN_CHECK, SYN_BY, SYN_WITHIN, SYN_SHOW, SYN_ASK, SYN_REMIND, SYN_NOTBEFORE, SYN_GOODFOR, SYN_ASSURE,
        SYN_ADVICE, SYN_MAYRETURN, SYN_MAYVARY, SYN_OTHERWISE, SYN_EACH, SYN_ATMOST, SYN_WAVES, SYN_RUN, SYN_UNDO,
        SYN_UNDONONE, SYN_UNDOTEXT, SYN_STEPS, SYN_TIMEOUT, SYN_RETRY, SYN_STOPAFTER, SYN_LOCK, SYN_HOLDFOR, SYN_EVERY,
        SYN_BUSINESS, SYN_WHERE, SYN_CALL, SYN_QUANT, SYN_IF, SYN_TEXTI, SYN_INDEX};
    bool every = true;
    printf("# statements, in two runs each:");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        printf(" %s %lu", syn_kind_name(all[i]), n->nodes[all[i]]);
        every = every && n->nodes[all[i]] > 0;
    }
    printf("\n");
    return every;
}

int main(int argc, char **argv)
{
    static Counts n;
    if (argc < 2) {
        fputs("usage: sections COUNT [SEED]\n", stderr);
        return 2;
    }
    bool one = strcmp(argv[1], "one") == 0 && argc > 2;
    unsigned long most = one ? 1 : strtoul(argv[1], NULL, 10);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < most && n.differ < SHOWN * 4; i++)
        one_plan(seed + i, one, &n);
    bool all = print_statements(&n) || one;
    printf("# %lu things done, %lu sections fail\n", n.lines, n.fails);
    printf("%s 1 - %lu plans over the whole language: interpreter and walk do the same\n",
           n.differ == 0 ? "ok" : "not ok", n.plans);
    printf("%s 2 - every statement of a plan is among them\n1..2\n", all ? "ok" : "not ok");
    return n.differ > 0 || !all;
}
