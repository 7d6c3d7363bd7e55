/* Owns: where secrets may not go, and passwords that stand in a plan (G7001
 * to G7004).
 * Must not know: what tools do with secrets. */
#include "compiler/check/check.h"

#include <limits.h>
#include <string.h>

/* --- how a secret came here ------------------------------------------------------ */

static const File *file_of(const SemFile *f)
{
    return (const File *)f; /* its first member */
}

/* The part of an expression that brings the secret along. */
static SynRef carrier(const Checker *c, const File *f, SynRef r)
{
    for (;;) {
        const SynNode *n = chk_node(f, r);
        switch (n->kind) {
        case SYN_PAREN:
            r = n->a;
            break;
        case SYN_IF:
            r = chk_kind(c, f->sem.types[n->b]) == TK_SECRET ? n->b : n->c;
            break;
        case SYN_CALL:
            if (f->sem.refs[r].kind != SR_BUILTIN || n->b == 0)
                return r;
            r = n->b;
            break;
        default:
            return r;
        }
    }
}

/* Name by name, back to where it is declared. At most as long as lets are deep. */
static void flow(Checker *c, Diag *d, const File *f, SynRef r)
{
    r = carrier(c, f, r);
    SemRef ref = f->sem.refs[r];
    for (int steps = 0; ref.kind == SR_LET && steps < DIAG_LABELS - 1; steps++) {
        const SemLet *l = &c->sem->lets[ref.index];
        f = file_of(l->expr.file);
        r = carrier(c, f, l->expr.node);
        chk_also(c, d, f, r, "`%.*s` holds it", STR_ARG(l->name));
        ref = f->sem.refs[r];
    }
    if (ref.kind == SR_SECRET) {
        const SemSecret *s = &c->sem->secrets[ref.index];
        chk_also(c, d, file_of(s->file), chk_node(file_of(s->file), s->node)->a, "the secret");
    }
}

void chk_secret_shown(Checker *c, const File *f, SynRef r)
{
    Diag *d = chk_report(c, 7001, f, r, "a secret cannot stand here");
    diag_label(c->diags, d, "it would be shown and logged");
    flow(c, d, f, r);
    diag_help(c->diags, d, "a secret goes only where a tool asks for one: an argument of type `secret`");
}

void chk_secret_measured(Checker *c, const File *f, SynRef at, SynRef secret)
{
    Diag *d = chk_report(c, 7003, f, at, "a secret cannot be compared or measured");
    diag_label(c->diags, d, "each answer would give a part of it away");
    if (secret != 0)
        flow(c, d, f, secret);
    diag_help(c->diags, d, "let a tool that takes the secret test it, and read what that tool gives");
}

/* --- what looks like one ----------------------------------------------------------- */

static bool is_alnum(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

typedef enum Letters { L_WORD, L_UPPER, L_HEX } Letters; /* and _ - in words */

static bool fits(char ch, Letters l)
{
    switch (l) {
    case L_UPPER: return (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z');
    case L_HEX: return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f');
    default: return is_alnum(ch) || ch == '_' || ch == '-';
    }
}

/* How those begin who can be told by it, and how much must follow: from the
 * published forms of each, so that an example of three dots is none. */
static const struct Token { const char *begin, *what; unsigned least, most; Letters letters; } tokens[] = {
    {"ghp_", "a GitHub token", 36, 255, L_WORD},
    {"gho_", "a GitHub token", 36, 255, L_WORD},
    {"ghu_", "a GitHub token", 36, 255, L_WORD},
    {"ghs_", "a GitHub token", 36, 255, L_WORD},
    {"ghr_", "a GitHub token", 36, 255, L_WORD},
    {"github_pat_", "a GitHub token", 22, 255, L_WORD},
    {"glpat-", "a GitLab token", 20, 255, L_WORD},
    {"xoxb-", "a Slack token", 20, 255, L_WORD},
    {"xoxp-", "a Slack token", 20, 255, L_WORD},
    {"xoxa-", "a Slack token", 20, 255, L_WORD},
    {"xoxs-", "a Slack token", 20, 255, L_WORD},
    {"AKIA", "an AWS key", 16, 16, L_UPPER},
    {"ASIA", "an AWS key", 16, 16, L_UPPER},
    {"sk_live_", "a Stripe key", 16, 255, L_WORD},
    {"rk_live_", "a Stripe key", 16, 255, L_WORD},
    {"sk-ant-", "an Anthropic key", 20, 255, L_WORD},
    {"sk-proj-", "an OpenAI key", 20, 255, L_WORD},
    {"AIza", "a Google key", 35, 35, L_WORD},
    {"ya29.", "a Google token", 20, 255, L_WORD},
    {"npm_", "an npm token", 36, 36, L_WORD},
    {"dop_v1_", "a DigitalOcean token", 64, 64, L_HEX},
    {"shpat_", "a Shopify token", 32, 32, L_HEX},
};

/* The characters that one of these, or what token_at() knows beside them, begins
 * with: most words need not be looked at any further. */
static const bool starts[UCHAR_MAX + 1] = {
    ['g'] = true, ['x'] = true, ['A'] = true, ['s'] = true, ['r'] = true, ['y'] = true, ['n'] = true,
    ['d'] = true, ['e'] = true, ['-'] = true, [':'] = true,
};

static bool begins(Str s, size_t at, const char *with)
{
    size_t n = strlen(with);
    return s.n - at >= n && memcmp(s.p + at, with, n) == 0;
}

static size_t run_of(Str s, size_t at, Letters l)
{
    size_t n = 0;
    while (at + n < s.n && fits(s.p[at + n], l))
        n++;
    return n;
}

/* Three parts of base64url with dots between, the first two JSON objects. */
static bool is_jwt(Str s, size_t at)
{
    size_t head = run_of(s, at, L_WORD), body = at + head + 1;
    if (head < 10 || body >= s.n || s.p[body - 1] != '.' || !begins(s, body, "eyJ"))
        return false;
    size_t n = run_of(s, body, L_WORD), tail = body + n + 1;
    return n >= 10 && tail < s.n && s.p[tail - 1] == '.' && run_of(s, tail, L_WORD) >= 20;
}

/* user:password@ behind ://; what stands for one, such as `***`, is none. */
static bool holds_password(Str s, size_t at)
{
    size_t user = 0, word = 0;
    while (at + user < s.n && (is_alnum(s.p[at + user]) || strchr("._-%+", s.p[at + user]) != NULL))
        user++;
    if (user == 0 || at + user >= s.n || s.p[at + user] != ':')
        return false;
    at += user + 1;
    bool letters = false;
    while (at + word < s.n && s.p[at + word] > ' ' && strchr("/@\"{}", s.p[at + word]) == NULL)
        letters = is_alnum(s.p[at + word++]) || letters;
    return word > 0 && letters && at + word < s.n && s.p[at + word] == '@';
}

static const char *token_at(Str s, size_t at)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        const struct Token *t = &tokens[i];
        if (s.p[at] != t->begin[0] || !begins(s, at, t->begin))
            continue;
        size_t n = run_of(s, at + strlen(t->begin), t->letters);
        if (n >= t->least && n <= t->most)
            return t->what;
    }
    if (s.p[at] == 'e' && begins(s, at, "eyJ") && is_jwt(s, at))
        return "a signed token";
    if (s.p[at] == '-' && begins(s, at, "-----BEGIN ") &&
        (begins(s, at + 11, "PRIVATE KEY") || begins(s, at + 11, "RSA PRIVATE KEY") ||
         begins(s, at + 11, "EC PRIVATE KEY") || begins(s, at + 11, "OPENSSH PRIVATE KEY")))
        return "a private key";
    if (s.p[at] == ':' && begins(s, at, "://") && holds_password(s, at + 3))
        return "a password in an address";
    return NULL;
}

static void written(Checker *c, const File *f, SynRef r, const char *what)
{
    Diag *d = chk_report(c, 7002, f, r, "this looks like %s, written into the plan", what);
    diag_label(c->diags, d, "everybody who reads the plan could use it");
    diag_help(c->diags, d, "declare it: secret NAME from env \"...\", give it where a tool takes a secret, and have this one changed");
}

void chk_secret_literal(Checker *c, const File *f, SynRef r)
{
    Str s = chk_text(f, r);
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!starts[(unsigned char)ch])
            continue;
        bool mark = ch == '-' || ch == ':';
        if (!mark && i > 0 && (is_alnum(s.p[i - 1]) || s.p[i - 1] == '_'))
            continue;
        const char *what = token_at(s, i);
        if (what != NULL) {
            written(c, f, r, what);
            return;
        }
    }
}

/* --- by the name that it is given ----------------------------------------------------- */

static bool ends(Str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p + s.n - n, with, n) == 0 &&
           (s.n == n || s.p[s.n - n - 1] == '_');
}

static bool called_secret(Str name)
{
    static const char *const words[] = {"password", "passwd", "passphrase", "secret", "api_key",
                                        "apikey", "private_key", "access_key", "client_secret"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ends(name, words[i]))
            return true;
    return false;
}

/* A word that could be one: no blank, no placeholder such as "...". */
static bool could_be(Str quoted)
{
    size_t n = 0;
    if (quoted.n < 2)
        return false;
    for (size_t i = 1; i + 1 < quoted.n; i++) {
        if (quoted.p[i] <= ' ' || quoted.p[i] == '<')
            return false;
        n += is_alnum(quoted.p[i]);
    }
    return n >= 4;
}

bool chk_secret_named(Checker *c, const File *f, Str name, SynRef value, SemType want)
{
    bool wanted = chk_kind(c, want) == TK_SECRET;
    if (value == 0 || chk_node(f, value)->kind != SYN_TEXT || (!wanted && !called_secret(name)) ||
        !could_be(chk_text(f, value)))
        return false;
    const Diag *last = c->diags->n == 0 ? NULL : &c->diags->items[c->diags->n - 1];
    if (last == NULL || last->code != 7002 || last->at.start != chk_node(f, value)->start)
        written(c, f, value, "a password");
    return true;
}

/* --- to whom -------------------------------------------------------------------------- */

/* Every connector names its hosts (connector.c); a pattern leaves it to whoever
 * holds a name below it. */
static const Str *any_host(const SemConnector *k)
{
    for (uint32_t i = 0; i < k->n_hosts; i++)
        if (k->hosts[i].n > 0 && k->hosts[i].p[0] == '*')
            return &k->hosts[i];
    return NULL;
}

void chk_secret_given(Checker *c, const File *f, SynRef value, uint32_t tool)
{
    const SemTool *t = &c->sem->tools[tool];
    const Str *host = t->native || t->listed || t->connector == SEM_NONE
                          ? NULL : any_host(&c->sem->connectors[t->connector]);
    if (host == NULL)
        return;
    for (uint32_t i = 0; i < c->n_spread; i++)
        if (c->spread[i] == t->connector)
            return; /* told once for each pack */
    *CHK_PUSH(c, c->spread, c->n_spread, c->cap_spread) = t->connector;
    Diag *d = chk_report(c, 7004, f, value, "`%.*s.%.*s` is given a secret, and may send it to any host of %.*s",
                         STR_ARG(t->pack), STR_ARG(t->name), STR_ARG(*host));
    diag_label(c->diags, d, "handed over here");
    const SemConnector *k = &c->sem->connectors[t->connector];
    chk_also(c, d, file_of(k->file), chk_node(file_of(k->file), k->node)->a, "a pack that this host does not list");
    diag_help(c->diags, d, "name the exact host in the pack");
}
