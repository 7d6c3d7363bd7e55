/* The interpreter, opcode by opcode, and its talk with the host. Sections are
 * verified before they run, but for those that the verifier would refuse. */
#include "tests/unit/test_core_util.h"
#include "tests/unit/test_arena.h"

#include <stdio.h>

static Asm a;
static uint64_t seen_ops[4]; /* bits: which opcodes ran in these tests */

/* --- a host that notes what it is asked ------------------------------------------ */

typedef struct Host {
    char log[2048];
    VmAnswer call_answer, begin_answer, done_answer, result_answer, check_answer, tell_answer;
    VmAnswer step_answer; /* to a task, an await, a check that is polled */
    Value call_result, result, answer;
    uint32_t ordinals;
} Host;

static void note(Host *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(Host *h, const char *fmt, ...)
{
    size_t n = strlen(h->log);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(h->log + n, sizeof h->log - n, fmt, ap);
    va_end(ap);
}

static void note_value(Host *h, Value v)
{
    Buf b = {0};
    val_print(v, &b);
    note(h, "%s", buf_z(&b));
    buf_free(&b);
}

static VmAnswer on_call(void *ctx, const VmCall *c, Value *result)
{
    Host *h = ctx;
    note(h, "call %u #%u", c->import, c->ordinal);
    assert_int_equal(c->ordinal, h->ordinals++);
    for (uint32_t i = 0; i < c->n_args; i++) {
        note(h, "%s", i == 0 ? "(" : ", ");
        note_value(h, c->args[i]);
    }
    note(h, "%s", c->n_args > 0 ? ")" : "");
    if (c->undo_import != PROG_NONE) {
        note(h, " undo %u", c->undo_import);
        for (uint32_t i = 0; i < c->n_undo_args; i++) {
            note(h, "%s", i == 0 ? "(" : ", ");
            note_value(h, c->undo_args[i]);
        }
        note(h, ")");
    }
    if (c->has_element) {
        note(h, " element %u ", c->instance);
        note_value(h, c->element);
    }
    if (c->conditional)
        note(h, " conditional");
    note(h, "%s", c->action == PROG_NONE ? " read; " : "; ");
    *result = h->call_result;
    return h->call_answer;
}

static VmAnswer on_begin(void *ctx, uint32_t x)
{
    note(ctx, "begin %u; ", x);
    return ((Host *)ctx)->begin_answer;
}

static void on_skip(void *ctx, uint32_t x)
{
    note(ctx, "skip %u; ", x);
}

static VmAnswer on_done(void *ctx, uint32_t x)
{
    note(ctx, "done %u; ", x);
    return ((Host *)ctx)->done_answer;
}

static VmAnswer on_result(void *ctx, uint32_t x, Value *result)
{
    note(ctx, "result %u; ", x);
    *result = ((Host *)ctx)->result;
    return ((Host *)ctx)->result_answer;
}

static VmAnswer on_check(void *ctx, uint32_t x, Value v)
{
    note(ctx, "check %u ", x);
    note_value(ctx, v);
    note(ctx, "; ");
    return ((Host *)ctx)->check_answer;
}

static VmAnswer on_tell(void *ctx, uint32_t x, Value v)
{
    note(ctx, "tell %u ", x);
    note_value(ctx, v);
    note(ctx, "; ");
    return ((Host *)ctx)->tell_answer;
}

static VmAnswer on_answer(void *ctx, uint32_t x, Value *result)
{
    note(ctx, "answer %u; ", x);
    *result = ((Host *)ctx)->answer;
    return ((Host *)ctx)->result_answer;
}

static VmAnswer on_event(void *ctx, uint32_t x, Value *result)
{
    note(ctx, "event %u; ", x);
    *result = ((Host *)ctx)->result;
    return ((Host *)ctx)->result_answer;
}

static VmAnswer on_task(void *ctx, uint32_t x)
{
    note(ctx, "task %u; ", x);
    return ((Host *)ctx)->step_answer;
}

static VmAnswer on_await(void *ctx, uint32_t x)
{
    note(ctx, "await %u; ", x);
    return ((Host *)ctx)->step_answer;
}

static VmAnswer on_poll(void *ctx, uint32_t x)
{
    note(ctx, "poll %u; ", x);
    return ((Host *)ctx)->step_answer;
}

/* --- running ---------------------------------------------------------------------- */

static void on_trace(void *ctx, Str line)
{
    (void)ctx;
    size_t end = 7; /* "   12  NAME ..." */
    while (end < line.n && line.p[end] != ' ')
        end++;
    for (uint32_t op = 0; op < OP_COUNT; op++)
        if (str_is((Str){line.p + 7, end - 7}, vm_opcode_name(op)))
            seen_ops[op / 64] |= UINT64_C(1) << op % 64;
}

static VmRun run_with(const Program *p, uint32_t func, Host *h, const Value *inputs, uint64_t fuel,
                      VmOutcome *outcome)
{
    VmHost host = {h, on_call, on_begin, on_skip, on_done, on_result, on_check, on_tell,
                   on_answer, on_event, on_task, on_await, on_poll};
    VmRun run = {.program = p, .func = func, .inputs = inputs, .now_ms = INT64_C(1795543500000),
                 .host = h == NULL ? NULL : &host, .arena = arena, .fuel = fuel, .trace = on_trace};
    *outcome = vm_run(&run);
    return run;
}

/* With less fuel than it takes, wherever that ends, it fails for want of fuel and has
 * used all that it got. */
enum { SHORT = 1000 };
static void needs_its_fuel(const Program *p, uint32_t func, Host *h, const Value *inputs, uint64_t used)
{
    for (uint64_t fuel = 0; fuel < used; fuel++) {
        VmOutcome out;
        if (h != NULL)
            *h = (Host){.call_answer = h->call_answer, .call_result = h->call_result, .result = h->result,
                        .answer = h->answer};
        VmRun run = run_with(p, func, h, inputs, fuel, &out);
        assert_int_equal(out, VM_FAILED);
        assert_int_equal(run.status, GATE_E_FUEL);
        assert_int_equal(run.fuel_used, fuel);
    }
}

/* Closes the open value section with RET r, verifies and runs it. */
static VmRun finish(unsigned r, VmOutcome *outcome)
{
    static Program *kept; /* results may point into it until the next one */
    op3(&a, OP_RET, r, 0, 0);
    close_func(&a);
    if (kept != NULL)
        prog_free(kept);
    kept = verified(&a);
    VmRun run = run_with(kept, a.p.n_funcs - 1, NULL, NULL, LIM_FUEL, outcome);
    if (run.fuel_used <= SHORT)
        needs_its_fuel(kept, a.p.n_funcs - 1, NULL, NULL, run.fuel_used);
    return run;
}

static void gives(unsigned r, const char *want)
{
    VmOutcome out;
    VmRun run = finish(r, &out);
    if (out != VM_ENDED)
        fail_msg("wanted %s, failed: %s", want, run.error);
    Buf b = {0};
    val_print(run.result, &b);
    assert_string_equal(buf_z(&b), want);
    buf_free(&b);
}

static void fails(unsigned r, GateStatus status, const char *why)
{
    VmOutcome out;
    VmRun run = finish(r, &out);
    assert_int_equal(out, VM_FAILED);
    assert_int_equal(run.status, status);
    if (strstr(run.error, why) == NULL)
        fail_msg("wanted `%s`, got `%s`", why, run.error);
}

static unsigned begin_value(uint32_t type)
{
    start(&a);
    open_func(&a, FK_VALUE, "v", type);
    return reg(&a, type);
}

static unsigned constant(uint32_t type, ValueTag tag, int64_t i)
{
    unsigned r = reg(&a, type);
    load(&a, r, val_make(tag, i));
    return r;
}

static unsigned texts(const char *x, const char *y)
{
    unsigned list = reg(&a, T_TEXTS), one = text(&a, x);
    text(&a, y);
    op3(&a, OP_LIST, list, one, 2);
    return list;
}

static unsigned numbers(int64_t x, int64_t y)
{
    unsigned list = reg(&a, T_NUMBERS), one = number(&a, x);
    number(&a, y);
    op3(&a, OP_LIST, list, one, 2);
    return list;
}

/* --- values and operators --------------------------------------------------------- */

static void simple(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_TEXT);
    op3(&a, OP_NOP, 0, 0, 0);
    op3(&a, OP_MOVE, r, text(&a, "hello"), 0);
    gives(r, "hello");
    r = begin_value(TK_INSTANT);
    op3(&a, OP_NOW, r, 0, 0);
    gives(r, "2026-11-24T18:05:00Z");
    r = begin_value(TK_DATE);
    op3(&a, OP_TODAY, r, 0, 0);
    gives(r, "2026-11-24");
    r = begin_value(TK_BOOL);
    op3(&a, OP_NOT, r, constant(TK_BOOL, V_BOOL, 1), 0);
    gives(r, "false");
    r = begin_value(TK_DURATION);
    op3(&a, OP_NEG, r, constant(TK_DURATION, V_DURATION, 90000), 0);
    gives(r, "-1m30s");
    r = begin_value(TK_NUMBER);
    op3(&a, OP_UNKNOWN, r, 0, 0);
    gives(r, "(not known yet)");
    r = begin_value(TK_PERCENT);
    load(&a, r, (Value){.tag = V_PERCENT, .scale = 1, .u.i = 25});
    gives(r, "2.5%");
    r = begin_value(TK_LEVEL);
    load(&a, r, val_make(V_LEVEL, 2));
    gives(r, "L2");
    /* Registers begin as the empty value of their type. */
    r = begin_value(T_TEXTS);
    gives(r, "");
    r = begin_value(TK_NUMBER);
    gives(r, "0");
}

static void arithmetic(void **state)
{
    (void)state;
    static const struct { VmOpcode op; uint32_t kx; int64_t x; uint32_t ky; int64_t y; uint32_t kr; const char *want; } rows[] = {
        {OP_ADD, TK_NUMBER, 2, TK_NUMBER, 3, TK_NUMBER, "5"},
        {OP_SUB, TK_NUMBER, 2, TK_NUMBER, 3, TK_NUMBER, "-1"},
        {OP_MUL, TK_NUMBER, 2, TK_NUMBER, 3, TK_NUMBER, "6"},
        {OP_DIV, TK_NUMBER, 2, TK_NUMBER, 4, TK_NUMBER, "0.5"},
        {OP_ADD, TK_PERCENT, 10, TK_PERCENT, 5, TK_PERCENT, "15%"},
        {OP_ADD, TK_SIZE, 1000, TK_SIZE, 500, TK_SIZE, "1500B"},
        {OP_SUB, TK_DURATION, 60000, TK_DURATION, 90000, TK_DURATION, "-30s"},
        {OP_ADD, TK_INSTANT, 0, TK_DURATION, 1500, TK_INSTANT, "1970-01-01T00:00:01.500Z"},
        {OP_SUB, TK_INSTANT, 0, TK_DURATION, 1000, TK_INSTANT, "1969-12-31T23:59:59Z"},
        {OP_SUB, TK_INSTANT, 5000, TK_INSTANT, 2000, TK_DURATION, "3s"},
        {OP_ADD, TK_DATE, 0, TK_DURATION, 86400000, TK_DATE, "1970-01-02"},
        {OP_SUB, TK_DATE, 31, TK_DATE, 0, TK_DURATION, "31d"},
        {OP_MUL, TK_PERCENT, 10, TK_NUMBER, 250, TK_NUMBER, "25"},
        {OP_MUL, TK_NUMBER, 250, TK_PERCENT, 10, TK_NUMBER, "25"},
        {OP_MUL, TK_NUMBER, INT64_MAX, TK_PERCENT, 100, TK_NUMBER, "9223372036854775807"},
        {OP_MUL, TK_PERCENT, 10, TK_DURATION, 5400000, TK_DURATION, "9m"},
        {OP_MUL, TK_DURATION, 60000, TK_NUMBER, 3, TK_DURATION, "3m"},
        {OP_MUL, TK_NUMBER, 3, TK_SIZE, 1000, TK_SIZE, "3kB"},
        {OP_DIV, TK_DURATION, 60000, TK_NUMBER, 4, TK_DURATION, "15s"},
        {OP_DIV, TK_DURATION, 60000, TK_DURATION, 40000, TK_NUMBER, "1.5"},
        {OP_DIV, TK_SIZE, 10, TK_SIZE, 4, TK_NUMBER, "2.5"},
        {OP_EQ, TK_NUMBER, 2, TK_NUMBER, 2, TK_BOOL, "true"},
        {OP_NE, TK_NUMBER, 2, TK_NUMBER, 2, TK_BOOL, "false"},
        {OP_LT, TK_NUMBER, 2, TK_NUMBER, 2, TK_BOOL, "false"},
        {OP_LE, TK_NUMBER, 2, TK_NUMBER, 2, TK_BOOL, "true"},
        {OP_LT, TK_DATE, 1, TK_DATE, 2, TK_BOOL, "true"},
        {OP_LE, TK_LEVEL, 3, TK_LEVEL, 2, TK_BOOL, "false"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned r = begin_value(rows[i].kr);
        unsigned x = constant(rows[i].kx, kind_tag((TypeKind)rows[i].kx), rows[i].x);
        unsigned y = constant(rows[i].ky, kind_tag((TypeKind)rows[i].ky), rows[i].y);
        op3(&a, rows[i].op, r, x, y);
        gives(r, rows[i].want);
    }
    static const struct { VmOpcode op; uint32_t kx; int64_t x; uint32_t ky; int64_t y; const char *why; } bad[] = {
        {OP_ADD, TK_NUMBER, INT64_MAX, TK_NUMBER, 1, "too large or too fine to be exact"},
        {OP_SUB, TK_SIZE, INT64_MIN, TK_SIZE, 1, "too large or too fine to be exact"},
        {OP_MUL, TK_NUMBER, INT64_MAX, TK_NUMBER, 2, "too large or too fine to be exact"},
        {OP_DIV, TK_NUMBER, 1, TK_NUMBER, 0, "a division by zero"},
        {OP_DIV, TK_DURATION, 1, TK_NUMBER, 0, "a division by zero"},
        {OP_ADD, TK_DATE, 0, TK_DURATION, 1, "a date can only be moved by whole days"},
        {OP_ADD, TK_DATE, 2932896, TK_DURATION, 86400000, "would leave the years 0 to 9999"},
        {OP_ADD, TK_INSTANT, 0, TK_DURATION, INT64_MAX, "would leave the years 0 to 9999"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned r = begin_value(bad[i].kx);
        unsigned x = constant(bad[i].kx, kind_tag((TypeKind)bad[i].kx), bad[i].x);
        unsigned y = constant(bad[i].ky, kind_tag((TypeKind)bad[i].ky), bad[i].y);
        op3(&a, bad[i].op, r, x, y);
        fails(r, GATE_E_LIMIT, bad[i].why);
    }
    unsigned r = begin_value(TK_NUMBER);
    op3(&a, OP_NEG, r, number(&a, INT64_MIN), 0);
    fails(r, GATE_E_LIMIT, "too large");
}

static void texts_and_lists(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_TEXT);
    op3(&a, OP_ADD, r, text(&a, "ab"), text(&a, "cd"));
    gives(r, "abcd");
    r = begin_value(TK_TEXT);
    unsigned first = text(&a, "n=");
    number(&a, 12);
    unsigned list = texts("x", "y"), joint = reg(&a, TK_TEXT), of = reg(&a, T_TEXTS);
    op3(&a, OP_MOVE, joint, first, 0);
    op3(&a, OP_MOVE, of, list, 0);
    op3(&a, OP_TEXT, r, joint, 2);
    gives(r, "n=x, y");
    r = begin_value(T_TEXTS);
    op3(&a, OP_ADD, r, texts("a", "b"), texts("c", "d"));
    gives(r, "a, b, c, d");
    r = begin_value(T_TEXTS);
    op3(&a, OP_APPEND, r, texts("a", "b"), text(&a, "c"));
    gives(r, "a, b, c");
    r = begin_value(T_TEXTS);
    op3(&a, OP_WITHOUT, r, texts("a", "b"), text(&a, "a"));
    gives(r, "b");
    r = begin_value(T_TEXTS);
    op3(&a, OP_WITHOUT, r, texts("a", "b"), texts("b", "c"));
    gives(r, "a");
    r = begin_value(TK_TEXT);
    op3(&a, OP_INDEX, r, texts("a", "b"), number(&a, 1));
    gives(r, "b");
    r = begin_value(TK_NUMBER);
    unsigned rec = reg(&a, T_RECORD), one = text(&a, "t");
    number(&a, 7);
    op3(&a, OP_RECORD, rec, one, 2);
    op3(&a, OP_MEMBER, r, rec, 1);
    gives(r, "7");
    r = begin_value(TK_BOOL);
    op3(&a, OP_EQ, r, numbers(1, 2), numbers(1, 2));
    gives(r, "true");
    r = begin_value(TK_BOOL);
    unsigned inside = numbers(1, 2), lists = reg(&a, T_MATRIX);
    op3(&a, OP_LIST, lists, inside, 1);
    op3(&a, OP_IN, r, inside, lists);
    gives(r, "true");
    r = begin_value(TK_TEXT);
    op3(&a, OP_ADD, r, text(&a, ""), text(&a, "x"));
    gives(r, "x");
    /* [[1, 2]] without [1, 2]: a list of lists loses one of its lists. */
    r = begin_value(TK_NUMBER);
    unsigned rows = reg(&a, T_MATRIX), row = numbers(1, 2), left = reg(&a, T_MATRIX);
    op3(&a, OP_LIST, rows, row, 1);
    op3(&a, OP_WITHOUT, left, rows, row);
    op3(&a, OP_FN, r, left, FN_count);
    gives(r, "0");
}

static void in_and_part(void **state)
{
    (void)state;
    static const struct { const char *part, *whole, *want; } rows[] = {
        {"", "", "true"}, {"", "x", "true"}, {"x", "", "false"}, {"abc", "abc", "true"},
        {"bc", "abc", "true"}, {"ab", "aab", "true"}, {"aab", "aaab", "true"}, {"abd", "abcabcabd", "true"},
        {"abcd", "abc", "false"}, {"c", "ab", "false"}, {"aaa", "aabaab", "false"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned r = begin_value(TK_BOOL);
        op3(&a, OP_IN, r, text(&a, rows[i].part), text(&a, rows[i].whole));
        gives(r, rows[i].want);
    }
    unsigned r = begin_value(TK_BOOL);
    op3(&a, OP_IN, r, text(&a, "b"), texts("a", "b"));
    gives(r, "true");
    r = begin_value(TK_BOOL);
    op3(&a, OP_IN, r, number(&a, 3), numbers(1, 2));
    gives(r, "false");
}

static void index_edges(void **state)
{
    (void)state;
    static const int64_t bad[] = {-1, 2, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < 4; i++) {
        unsigned r = begin_value(TK_TEXT);
        op3(&a, OP_INDEX, r, texts("a", "b"), number(&a, bad[i]));
        fails(r, GATE_E_LIMIT, "there is no item of that number in a list of 2 items");
    }
    unsigned r = begin_value(TK_TEXT), half = reg(&a, TK_NUMBER);
    load(&a, half, (Value){.tag = V_NUMBER, .scale = 1, .u.i = 5});
    op3(&a, OP_INDEX, r, texts("a", "b"), half);
    fails(r, GATE_E_LIMIT, "with a fraction in its number");
}

static void functions(void **state)
{
    (void)state;
    static const struct { Builtin f; int64_t x, y; const char *want; } on_numbers[] = {
        {FN_count, 1, 2, "2"}, {FN_sum, 40, 2, "42"}, {FN_min, 4, 2, "2"}, {FN_max, 4, 2, "4"},
        {FN_min, 2, 4, "2"}, {FN_max, 2, 4, "4"}, {FN_first, 4, 2, "4"}, {FN_last, 4, 2, "2"}};
    for (size_t i = 0; i < sizeof on_numbers / sizeof *on_numbers; i++) {
        unsigned r = begin_value(TK_NUMBER);
        op3(&a, OP_FN, r, numbers(on_numbers[i].x, on_numbers[i].y), on_numbers[i].f);
        gives(r, on_numbers[i].want);
    }
    for (int bits = 0; bits < 4; bits++) {
        for (int f = FN_any; f <= FN_all; f++) {
            unsigned r = begin_value(TK_BOOL), list = reg(&a, T_BOOLS);
            unsigned one = constant(TK_BOOL, V_BOOL, bits & 1);
            constant(TK_BOOL, V_BOOL, bits >> 1);
            op3(&a, OP_LIST, list, one, 2);
            op3(&a, OP_FN, r, list, (unsigned)f);
            gives(r, (f == FN_any ? bits != 0 : bits == 3) ? "true" : "false");
        }
    }
    unsigned r = begin_value(TK_DURATION);
    op3(&a, OP_FN, r, reg(&a, T_DURATIONS), FN_sum);
    gives(r, "0s");
    r = begin_value(TK_NUMBER);
    op3(&a, OP_FN, r, reg(&a, T_NUMBERS), FN_max);
    fails(r, GATE_E_LIMIT, "max of an empty list");
    r = begin_value(TK_NUMBER);
    op3(&a, OP_FN, r, reg(&a, T_NUMBERS), FN_first);
    fails(r, GATE_E_LIMIT, "first of an empty list");
    r = begin_value(TK_TEXT);
    op3(&a, OP_FN, r, text(&a, "AbC \xc3\x84"), FN_lower);
    gives(r, "abc \xc3\x84");
    r = begin_value(TK_TEXT);
    op3(&a, OP_FN, r, text(&a, "az@`{[Z"), FN_upper);
    gives(r, "AZ@`{[Z");
    r = begin_value(TK_NUMBER);
    unsigned x = reg(&a, TK_NUMBER);
    load(&a, x, (Value){.tag = V_NUMBER, .scale = 3, .u.i = 1235});
    number(&a, 2);
    op3(&a, OP_FN, r, x, FN_round);
    gives(r, "1.24");
    r = begin_value(TK_NUMBER);
    x = number(&a, 1);
    number(&a, 19);
    op3(&a, OP_FN, r, x, FN_round);
    fails(r, GATE_E_LIMIT, "whole number of digits from 0 to 18");
    r = begin_value(TK_TEXT);
    x = text(&a, "there");
    text(&a, "other");
    op3(&a, OP_FN, r, x, FN_default);
    gives(r, "there");
}

static void patterns(void **state)
{
    (void)state;
    static const struct { Builtin f; const char *s, *p, *want; } rows[] = {
        {FN_starts_with, "gate", "ga", "true"}, {FN_starts_with, "gate", "at", "false"},
        {FN_starts_with, "g", "gate", "false"}, {FN_starts_with, "gate", "", "true"},
        {FN_ends_with, "gate", "te", "true"}, {FN_ends_with, "gate", "at", "false"},
        {FN_ends_with, "e", "gate", "false"}, {FN_ends_with, "", "", "true"},
        {FN_matches, "web-01", "web-*", "true"}, {FN_matches, "web-01", "web-??", "true"},
        {FN_matches, "web-01", "web-?", "false"}, {FN_matches, "", "*", "true"},
        {FN_matches, "", "?", "false"}, {FN_matches, "abcabd", "*abd", "true"},
        {FN_matches, "aaaaaaab", "*a*a*b", "true"}, {FN_matches, "aaaaaaac", "*a*a*b", "false"},
        {FN_matches, "\xc3\xa4", "?", "true"}, {FN_matches, "\xc3\xa4x", "?", "false"},
        {FN_matches, "a\xe2\x82\xac""c", "a?c", "true"}, {FN_matches, "x", "", "false"},
        {FN_matches, "a*b", "a*b", "true"}, {FN_matches, "ab", "a**b", "true"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned r = begin_value(TK_BOOL), x = text(&a, rows[i].s);
        text(&a, rows[i].p);
        op3(&a, OP_FN, r, x, rows[i].f);
        gives(r, rows[i].want);
    }
}

/* --- jumps, loops ------------------------------------------------------------------- */

static void jumps(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_NUMBER), c = constant(TK_BOOL, V_BOOL, 0);
    uint32_t to_else = opx(&a, OP_JF, c, 0);
    load(&a, r, val_int(1));
    uint32_t to_end = opx(&a, OP_JMP, 0, 0);
    land(&a, to_else);
    load(&a, r, val_int(2));
    land(&a, to_end);
    gives(r, "2");
    r = begin_value(TK_NUMBER);
    c = reg(&a, TK_BOOL);
    op3(&a, OP_UNKNOWN, c, 0, 0);
    to_else = opx(&a, OP_JU, c, 0);
    load(&a, r, val_int(1));
    land(&a, to_else);
    gives(r, "0");
    r = begin_value(TK_NUMBER);
    c = reg(&a, TK_BOOL);
    op3(&a, OP_UNKNOWN, c, 0, 0);
    to_else = opx(&a, OP_JF, c, 0);
    load(&a, r, val_int(1));
    land(&a, to_else);
    fails(r, GATE_E_REFUSED, "not known yet");
    /* A record register begins absent. */
    r = begin_value(TK_NUMBER);
    c = reg(&a, T_RECORD);
    to_else = opx(&a, OP_JA, c, 0);
    load(&a, r, val_int(1));
    land(&a, to_else);
    gives(r, "0");
}

/* sum of a list, with a loop. */
static void loops(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_NUMBER), list = numbers(40, 2);
    unsigned it = reg(&a, T_ITER_NUMBER), item = reg(&a, TK_NUMBER);
    op3(&a, OP_ITER, it, list, 0);
    uint32_t next = opx(&a, OP_NEXT, it, 0);
    op3(&a, OP_ADD, r, r, item);
    jump_back(&a, next);
    land(&a, next);
    gives(r, "42");
    r = begin_value(TK_NUMBER);
    list = reg(&a, T_NUMBERS);
    it = reg(&a, T_ITER_NUMBER);
    reg(&a, TK_NUMBER);
    op3(&a, OP_UNKNOWN, list, 0, 0);
    op3(&a, OP_ITER, it, list, 0);
    next = opx(&a, OP_NEXT, it, 0);
    jump_back(&a, next);
    land(&a, next);
    fails(r, GATE_E_REFUSED, "not known yet");
}

/* --- unknown and absent ------------------------------------------------------------- */

static void unknown_poisons(void **state)
{
    (void)state;
    static const VmOpcode numeric[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV};
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < 4; i++) {
            unsigned r = begin_value(TK_NUMBER), x = number(&a, 0), u = reg(&a, TK_NUMBER);
            op3(&a, OP_UNKNOWN, u, 0, 0);
            op3(&a, numeric[i], r, side ? u : x, side ? x : u);
            gives(r, "(not known yet)");
        }
    }
    static const struct { VmOpcode op; uint32_t tr, tx, ty; } rows[] = {
        {OP_EQ, TK_BOOL, TK_TEXT, TK_TEXT}, {OP_NE, TK_BOOL, TK_TEXT, TK_TEXT},
        {OP_LT, TK_BOOL, TK_NUMBER, TK_NUMBER}, {OP_LE, TK_BOOL, TK_NUMBER, TK_NUMBER},
        {OP_IN, TK_BOOL, TK_TEXT, T_TEXTS}, {OP_WITHOUT, T_TEXTS, T_TEXTS, TK_TEXT},
        {OP_INDEX, TK_TEXT, T_TEXTS, TK_NUMBER}, {OP_APPEND, T_TEXTS, T_TEXTS, TK_TEXT},
        {OP_NOT, TK_BOOL, TK_BOOL, TK_BOOL}, {OP_NEG, TK_NUMBER, TK_NUMBER, TK_NUMBER}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned r = begin_value(rows[i].tr), x = reg(&a, rows[i].tx), y = reg(&a, rows[i].ty);
        op3(&a, OP_UNKNOWN, x, 0, 0);
        op3(&a, rows[i].op, r, x, y);
        gives(r, "(not known yet)");
    }
    unsigned r = begin_value(TK_TEXT), x = text(&a, "a");
    op3(&a, OP_UNKNOWN, reg(&a, TK_NUMBER), 0, 0);
    op3(&a, OP_TEXT, r, x, 2);
    gives(r, "(not known yet)");
    r = begin_value(TK_TEXT);
    unsigned rec = reg(&a, T_RECORD), one = text(&a, "a");
    op3(&a, OP_UNKNOWN, reg(&a, TK_NUMBER), 0, 0);
    op3(&a, OP_RECORD, rec, one, 2);
    op3(&a, OP_MEMBER, r, rec, 0);
    gives(r, "(not known yet)");
    r = begin_value(TK_NUMBER);
    unsigned list = reg(&a, T_NUMBERS);
    op3(&a, OP_UNKNOWN, list, 0, 0);
    op3(&a, OP_FN, r, list, FN_sum);
    gives(r, "(not known yet)");
}

static void absent_traps(void **state)
{
    (void)state;
    /* A member of a record that is not there. */
    unsigned r = begin_value(TK_TEXT), rec = reg(&a, T_RECORD);
    op3(&a, OP_MEMBER, r, rec, 0);
    fails(r, GATE_E_NOTFOUND, "a value is missing");
    r = begin_value(TK_BOOL);
    rec = reg(&a, T_RECORD);
    op3(&a, OP_EQ, r, rec, rec);
    fails(r, GATE_E_NOTFOUND, "default(value, other)");
    r = begin_value(T_RECORDS);
    rec = reg(&a, T_RECORD);
    op3(&a, OP_LIST, r, rec, 1);
    fails(r, GATE_E_NOTFOUND, "a value is missing");
    r = begin_value(T_RECORD);
    fails(r, GATE_E_NOTFOUND, "a value is missing");
    /* MOVE does not read, default() does and takes the other. */
    r = begin_value(TK_TEXT);
    rec = reg(&a, T_RECORD);
    unsigned x = reg(&a, T_RECORD), y = reg(&a, T_RECORD), made = text(&a, "other"), z = reg(&a, T_RECORD);
    (void)z;
    op3(&a, OP_MOVE, x, rec, 0);
    unsigned parts = text(&a, "other");
    number(&a, 1);
    op3(&a, OP_RECORD, y, parts, 2);
    op3(&a, OP_FN, z, x, FN_default);
    op3(&a, OP_MEMBER, r, z, 0);
    (void)made;
    gives(r, "other");
    r = begin_value(T_RECORD);
    x = reg(&a, T_RECORD);
    reg(&a, T_RECORD);
    op3(&a, OP_FN, r, x, FN_default);
    fails(r, GATE_E_NOTFOUND, "a value is missing");
}

/* Lists from outside may hold what is not known: an answer only where it cannot
 * change by what is not known. */
static void unknown_items(void **state)
{
    (void)state;
    static const struct { const char *item; bool known_last; const char *want; } rows[] = {
        {"a", false, "true"}, {"b", false, "(not known yet)"}, {"b", true, "false"}};
    for (size_t i = 0; i < 3; i++) {
        start(&a);
        *ADD(&a, inputs) = (ProgInput){str(&a, "names"), T_TEXTS, PROG_NONE, PROG_NONE, PROG_NONE, 0};
        *ADD(&a, spans) = (ProgSpan){0, 1, 1};
        open_func(&a, FK_REQUIRE, "in", TK_BOOL);
        unsigned r = reg(&a, TK_BOOL), list = reg(&a, T_TEXTS);
        opx(&a, OP_INPUT, list, 0);
        op3(&a, OP_IN, r, text(&a, rows[i].item), list);
        op3(&a, OP_RET, r, 0, 0);
        uint32_t f = close_func(&a);
        Value items[2] = {val_text(STR("a")), {.tag = V_UNKNOWN}};
        if (rows[i].known_last)
            items[1] = val_text(STR("c"));
        Value input = {.tag = V_LIST, .len = 2, .u.items = items};
        VmOutcome out;
        Program *p = verified(&a);
        VmRun run = run_with(p, f, NULL, &input, 1000, &out);
        assert_int_equal(out, VM_ENDED);
        Buf b = {0};
        val_print(run.result, &b);
        assert_string_equal(buf_z(&b), rows[i].want);
        buf_free(&b);
        prog_free(p);
    }
}

/* --- limits ----------------------------------------------------------------------------- */

static void fuel_has_an_edge(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_NUMBER);
    load(&a, r, val_int(1));
    op3(&a, OP_RET, r, 0, 0);
    close_func(&a);
    Program *p = verified(&a);
    VmOutcome out;
    /* One for the register, one for each instruction. */
    VmRun run = run_with(p, 0, NULL, NULL, 3, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(run.fuel_used, 3);
    run = run_with(p, 0, NULL, NULL, 2, &out);
    assert_int_equal(out, VM_FAILED);
    assert_int_equal(run.status, GATE_E_FUEL);
    assert_int_equal(run.fuel_used, 2);
    assert_string_equal(run.error, "this section takes more steps than one may take (2)");
    run = run_with(p, 0, NULL, NULL, 0, &out);
    assert_int_equal(run.status, GATE_E_FUEL);
    prog_free(p);
}

/* Doubling: bytes copied are paid for, lists and texts have their limits. */
static void growth_ends(void **state)
{
    (void)state;
    unsigned r = begin_value(TK_TEXT);
    load_text(&a, r, "0123456789abcdef");
    for (int i = 0; i < 16; i++)
        op3(&a, OP_ADD, r, r, r);
    VmOutcome out;
    VmRun run = finish(r, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(run.result.len, LIM_TEXT_BYTES);
    assert_true(run.fuel_used >= 2 * LIM_TEXT_BYTES - 16);
    r = begin_value(TK_TEXT);
    load_text(&a, r, "0123456789abcdef");
    for (int i = 0; i < 17; i++)
        op3(&a, OP_ADD, r, r, r);
    fails(r, GATE_E_LIMIT, "a text would be longer than 1048576 bytes");
    r = begin_value(T_TEXTS);
    unsigned list = texts("a", "b");
    op3(&a, OP_MOVE, r, list, 0);
    for (int i = 0; i < 16; i++)
        op3(&a, OP_ADD, r, r, r);
    fails(r, GATE_E_LIMIT, "a list would have more than 100000 items");
}

static void arena_has_a_cap(void **state)
{
    (void)state;
    Arena *whole = arena;
    arena = arena_new(1000);
    unsigned r = begin_value(TK_TEXT);
    load_text(&a, r, "0123456789abcdef");
    for (int i = 0; i < 8; i++)
        op3(&a, OP_ADD, r, r, r);
    fails(r, GATE_E_MEMORY, "this section needs more memory than one may use");
    arena_free(arena);
    arena = whole;
}

/* [x, x] of [x, x] of ...: what is made can be written down, or is refused. */
static void no_exponential_values(void **state)
{
    (void)state;
    start(&a);
    uint32_t type = TK_NUMBER;
    open_func(&a, FK_VALUE, "v", TK_BOOL);
    unsigned answer = reg(&a, TK_BOOL), last = 0;
    for (int i = 0; i < 26; i++) {
        add_list(&a, TK_LIST, type);
        unsigned one = reg(&a, type);
        reg(&a, type);
        if (i > 0)
            op3(&a, OP_MOVE, one, last, 0);
        if (i > 0)
            op3(&a, OP_MOVE, one + 1, last, 0);
        type = a.p.n_types - 1;
        last = reg(&a, type);
        op3(&a, OP_LIST, last, one, 2);
    }
    op3(&a, OP_EQ, answer, last, last);
    fails(answer, GATE_E_FUEL, "takes more steps");
}

/* --- bodies and the host ---------------------------------------------------------------- */

static Value names_of(Value items[2])
{
    items[0] = val_text(STR("ann"));
    items[1] = val_text(STR("bob"));
    return (Value){.tag = V_LIST, .len = 2, .u.items = items};
}

static Host ready(void)
{
    static Value status[2], record[2];
    Host h = {.call_answer = VM_READY};
    status[0] = val_int(0);
    status[1] = val_text(STR("out"));
    record[0] = val_text(STR("old"));
    record[1] = val_int(1);
    h.call_result = (Value){.tag = V_RECORD, .len = 2, .u.items = status};
    h.result = (Value){.tag = V_RECORD, .len = 2, .u.items = record};
    return h;
}

static VmRun body(int phase, Host *h, VmOutcome *out)
{
    static Program *kept;
    Value items[2], inputs[2] = {names_of(items), val_int(3)};
    Marks m = everything(&a);
    if (kept != NULL)
        prog_free(kept);
    kept = verified(&a);
    return run_with(kept, m.body[phase], h, inputs, LIM_FUEL, out);
}

/* Both tools of the look phase's world give records of two members, text and
 * number; the host's answer for it is its `result`. */
static Host ready_look(void)
{
    Host h = ready();
    h.call_result = h.result;
    return h;
}

static void whole_bodies(void **state)
{
    (void)state;
    VmOutcome out;
    Host h = ready_look();
    VmRun run = body(0, &h, &out);
    assert_int_equal(out, VM_ENDED);
    assert_string_equal(h.log, "begin 0; call 0 #0(x); done 0; check 0 true; tell 0 done; ");
    assert_int_equal(run.fuel_used, 3 + 11 + 1); /* registers, instructions, an argument */
    h = ready();
    h.call_result.tag = V_UNKNOWN; /* fits every tool's result */
    body(1, &h, &out);
    assert_int_equal(out, VM_ENDED);
    assert_string_equal(
        h.log, "begin 1; call 4 #0(ann) undo 4(ann) element 0 ann; "
               "call 4 #1(bob) undo 4(bob) element 1 bob; done 1; "
               "begin 2; call 1 #2(out) read; call 3 #3(out, text) undo 2(out, (not known yet)); done 2; "
               "begin 3; call 5 #4(rm); done 3; ");
}

static void bodies_need_their_fuel(void **state)
{
    (void)state;
    for (int phase = 0; phase < 3; phase++) {
        Value items[2], inputs[2] = {names_of(items), val_int(3)};
        VmOutcome out;
        Host h = ready();
        h.call_result = h.result = h.answer = (Value){.tag = V_UNKNOWN};
        VmRun run = body(phase, &h, &out);
        assert_int_equal(out, VM_ENDED);
        needs_its_fuel(run.program, run.func, &h, inputs, run.fuel_used);
    }
}

/* A call that waits: all elements are under way, and DONE is where it ends. */
static void waiting(void **state)
{
    (void)state;
    VmOutcome out;
    Host h = ready();
    h.call_answer = h.done_answer = VM_WAIT;
    body(1, &h, &out);
    assert_int_equal(out, VM_SUSPENDED);
    assert_string_equal(h.log, "begin 1; call 4 #0(ann) undo 4(ann) element 0 ann; "
                               "call 4 #1(bob) undo 4(bob) element 1 bob; done 1; ");
    /* A read that waits ends it at once. */
    h = ready();
    h.call_answer = VM_WAIT;
    body(1, &h, &out);
    assert_int_equal(out, VM_SUSPENDED);
    assert_non_null(strstr(h.log, "call 1 #2(out) read; "));
    assert_null(strstr(h.log, "call 3"));
}

static void answers(void **state)
{
    (void)state;
    static const struct { size_t at; const char *log; } places[] = {
        {offsetof(Host, begin_answer), "begin 0; "},
        {offsetof(Host, call_answer), "begin 0; call 0 #0(x); "},
        {offsetof(Host, done_answer), "begin 0; call 0 #0(x); done 0; "},
        {offsetof(Host, check_answer), "begin 0; call 0 #0(x); done 0; check 0 true; "},
        {offsetof(Host, tell_answer), "begin 0; call 0 #0(x); done 0; check 0 true; tell 0 done; "}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        VmOutcome out;
        for (int stop = 0; stop < 2; stop++) {
            Host h = ready_look();
            *(VmAnswer *)((char *)&h + places[i].at) = stop ? VM_STOP : VM_WAIT;
            if (!stop && i == 1)
                continue; /* an action's call that waits goes on: above */
            VmRun run = body(0, &h, &out);
            assert_int_equal(out, stop ? VM_STOPPED : VM_SUSPENDED);
            assert_int_equal(run.status, GATE_OK);
            assert_string_equal(h.log, places[i].log);
        }
    }
}

/* when: false skips, unknown stages as conditional. */
static void whens(void **state)
{
    (void)state;
    VmOutcome out;
    Value items[2], inputs[2] = {names_of(items), val_int(3)};
    Marks m = everything(&a);
    a.consts[0].num = 0; /* the first constant of look.body is its `when` */
    a.code[m.see_done + 1] = ins_ax(OP_LOADK, 0, 0);
    Program *p = verified(&a);
    Host h = ready_look();
    run_with(p, m.body[0], &h, inputs, LIM_FUEL, &out);
    assert_int_equal(out, VM_ENDED);
    assert_string_equal(h.log, "begin 0; skip 0; check 0 false; tell 0 done; ");
    prog_free(p);
    m = everything(&a);
    a.code[m.see_when - 1] = ins_abc(OP_UNKNOWN, 0, 0, 0);
    p = verified(&a);
    h = ready_look();
    run_with(p, m.body[0], &h, inputs, LIM_FUEL, &out);
    assert_int_equal(out, VM_ENDED);
    assert_string_equal(h.log, "begin 0; call 0 #0(x) conditional; done 0; check 0 true; tell 0 done; ");
    prog_free(p);
}

static void results(void **state)
{
    (void)state;
    start(&a);
    Marks m = {0};
    make_tables(&a, &m);
    open_func(&a, FK_REQUIRE, "reads a result", TK_BOOL);
    unsigned r = reg(&a, TK_BOOL), rec = reg(&a, T_RECORD), t = reg(&a, TK_TEXT);
    opx(&a, OP_RESULT, rec, A_SEE);
    op3(&a, OP_MEMBER, t, rec, 0);
    op3(&a, OP_EQ, r, t, text(&a, "old"));
    op3(&a, OP_RET, r, 0, 0);
    uint32_t f = close_func(&a);
    Program *p = verified(&a);
    VmOutcome out;
    Host h = ready();
    VmRun run = run_with(p, f, &h, NULL, 100, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(run.result.u.i, 1);
    h = ready();
    h.result.tag = V_UNKNOWN;
    run = run_with(p, f, &h, NULL, 100, &out);
    assert_int_equal(run.result.tag, V_UNKNOWN);
    h = ready();
    h.result.tag = V_ABSENT;
    run = run_with(p, f, &h, NULL, 100, &out);
    assert_int_equal(run.status, GATE_E_NOTFOUND);
    h = ready();
    h.result_answer = VM_WAIT;
    run_with(p, f, &h, NULL, 100, &out);
    assert_int_equal(out, VM_SUSPENDED);
    h = ready();
    h.result = val_int(1); /* not what the program was promised */
    run = run_with(p, f, &h, NULL, 100, &out);
    assert_int_equal(run.status, GATE_E_FORMAT);
    prog_free(p);
}

/* A body whose steps are people's, events' and polled checks': asked in order, and
 * the section rests where the host says so. */
static void steps_of_others(void **state)
{
    (void)state;
    static const char all[] = "begin 4; call 0 #0(x); done 4; begin 5; call 6 #1(x); done 5; "
                              "result 4; await 0; event 0; answer 0; task 0; answer 1; poll 1; ";
    Marks m = everything(&a);
    Program *p = verified(&a);
    VmOutcome out;
    Host h = ready();
    h.answer.tag = V_UNKNOWN;
    h.result.tag = V_UNKNOWN;
    h.call_result.tag = V_UNKNOWN;
    run_with(p, m.body[2], &h, NULL, LIM_FUEL, &out);
    assert_int_equal(out, VM_ENDED);
    assert_string_equal(h.log, all);
    static const VmAnswer answers[] = {VM_WAIT, VM_STOP};
    for (int i = 0; i < 2; i++) {
        h = ready();
        h.call_result.tag = V_UNKNOWN;
        h.step_answer = answers[i];
        run_with(p, m.body[2], &h, NULL, LIM_FUEL, &out);
        assert_int_equal(out, i == 0 ? VM_SUSPENDED : VM_STOPPED);
        assert_int_equal(strlen(h.log), strstr(all, "event") - all);
    }
    prog_free(p);
}

/* What people answered, and an event, are text from outside; a secret is only
 * its name, which is the plan's. */
static void foreign_values(void **state)
{
    (void)state;
    Marks m = everything(&a);
    open_func(&a, FK_REQUIRE, "r", TK_BOOL);
    unsigned yes = reg(&a, TK_BOOL), event = reg(&a, T_EVENT), secret = reg(&a, TK_SECRET);
    opx(&a, OP_ANSWER, yes, ASK_TASK);
    opx(&a, OP_SECRET, secret, 0);
    opx(&a, OP_EVENT, event, 0);
    op3(&a, OP_MEMBER, yes, event, 1);
    op3(&a, OP_RET, yes, 0, 0);
    uint32_t f = close_func(&a);
    Program *p = verified(&a);
    Value fields[2] = {{.tag = V_LIST}, val_bool(true)};
    VmOutcome out;
    Host h = ready();
    h.answer = val_bool(true);
    h.result = (Value){.tag = V_RECORD, .len = 2, .u.items = fields};
    VmRun run = run_with(p, f, &h, NULL, 1000, &out);
    assert_int_equal(out, VM_ENDED);
    assert_int_equal(run.result.flags, VF_TAINTED);
    assert_string_equal(h.log, "answer 1; event 0; ");
    h.answer = val_int(1); /* not what the program was promised */
    run = run_with(p, f, &h, NULL, 1000, &out);
    assert_int_equal(run.status, GATE_E_FORMAT);
    h.answer = val_bool(true);
    h.result_answer = VM_STOP;
    run_with(p, f, &h, NULL, 1000, &out);
    assert_int_equal(out, VM_STOPPED);
    (void)m;
    prog_free(p);
}

static VmRun run_about(const Program *p, uint32_t func, const Value *subject, VmOutcome *out)
{
    VmRun run = {.program = p, .func = func, .now_ms = 0, .subject = subject, .arena = arena,
                 .fuel = 1000};
    *out = vm_run(&run);
    return run;
}

/* Register 0 is what the section is about: an event is text from outside, a
 * policy's subject is the plan. */
static void subjects(void **state)
{
    (void)state;
    Marks m = everything(&a);
    Program *p = verified(&a);
    Value fields[2] = {{.tag = V_LIST}, val_bool(true)};
    Value event = {.tag = V_RECORD, .len = 2, .u.items = fields}, list = {.tag = V_LIST};
    VmOutcome out;
    VmRun run = run_about(p, m.start_where, &event, &out);
    assert_int_equal(out, VM_ENDED);
    assert_true(run.result.tag == V_BOOL && run.result.u.i == 1);
    assert_int_equal(run.result.flags, VF_TAINTED);
    fields[0] = val_text(STR("see"));
    run = run_about(p, m.rule_words, &event, &out);
    assert_int_equal(out, VM_ENDED);
    assert_true(str_is(val_str(run.result), "see"));
    assert_int_equal(run.result.flags, 0);
    run = run_about(p, m.rule, &event, &out); /* a record with fewer members */
    assert_int_equal(run.status, GATE_E_FORMAT);
    run = run_about(p, m.rule, &list, &out);
    assert_int_equal(run.status, GATE_E_FORMAT);
    list.tag = V_UNKNOWN;
    run = run_about(p, m.rule, &list, &out);
    assert_int_equal(run.status, GATE_E_FORMAT);
    run = run_about(p, m.rule, NULL, &out);
    assert_int_equal(out, VM_FAILED);
    assert_string_equal(run.error, "the program is malformed: a section is not given what it is about");
    p->regs[p->funcs[m.rule].regs_first].type = TK_TEXT; /* whatever stands in the file */
    run = run_about(p, m.rule, &event, &out);
    assert_int_equal(run.status, GATE_E_FORMAT);
    prog_free(p);
}

/* Text that came from outside stays marked, whatever is made of it. */
static void taint(void **state)
{
    (void)state;
    start(&a);
    Marks m = {0};
    make_tables(&a, &m);
    open_func(&a, FK_TEXT, "tainted", TK_TEXT);
    unsigned rec = reg(&a, T_RECORD), t = reg(&a, TK_TEXT), joint = reg(&a, TK_TEXT);
    unsigned list = reg(&a, T_TEXTS), low = reg(&a, TK_TEXT);
    opx(&a, OP_RESULT, rec, A_SEE);
    op3(&a, OP_MEMBER, t, rec, 0);
    op3(&a, OP_ADD, joint, t, text(&a, "!"));
    op3(&a, OP_FN, low, joint, FN_upper);
    op3(&a, OP_LIST, list, low, 1);
    op3(&a, OP_INDEX, t, list, number(&a, 0));
    op3(&a, OP_RET, t, 0, 0);
    uint32_t f = close_func(&a);
    Program *p = verified(&a);
    VmOutcome out;
    Host h = ready();
    VmRun run = run_with(p, f, &h, NULL, 1000, &out);
    assert_int_equal(out, VM_ENDED);
    assert_true(str_is(val_str(run.result), "OLD!"));
    assert_int_equal(run.result.flags, VF_TAINTED);
    run = run_with(p, m.words, &h, NULL, 1000, &out);
    assert_int_equal(run.result.flags, 0);
    prog_free(p);
}

/* What the verifier refuses does no harm to the interpreter either. */
static void stands_on_its_own_feet(void **state)
{
    (void)state;
    static const uint32_t codes[] = {
        OP_COUNT, 0xffffffff, OP_RET | 0xff00, OP_LOADK | UINT32_C(0xffff0000), OP_INPUT,
        OP_RESULT, OP_CALL, OP_UNDO, OP_ACTION, OP_DONE, OP_EACH, OP_WHEN, OP_CHECK, OP_TELL,
        OP_ANSWER, OP_EVENT, OP_SECRET, OP_TASK, OP_AWAIT, OP_POLL,
        OP_NEXT, OP_ITER, OP_MEMBER, OP_INDEX, OP_APPEND, OP_FN | UINT32_C(0xff000000),
        OP_JMP | UINT32_C(0x7fff0000), OP_JMP | UINT32_C(0x80000000), OP_JMP | UINT32_C(0xffff0000),
        OP_LIST | UINT32_C(0xfffe0000), OP_NOP};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        start(&a);
        open_func(&a, FK_VALUE, "bad", TK_NUMBER);
        reg(&a, TK_NUMBER);
        a.code[a.p.n_code++] = codes[i];
        close_func(&a);
        Program *p = loaded(&a);
        VmOutcome out;
        VmRun run = run_with(p, 0, NULL, NULL, 1000, &out);
        assert_int_equal(out, VM_FAILED);
        assert_true(run.error[0] != '\0');
        prog_free(p);
    }
    start(&a);
    one_value(&a, FK_VALUE, "v", TK_NUMBER, val_int(1));
    Program *p = loaded(&a);
    VmRun run = {.program = p, .now_ms = INT64_MAX, .fuel = 100};
    assert_int_equal(vm_run(&run), VM_FAILED);
    prog_free(p);
}

static void calls_have_a_limit(void **state)
{
    (void)state;
    /* LIM_CALLS elements, and one more, each with its call. */
    Value *items = arena_array(arena, sizeof *items, LIM_LIST_ITEMS);
    for (int i = 0; i < LIM_LIST_ITEMS; i++)
        items[i] = val_text(STR("x"));
    Value inputs[2] = {{.tag = V_LIST, .len = LIM_CALLS, .u.items = items}, val_int(3)};
    Marks m = everything(&a);
    Program *p = verified(&a);
    VmOutcome out;
    Host h = ready();
    h.call_result.tag = V_UNKNOWN;
    memset(h.log, 'x', sizeof h.log - 1); /* too much to note */
    VmRun run = run_with(p, m.body[1], &h, inputs, LIM_FUEL, &out);
    assert_int_equal(out, VM_FAILED);
    assert_int_equal(run.status, GATE_E_LIMIT);
    assert_string_equal(run.error, "this section calls tools more than 100000 times");
    assert_int_equal(h.ordinals, LIM_CALLS);
    prog_free(p);
}

static void every_opcode_ran(void **state)
{
    (void)state;
    for (uint32_t op = 0; op < OP_COUNT; op++)
        if ((seen_ops[op / 64] >> op % 64 & 1) == 0)
            fail_msg("%s never ran in these tests", vm_opcode_name(op));
    assert_string_equal(vm_opcode_name(OP_COUNT), "?");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(simple), TEST(arithmetic), TEST(texts_and_lists), TEST(in_and_part), TEST(index_edges),
        TEST(functions), TEST(patterns), TEST(jumps), TEST(loops), TEST(unknown_poisons),
        TEST(absent_traps), TEST(unknown_items), TEST(fuel_has_an_edge), TEST(growth_ends),
        TEST(arena_has_a_cap), TEST(no_exponential_values), TEST(whole_bodies),
        TEST(bodies_need_their_fuel), TEST(waiting),
        TEST(answers), TEST(whens), TEST(results), TEST(steps_of_others),
        TEST(foreign_values), TEST(subjects), TEST(taint), TEST(stands_on_its_own_feet),
        TEST(calls_have_a_limit), TEST(every_opcode_ran),
    };
    return cmocka_run_group_tests_name("core vm", tests, NULL, NULL);
}
