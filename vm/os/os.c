/* Owns: the real operating system behind os.h. Must not know: gate. */
#include "vm/os/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* CLOCK_BOOTTIME goes on while the machine sleeps (clock_gettime(2)), as the
 * wall clock does: the two part only when somebody sets the wall clock. */
static int64_t real_boot(Os *os)
{
    (void)os;
    return clock_ms(CLOCK_BOOTTIME);
}

/* random(4): "a UUID generated at boot; it does not change until the next". */
static bool real_boot_id(Os *os, char out[OS_UUID_SIZE])
{
    Buf text = {0};
    (void)os;
    bool ok = os_read_file("/proc/sys/kernel/random/boot_id", 64, &text, NULL) ==
                  GATE_OK && text.n >= OS_UUID_SIZE - 1;
    if (ok) {
        memcpy(out, text.p, OS_UUID_SIZE - 1);
        out[OS_UUID_SIZE - 1] = '\0';
    }
    buf_free(&text);
    return ok;
}

Os *os_real(void)
{
    static Os real = {real_now, real_mono, real_random, real_boot, real_boot_id};
    return &real;
}

bool os_open_std(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest free number is taken: open(2). */
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

bool os_close_stdout(Buf *why)
{
    bool lost = ferror(stdout) != 0;
    errno = 0;
    /* Some file systems tell only when a file is closed: close(2). */
    if (fclose(stdout) != 0 || lost) {
        if (why != NULL && errno != 0)
            buf_printf(why, ": %s", strerror(errno));
        return false;
    }
    return true;
}

static GateStatus fail(Buf *why, const char *what, const char *path)
{
    if (why != NULL)
        buf_printf(why, "cannot %s %s: %s", what, path, strerror(errno));
    return errno == ENOENT ? GATE_E_NOTFOUND : GATE_E_IO;
}

/* Straight into the buffer. A file says how much it holds; a pipe, or what
 * lies in /proc, does not. */
static GateStatus read_all(int fd, const char *path, size_t max, Buf *out,
                           Buf *why)
{
    enum { PIECE = 65535 };
    struct stat st;
    size_t size = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
    size_t room = size == 0 ? PIECE : size < max ? size : max;
    for (;;) {
        /* One byte more than is said to be there: so its end is seen, too. */
        char *p = buf_reserve(out, room + 1);
        if (p == NULL)
            return GATE_E_MEMORY;
        ssize_t got = read(fd, p, room + 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(why, "read", path);
        if (got == 0)
            return GATE_OK;
        if ((size_t)got > max - out->n) {
            if (why != NULL)
                buf_printf(why, "%s is larger than %zu bytes", path, max);
            return GATE_E_LIMIT;
        }
        out->n += (size_t)got;
        room = out->n > size ? PIECE : size - out->n;
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

GateStatus os_list_folder(const char *path, Buf *out)
{
    const struct dirent *e;
    DIR *d = opendir(path);
    if (d == NULL)
        return fail(NULL, "open", path);
    while ((e = readdir(d)) != NULL) {
        size_t n = strlen(e->d_name) + 1;
        if (e->d_name[0] == '.')
            continue;
        if (out->max > 0 && n > out->max - out->n)
            break;
        buf_put(out, e->d_name, n);
    }
    closedir(d);
    return out->failed ? GATE_E_MEMORY : GATE_OK;
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
    return GATE_OK;
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

/* Whose file it was, and who may read it, stays. Where the caller cannot give it
 * to its group, the new group may do what the group and all others could. */
static bool keep_rights(int fd, const char *path)
{
    struct stat old, now;
    if (stat(path, &old) != 0)
        return true; /* a new file */
    if (fstat(fd, &now) != 0)
        return false;
    bool same = old.st_uid == now.st_uid && old.st_gid == now.st_gid;
    mode_t mode = old.st_mode & 0777;
    if (!same && fchown(fd, old.st_uid, old.st_gid) != 0)
        mode = (mode & 0707) | (mode & 070 & (mode & 07) << 3);
    return fchmod(fd, mode) == 0;
}

static GateStatus replace(const char *path, Str bytes, unsigned mode, Buf *why)
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
    if (st == GATE_OK && !keep_rights(fd, path))
        st = fail(why, "keep the rights of", path);
    if (st == GATE_OK && fsync(fd) != 0)
        st = fail(why, "sync", t);
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

static GateStatus write_into(const char *path, Str bytes, Buf *why)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(why, "open", path);
    GateStatus st = write_all(fd, path, bytes, why);
    if (close(fd) != 0 && st == GATE_OK)
        st = fail(why, "close", path);
    return st;
}

/* A rename would put a plain file in the place of a device, a pipe or a link:
 * those are written into, and a link is followed first. */
GateStatus os_write_file(const char *path, Str bytes, unsigned mode, Buf *why)
{
    struct stat sb;
    if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode))
        return write_into(path, bytes, why);
    char *real = realpath(path, NULL);
    GateStatus st = replace(real != NULL ? real : path, bytes, mode, why);
    free(real);
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
