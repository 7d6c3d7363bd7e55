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
    uint32_t count = syn_count(f->tree, n->c), i = 0;
    if (chk_declare(c, f->scope, DK_PERSON, c->sem->n_persons, f, r, n->a) == NULL)
        return;
    if (c->options->n_hosts > 0) /* said twice in two files is said twice */
        chk_declare(c, c->host_scope, DK_PERSON, 0, f, r, n->a);
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
        (SemPerson){chk_text(f, n->a), chk_title(c, f, n->b), ids, kinds, i, &f->sem, r};
}

/* What the engine reads of a grant, and as which type. */
static const struct { const char *name; bool list; } grant_words[] = {
    {"programs", true}, {"folders", true}, {"hosts", true}, {"addresses", true},
    {"network", false}, {"private", false},
};

static void grant(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t tool = chk_tool_path(c, f, n->a), i = 0;
    uint32_t count = syn_count(f->tree, n->b == 0 ? 0 : chk_node(f, n->b)->a);
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
            chk_did_you_mean(c, d, f, arg->a, near, best);
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

/* --- settings --------------------------------------------------------------- */

static const char *const assurances[] = {"os", "session", "signed", "hardware"};
static const struct { Str name; bool assurance; } setting_words[] = {
    {{"solo", 4}, false}, {{"initiator_may_approve", 21}, false}, {{"assure_least", 12}, true},
};
enum { SETTINGS = sizeof setting_words / sizeof *setting_words };

/* A setting that nobody reads would be a rule that only seems to hold. */
static void unknown_setting(Checker *c, File *f, SynRef at)
{
    Str words[SETTINGS], best, name = chk_text(f, at);
    for (size_t i = 0; i < SETTINGS; i++)
        words[i] = setting_words[i].name;
    Str near = chk_near_word(c, name, words, SETTINGS, &best);
    Diag *d = chk_report(c, 1001, f, at, "there is no setting `%.*s`", STR_ARG(name));
    diag_label(c->diags, d, "there are: solo, initiator_may_approve, assure_least");
    chk_did_you_mean(c, d, f, at, near, best);
}

static SemType setting_type(Checker *c, bool assurance)
{
    SemField *fields = ARENA_NEW(c->arena, SemField, 4);
    for (size_t i = 0; i < 4; i++)
        fields[i].name = str_of(assurances[i]);
    return assurance ? chk_compound(c, TK_ONEOF, fields, 4) : TK_BOOL;
}

static void setting(Checker *c, File *f, SynRef r, SynRef *seen)
{
    const SynNode *n = chk_node(f, r);
    size_t i = 0;
    Place p;
    if (n->a == 0)
        return;
    while (i < SETTINGS && !str_eq(setting_words[i].name, chk_text(f, n->a)))
        i++;
    if (i == SETTINGS) {
        unknown_setting(c, f, n->a);
        return;
    }
    Str name = setting_words[i].name;
    if (seen[i] != 0) {
        Diag *d = chk_report(c, 21, f, r, "the setting `%.*s` is said twice", STR_ARG(name));
        diag_label(c->diags, d, "said again");
        chk_also(c, d, f, seen[i], "said first");
        chk_fix_remove(c, d, 'M', f, r, "keep the first and drop this one");
        return;
    }
    seen[i] = r;
    chk_place(&p, f, EP_CONST, "a setting", SEM_NONE);
    chk_expect(c, &p, n->b, setting_type(c, setting_words[i].assurance), name.p);
    *CHK_PUSH(c, c->sem->settings, c->sem->n_settings, c->cap_settings) =
        (SemSetting){name, {&f->sem, n->b}, r};
}

/* --- who is who --------------------------------------------------------------- */

/* host.gate says who everybody is; another file may rely on it, and then its
 * names can only be looked for where host.gate is known, too. */
static bool knows_everybody(const Checker *c, const File *f)
{
    Str path = f->sem.path, name = STR("host.gate");
    return c->options->n_hosts > 0 ||
           (path.n >= name.n && memcmp(path.p + path.n - name.n, name.p, name.n) == 0 &&
            (path.n == name.n || path.p[path.n - name.n - 1] == '/'));
}

static void role(Checker *c, File *f, SynRef r)
{
    SYN_EACH(f->tree, k, chk_node(f, r)->c) {
        Str name = chk_text(f, k);
        bool elsewhere = c->options->n_hosts > 0 && chk_find(c, c->host_scope, name) != NULL;
        if (chk_find(c, f->scope, name) == NULL && (elsewhere || !knows_everybody(c, f)))
            continue;
        chk_in_scope(c, f, f->scope, k, DK(PERSON), "a person");
    }
}

void chk_host(Checker *c, File *f)
{
    SynRef seen[SETTINGS] = {0};
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        switch (chk_node(f, r)->kind) {
        case SYN_PERSON: person(c, f, r); break;
        case SYN_GRANT: grant(c, f, r); break;
        case SYN_SETTING: setting(c, f, r, seen); break;
        default: break;
        }
    }
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c)
        if (chk_node(f, r)->kind == SYN_ROLE)
            role(c, f, r);
}

bool chk_tells_of_host(const File *f)
{
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_PERSON || n->kind == SYN_GRANT || n->kind == SYN_SETTING ||
            (n->kind == SYN_ROLE && n->c != 0))
            return true;
    }
    return false;
}

/* --- a plan under host files ---------------------------------------------------- */

static bool is_solo(const Sem *host)
{
    for (uint32_t i = 0; i < host->n_settings; i++) {
        SemExpr v = host->settings[i].value;
        if (str_is(host->settings[i].name, "solo") && v.file->refs[v.node].kind == SR_TRUE)
            return true;
    }
    return false;
}

/* Of what is said already, who is among `also`: where host and tenant both name
 * people, those whom both name count (design 5: the stricter wins). */
static void keep_common(Checker *c, SemRole *r, const SemRole *also)
{
    Str *kept = ARENA_NEW(c->arena, Str, r->n_people);
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_people; i++)
        for (uint32_t k = 0; k < also->n_people; k++)
            if (str_eq(r->people[i], also->people[k])) {
                kept[n++] = r->people[i];
                break;
            }
    r->people = kept;
    r->n_people = n;
}

static void bind(Checker *c, SemRole *r, uint32_t number)
{
    const Sem *host = c->options->hosts[number];
    const Entity *e = chk_find(c, c->host_scope + 1 + number, r->name);
    if (e == NULL || host->roles[e->index].n_people == 0)
        return;
    if (r->bound) {
        keep_common(c, r, &host->roles[e->index]);
    } else {
        r->people = host->roles[e->index].people;
        r->n_people = host->roles[e->index].n_people;
    }
    r->bound = true;
}

static void join_persons(Checker *c, const Sem *host)
{
    for (uint32_t i = 0; i < host->n_persons; i++)
        *CHK_PUSH(c, c->sem->persons, c->sem->n_persons, c->cap_persons) = host->persons[i];
}

static void join_policies(Checker *c, const Sem *host)
{
    for (uint32_t i = 0; i < host->n_policies; i++)
        if (host->policies[i].sem == host) /* those of its own hosts come with them */
            *CHK_PUSH(c, c->sem->policies, c->sem->n_policies, c->cap_policies) = host->policies[i];
}

void chk_open_hosts(Checker *c)
{
    c->host_scope = chk_scopes(c, c->options->n_hosts + 1);
    for (uint32_t i = 0; i < c->options->n_hosts; i++) {
        const Sem *host = c->options->hosts[i];
        File *f = (File *)host->file;
        if (host->kind != SF_HOST)
            continue; /* a library has policies, and tells of nobody */
        for (uint32_t k = 0; k < host->n_persons; k++)
            chk_declare(c, c->host_scope, DK_PERSON, k, f, host->persons[k].node,
                        chk_node(f, host->persons[k].node)->a);
        for (uint32_t k = 0; k < host->n_roles; k++)
            chk_declare(c, c->host_scope + 1 + i, DK_ROLE, k, f, host->roles[k].node,
                        chk_node(f, host->roles[k].node)->a);
    }
}

/* Solo: whoever runs a plan holds every role (vm/engine/policy.c, policy_holds). */
static void alone(Checker *c, SemRole *r)
{
    Str *one = ARENA_NEW(c->arena, Str, 1);
    *one = STR("whoever runs the plan");
    r->people = one;
    r->n_people = 1;
    r->bound = true;
}

void chk_bind_hosts(Checker *c)
{
    const SemOptions *o = c->options;
    bool solo = false;
    for (uint32_t i = 0; i < o->n_hosts; i++)
        solo = solo || is_solo(o->hosts[i]);
    for (uint32_t i = 0; i < c->sem->n_roles; i++) {
        SemRole *r = &c->sem->roles[i];
        if (solo && r->n_people == 0)
            alone(c, r);
        if (!solo)
            r->n_people = 0; /* what the plan says has no force in a team */
        for (uint32_t k = 0; k < o->n_hosts; k++)
            bind(c, r, k);
    }
    for (uint32_t i = 0; i < o->n_hosts; i++) {
        join_persons(c, o->hosts[i]);
        join_policies(c, o->hosts[i]);
    }
}
