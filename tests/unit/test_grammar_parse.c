/* Tokens to tree: the shapes that nodes.def promises, soft words as names,
 * places, texts, documentation, and limits at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grammar/syntax.h"
#include "grammar/tokens.h"
#include "tests/unit/test_arena.h"
#include "vm/os/limits.h"

#include <stdlib.h>
#include <string.h>

static SynTree *parse(const char *text)
{
    SynTree *t = syn_parse(str_of(text), arena);
    for (uint32_t i = 0; i < t->n_errors; i++)
        print_message("# G%04u %s at %u in: %s\n", t->errors[i].code,
                      t->errors[i].text, t->errors[i].start, text);
    assert_int_equal(t->n_errors, 0);
    return t;
}

/* The tree of a file with this one declaration: its dump without places. */
static const char *shape(const char *declaration)
{
    Buf text = {0}, dump = {0}, out = {0};
    buf_printf(&text, "edition 1\n%s\n", declaration);
    SynTree *t = parse(arena_copy(arena, buf_z(&text), text.n));
    syn_dump_tree(t, &dump);
    const char *p = strchr(strchr(buf_z(&dump), '\n') + 1, '\n') + 1; /* INT */
    if (strncmp(p, "  -\n", 4) == 0)
        p += 4; /* no plan */
    while (*p != '\0') {
        const char *line = p, *end = strchr(p, '\n'), *at = end;
        while (at > line && *at != '@')
            at--;
        size_t depth = 0;
        while (line[depth] == ' ')
            depth++;
        size_t stop = (size_t)((at > line ? at - 1 : end) - line);
        buf_printf(&out, "%zu%.*s\n", depth / 2 - 1, (int)(stop - depth), line + depth);
        p = end + 1;
    }
    const char *s = arena_copy(arena, buf_z(&out), out.n);
    buf_free(&text);
    buf_free(&dump);
    buf_free(&out);
    return s;
}

#define SHAPE(text, want) assert_string_equal(shape(text), want)

static void declarations(void **state)
{
    (void)state;
    SHAPE("use msgraph 1.0", "0USE\n1NAME \"msgraph\"\n1DECIMAL \"1.0\"\n");
    SHAPE("use roles from \"a.gate\"",
          "0USE\n1NAME \"roles\"\n1-\n1TEXT \"\\\"a.gate\\\"\"\n");
    SHAPE("input n: number in 1..3 = 2",
          "0INPUT\n1NAME \"n\"\n1TYPENAME \"number\"\n1IN\n2BINARY 10\n"
          "3INT \"1\"\n3INT \"3\"\n1DEFAULT\n2INT \"2\"\n");
    SHAPE("input x: list of one of \"a\", \"b\"",
          "0INPUT\n1NAME \"x\"\n1TYPELIST\n2TYPEONE\n3TEXT \"\\\"a\\\"\"\n"
          "3TEXT \"\\\"b\\\"\"\n");
    SHAPE("input x: { a: text b: secret }",
          "0INPUT\n1NAME \"x\"\n1TYPEREC\n2FIELD\n3NAME \"a\"\n"
          "3TYPENAME \"text\"\n2FIELD\n3NAME \"b\"\n3TYPENAME \"secret\"\n");
    SHAPE("secret s from env \"S\"",
          "0SECRET\n1NAME \"s\"\n1NAME \"env\"\n1TEXT \"\\\"S\\\"\"\n");
    SHAPE("role r is a, b", "0ROLE\n1NAME \"r\"\n1-\n1NAME \"a\"\n1NAME \"b\"\n");
    SHAPE("person p { email \"a\" key \"k\" }",
          "0PERSON\n1NAME \"p\"\n1-\n1IDENT 1\n2TEXT \"\\\"a\\\"\"\n1IDENT 2\n"
          "2TEXT \"\\\"k\\\"\"\n");
    SHAPE("runs alone per host", "0RUNS\n1NAME \"host\"\n");
    SHAPE("milestone m needs a due 2027-01-15",
          "0MILESTONE\n1NAME \"m\"\n1-\n1NEEDS\n2PATH \"a\"\n1DUE\n"
          "2DATE \"2027-01-15\"\n");
    SHAPE("starts on h.t as event where event.a == 1 { x = event.b }",
          "0STARTSON\n1PATH\n2NAME \"h\"\n2NAME \"t\"\n1NAME \"event\"\n1WHERE\n"
          "2BINARY 2\n3MEMBER\n4NAME \"event\"\n4NAME \"a\"\n3INT \"1\"\n1ARGS\n"
          "2ARG\n3NAME \"x\"\n3MEMBER\n4NAME \"event\"\n4NAME \"b\"\n");
    SHAPE("starts every Mon..Wed, Fri at 09:00 of office",
          "0STARTSEVERY\n1DAYSPEC\n2DAY \"Mon\"\n2DAY 2 \"Wed\"\n1DAYSPEC\n"
          "2DAY 4 \"Fri\"\n1TIME \"09:00\"\n1PATH \"office\"\n");
    SHAPE("policy p { for every gate where gate.level == L2 require gate.people > 1 \"w\" }",
          "0POLICY\n1NAME \"p\"\n1-\n1RULE 2\n2BINARY 2\n3MEMBER\n4NAME \"gate\"\n"
          "4NAME \"level\"\n3LEVEL 2 \"L2\"\n2BINARY 6\n3MEMBER\n4NAME \"gate\"\n"
          "4NAME \"people\"\n3INT \"1\"\n2TEXT \"\\\"w\\\"\"\n");
    SHAPE("grant shell.change { programs = [\"make\",] network = false }",
          "0GRANT\n1PATH\n2NAME \"shell\"\n2NAME \"change\"\n1ARGS\n2ARG\n"
          "3NAME \"programs\"\n3LIST\n4TEXT \"\\\"make\\\"\"\n2ARG\n"
          "3NAME \"network\"\n3NAME \"false\"\n");
}

static void calendars(void **state)
{
    (void)state;
    SHAPE("calendar c { zone \"Z\" open Mon 08:00..17:00 open 2026-01-02 \"x\" "
          "closed 2026-12-24..2026-12-26 }",
          "0CALENDAR\n1NAME \"c\"\n1-\n1ZONE\n2TEXT \"\\\"Z\\\"\"\n1OPEN\n2DAYSPEC\n"
          "3DAY \"Mon\"\n2RANGE\n3TIME \"08:00\"\n3TIME \"17:00\"\n1OPEN 1\n"
          "2DATE \"2026-01-02\"\n2-\n2TEXT \"\\\"x\\\"\"\n1CLOSED\n"
          "2DATE \"2026-12-24\"\n2DATE \"2026-12-26\"\n");
}

static void phases(void **state)
{
    (void)state;
    SHAPE("phase p { needs any of a, b even if failed needs nothing }",
          "0PHASE\n1NAME \"p\"\n1-\n1NEEDS 6\n2PATH \"a\"\n2PATH "
          "\"b\"\n1NEEDS 1\n");
    SHAPE("phase p { estimate 2..5 business days of c limit 200 user }",
          "0PHASE\n1NAME \"p\"\n1-\n1ESTIMATE\n2BUSINESS\n3INT \"2\"\n3PATH "
          "\"c\"\n3INT \"5\"\n1LIMIT\n2INT \"200\"\n2NAME \"user\"\n");
    SHAPE("phase p { on failure undo then tell a, b then start q }",
          "0PHASE\n1NAME \"p\"\n1-\n1ONFAILURE\n2ONUNDO \"undo\"\n2ONTELL\n3PATH "
          "\"a\"\n3PATH \"b\"\n2ONSTART\n3PATH \"q\"\n");
    SHAPE("phase p { await e on h.t where e.x within 2h otherwise stop }",
          "0PHASE\n1NAME \"p\"\n1-\n1AWAIT\n2NAME \"e\"\n2PATH\n3NAME \"h\"\n"
          "3NAME \"t\"\n2WHERE\n3MEMBER\n4NAME \"e\"\n4NAME \"x\"\n2WITHIN\n"
          "3DURATION \"2h\"\n2OTHERWISE\n");
    SHAPE("phase p { deadline 3 business hours after q }",
          "0PHASE\n1NAME \"p\"\n1-\n1DEADLINE\n2AFTER\n3BUSINESS 1\n4INT \"3\"\n"
          "3PATH \"q\"\n");
}

static void gates(void **state)
{
    (void)state;
    SHAPE("phase p { gate L2 \"q\" by 2 of a, b.c otherwise ask again every 1d "
          "at most 3 times }",
          "0PHASE\n1NAME \"p\"\n1-\n1GATE\n2LEVEL 2 \"L2\"\n2TEXT \"\\\"q\\\"\"\n2BY\n"
          "3WHO 3\n4PATH \"a\"\n4PATH\n5NAME \"b\"\n5NAME \"c\"\n4INT \"2\"\n"
          "2OTHERWISE 2\n3DURATION \"1d\"\n3INT \"3\"\n");
    SHAPE("phase p { gate L2 by all otherwise ask any of a may return to q at "
          "most 2 times may vary x.y advice from builtin holds }",
          "0PHASE\n1NAME \"p\"\n1-\n1GATE\n2LEVEL 2 \"L2\"\n2-\n2BY\n3WHO\n4PATH "
          "\"all\"\n2OTHERWISE 3\n3-\n3-\n3WHO 2\n4PATH \"a\"\n"
          "2MAYRETURN\n3PATH \"q\"\n3INT \"2\"\n2MAYVARY\n3PATH\n4NAME \"x\"\n"
          "4NAME \"y\"\n2ADVICE 1\n3PATH \"builtin\"\n");
}

static void steps(void **state)
{
    (void)state;
    SHAPE("phase p { action a at L2 { each x in xs waves 1, 10% pause 2m run t.u "
          "{ } stop after 2 failures } }",
          "0PHASE\n1NAME \"p\"\n1-\n1ACTION\n2NAME \"a\"\n2-\n2AT\n3LEVEL 2 \"L2\"\n"
          "2EACH\n3NAME \"x\"\n3NAME \"xs\"\n3WAVES\n4INT \"1\"\n4PERCENT \"10%\"\n"
          "4DURATION \"2m\"\n2RUN\n3PATH\n4NAME \"t\"\n4NAME \"u\"\n3ARGS\n"
          "2STOPAFTER\n3INT \"2\"\n");
    SHAPE("phase p { task t by a { ask n: text undo \"w\" } }",
          "0PHASE\n1NAME \"p\"\n1-\n1TASK\n2NAME \"t\"\n2-\n2BY\n3WHO\n4PATH "
          "\"a\"\n2ASK\n3NAME \"n\"\n3TYPENAME \"text\"\n2UNDOTEXT\n"
          "3TEXT \"\\\"w\\\"\"\n");
    SHAPE("phase p { check c { require a hold for 1m every 5s } }",
          "0PHASE\n1NAME \"p\"\n1-\n1CHECK\n2NAME \"c\"\n2-\n2REQUIRE\n3NAME \"a\"\n"
          "2HOLDFOR\n3DURATION \"1m\"\n2EVERY\n3DURATION \"5s\"\n");
    SHAPE("phase p { together { action a { } } }",
          "0PHASE\n1NAME \"p\"\n1-\n1TOGETHER\n2-\n2-\n2ACTION\n3NAME \"a\"\n");
}

static void tools(void **state)
{
    (void)state;
    SHAPE("connector c { tool t { takes d: text target among l = \"x\" gives "
          "errors: list of text from \"/e\" native changes reach many undo by u "
          "{ } exact before i { } body json [a] } }",
          "0CONNECTOR\n1NAME \"c\"\n1-\n1TOOL\n2NAME \"t\"\n2-\n2TAKES\n3NAME \"d\"\n"
          "3TYPENAME \"text\"\n3TARGET \"target\"\n3AMONG\n4PATH \"l\"\n"
          "3DEFAULT\n4TEXT \"\\\"x\\\"\"\n2GIVES 1\n3NAME \"errors\"\n3TYPELIST\n"
          "4TYPENAME \"text\"\n3TEXT \"\\\"/e\\\"\"\n2NATIVE \"native\"\n"
          "2EFFECT 2 \"changes\"\n2REACH 1 \"reach many\"\n2UNDOBY 1\n3PATH "
          "\"u\"\n3ARGS\n2BEFORE\n3PATH \"i\"\n3ARGS\n2CLAUSE BODY\n"
          "3NAME \"json\"\n3LIST\n4NAME \"a\"\n");
}

static void ages_of_tools(void **state)
{
    (void)state;
    SHAPE("connector c { tool t { takes d: text deprecated d \"x\" since 1.2 deprecated \"y\" } }",
          "0CONNECTOR\n1NAME \"c\"\n1-\n1TOOL\n2NAME \"t\"\n2-\n2TAKES\n3NAME \"d\"\n"
          "3TYPENAME \"text\"\n2DEPRECATED\n3NAME \"d\"\n3TEXT \"\\\"x\\\"\"\n"
          "2SINCE\n3DECIMAL \"1.2\"\n2DEPRECATED\n3-\n3TEXT \"\\\"y\\\"\"\n");
}

static void test_statements(void **state)
{
    (void)state;
    SHAPE("test \"t\" { given a.b fails approve p by r after 2d expect told r "
          "never expect told is done expect (a == 1) }",
          "0TEST\n1TEXT \"\\\"t\\\"\"\n1-\n1TESTSTMT GIVEN\n2PATH\n3NAME \"a\"\n"
          "3NAME \"b\"\n2NAME \"fails\"\n1TESTSTMT APPROVE\n2PATH \"p\"\n"
          "2PATH \"r\"\n2DURATION \"2d\"\n1TESTSTMT EXPECT\n2NAME \"told\"\n"
          "2PATH \"r\"\n2NAME \"never\"\n1TESTSTMT EXPECT\n2PATH "
          "\"told\"\n2NAME \"done\"\n1TESTSTMT EXPECT\n2PAREN\n3BINARY 2\n"
          "4NAME \"a\"\n4INT \"1\"\n");
}

/* a with its operands in brackets, as the tree has it. */
static void show(const SynTree *t, SynRef r, Buf *out)
{
    static const char *const op[] = {"or", "and", "==", "!=", "<", "<=", ">",
                                     ">=", "in", "contains", "..", "without",
                                     "+", "-", "*", "/"};
    const SynNode *n = syn(t, r);
    switch (n->kind) {
    case SYN_BINARY:
        buf_putc(out, '(');
        show(t, n->a, out);
        buf_printf(out, " %s ", op[n->aux]);
        show(t, n->b, out);
        buf_putc(out, ')');
        break;
    case SYN_NOT:
    case SYN_NEG:
        buf_puts(out, n->kind == SYN_NOT ? "(not " : "(-");
        show(t, n->a, out);
        buf_putc(out, ')');
        break;
    case SYN_IF:
        buf_puts(out, "(if ");
        show(t, n->a, out);
        buf_putc(out, ' ');
        show(t, n->b, out);
        buf_putc(out, ' ');
        show(t, n->c, out);
        buf_putc(out, ')');
        break;
    case SYN_QUANT:
        buf_puts(out, n->aux == 0 ? "(every " : "(some ");
        show(t, n->b, out);
        buf_putc(out, ' ');
        show(t, n->c, out);
        buf_putc(out, ')');
        break;
    default:
        buf_str(out, syn_text(t, r));
        break;
    }
}

static void precedence(void **state)
{
    (void)state;
    static const struct { const char *text, *want; } cases[] = {
        {"a or b and c", "(a or (b and c))"},
        {"not a == b", "(not (a == b))"},
        {"a and not b or c", "((a and (not b)) or c)"},
        {"a + b * c - d", "((a + (b * c)) - d)"},
        {"-a * b", "((-a) * b)"},
        {"a < b + 1", "(a < (b + 1))"},
        {"x in xs without y", "(x in (xs without y))"},
        {"x in a..b + 1", "(x in (a .. (b + 1)))"},
        {"if a or b then c else d or e", "(if (a or b) c (d or e))"},
        {"every x in xs satisfies x > 1 and x < 3",
         "(every xs ((x > 1) and (x < 3)))"},
        {"every r in x satisfies r.status == 0", "(every x (r.status == 0))"},
        {"every r in x satisfies r.a in b or c", "(every x ((r.a in b) or c))"},
        {"a or some x in xs satisfies x", "(a or (some xs x))"},
        {"a contains b and c", "((a contains b) and c)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Buf text = {0}, out = {0};
        buf_printf(&text, "edition 1 let v = %s", cases[i].text);
        SynTree *t = parse(arena_copy(arena, buf_z(&text), text.n));
        show(t, syn(t, syn(t, t->root)->c)->b, &out);
        assert_string_equal(buf_z(&out), cases[i].want);
        buf_free(&text);
        buf_free(&out);
    }
}

/* Every soft word is a name where a name is wanted; every word at all is an
 * argument, a member and a tool's field. */
static void words_as_names(void **state)
{
    (void)state;
    size_t n;
    const Word *words = word_table(&n);
    for (size_t i = 0; i < n; i++) {
        const char *w = words[i].text;
        Buf text = {0};
        buf_printf(&text,
                   "edition 1\nphase p { action a { run t.%s { %s = x.%s } } }\n"
                   "connector c { tool %s { takes %s: text gives %s: text } }",
                   w, w, w, w, w, w);
        parse(arena_copy(arena, buf_z(&text), text.n));
        buf_clear(&text);
        buf_printf(&text,
                   "edition 1 input %s: text let b = f(%s) + [%s] + %s.x role r is "
                   "%s phase %s { tell %s \"x\" needs q, %s",
                   w, w, w, w, w, w, w, w);
        buf_puts(&text, " }");
        SynTree *t = syn_parse(buf_view(&text), arena);
        assert_int_equal(t->n_errors > 0, words[i].kind == WORD_RESERVED);
        buf_free(&text);
    }
}

static void decode(void **state)
{
    (void)state;
    SynTree *t = parse("edition 1\nlet a = \"x \\\"y\\\" \\{z\\} \\\\ \\n\\t.\"\n"
                       "let b = \"\"\"\n    one\n      two\n\n    three\n    \"\"\"\n"
                       "let c = \"\"\"x\n  y\"\"\"\n"
                       "let d = \"\"\"\n  a {q}\n  b\n  \"\"\"\n"
                       "let e = \"\"");
    const char *want[] = {"x \"y\" {z} \\ \n\t.", "one\n  two\n\nthree", "x\ny",
                          NULL, ""};
    int i = 0;
    SYN_EACH(t, r, syn(t, t->root)->c) {
        if (want[i] != NULL)
            assert_true(str_is(syn_decode(t, syn(t, r)->b, arena), want[i]));
        i++;
    }
    SynRef d = syn(t, t->root)->c;
    for (int k = 0; k < 3; k++)
        d = syn(t, d)->next;
    SynRef part = syn(t, syn(t, d)->b)->a;
    assert_true(str_is(syn_decode(t, part, arena), "a "));
    part = syn(t, syn(t, part)->next)->next;
    assert_true(str_is(syn_decode(t, part, arena), "\nb"));
}

/* However far a long text is indented, it is taken away around a value, too. */
static void far_indented(void **state)
{
    (void)state;
    enum { FAR = 9000 };
    SynTree *t = parse(arena_printf(arena, "edition 1\nlet a = \"\"\"\n%*sx {q}\n%*s  y\n%*s\"\"\"\n", FAR, "", FAR, "",
                                    FAR, "").p);
    SynRef part = syn(t, syn(t, syn(t, t->root)->c)->b)->a;
    assert_true(str_is(syn_decode(t, part, arena), "x "));
    part = syn(t, syn(t, part)->next)->next;
    assert_true(str_is(syn_decode(t, part, arena), "\n  y"));
}

static void places(void **state)
{
    (void)state;
    const char *text = "edition 1\n# \xc3\xa9\xe2\x82\xac x\r\nlet a = 1";
    SynTree *t = parse(text);
    uint32_t line, column;
    syn_place(t, (uint32_t)(strchr(text, 'x') - text), &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 6); /* characters, not bytes */
    syn_place(t, 100000, &line, &column);
    assert_int_equal(line, 3);
    assert_true(str_is(syn_line(t, 2), "# \xc3\xa9\xe2\x82\xac x"));
    assert_true(str_is(syn_line(t, 3), "let a = 1"));
    assert_int_equal(syn_line(t, 4).n, 0);
}

/* In a line of many blocks, with characters of one to four bytes. */
static void places_in_long_lines(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "\xc3\xa4", "\xe6\x97\xa5", "\xf0\x9f\x8d\x8e"};
    Buf b = {0};
    uint32_t starts[20000];
    buf_puts(&b, "edition 1\n# short\n# ");
    for (uint32_t i = 0; i < 20000; i++) {
        starts[i] = (uint32_t)b.n;
        buf_puts(&b, letters[i * 7 % 4]);
    }
    buf_puts(&b, "\n# after\n");
    SynTree *t = syn_parse(buf_view(&b), arena);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t line, column;
        syn_place(t, starts[i], &line, &column);
        assert_int_equal(line, 3);
        assert_int_equal(column, i + 3);
    }
    uint32_t line, column;
    syn_place(t, (uint32_t)b.n - 1, &line, &column);
    assert_int_equal(line, 4);
    assert_int_equal(column, 8);
    buf_free(&b);
}

static void documentation(void **state)
{
    (void)state;
    SynTree *t = parse("edition 1\n## far\n\n## one\n##two\nlet a = 1\n# no\nlet b = 2\n"
                       "let c = 3 ## behind\nlet d = 4");
    SynRef r = syn(t, t->root)->c;
    assert_true(str_is(syn_doc(t, r, arena), "one\ntwo"));
    while ((r = syn(t, r)->next) != 0)
        assert_null(syn_doc(t, r, arena).p);
}

static const char *repeat(const char *before, const char *open, uint32_t n,
                          const char *middle, const char *close, const char *after)
{
    Buf b = {0};
    buf_puts(&b, before);
    for (uint32_t i = 0; i < n; i++)
        buf_puts(&b, open);
    buf_puts(&b, middle);
    for (uint32_t i = 0; i < n; i++)
        buf_puts(&b, close);
    buf_puts(&b, after);
    const char *s = arena_copy(arena, buf_z(&b), b.n);
    buf_free(&b);
    return s;
}

static uint32_t code_of(const char *text)
{
    SynTree *t = syn_parse(str_of(text), arena);
    assert_true(t->root != 0);
    return t->n_errors == 0 ? 0 : t->errors[0].code;
}

static void limits(void **state)
{
    (void)state;
    const uint32_t n = LIM_NESTING;
    for (uint32_t d = n - 1; d <= n + 1; d++) {
        uint32_t want = d <= n ? 0 : 20;
        assert_int_equal(code_of(repeat("edition 1 let a = ", "(", d, "1", ")", "")), want);
        assert_int_equal(code_of(repeat("edition 1 let a = ", "[", d, "1", "]", "")), want);
    }
    const uint32_t e = LIM_EXPRESSION;
    for (uint32_t d = e - 1; d <= e + 1; d++) {
        uint32_t want = d <= e ? 0 : 20;
        assert_int_equal(code_of(repeat("edition 1 let a = b", ".c", d - 1, "", "", "")), want);
        assert_int_equal(code_of(repeat("edition 1 let a = 1", "+1", d - 1, "", "", "")), want);
    }
    /* One report, however far it goes on. */
    SynTree *t = syn_parse(str_of(repeat("edition 1 let a = 1", "+1", 5000, "", "", "")), arena);
    assert_int_equal(t->n_errors, 1);
    assert_int_equal(code_of(repeat("edition 1 let a = ", "not ", 5000, "b", "", "")), 20);
    assert_int_equal(code_of(repeat("edition 1 let a = ", "if a then b else ", 2000, "b", "", "")), 20);
    assert_int_equal(code_of(repeat("edition 1 input a: ", "list of ", 2000, "text", "", "")), 20);
}

static void large_files(void **state)
{
    (void)state;
    for (size_t n = LIM_SOURCE_BYTES - 1; n <= LIM_SOURCE_BYTES + 1; n++) {
        Arena *own = arena_new(0);
        char *p = malloc(n);
        assert_non_null(p);
        memset(p, ' ', n);
        memcpy(p, "edition 1", 9);
        SynTree *t = syn_parse((Str){p, n}, own);
        assert_int_equal(t->n_errors, n > LIM_SOURCE_BYTES ? 1 : 0);
        if (t->n_errors > 0)
            assert_int_equal(t->errors[0].code, 20);
        free(p);
        arena_free(own);
    }
}

/* Nothing but braces ends in a word or two. */
static void many_braces(void **state)
{
    (void)state;
    const size_t n = 4 << 20;
    char *p = malloc(n);
    assert_non_null(p);
    memset(p, '{', n);
    SynTree *t = syn_parse((Str){p, n}, arena);
    assert_true(t->n_errors >= 1 && t->n_errors <= 3 && t->root != 0);
    free(p);
}

/* The straight parse and the careful one build the same tree. */
static void two_parsers(void **state)
{
    (void)state;
    const char *text = "edition 1\nplan p \"{a} b\"\nphase q { needs nothing gate "
                       "L2 by a within 2 business days action x { run t.u { a = "
                       "[1, 2] b = -1 + c.d(e)[3] } undo none because \"x\" } }\n";
    SynTree *a = parse(text);
    SynTree *b = syn_parse(str_of(repeat(text, "", 0, "", "", ";")), arena);
    assert_int_equal(b->n_errors, 1);
    assert_int_equal(a->n_nodes, b->n_nodes);
    for (SynRef r = 1; r < a->n_nodes; r++) {
        SynNode x = *syn(a, r), y = *syn(b, r);
        if (x.kind != SYN_FILE)
            assert_memory_equal(&x, &y, sizeof x);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(declarations), T(calendars), T(phases), T(gates), T(steps), T(tools), T(ages_of_tools),
        T(test_statements), T(precedence), T(words_as_names), T(decode), T(far_indented),
        T(places), T(places_in_long_lines), T(documentation), T(limits), T(large_files), T(many_braces), T(two_parsers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
