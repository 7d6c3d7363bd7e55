/* The file format: there and back, every byte of it guarded. */
#include "tests/unit/test_core_util.h"

static Asm a;

static Buf bytes_of(void)
{
    Buf b = {0};
    everything(&a);
    assert_int_equal(prog_write(&a.p, &b), GATE_OK);
    return b;
}

static void round_trip(void **state)
{
    (void)state;
    Buf b = bytes_of(), again = {0}, twice = {0};
    Program *p = NULL;
    assert_int_equal(prog_read(buf_view(&b), &p, NULL), GATE_OK);
    assert_int_equal(p->n_actions, 6);
    assert_true(str_is(prog_str(p, p->phases[1].name), "go"));
    assert_int_equal(prog_clock_ms(p, p->gates[0].within), 86400000);
    assert_int_equal(prog_clock_ms(p, p->gates[0].good_for), -1); /* not said */
    assert_int_equal(prog_clock_ms(p, p->gates[1].within), -1);   /* business time */
    assert_int_equal(p->moments[MOMENT_INSTANT].ms, 86400000);
    assert_int_equal(prog_write(p, &again), GATE_OK);
    assert_true(str_eq(buf_view(&b), buf_view(&again)));
    assert_int_equal(prog_write(&a.p, &twice), GATE_OK);
    assert_true(str_eq(buf_view(&b), buf_view(&twice)));
    Hash h = hash_bytes(b.p, b.n);
    assert_true(hash_eq(&h, &p->hash));
    prog_free(p);
    buf_free(&b);
    buf_free(&again);
    buf_free(&twice);
}

static void finds(void **state)
{
    (void)state;
    everything(&a);
    Program *p = verified(&a);
    assert_int_equal(prog_find_phase(p, STR("go")), 1);
    assert_int_equal(prog_find_phase(p, STR("nowhere")), PROG_NONE);
    assert_int_equal(prog_find_action(p, 1, STR("wipe")), A_WIPE);
    assert_int_equal(prog_find_action(p, 0, STR("wipe")), PROG_NONE);
    assert_int_equal(prog_find_action(p, 7, STR("wipe")), PROG_NONE);
    assert_int_equal(prog_find_input(p, STR("n")), IN_N);
    assert_int_equal(prog_find_input(p, STR("m")), PROG_NONE);
    assert_int_equal(prog_str(p, 100000).n, 0);
    assert_string_equal(effect_word(EFF_DESTROYS), "destroys");
    prog_free(p);
}

/* No prefix of a program is one, nor is a program with something behind it. */
static void cut_and_grown(void **state)
{
    (void)state;
    Buf b = bytes_of();
    Program *p = NULL;
    for (size_t n = 0; n < b.n; n++) {
        Buf why = {0};
        char *exact = mem_realloc(NULL, 0, n + 1); /* so that a sanitizer sees the end */
        memcpy(exact, b.p, n);
        assert_int_equal(prog_read((Str){exact, n}, &p, &why), GATE_E_FORMAT);
        assert_null(p);
        assert_true(why.n > 0);
        mem_realloc(exact, n + 1, 0);
        buf_free(&why);
    }
    Buf why = {0};
    buf_putc(&b, '\0');
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "something stands behind the end of the program");
    buf_free(&why);
    buf_free(&b);
}

static void versions(void **state)
{
    (void)state;
    Buf b = bytes_of(), why = {0};
    Program *p = NULL;
    b.p[8] = 1;
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "this program has format version 1; this gate reads version 2");
    buf_clear(&why);
    b.p[0] = 'g';
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "this is not a compiled gate program");
    buf_free(&why);
    buf_free(&b);
}

/* Each field that refers to something, one beyond its bound. */
static void references(void **state)
{
    (void)state;
    int broken = 0;
#define TRY(statement)                                                        \
    do {                                                                      \
        Buf b = {0}, why = {0};                                               \
        Program *p = NULL;                                                    \
        everything(&a);                                                       \
        statement;                                                            \
        prog_write(&a.p, &b);                                                 \
        assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);   \
        assert_non_null(strstr(buf_z(&why), "is out of its bounds"));         \
        buf_free(&b);                                                         \
        buf_free(&why);                                                       \
        broken++;                                                             \
    } while (0)
#define TABLE(Row, plural)                                                    \
    everything(&a);                                                           \
    if (a.p.n_##plural > 0) {                                                 \
        Prog##Row *row = &a.plural[a.p.n_##plural - 1];                       \
        (void)row;
#define ENUM(name, limit) TRY(row->name = (uint32_t)(limit));
#define REF(name, plural) TRY(row->name = a.p.n_##plural);
#define OPT(name, plural) TRY(row->name = a.p.n_##plural);
#define RANGE(name, plural)                                                   \
    TRY(row->name##_first = a.p.n_##plural + 1; row->name##_count = 0);       \
    TRY(row->name##_first = a.p.n_##plural; row->name##_count = 1);           \
    TRY(row->name##_first = 1; row->name##_count = UINT32_MAX);
#define STRING(name) TRY(row->name = a.p.n_strings);
#define END(Row) }
    /* regs stand in an array of their own in the helper */
#define regs more_regs
#include "vm/core/program.def"
#undef regs
    assert_true(broken > 90);
}

static void texts(void **state)
{
    (void)state;
    Buf b = {0}, why = {0};
    Program *p = NULL;
    everything(&a);
    a.strings[1] = STR("\xff");
    prog_write(&a.p, &b);
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "text 1 of the program is not valid UTF-8");
    buf_clear(&b);
    buf_clear(&why);
    everything(&a);
    a.strings[0] = STR("not empty");
    prog_write(&a.p, &b);
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "the texts of the program do not add up");
    buf_free(&b);
    buf_free(&why);
}

/* What claims four thousand million rows gets no memory for them. */
static void no_bombs(void **state)
{
    (void)state;
    Buf b = bytes_of();
    Program *p = NULL;
    uint64_t before = mem_alloc_count();
    memset(b.p + 16, 0xff, 4); /* the count of the first table */
    assert_int_equal(prog_read(buf_view(&b), &p, NULL), GATE_E_FORMAT);
    assert_true(mem_alloc_count() - before <= 3);
    buf_free(&b);
}

static void out_of_memory(void **state)
{
    (void)state;
    Buf b = bytes_of();
    Program *p = NULL;
    int failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        mem_fail_at(n, true);
        GateStatus s = prog_read(buf_view(&b), &p, NULL);
        mem_fail_at(0, false);
        if (s == GATE_OK)
            break;
        assert_int_equal(s, GATE_E_MEMORY);
        assert_null(p);
        failures++;
    }
    assert_true(failures >= 3);
    assert_non_null(p);
    prog_free(p);
    Buf none = {.max = 100};
    assert_int_equal(prog_write(&a.p, &none), GATE_E_MEMORY);
    buf_free(&none);
    buf_free(&b);
}

static void too_large(void **state)
{
    (void)state;
    Program *p = NULL;
    Buf why = {0};
    /* Only the length is looked at. */
    assert_int_equal(prog_read((Str){"", LIM_PROGRAM_BYTES + 1u}, &p, &why), GATE_E_LIMIT);
    assert_string_equal(buf_z(&why), "the program is larger than 134217728 bytes");
    buf_free(&why);
}

static void listing(void **state)
{
    (void)state;
    Buf out = {0}, again = {0};
    everything(&a);
    Program *p = verified(&a);
    prog_dump(p, &out);
    prog_dump(p, &again);
    assert_true(str_eq(buf_view(&out), buf_view(&again)));
    const char *text = buf_z(&out);
    static const char *const lines[] = {
        "program version 2 \"everything\" \"\"\n",
        "inputs 1: name=\"n\" type=number default_fn=",
        "gates 0: level=2 question_fn=",
        "actions 1: phase=1:go name=\"each_one\" level=2 import=4:shell.change undo_kind=2 undo_import=4:shell.change",
        "function 1 go.body (body)\n  r0: list of text\n  r1: iter of text\n",
        "    2  ITER    r1  r0\n    3  NEXT    r1  -> 10\n    4  EACH    r2  go.each_one\n",
        "  UNDO    r11  file.restore\n", "  CALL    r6  file.write\n", "  MEMBER  r12  r9  .0\n",
        "    0  LOADK   r0  true\n    1  RET     r0\n", "CHECK   r0  fine\n",
        "calendars 0: name=\"office\" zone=\"Europe/Bratislava\" opens=0..1 closed=0..0 holidays=0..0",
        "within=2 business days of office", "good_for=1d", "after=2 business days of office",
        "packs 0: name=\"tickets\" version=\"1.0\" hash=\"0123", "from=0:tickets", "event=0:approved",
        "  AWAIT   people.came\n", "  EVENT   r6  people.came\n", "  ANSWER  r3  people.how_many\n",
        "  SECRET  r5  token\n", "  TASK    people.work\n", "  POLL    held\n", " (rule) gives bool\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strstr(text, lines[i]) == NULL)
            fail_msg("the listing has no `%s`:\n%s", lines[i], text);
    buf_free(&out);
    buf_free(&again);
    prog_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(finds), cmocka_unit_test(cut_and_grown),
        cmocka_unit_test(versions), cmocka_unit_test(references), cmocka_unit_test(texts),
        cmocka_unit_test(no_bombs), cmocka_unit_test(out_of_memory), cmocka_unit_test(too_large),
        cmocka_unit_test(listing),
    };
    return cmocka_run_group_tests_name("core program", tests, NULL, NULL);
}
