/* Owns: `gatec check --fix`: which files are repaired, what is told of it, and
 * that a file is the old or the new one.
 * Must not know: what is repaired (compiler/fix.c). */
#include "compiler/verbs/check.h"

#include <stdio.h>

#include "compiler/fix.h"
#include "compiler/unified.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

typedef struct Told { const char *file; } Told;

static void tell(void *ctx, const Diag *d, const DiagFix *f)
{
    const Told *t = ctx;
    uint32_t line, column;
    syn_place(f->source->tree, f->start, &line, &column);
    fprintf(stderr, "%s:%u G%04d %.*s\n", t->file, line, d->code, STR_ARG(f->title));
}

typedef struct Showing { const char *path; Str before, after; Arena *arena; Buf *out; } Showing;

static void diff(void *ctx)
{
    const Showing *s = ctx;
    unified_diff(s->before, s->after, str_of(s->path), s->arena, s->out);
}

static int show(const char *path, Str before, Str after, Buf *out)
{
    Showing s = {path, before, after, arena_new(0), out};
    bool ok = s.arena != NULL && with_arena(s.arena, diff, &s) && !out->failed;
    arena_free(s.arena);
    return ok ? 0 : failed(EXIT_ENVIRONMENT, "not enough memory");
}

static int save(const char *path, Str text)
{
    Buf why = {0};
    int status = 0;
    if (os_write_file(path, text, 0644, &why) != GATE_OK)
        status = failed(EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&why);
    return status;
}

/* Returns how many repairs were applied. */
static uint32_t fix_file(const CheckOptions *o, CheckFile *f)
{
    Told told = {f->path};
    uint32_t n = 0, rounds = 0;
    CompileOptions options = options_for(f->path, &o->compile);
    GateStatus s = fix_text(str_of(f->path), &f->text, &options, tell, &told, &n, &rounds);
    if (s == GATE_E_MEMORY)
        f->status = failed(EXIT_ENVIRONMENT, "%s: not enough memory to repair it", f->path);
    else if (s == GATE_E_LIMIT)
        fprintf(stderr, "%s: after %d rounds there is more to repair: run it again\n", f->path,
                LIM_FIX_ROUNDS);
    return n;
}

/* Returns whether something was repaired. */
static bool fix_one(const CheckOptions *o, CheckFile *f, Buf *out)
{
    Buf before = {0};
    if (f->status != 0)
        return false;
    buf_str(&before, buf_view(&f->text));
    uint32_t n = fix_file(o, f);
    if (f->status == 0 && n > 0)
        f->status = o->dry_run ? show(f->path, buf_view(&before), buf_view(&f->text), out)
                               : save(f->path, buf_view(&f->text));
    buf_free(&before);
    return n > 0;
}

/* A file is written once all that can be repaired in it is. Others that it uses
 * are repaired only where they are named, too; then what was wrong there may
 * have hidden what is wrong here. */
void fix_files(const CheckOptions *o, CheckFile *files, Buf *out)
{
    bool any = true;
    for (int pass = 0; any && pass < LIM_FIX_ROUNDS; pass++) {
        any = false;
        for (int i = 0; i < o->n; i++)
            any = fix_one(o, &files[i], out) || any;
        any = any && o->n > 1 && !o->dry_run; /* others read what was written */
    }
}
