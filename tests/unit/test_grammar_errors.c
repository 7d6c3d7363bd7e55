/* What is said about a mistake: its code, its line, that it is one report, and
 * that a fix which claims to be safe removes it and brings no other. The exact
 * words are in tests/diag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grammar/syntax.h"
#include "tests/unit/test_arena.h"
#include "vm/os/limits.h"

#include <string.h>

/* "LINE:CODE LINE:CODE" */
static const char *reports(const SynTree *t)
{
    Buf out = {0};
    for (uint32_t i = 0; i < t->n_errors; i++) {
        uint32_t line, column;
        syn_place(t, t->errors[i].start, &line, &column);
        buf_printf(&out, "%s%u:%u", i > 0 ? " " : "", line, t->errors[i].code);
    }
    const char *s = arena_copy(arena, buf_z(&out), out.n);
    buf_free(&out);
    return s;
}

/* Applies each fix of grade M alone: one report less, and no new one. */
static void check_fixes(const SynTree *t)
{
    for (uint32_t i = 0; i < t->n_errors; i++) {
        const SynError *e = &t->errors[i];
        assert_non_null(e->text);
        if (e->fix == NULL || e->fix_grade != 'M')
            continue;
        Buf b = {0};
        buf_put(&b, t->source.p, e->fix_start);
        buf_puts(&b, e->fix);
        buf_put(&b, t->source.p + e->fix_end, t->source.n - e->fix_end);
        SynTree *fixed = syn_parse(arena_str(arena, buf_view(&b)), arena);
        if (fixed->n_errors + 1 != t->n_errors)
            print_message("# after the fix of G%04u: %s\n%.*s\n", e->code,
                          reports(fixed), (int)b.n, b.p);
        assert_int_equal(fixed->n_errors + 1, t->n_errors);
        buf_free(&b);
    }
}

static void says(const char *text, const char *want)
{
    SynTree *t = syn_parse(str_of(text), arena);
    if (strcmp(reports(t), want) != 0)
        for (uint32_t i = 0; i < t->n_errors; i++)
            print_message("# %u: G%04u %s\n", t->errors[i].start,
                          t->errors[i].code, t->errors[i].text);
    assert_string_equal(reports(t), want);
    check_fixes(t);
}

/* Lines 3 and 4 of a phase. */
static void in_phase(const char *lines, const char *want)
{
    Buf b = {0};
    buf_printf(&b, "edition 1\nphase p \"P\" {\n%s\n}\nphase q {\n  needs p\n}\n", lines);
    says(arena_copy(arena, buf_z(&b), b.n), want);
    buf_free(&b);
}

static void in_action(const char *lines, const char *want)
{
    Buf b = {0};
    buf_printf(&b, "  action a {\n%s\n  }", lines);
    const char *s = arena_copy(arena, buf_z(&b), b.n);
    buf_free(&b);
    in_phase(s, want);
}

static void characters(void **state)
{
    (void)state;
    in_action("    timeout 5m;", "4:1");
    in_action("    timeout $5m", "4:1");
    in_phase("  gate L2 \"Go? by owner", "3:2");
    in_phase("  gate L2 \"Go {x?\" by owner", "3:3");
    in_phase("  gate L2 \"Go \\q\" by owner", "3:4");
    says("edition 1\n\xff\n", "2:5");
    says("\xff\xfe" "e", "1:5");
    in_phase("  needs \xe2\x80\xae" "a", "3:6");
    in_action("    timeout 4 h", "4:11");
    in_action("    timeout 30 minutes", "4:11");
    in_action("    timeout 15min", "4:11");
}

static void statements(void **state)
{
    (void)state;
    in_phase("  neds a", "3:8");          /* one letter missing */
    in_phase("  need sa", "3:8");
    in_phase("  foo bar 3", "3:8");
    in_phase("  foo\n  bar", "3:8 4:8");  /* two lines, two reports */
    in_phase("  needs a, b c", "3:15");
    in_phase("  on failure rollback", "3:14"); /* words of others */
    in_phase("  on_failure undo", "3:14");
    in_phase("  depends_on = []", "3:14");
    in_action("    for x in xs\n    run a.b { }", "4:14");
    in_action("    retry 3 tims every 1m", "4:8");
    in_action("    run shell.change extra { }", "4:15");
    says("edition 1\nphaze p { needs nothing }\n", "2:8");
}

static void braces(void **state)
{
    (void)state;
    in_phase("  action a {\n    timeout 5m\n  action b {\n  }", "4:9");
    in_phase("  action a {\n    timeout 5m", "4:9"); /* by indentation */
    says("edition 1\nphase p {\n  needs nothing\nphase q {\n  needs p\n}\n", "3:9");
    says("edition 1\nphase p {\n  needs nothing\n", "3:9");
    says("edition 1\nphase p {\n  needs nothing\n}\n}\n", "5:10");
    says("edition 1\nphase p {\n  needs nothing\n}\n  require a\n}\nphase q {\n}\n", "4:10");
    in_action("    run t.u { a = 1\n    timeout 5m", "4:9");
    in_action("    run t.u { a = [1, 2 }", "4:9");
    in_action("    run t.u { a = f(1, 2 }", "4:9");
    in_phase("  when (a == 1", "3:9");
    in_phase("  when a == 1)", "3:10");
    in_phase("  when a]", "3:10");
}

static void expressions(void **state)
{
    (void)state;
    in_phase("  when a = 1", "3:12");
    in_phase("  when 1 < a < 3", "3:13");
    in_phase("  when a == b == c", "3:13");
    in_phase("  when a in 1..2..3", "3:13");
    in_phase("  when a ==", "3:15");
    in_phase("  when a and and b", "3:15");
    in_phase("  when", "3:15");
    in_phase("  when \"x {a +} y\" == b", "3:15");
    in_phase("  when \"x {a b} y\" == b\n  needs nothing nothing", "3:15 4:8");
    in_phase("  when a && b", "3:1");
    in_phase("  when !a", "3:1");
}

static void habits(void **state)
{
    (void)state;
    in_action("    timeout: 5m", "4:14");
    in_action("    timeout = 5m", "4:14");
    in_action("    run t.u { a: 1 }", "4:14");
    in_phase("  depends_on = [a, b]", "3:14");
    in_phase("  - needs a", "3:14");
    in_phase("  when \"${a}\" == b", "3:14");
    says("edition 1 // why\n", "1:14");
    says("edition 1\n/* why */\nrole r \"R\"\n", "2:14");
    says("edition 1\n/* why\n   so */\nrole r \"R\"\n", "2:14");
    in_action("    /* soon */ timeout 5m", "4:14");
    says("edition 1\ncalendar c {\n  open Mon-Fri 08:00..17:00\n  open Sat 08:00-12:00\n}\n", "3:14 4:14");
    says("edition 1\ncalendar c {\n  open Mon-08:00..17:00\n}\n", "3:8");
    in_phase("  gate L2 \"?\" by two of a, b", "3:14");
    in_phase("  gate L2 \"?\" by twenty of a, b", "3:8");
    says("edition 1\ninput a = text\n", "2:14");
}

static void missing(void **state)
{
    (void)state;
    says("edition 1\nrole \"R\"\n", "2:15");
    says("edition 1\nphase {\n  needs nothing\n}\n", "2:15");
    says("edition 1\nphase p\n  needs nothing\n}\n", "2:15");
    in_phase("  gate \"Go?\" by owner", "3:15");
    in_action("    undo none because", "4:15");
    in_action("    run { a = 1 }", "4:15");
    in_action("    run t.u { a 1 }", "4:15");
    says("edition 1\nlet a =", "2:15");
}

static void names_and_levels(void **state)
{
    (void)state;
    says("edition 1\nrole check \"R\"\n", "2:16");
    says("edition 1\nphase phase { needs nothing }\n", "2:16");
    in_phase("  gate L4 by owner", "3:17");
    in_phase("  gate l2 by owner", "3:17");
    in_phase("  gate level 2 by owner", "3:17");
    in_phase("  gate 2 by owner", "3:17");
    in_phase("  gate level 7 by owner", "3:17");
    says("edition 1\nRole owner\n", "2:1");
}

static void places(void **state)
{
    (void)state;
    in_phase("  run t.u { a = 1 }", "3:18");
    in_phase("  timeout 5m\n  needs nothing", "3:18");
    in_phase("  zone \"Europe/Prague\"", "3:18");
    in_phase("  role r \"R\"", "3:18");
    in_action("    needs a", "4:18");
    in_action("    action b {\n      run t.u { }\n    }\n    timeout 5m", "4:18");
    says("edition 1\nneeds a\n", "2:18");
    says("edition 1\nlet a = 1\nplan p\n", "3:1012");
    /* A gate's clause without its gate. */
    in_phase("  by owner", "3:18");
}

static void editions(void **state)
{
    (void)state;
    says("plan p \"P\"\n", "1:19");
    says("", "1:19");
    says("# nothing\n", "2:19");
    says("edition 2\nplan p\n", "1:19");
    says("edition\nplan p\n", "1:19");
    says("edition x\nplan p\n", "1:19");
}

static void seven_mistakes(void **state)
{
    (void)state;
    says("edition 1\n"
         "plan seven \"Seven mistakes\"\n"
         "role \"The owner\"\n"                           /* a name */
         "input n: number = 3;\n"                         /* a sign too much */
         "phase a \"A\" {\n"
         "  neds nothing\n"                               /* a letter */
         "  require n < 5 < 7\n"                          /* a chain */
         "  action one {\n"
         "    run shell.change { argv = [\"echo\", \"hi\" }\n" /* a bracket */
         "    undo none because\n"                        /* a text */
         "    retry 3 times every 1m\n"
         "  }\n"
         "  check two {\n"
         "    require n = 3\n"                            /* a sign */
         "  }\n"
         "}\n"
         "phase b \"B\" {\n"
         "  needs a\n"
         "}\n",
         "3:15 4:1 6:8 7:13 9:9 10:15 14:12");
}

/* What a block had before and after the mistake is in the tree. */
static void rest_is_kept(void **state)
{
    (void)state;
    SynTree *t = syn_parse(STR("edition 1\nphase p {\n  needs nothing\n  foo bar\n"
                               "  gate L2 \"q\" by a foo within 1d\n"
                               "  action a {\n    timeout 5m 6m\n    run t.u { }\n  }\n}\n"
                               "role r\n"),
                           arena);
    assert_string_equal(reports(t), "4:8 5:15 7:8");
    SynRef phase = syn(t, t->root)->c;
    const uint16_t kinds[] = {SYN_NEEDS, SYN_BAD, SYN_GATE, SYN_ACTION};
    int i = 0;
    SYN_EACH(t, r, syn(t, phase)->c)
        assert_int_equal(syn(t, r)->kind, kinds[i++]);
    assert_int_equal(i, 4);
    assert_int_equal(syn(t, syn(t, phase)->next)->kind, SYN_ROLE);
}

static void many_mistakes(void **state)
{
    (void)state;
    for (uint32_t n = LIM_SYNTAX_ERRORS - 2; n <= LIM_SYNTAX_ERRORS + 1; n++) {
        Buf b = {0};
        buf_puts(&b, "edition 1\n");
        for (uint32_t i = 0; i < n; i++)
            buf_puts(&b, "foo\n");
        SynTree *t = syn_parse(buf_view(&b), arena);
        uint32_t most = LIM_SYNTAX_ERRORS - 1;
        assert_int_equal(t->n_errors, n < most ? n : most);
        assert_int_equal(t->cut, n > most);
        buf_free(&b);
    }
}

/* What is skipped ends with the bracket that it stands in, and not with one that
 * was closed before it. */
static void brackets_end_once(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "e\"\"{needs n\ta(if then(g)e)lse k)",
        "edition 1\nphase a { when (if flag (g) x) lse k) }\n",
        "boss \"b\" phase p \"w\" { needs nothing check c \"h\" {\nfor 1h }\n\"still\" when a > 50\n"
        "or (if matches(\"5{flag}A\", \"o{194MB }\\{x\\}\")\nthen (if (\nflag\nthen false else flag)\n"
        "then flag else if flag then\nelse false) else { ok\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        SynTree *t = syn_parse(str_of(texts[i]), arena);
        assert_true(t->n_errors > 0 && t->n_errors < 12);
        assert_false(t->cut);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(characters), T(statements), T(braces), T(expressions), T(habits),
        T(missing), T(names_and_levels), T(places), T(editions),
        T(seven_mistakes), T(rest_is_kept), T(brackets_end_once), T(many_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
