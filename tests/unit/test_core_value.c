/* Exact decimals at their edges, text forms and literals there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "vm/core/builtin.h"
#include "vm/core/value.h"
#include "vm/os/limits.h"

static Value number(const char *z)
{
    Value v = {0};
    if (!num_parse(str_of(z), &v))
        fail_msg("%s is no number", z);
    return v;
}

static void is_form(Value v, const char *want)
{
    Buf b = {0};
    val_print(v, &b);
    assert_string_equal(buf_z(&b), want);
    buf_free(&b);
}

static void parse_and_print(void **state)
{
    (void)state;
    static const struct { const char *in, *out; } rows[] = {
        {"0", "0"}, {"-0", "0"}, {"007", "7"}, {"1.50", "1.5"}, {"1.000", "1"},
        {"-1.5", "-1.5"}, {"0.000000000000000001", "0.000000000000000001"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9.223372036854775807", "9.223372036854775807"},
        {"1.0000000000000000000000000", "1"}, {"00000000000000000000000000001", "1"},
        {"0.10", "0.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_form(number(rows[i].in), rows[i].out);
    static const char *const bad[] = {
        "", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "1.2.3", "0x1", "--1",
        "9223372036854775808", "-9223372036854775809", "0.0000000000000000001",
        "10.000000000000000001", "1,5"};
    Value v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (num_parse(str_of(bad[i]), &v))
            fail_msg("`%s` was taken as a number", bad[i]);
}

/* a OP b = want; NULL: no exact result. */
static void arithmetic(void **state)
{
    (void)state;
    static const struct { const char *a; char op; const char *b, *want; } rows[] = {
        {"0.1", '+', "0.2", "0.3"},
        {"9223372036854775807", '+', "0", "9223372036854775807"},
        {"9223372036854775807", '+', "1", NULL},
        {"-9223372036854775808", '-', "1", NULL},
        {"9223372036854775807", '+', "0.5", NULL},
        {"4611686018427387904", '+', "4611686018427387903", "9223372036854775807"},
        {"1", '-', "0.000000000000000001", "0.999999999999999999"},
        {"1.5", '-', "1.5", "0"},
        {"0.000000001", '*', "0.000000001", "0.000000000000000001"},
        {"0.0000000001", '*', "0.000000001", NULL},
        {"3037000500", '*', "3037000500", NULL},
        {"-9223372036854775808", '*', "-1", NULL},
        {"2.5", '*', "4", "10"},
        {"1", '/', "4", "0.25"},
        {"1", '/', "3", "0.333333333333333333"},
        {"2", '/', "3", "0.666666666666666667"},
        {"-2", '/', "3", "-0.666666666666666667"},
        {"10", '/', "3", "3.33333333333333333"},
        {"1", '/', "30000", "0.000033333333333333"},
        {"100000000000000000", '/', "3", "33333333333333333.3"},
        {"1000000000000000000", '/', "3", "333333333333333333"},
        {"9223372036854775807", '/', "2", "4611686018427387900"},
        {"9223372036854775807", '/', "1", "9223372036854775807"},
        {"1", '/', "0", NULL},
        {"0", '/', "5", "0"},
        {"1", '/', "0.000000000000000001", "1000000000000000000"},
        {"10", '/', "0.000000000000000001", NULL},
        {"-9223372036854775808", '/', "-1", NULL},
        {"0.000000000000000001", '/', "3", "0"},
        {"0.000000000000000001", '/', "2", "0"},
        {"0.000000000000000003", '/', "2", "0.000000000000000002"},
        {"1000000000000000001", '/', "2", "500000000000000000"},
        {"1000000000000000003", '/', "2", "500000000000000002"},
        {"999999999999999999.5", '/', "1", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Value a, b, v = {0};
        if (!num_parse(str_of(rows[i].a), &a) || !num_parse(str_of(rows[i].b), &b)) {
            assert_null(rows[i].want);
            continue;
        }
        bool ok = rows[i].op == '+'   ? num_add(a, b, &v)
                  : rows[i].op == '-' ? num_sub(a, b, &v)
                  : rows[i].op == '*' ? num_mul(a, b, &v)
                                      : num_div(a, b, &v);
        if (ok != (rows[i].want != NULL))
            fail_msg("%s %c %s: %s", rows[i].a, rows[i].op, rows[i].b, ok ? "a result" : "no result");
        if (ok)
            is_form(v, rows[i].want);
    }
}

/* Against long division by hand in 64 bits, over many small pairs. */
static void division_agrees(void **state)
{
    (void)state;
    for (int64_t a = -60; a <= 60; a++) {
        for (int64_t b = -60; b <= 60; b++) {
            Value q, back;
            if (b == 0)
                continue;
            assert_true(num_div(val_int(a), val_int(b), &q));
            assert_true(num_mul(q, val_int(b), &back) || q.scale > 0);
            int64_t whole;
            if (a % b == 0) {
                assert_true(num_to_int(q, &whole));
                assert_int_equal(whole, a / b);
            } else {
                Value cut;
                assert_true(num_round(q, 0, &cut));
                assert_true(num_to_int(cut, &whole));
                assert_true(llabs(whole * b - a) * 2 <= llabs(b));
            }
        }
    }
}

static void rounding(void **state)
{
    (void)state;
    static const struct { const char *in; int digits; const char *want; } rows[] = {
        {"0.5", 0, "0"}, {"1.5", 0, "2"}, {"2.5", 0, "2"}, {"-0.5", 0, "0"},
        {"-1.5", 0, "-2"}, {"-2.5", 0, "-2"}, {"2.51", 0, "3"}, {"1.005", 2, "1"},
        {"1.015", 2, "1.02"}, {"1.2", 5, "1.2"}, {"0.999", 2, "1"},
        {"9.223372036854775807", 0, "9"},
    };
    Value v;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(num_round(number(rows[i].in), rows[i].digits, &v));
        is_form(v, rows[i].want);
    }
    assert_false(num_round(val_int(1), -1, &v));
    assert_false(num_round(val_int(1), 19, &v));
}

static void making_and_comparing(void **state)
{
    (void)state;
    Value v;
    assert_true(num_make(1500, 3, &v));
    assert_int_equal(v.u.i, 15);
    assert_int_equal(v.scale, 1);
    assert_true(num_make(5, -3, &v));
    assert_int_equal(v.u.i, 5000);
    assert_false(num_make(5, -19, &v));
    assert_false(num_make(1, 19, &v));
    assert_true(num_make(10, 19, &v));
    assert_true(num_make(0, 1000, &v));
    assert_true(num_make(0, -1000, &v));
    assert_int_equal(num_cmp(number("1.5"), number("1.50")), 0);
    assert_int_equal(num_cmp(number("-9223372036854775808"), number("0.000000000000000001")), -1);
    assert_int_equal(num_cmp(number("9223372036854775807"), number("9.223372036854775807")), 1);
    assert_true(val_equal(number("1.50"), number("1.5")));
    assert_false(val_equal(number("1.5"), number("15")));
    int64_t i;
    assert_false(num_to_int(number("1.5"), &i));
}

static void scaling(void **state)
{
    (void)state;
    int64_t i;
    Value ten = number("10");
    ten.tag = V_PERCENT;
    assert_true(num_scale(5400000, ten, &i));
    assert_int_equal(i, 540000);
    assert_true(num_scale(5, number("0.5"), &i));
    assert_int_equal(i, 2); /* half to even */
    assert_true(num_scale(7, number("0.5"), &i));
    assert_int_equal(i, 4);
    assert_true(num_scale(-7, number("0.5"), &i));
    assert_int_equal(i, -4);
    assert_false(num_scale(INT64_MAX, number("2"), &i));
    assert_true(num_unscale(7, number("2"), &i));
    assert_int_equal(i, 4);
    assert_true(num_unscale(-7, number("-2"), &i));
    assert_int_equal(i, 4);
    assert_true(num_unscale(1, number("0.25"), &i));
    assert_int_equal(i, 4);
    assert_false(num_unscale(1, val_int(0), &i));
    assert_false(num_unscale(INT64_MAX, number("0.5"), &i));
    assert_false(num_unscale(INT64_MIN, number("-1"), &i));
}

static void durations(void **state)
{
    (void)state;
    static const struct { const char *in; int64_t ms; const char *out; } rows[] = {
        {"0s", 0, "0s"}, {"90s", 90000, "1m30s"}, {"1h30m", 5400000, "1h30m"},
        {"2d", 172800000, "2d"}, {"3w", 1814400000, "21d"}, {"250ms", 250, "250ms"},
        {"1w2d3h4m5s6ms", 788645006, "9d3h4m5s6ms"}, {"-1h", -3600000, "-1h"},
    };
    int64_t ms;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(lit_duration(str_of(rows[i].in), &ms));
        assert_int_equal(ms, rows[i].ms);
        is_form(val_make(V_DURATION, ms), rows[i].out);
        assert_true(lit_duration(str_of(rows[i].out), &ms));
        assert_int_equal(ms, rows[i].ms);
    }
    static const char *const bad[] = {"", "-", "h", "1", "30m1h", "1h1h", "1 h", "1.5h",
                                      "1x", "9223372036854775807d", "99999999999999999999s"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (lit_duration(str_of(bad[i]), &ms))
            fail_msg("`%s` was taken as a duration", bad[i]);
    is_form(val_make(V_DURATION, INT64_MIN), "-106751991167d7h12m55s808ms");
}

static void sizes(void **state)
{
    (void)state;
    static const struct { const char *in; int64_t bytes; const char *out; } rows[] = {
        {"0B", 0, "0B"}, {"123B", 123, "123B"}, {"50GB", 50000000000, "50GB"},
        {"10MiB", 10485760, "10MiB"}, {"1.5kB", 1500, "1500B"}, {"1KB", 1000, "1kB"},
        {"1024KiB", 1048576, "1MiB"}, {"2TiB", INT64_C(2) << 40, "2TiB"},
        {"8192PiB", 0, NULL}, {"1.0001kB", 0, NULL}, {"0.5B", 0, NULL}, {"5", 0, NULL},
        {"GB", 0, NULL}, {"5gb", 0, NULL}, {"5 GB", 0, NULL}, {"", 0, NULL},
    };
    int64_t bytes;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok = lit_size(str_of(rows[i].in), &bytes);
        if (ok != (rows[i].out != NULL))
            fail_msg("%s", rows[i].in);
        if (!ok)
            continue;
        assert_int_equal(bytes, rows[i].bytes);
        is_form(val_make(V_SIZE, bytes), rows[i].out);
    }
}

static void times_and_dates(void **state)
{
    (void)state;
    int64_t i;
    assert_true(lit_time(STR("08:00"), &i));
    is_form(val_make(V_TIME, i), "08:00");
    assert_true(lit_time(STR("23:59:58.250"), &i));
    is_form(val_make(V_TIME, i), "23:59:58.250");
    assert_true(lit_time(STR("24:00"), &i));
    is_form(val_make(V_TIME, i), "24:00");
    static const char *const bad_times[] = {"", "8:00", "08:0", "24:01", "25:00", "08:60",
                                            "08:00:", "08:00:60", "08:00:00.5", "08-00", "08:00 "};
    for (size_t k = 0; k < sizeof bad_times / sizeof *bad_times; k++)
        if (lit_time(str_of(bad_times[k]), &i))
            fail_msg("`%s` was taken as a time", bad_times[k]);
    assert_true(lit_instant(STR("2026-11-24T18:05Z"), &i));
    assert_int_equal(i, INT64_C(1795543500000));
    int64_t same;
    assert_true(lit_instant(STR("2026-11-24T18:05"), &same));
    assert_int_equal(i, same);
    assert_true(lit_instant(STR("2026-11-24T19:05:00+01:00"), &same));
    assert_int_equal(i, same);
    assert_false(lit_instant(STR("2026-11-31T18:05"), &i));
    assert_false(lit_instant(STR("Z"), &i));
    assert_true(lit_date(STR("2024-02-29"), &i));
    is_form(val_make(V_DATE, i), "2024-02-29");
    static const char *const bad_dates[] = {"", "2023-02-29", "2024-13-01", "2024-00-10",
                                            "24-01-01", "2024-1-01", "2024/01/01", "2024-01-011"};
    for (size_t k = 0; k < sizeof bad_dates / sizeof *bad_dates; k++)
        if (lit_date(str_of(bad_dates[k]), &i))
            fail_msg("`%s` was taken as a date", bad_dates[k]);
    is_form(val_make(V_INSTANT, INT64_C(1795543500000)), "2026-11-24T18:05:00Z");
    is_form(val_make(V_INSTANT, INT64_C(1795543500250)), "2026-11-24T18:05:00.250Z");
    is_form(val_make(V_DATE, INT64_MAX), "(no date)");
    is_form(val_make(V_INSTANT, INT64_MIN), "(no instant)");
    is_form(val_make(V_LEVEL, 2), "L2");
    is_form(val_bool(true), "true");
}

static void texts(void **state)
{
    (void)state;
    assert_true(text_ok(STR("")));
    assert_true(text_ok(STR("plain ASCII of more than eight bytes")));
    assert_true(text_ok(STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 and more")));
    static const char *const bad[] = {
        "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3", "\xff", "abcdefg\xe2\x28\xa1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_ok(str_of(bad[i])))
            fail_msg("text %zu was taken as UTF-8", i);
    assert_false(text_ok((Str){"a\0b", 3}));
    assert_false(text_ok((Str){"12345678\0", 9}));
    assert_false(text_ok((Str){"1234\0" "678", 8}));
}

static void kinds_of_text(void **state)
{
    (void)state;
    assert_true(text_fits_kind(STR("ann@example.org"), TK_EMAIL));
    assert_false(text_fits_kind(STR("ann@"), TK_EMAIL));
    assert_false(text_fits_kind(STR("ann example@x.org"), TK_EMAIL));
    assert_false(text_fits_kind(STR("a..b@x.org"), TK_EMAIL));
    assert_true(text_fits_kind(STR("www.example.org"), TK_HOST));
    assert_false(text_fits_kind(STR("-x.org"), TK_HOST));
    assert_false(text_fits_kind(STR("x..org"), TK_HOST));
    assert_false(text_fits_kind(STR("x_y.org"), TK_HOST));
    assert_true(text_fits_kind(STR("https://example.org:8080/a?b#c"), TK_URL));
    assert_true(text_fits_kind(STR("http://example.org"), TK_URL));
    assert_false(text_fits_kind(STR("ftp://example.org"), TK_URL));
    assert_false(text_fits_kind(STR("https://user@example.org"), TK_URL));
    assert_false(text_fits_kind(STR("https://example.org:/x"), TK_URL));
    assert_false(text_fits_kind(STR("https://example.org/a b"), TK_URL));
    assert_true(text_fits_kind(STR("anything at all"), TK_TEXT));
}

static void structure(void **state)
{
    (void)state;
    Value items[3] = {val_text(STR("a")), val_int(2), val_bool(true)};
    Value same[3] = {val_text(STR("a")), val_int(2), val_bool(true)};
    Value list = {.tag = V_LIST, .len = 3, .u.items = items}, other = list;
    Value twin = {.tag = V_LIST, .len = 3, .u.items = same};
    is_form(list, "a, 2, true");
    assert_true(val_equal(list, twin));
    other.len = 2;
    assert_false(val_equal(list, other));
    assert_int_equal(val_weight(list, 100), 4);
    assert_int_equal(val_weight(list, 2), 3);
    assert_true(val_known(list));
    items[1].tag = V_UNKNOWN;
    assert_false(val_known(list));
    assert_false(val_equal(list, list)); /* unknown equals nothing */
    uint64_t fuel = 2;
    assert_false(val_equal_fuel(twin, twin, &fuel));
    assert_int_equal(fuel, 0);
}

/* [x, x] of [x, x] of ...: 2^60 values, of which nobody walks more than asked. */
static void shared_parts(void **state)
{
    (void)state;
    Value pairs[60][2];
    Value v = val_int(1);
    for (int i = 0; i < 60; i++) {
        pairs[i][0] = pairs[i][1] = v;
        v = (Value){.tag = V_LIST, .len = 2, .u.items = pairs[i]};
    }
    assert_int_equal(val_weight(v, 1000), 1001);
    uint64_t fuel = 1000;
    assert_false(val_equal_fuel(v, v, &fuel));
    assert_int_equal(fuel, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_and_print), cmocka_unit_test(arithmetic),
        cmocka_unit_test(division_agrees), cmocka_unit_test(rounding),
        cmocka_unit_test(making_and_comparing), cmocka_unit_test(scaling),
        cmocka_unit_test(durations), cmocka_unit_test(sizes),
        cmocka_unit_test(times_and_dates), cmocka_unit_test(texts),
        cmocka_unit_test(kinds_of_text), cmocka_unit_test(structure),
        cmocka_unit_test(shared_parts),
    };
    return cmocka_run_group_tests_name("core value", tests, NULL, NULL);
}
