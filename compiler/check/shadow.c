/* Owns: names that stand in the way of others (G1004), or that nobody can read
 * aloud (G1013).
 * Must not know: what the names stand for. */
#include "compiler/check/check.h"

#include <string.h>

static bool is_odd(Str name)
{
    if (name.n > 0 && name.p[name.n - 1] == '_')
        return true;
    for (size_t i = 1; i < name.n; i++)
        if (name.p[i] == '_' && name.p[i - 1] == '_')
            return true;
    return false;
}

static void odd(Checker *c, const File *f, SynRef name)
{
    Str text = chk_text(f, name);
    char *plain = arena_alloc(c->arena, text.n + 1);
    uint32_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '_' || (i + 1 < text.n && text.p[i + 1] != '_'))
            plain[n++] = text.p[i];
    Diag *d = chk_report(c, 1013, f, name, "`%.*s` has an underscore that nobody hears", STR_ARG(text));
    diag_label(c->diags, d, "reads like `%.*s`", (int)n, plain);
    diag_help(c->diags, d, "call it `%.*s`, here and wherever it is named", (int)n, plain);
}

static void hides(Checker *c, const File *f, SynRef name, const char *kind, const Entity *other)
{
    Str text = chk_text(f, name);
    Diag *d = chk_report(c, 1004, f, name, "%s `%.*s` hides %s of the same name", kind, STR_ARG(text),
                         chk_kind_words(other->kind));
    diag_label(c->diags, d, "here, `%.*s` is this one", STR_ARG(text));
    chk_also(c, d, other->file, other->name, "cannot be named here any more");
    diag_help(c->diags, d, "give one of them another name");
}

static const Entity *hidden(const Checker *c, uint32_t scope, Str name, uint32_t kinds)
{
    const Entity *e = chk_peek(c, scope, name);
    return e != NULL && (kinds >> e->kind & 1) != 0 && e->name != 0 && e->file != NULL ? e : NULL;
}

void chk_local_hides(Checker *c, const Place *p, SynRef name, const char *kind)
{
    const uint32_t values = DK(INPUT) | DK(LET) | DK(SECRET) | DK(PHASE) | DK(LIBRARY);
    const uint32_t steps = DK(ACTION) | DK(AWAIT) | DK(ASK);
    Str text = chk_text(p->file, name);
    const Entity *e = NULL;
    if (p->phase != SEM_NONE)
        e = hidden(c, c->first_phase_scope + p->phase, text, steps);
    if (e == NULL)
        e = hidden(c, p->file->scope, text, values);
    if (e != NULL)
        hides(c, p->file, name, kind, e);
    for (uint32_t i = 0; i < p->n_locals && e == NULL; i++) {
        SynRef outer = p->locals[i].node;
        if (!str_eq(p->locals[i].name, text) || p->locals[i].ref != SR_LOCAL)
            continue;
        Diag *d = chk_report(c, 1004, p->file, name, "%s `%.*s` hides another one around it", kind, STR_ARG(text));
        diag_label(c->diags, d, "here, `%.*s` is this one", STR_ARG(text));
        chk_also(c, d, p->file, chk_node(p->file, outer)->a, "cannot be named here any more");
        diag_help(c->diags, d, "give one of them another name");
        break;
    }
    if (is_odd(text))
        odd(c, p->file, name);
}

/* A step's name comes before the plan's in its own phase. A phase of that name
 * is no matter: it is named by what leads to it, not from inside another. */
static void step_hides(Checker *c, const Entity *e)
{
    const uint32_t kinds = DK(INPUT) | DK(LET) | DK(SECRET) | DK(LIBRARY);
    const Entity *other = hidden(c, c->main->scope, e->text, kinds);
    if (other != NULL)
        hides(c, e->file, e->name, chk_kind_words(e->kind), other);
}

void chk_names(Checker *c)
{
    uint32_t first = c->first_phase_scope, last = first + c->sem->n_phases;
    if (c->diags->errors > 0)
        return; /* a name may only be misspelt */
    for (uint32_t i = 1; i < c->n_entities; i++) {
        const Entity *e = &c->entities[i];
        if (e->file != c->main || e->name == 0)
            continue;
        if (e->scope >= first && e->scope < last)
            step_hides(c, e);
        if (is_odd(e->text))
            odd(c, c->main, e->name);
    }
}
