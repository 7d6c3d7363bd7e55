/* Owns: one call: the way to whoever may answer it. Must not know: what the
 * verbs do. */
#include "vm/server/svc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void drop(Svc *s)
{
    socket_close(s);
    while (s->jobs != NULL)
        job_free(s, s->jobs);
    fx_free(s->fx);
    loop_drop(s);
    runs_drop(s);
    policy_drop(s);
    log_close(s->log);
    lock_drop(s->lock_fd); /* last: the log is closed */
    buf_free(&s->dir);
}

static bool exists(const char *path)
{
    struct stat sb;
    return stat(path, &sb) == 0;
}

static GateStatus open_log(Svc *s, Buf *why)
{
    Buf path = {0};
    buf_printf(&path, "%s/log.db", buf_z(&s->dir));
    GateStatus st = GATE_OK;
    /* A reader where nothing has been written yet finds nothing. */
    if (s->writes || exists(buf_z(&path)))
        st = log_open(buf_z(&path), s->writes ? LOG_CREATE : LOG_READ, s->cfg.os,
                      &s->log, why);
    buf_free(&path);
    return st;
}

static void take_reply(SvcJob *job, SvcReply *out)
{
    out->exit = job->exit;
    buf_clear(&out->json);
    buf_str(&out->json, buf_view(&job->reply));
}

static SvcJob *own_job(Svc *s, Str request, Str program, const SvcWho *who, Buf *why)
{
    SvcJob *job = job_new(s, SVC_OWN, who);
    job->program = program;
    job->request = json_parse(request, job->arena, why);
    return job->request == NULL ? NULL : job;
}

/* Lock in hand: serve this request, and everybody who comes meanwhile. */
static GateStatus serve(Svc *s, Str request, Str program, SvcReply *out, Buf *why)
{
    SvcWho who;
    who_of_uid(geteuid(), &who);
    s->writes = true;
    s->fx = fx_new(s->cfg.os);
    GateStatus st = s->fx == NULL ? GATE_E_MEMORY : open_log(s, why);
    if (st == GATE_OK)
        st = who_name(s, &who, why);
    if (st != GATE_OK)
        return st;
    snprintf(s->self, sizeof s->self, "%s", log_service(s->log));
    SvcJob *job = own_job(s, request, program, &who, why);
    if (job == NULL)
        return GATE_E_FORMAT;
    svc_handle(s, job);
    st = loop_run(s, job, why);
    if (st == GATE_OK)
        take_reply(job, out);
    return st;
}

static GateStatus read_only(Svc *s, Str request, SvcReply *out, Buf *why)
{
    SvcWho who;
    who_of_uid(geteuid(), &who);
    GateStatus st = open_log(s, why);
    SvcJob *job = st == GATE_OK ? own_job(s, request, (Str){0}, &who, why) : NULL;
    if (job == NULL)
        return st == GATE_OK ? GATE_E_FORMAT : st;
    svc_handle(s, job);
    if (!job->done)
        svc_progress(s, job); /* nothing to write to: nothing is under way */
    take_reply(job, out);
    return GATE_OK;
}

/* Between the holder's last look at its socket and the release of its lock
 * there are moments in which neither can be had: go round, a little slower
 * each time, for as long as a handover may take. */
static GateStatus write_somewhere(Svc *s, Str request, Str program, SvcReply *out,
                                  Buf *why)
{
    Os *os = s->cfg.os;
    int64_t until = os->mono_ms(os) + LIM_HANDOVER_MS;
    int wait = 1;
    long pid = 0;
    for (;;) {
        GateStatus st = lock_take(buf_z(&s->dir), &s->lock_fd, &pid, why);
        if (st == GATE_OK)
            return serve(s, request, program, out, why);
        if (st != GATE_E_BUSY)
            return st;
        Buf cause = {0};
        AskOutcome asked = client_ask(&s->cfg, buf_z(&s->dir), request, program,
                                      out, &cause);
        if (asked == ASK_LOST || (asked == ASK_AGAIN && os->mono_ms(os) > until))
            buf_printf(why, "process %ld holds tenant %s, and %s", pid,
                       s->cfg.tenant, asked == ASK_LOST ? buf_z(&cause)
                       : "its socket does not answer; wait for it or end it");
        buf_free(&cause);
        if (asked == ASK_DONE)
            return GATE_OK;
        if (why->n > 0)
            return GATE_E_BUSY;
        (void)poll(NULL, 0, wait);
        wait = wait < 50 ? 2 * wait : 50;
    }
}

/* Only `run` makes a state folder. Where there is none, the other verbs have
 * nothing to write to, and find no run. */
static bool needs_lock(Str request, bool *creates)
{
    Arena *scratch = arena_new(0);
    const Json *j = scratch == NULL ? NULL : json_parse(request, scratch, NULL);
    Str verb = j == NULL ? (Str){0} : json_text(j, "verb");
    bool writes = svc_writes(verb);
    *creates = str_is(verb, "run");
    arena_free(scratch);
    return writes;
}

GateStatus svc_call(const SvcConfig *cfg, Str request, Str program_bytes,
                    SvcReply *out, Buf *why)
{
    Svc s = {.cfg = *cfg, .lock_fd = -1, .listen_fd = -1};
    bool creates;
    out->exit = EXIT_ENVIRONMENT;
    if (!state_tenant_ok(cfg->tenant)) {
        buf_printf(why, "\"%s\" is no tenant's name: small letters, digits, - and "
                        "_, at most 64 of them", cfg->tenant);
        out->exit = EXIT_USAGE;
        return GATE_E_FORMAT;
    }
    bool writes = needs_lock(request, &creates);
    GateStatus st = state_open(&s, creates, why);
    if (st == GATE_OK && writes && exists(buf_z(&s.dir)))
        st = write_somewhere(&s, request, program_bytes, out, why);
    else if (st == GATE_OK)
        st = read_only(&s, request, out, why);
    if (st != GATE_OK && why->n == 0)
        buf_puts(why, "there is not enough memory to go on");
    drop(&s);
    return st;
}
