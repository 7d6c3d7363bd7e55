/* Bytes to tokens: every literal of language.md section 3, the modes of
 * interpolated text, comments, and what can be wrong with bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grammar/parser.h"
#include "tests/unit/test_arena.h"
#include "vm/os/limits.h"

#include <stdio.h>
#include <string.h>

/* The names of the tokens, joined by spaces. */
static const char *kinds(Str source)
{
    Buf dump = {0}, out = {0};
    syn_dump_tokens(source, arena, &dump);
    /* LINE:COLUMN KIND "text" */
    for (const char *p = buf_z(&dump); *p != '\0'; p = strchr(p, '\n') + 1) {
        const char *kind = strchr(p, ' ') + 1, *end = strchr(kind, ' ');
        if (strncmp(kind, "END ", 4) == 0)
            break;
        buf_printf(&out, "%s%.*s", out.n > 0 ? " " : "", (int)(end - kind), kind);
    }
    const char *s = arena_copy(arena, buf_z(&out), out.n);
    buf_free(&dump);
    buf_free(&out);
    return s;
}

/* The codes that the lexer reports, joined by spaces. */
static const char *codes(Str source)
{
    SynTree *t = syn_parse((Str){"", 0}, arena);
    t->source = arena_str(arena, source);
    t->n_errors = 0;
    Lexer *lx = ARENA_NEW(arena, Lexer, 1);
    lex_init(lx, t);
    while (lex_next(lx).kind != 0)
        continue;
    Buf out = {0};
    for (uint32_t i = 0; i < t->n_errors; i++)
        buf_printf(&out, "%s%u", i > 0 ? " " : "", t->errors[i].code);
    const char *s = arena_copy(arena, buf_z(&out), out.n);
    buf_free(&out);
    return s;
}

#define KINDS(text, want) assert_string_equal(kinds(STR(text)), want)
#define CODES(text, want) assert_string_equal(codes(STR(text)), want)

static void literals(void **state)
{
    (void)state;
    KINDS("12 1.5 10% 2.5%", "INT DECIMAL PERCENT PERCENT");
    KINDS("50GB 10MiB 1.5TB 7B", "SIZE SIZE SIZE SIZE");
    KINDS("90s 1h30m 2d 3w 500ms 1mo 1y",
          "DURATION DURATION DURATION DURATION DURATION DURATION DURATION");
    KINDS("08:00 2026-12-24", "TIME DATE");
    KINDS("2026-11-24T18:05 2026-11-24T18:05Z 2026-11-24T18:05:30+01:00",
          "INSTANT INSTANT INSTANT");
    KINDS("Mon Sun L0 L3", "DAY DAY LEVEL LEVEL");
    KINDS("1..3 08:00..17:00 2026-12-24..2026-12-26 Mon..Fri",
          "INT DOTDOT INT TIME DOTDOT TIME DATE DOTDOT DATE DAY DOTDOT DAY");
    KINDS("a a_1 phase phases", "NAME NAME PHASE NAME");
    KINDS("== != <= >= < > = + - * / . .. , : ( ) [ ] { }",
          "EQ NE LE GE LT GT ASSIGN PLUS MINUS STAR SLASH DOT DOTDOT COMMA "
          "COLON LP RP LS RS LB RB");
    CODES("12 1.5 10% 50GB 1h30m 08:00 2026-12-24 a \"x\" L0 Mon # c", "");
}

static void words_before_a_dot(void **state)
{
    (void)state;
    KINDS("action.level gate.by event.id", "NAME DOT NAME NAME DOT BY NAME DOT NAME");
}

static void texts(void **state)
{
    (void)state;
    KINDS("\"a \\\" \\\\ \\n \\t \\{ \\} b\"", "TEXT");
    KINDS("\"a {b} c {d} e\"", "TEXT_OPEN NAME TEXT_MID NAME TEXT_CLOSE");
    KINDS("\"{f({ a = \"x {y}\" })}\"",
          "TEXT_OPEN NAME LP LB NAME ASSIGN TEXT_OPEN NAME TEXT_CLOSE RB RP "
          "TEXT_CLOSE");
    KINDS("\"\"\"a\n\"b\" {c}\n\"\"\" \"\"", "TEXT_OPEN NAME TEXT_CLOSE TEXT");
    KINDS("\"{\"\"}\"", "TEXT_OPEN TEXT TEXT_CLOSE");
    KINDS("\"}\"", "TEXT");
    CODES("\"a {b} \\{ } c\"", "");
}

static void texts_not_closed(void **state)
{
    (void)state;
    /* What closes a block is left to the parser. */
    KINDS("phase x \"A {\n}", "PHASE NAME TEXT LB RB");
    CODES("phase x \"A {\n}", "2");
    KINDS("\"a {b\"\nc", "TEXT NAME");
    CODES("\"a {b\"", "3");
    CODES("\"a {} b\"", "3");
    CODES("\"\"\"a\nb", "2");
    CODES("\"a \\q b\"", "4");
    CODES("\"${a}\"", "14");
    KINDS("\"${a}\"", "TEXT_OPEN NAME TEXT_CLOSE");
}

static void comments(void **state)
{
    (void)state;
    const char *text = "# one\n## two\na # three\n\t# four\r\n### five";
    SynTree *t = syn_parse(str_of(text), arena);
    assert_int_equal(t->n_comments, 5);
    const bool doc[] = {false, true, false, false, false};
    const bool own[] = {true, true, false, true, true};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(t->comments[i].doc, doc[i]);
        assert_int_equal(t->comments[i].own_line, own[i]);
    }
    assert_int_equal(t->comments[3].end - t->comments[3].start, 6);
    KINDS("\"a {b # c} d\"", "TEXT_OPEN NAME STRAY NAME TEXT_CLOSE");
    CODES("// a\n", "14");
    /* Of other languages: one report each, and what they say is no plan. */
    KINDS("phase /* a * b\n gate */ p /**/ needs", "PHASE NAME NEEDS");
    CODES("phase /* a * b\n gate */ p /**/ needs", "14 14");
    KINDS("phase /* p\nneeds", "PHASE NEEDS");
    CODES("/* a\n/* b\n/* c", "14 14 14"); /* never closed: to the end of the line */
    CODES("/* \xff */", "5 14");
    KINDS("\"a {b /* c} d\"", "TEXT_OPEN NAME SLASH STAR NAME TEXT_CLOSE");
    CODES("\"/* a */\"", "");
}

static void bytes(void **state)
{
    (void)state;
    CODES("a \xff b \xfe", "5");          /* once a file */
    CODES("\"a \xff\"", "5");
    CODES("# \xff\n", "5");
    CODES("\xff\xfe" "a", "5");
    CODES("\xef\xbb\xbf" "edition 1", ""); /* UTF-8's own mark is harmless */
    CODES("a \xe2\x80\xae b", "6");       /* U+202E */
    CODES("\"a \xe2\x81\xa6\"", "6");     /* U+2066 */
    CODES("# \xe2\x80\xae\n", "");
    CODES("\"\xc3\xa9\" # \xc3\xa9", "");
    CODES("a\x01", "1");
    assert_string_equal(codes((Str){"a\0b", 3}), "1");
    assert_string_equal(kinds((Str){"a\0b", 3}), "NAME STRAY NAME");
}

static void strange_things(void **state)
{
    (void)state;
    CODES("timeout 5m;", "1");
    CODES("$ @ ~", "1"); /* one line, one report */
    CODES("$\n@", "1 1");
    CODES("'a'", "1");
    KINDS("'a' && b || !c", "TEXT AND NAME OR NOT NAME");
    KINDS("Phase x Y", "PHASE NAME NAME");
    CODES("12abc", "1");
    CODES("L4", "17");
    CODES("8:00 2026-1-5", "2007 2007");
    KINDS("8:00 2026-1-5", "TIME DATE");
}

static void unit_apart(void **state)
{
    (void)state;
    KINDS("4 h 10 % 50 GB 4 hours", "DURATION PERCENT SIZE DURATION");
    KINDS("15min 30 minutes 2 business days",
          "DURATION DURATION INT BUSINESS DAYS");
    CODES("15min 30 minutes 2 business days 15mins_1", "11 11 1");
    KINDS("n = 3 hours = 5", "NAME ASSIGN INT HOURS ASSIGN INT"); /* a name */
    CODES("n = 3 hours = 5", "");
    CODES("4 h 10 % 50 GB", "11 11 11");
    KINDS("limit 5 h", "LIMIT INT NAME"); /* the variable of an each */
    CODES("limit 5 h", "");
    CODES("4 hx 3 m_1", "");
}

static void long_names(void **state)
{
    (void)state;
    char name[LIM_NAME_BYTES + 2];
    memset(name, 'a', sizeof name);
    assert_string_equal(codes((Str){name, LIM_NAME_BYTES - 1}), "");
    assert_string_equal(codes((Str){name, LIM_NAME_BYTES}), "");
    assert_string_equal(codes((Str){name, LIM_NAME_BYTES + 1}), "20");
}

/* words.def and the grammar's fallback lists say the same. */
static void table_of_words(void **state)
{
    (void)state;
    size_t n;
    const Word *w = word_table(&n);
    for (size_t i = 0; i < n; i++) {
        Str text = str_of(w[i].text);
        if (w[i].kind == WORD_PLAIN) {
            assert_string_equal(kinds(text), "NAME");
            continue;
        }
        assert_string_equal(kinds(text), token_name(w[i].token));
        assert_int_equal(token_fallback(w[i].token),
                         w[i].kind == WORD_SOFT ? TOK_NAME : TOK_ANYWORD);
        assert_ptr_equal(word_of_text(text), &w[i]);
        assert_ptr_equal(word_of_token(w[i].token), &w[i]);
    }
    for (uint16_t k = 1; k < token_count(); k++) {
        bool falls = token_fallback(k) != 0;
        assert_int_equal(falls, word_of_token(k) != NULL);
        assert_string_not_equal(token_name(k), "END");
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(literals), T(words_before_a_dot), T(texts), T(texts_not_closed),
        T(comments), T(bytes), T(strange_things), T(unit_apart), T(long_names),
        T(table_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
