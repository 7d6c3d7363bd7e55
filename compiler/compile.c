/* Owns: the driver: one list of passes, and the one place where an exhausted
 * arena lands.
 * Must not know: what the passes do. */
#include "compiler/compile.h"

#include <assert.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

/* Measured on plans of all sizes, and a little more: what a byte of source
 * takes, and what the packs take that are always there. */
enum { ARENA_PER_BYTE = 11, ARENA_OF_PACKS = 1 << 17 };

/* A file on its way into the arena. It lies in the arena itself, so that the
 * jump of an exhausted arena finds it and lets its bytes go. */
typedef struct Reader { Buf bytes; Str *read; uint32_t n, cap; } Reader;

/* Who keeps what was compiled looks whether these are still as they were. */
static void note(Reader *r, Str path, Arena *arena)
{
    r->read = arena_grow(arena, r->read, r->n, &r->cap, sizeof *r->read);
    r->read[r->n++] = path;
}

static bool read_beside(void *ctx, Str path, Str *text, Arena *arena)
{
    Reader *r = ctx;
    char *name = arena_copy(arena, path.p, path.n);
    note(r, (Str){name, path.n}, arena);
    if (os_read_file(name, LIM_SOURCE_BYTES, &r->bytes,
                     NULL) != GATE_OK) {
        buf_free(&r->bytes);
        return false;
    }
    *text = arena_str(arena, buf_view(&r->bytes));
    buf_free(&r->bytes);
    return true;
}

static bool list_beside(void *ctx, Str path, Str **names, uint32_t *n, Arena *arena)
{
    enum { MOST = 65536 }; /* bytes of names: enough to find one that is near */
    Reader *r = ctx;
    r->bytes.max = MOST;
    bool ok = os_list_folder(arena_copy(arena, path.p, path.n), &r->bytes) == GATE_OK;
    Str all = ok ? arena_str(arena, buf_view(&r->bytes)) : (Str){"", 0};
    buf_free(&r->bytes);
    r->bytes.max = 0;
    *n = 0;
    for (size_t i = 0; i < all.n; i++)
        *n += all.p[i] == '\0';
    Str *out = *names = ARENA_NEW(arena, Str, *n);
    for (const char *at = all.p; at < all.p + all.n; at += out[-1].n + 1)
        *out++ = str_of(at);
    return ok;
}

/* "a:b" as folders; what is empty between colons names none. */
static const Str *split(Str path, uint32_t *n, Arena *arena)
{
    uint32_t most = 1;
    for (size_t i = 0; i < path.n; i++)
        most += path.p[i] == ':';
    Str *all = ARENA_NEW(arena, Str, most);
    *n = 0;
    for (size_t start = 0, i = 0; i <= path.n; i++) {
        if (i < path.n && path.p[i] != ':')
            continue;
        if (i > start)
            all[(*n)++] = arena_str(arena, (Str){path.p + start, i - start});
        start = i + 1;
    }
    return all;
}

static void passes(Str path, Str source, const CompileOptions *o, Compilation *out, Reader *reader)
{
    SemOptions *sem = arena_alloc(out->arena, sizeof *sem);
    *sem = o->sem;
    sem->host_file = (o->flags & COMPILE_HOST_FILE) != 0;
    sem->policy_file = (o->flags & COMPILE_POLICY_FILE) != 0;
    sem->packs = split(o->pack_path, &sem->n_packs, out->arena);
    sem->read_file = read_beside;
    sem->list_folder = list_beside;
    sem->read_ctx = reader;
    out->diags.arena = out->arena;
    out->sem = sem_check(arena_str(out->arena, path), source, sem, &out->diags, out->arena);
    if ((o->flags & COMPILE_EMIT) != 0 && out->diags.errors == 0)
        out->program = emit_program(out->sem, &out->diags);
}

/* source has a NUL behind it, and lives as long as out. */
static GateStatus compile(Str path, Str source, const CompileOptions *o, Compilation *out)
{
    out->arena = arena_new((size_t)LIM_COMPILE_MIB << 20);
    if (out->arena == NULL)
        return GATE_E_MEMORY;
    arena_expect(out->arena, source.n * ARENA_PER_BYTE + ARENA_OF_PACKS);
    Reader *reader = arena_alloc(out->arena, sizeof *reader);
    if (reader == NULL)
        return GATE_E_MEMORY;
    jmp_buf full;
    if (setjmp(full) != 0) {
        arena_on_full(out->arena, NULL);
        buf_free(&reader->bytes);
        out->sem = NULL;
        out->diags = (DiagList){0};
        return GATE_E_MEMORY;
    }
    arena_on_full(out->arena, &full);
    passes(path, source, o, out, reader);
    arena_on_full(out->arena, NULL);
    out->read = reader->read;
    out->n_read = reader->n;
    return GATE_OK;
}

GateStatus compile_with(Str path, Buf *take_source, const CompileOptions *o, Compilation *out)
{
    *out = (Compilation){.source = *take_source};
    *take_source = (Buf){0};
    const char *text = buf_z(&out->source);
    if (out->source.failed)
        return GATE_E_MEMORY;
    return compile(path, (Str){text, out->source.n}, o, out);
}

GateStatus compile_source(Str path, Str source, int flags, Compilation *out)
{
    Buf copy = {0};
    buf_str(&copy, source);
    return compile_with(path, &copy, &(CompileOptions){.flags = flags}, out);
}

GateStatus compile_file_with(const char *path, const CompileOptions *o, Compilation *out, Buf *why)
{
    Buf bytes = {0};
    *out = (Compilation){0};
    GateStatus s = os_read_file(path, LIM_SOURCE_BYTES, &bytes, why);
    if (s == GATE_OK) {
        s = compile_with(str_of(path), &bytes, o, out);
        if (s == GATE_E_MEMORY && why != NULL)
            buf_printf(why, "%s: not enough memory to compile it", path);
    }
    buf_free(&bytes);
    return s;
}

/* A library without declarations: the packs are always there. */
GateStatus compile_packs(Compilation *out)
{
    GateStatus s = compile_source(STR("packs.gate"), STR("edition 1\n"), COMPILE_CHECK, out);
    assert(s != GATE_OK || out->diags.errors == 0);
    return s;
}

void compile_free(Compilation *c)
{
    prog_free(c->program);
    arena_free(c->arena);
    buf_free(&c->source);
    *c = (Compilation){0};
}
