/* Owns: a schedule as JSON (design section 2).
 * Must not know: how it was made. */
#include "compiler/schedule/schedule.h"

#include "vm/core/json.h"

static void member(const Schedule *s, const char *name, int64_t ms, Buf *out)
{
    buf_printf(out, ",\"%s\":", name);
    if (ms < 0) {
        buf_puts(out, "null");
        return;
    }
    buf_putc(out, '"');
    sched_instant(s->zone, ms, out);
    buf_putc(out, '"');
}

static void text(const char *name, Str value, Buf *out)
{
    buf_printf(out, "\"%s\":", name);
    json_put_text(out, value);
}

static void phase(const Schedule *s, uint32_t i, Buf *out)
{
    const SchedPhase *p = &s->phases[i];
    buf_puts(out, "{");
    text("name", s->sem->phases[i].name, out);
    buf_puts(out, ",");
    text("title", s->sem->phases[i].title, out);
    member(s, "earliest_start", p->early_start_ms, out);
    member(s, "earliest_finish", p->early_finish_ms, out);
    member(s, "latest_start", p->late_start_ms, out);
    member(s, "latest_finish", p->late_finish_ms, out);
    buf_printf(out, ",\"slack_s\":%lld,\"critical\":%s", (long long)p->slack_s, p->critical ? "true" : "false");
    member(s, "p50_finish", p->p50_ms, out);
    member(s, "p80_finish", p->p80_ms, out);
    member(s, "p95_finish", p->p95_ms, out);
    buf_printf(out, ",\"contingency\":%s", p->contingency ? "true" : "false");
    if (p->has_gate) {
        buf_printf(out, ",\"gate\":{\"level\":%d", s->sem->gates[s->sem->phases[i].gate].level);
        member(s, "asked", p->asked_ms, out);
        member(s, "due", p->due_ms, out);
        buf_puts(out, "}");
    }
    buf_puts(out, "}");
}

/* A gate is a milestone, too: when people are asked, and until when. */
static void milestones(const Schedule *s, Buf *out)
{
    const char *comma = "\n";
    for (uint32_t i = 0; i < s->sem->n_milestones; i++, comma = ",\n") {
        buf_printf(out, "%s{", comma);
        text("name", s->sem->milestones[i].name, out);
        buf_puts(out, ",");
        text("title", s->sem->milestones[i].title, out);
        member(s, "at", s->milestones[i].at_ms, out);
        member(s, "due", s->milestones[i].due_ms, out);
        buf_puts(out, ",\"kind\":\"milestone\"}");
    }
    for (uint32_t i = 0; i < s->sem->n_phases; i++) {
        if (!s->phases[i].has_gate)
            continue;
        buf_printf(out, "%s{", comma);
        text("name", s->sem->phases[i].name, out);
        member(s, "at", s->phases[i].asked_ms, out);
        member(s, "due", s->phases[i].due_ms, out);
        buf_puts(out, ",\"kind\":\"gate\"}");
        comma = ",\n";
    }
}

void sched_json(const Schedule *s, Buf *out)
{
    buf_puts(out, "{");
    text("plan", s->sem->name, out);
    member(s, "start", s->start_ms, out);
    member(s, "finish", s->finish_ms, out);
    buf_puts(out, ",");
    text("zone", s->zone->name, out);
    buf_puts(out, ",\"critical_path\":[");
    for (uint32_t i = 0; i < s->n_critical_path; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        json_put_text(out, s->sem->phases[s->critical_path[i]].name);
    }
    buf_puts(out, "]");
    buf_printf(out, ",\"simulation\":{\"runs\":%u,\"seed\":%llu", s->runs, (unsigned long long)s->seed);
    member(s, "p50", s->p50_ms, out);
    member(s, "p80", s->p80_ms, out);
    member(s, "p95", s->p95_ms, out);
    buf_puts(out, "},\"phases\":[");
    for (uint32_t i = 0; i < s->sem->n_phases; i++) {
        buf_puts(out, i == 0 ? "\n" : ",\n");
        phase(s, i, out);
    }
    buf_puts(out, "],\"milestones\":[");
    milestones(s, out);
    buf_puts(out, "]}\n");
}
