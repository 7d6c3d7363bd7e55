/* Owns: from a program's calendars to their hours, by the zones and the iCalendar
 * reader of this machine. Must not know: who asks, and what for. */
#include "vm/server/svc.h"

#include "vm/os/ical.h"
#include "vm/os/os.h"

static const CalOpen *opens_of(const Program *p, const ProgCalendar *c, Arena *arena)
{
    CalOpen *v = ARENA_NEW(arena, CalOpen, c->opens_count);
    for (uint32_t i = 0; v != NULL && i < c->opens_count; i++) {
        const ProgOpen *o = &p->opens[c->opens_first + i];
        v[i] = (CalOpen){(uint8_t)o->first_day, (uint8_t)o->last_day, o->is_date != 0,
                         (int32_t)o->date, (int32_t)o->from_s, (int32_t)o->to_s};
    }
    return v;
}

static const CalDays *closed_of(const Program *p, const ProgCalendar *c, Arena *arena)
{
    CalDays *v = ARENA_NEW(arena, CalDays, c->closed_count);
    for (uint32_t i = 0; v != NULL && i < c->closed_count; i++)
        v[i] = (CalDays){(int32_t)p->closeds[c->closed_first + i].first,
                         (int32_t)p->closeds[c->closed_first + i].last};
    return v;
}

/* All of a calendar's lists, as the compiler took them: to the end of 2099. */
static GateStatus holidays_of(const Program *p, const ProgCalendar *c, Arena *arena,
                              CalSpec *out)
{
    IcalList *lists = ARENA_NEW(arena, IcalList, c->holidays_count);
    uint32_t n = 0;
    GateStatus st = lists == NULL ? GATE_E_MEMORY : GATE_OK;
    for (uint32_t i = 0; st == GATE_OK && i < c->holidays_count; i++) {
        st = ical_read(prog_str(p, p->holidays[c->holidays_first + i].text), 0,
                       (int32_t)os_days_from_civil(2099, 12, 31), arena, &lists[i], NULL);
        n += st == GATE_OK ? lists[i].n : 0;
    }
    CalDays *days = st == GATE_OK ? ARENA_NEW(arena, CalDays, n) : NULL;
    if (st == GATE_OK && days == NULL)
        st = GATE_E_MEMORY;
    for (uint32_t i = 0; st == GATE_OK && i < c->holidays_count; i++)
        for (uint32_t k = 0; k < lists[i].n; k++)
            days[out->n_holidays++] = (CalDays){lists[i].days[k].first, lists[i].days[k].last};
    out->holidays = days;
    return st;
}

/* *out NULL: this machine does not know its zone, or cannot read a list. */
static GateStatus one_calendar(const Program *p, const ProgCalendar *c, Arena *arena,
                               const Calendar **out)
{
    CalSpec spec = {.opens = opens_of(p, c, arena), .n_opens = c->opens_count,
                    .closed = closed_of(p, c, arena), .n_closed = c->closed_count};
    GateStatus st = spec.opens == NULL || spec.closed == NULL ? GATE_E_MEMORY
                    : zone_load(NULL, prog_str(p, c->zone), arena, &spec.zone, NULL);
    if (st == GATE_OK)
        st = holidays_of(p, c, arena, &spec);
    *out = st == GATE_OK ? cal_make(&spec, arena) : NULL;
    if (st == GATE_OK && *out == NULL)
        st = GATE_E_MEMORY;
    return st == GATE_E_MEMORY ? st : GATE_OK;
}

GateStatus calendars_make(const Program *p, Arena *arena, const Calendar *const **out)
{
    const Calendar **all = ARENA_NEW(arena, const Calendar *, p->n_calendars);
    GateStatus st = all == NULL ? GATE_E_MEMORY : GATE_OK;
    for (uint32_t i = 0; st == GATE_OK && i < p->n_calendars; i++)
        st = one_calendar(p, &p->calendars[i], arena, &all[i]);
    *out = st == GATE_OK ? all : NULL;
    return st;
}
