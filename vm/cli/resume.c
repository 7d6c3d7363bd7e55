/* Owns: `gate resume`. Must not know: what there is to go on with. */
#include "vm/cli/cli.h"

int verb_resume(Cli *c)
{
    Buf request = {0};
    bool stay = cli_option(c, "stay") != NULL;
    if (stay && cli_option(c, "all") == NULL)
        return cli_fail(c, EXIT_USAGE, "--stay is for every run: say --all --stay");
    cli_request(&request, "resume");
    if (c->n_words == 1)
        cli_member(&request, "run", c->words[0]);
    if (cli_option(c, "all") != NULL) {
        if (c->n_words == 1) {
            buf_free(&request);
            return cli_fail(c, EXIT_USAGE, "--all is every open run; leave out \"%s\"",
                            c->words[0]);
        }
        buf_printf(&request, ",\"all\":true%s", stay ? ",\"stay\":true" : "");
    }
    int status = pause_call(c, &request, (Str){0});
    buf_free(&request);
    return status;
}
