/* Whose word counts while a run waits: grants and people that change, a policy
 * that is pinned, things that nobody could have seen, refusals on record. */
#include "tests/unit/test_engine_world.h"

#define HEAD "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\nrole it_lead \"Lead\"\n"
#define CH(...) "run shell.change { argv = [" __VA_ARGS__ "] }\n"
#define NOUNDO "undo none because \"gone is gone\"\n"
#define ASK(by) " gate L2 \"Go?\" by " by " within 2d otherwise stop\n"
#define FILES "grant file.read { folders = [\".\"] }\ngrant file.write { folders = [\".\"] }\n"
#define PEOPLE "person ana \"Ana\" { os \"ana\" }\nperson bob \"Bob\" { os \"bob\" }\n" \
    "person cyd \"Cyd\" { os \"cyd\" }\n"

static const char one[] = HEAD "phase a {\n" ASK("owner") " action go { " CH("\"./pub.sh\"") NOUNDO "}\n}\n";

static const char *blocker_of(World *w, const char *phase)
{
    Buf b = {0};
    assert_int_equal(eng_show_json(w->run, str_of(phase), NULL, NULL, &b, NULL), GATE_OK);
    const Json *list = json_get(json_parse(buf_view(&b), w->arena, NULL), "blockers");
    assert_non_null(list);
    const char *z = list->child == NULL ? "" : zstr(w, json_text(list->child, "text"));
    buf_free(&b);
    return z;
}

static void blocked_by(World *w, const char *phase, const char *words)
{
    const char *is = blocker_of(w, phase);
    if (strstr(is, words) == NULL)
        fail_msg("%s is %s: %s", phase, state_of(w, phase), is);
}

/* The host as `base` with the grants in `more`. */
static void host_is(World *w, const char *base, const char *more)
{
    char text[2048];
    snprintf(text, sizeof text, "edition 1\n%s%s" FILES, base, more);
    set_policy(w, text);
}

static World *world_with(const char *plan, const char *base, const char *more)
{
    char text[2048];
    snprintf(text, sizeof text, "edition 1\n%s%s" FILES, base, more);
    return world(plan, text);
}

static const char solo[] = "setting solo = true\n";
static const char wide[] = "grant shell.change { folders = [\".\"] }\ngrant shell.query { folders = [\".\"] }\n";
static const char make_only[] = "grant shell.change { programs = [\"make\"], folders = [\".\"] }\n"
    "grant shell.query { folders = [\".\"] }\n";
static const char no_change[] = "grant shell.query { folders = [\".\"] }\n";

/* --- what nobody could have seen ---------------------------------------------- */

static ProgParam *param(World *w, const char *tool, const char *name)
{
    for (uint32_t i = 0; i < w->program->n_imports; i++) {
        const ProgImport *im = &w->program->imports[i];
        for (uint32_t k = 0; str_is(prog_str(w->program, im->tool), tool) && k < im->params_count; k++)
            if (str_is(prog_str(w->program, w->program->params[im->params_first + k].name), name))
                return &w->program->params[im->params_first + k];
    }
    fail_msg("no %s in %s", name, tool);
    return NULL;
}

static void fails_unseen(World *w, const char *words)
{
    begin(w, "{}");
    if (strcmp(state_of(w, "a"), "failed") != 0 || strstr(member_of(w, "a", "why"), words) == NULL)
        fail_msg("%s: %s", state_of(w, "a"), member_of(w, "a", "why"));
    assert_non_null(strstr(member_of(w, "a", "why"), "later phase"));
    assert_int_equal(w->n_ledger, 0);
    end_world(w);
}

/* The compiler refuses these; a program that was made by something else has
 * the same value in a place of another kind. */
static void what_is_unknown_is_not_approved(void **state)
{
    (void)state;
    const char *plan = HEAD "phase a {\n" ASK("owner")
        " action one { " CH("\"x\"") NOUNDO "}\n"
        " action two { run shell.change { argv = [\"y\"], input = one.output }\n"
        "  undo shell.change { argv = [\"z\"], input = one.output } }\n}\n";
    World *w = world(plan, solo_host);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "waiting"); /* a text that is no target */
    end_world(w);
    const uint32_t flags[] = {PF_TARGET, PF_PROGRAM};
    for (size_t i = 0; i < 2; i++) {
        w = world(plan, solo_host);
        param(w, "change", "input")->flags |= flags[i];
        fails_unseen(w, "action \"two\" cannot be put in front of people: its \"input\"");
    }
    w = world(plan, solo_host);
    for (uint32_t i = 0; i < w->program->n_imports; i++)
        w->program->imports[i].effect = EFF_DESTROYS;
    fails_unseen(w, "its \"input\"");
}

static void an_unknown_way_back_is_not_approved(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n" ASK("owner")
        " action one { " CH("\"x\"") NOUNDO "}\n"
        " action two { run file.write { path = \"f\", text = \"t\" }\n"
        "  undo shell.change { argv = [\"z\"], input = one.output } }\n}\n", solo_host);
    param(w, "change", "input")->flags |= PF_PROGRAM;
    fails_unseen(w, "undo of action \"two\" cannot be put");
}

/* The text that an argument is loaded with in the body of phase a: from here on
 * nobody knows it. */
static void forget(World *w, const char *text)
{
    const Program *p = w->program;
    const ProgFunc *f = &p->funcs[p->phases[0].body_fn];
    for (uint32_t i = f->code_first; i < f->code_first + f->code_count; i++) {
        const ProgConst *k = &p->consts[f->consts_first + ins_x(p->code[i])];
        if (ins_op(p->code[i]) != OP_LOADK || k->tag != V_TEXT || !str_is(prog_str(p, k->text), text))
            continue;
        w->program->code[i] = ins_abc(OP_UNKNOWN, ins_a(p->code[i]), 0, 0);
        return;
    }
    fail_msg("nothing is loaded with %s", text);
}

/* No compiler writes it, and the verifier takes no such program; were one taken, the
 * engine refuses it again. */
static void an_unknown_target_is_refused_twice(void **state)
{
    (void)state;
    static const char *const unknown[] = {"f", "z", "x"}, *const words[] = {
        "action \"go\" cannot be put in front of people: its \"path\"",
        "undo of action \"go\" cannot be put in front of people: its \"path\"",
        "action \"gone\" cannot be put in front of people: its \"path\""};
    const char *plan = HEAD "phase a {\n" ASK("owner")
        " action go { run file.write { path = \"f\", text = \"t\" }\n"
        "  undo file.write { path = \"z\", text = \"t\" } }\n"
        " action gone { run file.remove { path = \"x\" } " NOUNDO "}\n}\n";
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        Buf why = {0};
        World *w = world_with(plan, solo, "grant file.remove { folders = [\".\"] }\n");
        assert_int_equal(prog_verify(w->program, &why), GATE_OK);
        forget(w, unknown[i]);
        assert_int_equal(prog_verify(w->program, &why), GATE_E_FORMAT);
        assert_non_null(strstr(buf_z(&why), "must be known when people approve"));
        buf_free(&why);
        fails_unseen(w, words[i]);
    }
    World *w = world_with(plan, solo, "grant file.remove { folders = [\".\"] }\n");
    forget(w, "t"); /* what is written may be known later */
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "waiting");
    end_world(w);
}

static void a_blind_look_is_not_approved(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n" ASK("owner")
        " action one { " CH("\"x\"") NOUNDO "}\n"
        " action two { run shell.change { argv = [\"y\"], input = shell.query([\"q\", one.output]).output }\n"
        NOUNDO "}\n}\n", solo_host);
    fails_unseen(w, "program that the action \"two\" runs to look");
}

/* --- grants --------------------------------------------------------------------- */

static void refused_at_the_start(const char *plan, const char *grants, const char *words)
{
    World *w = world_with(plan, solo, grants);
    start_as(w, "sam", "{}");
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, "not_granted");
    if (strstr(w->message, words) == NULL)
        fail_msg("%s", w->message);
    assert_int_equal(w->n_records, 0);
    end_world(w);
}

static void a_plan_that_needs_more_does_not_start(void **state)
{
    (void)state;
    refused_at_the_start(one, make_only, "\"a.go\" needs: shell.change may not run \"./pub.sh\"");
    refused_at_the_start(one, make_only, "grant shell.change { programs = [\"./pub.sh\"]");
    refused_at_the_start(one, no_change, "shell.change");
    refused_at_the_start(HEAD "phase a {\n" ASK("owner")
        " action go { " CH("\"make\"") " undo shell.change { argv = [\"rm\", \"x\"] } }\n}\n",
        make_only, "may not run \"rm\"");
    refused_at_the_start(HEAD "phase a {\n require file.read(\"../x\").text == \"\" \"x\"\n"
        " action q { run shell.query { argv = [\"true\"] } }\n}\n", make_only, "\"a\" needs: \"../x\"");
}

/* What only the world can tell is left to the staging; what will not be is
 * not needed. */
static void a_plan_that_may_need_less_starts(void **state)
{
    (void)state;
    const char *plan = HEAD "input really: bool = false\ninput tool: text = \"make\"\n"
        "phase a {\n needs nothing\n when really\n" ASK("owner") " action go { " CH("\"./pub.sh\"") NOUNDO "}\n}\n"
        "phase b {\n needs nothing\n" ASK("owner")
        " action look { run shell.query { argv = [\"ls\"] } }\n"
        " action more { each x in [look.output] " CH("\"make\", x") NOUNDO "}\n"
        " action last { " CH("tool") NOUNDO "}\n}\n";
    World *w = world_with(plan, solo, make_only);
    begin(w, "{}");
    assert_string_equal(state_of(w, "a"), "skipped");
    assert_string_equal(state_of(w, "b"), "waiting");
    end_world(w);
    w = world_with(plan, solo, make_only);
    start_as(w, "sam", "{\"really\":true}");
    assert_string_equal(w->reply.code, "not_granted");
    end_world(w);
}

/* Begun with what `wide` grants, and met by its staging with something else. */
static World *narrowed_on_the_way(const char *steps, const char *grants)
{
    char plan[1024];
    snprintf(plan, sizeof plan, HEAD "phase a {\n require shell.query([\"t\"]).status == 0 \"T\"\n"
             ASK("owner") "%s}\n", steps);
    World *w = world_with(plan, solo, wide);
    start_as(w, "sam", "{}");
    assert_int_equal(w->n_flying, 1);
    host_is(w, solo, grants);
    drive(w);
    w->n_ledger = 0;
    return w;
}

static void what_is_not_granted_is_not_asked(void **state)
{
    (void)state;
    World *w = narrowed_on_the_way(" action go { " CH("\"./pub.sh\"") NOUNDO "}\n", make_only);
    assert_string_equal(state_of(w, "a"), "blocked");
    blocked_by(w, "a", "The action \"go\" is not granted: shell.change may not run \"./pub.sh\"");
    blocked_by(w, "a", "grant shell.change { programs = [\"./pub.sh\"]");
    assert_int_equal(count_kind(w, REC_GATE_OPENED), 0);
    size_t n = w->n_records;
    w->now = eng_due(w->run);
    assert_true(w->now > T0);
    ring(w);
    assert_int_equal(w->n_records, n); /* the same answer, no record */
    host_is(w, solo, "grant shell.change { folders = [\"out\"] }\ngrant shell.query { folders = [\".\"] }\n");
    wake(w);
    blocked_by(w, "a", "\"./pub.sh\" is outside the folders");
    host_is(w, solo, wide);
    wake(w);
    assert_string_equal(state_of(w, "a"), "waiting");
    approve(w, "sam", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void a_narrowed_grant_blocks_the_release(void **state)
{
    (void)state;
    World *w = world_with(one, solo, wide);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), false);
    host_is(w, solo, make_only);
    wake(w);
    assert_string_equal(state_of(w, "a"), "approved");
    blocked_by(w, "a", "grant shell.change { programs = [\"./pub.sh\"]");
    assert_int_equal(w->n_ledger, 0);
    size_t n = w->n_records;
    wake(w);
    assert_int_equal(w->n_records, n);
    host_is(w, solo, wide);
    w->now = eng_due(w->run); /* a release that somebody wanted is tried again */
    ring(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

/* A way back that is not granted is none. */
static void the_undo_is_granted_too(void **state)
{
    (void)state;
    World *w = narrowed_on_the_way(" action go { " CH("\"make\"")
        " undo shell.change { argv = [\"rm\", \"x\"] } }\n", make_only);
    blocked_by(w, "a", "The undo of action \"go\" is not granted: shell.change may not run \"rm\"");
    end_world(w);
}

static void paths_are_joined_to_the_plans_folder(void **state)
{
    (void)state;
    World *w = world(HEAD "phase a {\n gate L1 by owner\n"
        " action put { run file.write { path = \"f\", text = \"t\" } }\n}\n", solo_host);
    EngEvent ev = event(w, EV_START, "sam");
    ev.run = "0b1f0f1e-6d55-4b7e-8e5e-0c5c0a3c1a11";
    ev.name = STR("test-1");
    ev.inputs = STR("{}");
    ev.author = ev.actor;
    ev.plan = STR("{\"dir\":\"/srv/plan\",\"file\":\"p.gate\"}");
    const char *nowhere = "edition 1\nsetting solo = true\ngrant file.write { folders = [\"/nowhere\"] }\n";
    const char *srv = "edition 1\nsetting solo = true\ngrant file.write { folders = [\"/srv\"] }\n";
    set_policy(w, nowhere);
    assert_int_equal(step(w, &ev), GATE_OK);
    assert_string_equal(w->reply.code, "not_granted");
    set_policy(w, srv);
    assert_int_equal(step(w, &ev), GATE_OK);
    set_policy(w, nowhere); /* while its image is looked at */
    drive(w);
    blocked_by(w, "a", "outside the folders granted to file.write");
    crash(w);
    drive(w);
    blocked_by(w, "a", "outside the folders granted to file.write");
    set_policy(w, srv);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static const char two[] = HEAD "phase a {\n" ASK("owner")
    " action x { " CH("\"make\"") " undo shell.change { argv = [\"unmake\"] } }\n"
    " action y { " CH("\"./pub.sh\"") NOUNDO "}\n}\n";

static void a_running_body_sends_nothing_more(void **state)
{
    (void)state;
    World *w = world_with(two, solo, wide);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    host_is(w, solo, make_only); /* while x is under way */
    drive(w);
    assert_string_equal(state_of(w, "a"), "running");
    blocked_by(w, "a", "programs = [\"unmake\"]");
    assert_int_equal(w->n_ledger, 1);
    host_is(w, solo, wide);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void an_undo_waits_for_its_grant(void **state)
{
    (void)state;
    World *w = world_with(HEAD "phase a {\n" ASK("owner")
        " action x { " CH("\"make\"") " undo shell.change { argv = [\"unmake\"] } }\n"
        " action x2 { " CH("\"make\"") " undo shell.change { argv = [\"unmake2\"] } }\n"
        " action y { " CH("\"./pub.sh\"") NOUNDO "}\n}\n", solo, wide);
    rule(w, "./pub.sh", OUT_FAILED, -1, NULL);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), true);
    for (int i = 0; i < 3; i++)
        assert_int_equal(answer(w, 0), GATE_OK);
    assert_string_equal(state_of(w, "a"), "undoing");
    host_is(w, solo, make_only); /* while the undo of x2 is under way */
    drive(w);
    assert_int_equal(made(w, "unmake2"), 1);
    assert_int_equal(made(w, "\"unmake\""), 0);
    assert_string_equal(state_of(w, "a"), "undoing");
    blocked_by(w, "a", "The undo of action \"x\" is not granted");
    host_is(w, solo, wide);
    wake(w);
    assert_string_equal(state_of(w, "a"), "undone");
    end_world(w);
}

/* Taken away while the body looks at the world: the phase waits, and the run
 * does not fail. */
static void a_staging_without_its_grant_waits(void **state)
{
    (void)state;
    World *w = world_with(HEAD "phase a {\n" ASK("owner")
        " action x { run shell.query { argv = [\"first\"] } }\n"
        " action y { run shell.query { argv = [\"second\", x.output] } }\n"
        " action z { " CH("\"go\"") NOUNDO "}\n}\n", solo, wide);
    start_as(w, "sam", "{}");
    assert_int_equal(w->n_flying, 1);
    host_is(w, solo, "grant shell.change { folders = [\".\"] }\n");
    drive(w);
    assert_string_equal(state_of(w, "a"), "blocked");
    blocked_by(w, "a", "shell.query");
    assert_int_equal(made(w, "second"), 0);
    host_is(w, solo, wide);
    wake(w);
    assert_string_equal(state_of(w, "a"), "waiting");
    /* the same where the grant is there and names something else */
    host_is(w, solo, "grant shell.change { folders = [\".\"] }\n"
                     "grant shell.query { programs = [\"second\"], folders = [\".\"] }\n");
    approve(w, "sam", "a");
    assert_string_equal(state_of(w, "a"), "approved");
    blocked_by(w, "a", "may not run \"first\"");
    end_world(w);
}

static void a_look_for_an_argument_waits_for_its_grant(void **state)
{
    (void)state;
    World *w = narrowed_on_the_way(" action z { run shell.change { argv = [\"go\"],"
        " input = shell.query([\"secret\"]).output }\n" NOUNDO "}\n",
        "grant shell.change { folders = [\".\"] }\n"
        "grant shell.query { programs = [\"t\"], folders = [\".\"] }\n");
    assert_string_equal(state_of(w, "a"), "blocked");
    blocked_by(w, "a", "may not run \"secret\"");
    size_t n = w->n_records;
    ring(w);
    assert_int_equal(w->n_records, n);
    assert_int_equal(made(w, "secret"), 0);
    end_world(w);
}

/* --- what was staged a while ago -------------------------------------------------- */

static const char staged_l1[] = HEAD
    "phase a {\n needs nothing\n require file.read(\"cond\").text == \"ok\" \"It is ok\"\n gate L1 by owner\n"
    " action put { run file.write { path = \"f\", text = shell.query([\"v\"]).output } }\n}\n"
    "phase b {\n needs a\n" ASK("owner") " action go { " CH("\"x\"") NOUNDO "}\n}\n";

/* Until the phase is staged, and blocked by what another phase needs. */
static World *staged_and_blocked(void)
{
    World *w = world_with(staged_l1, solo, wide);
    rule(w, "cond", OUT_DONE, -1, "{\"text\":\"ok\",\"size\":2}");
    start_as(w, "sam", "{}");
    for (int i = 0; i < 2; i++) /* the condition holds, one look is left */
        assert_int_equal(answer(w, 0), GATE_OK);
    host_is(w, solo, no_change);
    drive(w);
    assert_string_equal(state_of(w, "a"), "staged");
    blocked_by(w, "a", "shell.change");
    assert_int_equal(made(w, "\"f\""), 1); /* its image, nothing more */
    return w;
}

static void a_late_release_tests_the_conditions(void **state)
{
    (void)state;
    World *w = staged_and_blocked();
    w->n_rules = 0;
    rule(w, "cond", OUT_DONE, 1, "{\"text\":\"no\",\"size\":2}");
    rule(w, "cond", OUT_DONE, -1, "{\"text\":\"ok\",\"size\":2}");
    host_is(w, solo, wide);
    wake(w);
    assert_string_equal(state_of(w, "a"), "staged");
    blocked_by(w, "a", "It is ok");
    assert_int_equal(made(w, "\"text\":\"ok\""), 0);
    crash(w); /* whoever goes on does not know what was fresh */
    drive(w);
    assert_string_equal(state_of(w, "a"), "done");
    assert_string_equal(state_of(w, "b"), "waiting");
    end_world(w);
}

static void a_late_release_stages_again(void **state)
{
    (void)state;
    World *w = staged_and_blocked();
    rule(w, "\"v\"", OUT_DONE, -1, "{\"status\":0,\"output\":\"new\",\"errors\":\"\"}");
    host_is(w, solo, wide);
    wake(w);
    assert_string_equal(state_of(w, "a"), "done");
    assert_int_equal(count_kind(w, REC_PHASE_DRIFTED), 1);
    assert_int_equal(count_kind(w, REC_PEOPLE_TOLD), 2); /* and told of the new */
    assert_int_equal(made(w, "\"text\":\"new\""), 1);
    assert_int_equal(made(w, "\"text\":\"ok\""), 0);
    end_world(w);
}

/* --- the policy of the start -------------------------------------------------------- */

static void voter_is_refused(World *w, const char *who, const char *rule_word, const char *words)
{
    decide_as(w, who, "a", "approve", digest_of(w, "a"), true);
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, rule_word);
    if (words != NULL && strstr(w->message, words) == NULL)
        fail_msg("%s", w->message);
    assert_string_equal(state_of(w, "a"), "waiting");
}

static const char then[] = "when this run started";

static void a_team_run_does_not_become_solo(void **state)
{
    (void)state;
    World *w = world_with(one, PEOPLE "role owner is ana, bob\n", wide);
    start_as(w, "ana", "{}");
    host_is(w, solo, wide);
    voter_is_refused(w, "ana", "own_run", then);
    voter_is_refused(w, "eve", "unknown_person", then);
    assert_string_equal(member_of(w, "a", "notice"), "");
    assert_true(str_is(rec_text(last_of(w, REC_GATE_REFUSED), RF_PROFILE), "team"));
    crash(w);
    voter_is_refused(w, "ana", "own_run", then);
    approve(w, "bob", "a"); /* he could then, and can now */
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void a_solo_run_obeys_the_team(void **state)
{
    (void)state;
    World *w = world_with(one, solo, wide);
    start_as(w, "ana", "{}");
    assert_true(str_is(rec_text(last_of(w, REC_GATE_OPENED), RF_PROFILE), "solo"));
    host_is(w, PEOPLE "role owner is ana, bob\n", wide);
    voter_is_refused(w, "ana", "own_run", NULL);
    voter_is_refused(w, "cyd", "not_eligible", NULL);
    approve(w, "bob", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void duties_are_pinned(void **state)
{
    (void)state;
    World *w = world_with(one, PEOPLE "role owner is ana, bob\n", wide);
    start_as(w, "ana", "{}");
    host_is(w, PEOPLE "role owner is ana, bob\nsetting initiator_may_approve = true\n", wide);
    voter_is_refused(w, "ana", "own_run", then);
    end_world(w);
}

static void roles_are_pinned(void **state)
{
    (void)state;
    World *w = world_with(one, PEOPLE "role owner is ana\n", wide);
    begin(w, "{}");
    host_is(w, PEOPLE "role owner is ana, cyd\n", wide);
    voter_is_refused(w, "cyd", "not_eligible", then);
    host_is(w, PEOPLE "role owner is cyd\n", wide);
    voter_is_refused(w, "ana", "not_eligible", NULL);
    end_world(w);
}

/* bob is owner now, and was it_lead then: one of the two places stays empty. */
static void quorums_hold_in_both(void **state)
{
    (void)state;
    World *w = world_with(HEAD "phase a {\n" ASK("all of owner, it_lead") " action go { " CH("\"x\"") NOUNDO "}\n}\n",
                          PEOPLE "role owner is ana, cyd\nrole it_lead is bob, cyd\n", wide);
    begin(w, "{}");
    host_is(w, PEOPLE "role owner is ana, bob, cyd\nrole it_lead is bob, cyd, ana\n", wide);
    approve(w, "ana", "a");
    approve(w, "bob", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
    w = world_with(HEAD "phase a {\n" ASK("all of owner, it_lead") " action go { " CH("\"x\"") NOUNDO "}\n}\n",
                   PEOPLE "role owner is ana, bob\nrole it_lead is cyd\n", wide);
    begin(w, "{}");
    host_is(w, PEOPLE "role owner is ana, bob\nrole it_lead is ana, bob, cyd\n", wide);
    approve(w, "ana", "a");
    approve(w, "bob", "a");
    assert_string_equal(state_of(w, "a"), "waiting");
    approve(w, "cyd", "a");
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

static void two_accounts_stay_one_person(void **state)
{
    (void)state;
    World *w = world_with(HEAD "phase a {\n" ASK("2 of owner") " action go { " CH("\"x\"") NOUNDO "}\n}\n",
                          "person ana { os \"ana\" os \"ana2\" }\nperson bob { os \"bob\" }\n"
                          "role owner is ana, bob\n", wide);
    begin(w, "{}");
    host_is(w, "person ana { os \"ana\" }\nperson amy { os \"ana2\" }\nperson bob { os \"bob\" }\n"
               "role owner is ana, amy, bob\n", wide);
    approve(w, "ana", "a");
    voter_is_refused(w, "ana2", "voted", NULL);
    end_world(w);
}

/* --- release is a person's ----------------------------------------------------------- */

static void a_timer_does_not_release(void **state)
{
    (void)state;
    World *w = world_with(one, solo, wide);
    begin(w, "{}");
    decide_as(w, "sam", "a", "approve", digest_of(w, "a"), false);
    ring(w);
    assert_string_equal(state_of(w, "a"), "approved");
    assert_int_equal(w->n_ledger, 0);
    wake(w);
    assert_int_equal(eng_state(w->run), RS_DONE);
    end_world(w);
}

/* --- on record ------------------------------------------------------------------------ */

static void on_record(World *w, size_t before, const char *rule_word, bool of_phase)
{
    assert_int_equal(w->reply.exit, EXIT_REFUSED);
    assert_string_equal(w->reply.code, rule_word);
    assert_int_equal(w->n_records, before + 1);
    const Record *r = &w->records[before];
    assert_int_equal(r->kind, REC_GATE_REFUSED);
    assert_true(str_is(rec_text(r, RF_RULE), rule_word));
    assert_int_equal(r->f[RF_PHASE_NO].set, of_phase);
    assert_non_null(rec_part(r, "why").p);
    assert_non_null(rec_part(r, "voter").p);
}

static void every_refusal_is_on_record(void **state)
{
    (void)state;
    World *w = world_with(one, PEOPLE "role owner is ana, bob\n", wide);
    begin(w, "{}");
    size_t n = w->n_records;
    EngEvent ev = event(w, EV_CANCEL, "cyd");
    assert_int_equal(step(w, &ev), GATE_OK);
    on_record(w, n, "not_eligible", false);
    assert_true(str_is(rec_text(&w->records[n], RF_CODE), "cancel"));
    n = w->n_records;
    decide_as(w, "ana", "nowhere", "approve", "", true);
    on_record(w, n, "no_such_phase", false);
    n = w->n_records;
    settle(w, "ana", "go", 0, "done");
    on_record(w, n, "not_in_doubt", false);
    n = w->n_records;
    decide_as(w, "ana", "a", "reject", "", true);
    assert_int_equal(eng_state(w->run), RS_REJECTED);
    n = w->n_records; /* a closed run has had its last record */
    ev = event(w, EV_CANCEL, "ana");
    assert_int_equal(step(w, &ev), GATE_OK);
    settle(w, "ana", "go", 0, "done");
    decide_as(w, "ana", "nowhere", "approve", "", true);
    assert_int_equal(w->n_records, n);
    end_world(w);
}

static void records_say_the_profile(void **state)
{
    (void)state;
    const RecKind kinds[] = {REC_RUN_STARTED, REC_GATE_OPENED, REC_GATE_DECISION,
                             REC_GATE_CLOSED, REC_EXEC_STARTED};
    for (int team = 0; team < 2; team++) {
        World *w = world_with(one, team ? PEOPLE "role owner is ana, bob\n" : solo, wide);
        begin(w, "{}");
        approve(w, team ? "ana" : "sam", "a");
        assert_int_equal(eng_state(w->run), RS_DONE);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            assert_true(str_is(rec_text(last_of(w, kinds[i]), RF_PROFILE), team ? "team" : "solo"));
        end_world(w);
    }
}

/* A script must not learn from a refusal what it would have to read. */
static void a_refusal_keeps_the_digest(void **state)
{
    (void)state;
    World *w = world_with(one, solo, wide);
    begin(w, "{}");
    const char *digests[] = {"", "00"};
    for (size_t i = 0; i < 2; i++) {
        decide_as(w, "sam", "a", "approve", digests[i], true);
        assert_int_equal(w->reply.exit, EXIT_REFUSED);
        assert_null(strstr(w->message, digest_of(w, "a")));
        assert_non_null(strstr(w->message, "gate show"));
    }
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unknown_is_not_approved),
        cmocka_unit_test(an_unknown_way_back_is_not_approved),
        cmocka_unit_test(an_unknown_target_is_refused_twice),
        cmocka_unit_test(a_blind_look_is_not_approved),
        cmocka_unit_test(a_plan_that_needs_more_does_not_start),
        cmocka_unit_test(a_plan_that_may_need_less_starts),
        cmocka_unit_test(what_is_not_granted_is_not_asked),
        cmocka_unit_test(a_narrowed_grant_blocks_the_release),
        cmocka_unit_test(the_undo_is_granted_too),
        cmocka_unit_test(paths_are_joined_to_the_plans_folder),
        cmocka_unit_test(a_running_body_sends_nothing_more),
        cmocka_unit_test(an_undo_waits_for_its_grant),
        cmocka_unit_test(a_staging_without_its_grant_waits),
        cmocka_unit_test(a_look_for_an_argument_waits_for_its_grant),
        cmocka_unit_test(a_late_release_tests_the_conditions),
        cmocka_unit_test(a_late_release_stages_again),
        cmocka_unit_test(a_team_run_does_not_become_solo),
        cmocka_unit_test(a_solo_run_obeys_the_team),
        cmocka_unit_test(duties_are_pinned),
        cmocka_unit_test(roles_are_pinned),
        cmocka_unit_test(quorums_hold_in_both),
        cmocka_unit_test(two_accounts_stay_one_person),
        cmocka_unit_test(a_timer_does_not_release),
        cmocka_unit_test(every_refusal_is_on_record),
        cmocka_unit_test(records_say_the_profile),
        cmocka_unit_test(a_refusal_keeps_the_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
