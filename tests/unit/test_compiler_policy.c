/* Policies are proved: each case beside what a person finds by looking. */
#include "tests/unit/test_compiler_util.h"
#include "vm/core/value.h"

static uint32_t count_under(const Sem *const *hosts, uint32_t n_hosts, const char *start, const char *plan, uint16_t code)
{
    CompileOptions o = {.sem = {.hosts = hosts, .n_hosts = n_hosts}};
    if (start != NULL)
        o.sem.has_start = lit_instant(str_of(start), &o.sem.start_ms);
    check_with("p.gate", plan, &o);
    for (uint32_t i = 0; i < compiled.diags.n; i++)
        assert_true(compiled.diags.items[i].code / 1000 == 8); /* nothing else is wrong */
    return count_code(code);
}

static uint32_t count_of(const char *plan, uint16_t code)
{
    return count_under(NULL, 0, NULL, plan, code);
}

/* --- hours --------------------------------------------------------------------- */

#define EVENINGS "calendar evenings { zone \"Europe/Bratislava\" open Tue..Thu 18:00..22:00 }\n"
#define HEAD "edition 1\nplan p \"P\"\nrole owner \"O\"\n"
#define ROLLOUT(of_phase, of_action) "phase rollout \"R\" { needs nothing " of_phase \
    " gate L2 \"Patch?\" by owner within 1d otherwise stop action patch \"Patch\" { " of_action \
    " run shell.change { argv = [\"./patch.sh\"] } undo none because \"The vendor offers none\" } }\n"
#define CHANGE_HOURS "policy change_hours \"Servers change only in the evening\" {\n" \
    " for every action where action.changes require action.only_during(evenings) }\n"

static void servers_change_only_in_the_evening(void **state)
{
    (void)state;
    assert_int_equal(count_of(HEAD EVENINGS CHANGE_HOURS ROLLOUT("", "only during evenings timeout 1h"), 8001), 0);
    assert_int_equal(compiled.diags.n, 0);
    assert_int_equal(count_of(HEAD EVENINGS CHANGE_HOURS ROLLOUT("only during evenings", "timeout 1h"), 8001), 0);
    assert_int_equal(count_of(HEAD EVENINGS CHANGE_HOURS ROLLOUT("", ""), 8001), 1);
}

/* Every calendar within every other, beside their hours of one week, 4 bits:
 * [6, 12), [12, 18) and so on. */
static void hours_within_hours(void **state)
{
    (void)state;
    static const char *const parts[] = {"00:00..06:00", "06:00..12:00", "12:00..18:00", "18:00..24:00"};
    for (unsigned a = 1; a < 16; a++)
        for (unsigned b = 1; b < 16; b++) {
            Buf plan = {0};
            buf_puts(&plan, HEAD);
            for (unsigned k = 0; k < 2; k++) {
                buf_printf(&plan, "calendar %s { zone \"UTC\"", k == 0 ? "mine" : "wanted");
                for (unsigned i = 0; i < 4; i++)
                    if (((k == 0 ? a : b) >> i & 1) != 0)
                        buf_printf(&plan, " open Mon..Sun %s", parts[i]);
                buf_puts(&plan, " }\n");
            }
            size_t before = plan.n;
            for (unsigned k = 0; k < 2; k++) { /* no action can keep to both */
                plan.n = before;
                buf_printf(&plan, "policy x { for every action require %s(wanted) }\n",
                           k == 0 ? "action.only_during" : "not action.may_overlap");
                buf_puts(&plan, ROLLOUT("", "only during mine timeout 1m"));
                assert_int_equal(count_of(buf_z(&plan), 8001), k == 0 ? (a & ~b) != 0 : (a & b) != 0);
            }
            buf_free(&plan);
        }
}

/* A day that is open once counts where it lies within the two years. */
static void calendars_are_compared_for_so_many_days(void **state)
{
    (void)state;
    static const char plan[] = HEAD "calendar mine { zone \"UTC\" open Mon..Fri 18:00..20:00 open 2028-11-25 06:00..08:00 }\n"
        "calendar wanted { zone \"UTC\" open Mon..Fri 18:00..20:00 }\n"
        "policy x { for every action require action.only_during(wanted) }\n" ROLLOUT("", "only during mine timeout 1m");
    assert_int_equal(LIM_POLICY_DAYS, 731); /* 2026-11-25 and so many days are 2028-11-25 */
    assert_int_equal(count_under(NULL, 0, "2026-11-25T06:00Z", plan, 8001), 0);
    assert_int_equal(count_under(NULL, 0, "2026-11-25T06:01Z", plan, 8001), 1);
    assert_int_equal(count_of(plan, 8001), 1);
}

/* --- numbers, levels, times -------------------------------------------------------- */

static void gates_beside_a_table(void **state)
{
    (void)state;
    static const char *const ops[] = {"<", "<=", "==", "!=", ">=", ">"};
    for (int quorum = 1; quorum <= 3; quorum++)
        for (int level = 2; level <= 3; level++)
            for (int n = 1; n <= 4; n++)
                for (int op = 0; op < 6; op++) {
                    Buf plan = {0};
                    const bool holds[] = {quorum < n, quorum <= n, quorum == n, quorum != n, quorum >= n, quorum > n};
                    buf_printf(&plan, "edition 1\nplan p \"P\"\nrole a \"A\"\nrole b \"B\"\nrole c \"C\"\nlet n = %d\n"
                                      "policy x { for every gate where gate.level == L3 require gate.quorum %s n }\n"
                                      "policy y { for every phase require phase.gate.quorum %s n or phase.level == L0 }\n"
                                      "policy z { for every action where action.changes require action.gate.quorum %s n }\n"
                                      "phase look \"L\" { needs nothing action see \"S\" { run shell.query { argv = [\"ls\"] } } }\n"
                                      "phase go \"G\" { needs look gate L%d \"Go?\" by %d of a, b, c within 1d otherwise stop\n"
                                      "%s }\n", n, ops[op], ops[op], ops[op], level, quorum,
                               level == 3 ? "task plug \"Plug\" by a { steps \"Plug\" undo \"Unplug\" }"
                                          : "action go \"Go\" { run shell.change { argv = [\"./go\"] } undo none because \"What is done stays done\" }");
                    assert_int_equal(count_of(buf_z(&plan), 8001), holds[op] ? 0 : 2);
                    assert_int_equal(count_of(buf_z(&plan), 8002), 1); /* x at L2, z at L3 */
                    buf_free(&plan);
                }
}

static void what_may_take_longer_is_proved_at_both_ends(void **state)
{
    (void)state;
#define TIMED(rule, within) HEAD EVENINGS "policy x { for every gate require " rule " }\n" \
    "phase go \"G\" { needs nothing gate L2 \"Go?\" by owner within " within " otherwise stop action go \"Go\" {" \
    " run shell.change { argv = [\"./go\"] } undo none because \"What is done stays done\" only during evenings timeout 1h } }\n"
    assert_int_equal(count_of(TIMED("gate.within <= 2d", "2d"), 8001), 0);
    assert_int_equal(count_of(TIMED("gate.within < 2d", "2d"), 8001), 1);
    assert_int_equal(count_of(TIMED("gate.within <= 2d", "4 business hours"), 8001), 1);
    assert_int_equal(count_of(TIMED("gate.within >= 4h", "4 business hours"), 8001), 0);
    assert_int_equal(count_of(TIMED("gate.within > 4h", "4 business hours"), 8001), 1);
    /* An action's gate is business time, and the action itself is not. */
#define OF_ACTION(rule) HEAD EVENINGS "policy x { for every action require " rule " }\n" \
    "phase go \"G\" { needs nothing gate L2 \"Go?\" by owner within 4 business hours otherwise stop action go \"Go\" {" \
    " run shell.change { argv = [\"./go\"] } undo none because \"What is done stays done\" only during evenings timeout 1h } }\n"
    assert_int_equal(count_of(OF_ACTION("action.gate.within >= 4h and action.timeout == 1h"), 8001), 0);
    assert_int_equal(count_of(OF_ACTION("action.gate.within <= 2d"), 8001), 1);
    assert_int_equal(count_of(OF_ACTION("action.timeout < 1h"), 8001), 1);
    assert_true(str_is(compiled.diags.items[0].at.text, "timeout is 1h"));
}

/* --- whose policies -------------------------------------------------------------------- */

static void a_host_is_not_told_that_a_plan_has_none_of_it(void **state)
{
    (void)state;
    Compilation host = {0};
    static const char rules[] = "edition 1\nlet most = 1d\ncalendar evenings { zone \"UTC\" open Mon..Sun 18:00..22:00 }\n"
        "policy a \"A\" { for every task require task.people >= 2 }\n"
        "policy b \"B\" { for every gate require gate.within <= most }\n"
        "policy c \"C\" { for every action require action.only_during(evenings) }\n";
    assert_int_equal(compile_source(STR("host.gate"), STR(rules), COMPILE_POLICY_FILE, &host), GATE_OK);
    assert_int_equal(host.diags.n, 0);
    const Sem *hosts[1] = {host.sem};
    /* The plan's own evenings are other hours than the host's: Bratislava's end earlier. */
    assert_int_equal(count_under(hosts, 1, NULL, HEAD EVENINGS ROLLOUT("", "only during evenings timeout 1h"), 8001), 1);
    assert_int_equal(compiled.diags.n, 1);
    assert_int_equal(count_under(hosts, 1, NULL, HEAD ROLLOUT("", ""), 8001), 1);
    compile_free(&host);
}

/* --- rules that exclude each other --------------------------------------------------------- */

/* Two rules over levels and people, beside every gate that there can be. */
static void conflicts_beside_enumeration(void **state)
{
    (void)state;
    static const char *const ops[] = {"<", "==", ">="};
    for (int level_a = 1; level_a <= 3; level_a++)
        for (int level_b = 1; level_b <= 3; level_b++)
            for (int op = 0; op < 9; op++)
                for (int n = 0; n < 9; n++) {
                    int a = n / 3, b = n % 3, both = 0, can = 0, alone_a = 0, alone_b = 0;
                    for (int level = 0; level <= 3; level++)
                        for (int quorum = 0; quorum < 5; quorum++) {
                            const bool holds_a[] = {quorum < a, quorum == a, quorum >= a};
                            const bool holds_b[] = {quorum < b, quorum == b, quorum >= b};
                            bool in_a = level >= level_a, in_b = level <= level_b;
                            alone_a += in_a && holds_a[op / 3];
                            alone_b += in_b && holds_b[op % 3];
                            both += in_a && in_b;
                            can += in_a && in_b && holds_a[op / 3] && holds_b[op % 3];
                        }
                    char plan[512];
                    snprintf(plan, sizeof plan, "edition 1\n"
                             "policy a { for every gate where gate.level >= L%d require gate.quorum %s %d }\n"
                             "policy b { for every gate where gate.level <= L%d require not (not (gate.quorum %s %d)) }\n",
                             level_a, ops[op / 3], a, level_b, ops[op % 3], b);
                    uint32_t want = (alone_a == 0 ? 1u : 0u) + (alone_b == 0 ? 1u : 0u);
                    if (want == 0 && both > 0 && can == 0)
                        want = 1;
                    assert_int_equal(count_of(plan, 8003), want);
                }
}

static void what_cannot_be_enumerated_is_not_claimed(void **state)
{
    (void)state;
    static const struct { const char *rules; uint32_t n; } cases[] = {
        {"for every action where action.changes require not action.destroys and action.effect == \"destroys\"", 1},
        {"for every action where action.changes and action.effect == \"reads\" require false", 0},
        {"for every phase require \"a\" in phase.needs and not phase.needs contains \"a\"", 1},
        {"for every phase require count(phase.needs) > 3 and count(phase.needs) < 2", 0},
        {"for every phase require phase.level == L2 and phase.gate.level == L3", 1},
        {"for every gate require gate.quorum > 3 and gate.people == 2", 1},
        {"for every gate require gate.quorum > gate.people", 0},
        {"for every action require action.timeout > 1h and action.timeout <= 60m", 1},
        {"for every action require action.timeout > 1h and action.timeout < 2h", 0},
        {"for every action require action.name == \"a\" and action.name in [\"b\", \"c\"]", 1},
        {"for every action require action.name == action.tool and action.name != action.tool", 0},
        {"for every action require action.only_during(c) and not action.may_overlap(c)", 1},
        {"for every action require action.may_overlap(c) and not action.only_during(c)", 0},
        {"for every action require action.gate.quorum > 3 and action.gate.people == 2", 1},
        {"for every action require action.level == L2 and action.gate.level == L3", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char plan[512];
        snprintf(plan, sizeof plan, "edition 1\ncalendar c { zone \"UTC\" open Mon 08:00..09:00 }\npolicy p { %s }\n", cases[i].rules);
        assert_int_equal(count_of(plan, 8003), cases[i].n);
    }
}

/* LIM_POLICY_CASES is 2 to the 16th: so many choices of names. */
static void so_many_cases_are_tried(void **state)
{
    (void)state;
    assert_int_equal(LIM_POLICY_CASES, 1 << 16);
    for (unsigned n = 15; n <= 17; n++) {
        Buf plan = {0};
        buf_puts(&plan, "edition 1\npolicy p { for every phase require false");
        for (unsigned i = 0; i < n; i++)
            buf_printf(&plan, " and \"n%u\" in phase.needs", i);
        buf_puts(&plan, " }\n");
        assert_int_equal(count_of(buf_z(&plan), 8003), n <= 16);
        buf_free(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(servers_change_only_in_the_evening, done),
        cmocka_unit_test_teardown(hours_within_hours, done),
        cmocka_unit_test_teardown(calendars_are_compared_for_so_many_days, done),
        cmocka_unit_test_teardown(gates_beside_a_table, done),
        cmocka_unit_test_teardown(what_may_take_longer_is_proved_at_both_ends, done),
        cmocka_unit_test_teardown(a_host_is_not_told_that_a_plan_has_none_of_it, done),
        cmocka_unit_test_teardown(conflicts_beside_enumeration, done),
        cmocka_unit_test_teardown(what_cannot_be_enumerated_is_not_claimed, done),
        cmocka_unit_test_teardown(so_many_cases_are_tried, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
