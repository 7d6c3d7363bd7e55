/* Owns: what must hold of one function's instructions. Must not know: tables
 * beyond what instructions name (verify.c).
 *
 * Two sweeps. The first finds the loops, which have one shape:
 *     ITER r; L: NEXT r, E; ...; JMP L; E:
 * The second tests each instruction's operands and types. A phase's body is then
 * taken through verify_steps.c and verify_flow.c. Jumps go forward but for a
 * loop's own, so every run ends; fuel is the second guard. */
#include "vm/core/verify_int.h"

#include <string.h>

#include "vm/os/limits.h"

/* --- loops --------------------------------------------------------------------- */

bool verify_is_jump(unsigned op)
{
    return op == OP_JMP || op == OP_JF || op == OP_JU || op == OP_JA;
}

/* Where the loop that a NEXT begins ends: its JMP back. PROG_NONE: no loop. */
static uint32_t loop_end(const Verify *v, uint32_t pc)
{
    int64_t exit = verify_target(v, pc);
    uint32_t i = verify_code_at(v, pc);
    if (pc == 0 || exit <= (int64_t)pc + 1 || exit >= v->f->code_count)
        return PROG_NONE;
    uint32_t before = verify_code_at(v, pc - 1), back = verify_code_at(v, (uint32_t)exit - 1);
    if (ins_op(before) != OP_ITER || ins_a(before) != ins_a(i) ||
        ins_op(back) != OP_JMP || verify_target(v, (uint32_t)exit - 1) != pc)
        return PROG_NONE;
    return (uint32_t)exit - 1;
}

/* Fills loop[], parent[], depth[]. The end of the loop at hand stands in
 * segment[] at its NEXT until verify_steps.c needs that array. */
static bool find_loops(Verify *v)
{
    bool active[256] = {false};
    uint32_t at = PROG_NONE;
    for (v->pc = 0; v->pc < v->f->code_count; v->pc++) {
        while (at != PROG_NONE && v->pc > v->segment[at]) {
            active[ins_a(verify_code_at(v, at))] = false;
            at = v->parent[at];
        }
        unsigned op = ins_op(verify_code_at(v, v->pc)), a = ins_a(verify_code_at(v, v->pc));
        if (op == OP_NEXT) {
            uint32_t end = loop_end(v, v->pc);
            if (end == PROG_NONE)
                return verify_bad(v, "it does not begin a loop of the one shape that loops have");
            if (at != PROG_NONE && end >= v->segment[at])
                return verify_bad(v, "loops overlap");
            v->parent[v->pc] = at;
            v->depth[v->pc] = at == PROG_NONE ? 1 : v->depth[at] + 1;
            v->segment[v->pc] = end;
            active[a] = true;
            at = v->pc;
        } else if (op == OP_ITER) {
            if (active[a])
                return verify_bad(v, "it starts a loop anew that is under way");
            if (ins_op(verify_code_at(v, v->pc + 1)) != OP_NEXT) /* it is not the last: frame() */
                return verify_bad(v, "no loop follows it");
        }
        v->loop[v->pc] = at;
    }
    return true;
}

/* Forward, inside of the function, and into no loop from outside of it. */
static bool jump_ok(Verify *v)
{
    int64_t to = verify_target(v, v->pc);
    if (to < 0 || to >= v->f->code_count)
        return verify_bad(v, "it jumps out of its section");
    uint32_t from = v->loop[v->pc], into = v->loop[to];
    unsigned lands_on = ins_op(verify_code_at(v, (uint32_t)to));
    if (to <= v->pc) /* the one way back of a loop is a JMP, and an ITER has its NEXT */
        return verify_that(v, loop_end(v, (uint32_t)to) == v->pc,
                           "it jumps back, and is not the end of a loop");
    if (lands_on == OP_NEXT)
        return verify_bad(v, "it jumps into a loop past its start");
    uint32_t depth = into == PROG_NONE ? 0 : v->depth[into];
    while (from != PROG_NONE && v->depth[from] > depth)
        from = v->parent[from];
    return verify_that(v, from == into, "it jumps into a loop");
}

/* --- types ---------------------------------------------------------------------- */

static uint32_t type_of(const Verify *v, unsigned reg)
{
    return v->p->regs[v->f->regs_first + reg].type;
}

static const ProgType *row_of(const Verify *v, unsigned reg)
{
    return &v->p->types[type_of(v, reg)];
}

static TypeKind kind_of(const Verify *v, unsigned reg)
{
    return (TypeKind)row_of(v, reg)->kind;
}

static TypeKind elem_kind(const Verify *v, unsigned reg)
{
    const ProgType *t = row_of(v, reg);
    return t->kind == TK_LIST ? (TypeKind)v->p->types[t->elem].kind : TK_NOTHING;
}

static bool regs_ok(Verify *v, uint32_t first, uint32_t n)
{
    return verify_that(v, (uint64_t)first + n <= v->f->regs_count,
                       "it names a register that its section has not");
}

static bool holds(Verify *v, bool ok, unsigned reg, const char *wanted)
{
    return verify_that(v, ok, "register %u holds %s where %s is wanted", reg,
                       kind_word(kind_of(v, reg)), wanted);
}

static bool want_kind(Verify *v, unsigned reg, TypeKind k)
{
    return holds(v, kind_of(v, reg) == k, reg, kind_word(k));
}

/* The register takes a value of that type. */
static bool gives(Verify *v, uint32_t type, unsigned reg)
{
    return holds(v, verify_fits(v->p, type, type_of(v, reg)),
                 reg, kind_word((TypeKind)v->p->types[type].kind));
}

/* A value of the register may stand where that type is wanted. */
static bool suits(Verify *v, unsigned reg, uint32_t type)
{
    return holds(v, verify_fits(v->p, type_of(v, reg), type),
                 reg, kind_word((TypeKind)v->p->types[type].kind));
}

static bool both_text(TypeKind a, TypeKind b)
{
    return kind_is_text(a) && kind_is_text(b);
}

/* Beyond kinds: what the items of lists are, and which record. */
static bool items_fit(const Verify *v, unsigned op, unsigned b, unsigned c)
{
    uint32_t tb = type_of(v, b), tc = type_of(v, c);
    TypeKind kb = kind_of(v, b), kc = kind_of(v, c);
    switch (op) {
    case OP_IN:
        return kc != TK_LIST || tb == row_of(v, c)->elem ||
               both_text(kb, elem_kind(v, c));
    case OP_WITHOUT:
        return tb == tc || row_of(v, b)->elem == tc ||
               both_text(elem_kind(v, b), kc == TK_LIST ? elem_kind(v, c) : kc);
    default: return (kb != TK_LIST && kb != TK_RECORD) || tb == tc;
    }
}

static bool operation(Verify *v, unsigned op, unsigned a, unsigned b, unsigned c)
{
    TypeKind result;
    if (!operator_type((int)op, kind_of(v, b), kind_of(v, c), &result) ||
        !items_fit(v, op, b, c))
        return verify_bad(v, "%s and %s do not fit it", kind_word(kind_of(v, b)),
                          kind_word(kind_of(v, c)));
    if (result == TK_LIST)
        return holds(v, type_of(v, a) == type_of(v, b), a, "its list");
    return want_kind(v, a, result);
}

static bool builtin_ok(Verify *v, unsigned a, unsigned b, unsigned c)
{
    TypeKind args[2] = {TK_NOTHING, TK_NOTHING}, elems[2] = {TK_NOTHING, TK_NOTHING};
    TypeKind result;
    bool item;
    if (c >= FN_COUNT)
        return verify_bad(v, "there is no such function");
    int n = builtin_operands((Builtin)c);
    if (!regs_ok(v, b, (uint32_t)n))
        return false;
    for (int i = 0; i < n; i++) {
        args[i] = kind_of(v, b + (unsigned)i);
        elems[i] = elem_kind(v, b + (unsigned)i);
    }
    if (!builtin_type((Builtin)c, args, elems, n, &result, &item))
        return verify_bad(v, "%s does not fit %s", builtin_name((Builtin)c),
                          kind_word(args[0]));
    if (c == FN_default)
        return suits(v, b, type_of(v, a)) && suits(v, b + 1, type_of(v, a));
    if (item)
        return gives(v, row_of(v, b)->elem, a);
    return want_kind(v, a, result);
}

static bool printable(Verify *v, unsigned reg)
{
    uint32_t type = type_of(v, reg);
    /* Types are nested at most LIM_NESTING deep. */
    while (v->p->types[type].kind == TK_LIST)
        type = v->p->types[type].elem;
    return holds(v, kind_has_form((TypeKind)v->p->types[type].kind),
                 reg, "what has a form as text");
}

static bool packed(Verify *v, unsigned op, unsigned a, unsigned b, unsigned c)
{
    const ProgType *t = row_of(v, a);
    TypeKind k = kind_of(v, a);
    if (!regs_ok(v, b, c))
        return false;
    if (op == OP_TEXT && (!kind_is_text(k) || k == TK_ONEOF))
        return holds(v, false, a, "text");
    if (op == OP_LIST && k != TK_LIST)
        return holds(v, false, a, "list");
    if (op == OP_RECORD && (k != TK_RECORD || t->fields_count != c))
        return holds(v, false, a, "record of so many members");
    for (unsigned i = 0; i < c; i++) {
        if (op == OP_TEXT && !printable(v, b + i))
            return false;
        if (op == OP_LIST && !suits(v, b + i, t->elem))
            return false;
        if (op == OP_RECORD &&
            !suits(v, b + i, v->p->fields[t->fields_first + i].type))
            return false;
    }
    return true;
}

static bool constant(Verify *v, unsigned a, uint32_t x)
{
    if (x >= v->f->consts_count)
        return verify_bad(v, "there is no such constant");
    ValueTag tag = (ValueTag)v->p->consts[v->f->consts_first + x].tag;
    return holds(v, kind_tag(kind_of(v, a)) == tag && kind_of(v, a) != TK_SECRET,
                 a, "a constant of another kind");
}

/* Arguments side by side, each of its parameter's type. */
static bool args_ok(Verify *v, unsigned first, const ProgImport *m)
{
    if (!regs_ok(v, first, m->params_count))
        return false;
    for (uint32_t i = 0; i < m->params_count; i++)
        if (!suits(v, first + i, v->p->params[m->params_first + i].type))
            return false;
    return true;
}

static bool called(Verify *v, unsigned op, unsigned a, uint32_t x)
{
    if (x >= v->f->sites_count)
        return verify_bad(v, "there is no such call site");
    const ProgSite *s = &v->p->sites[v->f->sites_first + x];
    const ProgImport *m = &v->p->imports[s->import];
    if (!func_may_read((FuncKind)v->f->kind) ||
        (v->f->kind != FK_BODY && s->role != SITE_READ))
        return verify_bad(v, "a section of this kind may not call this tool");
    if ((s->role == SITE_UNDO) != (op == OP_UNDO))
        return verify_bad(v, "its site is %san undo", op == OP_UNDO ? "not " : "");
    return op == OP_UNDO ? args_ok(v, a, m) : gives(v, m->result, a) && args_ok(v, a + 1, m);
}

/* What an instruction loads from outside: how many there are of it, and the
 * type of number x. */
static bool loads(Verify *v, unsigned op, unsigned a, uint32_t x)
{
    const Program *p = v->p;
    static const char *const what[] = {
        [OP_INPUT] = "no input may be read here",
        [OP_RESULT] = "no result of an action may be read here",
        [OP_ANSWER] = "no answer may be read here",
        [OP_EVENT] = "no event may be read here",
        [OP_SECRET] = "there is no such secret"};
    uint32_t n = op == OP_INPUT    ? p->n_inputs
                 : op == OP_RESULT ? p->n_actions
                 : op == OP_ANSWER ? p->n_asks
                 : op == OP_EVENT  ? p->n_awaits
                                   : p->n_secrets;
    if ((op != OP_SECRET && !func_may_read((FuncKind)v->f->kind)) || x >= n)
        return verify_bad(v, "%s", what[op]);
    switch (op) {
    case OP_INPUT: return gives(v, p->inputs[x].type, a);
    case OP_RESULT: return gives(v, p->actions[x].result, a);
    case OP_ANSWER: return gives(v, p->asks[x].type, a);
    case OP_EVENT: return gives(v, p->events[p->awaits[x].event].result, a);
    default: return want_kind(v, a, TK_SECRET);
    }
}

static bool loop_types(Verify *v, unsigned op, unsigned a, unsigned b)
{
    if (!regs_ok(v, a, 2) || !want_kind(v, a, TK_ITER))
        return false;
    if (op == OP_NEXT)
        return holds(v, type_of(v, a + 1) == row_of(v, a)->elem,
                     a + 1, "an item of its list");
    return holds(v, kind_of(v, b) == TK_LIST && row_of(v, b)->elem == row_of(v, a)->elem,
                 b, "the list of its loop");
}

/* Registers that the shape names are there; then what the opcode demands. */
static bool shape_ok(Verify *v, unsigned op, uint32_t i)
{
    switch (vm_opcode_shape(op)) {
    case SHAPE_N: case SHAPE_S: case SHAPE_X: return true;
    case SHAPE_AX:
        return op == OP_UNDO || regs_ok(v, ins_a(i), 1); /* it may take no arguments */
    case SHAPE_A: case SHAPE_AS: return regs_ok(v, ins_a(i), 1);
    case SHAPE_AB: return regs_ok(v, ins_a(i), 1) && regs_ok(v, ins_b(i), 1);
    default: /* ABC; of some, what follows a is a range */
        if (op == OP_LIST || op == OP_RECORD || op == OP_TEXT || op == OP_FN)
            return regs_ok(v, ins_a(i), 1);
        return regs_ok(v, ins_a(i), 1) && regs_ok(v, ins_b(i), 1) &&
               (op == OP_MEMBER || regs_ok(v, ins_c(i), 1));
    }
}

static bool in_body(Verify *v)
{
    return verify_that(v, v->f->kind == FK_BODY, "it may stand in a phase's body only");
}

static bool instruction(Verify *v)
{
    uint32_t i = verify_code_at(v, v->pc), x = ins_x(i);
    unsigned op = ins_op(i), a = ins_a(i), b = ins_b(i), c = ins_c(i);
    if (op >= OP_COUNT)
        return verify_bad(v, "there is no such instruction");
    if (!shape_ok(v, op, i) || (verify_is_jump(op) && !jump_ok(v)))
        return false;
    switch (op) {
    case OP_NOP: case OP_JMP: case OP_JU: case OP_JA: return true;
    case OP_LOADK: return constant(v, a, x);
    case OP_UNKNOWN: return holds(v, kind_of(v, a) != TK_ITER, a, "a value");
    case OP_MOVE:
        return holds(v, kind_of(v, b) != TK_ITER, b, "a value") && suits(v, b, type_of(v, a));
    case OP_INPUT: case OP_RESULT: case OP_ANSWER: case OP_EVENT: case OP_SECRET:
        return loads(v, op, a, x);
    case OP_NOW: case OP_TODAY:
        if (v->f->kind == FK_RULE)
            return verify_bad(v, "a rule holds at any time");
        return want_kind(v, a, op == OP_NOW ? TK_INSTANT : TK_DATE);
    case OP_JF: return want_kind(v, a, TK_BOOL);
    case OP_NOT: case OP_NEG: return operation(v, op, a, b, b);
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_EQ: case OP_NE:
    case OP_LT: case OP_LE: case OP_IN: case OP_WITHOUT:
        return operation(v, op, a, b, c);
    case OP_LIST: case OP_RECORD: case OP_TEXT: return packed(v, op, a, b, c);
    case OP_MEMBER:
        if (kind_of(v, b) != TK_RECORD || c >= row_of(v, b)->fields_count)
            return holds(v, false, b, "a record with such a member");
        return gives(v, v->p->fields[row_of(v, b)->fields_first + c].type, a);
    case OP_INDEX:
        return want_kind(v, b, TK_LIST) && want_kind(v, c, TK_NUMBER) &&
               gives(v, row_of(v, b)->elem, a);
    case OP_FN: return builtin_ok(v, a, b, c);
    case OP_ITER: case OP_NEXT: return loop_types(v, op, a, b);
    case OP_APPEND:
        return want_kind(v, b, TK_LIST) && suits(v, c, row_of(v, b)->elem) &&
               holds(v, type_of(v, a) == type_of(v, b), a, "its list");
    case OP_CALL: case OP_UNDO: return called(v, op, a, x);
    case OP_RET:
        if (v->f->result == PROG_NONE || kind_of(v, a) == TK_ITER)
            return verify_bad(v, "this section gives no value");
        return suits(v, a, v->f->result);
    case OP_CHECK: case OP_WHEN: return in_body(v) && want_kind(v, a, TK_BOOL);
    case OP_TELL: return in_body(v) && want_kind(v, a, TK_TEXT);
    default: return in_body(v); /* ACTION DONE EACH TASK AWAIT POLL END */
    }
}

/* --- one function -------------------------------------------------------------------- */

static bool frame(Verify *v)
{
    const ProgFunc *f = v->f;
    TypeKind result = f->result == PROG_NONE
                          ? TK_NOTHING
                          : (TypeKind)v->p->types[f->result].kind;
    v->pc = f->code_count;
    if (f->code_count == 0 || f->code_count > LIM_FUNCTION_CODE ||
        f->regs_count > LIM_REGISTERS || f->consts_count > LIM_FUNCTION_CONSTS)
        return verify_bad(v, "it has no code, or more of something than one section may have");
    for (uint32_t i = 0; i < f->regs_count; i++)
        if (kind_of(v, i) == TK_NOTHING)
            return verify_bad(v, "a register has no type");
    bool truth = f->kind == FK_WHEN || f->kind == FK_REQUIRE || f->kind == FK_MATCH;
    if ((f->kind == FK_BODY) != (f->result == PROG_NONE) || result == TK_ITER ||
        (truth && result != TK_BOOL) || (f->kind == FK_TEXT && result != TK_TEXT) ||
        (f->kind == FK_MOMENT && result != TK_DATE && result != TK_INSTANT))
        return verify_bad(v, "it gives a value of another type than its kind");
    if (func_has_subject((FuncKind)f->kind) && (f->regs_count == 0 || kind_of(v, 0) != TK_RECORD))
        return verify_bad(v, "its first register is not what it is about");
    unsigned last = ins_op(verify_code_at(v, f->code_count - 1));
    return verify_that(v, last == (f->kind == FK_BODY ? OP_END : OP_RET),
                       "it does not end with its last instruction");
}

bool verify_function(Verify *v, uint32_t func)
{
    v->func = func;
    v->f = &v->p->funcs[func];
    if (!frame(v) || !find_loops(v))
        return false;
    for (v->pc = 0; v->pc < v->f->code_count; v->pc++)
        if (!instruction(v))
            return false;
    return v->f->kind != FK_BODY || (verify_steps(v) && verify_flow(v));
}
