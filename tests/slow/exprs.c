/* Expressions at random, twice: by the compiler and the interpreter, and by
 * the slow evaluator. Many in one plan: in conditions of one phase and the
 * texts beside them (each its own section, so that one that fails hides no
 * other), and in defaults of inputs, where records are compared member by
 * member.
 *
 * usage: exprs COUNT [SEED]
 *        exprs one SEED       that plan alone, as text
 * Prints TAP, and each disagreement: seed, expression, both answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/gen/expr.h"
#include "tests/slow/both.h"
#include "tests/slow/reach.h"
#include "vm/core/vm.h"

enum { CONDITIONS = 200, CONSTANTS = 60, LETS = 8, VARS = 128, SHOWN = 20 };

/* Where one expression lies in the text of its plan. */
typedef struct Place { size_t start, end; } Place;

typedef struct Batch {
    uint64_t seed;
    GenRandom r;
    GenVar vars[VARS]; uint32_t n_vars, n_inputs;
    Place places[CONDITIONS * 2 + CONSTANTS + LETS + 1]; uint32_t n_places; /* behind them, that of an input */
    bool dropped[CONDITIONS * 2 + CONSTANTS + LETS]; /* the checker refuses it */
    Buf text;
    int64_t now_ms;
} Batch;

typedef struct Counts { unsigned long made, refused, failed, differ; SlowReach reach; } Counts;

/* --- the plan -------------------------------------------------------------------- */

static void add_var(Batch *b, const GenType *t, GenAbsent absent, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void add_var(Batch *b, const GenType *t, GenAbsent absent, const char *fmt, ...)
{
    va_list ap;
    GenVar *v = &b->vars[b->n_vars++];
    va_start(ap, fmt);
    vsnprintf(v->name, sizeof v->name, fmt, ap);
    va_end(ap);
    v->type = t;
    v->absent = absent;
}

static GenExpr writer(Batch *b, bool names)
{
    return (GenExpr){.r = &b->r, .out = &b->text, .vars = b->vars,
                     .n_vars = names ? b->n_vars : 0, .edges = true, .clock = names};
}

/* One expression, or what stands for it when the checker refuses it. Its
 * random numbers are its own, so that a refused one changes no other. */
static void expression(Batch *b, GenExpr *g, const GenType *t, bool wanted, const char *instead)
{
    uint32_t i = b->n_places++;
    GenRandom own = {gen_derive(b->seed, 1000 + i)};
    b->places[i].start = b->text.n;
    g->r = &own;
    if (b->dropped[i])
        buf_puts(&b->text, instead);
    else
        gen_expr(g, t, (int)(1 + gen_below(&own, 4)), wanted);
    b->places[i].end = b->text.n;
}

static const GenType *some_type(GenRandom *r, bool with_form)
{
    const GenType *t;
    do
        t = &gen_types[gen_below(r, gen_types_n)];
    while (with_form && !gen_has_form(t));
    return t;
}

static void inputs(Batch *b)
{
    GenExpr g = writer(b, false);
    g.one_line = true;
    for (uint32_t i = 0; i < gen_types_n; i++) {
        buf_printf(&b->text, "input in%u: ", i);
        gen_type_text(&gen_types[i], &b->text);
        buf_puts(&b->text, " = ");
        gen_literal(&g, &gen_types[i]);
        buf_putc(&b->text, '\n');
        add_var(b, &gen_types[i], GEN_THERE, "in%u", i);
    }
    b->n_inputs = gen_types_n;
}

static void constants(Batch *b)
{
    GenExpr g = writer(b, false);
    for (uint32_t i = 0; i < CONSTANTS; i++) {
        GenRandom r = {gen_derive(b->seed, i)};
        const GenType *t = some_type(&r, false);
        /* A refused one is no list of anything: any input will do. */
        if (b->dropped[b->n_places])
            t = &gen_types[G_BOOL];
        buf_printf(&b->text, "input k%u: ", i);
        gen_type_text(t, &b->text);
        buf_puts(&b->text, " = ");
        expression(b, &g, t, true, "true");
        buf_putc(&b->text, '\n');
    }
}

static void lets(Batch *b)
{
    GenExpr g = writer(b, true);
    for (uint32_t i = 0; i < LETS; i++) {
        GenRandom r = {gen_derive(b->seed, 500 + i)};
        const GenType *t;
        do
            t = some_type(&r, false);
        while (gen_needs_name(t));
        buf_printf(&b->text, "let named%u = ", i);
        g.n_vars = b->n_vars;
        bool whole = !b->dropped[b->n_places];
        expression(b, &g, t, false, "true");
        buf_putc(&b->text, '\n');
        if (whole)
            add_var(b, t, GEN_THERE, "named%u", i);
    }
}

/* What earlier steps gave: there, skipped, lost, not known yet, a list. */
static void results(Batch *b)
{
    const GenType *n = &gen_types[G_NUMBER], *s = &gen_types[G_TEXT];
    add_var(b, n, GEN_THERE, "early.seen.status");
    add_var(b, s, GEN_THERE, "early.seen.output");
    add_var(b, n, GEN_MAY_MISS, "early.gone.status");
    add_var(b, s, GEN_MAY_MISS, "early.gone.errors");
    add_var(b, s, GEN_MAY_MISS_BARE, "early.lost.output");
    add_var(b, n, GEN_THERE, "early.later.status");
    add_var(b, n, GEN_THERE, "shell.query([in%u, \"b\"]).status", G_TEXT);
    add_var(b, s, GEN_THERE, "shell.query([\"c\"]).output");
    for (uint32_t i = 0; i < gen_types_n; i++)
        if (gen_types[i].kind == G_LIST && gen_types[i].elem->kind == G_RECORD &&
            strcmp(gen_types[i].elem->names[0], "status") == 0) {
            add_var(b, &gen_types[i], GEN_THERE, "early.many");
            add_var(b, &gen_types[i], GEN_THERE, "early.part");
        }
}

static const char early[] =
    "phase early {\n  needs nothing\n"
    "  action seen { run shell.query { argv = [\"a\"] } }\n"
    "  action gone { when in0 run shell.query { argv = [\"a\"] } }\n"
    "  action lost { run shell.query { argv = [\"a\"] } }\n"
    "  action later { run shell.query { argv = [\"a\"] } }\n"
    "  action many { each x in [\"a\"] run shell.query { argv = [x] } }\n"
    "  action part { each x in [\"a\"] run shell.query { argv = [x] } }\n}\n"
    "phase late {\n  needs early\n";

static void conditions(Batch *b)
{
    GenExpr g = writer(b, true);
    g.n_vars = b->n_vars;
    for (uint32_t i = 0; i < CONDITIONS; i++) {
        GenRandom r = {gen_derive(b->seed, 5000 + i)};
        const GenType *t;
        do
            t = some_type(&r, true);
        while (gen_needs_name(t) && gen_once(&r, 2));
        buf_puts(&b->text, "  require ");
        g.one_line = false;
        expression(b, &g, &gen_types[G_BOOL], true, "in0");
        buf_puts(&b->text, " \"{");
        g.one_line = true;
        expression(b, &g, t, false, "1");
        buf_puts(&b->text, "}\"\n");
    }
}

static void write_plan(Batch *b)
{
    buf_clear(&b->text);
    b->r.s = b->seed;
    b->n_vars = b->n_places = 0;
    b->now_ms = (int64_t)gen_below(&b->r, 2000000000) * 1000 - INT64_C(200000000000) + gen_below(&b->r, 1000);
    buf_puts(&b->text, "edition 1\nplan batch \"Expressions\"\nrole owner \"Owner\"\n");
    inputs(b);
    constants(b);
    lets(b);
    results(b);
    buf_puts(&b->text, early);
    conditions(b);
    buf_puts(&b->text, "  tell owner \"done\"\n}\n");
}

/* Marks what the checker refuses. false: a report lies outside of all of them. */
static bool drop_refused(Batch *b, const DiagList *l, unsigned long *refused)
{
    bool placed = true;
    for (uint32_t i = 0; i < l->n; i++) {
        const Diag *d = &l->items[i];
        bool found = d->severity != DIAG_ERROR;
        for (uint32_t k = 0; k < b->n_places && !found; k++) {
            found = d->at.start >= b->places[k].start && d->at.start < b->places[k].end;
            if (found && !b->dropped[k])
                ++*refused;
            b->dropped[k] = b->dropped[k] || found;
        }
        if (!found)
            printf("# seed %llu: G%04u %.*s\n", (unsigned long long)b->seed, d->code, STR_ARG(d->message));
        placed = placed && found;
    }
    return placed;
}

static bool compile(Batch *b, Compilation *c, Counts *n)
{
    enum { ROUNDS = 8 };
    unsigned long refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        write_plan(b);
        if (compile_source(STR("batch.gate"), buf_view(&b->text), COMPILE_EMIT, c) != GATE_OK)
            exit(2);
        if (c->diags.errors == 0) {
            n->refused += refused;
            return true;
        }
        bool placed = drop_refused(b, &c->diags, &refused);
        compile_free(c);
        if (!placed)
            return false;
    }
    return false;
}

/* --- what earlier steps gave, for both ------------------------------------------------ */

typedef struct Given {
    Slow record[3];
    Str names[3];
    Slow seen, lost, later, many, some, none;
    Slow many_items[3], many_one[3], some_items[2];
} Given;

static Slow record_of(Given *g, Slow *fields, int64_t status, const char *output, const char *errors)
{
    fields[0] = slow_int(SLOW_NUMBER, status);
    fields[1] = output == NULL ? (Slow){.kind = SLOW_ABSENT} : slow_text(str_of(output));
    fields[2] = slow_text(str_of(errors));
    return (Slow){.kind = SLOW_RECORD, .items = fields, .names = g->names, .n = 3};
}

static void give(Batch *b, Given *g)
{
    g->names[0] = STR("status");
    g->names[1] = STR("output");
    g->names[2] = STR("errors");
    g->seen = record_of(g, g->record, 7, "ok, it is", "");
    g->lost = (Slow){.kind = SLOW_ABSENT};
    g->later = (Slow){.kind = SLOW_UNKNOWN};
    g->many_items[0] = g->seen;
    g->many_items[1] = record_of(g, g->many_one, -3, b->seed % 3 == 0 ? NULL : "web-01", "e");
    g->many_items[2] = b->seed % 5 == 0 ? g->lost : g->seen;
    g->many = (Slow){.kind = SLOW_LIST, .items = g->many_items, .n = 3, .elem = SLOW_RECORD};
    g->some_items[0] = g->seen;
    g->some_items[1] = b->seed % 2 == 0 ? g->later : g->seen;
    g->some = (Slow){.kind = SLOW_LIST, .items = g->some_items, .n = b->seed % 7 == 0 ? 0 : 2, .elem = SLOW_RECORD};
}

/* A slow value as one of the interpreter's: here, and nowhere behind. */
static Value to_value(const Slow *s, Arena *a)
{
    Value v = {.tag = V_ABSENT};
    int64_t i = 0;
    switch (s->kind) {
    case SLOW_UNKNOWN: v.tag = V_UNKNOWN; break;
    case SLOW_NUMBER: dec_to_int(&s->dec, &i); v = val_int(i); break;
    case SLOW_TEXT: v = val_text(s->s); break;
    case SLOW_LIST: case SLOW_RECORD: {
        Value *items = ARENA_NEW(a, Value, s->n);
        for (uint32_t k = 0; k < s->n; k++)
            items[k] = to_value(&s->items[k], a);
        v.tag = s->kind == SLOW_LIST ? V_LIST : V_RECORD;
        v.len = s->n;
        v.u.items = items;
        break;
    }
    default: break;
    }
    return v;
}

typedef struct Host { const Program *p; const Given *given; Arena *a; } Host;

static const Slow *given_of(const Given *g, Str action)
{
    return str_is(action, "seen")    ? &g->seen
           : str_is(action, "gone")  ? &g->lost
           : str_is(action, "lost")  ? &g->lost
           : str_is(action, "later") ? &g->later
           : str_is(action, "many")  ? &g->many
                                     : &g->some;
}

static VmAnswer host_result(void *ctx, uint32_t action, Value *out)
{
    Host *h = ctx;
    *out = to_value(given_of(h->given, prog_str(h->p, h->p->actions[action].name)), h->a);
    return VM_READY;
}

/* A reading tool: what it is asked says what it finds. */
static VmAnswer host_call(void *ctx, const VmCall *c, Value *out)
{
    Host *h = ctx;
    *out = to_value(c->args[0].tag != V_LIST || c->args[0].len < 2 ? &h->given->many_items[1] : &h->given->seen, h->a);
    return VM_READY;
}

static bool slow_read(SlowWorld *w, Str tool, const Slow *args, uint32_t n, Slow *out)
{
    const Given *g = w->ctx;
    (void)tool;
    *out = n < 1 || args[0].kind != SLOW_LIST || args[0].n < 2 ? g->many_items[1] : g->seen;
    return true;
}

/* --- comparing -------------------------------------------------------------------------- */

static bool number_is(Value v, const Dec *d)
{
    Dec mine = slow_dec(v);
    return dec_cmp(&mine, d) == 0 && mine.scale == v.scale;
}

static bool agrees(Value v, const Slow *s)
{
    if (v.tag != slow_tag(s->kind))
        return false;
    switch (s->kind) {
    case SLOW_ABSENT: case SLOW_UNKNOWN: return true;
    case SLOW_TEXT: return str_eq(val_str(v), s->s);
    case SLOW_LIST: case SLOW_RECORD:
        for (uint32_t i = 0; i < v.len && v.len == s->n; i++)
            if (!agrees(v.u.items[i], &s->items[i]))
                return false;
        return v.len == s->n;
    default: return number_is(v, &s->dec);
    }
}

static void show_slow(const Slow *s, Buf *out)
{
    if (s->kind == SLOW_UNKNOWN)
        buf_puts(out, "unknown");
    else if (!slow_form(s, out))
        buf_printf(out, "a record or a list of %u", s->n);
}

static void report(const Batch *b, Place at, const VmRun *run, VmOutcome end, bool fine, const Slow *s)
{
    Buf mine = {0}, theirs = {0};
    if (end == VM_ENDED)
        val_print(run->result, &theirs);
    else
        buf_printf(&theirs, "fails: %s", run->error);
    if (fine)
        show_slow(s, &mine);
    else
        buf_puts(&mine, "fails");
    printf("# seed %llu: %.*s\n#   interpreter: %s\n#   slow: %s\n", (unsigned long long)b->seed,
           (int)(at.end - at.start), b->text.p + at.start, buf_z(&theirs), buf_z(&mine));
    buf_free(&mine);
    buf_free(&theirs);
}

typedef struct Side {
    Batch *b;
    const Program *p;
    VmHost host;
    Value *inputs;
    Arena *fast_arena;
    SlowWorld slow;
    Counts *n;
} Side;

static bool compare(Side *s, uint32_t func, SynRef node, uint32_t place, Value *out)
{
    VmRun run = {.program = s->p, .func = func, .inputs = s->inputs, .now_ms = s->b->now_ms,
                 .host = &s->host, .arena = s->fast_arena, .fuel = LIM_FUEL};
    VmOutcome end = vm_run(&run);
    Slow slow = {.kind = SLOW_ABSENT};
    bool fine = slow_eval(&s->slow, node, &slow);
    s->n->made++;
    s->n->failed += !fine;
    if (out != NULL)
        *out = run.result;
    if (fine ? end == VM_ENDED && agrees(run.result, &slow)
             : end == VM_FAILED && (run.status == GATE_E_LIMIT || run.status == GATE_E_NOTFOUND))
        return true;
    if (++s->n->differ <= SHOWN)
        report(s->b, s->b->places[place], &run, end, fine, &slow);
    return false;
}

/* --- one plan ------------------------------------------------------------------------------ */

/* The inputs in their order: literals of all types, then the constants. */
static void compare_inputs(Side *s, const SynTree *t, SlowName *names, uint32_t *n_names)
{
    uint32_t i = 0;
    SYN_EACH(t, r, syn(t, t->root)->c) {
        if (syn(t, r)->kind != SYN_INPUT)
            continue;
        SynRef value = syn(t, syn(t, r)->c)->a;
        bool constant = i >= s->b->n_inputs;
        s->slow.n_names = 0;
        s->b->places[s->b->n_places] = (Place){syn(t, value)->start, syn(t, value)->end};
        compare(s, s->p->inputs[i].default_fn, value,
                constant ? i - s->b->n_inputs : s->b->n_places, &s->inputs[i]);
        Slow v;
        if (!constant && slow_eval(&s->slow, value, &v))
            names[(*n_names)++] = (SlowName){syn_text(t, syn(t, r)->a), v};
        i++;
    }
    s->slow.n_names = *n_names;
}

static void compare_conditions(Side *s, const SynTree *t)
{
    uint32_t place = CONSTANTS + LETS, i = 0;
    SYN_EACH(t, phase, syn(t, t->root)->c) {
        if (syn(t, phase)->kind != SYN_PHASE)
            continue;
        SYN_EACH(t, r, syn(t, phase)->c) {
            if (syn(t, r)->kind != SYN_REQUIRE)
                continue;
            compare(s, s->p->requires[i].fn, syn(t, r)->a, place, NULL);
            if (s->p->requires[i].words_fn != PROG_NONE)
                compare(s, s->p->requires[i].words_fn, syn(t, r)->b, place + 1, NULL);
            place += 2;
            i++;
        }
    }
}

static void one_batch(uint64_t seed, Counts *n)
{
    Batch *b = mem_realloc(NULL, 0, sizeof *b);
    Compilation c;
    Given given;
    memset(b, 0, sizeof *b);
    b->seed = seed;
    if (!compile(b, &c, n)) {
        n->differ++;
        printf("# seed %llu: the plan does not compile\n", (unsigned long long)seed);
    } else {
        Arena *fast = arena_new(0), *slow = arena_new(0);
        SlowName names[VARS];
        uint32_t n_names = 0;
        give(b, &given);
        Host host = {c.program, &given, fast};
        Side s = {.b = b, .p = c.program, .fast_arena = fast, .n = n,
                  .host = {.ctx = &host, .call = host_call, .result = host_result},
                  .inputs = ARENA_NEW(fast, Value, c.program->n_inputs),
                  .slow = {.tree = c.sem->file->source.tree, .arena = slow, .now_ms = b->now_ms,
                           .names = names, .read = slow_read, .ctx = &given, .reach = &n->reach}};
        compare_inputs(&s, s.slow.tree, names, &n_names);
        static const char *const actions[] = {"seen", "gone", "lost", "later", "many", "part"};
        for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
            Str path = arena_printf(slow, "early.%s", actions[i]);
            names[n_names++] = (SlowName){path, *given_of(&given, str_of(actions[i]))};
        }
        s.slow.n_names = n_names;
        compare_conditions(&s, s.slow.tree);
        arena_free(fast);
        arena_free(slow);
        compile_free(&c);
    }
    buf_free(&b->text);
    mem_realloc(b, sizeof *b, 0);
}

static int print_one(uint64_t seed)
{
    Counts n = {0};
    Compilation c;
    Batch *b = mem_realloc(NULL, 0, sizeof *b);
    memset(b, 0, sizeof *b);
    b->seed = seed;
    if (compile(b, &c, &n))
        compile_free(&c);
    fwrite(b->text.p, 1, b->text.n, stdout);
    buf_free(&b->text);
    mem_realloc(b, sizeof *b, 0);
    return 0;
}

int main(int argc, char **argv)
{
    static Counts n;
    if (argc > 2 && strcmp(argv[1], "one") == 0)
        return print_one(strtoull(argv[2], NULL, 10));
    if (argc < 2) {
        fputs("usage: exprs COUNT [SEED]\n", stderr);
        return 2;
    }
    unsigned long most = strtoul(argv[1], NULL, 10);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (; n.made < most && n.differ < SHOWN * 10; seed++)
        one_batch(seed, &n);
    printf("# %lu of them fail; %lu more were refused by the checker\n", n.failed, n.refused);
    printf("%s 1 - %lu expressions: compiler and interpreter, and the slow evaluator, agree\n",
           n.differ == 0 ? "ok" : "not ok", n.made);
    /* Most must come to a value, or nothing was compared. */
    bool enough = n.failed < n.made / 4 && n.refused < n.made / 20, all = reach_print(&n.reach);
    printf("%s 2 - most of them have a value\n", enough ? "ok" : "not ok");
    printf("%s 3 - every operator, function and unit was met with every kind that it takes\n1..3\n", all ? "ok" : "not ok");
    return n.differ > 0 || !enough || !all;
}
