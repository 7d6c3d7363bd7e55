/* Owns: the loop: take what happened, step the runs, commit once, then let the
 * effects go. Must not know: what a step decides, SQL, terminals.
 *
 * The order is the product's promise. Nothing leaves the machine, and nobody
 * is answered, before the records that say so are on the disk. */
#include "vm/server/svc.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Step {
    SvcEvent *event;        /* and, behind it, results that are taken with it */
    SvcEvent *newest;
    size_t n, bytes;        /* of those, this one included */
    bool full;
    EngOut out;
} Step;

/* Results of one run that share a step and its commit: as many as a fleet has
 * at once, as large as a step's memory takes with what they had asked. */
enum { JOINED = 32, JOINED_BYTES = 4 * LIM_PART_BYTES };

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

/* Results that came together; whatever else stands between them is not
 * overtaken. */
static bool joins(Step *steps, size_t n, SvcEvent *e)
{
    Step *t = steps;
    while (t < steps + n && t->event->run != e->run)
        t++;
    assert(t < steps + n);
    t->full = t->full || t->event->ev.kind != EV_EFFECT || e->ev.kind != EV_EFFECT ||
              t->n == JOINED || t->bytes + e->ev.result.n > JOINED_BYTES;
    if (t->full)
        return false;
    t->n++;
    t->bytes += e->ev.result.n;
    t->newest->ev.also = &e->ev;
    t->newest->next = e;
    t->newest = e;
    return true;
}

/* The first event of every run, with the results that came with it; a run's
 * next one waits for the commit. */
static size_t take_batch(Svc *s, Step *steps, size_t max)
{
    size_t n = 0;
    SvcEvent **at = &s->first, *kept = NULL;
    while (*at != NULL) {
        SvcEvent *e = *at, *next = e->next;
        if (e->run->stepping ? !joins(steps, n, e) : n == max) {
            kept = e;
            at = &e->next;
            continue;
        }
        *at = next;
        e->next = NULL;
        if (e->run->stepping)
            continue;
        e->run->stepping = true;
        steps[n++] = (Step){.event = e, .newest = e, .n = 1, .bytes = e->ev.result.n};
    }
    s->last = kept;
    return n;
}

/* --- one turn ---------------------------------------------------------------- */

static void step_one(Svc *s, Step *step)
{
    EngEvent *ev = &step->event->ev;
    ev->now_ms = now(s);
    ev->timers_frozen = clock_frozen(s); /* behind the look at the clock */
    ev->hold = s->ending != 0;
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
    clock_keep(s);
    if (log_append(s->log, all, total, rows, n_rows, now(s)) != GATE_OK)
        loop_die(s, log_error(s->log));
    /* The store has numbered them; the runs want to know. */
    at = 0;
    for (size_t i = 0; i < n; i++) {
        EngOut *out = &steps[i].out;
        if (out->n_records > 0)
            memcpy(out->records, all + at, out->n_records * sizeof *all);
        at += out->n_records;
    }
}

void loop_tell(Svc *s, const SvcJob *job, const char *kind, Str text)
{
    if (job->client == SVC_OWN && s->cfg.notice != NULL)
        s->cfg.notice(s->cfg.notice_ctx, kind, text);
    if (job->client < 0)
        return;
    Buf line = {0};
    buf_puts(&line, "{\"notice\":{\"kind\":");
    json_put_text(&line, str_of(kind));
    buf_puts(&line, ",\"text\":");
    json_put_text(&line, text);
    buf_puts(&line, "}}\n");
    socket_send(s, job->client, buf_view(&line));
    buf_free(&line);
}

/* r NULL: to everybody who asked for something. */
static void tell(Svc *s, const SvcRun *r, const EngNotice *notice)
{
    for (SvcJob *j = s->jobs; j != NULL; j = j->next) {
        bool watches = r == NULL;
        for (size_t i = 0; i < j->n_runs; i++)
            watches = watches || j->runs[i] == r;
        if (watches && !j->done)
            loop_tell(s, j, notice->kind, notice->text);
    }
}

/* --- effects ----------------------------------------------------------------- */

Str loop_folder(Arena *a, Str dir, Str folder)
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
            folders[k] = loop_folder(a, r->plan_dir, g->folders[k]);
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

static void free_joined(SvcEvent *e)
{
    while (e != NULL) {
        SvcEvent *next = e->next;
        free_event(e);
        e = next;
    }
}

static void turn(Svc *s)
{
    Step steps[LIM_CLIENTS];
    memset(steps, 0, sizeof steps);
    Arena *scratch = arena_new(0);
    if (scratch == NULL)
        loop_die(s, "there is not enough memory to go on");
    size_t n = take_batch(s, steps, LIM_CLIENTS);
    for (size_t i = 0; i < n; i++)
        step_one(s, &steps[i]);
    commit(s, steps, n, scratch);
    for (size_t i = 0; i < n; i++)
        let_go(s, &steps[i]);
    for (size_t i = 0; i < n; i++)
        free_joined(steps[i].event);
    s->starting = false;
    arena_free(scratch);
}

/* --- time -------------------------------------------------------------------- */

/* A driven run's timer is waited for here where something is under way, or it
 * is near and nobody is asked: an answer until tomorrow is not waited for. A
 * near retry is, whoever else is asked: it is the run's own work. -1: nothing
 * to wait for. */
static int64_t near_due(const Svc *s, const SvcRun *r)
{
    if (!r->drive || s->frozen || s->ending != 0)
        return -1;
    int64_t due = eng_due(r->eng), near = now(s) + LIM_DRIVE_WAIT_MS;
    bool alone = eng_exit(r->eng) == EXIT_WAIT_TIME && due <= near;
    if (!eng_busy(r->eng) && !alone) {
        due = eng_retry_due(r->eng);
        if (due > near)
            return -1;
    }
    return due == r->woken_due ? -1 : due;
}

static bool stays(const Svc *s)
{
    return s->stay && s->ending == 0;
}

/* Who stays waits for every timer. -1: none. */
static int64_t next_due(const Svc *s, const SvcRun *r)
{
    if (!stays(s) || !r->drive || s->frozen)
        return near_due(s, r);
    int64_t due = eng_due(r->eng);
    return due == r->woken_due ? -1 : due;
}

static void wake_due(Svc *s)
{
    for (SvcRun *r = s->runs; r != NULL; r = r->next) {
        int64_t due = next_due(s, r);
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
        if ((at = next_due(s, r)) >= 0)
            soonest(&least, at - now(s));
    }
    /* Never longer than a minute, so that a stepped clock is noticed. */
    return least < 0 || least > 60000 ? 60000 : (int)least;
}

/* --- what comes from outside ---------------------------------------------------- */

static void look_at_clock(Svc *s)
{
    bool was = s->frozen;
    s->frozen = clock_frozen(s);
    if (!s->frozen || was)
        return;
    Buf words = {0};
    clock_words(s, &words);
    tell(s, NULL, &(EngNotice){"clock", buf_view(&words)});
    buf_free(&words);
}

/* Before every batch, and at least once a minute: rights may be taken away
 * while a run waits, and people named while this process stays. */
static void look_at_policy(Svc *s)
{
    Buf unused = {0};
    (void)policy_load(s, &unused); /* its words stay in policy_error */
    socket_share(s);
    buf_free(&unused);
}

void loop_under_way(const Svc *s, bool *doubt, Buf *out)
{
    for (const SvcRun *r = s->runs; r != NULL; r = r->next) {
        Buf words = {0};
        eng_put_under_way(r->eng, doubt, &words);
        if (words.n > 0)
            buf_printf(out, "%s%s", out->n == 0 ? "" : ", ", buf_z(&words));
        buf_free(&words);
    }
}

static void look_for_stop(Svc *s)
{
    if (s->ending != 0 || stop_asked() == 0)
        return;
    bool doubt = false;
    Buf what = {0}, line = {0};
    s->ending = stop_asked();
    loop_under_way(s, &doubt, &what);
    if (what.n > 0) {
        buf_printf(&line, "waiting for %s to end; %s to stop now%s", buf_z(&what),
                   s->ending == SIGINT ? "press Ctrl-C again" : "send the signal again",
                   doubt ? ": it will be in doubt" : "");
        tell(s, NULL, &(EngNotice){"ending", buf_view(&line)});
    }
    buf_free(&what);
    buf_free(&line);
}

/* --- the loop ---------------------------------------------------------------- */

static void wait_for_something(Svc *s)
{
    size_t cap = 2 + LIM_CLIENTS + fx_running(s->fx) * 4 + 8, n;
    struct pollfd *fds = mem_realloc(NULL, 0, cap * sizeof *fds);
    int *fx = mem_realloc(NULL, 0, cap * sizeof *fx);
    if (fds == NULL || fx == NULL)
        loop_die(s, "there is not enough memory to go on");
    n = socket_fds(s, fds, cap);
    /* Once the request to end is taken, its descriptor has nothing to say. */
    if (s->ending == 0)
        fds[n++] = (struct pollfd){.fd = stop_fd(), .events = POLLIN};
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
        /* Events that still wait for their turn refer to their job. */
        if (!j->done || j->client == SVC_OWN || j->events > 0)
            continue;
        if (j->client != SVC_GONE) {
            buf_putc(&j->reply, '\n');
            socket_send(s, j->client, buf_view(&j->reply));
        }
        if (j->client != SVC_GONE) /* it may have hung up on that */
            socket_answered(s, j->client);
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

/* The own answer does not wait for the work of others that this process has
 * taken on meanwhile. */
static void say_stays(Svc *s, const SvcJob *own)
{
    Buf whom = {0};
    for (const SvcJob *j = s->jobs; j != NULL; j = j->next) {
        if (j == own)
            continue;
        buf_puts(&whom, whom.n == 0 ? "" : ", ");
        if (j->n_runs == 1)
            buf_printf(&whom, "%.*s for %s", STR_ARG(j->runs[0]->name), j->who.name);
        else
            buf_printf(&whom, "`%.*s` of %s", STR_ARG(j->verb), j->who.name);
    }
    s->stays_said = whom.n > 0 || stays(s);
    if (stays(s))
        buf_clear(&whom);
    if (s->stays_said && s->cfg.stays != NULL)
        s->cfg.stays(s->cfg.stays_ctx, own->exit, buf_view(&own->reply),
                     buf_view(&whom));
    buf_free(&whom);
}

static void go_round(Svc *s, SvcJob *own)
{
    for (;;) {
        look_for_stop(s);
        look_at_clock(s);
        look_at_policy(s);
        if (s->first != NULL)
            turn(s);
        collect_results(s);
        wake_due(s);
        progress(s);
        if (own->done && !s->stays_said)
            say_stays(s, own);
        if (own->done && !stays(s) && !others_wait(s)) {
            /* No new clients from here; who is in line is still served. */
            if (s->closing)
                return;
            socket_stop(s);
        } else {
            wait_for_something(s);
        }
        socket_pump(s);
    }
}

GateStatus loop_run(Svc *s, SvcJob *own, Buf *why)
{
    GateStatus st = socket_listen(s, why);
    if (st == GATE_OK && !stop_watch()) {
        buf_puts(why, "there are no file descriptors left");
        st = GATE_E_IO;
    }
    if (st == GATE_OK)
        go_round(s, own);
    stop_unwatch();
    return st;
}
