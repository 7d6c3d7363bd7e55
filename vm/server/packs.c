/* Owns: what a program says of its tools, held against the packs of this gate.
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

static const SemTool *find(const Packs *packs, const Program *p, const ProgImport *m)
{
    const Sem *s = packs->c.sem;
    for (uint32_t i = 0; i < s->n_tools; i++)
        if (str_eq(s->tools[i].pack, prog_str(p, m->pack)) &&
            str_eq(s->tools[i].name, prog_str(p, m->tool)))
            return s->tools[i].listed ? &s->tools[i] : NULL;
    return NULL;
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

static bool fits(const Packs *packs, const Program *p, const ProgImport *m,
                 const SemTool *t, Buf *why)
{
    const Sem *s = packs->c.sem;
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

static bool one_import(const Packs *packs, const Program *p, ProgImport *m,
                       bool to_start, Buf *cause, Buf *why)
{
    const SemTool *t = find(packs, p, m);
    if (t != NULL) {
        tighten(p, m, t->effect, t->reach, t->undo, t->flags, cause);
        return fits(packs, p, m, t, why);
    }
    if (!to_start) {
        tighten(p, m, EFF_DESTROYS, REACH_ONE, UNDO_COMPENSATES, 0, cause);
        return true;
    }
    buf_printf(why, TOOL_FMT " is no tool of this gate, so nothing could run it; "
               "`gatec check` says which there are, then " WAY_OUT, TOOL_ARG(p, m));
    return false;
}

/* A tool's own way back is the pack's; another would not put things as they
 * were, and would need a gate of its own. */
static bool own_undo(const Packs *packs, const Program *p, const ProgAction *a,
                     Buf *why)
{
    const ProgImport *m = &p->imports[a->import], *u = &p->imports[a->undo_import];
    const SemTool *t = find(packs, p, m);
    const SemTool *back = t == NULL || t->undo_tool == SEM_NONE
                              ? NULL : &packs->c.sem->tools[t->undo_tool];
    if (t == NULL || (back != NULL && back == find(packs, p, u)))
        return true;
    buf_printf(why, "action `%.*s.%.*s` takes " TOOL_FMT " for the own undo of "
               TOOL_FMT ", which it is not; " WAY_OUT,
               STR_ARG(prog_str(p, p->phases[a->phase].name)),
               STR_ARG(prog_str(p, a->name)), TOOL_ARG(p, u), TOOL_ARG(p, m));
    return false;
}

static bool bind(const Packs *packs, Program *p, bool to_start, Buf *cause, Buf *why)
{
    for (uint32_t i = 0; i < p->n_imports; i++)
        if (!one_import(packs, p, &p->imports[i], to_start, cause, why))
            return false;
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (p->actions[i].undo_kind == AU_TOOL &&
            !own_undo(packs, p, &p->actions[i], why))
            return false;
    return true;
}

GateStatus packs_prove(const Packs *packs, Program *p, bool to_start, Buf *why)
{
    Buf cause = {0};
    GateStatus st = prog_verify(p, why);
    if (st == GATE_OK && !bind(packs, p, to_start, &cause, why))
        st = GATE_E_FORMAT;
    if (st == GATE_OK && (cause.n > 0 || cause.failed)) {
        st = prog_verify(p, why);
        if (st == GATE_E_FORMAT)
            buf_printf(why, "; %s: " WAY_OUT, buf_z(&cause));
    }
    buf_free(&cause);
    return st;
}
