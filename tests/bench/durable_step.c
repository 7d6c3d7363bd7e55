/* One durable step (two records with two parts each, the run's row, the tree
 * head) beside one bare SQLite commit of as many bytes in as many rows, both WAL
 * and synchronous=FULL, one after the other in pairs. Prints; asserts nothing.
 * usage: durable_step [FOLDER]   (default /tmp: the disk that is measured) */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vm/log/log.h"

enum { PAIRS = 300, PART = 200, ENVELOPE = 720, RUN_ROW = 160, HEAD_ROW = 300 };

static const char run[] = "5b0f8f1e-6d55-4b7e-8e5e-0c5c0a3c1a11";

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "durable_step: %s: %s\n", what, why);
    exit(5);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* --- ours ------------------------------------------------------------------*/

static void our_step(Log *log, int i)
{
    char bytes[PART];
    memset(bytes, 'a' + i % 26, sizeof bytes);
    RunRow row = {.name = STR("bench-1"), .plan = STR("bench"),
                  .state = i % 2 == 0 ? STR("running") : STR("waiting"),
                  .starter = STR(run), .due_ms = -1};
    memcpy(row.run, run, sizeof run);
    Record r[2] = {{.kind = REC_EXEC_STARTED}, {.kind = REC_EXEC_FINISHED}};
    for (int k = 0; k < 2; k++) {
        r[k].actor_t = "svc";
        memcpy(r[k].actor_id, run, sizeof run);
        memcpy(r[k].run, run, sizeof run);
        rec_set_text(&r[k], RF_PHASE, STR("publish"));
        rec_set_text(&r[k], RF_ACTION, STR("upload"));
        rec_set_int(&r[k], RF_INST, i);
        rec_add_part(&r[k], "args", "application/json", (Str){bytes, PART});
        rec_add_part(&r[k], "key", "text/plain", (Str){bytes, PART});
    }
    if (log_append(log, r, 2, &row, 1, os_real()->now_ms(os_real())) != GATE_OK)
        stop("append", log_error(log));
}

/* --- bare ------------------------------------------------------------------*/

static sqlite3 *db;
static sqlite3_stmt *begin, *insert, *update, *commit;

static void must(int rc, int want)
{
    if (rc != want)
        stop("sqlite", sqlite3_errmsg(db));
}

static void bare_open(const char *path)
{
    must(sqlite3_open(path, &db), SQLITE_OK);
    must(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                      "CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);"
                      "INSERT INTO t VALUES (1, x''), (2, x'')", NULL, NULL, NULL),
         SQLITE_OK);
    must(sqlite3_prepare_v2(db, "BEGIN IMMEDIATE", -1, &begin, NULL), SQLITE_OK);
    must(sqlite3_prepare_v2(db, "INSERT INTO t(a) VALUES (?1)", -1, &insert, NULL),
         SQLITE_OK);
    must(sqlite3_prepare_v2(db, "UPDATE t SET a = ?1 WHERE id = ?2", -1, &update,
                            NULL), SQLITE_OK);
    must(sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL), SQLITE_OK);
}

static void bare_run(sqlite3_stmt *s)
{
    must(sqlite3_step(s), SQLITE_DONE);
    sqlite3_reset(s);
}

static void bare_step(int i)
{
    char bytes[1024];
    memset(bytes, 'a' + i % 26, sizeof bytes);
    bare_run(begin);
    for (int k = 0; k < 2; k++) {
        sqlite3_bind_blob(insert, 1, bytes, ENVELOPE + 32, SQLITE_STATIC);
        bare_run(insert);
        for (int p = 0; p < 2; p++) {
            sqlite3_bind_blob(insert, 1, bytes, PART + 32 + 20, SQLITE_STATIC);
            bare_run(insert);
        }
    }
    sqlite3_bind_blob(update, 1, bytes, RUN_ROW, SQLITE_STATIC);
    sqlite3_bind_int(update, 2, 1);
    bare_run(update);
    sqlite3_bind_blob(update, 1, bytes, HEAD_ROW, SQLITE_STATIC);
    sqlite3_bind_int(update, 2, 2);
    bare_run(update);
    bare_run(commit);
}

static void bare_close(void)
{
    sqlite3_finalize(begin);
    sqlite3_finalize(insert);
    sqlite3_finalize(update);
    sqlite3_finalize(commit);
    sqlite3_close(db);
}

/* --- both -------------------------------------------------------------------*/

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *v, double q)
{
    qsort(v, PAIRS, sizeof *v, by_value);
    return v[(size_t)(q * (PAIRS - 1))];
}

int main(int argc, char **argv)
{
    static double ours[PAIRS], bare[PAIRS];
    char dir[512], path[600];
    Log *log;
    Buf why = {0};
    snprintf(dir, sizeof dir, "%s/gate-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (mkdtemp(dir) == NULL)
        stop(dir, "cannot make the folder");
    snprintf(path, sizeof path, "%s/bare.db", dir);
    bare_open(path);
    snprintf(path, sizeof path, "%s/log.db", dir);
    if (log_open(path, LOG_CREATE, os_real(), &log, &why) != GATE_OK)
        stop(path, buf_z(&why));
    our_step(log, 0); /* both begin with warm statements */
    bare_step(0);
    for (int i = 0; i < PAIRS; i++) {
        double t0 = now_us();
        our_step(log, i);
        double t1 = now_us();
        bare_step(i);
        ours[i] = t1 - t0;
        bare[i] = now_us() - t1;
    }
    log_close(log);
    bare_close();
    double a = quantile(ours, 0.5), b = quantile(bare, 0.5);
    printf("durable step      %8.0f us median, %8.0f us p90 (2 records, 4 parts, "
           "run row, tree head)\n", a, quantile(ours, 0.9));
    printf("bare SQLite FULL  %8.0f us median, %8.0f us p90 (as many bytes, 8 "
           "rows)\n", b, quantile(bare, 0.9));
    printf("ratio             %8.2f\n", a / b);
    static const char *const names[] = {"bare.db", "log.db"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
    return 0;
}
