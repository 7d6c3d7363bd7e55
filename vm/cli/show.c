/* Owns: `gate show`: what a phase will do, as a person reads it before saying
 * yes. Must not know: how it was staged. */
#include "vm/cli/cli.h"

#include <string.h>

enum { LABEL = 11 };

static void label(Buf *b, const char *indent, const char *name)
{
    size_t from = b->n;
    buf_puts(b, indent);
    buf_puts(b, name);
    text_pad(b, from, strlen(indent) + LABEL);
}

static void row(Buf *b, const char *name, Str text)
{
    if (text.n == 0)
        return;
    label(b, "  ", name);
    text_visible(b, text, false);
    buf_putc(b, '\n');
}

static bool is_true(const Json *o, const char *key)
{
    const Json *j = json_get(o, key);
    return j != NULL && j->kind == J_TRUE;
}

/* --- arguments ------------------------------------------------------------------ */

/* A text of several lines stands as a block behind bars, so that no line of it
 * can pass for a line of ours. */
static void value(Buf *b, const char *indent, Str name, const Json *v)
{
    Buf key = {0};
    text_visible(&key, name, false);
    label(b, indent, buf_z(&key));
    buf_free(&key);
    bool lines = v->kind == J_TEXT && memchr(v->text.p, '\n', v->text.n) != NULL;
    if (!lines) {
        text_value(b, v);
        buf_putc(b, '\n');
        return;
    }
    Buf deeper = {0};
    while (b->n > 0 && b->p[b->n - 1] == ' ')
        b->n--;
    buf_printf(&deeper, "%s  ", indent);
    buf_putc(b, '\n');
    text_output(b, v->text, buf_z(&deeper));
    buf_free(&deeper);
}

static void members(Buf *b, const char *indent, const Json *o)
{
    for (const Json *m = o == NULL ? NULL : o->child; m != NULL; m = m->next) {
        /* Defaults that say nothing would bury what matters. */
        bool silent = m->kind == J_TEXT && m->text.n == 0;
        if (!silent)
            value(b, indent, m->key, m);
    }
}

static void tainted(Buf *b, const Json *action)
{
    const Json *list = json_get(action, "tainted");
    if (list == NULL || list->child == NULL)
        return;
    label(b, "     ", "careful");
    buf_puts(b, "text that came from a tool or a person stands in ");
    for (const Json *t = list->child; t != NULL; t = t->next) {
        text_visible(b, t->text, false);
        buf_puts(b, t->next != NULL ? ", " : "\n");
    }
}

static void undo(Buf *b, const Json *action)
{
    const Json *u = json_get(action, "undo");
    if (u == NULL || u->kind != J_OBJECT || u->child == NULL)
        return;
    label(b, "     ", "undo");
    if (json_get(u, "none") != NULL) {
        buf_puts(b, "none: ");
        text_visible(b, json_text(u, "none"), false);
    } else {
        text_visible(b, json_text(u, "tool"), false);
        const Json *args = json_get(u, "arguments");
        if (args != NULL) {
            buf_putc(b, ' ');
            text_value(b, args);
        }
    }
    buf_putc(b, '\n');
}

/* --- what came of it ------------------------------------------------------------- */

static void printed(Buf *b, const Json *o, const char *key, const char *lines)
{
    Str s = json_text(o, key);
    const Json *all = json_get(o, lines);
    if (s.n == 0)
        return;
    label(b, "     ", strcmp(key, "output") == 0 ? "printed" : key);
    if (all != NULL)
        buf_printf(b, "the end of %.*s lines; `gate log RUN --output` prints all",
                   STR_ARG(all->text));
    while (b->p[b->n - 1] == ' ')
        b->n--;
    buf_putc(b, '\n');
    text_output(b, s, "       ");
}

static void outcome(Buf *b, bool colour, const Json *o)
{
    const Json *status = json_get(o, "status"), *attempt = json_get(o, "attempt");
    const Json *result = json_get(o, "result");
    label(b, "     ", is_true(o, "undo") ? "its undo" : "outcome");
    text_state(b, colour, json_text(o, "outcome"));
    if (is_true(o, "settled"))
        buf_puts(b, ", as a person or a lookup said");
    else if (json_text(o, "message").n > 0)
        buf_puts(b, ": ");
    text_visible(b, json_text(o, "message"), false);
    if (json_text(o, "message").n == 0 && status != NULL && status->kind == J_NUMBER)
        buf_printf(b, ", status %.*s", STR_ARG(status->text));
    if (attempt != NULL && !str_is(attempt->text, "1"))
        buf_printf(b, ", attempt %.*s", STR_ARG(attempt->text));
    buf_putc(b, '\n');
    printed(b, o, "output", "output_lines");
    printed(b, o, "errors", "errors_lines");
    if (result != NULL && result->kind == J_OBJECT)
        members(b, "     ", result);
    else if (result != NULL)
        value(b, "     ", STR("result"), result);
}

static bool same_number(const Json *a, const char *ka, const Json *b, const char *kb)
{
    const Json *x = json_get(a, ka), *y = json_get(b, kb);
    return x != NULL && y != NULL && str_eq(x->text, y->text);
}

/* Every attempt of the action in this iteration, and of its undo. */
static void outcomes(Buf *b, bool colour, const Json *show, const Json *action)
{
    const Json *list = json_get(show, "outcomes");
    for (const Json *o = list == NULL ? NULL : list->child; o != NULL; o = o->next) {
        if (str_eq(json_text(o, "action"), json_text(action, "name")) &&
            same_number(o, "instance", action, "instance") &&
            same_number(o, "iteration", show, "iteration"))
            outcome(b, colour, o);
    }
}

static void action(Buf *b, bool colour, const Json *show, const Json *a, int number)
{
    Buf name = {0};
    text_visible(&name, json_text(a, "name"), false);
    if (json_get(a, "element") != NULL) {
        buf_puts(&name, " for ");
        text_value(&name, json_get(a, "element"));
    }
    buf_printf(b, "\n  %d. ", number);
    text_paint(b, colour, PAINT_BOLD, buf_z(&name));
    buf_free(&name);
    if (json_text(a, "title").n > 0) {
        buf_puts(b, "  ");
        text_visible(b, json_text(a, "title"), false);
    }
    if (is_true(a, "conditional"))
        buf_puts(b, "  (perhaps: it depends on what is not known yet)");
    buf_putc(b, '\n');
    label(b, "     ", "does");
    text_visible(b, json_text(a, "tool"), false);
    buf_puts(b, ", which ");
    text_visible(b, json_text(a, "effect"), false);
    buf_putc(b, '\n');
    members(b, "     ", json_get(a, "arguments"));
    undo(b, a);
    tainted(b, a);
    outcomes(b, colour, show, a);
}

/* --- the rest of the page --------------------------------------------------------- */

static void evidence(Buf *b, const Json *show)
{
    const Json *list = json_get(show, "evidence");
    for (const Json *e = list == NULL ? NULL : list->child; e != NULL; e = e->next) {
        buf_puts(b, "\n  evidence: ");
        text_visible(b, json_text(e, "label"), false);
        const Json *v = json_get(e, "value");
        if (v == NULL) {
            buf_puts(b, " - ");
            text_visible(b, json_text(e, "answer"), false);
        }
        buf_putc(b, '\n');
        if (v != NULL && v->kind == J_OBJECT && json_get(v, "unknown") == NULL)
            members(b, "     ", v);
        else if (v != NULL && v->kind == J_ARRAY && v->child != NULL &&
                 v->child->kind == J_OBJECT)
            for (const Json *i = v->child; i != NULL; i = i->next)
                members(b, "     ", i);
        else if (v != NULL)
            value(b, "     ", STR("value"), v);
    }
}

static void texts(Buf *b, const Json *show, const char *key, const char *head)
{
    const Json *list = json_get(show, key);
    for (const Json *t = list == NULL ? NULL : list->child; t != NULL; t = t->next)
        row(b, head, t->kind == J_TEXT ? t->text : json_text(t, "text"));
}

static void drift(Buf *b, bool colour, const Json *show)
{
    const Json *list = json_get(show, "drift");
    if (list == NULL || list->child == NULL)
        return;
    buf_puts(b, "\n  ");
    text_paint(b, colour, PAINT_WARN,
               "This is not what was staged before; decide again:");
    buf_putc(b, '\n');
    for (const Json *d = list->child; d != NULL; d = d->next) {
        buf_puts(b, "    ");
        text_visible(b, json_text(d, "action"), false);
        buf_puts(b, "\n      was  ");
        if (json_get(d, "was") != NULL)
            text_value(b, json_get(d, "was"));
        buf_puts(b, "\n      is   ");
        if (json_get(d, "is") != NULL)
            text_value(b, json_get(d, "is"));
        buf_putc(b, '\n');
    }
}

static void put_by(Buf *b, const Json *gate)
{
    const Json *by = json_get(gate, "by");
    const Json *paths = by == NULL ? NULL : json_get(by, "paths");
    if (paths == NULL || paths->child == NULL)
        return;
    label(b, "  ", "who");
    if (str_is(json_text(by, "kind"), "several of") && json_get(by, "quorum") != NULL)
        buf_printf(b, "%.*s of", STR_ARG(json_get(by, "quorum")->text));
    else
        text_visible(b, json_text(by, "kind"), false);
    for (const Json *p = paths->child; p != NULL; p = p->next) {
        buf_puts(b, p == paths->child ? " " : ", ");
        text_visible(b, p->text, false);
    }
    buf_putc(b, '\n');
}

static void put_votes(Buf *b, const Json *gate)
{
    const Json *list = json_get(gate, "votes");
    for (const Json *v = list == NULL ? NULL : list->child; v != NULL; v = v->next) {
        label(b, "  ", "vote");
        text_visible(b, json_text(v, "decision"), false);
        buf_puts(b, " by ");
        text_visible(b, json_text(v, "person"), false);
        buf_puts(b, ", ");
        text_instant(b, json_text(v, "at"));
        /* An account is not a human: say what was proved. */
        if (str_is(json_text(v, "assurance"), "os"))
            buf_puts(b, " (an account on this machine)");
        buf_putc(b, '\n');
    }
}

static void put_gate(Buf *b, const Json *gate)
{
    Str expires = json_text(gate, "expires"), state = json_text(gate, "state");
    row(b, "gate", json_text(gate, "level"));
    put_by(b, gate);
    if (expires.n > 0 && (str_is(state, "open") || str_is(state, "approved"))) {
        label(b, "  ", "until");
        text_instant(b, expires);
        buf_puts(b, str_is(state, "open") ? "; silence is never a yes\n"
                                          : "; then the approval lapses\n");
    }
    if (str_is(state, "withdrawn"))
        row(b, "until", STR("withdrawn: nothing can be decided here any more"));
    put_votes(b, gate);
}

void show_phase(Buf *b, bool colour, const Json *show)
{
    Buf head = {0};
    text_visible(&head, json_text(show, "phase"), false);
    buf_puts(b, "Phase ");
    text_paint(b, colour, PAINT_BOLD, buf_z(&head));
    buf_free(&head);
    if (json_text(show, "title").n > 0) {
        buf_puts(b, ", ");
        text_visible(b, json_text(show, "title"), false);
    }
    if (json_text(show, "state").n > 0) {
        buf_puts(b, ": ");
        text_state(b, colour, text_withdrawn(show) ? STR("withdrawn")
                                                   : json_text(show, "state"));
    }
    buf_putc(b, '\n');
    row(b, "about", json_text(show, "doc"));
    row(b, "question", json_text(show, "question"));
    if (json_get(show, "gate") != NULL)
        put_gate(b, json_get(show, "gate"));
    row(b, "profile", json_text(show, "notice"));
    row(b, "digest", json_text(show, "digest"));
    row(b, "because", json_text(show, "why"));
    texts(b, show, "blockers", "blocked");
    const Json *actions = json_get(show, "actions");
    int n = 0;
    for (const Json *a = actions == NULL ? NULL : actions->child; a != NULL; a = a->next)
        action(b, colour, show, a, ++n);
    if (n == 0)
        buf_puts(b, "\n  Nothing is staged.\n");
    evidence(b, show);
    texts(b, show, "advice", "advice");
    drift(b, colour, show);
}

const Json *show_ask(Cli *c, const char *run, Str phase, CliAnswer *a)
{
    Buf request = {0};
    cli_request(&request, "show");
    cli_member(&request, "run", run);
    buf_puts(&request, ",\"phase\":");
    json_put_text(&request, phase);
    cli_ask(c, &request, (Str){0}, a);
    buf_free(&request);
    return a->result;
}

int verb_show(Cli *c)
{
    Buf request = {0}, b = {0};
    CliAnswer a;
    cli_request(&request, "show");
    cli_member(&request, "run", c->words[0]);
    if (c->n_words == 2)
        cli_member(&request, "phase", c->words[1]);
    if (cli_call(c, &request, (Str){0}, &a)) {
        const Json *phases = json_get(a.result, "phases");
        if (phases == NULL)
            show_phase(&b, c->colour, a.result);
        for (const Json *p = phases == NULL ? NULL : phases->child; p != NULL; p = p->next) {
            show_phase(&b, c->colour, p);
            if (p->next != NULL)
                buf_putc(&b, '\n');
        }
        fputs(buf_z(&b), stdout);
    }
    buf_free(&request);
    buf_free(&b);
    return a.exit;
}
