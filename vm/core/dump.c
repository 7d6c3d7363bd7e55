/* Owns: the listing of a program, `gatec dump --ops`. Rows come from
 * program.def and instructions from opcodes.def. Must not know: how a program
 * is made or run. */
#include "vm/core/vm_int.h"

#include <stdio.h>

#include "vm/os/limits.h"

/* Which table a reference goes to: T_phases and so on. */
typedef enum Table {
#define TABLE(Row, plural) T_##plural,
#include "vm/core/program.def"
    T_code
} Table;

static void put_quoted(Buf *out, Str s)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_puts(out, "\\n");
        else if ((unsigned char)c < 0x20)
            buf_printf(out, "\\x%02x", (unsigned)c);
        else
            buf_putc(out, c);
    }
    buf_putc(out, '"');
}

/* list of list of text; records by their members, one level. */
static void put_type(const Program *p, uint32_t type, Buf *out)
{
    for (int depth = 0; depth <= LIM_NESTING && type < p->n_types; depth++) {
        const ProgType *t = &p->types[type];
        buf_puts(out, kind_word((TypeKind)t->kind));
        if (t->kind == TK_RECORD || t->kind == TK_ONEOF) {
            for (uint32_t i = 0; i < t->fields_count; i++) {
                buf_puts(out, i == 0 ? " { " : ", ");
                buf_str(out, prog_str(p, p->fields[t->fields_first + i].name));
            }
            buf_puts(out, t->fields_count > 0 ? " }" : "");
        }
        type = t->kind == TK_LIST || t->kind == TK_ITER ? t->elem : PROG_NONE;
        if (type != PROG_NONE)
            buf_puts(out, " of ");
    }
}

/* phase.step */
static void put_step(const Program *p, uint32_t phase, uint32_t name, Buf *out)
{
    buf_str(out, prog_str(p, p->phases[phase].name));
    buf_putc(out, '.');
    buf_str(out, prog_str(p, name));
}

static void put_action(const Program *p, uint32_t x, Buf *out)
{
    if (x < p->n_actions)
        put_step(p, p->actions[x].phase, p->actions[x].name, out);
}

static void put_import(const Program *p, uint32_t x, Buf *out)
{
    buf_str(out, prog_str(p, p->imports[x].pack));
    buf_putc(out, '.');
    buf_str(out, prog_str(p, p->imports[x].tool));
}

static void put_const(const Program *p, uint32_t x, Buf *out)
{
    const ProgConst *k = &p->consts[x];
    Value v = val_make((ValueTag)k->tag, k->num);
    v.scale = (uint8_t)(k->scale <= 18 ? k->scale : 0);
    if (k->tag == V_TEXT)
        put_quoted(out, prog_str(p, k->text));
    else if (k->tag > V_UNKNOWN && k->tag < V_LIST)
        val_print(v, out);
    else
        buf_puts(out, "?");
}

/* 2 business days of office, 1h30m. */
static void put_duration(const Program *p, uint32_t x, Buf *out)
{
    const ProgDuration *d = &p->durations[x];
    if (d->kind == DUR_CLOCK) {
        val_print(val_make(V_DURATION, d->n), out);
        return;
    }
    buf_printf(out, "%lld business %s of ", (long long)d->n, d->kind == DUR_DAYS ? "days" : "hours");
    buf_str(out, d->calendar == PROG_NONE ? STR("?") : prog_str(p, p->calendars[d->calendar].name));
}

/* The name of a row, where its table has names. */
static void put_name(const Program *p, Table table, uint32_t x, Buf *out)
{
    uint32_t name = 0;
    switch (table) {
    case T_phases: name = p->phases[x].name; break;
    case T_roles: name = p->roles[x].name; break;
    case T_funcs: name = p->funcs[x].name; break;
    case T_checks: name = p->checks[x].name; break;
    case T_tasks: name = p->tasks[x].name; break;
    case T_awaits: name = p->awaits[x].name; break;
    case T_asks: name = p->asks[x].name; break;
    case T_inputs: name = p->inputs[x].name; break;
    case T_calendars: name = p->calendars[x].name; break;
    case T_milestones: name = p->milestones[x].name; break;
    case T_events: name = p->events[x].name; break;
    case T_packs: name = p->packs[x].name; break;
    default: return;
    }
    buf_printf(out, ":%.*s", STR_ARG(prog_str(p, name)));
}

/* A reference as its number and, where there is one, its name. */
static void put_ref(const Program *p, Table table, uint32_t x, Buf *out)
{
    switch (table) {
    case T_types: put_type(p, x, out); return;
    case T_spans: buf_printf(out, "%u:%u", p->spans[x].line, p->spans[x].column); return;
    case T_durations: put_duration(p, x, out); return;
    default: break;
    }
    buf_printf(out, "%u", x);
    if (table == T_imports) {
        buf_putc(out, ':');
        put_import(p, x, out);
    } else if (table == T_actions) {
        buf_putc(out, ':');
        put_action(p, x, out);
    } else {
        put_name(p, table, x, out);
    }
}

/* --- rows ------------------------------------------------------------------ */

#define TABLE(Row, plural)                                              \
    static void dump_##plural(const Program *p, Buf *out)               \
    {                                                                   \
        for (uint32_t i = 0; i < p->n_##plural; i++) {                  \
            const Prog##Row *row = &p->plural[i];                       \
            buf_printf(out, #plural " %u:", i);
#define U32(name)                                                       \
    if (row->name != 0)                                                 \
        buf_printf(out, " " #name "=%u", row->name);
#define I64(name) buf_printf(out, " " #name "=%lld", (long long)row->name);
#define ENUM(name, limit) buf_printf(out, " " #name "=%u", row->name);
#define REF(name, plural)                                               \
    buf_puts(out, " " #name "=");                                       \
    put_ref(p, T_##plural, row->name, out);
#define OPT(name, plural)                                               \
    if (row->name != PROG_NONE) {                                       \
        buf_puts(out, " " #name "=");                                   \
        put_ref(p, T_##plural, row->name, out);                         \
    }
#define RANGE(name, plural)                                             \
    if (row->name##_count > 0)                                          \
        buf_printf(out, " " #name "=%u..%u", row->name##_first,         \
                   row->name##_first + row->name##_count - 1);
#define STRING(name)                                                    \
    if (row->name != 0) {                                               \
        buf_puts(out, " " #name "=");                                   \
        put_quoted(out, prog_str(p, row->name));                        \
    }
#define END(Row)                                                        \
            buf_putc(out, '\n');                                        \
        }                                                               \
    }
#include "vm/core/program.def"

/* Types, spans, durations, constants and registers are shown where they are used. */
static bool stands_alone(Table t)
{
    return t != T_types && t != T_fields && t != T_spans && t != T_consts &&
           t != T_regs && t != T_funcs && t != T_durations;
}

#define TABLE(Row, plural)                                              \
    if (stands_alone(T_##plural))                                       \
        dump_##plural(p, out);
static void dump_tables(const Program *p, Buf *out)
{
#include "vm/core/program.def"
}

/* --- instructions ---------------------------------------------------------- */

/* What x means is the instruction's own. */
static void put_x(const Program *p, const ProgFunc *f, unsigned op, uint32_t x,
                  Buf *out)
{
    switch (op) {
    case OP_LOADK:
        if (x < f->consts_count)
            put_const(p, f->consts_first + x, out);
        break;
    case OP_INPUT:
        if (x < p->n_inputs)
            buf_str(out, prog_str(p, p->inputs[x].name));
        break;
    case OP_RESULT:
    case OP_ACTION:
    case OP_DONE:
    case OP_EACH: put_action(p, x, out); break;
    case OP_CALL:
    case OP_UNDO:
        if (x < f->sites_count)
            put_import(p, p->sites[f->sites_first + x].import, out);
        break;
    case OP_CHECK:
    case OP_POLL:
        if (x < p->n_checks)
            buf_str(out, prog_str(p, p->checks[x].name));
        break;
    case OP_ANSWER:
        if (x < p->n_asks)
            put_step(p, p->asks[x].phase, p->asks[x].name, out);
        break;
    case OP_EVENT:
    case OP_AWAIT:
        if (x < p->n_awaits)
            put_step(p, p->awaits[x].phase, p->awaits[x].name, out);
        break;
    case OP_TASK:
        if (x < p->n_tasks)
            put_step(p, p->tasks[x].phase, p->tasks[x].name, out);
        break;
    case OP_SECRET:
        if (x < p->n_secrets)
            buf_str(out, prog_str(p, p->secrets[x].name));
        break;
    default: buf_printf(out, "%u", x);
    }
}

void dump_instruction(const Program *p, const ProgFunc *f, uint32_t pc,
                      Buf *out)
{
    uint32_t i = p->code[f->code_first + pc];
    unsigned op = ins_op(i);
    long to = (long)pc + 1 + ins_s(i);
    bool alone = op >= OP_COUNT || vm_opcode_shape(op) == SHAPE_N;
    buf_printf(out, alone ? "%5u  %s" : "%5u  %-8s", pc, vm_opcode_name(op));
    if (op >= OP_COUNT)
        return;
    switch (vm_opcode_shape(op)) {
    case SHAPE_N: break;
    case SHAPE_A: buf_printf(out, "r%u", ins_a(i)); break;
    case SHAPE_AB: buf_printf(out, "r%u  r%u", ins_a(i), ins_b(i)); break;
    case SHAPE_ABC:
        buf_printf(out, "r%u  r%u", ins_a(i), ins_b(i));
        if (op == OP_FN && ins_c(i) < FN_COUNT)
            buf_printf(out, "  %s", builtin_name((Builtin)ins_c(i)));
        else if (op == OP_LIST || op == OP_RECORD || op == OP_TEXT)
            buf_printf(out, "  x%u", ins_c(i));
        else
            buf_printf(out, op == OP_MEMBER ? "  .%u" : "  r%u", ins_c(i));
        break;
    case SHAPE_AX:
        buf_printf(out, "r%u  ", ins_a(i));
        put_x(p, f, op, ins_x(i), out);
        break;
    case SHAPE_X: put_x(p, f, op, ins_x(i), out); break;
    case SHAPE_AS: buf_printf(out, "r%u  -> %ld", ins_a(i), to); break;
    case SHAPE_S: buf_printf(out, "-> %ld", to); break;
    }
}

static void dump_function(const Program *p, uint32_t index, Buf *out)
{
    static const char *const kinds[FK_COUNT] = {"value", "when", "require",
                                                "text", "body", "moment",
                                                "match", "start", "rule"};
    const ProgFunc *f = &p->funcs[index];
    buf_printf(out, "\nfunction %u ", index);
    buf_str(out, prog_str(p, f->name));
    buf_printf(out, " (%s)", kinds[f->kind]);
    if (f->result != PROG_NONE) {
        buf_puts(out, " gives ");
        put_type(p, f->result, out);
    }
    buf_putc(out, '\n');
    for (uint32_t i = 0; i < f->regs_count; i++) {
        buf_printf(out, "  r%u: ", i);
        put_type(p, p->regs[f->regs_first + i].type, out);
        buf_putc(out, '\n');
    }
    for (uint32_t pc = 0; pc < f->code_count; pc++) {
        dump_instruction(p, f, pc, out);
        buf_putc(out, '\n');
    }
}

void prog_dump(const Program *p, Buf *out)
{
    buf_printf(out, "program version %d ", PROG_VERSION);
    put_quoted(out, prog_str(p, p->name));
    buf_putc(out, ' ');
    put_quoted(out, prog_str(p, p->title));
    buf_putc(out, '\n');
    dump_tables(p, out);
    for (uint32_t i = 0; i < p->n_funcs; i++)
        dump_function(p, i, out);
}
