/* Owns: the code of a phase's steps: actions, checks, messages, in the order
 * that the verifier demands. Must not know: how expressions are translated. */
#include "compiler/emit/emit_int.h"

static void set_place(Emit *e, SynRef node)
{
    e->at_file = e->sem->file;
    e->at_node = node;
}

/* The tool's own way back: its image before is read, then its undo's arguments
 * are made from the action's and the image. */
static void tool_undo(Emit *e, const SemAction *a, uint32_t index,
                      unsigned args)
{
    const SemTool *t = &e->sem->tools[a->tool];
    uint32_t before = t->before_tool;
    e->f.first_param = args;
    if (before != SEM_NONE) {
        unsigned first = expr_args(e, before, t->before_args, t->n_before_args, true);
        uint32_t site = code_site(e, before, PROG_NONE, SITE_READ, e->sem->file,
                                  a->node);
        code_ax(e, OP_CALL, first, site);
        code_free_all(e, first + 1, e->sem->tools[before].n_params);
        e->f.before = first;
    }
    unsigned undo = expr_args(e, t->undo_tool, t->undo_args, t->n_undo_args, false);
    code_ax(e, OP_UNDO, undo,
            code_site(e, t->undo_tool, index, SITE_UNDO, e->sem->file, a->node));
    code_free_all(e, undo, e->sem->tools[t->undo_tool].n_params);
    if (before != SEM_NONE)
        code_free(e, e->f.before);
}

static void plan_undo(Emit *e, const SemAction *a, uint32_t index)
{
    unsigned undo = expr_args(e, a->undo_tool, a->undo_args, a->n_undo_args, false);
    code_ax(e, OP_UNDO, undo,
            code_site(e, a->undo_tool, index, SITE_UNDO, e->sem->file, a->node));
    code_free_all(e, undo, e->sem->tools[a->undo_tool].n_params);
}

/* Arguments, the way back, the call: UNDO stands right in front of its CALL. */
static void one_call(Emit *e, const SemAction *a, uint32_t index)
{
    unsigned call = expr_args(e, a->tool, a->args, a->n_args, true);
    if (a->undo_kind == AU_TOOL)
        tool_undo(e, a, index, call + 1);
    else if (a->undo_kind == AU_PLAN)
        plan_undo(e, a, index);
    code_ax(e, OP_CALL, call,
            code_site(e, a->tool, index, SITE_RUN, e->sem->file, a->node));
    code_free_all(e, call, e->sem->tools[a->tool].n_params + 1);
}

static void each_call(Emit *e, const SemAction *a, uint32_t index)
{
    bool owned;
    Label loop = code_label(e), end = code_label(e);
    SemExpr all = sem_own(e->sem, a->elements->list);
    unsigned list = expr_use(e, all, &owned);
    SemType elem = e->sem->types[expr_type(all)].elem;
    uint32_t types[2];
    types[0] = emit_iter_type(e, elem);
    types[1] = emit_type(e, elem);
    unsigned it = code_regs(e, types, 2);
    code_abc(e, OP_ITER, it, list, 0);
    code_here(e, loop);
    code_jump(e, OP_NEXT, it, end);
    code_ax(e, OP_EACH, it + 1, index);
    expr_bind(e, all.file, a->each, it + 1);
    one_call(e, a, index);
    expr_unbind(e);
    code_jump(e, OP_JMP, 0, loop);
    code_here(e, end);
    code_free_all(e, it, 2);
    if (owned)
        code_free(e, list);
}

static void action(Emit *e, uint32_t index)
{
    const SemAction *a = &e->sem->actions[index];
    Label skip = code_label(e);
    set_place(e, a->node);
    code_ax(e, OP_ACTION, 0, index);
    if (a->when != 0) {
        bool owned;
        unsigned when = expr_use(e, sem_own(e->sem, a->when), &owned);
        code_jump(e, OP_WHEN, when, skip);
        if (owned)
            code_free(e, when);
    }
    if (a->each != 0)
        each_call(e, a, index);
    else
        one_call(e, a, index);
    code_ax(e, OP_DONE, 0, index);
    code_here(e, skip);
}

/* All conditions must hold; the first that does not, or is unknown, answers.
 * The register of the answer. */
static unsigned conditions(Emit *e, const SemCheck *c)
{
    Label end = code_label(e);
    set_place(e, c->node);
    unsigned answer = code_reg(e, TK_BOOL);
    if (c->n_requires == 0)
        code_bool(e, answer, true);
    for (uint32_t i = 0; i < c->n_requires; i++) {
        expr_to(e, c->requires[i].cond, answer);
        if (i + 1 == c->n_requires)
            break;
        code_jump(e, OP_JU, answer, end);
        code_jump(e, OP_JF, answer, end);
    }
    code_here(e, end);
    return answer;
}

static bool is_polled(const SemCheck *c)
{
    return c->hold_for.kind != ST_NONE || c->within.kind != ST_NONE || c->every.kind != ST_NONE;
}

static void check_step(Emit *e, uint32_t index)
{
    const SemCheck *c = &e->sem->checks[index];
    if (is_polled(c)) {
        code_ax(e, OP_POLL, 0, index);
        return;
    }
    unsigned answer = conditions(e, c);
    code_ax(e, OP_CHECK, answer, index);
    code_free(e, answer);
}

uint32_t emit_check(Emit *e, uint32_t check)
{
    const SemCheck *c = &e->sem->checks[check];
    if (!is_polled(c) || e->rows_only)
        return PROG_NONE;
    code_open(e, FK_REQUIRE, emit_stringf(e, "%.*s.%.*s", STR_ARG(e->sem->phases[c->phase].name),
                                          STR_ARG(c->name)));
    code_abc(e, OP_RET, conditions(e, c), 0, 0);
    return code_close(e, TK_BOOL);
}

static void tell(Emit *e, uint32_t index)
{
    const SemTell *t = &e->sem->tells[index];
    set_place(e, t->node);
    unsigned text = code_reg(e, TK_TEXT);
    expr_to(e, t->text, text);
    code_ax(e, OP_TELL, text, index);
    code_free(e, text);
}

uint32_t emit_body(Emit *e, uint32_t phase)
{
    const SemPhase *p = &e->sem->phases[phase];
    if (e->rows_only)
        return PROG_NONE;
    set_place(e, p->node);
    code_open(e, FK_BODY, emit_stringf(e, "%.*s.body", STR_ARG(p->name)));
    for (uint32_t i = 0; i < p->n_steps; i++) {
        switch (p->steps[i].kind) {
        case SS_ACTION: action(e, p->steps[i].index); break;
        case SS_CHECK: check_step(e, p->steps[i].index); break;
        case SS_TASK: code_ax(e, OP_TASK, 0, p->steps[i].index); break;
        case SS_AWAIT: code_ax(e, OP_AWAIT, 0, p->steps[i].index); break;
        case SS_TELL: tell(e, p->steps[i].index); break;
        }
    }
    code_abc(e, OP_END, 0, 0, 0);
    return code_close(e, SEM_NONE);
}
