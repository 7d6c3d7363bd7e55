/* The command line: words, options, and what was probably meant. */
#include "vm/cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_ARGS = 16 };

typedef struct Parsed {
    Cli c;
    bool ok;
    char *said; /* what went to stderr */
    size_t n;
} Parsed;

/* args: NULL-terminated, without the program's name. */
static Parsed parse(const char *const *args)
{
    Parsed p = {0};
    const char *argv[MAX_ARGS] = {"gate"};
    int argc = 1;
    while (args[argc - 1] != NULL && argc < MAX_ARGS) {
        argv[argc] = args[argc - 1];
        argc++;
    }
    FILE *err = open_memstream(&p.said, &p.n);
    assert_non_null(err);
    p.ok = cli_parse(&p.c, argc, argv, err);
    fclose(err);
    return p;
}

static void drop(Parsed *p)
{
    cli_drop(&p->c);
    free(p->said);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void words_and_options_in_any_order(void **state)
{
    (void)state;
    Parsed p = parse(ARGS("--json", "approve", "--state", "/s", "hello-1", "--digest=ab",
                          "greet", "--no-resume", "--tenant", "t1"));
    assert_true(p.ok);
    assert_string_equal(p.c.verb->name, "approve");
    assert_int_equal(p.c.n_words, 2);
    assert_string_equal(p.c.words[0], "hello-1");
    assert_string_equal(p.c.words[1], "greet");
    assert_true(p.c.json);
    assert_string_equal(cli_option(&p.c, "state"), "/s");
    assert_string_equal(cli_option(&p.c, "digest"), "ab");
    assert_non_null(cli_option(&p.c, "no-resume"));
    assert_null(cli_option(&p.c, "comment"));
    assert_string_equal(p.c.tenant, "t1");
    drop(&p);
}

static void the_later_of_two_wins(void **state)
{
    (void)state;
    Parsed p = parse(ARGS("status", "--state", "/a", "--state", "/b"));
    assert_true(p.ok);
    assert_string_equal(cli_option(&p.c, "state"), "/b");
    assert_string_equal(p.c.tenant, "default");
    drop(&p);
}

static void two_dashes_end_options(void **state)
{
    (void)state;
    Parsed p = parse(ARGS("run", "--", "--json"));
    assert_true(p.ok);
    assert_false(p.c.json);
    assert_string_equal(p.c.words[0], "--json");
    drop(&p);
}

static void a_value_may_look_like_an_option(void **state)
{
    (void)state;
    Parsed p = parse(ARGS("cancel", "r", "--comment", "--json"));
    assert_true(p.ok);
    assert_false(p.c.json);
    assert_string_equal(cli_option(&p.c, "comment"), "--json");
    drop(&p);
}

static void mistakes_name_the_way_out(void **state)
{
    (void)state;
    static const struct {
        const char *args[4];
        const char *says;
    } cases[] = {
        {{"aprove", "a", "b", NULL}, "did you mean `gate approve`?"},
        {{"statsu", NULL}, "did you mean `gate status`?"},
        {{"frobnicate", NULL}, "there is no verb \"frobnicate\""},
        {{"approve", "r", NULL}, "`gate approve` needs RUN PHASE"},
        {{"status", "a", "b", NULL}, "does not know what to do with \"b\""},
        {{"approve", "--digset", "x", NULL}, "did you mean --digest?"},
        {{"approve", "r", "p", "--digest"}, "--digest needs a value"},
        {{"status", "--json=yes", NULL}, "--json takes no value"},
        {{"status", "--digest", "x", NULL}, "`gate status` has no option --digest"},
        {{"status", "-j", NULL}, "options begin with two dashes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *args[5] = {cases[i].args[0], cases[i].args[1], cases[i].args[2],
                               cases[i].args[3], NULL};
        Parsed p = parse(args);
        assert_false(p.ok);
        if (strstr(p.said, cases[i].says) == NULL)
            fail_msg("case %zu said: %s", i, p.said);
        assert_non_null(strstr(p.said, "usage: gate "));
        drop(&p);
    }
}

static void help_needs_no_words(void **state)
{
    (void)state;
    Parsed p = parse(ARGS("approve", "--help"));
    assert_true(p.ok);
    assert_true(p.c.help);
    drop(&p);
    p = parse(ARGS("-h"));
    assert_true(p.ok);
    assert_true(p.c.help);
    drop(&p);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(str_distance(str_of("run"), str_of("run")), 0);
    assert_int_equal(str_distance(str_of("rnu"), str_of("run")), 1); /* a swap */
    assert_int_equal(str_distance(str_of(""), str_of("abc")), 3);
    assert_int_equal(str_distance(str_of("kitten"), str_of("sitting")), 3);
    char longer[200];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_true(str_distance(str_of(longer), str_of("run")) > 3);
}

static void every_option_has_its_verb(void **state)
{
    (void)state;
    for (const CliOption *o = cli_options; o->name != NULL; o++)
        assert_true(o->verb[0] == '\0' || cli_find_verb(o->verb) != NULL);
}

/* --- text ------------------------------------------------------------------------ */

static void text_hides_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"plain", "plain"},
        {"gr\xc3\xbc\xc3\x9f dich", "gr\xc3\xbc\xc3\x9f dich"},
        {"a\x1b[31mb", "a\\u{001b}[31mb"},
        {"a\xe2\x80\xae" "b", "a\\u{202e}b"},   /* right to left override */
        {"a\xe2\x81\xa6" "b", "a\\u{2066}b"},   /* isolate */
        {"a\xe2\x80\x8b" "b", "a\\u{200b}b"},   /* no room */
        {"a\xc2\x85" "b", "a\\u{0085}b"},       /* C1 */
        {"a\nb\tc\r", "a\\nb\\tc\\u{000d}"},
        {"a\xff" "b", "a\\x{ff}b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf b = {0};
        text_visible(&b, str_of(cases[i].in), false);
        assert_string_equal(buf_z(&b), cases[i].out);
        buf_free(&b);
    }
    Buf b = {0};
    text_visible(&b, STR("a\nb\r\n"), true);
    assert_string_equal(buf_z(&b), "a\nb\\u{000d}\n");
    buf_free(&b);
}

static void values_read_as_in_a_plan(void **state)
{
    (void)state;
    Arena *a = arena_new(0);
    const Json *j = json_parse(STR("{\"argv\":[\"echo\",\"a \\\"b\\\"\"],\"n\":12.50,"
                                   "\"u\":{\"unknown\":true},\"e\":{},\"l\":[]}"), a, NULL);
    assert_non_null(j);
    Buf b = {0};
    text_value(&b, j);
    assert_string_equal(buf_z(&b), "{ argv = [\"echo\", \"a \\\"b\\\"\"], n = 12.50, "
                                   "u = (not known yet), e = {}, l = [] }");
    buf_free(&b);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_options_in_any_order),
        cmocka_unit_test(the_later_of_two_wins),
        cmocka_unit_test(two_dashes_end_options),
        cmocka_unit_test(a_value_may_look_like_an_option),
        cmocka_unit_test(mistakes_name_the_way_out),
        cmocka_unit_test(help_needs_no_words),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(every_option_has_its_verb),
        cmocka_unit_test(text_hides_nothing),
        cmocka_unit_test(values_read_as_in_a_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
