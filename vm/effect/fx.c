/* Owns: the set of effects under way: starting, watching, ending, results.
 * Must not know: what a tool does (its pack does), runs, gates, the log. */
#include "vm/effect/fx_int.h"

#include "vm/os/limits.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that has closed its pipes and is not quite gone is looked at again
 * so soon. */
enum { REAP_MS = 2 };

struct Fx {
    Os *os;
    FxJob *jobs;     /* in the order of their start */
};

static void now_start(FxJob *job, const FxRequest *req, const Json *args);

static const FxPack packs[] = { /* pack NULL at the end */
    {"shell", "query", EFF_READS, fx_shell_start, fx_shell_end},
    {"shell", "change", EFF_CHANGES, fx_shell_start, fx_shell_end},
    {"shell", "destroy", EFF_DESTROYS, fx_shell_start, fx_shell_end},
    {"file", "read", EFF_READS, fx_file_start, NULL},
    {"file", "hash", EFF_READS, fx_file_start, fx_file_end},
    {"file", "image", EFF_READS, fx_file_start, NULL},
    {"file", "write", EFF_CHANGES, fx_file_start, NULL},
    {"file", "restore", EFF_CHANGES, fx_file_start, NULL},
    {"file", "remove", EFF_DESTROYS, fx_file_start, fx_file_end},
    {"http", "get", EFF_READS, fx_http_start, fx_http_end},
    {"http", "send", EFF_DESTROYS, fx_http_start, fx_http_end},
    {"time", "now", EFF_READS, now_start, NULL},
    {NULL, NULL, EFF_READS, NULL, NULL},
};

static void now_start(FxJob *job, const FxRequest *req, const Json *args)
{
    char at[OS_INSTANT_SIZE];
    (void)req, (void)args;
    os_format_instant(job->os->now_ms(job->os), at);
    buf_printf(&job->result.result, "{\"at\":\"%s\"}", at);
    fx_done(job);
}

/* --- results ---------------------------------------------------------------- */

void fx_done(FxJob *job)
{
    job->result.outcome = FX_DONE;
    job->result.code = "";
    job->step = FX_FINISHED;
}

void fx_fail(FxJob *job, FxOutcome outcome, const char *code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_clear(&job->result.message);
    Buf words = {0};
    buf_vprintf(&words, fmt, ap);
    va_end(ap);
    fx_clean(&job->result.message, buf_view(&words), 4096);
    buf_free(&words);
    job->result.outcome = outcome;
    job->result.code = code;
    job->step = FX_FINISHED;
}

FxOutcome fx_unsure(const FxJob *job)
{
    return job->reads ? FX_FAILED : FX_UNKNOWN;
}

static void job_free(FxJob *job)
{
    if (job->out >= 0)
        close(job->out);
    if (job->err >= 0)
        close(job->err);
    arena_free(job->arena);
    buf_free(&job->out_text);
    buf_free(&job->err_text);
    buf_free(&job->result.result);
    buf_free(&job->result.message);
    mem_realloc(job, sizeof *job, 0);
}

/* --- starting ---------------------------------------------------------------- */

Fx *fx_new(Os *os)
{
    Fx *fx = mem_realloc(NULL, 0, sizeof *fx);
    if (fx != NULL)
        *fx = (Fx){.os = os};
    return fx;
}

static FxJob *job_new(Fx *fx, const FxRequest *req)
{
    FxJob *job = mem_realloc(NULL, 0, sizeof *job);
    if (job == NULL)
        return NULL;
    *job = (FxJob){.os = fx->os, .out = -1, .err = -1};
    job->result = (FxResult){.id = req->id, .code = "", .status = -1, .tier = ""};
    job->child.pid = -1;
    job->child.gone = -1;
    job->arena = arena_new(LIM_ARENA_BYTES);
    if (job->arena == NULL) {
        job_free(job);
        return NULL;
    }
    FxJob **last = &fx->jobs;
    while (*last != NULL)
        last = &(*last)->next;
    return *last = job;
}

static void job_start(FxJob *job, const FxRequest *req)
{
    const ProgImport *import = &req->program->imports[req->import];
    Str pack = prog_str(req->program, import->pack);
    Str tool = prog_str(req->program, import->tool);
    Buf why = {0};
    const Json *args = json_parse(req->args, job->arena, &why);
    job->reads = import->effect == EFF_READS;
    int64_t timeout = req->timeout_ms > 0 ? req->timeout_ms : LIM_ACTION_TIMEOUT_MS;
    job->due = job->os->mono_ms(job->os) + timeout;
    const FxPack *p = packs;
    while (p->pack != NULL && !(str_is(pack, p->pack) && str_is(tool, p->tool)))
        p++;
    job->pack = p;
    if (p->pack == NULL)
        fx_fail(job, FX_FAILED, "refused", "this version of gate cannot run %.*s.%.*s",
                STR_ARG(pack), STR_ARG(tool));
    else if (import->effect < (uint32_t)p->effect)
        /* Whoever let this through let it run without the gate that it needs. */
        fx_fail(job, FX_FAILED, "refused", "%.*s.%.*s %s, but the program says that "
                "it %s", STR_ARG(pack), STR_ARG(tool), effect_word(p->effect),
                effect_word((Effect)import->effect));
    else if (args == NULL || args->kind != J_OBJECT)
        fx_fail(job, FX_FAILED, "refused", "the arguments of %.*s.%.*s cannot be read: %s",
                STR_ARG(pack), STR_ARG(tool), buf_z(&why));
    else
        p->start(job, req, args);
    buf_free(&why);
}

GateStatus fx_start(Fx *fx, const FxRequest *req)
{
    assert(req->import < req->program->n_imports);
    FxJob *job = job_new(fx, req);
    if (job == NULL)
        return GATE_E_MEMORY;
    job_start(job, req);
    assert(job->step == FX_FINISHED || job->has_child);
    return GATE_OK;
}

/* --- watching ---------------------------------------------------------------- */

size_t fx_running(const Fx *fx)
{
    size_t n = 0;
    for (const FxJob *j = fx->jobs; j != NULL; j = j->next)
        n += j->step != FX_FINISHED;
    return n;
}

size_t fx_fds(Fx *fx, int *fds, size_t max)
{
    size_t n = 0;
    for (const FxJob *j = fx->jobs; j != NULL; j = j->next) {
        const int all[] = {j->out, j->err, j->child.gone};
        if (j->step == FX_FINISHED)
            continue;
        for (size_t i = 0; i < 3; i++)
            if (all[i] >= 0 && n < max)
                fds[n++] = all[i];
    }
    return n;
}

/* A result that waits to be fetched is due now. A child of which nothing can
 * be watched any more is about to be gone. */
int64_t fx_deadline(const Fx *fx)
{
    int64_t first = -1, now = fx->os->mono_ms(fx->os);
    for (const FxJob *j = fx->jobs; j != NULL; j = j->next) {
        int64_t due = j->due;
        if (j->step == FX_FINISHED)
            due = now;
        else if (j->out < 0 && j->err < 0 && j->child.gone < 0)
            due = now + REAP_MS;
        if (first < 0 || due < first)
            first = due;
    }
    return first;
}

/* Takes what is there; past the cap it is read and dropped, so that the
 * program is not held up. */
static void drain(int *fd, Buf *into, size_t keep, bool *cut)
{
    char chunk[16384];
    for (int i = 0; i < 64 && *fd >= 0; i++) {
        struct pollfd p = {*fd, POLLIN, 0};
        if (poll(&p, 1, 0) <= 0)
            return;
        ssize_t got = read(*fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            close(*fd);
            *fd = -1;
            return;
        }
        size_t room = keep - into->n, n = (size_t)got;
        buf_put(into, chunk, n < room ? n : room);
        *cut = *cut || n > room || into->failed;
    }
}

static bool seems_gone(const FxJob *j)
{
    if (j->child.gone < 0)
        return j->out < 0 && j->err < 0;
    struct pollfd p = {j->child.gone, POLLIN, 0};
    return poll(&p, 1, 0) > 0;
}

static void stop_late(FxJob *j, int64_t now)
{
    if (now < j->due)
        return;
    if (j->step == FX_RUNNING) {
        j->late = !j->killed;
        sandbox_term(&j->child);
        j->step = FX_TERMED;
    } else {
        /* Again and again: what a kill cannot reach yet (a process that waits
         * for a dead disk) it reaches later. */
        sandbox_kill(&j->child);
        j->step = FX_KILLED;
    }
    j->due = now + LIM_KILL_GRACE_MS;
}

static void pump(FxJob *j)
{
    int status;
    drain(&j->out, &j->out_text, j->keep, &j->out_cut);
    drain(&j->err, &j->err_text, j->keep, &j->err_cut);
    stop_late(j, j->os->mono_ms(j->os));
    if (!seems_gone(j) || !sandbox_reap(&j->child, &status))
        return;
    /* What it wrote last is in the pipes still; a grandchild that lived on
     * below T3 might hold them open, and is not waited for. */
    drain(&j->out, &j->out_text, j->keep, &j->out_cut);
    drain(&j->err, &j->err_text, j->keep, &j->err_cut);
    j->pack->end(j, status);
    assert(j->step == FX_FINISHED);
}

void fx_pump(Fx *fx)
{
    for (FxJob *j = fx->jobs; j != NULL; j = j->next)
        if (j->step != FX_FINISHED)
            pump(j);
}

/* A result that memory had no room for is no result. */
static void check_whole(FxJob *j)
{
    if (!j->result.result.failed && !j->result.message.failed)
        return;
    buf_free(&j->result.result);
    buf_free(&j->result.message);
    j->result.result = j->result.message = (Buf){0};
    fx_fail(j, fx_unsure(j), "limit", "there was no memory for the result");
}

bool fx_next(Fx *fx, FxResult *out)
{
    for (FxJob **at = &fx->jobs; *at != NULL; at = &(*at)->next) {
        FxJob *j = *at;
        if (j->step != FX_FINISHED)
            continue;
        check_whole(j);
        *out = j->result;
        j->result.result = j->result.message = (Buf){0};
        *at = j->next;
        job_free(j);
        return true;
    }
    return false;
}

void fx_kill(Fx *fx, uint64_t id)
{
    for (FxJob *j = fx->jobs; j != NULL; j = j->next)
        if (j->result.id == id && j->step == FX_RUNNING) {
            j->killed = true;
            j->due = j->os->mono_ms(j->os);
            stop_late(j, j->due);
        }
}

static void drop_results(Fx *fx)
{
    for (FxResult r; fx_next(fx, &r);) {
        buf_free(&r.result);
        buf_free(&r.message);
    }
}

/* TERM to all, one grace for all, then KILL; the last wait is for the kernel. */
void fx_free(Fx *fx)
{
    if (fx == NULL)
        return;
    for (FxJob *j = fx->jobs; j != NULL; j = j->next)
        fx_kill(fx, j->result.id);
    for (drop_results(fx); fx->jobs != NULL; drop_results(fx)) {
        int fds[64];
        struct pollfd p[64];
        size_t n = fx_fds(fx, fds, 64);
        for (size_t i = 0; i < n; i++)
            p[i] = (struct pollfd){fds[i], POLLIN, 0};
        int64_t wait = fx_deadline(fx) - fx->os->mono_ms(fx->os);
        poll(p, (nfds_t)n, wait > 0 ? (int)wait : 0);
        fx_pump(fx);
    }
    mem_realloc(fx, sizeof *fx, 0);
}

const char *fx_tier(Buf *missing)
{
    static const char *const names[] = {"T0", "T1", "T2", "T3"};
    return names[sandbox_probe(missing)];
}
