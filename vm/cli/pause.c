/* Owns: what is printed when a run comes to rest: how it stands, what is asked
 * of whom, and the very commands that answer. Must not know: what comes next. */
#include "vm/cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* Is this program what a shell finds under its name? Names with a slash are not
 * looked for: POSIX.1-2017, XBD 8.3. */
static bool on_path(const char *called)
{
    struct stat ours, there;
    const char *path = getenv("PATH");
    Buf file = {0};
    bool same = strchr(called, '/') == NULL;
    bool found = same || stat(called, &ours) != 0;
    while (!found && path != NULL && *path != '\0') {
        size_t n = strcspn(path, ":");
        buf_clear(&file);
        buf_put(&file, path, n);
        buf_puts(&file, n > 0 ? "/gate" : "gate");
        if (stat(buf_z(&file), &there) == 0 && S_ISREG(there.st_mode)) {
            same = there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
            found = true;
        }
        path += n + (path[n] == ':');
    }
    buf_free(&file);
    return same;
}

/* A command that can be typed as it stands here. words: behind the verb. */
static void command(Buf *b, Cli *c, const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void command(Buf *b, Cli *c, const char *verb, const char *fmt, ...)
{
    va_list ap;
    buf_puts(b, "    ");
    shell_word(b, on_path(c->called) ? "gate" : c->called);
    buf_printf(b, " %s ", verb);
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
    /* Where this command was told to look, the next one must look too. */
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
    Buf id = {0};
    CliAnswer a;
    buf_str(&id, json_text(status, "run"));
    const Json *show = show_ask(c, buf_z(&id), name, &a);
    buf_putc(b, '\n');
    if (show != NULL)
        show_phase(b, c->colour, show);
    Str digest = show == NULL ? json_text(json_get(phase, "gate"), "digest")
                              : json_text(show, "digest");
    buf_puts(b, "\n  To decide, type one of:\n");
    command(b, c, "show", "%.*s %.*s", STR_ARG(run), STR_ARG(name));
    buf_putc(b, '\n');
    static const char *const verbs[] = {"approve", "reject"};
    for (size_t i = 0; i < 2; i++) {
        command(b, c, verbs[i], "%.*s %.*s --digest %.*s", STR_ARG(run), STR_ARG(name),
                STR_ARG(digest));
        buf_putc(b, '\n');
    }
    buf_free(&id);
}

static bool has_undo(const Json *list)
{
    for (const Json *d = list->child; d != NULL; d = d->next) {
        const Json *undo = json_get(d, "undo");
        if (undo != NULL && undo->kind == J_TRUE)
            return true;
    }
    return false;
}

static void doubt(Buf *b, Cli *c, const Json *status, const Json *phase)
{
    const Json *list = json_get(phase, "in_doubt");
    Str run = json_text(status, "name");
    if (list == NULL || list->child == NULL)
        return;
    bool cancelled = str_is(json_text(status, "ending"), "cancelled");
    buf_printf(b, "\n  Look at the world, then say what happened (done, %s):\n",
               cancelled ? "or failed" : "failed, or retry to do it again");
    if (has_undo(list))
        buf_puts(b, "  Of an undo: done, what the action did is taken back; failed, it "
                    "stays as it is.\n");
    for (const Json *d = list->child; d != NULL; d = d->next) {
        const Json *inst = json_get(d, "instance");
        command(b, c, "settle", "%.*s %.*s.%.*s done", STR_ARG(run),
                STR_ARG(json_text(phase, "name")), STR_ARG(json_text(d, "action")));
        if (inst != NULL && inst->kind == J_NUMBER && !str_is(inst->text, "0"))
            buf_printf(b, " --instance %.*s", STR_ARG(inst->text));
        const Json *undo = json_get(d, "undo");
        if (undo != NULL && undo->kind == J_TRUE)
            buf_puts(b, "    (its undo)");
        buf_putc(b, '\n');
    }
    if (cancelled)
        return; /* it closes by itself */
    command(b, c, "resume", "%.*s", STR_ARG(run));
    buf_putc(b, '\n');
}

static void print_pause(Cli *c, const Json *status)
{
    Buf b = {0};
    bool resume = false;
    Str state = json_text(status, "state");
    bool open = str_is(state, "waiting") || str_is(state, "running");
    status_run(&b, c->colour, status);
    const Json *phases = json_get(status, "phases");
    for (const Json *p = phases == NULL ? NULL : phases->child; p != NULL; p = p->next) {
        Str at = json_text(p, "state");
        const Json *gate = json_get(p, "gate");
        if (str_is(at, "waiting") && gate != NULL &&
            str_is(json_text(gate, "state"), "open"))
            open_gate(&b, c, status, p);
        doubt(&b, c, status, p);
        resume = resume || (gate != NULL && json_get(gate, "overdue") != NULL) ||
                 str_is(at, "blocked") || str_is(at, "approved") ||
                 str_is(at, "checking") || str_is(at, "staged") ||
                 str_is(at, "running") || str_is(at, "undoing");
    }
    if (open && resume) {
        buf_puts(&b, "\n  To try again or go on:\n");
        command(&b, c, "resume", "%.*s", STR_ARG(json_text(status, "name")));
        buf_putc(&b, '\n');
    }
    fputs(buf_z(&b), stdout);
    buf_free(&b);
}

static void print_answer(Cli *c, const CliAnswer *a)
{
    const Json *runs = json_get(a->result, "runs");
    if (runs == NULL)
        print_pause(c, a->result);
    for (const Json *r = runs == NULL ? NULL : runs->child; r != NULL; r = r->next) {
        print_pause(c, r);
        if (r->next != NULL)
            putchar('\n');
    }
}

int pause_call(Cli *c, Buf *request, Str program)
{
    CliAnswer a;
    c->rest = print_answer;
    if (cli_call(c, request, program, &a))
        print_answer(c, &a);
    return a.exit;
}
