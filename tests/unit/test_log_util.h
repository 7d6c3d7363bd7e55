/* What the tests of the log share: a scratch folder, a clock that the test
 * sets, records of a small run, and the vectors that lie beside the checkout. */
#ifndef GATE_TEST_LOG_UTIL_H
#define GATE_TEST_LOG_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm/log/log.h"

#define UNUSED __attribute__((unused))

/* A fresh folder and the path of a log in it. */
typedef struct Scratch {
    char dir[64];
    char path[96];
} Scratch;

static UNUSED void scratch_in(Scratch *s, const char *where)
{
    snprintf(s->dir, sizeof s->dir, "%s/gate-log-XXXXXX", where);
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/log.db", s->dir);
}

static UNUSED void scratch_make(Scratch *s)
{
    scratch_in(s, "/tmp");
}

/* In memory where there is such a place: for thousands of commits that no test
 * of durability looks at. */
static UNUSED void scratch_fast(Scratch *s)
{
    scratch_in(s, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static UNUSED void scratch_wipe(const Scratch *s)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    char p[128];
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(p, sizeof p, "%s%s", s->path, tails[i]);
        unlink(p);
    }
}

static UNUSED void scratch_drop(const Scratch *s)
{
    scratch_wipe(s);
    rmdir(s->dir);
}

/* Open, with the words of a failure in the test's output. */
static UNUSED Log *open_log(const char *path, LogMode mode)
{
    Log *log = NULL;
    Buf why = {0};
    GateStatus st = log_open(path, mode, os_real(), &log, &why);
    if (st != GATE_OK)
        print_message("# %s\n", buf_z(&why));
    buf_free(&why);
    assert_int_equal(st, GATE_OK);
    return log;
}

#define T0 INT64_C(4102444800000) /* 2100: after any clock that made record 0 */
#define RUN_A "5b0f8f1e-6d55-4b7e-8e5e-0c5c0a3c1a11"
#define RUN_B "5b0f7777-0000-4b7e-8e5e-0c5c0a3c1a12"
#define PERSON "068cd529-c0e7-4972-9427-b9ddb10d2ed0"

static UNUSED Record record(RecKind kind, const char *run)
{
    Record r = {.kind = kind, .actor_t = "human"};
    memcpy(r.actor_id, PERSON, OS_UUID_SIZE);
    if (run != NULL)
        memcpy(r.run, run, OS_UUID_SIZE);
    return r;
}

static UNUSED RunRow run_row(const char *run, const char *name, const char *state)
{
    RunRow row = {.name = str_of(name), .plan = STR("plan"),
                  .program = hash_bytes("prog", 4), .state = str_of(state),
                  .starter = STR(PERSON), .started_ms = T0, .due_ms = -1};
    memcpy(row.run, run, OS_UUID_SIZE);
    return row;
}

static UNUSED void set_plan(Record *r, char text[72])
{
    Hash h = hash_bytes("prog", 4);
    memcpy(text, "sha256:", 7);
    hash_hex(&h, text + 7);
    rec_set_text(r, RF_PLAN, str_of(text));
}

/* run.started, phase.changed, gate.decision and, closing, run.closed. */
static UNUSED GateStatus append_run(Log *log, const char *run, const char *name,
                                    bool close_it)
{
    char plan[72];
    Hash h = hash_bytes("prog", 4);
    RunRow row = run_row(run, name, "running");
    Record r[4] = {record(REC_RUN_STARTED, run), record(REC_PHASE_CHANGED, run),
                   record(REC_GATE_DECISION, run), record(REC_RUN_CLOSED, run)};
    set_plan(&r[0], plan);
    rec_add_part(&r[0], "plan", "application/json", STR("{\"dir\":\"/srv\"}"));
    rec_add_part(&r[0], "inputs", "application/json", STR("{}"));
    rec_set_text(&r[1], RF_PHASE, STR("build"));
    rec_set_int(&r[1], RF_PHASE_NO, 0);
    rec_set_text(&r[1], RF_FROM, STR("pending"));
    rec_set_text(&r[1], RF_TO, STR("checking"));
    rec_set_text(&r[2], RF_DEC, STR("approve"));
    rec_set_text(&r[2], RF_GATE, STR("build/1/1"));
    rec_add_part(&r[2], "comment", "text/plain", STR("looks \"good\"\n"));
    rec_add_part(&r[2], "empty", "text/plain", STR(""));
    r[2].ref[r[2].n_refs++] = log_size(log);
    rec_set_int(&r[3], RF_COUNT, 4);
    GateStatus st = log_put_program(log, &h, STR("prog"), PERSON, T0);
    if (st == GATE_OK)
        st = log_append(log, r, 2, &row, 1, T0);
    row.state = close_it ? STR("done") : STR("waiting");
    row.due_ms = close_it ? -1 : T0 + 1000;
    if (st == GATE_OK)
        st = log_append(log, r + 2, close_it ? 2 : 1, &row, 1, T0);
    return st;
}

/* --- files beside the checkout ------------------------------------------------*/

/* $GATE_SHARED, or ../shared from the root of the checkout. False: not there. */
static UNUSED bool shared_file(const char *name, Buf *out)
{
    const char *dir = getenv("GATE_SHARED");
    Buf path = {0};
    buf_printf(&path, "%s/tlog/%s", dir != NULL ? dir : "../shared", name);
    GateStatus st = os_read_file(buf_z(&path), 1 << 20, out, NULL);
    buf_free(&path);
    return st == GATE_OK;
}

#define NEED(name, buf)                                                        \
    do {                                                                       \
        if (!shared_file((name), (buf))) {                                     \
            print_message("# no ../shared/tlog/%s beside the checkout\n", name); \
            skip();                                                            \
        }                                                                      \
    } while (0)

static UNUSED size_t base64_decode(Str s, unsigned char *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t acc = 0;
    int bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
        const char *d = strchr(digits, s.p[i]);
        assert_true(d != NULL && s.p[i] != '\0');
        acc = acc << 6 | (uint32_t)(d - digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(acc >> bits);
            acc &= (1u << bits) - 1;
        }
    }
    return n;
}

static UNUSED size_t hex_decode(Str s, unsigned char *out)
{
    for (size_t i = 0; i + 1 < s.n; i += 2) {
        char two[3] = {s.p[i], s.p[i + 1], '\0'};
        out[i / 2] = (unsigned char)strtoul(two, NULL, 16);
    }
    return s.n / 2;
}

#endif
