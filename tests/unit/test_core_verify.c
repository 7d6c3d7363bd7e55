/* Each rule of the verifier has programs that break it and nothing else (breaches.def),
 * and where it leaves a choice, programs that make it (variants.def). What is unknown
 * while a phase is staged: test_core_flow.c. */
#include "tests/unit/test_core_util.h"

static Asm a;
static Marks m;
/* Of everything(), by name. */
static ProgPhase *const look = &a.phases[0], *const go = &a.phases[1], *const people = &a.phases[2];
static ProgGate *const gate = &a.gates[0];
static uint32_t *const code = a.code;

static void accepts(void **state)
{
    (void)state;
    everything(&a);
    prog_free(verified(&a));
}

/* An argument of the second phase's gate that may vary. */
static void vary(uint32_t action, uint32_t param)
{
    *ADD(&a, varies) = (ProgVary){action, param, 0};
    a.gates[0].varies_count = 1;
}

/* Waves of its `each`: one, then so much. */
static void waves(uint32_t first, uint32_t percent)
{
    *ADD(&a, waves) = (ProgWave){0, first};
    *ADD(&a, waves) = (ProgWave){1, percent};
    a.actions[A_EACH].waves_count = 2;
}

static void another_calendar(void)
{
    *ADD(&a, calendars) = a.calendars[0];
    a.calendars[1].name = str(&a, "other");
}

static const char long_name[] =
    "a123456789b123456789c123456789d123456789e123456789f123456789g123456789"
    "h123456789i123456789j123456789k123456789l123456789m123456789";

/* A section of that kind without a register. */
static uint32_t bare_section(FuncKind kind)
{
    open_func(&a, kind, "bare", TK_BOOL);
    op3(&a, OP_RET, 0, 0, 0);
    return close_func(&a);
}

static uint32_t gives_true(uint32_t type)
{
    open_func(&a, FK_RULE, "r", TK_BOOL);
    reg(&a, type);
    load(&a, reg(&a, TK_BOOL), val_bool(true));
    op3(&a, OP_RET, 1, 0, 0);
    return close_func(&a);
}

/* A rule about what would be an action, were member n of its own type. */
static uint32_t other_subject(uint32_t n, uint32_t type)
{
    uint32_t whole = subject_type(&a, SUBJECT_ACTION);
    a.fields[a.types[whole].fields_first + n].type = type;
    if (n == 0)
        a.fields[a.types[whole].fields_first].name = str(&a, "other");
    return gives_true(whole);
}

/* The same of a phase. */
static uint32_t phase_subject(const char *member, uint32_t type)
{
    uint32_t whole = subject_type(&a, SUBJECT_PHASE);
    a.fields[a.types[whole].fields_first + member_of(SUBJECT_PHASE, member)].type = type;
    return gives_true(whole);
}

/* An action with one member more, of no name and the last one's type. */
static uint32_t subject_more(void)
{
    uint32_t whole = subject_type(&a, SUBJECT_ACTION), last = a.fields[a.p.n_fields - 1].type;
    *ADD(&a, fields) = (ProgField){0, last};
    a.types[whole].fields_count++;
    return gives_true(whole);
}

/* --- a section that a phase knows nothing of ----------------------------------------- */

#define NOP ins_abc(OP_NOP, 0, 0, 0)
#define ITER ins_abc(OP_ITER, 3, 2, 0)
#define ITER8 ins_abc(OP_ITER, 8, 2, 0)
#define JMP(s) ins_ax(OP_JMP, 0, (uint32_t)(s) & 0xffff)
#define EXTRA(...) \
    extra((const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Its registers: 0 text, 1 bool, 2 texts, 3 a loop over them, 4 its element, 5 number,
 * 6 a record, 7 numbers, 8 another loop, 9 its element, 10 email, 11 one of, 12 a
 * secret, 13 emails, 14 another record, 15 records, 16 a loop without a place for its
 * element. */
static void extra(const uint32_t *what, size_t n)
{
    static const uint32_t types[] = {TK_TEXT, TK_BOOL, T_TEXTS, T_ITER_TEXT, TK_TEXT, TK_NUMBER, T_RECORD,
                                     T_NUMBERS, T_ITER_TEXT, TK_TEXT, TK_EMAIL, T_ONEOF, TK_SECRET,
                                     T_EMAILS, T_STATUS, T_RECORDS, T_ITER_TEXT};
    open_func(&a, FK_REQUIRE, "extra", TK_BOOL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        reg(&a, types[i]);
    *ADD(&a, consts) = (ProgConst){.tag = V_TEXT};
    for (size_t i = 0; i < n; i++)
        code[a.p.n_code++] = what[i];
    op3(&a, OP_RET, 1, 0, 0);
    close_func(&a);
}

/* Constants as the verifier takes them, in a section of their own. */
static void constants(void)
{
    static const ProgConst all[] = {
        {V_BOOL, 0, 0, 0}, {V_BOOL, 0, 1, 0}, {V_NUMBER, 0, 10, 0}, {V_NUMBER, 18, 5, 0},
        {V_PERCENT, 1, 25, 0}, {V_TEXT, 0, 0, 1}, {V_DATE, 0, 20000, 0}, {V_TIME, 0, 0, 0},
        {V_TIME, 0, 86400000, 0}, {V_INSTANT, 0, 1, 0}, {V_LEVEL, 0, 0, 0}, {V_LEVEL, 0, 3, 0},
        {V_SIZE, 0, -1, 0}, {V_DURATION, 0, -1, 0}};
    open_func(&a, FK_REQUIRE, "constants", TK_BOOL);
    reg(&a, TK_BOOL);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *ADD(&a, consts) = all[i];
    op3(&a, OP_RET, 0, 0, 0);
    close_func(&a);
}

/* A range of no registers may begin where the last one ends. */
static void empties(void)
{
    add_record(&a, TK_RECORD, NULL, NULL, 0);
    open_func(&a, FK_REQUIRE, "empties", TK_BOOL);
    unsigned yes = reg(&a, TK_BOOL), list = reg(&a, T_TEXTS), text = reg(&a, TK_TEXT);
    unsigned nothing = reg(&a, a.p.n_types - 1);
    op3(&a, OP_LIST, list, nothing + 1, 0);
    op3(&a, OP_TEXT, text, nothing + 1, 0);
    op3(&a, OP_RECORD, nothing, nothing + 1, 0);
    op3(&a, OP_RET, yes, 0, 0);
    close_func(&a);
}

static void extra_call(FuncKind kind, unsigned r, SiteRole role)
{
    open_func(&a, kind, "extra", TK_BOOL);
    for (unsigned i = 0; i < 15; i++)
        reg(&a, i == r ? T_RECORD : i == 1 ? TK_BOOL : TK_TEXT);
    opx(&a, OP_CALL, r, site(&a, I_HASH, role == SITE_READ ? PROG_NONE : A_SEE, role));
    op3(&a, OP_RET, 1, 0, 0);
    close_func(&a);
}

/* The type of a register of go.body. */
static uint32_t *go_type(unsigned r)
{
    return &a.more_regs[a.funcs[m.body[1]].regs_first + r].type;
}

/* A type beside the subject's, with its members: one of them. */
static uint32_t oneof_subject(void)
{
    uint32_t whole = subject_type(&a, SUBJECT_ACTION);
    a.types[whole].kind = TK_ONEOF;
    for (uint32_t i = 0; i < a.types[whole].fields_count; i++)
        a.fields[a.types[whole].fields_first + i].type = PROG_NONE;
    return gives_true(whole);
}

static void swap(uint32_t x, uint32_t y)
{
    uint32_t i = a.code[x];
    a.code[x] = a.code[y];
    a.code[y] = i;
}

/* Damages everything() in the way that stands in that line of breaches.def, and
 * gives what the verifier must say; NULL: the line has none. */
static const char *breach(int line)
{
    m = everything(&a);
    switch (line) {
#define BREACH(want, ...) case __LINE__: __VA_ARGS__; return want;
#include "tests/unit/breaches.def"
#undef BREACH
    default: return NULL;
    }
}

enum { BREACHES = 0
#define BREACH(want, ...) + 1
#include "tests/unit/breaches.def"
#undef BREACH
};

static void refuses(void **state)
{
    (void)state;
    int found = 0, wrong = 0;
    for (int line = 1; found < BREACHES; line++) {
        const char *want = breach(line);
        if (want == NULL)
            continue;
        Buf why = {0}, bytes = {0};
        Program *p = NULL;
        assert_int_equal(prog_write(&a.p, &bytes), GATE_OK);
        GateStatus s = prog_read(buf_view(&bytes), &p, &why);
        if (s == GATE_OK)
            s = prog_verify(p, &why);
        if (s != GATE_E_FORMAT || strstr(buf_z(&why), want) == NULL) {
            print_message("tests/unit/breaches.def:%d: wanted `%s`, got `%s`\n", line, want,
                          s == GATE_OK ? "accepted" : buf_z(&why));
            wrong++;
        }
        buf_free(&why);
        buf_free(&bytes);
        prog_free(p);
        found++;
    }
    assert_int_equal(wrong, 0);
}

/* The third phase without its task: it awaits twice, and looks in between. */
static void lone_awaits(void)
{
    *ADD(&a, awaits) = (ProgAwait){2, str(&a, "more"), 0, PROG_NONE, PROG_NONE, OW_STOP, 0};
    a.phases[2].awaits_count = 2;
    a.phases[2].tasks_count = a.p.n_tasks = a.tasks[0].asks_count = 0;
    a.gates[1].asks_count = 1;
    a.p.n_asks = 1;
    a.actions[A_ONE].together = a.actions[A_TWO].together = 0;
    a.code[m.between] = ins_ax(OP_AWAIT, 0, 0);
    a.code[m.await] = ins_ax(OP_AWAIT, 0, 1);
    a.code[m.task] = a.code[m.task_answer] = NOP;
}

/* Changes everything() as that line of variants.def says; false: it says nothing. */
static bool variant(int line)
{
    m = everything(&a);
    switch (line) {
#define VARIANT(what, ...) case __LINE__: __VA_ARGS__; return true;
#include "tests/unit/variants.def"
#undef VARIANT
    default: return false;
    }
}

enum { VARIANTS = 0
#define VARIANT(what, ...) + 1
#include "tests/unit/variants.def"
#undef VARIANT
};

static void accepts_variants(void **state)
{
    (void)state;
    int found = 0, wrong = 0;
    for (int line = 1; found < VARIANTS; line++) {
        if (!variant(line))
            continue;
        Buf why = {0};
        Program *p = loaded(&a);
        if (prog_verify(p, &why) != GATE_OK) {
            print_message("tests/unit/variants.def:%d: refused: %s\n", line, buf_z(&why));
            wrong++;
        }
        buf_free(&why);
        prog_free(p);
        found++;
    }
    assert_int_equal(wrong, 0);
}

/* Sentences name the function, the instruction and its opcode. */
static void names_the_place(void **state)
{
    (void)state;
    Buf why = {0};
    m = everything(&a);
    a.code[m.see_call - 1] = ins_abc(OP_MOVE, 2, 0, 0);
    Program *p = loaded(&a);
    prog_verify(p, &why);
    assert_string_equal(buf_z(&why), "function 0 `look.body`, instruction 3 (MOVE): register 0 holds "
                                     "bool where text is wanted");
    buf_free(&why);
    prog_free(p);
}

static void nested_types(uint32_t depth, bool fits)
{
    start(&a);
    uint32_t type = TK_NUMBER;
    for (uint32_t i = 0; i < depth; i++) {
        assert_true(a.p.n_types < ROWS);
        add_list(&a, TK_LIST, type);
        type = a.p.n_types - 1;
    }
    Program *p = loaded(&a);
    assert_int_equal(prog_verify(p, NULL) == GATE_OK, fits);
    prog_free(p);
}

/* More rows than the fixed table of the helper hold: written as bytes. */
static void depth_of_types(void **state)
{
    (void)state;
    nested_types(30, true);
    enum { MOST = LIM_NESTING + 2 };
    static ProgType types[MOST + 1];
    static Str strings[1] = {{"", 0}};
    for (uint32_t n = LIM_NESTING; n <= MOST; n++) {
        Program p = {.types = types, .n_types = n + 1, .strings = strings, .n_strings = 1};
        types[0] = (ProgType){TK_NUMBER, PROG_NONE, 0, 0};
        for (uint32_t i = 1; i <= n; i++)
            types[i] = (ProgType){TK_LIST, i - 1, 0, 0};
        assert_int_equal(prog_verify(&p, NULL) == GATE_OK, n <= LIM_NESTING + 1);
    }
}

static void frame_edges(void **state)
{
    (void)state;
    for (uint32_t n = LIM_REGISTERS - 1; n <= LIM_REGISTERS + 1; n++) {
        start(&a);
        open_func(&a, FK_VALUE, "v", TK_NUMBER);
        for (uint32_t i = 0; i < n; i++)
            reg(&a, TK_NUMBER);
        load(&a, 0, val_int(1));
        op3(&a, OP_RET, 0, 0, 0);
        close_func(&a);
        Program *p = loaded(&a);
        assert_int_equal(prog_verify(p, NULL) == GATE_OK, n <= LIM_REGISTERS);
        prog_free(p);
    }
    static uint32_t long_code[LIM_FUNCTION_CODE + 1];
    for (uint32_t n = LIM_FUNCTION_CODE - 1; n <= LIM_FUNCTION_CODE + 1; n++) {
        start(&a);
        one_value(&a, FK_VALUE, "v", TK_NUMBER, val_int(1));
        memset(long_code, 0, sizeof long_code);
        long_code[n - 1] = ins_abc(OP_RET, 0, 0, 0);
        a.p.code = long_code;
        a.p.n_code = a.funcs[0].code_count = n;
        assert_int_equal(prog_verify(&a.p, NULL) == GATE_OK, n <= LIM_FUNCTION_CODE);
        a.funcs[0].kind = FK_BODY; /* no body of a phase, whatever its length */
        a.funcs[0].result = PROG_NONE;
        assert_int_equal(prog_verify(&a.p, NULL), GATE_E_FORMAT);
    }
    static ProgConst consts[LIM_FUNCTION_CONSTS + 1];
    for (uint32_t n = LIM_FUNCTION_CONSTS; n <= LIM_FUNCTION_CONSTS + 1; n++) {
        start(&a);
        one_value(&a, FK_VALUE, "v", TK_NUMBER, val_int(1));
        for (uint32_t i = 0; i < n; i++)
            consts[i] = a.consts[0];
        a.p.consts = consts;
        a.p.n_consts = a.funcs[0].consts_count = n;
        assert_int_equal(prog_verify(&a.p, NULL) == GATE_OK, n <= LIM_FUNCTION_CONSTS);
    }
}

/* An unknown that each round of a loop moves on: a few are followed to where
 * they come to rest, many are not. */
static void moved_on(void **state)
{
    (void)state;
    for (go_chain = 1; go_chain <= 8; go_chain++) {
        Buf why = {0};
        everything(&a);
        Program *p = loaded(&a);
        GateStatus st = prog_verify(p, &why);
        assert_int_equal(st == GATE_OK, go_chain <= 2);
        assert_int_equal(strstr(buf_z(&why), "its loops move values on in a way") != NULL, go_chain > 2);
        prog_free(p);
        buf_free(&why);
    }
    go_chain = 0;
}

/* Registers side by side: a tool's arguments and its result must fit. */
static void arguments_edge(void **state)
{
    (void)state;
    static ProgParam params[LIM_REGISTERS + 1];
    static ProgType types[] = {{TK_TEXT, PROG_NONE, 0, 0}, {TK_RECORD, PROG_NONE, 0, 0}};
    static Str strings[] = {{"", 0}, {"p", 1}};
    for (uint32_t n = LIM_REGISTERS - 1; n <= LIM_REGISTERS + 1; n++) {
        ProgImport import = {.pack = 1, .tool = 1, .from = PROG_NONE, .params_count = n, .result = 1};
        Program p = {.types = types, .n_types = 2, .strings = strings, .n_strings = 2, .params = params,
                     .n_params = n, .imports = &import, .n_imports = 1};
        assert_int_equal(prog_verify(&p, NULL) == GATE_OK, n < LIM_REGISTERS);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    everything(&a);
    Program *p = loaded(&a);
    int failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        mem_fail_at(n, false);
        GateStatus s = prog_verify(p, NULL);
        mem_fail_at(0, false);
        if (s == GATE_OK)
            break;
        assert_int_equal(s, GATE_E_MEMORY);
        failures++;
    }
    assert_true(failures > 3);
    prog_free(p);
}

static void levels(void **state)
{
    (void)state;
    static const struct { Effect e; bool exact; Reach r; bool many; int level; uint32_t people; } rows[] = {
        {EFF_READS, false, REACH_TENANT, true, 0, 0}, {EFF_TELLS, false, REACH_TENANT, true, 0, 0},
        {EFF_CHANGES, true, REACH_ONE, false, 0, 0},  {EFF_CHANGES, true, REACH_ONE, true, 1, 0},
        {EFF_CHANGES, true, REACH_MANY, false, 1, 0}, {EFF_CHANGES, true, REACH_TENANT, false, 2, 1},
        {EFF_CHANGES, false, REACH_ONE, false, 1, 0}, {EFF_CHANGES, false, REACH_ONE, true, 2, 1},
        {EFF_CHANGES, false, REACH_TENANT, true, 2, 1}, {EFF_DESTROYS, false, REACH_ONE, false, 2, 1},
        {EFF_DESTROYS, true, REACH_ONE, true, 2, 2},  {EFF_DESTROYS, false, REACH_TENANT, false, 2, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t least;
        assert_int_equal(effect_level(rows[i].e, rows[i].exact, rows[i].r, rows[i].many, &least), rows[i].level);
        assert_int_equal(least, rows[i].people);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts), cmocka_unit_test(accepts_variants), cmocka_unit_test(refuses),
        cmocka_unit_test(arguments_edge), cmocka_unit_test(moved_on), cmocka_unit_test(names_the_place),
        cmocka_unit_test(depth_of_types), cmocka_unit_test(frame_edges),
        cmocka_unit_test(out_of_memory), cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests_name("core verify", tests, NULL, NULL);
}
