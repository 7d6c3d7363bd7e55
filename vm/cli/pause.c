/* Owns: what is printed when a run comes to rest: how it stands, what is asked
 * of whom, and the very commands that answer. Must not know: what comes next. */
#include "vm/cli/cli.h"

#include <string.h>

/* A word that a shell takes as it is, else in single quotes. */
static void shell_word(Buf *b, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./:@%+=-";
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        buf_puts(b, word);
        return;
    }
    buf_putc(b, '\'');
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == '\'')
            buf_puts(b, "'\\''");
        else
            buf_putc(b, *p);
    }
    buf_putc(b, '\'');
}

/* Where this command was told to look, the next one must look too. */
static void command(Buf *b, Cli *c, const char *verb, Str run)
{
    buf_printf(b, "    gate %s %.*s", verb, STR_ARG(run));
    if (cli_option(c, "state") != NULL) {
        buf_puts(b, " --state ");
        shell_word(b, cli_option(c, "state"));
    }
    if (cli_option(c, "tenant") != NULL) {
        buf_puts(b, " --tenant ");
        shell_word(b, cli_option(c, "tenant"));
    }
}

static void open_gate(Buf *b, Cli *c, const Json *status, const Json *phase)
{
    Str run = json_text(status, "name"), name = json_text(phase, "name");
    Buf why = {0}, id = {0};
    buf_str(&id, json_text(status, "run"));
    const Json *show = show_ask(c, buf_z(&id), name, &why);
    buf_putc(b, '\n');
    if (show != NULL)
        show_phase(b, c->colour, show);
    Str digest = show == NULL ? json_text(json_get(phase, "gate"), "digest")
                              : json_text(show, "digest");
    buf_puts(b, "\n  To decide, type one of:\n");
    command(b, c, "show", run);
    buf_printf(b, " %.*s\n", STR_ARG(name));
    command(b, c, "approve", run);
    buf_printf(b, " %.*s --digest %.*s\n", STR_ARG(name), STR_ARG(digest));
    command(b, c, "reject", run);
    buf_printf(b, " %.*s --digest %.*s\n", STR_ARG(name), STR_ARG(digest));
    buf_free(&why);
    buf_free(&id);
}

static void doubt(Buf *b, Cli *c, const Json *status, const Json *phase)
{
    const Json *list = json_get(phase, "in_doubt");
    Str run = json_text(status, "name");
    if (list == NULL || list->child == NULL)
        return;
    buf_puts(b, "\n  Look at the world, then say what happened (done, failed, or retry "
                "to do it again):\n");
    for (const Json *d = list->child; d != NULL; d = d->next) {
        const Json *inst = json_get(d, "instance");
        command(b, c, "settle", run);
        buf_printf(b, " %.*s.%.*s done", STR_ARG(json_text(phase, "name")),
                   STR_ARG(json_text(d, "action")));
        if (inst != NULL && inst->kind == J_NUMBER && !str_is(inst->text, "0"))
            buf_printf(b, " --instance %.*s", STR_ARG(inst->text));
        buf_putc(b, '\n');
    }
    command(b, c, "resume", run);
    buf_putc(b, '\n');
}

void pause_print(Cli *c, const Json *status)
{
    Buf b = {0};
    bool resume = false;
    Str state = json_text(status, "state");
    bool open = str_is(state, "waiting") || str_is(state, "running");
    status_run(&b, c->colour, status);
    const Json *phases = json_get(status, "phases");
    for (const Json *p = phases == NULL ? NULL : phases->child; p != NULL; p = p->next) {
        Str at = json_text(p, "state");
        if (str_is(at, "waiting"))
            open_gate(&b, c, status, p);
        doubt(&b, c, status, p);
        resume = resume || str_is(at, "blocked") || str_is(at, "approved") ||
                 str_is(at, "checking") || str_is(at, "staged") ||
                 str_is(at, "running") || str_is(at, "undoing");
    }
    if (open && resume) {
        buf_puts(&b, "\n  To try again or go on:\n");
        command(&b, c, "resume", json_text(status, "name"));
        buf_putc(&b, '\n');
    }
    fputs(buf_z(&b), stdout);
    buf_free(&b);
}

int pause_answer(Cli *c, const CliAnswer *a)
{
    const Json *runs = json_get(a->result, "runs");
    if (runs == NULL)
        pause_print(c, a->result);
    for (const Json *r = runs == NULL ? NULL : runs->child; r != NULL; r = r->next) {
        pause_print(c, r);
        if (r->next != NULL)
            putchar('\n');
    }
    return a->exit;
}
