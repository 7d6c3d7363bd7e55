/* Owns: what must hold of a program before anything of it runs: the order of the
 * proof, types, tools, sections by what they are for. Must not know: phases
 * (verify_phase.c), instructions (verify_code.c).
 *
 * All of it is sweeps over rows. Rules are frozen per PROG_VERSION. */
#include "vm/core/program.h"

#include <stdlib.h>
#include <string.h>

#include "vm/core/verify_int.h"
#include "vm/os/limits.h"

static void tell(Verify *v, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void tell(Verify *v, const char *fmt, va_list ap)
{
    if (v->why == NULL)
        return;
    if (v->f != NULL)
        buf_printf(v->why, "function %u `%.*s`, instruction %u (%s): ", v->func,
                   STR_ARG(prog_str(v->p, v->f->name)), v->pc,
                   v->pc < v->f->code_count
                       ? vm_opcode_name(ins_op(v->p->code[v->f->code_first + v->pc]))
                       : "its end");
    buf_vprintf(v->why, fmt, ap);
}

bool verify_bad(Verify *v, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    tell(v, fmt, ap);
    va_end(ap);
    return false;
}

bool verify_that(Verify *v, bool ok, const char *fmt, ...)
{
    va_list ap;
    if (ok)
        return true;
    va_start(ap, fmt);
    tell(v, fmt, ap);
    va_end(ap);
    return false;
}

bool verify_fits(const Program *p, uint32_t from, uint32_t to)
{
    return from == to || (p->types[to].kind == TK_TEXT &&
                          kind_is_text((TypeKind)p->types[from].kind));
}

void *verify_scratch(Verify *v, size_t n, size_t size)
{
    size_t total = (n == 0 ? 1 : n) * size; /* fits: rows were read from bytes */
    void *p = mem_realloc(NULL, 0, total);
    if (p == NULL)
        v->no_memory = true;
    else
        memset(p, 0, total);
    return p;
}

void verify_release(void *p, size_t n, size_t size)
{
    mem_realloc(p, (n == 0 ? 1 : n) * size, 0);
}

bool verify_share(Verify *v, uint64_t *sum, uint32_t count, uint32_t most,
                  const char *what)
{
    *sum += count;
    return verify_that(v, *sum <= most, "rows share their %s", what);
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
    unsigned char *depth = verify_scratch(v, p->n_types, 1);
    bool ok = depth != NULL;
    for (uint32_t i = 0; ok && i < p->n_types; i++)
        ok = verify_share(v, &fields, p->types[i].fields_count, p->n_fields, "members") &&
             one_type(v, depth, i);
    verify_release(depth, p->n_types, 1);
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

/* --- tools, events and call sites ------------------------------------------------------- */

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
        if (!verify_share(v, &params, m->params_count, p->n_params, "parameters"))
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

/* Nothing, or 64 digits of SHA-256. */
static bool is_hash(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 0 || s.n == 64;
}

static bool packs_and_events(Verify *v)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_packs; i++)
        if (p->packs[i].name == 0 || !is_hash(prog_str(p, p->packs[i].hash)))
            return verify_bad(v, "pack %u does not say which one it is", i);
    for (uint32_t i = 0; i < p->n_events; i++)
        if (p->events[i].name == 0 || p->types[p->events[i].result].kind != TK_RECORD)
            return verify_bad(v, "event %u does not give a record", i);
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

/* --- sections by what they are for --------------------------------------------- */

bool verify_kind(Verify *v, uint32_t func, FuncKind kind, const char *what)
{
    return verify_that(v, func == PROG_NONE || v->p->funcs[func].kind == (uint32_t)kind,
                       "%s is a section of another kind", what);
}

bool verify_value(Verify *v, uint32_t func, FuncKind kind, uint32_t type,
                  const char *what)
{
    if (func == PROG_NONE)
        return true;
    const ProgFunc *f = &v->p->funcs[func];
    return verify_kind(v, func, kind, what) &&
           verify_that(v, f->result != PROG_NONE && verify_fits(v->p, f->result, type),
                       "%s gives a value of another type", what);
}

bool verify_about(Verify *v, uint32_t func, FuncKind kind, uint32_t type,
                  const char *what)
{
    if (func == PROG_NONE)
        return true;
    const ProgFunc *f = &v->p->funcs[func];
    return verify_kind(v, func, kind, what) &&
           verify_that(v, f->regs_count > 0 && v->p->regs[f->regs_first].type == type,
                       "%s is about something else", what);
}

bool verify_gives(Verify *v, uint32_t func, TypeKind kind, const char *what)
{
    if (func == PROG_NONE)
        return true;
    uint32_t result = v->p->funcs[func].result;
    return verify_that(v, result != PROG_NONE && v->p->types[result].kind == (uint32_t)kind,
                       "%s gives no %s", what, kind_word(kind));
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
    return verify_that(v, code == p->n_code && regs == p->n_regs && ks == p->n_consts &&
                       at == p->n_sites,
                       "something belongs to no function");
}

/* --- names ----------------------------------------------------------------------- */

static int by_name(const void *x, const void *y)
{
    const VerifyName *a = x, *b = y;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return str_cmp(a->name, b->name);
}

bool verify_names(Verify *v, VerifyName *names, uint32_t n, const char *what)
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
    uint32_t *all = verify_scratch(v, most * 4, sizeof *all);
    v->flow = verify_scratch(v, body, sizeof *v->flow);
    bool ok = all != NULL && v->flow != NULL;
    v->loop = all;
    v->parent = all + most;
    v->depth = all + 2 * most;
    v->segment = all + 3 * most;
    for (uint32_t i = 0; ok && i < p->n_funcs; i++)
        ok = verify_function(v, i);
    v->f = NULL;
    verify_release(all, most * 4, sizeof *all);
    verify_release(v->flow, body, sizeof *v->flow);
    return ok;
}

static bool tables(Verify *v)
{
    return types(v) && consts(v) && imports(v) && packs_and_events(v) && sites(v) &&
           ranges(v) && verify_time(v) && verify_phases(v) && verify_levels(v) &&
           verify_declarations(v);
}

GateStatus prog_verify(const Program *p, Buf *why)
{
    Verify v = {.p = p, .why = why};
    v.owner = verify_scratch(&v, p->n_funcs, sizeof *v.owner);
    bool ok = v.owner != NULL;
    for (uint32_t i = 0; ok && i < p->n_funcs; i++)
        v.owner[i] = PROG_NONE;
    ok = ok && tables(&v) && functions(&v);
    verify_release(v.owner, p->n_funcs, sizeof *v.owner);
    if (v.no_memory)
        return GATE_E_MEMORY;
    return ok ? GATE_OK : GATE_E_FORMAT;
}
