/* Calls and what becomes of them: what leaves in front of whom, doubt, keys,
 * sizes, images side by side, causes; and what the views make of a run that
 * nobody works on. */
#include "tests/unit/test_engine_world.h"
#include "vm/engine/run.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\nrole it_lead \"Lead\"\n"
#define CH(...) "run shell.change { argv = [" __VA_ARGS__ "] }\n"
#define NOUNDO "undo none because \"gone is gone\"\n"

static const char *status_has(World *w, const char *what)
{
    return strstr(status_of(w, w->run), what);
}

static const char *why_of(World *w)
{
    Buf b = {0};
    eng_why_json(w->run, w->now, NULL, NULL, &b);
    const char *z = zstr(w, buf_view(&b));
    buf_free(&b);
    return z;
}

static void cancel(World *w)
{
    EngEvent ev = event(w, EV_CANCEL, "sam");
    assert_int_equal(step(w, &ev), GATE_OK);
}

static void settle_only(World *w, const char *action, uint32_t instance, const char *what)
{
    EngEvent ev = event(w, EV_SETTLE, "sam");
    ev.action = str_of(action);
    ev.instance = instance;
    ev.what = str_of(what);
    ev.drive = false;
    assert_int_equal(step(w, &ev), GATE_OK);
}

/* --- what leaves in front of whom ------------------------------------------------ */

/* A call that may be repeated, one that may not, and a gate beside them. */
static const char two_plan[] = HEAD
    "phase a { needs nothing gate L1 by owner\n"
    " action put { run file.write { path = \"f\", text = \"new\" } }\n"
    " action next { " CH("\"next\"") NOUNDO " }\n}\n"
    "phase b { needs nothing gate L1 by owner\n"
    " action once { " CH("\"once\"") NOUNDO " }\n}\n"
    "phase c { needs nothing gate L2 by owner otherwise stop\n"
    " action third { " CH("\"third\"") NOUNDO " }\n}\n";

static World *two_sent(void)
{
    World *w = world(two_plan, solo_host);
    start_as(w, "sam", "{}");
    for (size_t i = 0; i < w->n_flying; i++)
        if (tool_is(w, &w->flying[i].e, "file.image")) {
            assert_int_equal(answer(w, i), GATE_OK);
            break;
        }
    assert_int_equal(count_kind(w, REC_EXEC_STARTED), 2);
    lose(w);
    return w;
}

static void nothing_leaves_in_front_of_a_cancel(void **state)
{
    (void)state;
    World *w = two_sent();
    cancel(w);
    assert_int_equal(w->reply.exit, 0);
    assert_non_null(strstr(w->message, "gate settle"));
    assert_int_equal(w->n_flying, 0);
    /* both may have happened: what could have been sent again is in doubt too */
    assert_int_equal(eng_state(w->run), RS_IN_DOUBT);
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_PERSON);
    assert_non_null(status_has(w, "\"ending\":\"cancelled\""));
    assert_string_equal(state_of(w, "a"), "in_doubt");
    assert_string_equal(state_of(w, "b"), "in_doubt");
    /* its gate decides nothing any more */
    assert_true(str_is(rec_text(last_of(w, REC_GATE_CLOSED), RF_DEC), "cancel"));
    decide_as(w, "sam", "c", "approve", digest_of(w, "c"), true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    cancel(w);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    crash(w);
    wake(w);
    assert_int_equal(w->n_flying, 0);
    settle(w, "sam", "put", 0, "retry");
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, "cancelled");
    settle(w, "sam", "put", 0, "failed");
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(eng_state(w->run), RS_IN_DOUBT);
    settle(w, "sam", "once", 0, "done");
    assert_int_equal(eng_state(w->run), RS_CANCELLED);
    assert_int_equal(eng_exit(w->run), EXIT_FAILED);
    assert_int_equal(w->n_ledger, 1); /* the image */
    end_world(w);
}

static void nothing_leaves_with_a_settlement(void **state)
{
    (void)state;
    World *w = two_sent();
    settle_only(w, "once", 0, "done");
    assert_int_equal(w->reply.exit, 0);
    assert_non_null(strstr(w->message, "gate resume"));
    assert_int_equal(w->n_flying, 0);
    /* what is to be sent again can still be settled instead */
    settle_only(w, "put", 0, "done");
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(w->n_flying, 0);
    wake(w);
    assert_string_equal(state_of(w, "a"), "done");
    assert_string_equal(state_of(w, "b"), "done");
    assert_int_equal(made(w, "\"new\""), 0);
    assert_int_equal(made(w, "\"next\""), 1);
    end_world(w);
}

static void nothing_leaves_with_a_decision_that_waits(void **state)
{
    (void)state;
    World *w = two_sent();
    decide_as(w, "sam", "c", "approve", digest_of(w, "c"), false);
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(w->n_flying, 0);
    wake(w);
    assert_int_equal(made(w, "\"new\""), 1);
    assert_int_equal(made(w, "\"third\""), 1);
    end_world(w);
}

/* --- keys ------------------------------------------------------------------------- */

static void a_retry_out_of_doubt_keeps_attempt_and_key(void **state)
{
    (void)state;
    World *w = two_sent();
    wake(w);
    settle(w, "sam", "once", 0, "retry");
    assert_int_equal(w->n_flying, 1);
    const Record *second = last_of(w, REC_EXEC_STARTED), *first = NULL;
    for (size_t i = 0; i < w->n_records && first == NULL; i++)
        if (w->records[i].kind == REC_EXEC_STARTED &&
            str_is(rec_text(&w->records[i], RF_ACTION), "once"))
            first = &w->records[i];
    assert_ptr_not_equal(first, second);
    assert_true(str_eq(rec_part(first, "key"), rec_part(second, "key")));
    assert_int_equal(rec_int(second, RF_ATTEMPT, 0), 1);
    drive(w);
    assert_string_equal(state_of(w, "b"), "done");
    end_world(w);
}

static const char undo_plan[] = HEAD
    "phase a {\n needs nothing gate L2 by owner otherwise stop\n"
    " action one { " CH("\"one\"") "undo shell.change { argv = [\"un-one\"] } }\n"
    " action two { " CH("\"two\"") "undo shell.change { argv = [\"un-two\"] } }\n}\n";

static World *undo_failed(void)
{
    World *w = world(undo_plan, solo_host);
    rule(w, "[\"two\"", OUT_FAILED, -1, NULL);
    rule(w, "un-one", OUT_FAILED, 1, NULL);
    through(w, "a");
    assert_string_equal(state_of(w, "a"), "undo_failed");
    return w;
}

static void a_retry_of_a_failed_undo_is_a_new_attempt(void **state)
{
    (void)state;
    World *w = undo_failed();
    settle(w, "sam", "one", 0, "retry");
    drive(w);
    assert_string_equal(state_of(w, "a"), "undone");
    assert_int_equal(w->ledger[w->n_ledger - 1].attempt, 2);
    assert_string_not_equal(w->ledger[w->n_ledger - 1].key,
                            w->ledger[w->n_ledger - 2].key);
    end_world(w);
}

/* --- an undo that failed ------------------------------------------------------------ */

static void a_failed_undo_has_its_own_words(void **state)
{
    (void)state;
    World *w = undo_failed();
    assert_non_null(status_has(w, "\"undo\":true,\"attempt\":1"));
    assert_non_null(status_has(w, "\"state\":\"undo_failed\",\"cause\":\"the program "
                                  "ended with status 1.\""));
    assert_non_null(strstr(why_of(w), "the undo of action one failed, so what the action "
                                      "did still stands: the program ended with status 1."));
    end_world(w);
}

static void a_retry_that_is_not_let_out_can_be_settled(void **state)
{
    (void)state;
    const char *what[] = {"done", "failed"};
    const char *end[] = {"undone", "undo_failed"};
    for (int i = 0; i < 2; i++) {
        World *w = undo_failed();
        set_policy(w, "edition 1\nsetting solo = true\n"
                      "grant shell.query { folders = [\".\"] }\n");
        settle(w, "sam", "one", 0, "retry");
        assert_int_equal(w->n_flying, 0);
        assert_int_equal(eng_state(w->run), RS_WAITING);
        assert_non_null(status_has(w, "\"state\":\"blocked\""));
        assert_non_null(strstr(why_of(w), "is to be tried again and is not let out"));
        settle(w, "sam", "one", 0, what[i]);
        assert_int_equal(w->reply.exit, 0);
        assert_string_equal(state_of(w, "a"), end[i]);
        assert_int_equal(eng_state(w->run), RS_FAILED);
        end_world(w);
    }
}

/* --- causes ------------------------------------------------------------------------- */

static void what_a_failed_program_said_is_kept(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    rule(w, "[\"two\"", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK);
    EngEvent ev = event(w, EV_EFFECT, "");
    ev.effect = w->flying[0].e.id;
    ev.outcome = OUT_FAILED;
    ev.code = "exit";
    ev.status = 7;
    ev.message = STR("\"two\" ended with status 7: no space");
    ev.result = STR("{\"status\":7,\"output\":\"half\",\"errors\":\"no space\"}");
    w->n_flying = 0;
    assert_int_equal(step(w, &ev), GATE_OK);
    const Record *r = last_of(w, REC_EXEC_FINISHED);
    assert_true(str_is(rec_text(r, RF_OUT), "failed"));
    assert_true(str_eq(rec_part(r, "result"), ev.result));
    assert_non_null(status_has(w, "\"state\":\"failed\",\"attempt\":1,\"cause\":\"\\\"two\\\" "
                                  "ended with status 7: no space\""));
    drive(w);
    assert_non_null(strstr(member_of(w, "a", "why"), "no space"));
    end_world(w);
}

static void a_doubt_says_why(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    rule(w, "[\"two\"", OUT_UNKNOWN, 1, NULL);
    through(w, "a");
    assert_non_null(status_has(w, "\"cause\":\"the program ended with status 1.\""));
    assert_non_null(strstr(why_of(w), "action two may or may not have happened: the "
                                      "program"));
    end_world(w);
    w = two_sent();
    assert_non_null(status_has(w, "\"cause\":\"the process that made the call ended before "
                                  "its answer came\""));
    end_world(w);
}

static void a_retry_in_time_says_why(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n gate L1 by owner\n action one {\n"
                     " run file.write { path = \"f\", text = \"one\" }\n"
                     " retry 1 times every 1m }\n}\n", solo_host);
    rule(w, "one", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    assert_non_null(status_has(w, "\"cause\":\"the program ended with status 1.\",\"due\":"
                                  "\"2026-11-24T07:07:38.000Z\""));
    eng_look(w->run, w->now, false);
    assert_non_null(strstr(why_of(w), "action one: the program ended with status 1.; it is "
                                      "tried again then"));
    assert_false(eng_left(w->run)); /* it rests until then, and is driven then */
    end_world(w);
}

/* --- sizes -------------------------------------------------------------------------- */

static char *big_inputs(size_t n)
{
    char *z = test_malloc(n + 16);
    size_t at = (size_t)sprintf(z, "{\"big\":\"");
    memset(z + at, 'x', n);
    memcpy(z + at + n, "\"}", 3);
    return z;
}

#define B4 "big, big, big, big"
#define B17 B4 ", " B4 ", " B4 ", " B4 ", big"
#define BIG HEAD "input big: text\n"

static void start_big(World *w)
{
    char *z = big_inputs(LIM_TEXT_BYTES - 100);
    w->unchecked = true; /* megabytes after each step */
    start_as(w, "sam", z);
    test_free(z);
    assert_int_equal(w->reply.exit, 0);
}

static void a_read_with_too_much_to_ask_fails(void **state)
{
    (void)state;
    World *w = world(BIG "phase a { needs nothing\n"
                     " require shell.query([" B17 "]).status == 0 \"It answers\"\n"
                     " action x { run shell.query { argv = [\"x\"] } }\n}\n"
                     "phase b { needs nothing action y { run shell.query { argv = [" B17 "] } }\n"
                     " on failure continue }\n", solo_host);
    start_big(w);
    assert_int_equal(w->n_flying, 0);
    assert_string_equal(state_of(w, "a"), "blocked");
    assert_non_null(strstr(w->said, "the limit is 16777216 (PART_BYTES)"));
    assert_string_equal(state_of(w, "b"), "failed");
    check_rebuild(w);
    end_world(w);
}

static void too_much_to_stage_fails_the_phase(void **state)
{
    (void)state;
    World *w = world(BIG "phase a {\n gate L2 by owner otherwise stop\n"
                     " action x { " CH(B17) NOUNDO " }\n}\n", solo_host);
    start_big(w);
    assert_string_equal(state_of(w, "a"), "failed");
    assert_non_null(strstr(member_of(w, "a", "why"), "8388608 bytes to show (half of "
                                                     "PART_BYTES)"));
    end_world(w);
}

/* What an intent is tested with, at the edges: the compiler lets no plan get
 * there with what becomes known only when it runs. */
static void parts_and_memory_have_edges(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    Buf why = {0};
    assert_true(eng_fits(w->run, "it", LIM_PART_BYTES, LIM_PART_BYTES, &why));
    assert_int_equal(why.n, 0);
    assert_false(eng_fits(w->run, "it", LIM_PART_BYTES + (size_t)1, 0, &why));
    assert_string_equal(buf_z(&why), "it takes 16777217 bytes; the limit is 16777216 "
                                     "(PART_BYTES)");
    buf_clear(&why);
    size_t used = arena_used(w->run->arena);
    size_t room = LIM_RUN_BYTES - 4 * (size_t)LIM_PART_BYTES - used;
    assert_true(eng_fits(w->run, "it", 1, room, &why));
    assert_false(eng_fits(w->run, "it", 1, room + 1, &why));
    assert_non_null(strstr(buf_z(&why), "(RUN_BYTES)"));
    buf_free(&why);
    end_world(w);
}

static void words_are_cut_between_characters(void **state)
{
    (void)state;
    char z[LIM_WORDS_BYTES + 4];
    memset(z, 'a', sizeof z);
    assert_int_equal(eng_short((Str){z, LIM_WORDS_BYTES}).n, LIM_WORDS_BYTES);
    assert_int_equal(eng_short((Str){z, LIM_WORDS_BYTES + 1}).n, LIM_WORDS_BYTES);
    memcpy(z + LIM_WORDS_BYTES - 1, "\xc3\xa4", 2);
    assert_int_equal(eng_short((Str){z, LIM_WORDS_BYTES + 1}).n, LIM_WORDS_BYTES - 1);
}

static void answer_with(World *w, const char *result, size_t n)
{
    EngEvent ev = event(w, EV_EFFECT, "");
    ev.effect = w->flying[0].e.id;
    ev.outcome = OUT_DONE;
    ev.result = (Str){result, n};
    w->n_flying = 0;
    assert_int_equal(step(w, &ev), GATE_OK);
}

/* An answer of the limit is kept, one of a byte more is not. */
static void too_large_an_answer_is_not_kept(void **state)
{
    (void)state;
    char *z = test_malloc(LIM_PART_BYTES + 2);
    memset(z, ' ', LIM_PART_BYTES + 1);
    const char *form = "{\"status\":0,\"output\":\"ok\",\"errors\":\"\"}";
    memcpy(z, form, strlen(form));
    for (size_t more = 0; more < 2; more++) {
        World *w = world(HEAD "phase a {\n gate L1 by owner\n"
                         " action one { " CH("\"one\"") NOUNDO " }\n}\n", solo_host);
        w->unchecked = true;
        start_as(w, "sam", "{}");
        answer_with(w, z, LIM_PART_BYTES + more);
        const Record *r = last_of(w, REC_EXEC_FINISHED);
        assert_string_equal(state_of(w, "a"), "done"); /* it happened */
        assert_int_equal(rec_part(r, "result").n, more == 0 ? LIM_PART_BYTES : 0);
        if (more > 0)
            assert_non_null(strstr(zstr(w, rec_part(r, "message")), "(PART_BYTES), so it was "
                                                                    "not kept"));
        end_world(w);
        w = world(HEAD "phase a { action q { run shell.query { argv = [\"q\"] } } }\n",
                  solo_host);
        w->unchecked = true;
        start_as(w, "sam", "{}");
        answer_with(w, z, LIM_PART_BYTES + more);
        assert_string_equal(state_of(w, "a"), more == 0 ? "done" : "failed");
        if (more > 0)
            assert_non_null(strstr(member_of(w, "a", "why"), "(PART_BYTES)"));
        end_world(w);
    }
    test_free(z);
}

/* The run's memory is bounded too: a fold of the same records must have room. */
static void a_run_that_remembers_too_much_fails_the_phase(void **state)
{
    (void)state;
    char *z = test_malloc(LIM_PART_BYTES);
    memset(z, ' ', LIM_PART_BYTES);
    const char *form = "{\"status\":0,\"output\":\"ok\",\"errors\":\"\"}";
    memcpy(z, form, strlen(form));
    World *w = world(HEAD "input hosts: list of text\nphase a {\n"
                     " action q { each h in hosts run shell.query { argv = [h] } }\n}\n",
                     solo_host);
    w->unchecked = true;
    Buf b = {0};
    buf_puts(&b, "{\"hosts\":[\"h\"");
    for (int i = 0; i < 80; i++)
        buf_puts(&b, ",\"h\"");
    buf_puts(&b, "]}");
    start_as(w, "sam", buf_z(&b));
    int n = 0;
    for (; w->n_flying > 0 && n < 81; n++)
        answer_with(w, z, LIM_PART_BYTES);
    assert_true(n > 10 && n < 81);
    assert_string_equal(state_of(w, "a"), "failed");
    assert_non_null(strstr(member_of(w, "a", "why"), "(RUN_BYTES)"));
    buf_free(&b);
    test_free(z);
    end_world(w);
}

static void inputs_that_fit_no_record_are_refused(void **state)
{
    (void)state;
    World *w = world(HEAD "input all: list of text\n"
                     "phase a { action x { run shell.query { argv = [\"x\"] } } }\n", solo_host);
    Buf b = {0};
    w->unchecked = true;
    buf_puts(&b, "{\"all\":[\"\"");
    for (int i = 0; i < 17; i++) {
        char *one = big_inputs(LIM_TEXT_BYTES - 100);
        buf_putc(&b, ',');
        buf_put(&b, one + 7, LIM_TEXT_BYTES - 98);
        test_free(one);
    }
    buf_puts(&b, "]}");
    start_as(w, "sam", buf_z(&b));
    assert_int_equal(w->reply.exit, EXIT_USAGE);
    assert_non_null(strstr(w->message, "(PART_BYTES)"));
    assert_int_equal(w->n_records, 0);
    buf_free(&b);
    end_world(w);
}

/* --- images side by side -------------------------------------------------------------- */

static const char images_plan[] = HEAD
    "input files: list of text = [\"f0\", \"f1\", \"f2\", \"f3\", \"f4\"]\n"
    "phase a {\n gate L2 by owner otherwise stop\n"
    " action first { " CH("\"first\"") NOUNDO " }\n"
    " action put { each f in files at most 3 at once\n"
    "  run file.write { path = f, text = \"new\" } }\n}\n";

static size_t flying_tool(const World *w, const char *tool)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_flying; i++)
        n += tool_is(w, &w->flying[i].e, tool) ? 1 : 0;
    return n;
}

static void images_are_read_side_by_side(void **state)
{
    (void)state;
    for (int newest = 0; newest < 2; newest++) {
        World *w = world(images_plan, solo_host);
        begin(w, "{}");
        decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
        assert_int_equal(answer(w, 0), GATE_OK); /* first */
        assert_int_equal(flying_tool(w, "file.image"), 3);
        assert_int_equal(answer(w, 1), GATE_OK); /* the middle one's image */
        assert_int_equal(flying_tool(w, "file.image"), 2);
        assert_int_equal(flying_tool(w, "file.write"), 1);
        assert_int_equal(w->flying[2].e.instance, 1);
        assert_int_equal(answer(w, 2), GATE_OK); /* and its write: the next begins */
        assert_int_equal(flying_tool(w, "file.image"), 3);
        w->newest_first = newest == 1;
        drive(w);
        assert_int_equal(eng_state(w->run), RS_DONE);
        /* each element's undo has its own image */
        for (size_t i = 0; i < w->n_records; i++) {
            const Record *r = &w->records[i];
            if (r->kind != REC_EXEC_STARTED || !str_is(rec_text(r, RF_ACTION), "put"))
                continue;
            char want[32];
            snprintf(want, sizeof want, "{\"path\":\"f%d\",", (int)rec_int(r, RF_INST, 9));
            assert_non_null(strstr(zstr(w, rec_part(r, "args")), want));
            assert_non_null(strstr(zstr(w, rec_part(r, "undo")), want));
        }
        assert_int_equal(count_kind(w, REC_EXEC_STARTED), 6);
        end_world(w);
    }
}

/* A look that decides what else is looked at: which calls an element makes is
 * known only then, so the next one waits, and each look keeps its number. */
static void looks_that_decide_are_one_after_the_other(void **state)
{
    (void)state;
    World *w = world(HEAD
        "input hosts: list of text = [\"h0\", \"h1\", \"h2\"]\n"
        "phase a {\n gate L2 by owner otherwise stop\n"
        " action first { " CH("\"first\"") NOUNDO " }\n"
        " action go { each h in hosts at most 3 at once\n"
        "  run shell.change { argv = [\"go\", h],\n"
        "   input = if shell.query([\"is\", h]).status == 0 then shell.query([\"more\", h]).output"
        " else h }\n  " NOUNDO " }\n}\n", solo_host);
    rule(w, "\"is\",\"h1\"", OUT_DONE, -1, "{\"status\":1,\"output\":\"\",\"errors\":\"\"}");
    rule(w, "\"more\",\"h0\"", OUT_DONE, -1, "{\"status\":0,\"output\":\"m0\",\"errors\":\"\"}");
    rule(w, "\"more\",\"h2\"", OUT_DONE, -1, "{\"status\":0,\"output\":\"m2\",\"errors\":\"\"}");
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK);
    assert_int_equal(w->n_flying, 1);
    w->newest_first = true;
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "\"go\",\"h0\"],\"dir\":\".\",\"input\":\"m0\""), 1);
    assert_int_equal(made(w, "\"go\",\"h1\"],\"dir\":\".\",\"input\":\"h1\""), 1);
    assert_int_equal(made(w, "\"go\",\"h2\"],\"dir\":\".\",\"input\":\"m2\""), 1);
    end_world(w);
}

/* Results that came in one turn: taken together, and the next begin together. */
static void results_of_one_turn_are_taken_together(void **state)
{
    (void)state;
    World *w = world(HEAD "input hosts: list of text = [\"h0\", \"h1\", \"h2\", \"h3\"]\n"
                     "phase a {\n gate L2 by owner otherwise stop\n"
                     " action go { each h in hosts at most 3 at once stop after 2 failures\n"
                     "  " CH("h") NOUNDO " }\n}\n", solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->n_flying, 3);
    EngEvent ev[3];
    for (int i = 0; i < 3; i++) {
        ev[i] = event(w, EV_EFFECT, "");
        ev[i].effect = w->flying[i].e.id;
        ev[i].outcome = i == 1 ? OUT_FAILED : OUT_DONE;
        ev[i].result = STR("{\"status\":0,\"output\":\"\",\"errors\":\"\"}");
        ev[i].message = i == 1 ? STR("it broke") : STR("");
        ev[i].also = i < 2 ? &ev[i + 1] : NULL;
    }
    w->n_flying = 0;
    assert_int_equal(step(w, &ev[0]), GATE_OK);
    assert_int_equal(count_kind(w, REC_EXEC_FINISHED), 3);
    assert_int_equal(w->n_flying, 1);
    assert_true(str_is(rec_part(last_of(w, REC_EXEC_FINISHED), "result"), "{\"status\":0,"
                       "\"output\":\"\",\"errors\":\"\"}"));
    drive(w);
    assert_non_null(strstr(member_of(w, "a", "why"), "failed for 1 of 4 elements: it broke"));
    end_world(w);
}

static void images_survive_a_crash(void **state)
{
    (void)state;
    World *w = world(images_plan, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(answer(w, 0), GATE_OK);
    assert_int_equal(answer(w, 1), GATE_OK);
    crash(w);
    /* the one whose image is known goes out again; the others look again */
    assert_int_equal(flying_tool(w, "file.image"), 2);
    assert_int_equal(flying_tool(w, "file.write"), 1);
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    for (int i = 0; i < 5; i++) {
        char path[40];
        snprintf(path, sizeof path, "\"f%d\",\"text\":\"new\"", i);
        assert_int_equal(made(w, path), 1);
    }
    end_world(w);
}

static void a_failed_image_stops_the_next(void **state)
{
    (void)state;
    World *w = world(images_plan, solo_host);
    rule(w, "{\"path\":\"f1\"}", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    approve(w, "sam", "a");
    assert_non_null(strstr(member_of(w, "a", "why"), "A reading call failed"));
    assert_int_equal(made(w, "\"f3\",\"text\":\"new\""), 0);
    assert_true(eng_state(w->run) == RS_FAILED);
    end_world(w);
}

/* What was made last is taken back first: an element that was tried again was made
 * after those that were begun behind it. A later step fails. */
static void a_retried_element_is_undone_first(void **state)
{
    (void)state;
    World *w = world(HEAD "input hosts: list of text = [\"h0\", \"h1\", \"h2\"]\n"
                     "phase a {\n gate L2 by owner otherwise stop\n"
                     " action go { each h in hosts at most 3 at once\n"
                     "  run file.write { path = h, text = \"new\" } retry 1 times every 1m }\n"
                     " action then_fails { " CH("\"fails\"") NOUNDO " }\n}\n", solo_host);
    rule(w, "\"h0\",\"text\"", OUT_FAILED, 1, NULL);
    rule(w, "\"fails\"", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    drive(w);
    w->now += 60000;
    wake(w);
    assert_string_equal(state_of(w, "a"), "undone");
    static const char *const order[] = {"h0", "h1", "h2", "h0", "fails", "h0", "h2", "h1"};
    size_t n = 0;
    for (size_t i = 0; i < w->n_ledger; i++)
        if (!w->ledger[i].read)
            assert_true(n < 8 && w->ledger[i].undo == (n > 4) && strstr(w->ledger[i].args, order[n++]) != NULL);
    assert_int_equal(n, 8);
    end_world(w);
}

/* --- what was not staged -------------------------------------------------------------- */

static void another_way_back_is_not_sent(void **state)
{
    (void)state;
    World *w = world(undo_plan, solo_host);
    through(w, "a");
    forge_staged(w, "un-one", "un-two");
    drive(w);
    assert_int_equal(w->n_ledger, 0);
    assert_non_null(strstr(member_of(w, "a", "why"), "nothing was sent"));
    end_world(w);
}

/* --- views ---------------------------------------------------------------------------- */

static const char gate_plan[] = HEAD
    "phase a {\n gate L2 by owner within 1d otherwise stop\n"
    " action one { " CH("\"one\"") NOUNDO " }\n}\n";

static void an_expired_gate_does_not_wait(void **state)
{
    (void)state;
    World *w = world(gate_plan, solo_host);
    begin(w, "{}");
    eng_look(w->run, w->now + 86399999, true);
    assert_non_null(status_has(w, "\"state\":\"open\""));
    eng_look(w->run, w->now + 86400000, true);
    assert_non_null(status_has(w, "\"state\":\"expired\",\"overdue\":true"));
    assert_non_null(strstr(why_of(w), "nobody decided in time; that is not recorded yet"));
    assert_non_null(strstr(why_of(w), "gate resume records it"));
    eng_look(w->run, -1, true); /* timers are frozen: nothing has expired */
    assert_non_null(status_has(w, "\"state\":\"open\""));
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), false);
    eng_look(w->run, w->now + LIM_APPROVAL_DAYS * INT64_C(86400000), true);
    assert_non_null(status_has(w, "\"overdue\":true"));
    assert_non_null(strstr(why_of(w), "has lapsed"));
    end_world(w);
}

static void a_run_without_its_process_says_so(void **state)
{
    (void)state;
    World *w = world(gate_plan, solo_host);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    eng_look(w->run, w->now, true);
    assert_false(eng_left(w->run));
    assert_null(status_has(w, "\"left\""));
    eng_look(w->run, w->now, false); /* nobody holds the lock */
    assert_true(eng_left(w->run));
    assert_non_null(status_has(w, "\"left\":\"the process that worked on it is gone"));
    assert_non_null(strstr(why_of(w), "anybody: gate resume"));
    lose(w);
    settle_only(w, "one", 0, "done");
    eng_look(w->run, w->now, false);
    assert_non_null(status_has(w, "\"left\":\"no process works on it now"));
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_false(eng_left(w->run));
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_in_front_of_a_cancel),
        cmocka_unit_test(nothing_leaves_with_a_settlement),
        cmocka_unit_test(nothing_leaves_with_a_decision_that_waits),
        cmocka_unit_test(a_retry_out_of_doubt_keeps_attempt_and_key),
        cmocka_unit_test(a_retry_of_a_failed_undo_is_a_new_attempt),
        cmocka_unit_test(a_failed_undo_has_its_own_words),
        cmocka_unit_test(a_retry_that_is_not_let_out_can_be_settled),
        cmocka_unit_test(what_a_failed_program_said_is_kept),
        cmocka_unit_test(a_doubt_says_why),
        cmocka_unit_test(a_retry_in_time_says_why),
        cmocka_unit_test(a_read_with_too_much_to_ask_fails),
        cmocka_unit_test(too_much_to_stage_fails_the_phase),
        cmocka_unit_test(parts_and_memory_have_edges),
        cmocka_unit_test(words_are_cut_between_characters),
        cmocka_unit_test(too_large_an_answer_is_not_kept),
        cmocka_unit_test(a_run_that_remembers_too_much_fails_the_phase),
        cmocka_unit_test(inputs_that_fit_no_record_are_refused),
        cmocka_unit_test(images_are_read_side_by_side),
        cmocka_unit_test(looks_that_decide_are_one_after_the_other),
        cmocka_unit_test(results_of_one_turn_are_taken_together),
        cmocka_unit_test(images_survive_a_crash),
        cmocka_unit_test(a_failed_image_stops_the_next),
        cmocka_unit_test(a_retried_element_is_undone_first),
        cmocka_unit_test(another_way_back_is_not_sent),
        cmocka_unit_test(an_expired_gate_does_not_wait),
        cmocka_unit_test(a_run_without_its_process_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
