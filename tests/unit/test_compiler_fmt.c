/* The one layout: what it does to a messy plan, that what it made stays as it
 * is, that the tree is the same before and after, and that a declaration with a
 * mistake is not touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compiler/fmt.h"
#include "grammar/syntax.h"
#include "tests/unit/test_arena.h"
#include "vm/os/limits.h"

#include <string.h>

static void formats(const char *text, const char *want)
{
    Buf once = {0}, twice = {0};
    assert_true(fmt_source(str_of(text), arena, &once));
    assert_string_equal(buf_z(&once), want);
    assert_true(fmt_source(buf_view(&once), arena, &twice));
    assert_string_equal(buf_z(&twice), want);
    SynTree *a = syn_parse(str_of(text), arena);
    SynTree *b = syn_parse(buf_view(&once), arena);
    assert_int_equal(a->n_errors, b->n_errors);
    assert_int_equal(a->n_comments, b->n_comments);
    if (a->n_errors == 0) {
        assert_int_equal(a->n_nodes, b->n_nodes);
        for (SynRef r = 1; r < a->n_nodes; r++) {
            const SynNode *x = syn(a, r), *y = syn(b, r);
            assert_int_equal(x->kind, y->kind);
            assert_int_equal(x->aux, y->aux);
            assert_int_equal(x->a, y->a);
            assert_int_equal(x->b, y->b);
            assert_int_equal(x->c, y->c);
            assert_int_equal(x->next, y->next);
        }
    }
    buf_free(&once);
    buf_free(&twice);
}

static void one_statement_a_line(void **state)
{
    (void)state;
    formats("edition 1 plan p \"P\" phase a \"A\"{needs nothing gate L2 \"q\" by x "
            "within 1d action b{run t.u{a=1 b=[1,2,]}undo none because \"c\"}}",
            "edition 1\n"
            "plan p \"P\"\n"
            "\n"
            "phase a \"A\" {\n"
            "  needs nothing\n"
            "  gate L2 \"q\" by x within 1d\n"
            "  action b {\n"
            "    run t.u { a = 1, b = [1, 2] }\n"
            "    undo none because \"c\"\n"
            "  }\n"
            "}\n");
}

static void spaces(void **state)
{
    (void)state;
    formats("edition 1\nlet  a=f ( 1,-2 )[ 0 ].b+c *( d-1 )\nlet b = not(x)and 1 .. 2 "
            "contains - y\nlet c = \"a {  b   +1 } c\"\nlet d = {}\n",
            "edition 1\n"
            "let a = f(1, -2)[0].b + c * (d - 1)\n"
            "let b = not (x) and 1..2 contains -y\n"
            "let c = \"a {b + 1} c\"\n"
            "let d = { }\n");
    /* Fields of a type have no comma: `one of "x", "y"` would take it. */
    formats("edition 1\ninput a: list of {b: one of \"x\",\"y\" c :text}\n",
            "edition 1\n"
            "input a: list of { b: one of \"x\", \"y\" c: text }\n");
}

static void blank_lines(void **state)
{
    (void)state;
    formats("edition 1\n\n\n\nlet a = 1\nlet b = 2\n\n\nlet c = 3\nphase p {\n\n\n"
            "  needs nothing\n\n\n  when a\n\n}\nlet d = 4\n\n\n",
            "edition 1\n\nlet a = 1\nlet b = 2\n\nlet c = 3\n\nphase p {\n"
            "  needs nothing\n\n  when a\n}\n\nlet d = 4\n");
}

static void comments(void **state)
{
    (void)state;
    formats("# top\nedition 1 # one\n## doc\n##  two\nphase p { # open\n# before\n"
            "needs nothing # behind\n  # last\n}\n# end",
            "# top\nedition 1  # one\n## doc\n##  two\nphase p {  # open\n"
            "  # before\n  needs nothing  # behind\n  # last\n}\n# end\n");
    formats("edition 1\nlet a = b and # why\n c\nlet d = [ # list\n1,\n# two\n2]\n",
            "edition 1\nlet a = b\n    and  # why\n    c\nlet d = [  # list\n  1,\n"
            "  # two\n  2\n]\n");
}

static void columns(void **state)
{
    (void)state;
    formats("edition 1\nrole a \"A\"\nrole long_one \"B\"\nrole c\n\nrole d \"D\"\n"
            "calendar k {\nzone \"Z\"\nclosed 2026-01-01\n}\n",
            "edition 1\nrole a        \"A\"\nrole long_one \"B\"\nrole c\n\n"
            "role d \"D\"\ncalendar k {\n  zone   \"Z\"\n  closed 2026-01-01\n}\n");
}

static void choices(void **state)
{
    (void)state;
    /* A break before a gate's clause, behind a bracket, beside and/or is kept. */
    formats("edition 1\nphase p {\ngate L2 \"q\"\nby a within 1d\naction a { run t.u "
            "{\nx = [\n1, 2,\n3] y = 2 } }\nwhen a and\nb or c\n}\n",
            "edition 1\nphase p {\n  gate L2 \"q\"\n    by a\n    within 1d\n"
            "  action a {\n    run t.u {\n      x = [\n        1, 2,\n        3\n"
            "      ]\n      y = 2\n    }\n  }\n  when a\n      and b or c\n}\n");
    formats("edition 1\nphase p { action a { run t.u { x = 1 } } }\n",
            "edition 1\nphase p { action a { run t.u { x = 1 } } }\n");
    /* What is too wide is broken, with the commas that it will have. */
    formats("edition 1\nphase p { action a { run t.u { argv = [\"twenty letters are so many\"] input = "
            "\"a text that makes it hundred\" dir = 1 } } }\n",
            "edition 1\nphase p {\n  action a {\n    run t.u { argv = [\"twenty letters are so many\"], input = "
            "\"a text that makes it hundred\", dir = 1 }\n  }\n}\n");
    formats("edition 1\nphase p { gate L2 \"A question that is rather long, as "
            "questions sometimes are, for good reasons\" by owner within 1d }\n",
            "edition 1\nphase p {\n  gate L2 \"A question that is rather long, as "
            "questions sometimes are, for good reasons\"\n    by owner\n"
            "    within 1d\n}\n");
}

static void long_texts(void **state)
{
    (void)state;
    formats("edition 1\nlet a=\"\"\"\n   one\n  two {  x }\n\"\"\"\nlet b=1\n",
            "edition 1\nlet a = \"\"\"\n   one\n  two {x}\n\"\"\"\nlet b = 1\n");
}

/* A broken statement stays byte for byte, and the rest is laid out around it. */
static void mistakes_stay(void **state)
{
    (void)state;
    formats("edition 1\nlet  a = 1\nphase p {\n   foo   bar\n needs   nothing\n}\n"
            "let  b = 2\n",
            "edition 1\nlet a = 1\n\nphase p {\n   foo   bar\n  needs nothing\n}\n\n"
            "let b = 2\n");
    formats("edition 1\nphase  p  {\n# why\n      when   a b   # c\n\n\n needs   nothing\n"
            "action  x {  undo none because\n}\ntimeout 3 h\n}\n",
            "edition 1\nphase p {\n  # why\n      when   a b  # c\n\n  needs nothing\n"
            "action  x {  undo none because\n}\ntimeout 3 h\n}\n");
    /* Several lines, with a comment between them. */
    formats("edition 1\nphase p { needs   nothing\n action a {\n run t.u {\n   x =  # here\n  }\n"
            " timeout  4h }\n}\n",
            "edition 1\nphase p {\n  needs nothing\n  action a {\n run t.u {\n   x =  # here\n  }\n"
            "    timeout 4h\n  }\n}\n");
    /* What shares a line with it stays, too; so does a block on one line. */
    formats("edition 1\nphase p {\n  needs   nothing  foo bar\n  when   a\n}\nphase q { foo  bar }\n",
            "edition 1\nphase p {\n  needs   nothing  foo bar\n  when a\n}\n\nphase q { foo  bar }\n");
    /* A block that is not closed stays as a whole, and what stands around it does not. */
    formats("edition 1\nlet  a = 1\nphase p {\n  needs   nothing\n  action  x {\n    when   a\n\n"
            "phase  q {\n  needs   p\n}\n",
            "edition 1\nlet a = 1\n\nphase p {\n  needs   nothing\n  action  x {\n    when   a\n\n"
            "phase q {\n  needs p\n}\n");
    /* Nor does a statement whose bracket is open where the next one begins. */
    formats("edition 1\nlet  a = 1\nconnector lab {\n  event came {\n"
            "    verify  shared_header { name = \"X\",  secret = k  tenant\n\n  \"/t\"\n"
            "    fetch   find { id = event.id }\n  }\n}\n",
            "edition 1\nlet a = 1\n\nconnector lab {\n  event came {\n"
            "    verify  shared_header { name = \"X\",  secret = k  tenant\n\n  \"/t\"\n"
            "    fetch find { id = event.id }\n  }\n}\n");
    formats("let  a = 1\n", "let a = 1\n"); /* the edition is missing: all else is well */
}

static void refused(void **state)
{
    (void)state;
    Buf out = {0};
    buf_puts(&out, "kept");
    assert_false(fmt_source(STR(""), arena, &out));
    assert_false(fmt_source(STR("edition 1\nlet  a = \"\xff\"\n"), arena, &out));
    assert_false(fmt_source(STR("edition 1 let  a ="), arena, &out));
    assert_string_equal(buf_z(&out), "kept");
    /* Past so many mistakes the text is not read, and so not laid out. */
    for (int n = LIM_SYNTAX_ERRORS - 1; n <= LIM_SYNTAX_ERRORS; n++) {
        Buf text = {0};
        buf_puts(&text, "edition 1\nlet  a = 1\n");
        for (int i = 0; i < n; i++)
            buf_puts(&text, "foo bar\n");
        assert_int_equal(fmt_source(buf_view(&text), arena, &out), n < LIM_SYNTAX_ERRORS);
        buf_free(&text);
    }
    buf_free(&out);
}

static void line_ends(void **state)
{
    (void)state;
    formats("edition 1\r\nlet a = 1 # c\r\n\r\n\r\nlet b = 2\r\n",
            "edition 1\nlet a = 1  # c\n\nlet b = 2\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(one_statement_a_line), T(spaces), T(blank_lines), T(comments),
        T(columns), T(choices), T(long_texts), T(mistakes_stay), T(refused), T(line_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
