/* Owns: one action: its tool, arguments, way back, times.
 * Must not know: the level it needs (level.c), what may be unknown
 * while it is staged (flow.c). */
#include "compiler/check/check.h"

#include "vm/os/limits.h"

/* Declares the action and what its result is, before any expression is read. */
void chk_action_name(Checker *c, File *f, uint32_t phase, SynRef node, uint32_t together)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_actions;
    if (chk_declare(c, c->first_phase_scope + phase, DK_ACTION, index, f, node, n->a) == NULL)
        return;
    SemAction a = {.phase = phase, .together = together, .name = chk_text(f, n->a),
                   .title = chk_step_title(c, f, n->b),
                   .tool = SEM_NONE, .undo_tool = SEM_NONE,
                   .elements = &sem_no_each, .retry = &sem_never_again, .not_before = &sem_no_moment, .node = node};
    SynRef run = chk_clause(f, node, SYN_RUN);
    a.each = chk_clause(f, node, SYN_EACH);
    if (run != 0 && chk_node(f, run)->a != 0)
        a.tool = chk_tool_path(c, f, chk_node(f, run)->a);
    if (a.tool != SEM_NONE) {
        SemType one = c->sem->tools[a.tool].result;
        a.result = a.each != 0 ? chk_list_of(c, one) : one;
    }
    *CHK_PUSH(c, c->sem->actions, c->sem->n_actions, c->cap_actions) = a;
}

static void waves(Checker *c, File *f, SemEach *e, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t count = syn_count(f->tree, n->a);
    SemWave *all = ARENA_NEW(c->arena, SemWave, count);
    e->waves = all;
    e->pause = chk_duration(c, f, n->b, "pause");
    SYN_EACH(f->tree, k, n->a) {
        Value v;
        int64_t whole;
        if (!chk_literal(f, k, &v))
            continue; /* reported as a literal */
        bool percent = chk_node(f, k)->kind == SYN_PERCENT;
        v.tag = V_NUMBER;
        if (num_to_int(v, &whole) && whole <= LIM_LIST_ITEMS) {
            all[e->n_waves++] = (SemWave){percent, (uint32_t)whole, k};
            continue;
        }
        Diag *d = chk_report(c, 2007, f, k, "no wave can be as large as this says");
        diag_label(c->diags, d, percent ? "a wave is a whole number of percent" : "more than a list can hold");
    }
}

static void each(Checker *c, Place *p, SemAction *a)
{
    const SynNode *n = chk_node(p->file, a->each);
    SemType list = chk_expr(c, p, n->b, SEM_POISON).type, elem = SEM_POISON;
    if (chk_kind(c, list) == TK_LIST) {
        elem = c->sem->types[list].elem;
    } else if (list != SEM_POISON) {
        Diag *d = chk_report(c, 2001, p->file, n->b, "`each` goes through a list, but this is %.*s",
                             STR_ARG(chk_type_words(c, list)));
        diag_label(c->diags, d, "a list should stand here");
    }
    SemEach *e = ARENA_NEW(c->arena, SemEach, 1);
    *e = (SemEach){.list = n->b, .at_most = 1};
    a->elements = e;
    if (n->a != 0) {
        chk_local_hides(c, p, n->a, "the variable");
        p->locals[p->n_locals++] = (Local){chk_text(p->file, n->a), a->each, elem, SR_LOCAL};
        p->file->sem.types[n->a] = (uint16_t)elem;
    }
    SYN_EACH(p->file->tree, k, n->c) {
        if (chk_node(p->file, k)->kind == SYN_WAVES) {
            waves(c, p->file, e, k);
            continue;
        }
        e->at_most = chk_int(p->file, chk_node(p->file, k)->a, LIM_LIST_ITEMS);
        if (e->at_most == 0) {
            Diag *d = chk_report(c, 2007, p->file, chk_node(p->file, k)->a, "nothing would ever run");
            diag_label(c->diags, d, "at least 1 at once");
        }
    }
}

static void no_way_back(Checker *c, File *f, const SemAction *a)
{
    const SemTool *t = &c->sem->tools[a->tool];
    SynRef run = chk_clause(f, a->node, SYN_RUN);
    Diag *d = chk_report(c, 6001, f, chk_node(f, run)->a,
                         "`%.*s` %s something, and nothing says how to take it back",
                         STR_ARG(a->name), effect_word(t->effect));
    diag_label(c->diags, d, "no `undo`, and no reason why there is none");
    if (t->undo_tool != SEM_NONE && t->before_tool != SEM_NONE) /* tooldecl.c, image_is_safe */
        diag_note(c->diags, d, "its own way back begins with `%.*s.%.*s`, which is no `get`, and the host does not list the pack",
                  STR_ARG(t->pack), STR_ARG(c->sem->tools[t->before_tool].name));
    diag_help(c->diags, d, "say how to take it back, or why that cannot be done");
    uint32_t at = chk_node(f, run)->end;
    Str s = f->tree->source;
    bool line_ends = at >= s.n || s.p[at] == '\n';
    uint32_t home = chk_node(f, run)->start;
    while (home > 0 && (s.p[home - 1] == ' ' || s.p[home - 1] == '\t'))
        home--;
    Str indent = {s.p + home, chk_node(f, run)->start - home};
    if (line_ends && at < s.n && home > 0 && s.p[home - 1] == '\n')
        diag_fix(c->diags, d, 'H', &f->sem.source, at + 1, at + 1,
                 chk_printf(c, "%.*sundo none because \"...\"\n", STR_ARG(indent)), "say it");
    else
        diag_fix(c->diags, d, 'H', &f->sem.source, at, at, STR(" undo none because \"...\""), "say it");
}

static void undo(Checker *c, Place *p, SemAction *a, SynRef plain, SynRef none)
{
    File *f = p->file;
    const SemTool *t = a->tool == SEM_NONE ? NULL : &c->sem->tools[a->tool];
    bool writes = t != NULL && t->effect >= EFF_CHANGES;
    if (plain != 0 && none != 0) {
        Diag *d = chk_report(c, 21, f, none, "this action has a way back, and says it has none");
        diag_label(c->diags, d, "says there is none");
        chk_also(c, d, f, plain, "the way back");
        diag_help(c->diags, d, "keep one of the two");
    }
    if (plain != 0) {
        a->undo_kind = AU_PLAN;
        a->undo_tool = chk_tool_path(c, f, chk_node(f, plain)->a);
        p->in_undo = true;
        if (a->undo_tool != SEM_NONE)
            a->undo_args = chk_args(c, p, a->undo_tool, chk_node(f, plain)->b, plain, &a->n_undo_args);
        p->in_undo = false;
    } else if (none != 0) {
        if (writes)
            a->undo_kind = AU_NONE;
        /* One reason for the whole action: no element is at hand. */
        Place reason;
        chk_place(&reason, f, EP_STEP, "a reason", a->phase);
        reason.self = p->self;
        reason.together = p->together;
        reason.hidden_each = a->each;
        a->undo_because = chk_text_expr(c, &reason, chk_node(f, none)->a).node;
    } else if (writes && t->undo != UNDO_NONE) {
        a->undo_kind = AU_TOOL;
        a->undo_tool = t->undo_tool;
    } else if (writes) {
        a->undo_kind = AU_NONE;
        no_way_back(c, f, a);
    }
}

static void retry(Checker *c, File *f, SemAction *a, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemAgain *again = ARENA_NEW(c->arena, SemAgain, 1);
    again->most = chk_int(f, n->a, 1000000);
    again->every = chk_duration(c, f, n->b, "retry");
    a->retry = again;
    if (a->retry->most > LIM_RETRIES) {
        Diag *d = chk_report(c, 2007, f, n->a, "an action is tried again at most %d times", LIM_RETRIES);
        diag_label(c->diags, d, "too often");
    }
    if (a->tool == SEM_NONE)
        return;
    const SemTool *t = &c->sem->tools[a->tool];
    if (t->effect < EFF_CHANGES || (t->flags & (TF_REPEATABLE | TF_KEYED)) != 0)
        return;
    SynRef run = chk_clause(f, a->node, SYN_RUN);
    Diag *d = chk_report(c, 6005, f, r, "trying again could do it twice");
    diag_label(c->diags, d, "starts it again after a failure");
    chk_also(c, d, f, chk_node(f, run)->a, "does not say that twice is as good as once");
    chk_fix_remove(c, d, 'M', f, r, "drop the retry; a person settles a failure");
}

static void clause(Checker *c, File *f, SemAction *a, SynRef r, SynRef *seen)
{
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_TIMEOUT:
        if (chk_once(c, f, seen, r, "timeout"))
            a->timeout = chk_some_time(c, f, n->a, "timeout");
        break;
    case SYN_RETRY:
        if (chk_once(c, f, seen, r, "retry"))
            retry(c, f, a, r);
        break;
    case SYN_STOPAFTER:
        if (chk_once(c, f, seen, r, "stop after"))
            a->stop_after = chk_int(f, n->a, LIM_LIST_ITEMS);
        break;
    case SYN_NOTBEFORE:
        if (chk_once(c, f, seen, r, "not before"))
            a->not_before = chk_moment_there(c, f, a->phase, n->a, "not before");
        break;
    case SYN_LOCK: chk_once(c, f, seen, r, "lock"); break;
    case SYN_EACH: chk_once(c, f, seen, r, "each"); break;
    case SYN_WHEN: chk_once(c, f, seen, r, "when"); break;
    case SYN_UNDO: chk_once(c, f, seen, r, "undo"); break;
    case SYN_UNDONONE: chk_once(c, f, seen, r, "undo none"); break;
    case SYN_RUN:
        if (seen[SYN_RUN] != 0) {
            Diag *d = chk_report(c, 6009, f, r, "the action `%.*s` runs two things", STR_ARG(a->name));
            diag_label(c->diags, d, "the second");
            chk_also(c, d, f, seen[SYN_RUN], "the first");
            diag_help(c->diags, d, "make it an action of its own");
        } else {
            seen[SYN_RUN] = r;
        }
        break;
    default:
        break;
    }
}

static void no_run(Checker *c, File *f, const SemAction *a)
{
    Diag *d = chk_report(c, 6009, f, chk_node(f, a->node)->a, "the action `%.*s` runs nothing",
                         STR_ARG(a->name));
    diag_label(c->diags, d, "`run` is missing");
    chk_fix_into(c, d, 'H', f, a->node, "say what it runs", "run PACK.TOOL { }");
}

static void same_each_round(Checker *c, File *f, const SemAction *a, SynRef run)
{
    SynRef name = chk_node(f, a->each)->a;
    Diag *d = chk_report(c, 6011, f, name, "`%.*s` does the same for every `%.*s`", STR_ARG(a->name),
                         STR_ARG(chk_text(f, name)));
    diag_label(c->diags, d, "never mentioned in what it runs");
    chk_also(c, d, f, chk_node(f, run)->a, "runs the same each time");
    diag_help(c->diags, d, "use `%.*s` in its arguments, or drop the `each`", STR_ARG(chk_text(f, name)));
}

void chk_action(Checker *c, File *f, uint32_t action)
{
    SemAction a = c->sem->actions[action];
    SynRef list = chk_node(f, a.node)->c, seen[SYN_KIND_COUNT] = {0};
    Place p;
    a.title_expr = chk_title_expr(c, f, chk_node(f, a.node)->b);
    SYN_EACH(f->tree, r, list)
        clause(c, f, &a, r, seen);
    a.during = chk_during(c, f, list, &a.n_during);
    chk_place(&p, f, EP_STEP, "`when`", a.phase);
    p.self = a.node;
    p.together = a.together;
    p.hidden_each = a.each;
    if (seen[SYN_WHEN] != 0) {
        a.when = chk_node(f, seen[SYN_WHEN])->a;
        chk_condition(c, &p, a.when, "a condition", seen[SYN_WHEN]);
    }
    p.what = "`require`";
    a.requires = chk_requires(c, &p, list, &a.n_requires);
    p.what = "`lock`";
    if (seen[SYN_LOCK] != 0) {
        a.lock = chk_node(f, seen[SYN_LOCK])->a;
        chk_expect(c, &p, a.lock, TK_TEXT, "what `lock` holds");
    }
    p.hidden_each = 0;
    if (a.each != 0)
        each(c, &p, &a);
    p.each = a.each;
    SynRef run = seen[SYN_RUN];
    uint32_t errors = c->diags->errors;
    if (run == 0)
        no_run(c, f, &a);
    else if (a.tool != SEM_NONE)
        a.args = chk_args(c, &p, a.tool, chk_node(f, run)->b, run, &a.n_args);
    if (run != 0 && a.tool != SEM_NONE && p.n_locals > 0 && !p.each_used && c->diags->errors == errors)
        same_each_round(c, f, &a, run);
    undo(c, &p, &a, seen[SYN_UNDO], seen[SYN_UNDONONE]);
    c->sem->actions[action] = a;
}
