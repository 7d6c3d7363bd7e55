/* Owns: the list of diagnostics: adding, labelling, ordering, merging.
 * Must not know: how one looks on a screen, or what a plan means. */
#include "compiler/diag/diag.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/diag/table.h"
#include "vm/os/limits.h"

bool diag_lost(const DiagList *l, const Diag *d)
{
    return d == &l->spare;
}

/* A file with a million mistakes is no plan: whoever reads on after so many
 * would not read the rest either, and memory is for files that are plans. */
static Diag *lose(DiagList *l, DiagSeverity severity, const DiagSource *s)
{
    l->more[severity != DIAG_ERROR]++;
    l->spare = (Diag){.severity = severity, .at.source = s};
    return &l->spare;
}

static Diag *add(DiagList *l, uint16_t code, DiagSeverity severity, DiagLabel at,
                 const char *message, va_list ap) __attribute__((format(printf, 5, 0)));
static Diag *add(DiagList *l, uint16_t code, DiagSeverity severity, DiagLabel at,
                 const char *message, va_list ap)
{
    l->errors += severity == DIAG_ERROR;
    if (l->kept[severity != DIAG_ERROR] == LIM_DIAGNOSTICS)
        return lose(l, severity, at.source);
    l->kept[severity != DIAG_ERROR]++;
    l->items = arena_grow(l->arena, l->items, l->n, &l->cap, sizeof *l->items);
    Diag *d = &l->items[l->n++];
    memset(d, 0, sizeof *d);
    d->code = code;
    d->severity = severity;
    d->at = at;
    d->message = arena_vprintf(l->arena, message, ap);
    return d;
}

Diag *diag_add(DiagList *l, uint16_t code, const DiagSource *s, uint32_t start,
               uint32_t end, const char *message, ...)
{
    const DiagEntry *entry = diag_entry(code);
    assert(entry != NULL);
    va_list ap;
    va_start(ap, message);
    Diag *d = add(l, code, entry->severity, (DiagLabel){s, start, end, {NULL, 0}}, message, ap);
    va_end(ap);
    return d;
}

Diag *diag_add_error(DiagList *l, uint16_t code, const DiagSource *s, uint32_t start,
                     uint32_t end, const char *message, ...)
{
    va_list ap;
    assert(diag_entry(code) != NULL);
    va_start(ap, message);
    Diag *d = add(l, code, DIAG_ERROR, (DiagLabel){s, start, end, {NULL, 0}}, message, ap);
    va_end(ap);
    return d;
}

void diag_label(DiagList *l, Diag *d, const char *fmt, ...)
{
    if (diag_lost(l, d))
        return;
    va_list ap;
    va_start(ap, fmt);
    d->at.text = arena_vprintf(l->arena, fmt, ap);
    va_end(ap);
}

void diag_also(DiagList *l, Diag *d, const DiagSource *s, uint32_t start,
               uint32_t end, const char *fmt, ...)
{
    if (diag_lost(l, d) || d->n_also == DIAG_LABELS)
        return; /* a fifth place helps nobody */
    va_list ap;
    va_start(ap, fmt);
    d->also[d->n_also++] = (DiagLabel){s, start, end, arena_vprintf(l->arena, fmt, ap)};
    va_end(ap);
}

void diag_note(DiagList *l, Diag *d, const char *fmt, ...)
{
    if (diag_lost(l, d))
        return;
    va_list ap;
    va_start(ap, fmt);
    d->note = arena_vprintf(l->arena, fmt, ap);
    va_end(ap);
}

void diag_help(DiagList *l, Diag *d, const char *fmt, ...)
{
    if (diag_lost(l, d))
        return;
    va_list ap;
    va_start(ap, fmt);
    d->help = arena_vprintf(l->arena, fmt, ap);
    va_end(ap);
}

void diag_fix(DiagList *l, Diag *d, char grade, const DiagSource *s,
              uint32_t start, uint32_t end, Str text, const char *title)
{
    if (diag_lost(l, d) || d->n_fixes == DIAG_FIXES)
        return;
    d->fixes[d->n_fixes++] = (DiagFix){
        arena_str(l->arena, str_of(title)), grade, s, start, end,
        arena_str(l->arena, text)};
}

void diag_append(DiagList *l, const DiagList *more)
{
    l->more[0] += more->more[0];
    l->more[1] += more->more[1];
    if (more->n == 0)
        return;
    Diag *items = ARENA_NEW(l->arena, Diag, (size_t)l->n + more->n);
    if (l->n > 0)
        memcpy(items, l->items, l->n * sizeof *items);
    memcpy(items + l->n, more->items, more->n * sizeof *items);
    l->items = items;
    l->cap = l->n += more->n;
    l->errors += more->errors;
}

/* Files in the order in which they were first mentioned. One file read by two
 * plans is one file. */
typedef struct Key {
    uint32_t file, start, order;
    Diag *diag;
} Key;

static int by_place(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->diag->severity != y->diag->severity)
        return x->diag->severity < y->diag->severity ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static bool same_file(const DiagSource *a, const DiagSource *b)
{
    return a == b || str_eq(a->path, b->path);
}

static bool same(const Diag *a, const Diag *b)
{
    return a->code == b->code && same_file(a->at.source, b->at.source) &&
           a->at.start == b->at.start && a->at.end == b->at.end &&
           str_eq(a->message, b->message);
}

void diag_sort(DiagList *l)
{
    if (l->n == 0)
        return;
    Key *keys = ARENA_NEW(l->arena, Key, l->n);
    const DiagSource **files = ARENA_NEW(l->arena, const DiagSource *, l->n);
    uint32_t n_files = 0, f = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        /* The next one is nearly always of the same file. */
        if (n_files == 0 || !same_file(files[f], l->items[i].at.source)) {
            f = 0;
            while (f < n_files && !same_file(files[f], l->items[i].at.source))
                f++;
            if (f == n_files)
                files[n_files++] = l->items[i].at.source;
        }
        keys[i] = (Key){f, l->items[i].at.start, i, &l->items[i]};
    }
    qsort(keys, l->n, sizeof *keys, by_place);
    Diag *items = ARENA_NEW(l->arena, Diag, l->n);
    uint32_t n = 0;
    l->errors = l->more[0];
    for (uint32_t i = 0; i < l->n; i++) {
        if (n > 0 && same(&items[n - 1], keys[i].diag))
            continue;
        items[n] = *keys[i].diag;
        l->errors += items[n++].severity == DIAG_ERROR;
    }
    l->cap = l->n;
    l->n = n;
    l->items = items;
}
