/* What declarations become in Sem: calendars, milestones, moments, and what
 * else stands outside phases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "compiler/compile.h"

static Compilation compiled;

static const Sem *check(const char *text)
{
    assert_int_equal(compile_source(STR("test.gate"), str_of(text), COMPILE_CHECK, &compiled), GATE_OK);
    return compiled.sem;
}

static const Sem *clean(const char *text)
{
    const Sem *s = check(text);
    if (compiled.diags.n > 0) {
        Buf out = {0};
        diag_print_text(&compiled.diags, false, &out);
        fputs(buf_z(&out), stderr);
        buf_free(&out);
    }
    assert_int_equal(compiled.diags.n, 0);
    return s;
}

static int done(void **state)
{
    (void)state;
    compile_free(&compiled);
    return 0;
}

#define PLAN "edition 1\nplan p \"P\"\nrole owner \"O\"\n"
#define SHIP(within) "phase ship \"Ship\" { needs nothing gate L2 \"Ship?\" by owner within " within " otherwise stop\n" \
    "action go { run shell.change { argv = [\"./go\"] } undo none because \"It stays where it is\" } }\n"
#define OFFICE "calendar office \"Work\" { zone \"Europe/Bratislava\" open Mon..Fri, Sun 08:00..17:00\n" \
    " open 2026-12-12 09:00..24:00 \"A Saturday\" open 2026-12-13\n" \
    " closed 2026-12-24..2026-12-26 \"Christmas\" closed 1970-01-02 }\n"
#define NIGHT "calendar night { zone \"Asia/Tokyo\" open Sat..Mon 00:00..06:00 }\n"

static void a_calendar_is_filled(void **state)
{
    (void)state;
    const Sem *s = clean(PLAN OFFICE SHIP("2 business days"));
    assert_int_equal(s->n_calendars, 1);
    const SemCalendar *c = &s->calendars[0];
    assert_true(str_is(c->name, "office") && str_is(c->title, "Work") && str_is(c->zone, "Europe/Bratislava"));
    assert_true(c->file == s->file && c->zone_node != 0);
    assert_int_equal(c->n_opens, 4);
    assert_true(c->opens[0].first == 0 && c->opens[0].last == 4 && !c->opens[0].is_date);
    assert_true(c->opens[1].first == 6 && c->opens[1].last == 6);
    assert_true(c->opens[1].from_s == 8 * 3600 && c->opens[1].to_s == 17 * 3600);
    assert_true(c->opens[2].is_date && c->opens[2].to_s == 86400 && str_is(c->opens[2].title, "A Saturday"));
    assert_true(c->opens[3].date == c->opens[2].date + 1 && c->opens[3].from_s == 0 && c->opens[3].to_s == 86400);
    assert_int_equal(c->n_closed, 2);
    assert_true(c->closed[0].last - c->closed[0].first == 2 && str_is(c->closed[0].title, "Christmas"));
    assert_true(c->closed[1].first == 1 && c->closed[1].last == 1);
}

static void business_time_is_of_the_calendar_named_or_of_the_only_one(void **state)
{
    (void)state;
    const Sem *s = clean(PLAN OFFICE SHIP("2 business days"));
    SemDuration d = s->gates[0].within;
    assert_true(d.kind == ST_DAYS && d.n == 2 && d.calendar == 0 && sem_ms(d) == -1);
    compile_free(&compiled);
    s = clean(PLAN OFFICE NIGHT SHIP("3 business hours of night")
              "milestone live needs ship due 1 business days of office after ship\n");
    d = s->gates[0].within;
    assert_true(d.kind == ST_HOURS && d.n == 3 && d.calendar == 1);
}

static void a_milestone_holds_its_needs_and_when_it_is_due(void **state)
{
    (void)state;
    const Sem *s = clean(PLAN OFFICE "input day: date\nlet noon = 2027-01-15T12:00Z\n" SHIP("1d")
                         "milestone a \"A\" needs ship due 2027-01-15\n"
                         "milestone b needs any of ship due 2027-01-15T12:00\n"
                         "milestone c needs ship even if failed due day\n"
                         "milestone d due 2d after noon\n"
                         "milestone e due 1 business days after d\n"
                         "milestone f needs ship due ship\n");
    const SemMilestone *m = s->milestones;
    assert_int_equal(s->n_milestones, 6);
    assert_true(str_is(m[0].name, "a") && str_is(m[0].title, "A") && m[0].n_needs == 1 && m[0].needs[0].phase == 0);
    assert_true(m[0].due.kind == SM_DATE && m[0].due.ms == INT64_C(1799971200000) && m[0].due.calendar == 0);
    assert_true(m[1].needs_any && m[1].due.kind == SM_INSTANT && m[1].due.zoneless && m[1].due.calendar == 0);
    assert_true(m[2].needs[0].even_if_failed && m[2].due.kind == SM_VALUE);
    SemExpr e = m[2].due.value;
    assert_true(e.file->refs[e.node].kind == SR_INPUT && e.file->types[e.node] == TK_DATE);
    e = m[3].due.value;
    assert_true(e.file->refs[e.node].kind == SR_LET && e.file->types[e.node] == TK_INSTANT);
    assert_true(m[3].due.after.kind == ST_CLOCK && m[3].due.after.n == 2 * 86400000);
    assert_true(m[4].due.kind == SM_MILESTONE && m[4].due.index == 3 && m[4].due.after.kind == ST_DAYS);
    assert_true(m[5].due.kind == SM_PHASE && m[5].due.index == 0 && m[5].due.after.kind == ST_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_calendar_is_filled, done),
        cmocka_unit_test_teardown(business_time_is_of_the_calendar_named_or_of_the_only_one, done),
        cmocka_unit_test_teardown(a_milestone_holds_its_needs_and_when_it_is_due, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
