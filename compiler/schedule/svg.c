/* Owns: a schedule as a picture: one row a phase, time from left to right.
 * Must not know: how the dates were made.
 *
 * Colour never stands alone: critical bars have an outline and bold names,
 * contingencies dashes. Every mark has a <title>, and the whole a <desc>, for
 * those who hear the picture (SVG 1.1, 5.4; WAI-ARIA graphics). Light or dark
 * follows the reader's system (prefers-color-scheme). */
#include "compiler/schedule/schedule_int.h"

#include <utf8proc.h>

enum {
    ROW_PX = 24, BAR = 12, HEAD = 76, FOOT = 64, MARGIN = 12, CHART = 960,
    CHAR_PX = 7,           /* px of a column of text at 12 px */
    COLUMNS_MIN = 10, COLUMNS_MAX = 44, /* columns of a row's name */
    TICKS = 12          /* at most about so many lines */
};

typedef struct Picture {
    const Schedule *s;
    Buf *out;
    int64_t from_ms, until_ms;
    int names, height;  /* px */
} Picture;

/* --- text --------------------------------------------------------------------- */

static void put_char(Buf *out, const char *p, size_t n)
{
    if (n == 1 && *p == '<')
        buf_puts(out, "&lt;");
    else if (n == 1 && *p == '&')
        buf_puts(out, "&amp;");
    else if (n == 1 && *p == '"')
        buf_puts(out, "&quot;");
    else if (n == 1 && (unsigned char)*p < 32)
        buf_putc(out, ' ');
    else
        buf_str(out, (Str){p, n});
}

/* As XML, cut to so many columns with an ellipsis; 0: all of it. */
static void put_text(Buf *out, Str s, int columns)
{
    int width = 0;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p;
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t ch;
        utf8proc_ssize_t n = utf8proc_iterate(p + i, (utf8proc_ssize_t)(s.n - i), &ch);
        if (n <= 0)
            return;
        int w = utf8proc_charwidth(ch);
        if (columns > 0 && width + w >= columns && i + (size_t)n < s.n) {
            buf_puts(out, "\xe2\x80\xa6");
            return;
        }
        put_char(out, s.p + i, (size_t)n);
        width += w;
        i += (size_t)n;
    }
}

static int columns_of(Str s)
{
    int width = 0;
    for (size_t i = 0; i < s.n;) {
        utf8proc_int32_t ch;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + i,
                                              (utf8proc_ssize_t)(s.n - i), &ch);
        if (n <= 0)
            break;
        width += utf8proc_charwidth(ch);
        i += (size_t)n;
    }
    return width;
}

/* --- places ---------------------------------------------------------------------- */

static double x_of(const Picture *p, int64_t ms)
{
    double share = (double)(ms - p->from_ms) / (double)(p->until_ms - p->from_ms);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return p->names + share * CHART;
}

static int y_of(uint32_t row)
{
    return HEAD + (int)row * ROW_PX;
}

static void diamond(Picture *p, const char *class, double x, int y)
{
    buf_printf(p->out, "<path class=\"%s\" d=\"M%.1f %dl6 6l-6 6l-6 -6z\"/>", class, x, y - 6);
}

/* --- the axis ----------------------------------------------------------------------- */

static int64_t tick_step(int64_t span)
{
    static const int64_t steps[] = {60000, 300000, 900000, 3600000, 10800000, 21600000, 43200000,
                                    DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 182 * DAY, 364 * DAY};
    enum { N = sizeof steps / sizeof *steps };
    size_t i = 0;
    while (i + 1 < N && span / steps[i] > TICKS)
        i++;
    int64_t step = steps[i];
    while (span / step > TICKS)
        step *= 2;
    return step;
}

static void tick_label(Picture *p, int64_t ms, int64_t step, int64_t before)
{
    SchedCivil c = sched_civil(p->s->zone, ms), b = sched_civil(p->s->zone, before);
    bool new_day = before == INT64_MIN || c.day != b.day || c.month != b.month || c.year != b.year;
    if (step >= DAY)
        buf_printf(p->out, "%d %s", c.day, sched_months[c.month - 1]);
    else if (new_day)
        buf_printf(p->out, "%s %d %s", sched_days[c.weekday], c.day, sched_months[c.month - 1]);
    else
        buf_printf(p->out, "%02d:%02d", c.hour, c.minute);
    if (step >= DAY && (before == INT64_MIN || c.year != b.year))
        buf_printf(p->out, " %lld", (long long)c.year);
    else if (step < DAY && new_day && (c.hour != 0 || c.minute != 0))
        buf_printf(p->out, " %02d:%02d", c.hour, c.minute);
}

/* Every other row is shaded, so that the eye finds its name. */
static void bands(Picture *p)
{
    uint32_t rows = p->s->sem->n_phases + p->s->sem->n_milestones;
    for (uint32_t i = 1; i < rows; i += 2)
        buf_printf(p->out, "<rect class=\"band\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>", y_of(i),
                   p->names + CHART + MARGIN, ROW_PX);
    buf_putc(p->out, '\n');
}

/* Lines at round local times: weeks begin on Mondays. */
static void axis(Picture *p)
{
    const Zone *zone = p->s->zone;
    int64_t step = tick_step(p->until_ms - p->from_ms), before = INT64_MIN;
    int64_t origin = step % (7 * DAY) == 0 ? -3 * DAY : 0; /* a Monday: 1969-12-29 */
    int64_t local = zone_local(zone, p->from_ms) - origin, at;
    local -= (local % step + step) % step;
    for (local += origin; (at = zone_utc(zone, local, NULL)) <= p->until_ms; local += step) {
        if (at < p->from_ms)
            continue;
        double x = x_of(p, at);
        buf_printf(p->out, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x, HEAD - 8, p->height - FOOT + 8);
        for (int low = 0; low < 2; low++) { /* above, and again below long charts */
            if (low == 1 && p->height < 900)
                break;
            bool at_end = x > p->names + CHART - 60; /* inside the picture all the same */
            buf_printf(p->out, "<text class=\"tick\"%s x=\"%.1f\" y=\"%d\">",
                       at_end ? " text-anchor=\"end\"" : "", at_end ? x - 3 : x + 3,
                       low == 1 ? p->height - FOOT + 8 : HEAD - 12);
            tick_label(p, at, step, before);
            buf_puts(p->out, "</text>");
        }
        buf_putc(p->out, '\n');
        before = at;
    }
}

/* --- rows ----------------------------------------------------------------------------- */

static Str shown(Str title, Str name)
{
    return title.n > 0 ? title : name;
}

static void describe_phase(Picture *p, uint32_t i)
{
    const SchedPhase *f = &p->s->phases[i];
    const SemPhase *s = &p->s->sem->phases[i];
    put_text(p->out, shown(s->title, s->name), 0);
    buf_puts(p->out, ": ");
    sched_when(p->s->zone, f->early_start_ms, p->out);
    buf_puts(p->out, " to ");
    sched_when(p->s->zone, f->early_finish_ms, p->out);
    if (f->contingency)
        buf_puts(p->out, "; runs only when started");
    else if (f->critical)
        buf_puts(p->out, "; critical: a delay here delays the plan");
    else {
        buf_puts(p->out, "; slack ");
        sched_length(f->slack_s, p->out);
    }
    if (f->has_gate) {
        buf_printf(p->out, "; gate L%d asks ", p->s->sem->gates[s->gate].level);
        sched_when(p->s->zone, f->asked_ms, p->out);
        if (f->due_ms >= 0) {
            buf_puts(p->out, ", answer due ");
            sched_when(p->s->zone, f->due_ms, p->out);
        }
    }
    if (f->p80_ms > f->early_finish_ms) {
        buf_puts(p->out, "; done by ");
        sched_when(p->s->zone, f->p80_ms, p->out);
        buf_puts(p->out, " in 80 of 100 cases");
    }
    if (f->no_estimate)
        buf_puts(p->out, "; no estimate");
}

static void row_name(Picture *p, Str name, int y)
{
    buf_printf(p->out, "<text class=\"name\" x=\"%d\" y=\"%d\">", MARGIN, y + 4);
    put_text(p->out, name, (p->names - 2 * MARGIN) / CHAR_PX);
    buf_puts(p->out, "</text>");
}

static void phase_row(Picture *p, uint32_t i)
{
    const SchedPhase *f = &p->s->phases[i];
    const SemPhase *s = &p->s->sem->phases[i];
    int y = y_of(i) + ROW_PX / 2;
    double x = x_of(p, f->early_start_ms), end = x_of(p, f->early_finish_ms);
    buf_printf(p->out, "<g role=\"listitem\" class=\"%s\"><title>",
               f->contingency ? "contingency" : f->critical ? "critical" : "plain");
    describe_phase(p, i);
    buf_puts(p->out, "</title>");
    buf_printf(p->out, "<rect class=\"row\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>", y_of(i),
               p->names + CHART + MARGIN, ROW_PX);
    row_name(p, shown(s->title, s->name), y);
    if (f->late_finish_ms > f->early_finish_ms && !f->contingency)
        buf_printf(p->out, "<path class=\"slack\" d=\"M%.1f %dH%.1f\"/>", end, y, x_of(p, f->late_finish_ms));
    if (f->p80_ms > f->early_finish_ms)
        buf_printf(p->out, "<rect class=\"likely\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>", end,
                   y - BAR / 2 + 2, x_of(p, f->p80_ms) - end, BAR - 4);
    buf_printf(p->out, "<rect class=\"bar\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>", x,
               y - BAR / 2, end - x < 2 ? 2 : end - x, BAR);
    if (f->has_gate)
        diamond(p, "gate", x_of(p, f->asked_ms), y);
    buf_puts(p->out, "</g>\n");
}

static void milestone_row(Picture *p, uint32_t i)
{
    const SemMilestone *m = &p->s->sem->milestones[i];
    const SchedMilestone *f = &p->s->milestones[i];
    uint32_t row = p->s->sem->n_phases + i;
    int y = y_of(row) + ROW_PX / 2;
    bool late = f->due_ms >= 0 && f->at_ms > f->due_ms;
    buf_puts(p->out, "<g role=\"listitem\" class=\"milestone\"><title>");
    put_text(p->out, shown(m->title, m->name), 0);
    buf_puts(p->out, ": reached ");
    sched_when(p->s->zone, f->at_ms, p->out);
    if (f->due_ms >= 0) {
        buf_printf(p->out, "; %sdue ", late ? "too late, " : "");
        sched_when(p->s->zone, f->due_ms, p->out);
    }
    buf_puts(p->out, "</title>");
    buf_printf(p->out, "<rect class=\"row\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>", y_of(row),
               p->names + CHART + MARGIN, ROW_PX);
    row_name(p, shown(m->title, m->name), y);
    diamond(p, late ? "point late" : "point", x_of(p, f->at_ms), y);
    if (f->due_ms >= p->from_ms && f->due_ms <= p->until_ms)
        buf_printf(p->out, "<path class=\"due\" d=\"M%.1f %dv%d\"/>", x_of(p, f->due_ms), y - 9, 18);
    buf_puts(p->out, "</g>\n");
}

/* What keeps what waiting, along the critical path. */
static void links(Picture *p)
{
    const Schedule *s = p->s;
    for (uint32_t i = 0; i + 1 < s->n_critical_path; i++) {
        uint32_t a = s->critical_path[i], b = s->critical_path[i + 1];
        double x = x_of(p, s->phases[a].early_finish_ms), to = x_of(p, s->phases[b].early_start_ms);
        int y = y_of(a) + ROW_PX / 2, end = y_of(b) + ROW_PX / 2;
        buf_printf(p->out, "<path class=\"link\" aria-hidden=\"true\" d=\"M%.1f %dV%dH%.1f\"/>", x,
                   y + (b > a ? BAR / 2 : -BAR / 2), end, to > x ? to : x);
    }
    buf_putc(p->out, '\n');
}

/* --- frame --------------------------------------------------------------------------------- */

static void style(Buf *out)
{
    buf_puts(out,
        "<style>\n"
        "svg{--paper:#ffffff;--ink:#1c1c1c;--soft:#5b6470;--line:#e2e5e9;--band:#f5f6f8;--bar:#5b84b1;"
        "--critical:#b8400e;--edge:#6d2407;--likely:#b9cbe0;--gate:#6b3fa0;--late:#c01c28}\n"
        "@media (prefers-color-scheme:dark){svg{--paper:#16181c;--ink:#ececec;--soft:#a4adb8;--line:#30353c;"
        "--band:#1d2025;--bar:#6f9bcb;--critical:#f08a4b;--edge:#ffd0ae;--likely:#3a4f68;--gate:#b794e6;"
        "--late:#ff7b84}}\n"
        "text{font:12px system-ui,sans-serif;fill:var(--ink)}.head{font-size:16px;font-weight:600}"
        ".sub,.tick,.key{fill:var(--soft);font-size:11px}.grid{stroke:var(--line)}"
        ".paper{fill:var(--paper)}.band{fill:var(--band)}.row{fill:none;pointer-events:all}"
        ".bar{fill:var(--bar)}.critical .bar{fill:var(--critical);stroke:var(--edge);stroke-width:1.5}"
        ".critical .name{font-weight:700}.contingency .bar{fill:none;stroke:var(--soft);stroke-dasharray:3 2}"
        ".likely{fill:var(--likely)}.slack{stroke:var(--soft);stroke-dasharray:2 3}"
        ".gate{fill:var(--gate);stroke:var(--paper)}.point{fill:var(--ink)}.late{fill:var(--late)}"
        ".due{stroke:var(--late);stroke-width:2}.link{fill:none;stroke:var(--critical);stroke-opacity:.5}\n"
        "</style>\n");
}

static void describe_plan(Picture *p)
{
    const Schedule *s = p->s;
    buf_printf(p->out, "%u phase%s, from ", s->sem->n_phases, s->sem->n_phases == 1 ? "" : "s");
    sched_when(p->s->zone, s->start_ms, p->out);
    buf_puts(p->out, " to ");
    sched_when(p->s->zone, s->finish_ms, p->out);
    buf_puts(p->out, " at the earliest");
    if (s->runs > 0) {
        buf_puts(p->out, "; by ");
        sched_when(p->s->zone, s->p80_ms, p->out);
        buf_puts(p->out, " in 80 of 100 cases, by ");
        sched_when(p->s->zone, s->p95_ms, p->out);
        buf_puts(p->out, " in 95");
    }
    buf_puts(p->out, " (");
    put_text(p->out, s->zone->name, 0);
    buf_puts(p->out, ")");
}

static void critical_words(Picture *p)
{
    const Schedule *s = p->s;
    buf_puts(p->out, ". Critical path: ");
    for (uint32_t i = 0; i < s->n_critical_path; i++) {
        const SemPhase *f = &s->sem->phases[s->critical_path[i]];
        buf_puts(p->out, i == 0 ? "" : ", then ");
        put_text(p->out, shown(f->title, f->name), 0);
    }
    buf_putc(p->out, '.');
}

static void head(Picture *p)
{
    const Sem *sem = p->s->sem;
    int width = p->names + CHART + MARGIN;
    buf_printf(p->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
               "role=\"img\" aria-labelledby=\"title about\">\n<title id=\"title\">", width, p->height, width, p->height);
    put_text(p->out, shown(sem->title, sem->name), 0);
    buf_puts(p->out, "</title>\n<desc id=\"about\">");
    describe_plan(p);
    critical_words(p);
    buf_puts(p->out, "</desc>\n");
    style(p->out);
    buf_printf(p->out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n<text class=\"head\" x=\"%d\" y=\"20\">",
               width, p->height, MARGIN);
    put_text(p->out, shown(sem->title, sem->name), 120);
    buf_printf(p->out, "</text>\n<text class=\"sub\" x=\"%d\" y=\"36\">", MARGIN);
    describe_plan(p);
    buf_puts(p->out, "</text>\n");
}

static void legend(Picture *p)
{
    int y = p->height - 20, x = MARGIN;
    static const struct { const char *mark, *words; int width; } keys[] = {
        {"critical", "critical", 90}, {"plain", "not critical", 110}, {"contingency", "only when started", 150}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++, x += keys[i - 1].width)
        buf_printf(p->out, "<g class=\"%s\"><rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"20\" height=\"10\" rx=\"2\"/></g>"
                   "<text class=\"key\" x=\"%d\" y=\"%d\">%s</text>", keys[i].mark, x, y - 9, x + 26, y, keys[i].words);
    buf_printf(p->out, "<rect class=\"likely\" x=\"%d\" y=\"%d\" width=\"20\" height=\"8\"/>"
               "<text class=\"key\" x=\"%d\" y=\"%d\">done in 80 of 100 cases</text>", x, y - 8, x + 26, y);
    x += 180;
    buf_printf(p->out, "<path class=\"slack\" d=\"M%d %dh20\"/><text class=\"key\" x=\"%d\" y=\"%d\">slack</text>", x,
               y - 4, x + 26, y);
    x += 80;
    diamond(p, "gate", x + 6, y - 4);
    buf_printf(p->out, "<text class=\"key\" x=\"%d\" y=\"%d\">people are asked</text>", x + 18, y);
    x += 130;
    diamond(p, "point", x + 6, y - 4);
    buf_printf(p->out, "<text class=\"key\" x=\"%d\" y=\"%d\">milestone</text>\n", x + 18, y);
}

static void measure(Picture *p)
{
    const Schedule *s = p->s;
    int columns = COLUMNS_MIN;
    p->from_ms = s->start_ms;
    p->until_ms = s->p95_ms > s->finish_ms ? s->p95_ms : s->finish_ms;
    for (uint32_t i = 0; i < s->sem->n_phases + s->sem->n_milestones; i++) {
        uint32_t m = i - s->sem->n_phases;
        Str name = i < s->sem->n_phases ? shown(s->sem->phases[i].title, s->sem->phases[i].name)
                                        : shown(s->sem->milestones[m].title, s->sem->milestones[m].name);
        int n = columns_of(name);
        columns = n > columns ? n : columns;
        if (i < s->sem->n_phases && s->phases[i].early_finish_ms > p->until_ms)
            p->until_ms = s->phases[i].early_finish_ms;
    }
    int64_t half = (p->until_ms - p->from_ms) / 2; /* a due date far behind would make all else small */
    for (uint32_t i = 0; i < s->sem->n_milestones; i++)
        if (s->milestones[i].due_ms > p->until_ms && s->milestones[i].due_ms <= p->until_ms + half)
            p->until_ms = s->milestones[i].due_ms;
    if (p->until_ms - p->from_ms < 3600000)
        p->until_ms = p->from_ms + 3600000;
    columns = columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
    p->names = 2 * MARGIN + columns * CHAR_PX;
    p->height = HEAD + (int)(s->sem->n_phases + s->sem->n_milestones) * ROW_PX + FOOT;
}

void sched_svg(const Schedule *s, Buf *out)
{
    Picture p = {.s = s, .out = out};
    measure(&p);
    head(&p);
    bands(&p);
    axis(&p);
    buf_puts(out, "<g role=\"list\">\n");
    for (uint32_t i = 0; i < s->sem->n_phases; i++)
        phase_row(&p, i);
    for (uint32_t i = 0; i < s->sem->n_milestones; i++)
        milestone_row(&p, i);
    buf_puts(out, "</g>\n");
    links(&p);
    legend(&p);
    buf_puts(out, "</svg>\n");
}
