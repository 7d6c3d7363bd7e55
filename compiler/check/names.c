/* Owns: what names stand for: one hash map over all scopes, near names, unused
 * declarations.
 * Must not know: types, graphs, levels. */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/os/limits.h"

uint32_t chk_scopes(Checker *c, uint32_t n)
{
    uint32_t first = c->n_scopes;
    CHK_RESERVE(c, c->scopes, c->n_scopes, c->cap_scopes, n);
    c->n_scopes += n;
    return first;
}

uint32_t chk_scope(Checker *c)
{
    *CHK_PUSH(c, c->scopes, c->n_scopes, c->cap_scopes) = 0;
    return c->n_scopes - 1;
}

static const char *const kind_words[DK_COUNT] = {
    [DK_POISON] = "a name", [DK_INPUT] = "an input", [DK_LET] = "a `let`",
    [DK_SECRET] = "a secret", [DK_ROLE] = "a role", [DK_PERSON] = "a person",
    [DK_CALENDAR] = "a calendar", [DK_MILESTONE] = "a milestone",
    [DK_PHASE] = "a phase", [DK_POLICY] = "a policy", [DK_PACK] = "a pack",
    [DK_LIBRARY] = "a file in use", [DK_ACTION] = "an action",
    [DK_CHECK] = "a check", [DK_TASK] = "a task", [DK_AWAIT] = "an event awaited",
    [DK_ASK] = "an answer asked for", [DK_TOOL] = "a tool",
    [DK_EVENT] = "an event",
};

const char *chk_kind_words(DeclKind k)
{
    return kind_words[k];
}

/* FNV-1a: short names, no adversary that a 4 MiB file could help. Probing is
 * linear over at most half full slots. */
static uint32_t hash_name(uint32_t scope, Str name)
{
    uint32_t h = UINT32_C(2166136261) ^ (scope * UINT32_C(2654435761));
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * UINT32_C(16777619);
    return h;
}

static bool is_named(const Entity *e, uint32_t scope, Str name)
{
    return e->scope == scope && str_eq(e->text, name);
}

/* The slot of a name, or the free one that it would take. */
static Slot *slot_of(const Checker *c, uint32_t scope, uint32_t hash, Str name)
{
    uint32_t i = hash & (c->cap_slots - 1);
    while (c->slots[i].entity != 0 &&
           (c->slots[i].hash != hash ||
            !is_named(&c->entities[c->slots[i].entity], scope, name)))
        i = (i + 1) & (c->cap_slots - 1);
    return &c->slots[i];
}

static void reserve_slots(Checker *c, uint32_t n)
{
    uint32_t cap = c->cap_slots == 0 ? 128 : c->cap_slots, old = c->cap_slots;
    while (cap / 2 < n)
        cap *= 2;
    if (cap == old)
        return;
    const Slot *from = c->slots;
    c->slots = ARENA_NEW(c->arena, Slot, cap);
    c->cap_slots = cap;
    for (uint32_t i = 0; i < old; i++) {
        const Entity *e = &c->entities[from[i].entity];
        if (from[i].entity != 0)
            *slot_of(c, e->scope, from[i].hash, e->text) = from[i];
    }
}

void chk_expect_names(Checker *c, uint32_t n)
{
    reserve_slots(c, c->n_slots + n);
    CHK_RESERVE(c, c->entities, c->n_entities, c->cap_entities, n);
}

static uint64_t bit_of(uint32_t hash)
{
    return UINT64_C(1) << (hash >> 26);
}

const Entity *chk_peek(const Checker *c, uint32_t scope, Str name)
{
    uint32_t hash = hash_name(scope, name);
    /* Every name is looked for in its phase first, where few are: spares the
     * walk through a table that no cache holds. */
    if ((c->scopes[scope] & bit_of(hash)) == 0)
        return NULL;
    const Slot *s = slot_of(c, scope, hash, name);
    return s->entity == 0 ? NULL : &c->entities[s->entity];
}

Entity *chk_find(Checker *c, uint32_t scope, Str name)
{
    Entity *e = (Entity *)chk_peek(c, scope, name);
    if (e != NULL)
        e->found = true;
    return e;
}

/* Where a declaration goes. */
static Slot *slot_for(Checker *c, uint32_t scope, Str name)
{
    reserve_slots(c, c->n_slots + 1);
    return slot_of(c, scope, hash_name(scope, name), name);
}

/* Into its slot: free, or poison that the declaration replaces. */
static Entity *add(Checker *c, Slot *s, uint32_t scope, Str name, Entity e)
{
    uint32_t hash = hash_name(scope, name);
    if (s->entity == 0)
        c->n_slots++;
    *s = (Slot){hash, c->n_entities};
    c->scopes[scope] |= bit_of(hash);
    Entity *made = CHK_PUSH(c, c->entities, c->n_entities, c->cap_entities);
    *made = e;
    made->scope = scope;
    made->text = name;
    return made;
}

Entity *chk_declare(Checker *c, uint32_t scope, DeclKind kind, uint32_t index,
                    File *f, SynRef node, SynRef name)
{
    if (name == 0)
        return NULL; /* the parser has said so */
    Str text = chk_text(f, name);
    Slot *s = slot_for(c, scope, text);
    const Entity *old = &c->entities[s->entity];
    if (s->entity != 0 && old->kind != DK_POISON) {
        Diag *d = chk_report(c, 1003, f, name, "`%.*s` is declared twice",
                             STR_ARG(text));
        diag_label(c->diags, d, "declared again, as %s", chk_kind_words(kind));
        if (old->file != NULL)
            chk_also(c, d, old->file, old->name, "first declared here, as %s",
                     chk_kind_words(old->kind));
        diag_help(c->diags, d, "give one of them another name");
        return NULL;
    }
    return add(c, s, scope, text,
               (Entity){.kind = kind, .index = index, .file = f, .node = node, .name = name});
}

void chk_poison(Checker *c, uint32_t scope, Str name)
{
    Slot *s = slot_for(c, scope, name);
    if (s->entity == 0)
        add(c, s, scope, name, (Entity){.kind = DK_POISON});
}

/* --- near names ------------------------------------------------------------- */

typedef struct Nearest { Str names[3]; unsigned far[3]; unsigned n; } Nearest;

static void consider(Nearest *near, Str wanted, Str name)
{
    unsigned limit = wanted.n < 5 ? 1 : wanted.n < 9 ? 2 : 3;
    unsigned d = str_distance(wanted, name);
    /* owner and product_owner: one is a part of the other. */
    if (d > limit && wanted.n >= 4 && name.n > wanted.n &&
        (memcmp(name.p, wanted.p, wanted.n) == 0 ||
         memcmp(name.p + name.n - wanted.n, wanted.p, wanted.n) == 0))
        d = limit;
    if (d > limit)
        return;
    for (unsigned i = 0; i < near->n; i++)
        if (str_eq(near->names[i], name))
            return;
    unsigned at = near->n;
    while (at > 0 && near->far[at - 1] > d)
        at--;
    if (at == 3)
        return;
    unsigned end = near->n < 3 ? near->n++ : 2;
    for (unsigned i = end; i > at; i--) {
        near->names[i] = near->names[i - 1];
        near->far[i] = near->far[i - 1];
    }
    near->names[at] = name;
    near->far[at] = d;
}

static Str near_words(Checker *c, const Nearest *near, Str *best)
{
    *best = near->n == 0 ? (Str){NULL, 0} : near->names[0];
    const Str *n = near->names;
    switch (near->n) {
    case 0:
        return (Str){NULL, 0};
    case 1:
        return chk_printf(c, "`%.*s`", STR_ARG(n[0]));
    case 2:
        return chk_printf(c, "`%.*s` or `%.*s`", STR_ARG(n[0]), STR_ARG(n[1]));
    default:
        return chk_printf(c, "`%.*s`, `%.*s` or `%.*s`", STR_ARG(n[0]),
                          STR_ARG(n[1]), STR_ARG(n[2]));
    }
}

Str chk_near(Checker *c, uint32_t scope, Str name, uint32_t kinds, Str *best)
{
    Nearest near = {0};
    *best = (Str){NULL, 0};
    /* A pass over all names for each of thousands of mistakes would be
     * quadratic, and nobody reads the suggestions past what is shown. */
    if (c->near_searches++ >= LIM_ERRORS_SHOWN)
        return *best;
    for (uint32_t i = 1; i < c->n_entities; i++) {
        const Entity *e = &c->entities[i];
        if (e->scope == scope && (kinds >> e->kind & 1) != 0 && e->name != 0)
            consider(&near, name, e->text);
    }
    return near_words(c, &near, best);
}

Str chk_near_word(Checker *c, Str name, const Str *words, uint32_t n, Str *best)
{
    Nearest near = {0};
    for (uint32_t i = 0; i < n; i++)
        consider(&near, name, words[i]);
    return near_words(c, &near, best);
}

bool chk_did_you_mean(Checker *c, Diag *d, const File *f, SynRef at, Str near, Str best)
{
    if (near.n == 0)
        return false;
    diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
    chk_fix_replace(c, d, '?', f, at, best, "use the near name");
    return true;
}

/* --- paths ------------------------------------------------------------------ */

static void unknown_name(Checker *c, File *f, uint32_t scope, SynRef at,
                         uint32_t kinds, const char *wants)
{
    Str name = chk_text(f, at), best;
    Str near = chk_near(c, scope, name, kinds, &best);
    Diag *d = chk_report(c, 1001, f, at, "there is nothing called `%.*s` here",
                         STR_ARG(name));
    diag_label(c->diags, d, "not declared; %s should stand here", wants);
    if (!chk_did_you_mean(c, d, f, at, near, best) && (kinds & DK(ROLE)) != 0) {
        diag_help(c->diags, d, "declare it: role %.*s \"what this person does\"",
                  STR_ARG(name));
    }
    chk_poison(c, scope, name);
}

static void wrong_kind(Checker *c, File *f, SynRef at, const Entity *e,
                       uint32_t kinds, const char *wants)
{
    Str name = chk_text(f, at), best;
    Diag *d = chk_report(c, 1002, f, at, "`%.*s` is %s, but %s is needed here",
                         STR_ARG(name), chk_kind_words(e->kind), wants);
    diag_label(c->diags, d, "%s should stand here", wants);
    if (e->file != NULL && e->name != 0)
        chk_also(c, d, e->file, e->name, "declared here as %s",
                 chk_kind_words(e->kind));
    Str near = chk_near(c, e->scope, name, kinds, &best);
    chk_did_you_mean(c, d, f, at, near, best);
}

/* The scope that a name opens for the next one behind a dot; 0: none. */
static uint32_t inner_scope(const Checker *c, const Entity *e)
{
    if (e->kind == DK_LIBRARY)
        return e->index;
    if (e->kind == DK_PACK)
        return c->tool_scopes[e->index];
    if (e->kind == DK_PHASE)
        return c->first_phase_scope + e->index;
    return 0;
}

static Entity *find_first(Checker *c, const File *f, uint32_t phase, Str name)
{
    Entity *e = NULL;
    if (phase != SEM_NONE)
        e = chk_find(c, c->first_phase_scope + phase, name);
    if (e == NULL)
        e = chk_find(c, f->scope, name);
    if (e == NULL)
        e = chk_find(c, c->pack_scope, name);
    return e;
}

Entity *chk_path(Checker *c, File *f, uint32_t phase, SynRef path,
                 uint32_t kinds, const char *wants)
{
    SynRef at = syn_first_name(f->tree, path);
    if (at == 0)
        return NULL;
    uint32_t scope = f->scope;
    Entity *e = find_first(c, f, phase, chk_text(f, at));
    for (;;) {
        if (e == NULL) {
            unknown_name(c, f, scope, at,
                         syn_next_name(f->tree, path, at) != 0
                             ? DK(PHASE) | DK(LIBRARY) | DK(PACK) | kinds
                             : kinds,
                         wants);
            return NULL;
        }
        if (e->kind == DK_POISON)
            return NULL;
        SynRef next = syn_next_name(f->tree, path, at);
        if (next == 0)
            break;
        scope = inner_scope(c, e);
        if (scope == 0) {
            wrong_kind(c, f, at, e, DK(PHASE) | DK(LIBRARY), wants);
            return NULL;
        }
        at = next;
        e = chk_find(c, scope, chk_text(f, at));
    }
    if ((kinds >> e->kind & 1) == 0) {
        wrong_kind(c, f, at, e, kinds, wants);
        return NULL;
    }
    return e;
}

Entity *chk_in_scope(Checker *c, File *f, uint32_t scope, SynRef name, uint32_t kinds, const char *wants)
{
    Entity *e = chk_find(c, scope, chk_text(f, name));
    if (e == NULL)
        unknown_name(c, f, scope, name, kinds, wants);
    else if (e->kind != DK_POISON && (kinds >> e->kind & 1) == 0)
        wrong_kind(c, f, name, e, kinds, wants);
    else if (e->kind != DK_POISON)
        return e;
    return NULL;
}

Str chk_title(Checker *c, File *f, SynRef text)
{
    if (text == 0)
        return (Str){"", 0};
    if (chk_node(f, text)->kind == SYN_TEXT)
        return syn_decode(f->tree, text, c->arena);
    Diag *d = chk_report(c, 3004, f, text, "this title must be plain words, since it holds before any run");
    diag_label(c->diags, d, "no value is there yet");
    diag_help(c->diags, d, "titles of phases, actions, tasks and checks may hold inputs");
    return (Str){"", 0};
}

/* As it is written where it holds values: whoever has no values shows that. */
Str chk_step_title(Checker *c, File *f, SynRef text)
{
    if (text == 0 || chk_node(f, text)->kind != SYN_TEXTI)
        return chk_title(c, f, text);
    Str s = chk_text(f, text);
    uint32_t quote = chk_node(f, text)->aux != 0 ? 3 : 1;
    return s.n < 2 * quote ? s : (Str){s.p + quote, s.n - 2 * quote};
}

SynRef chk_title_expr(Checker *c, File *f, SynRef text)
{
    if (text == 0 || chk_node(f, text)->kind != SYN_TEXTI)
        return 0;
    Place p;
    chk_place(&p, f, EP_TITLE, "a title", SEM_NONE);
    return chk_text_expr(c, &p, text).node;
}

/* --- unused ----------------------------------------------------------------- */

/* A connector of the file itself is there for whoever works on it; only what
 * `use` brings in is a DK_PACK that may be idle. */
static bool is_use(const Entity *e, const File *f)
{
    return (e->kind == DK_PACK || e->kind == DK_LIBRARY) && chk_node(f, e->node)->kind == SYN_USE;
}

/* A library's policies hold for the plan that uses it, named or not; those of
 * the files that it uses, too. */
static bool has_policies(const Checker *c, uint32_t scope)
{
    const File *lib = NULL;
    bool foreign = false, own = false, uses = false;
    for (uint32_t i = 0; i < c->n_files; i++)
        lib = c->files[i]->scope == scope ? c->files[i] : lib;
    for (uint32_t i = 0; lib != NULL && i < c->sem->n_policies; i++) {
        own = own || c->sem->policies[i].file == &lib->sem;
        foreign = foreign || c->sem->policies[i].file != c->sem->file;
    }
    if (own || !foreign)
        return own;
    SYN_EACH(lib->tree, r, chk_node(lib, lib->tree->root)->c)
        uses = uses || (chk_node(lib, r)->kind == SYN_USE && chk_node(lib, r)->c != 0);
    return uses;
}

static bool is_unused(const Checker *c, const Entity *e, const File *f)
{
    const uint32_t kinds = DK(INPUT) | DK(ROLE) | DK(CALENDAR) | DK(SECRET) | DK(LET) |
                           DK(PACK) | DK(LIBRARY);
    if (e->found || e->used || e->scope != f->scope || (kinds >> e->kind & 1) == 0)
        return false;
    if (e->kind == DK_PACK)
        return is_use(e, f);
    return e->kind != DK_LIBRARY || !has_policies(c, e->index);
}

void chk_unused(Checker *c)
{
    const File *f = c->main;
    /* A library's names are for others; and while there are errors, what
     * seems unused may only be misspelt, or not written yet. */
    if (f->kind != SF_PLAN || c->diags->errors > 0)
        return;
    for (uint32_t i = 1; i < c->n_entities; i++) {
        const Entity *e = &c->entities[i];
        if (!is_unused(c, e, f))
            continue;
        const char *kind = e->kind == DK_LIBRARY ? "file" : strchr(chk_kind_words(e->kind), ' ') + 1;
        Diag *d = chk_report(c, is_use(e, f) ? 1009 : 1005, f, e->name, "the %s `%.*s` is never used",
                             kind, STR_ARG(e->text));
        diag_label(c->diags, d, "nothing in this plan mentions it");
        chk_fix_remove(c, d, 'M', f, e->node, "remove it");
    }
}
