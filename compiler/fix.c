/* Owns: which repairs are applied together, and how often.
 * Must not know: what any of them repairs, or where a text is kept. */
#include "compiler/fix.h"

#include <stdlib.h>

#include "compiler/fmt.h"
#include "vm/os/limits.h"

typedef struct Pick {
    const Diag *diag;
    const DiagFix *fix;
    uint32_t order;
} Pick;

static int by_place(const void *a, const void *b)
{
    const Pick *x = a, *y = b;
    if (x->fix->start != y->fix->start)
        return x->fix->start < y->fix->start ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* The first of a finding's repairs that is safe, when it is of this file. */
static const DiagFix *safe_fix(const Diag *d, Str path)
{
    for (uint32_t i = 0; i < d->n_fixes; i++)
        if (d->fixes[i].grade == 'M')
            return str_eq(d->fixes[i].source->path, path) ? &d->fixes[i] : NULL;
    return NULL;
}

uint32_t fix_round(const DiagList *l, Str path, Str text, Buf *out, FixTell tell, void *ctx)
{
    Pick *picks = ARENA_NEW(l->arena, Pick, (size_t)l->n + 1);
    uint32_t n = 0, done = 0, at = 0;
    bool inserted = false; /* the last one put something in, right before at */
    if (picks == NULL)
        return 0;
    for (uint32_t i = 0; i < l->n; i++) {
        const DiagFix *f = safe_fix(&l->items[i], path);
        if (f != NULL)
            picks[n++] = (Pick){&l->items[i], f, i};
    }
    qsort(picks, n, sizeof *picks, by_place);
    for (uint32_t i = 0; i < n; i++) {
        const DiagFix *f = picks[i].fix;
        /* Two at one place would be in an order that nobody chose. */
        if (f->start < at || (inserted && f->start == at) || f->end > text.n)
            continue;
        buf_put(out, text.p + at, f->start - at);
        buf_str(out, f->text);
        at = f->end;
        inserted = f->start == f->end;
        done++;
        if (tell != NULL)
            tell(ctx, picks[i].diag, f);
    }
    if (done > 0)
        buf_put(out, text.p + at, text.n - at);
    return done;
}

/* --- layout --------------------------------------------------------------------- */

/* Apart from the callers: what an exhausted arena jumps back into holds nothing. */
static bool layout(Str text, Arena *arena, Buf *out, bool *formats)
{
    jmp_buf full;
    if (setjmp(full) != 0)
        return false;
    arena_on_full(arena, &full);
    *formats = fmt_source(text, arena, out);
    return !out->failed;
}

/* Is text as `gatec fmt` would write it? false in *same also where nothing of it
 * can be formatted. */
static GateStatus is_formatted(Str text, bool *same)
{
    Arena *arena = arena_new(0);
    Buf out = {0};
    bool formats = false;
    bool ok = arena != NULL && layout(text, arena, &out, &formats);
    *same = ok && formats && str_eq(text, buf_view(&out));
    arena_free(arena);
    buf_free(&out);
    return ok ? GATE_OK : GATE_E_MEMORY;
}

static GateStatus format(Buf *text)
{
    Arena *arena = arena_new(0);
    Buf out = {0};
    bool formats = false;
    bool ok = arena != NULL && layout(buf_view(text), arena, &out, &formats);
    if (ok && formats) {
        buf_free(text);
        *text = out;
    } else {
        buf_free(&out);
    }
    arena_free(arena);
    return ok ? GATE_OK : GATE_E_MEMORY;
}

/* --- rounds --------------------------------------------------------------------- */

static GateStatus one_round(Str path, Buf *text, const CompileOptions *o, FixTell tell, void *ctx,
                            uint32_t *done)
{
    Compilation c;
    Buf copy = {0}, out = {0};
    buf_str(&copy, buf_view(text));
    GateStatus s = compile_with(path, &copy, o, &c);
    buf_free(&copy);
    if (s == GATE_OK)
        *done = fix_round(&c.diags, path, buf_view(text), &out, tell, ctx);
    if (s == GATE_OK && out.failed)
        s = GATE_E_MEMORY;
    compile_free(&c);
    if (s == GATE_OK && *done > 0) {
        buf_free(text);
        *text = out;
    } else {
        buf_free(&out);
    }
    return s;
}

/* Is there more to repair than the rounds were enough for? */
static GateStatus is_done(Str path, const Buf *text, const CompileOptions *o)
{
    Buf copy = {0};
    uint32_t more = 0;
    buf_str(&copy, buf_view(text));
    GateStatus s = one_round(path, &copy, o, NULL, NULL, &more);
    buf_free(&copy);
    return s == GATE_OK && more > 0 ? GATE_E_LIMIT : s;
}

GateStatus fix_text(Str path, Buf *text, const CompileOptions *o, FixTell tell, void *ctx,
                    uint32_t *n, uint32_t *rounds)
{
    bool formatted = false;
    GateStatus s = is_formatted(buf_view(text), &formatted);
    *n = *rounds = 0;
    while (s == GATE_OK && *rounds < LIM_FIX_ROUNDS) {
        uint32_t done = 0;
        s = one_round(path, text, o, tell, ctx, &done);
        if (s != GATE_OK || done == 0)
            return s;
        *n += done;
        ++*rounds;
        if (formatted)
            s = format(text);
    }
    return s == GATE_OK ? is_done(path, text, o) : s;
}
