/* Owns: what people do and fill in: tasks, clause by clause, and the answers
 * that gates and tasks ask for.
 * Must not know: when an answer is there (prove/reads.c). */
#include "compiler/check/check.h"

/* --- answers ------------------------------------------------------------------ */

/* Read as PHASE.NAME, whoever asks for it (language 5). */
void chk_asks(Checker *c, File *f, uint32_t phase, uint32_t task, SynRef clauses,
              uint32_t *first, uint32_t *n)
{
    Sem *s = c->sem;
    *first = s->n_asks;
    SYN_EACH(f->tree, r, clauses) {
        const SynNode *k = chk_node(f, r);
        if (k->kind != SYN_ASK ||
            chk_declare(c, c->first_phase_scope + phase, DK_ASK, s->n_asks, f, r, k->a) == NULL)
            continue;
        *CHK_PUSH(c, s->asks, s->n_asks, c->cap_asks) =
            (SemAsk){chk_text(f, k->a), chk_type(c, f, k->b), phase, task, r};
    }
    *n = s->n_asks - *first;
}

void chk_secret_answers(Checker *c, const File *f, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        if (chk_kind(c, c->sem->asks[i].type) != TK_SECRET)
            continue;
        Diag *d = chk_report(c, 7001, f, chk_node(f, c->sem->asks[i].node)->b,
                             "an answer cannot be a secret");
        diag_label(c->diags, d, "answers are shown and logged");
        diag_help(c->diags, d, "declare it: secret %.*s from keyring \"...\"", STR_ARG(c->sem->asks[i].name));
    }
}

/* --- tasks -------------------------------------------------------------------- */

void chk_task_name(Checker *c, File *f, uint32_t phase, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_tasks;
    if (chk_declare(c, c->first_phase_scope + phase, DK_TASK, index, f, node, n->a) == NULL)
        return;
    SemTask t = {.phase = phase, .name = chk_text(f, n->a), .title = chk_step_title(c, f, n->b), .node = node};
    chk_asks(c, f, phase, index, n->c, &t.first_ask, &t.n_asks);
    *CHK_PUSH(c, c->sem->tasks, c->sem->n_tasks, c->cap_tasks) = t;
}

static void no_way_back(Checker *c, const File *f, const SemTask *t)
{
    Diag *d = chk_report(c, 6001, f, chk_node(f, t->node)->a,
                         "`%.*s` is work that people do, and nothing says how to take it back",
                         STR_ARG(t->name));
    diag_label(c->diags, d, "no `undo`, and no reason why there is none");
    diag_help(c->diags, d, "say in words how to take it back, or why that cannot be done");
    chk_fix_into(c, d, 'H', f, t->node, "say it", "undo none because \"...\"");
}

static void undo(Checker *c, Place *p, SemTask *t, SynRef words, SynRef none)
{
    if (words == 0 && none == 0)
        no_way_back(c, p->file, t);
    if (words != 0 && none != 0) {
        Diag *d = chk_report(c, 21, p->file, none, "this task has a way back, and says it has none");
        diag_label(c->diags, d, "says there is none");
        chk_also(c, d, p->file, words, "the way back");
        diag_help(c->diags, d, "keep one of the two");
    }
    p->in_undo = true;
    if (words != 0)
        t->undo = chk_text_expr(c, p, chk_node(p->file, words)->a);
    p->in_undo = false;
    if (none != 0)
        t->undo_because = chk_text_expr(c, p, chk_node(p->file, none)->a).node;
}

static void clause(Checker *c, Place *p, SemTask *t, SynRef r, SynRef *seen)
{
    File *f = p->file;
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_BY:
        t->by = chk_who(c, f, n->a);
        break;
    case SYN_STEPS:
        if (chk_once(c, f, seen, r, "steps"))
            t->steps = chk_text_expr(c, p, n->a);
        break;
    case SYN_WITHIN:
        if (chk_once(c, f, seen, r, "within"))
            t->within = chk_some_time(c, f, n->a, "within");
        break;
    case SYN_REMIND:
        if (chk_once(c, f, seen, r, "remind"))
            t->remind = chk_some_time(c, f, n->a, "remind every");
        break;
    case SYN_UNDOTEXT: chk_once(c, f, seen, r, "undo"); break;
    case SYN_UNDONONE: chk_once(c, f, seen, r, "undo none"); break;
    default:
        break;
    }
}

void chk_task(Checker *c, File *f, uint32_t task)
{
    SemTask t = c->sem->tasks[task];
    SynRef list = chk_node(f, t.node)->c, seen[SYN_KIND_COUNT] = {0};
    Place p;
    chk_place(&p, f, EP_STEP, "a task", t.phase);
    p.self = t.node;
    t.title_expr = chk_title_expr(c, f, chk_node(f, t.node)->b);
    SYN_EACH(f->tree, r, list)
        clause(c, &p, &t, r, seen);
    undo(c, &p, &t, seen[SYN_UNDOTEXT], seen[SYN_UNDONONE]);
    t.during = chk_during(c, f, list, &t.n_during);
    t.shows = chk_shows(c, f, t.phase, t.node, list, &t.n_shows);
    chk_secret_answers(c, f, t.first_ask, t.n_asks);
    c->sem->tasks[task] = t;
}
