/* Owns: shell.query, .change, .destroy: which program, where, with what it may
 * reach; what its end means. Must not know: how the sandbox does it. */
#include "vm/effect/fx_int.h"

#include "vm/os/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "/usr/local/bin:/usr/bin:/bin"

typedef struct Call {
    const FxRequest *req;
    const char *tool;      /* shell.query */
    const char **argv;     /* as written; argv[0] is replaced by program */
    const char *name;      /* argv[0] as written */
    const char *program;   /* absolute */
    const char *dir;       /* absolute; NULL: the private folder */
    const FxGrant *grant;
} Call;

static bool no_memory(FxJob *job)
{
    fx_fail(job, FX_FAILED, "limit", "there was no memory to start it");
    return false;
}

static bool read_argv(FxJob *job, const Json *args, Call *c)
{
    const Json *list = json_get(args, "argv");
    if (list == NULL || list->kind != J_ARRAY || list->count == 0) {
        fx_fail(job, FX_FAILED, "refused", "%s got an empty argument vector", c->tool);
        return false;
    }
    if (list->count > LIM_ARGV_ITEMS) {
        fx_fail(job, FX_FAILED, "limit", "%s got %u arguments; %d are the most",
                c->tool, list->count, LIM_ARGV_ITEMS);
        return false;
    }
    c->argv = ARENA_NEW(job->arena, const char *, list->count + 1u);
    uint32_t n = 0;
    for (const Json *j = list->child; c->argv != NULL && j != NULL; j = j->next) {
        if (j->kind != J_TEXT) {
            fx_fail(job, FX_FAILED, "refused", "argument %u of %s is not a text",
                    n, c->tool);
            return false;
        }
        c->argv[n] = arena_copy(job->arena, j->text.p, j->text.n);
        if (c->argv[n++] == NULL)
            return no_memory(job);
    }
    if (c->argv == NULL)
        return no_memory(job);
    c->name = c->argv[0];
    return true;
}

/* --- which program ----------------------------------------------------------- */

/* "" and "./x" have their meaning too: a name without a slash is looked up, and
 * only there. */
static bool look_up(const char *name, Buf *out)
{
    static const char *const places[] = {"/usr/local/bin/", "/usr/bin/", "/bin/"};
    for (size_t i = 0; i < 3; i++) {
        struct stat st;
        buf_clear(out);
        buf_printf(out, "%s%s", places[i], name);
        if (stat(buf_z(out), &st) == 0 && S_ISREG(st.st_mode) &&
            access(buf_z(out), X_OK) == 0)
            return true;
    }
    return false;
}

static bool in_system(const char *path)
{
    static const char *const dirs[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64"};
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        if (path_inside(path, str_of(dirs[i])))
            return true;
    return false;
}

static bool find_program(FxJob *job, Call *c)
{
    Buf path = {0}, why = {0};
    bool slash = strchr(c->name, '/') != NULL;
    bool ok = slash ? path_resolve(c->req->plan_dir, str_of(c->name), false, &path, &why)
                    : *c->name != '\0' && look_up(c->name, &path);
    if (ok) {
        c->program = arena_copy(job->arena, path.p, path.n);
        ok = c->program != NULL ? true : no_memory(job);
    } else if (slash) {
        fx_fail(job, FX_FAILED, "spawn", "%s", buf_z(&why));
    } else {
        fx_fail(job, FX_FAILED, "spawn", "there is no program \"%s\" in " PATH, c->name);
    }
    buf_free(&path);
    buf_free(&why);
    return ok;
}

/* A grant names a program as the plan does, or by the path it is found at. */
static bool names_program(const FxGrant *g, const Call *c)
{
    bool named = g->any_program;
    for (uint32_t i = 0; !named && i < g->n_programs; i++) {
        Str p = g->programs[i];
        named = str_is(p, c->name) || str_is(p, c->program);
        if (!named && p.n > 0 && memchr(p.p, '/', p.n) != NULL) {
            Buf path = {0}, why = {0};
            named = path_resolve(c->req->plan_dir, p, false, &path, &why) &&
                    str_is(buf_view(&path), c->program);
            buf_free(&path);
            buf_free(&why);
        }
    }
    return named;
}

static bool holds(const FxGrant *g, const char *path)
{
    for (uint32_t i = 0; i < g->n_folders; i++)
        if (path_inside(path, g->folders[i]))
            return true;
    return false;
}

/* One grant must allow the program, the place it lies at and the folder it
 * works in. A grant without folders is for programs that need none. */
static const FxGrant *find_grant(const Call *c, Str dir, bool *named, bool *placed)
{
    bool slash = strchr(c->name, '/') != NULL;
    Str base = str_of(c->req->plan_dir);
    *named = *placed = false;
    for (uint32_t i = 0; i < c->req->n_grants; i++) {
        const FxGrant *g = &c->req->grants[i];
        GrantFit fit = grant_run(g, base, str_of(c->name), dir);
        if (fit == GRANT_OTHER_PROGRAM || !names_program(g, c))
            continue;
        *named = true;
        if (fit == GRANT_PROGRAM_OUTSIDE ||
            (slash && !in_system(c->program) && !holds(g, c->program)))
            continue;
        *placed = true;
        if (fit == GRANT_FITS &&
            (holds(g, c->dir) || (str_is(dir, ".") && g->n_folders == 0)))
            return g;
    }
    return NULL;
}

static bool choose_grant(FxJob *job, const Json *args, Call *c)
{
    Str dir = json_get(args, "dir") != NULL ? json_text(args, "dir") : STR(".");
    Buf path = {0}, why = {0};
    bool named = false, placed = false, ok = false;
    if (!path_resolve(c->req->plan_dir, dir, false, &path, &why)) {
        fx_fail(job, FX_FAILED, "spawn", "%s", buf_z(&why));
    } else if (path_in_state(c->req, buf_z(&path)) || path_in_state(c->req, c->program)) {
        fx_fail(job, FX_FAILED, "refused", "%s would run in gate's own state folder, "
                "which no tool may touch", c->tool);
    } else {
        c->dir = arena_copy(job->arena, path.p, path.n);
        if (c->dir == NULL) {
            no_memory(job);
        } else {
            c->grant = find_grant(c, dir, &named, &placed);
            ok = c->grant != NULL;
        }
    }
    if (!ok && c->dir != NULL) {
        if (!named)
            fx_fail(job, FX_FAILED, "refused", "%s may not run \"%s\": no grant of "
                    "this host names it. The host allows it with `grant %s { programs "
                    "= [\"%s\"] ... }` in its host.gate", c->tool, c->name, c->tool, c->name);
        else
            fx_fail(job, FX_FAILED, "refused", "%s may not run \"%s\" there: %s is "
                    "outside the folders of the grant that names it. The host allows it "
                    "with `folders = [...]` in that `grant %s` of its host.gate", c->tool,
                    c->name, placed ? c->dir : c->program, c->tool);
    }
    if (ok && c->grant->n_folders == 0)
        c->dir = NULL;
    buf_free(&path);
    buf_free(&why);
    return ok;
}

/* --- starting ------------------------------------------------------------------ */

/* The granted folders that are there; a folder within the state folder is not
 * given to anybody. */
static const char **folders(FxJob *job, const Call *c, size_t *n)
{
    const FxGrant *g = c->grant;
    const char **dirs = ARENA_NEW(job->arena, const char *, g->n_folders + 1u);
    *n = 0;
    for (uint32_t i = 0; dirs != NULL && i < g->n_folders; i++) {
        char real[PATH_MAX];
        struct stat st;
        const char *z = arena_copy(job->arena, g->folders[i].p, g->folders[i].n);
        if (z == NULL || realpath(z, real) == NULL || stat(real, &st) != 0 ||
            !S_ISDIR(st.st_mode) || path_in_state(c->req, real))
            continue;
        dirs[*n] = arena_copy(job->arena, real, strlen(real));
        if (dirs[*n] != NULL)
            ++*n;
    }
    return dirs;
}

/* A file in memory: nothing to feed while the program reads at its pace. */
static int input_of(Str text)
{
    if (text.n == 0)
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fd = memfd_create("input", MFD_CLOEXEC);
    while (fd >= 0 && text.n > 0) {
        ssize_t put = write(fd, text.p, text.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            close(fd);
            return -1;
        }
        text.p += put, text.n -= (size_t)put;
    }
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* A process may use its whole time on every processor; the limit is for a
 * program that outlives gate's own clock. */
static int64_t cpu_time(const FxJob *job)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t left = job->due - job->os->mono_ms(job->os) + LIM_KILL_GRACE_MS;
    return left * (n > 0 ? n : 1);
}

static bool start_child(FxJob *job, const Call *c, SandboxSpec *s)
{
    Buf why = {0};
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    bool ok = s->in >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0;
    if (!ok)
        buf_puts(&why, strerror(errno));
    s->out = out[1], s->err = err[1];
    ok = ok && sandbox_start(s, &job->child, &why);
    if (s->in >= 0)
        close(s->in);
    if (out[1] >= 0)
        close(out[1]);
    if (err[1] >= 0)
        close(err[1]);
    job->out = out[0], job->err = err[0];
    job->has_child = ok;
    if (!ok)
        fx_fail(job, FX_FAILED, "spawn", "\"%s\" was not started: %s", c->name, buf_z(&why));
    buf_free(&why);
    return ok;
}

static void run(FxJob *job, const Json *args, const Call *c)
{
    const char *env[4] = {"PATH=" PATH, "LANG=C.UTF-8", NULL, NULL};
    Buf key = {0};
    if (c->req->key != NULL && c->req->key[0] != '\0') {
        buf_printf(&key, "GATE_KEY=%s", c->req->key);
        env[2] = buf_z(&key);
    }
    char real[PATH_MAX];
    const char *state = c->req->state_dir;
    if (state != NULL && state[0] != '\0' && realpath(state, real) != NULL)
        state = real;
    size_t n;
    const char **dirs = folders(job, c, &n);
    SandboxSpec s = {.argv = c->argv, .dir = c->dir, .env = env, .cpu_ms = cpu_time(job),
                     .memory_bytes = (int64_t)LIM_SANDBOX_MEMORY_MIB * 1024 * 1024};
    c->argv[0] = c->program;
    if (job->reads)
        s.read_dirs = dirs, s.n_read = n;
    else
        s.write_dirs = dirs, s.n_write = n, s.network = c->grant->network;
    if (state != NULL && state[0] != '\0')
        s.hide_dirs = &state, s.n_hide = 1;
    if (dirs == NULL) {
        no_memory(job);
    } else {
        s.in = input_of(json_text(args, "input"));
        start_child(job, c, &s);
    }
    buf_free(&key);
}

bool fx_keeps_out(const char *state_dir, Str folder, Buf *why)
{
    char state[PATH_MAX], real[PATH_MAX];
    Buf path = {0};
    struct stat st;
    buf_str(&path, folder);
    bool gives = !path.failed && realpath(buf_z(&path), real) != NULL &&
                 stat(real, &st) == 0 && S_ISDIR(st.st_mode);
    buf_free(&path);
    const char *hide = realpath(state_dir, state) != NULL ? state : state_dir;
    if (!gives || path_inside(real, str_of(hide)))
        return true; /* such a folder is left out; see folders() */
    const char *write = real;
    SandboxSpec s = {.write_dirs = &write, .n_write = 1, .hide_dirs = &hide, .n_hide = 1};
    return sandbox_takes(&s, why);
}

void fx_shell_start(FxJob *job, const FxRequest *req, const Json *args)
{
    static const char *const tiers[] = {"T0", "T1", "T2", "T3"};
    Buf tool = {0};
    buf_printf(&tool, "shell.%s", job->pack->tool);
    Call c = {.req = req, .tool = buf_z(&tool)};
    /* Whatever a pack's text says, only shell.query is run as one that reads. */
    job->reads = strcmp(job->pack->tool, "query") == 0;
    job->ok = json_get(args, "ok");
    job->keep = LIM_OUTPUT_BYTES;
    if (read_argv(job, args, &c) && find_program(job, &c) && choose_grant(job, args, &c)) {
        job->name = c.name;
        run(job, args, &c);
        job->result.tier = job->has_child ? tiers[job->child.tier] : "";
    }
    buf_free(&tool);
}

/* --- its end --------------------------------------------------------------------- */

static bool status_ok(const Json *ok, int status)
{
    if (ok == NULL || ok->kind != J_ARRAY)
        return status == 0;
    for (const Json *j = ok->child; j != NULL; j = j->next) {
        int64_t i;
        if (json_int(j, &i) && i == status)
            return true;
    }
    return false;
}

/* What it wrote last: usually why. */
static Str last_line(Str s)
{
    while (s.n > 0 && strchr("\n\r \t", s.p[s.n - 1]) != NULL)
        s.n--;
    size_t from = s.n;
    while (from > 0 && s.p[from - 1] != '\n' && s.n - from < 400)
        from--;
    return (Str){s.p + from, s.n - from};
}

static void put_result(FxJob *job, int status)
{
    enum { NOTE = 128 };
    Buf out = {0}, err = {0}, *r = &job->result.result;
    bool whole = fx_clean(&out, buf_view(&job->out_text), LIM_OUTPUT_BYTES) && !job->out_cut;
    bool err_whole = fx_clean(&err, buf_view(&job->err_text), LIM_OUTPUT_BYTES - NOTE) &&
                     !job->err_cut;
    if (!err_whole)
        buf_printf(&err, "\n[gate: errors were cut after %d bytes]", LIM_OUTPUT_BYTES - NOTE);
    if (!whole)
        buf_printf(&err, "\n[gate: output was cut after %d bytes]", LIM_OUTPUT_BYTES);
    buf_puts(r, "{\"status\":");
    json_put_int(r, status);
    buf_puts(r, ",\"output\":");
    json_put_text(r, buf_view(&out));
    buf_puts(r, ",\"errors\":");
    json_put_text(r, buf_view(&err));
    buf_putc(r, '}');
    r->failed = r->failed || out.failed || err.failed;
    buf_free(&out);
    buf_free(&err);
}

static void end_by_signal(FxJob *job, int signal)
{
    const char *after = job->reads ? "" : "; what it did until then is not known";
    if (job->late)
        fx_fail(job, fx_unsure(job), "timeout", "\"%s\" did not end in time and was "
                "stopped%s", job->name, after);
    else if (job->killed)
        fx_fail(job, fx_unsure(job), "signal", "\"%s\" was stopped by gate%s", job->name, after);
    else
        fx_fail(job, fx_unsure(job), "signal", "\"%s\" was killed by signal %d (%s)%s",
                job->name, signal, strsignal(signal), after);
}

void fx_shell_end(FxJob *job, int status)
{
    bool exited = WIFEXITED(status);
    job->result.status = exited ? WEXITSTATUS(status) : -1;
    put_result(job, exited ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    /* Stopped by us, it may still have ended in its own way. */
    if (job->late || job->killed || !exited) {
        end_by_signal(job, exited ? SIGTERM : WTERMSIG(status));
        return;
    }
    if (status_ok(job->ok, WEXITSTATUS(status))) {
        fx_done(job);
        return;
    }
    Str line = last_line(buf_view(&job->err_text));
    fx_fail(job, FX_FAILED, "exit", "\"%s\" ended with status %d%s%.*s", job->name,
            WEXITSTATUS(status), line.n > 0 ? ": " : " and wrote no error",
            STR_ARG(line));
}
