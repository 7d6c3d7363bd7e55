/* Owns: ways back: undo tools that cannot be tried again (G6004), taking back
 * across what cannot be taken back (G6002 of a return, G6012), returns to what
 * comes later (G3002), and what `gatec check -v` says of all this.
 * Must not know: levels; whether there is an undo at all (check/action.c). */
#include "compiler/prove/order.h"
#include "compiler/prove/story.h"

/* What a step of a phase leaves behind. */
typedef enum Way { W_NOTHING, W_BACK, W_NO_BACK, W_UNSAID, W_COUNT } Way;

static Way way_of(const Sem *s, SemStep step)
{
    if (step.kind == SS_ACTION) {
        const SemAction *a = &s->actions[step.index];
        if (!sem_writes(s, a) || a->undo_kind != AU_NONE)
            return sem_writes(s, a) ? W_BACK : W_NOTHING;
        return a->undo_because != 0 ? W_NO_BACK : W_UNSAID; /* G6001 */
    }
    if (step.kind == SS_TASK && s->tasks[step.index].undo.node != 0)
        return W_BACK;
    if (step.kind == SS_TASK)
        return s->tasks[step.index].undo_because != 0 ? W_NO_BACK : W_UNSAID;
    return W_NOTHING;
}

static SynRef name_of(const Checker *c, SemStep step)
{
    const Sem *s = c->sem;
    SynRef node = step.kind == SS_ACTION  ? s->actions[step.index].node
                  : step.kind == SS_CHECK ? s->checks[step.index].node
                  : step.kind == SS_TASK  ? s->tasks[step.index].node
                                          : s->awaits[step.index].node;
    return chk_node(c->main, node)->a;
}

static Str text_of(const Sem *s, SemStep step)
{
    return step.kind == SS_ACTION ? s->actions[step.index].name : s->tasks[step.index].name;
}

/* --- G6004 ----------------------------------------------------------------------- */

/* A program of the host's own can never say so: its plan shows what it runs, and
 * a person settles it. */
static bool resumable(const SemTool *t)
{
    return t->effect < EFF_CHANGES || t->native ||
           (t->flags & (TF_REPEATABLE | TF_KEYED | TF_LOOKUP)) != 0;
}

static void undo_once_only(Checker *c, const SemAction *a, bool *told)
{
    const Sem *s = c->sem;
    const File *f = c->main;
    if (a->undo_kind == AU_NONE || a->undo_tool == SEM_NONE || resumable(&s->tools[a->undo_tool]))
        return;
    const SemTool *t = &s->tools[a->undo_tool];
    if (told[a->undo_tool])
        return;
    told[a->undo_tool] = true;
    SynRef at = 0;
    SYN_EACH(f->tree, k, chk_node(f, a->node)->c)
        if (chk_node(f, k)->kind == (a->undo_kind == AU_PLAN ? SYN_UNDO : SYN_RUN))
            at = chk_node(f, k)->a;
    const File *home = (const File *)t->file;
    Diag *d = chk_report(c, 6004, f, at, "taking `%.*s` back cannot be tried again when it is interrupted",
                         STR_ARG(a->name));
    diag_label(c->diags, d, "taken back by `%.*s.%.*s`", STR_ARG(t->pack), STR_ARG(t->name));
    chk_also(c, d, home, chk_node(home, t->node)->a, "neither `repeatable`, nor `keyed`, nor a `lookup`");
    diag_help(c->diags, d, "say so in the pack where it is so; else a person has to find out how far it came");
}

/* --- G6012 ----------------------------------------------------------------------- */

static bool may_fail(SemStepKind k)
{
    return k != SS_TELL;
}

/* What the phase does when it fails was not said, so it takes back what it can:
 * the first change, although a later one stays. */
static void crosses(Checker *c, const SemPhase *p)
{
    const Sem *s = c->sem;
    uint32_t back = SEM_NONE, stays = SEM_NONE;
    for (uint32_t i = 0; p->on_failure == 0 && i < p->n_steps; i++) {
        Way way = way_of(s, p->steps[i]);
        bool many = p->steps[i].kind == SS_ACTION && s->actions[p->steps[i].index].each != 0;
        if (stays == SEM_NONE && way == W_NO_BACK && back != SEM_NONE)
            stays = i;
        if (back == SEM_NONE && way == W_BACK)
            back = i;
        bool fails = stays != SEM_NONE && may_fail(p->steps[i].kind) && (i > stays || many);
        if (!fails)
            continue;
        Diag *d = chk_report(c, 6012, c->main, name_of(c, p->steps[stays]),
                             "`%.*s` cannot be taken back, but what came before it would be when `%.*s` fails",
                             STR_ARG(text_of(s, p->steps[stays])), STR_ARG(p->name));
        diag_label(c->diags, d, "stays as it is");
        chk_also(c, d, c->main, name_of(c, p->steps[back]), "would be taken back");
        if (i > stays)
            chk_also(c, d, c->main, name_of(c, p->steps[i]), "may fail behind it");
        diag_help(c->diags, d, "write `on failure stop`, or move `%.*s` to a phase of its own",
                  STR_ARG(text_of(s, p->steps[stays])));
        return;
    }
}

/* --- returns (language 10.12) -------------------------------------------------------- */

/* A return takes back the phase it names and all that lie behind it, by needing it
 * or by being started when it fails; except those behind the phase which is being
 * decided: they have not run. */
typedef struct Return { uint32_t gate, index; } Return;

static uint32_t no_back_in(const Sem *s, const SemPhase *p)
{
    bool idle = p->never_starts || p->never_wanted;
    for (uint32_t k = 0; k < p->n_requires; k++)
        idle = idle || p->requires[k].never;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &s->actions[p->first_action + i];
        for (uint32_t k = 0; k < a->n_requires && a->when == 0; k++)
            idle = idle || a->requires[k].never;
    }
    if (idle)
        return SEM_NONE; /* it never does anything: G3006 */
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (way_of(s, p->steps[i]) == W_NO_BACK)
            return i;
    return SEM_NONE;
}

static void cannot_return(Checker *c, const SemReturn *r, uint32_t phase, uint32_t step)
{
    const Sem *s = c->sem;
    const SemPhase *p = &s->phases[phase];
    Diag *d = chk_report(c, 6002, c->main, r->node, "a return to `%.*s` would take back `%.*s`, which has no way back",
                         STR_ARG(s->phases[r->phase].name), STR_ARG(p->name));
    diag_label(c->diags, d, "promises to go back");
    chk_also(c, d, c->main, name_of(c, p->steps[step]), "cannot be undone");
    diag_help(c->diags, d, "return to a phase behind it, or say how it is undone");
}

static void comes_later(Checker *c, const SemReturn *r, uint32_t from)
{
    const Sem *s = c->sem;
    Str name = s->phases[from].name, other = s->phases[r->phase].name;
    Diag *d = chk_report(c, 3002, c->main, chk_node(c->main, r->node)->a, "`%.*s` cannot return to `%.*s`, which starts only after it",
                         STR_ARG(name), STR_ARG(other));
    diag_label(c->diags, d, "has not run when `%.*s` asks", STR_ARG(name));
    chk_also(c, d, c->main, chk_node(c->main, s->phases[r->phase].node)->a, "comes later");
    diag_help(c->diags, d, "name a phase that comes before this one");
}

/* All that can lead to a phase: what it needs, and whoever starts it by failing. */
typedef struct Ways {
    const Sem *s;
    uint32_t *order;               /* phases, what leads to them first */
    uint32_t *starter, *next;      /* by phase: who starts it, and who else starts the same */
} Ways;
typedef struct Look { uint32_t phase, need, starter; } Look;

static uint32_t next_way(const Ways *w, Look *l)
{
    const SemPhase *p = &w->s->phases[l->phase];
    uint32_t starter = l->starter;
    if (l->need < p->n_needs)
        return p->needs[l->need++].phase;
    l->starter = starter == SEM_NONE ? SEM_NONE : w->next[starter];
    return starter;
}

static uint32_t put_behind(const Ways *w, uint32_t root, bool *seen, Look *stack, uint32_t n)
{
    uint32_t depth = 0;
    stack[depth++] = (Look){root, 0, w->starter[root]};
    seen[root] = true;
    while (depth > 0) {
        uint32_t way = next_way(w, &stack[depth - 1]);
        if (way == SEM_NONE) {
            w->order[n++] = stack[--depth].phase;
        } else if (!seen[way]) {
            seen[way] = true;
            stack[depth++] = (Look){way, 0, w->starter[way]};
        }
    }
    return n;
}

static Ways find_ways(Checker *c)
{
    const Sem *s = c->sem;
    uint32_t *numbers = ARENA_NEW(c->arena, uint32_t, 3 * (size_t)s->n_phases), n = 0;
    Ways w = {s, numbers, numbers + s->n_phases, numbers + 2 * (size_t)s->n_phases};
    bool *seen = ARENA_NEW(c->arena, bool, s->n_phases);
    Look *stack = ARENA_NEW(c->arena, Look, s->n_phases);
    for (uint32_t i = 0; i < s->n_phases; i++)
        w.starter[i] = SEM_NONE;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        uint32_t to = s->phases[i].failure_start;
        if (to == SEM_NONE)
            continue;
        w.next[i] = w.starter[to];
        w.starter[to] = i;
    }
    for (uint32_t i = 0; i < s->n_phases; i++)
        if (!seen[i])
            n = put_behind(&w, i, seen, stack, n);
    return w;
}

/* By phase, for up to 64 returns: can it lie behind where that goes back to (or
 * is it that); does it surely lie behind the gate that asks (or is it that)? */
typedef struct Behind { uint64_t *back, *gate; } Behind;

static void behind_needs(const Sem *s, uint32_t i, Behind *of)
{
    const SemPhase *p = &s->phases[i];
    for (uint32_t k = 0; k < p->n_needs;) {
        uint32_t group = p->needs[k].group;
        uint64_t all = ~UINT64_C(0);
        do {
            of->back[i] |= of->back[p->needs[k].phase];
            if (group == 0 || order_counts(s, p, &p->needs[k]))
                all &= of->gate[p->needs[k].phase];
        } while (++k < p->n_needs && group != 0 && p->needs[k].group == group);
        of->gate[i] |= all;
    }
}

/* Whoever is started lies behind every one who could have done it. */
static void behind_starters(const Ways *w, uint32_t i, Behind *of)
{
    uint64_t all = w->starter[i] == SEM_NONE ? 0 : ~UINT64_C(0);
    for (uint32_t k = w->starter[i]; k != SEM_NONE; k = w->next[k]) {
        of->back[i] |= of->back[k];
        all &= of->gate[k];
    }
    of->gate[i] |= all;
}

static void find_behind(const Ways *w, const Return *list, uint32_t n, Behind *of)
{
    const Sem *s = w->s;
    for (uint32_t i = 0; i < s->n_phases; i++)
        of->back[i] = of->gate[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
        of->back[s->gates[list[i].gate].returns[list[i].index].phase] |= UINT64_C(1) << i;
        of->gate[s->gates[list[i].gate].phase] |= UINT64_C(1) << i;
    }
    for (uint32_t k = 0; k < s->n_phases; k++) {
        behind_needs(s, w->order[k], of);
        behind_starters(w, w->order[k], of);
    }
}

static void batch_of_returns(Checker *c, const Ways *w, const Return *list, uint32_t n, Behind *of)
{
    const Sem *s = c->sem;
    uint64_t open = n == 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
    find_behind(w, list, n, of);
    for (uint32_t b = 0; b < n; b++) {
        const SemGate *g = &s->gates[list[b].gate];
        const SemReturn *r = &g->returns[list[b].index];
        if ((of->gate[r->phase] >> b & 1) == 0)
            continue;
        comes_later(c, r, g->phase);
        open &= ~(UINT64_C(1) << b);
    }
    for (uint32_t k = 0; k < s->n_phases && open != 0; k++) {
        uint32_t i = w->order[k];
        uint64_t hit = of->back[i] & ~of->gate[i] & open;
        uint32_t step = hit == 0 ? SEM_NONE : no_back_in(s, &s->phases[i]);
        for (uint32_t b = 0; step != SEM_NONE && b < n; b++) {
            const SemGate *g = &s->gates[list[b].gate];
            if ((hit >> b & 1) == 0 || before_apart(c->before, g->phase, i))
                continue;
            cannot_return(c, &g->returns[list[b].index], i, step);
            open &= ~(UINT64_C(1) << b);
        }
    }
}

static void returns(Checker *c)
{
    const Sem *s = c->sem;
    Return *list = NULL;
    uint32_t n = 0, cap = 0;
    for (uint32_t i = 0; i < s->n_gates; i++)
        for (uint32_t k = 0; k < s->gates[i].n_returns; k++)
            *CHK_PUSH(c, list, n, cap) = (Return){i, k};
    if (n == 0 || s->order == NULL)
        return;
    Behind of = {ARENA_NEW(c->arena, uint64_t, s->n_phases), ARENA_NEW(c->arena, uint64_t, s->n_phases)};
    Ways w = find_ways(c);
    for (uint32_t i = 0; i < n; i += 64)
        batch_of_returns(c, &w, list + i, n - i < 64 ? n - i : 64, &of);
}

void prove_back(Checker *c)
{
    const Sem *s = c->sem;
    bool *told = ARENA_NEW(c->arena, bool, s->n_tools);
    for (uint32_t i = 0; i < s->n_actions; i++)
        undo_once_only(c, &s->actions[i], told);
    for (uint32_t i = 0; i < s->n_phases; i++)
        crosses(c, &s->phases[i]);
    returns(c);
}

/* --- in words -------------------------------------------------------------------------- */

static void put_names(const Sem *s, const SemPhase *p, Way one, Way other, Buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < p->n_steps; i++) {
        Way way = way_of(s, p->steps[i]);
        if (way != one && way != other)
            continue;
        buf_printf(out, "%s%.*s", first ? "" : ", ", STR_ARG(text_of(s, p->steps[i])));
        first = false;
    }
}

static void put_phase(const Sem *s, const SemPhase *p, bool first, bool *passed, Buf *out)
{
    uint32_t n[W_COUNT] = {0};
    for (uint32_t i = 0; i < p->n_steps; i++)
        n[way_of(s, p->steps[i])]++;
    bool stays = n[W_NO_BACK] + n[W_UNSAID] > 0;
    if (n[W_BACK] == 0 && !stays)
        return;
    buf_printf(out, "%s%.*s: ", first ? "  ways back    " : "               ", STR_ARG(p->name));
    if (n[W_BACK] > 0) {
        buf_puts(out, stays ? "can be undone: " : "all can be undone: ");
        put_names(s, p, W_BACK, W_BACK, out);
    }
    if (stays) {
        buf_puts(out, n[W_BACK] > 0 ? "; cannot be undone: " : "cannot be undone: ");
        put_names(s, p, W_NO_BACK, W_UNSAID, out);
        buf_puts(out, *passed ? "" : " (the point of no return)");
        *passed = true;
    }
    buf_putc(out, '\n');
}

void story_put_way_back(const Sem *s, Buf *out)
{
    bool passed = false;
    size_t before = out->n;
    for (uint32_t k = 0; k < s->n_phases && s->order != NULL; k++)
        put_phase(s, &s->phases[s->order[k]], out->n == before, &passed, out);
    if (out->n == before)
        buf_puts(out, "  ways back    nothing is changed, so nothing has to be undone\n");
    else if (!passed)
        buf_puts(out, "               there is no point of no return\n");
}
