/* Owns: the program gatec: from the command line to a verb.
 * Must not know: what a verb does (verb_*.c). */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#include "vm/os/os.h"

/* Commands of the design that this version does not have. */
static const char *const later[] = {"test", "lsp"};

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int unknown(const char *name)
{
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(name, later[i]) == 0)
            return usage("", "%s is not in this version yet", name);
    const char *near = nearest_verb(name);
    if (near != NULL)
        return usage("", "there is no command %s; did you mean %s?", name, near);
    return usage("", "there is no command %s", name);
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return usage("", "which command?");
    char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return verb_help(argc - 2, argv + 2);
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        return verb_version(0, NULL);
    for (const Verb *v = verbs; v->name != NULL; v++) {
        if (strcmp(name, v->name) != 0)
            continue;
        if (wants_help(argc - 2, argv + 2))
            return verb_help(1, &name);
        return v->run(argc - 2, argv + 2);
    }
    return unknown(name);
}

/* A result that did not reach its reader is not a result. Verbs that have said
 * so already say it once. */
int main(int argc, char **argv)
{
    if (!os_open_std())
        return EXIT_ENVIRONMENT;
    Buf why = {0};
    int status = run(argc, argv);
    if (!os_close_stdout(&why) && status != EXIT_ENVIRONMENT)
        status = failed(EXIT_ENVIRONMENT, "the result cannot be written%s", buf_z(&why));
    buf_free(&why);
    return status;
}
