/* Owns: time in the program: calendars, durations, moments, windows. Must not
 * know: which clause says them. */
#include "compiler/emit/emit_int.h"

_Static_assert((int)DUR_DAYS - DUR_CLOCK == ST_DAYS - ST_CLOCK &&
                   (int)DUR_HOURS - DUR_CLOCK == ST_HOURS - ST_CLOCK,
               "the same order");

/* Calendars of two files may have one name; here the later gets its number. */
uint32_t emit_calendar_name(Emit *e, uint32_t calendar)
{
    const SemCalendar *all = e->sem->calendars;
    for (uint32_t i = 0; i < calendar; i++)
        if (str_eq(all[i].name, all[calendar].name))
            return emit_stringf(e, "%.*s#%u", STR_ARG(all[calendar].name), calendar);
    return emit_string(e, all[calendar].name);
}

static void opens(Emit *e, const SemCalendar *c)
{
    for (uint32_t i = 0; i < c->n_opens; i++) {
        const SemOpen *o = &c->opens[i];
        ProgOpen row = {.is_date = o->is_date, .first_day = o->first, .last_day = o->last,
                        .date = o->date, .from_s = (uint32_t)o->from_s,
                        .to_s = (uint32_t)o->to_s};
        row.title = emit_string(e, o->title);
        *EMIT_ROW(e, opens) = row;
    }
}

static void closed(Emit *e, const SemCalendar *c)
{
    for (uint32_t i = 0; i < c->n_closed; i++) {
        ProgClosed row = {.first = c->closed[i].first, .last = c->closed[i].last};
        row.title = emit_string(e, c->closed[i].title);
        *EMIT_ROW(e, closeds) = row;
    }
}

static void holidays(Emit *e, const SemCalendar *c)
{
    for (uint32_t i = 0; i < c->n_holidays; i++) {
        ProgHoliday row = {0};
        row.file = emit_string(e, emit_base_name(c->holidays[i].path));
        row.text = emit_string(e, c->holidays[i].text);
        *EMIT_ROW(e, holidays) = row;
    }
}

void emit_calendars(Emit *e)
{
    for (uint32_t i = 0; i < e->sem->n_calendars; i++) {
        const SemCalendar *c = &e->sem->calendars[i];
        ProgCalendar row = {.opens_first = e->p.n_opens, .opens_count = c->n_opens,
                            .closed_first = e->p.n_closeds, .closed_count = c->n_closed,
                            .holidays_first = e->p.n_holidays, .holidays_count = c->n_holidays};
        row.name = emit_calendar_name(e, i);
        row.title = emit_string(e, c->title);
        row.zone = emit_string(e, c->zone);
        row.span = emit_span(e, c->file, c->node);
        opens(e, c);
        closed(e, c);
        holidays(e, c);
        *EMIT_ROW(e, calendars) = row;
    }
}

uint32_t emit_duration(Emit *e, SemDuration d)
{
    if (d.kind == ST_NONE)
        return PROG_NONE;
    *EMIT_ROW(e, durations) = (ProgDuration){
        .kind = (uint32_t)(d.kind - ST_CLOCK), .n = d.n,
        .calendar = d.kind == ST_CLOCK ? PROG_NONE : d.calendar};
    return e->p.n_durations - 1;
}

uint32_t emit_moment(Emit *e, const SemMoment *m, Str phase, const char *clause)
{
    if (m->kind == SM_NONE)
        return PROG_NONE;
    ProgMoment row = {.calendar = m->calendar, .phase = PROG_NONE, .milestone = PROG_NONE};
    switch (m->kind) {
    case SM_DATE: row.kind = MOMENT_DATE; break;
    case SM_INSTANT: row.kind = m->zoneless ? MOMENT_LOCAL : MOMENT_INSTANT; break;
    case SM_VALUE: row.kind = MOMENT_VALUE; break;
    case SM_PHASE: row.kind = MOMENT_PHASE; row.phase = m->index; break;
    default: row.kind = MOMENT_MILESTONE; row.milestone = m->index;
    }
    if (m->kind == SM_DATE || m->kind == SM_INSTANT)
        row.ms = m->ms;
    row.after = emit_duration(e, m->after);
    row.span = emit_place(e, m->node);
    row.value_fn = PROG_NONE;
    if (m->kind == SM_VALUE)
        row.value_fn = emit_value(e, FK_MOMENT, m->value, expr_type(m->value), "%.*s.%s",
                                  STR_ARG(phase), clause);
    *EMIT_ROW(e, moments) = row;
    return e->p.n_moments - 1;
}

uint32_t emit_durings(Emit *e, const SemDuring *all, uint32_t n)
{
    uint32_t first = e->p.n_durings;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t span = emit_place(e, all[i].node);
        *EMIT_ROW(e, durings) = (ProgDuring){all[i].calendar, all[i].never, span};
    }
    return first;
}
