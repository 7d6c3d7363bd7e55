/* Owns: is a gate weaker than it was: level, people, evidence, time.
 * Must not know: actions. */
#include "compiler/prove/diff_int.h"

/* --- who ------------------------------------------------------------------------ */

static bool has_role(const Sem *s, const SemWho *w, Str name)
{
    for (uint32_t i = 0; i < w->n; i++)
        if (str_eq(s->roles[w->roles[i]].name, name))
            return true;
    return false;
}

static Str who_words(Pair *p, const Sem *s, const SemWho *w)
{
    Arena *a = p->out->arena;
    Str names = {"", 0};
    for (uint32_t i = 0; i < w->n; i++)
        names = arena_printf(a, "%.*s%s%.*s", STR_ARG(names), i == 0 ? "" : ", ",
                             STR_ARG(s->roles[w->roles[i]].name));
    switch (w->kind) {
    case WHO_NOBODY: return STR("nobody");
    case WHO_ALL: return arena_printf(a, "all of %.*s", STR_ARG(names));
    case WHO_ANY: return arena_printf(a, "any of %.*s", STR_ARG(names));
    case WHO_N: return arena_printf(a, "%u of %.*s", w->quorum, STR_ARG(names));
    default: return names;
    }
}

/* How many of a role's name a list has. */
static uint32_t times(const Sem *s, const SemWho *w, Str name)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n; i++)
        n += str_eq(s->roles[w->roles[i]].name, name);
    return n;
}

/* Whether some people whose yes is enough for a would not be enough for b. The
 * people of a role are taken to hold that role only. */
static bool lets_more(const Sem *sa, const SemWho *a, const Sem *sb, const SemWho *b)
{
    if (a->kind == WHO_NOBODY || b->kind == WHO_NOBODY)
        return a->kind == WHO_NOBODY && b->kind != WHO_NOBODY;
    if (a->kind == WHO_ALL) {
        uint32_t enough = 0;
        for (uint32_t i = 0; i < a->n; i++)
            enough += has_role(sb, b, sa->roles[a->roles[i]].name);
        if (b->kind != WHO_ALL)
            return enough < b->quorum;
        for (uint32_t i = 0; i < b->n; i++) {
            Str name = sb->roles[b->roles[i]].name;
            if (times(sa, a, name) < times(sb, b, name))
                return true;
        }
        return false;
    }
    /* Any so many people of a's roles: all of one role, where that does least. */
    for (uint32_t i = 0; i < a->n; i++)
        if (!has_role(sb, b, sa->roles[a->roles[i]].name))
            return true;
    if (b->kind != WHO_ALL)
        return a->quorum < b->quorum;
    for (uint32_t i = 0; i < b->n; i++)
        if (!str_eq(sb->roles[b->roles[i]].name, sa->roles[a->roles[0]].name))
            return true;
    return a->n > 1 || a->quorum < b->n;
}

void diff_who(Pair *p, const SemWho *old, const SemWho *new, const char *verb)
{
    bool weaker = lets_more(p->new, new, p->old, old), stronger = lets_more(p->old, old, p->new, new);
    if (!weaker && !stronger)
        return;
    diff_say(p, weaker ? DIFF_WEAKER : DIFF_STRONGER, "%s by %.*s; before by %.*s", verb,
             STR_ARG(who_words(p, p->new, new)), STR_ARG(who_words(p, p->old, old)));
}

/* People whom silence brings in. */
static void otherwise(Pair *p, const SemGate *old, const SemGate *new)
{
    static const SemWho nobody = {.kind = WHO_NOBODY};
    const SemWho *was = old->otherwise == SO_ASK ? old->ask_who : &nobody;
    const SemWho *is = new->otherwise == SO_ASK ? new->ask_who : &nobody;
    for (uint32_t i = 0; i < is->n; i++) {
        Str name = p->new->roles[is->roles[i]].name;
        if (!has_role(p->old, was, name) && !has_role(p->old, &old->by, name))
            diff_say(p, DIFF_WEAKER, "after silence, %.*s may decide too", STR_ARG(name));
    }
    if (old->otherwise == SO_ASK && new->otherwise != SO_ASK)
        diff_say(p, DIFF_STRONGER, "after silence, nobody else may decide any more");
    else if (old->otherwise != new->otherwise || old->again->most != new->again->most)
        diff_say(p, DIFF_CHANGED, "what silence leads to is another");
}

/* --- what is shown, and how sure --------------------------------------------------- */

static void evidence(Pair *p, const SemGate *old, const SemGate *new)
{
    for (uint32_t i = 0; i < old->n_shows; i++) {
        bool there = false;
        for (uint32_t k = 0; k < new->n_shows && !there; k++)
            there = str_eq(old->shows[i].label, new->shows[k].label);
        if (!there)
            diff_say(p, DIFF_WEAKER, "who decides is no longer shown %.*s", STR_ARG(old->shows[i].label));
    }
    for (uint32_t i = 0; i < old->n_asks; i++) {
        bool there = false;
        for (uint32_t k = 0; k < new->n_asks && !there; k++)
            there = str_eq(p->old->asks[old->first_ask + i].name, p->new->asks[new->first_ask + k].name);
        if (!there)
            diff_say(p, DIFF_WEAKER, "`%.*s` is no longer asked", STR_ARG(p->old->asks[old->first_ask + i].name));
    }
    if (!diff_same(p, sem_own(p->old, old->question), sem_own(p->new, new->question)))
        diff_say(p, DIFF_CHANGED, "asks %.*s; %.*s", STR_ARG(diff_text(p, sem_own(p->new, new->question))),
                 STR_ARG(diff_before(p, sem_own(p->old, old->question), sem_own(p->new, new->question))));
}

static void assurance(Pair *p, const SemGate *old, const SemGate *new)
{
    static const char *const words[] = {"any account", "os", "session", "signed", "hardware"};
    if (old->assure == new->assure)
        return;
    diff_say(p, new->assure < old->assure ? DIFF_WEAKER : DIFF_STRONGER,
             "a decision is proved by %s; before by %s", words[new->assure], words[old->assure]);
}

static void advice(Pair *p, const SemGate *old, const SemGate *new)
{
    for (uint32_t i = 0; i < old->n_advice; i++) {
        bool there = false, holds = false;
        for (uint32_t k = 0; k < new->n_advice; k++)
            if (str_eq(old->advice[i].name, new->advice[k].name)) {
                there = true;
                holds = new->advice[k].holds;
            }
        if (!there || (old->advice[i].holds && !holds))
            diff_say(p, DIFF_WEAKER, "advice from %.*s %s", STR_ARG(old->advice[i].name),
                     there ? "no longer holds it" : "is no longer heard");
    }
}

static void varies(Pair *p, const SemGate *new, const SemGate *old)
{
    for (uint32_t i = 0; i < new->n_varies; i++) {
        const SemAction *a = &p->new->actions[new->varies[i].action];
        const SemTool *t = a->tool == SEM_NONE ? NULL : &p->new->tools[a->tool];
        bool there = false;
        for (uint32_t k = 0; k < old->n_varies && !there; k++) {
            const SemAction *b = &p->old->actions[old->varies[k].action];
            there = str_eq(a->name, b->name) && b->tool != SEM_NONE && t != NULL &&
                    str_eq(t->params[new->varies[i].param].name,
                           p->old->tools[b->tool].params[old->varies[k].param].name);
        }
        if (!there && t != NULL)
            diff_say(p, DIFF_WEAKER, "`%.*s.%.*s` may now differ from what was approved", STR_ARG(a->name),
                     STR_ARG(t->params[new->varies[i].param].name));
    }
}

/* --- time ----------------------------------------------------------------------------- */

static void times_of(Pair *p, const SemGate *old, const SemGate *new)
{
    int longer = diff_longer(p->old, old->good_for, p->new, new->good_for);
    /* Where nothing is said, an approval is good for seven days. */
    if (old->good_for.kind == ST_NONE || new->good_for.kind == ST_NONE) {
        SemDuration week = {.kind = ST_CLOCK, .n = (int64_t)LIM_APPROVAL_DAYS * 86400000};
        longer = diff_longer(p->old, old->good_for.kind == ST_NONE ? week : old->good_for, p->new,
                             new->good_for.kind == ST_NONE ? week : new->good_for);
    }
    if (longer != 0)
        diff_say(p, longer > 0 ? DIFF_WEAKER : DIFF_STRONGER, "an approval is good for %.*s; before %.*s",
                 STR_ARG(diff_duration(p, p->new, new->good_for)), STR_ARG(diff_duration(p, p->old, old->good_for)));
    longer = diff_longer(p->old, old->within, p->new, new->within);
    if (longer != 0)
        diff_say(p, DIFF_CHANGED, "the answer is due within %.*s; before %.*s",
                 STR_ARG(diff_duration(p, p->new, new->within)), STR_ARG(diff_duration(p, p->old, old->within)));
    if (!diff_same_moment(p, old->not_before, new->not_before))
        diff_say(p, new->not_before->kind == SM_NONE ? DIFF_WEAKER : old->not_before->kind == SM_NONE
                     ? DIFF_STRONGER : DIFF_CHANGED, "when it may be released at the earliest is another");
}

void diff_gate(Pair *p, const SemGate *old, const SemGate *new)
{
    if (old == NULL && new == NULL)
        return;
    if (new == NULL) {
        diff_gone(p, DIFF_WEAKER, NULL, old->node, "the gate is gone; before L%d", old->level);
        return;
    }
    p->node = new->node;
    if (old == NULL) {
        diff_say(p, DIFF_STRONGER, "has a gate now: L%d", new->level);
        return;
    }
    if (old->level != new->level)
        diff_say(p, new->level < old->level ? DIFF_WEAKER : DIFF_STRONGER, "the gate is at L%d; before L%d",
                 new->level, old->level);
    if (old->level >= 2 && new->level >= 2) {
        diff_who(p, &old->by, &new->by, "decided");
        otherwise(p, old, new);
    } else if (old->level >= 1 && new->level >= 1) {
        for (uint32_t i = 0; i < old->by.n; i++)
            if (!has_role(p->new, &new->by, p->old->roles[old->by.roles[i]].name))
                diff_say(p, DIFF_WEAKER, "%.*s is no longer told", STR_ARG(p->old->roles[old->by.roles[i]].name));
    }
    assurance(p, old, new);
    evidence(p, old, new);
    advice(p, old, new);
    varies(p, new, old);
    times_of(p, old, new);
}
