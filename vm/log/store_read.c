/* Owns: reading records, runs, principals and programs back, each checked
 * against its hash. Must not know: what a record means.
 *
 * Every read is one statement that ends before the caller's function is called:
 * a caller that is slow, or that appends, holds no snapshot and no statement. */
#include "vm/log/store.h"

#include <assert.h>
#include <string.h>

/* --- records -----------------------------------------------------------------*/

static GateStatus fetch_entry(Log *log, uint64_t seq, Arena *arena, Str *env)
{
    Hash leaf = {{0}};
    sqlite3_stmt *s = store_stmt(log, ST_ENTRY);
    store_bind_u64(s, 1, seq);
    GateStatus st = store_row(log, s, "read a record");
    if (st == GATE_E_NOTFOUND)
        return store_damaged(log, "record %llu is missing from %s",
                             (unsigned long long)seq, log->path);
    if (st != GATE_OK)
        return st;
    *env = arena_str(arena, store_column(s, 0));
    bool good = store_column_hash(s, 1, &leaf);
    store_done(s);
    if (env->p == NULL)
        return store_fail(log, GATE_E_MEMORY, "out of memory");
    Hash is = merkle_leaf(*env);
    if (!good || !hash_eq(&is, &leaf))
        return store_damaged(log, "record %llu of %s was changed",
                             (unsigned long long)seq, log->path);
    return GATE_OK;
}

static GateStatus fetch_part(Log *log, Arena *arena, const Record *r, uint32_t i,
                             const RecCommit *commit, Str *bytes)
{
    sqlite3_stmt *s = store_stmt(log, ST_PART);
    store_bind_u64(s, 1, (uint64_t)store_part_id(r->seq, i));
    GateStatus st = store_row(log, s, "read a part");
    bool ok = true, good = false;
    if (st == GATE_OK) {
        Str box = store_column(s, 3);
        good = sqlite3_column_int64(s, 0) == (int64_t)r->seq &&
               str_is(store_column(s, 1), r->parts[i].name) &&
               str_is(store_column(s, 2), "plain") &&
               box.n == REC_SALT + r->parts[i].bytes.n;
        if (good) {
            *bytes = arena_str(arena, (Str){box.p + REC_SALT, box.n - REC_SALT});
            Hash is = rec_commitment((const unsigned char *)box.p, log_name(log),
                                     r->seq, r->parts[i].name, *bytes, &ok);
            good = hash_eq(&is, &commit->c);
            ok = ok && bytes->p != NULL;
        }
        store_done(s);
    }
    if (!ok)
        return store_fail(log, GATE_E_MEMORY, "out of memory");
    if (st != GATE_OK && st != GATE_E_NOTFOUND)
        return st;
    if (!good)
        return store_damaged(log, "part `%s` of record %llu of %s was changed or "
                             "removed", r->parts[i].name,
                             (unsigned long long)r->seq, log->path);
    return GATE_OK;
}

static GateStatus fetch(Log *log, uint64_t seq, Arena *arena, Record *r, Str *env)
{
    RecCommit commits[LIM_PARTS];
    Str name;
    Buf why = {0};
    GateStatus st = fetch_entry(log, seq, arena, env);
    if (st != GATE_OK)
        return st;
    st = rec_read_envelope(*env, arena, r, &name, commits, &why);
    if (st == GATE_E_FORMAT)
        store_damaged(log, "record %llu of %s cannot be read: %s",
                      (unsigned long long)seq, log->path, buf_z(&why));
    else if (st == GATE_E_MEMORY)
        store_fail(log, st, "out of memory");
    buf_free(&why);
    if (st == GATE_OK && (r->seq != seq || !str_eq(name, log_name(log))))
        st = store_damaged(log, "record %llu of %s belongs elsewhere",
                           (unsigned long long)seq, log->path);
    for (uint32_t i = 0; st == GATE_OK && i < r->n_parts; i++)
        st = fetch_part(log, arena, r, i, &commits[i], &r->parts[i].bytes);
    return st;
}

static GateStatus seq_in_run(Log *log, int64_t no, uint64_t rseq, uint64_t *seq)
{
    sqlite3_stmt *s = store_stmt(log, ST_RUN_RECORD);
    store_bind_u64(s, 1, (uint64_t)no);
    store_bind_u64(s, 2, rseq);
    GateStatus st = store_row(log, s, "read a run's records");
    if (st == GATE_OK) {
        *seq = (uint64_t)sqlite3_column_int64(s, 0);
        store_done(s);
    }
    if (st == GATE_E_NOTFOUND || (st == GATE_OK && *seq > REC_INT_MAX))
        return store_damaged(log, "record %llu of a run is missing from %s",
                             (unsigned long long)rseq, log->path);
    return st;
}

static GateStatus run_extent(Log *log, const char *run, int64_t *no,
                             uint64_t *records)
{
    sqlite3_stmt *s = store_stmt(log, ST_RUN_BY_ID);
    store_bind_str(s, 1, str_of(run));
    GateStatus st = store_row(log, s, "look a run up");
    if (st == GATE_E_NOTFOUND)
        return store_fail(log, st, "there is no run %s", run);
    if (st == GATE_OK) {
        *no = sqlite3_column_int64(s, 0);
        *records = (uint64_t)sqlite3_column_int64(s, 9);
        store_done(s);
    }
    return st;
}

GateStatus log_read(Log *log, const char *run, LogEach each, void *ctx)
{
    int64_t no = 0;
    uint64_t n = 0;
    GateStatus st = store_usable(log, false);
    if (st == GATE_OK && run != NULL)
        st = run_extent(log, run, &no, &n);
    else if (st == GATE_OK)
        n = log_size(log);
    if (st != GATE_OK || log->dead)
        return st == GATE_OK ? GATE_E_IO : st;
    Arena *arena = arena_new(0);
    if (arena == NULL)
        return store_fail(log, GATE_E_MEMORY, "out of memory");
    bool more = true;
    for (uint64_t i = 0; st == GATE_OK && more && i < n; i++) {
        Record r;
        Str env;
        uint64_t seq = i;
        arena_reset(arena);
        if (run != NULL)
            st = seq_in_run(log, no, i, &seq);
        if (st == GATE_OK)
            st = fetch(log, seq, arena, &r, &env);
        if (st == GATE_OK && run != NULL &&
            (strcmp(r.run, run) != 0 || r.rseq != i))
            st = store_damaged(log, "the index of run %s in %s leads astray", run,
                               log->path);
        if (st == GATE_OK)
            more = each(ctx, &r, env);
    }
    arena_free(arena);
    return st;
}

/* --- runs --------------------------------------------------------------------*/

static bool take_row(sqlite3_stmt *s, Arena *arena, RunRow *out)
{
    Str run = store_column(s, 1);
    *out = (RunRow){
        .name = arena_str(arena, store_column(s, 2)),
        .plan = arena_str(arena, store_column(s, 3)),
        .state = arena_str(arena, store_column(s, 5)),
        .starter = arena_str(arena, store_column(s, 6)),
        .started_ms = sqlite3_column_int64(s, 7),
        .due_ms = sqlite3_column_type(s, 8) == SQLITE_NULL
                      ? -1 : sqlite3_column_int64(s, 8),
        .records = (uint64_t)sqlite3_column_int64(s, 9)};
    memcpy(out->run, run.p, run.n < OS_UUID_SIZE ? run.n : OS_UUID_SIZE - 1);
    store_column_hash(s, 4, &out->program);
    return out->name.p != NULL && out->plan.p != NULL && out->state.p != NULL &&
           out->starter.p != NULL;
}

GateStatus log_runs(Log *log, const char *only_state, LogEachRun each, void *ctx)
{
    GateStatus st = store_usable(log, false);
    Arena *arena = st == GATE_OK ? arena_new(0) : NULL;
    if (arena == NULL)
        return st != GATE_OK ? st : store_fail(log, GATE_E_MEMORY, "out of memory");
    int64_t no = 0;
    for (bool more = true; more;) {
        RunRow row;
        sqlite3_stmt *s = store_stmt(log, ST_RUN_AFTER);
        store_bind_u64(s, 1, (uint64_t)no);
        if (only_state != NULL)
            store_bind_str(s, 2, str_of(only_state));
        st = store_row(log, s, "list the runs");
        if (st != GATE_OK)
            break;
        arena_reset(arena);
        no = sqlite3_column_int64(s, 0);
        bool ok = take_row(s, arena, &row);
        store_done(s);
        if (!ok) {
            st = store_fail(log, GATE_E_MEMORY, "out of memory");
            break;
        }
        more = each(ctx, &row);
    }
    arena_free(arena);
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

GateStatus log_run_row(Log *log, const char *run, Arena *arena, RunRow *out)
{
    GateStatus st = store_usable(log, false);
    if (st != GATE_OK)
        return st;
    sqlite3_stmt *s = store_stmt(log, ST_RUN_BY_ID);
    store_bind_str(s, 1, str_of(run));
    st = store_row(log, s, "look a run up");
    if (st == GATE_E_NOTFOUND)
        return store_fail(log, st, "there is no run %s", run);
    if (st != GATE_OK)
        return st;
    bool ok = take_row(s, arena, out);
    store_done(s);
    return ok ? GATE_OK : store_fail(log, GATE_E_MEMORY, "out of memory");
}

/* A hit counts once, however it was found. */
static GateStatus collect(Log *log, Stmt id, Str what, char run[OS_UUID_SIZE],
                          bool *ambiguous)
{
    sqlite3_stmt *s = store_stmt(log, id);
    store_bind_str(s, 1, what);
    GateStatus st;
    while ((st = store_row(log, s, "look a run up")) == GATE_OK) {
        Str hit = store_column(s, 0);
        if (run[0] != '\0' && !str_is(hit, run))
            *ambiguous = true;
        else if (hit.n == OS_UUID_SIZE - 1)
            memcpy(run, hit.p, hit.n);
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

GateStatus log_find_run(Log *log, Str what, char run[OS_UUID_SIZE])
{
    enum { PREFIX_MIN = 4 }; /* shorter is more often a slip than an id */
    bool ambiguous = false;
    memset(run, 0, OS_UUID_SIZE);
    GateStatus st = store_usable(log, false);
    if (st == GATE_OK)
        st = collect(log, ST_RUN_BY_NAME, what, run, &ambiguous);
    if (st == GATE_OK && what.n >= PREFIX_MIN)
        st = collect(log, ST_RUN_BY_PREFIX, what, run, &ambiguous);
    if (st == GATE_OK && ambiguous)
        return store_fail(log, GATE_E_BUSY, "`%.*s` could be more than one run: "
                          "give more of its id", STR_ARG(what));
    if (st == GATE_OK && run[0] == '\0')
        return store_fail(log, GATE_E_NOTFOUND, "there is no run `%.*s`: `gate "
                          "status` lists them", STR_ARG(what));
    return st;
}

static GateStatus name_taken(Log *log, Str plan, uint64_t n, Buf *name,
                             bool *taken)
{
    buf_clear(name);
    buf_printf(name, "%.*s-%llu", STR_ARG(plan), (unsigned long long)n);
    if (name->failed)
        return store_fail(log, GATE_E_MEMORY, "out of memory");
    sqlite3_stmt *s = store_stmt(log, ST_RUN_BY_NAME);
    store_bind_str(s, 1, buf_view(name));
    GateStatus st = store_row(log, s, "look a name up");
    *taken = st == GATE_OK;
    if (st == GATE_OK)
        store_done(s);
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

/* Numbers are given in order, so doubling and halving finds the first free one
 * in a few look-ups; where people chose numbered names themselves, it finds a
 * free one all the same. */
GateStatus log_next_name(Log *log, Str plan, Buf *out)
{
    Buf name = {0};
    uint64_t low = 0, high = 1; /* low is taken (or 0), high is free */
    bool taken = false;
    GateStatus st = store_usable(log, false);
    while (st == GATE_OK) {
        st = name_taken(log, plan, high, &name, &taken);
        if (!taken)
            break;
        low = high;
        high *= 2;
    }
    while (st == GATE_OK && high - low > 1) {
        uint64_t mid = low + (high - low) / 2;
        st = name_taken(log, plan, mid, &name, &taken);
        if (taken)
            low = mid;
        else
            high = mid;
    }
    buf_free(&name);
    if (st != GATE_OK)
        return st;
    buf_printf(out, "%.*s-%llu", STR_ARG(plan), (unsigned long long)high);
    return out->failed ? store_fail(log, GATE_E_MEMORY, "out of memory") : GATE_OK;
}

/* --- principals and programs --------------------------------------------------*/

Str log_account(Log *log, const char *id, Arena *arena)
{
    if (store_usable(log, false) != GATE_OK)
        return (Str){NULL, 0};
    sqlite3_stmt *s = store_stmt(log, ST_PRINCIPAL_BY_ID);
    store_bind_str(s, 1, str_of(id));
    if (store_row(log, s, "look an account up") != GATE_OK)
        return (Str){NULL, 0};
    Str account = arena_str(arena, store_column(s, 0));
    store_done(s);
    return account;
}

/* What the row says of who loaded a program, against the record that it names. */
static GateStatus said_loaded(Log *log, const Hash *hash, int64_t seq,
                              const char *loader)
{
    char plan[7 + 65] = "sha256:";
    Record r = {0};
    Str env;
    GateStatus st = GATE_OK;
    Arena *arena = arena_new(0);
    if (arena == NULL)
        return store_fail(log, GATE_E_MEMORY, "out of memory");
    hash_hex(hash, plan + 7);
    if (seq >= 0 && seq <= REC_INT_MAX)
        st = fetch(log, (uint64_t)seq, arena, &r, &env);
    if (st == GATE_OK && (r.kind != REC_PROGRAM_LOADED ||
                          !str_is(rec_text(&r, RF_PLAN), plan) ||
                          strcmp(r.actor_id, loader) != 0))
        st = store_damaged(log, "who loaded a program first was changed in %s",
                           log->path);
    arena_free(arena);
    return st;
}

GateStatus log_get_program(Log *log, const Hash *hash, Buf *bytes,
                           char loader[OS_UUID_SIZE])
{
    GateStatus st = store_usable(log, false);
    if (st != GATE_OK)
        return st;
    sqlite3_stmt *s = store_stmt(log, ST_PROGRAM);
    store_bind_blob(s, 1, hash->b, HASH_SIZE);
    st = store_row(log, s, "read a program");
    if (st == GATE_E_NOTFOUND)
        return store_fail(log, st, "%s does not hold that program", log->path);
    if (st != GATE_OK)
        return st;
    Str b = store_column(s, 0), who = store_column(s, 1);
    Hash is = hash_bytes(b.p, b.n);
    int64_t seq = sqlite3_column_int64(s, 2);
    bool good = hash_eq(&is, hash) && who.n < OS_UUID_SIZE;
    if (good) {
        buf_str(bytes, b);
        memset(loader, 0, OS_UUID_SIZE);
        memcpy(loader, who.p, who.n);
    }
    store_done(s);
    if (!good)
        return store_damaged(log, "a program in %s was changed", log->path);
    st = said_loaded(log, hash, seq, loader);
    if (st != GATE_OK)
        return st;
    return bytes->failed ? store_fail(log, GATE_E_MEMORY, "out of memory")
                         : GATE_OK;
}
