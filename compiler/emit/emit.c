/* Owns: what all tables of the program share: strings, types, tools, places,
 * sections of one expression; and the order in which all is made. Must not know:
 * which rows there are (phase.c, step.c, time.c, decl.c), how expressions become code
 * (expr.c). */
#include "compiler/sem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/emit_int.h"

/* Names of sections: a few names of the plan and words between them. */
enum { NAME_ROOM = 4 * LIM_NAME_BYTES };

void emit_limit(Emit *e, const char *what, unsigned long most)
{
    if (e->failed)
        return;
    e->failed = true;
    const SynNode *n = syn(e->at_file->source.tree, e->at_node);
    Diag *d = diag_add(e->diags, 20, &e->at_file->source, n->start, n->end,
                       "this has more %s than gate allows", what);
    diag_label(e->diags, d, "the most is %lu", most);
    diag_help(e->diags, d, "divide it into smaller parts");
}

/* --- strings ----------------------------------------------------------------- */

static uint32_t hash_str(Str s)
{
    uint32_t h = UINT32_C(2166136261);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT32_C(16777619);
    return h ^ h >> 15;
}

static uint32_t *string_slot(Emit *e, Str s)
{
    uint32_t mask = e->n_string_slots - 1, i = hash_str(s) & mask;
    while (e->string_slots[i] != 0 &&
           !str_eq(e->p.strings[e->string_slots[i] - 1], s))
        i = (i + 1) & mask;
    return &e->string_slots[i];
}

uint32_t emit_string(Emit *e, Str s)
{
    if (e->p.n_strings * 2 >= e->n_string_slots) {
        e->n_string_slots = e->n_string_slots == 0 ? 256 : e->n_string_slots * 2;
        e->string_slots = ARENA_NEW(e->arena, uint32_t, e->n_string_slots);
        for (uint32_t i = 0; i < e->p.n_strings; i++)
            *string_slot(e, e->p.strings[i]) = i + 1;
    }
    uint32_t *slot = string_slot(e, s);
    if (*slot == 0) {
        *EMIT_ROW(e, strings) = s;
        *slot = e->p.n_strings;
    }
    return *slot - 1;
}

uint32_t emit_stringf(Emit *e, const char *fmt, ...)
{
    char text[NAME_ROOM];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return emit_string(e, arena_str(e->arena, str_of(text)));
}

/* --- types -------------------------------------------------------------------- */

/* How deep each type is nested: parts have smaller numbers than the whole. */
static void measure_types(Emit *e)
{
    const Sem *s = e->sem;
    e->depth_of = ARENA_NEW(e->arena, uint8_t, s->n_types + 1);
    for (uint32_t t = 1; t < s->n_types; t++) {
        unsigned most = 0;
        if (s->types[t].kind == TK_LIST)
            most = e->depth_of[s->types[t].elem] + 1u;
        for (uint32_t i = 0; s->types[t].kind == TK_RECORD && i < s->types[t].n_fields; i++) {
            unsigned d = e->depth_of[s->types[t].fields[i].type] + 1u;
            most = d > most ? d : most;
        }
        e->depth_of[t] = (uint8_t)(most < 255 ? most : 255);
    }
}

uint32_t emit_list_type(Emit *e, uint32_t elem)
{
    for (uint32_t i = 0; i < e->p.n_types; i++)
        if (e->p.types[i].kind == TK_LIST && e->p.types[i].elem == elem)
            return i;
    *EMIT_ROW(e, types) = (ProgType){.kind = TK_LIST, .elem = elem};
    return e->p.n_types - 1;
}

static void add_fields(Emit *e, const SemTypeInfo *t, ProgType *row)
{
    uint32_t *types = ARENA_NEW(e->arena, uint32_t, t->n_fields + 1);
    for (uint32_t i = 0; i < t->n_fields; i++)
        types[i] = t->kind == TK_RECORD ? emit_type(e, t->fields[i].type) : PROG_NONE;
    row->fields_first = e->p.n_fields;
    row->fields_count = t->n_fields;
    for (uint32_t i = 0; i < t->n_fields; i++) {
        uint32_t name = emit_string(e, t->fields[i].name);
        *EMIT_ROW(e, fields) = (ProgField){.name = name, .type = types[i]};
    }
}

uint32_t emit_type(Emit *e, SemType t)
{
    if (e->type_of[t] != 0)
        return e->type_of[t] - 1;
    const SemTypeInfo *info = &e->sem->types[t];
    if (e->depth_of[t] > LIM_NESTING) {
        emit_limit(e, "types inside each other", LIM_NESTING);
        return 0;
    }
    uint32_t index;
    if (info->kind == TK_LIST) {
        index = emit_list_type(e, emit_type(e, info->elem));
    } else {
        ProgType row = {0};
        row.kind = info->kind;
        row.elem = PROG_NONE;
        if (info->kind == TK_RECORD || info->kind == TK_ONEOF)
            add_fields(e, info, &row);
        *EMIT_ROW(e, types) = row;
        index = e->p.n_types - 1;
    }
    e->type_of[t] = index + 1;
    return index;
}

uint32_t emit_iter_type(Emit *e, SemType elem)
{
    if (e->iter_of[elem] == 0) {
        uint32_t of = emit_type(e, elem);
        *EMIT_ROW(e, types) = (ProgType){.kind = TK_ITER, .elem = of};
        e->iter_of[elem] = e->p.n_types;
    }
    return e->iter_of[elem] - 1;
}

/* --- tools and places ----------------------------------------------------------- */

/* The pack of a tool or an event that gate is not made of. */
static uint32_t pack(Emit *e, uint32_t connector)
{
    char hex[65];
    if (e->pack_of[connector] != 0)
        return e->pack_of[connector] - 1;
    const SemConnector *c = &e->sem->connectors[connector];
    const Hash none = {{0}};
    ProgPack row = {0};
    row.name = emit_string(e, c->name);
    row.version = emit_string(e, c->version);
    hash_hex(&c->hash, hex);
    row.hash = hash_eq(&c->hash, &none) ? 0 : emit_string(e, arena_str(e->arena, str_of(hex)));
    *EMIT_ROW(e, packs) = row;
    e->pack_of[connector] = e->p.n_packs;
    return e->p.n_packs - 1;
}

uint32_t emit_import(Emit *e, uint32_t tool)
{
    if (e->import_of[tool] != 0)
        return e->import_of[tool] - 1;
    const SemTool *t = &e->sem->tools[tool];
    uint32_t *types = ARENA_NEW(e->arena, uint32_t, t->n_params + 1);
    for (uint32_t i = 0; i < t->n_params; i++)
        types[i] = emit_type(e, t->params[i].type);
    ProgImport row = {0};
    row.pack = emit_string(e, t->pack);
    row.tool = emit_string(e, t->name);
    row.from = t->native ? PROG_NONE : pack(e, t->connector);
    row.effect = t->effect;
    row.reach = t->reach;
    row.flags = t->flags;
    row.undo = t->undo;
    row.params_first = e->p.n_params;
    row.params_count = t->n_params;
    row.result = emit_type(e, t->result);
    for (uint32_t i = 0; i < t->n_params; i++) {
        uint32_t name = emit_string(e, t->params[i].name);
        *EMIT_ROW(e, params) = (ProgParam){
            .name = name, .type = types[i], .flags = t->params[i].flags};
    }
    *EMIT_ROW(e, imports) = row;
    e->import_of[tool] = e->p.n_imports;
    return e->p.n_imports - 1;
}

uint32_t emit_event(Emit *e, uint32_t event)
{
    if (e->event_of[event] != 0)
        return e->event_of[event] - 1;
    const SemEvent *v = &e->sem->events[event];
    ProgEvent row = {0};
    row.pack = emit_string(e, v->pack);
    row.name = emit_string(e, v->name);
    row.from = pack(e, v->connector);
    row.result = emit_type(e, v->result);
    *EMIT_ROW(e, events) = row;
    e->event_of[event] = e->p.n_events;
    return e->p.n_events - 1;
}

/* The file's own name: where it lies is no part of what it means, and the same
 * plan gives the same bytes from wherever it is compiled. */
Str emit_base_name(Str path)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return (Str){path.p + n, path.n - n};
}

uint32_t emit_span(Emit *e, const SemFile *file, SynRef node)
{
    ProgSpan row = {0};
    row.file = emit_string(e, emit_base_name(file->source.path));
    syn_place(file->source.tree, syn(file->source.tree, node)->start, &row.line,
              &row.column);
    *EMIT_ROW(e, spans) = row;
    return e->p.n_spans - 1;
}

uint32_t emit_place(Emit *e, SynRef node)
{
    return emit_span(e, e->sem->file, node);
}

/* --- sections of one expression --------------------------------------------------- */

static uint32_t section(Emit *e, FuncKind kind, uint32_t about, SemExpr x, SemType t,
                        const char *fmt, va_list ap) __attribute__((format(printf, 6, 0)));
static uint32_t section(Emit *e, FuncKind kind, uint32_t about, SemExpr x, SemType t,
                        const char *fmt, va_list ap)
{
    char name[NAME_ROOM];
    if (x.node == 0 || (e->rows_only && kind != FK_RULE))
        return PROG_NONE;
    vsnprintf(name, sizeof name, fmt, ap);
    e->at_file = x.file;
    e->at_node = x.node;
    code_open(e, kind, emit_string(e, arena_str(e->arena, str_of(name))));
    if (about != PROG_NONE)
        code_regs(e, &about, 1); /* register 0, before any other */
    unsigned reg = code_reg(e, t);
    expr_to(e, x, reg);
    code_abc(e, OP_RET, reg, 0, 0);
    return code_close(e, t);
}

uint32_t emit_value(Emit *e, FuncKind kind, SemExpr x, SemType t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    uint32_t fn = section(e, kind, PROG_NONE, x, t, fmt, ap);
    va_end(ap);
    return fn;
}

uint32_t emit_about(Emit *e, FuncKind kind, uint32_t about, SemExpr x, SemType t,
                    const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    uint32_t fn = section(e, kind, about, x, t, fmt, ap);
    va_end(ap);
    return fn;
}

bool emit_is_plain(SemExpr x)
{
    return x.node != 0 && syn(x.file->source.tree, x.node)->kind == SYN_TEXT;
}

/* --- imports in their order --------------------------------------------------------- */

typedef struct Named { Str pack, tool; uint32_t index; } Named;

static int by_name(const void *x, const void *y)
{
    const Named *a = x, *b = y;
    int c = str_cmp(a->pack, b->pack);
    return c != 0 ? c : str_cmp(a->tool, b->tool);
}

/* By pack and tool: the verifier sees at once that none stands there twice. */
static void sort_imports(Emit *e)
{
    uint32_t n = e->p.n_imports;
    Named *order = ARENA_NEW(e->arena, Named, n + 1);
    ProgImport *rows = ARENA_NEW(e->arena, ProgImport, n + 1);
    uint32_t *now_at = ARENA_NEW(e->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        order[i] = (Named){e->p.strings[e->p.imports[i].pack],
                           e->p.strings[e->p.imports[i].tool], i};
    if (n > 0)
        qsort(order, n, sizeof *order, by_name);
    for (uint32_t i = 0; i < n; i++) {
        rows[i] = e->p.imports[order[i].index];
        now_at[order[i].index] = i;
    }
    e->p.imports = rows;
    for (uint32_t i = 0; i < e->p.n_sites; i++)
        e->p.sites[i].import = now_at[e->p.sites[i].import];
    for (uint32_t i = 0; i < e->p.n_actions; i++) {
        ProgAction *a = &e->p.actions[i];
        a->import = now_at[a->import];
        if (a->undo_import != PROG_NONE)
            a->undo_import = now_at[a->undo_import];
    }
}

static void program(Emit *e)
{
    const Sem *s = e->sem;
    emit_declarations(e);
    emit_calendars(e);
    emit_phases(e);
    emit_steps(e);
    sort_imports(e);
    e->p.name = emit_string(e, s->name);
    e->p.title = emit_string(e, s->title);
    e->p.doc = emit_string(e, s->doc);
    e->p.file = emit_string(e, emit_base_name(s->file->path));
}

static Emit *begin(const Sem *sem, DiagList *diags, Arena *arena)
{
    Emit *e = ARENA_NEW(arena, Emit, 1);
    e->sem = sem;
    e->arena = arena;
    e->diags = diags;
    e->type_of = ARENA_NEW(e->arena, uint32_t, sem->n_types + 1);
    e->iter_of = ARENA_NEW(e->arena, uint32_t, sem->n_types + 1);
    e->import_of = ARENA_NEW(e->arena, uint32_t, sem->n_tools + 1);
    e->event_of = ARENA_NEW(e->arena, uint32_t, sem->n_events + 1);
    e->pack_of = ARENA_NEW(e->arena, uint32_t, sem->n_connectors + 1);
    EMIT_RESERVE(e, phases, sem->n_phases);
    EMIT_RESERVE(e, gates, sem->n_gates);
    EMIT_RESERVE(e, actions, sem->n_actions);
    EMIT_RESERVE(e, spans, sem->n_phases + sem->n_gates + sem->n_actions);
    EMIT_RESERVE(e, strings, 2 * (sem->n_phases + sem->n_actions) + 1);
    emit_string(e, STR(""));
    e->at_file = sem->file;
    measure_types(e);
    return e;
}

const Program *emit_rows(const Sem *sem, DiagList *diags, Arena *arena)
{
    Emit *e = begin(sem, diags, arena);
    e->rows_only = true;
    program(e);
    return e->failed ? NULL : &e->p;
}

Program *emit_program(const Sem *sem, DiagList *diags)
{
    Emit *e = begin(sem, diags, sem->arena);
    Buf bytes = {0};
    Program *out = NULL;
    program(e);
    if (e->failed)
        return NULL;
    /* Through the file format and back: the program then owns its memory, has
     * its hash, and every reference in it has been tested. */
    GateStatus st = prog_write(&e->p, &bytes);
    if (st == GATE_E_LIMIT)
        emit_limit(e, "bytes, once compiled,", LIM_PROGRAM_BYTES);
    if (st == GATE_OK)
        st = prog_read(buf_view(&bytes), &out, NULL);
    buf_free(&bytes);
    assert(st != GATE_E_FORMAT);
    if (st == GATE_E_MEMORY)
        arena_alloc(e->arena, SIZE_MAX); /* to where exhausted memory is told */
    return out;
}
