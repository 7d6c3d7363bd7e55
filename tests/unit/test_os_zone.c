/* Time zones: clock changes to the second, rules in the far future, names that
 * are none, damaged files, limits. All zones are compared with Python's in
 * tests/cli/zone_peer.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"
#include "vm/os/zone.h"

static Arena *arena;

static const Zone *zone(const char *name)
{
    const Zone *z;
    assert_int_equal(zone_load(NULL, str_of(name), arena, &z, NULL), GATE_OK);
    assert_non_null(z);
    return z;
}

static int64_t at(const char *text)
{
    int64_t ms;
    assert_true(os_parse_instant(str_of(text), &ms));
    return ms;
}

static void the_wall_at_an_instant(void **state)
{
    (void)state;
    static const struct { const char *zone, *utc, *wall; } rows[] = {
        {"Europe/Bratislava", "2027-03-28T00:59:59Z", "2027-03-28T01:59:59Z"},
        {"Europe/Bratislava", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00Z"},
        {"Europe/Bratislava", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59Z"},
        {"Europe/Bratislava", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
        {"Europe/Bratislava", "2199-07-01T12:00:00Z", "2199-07-01T14:00:00Z"},
        {"Europe/Bratislava", "2999-01-01T12:00:00Z", "2999-01-01T13:00:00Z"},
        {"Europe/Bratislava", "9998-07-01T12:00:00Z", "9998-07-01T14:00:00Z"},
        {"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00Z"},
        {"America/New_York", "2090-11-05T05:59:59Z", "2090-11-05T01:59:59Z"},
        {"America/New_York", "2090-11-05T06:00:00Z", "2090-11-05T01:00:00Z"},
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30:00Z"}, /* half an hour */
        {"Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T05:30:00Z"},
        {"America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-04T01:00:00Z"}, /* no midnight */
        {"Africa/Casablanca", "2026-02-20T12:00:00Z", "2026-02-20T12:00:00Z"}, /* Ramadan */
        {"Africa/Casablanca", "2026-04-20T12:00:00Z", "2026-04-20T13:00:00Z"},
        {"Europe/Dublin", "2060-07-01T12:00:00Z", "2060-07-01T13:00:00Z"}, /* winter is the exception */
        {"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59Z"},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00Z"}, /* no 30th */
        {"Africa/Monrovia", "1971-01-01T00:44:30Z", "1971-01-01T00:00:00Z"},
        {"UTC", "2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(zone_local(zone(rows[i].zone), at(rows[i].utc)), at(rows[i].wall));
}

static void the_instant_of_a_wall(void **state)
{
    (void)state;
    static const struct { const char *zone, *wall, *utc; ZoneTimes times; } rows[] = {
        {"Europe/Bratislava", "2026-11-24T08:00:00Z", "2026-11-24T07:00:00Z", ZONE_ONCE},
        {"Europe/Bratislava", "2027-03-28T01:59:59Z", "2027-03-28T00:59:59Z", ZONE_ONCE},
        {"Europe/Bratislava", "2027-03-28T02:00:00Z", "2027-03-28T01:00:00Z", ZONE_SKIPPED},
        {"Europe/Bratislava", "2027-03-28T02:30:00Z", "2027-03-28T01:30:00Z", ZONE_SKIPPED},
        {"Europe/Bratislava", "2027-03-28T02:59:59Z", "2027-03-28T01:59:59Z", ZONE_SKIPPED},
        {"Europe/Bratislava", "2027-03-28T03:00:00Z", "2027-03-28T01:00:00Z", ZONE_ONCE},
        {"Europe/Bratislava", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z", ZONE_ONCE},
        {"Europe/Bratislava", "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z", ZONE_REPEATED},
        {"Europe/Bratislava", "2026-10-25T02:59:59Z", "2026-10-25T00:59:59Z", ZONE_REPEATED},
        {"Europe/Bratislava", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", ZONE_ONCE},
        {"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z", ZONE_REPEATED},
        {"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z", ZONE_SKIPPED},
        {"America/Sao_Paulo", "2018-11-04T00:00:00Z", "2018-11-04T03:00:00Z", ZONE_SKIPPED},
        {"Europe/Bratislava", "2427-03-28T02:30:00Z", "2427-03-28T01:30:00Z", ZONE_SKIPPED},
        {"Europe/Bratislava", "2827-03-28T02:30:00Z", "2827-03-28T01:30:00Z", ZONE_SKIPPED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ZoneTimes times;
        assert_int_equal(zone_utc(zone(rows[i].zone), at(rows[i].wall), &times), at(rows[i].utc));
        assert_int_equal(times, rows[i].times);
    }
}

static void a_span_has_both_ends(void **state)
{
    (void)state;
    ZoneSpan s = zone_span(zone("Europe/Bratislava"), at("2026-11-24T06:00Z"));
    assert_int_equal(s.from_ms, at("2026-10-25T01:00Z"));
    assert_int_equal(s.until_ms, at("2027-03-28T01:00Z"));
    assert_int_equal(s.offset_ms, 3600000);
    s = zone_span(zone("Europe/Bratislava"), at("3326-11-24T06:00Z"));
    assert_int_equal(s.from_ms, at("3326-10-27T01:00Z"));
    s = zone_span(zone_of_utc(), 0);
    assert_true(s.from_ms == INT64_MIN && s.until_ms == INT64_MAX && s.offset_ms == 0);
}

static void is_none(const char *name, GateStatus want)
{
    const Zone *z = zone_of_utc();
    Buf why = {0};
    assert_int_equal(zone_load(NULL, str_of(name), arena, &z, &why), want);
    assert_null(z);
    assert_true(why.n > 0);
    buf_free(&why);
}

static void names_that_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "Europe/Bratislva", "Europe", "../../../etc/passwd",
        "Europe/../UTC", "/usr/share/zoneinfo/UTC", "Europe//Prague", "Europe/", "a b", "."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        is_none(bad[i], GATE_E_NOTFOUND);
    is_none("tzdata.zi", GATE_E_NOTFOUND);
}

static void the_database_lists_its_names(void **state)
{
    (void)state;
    const Str *names;
    uint32_t n, seen = 0;
    assert_int_equal(zone_names(NULL, arena, &names, &n), GATE_OK);
    assert_true(n > 400);
    for (uint32_t i = 0; i < n; i++)
        seen += str_is(names[i], "Europe/Bratislava") || str_is(names[i], "America/New_York");
    assert_int_equal(seen, 2);
}

/* --- a database of our own ----------------------------------------------------- */

static char folder[] = "/tmp/zoneXXXXXX";

static int make_folder(void **state)
{
    (void)state;
    arena = arena_new(0);
    return arena == NULL || mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    arena_free(arena);
    return system(command) != 0;
}

static void write_zone(const char *name, const void *p, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(os_write_file(path, (Str){p, n}, 0644, NULL), GATE_OK);
}

static GateStatus load_own(const char *name)
{
    const Zone *z;
    return zone_load(folder, str_of(name), arena, &z, NULL);
}

/* Every byte of a real file changed, and every length: no crash, and what is
 * read has offsets that can be. */
static void damaged_files(void **state)
{
    (void)state;
    Buf file = {0};
    assert_int_equal(os_read_file("/usr/share/zoneinfo/America/Nuuk", LIM_ZONE_BYTES, &file, NULL), GATE_OK);
    for (size_t n = 0; n < file.n; n++) {
        write_zone("Cut", file.p, n);
        assert_int_equal(load_own("Cut"), GATE_E_FORMAT);
    }
    for (size_t i = 0; i < file.n; i++) {
        char was = file.p[i];
        file.p[i] = (char)(was ^ 0x55);
        write_zone("Bent", file.p, file.n);
        const Zone *z;
        if (zone_load(folder, str_of("Bent"), arena, &z, NULL) == GATE_OK) {
            int64_t off = zone_span(z, 1795502798123).offset_ms;
            assert_true(off >= -26 * 3600000 && off <= 26 * 3600000);
        }
        file.p[i] = was;
        arena_reset(arena);
    }
    buf_free(&file);
}

static void a_missing_database_is_no_unknown_zone(void **state)
{
    (void)state;
    const Zone *z;
    Buf why = {0};
    assert_int_equal(zone_load("/nowhere", str_of("Europe/Prague"), arena, &z, &why), GATE_E_IO);
    assert_string_equal(buf_z(&why), "/nowhere/Europe/Prague cannot be read: there is no time zone database");
    assert_int_equal(zone_load("/nowhere", str_of("UTC"), arena, &z, NULL), GATE_OK);
    const Str *names;
    uint32_t n;
    assert_int_equal(zone_names("/nowhere", arena, &names, &n), GATE_E_IO);
    buf_free(&why);
}

/* A zone file of any size: behind the zeros of its last part nothing counts. */
static GateStatus load_of_size(size_t size)
{
    unsigned char *p = calloc(1, size);
    assert_non_null(p);
    size_t chars = size - 44 - 7 - 44 - 6 - 2;
    memcpy(p, "TZif2", 5);
    p[39] = p[43] = 1; /* a type, and one character */
    unsigned char *h = p + 44 + 7;
    memcpy(h, "TZif2", 5);
    h[39] = 1;
    h[40] = (unsigned char)(chars >> 24);
    h[41] = (unsigned char)(chars >> 16);
    h[42] = (unsigned char)(chars >> 8);
    h[43] = (unsigned char)chars;
    p[size - 2] = p[size - 1] = '\n';
    write_zone("Big", p, size);
    free(p);
    return load_own("Big");
}

static void limits(void **state)
{
    (void)state;
    assert_int_equal(load_of_size(LIM_ZONE_BYTES - 1), GATE_OK);
    assert_int_equal(load_of_size(LIM_ZONE_BYTES), GATE_OK);
    assert_int_equal(load_of_size(LIM_ZONE_BYTES + 1), GATE_E_FORMAT);
    const Str *names;
    uint32_t n;
    for (int more = -1; more <= 1; more++) {
        size_t size = (size_t)(LIM_ZONE_LIST_BYTES + more);
        char *p = malloc(size);
        assert_non_null(p);
        memset(p, '#', size);
        memcpy(p, "Z A/B x\n", 8);
        write_zone("tzdata.zi", p, size);
        free(p);
        assert_int_equal(zone_names(folder, arena, &names, &n), more > 0 ? GATE_E_IO : GATE_OK);
        assert_int_equal(n, more > 0 ? 0 : 1);
    }
}

/* Whichever allocation fails, it is said, and nothing is left behind. */
static void memory_runs_out(void **state)
{
    (void)state;
    const Zone *z;
    const Str *names;
    uint32_t n, failed = 0;
    GateStatus s = GATE_E_MEMORY;
    for (uint64_t at = 1; s != GATE_OK; at++) {
        Arena *a = arena_new(0);
        assert_non_null(a);
        mem_fail_at(at, false);
        s = zone_load(NULL, STR("Europe/Bratislava"), a, &z, NULL);
        if (s == GATE_OK)
            s = zone_names(NULL, a, &names, &n);
        mem_fail_at(0, false);
        arena_free(a);
        assert_true(s == GATE_OK || s == GATE_E_MEMORY);
        failed += s == GATE_E_MEMORY;
    }
    assert_true(failed > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_at_an_instant),
        cmocka_unit_test(the_instant_of_a_wall),
        cmocka_unit_test(a_span_has_both_ends),
        cmocka_unit_test(names_that_are_none),
        cmocka_unit_test(the_database_lists_its_names),
        cmocka_unit_test(a_missing_database_is_no_unknown_zone),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(limits),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("os_zone", tests, make_folder, drop_folder);
}
