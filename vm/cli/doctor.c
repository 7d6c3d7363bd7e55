/* Owns: `gate doctor`. Must not know: how the host is examined. */
#include "vm/cli/cli.h"

static void print(Cli *c, const Json *exam)
{
    const Json *checks = json_get(exam, "checks");
    Buf b = {0};
    for (const Json *k = checks == NULL ? NULL : checks->child; k != NULL; k = k->next) {
        Str verdict = json_text(k, "verdict");
        Paint p = str_is(verdict, "ok") ? PAINT_GOOD
                  : str_is(verdict, "bad") ? PAINT_BAD : PAINT_WARN;
        Buf word = {0};
        text_visible(&word, verdict, false);
        text_pad(&word, 0, 5);
        text_paint(&b, c->colour, p, buf_z(&word));
        size_t from = b.n;
        text_visible(&b, json_text(k, "check"), false);
        text_pad(&b, from, 10);
        text_visible(&b, json_text(k, "text"), true);
        buf_putc(&b, '\n');
        buf_free(&word);
    }
    fputs(buf_z(&b), stdout);
    buf_free(&b);
}

int verb_doctor(Cli *c)
{
    Buf request = {0};
    CliAnswer a;
    bool accept = cli_option(c, "accept-clock") != NULL;
    cli_request(&request, accept ? "accept_clock" : "doctor");
    if (cli_call(c, &request, (Str){0}, &a))
        print(c, a.result);
    buf_free(&request);
    return a.exit;
}
