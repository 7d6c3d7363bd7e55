/* Owns: a tool's declaration: what it takes and gives, how it is called, what it
 * does to the world, its way back.
 * Must not know: who calls it (tools.c); other connectors. */
#include "compiler/check/check.h"

#include <string.h>

#include "grammar/tokens.h"

/* --- what it takes and gives ------------------------------------------------------ */

static uint32_t count_takes(const File *f, SynRef node, bool *any_target)
{
    uint32_t n = 0;
    *any_target = false;
    SYN_EACH(f->tree, k, chk_node(f, node)->c) {
        if (chk_node(f, k)->kind != SYN_TAKES)
            continue;
        n++;
        SYN_EACH(f->tree, m, chk_node(f, k)->c)
            *any_target = *any_target || chk_node(f, m)->kind == SYN_TARGET;
    }
    return n;
}

static SemParam take(Checker *c, File *f, SynRef node, bool any_target)
{
    const SynNode *n = chk_node(f, node);
    SemParam p = {.name = chk_text(f, n->a), .type = chk_type(c, f, n->b), .among = SEM_NONE};
    if (!any_target)
        p.flags |= PF_TARGET; /* language 10.5 */
    SYN_EACH(f->tree, k, n->c) {
        switch (chk_node(f, k)->kind) {
        case SYN_TARGET:
            p.flags |= PF_TARGET;
            break;
        case SYN_DEFAULT: {
            Place place;
            chk_place(&place, f, EP_CONST, "a default", SEM_NONE);
            chk_expect(c, &place, chk_node(f, k)->a, p.type, "the default");
            p.fallback = (SemExpr){&f->sem, chk_node(f, k)->a};
            p.flags |= PF_OPTIONAL;
            break;
        }
        default:
            break;
        }
    }
    /* An argument vector: what it acts on is the program, item 0. */
    if ((p.flags & PF_TARGET) != 0 && str_is(p.name, "argv") &&
        chk_kind(c, p.type) == TK_LIST)
        p.flags |= PF_PROGRAM;
    return p;
}

/* One name once among what a tool takes, and once among what it gives. */
static bool is_new(Checker *c, File *f, uint32_t scope, SynRef node, const char *verb)
{
    SynRef name = chk_node(f, node)->a;
    if (name == 0 || f->role == FR_STDLIB)
        return name != 0; /* read at every start; `gatec check` has proved it */
    const Entity *old = chk_find(c, scope, chk_text(f, name));
    if (old == NULL)
        return chk_declare(c, scope, DK_INPUT, 0, f, node, name) != NULL;
    Diag *d = chk_report(c, 1003, f, name, "`%.*s` is %s twice", STR_ARG(chk_text(f, name)), verb);
    diag_label(c->diags, d, "said again");
    chk_also(c, d, f, old->name, "said first");
    diag_help(c->diags, d, "give one of them another name");
    return false;
}

/* Where in the answer it stands: a list where the pointer goes through all. */
static Str given(Checker *c, File *f, SynRef gives, SemType type)
{
    SynRef from = chk_node(f, gives)->c;
    Str s = chk_pointer(c, f, from);
    for (size_t i = 0; i + 1 < s.n; i++) {
        if (s.p[i] != '/' || s.p[i + 1] != '*' || (i + 2 < s.n && s.p[i + 2] != '/'))
            continue;
        if (type == SEM_POISON || chk_kind(c, type) == TK_LIST)
            return s;
        Diag *d = chk_report(c, 2001, f, chk_node(f, gives)->b, "`*` finds a list, but this is %.*s",
                             STR_ARG(chk_type_words(c, type)));
        diag_label(c->diags, d, "one value only");
        chk_also(c, d, f, from, "goes through all items");
        diag_help(c->diags, d, "give a list: list of %.*s", STR_ARG(chk_text(f, chk_node(f, gives)->b)));
        return s;
    }
    return s;
}

SemType chk_gives(Checker *c, File *f, SynRef list, const Str **pointers)
{
    uint32_t n = 0, i = 0, scope = chk_scope(c);
    SYN_EACH(f->tree, k, list)
        n += chk_node(f, k)->kind == SYN_GIVES;
    SemField *fields = ARENA_NEW(c->arena, SemField, n);
    Str *from = ARENA_NEW(c->arena, Str, n);
    SYN_EACH(f->tree, k, list) {
        if (chk_node(f, k)->kind != SYN_GIVES || !is_new(c, f, scope, k, "given"))
            continue;
        SemType type = chk_type(c, f, chk_node(f, k)->b);
        fields[i] = (SemField){chk_text(f, chk_node(f, k)->a), type};
        from[i++] = given(c, f, k, type);
    }
    *pointers = from;
    return chk_compound(c, TK_RECORD, fields, i);
}

static void fill_parts(Checker *c, File *f, SemTool *t)
{
    uint32_t n = 0, scope = chk_scope(c);
    bool any_target;
    t->params = ARENA_NEW(c->arena, SemParam, count_takes(f, t->node, &any_target));
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c)
        if (chk_node(f, k)->kind == SYN_TAKES && is_new(c, f, scope, k, "taken"))
            t->params[n++] = take(c, f, k, any_target);
    t->n_params = n;
    t->result = chk_gives(c, f, chk_node(f, t->node)->c, &t->pointers);
}

/* --- declaring ----------------------------------------------------------------------- */

static void missing(Checker *c, File *f, SynRef tool, const char *message, const char *label)
{
    SynRef at = chk_node(f, tool)->a;
    Diag *d = chk_report(c, 15, f, at, "the tool `%.*s` does not say %s", STR_ARG(chk_text(f, at)), message);
    diag_label(c->diags, d, "%s", label);
}

/* Of those that exclude each other, a second one. */
static bool second(Checker *c, File *f, SynRef *first, SynRef r, const char *what)
{
    if (*first == 0) {
        *first = r;
        return false;
    }
    Diag *d = chk_report(c, 21, f, r, "a tool says once %s", what);
    diag_label(c->diags, d, "said again");
    chk_also(c, d, f, *first, "said first");
    diag_help(c->diags, d, "keep one of the two");
    return true;
}

static SemHow how_of(const SynNode *n)
{
    static const SemHow verbs[] = {SH_GET, SH_POST, SH_PUT, SH_PATCH, SH_DELETE};
    return n->kind == SYN_HTTPVERB ? verbs[n->aux] : n->kind == SYN_EXEC ? SH_EXEC : SH_NATIVE;
}

static void fill_facts(Checker *c, File *f, SemTool *t, bool listed)
{
    SynRef how = 0, effect = 0;
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c) {
        const SynNode *n = chk_node(f, k);
        switch (n->kind) {
        case SYN_HTTPVERB: case SYN_EXEC: case SYN_NATIVE:
            if (!second(c, f, &how, k, "how it is done"))
                t->how = how_of(n);
            break;
        case SYN_EFFECT:
            if (!second(c, f, &effect, k, "what it does to the world"))
                t->effect = (Effect)n->aux;
            break;
        case SYN_REACH: t->reach = (Reach)n->aux; break;
        case SYN_REPEATABLE: t->flags |= TF_REPEATABLE; break;
        case SYN_KEYED: t->flags |= TF_KEYED; break;
        case SYN_LOOKUP: t->flags |= TF_LOOKUP; break;
        case SYN_UNDOBY: t->undo = n->aux == 1 ? UNDO_EXACT : UNDO_COMPENSATES; break;
        case SYN_SINCE: t->since = chk_version(chk_text(f, n->a)); break;
        case SYN_DEPRECATED:
            if (n->a == 0)
                t->deprecated = syn_decode(f->tree, n->b, c->arena);
            break;
        default: break;
        }
    }
    if (effect == 0)
        missing(c, f, t->node, "what it does to the world",
                "needs one of `reads`, `tells`, `changes`, `destroys`");
    if (how == 0)
        missing(c, f, t->node, "how it is done",
                "needs `get`, `post`, `put`, `patch` or `delete` with a path, or `exec`");
    if (t->how == SH_NATIVE && (!listed || f->role == FR_PACK)) {
        Diag *d = chk_report(c, 18, f, how, "only gate's own packs have tools that are `native`");
        diag_label(c->diags, d, "not for other packs");
        diag_help(c->diags, d, "say how it is done: an HTTP verb with its path, or `exec` with a program");
    }
}

void chk_declare_tool(Checker *c, File *f, SynRef node, bool listed)
{
    const SynNode *n = chk_node(f, node);
    uint32_t connector = c->sem->n_connectors - 1;
    if (chk_declare(c, c->tool_scopes[connector], DK_TOOL, c->sem->n_tools, f, node, n->a) == NULL)
        return;
    SemTool t = {.pack = c->sem->connectors[connector].name, .name = chk_text(f, n->a),
                 .title = chk_title(c, f, n->b), .file = &f->sem, .node = node,
                 .undo_tool = SEM_NONE, .before_tool = SEM_NONE, .lookup = {.tool = SEM_NONE},
                 .await = {.tool = SEM_NONE}, .connector = connector, .listed = listed};
    fill_parts(c, f, &t);
    fill_facts(c, f, &t, listed);
    t.native = t.how == SH_NATIVE;
    t.is_get = t.how == SH_GET;
    /* Whose word an effect is (design 5): a pack that the host does not list
     * counts as destroying, whatever it says, unless it is a GET. Its own undo
     * is a way back, but none that puts things exactly as they were. */
    if (!listed && !t.is_get)
        t.effect = EFF_DESTROYS;
    if (!listed && t.undo == UNDO_EXACT)
        t.undo = UNDO_COMPENSATES;
    *CHK_PUSH(c, c->sem->tools, c->sem->n_tools, c->cap_tools) = t;
}

/* --- clauses -------------------------------------------------------------------------- */

static void wrong_path(Checker *c, File *f, SynRef at, const char *label, const char *help)
{
    Diag *d = chk_report(c, 2007, f, at, "this can never be the path of a request");
    diag_label(c->diags, d, "%s", label);
    diag_help(c->diags, d, "%s", help);
}

/* The literal pieces of a path; values are put in as one segment each. */
static void path_text(Checker *c, File *f, SynRef text)
{
    bool first = true;
    bool plain = chk_node(f, text)->kind == SYN_TEXT;
    SYN_EACH(f->tree, k, plain ? text : chk_node(f, text)->a) {
        uint16_t kind = chk_node(f, k)->kind;
        Str s = kind == SYN_TEXT || kind == SYN_TEXTPART ? syn_decode(f->tree, k, c->arena) : (Str){"", 0};
        if (first && (s.n == 0 || s.p[0] != '/')) {
            wrong_path(c, f, text, "begins elsewhere", "a path begins with / and is put behind `base`");
            return;
        }
        if (s.n > 0 && (memchr(s.p, '?', s.n) != NULL || memchr(s.p, '#', s.n) != NULL)) {
            wrong_path(c, f, text, "holds more than a path", "what follows a ? is written as: query { name = value }");
            return;
        }
        for (size_t i = 0; i + 2 < s.n; i++)
            if (memcmp(s.p + i, "/..", 3) == 0 && (i + 3 == s.n || s.p[i + 3] == '/')) {
                wrong_path(c, f, text, "leads up", "write where it leads to");
                return;
            }
        first = false;
        if (plain)
            return;
    }
}

/* A value in a path is one segment: a list has no form there. */
static void path_values(Checker *c, File *f, SynRef text)
{
    if (chk_node(f, text)->kind != SYN_TEXTI)
        return;
    SYN_EACH(f->tree, k, chk_node(f, text)->a) {
        SemType t = f->sem.types[k];
        if (chk_node(f, k)->kind == SYN_TEXTPART || chk_kind(c, t) != TK_LIST)
            continue;
        Diag *d = chk_report(c, 2001, f, k, "a path takes one value here, but this is %.*s",
                             STR_ARG(chk_type_words(c, t)));
        diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t)));
    }
}

static void verb(Checker *c, File *f, SemTool *t, Place *p, SynRef text)
{
    if (text == 0)
        return;
    t->path = chk_text_expr(c, p, text);
    path_text(c, f, text);
    path_values(c, f, text);
    const SemConnector *k = &c->sem->connectors[t->connector];
    if (k->base.node != 0 || k->discover.node != 0)
        return;
    Diag *d = chk_report(c, 15, f, chk_node(f, k->node)->a, "the connector `%.*s` does not say where its requests go",
                         STR_ARG(k->name));
    diag_label(c->diags, d, "`base` is missing");
    chk_also(c, d, f, text, "a path behind what?");
    chk_fix_into(c, d, 'H', f, k->node, "say it", "base \"https://...\"");
    c->sem->connectors[t->connector].base = t->path; /* said once */
}

/* The program of the pack's own folder, and what it is given. */
static void exec(Checker *c, File *f, SemTool *t, Place *p, SynRef list)
{
    SynRef all = chk_node(f, list)->a, first = all == 0 ? 0 : chk_node(f, all)->a;
    t->exec = first;
    if (first == 0 || chk_node(f, first)->kind != SYN_TEXT) {
        Diag *d = first == 0 ? chk_report(c, 15, f, list, "`exec` names no program")
                             : chk_report(c, 7005, f, first, "the program of a tool is written out");
        diag_label(c->diags, d, "%s", first == 0 ? "nothing to run" : "a value decides here what is run");
        diag_help(c->diags, d, "write it: exec [\"./tool.sh\", ...]");
    } else {
        Str s = syn_decode(f->tree, first, c->arena);
        if (!chk_stays_inside(s)) {
            Diag *d = chk_report(c, 2007, f, first, "a tool's program stands in the pack's own folder");
            diag_label(c->diags, d, "lies outside");
            diag_help(c->diags, d, "write it as seen from the pack: \"./tool.sh\"");
        }
    }
    SYN_EACH(f->tree, k, first)
        chk_expect(c, p, k, TK_TEXT, "an item of `exec`");
}

static void accept(Checker *c, File *f, SemTool *t, SynRef list)
{
    uint32_t n = syn_count(f->tree, list), i = 0;
    uint32_t *all = ARENA_NEW(c->arena, uint32_t, n);
    SYN_EACH(f->tree, k, list) {
        all[i] = chk_int(f, k, 1000);
        if (all[i] < 100 || all[i] > 599) {
            Diag *d = chk_report(c, 2007, f, k, "%.*s is no status of HTTP", STR_ARG(chk_text(f, k)));
            diag_label(c->diags, d, "never comes");
            diag_help(c->diags, d, "statuses go from 100 to 599");
        }
        i++;
    }
    t->accept = all;
    t->n_accept = i;
}

static bool fits_some_list(Checker *c, const SemTool *t, SemType type)
{
    const SemTypeInfo *r = &c->sem->types[t->result];
    for (uint32_t i = 0; i < r->n_fields && r->kind == TK_RECORD; i++) {
        const SemTypeInfo *l = &c->sem->types[r->fields[i].type];
        if (l->kind != TK_LIST)
            continue;
        if (chk_fits(c, l->elem, type))
            return true;
        const SemTypeInfo *item = &c->sem->types[l->elem];
        for (uint32_t k = 0; k < item->n_fields && item->kind == TK_RECORD; k++)
            if (chk_fits(c, item->fields[k].type, type))
                return true;
    }
    return t->result == SEM_POISON || type == SEM_POISON;
}

/* The tool that lists the valid values of an input. */
static void among(Checker *c, File *f, uint32_t tool, uint32_t param, SynRef r)
{
    SynRef path = chk_node(f, r)->a;
    Place p;
    chk_wire_place(&p, f, c->sem->tools[tool].connector, tool, 0, "`among`");
    /* It is asked before the tool's inputs are known: it takes none of them. */
    p.tool = SEM_NONE;
    uint32_t errors = c->diags->errors;
    SemCall call = chk_wire_call(c, &p, path, 0, path, true);
    c->sem->tools[tool].params[param].among = call.tool;
    if (call.tool == SEM_NONE || c->diags->errors > errors)
        return;
    const SemTool *t = &c->sem->tools[call.tool];
    SemType want = c->sem->tools[tool].params[param].type;
    if (fits_some_list(c, t, want))
        return;
    Diag *d = chk_report(c, 2001, f, path, "`%.*s` gives no list in which %.*s could be found", STR_ARG(t->name),
                         STR_ARG(chk_type_words(c, want)));
    diag_label(c->diags, d, "should list the values that this input may have");
    chk_also(c, d, f, chk_node(f, t->node)->a, "declared here");
}

static void inputs(Checker *c, File *f, uint32_t tool, const SynNode *n)
{
    uint32_t i = 0;
    while (i < c->sem->tools[tool].n_params &&
           !str_eq(c->sem->tools[tool].params[i].name, chk_text(f, n->a)))
        i++;
    SYN_EACH(f->tree, k, n->c)
        if (chk_node(f, k)->kind == SYN_AMONG && i < c->sem->tools[tool].n_params)
            among(c, f, tool, i, k);
}

static void deprecated(Checker *c, File *f, SemTool *t, const SynNode *n)
{
    if (n->a == 0)
        return;
    Str name = chk_text(f, n->a), best;
    Str *names = ARENA_NEW(c->arena, Str, t->n_params);
    for (uint32_t i = 0; i < t->n_params; i++) {
        names[i] = t->params[i].name;
        if (!str_eq(names[i], name))
            continue;
        t->params[i].deprecated = syn_decode(f->tree, n->b, c->arena);
        return;
    }
    Str near = chk_near_word(c, name, names, t->n_params, &best);
    Diag *d = chk_report(c, 1001, f, n->a, "this tool takes nothing called `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "an input should stand here");
    chk_did_you_mean(c, d, f, n->a, near, best);
}

/* A later version than the pack's own has not come yet. */
static void since(Checker *c, File *f, SemTool *t, SynRef r)
{
    const SemConnector *k = &c->sem->connectors[t->connector];
    if (k->version.n > 0 && t->since <= chk_version(k->version))
        return;
    Diag *d = chk_report(c, 2007, f, r, k->version.n == 0 ? "a pack without a `version` has none to count from"
                                                         : "this pack is only version %.*s",
                         STR_ARG(k->version));
    diag_label(c->diags, d, "there since a version that is not there yet");
    if (k->version.n > 0)
        chk_also(c, d, f, k->version_node, "the pack's version");
}

/* Clauses that only a request has. */
static void of_requests(Checker *c, File *f, const SemTool *t, SynRef r)
{
    bool body = chk_node(f, r)->aux == TOK_BODY;
    if (t->how == SH_NONE || (t->how != SH_EXEC && t->how != SH_NATIVE && !(body && t->is_get)))
        return;
    Diag *d = chk_report(c, 18, f, r, "`%.*s` belongs to a request %s", STR_ARG(chk_clause_word(f, r)),
                         t->is_get ? "that sends something" : "over HTTP");
    d->at.end = d->at.start + (uint32_t)chk_clause_word(f, r).n;
    diag_label(c->diags, d, "%s", t->is_get ? "a `get` sends no body" : "this tool makes none");
    if (t->is_get)
        diag_help(c->diags, d, "write what is asked for as: query { name = value }");
}

/* await TOOL { } until expr every D within D: operands in this order. */
static void await(Checker *c, File *f, uint32_t tool, SynRef r)
{
    SynRef path = chk_node(f, r)->a, args = path == 0 ? 0 : chk_node(f, path)->next;
    SemTool t = c->sem->tools[tool];
    Place p;
    chk_wire_place(&p, f, t.connector, tool, WN_CONFIG | WN_RESULT, "`await`");
    t.await = chk_wire_call(c, &p, path, args, r, true);
    SYN_EACH(f->tree, k, args == 0 ? 0 : chk_node(f, args)->next) {
        uint16_t kind = chk_node(f, k)->kind;
        if (kind == SYN_EVERY) {
            t.await_every = chk_wire_duration(c, f, chk_node(f, k)->a);
        } else if (kind == SYN_WITHIN) {
            t.await_within = chk_wire_duration(c, f, chk_node(f, k)->a);
        } else if (t.await.tool != SEM_NONE) {
            chk_wire_place(&p, f, t.connector, tool, WN_CONFIG | WN_RESULT | WN_AWAITED, "`until`");
            p.other = t.await.tool;
            chk_expect(c, &p, k, TK_BOOL, "what stands behind `until`");
            t.until = (SemExpr){&f->sem, k};
        }
    }
    c->sem->tools[tool] = t;
}

/* The way back starts with the image. Where that is no GET, and the host does
 * not list the pack, it counts as destroying, and nothing may do that before
 * anybody is asked: then the tool has no way back of its own. */
static bool image_is_safe(const Checker *c, const SemTool *t)
{
    return t->before_tool == SEM_NONE || c->sem->tools[t->before_tool].effect == EFF_READS;
}

static void way_back(Checker *c, File *f, uint32_t tool, SynRef before, SynRef undo)
{
    SemTool *t = &c->sem->tools[tool];
    Place p;
    if (before != 0) {
        chk_wire_place(&p, f, t->connector, tool, 0, "`before`");
        SemCall call = chk_wire_call(c, &p, chk_node(f, before)->a, chk_node(f, before)->b, before, true);
        t = &c->sem->tools[tool];
        t->before_tool = call.tool;
        t->before_args = (SemBind *)call.args;
        t->n_before_args = call.n_args;
    }
    if (undo != 0) {
        chk_wire_place(&p, f, t->connector, tool, WN_BEFORE, "`undo by`");
        SemCall call = chk_wire_call(c, &p, chk_node(f, undo)->a, chk_node(f, undo)->b, undo, false);
        t = &c->sem->tools[tool];
        t->undo_tool = call.tool;
        t->undo_args = (SemBind *)call.args;
        t->n_undo_args = call.n_args;
    }
    if (undo != 0 && (t->undo_tool == SEM_NONE || !image_is_safe(c, t)))
        t->undo = UNDO_NONE;
}

static void request_clause(Checker *c, File *f, uint32_t tool, SynRef r)
{
    SemTool *t = &c->sem->tools[tool];
    const SynNode *n = chk_node(f, r);
    Place p;
    of_requests(c, f, t, r);
    if (n->aux == TOK_ACCEPT) {
        accept(c, f, t, n->a);
    } else if (n->aux == TOK_BODY && n->a != 0 && chk_node(f, n->a)->next != 0) {
        chk_wire_place(&p, f, t->connector, tool, WN_CONFIG, "a body");
        t->body_kind = chk_text(f, n->a);
        t->body = (SemExpr){&f->sem, chk_node(f, n->a)->next};
        chk_body(c, &p, n->a, t->body.node);
    }
}

static void clause(Checker *c, File *f, uint32_t tool, SynRef r)
{
    SemTool *t = &c->sem->tools[tool];
    const SynNode *n = chk_node(f, r);
    Place p;
    chk_wire_place(&p, f, t->connector, tool, WN_CONFIG, "this");
    switch (n->kind) {
    case SYN_HTTPVERB: verb(c, f, t, &p, n->a); break;
    case SYN_EXEC: exec(c, f, t, &p, r); break;
    case SYN_KEYED: t->keyed = chk_header_name(c, f, n->a); break;
    case SYN_TIMEOUT: t->timeout = chk_wire_duration(c, f, n->a); break;
    case SYN_LOCK: t->lock = (SemExpr){&f->sem, n->a}; chk_expect(c, &p, n->a, TK_TEXT, "a lock"); break;
    case SYN_SINCE: since(c, f, t, r); break;
    case SYN_DEPRECATED: deprecated(c, f, t, n); break;
    case SYN_TAKES: inputs(c, f, tool, n); break;
    case SYN_LOOKUP: {
        SemCall call = chk_wire_call(c, &p, n->a, n->b, r, true);
        c->sem->tools[tool].lookup = call;
        break;
    }
    case SYN_CLAUSE:
        if (n->aux == TOK_AWAIT)
            await(c, f, tool, r);
        else
            request_clause(c, f, tool, r);
        break;
    default: break;
    }
}

/* May stand several times, or is counted where it is declared. */
static bool many(const SynNode *n)
{
    switch (n->kind) {
    case SYN_TAKES: case SYN_GIVES: case SYN_HTTPVERB: case SYN_EXEC: case SYN_NATIVE:
    case SYN_EFFECT: case SYN_BAD:
        return true;
    default:
        return n->kind == SYN_DEPRECATED && n->a != 0;
    }
}

void chk_tool_clauses(Checker *c, File *f, uint32_t tool)
{
    SynRef seen[WIRE_SEEN] = {0}, list = chk_node(f, c->sem->tools[tool].node)->c, how = 0;
    SYN_EACH(f->tree, r, list) {
        const SynNode *n = chk_node(f, r);
        bool is_how = n->kind == SYN_HTTPVERB || n->kind == SYN_EXEC;
        if ((!many(n) && !chk_wire_once(c, f, seen, r)) || (is_how && how != 0))
            continue;
        how = is_how ? r : how;
        clause(c, f, tool, r);
    }
    uint32_t n;
    const SemClause *clauses = chk_wire_clauses(c, f, c->sem->tools[tool].connector, tool, list, &n);
    c->sem->tools[tool].clauses = clauses;
    c->sem->tools[tool].n_clauses = n;
    way_back(c, f, tool, seen[SYN_BEFORE], seen[SYN_UNDOBY]);
}
