/* Owns: what must hold of a program's tables before anything of it runs: types,
 * imports, phases, gates. Must not know: instructions (verify_code.c).
 *
 * All of it is sweeps over rows. A row's share of another table is counted
 * against that table's length, so that overlapping shares cannot make the work
 * more than the bytes that were read. Rules are frozen per PROG_VERSION. */
#include "vm/core/program.h"

#include <stdlib.h>
#include <string.h>

#include "vm/core/verify_int.h"
#include "vm/os/limits.h"

bool verify_bad(Verify *v, const char *fmt, ...)
{
    va_list ap;
    if (v->failed)
        return false;
    v->failed = true;
    if (v->why == NULL)
        return false;
    if (v->f != NULL)
        buf_printf(v->why, "function %u `%.*s`, instruction %u (%s): ", v->func,
                   STR_ARG(prog_str(v->p, v->f->name)), v->pc,
                   v->pc < v->f->code_count
                       ? vm_opcode_name(ins_op(v->p->code[v->f->code_first + v->pc]))
                       : "its end");
    va_start(ap, fmt);
    buf_vprintf(v->why, fmt, ap);
    va_end(ap);
    return false;
}

bool verify_fits(const Program *p, uint32_t from, uint32_t to)
{
    return from == to || (p->types[to].kind == TK_TEXT &&
                          kind_is_text((TypeKind)p->types[from].kind));
}

static void *scratch(Verify *v, size_t n, size_t size)
{
    size_t total;
    void *p = mem_mul(n == 0 ? 1 : n, size, &total)
                  ? mem_realloc(NULL, 0, total)
                  : NULL;
    if (p == NULL)
        v->no_memory = v->failed = true;
    else
        memset(p, 0, total);
    return p;
}

static void release(void *p, size_t n, size_t size)
{
    if (p != NULL)
        mem_realloc(p, (n == 0 ? 1 : n) * size, 0);
}

/* Adds a row's share to what was given out already. */
static bool share(Verify *v, uint64_t *sum, uint32_t count, uint32_t most,
                  const char *what)
{
    *sum += count;
    return *sum <= most || verify_bad(v, "rows share their %s", what);
}

/* --- types ------------------------------------------------------------------- */

static bool type_part(Verify *v, const unsigned char *depth, uint32_t whole,
                      uint32_t part, unsigned *most)
{
    if (part >= whole)
        return verify_bad(v, "type %u is built from a later one", whole);
    TypeKind k = (TypeKind)v->p->types[part].kind;
    if (k == TK_ITER || k == TK_NOTHING)
        return verify_bad(v, "type %u is built from what has no values", whole);
    if (depth[part] + 1u > *most)
        *most = depth[part] + 1u;
    return true;
}

static bool one_type(Verify *v, unsigned char *depth, uint32_t i)
{
    const ProgType *t = &v->p->types[i];
    bool nests = t->kind == TK_LIST || t->kind == TK_ITER;
    bool fields = t->kind == TK_RECORD || t->kind == TK_ONEOF;
    unsigned most = 0;
    if (nests != (t->elem != PROG_NONE) || (!fields && t->fields_count > 0))
        return verify_bad(v, "type %u has parts that its kind has not", i);
    if (nests && !type_part(v, depth, i, t->elem, &most))
        return false;
    for (uint32_t k = 0; k < t->fields_count; k++) {
        uint32_t part = v->p->fields[t->fields_first + k].type;
        if ((t->kind == TK_RECORD) != (part != PROG_NONE))
            return verify_bad(v, "type %u has members that do not fit it", i);
        if (t->kind == TK_RECORD && !type_part(v, depth, i, part, &most))
            return false;
    }
    if (most > LIM_NESTING + 1)
        return verify_bad(v, "type %u is nested deeper than %d", i, LIM_NESTING);
    depth[i] = (unsigned char)most;
    return true;
}

static bool types(Verify *v)
{
    const Program *p = v->p;
    uint64_t fields = 0;
    unsigned char *depth = scratch(v, p->n_types, 1);
    bool ok = depth != NULL;
    for (uint32_t i = 0; ok && i < p->n_types; i++)
        ok = share(v, &fields, p->types[i].fields_count, p->n_fields, "members") &&
             one_type(v, depth, i);
    release(depth, p->n_types, 1);
    return ok;
}

static bool one_const(const ProgConst *k)
{
    bool number = k->tag == V_NUMBER || k->tag == V_PERCENT;
    if (k->scale > (number ? 18u : 0u) || (k->tag != V_TEXT && k->text != 0))
        return false;
    switch (k->tag) {
    case V_BOOL: return k->num == 0 || k->num == 1;
    case V_NUMBER:
    case V_PERCENT: return k->scale == 0 || k->num % 10 != 0;
    case V_TEXT: return k->num == 0;
    case V_DATE: return val_date_ok(k->num);
    case V_TIME: return k->num >= 0 && k->num <= 86400000;
    case V_INSTANT: return val_instant_ok(k->num);
    case V_LEVEL: return k->num >= 0 && k->num <= 3;
    default: return k->tag == V_SIZE || k->tag == V_DURATION;
    }
}

static bool consts(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_consts; i++)
        if (!one_const(&v->p->consts[i]))
            return verify_bad(v, "constant %u is not a value of its kind", i);
    return true;
}

/* --- tools and call sites ------------------------------------------------------- */

/* In the order of their names, so that none is there twice: two rows for one
 * tool would count its actions apart. */
static bool in_order(const Program *p, uint32_t i)
{
    const ProgImport *a = &p->imports[i - 1], *b = &p->imports[i];
    int c = str_cmp(prog_str(p, a->pack), prog_str(p, b->pack));
    if (c == 0)
        c = str_cmp(prog_str(p, a->tool), prog_str(p, b->tool));
    return c < 0;
}

static bool imports(Verify *v)
{
    const Program *p = v->p;
    uint64_t params = 0;
    for (uint32_t i = 0; i < p->n_imports; i++) {
        const ProgImport *m = &p->imports[i];
        if (i > 0 && !in_order(p, i))
            return verify_bad(v, "tools are not in the order of their names");
        if (m->flags > (TF_REPEATABLE | TF_KEYED | TF_LOOKUP) ||
            p->types[m->result].kind != TK_RECORD)
            return verify_bad(v, "tool %u does not give a record", i);
        if (m->params_count >= LIM_REGISTERS)
            return verify_bad(v, "tool %u takes too many arguments", i);
        if (!share(v, &params, m->params_count, p->n_params, "parameters"))
            return false;
        for (uint32_t k = 0; k < m->params_count; k++) {
            const ProgParam *a = &p->params[m->params_first + k];
            TypeKind kind = (TypeKind)p->types[a->type].kind;
            if (kind == TK_ITER || kind == TK_NOTHING ||
                a->flags > (PF_TARGET | PF_OPTIONAL | PF_PROGRAM))
                return verify_bad(v, "tool %u takes an argument of no type", i);
        }
    }
    return true;
}

static bool one_site(const Program *p, const ProgSite *s)
{
    if (s->role == SITE_READ)
        return s->action == PROG_NONE && p->imports[s->import].effect == EFF_READS;
    if (s->action == PROG_NONE)
        return false;
    const ProgAction *a = &p->actions[s->action];
    return s->import == (s->role == SITE_RUN ? a->import : a->undo_import);
}

static bool sites(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_sites; i++)
        if (!one_site(v->p, &v->p->sites[i]))
            return verify_bad(v, "call site %u does not fit its action or its tool", i);
    return true;
}

/* --- functions by what they are for ------------------------------------------------ */

static bool takes(Verify *v, uint32_t func, FuncKind kind, uint32_t type,
                  const char *what)
{
    if (func == PROG_NONE)
        return true;
    const ProgFunc *f = &v->p->funcs[func];
    if (f->kind != (uint32_t)kind ||
        (type != PROG_NONE && (f->result == PROG_NONE ||
                               !verify_fits(v->p, f->result, type))))
        return verify_bad(v, "%s is a section of another kind", what);
    return true;
}

static bool inputs(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_inputs; i++) {
        const ProgInput *in = &v->p->inputs[i];
        TypeKind kind = (TypeKind)v->p->types[in->type].kind;
        if (kind == TK_ITER || kind == TK_NOTHING)
            return verify_bad(v, "input %u has no type", i);
        if ((in->low_fn != PROG_NONE || in->high_fn != PROG_NONE) && !kind_is_ordered(kind))
            return verify_bad(v, "input %u has a range that its type has not", i);
        if (!takes(v, in->default_fn, FK_VALUE, in->type, "an input's default") ||
            !takes(v, in->low_fn, FK_VALUE, in->type, "an input's range") ||
            !takes(v, in->high_fn, FK_VALUE, in->type, "an input's range"))
            return false;
    }
    return true;
}

static bool texts_and_values(Verify *v)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_requires; i++)
        if (!takes(v, p->requires[i].fn, FK_REQUIRE, PROG_NONE, "a `require`") ||
            !takes(v, p->requires[i].words_fn, FK_TEXT, PROG_NONE, "a `require`'s words"))
            return false;
    for (uint32_t i = 0; i < p->n_grantargs; i++)
        if (!takes(v, p->grantargs[i].fn, FK_VALUE, PROG_NONE, "a grant"))
            return false;
    for (uint32_t i = 0; i < p->n_settings; i++)
        if (!takes(v, p->settings[i].fn, FK_VALUE, PROG_NONE, "a setting"))
            return false;
    return true;
}

/* Code, registers, constants and sites of the functions follow each other
 * without gap or overlap. */
static bool ranges(Verify *v)
{
    const Program *p = v->p;
    uint32_t code = 0, regs = 0, ks = 0, at = 0;
    for (uint32_t i = 0; i < p->n_funcs; i++) {
        const ProgFunc *f = &p->funcs[i];
        if (f->code_first != code || f->regs_first != regs ||
            f->consts_first != ks || f->sites_first != at)
            return verify_bad(v, "function %u does not begin where the one before it ends", i);
        code += f->code_count;
        regs += f->regs_count;
        ks += f->consts_count;
        at += f->sites_count;
    }
    return (code == p->n_code && regs == p->n_regs && ks == p->n_consts &&
            at == p->n_sites) ||
           verify_bad(v, "something belongs to no function");
}

/* --- names ----------------------------------------------------------------------- */

typedef struct Named {
    Str name;
    uint32_t group;
} Named;

static int by_name(const void *x, const void *y)
{
    const Named *a = x, *b = y;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return str_cmp(a->name, b->name);
}

/* A decision names its phase, an answer its action: each name means one. (Roles
 * of two files may have one name, and then are one role to whoever binds it.) */
static bool differ(Verify *v, Named *names, uint32_t n, const char *what)
{
    if (n > 1)
        qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 0; i < n; i++) {
        if (names[i].name.n == 0 || names[i].name.n > LIM_NAME_BYTES)
            return verify_bad(v, "%s has no name, or a very long one", what);
        if (i > 0 && by_name(&names[i - 1], &names[i]) == 0)
            return verify_bad(v, "two of its rows are both %s `%.*s`", what,
                              STR_ARG(names[i].name));
    }
    return true;
}

static bool names(Verify *v)
{
    const Program *p = v->p;
    size_t most = (size_t)p->n_phases + p->n_inputs + p->n_actions + p->n_checks;
    Named *all = scratch(v, most, sizeof *all);
    bool ok = all != NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; ok && i < p->n_phases; i++)
        all[n++] = (Named){prog_str(p, p->phases[i].name), 0};
    ok = ok && differ(v, all, n, "a phase");
    n = 0;
    for (uint32_t i = 0; ok && i < p->n_inputs; i++)
        all[n++] = (Named){prog_str(p, p->inputs[i].name), 0};
    ok = ok && differ(v, all, n, "an input");
    n = 0;
    for (uint32_t i = 0; ok && i < p->n_actions; i++)
        all[n++] = (Named){prog_str(p, p->actions[i].name), p->actions[i].phase};
    for (uint32_t i = 0; ok && i < p->n_checks; i++)
        all[n++] = (Named){prog_str(p, p->checks[i].name), p->checks[i].phase};
    ok = ok && differ(v, all, n, "a step");
    release(all, most, sizeof *all);
    return ok;
}

/* --- phases ---------------------------------------------------------------------- */

static bool one_gate(Verify *v, const ProgGate *g)
{
    bool fits;
    switch (g->who) {
    case WHO_NOBODY: fits = g->by_count == 0 && g->quorum == 0; break;
    case WHO_ONE: fits = g->by_count == 1 && g->quorum == 1; break;
    case WHO_ALL: fits = g->by_count >= 2 && g->quorum == g->by_count; break;
    case WHO_ANY: fits = g->by_count >= 2 && g->quorum == 1; break;
    default: fits = g->by_count >= 1 && g->quorum >= 1;
    }
    if (!fits)
        return verify_bad(v, "a gate counts its people wrongly");
    if (g->level >= 1 && g->who == WHO_NOBODY)
        return verify_bad(v, "a gate at L%u names nobody", g->level);
    if (g->within_ms < -1 || g->good_for_ms < -1)
        return verify_bad(v, "a gate has a negative time");
    return takes(v, g->question_fn, FK_TEXT, PROG_NONE, "a gate's question");
}

/* Actions, checks and gates follow the phases in order: none belongs to two. */
static bool own_rows(Verify *v, uint32_t i, uint32_t *action, uint32_t *check,
                     uint32_t *gate)
{
    const Program *p = v->p;
    const ProgPhase *f = &p->phases[i];
    if ((f->actions_count > 0 && f->actions_first != *action) ||
        (f->checks_count > 0 && f->checks_first != *check) ||
        (f->gate != PROG_NONE && f->gate != *gate))
        return verify_bad(v, "phase %u holds steps or a gate of another phase", i);
    for (uint32_t k = 0; k < f->actions_count; k++)
        if (p->actions[*action + k].phase != i)
            return verify_bad(v, "phase %u holds an action of another phase", i);
    for (uint32_t k = 0; k < f->checks_count; k++)
        if (p->checks[*check + k].phase != i)
            return verify_bad(v, "phase %u holds a check of another phase", i);
    *action += f->actions_count;
    *check += f->checks_count;
    *gate += f->gate != PROG_NONE;
    return true;
}

static bool one_phase(Verify *v, uint32_t i)
{
    const ProgPhase *f = &v->p->phases[i];
    if (f->on_failure > (OF_UNDO | OF_STOP | OF_CONTINUE | OF_TELL | OF_START) ||
        ((f->on_failure & OF_START) != 0) != (f->failure_start != PROG_NONE) ||
        f->only_when_started > 1)
        return verify_bad(v, "phase %u does not say clearly what a failure does", i);
    if (!takes(v, f->when_fn, FK_WHEN, PROG_NONE, "a `when`"))
        return false;
    if (f->body_fn == PROG_NONE)
        return (f->actions_count == 0 && f->checks_count == 0) ||
               verify_bad(v, "phase %u has steps but no code for them", i);
    if (!takes(v, f->body_fn, FK_BODY, PROG_NONE, "a phase's body"))
        return false;
    if (v->owner[f->body_fn] != PROG_NONE)
        return verify_bad(v, "two phases have one body");
    v->owner[f->body_fn] = i;
    return true;
}

static bool phases(Verify *v)
{
    const Program *p = v->p;
    uint32_t action = 0, check = 0, gate = 0;
    uint64_t needs = 0, requires = 0, refs = 0, shows = 0;
    for (uint32_t i = 0; i < p->n_phases; i++) {
        const ProgPhase *f = &p->phases[i];
        if (!own_rows(v, i, &action, &check, &gate) || !one_phase(v, i) ||
            !share(v, &needs, f->needs_count, p->n_needs, "needs") ||
            !share(v, &requires, f->requires_count, p->n_requires, "requirements") ||
            !share(v, &refs, f->failure_tell_count, p->n_rolerefs, "roles"))
            return false;
    }
    if (action != p->n_actions || check != p->n_checks || gate != p->n_gates)
        return verify_bad(v, "a step or a gate belongs to no phase");
    for (uint32_t i = 0; i < p->n_gates; i++)
        if (!one_gate(v, &p->gates[i]) ||
            !share(v, &refs, p->gates[i].by_count, p->n_rolerefs, "roles") ||
            !share(v, &shows, p->gates[i].shows_count, p->n_shows, "evidence"))
            return false;
    for (uint32_t i = 0; i < p->n_tells; i++)
        if (!share(v, &refs, p->tells[i].to_count, p->n_rolerefs, "roles"))
            return false;
    return true;
}

/* Kahn's algorithm: phases whose prerequisites are all behind us, one after
 * the other; what is left needs itself. */
static bool acyclic(Verify *v, uint32_t *open, uint32_t *first, uint32_t *next,
                    uint32_t *queue)
{
    const Program *p = v->p;
    uint32_t head = 0, tail = 0, edge = 0;
    for (uint32_t i = 0; i < p->n_phases; i++)
        first[i] = PROG_NONE;
    for (uint32_t i = 0; i < p->n_phases; i++) {
        const ProgPhase *f = &p->phases[i];
        open[i] = f->needs_count;
        if (open[i] == 0)
            queue[tail++] = i;
        for (uint32_t k = 0; k < f->needs_count; k++, edge += 2) {
            uint32_t from = p->needs[f->needs_first + k].phase;
            next[edge] = i;
            next[edge + 1] = first[from];
            first[from] = edge;
        }
    }
    while (head < tail)
        for (uint32_t e = first[queue[head++]]; e != PROG_NONE; e = next[e + 1])
            if (--open[next[e]] == 0)
                queue[tail++] = next[e];
    return tail == p->n_phases || verify_bad(v, "phases need each other in a circle");
}

static bool order(Verify *v)
{
    const Program *p = v->p;
    size_t n = p->n_phases, edges = (size_t)p->n_needs * 2;
    uint32_t *all = scratch(v, n * 3 + edges, sizeof *all);
    bool ok = all != NULL && acyclic(v, all, all + n, all + 3 * n, all + 2 * n);
    release(all, n * 3 + edges, sizeof *all);
    return ok;
}

/* --- actions and the gate in front of them -------------------------------------------- */

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
    bool undoes = a->undo_kind == AU_PLAN || a->undo_kind == AU_TOOL;
    uint32_t result = a->result;
    if (undoes != (a->undo_import != PROG_NONE) ||
        (a->undo_kind == AU_TOOL && m->undo == UNDO_NONE) ||
        (a->undo_kind == AU_NOTHING && m->effect >= EFF_CHANGES))
        return bad_action(v, a, "does not say clearly how it is undone");
    if (a->is_each > 1 || a->conditional > 1 || a->at_most == 0 ||
        a->at_most > LIM_LIST_ITEMS || a->retries > LIM_RETRIES ||
        a->timeout_ms < -1 || a->retry_every_ms < -1)
        return bad_action(v, a, "has a number that it may not have");
    if (a->is_each == 1) {
        if (p->types[result].kind != TK_LIST)
            return bad_action(v, a, "goes through a list and gives none");
        result = p->types[result].elem;
    }
    if (result != m->result)
        return bad_action(v, a, "gives another type than its tool");
    return takes(v, a->undo_because_fn, FK_TEXT, PROG_NONE, "an action's reason");
}

/* What an action needs at least, whatever the file claims: its own call and
 * the one that takes it back. A tool's own exact undo puts things as they
 * were, which the table has taken into account. */
static int least_level(const Program *p, const ProgAction *a, bool many,
                       uint32_t *people)
{
    const ProgImport *m = &p->imports[a->import];
    bool exact = a->undo_kind == AU_TOOL && m->undo == UNDO_EXACT;
    int level = effect_level((Effect)m->effect, exact, (Reach)m->reach, many, people);
    if (a->undo_kind == AU_PLAN) {
        const ProgImport *u = &p->imports[a->undo_import];
        uint32_t also;
        int back = effect_level((Effect)u->effect, false, (Reach)u->reach, many, &also);
        level = back > level ? back : level;
        *people = also > *people ? also : *people;
    }
    return level;
}

static bool gated(Verify *v, uint32_t i, const ProgPhase *f, bool many)
{
    const Program *p = v->p;
    const ProgAction *a = &p->actions[i];
    const ProgGate *g = f->gate == PROG_NONE ? NULL : &p->gates[f->gate];
    uint32_t people, level = g == NULL ? 0 : g->level;
    uint32_t least = (uint32_t)least_level(p, a, many, &people);
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

/* Several actions of a phase with one tool count as many (language 5). */
static bool dominance(Verify *v)
{
    const Program *p = v->p;
    uint32_t *uses = scratch(v, p->n_imports, sizeof *uses);
    bool ok = uses != NULL;
    for (uint32_t i = 0; ok && i < p->n_phases; i++) {
        const ProgPhase *f = &p->phases[i];
        uint32_t first = f->actions_first, end = first + f->actions_count;
        for (uint32_t k = first; k < end; k++)
            uses[p->actions[k].import]++;
        for (uint32_t k = first; ok && k < end; k++)
            ok = one_action(v, k) &&
                 gated(v, k, f, p->actions[k].is_each != 0 ||
                                    uses[p->actions[k].import] > 1);
        for (uint32_t k = first; k < end; k++)
            uses[p->actions[k].import] = 0;
    }
    release(uses, p->n_imports, sizeof *uses);
    return ok;
}

/* --- people and grants ------------------------------------------------------------- */

static bool host_rows(Verify *v)
{
    const Program *p = v->p;
    uint64_t people = 0, ids = 0, args = 0;
    for (uint32_t i = 0; i < p->n_roles; i++)
        if (!share(v, &people, p->roles[i].people_count, p->n_names, "people"))
            return false;
    for (uint32_t i = 0; i < p->n_persons; i++)
        if (!share(v, &ids, p->persons[i].ids_count, p->n_personids, "identities"))
            return false;
    for (uint32_t i = 0; i < p->n_grants; i++)
        if (!share(v, &args, p->grants[i].args_count, p->n_grantargs, "bounds"))
            return false;
    return true;
}

/* --- all of it --------------------------------------------------------------------- */

static bool functions(Verify *v)
{
    const Program *p = v->p;
    size_t most = 0, body = 0;
    for (uint32_t i = 0; i < p->n_funcs; i++) {
        size_t n = p->funcs[i].code_count;
        most = n > most ? n : most;
        if (p->funcs[i].kind == FK_BODY && n > body && n <= LIM_FUNCTION_CODE)
            body = n;
    }
    uint32_t *all = scratch(v, most * 4, sizeof *all);
    v->flow = scratch(v, body, sizeof *v->flow);
    bool ok = all != NULL && v->flow != NULL;
    v->loop = all;
    v->parent = all + most;
    v->depth = all + 2 * most;
    v->segment = all + 3 * most;
    for (uint32_t i = 0; ok && i < p->n_funcs; i++)
        ok = verify_function(v, i);
    v->f = NULL;
    release(all, most * 4, sizeof *all);
    release(v->flow, body, sizeof *v->flow);
    return ok;
}

static bool tables(Verify *v)
{
    return types(v) && consts(v) && imports(v) && sites(v) && ranges(v) &&
           names(v) && inputs(v) && texts_and_values(v) && phases(v) &&
           order(v) && dominance(v) && host_rows(v);
}

GateStatus prog_verify(const Program *p, Buf *why)
{
    Verify v = {.p = p, .why = why};
    v.owner = scratch(&v, p->n_funcs, sizeof *v.owner);
    bool ok = v.owner != NULL;
    for (uint32_t i = 0; ok && i < p->n_funcs; i++)
        v.owner[i] = PROG_NONE;
    ok = ok && tables(&v) && functions(&v);
    release(v.owner, p->n_funcs, sizeof *v.owner);
    if (v.no_memory)
        return GATE_E_MEMORY;
    return ok ? GATE_OK : GATE_E_FORMAT;
}
