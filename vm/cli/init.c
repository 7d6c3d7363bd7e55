/* Owns: `gate init`. Must not know: what host.gate says. */
#include "vm/cli/cli.h"

int verb_init(Cli *c)
{
    Buf why = {0};
    const char *profile = cli_option(c, "profile");
    if (profile == NULL)
        profile = "solo";
    if (!cli_state(c))
        return EXIT_ENVIRONMENT;
    const char *dir = buf_z(&c->state_dir);
    GateStatus st = svc_init(dir, profile, &why);
    int status = st == GATE_OK           ? EXIT_DONE
                 : st == GATE_E_NOTFOUND ? EXIT_USAGE
                 : st == GATE_E_BUSY     ? EXIT_REFUSED
                                         : EXIT_ENVIRONMENT;
    if (st != GATE_OK) {
        cli_fail(c, status, "%s", buf_z(&why));
    } else if (c->json) {
        Buf b = {0};
        buf_puts(&b, "{\"state\":");
        json_put_text(&b, str_of(dir));
        buf_puts(&b, ",\"profile\":");
        json_put_text(&b, str_of(profile));
        buf_puts(&b, ",\"made\":true}");
        puts(buf_z(&b));
        buf_free(&b);
    } else {
        printf("made %s with the %s profile; %s/host.gate says who may decide and what "
               "plans may do: read it%s\n", dir, profile, dir,
               profile[0] == 't' ? ", and write in your people and grants" : "");
    }
    buf_free(&why);
    return status;
}
