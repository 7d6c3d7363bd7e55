/* Owns: the system call filters. Must not know: folders, grants, programs. */
#include "vm/effect/sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef TIOCLINUX /* not in every libc's headers */
#define TIOCLINUX 0x541C
#endif

/* The kernel takes the bytes of a program, so they can be made once (3 ms) and
 * installed by every child: facts of this process, never changed. */
static struct sock_fprog filters[2];

static struct scmp_arg_cmp equal(unsigned arg, uint64_t value)
{
    return (struct scmp_arg_cmp){arg, SCMP_CMP_EQ, value, 0};
}

static struct scmp_arg_cmp masked(unsigned arg, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){arg, SCMP_CMP_MASKED_EQ, mask, value};
}

static bool allow(scmp_filter_ctx c, int nr, unsigned n,
                  const struct scmp_arg_cmp *a)
{
    int r = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, nr, n, a);
    return r == 0 || r == -EDOM; /* -EDOM: not on this architecture */
}

static bool refuse(scmp_filter_ctx c, int err, int nr, unsigned n,
                   const struct scmp_arg_cmp *a)
{
    int r = seccomp_rule_add_array(c, SCMP_ACT_ERRNO((uint32_t)err), nr, n, a);
    return r == 0 || r == -EDOM;
}

static bool add_tables(scmp_filter_ctx c)
{
    bool ok = true;
    int nr;
#define CALL(name) \
    nr = seccomp_syscall_resolve_name(#name); \
    ok = (nr == __NR_SCMP_ERROR || allow(c, nr, 0, NULL)) && ok;
#define DENY(name) \
    nr = seccomp_syscall_resolve_name(#name); \
    ok = (nr == __NR_SCMP_ERROR || refuse(c, EPERM, nr, 0, NULL)) && ok;
#include "vm/effect/syscalls.def"
#undef CALL
#undef DENY
    return ok;
}

/* Bits of an argument must be off: allowed then, EPERM with any of them. */
static bool bits_off(scmp_filter_ctx c, int nr, unsigned arg, uint64_t bits)
{
    struct scmp_arg_cmp off = masked(arg, bits, 0);
    bool ok = allow(c, nr, 1, &off);
    for (uint64_t bit = 1; bit <= bits; bit <<= 1) {
        struct scmp_arg_cmp on = masked(arg, bit, bit);
        if ((bits & bit) != 0)
            ok = refuse(c, EPERM, nr, 1, &on) && ok;
    }
    return ok;
}

/* The mode counts only where a file may be made: with neither flag it is
 * whatever stood in the register. */
static bool open_bits_off(scmp_filter_ctx c, int nr, unsigned flags,
                          unsigned mode, uint64_t bits)
{
    static const uint64_t makes[] = {O_CREAT, O_TMPFILE & ~O_DIRECTORY};
    struct scmp_arg_cmp opens =
        masked(flags, makes[0] | makes[1], 0);
    struct scmp_arg_cmp off = masked(mode, bits, 0);
    bool ok = allow(c, nr, 1, &opens) && allow(c, nr, 1, &off);
    for (size_t i = 0; i < 2; i++)
        for (uint64_t bit = 1; bit <= bits; bit <<= 1) {
            struct scmp_arg_cmp on[] = {
                masked(flags, makes[i], makes[i]),
                masked(mode, bit, bit)};
            if ((bits & bit) != 0)
                ok = refuse(c, EPERM, nr, 2, on) && ok;
        }
    return ok;
}

/* Without capabilities a process could still leave a set-id program behind
 * for others to run. openat2 and fchmodat2 take what a filter cannot see or
 * are newer than libseccomp: they stay out, and programs fall back. */
static bool add_no_set_id(scmp_filter_ctx c)
{
    const uint64_t id = S_ISUID | S_ISGID;
    return bits_off(c, SCMP_SYS(chmod), 1, id) &&
           bits_off(c, SCMP_SYS(fchmod), 1, id) &&
           bits_off(c, SCMP_SYS(fchmodat), 2, id) &&
           bits_off(c, SCMP_SYS(creat), 1, id) &&
           bits_off(c, SCMP_SYS(mkdir), 1, id) &&
           bits_off(c, SCMP_SYS(mkdirat), 2, id) &&
           bits_off(c, SCMP_SYS(mknod), 1, id) &&
           bits_off(c, SCMP_SYS(mknodat), 2, id) &&
           open_bits_off(c, SCMP_SYS(open), 1, 2, id) &&
           open_bits_off(c, SCMP_SYS(openat), 2, 3, id);
}

/* All requests but the two that type into a terminal (ioctl_tty(2)). The
 * kernel takes 32 bits of the request, so "not equal" on 64 would let either
 * through: a request differs from 0x541? in one bit at least, or in the bits
 * that tell the two apart. Rules that overlap have one action. */
static bool add_ioctl(scmp_filter_ctx c)
{
    _Static_assert((TIOCSTI ^ TIOCLINUX) == 0xe, "they differ in bits 1 to 3");
    bool ok = true;
    for (unsigned i = 0; i < 32; i++) {
        uint64_t bit = UINT64_C(1) << i;
        struct scmp_arg_cmp differs =
            masked(1, bit, ~(uint64_t)TIOCSTI & bit);
        if ((bit & 0xe) == 0)
            ok = allow(c, SCMP_SYS(ioctl), 1, &differs) && ok;
    }
    for (uint64_t v = 0; v <= 0xe; v += 2) {
        struct scmp_arg_cmp same = masked(1, 0xe, v);
        struct scmp_arg_cmp all =
            masked(1, UINT32_MAX,
                     ((uint64_t)TIOCSTI & ~UINT64_C(0xe)) | v);
        ok = (v == (TIOCSTI & 0xe) || v == (TIOCLINUX & 0xe)
                  ? refuse(c, EPERM, SCMP_SYS(ioctl), 1, &all)
                  : allow(c, SCMP_SYS(ioctl), 1, &same)) && ok;
    }
    return ok;
}

/* No namespace may be made. clone3 has its flags behind a pointer: ENOSYS
 * makes the C library fall back to clone (clone(2)). */
static bool add_processes(scmp_filter_ctx c)
{
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                            CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                            CLONE_NEWNET;
    /* 0: Linux; 0xffffffff: asks. Others switch protections off. */
    struct scmp_arg_cmp plain = equal(0, 0);
    struct scmp_arg_cmp ask = equal(0, 0xffffffff);
    return bits_off(c, SCMP_SYS(clone), 0, spaces) && add_ioctl(c) &&
           allow(c, SCMP_SYS(personality), 1, &plain) &&
           allow(c, SCMP_SYS(personality), 1, &ask);
}

/* A pair of stream sockets is a pipe with two directions. Datagram pairs stay
 * out: one end may name any other address in sendto. */
static bool add_sockets(scmp_filter_ctx c, bool network)
{
    bool ok = true;
    static const int kinds[] = {SOCK_STREAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < 2; i++) {
        struct scmp_arg_cmp pair[] = {
            equal(0, AF_UNIX),
            masked(1, 0xf, (scmp_datum_t)kinds[i])};
        ok = allow(c, SCMP_SYS(socketpair), 2, pair) && ok;
    }
    static const int calls[] = {SCMP_SYS(connect), SCMP_SYS(bind),
                                SCMP_SYS(listen), SCMP_SYS(accept),
                                SCMP_SYS(accept4)};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        ok = (network ? allow(c, calls[i], 0, NULL)
                      : refuse(c, EACCES, calls[i], 0, NULL)) && ok;
    if (!network)
        return refuse(c, EACCES, SCMP_SYS(socket), 0, NULL) && ok;
    /* Names are resolved through the routing socket; unix sockets lead to
     * other services of the host, not to the network. */
    static const int families[] = {AF_INET, AF_INET6, AF_NETLINK};
    for (size_t i = 0; i < 3; i++) {
        struct scmp_arg_cmp f[] = {
            equal(0, (scmp_datum_t)families[i]),
            equal(2, 0)};
        ok = allow(c, SCMP_SYS(socket), families[i] == AF_NETLINK ? 2 : 1, f)
             && ok;
    }
    struct scmp_arg_cmp local = equal(0, AF_UNIX);
    return refuse(c, EACCES, SCMP_SYS(socket), 1, &local) && ok;
}

/* The filter's bytes into memory, by way of a file that is nowhere. */
static bool export(scmp_filter_ctx c, struct sock_fprog *out)
{
    int fd = memfd_create("gate-filter", MFD_CLOEXEC);
    if (fd < 0)
        return false;
    struct stat st;
    bool ok = seccomp_export_bpf(c, fd) == 0 && fstat(fd, &st) == 0 &&
              st.st_size > 0 && lseek(fd, 0, SEEK_SET) == 0;
    size_t n = ok ? (size_t)st.st_size : 0;
    struct sock_filter *code = ok ? mem_realloc(NULL, 0, n) : NULL;
    ok = code != NULL && read(fd, code, n) == (ssize_t)n;
    close(fd);
    if (!ok) {
        mem_realloc(code, n, 0);
        return false;
    }
    out->filter = code;
    out->len = (unsigned short)(n / sizeof *code);
    return true;
}

static bool compile(bool network, struct sock_fprog *out)
{
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (c == NULL)
        return false;
    /* A binary tree instead of a list: each call pays for few comparisons. */
    bool ok = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
    ok = ok && add_tables(c) && add_no_set_id(c) && add_processes(c) &&
         add_sockets(c, network) && export(c, out);
    seccomp_release(c);
    return ok;
}

bool sb_seccomp_prepare(bool network)
{
    return filters[network].filter != NULL || compile(network, &filters[network]);
}

bool sb_seccomp(bool network)
{
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
                   &filters[network]) == 0;
}
