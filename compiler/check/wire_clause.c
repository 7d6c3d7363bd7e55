/* Owns: clauses with a kind and members (auth, page, verify, ...): which there are,
 * what each member takes, which belong together.
 * Must not know: what the engine makes of them. */
#include "compiler/check/check.h"

#include <string.h>

#include "grammar/tokens.h"

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

void chk_wire_wants(Checker *c, Place *p, SynRef r, SemType got, Str name, const char *what)
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
            chk_wire_wants(c, p, k, chk_expr(c, p, k, TK_NUMBER).type, name, "a status, or a list of them");
        else if (chk_int(f, k, 1000) < 100 || chk_int(f, k, 1000) > 599)
            chk_wire_never(c, f, k, "no status of HTTP", "statuses go from 100 to 599");
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
        chk_wire_wants(c, p, r, chk_expr(c, p, r, TK_TEXT).type, name, "one of a few words in quotes");
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
        chk_wire_wants(c, p, r, chk_expr(c, p, r, SEM_POISON).type, name, "names with texts: { a = \"b\" }");
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
        chk_wire_wants(c, p, r, t, name, "a value that has a form as text");
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
            chk_wire_wants(c, p, r, t, name, "a secret");
        break;
    case MT_EITHER:
        t = chk_expr(c, p, r, TK_TEXT).type;
        if (t != SEM_POISON && chk_kind(c, t) != TK_SECRET && !chk_fits(c, t, TK_TEXT))
            chk_wire_wants(c, p, r, t, name, "a text or a secret");
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
