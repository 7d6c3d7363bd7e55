/* Owns: what connectors, tools and events have in common: names in their texts,
 * calls of other tools of the pack, JSON pointers, names of headers.
 * Must not know: what the engine makes of them; plans. */
#include "compiler/check/check.h"

#include <assert.h>
#include <string.h>

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
    if (!chk_did_you_mean(c, d, p->file, r, near, best))
        diag_help(c->diags, d, "declare it: %s %.*s: text", t != NULL ? "takes" : "config", STR_ARG(name));
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

void chk_wire_never(Checker *c, const File *f, SynRef at, const char *label, const char *help)
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
    chk_wire_never(c, f, text, "no JSON pointer",
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
        chk_wire_never(c, f, text, "no name of a header", "a header is called by letters, digits and dashes: \"X-Request-Id\"");
    return s;
}

SemDuration chk_wire_duration(Checker *c, File *f, SynRef r)
{
    if (r == 0 || chk_node(f, r)->kind != SYN_BUSINESS)
        return chk_some_time(c, f, r, "this");
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
    if (e == NULL)
        chk_did_you_mean(c, d, f, path, near, best);
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
