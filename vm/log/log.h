/* The log of one tenant: one SQLite file with the records, their parts, the
 * programs, and projections of what the records say. Everything that changes
 * is one append: records, projections and the tree head in one transaction,
 * WAL with synchronous=FULL, both read back at open and refused otherwise.
 *
 * Tables: audit_entry(seq, env, leaf) and audit_part(id, seq, name, kid, box)
 * as design notes name them; audit_head(size, root, edge): the RFC 6962 tree
 * over all leaves; run, principal, program, meta. In our own connection an
 * authorizer refuses UPDATE and DELETE on audit_entry and audit_part.
 * audit_part's id is seq * 16 + the part's place in the record: no index, and
 * no part that can be moved unseen.
 * A part's box, before a tenant has keys: 32 bytes of salt, then the bytes,
 * under the key id `plain`. Its commitment: HMAC-SHA256(salt, "gate.part.v1\n"
 * log "\n" seq "\n" name "\n" bytes).
 *
 * One writer: whoever holds the tenant's lock opens with LOG_WRITE; everybody
 * else reads (query_only, short transactions). After the first failed commit
 * or checksum the handle is dead: every later call gives GATE_E_IO, and the
 * process ends with status 5. Nothing retries an fsync.
 *
 * A handle belongs to one thread at a time. Calls may be nested inside LogEach
 * and LogEachRun: no statement is open while they run. log_error has words for
 * every status but GATE_OK. */
#ifndef GATE_LOG_LOG_H
#define GATE_LOG_LOG_H

#include "vm/log/record.h"

typedef struct Log Log;
typedef enum LogMode { LOG_READ, LOG_WRITE, LOG_CREATE } LogMode;

/* path: .../tenants/NAME/log.db. LOG_CREATE makes the file and its record 0
 * where there is none, else is LOG_WRITE. why: one sentence on failure. */
GateStatus log_open(const char *path, LogMode mode, Os *os, Log **out, Buf *why);
void log_close(Log *log);
Str log_name(const Log *log);        /* origin: local/t/<uuid> */
/* The pseudonym of the log's own service: the UUID of its origin. Actor of the
 * records that the log writes by itself. */
const char *log_service(const Log *log);
uint64_t log_size(Log *log);
const char *log_error(const Log *log); /* words for the last failure */

/* A run's row of the projection, as the engine computes it from the records. */
typedef struct RunRow {
    char run[OS_UUID_SIZE];
    Str name;      /* --name, else plan name and a number */
    Str plan;      /* plan name */
    Hash program;
    Str state;     /* running waiting done failed rejected cancelled in_doubt */
    Str starter;   /* pseudonym */
    int64_t started_ms; /* ts of its first record; log_append sets it */
    int64_t due_ms; /* next timer; -1: none */
    uint64_t records; /* counted by the store; not read by log_append */
} RunRow;

/* Appends n records and upserts the rows, all or nothing. Sets seq, rseq and
 * ts_ms of each, and sorts its parts. A run's first record comes with its row;
 * of a row that is there, state and due_ms are taken. now_ms below the last ts:
 * a clock.stepped record is written before (once, as long as the clock goes on
 * from there) and ts is held. count of run.closed must be its rseq + 1.
 *   GATE_E_REFUSED  a new run's name is taken, or the handle only reads
 *   GATE_E_FORMAT   a record cannot be put into canonical form
 *   GATE_E_LIMIT    an envelope or a part is too long
 *   GATE_E_BUSY     another program has locked the file
 *   GATE_E_MEMORY, GATE_E_IO
 * After the first four nothing has happened and the handle goes on. */
GateStatus log_append(Log *log, Record *recs, size_t n, const RunRow *rows,
                      size_t n_rows, int64_t now_ms);

/* What the clock was like at the last append, in the caller's own words: kept
 * beside the records with the next log_append, no record and not part of the
 * tree. log_clock: GATE_E_NOTFOUND when nothing was kept. */
void log_keep_clock(Log *log, Str words);
GateStatus log_clock(Log *log, Buf *words);

/* A pseudonym (v4 UUID) for an account name such as "os:1000:ana"; makes one,
 * with its principal.changed record, when there is none and the log writes. */
GateStatus log_principal(Log *log, Str account, int64_t now_ms,
                         char id[OS_UUID_SIZE]);
/* The account of a pseudonym: {NULL,0} when erased or unknown. */
Str log_account(Log *log, const char *id, Arena *arena);

/* Keeps a program by its hash, with the pseudonym of who loaded it first (the
 * plan's changer: later loaders do not replace it) and its program.loaded
 * record. log_get_program takes the loader from that record: GATE_E_FORMAT
 * where the row says something else. */
GateStatus log_put_program(Log *log, const Hash *hash, Str bytes,
                           const char *loader, int64_t now_ms);
GateStatus log_get_program(Log *log, const Hash *hash, Buf *bytes,
                           char loader[OS_UUID_SIZE]);

/* Calls each for every record of the run in order (run NULL: of the log), with
 * parts opened and checked against their commitments. env is the stored
 * envelope. each returns false to stop. GATE_E_FORMAT where a stored record is
 * not what it should be. */
typedef bool (*LogEach)(void *ctx, const Record *r, Str env);
GateStatus log_read(Log *log, const char *run, LogEach each, void *ctx);

typedef bool (*LogEachRun)(void *ctx, const RunRow *row);
GateStatus log_runs(Log *log, const char *only_state, LogEachRun each, void *ctx);
/* Prefix of an id, or a name. NOTFOUND, or BUSY when it is ambiguous. */
GateStatus log_find_run(Log *log, Str what, char run[OS_UUID_SIZE]);
GateStatus log_run_row(Log *log, const char *run, Arena *arena, RunRow *out);
/* plan name and the next free number. */
GateStatus log_next_name(Log *log, Str plan, Buf *out);

/* Recomputes every leaf, every commitment and the root, checks the canonical
 * form, seq, rseq, ts, log, the projections that the log owns, and that the file
 * holds nothing else. */
typedef struct LogFinding {
    char code[12]; /* EDIT GAP ORDER TRUNC PART FORM HOLE INDEX CLOCK TENANT */
    uint64_t seq;  /* first bad record */
    char text[200];
} LogFinding;
enum { LOG_FINDINGS = 64 };
typedef struct LogVerdict {
    uint64_t size;
    Hash root;
    LogFinding findings[LOG_FINDINGS];
    size_t n_findings;
} LogVerdict;
GateStatus log_verify(Log *log, LogVerdict *out);

/* RFC 6962 tree, pure (merkle.c). */
typedef struct MerkleEdge {
    uint64_t size;
    Hash node[64]; /* perfect subtrees of size's set bits, largest first */
    unsigned n;
} MerkleEdge;
Hash merkle_leaf(Str data);
void merkle_add(MerkleEdge *e, const Hash *leaf);
Hash merkle_root(const MerkleEdge *e); /* size 0: SHA-256 of nothing */

#endif
