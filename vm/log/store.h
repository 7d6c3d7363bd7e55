/* For the files of this room alone: the open handle, its statements, and how a
 * failure is said. Users see log.h. */
#ifndef GATE_LOG_STORE_H
#define GATE_LOG_STORE_H

#include <sqlite3.h>

#include "vm/log/log.h"

/* Every statement that runs after the open. Prepared once, when first used;
 * no SQL text is ever made at run time. */
typedef enum Stmt {
#define STMT(id, sql) ST_##id,
#include "vm/log/statements.def"
#undef STMT
    ST_COUNT
} Stmt;

/* What the next record follows. */
typedef struct LogTail {
    MerkleEdge edge;
    int64_t last_ts;
    int64_t last_now; /* clock at the last append: while it stands behind
                         last_ts and goes on, one clock.stepped is enough */
} LogTail;

struct Log {
    sqlite3 *db;
    sqlite3_stmt *stmt[ST_COUNT];
    Os *os;
    char *path;
    Buf name;      /* origin: local/t/<uuid> */
    char service[OS_UUID_SIZE];
    bool writes;
    bool dead;     /* a commit, a statement or a checksum failed */
    Buf error;
    Arena *arena;  /* of one record, reset for the next */
    Buf env, box;  /* reused by each append */
    Buf clock;     /* for the next log_append; see log_keep_clock */
    LogTail tail, committed; /* the writer's alone; tail runs ahead inside a
                                transaction */
};

enum { LOG_FORMAT = 1 }; /* user_version of the file */
#define LOG_APPLICATION 0x67617465 /* "gate": application_id of the file */

/* Sets log_error and gives st back. */
GateStatus store_fail(Log *log, GateStatus st, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A stored thing is not what it should be: the handle is dead. */
GateStatus store_damaged(Log *log, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
GateStatus store_usable(Log *log, bool to_write);

/* The statement, reset, without bindings; NULL: SQLite said no, and the handle is dead. */
sqlite3_stmt *store_stmt(Log *log, Stmt id);
/* Steps a statement that gives no row, and ends it. */
GateStatus store_do(Log *log, sqlite3_stmt *s, const char *doing);
/* Steps once: GATE_OK with a row (store_done ends it), else it has ended:
 * GATE_E_NOTFOUND, or what went wrong. */
GateStatus store_row(Log *log, sqlite3_stmt *s, const char *doing);
/* Ends a statement: its read transaction, its bindings. NULL is fine. */
void store_done(sqlite3_stmt *s);
/* A statement without parameters or rows. */
GateStatus store_run(Log *log, Stmt id, const char *doing);

void store_bind_str(sqlite3_stmt *s, int i, Str text);
void store_bind_blob(sqlite3_stmt *s, int i, const void *p, size_t n);
void store_bind_u64(sqlite3_stmt *s, int i, uint64_t v);
Str store_column(sqlite3_stmt *s, int i); /* until the next step or reset */
bool store_column_hash(sqlite3_stmt *s, int i, Hash *out);

/* The one row of audit_head. GATE_E_FORMAT: there is none, or it makes no
 * sense (then *e is as far as it goes). */
GateStatus store_head(Log *log, MerkleEdge *e, Hash *root);

/* Parts of a record lie under ids that follow from its seq, so that they need
 * no index and none can be moved: LIM_PARTS to a record. */
_Static_assert(LIM_PARTS == 16, "audit_part ids are seq * 16 + position");
int64_t store_part_id(uint64_t seq, uint32_t i);

/* Commits a transaction with its tree head where st is GATE_OK, and takes everything
 * back where not; it gives the result. store_append.c. */
GateStatus append_end(Log *log, GateStatus st);
GateStatus append_first_record(Log *log, int64_t now_ms); /* log.opened */
/* The part `who` of principal.changed. */
void append_who(Str account, Str id, Buf *out);

#endif
