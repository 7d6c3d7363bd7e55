/* Owns: that each action stands behind the gate that its effect needs, whatever
 * the file claims, and says how it is undone. Must not know: its code. */
#include "vm/core/verify_int.h"

#include "vm/os/limits.h"

static bool bad_action(Verify *v, const ProgAction *a, const char *what)
{
    return verify_bad(v, "action `%.*s.%.*s` %s",
                      STR_ARG(prog_str(v->p, v->p->phases[a->phase].name)),
                      STR_ARG(prog_str(v->p, a->name)), what);
}

static bool one_action(Verify *v, uint32_t i)
{
    const Program *p = v->p;
    const ProgAction *a = &p->actions[i];
    const ProgImport *m = &p->imports[a->import];
    bool undoes = undo_calls((ActionUndo)a->undo_kind);
    uint32_t result = a->result;
    if (undoes != (a->undo_import != PROG_NONE) ||
        (a->undo_kind == AU_TOOL && m->undo == UNDO_NONE) ||
        (a->undo_kind == AU_NOTHING && m->effect >= EFF_CHANGES))
        return bad_action(v, a, "does not say clearly how it is undone");
    if (a->at_most == 0 || a->at_most > LIM_LIST_ITEMS || a->retries > LIM_RETRIES)
        return bad_action(v, a, "has a number that it may not have");
    if (a->is_each == 1) {
        if (p->types[result].kind != TK_LIST)
            return bad_action(v, a, "goes through a list and gives none");
        result = p->types[result].elem;
    }
    if (result != m->result)
        return bad_action(v, a, "gives another type than its tool");
    return true;
}

static bool exact_undo(const Program *p, const ProgAction *a)
{
    return a->undo_kind == AU_TOOL && p->imports[a->import].undo == UNDO_EXACT;
}

/* What an action needs at least, whatever the file claims: its own call and
 * the one that takes it back. A tool's own exact undo puts things as they
 * were, which the table has taken into account. */
static int least_level(const Program *p, const ProgAction *a, const uint32_t *uses,
                       uint32_t *people)
{
    const ProgImport *m = &p->imports[a->import];
    bool exact = exact_undo(p, a), many = a->is_each != 0 || uses[a->import] > 1;
    int level = effect_level((Effect)m->effect, exact, (Reach)m->reach, many, people);
    if (a->undo_import != PROG_NONE && !exact) {
        const ProgImport *u = &p->imports[a->undo_import];
        uint32_t also;
        int back = effect_level((Effect)u->effect, false, (Reach)u->reach,
                                many || uses[a->undo_import] > 1, &also);
        level = back > level ? back : level;
        *people = also > *people ? also : *people;
    }
    return level;
}

static bool gated(Verify *v, uint32_t i, const ProgPhase *f, const uint32_t *uses)
{
    const Program *p = v->p;
    const ProgAction *a = &p->actions[i];
    const ProgGate *g = f->gate == PROG_NONE ? NULL : &p->gates[f->gate];
    uint32_t people, level = g == NULL ? 0 : g->level;
    uint32_t least = (uint32_t)least_level(p, a, uses, &people);
    Str phase = prog_str(p, f->name), name = prog_str(p, a->name);
    if (a->level < least)
        return verify_bad(v, "action `%.*s.%.*s` needs L%u and says L%u",
                          STR_ARG(phase), STR_ARG(name), least, a->level);
    if (a->level > level)
        return verify_bad(v, "action `%.*s.%.*s` needs a gate of at least L%u; its "
                          "phase has L%u", STR_ARG(phase), STR_ARG(name), a->level, level);
    if (people > 0 && g->quorum < people)
        return verify_bad(v, "action `%.*s.%.*s` destroys many things and needs two "
                          "people", STR_ARG(phase), STR_ARG(name));
    if (level == 3 && p->imports[a->import].effect >= EFF_CHANGES)
        return verify_bad(v, "action `%.*s.%.*s` changes something at L3, where people "
                          "do the work", STR_ARG(phase), STR_ARG(name));
    return true;
}

/* Several actions of a phase with one tool count as many, and so do those that
 * are taken back by it (language 5). */
static void count_uses(const Program *p, const ProgAction *a, uint32_t *uses, uint32_t more)
{
    uses[a->import] += more;
    if (a->undo_import != PROG_NONE && a->undo_import != a->import && !exact_undo(p, a))
        uses[a->undo_import] += more;
}

bool verify_levels(Verify *v)
{
    const Program *p = v->p;
    uint32_t *uses = verify_scratch(v, p->n_imports, sizeof *uses);
    bool ok = uses != NULL;
    for (uint32_t i = 0; ok && i < p->n_phases; i++) {
        const ProgPhase *f = &p->phases[i];
        uint32_t first = f->actions_first, end = first + f->actions_count;
        for (uint32_t k = first; k < end; k++)
            count_uses(p, &p->actions[k], uses, 1);
        for (uint32_t k = first; ok && k < end; k++)
            ok = one_action(v, k) && gated(v, k, f, uses);
        for (uint32_t k = first; k < end; k++)
            count_uses(p, &p->actions[k], uses, UINT32_MAX);
    }
    verify_release(uses, p->n_imports, sizeof *uses);
    return ok;
}
