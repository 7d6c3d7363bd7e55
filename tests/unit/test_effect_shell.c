/* shell.* through the real effects: what a call may do, what its end means. */
#include "tests/probe/kit.h"
#include "vm/effect/sandbox.h"
#include "vm/os/limits.h"

#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64], plan[128], other[128], state_dir[128];
static Kit k;
static Str folder;

static void put(const char *dir, const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, mode);
}

static int setup(void **state)
{
    (void)state;
    char real[PATH_MAX], link[256];
    snprintf(top, sizeof top, "/tmp/gate-test-XXXXXX");
    if (mkdtemp(top) == NULL || realpath(top, real) == NULL)
        return -1;
    snprintf(plan, sizeof plan, "%.60s/plan", real);
    snprintf(other, sizeof other, "%.60s/other", real);
    snprintf(state_dir, sizeof state_dir, "%.60s/state", real);
    mkdir(plan, 0755);
    mkdir(other, 0755);
    mkdir(state_dir, 0755);
    put(plan, "publish.sh", "#!/bin/sh\necho published \"$@\"\n", 0755);
    put(other, "evil.sh", "#!/bin/sh\necho evil\n", 0755);
    snprintf(link, sizeof link, "%s/out", plan);
    if (symlink(other, link) != 0)
        return -1;
    kit_init(&k, plan, state_dir);
    return k.fx == NULL;
}

static int teardown(void **state)
{
    (void)state;
    char cmd[128];
    fx_free(k.fx);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", top);
    return system(cmd) != 0;
}

static int each(void **state)
{
    (void)state;
    folder = str_of(plan);
    k.grant = (FxGrant){.any_program = true, .folders = &folder, .n_folders = 1};
    k.req.n_grants = 1;
    k.req.timeout_ms = 60000;
    k.req.key = "";
    sandbox_limit(-1, -1);
    return 0;
}

/* The outcome must be the expected one; the words must have `says`. */
static void run(const char *tool, const char *args, FxOutcome outcome, const char *code,
                const char *says)
{
    FxResult r = kit_call(&k, "shell", tool, args);
    const char *message = buf_z(&r.message), *result = buf_z(&r.result);
    if (r.outcome != outcome || strcmp(r.code, code) != 0 ||
        (strstr(message, says) == NULL && strstr(result, says) == NULL))
        fail_msg("%s -> %d %s: %s / %s", args, (int)r.outcome, r.code, message, result);
    assert_int_equal(r.id, 7);
    assert_int_equal(outcome == FX_DONE, r.message.n == 0);
    kit_drop(&r);
}

static void runs(void **state)
{
    (void)state;
    FxResult r = kit_call(&k, "shell", "change", "{\"argv\":[\"echo\",\"a\",\"b c\"]}");
    assert_string_equal(buf_z(&r.result), "{\"status\":0,\"output\":\"a b c\\n\",\"errors\":\"\"}");
    assert_int_equal(r.outcome, FX_DONE);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.tier, fx_tier(NULL));
    kit_drop(&r);
    assert_int_equal(fx_running(k.fx), 0);
    assert_int_equal(fx_deadline(k.fx), -1);
    run("change", "{\"argv\":[\"./publish.sh\",\"x\"]}", FX_DONE, "", "published x");
    run("change", "{\"argv\":[\"pwd\"],\"dir\":\".\"}", FX_DONE, "", plan);
    run("query", "{\"argv\":[\"cat\"],\"input\":\"h\\u00e9llo\"}", FX_DONE, "", "h\xc3\xa9llo");
    run("query", "{\"argv\":[\"printf\",\"a\\\\0\\\\377z\"]}", FX_DONE, "",
        "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
}

static void statuses(void **state)
{
    (void)state;
    run("change", "{\"argv\":[\"sh\",\"-c\",\"echo one >&2; echo two >&2; exit 3\"]}", FX_FAILED,
        "exit", "\"sh\" ended with status 3: two");
    run("change", "{\"argv\":[\"sh\",\"-c\",\"exit 3\"],\"ok\":[0,3]}", FX_DONE, "", "\"status\":3");
    run("change", "{\"argv\":[\"true\"],\"ok\":[1]}", FX_FAILED, "exit", "status 0");
    run("change", "{\"argv\":[\"sh\",\"-c\",\"kill -9 $$\"]}", FX_UNKNOWN, "signal", "signal 9");
    run("destroy", "{\"argv\":[\"sh\",\"-c\",\"kill -9 $$\"]}", FX_UNKNOWN, "signal", "not known");
    run("query", "{\"argv\":[\"sh\",\"-c\",\"kill -9 $$\"]}", FX_FAILED, "signal", "signal 9");
}

static void environment(void **state)
{
    (void)state;
    k.req.key = "run-1-act-2";
    setenv("GATE_TEST_LEAK", "leak", 1);
    run("change", "{\"argv\":[\"sh\",\"-c\",\"echo $GATE_KEY$GATE_TEST_LEAK $LANG $HOME\"]}", FX_DONE,
        "", "run-1-act-2 C.UTF-8 /tmp");
    k.req.key = "";
    run("change", "{\"argv\":[\"sh\",\"-c\",\"echo [${GATE_KEY-none}]\"]}", FX_DONE, "", "[none]");
}

static void programs(void **state)
{
    (void)state;
    Str names[] = {STR("echo"), STR("./publish.sh"), STR("/usr/bin/env")};
    k.grant.any_program = false;
    k.grant.programs = names;
    k.grant.n_programs = 3;
    run("change", "{\"argv\":[\"echo\",\"x\"]}", FX_DONE, "", "x");
    run("change", "{\"argv\":[\"./publish.sh\"]}", FX_DONE, "", "published");
    run("change", "{\"argv\":[\"env\",\"true\"]}", FX_DONE, "", "");
    run("change", "{\"argv\":[\"rm\",\"x\"]}", FX_FAILED, "refused",
        "shell.change may not run \"rm\": no grant of this host names it");
    run("change", "{\"argv\":[\"./echo\"]}", FX_FAILED, "spawn", "No such file");
    run("change", "{\"argv\":[\"/bin/rm\"]}", FX_FAILED, "refused", "no grant of this host names it");
    k.req.n_grants = 0;
    run("query", "{\"argv\":[\"echo\"]}", FX_FAILED, "refused", "grant shell.query");
}

static void places(void **state)
{
    (void)state;
    run("change", "{\"argv\":[\"out/evil.sh\"]}", FX_FAILED, "refused", "outside the folders");
    run("change", "{\"argv\":[\"../other/evil.sh\"]}", FX_FAILED, "refused", "outside the folders");
    run("change", "{\"argv\":[\"true\"],\"dir\":\"out\"}", FX_FAILED, "refused", "outside the folders");
    run("change", "{\"argv\":[\"true\"],\"dir\":\"../state\"}", FX_FAILED, "refused", "state folder");
    run("change", "{\"argv\":[\"true\"],\"dir\":\"gone\"}", FX_FAILED, "spawn", "No such file");
    run("change", "{\"argv\":[\"no-such-program-here\"]}", FX_FAILED, "spawn", "there is no program");
    run("change", "{\"argv\":[\"./publish.sh/x\"]}", FX_FAILED, "spawn", "Not a directory");
    run("change", "{\"argv\":[]}", FX_FAILED, "refused", "empty argument vector");
    run("change", "{\"argv\":[7]}", FX_FAILED, "refused", "not a text");
    run("change", "[]", FX_FAILED, "refused", "arguments");
    put(plan, "plain.txt", "no program\n", 0644);
    run("change", "{\"argv\":[\"./plain.txt\"]}", FX_FAILED, "spawn", "cannot run");
    /* Without folders: a private one. */
    k.grant.n_folders = 0;
    run("change", "{\"argv\":[\"pwd\"]}", FX_DONE, "", "/tmp");
    run("change", "{\"argv\":[\"pwd\"],\"dir\":\"/usr\"}", FX_FAILED, "refused", "outside");
    k.grant.n_folders = 1;
    folder = STR("/");
    run("change", "{\"argv\":[\"true\"]}", FX_FAILED, "spawn", "cannot be granted");
}

static void two_grants(void **state)
{
    (void)state;
    Str a = str_of(other), b = str_of(plan), echo = STR("echo"), pwd = STR("pwd");
    FxGrant grants[] = {{.programs = &echo, .n_programs = 1, .folders = &a, .n_folders = 1},
                        {.programs = &pwd, .n_programs = 1, .folders = &b, .n_folders = 1}};
    k.req.grants = grants;
    k.req.n_grants = 2;
    run("change", "{\"argv\":[\"pwd\"]}", FX_DONE, "", plan);
    /* A call fits one grant; two halves are none. */
    run("change", "{\"argv\":[\"echo\"]}", FX_FAILED, "refused", "outside the folders");
    k.req.grants = &k.grant;
}

static void output_is_cut(void **state)
{
    (void)state;
    FxResult r = kit_call(&k, "shell", "query",
        "{\"argv\":[\"sh\",\"-c\",\"head -c 3000000 /dev/zero | tr '\\\\0' x; echo end >&2\"]}");
    assert_int_equal(r.outcome, FX_DONE);
    assert_true(r.result.n > LIM_OUTPUT_BYTES && r.result.n < LIM_OUTPUT_BYTES + 500);
    assert_non_null(strstr(buf_z(&r.result), "end\\n\\n[gate: output was cut after 1048576 bytes]"));
    kit_drop(&r);
    r = kit_call(&k, "shell", "query",
        "{\"argv\":[\"sh\",\"-c\",\"head -c 1048576 /dev/zero | tr '\\\\0' x\"]}");
    assert_null(strstr(buf_z(&r.result), "was cut"));
    kit_drop(&r);
    /* Each bad byte becomes three; still no more than a text may hold. */
    r = kit_call(&k, "shell", "query", "{\"argv\":[\"sh\",\"-c\",\"head -c 900000 /dev/zero >&2\"]}");
    assert_non_null(strstr(buf_z(&r.result), "errors were cut"));
    assert_true(r.result.n < LIM_OUTPUT_BYTES + 500);
    kit_drop(&r);
}

static void large_input(void **state)
{
    (void)state;
    Buf args = {0};
    buf_puts(&args, "{\"argv\":[\"wc\",\"-c\"],\"input\":\"");
    for (int i = 0; i < 1000000; i++)
        buf_putc(&args, 'y');
    buf_puts(&args, "\"}");
    run("query", buf_z(&args), FX_DONE, "", "1000000");
    buf_free(&args);
}

static void timeouts(void **state)
{
    (void)state;
    k.req.timeout_ms = 100;
    run("change", "{\"argv\":[\"sleep\",\"600\"]}", FX_UNKNOWN, "timeout", "did not end in time");
    run("query", "{\"argv\":[\"sleep\",\"600\"]}", FX_FAILED, "timeout", "did not end in time");
    /* It may end in its own way when told to, and it stays too late. */
    run("change", "{\"argv\":[\"sh\",\"-c\",\"trap 'exit 0' TERM; sleep 600 & wait\"]}", FX_UNKNOWN,
        "timeout", "did not end in time");
}

static void killed(void **state)
{
    (void)state;
    FxResult r;
    kit_tool(&k, "shell", "change");
    k.req.args = STR("{\"argv\":[\"sleep\",\"600\"]}");
    assert_int_equal(fx_start(k.fx, &k.req), GATE_OK);
    assert_int_equal(fx_running(k.fx), 1);
    fx_kill(k.fx, 8); /* nobody */
    fx_kill(k.fx, 7);
    while (!kit_step(&k, &r))
        ;
    assert_int_equal(r.outcome, FX_UNKNOWN);
    assert_string_equal(r.code, "signal");
    kit_drop(&r);
}

static void many_at_once(void **state)
{
    (void)state;
    FxResult r;
    unsigned seen = 0;
    kit_tool(&k, "shell", "query");
    for (uint64_t i = 0; i < 4; i++) {
        k.req.id = i;
        k.req.args = STR("{\"argv\":[\"echo\",\"hi\"]}");
        assert_int_equal(fx_start(k.fx, &k.req), GATE_OK);
    }
    for (int left = 4; left > 0;)
        if (kit_step(&k, &r)) {
            assert_int_equal(r.outcome, FX_DONE);
            seen |= 1u << r.id;
            kit_drop(&r);
            left--;
        }
    assert_int_equal(seen, 15);
    k.req.id = 7;
}

/* Ends with what still runs; valgrind and the probe see what is left. */
static void freed_while_running(void **state)
{
    (void)state;
    Kit own;
    kit_init(&own, plan, state_dir);
    own.grant = k.grant;
    kit_tool(&own, "shell", "change");
    own.req.args = STR("{\"argv\":[\"sleep\",\"600\"]}");
    assert_int_equal(fx_start(own.fx, &own.req), GATE_OK);
    fx_free(own.fx);
    fx_free(NULL);
}

static void time_now(void **state)
{
    (void)state;
    FxResult r = kit_call(&k, "time", "now", "{}");
    Arena *a = arena_new(0);
    Buf why = {0};
    int64_t at;
    const Json *j = json_parse(buf_view(&r.result), a, &why);
    assert_non_null(j);
    assert_true(os_parse_instant(json_text(j, "at"), &at));
    assert_true(at <= os_real()->now_ms(os_real()));
    arena_free(a);
    kit_drop(&r);
    r = kit_call(&k, "mail", "send", "{}");
    assert_string_equal(r.code, "refused");
    kit_drop(&r);
}

/* The rules of every Landlock ABI are taken by this kernel. */
static void every_abi(void **state)
{
    (void)state;
    sandbox_limit(-1, -1);
    if (sandbox_probe(NULL) < 2)
        skip();
    for (int abi = 1; abi <= 7; abi++) {
        sandbox_limit(2, abi);
        run("change", "{\"argv\":[\"sh\",\"-c\",\"echo x > made; cat made; cat ../other/evil.sh\"]}",
            FX_FAILED, "exit", "Permission denied");
        FxResult r = kit_call(&k, "shell", "query", "{\"argv\":[\"sh\",\"-c\",\"echo y > made\"],\"ok\":[2]}");
        assert_int_equal(r.outcome, FX_DONE);
        assert_string_equal(r.tier, "T2");
        kit_drop(&r);
    }
    sandbox_limit(2, 0);
    assert_int_equal(sandbox_probe(NULL), 1);
}

/* The first allocations fail, one after the other: no crash, and either no
 * result or a result that says that nothing was done. */
static void no_memory(void **state)
{
    (void)state;
    kit_tool(&k, "shell", "query");
    k.req.args = STR("{\"argv\":[\"echo\",\"hi\"]}");
    for (uint64_t i = 1; i < 40; i++) {
        FxResult r = {0};
        mem_fail_at(i, false);
        GateStatus st = fx_start(k.fx, &k.req);
        mem_fail_at(0, false);
        if (st != GATE_OK)
            continue;
        while (!kit_step(&k, &r))
            ;
        kit_drop(&r);
    }
    assert_int_equal(fx_running(k.fx), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, each)
    const struct CMUnitTest tests[] = {
        T(runs), T(statuses), T(environment), T(programs), T(places), T(two_grants),
        T(output_is_cut), T(large_input), T(timeouts), T(killed), T(many_at_once),
        T(freed_while_running), T(time_now), T(every_abi), T(no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
