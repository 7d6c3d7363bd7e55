/* Owns: what a plan has lost or gained outside of its phases: policies, people,
 * inputs, secrets, calendars, packs, what starts it.
 * Must not know: phases. */
#include "compiler/prove/diff_int.h"

static void at(Pair *p, const char *what, Str name, const SemFile *file, SynRef node)
{
    p->where = arena_printf(p->out->arena, "%s%.*s", what, STR_ARG(name));
    p->in = file;
    p->node = node;
}

/* The row of that name among the old plan's; SEM_NONE: it is new. */
#define OLD_ROW(p, rows, wanted, found)                                          \
    do {                                                                         \
        (found) = SEM_NONE;                                                      \
        for (uint32_t at_ = 0; at_ < (p)->old->n_##rows && (found) == SEM_NONE; at_++) \
            if (str_eq((p)->old->rows[at_].name, (wanted)))                      \
                (found) = at_;                                                   \
    } while (0)

/* --- policies, starts --------------------------------------------------------------- */

static bool same_policy(const Pair *p, const SemPolicy *a, const SemPolicy *b)
{
    bool same = a->n_rules == b->n_rules;
    for (uint32_t i = 0; i < a->n_rules && same; i++)
        same = a->rules[i].subject == b->rules[i].subject && diff_same(p, a->rules[i].where, b->rules[i].where) &&
               diff_same(p, a->rules[i].require, b->rules[i].require);
    return same;
}

static void policies(Pair *p)
{
    for (uint32_t i = 0; i < p->old->n_policies; i++) {
        const SemPolicy *a = &p->old->policies[i], *b = NULL;
        for (uint32_t k = 0; k < p->new->n_policies && b == NULL; k++)
            b = str_eq(p->new->policies[k].name, a->name) ? &p->new->policies[k] : NULL;
        at(p, "policy ", a->name, b == NULL ? NULL : b->file, b == NULL ? 0 : b->node);
        if (b == NULL)
            diff_gone(p, DIFF_WEAKER, a->file, a->node, "the policy is gone");
        else if (!same_policy(p, a, b))
            diff_say(p, DIFF_WEAKER, "the policy says something else: whether it asks as much is for a person to judge");
    }
}

static void starts(Pair *p)
{
    for (uint32_t i = 0; i < p->new->n_starts; i++) {
        SemExpr now = {p->new->file, p->new->starts[i].node};
        bool there = false;
        for (uint32_t k = 0; k < p->old->n_starts && !there; k++)
            there = diff_same(p, (SemExpr){p->old->file, p->old->starts[k].node}, now);
        at(p, "", (Str){"", 0}, NULL, now.node);
        if (!there)
            diff_say(p, DIFF_WEAKER, "starts by itself: %.*s", STR_ARG(diff_text(p, now)));
    }
}

/* --- people, inputs, secrets --------------------------------------------------------- */

static void roles(Pair *p)
{
    uint32_t old;
    for (uint32_t i = 0; i < p->new->n_roles; i++) {
        const SemRole *now = &p->new->roles[i];
        OLD_ROW(p, roles, now->name, old);
        at(p, "role ", now->name, now->file, now->node);
        for (uint32_t a = 0; old != SEM_NONE && a < now->n_people; a++) {
            const SemRole *was = &p->old->roles[old];
            bool there = false;
            for (uint32_t b = 0; b < was->n_people && !there; b++)
                there = str_eq(now->people[a], was->people[b]);
            if (!there)
                diff_say(p, DIFF_WEAKER, "%.*s holds it, too", STR_ARG(now->people[a]));
        }
    }
}

static SemExpr type_of(const Sem *s, const SemInput *in)
{
    return (SemExpr){s->file, syn(s->file->source.tree, in->node)->b};
}

/* Something may be given that could not be before. */
static bool takes_more(const Pair *p, const SemInput *was, const SemInput *now)
{
    const SemTypeInfo *a = &p->old->types[was->type], *b = &p->new->types[now->type];
    if (a->kind != TK_ONEOF || b->kind != TK_ONEOF)
        return a->kind == TK_ONEOF;
    for (uint32_t i = 0; i < b->n_fields; i++) {
        bool there = false;
        for (uint32_t k = 0; k < a->n_fields && !there; k++)
            there = str_eq(a->fields[k].name, b->fields[i].name);
        if (!there)
            return true;
    }
    return false;
}

static void inputs(Pair *p)
{
    uint32_t old;
    for (uint32_t i = 0; i < p->new->n_inputs; i++) {
        const SemInput *now = &p->new->inputs[i];
        OLD_ROW(p, inputs, now->name, old);
        at(p, "input ", now->name, NULL, now->node);
        if (old == SEM_NONE)
            continue;
        const SemInput *was = &p->old->inputs[old];
        SemExpr a = type_of(p->old, was), b = type_of(p->new, now);
        if (!diff_same_text(a, b))
            diff_say(p, takes_more(p, was, now) ? DIFF_WEAKER : DIFF_CHANGED, "takes %.*s; before %.*s",
                     STR_ARG(diff_text(p, b)), STR_ARG(diff_text(p, a)));
        if (!diff_same(p, was->low, now->low) || !diff_same(p, was->high, now->high))
            diff_say(p, now->low.node == 0 ? DIFF_WEAKER : was->low.node == 0 ? DIFF_STRONGER : DIFF_CHANGED,
                     "its range is another");
        if (!diff_same(p, was->fallback, now->fallback))
            diff_say(p, DIFF_CHANGED, "is %.*s where it is not given; %.*s", STR_ARG(diff_text(p, now->fallback)),
                     STR_ARG(diff_before(p, was->fallback, now->fallback)));
    }
}

static void secrets(Pair *p)
{
    static const char *const sources[] = {"env", "file", "keyring", "command"};
    uint32_t old;
    for (uint32_t i = 0; i < p->new->n_secrets; i++) {
        const SemSecret *now = &p->new->secrets[i];
        OLD_ROW(p, secrets, now->name, old);
        if (old == SEM_NONE)
            continue;
        const SemSecret *was = &p->old->secrets[old];
        at(p, "secret ", now->name, now->file, now->node);
        if (was->source != now->source || !str_eq(was->of, now->of))
            diff_say(p, DIFF_CHANGED, "comes from %s \"%.*s\"; before from %s \"%.*s\"", sources[now->source],
                     STR_ARG(now->of), sources[was->source], STR_ARG(was->of));
    }
}

/* --- calendars, packs ------------------------------------------------------------------- */

/* What happens only in a window says so itself; business time is counted here. */
static void calendars(Pair *p)
{
    uint32_t old;
    for (uint32_t i = 0; i < p->new->n_calendars; i++) {
        const SemCalendar *now = &p->new->calendars[i];
        OLD_ROW(p, calendars, now->name, old);
        if (old == SEM_NONE)
            continue;
        CalWindow a = {sem_calendar(p->old, old), false}, b = {sem_calendar(p->new, i), false};
        CalWindows was = {&a, 1, NULL}, is = {&b, 1, NULL};
        char when[OS_INSTANT_SIZE];
        int64_t ms;
        at(p, "calendar ", now->name, now->file, now->node);
        if (a.calendar == NULL || b.calendar == NULL)
            continue;
        if (!cal_windows_within(&is, &was, p->from_ms, p->until_ms, &ms)) {
            os_format_instant(ms, when);
            diff_say(p, DIFF_CHANGED, "is open where it was closed before, such as at %.16sZ", when);
        } else if (!cal_windows_within(&was, &is, p->from_ms, p->until_ms, &ms)) {
            os_format_instant(ms, when);
            diff_say(p, DIFF_CHANGED, "is closed where it was open before, such as at %.16sZ", when);
        }
    }
}

static void reaches(Pair *p, const SemConnector *was, const SemConnector *now)
{
    for (uint32_t i = 0; i < now->n_hosts; i++) {
        bool there = false;
        for (uint32_t k = 0; k < was->n_hosts && !there; k++)
            there = str_eq(was->hosts[k], now->hosts[i]);
        if (!there)
            diff_say(p, DIFF_WEAKER, "may reach %.*s, too", STR_ARG(now->hosts[i]));
    }
}

/* Whose text is another; a new one is found where it is used. */
static void tools(Pair *p, const SemConnector *was, const SemConnector *now)
{
    enum { NAMED = 3 };
    Str names = {"", 0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < now->n_tools; i++) {
        const SemTool *b = &p->new->tools[now->first_tool + i], *a = NULL;
        for (uint32_t k = 0; k < was->n_tools && a == NULL; k++)
            if (str_eq(p->old->tools[was->first_tool + k].name, b->name))
                a = &p->old->tools[was->first_tool + k];
        if (a == NULL || diff_same_text((SemExpr){a->file, a->node}, (SemExpr){b->file, b->node}))
            continue;
        if (n++ < NAMED)
            names = arena_printf(p->out->arena, "%.*s%s`%.*s`", STR_ARG(names), n == 1 ? "" : ", ", STR_ARG(b->name));
    }
    if (n > NAMED)
        names = arena_printf(p->out->arena, "%.*s and %u more", STR_ARG(names), n - NAMED);
    if (n > 0)
        diff_say(p, DIFF_CHANGED, "does something else in %.*s: whether that is as safe is for a person to judge", STR_ARG(names));
}

static void packs(Pair *p)
{
    uint32_t old;
    for (uint32_t i = 0; i < p->new->n_connectors; i++) {
        const SemConnector *now = &p->new->connectors[i];
        OLD_ROW(p, connectors, now->name, old);
        if (old == SEM_NONE)
            continue;
        const SemConnector *was = &p->old->connectors[old];
        at(p, "pack ", now->name, now->file, now->node);
        if (diff_same_text((SemExpr){was->file, was->node}, (SemExpr){now->file, now->node}))
            continue;
        if (!str_eq(was->version, now->version))
            diff_say(p, DIFF_CHANGED, "is version %.*s; before %.*s", STR_ARG(now->version), STR_ARG(was->version));
        else
            diff_say(p, DIFF_CHANGED, "is not what it was, under the same version");
        reaches(p, was, now);
        tools(p, was, now);
    }
}

/* --- all ------------------------------------------------------------------------------------ */

static void alone(Pair *p)
{
    static const Str none = {"", 0};
    const Sem *old = p->old, *new = p->new;
    Str was = old->alone_per == SEM_NONE || !old->runs_alone ? none : old->inputs[old->alone_per].name;
    Str is = new->alone_per == SEM_NONE || !new->runs_alone ? none : new->inputs[new->alone_per].name;
    at(p, "", none, NULL, 0);
    if (old->runs_alone && !new->runs_alone)
        diff_say(p, DIFF_WEAKER, "several runs may go on at the same time");
    else if (!old->runs_alone && new->runs_alone)
        diff_say(p, DIFF_STRONGER, "runs alone");
    else if (is.n > 0 && !str_eq(was, is))
        diff_say(p, DIFF_WEAKER, "runs with another `%.*s` may go on at the same time", STR_ARG(is));
    else if (was.n > 0 && is.n == 0)
        diff_say(p, DIFF_STRONGER, "runs alone, whatever its `%.*s`", STR_ARG(was));
}

void diff_plan(Pair *p)
{
    alone(p);
    starts(p);
    policies(p);
    roles(p);
    inputs(p);
    secrets(p);
    calendars(p);
    packs(p);
    p->in = NULL;
}
