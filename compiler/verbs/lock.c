/* Owns: `gatec lock`. Must not know: what is compared with a lock. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/lock.h"
#include "vm/os/os.h"

/* A line of the lock in a folder. */
typedef struct Pin { const char *folder, *line; } Pin;
typedef struct Pins { Arena *arena; Pin *v; uint32_t n, cap; } Pins;

static void push(Pins *all, const char *folder, const char *line)
{
    all->v = arena_grow(all->arena, all->v, all->n, &all->cap, sizeof *all->v);
    all->v[all->n++] = (Pin){folder, line};
}

/* By folder; a folder's first line is its head, which is empty here. */
static int by_text(const void *a, const void *b)
{
    const Pin *x = a, *y = b;
    int d = strcmp(x->folder, y->folder);
    return d != 0 ? d : strcmp(x->line, y->line);
}

static const char *folder_of(const char *file, Arena *arena)
{
    const char *slash = strrchr(file, '/');
    return slash == NULL ? "" : arena_copy(arena, file, (size_t)(slash - file) + 1);
}

/* What a file uses. Its own lock is about to be written, so it is not asked. */
static int pin_file(const char *file, Pins *all)
{
    Buf text = {0};
    Compilation c = {0};
    CompileOptions o = {.flags = COMPILE_CHECK, .sem = {.ignore_lock = true}};
    int status = slurp(file, &text);
    if (status == 0)
        status = load_with(file, &text, &o, &c);
    if (status == 0) {
        const char *folder = folder_of(file, all->arena);
        say_diagnostics(&c.diags, file);
        if (c.diags.errors > 0)
            status = EXIT_FAILED;
        push(all, folder, "");
        for (uint32_t i = 0; i < c.sem->n_uses; i++) {
            Buf line = {0};
            lock_write(&c.sem->uses[i], &line);
            push(all, folder, arena_copy(all->arena, buf_z(&line), line.n));
            buf_free(&line);
        }
    }
    buf_free(&text);
    compile_free(&c);
    return status;
}

enum { NAMED = 8 }; /* a line that can be read; the rest stands in the file */

/* What a lock pins now, in one line on stderr: the file is the result. */
static void tell(const char *path, Str text)
{
    Buf out = {0};
    uint32_t n = 0;
    for (size_t start = 0, i = 0; i < text.n; i++) {
        SemUse use;
        if (text.p[i] != '\n')
            continue;
        if (lock_read((Str){text.p + start, i - start}, &use) && n++ < NAMED) {
            buf_printf(&out, "%s%s %.*s", n == 1 ? " " : ", ", use.pack ? "pack" : "file", STR_ARG(use.name));
            buf_printf(&out, use.pack ? " %.*s" : "%.*s", STR_ARG(use.version));
        }
        start = i + 1;
    }
    if (n > NAMED)
        buf_printf(&out, " and %u more", n - NAMED);
    fprintf(stderr, "%s pins%s\n", path, n == 0 ? " nothing: no pack and no file is used" : buf_z(&out));
    buf_free(&out);
}

/* All lines of one folder, from first. Returns the first of the next one. */
static size_t write_one(const Pins *all, size_t first, int *status)
{
    Buf path = {0}, text = {0}, why = {0};
    const char *last = "";
    size_t i = first;
    buf_printf(&path, "%s" LOCK_NAME, all->v[first].folder);
    buf_puts(&text, LOCK_HEAD "\n");
    for (; i < all->n && strcmp(all->v[i].folder, all->v[first].folder) == 0; i++) {
        if (strcmp(all->v[i].line, last) != 0)
            buf_puts(&text, all->v[i].line);
        last = all->v[i].line;
    }
    if (text.failed || os_write_file(buf_z(&path), buf_view(&text), 0644, &why) != GATE_OK)
        *status = failed(EXIT_ENVIRONMENT, "%s", text.failed ? "not enough memory" : buf_z(&why));
    else
        tell(buf_z(&path), buf_view(&text));
    buf_free(&path);
    buf_free(&text);
    buf_free(&why);
    return i;
}

typedef struct Locking { int n; char **files; Pins all; int status; } Locking;

/* Nothing is written unless every file is right: half a lock pins nothing. */
static void lock_all(void *ctx)
{
    Locking *l = ctx;
    Pins *all = &l->all;
    for (int i = 0; i < l->n; i++) {
        int s = pin_file(l->files[i], all);
        l->status = s > l->status ? s : l->status;
    }
    if (l->status != EXIT_DONE || all->n == 0)
        return;
    qsort(all->v, all->n, sizeof *all->v, by_text);
    for (size_t i = 0; i < all->n && l->status == EXIT_DONE;)
        i = write_one(all, i, &l->status);
}

int verb_lock(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0)
            return usage("lock", "a lock stands beside a file; standard input has no place");
        if (argv[i][0] == '-')
            return usage("lock", "there is no option %s", argv[i]);
    }
    if (argc == 0)
        return usage("lock", "which file?");
    Locking l = {.n = argc, .files = argv, .all = {.arena = arena_new(0)}};
    if (l.all.arena == NULL || !with_arena(l.all.arena, lock_all, &l))
        l.status = failed(EXIT_ENVIRONMENT, "not enough memory");
    arena_free(l.all.arena);
    return l.status;
}
