/* The process sandbox: one child, made so that it can do what its grant says
 * and nothing else. Tiers, each with all before it:
 *   T0 no_new_privs, rlimits, closed descriptors, clean environment, own
 *      session and process group, death with the parent
 *   T1 seccomp allow-list (unknown calls: ENOSYS; sockets refused unless the
 *      grant has network)
 *   T2 Landlock: reads of system folders and the granted ones, writes of
 *      granted folders only
 *   T3 user, mount, pid, ipc, uts and (without network) net namespaces: the
 *      home, other processes and the network are not there at all; killing
 *      the namespace's first process kills every grandchild
 * Sources: seccomp(2), landlock(7), user_namespaces(7), pid_namespaces(7). */
#ifndef GATE_EFFECT_SANDBOX_H
#define GATE_EFFECT_SANDBOX_H

#include "vm/os/mem.h"

typedef struct SandboxSpec {
    const char *const *argv; /* argv[0] resolved to an absolute path */
    const char *dir;         /* working folder, absolute */
    const char *const *env;
    const char *const *read_dirs;  size_t n_read;   /* besides system folders */
    const char *const *write_dirs; size_t n_write;  /* may be 0: shell.query */
    bool network;
    int in, out, err;        /* descriptors for 0, 1, 2 */
    int64_t cpu_ms;          /* rlimits */
    int64_t memory_bytes;
} SandboxSpec;

typedef struct SandboxChild {
    int pid;            /* reap with waitpid; -1 when it could not be made */
    int tier;           /* 0..3 */
} SandboxChild;

/* Best tier this host has; probed once. missing: a sentence a line. */
int sandbox_probe(Buf *missing);
/* false: why says what failed; nothing was started. */
bool sandbox_start(const SandboxSpec *spec, SandboxChild *out, Buf *why);

#endif
