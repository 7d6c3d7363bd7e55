/* What the checker makes of every clause of phases, gates, actions, tasks,
 * checks and awaits: the contract of compiler/sem.h. */
#include "tests/unit/test_compiler_util.h"

static bool node_says(SynRef r, const char *text)
{
    return str_is(syn_text(compiled.sem->file->source.tree, r), text);
}

#define HEAD "edition 1\nplan p \"P\"\nrole owner \"O\"\nrole lead \"L\"\ninput hs: list of text\n"
#define CAL "calendar office { zone \"Europe/Bratislava\" open Mon..Fri 08:00..17:00 }\n"
#define NONE " undo none because \"It cannot be taken back\" "

static void steps_stand_in_order(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD "phase p {\n"
        "  gate L2 \"?\" by owner within 1d otherwise stop\n"
        "  check before { require count(hs) > 0 }\n"
        "  task call \"Call them\" by lead { steps \"Call.\" undo \"Call again\" }\n"
        "  together {\n"
        "    action a { run shell.change { argv = [\"a\"] }" NONE "}\n"
        "    action b { run shell.change { argv = [\"b\"] }" NONE "}\n"
        "  }\n"
        "  tell owner \"half\"\n"
        "  together { action c { run file.read { path = \"x\" } } }\n"
        "  action d { run file.read { path = \"y\" } }\n"
        "}\n");
    static const struct { SemStepKind kind; uint32_t index, together; } want[] = {
        {SS_CHECK, 0, 0}, {SS_TASK, 0, 0}, {SS_ACTION, 0, 1}, {SS_ACTION, 1, 1},
        {SS_TELL, 0, 0}, {SS_ACTION, 2, 2}, {SS_ACTION, 3, 0},
    };
    const SemPhase *p = &s->phases[0];
    assert_int_equal(p->n_steps, sizeof want / sizeof *want);
    for (uint32_t i = 0; i < p->n_steps; i++) {
        assert_int_equal(p->steps[i].kind, want[i].kind);
        assert_int_equal(p->steps[i].index, want[i].index);
        assert_int_equal(p->steps[i].together, want[i].together);
        if (want[i].kind == SS_ACTION)
            assert_int_equal(s->actions[want[i].index].together, want[i].together);
    }
    assert_int_equal(p->n_tasks, 1);
    assert_int_equal(p->n_actions, 4);
}

static void a_gate_holds_its_clauses(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD CAL
        "phase first { needs nothing action look { run file.read { path = \"x\" } } }\n"
        "phase second {\n  needs first\n"
        "  gate L2 \"Go?\" by 2 of owner, lead\n"
        "    within 2 business days of office\n"
        "    show first.look, first\n"
        "    ask copies: number\n"
        "    ask words: text\n"
        "    remind every 4h\n"
        "    not before 2027-01-15T08:00\n"
        "    good for 5d\n"
        "    assure signed\n"
        "    advice from builtin holds\n"
        "    may return to first at most 2 times\n"
        "    may vary write.text\n"
        "    otherwise ask again every 1d at most 3 times\n"
        "  action write { run file.write { path = \"y\", text = words }" NONE "}\n"
        "}\n");
    const SemGate *g = &s->gates[s->phases[1].gate];
    assert_int_equal(g->phase, 1);
    assert_int_equal(g->by.kind, WHO_N);
    assert_int_equal(g->by.quorum, 2);
    assert_int_equal(g->within.kind, ST_DAYS);
    assert_int_equal(g->within.n, 2);
    assert_int_equal(g->n_shows, 2);
    assert_int_equal(g->shows[0].action, 0);
    assert_int_equal(g->shows[1].action, SEM_NONE);
    assert_int_equal(g->n_asks, 2);
    const SemAsk *a = &s->asks[g->first_ask];
    assert_true(str_is(a[0].name, "copies") && a[0].type == TK_NUMBER && a[0].task == SEM_NONE);
    assert_true(str_is(a[1].name, "words") && a[1].type == TK_TEXT && a[1].phase == 1);
    assert_int_equal(sem_ms(g->remind), 4 * 3600000);
    assert_int_equal(g->not_before->kind, SM_INSTANT);
    assert_int_equal(sem_ms(g->good_for), 5 * INT64_C(86400000));
    assert_int_equal(g->assure, SA_SIGNED);
    assert_true(node_says(g->assure_node, "assure signed"));
    assert_int_equal(g->n_advice, 1);
    assert_true(str_is(g->advice[0].name, "builtin") && g->advice[0].holds);
    assert_int_equal(g->n_returns, 1);
    assert_int_equal(g->returns[0].phase, 0);
    assert_int_equal(g->returns[0].most, 2);
    assert_int_equal(g->n_varies, 1);
    assert_int_equal(g->varies[0].action, 1);
    assert_int_equal(g->varies[0].param, 1);
    assert_int_equal(g->otherwise, SO_AGAIN);
    assert_int_equal(sem_ms(g->again->every), 86400000);
    assert_int_equal(g->again->most, 3);
}

static void silence_asks_others(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD "phase p { gate L2 \"Go?\" by owner within 1d otherwise ask lead, owner\n"
                              "action a { run file.read { path = \"x\" } } }\n");
    const SemGate *g = &s->gates[0];
    assert_int_equal(g->otherwise, SO_ASK);
    assert_int_equal(g->ask_who->n, 2);
    assert_int_equal(g->ask_who->roles[0], 1);
    assert_int_equal(g->by.n, 1);
}

static void an_action_holds_its_clauses(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD CAL
        "calendar lunch { zone \"Europe/Bratislava\" open Mon..Fri 12:00..13:00 }\n"
        "phase p {\n"
        "  gate L2 \"Go?\" by owner within 1d otherwise stop\n"
        "  limit 200 h\n"
        "  deadline 2027-01-15\n"
        "  only during office\n"
        "  controls \"cm-3\", \"ac-5\"\n"
        "  controls \"au-2\"\n"
        "  action all \"All of {count(hs)}\" {\n"
        "    require count(hs) > 0 \"there are some\"\n"
        "    not before 2027-01-10\n"
        "    never during lunch\n"
        "    lock \"fleet\"\n"
        "    each h in hs waves 1, 10%, 100% pause 20m\n"
        "    run shell.change { argv = [\"a\", h] }" NONE "\n"
        "    timeout 1h\n"
        "    stop after 2 failures\n"
        "  }\n"
        "  check well { require count(hs) > 0 hold for 15m within 4h every 30s }\n"
        "}\n");
    const SemPhase *p = &s->phases[0];
    assert_int_equal(p->limit->n, 200);
    assert_true(str_is(p->limit->unit, "h") && p->limit->node != 0);
    assert_int_equal(p->deadline->kind, SM_DATE);
    assert_int_equal(p->n_during, 1);
    assert_false(p->during[0].never);
    assert_int_equal(p->n_controls, 3);
    assert_true(str_is(p->controls[2], "au-2"));
    const SemAction *a = &s->actions[0];
    assert_int_not_equal(a->title_expr, 0);
    assert_true(str_is(a->title, "All of {count(hs)}"));
    assert_int_equal(a->n_requires, 1);
    assert_int_equal(a->not_before->kind, SM_DATE);
    assert_int_equal(a->n_during, 1);
    assert_true(a->during[0].never);
    assert_int_not_equal(a->lock, 0);
    assert_int_equal(a->elements->n_waves, 3);
    assert_true(!a->elements->waves[0].percent && a->elements->waves[0].n == 1);
    assert_true(a->elements->waves[1].percent && a->elements->waves[1].n == 10);
    assert_int_equal(sem_ms(a->elements->pause), 20 * 60000);
    assert_int_equal(a->stop_after, 2);
    const SemCheck *k = &s->checks[0];
    assert_int_equal(sem_ms(k->hold_for), 15 * 60000);
    assert_int_equal(sem_ms(k->within), 4 * 3600000);
    assert_int_equal(sem_ms(k->every), 30000);
}

static void a_task_holds_its_clauses(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD CAL
        "phase first { needs nothing action look { run file.read { path = \"x\" } } }\n"
        "phase p {\n  needs first\n"
        "  gate L3 \"Is it done?\" by lead\n"
        "  action read { run file.read { path = \"x\" } }\n"
        "  task switch \"Switch {count(hs)}\" by all of owner, lead {\n"
        "    steps \"Do it with {read.text}.\"\n"
        "    ask old: text\n"
        "    show first.look, read\n"
        "    within 1d\n"
        "    remind every 2h\n"
        "    only during office\n"
        "    undo \"Set it back to {old}\"\n"
        "  }\n"
        "  check same { require old != \"\" }\n"
        "}\n"
        "phase last { needs p gate L1 by owner action w { run file.write { path = \"z\", text = p.old }" NONE "} }\n");
    const SemTask *t = &s->tasks[0];
    assert_int_equal(t->phase, 1);
    assert_true(str_is(t->name, "switch") && t->title_expr != 0);
    assert_int_equal(t->by.kind, WHO_ALL);
    assert_int_equal(t->by.quorum, 2);
    assert_int_equal(t->n_asks, 1);
    assert_int_equal(s->asks[t->first_ask].task, 0);
    assert_int_equal(s->asks[t->first_ask].phase, 1);
    assert_int_equal(t->n_shows, 2);
    assert_int_equal(t->shows[1].phase, 1);
    assert_int_equal(sem_ms(t->within), 86400000);
    assert_int_equal(sem_ms(t->remind), 7200000);
    assert_int_equal(t->n_during, 1);
    assert_true(t->steps.node != 0 && t->undo.node != 0 && t->undo_because == 0);
}

static void needs_are_groups(void **state)
{
    (void)state;
    const Sem *s = sound(HEAD
        "phase a { needs nothing tell owner \"a\" }\nphase b { needs nothing tell owner \"b\" }\n"
        "phase c { needs nothing tell owner \"c\" }\nphase d { needs nothing tell owner \"d\" }\n"
        "phase x { needs a needs any of b, c even if failed needs any of c, d tell owner \"x\" }\n"
        "phase y { needs any of a, b tell owner \"y\" }\n"
        "phase z { needs any of x tell owner \"z\" }\n"
        "milestone m needs any of y, z needs x due 2027-01-15\n");
    static const struct { uint32_t phase, group; bool even; } want[] = {
        {0, 0, false}, {1, 1, true}, {2, 1, true}, {2, 2, false}, {3, 2, false}};
    const SemPhase *x = &s->phases[4];
    assert_int_equal(x->n_needs, 5);
    assert_false(x->needs_any);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(x->needs[i].phase, want[i].phase);
        assert_int_equal(x->needs[i].group, want[i].group);
        assert_int_equal(x->needs[i].even_if_failed, want[i].even);
    }
    assert_true(s->phases[5].needs_any);
    assert_int_equal(s->phases[6].needs[0].group, 0);
    assert_int_equal(s->milestones[0].n_needs, 3);
    assert_int_equal(s->milestones[0].needs[2].group, 0);
    assert_false(s->milestones[0].needs_any);
}

/* Of lets that read steps, so many parts are put in place and no more: a call, a
 * list, and two for each of its items. */
static void lets_bring_so_much(void **state)
{
    (void)state;
    enum { ITEMS = 4000, PARTS = 2 + 2 * ITEMS, USES = LIM_LET_PARTS / PARTS };
    for (uint32_t over = 0; over < 2; over++) {
        Buf b = {0};
        buf_puts(&b, "edition 1\nplan p \"P\"\nrole owner \"O\"\nlet big = count([a.x.status");
        for (int i = 1; i < ITEMS; i++)
            buf_puts(&b, ", a.x.status");
        buf_puts(&b, "])\nphase a { needs nothing action x { run shell.query { argv = [\"x\"] } } }\n");
        for (uint32_t i = 0; i < USES + over; i++)
            buf_printf(&b, "phase p%u { needs a tell owner \"{big}\" }\n", i);
        check(buf_z(&b));
        assert_int_equal(compiled.diags.errors, over);
        if (over)
            assert_int_equal(compiled.diags.items[0].code, 20);
        buf_free(&b);
    }
}

static void lets_read_where_they_are_used(void **state)
{
    (void)state;
    static const struct { const char *needs; uint32_t errors; uint16_t code; } rows[] = {
        {"needs a", 0, 0}, {"needs nothing", 1, 3004}, {"needs any of a, o", 1, 3005}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text, HEAD "let inner = a.x.status\nlet outer = inner + 1\n"
                 "phase a { needs nothing action x { run shell.query { argv = [\"x\"] } } }\n"
                 "phase o { needs nothing tell lead \"o\" }\n"
                 "phase b { %s tell owner \"{outer}\" }\n", rows[i].needs);
        check(text);
        assert_int_equal(compiled.diags.errors, rows[i].errors);
        if (rows[i].errors > 0)
            assert_int_equal(compiled.diags.items[0].code, rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(steps_stand_in_order, done),
        cmocka_unit_test_teardown(a_gate_holds_its_clauses, done),
        cmocka_unit_test_teardown(silence_asks_others, done),
        cmocka_unit_test_teardown(an_action_holds_its_clauses, done),
        cmocka_unit_test_teardown(a_task_holds_its_clauses, done),
        cmocka_unit_test_teardown(needs_are_groups, done),
        cmocka_unit_test_teardown(lets_bring_so_much, done),
        cmocka_unit_test_teardown(lets_read_where_they_are_used, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
