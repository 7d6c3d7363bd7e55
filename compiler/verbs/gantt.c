/* Owns: `gatec gantt`. Must not know: how dates are made, how they look. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/schedule/schedule.h"
#include "vm/core/value.h"
#include "vm/os/os.h"

typedef struct Options {
    const char *file, *out;
    const char *zone;
    SemOptions start;
    uint64_t seed;
} Options;

static int parse(int argc, char **argv, Options *o)
{
    *o = (Options){.seed = 1};
    for (int i = 0; i < argc; i++) {
        char *value, *end;
        if (opt_value(argc, argv, &i, "--start", &value)) {
            if (!opt_start(value, &o->start))
                return usage("gantt", "--start takes a date such as 2026-12-01, or a moment such as 2026-12-01T08:00");
        } else if (opt_value(argc, argv, &i, "--zone", &value)) {
            if (value == NULL)
                return usage("gantt", "--zone takes a time zone such as Europe/Bratislava");
            o->zone = value;
        } else if (opt_value(argc, argv, &i, "--seed", &value)) {
            o->seed = value == NULL ? 0 : strtoull(value, &end, 10);
            if (value == NULL || *value < '0' || *value > '9' || *end != '\0')
                return usage("gantt", "--seed takes a whole number");
        } else if (opt_value(argc, argv, &i, "-o", &value) || opt_value(argc, argv, &i, "--output", &value)) {
            if (value == NULL)
                return usage("gantt", "-o takes a file that ends in .svg or .json");
            o->out = value;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("gantt", "there is no option %s", argv[i]);
        } else if (o->file != NULL) {
            return usage("gantt", "one plan at a time");
        } else {
            o->file = argv[i];
        }
    }
    return o->file == NULL ? usage("gantt", "which plan?") : 0;
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* What says no zone is meant in that of the chart. */
static int64_t start_in(const SemOptions *start, const Zone *zone)
{
    if (!start->has_start)
        return this_minute();
    return start->start_zoneless ? zone_utc(zone, start->start_ms, NULL) : start->start_ms;
}

/* For the terminal: what a table can say. */
static void table(const Schedule *s, Buf *out)
{
    int width = 8;
    for (uint32_t i = 0; i < s->sem->n_phases; i++)
        width = (int)s->sem->phases[i].name.n > width ? (int)s->sem->phases[i].name.n : width;
    buf_printf(out, "%-*s  %-25s  %-25s  %12s\n", width, "phase", "earliest start", "earliest finish", "slack");
    for (uint32_t i = 0; i < s->sem->n_phases; i++) {
        const SchedPhase *p = &s->phases[i];
        Buf a = {0}, b = {0};
        sched_instant(s->zone, p->early_start_ms, &a);
        sched_instant(s->zone, p->early_finish_ms, &b);
        buf_printf(out, "%-*.*s  %-25s  %-25s  ", width, STR_ARG(s->sem->phases[i].name), buf_z(&a), buf_z(&b));
        if (p->contingency)
            buf_printf(out, "%12s\n", "when started");
        else if (p->critical)
            buf_printf(out, "%12s\n", "critical");
        else
            buf_printf(out, "%4lldd %02lld:%02lld\n", (long long)(p->slack_s / 86400),
                       (long long)(p->slack_s / 3600 % 24), (long long)(p->slack_s / 60 % 60));
        buf_free(&a);
        buf_free(&b);
    }
    buf_puts(out, "finish  ");
    sched_instant(s->zone, s->finish_ms, out);
    if (s->runs > 0) {
        buf_puts(out, " at the earliest; by ");
        sched_instant(s->zone, s->p80_ms, out);
        buf_puts(out, " in 80 of 100 cases");
    }
    buf_putc(out, '\n');
}

static int write_out(const char *path, Buf *bytes)
{
    Buf why = {0};
    int status = EXIT_DONE;
    if (bytes->failed)
        status = failed(EXIT_ENVIRONMENT, "not enough memory for the chart");
    else if (os_write_file(path, buf_view(bytes), 0644, &why) != GATE_OK)
        status = failed(EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&why);
    return status;
}

static void without_estimate(const Schedule *s, const char *file)
{
    uint32_t n = 0, first = 0;
    for (uint32_t i = s->sem->n_phases; i-- > 0;)
        if (s->phases[i].no_estimate) {
            first = i;
            n++;
        }
    if (n > 0)
        fprintf(stderr, "gatec: %s: %u of %u phases ha%s no estimate and take%s no time here, such as `%.*s`\n", file, n,
             s->sem->n_phases, n == 1 ? "s" : "ve", n == 1 ? "s" : "", STR_ARG(s->sem->phases[first].name));
}

typedef struct Making {
    const Options *o;
    const Sem *sem;
    SchedOptions options;
    Buf out, why;
    bool made;
} Making;

static void make(void *ctx)
{
    Making *m = ctx;
    m->options.start_ms = start_in(&m->o->start, m->options.zone);
    const Schedule *s = sched_make(m->sem, &m->options, m->sem->arena, &m->why);
    if (s == NULL)
        return;
    without_estimate(s, m->o->file);
    if (m->o->out == NULL)
        table(s, &m->out);
    else if (ends_in(m->o->out, ".json"))
        sched_json(s, &m->out);
    else
        sched_svg(s, &m->out);
    m->made = true;
}

static int chart(const Options *o, Compilation *c)
{
    Making m = {.o = o, .sem = c->sem, .options = {.zone = sched_zone(c->sem), .seed = o->seed}};
    int status;
    if (o->zone != NULL && zone_load(NULL, str_of(o->zone), c->arena, &m.options.zone, &m.why) != GATE_OK)
        status = usage("gantt", "--zone: %s", buf_z(&m.why));
    else if (!with_arena(c->arena, make, &m))
        status = failed(EXIT_ENVIRONMENT, "%s: not enough memory for the chart", o->file);
    else if (!m.made)
        status = failed(EXIT_FAILED, "%s: %s", o->file, buf_z(&m.why));
    else
        status = o->out == NULL ? say_result(&m.out) : write_out(o->out, &m.out);
    buf_free(&m.why);
    buf_free(&m.out);
    return status;
}

int verb_gantt(int argc, char **argv)
{
    Options o;
    Compilation c = {0};
    int status = parse(argc, argv, &o);
    if (status == 0 && o.out != NULL && !ends_in(o.out, ".svg") && !ends_in(o.out, ".json"))
        status = usage("gantt", "-o takes a file that ends in .svg or .json");
    if (status != 0)
        return status;
    status = load(o.file, COMPILE_CHECK, &c);
    if (status == 0 && c.diags.errors > 0) {
        say_diagnostics(&c.diags, o.file);
        status = EXIT_FAILED;
    } else if (status == 0 && c.sem->kind != SF_PLAN) {
        status = failed(EXIT_FAILED, "%s: only a plan has a schedule; this file has no `plan` line", o.file);
    } else if (status == 0) {
        status = chart(&o, &c);
    }
    compile_free(&c);
    return status;
}
