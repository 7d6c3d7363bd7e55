/* Owns: main of `gate`. Must not know: anything else. Nothing is opened and
 * nothing is read before the verb asks for it: `gate --version` is one write. */
#include "vm/cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

/* NO_COLOR: https://no-color.org, set and not empty. */
static bool want_colour(void)
{
    const char *no = getenv("NO_COLOR");
    return (no == NULL || no[0] == '\0') && isatty(STDOUT_FILENO);
}

static int dispatch(Cli *c)
{
    if (c->version)
        return verb_version(c);
    if (c->verb == NULL) {
        help_all(c->help ? stdout : stderr);
        return c->help ? EXIT_DONE : EXIT_USAGE;
    }
    if (c->help) {
        help_page(stdout, c->verb);
        return EXIT_DONE;
    }
    c->colour = want_colour();
    c->arena = arena_new(0);
    if (c->arena == NULL) {
        cli_error("there is not enough memory");
        return EXIT_ENVIRONMENT;
    }
    return c->verb->main(c);
}

int main(int argc, char **argv)
{
    Cli c = {0};
    int status = EXIT_USAGE;
    if (cli_parse(&c, argc, (const char *const *)argv, stderr))
        status = dispatch(&c);
    cli_drop(&c);
    /* A result that did not reach its reader is not a result. */
    if (fflush(stdout) != 0 && (status == EXIT_DONE)) {
        cli_error("cannot write the result");
        status = EXIT_ENVIRONMENT;
    }
    return status;
}
