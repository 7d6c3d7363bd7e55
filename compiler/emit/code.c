/* Owns: one function of the program while it is made: registers, labels,
 * constants, call sites. Must not know: the syntax tree. */
#include "compiler/emit/emit_int.h"

#include <assert.h>

void code_open(Emit *e, FuncKind kind, uint32_t name)
{
    Fn *f = &e->f;
    f->kind = kind;
    f->name = name;
    f->first_code = e->p.n_code;
    f->first_const = e->p.n_consts;
    f->first_site = e->p.n_sites;
    f->n_regs = 0;
    f->n_labels = f->n_fixups = f->n_bound = 0;
    f->absent = NO_LABEL;
}

static void resolve(Emit *e)
{
    Fn *f = &e->f;
    for (uint32_t i = 0; i < f->n_fixups; i++) {
        uint32_t pc = f->fixups[i].pc, to = f->labels[f->fixups[i].label];
        assert(to != NO_LABEL || e->failed);
        int64_t distance = (int64_t)to - pc - 1;
        e->p.code[pc] |= (uint32_t)(distance & 0xffff) << 16;
    }
}

uint32_t code_close(Emit *e, SemType result)
{
    Fn *f = &e->f;
    resolve(e);
    uint32_t first_reg = e->p.n_regs;
    for (unsigned i = 0; i < f->n_regs; i++)
        EMIT_ROW(e, regs)->type = f->types[i];
    if (e->p.n_code - f->first_code > LIM_FUNCTION_CODE)
        emit_limit(e, "instructions", LIM_FUNCTION_CODE);
    if (e->p.n_consts - f->first_const > LIM_FUNCTION_CONSTS)
        emit_limit(e, "constants", LIM_FUNCTION_CONSTS);
    ProgFunc *row = EMIT_ROW(e, funcs);
    *row = (ProgFunc){
        .kind = f->kind,
        .name = f->name,
        .code_first = f->first_code,
        .code_count = e->p.n_code - f->first_code,
        .regs_first = first_reg,
        .regs_count = f->n_regs,
        .consts_first = f->first_const,
        .consts_count = e->p.n_consts - f->first_const,
        .sites_first = f->first_site,
        .sites_count = e->p.n_sites - f->first_site,
        .result = result == SEM_NONE ? PROG_NONE : emit_type(e, result)};
    return e->p.n_funcs - 1;
}

/* --- instructions ----------------------------------------------------------- */

static void put(Emit *e, uint32_t instruction)
{
    *EMIT_ROW(e, code) = instruction;
}

void code_abc(Emit *e, VmOpcode op, unsigned a, unsigned b, unsigned c)
{
    put(e, ins_abc(op, a, b, c));
}

void code_ax(Emit *e, VmOpcode op, unsigned a, uint32_t x)
{
    if (x > 0xffff)
        emit_limit(e, "inputs, steps, answers, calls or constants",
                   0xffff);
    put(e, ins_ax(op, a, x));
}

Label code_label(Emit *e)
{
    Fn *f = &e->f;
    f->labels = arena_grow(e->arena, f->labels, f->n_labels, &f->cap_labels,
                         sizeof *f->labels);
    f->labels[f->n_labels] = NO_LABEL;
    return f->n_labels++;
}

void code_here(Emit *e, Label l)
{
    assert(e->f.labels[l] == NO_LABEL);
    e->f.labels[l] = e->p.n_code;
}

void code_jump(Emit *e, VmOpcode op, unsigned a, Label to)
{
    Fn *f = &e->f;
    f->fixups = arena_grow(e->arena, f->fixups, f->n_fixups, &f->cap_fixups,
                         sizeof *f->fixups);
    f->fixups[f->n_fixups++] = (Fixup){e->p.n_code, to};
    put(e, ins_ax(op, a, 0));
}

/* --- registers -------------------------------------------------------------- */

unsigned code_regs(Emit *e, const uint32_t *types, uint32_t n)
{
    Fn *f = &e->f;
    for (unsigned first = 0; first + n <= f->n_regs && n > 0; first++) {
        uint32_t i = 0;
        while (i < n && !f->busy[first + i] && f->types[first + i] == types[i])
            i++;
        if (i < n)
            continue;
        for (i = 0; i < n; i++)
            f->busy[first + i] = true;
        return first;
    }
    if (n > LIM_REGISTERS - f->n_regs) {
        emit_limit(e, "values at once in one statement", LIM_REGISTERS);
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        f->types[f->n_regs + i] = types[i];
        f->busy[f->n_regs + i] = true;
    }
    f->n_regs += n;
    return f->n_regs - n;
}

unsigned code_reg(Emit *e, SemType t)
{
    uint32_t type = emit_type(e, t);
    return code_regs(e, &type, 1);
}

void code_free(Emit *e, unsigned reg)
{
    if (reg < LIM_REGISTERS)
        e->f.busy[reg] = false;
}

void code_free_all(Emit *e, unsigned first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        code_free(e, first + i);
}

/* --- constants and sites ---------------------------------------------------- */

static uint32_t hash_const(const Emit *e, const ProgConst *k)
{
    uint64_t h = (uint64_t)k->num * UINT64_C(0x9e3779b97f4a7c15);
    h ^= (k->tag * UINT64_C(31) + k->scale) * UINT64_C(0xc2b2ae3d27d4eb4f);
    h ^= k->text * UINT64_C(0x165667b19e3779f9) + e->f.first_const;
    return (uint32_t)(h ^ h >> 29);
}

static bool same_const(const ProgConst *a, const ProgConst *b)
{
    return a->tag == b->tag && a->scale == b->scale && a->num == b->num &&
           a->text == b->text;
}

/* Constants of earlier functions stay in the table but never match: they lie
 * before first_const. */
static uint32_t *const_slot(Emit *e, const ProgConst *k)
{
    uint32_t mask = e->n_const_slots - 1, i = hash_const(e, k) & mask;
    while (e->const_slots[i] != 0 &&
           (e->const_slots[i] - 1 < e->f.first_const ||
            !same_const(&e->p.consts[e->const_slots[i] - 1], k)))
        i = (i + 1) & mask;
    return &e->const_slots[i];
}

static void grow_const_slots(Emit *e)
{
    if (e->p.n_consts * 2 < e->n_const_slots)
        return;
    e->n_const_slots = e->n_const_slots == 0 ? 256 : e->n_const_slots * 2;
    e->const_slots = ARENA_NEW(e->arena, uint32_t, e->n_const_slots);
    for (uint32_t i = e->f.first_const; i < e->p.n_consts; i++)
        *const_slot(e, &e->p.consts[i]) = i + 1;
}

void code_const(Emit *e, unsigned reg, Value v)
{
    ProgConst k = {.tag = v.tag, .scale = v.scale};
    if (v.tag == V_TEXT)
        k.text = emit_string(e, val_str(v));
    else
        k.num = v.u.i;
    grow_const_slots(e);
    uint32_t *slot = const_slot(e, &k);
    if (*slot == 0) {
        *EMIT_ROW(e, consts) = k;
        *slot = e->p.n_consts;
    }
    code_ax(e, OP_LOADK, reg, *slot - 1 - e->f.first_const);
}

void code_bool(Emit *e, unsigned reg, bool b)
{
    code_const(e, reg, val_bool(b));
}

uint32_t code_site(Emit *e, uint32_t tool, uint32_t action, SiteRole role,
                   const SemFile *file, SynRef node)
{
    uint32_t import = emit_import(e, tool), span = emit_span(e, file, node);
    *EMIT_ROW(e, sites) = (ProgSite){
        .import = import, .action = action, .role = role, .span = span};
    return e->p.n_sites - 1 - e->f.first_site;
}
