/* Owns: one gate: its question, its people, its evidence, what silence means.
 * Must not know: whether its level is high enough (level.c). */
#include "compiler/check/check.h"


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

static void by(Checker *c, File *f, SemGate *g, SynRef r)
{
    SynRef who = chk_node(f, r)->a;
    if (who == 0)
        return;
    const SynNode *n = chk_node(f, who);
    uint32_t said = 0;
    SYN_EACH(f->tree, k, n->a)
        said++;
    g->by.node = who;
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
    g->by.broken = said != g->by.n || (n->aux == WHO_PLAIN && said > 1);
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
