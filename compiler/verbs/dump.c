/* Owns: `gatec dump`: what the front end saw. Must not know: how it saw it. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#include "vm/os/limits.h"

enum { TOKENS = 1, AST, OPS };

typedef struct Printing { int what; Str text; Arena *arena; Buf *out; } Printing;

static void print(void *ctx)
{
    const Printing *p = ctx;
    if (p->what == TOKENS)
        syn_dump_tokens(p->text, p->arena, p->out);
    else
        syn_dump_tree(syn_parse(p->text, p->arena), p->out);
}

static int dump_text(int what, const char *file)
{
    Buf text = {0}, out = {0};
    int status = slurp(file, &text);
    if (status == 0) {
        Arena *arena = arena_new(0);
        Printing p = {what, buf_view(&text), arena, &out};
        if (arena != NULL && with_arena(arena, print, &p))
            status = say_result(&out);
        else
            status = failed(EXIT_ENVIRONMENT, "not enough memory");
        arena_free(arena);
    }
    buf_free(&text);
    buf_free(&out);
    return status;
}

/* What somebody hands on as compiled, whoever compiled it. The verdict is the
 * verifier's alone: what its tools do, `gate run` holds against its packs. */
static int dump_program(Str bytes, const char *file)
{
    Program *p = NULL;
    Buf out = {0}, why = {0};
    if (prog_read(bytes, &p, &why) != GATE_OK) {
        int status = failed(EXIT_FAILED, "%s: %s", file, buf_z(&why));
        buf_free(&why);
        return status;
    }
    GateStatus proved = prog_verify(p, &why);
    prog_dump(p, &out);
    int status = say_result(&out);
    if (proved == GATE_OK)
        fprintf(stderr, "%s: the verifier accepts it; what its tools do is tested by `gate run`\n", file);
    else if (status == 0)
        status = failed(EXIT_FAILED, "%s: the verifier refuses it: %s", file,
                        proved == GATE_E_MEMORY ? "not enough memory" : buf_z(&why));
    prog_free(p);
    buf_free(&out);
    buf_free(&why);
    return status;
}

static bool is_program(const Buf *bytes)
{
    static const char magic[] = {'G', 'A', 'T', 'E', 'P', 'R', 'O', 'G'};
    return bytes->n >= sizeof magic && memcmp(bytes->p, magic, sizeof magic) == 0;
}

static int dump_source(const char *file, Buf *take_text)
{
    Compilation c;
    Buf out = {0};
    int status = load_text(file, take_text, COMPILE_EMIT, &c);
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

static int dump_ops(const char *file)
{
    Buf bytes = {0};
    int status = slurp_most(file, LIM_PROGRAM_BYTES + 1, &bytes);
    if (status == 0)
        status = is_program(&bytes) ? dump_program(buf_view(&bytes), file)
                                    : dump_source(file, &bytes);
    buf_free(&bytes);
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
