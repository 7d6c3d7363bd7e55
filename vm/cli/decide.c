/* Owns: `gate approve` and `gate reject`. Must not know: who may decide; the
 * engine says that, whatever was typed here. */
#include "vm/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool on_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* A line of a person; false at the end of input. */
static bool read_line(char *line, size_t size)
{
    if (fgets(line, (int)size, stdin) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* Shows what is staged, asks for the phase's name, and returns the digest of
 * what was shown: what is decided is what was on the screen, even when it
 * changes while the person reads. NULL: not confirmed, and *status is why. */
static const char *confirm(Cli *c, const char *verb, int *status)
{
    Buf page = {0};
    CliAnswer a;
    const char *digest = NULL;
    const char *phase = c->words[1];
    const Json *show = show_ask(c, c->words[0], str_of(phase), &a);
    *status = a.exit;
    if (show == NULL) {
        cli_tell(c, &a);
    } else {
        char line[LIM_NAME_BYTES + 2];
        show_phase(&page, c->colour, show);
        fputs(buf_z(&page), stderr);
        fprintf(stderr, "\nTo %s this, type the phase's name (%s); anything else "
                "leaves it as it is: ", verb, phase);
        Str shown = json_text(show, "digest");
        if (read_line(line, sizeof line) && strcmp(line, phase) == 0)
            digest = arena_copy(c->arena, shown.p, shown.n);
        else
            *status = cli_fail(c, EXIT_REFUSED, "nothing was decided");
    }
    buf_free(&page);
    return digest;
}

static int decide(Cli *c, const char *verb)
{
    Buf request = {0};
    int status = EXIT_REFUSED;
    const char *digest = cli_option(c, "digest");
    if (digest == NULL && on_terminal()) {
        digest = confirm(c, verb, &status);
        if (digest == NULL)
            return status;
    }
    cli_request(&request, verb);
    cli_member(&request, "run", c->words[0]);
    cli_member(&request, "phase", c->words[1]);
    cli_member(&request, "digest", digest);
    cli_member(&request, "comment", cli_option(c, "comment"));
    buf_printf(&request, ",\"resume\":%s",
               cli_option(c, "no-resume") == NULL ? "true" : "false");
    status = pause_call(c, &request, (Str){0});
    buf_free(&request);
    return status;
}

int verb_approve(Cli *c)
{
    return decide(c, "approve");
}

int verb_reject(Cli *c)
{
    return decide(c, "reject");
}
