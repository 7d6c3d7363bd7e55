/* Grants as text: programs, folders, hosts; what is named, what is outside. */
#include "tests/unit/test_core_util.h"

#include <stdio.h>

#include "vm/core/grant.h"

static GrantFit fits(const Grant *g, const char *tool, const char *base, const char *args,
                     const char *words)
{
    Arena *a = arena_new(0);
    Buf why = {0};
    const char *dot = strchr(tool, '.');
    GrantCall c = {{tool, (size_t)(dot - tool)}, str_of(dot + 1),
                   json_parse(str_of(args), a, &why), str_of(base)};
    assert_non_null(c.args);
    GrantFit fit = grant_fit(g, &c);
    grant_words(fit, &c, &why);
    if (words != NULL && strstr(buf_z(&why), words) == NULL)
        fail_msg("%s %s: %s", tool, args, buf_z(&why));
    buf_free(&why);
    arena_free(a);
    return fit;
}

static void programs_as_written(void **state)
{
    (void)state;
    Str folder = STR("."), names[] = {STR("make"), STR("./pub.sh"), STR("/usr/bin/env")};
    Grant g = {.programs = names, .n_programs = 3, .folders = &folder, .n_folders = 1};
    const struct { const char *argv; GrantFit fit; } cases[] = {
        {"make", GRANT_FITS},          {"./pub.sh", GRANT_FITS},
        {"env", GRANT_FITS},           {"/bin/env", GRANT_FITS},
        {"sub/pub.sh", GRANT_FITS},    /* perhaps the same file; who runs it looks */
        {"pub.sh", GRANT_FITS},        {"/usr/bin/make", GRANT_OTHER_PROGRAM},
        {"./make", GRANT_OTHER_PROGRAM}, {"rm", GRANT_OTHER_PROGRAM},
        {"./pub.sh.bak", GRANT_OTHER_PROGRAM}, {"", GRANT_OTHER_PROGRAM},
        {"../pub.sh", GRANT_PROGRAM_OUTSIDE}, {"/srv/pub.sh", GRANT_PROGRAM_OUTSIDE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char args[128];
        snprintf(args, sizeof args, "{\"argv\":[\"%s\",\"x\"]}", cases[i].argv);
        if (fits(&g, "shell.change", "/home/u/plan", args, NULL) != cases[i].fit)
            fail_msg("%s", args);
    }
    fits(&g, "shell.change", "/p", "{\"argv\":[\"rm\"]}",
         "`grant shell.change { programs = [\"rm\"] ... }`");
    fits(&g, "shell.change", "/p", "{\"argv\":[\"make\"],\"dir\":\"/etc\"}",
         "\"/etc\" is outside the folders");
    g.any_program = true;
    assert_int_equal(fits(&g, "shell.change", "/p", "{\"argv\":[\"rm\"]}", NULL), GRANT_FITS);
}

static void places_as_written(void **state)
{
    (void)state;
    const struct { const char *folder, *base, *path; bool in; } cases[] = {
        {".", "/p", "f", true},        {".", "/p", "./a/../f", true},
        {".", "/p", "../f", false},    {".", "/p", "a/../../f", false},
        {".", "/p", "/p/f", true},     {".", "/p", "/etc/f", false},
        {"out", "/p", "out/f", true},  {"out", "/p", "outer/f", false},
        {"out", "/p", "f", false},     {"out/", "/p", "out", true},
        {"../data", "/a/p", "../data/f", true}, {"../data", "/a/p", "/a/data/f", true},
        {"/srv", "/p", "/srv/x/../f", true},    {"/srv", "/p", "/srv/../f", false},
        {"/srv", "/p", "/srvx", false},         {"/", "/p", "/f", true},
        {"/", "/p", "f", true},        {"/srv", "/srv/p", "f", true},
        {"/nowhere", "/p", "f", false},
        /* where the start is not known, like is compared with like */
        {".", "", "f", true},          {".", "", "../f", false},
        {"..", "", "../f", true},      {"..", "", "../../f", false},
        {"../a", "", "../ab", false},  {"out", "", "f", false},
        {"/srv", "", "f", true},       {".", "", "/f", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str folder = str_of(cases[i].folder);
        Grant g = {.folders = &folder, .n_folders = 1};
        if (grant_place(&g, str_of(cases[i].base), str_of(cases[i].path)) != cases[i].in)
            fail_msg("%s in %s below %s", cases[i].path, cases[i].folder, cases[i].base);
    }
    Grant none = {0};
    assert_false(grant_place(&none, STR("/p"), STR("f")));
    assert_int_equal(fits(&none, "file.write", "/p", "{\"path\":\"f\"}",
                          "\"f\" is outside the folders granted to file.write"), GRANT_OUTSIDE);
    none.any_program = true; /* a program that needs no folder */
    assert_int_equal(fits(&none, "shell.query", "/p", "{\"argv\":[\"true\"]}", NULL), GRANT_FITS);
    assert_int_equal(fits(&none, "shell.query", "/p", "{\"argv\":[\"true\"],\"dir\":\"a\"}", NULL),
                     GRANT_OUTSIDE);
}

static void memory_lets_nothing_through(void **state)
{
    (void)state;
    Str folder = STR("out");
    Grant g = {.folders = &folder, .n_folders = 1};
    assert_true(grant_place(&g, STR("/p"), STR("out/f")));
    mem_fail_at(1, true);
    bool in = grant_place(&g, STR("/p"), STR("out/f"));
    mem_fail_at(0, false);
    assert_false(in);
}

static void hosts_as_written(void **state)
{
    (void)state;
    Str hosts[] = {STR("api.example.org"), STR("*.b.example"), STR("::1")};
    Grant g = {.hosts = hosts, .n_hosts = 3};
    const struct { const char *url; GrantFit fit; } cases[] = {
        {"https://api.example.org/x", GRANT_FITS},
        {"https://API.example.org.:8443/x?y=@evil", GRANT_FITS},
        {"https://api.example.org@evil.org/", GRANT_OTHER_HOST},
        {"https://evil.org/https://api.example.org/", GRANT_OTHER_HOST},
        {"https://evil.org#@api.example.org", GRANT_OTHER_HOST},
        {"https://evil.org\\\\@api.example.org", GRANT_OTHER_HOST},
        {"https://x.b.example", GRANT_FITS},   {"https://b.example", GRANT_OTHER_HOST},
        {"https://x.y.b.example", GRANT_OTHER_HOST},
        {"https://[::1]:1/", GRANT_FITS},      {"http://[::1]/", GRANT_NOT_PRIVATE},
        {"no url", GRANT_FITS}, /* nobody can be asked there */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char args[128];
        snprintf(args, sizeof args, "{\"url\":\"%s\"}", cases[i].url);
        if (fits(&g, "http.get", "/p", args, NULL) != cases[i].fit)
            fail_msg("%s", args);
    }
    fits(&g, "http.send", "/p", "{\"url\":\"https://evil.org/\"}",
         "`grant http.send { hosts = [\"evil.org\"] }`");
    fits(&g, "http.get", "/p", "{\"url\":\"http://[::1]/\"}", "private = true");
    g.is_private = true;
    assert_int_equal(fits(&g, "http.get", "/p", "{\"url\":\"http://[::1]/\"}", NULL), GRANT_FITS);
}

/* A connector needs all of its hosts; *.domain is more than any host of it. */
static void packs_as_they_say(void **state)
{
    (void)state;
    static const Str granted[] = {{"a.example", 9}, {"*.b.example", 11}};
    Grant g = {.hosts = granted, .n_hosts = 2};
    static const struct { const char *first, *second; GrantFit fit; } cases[] = {
        {"a.example", NULL, GRANT_FITS},          {"A.example", "x.b.example", GRANT_FITS},
        {"*.b.example", "a.example", GRANT_FITS}, {"a.example", "c.example", GRANT_OTHER_HOST},
        {"*.a.example", NULL, GRANT_OTHER_HOST},  {"x.y.b.example", NULL, GRANT_OTHER_HOST},
        {"*.x.b.example", NULL, GRANT_OTHER_HOST}, {"*.example", NULL, GRANT_OTHER_HOST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Str hosts[2] = {str_of(cases[i].first), {"", 0}};
        if (cases[i].second != NULL)
            hosts[1] = str_of(cases[i].second);
        if (grant_pack(&g, hosts, cases[i].second == NULL ? 1 : 2, (Str){"", 0}) != cases[i].fit)
            fail_msg("case %zu", i);
    }
    static const Str program[] = {{"./x.sh", 6}};
    Grant p = {.programs = program, .n_programs = 1};
    assert_int_equal(grant_pack(&p, NULL, 0, STR("./x.sh")), GRANT_FITS);
    assert_int_equal(grant_pack(&p, NULL, 0, STR("./y.sh")), GRANT_OTHER_PROGRAM);
    p.any_program = true;
    assert_int_equal(grant_pack(&p, NULL, 0, STR("./y.sh")), GRANT_FITS);
}

/* What is not known, or no text at all, is told by who makes the call. */
static void what_cannot_be_told_is_left(void **state)
{
    (void)state;
    Grant g = {0};
    assert_int_equal(fits(&g, "shell.change", "/p", "{\"argv\":[]}", NULL), GRANT_FITS);
    assert_int_equal(fits(&g, "file.read", "/p", "{\"path\":{\"unknown\":true}}", NULL), GRANT_FITS);
    assert_int_equal(fits(&g, "halopsa.ticket", "/p", "{}", "does not grant halopsa.ticket"),
                     GRANT_FITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_as_written),
        cmocka_unit_test(places_as_written),
        cmocka_unit_test(memory_lets_nothing_through),
        cmocka_unit_test(hosts_as_written),
        cmocka_unit_test(packs_as_they_say),
        cmocka_unit_test(what_cannot_be_told_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
