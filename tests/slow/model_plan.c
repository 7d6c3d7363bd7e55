/* Owns: the tools of the host packs, and a plan as the model keeps it, read from
 * the syntax tree. Must not know: how a run advances. */
#include "tests/slow/model_int.h"

/* --- what tools are (language 7) ------------------------------------------------ */

static const Tool tools[] = {
    {"shell.query", true, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"shell.change", false, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"shell.destroy", false, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"file.read", true, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"file.hash", true, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"file.write", false, {{"path", NULL}, {"text", NULL}, {NULL, NULL}, {NULL, NULL}}, "file.image", "file.restore"},
    {"file.remove", false, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"time.now", true, {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
};

const Tool *model_tool(Str name)
{
    size_t i = 0;
    while (i < sizeof tools / sizeof *tools && !str_is(name, tools[i].name))
        i++;
    assert(i < sizeof tools / sizeof *tools); /* else one that this file does not know */
    return &tools[i];
}

/* --- reading the plan ----------------------------------------------------------- */

static int64_t number_of(const Model *m, SynRef r)
{
    int64_t n = 0;
    Str s = text_at(m, r);
    for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        n = n * 10 + (s.p[i] - '0');
    return n;
}

int64_t model_duration(Model *m, SynRef r)
{
    SlowWorld w = {.tree = m->t, .arena = m->arena};
    Slow v;
    int64_t ms = -1;
    if (r != 0 && slow_eval(&w, r, &v))
        dec_to_int(&v.dec, &ms);
    return ms;
}

uint32_t model_phase_called(const Model *m, Str name)
{
    uint32_t i = 0;
    while (i < m->n_phases && !str_eq(m->phases[i].name, name))
        i++;
    return i;
}

static void read_action(Model *m, Phase *p, SynRef r)
{
    Action *a = &p->actions[p->n_actions++];
    assert(p->n_actions <= ACTIONS);
    *a = (Action){.name = text_at(m, node(m, r)->a), .node = r, .at_most = 1, .stop_after = 1};
    a->when = clause(m, r, SYN_WHEN);
    a->each = clause(m, r, SYN_EACH);
    a->run = clause(m, r, SYN_RUN);
    a->undo = clause(m, r, SYN_UNDO);
    a->because = clause(m, r, SYN_UNDONONE);
    a->tool = model_tool(text_at(m, node(m, a->run)->a));
    a->own_undo = a->tool->restore != NULL && a->undo == 0 && a->because == 0;
    SynRef how = a->each == 0 ? 0 : node(m, a->each)->c, stop = clause(m, r, SYN_STOPAFTER),
           retry = clause(m, r, SYN_RETRY);
    if (how != 0 && node(m, how)->kind == SYN_ATMOST)
        a->at_most = (uint32_t)number_of(m, node(m, how)->a);
    if (stop != 0)
        a->stop_after = (uint32_t)number_of(m, node(m, stop)->a);
    if (retry != 0) {
        a->retries = (uint32_t)number_of(m, node(m, retry)->a);
        a->retry_ms = model_duration(m, node(m, retry)->b);
    }
}

static void read_failure(Model *m, Phase *p, SynRef r)
{
    SYN_EACH(m->t, k, node(m, r)->a) {
        switch (node(m, k)->kind) {
        case SYN_ONUNDO: p->on_undo = true; break;
        case SYN_ONSTOP: p->on_stop = true; break;
        case SYN_ONCONTINUE: p->on_continue = true; break;
        case SYN_ONTELL: p->on_tell = true; break;
        case SYN_ONSTART:
            p->on_start = true;
            p->starts = model_phase_called(m, text_at(m, node(m, k)->a));
            m->phases[p->starts].only_started = true;
            break;
        default: break;
        }
    }
}

static void read_phase(Model *m, Phase *p)
{
    p->gate = clause(m, p->node, SYN_GATE);
    p->when = clause(m, p->node, SYN_WHEN);
    p->on_failure = clause(m, p->node, SYN_ONFAILURE);
    p->level = p->gate == 0 ? 0 : node(m, node(m, p->gate)->a)->aux;
    p->expires_ms = -1;
    p->bad_check = STEPS;
    if (p->on_failure != 0)
        read_failure(m, p, p->on_failure);
    SYN_EACH(m->t, k, node(m, p->node)->c) {
        const SynNode *n = node(m, k);
        if (n->kind == SYN_NEEDS) {
            p->any = p->any || (n->aux & NEEDS_ANY) != 0;
            p->even = p->even || (n->aux & NEEDS_EVEN) != 0;
            SYN_EACH(m->t, path, n->a)
                p->needs[p->n_needs++] = model_phase_called(m, text_at(m, path));
        }
        if (n->kind == SYN_ACTION)
            read_action(m, p, k);
        if (n->kind == SYN_ACTION || n->kind == SYN_CHECK || n->kind == SYN_TELL)
            p->steps[p->n_steps++] = k;
        assert(p->n_steps <= STEPS);
    }
}

static void read_inputs(Model *m)
{
    SYN_EACH(m->t, r, node(m, m->t->root)->c) {
        if (node(m, r)->kind != SYN_INPUT)
            continue;
        SlowWorld w = {.tree = m->t, .arena = m->arena};
        SynRef fallback = clause(m, r, SYN_DEFAULT);
        Slow v;
        bool ok = slow_eval(&w, node(m, fallback)->a, &v);
        assert(ok && m->n_inputs < NAMES);
        (void)ok;
        m->names[m->n_inputs++] = (SlowName){text_at(m, node(m, r)->a), v};
    }
}

Model *model_new(const SynTree *tree, uint64_t seed, int64_t now_ms, Arena *arena)
{
    Model *m = ARENA_NEW(arena, Model, 1);
    *m = (Model){.t = tree, .arena = arena, .seed = seed, .now_ms = now_ms};
    read_inputs(m);
    SYN_EACH(tree, r, syn(tree, tree->root)->c) {
        if (syn(tree, r)->kind != SYN_PHASE)
            continue;
        assert(m->n_phases < PHASES);
        m->phases[m->n_phases++] = (Phase){.name = syn_text(tree, syn(tree, r)->a), .node = r};
    }
    for (uint32_t i = 0; i < m->n_phases; i++)
        read_phase(m, &m->phases[i]);
    return m;
}
