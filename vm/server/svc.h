/* For the files of this room alone: the service's state and who owns what.
 * One thread, one owner: everything hangs from Svc and dies with svc_close. */
#ifndef GATE_SERVER_SVC_H
#define GATE_SERVER_SVC_H

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "compiler/compile.h"
#include "vm/effect/effect.h"
#include "vm/engine/engine.h"
#include "vm/log/log.h"
#include "vm/server/packs.h"
#include "vm/server/service.h"

typedef struct Svc Svc;
typedef struct SvcJob SvcJob;

/* Somebody who asks: the account, and what it is called here. */
typedef struct SvcWho {
    uid_t uid;
    gid_t gid;
    char name[64];          /* account name, or the number */
    char account[96];       /* os:UID:NAME */
    char id[OS_UUID_SIZE];  /* pseudonym; "" when this process only reads */
} SvcWho;

/* A run in this process. */
typedef struct SvcRun {
    struct SvcRun *next;
    char id[OS_UUID_SIZE];
    EngRun *eng;
    Arena *arena;           /* the texts below */
    Hash program_hash;
    const Program *program; /* the cache's */
    Str name, plan_dir;
    char starter[OS_UUID_SIZE];
    int64_t started_ms;
    uint64_t records;
    bool drive;             /* somebody waits for it to come to rest */
    bool told;              /* knows that whoever ran it before is gone */
    bool stepping;          /* an event of it is in the batch at hand */
    int64_t woken_due;      /* the timer that rang last */
} SvcRun;

/* An event that waits for its turn. */
typedef struct SvcEvent {
    struct SvcEvent *next;
    SvcRun *run;
    EngEvent ev;            /* texts in arena */
    Arena *arena;
    SvcJob *job;            /* gets the engine's reply; NULL: nobody */
} SvcEvent;

enum {
    SVC_OWN = -1, /* this process asks itself */
    SVC_GONE = -2 /* asked over the socket and hung up; it is still done */
};

/* A request under way. */
struct SvcJob {
    SvcJob *next;
    int client;             /* index of the client, SVC_OWN or SVC_GONE */
    SvcWho who;
    Arena *arena;
    Str verb;
    const Json *request;
    Str program;            /* compiled bytes of `run` */
    bool rests;             /* the reply comes when its runs rest */
    bool exit_as_run;       /* and says how the run stands */
    bool all;               /* resume --all: the result is a list */
    bool later;             /* not handled yet; see Svc.starting */
    Str dir;                /* of `run`: the plan's folder, as found here */
    Buf unreadable;         /* resume --all: runs that were left out, as JSON */
    size_t n_unreadable;
    SvcRun **runs;          /* those it waits for */
    size_t n_runs, cap_runs;
    size_t events;          /* of its own that have not been stepped */
    bool done;
    int exit;
    Buf reply;              /* the whole object; set when done */
    const char *code;       /* of the engine's reply */
    Str message;
};

typedef struct SvcProgram {
    struct SvcProgram *next;
    Hash hash;
    Program *program;
    Arena *arena;           /* of hours */
    const Calendar *const *hours; /* NULL: nobody asks for them */
} SvcProgram;

typedef struct SvcEffect {
    uint64_t id;            /* ours, as given to fx_start */
    uint64_t eng_id;        /* the run's */
    SvcRun *run;
} SvcEffect;

/* A file as it was when something was made of it; or that it was not there. */
typedef struct SvcSeen {
    const char *path;
    bool there;
    int64_t mtime_ns, size, inode;
} SvcSeen;

/* host.gate of the system and of the state folder, tenant.gate. */
enum { SVC_FILES = 3 };
typedef struct SvcFile {
    Buf path;
    Arena *arena;           /* of seen */
    SvcSeen *seen; size_t n_seen; /* itself, and all that it uses; NULL: never looked */
    Compilation c;          /* in force; program NULL: there is no such file */
} SvcFile;

typedef struct SvcClient SvcClient;

/* The wall clock against the time since boot; clock.c. */
typedef struct SvcClock {
    char boot[OS_UUID_SIZE];      /* this one; "": the machine does not say */
    char kept_boot[OS_UUID_SIZE]; /* of the last append; "": nothing kept */
    int64_t kept_ms;              /* the difference then */
} SvcClock;

struct Svc {
    SvcConfig cfg;
    Buf dir;                /* STATE/tenants/NAME */
    bool writes;            /* holds the lock */
    int lock_fd;
    Log *log;               /* NULL: a reader where there is no log yet */
    Fx *fx;
    SvcFile files[SVC_FILES];
    Arena *policy_arena;
    Policy *policy;         /* NULL until policy_load; nobody may anything while
                               the files were never understood */
    Buf policy_error;       /* words, while the files do not hold together */
    Packs *packs;           /* NULL until a program is first read */
    const Sem *sems[SVC_FILES]; /* of files, as they are in force */
    PackLists lists;        /* of sems */
    SvcProgram *programs;
    SvcRun *runs;
    SvcEvent *first, *last; /* events in order of arrival */
    SvcJob *jobs;
    SvcEffect *effects;
    size_t n_effects, cap_effects;
    uint64_t next_effect;
    int listen_fd;
    SvcClient *clients;     /* LIM_CLIENTS of them */
    bool closing;           /* no new clients */
    bool shared;            /* other accounts may connect */
    bool stay;              /* serve on when the own request is answered */
    bool stays_said;        /* the own answer was given before the end */
    int ending;             /* the signal that asked this process to end; 0 */
    SvcClock clock;
    bool frozen;            /* timers, as they were last looked at */
    bool starting;          /* a run begins in the next commit: its name is not
                               in the log yet, so the next one waits */
    char self[OS_UUID_SIZE]; /* actor of what the loop does: results, timers */
};

/* --- state.c: folders and paths ------------------------------------------ */
/* theirs: the folder belongs to another account, *owner. */
GateStatus state_owner(const char *state_dir, SvcWho *owner, bool *theirs, Buf *why);
/* The way to the tenant's socket opens for other accounts: team profile. */
GateStatus state_share(const char *state_dir, const char *tenant_dir, Buf *why);
GateStatus state_open(Svc *s, bool create, Buf *why);
bool state_tenant_ok(const char *tenant);
/* NOTFOUND: why names the tenants that there are. */
GateStatus state_tenant_there(const char *state_dir, const char *tenant, Buf *why);

/* --- lock.c ---------------------------------------------------------------- */
/* BUSY: *pid is the holder's, 0 when it has not said. */
GateStatus lock_take(const char *dir, int *fd, long *pid, Buf *why);
bool lock_held(const char *dir); /* by some process, just now */
void lock_drop(int fd);

/* --- who.c ----------------------------------------------------------------- */
void who_of_uid(uid_t uid, SvcWho *out);
bool who_owns(const SvcWho *who); /* the account that this process runs as */
Str who_os_name(Str account); /* os:1000:ana: ana; else {NULL,0} */
GateStatus who_name(Svc *s, SvcWho *who, Buf *why); /* fills id */

/* --- policy.c -------------------------------------------------------------- */
/* Compiles the files that are new or changed. IO: why has the diagnostics. */
GateStatus policy_load(Svc *s, Buf *why);
void policy_drop(Svc *s);
/* Understood, team profile, and it names people: others may connect. */
bool policy_shared(const Svc *s);

/* --- calendars.c ------------------------------------------------------------ */
/* One a calendar of the program, in arena; NULL in it: this machine cannot tell
 * its hours. GATE_E_MEMORY. */
GateStatus calendars_make(const Program *p, Arena *arena, const Calendar *const **out);

/* --- runs.c ---------------------------------------------------------------- */
const Program *runs_keep_program(Svc *s, Program *take_program);
/* Hours of a kept program's calendars; NULL where nothing in it asks for them. */
const Calendar *const *runs_hours(const Svc *s, const Program *program);
/* Nothing runs without this, on a start and on a load; see packs_prove. */
GateStatus runs_prove(Svc *s, Program *program, bool to_start, Buf *why);
/* In this process, folded from its records where it was not. */
GateStatus runs_load(Svc *s, const char *id, SvcRun **out, Buf *why);
SvcRun *runs_here(Svc *s, const char *id); /* NULL: not in this process */
SvcRun *runs_add(Svc *s, const char *id, const Program *program);
void runs_row(const SvcRun *r, RunRow *row);
void runs_unload(Svc *s, SvcRun *r);
void runs_drop(Svc *s);

/* --- loop.c ---------------------------------------------------------------- */
SvcEvent *loop_event(Svc *s, SvcRun *run, EngEventKind kind, SvcJob *job);
void loop_actor(SvcEvent *e, const SvcWho *who);
/* A grant's folder, measured from the plan's. */
Str loop_folder(Arena *a, Str dir, Str folder);
bool loop_at_rest(const Svc *s, const SvcRun *r);
/* What all runs here have under way, in words; see eng_put_under_way. */
void loop_under_way(const Svc *s, bool *doubt, Buf *out);
/* Until the own job is answered and nobody else waits. */
GateStatus loop_run(Svc *s, SvcJob *own, Buf *why);
void loop_drop(Svc *s);
/* A line for whoever waits for the job; see SvcConfig.notice. */
void loop_tell(Svc *s, const SvcJob *job, const char *kind, Str text);
/* The log could not be written: says so and ends the process with status 5. */
_Noreturn void loop_die(Svc *s, const char *what);

/* --- stop.c ----------------------------------------------------------------- */
bool stop_watch(void);   /* false: no descriptors left */
int stop_asked(void);    /* the signal; 0: none */
int stop_fd(void);       /* readable once a signal came */
void stop_unwatch(void);

/* --- clock.c ---------------------------------------------------------------- */
void clock_load(Svc *s); /* the log is open */
/* The clock stepped since the last append, and nobody has accepted it. */
bool clock_frozen(const Svc *s);
void clock_keep(Svc *s); /* goes with the next append; never a step */
void clock_words(const Svc *s, Buf *out); /* a sentence, with the way out */
/* Adds "timers_frozen", the sentence, to a JSON object where it is so. */
void clock_put_frozen(const Svc *s, Buf *json);
/* Records who took it as it is; timers run from here. */
GateStatus clock_accept(Svc *s, const SvcWho *who);

/* --- requests.c ------------------------------------------------------------ */
/* One function for both routes. Fills the reply, or leaves events behind. */
void svc_handle(Svc *s, SvcJob *job);
bool svc_writes(Str verb); /* needs the lock */
bool svc_of_owner(Str verb); /* only the state folder's account may ask it */
/* A driven run came to rest, or an engine replied: perhaps the job is done. */
void svc_progress(Svc *s, SvcJob *job);
void job_done(SvcJob *job, int exit, const char *code, Str message, Str result);
__attribute__((format(printf, 4, 5)))
void job_fail(SvcJob *job, int exit, const char *code, const char *fmt, ...);
SvcJob *job_new(Svc *s, int client, const SvcWho *who);
void job_free(Svc *s, SvcJob *job);

/* --- place.c ---------------------------------------------------------------- */
/* job->dir from the request. false: the job failed. */
bool place_find(SvcJob *job);
/* May this plan run in job->dir, for who asks? false: the job failed. */
bool place_allowed(Svc *s, SvcJob *job, const Program *plan);
/* Could its programs get at the state folder here? false: the job failed. */
bool place_apart(Svc *s, SvcJob *job, const Program *plan);

/* --- read.c: status, inbox, show, why, log, verify, doctor ------------------ */
void read_status(Svc *s, SvcJob *job);
void read_inbox(Svc *s, SvcJob *job);
void read_show(Svc *s, SvcJob *job);
void read_why(Svc *s, SvcJob *job);
void read_log(Svc *s, SvcJob *job);
void read_verify(Svc *s, SvcJob *job);
void read_doctor(Svc *s, SvcJob *job);
bool read_find(Svc *s, SvcJob *job, Str what, char id[OS_UUID_SIZE]);
void read_put_status(Svc *s, const SvcRun *r, Arena *arena, Buf *out);

/* --- outcome.c ------------------------------------------------------------- */
/* What came of one attempt of an action, as JSON; in order. */
typedef struct Outcome {
    struct Outcome *next;
    Str phase, json;
} Outcome;
Outcome *outcome_read(Svc *s, const char *run, Arena *arena); /* NULL: nothing yet */
/* Adds "outcomes", those of one phase, to the JSON object that shows it. */
void outcome_put(const Outcome *all, Str phase, Buf *show);

/* --- socket.c -------------------------------------------------------------- */
GateStatus socket_listen(Svc *s, Buf *why);
void socket_share(Svc *s); /* opens or closes it, as the policy is now */
/* Adds what to poll; returns how many. */
size_t socket_fds(Svc *s, struct pollfd *fds, size_t max);
int64_t socket_deadline(const Svc *s); /* monotonic; -1: none */
void socket_pump(Svc *s);
void socket_send(Svc *s, int client, Str line);
void socket_answered(Svc *s, int client);
bool socket_waiting(const Svc *s); /* somebody is about to ask */
void socket_stop(Svc *s);    /* out of the folder; those in line are let in */
void socket_close(Svc *s);

/* --- path.c ---------------------------------------------------------------- */
bool path_address(const char *dir, struct sockaddr_un *at, int *dir_fd);

/* --- client.c: asking the one who holds the lock ---------------------------- */
typedef enum AskOutcome { ASK_DONE, ASK_AGAIN, ASK_LOST } AskOutcome;
int client_connect(const char *dir); /* -1: nobody there */
AskOutcome client_ask(const SvcConfig *cfg, const char *dir, Str request,
                      Str program, SvcReply *out, Buf *why);

/* --- wire.c ---------------------------------------------------------------- */
void wire_base64(Buf *out, Str bytes);
bool wire_unbase64(Str text, Buf *out);
/* A part's bytes as a JSON value: JSON as it is, text as a string, others as
 * {"base64":"..."}. */
void wire_put_part(Buf *out, Str bytes, const char *media);
bool wire_utf8(Str s);

#endif
