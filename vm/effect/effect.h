/* What actions do to the world. A set of effects under way, driven by poll(2)
 * from the caller's loop: nothing here blocks for longer than a local file
 * operation, nothing here knows runs or gates.
 *
 * Everything that may take time (programs, HTTP) runs in a child process with
 * a result pipe, so one mechanism gives timeout, output caps, kill of the
 * whole group and death with the parent. Programs run in the strongest sandbox
 * the host has (sandbox.h); the tier is part of the result. Call from a process
 * with one thread: children are forked. */
#ifndef GATE_EFFECT_EFFECT_H
#define GATE_EFFECT_EFFECT_H

#include "vm/core/grant.h"
#include "vm/os/os.h"

/* Bounds of one call, from the host's grants; all borrowed until fx_start
 * returns. Folders are absolute and resolved. A call must fit one grant: as
 * written (vm/core/grant.h), and where it really leads. */
typedef Grant FxGrant;

typedef struct FxRequest {
    uint64_t id;            /* the caller's; comes back with the result */
    const Program *program; /* for the import's types */
    uint32_t import;
    Str args;               /* JSON object */
    const char *plan_dir;   /* absolute: relative paths start here */
    const char *state_dir;  /* absolute: out of reach for every effect */
    const FxGrant *grants; uint32_t n_grants;
    int64_t timeout_ms;
    const char *key;        /* idempotency key, "" for reads; GATE_KEY in the
                               environment of a program */
} FxRequest;

typedef enum FxOutcome {
    FX_DONE,
    FX_FAILED,  /* definitely without effect, or it said so: exit status */
    FX_UNKNOWN  /* killed, timed out, reset after sending: may have happened */
} FxOutcome;

typedef struct FxResult {
    uint64_t id;
    FxOutcome outcome;
    /* "" done · exit: a status that is not in `ok` · signal: killed · timeout ·
     * spawn: the child could not be made · limit: too large · error: the file
     * or the server said no · refused: no grant allows it · not_sent: name,
     * connection or TLS failed before the request went out */
    const char *code;
    int64_t status;   /* exit or HTTP status; -1 */
    const char *tier; /* "T0".."T3", "" */
    Buf result;       /* JSON of the result type, when there is one; owner: caller */
    Buf message;      /* a sentence when it did not end in FX_DONE; owner: caller */
} FxResult;

typedef struct Fx Fx;
Fx *fx_new(Os *os); /* NULL: out of memory */
/* Kills what runs (TERM, grace, KILL), reaps, frees. */
void fx_free(Fx *fx);
/* Starts one. Refusals and failures come as results too, never as a status;
 * GATE_E_MEMORY alone is returned. */
GateStatus fx_start(Fx *fx, const FxRequest *req);
size_t fx_running(const Fx *fx);
/* For the caller's poll: descriptors to watch for reading, and the monotonic
 * instant of the next timeout (-1: none; now: a result waits for fx_next). */
size_t fx_fds(Fx *fx, int *fds, size_t max);
int64_t fx_deadline(const Fx *fx);
/* Reads what is there, kills what is late. Call after poll. */
void fx_pump(Fx *fx);
bool fx_next(Fx *fx, FxResult *out);
/* Its result comes as FX_UNKNOWN, signal (a call that only reads: FX_FAILED). */
void fx_kill(Fx *fx, uint64_t id);

/* Would a program be started that is granted this folder (absolute)? Where the
 * host cannot hide state_dir in it, fx_start refuses each one. false: why has
 * the sentence. */
bool fx_keeps_out(const char *state_dir, Str folder, Buf *why);
/* What the host offers: "T0".."T3" and a sentence for each thing missing. */
const char *fx_tier(Buf *missing);

#endif
