/* Attacks on the file with a second sqlite3 connection, as an auditor would try
 * them: each is found, and the first bad record is named. */
#include "tests/unit/test_log_util.h"

#include <sqlite3.h>

static void sql(sqlite3 *db, const char *text)
{
    char *err = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &err) != SQLITE_OK)
        fail_msg("%s: %s", text, err);
}

static sqlite3 *attack(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sql(db, "PRAGMA synchronous=OFF; PRAGMA ignore_check_constraints=ON");
    return db;
}

enum { RECORDS = 13 };

/* 0 log.opened, 1 a principal, 2 a program, 3..6 run A (closed), 7..9 run B, 10 a
 * step of the clock, 11 and 12 records of the log. */
static void make_log(const Scratch *s)
{
    char id[OS_UUID_SIZE];
    Log *log = open_log(s->path, LOG_CREATE);
    assert_int_equal(log_principal(log, STR("os:1000:ana"), T0, id), GATE_OK);
    assert_int_equal(append_run(log, RUN_A, "plan-1", true), GATE_OK);
    assert_int_equal(append_run(log, RUN_B, "plan-2", false), GATE_OK);
    Record r[2] = {record(REC_PEOPLE_TOLD, NULL), record(REC_PEOPLE_TOLD, NULL)};
    assert_int_equal(log_append(log, r, 2, NULL, 0, T0 - 5), GATE_OK);
    assert_int_equal(log_size(log), RECORDS);
    log_close(log);
}

/* --- every byte --------------------------------------------------------------*/

typedef struct Cell {
    const char *table, *column;
    int64_t rowid;
    uint64_t record; /* that must be named */
} Cell;

static void names(Log *log, const Cell *c, const char *what)
{
    LogVerdict v;
    assert_int_equal(log_verify(log, &v), GATE_OK);
    for (size_t i = 0; i < v.n_findings; i++)
        if (v.findings[i].seq == c->record)
            return;
    fail_msg("%s.%s of row %lld, %s: %zu findings, none at %llu (first: %s %s)",
             c->table, c->column, (long long)c->rowid, what, v.n_findings,
             (unsigned long long)c->record, v.findings[0].code,
             v.findings[0].text);
}

static void set_cell(sqlite3 *db, const Cell *c, sqlite3_value *value,
                     const char *bytes)
{
    char text[128];
    sqlite3_stmt *s = NULL;
    snprintf(text, sizeof text, "UPDATE %s SET %s = ?1 WHERE rowid = ?2", c->table,
             c->column);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
    if (bytes == NULL)
        sqlite3_bind_value(s, 1, value);
    else if (sqlite3_value_type(value) == SQLITE_TEXT)
        sqlite3_bind_text(s, 1, bytes, sqlite3_value_bytes(value), SQLITE_STATIC);
    else
        sqlite3_bind_blob(s, 1, bytes, sqlite3_value_bytes(value), SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, c->rowid);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_finalize(s);
}

static void each_byte(sqlite3 *db, Log *log, const Cell *c, sqlite3_value *value)
{
    char bytes[1024], what[64];
    int n = sqlite3_value_bytes(value);
    assert_true(n <= (int)sizeof bytes);
    for (int i = 0; i < n; i++) {
        memcpy(bytes, sqlite3_value_blob(value), (size_t)n);
        bytes[i] ^= 1;
        set_cell(db, c, value, bytes);
        snprintf(what, sizeof what, "byte %d", i);
        names(log, c, what);
    }
    set_cell(db, c, value, NULL);
}

/* A number: to what is free next to it, and to something far away. */
static void each_number(sqlite3 *db, Log *log, Cell c, int64_t was, bool is_key)
{
    static const int64_t other[] = {-1, 1 << 20, INT64_C(1) << 60, 1000003};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        char text[160];
        snprintf(text, sizeof text, "UPDATE %s SET %s = %lld WHERE rowid = %lld",
                 c.table, c.column, (long long)other[i], (long long)c.rowid);
        sql(db, text);
        names(log, &c, text);
        snprintf(text, sizeof text, "UPDATE %s SET %s = %lld WHERE rowid = %lld",
                 c.table, c.column, (long long)was,
                 (long long)(is_key ? other[i] : c.rowid));
        sql(db, text);
    }
}

/* Every column of every row of a table; record_of names the record. */
static size_t each_cell(sqlite3 *db, Log *log, const char *table,
                        const char *record_of)
{
    char text[128];
    sqlite3_stmt *s = NULL;
    size_t cells = 0;
    /* A copy, so that no cursor stands on what is changed. */
    snprintf(text, sizeof text, "CREATE TEMP TABLE was AS SELECT rowid AS r, %s AS "
             "rec, * FROM %s", record_of, table);
    sql(db, text);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM was", -1, &s, NULL),
                     SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) {
        for (int i = 2; i < sqlite3_column_count(s); i++) {
            Cell c = {table, sqlite3_column_name(s, i), sqlite3_column_int64(s, 0),
                      (uint64_t)sqlite3_column_int64(s, 1)};
            sqlite3_value *v = sqlite3_value_dup(sqlite3_column_value(s, i));
            int64_t number = sqlite3_column_int64(s, i);
            if (sqlite3_value_type(v) == SQLITE_INTEGER)
                each_number(db, log, c, number, i == 2);
            else
                each_byte(db, log, &c, v);
            sqlite3_value_free(v);
            cells++;
        }
    }
    sqlite3_finalize(s);
    sql(db, "DROP TABLE was");
    return cells;
}

static void clean(Log *log)
{
    LogVerdict v;
    assert_int_equal(log_verify(log, &v), GATE_OK);
    if (v.n_findings > 0)
        fail_msg("%s at %llu: %s", v.findings[0].code,
                 (unsigned long long)v.findings[0].seq, v.findings[0].text);
    assert_int_equal(v.size, RECORDS);
}

static void every_byte_of_every_column(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    make_log(&s);
    sqlite3 *db = attack(s.path);
    Log *log = open_log(s.path, LOG_READ);
    clean(log);
    assert_int_equal(each_cell(db, log, "audit_entry", "seq"), 3 * RECORDS);
    clean(log);
    assert_int_equal(each_cell(db, log, "audit_part", "seq"), 5 * 9);
    clean(log);
    assert_int_equal(each_cell(db, log, "audit_head", "13 + 0 * size"), 4);
    clean(log);
    log_close(log);
    sqlite3_close(db);
    scratch_drop(&s);
}

/* --- one attack a case, each on a fresh copy -----------------------------------*/

static void sha256_leaf(sqlite3_context *ctx, int n, sqlite3_value **arg)
{
    (void)n;
    Str env = {sqlite3_value_blob(arg[0]), (size_t)sqlite3_value_bytes(arg[0])};
    Hash h = merkle_leaf(env);
    sqlite3_result_blob(ctx, h.b, HASH_SIZE, SQLITE_TRANSIENT);
}

/* Writes the tree head anew, as a thief with the whole file could. */
static void rebuild_head(sqlite3 *db)
{
    MerkleEdge e = {0};
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(db, "SELECT env FROM audit_entry ORDER BY seq", -1, &s, NULL);
    while (sqlite3_step(s) == SQLITE_ROW) {
        Hash leaf = merkle_leaf((Str){sqlite3_column_blob(s, 0),
                                      (size_t)sqlite3_column_bytes(s, 0)});
        merkle_add(&e, &leaf);
    }
    sqlite3_finalize(s);
    Hash root = merkle_root(&e);
    sqlite3_prepare_v2(db, "UPDATE audit_head SET size = ?1, root = ?2, edge = ?3",
                       -1, &s, NULL);
    sqlite3_bind_int64(s, 1, (int64_t)e.size);
    sqlite3_bind_blob(s, 2, root.b, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(s, 3, e.node, (int)(e.n * sizeof e.node[0]), SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

#define EDIT(seq, from, to)                                                    \
    "UPDATE audit_entry SET env = CAST(replace(CAST(env AS TEXT), '" from "', '" \
    to "') AS BLOB) WHERE seq = " #seq ";"                                     \
    "UPDATE audit_entry SET leaf = leaf_of(env) WHERE seq = " #seq ";"
#define SWAP(a, b, set)                                                        \
    "CREATE TEMP TABLE t AS SELECT * FROM audit_entry WHERE seq IN (" #a "," #b ");" \
    "UPDATE audit_entry SET " set " FROM t WHERE t.seq = " #a " + " #b           \
    " - audit_entry.seq AND audit_entry.seq IN (" #a "," #b ")"

static const struct Case {
    const char *what, *sql;
    bool rebuild;        /* and the head made to fit */
    const char *code;    /* "": nothing can be found */
    uint64_t seq;        /* of the first finding */
} cases[] = {
    {"nothing", "SELECT 1", false, "", 0},
    {"first deleted", "DELETE FROM audit_entry WHERE seq = 0", false, "GAP", 0},
    {"one deleted", "DELETE FROM audit_entry WHERE seq = 5", false, "GAP", 5},
    {"two deleted", "DELETE FROM audit_entry WHERE seq IN (5, 6)", false, "GAP", 5},
    {"newest deleted", "DELETE FROM audit_entry WHERE seq = 12", false, "TRUNC", 12},
    {"newest three deleted", "DELETE FROM audit_entry WHERE seq > 9", false,
     "TRUNC", 10},
    {"all deleted", "DELETE FROM audit_entry", false, "TRUNC", 0},
    {"two swapped", SWAP(4, 8, "env = t.env, leaf = t.leaf"), false, "ORDER", 4},
    {"two swapped, head fits", SWAP(4, 8, "env = t.env, leaf = t.leaf"), true,
     "ORDER", 4},
    {"bytes of two swapped", SWAP(4, 8, "env = t.env"), false, "EDIT", 4},
    {"one put in between", "UPDATE audit_entry SET seq = -seq WHERE seq > 4;"
     "UPDATE audit_entry SET seq = 1 - seq WHERE seq < 0;"
     "INSERT INTO audit_entry SELECT 5, env, leaf FROM audit_entry WHERE seq = 4",
     false, "ORDER", 5},
    {"one put behind", "INSERT INTO audit_entry SELECT 13, env, leaf FROM "
     "audit_entry WHERE seq = 12", false, "ORDER", 13},
    {"one put behind, head fits", "INSERT INTO audit_entry SELECT 13, env, leaf "
     "FROM audit_entry WHERE seq = 12", true, "ORDER", 13},
    {"one put before", "INSERT INTO audit_entry SELECT -3, env, leaf FROM "
     "audit_entry WHERE seq = 12", false, "ORDER", 0},
    {"one moved far away", "UPDATE audit_entry SET seq = 1 << 40 WHERE seq = 6",
     false, "GAP", 6},
    {"moved far away, head follows", "UPDATE audit_entry SET seq = 1 << 60 WHERE "
     "seq = 6; UPDATE audit_head SET size = 1 << 60 | 1, edge = zeroblob(64)",
     false, "GAP", 6},
    {"decision and leaf rewritten", EDIT(5, "approve", "reject"), false, "EDIT", 0},
    {"in the second subtree", EDIT(9, "approve", "reject"), false, "EDIT", 8},
    {"in the last subtree", EDIT(12, "human", "timer"), false, "EDIT", 12},
    {"leaf rewritten, run row gone", EDIT(5, "approve", "reject")
     "DELETE FROM run WHERE name = 'plan-1'", false, "EDIT", 0},
    /* Whoever writes everything anew is found by a head kept elsewhere alone. */
    {"all rewritten", EDIT(5, "approve", "reject"), true, "", 0},
    {"another encoding", EDIT(5, "\"gate\":\"b", "\"gate\": \"b"), true, "FORM", 5},
    {"a member too many", EDIT(5, "{\"actor\"", "{\"a\":1,\"actor\""), true, "FORM",
     5},
    {"another log", EDIT(12, "local/t/", "other/t/"), true, "TENANT", 12},
    {"time before", EDIT(8, "2100-", "2099-"), true, "CLOCK", 8},
    {"opened twice", EDIT(12, "people.told", "log.opened"), true, "ORDER", 12},
    {"never opened", EDIT(0, "log.opened", "people.told"), true, "ORDER", 0},
    {"number in the run", EDIT(8, "\"rseq\":1", "\"rseq\":2"), true, "HOLE", 8},
    {"wrong count", EDIT(6, "\"count\":4", "\"count\":3"), true, "HOLE", 6},
    {"closed too early", EDIT(4, "phase.changed", "run.closed"), true, "HOLE", 4},
    {"of another run", EDIT(9, "5b0f7777-0000", "5b0f7777-0001"), true, "HOLE", 9},
    {"another program", EDIT(3, "sha256:", "sha256:f"), true, "INDEX", 3},
    {"part deleted", "DELETE FROM audit_part WHERE seq = 5 AND name = 'comment'",
     false, "PART", 5},
    {"part added", "INSERT INTO audit_part VALUES (5 * 16 + 2, 5, 'more', 'plain', "
     "x'00')", false, "PART", 5},
    {"part of no record", "INSERT INTO audit_part VALUES (50 * 16, 50, 'more', "
     "'plain', x'00')", false, "PART", 50},
    {"parts exchanged", "UPDATE audit_part SET box = (SELECT box FROM audit_part "
     "WHERE seq = 9 AND name = 'comment') WHERE seq = 5 AND name = 'comment'", false,
     "PART", 5},
    {"no head", "DELETE FROM audit_head", false, "EDIT", 13},
    {"two heads", "INSERT INTO audit_head SELECT 2, size, root, edge FROM audit_head",
     false, "EDIT", 13},
    {"run row gone", "DELETE FROM run WHERE name = 'plan-1'", false, "INDEX", 3},
    {"run row too many", "INSERT INTO run SELECT 9, '" PERSON "', 'x', plan, program,"
     " state, starter, started, due, records FROM run WHERE no = 1", false, "INDEX",
     13},
    {"run counts less", "UPDATE run SET records = 3 WHERE name = 'plan-1'", false,
     "INDEX", 6},
    {"run with another program", "UPDATE run SET program = x'00'", false, "INDEX",
     3},
    {"index leads astray", "UPDATE run_record SET seq = 8 WHERE seq = 5", false,
     "INDEX", 5},
    {"index row gone", "DELETE FROM run_record WHERE seq = 5", false, "INDEX", 5},
    {"index row too many", "INSERT INTO run_record VALUES (1, 4, 9)", false, "INDEX",
     6},
    {"index row of no run", "INSERT INTO run_record VALUES (77, 4, 9)", false,
     "INDEX", 13},
    {"program changed", "UPDATE program SET bytes = x'00'", false, "INDEX", 3},
    {"program gone", "DELETE FROM program", false, "INDEX", 2},
    {"account changed", "UPDATE principal SET account = 'os:0:root'", false, "INDEX",
     1},
    {"pseudonym changed", "UPDATE principal SET id = '" RUN_A "'", false, "INDEX", 1},
    {"pseudonym too many", "INSERT INTO principal VALUES ('" RUN_A "', 'x')", false,
     "INDEX", 13},
    {"another loader", "UPDATE program SET loader = '" RUN_A "'", false, "INDEX", 2},
    {"loaded by another record", "UPDATE program SET seq = 1", false, "INDEX", 2},
    {"program too many", "INSERT INTO program SELECT x'00', bytes, loader, 1 FROM "
     "program", false, "INDEX", 13},
    {"another start", "UPDATE run SET started = started - 1 WHERE name = 'plan-2'",
     false, "INDEX", 7},
    {"a trigger", "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
     false, "INDEX", 13},
    {"a table more", "CREATE TABLE more(x)", false, "INDEX", 13},
    {"an index more", "CREATE INDEX zz ON run(state)", false, "INDEX", 13},
    {"an index less", "DROP INDEX run_due", false, "INDEX", 13},
    {"another table", "ALTER TABLE principal ADD COLUMN more TEXT", false, "INDEX", 13},
    {"a view", "CREATE VIEW aa AS SELECT * FROM run", false, "INDEX", 13},
    {"a note more", "INSERT INTO meta VALUES ('more', 'x')", false, "INDEX", 13},
    {"the clock's note", "INSERT INTO meta VALUES ('clock', 'x')", false, "", 0},
    {"log renamed", "UPDATE meta SET value = 'other' WHERE key = 'log'", false,
     "TENANT", 0},
    {"name gone", "DELETE FROM meta", false, "TENANT", 0},
};

static void run_case(const Scratch *s, Str pristine, const struct Case *c)
{
    LogVerdict v;
    assert_int_equal(os_write_file(s->path, pristine, 0600, NULL), GATE_OK);
    sqlite3 *db = attack(s->path);
    sqlite3_create_function(db, "leaf_of", 1, SQLITE_UTF8, NULL, sha256_leaf, NULL,
                            NULL);
    sql(db, c->sql);
    if (c->rebuild)
        rebuild_head(db);
    sqlite3_close(db);
    Log *log = open_log(s->path, LOG_READ);
    assert_int_equal(log_verify(log, &v), GATE_OK);
    log_close(log);
    for (size_t i = 1; i < v.n_findings; i++)
        assert_true(v.findings[i].seq >= v.findings[i - 1].seq);
    const char *code = v.n_findings == 0 ? "" : v.findings[0].code;
    uint64_t seq = v.n_findings == 0 ? 0 : v.findings[0].seq;
    if (strcmp(code, c->code) != 0 || seq != c->seq) {
        for (size_t i = 0; i < v.n_findings; i++)
            print_message("# %s %llu %s\n", v.findings[i].code,
                          (unsigned long long)v.findings[i].seq,
                          v.findings[i].text);
        fail_msg("%s: found %s at %llu, not %s at %llu", c->what, code,
                 (unsigned long long)seq, c->code, (unsigned long long)c->seq);
    }
}

static void attacks(void **state)
{
    (void)state;
    Scratch s;
    Buf pristine = {0};
    scratch_make(&s);
    make_log(&s);
    assert_int_equal(os_read_file(s.path, 1 << 24, &pristine, NULL), GATE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run_case(&s, buf_view(&pristine), &cases[i]);
    buf_free(&pristine);
    scratch_drop(&s);
}

/* More bad records than findings: the first ones are named. */
static void many_findings(void **state)
{
    (void)state;
    Scratch s;
    scratch_make(&s);
    Log *log = open_log(s.path, LOG_CREATE);
    for (int i = 0; i < 3 * LOG_FINDINGS; i++) {
        Record r = record(REC_PEOPLE_TOLD, NULL);
        rec_add_part(&r, "text", "text/plain", STR("hello"));
        assert_int_equal(log_append(log, &r, 1, NULL, 0, T0), GATE_OK);
    }
    log_close(log);
    sqlite3 *db = attack(s.path);
    sql(db, "UPDATE audit_entry SET leaf = zeroblob(32) WHERE seq > 100;"
            "DELETE FROM audit_part WHERE seq = 7");
    log = open_log(s.path, LOG_READ);
    LogVerdict v;
    assert_int_equal(log_verify(log, &v), GATE_OK);
    assert_int_equal(v.n_findings, LOG_FINDINGS);
    assert_int_equal(v.findings[0].seq, 7);
    assert_string_equal(v.findings[0].code, "PART");
    for (uint64_t i = 1; i < LOG_FINDINGS; i++)
        assert_int_equal(v.findings[i].seq, 100 + i);
    log_close(log);
    sqlite3_close(db);
    scratch_drop(&s);
}

/* Pages overwritten under SQLite: a finding where it can be told, never a
 * verdict that all is well, never a crash. Unused bytes may change unseen. */
static void damaged_pages(void **state)
{
    (void)state;
    Scratch s;
    Buf pristine = {0};
    scratch_make(&s);
    make_log(&s);
    assert_int_equal(os_read_file(s.path, 1 << 24, &pristine, NULL), GATE_OK);
    size_t told = 0, pages = pristine.n / 4096;
    for (size_t page = 1; page < pages; page++) {
        LogVerdict v = {0};
        Log *log = NULL;
        Buf why = {0};
        char saved[4096];
        memcpy(saved, pristine.p + page * 4096, 4096);
        memset(pristine.p + page * 4096, 0xa5, 4096);
        assert_int_equal(os_write_file(s.path, buf_view(&pristine), 0600, NULL),
                         GATE_OK);
        GateStatus st = log_open(s.path, LOG_READ, os_real(), &log, &why);
        if (st == GATE_OK)
            st = log_verify(log, &v);
        assert_true(st == GATE_OK || st == GATE_E_IO);
        told += st != GATE_OK || v.n_findings > 0;
        log_close(log);
        buf_free(&why);
        memcpy(pristine.p + page * 4096, saved, 4096);
    }
    /* run_due's page and the index on run names hold nothing that is read. */
    assert_true(told >= pages - 4);
    buf_free(&pristine);
    scratch_drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_every_column),
        cmocka_unit_test(attacks),
        cmocka_unit_test(many_findings),
        cmocka_unit_test(damaged_pages),
    };
    return cmocka_run_group_tests_name("log_verify", tests, NULL, NULL);
}
