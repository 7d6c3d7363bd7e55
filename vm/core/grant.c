/* Owns: whether a call fits a grant's words: programs, folders, hosts.
 * Must not know: files, links, addresses, where grants come from. */
#include "vm/core/grant.h"

#include <string.h>

/* --- programs -------------------------------------------------------------- */

static bool has_slash(Str s)
{
    return s.n > 0 && memchr(s.p, '/', s.n) != NULL;
}

static Str last_part(Str s)
{
    size_t from = s.n;
    while (from > 0 && s.p[from - 1] != '/')
        from--;
    return (Str){s.p + from, s.n - from};
}

/* A name without a slash in a grant is that name and no path that ends so. */
static bool names(const Grant *g, Str name)
{
    bool named = g->any_program;
    for (uint32_t i = 0; !named && i < g->n_programs; i++)
        named = str_eq(g->programs[i], name) ||
                (has_slash(g->programs[i]) &&
                 str_eq(last_part(g->programs[i]), last_part(name)));
    return named;
}

/* --- places ---------------------------------------------------------------- */

/* Takes the last part off again; what climbs out of a relative start stays. */
static void climb(Buf *out)
{
    Str all = buf_view(out), last = last_part(all);
    bool absolute = all.n > 0 && all.p[0] == '/';
    if (!absolute && (all.n == 0 || str_is(last, ".."))) {
        buf_puts(out, all.n > 0 ? "/.." : "..");
        return;
    }
    size_t n = all.n - last.n;
    while (n > (absolute ? 1U : 0U) && all.p[n - 1] == '/')
        n--;
    out->n = n;
}

static void add_parts(Buf *out, Str path)
{
    for (size_t at = 0; at < path.n;) {
        size_t n = 0;
        while (at + n < path.n && path.p[at + n] != '/')
            n++;
        Str part = {path.p + at, n};
        at += n + 1;
        if (n == 0 || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            climb(out);
            continue;
        }
        if (out->n > 0 && out->p[out->n - 1] != '/')
            buf_putc(out, '/');
        buf_str(out, part);
    }
}

/* "/a/b", or "a/b" below a start that nobody knows; "" is that start. */
static void written(Buf *out, Str base, Str path)
{
    bool absolute = path.n > 0 && path.p[0] == '/';
    if (absolute || base.n > 0)
        buf_putc(out, '/');
    if (!absolute)
        add_parts(out, base);
    add_parts(out, path);
}

static bool inside(Str path, Str folder)
{
    bool abs_p = path.n > 0 && path.p[0] == '/';
    bool abs_f = folder.n > 0 && folder.p[0] == '/';
    if (abs_p != abs_f)
        return true; /* only the file system can say */
    if (path.n < folder.n || (folder.n > 0 && memcmp(path.p, folder.p, folder.n) != 0))
        return false;
    Str rest = {path.p + folder.n, path.n - folder.n};
    bool whole = folder.n == 0 || folder.p[folder.n - 1] == '/' || rest.n == 0;
    if (!whole && rest.p[0] != '/')
        return false;
    if (!whole)
        rest = (Str){rest.p + 1, rest.n - 1};
    return !(rest.n >= 2 && memcmp(rest.p, "..", 2) == 0 &&
             (rest.n == 2 || rest.p[2] == '/'));
}

static bool in_folder(Str base, Str folder, Str path)
{
    Buf p = {0}, f = {0};
    written(&p, base, path);
    written(&f, base, folder);
    /* Without memory nothing is let through. */
    bool ok = !p.failed && !f.failed && inside(buf_view(&p), buf_view(&f));
    buf_free(&p);
    buf_free(&f);
    return ok;
}

bool grant_place(const Grant *g, Str base, Str path)
{
    for (uint32_t i = 0; i < g->n_folders; i++)
        if (in_folder(base, g->folders[i], path))
            return true;
    return false;
}

/* Programs of the system need no folder of a grant. */
static bool in_system(Str base, Str path)
{
    static const char *const dirs[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64"};
    bool absolute = base.n > 0 || (path.n > 0 && path.p[0] == '/');
    for (size_t i = 0; absolute && i < sizeof dirs / sizeof *dirs; i++)
        if (in_folder(base, str_of(dirs[i]), path))
            return true;
    return false;
}

GrantFit grant_run(const Grant *g, Str base, Str name, Str dir)
{
    if (!names(g, name))
        return GRANT_OTHER_PROGRAM;
    if (has_slash(name) && !in_system(base, name) && !grant_place(g, base, name))
        return GRANT_PROGRAM_OUTSIDE;
    /* A grant without folders is for programs that need none. */
    if ((str_is(dir, ".") && g->n_folders == 0) || grant_place(g, base, dir))
        return GRANT_FITS;
    return GRANT_OUTSIDE;
}

/* --- hosts ----------------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_letters(Str a, Str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool grant_host(Str entry, Str host)
{
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (entry.n > 2 && entry.p[0] == '*' && entry.p[1] == '.') {
        const char *dot = host.n > 0 ? memchr(host.p, '.', host.n) : NULL;
        if (dot == NULL || dot == host.p)
            return false;
        entry = (Str){entry.p + 1, entry.n - 1};
        host = (Str){dot, host.n - (size_t)(dot - host.p)};
    }
    return same_letters(entry, host);
}

/* Scheme and host of a URL (RFC 3986 section 3). false: it has none. */
static bool split_url(Str url, Str *scheme, Str *host)
{
    size_t at = 0, end;
    while (at + 2 < url.n && memcmp(url.p + at, "://", 3) != 0)
        at++;
    if (at + 3 >= url.n)
        return false;
    *scheme = (Str){url.p, at};
    at += 3;
    end = at;
    while (end < url.n && strchr("/?#\\", url.p[end]) == NULL)
        end++;
    for (size_t i = end; i > at; i--)
        if (url.p[i - 1] == '@') {
            at = i;
            break;
        }
    if (at < end && url.p[at] == '[') {
        const char *close = memchr(url.p + at, ']', end - at);
        if (close == NULL)
            return false;
        *host = (Str){url.p + at + 1, (size_t)(close - url.p) - at - 1};
    } else {
        const char *colon = at < end ? memchr(url.p + at, ':', end - at) : NULL;
        *host = (Str){url.p + at, (colon == NULL ? end : (size_t)(colon - url.p)) - at};
    }
    return host->n > 0;
}

static GrantFit fetch(const Grant *g, Str url)
{
    Str scheme, host;
    if (!split_url(url, &scheme, &host))
        return GRANT_FITS; /* no URL of a server: who sends it says so */
    for (uint32_t i = 0; i < g->n_hosts; i++)
        if (grant_host(g->hosts[i], host))
            return g->is_private || !same_letters(scheme, STR("http"))
                       ? GRANT_FITS
                       : GRANT_NOT_PRIVATE;
    return GRANT_OTHER_HOST;
}

/* --- a call ---------------------------------------------------------------- */

static Str program_of(const GrantCall *c)
{
    const Json *argv = json_get(c->args, "argv");
    const Json *first = argv == NULL || argv->kind != J_ARRAY ? NULL : argv->child;
    return first == NULL || first->kind != J_TEXT ? (Str){NULL, 0} : first->text;
}

static Str dir_of(const GrantCall *c)
{
    return json_get(c->args, "dir") == NULL ? STR(".") : json_text(c->args, "dir");
}

GrantFit grant_fit(const Grant *g, const GrantCall *c)
{
    Str path = json_text(c->args, "path"), url = json_text(c->args, "url");
    if (str_is(c->pack, "shell")) {
        Str name = program_of(c), dir = dir_of(c);
        return name.p == NULL ? GRANT_FITS
                              : grant_run(g, c->base, name, dir.p == NULL ? STR(".") : dir);
    }
    if (str_is(c->pack, "file"))
        return path.p == NULL || grant_place(g, c->base, path) ? GRANT_FITS
                                                               : GRANT_OUTSIDE;
    if (str_is(c->pack, "http"))
        return url.p == NULL ? GRANT_FITS : fetch(g, url);
    return GRANT_FITS;
}

GrantFit grant_pack(const Grant *g, const Str *hosts, uint32_t n_hosts, Str program)
{
    if (program.n > 0 && !names(g, program))
        return GRANT_OTHER_PROGRAM;
    for (uint32_t i = 0; i < n_hosts; i++) {
        bool covered = false;
        /* *.domain is covered by the same alone: a host may stand for one name
         * below it, never for all of them. */
        for (uint32_t k = 0; k < g->n_hosts && !covered; k++)
            covered = same_letters(g->hosts[k], hosts[i]) ||
                      (hosts[i].n > 0 && hosts[i].p[0] != '*' && grant_host(g->hosts[k], hosts[i]));
        if (!covered)
            return GRANT_OTHER_HOST;
    }
    return GRANT_FITS;
}

static void put_run_words(GrantFit fit, const GrantCall *c, Buf *out)
{
    Str name = program_of(c), dir = dir_of(c);
    buf_printf(out, "shell.%.*s may not run \"%.*s\"", STR_ARG(c->tool), STR_ARG(name));
    if (fit < GRANT_PROGRAM_OUTSIDE) {
        buf_printf(out, ": no grant of this host names it. The host allows it with "
                   "`grant shell.%.*s { programs = [\"%.*s\"] ... }` in its host.gate",
                   STR_ARG(c->tool), STR_ARG(name));
        return;
    }
    Str outside = fit == GRANT_PROGRAM_OUTSIDE ? name : dir;
    buf_printf(out, " there: \"%.*s\" is outside the folders of the grant that names "
               "it. The host allows it with `folders = [...]` in that `grant "
               "shell.%.*s` of its host.gate", STR_ARG(outside), STR_ARG(c->tool));
}

void grant_words(GrantFit fit, const GrantCall *c, Buf *out)
{
    Str path = json_text(c->args, "path"), scheme, host;
    if (str_is(c->pack, "shell") && program_of(c).p != NULL)
        put_run_words(fit, c, out);
    else if (str_is(c->pack, "file") && path.p != NULL)
        buf_printf(out, "\"%.*s\" is outside the folders granted to file.%.*s; the host "
                   "allows it with `folders = [...]` in `grant file.%.*s` of its "
                   "host.gate", STR_ARG(path), STR_ARG(c->tool), STR_ARG(c->tool));
    else if (str_is(c->pack, "http") &&
             split_url(json_text(c->args, "url"), &scheme, &host))
        buf_printf(out, "http.%.*s may not ask %.*s: %s. The host allows it with `grant "
                   "http.%.*s { hosts = [\"%.*s\"]%s }` in its host.gate",
                   STR_ARG(c->tool), STR_ARG(host),
                   fit == GRANT_NOT_PRIVATE ? "only https is allowed there"
                                            : "no grant of this host names it",
                   STR_ARG(c->tool), STR_ARG(host),
                   fit == GRANT_NOT_PRIVATE ? ", private = true" : "");
    else
        buf_printf(out, "the host does not grant %.*s.%.*s; it allows it with `grant "
                   "%.*s.%.*s` in its host.gate", STR_ARG(c->pack), STR_ARG(c->tool),
                   STR_ARG(c->pack), STR_ARG(c->tool));
}
