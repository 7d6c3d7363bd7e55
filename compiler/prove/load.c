/* Owns: how often one role must say yes in one day (G4011).
 * Must not know: who holds it, when offices are open. */
#include "compiler/prove/order.h"

/* Of all rows of phases that need each other, the one in which a role has so
 * many approvals within the least time: by phase and number of approvals, the
 * shortest time from the first of them to the end of the phase. Without an
 * estimate a phase takes no time. A gate that waits for a moment may be asked on
 * another day, so a row begins anew behind it. */
enum { MOST = LIM_APPROVALS_A_DAY };
#define DAY_MS INT64_C(86400000)
#define NEVER INT64_MAX

typedef struct Row { int64_t least[MOST + 1]; uint32_t from[MOST + 1]; } Row; /* [k]: k + 1 approvals */
typedef struct Load {
    Checker *c;
    Order *o;
    Row *rows;       /* by place */
    uint32_t *gates; /* places of the phases in which the role must say yes */
    uint32_t n;
} Load;

static int64_t least_ms(SemDuration d)
{
    switch (d.kind) {
    case ST_CLOCK: return d.n;
    case ST_DAYS: return d.n > NEVER / DAY_MS ? NEVER : d.n * DAY_MS;
    case ST_HOURS: return d.n > NEVER / 3600000 ? NEVER : d.n * 3600000;
    default: return 0;
    }
}

static int64_t sum(int64_t a, int64_t b)
{
    return a > NEVER - b ? NEVER : a + b;
}

/* The least time that a phase takes, behind its gate. */
static int64_t takes(const Sem *s, const SemPhase *p)
{
    int64_t ms = least_ms(p->estimate[0]), held = 0;
    for (uint32_t k = 0; k < p->n_checks; k++)
        held = sum(held, least_ms(s->checks[p->first_check + k].hold_for));
    for (uint32_t k = 0; k < p->n_actions; k++) {
        const SemAction *a = &s->actions[p->first_action + k];
        for (uint32_t w = 1; w < a->elements->n_waves; w++)
            held = sum(held, least_ms(a->elements->pause));
    }
    return ms > held ? ms : held;
}

/* Nobody else can say it instead. */
static bool must_say(const SemGate *g, uint32_t role)
{
    bool alone = g->by.n == 1;
    if (g->level != 2 || (!alone && g->by.kind != WHO_ALL))
        return false;
    for (uint32_t i = 0; i < g->by.n; i++)
        if (g->by.roles[i] == role)
            return true;
    return false;
}

static bool other_day(const Sem *s, const SemPhase *p)
{
    const SemGate *g = &s->gates[p->gate];
    return g->not_before->kind != SM_NONE || p->n_during > 0;
}

static void row_at(Load *l, uint32_t place, uint32_t first, bool asks)
{
    const Sem *s = l->c->sem;
    const SemPhase *p = &s->phases[s->order[place]];
    Row *row = &l->rows[place];
    for (uint32_t k = 0; k <= MOST; k++)
        row->least[k] = NEVER;
    for (uint32_t n = 0; n < p->n_needs; n++) {
        uint32_t q = l->o->pos[p->needs[n].phase];
        if (q < first)
            continue;
        for (uint32_t k = 0; k <= MOST; k++) {
            if (l->rows[q].least[k] >= row->least[k])
                continue;
            row->least[k] = l->rows[q].least[k];
            row->from[k] = q;
        }
    }
    if (asks) {
        bool anew = other_day(s, p);
        for (uint32_t k = MOST; k > 0; k--) { /* this one is the last of k + 1 */
            row->least[k] = anew ? NEVER : row->least[k - 1];
            row->from[k] = row->from[k - 1];
        }
        row->least[0] = 0;
    }
}

static void told(Load *l, uint32_t role, uint32_t place)
{
    Checker *c = l->c;
    const Sem *s = c->sem;
    const SemPhase *p = &s->phases[s->order[place]];
    Diag *d = chk_report(c, 4011, c->main, chk_node(c->main, s->gates[p->gate].node)->a,
                         "`%.*s` may be asked here for the %dth time on one day", STR_ARG(s->roles[role].name),
                         MOST + 1);
    diag_label(c->diags, d, "one question too many");
    uint32_t k = MOST, at = l->rows[place].from[k--];
    for (uint32_t said = 0; said < 3;) {
        uint32_t gate = s->phases[s->order[at]].gate, before = l->rows[at].from[k];
        if (gate != SEM_NONE && must_say(&s->gates[gate], role)) {
            chk_also(c, d, c->main, chk_node(c->main, s->gates[gate].node)->a, "asked here");
            said++;
            if (k-- == 0)
                break;
        }
        at = before;
    }
    diag_help(c->diags, d, "ask once for what belongs together, ask others, or say with `estimate` how long each phase takes");
}

static void one_role(Load *l, uint32_t role)
{
    const Sem *s = l->c->sem;
    uint32_t first = l->gates[0], last = l->gates[l->n - 1], next = 0;
    for (uint32_t place = first; place <= last; place++) {
        const SemPhase *p = &s->phases[s->order[place]];
        bool asks = next < l->n && l->gates[next] == place;
        uint64_t steps = 1 + p->n_needs;
        next += asks;
        if (l->o->steps < steps)
            return;
        l->o->steps -= steps;
        row_at(l, place, first, asks);
        if (asks && l->rows[place].least[MOST] < DAY_MS) {
            told(l, role, place);
            return; /* once for each role */
        }
        int64_t ms = takes(s, p);
        for (uint32_t k = 0; ms > 0 && k <= MOST; k++)
            l->rows[place].least[k] = sum(l->rows[place].least[k], ms);
    }
}

/* Which roles must say yes often enough, and where: by role, in order. */
void prove_load(Checker *c)
{
    const Sem *s = c->sem;
    uint32_t *count = ARENA_NEW(c->arena, uint32_t, s->n_roles);
    bool any = false;
    for (uint32_t i = 0; i < s->n_gates; i++)
        for (uint32_t r = 0; r < s->gates[i].by.n; r++)
            any = ++count[s->gates[i].by.roles[r]] > MOST || any;
    if (!any)
        return;
    Load l = {c, prove_order(c), ARENA_NEW(c->arena, Row, s->n_phases),
              ARENA_NEW(c->arena, uint32_t, s->n_phases), 0};
    for (uint32_t role = 0; role < s->n_roles; role++) {
        if (count[role] <= MOST || l.o->steps < s->n_phases)
            continue;
        l.o->steps -= s->n_phases;
        l.n = 0;
        for (uint32_t k = 0; k < s->n_phases; k++) {
            const SemPhase *p = &s->phases[s->order[k]];
            if (p->gate != SEM_NONE && !p->never_starts && must_say(&s->gates[p->gate], role))
                l.gates[l.n++] = k;
        }
        if (l.n > MOST)
            one_role(&l, role);
    }
}
