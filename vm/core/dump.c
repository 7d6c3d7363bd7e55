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

static void put_action(const Program *p, uint32_t x, Buf *out)
{
    if (x >= p->n_actions)
        return;
    buf_str(out, prog_str(p, p->phases[p->actions[x].phase].name));
    buf_putc(out, '.');
    buf_str(out, prog_str(p, p->actions[x].name));
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

/* A reference as its number and, where there is one, its name. */
static void put_ref(const Program *p, Table table, uint32_t x, Buf *out)
{
    if (x == PROG_NONE) {
        buf_putc(out, '-');
        return;
    }
    if (table == T_types) {
        put_type(p, x, out);
        return;
    }
    if (table == T_spans) {
        buf_printf(out, "%u:%u", p->spans[x].line, p->spans[x].column);
        return;
    }
    buf_printf(out, "%u", x);
    switch (table) {
    case T_phases:
        buf_printf(out, ":%.*s", STR_ARG(prog_str(p, p->phases[x].name)));
        break;
    case T_roles:
        buf_printf(out, ":%.*s", STR_ARG(prog_str(p, p->roles[x].name)));
        break;
    case T_funcs:
        buf_printf(out, ":%.*s", STR_ARG(prog_str(p, p->funcs[x].name)));
        break;
    case T_checks:
        buf_printf(out, ":%.*s", STR_ARG(prog_str(p, p->checks[x].name)));
        break;
    case T_imports:
        buf_putc(out, ':');
        put_import(p, x, out);
        break;
    case T_actions:
        buf_putc(out, ':');
        put_action(p, x, out);
        break;
    default: break;
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
#define I64(name)                                                       \
    if (row->name != -1)                                                \
        buf_printf(out, " " #name "=%lld", (long long)row->name);
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

/* Types, spans, constants and registers are shown where they are used. */
static bool stands_alone(Table t)
{
    return t != T_types && t != T_fields && t != T_spans && t != T_consts &&
           t != T_regs && t != T_funcs;
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
        if (x < p->n_checks)
            buf_str(out, prog_str(p, p->checks[x].name));
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
        if (op != OP_ACTION && op != OP_DONE)
            buf_printf(out, "r%u  ", ins_a(i));
        put_x(p, f, op, ins_x(i), out);
        break;
    case SHAPE_AS: buf_printf(out, "r%u  -> %ld", ins_a(i), to); break;
    case SHAPE_S: buf_printf(out, "-> %ld", to); break;
    }
}

static void dump_function(const Program *p, uint32_t index, Buf *out)
{
    static const char *const kinds[FK_COUNT] = {"value", "when", "require",
                                                "text", "body"};
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
