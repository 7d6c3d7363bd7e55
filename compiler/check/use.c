/* Owns: `use`: packs by name and version, files by path; who uses whom.
 * Must not know: what is used for what; what a connector says (connector.c);
 * what was used the last time (lock.c). */
#include "compiler/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/stdlib.h"

/* --- versions ---------------------------------------------------------------- */

/* MAJOR[.MINOR] as one number that compares: 1.10 is later than 1.9. */
uint32_t chk_version(Str s)
{
    uint32_t part[2] = {0}, i = 0;
    for (size_t at = 0; at < s.n; at++) {
        if (s.p[at] == '.' && i == 0)
            i = 1;
        else if (s.p[at] >= '0' && s.p[at] <= '9' && part[i] < 6553)
            part[i] = part[i] * 10 + (uint32_t)(s.p[at] - '0');
    }
    return part[0] << 16 | part[1];
}

Str chk_version_words(Checker *c, uint32_t version)
{
    return chk_printf(c, "%u.%u", version >> 16, version & 0xffff);
}

/* --- finding files ------------------------------------------------------------ */

/* The file that a `use` names, seen from the file that uses it. */
Str chk_beside(Checker *c, Str path, Str from)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return chk_printf(c, "%.*s%.*s", (int)n, path.p, STR_ARG(from));
}

/* A file stands inside the project: no way up, and no absolute path. */
bool chk_stays_inside(Str from)
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

static bool read_text(Checker *c, Str path, Str *text)
{
    const SemOptions *o = c->options;
    return o->read_file != NULL && o->read_file(o->read_ctx, path, text, c->arena);
}

static int by_bytes(const void *a, const void *b)
{
    const Str *x = a, *y = b;
    int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return d != 0 ? d : (x->n > y->n) - (x->n < y->n);
}

/* The .gate files of a folder, without the ending, and its folders, which a
 * pack may have as its own; sorted, so that the same names are near on every
 * machine. */
static uint32_t names_in(Checker *c, Str folder, Str **out)
{
    if (c->near_searches++ >= LIM_ERRORS_SHOWN)
        return 0; /* nobody reads so many, and each costs a look into the folder */

    static const char ending[] = ".gate";
    enum { ENDING = sizeof ending - 1 };
    const SemOptions *o = c->options;
    Str *names = NULL;
    uint32_t n = 0, kept = 0;
    if (o->list_folder == NULL || !o->list_folder(o->read_ctx, folder, &names, &n, c->arena))
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        Str s = names[i];
        if (s.n > ENDING && memcmp(s.p + s.n - ENDING, ending, ENDING) == 0)
            names[kept++] = (Str){s.p, s.n - ENDING};
        else if (memchr(s.p, '.', s.n) == NULL)
            names[kept++] = s;
    }
    if (kept > 0)
        qsort(names, kept, sizeof *names, by_bytes);
    *out = names;
    return kept;
}

/* --- loading ------------------------------------------------------------------- */

static uint32_t depth(const Checker *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_files; i++)
        n += c->files[i]->loading;
    return n;
}

/* Those that use each other, from the file that is reached again: files are
 * loaded one inside the other, so the open ones stand in the order of the way. */
static Str circle(Checker *c, const File *again)
{
    Str all = again->key;
    bool on = false;
    for (uint32_t i = 0; i < c->n_files; i++) {
        const File *f = c->files[i];
        if (on && f->loading)
            all = chk_printf(c, "%.*s, %.*s", STR_ARG(all), STR_ARG(f->key));
        on = on || f == again;
    }
    return chk_printf(c, "%.*s, %.*s", STR_ARG(all), STR_ARG(again->key));
}

/* False where the file may not be used from here: a circle, or too deep. */
static bool may_use(Checker *c, File *f, SynRef use, SynRef at, const File *g)
{
    Diag *d;
    const char *tick = chk_node(f, at)->kind == SYN_NAME ? "`" : ""; /* a text has its quotes */
    if (g != NULL && g->loading) {
        d = chk_report(c, 1007, f, at, "%s%.*s%s and this file use each other", tick,
                       STR_ARG(chk_text(f, at)), tick);
        diag_label(c->diags, d, "closes the circle");
        diag_note(c->diags, d, "the circle: %.*s", STR_ARG(circle(c, g)));
    } else if (g == NULL && depth(c) > LIM_USE_DEPTH) {
        d = chk_report(c, 1007, f, at, "%s%.*s%s is used through too many files", tick,
                       STR_ARG(chk_text(f, at)), tick);
        diag_label(c->diags, d, "more than %d files in a row", LIM_USE_DEPTH);
    } else {
        return true;
    }
    chk_poison(c, f->scope, chk_text(f, chk_node(f, use)->a));
    return false;
}

static File *loaded(Checker *c, Str path)
{
    for (uint32_t i = 0; i < c->n_files; i++)
        if (c->files[i]->role != FR_STDLIB && str_eq(c->files[i]->sem.path, path))
            return c->files[i];
    return NULL;
}

static File *load(Checker *c, File *f, SynRef use, Str path, Str text, FileRole role, Str key)
{
    File *g = chk_add_file(c, path, text, role);
    g->key = key;
    g->pack = role == FR_PACK ? key : f->pack;
    g->user = f;
    g->use = use;
    g->hash = hash_bytes(text.p, text.n);
    chk_file_kind(c, g);
    chk_literals(c, g);
    chk_declare_all(c, g);
    return g;
}

/* --- packs --------------------------------------------------------------------- */

static const StdlibFile *embedded(Checker *c, Str name)
{
    Str end = chk_printf(c, "/%.*s.gate", STR_ARG(name));
    for (const StdlibFile *s = stdlib_files; s->path != NULL; s++) {
        Str path = str_of(s->path);
        if (path.n > end.n && memcmp(path.p + path.n - end.n, end.p, end.n) == 0)
            return s;
    }
    return NULL;
}

/* packs/ beside the plan, and then the folders of the pack path. */
static Str pack_folder(Checker *c, uint32_t i)
{
    return i == 0 ? chk_beside(c, c->main->sem.path, STR("packs")) : c->options->packs[i - 1];
}

static File *pack_file(Checker *c, File *f, SynRef use, Str name)
{
    Str text;
    const StdlibFile *s = embedded(c, name);
    if (s != NULL)
        return load(c, f, use, str_of(s->path), (Str){s->text, s->size}, FR_STDLIB, name);
    for (uint32_t i = 0; i <= c->options->n_packs; i++) {
        Str folder = pack_folder(c, i);
        Str plain = chk_printf(c, "%.*s/%.*s.gate", STR_ARG(folder), STR_ARG(name));
        Str own = chk_printf(c, "%.*s/%.*s/%.*s.gate", STR_ARG(folder), STR_ARG(name), STR_ARG(name));
        if (read_text(c, plain, &text))
            return load(c, f, use, plain, text, FR_PACK, name);
        if (read_text(c, own, &text))
            return load(c, f, use, own, text, FR_PACK, name);
    }
    chk_poison(c, c->no_packs, name);
    return NULL;
}

static void no_pack(Checker *c, File *f, SynRef at)
{
    Str name = chk_text(f, at), best, *names = NULL;
    Str near = chk_near(c, c->pack_scope, name, DK(PACK), &best);
    for (uint32_t i = 0; i <= c->options->n_packs && near.n == 0; i++) {
        uint32_t n = names_in(c, pack_folder(c, i), &names);
        near = chk_near_word(c, name, names, n, &best);
    }
    Diag *d = chk_report(c, 1006, f, at, "there is no pack called `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "not in gate's library, and not on the pack path");
    if (!chk_did_you_mean(c, d, f, at, near, best))
        diag_help(c->diags, d, "put %.*s.gate into the folder packs beside the plan, or name its folder in GATE_PACKS",
                  STR_ARG(name));
    chk_poison(c, f->scope, name);
}

/* Its connector, in the pack's own file. */
static const Entity *connector_of(Checker *c, File *f, SynRef at, File *g)
{
    Str name = chk_text(f, at);
    const Entity *e = chk_find(c, g->scope, name);
    if (e != NULL && e->kind == DK_PACK)
        return e;
    if (e == NULL || e->kind != DK_POISON) {
        Diag *d = chk_report(c, 1006, f, at, "the pack `%.*s` has no connector of that name", STR_ARG(name));
        diag_label(c->diags, d, "found %.*s, which does not declare it", STR_ARG(g->sem.path));
        diag_help(c->diags, d, "a pack is one connector, called as its file is");
    }
    return NULL;
}

/* At least the version that is asked for, and below the next major one. */
static bool fits_version(Checker *c, File *f, SynRef use, const SemConnector *k)
{
    const SynNode *n = chk_node(f, use);
    if (n->b == 0)
        return true;
    const File *g = (const File *)k->file;
    Str name = k->name;
    uint32_t want = chk_version(chk_text(f, n->b)), has = chk_version(k->version);
    if (k->version.n > 0 && has >= want && has >> 16 == want >> 16)
        return true;
    if (k->version.n == 0) {
        Diag *d = chk_report(c, 1006, f, n->b, "the pack `%.*s` does not say which version it is", STR_ARG(name));
        diag_label(c->diags, d, "cannot be told from any other version");
        chk_also(c, d, g, chk_node(g, k->node)->a, "no `version` here");
        return false;
    }
    Str wanted = chk_version_words(c, want), there = chk_version_words(c, has);
    Diag *d;
    if (has < want)
        d = chk_report(c, 1006, f, n->b, "the pack `%.*s` is version %.*s here, which is older than %.*s",
                       STR_ARG(name), STR_ARG(there), STR_ARG(wanted));
    else
        d = chk_report(c, 1006, f, n->b, "the pack `%.*s` is version %.*s here, and this plan was written for %.*s",
                       STR_ARG(name), STR_ARG(there), STR_ARG(wanted));
    diag_label(c->diags, d, has < want ? "wants %.*s or later" : "%.*s and later, below the next whole number",
               STR_ARG(wanted));
    chk_also(c, d, g, k->version_node, "version %.*s", STR_ARG(there));
    if (has < want)
        diag_help(c->diags, d, "get version %.*s of the pack", STR_ARG(wanted));
    else
        diag_help(c->diags, d, "get a version of the pack below %u.0, or read what changed and write: use %.*s %.*s",
                  (want >> 16) + 1, STR_ARG(name), STR_ARG(there));
    return false;
}

void chk_use_pack(Checker *c, File *f, SynRef use)
{
    SynRef at = chk_node(f, use)->a;
    if (at == 0)
        return;
    Str name = chk_text(f, at);
    const Entity *e = chk_find(c, c->pack_scope, name);
    if (e == NULL) {
        File *g = NULL;
        for (uint32_t i = 0; i < c->n_files && g == NULL; i++)
            if ((c->files[i]->role == FR_PACK || c->files[i]->role == FR_STDLIB) &&
                str_eq(c->files[i]->key, name))
                g = c->files[i];
        if (!may_use(c, f, use, at, g))
            return;
        if (g == NULL && chk_peek(c, c->no_packs, name) == NULL)
            g = pack_file(c, f, use, name);
        if (g == NULL) {
            no_pack(c, f, at);
            return;
        }
        e = connector_of(c, f, at, g);
        if (e == NULL || !fits_version(c, f, use, &c->sem->connectors[e->index])) {
            chk_poison(c, f->scope, name);
            return;
        }
    }
    chk_declare(c, f->scope, DK_PACK, e->index, f, use, at);
}

/* --- files --------------------------------------------------------------------- */

static Diag *cannot_use(Checker *c, File *f, SynRef use, Str from, const char *message,
                        const char *label)
{
    const SynNode *n = chk_node(f, use);
    Diag *d = chk_report(c, 1006, f, n->c, "\"%.*s\" %s", STR_ARG(from), message);
    diag_label(c->diags, d, "%s", label);
    chk_poison(c, f->scope, chk_text(f, n->a));
    return d;
}

static void no_file(Checker *c, File *f, SynRef use, Str from, Str path)
{
    Diag *d = cannot_use(c, f, use, from, "cannot be read", "not found beside this file");
    size_t dir = path.n, at = from.n;
    while (dir > 0 && path.p[dir - 1] != '/')
        dir--;
    while (at > 0 && from.p[at - 1] != '/')
        at--;
    Str folder = dir == 0 ? STR(".") : (Str){path.p, dir}, *names = NULL, best;
    Str wanted = {from.p + at, from.n - at};
    if (wanted.n > 5 && memcmp(wanted.p + wanted.n - 5, ".gate", 5) == 0)
        wanted.n -= 5;
    uint32_t n = names_in(c, folder, &names);
    if (chk_near_word(c, wanted, names, n, &best).n == 0)
        return;
    Str path_to = chk_printf(c, "%.*s%.*s.gate", (int)at, from.p, STR_ARG(best));
    diag_help(c->diags, d, "did you mean \"%.*s\"?", STR_ARG(path_to));
    chk_fix_replace(c, d, '?', f, chk_node(f, use)->c, chk_printf(c, "\"%.*s\"", STR_ARG(path_to)),
                    "use the near name");
}

void chk_use_file(Checker *c, File *f, SynRef use)
{
    const SynNode *n = chk_node(f, use);
    if (n->a == 0 || chk_node(f, n->c)->kind != SYN_TEXT)
        return;
    Str from = syn_decode(f->tree, n->c, c->arena), text;
    if (!chk_stays_inside(from)) {
        cannot_use(c, f, use, from, "lies outside this plan's folder",
                   "a path here stays below the plan's folder");
        return;
    }
    Str path = chk_beside(c, f->sem.path, from);
    File *g = loaded(c, path);
    if (!may_use(c, f, use, n->c, g))
        return;
    if (g == NULL) {
        if (chk_peek(c, c->no_files, path) != NULL || !read_text(c, path, &text)) {
            chk_poison(c, c->no_files, path); /* looked for once */
            no_file(c, f, use, from, path);
            return;
        }
        Str key = f->role == FR_PACK ? chk_printf(c, "%.*s:%.*s", STR_ARG(f->pack), STR_ARG(from))
                                     : chk_beside(c, f->key, from);
        g = load(c, f, use, path, text, FR_LIBRARY, key);
    }
    chk_declare(c, f->scope, DK_LIBRARY, g->scope, f, use, n->a);
}

bool chk_read_beside(Checker *c, File *f, SynRef text, Str *path, Str *bytes)
{
    if (text == 0 || chk_node(f, text)->kind != SYN_TEXT)
        return false;
    Str from = syn_decode(f->tree, text, c->arena);
    bool inside = chk_stays_inside(from);
    *path = inside ? chk_beside(c, f->sem.path, from) : from;
    if (inside && c->options->read_file != NULL &&
        c->options->read_file(c->options->read_ctx, *path, bytes, c->arena))
        return true;
    Diag *d = chk_report(c, 1006, f, text, "\"%.*s\" %s", STR_ARG(from),
                         inside ? "cannot be read" : "lies outside this plan's folder");
    diag_label(c->diags, d, "%s", inside ? "not found beside this file"
                                         : "a path here stays below the plan's folder");
    return false;
}
