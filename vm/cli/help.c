/* Owns: `gate help`: pages made from verbs.def. Must not know: what verbs do. */
#include "vm/cli/cli.h"

#include <string.h>

void help_all(FILE *to)
{
    fputs("gate runs plans and stops where a person must say yes.\n"
          "usage: gate VERB [words] [--option value]...\n\n", to);
    for (const CliVerb *v = cli_verbs; v->name != NULL; v++)
        fprintf(to, "  %-9s %s\n", v->name, v->sentence);
    fputs("\nanywhere:\n", to);
    for (const CliOption *o = cli_options; o->name != NULL; o++) {
        if (o->verb[0] == '\0')
            fprintf(to, "  --%-10s %-5s %s\n", o->name, o->value ? o->value : "",
                    o->help);
    }
    fputs("\nRUN is a run's name or the beginning of its id; PHASE is its name in the "
          "plan.\nExit status: 0 done, 1 failed, 2 usage, 3 cannot tell, 4 refused, 5 "
          "environment,\n10 waiting for a person, 11 waiting for time, 12 rejected.\n"
          "`gate help VERB` says more. Plans are written and checked with `gatec`.\n",
          to);
}

void help_page(FILE *to, const CliVerb *verb)
{
    bool any = false;
    fprintf(to, "usage: gate %s%s%s\n%s\n", verb->name, verb->words[0] ? " " : "",
            verb->words, verb->sentence);
    if (verb->page[0] != '\0')
        fprintf(to, "\n%s", verb->page);
    for (const CliOption *o = cli_options; o->name != NULL; o++) {
        if (strcmp(o->verb, verb->name) != 0)
            continue;
        if (!any)
            fputs("\noptions:\n", to);
        any = true;
        fprintf(to, "  --%s%s%s\n      %s\n", o->name, o->value ? " " : "",
                o->value ? o->value : "", o->help);
    }
    fputs("\n--state DIR, --tenant NAME and --json stand anywhere.\n", to);
}

static const char *name_at(int i)
{
    return cli_verbs[i].name;
}

int verb_help(Cli *c)
{
    if (c->n_words == 0) {
        help_all(stdout);
        return EXIT_DONE;
    }
    const CliVerb *v = cli_find_verb(c->words[0]);
    if (v == NULL) {
        const char *near = cli_nearest(c->words[0], name_at);
        if (near != NULL)
            cli_error("there is no verb \"%s\"; did you mean `gate help %s`?",
                      c->words[0], near);
        else
            cli_error("there is no verb \"%s\"; `gate help` lists them", c->words[0]);
        return EXIT_USAGE;
    }
    help_page(stdout, v);
    return EXIT_DONE;
}
