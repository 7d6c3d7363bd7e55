/* Owns: `gate resume`. Must not know: what there is to go on with. */
#include "vm/cli/cli.h"

int verb_resume(Cli *c)
{
    Buf request = {0};
    CliAnswer a;
    cli_request(&request, "resume");
    if (c->n_words == 1)
        cli_member(&request, "run", c->words[0]);
    if (cli_option(c, "all") != NULL) {
        if (c->n_words == 1) {
            cli_error("--all is every open run; leave out \"%s\"", c->words[0]);
            buf_free(&request);
            return EXIT_USAGE;
        }
        buf_puts(&request, ",\"all\":true");
    }
    int status = cli_call(c, &request, (Str){0}, &a) ? pause_answer(c, &a) : a.exit;
    buf_free(&request);
    return status;
}
