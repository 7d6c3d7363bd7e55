/* What the checker makes of plans: the contract of compiler/sem.h. */
#include "tests/unit/test_compiler_util.h"

#define PLAN "edition 1\nplan p \"P\"\nrole owner \"O\"\nrole lead \"L\"\n"
#define NONE " undo none because \"It cannot be taken back\" "

static void hello_is_filled(void **state)
{
    (void)state;
    const Sem *s = sound("edition 1\n## Says hello.\nplan hello \"Say hello\"\nrole owner \"Decides\"\n"
                         "## Greets.\nphase greet \"Greeting\" {\n"
                         "  gate L2 \"Shall we?\" by owner within 1d otherwise stop\n"
                         "  action say { run shell.change { argv = [\"echo\", \"hi\"] }" NONE "}\n}\n");
    assert_int_equal(s->kind, SF_PLAN);
    assert_true(str_is(s->name, "hello") && str_is(s->title, "Say hello"));
    assert_int_equal(s->n_phases, 1);
    const SemPhase *p = &s->phases[0];
    assert_true(str_is(p->doc, "Greets."));
    assert_int_equal(p->n_steps, 1);
    assert_int_equal(p->steps[0].kind, SS_ACTION);
    const SemGate *g = &s->gates[p->gate];
    assert_int_equal(g->level, 2);
    assert_int_equal(g->by.kind, WHO_ONE);
    assert_int_equal(g->by.quorum, 1);
    assert_int_equal(sem_ms(g->within), 86400000);
    assert_int_equal(sem_ms(g->good_for), -1);
    assert_int_not_equal(g->question, 0);
    const SemAction *a = &s->actions[0];
    const SemTool *t = &s->tools[a->tool];
    assert_true(str_is(t->pack, "shell") && str_is(t->name, "change") && t->listed);
    assert_int_equal(a->level, 1);
    assert_int_equal(a->undo_kind, AU_NONE);
    assert_int_equal(a->n_args, 1);
    assert_int_equal(t->params[a->args[0].param].flags, PF_TARGET | PF_PROGRAM);
    assert_int_equal(s->types[a->result].kind, TK_RECORD);
}

static void plain_types_stand_at_their_number(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN "phase a { tell owner, lead \"hi\" }");
    for (uint32_t k = TK_NOTHING; k <= TK_SECRET; k++)
        assert_int_equal(s->types[k].kind, k);
    assert_int_equal(s->tells[0].n_to, 2);
}

/* Language 5: effect x many x undo gives the least level. `gate` is one level
 * too low, so the action's own level is what is told. */
static void least_levels(void **state)
{
    (void)state;
    static const struct { const char *body; int level; uint16_t code; } rows[] = {
        {"action a { run shell.query { argv = [\"x\"] } }", 0, 0},
        {"action a { run file.write { path = \"x\", text = \"y\" } }", 0, 0},
        {"action a { each h in hs run file.write { path = h, text = \"y\" } }", 1, 4007},
        {"action a { run file.write { path = \"x\", text = \"y\" }" NONE "}", 1, 4007},
        {"action a { run shell.change { argv = [\"x\"] }" NONE "}", 1, 4007},
        {"action a { run shell.change { argv = [\"x\"] } undo shell.change { argv = [\"y\"] } }", 1, 4007},
        {"action a { each h in hs run shell.change { argv = [\"x\", h] }" NONE "}", 2, 4007},
        {"action a { run shell.change { argv = [\"x\"] } undo file.remove { path = \"y\" } }", 2, 4009},
        {"action a { run file.remove { path = \"y\" }" NONE "}", 2, 4009},
        {"action a { each h in hs run file.remove { path = h }" NONE "}", 2, 4009},
        {"action a at L1 { run shell.query { argv = [\"x\"] } }", 1, 4007},
        {"action a at L2 { run file.write { path = \"x\", text = \"y\" } }", 2, 4007},
        /* `at` can only raise */
        {"action a at L0 { run file.remove { path = \"y\" }" NONE "}", 2, 4009},
        /* several actions with one tool count as many */
        {"action a { run shell.change { argv = [\"x\"] }" NONE "}"
         "action b { run shell.change { argv = [\"x\"] }" NONE "}", 2, 4007},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, PLAN "input hs: list of text\nphase p { %s }\n", rows[i].body);
        const Sem *s = check(text);
        assert_int_equal(s->actions[0].level, rows[i].level);
        if (rows[i].code != 0)
            assert_true(count_code(rows[i].code) >= 1);
        else
            assert_int_equal(compiled.diags.errors, 0);
    }
}

static void two_people_for_many_destroyed(void **state)
{
    (void)state;
    static const struct { const char *by; uint32_t errors; } rows[] = {
        {"owner", 1}, {"any of owner, lead", 1}, {"1 of owner, lead", 1},
        {"all of owner, lead", 0}, {"2 of owner, lead", 0}, {"2 of owner", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, PLAN "input hs: list of text\nphase p { gate L2 \"?\" by %s\n"
                 "action a { each h in hs run file.remove { path = h }" NONE "} }\n", rows[i].by);
        check(text);
        assert_int_equal(compiled.diags.errors, rows[i].errors);
        assert_int_equal(count_code(4009), rows[i].errors);
    }
}

static void quorums(void **state)
{
    (void)state;
    static const struct { const char *roles, *by; uint32_t errors; } rows[] = {
        {"role a is x\nrole b is x\n", "all of a, b", 1}, /* one and the same: G4004 */
        {"role a is x, y\nrole b is x\n", "all of a, b", 0},
        {"role a is x, y\nrole b is y\nrole c is x\n", "all of a, b, c", 1},
        {"role a is x, y\nrole b is y, z\n", "3 of a, b", 0},
        {"role a is x, y\nrole b is y\n", "3 of a, b", 1},
        {"role a \"A\"\nrole b \"B\"\n", "3 of a, b", 1},
        {"role a \"A\"\n", "5 of a", 0}, /* alone, a role stands for N */
        {"role a \"A\"\n", "all of a, a", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, "edition 1\nplan p \"P\"\n%sphase p { gate L2 \"?\" by %s\n"
                 "action x { run shell.query { argv = [\"x\"] } } }\n", rows[i].roles, rows[i].by);
        check(text);
        assert_int_equal(count_code(4003) + count_code(4004), rows[i].errors);
        assert_int_equal(count_code(4004), i == 0);
    }
}

static void needs_and_failure(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN
        "phase a { needs nothing action x { run shell.query { argv = [\"x\"] } } on failure start d }\n"
        "phase b { needs a even if failed action x { run shell.query { argv = [\"x\"] } } on failure continue then tell lead }\n"
        "phase c { needs any of a, b when true gate L1 by owner show a.x, b action x { run shell.query { argv = [\"x\"] } }\n"
        "  estimate 1h..2h }\n"
        "phase d { action x { run shell.query { argv = [\"x\"] } } }\n");
    assert_int_equal(s->phases[0].on_failure, OF_START);
    assert_int_equal(s->phases[0].failure_start, 3);
    assert_true(s->phases[3].only_when_started && !s->phases[0].only_when_started);
    assert_int_equal(s->phases[1].n_needs, 1);
    assert_true(s->phases[1].needs[0].even_if_failed);
    assert_int_equal(s->phases[1].on_failure, OF_CONTINUE | OF_TELL);
    assert_true(s->phases[2].needs_any);
    assert_int_equal(sem_ms(s->phases[2].estimate[0]), 3600000);
    assert_int_equal(sem_ms(s->phases[2].estimate[1]), 7200000);
    const SemGate *g = &s->gates[s->phases[2].gate];
    assert_int_equal(g->n_shows, 2);
    assert_true(str_is(g->shows[0].label, "a.x"));
    assert_int_equal(g->shows[0].action, 0);
    assert_int_equal(g->shows[1].phase, 1);
    assert_int_equal(g->shows[1].action, SEM_NONE);
}

/* The expression behind `require`, with the references of its nodes. */
static SemRef ref_of(const Sem *s, SynRef r)
{
    return s->file->refs[r];
}

static void references(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN
        "input n: number = 3\nlet twice = n * 2\n"
        "phase a { needs nothing action x { run shell.query { argv = [\"x\"] } }\n"
        "  check c \"ok\" { require x.status == twice } }\n"
        "phase b { needs a require a.x.status == n \"same\"\n"
        "  action y { run shell.query { argv = [\"x\"] } } }\n");
    const SynTree *t = s->file->source.tree;
    SynRef cond = s->checks[0].requires[0].cond.node;
    SynRef member = syn(t, cond)->a; /* x.status */
    assert_int_equal(ref_of(s, member).kind, SR_FIELD);
    assert_int_equal(ref_of(s, member).index, 0);
    assert_int_equal(ref_of(s, syn(t, member)->a).kind, SR_ACTION);
    assert_int_equal(ref_of(s, syn(t, cond)->b).kind, SR_LET);
    cond = s->phases[1].requires[0].cond.node;
    SynRef action = syn(t, syn(t, cond)->a)->a; /* a.x, on the MEMBER node */
    assert_int_equal(syn(t, action)->kind, SYN_MEMBER);
    assert_int_equal(ref_of(s, action).kind, SR_ACTION);
    assert_int_equal(ref_of(s, syn(t, cond)->b).kind, SR_INPUT);
    assert_int_equal(s->file->types[cond], TK_BOOL);
    assert_int_equal(s->lets[0].type, TK_NUMBER);
}

static void each_gives_a_list(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN "input hs: list of host\n"
        "phase a { gate L2 \"?\" by owner action x { each h in hs at most 4 at once\n"
        "  run shell.change { argv = [\"x\", h] } undo shell.change { argv = [\"y\", h] }\n"
        "  timeout 90s stop after 2 failures } }\n");
    const SemAction *a = &s->actions[0];
    assert_int_equal(s->types[a->result].kind, TK_LIST);
    assert_int_equal(s->types[s->types[a->result].elem].kind, TK_RECORD);
    assert_int_equal(a->elements->at_most, 4);
    assert_int_equal(a->stop_after, 2);
    assert_int_equal(sem_ms(a->timeout), 90000);
    assert_int_equal(a->undo_kind, AU_PLAN);
    assert_int_not_equal(a->elements->list, 0);
    assert_int_equal(syn(s->file->source.tree, a->each)->kind, SYN_EACH);
}

static void tools_bring_their_undo(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN "phase a { action x { run file.write { path = \"x\", text = \"y\" } } }\n");
    const SemAction *a = &s->actions[0];
    const SemTool *t = &s->tools[a->tool];
    assert_int_equal(a->undo_kind, AU_TOOL);
    assert_int_equal(t->undo, UNDO_EXACT);
    assert_true(str_is(s->tools[t->undo_tool].name, "restore"));
    assert_true(str_is(s->tools[t->before_tool].name, "image"));
    assert_int_equal(t->n_undo_args, 3);
    assert_int_equal(t->n_before_args, 1);
    const SemFile *f = t->file;
    assert_int_equal(f->refs[t->before_args[0].expr.node].kind, SR_PARAM);
    SynRef existed = t->undo_args[1].expr.node; /* before.existed */
    assert_int_equal(f->refs[existed].kind, SR_FIELD);
    assert_int_equal(f->refs[syn(f->source.tree, existed)->a].kind, SR_BEFORE);
}

static void texts_become_addresses(void **state)
{
    (void)state;
    const Sem *s = sound(PLAN "input a: email = \"jana@example.org\"\ninput m: one of \"x\", \"y\" = \"x\"\n"
        "phase p { when m == \"y\" or a == \"petr@example.org\" action g { run http.get { url = \"https://example.org/{m}\" } } }\n");
    assert_int_equal(s->file->types[s->inputs[0].fallback.node], TK_EMAIL);
    assert_int_equal(s->types[s->file->types[s->inputs[1].fallback.node]].kind, TK_ONEOF);
}

static void a_list_is_taken_from_a_list_of_lists(void **state)
{
    (void)state;
    sound(PLAN "let a = [[1], [2, 3]] without [2, 3]\nlet b = [[1], [2, 3]] without [[1]]\n"
          "phase p { tell owner \"{count(a)} {count(b)}\" }\n");
}

static void host_files(void **state)
{
    (void)state;
    static const char text[] = "edition 1\nperson jana \"Jana\" { os \"jana\" email \"jana@example.org\" }\n"
        "role owner is jana\nsetting initiator_may_approve = true\n"
        "grant shell.change { programs = [\"make\"], folders = [\".\"], network = false }\n";
    const Sem *s = check_as(COMPILE_HOST_FILE, "host.gate", text);
    assert_int_equal(compiled.diags.n, 0);
    assert_int_equal(s->kind, SF_HOST);
    assert_int_equal(s->n_persons, 1);
    assert_int_equal(s->persons[0].n_ids, 2);
    assert_int_equal(s->persons[0].kinds[1], PID_EMAIL);
    assert_true(str_is(s->roles[0].people[0], "jana"));
    assert_int_equal(s->n_grants, 1);
    assert_int_equal(s->grants[0].n, 3);
    assert_true(str_is(s->settings[0].name, "initiator_may_approve"));
}

static void one_cause_one_report(void **state)
{
    (void)state;
    /* A wrong name, used five times and measured in every way. */
    check(PLAN "phase a { require wrong.x > 3 \"x\" require count(wrong) == 1 \"y\" require wrong \"z\"\n"
          "gate L2 \"{wrong}?\" by owner within 1d action x { run shell.query { argv = [wrong] } } }\n");
    assert_int_equal(compiled.diags.n, 1);
    assert_int_equal(compiled.diags.items[0].code, 1001);
    /* A pack that is not there: nothing under its name is reported. */
    check(PLAN "use nothere 1.0\nphase a { require nothere.q(1).z == \"a\" \"x\"\n"
          "action x { each h in nothere.all() run nothere.do { h = h } }\n"
          "action y { run shell.query { argv = [x.z] } } check c \"c\" { require x.z } }\n");
    assert_int_equal(compiled.diags.n, 1);
    assert_int_equal(compiled.diags.items[0].code, 1006);
}

static void many_phases_stay_linear(void **state)
{
    (void)state;
    /* 3000 phases in a row; the last reads what the first gave, and 200 others
     * read across. No timing: it is the depth that must not matter. */
    Buf b = {0};
    buf_puts(&b, PLAN);
    for (int i = 0; i < 3000; i++) {
        buf_printf(&b, "phase p%d { ", i);
        if (i == 0)
            buf_puts(&b, "needs nothing ");
        else
            buf_printf(&b, "needs p%d ", i - 1);
        if (i > 200 && i % 14 == 0)
            buf_printf(&b, "require p%d.x.status == 0 \"ok\" ", i / 2);
        buf_puts(&b, "action x { run shell.query { argv = [\"x\"] } } }\n");
    }
    sound(buf_z(&b));
    assert_int_equal(compiled.sem->n_phases, 3000);
    buf_puts(&b, "phase far { needs nothing require p2999.x.status == 0 \"ok\" action x { run shell.query { argv = [\"x\"] } } }\n");
    check(buf_z(&b));
    assert_int_equal(count_code(3004), 1);
    buf_free(&b);
}

static void deep_lets_are_bounded(void **state)
{
    (void)state;
    for (int forward = 0; forward < 2; forward++) {
        Buf b = {0};
        buf_puts(&b, "edition 1\nplan p \"P\"\n");
        for (int i = 0; i < 5000; i++)
            buf_printf(&b, "let l%d = l%d + 1\n", i, forward ? i + 1 : i == 0 ? 5000 : i - 1);
        buf_puts(&b, "let l5000 = 1\nphase a { require l0 > 0 \"x\" action x { run shell.query { argv = [\"x\"] } } }\n");
        check(buf_z(&b));
        assert_int_equal(count_code(20), 1);
        buf_free(&b);
    }
    /* Twice the size at each step: few lets, and more than memory holds. */
    Buf b = {0};
    buf_puts(&b, "edition 1\nplan p \"P\"\nlet l0 = 1\n");
    for (int i = 1; i < 60; i++)
        buf_printf(&b, "let l%d = l%d + l%d\n", i, i - 1, i - 1);
    buf_puts(&b, "phase a { require l59 > 0 \"x\" action x { run shell.query { argv = [\"x\"] } } }\n");
    check(buf_z(&b));
    assert_int_equal(count_code(20), 1);
    buf_free(&b);
}

static void memory_runs_out_anywhere(void **state)
{
    (void)state;
    static const char text[] = PLAN "input hs: list of text\nlet n = count(hs)\n"
        "phase a { needs nothing action x { run shell.query { argv = [\"x\"] } } }\n"
        "phase b { needs a, c gate L2 \"{n}?\" by all of owner, lead\n"
        "  action x { each h in hs run file.remove { path = h }" NONE "} }\n";
    bool finished = false;
    for (uint64_t n = 1; n < 5000 && !finished; n++) {
        mem_fail_at(n, true);
        GateStatus s = compile_source(STR("t.gate"), str_of(text), COMPILE_CHECK, &compiled);
        mem_fail_at(0, false);
        finished = s == GATE_OK;
        assert_true(finished || s == GATE_E_MEMORY);
        if (!finished)
            assert_null(compiled.sem);
        compile_free(&compiled);
    }
    assert_true(finished);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(hello_is_filled, done),
        cmocka_unit_test_teardown(plain_types_stand_at_their_number, done),
        cmocka_unit_test_teardown(least_levels, done),
        cmocka_unit_test_teardown(two_people_for_many_destroyed, done),
        cmocka_unit_test_teardown(quorums, done),
        cmocka_unit_test_teardown(needs_and_failure, done),
        cmocka_unit_test_teardown(references, done),
        cmocka_unit_test_teardown(each_gives_a_list, done),
        cmocka_unit_test_teardown(tools_bring_their_undo, done),
        cmocka_unit_test_teardown(texts_become_addresses, done),
        cmocka_unit_test_teardown(a_list_is_taken_from_a_list_of_lists, done),
        cmocka_unit_test_teardown(host_files, done),
        cmocka_unit_test_teardown(one_cause_one_report, done),
        cmocka_unit_test_teardown(many_phases_stay_linear, done),
        cmocka_unit_test_teardown(deep_lets_are_bounded, done),
        cmocka_unit_test_teardown(memory_runs_out_anywhere, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
