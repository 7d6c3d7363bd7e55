/* Owns: where a connector sends to, and what: addresses within its own hosts, bodies.
 * Must not know: clauses; what the engine makes of them. */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/core/grant.h"

/* --- addresses ---------------------------------------------------------------------- */

static const SemConfig *config_of(const Checker *c, File *f, uint32_t connector, SynRef e)
{
    SemRef ref = f->sem.refs[e];
    return ref.kind == SR_CONFIG ? &c->sem->connectors[connector].configs[ref.index] : NULL;
}

static bool allowed(const SemConnector *k, Str host)
{
    for (uint32_t i = 0; i < k->n_hosts; i++)
        if (str_eq(k->hosts[i], host) || grant_host(k->hosts[i], host))
            return true;
    return false;
}

static void outside(Checker *c, File *f, const SemConnector *k, SynRef at, Str host)
{
    Str all = {"", 0};
    for (uint32_t i = 0; i < k->n_hosts; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(k->hosts[i]));
    Diag *d = chk_report(c, 2007, f, at, "`%.*s` is none of the connector's own hosts", STR_ARG(host));
    diag_label(c->diags, d, all.n == 0 ? "it names no hosts%.*s" : "it names: %.*s", STR_ARG(all));
    diag_help(c->diags, d, "add it: hosts \"%.*s\"", STR_ARG(host));
}

static void any_host(Checker *c, File *f, SynRef at)
{
    Diag *d = chk_report(c, 2007, f, at, "with this value the address could be any host");
    diag_label(c->diags, d, "nothing says which values it may have");
    diag_help(c->diags, d, "say it where it is declared: config site: host matches \"*.example.org\", or one of \"a\", \"b\"");
}

/* A text as its literal parts and the values between them, up to the end of its
 * host: "https://" is taken off, and so is what follows the host. */
enum { HOST_PARTS = 8, HOST_TRIES = 256 };
typedef struct HostParts {
    Str literal[HOST_PARTS]; /* {NULL, 0}: a value stands here */
    SynRef value[HOST_PARTS];
    uint32_t n;
    bool ended, too_many;
} HostParts;

static void host_literal(HostParts *h, Str s)
{
    size_t n = 0;
    while (n < s.n && strchr("/?#:", s.p[n]) == NULL)
        n++;
    h->ended = n < s.n;
    h->too_many = h->too_many || (n > 0 && h->n == HOST_PARTS);
    if (n > 0 && h->n < HOST_PARTS)
        h->literal[h->n++] = (Str){s.p, n};
}

static void host_parts(Checker *c, const File *f, SynRef text, size_t scheme, HostParts *h)
{
    *h = (HostParts){.n = 0};
    if (chk_node(f, text)->kind == SYN_TEXT) {
        Str s = syn_decode(f->tree, text, c->arena);
        host_literal(h, (Str){s.p + scheme, s.n - scheme});
        return;
    }
    SYN_EACH(f->tree, k, chk_node(f, text)->a) {
        if (h->ended)
            return;
        if (chk_node(f, k)->kind == SYN_TEXTPART) {
            Str s = syn_decode(f->tree, k, c->arena);
            size_t skip = k == chk_node(f, text)->a ? scheme : 0;
            host_literal(h, (Str){s.p + skip, s.n - skip});
        } else if (h->n < HOST_PARTS) {
            h->value[h->n++] = k;
        } else {
            h->too_many = true;
        }
    }
}

/* How many values part i may have that are known; 0: reported, 1: as a pattern. */
static uint32_t host_choices(Checker *c, File *f, uint32_t connector, const HostParts *h, uint32_t i)
{
    const SemConfig *k = config_of(c, f, connector, h->value[i]);
    if (h->literal[i].n > 0)
        return 1;
    if (k != NULL && chk_kind(c, k->type) == TK_ONEOF)
        return c->sem->types[k->type].n_fields;
    bool whole = h->n == 1 && k != NULL && k->matches.n > 0;
    bool label = i == 0 && h->n > 1 && k != NULL && k->type != TK_HOST &&
                 h->literal[1].n > 0 && h->literal[1].p[0] == '.';
    if (whole || label)
        return 1;
    if (f->sem.types[h->value[i]] != SEM_POISON)
        any_host(c, f, h->value[i]);
    return 0;
}

static void host_part(Checker *c, File *f, uint32_t connector, const HostParts *h, uint32_t i,
                      uint32_t choice, Buf *out)
{
    if (h->literal[i].n > 0) {
        buf_str(out, h->literal[i]);
        return;
    }
    const SemConfig *k = config_of(c, f, connector, h->value[i]);
    if (chk_kind(c, k->type) == TK_ONEOF)
        buf_str(out, c->sem->types[k->type].fields[choice].name);
    else
        buf_str(out, h->n == 1 ? k->matches : STR("*"));
}

/* Every host that the parts can make, or the pattern that they are. */
static void try_hosts(Checker *c, File *f, uint32_t connector, SynRef text, const HostParts *h)
{
    uint32_t choices[HOST_PARTS], total = 1;
    for (uint32_t i = 0; i < h->n; i++) {
        choices[i] = host_choices(c, f, connector, h, i);
        if (choices[i] == 0)
            return;
        total = total * choices[i] > HOST_TRIES ? HOST_TRIES : total * choices[i];
    }
    for (uint32_t t = 0; t < total; t++) {
        Buf host = {0};
        for (uint32_t i = 0, rest = t; i < h->n; rest /= choices[i], i++)
            host_part(c, f, connector, h, i, rest % choices[i], &host);
        Str s = arena_str(c->arena, buf_view(&host));
        buf_free(&host);
        if (allowed(&c->sem->connectors[connector], s))
            continue;
        outside(c, f, &c->sem->connectors[connector], text, s);
        return;
    }
}

static Str first_literal(Checker *c, const File *f, SynRef text)
{
    SynRef part = chk_node(f, text)->kind == SYN_TEXTI ? chk_node(f, text)->a : text;
    uint16_t kind = chk_node(f, part)->kind;
    return kind == SYN_TEXT || kind == SYN_TEXTPART ? syn_decode(f->tree, part, c->arena) : (Str){"", 0};
}

static bool begins(Str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

void chk_address(Checker *c, File *f, uint32_t connector, SynRef text)
{
    uint16_t kind = chk_node(f, text)->kind;
    if (kind != SYN_TEXT && kind != SYN_TEXTI) {
        any_host(c, f, text);
        return;
    }
    Str first = first_literal(c, f, text);
    bool loopback = begins(first, "http://localhost") || begins(first, "http://127.0.0.1");
    if (kind == SYN_TEXTI && first.n == 0) {
        any_host(c, f, text);
    } else if (!begins(first, "https://") && !loopback) {
        chk_wire_never(c, f, text, "not a secure address", "an address begins with https://");
    } else {
        HostParts h;
        host_parts(c, f, text, loopback ? 7 : 8, &h);
        if (h.n == 0)
            chk_wire_never(c, f, text, "names no host", "an address looks like https://api.example.org/v1");
        else if (!h.too_many) /* nobody's host: the engine compares it */
            try_hosts(c, f, connector, text, &h);
    }
}

/* --- bodies -------------------------------------------------------------------------- */

/* An input of type secret may stand in its own tool's body, a secret of the
 * connector may not (language 10.9). */
static bool may_be_sent(Checker *c, Place *p, SynRef r, SemType t)
{
    if (chk_kind(c, t) != TK_SECRET || p->file->sem.refs[r].kind == SR_PARAM)
        return true;
    chk_secret_shown(c, p->file, r);
    return false;
}

/* JSON holds what it likes: items of a list need not be alike. The parser bounds
 * how deep it is. */
static void json_part(Checker *c, Place *p, SynRef r)
{
    File *f = p->file;
    const SynNode *n = chk_node(f, r);
    if (n->kind == SYN_LIST) {
        SYN_EACH(f->tree, k, n->a)
            json_part(c, p, k);
    } else if (n->kind == SYN_ARGS) {
        SYN_EACH(f->tree, k, n->a)
            if (chk_node(f, k)->kind == SYN_ARG)
                json_part(c, p, chk_node(f, k)->b);
    } else {
        may_be_sent(c, p, r, chk_expr(c, p, r, SEM_POISON).type);
    }
}

static void form_part(Checker *c, Place *p, SynRef r)
{
    SemType t = chk_expr(c, p, r, SEM_POISON).type;
    TypeKind k = chk_kind(c, t);
    if (t == SEM_POISON || !may_be_sent(c, p, r, t) || k == TK_SECRET)
        return;
    if (k == TK_LIST || !kind_has_form(k))
        chk_wire_wants(c, p, r, t, STR("form"), "values that have a form as text");
}

static void needs_names(Checker *c, Place *p, SynRef r, Str kind, const char *what)
{
    Diag *d = chk_report(c, 2001, p->file, r, "`body %.*s` takes %s", STR_ARG(kind), what);
    diag_label(c->diags, d, "written otherwise");
}

/* [ { op = "replace", path = "status/id", value = 3 } ] */
static void patch_item(Checker *c, Place *p, SynRef r)
{
    static const char *const names[] = {"op", "path", "value"};
    File *f = p->file;
    if (chk_node(f, r)->kind != SYN_ARGS) {
        needs_names(c, p, r, STR("json_patch"), "a list of { op = ..., path = ..., value = ... }");
        return;
    }
    SYN_EACH(f->tree, k, chk_node(f, r)->a) {
        const SynNode *arg = chk_node(f, k);
        size_t i = 0;
        while (arg->kind == SYN_ARG && i < 3 && !str_is(chk_text(f, arg->a), names[i]))
            i++;
        if (arg->kind != SYN_ARG)
            continue;
        if (i == 3)
            needs_names(c, p, arg->a, STR("json_patch"), "op, path and value");
        if (i < 2)
            chk_expect(c, p, arg->b, TK_TEXT, names[i]);
        else
            json_part(c, p, arg->b);
    }
}

void chk_body(Checker *c, Place *p, SynRef kind, SynRef value)
{
    static const char *const kinds[] = {"json", "form", "raw", "json_patch"};
    enum { N = sizeof kinds / sizeof *kinds };
    File *f = p->file;
    Str names[N], best, is_kind = chk_text(f, kind);
    for (size_t i = 0; i < N; i++)
        names[i] = str_of(kinds[i]);
    if (str_is(is_kind, "json")) {
        json_part(c, p, value);
    } else if (str_is(is_kind, "raw")) {
        SemType t = chk_expr(c, p, value, TK_TEXT).type;
        if (may_be_sent(c, p, value, t) && chk_kind(c, t) != TK_SECRET && !chk_fits(c, t, TK_TEXT))
            chk_wire_wants(c, p, value, t, STR("raw"), "a text");
    } else if (str_is(is_kind, "form")) {
        if (chk_node(f, value)->kind != SYN_ARGS)
            needs_names(c, p, value, is_kind, "names with values: { a = b }");
        SYN_EACH(f->tree, k, chk_node(f, value)->kind == SYN_ARGS ? chk_node(f, value)->a : 0)
            if (chk_node(f, k)->kind == SYN_ARG)
                form_part(c, p, chk_node(f, k)->b);
    } else if (str_is(is_kind, "json_patch")) {
        if (chk_node(f, value)->kind != SYN_LIST)
            needs_names(c, p, value, is_kind, "a list of { op = ..., path = ..., value = ... }");
        SYN_EACH(f->tree, k, chk_node(f, value)->kind == SYN_LIST ? chk_node(f, value)->a : 0)
            patch_item(c, p, k);
    } else {
        Str near = chk_near_word(c, is_kind, names, N, &best);
        Diag *d = chk_report(c, 1001, f, kind, "gate knows no body called `%.*s`", STR_ARG(is_kind));
        diag_label(c->diags, d, "there are: json, form, raw, json_patch");
        chk_did_you_mean(c, d, f, kind, near, best);
    }
}
