/* Owns: making, ending and reaping one sandboxed child, and what this host can
 * do. Must not know: grants, runs, HTTP, what a program is for.
 *
 * Three processes: gate; the supervisor, a copy of gate that starts the program
 * and outlives it by an instant; the program. Two pipes come back: `ready` is
 * closed by execve or carries the step that failed, `report` carries how the
 * program ended and closes with the supervisor. */
#include "vm/effect/sandbox_int.h"

#include "vm/os/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_FD = 3, REPORT_FD = 4, FIRST_FREE_FD = 5 };

/* What the host has, found once: facts of the machine. */
static struct {
    bool probed;
    unsigned layers;
    int abi;
    Buf missing;
} host;
static int limit_tier = -1, limit_abi = -1;

_Noreturn void sb_fail(const Launch *l, const char *what, const char *path)
{
    char text[512];
    const char *cause = strerror(errno);
    int n = path == NULL
                ? snprintf(text, sizeof text, "cannot %s: %s", what, cause)
                : snprintf(text, sizeof text, "cannot %s %s: %s", what, path, cause);
    if (n > 0) {
        size_t k = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
        ssize_t put = write(l->ready, text, k);
        (void)put; /* nobody left to tell */
    }
    _exit(127);
}

/* --- locks that every child gets ------------------------------------------- */

static void set_limit(__rlimit_resource_t what, uint64_t value)
{
    struct rlimit r;
    if (getrlimit(what, &r) != 0)
        return;
    if (r.rlim_max == RLIM_INFINITY || r.rlim_max > value)
        r.rlim_max = (rlim_t)value;
    r.rlim_cur = r.rlim_max;
    setrlimit(what, &r); /* lowering is always allowed (setrlimit(2)) */
}

/* DATA and not AS: address space that is reserved and never touched (Java, Go,
 * sanitizers) costs nothing. Linux counts private writable mappings too. The
 * number of processes is counted per user, and only a user namespace has its
 * own count: without one, the user's other processes would be in it. */
static void set_limits(int64_t cpu_ms, int64_t memory_bytes, bool count_processes)
{
    const uint64_t mib = 1024 * 1024;
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_CPU, (uint64_t)(cpu_ms + 999) / 1000);
    if (memory_bytes > 0)
        set_limit(RLIMIT_DATA, (uint64_t)memory_bytes);
    set_limit(RLIMIT_FSIZE, LIM_SANDBOX_FILE_MIB * mib);
    set_limit(RLIMIT_NOFILE, LIM_SANDBOX_OPEN_FILES);
    if (count_processes)
        set_limit(RLIMIT_NPROC, LIM_SANDBOX_PROCESSES);
}

/* No capability now, none to be gained: by root's exec (NOROOT), by a file's
 * (the bounding set, and no_new_privs), by inheritance (capabilities(7)). The
 * calls that an ordinary user may not make have nothing to take from him. */
static bool drop_capabilities(void)
{
    prctl(PR_SET_SECUREBITS,
          SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
              SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
              SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &head, none) == 0;
}

static void default_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &plain, NULL); /* KILL and STOP refuse, as they should */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(int first)
{
    if (close_range((unsigned)first, ~0U, 0) == 0)
        return;
    struct rlimit r; /* before Linux 5.9 */
    int last = getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < 65536
                   ? (int)r.rlim_cur : 65536;
    for (int fd = first; fd < last; fd++)
        close(fd);
}

/* Has gate died before PR_SET_PDEATHSIG counted? In a new pid namespace
 * getppid is 0 either way; but only gate holds the pipe's other end. */
static bool orphaned(int pipe)
{
    struct pollfd p = {pipe, 0, 0};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

/* --- the program ------------------------------------------------------------ */

static void set_home(const Launch *l, const char **env, size_t max, char *home,
                     char *tmp, size_t n)
{
    size_t k = 0;
    snprintf(home, n, "HOME=%s", l->tmp);
    snprintf(tmp, n, "TMPDIR=%s", l->tmp);
    while (l->spec->env[k] != NULL && k < max - 3) {
        env[k] = l->spec->env[k];
        k++;
    }
    env[k++] = home;
    env[k++] = tmp;
    env[k] = NULL;
}

static _Noreturn void program(const Launch *l, pid_t supervisor)
{
    const SandboxSpec *s = l->spec;
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor)
        _exit(127);
    umask(022);
    const char *dir = s->dir != NULL ? s->dir : l->tmp;
    if (chdir(dir) != 0)
        sb_fail(l, "work in", dir);
    set_limits(s->cpu_ms, s->memory_bytes,
               (l->layers & LAYER_NAMESPACES) != 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        sb_fail(l, "give up new privileges", NULL);
    if ((l->layers & LAYER_LANDLOCK) != 0 && !sb_landlock(l))
        sb_fail(l, "set the Landlock rules", NULL);
    default_signals();
    if ((l->layers & LAYER_SECCOMP) != 0 && !sb_seccomp(s->network))
        sb_fail(l, "set the system call filter", NULL);
    if (s->argv == NULL)
        _exit(0); /* the probe */
    const char *env[16];
    char home[96], tmp[96];
    set_home(l, env, sizeof env / sizeof *env, home, tmp, sizeof home);
    execve(s->argv[0], (char *const *)s->argv, (char *const *)env);
    sb_fail(l, "run", s->argv[0]);
}

/* --- the supervisor ---------------------------------------------------------- */

/* The five descriptors to their places, all others closed. First out of the
 * way, so that none is overwritten. */
static void place_descriptors(Launch *l)
{
    int fds[FIRST_FREE_FD] = {l->spec->in, l->spec->out, l->spec->err, l->ready,
                              l->report};
    for (int i = 0; i < FIRST_FREE_FD; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
        if (fds[i] < 0)
            sb_fail(l, "place descriptors", NULL);
    }
    for (int i = 0; i < FIRST_FREE_FD; i++)
        if (dup3(fds[i], i, i < READY_FD ? 0 : O_CLOEXEC) < 0)
            _exit(127);
    l->ready = READY_FD;
    l->report = REPORT_FD;
    close_from(FIRST_FREE_FD);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
    (void)st, (void)kind, (void)f;
    return remove(path) != 0 && errno == EACCES ? 1 : 0;
}

static void remove_tmp(const Launch *l)
{
    if ((l->layers & LAYER_NAMESPACES) == 0 && l->tmp[0] != '\0')
        nftw(l->tmp, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Without a pid namespace: orphans come to the subreaper, so killing all
 * children, again and again, reaches everybody. A fork bomb may outrun this;
 * the tier does not claim otherwise. The bound is for a kernel that lists no
 * children (CONFIG_PROC_CHILDREN). */
static void kill_rest(pid_t program_group)
{
    enum { ROUNDS = 10000 };
    for (int round = 0; round < ROUNDS; round++) {
        char path[64], text[4096];
        kill(-program_group, SIGKILL);
        snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            close(fd);
        text[n > 0 ? n : 0] = '\0';
        for (char *p = text; *p != '\0';) {
            char *end;
            long pid = strtol(p, &end, 10);
            if (end == p || (*end != ' ' && *end != '\0'))
                break;
            if (*end == ' ') /* else: cut off, comes next round */
                kill((pid_t)pid, SIGKILL);
            p = *end == ' ' ? end + 1 : end;
        }
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
            return;
    }
}

/* The tiny init: reaps whatever is handed to it, passes TERM on, ends with the
 * program, or at QUIT, which only gate and the kernel send. */
static void supervise(pid_t pid, bool namespaces, int *status)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGQUIT);
    for (;;) {
        int s = sigwaitinfo(&set, NULL);
        if (s == SIGTERM)
            kill(-pid, SIGTERM);
        if (s == SIGQUIT && !namespaces)
            return;
        int st;
        for (pid_t w; (w = waitpid(-1, &st, WNOHANG)) > 0;)
            if (w == pid) {
                *status = st;
                return;
            }
    }
}

static _Noreturn void supervisor(Launch *l)
{
    bool ns = (l->layers & LAYER_NAMESPACES) != 0;
    place_descriptors(l);
    /* QUIT where we must clean up ourselves; in a pid namespace KILL does it,
     * which reaches a first process from outside only (pid_namespaces(7)). */
    prctl(PR_SET_PDEATHSIG, ns ? SIGKILL : SIGQUIT);
    if (orphaned(l->report))
        _exit(127);
    if (ns) {
        sb_map_ids(l);
        sb_root(l);
    } else if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        sb_fail(l, "become the reaper of orphans", NULL);
    }
    if (!drop_capabilities())
        sb_fail(l, "drop capabilities", NULL);
    /* gate's memory is still here: not for a program of the same user. */
    prctl(PR_SET_DUMPABLE, 0);
    pid_t me = (pid_t)syscall(SYS_getpid), pid = fork();
    if (pid < 0)
        sb_fail(l, "start a process", NULL);
    if (pid == 0)
        program(l, me);
    for (int fd = 0; fd <= READY_FD; fd++)
        close(fd);
    int status = SIGKILL; /* as waitpid has it: killed */
    supervise(pid, ns, &status);
    if (!ns) {
        kill_rest(pid);
        remove_tmp(l);
    }
    ssize_t put = write(REPORT_FD, &status, sizeof status);
    (void)put;
    _exit(0); /* of a pid namespace: the kernel kills what is left */
}

/* --- starting ---------------------------------------------------------------- */

/* Raw, since the C library's fork takes no flags. Its caches (the thread's id)
 * stay the parent's, so the child uses nothing that asks for them until it has
 * forked. */
static pid_t fork_with(unsigned long flags)
{
    return flags == 0 ? fork()
                      : (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static unsigned long spaces(const Launch *l)
{
    if ((l->layers & LAYER_NAMESPACES) == 0)
        return 0;
    return CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
           CLONE_NEWUTS | (l->spec->network ? 0 : CLONE_NEWNET);
}

/* With every signal blocked from before the fork, none can hit the child
 * while its handlers are still gate's. */
static pid_t make_supervisor(Launch *l)
{
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t pid = fork_with(spaces(l));
    if (pid == 0)
        supervisor(l);
    int cause = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = cause;
    return pid;
}

/* Waits for execve, which closes the pipe, or for the words of what failed. */
static bool wait_ready(int fd, Buf *why)
{
    char text[512];
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, text + n, sizeof text - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || n + (size_t)got == sizeof text)
            break;
        n += (size_t)got;
    }
    if (n > 0 && why != NULL)
        buf_put(why, text, n);
    return n == 0;
}

static bool cannot(Buf *why, const char *what)
{
    if (why != NULL)
        buf_printf(why, "cannot %s: %s", what, strerror(errno));
    return false;
}

static bool launch(Launch *l, SandboxChild *out, Buf *why)
{
    int ready[2], report[2];
    if (pipe2(ready, O_CLOEXEC) != 0)
        return cannot(why, "make a pipe");
    if (pipe2(report, O_CLOEXEC) != 0) {
        close(ready[0]), close(ready[1]);
        return cannot(why, "make a pipe");
    }
    l->ready = ready[1], l->report = report[1];
    pid_t pid = make_supervisor(l);
    int cause = errno;
    close(ready[1]), close(report[1]);
    errno = cause;
    bool ok = pid > 0 ? wait_ready(ready[0], why)
                      : cannot(why, spaces(l) != 0 ? "make namespaces"
                                                   : "start a process");
    close(ready[0]);
    if (!ok) {
        close(report[0]);
        if (pid > 0)
            waitpid(pid, NULL, 0);
        return false;
    }
    fcntl(report[0], F_SETFL, O_NONBLOCK);
    out->pid = pid;
    out->gone = (int)syscall(SYS_pidfd_open, pid, 0);
    out->report = report[0];
    out->namespaces = (l->layers & LAYER_NAMESPACES) != 0;
    out->supervised = true;
    return true;
}

/* --- what this host has ------------------------------------------------------ */

/* A real launch with these layers, up to the exec. */
static bool layers_work(unsigned layers, int abi, Buf *why)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return cannot(why, "open /dev/null");
    static const char *const env[] = {NULL};
    SandboxSpec s = {.env = env, .dir = "/", .in = null, .out = null, .err = null,
                     .cpu_ms = 10000, .memory_bytes = 1 << 28};
    Launch l = {.spec = &s, .layers = layers, .abi = abi, .uid = geteuid(),
                .gid = getegid()};
    SandboxChild child;
    bool ok = launch(&l, &child, why);
    int status = 0;
    if (ok) {
        ssize_t got;
        fcntl(child.report, F_SETFL, 0);
        do
            got = read(child.report, &status, sizeof status);
        while (got < 0 && errno == EINTR);
        ok = got == sizeof status && status == 0;
        waitpid(child.pid, NULL, 0);
        close(child.report);
        if (child.gone >= 0)
            close(child.gone);
        if (!ok && why != NULL)
            buf_puts(why, "the first child ended early");
    }
    close(null);
    return ok;
}

static void try_layer(unsigned layer, const char *words)
{
    Buf why = {0};
    if (layers_work(layer, host.abi, &why))
        host.layers |= layer;
    else
        buf_printf(&host.missing, "%s: %s\n", words, buf_z(&why));
    buf_free(&why);
}

static void probe_each(bool filter)
{
    if (filter)
        try_layer(LAYER_SECCOMP, "T1 is missing: this kernel takes no system call filter");
    else
        buf_puts(&host.missing, "T1 is missing: the system call filter cannot be made\n");
    if (host.abi > 0)
        try_layer(LAYER_LANDLOCK, "T2 is missing: Landlock does not take our rules");
    else
        buf_puts(&host.missing, "T2 is missing: this kernel has no Landlock (Linux "
                                "5.13, and `landlock` in its lsm= list)\n");
    try_layer(LAYER_NAMESPACES, "T3 is missing: no namespaces for programs "
              "(user.max_user_namespaces, kernel.unprivileged_userns_clone and "
              "the container's own filter decide)");
}

/* One launch where nothing is missing; one a layer, to say what is. */
static void probe(void)
{
    const unsigned all = LAYER_SECCOMP | LAYER_LANDLOCK | LAYER_NAMESPACES;
    bool filter = sb_seccomp_prepare(false);
    host.probed = true;
    host.abi = sb_landlock_abi();
    if (filter && host.abi > 0 && layers_work(all, host.abi, NULL))
        host.layers = all;
    else
        probe_each(filter);
    if (host.abi > 0 && host.abi < 3)
        buf_printf(&host.missing, "Landlock is of ABI %d: without T3 it does not "
                                  "see a file being truncated (ABI 3)\n", host.abi);
}

static unsigned layers_now(int *abi)
{
    if (!host.probed)
        probe();
    unsigned layers = host.layers;
    *abi = host.abi;
    if (limit_abi >= 0 && limit_abi < *abi)
        *abi = limit_abi;
    if (*abi == 0)
        layers &= ~(unsigned)LAYER_LANDLOCK;
    if (limit_tier >= 0 && limit_tier < 3)
        layers &= (1u << limit_tier) - 1;
    return layers;
}

static int tier_of(unsigned layers)
{
    int tier = 0;
    while (tier < 3 && (layers & (1u << tier)) != 0)
        tier++;
    return tier;
}

int sandbox_probe(Buf *missing)
{
    int abi;
    int tier = tier_of(layers_now(&abi));
    if (missing != NULL)
        buf_str(missing, buf_view(&host.missing));
    return tier;
}

void sandbox_limit(int max_tier, int max_abi)
{
    limit_tier = max_tier;
    limit_abi = max_abi;
}

/* --- the calls --------------------------------------------------------------- */

/* The kernel's own folders are never granted: inside the namespaces they are
 * the sandbox's. */
static bool folder_allowed(const char *d, Buf *why)
{
    static const char *const kernel[] = {"/proc", "/sys", "/dev"};
    bool ok = d[0] == '/' && d[1] != '\0' && strlen(d) < PATH_MAX;
    for (size_t i = 0; i < 3; i++)
        ok = ok && !sb_inside(d, kernel[i]);
    if (!ok && why != NULL)
        buf_printf(why, "the folder %s cannot be granted to a program: name one "
                        "further down", d);
    return ok;
}

/* Without namespaces nothing can be taken out of a granted folder, and without
 * Landlock nothing at all. */
static bool hidden(const SandboxSpec *s, unsigned layers, Buf *why)
{
    if ((layers & LAYER_NAMESPACES) != 0)
        return true;
    for (size_t h = 0; h < s->n_hide; h++) {
        const char *hide = s->hide_dirs[h];
        bool reachable = (layers & LAYER_LANDLOCK) == 0;
        for (const char *const *d = sb_system_dirs; *d != NULL; d++)
            reachable = reachable || sb_inside(hide, *d);
        for (size_t i = 0; i < s->n_read; i++)
            reachable = reachable || sb_inside(hide, s->read_dirs[i]);
        for (size_t i = 0; i < s->n_write; i++)
            reachable = reachable || sb_inside(hide, s->write_dirs[i]);
        if (!reachable)
            continue;
        if (why != NULL)
            buf_printf(why, "a program could reach gate's own folder %s, and this "
                            "host cannot hide it (tier T%d, see `gate doctor`); "
                            "keep it outside the granted folders", hide,
                       tier_of(layers));
        return false;
    }
    return true;
}

static bool spec_allowed(const SandboxSpec *s, unsigned layers, Buf *why)
{
    if (s->n_read + s->n_write > LIM_SANDBOX_FOLDERS) {
        if (why != NULL)
            buf_printf(why, "%zu folders are granted; a program gets %d at most",
                       s->n_read + s->n_write, LIM_SANDBOX_FOLDERS);
        return false;
    }
    for (size_t i = 0; i < s->n_read; i++)
        if (!folder_allowed(s->read_dirs[i], why))
            return false;
    for (size_t i = 0; i < s->n_write; i++)
        if (!folder_allowed(s->write_dirs[i], why))
            return false;
    return hidden(s, layers, why);
}

bool sandbox_takes(const SandboxSpec *spec, Buf *why)
{
    int abi;
    return spec_allowed(spec, layers_now(&abi), why);
}

bool sandbox_start(const SandboxSpec *spec, SandboxChild *out, Buf *why)
{
    assert(spec->argv != NULL && spec->argv[0][0] == '/');
    Launch l = {.spec = spec, .uid = geteuid(), .gid = getegid(), .tmp = "/tmp"};
    l.layers = layers_now(&l.abi);
    *out = (SandboxChild){.pid = -1, .gone = -1, .report = -1, .tier = tier_of(l.layers)};
    if (!spec_allowed(spec, l.layers, why))
        return false;
    if (!sb_seccomp_prepare(spec->network) && (l.layers & LAYER_SECCOMP) != 0)
        return cannot(why, "make the system call filter");
    if ((l.layers & LAYER_NAMESPACES) == 0) {
        snprintf(l.tmp, sizeof l.tmp, "/tmp/gate-XXXXXX");
        if (mkdtemp(l.tmp) == NULL)
            return cannot(why, "make a private folder in /tmp");
    }
    bool ok = launch(&l, out, why);
    if (!ok)
        remove_tmp(&l);
    return ok;
}

static _Noreturn void lone_child(void (*fn)(void *, int), void *arg, int pipe,
                                 pid_t parent)
{
    default_signals();
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    int null = open("/dev/null", O_RDWR);
    int fd = fcntl(pipe, F_DUPFD, 64);
    if (null < 0 || fd < 0)
        _exit(127);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    dup2(fd, READY_FD);
    close_from(REPORT_FD);
    clearenv(); /* no proxies, no key log, no certificate folders of a user */
    fn(arg, READY_FD);
    _exit(0);
}

bool sandbox_call(void (*fn)(void *arg, int pipe), void *arg,
                  SandboxChild *out, int *result, Buf *why)
{
    int p[2];
    int abi;
    *out = (SandboxChild){.pid = -1, .gone = -1, .report = -1};
    /* For sandbox_enter: found and made here once, not by every child. */
    if ((layers_now(&abi) & LAYER_SECCOMP) != 0 && !sb_seccomp_prepare(true))
        return cannot(why, "make the system call filter");
    if (pipe2(p, O_CLOEXEC) != 0)
        return cannot(why, "make a pipe");
    pid_t me = getpid(), pid = fork();
    if (pid == 0)
        lone_child(fn, arg, p[1], me);
    int cause = errno;
    close(p[1]);
    errno = cause;
    if (pid < 0) {
        close(p[0]);
        return cannot(why, "start a process");
    }
    out->pid = pid;
    out->gone = (int)syscall(SYS_pidfd_open, pid, 0);
    *result = p[0];
    return true;
}

/* The shadow memory of a sanitizer is larger than any limit. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOWED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SHADOWED 1
#endif
#ifndef SHADOWED
#define SHADOWED 0
#endif

void sandbox_enter(const char *const *dirs, size_t n_dirs, bool network,
                   int64_t cpu_ms, int64_t memory_bytes)
{
    SandboxSpec s = {.read_dirs = dirs, .n_read = n_dirs, .network = network};
    Launch l = {.spec = &s};
    l.layers = layers_now(&l.abi) & ~(unsigned)LAYER_NAMESPACES;
    set_limits(cpu_ms, SHADOWED ? 0 : memory_bytes, false);
    bool ok = drop_capabilities() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if ((l.layers & LAYER_LANDLOCK) != 0)
        ok = ok && sb_landlock(&l);
    if ((l.layers & LAYER_SECCOMP) != 0)
        ok = ok && sb_seccomp_prepare(network) && sb_seccomp(network);
    if (!ok)
        _exit(127); /* the probe saw it work; without it nothing goes on */
}

void sandbox_term(const SandboxChild *c)
{
    kill(c->pid, SIGTERM);
}

void sandbox_kill(const SandboxChild *c)
{
    kill(c->pid, c->supervised && !c->namespaces ? SIGQUIT : SIGKILL);
}

bool sandbox_reap(SandboxChild *c, int *status)
{
    int st;
    pid_t w = waitpid(c->pid, &st, WNOHANG);
    if (w == 0 || (w < 0 && errno == EINTR))
        return false;
    *status = w < 0 ? SIGKILL : st;
    if (c->supervised) {
        int told;
        ssize_t got = read(c->report, &told, sizeof told);
        /* No word: the supervisor was killed, and the program with it. */
        *status = got == sizeof told ? told : SIGKILL;
        close(c->report);
    }
    if (c->gone >= 0)
        close(c->gone);
    c->gone = c->report = -1;
    c->pid = -1;
    return true;
}
