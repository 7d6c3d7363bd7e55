/* Policies: settings, people, roles and grants of several files, and that
 * another file can only tighten. */
#include "tests/unit/test_engine_world.h"

typedef struct Files {
    Arena *arena;
    Program *p[3];
    Policy policy;
    Buf why;
    GateStatus status;
} Files;

static Files *made_of(const char *a, const char *b, const char *c)
{
    const char *text[3] = {a, b, c};
    const Program *files[3] = {NULL, NULL, NULL};
    Files *f = mem_realloc(NULL, 0, sizeof *f);
    assert_non_null(f);
    memset(f, 0, sizeof *f);
    f->arena = arena_new(0);
    for (int i = 0; i < 3; i++)
        if (text[i] != NULL) {
            char full[2048];
            snprintf(full, sizeof full, "edition 1\n%s", text[i]);
            files[i] = f->p[i] = compile_or_die(NULL, full, COMPILE_HOST_FILE);
        }
    f->status = policy_make(files, NULL, 3, f->arena, &f->policy, &f->why);
    return f;
}

static void done(Files *f)
{
    for (int i = 0; i < 3; i++)
        if (f->p[i] != NULL)
            prog_free(f->p[i]);
    arena_free(f->arena);
    buf_free(&f->why);
    mem_realloc(f, sizeof *f, 0);
}

static void solo_needs_the_outermost_file(void **state)
{
    (void)state;
    const char *yes = "setting solo = true\n", *no = "setting solo = false\n";
    const char *none = "setting initiator_may_approve = true\n";
    const struct { const char *a, *b, *c; bool solo; } cases[] = {
        {NULL, NULL, NULL, false}, {NULL, yes, NULL, true},
        {none, yes, NULL, false},  {yes, NULL, NULL, true},
        {yes, none, NULL, true},   {yes, no, NULL, false},
        {NULL, none, yes, false},  {NULL, yes, no, false},
        {NULL, NULL, yes, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Files *f = made_of(cases[i].a, cases[i].b, cases[i].c);
        assert_int_equal(f->status, GATE_OK);
        assert_int_equal(f->policy.solo, cases[i].solo);
        done(f);
    }
}

static void people_are_one_human_each(void **state)
{
    (void)state;
    Files *f = made_of(NULL, "person ana \"Ana\" { os \"ana\" os \"ana2\" email \"a@example.org\" }\n",
                       "person bob \"Bob\" { os \"bob\" }\n");
    assert_int_equal(f->status, GATE_OK);
    assert_int_equal(policy_person(&f->policy, STR("ana2")), 0);
    assert_int_equal(policy_person(&f->policy, STR("bob")), 1);
    assert_int_equal(policy_person(&f->policy, STR("a@example.org")), PROG_NONE);
    assert_int_equal(policy_person(&f->policy, STR("")), PROG_NONE);
    done(f);
    f = made_of(NULL, "person ana \"Ana\" { os \"ana\" }\n",
                "person ana \"Other\" { os \"mallory\" }\n");
    assert_int_equal(f->status, GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&f->why), "\"ana\" is described already"));
    done(f);
    f = made_of(NULL, "person ana \"Ana\" { os \"ana\" }\n",
                "person eve \"Eve\" { os \"ana\" }\n");
    assert_int_equal(f->status, GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&f->why), "belongs to another person"));
    done(f);
    /* Also what proves nobody yet, in one file or in two. */
    f = made_of(NULL, "person ana \"Ana\" { os \"ana\" email \"a@example.org\" }\n"
                "person eve \"Eve\" { os \"eve\" email \"a@example.org\" }\n", NULL);
    assert_int_equal(f->status, GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&f->why), "the email \"a@example.org\" of \"eve\" belongs to another person"));
    done(f);
    f = made_of(NULL, "person ana \"Ana\" { key \"ssh-ed25519 AAAA\" oidc \"x\" }\n",
                "person eve \"Eve\" { oidc \"y\" key \"ssh-ed25519 AAAA\" }\n");
    assert_int_equal(f->status, GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&f->why), "the key \"ssh-ed25519 AAAA\" of \"eve\" belongs to another person"));
    done(f);
    f = made_of(NULL, "person ana \"Ana\" { email \"x@example.org\" oidc \"x\" os \"x\" os \"x\" }\n",
                "person eve \"Eve\" { oidc \"y\" }\n");
    assert_int_equal(f->status, GATE_OK); /* of two kinds, or one's own said twice */
    done(f);
}

static void a_role_holds_whom_all_files_name(void **state)
{
    (void)state;
    const char *host = "person ana \"Ana\" { os \"ana\" }\nperson bob \"Bob\" { os \"bob\" }\n"
                       "role owner is ana, bob\n";
    Files *f = made_of(NULL, host, "person cyd \"Cyd\" { os \"cyd\" }\nrole lead is cyd\n");
    assert_int_equal(f->status, GATE_OK);
    assert_true(policy_holds(&f->policy, 0, STR("owner")));
    assert_true(policy_holds(&f->policy, 1, STR("owner")));
    assert_false(policy_holds(&f->policy, 2, STR("owner")));
    assert_true(policy_holds(&f->policy, 2, STR("lead")));
    assert_false(policy_holds(&f->policy, 0, STR("nobody")));
    done(f);
    f = made_of(host, NULL, "person cyd \"Cyd\" { os \"cyd\" }\nrole owner is cyd, bob\n");
    if (f->status != GATE_OK)
        print_error("%s\n", buf_z(&f->why));
    assert_int_equal(f->status, GATE_OK);
    assert_false(policy_holds(&f->policy, 0, STR("owner")));
    assert_true(policy_holds(&f->policy, 1, STR("owner")));
    assert_false(policy_holds(&f->policy, 2, STR("owner")));
    done(f);
}

static const PolGrant *only(Files *f, const char *tool)
{
    const PolGrant **g;
    assert_int_equal(policy_grants(&f->policy, STR("shell"), str_of(tool), f->arena, &g), 1);
    return g[0];
}

static void grants_of_one_file(void **state)
{
    (void)state;
    Files *f = made_of(NULL, "grant shell.change { programs = [\"make\", \"./p.sh\"], folders = [\".\"] }\n"
                             "grant shell.query { folders = [\"/srv\"], network = true }\n", NULL);
    assert_int_equal(f->status, GATE_OK);
    const PolGrant *g = only(f, "change");
    assert_false(g->any_program);
    assert_int_equal(g->n_programs, 2);
    assert_true(str_is(g->folders[0], "."));
    assert_false(g->network);
    g = only(f, "query");
    assert_true(g->any_program);
    assert_true(g->network);
    done(f);
}

static void another_file_can_only_tighten(void **state)
{
    (void)state;
    Files *f = made_of("grant shell.change { programs = [\"make\", \"git\"], folders = [\"/srv\", \"/opt/a\"], network = true }\n",
                       NULL,
                       "grant shell.change { programs = [\"git\", \"rm\"], folders = [\"/srv/x\", \"/opt\", \"/srvx\"] }\n"
                       "grant shell.query { folders = [\".\"] }\n");
    assert_int_equal(f->status, GATE_OK);
    const PolGrant *g = only(f, "change");
    assert_int_equal(g->n_programs, 1);
    assert_true(str_is(g->programs[0], "git"));
    assert_int_equal(g->n_folders, 2);
    assert_true(str_is(g->folders[0], "/srv/x"));
    assert_true(str_is(g->folders[1], "/opt/a"));
    assert_false(g->network);
    const PolGrant **none; /* the outermost file does not speak of it */
    assert_int_equal(policy_grants(&f->policy, STR("shell"), STR("query"), f->arena, &none), 0);
    done(f);
    /* a file further in that is silent takes nothing away */
    f = made_of("grant shell.change { folders = [\".\"] }\n", "setting solo = true\n", NULL);
    assert_int_equal(f->status, GATE_OK);
    only(f, "change");
    done(f);
    /* nothing in common: nothing is granted, and a third file cannot help */
    f = made_of("grant shell.change { programs = [\"make\"], folders = [\".\"] }\n",
                "grant shell.change { programs = [\"git\"], folders = [\".\"] }\n",
                "grant shell.change { folders = [\".\"] }\n");
    assert_int_equal(f->status, GATE_OK);
    assert_int_equal(policy_grants(&f->policy, STR("shell"), STR("change"), f->arena, &none), 0);
    done(f);
}

/* A tenant cannot open what no host file says, be it the whole file that is
 * missing: somebody deleted it, or it never was. */
static void without_a_host_file_all_is_closed(void **state)
{
    (void)state;
    Files *f = made_of(NULL, NULL, "setting initiator_may_approve = true\n"
                                   "person eve \"Eve\" { os \"eve\" }\nrole owner is eve\n"
                                   "grant shell.change { folders = [\".\"] }\n");
    assert_int_equal(f->status, GATE_OK);
    assert_int_equal(f->policy.n_grants, 0);
    assert_int_equal(f->policy.n_people, 0);
    assert_false(f->policy.initiator_may_approve);
    done(f);
}

static void climbing_folders_are_inside_nothing(void **state)
{
    (void)state;
    Files *f = made_of("grant shell.change { folders = [\"/srv\"] }\n", NULL,
                       "grant shell.change { folders = [\"/srv/../etc\", \"x\"] }\n");
    assert_int_equal(f->status, GATE_OK);
    assert_int_equal(only(f, "change")->n_folders, 0);
    done(f);
}

static void hosts_meet_in_the_narrower(void **state)
{
    (void)state;
    Files *f = made_of("grant http.get { hosts = [\"*.example.org\"], private = true, addresses = [\"10.0.0.0/8\"] }\n",
                       NULL,
                       "grant http.get { hosts = [\"api.example.org\", \"example.org\", \"evil-example.org\"], private = true }\n");
    const PolGrant **g;
    assert_int_equal(f->status, GATE_OK);
    assert_int_equal(policy_grants(&f->policy, STR("http"), STR("get"), f->arena, &g), 1);
    assert_int_equal(g[0]->n_hosts, 1);
    assert_true(str_is(g[0]->hosts[0], "api.example.org"));
    assert_true(g[0]->is_private);
    assert_int_equal(g[0]->n_addresses, 1);
    done(f);
}

static void covers_names_what_is_missing(void **state)
{
    (void)state;
    Buf why = {0};
    Files *f = made_of(NULL, "grant file.write { folders = [\".\"] }\n", NULL);
    Program *p = compile_or_die(NULL,
        "edition 1\nplan p \"P\"\nrole owner \"O\"\nphase a {\n gate L2 by owner otherwise stop\n"
        " action put { run file.write { path = \"f\", text = \"{time.now().at}\" } }\n"
        " action go { run shell.change { argv = [\"x\"] } undo none because \"no\" }\n}\n", 0);
    assert_false(policy_covers(&f->policy, p, &why));
    assert_non_null(strstr(buf_z(&why), "shell.change"));
    assert_null(strstr(buf_z(&why), "file.")); /* its image and restore go with it */
    assert_null(strstr(buf_z(&why), "time."));
    buf_free(&why);
    prog_free(p);
    done(f);
}

static void the_hash_knows_every_file(void **state)
{
    (void)state;
    const char *a = "setting solo = true\n", *b = "grant shell.query { folders = [\".\"] }\n";
    Files *f[4] = {made_of(NULL, a, NULL), made_of(a, NULL, NULL), made_of(NULL, a, b),
                   made_of(NULL, b, a)};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            assert_false(hash_eq(&f[i]->policy.hash, &f[k]->policy.hash));
    Files *again = made_of(NULL, a, b);
    assert_true(hash_eq(&again->policy.hash, &f[2]->policy.hash));
    done(again);
    for (int i = 0; i < 4; i++)
        done(f[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solo_needs_the_outermost_file),
        cmocka_unit_test(people_are_one_human_each),
        cmocka_unit_test(a_role_holds_whom_all_files_name),
        cmocka_unit_test(grants_of_one_file),
        cmocka_unit_test(another_file_can_only_tighten),
        cmocka_unit_test(without_a_host_file_all_is_closed),
        cmocka_unit_test(climbing_folders_are_inside_nothing),
        cmocka_unit_test(hosts_meet_in_the_narrower),
        cmocka_unit_test(covers_names_what_is_missing),
        cmocka_unit_test(the_hash_knows_every_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
