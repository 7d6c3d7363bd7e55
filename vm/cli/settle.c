/* Owns: `gate settle`: which action, which element, what happened. Must not
 * know: what follows from it. */
#include "vm/cli/cli.h"

#include <stdlib.h>
#include <string.h>

/* PHASE.ACTION[N] in its parts; texts go to the arena. false: not that form. */
static bool parse_action(Cli *c, const char *word, const char **phase,
                         const char **action, long *instance)
{
    size_t n = strlen(word);
    const char *open = strchr(word, '[');
    if (open != NULL) {
        char *end;
        *instance = strtol(open + 1, &end, 10);
        if (end == open + 1 || strcmp(end, "]") != 0 || *instance < 0)
            return false;
        n = (size_t)(open - word);
    }
    const char *dot = memchr(word, '.', n);
    if (dot != NULL) {
        *phase = arena_copy(c->arena, word, (size_t)(dot - word));
        n -= (size_t)(dot - word) + 1;
        word = dot + 1;
    }
    *action = arena_copy(c->arena, word, n);
    return n > 0;
}

static bool parse_instance(const char *text, long *instance)
{
    char *end;
    *instance = strtol(text, &end, 10);
    return end != text && *end == '\0' && *instance >= 0;
}

int verb_settle(Cli *c)
{
    Buf request = {0};
    const char *phase = NULL, *action = NULL;
    const char *what = c->words[2];
    const char *given = cli_option(c, "instance");
    long instance = 0;
    if (!parse_action(c, c->words[1], &phase, &action, &instance)) {
        return cli_fail(c, EXIT_USAGE, "\"%s\" names no action; write ACTION, "
                        "PHASE.ACTION, or ACTION[2]", c->words[1]);
    }
    if (given != NULL && !parse_instance(given, &instance)) {
        return cli_fail(c, EXIT_USAGE, "--instance is a number from 0, not \"%s\"", given);
    }
    if (strcmp(what, "done") != 0 && strcmp(what, "failed") != 0 &&
        strcmp(what, "retry") != 0) {
        return cli_fail(c, EXIT_USAGE, "an action is settled as done, failed or retry, "
                        "not as \"%s\"", what);
    }
    cli_request(&request, "settle");
    cli_member(&request, "run", c->words[0]);
    cli_member(&request, "phase", phase);
    cli_member(&request, "action", action);
    cli_member(&request, "what", what);
    cli_member(&request, "comment", cli_option(c, "comment"));
    buf_printf(&request, ",\"instance\":%ld", instance);
    int status = pause_call(c, &request, (Str){0});
    buf_free(&request);
    return status;
}
