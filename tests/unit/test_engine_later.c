/* What this version cannot run is refused by name and place, one row of the
 * engine's table a case; and what it can run is not. */
#include "tests/unit/test_engine_world.h"

#include "vm/engine/later.h"

typedef struct Case {
    const char *top, *phase, *gate, *action; /* lines that are put in there */
    const char *want;                        /* NULL: runs */
} Case;

/* Line 11 is the gate's, 13 the action's; what is put in stands behind them. */
static Program *plan_of(const Case *c)
{
    char text[4096];
    snprintf(text, sizeof text,
             "edition 1\nplan p \"Plan\"\ninput hosts: list of text = [\"a\"]\n"
             "role owner \"Owner\"\nrole lead \"Lead\"\n"
             "calendar office { zone \"Europe/Bratislava\" open Mon..Fri 08:00..17:00 }\n"
             "%s\nphase first { needs nothing action look { run file.hash { path = \"x\" } } }\n"
             "phase go {\n  needs first %s\n  gate L2 by owner within 1d %s\n"
             "  action change_it { each host in hosts %s\n"
             "    run shell.change { argv = [\"do\", host], dir = \".\" }\n"
             "    undo none because \"gone\"\n  }\n}\n",
             c->top, c->phase, c->gate, c->action);
    return compile_or_die(NULL, text, 0);
}

static const char connector[] =
    "connector tickets \"T\" { hosts \"t.example\" base \"https://t.example\" "
    "tool look \"L\" { takes id: number gives status: text from \"/s\" get \"/t/{id}\" reads } "
    "secret key event came \"C\" { verify shared_header { name = \"X-Key\", secret = key } fetch look { id = event.id } "
    "gives id: number from \"/id\" } }";

static const Case cases[] = {
    {"", "", "", "lock \"x\"", "test.gate:12: this version of gate cannot run `lock` yet [G0022]; leave it "
                               "out, and start one run at a time"},
    {"", "", "", "waves 1, 100% pause 1m", "cannot run `waves` yet"},
    {"", "together { action one { run file.hash { path = \"x\" } } action two { run file.hash { path = \"y\" } } }",
     "", "", "cannot run `together` yet"},
    {"", "", "", "require count(hosts) > 0 \"some\"", "cannot run `require` inside an action yet"},
    {"", "", "", "timeout 2 business hours of office", "cannot run business time in an action yet"},
    {"", "", "", "not before 2027-01-15", "cannot run `not before` in an action yet"},
    {"", "", "", "only during office", "cannot run `only during` yet"},
    {"", "never during office", "", "", "test.gate:10: this version of gate cannot run `never during` yet"},
    {"", "deadline 2027-01-15", "", "", "cannot run `deadline` yet"},
    {"", "limit 200 host", "", "", "cannot run `limit` yet"},
    {"", "", "good for 2 business days of office", "", "cannot run business time in a gate yet"},
    {"", "", "otherwise ask again every 1d at most 2 times", "", "cannot run `otherwise ask again` yet"},
    {"", "", "otherwise ask lead", "", "cannot run `otherwise ask` others yet"},
    {"", "", "remind every 4h", "", "test.gate:11: this version of gate cannot run `remind every` yet"},
    {"", "", "not before 2027-01-15", "", "cannot run `not before` in a gate yet"},
    {"", "", "assure signed", "", "cannot run `assure` yet"},
    {"", "", "ask how_many: number", "", "cannot run `ask` in a gate yet"},
    {"", "", "may return to first at most 2 times", "", "cannot run `may return to` yet"},
    {"", "", "may vary change_it.dir", "", "cannot run `may vary` yet"},
    {"", "", "advice from builtin holds", "", "cannot run `advice from` yet"},
    {"", "check up { require count(hosts) > 0 hold for 1m within 5m }", "", "", "cannot run a check that is asked again yet"},
    {"", "task work \"Work\" by lead { steps \"Do it.\" undo none because \"done\" }", "", "", "cannot run `task` yet"},
    {connector, "await got on tickets.came within 1d otherwise stop", "", "", "cannot run `await` yet"},
    {connector, "require tickets.look(3).status == \"ok\" \"open\"", "", "", "cannot run a connector's tool yet"},
    {"secret token from env \"TOKEN\"", "", "", "", "cannot run `secret` yet"},
    {"input token: secret", "", "", "", "cannot run an input of type `secret` yet"},
    {"runs alone", "", "", "", "cannot run `runs alone` yet"},
    {connector, "", "", "", NULL},
    {"starts every Mon at 09:00 of office { }", "", "", "", "cannot run `starts every` yet"},
    {"policy p1 { for every action require action.level >= L0 }", "", "", "", NULL},
    {"milestone live needs go due 2027-01-15", "estimate 2..3 business days of office controls \"cm-3\"", "", "", NULL},
    {"", "", "otherwise stop", "at most 2 at once timeout 1m", NULL},
};

static void each_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf why = {0};
        Program *p = plan_of(&cases[i]);
        bool can = eng_can_run(p, &why);
        if (can != (cases[i].want == NULL) || (!can && strstr(buf_z(&why), cases[i].want) == NULL))
            fail_msg("case %zu: wanted `%s`, got `%s`", i, cases[i].want == NULL ? "runs" : cases[i].want,
                     buf_z(&why));
        prog_free(p);
        buf_free(&why);
    }
}

/* What starts by an event, and L3, need a plan of another shape. */
static void other_shapes(void **state)
{
    (void)state;
    char text[2048];
    Buf why = {0};
    snprintf(text, sizeof text, "edition 1\nplan p \"Plan\"\nrole owner \"Owner\"\n%s\n"
             "starts on tickets.came as e where e.id > 3 { }\n"
             "phase go {\n  gate L3 by owner\n  action look { run file.hash { path = \"x\" } }\n}\n", connector);
    Program *p = compile_or_die(NULL, text, 0);
    assert_false(eng_can_run(p, &why));
    assert_non_null(strstr(buf_z(&why), "test.gate:5: this version of gate cannot run `starts on` yet"));
    assert_non_null(strstr(buf_z(&why), "test.gate:7: this version of gate cannot run a gate at L3 yet"));
    prog_free(p);
    buf_free(&why);
}

/* The first ones by their place, each once, and how many more. */
static void many_are_counted(void **state)
{
    (void)state;
    enum { SHOWN = 10 };
    for (int n = SHOWN - 1; n <= SHOWN + 2; n++) {
        Buf text = {0}, why = {0};
        buf_puts(&text, "edition 1\nplan p \"Plan\"\nrole owner \"Owner\"\n");
        for (int i = 0; i < n; i++)
            buf_printf(&text, "phase p%d { needs nothing gate L2 by owner assure signed\n"
                       "  action look { run shell.change { argv = [\"x\"] } undo none because \"no\" } }\n", i);
        Program *p = compile_or_die(NULL, buf_z(&text), 0);
        assert_false(eng_can_run(p, &why));
        char more[32], first[32], last[32];
        snprintf(more, sizeof more, "\nand %d more", n - SHOWN);
        snprintf(first, sizeof first, "test.gate:%d:", 4);
        snprintf(last, sizeof last, "test.gate:%d:", 4 + 2 * (SHOWN - 1));
        assert_int_equal(strstr(buf_z(&why), more) != NULL, n > SHOWN);
        assert_ptr_equal(strstr(buf_z(&why), first), buf_z(&why));
        assert_int_equal(strstr(buf_z(&why), last) != NULL, n >= SHOWN);
        prog_free(p);
        buf_free(&text);
        buf_free(&why);
    }
}

/* A rule of the host that nobody applies would be one that only seems to hold. */
static void host_files_too(void **state)
{
    (void)state;
    static const char *const hosts[] = {"edition 1\nsetting assure_least = \"signed\"\n"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        Buf why = {0};
        Policy policy;
        Arena *arena = arena_new(0);
        Compilation c = {0};
        compile_source(STR("host.gate"), str_of(hosts[i]), COMPILE_EMIT | COMPILE_HOST_FILE, &c);
        assert_non_null(c.program);
        const Program *files[1] = {c.program};
        assert_int_equal(policy_make(files, NULL, 1, arena, &policy, &why), GATE_E_FORMAT);
        assert_non_null(strstr(buf_z(&why), "host.gate:2: this version of gate cannot run"));
        compile_free(&c);
        arena_free(arena);
        buf_free(&why);
    }
}

/* Titles may hold inputs, and `any of` may stand beside others: the engine can. */
static const char groups[] =
    "edition 1\nplan p \"Plan\"\ninput host: text = \"web-01\"\n"
    "phase a { needs nothing action look { run file.hash { path = \"a\" } } }\n"
    "phase b { needs nothing action look { run file.hash { path = \"b\" } } }\n"
    "phase c { needs nothing action look { run file.hash { path = \"c\" } } }\n"
    "phase d \"Look at {host}\" { needs any of a, c needs b\n"
    "  action look { run file.hash { path = \"d\" } } }\n";

static void needs_of_groups_and_titles(void **state)
{
    (void)state;
    World *w = world(groups, solo_host);
    start_as(w, "sam", "{\"host\":\"db-02\"}");
    assert_int_equal(answer(w, 2), GATE_OK);
    assert_string_equal(state_of(w, "c"), "done");
    assert_string_equal(state_of(w, "d"), "pending");
    assert_int_equal(answer(w, 1), GATE_OK);
    assert_string_equal(state_of(w, "d"), "checking");
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_string_equal(member_of(w, "d", "title"), "Look at db-02");
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_named_with_its_place), cmocka_unit_test(other_shapes),
        cmocka_unit_test(many_are_counted), cmocka_unit_test(host_files_too),
        cmocka_unit_test(needs_of_groups_and_titles),
    };
    return cmocka_run_group_tests_name("engine later", tests, NULL, NULL);
}
