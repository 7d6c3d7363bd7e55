/* Policies over a program: the record that each rule is given, member by member;
 * what cannot be proved; and what a run does under a policy that was tightened. */
#include "tests/unit/test_engine_world.h"

/* --- records -------------------------------------------------------------------- */

static const char plan[] =
    "edition 1\nplan p \"Plan\"\ninput hosts: list of text = [\"a\"]\n"
    "role owner \"Owner\"\nrole lead \"Lead\"\n"
    "calendar office { zone \"UTC\" open Mon..Fri 08:00..17:00 }\n"
    "calendar night { zone \"UTC\" open Mon..Sun 22:00..24:00 }\n"
    "phase first \"The {1 + 1}st\" { needs nothing\n"
    "  action look { run file.hash { path = \"x\" } }\n"
    "  check there \"It is there\" { require true } }\n"
    "phase go { needs first\n"
    "  gate L2 \"Go?\" by 2 of owner, lead within 3 business days of office show first, first.look assure signed\n"
    "  only during office\n"
    "  action each_one \"Each\" { each h in hosts timeout 5m never during night\n"
    "    run shell.change { argv = [\"do\", h] } undo none because \"gone is gone\" }\n"
    "  action wipe { timeout 2 business hours of office run shell.destroy { argv = [\"w\"] }\n"
    "    undo shell.change { argv = [\"u\"] } } }\n"
    "phase people { needs go\n  gate L3 \"Done?\" by lead within 1d\n"
    "  task carry \"Carry\" by all of owner, lead { steps \"Do it.\" undo none because \"done\" } }\n";

/* Members in their order, as they print; durations in ms. */
static void put_record(const Value *fields, uint32_t n, Buf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        Value v = fields[i];
        buf_puts(out, i > 0 ? "|" : "");
        if (v.tag == V_RECORD)
            put_record(v.u.items, v.len, out);
        else if (v.tag == V_DURATION && v.u.i == SUBJECT_ENDLESS)
            buf_puts(out, "endless");
        else if (v.tag == V_UNKNOWN)
            buf_puts(out, "?");
        else if (v.tag == V_LIST)
            for (uint32_t k = 0; k < v.len; k++)
                buf_printf(out, "%s%.*s", k > 0 ? "," : "", STR_ARG(val_str(v.u.items[k])));
        else
            val_print(v, out);
    }
}

static const uint32_t ann_bob[] = {1, 2}, bob[] = {2};

static const struct { Subject s; uint32_t index; bool longest; const char *record; unsigned business; } records[] = {
    {SUBJECT_ACTION, 0, false, "look||first|L0|reads|one|false|false|true|hash|file|endless|L0|0|0|os|endless|", 0},
    {SUBJECT_ACTION, 1, false, "each_one|Each|go|L2|changes|many|true|false|false|change|shell|5m|L2|2|2|signed|2d|first,first.look", SUBJECT_OF_GATE},
    {SUBJECT_ACTION, 2, false, "wipe||go|L2|destroys|one|true|true|true|destroy|shell|2h|L2|2|2|signed|2d|first,first.look",
     SUBJECT_OWN | SUBJECT_OF_GATE},
    {SUBJECT_ACTION, 2, true, "wipe||go|L2|destroys|one|true|true|true|destroy|shell|endless|L2|2|2|signed|endless|first,first.look",
     SUBJECT_OWN | SUBJECT_OF_GATE},
    {SUBJECT_PHASE, 0, false, "first|The {1 + 1}st|L0|L0|0|0|os|endless|||look", 0},
    {SUBJECT_PHASE, 1, false, "go||L2|L2|2|2|signed|2d|first,first.look|first|each_one,wipe", SUBJECT_OF_GATE},
    {SUBJECT_GATE, 0, false, "L2|2|2|signed|2d|first,first.look", SUBJECT_OF_GATE},
    {SUBJECT_GATE, 0, true, "L2|2|2|signed|endless|first,first.look", SUBJECT_OF_GATE},
    {SUBJECT_GATE, 1, false, "L3|1|1|os|1d|", 0},
    {SUBJECT_TASK, 0, false, "carry|Carry|2", 0},
    {SUBJECT_CHECK, 0, false, "there|It is there|0", 0},
};

static void each_member_has_its_value(void **state)
{
    (void)state;
    Program *p = compile_or_die(NULL, plan, 0);
    const SubjectRole roles[] = {{ann_bob, 2, false}, {bob, 1, false}};
    SubjectPlan sp = {.program = p, .roles = roles};
    Arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        SubjectRecord r;
        Buf b = {0};
        SubjectMember type;
        uint32_t n = 0;
        assert_true(subject_fill(&sp, records[i].s, records[i].index, records[i].longest, arena, &r));
        while (subject_member(records[i].s, n, &type) != NULL)
            n++;
        assert_int_equal(r.record.len, n);
        put_record(r.fields, records[i].s == SUBJECT_ACTION ? SUBJECT_ASKED : n, &b);
        if (strcmp(buf_z(&b), records[i].record) != 0 || r.business != records[i].business)
            fail_msg("record %zu: %s, %u", i, buf_z(&b), r.business);
        buf_free(&b);
    }
    arena_free(arena);
    prog_free(p);
}

/* Nobody bound: a person of its own each; in `N of` it alone, N (language 10.1).
 * The same human in two roles is one. */
static void people_are_counted_once(void **state)
{
    (void)state;
    static const uint32_t one[] = {7}, twice[] = {7, 7, 8};
    static const struct { const char *by; SubjectRole roles[2]; const char *people; } cases[] = {
        {"owner", {{NULL, 0, true}, {NULL, 0, true}}, "1"},
        {"all of owner, lead", {{NULL, 0, true}, {NULL, 0, true}}, "2"},
        {"2 of owner", {{NULL, 0, true}, {NULL, 0, true}}, "2"},
        {"3 of owner, lead", {{NULL, 0, true}, {one, 1, false}}, "2"},
        {"2 of owner", {{twice, 3, false}, {NULL, 0, true}}, "2"},
        {"any of owner, lead", {{twice, 3, false}, {one, 1, false}}, "2"},
        {"owner", {{NULL, 0, false}, {NULL, 0, false}}, "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        Compilation c;
        snprintf(text, sizeof text, "edition 1\nplan p \"P\"\nrole owner \"O\"\nrole lead \"L\"\n"
                 "phase a { gate L2 \"Go?\" by %s within 1d otherwise stop\n"
                 "  action go { run shell.change { argv = [\"x\"] } undo none because \"it is gone\" } }\n", cases[i].by);
        assert_int_equal(compile_source(STR("p.gate"), str_of(text), COMPILE_CHECK, &c), GATE_OK);
        const Program *p = emit_rows(c.sem, &c.diags, c.arena); /* also where the people are too few */
        SubjectPlan sp = {.program = p, .roles = cases[i].roles};
        SubjectRecord r;
        Buf b = {0};
        assert_non_null(p);
        assert_true(subject_fill(&sp, SUBJECT_GATE, 0, false, c.arena, &r));
        put_record(&r.fields[1], 1, &b);
        if (strcmp(buf_z(&b), cases[i].people) != 0)
            fail_msg("%zu: %s", i, buf_z(&b));
        buf_free(&b);
        compile_free(&c);
    }
}

/* --- questions ---------------------------------------------------------------------- */

static void hours_are_answered_or_not_known(void **state)
{
    (void)state;
    Program *p = compile_or_die(NULL, plan, 0);
    Arena *arena = arena_new(0);
    const CalOpen week[] = {{0, 4, false, 0, 8 * 3600, 17 * 3600}}, night[] = {{0, 6, false, 0, 22 * 3600, 86400}};
    const Calendar *office = cal_make(&(CalSpec){.zone = zone_of_utc(), .opens = week, .n_opens = 1}, arena);
    const Calendar *nights = cal_make(&(CalSpec){.zone = zone_of_utc(), .opens = night, .n_opens = 1}, arena);
    const Calendar *both[] = {office, nights}, *one[] = {office, NULL};
    static const struct { uint32_t action; bool plan_knows, rules_know; const char *answers; } cases[] = {
        {0, true, true, "|office,night"},        /* at any hour: within none, may meet both */
        {1, true, true, "office|office"},        /* in the office's, never at night */
        {2, true, true, "office|office"},        /* the phase's window alone */
        {0, false, true, "|office,night"},       /* no window of its own is asked for */
        {1, false, true, "?|?"},
        {2, true, false, "?|?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SubjectPlan sp = {.program = p, .calendars = cases[i].plan_knows ? both : NULL};
        SubjectHours h = {.rules = p, .calendars = cases[i].rules_know ? both : one};
        subject_all_dates(&sp);
        for (int again = 0; again < 2; again++) { /* remembered */
            SubjectRecord r;
            Buf b = {0};
            subject_blank(SUBJECT_ACTION, &r);
            assert_true(subject_answer(&sp, &h, cases[i].action, arena, &r));
            put_record(&r.fields[SUBJECT_ASKED], SUBJECT_QUESTIONS, &b);
            if (strcmp(buf_z(&b), cases[i].answers) != 0)
                fail_msg("%zu: %s", i, buf_z(&b));
            buf_free(&b);
        }
    }
    arena_free(arena);
    prog_free(p);
}

/* --- what is not proved ------------------------------------------------------------- */

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\n"
#define CHANGE(name) " action " name " { run shell.change { argv = [\"" name "\"] } undo none because \"gone is gone\" }\n"
static const char one_phase[] = HEAD "phase a {\n gate L2 \"Go?\" by owner within 2d otherwise stop\n" CHANGE("go") "}\n";

static bool keeps(const char *plan_text, const char *host, Buf *why)
{
    World *w = world(plan_text, host);
    bool ok = eng_keeps_policies(w->program, NULL, &w->policy, why);
    end_world(w);
    return ok;
}

static void what_cannot_be_proved_does_not_hold(void **state)
{
    (void)state;
    static const char zone[] = "edition 1\nsetting solo = true\n"
        "calendar nights { zone \"UTC\" open Mon..Sun 22:00..24:00 }\n";
    static const struct { const char *rule, *words; } cases[] = {
        {"for every action require action.only_during(nights)",
         "whether `a.go` (test.gate:6) keeps to the policy `one` (test.gate:4) cannot be proved"},
        {"for every action where action.only_during(nights) require action.level >= L0", "cannot be proved"},
        {"for every action where not action.may_overlap(nights) require action.level >= L0", "cannot be proved"},
        {"for every action where action.level == L0 require action.only_during(nights)", NULL},
        {"for every action require action.level >= L0", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char host[512];
        Buf why = {0};
        snprintf(host, sizeof host, "%spolicy one { %s }\n", zone, cases[i].rule);
        bool ok = keeps(one_phase, host, &why);
        if (ok != (cases[i].words == NULL) || (!ok && strstr(buf_z(&why), cases[i].words) == NULL))
            fail_msg("%zu: %s", i, buf_z(&why));
        buf_free(&why);
    }
}

static void without_memory_nothing_is_proved(void **state)
{
    (void)state;
    World *w = world(one_phase, "edition 1\nsetting solo = true\npolicy one { for every gate require gate.people >= 1 }\n");
    bool some = false;
    for (size_t cap = 64; cap <= 1 << 16 && !some; cap *= 2) {
        Arena *arena = arena_new(cap), *scratch = arena_new(cap);
        Buf why = {0};
        PolJudge *j = arena == NULL || scratch == NULL
                          ? NULL : policy_judge(&w->policy, w->program, NULL, arena, scratch);
        some = j != NULL && policy_plan_keeps(j, &why);
        if (j != NULL && !some)
            assert_non_null(strstr(buf_z(&why), "not enough memory"));
        arena_free(arena);
        arena_free(scratch);
        buf_free(&why);
    }
    assert_true(some);
    end_world(w);
}

static void many_phases_are_counted(void **state)
{
    (void)state;
    enum { PHASES = 13, SHOWN = 10 };
    Buf text = {0}, why = {0};
    buf_puts(&text, HEAD);
    for (int i = 0; i < PHASES; i++)
        buf_printf(&text, "phase p%d { needs nothing gate L2 \"Go?\" by owner within 2d otherwise stop\n" CHANGE("go") "}\n", i);
    assert_false(keeps(buf_z(&text), "edition 1\nsetting solo = true\npolicy none { for every action require action.level <= L0 }\n", &why));
    assert_non_null(strstr(buf_z(&why), "`p9.go`"));
    assert_null(strstr(buf_z(&why), "`p10.go`"));
    assert_non_null(strstr(buf_z(&why), "\nand 3 more phases"));
    buf_free(&text);
    buf_free(&why);
}

/* --- while a run waits ------------------------------------------------------------------ */

#define SOLO "edition 1\nsetting solo = true\ngrant shell.change { folders = [\".\"] }\n"
#define NO_CHANGE SOLO "policy quiet { for every action where action.changes require action.title != \"\" \"a change has a title\" }\n"

static const char *blocker_of(World *w, const char *phase)
{
    Buf b = {0};
    assert_int_equal(eng_show_json(w->run, str_of(phase), NULL, NULL, &b, NULL), GATE_OK);
    const Json *list = json_get(json_parse(buf_view(&b), w->arena, NULL), "blockers");
    const char *z = list == NULL || list->child == NULL ? "" : zstr(w, json_text(list->child, "text"));
    buf_free(&b);
    return z;
}

static void a_run_that_breaks_it_is_not_begun(void **state)
{
    (void)state;
    World *w = world(one_phase, NO_CHANGE);
    start_as(w, "sam", "{}");
    assert_string_equal(w->reply.code, "against_policy");
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_int_equal(w->n_records, 0);
    end_world(w);
}

#define CH(x) "run shell.change { argv = [\"" x "\"] }"
static const char two[] = HEAD "phase a {\n gate L2 \"Go?\" by owner within 2d otherwise stop\n"
    " action x \"Make\" { " CH("make") " undo shell.change { argv = [\"unmake\"] } }\n"
    " action y { " CH("./pub.sh") " undo none because \"gone is gone\" }\n}\n";

/* Nothing more is sent once a policy was tightened, in the middle of a phase either. */
static void a_running_body_sends_nothing_more(void **state)
{
    (void)state;
    World *w = world(two, SOLO);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    set_policy(w, NO_CHANGE); /* while x is under way */
    drive(w);
    assert_string_equal(state_of(w, "a"), "running");
    assert_non_null(strstr(blocker_of(w, "a"), "`a.y` (test.gate:7) does not keep to the policy `quiet` (test.gate:4): a change has a title"));
    assert_int_equal(w->n_ledger, 1);
    crash(w);
    drive(w);
    assert_int_equal(w->n_ledger, 1);
    set_policy(w, SOLO);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(w->n_ledger, 2);
    end_world(w);
}

/* A rule is about what is done, not about taking it back. */
static void what_is_taken_back_is_not_judged(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n gate L2 \"Go?\" by owner within 2d otherwise stop\n"
                     " action x { " CH("make") " undo shell.change { argv = [\"unmake\"] } }\n"
                     " action x2 { " CH("make") " undo shell.change { argv = [\"unmake2\"] } }\n"
                     " action y { " CH("./pub.sh") " undo none because \"gone is gone\" }\n}\n", SOLO);
    rule(w, "./pub.sh", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    for (int i = 0; i < 3; i++)
        assert_int_equal(answer(w, 0), GATE_OK);
    assert_string_equal(state_of(w, "a"), "undoing");
    set_policy(w, NO_CHANGE); /* while the undo of x2 is under way */
    drive(w);
    assert_int_equal(made(w, "\"unmake2\""), 1);
    assert_int_equal(made(w, "\"unmake\""), 1);
    assert_string_equal(state_of(w, "a"), "undone");
    end_world(w);
}

/* A phase that is over does not hold up what comes behind it. */
static void a_policy_is_about_what_is_still_to_run(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n needs nothing gate L2 \"Go?\" by owner within 2d otherwise stop\n" CHANGE("one") "}\n"
                     "phase b {\n needs a gate L2 \"Go?\" by owner within 2d otherwise stop\n"
                     " action two \"Two\" { " CH("two") " undo none because \"gone is gone\" }\n}\n", SOLO);
    through(w, "a");
    set_policy(w, NO_CHANGE);
    approve(w, "sam", "b");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_has_its_value),
        cmocka_unit_test(people_are_counted_once),
        cmocka_unit_test(hours_are_answered_or_not_known),
        cmocka_unit_test(what_cannot_be_proved_does_not_hold),
        cmocka_unit_test(without_memory_nothing_is_proved),
        cmocka_unit_test(many_phases_are_counted),
        cmocka_unit_test(a_run_that_breaks_it_is_not_begun),
        cmocka_unit_test(a_running_body_sends_nothing_more),
        cmocka_unit_test(what_is_taken_back_is_not_judged),
        cmocka_unit_test(a_policy_is_about_what_is_still_to_run),
    };
    return cmocka_run_group_tests_name("engine_judge", tests, NULL, NULL);
}
