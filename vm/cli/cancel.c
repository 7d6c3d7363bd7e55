/* Owns: `gate cancel`. Must not know: what is under way. */
#include "vm/cli/cli.h"

int verb_cancel(Cli *c)
{
    Buf request = {0};
    CliAnswer a;
    cli_request(&request, "cancel");
    cli_member(&request, "run", c->words[0]);
    cli_member(&request, "comment", cli_option(c, "comment"));
    int status = cli_call(c, &request, (Str){0}, &a) ? pause_answer(c, &a) : a.exit;
    buf_free(&request);
    return status;
}
