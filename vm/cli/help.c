/* Owns: `gate help`: pages made from verbs.def. Must not know: what verbs do. */
#include "vm/cli/cli.h"

#include <string.h>

void help_all(FILE *to)
{
    fputs("gate runs plans and stops where a person must say yes.\n"
          "usage: gate VERB [words] [--option value]...\n"
          "\n"
          "the way of a plan:\n"
          "  gatec check PLAN.gate    proves what can be proved before anything runs\n"
          "  gate run PLAN.gate       runs it up to a gate, shows what is staged, and stops\n"
          "  gate inbox               what waits for a yes, and of whom\n"
          "  gate show RUN PHASE      exactly what would happen, and its digest\n"
          "  gate approve RUN PHASE   yes to that; the run goes on\n"
          "\n"
          "verbs:\n", to);
    for (const CliVerb *v = cli_verbs; v->name != NULL; v++)
        fprintf(to, "  %-9s %s\n", v->name, v->sentence);
    fputs("\nanywhere:\n", to);
    for (const CliOption *o = cli_options; o->name != NULL; o++) {
        if (o->verb[0] == '\0')
            fprintf(to, "  --%-10s %-5s %s\n", o->name, o->value ? o->value : "",
                    o->help);
    }
    fputs("\nRUN is a run's name or the beginning of its id; PHASE is its name in the "
          "plan.\nExit status: 0 done, 1 failed or cancelled, 2 usage, 3 cannot tell, 4 "
          "refused,\n5 environment, 10 waiting for a person, 11 waiting for time, 12 "
          "rejected.\n"
          "`gate help VERB` says more. Plans are written and checked with `gatec`.\n",
          to);
}

static void help_page(FILE *to, const CliVerb *verb)
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

static void put_text(Buf *b, const char *key, const char *text)
{
    buf_printf(b, ",\"%s\":", key);
    json_put_text(b, str_of(text));
}

/* The options of a verb; "": those that stand anywhere. */
static void put_options(Buf *b, const char *verb)
{
    bool first = true;
    buf_puts(b, ",\"options\":[");
    for (const CliOption *o = cli_options; o->name != NULL; o++) {
        if (strcmp(o->verb, verb) != 0)
            continue;
        buf_printf(b, "%s{\"name\":\"--%s\"", first ? "" : ",", o->name);
        if (o->value != NULL)
            put_text(b, "value", o->value);
        put_text(b, "help", o->help);
        buf_putc(b, '}');
        first = false;
    }
    buf_putc(b, ']');
}

static void help_json(const CliVerb *only) /* NULL: all verbs */
{
    Buf b = {0};
    bool first = true;
    buf_puts(&b, "{\"verbs\":[");
    for (const CliVerb *v = cli_verbs; v->name != NULL; v++) {
        if (only != NULL && v != only)
            continue;
        buf_printf(&b, "%s{\"name\":\"%s\"", first ? "" : ",", v->name);
        put_text(&b, "words", v->words);
        put_text(&b, "sentence", v->sentence);
        put_text(&b, "page", v->page);
        put_options(&b, v->name);
        buf_putc(&b, '}');
        first = false;
    }
    buf_putc(&b, ']');
    put_options(&b, "");
    buf_putc(&b, '}');
    puts(buf_z(&b));
    buf_free(&b);
}

static void print(const Cli *c, const CliVerb *verb)
{
    if (c->json)
        help_json(verb);
    else if (verb == NULL)
        help_all(stdout);
    else
        help_page(stdout, verb);
}

static const char *name_at(int i)
{
    return cli_verbs[i].name;
}

int verb_help(Cli *c)
{
    if (c->help || c->n_words == 0) {
        print(c, c->help ? c->verb : NULL);
        return EXIT_DONE;
    }
    const CliVerb *v = cli_find_verb(c->words[0]);
    if (v == NULL) {
        const char *near = cli_nearest(c->words[0], name_at);
        if (near != NULL)
            return cli_fail(c, EXIT_USAGE, "there is no verb \"%s\"; did you mean "
                            "`gate help %s`?", c->words[0], near);
        return cli_fail(c, EXIT_USAGE, "there is no verb \"%s\"; `gate help` lists them",
                        c->words[0]);
    }
    print(c, v);
    return EXIT_DONE;
}
