/* Instants and dates: the form, its limits, and a walk over every day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vm/os/os.h"

static void is_written(int64_t ms, const char *want)
{
    char z[OS_INSTANT_SIZE];
    int64_t again;
    os_format_instant(ms, z);
    assert_string_equal(z, want);
    assert_true(os_parse_instant(str_of(z), &again));
    assert_int_equal(again, ms);
}

static void instants(void **state)
{
    (void)state;
    is_written(0, "1970-01-01T00:00:00.000Z");
    is_written(-1, "1969-12-31T23:59:59.999Z");
    is_written(951782400000, "2000-02-29T00:00:00.000Z");
    is_written(1795502798123, "2026-11-24T06:46:38.123Z");
    is_written(-62167219200000, "0000-01-01T00:00:00.000Z");
    is_written(253402300799999, "9999-12-31T23:59:59.999Z");
    char z[OS_INSTANT_SIZE];
    os_format_instant(INT64_MAX, z); /* clamped */
    assert_string_equal(z, "9999-12-31T23:59:59.999Z");
    os_format_instant(INT64_MIN, z);
    assert_string_equal(z, "0000-01-01T00:00:00.000Z");
}

static void is_read(const char *text, const char *same_as)
{
    int64_t a, b;
    assert_true(os_parse_instant(str_of(text), &a));
    assert_true(os_parse_instant(str_of(same_as), &b));
    assert_int_equal(a, b);
}

static void reading(void **state)
{
    (void)state;
    is_read("2026-11-24T06:46Z", "2026-11-24T06:46:00.000Z");
    is_read("2026-11-24T06:46:38Z", "2026-11-24T06:46:38.000Z");
    is_read("2026-11-24T06:46:38.5Z", "2026-11-24T06:46:38.500Z");
    is_read("2026-11-24T06:46:38.1239Z", "2026-11-24T06:46:38.123Z");
    is_read("2026-11-24T07:46:38+01:00", "2026-11-24T06:46:38.000Z");
    is_read("2026-11-23T22:46:38-08:00", "2026-11-24T06:46:38.000Z");
    static const char *const bad[] = {
        "", "2026-11-24", "2026-11-24T06:46:38", "2026-11-24T06:46:38.Z",
        "2026-11-24T06:46:38Zx", "2026-13-01T00:00Z", "2026-02-29T00:00Z",
        "2026-00-01T00:00Z", "2026-01-00T00:00Z", "2026-11-24T24:00Z",
        "2026-11-24T06:60Z", "2026-11-24T06:46:60Z", "2026-11-24 06:46Z",
        "+026-11-24T06:46Z", "2026-11-24T06:46+24:00", "2026-11-24T06:46+1:00"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms;
        assert_false(os_parse_instant(str_of(bad[i]), &ms));
    }
}

/* Every day of a thousand years, against the calendar of the C library. */
static void every_day(void **state)
{
    (void)state;
    int64_t first = os_days_from_civil(1600, 1, 1);
    int64_t last = os_days_from_civil(2600, 1, 1);
    assert_int_equal(os_days_from_civil(1970, 1, 1), 0);
    for (int64_t d = first; d < last; d++) {
        int64_t y;
        int m, day;
        struct tm tm;
        time_t t = (time_t)(d * 86400);
        os_civil_from_days(d, &y, &m, &day);
        assert_non_null(gmtime_r(&t, &tm));
        assert_int_equal(y, tm.tm_year + 1900);
        assert_int_equal(m, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_int_equal(os_days_from_civil(y, m, day), d);
        assert_true(os_date_valid(y, m, day));
    }
}

static void uuids(void **state)
{
    (void)state;
    unsigned char bytes[16];
    char u[OS_UUID_SIZE];
    memset(bytes, 0xff, sizeof bytes);
    os_uuid4(bytes, u);
    assert_string_equal(u, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(bytes, 0, sizeof bytes);
    os_uuid4(bytes, u);
    assert_string_equal(u, "00000000-0000-4000-8000-000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants), cmocka_unit_test(reading),
        cmocka_unit_test(every_day), cmocka_unit_test(uuids),
    };
    return cmocka_run_group_tests_name("os_time", tests, NULL, NULL);
}
