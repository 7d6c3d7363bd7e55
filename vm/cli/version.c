/* Owns: `gate version`. Must not know: state. */
#include "vm/cli/cli.h"

int verb_version(Cli *c)
{
    if (c->json)
        puts("{\"version\":\"" GATE_VERSION "\"}");
    else
        puts("gate " GATE_VERSION);
    return EXIT_DONE;
}
