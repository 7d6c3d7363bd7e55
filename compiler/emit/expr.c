/* Owns: the code of expressions. Must not know: phases and the tables of the
 * program. Recursion is bounded by the checker (CHK_DEPTH). */
#include "compiler/emit/emit_int.h"

#include <assert.h>

/* List and text literals are made in pieces of this many registers. */
enum { PIECE = 32 };

static SemExpr sub(SemExpr x, SynRef node)
{
    return (SemExpr){x.file, node};
}

SemType expr_type(SemExpr x)
{
    return x.file->types[x.node];
}

static const SemTypeInfo *info_of(const Emit *e, SemExpr x)
{
    return &e->sem->types[expr_type(x)];
}

void expr_bind(Emit *e, const SemFile *file, SynRef node, unsigned reg)
{
    Fn *f = &e->f;
    f->bound = arena_grow(e->arena, f->bound, f->n_bound, &f->cap_bound,
                        sizeof *f->bound);
    f->bound[f->n_bound++] = (Bound){file, node, reg};
}

void expr_unbind(Emit *e)
{
    assert(e->f.n_bound > 0);
    e->f.n_bound--;
}

static unsigned bound_reg(const Emit *e, const SemFile *file, SynRef node)
{
    for (uint32_t i = e->f.n_bound; i-- > 0;)
        if (e->f.bound[i].file == file && e->f.bound[i].node == node)
            return e->f.bound[i].reg;
    assert(e->failed);
    return 0;
}

unsigned expr_use(Emit *e, SemExpr x, bool *owned)
{
    x = sem_bare(x);
    SemRef ref = x.file->refs[x.node];
    *owned = false;
    if (sem_node(x)->kind == SYN_NAME && e->f.absent == NO_LABEL) {
        if (ref.kind == SR_LOCAL)
            return bound_reg(e, x.file, ref.index);
        if (ref.kind == SR_PARAM)
            return e->f.first_param + ref.index;
        if (ref.kind == SR_BEFORE)
            return e->f.before;
    }
    if (ref.kind == SR_EVENT || (ref.kind == SR_SUBJECT && sem_node(x)->kind == SYN_NAME))
        return 0; /* never absent, and of a type of its own */
    *owned = true;
    unsigned reg = code_reg(e, expr_type(x));
    expr_to(e, x, reg);
    return reg;
}

static void drop(Emit *e, unsigned reg, bool owned)
{
    if (owned)
        code_free(e, reg);
}

/* What was read into reg may be absent: inside default() that leads to the
 * other value, elsewhere the first use of it ends the section. */
static void may_be_absent(Emit *e, unsigned reg)
{
    if (e->f.absent != NO_LABEL)
        code_jump(e, OP_JA, reg, e->f.absent);
}

/* --- names ------------------------------------------------------------------- */

static void name(Emit *e, SemExpr x, SemRef ref, unsigned dst)
{
    switch (ref.kind) {
    case SR_INPUT: code_ax(e, OP_INPUT, dst, ref.index); break;
    case SR_LET: expr_to(e, e->sem->lets[ref.index].expr, dst); break;
    case SR_LOCAL:
        code_abc(e, OP_MOVE, dst, bound_reg(e, x.file, ref.index), 0);
        may_be_absent(e, dst);
        break;
    case SR_ACTION:
        code_ax(e, OP_RESULT, dst, ref.index);
        may_be_absent(e, dst);
        break;
    case SR_ASK:
        code_ax(e, OP_ANSWER, dst, ref.index);
        may_be_absent(e, dst);
        break;
    case SR_AWAIT:
        code_ax(e, OP_EVENT, dst, ref.index);
        may_be_absent(e, dst);
        break;
    case SR_EVENT: case SR_SUBJECT:
        code_abc(e, OP_MOVE, dst, 0, 0); /* what the section is about */
        break;
    case SR_SECRET: code_ax(e, OP_SECRET, dst, ref.index); break;
    case SR_NOW: code_abc(e, OP_NOW, dst, 0, 0); break;
    case SR_TODAY: code_abc(e, OP_TODAY, dst, 0, 0); break;
    case SR_TRUE: code_bool(e, dst, true); break;
    case SR_FALSE: code_bool(e, dst, false); break;
    case SR_PARAM:
        code_abc(e, OP_MOVE, dst, e->f.first_param + ref.index, 0);
        break;
    case SR_BEFORE: code_abc(e, OP_MOVE, dst, e->f.before, 0); break;
    default: assert(e->failed); /* a name that stands for nothing */
    }
}

static void member(Emit *e, SemExpr x, unsigned dst)
{
    const SynNode *n = sem_node(x);
    SemRef ref = x.file->refs[x.node];
    if (ref.kind == SR_NONE)
        ref = x.file->refs[n->b]; /* library.thing */
    if (ref.kind != SR_FIELD) {
        name(e, x, ref, dst);
        return;
    }
    bool owned;
    unsigned record = expr_use(e, sub(x, n->a), &owned);
    code_abc(e, OP_MEMBER, dst, record, ref.index);
    may_be_absent(e, dst);
    drop(e, record, owned);
}

static void index_of(Emit *e, SemExpr x, unsigned dst)
{
    bool owned_list, owned_index;
    unsigned list = expr_use(e, sub(x, sem_node(x)->a), &owned_list);
    unsigned index = expr_use(e, sub(x, sem_node(x)->b), &owned_index);
    code_abc(e, OP_INDEX, dst, list, index);
    may_be_absent(e, dst);
    drop(e, index, owned_index);
    drop(e, list, owned_list);
}

/* --- operators ---------------------------------------------------------------- */

/* An unknown left side decides nothing, and the answer stays unknown. */
static void logic(Emit *e, SemExpr x, unsigned dst)
{
    const SynNode *n = sem_node(x);
    Label end = code_label(e), other = code_label(e);
    expr_to(e, sub(x, n->a), dst);
    code_jump(e, OP_JU, dst, end);
    if (n->aux == BIN_AND) {
        code_jump(e, OP_JF, dst, end);
    } else {
        code_jump(e, OP_JF, dst, other);
        code_jump(e, OP_JMP, 0, end);
    }
    code_here(e, other);
    expr_to(e, sub(x, n->b), dst);
    code_here(e, end);
}

/* x in low..high: both bounds belong to it. An unknown x stays unknown. */
static void in_range(Emit *e, SemExpr x, SemExpr range, unsigned dst)
{
    bool owned_x, owned_low, owned_high;
    Label end = code_label(e);
    unsigned v = expr_use(e, sub(x, sem_node(x)->a), &owned_x);
    unsigned low = expr_use(e, sub(x, sem_node(range)->a), &owned_low);
    code_abc(e, OP_LE, dst, low, v);
    drop(e, low, owned_low);
    code_jump(e, OP_JU, dst, end);
    code_jump(e, OP_JF, dst, end);
    unsigned high = expr_use(e, sub(x, sem_node(range)->b), &owned_high);
    code_abc(e, OP_LE, dst, v, high);
    drop(e, high, owned_high);
    drop(e, v, owned_x);
    code_here(e, end);
}

static void binary(Emit *e, SemExpr x, unsigned dst)
{
    static const struct {
        VmOpcode op;
        bool swap;
    } ops[] = {
        [BIN_EQ] = {OP_EQ, false},       [BIN_NE] = {OP_NE, false},
        [BIN_LT] = {OP_LT, false},       [BIN_LE] = {OP_LE, false},
        [BIN_GT] = {OP_LT, true},        [BIN_GE] = {OP_LE, true},
        [BIN_IN] = {OP_IN, false},       [BIN_CONTAINS] = {OP_IN, true},
        [BIN_WITHOUT] = {OP_WITHOUT, false},
        [BIN_ADD] = {OP_ADD, false},     [BIN_SUB] = {OP_SUB, false},
        [BIN_MUL] = {OP_MUL, false},     [BIN_DIV] = {OP_DIV, false},
    };
    const SynNode *n = sem_node(x);
    bool owned_a, owned_b;
    if (n->aux == BIN_AND || n->aux == BIN_OR) {
        logic(e, x, dst);
        return;
    }
    SemExpr right = sem_bare(sub(x, n->b));
    if (sem_node(right)->kind == SYN_BINARY && sem_node(right)->aux == BIN_RANGE) {
        in_range(e, x, right, dst);
        return;
    }
    unsigned a = expr_use(e, sub(x, n->a), &owned_a);
    unsigned b = expr_use(e, sub(x, n->b), &owned_b);
    bool swap = ops[n->aux].swap;
    code_abc(e, ops[n->aux].op, dst, swap ? b : a, swap ? a : b);
    drop(e, b, owned_b);
    drop(e, a, owned_a);
}

static void unary(Emit *e, SemExpr x, VmOpcode op, unsigned dst)
{
    bool owned;
    unsigned a = expr_use(e, sub(x, sem_node(x)->a), &owned);
    code_abc(e, op, dst, a, 0);
    drop(e, a, owned);
}

static void choice(Emit *e, SemExpr x, unsigned dst)
{
    const SynNode *n = sem_node(x);
    Label unknown = code_label(e), other = code_label(e), end = code_label(e);
    bool owned;
    unsigned c = expr_use(e, sub(x, n->a), &owned);
    code_jump(e, OP_JU, c, unknown);
    code_jump(e, OP_JF, c, other);
    drop(e, c, owned);
    expr_to(e, sub(x, n->b), dst);
    code_jump(e, OP_JMP, 0, end);
    code_here(e, other);
    expr_to(e, sub(x, n->c), dst);
    code_jump(e, OP_JMP, 0, end);
    code_here(e, unknown);
    code_abc(e, OP_UNKNOWN, dst, 0, 0);
    code_here(e, end);
}

/* An iterator and, behind it, the element. */
static unsigned loop_regs(Emit *e, SemType elem)
{
    uint32_t types[2];
    types[0] = emit_iter_type(e, elem);
    types[1] = emit_type(e, elem);
    return code_regs(e, types, 2);
}

/* An unknown element makes the answer unknown, unless a later one settles it. */
static void quantified(Emit *e, SemExpr x, unsigned dst)
{
    const SynNode *n = sem_node(x);
    bool every = n->aux == 0, owned;
    Label loop = code_label(e), next = code_label(e), after = code_label(e),
          settled = code_label(e), doubt = code_label(e),
          unknown = code_label(e), end = code_label(e);
    unsigned list = expr_use(e, sub(x, n->b), &owned);
    code_jump(e, OP_JU, list, unknown);
    unsigned it = loop_regs(e, info_of(e, sub(x, n->b))->elem);
    unsigned answer = code_reg(e, TK_BOOL);
    code_bool(e, dst, every);
    code_abc(e, OP_ITER, it, list, 0);
    code_here(e, loop);
    code_jump(e, OP_NEXT, it, after);
    expr_bind(e, x.file, x.node, it + 1);
    expr_to(e, sub(x, n->c), answer);
    expr_unbind(e);
    code_jump(e, OP_JU, answer, doubt);
    code_jump(e, OP_JF, answer, every ? settled : next);
    code_jump(e, OP_JMP, 0, every ? next : settled);
    code_here(e, doubt);
    code_abc(e, OP_UNKNOWN, dst, 0, 0);
    code_here(e, next);
    code_jump(e, OP_JMP, 0, loop);
    code_here(e, after);
    code_jump(e, OP_JMP, 0, end);
    code_here(e, settled);
    code_bool(e, dst, !every);
    code_jump(e, OP_JMP, 0, end);
    code_here(e, unknown);
    code_abc(e, OP_UNKNOWN, dst, 0, 0);
    code_here(e, end);
    code_free(e, answer);
    code_free_all(e, it, 2);
    drop(e, list, owned);
}

/* --- calls ------------------------------------------------------------------- */

/* default(x, y): absent anywhere on the way to x leads to y. */
static void defaulted(Emit *e, SemExpr x, unsigned dst)
{
    SynRef first = sem_node(x)->b;
    Label outer = e->f.absent, other = code_label(e), end = code_label(e);
    e->f.absent = other;
    expr_to(e, sub(x, first), dst);
    e->f.absent = outer;
    code_jump(e, OP_JMP, 0, end);
    code_here(e, other);
    expr_to(e, sub(x, syn(x.file->source.tree, first)->next), dst);
    code_here(e, end);
}

/* min and max of several arguments are those of a list (builtin_operands). */
static void extreme(Emit *e, SemExpr x, Builtin f, unsigned dst)
{
    SynRef first = sem_node(x)->b;
    uint32_t n = syn_count(x.file->source.tree, first), types[8], i = 0;
    uint32_t type = emit_type(e, expr_type(sub(x, first)));
    for (uint32_t k = 0; k < n && k < 8; k++)
        types[k] = type;
    unsigned args = code_regs(e, types, n);
    SYN_EACH(x.file->source.tree, k, first)
        expr_to(e, sub(x, k), args + i++);
    uint32_t list_type = emit_list_type(e, type);
    unsigned list = code_regs(e, &list_type, 1);
    code_abc(e, OP_LIST, list, args, n);
    code_abc(e, OP_FN, dst, list, (unsigned)f);
    code_free(e, list);
    code_free_all(e, args, n);
}

static void builtin(Emit *e, SemExpr x, Builtin f, unsigned dst)
{
    SynRef first = sem_node(x)->b, second = syn(x.file->source.tree, first)->next;
    bool owned;
    if (f == FN_default) {
        defaulted(e, x, dst);
        return;
    }
    if ((f == FN_min || f == FN_max) && second != 0) {
        extreme(e, x, f, dst);
        return;
    }
    if (builtin_operands(f) == 1) {
        unsigned a = expr_use(e, sub(x, first), &owned);
        code_abc(e, OP_FN, dst, a, (unsigned)f);
        drop(e, a, owned);
    } else {
        uint32_t types[2];
        types[0] = emit_type(e, expr_type(sub(x, first)));
        types[1] = emit_type(e, second == 0 ? TK_NUMBER
                                            : expr_type(sub(x, second)));
        unsigned args = code_regs(e, types, 2);
        expr_to(e, sub(x, first), args);
        if (second == 0)
            code_const(e, args + 1, val_int(0)); /* round() to whole numbers */
        else
            expr_to(e, sub(x, second), args + 1);
        code_abc(e, OP_FN, dst, args, (unsigned)f);
        code_free_all(e, args, 2);
    }
    if (f == FN_first || f == FN_last)
        may_be_absent(e, dst);
}

unsigned expr_args(Emit *e, uint32_t tool, const SemBind *args, uint32_t n_args,
                   bool with_result)
{
    const SemTool *t = &e->sem->tools[tool];
    uint32_t n = t->n_params + with_result;
    uint32_t *types = ARENA_NEW(e->arena, uint32_t, n + 1);
    if (with_result)
        types[0] = emit_type(e, t->result);
    for (uint32_t i = 0; i < t->n_params; i++)
        types[with_result + i] = emit_type(e, t->params[i].type);
    unsigned first = code_regs(e, types, n);
    for (uint32_t i = 0; i < t->n_params; i++) {
        SemExpr x = t->params[i].fallback;
        for (uint32_t k = 0; k < n_args; k++)
            if (args[k].param == i)
                x = args[k].expr;
        expr_to(e, x, first + with_result + i);
    }
    return first;
}

/* A reading tool inside an expression: its arguments by position. */
static void read_call(Emit *e, SemExpr x, uint32_t tool, unsigned dst)
{
    const SemTool *t = &e->sem->tools[tool];
    SemBind *args = ARENA_NEW(e->arena, SemBind, t->n_params + 1);
    uint32_t n = 0;
    SYN_EACH(x.file->source.tree, k, sem_node(x)->b) {
        args[n] = (SemBind){n, sub(x, k)};
        n++;
    }
    unsigned first = expr_args(e, tool, args, n, true);
    uint32_t site = code_site(e, tool, PROG_NONE, SITE_READ, x.file, x.node);
    code_ax(e, OP_CALL, first, site);
    code_abc(e, OP_MOVE, dst, first, 0);
    may_be_absent(e, dst);
    code_free_all(e, first, t->n_params + 1);
}

/* action.only_during(CAL): one of the names that the record has behind its
 * members (subjects.def). */
static void asked(Emit *e, SemExpr x, uint32_t question, unsigned dst)
{
    SemExpr subject = sub(x, sem_node(sub(x, sem_node(x)->a))->a);
    uint32_t texts = emit_list_type(e, emit_type(e, TK_TEXT));
    unsigned names = code_regs(e, &texts, 1), name_reg = code_reg(e, TK_TEXT);
    uint32_t calendar = x.file->refs[sem_node(x)->b].index;
    uint32_t name = emit_calendar_name(e, calendar); /* may move the strings */
    code_abc(e, OP_MEMBER, names, 0, info_of(e, subject)->n_fields + question);
    code_const(e, name_reg, val_text(e->p.strings[name]));
    code_abc(e, OP_IN, dst, name_reg, names);
    code_free(e, name_reg);
    code_free(e, names);
}

static void call(Emit *e, SemExpr x, unsigned dst)
{
    SemRef ref = x.file->refs[x.node];
    if (ref.kind == SR_TOOL)
        read_call(e, x, ref.index, dst);
    else if (ref.kind == SR_SUBJECT)
        asked(e, x, ref.index, dst);
    else
        builtin(e, x, (Builtin)ref.index, dst);
}

/* --- literals ------------------------------------------------------------------ */

static void literal(Emit *e, SemExpr x, unsigned dst)
{
    Value v = val_int(0);
    bool ok = chk_literal((const File *)x.file, x.node, &v);
    assert(ok); /* or the checker has reported it */
    (void)ok;
    code_const(e, dst, v);
}

static void text(Emit *e, SemExpr x, unsigned dst)
{
    code_const(e, dst, val_text(syn_decode(x.file->source.tree, x.node, e->arena)));
}

/* A piece's part: text as it stands, or an expression of any printable type. */
static uint32_t part_type(Emit *e, SemExpr x)
{
    return emit_type(e, sem_node(x)->kind == SYN_TEXTPART ? TK_TEXT : expr_type(x));
}

/* Pieces of up to PIECE parts; what is there already is the next one's first. */
static void interpolated(Emit *e, SemExpr x, unsigned dst)
{
    SynRef k = sem_node(x)->a;
    bool started = false;
    do {
        uint32_t types[PIECE + 1] = {0}, n = 0;
        if (started)
            types[n++] = emit_type(e, TK_TEXT);
        for (SynRef m = k; m != 0 && n < PIECE; m = syn(x.file->source.tree, m)->next)
            types[n++] = part_type(e, sub(x, m));
        unsigned first = code_regs(e, types, n), at = first;
        if (started)
            code_abc(e, OP_MOVE, at++, dst, 0);
        for (; k != 0 && at < first + n; k = syn(x.file->source.tree, k)->next) {
            if (syn(x.file->source.tree, k)->kind == SYN_TEXTPART)
                text(e, sub(x, k), at++);
            else
                expr_to(e, sub(x, k), at++);
        }
        code_abc(e, OP_TEXT, dst, first, n);
        code_free_all(e, first, n);
        started = true;
    } while (k != 0);
}

static void list(Emit *e, SemExpr x, unsigned dst)
{
    SynRef k = sem_node(x)->a;
    uint32_t list_type = emit_type(e, expr_type(x)), types[PIECE];
    uint32_t elem = emit_type(e, info_of(e, x)->elem);
    for (int i = 0; i < PIECE; i++)
        types[i] = elem;
    bool started = false;
    do {
        uint32_t n = 0;
        for (SynRef m = k; m != 0 && n < PIECE; m = syn(x.file->source.tree, m)->next)
            n++;
        unsigned first = code_regs(e, types, n), at = first;
        for (; k != 0 && at < first + n; k = syn(x.file->source.tree, k)->next)
            expr_to(e, sub(x, k), at++);
        unsigned made = started ? code_regs(e, &list_type, 1) : dst;
        code_abc(e, OP_LIST, made, first, n);
        if (started) {
            code_abc(e, OP_ADD, dst, dst, made);
            code_free(e, made);
        }
        code_free_all(e, first, n);
        started = true;
    } while (k != 0 && !e->failed);
}

static void record(Emit *e, SemExpr x, unsigned dst)
{
    uint32_t n = syn_count(x.file->source.tree, sem_node(x)->a), i = 0;
    uint32_t *types = ARENA_NEW(e->arena, uint32_t, n + 1);
    SYN_EACH(x.file->source.tree, k, sem_node(x)->a)
        types[i++] = emit_type(e, expr_type(sub(x, syn(x.file->source.tree, k)->b)));
    unsigned first = code_regs(e, types, n);
    i = 0;
    SYN_EACH(x.file->source.tree, k, sem_node(x)->a)
        expr_to(e, sub(x, syn(x.file->source.tree, k)->b), first + i++);
    code_abc(e, OP_RECORD, dst, first, n);
    code_free_all(e, first, n);
}

void expr_to(Emit *e, SemExpr x, unsigned dst)
{
    if (e->failed)
        return; /* one limit is enough, and registers no longer add up */
    x = sem_bare(x);
    const SynNode *n = sem_node(x);
    switch (n->kind) {
    case SYN_NAME: case SYN_PATH: /* a moment names an input by a path */
        name(e, x, x.file->refs[x.node], dst);
        break;
    case SYN_MEMBER: member(e, x, dst); break;
    case SYN_INDEX: index_of(e, x, dst); break;
    case SYN_BINARY: binary(e, x, dst); break;
    case SYN_NOT: unary(e, x, OP_NOT, dst); break;
    case SYN_NEG: unary(e, x, OP_NEG, dst); break;
    case SYN_QUANT: quantified(e, x, dst); break;
    case SYN_IF: choice(e, x, dst); break;
    case SYN_CALL: call(e, x, dst); break;
    case SYN_LIST: list(e, x, dst); break;
    case SYN_ARGS: record(e, x, dst); break;
    case SYN_TEXT: text(e, x, dst); break;
    case SYN_TEXTI: interpolated(e, x, dst); break;
    default: literal(e, x, dst);
    }
}
