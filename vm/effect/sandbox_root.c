/* Owns: what a program in namespaces sees as its file system, and as whom.
 * Runs in the first process of the new namespaces, once, before it drops its
 * capabilities. Must not know: grants, how a child is started or ends.
 *
 * A new tmpfs becomes the root (pivot_root(2)) while the old one hangs below
 * it, so that every source can be bound from there, /tmp included; then the
 * old root is taken off. System folders are bound read-only, granted ones as
 * granted, /proc is the new pid namespace's, /tmp dies with the namespace. */
#include "vm/effect/sandbox_int.h"

#include "vm/os/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OLD "/.host"

const char *const sb_system_dirs[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32",
                                      "/lib64", "/libx32", NULL};

bool sb_inside(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void write_proc(const Launch *l, const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        sb_fail(l, "set the user of the namespace in", path);
    close(fd);
}

/* One user, one group: oneself (user_namespaces(7)). Files of others belong
 * to nobody in here. The files are root's when gate has made itself
 * undumpable, which this copy undoes for itself. */
void sb_map_ids(const Launch *l)
{
    char line[64];
    prctl(PR_SET_DUMPABLE, 1);
    write_proc(l, "/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%ju %ju 1", (uintmax_t)l->uid, (uintmax_t)l->uid);
    write_proc(l, "/proc/self/uid_map", line);
    snprintf(line, sizeof line, "%ju %ju 1", (uintmax_t)l->gid, (uintmax_t)l->gid);
    write_proc(l, "/proc/self/gid_map", line);
}

static void mount_tmpfs(const Launch *l, const char *at, const char *options,
                        unsigned long flags)
{
    if (mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV | flags, options) != 0)
        sb_fail(l, "mount a private folder at", at);
}

/* mkdir -p and, for a file, an empty one to mount over. What is there is
 * fine; what cannot be made shows when it is mounted over. */
static void make_place(const char *path, bool folder)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof part)
        return;
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++)
        if (part[i] == '/') {
            part[i] = '\0';
            mkdir(part, 0755);
            part[i] = '/';
        }
    if (folder) {
        mkdir(part, 0755);
        return;
    }
    int fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0)
        close(fd);
}

/* Flags are only added, so what the host's own mount forbids stays forbidden;
 * an old MS_REMOUNT would have to repeat every locked flag. */
static void restrict_mount(const Launch *l, const char *at, uint64_t flags,
                           unsigned how)
{
    struct mount_attr a = {.attr_set = flags};
    if (mount_setattr(AT_FDCWD, at, how, &a, sizeof a) != 0)
        sb_fail(l, "restrict the mount (Linux 5.12 has mount_setattr)", at);
}

static void bind(const Launch *l, const char *path, uint64_t flags)
{
    char from[PATH_MAX];
    if (snprintf(from, sizeof from, OLD "%s", path) >= (int)sizeof from) {
        errno = ENAMETOOLONG;
        sb_fail(l, "bind", path);
    }
    if (mount(from, path, NULL, MS_BIND | MS_REC, NULL) != 0)
        sb_fail(l, "bind", path);
    restrict_mount(l, path, flags, AT_RECURSIVE);
}

/* A system path as it is on the host: a link stays a link (/bin on a merged
 * system), a folder or file is bound read-only, what is not there is not
 * made. */
static void show(const Launch *l, const char *path)
{
    char from[PATH_MAX], target[PATH_MAX];
    struct stat st;
    snprintf(from, sizeof from, OLD "%s", path);
    if (lstat(from, &st) != 0)
        return;
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlink(from, target, sizeof target - 1);
        if (n > 0) {
            target[n] = '\0';
            if (symlink(target, path) != 0 && errno != EEXIST)
                sb_fail(l, "link", path);
        }
        return;
    }
    make_place(path, S_ISDIR(st.st_mode));
    bind(l, path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static void show_etc(const Launch *l)
{
    mkdir("/etc", 0755);
    mkdir("/etc/ssl", 0755);
#define ETC(path, why) show(l, "/etc/" path);
#define NET(path, why) if (l->spec->network) show(l, "/etc/" path);
#include "vm/effect/etc.def"
#undef ETC
#undef NET
}

/* Read before the roots change: it is often a link into /run. */
static size_t read_resolv(char *out, size_t n)
{
    int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, out, n);
    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

static void write_resolv(const char *p, size_t n)
{
    int fd = open("/etc/resolv.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return; /* names do not resolve then; the program says so */
    ssize_t put = write(fd, p, n);
    (void)put;
    close(fd);
}

/* No terminal, no disks. A device keeps working on a read-only mount. */
static void make_dev(const Launch *l)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                          "/dev/random", "/dev/urandom"};
    mkdir("/dev", 0755);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        make_place(devices[i], false);
        bind(l, devices[i], MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    }
    if (symlink("/proc/self/fd", "/dev/fd") != 0 ||
        symlink("/proc/self/fd/0", "/dev/stdin") != 0 ||
        symlink("/proc/self/fd/1", "/dev/stdout") != 0 ||
        symlink("/proc/self/fd/2", "/dev/stderr") != 0 ||
        symlink("/tmp", "/dev/shm") != 0)
        sb_fail(l, "link devices in", "/dev");
}

/* Read-only as a whole: a program of root's, capabilities or not, owns what
 * stands in /proc/sys. */
static void mount_proc(const Launch *l)
{
    mkdir("/proc", 0755);
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        sb_fail(l, "mount", "/proc");
    restrict_mount(l, "/proc", MOUNT_ATTR_RDONLY, 0);
}

/* Shorter paths first, so that a folder inside a folder has the last word;
 * of the same folder twice, the writable one. */
static void bind_granted(const Launch *l)
{
    const SandboxSpec *s = l->spec;
    const uint64_t base = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    for (size_t len = 1; len < PATH_MAX; len++) {
        size_t longer = 0;
        for (size_t i = 0; i < s->n_read + s->n_write; i++) {
            bool ro = i < s->n_read;
            const char *d = ro ? s->read_dirs[i] : s->write_dirs[i - s->n_read];
            size_t n = strlen(d);
            longer += n > len;
            if (n != len)
                continue;
            make_place(d, true);
            bind(l, d, ro ? base | MOUNT_ATTR_RDONLY : base);
        }
        if (longer == 0)
            return;
    }
}

/* An empty folder over what must not be reached. Every folder between it and
 * the granted one becomes a mount of its own, since what is mounted on cannot
 * be renamed away. */
static void hide(const Launch *l, const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return; /* not inside a granted folder, so not here at all */
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s", path);
    const SandboxSpec *s = l->spec;
    for (size_t i = 0; i < s->n_write; i++) {
        size_t top = strlen(s->write_dirs[i]);
        if (!sb_inside(path, s->write_dirs[i]))
            continue;
        for (size_t k = top + 1; path[k] != '\0'; k++) {
            if (path[k] != '/')
                continue;
            part[k] = '\0';
            if (mount(part, part, NULL, MS_BIND | MS_REC, NULL) != 0)
                sb_fail(l, "pin", part);
            part[k] = '/';
        }
    }
    mount_tmpfs(l, path, "size=4k,mode=0", MS_RDONLY | MS_NOEXEC);
}

static void enter_root(const Launch *l)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        sb_fail(l, "make mounts private in", "/");
    mount_tmpfs(l, "/tmp", "size=1m,mode=0755", 0);
    if (mkdir("/tmp" OLD, 0700) != 0)
        sb_fail(l, "make a folder in", "/tmp");
    if (syscall(SYS_pivot_root, "/tmp", "/tmp" OLD) != 0 || chdir("/") != 0)
        sb_fail(l, "change the root", NULL);
}

static void leave_host(const Launch *l)
{
    if (umount2(OLD, MNT_DETACH) != 0 || rmdir(OLD) != 0)
        sb_fail(l, "take off the host's root", NULL);
    restrict_mount(l, "/", MOUNT_ATTR_RDONLY, 0);
}

void sb_root(const Launch *l)
{
    char resolv[8192];
    size_t n_resolv = l->spec->network ? read_resolv(resolv, sizeof resolv) : 0;
    umask(022);
    enter_root(l);
    for (const char *const *d = sb_system_dirs; *d != NULL; d++)
        show(l, *d);
    show_etc(l);
    if (n_resolv > 0)
        write_resolv(resolv, n_resolv);
    make_dev(l);
    mount_proc(l);
    char options[64];
    mkdir("/tmp", 0755);
    snprintf(options, sizeof options, "size=%dm,mode=1777", LIM_SANDBOX_TMP_MIB);
    mount_tmpfs(l, "/tmp", options, 0);
    bind_granted(l);
    for (size_t i = 0; i < l->spec->n_hide; i++)
        hide(l, l->spec->hide_dirs[i]);
    leave_host(l);
    if (sethostname("gate", 4) != 0)
        sb_fail(l, "name the host", NULL);
}
