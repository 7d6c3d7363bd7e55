/* Owns: the verbs that only read: what stands in the log, folded and shown.
 * Must not know: terminals. */
#include "vm/server/svc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- names -------------------------------------------------------------------- */

typedef struct Names {
    Svc *s;
    Arena *arena;
} Names;

/* os:1000:ana is shown as ana; an erased or unknown pseudonym as itself. */
static Str name_of(void *ctx, const char *id)
{
    Names *n = ctx;
    Str account = log_account(n->s->log, id, n->arena);
    if (account.p == NULL)
        return str_of(id);
    Str os_name = who_os_name(account);
    return os_name.p != NULL ? os_name : account;
}

/* What the engine's views compare the records with. A run that another process
 * holds may be worked on; one that is here is, or is not. */
static void look_now(Svc *s, const SvcRun *r)
{
    bool frozen = s->log != NULL && clock_frozen(s);
    bool worked_on = s->writes ? r->drive || eng_busy(r->eng) : lock_held(buf_z(&s->dir));
    eng_look(r->eng, frozen ? -1 : s->cfg.os->now_ms(s->cfg.os), worked_on);
}

void read_put_status(Svc *s, const SvcRun *r, Arena *arena, Buf *out)
{
    Names names = {s, arena};
    look_now(s, r);
    eng_status_json(r->eng, name_of, &names, out);
    clock_put_frozen(s, out);
}

/* --- finding and holding runs --------------------------------------------------- */

bool read_find(Svc *s, SvcJob *job, Str what, char id[OS_UUID_SIZE])
{
    GateStatus st = GATE_E_NOTFOUND;
    if (what.n == 0) {
        job_fail(job, EXIT_USAGE, "bad_request", "the request names no run");
        return false;
    }
    if (s->log != NULL)
        st = log_find_run(s->log, what, id);
    if (st == GATE_E_NOTFOUND)
        job_fail(job, EXIT_USAGE, "no_such_run", "there is no run \"%.*s\"; "
                 "`gate status` lists them", STR_ARG(what));
    else if (st == GATE_E_BUSY)
        job_fail(job, EXIT_USAGE, "ambiguous", "\"%.*s\" fits several runs; give "
                 "more of the id", STR_ARG(what));
    else if (st != GATE_OK)
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the runs: %s",
                 log_error(s->log));
    return st == GATE_OK;
}

/* For one look: a run that was not here goes again (give_back). */
typedef struct Look {
    SvcRun *run;
    bool ours;
} Look;

static bool look_at(Svc *s, const char *id, Look *look, Buf *why)
{
    look->ours = runs_here(s, id) == NULL;
    return runs_load(s, id, &look->run, why) == GATE_OK;
}

static bool look_named(Svc *s, SvcJob *job, Look *look)
{
    char id[OS_UUID_SIZE];
    Buf why = {0};
    if (!read_find(s, job, json_text(job->request, "run"), id))
        return false;
    bool ok = look_at(s, id, look, &why);
    if (!ok)
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "%s", buf_z(&why));
    buf_free(&why);
    return ok;
}

static void give_back(Svc *s, Look *look)
{
    if (look->ours)
        runs_unload(s, look->run);
}

static void answer(SvcJob *job, Buf *result, int exit)
{
    if (result->failed)
        job_fail(job, EXIT_ENVIRONMENT, "memory", "there is not enough memory to "
                 "show this");
    else
        job_done(job, exit, "", (Str){0}, buf_view(result));
}

/* --- status --------------------------------------------------------------------- */

static void put_instant(Buf *out, int64_t ms)
{
    char text[OS_INSTANT_SIZE];
    os_format_instant(ms, text);
    buf_printf(out, "\"%s\"", text);
}

typedef struct RowList {
    Buf *out;
    size_t n;
} RowList;

static bool put_row(void *ctx, const RunRow *row)
{
    RowList *l = ctx;
    char hex[65];
    hash_hex(&row->program, hex);
    buf_puts(l->out, l->n++ == 0 ? "{\"run\":" : ",{\"run\":");
    json_put_text(l->out, str_of(row->run));
    buf_puts(l->out, ",\"name\":");
    json_put_text(l->out, row->name);
    buf_puts(l->out, ",\"plan\":");
    json_put_text(l->out, row->plan);
    buf_printf(l->out, ",\"program\":\"sha256:%s\",\"state\":", hex);
    json_put_text(l->out, row->state);
    buf_puts(l->out, ",\"started\":");
    put_instant(l->out, row->started_ms);
    if (row->due_ms >= 0) {
        buf_puts(l->out, ",\"due\":");
        put_instant(l->out, row->due_ms);
    }
    buf_putc(l->out, '}');
    return !l->out->failed;
}

static void status_all(Svc *s, SvcJob *job)
{
    Buf out = {0};
    RowList list = {&out, 0};
    buf_puts(&out, "{\"runs\":[");
    if (s->log != NULL && log_runs(s->log, NULL, put_row, &list) != GATE_OK) {
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the runs: %s",
                 log_error(s->log));
    } else {
        buf_puts(&out, "]}");
        clock_put_frozen(s, &out);
        answer(job, &out, EXIT_DONE);
    }
    buf_free(&out);
}

void read_status(Svc *s, SvcJob *job)
{
    Look look;
    if (json_get(job->request, "run") == NULL) {
        status_all(s, job);
        return;
    }
    if (!look_named(s, job, &look))
        return;
    Buf out = {0};
    read_put_status(s, look.run, job->arena, &out);
    /* As `gate run` would exit; where nobody works on it, somebody has to. */
    answer(job, &out, eng_left(look.run->eng) ? EXIT_WAIT_PERSON
                                              : eng_exit(look.run->eng));
    buf_free(&out);
    give_back(s, &look);
}

/* --- show, why ------------------------------------------------------------------ */

static void show_all(Svc *s, SvcJob *job, const Look *look)
{
    Names names = {s, job->arena};
    const Program *p = look->run->program;
    Buf out = {0}, one = {0}, why = {0};
    size_t n = 0;
    look_now(s, look->run);
    const Outcome *all = outcome_read(s, look->run->id, job->arena);
    buf_puts(&out, "{\"run\":");
    json_put_text(&out, str_of(look->run->id));
    buf_puts(&out, ",\"name\":");
    json_put_text(&out, look->run->name);
    buf_puts(&out, ",\"phases\":[");
    for (uint32_t i = 0; i < p->n_phases; i++) {
        buf_clear(&one);
        if (eng_show_json(look->run->eng, prog_str(p, p->phases[i].name), name_of,
                          &names, &one, &why) != GATE_OK)
            continue;
        if (n++ > 0)
            buf_putc(&out, ',');
        outcome_put(all, prog_str(p, p->phases[i].name), &one);
        buf_str(&out, buf_view(&one));
    }
    buf_puts(&out, "]}");
    answer(job, &out, EXIT_DONE);
    buf_free(&out);
    buf_free(&one);
    buf_free(&why);
}

void read_show(Svc *s, SvcJob *job)
{
    Look look;
    Str phase = json_text(job->request, "phase");
    if (!look_named(s, job, &look))
        return;
    if (phase.p == NULL) {
        show_all(s, job, &look);
    } else {
        Names names = {s, job->arena};
        Buf out = {0}, why = {0};
        look_now(s, look.run);
        if (eng_show_json(look.run->eng, phase, name_of, &names, &out, &why) == GATE_OK) {
            outcome_put(outcome_read(s, look.run->id, job->arena), phase, &out);
            answer(job, &out, EXIT_DONE);
        } else
            job_fail(job, EXIT_REFUSED, "no_such_phase", "%s", buf_z(&why));
        buf_free(&out);
        buf_free(&why);
    }
    give_back(s, &look);
}

void read_why(Svc *s, SvcJob *job)
{
    Look look;
    if (!look_named(s, job, &look))
        return;
    Names names = {s, job->arena};
    Buf out = {0};
    look_now(s, look.run);
    eng_why_json(look.run->eng, s->cfg.os->now_ms(s->cfg.os), name_of, &names, &out);
    clock_put_frozen(s, &out);
    answer(job, &out, EXIT_DONE);
    buf_free(&out);
    give_back(s, &look);
}

/* --- log ------------------------------------------------------------------------ */

typedef struct LogOut {
    Svc *s;
    Buf line;
    bool failed;
} LogOut;

static bool put_record(void *ctx, const Record *r, Str env)
{
    LogOut *o = ctx;
    Buf *b = &o->line;
    buf_clear(b);
    buf_put(b, env.p, env.n - 1); /* the envelope's own closing brace */
    buf_puts(b, ",\"open\":{");
    for (uint32_t i = 0; i < r->n_parts; i++) {
        if (i > 0)
            buf_putc(b, ',');
        json_put_text(b, str_of(r->parts[i].name));
        buf_putc(b, ':');
        if (r->parts[i].bytes.p == NULL)
            buf_puts(b, "null"); /* erased */
        else
            wire_put_part(b, r->parts[i].bytes, r->parts[i].media);
    }
    buf_puts(b, "}}");
    o->failed = b->failed;
    return !b->failed && o->s->cfg.record(o->s->cfg.record_ctx, buf_view(b));
}

void read_log(Svc *s, SvcJob *job)
{
    char id[OS_UUID_SIZE];
    LogOut out = {.s = s};
    bool one = json_get(job->request, "run") != NULL;
    assert(job->client == SVC_OWN && s->cfg.record != NULL);
    if (one && !read_find(s, job, json_text(job->request, "run"), id))
        return;
    GateStatus st = GATE_OK;
    if (s->log != NULL)
        st = log_read(s->log, one ? id : NULL, put_record, &out);
    if (st != GATE_OK || out.failed)
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the log further: "
                 "%s; `gate verify` says what is wrong",
                 out.failed ? "not enough memory" : log_error(s->log));
    else
        job_done(job, EXIT_DONE, "", (Str){0}, (Str){0});
    buf_free(&out.line);
}

/* --- inbox ---------------------------------------------------------------------- */

/* Does the gate ask WHO: a role it names, or somebody who holds one? */
static bool asks(const Svc *s, const Json *gate, Str who)
{
    const Json *by = json_get(gate, "by");
    const Json *paths = by == NULL ? NULL : json_get(by, "paths");
    uint32_t person = PROG_NONE;
    for (uint32_t i = 0; i < s->policy->n_people; i++) {
        if (str_eq(s->policy->people[i].name, who))
            person = i;
    }
    if (person == PROG_NONE)
        person = policy_person(s->policy, who);
    for (const Json *p = paths == NULL ? NULL : paths->child; p != NULL; p = p->next) {
        if (p->kind != J_TEXT)
            continue;
        if (str_eq(p->text, who) || s->policy->solo ||
            (person != PROG_NONE && policy_holds(s->policy, person, p->text)))
            return true;
    }
    return false;
}

static void put_member(Buf *out, const Json *from, const char *key)
{
    const Json *j = json_get(from, key);
    if (j == NULL)
        return;
    buf_printf(out, ",\"%s\":", key);
    svc_put_json(out, j);
}

static void put_question(Buf *out, Svc *s, SvcJob *job, const Look *look, Str phase)
{
    Names names = {s, job->arena};
    Buf show = {0};
    if (eng_show_json(look->run->eng, phase, name_of, &names, &show, NULL) == GATE_OK) {
        const Json *j = json_parse(arena_str(job->arena, buf_view(&show)), job->arena,
                                   NULL);
        if (j != NULL)
            put_member(out, j, "question");
    }
    buf_free(&show);
}

static void put_item(Buf *out, size_t *n, const Json *run, const Json *phase,
                     const char *what)
{
    buf_printf(out, "%s{\"waits_for\":\"%s\"", (*n)++ == 0 ? "" : ",", what);
    put_member(out, run, "run");
    put_member(out, run, "name");
    put_member(out, run, "plan");
    buf_puts(out, ",\"phase\":");
    svc_put_json(out, json_get(phase, "name"));
    put_member(out, phase, "title");
    put_member(out, phase, strcmp(what, "settlement") == 0 ? "in_doubt" : "gate");
}

static void put_left(Buf *out, size_t *n, const Json *run)
{
    buf_printf(out, "%s{\"waits_for\":\"resume\"", (*n)++ == 0 ? "" : ",");
    put_member(out, run, "run");
    put_member(out, run, "name");
    put_member(out, run, "plan");
    buf_puts(out, ",\"text\":");
    svc_put_json(out, json_get(run, "left"));
    buf_putc(out, '}');
}

typedef struct InboxRun {
    const char *id;
    Str name;
} InboxRun;

typedef struct Inbox {
    Svc *s;
    SvcJob *job;
    Str who;
    Buf out;
    size_t n, n_bad;
    InboxRun *runs;
    size_t n_runs, cap_runs;
} Inbox;

static void inbox_phase(Inbox *in, const Look *look, const Json *run, const Json *phase)
{
    const Json *gate = json_get(phase, "gate");
    const Json *doubt = json_get(phase, "in_doubt");
    bool waits = str_is(json_text(phase, "state"), "waiting") && gate != NULL &&
                 str_is(json_text(gate, "state"), "open");
    const Json *overdue = gate == NULL ? NULL : json_get(gate, "overdue");
    if (overdue != NULL) {
        put_item(&in->out, &in->n, run, phase, "resume");
        buf_puts(&in->out, ",\"text\":\"its time has passed; `gate resume` records "
                           "that\"}");
    }
    if (waits && (in->who.p == NULL || asks(in->s, gate, in->who))) {
        put_item(&in->out, &in->n, run, phase, "decision");
        put_question(&in->out, in->s, in->job, look, json_text(phase, "name"));
        buf_putc(&in->out, '}');
    }
    if (doubt != NULL && doubt->count > 0 &&
        (in->who.p == NULL || (gate != NULL && asks(in->s, gate, in->who)) ||
         in->s->policy->solo)) {
        put_item(&in->out, &in->n, run, phase, "settlement");
        buf_putc(&in->out, '}');
    }
}

/* A run that cannot be read waits for somebody too, and hides no other. */
static void inbox_bad(Inbox *in, const InboxRun *run, Str why)
{
    Buf *b = &in->out;
    in->n_bad++;
    buf_puts(b, in->n++ == 0 ? "{" : ",{");
    buf_puts(b, "\"waits_for\":\"repair\",\"run\":");
    json_put_text(b, str_of(run->id));
    buf_puts(b, ",\"name\":");
    json_put_text(b, run->name);
    buf_puts(b, ",\"text\":");
    json_put_text(b, why);
    buf_putc(b, '}');
}

static void inbox_run(Inbox *in, const InboxRun *listed)
{
    Look look;
    Buf why = {0};
    if (!look_at(in->s, listed->id, &look, &why)) {
        inbox_bad(in, listed, buf_view(&why));
        buf_free(&why);
        return;
    }
    Buf status = {0};
    Arena *scratch = arena_new(0);
    read_put_status(in->s, look.run, in->job->arena, &status);
    const Json *run = scratch == NULL ? NULL
                                      : json_parse(buf_view(&status), scratch, NULL);
    const Json *phases = run == NULL ? NULL : json_get(run, "phases");
    if (run != NULL && json_get(run, "left") != NULL)
        put_left(&in->out, &in->n, run);
    for (const Json *p = phases == NULL ? NULL : phases->child; p != NULL; p = p->next)
        inbox_phase(in, &look, run, p);
    arena_free(scratch);
    buf_free(&status);
    give_back(in->s, &look);
}

/* Ids first, runs after: a read transaction is short, and none runs inside
 * another. */
static bool collect_run(void *ctx, const RunRow *row)
{
    Inbox *in = ctx;
    if (!str_is(row->state, "waiting") && !str_is(row->state, "running") &&
        !str_is(row->state, "in_doubt"))
        return true;
    if (in->n_runs == in->cap_runs) {
        size_t cap = in->cap_runs == 0 ? 64 : 2 * in->cap_runs;
        InboxRun *more = ARENA_NEW(in->job->arena, InboxRun, cap);
        if (more == NULL)
            return false;
        if (in->n_runs > 0)
            memcpy(more, in->runs, in->n_runs * sizeof *more);
        in->runs = more;
        in->cap_runs = cap;
    }
    in->runs[in->n_runs++] = (InboxRun){
        arena_copy(in->job->arena, row->run, OS_UUID_SIZE),
        arena_str(in->job->arena, row->name)};
    return true;
}

void read_inbox(Svc *s, SvcJob *job)
{
    Inbox in = {.s = s, .job = job, .who = json_text(job->request, "for")};
    buf_puts(&in.out, "{\"items\":[");
    if (s->log != NULL && log_runs(s->log, NULL, collect_run, &in) != GATE_OK)
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the runs: %s",
                 log_error(s->log));
    for (size_t i = 0; i < in.n_runs && !job->done; i++)
        inbox_run(&in, &in.runs[i]);
    buf_puts(&in.out, "]}");
    if (!job->done && in.n_bad > 0 && !in.out.failed)
        job_done(job, EXIT_ENVIRONMENT, "unreadable", STR("not every open run can be "
                 "read; what is listed is what waits in the others"),
                 buf_view(&in.out));
    else if (!job->done)
        answer(job, &in.out, EXIT_DONE);
    buf_free(&in.out);
}
