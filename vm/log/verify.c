/* Owns: telling whether the stored log is what was appended, and which record
 * is the first that is not. Must not know: what a record means.
 *
 * One pass over the records in order, in one read transaction (a snapshot: the
 * writer goes on beside it), with memory for each run but none for each record.
 * What is found is kept sorted by seq. A bad record makes others look wrong
 * (numbers in its run, the root): what it explains is not reported again. */
#include "vm/log/store.h"

#include "vm/log/schema.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What the pass remembers of a run. */
typedef struct Seen {
    unsigned char id[16];
    uint64_t next;     /* rseq of its next record; 0: the slot is free */
    uint64_t last_seq;
    bool closed;
} Seen;

typedef struct Verify {
    Log *log;
    LogVerdict *out;
    Arena *arena;
    uint64_t next;       /* the seq that should follow */
    int64_t last_ts;
    uint64_t lost;       /* records missing or unreadable so far */
    uint64_t principals, programs, run_records;
    MerkleEdge stored, built; /* the head as stored; the tree as recomputed */
    Hash root;           /* as stored */
    bool head_ok;
    bool compare;        /* built follows the places of stored */
    unsigned node;       /* of stored: the next perfect subtree to compare */
    uint64_t node_first; /* its first record */
    bool node_bad;       /* a record in it is already named */
    Seen *runs;          /* open addressing; a power of two */
    size_t n_runs, cap_runs;
} Verify;

/* --- findings ------------------------------------------------------------------*/

static void find(Verify *v, const char *code, uint64_t seq, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void find(Verify *v, const char *code, uint64_t seq, const char *fmt, ...)
{
    LogFinding *f = v->out->findings;
    size_t n = v->out->n_findings, i = n;
    /* A lying row or part does not explain a false tree. */
    if (strcmp(code, "INDEX") != 0 && strcmp(code, "PART") != 0)
        v->node_bad = true;
    for (; i > 0 && f[i - 1].seq > seq; i--)
        ;
    for (size_t k = i; k > 0 && f[k - 1].seq == seq; k--)
        if (strcmp(f[k - 1].code, code) == 0)
            return;
    if (i == LOG_FINDINGS)
        return;
    if (n == LOG_FINDINGS)
        n--;
    memmove(&f[i + 1], &f[i], (n - i) * sizeof *f);
    v->out->n_findings = n + 1;
    va_list ap;
    va_start(ap, fmt);
    f[i].seq = seq;
    snprintf(f[i].code, sizeof f[i].code, "%s", code);
    vsnprintf(f[i].text, sizeof f[i].text, fmt, ap);
    va_end(ap);
}

/* --- runs seen ------------------------------------------------------------------*/

static void pack_uuid(Str s, unsigned char id[16])
{
    size_t n = 0;
    memset(id, 0, 16);
    for (size_t i = 0; i < s.n && n < 32; i++) {
        char c = s.p[i];
        if (c == '-')
            continue;
        unsigned d = c >= 'a' ? (unsigned)(c - 'a' + 10) : (unsigned)(c - '0');
        id[n / 2] = (unsigned char)((unsigned)id[n / 2] << 4 | (d & 15));
        n++;
    }
}

/* The slot of id, or the free one where it would go. Ids are random (UUID v4):
 * their first bytes are hash enough, and whoever forges them only slows the
 * verification of a log that is false. */
static Seen *slot(Seen *runs, size_t cap, const unsigned char id[16])
{
    uint64_t h;
    memcpy(&h, id, sizeof h);
    size_t i = (size_t)h & (cap - 1);
    while (runs[i].next != 0 && memcmp(runs[i].id, id, 16) != 0)
        i = (i + 1) & (cap - 1);
    return &runs[i];
}

static bool grow(Verify *v)
{
    size_t cap = v->cap_runs == 0 ? 64 : v->cap_runs * 2, bytes;
    if (!mem_mul(cap, sizeof *v->runs, &bytes))
        return false;
    Seen *runs = mem_realloc(NULL, 0, bytes);
    if (runs == NULL)
        return false;
    memset(runs, 0, bytes);
    for (size_t i = 0; i < v->cap_runs; i++)
        if (v->runs[i].next != 0)
            *slot(runs, cap, v->runs[i].id) = v->runs[i];
    mem_realloc(v->runs, v->cap_runs * sizeof *v->runs, 0);
    v->runs = runs;
    v->cap_runs = cap;
    return true;
}

static Seen *known(const Verify *v, Str run)
{
    unsigned char id[16];
    pack_uuid(run, id);
    Seen *s = v->cap_runs == 0 ? NULL : slot(v->runs, v->cap_runs, id);
    return s == NULL || s->next == 0 ? NULL : s;
}

static Seen *seen(Verify *v, Str run)
{
    unsigned char id[16];
    pack_uuid(run, id);
    if (v->n_runs * 2 >= v->cap_runs && !grow(v))
        return NULL;
    Seen *s = slot(v->runs, v->cap_runs, id);
    if (s->next == 0) {
        memcpy(s->id, id, 16);
        v->n_runs++;
    }
    return s;
}

/* --- one record -----------------------------------------------------------------*/

/* Record r against the run rows that the store keeps beside it. */
static GateStatus check_index(Verify *v, const Record *r)
{
    Hash stored, plan;
    sqlite3_stmt *s = store_stmt(v->log, ST_V_RUN_RECORD);
    store_bind_str(s, 1, str_of(r->run));
    store_bind_u64(s, 2, r->rseq);
    GateStatus st = store_row(v->log, s, "verify the runs");
    if (st == GATE_E_NOTFOUND) {
        find(v, "INDEX", r->seq, "the run of this record, %s, has no row", r->run);
        return GATE_OK;
    }
    if (st != GATE_OK)
        return st;
    bool hash = store_column_hash(s, 0, &stored);
    int64_t started = sqlite3_column_int64(s, 2);
    bool here = sqlite3_column_type(s, 1) == SQLITE_INTEGER &&
                sqlite3_column_int64(s, 1) == (int64_t)r->seq;
    store_done(s);
    if (!here)
        find(v, "INDEX", r->seq, "the index of run %s does not lead to this record",
             r->run);
    Str text = rec_text(r, RF_PLAN);
    if (r->kind == REC_RUN_STARTED && started != r->ts_ms)
        find(v, "INDEX", r->seq, "the row of run %s gives it another start than "
             "this record", r->run);
    if (r->kind != REC_RUN_STARTED || text.n < 7)
        return GATE_OK;
    if (!hash_from_hex((Str){text.p + 7, text.n - 7}, &plan) || !hash ||
        !hash_eq(&plan, &stored)) {
        find(v, "INDEX", r->seq, "the row of run %s names another program than "
             "this record", r->run);
        return GATE_OK;
    }
    s = store_stmt(v->log, ST_V_HAS_PROGRAM);
    store_bind_blob(s, 1, plan.b, HASH_SIZE);
    st = store_row(v->log, s, "verify the programs");
    if (st == GATE_OK)
        store_done(s);
    if (st == GATE_E_NOTFOUND)
        find(v, "INDEX", r->seq, "the program that this record names is not there");
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

static GateStatus check_run(Verify *v, const Record *r)
{
    Seen *s = seen(v, str_of(r->run));
    if (s == NULL)
        return GATE_E_MEMORY;
    bool explained = v->lost > 0 && r->rseq > s->next &&
                     r->rseq - s->next <= v->lost;
    if (r->rseq != s->next && !explained)
        find(v, "HOLE", r->seq, "this is number %llu of run %s; number %llu "
             "should follow here", (unsigned long long)r->rseq, r->run,
             (unsigned long long)s->next);
    else if (s->closed)
        find(v, "HOLE", r->seq, "run %s was closed before this record", r->run);
    else if (r->kind == REC_RUN_CLOSED &&
             rec_int(r, RF_COUNT, -1) != (int64_t)r->rseq + 1)
        find(v, "HOLE", r->seq, "it closes run %s with %lld records, but is "
             "number %llu", r->run, (long long)rec_int(r, RF_COUNT, -1),
             (unsigned long long)r->rseq + 1);
    s->next = r->rseq + 1;
    s->last_seq = r->seq;
    s->closed = s->closed || r->kind == REC_RUN_CLOSED;
    v->run_records++;
    return check_index(v, r);
}

/* A part's row against its place in the envelope: "" when it is right. */
static const char *judge_part(Verify *v, const Record *r, uint32_t i,
                              const RecCommit *commit, sqlite3_stmt *s, bool *ok)
{
    Str box = store_column(s, 3);
    if (!str_is(store_column(s, 1), r->parts[i].name))
        return "has another name";
    if (!str_is(store_column(s, 2), "plain"))
        return "lies under a key that is not there";
    if (box.n != REC_SALT + r->parts[i].bytes.n)
        return "has another length";
    Str bytes = {box.p + REC_SALT, box.n - REC_SALT};
    Hash is = rec_commitment((const unsigned char *)box.p, log_name(v->log),
                             r->seq, r->parts[i].name, bytes, ok);
    return hash_eq(&is, &commit->c) ? "" : "does not open its commitment";
}

static GateStatus check_parts(Verify *v, const Record *r,
                              const RecCommit *commits)
{
    bool there[LIM_PARTS] = {false}, ok = true;
    sqlite3_stmt *s = store_stmt(v->log, ST_V_PARTS);
    store_bind_u64(s, 1, (uint64_t)store_part_id(r->seq, 0));
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the parts")) == GATE_OK && ok) {
        uint32_t i = (uint32_t)(sqlite3_column_int64(s, 0) & (LIM_PARTS - 1));
        if (i >= r->n_parts) {
            find(v, "PART", r->seq, "it has a part too many, `%.*s`",
                 STR_ARG(store_column(s, 1)));
            continue;
        }
        there[i] = true;
        const char *wrong = judge_part(v, r, i, &commits[i], s, &ok);
        if (ok && wrong[0] != '\0')
            find(v, "PART", r->seq, "part `%s` %s", r->parts[i].name, wrong);
    }
    if (st == GATE_OK)
        store_done(s);
    if (!ok || (st != GATE_E_NOTFOUND && st != GATE_OK))
        return ok ? st : GATE_E_MEMORY;
    for (uint32_t i = 0; i < r->n_parts; i++)
        if (!there[i])
            find(v, "PART", r->seq, "part `%s` is gone, and no record says that "
                 "it was erased", r->parts[i].name);
    return GATE_OK;
}

/* Who has which pseudonym: the directory against the record that gave it. The
 * part ends `"id":"<36 digits>"}`; written again from the row, it must be the
 * same bytes. */
static GateStatus check_principal(Verify *v, const Record *r)
{
    enum { TAIL = OS_UUID_SIZE - 1 + 2 };
    Buf again = {0};
    GateStatus st = GATE_E_NOTFOUND;
    v->principals++;
    sqlite3_stmt *s = store_stmt(v->log, ST_PART);
    store_bind_u64(s, 1, (uint64_t)store_part_id(r->seq, 0));
    st = store_row(v->log, s, "verify the principals");
    if (st != GATE_OK)
        return st == GATE_E_NOTFOUND ? GATE_OK : st; /* PART says it */
    Str box = store_column(s, 3);
    Str who = box.n < REC_SALT + TAIL
                  ? STR("") : (Str){box.p + REC_SALT, box.n - REC_SALT};
    Str id = who.n == 0 ? who : (Str){who.p + who.n - TAIL, TAIL - 2};
    sqlite3_stmt *row = store_stmt(v->log, ST_PRINCIPAL_BY_ID);
    store_bind_str(row, 1, id);
    st = store_row(v->log, row, "verify the principals");
    if (st == GATE_OK) {
        append_who(store_column(row, 0), id, &again);
        store_done(row);
    }
    bool same = st == GATE_OK && str_eq(buf_view(&again), who);
    store_done(s);
    if (again.failed)
        st = GATE_E_MEMORY;
    buf_free(&again);
    if (!same && (st == GATE_OK || st == GATE_E_NOTFOUND)) {
        find(v, "INDEX", r->seq, "the directory does not say what this record "
             "says of a pseudonym");
        return GATE_OK;
    }
    return st;
}

/* Who loaded a program first: the row against the record. */
static GateStatus check_program(Verify *v, const Record *r)
{
    Hash plan;
    Str text = rec_text(r, RF_PLAN);
    v->programs++;
    if (text.n < 7 || !hash_from_hex((Str){text.p + 7, text.n - 7}, &plan)) {
        find(v, "FORM", r->seq, "it does not say which program");
        return GATE_OK;
    }
    sqlite3_stmt *s = store_stmt(v->log, ST_V_HAS_PROGRAM);
    store_bind_blob(s, 1, plan.b, HASH_SIZE);
    GateStatus st = store_row(v->log, s, "verify the programs");
    if (st == GATE_E_NOTFOUND) {
        find(v, "INDEX", r->seq, "the program that this record names is not there");
        return GATE_OK;
    }
    if (st != GATE_OK)
        return st;
    bool same = str_is(store_column(s, 0), r->actor_id) &&
                sqlite3_column_int64(s, 1) == (int64_t)r->seq;
    store_done(s);
    if (!same)
        find(v, "INDEX", r->seq, "the table of programs says otherwise who loaded "
             "this program first");
    return GATE_OK;
}

static GateStatus check_readable(Verify *v, const Record *r, Str name,
                                 uint64_t seq, const RecCommit *commits)
{
    if (r->seq != seq) {
        find(v, "ORDER", seq, "the record here says that it is number %llu",
             (unsigned long long)r->seq);
        v->lost++;
        return GATE_OK;
    }
    if (!str_eq(name, log_name(v->log)))
        find(v, "TENANT", seq, "it belongs to log `%.*s`, this is `%.*s`",
             STR_ARG(name), STR_ARG(log_name(v->log)));
    if ((seq == 0) != (r->kind == REC_LOG_OPENED))
        find(v, "ORDER", seq, "log.opened is the first record, and no other");
    if (r->ts_ms < v->last_ts)
        find(v, "CLOCK", seq, "its time is before that of the record before it");
    v->last_ts = r->ts_ms > v->last_ts ? r->ts_ms : v->last_ts;
    GateStatus st = check_parts(v, r, commits);
    if (st == GATE_OK && r->kind == REC_PRINCIPAL)
        st = check_principal(v, r);
    if (st == GATE_OK && r->kind == REC_PROGRAM_LOADED)
        st = check_program(v, r);
    if (st == GATE_OK && r->run[0] != '\0')
        st = check_run(v, r);
    return st;
}

static GateStatus check_entry(Verify *v, uint64_t seq, Str env)
{
    Record r;
    Str name;
    RecCommit commits[LIM_PARTS];
    Buf why = {.max = 160};
    arena_reset(v->arena);
    GateStatus st = rec_read_envelope(env, v->arena, &r, &name, commits, &why);
    if (st == GATE_OK) {
        st = check_readable(v, &r, name, seq, commits);
    } else if (st == GATE_E_FORMAT) {
        find(v, "FORM", seq, "it is not in canonical form: %s", buf_z(&why));
        v->lost++;
        st = GATE_OK;
    }
    buf_free(&why);
    return st;
}

/* --- the tree --------------------------------------------------------------------*/

/* The stored edge names the root of each perfect subtree: where one differs
 * although every record in it has its leaf, somebody wrote record and leaf
 * anew, and it is one of these. */
static void add_leaf(Verify *v, const Hash *leaf)
{
    merkle_add(&v->built, leaf);
    if (!v->compare || v->node >= v->stored.n)
        return;
    uint64_t rest = v->stored.size - v->node_first, size = 1;
    while (size <= rest / 2)
        size *= 2;
    if (v->built.size != v->node_first + size)
        return;
    if (!v->node_bad &&
        !hash_eq(&v->built.node[v->built.n - 1], &v->stored.node[v->node]))
        find(v, "EDIT", v->node_first, "a record from here to %llu is not what "
             "the tree head was made from",
             (unsigned long long)v->built.size - 1);
    v->node++;
    v->node_first = v->built.size;
    v->node_bad = false;
}

/* Missing records: named once, and their places kept in the tree, so that what
 * follows is compared where it belongs. A gap that somebody made astronomic is
 * not filled. */
static void skip_to(Verify *v, uint64_t seq)
{
    enum { FILL_MAX = 1 << 20 };
    const Hash nothing = {{0}};
    uint64_t missing = seq - v->next;
    if (missing == 0)
        return;
    if (missing == 1)
        find(v, "GAP", v->next, "this record is missing");
    else
        find(v, "GAP", v->next, "the records from here to %llu are missing",
             (unsigned long long)seq - 1);
    v->lost += missing;
    v->next = seq;
    v->compare = v->compare && missing <= FILL_MAX;
    while (v->compare && v->built.size < seq) {
        v->node_bad = true;
        add_leaf(v, &nothing);
    }
}

static GateStatus check_row(Verify *v, sqlite3_stmt *s)
{
    Hash leaf;
    int64_t at = sqlite3_column_int64(s, 0);
    uint64_t seq = at < 0 ? 0 : (uint64_t)at;
    if (at < 0 || at > REC_INT_MAX || (v->head_ok && seq >= v->stored.size)) {
        find(v, "ORDER", seq, "a record stands at %lld, where the tree head has "
             "none", (long long)at);
        return GATE_OK;
    }
    skip_to(v, seq);
    v->next = seq + 1;
    v->out->size++;
    Str env = store_column(s, 1);
    Hash is = merkle_leaf(env);
    GateStatus st = GATE_OK;
    if (store_column_hash(s, 2, &leaf) && hash_eq(&leaf, &is)) {
        st = check_entry(v, seq, env);
    } else {
        find(v, "EDIT", seq, "its bytes and the leaf hash beside them differ");
        v->lost++; /* what it says counts for nothing */
    }
    add_leaf(v, &is);
    return st;
}

static bool file_damaged(Verify *v)
{
    int rc = sqlite3_errcode(v->log->db) & 0xff;
    if (rc != SQLITE_CORRUPT && rc != SQLITE_NOTADB)
        return false;
    find(v, "EDIT", v->next, "the file itself is damaged from here on: %s",
         sqlite3_errmsg(v->log->db));
    return true;
}

static GateStatus check_entries(Verify *v)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_ENTRIES);
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the records")) == GATE_OK) {
        st = check_row(v, s);
        if (st != GATE_OK) {
            store_done(s);
            return st;
        }
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

/* --- what only the whole can tell -----------------------------------------------*/

static GateStatus count(Verify *v, Stmt id, uint64_t *out)
{
    sqlite3_stmt *s = store_stmt(v->log, id);
    GateStatus st = store_row(v->log, s, "verify the log");
    if (st != GATE_OK)
        return st;
    *out = (uint64_t)sqlite3_column_int64(s, 0);
    store_done(s);
    return GATE_OK;
}

static GateStatus check_head(Verify *v)
{
    uint64_t heads = 0, n = v->next;
    Hash own = merkle_root(&v->stored);
    GateStatus st = count(v, ST_V_HEADS, &heads);
    if (st != GATE_OK)
        return st;
    if (!v->head_ok || heads != 1)
        find(v, "EDIT", n, "the tree head is missing, or makes no sense");
    else if (n < v->stored.size) {
        find(v, "TRUNC", n, "the newest records are missing: the tree head counts "
             "%llu", (unsigned long long)v->stored.size);
        v->lost += v->stored.size - n;
    } else if (!hash_eq(&own, &v->root))
        find(v, "EDIT", n, "the root in the tree head does not follow from its "
             "own edge");
    return GATE_OK;
}

static GateStatus check_stray_parts(Verify *v)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_STRAY_PARTS);
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the parts")) == GATE_OK) {
        int64_t at = sqlite3_column_int64(s, 0);
        find(v, "PART", at < 0 ? 0 : (uint64_t)at, "part `%.*s` lies with record "
             "%lld and says %lld: it belongs to no record",
             STR_ARG(store_column(s, 2)), (long long)at,
             (long long)sqlite3_column_int64(s, 1));
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

static GateStatus check_runs(Verify *v)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_RUNS);
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the runs")) == GATE_OK) {
        Str run = store_column(s, 0);
        const Seen *k = known(v, run);
        if (k == NULL) {
            if (v->lost == 0)
                find(v, "INDEX", v->next, "run %.*s has a row, but no record",
                     STR_ARG(run));
            continue;
        }
        uint64_t rows = (uint64_t)sqlite3_column_int64(s, 1);
        uint64_t index = (uint64_t)sqlite3_column_int64(s, 2);
        /* Too many: what is missing should come after the last that is there. */
        uint64_t at = k->last_seq + (rows > k->next && index > k->next);
        if (v->lost == 0 && (rows != k->next || index != k->next))
            find(v, "INDEX", at, "run %.*s has %llu records; its row says "
                 "%llu, its index %llu", STR_ARG(run),
                 (unsigned long long)k->next, (unsigned long long)rows,
                 (unsigned long long)index);
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

/* Rows that no record accounts for. */
static GateStatus check_counts(Verify *v)
{
    uint64_t run_records = 0, principals = 0, programs = 0;
    GateStatus st = count(v, ST_V_RUN_RECORDS, &run_records);
    if (st == GATE_OK)
        st = count(v, ST_V_PRINCIPALS, &principals);
    if (st == GATE_OK)
        st = count(v, ST_V_PROGRAM_COUNT, &programs);
    if (st != GATE_OK || v->lost > 0)
        return st;
    if (run_records > v->run_records)
        find(v, "INDEX", v->next, "the index of runs has %llu rows for %llu "
             "records", (unsigned long long)run_records,
             (unsigned long long)v->run_records);
    if (principals > v->principals)
        find(v, "INDEX", v->next, "the directory has %llu pseudonyms; records gave "
             "%llu", (unsigned long long)principals,
             (unsigned long long)v->principals);
    if (programs > v->programs)
        find(v, "INDEX", v->next, "there are %llu programs; records tell of %llu",
             (unsigned long long)programs, (unsigned long long)v->programs);
    return st;
}

static GateStatus first_user(Verify *v, Str hash, uint64_t *seq)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_PROGRAM_SEQ);
    store_bind_blob(s, 1, hash.p, hash.n);
    GateStatus st = store_row(v->log, s, "verify the programs");
    if (st != GATE_OK)
        return st;
    if (sqlite3_column_type(s, 0) == SQLITE_INTEGER)
        *seq = (uint64_t)sqlite3_column_int64(s, 0);
    store_done(s);
    return GATE_OK;
}

static GateStatus check_programs(Verify *v)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_PROGRAMS);
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the programs")) == GATE_OK) {
        Hash hash;
        Str bytes = store_column(s, 1);
        Hash is = hash_bytes(bytes.p, bytes.n);
        if (store_column_hash(s, 0, &hash) && hash_eq(&hash, &is))
            continue;
        uint64_t seq = v->next;
        st = first_user(v, store_column(s, 0), &seq);
        if (st != GATE_OK) {
            store_done(s);
            return st;
        }
        find(v, "INDEX", seq, "a stored program does not have its hash");
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

/* --- what else the file holds ---------------------------------------------------*/

/* The next statement of schema.h, as SQLite keeps it: without the semicolon. */
static bool next_statement(const char **at, Str *out)
{
    const char *end = strchr(*at, ';');
    if (end == NULL)
        return false;
    *out = (Str){*at, (size_t)(end - *at)};
    *at = end + 1;
    return true;
}

enum { SCHEMA_MAX = 32 }; /* statements of schema.h, at most */

/* Marks the statement that made this; false: none did. */
static bool is_ours(Str sql, bool made[SCHEMA_MAX])
{
    const char *at = schema_sql;
    Str one;
    for (size_t i = 0; next_statement(&at, &one); i++)
        if (str_eq(sql, one) && !made[i]) {
            made[i] = true;
            return true;
        }
    return false;
}

/* A trigger, an index or a table more: gate runs none of them, but whoever opens
 * the file with something else might. What SQLite makes by itself, for UNIQUE,
 * has no text. */
static GateStatus check_schema(Verify *v)
{
    bool made[SCHEMA_MAX] = {false};
    const char *at = schema_sql;
    Str one;
    GateStatus st;
    sqlite3_stmt *s = store_stmt(v->log, ST_V_SCHEMA);
    while ((st = store_row(v->log, s, "verify the tables")) == GATE_OK)
        if (sqlite3_column_type(s, 2) != SQLITE_NULL && !is_ours(store_column(s, 2), made))
            find(v, "INDEX", v->next, "the file's %.*s `%.*s` is none of gate's, or was "
                 "changed", STR_ARG(store_column(s, 0)), STR_ARG(store_column(s, 1)));
    for (size_t i = 0; st == GATE_E_NOTFOUND && next_statement(&at, &one); i++) {
        assert(i < SCHEMA_MAX);
        if (!made[i])
            find(v, "INDEX", v->next, "the file lacks what `%.*s` makes",
                 one.n < 40 ? (int)one.n : 40, one.p);
    }
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

static GateStatus check_meta(Verify *v)
{
    sqlite3_stmt *s = store_stmt(v->log, ST_V_META);
    GateStatus st;
    while ((st = store_row(v->log, s, "verify the file's own notes")) == GATE_OK)
        find(v, "INDEX", v->next, "the file keeps a note `%.*s`, which is none of "
             "gate's", STR_ARG(store_column(s, 0)));
    return st == GATE_E_NOTFOUND ? GATE_OK : st;
}

static GateStatus verify_all(Verify *v)
{
    static GateStatus (*const pass[])(Verify *) = {
        check_entries, check_head, check_stray_parts, check_runs, check_counts,
        check_programs, check_schema, check_meta};
    GateStatus st = store_head(v->log, &v->stored, &v->root);
    v->head_ok = v->compare = st == GATE_OK;
    if (st == GATE_E_FORMAT)
        st = GATE_OK; /* check_head says it */
    for (size_t i = 0; i < sizeof pass / sizeof pass[0] && st == GATE_OK; i++)
        st = pass[i](v);
    return st == GATE_E_IO && file_damaged(v) ? GATE_OK : st;
}

GateStatus log_verify(Log *log, LogVerdict *out)
{
    Verify v = {.log = log, .out = out, .last_ts = INT64_MIN};
    memset(out, 0, sizeof *out);
    GateStatus st = store_usable(log, false);
    if (st != GATE_OK)
        return st;
    v.arena = arena_new(0);
    st = v.arena == NULL ? GATE_E_MEMORY
                         : store_run(log, ST_BEGIN_READ, "verify the log");
    if (st == GATE_OK) {
        st = verify_all(&v);
        GateStatus end = sqlite3_get_autocommit(log->db)
                             ? GATE_OK : store_run(log, ST_COMMIT, "verify the log");
        st = st == GATE_OK ? end : st;
    }
    out->root = merkle_root(&v.built);
    arena_free(v.arena);
    mem_realloc(v.runs, v.cap_runs * sizeof *v.runs, 0);
    if (st == GATE_E_MEMORY)
        store_fail(log, st, "out of memory");
    return st;
}
