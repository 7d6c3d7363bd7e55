/* Owns: opening and closing the log's file, its settings, its statements, and
 * the words of a failure. Must not know: what a record means. */
#include "vm/log/store.h"

#include "vm/log/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* --- failures ---------------------------------------------------------------*/

GateStatus store_fail(Log *log, GateStatus st, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_clear(&log->error);
    buf_vprintf(&log->error, fmt, ap);
    va_end(ap);
    return st;
}

/* SQLite said no: the handle is dead. But somebody else's lock is no damage as long as
 * nothing is half written. */
static GateStatus broken(Log *log, const char *doing)
{
    int rc = log->db == NULL ? SQLITE_NOMEM : sqlite3_errcode(log->db);
    const char *words = log->db == NULL ? "out of memory" : sqlite3_errmsg(log->db);
    if ((rc & 0xff) == SQLITE_BUSY && sqlite3_get_autocommit(log->db))
        return store_fail(log, GATE_E_BUSY,
                          "cannot %s in %s: another program has locked the file; "
                          "close it and try again", doing, log->path);
    log->dead = true;
    return store_fail(log, (rc & 0xff) == SQLITE_NOMEM ? GATE_E_MEMORY : GATE_E_IO,
                      "cannot %s in %s: %s (SQLite %d); nothing is written any "
                      "more until gate starts again", doing, log->path, words, rc);
}

GateStatus store_damaged(Log *log, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_clear(&log->error);
    buf_vprintf(&log->error, fmt, ap);
    buf_puts(&log->error, "; `gate verify` names the first bad record");
    va_end(ap);
    /* Nothing more is written to a damaged log; what else stands in it can
     * still be read, each record against its own hash. */
    log->dead = log->writes;
    return GATE_E_FORMAT;
}

GateStatus store_usable(Log *log, bool to_write)
{
    if (log->dead)
        return GATE_E_IO; /* log_error keeps the words of the first failure */
    if (to_write && !log->writes)
        return store_fail(log, GATE_E_REFUSED,
                          "%s is open for reading only", log->path);
    return GATE_OK;
}

const char *log_error(const Log *log)
{
    Buf *b = (Buf *)&log->error; /* buf_z only puts a NUL behind */
    return b->failed ? "out of memory" : buf_z(b);
}

/* --- statements ------------------------------------------------------------*/

sqlite3_stmt *store_stmt(Log *log, Stmt id)
{
    static const char *const sql[] = {
#define STMT(name, text) text,
#include "vm/log/statements.def"
#undef STMT
    };
    if (log->stmt[id] == NULL &&
        sqlite3_prepare_v3(log->db, sql[id], -1, SQLITE_PREPARE_PERSISTENT,
                           &log->stmt[id], NULL) != SQLITE_OK) {
        broken(log, "prepare a statement");
        return NULL;
    }
    assert(!sqlite3_stmt_busy(log->stmt[id]));
    return log->stmt[id];
}

void store_done(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    if (s != NULL)
        sqlite3_clear_bindings(s);
}

GateStatus store_row(Log *log, sqlite3_stmt *s, const char *doing)
{
    if (s == NULL)
        return log->dead ? GATE_E_IO : GATE_E_BUSY;
    int rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        return GATE_OK;
    GateStatus st = rc == SQLITE_DONE ? GATE_E_NOTFOUND : broken(log, doing);
    store_done(s);
    return st;
}

GateStatus store_do(Log *log, sqlite3_stmt *s, const char *doing)
{
    GateStatus st = store_row(log, s, doing);
    if (st == GATE_OK)
        store_done(s);
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

GateStatus store_run(Log *log, Stmt id, const char *doing)
{
    return store_do(log, store_stmt(log, id), doing);
}

/* A failed bind leaves NULL, which NOT NULL refuses, or which finds nothing:
 * the step that follows tells. All bytes outlive the step. */
void store_bind_str(sqlite3_stmt *s, int i, Str text)
{
    if (s != NULL)
        sqlite3_bind_text64(s, i, text.p == NULL ? "" : text.p, text.n,
                            SQLITE_STATIC, SQLITE_UTF8);
}

void store_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n)
{
    if (s != NULL)
        sqlite3_bind_blob64(s, i, n == 0 ? "" : p, n, SQLITE_STATIC);
}

void store_bind_u64(sqlite3_stmt *s, int i, uint64_t v)
{
    assert(v <= INT64_MAX);
    if (s != NULL)
        sqlite3_bind_int64(s, i, (int64_t)v);
}

/* The pointer first, then the length: the order that sqlite3_column_blob(3)
 * asks for. NULL from SQLite is an empty value, or no memory for it. */
Str store_column(sqlite3_stmt *s, int i)
{
    const char *p = sqlite3_column_blob(s, i);
    size_t n = (size_t)sqlite3_column_bytes(s, i);
    return (Str){p == NULL ? "" : p, p == NULL ? 0 : n};
}

bool store_column_hash(sqlite3_stmt *s, int i, Hash *out)
{
    Str b = store_column(s, i);
    if (b.n != HASH_SIZE)
        return false;
    memcpy(out->b, b.p, HASH_SIZE);
    return true;
}

int64_t store_part_id(uint64_t seq, uint32_t i)
{
    assert(seq <= REC_INT_MAX && i < LIM_PARTS);
    return (int64_t)(seq * LIM_PARTS + i);
}

/* --- settings ----------------------------------------------------------------*/

/* Stops our own mistakes and SQL that somebody smuggled in, not a person who
 * can write the file: against that there is the tree. Not triggers, which would
 * live in the file and hinder an auditor who tries an attack on a copy. */
static int authorize(void *ctx, int action, const char *what, const char *b,
                     const char *schema, const char *trigger)
{
    (void)ctx, (void)b, (void)schema, (void)trigger;
    bool audit = what != NULL && (strcmp(what, "audit_entry") == 0 ||
                                  strcmp(what, "audit_part") == 0);
    bool alters = action == SQLITE_UPDATE || action == SQLITE_DELETE ||
                  action == SQLITE_DROP_TABLE;
    if ((audit && alters) || action == SQLITE_ATTACH ||
        action == SQLITE_ALTER_TABLE)
        return SQLITE_DENY;
    return SQLITE_OK;
}

static int set(sqlite3 *db, int option, int on)
{
    int now = -1, rc = sqlite3_db_config(db, option, on, &now);
    return rc == SQLITE_OK && now != on ? SQLITE_ERROR : rc;
}

/* One word that a pragma answers. */
static GateStatus ask(Log *log, const char *pragma, char *out, size_t size)
{
    sqlite3_stmt *s = NULL;
    out[0] = '\0';
    int rc = sqlite3_prepare_v2(log->db, pragma, -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        Str word = store_column(s, 0);
        size_t n = word.n < size - 1 ? word.n : size - 1;
        memcpy(out, word.p, n);
        out[n] = '\0';
    }
    GateStatus st = rc == SQLITE_ROW || rc == SQLITE_DONE
                        ? GATE_OK : broken(log, pragma);
    sqlite3_finalize(s);
    return st;
}

static GateStatus exec(Log *log, const char *sql, const char *doing)
{
    return sqlite3_exec(log->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? GATE_OK : broken(log, doing);
}

static GateStatus configure(Log *log)
{
    sqlite3 *db = log->db;
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LIM_PROGRAM_BYTES + 4096);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    if (set(db, SQLITE_DBCONFIG_DEFENSIVE, 1) != SQLITE_OK ||
        set(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0) != SQLITE_OK ||
        set(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0) != SQLITE_OK ||
        set(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0) != SQLITE_OK ||
        /* Debian 12's SQLite can corrupt a WAL that several connections reset
         * (fixed in 3.51.3): the writer alone checkpoints. */
        set(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !log->writes) != SQLITE_OK ||
        sqlite3_wal_autocheckpoint(db, log->writes ? 1000 : 0) != SQLITE_OK ||
        sqlite3_busy_timeout(db, LIM_DB_WAIT_MS) != SQLITE_OK ||
        sqlite3_set_authorizer(db, authorize, NULL) != SQLITE_OK)
        return broken(log, "set up the connection");
    return exec(log, "PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;",
                "set up the connection");
}

static GateStatus no_wal(Log *log, const char *mode)
{
    log->dead = true;
    return store_fail(log, GATE_E_IO,
                      "%s cannot keep a write-ahead log (journal mode stays "
                      "`%s`), so a decision could be lost: close other programs "
                      "that use the file, make it and its folder writable, and "
                      "keep it on a local disk", log->path, mode);
}

/* WAL first asked for, then set: a file that has it needs no lock. A switch that
 * has to wait for somebody is refused at once. */
static GateStatus durable(Log *log)
{
    char mode[16], sync[16];
    GateStatus st = ask(log, "PRAGMA journal_mode", mode, sizeof mode);
    if (st == GATE_OK && strcmp(mode, "wal") != 0) {
        char after[16];
        sqlite3_busy_timeout(log->db, 0);
        if (ask(log, "PRAGMA journal_mode=WAL", after, sizeof after) != GATE_OK ||
            strcmp(after, "wal") != 0)
            return no_wal(log, mode);
        sqlite3_busy_timeout(log->db, LIM_DB_WAIT_MS);
    }
    if (st == GATE_OK)
        st = ask(log, "PRAGMA synchronous=FULL", sync, sizeof sync);
    if (st == GATE_OK)
        st = ask(log, "PRAGMA synchronous", sync, sizeof sync);
    if (st == GATE_OK && strcmp(sync, "2") != 0) {
        log->dead = true;
        st = store_fail(log, GATE_E_IO, "%s does not wait for the disk "
                        "(synchronous is %s, not 2)", log->path, sync);
    }
    return st;
}

/* --- opening --------------------------------------------------------------------*/

static GateStatus number_of(Log *log, const char *pragma, long *out)
{
    char word[24];
    GateStatus st = ask(log, pragma, word, sizeof word);
    *out = 0;
    for (const char *p = word; *p >= '0' && *p <= '9'; p++)
        *out = *out * 10 + (*p - '0');
    return st;
}

/* *made: there are tables. */
static GateStatus recognise(Log *log, bool may_be_empty, bool *made)
{
    long application, format, tables;
    GateStatus st = number_of(log, "PRAGMA application_id", &application);
    if (st == GATE_OK)
        st = number_of(log, "PRAGMA user_version", &format);
    if (st == GATE_OK)
        st = number_of(log, "SELECT count(*) FROM sqlite_schema", &tables);
    if (st != GATE_OK)
        return st;
    *made = tables != 0;
    if (!*made && may_be_empty)
        return GATE_OK;
    if (application != LOG_APPLICATION)
        return store_fail(log, GATE_E_FORMAT, "%s is not a log of gate",
                          log->path);
    if (format != LOG_FORMAT)
        return store_fail(log, GATE_E_FORMAT,
                          "%s has format %ld; this gate knows format %d: use "
                          "the gate that wrote it, or a newer one",
                          log->path, format, LOG_FORMAT);
    return GATE_OK;
}

static GateStatus name_it(Log *log)
{
    unsigned char random[16];
    char id[OS_UUID_SIZE];
    GateStatus st = log->os->random(log->os, random, sizeof random);
    if (st != GATE_OK)
        return store_fail(log, st, "the system gives no random bytes");
    os_uuid4(random, id);
    buf_clear(&log->name);
    buf_printf(&log->name, "local/t/%s", id);
    return log->name.failed ? GATE_E_MEMORY : GATE_OK;
}

/* The pseudonym of the log's own service is the tenant's: what stands behind
 * `/t/`. A log that was continued elsewhere has a number behind that. */
static bool take_service(Log *log)
{
    Str n = buf_view(&log->name);
    for (size_t i = 0; i + 3 + OS_UUID_SIZE - 1 <= n.n; i++) {
        if (memcmp(n.p + i, "/t/", 3) != 0)
            continue;
        memcpy(log->service, n.p + i + 3, OS_UUID_SIZE - 1);
        return true;
    }
    return false;
}

static GateStatus put_meta(Log *log)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(log->db, "INSERT INTO meta VALUES ('log', ?1)", -1,
                           &s, NULL) != SQLITE_OK)
        return broken(log, "make the log");
    store_bind_str(s, 1, buf_view(&log->name));
    GateStatus st = store_do(log, s, "make the log");
    sqlite3_finalize(s);
    return st;
}

/* Two processes may come here at once: the second finds tables and leaves. */
static GateStatus make(Log *log, int64_t now_ms)
{
    bool made = false;
    GateStatus st = store_run(log, ST_BEGIN_WRITE, "make the log");
    if (st != GATE_OK)
        return st;
    st = recognise(log, true, &made);
    if (st == GATE_OK && !made) {
        st = exec(log, schema_sql, "make the tables");
        if (st == GATE_OK)
            st = exec(log, "PRAGMA application_id=0x67617465; PRAGMA "
                           "user_version=1; INSERT INTO audit_head VALUES "
                           "(1, 0, x'', x'');", "make the tables");
        if (st == GATE_OK)
            st = name_it(log);
        bool named = st != GATE_OK || take_service(log);
        assert(named); /* name_it writes what take_service reads */
        (void)named;
        if (st == GATE_OK)
            st = put_meta(log);
        if (st == GATE_OK)
            st = append_first_record(log, now_ms);
    }
    return append_end(log, st);
}

GateStatus store_head(Log *log, MerkleEdge *e, Hash *root)
{
    *e = (MerkleEdge){0};
    *root = (Hash){{0}};
    sqlite3_stmt *s = store_stmt(log, ST_HEAD);
    GateStatus st = store_row(log, s, "read the tree head");
    if (st != GATE_OK)
        return st == GATE_E_NOTFOUND ? GATE_E_FORMAT : st;
    int64_t size = sqlite3_column_int64(s, 0);
    bool good = store_column_hash(s, 1, root);
    Str edge = store_column(s, 2);
    e->size = size < 0 ? 0 : (uint64_t)size;
    for (uint64_t bits = e->size; bits != 0; bits &= bits - 1)
        e->n++;
    if (size >= 0 && edge.n == e->n * sizeof e->node[0])
        memcpy(e->node, edge.p, edge.n);
    else
        good = false;
    store_done(s);
    return good ? GATE_OK : GATE_E_FORMAT;
}

static GateStatus last_instant(Log *log)
{
    Record r;
    Str name;
    RecCommit commits[LIM_PARTS];
    sqlite3_stmt *s = store_stmt(log, ST_LAST_ENTRY);
    GateStatus st = store_row(log, s, "read the newest record");
    if (st == GATE_E_NOTFOUND)
        return GATE_E_FORMAT;
    if (st != GATE_OK)
        return st;
    arena_reset(log->arena);
    st = rec_read_envelope(store_column(s, 1), log->arena, &r, &name, commits,
                           NULL);
    if (st == GATE_OK && (r.seq + 1 != log->committed.edge.size ||
                          sqlite3_column_int64(s, 0) != (int64_t)r.seq))
        st = GATE_E_FORMAT;
    log->committed.last_ts = log->committed.last_now = r.ts_ms;
    store_done(s);
    return st;
}

/* Nothing is written on top of a log whose end does not fit its head. */
static GateStatus follow(Log *log)
{
    Hash root, sum;
    GateStatus st = store_head(log, &log->committed.edge, &root);
    if (st == GATE_OK) {
        sum = merkle_root(&log->committed.edge);
        st = hash_eq(&sum, &root) ? last_instant(log) : GATE_E_FORMAT;
    }
    if (st == GATE_E_FORMAT)
        return store_damaged(log, "the newest records of %s do not fit its tree "
                             "head, so gate will not write to it", log->path);
    log->tail = log->committed;
    return st;
}

static GateStatus load_name(Log *log)
{
    sqlite3_stmt *s = store_stmt(log, ST_META);
    store_bind_str(s, 1, STR("log"));
    GateStatus st = store_row(log, s, "read the log's name");
    if (st == GATE_OK) {
        buf_clear(&log->name);
        buf_str(&log->name, store_column(s, 0));
        store_done(s);
        if (log->name.failed)
            return GATE_E_MEMORY;
    }
    if (st == GATE_OK && take_service(log))
        return GATE_OK;
    /* A reader goes on: verify says what is wrong. */
    if (log->writes && (st == GATE_OK || st == GATE_E_NOTFOUND))
        return store_damaged(log, "%s does not know its own name", log->path);
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

GateStatus log_clock(Log *log, Buf *words)
{
    GateStatus st = store_usable(log, false);
    if (st != GATE_OK)
        return st;
    sqlite3_stmt *s = store_stmt(log, ST_META);
    store_bind_str(s, 1, STR("clock"));
    st = store_row(log, s, "read what the clock was like");
    if (st != GATE_OK)
        return st;
    buf_str(words, store_column(s, 0));
    store_done(s);
    return words->failed ? GATE_E_MEMORY : GATE_OK;
}

static GateStatus open_file(Log *log, LogMode mode)
{
    if (access(log->path, F_OK) != 0) {
        if (mode != LOG_CREATE)
            return store_fail(log, GATE_E_NOTFOUND, "there is no log at %s: %s",
                              log->path, strerror(errno));
        /* 0600 from the first moment; SQLite gives its -wal the same mode.
         * Not opened where it exists: closing would drop this process's locks
         * on the file (fcntl(2)). */
        int fd = open(log->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno != EEXIST)
            return store_fail(log, GATE_E_IO, "cannot make %s: %s", log->path,
                              strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    if (sqlite3_open_v2(log->path, &log->db, SQLITE_OPEN_READWRITE |
                        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        NULL) != SQLITE_OK)
        return broken(log, "open the log");
    if (log->writes && sqlite3_db_readonly(log->db, "main") != 0)
        return store_fail(log, GATE_E_IO, "%s cannot be written by this user: "
                          "run gate as the user whom the state folder belongs to",
                          log->path);
    return GATE_OK;
}

static GateStatus open_all(Log *log, LogMode mode)
{
    bool made = false;
    GateStatus st = open_file(log, mode);
    if (st == GATE_OK)
        st = configure(log);
    if (st == GATE_OK)
        st = recognise(log, mode == LOG_CREATE, &made);
    if (st == GATE_OK && log->writes)
        st = durable(log);
    if (st == GATE_OK && !made)
        st = make(log, log->os->now_ms(log->os));
    if (st == GATE_OK)
        st = load_name(log);
    if (st == GATE_OK && log->writes)
        st = follow(log);
    if (st == GATE_OK && !log->writes)
        st = exec(log, "PRAGMA query_only=ON", "set up the connection");
    return st;
}

GateStatus log_open(const char *path, LogMode mode, Os *os, Log **out, Buf *why)
{
    *out = NULL;
    Log *log = mem_realloc(NULL, 0, sizeof *log);
    if (log == NULL)
        return GATE_E_MEMORY;
    *log = (Log){.os = os, .writes = mode != LOG_READ};
    size_t n = strlen(path) + 1;
    log->path = mem_realloc(NULL, 0, n);
    log->arena = arena_new(0);
    if (log->path != NULL)
        memcpy(log->path, path, n);
    GateStatus st = GATE_E_MEMORY;
    if (log->path != NULL && log->arena != NULL)
        st = open_all(log, mode);
    if (st == GATE_OK) {
        *out = log;
        return st;
    }
    if (why != NULL)
        buf_puts(why, st == GATE_E_MEMORY ? "out of memory" : log_error(log));
    log_close(log);
    return st;
}

void log_close(Log *log)
{
    if (log == NULL)
        return;
    for (int i = 0; i < ST_COUNT; i++)
        sqlite3_finalize(log->stmt[i]);
    int rc = sqlite3_close(log->db);
    assert(rc == SQLITE_OK); /* every statement is in the table */
    (void)rc;
    arena_free(log->arena);
    buf_free(&log->name);
    buf_free(&log->error);
    buf_free(&log->env);
    buf_free(&log->box);
    buf_free(&log->clock);
    if (log->path != NULL)
        mem_realloc(log->path, strlen(log->path) + 1, 0);
    mem_realloc(log, sizeof *log, 0);
}

Str log_name(const Log *log)
{
    return buf_view(&log->name);
}

const char *log_service(const Log *log)
{
    return log->service;
}

uint64_t log_size(Log *log)
{
    MerkleEdge e;
    Hash root;
    if (log->writes)
        return log->committed.edge.size;
    if (store_usable(log, false) != GATE_OK)
        return 0;
    store_head(log, &e, &root);
    return e.size;
}
