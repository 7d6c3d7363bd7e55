/* Owns: the state folder: where things lie, who may open them, and what a new
 * host.gate says. Must not know: what the settings do. */
#include "vm/server/svc.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bounds stand in the file in words, because it is the first thing that
 * somebody reads who asks "what may this do on my machine?". */
static const char solo_text[] =
    "edition 1\n"
    "# Who may decide on this host, and what plans may do here.\n"
    "# Made by the first `gate run`. It is yours: change it as you like.\n"
    "#\n"
    "# Solo: you hold every role and may approve your own runs. Every record\n"
    "# and every `gate show` says so. For several people, make another state\n"
    "# folder with `gate init --profile team`.\n"
    "setting solo = true\n"
    "\n"
    "# Programs run inside the plan's folder only, and without network.\n"
    "grant shell.query { folders = [\".\"], network = false }\n"
    "grant shell.change { folders = [\".\"], network = false }\n"
    "grant shell.destroy { folders = [\".\"], network = false }\n"
    "\n"
    "# Files of the plan's folder.\n"
    "grant file.read { folders = [\".\"] }\n"
    "grant file.hash { folders = [\".\"] }\n"
    "grant file.image { folders = [\".\"] }\n"
    "grant file.write { folders = [\".\"] }\n"
    "grant file.restore { folders = [\".\"] }\n"
    "grant file.remove { folders = [\".\"] }\n";

static const char team_text[] =
    "edition 1\n"
    "# Who may decide on this host, and what plans may do here.\n"
    "# Made by `gate init --profile team`: nobody is known and nothing is granted\n"
    "# until it is written here. Whoever starts a run, or changed its plan last,\n"
    "# does not count as one of its deciders. The stricter wins where\n"
    "# tenants/NAME/tenant.gate differs.\n"
    "setting solo = false\n"
    "setting initiator_may_approve = false\n"
    "\n"
    "# People: one `person` is one human, whatever accounts they use. `os` is the\n"
    "# account name on this machine. Whom nobody names here is told nothing. Others\n"
    "# get in while a process of this folder's account serves them, such as\n"
    "# `gate resume --all --stay`. Take the # away and put in your own:\n"
    "#\n"
    "#   person ana \"Ana Novak\" { os \"ana\" email \"ana@example.org\" }\n"
    "#   person ben \"Ben Horvat\" { os \"ben\" }\n"
    "#\n"
    "# Roles: a plan says `gate L2 ... by owner`; this says who that is.\n"
    "#\n"
    "#   role owner \"Decides\" is ana, ben\n"
    "#\n"
    "# Grants: which tools plans may use, and within which bounds. A tool that is\n"
    "# not named here is refused when a plan that needs it is started. Folders are\n"
    "# relative to the plan's folder, or absolute. Everything runs as the account\n"
    "# that owns this file; another account's plan may use a relative folder of a\n"
    "# tool only where the plan lies below an absolute one of the same tool.\n"
    "#\n"
    "#   grant shell.query { folders = [\".\"], network = false }\n"
    "#   grant shell.change { programs = [\"make\", \"git\"], folders = [\".\"], network = false }\n"
    "#   grant file.read { folders = [\".\"] }\n"
    "#   grant file.write { folders = [\"out\"] }\n"
    "#   grant file.image { folders = [\"out\"] }\n"
    "#   grant file.restore { folders = [\"out\"] }\n"
    "#   grant http.get { hosts = [\"status.example.org\"], private = false }\n";

static GateStatus make_below(const char *state_dir, Buf *why)
{
    Buf b = {0};
    GateStatus st = GATE_OK;
    static const char *const below[] = {"tenants", "anchors"};
    for (size_t i = 0; i < 2 && st == GATE_OK; i++) {
        buf_clear(&b);
        buf_printf(&b, "%s/%s", state_dir, below[i]);
        st = os_make_dirs(buf_z(&b), 0700, why);
    }
    buf_free(&b);
    return st;
}

/* Others may pass through, and see no names. */
static GateStatus let_pass(const char *dir, Buf *why)
{
    struct stat sb;
    if (stat(dir, &sb) == 0 && ((sb.st_mode & 0111) == 0111 ||
                                chmod(dir, (sb.st_mode & 07777) | 0111) == 0))
        return GATE_OK;
    buf_printf(why, "cannot open the way to the socket in %s: %s", dir,
               strerror(errno));
    return GATE_E_IO;
}

GateStatus state_share(const char *state_dir, const char *tenant_dir, Buf *why)
{
    Buf tenants = {0};
    buf_printf(&tenants, "%s/tenants", state_dir);
    GateStatus st = let_pass(state_dir, why);
    if (st == GATE_OK)
        st = let_pass(buf_z(&tenants), why);
    if (st == GATE_OK && tenant_dir != NULL)
        st = let_pass(tenant_dir, why);
    buf_free(&tenants);
    return st;
}

static bool exists(const char *dir, const char *name)
{
    Buf b = {0};
    struct stat sb;
    buf_printf(&b, "%s/%s", dir, name);
    bool yes = lstat(buf_z(&b), &sb) == 0;
    buf_free(&b);
    return yes;
}

GateStatus svc_init(const char *state_dir, const char *profile, Buf *why)
{
    bool team = strcmp(profile, "team") == 0;
    if (!team && strcmp(profile, "solo") != 0) {
        buf_printf(why, "there is no profile \"%s\"; the profiles are solo and "
                        "team", profile);
        return GATE_E_NOTFOUND;
    }
    if (exists(state_dir, "host.gate")) {
        buf_printf(why, "%s has a host.gate already; nothing was changed",
                   state_dir);
        return GATE_E_BUSY;
    }
    GateStatus st = os_make_dirs(state_dir, 0700, why);
    Buf path = {0};
    buf_printf(&path, "%s/host.gate", state_dir);
    if (st == GATE_OK)
        st = os_write_file(buf_z(&path), str_of(team ? team_text : solo_text),
                           0600, why);
    /* Last: a folder with tenants but no host.gate is taken for one that lost
     * it, also by another process that looks now. */
    if (st == GATE_OK)
        st = make_below(state_dir, why);
    if (st == GATE_OK && team)
        st = state_share(state_dir, NULL, why);
    buf_free(&path);
    return st;
}

/* One name, no path: it becomes a folder. */
bool state_tenant_ok(const char *tenant)
{
    size_t n = strlen(tenant);
    if (n == 0 || n > 64 || tenant[0] == '-')
        return false;
    return strspn(tenant, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* A folder that others may write to would let them grant themselves
 * everything. */
GateStatus state_owner(const char *dir, SvcWho *owner, bool *theirs, Buf *why)
{
    struct stat sb;
    *theirs = false;
    if (stat(dir, &sb) != 0) {
        if (errno == ENOENT)
            return GATE_OK; /* the caller finds out */
        buf_printf(why, "cannot reach the state folder %s: %s", dir, strerror(errno));
        return GATE_E_IO;
    }
    if (!S_ISDIR(sb.st_mode)) {
        buf_printf(why, "the state folder %s is no folder; name one with --state", dir);
        return GATE_E_IO;
    }
    who_of_uid(sb.st_uid, owner);
    *theirs = !who_owns(owner);
    if ((sb.st_mode & 022) != 0) {
        buf_printf(why, "others may write to the state folder %s; close it with "
                        "`chmod go-w %s`", dir, dir);
        return GATE_E_REFUSED;
    }
    return GATE_OK;
}

/* No tenant of that name, and others are there: probably a slip. Nobody has to
 * make `default`. */
GateStatus state_tenant_there(const char *state_dir, const char *tenant, Buf *why)
{
    Buf path = {0}, names = {0};
    struct dirent *e;
    buf_printf(&path, "%s/tenants", state_dir);
    DIR *d = exists(buf_z(&path), tenant) || strcmp(tenant, "default") == 0
                 ? NULL : opendir(buf_z(&path));
    while (d != NULL && (e = readdir(d)) != NULL) {
        if (state_tenant_ok(e->d_name))
            buf_printf(&names, "%s%s", names.n == 0 ? "" : ", ", e->d_name);
    }
    if (d != NULL)
        closedir(d);
    if (names.n > 0)
        buf_printf(why, "there is no tenant \"%s\" yet; there is: %s. `gate run "
                        "--tenant %s` makes it", tenant, buf_z(&names), tenant);
    bool there = names.n == 0;
    buf_free(&path);
    buf_free(&names);
    return there ? GATE_OK : GATE_E_NOTFOUND;
}

/* create: a folder that was never used becomes a solo one. A used one whose
 * host.gate is gone stays closed: writing a new one would widen what its
 * owner had allowed. */
GateStatus state_open(Svc *s, bool create, Buf *why)
{
    const char *root = s->cfg.state_dir;
    GateStatus st = GATE_OK;
    if (create && !exists(root, "host.gate")) {
        if (exists(root, "tenants")) {
            buf_printf(why, "%s/host.gate is gone; put it back, or make a new "
                            "one with `gate init`", root);
            return GATE_E_NOTFOUND;
        }
        st = svc_init(root, "solo", why);
        if (st == GATE_E_BUSY) { /* another process was faster */
            buf_clear(why);
            st = GATE_OK;
        }
    }
    buf_printf(&s->dir, "%s/tenants/%s", root, s->cfg.tenant);
    if (st == GATE_OK && create)
        st = os_make_dirs(buf_z(&s->dir), 0700, why);
    return s->dir.failed ? GATE_E_MEMORY : st;
}
