/* How long a connection waits for another one's lock. */
#include "tests/unit/test_log_util.h"
#include "vm/log/store.h"
#include "vm/os/limits.h"

static int busy_timeout(Log *log)
{
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(log->db, "PRAGMA busy_timeout", -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int ms = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return ms;
}

static void a_lock_is_waited_for(void **state)
{
    (void)state;
    static const LogMode modes[] = {LOG_CREATE, LOG_WRITE, LOG_READ};
    Scratch s;
    scratch_make(&s);
    for (size_t i = 0; i < 3; i++) {
        Log *log = NULL;
        Buf why = {0};
        assert_int_equal(log_open(s.path, modes[i], os_real(), &log, &why), GATE_OK);
        assert_int_equal(busy_timeout(log), LIM_DB_WAIT_MS);
        log_close(log);
    }
    scratch_drop(&s);
}

static void the_clock_goes_with_an_append(void **state)
{
    (void)state;
    Scratch s;
    Log *log = NULL;
    Buf why = {0}, words = {0};
    scratch_make(&s);
    assert_int_equal(log_open(s.path, LOG_CREATE, os_real(), &log, &why), GATE_OK);
    assert_int_equal(log_clock(log, &words), GATE_E_NOTFOUND);
    log_keep_clock(log, STR("so it was"));
    assert_int_equal(log_clock(log, &words), GATE_E_NOTFOUND); /* not yet */
    assert_int_equal(log_append(log, NULL, 0, NULL, 0, INT64_C(4000000000000)), GATE_OK);
    assert_int_equal(log_clock(log, &words), GATE_OK);
    assert_string_equal(buf_z(&words), "so it was");
    assert_int_equal(log_size(log), 1); /* no record of it */
    log_keep_clock(log, STR("so it is"));
    assert_int_equal(log_append(log, NULL, 0, NULL, 0, INT64_C(4000000000000)), GATE_OK);
    log_close(log);
    assert_int_equal(log_open(s.path, LOG_READ, os_real(), &log, &why), GATE_OK);
    buf_clear(&words);
    assert_int_equal(log_clock(log, &words), GATE_OK);
    assert_string_equal(buf_z(&words), "so it is");
    LogVerdict v;
    assert_int_equal(log_verify(log, &v), GATE_OK);
    assert_int_equal(v.n_findings, 0);
    log_close(log);
    buf_free(&words);
    scratch_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_is_waited_for),
        cmocka_unit_test(the_clock_goes_with_an_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
