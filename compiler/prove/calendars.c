/* Owns: from a calendar's lines to its value; when a moment is. G5001 for zones
 * that nobody knows, G5015 for lists that cannot be read.
 * Must not know: what is proved with them (time.c). */
#include "compiler/prove/calendars.h"

#include "compiler/prove/prove.h"
#include "vm/os/ical.h"
#include "vm/os/os.h"

#define DAY_MS INT64_C(86400000)

typedef struct Zones {
    const Zone *list[600]; uint32_t n; /* loaded already; the database has 599 names */
    const Str *names; uint32_t n_names;
    bool looked, told;                 /* for the names; that there is no database */
} Zones;

/* --- zones ------------------------------------------------------------------- */

/* Somebody writes "Bratislava", or "bratislava". */
static Str by_city(const Zones *z, Str city)
{
    for (uint32_t i = 0; i < z->n_names; i++) {
        Str n = z->names[i];
        if (n.n > city.n + 1 && n.p[n.n - city.n - 1] == '/' &&
            str_distance((Str){n.p + n.n - city.n, city.n}, city) == 0)
            return n;
    }
    return (Str){NULL, 0};
}

static void unknown_zone(Checker *c, Zones *z, const SemCalendar *cal)
{
    const File *f = (const File *)cal->file;
    Diag *d = chk_report(c, 5001, f, cal->zone_node, "there is no time zone \"%.*s\"", STR_ARG(cal->zone));
    diag_label(c->diags, d, "not in the time zone database");
    if (!z->looked)
        zone_names(NULL, c->arena, &z->names, &z->n_names);
    z->looked = true;
    Str best = by_city(z, cal->zone);
    if (best.p == NULL && c->near_searches++ < LIM_ERRORS_SHOWN)
        chk_near_word(c, cal->zone, z->names, z->n_names, &best);
    if (best.p == NULL)
        diag_help(c->diags, d, "write it as the database does: a continent and a city, such as Europe/Bratislava, or UTC");
    else
        chk_fix_replace(c, d, '?', f, cal->zone_node, chk_printf(c, "\"%.*s\"", STR_ARG(best)), "use the near name");
}

static void no_zone(Checker *c, Zones *z, const SemCalendar *cal, GateStatus s, Buf *why)
{
    if (s == GATE_E_NOTFOUND) {
        unknown_zone(c, z, cal);
        return;
    }
    if (z->told)
        return; /* one cause, one report */
    z->told = s == GATE_E_IO;
    Diag *d = chk_report(c, 5001, (const File *)cal->file, cal->zone_node,
                         "the time zone \"%.*s\" cannot be looked up", STR_ARG(cal->zone));
    diag_label(c->diags, d, "%s", buf_z(why));
    diag_help(c->diags, d, "install the system's time zone data (on Debian the package tzdata), or name its folder in TZDIR");
}

static const Zone *zone_of(Checker *c, Zones *z, const SemCalendar *cal)
{
    for (uint32_t i = 0; i < z->n; i++)
        if (str_eq(z->list[i]->name, cal->zone))
            return z->list[i];
    const Zone *zone;
    Buf why = {0};
    /* What is open meanwhile must be closed: no jump out of there. */
    jmp_buf *full = arena_on_full(c->arena, NULL);
    GateStatus s = zone_load(NULL, cal->zone, c->arena, &zone, &why);
    arena_on_full(c->arena, full);
    if (s == GATE_E_MEMORY)
        buf_free(&why), arena_give_up(c->arena);
    else if (s != GATE_OK)
        no_zone(c, z, cal, s, &why);
    else if (z->n < sizeof z->list / sizeof *z->list)
        z->list[z->n++] = zone;
    buf_free(&why);
    return zone;
}

/* --- holidays ------------------------------------------------------------------ */

static void bad_list(Checker *c, const SemCalendar *cal, const SemHolidays *h, const Buf *why)
{
    const File *f = (const File *)cal->file;
    Diag *d = chk_report(c, 5015, f, chk_node(f, h->node)->a, "the holidays in \"%.*s\" cannot be read",
                         STR_ARG(h->path));
    diag_label(c->diags, d, "%.*s", (int)why->n, why->p);
    diag_help(c->diags, d, "give an iCalendar file (.ics) with an event of whole days for each holiday");
}

static int32_t end_of_year(int32_t day)
{
    int64_t year;
    int month, d;
    os_civil_from_days(day, &year, &month, &d);
    return (int32_t)os_days_from_civil(year, 12, 31);
}

static bool read_list(Checker *c, const SemCalendar *cal, uint32_t list, IcalList *out)
{
    const SemHolidays *h = &cal->holidays[list];
    Buf why = {0};
    jmp_buf *full = arena_on_full(c->arena, NULL);
    GateStatus s = ical_read(h->text, (int32_t)os_days_from_civil(1970, 1, 1),
                             (int32_t)os_days_from_civil(2099, 12, 31), c->arena, out, &why);
    arena_on_full(c->arena, full);
    if (s == GATE_E_MEMORY)
        buf_free(&why), arena_give_up(c->arena);
    if (s != GATE_OK)
        bad_list(c, cal, h, &why);
    buf_free(&why);
    return s == GATE_OK;
}

/* false: a list cannot be read. */
static bool holidays(Checker *c, const SemCalendar *cal, SemCalendarValue *v)
{
    IcalList *lists = ARENA_NEW(c->arena, IcalList, cal->n_holidays);
    uint32_t n = 0;
    bool ok = true;
    for (uint32_t i = 0; i < cal->n_holidays; i++) {
        ok = read_list(c, cal, i, &lists[i]) && ok;
        n += lists[i].n;
    }
    if (!ok)
        return false;
    CalDays *days = ARENA_NEW(c->arena, CalDays, n);
    for (uint32_t i = 0; i < cal->n_holidays; i++) {
        for (uint32_t k = 0; k < lists[i].n; k++)
            days[v->n_holidays++] = (CalDays){lists[i].days[k].first, lists[i].days[k].last};
        int32_t end = end_of_year(lists[i].last);
        if (!lists[i].endless && (v->short_list == SEM_NONE || end < v->lists_end)) {
            v->short_list = i;
            v->lists_end = end;
        }
    }
    v->holidays = days;
    return true;
}

/* --- values ---------------------------------------------------------------------- */

static void build(Checker *c, Zones *z, const SemCalendar *cal, SemCalendarValue *v)
{
    v->short_list = SEM_NONE;
    bool listed = cal->n_holidays == 0 || holidays(c, cal, v);
    if (cal->zone.n == 0 || (v->zone = zone_of(c, z, cal)) == NULL || !listed)
        return;
    CalOpen *opens = ARENA_NEW(c->arena, CalOpen, cal->n_opens);
    CalDays *closed = ARENA_NEW(c->arena, CalDays, cal->n_closed);
    for (uint32_t i = 0; i < cal->n_opens; i++) {
        const SemOpen *o = &cal->opens[i];
        opens[i] = (CalOpen){o->first, o->last, o->is_date, o->date, o->from_s, o->to_s};
    }
    for (uint32_t i = 0; i < cal->n_closed; i++)
        closed[i] = (CalDays){cal->closed[i].first, cal->closed[i].last};
    v->calendar = cal_make(&(CalSpec){v->zone, opens, cal->n_opens, closed, cal->n_closed, v->holidays,
                                      v->n_holidays}, c->arena);
}

void prove_calendars(Checker *c)
{
    Sem *s = c->sem;
    if (s->n_calendars == 0)
        return;
    Zones *z = ARENA_NEW(c->arena, Zones, 1);
    SemCalendarValue *values = ARENA_NEW(c->arena, SemCalendarValue, s->n_calendars);
    for (uint32_t i = 0; i < s->n_calendars; i++)
        build(c, z, &s->calendars[i], &values[i]);
    s->calendar_values = values;
}

/* --- moments ------------------------------------------------------------------------ */

static int64_t from_local(const Sem *s, uint32_t calendar, int64_t local_ms)
{
    const Calendar *c = sem_calendar(s, calendar);
    return c == NULL ? local_ms : zone_utc(cal_zone(c), local_ms, NULL);
}

uint32_t sem_only_calendar(const Sem *s)
{
    uint32_t own = 0, last = SEM_NONE;
    for (uint32_t i = 0; i < s->n_calendars; i++)
        if (s->calendars[i].file == s->file) {
            own++;
            last = i;
        }
    if (own == 1)
        return last;
    return own == 0 && s->n_calendars == 1 ? 0 : SEM_NONE;
}

bool sem_start_ms(const Sem *s, const SemOptions *o, int64_t *ms)
{
    *ms = o->start_zoneless ? from_local(s, sem_only_calendar(s), o->start_ms) : o->start_ms;
    return o->has_start;
}

/* A calendar is named, but there is none to count in. */
static bool is_lost(const Sem *s, uint32_t calendar)
{
    return calendar != SEM_NONE && sem_calendar(s, calendar) == NULL;
}

bool sem_after_ms(const Sem *s, int64_t from, const SemDuration *d, int64_t *ms)
{
    const Calendar *c = sem_calendar(s, d->calendar);
    *ms = from;
    switch (d->kind) {
    case ST_CLOCK:
        *ms = from + d->n;
        return d->n <= LIM_CALENDAR_DAYS * DAY_MS;
    case ST_DAYS:
        return c != NULL && cal_add_days(c, from, d->n, ms);
    case ST_HOURS:
        return c != NULL && d->n <= LIM_CALENDAR_DAYS * 24 && cal_add_open(c, from, d->n * 3600000, ms);
    case ST_NONE:
        break;
    }
    return false;
}

/* A let that stands for a date or an instant as it is written, perhaps through
 * other lets. As many steps as there are lets: they were found free of circles. */
static bool constant(const Sem *s, SemExpr e, Value *out)
{
    for (uint32_t steps = 0; steps <= s->n_lets; steps++) {
        const SynNode *n = syn(e.file->source.tree, e.node);
        const SemRef *r = &e.file->refs[e.node];
        if (n->kind == SYN_DATE || n->kind == SYN_INSTANT)
            return chk_literal((const File *)e.file, e.node, out);
        if (r->kind != SR_LET)
            return false;
        e = s->lets[r->index].expr;
    }
    return false;
}

bool sem_moment_ms(const Sem *s, const SemMoment *m, SemEdge edge, int64_t *ms)
{
    SemMoment as = *m;
    Value v;
    if (is_lost(s, m->calendar))
        return false;
    if (m->kind == SM_VALUE) {
        if (!constant(s, m->value, &v))
            return false;
        as.kind = v.tag == V_DATE ? SM_DATE : SM_INSTANT;
        as.ms = v.tag == V_DATE ? v.u.i * DAY_MS : v.u.i;
    }
    if (as.kind == SM_DATE)
        *ms = from_local(s, m->calendar, as.ms + (edge == SEM_END ? DAY_MS : 0));
    else if (as.kind == SM_INSTANT)
        *ms = as.zoneless ? from_local(s, m->calendar, as.ms) : as.ms;
    else
        return false;
    return m->after.kind == ST_NONE || sem_after_ms(s, *ms, &m->after, ms);
}
