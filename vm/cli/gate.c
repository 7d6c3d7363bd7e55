/* Owns: main of `gate`. Must not know: anything else. Nothing is opened and
 * nothing is read before the verb asks for it: `gate --version` is one write. */
#include "vm/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NO_COLOR: https://no-color.org, set and not empty. */
static bool want_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return (no == NULL || no[0] == '\0') && isatty(STDOUT_FILENO) &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

static int dispatch(Cli *c)
{
    if (c->version)
        return verb_version(c);
    if (c->help)
        return verb_help(c);
    if (c->verb == NULL) {
        help_all(stderr);
        if (c->json)
            cli_put_failure(EXIT_USAGE, STR("usage"), STR("no verb was given"));
        return EXIT_USAGE;
    }
    c->colour = want_colour();
    c->arena = arena_new(0);
    if (c->arena == NULL) {
        cli_error("there is not enough memory");
        return EXIT_ENVIRONMENT;
    }
    return c->verb->main(c);
}

/* A command line with a mistake may not have been read to its end. */
static bool asks_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

/* A result that did not reach its reader is not a result, whatever was done. */
static int finish(int status, bool drove)
{
    Buf why = {0};
    if (!os_close_stdout(&why)) {
        fprintf(stderr, "gate: the result could not be written%s%s\n", buf_z(&why),
                drove ? "; what was done stays done, and `gate status` shows it" : "");
        status = EXIT_ENVIRONMENT;
    }
    buf_free(&why);
    return status;
}

int main(int argc, char **argv)
{
    Cli c = {0};
    int status = EXIT_USAGE;
    if (!os_open_std())
        return EXIT_ENVIRONMENT;
    if (cli_parse(&c, argc, (const char *const *)argv, stderr))
        status = dispatch(&c);
    else if (asks_json(argc, argv))
        cli_put_failure(status, STR("usage"), buf_view(&c.mistake));
    bool drove = c.rest != NULL;
    cli_drop(&c);
    return finish(status, drove);
}
