/* Owns: the loop: take what happened, step the runs, commit once, then let the
 * effects go. Must not know: what a step decides, SQL, terminals.
 *
 * The order is the product's promise. Nothing leaves the machine, and nobody
 * is answered, before the records that say so are on the disk. */
#include "vm/server/svc.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Step {
    SvcEvent *event;
    EngOut out;
} Step;

static int64_t mono(const Svc *s)
{
    return s->cfg.os->mono_ms(s->cfg.os);
}

static int64_t now(const Svc *s)
{
    return s->cfg.os->now_ms(s->cfg.os);
}

_Noreturn void loop_die(Svc *s, const char *what)
{
    fprintf(stderr, "gate: %s. This process ends now: look at the cause, then run "
                    "`gate verify` and `gate resume`.\n", what);
    fx_free(s->fx);
    _exit(EXIT_ENVIRONMENT);
}

/* --- events ------------------------------------------------------------------ */

SvcEvent *loop_event(Svc *s, SvcRun *run, EngEventKind kind, SvcJob *job)
{
    SvcEvent *e = mem_realloc(NULL, 0, sizeof *e);
    Arena *arena = arena_new(0);
    if (e == NULL || arena == NULL)
        loop_die(s, "there is not enough memory to go on");
    memset(e, 0, sizeof *e);
    e->arena = arena;
    e->run = run;
    e->job = job;
    e->ev.kind = kind;
    e->ev.status = -1;
    e->ev.code = "";
    e->ev.tier = "";
    e->ev.drive = run->drive;
    e->ev.actor = (EngActor){.t = "svc", .assurance = "os"};
    memcpy(e->ev.actor.id, s->self, OS_UUID_SIZE);
    if (job != NULL)
        job->events++;
    if (s->last != NULL)
        s->last->next = e;
    else
        s->first = e;
    s->last = e;
    return e;
}

void loop_actor(SvcEvent *e, const SvcWho *who)
{
    EngActor *a = &e->ev.actor;
    a->t = "human";
    memcpy(a->id, who->id, OS_UUID_SIZE);
    a->account = arena_str(e->arena, str_of(who->account));
    a->os_name = arena_str(e->arena, str_of(who->name));
    a->assurance = "os";
}

static void free_event(SvcEvent *e)
{
    arena_free(e->arena);
    mem_realloc(e, sizeof *e, 0);
}

void loop_drop(Svc *s)
{
    while (s->first != NULL) {
        SvcEvent *e = s->first;
        s->first = e->next;
        free_event(e);
    }
    s->last = NULL;
    mem_realloc(s->effects, s->cap_effects * sizeof *s->effects, 0);
    s->effects = NULL;
}

static bool queued(const Svc *s, const SvcRun *r)
{
    for (const SvcEvent *e = s->first; e != NULL; e = e->next) {
        if (e->run == r)
            return true;
    }
    return false;
}

/* The first event of every run; a run's next one waits for the commit. */
static size_t take_batch(Svc *s, Step *steps, size_t max)
{
    size_t n = 0;
    SvcEvent **at = &s->first, *kept = NULL;
    while (*at != NULL) {
        SvcEvent *e = *at;
        if (n == max || e->run->stepping) {
            kept = e;
            at = &e->next;
            continue;
        }
        *at = e->next;
        e->next = NULL;
        e->run->stepping = true;
        steps[n++].event = e;
    }
    s->last = kept;
    return n;
}

/* --- one turn ---------------------------------------------------------------- */

static void step_one(Svc *s, Step *step)
{
    EngEvent *ev = &step->event->ev;
    ev->now_ms = now(s);
    if (s->cfg.os->random(s->cfg.os, ev->random, sizeof ev->random) != GATE_OK)
        loop_die(s, "the system gives no random bytes");
    /* State after a failed step is half a state: only the log is right. */
    GateStatus st = eng_step(step->event->run->eng, ev, &step->out);
    if (st != GATE_OK)
        loop_die(s, st == GATE_E_MEMORY
                        ? "there is not enough memory to go on"
                        : "a run could not be taken further");
}

static void commit(Svc *s, Step *steps, size_t n, Arena *scratch)
{
    size_t total = 0, n_rows = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        total += steps[i].out.n_records;
    Record *all = ARENA_NEW(scratch, Record, total + 1);
    RunRow *rows = ARENA_NEW(scratch, RunRow, n);
    if (all == NULL || rows == NULL)
        loop_die(s, "there is not enough memory to go on");
    for (size_t i = 0; i < n; i++) {
        EngOut *out = &steps[i].out;
        SvcRun *r = steps[i].event->run;
        if (out->n_records > 0)
            memcpy(all + at, out->records, out->n_records * sizeof *all);
        at += out->n_records;
        r->records += out->n_records;
        if (out->changed || out->n_records > 0)
            runs_row(r, &rows[n_rows++]);
    }
    if (total == 0 && n_rows == 0)
        return;
    if (log_append(s->log, all, total, rows, n_rows, now(s)) != GATE_OK) {
        loop_die(s, log_error(s->log));
    }
    /* The store has numbered them; the runs want to know. */
    at = 0;
    for (size_t i = 0; i < n; i++) {
        EngOut *out = &steps[i].out;
        if (out->n_records > 0)
            memcpy(out->records, all + at, out->n_records * sizeof *all);
        at += out->n_records;
    }
}

static void tell(Svc *s, const SvcRun *r, const EngNotice *notice)
{
    for (SvcJob *j = s->jobs; j != NULL; j = j->next) {
        bool watches = false;
        for (size_t i = 0; i < j->n_runs; i++)
            watches = watches || j->runs[i] == r;
        if (!watches || j->done)
            continue;
        if (j->client == SVC_GONE)
            continue;
        if (j->client == SVC_OWN) {
            if (s->cfg.notice != NULL)
                s->cfg.notice(s->cfg.notice_ctx, notice->kind, notice->text);
            continue;
        }
        Buf line = {0};
        buf_puts(&line, "{\"notice\":{\"kind\":");
        json_put_text(&line, str_of(notice->kind));
        buf_puts(&line, ",\"text\":");
        json_put_text(&line, notice->text);
        buf_puts(&line, "}}\n");
        socket_send(s, j->client, buf_view(&line));
        buf_free(&line);
    }
}

/* --- effects ----------------------------------------------------------------- */

static Str absolute(Arena *a, Str dir, Str folder)
{
    if (folder.n > 0 && folder.p[0] == '/')
        return folder;
    Buf b = {0};
    buf_str(&b, dir);
    if (!str_is(folder, ".")) {
        buf_putc(&b, '/');
        buf_str(&b, folder);
    }
    Str path = arena_str(a, buf_view(&b));
    buf_free(&b);
    return path;
}

/* Bounds are as the policy says now, not as it said when the phase was
 * staged: rights that were taken away since are gone. */
static uint32_t make_grants(Svc *s, const SvcRun *r, const ProgImport *import,
                            Arena *a, FxGrant **out)
{
    const PolGrant **grants = NULL;
    uint32_t n = policy_grants(s->policy, prog_str(r->program, import->pack),
                               prog_str(r->program, import->tool), a, &grants);
    FxGrant *fx = ARENA_NEW(a, FxGrant, (size_t)n + 1);
    if (fx == NULL)
        loop_die(s, "there is not enough memory to go on");
    for (uint32_t i = 0; i < n; i++) {
        const PolGrant *g = grants[i];
        Str *folders = ARENA_NEW(a, Str, (size_t)g->n_folders + 1);
        if (folders == NULL)
            loop_die(s, "there is not enough memory to go on");
        for (uint32_t k = 0; k < g->n_folders; k++)
            folders[k] = absolute(a, r->plan_dir, g->folders[k]);
        fx[i] = (FxGrant){.any_program = g->any_program,
                          .programs = g->programs, .n_programs = g->n_programs,
                          .folders = folders, .n_folders = g->n_folders,
                          .hosts = g->hosts, .n_hosts = g->n_hosts,
                          .addresses = g->addresses, .n_addresses = g->n_addresses,
                          .network = g->network, .is_private = g->is_private};
    }
    *out = fx;
    return n;
}

static SvcEffect *remember(Svc *s, SvcRun *r, uint64_t eng_id)
{
    if (s->n_effects == s->cap_effects) {
        size_t cap = s->cap_effects == 0 ? 16 : 2 * s->cap_effects;
        SvcEffect *more = mem_realloc(s->effects, s->cap_effects * sizeof *more,
                                      cap * sizeof *more);
        if (more == NULL)
            loop_die(s, "there is not enough memory to go on");
        s->effects = more;
        s->cap_effects = cap;
    }
    SvcEffect *e = &s->effects[s->n_effects++];
    *e = (SvcEffect){.id = ++s->next_effect, .eng_id = eng_id, .run = r};
    return e;
}

static void start(Svc *s, SvcRun *r, const EngEffect *effect)
{
    Arena *a = arena_new(0);
    FxGrant *grants = NULL;
    if (a == NULL)
        loop_die(s, "there is not enough memory to go on");
    uint32_t n = make_grants(s, r, &r->program->imports[effect->import], a,
                             &grants);
    FxRequest req = {.id = remember(s, r, effect->id)->id,
                     .program = r->program,
                     .import = effect->import,
                     .args = effect->args,
                     .plan_dir = arena_copy(a, r->plan_dir.p, r->plan_dir.n),
                     .state_dir = s->cfg.state_dir,
                     .grants = grants,
                     .n_grants = n,
                     .timeout_ms = effect->timeout_ms,
                     .key = effect->key};
    if (req.plan_dir == NULL || fx_start(s->fx, &req) != GATE_OK)
        loop_die(s, "there is not enough memory to go on");
    arena_free(a);
}

static void kill_effect(Svc *s, const SvcRun *r, uint64_t eng_id)
{
    for (size_t i = 0; i < s->n_effects; i++) {
        if (s->effects[i].run == r && s->effects[i].eng_id == eng_id)
            fx_kill(s->fx, s->effects[i].id);
    }
}

static void result_event(Svc *s, const SvcEffect *effect, const FxResult *res)
{
    SvcEvent *e = loop_event(s, effect->run, EV_EFFECT, NULL);
    EngEvent *ev = &e->ev;
    ev->effect = effect->eng_id;
    ev->outcome = res->outcome == FX_DONE     ? OUT_DONE
                  : res->outcome == FX_FAILED ? OUT_FAILED
                                              : OUT_UNKNOWN;
    ev->code = arena_copy(e->arena, res->code, strlen(res->code));
    ev->tier = arena_copy(e->arena, res->tier, strlen(res->tier));
    ev->status = res->status;
    ev->message = arena_str(e->arena, buf_view(&res->message));
    if (res->result.n > 0)
        ev->result = arena_str(e->arena, buf_view(&res->result));
}

static void collect_results(Svc *s)
{
    FxResult res = {0};
    fx_pump(s->fx);
    while (fx_next(s->fx, &res)) {
        for (size_t i = 0; i < s->n_effects; i++) {
            if (s->effects[i].id != res.id)
                continue;
            result_event(s, &s->effects[i], &res);
            s->effects[i] = s->effects[--s->n_effects];
            break;
        }
        buf_free(&res.result);
        buf_free(&res.message);
        memset(&res, 0, sizeof res);
    }
}

/* --- a turn, after its commit ------------------------------------------------- */

static void keep_reply(SvcJob *job, const EngReply *reply)
{
    if (job == NULL)
        return;
    assert(job->events > 0);
    job->events--;
    if (job->done || (reply->exit == EXIT_DONE && reply->message.n == 0))
        return;
    /* The reply to what was asked, not to the wake-ups around it. */
    job->exit = reply->exit;
    job->code = arena_copy(job->arena, reply->code, strlen(reply->code));
    job->message = arena_str(job->arena, reply->message);
}

static void let_go(Svc *s, Step *step)
{
    SvcRun *r = step->event->run;
    EngOut *out = &step->out;
    for (size_t i = 0; i < out->n_notices; i++)
        tell(s, r, &out->notices[i]);
    for (size_t i = 0; i < out->n_kills; i++)
        kill_effect(s, r, out->kills[i]);
    for (size_t i = 0; i < out->n_effects; i++)
        start(s, r, &out->effects[i]);
    keep_reply(step->event->job, &out->reply);
    r->stepping = false;
}

static void turn(Svc *s)
{
    Step steps[LIM_CLIENTS];
    memset(steps, 0, sizeof steps);
    Buf unused = {0};
    Arena *scratch = arena_new(0);
    if (scratch == NULL)
        loop_die(s, "there is not enough memory to go on");
    (void)policy_load(s, &unused); /* its words stay in policy_error */
    size_t n = take_batch(s, steps, LIM_CLIENTS);
    for (size_t i = 0; i < n; i++)
        step_one(s, &steps[i]);
    commit(s, steps, n, scratch);
    for (size_t i = 0; i < n; i++)
        let_go(s, &steps[i]);
    for (size_t i = 0; i < n; i++)
        free_event(steps[i].event);
    s->starting = false;
    buf_free(&unused);
    arena_free(scratch);
}

/* --- time -------------------------------------------------------------------- */

/* A driven run's timer is waited for here only where it is near and nobody is
 * asked: a retry in a minute belongs to the run, an answer until tomorrow does
 * not. -1: nothing to wait for. */
static int64_t near_due(const Svc *s, const SvcRun *r)
{
    if (!r->drive)
        return -1;
    int64_t due = eng_due(r->eng);
    if (due < 0 || due == r->woken_due)
        return -1;
    bool under_way = eng_busy(r->eng);
    bool waits_for_time = eng_exit(r->eng) == EXIT_WAIT_TIME &&
                          due - now(s) <= LIM_DRIVE_WAIT_MS;
    return under_way || waits_for_time ? due : -1;
}

static void wake_due(Svc *s)
{
    for (SvcRun *r = s->runs; r != NULL; r = r->next) {
        int64_t due = near_due(s, r);
        if (due < 0 || due > now(s) || queued(s, r))
            continue;
        /* A timer that the engine leaves standing is not rung again. */
        r->woken_due = due;
        loop_event(s, r, EV_WAKE, NULL)->ev.actor.t = "timer";
    }
}

bool loop_at_rest(const Svc *s, const SvcRun *r)
{
    for (size_t i = 0; i < s->n_effects; i++) {
        if (s->effects[i].run == r)
            return false;
    }
    return !queued(s, r) && !eng_busy(r->eng) && near_due(s, r) < 0;
}

static void soonest(int64_t *least, int64_t wait)
{
    wait = wait < 0 ? 0 : wait;
    if (*least < 0 || wait < *least)
        *least = wait;
}

static int wait_ms(const Svc *s)
{
    int64_t least = -1, at;
    if (s->first != NULL)
        return 0;
    if ((at = fx_deadline(s->fx)) >= 0)
        soonest(&least, at - mono(s));
    if ((at = socket_deadline(s)) >= 0)
        soonest(&least, at - mono(s));
    for (const SvcRun *r = s->runs; r != NULL; r = r->next) {
        if ((at = near_due(s, r)) >= 0)
            soonest(&least, at - now(s));
    }
    /* Never longer than a minute, so that a stepped clock is noticed. */
    return least < 0 || least > 60000 ? 60000 : (int)least;
}

/* --- the loop ---------------------------------------------------------------- */

static void wait_for_something(Svc *s)
{
    size_t cap = 1 + LIM_CLIENTS + fx_running(s->fx) * 4 + 8, n;
    struct pollfd *fds = mem_realloc(NULL, 0, cap * sizeof *fds);
    int *fx = mem_realloc(NULL, 0, cap * sizeof *fx);
    if (fds == NULL || fx == NULL)
        loop_die(s, "there is not enough memory to go on");
    n = socket_fds(s, fds, cap);
    size_t n_fx = fx_fds(s->fx, fx, cap - n);
    for (size_t i = 0; i < n_fx; i++)
        fds[n++] = (struct pollfd){.fd = fx[i], .events = POLLIN};
    (void)poll(fds, (nfds_t)n, wait_ms(s)); /* EINTR: look again */
    mem_realloc(fds, cap * sizeof *fds, 0);
    mem_realloc(fx, cap * sizeof *fx, 0);
}

static void progress(Svc *s)
{
    SvcJob *next;
    for (SvcJob *j = s->jobs; j != NULL; j = next) {
        next = j->next;
        if (!j->done)
            svc_progress(s, j);
        if (!j->done || j->client == SVC_OWN)
            continue;
        if (j->client != SVC_GONE) {
            buf_putc(&j->reply, '\n');
            socket_send(s, j->client, buf_view(&j->reply));
            socket_answered(s, j->client);
        }
        job_free(s, j);
    }
}

static bool others_wait(const Svc *s)
{
    for (const SvcJob *j = s->jobs; j != NULL; j = j->next) {
        if (j->client != SVC_OWN)
            return true;
    }
    return s->first != NULL || s->n_effects > 0 || socket_waiting(s);
}

GateStatus loop_run(Svc *s, SvcJob *own, Buf *why)
{
    GateStatus st = socket_listen(s, why);
    if (st != GATE_OK)
        return st;
    for (;;) {
        if (s->first != NULL)
            turn(s);
        collect_results(s);
        wake_due(s);
        progress(s);
        if (own->done && !others_wait(s)) {
            /* No new clients from here; who is in line is still served. */
            if (s->closing)
                return GATE_OK;
            socket_stop(s);
        } else {
            wait_for_something(s);
        }
        socket_pump(s);
    }
}
