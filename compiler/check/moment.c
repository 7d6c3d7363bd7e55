/* Owns: when something is, as clauses say it: moments, windows, milestones,
 * and whose business time counts.
 * Must not know: what a moment comes to on a real calendar. */
#include "compiler/check/check.h"

#include <string.h>

/* --- business time ---------------------------------------------------------- */

bool chk_is_zoneless(const File *f, SynRef r)
{
    Str instant = chk_text(f, r);
    const char *t = memchr(instant.p, 'T', instant.n);
    for (size_t i = t == NULL ? instant.n : (size_t)(t - instant.p); i < instant.n; i++)
        if (instant.p[i] == 'Z' || instant.p[i] == '+' || instant.p[i] == '-')
            return false;
    return true;
}

static void which_calendar(Checker *c, const File *f, SynRef r, const char *clause)
{
    const Sem *s = c->sem;
    if (s->n_calendars == 0 && c->said_no_calendar)
        return; /* one cause, one report */
    c->said_no_calendar = c->said_no_calendar || s->n_calendars == 0;
    Diag *d = chk_report(c, 5002, f, r, "`%s` is in business time, but %s", clause,
                         s->n_calendars == 0 ? "there is no calendar to count it in"
                                             : "does not say in which calendar");
    diag_label(c->diags, d, "%s", s->n_calendars == 0 ? "which days and hours are business time?" : "there are several calendars");
    Str name = f->n_calendars > 0 ? c->entities[f->calendar].text : STR("CALENDAR");
    if (s->n_calendars == 0)
        diag_help(c->diags, d, "declare one: calendar office { zone \"Europe/Bratislava\" open Mon..Fri 08:00..17:00 }");
    else
        diag_fix(c->diags, d, 'H', &f->sem.source, chk_node(f, r)->end, chk_node(f, r)->end,
                 chk_printf(c, " of %.*s", STR_ARG(name)), "name the calendar");
}

uint32_t chk_business_calendar(Checker *c, File *f, SynRef r, const char *clause)
{
    const SynNode *n = chk_node(f, r);
    if (n->b != 0) {
        const Entity *e = chk_path(c, f, SEM_NONE, n->b, DK(CALENDAR), "a calendar");
        return e == NULL ? SEM_NONE : e->index;
    }
    uint32_t only = chk_only_calendar(c, f);
    if (only == SEM_NONE)
        which_calendar(c, f, r, clause);
    return only;
}

/* --- windows ---------------------------------------------------------------- */

const SemDuring *chk_during(Checker *c, File *f, SynRef list, uint32_t *n)
{
    uint32_t count = 0, done = 0;
    SYN_EACH(f->tree, r, list)
        count += chk_node(f, r)->kind == SYN_DURING;
    SemDuring *all = ARENA_NEW(c->arena, SemDuring, count);
    SYN_EACH(f->tree, r, list) {
        const SynNode *k = chk_node(f, r);
        if (k->kind != SYN_DURING)
            continue;
        const Entity *e = chk_path(c, f, SEM_NONE, k->a, DK(CALENDAR), "a calendar");
        if (e != NULL)
            all[done++] = (SemDuring){e->index, k->aux != 0, r};
    }
    *n = done;
    return all;
}

/* --- moments ---------------------------------------------------------------- */

void chk_no_zone(Checker *c, const File *f, SynRef r)
{
    Diag *d = chk_report(c, 5011, f, r, "nothing says in which zone %.*s is", STR_ARG(chk_text(f, r)));
    diag_label(c->diags, d, "at another place it is another moment");
    diag_fix(c->diags, d, 'H', &f->sem.source, chk_node(f, r)->end, chk_node(f, r)->end, STR("Z"),
             "say the zone: Z for UTC, or how far from it, such as +01:00");
}

static void date_or_instant(Checker *c, File *f, SynRef r, SemMoment *m)
{
    Value v;
    if (!chk_literal(f, r, &v))
        return;
    m->calendar = chk_only_calendar(c, f);
    if (chk_node(f, r)->kind == SYN_DATE) {
        m->kind = SM_DATE;
        m->ms = v.u.i * INT64_C(86400000);
        return;
    }
    m->kind = SM_INSTANT;
    m->ms = v.u.i;
    m->zoneless = chk_is_zoneless(f, r);
    if (m->zoneless && m->calendar == SEM_NONE)
        chk_no_zone(c, f, r);
}

static void value(Checker *c, File *f, SynRef path, const Entity *e, const char *clause, SemMoment *m)
{
    bool input = e->kind == DK_INPUT;
    SemType t = input ? c->sem->inputs[e->index].type : c->sem->lets[e->index].type;
    f->sem.types[path] = (uint16_t)t;
    f->sem.refs[path] = (SemRef){.kind = input ? SR_INPUT : SR_LET, .index = e->index & 0x7ffffff};
    if (t == SEM_POISON)
        return;
    if (!input && (c->lets[e->index].of_run & (OF_STEP | OF_TOOL)) != 0) {
        Diag *d = chk_report(c, 3004, f, path, "`%s` is settled before anything runs, so it cannot use `%.*s`",
                             clause, STR_ARG(chk_text(f, path)));
        diag_label(c->diags, d, "not there yet");
        chk_also(c, d, e->file, e->name, "reads what a phase or a tool gives");
        return;
    }
    if (t == TK_DATE || t == TK_INSTANT) {
        m->kind = SM_VALUE;
        m->value = (SemExpr){&f->sem, path};
        m->calendar = chk_only_calendar(c, f);
        return;
    }
    Diag *d = chk_report(c, 2001, f, path, "`%s` takes a date or an instant, but this is %.*s", clause,
                         STR_ARG(chk_type_words(c, t)));
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t)));
    if (e->name != 0)
        chk_also(c, d, e->file, e->name, "declared here");
}

static void needs_itself(Checker *c, File *f, SynRef path, const char *words, const char *clause)
{
    Diag *d = chk_report(c, 3002, f, path, "%s", words);
    diag_label(c->diags, d, "not there before it has ended");
    diag_help(c->diags, d, "`%s` names a date, or the end of an earlier phase", clause);
}

static void named(Checker *c, File *f, uint32_t phase, SynRef path, const char *clause, SemMoment *m)
{
    const uint32_t kinds = DK(INPUT) | DK(LET) | DK(PHASE) | DK(MILESTONE);
    const Entity *e = chk_path(c, f, SEM_NONE, path, kinds, "a date, an instant, a phase or a milestone");
    if (e == NULL)
        return;
    if (e->kind == DK_INPUT || e->kind == DK_LET) {
        value(c, f, path, e, clause, m);
    } else if (e->kind == DK_PHASE && e->index == phase) {
        needs_itself(c, f, path, strcmp(clause, "deadline") == 0
                                     ? "the deadline of this phase counts from its own end, so it could never be missed"
                                     : "this phase waits for its own end", clause);
    } else {
        m->kind = e->kind == DK_PHASE ? SM_PHASE : SM_MILESTONE;
        c->waits_for_end = true;
        m->index = e->index;
    }
}

const SemMoment sem_no_moment = {.calendar = SEM_NONE, .index = SEM_NONE};
/* What the others are where a plan does not say them. */
const SemDuration sem_no_estimate[2];
const SemAgain sem_never_again;
const SemEach sem_no_each = {.at_most = 1};
const SemLimit sem_no_limit;

SemMoment chk_moment(Checker *c, File *f, uint32_t phase, SynRef r, const char *clause)
{
    SemMoment m = sem_no_moment;
    if (r == 0)
        return m;
    m.node = r;
    c->says_moments = true;
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_DATE: case SYN_INSTANT:
        date_or_instant(c, f, r, &m);
        break;
    case SYN_AFTER:
        named(c, f, phase, n->b, clause, &m);
        m.after = chk_duration(c, f, n->a, clause);
        break;
    case SYN_PATH:
        named(c, f, phase, r, clause, &m);
        break;
    default:
        break; /* BAD: the parser has reported it */
    }
    return m;
}

const SemMoment *chk_moment_there(Checker *c, File *f, uint32_t phase, SynRef r, const char *clause)
{
    SemMoment *m = ARENA_NEW(c->arena, SemMoment, 1);
    *m = chk_moment(c, f, phase, r, clause);
    return m;
}

/* --- milestones --------------------------------------------------------------- */

void chk_declare_milestone(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_milestones;
    if (chk_declare(c, f->scope, DK_MILESTONE, index, f, node, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->milestones, c->sem->n_milestones, c->cap_milestones) =
        (SemMilestone){.name = chk_text(f, n->a), .title = chk_title(c, f, n->b), .node = node};
}

static void milestone(Checker *c, File *f, SemMilestone *m)
{
    SynRef seen[SYN_KIND_COUNT] = {0}, list = chk_node(f, m->node)->c;
    SemNeeds needs = chk_needs(c, f, SEM_NONE, list);
    m->needs = needs.items;
    m->n_needs = needs.n;
    m->needs_any = needs.any;
    SYN_EACH(f->tree, r, list)
        if (chk_node(f, r)->kind == SYN_DUE && chk_once(c, f, seen, r, "due"))
            m->due = chk_moment(c, f, SEM_NONE, chk_node(f, r)->a, "due");
}

/* The milestone that this one is due with or after; SEM_NONE: none. */
static uint32_t due_with(const Sem *s, uint32_t milestone)
{
    const SemMoment *due = &s->milestones[milestone].due;
    return due->kind == SM_MILESTONE ? due->index : SEM_NONE;
}

static void due_in_a_circle(Checker *c, uint32_t first)
{
    enum { NAMED = 12 };
    Sem *s = c->sem;
    Str path = s->milestones[first].name;
    uint32_t at = first, n = 0;
    Diag *d = chk_report(c, 3001, c->main, s->milestones[first].due.node,
                         "these milestones are due when each other is reached, so none has a date");
    do {
        uint32_t next = due_with(s, at);
        Str name = s->milestones[at].name, other = s->milestones[next].name;
        if (at == first)
            diag_label(c->diags, d, "`%.*s` is due with `%.*s`", STR_ARG(name), STR_ARG(other));
        else
            chk_also(c, d, c->main, s->milestones[at].due.node, "`%.*s` is due with `%.*s`", STR_ARG(name), STR_ARG(other));
        if (++n <= NAMED)
            path = chk_printf(c, "%.*s, %.*s", STR_ARG(path), STR_ARG(n == NAMED ? STR("...") : other));
        at = next;
    } while (at != first);
    diag_note(c->diags, d, "circle: %.*s", STR_ARG(path));
    diag_help(c->diags, d, "give one of them a date, or the end of a phase");
}

/* Each is due at one moment only: whoever follows them comes to an end, or to
 * where he was. */
static void due_circles(Checker *c)
{
    Sem *s = c->sem;
    uint32_t *seen = ARENA_NEW(c->arena, uint32_t, s->n_milestones); /* on whose way, from 1 */
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        uint32_t at = i;
        while (at != SEM_NONE && seen[at] == 0) {
            seen[at] = i + 1;
            at = due_with(s, at);
        }
        if (at == SEM_NONE || seen[at] != i + 1)
            continue;
        due_in_a_circle(c, at);
        s->milestones[at].due.kind = SM_NONE;
    }
}

void chk_milestones(Checker *c)
{
    Sem *s = c->sem;
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        milestone(c, c->main, &s->milestones[i]);
        SemMoment *due = &s->milestones[i].due;
        if (due->kind == SM_MILESTONE && due->index == i) {
            needs_itself(c, c->main, chk_node(c->main, due->node)->kind == SYN_AFTER
                                         ? chk_node(c->main, due->node)->b : due->node,
                         "this milestone is due when it is itself reached, so it could never be late", "due");
            due->kind = SM_NONE;
        }
    }
    if (c->waits_for_end)
        due_circles(c);
}
