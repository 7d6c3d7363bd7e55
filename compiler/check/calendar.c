/* Owns: calendars: when they are open and closed, in which zone.
 * Must not know: what business time comes to (vm/os), who uses them. */
#include "compiler/check/check.h"

enum { DAY_S = 86400 };

static int32_t day_of(const File *f, SynRef date)
{
    Value v;
    return chk_literal(f, date, &v) ? (int32_t)v.u.i : 0;
}

static bool known(const File *f, SynRef literal)
{
    Value v;
    return literal == 0 || chk_literal(f, literal, &v);
}

/* from..to: an end before the beginning is on the day after. false: reported,
 * here or as a literal. */
static bool hours(Checker *c, const File *f, SynRef range, SemOpen *o)
{
    o->to_s = DAY_S;
    if (range == 0)
        return true;
    const SynNode *n = chk_node(f, range);
    Value from, to;
    if (!chk_literal(f, n->a, &from) || !chk_literal(f, n->b, &to))
        return false;
    o->from_s = (int32_t)(from.u.i / 1000);
    o->to_s = (int32_t)(to.u.i / 1000);
    if (o->from_s != o->to_s && o->from_s < DAY_S)
        return true;
    Diag *d = chk_report(c, 2007, f, range, "no time lies between %.*s and %.*s",
                         STR_ARG(chk_text(f, n->a)), STR_ARG(chk_text(f, n->b)));
    diag_label(c->diags, d, "%s", o->from_s == DAY_S ? "24:00 is the end of a day" : "opens and closes at once");
    if (o->from_s != DAY_S)
        chk_fix_replace(c, d, '?', f, range, STR("00:00..24:00"), "open all day");
    return false;
}

static void open_line(Checker *c, File *f, SemCalendar *cal, SemOpen *all, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemOpen o = {.node = r};
    if (!hours(c, f, n->b, &o))
        return;
    if (n->aux != 0) {
        o.is_date = true;
        o.date = day_of(f, n->a);
        o.title = chk_title(c, f, n->c);
        if (known(f, n->a))
            all[cal->n_opens++] = o;
        return;
    }
    SYN_EACH(f->tree, k, n->a) {
        const SynNode *spec = chk_node(f, k);
        o.first = (uint8_t)chk_node(f, spec->a)->aux;
        o.last = spec->b == 0 ? o.first : (uint8_t)chk_node(f, spec->b)->aux;
        all[cal->n_opens++] = o;
    }
}

static void closed_line(Checker *c, File *f, SemCalendar *cal, SemClosed *all, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    if (!known(f, n->a) || !known(f, n->b))
        return;
    SemClosed k = {day_of(f, n->a), day_of(f, n->b != 0 ? n->b : n->a), chk_title(c, f, n->c), r};
    if (k.last >= k.first) {
        all[cal->n_closed++] = k;
        return;
    }
    Diag *d = chk_report(c, 2007, f, n->b, "no day lies between %.*s and %.*s", STR_ARG(chk_text(f, n->a)),
                         STR_ARG(chk_text(f, n->b)));
    diag_label(c->diags, d, "ends before it begins");
    diag_fix(c->diags, d, '?', &f->sem.source, chk_node(f, n->a)->start, chk_node(f, n->b)->end,
             chk_printf(c, "%.*s..%.*s", STR_ARG(chk_text(f, n->b)), STR_ARG(chk_text(f, n->a))),
             "put the earlier day first");
}

static void missing(Checker *c, const File *f, const SemCalendar *cal, bool has_open)
{
    SynRef name = chk_node(f, cal->node)->a;
    if (cal->zone_node == 0) {
        Diag *d = chk_report(c, 5001, f, name, "the calendar `%.*s` does not say where it is",
                             STR_ARG(cal->name));
        diag_label(c->diags, d, "`zone` is missing, so nobody knows when 08:00 is");
        chk_fix_into(c, d, 'H', f, cal->node, "say its time zone", "zone \"Europe/Bratislava\"");
    }
    if (!has_open) {
        Diag *d = chk_report(c, 15, f, name, "the calendar `%.*s` never opens", STR_ARG(cal->name));
        diag_label(c->diags, d, "`open` is missing");
        chk_fix_into(c, d, 'H', f, cal->node, "say when it is open", "open Mon..Fri 08:00..17:00");
    }
}

static void lines(Checker *c, File *f, SemCalendar *cal)
{
    uint32_t opens = 0, closed = 0, holidays = 0;
    SynRef seen[SYN_KIND_COUNT] = {0};
    SYN_EACH(f->tree, r, chk_node(f, cal->node)->c) {
        const SynNode *n = chk_node(f, r);
        closed += n->kind == SYN_CLOSED;
        holidays += n->kind == SYN_HOLIDAYS;
        if (n->kind == SYN_OPEN)
            opens += syn_count(f->tree, n->a);
    }
    SemOpen *o = ARENA_NEW(c->arena, SemOpen, opens);
    SemClosed *k = ARENA_NEW(c->arena, SemClosed, closed);
    SemHolidays *h = ARENA_NEW(c->arena, SemHolidays, holidays);
    cal->opens = o;
    cal->holidays = h;
    cal->closed = k;
    SYN_EACH(f->tree, r, chk_node(f, cal->node)->c) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_OPEN) {
            open_line(c, f, cal, o, r);
        } else if (n->kind == SYN_CLOSED) {
            closed_line(c, f, cal, k, r);
        } else if (n->kind == SYN_ZONE && chk_once(c, f, seen, r, "zone")) {
            cal->zone_node = n->a;
            cal->zone = chk_title(c, f, n->a);
        } else if (n->kind == SYN_HOLIDAYS) {
            h[cal->n_holidays].node = r;
            if (chk_read_beside(c, f, n->a, &h[cal->n_holidays].path, &h[cal->n_holidays].text))
                cal->n_holidays++;
        }
    }
    missing(c, f, cal, opens > 0);
}

void chk_calendar(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_calendars;
    const Entity *e = chk_declare(c, f->scope, DK_CALENDAR, index, f, node, n->a);
    if (e == NULL)
        return;
    f->n_calendars++;
    f->calendar = (uint32_t)(e - c->entities);
    SemCalendar cal = {.name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                       .file = &f->sem, .node = node};
    lines(c, f, &cal);
    *CHK_PUSH(c, c->sem->calendars, c->sem->n_calendars, c->cap_calendars) = cal;
}

uint32_t chk_only_calendar(Checker *c, const File *f)
{
    if (f->n_calendars == 1) {
        c->entities[f->calendar].found = true;
        return c->entities[f->calendar].index;
    }
    return f->n_calendars == 0 && c->sem->n_calendars == 1 ? 0 : SEM_NONE;
}
