/* What the effect tests share: a program with one import, made by hand, and a
 * loop that drives effects until the next result. */
#ifndef GATE_TESTS_PROBE_KIT_H
#define GATE_TESTS_PROBE_KIT_H

#include "vm/effect/effect.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

typedef struct Kit {
    Str strings[3];
    ProgImport import;
    Program program;
    FxGrant grant;
    FxRequest req;
    Fx *fx;
} Kit;

static inline void kit_tool(Kit *k, const char *pack, const char *tool)
{
    bool reads = strcmp(tool, "query") == 0 || strcmp(tool, "read") == 0 ||
                 strcmp(tool, "hash") == 0 || strcmp(tool, "image") == 0 ||
                 strcmp(tool, "get") == 0 || strcmp(tool, "now") == 0;
    bool destroys = strcmp(tool, "destroy") == 0 || strcmp(tool, "remove") == 0 ||
                    strcmp(tool, "send") == 0;
    k->strings[0] = STR("");
    k->strings[1] = str_of(pack);
    k->strings[2] = str_of(tool);
    k->import = (ProgImport){.pack = 1, .tool = 2,
                             .effect = reads ? EFF_READS : destroys ? EFF_DESTROYS
                                                                    : EFF_CHANGES};
    k->program.strings = k->strings;
    k->program.n_strings = 3;
    k->program.imports = &k->import;
    k->program.n_imports = 1;
}

static inline void kit_init(Kit *k, const char *plan_dir, const char *state_dir)
{
    memset(k, 0, sizeof *k);
    k->fx = fx_new(os_real());
    k->req = (FxRequest){.id = 7, .program = &k->program, .plan_dir = plan_dir,
                         .state_dir = state_dir, .grants = &k->grant, .n_grants = 1,
                         .timeout_ms = 60000, .key = ""};
}

/* One turn of a caller's loop. */
static inline bool kit_step(Kit *k, FxResult *out)
{
    int fds[16];
    struct pollfd p[16];
    size_t n = fx_fds(k->fx, fds, 16);
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){fds[i], POLLIN, 0};
    int64_t due = fx_deadline(k->fx), now = os_real()->mono_ms(os_real());
    poll(p, (nfds_t)n, due < 0 ? -1 : due > now ? (int)(due - now) : 0);
    fx_pump(k->fx);
    return fx_next(k->fx, out);
}

static inline FxResult kit_call(Kit *k, const char *pack, const char *tool, const char *args)
{
    FxResult r = {0};
    kit_tool(k, pack, tool);
    k->req.args = str_of(args);
    if (fx_start(k->fx, &k->req) != GATE_OK)
        abort();
    while (!kit_step(k, &r))
        ;
    return r;
}

static inline void kit_drop(FxResult *r)
{
    buf_free(&r->result);
    buf_free(&r->message);
}

#endif
