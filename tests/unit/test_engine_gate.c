/* Gates: who may decide, what refuses a decision, quorums, drift, expiry,
 * release. */
#include "tests/unit/test_engine_world.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\nrole it_lead \"Lead\"\nrole boss \"Boss\"\n"
#define ACT "action go { run shell.change { argv = [\"go\"] }\n undo none because \"gone\" }\n"
#define GATED(by) HEAD "phase a {\n gate L2 \"Go?\" by " by " within 2d otherwise stop\n" ACT "}\n"

static void refused(World *w, const char *rule_word)
{
    if (strcmp(w->reply.code, rule_word) != 0)
        print_error("%s: %s\n", w->reply.code, w->message);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, rule_word);
    assert_true(strlen(w->message) > 20);
    const Record *r = last_of(w, REC_GATE_REFUSED);
    assert_ptr_equal(r, &w->records[w->n_records - 1]);
    assert_true(str_is(rec_text(r, RF_RULE), rule_word));
    assert_non_null(rec_part(r, "voter").p);
    assert_int_equal(w->n_ledger, 0);
    assert_string_equal(state_of(w, "a"), "waiting");
}

static void each_rule_refuses(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    char digest[65];
    static char long_comment[LIM_COMMENT_BYTES + 2];
    memset(long_comment, 'x', sizeof long_comment - 1);
    start_as(w, "ana", "{}");
    assert_string_equal(state_of(w, "a"), "waiting");
    snprintf(digest, sizeof digest, "%s", digest_of(w, "a"));
    decide_as(w, "eve", "a", "approve", digest, true);
    refused(w, "unknown_person");
    decide_as(w, "cyd", "a", "approve", digest, true);
    refused(w, "not_eligible");
    assert_non_null(strstr(w->message, "owner"));
    decide_as(w, "ana", "a", "approve", digest, true);
    refused(w, "own_run");
    assert_non_null(strstr(w->message, "initiator_may_approve"));
    decide_as(w, "bob", "a", "approve", "", true);
    refused(w, "digest_needed");
    digest[0] = digest[0] == '0' ? '1' : '0';
    decide_as(w, "bob", "a", "approve", digest, true);
    refused(w, "wrong_digest");
    EngEvent ev = event(w, EV_DECIDE, "bob");
    ev.phase = STR("a");
    ev.decision = STR("approve");
    ev.digest = str_of(digest_of(w, "a"));
    ev.comment = (Str){long_comment, LIM_COMMENT_BYTES + 1};
    assert_int_equal(step(w, &ev), GATE_OK);
    refused(w, "comment_size");
    ev.comment.n = LIM_COMMENT_BYTES;
    ev.phase = STR("b");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(w->reply.code, "no_such_phase");
    ev.phase = STR("a");
    ev.decision = STR("shrug");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, EXIT_USAGE);
    ev.decision = STR("approve");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(w->reply.exit, 0);
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void the_author_does_not_decide(void **state)
{
    (void)state;
    char host[1024];
    snprintf(host, sizeof host, "%sperson zoe { os \"zoe\" }\n", team_host);
    char *at = strstr(host, "role owner is ana");
    memcpy(at, "role owner is zoe", 17);
    World *w = world(GATED("owner"), host);
    begin(w, "{}");
    decide_as(w, "zoe", "a", "approve", digest_of(w, "a"), true);
    refused(w, "own_plan");
    end_world(w);
}

static void the_host_may_let_the_starter_decide(void **state)
{
    (void)state;
    char host[1024];
    snprintf(host, sizeof host, "%ssetting initiator_may_approve = true\n", team_host);
    World *w = world(GATED("owner"), host);
    start_as(w, "ana", "{}");
    approve(w, "ana", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void early_and_late_decisions_are_told(void **state)
{
    (void)state;
    World *w = world(HEAD "phase q { needs nothing action x { run shell.query { argv = [\"q\"] } } }\n"
                     "phase a {\n needs q gate L2 by owner otherwise stop\n" ACT "}\n", team_host);
    start_as(w, "sam", "{}");
    size_t n = w->n_records;
    decide_as(w, "bob", "a", "approve", "00", true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, "not_open");
    assert_int_equal(w->n_records, n + 1);
    assert_true(str_is(rec_text(last_of(w, REC_GATE_REFUSED), RF_RULE), "not_open"));
    drive(w);
    decide_as(w, "bob", "a", "approve", digest_of(w, "a"), true);
    decide_as(w, "ana", "a", "reject", digest_of(w, "a"), true);
    assert_string_equal(w->reply.code, "decided");
    assert_non_null(strstr(w->message, "Bob said approve"));
    assert_int_equal(w->records[w->n_records - 1].kind, REC_GATE_REFUSED);
    drive(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    n = w->n_records;
    decide_as(w, "ana", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_non_null(strstr(w->message, "Bob said approve"));
    assert_int_equal(w->n_records, n);
    end_world(w);
}

static void one_no_closes_the_gate(void **state)
{
    (void)state;
    World *w = world(GATED("2 of owner, it_lead"), team_host);
    begin(w, "{}");
    approve(w, "ana", "a");
    assert_string_equal(state_of(w, "a"), "waiting");
    decide_as(w, "cyd", "a", "reject", "", true); /* a no needs no digest */
    assert_int_equal(w->reply.exit, 0);
    assert_string_equal(state_of(w, "a"), "rejected");
    assert_int_equal(eng_state(w->run), RS_REJECTED);
    assert_int_equal(eng_exit(w->run), EXIT_REJECTED);
    assert_int_equal(w->n_ledger, 0);
    assert_non_null(strstr(member_of(w, "a", "why"), "Cyd"));
    end_world(w);
}

static void two_of_counts_people_not_accounts(void **state)
{
    (void)state;
    World *w = world(GATED("2 of owner, it_lead"), team_host);
    begin(w, "{}");
    approve(w, "cyd", "a");
    assert_non_null(strstr(w->message, "needs 1 more"));
    decide_as(w, "cyd2", "a", "approve", digest_of(w, "a"), true);
    refused(w, "voted");
    approve(w, "ana", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

/* ana: owner; bob: owner and it_lead; cyd: it_lead */
static void all_of_matches_roles_with_people(void **state)
{
    (void)state;
    World *w = world(GATED("all of owner, it_lead"), team_host);
    begin(w, "{}");
    approve(w, "bob", "a");
    assert_string_equal(state_of(w, "a"), "waiting"); /* bob is not two people */
    approve(w, "ana", "a"); /* ana is owner, so bob moves to it_lead */
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
    w = world(GATED("all of owner, it_lead, boss"), team_host);
    begin(w, "{}");
    approve(w, "ana", "a");
    approve(w, "dan", "a");
    assert_string_equal(state_of(w, "a"), "waiting");
    approve(w, "cyd", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
    /* two owners are not an owner and a lead */
    char host[1024];
    snprintf(host, sizeof host, "%s", team_host);
    memcpy(strstr(host, "is bob, cyd"), "is cyd, cyd", 11);
    w = world(GATED("all of owner, it_lead"), host);
    begin(w, "{}");
    approve(w, "ana", "a");
    approve(w, "bob", "a");
    assert_string_equal(state_of(w, "a"), "waiting");
    approve(w, "cyd", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void any_of_needs_one(void **state)
{
    (void)state;
    World *w = world(GATED("any of owner, boss"), team_host);
    begin(w, "{}");
    approve(w, "dan", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void refuses_what_nobody_can_decide(void **state)
{
    (void)state;
    Buf why = {0};
    World *w = world(GATED("all of owner, it_lead"), solo_host);
    start_as(w, "sam", "{}");
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, "cannot_start");
    assert_non_null(strstr(w->message, "phase \"a\""));
    assert_non_null(strstr(w->message, "2 different people"));
    assert_int_equal(w->n_records, 0);
    end_world(w);
    w = world(GATED("2 of owner"), solo_host);
    assert_false(eng_can_start(w->program, &w->policy, &why));
    end_world(w);
    char host[1024];
    snprintf(host, sizeof host, "%s", team_host);
    memcpy(strstr(host, "role boss"), "role bass", 9);
    w = world(GATED("any of owner, boss"), host);
    start_as(w, "sam", "{}");
    assert_non_null(strstr(w->message, "\"boss\""));
    assert_non_null(strstr(w->message, "role boss is NAME"));
    end_world(w);
    w = world(GATED("2 of owner"), team_host);
    buf_clear(&why);
    assert_true(eng_can_start(w->program, &w->policy, &why));
    end_world(w);
    w = world(GATED("4 of owner"), team_host);
    start_as(w, "sam", "{}");
    assert_non_null(strstr(w->message, "only 2"));
    end_world(w);
    buf_free(&why);
}

static void silence_expires_and_never_approves(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    w->now = T0 + 2 * INT64_C(86400000) - 1;
    wake(w);
    assert_string_equal(state_of(w, "a"), "waiting");
    w->now++;
    assert_int_equal(eng_due(w->run), w->now);
    wake(w);
    assert_string_equal(state_of(w, "a"), "expired");
    assert_int_equal(eng_exit(w->run), EXIT_REJECTED);
    assert_int_equal(w->n_ledger, 0);
    end_world(w);
}

static void a_decision_after_the_deadline_is_late(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    w->now = T0 + 2 * INT64_C(86400000);
    decide_as(w, "ana", "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, "stale");
    assert_string_equal(state_of(w, "a"), "expired");
    assert_int_equal(count_kind(w, REC_GATE_EXPIRED), 1);
    assert_int_equal(eng_state(w->run), RS_REJECTED);
    end_world(w);
}

static void votes_are_apart_from_release(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    decide_as(w, "ana", "a", "approve", digest_of(w, "a"), false);
    assert_int_equal(w->reply.exit, 0);
    assert_string_equal(state_of(w, "a"), "approved");
    assert_int_equal(w->n_flying, 0);
    assert_int_equal(eng_exit(w->run), EXIT_WAIT_TIME);
    lose(w);
    assert_string_equal(state_of(w, "a"), "approved");
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void an_approval_lapses(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    decide_as(w, "ana", "a", "approve", digest_of(w, "a"), false);
    w->now = T0 + LIM_APPROVAL_DAYS * INT64_C(86400000);
    assert_int_equal(eng_due(w->run), w->now);
    wake(w);
    assert_string_equal(state_of(w, "a"), "expired");
    assert_int_equal(w->n_ledger, 0);
    end_world(w);
}

static void withdrawn_eligibility_blocks_the_release(void **state)
{
    (void)state;
    char host[1024];
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    decide_as(w, "ana", "a", "approve", digest_of(w, "a"), false);
    snprintf(host, sizeof host, "%s", team_host);
    memcpy(strstr(host, "is ana, bob"), "is bob, bob", 11);
    set_policy(w, host);
    wake(w);
    assert_string_equal(state_of(w, "a"), "approved");
    assert_int_equal(w->n_ledger, 0);
    assert_non_null(strstr(w->said, "the approval of Ana no longer counts"));
    size_t n = w->n_records;
    wake(w);
    assert_int_equal(w->n_records, n); /* the same answer, no record */
    set_policy(w, team_host);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static const char drift_plan[] = HEAD
    "phase a {\n require shell.query([\"ticket\"]).status == 0 \"The ticket is open\"\n"
    " gate L2 \"Send {file.read(\"f\").size}?\" by owner otherwise stop\n"
    " action go { run shell.change { argv = [\"go\"], input = file.read(\"f\").text }\n"
    " undo none because \"gone\" }\n}\n";

static void drift_is_asked_again(void **state)
{
    (void)state;
    World *w = world(drift_plan, team_host);
    Buf b = {0};
    char first[65];
    begin(w, "{}");
    assert_string_equal(member_of(w, "a", "question"), "Send 7B?");
    snprintf(first, sizeof first, "%s", digest_of(w, "a"));
    decide_as(w, "ana", "a", "approve", first, false);
    rule(w, "\"f\"", OUT_DONE, -1, "{\"text\":\"other\",\"size\":5}");
    wake(w);
    assert_string_equal(state_of(w, "a"), "waiting");
    assert_int_equal(made(w, "\"go\""), 0);
    assert_string_equal(member_of(w, "a", "question"), "Send 5B?");
    assert_string_not_equal(digest_of(w, "a"), first);
    eng_show_json(w->run, STR("a"), NULL, NULL, &b, NULL);
    assert_non_null(strstr(buf_z(&b), "\"round\":2"));
    assert_non_null(strstr(buf_z(&b), "\"drift\":[{\"action\":\"go\""));
    assert_non_null(strstr(buf_z(&b), "\"was\":{\"arguments\":"));
    assert_non_null(strstr(buf_z(&b), "\"votes\":[]"));
    buf_free(&b);
    assert_non_null(strstr(w->said, "drift: "));
    decide_as(w, "ana", "a", "approve", first, true); /* the old yes is no yes */
    assert_string_equal(w->reply.code, "wrong_digest");
    approve(w, "ana", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(made(w, "\"go\""), 1);
    assert_int_equal(made(w, "\"input\":\"other\""), 1);
    end_world(w);
}

static void the_third_drift_fails_the_phase(void **state)
{
    (void)state;
    World *w = world(drift_plan, team_host);
    begin(w, "{}");
    for (int i = 0; i < LIM_DRIFTS; i++) {
        char other[64];
        assert_string_equal(state_of(w, "a"), "waiting");
        snprintf(other, sizeof other, "{\"text\":\"%d\",\"size\":1}", i);
        w->n_rules = 0;
        rule(w, "\"f\"", OUT_DONE, -1, arena_copy(w->arena, other, strlen(other)));
        approve(w, "ana", "a");
        assert_int_equal(count_kind(w, REC_PHASE_DRIFTED), i + 1);
    }
    assert_string_equal(state_of(w, "a"), "failed");
    assert_int_equal(made(w, "\"go\""), 0);
    end_world(w);
}

static void release_tests_the_conditions_again(void **state)
{
    (void)state;
    World *w = world(drift_plan, team_host);
    begin(w, "{}");
    rule(w, "ticket", OUT_FAILED, 2, NULL);
    approve(w, "ana", "a");
    assert_string_equal(state_of(w, "a"), "approved");
    assert_non_null(strstr(w->said, "blocked: "));
    size_t n = w->n_records;
    wake(w);
    assert_int_equal(w->n_records, n);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void reads_of_the_release_are_what_runs(void **state)
{
    (void)state;
    World *w = world(drift_plan, team_host);
    begin(w, "{}");
    size_t before = made(w, "\"f\"");
    approve(w, "ana", "a");
    /* read once more, to release; never again to run */
    assert_int_equal(made(w, "\"f\""), before + 1);
    end_world(w);
}

static void level_one_tells_and_goes_on(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n gate L1 \"Look\" by owner\n"
        " action go { run shell.change { argv = [\"go\"] } undo shell.change { argv = [\"un\"] } }\n}\n",
        team_host);
    begin(w, "{}");
    assert_int_equal(eng_state(w->run), RS_DONE);
    assert_int_equal(count_kind(w, REC_PEOPLE_TOLD), 1);
    assert_non_null(strstr(w->said, "told: to owner"));
    end_world(w);
}

static void settle_needs_the_gates_people(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    start_as(w, "ana", "{}");
    rule(w, "go", OUT_UNKNOWN, 1, NULL);
    approve(w, "bob", "a");
    assert_string_equal(state_of(w, "a"), "in_doubt");
    settle(w, "eve", "go", 0, "done");
    assert_string_equal(w->reply.code, "unknown_person");
    settle(w, "cyd", "go", 0, "done");
    assert_string_equal(w->reply.code, "not_eligible");
    settle(w, "ana", "go", 0, "done");
    assert_string_equal(w->reply.code, "own_run");
    assert_int_equal(count_kind(w, REC_GATE_REFUSED), 3);
    settle(w, "bob", "go", 0, "done");
    assert_int_equal(w->reply.exit, 0);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void cancel_needs_a_part_in_it(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    begin(w, "{}");
    EngEvent ev = event(w, EV_CANCEL, "dan");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(w->reply.code, "not_eligible");
    ev = event(w, EV_CANCEL, "eve");
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(w->reply.code, "unknown_person");
    ev = event(w, EV_CANCEL, "sam"); /* who started it, known or not */
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_int_equal(eng_state(w->run), RS_CANCELLED);
    end_world(w);
}

static void why_names_people_and_silence(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), team_host);
    Buf b = {0};
    start_as(w, "ana", "{}");
    eng_why_json(w->run, w->now, NULL, NULL, &b);
    assert_non_null(json_parse(buf_view(&b), w->arena, NULL));
    assert_non_null(strstr(buf_z(&b), "1 more approval is needed, by owner"));
    assert_non_null(strstr(buf_z(&b), "\"who\":\"Bob\"")); /* not ana: she started it */
    assert_non_null(strstr(buf_z(&b), "the gate expires and the run is rejected"));
    buf_free(&b);
    end_world(w);
}

static void solo_says_so(void **state)
{
    (void)state;
    World *w = world(GATED("owner"), solo_host);
    begin(w, "{}");
    assert_non_null(strstr(member_of(w, "a", "notice"), "solo profile: "));
    assert_true(str_is(rec_text(&w->records[0], RF_PROFILE), "solo"));
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_refuses),
        cmocka_unit_test(the_author_does_not_decide),
        cmocka_unit_test(the_host_may_let_the_starter_decide),
        cmocka_unit_test(early_and_late_decisions_are_told),
        cmocka_unit_test(one_no_closes_the_gate),
        cmocka_unit_test(two_of_counts_people_not_accounts),
        cmocka_unit_test(all_of_matches_roles_with_people),
        cmocka_unit_test(any_of_needs_one),
        cmocka_unit_test(refuses_what_nobody_can_decide),
        cmocka_unit_test(silence_expires_and_never_approves),
        cmocka_unit_test(a_decision_after_the_deadline_is_late),
        cmocka_unit_test(votes_are_apart_from_release),
        cmocka_unit_test(an_approval_lapses),
        cmocka_unit_test(withdrawn_eligibility_blocks_the_release),
        cmocka_unit_test(drift_is_asked_again),
        cmocka_unit_test(the_third_drift_fails_the_phase),
        cmocka_unit_test(release_tests_the_conditions_again),
        cmocka_unit_test(reads_of_the_release_are_what_runs),
        cmocka_unit_test(level_one_tells_and_goes_on),
        cmocka_unit_test(settle_needs_the_gates_people),
        cmocka_unit_test(cancel_needs_a_part_in_it),
        cmocka_unit_test(why_names_people_and_silence),
        cmocka_unit_test(solo_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
