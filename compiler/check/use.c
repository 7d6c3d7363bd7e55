/* Owns: `use`: packs by name, files by path.
 * Must not know: what is used for what. */
#include "compiler/check/check.h"

#include <string.h>

void chk_use_pack(Checker *c, File *f, SynRef use)
{
    SynRef at = chk_node(f, use)->a;
    if (at == 0)
        return;
    Str name = chk_text(f, at), best;
    if (chk_find(c, c->pack_scope, name) != NULL)
        return; /* the embedded packs are known without `use`, too */
    Str near = chk_near(c, c->pack_scope, name, DK(PACK), &best);
    Diag *d = chk_report(c, 1006, f, at, "there is no pack called `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "not in gate's library");
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', f, at, best, "use the near name");
    } else {
        diag_help(c->diags, d, "packs that are always there: file, http, shell, time");
    }
    chk_poison(c, f->scope, name);
}

/* The file that a `use` names, seen from the file that uses it. */
static Str beside(Checker *c, Str path, Str from)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return chk_printf(c, "%.*s%.*s", (int)n, path.p, STR_ARG(from));
}

/* A file stands inside the project: no way up, and no absolute path. */
static bool stays_inside(Str from)
{
    size_t start = 0;
    if (from.n == 0 || from.p[0] == '/' || memchr(from.p, '\0', from.n) != NULL)
        return false;
    for (size_t i = 0; i <= from.n; i++) {
        if (i < from.n && from.p[i] != '/')
            continue;
        if (i - start == 2 && memcmp(from.p + start, "..", 2) == 0)
            return false;
        start = i + 1;
    }
    return true;
}

static void cannot_use(Checker *c, File *f, SynRef use, uint16_t code, Str from,
                       const char *message, const char *label)
{
    const SynNode *n = chk_node(f, use);
    Diag *d = chk_report(c, code, f, n->c, "\"%.*s\" %s", STR_ARG(from), message);
    diag_label(c->diags, d, "%s", label);
    chk_poison(c, f->scope, chk_text(f, n->a));
}

static File *loaded(Checker *c, Str path)
{
    for (uint32_t i = 0; i < c->n_files; i++)
        if (c->files[i]->role != FR_STDLIB && str_eq(c->files[i]->sem.path, path))
            return c->files[i];
    return NULL;
}

static uint32_t depth(const Checker *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_files; i++)
        n += c->files[i]->loading;
    return n;
}

void chk_use_file(Checker *c, File *f, SynRef use)
{
    enum { USE_DEPTH = 16 }; /* files that use each other in a row */
    const SynNode *n = chk_node(f, use);
    if (n->a == 0 || chk_node(f, n->c)->kind != SYN_TEXT)
        return;
    Str from = syn_decode(f->tree, n->c, c->arena), text;
    if (!stays_inside(from)) {
        cannot_use(c, f, use, 1006, from, "lies outside this plan's folder",
                   "a path here stays below the plan's folder");
        return;
    }
    Str path = beside(c, f->sem.path, from);
    File *g = loaded(c, path);
    if (g != NULL && g->loading) {
        cannot_use(c, f, use, 1007, from, "and this file use each other",
                   "closes the circle");
        return;
    }
    if (depth(c) > USE_DEPTH) {
        cannot_use(c, f, use, 1007, from, "is used through too many files",
                   "more than 16 files in a row");
        return;
    }
    if (g == NULL) {
        if (c->options->read_file == NULL ||
            !c->options->read_file(c->options->read_ctx, path, &text, c->arena)) {
            cannot_use(c, f, use, 1006, from, "cannot be read",
                       "not found beside this file");
            return;
        }
        g = chk_add_file(c, path, text, FR_LIBRARY);
        chk_file_kind(c, g);
        chk_literals(c, g);
        chk_declare_all(c, g);
    }
    chk_declare(c, f->scope, DK_LIBRARY, g->scope, f, use, n->a);
}

bool chk_read_beside(Checker *c, File *f, SynRef text, Str *path, Str *bytes)
{
    if (text == 0 || chk_node(f, text)->kind != SYN_TEXT)
        return false;
    Str from = syn_decode(f->tree, text, c->arena);
    bool inside = stays_inside(from);
    *path = inside ? beside(c, f->sem.path, from) : from;
    if (inside && c->options->read_file != NULL &&
        c->options->read_file(c->options->read_ctx, *path, bytes, c->arena))
        return true;
    Diag *d = chk_report(c, 1006, f, text, "\"%.*s\" %s", STR_ARG(from),
                         inside ? "cannot be read" : "lies outside this plan's folder");
    diag_label(c->diags, d, "%s", inside ? "not found beside this file"
                                         : "a path here stays below the plan's folder");
    return false;
}
