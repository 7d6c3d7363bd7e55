/* Owns: the real operating system behind os.h. Must not know: gate. */
#include "vm/os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t real_now(Os *os)
{
    (void)os;
    return clock_ms(CLOCK_REALTIME);
}

static int64_t real_mono(Os *os)
{
    (void)os;
    return clock_ms(CLOCK_MONOTONIC);
}

static GateStatus real_random(Os *os, void *out, size_t n)
{
    (void)os;
    unsigned char *p = out;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return GATE_E_IO;
        p += got;
        n -= (size_t)got;
    }
    return GATE_OK;
}

Os *os_real(void)
{
    static Os real = {real_now, real_mono, real_random};
    return &real;
}

static GateStatus fail(Buf *why, const char *what, const char *path)
{
    if (why != NULL)
        buf_printf(why, "cannot %s %s: %s", what, path, strerror(errno));
    return errno == ENOENT ? GATE_E_NOTFOUND : GATE_E_IO;
}

static GateStatus read_all(int fd, const char *path, size_t max, Buf *out,
                           Buf *why)
{
    char chunk[65536];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(why, "read", path);
        if (got == 0)
            return out->failed ? GATE_E_MEMORY : GATE_OK;
        if ((size_t)got > max - out->n) {
            if (why != NULL)
                buf_printf(why, "%s is larger than %zu bytes", path, max);
            return GATE_E_LIMIT;
        }
        buf_put(out, chunk, (size_t)got);
    }
}

GateStatus os_read_file(const char *path, size_t max_bytes, Buf *out, Buf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(why, "open", path);
    GateStatus st = read_all(fd, path, max_bytes, out, why);
    close(fd);
    return st;
}

static GateStatus write_all(int fd, const char *path, Str bytes, Buf *why)
{
    while (bytes.n > 0) {
        ssize_t put = write(fd, bytes.p, bytes.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fail(why, "write", path);
        bytes.p += put;
        bytes.n -= (size_t)put;
    }
    return fsync(fd) == 0 ? GATE_OK : fail(why, "sync", path);
}

/* A rename is durable once its folder is synced (rename(2), fsync(2)). */
static GateStatus sync_dir_of(const char *path, Buf *why)
{
    Buf dir = {0};
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        buf_putc(&dir, '.');
    else
        buf_put(&dir, path, slash == path ? 1 : (size_t)(slash - path));
    int fd = open(buf_z(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    GateStatus st = GATE_OK;
    if (fd < 0 || fsync(fd) != 0)
        st = fail(why, "sync the folder", buf_z(&dir));
    if (fd >= 0)
        close(fd);
    buf_free(&dir);
    return st;
}

GateStatus os_write_file(const char *path, Str bytes, unsigned mode, Buf *why)
{
    Buf tmp = {0};
    buf_printf(&tmp, "%s.tmp%ld", path, (long)getpid());
    const char *t = buf_z(&tmp);
    int fd = open(t, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        GateStatus st = fail(why, "make", t);
        buf_free(&tmp);
        return st;
    }
    GateStatus st = write_all(fd, t, bytes, why);
    if (close(fd) != 0 && st == GATE_OK)
        st = fail(why, "close", t);
    if (st == GATE_OK && rename(t, path) != 0)
        st = fail(why, "replace", path);
    if (st == GATE_OK)
        st = sync_dir_of(path, why);
    else
        unlink(t);
    buf_free(&tmp);
    return st;
}

GateStatus os_make_dirs(const char *path, unsigned mode, Buf *why)
{
    Buf b = {0};
    GateStatus st = GATE_OK;
    size_t n = strlen(path);
    for (size_t i = 1; i <= n && st == GATE_OK; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        buf_clear(&b);
        buf_put(&b, path, i);
        if (mkdir(buf_z(&b), (mode_t)mode) != 0 && errno != EEXIST)
            st = fail(why, "make the folder", buf_z(&b));
    }
    struct stat sb;
    if (st == GATE_OK && (stat(path, &sb) != 0 || !S_ISDIR(sb.st_mode))) {
        errno = ENOTDIR;
        st = fail(why, "use", path);
    }
    buf_free(&b);
    return st;
}
