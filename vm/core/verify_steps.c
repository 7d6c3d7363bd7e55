/* Owns: that the steps of a phase's body stand in their order, each whole, and that no
 * jump goes around any part of one. Must not know: types, which verify_code.c has
 * tested; what is unknown (verify_flow.c). */
#include "vm/core/verify_int.h"

typedef struct Steps {
    const ProgPhase *phase;
    uint32_t owner;
    uint32_t action, check, tell, task, await; /* the next ones, of the program */
    bool open;                    /* `action` has begun */
    bool called, has_when;
    bool unsure;                  /* behind an event that may not have come */
    uint32_t group;               /* `together` of the last action; 0: not side by side */
    uint32_t groups;              /* the last number that a group had */
    uint32_t each;                /* the NEXT of the action's loop, or PROG_NONE */
    uint32_t skip;                /* where its WHEN goes */
} Steps;

static bool outside(Verify *v, const Steps *s)
{
    return verify_that(v, !s->open && v->loop[v->pc] == PROG_NONE,
                       "it stands inside of an action or a loop");
}

/* Nothing but its actions stands in a group. */
static bool side_by_side(Verify *v, Steps *s, uint32_t group)
{
    if (group != 0 && group != s->group) {
        if (group <= s->groups)
            return verify_bad(v, "actions that run together do not stand together");
        s->groups = group;
    }
    s->group = group;
    return true;
}

static bool begin(Verify *v, Steps *s, uint32_t x)
{
    if (!outside(v, s))
        return false;
    if (x != s->action ||
        x - s->phase->actions_first >= s->phase->actions_count)
        return verify_bad(v, "it is not the next action of its phase");
    if (!side_by_side(v, s, v->p->actions[x].together))
        return false;
    s->open = true;
    s->called = s->has_when = false;
    s->each = PROG_NONE;
    return true;
}

static bool end(Verify *v, Steps *s, uint32_t x)
{
    const ProgAction *a = &v->p->actions[s->action];
    if (!s->open || x != s->action || v->loop[v->pc] != PROG_NONE || !s->called)
        return verify_bad(v, "no action that was called ends here");
    if (s->has_when != (a->conditional != 0) ||
        (s->has_when && s->skip != v->pc + 1))
        return verify_bad(v, "its `when` does not lead past it");
    s->open = false;
    s->action++;
    return true;
}

static bool when(Verify *v, Steps *s)
{
    int64_t to = verify_target(v, v->pc);
    if (!s->open || s->called || s->has_when || s->each != PROG_NONE ||
        v->loop[v->pc] != PROG_NONE || to <= v->pc || to >= v->f->code_count)
        return verify_bad(v, "it does not stand at the start of an action");
    s->has_when = true;
    s->skip = (uint32_t)to;
    return true;
}

static bool each(Verify *v, Steps *s, unsigned a, uint32_t x)
{
    uint32_t before = v->pc == 0 ? 0 : verify_code_at(v, v->pc - 1);
    /* It is not called yet: run_call() wants the element first. */
    if (!s->open || x != s->action || s->each != PROG_NONE || v->p->actions[x].is_each == 0)
        return verify_bad(v, "it is not the one element of its action");
    if (ins_op(before) != OP_NEXT || ins_a(before) + 1 != a ||
        v->depth[v->pc - 1] != 1)
        return verify_bad(v, "no element of a list was taken in front of it");
    s->each = v->pc - 1;
    return true;
}

static bool run_call(Verify *v, Steps *s, const ProgSite *site)
{
    const ProgAction *a = &v->p->actions[site->action];
    bool undoes = undo_calls((ActionUndo)a->undo_kind);
    bool has_undo = v->pc > 0 && ins_op(verify_code_at(v, v->pc - 1)) == OP_UNDO;
    if (!s->open || site->action != s->action || s->called)
        return verify_bad(v, "it is not the one call of its action");
    if (s->unsure && v->p->imports[site->import].effect >= EFF_CHANGES)
        return verify_bad(v, "it changes something although an event may not have come");
    if (undoes && !has_undo) /* another's undo never stands here: step_call() */
        return verify_bad(v, "no undo stands in front of it");
    if ((a->is_each != 0) != (s->each != PROG_NONE) || v->loop[v->pc] != s->each)
        return verify_bad(v, "it does not stand where its `each` is");
    s->called = true;
    return true;
}

static bool step_call(Verify *v, Steps *s, unsigned op, uint32_t x)
{
    const ProgSite *site = &v->p->sites[v->f->sites_first + x];
    if (op == OP_CALL)
        return site->role == SITE_READ || run_call(v, s, site);
    if (!s->open || site->action != s->action)
        return verify_bad(v, "it stands outside of its action");
    uint32_t next = verify_code_at(v, v->pc + 1); /* it is not the last: frame() */
    if (ins_op(next) != OP_CALL ||
        v->p->sites[v->f->sites_first + ins_x(next)].role != SITE_RUN)
        return verify_bad(v, "the call that it takes back does not follow");
    return true;
}

static bool check(Verify *v, Steps *s, unsigned op, uint32_t x)
{
    if (!outside(v, s))
        return false;
    if (x != s->check || x - s->phase->checks_first >= s->phase->checks_count)
        return verify_bad(v, "it is not the next check of its phase");
    if ((v->p->checks[x].fn != PROG_NONE) != (op == OP_POLL))
        return verify_bad(v, "the check has an answer here and a section of its own, or none");
    s->check++;
    return side_by_side(v, s, 0);
}

static bool tell(Verify *v, Steps *s, uint32_t x)
{
    if (!outside(v, s))
        return false;
    if (x >= v->p->n_tells || v->p->tells[x].phase != s->owner || x < s->tell)
        return verify_bad(v, "it is not the next message of its phase");
    s->tell = x + 1;
    return side_by_side(v, s, 0);
}

/* People change what they are asked to change. */
static bool task(Verify *v, Steps *s, uint32_t x)
{
    if (!outside(v, s))
        return false;
    if (x != s->task || x - s->phase->tasks_first >= s->phase->tasks_count)
        return verify_bad(v, "it is not the next task of its phase");
    if (s->unsure)
        return verify_bad(v, "people change something although an event may not have come");
    s->task++;
    return side_by_side(v, s, 0);
}

static bool await(Verify *v, Steps *s, uint32_t x)
{
    if (!outside(v, s))
        return false;
    if (x != s->await || x - s->phase->awaits_first >= s->phase->awaits_count)
        return verify_bad(v, "it is not the next event of its phase");
    s->unsure = s->unsure || v->p->awaits[x].otherwise == OW_CONTINUE;
    s->await++;
    return side_by_side(v, s, 0);
}

/* What the own phase gives is there once its step has ended, and a group ends
 * as a whole. */
static bool own_result(Verify *v, const Steps *s, uint32_t x)
{
    const Program *p = v->p;
    uint32_t group = p->actions[x].together;
    if (p->actions[x].phase != s->owner)
        return true;
    if (x >= s->action)
        return verify_bad(v, "it reads the result of an action that comes later");
    bool under_way = group != 0 && s->action < s->phase->actions_first + s->phase->actions_count &&
                     p->actions[s->action].together == group;
    return verify_that(v, !under_way, "it reads the result of an action that runs beside it");
}

static bool own_answer(Verify *v, const Steps *s, uint32_t x)
{
    const ProgAsk *k = &v->p->asks[x];
    return verify_that(v, k->phase != s->owner || k->task == PROG_NONE || k->task < s->task,
                       "it reads an answer of a task that comes later");
}

static bool own_event(Verify *v, const Steps *s, uint32_t x)
{
    return verify_that(v, v->p->awaits[x].phase != s->owner || x < s->await,
                       "it reads an event that is awaited later");
}

static bool finish(Verify *v, const Steps *s)
{
    /* One that is open has not been counted. */
    return verify_that(v, v->pc + 1 == v->f->code_count &&
                       s->action == s->phase->actions_first + s->phase->actions_count &&
                       s->check == s->phase->checks_first + s->phase->checks_count &&
                       s->task == s->phase->tasks_first + s->phase->tasks_count &&
                       s->await == s->phase->awaits_first + s->phase->awaits_count,
                       "the section ends before all its steps have run");
}

/* *cut: no jump may lead from before this instruction to behind it. */
static bool step(Verify *v, Steps *s, bool *cut)
{
    uint32_t i = verify_code_at(v, v->pc), x = ins_x(i);
    unsigned op = ins_op(i), a = ins_a(i);
    *cut = true;
    switch (op) {
    case OP_ACTION: return begin(v, s, x);
    case OP_DONE: return end(v, s, x);
    case OP_WHEN: return when(v, s);
    case OP_EACH: return each(v, s, a, x);
    case OP_UNDO: return step_call(v, s, op, x);
    case OP_CHECK: case OP_POLL: return check(v, s, op, x);
    case OP_TELL: return tell(v, s, x);
    case OP_TASK: return task(v, s, x);
    case OP_AWAIT: return await(v, s, x);
    case OP_END: return finish(v, s);
    case OP_CALL:
        *cut = v->p->sites[v->f->sites_first + x].role == SITE_RUN;
        return step_call(v, s, op, x);
    case OP_RESULT: *cut = false; return own_result(v, s, x);
    case OP_ANSWER: *cut = false; return own_answer(v, s, x);
    case OP_EVENT: *cut = false; return own_event(v, s, x);
    default: *cut = false; return true;
    }
}

bool verify_steps(Verify *v)
{
    if (v->owner[v->func] == PROG_NONE) {
        v->pc = 0;
        return verify_bad(v, "no phase has this body");
    }
    uint32_t owner = v->owner[v->func], segment = 0;
    const ProgPhase *f = &v->p->phases[owner];
    Steps s = {.phase = f, .owner = owner, .action = f->actions_first,
               .check = f->checks_first, .task = f->tasks_first, .await = f->awaits_first,
               .each = PROG_NONE};
    for (v->pc = 0; v->pc < v->f->code_count; v->pc++) {
        bool cut;
        v->segment[v->pc] = segment;
        if (!step(v, &s, &cut))
            return false;
        segment += cut;
    }
    for (v->pc = 0; v->pc < v->f->code_count; v->pc++) {
        int64_t to = verify_target(v, v->pc);
        if (verify_is_jump(ins_op(verify_code_at(v, v->pc))) && to > v->pc &&
            v->segment[to] != v->segment[v->pc])
            return verify_bad(v, "it jumps around a part of a step");
    }
    return true;
}
