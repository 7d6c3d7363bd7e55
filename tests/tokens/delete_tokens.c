/* Deletes every token of every given file, one at a time, and asks what is said
 * about the rest: at least one error and at most five, the first within three
 * lines of the wound, unless the shorter text is still right; those places
 * stand in a list, one a line: FILE:LINE:COLUMN TOKEN.
 *
 * usage: delete_tokens LIST FILE...   prints TAP
 *        delete_tokens -u FILE...     prints a fresh list */
#include "compiler/compile.h"
#include "grammar/parser.h"
#include "vm/os/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_MOST = 5, LINES_MOST = 3 };

typedef struct Found {
    uint32_t errors;
    uint32_t line; /* of the first */
} Found;

/* The one place that says what "checking" is. A host pack is the machine's own
 * (`native` is an error elsewhere), so of it only the form is looked at. */
static Found look(const char *path, Str text)
{
    Found f = {0, 0};
    uint32_t column;
    if (strncmp(path, "stdlib/", 7) == 0) {
        Arena *arena = arena_new(0);
        SynTree *t = syn_parse(text, arena);
        f.errors = t->n_errors;
        if (f.errors > 0)
            syn_place(t, t->errors[0].start, &f.line, &column);
        arena_free(arena);
        return f;
    }
    Compilation c;
    if (compile_source(str_of(path), text, COMPILE_CHECK, &c) != GATE_OK) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    f.errors = c.diags.errors;
    for (uint32_t i = 0; i < c.diags.n && f.line == 0; i++) {
        const Diag *d = &c.diags.items[i];
        if (d->severity == DIAG_ERROR)
            syn_place(d->at.source->tree, d->at.start, &f.line, &column);
    }
    compile_free(&c);
    return f;
}

static Buf read_all(const char *path)
{
    Buf b = {0}, why = {0};
    if (os_read_file(path, LIM_SOURCE_BYTES, &b, &why) != GATE_OK) {
        fprintf(stderr, "%s\n", buf_z(&why));
        exit(2);
    }
    return b;
}

/* Is "place\n" a line of the list? */
static bool listed(const char *list, const char *place)
{
    size_t n = strlen(place);
    for (const char *p = list; (p = strstr(p, place)) != NULL; p += n)
        if ((p == list || p[-1] == '\n') && p[n] == '\n')
            return true;
    return false;
}

static bool try_token(const char *path, const SynTree *whole, SynToken t,
                      const char *list, bool update)
{
    uint32_t line, column;
    syn_place(whole, t.start, &line, &column);
    char place[512];
    const char *text = whole->source.p + t.start;
    int n = 0;
    while (t.start + (uint32_t)n < t.end && n < 40 && text[n] != '\n')
        n++;
    snprintf(place, sizeof place, "%s:%u:%u %.*s", path, line, column, n, text);

    Buf cut = {0};
    buf_put(&cut, whole->source.p, t.start);
    buf_put(&cut, whole->source.p + t.end, whole->source.n - t.end);
    Found f = look(path, buf_view(&cut));
    buf_free(&cut);

    if (update) {
        if (f.errors == 0)
            puts(place);
        return true;
    }
    uint32_t away = f.line > line ? f.line - line : line - f.line;
    bool right = listed(list, place)
                     ? f.errors == 0
                     : f.errors >= 1 && f.errors <= ERRORS_MOST &&
                           away <= LINES_MOST;
    if (!right)
        printf("# %s: %u errors, the first at line %u\n", place, f.errors,
               f.line);
    return right;
}

static void try_file(const char *path, const char *list, bool update, int number)
{
    Buf text = read_all(path);
    Arena *arena = arena_new(0);
    SynTree *whole = syn_parse(buf_view(&text), arena);
    Lexer *lx = ARENA_NEW(arena, Lexer, 1);
    lex_init(lx, whole);
    uint32_t tokens = 0, wrong = look(path, buf_view(&text)).errors;
    for (SynToken t; (t = lex_next(lx)).kind != 0; tokens++)
        if (!try_token(path, whole, t, list, update))
            wrong++;
    if (!update)
        printf("%s %d - %s, each of its %u tokens deleted once\n",
               wrong == 0 && tokens > 0 ? "ok" : "not ok", number, path, tokens);
    arena_free(arena);
    buf_free(&text);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: delete_tokens LIST|-u FILE...\n", stderr);
        return 2;
    }
    bool update = strcmp(argv[1], "-u") == 0;
    Buf list = {0};
    if (!update)
        list = read_all(argv[1]);
    for (int i = 2; i < argc; i++)
        try_file(argv[i], buf_z(&list), update, i - 1);
    if (!update)
        printf("1..%d\n", argc - 2);
    buf_free(&list);
    return 0;
}
