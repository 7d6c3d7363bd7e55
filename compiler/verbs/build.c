/* Owns: `gatec build`. Must not know: what bytecode is made of. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#include "vm/os/os.h"

/* release.gate becomes release.gbc beside it. */
static void beside(const char *path, Buf *out)
{
    size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".gate") == 0)
        n -= 5;
    buf_put(out, path, n);
    buf_puts(out, ".gbc");
}

static int write_program(const char *path, Compilation *c)
{
    Buf bytes = {0}, why = {0};
    int status = EXIT_DONE;
    GateStatus s = prog_write(c->program, &bytes);
    if (s != GATE_OK)
        status = failed(EXIT_FAILED, "the program is larger than gate accepts");
    else if (strcmp(path, "-") == 0)
        status = say_result(&bytes);
    else if (os_write_file(path, buf_view(&bytes), 0644, &why) != GATE_OK)
        status = failed(EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&bytes);
    buf_free(&why);
    return status;
}

typedef struct Options {
    const char *file;
    char *target;
    Policies policies;
} Options;

static int parse(int argc, char **argv, Options *o)
{
    int status = 0;
    for (int i = 0; i < argc && status == 0; i++) {
        if (opt_value(argc, argv, &i, "-o", &o->target)) {
            if (o->target == NULL)
                return usage("build", "-o takes the name of a file");
        } else if (policies_option(&o->policies, argc, argv, &i, &status)) {
            continue;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("build", "there is no option %s", argv[i]);
        } else if (o->file != NULL) {
            return usage("build", "one file at a time");
        } else {
            o->file = argv[i];
        }
    }
    if (status == 0 && o->file == NULL)
        return usage("build", "which file?");
    if (status == 0 && o->target == NULL && strcmp(o->file, "-") == 0)
        return usage("build", "standard input needs -o OUT.gbc");
    return status;
}

static int build(Options *o)
{
    CompileOptions with = {.flags = COMPILE_EMIT};
    Compilation c = {0};
    Buf name = {0}, text = {0};
    int status = policies_use(&o->policies, &with, "no plan was built");
    if (status == 0)
        status = slurp(o->file, &text);
    if (status == 0)
        status = load_with(o->file, &text, &with, &c);
    if (status == 0) {
        beside(o->file, &name);
        say_diagnostics(&c.diags, o->file);
        status = c.program == NULL ? EXIT_FAILED
                                   : write_program(o->target != NULL ? o->target : buf_z(&name), &c);
    }
    compile_free(&c);
    buf_free(&name);
    buf_free(&text);
    return status;
}

int verb_build(int argc, char **argv)
{
    Options o = {0};
    if (!policies_room(&o.policies, "build", argc))
        return EXIT_ENVIRONMENT;
    int status = parse(argc, argv, &o);
    if (status == 0)
        status = build(&o);
    policies_free(&o.policies);
    return status;
}
