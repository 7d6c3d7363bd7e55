/* Runs one program as shell.change (or .query) through the real effects and
 * prints what came of it: outcome, code, status and tier, then the message, then
 * the program's output and errors.
 * usage: drive TIER TOOL FOLDER STATE TIMEOUT_MS NETWORK ARGV... */
#include "tests/probe/kit.h"
#include "vm/effect/sandbox.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    static const char *const outcomes[] = {"done", "failed", "unknown"};
    if (argc < 8) {
        fputs("usage: drive TIER TOOL FOLDER STATE TIMEOUT_MS NETWORK ARGV...\n", stderr);
        return 2;
    }
    Kit k;
    Buf args = {0};
    Str folder = str_of(argv[3]);
    sandbox_limit(atoi(argv[1]), -1);
    kit_init(&k, argv[3], argv[4]);
    k.grant = (FxGrant){.any_program = true, .folders = &folder, .n_folders = 1,
                        .network = atoi(argv[6]) != 0};
    k.req.timeout_ms = atoi(argv[5]);
    k.req.key = "probe-key";
    buf_puts(&args, "{\"argv\":[");
    for (int i = 7; i < argc; i++) {
        if (i > 7)
            buf_putc(&args, ',');
        json_put_text(&args, str_of(argv[i]));
    }
    buf_puts(&args, "]}");
    FxResult r = kit_call(&k, "shell", argv[2], buf_z(&args));
    printf("%s code=%s status=%lld tier=%s\n%s\n", outcomes[r.outcome], r.code,
           (long long)r.status, r.tier, buf_z(&r.message));
    Arena *a = arena_new(0);
    Buf why = {0};
    const Json *j = r.result.n > 0 ? json_parse(buf_view(&r.result), a, &why) : NULL;
    if (j != NULL)
        printf("%.*s%.*s", STR_ARG(json_text(j, "output")), STR_ARG(json_text(j, "errors")));
    arena_free(a);
    kit_drop(&r);
    buf_free(&args);
    buf_free(&why);
    fx_free(k.fx);
    return r.outcome == FX_DONE ? 0 : 1;
}
