/* Owns: how much a plan can come to: lists within lists (G7006), and the bounds
 * that `gatec check -v` prints (language 9.8).
 * Must not know: what a step of the interpreter costs beyond: an element costs
 * at least one. */
#include "compiler/prove/prove.h"
#include "compiler/prove/story.h"

static uint64_t times(uint64_t a, uint64_t b)
{
    return a != 0 && b > UINT64_MAX / a ? UINT64_MAX : a * b;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* --- how long lists are ----------------------------------------------------------- */

/* Expressions are at most CHK_DEPTH deep with their lets in place (expr.c), so
 * recursion over them is bounded; a plan's own names keep what they came to. */
typedef struct Measure {
    const Sem *sem;
    uint64_t *let_length, *let_deep; /* 0: not measured yet */
} Measure;

static uint64_t longest(Measure *m, const SemFile *f, SynRef r);

static uint64_t length_of_binary(Measure *m, const SemFile *f, const SynNode *n)
{
    uint64_t left = longest(m, f, n->a);
    if (n->aux == BIN_WITHOUT)
        return left;
    if (n->aux != BIN_ADD)
        return LIM_LIST_ITEMS;
    uint64_t sum = plus(left, longest(m, f, n->b));
    return sum < LIM_LIST_ITEMS ? sum : LIM_LIST_ITEMS;
}

/* The most elements that this list can have. */
static uint64_t longest(Measure *m, const SemFile *f, SynRef r)
{
    const SynNode *n = syn(f->source.tree, r);
    SemRef ref = f->refs[r];
    if (ref.kind == SR_LET) {
        const SemLet *l = &m->sem->lets[ref.index];
        if (m->let_length[ref.index] == 0)
            m->let_length[ref.index] = plus(longest(m, l->expr.file, l->expr.node), 1);
        return m->let_length[ref.index] - 1;
    }
    switch (n->kind) {
    case SYN_LIST:
        return syn_count(f->source.tree, n->a);
    case SYN_PAREN:
        return longest(m, f, n->a);
    case SYN_IF:
        return larger(longest(m, f, n->b), longest(m, f, n->c));
    case SYN_BINARY:
        return length_of_binary(m, f, n);
    default:
        return LIM_LIST_ITEMS;
    }
}

/* --- lists within lists ------------------------------------------------------------- */

static uint64_t deepest(Measure *m, const SemFile *f, SynRef r);

static uint64_t deepest_of(Measure *m, const SemFile *f, SynRef list)
{
    const SynTree *t = f->source.tree;
    uint64_t most = 1;
    SYN_EACH(t, k, list)
        most = larger(most, deepest(m, f, syn(t, k)->kind == SYN_ARG ? syn(t, k)->b : k));
    return most;
}

/* The most rounds of the innermost `every` or `some` of this; 1: there is none. */
static uint64_t deepest(Measure *m, const SemFile *f, SynRef r)
{
    const SynNode *n = syn(f->source.tree, r);
    SemRef ref = f->refs[r];
    if (r == 0)
        return 1;
    if (ref.kind == SR_LET) {
        const SemLet *l = &m->sem->lets[ref.index];
        if (m->let_deep[ref.index] == 0)
            m->let_deep[ref.index] = deepest(m, l->expr.file, l->expr.node);
        return m->let_deep[ref.index];
    }
    switch (n->kind) {
    case SYN_QUANT:
        return larger(deepest(m, f, n->b), times(larger(longest(m, f, n->b), 1), deepest(m, f, n->c)));
    case SYN_LIST: case SYN_ARGS: case SYN_TEXTI:
        return deepest_of(m, f, n->a);
    case SYN_CALL:
        return deepest_of(m, f, n->b);
    case SYN_BINARY: case SYN_INDEX:
        return larger(deepest(m, f, n->a), deepest(m, f, n->b));
    case SYN_IF:
        return larger(deepest(m, f, n->a), larger(deepest(m, f, n->b), deepest(m, f, n->c)));
    case SYN_MEMBER: case SYN_NOT: case SYN_NEG: case SYN_PAREN:
        return deepest(m, f, n->a);
    default:
        return 1;
    }
}

/* The part that goes through a list for each round; 0: it stands in a let. As
 * deep as the expression is. */
static SynRef inner_of(const File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SynRef parts[3] = {0}, list = 0, hit = 0;
    switch (n->kind) {
    case SYN_QUANT: return n->b;
    case SYN_LIST: case SYN_ARGS: case SYN_TEXTI: list = n->a; break;
    case SYN_CALL: list = n->b; break;
    case SYN_IF: parts[2] = n->c; /* fall through */
    case SYN_BINARY: case SYN_INDEX: parts[1] = n->b; /* fall through */
    case SYN_MEMBER: case SYN_NOT: case SYN_NEG: case SYN_PAREN: parts[0] = n->a; break;
    default: return 0;
    }
    for (int i = 0; i < 3 && hit == 0; i++)
        hit = parts[i] == 0 ? 0 : inner_of(f, parts[i]);
    SYN_EACH(f->tree, k, list)
        if (hit == 0)
            hit = inner_of(f, chk_node(f, k)->kind == SYN_ARG ? chk_node(f, k)->b : k);
    return hit;
}

static void too_many(Checker *c, const File *f, SynRef list, SynRef inner, uint64_t rounds, uint64_t each)
{
    Diag *d = chk_report(c, 7006, f, list, "this may take %llu times %llu steps, and there are at most %d",
                         (unsigned long long)rounds, (unsigned long long)each, LIM_FUEL);
    diag_label(c->diags, d, "up to %llu elements", (unsigned long long)rounds);
    if (inner != 0)
        chk_also(c, d, f, inner, "gone through again for each of them");
    diag_help(c->diags, d, "compare whole lists instead: count(left without right) == 0, or let a tool do it");
}

static bool over(uint64_t rounds, uint64_t each)
{
    return each > 1 && each <= LIM_FUEL && times(rounds, each) > LIM_FUEL;
}

static void each_action(Checker *c, Measure *m, const SemAction *a)
{
    const SemPhase *p = &c->sem->phases[a->phase];
    uint64_t most = 1, rounds = longest(m, c->sem->file, a->elements->list);
    SynRef at = 0;
    if (p->limit->node != 0 && rounds > p->limit->n)
        rounds = p->limit->n;
    for (uint32_t i = 0; i < a->n_args + a->n_undo_args; i++) {
        const SemBind *b = i < a->n_args ? &a->args[i] : &a->undo_args[i - a->n_args];
        uint64_t n = deepest(m, b->expr.file, b->expr.node);
        if (n > most)
            at = inner_of(c->main, b->expr.node);
        most = larger(most, n);
    }
    if (over(rounds, most))
        too_many(c, c->main, a->elements->list, at, rounds, most);
}

static Measure measure(const Sem *s, Arena *arena)
{
    return (Measure){s, ARENA_NEW(arena, uint64_t, s->n_lets), ARENA_NEW(arena, uint64_t, s->n_lets)};
}

void prove_size(Checker *c)
{
    if (c->n_quants == 0)
        return; /* nothing goes through a list within another */
    Measure m = measure(c->sem, c->arena);
    for (uint32_t i = 0; i < c->n_quants; i++) {
        const File *f = (const File *)c->quants[i].file; /* its first member */
        const SynNode *n = chk_node(f, c->quants[i].node);
        uint64_t rounds = longest(&m, &f->sem, n->b), each = deepest(&m, &f->sem, n->c);
        if (over(rounds, each))
            too_many(c, f, n->b, inner_of(f, n->c), rounds, each);
    }
    for (uint32_t i = 0; i < c->sem->n_actions; i++)
        if (c->sem->actions[i].each != 0)
            each_action(c, &m, &c->sem->actions[i]);
}

/* --- bounds -------------------------------------------------------------------------- */

/* All that lie behind a phase, and it itself, run once more for each return. */
static void again(const Sem *s, const SemReturn *r, bool *behind, uint64_t *rounds)
{
    for (uint32_t k = 0; k < s->n_phases; k++) {
        uint32_t i = s->order[k];
        behind[i] = i == r->phase;
        for (uint32_t n = 0; n < s->phases[i].n_needs; n++)
            behind[i] = behind[i] || behind[s->phases[i].needs[n].phase];
        if (behind[i])
            rounds[i] = times(rounds[i], plus(1, r->most));
    }
}

/* How often each phase can run. Returns may come together in every way; where
 * there are very many of them, each is taken to lie behind all. */
static uint64_t *rounds_of(const Sem *s, Arena *arena)
{
    uint64_t *rounds = ARENA_NEW(arena, uint64_t, s->n_phases), all = 1, n = 0;
    bool *behind = ARENA_NEW(arena, bool, s->n_phases);
    for (uint32_t g = 0; g < s->n_gates; g++)
        for (uint32_t r = 0; r < s->gates[g].n_returns; r++, n++)
            all = times(all, plus(1, s->gates[g].returns[r].most));
    bool many = s->order == NULL || times(n, s->n_phases) > LIM_PROOF_STEPS;
    for (uint32_t i = 0; i < s->n_phases; i++)
        rounds[i] = many ? all : 1;
    for (uint32_t g = 0; g < s->n_gates && !many; g++)
        for (uint32_t r = 0; r < s->gates[g].n_returns; r++)
            again(s, &s->gates[g].returns[r], behind, rounds);
    return rounds;
}

static void add_action(PlanBounds *b, Measure *m, const SemPhase *p, const SemAction *a, uint64_t rounds)
{
    uint64_t n = 1;
    if (a->each != 0) {
        n = longest(m, m->sem->file, a->elements->list);
        b->unbounded += n == LIM_LIST_ITEMS;
        if (p->limit->node != 0 && n > p->limit->n)
            n = p->limit->n; /* the rest is asked for anew: counted as a decision more */
    }
    uint64_t calls = times(times(n, plus(1, a->retry->most)), rounds);
    b->actions = plus(b->actions, n);
    b->calls = plus(b->calls, calls);
    if (undo_calls(a->undo_kind))
        b->undo_calls = plus(b->undo_calls, times(n, rounds));
}

static void add_gate(PlanBounds *b, const SemGate *g, uint64_t rounds)
{
    if (g->level < 2)
        return;
    uint64_t asked = plus(1, g->otherwise == SO_AGAIN ? g->again->most : g->otherwise == SO_ASK);
    b->questions = plus(b->questions, times(asked, rounds));
    b->approvals = plus(b->approvals, times(larger(g->by.quorum, 1), rounds));
}

PlanBounds story_bounds(const Sem *s, Arena *arena)
{
    PlanBounds b = {.steps = LIM_FUEL, .memory = LIM_ARENA_BYTES};
    Measure m = measure(s, arena);
    const uint64_t *rounds = rounds_of(s, arena);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        uint64_t sections = plus(1, p->n_requires) + (p->when != 0);
        for (uint32_t k = 0; k < p->n_actions; k++)
            add_action(&b, &m, p, &s->actions[p->first_action + k], rounds[i]);
        if (p->gate != SEM_NONE) {
            add_gate(&b, &s->gates[p->gate], rounds[i]);
            sections++;
        }
        b.sections = plus(b.sections, times(sections, rounds[i]));
    }
    return b;
}

static void put(Buf *out, uint64_t n, const char *one, const char *many)
{
    if (n == UINT64_MAX)
        buf_printf(out, "more %s than can be counted", many);
    else
        buf_printf(out, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

void story_put_bounds(const PlanBounds *b, Buf *out)
{
    buf_puts(out, "  at most      ");
    put(out, b->actions, "action", "actions");
    buf_puts(out, ", ");
    put(out, b->calls, "tool call", "tool calls");
    buf_puts(out, " with all retries, ");
    put(out, b->undo_calls, "call", "calls");
    buf_puts(out, " to undo,\n               ");
    put(out, b->questions, "question", "questions");
    buf_puts(out, " to people, ");
    put(out, b->approvals, "approval", "approvals");
    buf_puts(out, ",\n               ");
    put(out, b->sections, "section", "sections");
    buf_printf(out, " of %llu steps and %llu MiB each\n", (unsigned long long)b->steps,
               (unsigned long long)b->memory >> 20);
    if (b->unbounded > 0)
        buf_printf(out, "               (%u list%s of which only the limit is known: %d elements)\n", b->unbounded,
                   b->unbounded == 1 ? "" : "s", LIM_LIST_ITEMS);
}
