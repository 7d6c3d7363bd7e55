/* The interpreter without the verifier in front of it: every bound, tag and rule of
 * its own, and hosts that give what they have not promised. */
#include "tests/unit/test_core_util.h"

static Asm a;
static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(LIM_ARENA_BYTES);
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* --- a host that answers all alike -------------------------------------------------- */

typedef struct Host {
    VmAnswer answer;     /* to a read in an expression */
    VmAnswer run_answer; /* to an action's call */
    Value given;         /* whatever is asked */
    unsigned calls;
    uint32_t last;       /* the ordinal of the last call */
} Host;

static VmAnswer on_call(void *ctx, const VmCall *c, Value *result)
{
    Host *h = ctx;
    h->calls++;
    h->last = c->ordinal;
    *result = h->given;
    return c->action == PROG_NONE ? h->answer : h->run_answer;
}

static VmAnswer on_value(void *ctx, uint32_t x, Value *result)
{
    (void)x;
    *result = ((Host *)ctx)->given;
    return VM_READY;
}

static VmAnswer on_said(void *ctx, uint32_t x, Value v)
{
    (void)ctx, (void)x, (void)v;
    return VM_READY;
}

static VmAnswer on_step(void *ctx, uint32_t x)
{
    (void)ctx, (void)x;
    return VM_READY;
}

static void on_skip(void *ctx, uint32_t x)
{
    (void)ctx, (void)x;
}

static VmRun run_last(Host *h, const Value *inputs, VmOutcome *out)
{
    VmHost host = {h, on_call, on_step, on_skip, on_step, on_value, on_said, on_said,
                   on_value, on_value, on_step, on_step, on_step};
    VmRun run = {.program = &a.p, .func = a.p.n_funcs - 1, .inputs = inputs, .host = h == NULL ? NULL : &host,
                 .arena = arena, .fuel = 100000};
    *out = vm_run(&run);
    return run;
}

/* --- one instruction over values from outside ---------------------------------------- */

static VmRun compute(uint32_t tr, uint32_t tx, Value x, uint32_t ty, Value y, uint32_t instruction)
{
    Value inputs[2] = {x, y};
    VmOutcome out;
    start(&a);
    *ADD(&a, inputs) = (ProgInput){0, tx, PROG_NONE, PROG_NONE, PROG_NONE, 0};
    *ADD(&a, inputs) = (ProgInput){0, ty, PROG_NONE, PROG_NONE, PROG_NONE, 0};
    open_func(&a, FK_REQUIRE, "f", tr);
    reg(&a, tr), reg(&a, tx), reg(&a, ty);
    opx(&a, OP_INPUT, 1, 0);
    opx(&a, OP_INPUT, 2, 1);
    a.code[a.p.n_code++] = instruction;
    op3(&a, OP_RET, 0, 0, 0);
    close_func(&a);
    VmRun run = run_last(NULL, inputs, &out);
    assert_int_equal(out == VM_ENDED, run.status == GATE_OK);
    return run;
}

static const Value text_items[] = {{.tag = V_TEXT, .len = 1, .u.s = "a"}};
static const Value number_items[] = {{.tag = V_NUMBER, .u.i = 2}};
static const Value bool_items[] = {{.tag = V_BOOL, .u.i = 1}};
static const Value duration_items[] = {{.tag = V_DURATION, .u.i = 86400000}};
static const Value list_items[] = {{.tag = V_LIST, .len = 1, .u.items = number_items}};
static const Value record_items[] = {{.tag = V_TEXT, .len = 1, .u.s = "a"}, {.tag = V_NUMBER, .u.i = 2}};
static const Value records[] = {{.tag = V_RECORD, .len = 2, .u.items = record_items}};

/* One value of each type that a register may have. */
static const struct { uint32_t type; Value v; } samples[] = {
    {TK_BOOL, {.tag = V_BOOL, .u.i = 1}},
    {TK_NUMBER, {.tag = V_NUMBER, .u.i = 2}},
    {TK_PERCENT, {.tag = V_PERCENT, .u.i = 2}},
    {TK_TEXT, {.tag = V_TEXT, .len = 1, .u.s = "a"}},
    {TK_EMAIL, {.tag = V_TEXT, .len = 3, .u.s = "a@b"}},
    {TK_HOST, {.tag = V_TEXT, .len = 1, .u.s = "h"}},
    {TK_URL, {.tag = V_TEXT, .len = 8, .u.s = "http://h"}},
    {TK_SIZE, {.tag = V_SIZE, .u.i = 4}},
    {TK_DURATION, {.tag = V_DURATION, .u.i = 86400000}},
    {TK_DATE, {.tag = V_DATE, .u.i = 1}},
    {TK_TIME, {.tag = V_TIME, .u.i = 1}},
    {TK_INSTANT, {.tag = V_INSTANT, .u.i = 1}},
    {TK_LEVEL, {.tag = V_LEVEL, .u.i = 1}},
    {TK_SECRET, {.tag = V_TEXT, .len = 1, .u.s = "s"}},
    {T_ONEOF, {.tag = V_TEXT, .len = 1, .u.s = "x"}},
    {T_TEXTS, {.tag = V_LIST, .len = 1, .u.items = text_items}},
    {T_NUMBERS, {.tag = V_LIST, .len = 1, .u.items = number_items}},
    {T_BOOLS, {.tag = V_LIST, .len = 1, .u.items = bool_items}},
    {T_DURATIONS, {.tag = V_LIST, .len = 1, .u.items = duration_items}},
    {T_MATRIX, {.tag = V_LIST, .len = 1, .u.items = list_items}},
    {T_RECORDS, {.tag = V_LIST, .len = 1, .u.items = records}},
    {T_RECORD, {.tag = V_RECORD, .len = 2, .u.items = record_items}},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static TypeKind kind_of(uint32_t type)
{
    return (TypeKind)a.types[type].kind;
}

static TypeKind elem_of(uint32_t type)
{
    return kind_of(type) == TK_LIST ? kind_of(a.types[type].elem) : TK_NOTHING;
}

/* What a value's tag does not tell is the verifier's alone: whether an operator fits
 * some kinds of these tags. */
static bool fits_tags(unsigned op, ValueTag x, ValueTag y)
{
    TypeKind result;
    for (int i = 0; i < TK_COUNT; i++)
        for (int k = 0; k < TK_COUNT; k++)
            if (kind_tag((TypeKind)i) == x && kind_tag((TypeKind)k) == y &&
                operator_type((int)op, (TypeKind)i, (TypeKind)k, &result))
                return true;
    return false;
}

static void operators_and_tags(void **state)
{
    (void)state;
    static const VmOpcode ops[] = {OP_NOT, OP_NEG, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_EQ,
                                   OP_NE, OP_LT, OP_LE, OP_IN, OP_WITHOUT};
    for (size_t o = 0; o < sizeof ops / sizeof *ops; o++) {
        for (size_t i = 0; i < SAMPLES; i++) {
            for (size_t k = 0; k < SAMPLES; k++) {
                Value x = samples[i].v, y = samples[k].v;
                VmRun run = compute(TK_BOOL, samples[i].type, x, samples[k].type, y, ins_abc(ops[o], 0, 1, 2));
                bool unary = ops[o] == OP_NOT || ops[o] == OP_NEG;
                bool fits = fits_tags(ops[o], (ValueTag)x.tag, (ValueTag)(unary ? x.tag : y.tag));
                if ((run.status == GATE_E_FORMAT) == fits)
                    fail_msg("%s of tags %u and %u: status %d, but it %s", vm_opcode_name(ops[o]), x.tag,
                             y.tag, run.status, fits ? "fits" : "does not fit");
            }
        }
    }
}

/* default() takes what it is given; the others look. */
static void functions_and_tags(void **state)
{
    (void)state;
    for (unsigned f = 0; f < FN_COUNT; f++) {
        for (size_t i = 0; i < SAMPLES; i++) {
            for (size_t k = 0; k < SAMPLES; k++) {
                uint32_t types[2] = {samples[i].type, samples[k].type};
                start(&a);
                TypeKind kinds[2] = {kind_of(types[0]), kind_of(types[1])}, result;
                TypeKind elems[2] = {elem_of(types[0]), elem_of(types[1])};
                bool item, secret = kinds[0] == TK_SECRET || kinds[1] == TK_SECRET;
                bool fits = builtin_type((Builtin)f, kinds, elems, builtin_operands((Builtin)f), &result, &item);
                uint32_t to = !fits ? TK_NUMBER : !item ? (uint32_t)result
                              : kinds[0] == TK_LIST ? a.types[types[0]].elem : types[0];
                VmRun run = compute(to, types[0], samples[i].v, types[1], samples[k].v, ins_abc(OP_FN, 0, 1, f));
                if (f != FN_default && !secret && (run.status == GATE_E_FORMAT) == fits)
                    fail_msg("%s of types %u and %u: status %d, but it %s", builtin_name((Builtin)f), types[0],
                             types[1], run.status, fits ? "fits" : "does not fit");
            }
        }
    }
    for (unsigned op = 0; op < 2; op++) {
        VmRun run = compute(TK_TEXT, T_TEXTS, samples[0].v, TK_NUMBER, samples[1].v, op);
        assert_int_equal(run.status, GATE_E_FORMAT); /* not what was promised */
    }
}

/* --- lists from outside ---------------------------------------------------------------- */

#define LIST(of) ((Value){.tag = V_LIST, .len = sizeof(of) / sizeof *(of), .u.items = (of)})
#define UNKNOWN {.tag = V_UNKNOWN}

static void is(VmRun run, const char *want)
{
    Buf b = {0};
    if (run.status != GATE_OK)
        fail_msg("wanted %s, got `%s`", want, run.error);
    val_print(run.result, &b);
    assert_string_equal(buf_z(&b), want);
    buf_free(&b);
}

static void fails(VmRun run, GateStatus status, const char *why)
{
    if (run.status != status || strstr(run.error, why) == NULL)
        fail_msg("wanted %d `%s`, got %d `%s`", status, why, run.status, run.error);
}

/* What is unknown in a list or in a list of it makes an answer unknown that could
 * change by it. */
static void unknown_inside(void **state)
{
    (void)state;
    static const Value one_unknown[] = {UNKNOWN}, and_unknown[] = {{.tag = V_NUMBER, .u.i = 2}, UNKNOWN};
    static const Value unknown_and[] = {UNKNOWN, {.tag = V_NUMBER, .u.i = 2}};
    const Value known = samples[16].v, unknown = LIST(one_unknown), half = LIST(and_unknown);
    const Value deep[] = {unknown}, whole[] = {known};
    static const char not_known[] = "(not known yet)";
    is(compute(TK_BOOL, T_NUMBERS, known, T_NUMBERS, unknown, ins_abc(OP_EQ, 0, 1, 2)), not_known);
    is(compute(TK_BOOL, T_NUMBERS, unknown, T_NUMBERS, known, ins_abc(OP_NE, 0, 1, 2)), not_known);
    is(compute(T_NUMBERS, T_NUMBERS, known, T_NUMBERS, unknown, ins_abc(OP_WITHOUT, 0, 1, 2)), not_known);
    VmRun run = compute(T_NUMBERS, T_NUMBERS, half, T_NUMBERS, known, ins_abc(OP_WITHOUT, 0, 1, 2));
    assert_int_equal(run.result.tag, V_UNKNOWN); /* not a list of what is left */
    const Value record = {.tag = V_RECORD, .len = 1, .u.items = one_unknown};
    is(compute(TK_BOOL, T_RECORD, record, T_RECORD, record, ins_abc(OP_EQ, 0, 1, 2)), not_known);
    is(compute(TK_BOOL, T_NUMBERS, unknown, T_MATRIX, LIST(whole), ins_abc(OP_IN, 0, 1, 2)), not_known);
    is(compute(TK_BOOL, T_NUMBERS, known, T_MATRIX, LIST(deep), ins_abc(OP_IN, 0, 1, 2)), not_known);
    is(compute(TK_BOOL, T_NUMBERS, known, T_MATRIX, LIST(whole), ins_abc(OP_IN, 0, 1, 2)), "true");
    is(compute(TK_BOOL, TK_NUMBER, val_int(3), T_NUMBERS, LIST(unknown_and), ins_abc(OP_IN, 0, 1, 2)), not_known);
    is(compute(TK_NUMBER, T_NUMBERS, half, TK_NUMBER, val_int(0), ins_abc(OP_FN, 0, 1, FN_sum)), not_known);
    is(compute(TK_NUMBER, T_NUMBERS, half, TK_NUMBER, val_int(0), ins_abc(OP_FN, 0, 1, FN_count)), "2");
    is(compute(TK_TEXT, T_NUMBERS, half, TK_NUMBER, val_int(0), ins_abc(OP_TEXT, 0, 1, 2)), not_known);
}

static void absent_inside(void **state)
{
    (void)state;
    static const Value absent[] = {{.tag = V_ABSENT}, {.tag = V_NUMBER, .u.i = 1}};
    const Value list = LIST(absent), n = val_int(1);
    static const char missing[] = "a value is missing";
    fails(compute(TK_NUMBER, T_NUMBERS, list, TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_sum)), GATE_E_NOTFOUND, missing);
    fails(compute(TK_TEXT, T_NUMBERS, list, TK_NUMBER, n, ins_abc(OP_TEXT, 0, 1, 2)), GATE_E_NOTFOUND, missing);
    fails(compute(TK_TEXT, TK_NUMBER, n, TK_TEXT, absent[0], ins_abc(OP_ADD, 0, 1, 2)), GATE_E_NOTFOUND, missing);
    fails(compute(TK_TEXT, TK_NUMBER, absent[0], TK_TEXT, n, ins_abc(OP_ADD, 0, 1, 2)), GATE_E_FORMAT, "not of its type");
}

static void mixed_lists(void **state)
{
    (void)state;
    const Value mixed[] = {val_int(1), val_text(STR("a"))}, n = val_int(1), list = LIST(mixed);
    static const char kinds[] = "mixes kinds of values";
    fails(compute(TK_NUMBER, T_NUMBERS, list, TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_sum)), GATE_E_FORMAT, kinds);
    fails(compute(TK_NUMBER, T_NUMBERS, list, TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_max)), GATE_E_FORMAT, kinds);
    const Value two_kinds[] = {val_int(1), val_make(V_SIZE, 1)};
    fails(compute(TK_NUMBER, T_NUMBERS, LIST(two_kinds), TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_max)), GATE_E_FORMAT, kinds);
    fails(compute(TK_BOOL, T_BOOLS, list, TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_all)), GATE_E_FORMAT, kinds);
    fails(compute(TK_TEXT, T_RECORD, samples[21].v, TK_NUMBER, n, ins_abc(OP_TEXT, 0, 1, 2)), GATE_E_FORMAT, kinds);
    fails(compute(TK_TEXT, T_RECORDS, samples[20].v, TK_NUMBER, n, ins_abc(OP_TEXT, 0, 1, 2)), GATE_E_FORMAT, kinds);
    fails(compute(T_TEXTS, TK_NUMBER, n, TK_NUMBER, n, ins_abc(OP_APPEND, 0, 1, 2)), GATE_E_FORMAT, kinds);
    fails(compute(T_TEXTS, TK_NUMBER, n, TK_NUMBER, n, ins_abc(OP_INDEX, 0, 1, 2)), GATE_E_FORMAT, kinds);
    fails(compute(T_TEXTS, T_NUMBERS, list, TK_BOOL, val_bool(true), ins_abc(OP_INDEX, 0, 1, 2)), GATE_E_FORMAT, kinds);
}

/* Deeper than any type: a text is not made of it. */
static void nested_too_deep(void **state)
{
    (void)state;
    enum { MOST = LIM_NESTING + 2 };
    Value lists[MOST + 1] = {val_int(1)};
    for (int i = 1; i <= MOST; i++)
        lists[i] = (Value){.tag = V_LIST, .len = 1, .u.items = &lists[i - 1]};
    is(compute(TK_TEXT, T_NUMBERS, lists[MOST - 2], TK_NUMBER, val_int(2), ins_abc(OP_TEXT, 0, 1, 2)), "12");
    fails(compute(TK_TEXT, T_NUMBERS, lists[MOST], TK_NUMBER, val_int(2), ins_abc(OP_TEXT, 0, 1, 2)),
          GATE_E_FORMAT, "mixes kinds of values");
}

/* A list of lists loses one of its lists, or those that another holds; which, the
 * lists tell, also where one of them is empty. */
static void lists_without_lists(void **state)
{
    (void)state;
    const Value numbers = samples[16].v, matrix = samples[19].v, none = {.tag = V_LIST};
    is(compute(T_MATRIX, T_MATRIX, matrix, T_MATRIX, matrix, ins_abc(OP_WITHOUT, 0, 1, 2)), "");
    is(compute(T_MATRIX, T_MATRIX, matrix, T_NUMBERS, numbers, ins_abc(OP_WITHOUT, 0, 1, 2)), "");
    is(compute(T_MATRIX, T_MATRIX, matrix, T_NUMBERS, none, ins_abc(OP_WITHOUT, 0, 1, 2)), "2");
    is(compute(T_MATRIX, T_MATRIX, none, T_MATRIX, matrix, ins_abc(OP_WITHOUT, 0, 1, 2)), "");
    is(compute(T_NUMBERS, T_NUMBERS, numbers, T_NUMBERS, none, ins_abc(OP_ADD, 0, 1, 2)), "2");
}

/* --- prices ------------------------------------------------------------------------------ */

/* What an instruction costs beyond itself: a value for each that it looks at, a byte for
 * each that it copies or compares. */
static void prices(void **state)
{
    (void)state;
    enum { OTHERS = 3 + 4 }; /* registers and instructions of compute() */
    const Value one = val_int(1), aa = val_text(STR("aaaa")), ab = val_text(STR("ab"));
    const Value numbers = samples[16].v, matrix = samples[19].v, record = samples[21].v;
    const struct { uint32_t tr, tx; Value x; uint32_t ty; Value y; uint32_t instruction; unsigned price; } rows[] = {
        {TK_NUMBER, TK_NUMBER, one, TK_NUMBER, one, ins_abc(OP_ADD, 0, 1, 2), 0},
        {TK_BOOL, TK_NUMBER, one, TK_NUMBER, one, ins_abc(OP_EQ, 0, 1, 2), 1},
        {TK_BOOL, TK_TEXT, aa, TK_TEXT, aa, ins_abc(OP_EQ, 0, 1, 2), 5},
        {TK_BOOL, T_NUMBERS, numbers, T_NUMBERS, numbers, ins_abc(OP_EQ, 0, 1, 2), 6},
        {TK_BOOL, T_RECORD, record, T_RECORD, record, ins_abc(OP_EQ, 0, 1, 2), 10},
        {TK_BOOL, TK_TEXT, ab, TK_TEXT, aa, ins_abc(OP_IN, 0, 1, 2), 6},
        {TK_BOOL, TK_NUMBER, one, T_NUMBERS, numbers, ins_abc(OP_IN, 0, 1, 2), 1},
        {TK_BOOL, T_NUMBERS, numbers, T_MATRIX, matrix, ins_abc(OP_IN, 0, 1, 2), 6},
        {T_NUMBERS, T_NUMBERS, numbers, TK_NUMBER, one, ins_abc(OP_WITHOUT, 0, 1, 2), 19},
        {T_NUMBERS, T_NUMBERS, numbers, T_NUMBERS, numbers, ins_abc(OP_ADD, 0, 1, 2), 32},
        {TK_TEXT, TK_TEXT, aa, TK_TEXT, ab, ins_abc(OP_ADD, 0, 1, 2), 6},
        {T_NUMBERS, TK_NUMBER, one, TK_NUMBER, one, ins_abc(OP_LIST, 0, 1, 2), 34},
        {T_MATRIX, T_NUMBERS, numbers, T_NUMBERS, numbers, ins_abc(OP_LIST, 0, 1, 2), 36},
        {T_NUMBERS, T_NUMBERS, numbers, TK_NUMBER, one, ins_abc(OP_APPEND, 0, 1, 2), 33},
        {TK_TEXT, T_NUMBERS, numbers, TK_TEXT, aa, ins_abc(OP_TEXT, 0, 1, 2), 7},
        {TK_NUMBER, T_NUMBERS, numbers, TK_NUMBER, one, ins_abc(OP_FN, 0, 1, FN_sum), 1},
        {TK_NUMBER, T_NUMBERS, numbers, TK_NUMBER, one, ins_abc(OP_FN, 0, 1, FN_count), 0},
        {TK_TEXT, TK_TEXT, aa, TK_TEXT, aa, ins_abc(OP_FN, 0, 1, FN_upper), 4},
        {TK_BOOL, TK_TEXT, aa, TK_TEXT, ab, ins_abc(OP_FN, 0, 1, FN_starts_with), 2},
        {TK_BOOL, TK_TEXT, aa, TK_TEXT, aa, ins_abc(OP_FN, 0, 1, FN_matches), 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        VmRun run = compute(rows[i].tr, rows[i].tx, rows[i].x, rows[i].ty, rows[i].y, rows[i].instruction);
        assert_int_equal(run.status, GATE_OK);
        assert_int_equal(run.fuel_used, OTHERS + rows[i].price);
    }
}

/* --- numbers at their edges -------------------------------------------------------------- */

static void too_large(void **state)
{
    (void)state;
    static const char exact[] = "too large or too fine to be exact";
    const Value least = val_make(V_DATE, INT64_MIN), most = val_make(V_DATE, INT64_MAX);
    const Value many[] = {val_int(INT64_MAX), val_int(1)};
    Value tiny = {.tag = V_NUMBER, .scale = 18, .u.i = 1}, half = {.tag = V_NUMBER, .scale = 1, .u.i = 5};
    Value long_time = val_make(V_DURATION, INT64_MAX), n = val_int(1);
    fails(compute(TK_DURATION, TK_DATE, least, TK_DATE, most, ins_abc(OP_SUB, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_DURATION, TK_DATE, most, TK_DATE, val_make(V_DATE, 0), ins_abc(OP_SUB, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_DURATION, TK_DURATION, long_time, TK_NUMBER, val_int(2), ins_abc(OP_MUL, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_DURATION, TK_DURATION, long_time, TK_NUMBER, tiny, ins_abc(OP_DIV, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_NUMBER, T_NUMBERS, LIST(many), TK_NUMBER, n, ins_abc(OP_FN, 0, 1, FN_sum)), GATE_E_LIMIT, exact);
    fails(compute(TK_NUMBER, TK_NUMBER, val_int(INT64_MIN), TK_NUMBER, n, ins_abc(OP_SUB, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_NUMBER, TK_NUMBER, val_int(INT64_MAX), TK_NUMBER, val_int(-1), ins_abc(OP_SUB, 0, 1, 2)), GATE_E_LIMIT, exact);
    fails(compute(TK_NUMBER, TK_NUMBER, val_int(INT64_MIN), TK_NUMBER, val_int(-1), ins_abc(OP_ADD, 0, 1, 2)), GATE_E_LIMIT, exact);
    is(compute(TK_NUMBER, TK_NUMBER, val_int(3), TK_NUMBER, val_int(-1), ins_abc(OP_SUB, 0, 1, 2)), "4");
    is(compute(TK_NUMBER, TK_NUMBER, val_int(3), TK_NUMBER, val_int(-1), ins_abc(OP_ADD, 0, 1, 2)), "2");
    is(compute(TK_NUMBER, TK_NUMBER, half, TK_NUMBER, val_int(1), ins_abc(OP_ADD, 0, 1, 2)), "1.5");
    static const char digits[] = "a whole number of digits from 0 to 18";
    fails(compute(TK_NUMBER, TK_NUMBER, n, TK_NUMBER, half, ins_abc(OP_FN, 0, 1, FN_round)), GATE_E_LIMIT, digits);
    fails(compute(TK_NUMBER, TK_NUMBER, n, TK_NUMBER, val_int(-1), ins_abc(OP_FN, 0, 1, FN_round)), GATE_E_LIMIT, digits);
}

/* --- what no verified program does ----------------------------------------------------- */

/* Of the section below: registers, constants and sites. */
enum { R_BOOL, R_TEXT, R_NUMBER, R_TEXTS, R_ABSENT, R_ITER, R_ITEM, R_RECORD };
enum { K_LIST, K_UNKNOWN, K_FINE };
enum { S_SEE, S_READ, S_READ_WRITES, S_READ_IN, S_UNDO, S_EACH, S_UNDO_OF_NONE, S_OTHER, S_RUN_OF_NONE };
#define UNKNOWN_IN(r) ins_abc(OP_UNKNOWN, r, 0, 0)
#define BEGIN(x) ins_ax(OP_ACTION, 0, x)

static void section(const uint32_t *code, size_t n)
{
    static const uint32_t types[] = {TK_BOOL, TK_TEXT, TK_NUMBER, T_TEXTS, T_RECORD, T_ITER_TEXT, TK_TEXT, T_RECORD};
    everything(&a);
    open_func(&a, FK_BODY, "bad", PROG_NONE);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        reg(&a, types[i]);
    *ADD(&a, consts) = (ProgConst){V_LIST, 0, 0, 0};
    *ADD(&a, consts) = (ProgConst){V_UNKNOWN, 0, 0, 0};
    *ADD(&a, consts) = (ProgConst){V_NUMBER, 19, 1, 0};
    site(&a, I_HASH, A_SEE, SITE_RUN);
    site(&a, I_HASH, PROG_NONE, SITE_READ);
    site(&a, I_WRITE, PROG_NONE, SITE_READ);
    site(&a, I_HASH, A_SEE, SITE_READ);
    site(&a, I_CHANGE, A_EACH, SITE_UNDO);
    site(&a, I_CHANGE, A_EACH, SITE_RUN);
    site(&a, I_CHANGE, PROG_NONE, SITE_UNDO);
    site(&a, I_IMAGE, A_SEE, SITE_RUN);
    site(&a, I_HASH, PROG_NONE, SITE_RUN);
    for (size_t i = 0; i < n; i++)
        a.code[a.p.n_code++] = code[i];
    close_func(&a);
}

/* It stops, and says why, although a host answers all that it is asked. */
static void stops(const char *why, const uint32_t *code, size_t n)
{
    const Value inputs[2] = {LIST(text_items), val_int(3)};
    Host h = {.given = {.tag = V_RECORD, .len = 2, .u.items = record_items}};
    VmOutcome out;
    section(code, n);
    VmRun run = run_last(&h, inputs, &out);
    if (out != VM_FAILED || strstr(run.error, why) == NULL)
        fail_msg("wanted `%s`, got `%s`", why, out == VM_FAILED ? run.error : "no failure");
}
#define STOPS(why, ...) \
    stops(why, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static const char missing[] = "a value is missing";
static const char undecided[] = "something is to be decided by a value that is not known yet";
static const char beyond[] = "operands lie outside of the registers";

static void values_and_jumps(void **state)
{
    (void)state;
    STOPS("there is no such instruction", OP_COUNT);
    STOPS("it runs past the end of a section", OP_NOP);
    STOPS("a jump leaves its section", ins_ax(OP_JMP, 0, 0x7fff));
    STOPS("a jump leaves its section", ins_ax(OP_JMP, 0, 0x8000));
    STOPS("there is no such constant", ins_ax(OP_LOADK, R_NUMBER, 99));
    STOPS("this is not the kind of a constant", ins_ax(OP_LOADK, R_NUMBER, K_LIST));
    STOPS("this is not the kind of a constant", ins_ax(OP_LOADK, R_NUMBER, K_UNKNOWN));
    STOPS("a number has too many digits", ins_ax(OP_LOADK, R_NUMBER, K_FINE));
    STOPS("there is no such input", ins_ax(OP_INPUT, R_NUMBER, 99));
    STOPS("a value from outside is not of its type", ins_ax(OP_INPUT, 200, IN_N));
    STOPS("there is no such secret", ins_ax(OP_SECRET, R_TEXT, 99));
    STOPS("no result can be asked for here", ins_ax(OP_RESULT, R_RECORD, 99));
    STOPS("no result can be asked for here", ins_ax(OP_ANSWER, R_NUMBER, 99));
    STOPS("no result can be asked for here", ins_ax(OP_EVENT, R_RECORD, 99));
    STOPS("a value from outside is not of its type", ins_ax(OP_RESULT, R_TEXT, A_SEE));
    STOPS("a condition is not true or false", ins_ax(OP_JF, R_NUMBER, 0));
    STOPS(missing, ins_ax(OP_JF, R_ABSENT, 0));
    STOPS(undecided, UNKNOWN_IN(R_BOOL), ins_ax(OP_JF, R_BOOL, 0));
    STOPS("`not` needs true or false", ins_abc(OP_NOT, R_BOOL, R_NUMBER, 0));
    STOPS("a record has no such member", ins_ax(OP_RESULT, R_RECORD, A_SEE), ins_abc(OP_MEMBER, R_TEXT, R_RECORD, 2));
    STOPS("a record has no such member", ins_ax(OP_INPUT, R_TEXTS, IN_NAMES), ins_abc(OP_MEMBER, R_TEXT, R_TEXTS, 0));
    STOPS(missing, ins_abc(OP_FN, R_TEXT, R_RECORD, FN_default)); /* behind it stands none */
    STOPS(missing, ins_abc(OP_FN, R_TEXT, R_ABSENT, FN_upper));
    STOPS(missing, UNKNOWN_IN(R_RECORD), ins_abc(OP_EQ, R_BOOL, R_ABSENT, R_RECORD));
    STOPS("calls a function that does not exist", ins_abc(OP_FN, R_TEXT, R_TEXT, FN_COUNT));
    STOPS(beyond, ins_abc(OP_LIST, R_TEXTS, 254, 3));
    STOPS(beyond, ins_abc(OP_RECORD, R_RECORD, 254, 3));
    STOPS(beyond, ins_abc(OP_TEXT, R_TEXT, 254, 3));
    STOPS(beyond, ins_abc(OP_FN, R_TEXT, 255, FN_lower));
    STOPS(missing, ins_abc(OP_RET, R_ABSENT, 0, 0));
}

static void loops(void **state)
{
    (void)state;
    STOPS("a loop needs a list", ins_abc(OP_ITER, R_ITER, R_NUMBER, 0));
    STOPS("a loop needs a list", ins_abc(OP_ITER, 255, R_TEXTS, 0));
    STOPS("a loop needs a list", ins_ax(OP_NEXT, R_NUMBER, 0));
    STOPS("a loop needs a list", ins_abc(OP_MOVE, 255, R_TEXTS, 0), ins_ax(OP_NEXT, 255, 0));
    STOPS(missing, ins_abc(OP_ITER, R_ITER, R_ABSENT, 0));
    STOPS(undecided, UNKNOWN_IN(R_TEXTS), ins_abc(OP_ITER, R_ITER, R_TEXTS, 0));
}

static void actions(void **state)
{
    (void)state;
    static const char no_begin[] = "an action begins where none may";
    static const char no_when[] = "a `when` stands outside of its action";
    STOPS(no_begin, BEGIN(99));
    STOPS(no_begin, BEGIN(A_SEE), BEGIN(A_SEE));
    STOPS("an action ends that did not begin", ins_ax(OP_DONE, 0, A_SEE));
    STOPS("an action ends that did not begin", BEGIN(A_SEE), ins_ax(OP_DONE, 0, A_EACH));
    STOPS("an element stands outside of its action", ins_ax(OP_EACH, R_TEXT, A_EACH));
    STOPS(missing, BEGIN(A_EACH), ins_ax(OP_EACH, R_ABSENT, A_EACH));
    STOPS(undecided, BEGIN(A_EACH), UNKNOWN_IN(R_TEXT), ins_ax(OP_EACH, R_TEXT, A_EACH));
    STOPS(no_when, ins_ax(OP_WHEN, R_BOOL, 0));
    STOPS(missing, BEGIN(A_SEE), ins_ax(OP_WHEN, R_ABSENT, 0));
    STOPS("a `when` is not true or false", BEGIN(A_SEE), ins_ax(OP_WHEN, R_NUMBER, 0));
}

static void calls(void **state)
{
    (void)state;
    static const char outside[] = "a call stands outside of its action";
    static const char not_its[] = "a call does not fit its action";
    static const char undo[] = "an undo stands outside of its action";
    STOPS("no tool can be called here", ins_ax(OP_CALL, R_RECORD, 99));
    STOPS("an expression calls a tool that does not only read", ins_ax(OP_CALL, R_RECORD, S_READ_WRITES));
    STOPS("an expression calls a tool that does not only read", ins_ax(OP_CALL, R_RECORD, S_READ_IN));
    STOPS(outside, ins_ax(OP_CALL, R_TEXT, S_SEE));
    STOPS(outside, ins_ax(OP_CALL, R_TEXT, S_RUN_OF_NONE));
    STOPS(outside, BEGIN(A_EACH), ins_ax(OP_CALL, R_TEXT, S_UNDO));
    STOPS(not_its, BEGIN(A_SEE), ins_ax(OP_CALL, R_TEXT, S_OTHER));
    STOPS(not_its, BEGIN(A_EACH), ins_ax(OP_EACH, R_TEXT, A_EACH), ins_ax(OP_CALL, R_NUMBER, S_EACH));
    /* An undo is of one call. */
    STOPS(not_its, BEGIN(A_EACH), ins_ax(OP_EACH, R_TEXT, A_EACH), ins_ax(OP_UNDO, R_TEXTS, S_UNDO),
          ins_ax(OP_CALL, R_ABSENT, S_EACH), ins_ax(OP_CALL, R_ABSENT, S_EACH));
    STOPS(not_its, BEGIN(A_EACH), ins_ax(OP_UNDO, R_TEXTS, S_UNDO), ins_ax(OP_CALL, R_NUMBER, S_EACH));
    STOPS(beyond, ins_ax(OP_CALL, 255, S_READ));
    STOPS(missing, ins_ax(OP_CALL, R_TEXTS, S_READ)); /* its argument stands behind */
    STOPS("a value from outside is not of its type", ins_ax(OP_CALL, R_BOOL, S_READ));
    STOPS("there is no such call site", ins_ax(OP_UNDO, R_TEXTS, 99));
    STOPS(undo, ins_ax(OP_UNDO, R_TEXTS, S_SEE));
    STOPS(undo, BEGIN(A_SEE), ins_ax(OP_UNDO, R_TEXTS, S_SEE));
    STOPS(undo, BEGIN(A_SEE), ins_ax(OP_UNDO, R_TEXTS, S_UNDO));
    STOPS(undo, ins_ax(OP_UNDO, R_TEXTS, S_UNDO));
    STOPS(undo, ins_ax(OP_UNDO, R_TEXTS, S_UNDO_OF_NONE));
    STOPS(missing, BEGIN(A_EACH), ins_ax(OP_UNDO, R_ABSENT, S_UNDO));
}

static void steps_of_others(void **state)
{
    (void)state;
    static const char no_check[] = "a check stands where none may", no_tell[] = "a message stands where none may";
    static const char no_step[] = "a task, an event or a check stands where none may";
    STOPS(no_check, ins_ax(OP_CHECK, R_BOOL, 99));
    STOPS(no_check, BEGIN(A_SEE), ins_ax(OP_CHECK, R_BOOL, C_FINE));
    STOPS(missing, ins_ax(OP_CHECK, R_ABSENT, C_FINE));
    STOPS("a check is not true or false", ins_ax(OP_CHECK, R_NUMBER, C_FINE));
    STOPS(no_tell, ins_ax(OP_TELL, R_TEXT, 99));
    STOPS(no_tell, BEGIN(A_SEE), ins_ax(OP_TELL, R_TEXT, 0));
    STOPS(missing, ins_ax(OP_TELL, R_ABSENT, 0));
    STOPS("a message is not text", ins_ax(OP_TELL, R_NUMBER, 0));
    STOPS(no_step, ins_ax(OP_TASK, 0, 99));
    STOPS(no_step, ins_ax(OP_AWAIT, 0, 99));
    STOPS(no_step, ins_ax(OP_POLL, 0, 99));
    STOPS(no_step, BEGIN(A_SEE), ins_ax(OP_TASK, 0, 0));
}

/* A check or a message that is not known yet is the host's to stage. */
static void unknowns_are_staged(void **state)
{
    (void)state;
    const uint32_t code[] = {UNKNOWN_IN(R_BOOL), ins_ax(OP_CHECK, R_BOOL, C_FINE), UNKNOWN_IN(R_TEXT),
                             ins_ax(OP_TELL, R_TEXT, 0), OP_END};
    Host h = {0};
    VmOutcome out;
    section(code, sizeof code / sizeof *code);
    run_last(&h, NULL, &out);
    assert_int_equal(out, VM_ENDED);
}

static void jumps_that_are_not_taken(void **state)
{
    (void)state;
    const uint32_t code[] = {ins_abc(OP_NOT, R_BOOL, R_BOOL, 0), ins_ax(OP_JF, R_BOOL, 99), ins_ax(OP_JU, R_BOOL, 99),
                             ins_ax(OP_JA, R_BOOL, 99), OP_END};
    VmOutcome out;
    section(code, sizeof code / sizeof *code);
    run_last(NULL, NULL, &out);
    assert_int_equal(out, VM_ENDED);
}

/* A value of a register that the section has not, but the next one. */
static void registers_of_another_section(void **state)
{
    (void)state;
    const Value inputs[2] = {{.tag = V_LIST}, val_int(3)};
    const uint32_t code[] = {ins_ax(OP_INPUT, R_RECORD + 1, IN_N), OP_END};
    VmOutcome out;
    section(code, 2);
    one_value(&a, FK_VALUE, "next", TK_NUMBER, val_int(1));
    VmRun run = {.program = &a.p, .func = a.p.n_funcs - 2, .inputs = inputs, .arena = arena, .fuel = 100};
    out = vm_run(&run);
    assert_int_equal(out, VM_FAILED);
    assert_string_equal(run.error, "the program is malformed: a value from outside is not of its type");
}

/* A secret is its name; a register begins as the empty text, not as none. */
static void secrets_and_empty_text(void **state)
{
    (void)state;
    const uint32_t code[] = {ins_ax(OP_SECRET, R_TEXT, 0), ins_abc(OP_RET, R_TEXT, 0, 0)};
    VmOutcome out;
    section(code, 2);
    VmRun run = run_last(NULL, NULL, &out);
    assert_true(str_is(val_str(run.result), "token"));
    section(code + 1, 1);
    run = run_last(NULL, NULL, &out);
    assert_int_equal(out, VM_ENDED);
    assert_true(run.result.tag == V_TEXT && run.result.len == 0 && run.result.u.s != NULL);
}

/* --- an element that waits for a read ----------------------------------------------------- */

/* Two elements, each: reads, has `decided` on what the read gave, reads again, and
 * calls. Outside of an element, `each` is false. */
static void elements(bool each, uint32_t decided)
{
    const uint32_t code[] = {BEGIN(A_EACH), ins_ax(OP_INPUT, R_TEXTS, IN_NAMES), ins_abc(OP_ITER, R_ITER, R_TEXTS, 0),
                             ins_ax(OP_NEXT, R_ITER, 8), each ? ins_ax(OP_EACH, R_ITEM, A_EACH) : OP_NOP,
                             ins_ax(OP_CALL, R_BOOL, S_READ), decided, ins_ax(OP_CALL, R_BOOL, S_READ),
                             ins_abc(OP_NOP, 0, 0, 0), ins_ax(OP_UNDO, R_TEXTS, S_UNDO),
                             ins_ax(OP_CALL, R_NUMBER, S_EACH), ins_ax(OP_JMP, 0, 0xfff7),
                             ins_ax(OP_DONE, 0, A_EACH), OP_END};
    section(code, sizeof code / sizeof *code);
    a.more_regs[a.funcs[a.p.n_funcs - 1].regs_first + R_BOOL].type = T_RECORD;
    a.more_regs[a.funcs[a.p.n_funcs - 1].regs_first + R_NUMBER].type = T_STATUS;
}

static void an_element_waits(void **state)
{
    (void)state;
    const Value two[] = {val_text(STR("x")), val_text(STR("y"))};
    const Value inputs[2] = {LIST(two), val_int(3)};
    const uint32_t on_read[] = {ins_ax(OP_JF, R_BOOL, 0), ins_ax(OP_JU, R_BOOL, 0),
                                ins_abc(OP_ITER, R_RECORD, R_BOOL, 0)};
    VmOutcome out;
    Host h = {.answer = VM_LATER, .given = UNKNOWN};
    elements(true, OP_NOP);
    run_last(&h, inputs, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(h.calls, 2); /* the first read of each; what is behind them is numbered */
    assert_int_equal(h.last, 3);
    h = (Host){.answer = VM_READY, .given = UNKNOWN};
    elements(true, OP_NOP);
    run_last(&h, inputs, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(h.calls, 6);
    /* A call of its own that is late goes on as one that waits. */
    h = (Host){.answer = VM_READY, .run_answer = VM_LATER, .given = UNKNOWN};
    run_last(&h, inputs, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(h.calls, 6);
    /* Which calls come next depends on what is not read yet. */
    for (size_t i = 0; i < sizeof on_read / sizeof *on_read; i++) {
        h = (Host){.answer = VM_LATER, .given = UNKNOWN};
        elements(true, on_read[i]);
        run_last(&h, inputs, &out);
        assert_int_equal(out, VM_SUSPENDED);
        assert_int_equal(h.calls, 1);
    }
    /* What is known decides also there. */
    h = (Host){.answer = VM_LATER, .given = UNKNOWN};
    elements(true, ins_abc(OP_ITER, R_RECORD, R_TEXTS, 0));
    run_last(&h, inputs, &out);
    assert_int_equal(out, VM_ENDED);
    /* Outside of an element it waits. */
    h = (Host){.answer = VM_LATER, .given = UNKNOWN};
    elements(false, OP_NOP);
    run_last(&h, inputs, &out);
    assert_int_equal(out, VM_SUSPENDED);
    assert_int_equal(h.calls, 1);
}

/* --- without a host, memory, or room ------------------------------------------------------ */

static void no_host(void **state)
{
    (void)state;
    const uint32_t asks[] = {ins_ax(OP_RESULT, R_RECORD, A_SEE), ins_ax(OP_CALL, R_TEXT, S_READ), BEGIN(A_SEE),
                             ins_ax(OP_DONE, 0, A_SEE), ins_ax(OP_WHEN, R_BOOL, 0), ins_ax(OP_CHECK, R_BOOL, 0),
                             ins_ax(OP_TELL, R_TEXT, 0), ins_ax(OP_TASK, 0, 0), ins_ax(OP_INPUT, R_NUMBER, IN_N)};
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        VmOutcome out;
        section(&asks[i], 1);
        fails(run_last(NULL, NULL, &out), GATE_E_FORMAT, "the program is malformed");
    }
}

static void no_memory(void **state)
{
    (void)state;
    Arena *whole = arena;
    arena = NULL;
    static const struct { uint32_t type; VmOpcode op; unsigned last; } makes[] = {
        {TK_TEXT, OP_ADD, 2}, {T_TEXTS, OP_ADD, 2}, {T_TEXTS, OP_WITHOUT, 2}, {T_TEXTS, OP_APPEND, 2},
        {TK_TEXT, OP_LIST, 2}, {TK_TEXT, OP_RECORD, 2}, {TK_TEXT, OP_TEXT, 2}, {TK_TEXT, OP_FN, FN_upper}};
    for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
        Value v = makes[i].type == TK_TEXT ? val_text(STR("a")) : samples[15].v;
        fails(compute(makes[i].type, makes[i].type, v, makes[i].type, v, ins_abc(makes[i].op, 0, 1, makes[i].last)),
              GATE_E_MEMORY, "this section needs more memory than one may use");
    }
    arena = whole;
}

static void too_many_registers(void **state)
{
    (void)state;
    for (unsigned n = LIM_REGISTERS; n <= LIM_REGISTERS + 1; n++) {
        VmOutcome out;
        start(&a);
        open_func(&a, FK_VALUE, "v", TK_NUMBER);
        for (unsigned i = 0; i < n; i++)
            reg(&a, TK_NUMBER);
        op3(&a, OP_RET, 0, 0, 0);
        close_func(&a);
        VmRun run = run_last(NULL, NULL, &out);
        assert_int_equal(run.status, n <= LIM_REGISTERS ? GATE_OK : GATE_E_FORMAT);
    }
}

static void count_line(void *ctx, Str line)
{
    (void)line;
    ++*(int *)ctx;
}

/* A line of the trace that finds no memory is left out; the section runs. */
static void trace_without_memory(void **state)
{
    (void)state;
    int lines = 0;
    start(&a);
    one_value(&a, FK_VALUE, "v", TK_NUMBER, val_int(1));
    VmRun run = {.program = &a.p, .arena = arena, .fuel = 10, .trace = count_line, .trace_ctx = &lines};
    assert_int_equal(vm_run(&run), VM_ENDED);
    assert_int_equal(lines, 2);
    mem_fail_at(1, true);
    VmOutcome out = vm_run(&run);
    mem_fail_at(0, false);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(lines, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(operators_and_tags), TEST(functions_and_tags), TEST(unknown_inside), TEST(absent_inside),
        TEST(mixed_lists), TEST(nested_too_deep), TEST(lists_without_lists), TEST(prices), TEST(too_large),
        TEST(values_and_jumps), TEST(loops), TEST(actions), TEST(calls), TEST(steps_of_others),
        TEST(unknowns_are_staged), TEST(jumps_that_are_not_taken),
        TEST(registers_of_another_section), TEST(secrets_and_empty_text), TEST(an_element_waits), TEST(no_host),
        TEST(no_memory), TEST(too_many_registers), TEST(trace_without_memory),
    };
    return cmocka_run_group_tests_name("core unverified", tests, NULL, NULL);
}
