/* Owns: file.read, hash, image, write, restore, remove. Must not know: what a
 * file is for.
 *
 * Small things are done at once. Hashing a large file takes seconds, so that is
 * done by a child of gate's own, with the same code. */
#include "vm/effect/fx_int.h"

#include "vm/os/hash.h"
#include "vm/os/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One call: a name in an opened folder. */
typedef struct Place {
    FxJob *job;
    const char *path;  /* for messages */
    const char *name;  /* in the folder */
    int dir;
    int fd;            /* the file; -1: there is none */
    struct stat st;
} Place;

static bool no(Place *p, const char *what)
{
    fx_fail(p->job, FX_FAILED, "error", "cannot %s %s: %s", what, p->path, strerror(errno));
    return false;
}

/* NONBLOCK: a fifo must not hold us up before it is refused. */
static bool open_place(Place *p)
{
    p->fd = openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (p->fd < 0)
        return errno == ENOENT ? true : no(p, "open");
    if (fstat(p->fd, &p->st) != 0)
        return no(p, "look at");
    if (S_ISREG(p->st.st_mode))
        return true;
    fx_fail(p->job, FX_FAILED, "error", "%s is not a regular file", p->path);
    return false;
}

static bool must_exist(Place *p)
{
    if (p->fd >= 0)
        return true;
    errno = ENOENT;
    return no(p, "open");
}

static bool too_large(Place *p)
{
    fx_fail(p->job, FX_FAILED, "limit", "%s is larger than %d bytes, which is what "
            "fits a text value", p->path, LIM_FILE_BYTES);
    return false;
}

/* One byte more than fits, so that a file that grows meanwhile is seen. */
static bool read_text(Place *p, Buf *text)
{
    char chunk[65536];
    if (p->st.st_size > LIM_FILE_BYTES)
        return too_large(p);
    for (;;) {
        ssize_t got = read(p->fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return no(p, "read");
        if (got == 0)
            return true;
        buf_put(text, chunk, (size_t)got);
        if (text->n > LIM_FILE_BYTES)
            return too_large(p);
    }
}

static bool must_be_text(Place *p, const Buf *text)
{
    if (fx_is_text(buf_view(text)))
        return true;
    fx_fail(p->job, FX_FAILED, "error", "%s is not UTF-8 text, so a text value cannot "
            "hold it; file.hash compares files of any kind", p->path);
    return false;
}

/* --- results ------------------------------------------------------------------ */

static void hex_of(const Buf *text, char out[65])
{
    Hash h = hash_bytes(text->p, text->n);
    hash_hex(&h, out);
}

static void put_hash(FxJob *job, const char *hex)
{
    buf_printf(&job->result.result, "{\"sha256\":\"%s\"}", hex);
    fx_done(job);
}

static void do_read(Place *p)
{
    Buf text = {0}, *r = &p->job->result.result;
    if (must_exist(p) && read_text(p, &text) && must_be_text(p, &text)) {
        buf_puts(r, "{\"text\":");
        json_put_text(r, buf_view(&text));
        buf_puts(r, ",\"size\":");
        json_put_int(r, (int64_t)text.n);
        buf_putc(r, '}');
        r->failed = r->failed || text.failed;
        fx_done(p->job);
    }
    buf_free(&text);
}

static void do_image(Place *p)
{
    Buf text = {0}, *r = &p->job->result.result;
    char hex[65] = "";
    if (p->fd < 0 || (read_text(p, &text) && must_be_text(p, &text))) {
        if (p->fd >= 0)
            hex_of(&text, hex);
        buf_printf(r, "{\"existed\":%s,\"text\":", p->fd >= 0 ? "true" : "false");
        json_put_text(r, buf_view(&text));
        buf_printf(r, ",\"sha256\":\"%s\"}", hex);
        r->failed = r->failed || text.failed;
        fx_done(p->job);
    }
    buf_free(&text);
}

/* --- writing -------------------------------------------------------------------- */

static bool write_all(int fd, Str s)
{
    while (s.n > 0) {
        ssize_t put = write(fd, s.p, s.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        s.p += put, s.n -= (size_t)put;
    }
    return true;
}

/* The folder was opened as a place only; fsync wants more. */
static bool sync_folder(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Beside, synced, renamed: the file is the old or the new one, never half. */
static bool replace(Place *p, Str text)
{
    char tmp[40];
    uint64_t random;
    if (p->job->os->random(p->job->os, &random, sizeof random) != GATE_OK)
        return no(p, "name a file beside");
    snprintf(tmp, sizeof tmp, ".gate-%016jx", (uintmax_t)random);
    mode_t mode = p->fd >= 0 ? p->st.st_mode & 0777 : 0644;
    int fd = openat(p->dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return no(p, "make a file beside");
    bool ok = write_all(fd, text) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok = ok && renameat(p->dir, tmp, p->dir, p->name) == 0;
    if (!ok) {
        no(p, "write");
        unlinkat(p->dir, tmp, 0);
        return false;
    }
    if (sync_folder(p->dir))
        return true;
    fx_fail(p->job, FX_UNKNOWN, "error", "%s was written, but its folder could not be "
            "synced: %s", p->path, strerror(errno));
    return false;
}

/* The hash of what was there. A file that the image could not hold must not be
 * overwritten: its undo would be a lie. */
static bool hash_before(Place *p, char hex[65])
{
    Buf text = {0};
    hex[0] = '\0';
    bool ok = p->fd < 0 || read_text(p, &text);
    if (ok && p->fd >= 0)
        hex_of(&text, hex);
    buf_free(&text);
    return ok;
}

static void do_write(Place *p, Str text)
{
    char hex[65];
    if (text.n > LIM_FILE_BYTES)
        fx_fail(p->job, FX_FAILED, "limit", "the text for %s is larger than %d bytes",
                p->path, LIM_FILE_BYTES);
    else if (hash_before(p, hex) && replace(p, text))
        put_hash(p->job, hex);
}

static bool unlink_place(Place *p)
{
    if (unlinkat(p->dir, p->name, 0) != 0)
        return no(p, "remove");
    if (sync_folder(p->dir))
        return true;
    fx_fail(p->job, FX_UNKNOWN, "error", "%s was removed, but its folder could not be "
            "synced: %s", p->path, strerror(errno));
    return false;
}

static void do_restore(Place *p, const Json *args)
{
    const Json *existed = json_get(args, "existed");
    char hex[65];
    if (existed != NULL && existed->kind == J_TRUE) {
        do_write(p, json_text(args, "text"));
        return;
    }
    if (hash_before(p, hex) && (p->fd < 0 || unlink_place(p)))
        put_hash(p->job, hex);
}

/* --- hash and remove, of any size ------------------------------------------------ */

static bool hash_file(int fd, char hex[65])
{
    char chunk[65536];
    Hash h;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
    for (ssize_t got = 1; ok && got > 0;) {
        got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            got = 1;
        else
            ok = got >= 0 && (got == 0 || EVP_DigestUpdate(c, chunk, (size_t)got) == 1);
    }
    ok = ok && EVP_DigestFinal_ex(c, h.b, NULL) == 1;
    EVP_MD_CTX_free(c);
    if (ok)
        hash_hex(&h, hex);
    return ok;
}

static void hash_or_remove(Place *p)
{
    char hex[65];
    if (!hash_file(p->fd, hex)) {
        no(p, "read");
        return;
    }
    if (strcmp(p->job->pack->tool, "remove") != 0 || unlink_place(p))
        put_hash(p->job, hex);
}

/* The child answers with one letter for its outcome and then the result or the
 * words. The folder is opened again, as the child inherits no descriptor. */
static void child_main(void *arg, int pipe)
{
    Place *p = arg;
    char folder[4096];
    size_t n = strlen(p->path) - strlen(p->name);
    if (n == 0 || n >= sizeof folder)
        return;
    memcpy(folder, p->path, n);
    folder[n] = '\0';
    p->dir = path_open_dir(folder);
    p->fd = -1;
    if (p->dir < 0 || !open_place(p) || !must_exist(p)) {
        if (p->dir < 0)
            no(p, "open the folder of");
    } else {
        hash_or_remove(p);
    }
    const FxResult *r = &p->job->result;
    bool done = r->outcome == FX_DONE;
    const char letter = done ? 'd' : r->outcome == FX_FAILED ? 'f' : 'u';
    if (write_all(pipe, (Str){&letter, 1}))
        write_all(pipe, buf_view(done ? &r->result : &r->message));
}

static void start_large(Place *p)
{
    Buf why = {0};
    p->job->name = p->path;
    p->job->keep = 8192;
    p->job->has_child = sandbox_call(child_main, p, &p->job->child, &p->job->out, &why);
    if (!p->job->has_child)
        fx_fail(p->job, FX_FAILED, "spawn", "%s was not read: %s", p->path, buf_z(&why));
    buf_free(&why);
}

void fx_file_end(FxJob *job, int status)
{
    Str said = buf_view(&job->out_text);
    bool whole = WIFEXITED(status) && WEXITSTATUS(status) == 0 && said.n > 1;
    Str rest = whole ? (Str){said.p + 1, said.n - 1} : said;
    if (!whole && job->late)
        fx_fail(job, fx_unsure(job), "timeout", "%s was not read in time", job->name);
    else if (!whole)
        fx_fail(job, fx_unsure(job), "signal", "reading %s was stopped", job->name);
    else if (said.p[0] != 'd')
        fx_fail(job, said.p[0] == 'u' ? FX_UNKNOWN : FX_FAILED, "error", "%.*s", STR_ARG(rest));
    else {
        buf_str(&job->result.result, rest);
        fx_done(job);
    }
}

/* --- the tools ------------------------------------------------------------------- */

static void act(Place *p, const Json *args)
{
    const char *tool = p->job->pack->tool;
    if (!open_place(p))
        return;
    if (strcmp(tool, "read") == 0)
        do_read(p);
    else if (strcmp(tool, "image") == 0)
        do_image(p);
    else if (strcmp(tool, "write") == 0)
        do_write(p, json_text(args, "text"));
    else if (strcmp(tool, "restore") == 0)
        do_restore(p, args);
    else if (!must_exist(p))
        return;
    else if (p->st.st_size > LIM_FILE_BYTES)
        start_large(p);
    else
        hash_or_remove(p);
}

static void at_path(FxJob *job, const Json *args, const char *path)
{
    char folder[4096];
    const char *name = strrchr(path, '/') + 1;
    size_t n = (size_t)(name - path);
    if (n >= sizeof folder || *name == '\0') {
        fx_fail(job, FX_FAILED, "error", "%s is not a file", path);
        return;
    }
    memcpy(folder, path, n);
    folder[n] = '\0';
    Place p = {.job = job, .path = path, .name = name, .fd = -1};
    p.dir = path_open_dir(folder);
    if (p.dir < 0) {
        no(&p, "open the folder of");
        return;
    }
    act(&p, args);
    if (p.fd >= 0)
        close(p.fd);
    close(p.dir);
}

void fx_file_start(FxJob *job, const FxRequest *req, const Json *args)
{
    Buf real = {0}, why = {0}, tool = {0};
    Str folder;
    buf_printf(&tool, "file.%s", job->pack->tool);
    if (!path_resolve(req->plan_dir, json_text(args, "path"), true, &real, &why)) {
        fx_fail(job, FX_FAILED, "error", "%s", buf_z(&why));
    } else if (path_granted(req, buf_z(&tool), json_text(args, "path"),
                            buf_z(&real), &folder, &why) == NULL) {
        fx_fail(job, FX_FAILED, "refused", "%s", buf_z(&why));
    } else {
        const char *path = arena_copy(job->arena, real.p, real.n);
        if (path == NULL)
            fx_fail(job, FX_FAILED, "limit", "there was no memory to start it");
        else
            at_path(job, args, path);
    }
    buf_free(&real);
    buf_free(&why);
    buf_free(&tool);
}
