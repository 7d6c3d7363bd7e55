/* Owns: one gate: its question, its people, its evidence, what silence means.
 * Must not know: whether its level is high enough (level.c). */
#include "compiler/check/check.h"

#include <string.h>

/* --- who -------------------------------------------------------------------- */

static void several(Checker *c, File *f, SynRef who)
{
    const SynNode *n = chk_node(f, who);
    Diag *d = chk_report(c, 4018, f, who, "does one of them decide, or all?");
    diag_label(c->diags, d, "several roles, and no word how many must agree");
    diag_help(c->diags, d, "say `all of`, `any of`, or a number of people");
    Str all = STR("all of "), any = STR("any of ");
    diag_fix(c->diags, d, '?', &f->sem.source, n->start, n->start, all, "everybody must agree");
    diag_fix(c->diags, d, '?', &f->sem.source, n->start, n->start, any, "one of them is enough");
}

/* Can every path of `all of` have a person of its own? An unbound role stands
 * for a person of its own (language 10.1); bound ones compete for theirs. A
 * bipartite matching by augmenting paths, over the few roles of one gate. */
enum { MATCH_MAX = 64 };

typedef struct Match {
    const Sem *sem;
    const uint32_t *roles; uint32_t n;
    Str people[MATCH_MAX]; uint32_t n_people;
    int taken[MATCH_MAX]; /* by which role of the list; -1: free */
    bool tried[MATCH_MAX];
} Match;

static uint32_t person_index(Match *m, Str name)
{
    for (uint32_t i = 0; i < m->n_people; i++)
        if (str_eq(m->people[i], name))
            return i;
    if (m->n_people == MATCH_MAX)
        return MATCH_MAX - 1;
    m->people[m->n_people] = name;
    m->taken[m->n_people] = -1;
    return m->n_people++;
}

static bool augment(Match *m, uint32_t role) /* at most as deep as people are many */
{
    const SemRole *r = &m->sem->roles[m->roles[role]];
    for (uint32_t i = 0; i < r->n_people; i++) {
        uint32_t p = person_index(m, r->people[i]);
        if (m->tried[p])
            continue;
        m->tried[p] = true;
        if (m->taken[p] < 0 || augment(m, (uint32_t)m->taken[p])) {
            m->taken[p] = (int)role;
            return true;
        }
    }
    return false;
}

/* How many different people the roles can bring, each at most one where each
 * must (all of), else all of the union. */
static uint32_t people_there(const Sem *sem, const uint32_t *roles, uint32_t n, bool one_each)
{
    Match m = {.sem = sem, .roles = roles, .n = n};
    uint32_t unbound = 0, matched = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool again = false;
        for (uint32_t j = 0; j < i; j++)
            again = again || roles[j] == roles[i];
        if (sem->roles[roles[i]].n_people == 0) {
            unbound += !again;
            continue;
        }
        if (one_each) {
            memset(m.tried, 0, sizeof m.tried);
            matched += augment(&m, i);
        } else {
            for (uint32_t k = 0; k < sem->roles[roles[i]].n_people; k++)
                person_index(&m, sem->roles[roles[i]].people[k]);
        }
    }
    return unbound + (one_each ? matched : m.n_people);
}

static void quorum(Checker *c, File *f, const SemGate *g, SynRef who)
{
    uint32_t n = g->by.n, there = 0;
    if (n == 0 || n > MATCH_MAX)
        return;
    /* Alone in `N of ROLE`, an unbound role stands for N people. */
    if (g->by.kind == WHO_N && n == 1 && c->sem->roles[g->by.roles[0]].n_people == 0)
        return;
    if (g->by.kind == WHO_ALL)
        there = people_there(c->sem, g->by.roles, n, true);
    else if (g->by.kind == WHO_N)
        there = people_there(c->sem, g->by.roles, n, false);
    else
        return;
    if (there >= g->by.quorum)
        return;
    Diag *d = chk_report(c, 4003, f, who, "%u different people must agree, but there %s only %u",
                         g->by.quorum, there == 1 ? "is" : "are", there);
    diag_label(c->diags, d, "could never be approved");
    for (uint32_t i = 0; i < n && i < 3; i++) {
        const SemRole *r = &c->sem->roles[g->by.roles[i]];
        const File *home = c->role_files[g->by.roles[i]];
        chk_also(c, d, home, chk_node(home, r->node)->a,
                 r->n_people == 0 ? "stands for one person" : "these people, and nobody else");
    }
    diag_help(c->diags, d, "ask for fewer people, or name another role");
}

static void by(Checker *c, File *f, SemGate *g, SynRef r)
{
    SynRef who = chk_node(f, r)->a;
    if (who == 0)
        return;
    const SynNode *n = chk_node(f, who);
    uint32_t said = 0;
    SYN_EACH(f->tree, k, n->a)
        said++;
    g->by.roles = chk_roles(c, f, n->a, &g->by.n);
    if (g->by.n == 0)
        return;
    switch (n->aux) {
    case WHO_PLAIN:
        if (said > 1)
            several(c, f, who);
        g->by.kind = WHO_ONE;
        g->by.quorum = 1;
        break;
    case WHO_ALL_OF:
        g->by.kind = said == 1 ? WHO_ONE : WHO_ALL;
        g->by.quorum = g->by.n;
        break;
    case WHO_ANY_OF:
        g->by.kind = said == 1 ? WHO_ONE : WHO_ANY;
        g->by.quorum = 1;
        break;
    default:
        g->by.kind = WHO_N;
        g->by.quorum = chk_int(f, n->b, 1000000);
        if (g->by.quorum == 0) {
            Diag *d = chk_report(c, 2007, f, n->b, "nobody would have to agree");
            diag_label(c->diags, d, "at least 1");
            return;
        }
        break;
    }
    if (said == g->by.n) /* else a name is unknown, and was reported */
        quorum(c, f, g, who);
}

/* --- evidence --------------------------------------------------------------- */

static bool show_one(Checker *c, File *f, uint32_t phase, SynRef path, SemShow *out)
{
    const uint32_t kinds = DK(PHASE) | DK(ACTION) | DK(CHECK) | DK(TASK) | DK(AWAIT);
    const Entity *e = chk_path(c, f, phase, path, kinds, "a phase, an action or a check");
    if (e == NULL || e->kind == DK_TASK || e->kind == DK_AWAIT)
        return false; /* tasks and events are reported where they stand */
    *out = (SemShow){chk_text(f, path), SEM_NONE, SEM_NONE, SEM_NONE};
    switch (e->kind) {
    case DK_ACTION:
        out->action = e->index;
        out->phase = c->sem->actions[e->index].phase;
        break;
    case DK_CHECK:
        out->check = e->index;
        out->phase = c->sem->checks[e->index].phase;
        break;
    default:
        out->phase = e->index;
        break;
    }
    if (out->phase == phase) {
        Diag *d = chk_report(c, 3004, f, path, "`%.*s` is not there yet when this gate asks",
                             STR_ARG(chk_text(f, path)));
        diag_label(c->diags, d, "evidence must exist before the question");
        if (e->name != 0)
            chk_also(c, d, f, e->name, "runs only after the approval");
        diag_help(c->diags, d, "what this phase will do is shown anyway; show what an earlier phase found");
        return false;
    }
    *CHK_PUSH(c, c->reads, c->n_reads, c->cap_reads) =
        (Read){f, path, phase, out->phase, SEM_NONE, true};
    return true;
}

static void shows(Checker *c, File *f, uint32_t phase, SemGate *g, SynRef clauses)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, r, clauses)
        if (chk_node(f, r)->kind == SYN_SHOW)
            SYN_EACH(f->tree, path, chk_node(f, r)->a)
                n++;
    SemShow *all = ARENA_NEW(c->arena, SemShow, n);
    SYN_EACH(f->tree, r, clauses)
        if (chk_node(f, r)->kind == SYN_SHOW)
            SYN_EACH(f->tree, path, chk_node(f, r)->a)
                if (show_one(c, f, phase, path, &all[g->n_shows]))
                    g->n_shows++;
    g->shows = all;
}

/* --- clauses ---------------------------------------------------------------- */

static void otherwise(Checker *c, File *f, const SemGate *g, SynRef r)
{
    switch (chk_node(f, r)->aux) {
    case 1: {
        if (g->level < 2)
            return; /* L0 and L1 go on anyway */
        Diag *d = chk_report(c, 4002, f, r, "silence cannot approve: nobody's answer would let the plan go on");
        diag_label(c->diags, d, "goes on although nobody said yes");
        chk_also(c, d, f, chk_node(f, g->node)->a, "this gate waits for a yes");
        chk_fix_replace(c, d, 'M', f, r, STR("otherwise stop"), "stop when nobody answers");
        break;
    }
    case 2:
        chk_later(c, f, r, "`otherwise ask again`", "write `otherwise stop`, and start the run again");
        break;
    case 3:
        chk_later(c, f, r, "`otherwise ask` others", "name them at once: by any of ...; and `otherwise stop`");
        break;
    default:
        break;
    }
}

static void clause(Checker *c, File *f, SemGate *g, SynRef r, SynRef *seen)
{
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_BY:
        if (chk_once(c, f, seen, r, "by"))
            by(c, f, g, r);
        break;
    case SYN_WITHIN:
        if (chk_once(c, f, seen, r, "within"))
            g->within = chk_duration(c, f, n->a, "within");
        break;
    case SYN_GOODFOR:
        if (chk_once(c, f, seen, r, "good for"))
            g->good_for = chk_duration(c, f, n->a, "good for");
        break;
    case SYN_OTHERWISE:
        if (chk_once(c, f, seen, r, "otherwise"))
            otherwise(c, f, g, r);
        break;
    case SYN_REMIND:
        if (chk_once(c, f, seen, r, "remind"))
            chk_later(c, f, r, "`remind every`", "leave it out; gate inbox shows what waits");
        break;
    case SYN_NOTBEFORE:
        if (chk_once(c, f, seen, r, "not before"))
            chk_later(c, f, r, "`not before`", "leave it out, and approve when the time has come");
        break;
    case SYN_ASSURE:
        if (chk_once(c, f, seen, r, "assure"))
            chk_later(c, f, r, "`assure`", "leave it out; decisions are proved by the account that gives them");
        break;
    case SYN_ADVICE:
        chk_later(c, f, r, "`advice from`", "leave it out; show facts instead: show PHASE.ACTION");
        break;
    case SYN_MAYRETURN:
        chk_later(c, f, r, "`may return to`", "leave it out; reject the gate, and start the run again");
        break;
    case SYN_MAYVARY:
        chk_later(c, f, r, "`may vary`", "leave it out; what differs is then asked again");
        break;
    default:
        break;
    }
}

static void nobody(Checker *c, File *f, const SemGate *g)
{
    const SynNode *n = chk_node(f, g->node);
    Diag *d = chk_report(c, 4001, f, n->a, g->level == 1 ? "this gate says nobody who is to be told"
                                                         : "this gate asks, but names nobody who may answer");
    diag_label(c->diags, d, "`by` is missing");
    uint32_t at = chk_node(f, n->b != 0 ? n->b : n->a)->end;
    bool own = c->sem->n_roles > 0 && c->role_files[0] == c->main;
    Str role = own ? c->sem->roles[0].name : STR("ROLE");
    diag_fix(c->diags, d, 'H', &f->sem.source, at, at,
             chk_printf(c, " by %.*s", STR_ARG(role)), "name a role");
}

void chk_gate(Checker *c, File *f, uint32_t phase, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    SynRef seen[SYN_KIND_COUNT] = {0};
    SemGate g = {.level = n->a == 0 ? 0 : chk_node(f, n->a)->aux, .node = node, .by.kind = WHO_NOBODY};
    Place p;
    chk_place(&p, f, EP_GATE, "the question", phase);
    g.question = chk_text_expr(c, &p, n->b);
    SYN_EACH(f->tree, r, n->c)
        clause(c, f, &g, r, seen);
    shows(c, f, phase, &g, n->c);
    if (g.level > 0 && seen[SYN_BY] == 0 && n->a != 0)
        nobody(c, f, &g);
    c->sem->phases[phase].gate = c->sem->n_gates;
    *CHK_PUSH(c, c->sem->gates, c->sem->n_gates, c->cap_gates) = g;
}
