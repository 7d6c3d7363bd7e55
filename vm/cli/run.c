/* Owns: `gate run`: the plan's bytes and the inputs. Must not know: how a run
 * advances. */
#include "vm/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/compile.h"

/* --- the program ---------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

static void print_diagnostics(const DiagList *diags)
{
    Buf b = {0};
    diag_print_json(diags, &b);
    fputs(buf_z(&b), stdout);
    if (b.n == 0 || b.p[b.n - 1] != '\n')
        putchar('\n');
    buf_free(&b);
}

/* Diagnostics read the same here as from `gatec check`. */
static int compile(Cli *c, const char *file, Buf *bytes)
{
    Compilation comp = {0};
    Buf why = {0}, text = {0};
    int status = EXIT_DONE;
    const char *packs = getenv("GATE_PACKS"); /* as gatec does */
    CompileOptions o = {.flags = COMPILE_EMIT, .pack_path = packs == NULL ? (Str){"", 0} : str_of(packs)};
    GateStatus st = compile_file_with(file, &o, &comp, &why);
    if (st != GATE_OK) {
        status = cli_fail(c, EXIT_ENVIRONMENT, "%s",
                          why.n > 0 ? buf_z(&why) : "there is not enough memory");
    } else {
        diag_sort(&comp.diags);
        diag_print_text(&comp.diags, c->colour && isatty(STDERR_FILENO), &text);
        fputs(buf_z(&text), stderr);
        if (comp.program == NULL) {
            status = EXIT_FAILED;
            if (c->json)
                print_diagnostics(&comp.diags);
        } else if (prog_write(comp.program, bytes) != GATE_OK) {
            status = cli_fail(c, EXIT_ENVIRONMENT, "there is not enough memory");
        }
        prog_free(comp.program);
        comp.program = NULL;
    }
    compile_free(&comp);
    buf_free(&why);
    buf_free(&text);
    return status;
}

static int load(Cli *c, const char *file, Buf *bytes)
{
    if (!ends_with(file, ".gbc"))
        return compile(c, file, bytes);
    Buf why = {0};
    GateStatus st = os_read_file(file, LIM_PROGRAM_BYTES, bytes, &why);
    int status = EXIT_DONE;
    if (st != GATE_OK)
        status = cli_fail(c, EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&why);
    return status;
}

/* The plan's folder, absolute and without links: grants are measured from it. */
static char *folder_of(const char *file)
{
    Buf dir = {0};
    const char *slash = strrchr(file, '/');
    if (slash == NULL)
        buf_putc(&dir, '.');
    else
        buf_put(&dir, file, slash == file ? 1 : (size_t)(slash - file));
    char *real = realpath(buf_z(&dir), NULL);
    buf_free(&dir);
    return real;
}

/* --- inputs --------------------------------------------------------------------- */

static const Program *read_program(const Cli *c, const Buf *bytes, Program **out)
{
    Buf why = {0};
    if (prog_read(buf_view(bytes), out, &why) != GATE_OK)
        cli_fail(c, EXIT_FAILED, "this is no program that can run: %s", buf_z(&why));
    buf_free(&why);
    return *out;
}

static const Json *read_inputs(Cli *c, const char *file, int *status)
{
    Buf bytes = {0}, why = {0};
    const Json *j = NULL;
    if (os_read_file(file, LIM_REQUEST_BYTES, &bytes, &why) != GATE_OK) {
        *status = cli_fail(c, EXIT_ENVIRONMENT, "%s", why.n > 0 ? buf_z(&why)
                                                      : "there is not enough memory");
    } else {
        j = json_parse(arena_str(c->arena, buf_view(&bytes)), c->arena, &why);
        if (j != NULL && j->kind != J_OBJECT)
            buf_puts(&why, "inputs are one JSON object: {\"name\": value}");
        if (j == NULL || j->kind != J_OBJECT)
            *status = cli_fail(c, EXIT_USAGE, "%s: %s", file, buf_z(&why));
    }
    buf_free(&bytes);
    buf_free(&why);
    return j;
}

/* What somebody who wrote a,b for a list meant, in the quotes of a shell. */
static void list_hint(const Program *p, Str name, uint32_t type, const char *text, Buf *out)
{
    const ProgType *elem = &p->types[p->types[type].elem];
    bool quoted = elem->kind != TK_NUMBER && elem->kind != TK_BOOL && elem->kind != TK_LIST;
    buf_printf(out, "it is a list; write '%.*s=[", STR_ARG(name));
    for (const char *at = text;; at++) {
        size_t n = strcspn(at, ",");
        if (quoted)
            json_put_text(out, (Str){at, n});
        else
            buf_put(out, at, n);
        at += n;
        if (*at == '\0')
            break;
        buf_putc(out, ',');
    }
    buf_puts(out, "]'");
}

/* NAME=TEXT by its type in the plan, as JSON behind `"name":`. */
static bool put_input(Cli *c, const Program *p, const char *given, Buf *out)
{
    const char *equals = strchr(given, '=');
    if (equals == NULL || equals == given) {
        cli_fail(c, EXIT_USAGE, "--input is NAME=VALUE; \"%s\" has no %s", given,
                 equals == NULL ? "= in it" : "name");
        return false;
    }
    Str name = {given, (size_t)(equals - given)};
    uint32_t index = prog_find_input(p, name);
    if (index == PROG_NONE) {
        Buf known = {0};
        for (uint32_t i = 0; i < p->n_inputs; i++)
            buf_printf(&known, "%s%.*s", i == 0 ? "" : ", ",
                       STR_ARG(prog_str(p, p->inputs[i].name)));
        cli_fail(c, EXIT_USAGE, "the plan has no input \"%.*s\"; %s%s", STR_ARG(name),
                 known.n > 0 ? "it has " : "it has none", buf_z(&known));
        buf_free(&known);
        return false;
    }
    Value v;
    Buf why = {0};
    uint32_t type = p->inputs[index].type;
    bool ok = text_to_value(str_of(equals + 1), p, type, c->arena, &v, &why);
    if (!ok && p->types[type].kind == TK_LIST && equals[1] != '[') {
        buf_clear(&why);
        list_hint(p, name, type, equals + 1, &why);
    }
    if (!ok)
        cli_fail(c, EXIT_USAGE, "--input %.*s: %s", STR_ARG(name), buf_z(&why));
    json_put_text(out, name);
    buf_putc(out, ':');
    if (ok)
        json_put_value(out, p, type, v);
    buf_free(&why);
    return ok;
}

/* How often --input names it. */
static int times_given(const Cli *c, Str name)
{
    int n = 0;
    for (int i = 0; i < c->n_options; i++) {
        const char *v = c->options[i].value;
        n += strcmp(c->options[i].option->name, "input") == 0 &&
             strncmp(v, name.p, name.n) == 0 && v[name.n] == '=';
    }
    return n;
}

static bool given_once(const Cli *c, const char *given)
{
    size_t n = strcspn(given, "=");
    if (given[n] == '\0' || times_given(c, (Str){given, n}) == 1)
        return true;
    cli_fail(c, EXIT_USAGE, "--input says %.*s more than once", (int)n, given);
    return false;
}

/* --input wins over --inputs. */
static int put_inputs(Cli *c, const Program *p, Buf *out)
{
    const char *file = cli_option(c, "inputs");
    bool ok = true, first = true;
    int status = EXIT_DONE;
    const Json *base = file == NULL ? NULL : read_inputs(c, file, &status);
    if (status != EXIT_DONE)
        return status;
    buf_putc(out, '{');
    for (const Json *m = base != NULL ? base->child : NULL; m != NULL; m = m->next) {
        if (times_given(c, m->key) > 0)
            continue;
        if (!first)
            buf_putc(out, ',');
        first = false;
        json_put_text(out, m->key);
        buf_putc(out, ':');
        svc_put_json(out, m);
    }
    for (int i = 0; ok && i < c->n_options; i++) {
        const char *v = c->options[i].value;
        if (strcmp(c->options[i].option->name, "input") != 0)
            continue;
        if (!first)
            buf_putc(out, ',');
        first = false;
        ok = given_once(c, v) && put_input(c, p, v, out);
    }
    buf_putc(out, '}');
    return ok ? EXIT_DONE : EXIT_USAGE;
}

/* --- the verb ------------------------------------------------------------------- */

static int start(Cli *c, const char *file, const char *dir, const Buf *bytes)
{
    Program *p = NULL;
    Buf request = {0}, inputs = {0};
    int status = EXIT_FAILED;
    if (read_program(c, bytes, &p) != NULL) {
        status = put_inputs(c, p, &inputs);
        if (status == EXIT_DONE) {
            cli_request(&request, "run");
            cli_member(&request, "dir", dir);
            cli_member(&request, "file", file);
            cli_member(&request, "name", cli_option(c, "name"));
            buf_puts(&request, ",\"inputs\":");
            buf_str(&request, buf_view(&inputs));
            status = pause_call(c, &request, buf_view(bytes));
        }
    }
    prog_free(p);
    buf_free(&request);
    buf_free(&inputs);
    return status;
}

int verb_run(Cli *c)
{
    Buf bytes = {0};
    const char *file = c->words[0];
    int status = load(c, file, &bytes);
    char *dir = status == EXIT_DONE ? folder_of(file) : NULL;
    if (status == EXIT_DONE && dir == NULL) {
        status = cli_fail(c, EXIT_ENVIRONMENT, "cannot tell in which folder %s lies", file);
    } else if (status == EXIT_DONE) {
        status = start(c, file, dir, &bytes);
    }
    free(dir);
    buf_free(&bytes);
    return status;
}
