/* Programs by hand, for the tests of interpreter and verifier: tables that grow,
 * a small assembler, and one program that has a bit of everything. */
#ifndef GATE_TESTS_CORE_UTIL_H
#define GATE_TESTS_CORE_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "vm/core/builtin.h"
#include "vm/core/vm.h"
#include "vm/os/limits.h"

/* Types: a plain kind has its own number, then these. */
enum {
    T_ONEOF = TK_SECRET + 1, T_TEXTS, T_NUMBERS, T_BOOLS, T_RECORD, T_RECORDS,
    T_EMAILS, T_DURATIONS, T_MATRIX, T_ITER_TEXT, T_ITER_NUMBER, T_STATUS, T_STATUSES
};

enum { ROWS = 64, CODES = 512 };

typedef struct Asm {
    Program p;
#define TABLE(Row, plural) Prog##Row plural[ROWS];
#include "vm/core/program.def"
    ProgRegType more_regs[6 * ROWS];
    Str strings[4 * ROWS];
    uint32_t code[CODES];
} Asm;

/* A row at the end of a table: ADD(a, imports)->pack = ... */
#define ADD(a, plural) (assert_true((a)->p.n_##plural < ROWS), &(a)->plural[(a)->p.n_##plural++])

static inline uint32_t str(Asm *a, const char *z)
{
    for (uint32_t i = 0; i < a->p.n_strings; i++)
        if (str_is(a->strings[i], z))
            return i;
    a->strings[a->p.n_strings] = str_of(z);
    return a->p.n_strings++;
}

static inline void add_list(Asm *a, uint32_t kind, uint32_t elem)
{
    *ADD(a, types) = (ProgType){kind, elem, 0, 0};
}

static inline void add_record(Asm *a, uint32_t kind, const char *const *names,
                              const uint32_t *types, uint32_t n)
{
    uint32_t first = a->p.n_fields;
    for (uint32_t i = 0; i < n; i++)
        *ADD(a, fields) = (ProgField){str(a, names[i]), types == NULL ? PROG_NONE : types[i]};
    *ADD(a, types) = (ProgType){kind, PROG_NONE, first, n};
}

static inline void start(Asm *a)
{
    memset(a, 0, sizeof *a);
#define TABLE(Row, plural) a->p.plural = a->plural;
#include "vm/core/program.def"
    a->p.regs = a->more_regs;
    a->p.strings = a->strings;
    a->p.code = a->code;
    str(a, "");
    for (uint32_t k = 0; k <= TK_SECRET; k++)
        *ADD(a, types) = (ProgType){k, PROG_NONE, 0, 0};
    add_record(a, TK_ONEOF, (const char *const[]){"x", "y"}, NULL, 2);
    add_list(a, TK_LIST, TK_TEXT);
    add_list(a, TK_LIST, TK_NUMBER);
    add_list(a, TK_LIST, TK_BOOL);
    add_record(a, TK_RECORD, (const char *const[]){"a", "b"}, (const uint32_t[]){TK_TEXT, TK_NUMBER}, 2);
    add_list(a, TK_LIST, T_RECORD);
    add_list(a, TK_LIST, TK_EMAIL);
    add_list(a, TK_LIST, TK_DURATION);
    add_list(a, TK_LIST, T_NUMBERS);
    add_list(a, TK_ITER, TK_TEXT);
    add_list(a, TK_ITER, TK_NUMBER);
    add_record(a, TK_RECORD, (const char *const[]){"status", "output"}, (const uint32_t[]){TK_NUMBER, TK_TEXT}, 2);
    add_list(a, TK_LIST, T_STATUS);
}

/* --- functions ---------------------------------------------------------------- */

static inline void open_func(Asm *a, FuncKind kind, const char *name, uint32_t result)
{
    *ADD(a, funcs) = (ProgFunc){.kind = kind, .name = str(a, name), .code_first = a->p.n_code,
                                .regs_first = a->p.n_regs, .consts_first = a->p.n_consts,
                                .sites_first = a->p.n_sites, .result = result};
}

static inline uint32_t close_func(Asm *a)
{
    ProgFunc *f = &a->funcs[a->p.n_funcs - 1];
    f->code_count = a->p.n_code - f->code_first;
    f->regs_count = a->p.n_regs - f->regs_first;
    f->consts_count = a->p.n_consts - f->consts_first;
    f->sites_count = a->p.n_sites - f->sites_first;
    return a->p.n_funcs - 1;
}

static inline unsigned reg(Asm *a, uint32_t type)
{
    a->more_regs[a->p.n_regs].type = type;
    return a->p.n_regs++ - a->funcs[a->p.n_funcs - 1].regs_first;
}

/* The instruction's place in all code, for tests that change it later. */
static inline uint32_t op3(Asm *a, VmOpcode op, unsigned x, unsigned y, unsigned z)
{
    a->code[a->p.n_code] = ins_abc(op, x, y, z);
    return a->p.n_code++;
}

static inline uint32_t opx(Asm *a, VmOpcode op, unsigned r, uint32_t x)
{
    a->code[a->p.n_code] = ins_ax(op, r, x);
    return a->p.n_code++;
}

/* A forward jump to the place that land() names. */
static inline void land(Asm *a, uint32_t jump)
{
    a->code[jump] |= (a->p.n_code - jump - 1) << 16;
}

static inline void jump_back(Asm *a, uint32_t to)
{
    opx(a, OP_JMP, 0, (uint32_t)((int64_t)to - a->p.n_code - 1) & 0xffff);
}

static inline void load(Asm *a, unsigned r, Value v)
{
    const ProgFunc *f = &a->funcs[a->p.n_funcs - 1];
    ProgConst k = {.tag = v.tag, .scale = v.scale};
    if (v.tag == V_TEXT) {
        k.text = str(a, v.u.s); /* a literal of the test: it ends with a NUL */
    } else {
        k.num = v.u.i;
    }
    uint32_t x = f->consts_first;
    while (x < a->p.n_consts && memcmp(&a->consts[x], &k, sizeof k) != 0)
        x++;
    if (x == a->p.n_consts)
        *ADD(a, consts) = k;
    opx(a, OP_LOADK, r, x - f->consts_first);
}

static inline void load_text(Asm *a, unsigned r, const char *z)
{
    ProgConst k = {.tag = V_TEXT, .text = str(a, z)};
    *ADD(a, consts) = k;
    opx(a, OP_LOADK, r, a->p.n_consts - 1 - a->funcs[a->p.n_funcs - 1].consts_first);
}

static inline unsigned number(Asm *a, int64_t i)
{
    unsigned r = reg(a, TK_NUMBER);
    load(a, r, val_int(i));
    return r;
}

static inline unsigned text(Asm *a, const char *z)
{
    unsigned r = reg(a, TK_TEXT);
    load_text(a, r, z);
    return r;
}

static inline uint32_t site(Asm *a, uint32_t import, uint32_t action, SiteRole role)
{
    *ADD(a, sites) = (ProgSite){import, action, role, 0};
    return a->p.n_sites - 1 - a->funcs[a->p.n_funcs - 1].sites_first;
}

/* --- through the file format ------------------------------------------------------ */

static inline Program *loaded(Asm *a)
{
    Buf bytes = {0}, why = {0};
    Program *p = NULL;
    assert_int_equal(prog_write(&a->p, &bytes), GATE_OK);
    if (prog_read(buf_view(&bytes), &p, &why) != GATE_OK)
        fail_msg("not readable: %s", buf_z(&why));
    assert_true(hash_eq(&p->hash, &a->p.hash));
    buf_free(&bytes);
    buf_free(&why);
    return p;
}

static inline Program *verified(Asm *a)
{
    Buf why = {0};
    Program *p = loaded(a);
    if (prog_verify(p, &why) != GATE_OK)
        fail_msg("refused: %s", buf_z(&why));
    buf_free(&why);
    return p;
}

/* --- a bit of everything --------------------------------------------------------------- */

enum { IN_NAMES, IN_N }; /* inputs */
enum { I_HASH, I_IMAGE, I_RESTORE, I_WRITE, I_CHANGE, I_DESTROY }; /* imports */
enum { A_SEE, A_EACH, A_WRITE, A_WIPE }; /* actions */
/* Places in the code that tests change. */
typedef struct Marks {
    uint32_t see_action, see_when, see_call, see_done, check, tell, end;
    uint32_t iter, next, each, undo, each_call, back, each_done;
    uint32_t image, write_undo, write_call, wipe_call;
    uint32_t body[2], require, words, when, question, because, value;
} Marks;

static inline void add_import(Asm *a, const char *pack, const char *tool, Effect e,
                              ToolUndo undo, uint32_t result, const uint32_t *types, uint32_t n)
{
    *ADD(a, imports) = (ProgImport){.pack = str(a, pack), .tool = str(a, tool), .effect = e,
                                    .undo = undo, .params_first = a->p.n_params,
                                    .params_count = n, .result = result};
    for (uint32_t i = 0; i < n; i++)
        *ADD(a, params) = (ProgParam){str(a, "p"), types[i], i == 0 ? PF_TARGET : 0};
}

static inline void make_look(Asm *a, Marks *m)
{
    open_func(a, FK_BODY, "look.body", PROG_NONE);
    unsigned when = reg(a, TK_BOOL), result = reg(a, T_RECORD), arg = reg(a, TK_TEXT);
    m->see_action = opx(a, OP_ACTION, 0, A_SEE);
    load(a, when, val_bool(true));
    m->see_when = opx(a, OP_WHEN, when, 0);
    load_text(a, arg, "x");
    m->see_call = opx(a, OP_CALL, result, site(a, I_HASH, A_SEE, SITE_RUN));
    m->see_done = opx(a, OP_DONE, 0, A_SEE);
    land(a, m->see_when);
    load(a, when, val_bool(true));
    m->check = opx(a, OP_CHECK, when, 0);
    load_text(a, arg, "done");
    m->tell = opx(a, OP_TELL, arg, 0);
    m->end = op3(a, OP_END, 0, 0, 0);
    m->body[0] = close_func(a);
}

static inline void make_go(Asm *a, Marks *m)
{
    open_func(a, FK_BODY, "go.body", PROG_NONE);
    unsigned names = reg(a, T_TEXTS), it = reg(a, T_ITER_TEXT), name = reg(a, TK_TEXT);
    unsigned result = reg(a, T_STATUS), argv = reg(a, T_TEXTS), undo = reg(a, T_TEXTS);
    unsigned wrote = reg(a, T_STATUS), path = reg(a, TK_TEXT), content = reg(a, TK_TEXT);
    unsigned image = reg(a, T_RECORD), of = reg(a, TK_TEXT), back = reg(a, TK_TEXT), old = reg(a, TK_TEXT);
    opx(a, OP_ACTION, 0, A_EACH);
    opx(a, OP_INPUT, names, IN_NAMES);
    m->iter = op3(a, OP_ITER, it, names, 0);
    m->next = opx(a, OP_NEXT, it, 0);
    m->each = opx(a, OP_EACH, name, A_EACH);
    op3(a, OP_LIST, argv, name, 1);
    op3(a, OP_LIST, undo, name, 1);
    m->undo = opx(a, OP_UNDO, undo, site(a, I_CHANGE, A_EACH, SITE_UNDO));
    m->each_call = opx(a, OP_CALL, result, site(a, I_CHANGE, A_EACH, SITE_RUN));
    m->back = a->p.n_code;
    jump_back(a, m->next);
    land(a, m->next);
    m->each_done = opx(a, OP_DONE, 0, A_EACH);
    opx(a, OP_ACTION, 0, A_WRITE);
    load_text(a, path, "out");
    load_text(a, content, "text");
    op3(a, OP_MOVE, of, path, 0);
    m->image = opx(a, OP_CALL, image, site(a, I_IMAGE, PROG_NONE, SITE_READ));
    op3(a, OP_MOVE, back, path, 0);
    op3(a, OP_MEMBER, old, image, 0);
    m->write_undo = opx(a, OP_UNDO, back, site(a, I_RESTORE, A_WRITE, SITE_UNDO));
    m->write_call = opx(a, OP_CALL, wrote, site(a, I_WRITE, A_WRITE, SITE_RUN));
    opx(a, OP_DONE, 0, A_WRITE);
    opx(a, OP_ACTION, 0, A_WIPE);
    load_text(a, name, "rm");
    op3(a, OP_LIST, argv, name, 1);
    m->wipe_call = opx(a, OP_CALL, result, site(a, I_DESTROY, A_WIPE, SITE_RUN));
    opx(a, OP_DONE, 0, A_WIPE);
    op3(a, OP_END, 0, 0, 0);
    m->body[1] = close_func(a);
}

static inline uint32_t one_value(Asm *a, FuncKind kind, const char *name, uint32_t type, Value v)
{
    open_func(a, kind, name, type);
    unsigned r = reg(a, type);
    load(a, r, v);
    op3(a, OP_RET, r, 0, 0);
    return close_func(a);
}

static inline void add_action(Asm *a, uint32_t phase, const char *name, uint32_t import,
                              ActionUndo undo, uint32_t undo_import, uint32_t level)
{
    *ADD(a, actions) = (ProgAction){
        .phase = phase, .name = str(a, name), .level = level, .import = import,
        .undo_kind = undo, .undo_import = undo_import, .undo_because_fn = PROG_NONE,
        .timeout_ms = -1, .at_most = 1, .result = a->imports[import].result};
}

static inline void make_tables(Asm *a, Marks *m)
{
    *ADD(a, spans) = (ProgSpan){0, 1, 1};
    uint32_t two[] = {TK_TEXT, TK_TEXT}, argv[] = {T_TEXTS};
    add_import(a, "file", "hash", EFF_READS, UNDO_NONE, T_RECORD, two, 1);
    add_import(a, "file", "image", EFF_READS, UNDO_NONE, T_RECORD, two, 1);
    add_import(a, "file", "restore", EFF_CHANGES, UNDO_NONE, T_STATUS, two, 2);
    add_import(a, "file", "write", EFF_CHANGES, UNDO_EXACT, T_STATUS, two, 2);
    add_import(a, "shell", "change", EFF_CHANGES, UNDO_NONE, T_STATUS, argv, 1);
    add_import(a, "shell", "destroy", EFF_DESTROYS, UNDO_NONE, T_STATUS, argv, 1);
    add_action(a, 0, "see", I_HASH, AU_NOTHING, PROG_NONE, 0);
    add_action(a, 1, "each_one", I_CHANGE, AU_PLAN, I_CHANGE, 2);
    add_action(a, 1, "write", I_WRITE, AU_TOOL, I_RESTORE, 0);
    add_action(a, 1, "wipe", I_DESTROY, AU_NONE, PROG_NONE, 2);
    a->actions[A_SEE].conditional = 1;
    a->actions[A_EACH].is_each = 1;
    a->actions[A_EACH].result = T_STATUSES;
    *ADD(a, checks) = (ProgCheck){0, str(a, "fine"), 0, 0};
    *ADD(a, roles) = (ProgRole){str(a, "owner"), 0, 0, 0};
    *ADD(a, roles) = (ProgRole){str(a, "lead"), 0, 0, 0};
    for (int i = 0; i < 3; i++)
        ADD(a, rolerefs)->role = (uint32_t)i % 2;
    *ADD(a, tells) = (ProgTell){0, 0, 1};
    make_look(a, m);
    make_go(a, m);
    m->require = one_value(a, FK_REQUIRE, "look.require.0", TK_BOOL, val_bool(true));
    m->words = one_value(a, FK_TEXT, "look.require.0.words", TK_TEXT, val_text(STR("words")));
    m->when = one_value(a, FK_WHEN, "look.when", TK_BOOL, val_bool(true));
    m->question = one_value(a, FK_TEXT, "go.gate", TK_TEXT, val_text(STR("Go?")));
    m->because = one_value(a, FK_TEXT, "go.wipe.because", TK_TEXT, val_text(STR("gone")));
    m->value = one_value(a, FK_VALUE, "input.n.default", TK_NUMBER, val_int(3));
    a->actions[A_WIPE].undo_because_fn = m->because;
    *ADD(a, inputs) = (ProgInput){str(a, "names"), T_TEXTS, PROG_NONE, PROG_NONE, PROG_NONE, 0};
    *ADD(a, inputs) = (ProgInput){str(a, "n"), TK_NUMBER, m->value, m->value, m->value, 0};
    *ADD(a, requires) = (ProgRequire){m->require, m->words, 0, 0};
    *ADD(a, needs) = (ProgNeed){0, 0};
    *ADD(a, gates) = (ProgGate){.level = 2, .question_fn = m->question, .who = WHO_ALL,
                                .quorum = 2, .by_first = 1, .by_count = 2,
                                .within_ms = 86400000, .good_for_ms = -1};
    *ADD(a, phases) = (ProgPhase){.name = str(a, "look"), .when_fn = m->when, .requires_count = 1,
                                  .gate = PROG_NONE, .actions_count = 1, .checks_count = 1,
                                  .body_fn = m->body[0], .failure_start = PROG_NONE};
    *ADD(a, phases) = (ProgPhase){.name = str(a, "go"), .needs_count = 1, .when_fn = PROG_NONE,
                                  .gate = 0, .actions_first = 1, .actions_count = 3,
                                  .body_fn = m->body[1], .failure_start = PROG_NONE};
    a->p.name = str(a, "everything");
}

static inline Marks everything(Asm *a)
{
    Marks m = {0};
    start(a);
    make_tables(a, &m);
    return m;
}

#endif
