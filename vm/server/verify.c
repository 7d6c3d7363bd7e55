/* Owns: `verify` and `doctor`: is the log what it should be, is the host. Must
 * not know: how the log is checked (log_verify does), terminals. */
#include "vm/server/svc.h"

#include <dlfcn.h>
#include <sqlite3.h> /* its version alone; SQL stays in vm/log */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* --- verify -------------------------------------------------------------------- */

static void find(LogVerdict *v, const char *code, uint64_t seq, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void find(LogVerdict *v, const char *code, uint64_t seq, const char *fmt, ...)
{
    if (v->n_findings == LOG_FINDINGS)
        return;
    LogFinding *f = &v->findings[v->n_findings++];
    va_list ap;
    va_start(ap, fmt);
    snprintf(f->code, sizeof f->code, "%s", code);
    vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
    f->seq = seq;
}

typedef struct RowCopy {
    RunRow row;
    struct RowCopy *next;
} RowCopy;

typedef struct Rows {
    Arena *arena;
    RowCopy *first;
    bool failed;
} Rows;

static bool copy_row(void *ctx, const RunRow *row)
{
    Rows *rows = ctx;
    RowCopy *c = ARENA_NEW(rows->arena, RowCopy, 1);
    rows->failed = c == NULL;
    if (c == NULL)
        return false;
    c->row = *row;
    c->row.name = arena_str(rows->arena, row->name);
    c->row.plan = arena_str(rows->arena, row->plan);
    c->row.state = arena_str(rows->arena, row->state);
    c->row.starter = arena_str(rows->arena, row->starter);
    c->next = rows->first;
    rows->first = c;
    return true;
}

static bool last_seq(void *ctx, const Record *r, Str env)
{
    (void)env;
    *(uint64_t *)ctx = r->seq;
    return true;
}

/* A deadline that a record gives may not be put off or forgotten: silence is
 * never consent, and ends when it was said to. When a blocked phase is tried next
 * is in no record, because nothing changed. */
static bool due_follows(const RunRow *row, const EngRun *run)
{
    bool open;
    int64_t due = eng_due_recorded(run, &open);
    if (!open || row->due_ms < 0)
        return row->due_ms == due;
    return due < 0 || row->due_ms <= due;
}

/* Which member of a run's row says something else than its records do. */
static const char *difference(const RunRow *row, const RunRow *fold, const EngRun *run)
{
    if (!str_eq(row->state, fold->state))
        return "state";
    if (!str_eq(row->name, fold->name))
        return "name";
    if (!str_eq(row->plan, fold->plan))
        return "plan";
    if (!hash_eq(&row->program, &fold->program))
        return "program";
    if (!str_eq(row->starter, fold->starter))
        return "starter";
    if (row->records != fold->records)
        return "number of records";
    if (!due_follows(row, run))
        return "next deadline";
    return NULL;
}

/* Folds the run as it stands now and compares; moved: the run went on while
 * it was read, so nothing was compared. */
static bool compare_once(Svc *s, RunRow *row, Arena *arena, LogVerdict *v,
                         uint64_t seq)
{
    Buf why = {0};
    SvcRun *run = NULL;
    RunRow now = {0}, folded;
    bool moved = false;
    if (runs_load(s, row->run, &run, &why) != GATE_OK) {
        find(v, "INDEX", seq, "run %.8s does not follow from its records: %s",
             row->run, buf_z(&why));
    } else if (log_run_row(s->log, row->run, arena, &now) != GATE_OK) {
        find(v, "INDEX", seq, "run %.8s is not in the table of runs", row->run);
    } else {
        runs_row(run, &folded);
        const char *what = difference(&now, &folded, run->eng);
        moved = what != NULL && now.records != row->records;
        if (what != NULL && !moved)
            find(v, "INDEX", seq, "the table of runs gives run %.8s another %s than "
                 "its records do", row->run, what);
    }
    if (run != NULL)
        runs_unload(s, run);
    buf_free(&why);
    *row = now;
    return !moved;
}

/* Somebody may be driving the run meanwhile; then it is read again. A run that
 * moves each time is being written by a service that checks what it writes. */
enum { MOVED_TRIES = 20 };

static void compare_run(Svc *s, const RunRow *listed, Arena *arena, LogVerdict *v)
{
    RunRow row = *listed;
    uint64_t seq = 0;
    if (log_read(s->log, row.run, last_seq, &seq) != GATE_OK) {
        find(v, "INDEX", seq, "run %.8s cannot be read: %s", row.run,
             log_error(s->log));
        return;
    }
    for (int i = 0; i < MOVED_TRIES; i++) {
        if (compare_once(s, &row, arena, v, seq))
            return;
    }
}

static void compare_runs(Svc *s, LogVerdict *v)
{
    Rows rows = {.arena = arena_new(0)};
    if (rows.arena == NULL ||
        log_runs(s->log, NULL, copy_row, &rows) != GATE_OK || rows.failed)
        find(v, "INDEX", 0, "the table of runs cannot be read: %s",
             log_error(s->log));
    for (const RowCopy *c = rows.first; c != NULL; c = c->next)
        compare_run(s, &c->row, rows.arena, v);
    arena_free(rows.arena);
}

static void put_verdict(Svc *s, const LogVerdict *v, Buf *out)
{
    buf_printf(out, "{\"ok\":%s,\"log\":", v->n_findings == 0 ? "true" : "false");
    json_put_text(out, log_name(s->log));
    buf_printf(out, ",\"size\":%llu,\"root\":\"", (unsigned long long)v->size);
    wire_base64(out, (Str){(const char *)v->root.b, HASH_SIZE});
    buf_puts(out, "\",\"findings\":[");
    for (size_t i = 0; i < v->n_findings; i++) {
        const LogFinding *f = &v->findings[i];
        buf_puts(out, i == 0 ? "{\"code\":" : ",{\"code\":");
        json_put_text(out, str_of(f->code));
        buf_printf(out, ",\"seq\":%llu,\"text\":", (unsigned long long)f->seq);
        json_put_text(out, str_of(f->text));
        buf_putc(out, '}');
    }
    buf_puts(out, "]}");
}

void read_verify(Svc *s, SvcJob *job)
{
    LogVerdict v = {0};
    Buf out = {0};
    if (s->log == NULL) {
        job_fail(job, EXIT_CANNOT_TELL, "no_log", "there is no log of tenant %s in "
                 "%s yet, so there is nothing to tell", s->cfg.tenant,
                 s->cfg.state_dir);
        return;
    }
    GateStatus st = log_verify(s->log, &v);
    if (st != GATE_OK) {
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the log to its "
                 "end: %s", log_error(s->log));
        return;
    }
    /* A log that is wrong is no measure for the tables made from it. */
    if (v.n_findings == 0)
        compare_runs(s, &v);
    put_verdict(s, &v, &out);
    job_done(job, v.n_findings == 0 ? EXIT_DONE : EXIT_FAILED, "", (Str){0},
             buf_view(&out));
    buf_free(&out);
}

/* --- doctor -------------------------------------------------------------------- */

typedef struct Exam {
    Buf out;
    size_t n;
    bool sick;
} Exam;

static void examine(Exam *e, const char *what, const char *verdict, const char *fmt,
                    ...) __attribute__((format(printf, 4, 5)));

/* verdict: ok, note (worth knowing), bad (gate cannot do its work). */
static void examine(Exam *e, const char *what, const char *verdict, const char *fmt,
                    ...)
{
    Buf text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    while (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    buf_printf(&e->out, "%s{\"check\":\"%s\",\"verdict\":\"%s\",\"text\":",
               e->n++ == 0 ? "" : ",", what, verdict);
    json_put_text(&e->out, buf_view(&text));
    buf_putc(&e->out, '}');
    e->sick = e->sick || strcmp(verdict, "bad") == 0;
    buf_free(&text);
}

/* The first folder on the way to the state folder, itself last, that other
 * accounts cannot pass; NULL: none. */
static const char *closed_on_the_way(Svc *s, Arena *a)
{
    struct stat sb;
    const char *dir = s->cfg.state_dir;
    for (size_t i = 1; dir[i - 1] != '\0'; i++) {
        if (dir[i] != '/' && dir[i] != '\0')
            continue;
        const char *part = arena_copy(a, dir, i);
        if (part != NULL && stat(part, &sb) == 0 && (sb.st_mode & 01) == 0)
            return part;
    }
    return NULL;
}

/* A team gets to the socket and to nothing else. */
static void examine_way(Svc *s, Exam *e, unsigned mode)
{
    Arena *scratch = arena_new(0);
    const char *closed = scratch == NULL ? NULL : closed_on_the_way(s, scratch);
    if (closed != NULL)
        examine(e, "state", "note", "the people in host.gate cannot get to %s: %s is "
                "closed to other accounts; `chmod o+x` opens the way, or keep the state "
                "elsewhere, such as below /var/lib", s->cfg.state_dir, closed);
    else if ((mode & 066) != 0)
        examine(e, "state", "note", "other accounts see the names in %s (mode %03o); "
                "`chmod 711` leaves them the way to the socket", s->cfg.state_dir, mode);
    else
        examine(e, "state", "ok", "%s, mode %03o: other accounts get to the socket alone",
                s->cfg.state_dir, mode);
    arena_free(scratch);
}

static void examine_files(Svc *s, Exam *e)
{
    struct stat sb;
    Buf path = {0};
    if (stat(s->cfg.state_dir, &sb) != 0) {
        examine(e, "state", "note", "%s does not exist yet; the first `gate run` "
                "makes it, with the solo profile", s->cfg.state_dir);
        return;
    }
    if (policy_shared(s))
        examine_way(s, e, (unsigned)(sb.st_mode & 0777));
    else if ((sb.st_mode & 066) != 0)
        examine(e, "state", "note", "%s is open to other accounts (mode %03o); "
                "`chmod 700` closes it", s->cfg.state_dir,
                (unsigned)(sb.st_mode & 0777));
    else
        examine(e, "state", "ok", "%s, mode %03o", s->cfg.state_dir,
                (unsigned)(sb.st_mode & 0777));
    buf_printf(&path, "%s/host.gate", s->cfg.state_dir);
    if (stat(buf_z(&path), &sb) != 0)
        examine(e, "host.gate", "bad", "%s is missing: nobody may decide and nothing "
                "is granted; `gate init` makes one", buf_z(&path));
    else if (s->policy_error.n > 0)
        examine(e, "host.gate", "bad", "%s", buf_z(&s->policy_error));
    else
        examine(e, "host.gate", "ok", "understood: profile %s, %u people, %u roles, "
                "%u grants", s->policy->solo ? "solo" : "team", s->policy->n_people,
                s->policy->n_roles, s->policy->n_grants);
    buf_free(&path);
}

static void examine_log(Svc *s, Exam *e)
{
    examine(e, "sqlite", "ok", "SQLite %s; one process writes and checkpoints, which "
            "keeps clear of the WAL-reset bug of 3.7.0 to 3.51.2", sqlite3_libversion());
    if (s->log == NULL)
        examine(e, "log", "ok", "no log of tenant %s yet", s->cfg.tenant);
    else
        examine(e, "log", "ok", "%llu records; opened with WAL and synchronous=FULL "
                "read back", (unsigned long long)log_size(s->log));
}

/* The folder around the state folder stands for every one that holds it. */
static void examine_reach(Svc *s, Exam *e)
{
    const char *dir = s->cfg.state_dir, *slash = strrchr(dir, '/');
    Str around = {dir, slash == dir ? 1 : (size_t)(slash - dir)};
    if (fx_keeps_out(dir, around, NULL)) {
        examine(e, "reach", "ok", "programs cannot get at the state folder");
        return;
    }
    for (uint32_t i = 0; i < s->policy->n_grants; i++) {
        const PolGrant *g = &s->policy->grants[i];
        for (uint32_t k = 0; k < g->n_folders && str_is(g->pack, "shell"); k++) {
            if (g->folders[k].p[0] != '/' || fx_keeps_out(dir, g->folders[k], NULL))
                continue;
            examine(e, "reach", "bad", "%.*s is granted to shell.%.*s, and this host "
                    "cannot hide the state folder %s in it: plans that use the tool "
                    "are refused; name another state folder with --state",
                    STR_ARG(g->folders[k]), STR_ARG(g->tool), dir);
            return;
        }
    }
    examine(e, "reach", "note", "this host cannot hide the state folder %s in a folder "
            "that programs are granted: plans that lie in %.*s, or above it, and use "
            "shell tools are refused; keep plans elsewhere, or name another state "
            "folder with --state", dir, STR_ARG(around));
}

static void examine_host(Svc *s, Exam *e)
{
    Buf missing = {0};
    char at[OS_INSTANT_SIZE];
    const char *tier = fx_tier(&missing);
    examine(e, "sandbox", missing.n == 0 ? "ok" : "note", "tier %s%s%s", tier,
            missing.n == 0 ? "" : "; ", buf_z(&missing));
    buf_free(&missing);
    examine_reach(s, e);
    void *curl = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (curl == NULL)
        curl = dlopen("libcurl-gnutls.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (curl != NULL)
        examine(e, "libcurl", "ok", "found; opened only when a step speaks HTTP");
    else
        examine(e, "libcurl", "note", "not found: http.get and http.send will fail; "
                "install libcurl4");
    if (curl != NULL)
        dlclose(curl);
    os_format_instant(s->cfg.os->now_ms(s->cfg.os), at);
    if (s->log != NULL && clock_frozen(s)) {
        Buf words = {0};
        clock_words(s, &words);
        examine(e, "clock", "bad", "%s", buf_z(&words));
        buf_free(&words);
    } else {
        examine(e, "clock", "ok", "%s (UTC)", at);
    }
}

void read_doctor(Svc *s, SvcJob *job)
{
    Exam e = {0};
    buf_puts(&e.out, "{\"checks\":[");
    examine_files(s, &e);
    examine_log(s, &e);
    examine_host(s, &e);
    buf_printf(&e.out, "],\"ok\":%s}", e.sick ? "false" : "true");
    job_done(job, e.sick ? EXIT_ENVIRONMENT : EXIT_DONE, "", (Str){0},
             buf_view(&e.out));
    buf_free(&e.out);
}
