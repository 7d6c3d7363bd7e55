/* Owns: does an action reach further than it did, and is its way back as good.
 * Must not know: gates. */
#include "compiler/prove/diff_int.h"

static Str tool_name(const Pair *p, const Sem *s, uint32_t tool)
{
    if (tool == SEM_NONE)
        return STR("nothing");
    return arena_printf(p->out->arena, "%.*s.%.*s", STR_ARG(s->tools[tool].pack), STR_ARG(s->tools[tool].name));
}

/* --- ways back ------------------------------------------------------------------- */

/* 0 none, 1 by hand (the plan's or the tool's compensation), 2 exact, 3: nothing to undo. */
static int way_back(const Sem *s, const SemAction *a)
{
    switch (a->undo_kind) {
    case AU_NOTHING: return 3;
    case AU_NONE: return 0;
    case AU_PLAN: return 1;
    default: return a->tool != SEM_NONE && s->tools[a->tool].undo == UNDO_EXACT ? 2 : 1;
    }
}

static const char *way_words(int way)
{
    static const char *const words[] = {"no way back", "a way back by compensation", "an exact way back",
                                        "nothing to take back"};
    return words[way];
}

static const SemBind *bind_of(const Sem *s, uint32_t tool, const SemBind *binds, uint32_t n, Str param)
{
    for (uint32_t i = 0; i < n; i++)
        if (str_eq(s->tools[tool].params[binds[i].param].name, param))
            return &binds[i];
    return NULL;
}

static void arguments(Pair *p, uint32_t old_tool, const SemBind *old, uint32_t n_old, uint32_t new_tool,
                      const SemBind *new, uint32_t n_new, const char *of)
{
    for (uint32_t i = 0; i < n_new; i++) {
        Str name = p->new->tools[new_tool].params[new[i].param].name;
        const SemBind *was = bind_of(p->old, old_tool, old, n_old, name);
        if (was == NULL)
            diff_say(p, DIFF_CHANGED, "%s`%.*s` is given: %.*s", of, STR_ARG(name), STR_ARG(diff_text(p, new[i].expr)));
        else if (!diff_same(p, was->expr, new[i].expr))
            diff_say(p, DIFF_CHANGED, "%s`%.*s` is %.*s; %.*s", of, STR_ARG(name),
                     STR_ARG(diff_text(p, new[i].expr)), STR_ARG(diff_before(p, was->expr, new[i].expr)));
    }
    for (uint32_t i = 0; i < n_old; i++) {
        Str name = p->old->tools[old_tool].params[old[i].param].name;
        if (bind_of(p->new, new_tool, new, n_new, name) == NULL)
            diff_say(p, DIFF_CHANGED, "%s`%.*s` is no longer given", of, STR_ARG(name));
    }
}

static void undo(Pair *p, const SemAction *old, const SemAction *new)
{
    int was = way_back(p->old, old), is = way_back(p->new, new);
    if (was != is && (was != 3 || is == 0))
        diff_say(p, is < was ? DIFF_WEAKER : DIFF_STRONGER, "%s; before %s", way_words(is), way_words(was));
    if (old->undo_kind != AU_PLAN || new->undo_kind != AU_PLAN || old->undo_tool == SEM_NONE ||
        new->undo_tool == SEM_NONE)
        return;
    Str a = tool_name(p, p->old, old->undo_tool), b = tool_name(p, p->new, new->undo_tool);
    if (str_eq(a, b))
        arguments(p, old->undo_tool, old->undo_args, old->n_undo_args, new->undo_tool, new->undo_args,
                  new->n_undo_args, "the way back: ");
    else
        diff_say(p, DIFF_CHANGED, "the way back is %.*s; before %.*s", STR_ARG(b), STR_ARG(a));
}

/* --- what it does ------------------------------------------------------------------ */

static Effect effect_of(const Sem *s, const SemAction *a)
{
    return a->tool == SEM_NONE ? EFF_READS : s->tools[a->tool].effect;
}

static Reach reach_of(const Sem *s, const SemAction *a)
{
    Reach r = a->tool == SEM_NONE ? REACH_ONE : s->tools[a->tool].reach;
    return a->each != 0 && r == REACH_ONE ? REACH_MANY : r;
}

static void tool(Pair *p, const SemAction *old, const SemAction *new)
{
    static const char *const reach[] = {"one object", "many", "the whole tenant"};
    Str a = tool_name(p, p->old, old->tool), b = tool_name(p, p->new, new->tool);
    Effect was = effect_of(p->old, old), is = effect_of(p->new, new);
    if (was != is)
        diff_say(p, is > was ? DIFF_WEAKER : DIFF_STRONGER, "%s something with %.*s; before it %s with %.*s",
                 effect_word(is), STR_ARG(b), effect_word(was), STR_ARG(a));
    else if (!str_eq(a, b))
        diff_say(p, is >= EFF_CHANGES ? DIFF_WEAKER : DIFF_CHANGED, "runs %.*s; before %.*s", STR_ARG(b), STR_ARG(a));
    else if (old->tool != SEM_NONE)
        arguments(p, old->tool, old->args, old->n_args, new->tool, new->args, new->n_args, "");
    Reach r = reach_of(p->old, old), q = reach_of(p->new, new);
    if (r != q)
        diff_say(p, q > r ? DIFF_WEAKER : DIFF_STRONGER, "reaches %s; before %s", reach[q], reach[r]);
    else if (!diff_same(p, sem_own(p->old, old->elements->list), sem_own(p->new, new->elements->list)))
        diff_say(p, DIFF_CHANGED, "goes through %.*s; %.*s", STR_ARG(diff_text(p, sem_own(p->new, new->elements->list))),
                 STR_ARG(diff_before(p, sem_own(p->old, old->elements->list), sem_own(p->new, new->elements->list))));
}

/* How many are touched before somebody can see that it goes wrong. */
static void pace(Pair *p, const SemAction *old, const SemAction *new)
{
    diff_count(p, old->elements->at_most, new->elements->at_most, "at once");
    diff_count(p, old->stop_after, new->stop_after, "failures before it stops");
    diff_count(p, old->retry->most, new->retry->most, "retries");
    if (old->elements->n_waves > 0 && new->elements->n_waves == 0)
        diff_say(p, DIFF_WEAKER, "no waves any more: all at once");
    else if (old->elements->n_waves == 0 && new->elements->n_waves > 0)
        diff_say(p, DIFF_STRONGER, "goes in waves now");
    for (uint32_t i = 0; i < old->elements->n_waves && i < new->elements->n_waves; i++) {
        const SemWave *a = &old->elements->waves[i], *b = &new->elements->waves[i];
        if (a->percent != b->percent)
            diff_say(p, DIFF_CHANGED, "wave %u counts in another way", i + 1);
        else if (a->n != b->n)
            diff_say(p, b->n > a->n ? DIFF_WEAKER : DIFF_STRONGER, "wave %u reaches %u%s; before %u%s", i + 1, b->n,
                     b->percent ? " %" : "", a->n, a->percent ? " %" : "");
    }
    if (new->elements->n_waves > 0 && new->elements->n_waves < old->elements->n_waves)
        diff_say(p, DIFF_WEAKER, "%u waves; before %u", new->elements->n_waves, old->elements->n_waves);
    int longer = diff_longer(p->old, old->elements->pause, p->new, new->elements->pause);
    if (old->elements->n_waves > 0 && new->elements->n_waves > 0 && old->elements->pause.kind != new->elements->pause.kind)
        diff_say(p, new->elements->pause.kind == ST_NONE ? DIFF_WEAKER : DIFF_STRONGER, "the pause between waves is %s",
                 new->elements->pause.kind == ST_NONE ? "gone" : "new");
    else if (old->elements->n_waves > 0 && new->elements->n_waves > 0 && longer != 0)
        diff_say(p, longer > 0 ? DIFF_STRONGER : longer < 0 ? DIFF_WEAKER : DIFF_CHANGED,
                 "pauses %.*s between waves; before %.*s", STR_ARG(diff_duration(p, p->new, new->elements->pause)),
                 STR_ARG(diff_duration(p, p->old, old->elements->pause)));
}

static void conditions(Pair *p, const SemAction *old, const SemAction *new)
{
    diff_requires(p, old->requires, old->n_requires, new->requires, new->n_requires);
    diff_windows(p, old->during, old->n_during, new->during, new->n_during);
    if (!diff_same(p, sem_own(p->old, old->when), sem_own(p->new, new->when)))
        diff_say(p, new->when == 0 ? DIFF_WEAKER : old->when == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "runs when %.*s; %.*s", STR_ARG(diff_text(p, sem_own(p->new, new->when))), STR_ARG(diff_before(p, sem_own(p->old, old->when), sem_own(p->new, new->when))));
    if (!diff_same(p, sem_own(p->old, old->lock), sem_own(p->new, new->lock)))
        diff_say(p, new->lock == 0 ? DIFF_WEAKER : old->lock == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                 "takes the lock %.*s; %.*s", STR_ARG(diff_text(p, sem_own(p->new, new->lock))), STR_ARG(diff_before(p, sem_own(p->old, old->lock), sem_own(p->new, new->lock))));
    if (!diff_same_moment(p, old->not_before, new->not_before))
        diff_say(p, new->not_before->kind == SM_NONE ? DIFF_WEAKER : old->not_before->kind == SM_NONE
                     ? DIFF_STRONGER : DIFF_CHANGED, "when it may begin at the earliest is another");
    if (diff_longer(p->old, old->timeout, p->new, new->timeout) != 0)
        diff_say(p, DIFF_CHANGED, "may take %.*s; before %.*s", STR_ARG(diff_duration(p, p->new, new->timeout)),
                 STR_ARG(diff_duration(p, p->old, old->timeout)));
}

void diff_action(Pair *p, const SemAction *old, const SemAction *new)
{
    p->node = new->node;
    if (old == NULL) {
        Effect e = effect_of(p->new, new);
        diff_say(p, e >= EFF_CHANGES ? DIFF_WEAKER : DIFF_CHANGED, "is new: %s something with %.*s", effect_word(e),
                 STR_ARG(tool_name(p, p->new, new->tool)));
        return;
    }
    tool(p, old, new);
    undo(p, old, new);
    pace(p, old, new);
    conditions(p, old, new);
    if (new->level != old->level)
        diff_say(p, new->level < old->level ? DIFF_WEAKER : DIFF_STRONGER, "needs L%d; before L%d", new->level, old->level);
}

void diff_action_gone(Pair *p, const SemAction *old)
{
    Effect e = effect_of(p->old, old);
    diff_gone(p, DIFF_CHANGED, NULL, old->node, "is gone: %s nothing any more", effect_word(e));
}

/* --- secrets ------------------------------------------------------------------------- */

typedef struct Use { Str secret, tool, phase; SynRef node; } Use;
typedef struct Uses { Use *items; uint32_t n, cap; const Sem *sem; Arena *arena; } Uses;

static void grow(Uses *u)
{
    if (u->n < u->cap)
        return;
    u->cap = u->cap * 2 + 16;
    Use *more = ARENA_NEW(u->arena, Use, u->cap);
    for (uint32_t i = 0; i < u->n; i++)
        more[i] = u->items[i];
    u->items = more;
}

/* Every secret in an expression, and in the lets that it names. Expressions are
 * at most LIM_EXPRESSION deep, with lets put in their place. */
static void secrets_in(Uses *u, const SemFile *f, SynRef r, const Use *use)
{
    const SynTree *t = f->source.tree;
    if (r == 0)
        return;
    SemRef ref = f->refs[r];
    if (ref.kind == SR_SECRET) {
        grow(u);
        u->items[u->n] = *use;
        u->items[u->n++].secret = u->sem->secrets[ref.index].name;
        return;
    }
    if (ref.kind == SR_LET) {
        const SemLet *l = &u->sem->lets[ref.index];
        secrets_in(u, l->expr.file, l->expr.node, use);
        return;
    }
    const SynRef kids[3] = {syn(t, r)->a, syn(t, r)->b, syn(t, r)->c};
    for (int i = 0; i < 3; i++)
        SYN_EACH(t, k, kids[i])
            secrets_in(u, f, k, use);
}

static Uses uses_of(const Sem *s, Arena *arena)
{
    Uses u = {.sem = s, .arena = arena};
    for (uint32_t i = 0; s->n_secrets > 0 && i < s->n_actions; i++) {
        const SemAction *a = &s->actions[i];
        if (a->tool == SEM_NONE)
            continue;
        Use use = {.tool = arena_printf(arena, "%.*s.%.*s", STR_ARG(s->tools[a->tool].pack),
                                        STR_ARG(s->tools[a->tool].name)),
                   .phase = s->phases[a->phase].name, .node = a->node};
        for (uint32_t k = 0; k < a->n_args; k++)
            secrets_in(&u, a->args[k].expr.file, a->args[k].expr.node, &use);
    }
    return u;
}

static bool same_use(const Use *a, const Use *b)
{
    return str_eq(a->secret, b->secret) && str_eq(a->tool, b->tool) && str_eq(a->phase, b->phase);
}

void diff_secrets(Pair *p)
{
    Uses old = uses_of(p->old, p->out->arena), new = uses_of(p->new, p->out->arena);
    for (uint32_t i = 0; i < new.n; i++) {
        bool known = false;
        for (uint32_t k = 0; k < old.n && !known; k++)
            known = same_use(&new.items[i], &old.items[k]);
        for (uint32_t k = 0; k < i && !known; k++)
            known = same_use(&new.items[i], &new.items[k]);
        p->where = new.items[i].phase;
        p->node = new.items[i].node;
        if (!known)
            diff_say(p, DIFF_WEAKER, "the secret `%.*s` now goes to %.*s", STR_ARG(new.items[i].secret),
                     STR_ARG(new.items[i].tool));
    }
}
