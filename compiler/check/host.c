/* Owns: persons, grants and settings of host.gate and tenant.gate.
 * Must not know: plans. What a grant or a setting means is the engine's
 * (vm/engine/policy.h); here its form is proved. */
#include "compiler/check/check.h"

#include <string.h>

_Static_assert(PID_OS == 0 && PID_EMAIL == 1 && PID_KEY == 2 && PID_OIDC == 3,
               "IDENT counts as PersonIdKind does");

static void person(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t count = 0, i = 0;
    if (chk_declare(c, f->scope, DK_PERSON, c->sem->n_persons, f, r, n->a) == NULL)
        return;
    SYN_EACH(f->tree, k, n->c)
        count++;
    Str *ids = ARENA_NEW(c->arena, Str, count);
    uint8_t *kinds = ARENA_NEW(c->arena, uint8_t, count);
    SYN_EACH(f->tree, k, n->c) {
        const SynNode *id = chk_node(f, k);
        if (id->kind != SYN_IDENT || id->a == 0)
            continue;
        kinds[i] = (uint8_t)id->aux;
        ids[i] = syn_decode(f->tree, id->a, c->arena);
        if (kinds[i] == PID_EMAIL && !text_fits_kind(ids[i], TK_EMAIL)) {
            Diag *d = chk_report(c, 2007, f, id->a, "this can never be an email");
            diag_label(c->diags, d, "an address looks like name@example.org");
        }
        i++;
    }
    *CHK_PUSH(c, c->sem->persons, c->sem->n_persons, c->cap_persons) =
        (SemPerson){chk_text(f, n->a), chk_title(c, f, n->b), ids, kinds, i, r};
}

/* What the engine reads of a grant, and as which type. */
static const struct { const char *name; bool list; } grant_words[] = {
    {"programs", true}, {"folders", true}, {"hosts", true}, {"addresses", true},
    {"network", false}, {"private", false},
};

static void grant(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t tool = chk_tool_path(c, f, n->a), count = 0, i = 0;
    SYN_EACH(f->tree, k, n->b == 0 ? 0 : chk_node(f, n->b)->a)
        count++;
    Str *names = ARENA_NEW(c->arena, Str, count);
    SemExpr *values = ARENA_NEW(c->arena, SemExpr, count);
    Str words[sizeof grant_words / sizeof *grant_words], best;
    for (size_t w = 0; w < sizeof grant_words / sizeof *grant_words; w++)
        words[w] = str_of(grant_words[w].name);
    Place p;
    chk_place(&p, f, EP_CONST, "a grant", SEM_NONE);
    SYN_EACH(f->tree, k, n->b == 0 ? 0 : chk_node(f, n->b)->a) {
        const SynNode *arg = chk_node(f, k);
        Str name = chk_text(f, arg->a);
        size_t w = 0;
        while (w < sizeof words / sizeof *words && !str_eq(words[w], name))
            w++;
        if (w == sizeof words / sizeof *words) {
            Diag *d = chk_report(c, 2003, f, arg->a, "a grant has nothing called `%.*s`",
                                 STR_ARG(name));
            diag_label(c->diags, d, "there are: programs, folders, hosts, addresses, network, private");
            Str near = chk_near_word(c, name, words, (uint32_t)w, &best);
            if (near.n > 0)
                chk_fix_replace(c, d, '?', f, arg->a, best, "use the near name");
            continue;
        }
        chk_expect(c, &p, arg->b, grant_words[w].list ? chk_list_of(c, TK_TEXT) : TK_BOOL,
                   arena_copy(c->arena, name.p, name.n));
        names[i] = name;
        values[i++] = (SemExpr){&f->sem, arg->b};
    }
    if (tool == SEM_NONE)
        return;
    const SemTool *t = &c->sem->tools[tool];
    *CHK_PUSH(c, c->sem->grants, c->sem->n_grants, c->cap_grants) =
        (SemGrant){t->pack, t->name, names, values, i, r};
}

static const char *const setting_words[] = {"solo", "initiator_may_approve"};

/* A setting that nobody reads would be a rule that only seems to hold. */
static void unknown_setting(Checker *c, File *f, SynRef at)
{
    enum { N = sizeof setting_words / sizeof *setting_words };
    Str words[N], best, name = chk_text(f, at);
    if (str_is(name, "assure_least")) {
        chk_later(c, f, at, "`setting assure_least`", "leave it out; decisions are proved by the account that gives them");
        return;
    }
    for (size_t i = 0; i < N; i++)
        words[i] = str_of(setting_words[i]);
    Str near = chk_near_word(c, name, words, N, &best);
    Diag *d = chk_report(c, 1001, f, at, "there is no setting `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "there are: solo, initiator_may_approve");
    if (near.n > 0)
        chk_fix_replace(c, d, '?', f, at, best, "use the near name");
}

static void setting(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    if (n->a == 0)
        return;
    Str name = chk_text(f, n->a);
    Place p;
    chk_place(&p, f, EP_CONST, "a setting", SEM_NONE);
    for (size_t i = 0; i < sizeof setting_words / sizeof *setting_words; i++) {
        if (!str_is(name, setting_words[i]))
            continue;
        chk_expect(c, &p, n->b, TK_BOOL, setting_words[i]);
        *CHK_PUSH(c, c->sem->settings, c->sem->n_settings, c->cap_settings) =
            (SemSetting){name, {&f->sem, n->b}, r};
        return;
    }
    unknown_setting(c, f, n->a);
}

void chk_host(Checker *c, File *f)
{
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        switch (chk_node(f, r)->kind) {
        case SYN_PERSON: person(c, f, r); break;
        case SYN_GRANT: grant(c, f, r); break;
        case SYN_SETTING: setting(c, f, r); break;
        default: break;
        }
    }
}
