/* Owns: that what a change is made to is known when people approve it (language
 * 5, G3014): in a phase's body no register that is unknown while the phase is
 * staged reaches a command, a target, a destroying tool, the list of an `each`,
 * or a `when` in front of a change. Must not know: anything that verify_code.c
 * and verify_steps.c have proved before: the order of steps, the shape of jumps.
 *
 * For each register: may it be unknown here? Also what is merely chosen by an
 * unknown condition may be. Where jumps meet, the union counts. Jumps go
 * forward but for a loop's own, so one sweep answers all; loops are swept again
 * until what comes back around them is what went in, as often as they are
 * nested and a little more. A body that is not settled then is refused. */
#include "vm/core/verify_int.h"

#include <string.h>

#include "vm/os/limits.h"

/* Sweeps beyond the depth of loops: one for what the deepest one brings back,
 * one that finds nothing new, and one for a value that is moved on. */
enum { MORE_SWEEPS = 3 };

/* No register: at the NEXT of a loop, that an unknown decides how often it goes
 * round, and so about everything in it. */
enum { GOES_ROUND = VERIFY_REGS * 64 - 1 };
/* Nor this: some way leads here. A JU is no way while its register is surely known:
 * so an `if` gives an unknown only where its condition may be one. */
enum { LIVE = VERIFY_REGS * 64 - 2 };
_Static_assert((int)LIM_REGISTERS <= (int)LIVE, "a bit for each register, and two");

typedef struct Flow {
    Verify *v;
    uint32_t owner;             /* the phase */
    uint32_t behind;            /* actions from here on stand behind the first change */
    uint32_t behind_await;      /* and awaits from here on */
    uint32_t last;              /* where the last change is made; PROG_NONE: none */
    bool wrote;                 /* a change stands in front of this place */
    uint32_t decided;           /* up to here an unknown decides what is done */
    VerifyRegs now;             /* registers that may be unknown */
    bool moved;                 /* a loop brought back something new */
} Flow;

static bool has(const VerifyRegs *r, unsigned reg)
{
    return (r->w[reg / 64] >> (reg % 64) & 1) != 0;
}

static void set(VerifyRegs *r, unsigned reg, bool on)
{
    uint64_t bit = UINT64_C(1) << (reg % 64);
    r->w[reg / 64] = on ? r->w[reg / 64] | bit : r->w[reg / 64] & ~bit;
}

/* true: there was something new. */
static bool join(VerifyRegs *into, const VerifyRegs *from)
{
    bool more = false;
    for (int i = 0; i < VERIFY_REGS; i++) {
        more = more || (from->w[i] & ~into->w[i]) != 0;
        into->w[i] |= from->w[i];
    }
    return more;
}

static Effect effect_of(const Verify *v, uint32_t action)
{
    return (Effect)v->p->imports[v->p->actions[action].import].effect;
}

static bool any(const Flow *f, unsigned first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (has(&f->now, first + i))
            return true;
    return false;
}

/* --- what may be unknown --------------------------------------------------------- */

/* The result of an action of the own phase; other phases have ended. */
static bool result_unknown(const Flow *f, uint32_t x)
{
    return f->v->p->actions[x].phase == f->owner &&
           (effect_of(f->v, x) != EFF_READS || x >= f->behind);
}

/* What people answer to a task comes when it is done, which is a change; what
 * they answer at a gate they have answered before they approve. */
static bool answer_unknown(const Flow *f, uint32_t x)
{
    const ProgAsk *k = &f->v->p->asks[x];
    return k->phase == f->owner && k->task != PROG_NONE;
}

static bool event_unknown(const Flow *f, uint32_t x)
{
    return f->v->p->awaits[x].phase == f->owner && x >= f->behind_await;
}

static bool call_unknown(const Flow *f, uint32_t i)
{
    const ProgSite *s = &f->v->p->sites[f->v->f->sites_first + ins_x(i)];
    const ProgImport *m = &f->v->p->imports[s->import];
    return m->effect != EFF_READS || f->wrote ||
           any(f, ins_a(i) + 1, m->params_count);
}

/* What the instruction gives may be unknown, by what it is made from. */
static bool made_of_unknown(const Flow *f, uint32_t i)
{
    unsigned a = ins_a(i), b = ins_b(i), c = ins_c(i);
    switch (ins_op(i)) {
    case OP_UNKNOWN: return true;
    case OP_RESULT: return result_unknown(f, ins_x(i));
    case OP_ANSWER: return answer_unknown(f, ins_x(i));
    case OP_EVENT: return event_unknown(f, ins_x(i));
    case OP_CALL: return call_unknown(f, i);
    case OP_NEXT: case OP_JF: case OP_JU: case OP_JA: return has(&f->now, a);
    case OP_MOVE: case OP_NOT: case OP_NEG: case OP_MEMBER: case OP_ITER:
        return has(&f->now, b);
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_EQ: case OP_NE:
    case OP_LT: case OP_LE: case OP_IN: case OP_WITHOUT: case OP_INDEX:
    case OP_APPEND:
        return has(&f->now, b) || has(&f->now, c);
    case OP_LIST: case OP_RECORD: case OP_TEXT: return any(f, b, c);
    case OP_FN: return any(f, b, (uint32_t)builtin_operands((Builtin)c));
    default: return false;
    }
}

/* The register that an instruction writes; -1: none. */
static int written(uint32_t i)
{
    switch (ins_op(i)) {
    case OP_NOP: case OP_JMP: case OP_JF: case OP_JU: case OP_JA: case OP_UNDO:
    case OP_WHEN: case OP_ACTION: case OP_DONE: case OP_EACH: case OP_CHECK:
    case OP_TELL: case OP_TASK: case OP_AWAIT: case OP_POLL: case OP_RET: case OP_END:
        return -1;
    case OP_NEXT: return (int)ins_a(i) + 1;
    default: return (int)ins_a(i);
    }
}

/* --- where it may not go ----------------------------------------------------------- */

/* As compiler/check/flow.c has it: a command always, a target of a change, anything of
 * what destroys. A read inside of an expression may ask about an unknown: it is
 * then unknown itself. */
static bool arguments(Flow *f, const ProgImport *m, unsigned first)
{
    const Program *p = f->v->p;
    for (uint32_t i = 0; i < m->params_count; i++) {
        const ProgParam *a = &p->params[m->params_first + i];
        bool must = (a->flags & PF_PROGRAM) != 0 || m->effect == EFF_DESTROYS ||
                    ((a->flags & PF_TARGET) != 0 && m->effect >= EFF_CHANGES);
        if (must && has(&f->now, first + i))
            return verify_bad(f->v, "`%.*s` of `%.*s.%.*s` must be known when people "
                              "approve, but is known only afterwards",
                              STR_ARG(prog_str(p, a->name)), STR_ARG(prog_str(p, m->pack)),
                              STR_ARG(prog_str(p, m->tool)));
    }
    return true;
}

static bool call(Flow *f, uint32_t i)
{
    const ProgSite *s = &f->v->p->sites[f->v->f->sites_first + ins_x(i)];
    const ProgImport *m = &f->v->p->imports[s->import];
    bool undo = ins_op(i) == OP_UNDO;
    return s->role == SITE_READ || arguments(f, m, ins_a(i) + !undo);
}

/* What is read for the second element is read behind the first one's change. */
static bool each(Flow *f, uint32_t i)
{
    if (has(&f->now, ins_a(i)))
        return verify_bad(f->v, "the list of its `each` must be known when people "
                          "approve, but is known only afterwards");
    f->wrote = f->wrote || effect_of(f->v, ins_x(i)) >= EFF_CHANGES;
    return true;
}

static bool when(Flow *f, uint32_t i)
{
    bool change_follows = f->last != PROG_NONE && f->v->pc < f->last;
    return verify_that(f->v, !change_follows || !has(&f->now, ins_a(i)),
                       "whether a change is made must be known when people "
                       "approve, but is known only afterwards");
}

static bool allowed(Flow *f, uint32_t i)
{
    switch (ins_op(i)) {
    case OP_CALL: case OP_UNDO: return call(f, i);
    case OP_EACH: return each(f, i);
    case OP_WHEN: return when(f, i);
    default: return true;
    }
}

/* --- one sweep ------------------------------------------------------------------------ */

/* An unknown decides whether this jump is taken: then also about what stands
 * behind it up to where it leads, and about each loop that it leaves. */
static void decides(Flow *f, uint32_t to)
{
    const Verify *v = f->v;
    if (to > f->decided)
        f->decided = to;
    for (uint32_t at = v->loop[v->pc]; at != PROG_NONE && to >= verify_target(v, at);
         at = v->parent[at]) {
        f->moved = f->moved || !has(&v->flow[at], GOES_ROUND);
        set(&v->flow[at], GOES_ROUND, true);
    }
}

static void jump(Flow *f, uint32_t i, bool unknown)
{
    uint32_t to = (uint32_t)verify_target(f->v, f->v->pc);
    if (ins_op(i) == OP_JU && !made_of_unknown(f, i))
        return;
    if (unknown) /* never of a WHEN: what may follow one, when() says */
        decides(f, to);
    bool more = join(&f->v->flow[to], &f->now);
    f->moved = f->moved || (more && to <= f->v->pc);
    if (ins_op(i) == OP_JMP)
        f->now = (VerifyRegs){{0}};
}

static bool step(Flow *f)
{
    Verify *v = f->v;
    uint32_t i = verify_code_at(v, v->pc);
    join(&f->now, &v->flow[v->pc]);
    if (!has(&f->now, LIVE))
        return true;
    set(&v->flow[v->pc], LIVE, true);
    if (has(&f->now, GOES_ROUND)) {
        set(&f->now, GOES_ROUND, false);
        if (verify_target(v, v->pc) > f->decided)
            f->decided = (uint32_t)verify_target(v, v->pc);
    }
    bool unknown = v->pc < f->decided || made_of_unknown(f, i);
    if (!allowed(f, i))
        return false;
    switch (ins_op(i)) {
    case OP_JMP: case OP_JF: case OP_JU: case OP_JA: case OP_NEXT: case OP_WHEN:
        jump(f, i, unknown);
        break;
    case OP_CALL:
        f->wrote = f->wrote ||
                   v->p->imports[v->p->sites[v->f->sites_first + ins_x(i)].import]
                           .effect >= EFF_CHANGES;
        break;
    case OP_TASK: f->wrote = true; break;
    default: break;
    }
    int reg = written(i);
    if (reg >= 0)
        set(&f->now, (unsigned)reg, unknown);
    return true;
}

static bool sweep(Flow *f)
{
    f->now = (VerifyRegs){{0}};
    set(&f->now, LIVE, true);
    f->wrote = f->moved = false;
    f->decided = 0;
    for (f->v->pc = 0; f->v->pc < f->v->f->code_count; f->v->pc++)
        if (!step(f))
            return false;
    return true;
}

static uint32_t deepest_loop(const Verify *v)
{
    uint32_t most = 0;
    for (uint32_t pc = 0; pc < v->f->code_count; pc++)
        if (ins_op(verify_code_at(v, pc)) == OP_NEXT && v->depth[pc] > most)
            most = v->depth[pc];
    return most;
}

/* Where the changes are. */
static void find_changes(Flow *f)
{
    Verify *v = f->v;
    uint32_t action = 0, await = 0; /* those that have begun, and one */
    f->behind = f->behind_await = f->last = PROG_NONE;
    for (v->pc = 0; v->pc < v->f->code_count; v->pc++) {
        uint32_t i = verify_code_at(v, v->pc);
        bool change = ins_op(i) == OP_TASK;
        if (ins_op(i) == OP_AWAIT)
            await = ins_x(i) + 1;
        if (ins_op(i) == OP_ACTION)
            action = ins_x(i) + 1;
        if (ins_op(i) == OP_DONE)
            change = effect_of(v, ins_x(i)) >= EFF_CHANGES;
        if (!change)
            continue;
        f->last = v->pc;
        if (f->behind != PROG_NONE)
            continue;
        f->behind = action;
        f->behind_await = await;
    }
}

bool verify_flow(Verify *v)
{
    Flow f = {.v = v, .owner = v->owner[v->func]};
    find_changes(&f);
    memset(v->flow, 0, v->f->code_count * sizeof *v->flow);
    for (uint32_t sweeps = deepest_loop(v) + MORE_SWEEPS; sweeps > 0; sweeps--) {
        if (!sweep(&f))
            return false;
        if (!f.moved)
            return true;
    }
    v->pc = 0;
    return verify_bad(v, "its loops move values on in a way that cannot be followed");
}
