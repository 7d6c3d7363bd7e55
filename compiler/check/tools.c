/* Owns: packs and their tools, and the arguments of a call.
 * Must not know: phases; what a tool's effect demands (level.c). */
#include "compiler/check/check.h"

#include <string.h>

#include "compiler/stdlib.h"
#include "grammar/tokens.h"

/* --- declaring -------------------------------------------------------------- */

typedef struct ToolFacts { bool has_verb, has_get, native; uint32_t effects; } ToolFacts;

static void count_parts(const File *f, SynRef node, uint32_t *params,
                        uint32_t *results, bool *any_target)
{
    *params = *results = 0;
    *any_target = false;
    SYN_EACH(f->tree, k, chk_node(f, node)->c) {
        *results += chk_node(f, k)->kind == SYN_GIVES;
        if (chk_node(f, k)->kind != SYN_TAKES)
            continue;
        ++*params;
        SYN_EACH(f->tree, m, chk_node(f, k)->c)
            *any_target = *any_target || chk_node(f, m)->kind == SYN_TARGET;
    }
}

static SemParam take(Checker *c, File *f, SynRef node, bool any_target)
{
    const SynNode *n = chk_node(f, node);
    SemParam p = {.name = chk_text(f, n->a), .type = chk_type(c, f, n->b)};
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

static void fill_parts(Checker *c, File *f, SemTool *t)
{
    uint32_t n_params, n_fields, params = 0, fields = 0;
    bool any_target;
    count_parts(f, t->node, &n_params, &n_fields, &any_target);
    t->params = ARENA_NEW(c->arena, SemParam, n_params);
    SemField *field = ARENA_NEW(c->arena, SemField, n_fields);
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c) {
        const SynNode *n = chk_node(f, k);
        if (n->kind == SYN_TAKES)
            t->params[params++] = take(c, f, k, any_target);
        if (n->kind != SYN_GIVES)
            continue;
        SemType type = chk_type(c, f, n->b);
        field[fields++] = (SemField){chk_text(f, n->a),
                                     n->aux == 1 ? chk_list_of(c, type) : type};
    }
    t->n_params = params;
    t->result = chk_compound(c, TK_RECORD, field, fields);
}

static void fill_facts(const File *f, SemTool *t, ToolFacts *facts)
{
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c) {
        const SynNode *n = chk_node(f, k);
        switch (n->kind) {
        case SYN_HTTPVERB:
            facts->has_verb = true;
            facts->has_get = n->aux == 0;
            break;
        case SYN_NATIVE: facts->native = true; break;
        case SYN_EFFECT:
            t->effect = (Effect)n->aux;
            facts->effects++;
            break;
        case SYN_REACH: t->reach = (Reach)n->aux; break;
        case SYN_REPEATABLE: t->flags |= TF_REPEATABLE; break;
        case SYN_KEYED: t->flags |= TF_KEYED; break;
        case SYN_LOOKUP: t->flags |= TF_LOOKUP; break;
        case SYN_UNDOBY:
            t->undo = n->aux == 1 ? UNDO_EXACT : UNDO_COMPENSATES;
            break;
        default: break;
        }
    }
}

/* A file of the library itself, checked by whoever works on it. */
static bool is_embedded(const File *f)
{
    for (const StdlibFile *s = stdlib_files; s->path != NULL; s++)
        if (str_eq((Str){s->text, s->size}, f->tree->source))
            return true;
    return false;
}

static uint32_t declare_tool(Checker *c, File *f, SynRef node, Str pack, bool listed)
{
    SemTool t = {.pack = pack, .name = chk_text(f, chk_node(f, node)->a),
                 .title = chk_title(c, f, chk_node(f, node)->b),
                 .file = &f->sem, .node = node, .undo_tool = SEM_NONE,
                 .before_tool = SEM_NONE, .lookup_tool = SEM_NONE,
                 .connector = c->sem->n_connectors - 1, .listed = listed};
    ToolFacts facts = {0};
    fill_parts(c, f, &t);
    fill_facts(f, &t, &facts);
    if (facts.effects != 1) {
        Diag *d = chk_report(c, facts.effects == 0 ? 15 : 21, f, chk_node(f, node)->a,
                             facts.effects == 0
                                 ? "the tool `%.*s` does not say what it does to the world"
                                 : "the tool `%.*s` says more than once what it does to the world",
                             STR_ARG(t.name));
        diag_label(c->diags, d, "needs one of `reads`, `tells`, `changes`, `destroys`");
    }
    t.native = facts.native;
    t.is_get = facts.has_get;
    if (facts.native && !listed) {
        Diag *d = chk_report(c, 18, f, chk_node(f, node)->a,
                             "only gate's own packs have tools that are `native`");
        diag_label(c->diags, d, "say how it is done: an HTTP verb, or `exec`");
    }
    /* Whose word an effect is (design 5): a pack that the host does not list
     * counts as destroying, whatever it says, unless it is a GET. Its own undo
     * is a way back, but none that puts things exactly as they were. */
    if (!listed && !t.is_get)
        t.effect = EFF_DESTROYS;
    if (!listed && t.undo == UNDO_EXACT)
        t.undo = UNDO_COMPENSATES;
    uint32_t index = c->sem->n_tools;
    *CHK_PUSH(c, c->sem->tools, c->sem->n_tools, c->cap_tools) = t;
    return index;
}

static void declare_event(Checker *c, File *f, SynRef node, uint32_t scope, Str pack)
{
    const SynNode *n = chk_node(f, node);
    uint32_t count = 0, index = c->sem->n_events;
    if (chk_declare(c, scope, DK_EVENT, index, f, node, n->a) == NULL)
        return;
    SYN_EACH(f->tree, k, n->c)
        count += chk_node(f, k)->kind == SYN_GIVES;
    SemField *fields = ARENA_NEW(c->arena, SemField, count);
    uint32_t i = 0;
    SYN_EACH(f->tree, k, n->c)
        if (chk_node(f, k)->kind == SYN_GIVES)
            fields[i++] = (SemField){chk_text(f, chk_node(f, k)->a),
                                     chk_type(c, f, chk_node(f, k)->b)};
    *CHK_PUSH(c, c->sem->events, c->sem->n_events, c->cap_events) =
        (SemEvent){.pack = pack, .name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                   .result = chk_compound(c, TK_RECORD, fields, count),
                   .connector = c->sem->n_connectors - 1, .file = &f->sem, .node = node};
}

/* A tool of the same pack, by the name in `undo by` and `before`. */
static uint32_t sibling(Checker *c, File *f, uint32_t scope, SynRef path)
{
    SynRef name = chk_node(f, path)->kind == SYN_PATH ? chk_node(f, path)->a : path;
    const Entity *e = chk_find(c, scope, chk_text(f, name));
    return e != NULL && e->kind == DK_TOOL ? e->index : SEM_NONE;
}

/* Undo and image of a tool, once all tools of its pack are known. */
static void link_tool(Checker *c, File *f, uint32_t scope, uint32_t index)
{
    SynRef undo = 0, before = 0;
    SYN_EACH(f->tree, k, chk_node(f, c->sem->tools[index].node)->c) {
        if (chk_node(f, k)->kind == SYN_UNDOBY)
            undo = k;
        if (chk_node(f, k)->kind == SYN_BEFORE)
            before = k;
    }
    SemTool *t = &c->sem->tools[index];
    if (before != 0)
        t->before_tool = sibling(c, f, scope, chk_node(f, before)->a);
    if (undo != 0)
        t->undo_tool = sibling(c, f, scope, chk_node(f, undo)->a);
    Place p;
    chk_place(&p, f, EP_TOOL, "a tool's `undo by`", SEM_NONE);
    p.tool = index;
    if (t->before_tool != SEM_NONE)
        t->before_args = chk_args(c, &p, t->before_tool, chk_node(f, before)->b, before,
                                  &t->n_before_args);
    if (t->undo_tool != SEM_NONE)
        t->undo_args = chk_args(c, &p, t->undo_tool, chk_node(f, undo)->b, undo,
                                &t->n_undo_args);
}

static void configs(Checker *c, File *f, SemConnector *of)
{
    uint32_t n = 0, i = 0;
    SYN_EACH(f->tree, k, chk_node(f, of->node)->c)
        n += chk_node(f, k)->kind == SYN_CONFIG || chk_node(f, k)->kind == SYN_CSECRET;
    SemConfig *all = ARENA_NEW(c->arena, SemConfig, n);
    SYN_EACH(f->tree, k, chk_node(f, of->node)->c) {
        const SynNode *s = chk_node(f, k);
        if ((s->kind != SYN_CONFIG && s->kind != SYN_CSECRET) || s->a == 0)
            continue;
        all[i++] = (SemConfig){
            .name = chk_text(f, s->a),
            .type = s->kind == SYN_CSECRET ? (SemType)TK_SECRET : chk_type(c, f, s->b),
            .matches = s->kind == SYN_CONFIG && s->c != 0 ? syn_decode(f->tree, s->c, c->arena)
                                                          : (Str){"", 0},
            .secret = s->kind == SYN_CSECRET, .node = k};
    }
    of->configs = all;
    of->n_configs = i;
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

void chk_connector(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    if (n->a == 0)
        return;
    if (!only_one(c, f, n->a))
        return;
    uint32_t scope = chk_scope(c), first = c->sem->n_tools;
    uint32_t home = f->role == FR_STDLIB && f->user == NULL ? c->pack_scope : f->scope;
    if (chk_declare(c, home, DK_PACK, c->sem->n_connectors, f, node, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->tool_scopes, c->n_tool_scopes, c->cap_tool_scopes) = scope;
    Str pack = chk_text(f, n->a);
    bool listed = f->role == FR_STDLIB || is_embedded(f);
    SemConnector *made = CHK_PUSH(c, c->sem->connectors, c->sem->n_connectors, c->cap_connectors);
    *made = (SemConnector){.name = pack, .title = chk_title(c, f, n->b), .first_tool = first,
                           .first_event = c->sem->n_events, .hash = f->hash, .file = &f->sem,
                           .node = node};
    SYN_EACH(f->tree, k, n->c)
        if (chk_node(f, k)->kind == SYN_CLAUSE && chk_node(f, k)->aux == TOK_VERSION) {
            made->version_node = chk_node(f, k)->a;
            made->version = chk_text(f, made->version_node);
        }
    configs(c, f, made);
    SYN_EACH(f->tree, k, n->c) {
        uint16_t kind = chk_node(f, k)->kind;
        if (kind == SYN_TOOL && chk_node(f, k)->a != 0) {
            uint32_t index = declare_tool(c, f, k, pack, listed);
            chk_declare(c, scope, DK_TOOL, index, f, k, chk_node(f, k)->a);
        } else if (kind == SYN_EVENT) {
            declare_event(c, f, k, scope, pack);
        }
    }
    made->n_tools = c->sem->n_tools - first;
    made->n_events = c->sem->n_events - made->first_event;
    for (uint32_t i = first; i < c->sem->n_tools; i++)
        link_tool(c, f, scope, i);
}

void chk_load_stdlib(Checker *c)
{
    c->pack_scope = chk_scope(c);
    c->connector_scope = chk_scope(c);
    for (const StdlibFile *s = stdlib_files; s->path != NULL; s++) {
        if (strncmp(s->path, "stdlib/host/", 12) != 0)
            continue; /* whoever `use`s it pays for it: use.c */
        File *f = chk_add_file(c, str_of(s->path), (Str){s->text, s->size}, FR_STDLIB);
        SYN_EACH(f->tree, k, chk_node(f, f->tree->root)->c)
            if (chk_node(f, k)->kind == SYN_CONNECTOR)
                chk_connector(c, f, k);
    }
}

/* --- naming a tool ---------------------------------------------------------- */

/* The names of a PATH, or of a callee made of MEMBERs: at most three. */
static uint32_t names_of(const File *f, SynRef r, SynRef out[3])
{
    uint32_t n = 0;
    if (chk_node(f, r)->kind == SYN_PATH) {
        SYN_EACH(f->tree, k, chk_node(f, r)->a) {
            if (n == 3)
                return 0;
            out[n++] = k;
        }
        return n;
    }
    SynRef stack[3];
    while (chk_node(f, r)->kind == SYN_MEMBER && n < 2) {
        stack[n++] = chk_node(f, r)->b;
        r = chk_node(f, r)->a;
    }
    if (chk_node(f, r)->kind != SYN_NAME)
        return 0;
    stack[n++] = r;
    for (uint32_t i = 0; i < n; i++)
        out[i] = stack[n - 1 - i];
    return n;
}

static Entity *find_pack(Checker *c, const File *f, Str name)
{
    Entity *e = chk_find(c, f->scope, name);
    if (e == NULL || (e->kind != DK_PACK && e->kind != DK_LIBRARY && e->kind != DK_POISON))
        e = chk_find(c, c->pack_scope, name);
    return e;
}

bool chk_is_pack(Checker *c, File *f, SynRef callee)
{
    SynRef names[3];
    uint32_t n = names_of(f, callee, names);
    if (n == 0)
        return false;
    const Entity *e = find_pack(c, f, chk_text(f, names[0]));
    return e != NULL;
}

static void unknown_pack(Checker *c, File *f, SynRef at)
{
    Str name = chk_text(f, at), best;
    Str near = chk_near(c, c->pack_scope, name, DK(PACK), &best);
    if (near.n == 0)
        near = chk_near(c, f->scope, name, DK(PACK), &best);
    Diag *d = chk_report(c, 1001, f, at, "there is no pack called `%.*s` here", STR_ARG(name));
    diag_label(c->diags, d, "tools are named PACK.TOOL");
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', f, at, best, "use the near name");
    } else {
        diag_help(c->diags, d, "say which pack it comes from: use %.*s 1.0", STR_ARG(name));
    }
    chk_poison(c, f->scope, name);
}

static void lone_event(Checker *c, File *f, SynRef at)
{
    Str name = chk_text(f, at);
    Diag *d = chk_report(c, 1001, f, at, "`%.*s` does not say which pack its event is in", STR_ARG(name));
    diag_label(c->diags, d, "events are named PACK.EVENT");
    for (uint32_t i = 0; i < c->sem->n_events; i++) {
        const SemEvent *e = &c->sem->events[i];
        if (!str_eq(e->name, name))
            continue;
        Str full = chk_printf(c, "%.*s.%.*s", STR_ARG(e->pack), STR_ARG(e->name));
        chk_fix_replace(c, d, '?', f, at, full, "name the pack too");
        return;
    }
}

static void lone_tool(Checker *c, File *f, SynRef at)
{
    Str name = chk_text(f, at);
    Diag *d = chk_report(c, 1001, f, at, "`%.*s` does not say which pack its tool is in", STR_ARG(name));
    diag_label(c->diags, d, "tools are named PACK.TOOL, such as shell.change");
    for (uint32_t i = 0; i < c->sem->n_tools; i++) {
        const SemTool *t = &c->sem->tools[i];
        if (!str_eq(t->name, name))
            continue;
        Str full = chk_printf(c, "%.*s.%.*s", STR_ARG(t->pack), STR_ARG(t->name));
        chk_fix_replace(c, d, '?', f, at, full, "name the pack too");
        return;
    }
}

static Str some_names(Checker *c, const SemConnector *k, DeclKind kind)
{
    enum { MOST = 8 };
    Str all = {"", 0};
    uint32_t n = kind == DK_TOOL ? k->n_tools : k->n_events;
    for (uint32_t i = 0; i < n && i < MOST; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ",
                         STR_ARG(kind == DK_TOOL ? c->sem->tools[k->first_tool + i].name
                                                 : c->sem->events[k->first_event + i].name));
    return all;
}

static void unknown_in_pack(Checker *c, File *f, SynRef at, const Entity *pack, Str pack_name, DeclKind kind)
{
    uint32_t scope = c->tool_scopes[pack->index];
    Str name = chk_text(f, at), best;
    Str near = chk_near(c, scope, name, UINT32_C(1) << kind, &best);
    Diag *d = chk_report(c, 1010, f, at, "the pack `%.*s` has no %s `%.*s`", STR_ARG(pack_name),
                         kind == DK_TOOL ? "tool" : "event", STR_ARG(name));
    Str all = some_names(c, &c->sem->connectors[pack->index], kind);
    diag_label(c->diags, d, all.n == 0 ? "it has none%.*s" : "it has: %.*s", STR_ARG(all));
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', f, at, best, "use the near name");
    }
    chk_poison(c, scope, name);
}

static void other_kind(Checker *c, File *f, SynRef at, Str pack_name, const Entity *is)
{
    bool event = is->kind == DK_EVENT;
    Diag *d = chk_report(c, 1002, f, at, "`%.*s.%.*s` is %s, not %s", STR_ARG(pack_name), STR_ARG(is->text),
                         event ? "an event" : "a tool", event ? "a tool" : "an event");
    diag_label(c->diags, d, "%s should stand here", event ? "a tool" : "an event");
    chk_also(c, d, is->file, is->name, "declared here as %s", event ? "an event" : "a tool");
    if (event)
        diag_help(c->diags, d, "wait for it: await NAME on %.*s.%.*s", STR_ARG(pack_name), STR_ARG(is->text));
}

/* A tool or an event of a pack, by the name behind the dot. */
static uint32_t in_pack(Checker *c, File *f, SynRef at, const Entity *pack, Str pack_name, DeclKind kind)
{
    const Entity *e = chk_find(c, c->tool_scopes[pack->index], chk_text(f, at));
    if (e == NULL)
        unknown_in_pack(c, f, at, pack, pack_name, kind);
    else if (e->kind == kind)
        return e->index;
    else if (e->kind != DK_POISON)
        other_kind(c, f, at, pack_name, e);
    return SEM_NONE;
}

/* What a path behind a pack's name stands for, among kind: a tool or an event. */
static uint32_t of_pack(Checker *c, File *f, SynRef path, DeclKind kind)
{
    SynRef names[3];
    uint32_t n = names_of(f, path, names);
    if (n == 0)
        return SEM_NONE;
    Entity *e = find_pack(c, f, chk_text(f, names[0]));
    if (n == 1) {
        if (e == NULL || e->kind != DK_POISON)
            (kind == DK_EVENT ? lone_event : lone_tool)(c, f, names[0]);
        return SEM_NONE;
    }
    if (e == NULL) {
        unknown_pack(c, f, names[0]);
        return SEM_NONE;
    }
    uint32_t i = 1;
    if (e->kind == DK_LIBRARY) { /* file.PACK.TOOL */
        e = chk_find(c, e->index, chk_text(f, names[1]));
        if (e == NULL || (e->kind != DK_PACK && e->kind != DK_POISON)) {
            unknown_pack(c, f, names[1]);
            return SEM_NONE;
        }
        i = 2;
    }
    if (e->kind == DK_POISON)
        return SEM_NONE;
    if (i == n) {
        (kind == DK_EVENT ? lone_event : lone_tool)(c, f, names[1]);
        return SEM_NONE;
    }
    return in_pack(c, f, names[i], e, chk_text(f, names[i - 1]), kind);
}

uint32_t chk_tool_path(Checker *c, File *f, SynRef path)
{
    return of_pack(c, f, path, DK_TOOL);
}

uint32_t chk_event_path(Checker *c, File *f, SynRef path)
{
    return of_pack(c, f, path, DK_EVENT);
}

/* --- arguments -------------------------------------------------------------- */

static uint32_t param_named(const SemTool *t, Str name)
{
    for (uint32_t i = 0; i < t->n_params; i++)
        if (str_eq(t->params[i].name, name))
            return i;
    return SEM_NONE;
}

static const File *tool_file(const SemTool *t)
{
    return (const File *)t->file;
}

/* The node that declares parameter number i. */
static SynRef param_node(const SemTool *t, uint32_t i)
{
    const File *f = tool_file(t);
    SYN_EACH(f->tree, k, chk_node(f, t->node)->c)
        if (chk_node(f, k)->kind == SYN_TAKES && i-- == 0)
            return k;
    return t->node;
}

static void unknown_argument(Checker *c, File *f, const SemTool *t, SynRef name)
{
    Str *names = ARENA_NEW(c->arena, Str, t->n_params), best;
    Str all = {"", 0};
    for (uint32_t i = 0; i < t->n_params; i++) {
        names[i] = t->params[i].name;
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(names[i]));
    }
    Diag *d = chk_report(c, 2003, f, name, "`%.*s.%.*s` takes nothing called `%.*s`",
                         STR_ARG(t->pack), STR_ARG(t->name), STR_ARG(chk_text(f, name)));
    if (t->n_params > 0)
        diag_label(c->diags, d, "it takes: %.*s", STR_ARG(all));
    else
        diag_label(c->diags, d, "it takes nothing");
    Str near = chk_near_word(c, chk_text(f, name), names, t->n_params, &best);
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', f, name, best, "use the near name");
    }
}

/* "make test" as an argument vector: ["make", "test"]. {NULL,0}: it needs more
 * thought than that, for a shell would do more with it. */
static Str as_words(Checker *c, const File *f, SynRef r)
{
    Str s = chk_text(f, r);
    if (chk_node(f, r)->kind != SYN_TEXT || s.n < 3 || memchr(s.p, ' ', s.n) == NULL)
        return (Str){NULL, 0};
    Buf b = {0};
    buf_puts(&b, "[\"");
    for (size_t i = 1; i + 1 < s.n; i++) {
        if (strchr("\\'`$|&;<>(){}*?\"\n", s.p[i]) != NULL) {
            buf_free(&b);
            return (Str){NULL, 0};
        }
        if (s.p[i] != ' ')
            buf_putc(&b, s.p[i]);
        else if (s.p[i + 1] != ' ')
            buf_puts(&b, "\", \"");
    }
    buf_puts(&b, "\"]");
    Str words = b.failed ? (Str){NULL, 0} : arena_str(c->arena, buf_view(&b));
    buf_free(&b);
    return words;
}

static void argument(Checker *c, Place *p, uint32_t tool, uint32_t i, SynRef arg, SynRef *given)
{
    File *f = p->file;
    const SynNode *n = chk_node(f, arg);
    const SemTool *t = &c->sem->tools[tool];
    if (given[i] != 0) {
        Diag *d = chk_report(c, 2004, f, arg, "the argument `%.*s` is given twice",
                             STR_ARG(t->params[i].name));
        diag_label(c->diags, d, "given again");
        chk_also(c, d, f, given[i], "given first");
        chk_fix_drop_argument(c, d, f, arg);
        return;
    }
    given[i] = arg;
    SemType got = chk_expr(c, p, n->b, t->params[i].type).type;
    SemType want = t->params[i].type;
    if (chk_fits(c, got, want))
        return;
    if (chk_kind(c, got) == TK_SECRET) {
        chk_secret_shown(c, f, n->b);
        return;
    }
    Diag *d = chk_report(c, 2001, f, n->b, "`%.*s` takes %.*s, but this is %.*s",
                         STR_ARG(t->params[i].name), STR_ARG(chk_type_words(c, want)),
                         STR_ARG(chk_type_words(c, got)));
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, got)));
    chk_also(c, d, tool_file(t), param_node(t, i), "declared here");
    const SemTypeInfo *w = &c->sem->types[want];
    bool vector = (t->params[i].flags & PF_PROGRAM) != 0;
    Str words = vector ? as_words(c, f, n->b) : (Str){NULL, 0};
    if (vector)
        diag_help(c->diags, d, "there is no shell here: the program and each of its arguments is a text of its own");
    if (words.n > 0)
        chk_fix_replace(c, d, '?', f, n->b, words, "one text for each word");
    else if (chk_texts_apart(c, got, want))
        diag_help(c->diags, d, "declare it as `list of text`");
    else if (w->kind == TK_LIST && w->elem == got)
        chk_fix_replace(c, d, '?', f, n->b,
                        chk_printf(c, "[%.*s]", STR_ARG(chk_text(f, n->b))),
                        "make it a list of one");
    else if (want == TK_TEXT && kind_has_form(chk_kind(c, got)) && chk_kind(c, got) != TK_LIST)
        chk_fix_replace(c, d, '?', f, n->b,
                        chk_printf(c, "\"{%.*s}\"", STR_ARG(chk_text(f, n->b))),
                        "put it into a text");
}

static void missing_arguments(Checker *c, File *f, const SemTool *t, const SynRef *given, SynRef at)
{
    Str all = {"", 0}, text = {"", 0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_params; i++) {
        if (given[i] != 0 || (t->params[i].flags & PF_OPTIONAL) != 0)
            continue;
        all = chk_printf(c, "%.*s%s`%.*s`", STR_ARG(all), n == 0 ? "" : ", ",
                         STR_ARG(t->params[i].name));
        text = chk_printf(c, "%.*s%s%.*s = ...", STR_ARG(text), n == 0 ? "" : ", ",
                          STR_ARG(t->params[i].name));
        n++;
    }
    if (n == 0)
        return;
    Diag *d = chk_report(c, 2002, f, at, "`%.*s.%.*s` needs %.*s", STR_ARG(t->pack),
                         STR_ARG(t->name), STR_ARG(all));
    diag_label(c->diags, d, "%s", n == 1 ? "an argument is missing" : "arguments are missing");
    chk_also(c, d, tool_file(t), chk_node(tool_file(t), t->node)->a, "declared here");
    diag_help(c->diags, d, "add %.*s", STR_ARG(text));
}

SemBind *chk_args(Checker *c, Place *p, uint32_t tool, SynRef args, SynRef at, uint32_t *n)
{
    File *f = p->file;
    uint32_t count = c->sem->tools[tool].n_params;
    SynRef *given = ARENA_NEW(c->arena, SynRef, count);
    bool misnamed = false;
    SYN_EACH(f->tree, k, args == 0 ? 0 : chk_node(f, args)->a) {
        const SynNode *arg = chk_node(f, k);
        if (arg->kind != SYN_ARG)
            continue;
        uint32_t i = param_named(&c->sem->tools[tool], chk_text(f, arg->a));
        if (i != SEM_NONE) {
            argument(c, p, tool, i, k, given);
            continue;
        }
        unknown_argument(c, f, &c->sem->tools[tool], arg->a);
        misnamed = true;
        chk_expr(c, p, arg->b, SEM_POISON);
    }
    /* A misspelt argument is also a missing one: said once is enough. */
    if (!misnamed)
        missing_arguments(c, f, &c->sem->tools[tool], given, at);
    *n = 0;
    for (uint32_t i = 0; i < count; i++)
        *n += given[i] != 0;
    SemBind *binds = ARENA_NEW(c->arena, SemBind, *n), *b = binds;
    for (uint32_t i = 0; i < count; i++)
        if (given[i] != 0)
            *b++ = (SemBind){i, {&f->sem, chk_node(f, given[i])->b}};
    return binds;
}
