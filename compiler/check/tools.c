/* Owns: naming a tool or an event of a pack, and the arguments of a call.
 * Must not know: phases; what a tool's effect demands (level.c); how a tool is
 * declared (tooldecl.c). */
#include "compiler/check/check.h"

#include <string.h>

/* --- naming a tool ---------------------------------------------------------- */

/* The names of a PATH, or of a callee made of MEMBERs: at most three. */
static uint32_t names_of(const File *f, SynRef r, SynRef out[3])
{
    uint32_t n = 0;
    if (chk_node(f, r)->kind == SYN_PATH) {
        for (SynRef k = syn_first_name(f->tree, r); k != 0; k = syn_next_name(f->tree, r, k)) {
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
    if (!chk_did_you_mean(c, d, f, at, near, best))
        diag_help(c->diags, d, "say which pack it comes from: use %.*s 1.0", STR_ARG(name));
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
    chk_did_you_mean(c, d, f, at, near, best);
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

static uint32_t param_named(const SemTool *t, Str name)
{
    for (uint32_t i = 0; i < t->n_params; i++)
        if (str_eq(t->params[i].name, name))
            return i;
    return SEM_NONE;
}

/* --- how old and how new a tool is --------------------------------------------- */

static SynRef own_clause(const File *f, SynRef tool, uint16_t kind, Str name)
{
    SYN_EACH(f->tree, k, chk_node(f, tool)->c) {
        const SynNode *n = chk_node(f, k);
        if (n->kind == kind && (n->kind != SYN_DEPRECATED || (n->a == 0) == (name.n == 0)) &&
            (n->kind != SYN_DEPRECATED || n->a == 0 || str_eq(chk_text(f, n->a), name)))
            return k;
    }
    return tool;
}

/* "use X instead" names X; {NULL, 0}: it says something else. */
static Str replacement(Str words)
{
    static const char before[] = "use ", behind[] = " instead";
    size_t b = sizeof before - 1, e = sizeof behind - 1;
    if (words.n <= b + e || memcmp(words.p, before, b) != 0 ||
        memcmp(words.p + words.n - e, behind, e) != 0)
        return (Str){NULL, 0};
    return (Str){words.p + b, words.n - b - e};
}

static void deprecated_tool(Checker *c, File *f, SynRef at, const SemTool *t)
{
    const File *of = (const File *)t->file;
    Diag *d = chk_report(c, 1011, f, at, "`%.*s.%.*s` is deprecated: %.*s", STR_ARG(t->pack), STR_ARG(t->name),
                         STR_ARG(t->deprecated));
    diag_label(c->diags, d, "a later version of the pack may not have it");
    chk_also(c, d, of, own_clause(of, t->node, SYN_DEPRECATED, (Str){"", 0}), "said here");
    Str other = replacement(t->deprecated);
    const Entity *e = other.n == 0 ? NULL : chk_find(c, c->tool_scopes[t->connector], other);
    if (e != NULL && e->kind == DK_TOOL)
        chk_fix_replace(c, d, '?', f, at, other, "use what replaces it");
}

void chk_deprecated_input(Checker *c, File *f, SynRef at, uint32_t tool, uint32_t param, bool named)
{
    const SemTool *t = &c->sem->tools[tool];
    const SemParam *p = &t->params[param];
    const File *of = (const File *)t->file;
    if (p->deprecated.n == 0)
        return;
    Diag *d = chk_report(c, 1011, f, at, "`%.*s` of `%.*s.%.*s` is deprecated: %.*s", STR_ARG(p->name),
                         STR_ARG(t->pack), STR_ARG(t->name), STR_ARG(p->deprecated));
    diag_label(c->diags, d, "a later version of the pack may not take it");
    chk_also(c, d, of, own_clause(of, t->node, SYN_DEPRECATED, p->name), "said here");
    Str other = replacement(p->deprecated);
    uint32_t i = param_named(t, other);
    /* What must be given is given, too. */
    if (named && i != SEM_NONE && (t->params[i].flags & PF_OPTIONAL) != 0)
        chk_fix_replace(c, d, '?', f, at, other, "use what replaces it");
}

/* The `use` that brought the pack asks for a version that has no such tool yet.
 * Said once: later uses of the tool are silent. */
static bool too_new(Checker *c, File *f, SynRef at, const Entity *pack, Entity *tool)
{
    const SemTool *t = &c->sem->tools[tool->index];
    const SynNode *use = pack->node == 0 ? NULL : chk_node(pack->file, pack->node);
    if (t->since == 0 || use == NULL || use->kind != SYN_USE || use->b == 0)
        return false;
    uint32_t wants = chk_version(chk_text(pack->file, use->b));
    if (wants >= t->since)
        return false;
    const File *of = (const File *)t->file;
    Str later = chk_version_words(c, t->since);
    Diag *d = chk_report(c, 1010, f, at, "`%.*s.%.*s` came with version %.*s of the pack, and this plan asks for %.*s",
                         STR_ARG(t->pack), STR_ARG(t->name), STR_ARG(later), STR_ARG(chk_version_words(c, wants)));
    diag_label(c->diags, d, "an older pack would do for the plan, and does not have it");
    chk_also(c, d, pack->file, use->b, "this version or a later one");
    chk_also(c, d, of, own_clause(of, t->node, SYN_SINCE, (Str){"", 0}), "there since then");
    chk_fix_replace(c, d, '?', pack->file, use->b, later, "ask for that version");
    tool->kind = DK_POISON;
    return true;
}

/* A tool or an event of a pack, by the name behind the dot. */
static uint32_t in_pack(Checker *c, File *f, SynRef at, const Entity *pack, Str pack_name, DeclKind kind)
{
    Entity *e = chk_find(c, c->tool_scopes[pack->index], chk_text(f, at));
    if (e == NULL) {
        unknown_in_pack(c, f, at, pack, pack_name, kind);
        return SEM_NONE;
    }
    if (e->kind != kind) {
        if (e->kind != DK_POISON)
            other_kind(c, f, at, pack_name, e);
        return SEM_NONE;
    }
    if (kind == DK_TOOL && !too_new(c, f, at, pack, e) && c->sem->tools[e->index].deprecated.n > 0)
        deprecated_tool(c, f, at, &c->sem->tools[e->index]);
    return e->index;
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
    chk_did_you_mean(c, d, f, name, near, best);
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
    if (p->kind != EP_TOOL) /* a pack may use its own as long as it likes */
        chk_deprecated_input(c, f, n->a, tool, i, true);
    t = &c->sem->tools[tool];
    SemType got = chk_expr(c, p, n->b, t->params[i].type).type;
    SemType want = t->params[i].type;
    if (chk_secret_named(c, f, t->params[i].name, n->b, want))
        return;
    if (chk_fits(c, got, want)) {
        /* A pack hands its own tools what the tenant gave to it. */
        if (chk_kind(c, got) == TK_SECRET && p->kind != EP_TOOL)
            chk_secret_given(c, f, n->b, tool);
        return;
    }
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
    enum { FEW = 16 }; /* more than nearly all tools take */
    SynRef few[FEW] = {0}, *given = count <= FEW ? few : ARENA_NEW(c->arena, SynRef, count);
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
