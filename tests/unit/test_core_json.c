/* The JSON reader against RFC 8259, the writer against RFC 8785, typed values
 * there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/test_arena.h"
#include "vm/core/json.h"
#include "vm/os/limits.h"

static const Json *parsed(const char *z)
{
    Buf why = {0};
    const Json *j = json_parse(str_of(z), arena, &why);
    if (j == NULL)
        fail_msg("%s: %s", z, buf_z(&why));
    buf_free(&why);
    return j;
}

static void reads(void **state)
{
    (void)state;
    const Json *j = parsed(" { \"a\" : [1, -2.50e+3, true, false, null, \"x\\u00e4\\ud83d\\ude00\\n\\/\"] , \"\": {} } ");
    assert_int_equal(j->kind, J_OBJECT);
    assert_int_equal(j->count, 2);
    const Json *a = json_get(j, "a");
    assert_int_equal(a->count, 6);
    int64_t i;
    assert_true(json_int(a->child, &i));
    assert_int_equal(i, 1);
    assert_true(json_int(a->child->next, &i));
    assert_int_equal(i, -2500);
    const Json *last = a->child->next->next->next->next->next;
    assert_true(str_is(last->text, "x\xc3\xa4\xf0\x9f\x98\x80\n/"));
    assert_int_equal(json_get(j, "")->count, 0);
    assert_null(json_get(j, "b"));
    assert_null(json_text(j, "a").p);
    assert_true(str_is(json_text(parsed("{\"k\":\"v\"}"), "k"), "v"));
    /* Digits that a double would lose. */
    assert_true(json_int(parsed("9007199254740993"), &i));
    assert_true(i == INT64_C(9007199254740993));
}

static void refuses(void **state)
{
    (void)state;
    static const struct { const char *text, *why; } rows[] = {
        {"", "line 1, column 1: the text ends where a value should stand"},
        {"[1, 2", "line 1, column 6: a comma or ] should stand here"},
        {"[1,]", "line 1, column 4: no JSON value begins like this"},
        {"[1 2]", "line 1, column 4: a comma or ] should stand here"},
        {"{\"a\":1,}", "line 1, column 8: a member's name in quotes should stand here"},
        {"{a:1}", "line 1, column 2: a member's name in quotes should stand here"},
        {"{\"a\" 1}", "line 1, column 6: a colon should stand after a member's name"},
        {"{\"a\":1,\n \"a\":2}", "line 2, column 8: an object names one of its members twice"},
        {"[1}", "line 1, column 3: a comma or ] should stand here"},
        {"1 2", "line 1, column 3: something stands behind the end of the value"},
        {"]", "line 1, column 1: no JSON value begins like this"},
        {"nul", "line 1, column 1: no JSON value begins like this"},
        {"True", "line 1, column 1: no JSON value begins like this"},
        {"01", "line 1, column 1: this is not a number as JSON writes them"},
        {"-", "line 1, column 1: this is not a number as JSON writes them"},
        {"1.", "line 1, column 1: this is not a number as JSON writes them"},
        {"1e", "line 1, column 1: this is not a number as JSON writes them"},
        {"+1", "line 1, column 1: no JSON value begins like this"},
        {"\"abc", "line 1, column 1: this text has no closing quote"},
        {"\"a\\\"", "line 1, column 1: this text has no closing quote"},
        {"\"\\x\"", "line 1, column 2: there is no such escape in JSON"},
        {"\"\\u12g4\"", "line 1, column 2: \\u needs four hexadecimal digits"},
        {"\"\\ud800\"", "line 1, column 2: this half of a surrogate pair stands alone"},
        {"\"\\udc00\"", "line 1, column 2: this half of a surrogate pair stands alone"},
        {"\"\\ud800\\u0041\"", "line 1, column 2: this half of a surrogate pair stands alone"},
        {"\"\\u0000\"", "line 1, column 2: a text may not hold the character NUL"},
        {"\"a\tb\"", "line 1, column 3: a control character must be written as an escape"},
        {"\"\xc3\xa4\xff\"", "line 1, column 1: this text is not valid UTF-8"},
        {"\"\xed\xa0\x80\"", "line 1, column 1: this text is not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf why = {0};
        assert_null(json_parse(str_of(rows[i].text), arena, &why));
        assert_string_equal(buf_z(&why), rows[i].why);
        buf_free(&why);
    }
    assert_null(json_parse((Str){NULL, 0}, arena, NULL));
}

static void depth_has_an_edge(void **state)
{
    (void)state;
    char text[2 * LIM_JSON_DEPTH + 4];
    for (int d = LIM_JSON_DEPTH - 1; d <= LIM_JSON_DEPTH + 1; d++) {
        memset(text, '[', (size_t)d);
        memset(text + d, ']', (size_t)d);
        const Json *j = json_parse((Str){text, 2 * (size_t)d}, arena, NULL);
        assert_int_equal(j != NULL, d <= LIM_JSON_DEPTH);
    }
    Arena *small = arena_new(64);
    assert_null(json_parse(STR("[1,2,3,4,5,6,7,8,9]"), small, NULL));
    arena_free(small);
}

static void writes(void **state)
{
    (void)state;
    Buf b = {0};
    json_put_text(&b, (Str){NULL, 0}); /* a part that is not there */
    assert_string_equal(buf_z(&b), "\"\"");
    buf_clear(&b);
    json_put_text(&b, STR("a\"\\/\b\t\n\f\r\x01\x1f\x7f\xc3\xa4"));
    assert_string_equal(buf_z(&b), "\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\xc3\xa4\"");
    buf_clear(&b);
    json_put_int(&b, INT64_MIN);
    assert_string_equal(buf_z(&b), "-9223372036854775808");
    buf_free(&b);
}

/* --- typed values ------------------------------------------------------------- */

/* Types at their own kind's number up to TK_SECRET, then these. */
enum { T_ONEOF = TK_SECRET + 1, T_LIST, T_RECORD, T_NESTED, T_COUNT };

static Program program(void)
{
    static ProgType types[T_COUNT];
    static ProgField fields[] = {{1, PROG_NONE}, {2, PROG_NONE}, {3, TK_NUMBER}, {4, TK_TEXT}};
    static Str strings[] = {{"", 0}, {"GET", 3}, {"POST", 4}, {"n", 1}, {"t", 1}};
    for (uint32_t k = 0; k < T_COUNT; k++)
        types[k] = (ProgType){.kind = k, .elem = PROG_NONE};
    types[T_ONEOF] = (ProgType){TK_ONEOF, PROG_NONE, 0, 2};
    types[T_LIST] = (ProgType){TK_LIST, TK_DURATION, 0, 0};
    types[T_RECORD] = (ProgType){TK_RECORD, PROG_NONE, 2, 2};
    types[T_NESTED] = (ProgType){TK_LIST, T_RECORD, 0, 0};
    return (Program){.types = types, .n_types = T_COUNT, .fields = fields, .n_fields = 4,
                     .strings = strings, .n_strings = 5};
}

static void there_and_back(void **state)
{
    (void)state;
    static const struct { uint32_t type; const char *in, *out; } rows[] = {
        {TK_BOOL, "true", "true"}, {TK_BOOL, "\"false\"", "false"},
        {TK_NUMBER, "1.50", "1.5"}, {TK_NUMBER, "1e3", "1000"}, {TK_NUMBER, "\"12\"", "12"},
        {TK_NUMBER, "125e-2", "1.25"},
        {TK_PERCENT, "10", "10"}, {TK_PERCENT, "\"12.5%\"", "12.5"},
        {TK_SIZE, "\"50GB\"", "50000000000"}, {TK_SIZE, "1024", "1024"},
        {TK_DURATION, "\"1h30m\"", "\"PT1H30M\""}, {TK_DURATION, "\"P1DT2H3.25S\"", "\"P1DT2H3.25S\""},
        {TK_DURATION, "\"0s\"", "\"PT0S\""}, {TK_DURATION, "\"-PT90S\"", "\"-PT1M30S\""},
        {TK_DURATION, "\"P2W\"", "\"P14D\""},
        {TK_DATE, "\"2026-12-24\"", "\"2026-12-24\""}, {TK_TIME, "\"08:00\"", "\"08:00\""},
        {TK_INSTANT, "\"2026-11-24T18:05+01:00\"", "\"2026-11-24T17:05:00Z\""},
        {TK_LEVEL, "\"L2\"", "\"L2\""}, {TK_EMAIL, "\"a@b.example\"", "\"a@b.example\""},
        {T_ONEOF, "\"POST\"", "\"POST\""},
        {T_LIST, "[\"1s\", \"PT2S\"]", "[\"PT1S\",\"PT2S\"]"}, {T_LIST, "[]", "[]"},
        {T_RECORD, "{\"t\": \"x\", \"n\": 1}", "{\"n\":1,\"t\":\"x\"}"},
        {T_RECORD, "{\"n\": null}", "{\"n\":null,\"t\":null}"},
        {T_NESTED, "[{\"n\":1,\"t\":\"a\"},{\"unknown\":true}]", "[{\"n\":1,\"t\":\"a\"},{\"unknown\":true}]"},
        {TK_TEXT, "null", "null"}, {TK_TEXT, "{\"unknown\":true}", "{\"unknown\":true}"},
    };
    Program p = program();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf why = {0}, out = {0};
        Value v, again;
        if (!json_to_value(parsed(rows[i].in), &p, rows[i].type, arena, &v, &why))
            fail_msg("%s: %s", rows[i].in, buf_z(&why));
        json_put_value(&out, &p, rows[i].type, v);
        assert_string_equal(buf_z(&out), rows[i].out);
        assert_true(json_to_value(parsed(buf_z(&out)), &p, rows[i].type, arena, &again, &why));
        assert_int_equal(again.tag, v.tag);
        if (v.tag > V_UNKNOWN && val_known(v) && strstr(rows[i].out, "null") == NULL)
            assert_true(val_equal(v, again));
        buf_free(&out);
        buf_free(&why);
    }
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static const struct { uint32_t type; const char *in, *why; } rows[] = {
        {TK_BOOL, "1", "this should be true or false, not `1`"},
        {TK_NUMBER, "true", "this should be a number such as 12 or 1.5, not `true`"},
        {TK_NUMBER, "1e400", "this should be a number such as 12 or 1.5, not `1e400`"},
        {TK_DURATION, "\"soon\"", "this should be a duration such as 1h30m, not `soon`"},
        {TK_DURATION, "\"PT\"", "this should be a duration such as 1h30m, not `PT`"},
        {TK_DURATION, "\"P1M\"", "this should be a duration such as 1h30m, not `P1M`"},
        {TK_SIZE, "1.5", "this should be a size such as 50GB or 10MiB, not `1.5`"},
        {TK_EMAIL, "\"nobody\"", "this should be an email address such as ann@example.org, not `nobody`"},
        {TK_SECRET, "\"x\"", "this should be nothing: a secret is never written down"},
        {T_ONEOF, "\"PUT\"", "this should be one of \"GET\", \"POST\""},
        {T_LIST, "[\"1s\", 2]", "item 2: this should be a duration such as 1h30m, not `2`"},
        {T_NESTED, "[{\"n\": \"x\"}]", "item 1, n: this should be a number such as 12 or 1.5, not `x`"},
        {T_RECORD, "{\"m\": 1}", "there is no member of that name, not `m`"},
        {TK_TEXT, "[]", "this should be a text"},
    };
    Program p = program();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf why = {0};
        Value v;
        assert_false(json_to_value(parsed(rows[i].in), &p, rows[i].type, arena, &v, &why));
        assert_string_equal(buf_z(&why), rows[i].why);
        buf_free(&why);
    }
}

static void from_the_command_line(void **state)
{
    (void)state;
    Program p = program();
    Buf why = {0};
    Value v;
    assert_true(text_to_value(STR("[1, 2"), &p, TK_TEXT, arena, &v, &why));
    assert_true(str_is(val_str(v), "[1, 2"));
    assert_true(text_to_value(STR("1h30m"), &p, TK_DURATION, arena, &v, &why));
    assert_int_equal(v.u.i, 5400000);
    assert_true(text_to_value(STR("10%"), &p, TK_PERCENT, arena, &v, &why));
    assert_true(text_to_value(STR("[\"1s\"]"), &p, T_LIST, arena, &v, &why));
    assert_int_equal(v.len, 1);
    assert_false(text_to_value(STR("1s"), &p, T_LIST, arena, &v, &why));
    assert_string_equal(buf_z(&why), "line 1, column 2: something stands behind the end of the value");
    buf_clear(&why);
    assert_false(text_to_value(STR("yes"), &p, TK_BOOL, arena, &v, &why));
    assert_string_equal(buf_z(&why), "this should be true or false, not `yes`");
    buf_clear(&why);
    assert_false(text_to_value(STR("L4"), &p, TK_LEVEL, arena, &v, &why));
    assert_false(text_to_value((Str){"a\0b", 3}, &p, TK_TEXT, arena, &v, &why));
    buf_free(&why);
}

static void long_things(void **state)
{
    (void)state;
    Program p = program();
    Value v;
    char *text = arena_alloc(arena, LIM_TEXT_BYTES + 1);
    memset(text, 'x', LIM_TEXT_BYTES + 1);
    assert_true(text_to_value((Str){text, LIM_TEXT_BYTES - 1}, &p, TK_TEXT, arena, &v, NULL));
    assert_true(text_to_value((Str){text, LIM_TEXT_BYTES}, &p, TK_TEXT, arena, &v, NULL));
    assert_false(text_to_value((Str){text, LIM_TEXT_BYTES + 1}, &p, TK_TEXT, arena, &v, NULL));
    for (int n = LIM_LIST_ITEMS - 1; n <= LIM_LIST_ITEMS + 1; n++) {
        Buf list = {0};
        buf_putc(&list, '[');
        for (int i = 0; i < n; i++)
            buf_puts(&list, i == 0 ? "\"1s\"" : ",\"1s\"");
        buf_putc(&list, ']');
        assert_int_equal(text_to_value(buf_view(&list), &p, T_LIST, arena, &v, NULL),
                         n <= LIM_LIST_ITEMS);
        buf_free(&list);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(reads), TEST(refuses), TEST(depth_has_an_edge), TEST(writes),
        TEST(there_and_back), TEST(says_what_is_wrong), TEST(from_the_command_line),
        TEST(long_things),
    };
    return cmocka_run_group_tests_name("core json", tests, NULL, NULL);
}
