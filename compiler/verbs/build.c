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

int verb_build(int argc, char **argv)
{
    const char *file = NULL;
    char *target = NULL;
    for (int i = 0; i < argc; i++) {
        if (opt_value(argc, argv, &i, "-o", &target)) {
            if (target == NULL)
                return usage("build", "-o takes the name of a file");
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("build", "there is no option %s", argv[i]);
        } else if (file != NULL) {
            return usage("build", "one file at a time");
        } else {
            file = argv[i];
        }
    }
    if (file == NULL)
        return usage("build", "which file?");
    if (target == NULL && strcmp(file, "-") == 0)
        return usage("build", "standard input needs -o OUT.gbc");
    Compilation c;
    int status = load(file, COMPILE_EMIT, &c);
    if (status == 0) {
        Buf name = {0};
        beside(file, &name);
        say_diagnostics(&c.diags, file);
        status = c.program == NULL ? EXIT_FAILED
                                   : write_program(target != NULL ? target : buf_z(&name), &c);
        buf_free(&name);
    }
    compile_free(&c);
    return status;
}
