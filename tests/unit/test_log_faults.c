/* Memory fails at the n-th allocation, for n = 1, 2, 3, ... until the scenario
 * goes through: ours and SQLite's, once and for ever. Each time nothing is
 * leaked, and the log holds an append whole or not at all. */
#include "tests/unit/test_log_util.h"

#include <malloc.h>
#include <sqlite3.h>

/* --- SQLite's memory through the house's choke point -------------------------*/

enum { HEAD = 16 }; /* the size, and the alignment kept */

static void *give(int n)
{
    char *p = mem_realloc(NULL, 0, (size_t)n + HEAD);
    if (p == NULL)
        return NULL;
    memcpy(p, &n, sizeof n);
    return p + HEAD;
}

static int size_of(void *p)
{
    int n;
    memcpy(&n, (char *)p - HEAD, sizeof n);
    return n;
}

static void take(void *p)
{
    if (p != NULL)
        mem_realloc((char *)p - HEAD, (size_t)size_of(p) + HEAD, 0);
}

static void *resize(void *p, int n)
{
    char *q = mem_realloc((char *)p - HEAD, (size_t)size_of(p) + HEAD,
                          (size_t)n + HEAD);
    if (q == NULL)
        return NULL;
    memcpy(q, &n, sizeof n);
    return q + HEAD;
}

static int round_up(int n)
{
    return (n + 7) & ~7;
}

static int nothing(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void done(void *ctx)
{
    (void)ctx;
}

/* --- the scenario --------------------------------------------------------------*/

static bool look(void *ctx, const Record *r, Str env)
{
    (void)env;
    *(uint64_t *)ctx += r->n_parts;
    return true;
}

static bool look_row(void *ctx, const RunRow *row)
{
    *(uint64_t *)ctx += row->records;
    return true;
}

typedef struct Fate {
    GateStatus st;
    bool opened, appended; /* acknowledged */
} Fate;

static Fate scenario(const char *path)
{
    Fate f = {0};
    Log *log = NULL;
    Buf why = {0}, name = {0};
    LogVerdict v;
    char id[OS_UUID_SIZE];
    uint64_t n = 0;
    f.st = log_open(path, LOG_CREATE, os_real(), &log, &why);
    f.opened = f.st == GATE_OK;
    if (f.st == GATE_OK) {
        f.st = append_run(log, RUN_A, "plan-1", true);
        f.appended = f.st == GATE_OK;
    }
    if (f.st == GATE_OK)
        f.st = log_principal(log, STR("os:1000:ana"), T0, id);
    if (f.st == GATE_OK)
        f.st = log_read(log, NULL, look, &n);
    if (f.st == GATE_OK)
        f.st = log_runs(log, NULL, look_row, &n);
    if (f.st == GATE_OK)
        f.st = log_next_name(log, STR("plan"), &name);
    if (f.st == GATE_OK)
        f.st = log_find_run(log, STR("plan-1"), id);
    if (f.st == GATE_OK)
        f.st = log_verify(log, &v);
    if (f.st == GATE_OK) {
        assert_int_equal(v.n_findings, 0);
        assert_int_equal(v.size, 7);
        assert_int_equal(n, 9);
    }
    log_close(log);
    buf_free(&why);
    buf_free(&name);
    return f;
}

/* What is in the file is whole: the program, then two records, then two more;
 * what was acknowledged is there. */
static void check_file(const char *path, Fate f)
{
    Log *log = NULL;
    LogVerdict v;
    GateStatus st = log_open(path, LOG_READ, os_real(), &log, NULL);
    if (st != GATE_OK) {
        assert_false(f.opened);
        return;
    }
    assert_int_equal(log_verify(log, &v), GATE_OK);
    assert_int_equal(v.n_findings, 0);
    assert_true(v.size == 1 || v.size == 2 || v.size == 4 || v.size == 6 || v.size == 7);
    if (f.appended)
        assert_true(v.size >= 6);
    log_close(log);
}

static size_t in_use(void)
{
    return mallinfo2().uordblks;
}

static void fail_everywhere(bool sticky)
{
    Scratch s;
    scratch_fast(&s);
    assert_int_equal(scenario(s.path).st, GATE_OK); /* what is kept, is kept now */
    for (uint64_t n = 1;; n++) {
        scratch_wipe(&s);
        size_t before = in_use();
        uint64_t allocs = mem_alloc_count();
        mem_fail_at(n, sticky);
        Fate f = scenario(s.path);
        mem_fail_at(0, false);
        bool reached = mem_alloc_count() - allocs >= n;
        if (in_use() != before)
            fail_msg("n = %llu: %zu bytes leaked", (unsigned long long)n,
                     in_use() - before);
        check_file(s.path, f);
        if (!reached) {
            assert_int_equal(f.st, GATE_OK);
            print_message("# %llu allocations\n", (unsigned long long)n);
            break;
        }
    }
    scratch_drop(&s);
}

static void once(void **state)
{
    (void)state;
    fail_everywhere(false);
}

static void for_ever(void **state)
{
    (void)state;
    fail_everywhere(true);
}

/* glibc counts what a thread's cache holds as in use: switched off, which only
 * works at the start of a process. */
static void without_cache(char **argv)
{
    static const char tunable[] = "glibc.malloc.tcache_count=0";
    const char *set = getenv("GLIBC_TUNABLES");
    if (set != NULL && strcmp(set, tunable) == 0)
        return;
    setenv("GLIBC_TUNABLES", tunable, 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    (void)argc;
    without_cache(argv);
    static const sqlite3_mem_methods methods = {give, take, resize, size_of,
                                                round_up, nothing, done, NULL};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once),
        cmocka_unit_test(for_ever),
    };
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        return 1;
    return cmocka_run_group_tests_name("log_faults", tests, NULL, NULL);
}
