/* Owns: `gatec graph`: phases, prerequisites, gates and milestones as dot, Mermaid
 * or JSON; in JSON also what stands in a phase, and when it may run.
 * Must not know: what a phase does. */
#include "compiler/verbs/verbs.h"

#include <string.h>

#include "vm/core/json.h"

static int level(const Sem *s, const SemPhase *p)
{
    return p->gate == SEM_NONE ? 0 : s->gates[p->gate].level;
}

static Str title(const SemPhase *p)
{
    return p->title.n > 0 ? p->title : p->name;
}

/* In dot a quote and a backslash are escaped by a backslash; in Mermaid a quote
 * is #quot; and a # is #35; (their manuals: "Escaped strings", "Entity codes"). */
static void put_title(Buf *out, Str s, bool mermaid)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (ch == '\n')
            buf_putc(out, ' ');
        else if (mermaid && ch == '"')
            buf_puts(out, "#quot;");
        else if (mermaid && ch == '#')
            buf_puts(out, "#35;");
        else if (!mermaid && (ch == '"' || ch == '\\'))
            buf_printf(out, "\\%c", ch);
        else
            buf_putc(out, ch);
    }
}

static void put_roles(Buf *out, const Sem *s, const SemGate *g)
{
    if (g->by.n == 0)
        return;
    buf_puts(out, " by ");
    if (g->by.kind == WHO_ALL)
        buf_puts(out, "all of ");
    else if (g->by.kind == WHO_ANY)
        buf_puts(out, "any of ");
    else if (g->by.kind == WHO_N)
        buf_printf(out, "%u of ", g->by.quorum);
    for (uint32_t i = 0; i < g->by.n; i++)
        buf_printf(out, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(s->roles[g->by.roles[i]].name));
}

static Str milestone_title(const SemMilestone *m)
{
    return m->title.n > 0 ? m->title : m->name;
}

/* A moment, a duration: as the plan says it. */
static Str as_said(const Sem *s, SynRef node)
{
    return node == 0 ? (Str){NULL, 0} : syn_text(s->file->source.tree, node);
}

static void put_due(Buf *out, const Sem *s, const SemMilestone *m, const char *line_break)
{
    if (m->due.kind != SM_NONE)
        buf_printf(out, "%sdue %.*s", line_break, STR_ARG(as_said(s, m->due.node)));
}

static void dot(const Sem *s, Buf *out)
{
    buf_printf(out, "digraph \"%.*s\" {\n  rankdir=LR;\n  node [shape=box];\n", STR_ARG(s->name));
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        buf_printf(out, "  \"%.*s\" [label=\"", STR_ARG(p->name));
        put_title(out, title(p), false);
        if (p->gate != SEM_NONE) {
            buf_printf(out, "\\nL%d", level(s, p));
            put_roles(out, s, &s->gates[p->gate]);
        }
        buf_printf(out, "\"%s];\n", level(s, p) >= 2 ? ", peripheries=2" : "");
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        for (uint32_t k = 0; k < p->n_needs; k++)
            buf_printf(out, "  \"%.*s\" -> \"%.*s\"%s;\n", STR_ARG(s->phases[p->needs[k].phase].name),
                       STR_ARG(p->name), p->needs_any ? " [style=dashed, label=\"any\"]" : "");
        if (p->failure_start != SEM_NONE)
            buf_printf(out, "  \"%.*s\" -> \"%.*s\" [style=dotted, label=\"on failure\"];\n",
                       STR_ARG(p->name), STR_ARG(s->phases[p->failure_start].name));
    }
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        const SemMilestone *m = &s->milestones[i];
        buf_printf(out, "  \"%.*s\" [shape=diamond, label=\"", STR_ARG(m->name));
        put_title(out, milestone_title(m), false);
        put_due(out, s, m, "\\n");
        buf_puts(out, "\"];\n");
        for (uint32_t k = 0; k < m->n_needs; k++)
            buf_printf(out, "  \"%.*s\" -> \"%.*s\"%s;\n", STR_ARG(s->phases[m->needs[k].phase].name),
                       STR_ARG(m->name), m->needs_any ? " [style=dashed, label=\"any\"]" : "");
    }
    buf_puts(out, "}\n");
}

static void mermaid(const Sem *s, Buf *out)
{
    buf_puts(out, "flowchart LR\n");
    /* Names become numbers: some names are words of Mermaid, such as `end`. */
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        bool gated = level(s, p) >= 2;
        buf_printf(out, "  p%u%s\"", i, gated ? "{{" : "[");
        put_title(out, title(p), true);
        if (p->gate != SEM_NONE) {
            buf_printf(out, "<br>L%d", level(s, p));
            put_roles(out, s, &s->gates[p->gate]);
        }
        buf_printf(out, "\"%s\n", gated ? "}}" : "]");
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        for (uint32_t k = 0; k < p->n_needs; k++)
            buf_printf(out, "  p%u %s p%u\n", p->needs[k].phase, p->needs_any ? "-.->|any|" : "-->", i);
        if (p->failure_start != SEM_NONE)
            buf_printf(out, "  p%u -.->|on failure| p%u\n", i, p->failure_start);
    }
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        const SemMilestone *m = &s->milestones[i];
        buf_printf(out, "  m%u{\"", i);
        put_title(out, milestone_title(m), true);
        put_due(out, s, m, "<br>");
        buf_puts(out, "\"}\n");
        for (uint32_t k = 0; k < m->n_needs; k++)
            buf_printf(out, "  p%u %s m%u\n", m->needs[k].phase, m->needs_any ? "-.->|any|" : "-->", i);
    }
}

static void json_needs(const Sem *s, const SemNeed *needs, uint32_t n, bool any, Buf *out)
{
    buf_printf(out, ",\"needs\":{\"any\":%s,\"phases\":[", any ? "true" : "false");
    for (uint32_t k = 0; k < n; k++) {
        buf_puts(out, k == 0 ? "{\"name\":" : ",{\"name\":");
        json_put_text(out, s->phases[needs[k].phase].name);
        buf_printf(out, ",\"even_if_failed\":%s}", needs[k].even_if_failed ? "true" : "false");
    }
    buf_puts(out, "]}");
}

/* ,"key": the words of the plan, or null. */
static void json_said(const Sem *s, const char *key, SynRef node, Buf *out)
{
    buf_printf(out, ",\"%s\":", key);
    if (node == 0)
        buf_puts(out, "null");
    else
        json_put_text(out, as_said(s, node));
}

static void json_windows(const Sem *s, const SemDuring *during, uint32_t n, Buf *out)
{
    buf_puts(out, ",\"windows\":[");
    for (uint32_t k = 0; k < n; k++) {
        buf_puts(out, k == 0 ? "{\"calendar\":" : ",{\"calendar\":");
        json_put_text(out, s->calendars[during[k].calendar].name);
        buf_printf(out, ",\"never\":%s}", during[k].never ? "true" : "false");
    }
    buf_putc(out, ']');
}

static void json_who(const Sem *s, const SemWho *by, Buf *out)
{
    static const char *const words[] = {"nobody", "one", "all", "any", "number"};
    buf_printf(out, "\"who\":\"%s\",\"quorum\":%u,\"by\":[", words[by->kind], by->quorum);
    for (uint32_t i = 0; i < by->n; i++) {
        buf_puts(out, i == 0 ? "" : ",");
        json_put_text(out, s->roles[by->roles[i]].name);
    }
    buf_putc(out, ']');
}

static void json_gate(const Sem *s, const SemPhase *p, Buf *out)
{
    if (p->gate == SEM_NONE) {
        buf_puts(out, ",\"gate\":null");
        return;
    }
    const SemGate *g = &s->gates[p->gate];
    buf_printf(out, ",\"gate\":{\"level\":%d,", g->level);
    json_who(s, &g->by, out);
    json_said(s, "within", g->within.node, out);
    json_said(s, "not_before", g->not_before->node, out);
    buf_putc(out, '}');
}

static void json_actions(const Sem *s, const SemPhase *p, Buf *out)
{
    buf_puts(out, ",\"actions\":[");
    for (uint32_t k = 0; k < p->n_actions; k++) {
        const SemAction *a = &s->actions[p->first_action + k];
        buf_puts(out, k == 0 ? "{\"name\":" : ",{\"name\":");
        json_put_text(out, a->name);
        buf_printf(out, ",\"effect\":\"%s\",\"level\":%d", effect_word(s->tools[a->tool].effect), a->level);
        json_windows(s, a->during, a->n_during, out);
        json_said(s, "not_before", a->not_before->node, out);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void json_tasks(const Sem *s, const SemPhase *p, Buf *out)
{
    buf_puts(out, ",\"tasks\":[");
    for (uint32_t k = 0; k < p->n_tasks; k++) {
        const SemTask *t = &s->tasks[p->first_task + k];
        buf_puts(out, k == 0 ? "{\"name\":" : ",{\"name\":");
        json_put_text(out, t->name);
        buf_putc(out, ',');
        json_who(s, &t->by, out);
        json_said(s, "within", t->within.node, out);
        json_windows(s, t->during, t->n_during, out);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void json_checks_awaits(const Sem *s, const SemPhase *p, Buf *out)
{
    buf_puts(out, ",\"checks\":[");
    for (uint32_t k = 0; k < p->n_checks; k++) {
        const SemCheck *c = &s->checks[p->first_check + k];
        buf_puts(out, k == 0 ? "{\"name\":" : ",{\"name\":");
        json_put_text(out, c->name);
        json_said(s, "within", c->within.node, out);
        buf_putc(out, '}');
    }
    buf_puts(out, "],\"awaits\":[");
    for (uint32_t k = 0; k < p->n_awaits; k++) {
        const SemAwait *a = &s->awaits[p->first_await + k];
        const SemEvent *e = &s->events[a->event];
        buf_puts(out, k == 0 ? "{\"name\":" : ",{\"name\":");
        json_put_text(out, a->name);
        buf_puts(out, ",\"event\":");
        Buf name = {0};
        buf_printf(&name, "%.*s.%.*s", STR_ARG(e->pack), STR_ARG(e->name));
        json_put_text(out, buf_view(&name));
        buf_free(&name);
        json_said(s, "within", a->within.node, out);
        buf_putc(out, '}');
    }
    buf_putc(out, ']');
}

static void json_phase(const Sem *s, const SemPhase *p, Buf *out)
{
    buf_puts(out, "{\"name\":");
    json_put_text(out, p->name);
    buf_puts(out, ",\"title\":");
    json_put_text(out, p->title);
    json_needs(s, p->needs, p->n_needs, p->needs_any, out);
    json_gate(s, p, out);
    buf_puts(out, ",\"starts_on_failure\":");
    if (p->failure_start == SEM_NONE)
        buf_puts(out, "null");
    else
        json_put_text(out, s->phases[p->failure_start].name);
    json_actions(s, p, out);
    json_tasks(s, p, out);
    json_checks_awaits(s, p, out);
    json_windows(s, p->during, p->n_during, out);
    json_said(s, "deadline", p->deadline->node, out);
    buf_putc(out, '}');
}

static void json(const Sem *s, Buf *out)
{
    buf_puts(out, "{\"plan\":");
    json_put_text(out, s->name);
    buf_puts(out, ",\"phases\":[");
    for (uint32_t i = 0; i < s->n_phases; i++) {
        buf_puts(out, i == 0 ? "\n" : ",\n");
        json_phase(s, &s->phases[i], out);
    }
    buf_puts(out, "\n],\"milestones\":[");
    for (uint32_t i = 0; i < s->n_milestones; i++) {
        const SemMilestone *m = &s->milestones[i];
        buf_puts(out, i == 0 ? "\n{\"name\":" : ",\n{\"name\":");
        json_put_text(out, m->name);
        buf_puts(out, ",\"title\":");
        json_put_text(out, m->title);
        json_needs(s, m->needs, m->n_needs, m->needs_any, out);
        json_said(s, "due", m->due.node, out);
        buf_putc(out, '}');
    }
    buf_puts(out, s->n_milestones > 0 ? "\n]}\n" : "]}\n");
}

int verb_graph(int argc, char **argv)
{
    static const struct { const char *word; void (*print)(const Sem *, Buf *); } formats[] = {
        {"dot", dot}, {"mermaid", mermaid}, {"json", json}};
    const char *file = NULL;
    size_t format = 0;
    for (int i = 0; i < argc; i++) {
        char *value;
        if (opt_value(argc, argv, &i, "--format", &value)) {
            for (format = 0; format < 3; format++)
                if (value != NULL && strcmp(value, formats[format].word) == 0)
                    break;
            if (format == 3)
                return usage("graph", "--format takes dot, mermaid or json");
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("graph", "there is no option %s", argv[i]);
        } else if (file != NULL) {
            return usage("graph", "one file at a time");
        } else {
            file = argv[i];
        }
    }
    if (file == NULL)
        return usage("graph", "which file?");
    Compilation c;
    Buf out = {0};
    int status = load(file, COMPILE_CHECK, &c);
    if (status == 0) {
        say_diagnostics(&c.diags, file);
        if (c.diags.errors > 0) {
            status = EXIT_FAILED;
        } else {
            formats[format].print(c.sem, &out);
            status = say_result(&out);
        }
    }
    buf_free(&out);
    compile_free(&c);
    return status;
}
