/* The commands that vm/log/README.md shows to auditors, run as they stand on a
 * fresh log: every `test` and `cmp` in them must hold; and on an altered log
 * they must not. */
#include "tests/unit/test_log_util.h"

#include <sqlite3.h>
#include <sys/wait.h>

/* The ```sh blocks, one after the other. */
static void blocks(Buf *out)
{
    Buf text = {0};
    assert_int_equal(os_read_file("vm/log/README.md", 1 << 20, &text, NULL),
                     GATE_OK);
    size_t n = 0;
    for (const char *p = strstr(buf_z(&text), "```sh\n"); p != NULL;
         p = strstr(p, "```sh\n")) {
        p += 6;
        const char *end = strstr(p, "```");
        assert_non_null(end);
        buf_put(out, p, (size_t)(end - p));
        p = end + 3;
        n++;
    }
    assert_int_equal(n, 4);
    buf_free(&text);
}

static int in_folder(const char *dir, const char *script)
{
    Buf cmd = {0};
    buf_printf(&cmd, "cd '%s' && exec >out.txt 2>&1\nset -eu\n%s", dir, script);
    int status = system(buf_z(&cmd));
    buf_free(&cmd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void drop(Scratch *s)
{
    static const char *const names[] = {"env", "part", "level", "up", "out.txt"};
    char p[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(p, sizeof p, "%s/%s", s->dir, names[i]);
        unlink(p);
    }
    scratch_drop(s);
}

static void by_hand(void **state)
{
    (void)state;
    Scratch s;
    Buf script = {0};
    if (system("command -v sqlite3 jq openssl basenc sha256sum >/dev/null") != 0) {
        print_message("# sqlite3, jq, openssl or coreutils are missing\n");
        skip();
    }
    scratch_make(&s);
    char id[OS_UUID_SIZE];
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(log_principal(log, STR("os:1000:ana"), T0, id), GATE_OK);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(append_run(log, RUN_B, "plan-2", false), GATE_OK);
    log_close(log);
    blocks(&script);
    int rc = in_folder(s.dir, buf_z(&script));
    if (rc != 0)
        fail_msg("the commands ended with %d: see %s/out.txt", rc, s.dir);
    static const char *const attacks[] = {
        "UPDATE audit_part SET box = zeroblob(length(box)) WHERE seq = 1",
        "UPDATE audit_entry SET leaf = zeroblob(32) WHERE seq = 6",
        "UPDATE audit_entry SET env = CAST(env || ' ' AS BLOB) WHERE seq = 1"};
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        Buf pristine = {0};
        sqlite3 *db;
        assert_int_equal(os_read_file(s.path, 1 << 24, &pristine, NULL), GATE_OK);
        assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, attacks[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_not_equal(in_folder(s.dir, buf_z(&script)), 0);
        scratch_wipe(&s);
        assert_int_equal(os_write_file(s.path, buf_view(&pristine), 0600, NULL),
                         GATE_OK);
        buf_free(&pristine);
    }
    assert_int_equal(in_folder(s.dir, buf_z(&script)), 0);
    buf_free(&script);
    drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
    };
    return cmocka_run_group_tests_name("log_readme", tests, NULL, NULL);
}
