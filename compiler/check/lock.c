/* Owns: gate.lock beside the file that is checked: what is used has the version
 * and the bytes that it pins; which packs a host lists.
 * Must not know: how a file is found (use.c), how a line is written (lock.c of
 * the folder above). */
#include "compiler/lock.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/check/check.h"

typedef struct Line { SemUse use; uint32_t start, end; } Line;
typedef struct Lock {
    DiagSource *source; /* of reports in it */
    Line *lines; uint32_t n, cap;
    bool damaged;
} Lock;

/* --- what is used --------------------------------------------------------------- */

static bool is_used(const File *f)
{
    return f->user != NULL; /* not the main file, and not a pack that is always there */
}

static Str version_of(Checker *c, const File *f)
{
    for (uint32_t i = 0; i < c->sem->n_connectors; i++)
        if (c->sem->connectors[i].file == &f->sem)
            return chk_version_words(c, chk_version(c->sem->connectors[i].version));
    return STR("0.0");
}

static void fill_uses(Checker *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n_files; i++)
        n += is_used(c->files[i]);
    SemUse *all = ARENA_NEW(c->arena, SemUse, n);
    c->sem->uses = all;
    for (uint32_t i = 0; i < c->n_files; i++) {
        const File *f = c->files[i];
        bool pack = f->role == FR_PACK || f->role == FR_STDLIB;
        if (is_used(f))
            *all++ = (SemUse){pack, f->key, pack ? version_of(c, f) : (Str){"", 0}, f->hash};
    }
    c->sem->n_uses = n;
}

/* --- reading -------------------------------------------------------------------- */

static void damaged(Checker *c, Lock *l, uint32_t start, uint32_t end, uint32_t number, const char *label)
{
    if (l->damaged)
        return; /* one cause: it was not written by gatec */
    l->damaged = true;
    Diag *d = diag_add(c->diags, 1008, l->source, start, end, "line %u of gate.lock cannot be read", number);
    diag_label(c->diags, d, "%s", label);
    diag_help(c->diags, d, "let it be written again, and compare it with what was reviewed: gatec lock PLAN");
}

static int by_name(const void *a, const void *b)
{
    const Line *x = a, *y = b;
    if (x->use.pack != y->use.pack)
        return x->use.pack ? 1 : -1;
    Str s = x->use.name, t = y->use.name;
    int d = memcmp(s.p, t.p, s.n < t.n ? s.n : t.n);
    return d != 0 ? d : (s.n > t.n) - (s.n < t.n);
}

static void read_lines(Checker *c, Lock *l, Str s)
{
    uint32_t number = 0;
    for (size_t start = 0; start < s.n && !l->damaged;) {
        const char *nl = memchr(s.p + start, '\n', s.n - start);
        size_t end = nl == NULL ? s.n : (size_t)(nl - s.p);
        Str line = {s.p + start, end - start};
        SemUse use;
        number++;
        if (number == 1 && !str_is(line, LOCK_HEAD))
            damaged(c, l, 0, (uint32_t)end, 1, "should be: " LOCK_HEAD);
        else if (number > 1 && !lock_read(line, &use))
            damaged(c, l, (uint32_t)start, (uint32_t)end, number, "no line of a lock");
        else if (number > 1)
            *CHK_PUSH(c, l->lines, l->n, l->cap) = (Line){use, (uint32_t)start, (uint32_t)end};
        start = end + 1;
    }
    if (number == 0)
        damaged(c, l, 0, 0, 1, "should be: " LOCK_HEAD);
    if (l->n > 0)
        qsort(l->lines, l->n, sizeof *l->lines, by_name);
    for (uint32_t i = 1; i < l->n && !l->damaged; i++) {
        uint32_t line, column;
        if (by_name(&l->lines[i - 1], &l->lines[i]) != 0)
            continue;
        const Line *later = l->lines[i - 1].start > l->lines[i].start ? &l->lines[i - 1] : &l->lines[i];
        syn_place(l->source->tree, later->start, &line, &column);
        damaged(c, l, later->start, later->end, line, "pins again what another line pins");
    }
}

/* --- comparing ------------------------------------------------------------------- */

static void differs(Checker *c, const Lock *l, const File *f, const SemUse *use, const Line *was)
{
    SynRef at = chk_node(f->user, f->use)->a;
    const char *what = use->pack ? "pack" : "file";
    Diag *d;
    if (was == NULL) {
        d = chk_report(c, 1008, f->user, at, "the %s `%.*s` is not in gate.lock", what, STR_ARG(use->name));
        diag_label(c->diags, d, "nothing pins what it says");
    } else if (use->pack && !str_eq(use->version, was->use.version)) {
        d = chk_report(c, 1008, f->user, at, "the pack `%.*s` is version %.*s now, and gate.lock pins %.*s",
                       STR_ARG(use->name), STR_ARG(use->version), STR_ARG(was->use.version));
        diag_label(c->diags, d, "another version than the one that was reviewed");
    } else {
        d = chk_report(c, 1008, f->user, at, "the %s `%.*s` is not the one that gate.lock pins", what,
                       STR_ARG(use->name));
        diag_label(c->diags, d, "says something else than what was reviewed");
    }
    if (was != NULL)
        diag_also(c->diags, d, l->source, was->start, was->end, "pinned here");
    diag_help(c->diags, d, "if that is meant, pin it as it is now: gatec lock %.*s", STR_ARG(c->main->key));
}

static void compare(Checker *c, const Lock *l)
{
    const SemUse *use = c->sem->uses;
    for (uint32_t i = 0; i < c->n_files; i++) {
        const File *f = c->files[i];
        if (!is_used(f))
            continue;
        Line wanted = {.use = *use};
        const Line *was = l->n == 0 ? NULL
                                    : bsearch(&wanted, l->lines, l->n, sizeof *l->lines, by_name);
        if (was == NULL || !hash_eq(&was->use.hash, &use->hash) || !str_eq(was->use.version, use->version))
            differs(c, l, f, use, was);
        use++;
    }
}

void chk_lock(Checker *c)
{
    const SemOptions *o = c->options;
    Lock l = {0};
    Str text;
    fill_uses(c);
    /* What uses nothing has nothing to compare, and looks for no file. */
    if (c->sem->n_uses == 0 || o->ignore_lock || o->read_file == NULL)
        return;
    Str path = chk_beside(c, c->main->sem.path, STR(LOCK_NAME));
    if (!o->read_file(o->read_ctx, path, &text, c->arena))
        return;
    l.source = ARENA_NEW(c->arena, DiagSource, 1);
    *l.source = (DiagSource){path, syn_plain(text, c->arena)};
    read_lines(c, &l, text);
    if (l.damaged)
        return;
    c->sem->locked = true;
    compare(c, &l);
}

/* --- whose word counts ------------------------------------------------------------ */

static bool is_tenant_file(Str path)
{
    Str name = STR("tenant.gate");
    return path.n >= name.n && memcmp(path.p + path.n - name.n, name.p, name.n) == 0;
}

static const SemUse *pack_used(const Sem *s, Str name)
{
    for (uint32_t i = 0; i < s->n_uses; i++)
        if (s->uses[i].pack && str_eq(s->uses[i].name, name))
            return &s->uses[i];
    return NULL;
}

/* The host lists a pack by using it in host.gate, where a gate.lock pins its
 * bytes (design 5). A tenant cannot: it would widen what its host allows. Of
 * several files the outermost lists, and another that uses the pack must mean the
 * same bytes; on a load vm/server/packs.c asks the same. In a host's own file the
 * pack says of itself what it would be believed: who reads it asks for the lock. */
bool chk_listed(const Checker *c, const File *f)
{
    bool listed = false, outermost = true;
    if (f->role != FR_PACK)
        return false;
    if (c->main->kind == SF_HOST)
        return !is_tenant_file(c->main->sem.path);
    for (uint32_t i = 0; i < c->options->n_hosts; i++) {
        const Sem *host = c->options->hosts[i];
        const SemUse *use = host->kind == SF_HOST ? pack_used(host, f->key) : NULL;
        if (host->kind != SF_HOST)
            continue;
        if (use != NULL && !hash_eq(&use->hash, &f->hash))
            return false;
        if (outermost)
            listed = use != NULL && host->locked && !is_tenant_file(host->file->path);
        outermost = false;
    }
    return listed;
}
