/* Owns: `gate why`. Must not know: the conditions themselves. */
#include "vm/cli/cli.h"

static void condition(Buf *b, const Json *w)
{
    buf_puts(b, "    ");
    text_visible(b, json_text(w, "text"), false);
    if (json_text(w, "who").n > 0) {
        buf_puts(b, "\n      who can change that: ");
        text_visible(b, json_text(w, "who"), false);
    }
    if (json_text(w, "until").n > 0) {
        buf_puts(b, "\n      until ");
        text_instant(b, json_text(w, "until"));
    }
    buf_putc(b, '\n');
}

static void phase(Buf *b, bool colour, const Json *p)
{
    const Json *list = json_get(p, "conditions");
    buf_puts(b, "  ");
    Str name = json_text(p, "phase");
    text_visible(b, name.n > 0 ? name : json_text(p, "name"), false);
    buf_puts(b, ": ");
    text_state(b, colour, json_text(p, "state"));
    buf_putc(b, '\n');
    for (const Json *w = list == NULL ? NULL : list->child; w != NULL; w = w->next)
        condition(b, w);
    if (json_text(p, "if_nobody_acts").n > 0) {
        buf_puts(b, "    if nobody acts: ");
        text_visible(b, json_text(p, "if_nobody_acts"), false);
        buf_putc(b, '\n');
    }
}

/* Of an ended run: how it came to be so, in the words of `gate status`. */
static bool ended(Cli *c, Buf *b, Str run)
{
    Buf request = {0}, id = {0};
    CliAnswer a;
    bool any = false;
    buf_str(&id, run);
    cli_request(&request, "status");
    cli_member(&request, "run", buf_z(&id));
    const Json *list = cli_ask(c, &request, (Str){0}, &a) && a.result != NULL
                           ? json_get(a.result, "phases") : NULL;
    for (const Json *p = list == NULL ? NULL : list->child; p != NULL; p = p->next) {
        if (json_text(p, "why").n == 0)
            continue;
        buf_puts(b, any ? "" : "\n");
        any = true;
        phase(b, c->colour, p);
        buf_puts(b, "    ");
        text_visible(b, json_text(p, "why"), false);
        buf_putc(b, '\n');
    }
    buf_free(&request);
    buf_free(&id);
    return any;
}

int verb_why(Cli *c)
{
    Buf request = {0}, b = {0};
    CliAnswer a;
    cli_request(&request, "why");
    cli_member(&request, "run", c->words[0]);
    if (cli_call(c, &request, (Str){0}, &a)) {
        const Json *list = json_get(a.result, "phases");
        text_visible(&b, json_text(a.result, "name"), false);
        buf_puts(&b, " is ");
        text_state(&b, c->colour, json_text(a.result, "state"));
        bool held = list != NULL && list->child != NULL;
        if (held)
            buf_putc(&b, '\n');
        else if (!ended(c, &b, json_text(a.result, "run")))
            buf_puts(&b, "; nothing holds it\n");
        for (const Json *w = list == NULL ? NULL : list->child; w != NULL; w = w->next)
            phase(&b, c->colour, w);
        text_frozen(&b, c->colour, a.result);
        fputs(buf_z(&b), stdout);
    }
    buf_free(&request);
    buf_free(&b);
    return a.exit;
}
