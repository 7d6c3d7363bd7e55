/* Owns: where a plan's path leads, and whether a grant lets it. Must not know:
 * what is done there.
 *
 * A path is resolved once, links and all, and compared with the granted
 * folders; then its folder is opened part by part without following a link.
 * What was compared is what is opened, whatever is swapped in between, on
 * every kernel (openat2 would say it in one call, where it exists). */
#include "vm/effect/fx_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool path_inside(const char *path, Str folder)
{
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    if (folder.n == 1 && folder.p[0] == '/')
        return true;
    return folder.n > 0 && strncmp(path, folder.p, folder.n) == 0 &&
           (path[folder.n] == '\0' || path[folder.n] == '/');
}

/* The last part of a path that may be missing: its folder is resolved, and
 * nothing may stand under the name (a link to nowhere does). */
static bool resolve_missing(char *full, char out[PATH_MAX], size_t *n)
{
    char *slash = strrchr(full, '/');
    const char *name = slash + 1;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    *slash = '\0';
    if (realpath(*full == '\0' ? "/" : full, out) == NULL)
        return false;
    size_t dir = strlen(out), len = strlen(name);
    if (dir + len + 2 > PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (dir > 1)
        out[dir++] = '/';
    memcpy(out + dir, name, len + 1);
    *n = dir + len;
    char target[1];
    if (readlink(out, target, sizeof target) >= 0) {
        errno = ELOOP;
        return false;
    }
    return true;
}

bool path_resolve(const char *dir, Str path, bool may_miss, Buf *out, Buf *why)
{
    char full[PATH_MAX], real[PATH_MAX];
    size_t n = 0;
    errno = ENAMETOOLONG;
    size_t dn = path.n > 0 && path.p[0] == '/' ? 0 : strlen(dir);
    bool ok = path.n > 0 && dn + path.n + 2 <= sizeof full &&
              memchr(path.p, '\0', path.n) == NULL;
    if (ok) {
        memcpy(full, dir, dn);
        if (dn > 0)
            full[dn++] = '/';
        memcpy(full + dn, path.p, path.n);
        full[dn + path.n] = '\0';
        ok = realpath(full, real) != NULL;
        n = ok ? strlen(real) : 0;
        if (!ok && errno == ENOENT && may_miss)
            ok = resolve_missing(full, real, &n);
    }
    if (ok)
        buf_put(out, real, n);
    else
        buf_printf(why, "the path \"%.*s%s\" cannot be used: %s",
                   path.n < 200 ? (int)path.n : 200, path.p, path.n < 200 ? "" : "...",
                   path.n == 0 ? "it is empty" : strerror(errno));
    return ok;
}

bool path_in_state(const FxRequest *req, const char *path)
{
    char real[PATH_MAX];
    if (req->state_dir == NULL || req->state_dir[0] == '\0')
        return false;
    const char *state = realpath(req->state_dir, real) != NULL ? real : req->state_dir;
    return path_inside(path, str_of(state));
}

const FxGrant *path_granted(const FxRequest *req, const char *tool, Str written,
                            const char *path, Str *folder, Buf *why)
{
    if (path_in_state(req, path)) {
        buf_printf(why, "%s lies in gate's own state folder, which no tool may "
                        "touch", path);
        return NULL;
    }
    for (uint32_t g = 0; g < req->n_grants; g++)
        for (uint32_t i = 0; i < req->grants[g].n_folders; i++)
            if (path_inside(path, req->grants[g].folders[i]) &&
                grant_place(&req->grants[g], str_of(req->plan_dir), written)) {
                *folder = req->grants[g].folders[i];
                return &req->grants[g];
            }
    buf_printf(why, "%s is outside the folders granted to %s; the host allows it "
                    "with `folders = [...]` in `grant %s` of its host.gate", path,
               tool, tool);
    return NULL;
}

int path_open_dir(const char *folder)
{
    int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *p = folder;
    while (at >= 0 && *p != '\0') {
        char part[NAME_MAX + 1];
        while (*p == '/')
            p++;
        size_t n = strcspn(p, "/");
        if (n == 0)
            break;
        if (n > NAME_MAX) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, p, n);
        part[n] = '\0';
        int next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int cause = errno;
        close(at);
        errno = cause;
        at = next;
        p += n;
    }
    return at;
}
