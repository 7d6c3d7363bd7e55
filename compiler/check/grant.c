/* Owns: with a host's files (--policy), that what a plan runs is granted there:
 * G1014. The rule itself is vm/core/grant.h, which engine and effects ask too;
 * how the grants of several files go together is vm/engine/policy.c's
 * (combine), and here as there the stricter wins.
 * Must not know: what a tool does. */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/core/grant.h"

typedef struct HostGrant {
    Str pack, tool;
    Grant bounds;
    const Sem *host;
    SynRef node;
} HostGrant;

typedef struct Grants {
    Checker *c;
    HostGrant *v; uint32_t n, cap;
    uint8_t *told; /* by tool: said once that it is not granted at all */
} Grants;

/* --- reading grants ------------------------------------------------------------------ */

static const Str *texts_of(Checker *c, SemExpr e, uint32_t *n)
{
    const File *f = (const File *)e.file;
    const SynNode *list = chk_node(f, e.node);
    return chk_texts(c, (File *)f, list->kind == SYN_LIST ? list->a : 0, n);
}

static Grant bounds(Checker *c, const SemGrant *g)
{
    Grant b = {.any_program = true};
    for (uint32_t i = 0; i < g->n; i++) {
        Str name = g->names[i];
        SemExpr e = g->values[i];
        bool yes = e.file->refs[e.node].kind == SR_TRUE;
        if (str_is(name, "programs")) {
            b.programs = texts_of(c, e, &b.n_programs);
            b.any_program = false;
        } else if (str_is(name, "folders")) {
            b.folders = texts_of(c, e, &b.n_folders);
        } else if (str_is(name, "hosts")) {
            b.hosts = texts_of(c, e, &b.n_hosts);
        } else if (str_is(name, "addresses")) {
            b.addresses = texts_of(c, e, &b.n_addresses);
        } else if (str_is(name, "network")) {
            b.network = yes;
        } else if (str_is(name, "private")) {
            b.is_private = yes;
        }
    }
    return b;
}

static void read_grants(Grants *g)
{
    Checker *c = g->c;
    for (uint32_t i = 0; i < c->options->n_hosts; i++) {
        const Sem *host = c->options->hosts[i];
        for (uint32_t k = 0; k < host->n_grants; k++)
            *CHK_PUSH(c, g->v, g->n, g->cap) =
                (HostGrant){host->grants[k].pack, host->grants[k].tool, bounds(c, &host->grants[k]), host,
                            host->grants[k].node};
    }
}

/* --- one call ------------------------------------------------------------------------- */

/* The image before a write, and its way back, need no grant of their own:
 * vm/engine/policy.c, granted_as. */
static Str granted_as(const SemTool *t)
{
    bool of_write = str_is(t->pack, "file") && (str_is(t->name, "image") || str_is(t->name, "restore"));
    return of_write ? STR("write") : t->name;
}

static bool needs_grant(const SemTool *t)
{
    return !str_is(t->pack, "time") || !str_is(t->name, "now");
}

Str sem_tool_program(const SemTool *t, Arena *arena)
{
    const SynTree *tree = t->file->source.tree;
    return t->how == SH_EXEC && t->exec != 0 && syn(tree, t->exec)->kind == SYN_TEXT
               ? syn_decode(tree, t->exec, arena) : (Str){"", 0};
}

static GrantFit fit(Grants *g, const SemTool *t, const GrantCall *call, const Grant *bounds)
{
    if (t->native)
        return grant_fit(bounds, call);
    const SemConnector *k = &g->c->sem->connectors[t->connector];
    return grant_pack(bounds, k->hosts, t->how == SH_EXEC ? 0 : k->n_hosts, sem_tool_program(t, g->c->arena));
}

/* How near the call comes in each file that mentions the tool; the worst of
 * these counts. What the outermost file does not mention is not granted. */
static GrantFit best_fit(Grants *g, const SemTool *t, const GrantCall *call, const HostGrant **nearest)
{
    const SemOptions *o = g->c->options;
    GrantFit worst = GRANT_FITS;
    bool outermost = true;
    *nearest = NULL;
    for (uint32_t i = 0; i < o->n_hosts; i++) {
        GrantFit best = GRANT_NONE;
        const HostGrant *of = NULL;
        if (o->hosts[i]->kind != SF_HOST)
            continue;
        for (uint32_t k = 0; k < g->n; k++) {
            const HostGrant *h = &g->v[k];
            if (h->host != o->hosts[i] || !str_eq(h->pack, t->pack) ||
                (!str_eq(h->tool, t->name) && !str_eq(h->tool, granted_as(t))))
                continue;
            GrantFit f = fit(g, t, call, &h->bounds);
            of = of == NULL || f > best ? h : of;
            best = f > best ? f : best;
        }
        if ((of != NULL || outermost) && best < worst) {
            worst = best;
            *nearest = of;
        }
        outermost = false;
    }
    return worst;
}

static Str pack_needs(Checker *c, const SemTool *t)
{
    const SemConnector *k = &c->sem->connectors[t->connector];
    Str program = sem_tool_program(t, c->arena), all = {"", 0};
    if (t->how == SH_EXEC)
        return chk_printf(c, "programs = [\"%.*s\"]", STR_ARG(program));
    for (uint32_t i = 0; i < k->n_hosts; i++)
        all = chk_printf(c, "%.*s%s\"%.*s\"", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(k->hosts[i]));
    return chk_printf(c, "hosts = [%.*s]", STR_ARG(all));
}

static void report(Grants *g, File *f, SynRef at, const SemTool *t, const GrantCall *call, GrantFit how,
                   const HostGrant *near)
{
    Checker *c = g->c;
    Diag *d = chk_report(c, 1014, f, at, "`%.*s.%.*s` needs more than this host grants", STR_ARG(t->pack),
                         STR_ARG(t->name));
    diag_label(c->diags, d, "%s", near == NULL ? "the host grants nothing of it" : "goes further than its grant");
    if (near != NULL)
        chk_also(c, d, (const File *)near->host->file, near->node, "granted so far");
    if (t->native && how != GRANT_NONE) {
        Buf words = {0};
        grant_words(how, call, &words);
        diag_note(c->diags, d, "%s", buf_z(&words));
        buf_free(&words);
    }
    if (!t->native)
        diag_help(c->diags, d, "where the host agrees, its host.gate says: grant %.*s.%.*s { %.*s }",
                  STR_ARG(t->pack), STR_ARG(t->name), STR_ARG(pack_needs(c, t)));
    else if (how == GRANT_NONE)
        diag_help(c->diags, d, "where the host agrees, its host.gate says: grant %.*s.%.*s { ... }",
                  STR_ARG(t->pack), STR_ARG(granted_as(t)));
}

static void one_call(Grants *g, File *f, SynRef at, uint32_t tool, const Json *args)
{
    const SemTool *t = &g->c->sem->tools[tool];
    const HostGrant *near;
    GrantCall call = {.pack = t->pack, .tool = granted_as(t), .args = args, .base = {"", 0}};
    if (!needs_grant(t))
        return;
    GrantFit how = best_fit(g, t, &call, &near);
    bool whole = how == GRANT_NONE || !t->native; /* whatever it is asked */
    if (how == GRANT_FITS || (whole && g->told[tool]))
        return;
    g->told[tool] = whole;
    report(g, f, at, t, &call, how, near);
}

/* --- arguments that are written out ---------------------------------------------------- */

static Json *node(Checker *c, JsonKind kind)
{
    Json *j = ARENA_NEW(c->arena, Json, 1);
    j->kind = kind;
    return j;
}

/* Texts, and the first items of lists; NULL: known only when it runs. */
static Json *literal(Checker *c, const File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    Json *j = NULL;
    if (n->kind == SYN_TEXT) {
        j = node(c, J_TEXT);
        j->text = syn_decode(f->tree, r, c->arena);
    } else if (n->kind == SYN_LIST && n->a != 0 && chk_node(f, n->a)->kind == SYN_TEXT) {
        j = node(c, J_ARRAY);
        j->child = literal(c, f, n->a);
        j->count = 1;
    }
    return j;
}

static void add_argument(Checker *c, Json *args, const SemTool *t, uint32_t param, SemExpr e)
{
    Json *j = literal(c, (const File *)e.file, e.node);
    if (j == NULL || param >= t->n_params)
        return;
    j->key = t->params[param].name;
    j->next = args->child;
    args->child = j;
    args->count++;
}

static void of_binds(Grants *g, File *f, SynRef at, uint32_t tool, const SemBind *binds, uint32_t n)
{
    Json *args = node(g->c, J_OBJECT);
    for (uint32_t i = 0; i < n; i++)
        add_argument(g->c, args, &g->c->sem->tools[tool], binds[i].param, binds[i].expr);
    one_call(g, f, at, tool, args);
}

static SynRef path_of(const File *f, SynRef action, uint16_t kind)
{
    SYN_EACH(f->tree, k, chk_node(f, action)->c)
        if (chk_node(f, k)->kind == kind)
            return chk_node(f, k)->a;
    return action;
}

static void of_actions(Grants *g)
{
    const Sem *s = g->c->sem;
    File *f = g->c->main;
    for (uint32_t i = 0; i < s->n_actions; i++) {
        const SemAction *a = &s->actions[i];
        if (a->tool != SEM_NONE)
            of_binds(g, f, path_of(f, a->node, SYN_RUN), a->tool, a->args, a->n_args);
        if (a->undo_kind == AU_PLAN && a->undo_tool != SEM_NONE)
            of_binds(g, f, path_of(f, a->node, SYN_UNDO), a->undo_tool, a->undo_args, a->n_undo_args);
    }
}

/* Reads in expressions, of the plan and of the lets that it uses. */
static void of_reads(Grants *g, File *f)
{
    for (SynRef r = 1; r < f->tree->n_nodes; r++) {
        SemRef ref = f->sem.refs[r];
        uint32_t i = 0;
        if (ref.kind != SR_TOOL || chk_node(f, r)->kind != SYN_CALL)
            continue;
        Json *args = node(g->c, J_OBJECT);
        SYN_EACH(f->tree, k, chk_node(f, r)->b)
            add_argument(g->c, args, &g->c->sem->tools[ref.index], i++, (SemExpr){&f->sem, k});
        one_call(g, f, chk_node(f, r)->a, ref.index, args);
    }
}

/* A file without any grant is there for its people or its policies: what it
 * would grant is not known. */
void chk_grants(Checker *c)
{
    Grants g = {.c = c};
    read_grants(&g);
    if (g.n == 0 || c->main->kind != SF_PLAN)
        return;
    g.told = ARENA_NEW(c->arena, uint8_t, c->sem->n_tools);
    of_actions(&g);
    of_reads(&g, c->main);
}
