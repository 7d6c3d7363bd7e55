/* Owns: the tables of the program: from what a plan means (sem.h) to rows of
 * program.def. Must not know: how expressions become code (expr.c). */
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

/* The file's own name: where it lies is no part of what it means, and the same
 * plan gives the same bytes from wherever it is compiled. */
static Str base_name(Str path)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return (Str){path.p + n, path.n - n};
}

uint32_t emit_span(Emit *e, const SemFile *file, SynRef node)
{
    ProgSpan row = {0};
    row.file = emit_string(e, base_name(file->source.path));
    syn_place(file->source.tree, syn(file->source.tree, node)->start, &row.line,
              &row.column);
    *EMIT_ROW(e, spans) = row;
    return e->p.n_spans - 1;
}

static uint32_t span_of(Emit *e, SynRef node)
{
    return emit_span(e, e->sem->file, node);
}

/* --- sections of one expression --------------------------------------------------- */

/* A function that gives one value of type t; its name is for dumps. PROG_NONE
 * for no expression. */
static uint32_t value_fn(Emit *e, FuncKind kind, SemExpr x, SemType t,
                         const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static uint32_t value_fn(Emit *e, FuncKind kind, SemExpr x, SemType t,
                         const char *fmt, ...)
{
    char name[NAME_ROOM];
    va_list ap;
    if (x.node == 0)
        return PROG_NONE;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    e->at_file = x.file;
    e->at_node = x.node;
    code_open(e, kind, emit_string(e, arena_str(e->arena, str_of(name))));
    unsigned reg = code_reg(e, t);
    expr_to(e, x, reg);
    code_abc(e, OP_RET, reg, 0, 0);
    return code_close(e, t);
}

static bool is_plain_text(SemExpr x)
{
    return x.node != 0 && syn(x.file->source.tree, x.node)->kind == SYN_TEXT;
}

/* --- rows ------------------------------------------------------------------------- */

static void inputs(Emit *e)
{
    const Sem *s = e->sem;
    for (uint32_t i = 0; i < s->n_inputs; i++) {
        const SemInput *in = &s->inputs[i];
        ProgInput row = {0};
        row.name = emit_string(e, in->name);
        row.type = emit_type(e, in->type);
        row.span = span_of(e, in->node);
        row.default_fn = value_fn(e, FK_VALUE, in->fallback, in->type,
                                  "input.%.*s.default", STR_ARG(in->name));
        row.low_fn = value_fn(e, FK_VALUE, in->low, in->type,
                              "input.%.*s.low", STR_ARG(in->name));
        row.high_fn = value_fn(e, FK_VALUE, in->high, in->type,
                               "input.%.*s.high", STR_ARG(in->name));
        *EMIT_ROW(e, inputs) = row;
    }
}

static void roles(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_roles; i++) {
        const SemRole *r = &e->sem->roles[i];
        ProgRole row = {0};
        row.name = emit_string(e, r->name);
        row.title = emit_string(e, r->title);
        row.people_first = e->p.n_names;
        row.people_count = r->n_people;
        for (uint32_t k = 0; k < r->n_people; k++) {
            uint32_t text = emit_string(e, r->people[k]);
            EMIT_ROW(e, names)->text = text;
        }
        *EMIT_ROW(e, roles) = row;
    }
}

static uint32_t role_refs(Emit *e, const uint32_t *roles_of, uint32_t n)
{
    uint32_t first = e->p.n_rolerefs;
    for (uint32_t i = 0; i < n; i++)
        EMIT_ROW(e, rolerefs)->role = roles_of[i];
    return first;
}

static void gate(Emit *e, const SemPhase *p, uint32_t *out)
{
    *out = PROG_NONE;
    if (p->gate == SEM_NONE)
        return;
    const SemGate *g = &e->sem->gates[p->gate];
    ProgGate row = {0};
    row.level = (uint32_t)g->level;
    row.who = g->by.kind;
    row.quorum = g->by.quorum;
    row.by_first = role_refs(e, g->by.roles, g->by.n);
    row.by_count = g->by.n;
    row.within_ms = sem_ms(g->within);
    row.good_for_ms = sem_ms(g->good_for);
    row.shows_first = e->p.n_shows;
    row.shows_count = g->n_shows;
    row.span = span_of(e, g->node);
    for (uint32_t i = 0; i < g->n_shows; i++) {
        uint32_t label = emit_string(e, g->shows[i].label);
        *EMIT_ROW(e, shows) = (ProgShow){.label = label,
                                         .phase = g->shows[i].phase,
                                         .action = g->shows[i].action,
                                         .check = g->shows[i].check};
    }
    row.question_fn = value_fn(e, FK_TEXT, g->question, TK_TEXT,
                               "%.*s.gate", STR_ARG(p->name));
    *EMIT_ROW(e, gates) = row;
    *out = e->p.n_gates - 1;
}

static void phase_requires(Emit *e, const SemPhase *p, ProgPhase *row)
{
    ProgRequire *rows = ARENA_NEW(e->arena, ProgRequire, p->n_requires + 1);
    for (uint32_t i = 0; i < p->n_requires; i++) {
        const SemRequire *r = &p->requires[i];
        Str words = is_plain_text(r->words)
                        ? syn_decode(r->words.file->source.tree, r->words.node, e->arena)
                        : syn_text(r->cond.file->source.tree, r->cond.node);
        rows[i].text = emit_string(e, words);
        rows[i].span = emit_span(e, r->cond.file, r->node);
        rows[i].fn = value_fn(e, FK_REQUIRE, r->cond, TK_BOOL,
                              "%.*s.require.%u", STR_ARG(p->name), i);
        rows[i].words_fn = PROG_NONE;
        if (!is_plain_text(r->words))
            rows[i].words_fn = value_fn(e, FK_TEXT, r->words, TK_TEXT,
                                        "%.*s.require.%u.words", STR_ARG(p->name), i);
    }
    row->requires_first = e->p.n_requires;
    row->requires_count = p->n_requires;
    for (uint32_t i = 0; i < p->n_requires; i++)
        *EMIT_ROW(e, requires) = rows[i];
}

static void phase(Emit *e, uint32_t index)
{
    const SemPhase *p = &e->sem->phases[index];
    ProgPhase row = {0};
    row.name = emit_string(e, p->name);
    row.title = emit_string(e, p->title);
    row.doc = emit_string(e, p->doc);
    row.needs_any = p->needs_any;
    row.needs_first = e->p.n_needs;
    row.needs_count = p->n_needs;
    row.actions_first = p->n_actions == 0 ? 0 : p->first_action;
    row.actions_count = p->n_actions;
    row.checks_first = p->n_checks == 0 ? 0 : p->first_check;
    row.checks_count = p->n_checks;
    row.on_failure = p->on_failure;
    row.failure_start = p->failure_start;
    row.only_when_started = p->only_when_started;
    row.span = span_of(e, p->node);
    for (uint32_t i = 0; i < p->n_needs; i++)
        *EMIT_ROW(e, needs) = (ProgNeed){p->needs[i].phase, p->needs[i].even_if_failed};
    row.failure_tell_first = role_refs(e, p->failure_tell, p->n_failure_tell);
    row.failure_tell_count = p->n_failure_tell;
    row.when_fn = value_fn(e, FK_WHEN, p->when, TK_BOOL,
                           "%.*s.when", STR_ARG(p->name));
    phase_requires(e, p, &row);
    gate(e, p, &row.gate);
    row.body_fn = p->n_steps == 0 ? PROG_NONE : emit_body(e, index);
    *EMIT_ROW(e, phases) = row;
}

static void action(Emit *e, uint32_t index)
{
    const SemAction *a = &e->sem->actions[index];
    const SemPhase *p = &e->sem->phases[a->phase];
    bool undoes = a->undo_kind == AU_PLAN || a->undo_kind == AU_TOOL;
    uint32_t undo_tool = a->undo_kind == AU_TOOL ? e->sem->tools[a->tool].undo_tool
                                                 : a->undo_tool;
    ProgAction row = {0};
    row.phase = a->phase;
    row.name = emit_string(e, a->name);
    row.title = emit_string(e, a->title);
    row.level = (uint32_t)a->level;
    row.import = emit_import(e, a->tool);
    row.undo_kind = a->undo_kind;
    row.undo_import = undoes ? emit_import(e, undo_tool) : PROG_NONE;
    row.timeout_ms = sem_ms(a->timeout);
    row.retries = a->retries;
    row.retry_every_ms = a->retries == 0 ? 0 : sem_ms(a->retry_every);
    row.is_each = a->each != 0;
    row.at_most = a->at_most == 0 ? 1 : a->at_most;
    row.stop_after = a->stop_after;
    row.conditional = a->when.node != 0;
    row.result = emit_type(e, a->result);
    row.span = span_of(e, a->node);
    row.undo_because_fn = value_fn(e, FK_TEXT, a->undo_because, TK_TEXT,
                                   "%.*s.%.*s.because", STR_ARG(p->name), STR_ARG(a->name));
    *EMIT_ROW(e, actions) = row;
}

static void checks_and_tells(Emit *e)
{
    const Sem *s = e->sem;
    for (uint32_t i = 0; i < s->n_checks; i++) {
        const SemCheck *c = &s->checks[i];
        ProgCheck row = {.phase = c->phase};
        row.name = emit_string(e, c->name);
        row.title = emit_string(e, c->title);
        row.span = span_of(e, c->node);
        *EMIT_ROW(e, checks) = row;
    }
    for (uint32_t i = 0; i < s->n_tells; i++) {
        const SemTell *t = &s->tells[i];
        ProgTell row = {.phase = t->phase, .to_count = t->n_to};
        row.to_first = role_refs(e, t->to, t->n_to);
        *EMIT_ROW(e, tells) = row;
    }
}

static void persons(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_persons; i++) {
        const SemPerson *p = &e->sem->persons[i];
        ProgPerson row = {.ids_first = e->p.n_personids, .ids_count = p->n_ids};
        row.name = emit_string(e, p->name);
        row.title = emit_string(e, p->title);
        for (uint32_t k = 0; k < p->n_ids; k++) {
            uint32_t text = emit_string(e, p->ids[k]);
            *EMIT_ROW(e, personids) = (ProgPersonId){p->kinds[k], text};
        }
        *EMIT_ROW(e, persons) = row;
    }
}

static void grants(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_grants; i++) {
        const SemGrant *g = &e->sem->grants[i];
        ProgGrant row = {.args_first = e->p.n_grantargs, .args_count = g->n};
        row.pack = emit_string(e, g->pack);
        row.tool = emit_string(e, g->tool);
        for (uint32_t k = 0; k < g->n; k++) {
            ProgGrantArg arg = {0};
            arg.name = emit_string(e, g->names[k]);
            arg.fn = value_fn(e, FK_VALUE, g->values[k], expr_type(g->values[k]),
                              "grant.%.*s.%.*s.%u.%.*s", STR_ARG(g->pack), STR_ARG(g->tool), i, STR_ARG(g->names[k]));
            *EMIT_ROW(e, grantargs) = arg;
        }
        *EMIT_ROW(e, grants) = row;
    }
}

static void settings(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_settings; i++) {
        const SemSetting *g = &e->sem->settings[i];
        ProgSetting row = {0};
        row.name = emit_string(e, g->name);
        row.fn = value_fn(e, FK_VALUE, g->value, expr_type(g->value),
                          "setting.%.*s", STR_ARG(g->name));
        *EMIT_ROW(e, settings) = row;
    }
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
    emit_string(e, STR(""));
    e->at_file = s->file;
    measure_types(e);
    inputs(e);
    roles(e);
    checks_and_tells(e);
    for (uint32_t i = 0; i < s->n_phases; i++)
        phase(e, i);
    for (uint32_t i = 0; i < s->n_actions; i++)
        action(e, i);
    persons(e);
    grants(e);
    settings(e);
    sort_imports(e);
    e->p.name = emit_string(e, s->name);
    e->p.title = emit_string(e, s->title);
    e->p.doc = emit_string(e, s->doc);
    e->p.file = emit_string(e, base_name(s->file->path));
}

Program *emit_program(const Sem *sem, DiagList *diags)
{
    Emit *e = ARENA_NEW(sem->arena, Emit, 1);
    Buf bytes = {0};
    Program *out = NULL;
    e->sem = sem;
    e->arena = sem->arena;
    e->diags = diags;
    e->type_of = ARENA_NEW(e->arena, uint32_t, sem->n_types + 1);
    e->iter_of = ARENA_NEW(e->arena, uint32_t, sem->n_types + 1);
    e->import_of = ARENA_NEW(e->arena, uint32_t, sem->n_tools + 1);
    if (emit_later(e))
        return NULL;
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
