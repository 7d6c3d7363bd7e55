/* Secrets written into a plan (G7002): each published form is found wherever it
 * stands in a text, and nothing shorter is. The tokens are put together here, so
 * that this file holds none. */
#include "tests/unit/test_compiler_util.h"

static const struct Form { const char *begin; unsigned least; char letter; } forms[] = {
    {"ghp_", 36, 'a'}, {"gho_", 36, 'Z'}, {"ghu_", 36, '0'}, {"ghs_", 36, 'a'}, {"ghr_", 36, 'a'},
    {"github_pat_", 22, 'a'}, {"glpat-", 20, '-'}, {"xoxb-", 20, '9'}, {"xoxp-", 20, 'a'}, {"xoxa-", 20, 'a'},
    {"xoxs-", 20, 'a'}, {"AKIA", 16, 'Q'}, {"ASIA", 16, '7'}, {"sk_live_", 16, 'a'}, {"rk_live_", 16, 'a'},
    {"sk-ant-", 20, 'a'}, {"sk-proj-", 20, 'a'}, {"AIza", 35, 'a'}, {"ya29.", 20, 'a'}, {"npm_", 36, 'a'},
    {"dop_v1_", 64, 'f'}, {"shpat_", 32, '0'},
};

/* How often a text in a plan is taken for a secret. */
static uint32_t taken(const char *before, const char *begin, unsigned n, char letter, const char *after)
{
    char filler[80], plan[400];
    uint32_t found = 0;
    assert_true(n < sizeof filler);
    memset(filler, letter, n);
    filler[n] = '\0';
    snprintf(plan, sizeof plan, "edition 1\nplan p \"P\"\nlet a = \"%s%s%s%s\"\n", before, begin, filler, after);
    check(plan);
    for (uint32_t i = 0; i < compiled.diags.n; i++)
        found += compiled.diags.items[i].code == 7002;
    return found;
}

static void each_form_is_found_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct Form *f = &forms[i];
        assert_int_equal(taken("", f->begin, f->least, f->letter, ""), 1);
        assert_int_equal(taken("as he said: ", f->begin, f->least, f->letter, " and more"), 1);
        assert_int_equal(taken("é=", f->begin, f->least, f->letter, "."), 1);
        assert_int_equal(taken("{1}", f->begin, f->least, f->letter, ""), 1);
    }
}

static void what_is_shorter_or_part_of_a_word_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct Form *f = &forms[i];
        assert_int_equal(taken("", f->begin, f->least - 1, f->letter, ""), 0);
        assert_int_equal(taken("word", f->begin, f->least, f->letter, ""), 0);
    }
    /* Some have one length. */
    assert_int_equal(taken("", "AKIA", 17, 'Q', ""), 0);
    assert_int_equal(taken("", "AIza", 36, 'a', ""), 0);
}

static void tokens_keys_and_passwords_in_addresses(void **state)
{
    (void)state;
    assert_int_equal(taken("", "eyJ" "hbGciOiJub25lIn0.eyJ" "zdWIiOiIxMjM0In0.", 20, 'x', ""), 1);
    assert_int_equal(taken("", "eyJ" "hbGciOiJub25lIn0.eyJ" "zdWIiOiIxMjM0In0.", 19, 'x', ""), 0);
    assert_int_equal(taken("", "-----BEGIN " "OPENSSH PRIVATE KEY", 5, '-', ""), 1);
    assert_int_equal(taken("", "-----BEGIN " "PUBLIC KEY", 5, '-', ""), 0);
    assert_int_equal(taken("postgres", "://" "app:", 8, 'p', "@db.example/x"), 1);
    assert_int_equal(taken("postgres", "://" "app:", 8, '*', "@db.example/x"), 0);
    assert_int_equal(taken("https", "://" "app:", 4, '8', "/x"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_form_is_found_wherever_it_stands, done),
        cmocka_unit_test_teardown(what_is_shorter_or_part_of_a_word_is_none, done),
        cmocka_unit_test_teardown(tokens_keys_and_passwords_in_addresses, done),
    };
    return cmocka_run_group_tests_name("compiler_secret", tests, NULL, NULL);
}
