/* The promise: whatever the process does, no action happens twice unless its
 * tool may be repeated, and every run can be taken to its end. The process is
 * killed behind every single record, at every moment of the effects' lives,
 * and what is in doubt is settled by looking at the world. */
#include "tests/unit/test_engine_world.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\n"

static const char whole_plan[] = HEAD
    "input hosts: list of text = [\"h0\", \"h1\", \"h2\", \"h3\"]\n"
    "phase look { needs nothing\n"
    " action q { run shell.query { argv = [\"q\"] } }\n}\n"
    "phase side { needs nothing gate L1 by owner\n"
    " action s { run shell.change { argv = [\"side\"] } undo shell.change { argv = [\"un-side\"] } }\n}\n"
    "phase work { needs look\n"
    " require shell.query([\"ticket\"]).status == 0 \"The ticket is open\"\n"
    " gate L2 \"Go on with {look.q.output}?\" by owner within 2d show look.q otherwise stop\n"
    " action each_one { each h in hosts at most 2 at once\n"
    "  run shell.change { argv = [\"go\", h] } undo shell.change { argv = [\"un-go\", h] } }\n"
    " action put { run file.write { path = \"f\", text = \"new\" } }\n"
    " action last { run shell.change { argv = [\"last\"] } undo shell.change { argv = [\"un-last\"] } }\n"
    " check well \"It is well\" { require shell.query([\"well\"]).output == \"ok\" }\n"
    " tell owner \"All is done\"\n}\n"
    "phase end { needs work, side\n action e { run shell.query { argv = [\"e\"] } }\n}\n";

/* A call that was really made, by what it does. */
static bool happened(const World *w, const char *args)
{
    for (size_t i = 0; i < w->n_ledger; i++)
        if (!w->ledger[i].read && strcmp(w->ledger[i].args, args) == 0)
            return true;
    return false;
}

static const char *args_of_call(World *w, const char *action, uint32_t instance, bool undo)
{
    const Record *found = NULL;
    for (size_t i = 0; i < w->n_records; i++) {
        const Record *r = &w->records[i];
        if (r->kind == REC_EXEC_STARTED && str_is(rec_text(r, RF_ACTION), action) &&
            rec_int(r, RF_INST, 0) == instance && (rec_int(r, RF_UNDO, 0) == 1) == undo)
            found = r;
    }
    assert_non_null(found);
    return zstr(w, rec_part(found, "args"));
}

/* A person looks at the world and says what happened; `no` where it did not. */
static void settle_by(World *w, const char *no)
{
    for (int guard = 0; guard < 50; guard++) {
        Buf b = {0};
        const Json *doubt = NULL;
        eng_status_json(w->run, NULL, NULL, &b);
        const Json *j = json_parse(buf_view(&b), w->arena, NULL);
        for (const Json *p = json_get(j, "phases")->child; p != NULL; p = p->next)
            if (json_get(p, "in_doubt")->child != NULL)
                doubt = json_get(p, "in_doubt")->child;
        buf_free(&b);
        if (doubt == NULL)
            return;
        int64_t instance;
        assert_true(json_int(json_get(doubt, "instance"), &instance));
        const char *action = zstr(w, json_text(doubt, "action"));
        bool undo = json_get(doubt, "undo")->kind == J_TRUE;
        bool done = happened(w, args_of_call(w, action, (uint32_t)instance, undo));
        settle(w, "sam", action, (uint32_t)instance, done ? "done" : no);
        assert_int_equal(w->reply.exit, 0);
        drive(w);
    }
    fail_msg("the doubts do not end");
}

static void settle_all(World *w)
{
    settle_by(w, "retry");
}

static bool ended(const World *w)
{
    RunState st = eng_state(w->run);
    return st == RS_DONE || st == RS_FAILED || st == RS_REJECTED || st == RS_CANCELLED;
}

static void to_the_end(World *w)
{
    for (int guard = 0; guard < 50 && !ended(w); guard++) {
        settle_all(w);
        if (!ended(w))
            wake(w);
        if (!ended(w) && strcmp(state_of(w, "work"), "waiting") == 0)
            approve(w, "sam", "work");
    }
    assert_true(ended(w));
}

static void nothing_twice(const World *w)
{
    for (size_t i = 0; i < w->n_ledger; i++)
        for (size_t k = 0; k < i; k++) {
            const Entry *a = &w->ledger[i], *b = &w->ledger[k];
            if (a->read || strcmp(a->args, b->args) != 0)
                continue;
            if (!a->repeatable)
                print_error("twice: %s\n", a->args);
            assert_true(a->repeatable);
            assert_string_equal(a->key, b->key); /* and then with one key */
        }
}

static void run_through(World *w)
{
    w->unchecked = true;
    begin(w, "{}");
    to_the_end(w);
}

static const char *const changes[] = {"\"side\"", "[\"go\",\"h0\"]", "[\"go\",\"h1\"]",
                                      "[\"go\",\"h2\"]", "[\"go\",\"h3\"]", "\"new\"",
                                      "[\"last\"]"};

/* Dies behind record `cut`, with the effects that were under way then either
 * done (their result is lost) or never begun. */
static void die_behind(World *w, size_t cut, bool effects_happened)
{
    if (effects_happened)
        for (size_t i = 0; i < w->n_flying; i++)
            note_call(w, &w->flying[i]);
    w->n_flying = 0;
    w->n_records = cut;
    eng_free(w->run);
    w->run = rebuilt(w, cut);
    EngEvent ev = event(w, EV_LOST, "");
    assert_int_equal(step(w, &ev), GATE_OK);
    drive(w);
}

/* Runs until `stop` records are there, by single steps. false: it ended. */
static bool run_until(World *w, size_t stop)
{
    start_as(w, "sam", "{}");
    for (int guard = 0; guard < 500 && !ended(w); guard++) {
        if (w->n_records >= stop)
            return true;
        if (w->n_flying > 0)
            assert_int_equal(answer(w, 0), GATE_OK);
        else if (strcmp(state_of(w, "work"), "waiting") == 0)
            decide_as(w, "sam", "work", "approve", digest_of(w, "work"), true);
        else {
            EngEvent ev = event(w, EV_WAKE, "");
            ev.resume = true;
            assert_int_equal(step(w, &ev), GATE_OK);
        }
    }
    return w->n_records >= stop;
}

static void killed_at_every_step(void **state)
{
    (void)state;
    World *w = world(whole_plan, solo_host);
    run_through(w);
    size_t total = w->n_records;
    assert_int_equal(eng_state(w->run), RS_DONE);
    nothing_twice(w);
    end_world(w);
    for (size_t stop = 1; stop < total; stop++)
        for (int happened_too = 0; happened_too < 2; happened_too++) {
            w = world(whole_plan, solo_host);
            w->unchecked = true;
            if (run_until(w, stop) && !ended(w)) {
                die_behind(w, w->n_records, happened_too == 1);
                to_the_end(w);
            }
            assert_int_equal(eng_state(w->run), RS_DONE);
            nothing_twice(w);
            for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
                assert_true(made(w, changes[i]) >= 1);
            end_world(w);
        }
}

/* A step's records are committed together; still, every prefix of them is a
 * history that can be taken further. Effects behind the cut never happened:
 * intents are durable before anything leaves. */
static void every_prefix_goes_on(void **state)
{
    (void)state;
    World *w = world(whole_plan, solo_host);
    run_through(w);
    size_t total = w->n_records;
    end_world(w);
    for (size_t cut = 1; cut < total; cut++) {
        w = world(whole_plan, solo_host);
        w->unchecked = true;
        run_until(w, cut);
        /* what was answered in records behind the cut was never sent */
        size_t kept = 0;
        for (size_t i = 0; i < w->n_ledger; i++) {
            bool intent = false;
            for (size_t k = 0; k < cut && !intent; k++)
                intent = w->records[k].kind == REC_EXEC_STARTED &&
                         str_is(rec_part(&w->records[k], "args"), w->ledger[i].args);
            if (w->ledger[i].read || intent)
                w->ledger[kept++] = w->ledger[i];
        }
        w->n_ledger = kept;
        die_behind(w, cut, false);
        w->unchecked = false;
        check_rebuild(w);
        to_the_end(w);
        assert_int_equal(eng_state(w->run), RS_DONE);
        nothing_twice(w);
        end_world(w);
    }
}

/* The same with a phase that fails and takes back what it did. */
static void killed_while_undoing(void **state)
{
    (void)state;
    static const char *const undone[] = {"un-go\",\"h0", "un-go\",\"h1", "un-go\",\"h2",
                                         "un-go\",\"h3"};
    World *w = world(whole_plan, solo_host);
    rule(w, "[\"last\"]", OUT_FAILED, -1, NULL);
    run_through(w);
    size_t total = w->n_records;
    assert_int_equal(eng_state(w->run), RS_FAILED);
    assert_string_equal(state_of(w, "work"), "undone");
    end_world(w);
    for (size_t stop = 1; stop < total; stop++) {
        w = world(whole_plan, solo_host);
        rule(w, "[\"last\"]", OUT_FAILED, -1, NULL);
        w->unchecked = true;
        if (run_until(w, stop) && !ended(w)) {
            die_behind(w, w->n_records, stop % 2 == 1);
            to_the_end(w);
        }
        assert_true(ended(w));
        nothing_twice(w);
        /* `last` itself may have been settled as done by its looker */
        if (strcmp(state_of(w, "work"), "undone") == 0)
            for (size_t i = 0; i < 4; i++)
                assert_int_equal(made(w, undone[i]), 1);
        end_world(w);
    }
}

static size_t in_doubt(World *w)
{
    Buf b = {0};
    size_t n = 0;
    eng_status_json(w->run, NULL, NULL, &b);
    const Json *j = json_parse(buf_view(&b), w->arena, NULL);
    for (const Json *p = json_get(j, "phases")->child; p != NULL; p = p->next)
        n += json_get(p, "in_doubt")->count;
    buf_free(&b);
    return n;
}

static void cancelled_at_every_step(void **state)
{
    (void)state;
    World *w = world(whole_plan, solo_host);
    run_through(w);
    size_t total = w->n_records;
    end_world(w);
    for (size_t stop = 1; stop < total; stop++) {
        w = world(whole_plan, solo_host);
        w->unchecked = true;
        run_until(w, stop);
        if (!ended(w)) {
            EngEvent ev = event(w, EV_CANCEL, "sam");
            assert_int_equal(step(w, &ev), GATE_OK);
            size_t calls = 0;
            for (size_t i = 0; i < w->n_flying; i++)
                calls += w->flying[i].e.key[0] != '\0' ? 1 : 0;
            size_t flying = w->n_flying;
            assert_int_equal(w->n_kills, flying);
            w->n_rules = 0;
            rule(w, "", OUT_UNKNOWN, -1, NULL); /* killed */
            if (stop % 2 == 0 && flying > 0)
                die_behind(w, w->n_records, true);
            drive(w);
            assert_int_equal(in_doubt(w), calls); /* not lost, not sent again */
            assert_int_equal(eng_state(w->run), calls > 0 ? RS_IN_DOUBT : RS_CANCELLED);
            assert_int_equal(eng_exit(w->run),
                             calls > 0 ? EXIT_WAIT_PERSON : EXIT_FAILED);
            settle_by(w, "failed");
            assert_int_equal(eng_state(w->run), RS_CANCELLED);
            assert_int_equal(eng_busy(w->run), 0);
            assert_int_equal(w->n_flying, 0);
        }
        nothing_twice(w);
        end_world(w);
    }
}

/* Memory that runs out is a status, never a half-taken step that goes on. */
static void memory_runs_out(void **state)
{
    (void)state;
    uint64_t n = 1;
    bool through_once = false;
    for (; !through_once; n += 7) {
        World *w = world(whole_plan, solo_host);
        w->unchecked = true;
        begin(w, "{}");
        EngEvent ev = event(w, EV_DECIDE, "sam");
        ev.phase = STR("work");
        ev.decision = STR("approve");
        ev.digest = str_of(digest_of(w, "work"));
        EngOut out;
        mem_fail_at(n, true);
        GateStatus st = eng_step(w->run, &ev, &out);
        mem_fail_at(0, false);
        through_once = st == GATE_OK;
        if (!through_once)
            assert_int_equal(st, GATE_E_MEMORY);
        end_world(w);
    }
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_every_step),
        cmocka_unit_test(every_prefix_goes_on),
        cmocka_unit_test(killed_while_undoing),
        cmocka_unit_test(cancelled_at_every_step),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
