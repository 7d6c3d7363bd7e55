/* Owns: that what is read is there: on every path, and without a skipped or
 * failed phase in between.
 * Must not know: levels, effects. */
#include "compiler/prove/order.h"

static Str read_text(const Read *r)
{
    return chk_text(r->file, r->node);
}

static bool of_gate(const Checker *c, const Read *r)
{
    return r->kind == SR_ASK && c->sem->asks[r->index].task == SEM_NONE;
}

static void not_before(Checker *c, const Read *r)
{
    const SemPhase *from = &c->sem->phases[r->producer], *to = &c->sem->phases[r->reader];
    Diag *d = chk_report(c, 3004, r->file, r->node,
                         "`%.*s` is read here, but `%.*s` may not have finished",
                         STR_ARG(read_text(r)), STR_ARG(from->name));
    diag_label(c->diags, d, "value used here");
    chk_also(c, d, c->main, chk_node(c->main, to->node)->a, "no `needs` leads from here to `%.*s`",
             STR_ARG(from->name));
    prove_add_need(c, d, 'M', r->reader, r->producer);
}

/* A gate whose evidence is made beside it, behind it, or on another way only. */
static void evidence_later(Checker *c, const Read *r, bool on_some_way)
{
    const SemPhase *from = &c->sem->phases[r->producer], *to = &c->sem->phases[r->reader];
    Diag *d = chk_report(c, 4008, r->file, r->node, "`%.*s` may not be there yet when `%.*s` asks",
                         STR_ARG(read_text(r)), STR_ARG(to->name));
    diag_label(c->diags, d, "shown as evidence");
    if (on_some_way)
        chk_also(c, d, c->main, chk_node(c->main, from->node)->a, "only one of the ways that lead to this gate");
    else
        chk_also(c, d, c->main, chk_node(c->main, from->node)->a, "nothing makes this finish before the question");
    diag_help(c->diags, d, on_some_way ? "show what every way gives, or need `%.*s` itself"
                                       : "let `%.*s` come first: add it to `needs`", STR_ARG(from->name));
}

static void only_one_branch(Checker *c, const Read *r)
{
    const SemPhase *from = &c->sem->phases[r->producer], *to = &c->sem->phases[r->reader];
    Diag *d = chk_report(c, of_gate(c, r) ? 4012 : 3005, r->file, r->node,
                         "`%.*s` is read here, but `%.*s` is only one of the ways that lead here",
                         STR_ARG(read_text(r)), STR_ARG(from->name));
    diag_label(c->diags, d, of_gate(c, r) ? "nobody was asked when another way was taken"
                                          : "not there when another way was taken");
    SYN_EACH(c->main->tree, k, chk_node(c->main, to->node)->c)
        if (chk_node(c->main, k)->kind == SYN_NEEDS && (chk_node(c->main, k)->aux & NEEDS_ANY) != 0)
            chk_also(c, d, c->main, k, "any one of these is enough");
    diag_help(c->diags, d, "need `%.*s` itself, or read what every way gives", STR_ARG(from->name));
}

/* What a default could be, by type; the writer decides. */
static const char *stand_in(TypeKind k)
{
    switch (k) {
    case TK_NUMBER: return "0";
    case TK_BOOL: return "false";
    case TK_TEXT: return "\"none\"";
    case TK_LIST: return "[]";
    default: return "...";
    }
}

static Str step_name(const Sem *s, const Read *r)
{
    return r->kind == SR_ACTION ? s->actions[r->index].name
           : r->kind == SR_AWAIT ? s->awaits[r->index].name : s->asks[r->index].name;
}

/* What is wrong with a use of a let is said once. */
static bool told(Checker *c, const Read *r)
{
    if (r->use == 0)
        return false;
    bool before = c->let_uses[r->use - 1].told;
    c->let_uses[r->use - 1].told = true;
    return before;
}

static void maybe_absent(Checker *c, const Read *r, SynRef why, const char *words)
{
    if (told(c, r))
        return;
    bool gate = of_gate(c, r);
    Str name = step_name(c->sem, r);
    Diag *d = chk_report(c, gate ? 4012 : 2012, r->file, r->node,
                         r->kind == SR_ASK ? "`%.*s` may never have been answered, and then has no value"
                         : r->kind == SR_AWAIT ? "`%.*s` may never have come, and then has no value"
                                               : "`%.*s` may have been skipped, and then has no value",
                         STR_ARG(name));
    diag_label(c->diags, d, "value used here");
    chk_also(c, d, c->main, why, "%s", words);
    diag_help(c->diags, d, "say what stands for it then");
    chk_fix_replace(c, d, 'H', r->file, r->node,
                    chk_printf(c, "default(%.*s, %s)", STR_ARG(read_text(r)),
                               stand_in(chk_kind(c, r->file->sem.types[r->node]))),
                    "give it a default");
}

/* The clause by which the step itself may be left out; 0: none. */
static SynRef left_out(const Checker *c, const Read *r, const char **words)
{
    const Sem *s = c->sem;
    if (r->kind == SR_ACTION && s->actions[r->index].when != 0) {
        *words = "only then does it run";
        return chk_clause(c->main, s->actions[r->index].node, SYN_WHEN);
    }
    if (r->kind == SR_AWAIT && s->awaits[r->index].otherwise == SO_CONTINUE) {
        *words = "goes on although it did not come";
        return chk_clause(c->main, s->awaits[r->index].node, SYN_OTHERWISE);
    }
    return 0;
}

static void absent(Checker *c, const Read *r, bool firm)
{
    if (r->kind == SR_NONE || r->has_default)
        return;
    const SemPhase *p = &c->sem->phases[r->producer];
    const char *words;
    SynRef out = left_out(c, r, &words);
    if (out != 0)
        maybe_absent(c, r, out, words);
    else if (r->reader != r->producer && p->when != 0)
        maybe_absent(c, r, chk_clause(c->main, p->node, SYN_WHEN), "only then does its phase run");
    else if (!firm)
        maybe_absent(c, r, chk_node(c->main, p->node)->a, "this phase may have failed before");
}

/* The common case is answered without a pass: a plain need on the producer. */
static bool needs_directly(const Sem *s, const SemPhase *p, uint32_t producer)
{
    enum { FEW = 16 };
    for (uint32_t k = 0; k < p->n_needs && k < FEW; k++)
        if (p->needs[k].phase == producer && p->needs[k].group == 0 && !order_weak(s, p, &p->needs[k]))
            return true;
    return false;
}

static void answer(void *ctx, uint32_t id, uint64_t bit, const OrderPass *p)
{
    Checker *c = ctx;
    const Read *r = &c->reads[id];
    OrderRow row = order_row(p, r->reader);
    if ((row.must & bit) != 0)
        absent(c, r, (row.firm & bit) != 0);
    else if (r->kind == SR_NONE && c->sound)
        evidence_later(c, r, (row.may & bit) != 0);
    else if (r->kind == SR_NONE)
        return; /* an order may be missing because of another error */
    else if (told(c, r))
        return;
    else if ((row.may & bit) == 0)
        not_before(c, r);
    else
        only_one_branch(c, r);
}

static bool plainly_before(Checker *c, const Read *r)
{
    if (r->reader == r->producer || needs_directly(c->sem, &c->sem->phases[r->reader], r->producer))
        return true;
    return order_surely_firm(prove_order(c), r->producer, r->reader);
}

typedef struct Asks { OrderAsk *items; uint32_t n, cap; } Asks;

static void ask(Checker *c, Asks *asks, uint32_t id)
{
    const Read *r = &c->reads[id];
    if (plainly_before(c, r))
        absent(c, r, true);
    else
        *CHK_PUSH(c, asks->items, asks->n, asks->cap) =
            (OrderAsk){.about = r->producer, .until = r->reader, .id = id};
}

/* What a let reads counts for each phase that uses it, as if it stood there. */
typedef struct Through { uint32_t use; bool bare; } Through;

static bool read_through(Checker *c, const Read *of_let, void *ctx)
{
    const Through *t = ctx;
    const LetUse *u = &c->let_uses[t->use];
    Read r = *of_let;
    r.file = u->file;
    r.node = u->node;
    r.reader = u->reader;
    r.has_default = !t->bare;
    r.use = t->use + 1;
    if (plainly_before(c, &r))
        absent(c, &r, true);
    else
        *CHK_PUSH(c, c->reads, c->n_reads, c->cap_reads) = r;
    return false;
}

static void reads_of_lets(Checker *c)
{
    for (uint32_t i = 0; i < c->n_let_uses; i++) {
        const LetUse *u = &c->let_uses[i];
        Through all = {i, false}, bare = {i, true};
        if (!u->in_default)
            chk_let_find(c, u->let, ~UINT64_C(0), true, read_through, &bare);
        chk_let_find(c, u->let, ~UINT64_C(0), false, read_through, &all);
    }
}

void prove_reads(Checker *c)
{
    if (c->sem->order == NULL || c->too_deep)
        return; /* without an order there is no before */
    Asks asks = {0};
    reads_of_lets(c);
    for (uint32_t i = 0; i < c->n_reads; i++)
        ask(c, &asks, i);
    if (asks.n > 0)
        order_ask(c, prove_order(c), asks.items, asks.n, false, answer, c);
}
