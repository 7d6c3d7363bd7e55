/* How a run advances: phases, staging, calls, failures, undo, doubt. */
#include "tests/unit/test_engine_world.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\nrole it_lead \"Lead\"\n"
#define CH(...) "run shell.change { argv = [" __VA_ARGS__ "] }\n"
#define NOUNDO "undo none because \"gone is gone\"\n"

static const char hello[] = HEAD
    "phase greet \"Greeting\" {\n gate L2 \"Shall we?\" by owner within 1d otherwise stop\n"
    " action say \"Say it\" {\n " CH("\"echo\", \"hi\"") NOUNDO "}\n}\n";

static void pauses_at_the_gate_and_goes_on(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    begin(w, "{}");
    assert_string_equal(state_of(w, "greet"), "waiting");
    assert_int_equal(eng_state(w->run), RS_WAITING);
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_PERSON);
    assert_int_equal(eng_due(w->run), T0 + 86400000);
    assert_int_equal(w->n_ledger, 0);
    approve(w, "sam", "greet");
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(eng_exit(w->run), 0);
    assert_int_equal(made(w, "\"hi\""), 1);
    assert_int_equal(strlen(w->ledger[0].key), 64);
    assert_int_equal(rec_int(last_of(w, REC_RUN_CLOSED), RF_COUNT, 0), w->n_records);
    end_world(w);
}

static void digest_is_the_hash_of_the_subject(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    char hex[65];
    begin(w, "{}");
    const Record *r = last_of(w, REC_GATE_OPENED);
    Str subject = rec_part(r, "subject");
    Hash h = hash_bytes(subject.p, subject.n);
    hash_hex(&h, hex);
    assert_string_equal(hex, digest_of(w, "greet"));
    const Json *j = json_parse(subject, w->arena, NULL);
    const char *order[] = {"program", "run", "phase", "iteration", "round", "inputs",
                           "actions", "evidence", "policy", "question", "level", "by",
                           "nonce"};
    size_t i = 0;
    for (const Json *m = j->child; m != NULL; m = m->next)
        assert_true(i < 13 && str_is(m->key, order[i++]));
    assert_int_equal(i, 13);
    assert_int_equal(json_text(j, "nonce").n, 64);
    end_world(w);
}

static void intent_is_recorded_before_the_effect(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "greet", "approve", digest_of(w, "greet"), true);
    assert_int_equal(w->n_flying, 1);
    const Record *r = last_of(w, REC_EXEC_STARTED);
    assert_non_null(r);
    assert_true(str_is(rec_part(r, "key"), w->flying[0].e.key));
    assert_true(str_is(rec_part(r, "args"), w->flying[0].args));
    const Record *yes = &w->records[rec_int(r, RF_CAUSE, 0)];
    assert_int_equal(yes->kind, REC_GATE_CLOSED);
    assert_true(str_is(rec_text(yes, RF_DEC), "approve"));
    end_world(w);
}

static void wrong_inputs_leave_no_record(void **state)
{
    (void)state;
    World *w = world(HEAD "input n: number in 1..5 = 3\ninput who: text\n"
        "phase a { action x { run shell.query { argv = [\"echo\", who] } } }\n", solo_host);
    start_as(w, "sam", "{\"who\": \"x\", \"n\": 9}");
    assert_int_equal(w->reply.exit, EXIT_USAGE);
    assert_non_null(strstr(w->message, "\"n\""));
    assert_non_null(strstr(w->message, "1 to 5"));
    start_as(w, "sam", "{\"n\": 2}");
    assert_int_equal(w->reply.exit, EXIT_USAGE);
    assert_non_null(strstr(w->message, "--input who="));
    start_as(w, "sam", "{\"who\": \"x\", \"what\": 1}");
    assert_non_null(strstr(w->message, "no input named \"what\""));
    start_as(w, "sam", "[1");
    assert_int_equal(w->reply.exit, EXIT_USAGE);
    assert_int_equal(w->n_records, 0);
    begin(w, "{\"who\": \"x\"}");
    assert_true(str_is(rec_part(&w->records[0], "inputs"), "{\"n\":3,\"who\":\"x\"}"));
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void missing_grants_refuse_the_start(void **state)
{
    (void)state;
    World *w = world(hello, "edition 1\nsetting solo = true\n");
    start_as(w, "sam", "{}");
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_non_null(strstr(w->message, "shell.change"));
    assert_int_equal(w->n_records, 0);
    end_world(w);
}

static void phases_go_side_by_side(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a { needs nothing action x { run shell.query { argv = [\"q\", \"a\"] } } }\n"
        "phase b { needs nothing action y { run shell.query { argv = [\"q\", \"b\"] } } }\n"
        "phase c { needs a, b when false action z { run shell.query { argv = [\"q\", \"c\"] } } }\n",
        solo_host);
    start_as(w, "sam", "{}");
    assert_int_equal(w->n_flying, 2);
    w->newest_first = true;
    drive(w);
    assert_string_equal(state_of(w, "a"), "done");
    assert_string_equal(state_of(w, "b"), "done");
    assert_string_equal(state_of(w, "c"), "skipped");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(w->n_ledger, 2); /* a look is made once, not again to run */
    end_world(w);
}

static void needs_any_takes_the_first(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a { needs nothing action x { run shell.query { argv = [\"qa\"] } } }\n"
        "phase b { needs nothing action y { run shell.query { argv = [\"qb\"] } } }\n"
        "phase c { needs any of a, b action z { run shell.query { argv = [\"qc\"] } } }\n",
        solo_host);
    start_as(w, "sam", "{}");
    assert_int_equal(answer(w, 1), GATE_OK);
    assert_string_equal(state_of(w, "c"), "checking");
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static const char blocked_plan[] = HEAD
    "phase a {\n require shell.query([\"ticket\"]).output == \"open\" \"The ticket is open\"\n"
    " require shell.query([\"disk\"]).status == 0 \"The disk has room\"\n"
    " action x { run shell.query { argv = [\"work\"] } }\n}\n";

static void blockers_in_their_own_words(void **state)
{
    (void)state;
    World *w = world(blocked_plan, solo_host);
    rule(w, "disk", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "blocked");
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_TIME);
    assert_non_null(strstr(w->said, "The ticket is open"));
    assert_non_null(strstr(w->said, "The disk has room (this could not be tested"));
    assert_int_equal(eng_due(w->run), T0 + LIM_BLOCKED_RETRY_MS);
    /* the disk answers: another answer, a record */
    size_t n = w->n_records;
    wake(w);
    assert_true(w->n_records > n);
    n = w->n_records;
    wake(w); /* the same answer: none */
    assert_int_equal(w->n_records, n);
    assert_int_equal(eng_due(w->run), T0 + LIM_BLOCKED_RETRY_MS);
    rule(w, "ticket", OUT_DONE, -1, "{\"status\":0,\"output\":\"open\",\"errors\":\"\"}");
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static const char undo_plan[] = HEAD
    "input bad: text = \"no\"\n"
    "phase a {\n needs nothing gate L2 by owner otherwise stop\n"
    " action one { " CH("\"one\"") "undo shell.change { argv = [\"un-one\"] } }\n"
    " action two { " CH("\"two\"") "undo shell.change { argv = [\"un-two\"] } }\n"
    " action three { " CH("\"three\", bad") "undo shell.change { argv = [\"un-three\"] } }\n}\n"
    "phase after { needs a action x { run shell.query { argv = [\"after\"] } } }\n";

static void failure_undoes_in_reverse(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    rule(w, "[\"three\"", OUT_FAILED, -1, NULL);
    through(w, "a");
    assert_string_equal(state_of(w, "a"), "undone");
    assert_string_equal(state_of(w, "after"), "pending");
    assert_int_equal(eng_state(w->run), RS_FAILED);
    assert_int_equal(eng_exit(w->run), EXIT_FAILED);
    assert_int_equal(w->n_ledger, 5);
    assert_non_null(strstr(w->ledger[3].args, "un-two"));
    assert_non_null(strstr(w->ledger[4].args, "un-one"));
    assert_true(w->ledger[3].undo && w->ledger[4].undo);
    assert_int_equal(made(w, "un-three"), 0);
    for (size_t i = 0; i < w->n_ledger; i++) /* an undo is not its action again */
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(w->ledger[i].key, w->ledger[k].key);
    assert_int_equal(count_kind(w, REC_ROLLBACK_STARTED), 1);
    assert_int_equal(count_kind(w, REC_ROLLBACK_FINISHED), 1);
    assert_non_null(strstr(w->said, "told: to owner"));
    end_world(w);
}

static void failing_undo_waits_for_a_person(void **state)
{
    (void)state;
    const char *what[] = {"done", "failed", "retry"};
    const char *end[] = {"undone", "undo_failed", "undone"};
    for (int i = 0; i < 3; i++) {
        World *w = world(undo_plan, solo_host);
        rule(w, "[\"three\"", OUT_FAILED, -1, NULL);
        rule(w, "un-two", OUT_FAILED, 1, NULL);
        through(w, "a");
        assert_string_equal(state_of(w, "a"), "undo_failed");
        assert_int_equal(eng_state(w->run), RS_IN_DOUBT);
        assert_int_equal(eng_exit(w->run), EXIT_WAIT_PERSON);
        assert_int_equal(made(w, "un-one"), 0);
        settle(w, "sam", "two", 0, what[i]);
        assert_int_equal(w->reply.exit, 0);
        drive(w);
        assert_string_equal(state_of(w, "a"), end[i]);
        assert_int_equal(made(w, "un-one"), 1);
        assert_int_equal(made(w, "un-two"), i == 2 ? 2 : 1);
        assert_int_equal(eng_state(w->run), RS_FAILED);
        end_world(w);
    }
}

static void stop_undoes_nothing(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action one { " CH("\"one\"") "undo shell.change { argv = [\"un-one\"] } }\n"
        " action two { " CH("\"two\"") "undo shell.change { argv = [\"un-two\"] } }\n"
        " on failure stop then tell it_lead\n}\n", solo_host);
    rule(w, "[\"two\"", OUT_FAILED, -1, NULL);
    through(w, "a");
    assert_string_equal(state_of(w, "a"), "failed");
    assert_int_equal(w->n_ledger, 2);
    assert_int_equal(eng_state(w->run), RS_FAILED);
    assert_non_null(strstr(w->said, "told: to it_lead"));
    end_world(w);
}

static void what_cannot_be_undone_is_named(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action one { " CH("\"one\"") NOUNDO " }\n"
        " action two { " CH("\"two\"") "undo shell.change { argv = [\"un-two\"] } }\n"
        " action three { " CH("\"three\"") NOUNDO " }\n}\n", solo_host);
    rule(w, "[\"three\"", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    approve(w, "sam", "a");
    assert_string_equal(state_of(w, "a"), "undone");
    assert_non_null(strstr(member_of(w, "a", "why"), "Not undone"));
    assert_non_null(strstr(member_of(w, "a", "why"), "one"));
    assert_null(strstr(member_of(w, "a", "why"), "three."));
    end_world(w);
}

static void continue_serves_even_if_failed(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a { needs nothing action x { run shell.query { argv = [\"bad\"] } } on failure continue }\n"
        "phase b { needs a even if failed action y { run shell.query { argv = [\"qb\"] } } }\n"
        "phase c { needs a action z { run shell.query { argv = [\"qc\"] } } }\n", solo_host);
    rule(w, "bad", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "failed");
    assert_string_equal(state_of(w, "b"), "done");
    assert_string_equal(state_of(w, "c"), "pending");
    assert_int_equal(eng_state(w->run), RS_FAILED);
    end_world(w);
}

static void failure_starts_a_phase(void **state)
{
    (void)state;
    const char *plan = HEAD
        "phase a { needs nothing action x { run shell.query { argv = [\"maybe\"] } } on failure stop then start rescue }\n"
        "phase rescue { needs nothing action y { run shell.query { argv = [\"rescue\"] } } }\n";
    World *w = world(plan, solo_host);
    begin(w, "{}");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_string_equal(state_of(w, "rescue"), "pending");
    end_world(w);
    w = world(plan, solo_host);
    rule(w, "maybe", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "rescue"), "done");
    assert_int_equal(eng_state(w->run), RS_FAILED);
    end_world(w);
}

#define EACH_PLAN(how, more) HEAD \
    "input hosts: list of text = [\"h0\", \"h1\", \"h2\", \"h3\", \"h4\"]\n" \
    "phase a {\n needs nothing gate L2 by owner otherwise stop\n" \
    " action go { each h in hosts " how " " CH("\"go\", h") NOUNDO more " }\n" \
    "}\nphase b { needs a action n { run shell.query { argv = [\"n\", \"{count(a.go)}\"] } } }\n"

static World *each_world(const char *plan)
{
    World *w = world(plan, solo_host);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "waiting");
    return w;
}

static void elements_one_after_the_other(void **state)
{
    (void)state;
    World *w = each_world(EACH_PLAN("", ""));
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(w->n_flying, 1);
        assert_int_equal(w->flying[0].e.instance, i);
        assert_int_equal(answer(w, 0), GATE_OK);
    }
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "[\"n\",\"5\"]"), 1);
    end_world(w);
}

static void elements_side_by_side_up_to_at_most(void **state)
{
    (void)state;
    World *w = each_world(EACH_PLAN("at most 3 at once", ""));
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->n_flying, 3);
    assert_int_equal(answer(w, 1), GATE_OK); /* the middle one first */
    assert_int_equal(w->n_flying, 3);
    assert_int_equal(w->flying[2].e.instance, 3);
    w->newest_first = true;
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    for (int i = 0; i < 5; i++) {
        char h[16];
        snprintf(h, sizeof h, "\"h%d\"", i);
        assert_int_equal(made(w, h), 1);
    }
    end_world(w);
}

static void first_failure_starts_no_more(void **state)
{
    (void)state;
    World *w = each_world(EACH_PLAN("at most 2 at once", ""));
    rule(w, "\"h1\"", OUT_FAILED, -1, NULL);
    approve(w, "sam", "a");
    /* h0 and h1 go; h0's end starts h2; h1 fails; h2 is waited for */
    assert_int_equal(w->n_ledger, 3);
    assert_int_equal(eng_state(w->run), RS_FAILED);
    assert_string_equal(member_of(w, "a", "why"), "The action \"go\" failed for 1 of 5 "
                        "elements: the program ended with status 1. Not undone, because "
                        "the plan says it cannot be: go.");
    end_world(w);
}

static void stop_after_counts_failures(void **state)
{
    (void)state;
    World *w = each_world(EACH_PLAN("", "stop after 2 failures"));
    rule(w, "\"h1\"", OUT_FAILED, -1, NULL);
    approve(w, "sam", "a");
    assert_int_equal(w->n_ledger, 5); /* one failure does not stop it, and is not hidden */
    assert_string_equal(state_of(w, "a"), "failed");
    end_world(w);
    w = each_world(EACH_PLAN("", "stop after 2 failures"));
    rule(w, "\"h1\"", OUT_FAILED, -1, NULL);
    rule(w, "\"h2\"", OUT_FAILED, -1, NULL);
    approve(w, "sam", "a");
    assert_int_equal(w->n_ledger, 3);
    assert_string_equal(state_of(w, "a"), "failed");
    end_world(w);
}

/* The rule is the same for an action that only looks, while the phase is staged
 * and behind its first change. */
static void looks_stop_after_failures_too(void **state)
{
    (void)state;
    static const struct { const char *before, *stop; size_t looks; } rows[] = {
        {"", "", 2}, {"", "stop after 2 failures", 4}, {"", "stop after 3 failures", 5},
        {"action one { " CH("\"one\"") NOUNDO "}\n", "", 2},
        {"action one { " CH("\"one\"") NOUNDO "}\n", "stop after 2 failures", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char plan[1024];
        snprintf(plan, sizeof plan, HEAD "input hs: list of text = [\"h0\", \"h1\", \"h2\", \"h3\", \"h4\"]\n"
                 "phase a {\n gate L1 by owner\n %s action look { each h in hs\n %s\n"
                 " run shell.query { argv = [\"q\", h] } }\n}\n", rows[i].before, rows[i].stop);
        World *w = world(plan, solo_host);
        rule(w, "\"h1\"", OUT_FAILED, -1, NULL);
        rule(w, "\"h3\"", OUT_FAILED, -1, NULL);
        begin(w, "{}");
        assert_string_equal(state_of(w, "a"), "failed");
        assert_int_equal(made(w, "\"q\""), rows[i].looks);
        end_world(w);
    }
}

#define RETRY_PLAN(n) HEAD \
    "input files: list of text = [\"f0\", \"f1\"]\n" \
    "phase a {\n gate L2 by owner otherwise stop\n" \
    " action put { each f in files run file.write { path = f, text = \"new\" }\n" \
    " retry " n " times every 1m }\n}\n"

static void retries_wait_for_their_time(void **state)
{
    (void)state;
    World *w = world(RETRY_PLAN("2"), solo_host);
    const char *put = "\"f0\",\"text\":\"new\"";
    const Entry *e[3];
    size_t n = 0;
    rule(w, put, OUT_FAILED, 2, NULL);
    through(w, "a");
    assert_int_equal(made(w, put), 1);
    assert_int_equal(eng_due(w->run), T0 + 60000);
    assert_int_equal(eng_state(w->run), RS_RUNNING);
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_TIME);
    w->now = T0 + 59999;
    wake(w);
    assert_int_equal(made(w, put), 1);
    w->now = T0 + 60000;
    wake(w);
    assert_int_equal(made(w, put), 2);
    crash(w); /* the instant is stored, not counted from now */
    assert_int_equal(eng_due(w->run), T0 + 120000);
    w->now = T0 + 120000;
    wake(w);
    assert_int_equal(made(w, put), 3);
    assert_int_equal(made(w, "\"f1\",\"text\":\"new\""), 1);
    assert_int_equal(eng_state(w->run), RS_DONE);
    for (size_t i = 0; i < w->n_ledger; i++)
        if (strstr(w->ledger[i].args, put) != NULL)
            e[n++] = &w->ledger[i];
    assert_int_equal(e[2]->attempt, 3);
    assert_string_not_equal(e[0]->key, e[1]->key); /* it failed for certain */
    end_world(w);
}

static void retries_end(void **state)
{
    (void)state;
    World *w = world(RETRY_PLAN("1"), solo_host);
    rule(w, "\"new\"", OUT_FAILED, -1, NULL);
    through(w, "a");
    w->now += 60000;
    wake(w);
    assert_int_equal(made(w, "\"new\""), 2);
    assert_int_equal(eng_state(w->run), RS_FAILED);
    end_world(w);
}

static void a_reading_action_is_tried_again(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n action q { run shell.query { argv = [\"q\"] }\n"
                     " retry 1 times every 5s }\n}\n", solo_host);
    rule(w, "\"q\"", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "checking");
    assert_int_equal(eng_due(w->run), T0 + 5000);
    w->now += 5000;
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void unknown_outcome_waits_for_a_person(void **state)
{
    (void)state;
    const char *what[] = {"done", "failed", "retry"};
    for (int i = 0; i < 3; i++) {
        World *w = each_world(EACH_PLAN("", ""));
        rule(w, "\"h2\"", OUT_UNKNOWN, 1, NULL);
        approve(w, "sam", "a");
        assert_string_equal(state_of(w, "a"), "in_doubt");
        assert_int_equal(eng_state(w->run), RS_IN_DOUBT);
        assert_int_equal(eng_exit(w->run), EXIT_WAIT_PERSON);
        assert_int_equal(w->n_ledger, 3);
        wake(w);
        assert_int_equal(w->n_ledger, 3); /* never silently twice */
        settle(w, "sam", "go", 1, "done");
        assert_int_equal(w->reply.exit, EXIT_REFUSED);
        assert_string_equal(w->reply.code, "not_in_doubt");
        settle(w, "sam", "go", 2, "perhaps");
        assert_int_equal(w->reply.exit, EXIT_USAGE);
        settle(w, "sam", "go", 2, what[i]);
        assert_int_equal(w->reply.exit, 0);
        assert_non_null(rec_part(last_of(w, REC_EXEC_SETTLED), "voter").p);
        drive(w);
        assert_int_equal(made(w, "\"h2\""), i == 2 ? 2 : 1);
        if (i == 2) /* it may have happened: one key for both */
            assert_string_equal(w->ledger[2].key, w->ledger[3].key);
        if (i == 1)
            assert_string_equal(state_of(w, "a"), "failed");
        else
            assert_string_equal(state_of(w, "a"), "done");
        /* what it gave nobody knows: its reader says so instead of guessing */
        assert_int_equal(eng_state(w->run), i == 2 ? RS_DONE : RS_FAILED);
        end_world(w);
    }
}

static const char write_plan[] = HEAD
    "phase a {\n gate L1 by owner\n"
    " action put { run file.write { path = \"f\", text = \"new\" } }\n"
    " action fin { " CH("\"fin\"") "undo shell.change { argv = [\"un-fin\"] } }\n}\n";

static void repeatable_is_sent_again_with_the_same_key(void **state)
{
    (void)state;
    World *w = world(write_plan, solo_host);
    rule(w, "\"new\"", OUT_UNKNOWN, 2, NULL);
    begin(w, "{}");
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "\"new\""), 3);
    const Entry *first = NULL;
    for (size_t i = 0; i < w->n_ledger; i++)
        if (strstr(w->ledger[i].args, "\"new\"") != NULL) {
            if (first != NULL)
                assert_string_equal(first->key, w->ledger[i].key);
            first = &w->ledger[i];
        }
    end_world(w);
    /* not for ever */
    w = world(write_plan, solo_host);
    rule(w, "\"new\"", OUT_UNKNOWN, -1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "in_doubt");
    assert_int_equal(made(w, "\"new\""), 1 + LIM_RESENDS);
    end_world(w);
}

/* A crash is no failing of the tool: it is sent again as often as we die. */
static void crashes_do_not_use_up_the_resends(void **state)
{
    (void)state;
    World *w = world(write_plan, solo_host);
    char key[65] = "";
    start_as(w, "sam", "{}");
    assert_int_equal(answer(w, 0), GATE_OK); /* the image */
    for (int i = 0; i < LIM_RESENDS + 3; i++) {
        assert_int_equal(w->n_flying, 1);
        if (i > 0)
            assert_string_equal(w->flying[0].e.key, key);
        memcpy(key, w->flying[0].e.key, sizeof key);
        assert_int_equal(w->flying[0].e.attempt, 1);
        crash(w);
    }
    rule(w, "\"new\"", OUT_UNKNOWN, LIM_RESENDS, NULL);
    drive(w);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void the_tools_own_undo_puts_the_image_back(void **state)
{
    (void)state;
    World *w = world(write_plan, solo_host);
    rule(w, "[\"fin\"", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "undone");
    assert_int_equal(made(w, "\"existed\":true,\"text\":\"old\""), 1);
    end_world(w);
}

static void images_are_read_when_the_call_may_go(void **state)
{
    (void)state;
    World *w = world(HEAD
        "input files: list of text = [\"f\", \"f\"]\n"
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action put { each f in files run file.write { path = f, text = \"new\" } }\n}\n",
        solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK); /* fresh image of the first */
    assert_int_equal(w->n_flying, 1);        /* its write, and no other look */
    assert_true(tool_is(w, &w->flying[0].e, "file.write"));
    assert_int_equal(answer(w, 0), GATE_OK);
    assert_true(tool_is(w, &w->flying[0].e, "file.image"));
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void equal_elements_have_different_keys(void **state)
{
    (void)state;
    World *w = world(HEAD
        "input hosts: list of text = [\"h\", \"h\"]\n"
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action go { each h in hosts " CH("\"go\", h") NOUNDO " }\n}\n", solo_host);
    begin(w, "{}");
    approve(w, "sam", "a");
    assert_int_equal(w->n_ledger, 2);
    assert_string_not_equal(w->ledger[0].key, w->ledger[1].key);
    end_world(w);
}

static void a_false_check_fails_the_phase(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a {\n gate L1 by owner\n"
        " action one { " CH("\"one\"") "undo shell.change { argv = [\"un-one\"] } }\n"
        " check well \"It runs\" { require shell.query([\"look\"]).output == \"well\" }\n}\n",
        solo_host);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "undone");
    assert_non_null(strstr(member_of(w, "a", "why"), "It runs"));
    const Record *r = last_of(w, REC_CHECK_ANSWERED);
    assert_true(str_is(rec_text(r, RF_OUT), "fail"));
    /* the look came after the change: live, once */
    assert_int_equal(made(w, "look"), 1);
    end_world(w);
}

static void what_depends_on_a_write_is_staged_as_unknown(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action one { " CH("\"one\"") NOUNDO " }\n"
        " action two { run shell.change { argv = [\"two\"], input = one.output } " NOUNDO " }\n"
        " tell owner \"done: {one.output}\"\n}\n", solo_host);
    Buf b = {0};
    begin(w, "{}");
    eng_show_json(w->run, STR("a"), NULL, NULL, &b, NULL);
    assert_non_null(strstr(buf_z(&b), "\"input\":{\"unknown\":true}"));
    buf_free(&b);
    approve(w, "sam", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "\"input\":\"ok\""), 1);
    assert_non_null(strstr(w->said, "told: to owner: done: ok"));
    assert_int_equal(count_kind(w, REC_PEOPLE_TOLD), 1);
    end_world(w);
}

static void when_false_skips_the_action(void **state)
{
    (void)state;
    World *w = world(HEAD
        "input go: bool = false\n"
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action one { when go " CH("\"one\"") NOUNDO " }\n"
        " action two { " CH("\"two\"") NOUNDO " }\n}\n", solo_host);
    begin(w, "{}");
    approve(w, "sam", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(w->n_ledger, 1);
    assert_int_equal(count_kind(w, REC_ACTION_SKIPPED), 1);
    end_world(w);
}

static void tool_texts_are_marked(void **state)
{
    (void)state;
    World *w = world(HEAD
        "phase q { needs nothing action look { run shell.query { argv = [\"look\"] } } }\n"
        "phase a {\n needs q gate L2 by owner show q.look otherwise stop\n"
        " action one { " CH("\"one\", q.look.output") NOUNDO " }\n}\n", solo_host);
    Buf b = {0};
    begin(w, "{}");
    eng_show_json(w->run, STR("a"), NULL, NULL, &b, NULL);
    assert_non_null(strstr(buf_z(&b), "\"tainted\":[\"argv[1]\"]"));
    assert_non_null(strstr(buf_z(&b), "\"evidence\":[{\"label\":\"q.look\""));
    buf_free(&b);
    end_world(w);
}

static void cancel_ends_and_undoes_nothing(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK); /* one done, two under way */
    EngEvent ev = event(w, EV_CANCEL, "sam");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(w->n_kills, 1);
    assert_int_equal(w->kills[0], w->flying[0].e.id);
    assert_int_equal(eng_state(w->run), RS_RUNNING); /* its outcome is not lost */
    rule(w, "two", OUT_UNKNOWN, 1, NULL);
    drive(w);
    assert_int_equal(eng_state(w->run), RS_IN_DOUBT);
    settle(w, "sam", "two", 0, "done");
    assert_int_equal(eng_state(w->run), RS_CANCELLED);
    assert_int_equal(w->n_ledger, 2);
    assert_int_equal(count_kind(w, REC_EXEC_UNKNOWN), 1);
    ev = event(w, EV_CANCEL, "sam");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    end_world(w);
}

static void cancel_closes_an_open_gate(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    begin(w, "{}");
    EngEvent ev = event(w, EV_CANCEL, "sam");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(eng_state(w->run), RS_CANCELLED);
    assert_true(str_is(rec_text(last_of(w, REC_GATE_CLOSED), RF_DEC), "cancel"));
    decide_as(w, "sam", "greet", "approve", digest_of(w, "greet"), true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_int_equal(w->n_ledger, 0);
    end_world(w);
}

static void late_and_strange_results_change_nothing(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    begin(w, "{}");
    EngEvent ev = event(w, EV_EFFECT, "");
    ev.effect = 99;
    size_t n = w->n_records;
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(w->reply.code, "no_such_effect");
    assert_int_equal(w->n_records, n);
    end_world(w);
}

static void malformed_result_of_a_read_fails_it(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a { action x { run shell.query { argv = [\"q\"] } } }\n",
                     solo_host);
    rule(w, "\"q\"", OUT_DONE, -1, "{\"status\":\"no number\"}");
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "failed");
    assert_non_null(strstr(member_of(w, "a", "why"), "form"));
    end_world(w);
}

static void records_that_cannot_follow_are_refused(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    through(w, "greet");
    for (size_t skip = 0; skip < w->n_records; skip++) {
        EngRun *run = eng_new(w->program, &w->policy);
        GateStatus st = GATE_OK;
        for (size_t i = 0; i < w->n_records && st == GATE_OK; i++)
            if (i != skip)
                st = eng_apply(run, &w->records[i]);
        /* a missing last record is a shorter history, not a wrong one */
        assert_int_equal(st, skip + 1 == w->n_records ? GATE_OK : GATE_E_FORMAT);
        eng_free(run);
    }
    end_world(w);
}

static void tightened_grants_block_before_the_next_effect(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    set_policy(w, "edition 1\nsetting solo = true\n"
                  "grant shell.query { folders = [\".\"] }\n");
    assert_int_equal(answer(w, 0), GATE_OK);
    assert_int_equal(w->n_flying, 0);
    assert_int_equal(eng_state(w->run), RS_WAITING);
    assert_non_null(strstr(w->said, "shell.change"));
    set_policy(w, solo_host);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "[\"one\"]"), 1);
    end_world(w);
}

/* The log says one thing was staged, the program would do another: nothing
 * leaves, whatever made the difference. */
static void what_was_not_staged_is_not_sent(void **state)
{
    (void)state;
    World *w = world(hello, solo_host);
    through(w, "greet");
    forge_staged(w, "hi\"]", "ho\"]");
    drive(w);
    assert_int_equal(w->n_ledger, 0);
    assert_string_equal(state_of(w, "greet"), "failed");
    assert_non_null(strstr(member_of(w, "greet", "why"), "nothing was sent"));
    end_world(w);
}

static void now_is_the_staging_instant(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n gate L2 by owner otherwise stop\n"
        " action go { run shell.change { argv = [\"at\", \"{now}\"] }\n" NOUNDO " }\n}\n",
        solo_host);
    begin(w, "{}");
    w->now += 3600000;
    approve(w, "sam", "a"); /* an hour later it is still what was approved */
    assert_int_equal(count_kind(w, REC_PHASE_DRIFTED), 0);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "2026-11-24T07:06:38"), 1);
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_at_the_gate_and_goes_on),
        cmocka_unit_test(digest_is_the_hash_of_the_subject),
        cmocka_unit_test(intent_is_recorded_before_the_effect),
        cmocka_unit_test(wrong_inputs_leave_no_record),
        cmocka_unit_test(missing_grants_refuse_the_start),
        cmocka_unit_test(phases_go_side_by_side),
        cmocka_unit_test(needs_any_takes_the_first),
        cmocka_unit_test(blockers_in_their_own_words),
        cmocka_unit_test(failure_undoes_in_reverse),
        cmocka_unit_test(failing_undo_waits_for_a_person),
        cmocka_unit_test(stop_undoes_nothing),
        cmocka_unit_test(what_cannot_be_undone_is_named),
        cmocka_unit_test(continue_serves_even_if_failed),
        cmocka_unit_test(failure_starts_a_phase),
        cmocka_unit_test(elements_one_after_the_other),
        cmocka_unit_test(elements_side_by_side_up_to_at_most),
        cmocka_unit_test(first_failure_starts_no_more),
        cmocka_unit_test(stop_after_counts_failures),
        cmocka_unit_test(looks_stop_after_failures_too),
        cmocka_unit_test(retries_wait_for_their_time),
        cmocka_unit_test(retries_end),
        cmocka_unit_test(a_reading_action_is_tried_again),
        cmocka_unit_test(unknown_outcome_waits_for_a_person),
        cmocka_unit_test(repeatable_is_sent_again_with_the_same_key),
        cmocka_unit_test(crashes_do_not_use_up_the_resends),
        cmocka_unit_test(the_tools_own_undo_puts_the_image_back),
        cmocka_unit_test(images_are_read_when_the_call_may_go),
        cmocka_unit_test(equal_elements_have_different_keys),
        cmocka_unit_test(a_false_check_fails_the_phase),
        cmocka_unit_test(what_depends_on_a_write_is_staged_as_unknown),
        cmocka_unit_test(when_false_skips_the_action),
        cmocka_unit_test(tool_texts_are_marked),
        cmocka_unit_test(cancel_ends_and_undoes_nothing),
        cmocka_unit_test(cancel_closes_an_open_gate),
        cmocka_unit_test(late_and_strange_results_change_nothing),
        cmocka_unit_test(malformed_result_of_a_read_fails_it),
        cmocka_unit_test(records_that_cannot_follow_are_refused),
        cmocka_unit_test(what_was_not_staged_is_not_sent),
        cmocka_unit_test(now_is_the_staging_instant),
        cmocka_unit_test(tightened_grants_block_before_the_next_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
