/* A process that appends is killed at random instants, fifty times: the log is
 * whole each time, and every append that was acknowledged is there. */
#include "tests/unit/test_log_util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 50, PER_APPEND = 3 };

static uint64_t rng = 88172645463325252u;

static uint64_t random_below(uint64_t n)
{
    rng ^= rng << 13; /* xorshift64: a fixed series; the instants are random
                         because the child's progress is */
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng % n;
}

/* Three records and the run's row; the part says which append this is. */
static GateStatus append_one(Log *log, uint64_t number)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    RunRow row = run_row(RUN_A, "plan-1", number % 2 == 0 ? "running" : "waiting");
    row.due_ms = number % 3 == 0 ? -1 : T0 + (int64_t)number;
    Record r[PER_APPEND];
    for (int i = 0; i < PER_APPEND; i++) {
        r[i] = record(REC_RUN_CHANGED, RUN_A);
        rec_add_part(&r[i], "number", "text/plain", (Str){text, (size_t)n});
    }
    return log_append(log, r, PER_APPEND, &row, 1, T0);
}

static void child(const char *path, int out)
{
    Log *log;
    if (log_open(path, LOG_CREATE, os_real(), &log, NULL) != GATE_OK)
        _exit(1);
    for (;;) {
        if (append_one(log, (log_size(log) - 1) / PER_APPEND) != GATE_OK)
            _exit(2);
        uint64_t size = log_size(log);
        if (write(out, &size, sizeof size) != sizeof size)
            _exit(3);
    }
}

/* Burns up to two milliseconds: about the length of a commit. */
static void a_moment(void)
{
    struct timespec t, u;
    uint64_t us = random_below(2000);
    clock_gettime(CLOCK_MONOTONIC, &t);
    do
        clock_gettime(CLOCK_MONOTONIC, &u);
    while ((uint64_t)((u.tv_sec - t.tv_sec) * 1000000 +
                      (u.tv_nsec - t.tv_nsec) / 1000) < us);
}

/* Kills after some acknowledgements and a moment; the last size that was
 * acknowledged. */
static uint64_t run_and_kill(const char *path, bool from_the_start)
{
    int fd[2], status;
    uint64_t size, last = 0;
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fd[0]);
        child(path, fd[1]);
    }
    close(fd[1]);
    for (uint64_t n = from_the_start ? 0 : random_below(12); n > 0; n--)
        if (read(fd[0], &size, sizeof size) == sizeof size)
            last = size;
    a_moment();
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (read(fd[0], &size, sizeof size) == sizeof size)
        last = size;
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status)); /* it did not give up by itself */
    return last;
}

static bool numbered(void *ctx, const Record *r, Str env)
{
    uint64_t *seen = ctx;
    char text[24];
    (void)env;
    snprintf(text, sizeof text, "%llu", (unsigned long long)(*seen / PER_APPEND));
    assert_true(str_is(rec_part(r, "number"), text));
    ++*seen;
    return true;
}

static void whole(const char *path, uint64_t acknowledged)
{
    LogVerdict v;
    uint64_t seen = 0;
    Log *log = open_log(path, LOG_CREATE); /* finishes what was half made */
    assert_int_equal(log_verify(log, &v), GATE_OK);
    assert_int_equal(v.n_findings, 0);
    assert_true(v.size >= 1 && v.size >= acknowledged);
    assert_int_equal((v.size - 1) % PER_APPEND, 0);
    if (acknowledged > 0)
        assert_true(v.size <= acknowledged + PER_APPEND);
    if (v.size > 1) {
        Arena *a = arena_new(0);
        RunRow row;
        assert_int_equal(log_read(log, RUN_A, numbered, &seen), GATE_OK);
        assert_int_equal(seen, v.size - 1);
        assert_int_equal(log_run_row(log, RUN_A, a, &row), GATE_OK);
        assert_int_equal(row.records, seen);
        bool even = (seen / PER_APPEND - 1) % 2 == 0;
        assert_true(str_is(row.state, even ? "running" : "waiting"));
        arena_free(a);
    }
    log_close(log);
}

static void killed_at_random(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    uint64_t total = 0;
    for (int i = 0; i < KILLS; i++) {
        bool fresh = i % 5 == 0; /* also while the log is being made */
        if (fresh)
            scratch_wipe(&s);
        uint64_t last = run_and_kill(s.path, fresh);
        total += last;
        whole(s.path, last);
    }
    assert_true(total > KILLS); /* it was at work */
    scratch_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_random),
    };
    return cmocka_run_group_tests_name("log_crash", tests, NULL, NULL);
}
