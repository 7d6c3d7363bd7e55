/* Owns: `gate inbox`. Must not know: who may decide what. */
#include "vm/cli/cli.h"

static void item(Buf *b, const Json *i)
{
    const Json *gate = json_get(i, "gate");
    const Json *by = gate == NULL ? NULL : json_get(gate, "by");
    const Json *paths = by == NULL ? NULL : json_get(by, "paths");
    size_t from = b->n;
    text_visible(b, json_text(i, "name"), false);
    buf_putc(b, ' ');
    text_visible(b, json_text(i, "phase"), false);
    text_pad(b, from, 34);
    if (str_is(json_text(i, "waits_for"), "settlement")) {
        buf_puts(b, "say what happened with `gate settle`\n");
        text_doubts(b, json_get(i, "in_doubt"), "    ");
        return;
    }
    if (str_is(json_text(i, "waits_for"), "resume")) {
        text_visible(b, json_text(i, "text"), false);
        buf_putc(b, '\n');
        return;
    }
    if (str_is(json_text(i, "waits_for"), "repair")) {
        buf_puts(b, "cannot be read: ");
        text_visible(b, json_text(i, "text"), false);
        buf_puts(b, "\n    `gate verify` says what was changed; the folder's owner can put "
                    "a copy back\n");
        return;
    }
    buf_puts(b, "decision");
    for (const Json *p = paths == NULL ? NULL : paths->child; p != NULL; p = p->next) {
        buf_puts(b, p == paths->child ? " by " : ", ");
        text_visible(b, p->text, false);
    }
    if (gate != NULL && json_text(gate, "expires").n > 0) {
        buf_puts(b, ", until ");
        text_instant(b, json_text(gate, "expires"));
    }
    if (json_text(i, "question").n > 0) {
        buf_puts(b, "\n    ");
        text_visible(b, json_text(i, "question"), false);
    }
    buf_putc(b, '\n');
}

int verb_inbox(Cli *c)
{
    Buf request = {0}, b = {0};
    CliAnswer a;
    cli_request(&request, "inbox");
    cli_member(&request, "for", cli_option(c, "for"));
    if (cli_call(c, &request, (Str){0}, &a)) {
        const Json *items = json_get(a.result, "items");
        if (items == NULL || items->child == NULL)
            buf_puts(&b, "nothing waits for people\n");
        for (const Json *i = items == NULL ? NULL : items->child; i != NULL; i = i->next)
            item(&b, i);
        fputs(buf_z(&b), stdout);
    }
    buf_free(&request);
    buf_free(&b);
    return a.exit;
}
