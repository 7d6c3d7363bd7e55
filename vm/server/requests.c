/* Owns: what each verb asks of runs: one function a verb, one table. Must not
 * know: where a request came from, and what the engine decides. */
#include "vm/server/svc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- jobs -------------------------------------------------------------------- */

SvcJob *job_new(Svc *s, int client, const SvcWho *who)
{
    SvcJob *j = mem_realloc(NULL, 0, sizeof *j);
    Arena *arena = arena_new(0);
    if (j == NULL || arena == NULL)
        loop_die(s, "there is not enough memory to go on");
    memset(j, 0, sizeof *j);
    j->client = client;
    j->who = *who;
    j->arena = arena;
    j->code = "";
    j->next = s->jobs;
    s->jobs = j;
    return j;
}

void job_free(Svc *s, SvcJob *job)
{
    for (SvcJob **at = &s->jobs; *at != NULL; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            break;
        }
    }
    arena_free(job->arena);
    mem_realloc(job->runs, job->cap_runs * sizeof *job->runs, 0);
    buf_free(&job->unreadable);
    buf_free(&job->reply);
    mem_realloc(job, sizeof *job, 0);
}

void job_done(SvcJob *job, int exit, const char *code, Str message, Str result)
{
    Buf *b = &job->reply;
    buf_clear(b);
    buf_printf(b, "{\"exit\":%d,\"code\":", exit);
    json_put_text(b, str_of(code));
    buf_puts(b, ",\"message\":");
    json_put_text(b, message);
    if (result.n > 0) {
        buf_puts(b, ",\"result\":");
        buf_str(b, result);
    }
    buf_putc(b, '}');
    job->exit = exit;
    job->done = true;
}

void job_fail(SvcJob *job, int exit, const char *code, const char *fmt, ...)
{
    Buf message = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&message, fmt, ap);
    va_end(ap);
    job_done(job, exit, code, buf_view(&message), (Str){0});
    buf_free(&message);
}

static Str text(const SvcJob *job, const char *key)
{
    return json_text(job->request, key);
}

static bool flag(const SvcJob *job, const char *key)
{
    const Json *j = json_get(job->request, key);
    return j != NULL && j->kind == J_TRUE;
}

static void watch(Svc *s, SvcJob *job, SvcRun *run)
{
    if (job->n_runs == job->cap_runs) {
        size_t cap = job->cap_runs == 0 ? 4 : 2 * job->cap_runs;
        SvcRun **more = mem_realloc(job->runs, job->cap_runs * sizeof *more,
                                    cap * sizeof *more);
        if (more == NULL)
            loop_die(s, "there is not enough memory to go on");
        job->runs = more;
        job->cap_runs = cap;
    }
    job->runs[job->n_runs++] = run;
}

/* A run that is at hand, told first that whoever ran it before is gone. NULL:
 * why has a sentence. */
static SvcRun *take_run(Svc *s, SvcJob *job, const char *id, Buf *why)
{
    SvcRun *run = NULL;
    if (runs_load(s, id, &run, why) != GATE_OK)
        return NULL;
    watch(s, job, run);
    if (!run->told)
        loop_event(s, run, EV_LOST, job);
    run->told = true;
    return run;
}

static SvcRun *named_run(Svc *s, SvcJob *job)
{
    char id[OS_UUID_SIZE];
    if (!read_find(s, job, text(job, "run"), id))
        return NULL;
    Buf why = {0};
    SvcRun *run = take_run(s, job, id, &why);
    if (run == NULL)
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "%s", buf_z(&why));
    buf_free(&why);
    return run;
}

static SvcEvent *ask(Svc *s, SvcJob *job, SvcRun *run, EngEventKind kind)
{
    SvcEvent *e = loop_event(s, run, kind, job);
    loop_actor(e, &job->who);
    e->ev.comment = arena_str(e->arena, text(job, "comment"));
    e->ev.phase = arena_str(e->arena, text(job, "phase"));
    return e;
}

static bool comment_fits(SvcJob *job)
{
    if (text(job, "comment").n <= LIM_COMMENT_BYTES)
        return true;
    job_fail(job, EXIT_USAGE, "too_long", "a comment has at most %d bytes; put "
             "the long text where the plan's people can read it, and its place here",
             (int)LIM_COMMENT_BYTES);
    return false;
}

/* --- run --------------------------------------------------------------------- */

static Program *read_program(Svc *s, SvcJob *job)
{
    Buf why = {0}, bytes = {0};
    Program *program = NULL;
    Str given = text(job, "program");
    if (job->program.n == 0 && wire_unbase64(given, &bytes))
        job->program = arena_str(job->arena, buf_view(&bytes));
    GateStatus st = prog_read(job->program, &program, &why);
    bool foreign = st == GATE_OK && !packs_listed(&s->lists, program, &why);
    bool later = st == GATE_OK && !foreign && !eng_can_run(program, &why);
    if (st == GATE_OK && !later && !foreign)
        st = runs_prove(s, program, true, &why);
    if (st == GATE_OK && program->name == 0) {
        buf_puts(&why, "it is a library; a plan begins with `plan NAME`");
        st = GATE_E_FORMAT;
    }
    if (foreign)
        job_fail(job, EXIT_REFUSED, "pack_not_listed", "%s", buf_z(&why));
    else if (later)
        job_fail(job, EXIT_REFUSED, "not_in_this_version", "%s", buf_z(&why));
    else if (st != GATE_OK)
        job_fail(job, EXIT_FAILED, "bad_program", "this is no program that can "
                 "run: %s", buf_z(&why));
    if (foreign || later || st != GATE_OK) {
        prog_free(program);
        program = NULL;
    }
    buf_free(&why);
    buf_free(&bytes);
    return program;
}

static bool may_start(Svc *s, SvcJob *job, const Program *program, Str inputs)
{
    Buf why = {0};
    bool ok = false;
    if (!policy_covers(s->policy, program, &why) ||
        !packs_granted(&s->lists, s->policy, program, &why))
        job_fail(job, EXIT_REFUSED, "not_granted", "%s", buf_z(&why));
    else if (eng_check_inputs(program, inputs, &why) != GATE_OK)
        job_fail(job, EXIT_USAGE, "bad_inputs", "%s", buf_z(&why));
    else if (!eng_can_start(program, s->policy, &why))
        job_fail(job, EXIT_REFUSED, "cannot_start", "%s", buf_z(&why));
    else if (!eng_keeps_policies(program, runs_hours(s, program), s->policy, &why))
        job_fail(job, EXIT_REFUSED, "against_policy", "%s", buf_z(&why));
    else
        ok = true;
    buf_free(&why);
    return ok;
}

/* Letters, digits and .-_ : it stands in commands without quotes. */
static bool name_ok(Str name)
{
    if (name.n == 0 || name.n > LIM_NAME_BYTES || name.p[0] == '-')
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (!word)
            return false;
    }
    return true;
}

static bool choose_name(Svc *s, SvcJob *job, const Program *program, Buf *name)
{
    char id[OS_UUID_SIZE];
    Str given = text(job, "name");
    if (given.p == NULL) {
        if (log_next_name(s->log, prog_str(program, program->name), name) == GATE_OK)
            return true;
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the runs: %s",
                 log_error(s->log));
        return false;
    }
    if (!name_ok(given)) {
        job_fail(job, EXIT_USAGE, "bad_name", "a run's name has letters, digits, "
                 "dots, - and _, at most %d of them", (int)LIM_NAME_BYTES);
        return false;
    }
    if (log_find_run(s->log, given, id) != GATE_E_NOTFOUND) {
        job_fail(job, EXIT_USAGE, "name_taken", "there is a run called %.*s "
                 "already; choose another --name", STR_ARG(given));
        return false;
    }
    buf_str(name, given);
    return true;
}

static void put_plan_part(const SvcJob *job, Buf *out)
{
    buf_puts(out, "{\"dir\":");
    json_put_text(out, job->dir);
    buf_puts(out, ",\"file\":");
    json_put_text(out, text(job, "file"));
    buf_putc(out, '}');
}

static void start_event(Svc *s, SvcJob *job, SvcRun *run, Str inputs,
                        const char *loader)
{
    Buf plan = {0};
    SvcEvent *e = ask(s, job, run, EV_START);
    e->ev.run = run->id;
    e->ev.name = run->name;
    e->ev.inputs = arena_str(e->arena, inputs);
    put_plan_part(job, &plan);
    e->ev.plan = arena_str(e->arena, buf_view(&plan));
    e->ev.tenant = arena_str(e->arena, log_name(s->log));
    e->ev.author = (EngActor){.t = "human", .assurance = "os"};
    memcpy(e->ev.author.id, loader, OS_UUID_SIZE);
    e->ev.author.account = log_account(s->log, loader, e->arena);
    e->ev.author.os_name = who_os_name(e->ev.author.account);
    buf_free(&plan);
}

static void start_run(Svc *s, SvcJob *job, const Program *program, Str inputs)
{
    Buf name = {0}, bytes = {0};
    unsigned char random[16];
    char id[OS_UUID_SIZE], loader[OS_UUID_SIZE];
    if (!choose_name(s, job, program, &name)) {
        buf_free(&name);
        return;
    }
    if (log_put_program(s->log, &program->hash, job->program, job->who.id,
                        s->cfg.os->now_ms(s->cfg.os)) != GATE_OK ||
        log_get_program(s->log, &program->hash, &bytes, loader) != GATE_OK)
        loop_die(s, log_error(s->log));
    if (s->cfg.os->random(s->cfg.os, random, sizeof random) != GATE_OK)
        loop_die(s, "the system gives no random bytes");
    os_uuid4(random, id);
    SvcRun *run = runs_add(s, id, program);
    if (run == NULL)
        loop_die(s, "there is not enough memory to go on");
    run->name = arena_str(run->arena, buf_view(&name));
    run->plan_dir = arena_str(run->arena, job->dir);
    run->started_ms = s->cfg.os->now_ms(s->cfg.os);
    memcpy(run->starter, job->who.id, OS_UUID_SIZE);
    run->drive = run->told = true;
    watch(s, job, run);
    start_event(s, job, run, inputs, loader);
    s->starting = true;
    job->rests = job->exit_as_run = true;
    buf_free(&name);
    buf_free(&bytes);
}

static void do_run(Svc *s, SvcJob *job)
{
    Program *read = place_find(job) ? read_program(s, job) : NULL;
    if (read == NULL)
        return;
    const Program *program = runs_keep_program(s, read);
    if (program == NULL)
        loop_die(s, "there is not enough memory to go on");
    Buf inputs = {0};
    const Json *given = json_get(job->request, "inputs");
    if (given == NULL)
        buf_puts(&inputs, "{}");
    else
        svc_put_json(&inputs, given);
    if (place_allowed(s, job, program) && place_apart(s, job, program) &&
        may_start(s, job, program, buf_view(&inputs)))
        start_run(s, job, program, buf_view(&inputs));
    buf_free(&inputs);
}

/* --- resume ------------------------------------------------------------------ */

typedef struct OpenRun {
    const char *id;
    Str name;
} OpenRun;

typedef struct OpenRuns {
    Arena *arena;
    OpenRun *v;
    Buf names;
    size_t n, cap;
    bool failed;
} OpenRuns;

static bool is_open(Str state)
{
    return str_is(state, "running") || str_is(state, "waiting") ||
           str_is(state, "in_doubt");
}

static bool add_open(void *ctx, const RunRow *row)
{
    OpenRuns *o = ctx;
    if (!is_open(row->state))
        return true;
    if (o->n == o->cap) {
        size_t cap = o->cap == 0 ? 64 : 2 * o->cap;
        OpenRun *more = ARENA_NEW(o->arena, OpenRun, cap);
        o->failed = more == NULL;
        if (o->failed)
            return false;
        if (o->n > 0)
            memcpy(more, o->v, o->n * sizeof *more);
        o->v = more;
        o->cap = cap;
    }
    buf_printf(&o->names, "%s%.*s", o->n == 0 ? "" : ", ", STR_ARG(row->name));
    o->v[o->n++] = (OpenRun){arena_copy(o->arena, row->run, OS_UUID_SIZE),
                             arena_str(o->arena, row->name)};
    return true;
}

static void wake(Svc *s, SvcJob *job, SvcRun *run)
{
    run->drive = true;
    ask(s, job, run, EV_WAKE)->ev.resume = true;
}

/* One run that cannot be read does not keep the others from going on. */
static void wake_or_name(Svc *s, SvcJob *job, const OpenRun *open)
{
    Buf why = {0}, *b = &job->unreadable;
    SvcRun *run = take_run(s, job, open->id, &why);
    if (run != NULL) {
        wake(s, job, run);
        return;
    }
    buf_puts(b, job->n_unreadable++ == 0 ? "{\"run\":" : ",{\"run\":");
    json_put_text(b, str_of(open->id));
    buf_puts(b, ",\"name\":");
    json_put_text(b, open->name);
    buf_puts(b, ",\"text\":");
    json_put_text(b, buf_view(&why));
    buf_putc(b, '}');
    buf_free(&why);
}

static void do_resume(Svc *s, SvcJob *job)
{
    OpenRuns open = {.arena = job->arena};
    job->rests = job->exit_as_run = true;
    if (text(job, "run").p != NULL) {
        SvcRun *run = named_run(s, job);
        if (run != NULL)
            wake(s, job, run);
        return;
    }
    job->all = flag(job, "all");
    if (s->log != NULL &&
        (log_runs(s->log, NULL, add_open, &open) != GATE_OK || open.failed))
        job_fail(job, EXIT_ENVIRONMENT, "unreadable", "cannot read the runs: %s",
                 log_error(s->log));
    else if (!job->all && open.n == 0)
        job_fail(job, EXIT_DONE, "nothing_open", "no run is open; nothing to resume");
    else if (!job->all && open.n > 1)
        job_fail(job, EXIT_USAGE, "which_run", "several runs are open: %s. Name one, "
                 "or say --all", buf_z(&open.names));
    for (size_t i = 0; i < open.n && !job->done; i++)
        wake_or_name(s, job, &open.v[i]);
    buf_free(&open.names);
}

/* --- decisions ---------------------------------------------------------------- */

static void do_decide(Svc *s, SvcJob *job)
{
    if (!comment_fits(job))
        return;
    SvcRun *run = named_run(s, job);
    if (run == NULL)
        return;
    /* Solo: the one person there is goes on at once. In a team whoever runs
     * the run (`gate resume`, or the process that holds it now) goes on. */
    bool resume = flag(job, "resume");
    bool here = resume && s->policy->solo;
    SvcEvent *e = ask(s, job, run, EV_DECIDE);
    e->ev.decision = arena_str(e->arena, job->verb);
    e->ev.digest = arena_str(e->arena, text(job, "digest"));
    e->ev.drive = here || (resume && run->drive);
    run->drive = run->drive || here;
    job->rests = job->exit_as_run = here;
}

static void do_cancel(Svc *s, SvcJob *job)
{
    if (!comment_fits(job))
        return;
    SvcRun *run = named_run(s, job);
    if (run == NULL)
        return;
    ask(s, job, run, EV_CANCEL);
    job->rests = true; /* its answer comes when what ran has been ended */
}

static void do_settle(Svc *s, SvcJob *job)
{
    int64_t instance = 0;
    const Json *inst = json_get(job->request, "instance");
    if (!comment_fits(job))
        return;
    if (inst != NULL && (!json_int(inst, &instance) || instance < 0 ||
                         instance >= LIM_LIST_ITEMS)) {
        job_fail(job, EXIT_USAGE, "bad_instance", "an instance is a number from 0");
        return;
    }
    SvcRun *run = named_run(s, job);
    if (run == NULL)
        return;
    SvcEvent *e = ask(s, job, run, EV_SETTLE);
    e->ev.action = arena_str(e->arena, text(job, "action"));
    e->ev.what = arena_str(e->arena, text(job, "what"));
    e->ev.instance = (uint32_t)instance;
    job->rests = true;
}

/* --- the clock ----------------------------------------------------------------- */

/* Whoever may write to the state folder may: the socket and the lock are theirs. */
static void do_accept_clock(Svc *s, SvcJob *job)
{
    if (s->log == NULL || !clock_frozen(s)) {
        job_done(job, EXIT_DONE, "nothing_to_accept", STR("the clock goes on as it "
                 "did at the last record; there is nothing to accept"), (Str){0});
        return;
    }
    if (clock_accept(s, &job->who) != GATE_OK)
        loop_die(s, log_error(s->log));
    job_done(job, EXIT_DONE, "accepted", STR("recorded: the clock is taken as it is, "
             "and timers run again; `gate resume --all` lets them act now"), (Str){0});
}

/* --- how far a job is ---------------------------------------------------------- */

/* Several runs: what needs attention first wins. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_DONE, EXIT_WAIT_TIME, EXIT_WAIT_PERSON,
                                EXIT_REJECTED, EXIT_FAILED};
    int at_a = 0, at_b = 0;
    for (int i = 0; i < (int)(sizeof order / sizeof *order); i++) {
        at_a = order[i] == a ? i : at_a;
        at_b = order[i] == b ? i : at_b;
    }
    return at_a > at_b ? a : b;
}

static void release(Svc *s, const SvcJob *job)
{
    for (size_t i = 0; i < job->n_runs; i++) {
        bool wanted = false;
        for (const SvcJob *j = s->jobs; j != NULL; j = j->next) {
            for (size_t k = 0; j != job && !j->done && k < j->n_runs; k++)
                wanted = wanted || (j->rests && j->runs[k] == job->runs[i]);
        }
        job->runs[i]->drive = job->runs[i]->drive && (wanted || s->stay);
    }
}

/* The process was asked to end before its runs did. */
static void say_held(SvcJob *job)
{
    Buf words = {0};
    for (size_t i = 0; i < job->n_runs; i++) {
        RunState st = eng_state(job->runs[i]->eng);
        if (st == RS_RUNNING || st == RS_WAITING)
            buf_printf(&words, "%s`gate resume %.*s`", words.n == 0 ? "stopped as asked, "
                       "nothing is under way; to go on: " : ", ",
                       STR_ARG(job->runs[i]->name));
    }
    job->code = words.n == 0 ? job->code : "held";
    job->message = arena_str(job->arena, buf_view(&words));
    buf_free(&words);
}

static void say_left_out(SvcJob *job)
{
    Buf words = {0};
    bool one = job->n_unreadable == 1;
    buf_printf(&words, "%zu open %s cannot be read and %s left out; \"unreadable\" in "
               "--json names %s, `gate verify` says what is wrong",
               job->n_unreadable, one ? "run" : "runs", one ? "was" : "were",
               one ? "it" : "them");
    job->code = "unreadable";
    job->message = arena_str(job->arena, buf_view(&words));
    buf_free(&words);
}

static void finish(Svc *s, SvcJob *job)
{
    Buf result = {0};
    int exit = job->exit;
    if (job->n_runs == 1 && eng_id(job->runs[0]->eng)[0] == '\0') {
        /* The engine did not let it begin: there is no run to show. */
        job_done(job, exit, job->code, job->message, (Str){0});
        release(s, job);
        return;
    }
    if (s->ending != 0 && job->rests && job->message.n == 0)
        say_held(job);
    if (job->all)
        buf_puts(&result, "{\"runs\":[");
    for (size_t i = 0; i < job->n_runs; i++) {
        if (i > 0)
            buf_putc(&result, ',');
        read_put_status(s, job->runs[i], job->arena, &result);
        if (job->exit_as_run && job->exit == EXIT_DONE)
            exit = worse(exit, eng_exit(job->runs[i]->eng));
    }
    if (job->n_unreadable > 0) {
        exit = EXIT_ENVIRONMENT;
        say_left_out(job);
        buf_puts(&result, "],\"unreadable\":[");
        buf_str(&result, buf_view(&job->unreadable));
    }
    if (job->all)
        buf_puts(&result, "]}");
    if (result.failed)
        loop_die(s, "there is not enough memory to go on");
    job_done(job, exit, job->code, job->message, buf_view(&result));
    release(s, job);
    buf_free(&result);
}

void svc_progress(Svc *s, SvcJob *job)
{
    if (job->later) {
        if (!s->starting)
            svc_handle(s, job);
        return;
    }
    if (job->events > 0)
        return;
    /* What was refused is answered at once; nothing was set going. */
    bool refused = job->exit != EXIT_DONE;
    for (size_t i = 0; i < job->n_runs && job->rests && !refused; i++) {
        if (!loop_at_rest(s, job->runs[i]))
            return;
    }
    finish(s, job);
}

/* --- the table ---------------------------------------------------------------- */

typedef enum VerbReach {
    BY_PEOPLE, /* whoever the policy knows, over the socket too */
    BY_OWNER,  /* the account of the state folder */
    BY_FOLDER  /* that account, where it reads the folder itself: too long or too
                  slow for the one thread that serves everybody */
} VerbReach;

typedef struct Verb {
    const char *name;
    void (*handle)(Svc *s, SvcJob *job);
    bool writes; /* needs the lock */
    bool policy; /* means nothing without the host's files */
    VerbReach reach;
} Verb;

static const Verb verbs[] = {
    {"run", do_run, true, true, BY_PEOPLE},
    {"resume", do_resume, true, true, BY_PEOPLE},
    {"approve", do_decide, true, true, BY_PEOPLE},
    {"reject", do_decide, true, true, BY_PEOPLE},
    {"cancel", do_cancel, true, true, BY_PEOPLE},
    {"settle", do_settle, true, true, BY_PEOPLE},
    {"accept_clock", do_accept_clock, true, false, BY_OWNER},
    {"status", read_status, false, true, BY_PEOPLE},
    {"inbox", read_inbox, false, true, BY_PEOPLE},
    {"show", read_show, false, true, BY_PEOPLE},
    {"why", read_why, false, true, BY_PEOPLE},
    {"log", read_log, false, false, BY_FOLDER},
    {"verify", read_verify, false, false, BY_FOLDER},
    {"doctor", read_doctor, false, false, BY_FOLDER},
};

static const Verb *find_verb(Str name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (str_is(name, verbs[i].name))
            return &verbs[i];
    }
    return NULL;
}

bool svc_writes(Str verb)
{
    const Verb *v = find_verb(verb);
    return v != NULL && v->writes;
}

bool svc_of_owner(Str verb)
{
    const Verb *v = find_verb(verb);
    return v != NULL && v->reach != BY_PEOPLE;
}

/* Over the socket the kernel says which account asks. */
static bool may_ask(Svc *s, SvcJob *job, const Verb *v)
{
    SvcWho owner;
    if (v->reach == BY_FOLDER && job->client != SVC_OWN) {
        job_fail(job, EXIT_REFUSED, "not_here", "`gate %s` reads the state folder "
                 "itself and is not answered over the socket", v->name);
        return false;
    }
    if (who_owns(&job->who))
        return true;
    who_of_uid(geteuid(), &owner);
    if (s->policy->solo)
        job_fail(job, EXIT_REFUSED, "not_owner", "this state folder has the solo "
                 "profile, which is for the account %s alone; `gate init --profile "
                 "team` makes one for several people", owner.name);
    else if (v->reach != BY_PEOPLE)
        job_fail(job, EXIT_REFUSED, "not_owner", "only the account %s, to which the "
                 "state folder belongs, may do this", owner.name);
    else if (policy_person(s->policy, str_of(job->who.name)) == PROG_NONE)
        job_fail(job, EXIT_REFUSED, "unknown_person", "host.gate names nobody with the "
                 "account %s, so you may neither see nor decide anything here; the "
                 "account %s can add: person NAME { os \"%s\" }", job->who.name,
                 owner.name, job->who.name);
    else
        return true;
    return false;
}

/* What stands in the log can be read under a broken policy; only who may do
 * what cannot be told. The file's lines are its owner's to see. */
static void note_policy(Svc *s, const SvcJob *job, Buf *why)
{
    Buf b = {0};
    bool own = who_owns(&job->who);
    buf_puts(&b, "the files that say who may do what are not understood; until they "
                 "are repaired nothing can be begun or decided");
    if (own)
        buf_printf(&b, ":\n%s", buf_z(why));
    while (b.n > 0 && b.p[b.n - 1] == '\n')
        b.n--;
    loop_tell(s, job, "note", buf_view(&b));
    buf_free(&b);
}

/* Decisions get in to the end; new work does not. */
static void refuse_ending(Svc *s, SvcJob *job)
{
    bool doubt = false;
    Buf what = {0};
    loop_under_way(s, &doubt, &what);
    job_fail(job, EXIT_ENVIRONMENT, "ending", "the process that holds the tenant (%ld) "
             "was asked to end%s%s; nothing was begun, ask again when it has ended",
             (long)getpid(), what.n > 0 ? " and waits for " : "", buf_z(&what));
    buf_free(&what);
}

void svc_handle(Svc *s, SvcJob *job)
{
    Buf why = {0};
    job->verb = text(job, "verb");
    const Verb *v = find_verb(job->verb);
    job->later = v != NULL && v->handle == do_run && s->starting;
    if (job->later)
        return;
    bool understood = policy_load(s, &why) == GATE_OK || (v != NULL && !v->policy);
    if (s->policy == NULL)
        loop_die(s, "there is not enough memory to go on");
    if (v == NULL)
        job_fail(job, EXIT_USAGE, "no_such_verb", "there is no request \"%.*s\"",
                 STR_ARG(job->verb));
    else if (!may_ask(s, job, v))
        assert(job->done);
    else if (s->ending != 0 && (v->handle == do_run || v->handle == do_resume))
        refuse_ending(s, job);
    else if (!understood && v->writes)
        job_fail(job, EXIT_ENVIRONMENT, "bad_policy", "%s", buf_z(&why));
    else {
        if (!understood)
            note_policy(s, job, &why);
        buf_clear(&why);
        /* Who only looks leaves no trace in the log. */
        if (v->writes && s->writes && job->who.id[0] == '\0' &&
            who_name(s, &job->who, &why) != GATE_OK)
            loop_die(s, buf_z(&why));
        v->handle(s, job);
    }
    buf_free(&why);
}
