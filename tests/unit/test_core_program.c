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
    assert_string_equal(subject_word(SUBJECT_TASK), "task");
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
    b.p[8] = PROG_VERSION;
    b.p[12]++; /* a table more, of the same version */
    assert_int_equal(prog_read(buf_view(&b), &p, NULL), GATE_E_FORMAT);
    buf_clear(&why);
    b.p[0] = 'g';
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_string_equal(buf_z(&why), "this is not a compiled gate program");
    buf_free(&why);
    buf_free(&b);
}

/* Each field that refers to something: at its bound, or empty, it is read; one
 * beyond it is not. Tables that `everything` leaves empty get a row of zeros. */
static void references(void **state)
{
    (void)state;
    int read = 0, broken = 0;
#define TRY(statement, status)                                                \
    do {                                                                      \
        Buf b = {0}, why = {0};                                               \
        Program *p = NULL;                                                    \
        everything(&a);                                                       \
        *count += *count == 0;                                                \
        statement;                                                            \
        prog_write(&a.p, &b);                                                 \
        assert_int_equal(prog_read(buf_view(&b), &p, &why), status);          \
        if ((status) == GATE_OK)                                              \
            read++;                                                           \
        else if (strstr(buf_z(&why), "is out of its bounds") != NULL)         \
            broken++;                                                         \
        else                                                                  \
            fail_msg("%s: %s", #statement, buf_z(&why));                      \
        prog_free(p);                                                         \
        buf_free(&b);                                                         \
        buf_free(&why);                                                       \
    } while (0)
#define GOOD(statement) TRY(statement, GATE_OK)
#define BAD(statement) TRY(statement, GATE_E_FORMAT)
#define TABLE(Row, plural)                                                    \
    everything(&a);                                                           \
    {                                                                         \
        uint32_t *count = &a.p.n_##plural;                                    \
        Prog##Row *row = &a.plural[*count == 0 ? 0 : *count - 1];             \
        (void)row;
#define ENUM(name, limit)                                                     \
    GOOD(row->name = (uint32_t)(limit) - 1);                                  \
    BAD(row->name = (uint32_t)(limit));
#define REF(name, plural)                                                     \
    GOOD(row->name = a.p.n_##plural - 1);                                     \
    BAD(row->name = a.p.n_##plural);
#define OPT(name, plural)                                                     \
    GOOD(row->name = a.p.n_##plural - 1);                                     \
    GOOD(row->name = PROG_NONE);                                              \
    BAD(row->name = a.p.n_##plural);
#define RANGE(name, plural)                                                   \
    GOOD(row->name##_first = a.p.n_##plural; row->name##_count = 0);          \
    GOOD(row->name##_first = 0; row->name##_count = a.p.n_##plural);          \
    BAD(row->name##_first = a.p.n_##plural + 1; row->name##_count = 0);       \
    BAD(row->name##_first = a.p.n_##plural; row->name##_count = 1);           \
    BAD(row->name##_first = 1; row->name##_count = UINT32_MAX);
#define STRING(name)                                                          \
    GOOD(row->name = a.p.n_strings - 1);                                      \
    BAD(row->name = a.p.n_strings);
#define END(Row) }
    /* regs stand in an array of their own in the helper */
#define regs more_regs
#include "vm/core/program.def"
#undef regs
    assert_true(read > 200 && broken > 200);
}

/* Where the count of texts stands in a program's bytes: from the end of them. */
static size_t texts_at(const Buf *b)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < a.p.n_strings; i++)
        bytes += a.strings[i].n;
    return b->n - 4 * 4 - 4 * ((size_t)a.p.n_code + 1) - bytes - 4 * (size_t)a.p.n_strings - 2 * 4;
}

static void put_u32(Buf *b, size_t at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        b->p[at + (size_t)i] = (char)(v >> 8 * i);
}

/* A program with one number changed: refused, in these words. */
static void refused(size_t at, uint32_t v, const char *words)
{
    Buf b = {0}, why = {0};
    Program *p = NULL;
    prog_write(&a.p, &b);
    if (at != 0)
        put_u32(&b, at, v);
    assert_int_equal(prog_read(buf_view(&b), &p, &why), GATE_E_FORMAT);
    assert_null(p);
    assert_string_equal(buf_z(&why), words);
    buf_free(&b);
    buf_free(&why);
}

static void lengths_of_texts(void **state)
{
    (void)state;
    Buf b = bytes_of();
    size_t at = texts_at(&b);
    uint32_t total = 0, second = (uint32_t)a.strings[1].n;
    for (uint32_t i = 0; i < a.p.n_strings; i++)
        total += (uint32_t)a.strings[i].n;
    buf_free(&b);
    assert_true(second > 0);
    refused(at + 8 + 4, total + 1, "text 1 of the program is longer than all texts together");
    refused(at + 8 + 4, total, "text 2 of the program is longer than all texts together");
    refused(at + 8 + 4, second - 1, "the texts of the program do not add up");
    refused(at + 4, UINT32_MAX, "the program ends inside of its texts");
    refused(at, UINT32_MAX, "the program ends inside of its texts");
}

static void names_of_the_plan(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        everything(&a);
        uint32_t *fields[] = {&a.p.name, &a.p.title, &a.p.doc, &a.p.file};
        *fields[i] = a.p.n_strings;
        refused(0, 0, "the program's name is not one of its texts");
    }
    everything(&a);
    a.p.n_strings = 0;
    refused(0, 0, "the texts of the program do not add up");
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
    /* Texts whose places, or whose bytes, need a block of their own. */
    static Str many[1 << 16];
    static char long_text[1 << 21];
    memset(long_text, 'x', sizeof long_text);
    many[0] = STR("");
    for (size_t i = 1; i < sizeof many / sizeof *many; i++)
        many[i] = i < a.p.n_strings ? a.p.strings[i] : STR("");
    a.p.strings = many;
    a.p.n_strings = sizeof many / sizeof *many;
    many[a.p.n_strings - 1] = (Str){long_text, sizeof long_text};
    buf_clear(&b);
    assert_int_equal(prog_write(&a.p, &b), GATE_OK);
    prog_free(p);
    p = NULL;
    int more = 0;
    for (uint64_t n = 1; p == NULL; n++, more++) {
        mem_fail_at(n, true);
        GateStatus s = prog_read(buf_view(&b), &p, NULL);
        mem_fail_at(0, false);
        assert_int_equal(s, p == NULL ? GATE_E_MEMORY : GATE_OK);
    }
    assert_true(more >= failures + 2);
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
    assert_int_equal(prog_read((Str){"", LIM_PROGRAM_BYTES + 1u}, &p, NULL), GATE_E_LIMIT);
    assert_int_equal(prog_read((Str){"", LIM_PROGRAM_BYTES + 1u}, &p, &why), GATE_E_LIMIT);
    assert_string_equal(buf_z(&why), "the program is larger than 134217728 bytes");
    buf_free(&why);
}

/* One long text fills what is left up to the limit: written and read. */
static void as_large_as_can_be(void **state)
{
    (void)state;
    Buf b = bytes_of(), large = {0};
    Program *p = NULL;
    size_t left = LIM_PROGRAM_BYTES - b.n - 4; /* its length takes four */
    char *text = mem_realloc(NULL, 0, LIM_PROGRAM_BYTES + (size_t)1);
    assert_non_null(text);
    memset(text, 'x', LIM_PROGRAM_BYTES + (size_t)1);
    uint32_t last = a.p.n_strings++;
    a.strings[last] = (Str){text, left};
    assert_int_equal(prog_write(&a.p, &large), GATE_OK);
    assert_int_equal(large.n, LIM_PROGRAM_BYTES);
    assert_int_equal(prog_read(buf_view(&large), &p, NULL), GATE_OK);
    prog_free(p);
    buf_clear(&large);
    a.strings[last].n = left + 1;
    assert_int_equal(prog_write(&a.p, &large), GATE_E_LIMIT);
    buf_clear(&large);
    a.strings[last].n = LIM_PROGRAM_BYTES + (size_t)1;
    assert_int_equal(prog_write(&a.p, &large), GATE_E_LIMIT);
    assert_true(large.n < b.n); /* nothing was copied to find it */
    mem_realloc(text, LIM_PROGRAM_BYTES + (size_t)1, 0);
    buf_free(&large);
    buf_free(&b);
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
        cmocka_unit_test(lengths_of_texts), cmocka_unit_test(names_of_the_plan),
        cmocka_unit_test(as_large_as_can_be),
        cmocka_unit_test(no_bombs), cmocka_unit_test(out_of_memory), cmocka_unit_test(too_large),
        cmocka_unit_test(listing),
    };
    return cmocka_run_group_tests_name("core program", tests, NULL, NULL);
}
