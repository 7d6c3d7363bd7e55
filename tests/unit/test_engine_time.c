/* Time and the engine: timers that stand still, a process that is to end, the
 * retries that are a run's own work, and the limits that are spans of time. */
#include "tests/unit/test_engine_world.h"
#include "vm/engine/run.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\n"
#define CH(...) "run shell.change { argv = [" __VA_ARGS__ "] }\n"
#define NOUNDO "undo none because \"gone is gone\"\n"
#define ASK " gate L2 \"Shall we?\" by owner within 1d otherwise stop\n"

static const char two[] = HEAD
    "phase a {\n needs nothing\n" ASK " action x { " CH("\"one\"") NOUNDO "}\n}\n"
    "phase b {\n needs a\n gate L1 by owner\n action y { " CH("\"two\"") NOUNDO "}\n}\n";
/* One phase asks; the other writes, and tries again every 5 s. */
static const char retries[] = HEAD
    "phase asks {\n needs nothing\n" ASK " action x { " CH("\"x\"") NOUNDO "}\n}\n"
    "phase writes {\n needs nothing\n gate L1 by owner\n action w {\n"
    "  run file.write { path = \"f\", text = \"new\" }\n  undo none because \"scratch\"\n"
    "  retry 3 times every 5s }\n}\n";

static EngEvent frozen(World *w, EngEventKind kind, const char *who)
{
    EngEvent ev = event(w, kind, who);
    ev.timers_frozen = true;
    return ev;
}

static EngEvent held(World *w, EngEventKind kind, const char *who)
{
    EngEvent ev = event(w, kind, who);
    ev.hold = true;
    return ev;
}

/* The outcome of what has been under way longest. */
static void lands_held(World *w, EngOutcome outcome)
{
    EngEvent ev = held(w, EV_EFFECT, "");
    ev.effect = w->flying[0].e.id;
    ev.outcome = outcome;
    if (outcome == OUT_DONE)
        ev.result = STR("{\"status\":0,\"output\":\"\",\"errors\":\"\"}");
    w->n_flying--;
    memmove(w->flying, w->flying + 1, w->n_flying * sizeof w->flying[0]);
    assert_int_equal(step(w, &ev), GATE_OK);
}

/* --- frozen timers ----------------------------------------------------------- */

static void a_frozen_gate_does_not_expire(void **state)
{
    (void)state;
    World *w = world(two, solo_host);
    begin(w, "{}");
    w->now += INT64_C(30) * 86400000;
    EngEvent ev = frozen(w, EV_WAKE, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(state_of(w, "a"), "waiting");
    ev = frozen(w, EV_DECIDE, "sam"); /* and a decision counts */
    ev.phase = STR("a");
    ev.decision = STR("approve");
    ev.digest = str_of(digest_of(w, "a"));
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(w->n_flying, 1);
    end_world(w);
    w = world(two, solo_host); /* the same wake with a clock that was accepted */
    begin(w, "{}");
    w->now += INT64_C(30) * 86400000;
    wake(w);
    assert_string_equal(state_of(w, "a"), "expired");
    end_world(w);
}

static void a_frozen_approval_does_not_lapse(void **state)
{
    (void)state;
    World *w = world(two, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), false);
    assert_string_equal(state_of(w, "a"), "approved");
    w->now += (LIM_APPROVAL_DAYS + 1) * INT64_C(86400000);
    EngEvent ev = frozen(w, EV_WAKE, "");
    ev.resume = true;
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(state_of(w, "a"), "running");
    end_world(w);
}

static void a_frozen_retry_waits(void **state)
{
    (void)state;
    World *w = world(retries, solo_host);
    rule(w, "\"new\"", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    assert_int_equal(made(w, "\"new\""), 1);
    w->now += 60000;
    EngEvent ev = frozen(w, EV_WAKE, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->n_flying, 0);
    wake(w); /* accepted */
    assert_int_equal(made(w, "\"new\""), 2);
    assert_string_equal(state_of(w, "writes"), "done");
    end_world(w);
}

/* What nobody has to wait for goes out at once, frozen or not: here a call
 * that may be repeated and whose process is gone. */
static void a_retry_without_delay_is_no_timer(void **state)
{
    (void)state;
    World *w = world(retries, solo_host);
    start_as(w, "sam", "{}");
    while (w->n_flying > 0 && !tool_is(w, &w->flying[0].e, "file.write"))
        assert_int_equal(answer(w, 0), GATE_OK);
    assert_int_equal(w->n_flying, 1);
    eng_free(w->run);
    w->run = rebuilt(w, w->n_records);
    w->n_flying = 0;
    EngEvent ev = frozen(w, EV_LOST, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    ev = frozen(w, EV_WAKE, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->n_flying, 1);
    end_world(w);
}

/* --- a process that is to end --------------------------------------------------- */

static void held_runs_start_nothing(void **state)
{
    (void)state;
    World *w = world(two, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->n_flying, 1);
    lands_held(w, OUT_DONE);
    assert_string_equal(state_of(w, "a"), "done"); /* its outcome is taken */
    assert_string_equal(state_of(w, "b"), "pending");
    assert_int_equal(w->n_flying, 0);
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_TIME);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "\"two\""), 1);
    end_world(w);
}

static void held_decisions_count_and_wait(void **state)
{
    (void)state;
    World *w = world(two, solo_host);
    begin(w, "{}");
    EngEvent ev = held(w, EV_DECIDE, "sam");
    ev.phase = STR("a");
    ev.decision = STR("approve");
    ev.digest = str_of(digest_of(w, "a"));
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, 0);
    assert_string_equal(state_of(w, "a"), "approved");
    ev = held(w, EV_WAKE, "");
    ev.resume = true;
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(state_of(w, "a"), "approved");
    assert_int_equal(w->n_flying, 0);
    crash(w); /* the next process goes on */
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void held_elements_wait(void **state)
{
    (void)state;
    World *w = world(HEAD "input hosts: list of text = [\"h0\", \"h1\", \"h2\"]\n"
        "phase a {\n" ASK " action go { each h in hosts at most 2 at once "
        CH("\"push\", h") NOUNDO " }\n}\n", solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    size_t under_way = w->n_flying;
    assert_true(under_way > 0 && under_way < 3);
    while (w->n_flying > 0)
        lands_held(w, OUT_DONE);
    assert_int_equal(count_kind(w, REC_EXEC_STARTED), under_way);
    assert_string_equal(state_of(w, "a"), "running");
    crash(w);
    drive(w);
    assert_int_equal(count_kind(w, REC_EXEC_STARTED), 3);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void held_undo_waits(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n" ASK
        " action one { " CH("\"do\"") " undo shell.change { argv = [\"undo\"] } }\n"
        " action two { " CH("\"bad\"") " undo shell.change { argv = [\"never\"] } }\n"
        " on failure undo\n}\n", solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK);
    lands_held(w, OUT_FAILED);
    assert_string_equal(state_of(w, "a"), "undoing");
    assert_int_equal(w->n_flying, 0);
    wake(w);
    assert_int_equal(made(w, "\"undo\""), 1);
    assert_string_equal(state_of(w, "a"), "undone");
    end_world(w);
}

static void under_way_in_words(void **state)
{
    (void)state;
    World *w = world(two, solo_host);
    Buf b = {0};
    bool doubt = false;
    begin(w, "{}");
    eng_put_under_way(w->run, &doubt, &b);
    assert_int_equal(b.n, 0);
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    eng_put_under_way(w->run, &doubt, &b);
    assert_string_equal(buf_z(&b), "a.x");
    assert_true(doubt);
    end_world(w);
    w = world(HEAD "phase a {\n require file.read(\"f\").text == \"content\" \"f is there\"\n"
              " action x { run shell.query { argv = [\"r\"] } }\n}\n", solo_host);
    buf_clear(&b);
    doubt = false;
    start_as(w, "sam", "{}");
    eng_put_under_way(w->run, &doubt, &b);
    assert_string_equal(buf_z(&b), "a"); /* a look of the phase */
    assert_false(doubt);
    buf_free(&b);
    end_world(w);
}

/* --- due instants --------------------------------------------------------------- */

static void retries_are_the_runs_own_work(void **state)
{
    (void)state;
    World *w = world(retries, solo_host);
    rule(w, "\"new\"", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_PERSON); /* somebody is asked */
    assert_int_equal(eng_retry_due(w->run), T0 + 5000);
    assert_int_equal(eng_due(w->run), T0 + 5000);
    w->now += 4999;
    wake(w);
    assert_int_equal(made(w, "\"new\""), 1);
    w->now += 1;
    wake(w);
    assert_int_equal(made(w, "\"new\""), 2);
    assert_int_equal(eng_retry_due(w->run), -1);
    assert_int_equal(eng_due(w->run), T0 + 86400000); /* the gate's */
    end_world(w);
}

static void an_action_without_timeout_has_the_limit(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n action x { run shell.query { argv = [\"r\"] } }\n"
        " action y { run shell.query { argv = [\"s\"] }\n timeout 10s }\n}\n", solo_host);
    start_as(w, "sam", "{}");
    for (int i = 0; i < 2; i++) {
        const Flying *f = &w->flying[0];
        bool named = strstr(f->args, "\"s\"") != NULL;
        assert_int_equal(f->e.timeout_ms, named ? 10000 : LIM_ACTION_TIMEOUT_MS);
        assert_int_equal(answer(w, 0), GATE_OK);
    }
    end_world(w);
}

/* --- memory ----------------------------------------------------------------------- */

/* A block of zeros that nobody touches costs no memory. */
static void a_run_remembers_so_much(void **state)
{
    (void)state;
    for (int over = -16; over <= 16; over += 16) { /* blocks are whole 16 bytes */
        World *w = world(two, solo_host);
        size_t left = (size_t)LIM_RUN_BYTES - arena_used(w->run->arena);
        void *block = arena_alloc(w->run->arena, (left & ~(size_t)15) + (size_t)over);
        assert_int_equal(block != NULL, over <= 0);
        end_world(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_gate_does_not_expire),
        cmocka_unit_test(a_frozen_approval_does_not_lapse),
        cmocka_unit_test(a_frozen_retry_waits),
        cmocka_unit_test(a_retry_without_delay_is_no_timer),
        cmocka_unit_test(held_runs_start_nothing),
        cmocka_unit_test(held_decisions_count_and_wait),
        cmocka_unit_test(held_elements_wait),
        cmocka_unit_test(held_undo_waits),
        cmocka_unit_test(under_way_in_words),
        cmocka_unit_test(retries_are_the_runs_own_work),
        cmocka_unit_test(an_action_without_timeout_has_the_limit),
        cmocka_unit_test(a_run_remembers_so_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
