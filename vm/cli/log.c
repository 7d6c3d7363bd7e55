/* Owns: `gate log`: a record as a line for people. Must not know: how records
 * are kept. */
#include "vm/cli/cli.h"

#include <string.h>

/* The next thing to say about a record, after a comma where one is due. */
static void say(Buf *b, size_t from, const char *before, Str s, const char *after)
{
    if (s.n == 0)
        return;
    buf_puts(b, b->n == from ? "" : ", ");
    buf_puts(b, before);
    text_visible(b, s, false);
    buf_puts(b, after);
}

static Str field(const Json *r, const char *key)
{
    const Json *j = r == NULL || r->kind != J_OBJECT ? NULL : json_get(r, key);
    return j == NULL ? (Str){0} : j->text;
}

static void put_place(Buf *b, const Json *r)
{
    size_t from = b->n;
    text_visible(b, field(r, "phase"), false);
    if (field(r, "action").n > 0) {
        buf_putc(b, '.');
        text_visible(b, field(r, "action"), false);
    }
    Str inst = field(r, "inst");
    if (inst.n > 0 && !str_is(inst, "0"))
        buf_printf(b, "[%.*s]", STR_ARG(inst));
    text_pad(b, from, 26);
}

static void put_change(Buf *b, size_t from, const Json *r)
{
    Buf change = {0};
    if (field(r, "to").n > 0)
        buf_printf(&change, "%.*s -> %.*s", STR_ARG(field(r, "from")),
                   STR_ARG(field(r, "to")));
    say(b, from, "", buf_view(&change), "");
    buf_free(&change);
}

static void put_outcome(Buf *b, size_t from, const Json *r)
{
    Str code = field(r, "code"), status = field(r, "status");
    say(b, from, "for ", field(r, "section"), "");
    if (str_is(field(r, "undo"), "1"))
        say(b, from, "", STR("undo"), "");
    say(b, from, "", field(r, "out"), "");
    if (code.n > 0 && status.n > 0) {
        say(b, from, "", code, " ");
        buf_str(b, status);
    } else {
        say(b, from, "", code, "");
        say(b, from, "status ", status, "");
    }
    say(b, from, "tier ", field(r, "tier"), "");
    if (!str_is(field(r, "attempt"), "1"))
        say(b, from, "attempt ", field(r, "attempt"), "");
}

static void put_gate(Buf *b, size_t from, const Json *r, const Json *open)
{
    Str digest = field(r, "digest");
    say(b, from, "", field(r, "dec"), "");
    say(b, from, "refused: ", field(r, "rule"), "");
    say(b, from, "by ", field(json_get(open, "voter"), "person"), "");
    say(b, from, "assurance ", field(r, "assurance"), "");
    say(b, from, "digest ", (Str){digest.p, digest.n < 12 ? digest.n : 12}, "...");
    if (field(r, "due").n > 0) {
        Buf due = {0};
        text_instant(&due, field(r, "due"));
        say(b, from, "until ", buf_view(&due), "");
        buf_free(&due);
    }
}

/* What stands in a part and reads well in a line. */
static void put_words(Buf *b, size_t from, const Json *open)
{
    const Json *why = json_get(open, "why");
    say(b, from, "run ", field(json_get(open, "who"), "name"), "");
    say(b, from, "by ", field(json_get(open, "who"), "starter_os"), "");
    say(b, from, "\"", field(open, "question"), "\"");
    say(b, from, "\"", field(open, "text"), "\"");
    say(b, from, "\"", field(open, "comment"), "\"");
    say(b, from, "", field(open, "message"), "");
    if (why != NULL && why->kind == J_TEXT)
        say(b, from, "", why->text, "");
    for (const Json *w = why != NULL && why->kind == J_ARRAY ? why->child : NULL;
         w != NULL; w = w->next)
        say(b, from, "", field(w, "text"), "");
}

static void put_line(Buf *b, const Json *r)
{
    Str ts = field(r, "ts");
    buf_str(b, field(r, "seq"));
    text_pad(b, 0, 6);
    if (ts.n >= 19)
        buf_printf(b, "%.10s %.8s  ", ts.p, ts.p + 11);
    size_t from = b->n;
    text_visible(b, field(r, "kind"), false);
    text_pad(b, from, 19);
    put_place(b, r);
    from = b->n;
    const Json *open = json_get(r, "open");
    put_change(b, from, r);
    put_outcome(b, from, r);
    say(b, from, "", field(r, "level"), "");
    say(b, from, "profile ", field(r, "profile"), "");
    put_gate(b, from, r, open);
    put_words(b, from, open);
    while (b->n > 0 && b->p[b->n - 1] == ' ')
        b->n--;
}

static void put_printed(Buf *b, const char *what, Str s)
{
    if (s.n == 0)
        return;
    buf_printf(b, "\n      %s\n", what);
    text_output(b, s, "      ");
    b->n--; /* the last line break is the record's */
}

/* --output: all that was printed, under the line of the record. */
static void put_outputs(Buf *b, const Json *open)
{
    const Json *result = open == NULL ? NULL : json_get(open, "result");
    if (result == NULL || result->kind != J_OBJECT)
        return;
    put_printed(b, "printed", field(result, "output"));
    put_printed(b, "errors", field(result, "errors"));
}

static bool print_line(Cli *c, Str line)
{
    Arena *scratch = arena_new(0);
    const Json *r = scratch == NULL ? NULL : json_parse(line, scratch, NULL);
    Buf b = {0};
    if (r != NULL && json_get(r, "open") != NULL)
        put_line(&b, r);
    if (r != NULL && cli_option(c, "output") != NULL)
        put_outputs(&b, json_get(r, "open"));
    puts(buf_z(&b));
    bool ok = r != NULL && !b.failed && !ferror(stdout);
    buf_free(&b);
    arena_free(scratch);
    return ok;
}

static bool print_json(Cli *c, Str line)
{
    (void)c;
    fwrite(line.p, 1, line.n, stdout);
    putchar('\n');
    return !ferror(stdout);
}

int verb_log(Cli *c)
{
    Buf request = {0};
    CliAnswer a;
    cli_request(&request, "log");
    if (c->n_words == 1)
        cli_member(&request, "run", c->words[0]);
    c->record = c->json ? print_json : print_line;
    cli_ask(c, &request, (Str){0}, &a);
    if (a.exit != EXIT_DONE)
        cli_tell(c, &a);
    else if (!c->recorded)
        cli_error("nothing here yet: no run was ever started in %s", buf_z(&c->state_dir));
    buf_free(&request);
    return a.exit;
}
