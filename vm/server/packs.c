/* Owns: what a program says of its tools, held against the packs of this gate and
 * those that its host lists.
 * Must not know: what an effect does, which gate it needs (the verifier does). */
#include "vm/server/packs.h"

#include "compiler/compile.h"
#include "vm/os/limits.h"

struct Packs {
    Compilation c; /* of a file without declarations: c.sem has every tool */
};

#define WAY_OUT "build the plan again with this gatec"

Packs *packs_new(void)
{
    Packs *packs = mem_realloc(NULL, 0, sizeof *packs);
    if (packs != NULL && compile_packs(&packs->c) != GATE_OK) {
        packs_free(packs);
        packs = NULL;
    }
    return packs;
}

void packs_free(Packs *packs)
{
    if (packs == NULL)
        return;
    compile_free(&packs->c);
    mem_realloc(packs, sizeof *packs, 0);
}

/* --- listed --------------------------------------------------------------------- */

static const SemUse *pack_used(const Sem *s, Str name)
{
    for (uint32_t i = 0; s != NULL && i < s->n_uses; i++)
        if (s->uses[i].pack && str_eq(s->uses[i].name, name))
            return &s->uses[i];
    return NULL;
}

static const Sem *outermost(const PackLists *l)
{
    for (size_t i = 0; i < l->n && i < POLICY_HOST_FILES; i++)
        if (l->files[i] != NULL)
            return l->files[i];
    return NULL;
}

static bool is_own(const Program *p, const ProgPack *k)
{
    return prog_str(p, k->hash).n == 0;
}

static bool same_bytes(const Program *p, const ProgPack *k, const SemUse *use)
{
    char hex[2 * HASH_SIZE + 1];
    hash_hex(&use->hash, hex);
    return str_is(prog_str(p, k->hash), hex);
}

/* Bytes that one of the host's files pins and that are others; NULL: none. */
static const SemUse *other_bytes(const PackLists *l, const Program *p, const ProgPack *k)
{
    for (size_t i = 0; i < l->n; i++) {
        const SemUse *use = pack_used(l->files[i], prog_str(p, k->name));
        if (use != NULL && !same_bytes(p, k, use))
            return use;
    }
    return NULL;
}

static void not_listed(const PackLists *l, const Program *p, const ProgPack *k, Buf *why)
{
    Str name = prog_str(p, k->name), hash = prog_str(p, k->hash), version = prog_str(p, k->version);
    const SemUse *other = other_bytes(l, p, k);
    const Sem *host = outermost(l);
    char hex[2 * HASH_SIZE + 1];
    buf_printf(why, "%sthe program was built with the pack `%.*s` sha256:%.*s, and ", why->n > 0 ? "\n" : "",
               STR_ARG(name), STR_ARG(hash));
    if (other != NULL) {
        hash_hex(&other->hash, hex);
        buf_printf(why, "this host uses sha256:%s; build the plan again with the pack that the host uses", hex);
    } else if (host != NULL && pack_used(host, name) != NULL)
        buf_printf(why, "host.gate uses these bytes, but no gate.lock beside it pins them; whoever runs the "
                   "host writes it: gatec lock host.gate");
    else
        buf_printf(why, "host.gate lists no bytes of that name; where the host agrees, it says: use %.*s %.*s, "
                   "and pins it: gatec lock host.gate", STR_ARG(name), STR_ARG(version));
}

/* NULL: not listed. */
static const Sem *listing(const PackLists *l, const Program *p, const ProgPack *k)
{
    const Sem *host = outermost(l);
    bool yes = host != NULL && host->locked && pack_used(host, prog_str(p, k->name)) != NULL &&
               other_bytes(l, p, k) == NULL && !is_own(p, k);
    return yes ? host : NULL;
}

bool packs_listed(const PackLists *l, const Program *p, Buf *why)
{
    bool all = true;
    for (uint32_t i = 0; i < p->n_packs; i++) {
        if (is_own(p, &p->packs[i]) || listing(l, p, &p->packs[i]) != NULL)
            continue;
        not_listed(l, p, &p->packs[i], why);
        all = false;
    }
    return all;
}

/* What a tool is here: one that gate is made of, or of a pack that is listed. */
typedef struct Found { const Sem *sem; const SemTool *tool; } Found;

typedef struct Bind {
    const Packs *packs;
    const PackLists *lists;
    Program *p;
    bool to_start;
    Buf *cause, *why;
} Bind;

static Found find(const Bind *b, const ProgImport *m)
{
    const Program *p = b->p;
    const ProgPack *k = m->from == PROG_NONE ? NULL : &p->packs[m->from];
    const Sem *s = k == NULL ? b->packs->c.sem : listing(b->lists, p, k);
    if (k != NULL && !str_eq(prog_str(p, k->name), prog_str(p, m->pack)))
        s = NULL; /* a tool of another pack than it says */
    for (uint32_t i = 0; s != NULL && i < s->n_tools; i++) {
        const SemTool *t = &s->tools[i];
        if (str_eq(t->pack, prog_str(p, m->pack)) && str_eq(t->name, prog_str(p, m->tool)) &&
            t->listed && t->native == (k == NULL))
            return (Found){s, t};
    }
    return (Found){NULL, NULL};
}

/* --- what it takes and gives --------------------------------------------------- */

/* Follows the pack's type, which is small; the program's may be built of shared
 * parts so that walking it would never end. */
static bool same_type(const Program *p, uint32_t type, const Sem *s, SemType want,
                      int depth)
{
    const ProgType *is = &p->types[type];
    const SemTypeInfo *w = &s->types[want];
    if (depth > LIM_NESTING + 1 || is->kind != (uint32_t)w->kind)
        return false;
    if (w->kind == TK_LIST)
        return same_type(p, is->elem, s, w->elem, depth + 1);
    if (w->kind != TK_RECORD && w->kind != TK_ONEOF)
        return true;
    if (is->fields_count != w->n_fields)
        return false;
    for (uint32_t i = 0; i < w->n_fields; i++) {
        const ProgField *f = &p->fields[is->fields_first + i];
        if (!str_eq(prog_str(p, f->name), w->fields[i].name) ||
            (w->kind == TK_RECORD &&
             !same_type(p, f->type, s, w->fields[i].type, depth + 1)))
            return false;
    }
    return true;
}

static bool same_param(const Program *p, const ProgParam *is, const Sem *s,
                       const SemParam *want)
{
    return str_eq(prog_str(p, is->name), want->name) && is->flags == want->flags &&
           same_type(p, is->type, s, want->type, 0);
}

/* The tool's name, for a sentence. */
#define TOOL_FMT "`%.*s.%.*s`"
#define TOOL_ARG(p, m) STR_ARG(prog_str((p), (m)->pack)), STR_ARG(prog_str((p), (m)->tool))

static bool fits(const Program *p, const ProgImport *m, Found found, Buf *why)
{
    const Sem *s = found.sem;
    const SemTool *t = found.tool;
    bool same = m->params_count == t->n_params;
    for (uint32_t i = 0; same && i < t->n_params; i++) {
        same = same_param(p, &p->params[m->params_first + i], s, &t->params[i]);
        if (!same)
            buf_printf(why, TOOL_FMT " takes its argument `%.*s` in another way here "
                       "than the program says; " WAY_OUT, TOOL_ARG(p, m),
                       STR_ARG(t->params[i].name));
    }
    if (!same && why->n == 0)
        buf_printf(why, TOOL_FMT " takes %u arguments here, and the program gives it "
                   "%u; " WAY_OUT, TOOL_ARG(p, m), t->n_params, m->params_count);
    if (same && !same_type(p, m->result, s, t->result, 0)) {
        buf_printf(why, TOOL_FMT " gives something else here than the program says; "
                   WAY_OUT, TOOL_ARG(p, m));
        same = false;
    }
    return same;
}

/* --- the stricter wins ------------------------------------------------------------ */

static const char *reach_word(uint32_t reach)
{
    return reach == REACH_ONE ? "one thing" : reach == REACH_MANY ? "many things"
                                                                  : "the whole tenant";
}

static const char *undo_word(uint32_t undo)
{
    return undo == UNDO_NONE ? "no undo" : undo == UNDO_COMPENSATES ? "an undo that is "
                                                                      "not exact"
                                                                    : "an exact undo";
}

static void note(Buf *cause, const Program *p, const ProgImport *m)
{
    buf_printf(cause, "%s" TOOL_FMT, cause->n == 0 ? "" : ", and ", TOOL_ARG(p, m));
}

/* Words go to cause where the program has promised too much. */
static void tighten(const Program *p, ProgImport *m, Effect effect, Reach reach,
                    ToolUndo undo, uint32_t flags, Buf *cause)
{
    if (m->effect < (uint32_t)effect) {
        note(cause, p, m);
        buf_printf(cause, " %s here, while the program says that it %s",
                   effect_word(effect), effect_word((Effect)m->effect));
        m->effect = effect;
    }
    if (m->reach < (uint32_t)reach) {
        note(cause, p, m);
        buf_printf(cause, " reaches %s here, while the program says %s",
                   reach_word(reach), reach_word(m->reach));
        m->reach = reach;
    }
    if (m->undo > (uint32_t)undo) {
        note(cause, p, m);
        buf_printf(cause, " has %s here, while the program says %s", undo_word(undo),
                   undo_word(m->undo));
        m->undo = undo;
    }
    if ((m->flags & ~flags) != 0) {
        note(cause, p, m);
        buf_puts(cause, " may not be sent twice here, while the program says that it "
                        "may");
        m->flags &= flags;
    }
}

static bool one_import(const Bind *b, ProgImport *m)
{
    Program *p = b->p;
    Found f = find(b, m);
    if (f.tool != NULL) {
        tighten(p, m, f.tool->effect, f.tool->reach, f.tool->undo, f.tool->flags, b->cause);
        return fits(p, m, f, b->why);
    }
    bool own = m->from != PROG_NONE && is_own(p, &p->packs[m->from]);
    if (!b->to_start || own) {
        tighten(p, m, EFF_DESTROYS, REACH_ONE, UNDO_COMPENSATES, 0, b->cause);
        return true;
    }
    buf_printf(b->why, TOOL_FMT " is no tool of this gate%s, so nothing could run it; "
               "`gatec check` says which there are, then " WAY_OUT, TOOL_ARG(p, m),
               m->from == PROG_NONE ? "" : " or of the packs that its host lists");
    return false;
}

/* A tool's own way back is the pack's; another would not put things as they
 * were, and would need a gate of its own. */
static bool own_undo(const Bind *b, const ProgAction *a)
{
    const Program *p = b->p;
    const ProgImport *m = &p->imports[a->import], *u = &p->imports[a->undo_import];
    Found f = find(b, m);
    const SemTool *back = f.tool == NULL || f.tool->undo_tool == SEM_NONE
                              ? NULL : &f.sem->tools[f.tool->undo_tool];
    if (f.tool == NULL || (back != NULL && back == find(b, u).tool))
        return true;
    buf_printf(b->why, "action `%.*s.%.*s` takes " TOOL_FMT " for the own undo of "
               TOOL_FMT ", which it is not; " WAY_OUT,
               STR_ARG(prog_str(p, p->phases[a->phase].name)),
               STR_ARG(prog_str(p, a->name)), TOOL_ARG(p, u), TOOL_ARG(p, m));
    return false;
}

static bool bind(const Bind *b)
{
    Program *p = b->p;
    for (uint32_t i = 0; i < p->n_imports; i++)
        if (!one_import(b, &p->imports[i]))
            return false;
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (p->actions[i].undo_kind == AU_TOOL && !own_undo(b, &p->actions[i]))
            return false;
    return true;
}

bool packs_granted(const PackLists *lists, const Policy *policy, const Program *p, Buf *why)
{
    Arena *scratch = arena_new(0);
    bool all = scratch != NULL;
    for (uint32_t i = 0; scratch != NULL && i < p->n_imports; i++) {
        const ProgImport *m = &p->imports[i];
        Found f = {NULL, NULL};
        Buf one = {0};
        if (m->from != PROG_NONE)
            f = find(&(Bind){.lists = lists, .p = (Program *)p}, m);
        if (f.tool == NULL)
            continue; /* of gate itself: asked by the call; or nobody lists it */
        const SemConnector *k = &f.sem->connectors[f.tool->connector];
        if (!policy_allows_pack(policy, f.tool->pack, f.tool->name, k->hosts,
                                f.tool->how == SH_EXEC ? 0 : k->n_hosts,
                                sem_tool_program(f.tool, scratch), &one)) {
            buf_printf(why, "%s%.*s", why->n > 0 ? "\n" : "", STR_ARG(buf_view(&one)));
            all = false;
        }
        buf_free(&one);
    }
    arena_free(scratch);
    return all;
}

GateStatus packs_prove(const Packs *packs, const PackLists *lists, Program *p, bool to_start,
                       Buf *why)
{
    Buf cause = {0};
    const Bind b = {packs, lists, p, to_start, &cause, why};
    GateStatus st = prog_verify(p, why);
    if (st == GATE_OK && !bind(&b))
        st = GATE_E_FORMAT;
    if (st == GATE_OK && (cause.n > 0 || cause.failed)) {
        st = prog_verify(p, why);
        if (st == GATE_E_FORMAT)
            buf_printf(why, "; %s: " WAY_OUT, buf_z(&cause));
    }
    buf_free(&cause);
    return st;
}
