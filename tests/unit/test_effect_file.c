/* file.*: contents, images, atomic writes, and every way out of the folder. */
#include "tests/probe/kit.h"
#include "vm/os/limits.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define EMPTY_SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_SHA "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char top[64], plan[128], data[128], state_dir[128];
static Kit k;
static Str folders[2];

static const char *in(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", data, name);
    return path;
}

static void put(const char *name, Str text)
{
    FILE *f = fopen(in(name), "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    fclose(f);
}

static void holds(const char *name, const char *text)
{
    Buf b = {0};
    assert_int_equal(os_read_file(in(name), 1 << 20, &b, NULL), GATE_OK);
    assert_string_equal(buf_z(&b), text);
    buf_free(&b);
}

static int setup(void **state)
{
    (void)state;
    char real[PATH_MAX];
    snprintf(top, sizeof top, "/tmp/gate-test-XXXXXX");
    if (mkdtemp(top) == NULL || realpath(top, real) == NULL)
        return -1;
    snprintf(plan, sizeof plan, "%.60s/plan", real);
    snprintf(data, sizeof data, "%.60s/data", real);
    snprintf(state_dir, sizeof state_dir, "%.60s/data/state", real);
    mkdir(plan, 0755);
    mkdir(data, 0755);
    mkdir(state_dir, 0755);
    kit_init(&k, plan, state_dir);
    folders[0] = str_of(plan);
    folders[1] = str_of(data);
    k.grant = (FxGrant){.folders = folders, .n_folders = 2};
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

static void call(const char *tool, const char *args, FxOutcome outcome, const char *code,
                 const char *says)
{
    FxResult r = kit_call(&k, "file", tool, args);
    const char *message = buf_z(&r.message), *result = buf_z(&r.result);
    if (r.outcome != outcome || strcmp(r.code, code) != 0 ||
        (strstr(message, says) == NULL && strstr(result, says) == NULL))
        fail_msg("%s %s -> %d %s: %s / %s", tool, args, (int)r.outcome, r.code, message, result);
    kit_drop(&r);
}

static void reads(void **state)
{
    (void)state;
    put("a", STR("abc"));
    put("empty", STR(""));
    put("binary", (Str){"a\0b", 3});
    put("latin", STR("caf\xe9"));
    call("read", "{\"path\":\"../data/a\"}", FX_DONE, "", "{\"text\":\"abc\",\"size\":3}");
    call("read", "{\"path\":\"../data/empty\"}", FX_DONE, "", "{\"text\":\"\",\"size\":0}");
    call("hash", "{\"path\":\"../data/a\"}", FX_DONE, "", "{\"sha256\":\"" ABC_SHA "\"}");
    call("hash", "{\"path\":\"../data/binary\"}", FX_DONE, "", "sha256");
    call("read", "{\"path\":\"../data/binary\"}", FX_FAILED, "error", "not UTF-8 text");
    call("read", "{\"path\":\"../data/latin\"}", FX_FAILED, "error", "not UTF-8 text");
    call("image", "{\"path\":\"../data/latin\"}", FX_FAILED, "error", "not UTF-8 text");
    call("read", "{\"path\":\"../data/gone\"}", FX_FAILED, "error", "No such file");
    call("hash", "{\"path\":\"../data/gone\"}", FX_FAILED, "error", "No such file");
    call("read", "{\"path\":\"../data\"}", FX_FAILED, "error", "not a regular file");
    call("read", "{\"path\":\"\"}", FX_FAILED, "error", "empty");
    call("read", "{}", FX_FAILED, "error", "empty");
}

static void writes(void **state)
{
    (void)state;
    put("w", STR("abc"));
    assert_int_equal(chmod(in("w"), 0640), 0);
    call("write", "{\"path\":\"../data/w\",\"text\":\"new\\n\"}", FX_DONE, "", ABC_SHA);
    holds("w", "new\n");
    struct stat st;
    assert_int_equal(stat(in("w"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    call("write", "{\"path\":\"../data/w2\",\"text\":\"x\"}", FX_DONE, "", "{\"sha256\":\"\"}");
    holds("w2", "x");
    call("write", "{\"path\":\"../data/no/where\",\"text\":\"x\"}", FX_FAILED, "error", "No such file");
    call("remove", "{\"path\":\"../data/w2\"}", FX_DONE, "", "sha256");
    assert_int_equal(access(in("w2"), F_OK), -1);
    call("remove", "{\"path\":\"../data/w2\"}", FX_FAILED, "error", "No such file");
    call("remove", "{\"path\":\"../data\"}", FX_FAILED, "error", "not a regular file");
    /* Nothing is left beside. */
    DIR *d = opendir(data);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        assert_null(strstr(e->d_name, ".gate-"));
    closedir(d);
}

/* What image says, restore puts back: the contents, or that there was none. */
static void images(void **state)
{
    (void)state;
    put("i", STR("one \"two\"\n"));
    call("image", "{\"path\":\"../data/i\"}", FX_DONE, "", "{\"existed\":true,\"text\":\"one \\\"two\\\"\\n\",");
    call("write", "{\"path\":\"../data/i\",\"text\":\"changed\"}", FX_DONE, "", "");
    call("restore", "{\"path\":\"../data/i\",\"existed\":true,\"text\":\"one \\\"two\\\"\\n\"}", FX_DONE, "", "");
    holds("i", "one \"two\"\n");
    call("image", "{\"path\":\"../data/j\"}", FX_DONE, "", "{\"existed\":false,\"text\":\"\",\"sha256\":\"\"}");
    call("write", "{\"path\":\"../data/j\",\"text\":\"abc\"}", FX_DONE, "", "");
    call("restore", "{\"path\":\"../data/j\",\"existed\":false,\"text\":\"\"}", FX_DONE, "", ABC_SHA);
    assert_int_equal(access(in("j"), F_OK), -1);
    call("restore", "{\"path\":\"../data/j\",\"existed\":false,\"text\":\"\"}", FX_DONE, "", "\"\"");
    call("restore", "{\"path\":\"../data/j\",\"existed\":true,\"text\":\"\"}", FX_DONE, "", "\"\"");
    call("image", "{\"path\":\"../data/j\"}", FX_DONE, "", EMPTY_SHA);
}

static void ways_out(void **state)
{
    (void)state;
    put("inner", STR("abc"));
    assert_int_equal(symlink("/etc", in("etc")), 0);
    assert_int_equal(symlink("/etc/passwd", in("passwd")), 0);
    assert_int_equal(symlink("/tmp/gate-nowhere", in("dangling")), 0);
    assert_int_equal(symlink("inner", in("within")), 0);
    assert_int_equal(mkfifo(in("fifo"), 0644), 0);
    call("read", "{\"path\":\"/etc/passwd\"}", FX_FAILED, "refused", "outside the folders granted to file.read");
    call("read", "{\"path\":\"../data/etc/passwd\"}", FX_FAILED, "refused", "outside");
    call("read", "{\"path\":\"../data/passwd\"}", FX_FAILED, "refused", "outside");
    call("read", "{\"path\":\"../data/../../../etc/passwd\"}", FX_FAILED, "refused", "/etc/passwd is outside");
    call("write", "{\"path\":\"../data/passwd\",\"text\":\"\"}", FX_FAILED, "refused", "grant file.write");
    call("write", "{\"path\":\"../data/etc/new\",\"text\":\"\"}", FX_FAILED, "refused", "/etc/new is outside");
    call("write", "{\"path\":\"../data/dangling\",\"text\":\"\"}", FX_FAILED, "error", "symbolic links");
    call("write", "{\"path\":\"../data/..\",\"text\":\"\"}", FX_FAILED, "refused", "outside");
    call("read", "{\"path\":\"../data/fifo\"}", FX_FAILED, "error", "not a regular file");
    call("write", "{\"path\":\"../data/fifo\",\"text\":\"\"}", FX_FAILED, "error", "not a regular file");
    call("read", "{\"path\":\"/dev/zero\"}", FX_FAILED, "refused", "outside");
    /* A link that stays inside is followed, and what it names is written. */
    call("write", "{\"path\":\"../data/within\",\"text\":\"xyz\"}", FX_DONE, "", ABC_SHA);
    holds("inner", "xyz");
    call("read", "{\"path\":\"../data/state/log.db\"}", FX_FAILED, "refused", "gate's own state folder");
    call("write", "{\"path\":\"../data/state/x\",\"text\":\"\"}", FX_FAILED, "refused", "gate's own state folder");
    char longer[6000];
    snprintf(longer, sizeof longer, "{\"path\":\"%05000d\"}", 0);
    call("read", longer, FX_FAILED, "error", "too long");
    snprintf(longer, sizeof longer, "{\"path\":\"../data/%0300d\",\"text\":\"\"}", 0);
    call("write", longer, FX_FAILED, "error", "too long");
    k.req.n_grants = 0;
    call("read", "{\"path\":\"../data/inner\"}", FX_FAILED, "refused", "outside");
    k.req.n_grants = 1;
}

static void filled(const char *name, size_t n)
{
    Buf b = {0};
    for (size_t i = 0; i < n; i++)
        buf_putc(&b, 'a');
    put(name, buf_view(&b));
    buf_free(&b);
}

/* The limit and one byte more. */
static void sizes(void **state)
{
    (void)state;
    filled("full", LIM_FILE_BYTES);
    filled("over", LIM_FILE_BYTES + 1);
    call("read", "{\"path\":\"../data/full\"}", FX_DONE, "", "\"size\":1048576");
    call("image", "{\"path\":\"../data/full\"}", FX_DONE, "", "\"existed\":true");
    call("read", "{\"path\":\"../data/over\"}", FX_FAILED, "limit", "larger than 1048576 bytes");
    call("image", "{\"path\":\"../data/over\"}", FX_FAILED, "limit", "larger than");
    call("write", "{\"path\":\"../data/over\",\"text\":\"\"}", FX_FAILED, "limit", "larger than");
    call("write", "{\"path\":\"../data/full\",\"text\":\"b\"}", FX_DONE, "", "sha256");
}

/* Larger ones are hashed by a child; sha256sum is the second opinion. */
static void large(void **state)
{
    (void)state;
    filled("large", 3000000);
    char cmd[700], line[80] = "";
    snprintf(cmd, sizeof cmd, "sha256sum '%s'", in("large"));
    FILE *f = popen(cmd, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, 65, f));
    pclose(f);
    call("hash", "{\"path\":\"../data/large\"}", FX_DONE, "", line);
    call("remove", "{\"path\":\"../data/large\"}", FX_DONE, "", line);
    assert_int_equal(access(in("large"), F_OK), -1);
    assert_int_equal(mkdir(in("ro"), 0755), 0);
    filled("ro/large", 1100000);
    if (geteuid() != 0) {
        assert_int_equal(chmod(in("ro"), 0555), 0);
        call("remove", "{\"path\":\"../data/ro/large\"}", FX_FAILED, "error", "Permission denied");
        chmod(in("ro"), 0755);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),    cmocka_unit_test(writes), cmocka_unit_test(images),
        cmocka_unit_test(ways_out), cmocka_unit_test(sizes),  cmocka_unit_test(large),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
