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
    T_EMAILS, T_DURATIONS, T_MATRIX, T_ITER_TEXT, T_ITER_NUMBER, T_STATUS, T_STATUSES, T_EVENT
};

enum { ROWS = 128, CODES = 512 };

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
    add_record(a, TK_RECORD, (const char *const[]){"users", "urgent"}, (const uint32_t[]){T_TEXTS, TK_BOOL}, 2);
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
enum { I_HASH, I_IMAGE, I_RESTORE, I_WRITE, I_CHANGE, I_DESTROY, I_FOREIGN }; /* imports */
enum { A_SEE, A_EACH, A_WRITE, A_WIPE, A_ONE, A_TWO }; /* actions */
enum { C_FINE, C_HELD }; /* checks */
enum { ASK_GATE, ASK_TASK }; /* answers */
enum { D_DAY, D_BUSINESS, D_HOUR }; /* durations */
/* Places in the code that tests change. */
typedef struct Marks {
    uint32_t see_action, see_when, see_call, see_done, check, tell, end;
    uint32_t iter, next, each, undo, each_call, back, each_done;
    uint32_t image, write_undo, write_call, wipe_call;
    uint32_t body[3], require, words, when, question, because, value;
    uint32_t one_done, between, two_action, two_done, await, event, gate_answer, task, task_answer, poll, secret;
    uint32_t moment, match, start_where, start_value, timed_value, rule, rule_words, held, spell, rule_of[5];
} Marks;

static inline void add_import(Asm *a, const char *pack, const char *tool, Effect e,
                              ToolUndo undo, uint32_t result, const uint32_t *types, uint32_t n)
{
    *ADD(a, imports) = (ProgImport){.pack = str(a, pack), .tool = str(a, tool), .effect = e,
                                    .from = PROG_NONE, .undo = undo, .params_first = a->p.n_params,
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

/* So many texts are moved on to the next in each round of the loop of go.body. */
static uint32_t go_chain;

static inline void move_on(Asm *a, unsigned result)
{
    unsigned first = 0;
    for (uint32_t i = 0; i <= go_chain; i++)
        first = i == 0 ? reg(a, TK_TEXT) : (reg(a, TK_TEXT), first);
    for (uint32_t i = go_chain; i > 0; i--)
        op3(a, OP_MOVE, first + i, first + i - 1, 0);
    op3(a, OP_MEMBER, first, result, 1);
}

static inline void make_go(Asm *a, Marks *m)
{
    open_func(a, FK_BODY, "go.body", PROG_NONE);
    unsigned names = reg(a, T_TEXTS), it = reg(a, T_ITER_TEXT), name = reg(a, TK_TEXT);
    unsigned result = reg(a, T_STATUS), argv = reg(a, T_TEXTS), undo = reg(a, T_TEXTS);
    unsigned wrote = reg(a, T_STATUS), path = reg(a, TK_TEXT), content = reg(a, TK_TEXT);
    unsigned image = reg(a, T_RECORD), of = reg(a, TK_TEXT), back = reg(a, TK_TEXT), old = reg(a, TK_TEXT);
    reg(a, TK_BOOL), reg(a, T_EVENT); /* 13 and 14: for tests that change the code */
    opx(a, OP_ACTION, 0, A_EACH);
    opx(a, OP_INPUT, names, IN_NAMES);
    m->iter = op3(a, OP_ITER, it, names, 0);
    m->next = opx(a, OP_NEXT, it, 0);
    m->each = opx(a, OP_EACH, name, A_EACH);
    op3(a, OP_LIST, argv, name, 1);
    op3(a, OP_LIST, undo, name, 1);
    m->undo = opx(a, OP_UNDO, undo, site(a, I_CHANGE, A_EACH, SITE_UNDO));
    m->each_call = opx(a, OP_CALL, result, site(a, I_CHANGE, A_EACH, SITE_RUN));
    if (go_chain > 0)
        move_on(a, result);
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
        .title_fn = PROG_NONE, .undo_kind = undo, .undo_import = undo_import,
        .undo_because_fn = PROG_NONE, .not_before = PROG_NONE, .lock_fn = PROG_NONE,
        .timeout = PROG_NONE, .retry_every = PROG_NONE, .pause = PROG_NONE, .at_most = 1,
        .result = a->imports[import].result};
}

static inline ProgPhase plain_phase(uint32_t name)
{
    return (ProgPhase){.name = name, .title_fn = PROG_NONE, .when_fn = PROG_NONE,
                       .estimate_low = PROG_NONE, .estimate_high = PROG_NONE,
                       .deadline = PROG_NONE, .gate = PROG_NONE, .body_fn = PROG_NONE,
                       .failure_start = PROG_NONE};
}

static inline ProgGate plain_gate(uint32_t level, uint32_t who, uint32_t quorum, uint32_t by, uint32_t n)
{
    return (ProgGate){.level = level, .question_fn = PROG_NONE, .who = who, .quorum = quorum,
                      .by_first = by, .by_count = n, .within = PROG_NONE,
                      .again_every = PROG_NONE, .remind = PROG_NONE, .not_before = PROG_NONE,
                      .good_for = PROG_NONE};
}

/* --- people, time and what starts a run --------------------------------------------- */

/* A section that is given a record and looks at its member n. */
static inline uint32_t about(Asm *a, FuncKind kind, const char *name, uint32_t type, uint32_t n,
                             uint32_t result)
{
    open_func(a, kind, name, result);
    unsigned r = reg(a, type), v = reg(a, result);
    op3(a, OP_MEMBER, v, r, n);
    op3(a, OP_RET, v, 0, 0);
    return close_func(a);
}

/* A subject's record, and a rule that gives its member n. */
static inline uint32_t subject_type(Asm *a, Subject s)
{
    static const uint32_t types[] = {[SUBJECT_IS_TEXT] = TK_TEXT, [SUBJECT_IS_LEVEL] = TK_LEVEL,
                                     [SUBJECT_IS_NUMBER] = TK_NUMBER, [SUBJECT_IS_BOOL] = TK_BOOL,
                                     [SUBJECT_IS_DURATION] = TK_DURATION, [SUBJECT_IS_NAMES] = T_TEXTS,
                                     [SUBJECT_IS_EFFECT] = T_ONEOF, [SUBJECT_IS_REACH] = T_ONEOF,
                                     [SUBJECT_IS_ASSURE] = T_ONEOF};
    const char *names[32];
    uint32_t of[32], n = 0, gate = s == SUBJECT_PHASE || s == SUBJECT_ACTION ? subject_type(a, SUBJECT_GATE) : 0;
    SubjectMember type;
    for (; (names[n] = subject_member(s, n, &type)) != NULL; n++)
        of[n] = type == SUBJECT_IS_GATE ? gate : types[type];
    add_record(a, TK_RECORD, names, of, n);
    return a->p.n_types - 1;
}

static inline uint32_t member_of(Subject s, const char *name)
{
    SubjectMember type;
    uint32_t i = 0;
    while (strcmp(subject_member(s, i, &type), name) != 0)
        i++;
    return i;
}

static inline void add_duration(Asm *a, uint32_t kind, int64_t n, uint32_t calendar)
{
    *ADD(a, durations) = (ProgDuration){kind, n, calendar};
}

static inline void make_time(Asm *a, Marks *m)
{
    *ADD(a, opens) = (ProgOpen){.last_day = 4, .from_s = 8 * 3600, .to_s = 17 * 3600};
    *ADD(a, opens) = (ProgOpen){.is_date = 1, .date = 20000, .to_s = 86400};
    *ADD(a, closeds) = (ProgClosed){20001, 20003, str(a, "Holidays")};
    *ADD(a, holidays) = (ProgHoliday){str(a, "sk.ics"), str(a, "BEGIN:VCALENDAR")};
    *ADD(a, calendars) = (ProgCalendar){.name = str(a, "office"), .zone = str(a, "Europe/Bratislava"),
                                        .opens_count = 2, .closed_count = 1, .holidays_count = 1};
    add_duration(a, DUR_CLOCK, 86400000, PROG_NONE);
    add_duration(a, DUR_DAYS, 2, 0);
    add_duration(a, DUR_CLOCK, 3600000, PROG_NONE);
    open_func(a, FK_MOMENT, "people.deadline", TK_INSTANT);
    op3(a, OP_NOW, reg(a, TK_INSTANT), 0, 0);
    op3(a, OP_RET, 0, 0, 0);
    m->moment = close_func(a);
    for (uint32_t kind = 0; kind < MOMENT_COUNT; kind++)
        *ADD(a, moments) = (ProgMoment){.kind = kind, .ms = kind <= MOMENT_INSTANT ? 86400000 : 0,
                                        .calendar = kind == MOMENT_DATE ? 0 : PROG_NONE,
                                        .value_fn = kind == MOMENT_VALUE ? m->moment : PROG_NONE,
                                        .phase = kind == MOMENT_PHASE ? 0 : PROG_NONE,
                                        .milestone = kind == MOMENT_MILESTONE ? 0 : PROG_NONE,
                                        .after = kind == MOMENT_PHASE ? D_BUSINESS : PROG_NONE};
    *ADD(a, durings) = (ProgDuring){0, 0, 0};
    *ADD(a, durings) = (ProgDuring){0, 1, 0};
    *ADD(a, durings) = (ProgDuring){0, 0, 0};
    *ADD(a, milestones) = (ProgMilestone){.name = str(a, "live"), .needs_first = 1, .needs_count = 1,
                                          .due = MOMENT_DATE};
    *ADD(a, milestones) = (ProgMilestone){.name = str(a, "later"), .due = MOMENT_MILESTONE};
}

static inline void make_people_body(Asm *a, Marks *m)
{
    open_func(a, FK_BODY, "people.body", PROG_NONE);
    unsigned arg = reg(a, TK_TEXT), result = reg(a, T_RECORD), path = reg(a, TK_TEXT);
    unsigned answer = reg(a, TK_NUMBER), yes = reg(a, TK_BOOL), secret = reg(a, TK_SECRET);
    unsigned event = reg(a, T_EVENT);
    load_text(a, arg, "x");
    op3(a, OP_MOVE, path, arg, 0);
    opx(a, OP_ACTION, 0, A_ONE);
    opx(a, OP_CALL, result, site(a, I_HASH, A_ONE, SITE_RUN));
    m->one_done = opx(a, OP_DONE, 0, A_ONE);
    m->between = op3(a, OP_NOP, 0, 0, 0);
    m->two_action = opx(a, OP_ACTION, 0, A_TWO);
    opx(a, OP_CALL, result, site(a, I_FOREIGN, A_TWO, SITE_RUN));
    m->two_done = opx(a, OP_DONE, 0, A_TWO);
    opx(a, OP_RESULT, result, A_ONE);
    m->await = opx(a, OP_AWAIT, 0, 0);
    m->event = opx(a, OP_EVENT, event, 0);
    m->gate_answer = opx(a, OP_ANSWER, answer, ASK_GATE);
    m->secret = opx(a, OP_SECRET, secret, 0);
    m->task = opx(a, OP_TASK, 0, 0);
    m->task_answer = opx(a, OP_ANSWER, yes, ASK_TASK);
    m->poll = opx(a, OP_POLL, 0, C_HELD);
    op3(a, OP_END, 0, 0, 0);
    m->body[2] = close_func(a);
}

static inline void make_people(Asm *a, Marks *m)
{
    make_people_body(a, m);
    m->held = one_value(a, FK_REQUIRE, "people.held", TK_BOOL, val_bool(true));
    m->match = about(a, FK_MATCH, "people.came.where", T_EVENT, 1, TK_BOOL);
    m->spell = one_value(a, FK_TEXT, "people.spell", TK_TEXT, val_text(STR("spell")));
    add_action(a, 2, "one", I_HASH, AU_NOTHING, PROG_NONE, 0);
    add_action(a, 2, "two", I_FOREIGN, AU_NOTHING, PROG_NONE, 0);
    a->actions[A_ONE].together = a->actions[A_TWO].together = 1;
    *ADD(a, checks) = (ProgCheck){2, str(a, "held"), 0, m->spell, m->held, D_HOUR, D_DAY, D_HOUR, 0};
    *ADD(a, rolerefs) = (ProgRoleRef){1};
    *ADD(a, rolerefs) = (ProgRoleRef){0};
    *ADD(a, rolerefs) = (ProgRoleRef){1};
    *ADD(a, asks) = (ProgAsk){str(a, "how_many"), TK_NUMBER, 2, PROG_NONE, 0};
    *ADD(a, asks) = (ProgAsk){str(a, "went_well"), TK_BOOL, 2, 0, 0};
    *ADD(a, shows) = (ProgShow){str(a, "look.see"), 0, A_SEE, PROG_NONE, PROG_NONE, PROG_NONE, PROG_NONE};
    *ADD(a, shows) = (ProgShow){str(a, "look"), 0, PROG_NONE, PROG_NONE, PROG_NONE, PROG_NONE, PROG_NONE};
    *ADD(a, tasks) = (ProgTask){.phase = 2, .name = str(a, "work"), .title_fn = m->spell,
                                .who = WHO_ONE, .quorum = 1, .by_first = 3, .by_count = 1,
                                .steps_fn = m->spell, .asks_first = ASK_TASK, .asks_count = 1,
                                .shows_first = 1, .shows_count = 1, .within = D_BUSINESS,
                                .remind = D_HOUR, .during_first = 2, .during_count = 1,
                                .undo_fn = m->spell, .undo_because_fn = PROG_NONE};
    *ADD(a, awaits) = (ProgAwait){2, str(a, "came"), 0, m->match, D_DAY, OW_STOP, 0};
    *ADD(a, returns) = (ProgReturn){0, 2, 0};
    *ADD(a, advices) = (ProgAdvice){str(a, "builtin"), 1, 0};
    ProgGate g = plain_gate(3, WHO_ONE, 1, 4, 1);
    g.otherwise = OW_ASK;
    g.others_first = 5;
    g.others_count = 1;
    g.within = D_BUSINESS;
    g.remind = D_HOUR;
    g.not_before = MOMENT_PHASE;
    g.good_for = D_DAY;
    g.assure = ASSURE_SIGNED;
    g.shows_count = g.asks_count = g.returns_count = g.advice_count = 1;
    *ADD(a, gates) = g;
    ProgPhase p = plain_phase(str(a, "people"));
    p.title_fn = m->spell;
    *ADD(a, needs) = (ProgNeed){1, 0, 0};
    *ADD(a, needs) = (ProgNeed){0, 1, 1};
    *ADD(a, needs) = (ProgNeed){1, 1, 1};
    p.needs_first = 2;
    p.needs_count = 2;
    p.estimate_low = D_HOUR;
    p.estimate_high = D_BUSINESS;
    p.deadline = MOMENT_VALUE;
    p.during_first = 1;
    p.during_count = 1;
    p.limit = 200;
    p.limit_unit = str(a, "user");
    *ADD(a, names) = (ProgName){str(a, "cm-3")};
    p.controls_count = 1;
    p.gate = 1;
    p.actions_first = A_ONE;
    p.actions_count = 2;
    p.checks_first = C_HELD;
    p.checks_count = p.tasks_count = p.awaits_count = 1;
    p.body_fn = m->body[2];
    *ADD(a, phases) = p;
}

static inline void make_starts(Asm *a, Marks *m)
{
    *ADD(a, secrets) = (ProgSecret){str(a, "token"), SECRET_ENV, str(a, "TOKEN"), 0};
    *ADD(a, alones) = (ProgAlone){IN_N, 0};
    m->start_where = about(a, FK_START, "start.0.where", T_EVENT, 1, TK_BOOL);
    m->start_value = about(a, FK_START, "start.0.names", T_EVENT, 0, T_TEXTS);
    open_func(a, FK_VALUE, "start.1.names", T_TEXTS);
    op3(a, OP_LIST, reg(a, T_TEXTS), 0, 0);
    op3(a, OP_RET, 0, 0, 0);
    m->timed_value = close_func(a);
    *ADD(a, sets) = (ProgSet){IN_NAMES, m->start_value};
    *ADD(a, sets) = (ProgSet){IN_NAMES, m->timed_value};
    *ADD(a, starts) = (ProgStart){.event = 0, .where_fn = m->start_where, .calendar = PROG_NONE,
                                  .sets_count = 1};
    *ADD(a, starts) = (ProgStart){.event = PROG_NONE, .where_fn = PROG_NONE, .days = 1,
                                  .at_s = 32400, .sets_first = 1, .sets_count = 1};
    static const char *const asked[] = {"changes", "gate", "show", "title", "name"};
    for (uint32_t s = 0; s < SUBJECT_COUNT; s++) {
        uint32_t type = subject_type(a, (Subject)s), n = member_of((Subject)s, asked[s]);
        if (s == SUBJECT_ACTION) {
            m->rule = about(a, FK_RULE, "policy.p.0", type, n, TK_BOOL);
            m->rule_words = about(a, FK_RULE, "policy.p.0.words", type, 0, TK_TEXT);
        }
        open_func(a, FK_RULE, "policy.p.n", TK_BOOL);
        reg(a, type);
        load(a, reg(a, TK_BOOL), val_bool(true));
        op3(a, OP_RET, 1, 0, 0);
        m->rule_of[s] = close_func(a);
        *ADD(a, rules) = (ProgRule){s, s == SUBJECT_ACTION ? m->rule : PROG_NONE, m->rule_of[s],
                                    s == SUBJECT_ACTION ? m->rule_words : PROG_NONE, 0, 0};
    }
    *ADD(a, policies) = (ProgPolicy){str(a, "p"), 0, 0, SUBJECT_COUNT, 0};
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
    add_import(a, "tickets", "look", EFF_READS, UNDO_NONE, T_RECORD, two, 1);
    *ADD(a, packs) = (ProgPack){str(a, "tickets"), str(a, "1.0"),
        str(a, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")};
    a->imports[I_FOREIGN].from = 0;
    *ADD(a, events) = (ProgEvent){str(a, "tickets"), str(a, "approved"), 0, T_EVENT};
    add_action(a, 0, "see", I_HASH, AU_NOTHING, PROG_NONE, 0);
    add_action(a, 1, "each_one", I_CHANGE, AU_PLAN, I_CHANGE, 2);
    add_action(a, 1, "write", I_WRITE, AU_TOOL, I_RESTORE, 0);
    add_action(a, 1, "wipe", I_DESTROY, AU_NONE, PROG_NONE, 2);
    a->actions[A_SEE].conditional = 1;
    a->actions[A_EACH].is_each = 1;
    a->actions[A_EACH].result = T_STATUSES;
    *ADD(a, checks) = (ProgCheck){0, str(a, "fine"), 0, PROG_NONE, PROG_NONE, PROG_NONE, PROG_NONE,
                                  PROG_NONE, 0};
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
    *ADD(a, needs) = (ProgNeed){0, 0, 0};
    ProgGate g = plain_gate(2, WHO_ALL, 2, 1, 2);
    g.question_fn = m->question;
    g.within = D_DAY;
    *ADD(a, gates) = g;
    ProgPhase look = plain_phase(str(a, "look")), go = plain_phase(str(a, "go"));
    look.when_fn = m->when;
    look.requires_count = look.actions_count = look.checks_count = 1;
    look.body_fn = m->body[0];
    go.needs_count = 1;
    go.gate = 0;
    go.actions_first = 1;
    go.actions_count = 3;
    go.body_fn = m->body[1];
    go.during_count = 1;
    *ADD(a, phases) = look;
    *ADD(a, phases) = go;
    make_time(a, m);
    make_people(a, m);
    make_starts(a, m);
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
