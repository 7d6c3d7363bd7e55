/* The store: what is appended comes back, numbered and checked; what may not be
 * appended is refused and leaves nothing; the settings hold. */
#include "tests/unit/test_log_util.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "vm/log/store.h"

static void verified(Log *log, uint64_t size)
{
    LogVerdict v;
    assert_int_equal(log_verify(log, &v), GATE_OK);
    for (size_t i = 0; i < v.n_findings; i++)
        print_message("# %s at %llu: %s\n", v.findings[i].code,
                      (unsigned long long)v.findings[i].seq, v.findings[i].text);
    assert_int_equal(v.n_findings, 0);
    assert_int_equal(v.size, size);
}

typedef struct Got {
    int n;
    uint64_t seq[32];
    RecKind kind[32];
    int64_t ts[32];
    char comment[64];
    bool empty_there;
} Got;

static bool get(void *ctx, const Record *r, Str env)
{
    Got *g = ctx;
    assert_true(env.n > 0 && env.p[0] == '{');
    g->seq[g->n] = r->seq;
    g->kind[g->n] = r->kind;
    g->ts[g->n++] = r->ts_ms;
    Str c = rec_part(r, "comment");
    if (c.p != NULL)
        snprintf(g->comment, sizeof g->comment, "%.*s", STR_ARG(c));
    g->empty_there = g->empty_there || rec_part(r, "empty").p != NULL;
    return g->n < 32;
}

static void round_trip(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(log_size(log), 1);
    assert_true(log_name(log).n == 8 + 36);
    assert_memory_equal(log_name(log).p, "local/t/", 8);
    assert_string_equal(log_service(log), log_name(log).p + 8);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(append_run(log, RUN_B, "plan-2", false), GATE_OK);
    assert_int_equal(log_size(log), 9);
    verified(log, 9);
    /* Another connection, then the same file opened again. */
    for (int again = 0; again < 2; again++) {
        Log *r = open_log(s.path, LOG_READ);
        Got g = {0};
        assert_int_equal(log_size(r), 9);
        assert_int_equal(log_read(r, RUN_A, get, &g), GATE_OK);
        assert_int_equal(g.n, 4);
        assert_int_equal(g.seq[0], 2);
        assert_int_equal(g.seq[3], 5);
        assert_int_equal(g.kind[3], REC_RUN_CLOSED);
        assert_int_equal(g.ts[0] <= g.ts[3], 1);
        assert_string_equal(g.comment, "looks \"good\"\n");
        assert_true(g.empty_there);
        memset(&g, 0, sizeof g);
        assert_int_equal(log_read(r, NULL, get, &g), GATE_OK);
        assert_int_equal(g.n, 9);
        assert_int_equal(g.kind[0], REC_LOG_OPENED);
        assert_int_equal(log_read(r, PERSON, get, &g), GATE_E_NOTFOUND);
        verified(r, 9);
        Record x = record(REC_RUN_CHANGED, RUN_B);
        assert_int_equal(log_append(r, &x, 1, NULL, 0, T0), GATE_E_REFUSED);
        log_close(r);
        if (again == 0) {
            log_close(log);
            log = open_log(s.path, LOG_WRITE);
            assert_int_equal(log_size(log), 9);
        }
    }
    log_close(log);
    scratch_drop(&s);
}

static bool stop_at_two(void *ctx, const Record *r, Str env)
{
    (void)r, (void)env;
    return ++*(int *)ctx < 2;
}

static void rows_and_names(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    Buf name = {0};
    char id[OS_UUID_SIZE];
    assert_int_equal(log_next_name(log, STR("plan"), &name), GATE_OK);
    assert_string_equal(buf_z(&name), "plan-1");
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(append_run(log, RUN_B, "plan-2", false), GATE_OK);
    buf_clear(&name);
    assert_int_equal(log_next_name(log, STR("plan"), &name), GATE_OK);
    assert_string_equal(buf_z(&name), "plan-3");
    buf_free(&name);

    assert_int_equal(log_find_run(log, STR("plan-2"), id), GATE_OK);
    assert_string_equal(id, RUN_B);
    assert_int_equal(log_find_run(log, STR("5b0f8"), id), GATE_OK);
    assert_string_equal(id, RUN_A);
    assert_int_equal(log_find_run(log, STR(RUN_B), id), GATE_OK);
    assert_string_equal(id, RUN_B);
    assert_int_equal(log_find_run(log, STR("5b0f"), id), GATE_E_BUSY);
    assert_int_equal(log_find_run(log, STR("5b0"), id), GATE_E_NOTFOUND);
    assert_int_equal(log_find_run(log, STR(""), id), GATE_E_NOTFOUND);
    assert_int_equal(log_find_run(log, STR("%"), id), GATE_E_NOTFOUND);
    assert_non_null(strstr(log_error(log), "no run `%`"));

    Arena *a = arena_new(0);
    RunRow row;
    assert_int_equal(log_run_row(log, RUN_A, a, &row), GATE_OK);
    assert_true(str_is(row.state, "done") && str_is(row.name, "plan-1"));
    assert_true(str_is(row.plan, "plan") && str_is(row.starter, PERSON));
    assert_int_equal(row.records, 4);
    assert_int_equal(row.due_ms, -1);
    assert_int_equal(row.started_ms, T0);
    Hash h = hash_bytes("prog", 4);
    assert_memory_equal(row.program.b, h.b, HASH_SIZE);
    assert_int_equal(log_run_row(log, RUN_B, a, &row), GATE_OK);
    assert_int_equal(row.due_ms, T0 + 1000);
    assert_int_equal(log_run_row(log, PERSON, a, &row), GATE_E_NOTFOUND);
    arena_free(a);

    /* A second run of that name is refused, and nothing of it is there. */
    uint64_t before = log_size(log);
    assert_int_equal(append_run(log, PERSON, "plan-2", true), GATE_E_REFUSED);
    assert_non_null(strstr(log_error(log), "plan-2"));
    assert_int_equal(log_size(log), before);
    int n = 0;
    assert_int_equal(log_read(log, NULL, stop_at_two, &n), GATE_OK);
    assert_int_equal(n, 2);
    verified(log, before);
    log_close(log);
    scratch_drop(&s);
}

static bool count_run(void *ctx, const RunRow *row)
{
    assert_true(row->name.n > 0);
    ++*(int *)ctx;
    return true;
}

static void runs_by_state(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(append_run(log, RUN_B, "plan-2", false), GATE_OK);
    int all = 0, waiting = 0, none = 0;
    assert_int_equal(log_runs(log, NULL, count_run, &all), GATE_OK);
    assert_int_equal(log_runs(log, "waiting", count_run, &waiting), GATE_OK);
    assert_int_equal(log_runs(log, "failed", count_run, &none), GATE_OK);
    assert_int_equal(all, 2);
    assert_int_equal(waiting, 1);
    assert_int_equal(none, 0);
    log_close(log);
    scratch_drop(&s);
}

/* Each refused append leaves the log as it was, and the handle alive. */
static void refused(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", false), GATE_OK);
    uint64_t size = log_size(log);

    Record r[2] = {record(REC_RUN_CHANGED, RUN_A), record(REC_RUN_CHANGED, RUN_A)};
    rec_set_text(&r[1], RF_TO, STR("\xff"));
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_FORMAT);
    assert_non_null(strstr(log_error(log), "UTF-8"));
    rec_set_text(&r[1], RF_TO, (Str){"a\0b", 3});
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_FORMAT);
    r[1] = record(REC_RUN_CHANGED, RUN_A);
    rec_add_part(&r[1], "twice", "a/b", STR("1"));
    rec_add_part(&r[1], "twice", "a/b", STR("2"));
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_FORMAT);
    r[1] = record(REC_RUN_CHANGED, RUN_A);
    r[1].ref[r[1].n_refs++] = size + 1;
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_FORMAT);
    r[1] = record(REC_RUN_CHANGED, RUN_B); /* no row */
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_FORMAT);
    assert_non_null(strstr(log_error(log), "row"));

    Buf big = {0};
    for (int i = 0; i <= LIM_ENVELOPE_BYTES; i++)
        buf_putc(&big, 'x');
    r[1] = record(REC_RUN_CHANGED, RUN_A);
    rec_set_text(&r[1], RF_TO, buf_view(&big));
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_LIMIT);
    for (size_t i = big.n; i <= LIM_PART_BYTES; i++)
        buf_putc(&big, 'x');
    r[1] = record(REC_RUN_CHANGED, RUN_A);
    rec_add_part(&r[1], "big", "a/b", buf_view(&big));
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_E_LIMIT);
    assert_int_equal(log_size(log), size);
    verified(log, size);

    /* At the limit it is taken, and comes back. */
    big.n = LIM_PART_BYTES;
    r[1].parts[0].bytes = buf_view(&big);
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0), GATE_OK);
    verified(log, size + 2);
    buf_free(&big);
    log_close(log);
    scratch_drop(&s);
}

static void clock_goes_back(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    int64_t t = T0 + 86400000;
    static const int steps[] = {0, 500, -1000, -900, 400, 600, 599};
    RunRow row = run_row(RUN_A, "plan-1", "running");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        Record r = record(REC_RUN_CHANGED, RUN_A);
        assert_int_equal(log_append(log, &r, 1, &row, 1, t + steps[i]), GATE_OK);
    }
    Got g = {0};
    assert_int_equal(log_read(log, NULL, get, &g), GATE_OK);
    static const int want[] = {0, 500, 500, 500, 500, 500, 600, 600, 600};
    static const bool stepped[] = {0, 0, 1, 0, 0, 0, 0, 1, 0};
    assert_int_equal(g.n, 10);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(g.ts[i + 1], t + want[i]);
        assert_int_equal(g.kind[i + 1],
                         stepped[i] ? REC_CLOCK_STEPPED : REC_RUN_CHANGED);
    }
    verified(log, 10);
    log_close(log);
    /* Still behind after a restart: said once more, never twice. */
    log = open_log(s.path, LOG_WRITE);
    for (int i = 0; i < 2; i++) {
        Record r = record(REC_RUN_CHANGED, RUN_A);
        assert_int_equal(log_append(log, &r, 1, NULL, 0, T0 + i), GATE_OK);
    }
    verified(log, 13);
    log_close(log);
    scratch_drop(&s);
}

static void principals(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    char a[OS_UUID_SIZE], b[OS_UUID_SIZE], c[OS_UUID_SIZE];
    assert_int_equal(log_principal(log, STR("os:1000:ana"), T0, a), GATE_OK);
    assert_int_equal(log_principal(log, STR("os:1001:\"bo\\\""), T0, b), GATE_OK);
    assert_int_equal(log_principal(log, STR("os:1000:ana"), T0, c), GATE_OK);
    assert_string_equal(a, c);
    assert_string_not_equal(a, b);
    assert_int_equal(log_size(log), 3);
    Arena *arena = arena_new(0);
    assert_true(str_is(log_account(log, b, arena), "os:1001:\"bo\\\""));
    assert_null(log_account(log, RUN_A, arena).p);
    arena_free(arena);
    verified(log, 3);
    Log *r = open_log(s.path, LOG_READ);
    assert_int_equal(log_principal(r, STR("os:1000:ana"), T0, c), GATE_OK);
    assert_string_equal(a, c);
    assert_int_equal(log_principal(r, STR("os:7:eve"), T0, c), GATE_E_NOTFOUND);
    log_close(r);
    log_close(log);
    scratch_drop(&s);
}

static void programs(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    char who[OS_UUID_SIZE];
    Hash h = hash_bytes("abc", 3), other = hash_bytes("abd", 3);
    Buf bytes = {0};
    assert_int_equal(log_put_program(log, &other, STR("abc"), RUN_A, T0),
                     GATE_E_FORMAT);
    assert_int_equal(log_put_program(log, &h, STR("abc"), RUN_A, T0), GATE_OK);
    assert_int_equal(log_put_program(log, &h, STR("abc"), RUN_B, T0), GATE_OK);
    assert_int_equal(log_get_program(log, &h, &bytes, who), GATE_OK);
    assert_true(str_is(buf_view(&bytes), "abc"));
    assert_string_equal(who, RUN_A);
    assert_int_equal(log_get_program(log, &other, &bytes, who), GATE_E_NOTFOUND);
    assert_int_equal(log_size(log), 2); /* the second loader is no record */
    verified(log, 2);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE program SET bytes = x'00'", NULL,
                                  NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_int_equal(log_get_program(log, &h, &bytes, who), GATE_E_FORMAT);
    /* A failed checksum: nothing more is done with this handle. */
    assert_int_equal(log_get_program(log, &h, &bytes, who), GATE_E_IO);
    assert_non_null(strstr(log_error(log), "was changed"));
    buf_free(&bytes);
    log_close(log);
    scratch_drop(&s);
}

/* Who loaded a program decides who may approve it: the record says it. */
static void loaders(void **state)
{
    (void)state;
    static const char *const lies[] = {
        "UPDATE program SET loader = '" RUN_B "'", "UPDATE program SET seq = 0",
        "UPDATE program SET seq = -1", "UPDATE program SET seq = 1 << 62",
        "UPDATE program SET seq = 2"};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        Scratch s;
        scratch_make(&s);
        Log *log = open_log(s.path, LOG_CREATE);
        char who[OS_UUID_SIZE];
        Hash h = hash_bytes("abc", 3), other = hash_bytes("abd", 3);
        Buf bytes = {0};
        sqlite3 *db;
        assert_int_equal(log_put_program(log, &h, STR("abc"), RUN_A, T0), GATE_OK);
        assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, lies[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_equal(log_put_program(log, &other, STR("abd"), RUN_B, T0), GATE_OK);
        assert_int_equal(log_get_program(log, &other, &bytes, who), GATE_OK);
        assert_string_equal(who, RUN_B);
        assert_int_equal(log_get_program(log, &h, &bytes, who), GATE_E_FORMAT);
        assert_non_null(strstr(log_error(log), "who loaded a program first was changed"));
        buf_free(&bytes);
        log_close(log);
        scratch_drop(&s);
    }
}

/* --- settings ----------------------------------------------------------------*/

static void ask(Log *log, const char *sql, const char *want)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(log->db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), want);
    sqlite3_finalize(st);
}

static void denied(Log *log, const char *sql)
{
    assert_int_not_equal(sqlite3_exec(log->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void settings(void **state)
{
    (void)state;
    Scratch s;
    struct stat sb;
    scratch_make(&s);
    mode_t mask = umask(0);
    Log *log = open_log(s.path, LOG_CREATE);
    umask(mask);
    assert_int_equal(stat(s.path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    char wal[128];
    snprintf(wal, sizeof wal, "%s-wal", s.path);
    assert_int_equal(stat(wal, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    ask(log, "PRAGMA journal_mode", "wal");
    ask(log, "PRAGMA synchronous", "2");
    ask(log, "PRAGMA temp_store", "2");
    ask(log, "PRAGMA cell_size_check", "1");
    ask(log, "PRAGMA wal_autocheckpoint", "1000");
    ask(log, "PRAGMA query_only", "0");
    denied(log, "UPDATE audit_entry SET env = x'00'");
    denied(log, "DELETE FROM audit_entry");
    denied(log, "UPDATE audit_part SET box = x'00'");
    denied(log, "DELETE FROM audit_part WHERE seq = 0");
    denied(log, "DROP TABLE audit_entry");
    denied(log, "ATTACH ':memory:' AS other");
    denied(log, "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql=''");
    Log *r = open_log(s.path, LOG_READ);
    ask(r, "PRAGMA query_only", "1");
    ask(r, "PRAGMA wal_autocheckpoint", "0");
    denied(r, "INSERT INTO meta VALUES ('a', 'b')");
    log_close(r);
    log_close(log);
    scratch_drop(&s);
}

static void open_fails(const char *path, LogMode mode, GateStatus st,
                       const char *words)
{
    Log *log;
    Buf why = {0};
    assert_int_equal(log_open(path, mode, os_real(), &log, &why), st);
    assert_null(log);
    if (strstr(buf_z(&why), words) == NULL)
        fail_msg("`%s` instead of `%s`", buf_z(&why), words);
    buf_free(&why);
}

/* Somebody reads the file in another journal mode: WAL cannot be had. */
static void wal_does_not_hold(void **state)
{
    (void)state;
    Scratch s;
    sqlite3 *db;
    scratch_make(&s);
    log_close(open_log(s.path, LOG_CREATE));
    assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=DELETE; BEGIN;"
                                  "SELECT * FROM meta", NULL, NULL, NULL),
                     SQLITE_OK);
    open_fails(s.path, LOG_WRITE, GATE_E_IO, "write-ahead log");
    open_fails(s.path, LOG_CREATE, GATE_E_IO, "journal mode stays `delete`");
    sqlite3_close(db);
    Log *log = open_log(s.path, LOG_WRITE);
    ask(log, "PRAGMA journal_mode", "wal");
    log_close(log);
    scratch_drop(&s);
}

/* As an ordinary user on a file that only others may write. */
static void read_only_file(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    log_close(open_log(s.path, LOG_CREATE));
    chmod(s.dir, 0755);
    chmod(s.path, 0444);
    pid_t pid = fork();
    if (pid == 0) {
        Log *log;
        Buf why = {0};
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(3);
        GateStatus st = log_open(s.path, LOG_WRITE, os_real(), &log, &why);
        _exit(st == GATE_E_IO && strstr(buf_z(&why), "cannot be written") != NULL
                  ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    scratch_drop(&s);
}

static void not_a_log(void **state)
{
    (void)state;
    Scratch s;
    sqlite3 *db;
    scratch_make(&s);
    open_fails(s.path, LOG_READ, GATE_E_NOTFOUND, "there is no log at");
    open_fails(s.path, LOG_WRITE, GATE_E_NOTFOUND, "there is no log at");
    assert_int_equal(os_write_file(s.path, STR("this is not a database, is it?"
        " it has to be long enough to have a header of a hundred bytes, so on"),
        0600, NULL), GATE_OK);
    open_fails(s.path, LOG_READ, GATE_E_IO, "not a database");
    unlink(s.path);
    assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE mine(a)", NULL, NULL, NULL);
    open_fails(s.path, LOG_CREATE, GATE_E_FORMAT, "not a log of gate");
    sqlite3_exec(db, "PRAGMA application_id=0x67617465; PRAGMA user_version=2",
                 NULL, NULL, NULL);
    open_fails(s.path, LOG_READ, GATE_E_FORMAT, "format 2");
    sqlite3_close(db);
    scratch_drop(&s);
    open_fails("/nonexistent/dir/log.db", LOG_CREATE, GATE_E_IO, "cannot make");
}

/* A writer follows a head that fits, or does not write. */
static void broken_end(void **state)
{
    (void)state;
    Scratch s;
    sqlite3 *db;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", false), GATE_OK);
    assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
    sqlite3_exec(db, "DELETE FROM audit_entry WHERE seq = 3", NULL, NULL, NULL);
    /* The handle that is open finds out as well: the place is not free. */
    sqlite3_exec(db, "UPDATE audit_head SET size = 3", NULL, NULL, NULL);
    Record r = record(REC_RUN_CHANGED, RUN_A);
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_E_FORMAT);
    assert_non_null(strstr(log_error(log), "somebody else wrote"));
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_E_IO);
    log_close(log);
    open_fails(s.path, LOG_WRITE, GATE_E_FORMAT, "do not fit");
    log = open_log(s.path, LOG_READ);
    log_close(log);
    sqlite3_close(db);
    scratch_drop(&s);
}

/* A reader in the middle of reading does not stop the writer, and sees what it
 * saw; a foreign write lock is named, and does no harm. */
static void beside_others(void **state)
{
    (void)state;
    Scratch s;
    sqlite3 *db;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(sqlite3_open(s.path, &db), SQLITE_OK);
    sqlite3_exec(db, "BEGIN; SELECT count(*) FROM audit_entry", NULL, NULL, NULL);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    sqlite3_exec(db, "COMMIT; BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_busy_timeout(log->db, 0);
    Record r = record(REC_RUN_CHANGED, NULL);
    uint64_t size = log_size(log);
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_E_BUSY);
    assert_non_null(strstr(log_error(log), "another program"));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_OK);
    verified(log, size + 1);
    sqlite3_close(db);
    log_close(log);
    scratch_drop(&s);
}

/* --- the disk says no ---------------------------------------------------------*/

/* Nothing is retried: also when the disk would answer again, this handle has
 * ended. What was acknowledged is there; the failed append is whole or absent. */
static void ended(Log *log, const char *path, uint64_t before)
{
    Record r = record(REC_RUN_CHANGED, NULL);
    char id[OS_UUID_SIZE];
    LogVerdict v;
    int n = 0;
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_E_IO);
    assert_int_equal(log_principal(log, STR("os:1:bo"), T0, id), GATE_E_IO);
    assert_int_equal(log_read(log, NULL, stop_at_two, &n), GATE_E_IO);
    assert_int_equal(log_verify(log, &v), GATE_E_IO);
    assert_int_equal(log_find_run(log, STR("plan-1"), id), GATE_E_IO);
    assert_int_equal(n, 0);
    assert_non_null(strstr(log_error(log), "until gate starts again"));
    log_close(log);
    log = open_log(path, LOG_WRITE);
    assert_true(log_size(log) == before || log_size(log) == before + 1);
    verified(log, log_size(log));
    log_close(log);
}

static int no_sync(sqlite3_file *file, int flags)
{
    (void)file, (void)flags;
    return SQLITE_IOERR_FSYNC;
}

static void sync_fails_once(void **state)
{
    (void)state;
    Scratch s;
    sqlite3_file *wal = NULL;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(sqlite3_file_control(log->db, "main",
                                          SQLITE_FCNTL_JOURNAL_POINTER, &wal),
                     SQLITE_OK);
    const sqlite3_io_methods *real = wal->pMethods;
    sqlite3_io_methods broken = *real;
    broken.xSync = no_sync;
    wal->pMethods = &broken;
    uint64_t size = log_size(log);
    Record r = record(REC_RUN_CHANGED, NULL);
    assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_E_IO);
    wal->pMethods = real;
    ended(log, s.path, size);
    scratch_drop(&s);
}

static void disk_is_full(void **state)
{
    (void)state;
    Scratch s;
    struct rlimit was, now;
    struct stat sb;
    char wal[128];
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    snprintf(wal, sizeof wal, "%s-wal", s.path);
    assert_int_equal(stat(wal, &sb), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    now = was;
    now.rlim_cur = (rlim_t)sb.st_size + 100; /* a write that stops half way */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
    uint64_t size = log_size(log);
    Record r = record(REC_RUN_CHANGED, NULL);
    GateStatus st = log_append(log, &r, 1, NULL, 0, T0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(st, GATE_E_IO);
    ended(log, s.path, size);
    scratch_drop(&s);
}

/* Appending from inside a read: no statement is held. */
static bool append_inside(void *ctx, const Record *r, Str env)
{
    Log *log = ctx;
    Record x = record(REC_RUN_CHANGED, NULL);
    assert_int_equal(log_append(log, &x, 1, NULL, 0, T0), GATE_OK);
    assert_true(env.n > 0 && env.p[env.n - 1] == '}');
    return r->seq < 100;
}

static void read_and_append(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(log_read(log, NULL, append_inside, log), GATE_OK);
    assert_int_equal(log_read(log, RUN_A, append_inside, log), GATE_OK);
    verified(log, 16);
    log_close(log);
    scratch_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(rows_and_names),
        cmocka_unit_test(runs_by_state),
        cmocka_unit_test(refused),
        cmocka_unit_test(clock_goes_back),
        cmocka_unit_test(principals),
        cmocka_unit_test(programs),
        cmocka_unit_test(loaders),
        cmocka_unit_test(settings),
        cmocka_unit_test(wal_does_not_hold),
        cmocka_unit_test(read_only_file),
        cmocka_unit_test(not_a_log),
        cmocka_unit_test(broken_end),
        cmocka_unit_test(beside_others),
        cmocka_unit_test(sync_fails_once),
        cmocka_unit_test(disk_is_full),
        cmocka_unit_test(read_and_append),
    };
    return cmocka_run_group_tests_name("log_store", tests, NULL, NULL);
}
