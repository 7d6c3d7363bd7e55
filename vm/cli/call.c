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

void cli_put_failure(int status, Str code, Str message)
{
    Buf b = {0};
    buf_printf(&b, "{\"exit\":%d,\"code\":", status);
    json_put_text(&b, code);
    buf_puts(&b, ",\"message\":");
    json_put_text(&b, message);
    buf_putc(&b, '}');
    puts(buf_z(&b));
    buf_free(&b);
}

static Str word_of(int status)
{
    return status == EXIT_USAGE     ? STR("usage")
           : status == EXIT_REFUSED ? STR("refused")
           : status == EXIT_FAILED  ? STR("failed")
                                    : STR("environment");
}

int cli_fail(const Cli *c, int status, const char *fmt, ...)
{
    Buf words = {0}, safe = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(&words, fmt, ap);
    va_end(ap);
    text_visible(&safe, buf_view(&words), true);
    cli_error("%s", buf_z(&safe));
    if (c->json)
        cli_put_failure(status, word_of(status), buf_view(&words));
    buf_free(&words);
    buf_free(&safe);
    return status;
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
        cli_fail(c, EXIT_ENVIRONMENT, "there is no home folder to keep state in; name "
                                      "one with --state DIR");
        return false;
    }
    if (given[0] != '/') {
        char *cwd = getcwd(NULL, 0);
        if (cwd == NULL) {
            cli_fail(c, EXIT_ENVIRONMENT, "cannot tell the current folder; name "
                                          "--state with its full path");
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
    text_visible(&line, text, strcmp(kind, "note") == 0);
    fprintf(stderr, "gate: %s\n", buf_z(&line));
    buf_free(&line);
}

static bool print_record(void *ctx, Str line)
{
    Cli *c = ctx;
    c->recorded = true;
    return c->record(c, line);
}

/* reply {0,NULL}: there is none. */
static void take(Cli *c, int status, Str reply, Str why, CliAnswer *out)
{
    Buf words = {0};
    const Json *j = reply.n == 0 ? NULL : json_parse(arena_str(c->arena, reply),
                                                     c->arena, &words);
    memset(out, 0, sizeof *out);
    out->answered = j != NULL;
    out->exit = j != NULL || status != EXIT_DONE ? status : EXIT_ENVIRONMENT;
    out->code = j != NULL ? json_text(j, "code") : word_of(out->exit);
    out->message = j != NULL ? json_text(j, "message")
                             : arena_str(c->arena, why.n > 0 ? why : buf_view(&words));
    out->result = j == NULL ? NULL : json_get(j, "result");
    buf_free(&words);
}

static void stays(void *ctx, int status, Str reply, Str whom)
{
    Cli *c = ctx;
    CliAnswer a;
    take(c, status, reply, (Str){0}, &a);
    if (cli_tell(c, &a))
        c->rest(c, &a);
    c->rest_said = true;
    if (whom.n > 0)
        cli_error("that is your answer; this process goes on until it has also done "
                  "what others asked of it meanwhile: %.*s", STR_ARG(whom));
    else
        cli_error("this process stays and answers whoever asks; a signal (Ctrl-C, "
                  "SIGTERM) ends it");
}

bool cli_ask(Cli *c, Buf *request, Str program, CliAnswer *out)
{
    memset(out, 0, sizeof *out);
    out->exit = EXIT_ENVIRONMENT;
    buf_putc(request, '}');
    if (!cli_state(c))
        return false;
    SvcConfig cfg = {.state_dir = buf_z(&c->state_dir),
                     .pack_path = getenv("GATE_PACKS"),
                     .tenant = c->tenant,
                     .os = os_real(),
                     .notice = notice,
                     .record = c->record != NULL ? print_record : NULL,
                     .record_ctx = c,
                     .stays = c->rest != NULL ? stays : NULL,
                     .stays_ctx = c};
    SvcReply reply = {.exit = EXIT_ENVIRONMENT};
    Buf why = {0};
    bool asked = false;
    if (request->failed)
        buf_puts(&why, "there is not enough memory");
    else
        asked = svc_call(&cfg, buf_view(request), program, &reply, &why) == GATE_OK;
    take(c, reply.exit, asked ? buf_view(&reply.json) : (Str){0}, buf_view(&why), out);
    buf_free(&reply.json);
    buf_free(&why);
    return out->answered;
}

/* The result's own shape; where there is something to say, exit, code and
 * message are members added. */
static void print_json(const CliAnswer *a)
{
    Buf b = {0};
    if (a->result == NULL) {
        cli_put_failure(a->exit, a->code, a->message);
        return;
    }
    svc_put_json(&b, a->result);
    if (a->message.n > 0 && b.n > 2) {
        b.n--;
        buf_printf(&b, ",\"exit\":%d,\"code\":", a->exit);
        json_put_text(&b, a->code);
        buf_puts(&b, ",\"message\":");
        json_put_text(&b, a->message);
        buf_putc(&b, '}');
    }
    puts(buf_z(&b));
    buf_free(&b);
}

/* Runs whose name is near to the first word, or begins with it. */
static void add_near_runs(Cli *c, CliAnswer *a)
{
    enum { SHOWN = 3 };
    int n = 0;
    const char *word = c->words[0];
    Buf request = {0}, words = {0};
    CliAnswer all;
    cli_request(&request, "status");
    const Json *runs = cli_ask(c, &request, (Str){0}, &all) && all.result != NULL
                           ? json_get(all.result, "runs") : NULL;
    for (const Json *r = runs == NULL ? NULL : runs->child; r != NULL; r = r->next) {
        Str name = json_text(r, "name");
        const char *z = arena_copy(c->arena, name.p, name.n);
        bool near = z != NULL && (strncmp(z, word, strlen(word)) == 0 ||
                                  str_distance(str_of(z), str_of(word)) <= 2);
        if (near && n++ < SHOWN)
            buf_printf(&words, "%s%s", n == 1 ? ". Did you mean " : " or ", z);
    }
    if (n > 0) {
        Buf both = {0};
        buf_str(&both, a->message);
        buf_printf(&both, "%s?", buf_z(&words));
        a->message = arena_str(c->arena, buf_view(&both));
        buf_free(&both);
    }
    buf_free(&request);
    buf_free(&words);
}

bool cli_tell(Cli *c, CliAnswer *a)
{
    bool good = a->exit == EXIT_DONE || a->exit >= EXIT_WAIT_PERSON;
    if (str_is(a->code, "no_such_run") && c->n_words > 0 && c->words[0][0] != '\0')
        add_near_runs(c, a);
    if (a->message.n > 0 && (!good || !c->json)) {
        Buf words = {0};
        text_visible(&words, a->message, true);
        cli_error("%s", buf_z(&words));
        buf_free(&words);
    }
    /* Without an answer and without words, the mistake was printed where it was. */
    if (c->json && (a->answered || a->message.n > 0))
        print_json(a);
    fflush(stdout);
    /* What was refused changed nothing: the sentence is all there is to say. */
    return a->answered && !c->json && a->result != NULL && a->exit != EXIT_REFUSED &&
           a->exit != EXIT_USAGE;
}

bool cli_call(Cli *c, Buf *request, Str program, CliAnswer *out)
{
    cli_ask(c, request, program, out);
    return !c->rest_said && cli_tell(c, out);
}
