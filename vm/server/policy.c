/* Owns: reading host.gate and tenant.gate, and noticing that they changed.
 * Must not know: what their rules mean (vm/engine/policy.h does).
 *
 * The files are looked at again before every batch of events, because rights
 * may be taken away while a run waits. While they do not hold together, the
 * last policy that did stays with what is under way and every new request is
 * refused with the diagnostics: nothing new gets in under a broken policy. */
#include "vm/server/svc.h"

#include <sys/stat.h>

static void name_files(Svc *s)
{
    if (s->files[0].path.n > 0)
        return;
    s->lists = (PackLists){s->sems, SVC_FILES};
    buf_puts(&s->files[0].path, "/etc/gate/host.gate");
    buf_printf(&s->files[1].path, "%s/host.gate", s->cfg.state_dir);
    buf_printf(&s->files[2].path, "%s/tenant.gate", buf_z(&s->dir));
}

/* --- what they are made of ------------------------------------------------------ */

static SvcSeen look(const char *path)
{
    struct stat sb;
    SvcSeen is = {.path = path, .there = stat(path, &sb) == 0};
    if (is.there) {
        is.mtime_ns = (int64_t)sb.st_mtim.tv_sec * 1000000000 + sb.st_mtim.tv_nsec;
        is.size = (int64_t)sb.st_size;
        is.inode = (int64_t)sb.st_ino;
    }
    return is;
}

/* It, its gate.lock, a pack or file that it uses: all say what the policy is. */
static bool changed(const SvcFile *f)
{
    for (size_t i = 0; i < f->n_seen; i++) {
        SvcSeen was = f->seen[i], is = look(was.path);
        if (was.there != is.there || was.mtime_ns != is.mtime_ns || was.size != is.size ||
            was.inode != is.inode)
            return true;
    }
    return f->seen == NULL;
}

/* What it uses is looked at when it has been read: a file that was written in that
 * very moment, or just before, may have been read as it was, so it counts as
 * never looked at. */
static SvcSeen look_behind(const char *path, int64_t now_ms)
{
    enum { YOUNG_MS = 2000 }; /* the coarsest clock of a file system */
    SvcSeen is = look(path);
    if (is.there && is.mtime_ns / 1000000 > now_ms - YOUNG_MS)
        is.inode = -1;
    return is;
}

static GateStatus remember(Svc *s, SvcFile *f, SvcSeen self, const Compilation *c)
{
    int64_t now = s->cfg.os->now_ms(s->cfg.os);
    arena_free(f->arena);
    f->arena = arena_new(0);
    f->seen = f->arena == NULL ? NULL : ARENA_NEW(f->arena, SvcSeen, (size_t)c->n_read + 1);
    f->n_seen = 0;
    if (f->seen == NULL)
        return GATE_E_MEMORY;
    f->seen[f->n_seen++] = self;
    for (uint32_t i = 0; i < c->n_read; i++) {
        const char *path = arena_copy(f->arena, c->read[i].p, c->read[i].n);
        if (path == NULL)
            return GATE_E_MEMORY;
        f->seen[f->n_seen++] = look_behind(path, now);
    }
    return GATE_OK;
}

/* --- compiled -------------------------------------------------------------------- */

static GateStatus compile_one(Svc *s, SvcFile *f, Compilation *out, Buf *why)
{
    SvcSeen self = look(buf_z(&f->path));
    const char *packs = s->cfg.pack_path;
    CompileOptions o = {.flags = COMPILE_EMIT | COMPILE_HOST_FILE,
                        .pack_path = packs == NULL ? (Str){"", 0} : str_of(packs)};
    *out = (Compilation){0};
    GateStatus st = !self.there ? GATE_OK : compile_file_with(buf_z(&f->path), &o, out, why);
    if (st == GATE_OK)
        st = remember(s, f, self, out);
    if (st == GATE_OK && self.there && out->program == NULL) {
        diag_sort(&out->diags);
        diag_print_text(&out->diags, false, why);
        st = GATE_E_FORMAT;
    }
    return st;
}

static GateStatus put_together(const Compilation *made, Arena *arena, Policy *policy, Buf *why)
{
    const Program *programs[SVC_FILES];
    const Calendar *const *hours[SVC_FILES] = {NULL};
    GateStatus st = GATE_OK;
    for (size_t i = 0; st == GATE_OK && i < SVC_FILES; i++) {
        programs[i] = made[i].program;
        if (programs[i] != NULL && programs[i]->n_rules > 0)
            st = calendars_make(programs[i], arena, &hours[i]);
    }
    return st != GATE_OK ? st : policy_make(programs, hours, SVC_FILES, arena, policy, why);
}

/* The policy has rules of these files: the old ones go when nobody asks any more. */
static GateStatus make(Svc *s, Compilation *take_made, Buf *why)
{
    Arena *arena = arena_new(0);
    Policy *policy = arena == NULL ? NULL : ARENA_NEW(arena, Policy, 1);
    GateStatus st = policy == NULL ? GATE_E_MEMORY : put_together(take_made, arena, policy, why);
    if (st != GATE_OK) {
        arena_free(arena);
        return st;
    }
    for (SvcRun *r = s->runs; r != NULL; r = r->next)
        eng_set_policy(r->eng, policy);
    arena_free(s->policy_arena);
    s->policy_arena = arena;
    s->policy = policy;
    for (size_t i = 0; i < SVC_FILES; i++) {
        compile_free(&s->files[i].c);
        s->files[i].c = take_made[i];
        s->sems[i] = s->files[i].c.sem;
        take_made[i] = (Compilation){0};
    }
    return GATE_OK;
}

static void make_anew(Svc *s)
{
    Compilation made[SVC_FILES] = {{0}};
    Buf *why = &s->policy_error;
    GateStatus st = GATE_OK;
    buf_clear(why);
    for (size_t i = 0; i < SVC_FILES && st == GATE_OK; i++)
        st = compile_one(s, &s->files[i], &made[i], why);
    if (st == GATE_OK)
        st = make(s, made, why);
    if (st != GATE_OK && why->n == 0)
        buf_puts(why, "not enough memory for the host's files");
    for (size_t i = 0; i < SVC_FILES; i++)
        compile_free(&made[i]);
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
    bool anew = s->policy == NULL;
    name_files(s);
    for (size_t i = 0; i < SVC_FILES; i++)
        anew = changed(&s->files[i]) || anew;
    if (anew)
        make_anew(s);
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
        compile_free(&s->files[i].c);
        arena_free(s->files[i].arena);
        buf_free(&s->files[i].path);
    }
    arena_free(s->policy_arena);
    buf_free(&s->policy_error);
}
