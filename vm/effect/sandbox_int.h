/* Inside the sandbox: what its files share. Nobody else includes this. */
#ifndef GATE_EFFECT_SANDBOX_INT_H
#define GATE_EFFECT_SANDBOX_INT_H

#include "vm/effect/sandbox.h"

#include <limits.h>
#include <sys/types.h>

enum { LAYER_SECCOMP = 1, LAYER_LANDLOCK = 2, LAYER_NAMESPACES = 4 };

/* One launch, made by the parent and used by its children after the fork. */
typedef struct Launch {
    const SandboxSpec *spec;
    unsigned layers;
    int abi;            /* Landlock's; 0: none */
    int ready;          /* steps that fail are told here; closed by execve */
    int report;         /* how the program ended */
    uid_t uid;
    gid_t gid;
    char tmp[64];       /* the private folder: /tmp inside namespaces */
} Launch;

/* In a child: tells "cannot WHAT [PATH]: cause" and ends it. */
_Noreturn void sb_fail(const Launch *l, const char *what, const char *path);

/* sandbox_root.c: the namespaces' minimal root; called by their first
 * process. */
void sb_map_ids(const Launch *l);
void sb_root(const Launch *l);
/* Is path the folder or below it? Both absolute, resolved, without a slash at
 * the end. */
bool sb_inside(const char *path, const char *folder);
extern const char *const sb_system_dirs[]; /* /usr, /bin ...; NULL at the end */

/* sandbox_landlock.c */
int sb_landlock_abi(void); /* 0: none */
/* The rights that ABI knows. Pure, so that every ABI can be tested. */
uint64_t sb_landlock_handled(int abi);
bool sb_landlock(const Launch *l); /* false: errno says why */

/* sandbox_seccomp.c */
/* Compiles a filter in the parent, once. */
bool sb_seccomp_prepare(bool network);
bool sb_seccomp(bool network); /* after its prepare; false: errno says why */

#endif
