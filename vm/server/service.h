/* The tenant's service: whoever holds the tenant's lock runs the loop (commit
 * records, start effects, turn results into events) and serves the tenant's
 * unix socket, so that a decision or a cancel gets in while an action runs.
 * Verbs are requests; where nobody holds the lock the verb takes it and serves
 * itself. Both routes end in one function, svc_handle. In a state folder of
 * another account every verb, reads included, goes over the socket.
 *
 * A request and its reply are one JSON object a line. Identity is the socket's
 * peer credentials (SO_PEERCRED), or this process's own user. The folder's own
 * account never takes the lock to read: it reads what is committed. */
#ifndef GATE_SERVER_SERVICE_H
#define GATE_SERVER_SERVICE_H

#include "vm/core/json.h"
#include "vm/os/mem.h"
#include "vm/os/os.h"

typedef struct SvcConfig {
    const char *state_dir;   /* absolute */
    const char *pack_path;   /* folders of packs, with colons between; NULL: none */
    const char *tenant;
    Os *os;
    /* lines for people while a run advances (kind as in EngNotice); may be NULL */
    void (*notice)(void *ctx, const char *kind, Str text);
    void *notice_ctx;
    /* `log`: one record a call, a JSON object: the envelope as stored with
     * "open" added. The log is longer than any reply may be. false stops. */
    bool (*record)(void *ctx, Str line);
    void *record_ctx;
    /* The request is answered, but this process goes on: `json` is its reply,
     * as svc_call will give it, whom names what is still served for others
     * ("" : nothing now; it stays to be asked). Called once at most; may be NULL. */
    void (*stays)(void *ctx, int exit, Str json, Str whom);
    void *stays_ctx;
} SvcConfig;

/* Requests (JSON object), by member "verb":
 *   run     {dir, file, inputs: object, name?}  drives until rest; dir: the
 *           plan's folder, absolute; the program comes beside the request
 *   resume  {run? , all?, stay?}                             drives until rest;
 *           stay: then serves on until this process is asked to end
 *   approve, reject {run, phase, digest?, comment?, resume: bool}
 *   cancel  {run, comment?}
 *   settle  {run, phase?, action, instance?, what}
 *   status  {run?}    inbox {for?}   show {run, phase?}   why {run}
 *   log     {run?}    verify {}      doctor {}
 *   accept_clock {}   records that a stepped clock is taken as it is
 * The CLI compiles; the service takes compiled bytes, verifies and keeps them.
 * Reply: {"exit": N, "code": "...", "message": "...", "result": {...}} where
 * result is the documented --json shape of the verb. For run and resume the
 * reply comes when the run rests.
 *
 * Over the socket a request is answered by lines: {"accepted":true} before
 * anything is done (a client that sees the end before this line may safely
 * ask somebody else), then any number of {"notice":{"kind","text"}}, then the
 * reply. `program` carries the compiled bytes as base64 (RFC 4648). */
typedef struct SvcReply {
    int exit;
    Buf json; /* the whole reply object; owner: caller */
} SvcReply;

/* One request, by whichever route. program_bytes: for `run`, the compiled
 * program (sent along as base64 where the socket is used). GATE_OK when there
 * is a reply; else why has a sentence and exit is EXIT_ENVIRONMENT. */
GateStatus svc_call(const SvcConfig *cfg, Str request, Str program_bytes,
                    SvcReply *out, Buf *why);

/* Makes the state folder. profile "solo" or "team"; nothing is overwritten:
 * GATE_E_BUSY when it has a host.gate already. */
GateStatus svc_init(const char *state_dir, const char *profile, Buf *why);

/* A JSON tree back to text on one line, numbers as they were written. */
void svc_put_json(Buf *out, const Json *j);

#endif
