/* Owns: the one transaction that appends: records, parts, run rows, tree head,
 * all or nothing. Must not know: what a record means. */
#include "vm/log/store.h"

#include "vm/core/json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char doing[] = "append to the log";

/* --- one record ----------------------------------------------------------------*/

static void sort_parts(Record *r)
{
    for (uint32_t i = 1; i < r->n_parts; i++) {
        RecPart p = r->parts[i];
        uint32_t j = i;
        for (; j > 0 && strcmp(r->parts[j - 1].name, p.name) > 0; j--)
            r->parts[j] = r->parts[j - 1];
        r->parts[j] = p;
    }
}

/* Also counts it into the run's row, which must be there. */
static GateStatus number_in_run(Log *log, Record *r)
{
    sqlite3_stmt *s = store_stmt(log, ST_COUNT_RECORD);
    store_bind_str(s, 1, str_of(r->run));
    GateStatus st = store_row(log, s, doing);
    if (st == GATE_E_NOTFOUND)
        return store_fail(log, GATE_E_FORMAT, "a record of run %s came without "
                          "the run's row", r->run);
    if (st != GATE_OK)
        return st;
    int64_t no = sqlite3_column_int64(s, 0);
    r->rseq = (uint64_t)sqlite3_column_int64(s, 1);
    store_done(s);
    assert(r->kind != REC_RUN_CLOSED ||
           rec_int(r, RF_COUNT, -1) == (int64_t)r->rseq + 1);
    s = store_stmt(log, ST_ADD_RUN_RECORD);
    store_bind_u64(s, 1, (uint64_t)no);
    store_bind_u64(s, 2, r->rseq);
    store_bind_u64(s, 3, r->seq);
    return store_do(log, s, doing);
}

static GateStatus commit_parts(Log *log, const Record *r,
                               unsigned char (*salts)[REC_SALT],
                               RecCommit *commits)
{
    if (r->n_parts == 0)
        return GATE_OK;
    GateStatus st = log->os->random(log->os, salts, r->n_parts * REC_SALT);
    if (st != GATE_OK)
        return store_fail(log, st, "the system gives no random bytes");
    for (uint32_t i = 0; i < r->n_parts && st == GATE_OK; i++) {
        bool ok;
        if (r->parts[i].bytes.n > LIM_PART_BYTES)
            return store_fail(log, GATE_E_LIMIT, "part `%s` of a record has %zu "
                              "bytes, more than %d", r->parts[i].name,
                              r->parts[i].bytes.n, LIM_PART_BYTES);
        commits[i].c = rec_commitment(salts[i], log_name(log), r->seq,
                                      r->parts[i].name, r->parts[i].bytes, &ok);
        if (!ok)
            st = GATE_E_MEMORY;
    }
    return st;
}

/* Our own reader judges what we are about to keep for ever: what it would not
 * take back is refused now. */
static GateStatus check_form(Log *log)
{
    Record again;
    Str name;
    RecCommit commits[LIM_PARTS];
    Buf why = {0};
    GateStatus st = GATE_OK;
    if (log->env.failed)
        return GATE_E_MEMORY;
    if (log->env.n > LIM_ENVELOPE_BYTES)
        return store_fail(log, GATE_E_LIMIT, "a record of %zu bytes is longer "
                          "than %d", log->env.n, LIM_ENVELOPE_BYTES);
    arena_reset(log->arena);
    st = rec_read_envelope(buf_view(&log->env), log->arena, &again, &name,
                           commits, &why);
    if (st == GATE_E_FORMAT)
        store_fail(log, st, "a record is not in canonical form: %s", buf_z(&why));
    buf_free(&why);
    return st;
}

static GateStatus add_entry(Log *log, uint64_t seq, const Hash *leaf)
{
    sqlite3_stmt *s = store_stmt(log, ST_ADD_ENTRY);
    store_bind_u64(s, 1, seq);
    store_bind_blob(s, 2, log->env.p, log->env.n);
    store_bind_blob(s, 3, leaf->b, HASH_SIZE);
    return store_do(log, s, doing);
}

static GateStatus add_parts(Log *log, const Record *r,
                            unsigned char (*salts)[REC_SALT])
{
    GateStatus st = GATE_OK;
    for (uint32_t i = 0; i < r->n_parts && st == GATE_OK; i++) {
        buf_clear(&log->box);
        buf_put(&log->box, salts[i], REC_SALT);
        buf_str(&log->box, r->parts[i].bytes);
        if (log->box.failed)
            return GATE_E_MEMORY;
        sqlite3_stmt *s = store_stmt(log, ST_ADD_PART);
        store_bind_u64(s, 1, (uint64_t)store_part_id(r->seq, i));
        store_bind_u64(s, 2, r->seq);
        store_bind_str(s, 3, str_of(r->parts[i].name));
        store_bind_blob(s, 4, log->box.p, log->box.n);
        st = store_do(log, s, doing);
    }
    return st;
}

static GateStatus put_record(Log *log, Record *r)
{
    unsigned char salts[LIM_PARTS][REC_SALT];
    RecCommit commits[LIM_PARTS];
    r->seq = log->tail.edge.size;
    r->ts_ms = log->tail.last_ts;
    r->rseq = 0;
    sort_parts(r);
    GateStatus st = commit_parts(log, r, salts, commits);
    if (st == GATE_OK && r->run[0] != '\0')
        st = number_in_run(log, r);
    if (st != GATE_OK)
        return st;
    buf_clear(&log->env);
    rec_write_envelope(r, log_name(log), commits, &log->env);
    st = check_form(log);
    if (st != GATE_OK)
        return st;
    Hash leaf = merkle_leaf(buf_view(&log->env));
    st = add_entry(log, r->seq, &leaf);
    if (st == GATE_OK)
        st = add_parts(log, r, salts);
    if (st == GATE_OK)
        merkle_add(&log->tail.edge, &leaf);
    return st;
}

/* --- rows of runs ------------------------------------------------------------*/

static GateStatus add_run(Log *log, const RunRow *row)
{
    sqlite3_stmt *s = store_stmt(log, ST_RUN_BY_NAME);
    store_bind_str(s, 1, row->name);
    GateStatus st = store_row(log, s, doing);
    if (st == GATE_OK) {
        store_done(s);
        return store_fail(log, GATE_E_REFUSED, "a run named `%.*s` is there "
                          "already: give this one another --name",
                          STR_ARG(row->name));
    }
    if (st != GATE_E_NOTFOUND)
        return st;
    s = store_stmt(log, ST_ADD_RUN);
    store_bind_str(s, 1, str_of(row->run));
    store_bind_str(s, 2, row->name);
    store_bind_str(s, 3, row->plan);
    store_bind_blob(s, 4, row->program.b, HASH_SIZE);
    store_bind_str(s, 5, row->state);
    store_bind_str(s, 6, row->starter);
    if (s != NULL)
        sqlite3_bind_int64(s, 7, log->tail.last_ts); /* ts of the record to come */
    if (s != NULL && row->due_ms >= 0)
        sqlite3_bind_int64(s, 8, row->due_ms);
    return store_do(log, s, doing);
}

static GateStatus set_column(Log *log, Stmt id, int64_t no, const RunRow *row)
{
    sqlite3_stmt *s = store_stmt(log, id);
    store_bind_u64(s, 1, (uint64_t)no);
    if (id == ST_SET_RUN)
        store_bind_str(s, 2, row->state);
    else if (s != NULL && row->due_ms >= 0)
        sqlite3_bind_int64(s, 2, row->due_ms);
    return store_do(log, s, doing);
}

/* What stands already is not written again: each column that changes costs a
 * page, and a wait costs nothing. */
static GateStatus put_run(Log *log, const RunRow *row)
{
    sqlite3_stmt *s = store_stmt(log, ST_RUN_BY_ID);
    store_bind_str(s, 1, str_of(row->run));
    GateStatus st = store_row(log, s, doing);
    if (st == GATE_E_NOTFOUND)
        return add_run(log, row);
    if (st != GATE_OK)
        return st;
    int64_t no = sqlite3_column_int64(s, 0);
    int64_t due = sqlite3_column_type(s, 8) == SQLITE_NULL
                      ? -1 : sqlite3_column_int64(s, 8);
    bool same_state = str_eq(store_column(s, 5), row->state);
    store_done(s);
    if (!same_state)
        st = set_column(log, ST_SET_RUN, no, row);
    if (st == GATE_OK && due != (row->due_ms < 0 ? -1 : row->due_ms))
        st = set_column(log, ST_SET_DUE, no, row);
    return st;
}

/* --- the transaction -------------------------------------------------------------*/

/* The records that the log writes by itself speak as its service. */
static void start_record(Record *r, const Log *log, RecKind kind)
{
    *r = (Record){.kind = kind, .actor_t = "svc"};
    memcpy(r->actor_id, log->service, OS_UUID_SIZE);
}

/* The wall clock went back: ts holds, and one record says by how much. As long
 * as the clock goes on from there, no second one is written. */
static GateStatus hold_clock(Log *log, int64_t now_ms)
{
    LogTail *t = &log->tail;
    bool said = t->last_now < t->last_ts && now_ms >= t->last_now;
    int64_t before = t->last_now;
    t->last_now = now_ms;
    if (now_ms >= t->last_ts) {
        t->last_ts = now_ms;
        return GATE_OK;
    }
    if (said)
        return GATE_OK;
    char from[OS_INSTANT_SIZE], to[OS_INSTANT_SIZE];
    Record r;
    start_record(&r, log, REC_CLOCK_STEPPED);
    os_format_instant(before, from);
    os_format_instant(now_ms, to);
    rec_set_text(&r, RF_FROM, str_of(from));
    rec_set_text(&r, RF_TO, str_of(to));
    return put_record(log, &r);
}

/* os_format_instant clamps to the years that the form can say; ts must be what
 * a reader gets back. */
static int64_t sayable(int64_t ms)
{
    char z[OS_INSTANT_SIZE];
    os_format_instant(ms, z);
    bool ok = os_parse_instant(str_of(z), &ms);
    assert(ok);
    (void)ok;
    return ms;
}

/* The way back is prepared first, so that it needs no memory later. */
static GateStatus begin(Log *log, int64_t now_ms)
{
    GateStatus st = store_usable(log, true);
    if (st != GATE_OK)
        return st;
    if (store_stmt(log, ST_ROLLBACK) == NULL)
        return GATE_E_IO;
    st = store_run(log, ST_BEGIN_WRITE, doing);
    return st == GATE_OK ? hold_clock(log, sayable(now_ms)) : st;
}

static GateStatus set_head(Log *log)
{
    const MerkleEdge *e = &log->tail.edge;
    Hash root = merkle_root(e);
    sqlite3_stmt *s = store_stmt(log, ST_SET_HEAD);
    store_bind_u64(s, 1, e->size);
    store_bind_blob(s, 2, root.b, HASH_SIZE);
    store_bind_blob(s, 3, e->node, e->n * sizeof e->node[0]);
    store_bind_u64(s, 4, log->committed.edge.size);
    GateStatus st = store_do(log, s, doing);
    if (st == GATE_OK && sqlite3_changes(log->db) != 1)
        return store_damaged(log, "somebody else wrote to %s while gate had it "
                             "open", log->path);
    return st;
}

/* What was appended counts from the commit on; before that, nothing has
 * happened. A roll-back that fails leaves a handle that nobody may use. */
GateStatus append_end(Log *log, GateStatus st)
{
    if (st == GATE_OK && log->tail.edge.size != log->committed.edge.size)
        st = set_head(log);
    if (st == GATE_OK)
        st = store_run(log, ST_COMMIT, doing);
    if (st == GATE_OK) {
        log->committed = log->tail;
        return st;
    }
    log->tail = log->committed;
    if (st == GATE_E_MEMORY && !log->dead)
        store_fail(log, st, "out of memory");
    if (!sqlite3_get_autocommit(log->db)) {
        sqlite3_stmt *s = log->stmt[ST_ROLLBACK];
        if (s == NULL || sqlite3_step(s) != SQLITE_DONE)
            log->dead = true;
        store_done(s);
    }
    return st;
}

GateStatus append_first_record(Log *log, int64_t now_ms)
{
    Record r;
    start_record(&r, log, REC_LOG_OPENED);
    log->tail.last_ts = log->tail.last_now = sayable(now_ms);
    return put_record(log, &r);
}

void log_keep_clock(Log *log, Str words)
{
    buf_clear(&log->clock);
    buf_str(&log->clock, words);
}

static GateStatus put_clock(Log *log)
{
    if (log->clock.failed)
        return GATE_E_MEMORY;
    if (log->clock.n == 0)
        return GATE_OK;
    sqlite3_stmt *s = store_stmt(log, ST_SET_META);
    store_bind_str(s, 1, STR("clock"));
    store_bind_str(s, 2, buf_view(&log->clock));
    return store_do(log, s, doing);
}

GateStatus log_append(Log *log, Record *recs, size_t n, const RunRow *rows,
                      size_t n_rows, int64_t now_ms)
{
    GateStatus st = begin(log, now_ms);
    if (st == GATE_OK)
        st = put_clock(log);
    for (size_t i = 0; i < n_rows && st == GATE_OK; i++)
        st = put_run(log, &rows[i]);
    for (size_t i = 0; i < n && st == GATE_OK; i++)
        st = put_record(log, &recs[i]);
    st = append_end(log, st);
    if (st == GATE_OK)
        buf_clear(&log->clock);
    return st;
}

/* --- principals and programs --------------------------------------------------*/

void append_who(Str account, Str id, Buf *out)
{
    buf_puts(out, "{\"account\":");
    json_put_text(out, account);
    buf_puts(out, ",\"id\":");
    json_put_text(out, id);
    buf_putc(out, '}');
}

static GateStatus add_principal(Log *log, Str account, const char *id)
{
    Record r;
    Buf who = {0};
    append_who(account, str_of(id), &who);
    start_record(&r, log, REC_PRINCIPAL);
    rec_add_part(&r, "who", "application/json", buf_view(&who));
    GateStatus st = who.failed ? GATE_E_MEMORY : put_record(log, &r);
    buf_free(&who);
    if (st != GATE_OK)
        return st;
    sqlite3_stmt *s = store_stmt(log, ST_ADD_PRINCIPAL);
    store_bind_str(s, 1, str_of(id));
    store_bind_str(s, 2, account);
    return store_do(log, s, doing);
}

static GateStatus find_principal(Log *log, Str account, char id[OS_UUID_SIZE])
{
    sqlite3_stmt *s = store_stmt(log, ST_PRINCIPAL_BY_ACCOUNT);
    store_bind_str(s, 1, account);
    GateStatus st = store_row(log, s, "look a principal up");
    if (st != GATE_OK)
        return st;
    Str found = store_column(s, 0);
    bool good = found.n == OS_UUID_SIZE - 1;
    if (good)
        memcpy(id, found.p, found.n);
    id[OS_UUID_SIZE - 1] = '\0';
    store_done(s);
    return good ? GATE_OK
                : store_damaged(log, "a pseudonym in %s is not a UUID", log->path);
}

GateStatus log_principal(Log *log, Str account, int64_t now_ms,
                         char id[OS_UUID_SIZE])
{
    unsigned char random[16];
    GateStatus st = store_usable(log, false);
    if (st == GATE_OK)
        st = find_principal(log, account, id);
    if (st != GATE_E_NOTFOUND)
        return st;
    if (!log->writes)
        return store_fail(log, st, "`%.*s` is not known to this log",
                          STR_ARG(account));
    st = log->os->random(log->os, random, sizeof random);
    if (st != GATE_OK)
        return store_fail(log, st, "the system gives no random bytes");
    os_uuid4(random, id);
    st = begin(log, now_ms);
    if (st == GATE_OK)
        st = add_principal(log, account, id);
    return append_end(log, st);
}

/* Who changed the plan decides who may approve it: that is no row's word. */
static GateStatus say_loaded(Log *log, const Hash *hash, const char *loader)
{
    char plan[7 + 65] = "sha256:";
    Record r = {.kind = REC_PROGRAM_LOADED, .actor_t = "human"};
    snprintf(r.actor_id, sizeof r.actor_id, "%s", loader);
    hash_hex(hash, plan + 7);
    rec_set_text(&r, RF_PLAN, str_of(plan));
    return put_record(log, &r);
}

static GateStatus add_program(Log *log, const Hash *hash, Str bytes,
                              const char *loader)
{
    sqlite3_stmt *s = store_stmt(log, ST_ADD_PROGRAM);
    store_bind_blob(s, 1, hash->b, HASH_SIZE);
    store_bind_blob(s, 2, bytes.p, bytes.n);
    store_bind_str(s, 3, str_of(loader));
    store_bind_u64(s, 4, log->tail.edge.size);
    GateStatus st = store_do(log, s, doing);
    return st == GATE_OK && sqlite3_changes(log->db) == 1
               ? say_loaded(log, hash, loader) : st;
}

GateStatus log_put_program(Log *log, const Hash *hash, Str bytes,
                           const char *loader, int64_t now_ms)
{
    Hash is = hash_bytes(bytes.p, bytes.n);
    GateStatus st = store_usable(log, true);
    if (st != GATE_OK)
        return st;
    if (!hash_eq(&is, hash))
        return store_fail(log, GATE_E_FORMAT, "a program does not have the hash "
                          "it was given");
    if (bytes.n > LIM_PROGRAM_BYTES)
        return store_fail(log, GATE_E_LIMIT, "a program of %zu bytes is larger "
                          "than %d", bytes.n, LIM_PROGRAM_BYTES);
    st = begin(log, now_ms);
    if (st == GATE_OK)
        st = add_program(log, hash, bytes, loader);
    return append_end(log, st);
}
