/* Owns: reading host.gate and tenant.gate, and noticing that they changed.
 * Must not know: what their rules mean (vm/engine/policy.h does).
 *
 * The files are looked at again before every batch of events, because rights
 * may be taken away while a run waits. While they do not hold together, the
 * last policy that did stays with what is under way and every new request is
 * refused with the diagnostics: nothing new gets in under a broken policy. */
#include "vm/server/svc.h"

#include <string.h>
#include <sys/stat.h>

#include "compiler/compile.h"

static void name_files(Svc *s)
{
    if (s->files[0].path.n > 0)
        return;
    buf_puts(&s->files[0].path, "/etc/gate/host.gate");
    buf_printf(&s->files[1].path, "%s/host.gate", s->cfg.state_dir);
    buf_printf(&s->files[2].path, "%s/tenant.gate", buf_z(&s->dir));
    for (size_t i = 0; i < SVC_FILES; i++)
        s->files[i].inode = -1; /* never looked */
}

/* true: it is not what it was when it was compiled. */
static bool look(SvcFile *f)
{
    struct stat sb;
    SvcFile was = *f;
    f->there = stat(buf_z(&f->path), &sb) == 0;
    f->mtime_ns = f->there ? (int64_t)sb.st_mtim.tv_sec * 1000000000 +
                                 sb.st_mtim.tv_nsec : 0;
    f->size = f->there ? (int64_t)sb.st_size : 0;
    f->inode = f->there ? (int64_t)sb.st_ino : 0;
    return was.there != f->there || was.mtime_ns != f->mtime_ns ||
           was.size != f->size || was.inode != f->inode;
}

static GateStatus compile_one(SvcFile *f, const char *packs, Buf *why)
{
    Compilation c = {0};
    CompileOptions o = {.flags = COMPILE_EMIT | COMPILE_HOST_FILE,
                        .pack_path = packs == NULL ? (Str){"", 0} : str_of(packs)};
    GateStatus st = compile_file_with(buf_z(&f->path), &o, &c, why);
    prog_free(f->program);
    f->program = NULL;
    if (st == GATE_OK && c.program == NULL) {
        diag_sort(&c.diags);
        diag_print_text(&c.diags, false, why);
        st = GATE_E_FORMAT;
    } else if (st == GATE_OK) {
        f->program = c.program;
        c.program = NULL;
    }
    compile_free(&c);
    return st;
}

static GateStatus make(Svc *s, Buf *why)
{
    const Program *programs[SVC_FILES];
    Arena *arena = arena_new(0);
    Policy *policy = arena == NULL ? NULL : ARENA_NEW(arena, Policy, 1);
    if (policy == NULL) {
        arena_free(arena);
        return GATE_E_MEMORY;
    }
    for (size_t i = 0; i < SVC_FILES; i++)
        programs[i] = s->files[i].program;
    GateStatus st = policy_make(programs, SVC_FILES, arena, policy, why);
    if (st != GATE_OK) {
        arena_free(arena);
        return st;
    }
    for (SvcRun *r = s->runs; r != NULL; r = r->next)
        eng_set_policy(r->eng, policy);
    arena_free(s->policy_arena);
    s->policy_arena = arena;
    s->policy = policy;
    return GATE_OK;
}

/* A Policy of zeros: nobody is known, nothing is granted. */
static GateStatus make_closed(Svc *s)
{
    if (s->policy != NULL)
        return GATE_OK;
    s->policy_arena = arena_new(0);
    if (s->policy_arena != NULL)
        s->policy = ARENA_NEW(s->policy_arena, Policy, 1);
    return s->policy != NULL ? GATE_OK : GATE_E_MEMORY;
}

GateStatus policy_load(Svc *s, Buf *why)
{
    bool changed = s->policy == NULL;
    GateStatus st = GATE_OK;
    name_files(s);
    for (size_t i = 0; i < SVC_FILES; i++)
        changed = look(&s->files[i]) || changed;
    if (changed) {
        buf_clear(&s->policy_error);
        for (size_t i = 0; i < SVC_FILES && st == GATE_OK; i++) {
            SvcFile *f = &s->files[i];
            if (f->there) {
                st = compile_one(f, s->cfg.pack_path, &s->policy_error);
            } else {
                prog_free(f->program);
                f->program = NULL;
            }
        }
        if (st == GATE_OK)
            st = make(s, &s->policy_error);
        if (st != GATE_OK && s->policy_error.n == 0)
            buf_puts(&s->policy_error, "not enough memory for the host's files");
    }
    if (make_closed(s) != GATE_OK)
        return GATE_E_MEMORY;
    if (s->policy_error.n == 0)
        return GATE_OK;
    buf_str(why, buf_view(&s->policy_error));
    return GATE_E_FORMAT;
}

bool policy_shared(const Svc *s)
{
    return s->policy != NULL && s->policy_error.n == 0 && !s->policy->solo &&
           s->policy->n_people > 0;
}

void policy_drop(Svc *s)
{
    for (size_t i = 0; i < SVC_FILES; i++) {
        prog_free(s->files[i].program);
        buf_free(&s->files[i].path);
    }
    arena_free(s->policy_arena);
    buf_free(&s->policy_error);
}
