/* Owns: asking the service, and where the state folder is. Must not know:
 * whether a lock or a socket answered. */
#include "vm/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cli_error(const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fputs("gate: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* XDG Base Directory Specification 0.8: relative values are ignored. */
static bool default_state(Buf *out)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/')
        buf_printf(out, "%s/gate", xdg);
    else if (home != NULL && home[0] == '/')
        buf_printf(out, "%s/.local/state/gate", home);
    return out->n > 0;
}

bool cli_state(Cli *c)
{
    const char *given = cli_option(c, "state");
    if (given == NULL)
        given = getenv("GATE_STATE");
    if (c->state_dir.n > 0)
        return true;
    if (given == NULL || given[0] == '\0') {
        if (default_state(&c->state_dir))
            return true;
        cli_error("there is no home folder to keep state in; name one with --state DIR");
        return false;
    }
    if (given[0] != '/') {
        char *cwd = getcwd(NULL, 0);
        if (cwd == NULL) {
            cli_error("cannot tell the current folder; name --state with its full path");
            return false;
        }
        buf_printf(&c->state_dir, "%s/", cwd);
        free(cwd);
    }
    buf_puts(&c->state_dir, given);
    while (c->state_dir.n > 1 && c->state_dir.p[c->state_dir.n - 1] == '/')
        c->state_dir.n--;
    return true;
}

void cli_request(Buf *b, const char *verb)
{
    buf_printf(b, "{\"verb\":\"%s\"", verb);
}

void cli_member(Buf *b, const char *key, const char *text)
{
    if (text == NULL)
        return;
    buf_printf(b, ",\"%s\":", key);
    json_put_text(b, str_of(text));
}

/* What people are told while it goes on. Progress is for a terminal; what the
 * plan tells people, and what is wrong, is said in any case. */
static void notice(void *ctx, const char *kind, Str text)
{
    static const char *const progress[] = {"phase", "action", "gate", "run"};
    Buf line = {0};
    (void)ctx;
    for (size_t i = 0; i < sizeof progress / sizeof *progress; i++) {
        if (strcmp(kind, progress[i]) == 0 && !isatty(STDERR_FILENO))
            return;
    }
    text_visible(&line, text, false);
    fprintf(stderr, "gate: %s\n", buf_z(&line));
    buf_free(&line);
}

static bool print_record(void *ctx, Str line)
{
    Cli *c = ctx;
    return c->record(c, line);
}

bool cli_ask(Cli *c, Buf *request, Str program, CliAnswer *out, Buf *why)
{
    memset(out, 0, sizeof *out);
    out->exit = EXIT_ENVIRONMENT;
    buf_putc(request, '}');
    if (!cli_state(c))
        return false;
    SvcConfig cfg = {.state_dir = buf_z(&c->state_dir),
                     .tenant = c->tenant,
                     .os = os_real(),
                     .notice = notice,
                     .record = c->record != NULL ? print_record : NULL,
                     .record_ctx = c};
    SvcReply reply = {0};
    const Json *j = NULL;
    if (request->failed)
        buf_puts(why, "there is not enough memory");
    else if (svc_call(&cfg, buf_view(request), program, &reply, why) == GATE_OK)
        j = json_parse(arena_str(c->arena, buf_view(&reply.json)), c->arena, why);
    out->exit = j != NULL || reply.exit != EXIT_DONE ? reply.exit : EXIT_ENVIRONMENT;
    if (j != NULL) {
        out->result = json_get(j, "result");
        out->code = json_text(j, "code");
        out->message = json_text(j, "message");
    }
    buf_free(&reply.json);
    return j != NULL;
}

/* The result's own shape; a refusal's code and words are members added. */
static void print_json(const CliAnswer *a)
{
    Buf b = {0};
    if (a->result != NULL)
        svc_put_json(&b, a->result);
    else
        buf_printf(&b, "{\"exit\":%d}", a->exit);
    if (a->message.n > 0 && b.n > 2) {
        b.n--;
        buf_puts(&b, ",\"code\":");
        json_put_text(&b, a->code);
        buf_puts(&b, ",\"message\":");
        json_put_text(&b, a->message);
        buf_putc(&b, '}');
    }
    puts(buf_z(&b));
    buf_free(&b);
}

bool cli_call(Cli *c, Buf *request, Str program, CliAnswer *out)
{
    Buf why = {0};
    bool answered = cli_ask(c, request, program, out, &why);
    bool good = out->exit == EXIT_DONE || out->exit >= EXIT_WAIT_PERSON;
    if (!answered && why.n > 0)
        cli_error("%s", buf_z(&why));
    if (answered && out->message.n > 0 && (!good || !c->json)) {
        Buf words = {0};
        text_visible(&words, out->message, true);
        cli_error("%s", buf_z(&words));
        buf_free(&words);
    }
    if (answered && c->json)
        print_json(out);
    buf_free(&why);
    return answered && !c->json && out->result != NULL;
}
