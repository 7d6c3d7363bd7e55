/* Owns: `gate cancel`. Must not know: what is under way. */
#include "vm/cli/cli.h"

int verb_cancel(Cli *c)
{
    Buf request = {0};
    cli_request(&request, "cancel");
    cli_member(&request, "run", c->words[0]);
    cli_member(&request, "comment", cli_option(c, "comment"));
    int status = pause_call(c, &request, (Str){0});
    buf_free(&request);
    return status;
}
