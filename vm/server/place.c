/* Owns: in which folder a plan runs, and who may have it run there. Must not
 * know: what the plan does there.
 *
 * Everything runs as the account of the state folder, and grants with relative
 * folders are measured from the plan's folder. So the folder is not taken on
 * anybody's word: it is resolved here, links and all, and another account may
 * name it only where that gives it nothing beyond what the grants say in full. */
#include "vm/server/svc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reading takes r on the folder, and x on it and on all folders above. Groups
 * beyond the peer's own are not looked at: then the answer is no. */
static bool has_mode(const char *path, const SvcWho *who, mode_t need)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return false;
    int shift = sb.st_uid == who->uid ? 6 : sb.st_gid == who->gid ? 3 : 0;
    return ((sb.st_mode >> shift) & need) == need;
}

static bool can_read(char *real, const SvcWho *who)
{
    if (who->uid == 0)
        return true;
    bool ok = has_mode("/", who, 01) && has_mode(real, who, 05);
    for (char *slash = strchr(real + 1, '/'); ok && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ok = has_mode(real, who, 01);
        *slash = '/';
    }
    return ok;
}

bool place_find(SvcJob *job)
{
    Str dir = json_text(job->request, "dir");
    char real[PATH_MAX];
    struct stat sb;
    const char *z = dir.n == 0 || memchr(dir.p, '\0', dir.n) != NULL
                        ? NULL : arena_copy(job->arena, dir.p, dir.n);
    if (z == NULL || z[0] != '/') {
        job_fail(job, EXIT_USAGE, "bad_request", "`run` needs the plan's folder "
                 "as an absolute path in \"dir\"");
        return false;
    }
    errno = 0;
    bool there = realpath(z, real) != NULL && stat(real, &sb) == 0;
    /* Who may not look into it is not told whether it exists. */
    if (!who_owns(&job->who) &&
        (!there || !S_ISDIR(sb.st_mode) || !can_read(real, &job->who)))
        job_fail(job, EXIT_REFUSED, "bad_folder", "the plan's folder %s is not a "
                 "folder that the account %s may read", z, job->who.name);
    else if (!there || !S_ISDIR(sb.st_mode))
        job_fail(job, EXIT_USAGE, "bad_folder", "the plan's folder %s cannot be used: "
                 "%s", z, strerror(there ? ENOTDIR : errno));
    else
        job->dir = arena_str(job->arena, str_of(real));
    return !job->done;
}

static bool inside(Str path, const char *folder)
{
    size_t n = strlen(folder);
    if (n == 1) /* the root */
        return true;
    return path.n >= n && memcmp(path.p, folder, n) == 0 &&
           (path.n == n || path.p[n] == '/');
}

static bool covers(const PolGrant *g, Str dir)
{
    char real[PATH_MAX];
    for (uint32_t i = 0; i < g->n_folders; i++) {
        Buf folder = {0};
        buf_str(&folder, g->folders[i]);
        bool in = buf_z(&folder)[0] == '/' && realpath(buf_z(&folder), real) != NULL &&
                  inside(dir, real);
        buf_free(&folder);
        if (in)
            return true;
    }
    return false;
}

static bool relative(const PolGrant *g)
{
    for (uint32_t i = 0; i < g->n_folders; i++) {
        if (g->folders[i].n == 0 || g->folders[i].p[0] != '/')
            return true;
    }
    return false;
}

/* A tool with relative folders needs an absolute one around the plan's. */
static bool tool_allowed(const Svc *s, SvcJob *job, const Program *plan,
                         const ProgImport *import)
{
    const PolGrant **grants = NULL;
    bool asks = false, covered = false;
    uint32_t n = policy_grants(s->policy, prog_str(plan, import->pack),
                               prog_str(plan, import->tool), job->arena, &grants);
    for (uint32_t i = 0; i < n; i++) {
        asks = asks || relative(grants[i]);
        covered = covered || covers(grants[i], job->dir);
    }
    return !asks || covered;
}

bool place_allowed(Svc *s, SvcJob *job, const Program *plan)
{
    if (who_owns(&job->who))
        return true;
    bool covered = false;
    for (uint32_t i = 0; i < s->policy->n_grants && !covered; i++)
        covered = covers(&s->policy->grants[i], job->dir);
    for (uint32_t i = 0; i < plan->n_imports && covered; i++)
        covered = tool_allowed(s, job, plan, &plan->imports[i]);
    if (!covered) {
        SvcWho owner;
        who_of_uid(geteuid(), &owner);
        job_fail(job, EXIT_REFUSED, "folder_not_granted", "the plan's folder %.*s lies "
                 "below no folder that host.gate names in full for each tool that the "
                 "plan uses, and only the account %s may start plans elsewhere; it can "
                 "add, for instance: grant shell.change { folders = [\"%.*s\"] }",
                 STR_ARG(job->dir), owner.name, STR_ARG(job->dir));
    }
    return covered;
}

/* Does every grant of the tool give a folder that the state folder cannot be
 * hidden in? Then no call of it is ever made. */
static bool never_runs(const Svc *s, SvcJob *job, const Program *plan,
                       const ProgImport *import, Str *folder)
{
    const PolGrant **grants = NULL;
    uint32_t n = policy_grants(s->policy, prog_str(plan, import->pack),
                               prog_str(plan, import->tool), job->arena, &grants);
    uint32_t bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool apart = true;
        for (uint32_t k = 0; k < grants[i]->n_folders && apart; k++) {
            *folder = loop_folder(job->arena, job->dir, grants[i]->folders[k]);
            apart = fx_keeps_out(s->cfg.state_dir, *folder, NULL);
        }
        bad += !apart;
    }
    return n > 0 && bad == n;
}

/* What every action would be refused for later is said before anybody is asked. */
bool place_apart(Svc *s, SvcJob *job, const Program *plan)
{
    for (uint32_t i = 0; i < plan->n_imports; i++) {
        const ProgImport *import = &plan->imports[i];
        Str folder = {0};
        if (!str_is(prog_str(plan, import->pack), "shell") ||
            !never_runs(s, job, plan, import, &folder))
            continue;
        job_fail(job, EXIT_REFUSED, "state_in_reach", "the plan's programs could reach "
                 "gate's own folder %s: %.*s is granted to shell.%.*s, and this host "
                 "cannot hide the one in the other (sandbox tier %s, see `gate doctor`). "
                 "Keep them apart: name another state folder with --state, or put the "
                 "plan into a folder of its own", s->cfg.state_dir, STR_ARG(folder),
                 STR_ARG(prog_str(plan, import->tool)), fx_tier(NULL));
        return false;
    }
    return true;
}
