/* Owns: a connector as a whole: its configs, hosts, base and what it sets for all
 * of its tools; which packs are believed; the packs that are always there.
 * Must not know: tools and events from inside. */
#include "compiler/check/check.h"

#include <string.h>

#include "compiler/stdlib.h"
#include "grammar/tokens.h"

/* --- configs and hosts ------------------------------------------------------------- */

static SemConnector *newest(Checker *c)
{
    return &c->sem->connectors[c->sem->n_connectors - 1];
}

/* A name for a tenant's value: one label, or a host, with * for what varies. */
static bool is_pattern(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
              ch == '*' || ch == '.' || ch == '-' || ch == '_'))
            return false;
    }
    return s.n > 0;
}

static void wrong_pattern(Checker *c, File *f, SynRef at)
{
    Diag *d = chk_report(c, 2007, f, at, "no value can look like this");
    diag_label(c->diags, d, "letters, digits, dots and dashes, and * for what varies");
    diag_help(c->diags, d, "write it as \"*.example.org\"");
}

static SemConfig config(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemConfig k = {.name = chk_text(f, n->a), .matches = {"", 0}, .node = r};
    if (n->kind == SYN_CSECRET) {
        k.type = TK_SECRET;
        k.secret = true;
        return k;
    }
    k.type = chk_type(c, f, n->b);
    TypeKind kind = chk_kind(c, k.type);
    if (kind == TK_SECRET || kind == TK_RECORD || kind == TK_LIST) {
        Diag *d = chk_report(c, 2001, f, n->b, "a config is one plain value, but this is %.*s",
                             STR_ARG(chk_type_words(c, k.type)));
        diag_label(c->diags, d, kind == TK_SECRET ? "would be shown with the others" : "more than one value");
        if (kind == TK_SECRET)
            diag_help(c->diags, d, "write: secret %.*s", STR_ARG(k.name));
    }
    if (n->c == 0 || chk_node(f, n->c)->kind != SYN_TEXT)
        return k;
    k.matches = syn_decode(f->tree, n->c, c->arena);
    if (k.type != SEM_POISON && !kind_is_text(kind)) {
        Diag *d = chk_report(c, 2001, f, n->c, "only a text can look like something, but `%.*s` is %.*s",
                             STR_ARG(k.name), STR_ARG(chk_type_words(c, k.type)));
        diag_label(c->diags, d, "not for this type");
    } else if (!is_pattern(k.matches)) {
        wrong_pattern(c, f, n->c);
    }
    return k;
}

static void configs(Checker *c, File *f)
{
    SynRef list = chk_node(f, newest(c)->node)->c;
    uint32_t n = 0, i = 0, scope = chk_scope(c);
    SYN_EACH(f->tree, k, list)
        n += chk_node(f, k)->kind == SYN_CONFIG || chk_node(f, k)->kind == SYN_CSECRET;
    SemConfig *all = ARENA_NEW(c->arena, SemConfig, n);
    SYN_EACH(f->tree, k, list) {
        uint16_t kind = chk_node(f, k)->kind;
        if (kind != SYN_CONFIG && kind != SYN_CSECRET)
            continue;
        if (chk_declare(c, scope, kind == SYN_CONFIG ? DK_INPUT : DK_SECRET, i, f, k, chk_node(f, k)->a) != NULL)
            all[i++] = config(c, f, k);
    }
    newest(c)->configs = all;
    newest(c)->n_configs = i;
}

/* An exact host, or * for one label below a name of at least two. */
static bool is_host_entry(Str s)
{
    bool wild = s.n > 2 && s.p[0] == '*' && s.p[1] == '.';
    Str rest = wild ? (Str){s.p + 2, s.n - 2} : s;
    return text_fits_kind(rest, TK_HOST) && (!wild || memchr(rest.p, '.', rest.n) != NULL);
}

static void hosts(Checker *c, File *f, SynRef list)
{
    uint32_t n;
    newest(c)->hosts = chk_texts(c, f, list, &n);
    newest(c)->n_hosts = n;
    uint32_t i = 0;
    SYN_EACH(f->tree, k, list) {
        if (chk_node(f, k)->kind != SYN_TEXT || is_host_entry(newest(c)->hosts[i++]))
            continue;
        Diag *d = chk_report(c, 2007, f, k, "%.*s can never be a host", STR_ARG(chk_text(f, k)));
        diag_label(c->diags, d, "an exact host, or *. before a domain");
        diag_help(c->diags, d, "write it as \"api.example.org\" or \"*.example.org\"");
    }
}

static void redact(Checker *c, File *f, SynRef list)
{
    uint32_t n, i = 0;
    const Str *all = chk_texts(c, f, list, &n);
    newest(c)->redact = all;
    newest(c)->n_redact = n;
    SYN_EACH(f->tree, k, list)
        if (chk_node(f, k)->kind == SYN_TEXT && all[i].n > 0 && all[i++].p[0] == '/')
            chk_pointer(c, f, k);
}

/* --- clauses ------------------------------------------------------------------------- */

static void early_clause(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    if (n->aux == TOK_VERSION) {
        newest(c)->version_node = n->a;
        newest(c)->version = chk_text(f, n->a);
    } else if (n->aux == TOK_HOSTS) {
        hosts(c, f, n->a);
    } else if (n->aux == TOK_REDACT) {
        redact(c, f, n->a);
    } else if (n->aux == TOK_BASE) {
        newest(c)->base = (SemExpr){&f->sem, n->a};
    } else if (n->aux == TOK_DISCOVER) {
        newest(c)->discover.node = r; /* paths have something in front of them */
    }
}

/* Those that name tools of the pack, or are made of configs. */
static void late_clause(Checker *c, File *f, SynRef r)
{
    uint32_t index = c->sem->n_connectors - 1;
    const SynNode *n = chk_node(f, r);
    Place p;
    chk_wire_place(&p, f, index, SEM_NONE, WN_CONFIG, "this");
    if (n->aux == TOK_BASE && n->a != 0) {
        if (chk_expect(c, &p, n->a, TK_TEXT, "`base`").type != SEM_POISON)
            chk_address(c, f, index, n->a);
    } else if ((n->aux == TOK_DISCOVER || n->aux == TOK_PROBE) && n->a != 0) {
        SemCall call = chk_wire_call(c, &p, n->a, chk_node(f, n->a)->next, r, true);
        *(n->aux == TOK_PROBE ? &newest(c)->probe : &newest(c)->discover) = call;
    }
}

static void clauses(Checker *c, File *f, void (*one)(Checker *, File *, SynRef))
{
    SynRef seen[WIRE_SEEN] = {0};
    SYN_EACH(f->tree, k, chk_node(f, newest(c)->node)->c)
        if (chk_node(f, k)->kind == SYN_CLAUSE && (one == early_clause ? chk_wire_once(c, f, seen, k) : true))
            one(c, f, k);
}

/* --- the whole ------------------------------------------------------------------------- */

/* A file of the library itself, checked by whoever works on it. */
static bool is_embedded(const File *f)
{
    for (const StdlibFile *s = stdlib_files; s->path != NULL; s++)
        if (str_eq((Str){s->text, s->size}, f->tree->source))
            return true;
    return false;
}

/* A program knows a tool by the names of its pack and its own, so there is one
 * connector of a name, wherever it stands. */
static bool only_one(Checker *c, File *f, SynRef name)
{
    const Entity *old = chk_find(c, c->connector_scope, chk_text(f, name));
    if (old == NULL) {
        chk_declare(c, c->connector_scope, DK_PACK, 0, f, name, name);
        return true;
    }
    Diag *d = chk_report(c, 1003, f, name, old->file->role == FR_STDLIB ? "`%.*s` is one of gate's own packs"
                                                                       : "there are two packs called `%.*s`",
                         STR_ARG(old->text));
    diag_label(c->diags, d, "declared again");
    chk_also(c, d, old->file, old->name, "first declared here");
    diag_help(c->diags, d, "give this one another name");
    return false;
}

static void declare_parts(Checker *c, File *f, bool listed)
{
    SemConnector *k = newest(c);
    uint32_t tool = c->sem->n_tools, event = c->sem->n_events;
    SYN_EACH(f->tree, r, chk_node(f, k->node)->c) {
        if (chk_node(f, r)->kind == SYN_TOOL)
            chk_declare_tool(c, f, r, listed);
        else if (chk_node(f, r)->kind == SYN_EVENT)
            chk_declare_event(c, f, r);
    }
    k->first_tool = tool;
    k->n_tools = c->sem->n_tools - tool;
    k->first_event = event;
    k->n_events = c->sem->n_events - event;
}

void chk_connector(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    if (n->a == 0 || !only_one(c, f, n->a))
        return;
    uint32_t home = f->role == FR_STDLIB && f->user == NULL ? c->pack_scope : f->scope;
    if (chk_declare(c, home, DK_PACK, c->sem->n_connectors, f, node, n->a) == NULL)
        return;
    uint32_t scope = chk_scope(c);
    *CHK_PUSH(c, c->tool_scopes, c->n_tool_scopes, c->cap_tool_scopes) = scope;
    *CHK_PUSH(c, c->sem->connectors, c->sem->n_connectors, c->cap_connectors) =
        (SemConnector){.name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                       .discover = {.tool = SEM_NONE}, .probe = {.tool = SEM_NONE},
                       .hash = f->hash, .file = &f->sem, .node = node};
    configs(c, f);
    clauses(c, f, early_clause);
    declare_parts(c, f, f->role == FR_STDLIB || chk_listed(c, f) || is_embedded(f));
    const SemConnector *k = newest(c);
    for (uint32_t i = 0; i < k->n_tools; i++)
        chk_tool_clauses(c, f, k->first_tool + i);
    for (uint32_t i = 0; i < k->n_events; i++)
        chk_event_clauses(c, f, k->first_event + i);
    clauses(c, f, late_clause);
    uint32_t count;
    const SemClause *all = chk_wire_clauses(c, f, c->sem->n_connectors - 1, SEM_NONE, n->c, &count);
    newest(c)->clauses = all;
    newest(c)->n_clauses = count;
}

void chk_load_stdlib(Checker *c)
{
    c->pack_scope = chk_scope(c);
    c->connector_scope = chk_scope(c);
    c->no_files = chk_scope(c);
    c->no_packs = chk_scope(c);
    for (const StdlibFile *s = stdlib_files; s->path != NULL; s++) {
        if (strncmp(s->path, "stdlib/host/", 12) != 0)
            continue; /* whoever `use`s it pays for it: use.c */
        File *f = chk_add_file(c, str_of(s->path), (Str){s->text, s->size}, FR_STDLIB);
        SYN_EACH(f->tree, k, chk_node(f, f->tree->root)->c)
            if (chk_node(f, k)->kind == SYN_CONNECTOR)
                chk_connector(c, f, k);
    }
}
