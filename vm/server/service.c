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
    if (s->log != NULL)
        clock_load(s);
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
        if (st == GATE_E_BUSY && s->stay)
            buf_printf(why, "process %ld holds tenant %s and serves it already; end "
                       "it first, or leave out --stay", pid, s->cfg.tenant);
        if (st != GATE_E_BUSY || s->stay)
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

/* A folder of another account is never opened, not by root either: what it
 * wrote there would be root's, and effects would run as root. Whoever holds
 * the lock answers, and judges who asks. */
static GateStatus ask_owner(Svc *s, const SvcWho *owner, Str request, Str program,
                            SvcReply *out, Buf *why)
{
    AskOutcome asked = ASK_AGAIN;
    Buf path = {0};
    buf_printf(&path, "%s/socket", buf_z(&s->dir));
    bool closed = access(buf_z(&path), W_OK) != 0 && errno == EACCES;
    buf_free(&path);
    if (closed) {
        buf_printf(why, "the state folder %s belongs to the account %s and is closed "
                   "to others; name your own with --state, or ask %s for one with the "
                   "team profile", s->cfg.state_dir, owner->name, owner->name);
        out->exit = EXIT_REFUSED;
        return GATE_E_REFUSED;
    }
    /* A few looks, in case one process is just taking over from another. */
    for (int wait = 1; asked == ASK_AGAIN && wait <= 64; wait *= 2) {
        asked = client_ask(&s->cfg, buf_z(&s->dir), request, program, out, why);
        if (asked == ASK_AGAIN)
            (void)poll(NULL, 0, wait);
    }
    if (asked == ASK_AGAIN)
        buf_printf(why, "nobody serves tenant %s of %s now. It belongs to the account "
                   "%s: as that account, `gate resume --all --state %s` goes on with "
                   "what waits, and with --stay it also stays and answers you",
                   s->cfg.tenant, s->cfg.state_dir, owner->name, s->cfg.state_dir);
    else if (asked == ASK_LOST)
        buf_printf(why, " (asked was the process that serves %s)", s->cfg.state_dir);
    return asked == ASK_DONE ? GATE_OK : GATE_E_BUSY;
}

/* What the request says about the way that it takes. */
typedef struct Route {
    bool writes;   /* needs the lock */
    bool creates;  /* makes a state folder where there is none */
    bool of_owner; /* only the folder's account may ask it */
    bool stays;
} Route;

/* Only `run`, and who stays to serve, make a state folder. Where there is none,
 * the other verbs have nothing to write to, and find no run. */
static Route find_route(Str request)
{
    Route r = {0};
    Arena *scratch = arena_new(0);
    const Json *j = scratch == NULL ? NULL : json_parse(request, scratch, NULL);
    Str verb = j == NULL ? (Str){0} : json_text(j, "verb");
    const Json *stay = j == NULL ? NULL : json_get(j, "stay");
    r.stays = stay != NULL && stay->kind == J_TRUE;
    r.writes = svc_writes(verb);
    r.creates = str_is(verb, "run") || r.stays;
    r.of_owner = svc_of_owner(verb);
    arena_free(scratch);
    return r;
}

static GateStatus take_route(Svc *s, const Route *r, Str request, Str program,
                             SvcReply *out, Buf *why)
{
    SvcWho owner;
    bool theirs;
    GateStatus st = state_owner(s->cfg.state_dir, &owner, &theirs, why);
    if (st == GATE_OK && theirs && r->of_owner) {
        buf_printf(why, "the state folder %s belongs to the account %s, and only that "
                   "account may do this", s->cfg.state_dir, owner.name);
        out->exit = EXIT_REFUSED;
        return GATE_E_REFUSED;
    }
    if (st == GATE_OK)
        st = state_open(s, r->creates && !theirs, why);
    if (st != GATE_OK)
        return st;
    if (theirs)
        return ask_owner(s, &owner, request, program, out, why);
    if (!r->creates) {
        st = state_tenant_there(s->cfg.state_dir, s->cfg.tenant, why);
        if (st != GATE_OK) {
            out->exit = EXIT_USAGE;
            return st;
        }
    }
    s->stay = r->stays;
    if (r->writes && exists(buf_z(&s->dir)))
        return write_somewhere(s, request, program, out, why);
    return read_only(s, request, out, why);
}

GateStatus svc_call(const SvcConfig *cfg, Str request, Str program_bytes,
                    SvcReply *out, Buf *why)
{
    Svc s = {.cfg = *cfg, .lock_fd = -1, .listen_fd = -1};
    out->exit = EXIT_ENVIRONMENT;
    if (!state_tenant_ok(cfg->tenant)) {
        buf_printf(why, "\"%s\" is no tenant's name: small letters, digits, - and "
                        "_, at most 64 of them", cfg->tenant);
        out->exit = EXIT_USAGE;
        return GATE_E_FORMAT;
    }
    Route route = find_route(request);
    GateStatus st = take_route(&s, &route, request, program_bytes, out, why);
    if (st != GATE_OK && why->n == 0)
        buf_puts(why, "there is not enough memory to go on");
    drop(&s);
    return st;
}
