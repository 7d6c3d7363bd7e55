/* Owns: `gatec dump`: what the front end saw. Must not know: how it saw it. */
#include "compiler/verbs.h"

#include <string.h>

enum { TOKENS = 1, AST, OPS };

/* Apart from dump_text(), so that nothing it holds is a local of the function
 * that an exhausted arena jumps back into. */
static bool print(int what, const Buf *text, Arena *arena, Buf *out)
{
    jmp_buf full;
    if (setjmp(full) != 0)
        return false;
    arena_on_full(arena, &full);
    if (what == TOKENS)
        syn_dump_tokens(buf_view(text), arena, out);
    else
        syn_dump_tree(syn_parse(buf_view(text), arena), out);
    return true;
}

static int dump_text(int what, const char *file)
{
    Buf text = {0}, out = {0};
    int status = slurp(file, &text);
    if (status == 0) {
        Arena *arena = arena_new(0);
        if (arena != NULL && print(what, &text, arena, &out))
            status = say_result(&out);
        else
            status = failed(EXIT_ENVIRONMENT, "not enough memory");
        arena_free(arena);
    }
    buf_free(&text);
    buf_free(&out);
    return status;
}

static int dump_ops(const char *file)
{
    Compilation c;
    Buf out = {0};
    int status = load(file, COMPILE_EMIT, &c);
    if (status == 0) {
        say_diagnostics(&c.diags, file);
        if (c.program == NULL) {
            status = EXIT_FAILED;
        } else {
            prog_dump(c.program, &out);
            status = say_result(&out);
        }
    }
    buf_free(&out);
    compile_free(&c);
    return status;
}

int verb_dump(int argc, char **argv)
{
    const char *file = NULL;
    int what = 0;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--tokens") == 0)
            what = TOKENS;
        else if (strcmp(argv[i], "--ast") == 0)
            what = AST;
        else if (strcmp(argv[i], "--ops") == 0)
            what = OPS;
        else if (argv[i][0] == '-' && argv[i][1] != '\0')
            return usage("dump", "there is no option %s", argv[i]);
        else if (file != NULL)
            return usage("dump", "one file at a time");
        else
            file = argv[i];
    }
    if (what == 0)
        return usage("dump", "what? One of --tokens, --ast, --ops");
    if (file == NULL)
        return usage("dump", "which file?");
    return what == OPS ? dump_ops(file) : dump_text(what, file);
}
