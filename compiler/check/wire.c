/* Owns: what connectors, tools and events have in common: names in their texts,
 * clauses with a kind and members (auth, page, verify, ...), calls of other
 * tools of the pack, JSON pointers, addresses.
 * Must not know: what the engine makes of them; plans. */
#include "compiler/check/check.h"

#include <assert.h>
#include <string.h>

#include "grammar/tokens.h"
#include "vm/core/grant.h"

/* --- places and names ---------------------------------------------------------- */

void chk_wire_place(Place *p, File *f, uint32_t connector, uint32_t tool, uint32_t wire,
                    const char *what)
{
    chk_place(p, f, EP_TOOL, what, SEM_NONE);
    p->connector = connector;
    p->tool = tool;
    p->wire = wire;
}

static bool is(Place *p, SynRef r, SemRefKind kind, uint32_t index, SemType type, Typed *out)
{
    p->file->sem.refs[r] = (SemRef){.kind = kind & 31, .index = index & 0x7ffffff};
    *out = (Typed){.type = type};
    return true;
}

/* Names that the clause itself brings along. */
static bool clause_name(const Checker *c, Place *p, SynRef r, Str name, Typed *out)
{
    const Sem *s = c->sem;
    if ((p->wire & WN_BEFORE) != 0 && str_is(name, "before") && s->tools[p->tool].before_tool != SEM_NONE)
        return is(p, r, SR_BEFORE, 0, s->tools[s->tools[p->tool].before_tool].result, out);
    if ((p->wire & WN_RESULT) != 0 && str_is(name, "result"))
        return is(p, r, SR_RESULT, 0, s->tools[p->tool].result, out);
    if ((p->wire & WN_AWAITED) != 0 && str_eq(name, s->tools[p->other].name))
        return is(p, r, SR_AWAITED, p->other, s->tools[p->other].result, out);
    if ((p->wire & WN_EVENT) != 0 && str_is(name, "event"))
        return is(p, r, SR_EVENT, p->other, s->events[p->other].result, out);
    if ((p->wire & WN_CALLBACK) != 0 && str_is(name, "callback"))
        return is(p, r, SR_CALLBACK, 0, TK_URL, out);
    if ((p->wire & WN_SUBSCRIPTION) != 0 && str_is(name, "subscription"))
        return is(p, r, SR_SUBSCRIPTION, p->other, s->tools[p->other].result, out);
    return false;
}

bool chk_wire_name(Checker *c, Place *p, SynRef r, Typed *out)
{
    const Sem *s = c->sem;
    Str name = chk_text(p->file, r);
    if (clause_name(c, p, r, name, out))
        return true;
    for (uint32_t i = 0; p->tool != SEM_NONE && i < s->tools[p->tool].n_params; i++)
        if (str_eq(s->tools[p->tool].params[i].name, name))
            return is(p, r, SR_PARAM, i, s->tools[p->tool].params[i].type, out);
    const SemConnector *k = &s->connectors[p->connector];
    for (uint32_t i = 0; (p->wire & WN_CONFIG) != 0 && i < k->n_configs; i++)
        if (str_eq(k->configs[i].name, name))
            return is(p, r, SR_CONFIG, i, k->configs[i].type, out);
    return false;
}

/* A way back from an image that nothing reads is none: whoever uses the tool
 * writes one (way_back in tooldecl.c). */
static void no_image(Checker *c, const Place *p, SynRef r)
{
    SemTool *t = &c->sem->tools[p->tool];
    t->undo = UNDO_NONE;
    Diag *d = chk_report(c, 1016, p->file, r, "`%.*s` reads no image first, so its own way back does not count",
                         STR_ARG(t->name));
    diag_label(c->diags, d, "nothing gives this");
    diag_help(c->diags, d, "say which tool reads it: before TOOL { }");
}

void chk_wire_unknown(Checker *c, Place *p, SynRef r)
{
    const Sem *s = c->sem;
    const SemConnector *k = &s->connectors[p->connector];
    const SemTool *t = p->tool == SEM_NONE ? NULL : &s->tools[p->tool];
    uint32_t most = k->n_configs + (t == NULL ? 0 : t->n_params), n = 0;
    Str *names = ARENA_NEW(c->arena, Str, most), best, name = chk_text(p->file, r);
    for (uint32_t i = 0; t != NULL && i < t->n_params; i++)
        names[n++] = t->params[i].name;
    for (uint32_t i = 0; (p->wire & WN_CONFIG) != 0 && i < k->n_configs; i++)
        names[n++] = k->configs[i].name;
    if ((p->wire & WN_BEFORE) != 0 && str_is(name, "before")) {
        no_image(c, p, r);
        return;
    }
    Str near = chk_near_word(c, name, names, n, &best);
    Diag *d = chk_report(c, 1001, p->file, r, "there is nothing called `%.*s` here", STR_ARG(name));
    diag_label(c->diags, d, "%s", t == NULL   ? "not a config of this connector"
                                  : (p->wire & WN_CONFIG) != 0 ? "neither an input of this tool nor a config"
                                                               : "not an input of this tool");
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', p->file, r, best, "use the near name");
    } else if (t != NULL) {
        diag_help(c->diags, d, "declare it: takes %.*s: text", STR_ARG(name));
    } else {
        diag_help(c->diags, d, "declare it: config %.*s: text", STR_ARG(name));
    }
}

/* --- small parts ----------------------------------------------------------------- */

Str chk_clause_word(const File *f, SynRef r)
{
    Str s = chk_text(f, r);
    size_t n = 0;
    while (n < s.n && (s.p[n] == '_' || (s.p[n] >= 'a' && s.p[n] <= 'z')))
        n++;
    return (Str){s.p, n};
}

bool chk_wire_once(Checker *c, File *f, SynRef *seen, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    assert(n->kind != SYN_CLAUSE || n->aux < WIRE_SEEN - SYN_KIND_COUNT);
    SynRef *slot = &seen[n->kind == SYN_CLAUSE ? SYN_KIND_COUNT + n->aux : n->kind];
    if (*slot == 0) {
        *slot = r;
        return true;
    }
    Diag *d = chk_report(c, 21, f, r, "`%.*s` is said twice here", STR_ARG(chk_clause_word(f, r)));
    diag_label(c->diags, d, "said again");
    chk_also(c, d, f, *slot, "said first");
    chk_fix_remove(c, d, 'M', f, r, "keep the first and drop this one");
    return false;
}

const Str *chk_texts(Checker *c, File *f, SynRef list, uint32_t *n)
{
    uint32_t count = syn_count(f->tree, list), i = 0;
    Str *all = ARENA_NEW(c->arena, Str, count);
    SYN_EACH(f->tree, k, list)
        if (chk_node(f, k)->kind == SYN_TEXT)
            all[i++] = syn_decode(f->tree, k, c->arena);
    *n = i;
    return all;
}

static void never(Checker *c, const File *f, SynRef at, const char *label, const char *help)
{
    Diag *d = chk_report(c, 2007, f, at, "%.*s can never be right here", STR_ARG(chk_text(f, at)));
    diag_label(c->diags, d, "%s", label);
    diag_help(c->diags, d, "%s", help);
}

/* RFC 6901: "" or "/a/b"; `~` stands only before 0 or 1. */
static bool is_pointer(Str s)
{
    if (s.n > 0 && s.p[0] != '/')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '~' && (i + 1 == s.n || (s.p[i + 1] != '0' && s.p[i + 1] != '1')))
            return false;
    return true;
}

Str chk_pointer(Checker *c, File *f, SynRef text)
{
    if (text == 0)
        return (Str){"", 0};
    Str s = chk_node(f, text)->kind == SYN_TEXT ? syn_decode(f->tree, text, c->arena) : STR("?");
    if (is_pointer(s))
        return s;
    never(c, f, text, "no JSON pointer",
          "a pointer names a place in the answer: \"/ticket/id\", with ~0 for ~ and ~1 for / in a name");
    return (Str){"", 0};
}

/* RFC 9110 5.6.2. */
static bool is_token(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        if (ch <= ' ' || ch >= 127 || strchr("\"(),/:;<=>?@[\\]{}", ch) != NULL)
            return false;
    }
    return s.n > 0;
}

Str chk_header_name(Checker *c, File *f, SynRef text)
{
    if (chk_node(f, text)->kind != SYN_TEXT)
        return (Str){"", 0};
    Str s = syn_decode(f->tree, text, c->arena);
    if (!is_token(s))
        never(c, f, text, "no name of a header", "a header is called by letters, digits and dashes: \"X-Request-Id\"");
    return s;
}

SemDuration chk_wire_duration(Checker *c, File *f, SynRef r)
{
    if (r == 0 || chk_node(f, r)->kind != SYN_BUSINESS)
        return chk_duration(c, f, r, "this");
    Diag *d = chk_report(c, 18, f, r, "business time belongs to a plan, not to a connector");
    diag_label(c->diags, d, "a connector has no calendar");
    diag_help(c->diags, d, "write time on the clock: 30s, 5m, 2h");
    return (SemDuration){.kind = ST_NONE, .node = r};
}

/* --- calls of other tools of the pack --------------------------------------------- */

static Effect said_effect(const File *f, const SemTool *t)
{
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c)
        if (chk_node(f, k)->kind == SYN_EFFECT)
            return (Effect)chk_node(f, k)->aux;
    return EFF_READS; /* reported where it is declared */
}

static uint32_t sibling(Checker *c, const Place *p, SynRef path)
{
    File *f = p->file;
    SynRef at = syn_first_name(f->tree, path);
    const SemConnector *k = &c->sem->connectors[p->connector];
    uint32_t scope = c->tool_scopes[p->connector];
    Str name = chk_text(f, at), best;
    const Entity *e = chk_find(c, scope, name);
    if (e != NULL && e->kind == DK_TOOL && syn_next_name(f->tree, path, at) == 0)
        return e->index;
    if (e != NULL && e->kind == DK_POISON)
        return SEM_NONE;
    Str near = chk_near(c, scope, name, DK(TOOL), &best);
    if (near.n == 0 && e == NULL && strcmp(p->what, "`among`") == 0) {
        Diag *w = chk_report(c, 1016, f, path, "`%.*s` has no tool `%.*s`, so its values are not looked up",
                             STR_ARG(k->name), STR_ARG(chk_text(f, path)));
        diag_label(c->diags, w, "a tool of this very connector that lists them should stand here");
        return SEM_NONE;
    }
    Diag *d = chk_report(c, 1010, f, path, "`%.*s` has no tool `%.*s`", STR_ARG(k->name),
                         STR_ARG(chk_text(f, path)));
    diag_label(c->diags, d, "a tool of this very connector should stand here");
    if (near.n > 0 && e == NULL) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', f, path, best, "use the near name");
    }
    return SEM_NONE;
}

static void not_reading(Checker *c, File *f, SynRef path, const SemTool *t)
{
    Effect e = said_effect(f, t);
    Diag *d = chk_report(c, 1002, f, path, "`%.*s` %s something, but a tool that only reads is needed here",
                         STR_ARG(t->name), effect_word(e));
    diag_label(c->diags, d, "nobody is asked before this");
    chk_also(c, d, f, chk_node(f, t->node)->a, "declared here as one that %s", effect_word(e));
}

/* Inputs of the same name: the names in `takes` stand for their values. */
static const SemBind *same_names(Checker *c, Place *p, uint32_t tool, SynRef at, uint32_t *n)
{
    File *f = p->file;
    const SemTool *t = &c->sem->tools[tool];
    const SemTool *own = p->tool == SEM_NONE ? NULL : &c->sem->tools[p->tool];
    SemBind *binds = ARENA_NEW(c->arena, SemBind, t->n_params);
    *n = 0;
    for (uint32_t i = 0; i < t->n_params; i++) {
        uint32_t j = 0;
        SynRef takes = 0;
        SYN_EACH(f->tree, k, own == NULL ? 0 : chk_node(f, own->node)->c) {
            if (chk_node(f, k)->kind != SYN_TAKES)
                continue;
            if (str_eq(own->params[j].name, t->params[i].name) &&
                chk_fits(c, own->params[j].type, t->params[i].type)) {
                takes = chk_node(f, k)->a;
                break;
            }
            j++;
        }
        if (takes != 0) {
            f->sem.types[takes] = (uint16_t)own->params[j].type;
            f->sem.refs[takes] = (SemRef){.kind = SR_PARAM, .index = j & 0x7ffffff};
            binds[(*n)++] = (SemBind){i, {&f->sem, takes}};
        } else if (t->params[i].fallback.node == 0) {
            Diag *d = chk_report(c, 2002, f, at, "`%.*s` needs `%.*s`", STR_ARG(t->name),
                                 STR_ARG(t->params[i].name));
            diag_label(c->diags, d, "this tool takes nothing of that name");
            diag_help(c->diags, d, "hand it over: %.*s { %.*s = ... }", STR_ARG(t->name),
                      STR_ARG(t->params[i].name));
            break;
        }
    }
    return binds;
}

SemCall chk_wire_call(Checker *c, Place *p, SynRef path, SynRef args, SynRef at, bool reads)
{
    SemCall call = {.tool = SEM_NONE, .node = at};
    if (path == 0)
        return call;
    call.tool = sibling(c, p, path);
    if (call.tool == SEM_NONE)
        return call;
    if (reads && said_effect(p->file, &c->sem->tools[call.tool]) != EFF_READS)
        not_reading(c, p->file, path, &c->sem->tools[call.tool]);
    call.args = args != 0 ? chk_args(c, p, call.tool, args, path, &call.n_args)
                          : same_names(c, p, call.tool, path, &call.n_args);
    return call;
}

/* --- clauses with a kind and members ----------------------------------------------- */

typedef enum MemberType {
    MT_ANY,     /* of clauses whose members are named freely: a value with a form */
    MT_TEXT,
    MT_SECRET,
    MT_EITHER,  /* a text or a secret */
    MT_ADDRESS, /* a text: https, within `hosts` */
    MT_HEADER,  /* a text: the name of a header */
    MT_POINTER,
    MT_NUMBER,
    MT_STATUS,  /* one status, or a list of them */
    MT_DURATION,
    MT_PERCENT,
    MT_WORD,    /* one of words */
    MT_TEXTS    /* a record of texts */
} MemberType;

typedef struct Member {
    SemClauseKind clause;
    const char *kind;  /* NULL: of every kind of the clause; "": the clause has none */
    const char *name;  /* NULL: the row only tells that there is such a kind */
    MemberType type;
    bool must;
    const char *words; /* MT_WORD */
} Member;

/* THE list of kinds and members (notes/connectors.md 5). A row without kind
 * stands behind those that have one. */
static const Member members[] = {
    {SC_AUTH, "none", NULL, MT_TEXT, false, NULL},
    {SC_AUTH, "basic", "user", MT_EITHER, true, NULL},
    {SC_AUTH, "basic", "password", MT_SECRET, true, NULL},
    {SC_AUTH, "headers", "*", MT_EITHER, false, NULL},
    {SC_AUTH, "bearer", "token", MT_SECRET, true, NULL},
    {SC_AUTH, "query_key", "name", MT_TEXT, true, NULL},
    {SC_AUTH, "query_key", "value", MT_SECRET, true, NULL},
    {SC_AUTH, "oauth2_client_credentials", "url", MT_ADDRESS, true, NULL},
    {SC_AUTH, "oauth2_client_credentials", "id", MT_EITHER, true, NULL},
    {SC_AUTH, "oauth2_client_credentials", "secret", MT_SECRET, true, NULL},
    {SC_AUTH, "oauth2_client_credentials", "scope", MT_TEXT, false, NULL},
    {SC_AUTH, "oauth2_client_credentials", "audience", MT_TEXT, false, NULL},
    {SC_AUTH, "oauth2_client_credentials", "params", MT_TEXTS, false, NULL},
    {SC_AUTH, "oauth2_client_credentials", "client_auth", MT_WORD, false, "body basic private_key_jwt"},
    {SC_AUTH, "oauth2_password", "url", MT_ADDRESS, true, NULL},
    {SC_AUTH, "oauth2_password", "user", MT_EITHER, true, NULL},
    {SC_AUTH, "oauth2_password", "password", MT_SECRET, true, NULL},
    {SC_AUTH, "oauth2_password", "id", MT_EITHER, false, NULL},
    {SC_AUTH, "oauth2_password", "secret", MT_EITHER, false, NULL},
    {SC_AUTH, "oauth2_password", "scope", MT_TEXT, false, NULL},
    {SC_AUTH, "oauth2_password", "client_auth", MT_WORD, false, "body basic"},
    {SC_AUTH, "oauth2_refresh", "url", MT_ADDRESS, true, NULL},
    {SC_AUTH, "oauth2_refresh", "token", MT_SECRET, true, NULL},
    {SC_AUTH, "oauth2_refresh", "id", MT_EITHER, true, NULL},
    {SC_AUTH, "oauth2_refresh", "secret", MT_SECRET, false, NULL},
    {SC_AUTH, "oauth2_refresh", "scope", MT_TEXT, false, NULL},
    {SC_AUTH, "oauth2_refresh", "client_auth", MT_WORD, false, "body basic private_key_jwt"},
    {SC_AUTH, "url_secret", "url", MT_SECRET, true, NULL},
    {SC_PAGE, "link", "rel", MT_TEXT, false, NULL},
    {SC_PAGE, "next_url", "from", MT_POINTER, true, NULL},
    {SC_PAGE, "number", "number", MT_TEXT, true, NULL},
    {SC_PAGE, "number", "size", MT_TEXT, false, NULL},
    {SC_PAGE, "number", "first", MT_NUMBER, false, NULL},
    {SC_PAGE, "number", "total", MT_POINTER, false, NULL},
    {SC_PAGE, "last_id", "parameter", MT_TEXT, true, NULL},
    {SC_PAGE, "last_id", "from", MT_POINTER, true, NULL},
    {SC_PAGE, "last_id", "size", MT_TEXT, false, NULL},
    {SC_PAGE, "cursor", "parameter", MT_TEXT, true, NULL},
    {SC_PAGE, "cursor", "from", MT_POINTER, true, NULL},
    {SC_PAGE, "delta", "next", MT_POINTER, true, NULL},
    {SC_PAGE, "delta", "link", MT_POINTER, true, NULL},
    {SC_PAGE, "delta", "reset", MT_STATUS, false, NULL},
    {SC_PAGE, NULL, "items", MT_POINTER, false, NULL},
    {SC_PAGE, NULL, "most", MT_NUMBER, false, NULL},
    {SC_PAGE, NULL, "max_pages", MT_NUMBER, false, NULL},
    {SC_PAGE, NULL, "max_items", MT_NUMBER, false, NULL},
    {SC_ERRORS, "", "message", MT_POINTER, false, NULL},
    {SC_ERRORS, "", "code", MT_POINTER, false, NULL},
    {SC_ERRORS, "", "request_id", MT_HEADER, false, NULL},
    {SC_ERRORS, "", "rejected", MT_STATUS, false, NULL},
    {SC_ERRORS, "", "refused", MT_STATUS, false, NULL},
    {SC_ERRORS, "", "conflict", MT_STATUS, false, NULL},
    {SC_ERRORS, "", "unknown", MT_STATUS, false, NULL},
    {SC_ERRORS, "", "blocked", MT_STATUS, false, NULL},
    {SC_ERRORS, "", "done", MT_STATUS, false, NULL},
    {SC_HEADERS, "", "*", MT_EITHER, false, NULL},
    {SC_LIMITS, "", "requests", MT_NUMBER, false, NULL},
    {SC_LIMITS, "", "reads", MT_NUMBER, false, NULL},
    {SC_LIMITS, "", "writes", MT_NUMBER, false, NULL},
    {SC_LIMITS, "", "per", MT_DURATION, false, NULL},
    {SC_LIMITS, "", "parallel", MT_NUMBER, false, NULL},
    {SC_LIMITS, "", "scope", MT_WORD, false, "tenant entity operation"},
    {SC_LIMITS, "", "reserve", MT_PERCENT, false, NULL},
    {SC_LIMITS, "", "remaining", MT_HEADER, false, NULL},
    {SC_LIMITS, "", "reset", MT_HEADER, false, NULL},
    {SC_QUERY, "", "*", MT_ANY, false, NULL},
    {SC_VERIFY, "none", NULL, MT_TEXT, false, NULL},
    {SC_VERIFY, "shared_header", "name", MT_HEADER, true, NULL},
    {SC_VERIFY, "shared_header", "secret", MT_SECRET, true, NULL},
    {SC_VERIFY, "basic", "user", MT_EITHER, true, NULL},
    {SC_VERIFY, "basic", "password", MT_SECRET, true, NULL},
    {SC_VERIFY, "client_state", "from", MT_POINTER, true, NULL},
    {SC_VERIFY, "client_state", "secret", MT_SECRET, true, NULL},
    {SC_VERIFY, "hmac", "algorithm", MT_WORD, true, "sha1 sha256 sha512"},
    {SC_VERIFY, "hmac", "header", MT_HEADER, true, NULL},
    {SC_VERIFY, "hmac", "key", MT_SECRET, false, NULL},
    {SC_VERIFY, "hmac", "key_form", MT_WORD, false, "raw sha256 base64"},
    {SC_VERIFY, "hmac", "key_url", MT_POINTER, false, NULL},
    {SC_VERIFY, "hmac", "key_from", MT_POINTER, false, NULL},
    {SC_VERIFY, "hmac", "prefix", MT_TEXT, false, NULL},
    {SC_VERIFY, "hmac", "encoding", MT_WORD, false, "hex base64"},
    {SC_VERIFY, "hmac", "signed", MT_WORD, false, "body timestamp_body id_timestamp_body"},
    {SC_VERIFY, "hmac", "timestamp", MT_HEADER, false, NULL},
    {SC_VERIFY, "hmac", "id", MT_HEADER, false, NULL},
    {SC_VERIFY, "hmac", "tolerance", MT_DURATION, false, NULL},
    {SC_HANDSHAKE, "echo_query", "name", MT_TEXT, true, NULL},
    {SC_HANDSHAKE, "echo_member", "from", MT_POINTER, true, NULL},
    {SC_HANDSHAKE, "echo_member", "to", MT_POINTER, false, NULL},
};
enum { N_MEMBERS = sizeof members / sizeof *members };

/* Rows of a clause's kind: its own, and those of every kind. */
static bool row_of(const Member *m, SemClauseKind clause, Str kind)
{
    return m->clause == clause && (m->kind == NULL || str_is(kind, m->kind));
}

static bool known_kind(SemClauseKind clause, Str kind)
{
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (members[i].kind != NULL && row_of(&members[i], clause, kind))
            return true;
    return false;
}

static const char *const kind_words[SC_COUNT] = {
    [SC_AUTH] = "way to sign a request", [SC_PAGE] = "way to cut a list into pages",
    [SC_VERIFY] = "way to prove a sender", [SC_HANDSHAKE] = "answer to a first contact",
};

static void unknown_kind(Checker *c, File *f, SynRef at, SemClauseKind clause)
{
    Str names[N_MEMBERS], best, all = {"", 0};
    uint32_t n = 0;
    for (size_t i = 0; i < N_MEMBERS; i++) {
        const Member *m = &members[i];
        if (m->clause != clause || m->kind == NULL || (n > 0 && str_is(names[n - 1], m->kind)))
            continue;
        names[n++] = str_of(m->kind);
        all = chk_printf(c, "%.*s%s%s", STR_ARG(all), n == 1 ? "" : ", ", m->kind);
    }
    Str near = chk_near_word(c, chk_text(f, at), names, n, &best);
    Diag *d = chk_report(c, 1001, f, at, "gate knows no %s called `%.*s`", kind_words[clause],
                         STR_ARG(chk_text(f, at)));
    diag_label(c->diags, d, "there are: %.*s", STR_ARG(all));
    chk_did_you_mean(c, d, f, at, near, best);
}

static void unknown_member(Checker *c, File *f, SynRef at, Str word, SemClauseKind clause, Str kind)
{
    Str names[N_MEMBERS], best, all = {"", 0};
    uint32_t n = 0;
    for (size_t i = 0; i < N_MEMBERS; i++) {
        if (!row_of(&members[i], clause, kind) || members[i].name == NULL)
            continue;
        names[n++] = str_of(members[i].name);
        all = chk_printf(c, "%.*s%s%s", STR_ARG(all), n == 1 ? "" : ", ", members[i].name);
    }
    Diag *d = chk_report(c, 2003, f, at, "`%.*s%s%.*s` takes nothing called `%.*s`", STR_ARG(word),
                         kind.n > 0 ? " " : "", STR_ARG(kind), STR_ARG(chk_text(f, at)));
    diag_label(c->diags, d, n == 0 ? "it takes nothing%.*s" : "it takes: %.*s", STR_ARG(all));
    Str near = chk_near_word(c, chk_text(f, at), names, n, &best);
    chk_did_you_mean(c, d, f, at, near, best);
}

static const Member *find_member(SemClauseKind clause, Str kind, Str name)
{
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (row_of(&members[i], clause, kind) && members[i].name != NULL &&
            (str_is(name, members[i].name) || members[i].name[0] == '*'))
            return &members[i];
    return NULL;
}

static void wants(Checker *c, Place *p, SynRef r, SemType got, Str name, const char *what)
{
    if (chk_kind(c, got) == TK_SECRET) {
        chk_secret_shown(c, p->file, r);
        return;
    }
    Diag *d = chk_report(c, 2001, p->file, r, "`%.*s` takes %s, but this is %.*s", STR_ARG(name), what,
                         STR_ARG(chk_type_words(c, got)));
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, got)));
    if (strstr(what, "secret") != NULL)
        diag_help(c->diags, d, "declare it, so that the tenant gives it: secret NAME");
}

static void status_member(Checker *c, Place *p, SynRef r, Str name)
{
    File *f = p->file;
    bool list = chk_node(f, r)->kind == SYN_LIST;
    SYN_EACH(f->tree, k, list ? chk_node(f, r)->a : r) {
        if (chk_node(f, k)->kind != SYN_INT)
            wants(c, p, k, chk_expr(c, p, k, TK_NUMBER).type, name, "a status, or a list of them");
        else if (chk_int(f, k, 1000) < 100 || chk_int(f, k, 1000) > 599)
            never(c, f, k, "no status of HTTP", "statuses go from 100 to 599");
        if (!list)
            break; /* what follows is the next member */
    }
}

static void word_member(Checker *c, Place *p, SynRef r, const Member *m, Str name)
{
    Str words[8], best;
    uint32_t n = 0;
    const char *at = m->words;
    while (*at != '\0') {
        size_t k = strcspn(at, " ");
        words[n++] = (Str){at, k};
        at += k + (at[k] == ' ');
    }
    if (chk_node(p->file, r)->kind != SYN_TEXT) {
        wants(c, p, r, chk_expr(c, p, r, TK_TEXT).type, name, "one of a few words in quotes");
        return;
    }
    Str s = syn_decode(p->file->tree, r, c->arena), all = {"", 0};
    for (uint32_t i = 0; i < n; i++) {
        if (str_eq(s, words[i]))
            return;
        all = chk_printf(c, "%.*s%s\"%.*s\"", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(words[i]));
    }
    Diag *d = chk_report(c, 2013, p->file, r, "\"%.*s\" is not among the choices", STR_ARG(s));
    diag_label(c->diags, d, "must be one of %.*s", STR_ARG(all));
    Str near = chk_near_word(c, s, words, n, &best);
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean \"%.*s\"?", STR_ARG(best));
        chk_fix_replace(c, d, '?', p->file, r, chk_printf(c, "\"%.*s\"", STR_ARG(best)), "use the near choice");
    }
}

static void text_members(Checker *c, Place *p, SynRef r, Str name)
{
    File *f = p->file;
    if (chk_node(f, r)->kind != SYN_ARGS) {
        wants(c, p, r, chk_expr(c, p, r, SEM_POISON).type, name, "names with texts: { a = \"b\" }");
        return;
    }
    SYN_EACH(f->tree, k, chk_node(f, r)->a)
        if (chk_node(f, k)->kind == SYN_ARG)
            chk_expect(c, p, chk_node(f, k)->b, TK_TEXT, "each of them");
}

/* A value that has a form in a query: no record, no secret, no list of lists. */
static void plain_member(Checker *c, Place *p, SynRef r, Str name)
{
    SemType t = chk_expr(c, p, r, SEM_POISON).type;
    TypeKind k = chk_kind(c, t);
    if (k == TK_LIST)
        k = chk_kind(c, c->sem->types[t].elem);
    if (t != SEM_POISON && (k == TK_LIST || k == TK_SECRET || !kind_has_form(k)))
        wants(c, p, r, t, name, "a value that has a form as text");
}

static void value_of(Checker *c, Place *p, SynRef r, const Member *m, Str name, uint32_t connector)
{
    File *f = p->file;
    Str what = chk_printf(c, "`%.*s`", STR_ARG(name));
    SemType t;
    switch (m->type) {
    case MT_TEXT: chk_expect(c, p, r, TK_TEXT, what.p); break;
    case MT_NUMBER: chk_expect(c, p, r, TK_NUMBER, what.p); break;
    case MT_DURATION: chk_expect(c, p, r, TK_DURATION, what.p); break;
    case MT_PERCENT: chk_expect(c, p, r, TK_PERCENT, what.p); break;
    case MT_ADDRESS:
        if (chk_expect(c, p, r, TK_TEXT, what.p).type != SEM_POISON)
            chk_address(c, f, connector, r);
        break;
    case MT_HEADER:
        if (chk_expect(c, p, r, TK_TEXT, what.p).type != SEM_POISON)
            chk_header_name(c, f, r);
        break;
    case MT_SECRET:
        t = chk_expr(c, p, r, SEM_POISON).type;
        if (t != SEM_POISON && chk_kind(c, t) != TK_SECRET)
            wants(c, p, r, t, name, "a secret");
        break;
    case MT_EITHER:
        t = chk_expr(c, p, r, TK_TEXT).type;
        if (t != SEM_POISON && chk_kind(c, t) != TK_SECRET && !chk_fits(c, t, TK_TEXT))
            wants(c, p, r, t, name, "a text or a secret");
        break;
    case MT_POINTER: chk_pointer(c, f, r); break;
    case MT_STATUS: status_member(c, p, r, name); break;
    case MT_WORD: word_member(c, p, r, m, name); break;
    case MT_TEXTS: text_members(c, p, r, name); break;
    case MT_ANY: plain_member(c, p, r, name); break;
    }
}

static bool has_member(const SemClause *k, const char *name)
{
    for (uint32_t i = 0; i < k->n_members; i++)
        if (str_is(k->members[i].name, name))
            return true;
    return false;
}

/* names: "`user`, `password`". */
static void lacks(Checker *c, File *f, const SemClause *k, Str word, Str names, const char *why)
{
    SynRef at = k->node;
    Diag *d = chk_report(c, 2002, f, at, "`%.*s%s%.*s` needs %.*s", STR_ARG(word),
                         k->kind.n > 0 ? " " : "", STR_ARG(k->kind), STR_ARG(names));
    d->at.end = chk_node(f, at)->start + (uint32_t)word.n;
    diag_label(c->diags, d, "%s", why);
}

/* What the table cannot say: members that need each other. */
static void together(Checker *c, File *f, const SemClause *k, Str word)
{
    if (k->clause == SC_LIMITS && !has_member(k, "per") &&
        (has_member(k, "requests") || has_member(k, "reads") || has_member(k, "writes")))
        lacks(c, f, k, word, STR("`per`"), "so many in which time?");
    if (k->clause == SC_VERIFY && str_is(k->kind, "hmac") && !has_member(k, "key") && !has_member(k, "key_url"))
        lacks(c, f, k, word, STR("`key`"), "a signature proves nothing without a key");
    if (k->clause == SC_VERIFY && has_member(k, "key_url") && !has_member(k, "key_from"))
        lacks(c, f, k, word, STR("`key_from`"), "where in the answer is the key?");
}

static void complete(Checker *c, File *f, const SemClause *k, Str word)
{
    Str names = {"", 0};
    for (size_t i = 0; i < N_MEMBERS; i++)
        if (members[i].must && row_of(&members[i], k->clause, k->kind) && !has_member(k, members[i].name))
            names = chk_printf(c, "%.*s%s`%s`", STR_ARG(names), names.n == 0 ? "" : ", ", members[i].name);
    if (names.n > 0)
        lacks(c, f, k, word, names, "does not work without it");
    else
        together(c, f, k, word);
}

static bool member(Checker *c, Place *p, SemClause *k, SynRef r, Str word, SemPart *out)
{
    File *f = p->file;
    const SynNode *arg = chk_node(f, r);
    bool quoted = chk_node(f, arg->a)->kind == SYN_TEXT; /* a name of the other system */
    Str name = quoted ? syn_decode(f->tree, arg->a, c->arena) : chk_text(f, arg->a);
    const Member *m = find_member(k->clause, k->kind, name);
    if (m == NULL) {
        unknown_member(c, f, arg->a, word, k->clause, k->kind);
        chk_expr(c, p, arg->b, SEM_POISON);
        return false;
    }
    if (has_member(k, arena_copy(c->arena, name.p, name.n))) {
        Diag *d = chk_report(c, 2004, f, r, "`%.*s` is given twice", STR_ARG(name));
        diag_label(c->diags, d, "given again");
        return false;
    }
    if (quoted && (k->clause == SC_HEADERS || k->clause == SC_AUTH))
        chk_header_name(c, f, arg->a);
    value_of(c, p, arg->b, m, name, p->connector);
    *out = (SemPart){name, {&f->sem, arg->b}};
    return true;
}

static bool clause_kind(uint16_t token, SemClauseKind *out)
{
    static const struct { uint16_t token; SemClauseKind clause; } rows[] = {
        {TOK_AUTH, SC_AUTH}, {TOK_PAGE, SC_PAGE}, {TOK_ERRORS, SC_ERRORS}, {TOK_HEADERS, SC_HEADERS},
        {TOK_LIMITS, SC_LIMITS}, {TOK_QUERY, SC_QUERY}, {TOK_VERIFY, SC_VERIFY},
        {TOK_HANDSHAKE, SC_HANDSHAKE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].token != token)
            continue;
        *out = rows[i].clause;
        return true;
    }
    return false;
}

SemClause chk_wire_clause(Checker *c, File *f, uint32_t connector, uint32_t tool, SynRef r)
{
    SemClause k = {.node = r};
    SynRef args = chk_node(f, r)->a;
    Str word = chk_clause_word(f, r);
    bool misnamed = false;
    clause_kind(chk_node(f, r)->aux, &k.clause);
    if (args != 0 && chk_node(f, args)->kind == SYN_NAME) {
        k.kind = chk_text(f, args);
        if (!known_kind(k.clause, k.kind)) {
            unknown_kind(c, f, args, k.clause);
            return k;
        }
        args = chk_node(f, args)->next;
    }
    uint32_t n = syn_count(f->tree, args == 0 ? 0 : chk_node(f, args)->a);
    SemPart *all = ARENA_NEW(c->arena, SemPart, n);
    Place p;
    /* How a request is signed and cut is the connector's own; what it says is
     * made of the tool's inputs, too. */
    bool own = k.clause == SC_HEADERS || k.clause == SC_QUERY;
    chk_wire_place(&p, f, connector, own ? tool : SEM_NONE, WN_CONFIG, "this");
    p.secrets = k.clause == SC_AUTH || k.clause == SC_HEADERS || k.clause == SC_VERIFY;
    k.members = all;
    SYN_EACH(f->tree, a, args == 0 ? 0 : chk_node(f, args)->a) {
        if (chk_node(f, a)->kind != SYN_ARG)
            continue;
        if (member(c, &p, &k, a, word, &all[k.n_members]))
            k.n_members++;
        else
            misnamed = true;
    }
    if (!misnamed) /* which is also a missing one: said once is enough */
        complete(c, f, &k, word);
    return k;
}

const SemClause *chk_wire_clauses(Checker *c, File *f, uint32_t connector, uint32_t tool, SynRef list,
                                  uint32_t *n)
{
    SemClauseKind kind;
    uint32_t count = 0, i = 0;
    SYN_EACH(f->tree, k, list)
        count += chk_node(f, k)->kind == SYN_CLAUSE && clause_kind(chk_node(f, k)->aux, &kind);
    SemClause *all = ARENA_NEW(c->arena, SemClause, count);
    bool seen[SC_COUNT] = {false};
    SYN_EACH(f->tree, k, list) {
        if (chk_node(f, k)->kind != SYN_CLAUSE || !clause_kind(chk_node(f, k)->aux, &kind) || seen[kind])
            continue; /* said twice: reported by who walks the block */
        seen[kind] = true;
        all[i++] = chk_wire_clause(c, f, connector, tool, k);
    }
    *n = i;
    return all;
}

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
        never(c, f, text, "not a secure address", "an address begins with https://");
    } else {
        HostParts h;
        host_parts(c, f, text, loopback ? 7 : 8, &h);
        if (h.n == 0)
            never(c, f, text, "names no host", "an address looks like https://api.example.org/v1");
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
        wants(c, p, r, t, STR("form"), "values that have a form as text");
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
            wants(c, p, value, t, STR("raw"), "a text");
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
