/* Owns: `gate status`: runs in a table, and one run with its phases. Must not
 * know: why a state is what it is. */
#include "vm/cli/cli.h"

static void gate(Buf *b, const Json *g)
{
    Str level = json_text(g, "level"), state = json_text(g, "state");
    const Json *by = json_get(g, "by");
    const Json *paths = by == NULL ? NULL : json_get(by, "paths");
    if (level.n == 0 || str_is(level, "L0"))
        return;
    buf_puts(b, "  ");
    text_visible(b, level, false);
    if (state.n > 0 && !str_is(state, "none") && !str_is(state, "withdrawn")) {
        buf_putc(b, ' ');
        text_visible(b, state, false);
    }
    for (const Json *p = paths == NULL ? NULL : paths->child; p != NULL; p = p->next) {
        buf_puts(b, p == paths->child ? ", by " : ", ");
        text_visible(b, p->text, false);
    }
    if (json_get(g, "overdue") != NULL)
        buf_puts(b, "; `gate resume` records it");
    if (str_is(state, "open") && json_text(g, "expires").n > 0) {
        buf_puts(b, ", until ");
        text_instant(b, json_text(g, "expires"));
    }
}

static void votes(Buf *b, const Json *g)
{
    const Json *list = json_get(g, "votes");
    for (const Json *v = list == NULL ? NULL : list->child; v != NULL; v = v->next) {
        buf_puts(b, "      ");
        text_visible(b, json_text(v, "decision"), false);
        buf_puts(b, " by ");
        text_visible(b, json_text(v, "person"), false);
        buf_puts(b, ", ");
        text_instant(b, json_text(v, "at"));
        buf_putc(b, '\n');
    }
}

static void put_call(Buf *b, const Json *d)
{
    const Json *undo = json_get(d, "undo"), *inst = json_get(d, "instance");
    buf_puts(b, undo != NULL && undo->kind == J_TRUE ? "the undo of " : "");
    text_visible(b, json_text(d, "action"), false);
    if (inst != NULL && inst->kind == J_NUMBER && !str_is(inst->text, "0"))
        buf_printf(b, "[%.*s]", STR_ARG(inst->text));
}

static void put_cause(Buf *b, const Json *call)
{
    if (json_text(call, "cause").n > 0) {
        buf_puts(b, ": ");
        text_visible(b, json_text(call, "cause"), false);
    }
    buf_putc(b, '\n');
}

void text_doubts(Buf *b, const Json *list, const char *indent)
{
    for (const Json *d = list == NULL ? NULL : list->child; d != NULL; d = d->next) {
        Str state = json_text(d, "state");
        buf_puts(b, indent);
        if (!str_is(state, "undo_failed") && !str_is(state, "blocked"))
            buf_puts(b, "nobody saw what came of ");
        put_call(b, d);
        if (str_is(state, "undo_failed"))
            buf_puts(b, " failed");
        else if (str_is(state, "blocked"))
            buf_puts(b, " is to be tried again and is not let out");
        buf_puts(b, ", sent ");
        text_instant(b, json_text(d, "sent"));
        put_cause(b, d);
    }
}

/* What goes out again by itself, and why it has to. */
static void retries(Buf *b, const Json *phase)
{
    const Json *list = json_get(phase, "calls");
    for (const Json *d = list == NULL ? NULL : list->child; d != NULL; d = d->next) {
        if (json_text(d, "due").n == 0)
            continue;
        buf_puts(b, "      ");
        put_call(b, d);
        buf_puts(b, " is tried again from ");
        text_instant(b, json_text(d, "due"));
        put_cause(b, d);
    }
}

static void phase(Buf *b, bool colour, const Json *p)
{
    size_t from = b->n;
    buf_puts(b, "  ");
    text_visible(b, json_text(p, "name"), false);
    text_pad(b, from, 22);
    text_state(b, colour, text_withdrawn(p) ? STR("withdrawn") : json_text(p, "state"));
    const Json *g = json_get(p, "gate");
    if (g != NULL && g->kind == J_OBJECT)
        gate(b, g);
    buf_putc(b, '\n');
    if (g != NULL && g->kind == J_OBJECT)
        votes(b, g);
    const Json *blockers = json_get(p, "blockers");
    for (const Json *t = blockers == NULL ? NULL : blockers->child; t != NULL; t = t->next) {
        buf_puts(b, "      blocked: ");
        text_visible(b, json_text(t, "text"), false);
        buf_putc(b, '\n');
    }
    if (json_text(p, "why").n > 0) {
        buf_puts(b, "      ");
        text_visible(b, json_text(p, "why"), false);
        buf_putc(b, '\n');
    }
    text_doubts(b, json_get(p, "in_doubt"), "      ");
    retries(b, p);
}

void status_run(Buf *b, bool colour, const Json *s)
{
    Buf name = {0};
    text_visible(&name, json_text(s, "name"), false);
    text_paint(b, colour, PAINT_BOLD, buf_z(&name));
    buf_puts(b, ": ");
    text_state(b, colour, json_text(s, "state"));
    if (str_is(json_text(s, "ending"), "cancelled"))
        buf_puts(b, ", and cancelled: it closes when that is settled");
    buf_puts(b, "  (plan ");
    text_visible(b, json_text(s, "plan"), false);
    buf_printf(b, ", run %.8s", json_text(s, "run").n >= 8 ? json_text(s, "run").p : "");
    buf_puts(b, ")\n");
    buf_free(&name);
    const Json *phases = json_get(s, "phases");
    for (const Json *p = phases == NULL ? NULL : phases->child; p != NULL; p = p->next)
        phase(b, colour, p);
    if (json_text(s, "left").n > 0) {
        buf_puts(b, "  ");
        text_visible(b, json_text(s, "left"), false);
        buf_putc(b, '\n');
    }
    text_frozen(b, colour, s);
}

static void table(Buf *b, bool colour, const Json *runs)
{
    if (runs == NULL || runs->child == NULL) {
        buf_puts(b, "no runs yet; `gate run FILE.gate` starts one\n");
        return;
    }
    for (const Json *r = runs->child; r != NULL; r = r->next) {
        size_t from = b->n;
        text_visible(b, json_text(r, "name"), false);
        text_pad(b, from, 26);
        Buf state = {0};
        text_state(&state, colour, json_text(r, "state"));
        buf_str(b, buf_view(&state));
        buf_free(&state);
        size_t n = json_text(r, "state").n;
        for (; n < 11; n++)
            buf_putc(b, ' ');
        buf_puts(b, "started ");
        text_instant(b, json_text(r, "started"));
        buf_printf(b, "  %.8s\n", json_text(r, "run").n >= 8 ? json_text(r, "run").p : "");
    }
}

int verb_status(Cli *c)
{
    Buf request = {0}, b = {0};
    CliAnswer a;
    cli_request(&request, "status");
    if (c->n_words == 1)
        cli_member(&request, "run", c->words[0]);
    if (cli_call(c, &request, (Str){0}, &a)) {
        if (c->n_words == 1) {
            status_run(&b, c->colour, a.result);
            if (json_text(a.result, "notice").n > 0)
                text_block(&b, json_text(a.result, "notice"), "  ");
        } else {
            table(&b, c->colour, json_get(a.result, "runs"));
            text_frozen(&b, c->colour, a.result);
        }
        fputs(buf_z(&b), stdout);
    }
    buf_free(&request);
    buf_free(&b);
    return a.exit;
}
