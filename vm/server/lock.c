/* Owns: the tenant's lock: one process writes at a time (log.h). Must not
 * know: what it does while it holds it.
 *
 * flock(2), because it goes away with the last descriptor, however the process
 * ends: there is no stale lock to judge. The pid in the file is for words
 * only, never for a decision. */
#include "vm/server/svc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static long read_pid(int fd)
{
    char text[32];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strtol(text, NULL, 10);
}

static void write_pid(int fd)
{
    Buf b = {0};
    buf_printf(&b, "%ld\n", (long)getpid());
    /* A lost pid costs a word in a message, so a failure is no failure. */
    if (ftruncate(fd, 0) == 0 && !b.failed) {
        ssize_t put = pwrite(fd, b.p, b.n, 0);
        (void)put;
    }
    buf_free(&b);
}

GateStatus lock_take(const char *dir, int *fd, long *pid, Buf *why)
{
    Buf path = {0};
    *pid = 0;
    buf_printf(&path, "%s/lock", dir);
    *fd = open(buf_z(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    GateStatus st = GATE_OK;
    if (*fd < 0) {
        buf_printf(why, "cannot open the lock %s: %s", buf_z(&path),
                   strerror(errno));
        st = GATE_E_IO;
    } else if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        st = errno == EWOULDBLOCK || errno == EINTR ? GATE_E_BUSY : GATE_E_IO;
        if (st == GATE_E_IO)
            buf_printf(why, "cannot lock %s: %s", buf_z(&path), strerror(errno));
        *pid = read_pid(*fd);
        close(*fd);
        *fd = -1;
    } else {
        write_pid(*fd);
    }
    buf_free(&path);
    return st;
}

/* A shared lock that is had for a moment: two who look do not see each other.
 * Whoever wants to write just then looks for the holder and comes back. */
bool lock_held(const char *dir)
{
    Buf path = {0};
    buf_printf(&path, "%s/lock", dir);
    int fd = open(buf_z(&path), O_RDONLY | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    lock_drop(fd);
    buf_free(&path);
    return held;
}

void lock_drop(int fd)
{
    if (fd >= 0)
        close(fd);
}
