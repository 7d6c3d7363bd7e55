/* What is unknown while a phase is staged, and where it may not go: bodies that the
 * verifier takes, and bodies that it refuses for that and nothing else. */
#include "tests/unit/test_core_util.h"

#include <stdio.h>

static Asm a;

/* --- tools, and one phase after the other ------------------------------------------ */

/* Each gives a record of a text and a number, and takes texts: `change` one that says
 * what is changed and one that does not, `probe` and `run` a command, the others one
 * that is no target. */
enum { CHANGE, DESTROY, LOOK, PROBE, RUN, SAY };

static void add_tool(const char *name, Effect e, uint32_t n, uint32_t flags)
{
    *ADD(&a, imports) = (ProgImport){.pack = str(&a, "t"), .tool = str(&a, name), .effect = e,
                                     .from = PROG_NONE, .undo = UNDO_NONE, .params_first = a.p.n_params,
                                     .params_count = n, .result = T_RECORD};
    *ADD(&a, params) = (ProgParam){str(&a, "first"), TK_TEXT, flags};
    if (n == 2)
        *ADD(&a, params) = (ProgParam){str(&a, "second"), TK_TEXT, 0};
}

static void open_phase(const char *name)
{
    ProgGate g = plain_gate(2, WHO_ALL, 2, 2 * a.p.n_phases, 2);
    ProgPhase f = plain_phase(str(&a, name));
    *ADD(&a, rolerefs) = (ProgRoleRef){0};
    *ADD(&a, rolerefs) = (ProgRoleRef){0};
    g.asks_first = a.p.n_asks;
    f.gate = a.p.n_gates;
    f.actions_first = a.p.n_actions;
    f.checks_first = a.p.n_checks;
    f.tasks_first = a.p.n_tasks;
    f.awaits_first = a.p.n_awaits;
    *ADD(&a, gates) = g;
    *ADD(&a, phases) = f;
    open_func(&a, FK_BODY, name, PROG_NONE);
}

static void close_phase(void)
{
    ProgPhase *f = &a.phases[a.p.n_phases - 1];
    op3(&a, OP_END, 0, 0, 0);
    f->body_fn = close_func(&a);
    f->actions_count = a.p.n_actions - f->actions_first;
    f->checks_count = a.p.n_checks - f->checks_first;
    f->tasks_count = a.p.n_tasks - f->tasks_first;
    f->awaits_count = a.p.n_awaits - f->awaits_first;
}

static void next_phase(const char *name)
{
    close_phase();
    open_phase(name);
}

/* --- steps ------------------------------------------------------------------------- */

/* A name that no other step has: strings are kept once. */
static uint32_t new_name(void)
{
    static char names[64][8];
    char *z = names[a.p.n_strings % 64];
    snprintf(z, sizeof names[0], "s%u", a.p.n_strings);
    return str(&a, z);
}

static uint32_t begin(uint32_t tool)
{
    bool harms = a.imports[tool].effect >= EFF_CHANGES;
    add_action(&a, a.p.n_phases - 1, "", tool, harms ? AU_NONE : AU_NOTHING, PROG_NONE, 2);
    a.actions[a.p.n_actions - 1].name = new_name();
    opx(&a, OP_ACTION, 0, a.p.n_actions - 1);
    return a.p.n_actions - 1;
}

/* Its one call, of the last action; the register of what it gives. */
static unsigned call(unsigned first, unsigned second)
{
    uint32_t action = a.p.n_actions - 1, tool = a.actions[action].import;
    unsigned result = reg(&a, T_RECORD), arg = reg(&a, TK_TEXT);
    op3(&a, OP_MOVE, arg, first, 0);
    if (a.imports[tool].params_count == 2)
        op3(&a, OP_MOVE, reg(&a, TK_TEXT), second, 0);
    opx(&a, OP_CALL, result, site(&a, tool, action, SITE_RUN));
    return result;
}

static void done(void)
{
    opx(&a, OP_DONE, 0, a.p.n_actions - 1);
}

static unsigned known(void)
{
    return text(&a, "known");
}

/* A whole action, whose second argument is known. */
static uint32_t act(uint32_t tool, unsigned first)
{
    unsigned second = known();
    uint32_t action = begin(tool);
    call(first, second);
    done();
    return action;
}

static unsigned text_of(unsigned record)
{
    unsigned r = reg(&a, TK_TEXT);
    op3(&a, OP_MEMBER, r, record, 0);
    return r;
}

static unsigned loaded_from(VmOpcode op, uint32_t x)
{
    unsigned record = reg(&a, T_RECORD);
    opx(&a, op, record, x);
    return text_of(record);
}

static unsigned result(uint32_t action)
{
    return loaded_from(OP_RESULT, action);
}

/* Nobody knows what a tool that tells gives; nothing is changed by it. */
static unsigned unknown(void)
{
    return result(act(SAY, known()));
}

/* A tool that only reads, in an expression. */
static unsigned read_about(unsigned what)
{
    unsigned record = reg(&a, T_RECORD), arg = reg(&a, TK_TEXT);
    op3(&a, OP_MOVE, arg, what, 0);
    opx(&a, OP_CALL, record, site(&a, LOOK, PROG_NONE, SITE_READ));
    return text_of(record);
}

static unsigned answer(uint32_t ask)
{
    unsigned r = reg(&a, TK_TEXT);
    opx(&a, OP_ANSWER, r, ask);
    return r;
}

static uint32_t task(void)
{
    *ADD(&a, asks) = (ProgAsk){new_name(), TK_TEXT, a.p.n_phases - 1, a.p.n_tasks, 0};
    *ADD(&a, rolerefs) = (ProgRoleRef){0};
    *ADD(&a, tasks) = (ProgTask){.phase = a.p.n_phases - 1, .name = new_name(),
                                 .title_fn = PROG_NONE, .who = WHO_ONE, .quorum = 1, .by_first = 0,
                                 .by_count = 1, .steps_fn = PROG_NONE, .asks_first = a.p.n_asks - 1,
                                 .asks_count = 1, .within = PROG_NONE, .remind = PROG_NONE,
                                 .undo_fn = PROG_NONE, .undo_because_fn = PROG_NONE};
    opx(&a, OP_TASK, 0, a.p.n_tasks - 1);
    return a.p.n_asks - 1;
}

static uint32_t await(void)
{
    *ADD(&a, awaits) = (ProgAwait){a.p.n_phases - 1, new_name(), 0, PROG_NONE, PROG_NONE, OW_STOP, 0};
    opx(&a, OP_AWAIT, 0, a.p.n_awaits - 1);
    return a.p.n_awaits - 1;
}

/* --- values ------------------------------------------------------------------------ */

static unsigned made(VmOpcode op, uint32_t type, unsigned b, unsigned c)
{
    unsigned r = reg(&a, type);
    op3(&a, op, r, b, c);
    return r;
}

static unsigned list_of(unsigned item)
{
    return made(OP_LIST, T_TEXTS, item, 1);
}

static unsigned is_known(unsigned t)
{
    return made(OP_EQ, TK_BOOL, t, t);
}

static uint32_t loop(unsigned list, unsigned *item)
{
    unsigned it = reg(&a, T_ITER_TEXT);
    *item = reg(&a, TK_TEXT);
    op3(&a, OP_ITER, it, list, 0);
    return opx(&a, OP_NEXT, it, 0);
}

static void loop_end(uint32_t next)
{
    jump_back(&a, next);
    land(&a, next);
}

/* An action for each of the list; what is given is about the element. */
static void each(uint32_t tool, unsigned list, unsigned (*given)(unsigned))
{
    unsigned item, second = known();
    uint32_t x = begin(tool), next = loop(list, &item);
    a.actions[x].is_each = 1;
    a.actions[x].result = T_RECORDS;
    opx(&a, OP_EACH, item, x);
    call(given == NULL ? item : given(item), second);
    loop_end(next);
    done();
}

/* --- what is unknown ---------------------------------------------------------------- */

static void result_of_telling(void) { act(CHANGE, unknown()); }
static void result_of_a_change(void) { act(CHANGE, result(act(CHANGE, known()))); }
static void result_of_looking(void) { act(CHANGE, result(act(LOOK, known()))); }
static void what_a_call_gave(void)
{
    begin(SAY);
    unsigned r = call(known(), 0);
    done();
    act(CHANGE, text_of(r));
}
static void what_a_look_gave(void)
{
    begin(LOOK);
    unsigned r = call(known(), 0);
    done();
    act(CHANGE, text_of(r));
}
static void second_of_two_looks(void)
{
    act(LOOK, known());
    act(CHANGE, result(act(LOOK, known())));
}
static void look_behind_a_change(void)
{
    act(CHANGE, known());
    act(CHANGE, result(act(LOOK, known())));
}
static void look_behind_a_task(void)
{
    task();
    act(CHANGE, result(act(LOOK, known())));
}
static void result_of_another_phase(void)
{
    uint32_t changed = act(CHANGE, known());
    next_phase("next");
    act(SAY, known());
    act(CHANGE, result(changed));
}

static void answer_at_the_gate(void)
{
    *ADD(&a, asks) = (ProgAsk){str(&a, "ask"), TK_TEXT, 0, PROG_NONE, 0};
    a.gates[0].asks_count = 1;
    act(CHANGE, answer(0));
}
static void answer_to_a_task(void) { act(CHANGE, answer(task())); }
static void answer_to_a_task_of_another_phase(void)
{
    uint32_t ask = task();
    next_phase("next");
    act(CHANGE, answer(ask));
}

static void event_before_all_changes(void)
{
    uint32_t x = await();
    act(CHANGE, loaded_from(OP_EVENT, x));
}
static void event_behind_a_change(void)
{
    act(CHANGE, known());
    act(CHANGE, loaded_from(OP_EVENT, await()));
}
static void event_of_another_phase(void)
{
    act(CHANGE, known());
    act(CHANGE, loaded_from(OP_EVENT, 0));
    next_phase("next");
    await();
}

static void read_in_an_expression(void) { act(CHANGE, read_about(read_about(known()))); }
static void read_about_an_unknown(void) { act(CHANGE, read_about(unknown())); }
static void read_behind_a_change(void)
{
    act(CHANGE, known());
    act(CHANGE, read_about(known()));
}
static void read_behind_a_read_behind_a_change(void)
{
    act(CHANGE, known());
    read_about(known());
    act(CHANGE, read_about(known()));
}
static void read_behind_a_task(void)
{
    task();
    act(CHANGE, read_about(known()));
}

/* --- what is made of an unknown ------------------------------------------------------ */

static void made_of_one(void)
{
    act(CHANGE, made(OP_MOVE, TK_TEXT, unknown(), 0));
}
static void sum_with_unknown_first(void)
{
    unsigned u = unknown();
    act(CHANGE, made(OP_ADD, TK_TEXT, u, known()));
}
static void sum_with_unknown_last(void)
{
    unsigned u = unknown();
    act(CHANGE, made(OP_ADD, TK_TEXT, known(), u));
}
static void text_with_an_unknown(void) { act(CHANGE, made(OP_TEXT, TK_TEXT, unknown(), 1)); }
static void function_of_an_unknown(void) { act(CHANGE, made(OP_FN, TK_TEXT, unknown(), FN_upper)); }
static void made_of_known_ones(void)
{
    act(SAY, known());
    unsigned sum = made(OP_ADD, TK_TEXT, known(), known());
    act(CHANGE, made(OP_TEXT, TK_TEXT, made(OP_FN, TK_TEXT, sum, FN_upper), 1));
}

/* --- where it may not go --------------------------------------------------------------- */

static void what_is_not_the_target(void)
{
    unsigned u = unknown(), k = known();
    begin(CHANGE);
    call(k, u);
    done();
}
static void what_is_destroyed(void) { act(DESTROY, unknown()); }
static void what_is_run(void) { act(RUN, unknown()); }
static void what_is_run_and_only_reads(void) { act(PROBE, unknown()); }
static void what_is_looked_at(void) { act(LOOK, unknown()); }
static void what_is_said(void) { act(SAY, unknown()); }
static void target_of_the_way_back(void)
{
    unsigned u = unknown(), k = known();
    begin(CHANGE);
    a.actions[a.p.n_actions - 1].undo_kind = AU_PLAN;
    a.actions[a.p.n_actions - 1].undo_import = CHANGE;
    unsigned result = reg(&a, T_RECORD), first = reg(&a, TK_TEXT), second = reg(&a, TK_TEXT);
    unsigned back = reg(&a, TK_TEXT);
    reg(&a, TK_TEXT);
    op3(&a, OP_MOVE, first, k, 0);
    op3(&a, OP_MOVE, second, k, 0);
    op3(&a, OP_MOVE, back, u, 0);
    opx(&a, OP_UNDO, back, site(&a, CHANGE, a.p.n_actions - 1, SITE_UNDO));
    opx(&a, OP_CALL, result, site(&a, CHANGE, a.p.n_actions - 1, SITE_RUN));
    done();
}

static void each_of_an_unknown_list(void) { each(SAY, list_of(unknown()), NULL); }
static void each_of_a_known_list(void)
{
    act(SAY, known());
    each(CHANGE, list_of(known()), NULL);
}
static void read_for_each_that_is_changed(void) { each(CHANGE, list_of(known()), read_about); }
static void read_for_each_that_is_told(void)
{
    each(SAY, list_of(known()), read_about);
    act(CHANGE, read_about(known()));
}
static void read_behind_each_behind_a_change(void)
{
    act(CHANGE, known());
    each(SAY, list_of(known()), NULL);
    act(CHANGE, read_about(known()));
}

static void act_when(uint32_t tool, unsigned condition)
{
    unsigned k = known();
    a.actions[begin(tool)].conditional = 1;
    uint32_t skip = opx(&a, OP_WHEN, condition, 0);
    call(k, k);
    done();
    land(&a, skip);
}
static void unknown_whether_it_is_changed(void) { act_when(CHANGE, is_known(unknown())); }
static void unknown_whether_it_is_told_in_front_of_a_change(void)
{
    act_when(SAY, is_known(unknown()));
    act(CHANGE, known());
}
static void unknown_whether_it_is_told(void) { act_when(SAY, is_known(unknown())); }
static void unknown_whether_it_is_told_behind_a_change(void)
{
    act(CHANGE, known());
    act_when(SAY, is_known(unknown()));
}
static void known_whether_it_is_changed(void)
{
    act(SAY, known());
    act_when(CHANGE, is_known(known()));
}

/* --- what an unknown decides --------------------------------------------------------- */

static void chosen_by(VmOpcode jump, unsigned condition)
{
    unsigned r = known(), other = known();
    uint32_t past = opx(&a, jump, condition, 0);
    op3(&a, OP_MOVE, r, other, 0);
    land(&a, past);
    act(CHANGE, r);
}
static void chosen_by_an_unknown(void) { chosen_by(OP_JF, is_known(unknown())); }
static void chosen_where_it_is_unknown(void) { chosen_by(OP_JU, unknown()); }
static void chosen_where_it_is_absent(void) { chosen_by(OP_JA, unknown()); }
static void chosen_by_a_known(void)
{
    act(SAY, known());
    chosen_by(OP_JF, is_known(known()));
}
static unsigned said_unknown(void)
{
    unsigned r = reg(&a, TK_TEXT);
    op3(&a, OP_UNKNOWN, r, 0, 0);
    return r;
}
static void what_says_that_it_is_unknown(void) { act(CHANGE, said_unknown()); }
/* As the compiler makes an `if`: both ways, and one for an unknown condition. */
static unsigned one_of_two(unsigned condition)
{
    unsigned r = reg(&a, TK_TEXT), other = known();
    uint32_t unsure = opx(&a, OP_JU, condition, 0), no = opx(&a, OP_JF, condition, 0);
    op3(&a, OP_MOVE, r, other, 0);
    uint32_t yes = opx(&a, OP_JMP, 0, 0);
    land(&a, no);
    op3(&a, OP_MOVE, r, other, 0);
    uint32_t end = opx(&a, OP_JMP, 0, 0);
    land(&a, unsure);
    op3(&a, OP_UNKNOWN, r, 0, 0);
    land(&a, yes);
    land(&a, end);
    return r;
}
static void one_of_two_by_a_known(void) { act(CHANGE, one_of_two(is_known(known()))); }
static void one_of_two_by_an_unknown(void) { act(CHANGE, one_of_two(is_known(unknown()))); }
/* The second round begins with what the first one left. */
static void one_of_two_by_what_comes_around(void)
{
    unsigned item, u = unknown(), moves = known();
    uint32_t next = loop(list_of(known()), &item);
    unsigned r = one_of_two(is_known(moves));
    op3(&a, OP_MOVE, moves, u, 0);
    loop_end(next);
    act(CHANGE, r);
}
static void one_of_two_by_what_comes_around_known(void)
{
    unsigned item, other = known(), moves = known();
    uint32_t next = loop(list_of(known()), &item);
    unsigned r = one_of_two(is_known(moves));
    op3(&a, OP_MOVE, moves, other, 0);
    loop_end(next);
    act(CHANGE, r);
}
static void made_behind_what_an_unknown_decides(void)
{
    unsigned r = known(), other = known();
    uint32_t past = opx(&a, OP_JF, is_known(unknown()), 0);
    op3(&a, OP_MOVE, r, other, 0);
    land(&a, past);
    act(CHANGE, made(OP_MOVE, TK_TEXT, other, 0));
}
static void unknown_on_one_of_two_ways(void)
{
    unsigned r = known(), u = unknown();
    uint32_t past = opx(&a, OP_JF, is_known(known()), 0);
    op3(&a, OP_MOVE, r, u, 0);
    land(&a, past);
    act(CHANGE, r);
}
/* q is unknown on one way and read on the other. */
static void unknown_on_the_other_way(void)
{
    unsigned q = known(), r = known(), u = unknown();
    uint32_t otherwise = opx(&a, OP_JF, is_known(known()), 0);
    op3(&a, OP_MOVE, q, u, 0);
    uint32_t past = opx(&a, OP_JMP, 0, 0);
    land(&a, otherwise);
    op3(&a, OP_MOVE, r, q, 0);
    land(&a, past);
    act(CHANGE, r);
}

/* --- loops ----------------------------------------------------------------------------- */

/* Goes through a known list until an unknown says that it is enough. */
static unsigned last_that_was_looked_at(void)
{
    unsigned item, r = known(), enough = is_known(unknown());
    uint32_t next = loop(list_of(known()), &item);
    op3(&a, OP_MOVE, r, item, 0);
    uint32_t leave = opx(&a, OP_JF, enough, 0);
    loop_end(next);
    land(&a, leave);
    return r;
}
static void as_often_as_an_unknown_says(void) { act(CHANGE, last_that_was_looked_at()); }
static void as_often_as_an_unknown_says_and_not_used(void)
{
    last_that_was_looked_at();
    act(CHANGE, known());
}
/* The same, out of a loop in a loop: about both. */
static void out_of_two_loops(void)
{
    unsigned outer, inner, r = known(), enough = is_known(unknown()), list = list_of(known());
    uint32_t next = loop(list, &outer);
    op3(&a, OP_MOVE, r, outer, 0);
    uint32_t deeper = loop(list, &inner);
    uint32_t leave = opx(&a, OP_JF, enough, 0);
    loop_end(deeper);
    loop_end(next);
    land(&a, leave);
    act(CHANGE, r);
}
static void item_of_an_unknown_list(void)
{
    unsigned item, r = known(), list = list_of(unknown());
    uint32_t next = loop(list, &item);
    op3(&a, OP_MOVE, r, item, 0);
    loop_end(next);
    act(CHANGE, r);
}
/* A round later the second is the unknown, and the third another round later. */
static unsigned moved_on_twice(void)
{
    unsigned item, third = known(), second = known(), u = unknown();
    uint32_t next = loop(list_of(known()), &item);
    op3(&a, OP_MOVE, third, second, 0);
    op3(&a, OP_MOVE, second, u, 0);
    loop_end(next);
    return third;
}
static void comes_around_a_loop(void) { act(CHANGE, moved_on_twice()); }
static void comes_around_in_front_of_a_jump(void)
{
    unsigned r = moved_on_twice(), yes = is_known(known());
    land(&a, opx(&a, OP_JF, yes, 0));
    act(CHANGE, r);
}
/* In the round that brings the third, the other loop has nothing new to say: all of
 * it was unknown from the start, and the second is known again. */
static void comes_around_in_front_of_another_loop(void)
{
    unsigned item, list = list_of(unknown()), third = moved_on_twice();
    op3(&a, OP_MOVE, third + 1, known(), 0);
    loop_end(loop(list, &item));
    act(CHANGE, third);
}
/* The first round brings what decides in the second, and that brings nothing but this:
 * nobody knows how often it goes round. */
static void as_often_as_an_unknown_of_the_round_before_says(void)
{
    unsigned item, r = known(), list = list_of(known());
    uint32_t look = act(LOOK, known()), say = begin(SAY);
    unsigned given = call(known(), 0);
    done();
    opx(&a, OP_RESULT, given, look);
    uint32_t next = loop(list, &item);
    op3(&a, OP_MOVE, r, item, 0);
    uint32_t leave = opx(&a, OP_JU, given, 0);
    opx(&a, OP_RESULT, given, say);
    loop_end(next);
    land(&a, leave);
    act(CHANGE, r);
}

/* --- all of them --------------------------------------------------------------------- */

static const char target[] = "`first` of `t.change` must be known when people approve";

static const struct { const char *name; void (*make)(void); const char *told; } bodies[] = {
#define KNOWN(f) {#f, f, NULL},
#define UNKNOWN(f, told) {#f, f, told},
    UNKNOWN(result_of_telling, target)
    UNKNOWN(result_of_a_change, target)
    KNOWN(result_of_looking)
    UNKNOWN(what_a_call_gave, target)
    KNOWN(what_a_look_gave)
    KNOWN(second_of_two_looks)
    UNKNOWN(look_behind_a_change, target)
    UNKNOWN(look_behind_a_task, target)
    KNOWN(result_of_another_phase)
    KNOWN(answer_at_the_gate)
    UNKNOWN(answer_to_a_task, target)
    KNOWN(answer_to_a_task_of_another_phase)
    KNOWN(event_before_all_changes)
    UNKNOWN(event_behind_a_change, target)
    KNOWN(event_of_another_phase)
    KNOWN(read_in_an_expression)
    UNKNOWN(read_about_an_unknown, target)
    UNKNOWN(read_behind_a_change, target)
    UNKNOWN(read_behind_a_read_behind_a_change, target)
    UNKNOWN(read_behind_a_task, target)
    UNKNOWN(made_of_one, target)
    UNKNOWN(sum_with_unknown_first, target)
    UNKNOWN(sum_with_unknown_last, target)
    UNKNOWN(text_with_an_unknown, target)
    UNKNOWN(function_of_an_unknown, target)
    KNOWN(made_of_known_ones)
    KNOWN(what_is_not_the_target)
    UNKNOWN(what_is_destroyed, "`first` of `t.destroy` must be known when people approve")
    UNKNOWN(what_is_run, "`first` of `t.run` must be known when people approve")
    UNKNOWN(what_is_run_and_only_reads, "`first` of `t.probe` must be known when people approve")
    KNOWN(what_is_looked_at)
    KNOWN(what_is_said)
    UNKNOWN(target_of_the_way_back, target)
    UNKNOWN(each_of_an_unknown_list, "the list of its `each` must be known when people approve")
    KNOWN(each_of_a_known_list)
    UNKNOWN(read_for_each_that_is_changed, target)
    KNOWN(read_for_each_that_is_told)
    UNKNOWN(read_behind_each_behind_a_change, target)
    UNKNOWN(unknown_whether_it_is_changed, "whether a change is made must be known when people approve")
    UNKNOWN(unknown_whether_it_is_told_in_front_of_a_change, "whether a change is made must be known")
    KNOWN(unknown_whether_it_is_told)
    KNOWN(unknown_whether_it_is_told_behind_a_change)
    KNOWN(known_whether_it_is_changed)
    UNKNOWN(chosen_by_an_unknown, target)
    UNKNOWN(chosen_where_it_is_unknown, target)
    UNKNOWN(chosen_where_it_is_absent, target)
    KNOWN(chosen_by_a_known)
    UNKNOWN(what_says_that_it_is_unknown, target)
    KNOWN(one_of_two_by_a_known)
    UNKNOWN(one_of_two_by_an_unknown, target)
    UNKNOWN(one_of_two_by_what_comes_around, target)
    KNOWN(one_of_two_by_what_comes_around_known)
    KNOWN(made_behind_what_an_unknown_decides)
    UNKNOWN(unknown_on_one_of_two_ways, target)
    KNOWN(unknown_on_the_other_way)
    UNKNOWN(as_often_as_an_unknown_says, target)
    KNOWN(as_often_as_an_unknown_says_and_not_used)
    UNKNOWN(as_often_as_an_unknown_of_the_round_before_says, target)
    UNKNOWN(out_of_two_loops, target)
    UNKNOWN(item_of_an_unknown_list, target)
    UNKNOWN(comes_around_a_loop, target)
    UNKNOWN(comes_around_in_front_of_a_jump, target)
    UNKNOWN(comes_around_in_front_of_another_loop, target)
};

static void build(void (*make)(void))
{
    start(&a);
    *ADD(&a, spans) = (ProgSpan){0, 1, 1};
    *ADD(&a, roles) = (ProgRole){str(&a, "owner"), 0, 0, 0};
    *ADD(&a, packs) = (ProgPack){str(&a, "t"), str(&a, "1.0"), 0};
    *ADD(&a, events) = (ProgEvent){str(&a, "t"), str(&a, "came"), 0, T_RECORD};
    add_tool("change", EFF_CHANGES, 2, PF_TARGET);
    add_tool("destroy", EFF_DESTROYS, 1, 0);
    add_tool("look", EFF_READS, 1, PF_TARGET);
    add_tool("probe", EFF_READS, 1, PF_PROGRAM);
    add_tool("run", EFF_CHANGES, 1, PF_PROGRAM);
    add_tool("say", EFF_TELLS, 1, PF_TARGET);
    open_phase("go");
    make();
    close_phase();
    a.p.name = str(&a, "flow");
}

static void known_and_unknown(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        Buf why = {0};
        build(bodies[i].make);
        Program *p = loaded(&a);
        GateStatus s = prog_verify(p, &why);
        const char *told = bodies[i].told;
        if (told == NULL ? s != GATE_OK : s != GATE_E_FORMAT || strstr(buf_z(&why), told) == NULL) {
            print_message("%s: wanted `%s`, got `%s`\n", bodies[i].name,
                          told == NULL ? "accepted" : told, buf_z(&why));
            wrong++;
        }
        prog_free(p);
        buf_free(&why);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_and_unknown)};
    return cmocka_run_group_tests_name("core flow", tests, NULL, NULL);
}
