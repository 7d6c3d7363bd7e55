/* Owns: what must hold of calendars, durations and moments. Must not know: when
 * a moment is (vm/engine), who names it. */
#include "vm/core/verify_int.h"

enum { DAY_MS = DAY_S * 1000 };

/* --- calendars ------------------------------------------------------------------ */

static bool one_open(Verify *v, const ProgOpen *o)
{
    bool date_fits = o->is_date ? val_date_ok(o->date) && o->first_day == 0 && o->last_day == 0
                                : o->date == 0;
    return verify_that(v, date_fits && o->from_s != o->to_s && o->from_s < DAY_S &&
                       o->to_s <= DAY_S,
                       "a calendar opens at no time of any day");
}

static bool one_closed(Verify *v, const ProgClosed *c)
{
    return verify_that(v, val_date_ok(c->first) && val_date_ok(c->last) && c->first <= c->last,
                       "a calendar is closed from one day to an earlier one");
}

/* A policy names them. */
static bool calendar_names(Verify *v)
{
    const Program *p = v->p;
    VerifyName *all = verify_scratch(v, p->n_calendars, sizeof *all);
    bool ok = all != NULL;
    for (uint32_t i = 0; ok && i < p->n_calendars; i++)
        all[i] = (VerifyName){prog_str(p, p->calendars[i].name), 0};
    ok = ok && verify_names(v, all, p->n_calendars, "a calendar");
    verify_release(all, p->n_calendars, sizeof *all);
    return ok;
}

static bool calendars(Verify *v)
{
    const Program *p = v->p;
    uint64_t opens = 0, closed = 0, holidays = 0;
    for (uint32_t i = 0; i < p->n_calendars; i++) {
        const ProgCalendar *c = &p->calendars[i];
        if (c->zone == 0)
            return verify_bad(v, "calendar %u has no zone", i);
        if (!verify_share(v, &opens, c->opens_count, p->n_opens, "opening hours") ||
            !verify_share(v, &closed, c->closed_count, p->n_closeds, "closed days") ||
            !verify_share(v, &holidays, c->holidays_count, p->n_holidays, "holidays"))
            return false;
    }
    for (uint32_t i = 0; i < p->n_opens; i++)
        if (!one_open(v, &p->opens[i]))
            return false;
    for (uint32_t i = 0; i < p->n_closeds; i++)
        if (!one_closed(v, &p->closeds[i]))
            return false;
    return calendar_names(v);
}

/* --- durations and moments -------------------------------------------------------- */

static bool durations(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_durations; i++) {
        const ProgDuration *d = &v->p->durations[i];
        if (d->n < 0)
            return verify_bad(v, "a duration is negative");
        if ((d->kind == DUR_CLOCK) != (d->calendar == PROG_NONE))
            return verify_bad(v, "business time, and nothing else, needs a calendar");
    }
    return true;
}

static bool one_moment(Verify *v, const ProgMoment *m)
{
    bool dated = m->kind == MOMENT_DATE || m->kind == MOMENT_LOCAL || m->kind == MOMENT_INSTANT;
    if ((m->value_fn != PROG_NONE) != (m->kind == MOMENT_VALUE) ||
        (m->phase != PROG_NONE) != (m->kind == MOMENT_PHASE) ||
        (m->milestone != PROG_NONE) != (m->kind == MOMENT_MILESTONE) || (!dated && m->ms != 0))
        return verify_bad(v, "a moment says in two ways when it is, or in none");
    if (!val_instant_ok(m->ms) || (m->kind == MOMENT_DATE && m->ms % DAY_MS != 0))
        return verify_bad(v, "a moment is at no time");
    return verify_kind(v, m->value_fn, FK_MOMENT, "a moment");
}

/* Each milestone is due at one moment, which may be another's: whoever follows
 * them comes to an end. seen: 0 not yet, 1 on this way, 2 ends. */
static bool no_circle(Verify *v, unsigned char *seen)
{
    const Program *p = v->p;
    for (uint32_t i = 0; i < p->n_milestones; i++) {
        for (int mark = 1; mark <= 2; mark++) {
            uint32_t at = i;
            while (at != PROG_NONE && seen[at] < mark) {
                seen[at] = (unsigned char)mark;
                uint32_t due = p->milestones[at].due;
                at = due == PROG_NONE ? PROG_NONE : p->moments[due].milestone;
            }
            if (mark == 1 && at != PROG_NONE && seen[at] == 1)
                return verify_bad(v, "milestones wait for each other in a circle");
        }
    }
    return true;
}

bool verify_time(Verify *v)
{
    const Program *p = v->p;
    if (!calendars(v) || !durations(v))
        return false;
    for (uint32_t i = 0; i < p->n_moments; i++)
        if (!one_moment(v, &p->moments[i]))
            return false;
    unsigned char *seen = verify_scratch(v, p->n_milestones, 1);
    bool ok = seen != NULL && no_circle(v, seen);
    verify_release(seen, p->n_milestones, 1);
    return ok;
}
