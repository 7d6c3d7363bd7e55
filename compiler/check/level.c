/* Owns: the least level of every action, and that its phase's gate reaches it
 * (language 5 and 10; G4007, G4009), fail-open (G4002), ways back (G6002).
 * Must not know: names, types. */
#include "compiler/check/check.h"

#include <string.h>

/* --- the table of language 5: effect_level(), which the verifier uses too ------ */

typedef struct Need { int level; bool two_people; } Need;

static Need least(Effect effect, Reach reach, bool exact)
{
    uint32_t people;
    int level = effect_level(effect, exact, reach, false, &people);
    return (Need){level, people > 1};
}

static Need stricter(Need a, Need b)
{
    return (Need){a.level > b.level ? a.level : b.level, a.two_people || b.two_people};
}

static Reach reach_of(const SemTool *t, bool many)
{
    return many && t->reach == REACH_ONE ? REACH_MANY : t->reach;
}

static bool exact_undo(const Sem *s, const SemAction *a)
{
    return a->undo_kind == AU_TOOL && s->tools[a->tool].undo == UNDO_EXACT;
}

/* What takes it back, whose calls count too; NULL: nothing, or a tool's own exact
 * way back, which puts things as they were: the table has taken that into account. */
static const SemTool *way_back(const Sem *s, const SemAction *a)
{
    return a->undo_tool == SEM_NONE || exact_undo(s, a) ? NULL : &s->tools[a->undo_tool];
}

/* Several actions of a phase with one tool count as many, and so do those that
 * are taken back by it: by tool, how many actions of the phase at hand call it. */
static void count_uses(const Sem *s, const SemAction *a, uint32_t *uses, uint32_t more)
{
    if (a->tool == SEM_NONE)
        return;
    uses[a->tool] += more;
    if (way_back(s, a) != NULL && a->undo_tool != a->tool)
        uses[a->undo_tool] += more;
}

static bool many_calls(const SemAction *a, const uint32_t *uses)
{
    return a->each != 0 || uses[a->tool] > 1;
}

static bool many_undone(const SemAction *a, const uint32_t *uses)
{
    return many_calls(a, uses) || uses[a->undo_tool] > 1;
}

static Need action_need(const Sem *s, const SemAction *a, const uint32_t *uses)
{
    const SemTool *t = &s->tools[a->tool];
    Need n = least(t->effect, reach_of(t, many_calls(a, uses)), exact_undo(s, a));
    const SemTool *u = way_back(s, a);
    return u == NULL ? n : stricter(n, least(u->effect, reach_of(u, many_undone(a, uses)), false));
}

static bool destroys(const Sem *s, const SemAction *a)
{
    const SemTool *u = way_back(s, a);
    return s->tools[a->tool].effect == EFF_DESTROYS || (u != NULL && u->effect == EFF_DESTROYS);
}

/* --- the open path ---------------------------------------------------------- */

enum { PATH_MAX_NAMES = 8 };

/* A name and its open path: "discovery, licences, cutover". */
static Str open_path(Checker *c, uint32_t phase)
{
    const Sem *s = c->sem;
    uint32_t names[PATH_MAX_NAMES], n = 0;
    bool cut = false;
    for (uint32_t steps = 0; steps <= s->n_phases; steps++) {
        if (n == PATH_MAX_NAMES) {
            cut = true;
            break;
        }
        names[n++] = phase;
        if (s->phases[phase].n_needs == 0)
            break;
        phase = s->phases[phase].needs[0].phase;
    }
    Str path = cut ? STR("..., ") : (Str){"", 0};
    while (n-- > 0)
        path = chk_printf(c, "%.*s%.*s%s", STR_ARG(path), STR_ARG(s->phases[names[n]].name),
                          n > 0 ? ", " : "");
    return path;
}

/* The nearest approval on the way to phase, which does not count for it. */
static SynRef earlier_approval(const Checker *c, uint32_t phase, uint32_t *of)
{
    const Sem *s = c->sem;
    for (uint32_t steps = 0; steps < s->n_phases && s->phases[phase].n_needs > 0; steps++) {
        SynRef at = s->phases[phase].needs[0].node;
        phase = s->phases[phase].needs[0].phase;
        if (s->phases[phase].gate != SEM_NONE && s->gates[s->phases[phase].gate].level >= 2) {
            *of = phase;
            return steps == 0 ? at : chk_node(c->main, s->phases[phase].node)->a;
        }
    }
    return 0;
}

static Str shown_name(Checker *c, const SemAction *a)
{
    return a->title.n > 0 ? chk_printf(c, "\"%.*s\"", STR_ARG(a->title))
                          : chk_printf(c, "`%.*s`", STR_ARG(a->name));
}

/* The first two roles that the plan itself declares. */
static uint32_t own_roles(const Checker *c, Str names[2])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->sem->n_roles && n < 2; i++)
        if (c->sem->roles[i].file == &c->main->sem)
            names[n++] = c->sem->roles[i].name;
    return n;
}

/* A gate's `by`, so that two people agree: whoever is named there stays named. */
static Str two_of(Checker *c, const SemGate *g)
{
    const File *f = c->main;
    SynRef first = chk_node(f, g->by.node)->a, last = first;
    SYN_EACH(f->tree, k, first)
        last = k;
    Str names[2], said = {f->tree->source.p + chk_node(f, first)->start,
                          chk_node(f, last)->end - chk_node(f, first)->start};
    uint32_t n = own_roles(c, names);
    for (uint32_t i = 0; first == last && i < n; i++)
        if (!str_eq(names[i], said))
            return chk_printf(c, "by all of %.*s, %.*s", STR_ARG(said), STR_ARG(names[i]));
    return chk_printf(c, "by 2 of %.*s", STR_ARG(said));
}

/* A gate that would do, as text; roles of the plan where it has some. */
static Str gate_text(Checker *c, const SemAction *a, Need need)
{
    Str names[2], who = STR("ROLE");
    uint32_t n = own_roles(c, names);
    if (n > 0)
        who = names[0];
    if (need.two_people && n == 2)
        who = chk_printf(c, "all of %.*s, %.*s", STR_ARG(names[0]), STR_ARG(names[1]));
    else if (need.two_people)
        who = chk_printf(c, "2 of %.*s", STR_ARG(who));
    if (need.level < 2)
        return chk_printf(c, "gate L1 by %.*s", STR_ARG(who));
    Str title = a->title.n > 0 ? a->title : a->name;
    return chk_printf(c, "gate L2 \"%.*s?\" by %.*s within 1d otherwise stop", STR_ARG(title),
                      STR_ARG(who));
}

static void why_so_high(Checker *c, Diag *d, const SemAction *a, const uint32_t *uses, bool by_undo)
{
    bool many = by_undo ? many_undone(a, uses) : many_calls(a, uses);
    const char *often = many && a->each == 0 ? ", several times in this phase" : "";
    const Sem *s = c->sem;
    const File *f = c->main;
    SynRef at = chk_clause(f, a->node, SYN_AT);
    SynRef none = chk_clause(f, a->node, SYN_UNDONONE);
    SynRef run = chk_clause(f, a->node, SYN_RUN);
    SynRef undo = chk_clause(f, a->node, SYN_UNDO);
    const SemTool *t = &s->tools[a->tool];
    const char *word = t->effect == EFF_DESTROYS ? "destroys" : "changes something";
    const SemTool *back = way_back(s, a);
    if (by_undo && undo != 0)
        chk_also(c, d, f, chk_node(f, undo)->a, "its way back destroys%s", often);
    else if (by_undo)
        chk_also(c, d, f, chk_node(f, run)->a, "its own way back, `%.*s.%.*s`, destroys%s", STR_ARG(back->pack), STR_ARG(back->name), often);
    else if (t->listed)
        chk_also(c, d, f, chk_node(f, run)->a, "%s%s", word, often);
    else
        chk_also(c, d, f, chk_node(f, run)->a, "counts as destroying: a pack that the host does not list");
    if (many && a->each != 0)
        chk_also(c, d, f, chk_node(f, a->each)->a, "once for each element");
    if (none != 0)
        chk_also(c, d, f, none, "said here to be irreversible");
    if (at != 0 && chk_node(f, chk_node(f, at)->a)->aux > a->level)
        chk_also(c, d, f, at, "raised here");
}

static void too_low(Checker *c, const SemAction *a, Need need, const uint32_t *uses, uint16_t code)
{
    const Sem *s = c->sem;
    const File *f = c->main;
    const SemPhase *p = &s->phases[a->phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
    SynRef name = chk_node(f, a->node)->a, gate_level = g == NULL ? 0 : chk_node(f, g->node)->a;
    bool by_undo = s->tools[a->tool].effect != EFF_DESTROYS && code == 4009;
    bool few = g != NULL && g->level >= need.level; /* only the people are too few */
    Str action = shown_name(c, a);
    Diag *d;
    if (code == 4009 && few)
        d = chk_report(c, 4009, f, name, "%s%.*s%s destroys many things, and one person alone decides it",
                       by_undo ? "taking " : "", STR_ARG(action), by_undo ? " back" : "");
    else if (by_undo)
        d = chk_report(c, 4009, f, name, "taking %.*s back destroys something, and nobody is asked first",
                       STR_ARG(action));
    else if (code == 4009)
        d = chk_report(c, 4009, f, name, "%.*s cannot be undone and nobody is asked first", STR_ARG(action));
    else
        d = chk_report(c, 4007, f, name, "%.*s needs a gate of at least L%d, but %s", STR_ARG(action), need.level,
                       g == NULL ? "its phase has none"
                       : g->level == 0 ? "its phase's gate is L0" : "its phase's gate is L1");
    diag_label(c->diags, d, "%s", few                ? "needs two people"
                                  : need.level >= 2 ? "must wait for a yes"
                                                    : "somebody must be told");
    if (gate_level != 0)
        chk_also(c, d, f, few ? chk_clause(f, g->node, SYN_BY) : gate_level, "%s",
                 few                ? "one person is enough here"
                 : g->level == 0 ? "L0 means nobody is asked"
                                 : "L1 tells people, and does not wait for them");
    why_so_high(c, d, a, uses, by_undo);
    uint32_t approved = 0;
    SynRef earlier = g == NULL ? earlier_approval(c, a->phase, &approved) : 0;
    if (earlier != 0)
        chk_also(c, d, f, earlier, "last approval on the way here is for `%.*s`, not for this",
                 STR_ARG(s->phases[approved].name));
    diag_note(c->diags, d, "open path: %.*s.%.*s", STR_ARG(open_path(c, a->phase)), STR_ARG(a->name));
    if (few)
        chk_fix_replace(c, d, 'H', f, chk_clause(f, g->node, SYN_BY), two_of(c, g), "ask two people");
    else if (gate_level != 0 && need.level == 2)
        chk_fix_replace(c, d, '?', f, gate_level, STR("L2"), "ask in this phase's gate");
    else if (gate_level != 0)
        chk_fix_replace(c, d, '?', f, gate_level, STR("L1"), "tell somebody");
    else
        chk_fix_into(c, d, 'H', f, p->node,
                     need.level < 2 ? "tell somebody in this phase"
                     : need.two_people ? "ask two people in this phase" : "ask somebody in this phase",
                     "%.*s", STR_ARG(gate_text(c, a, need)));
}

static bool two_people(const SemGate *g)
{
    return g->by.quorum >= 2;
}

static void raised(Checker *c, SemAction *a, Need *need)
{
    const File *f = c->main;
    SynRef at = chk_clause(f, a->node, SYN_AT);
    if (at == 0 || chk_node(f, at)->a == 0)
        return;
    int level = chk_node(f, chk_node(f, at)->a)->aux;
    if (level == 3) {
        Diag *d = chk_report(c, 4017, f, at, "an action is done by gate, so it cannot be at L3");
        diag_label(c->diags, d, "L3 means that people do the work");
        diag_help(c->diags, d, "make it a `task`, or raise it to L2 only");
        chk_fix_replace(c, d, '?', f, chk_node(f, at)->a, STR("L2"), "ask first, and let gate do it");
        return;
    }
    if (level > need->level)
        need->level = level;
}

static void by_itself(Checker *c, const SemAction *a, const SemGate *g, Effect effect)
{
    const char *what = effect == EFF_TELLS ? "tells somebody" : effect == EFF_CHANGES ? "changes something"
                                                                                      : "destroys something";
    Diag *d = chk_report(c, 4016, c->main, chk_node(c->main, a->node)->a,
                         "at L3 people do the work, but `%.*s` %s by itself", STR_ARG(a->name), what);
    diag_label(c->diags, d, "%s", what);
    chk_also(c, d, c->main, chk_node(c->main, g->node)->a, "only tasks, checks, messages and reading here");
    diag_help(c->diags, d, "%s", effect == EFF_TELLS
                                     ? "write `tell`, or make it an action of another phase"
                                     : "make it a `task`, or lower the gate to L2 and let gate do it after a yes");
}

static void one_action(Checker *c, SemAction *a, const uint32_t *uses)
{
    Sem *s = c->sem;
    const SemPhase *p = &s->phases[a->phase];
    const SemGate *g = p->gate == SEM_NONE ? NULL : &s->gates[p->gate];
    Need need = {0, false};
    if (a->tool != SEM_NONE)
        need = action_need(s, a, uses);
    raised(c, a, &need);
    a->level = need.level;
    if (a->tool == SEM_NONE)
        return;
    Effect effect = s->tools[a->tool].effect;
    if (g != NULL && g->level == 3 && effect != EFF_READS) {
        by_itself(c, a, g, effect);
        return;
    }
    int here = g == NULL ? 0 : g->level;
    if (here < need.level || (need.two_people && g != NULL && g->by.n > 0 && !two_people(g)))
        too_low(c, a, need, uses, destroys(s, a) ? 4009 : 4007);
}

/* --- failing open, ways back ------------------------------------------------ */

SynRef chk_failure_part(const File *f, SynRef phase, uint16_t kind)
{
    SynRef on = chk_clause(f, phase, SYN_ONFAILURE);
    return on == 0 ? 0 : syn_first(f->tree, chk_node(f, on)->a, kind);
}

/* Where a step says that it has no way back; 0: it has one, or says nothing,
 * which is G6001 and reported where it stands. */
static SynRef says_none(const Checker *c, SemStep step, Str *name)
{
    const Sem *s = c->sem;
    if (step.kind == SS_TASK) {
        *name = s->tasks[step.index].name;
        return chk_clause(c->main, s->tasks[step.index].node, SYN_UNDONONE);
    }
    if (step.kind != SS_ACTION || s->actions[step.index].undo_kind != AU_NONE)
        return 0;
    *name = s->actions[step.index].name;
    return chk_clause(c->main, s->actions[step.index].node, SYN_UNDONONE);
}

static void no_way_back(Checker *c, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_steps && (p->on_failure & OF_UNDO) != 0; i++) {
        Str name;
        SynRef none = says_none(c, p->steps[i], &name);
        if (none == 0)
            continue;
        Diag *d = chk_report(c, 6002, c->main, chk_failure_part(c->main, p->node, SYN_ONUNDO),
                             "`%.*s` is to be undone when it fails, but `%.*s` has no way back",
                             STR_ARG(p->name), STR_ARG(name));
        diag_label(c->diags, d, "promises to undo");
        chk_also(c, d, c->main, none, "cannot be undone");
        diag_help(c->diags, d, "write `on failure stop`, or move `%.*s` to a phase of its own", STR_ARG(name));
        return;
    }
}

/* A task counts as a write (language 10.5). */
bool chk_step_writes(const Sem *s, SemStep step)
{
    if (step.kind == SS_TASK)
        return true;
    if (step.kind != SS_ACTION)
        return false;
    return sem_writes(s, &s->actions[step.index]);
}

SynRef chk_step_node(const Sem *s, SemStep step)
{
    switch (step.kind) {
    case SS_ACTION: return s->actions[step.index].node;
    case SS_CHECK: return s->checks[step.index].node;
    case SS_TELL: return s->tells[step.index].node;
    case SS_TASK: return s->tasks[step.index].node;
    default: return s->awaits[step.index].node;
    }
}

/* A check that fails without stopping, in front of a change, is no check
 * (language 10.6). */
static void fails_open(Checker *c, const SemPhase *p)
{
    const Sem *s = c->sem;
    if ((p->on_failure & OF_CONTINUE) == 0 || (p->on_failure & (OF_STOP | OF_UNDO)) != 0)
        return;
    for (uint32_t i = 0, check = SEM_NONE; i < p->n_steps; i++) {
        if (p->steps[i].kind == SS_CHECK)
            check = p->steps[i].index;
        if (check == SEM_NONE || !chk_step_writes(s, p->steps[i]))
            continue;
        SynRef on = chk_failure_part(c->main, p->node, SYN_ONCONTINUE);
        Diag *d = chk_report(c, 4002, c->main, on, "a failed check must stop this phase, since a change follows it");
        diag_label(c->diags, d, "goes on although the check failed");
        chk_also(c, d, c->main, chk_node(c->main, s->checks[check].node)->a, "this check");
        chk_also(c, d, c->main, chk_node(c->main, chk_step_node(s, p->steps[i]))->a, "the change behind it");
        chk_fix_replace(c, d, 'M', c->main, on, STR("stop"), "stop when the check fails");
        return;
    }
}

static void awaits_open(Checker *c, const SemPhase *p)
{
    const Sem *s = c->sem;
    const File *f = c->main;
    bool changes = false; /* behind the step at hand */
    for (uint32_t i = p->n_steps; p->n_awaits > 0 && i-- > 0;) {
        changes = changes || chk_step_writes(s, p->steps[i]);
        if (p->steps[i].kind != SS_AWAIT || !changes || s->awaits[p->steps[i].index].otherwise != SO_CONTINUE)
            continue;
        SynRef at = chk_clause(f, s->awaits[p->steps[i].index].node, SYN_OTHERWISE);
        Diag *d = chk_report(c, 4002, f, at, "an event that does not come must stop this phase, since a change follows it");
        diag_label(c->diags, d, "goes on although nothing came");
        chk_fix_replace(c, d, 'M', f, at, STR("otherwise stop"), "stop when nothing comes");
    }
}

void chk_levels(Checker *c)
{
    Sem *s = c->sem;
    uint32_t *uses = ARENA_NEW(c->arena, uint32_t, s->n_tools);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        SemAction *actions = p->n_actions == 0 ? NULL : s->actions + p->first_action;
        for (uint32_t k = 0; k < p->n_actions; k++)
            count_uses(s, &actions[k], uses, 1);
        for (uint32_t k = 0; k < p->n_actions; k++)
            one_action(c, &actions[k], uses);
        for (uint32_t k = 0; k < p->n_actions; k++)
            count_uses(s, &actions[k], uses, UINT32_MAX);
        no_way_back(c, p);
        fails_open(c, p);
        awaits_open(c, p);
    }
}
