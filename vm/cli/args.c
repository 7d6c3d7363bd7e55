/* Owns: the command line: words, options, and what was probably meant. Must
 * not know: what a verb does with them. */
#include "vm/cli/cli.h"

#include <stdarg.h>
#include <string.h>

const CliVerb *cli_find_verb(const char *name)
{
    for (const CliVerb *v = cli_verbs; v->name != NULL; v++) {
        if (strcmp(v->name, name) == 0)
            return v;
    }
    return NULL;
}

const char *cli_nearest(const char *word, const char *(*candidate)(int i))
{
    const char *found = NULL;
    unsigned best = strlen(word) <= 3 ? 2 : 3; /* fewer slips than this */
    for (int i = 0; candidate(i) != NULL; i++) {
        unsigned d = str_distance(str_of(word), str_of(candidate(i)));
        if (d < best) {
            best = d;
            found = candidate(i);
        }
    }
    return found;
}

static const char *verb_name(int i)
{
    return cli_verbs[i].name;
}

static const char *option_name(int i)
{
    return cli_options[i].name;
}

static bool applies(const CliOption *o, const CliVerb *verb)
{
    return o->verb[0] == '\0' || (verb != NULL && strcmp(o->verb, verb->name) == 0);
}

static const CliOption *find_option(const CliVerb *verb, const char *name, size_t n)
{
    for (const CliOption *o = cli_options; o->name != NULL; o++) {
        if (applies(o, verb) && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
            return o;
    }
    return NULL;
}

static bool wrong(FILE *err, Cli *c, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool wrong(FILE *err, Cli *c, const char *fmt, ...)
{
    Buf safe = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&c->mistake, fmt, ap);
    va_end(ap);
    text_visible(&safe, buf_view(&c->mistake), true);
    fprintf(err, "gate: %s", buf_z(&safe));
    buf_free(&safe);
    if (c->verb != NULL)
        fprintf(err, "\nusage: gate %s%s%s   (`gate help %s` says more)\n",
                c->verb->name, c->verb->words[0] ? " " : "", c->verb->words,
                c->verb->name);
    else
        fputs("\nusage: gate VERB ...   (`gate help` lists the verbs)\n", err);
    return false;
}

static bool unknown_option(FILE *err, Cli *c, const char *name, size_t n)
{
    Buf word = {0};
    buf_put(&word, name, n);
    const char *near = cli_nearest(buf_z(&word), option_name);
    const CliOption *o = near == NULL ? NULL
                                      : find_option(c->verb, near, strlen(near));
    if (o != NULL)
        wrong(err, c, "there is no option --%s; did you mean --%s?", buf_z(&word),
              o->name);
    else if (c->verb == NULL)
        wrong(err, c, "there is no option --%s in front of a verb", buf_z(&word));
    else
        wrong(err, c, "`gate %s` has no option --%s", c->verb->name, buf_z(&word));
    buf_free(&word);
    return false;
}

static void keep_option(Cli *c, const CliOption *o, const char *value)
{
    c->options[c->n_options++] = (CliGiven){o, value};
    c->json = c->json || strcmp(o->name, "json") == 0;
    c->help = c->help || strcmp(o->name, "help") == 0;
    c->version = c->version || strcmp(o->name, "version") == 0;
    if (strcmp(o->name, "tenant") == 0)
        c->tenant = value;
}

/* --name, --name=value, --name value. *at stands on the option. */
static bool take_option(Cli *c, int argc, const char *const *argv, int *at, FILE *err)
{
    const char *arg = argv[*at] + 2;
    const char *equals = strchr(arg, '=');
    size_t n = equals == NULL ? strlen(arg) : (size_t)(equals - arg);
    const CliOption *o = find_option(c->verb, arg, n);
    if (o == NULL)
        return unknown_option(err, c, arg, n);
    if (o->value == NULL) {
        if (equals != NULL)
            return wrong(err, c, "--%s takes no value", o->name);
        keep_option(c, o, "");
        return true;
    }
    if (equals == NULL && *at + 1 == argc)
        return wrong(err, c, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    const char *value = equals != NULL ? equals + 1 : argv[++*at];
    if (strcmp(o->name, "state") == 0 && value[0] == '\0')
        return wrong(err, c, "--state is empty; it names a folder: --state DIR");
    keep_option(c, o, value);
    return true;
}

static bool take_word(Cli *c, const char *word, FILE *err)
{
    if (c->verb != NULL) {
        c->words[c->n_words++] = word;
        return true;
    }
    c->verb = cli_find_verb(word);
    if (c->verb != NULL)
        return true;
    const char *near = cli_nearest(word, verb_name);
    if (near != NULL)
        return wrong(err, c, "there is no verb \"%s\"; did you mean `gate %s`?", word,
                     near);
    return wrong(err, c, "there is no verb \"%s\"", word);
}

static bool count_words(Cli *c, FILE *err)
{
    if (c->help || c->version || c->verb == NULL)
        return true;
    if (c->n_words < c->verb->least)
        return wrong(err, c, "`gate %s` needs %s", c->verb->name, c->verb->words);
    if (c->n_words > c->verb->most)
        return wrong(err, c, "`gate %s` does not know what to do with \"%s\"",
                     c->verb->name, c->words[c->verb->most]);
    return true;
}

bool cli_parse(Cli *c, int argc, const char *const *argv, FILE *err)
{
    c->cap = argc;
    c->called = argc > 0 ? argv[0] : "gate";
    c->tenant = "default";
    c->words = mem_realloc(NULL, 0, (size_t)argc * sizeof *c->words);
    c->options = mem_realloc(NULL, 0, (size_t)argc * sizeof *c->options);
    if (c->words == NULL || c->options == NULL)
        return wrong(err, c, "there is not enough memory");
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool ok;
        if (!only_words && strcmp(arg, "--") == 0) {
            only_words = true;
            continue;
        }
        if (only_words || arg[0] != '-' || arg[1] == '\0')
            ok = take_word(c, arg, err);
        else if (arg[1] == '-')
            ok = take_option(c, argc, argv, &i, err);
        else if (strcmp(arg, "-h") == 0)
            ok = c->help = true;
        else
            ok = wrong(err, c, "there is no option %s; options begin with two dashes",
                       arg);
        if (!ok)
            return false;
    }
    return count_words(c, err);
}

void cli_drop(Cli *c)
{
    mem_realloc(c->words, (size_t)c->cap * sizeof *c->words, 0);
    mem_realloc(c->options, (size_t)c->cap * sizeof *c->options, 0);
    buf_free(&c->state_dir);
    buf_free(&c->mistake);
    arena_free(c->arena);
}

const char *cli_option(const Cli *c, const char *name)
{
    const char *value = NULL;
    for (int i = 0; i < c->n_options; i++) {
        if (strcmp(c->options[i].option->name, name) == 0)
            value = c->options[i].value;
    }
    return value;
}
