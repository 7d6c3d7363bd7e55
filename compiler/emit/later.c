/* Owns: what a plan may say and its program does not carry yet: it is refused
 * (G0022), never left out silently. Whatever the program learns to carry is
 * taken out here. Must not know: how anything is translated. */
#include "compiler/emit/emit_int.h"

static void refuse(Emit *e, const SemFile *f, SynRef at, const char *what,
                   const char *instead)
{
    const SynNode *n = syn(f->source.tree, at);
    Diag *d = diag_add(e->diags, 22, &f->source, n->start, n->end,
                       "gate understands %s, but this version cannot run it yet", what);
    diag_label(e->diags, d, "not in this version");
    diag_help(e->diags, d, "%s", instead);
    e->failed = true;
}

static void plain(Emit *e, SynRef at, const char *what, const char *instead)
{
    refuse(e, e->sem->file, at, what, instead);
}

/* The first clause of a kind in a block's list; the block where there is none. */
static SynRef clause(Emit *e, SynRef block, uint16_t kind)
{
    const SynTree *t = e->sem->file->source.tree;
    SYN_EACH(t, k, syn(t, block)->c)
        if (syn(t, k)->kind == kind)
            return k;
    return block;
}

static void duration(Emit *e, SemDuration d, const char *what)
{
    if (d.kind == ST_DAYS || d.kind == ST_HOURS)
        plain(e, d.node, what, "write the time on the clock, such as 2d or 8h");
}

static void during(Emit *e, const SemDuring *all, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        plain(e, all[i].node, all[i].never ? "`never during`" : "`only during`",
              "put an L2 gate here, and approve inside the window");
}

static void title(Emit *e, SemExpr x)
{
    if (x.node != 0)
        plain(e, x.node, "a value inside a title",
              "write the title in plain words; a gate's question may hold values");
}

static void asks(Emit *e, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        plain(e, e->sem->asks[first + i].node, "`ask`",
              "make it an input, given when the run starts");
}

static void gate(Emit *e, const SemGate *g)
{
    duration(e, g->within, "business time in `within`");
    duration(e, g->good_for, "business time in `good for`");
    if (g->level == 3)
        plain(e, syn(e->sem->file->source.tree, g->node)->a, "a gate at L3",
              "use an L2 gate that asks whether the work was done");
    if (g->otherwise == SO_AGAIN)
        plain(e, g->otherwise_node, "`otherwise ask again`",
              "write `otherwise stop`, and start the run again");
    if (g->otherwise == SO_ASK)
        plain(e, g->otherwise_node, "`otherwise ask` others",
              "name them at once: by any of ...; and `otherwise stop`");
    if (g->remind.kind != ST_NONE)
        plain(e, clause(e, g->node, SYN_REMIND), "`remind every`",
              "leave it out; gate inbox shows what waits");
    if (g->not_before.kind != SM_NONE)
        plain(e, clause(e, g->node, SYN_NOTBEFORE), "`not before`",
              "leave it out, and approve when the time has come");
    if (g->assure > SA_OS)
        plain(e, clause(e, g->node, SYN_ASSURE), "`assure`",
              "leave it out; decisions are proved by the account that gives them");
    for (uint32_t i = 0; i < g->n_advice; i++)
        plain(e, g->advice[i].node, "`advice from`",
              "leave it out; show facts instead: show PHASE.ACTION");
    for (uint32_t i = 0; i < g->n_returns; i++)
        plain(e, g->returns[i].node, "`may return to`",
              "leave it out; reject the gate, and start the run again");
    for (uint32_t i = 0; i < g->n_varies; i++)
        plain(e, g->varies[i].node, "`may vary`",
              "leave it out; what differs is then asked again");
    asks(e, g->first_ask, g->n_asks);
}

void emit_foreign(Emit *e, uint32_t tool, const SemFile *f, SynRef at)
{
    if (!e->sem->tools[tool].native)
        refuse(e, f, at, "a connector's own tool in a run",
               "use a host pack: shell, file, http or time");
}

static void foreign(Emit *e, uint32_t tool, SynRef at)
{
    SynRef path = syn(e->sem->file->source.tree, at)->a;
    if (tool != SEM_NONE)
        emit_foreign(e, tool, e->sem->file, path != 0 ? path : at);
}

static void action(Emit *e, const SemAction *a)
{
    foreign(e, a->tool, clause(e, a->node, SYN_RUN));
    if (a->undo_kind == AU_PLAN)
        foreign(e, a->undo_tool, clause(e, a->node, SYN_UNDO));
    title(e, a->title_expr);
    duration(e, a->timeout, "business time in `timeout`");
    duration(e, a->retry_every, "business time in `retry`");
    during(e, a->during, a->n_during);
    if (a->n_waves > 0)
        plain(e, a->waves[0].node, "`waves`",
              "write one phase for each wave, each with its own list");
    for (uint32_t i = 0; i < a->n_requires; i++)
        plain(e, a->requires[i].node, "`require` inside an action",
              "write it in the phase, or use `when`");
    if (a->not_before.kind != SM_NONE)
        plain(e, clause(e, a->node, SYN_NOTBEFORE), "`not before`",
              "put an L2 gate before it, and approve when the time has come");
    if (a->lock.node != 0)
        plain(e, clause(e, a->node, SYN_LOCK), "`lock`",
              "leave it out, and start one run at a time");
}

static void check(Emit *e, const SemCheck *c)
{
    static const char instead[] = "leave it out: a check is tested once";
    title(e, c->title_expr);
    if (c->hold_for.kind != ST_NONE)
        plain(e, clause(e, c->node, SYN_HOLDFOR), "`hold for`", instead);
    if (c->within.kind != ST_NONE)
        plain(e, clause(e, c->node, SYN_WITHIN), "`within` in a check", instead);
    if (c->every.kind != ST_NONE)
        plain(e, clause(e, c->node, SYN_EVERY), "`every` in a check", instead);
}

/* One report for all actions that run side by side. */
static void together(Emit *e, const SemPhase *p)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        uint32_t group = p->steps[i].together;
        if (group != 0 && group != last)
            plain(e, e->sem->actions[p->steps[i].index].node, "`together`",
                  "write the actions one after the other");
        last = group;
    }
}

/* `needs any of` counts for the whole phase here. */
static void needs(Emit *e, const SemPhase *p)
{
    const SynTree *t = e->sem->file->source.tree;
    SynRef any = 0;
    uint32_t lists = 0;
    SYN_EACH(t, k, syn(t, p->node)->c) {
        if (syn(t, k)->kind != SYN_NEEDS)
            continue;
        lists++;
        any = (syn(t, k)->aux & NEEDS_ANY) != 0 ? k : any;
    }
    if (any != 0 && lists > 1)
        plain(e, any, "`needs any of` beside another `needs`",
              "put a phase between: it needs any of them, and this one needs it");
}

static void phase(Emit *e, const SemPhase *p)
{
    title(e, p->title_expr);
    needs(e, p);
    together(e, p);
    during(e, p->during, p->n_during);
    if (p->deadline.kind != SM_NONE)
        plain(e, clause(e, p->node, SYN_DEADLINE), "`deadline`",
              "leave it out, or write the date as a milestone: due 2027-01-15");
    if (p->limit_node != 0)
        plain(e, clause(e, p->node, SYN_LIMIT), "`limit`",
              "test it before: require count(...) <= N \"not too many\"");
}

static void tasks_and_awaits(Emit *e)
{
    const Sem *s = e->sem;
    const SynTree *t = s->file->source.tree;
    for (uint32_t i = 0; i < s->n_tasks; i++)
        plain(e, syn(t, s->tasks[i].node)->a, "`task`",
              "use an L2 gate that asks whether the work was done");
    for (uint32_t i = 0; i < s->n_awaits; i++)
        plain(e, syn(t, s->awaits[i].node)->a, "`await`",
              "put an L2 gate here, and approve when the event has come");
}

static void declarations(Emit *e)
{
    const Sem *s = e->sem;
    for (uint32_t i = 0; i < s->n_inputs; i++)
        if (s->types[s->inputs[i].type].kind == TK_SECRET)
            plain(e, syn(s->file->source.tree, s->inputs[i].node)->b, "an input of type `secret`",
                  "leave it out; no tool of this version takes one");
    for (uint32_t i = 0; i < s->n_secrets; i++)
        refuse(e, s->secrets[i].file, s->secrets[i].node, "`secret`",
               "leave it out; no tool of this version takes one");
    for (uint32_t i = 0; i < s->n_policies; i++)
        refuse(e, s->policies[i].file, s->policies[i].node, "`policy`",
               "set the levels in the plan itself: at L2, gate L2");
    for (uint32_t i = 0; i < s->n_starts; i++)
        plain(e, s->starts[i].node, s->starts[i].event != SEM_NONE ? "`starts on`" : "`starts every`",
              "leave it out, and start the run by hand: gate run");
    for (uint32_t i = 0; i < s->n_settings; i++)
        if (str_is(s->settings[i].name, "assure_least"))
            plain(e, s->settings[i].node, "`setting assure_least`",
                  "leave it out; decisions are proved by the account that gives them");
    const SynTree *t = s->file->source.tree;
    if (!s->runs_alone)
        return;
    SYN_EACH(t, k, syn(t, t->root)->c)
        if (syn(t, k)->kind == SYN_RUNS)
            plain(e, k, "`runs alone`", "leave it out, and start one run at a time");
}

bool emit_later(Emit *e)
{
    const Sem *s = e->sem;
    declarations(e);
    for (uint32_t i = 0; i < s->n_phases; i++)
        phase(e, &s->phases[i]);
    for (uint32_t i = 0; i < s->n_gates; i++)
        gate(e, &s->gates[i]);
    for (uint32_t i = 0; i < s->n_actions; i++)
        action(e, &s->actions[i]);
    for (uint32_t i = 0; i < s->n_checks; i++)
        check(e, &s->checks[i]);
    tasks_and_awaits(e);
    return e->failed;
}
