/* What declarations become in Sem: calendars, milestones, moments, and what
 * else stands outside phases. */
#include "tests/unit/test_compiler_util.h"

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
                         "phase look \"Look\" { needs nothing action l { run shell.query { argv = [\"ls\"] } } }\n"
                         "milestone b needs any of ship, look due 2027-01-15T12:00\n"
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

#define SHOP "connector shop \"S\" { hosts \"s.example.org\" base \"https://s.example.org\"\n" \
    "secret token tool order \"O\" { takes id: number gives city: text from \"/c\" get \"/o/{id}\" reads }\n" \
    "event ordered \"O\" { verify shared_header { name = \"X-T\", secret = token } fetch order { id = event.id } tenant \"/t\" gives id: number from \"/id\" gives city: text from \"/c\" } }\n"

static void a_secret_knows_where_it_lies(void **state)
{
    (void)state;
    static const struct { const char *word; SemSecretSource source; } sources[] = {
        {"env", SS_ENV}, {"file", SS_FILE}, {"keyring", SS_KEYRING}, {"command", SS_COMMAND}};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        char text[256];
        snprintf(text, sizeof text, "edition 1\nsecret spare from env \"A\"\nsecret key from %s \"B\"\n", sources[i].word);
        const Sem *s = clean(text);
        assert_int_equal(s->n_secrets, 2);
        assert_true(str_is(s->secrets[1].name, "key") && str_is(s->secrets[1].of, "B"));
        assert_int_equal(s->secrets[1].source, sources[i].source);
    }
}

static void runs_alone_names_its_input(void **state)
{
    (void)state;
    const Sem *s = clean(PLAN SHIP("1d"));
    assert_true(!s->runs_alone && s->alone_per == SEM_NONE);
    s = clean(PLAN "runs alone\n" SHIP("1d"));
    assert_true(s->runs_alone && s->alone_per == SEM_NONE);
    s = clean(PLAN "input a: text\ninput b: text\nruns alone per b\nlet c = a\n"
              "milestone m needs ship\n" SHIP("1d"
              ) "phase q { needs ship gate L1 by owner action x { when c == \"\" run shell.query { argv = [\"ls\"] } } }\n");
    assert_true(s->runs_alone && s->alone_per == 1);
}

static void a_start_knows_its_event_and_what_it_gives(void **state)
{
    (void)state;
    const Sem *s = clean(PLAN SHOP OFFICE "input city: text\ninput n: number = 1\nlet least = 3\n"
                         "starts on shop.ordered as order where order.id > least and today > 2026-01-01 {\n"
                         " n = order.id + least\n city = \"{order.city}!\"\n}\n"
                         "starts every Mon, Sat..Tue at 09:30 of office { city = \"Nitra\" }\n"
                         "phase ship \"Ship\" { gate L2 \"Ship {n} to {city}?\" by owner within 1d otherwise stop\n"
                         "action go { run shell.change { argv = [\"./go\"] } undo none because \"It stays where it is\" } }\n");
    assert_int_equal(s->n_starts, 2);
    const SemStart *a = &s->starts[0], *b = &s->starts[1];
    assert_true(a->event != SEM_NONE && str_is(s->events[a->event].name, "ordered") && a->where.node != 0);
    assert_true(a->n_sets == 2 && a->sets[0].input == 1 && a->sets[1].input == 0);
    /* order.id + least: the left side of the left side is the event. */
    SemExpr e = a->sets[0].value;
    SynRef event = syn(e.file->source.tree, syn(e.file->source.tree, e.node)->a)->a;
    assert_int_equal(e.file->refs[event].kind, SR_EVENT);
    assert_int_equal(e.file->types[event], s->events[a->event].result);
    assert_true(b->event == SEM_NONE && b->days == 0x63 && b->at_s == 34200 && b->calendar == 0);
    assert_true(b->n_sets == 1 && b->sets[0].input == 0);
}

static SynRef left_of(const Sem *s, SynRef r)
{
    return syn(s->file->source.tree, r)->a;
}

/* What a rule's MEMBER node names of its subject. */
static Str member(const Sem *s, SemSubject subject, SynRef r)
{
    const SemTypeInfo *record = &s->types[s->subjects[subject]];
    assert_true(s->file->refs[r].kind == SR_FIELD && s->file->refs[r].index < record->n_fields);
    return record->fields[s->file->refs[r].index].name;
}

static void a_rule_has_a_subject_and_its_members(void **state)
{
    (void)state;
    const Sem *s = check(PLAN OFFICE "let least = 1\n" SHIP("1d")
                         "policy a \"A\" { for every action where action.changes and (action.destroys and action.may_overlap(office))\n"
                         " require action.only_during(office) \"{action.name} of {action.phase} at {action.level}\" }\n"
                         "policy b { for every phase require phase.gate.quorum >= least and phase.level >= L1\n"
                         " for every gate where gate.assure in [\"signed\", \"hardware\"] require gate.within <= 2d\n"
                         " for every task require task.people > 0\n"
                         " for every check require check.name != \"\" }\n");
    assert_int_equal(compiled.diags.errors, 0); /* policy a is about nothing: a warning */
    assert_int_equal(s->n_policies, 2);
    const SemPolicy *a = &s->policies[0], *b = &s->policies[1];
    assert_true(str_is(a->name, "a") && str_is(a->title, "A") && a->file == s->file && a->n_rules == 1);
    const SemRule *r = &a->rules[0];
    assert_true(r->subject == SJ_ACTION && r->where.node != 0 && r->words.node != 0);
    const SemFile *f = s->file;
    SynRef call = r->require.node, subject = left_of(s, left_of(s, call));
    assert_true(f->refs[call].kind == SR_SUBJECT && f->refs[call].index == ASKED_only_during);
    assert_true(f->refs[subject].kind == SR_SUBJECT && f->refs[subject].index == SJ_ACTION);
    SynRef cal = syn(f->source.tree, call)->b;
    assert_true(f->refs[cal].kind == SR_CALENDAR && f->refs[cal].index == 0);
    SynRef changes = left_of(s, r->where.node);
    assert_true(str_is(member(s, SJ_ACTION, changes), "changes"));
    assert_int_equal(f->types[changes], TK_BOOL);
    assert_int_equal(b->n_rules, 4);
    /* phase.gate.quorum >= least and ...: a member of a phase's gate is a gate's. */
    SynRef quorum = left_of(s, left_of(s, b->rules[0].require.node)), gate = left_of(s, quorum);
    assert_true(str_is(member(s, SJ_GATE, quorum), "quorum"));
    assert_true(str_is(member(s, SJ_PHASE, gate), "gate"));
    assert_true(b->rules[1].subject == SJ_GATE && b->rules[2].subject == SJ_TASK && b->rules[3].subject == SJ_CHECK);
}

#define TEST(body) clean(PLAN OFFICE "input n: number = 1\nruns alone per n\n" SHIP("2 business days") "test \"t\" {" body "}\n")->tests[0]

static void a_test_is_kept_statement_by_statement(void **state)
{
    (void)state;
    SemTest t = TEST("start at 2026-11-24T18:05 given inputs { n = 2 } given shell.change gives { status = 0 }\n"
                     "given shell.query fails given ship succeeds approve ship by owner after 2h\n"
                     "reject ship by owner return ship to ship by owner advance 1 business days\n"
                     "expect ship is expired expect p is failed expect told owner once\n"
                     "expect asked owner never expect asked owner 3 times expect (n == 2)");
    static const SemTestKind kinds[] = {SX_START, SX_INPUTS, SX_GIVES, SX_FAILS, SX_SUCCEEDS, SX_APPROVE, SX_REJECT,
                                        SX_RETURN, SX_ADVANCE, SX_IS, SX_IS, SX_TOLD, SX_ASKED, SX_ASKED, SX_EXPECT};
    const Sem *s = compiled.sem;
    const SemTestStep *step = t.steps;
    assert_true(str_is(t.title, "t"));
    assert_int_equal(t.n_steps, sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_int_equal(step[i].kind, kinds[i]);
    assert_true(step[0].at.kind == SM_INSTANT && step[0].at.zoneless && step[0].at.calendar == 0);
    assert_true(step[1].n_sets == 1 && step[1].sets[0].input == 0);
    assert_true(str_is(s->tools[step[2].tool].name, "change") && step[2].value.node != 0);
    assert_int_equal(s->file->types[step[2].value.node], s->tools[step[2].tool].result);
    assert_true(str_is(s->tools[step[3].tool].name, "query") && step[3].phase == SEM_NONE);
    assert_true(step[4].phase == 0 && step[4].tool == SEM_NONE);
    assert_true(step[5].phase == 0 && step[5].role == 0 && sem_ms(step[5].after) == 7200000);
    assert_true(step[6].after.kind == ST_NONE);
    assert_true(step[7].phase == 0 && step[7].to == 0 && step[7].role == 0);
    assert_true(step[8].after.kind == ST_DAYS && step[8].after.n == 1);
    assert_true(step[9].phase == 0 && step[10].phase == SEM_NONE);
    assert_true(step[11].times == 1 && step[12].times == 0 && step[13].times == 3 && step[13].role == 0);
}

/* The words after `is` are the engine's, in its order. */
static void a_test_knows_every_state_of_phases_and_runs(void **state)
{
    (void)state;
    static const char *const phases[] = {
#define PHASE_STATE(name, word) word,
#include "vm/engine/states.def"
#undef PHASE_STATE
    }, *const runs[] = {
#define RUN_STATE(name, word) word,
#include "vm/engine/states.def"
#undef RUN_STATE
    };
    for (uint32_t i = 0; i < sizeof phases / sizeof *phases + sizeof runs / sizeof *runs; i++) {
        bool run = i >= sizeof phases / sizeof *phases;
        uint32_t k = run ? i - (uint32_t)(sizeof phases / sizeof *phases) : i;
        char text[1024];
        snprintf(text, sizeof text, PLAN SHIP("1d") "test \"t\" { expect %s is %s }\n", run ? "p" : "ship",
                 run ? runs[k] : phases[k]);
        const Sem *s = check(text);
        assert_int_equal(s->tests[0].steps[0].state, k);
    }
}

#define STEP(name, rest) "phase " name " \"P\" { " rest " action act { run shell.query { argv = [\"ls\"] } } }\n"
#define EXPECTS "expect a is done }\n"

/* G8009 claims that a tool is called: where that hangs on a value, on time or on
 * people, a test says nothing before it runs. */
static void only_a_call_that_is_certain_must_be_given(void **state)
{
    (void)state;
    static const struct { const char *phases, *test; uint32_t reports; } cases[] = {
        {STEP("a", "needs nothing"), "test \"t\" { " EXPECTS, 1},
        {STEP("a", "needs nothing"), "test \"t\" { given shell.query succeeds " EXPECTS, 0},
        {STEP("a", "needs nothing"), "test \"t\" { given a succeeds " EXPECTS, 0},
        {STEP("a", "needs nothing") STEP("b", "needs a"), "test \"t\" { given a succeeds " EXPECTS, 1},
        {STEP("a", "needs nothing") STEP("b", "needs a"), "test \"t\" { given a fails " EXPECTS, 0},
        {STEP("a", "needs nothing when n > 1"), "test \"t\" { " EXPECTS, 0},
        {STEP("a", "needs nothing require n > 1"), "test \"t\" { " EXPECTS, 0},
        {STEP("a", "needs nothing gate L1 by owner"), "test \"t\" { " EXPECTS, 1},
        /* What only reads is read before the gate asks. */
        {STEP("a", "needs nothing gate L2 \"Go?\" by owner within 1d otherwise stop"), "test \"t\" { " EXPECTS, 1},
        {SHIP("1d"), "test \"t\" { expect ship is waiting }\n", 0},
        {SHIP("1d"), "test \"t\" { approve ship by owner expect ship is done }\n", 1},
        {SHIP("1d"), "test \"t\" { approve ship by owner after 2d expect ship is done }\n", 0},
        {SHIP("1d"), "test \"t\" { advance 2d approve ship by owner expect ship is done }\n", 0},
        {SHIP("1d"), "test \"t\" { reject ship by owner approve ship by owner expect ship is done }\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        snprintf(text, sizeof text, PLAN "input n: number = 1\n%s%s", cases[i].phases, cases[i].test);
        check(text);
        if (count_code(8009) != cases[i].reports)
            print_error("case %zu: %u\n", i, count_code(8009));
        assert_int_equal(count_code(8009), cases[i].reports);
        assert_int_equal(compiled.diags.errors, cases[i].reports);
    }
}

/* --- host files ----------------------------------------------------------------- */

static Compilation host_files[2];

static const Sem *host(size_t i, const char *path, const char *text)
{
    assert_int_equal(compile_source(str_of(path), str_of(text), COMPILE_HOST_FILE, &host_files[i]), GATE_OK);
    return host_files[i].sem;
}

static const Sem *under(const Sem *const *hosts, uint32_t n, const char *text)
{
    CompileOptions o = {.sem = {.hosts = hosts, .n_hosts = n}};
    return check_with("test.gate", text, &o);
}

static int hosts_done(void **state)
{
    compile_free(&host_files[0]);
    compile_free(&host_files[1]);
    return done(state);
}

#define PEOPLE "edition 1\nperson jana \"Jana\" { os \"jana\" }\nperson eva \"Eva\" { os \"eva\" }\n" \
    "person ivan \"Ivan\" { os \"ivan\" }\n"

static void host_files_say_who_holds_a_role(void **state)
{
    (void)state;
    const Sem *hosts[2] = {
        host(0, "host.gate", PEOPLE "role owner is jana, eva, ivan\nrole other is ivan\n"
                             "policy p { for every gate require gate.quorum >= 1 }\n"),
        host(1, "tenant.gate", "edition 1\nrole owner is eva, ivan\n"),
    };
    assert_true(host_files[0].diags.n == 0 && host_files[1].diags.n == 0);
    const Sem *s = under(hosts, 1, "edition 1\nplan p\nrole owner \"O\" is peter\nrole lead \"L\" is peter\n");
    assert_true(s->roles[0].bound && s->roles[0].n_people == 3 && str_is(s->roles[0].people[0], "jana"));
    /* What the plan says has no force in a team. */
    assert_true(!s->roles[1].bound && s->roles[1].n_people == 0);
    assert_true(s->n_persons == 3 && str_is(s->persons[1].name, "eva"));
    assert_true(s->n_policies == 1 && s->policies[0].sem == hosts[0]);
    s = under(hosts, 2, "edition 1\nplan p\nrole owner \"O\"\n");
    assert_true(s->roles[0].bound && s->roles[0].n_people == 2);
    assert_true(str_is(s->roles[0].people[0], "eva") && str_is(s->roles[0].people[1], "ivan"));
}

static void two_files_without_a_common_person_leave_a_role_to_nobody(void **state)
{
    (void)state;
    const Sem *hosts[2] = {host(0, "host.gate", PEOPLE "role owner is jana\n"),
                           host(1, "tenant.gate", "edition 1\nrole owner is eva\n")};
    const Sem *s = under(hosts, 2, "edition 1\nplan p\nrole owner \"O\"\n");
    assert_true(s->roles[0].bound && s->roles[0].n_people == 0);
}

static void alone_one_is_who_the_plan_says(void **state)
{
    (void)state;
    const Sem *hosts[1] = {host(0, "host.gate", "edition 1\nsetting solo = true\n")};
    const Sem *s = under(hosts, 1, "edition 1\nplan p\nrole owner \"O\" is peter\n");
    assert_true(!s->roles[0].bound && s->roles[0].n_people == 1 && str_is(s->roles[0].people[0], "peter"));
}

/* A gate can be answered in a state folder for one; by two people it cannot. */
static void alone_one_holds_every_role(void **state)
{
    (void)state;
    const Sem *hosts[1] = {host(0, "host.gate", "edition 1\nsetting solo = true\n")};
    const Sem *s = under(hosts, 1, "edition 1\nplan p\nrole owner \"O\"\nrole lead \"L\"\n"
        "phase a { gate L2 \"Go {1}?\" by owner within 1d otherwise stop\n"
        "  action go { timeout 1m run shell.change { argv = [\"x\"] } undo none because \"it is gone\" } }\n");
    assert_true(s->roles[0].bound && s->roles[0].n_people == 1);
    assert_int_equal(count_code(4003), 0);
    under(hosts, 1, "edition 1\nplan p\nrole owner \"O\"\nrole lead \"L\"\n"
        "phase a { gate L2 \"Go {1}?\" by all of owner, lead within 1d otherwise stop\n"
        "  action go { timeout 1m run shell.change { argv = [\"x\"] } undo none because \"it is gone\" } }\n");
    assert_int_equal(count_code(4004), 1);
}

static void a_person_is_described_once(void **state)
{
    (void)state;
    const Sem *hosts[1] = {host(0, "host.gate", PEOPLE)};
    CompileOptions o = {.flags = COMPILE_HOST_FILE, .sem = {.hosts = hosts, .n_hosts = 1}};
    check_with("tenant.gate", "edition 1\nperson eva \"Eva\" { os \"eva2\" }\n", &o);
    assert_int_equal(count_code(1003), 1);
}

static void names_in_host_files_are_those_of_persons_and_settings(void **state)
{
    (void)state;
    static const struct { const char *path, *text; uint16_t code; } cases[] = {
        {"host.gate", PEOPLE "role owner is eve\n", 1001},
        {"/etc/gate/host.gate", PEOPLE "role owner is eve\n", 1001},
        {"host.gate", PEOPLE "role owner is eva\nrole lead is owner\n", 1002},
        {"tenant.gate", "edition 1\nrole owner is eva\n", 0}, /* host.gate may know her */
        {"myhost.gate", "edition 1\nrole owner is eva\n", 0},
        {"host.gate", "edition 1\nsetting assure_least = \"signed\"\n", 0},
        {"host.gate", "edition 1\nsetting assure_least = \"sworn\"\n", 2013},
        {"host.gate", "edition 1\nsetting assure_most = \"signed\"\n", 1001},
        {"host.gate", "edition 1\nsetting solo = true\nsetting solo = false\n", 21},
        {"host.gate", "edition 1\nsetting solo = \"yes\"\n", 2001},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_as(COMPILE_HOST_FILE, cases[i].path, cases[i].text);
        assert_int_equal(compiled.diags.n, cases[i].code != 0);
        if (cases[i].code != 0)
            assert_int_equal(count_code(cases[i].code), 1);
    }
}

static void what_a_policy_file_is_it_says_itself(void **state)
{
    (void)state;
    static const struct { const char *text; SemFileKind kind; } cases[] = {
        {"edition 1\nlet least = 2\npolicy p { for every gate require gate.quorum >= least }\n", SF_LIBRARY},
        {PEOPLE, SF_HOST}, {"edition 1\nrole owner is eva\n", SF_HOST}, {"edition 1\nsetting solo = true\n", SF_HOST},
        {"edition 1\nrole owner \"Decides\"\n", SF_LIBRARY}, {"edition 1\nplan p\n", SF_PLAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_as(COMPILE_POLICY_FILE, "rules.gate", cases[i].text);
        assert_int_equal(compiled.sem->kind, cases[i].kind);
        assert_int_equal(compiled.diags.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_calendar_is_filled, done),
        cmocka_unit_test_teardown(business_time_is_of_the_calendar_named_or_of_the_only_one, done),
        cmocka_unit_test_teardown(a_milestone_holds_its_needs_and_when_it_is_due, done),
        cmocka_unit_test_teardown(a_secret_knows_where_it_lies, done),
        cmocka_unit_test_teardown(runs_alone_names_its_input, done),
        cmocka_unit_test_teardown(a_start_knows_its_event_and_what_it_gives, done),
        cmocka_unit_test_teardown(a_rule_has_a_subject_and_its_members, done),
        cmocka_unit_test_teardown(a_test_is_kept_statement_by_statement, done),
        cmocka_unit_test_teardown(a_test_knows_every_state_of_phases_and_runs, done),
        cmocka_unit_test_teardown(only_a_call_that_is_certain_must_be_given, done),
        cmocka_unit_test_teardown(host_files_say_who_holds_a_role, hosts_done),
        cmocka_unit_test_teardown(two_files_without_a_common_person_leave_a_role_to_nobody, hosts_done),
        cmocka_unit_test_teardown(alone_one_is_who_the_plan_says, hosts_done),
        cmocka_unit_test_teardown(alone_one_holds_every_role, hosts_done),
        cmocka_unit_test_teardown(a_person_is_described_once, hosts_done),
        cmocka_unit_test_teardown(names_in_host_files_are_those_of_persons_and_settings, done),
        cmocka_unit_test_teardown(what_a_policy_file_is_it_says_itself, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
