/* Owns: can every quorum of the plan be met by the people known: G4003, G4004,
 * G4005, and with --absent K G4020 (language 9.2, 10.1).
 * Must not know: how a set of people is found (people.c). */
#include "compiler/prove/prove.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/prove/people.h"

/* A gate or a task that wants people, in the order of the file. */
typedef struct Demand {
    const SemWho *who, *more; /* more: `otherwise ask WHO`, or NULL */
    Str name;                 /* of the phase or task */
    SemAssure assure;
    bool is_task, decides;    /* L1 only tells people */
} Demand;

typedef struct Bound { Str name; uint32_t role; } Bound;

/* The people of one demand, and it itself, by its own numbers. */
typedef struct Known {
    People people;
    PplDemand demand;
    const uint32_t *roles;    /* of Sem, in the order of demand.roles */
    bool any_bound;
} Known;

/* Whether host.gate or tenant.gate is at hand, which say who there is; a library
 * of policies does not. */
bool prove_people_known(const Checker *c)
{
    for (uint32_t i = 0; i < c->options->n_hosts; i++)
        if (c->options->hosts[i]->kind == SF_HOST)
            return true;
    return false;
}

/* `is` in a plan has no force where a host's files say who is who. */
static bool bound(const Checker *c, uint32_t role)
{
    const SemRole *r = &c->sem->roles[role];
    return r->n_people > 0 && (r->bound || !prove_people_known(c));
}

/* Without host files, a role that nobody is bound to stands for one person of
 * its own (10.1). */
static bool stands_in(const Checker *c, uint32_t role)
{
    return !bound(c, role) && !prove_people_known(c);
}

/* --- the people of one demand ------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    Str x = ((const Bound *)a)->name, y = ((const Bound *)b)->name;
    int d = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return d != 0 ? d : x.n < y.n ? -1 : x.n > y.n;
}

static uint32_t roles_of(Checker *c, const Demand *d, uint32_t **out)
{
    uint32_t more = d->more == NULL || d->who->kind == WHO_ALL ? 0 : d->more->n;
    uint32_t n = d->who->n + more;
    *out = ARENA_NEW(c->arena, uint32_t, n);
    if (d->who->n > 0)
        memcpy(*out, d->who->roles, d->who->n * sizeof **out);
    if (more > 0)
        memcpy(*out + d->who->n, d->more->roles, more * sizeof **out);
    return n;
}

static bool has_key(const SemPerson *p, SemAssure assure)
{
    for (uint32_t i = 0; i < p->n_ids; i++)
        if (p->kinds[i] == PID_KEY &&
            (assure != SA_HARDWARE || (p->ids[i].n > 3 && memcmp(p->ids[i].p, "sk-", 3) == 0)))
            return true;
    return false;
}

/* Who can prove who they are as the gate wants it; all, where that is not known. */
static const uint64_t *able(Checker *c, const Demand *d, const People *p)
{
    if (!prove_people_known(c) || (d->assure != SA_SIGNED && d->assure != SA_HARDWARE))
        return NULL;
    uint64_t *set = ARENA_NEW(c->arena, uint64_t, p->words);
    for (uint32_t i = 0; i < p->n; i++)
        for (uint32_t k = 0; k < c->sem->n_persons; k++)
            if (str_eq(c->sem->persons[k].name, p->list[i].name) &&
                has_key(&c->sem->persons[k], d->assure))
                set[i / 64] |= UINT64_C(1) << i % 64;
    return set;
}

/* Each name once; a role that stands for a person has its own, even where a
 * person is called so: its entry has no name yet. */
static void number(Checker *c, Known *l, Bound *all, uint32_t n)
{
    PplPerson *list = ARENA_NEW(c->arena, PplPerson, n);
    uint32_t *at = ARENA_NEW(c->arena, uint32_t, n), people = 0;
    if (n > 0)
        qsort(all, n, sizeof *all, by_name);
    for (uint32_t i = 0; i < n; i++) {
        bool nameless = all[i].name.n == 0;
        if (nameless || i == 0 || !str_eq(all[i].name, all[i - 1].name))
            list[people++] = (PplPerson){nameless ? c->sem->roles[l->roles[all[i].role]].name
                                                  : all[i].name, nameless};
        at[i] = people - 1;
    }
    uint32_t words = people / 64 + 1;
    uint64_t *sets = ARENA_NEW(c->arena, uint64_t, (size_t)words * (l->demand.n_roles + 1));
    for (uint32_t i = 0; i < n; i++)
        sets[(size_t)all[i].role * words + at[i] / 64] |= UINT64_C(1) << at[i] % 64;
    l->people = (People){list, people, words, sets, l->demand.n_roles};
}

/* Where a role was said first in a demand, without a search: by role, the number
 * of the last demand that said it, and its place there. */
typedef struct Said { uint32_t *demand, *at, now; } Said;

static uint32_t said_first(Said *s, uint32_t role, uint32_t at)
{
    if (s->demand[role] != s->now) {
        s->demand[role] = s->now;
        s->at[role] = at;
    }
    return s->at[role];
}

static Known known(Checker *c, const Demand *d, Said *said)
{
    Known l = {.demand = {.kind = d->who->kind, .quorum = d->who->quorum}};
    uint32_t *roles, n = roles_of(c, d, &roles), entries = 0, e = 0;
    uint32_t *own = ARENA_NEW(c->arena, uint32_t, n);
    said->now++;
    for (uint32_t i = 0; i < n; i++) {
        own[i] = said_first(said, roles[i], i); /* said twice: the same people */
        entries += bound(c, roles[i]) ? c->sem->roles[roles[i]].n_people : stands_in(c, roles[i]);
        l.any_bound = l.any_bound || bound(c, roles[i]);
    }
    l.roles = roles;
    l.demand.roles = own;
    l.demand.n_roles = n;
    l.demand.open = d->who->kind == WHO_N && n == 1 && stands_in(c, roles[0]);
    Bound *all = ARENA_NEW(c->arena, Bound, entries);
    for (uint32_t i = 0; i < n; i++) {
        const SemRole *r = &c->sem->roles[roles[i]];
        for (uint32_t k = 0; own[i] == i && bound(c, roles[i]) && k < r->n_people; k++)
            all[e++] = (Bound){r->people[k], i};
        if (own[i] == i && stands_in(c, roles[i]))
            all[e++] = (Bound){{"", 0}, i};
    }
    number(c, &l, all, e);
    l.demand.able = able(c, d, &l.people);
    return l;
}

/* --- words ---------------------------------------------------------------------- */

/* "jana", "jana and eva", "jana, eva and 3 others"; a role's person as "the `owner`". */
static Str people_words(Checker *c, const People *p, const uint64_t *set)
{
    enum { SHOWN = 4 };
    uint32_t total = 0, done = 0;
    Str s = {"", 0};
    for (uint32_t i = 0; i < p->n; i++)
        total += ppl_has(set, i);
    uint32_t shown = total <= SHOWN ? total : SHOWN - 1;
    for (uint32_t i = 0; i < p->n && done < shown; i++) {
        if (!ppl_has(set, i))
            continue;
        const char *mark = p->list[i].stands_in ? "`" : "";
        s = chk_printf(c, "%.*s%s%s%s%.*s%s", STR_ARG(s),
                       done == 0 ? "" : done + 1 == total ? " and " : ", ",
                       p->list[i].stands_in ? "the " : "", mark, STR_ARG(p->list[i].name), mark);
        done++;
    }
    return total == shown ? s : chk_printf(c, "%.*s and %u others", STR_ARG(s), total - shown);
}

static const uint64_t *union_of(Checker *c, const Known *l, const uint32_t *roles, uint32_t n)
{
    uint64_t *set = ARENA_NEW(c->arena, uint64_t, l->people.words);
    for (uint32_t r = 0; r < n; r++)
        for (uint32_t w = 0; w < l->people.words; w++)
            set[w] |= ppl_role(&l->people, l->demand.roles[roles == NULL ? r : roles[r]])[w] &
                      (l->demand.able == NULL ? UINT64_MAX : l->demand.able[w]);
    return set;
}

static uint32_t size_of(const Known *l, const uint64_t *set)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->people.n; i++)
        n += ppl_has(set, i);
    return n;
}

/* Who a role is, at its declaration: for at most three roles. */
static void label_roles(Checker *c, Diag *d, const Known *l, const uint32_t *roles, uint32_t n)
{
    for (uint32_t i = 0, said = 0; i < n && said < 3; i++) {
        uint32_t at = roles == NULL ? i : roles[i], role = l->roles[at];
        bool again = false;
        for (uint32_t k = 0; k < i; k++)
            again = again || l->roles[roles == NULL ? k : roles[k]] == role;
        if (again)
            continue;
        const SemRole *r = &c->sem->roles[role];
        const File *home = (const File *)r->file;
        said++;
        if (stands_in(c, role))
            chk_also(c, d, home, chk_node(home, r->node)->a, "stands for one person");
        else if (!bound(c, role))
            chk_also(c, d, home, chk_node(home, r->node)->a, "nobody holds it");
        else
            chk_also(c, d, home, chk_node(home, r->node)->a, "held by %.*s, and nobody else",
                     STR_ARG(people_words(c, &l->people, ppl_role(&l->people, l->demand.roles[at]))));
    }
}

static const char *never(const Demand *d)
{
    return d->is_task ? "could never be attested" : "could never be approved";
}

/* --- G4003, G4004 ------------------------------------------------------------------ */

static Str role_names(Checker *c, const Known *l, const uint32_t *roles, uint32_t n)
{
    Str names = {"", 0};
    for (uint32_t i = 0; i < n; i++)
        names = chk_printf(c, "%.*s%s`%.*s`", STR_ARG(names),
                           i == 0 ? "" : i + 1 == n ? " and " : ", ",
                           STR_ARG(c->sem->roles[l->roles[roles[i]]].name));
    return names;
}

static Diag *one_of_each(Checker *c, const Demand *d, const Known *l, const uint32_t *roles,
                         uint32_t n, const uint64_t *who)
{
    Str names = role_names(c, l, roles, n), people = people_words(c, &l->people, who);
    uint32_t there = size_of(l, who);
    if (there == 1 && l->any_bound)
        return chk_report(c, 4004, c->main, d->who->node,
                          "%u different people must agree, but %.*s are one and the same: %.*s",
                          n, STR_ARG(names), STR_ARG(people));
    return chk_report(c, 4003, c->main, d->who->node,
                      "%.*s need %u different people, but there %s only %u: %.*s", STR_ARG(names),
                      n, there == 1 ? "is" : "are", there, STR_ARG(people));
}

static Diag *nobody_there(Checker *c, const Demand *d, const Known *l, uint32_t role)
{
    Str name = c->sem->roles[l->roles[role]].name;
    if (l->demand.able != NULL && bound(c, l->roles[role]))
        return chk_report(c, 4003, c->main, d->who->node,
                          "nobody who holds `%.*s` has a %skey to sign with", STR_ARG(name),
                          d->assure == SA_HARDWARE ? "hardware " : "");
    return chk_report(c, 4003, c->main, d->who->node, "nobody holds `%.*s`", STR_ARG(name));
}

static void cannot(Checker *c, const Demand *d, const Known *l)
{
    uint32_t *roles = ARENA_NEW(c->arena, uint32_t, l->demand.n_roles + 1);
    uint32_t n = ppl_conflict(&l->people, &l->demand, NULL, c->arena, roles);
    const uint32_t *chosen = n == 0 ? NULL : roles;
    if (n == 0)
        n = l->demand.n_roles;
    const uint64_t *who = union_of(c, l, chosen, n);
    uint32_t there = size_of(l, who), needed = chosen == NULL ? l->demand.quorum : n;
    Diag *r;
    if (there == 0 && n == 1)
        r = nobody_there(c, d, l, chosen == NULL ? 0 : roles[0]);
    else if (chosen != NULL && n > 1)
        r = one_of_each(c, d, l, chosen, n, who);
    else
        r = chk_report(c, 4003, c->main, d->who->node,
                       "%u different people must agree, but there %s only %u", needed,
                       there == 1 ? "is" : "are", there);
    diag_label(c->diags, r, "%s", never(d));
    label_roles(c, r, l, chosen, n);
    diag_help(c->diags, r, "ask for fewer people, or name another role");
}

/* --- G4005 --------------------------------------------------------------------------- */

static bool says(const Sem *host, const char *setting, bool *yes)
{
    for (uint32_t i = 0; i < host->n_settings; i++) {
        const SemExpr *v = &host->settings[i].value;
        if (!str_is(host->settings[i].name, setting))
            continue;
        *yes = v->file->refs[v->node].kind == SR_TRUE;
        return true;
    }
    return false;
}

/* Who started the run does not count, nor who changed the plan last, unless the
 * host's files say so; of several that say something the stricter counts (design 5).
 * One of the two is looked at: that they are two of the few who could decide is
 * no mistake of the plan, and said when it comes to it. */
static bool starter_counts(const Checker *c)
{
    bool said = false, all = true, yes;
    for (uint32_t i = 0; i < c->options->n_hosts; i++) {
        const Sem *host = c->options->hosts[i];
        if (says(host, "solo", &yes) && yes)
            return true;
        if (!says(host, "initiator_may_approve", &yes))
            continue;
        said = true;
        all = all && yes;
    }
    return !prove_people_known(c) || (said && all);
}

static void starter(Checker *c, const Demand *d, const Known *l)
{
    uint64_t *away = ARENA_NEW(c->arena, uint64_t, l->people.words);
    uint64_t *blocked = ARENA_NEW(c->arena, uint64_t, l->people.words);
    for (uint32_t i = 0; i < l->people.n; i++) {
        away[i / 64] = UINT64_C(1) << i % 64;
        if (!ppl_can(&l->people, &l->demand, away, c->arena, NULL))
            blocked[i / 64] |= away[i / 64];
        away[i / 64] = 0;
    }
    if (size_of(l, blocked) == 0)
        return;
    bool one = size_of(l, blocked) == 1;
    Diag *r = chk_report(c, 4005, c->main, d->who->node,
                         "if %s%.*s starts this run or changed its plan last, nobody is left who may %s `%.*s`",
                         one ? "" : "one of ", STR_ARG(people_words(c, &l->people, blocked)),
                         d->is_task ? "attest" : "approve", STR_ARG(d->name));
    diag_label(c->diags, r, "whoever starts a run or changed its plan last does not count here");
    label_roles(c, r, l, NULL, l->demand.n_roles);
    diag_help(c->diags, r, "bind one more person to the role, or name others with %s",
              d->is_task ? "`by any of`" : "`otherwise ask`");
}

/* --- G4020 ---------------------------------------------------------------------------- */

/* People without whom something can never be approved, over the whole plan:
 * those of one set stand behind each other, in the order of the plan. */
typedef struct Without { Str who; uint32_t n; const Demand *demand; uint32_t order; } Without;
typedef struct WithoutList { Without *items; uint32_t n, cap; } WithoutList;

static void without(Checker *c, const Demand *d, const Known *l, uint32_t order, WithoutList *all)
{
    uint32_t n;
    const uint64_t *sets = ppl_blocking(&l->people, &l->demand, c->options->absent, c->arena, &n);
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t *set = sets + (size_t)i * l->people.words;
        *CHK_PUSH(c, all->items, all->n, all->cap) =
            (Without){people_words(c, &l->people, set), size_of(l, set), d, order};
    }
}

static int by_people(const void *a, const void *b)
{
    const Without *x = a, *y = b;
    int d = x->n != y->n ? (x->n < y->n ? -1 : 1) : 0;
    if (d == 0)
        d = memcmp(x->who.p, y->who.p, x->who.n < y->who.n ? x->who.n : y->who.n);
    if (d == 0)
        d = x->who.n < y->who.n ? -1 : x->who.n > y->who.n;
    return d != 0 ? d : x->order < y->order ? -1 : x->order > y->order;
}

static void say_without(Checker *c, const Without *first, uint32_t n)
{
    const Demand *d = first->demand;
    Str rest = {"", 0};
    if (n == 2)
        rest = chk_printf(c, ", and neither can `%.*s`", STR_ARG(first[1].demand->name));
    else if (n > 2)
        rest = chk_printf(c, ", and neither can %u others", n - 1);
    Diag *r = chk_report(c, 4020, c->main, d->who->node, "without %.*s, `%.*s` can never be %s%.*s",
                         STR_ARG(first->who), STR_ARG(d->name),
                         d->is_task ? "attested" : "approved", STR_ARG(rest));
    diag_label(c->diags, r, "%s", first->n == 1 ? "nobody else can take this place"
                                                : "nobody else can take their place");
    for (uint32_t i = 1; i < n && i < 4; i++)
        chk_also(c, r, c->main, first[i].demand->who->node, "neither can `%.*s`",
                 STR_ARG(first[i].demand->name));
    diag_help(c->diags, r, "bind one more person, or name others with %s",
              d->is_task ? "`by any of`" : "`otherwise ask`");
}

static void say_all_without(Checker *c, WithoutList *all)
{
    if (all->n > 0)
        qsort(all->items, all->n, sizeof *all->items, by_people);
    for (uint32_t i = 0, next; i < all->n; i = next) {
        for (next = i + 1; next < all->n && str_eq(all->items[next].who, all->items[i].who);)
            next++;
        say_without(c, all->items + i, next - i);
    }
}

/* --- all of them ------------------------------------------------------------------------ */

/* Nearly all gates ask roles that stand for a person each, of whom there are
 * enough: nothing to prove. One alone stands for as many as are wanted of it. */
static bool plain(const Checker *c, const Demand *d, Said *said)
{
    const SemWho *w = d->who;
    bool enough = w->n == 1 ? w->quorum <= 1 || w->kind == WHO_N : w->quorum <= w->n;
    if (c->options->absent > 0 || !enough)
        return false;
    said->now++;
    for (uint32_t i = 0; i < w->n; i++)
        if (!stands_in(c, w->roles[i]) || said_first(said, w->roles[i], i) != i)
            return false;
    return true;
}

static void demand(Checker *c, Demand of, Said *said, uint32_t order, WithoutList *all)
{
    if (of.who->n == 0 || of.who->kind == WHO_NOBODY || plain(c, &of, said))
        return;
    Demand *d = ARENA_NEW(c->arena, Demand, 1); /* all of them are told of at the end */
    *d = of;
    Known l = known(c, d, said);
    if (!ppl_can(&l.people, &l.demand, NULL, c->arena, NULL)) {
        cannot(c, d, &l);
        return;
    }
    if (!d->decides)
        return;
    if (!starter_counts(c))
        starter(c, d, &l);
    if (c->options->absent > 0)
        without(c, d, &l, order, all);
}

void prove_quorums(Checker *c)
{
    const Sem *s = c->sem;
    WithoutList all = {0};
    Said said = {ARENA_NEW(c->arena, uint32_t, s->n_roles), ARENA_NEW(c->arena, uint32_t, s->n_roles), 0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        if (p->gate != SEM_NONE && !s->gates[p->gate].by.broken) {
            const SemGate *g = &s->gates[p->gate];
            demand(c, (Demand){&g->by, g->ask_who, p->name, g->assure, false, g->level >= 2}, &said, n++, &all);
        }
        for (uint32_t k = 0; k < p->n_tasks; k++) {
            const SemTask *t = &s->tasks[p->first_task + k];
            if (!t->by.broken)
                demand(c, (Demand){&t->by, NULL, t->name, SA_NONE, true, true}, &said, n++, &all);
        }
    }
    say_all_without(c, &all);
}
