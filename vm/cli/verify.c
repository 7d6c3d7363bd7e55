/* Owns: `gate verify`. Must not know: how a log is checked. */
#include "vm/cli/cli.h"

static void print(Cli *c, const Json *v)
{
    Buf b = {0};
    const Json *findings = json_get(v, "findings");
    const Json *size = json_get(v, "size");
    bool ok = findings == NULL || findings->count == 0;
    text_paint(&b, c->colour, ok ? PAINT_GOOD : PAINT_BAD,
               ok ? "nothing found" : "the log is not what was written");
    buf_puts(&b, "\n  log   ");
    text_visible(&b, json_text(v, "log"), false);
    buf_puts(&b, "\n  size  ");
    if (size != NULL)
        buf_str(&b, size->text);
    buf_puts(&b, " records\n  root  ");
    text_visible(&b, json_text(v, "root"), false);
    buf_puts(&b, "\n  read: every record's form and place, every part against its "
                 "commitment, the tree\n  and its root, and the table of runs against "
                 "the records\n");
    for (const Json *f = findings == NULL ? NULL : findings->child; f != NULL; f = f->next) {
        buf_puts(&b, "  ");
        text_paint(&b, c->colour, PAINT_BAD, "record ");
        buf_str(&b, json_get(f, "seq")->text);
        buf_puts(&b, "  ");
        text_visible(&b, json_text(f, "code"), false);
        buf_puts(&b, ": ");
        text_visible(&b, json_text(f, "text"), false);
        buf_putc(&b, '\n');
    }
    if (ok)
        buf_puts(&b, "  keep size and root elsewhere: a log cut at its end shows only "
                     "against them\n");
    fputs(buf_z(&b), stdout);
    buf_free(&b);
}

int verb_verify(Cli *c)
{
    Buf request = {0};
    CliAnswer a;
    cli_request(&request, "verify");
    if (cli_call(c, &request, (Str){0}, &a))
        print(c, a.result);
    buf_free(&request);
    return a.exit;
}
