/* Tries to get out of the sandbox it was started in, one way after the other,
 * and says of each whether it was denied or ALLOWED. It judges nothing: which
 * ones a tier must deny stands in probe.sh.
 * usage: probe try OUTSIDE STATE PID    every attempt; PID: somebody else
 *        probe forks                    as many processes as it can, at most 1200
 *        probe hold LOCK FIFO           ignores TERM, and so does a grandchild in
 *                                       a session of its own that holds LOCK
 *        probe leave LOCK FIFO          the same grandchild, but ends itself */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void say(const char *name, int allowed)
{
    int e = errno;
    if (allowed)
        printf("%s ALLOWED\n", name);
    else
        printf("%s denied (%s)\n", name, strerror(e));
    fflush(stdout);
}

static void opens(const char *name, const char *path, int flags)
{
    int fd = open(path, flags, 0644);
    say(name, fd >= 0);
    if (fd >= 0)
        close(fd);
}

/* In a child: what works must not help the next attempt. */
static void alone(const char *name, int (*attempt)(void))
{
    pid_t pid = fork();
    int status = 0;
    if (pid == 0)
        _exit(attempt() == 0 ? 0 : errno);
    waitpid(pid, &status, 0);
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    say(name, errno == 0);
}

static int mounts(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static int unshares(void) { return unshare(CLONE_NEWUSER); }
static int chroots(void) { return chroot("/tmp"); }

static void inherited(void)
{
    int found = 0;
    for (int fd = 3; fd < 4096; fd++)
        found += fcntl(fd, F_GETFD) >= 0;
    errno = EBADF;
    say("inherited_descriptor", found > 0);
}

static void environment(void)
{
    static const char *const known[] = {"PATH=", "LANG=", "HOME=", "TMPDIR=", "GATE_KEY="};
    int strange = 0;
    for (char **e = environ; *e != NULL; e++) {
        int ok = 0;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            ok = ok || strncmp(*e, known[i], strlen(known[i])) == 0;
        strange += !ok;
    }
    errno = ENOENT;
    say("environment", strange > 0);
}

static void sockets(void)
{
    static const struct { const char *name; int family, type; } all[] = {
        {"socket_inet", AF_INET, SOCK_STREAM}, {"socket_inet_udp", AF_INET, SOCK_DGRAM},
        {"socket_inet6", AF_INET6, SOCK_STREAM}, {"socket_unix", AF_UNIX, SOCK_STREAM},
        {"socket_unix_dgram", AF_UNIX, SOCK_DGRAM}, {"socket_netlink", AF_NETLINK, SOCK_RAW},
        {"socket_packet", AF_PACKET, SOCK_RAW}, {"socket_raw", AF_INET, SOCK_RAW},
        {"socket_vsock", AF_VSOCK, SOCK_STREAM}, {"socket_alg", 38, SOCK_SEQPACKET}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int fd = socket(all[i].family, all[i].type, 0);
        say(all[i].name, fd >= 0);
        if (fd >= 0)
            close(fd);
    }
    int pair[2];
    say("pair_of_datagrams", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        printf("pair_of_streams is NEEDED and was denied\n");
}

/* Reads memory of another process in the three ways there are. */
static void memory_of(pid_t pid, const char *trace, const char *vm, const char *file)
{
    char byte, path[64];
    struct iovec to = {&byte, 1}, from = {&byte, 1};
    long r = ptrace(PTRACE_ATTACH, pid, NULL, NULL);
    say(trace, r == 0);
    if (r == 0) {
        waitpid(pid, NULL, __WALL);
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
    }
    /* EFAULT: it may, and there is nothing at that address. */
    r = process_vm_readv(pid, &to, 1, &from, 1, 0);
    say(vm, r == 1 || errno == EFAULT);
    snprintf(path, sizeof path, "/proc/%ld/mem", (long)pid);
    opens(file, path, O_RDONLY);
}

static void processes(pid_t other)
{
    char path[300];
    int seen = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char line[256] = "";
        snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
        if (fd >= 0)
            close(fd);
        seen += n > 0 && memmem(line, (size_t)n, "gate-probe-victim", 17) != NULL;
    }
    if (d != NULL)
        closedir(d);
    errno = ENOENT;
    say("see_processes", seen > 0);
    memory_of(other, "ptrace_other", "read_memory_of_other", "open_memory_of_other");
    memory_of(getppid(), "ptrace_supervisor", "read_memory_of_supervisor",
              "open_memory_of_supervisor");
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)getppid());
    opens("environment_of_supervisor", path, O_RDONLY);
    say("kill_other", kill(other, SIGKILL) == 0);
}

static void kernel(void)
{
    char params[sizeof(struct io_uring_params)] = {0};
    alone("mount", mounts);
    alone("user_namespace", unshares);
    alone("chroot", chroots);
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        _exit(0);
    say("user_namespace_by_clone", pid > 0);
    say("bpf", syscall(SYS_bpf, 0, NULL, 0) >= 0 || errno == EFAULT || errno == EINVAL);
    say("keyctl", syscall(SYS_keyctl, 0, -3, 1) >= 0);
    say("io_uring", syscall(SYS_io_uring_setup, 4, params) >= 0);
    say("perf", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) >= 0 || errno == EFAULT);
    say("userfaultfd", syscall(SYS_userfaultfd, 0) >= 0);
    opens("core_pattern", "/proc/sys/kernel/core_pattern", O_WRONLY);
    opens("sysrq", "/proc/sysrq-trigger", O_WRONLY);
    opens("kernel_log", "/dev/kmsg", O_RDONLY);
    opens("disk", "/dev/vda", O_RDONLY);
    opens("terminal", "/dev/tty", O_RDWR);
    say("make_device", mknod("device", S_IFCHR | 0600, 0x103) == 0);
}

static void files(const char *outside, const char *state)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/home/secret", outside);
    opens("read_home", path, O_RDONLY);
    snprintf(path, sizeof path, "%s/home/new", outside);
    opens("write_outside", path, O_WRONLY | O_CREAT);
    opens("read_by_link", "link/secret", O_RDONLY);
    opens("write_by_link", "link/new2", O_WRONLY | O_CREAT);
    opens("write_system", "/usr/lib/gate-probe", O_WRONLY | O_CREAT | O_EXCL);
    unlink("/usr/lib/gate-probe");
    opens("read_shadow", "/etc/shadow", O_RDONLY);
    if (*state != '\0') {
        snprintf(path, sizeof path, "%s/log.db", state);
        opens("read_state", path, O_RDONLY);
        say("list_state", opendir(state) != NULL && access(path, R_OK) == 0);
        snprintf(path, sizeof path, "%s.away", state);
        say("move_state", rename(state, path) == 0);
        say("link_state", symlink("x", "inner-moved") == 0 && unlink("inner-moved") == 0 &&
            rename("inner", "inner-moved") == 0);
    }
    int fd = open("set-id", O_WRONLY | O_CREAT, 0755);
    say("set_id_chmod", fd >= 0 && fchmod(fd, 04755) == 0);
    if (fd >= 0)
        close(fd);
    opens("work_in_folder", "made", O_WRONLY | O_CREAT);
}

static void limits(void)
{
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    errno = EPERM;
    say("core_file", core.rlim_max != 0);
    size_t big = (size_t)5 << 30; /* over LIM_SANDBOX_MEMORY_MIB */
    void *p = mmap(NULL, big, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    say("memory", p != MAP_FAILED);
    setpriority(PRIO_PROCESS, 0, 0);
    say("raise_priority", setpriority(PRIO_PROCESS, 0, -5) == 0);
}

static int forks(void)
{
    enum { MOST = 1200 };
    static pid_t pids[MOST];
    int n = 0;
    while (n < MOST && (pids[n] = fork()) >= 0) {
        if (pids[n] == 0)
            for (;;)
                pause();
        n++;
    }
    int cause = errno;
    for (int i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
    errno = cause;
    say("fork_bomb", n == MOST);
    return 0;
}

/* A grandchild that no signal to the group reaches. It holds the lock as long
 * as it lives, and says on the fifo when it does. */
static int hold(const char *lock, const char *fifo, int leave)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        int fd = open(lock, O_RDWR | O_CREAT, 0666);
        if (fd < 0 || flock(fd, LOCK_EX) != 0)
            _exit(1);
        int say_fd = open(fifo, O_WRONLY);
        if (say_fd < 0 || write(say_fd, "holding\n", 8) != 8)
            _exit(1);
        close(say_fd);
        for (;;)
            pause();
    }
    if (leave) { /* only once the lock is held */
        char byte;
        char back[4200];
        snprintf(back, sizeof back, "%s.go", fifo);
        int fd = open(back, O_RDONLY);
        return fd >= 0 && read(fd, &byte, 1) == 1 ? 0 : 1;
    }
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "try") == 0) {
        inherited();
        environment();
        limits();
        sockets();
        files(argv[2], argv[3]);
        kernel();
        processes((pid_t)atol(argv[4]));
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "forks") == 0)
        return forks();
    if (argc == 4 && strcmp(argv[1], "hold") == 0)
        return hold(argv[2], argv[3], 0);
    if (argc == 4 && strcmp(argv[1], "leave") == 0)
        return hold(argv[2], argv[3], 1);
    fputs("usage: probe try OUTSIDE STATE PID | forks | hold LOCK FIFO | leave LOCK FIFO\n", stderr);
    return 2;
}
