/* Inside the effects: what fx.c and the packs share. Nobody else includes
 * this. A pack either finishes a job at once (fx_done) or starts a child and
 * leaves its descriptors in the job; fx.c drives the child, and asks the pack
 * for the result when it has ended. */
#ifndef GATE_EFFECT_FX_INT_H
#define GATE_EFFECT_FX_INT_H

#include "vm/effect/effect.h"
#include "vm/effect/sandbox.h"

typedef enum FxStep { FX_RUNNING, FX_TERMED, FX_KILLED, FX_FINISHED } FxStep;

typedef struct FxJob FxJob;
typedef struct FxPack {
    const char *pack, *tool;
    Effect effect; /* what it does, whatever a program claims */
    void (*start)(FxJob *job, const FxRequest *req, const Json *args);
    /* The child has ended with status (as waitpid has it); NULL for what is
     * always finished at once. */
    void (*end)(FxJob *job, int status);
} FxPack;

struct FxJob {
    FxJob *next;
    Os *os;
    const FxPack *pack;
    FxStep step;
    bool reads;       /* a call that only reads has no effect even if killed */
    FxResult result;
    Arena *arena;     /* the arguments and what is made of them */
    SandboxChild child;
    bool has_child;
    int out, err;     /* read ends; -1: closed */
    Buf out_text, err_text;
    bool out_cut, err_cut;
    size_t keep;      /* bytes kept of each */
    int64_t due;      /* monotonic: when the next step of ending it is due */
    bool late, killed;
    const Json *ok;   /* shell: the statuses that are fine */
    const char *name; /* shell: the program; http: the host */
};

/* Ends a job; the words are a sentence without a full stop. */
void fx_done(FxJob *job);
void fx_fail(FxJob *job, FxOutcome outcome, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* FX_UNKNOWN, or FX_FAILED for what only reads. */
FxOutcome fx_unsure(const FxJob *job);

/* fx_text.c: bytes of strangers as text that a record may hold: what is not
 * UTF-8, and NUL, becomes U+FFFD (RFC 3629); at most max bytes are added,
 * whole characters. false: there was more. */
bool fx_clean(Buf *out, Str bytes, size_t max);
bool fx_is_text(Str bytes); /* UTF-8 without NUL */

/* fx_path.c */
/* Where path leads from dir, links followed, as an absolute path without
 * links; a last part that does not exist is fine when may_miss. false: why has
 * a sentence. */
bool path_resolve(const char *dir, Str path, bool may_miss, Buf *out, Buf *why);
bool path_inside(const char *path, Str folder);
/* The first grant with a folder that holds path, as the plan wrote it and
 * where it leads, and the folder; NULL: why names what is missing. state_dir
 * is inside nothing. */
const FxGrant *path_granted(const FxRequest *req, const char *tool, Str written,
                            const char *path, Str *folder, Buf *why);
bool path_in_state(const FxRequest *req, const char *path);
/* Opens folder (O_PATH) part by part without following a link, so that what
 * was resolved before is what is opened. -1: errno. */
int path_open_dir(const char *folder);

/* fx_guard.c: may a connection go there? (sockaddr_in or _in6) false: why says
 * what kind of address it is. */
struct sockaddr;
bool guard_address(const struct sockaddr *to, const FxGrant *grant, Buf *why);

void fx_shell_start(FxJob *job, const FxRequest *req, const Json *args);
void fx_shell_end(FxJob *job, int status);
void fx_file_start(FxJob *job, const FxRequest *req, const Json *args);
void fx_file_end(FxJob *job, int status);
void fx_http_start(FxJob *job, const FxRequest *req, const Json *args);
void fx_http_end(FxJob *job, int status);

#endif
