/* Which states can never be (check/states.c): exactly those, phase by phase. That
 * the engine comes to none of them, each of its own tests compares
 * (test_engine_world.h), and tests/slow/steps.c on generated plans. */
#include "tests/unit/test_compiler_util.h"

#include "compiler/check/states.h"

static const char *const phase_words[] = {
#define PHASE_STATE(name, word) word,
#include "vm/engine/states.def"
#undef PHASE_STATE
}, *const run_words[] = {
#define RUN_STATE(name, word) word,
#include "vm/engine/states.def"
#undef RUN_STATE
};
_Static_assert(sizeof phase_words / sizeof *phase_words == PW_COUNT, "states.def");
_Static_assert(sizeof run_words / sizeof *run_words == RW_COUNT, "states.def");

#define HEAD "edition 1\nplan p \"P\"\nrole owner \"O\"\nrole lead \"L\"\ninput hs: list of text\ninput n: number = 1\n"
#define SHORT "edition 1\nplan p \"P\"\nrole owner \"O\"\n"
#define CAL "calendar office { zone \"Europe/Bratislava\" open Mon..Fri 08:00..17:00 }\n"
#define LOOK "action look { run shell.query { argv = [\"ls\"] } } "
#define GO(undo) "action go { run shell.change { argv = [\"x\"] } " undo " } "
#define NONE "undo none because \"It cannot be taken back\""
#define BACK "undo shell.change { argv = [\"y\"] }"
#define L2 "gate L2 \"Go {n}?\" by owner within 1d otherwise stop "
#define PEOPLE "waiting approved rejected expired"
#define UNDO "undoing undone undo_failed"
#define DOUBT "in_doubt"

/* What is said to be never so, in the order of states.def. */
static const char *never_of(const Sem *s, uint32_t phase, bool given)
{
    static char out[256];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < PW_COUNT; i++) {
        Never why;
        if (!states_phase_never(s, phase, (PhaseWord)i, given, &why))
            continue;
        assert_true(why.why != NULL && why.so != NULL && why.label != NULL && why.at != 0);
        assert_int_equal(why.phase, phase);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n == 0 ? "" : " ", phase_words[i]);
    }
    return out;
}

static void what_a_phase_never_is_follows_from_what_it_has(void **state)
{
    (void)state;
    static const struct { const char *phase, *never; } cases[] = {
        {LOOK, "waiting approved skipped rejected expired " UNDO " " DOUBT},
        {"tell owner \"It begins\"", "blocked waiting approved skipped rejected expired " UNDO},
        /* A text may hold a look, which may not be granted. */
        {"tell owner \"It is {n}\"", "waiting approved skipped rejected expired " UNDO},
        {"when n > 1 " LOOK, "waiting approved rejected expired " UNDO " " DOUBT},
        {"gate L1 by owner " LOOK, "waiting approved skipped rejected expired " UNDO " " DOUBT},
        {L2 LOOK, "skipped " UNDO " " DOUBT},
        {L2 GO(NONE), "skipped " UNDO},
        {L2 GO(BACK), "skipped"},
        /* A rollback, or a return, takes back what a failure does not. */
        {L2 GO(BACK) "on failure stop", "skipped"},
        {"gate L1 by owner advice from builtin holds " LOOK, "skipped " UNDO " " DOUBT},
        {"limit 5 h gate L1 by owner action look { each h in hs run shell.query { argv = [\"ls\", h] } }",
         "skipped " UNDO " " DOUBT},
        /* It may wait, or be over, with nobody asked. */
        {"only during office " LOOK, "approved skipped " UNDO " " DOUBT},
        {"deadline 2027-01-15 " LOOK, "approved skipped " UNDO " " DOUBT},
        {"action look { lock \"x\" run shell.query { argv = [\"ls\"] } }", "approved skipped " UNDO " " DOUBT},
        {"task call \"Call\" by lead { steps \"Call.\" undo \"Call again\" }", "skipped"},
        {"task call \"Call\" by lead { steps \"Call.\" undo none because \"A call was made once\" }", "skipped " UNDO},
        {LOOK "on failure tell owner", "waiting approved skipped rejected expired " UNDO},
        {"when 1 > 2 " L2 GO(BACK),
         "staged waiting approved running done rejected expired failed " UNDO " " DOUBT},
        {"require 1 > 2 \"never\" " L2 GO(BACK),
         "staged waiting approved running done skipped rejected expired failed " UNDO " " DOUBT},
        {LOOK "check never_so { require 1 > 2 }", "waiting approved done skipped rejected expired " UNDO " " DOUBT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        snprintf(text, sizeof text, HEAD CAL "phase it { needs nothing %s }\n", cases[i].phase);
        const Sem *s = check(text);
        const char *never = never_of(s, 0, false);
        if (compiled.diags.errors > 0 || strcmp(never, cases[i].never) != 0)
            print_error("case %zu: %s\n", i, cases[i].phase);
        nothing_said(compiled.diags.errors);
        assert_string_equal(never, cases[i].never);
    }
}

/* Of a phase that a test lets succeed or fail, what the plan says of it is not asked. */
static void a_phase_whose_end_is_given_may_end(void **state)
{
    (void)state;
    const Sem *s = check(HEAD "phase it { needs nothing require 1 > 2 \"never\" " LOOK "}\n");
    Never why;
    assert_true(states_phase_never(s, 0, PW_DONE, false, &why) && states_run_never(s, RW_DONE, false, &why));
    assert_false(states_phase_never(s, 0, PW_DONE, true, &why) || states_run_never(s, RW_DONE, true, &why));
    assert_string_equal(never_of(s, 0, true), "waiting approved skipped rejected expired " UNDO " " DOUBT);
}

static void what_a_run_never_is_follows_from_all_its_phases(void **state)
{
    (void)state;
    static const struct { const char *phases, *never; } cases[] = {
        {"phase a { needs nothing " LOOK "}", "rejected cancelled in_doubt"},
        {"phase a { needs nothing " LOOK "} phase b { needs a " L2 LOOK "}", "cancelled in_doubt"},
        {"phase a { needs nothing " LOOK "} phase b { needs a gate L1 by owner " GO(NONE) "}", "rejected cancelled"},
        {"phase a { needs nothing deadline 2027-01-15 " LOOK "}", "cancelled in_doubt"},
        {"phase a { needs nothing " LOOK "} phase b { needs a require 1 > 2 \"never\" " LOOK "}",
         "done rejected cancelled in_doubt"},
        /* Only a failure starts it: a run is done without it. */
        {"phase a { needs nothing " LOOK "on failure start b then continue }\n"
         "phase b { needs nothing " LOOK "check no { require 1 > 2 } }",
         "rejected cancelled in_doubt"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048], never[128] = "";
        snprintf(text, sizeof text, HEAD "%s\n", cases[i].phases);
        const Sem *s = check(text);
        for (int k = 0; k < RW_COUNT; k++) {
            Never why;
            if (!states_run_never(s, (RunWord)k, false, &why))
                continue;
            assert_true(why.why != NULL && why.so != NULL && why.label != NULL);
            size_t n = strlen(never);
            snprintf(never + n, sizeof never - n, "%s%s", n == 0 ? "" : " ", run_words[k]);
        }
        if (strcmp(never, cases[i].never) != 0)
            print_error("case %zu: %s\n", i, cases[i].phases);
        nothing_said(compiled.diags.errors);
        assert_string_equal(never, cases[i].never);
    }
}

/* One cause, one report: where something else is wrong, or is in that test, a
 * state says nothing. */
static void a_state_is_told_of_sound_plans_only(void **state)
{
    (void)state;
    check(SHORT "phase a { needs nothing " LOOK "}\ntest \"t\" { expect a is rejected }\n");
    assert_int_equal(count_code(8005), 1);
    check(SHORT "phase a { needs nothing gate L7 by owner " LOOK "}\ntest \"t\" { expect a is rejected }\n");
    assert_int_equal(count_code(8005), 0);
    check(SHORT "phase a { needs nothing " LOOK "}\ntest \"t\" { approve b by owner expect a is rejected }\n");
    assert_int_equal(count_code(8005), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_a_phase_never_is_follows_from_what_it_has, done),
        cmocka_unit_test_teardown(a_phase_whose_end_is_given_may_end, done),
        cmocka_unit_test_teardown(what_a_run_never_is_follows_from_all_its_phases, done),
        cmocka_unit_test_teardown(a_state_is_told_of_sound_plans_only, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
