/* What is proved of a plan as a whole, at its limits, and what is told of it
 * with -v. */
#include "tests/unit/test_compiler_util.h"
#include "compiler/prove/story.h"

static uint32_t count_of(const char *plan, uint16_t code)
{
    check(plan);
    return count_code(code);
}

/* --- approvals in one day ----------------------------------------------------- */

static void gates(Buf *out, uint32_t n, const char *clause, const char *by)
{
    out->n = 0;
    buf_puts(out, "edition 1\nplan p\nrole a\nrole b\n");
    for (uint32_t i = 0; i < n; i++) {
        buf_printf(out, "phase p%u { ", i);
        if (i == 0)
            buf_puts(out, "needs nothing");
        else
            buf_printf(out, "needs p%u", i - 1);
        buf_printf(out, " %s gate L2 \"Go on?\" by %s within 1d otherwise stop tell a \"x\" }\n", clause, by);
    }
}

static void a_role_is_asked_so_often_in_one_day(void **state)
{
    (void)state;
    Buf b = {0};
    uint32_t most = LIM_APPROVALS_A_DAY;
    gates(&b, most, "", "a");
    assert_int_equal(count_of(buf_z(&b), 4011), 0);
    gates(&b, most + 1, "", "a");
    assert_int_equal(count_of(buf_z(&b), 4011), 1);
    gates(&b, most + 1, "", "all of a, b");
    assert_int_equal(count_of(buf_z(&b), 4011), 2);
    gates(&b, most + 1, "", "any of a, b"); /* the other one may say it */
    assert_int_equal(count_of(buf_z(&b), 4011), 0);
    gates(&b, most + 1, "estimate 288m", "a"); /* five of them are a day */
    assert_int_equal(count_of(buf_z(&b), 4011), 0);
    gates(&b, most + 1, "estimate 287m", "a");
    assert_int_equal(count_of(buf_z(&b), 4011), 1);
    buf_free(&b);
}

/* Side by side they are not on one way; and the sixth of a way counts, whichever
 * way that is. */
static void approvals_are_counted_along_a_way(void **state)
{
    (void)state;
    Buf b = {0};
    gates(&b, LIM_APPROVALS_A_DAY, "", "a");
    size_t before = b.n;
    buf_puts(&b, "phase beside { needs p1 gate L2 \"Go on?\" by a within 1d otherwise stop tell a \"x\" }\n");
    assert_int_equal(count_of(buf_z(&b), 4011), 0);
    b.n = before;
    buf_puts(&b, "phase join { needs beside, p4 gate L2 \"Go on?\" by a within 1d otherwise stop tell a \"x\" }\n"
                 "phase beside { needs nothing estimate 9d tell a \"x\" }\n");
    assert_int_equal(count_of(buf_z(&b), 4011), 1);
    b.n = before;
    buf_puts(&b, "phase join { needs p4 gate L2 \"Go on?\" by a within 1d not before 1d after p4 otherwise stop tell a \"x\" }\n");
    assert_int_equal(count_of(buf_z(&b), 4011), 0);
    buf_free(&b);
}

/* --- lists within lists --------------------------------------------------------- */

static uint32_t lists(uint32_t inner, bool within_each)
{
    Buf b = {0};
    buf_puts(&b, "edition 1\nplan p\ninput xs: list of number\nlet few = [0");
    for (uint32_t i = 1; i < inner; i++)
        buf_puts(&b, ", 0");
    buf_puts(&b, "]\nphase p { ");
    if (within_each)
        buf_puts(&b, "action q { each x in xs run shell.query { argv = [\"ls\", if some y in few satisfies y == x "
                     "then \"a\" else \"b\"] } } }\n");
    else
        buf_puts(&b, "require every x in xs satisfies some y in few satisfies y == x "
                     "action q { run shell.query { argv = [\"ls\"] } } }\n");
    uint32_t n = count_of(buf_z(&b), 7006);
    buf_free(&b);
    return n;
}

static void rounds_are_counted_to_the_last_step(void **state)
{
    (void)state;
    uint32_t most = LIM_FUEL / LIM_LIST_ITEMS;
    for (int within_each = 0; within_each < 2; within_each++) {
        assert_int_equal(lists(most, within_each), 0);
        assert_int_equal(lists(most + 1, within_each), 1);
    }
}

/* --- what -v tells ----------------------------------------------------------------- */

#define RETURNS                                                                                  \
    "edition 1\nplan p\nrole a\nrole b\ninput xs: list of text\n"                                \
    "phase look { needs nothing action see { run shell.query { argv = [\"ls\"] } } }\n"          \
    "phase try_it { needs look limit 7 x gate L2 \"Go on?\" by 2 of a, b within 1d\n"            \
    "  otherwise ask again every 1d at most 3 times\n"                                           \
    "  action all { each x in xs run file.write { path = x, text = \"t\" } retry 2 times every 1m } }\n" \
    "phase check_it { needs try_it gate L2 \"Well?\" by a within 1d may return to try_it at most 2 times otherwise stop\n" \
    "  action out { run shell.change { argv = [\"./out\"] } undo none because \"What is out is out\" } }\n"

static void bounds_count_everything(void **state)
{
    (void)state;
    check(RETURNS);
    assert_int_equal(count_code(3006), 0);
    assert_int_equal(compiled.diags.errors, 0);
    PlanBounds b = story_bounds(compiled.sem, compiled.arena);
    assert_int_equal(b.actions, 1 + 7 + 1);
    assert_int_equal(b.calls, 1 + 7 * 3 * 3 + 1 * 3);
    assert_int_equal(b.undo_calls, 7 * 3);
    assert_int_equal(b.questions, 4 * 3 + 1 * 3);
    assert_int_equal(b.approvals, 2 * 3 + 1 * 3);
    assert_int_equal(b.unbounded, 1);
    assert_int_equal(b.steps, LIM_FUEL);
    assert_int_equal(b.memory, LIM_ARENA_BYTES);
}

static void the_way_back_is_told(void **state)
{
    (void)state;
    Buf out = {0};
    check(RETURNS);
    story_put_way_back(compiled.sem, &out);
    assert_string_equal(buf_z(&out), "  ways back    try_it: all can be undone: all\n"
                                     "               check_it: cannot be undone: out (the point of no return)\n");
    out.n = 0;
    check("edition 1\nplan p\nrole a\nphase p { gate L3 \"Do it\" by a\n"
          "  task turn by a { steps \"Turn it on\" undo \"Turn it off\" }\n"
          "  task burn by a { steps \"Burn it\" undo none because \"Burnt is burnt\" } }\n");
    story_put_way_back(compiled.sem, &out);
    assert_string_equal(buf_z(&out), "  ways back    p: can be undone: turn; cannot be undone: burn (the point of no return)\n");
    out.n = 0;
    check("edition 1\nplan p\nrole a\nphase p { tell a \"x\" }\n");
    story_put_way_back(compiled.sem, &out);
    assert_string_equal(buf_z(&out), "  ways back    nothing is changed, so nothing has to be undone\n");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_is_asked_so_often_in_one_day),
        cmocka_unit_test(approvals_are_counted_along_a_way),
        cmocka_unit_test(rounds_are_counted_to_the_last_step),
        cmocka_unit_test(bounds_count_everything),
        cmocka_unit_test_teardown(the_way_back_is_told, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
