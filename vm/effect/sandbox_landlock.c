/* Owns: the Landlock rules (landlock(7)). Must not know: how a child is made.
 * Numbers stand here because Debian 12's headers end at ABI 2. */
#include "vm/effect/sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(n) (UINT64_C(1) << (n))
enum {
    FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR, FS_REMOVE_DIR,
    FS_REMOVE_FILE, FS_MAKE_CHAR, FS_MAKE_DIR, FS_MAKE_REG, FS_MAKE_SOCK,
    FS_MAKE_FIFO, FS_MAKE_BLOCK, FS_MAKE_SYM, FS_REFER, FS_TRUNCATE,
    FS_IOCTL_DEV
};
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NET = 4, ABI_IOCTL = 5, ABI_SCOPE = 6 };
enum { NET_BIND_TCP = 1, NET_CONNECT_TCP = 2 };
enum { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2 };
enum { RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };

typedef struct RulesetAttr {
    uint64_t fs, net, scoped;
} RulesetAttr;

/* The kernel's struct is packed: the descriptor follows the rights at once,
 * so no padding may stand between; at the end it is not read. */
typedef struct PathAttr {
    uint64_t allowed;
    int32_t fd;
} PathAttr;
_Static_assert(offsetof(PathAttr, fd) == 8, "as landlock_path_beneath_attr");

static const uint64_t FS_READ = BIT(FS_EXECUTE) | BIT(FS_READ_FILE) | BIT(FS_READ_DIR);
static const uint64_t FS_ON_FILE = BIT(FS_EXECUTE) | BIT(FS_WRITE_FILE) |
                                   BIT(FS_READ_FILE) | BIT(FS_TRUNCATE) |
                                   BIT(FS_IOCTL_DEV);

int sb_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

uint64_t sb_landlock_handled(int abi)
{
    uint64_t fs = BIT(FS_REFER) - 1;
    if (abi >= ABI_REFER)
        fs |= BIT(FS_REFER);
    if (abi >= ABI_TRUNCATE)
        fs |= BIT(FS_TRUNCATE);
    if (abi >= ABI_IOCTL)
        fs |= BIT(FS_IOCTL_DEV);
    return abi > 0 ? fs : 0;
}

/* A path that is not there needs no rule. */
static bool rule(int set, const char *path, uint64_t rights, int abi)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    struct stat st;
    bool ok = fstat(fd, &st) == 0;
    if (ok && !S_ISDIR(st.st_mode))
        rights &= FS_ON_FILE;
    PathAttr attr = {rights & sb_landlock_handled(abi), fd};
    ok = ok && syscall(SYS_landlock_add_rule, set, RULE_PATH_BENEATH, &attr, 0) == 0;
    int cause = errno;
    close(fd);
    errno = cause;
    return ok;
}

/* Inside the namespaces everything that can be seen may be read; the root is
 * ours. Without them: the same folders by name. */
static bool add_reads(int set, const Launch *l)
{
    if ((l->layers & LAYER_NAMESPACES) != 0)
        return rule(set, "/", FS_READ, l->abi);
    bool ok = true;
    for (const char *const *d = sb_system_dirs; *d != NULL; d++)
        ok = rule(set, *d, FS_READ, l->abi) && ok;
    static const char *const etc[] = {
#define ETC(path, why) "/etc/" path,
#define NET(path, why)
#include "vm/effect/etc.def"
#undef ETC
#undef NET
        "/proc"};
    for (size_t i = 0; i < sizeof etc / sizeof *etc; i++)
        ok = rule(set, etc[i], FS_READ, l->abi) && ok;
    static const char *const net[] = {
#define ETC(path, why)
#define NET(path, why) "/etc/" path,
#include "vm/effect/etc.def"
#undef ETC
#undef NET
        "/etc/resolv.conf"};
    for (size_t i = 0; l->spec->network && i < sizeof net / sizeof *net; i++)
        ok = rule(set, net[i], FS_READ, l->abi) && ok;
    return ok;
}

static bool add_rules(int set, const Launch *l)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                          "/dev/random", "/dev/urandom"};
    const uint64_t device = BIT(FS_READ_FILE) | BIT(FS_WRITE_FILE) |
                            BIT(FS_TRUNCATE) | BIT(FS_IOCTL_DEV);
    const uint64_t all = ~(BIT(FS_MAKE_CHAR) | BIT(FS_MAKE_BLOCK) | BIT(FS_IOCTL_DEV));
    const SandboxSpec *s = l->spec;
    bool ok = add_reads(set, l);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        ok = rule(set, devices[i], device, l->abi) && ok;
    for (size_t i = 0; i < s->n_read; i++)
        ok = rule(set, s->read_dirs[i], FS_READ, l->abi) && ok;
    for (size_t i = 0; i < s->n_write; i++)
        ok = rule(set, s->write_dirs[i], all, l->abi) && ok;
    if (l->tmp[0] != '\0')
        ok = rule(set, l->tmp, all, l->abi) && ok;
    return ok;
}

bool sb_landlock(const Launch *l)
{
    RulesetAttr attr = {sb_landlock_handled(l->abi), 0, 0};
    size_t size = sizeof attr.fs;
    if (l->abi >= ABI_NET) {
        size += sizeof attr.net;
        attr.net = l->spec->network ? 0 : NET_BIND_TCP | NET_CONNECT_TCP;
    }
    if (l->abi >= ABI_SCOPE) {
        size += sizeof attr.scoped;
        attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
    }
    int set = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (set < 0)
        return false;
    bool ok = add_rules(set, l) &&
              syscall(SYS_landlock_restrict_self, set, 0) == 0;
    int cause = errno;
    close(set);
    errno = cause;
    return ok;
}
