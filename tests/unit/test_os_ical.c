/* Holiday lists: what takes whole days, how it repeats, what is left out; files
 * that are none; limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/test_arena.h"
#include "vm/os/ical.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

static int32_t day(int y, int m, int d)
{
    return (int32_t)os_days_from_civil(y, m, d);
}

static GateStatus read_text(Str text, IcalList *out, Buf *why)
{
    return ical_read(text, day(1970, 1, 1), day(2099, 12, 31), arena, out, why);
}

/* The lines of one event; more than one: put END and BEGIN between. */
static Str file_of(const char *lines)
{
    return arena_printf(arena, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\n"
                               "%sEND:VEVENT\r\nEND:VCALENDAR\r\n", lines);
}
#define NEXT "END:VEVENT\r\nBEGIN:VEVENT\r\n"

/* want: "2027-01-01 2027-12-24..2027-12-26", in the file's order. */
static void days_are(const char *lines, const char *want)
{
    IcalList list;
    Buf got = {0}, why = {0};
    GateStatus s = read_text(file_of(lines), &list, &why);
    if (s != GATE_OK)
        print_error("%s\n", buf_z(&why));
    assert_int_equal(s, GATE_OK);
    for (uint32_t i = 0; i < list.n; i++) {
        int64_t y;
        int m, d;
        os_civil_from_days(list.days[i].first, &y, &m, &d);
        buf_printf(&got, "%s%04d-%02d-%02d", i == 0 ? "" : " ", (int)y, m, d);
        os_civil_from_days(list.days[i].last, &y, &m, &d);
        if (list.days[i].last != list.days[i].first)
            buf_printf(&got, "..%04d-%02d-%02d", (int)y, m, d);
    }
    assert_string_equal(buf_z(&got), want);
    buf_free(&got);
    buf_free(&why);
}

static void whole_days(void **state)
{
    (void)state;
    days_are("DTSTART;VALUE=DATE:20270101\r\n", "2027-01-01");
    days_are("DTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102\r\n", "2027-01-01");
    days_are("DTSTART;VALUE=DATE:20271224\r\nDTEND;VALUE=DATE:20271227\r\n", "2027-12-24..2027-12-26");
    days_are("DTSTART;VALUE=DATE:20271224\r\nDURATION:P3D\r\n", "2027-12-24..2027-12-26");
    days_are("DTSTART;VALUE=DATE:20271224\r\nDURATION:P1W\r\n", "2027-12-24..2027-12-30");
    days_are("DTSTART;VALUE=DATE:20271224\r\nDTEND;VALUE=DATE:20271224\r\n", "2027-12-24");
    days_are("DTSTART;VALUE=DATE:20280229\r\nSUMMARY:Leap\r\n" NEXT "DTSTART;VALUE=DATE:20270101\r\n",
             "2028-02-29 2027-01-01");
    days_are("DTSTART:20270505T100000Z\r\n" NEXT "DTSTART;VALUE=DATE:20270101\r\n", "2027-01-01");
    days_are("DTSTART;VALUE=DATE:20270505\r\nSTATUS:CANCELLED\r\n" NEXT "DTSTART;VALUE=DATE:20270101\r\n", "2027-01-01");
    days_are("DTSTART;VALUE=DATE:20270101\r\nLOCATION:\r\n", "2027-01-01"); /* libical complains, of nothing that matters */
}

static void repetitions(void **state)
{
    (void)state;
    days_are("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n", "2027-01-01 2028-01-01 2029-01-01");
    days_are("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;COUNT=2\r\n", "2024-02-29 2028-02-29");
    days_are("DTSTART;VALUE=DATE:20260907\r\nRRULE:FREQ=YEARLY;UNTIL=20280930;BYMONTH=9;BYDAY=1MO\r\n",
             "2026-09-07 2027-09-06 2028-09-04");
    days_are("DTSTART;VALUE=DATE:20261126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3\r\n",
             "2026-11-26 2027-11-25 2028-11-23");
    days_are("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;COUNT=4\r\nEXDATE;VALUE=DATE:20280101,20290101\r\n",
             "2027-01-01 2030-01-01");
    days_are("DTSTART;VALUE=DATE:20270101\r\nRDATE;VALUE=DATE:20270305,20280620\r\n", "2027-01-01 2027-03-05 2028-06-20");
    days_are("UID:a\r\nDTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;COUNT=3\r\n" NEXT
             "UID:a\r\nRECURRENCE-ID;VALUE=DATE:20280101\r\nDTSTART;VALUE=DATE:20280103\r\n",
             "2027-01-01 2029-01-01 2028-01-03");
    days_are("DTSTART;VALUE=DATE:20270227\r\nDTEND;VALUE=DATE:20270301\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n",
             "2027-02-27..2027-02-28 2027-03-06..2027-03-07");
    days_are("DTSTART;VALUE=DA\r\n TE:20270101\r\nRRU\r\n\tLE:FREQ=YEARLY;COUNT=2\r\n", "2027-01-01 2028-01-01"); /* folded */
}

static void what_a_list_says_of_its_end(void **state)
{
    (void)state;
    IcalList list;
    assert_int_equal(read_text(file_of("DTSTART;VALUE=DATE:20270101\r\n"), &list, NULL), GATE_OK);
    assert_false(list.endless);
    assert_int_equal(list.last, day(2027, 1, 1));
    assert_int_equal(read_text(file_of("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:New Year\r\n"),
                               &list, NULL), GATE_OK);
    assert_true(list.endless);
    assert_int_equal(list.n, 2099 - 2027 + 1);
    assert_true(str_is(list.days[5].title, "New Year"));
}

static void is_no_list(Str text, const char *words)
{
    IcalList list;
    Buf why = {0};
    assert_int_equal(read_text(text, &list, &why), GATE_E_FORMAT);
    if (strstr(buf_z(&why), words) == NULL)
        print_error("said: %s\n", buf_z(&why));
    assert_non_null(strstr(buf_z(&why), words));
    buf_free(&why);
}

/* Nothing that cannot be read leaves a day open in silence. */
static void files_that_are_none(void **state)
{
    (void)state;
    is_no_list(STR(""), "no iCalendar file");
    is_no_list(STR("hello"), "no iCalendar file");
    is_no_list(STR("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\n"), "no iCalendar file");
    is_no_list(STR("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), "no events");
    is_no_list(STR("BEGIN:VCALENDAR\n\0END:VCALENDAR\n"), "no iCalendar file");
    is_no_list(file_of("SUMMARY:x\r\n"), "does not say when");
    is_no_list(file_of("DTSTART;VALUE=DATE:2027xx01\r\n"), "cannot be read");
    is_no_list(file_of("DTSTART;VALUE=DATE:20270230\r\n"), "does not exist");
    is_no_list(file_of("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLX\r\n"), "cannot be read");
    is_no_list(file_of("DTSTART;VALUE=DATE:20270101\r\nRRULE:\r\n"), "cannot be read");
    is_no_list(file_of("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n"), "cannot be read");
    is_no_list(STR("EN\r\n D:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), "no iCalendar file");
    is_no_list(file_of("DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=HOURLY\r\n"), "more often than daily");
    is_no_list(file_of("DTSTART:20270101T080000Z\r\n"), "whole days");
}

/* Every byte of a list changed: an answer, never a crash. */
static void damaged_lists(void **state)
{
    (void)state;
    Str good = file_of("UID:a\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270103\r\n"
                       "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=1MO;COUNT=5\r\nEXDATE;VALUE=DATE:20280101\r\n");
    char *z = arena_copy(arena, good.p, good.n);
    uint32_t read = 0;
    for (size_t i = 0; i < good.n; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            IcalList list;
            z[i] = (char)(good.p[i] ^ 1 << bit);
            read += read_text((Str){z, good.n}, &list, NULL) == GATE_OK;
            z[i] = good.p[i];
        }
    assert_true(read > 0);
}

static void a_list_has_an_end(void **state)
{
    (void)state;
    for (int more = -1; more <= 1; more++) {
        Buf lines = {0}, why = {0};
        buf_printf(&lines, "DTSTART;VALUE=DATE:19700101\r\nRRULE:FREQ=DAILY;COUNT=%d\r\n", LIM_HOLIDAYS + more);
        IcalList list;
        GateStatus s = read_text(file_of(buf_z(&lines)), &list, &why);
        assert_int_equal(s, more > 0 ? GATE_E_LIMIT : GATE_OK);
        if (more <= 0)
            assert_int_equal(list.n, LIM_HOLIDAYS + more);
        buf_free(&lines);
        buf_free(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_days),
        cmocka_unit_test(repetitions),
        cmocka_unit_test(what_a_list_says_of_its_end),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(damaged_lists),
        cmocka_unit_test(a_list_has_an_end),
    };
    return cmocka_run_group_tests_name("os_ical", tests, set_up, tear_down);
}
