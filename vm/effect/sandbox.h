/* The process sandbox: one child, made so that it can do what its grant says
 * and nothing else. Tiers, each with all before it:
 *   T0 no_new_privs, no capabilities, rlimits, closed descriptors, clean
 *      environment, own session and process group, death with the parent
 *   T1 seccomp allow-list (unknown calls: ENOSYS; sockets refused unless the
 *      grant has network)
 *   T2 Landlock: reads of system folders and the granted ones, writes of
 *      granted folders only
 *   T3 user, mount, pid, ipc, uts and (without network) net namespaces: the
 *      home, other processes and the network are not there at all; killing
 *      the namespace's first process kills every grandchild
 * Every layer that the host has is used, also above a missing one; the tier
 * is the highest one below which nothing is missing.
 * Sources: seccomp(2), landlock(7), user_namespaces(7), pid_namespaces(7).
 *
 * The child is not the program but a small supervisor of ours, the first
 * process of the pid namespace, which starts the program, reaps what it leaves
 * behind and tells how it ended. Call from a process with one thread. */
#ifndef GATE_EFFECT_SANDBOX_H
#define GATE_EFFECT_SANDBOX_H

#include "vm/os/mem.h"

typedef struct SandboxSpec {
    const char *const *argv; /* argv[0] resolved to an absolute path */
    const char *dir;         /* working folder, absolute; NULL: the private /tmp */
    const char *const *env;  /* without HOME and TMPDIR: the sandbox adds both */
    const char *const *read_dirs;  size_t n_read;   /* besides system folders */
    const char *const *write_dirs; size_t n_write;  /* may be 0: shell.query */
    /* Never reachable, even inside a granted folder: the state folder. Where
     * the host cannot do that, nothing is started. */
    const char *const *hide_dirs;  size_t n_hide;
    bool network;
    int in, out, err;        /* descriptors for 0, 1, 2 */
    int64_t cpu_ms;          /* rlimits */
    int64_t memory_bytes;    /* 0: no limit */
} SandboxSpec;

typedef struct SandboxChild {
    int pid;            /* the supervisor; -1 when it could not be made */
    int tier;           /* 0..3 */
    int gone;           /* readable when there is something to reap; -1: this
                           kernel has no pidfd_open(2), ask now and then */
    int report;         /* the sandbox's own */
    bool namespaces;    /* how sandbox_kill reaches the grandchildren */
    bool supervised;    /* false: sandbox_call's child, which is alone */
} SandboxChild;

/* Best tier this host has; probed once. missing: a sentence a line; NULL is
 * fine. */
int sandbox_probe(Buf *missing);
/* Would sandbox_start take these folders on this host? Only the folders of the
 * spec are looked at. false: why has the sentence. */
bool sandbox_takes(const SandboxSpec *spec, Buf *why);
/* false: why says what failed; nothing was started. The program has been
 * executed when this returns true. */
bool sandbox_start(const SandboxSpec *spec, SandboxChild *out, Buf *why);
/* A child of gate itself, without exec: runs fn with the descriptor of the
 * pipe whose other end is *result. Own session, no inherited descriptors,
 * empty environment, death with the parent; fn calls sandbox_enter when it has
 * loaded what it needs. */
bool sandbox_call(void (*fn)(void *arg, int pipe), void *arg,
                  SandboxChild *out, int *result, Buf *why);
/* Locks the calling process in: no capabilities, no_new_privs, rlimits,
 * Landlock (reads of system folders and of dirs, no writes) and seccomp, as
 * far as the host has them. There is no way back. */
void sandbox_enter(const char *const *dirs, size_t n_dirs, bool network,
                   int64_t cpu_ms, int64_t memory_bytes);

/* Asks the program's process group to end (SIGTERM). */
void sandbox_term(const SandboxChild *c);
/* Ends it with everything it started. */
void sandbox_kill(const SandboxChild *c);
/* Never waits. true: it is over, nothing of it is left (T3), status is the
 * program's as waitpid(2) has it, and c's descriptors are closed. */
bool sandbox_reap(SandboxChild *c, int *status);

/* For tests: act as a host that has no more than this tier
 * and Landlock ABI. It can only take away. -1: no limit. */
void sandbox_limit(int max_tier, int max_abi);

#endif
