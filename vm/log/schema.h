/* The file's tables, format 1. STRICT: a column holds its type and nothing
 * else. audit_part's ids are computed (store.h), which the CHECK repeats. No
 * index beyond what a query needs: each is a page more in every commit.
 * run.due has one, partial: waiting runs are found without a scan. */
#ifndef GATE_LOG_SCHEMA_H
#define GATE_LOG_SCHEMA_H

static const char schema_sql[] =
    "CREATE TABLE audit_entry(seq INTEGER PRIMARY KEY, env BLOB NOT NULL,"
    " leaf BLOB NOT NULL) STRICT;"
    "CREATE TABLE audit_part(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL"
    " CHECK (id >> 4 = seq), name TEXT NOT NULL, kid TEXT NOT NULL,"
    " box BLOB NOT NULL) STRICT;"
    "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK (one = 1),"
    " size INTEGER NOT NULL, root BLOB NOT NULL, edge BLOB NOT NULL) STRICT;"
    "CREATE TABLE run(no INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, program BLOB NOT NULL,"
    " state TEXT NOT NULL, starter TEXT NOT NULL, started INTEGER NOT NULL,"
    " due INTEGER, records INTEGER NOT NULL) STRICT;"
    "CREATE INDEX run_due ON run(due) WHERE due IS NOT NULL;"
    "CREATE TABLE run_record(no INTEGER NOT NULL, rseq INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, PRIMARY KEY(no, rseq)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE principal(id TEXT PRIMARY KEY NOT NULL,"
    " account TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE program(hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL,"
    " loader TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

#endif
