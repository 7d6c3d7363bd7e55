/* Owns: how gatec reads files and speaks: stderr for messages, stdout for
 * results, the exit statuses of design.md section 2.
 * Must not know: what any verb does. */
#include "compiler/verbs/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

bool opt_value(int argc, char **argv, int *i, const char *name, char **value)
{
    size_t n = strlen(name);
    if (strncmp(argv[*i], name, n) != 0)
        return false;
    if (argv[*i][n] == '=') {
        *value = argv[*i] + n + 1;
        return true;
    }
    if (argv[*i][n] != '\0')
        return false;
    *value = *i + 1 < argc ? argv[++*i] : NULL;
    return true;
}

bool opt_start(const char *value, SemOptions *o)
{
    int64_t days;
    Str s = str_of(value == NULL ? "" : value);
    o->has_start = true;
    if (lit_date(s, &days)) {
        o->start_ms = days * INT64_C(86400000);
        o->start_zoneless = true;
        return true;
    }
    /* An instant names its zone behind the time, where a date has its dashes. */
    const char *time = memchr(s.p, 'T', s.n);
    o->start_zoneless = time != NULL && strpbrk(time, "Z+-") == NULL;
    return lit_instant(s, &o->start_ms);
}

int64_t this_minute(void)
{
    Os *os = os_real();
    return os->now_ms(os) / 60000 * 60000;
}

int usage(const char *verb, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "gatec%s%s: ", verb[0] == '\0' ? "" : " ", verb);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nTry: gatec%s%s --help\n", verb[0] == '\0' ? "" : " ", verb);
    return EXIT_USAGE;
}

int failed(int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("gatec: ", stderr);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return status;
}

static bool read_stdin(Buf *out, size_t most)
{
    char chunk[65536];
    size_t n;
    out->max = most;
    while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0 && !out->failed) {
        size_t room = out->max - out->n;
        buf_put(out, chunk, n < room ? n : room);
    }
    return ferror(stdin) == 0 && !out->failed;
}

int slurp(const char *path, Buf *out)
{
    /* A file is refused by its size; of what has none, one byte more than is
     * taken: the parser then says that it is too large. */
    return slurp_most(path, LIM_SOURCE_BYTES + (strcmp(path, "-") == 0), out);
}

int slurp_most(const char *path, size_t most, Buf *out)
{
    Buf why = {0};
    if (strcmp(path, "-") == 0)
        return read_stdin(out, most) ? 0 : failed(EXIT_ENVIRONMENT, "standard input cannot be read");
    GateStatus s = os_read_file(path, most, out, &why);
    if (s != GATE_OK)
        failed(EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&why);
    return s == GATE_OK ? 0 : EXIT_ENVIRONMENT;
}

static bool is_host_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    return strcmp(name, "host.gate") == 0 || strcmp(name, "tenant.gate") == 0;
}

CompileOptions options_for(const char *path, const CompileOptions *options)
{
    CompileOptions o = *options;
    const char *packs = getenv("GATE_PACKS");
    if (is_host_file(path))
        o.flags |= COMPILE_HOST_FILE;
    if (o.pack_path.n == 0 && packs != NULL)
        o.pack_path = str_of(packs);
    return o;
}

int load_with(const char *path, Buf *take_text, const CompileOptions *options, Compilation *out)
{
    Str name = strcmp(path, "-") == 0 ? STR("<stdin>") : str_of(path);
    CompileOptions o = options_for(path, options);
    return compile_with(name, take_text, &o, out) == GATE_OK
               ? 0 : failed(EXIT_ENVIRONMENT, "%s: not enough memory to compile it", path);
}

int load_text(const char *path, Buf *take_text, int flags, Compilation *out)
{
    return load_with(path, take_text, &(CompileOptions){.flags = flags}, out);
}

int load(const char *path, int flags, Compilation *out)
{
    Buf text = {0};
    *out = (Compilation){0};
    int status = slurp(path, &text);
    if (status == 0)
        status = load_text(path, &text, flags, out);
    buf_free(&text);
    return status;
}

bool with_arena(Arena *arena, void (*work)(void *ctx), void *ctx)
{
    jmp_buf full;
    if (setjmp(full) != 0) {
        arena_on_full(arena, NULL);
        return false;
    }
    arena_on_full(arena, &full);
    work(ctx);
    arena_on_full(arena, NULL);
    return true;
}

void *zeroed(int n, size_t size)
{
    void *p = mem_realloc(NULL, 0, ((size_t)n + 1) * size);
    if (p != NULL)
        memset(p, 0, ((size_t)n + 1) * size);
    return p;
}

void release(void *p, int n, size_t size)
{
    if (p != NULL)
        mem_realloc(p, ((size_t)n + 1) * size, 0);
}

static bool colour_wanted(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDERR_FILENO) && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

static void counted(Buf *out, uint32_t n, const char *one, bool *first)
{
    if (n == 0)
        return;
    buf_printf(out, "%s%u %s%s", *first ? "" : ", ", n, one, n == 1 ? "" : "s");
    *first = false;
}

static uint32_t files_of(const DiagList *l)
{
    uint32_t n = l->n > 0;
    for (uint32_t i = 1; i < l->n; i++)
        n += !str_eq(l->items[i].at.source->path, l->items[i - 1].at.source->path);
    return n;
}

void say_diagnostics(const DiagList *l, const char *file)
{
    Buf out = {0};
    uint32_t n[3] = {0};
    bool first = true;
    diag_print_text(l, colour_wanted(), &out);
    for (uint32_t i = 0; i < l->n; i++)
        n[l->items[i].severity]++;
    if (l->n > 0) {
        if (file != NULL)
            buf_printf(&out, "%s: ", file);
        counted(&out, n[DIAG_ERROR], "error", &first);
        counted(&out, n[DIAG_WARNING], "warning", &first);
        counted(&out, n[DIAG_NOTE], "note", &first);
        if (file == NULL)
            buf_printf(&out, " in %u file%s", files_of(l), files_of(l) == 1 ? "" : "s");
        buf_putc(&out, '\n');
    }
    fwrite(out.p == NULL ? "" : out.p, 1, out.n, stderr);
    buf_free(&out);
}

int say_result(Buf *out)
{
    bool ok = !out->failed && fwrite(out->p == NULL ? "" : out->p, 1, out->n, stdout) == out->n &&
              fflush(stdout) == 0;
    return ok ? EXIT_DONE : failed(EXIT_ENVIRONMENT, "the result cannot be written: %s",
                                   out->failed ? "not enough memory" : strerror(errno));
}
