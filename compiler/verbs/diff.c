/* Owns: `gatec diff`. Must not know: what makes a plan weaker. */
#include "compiler/verbs/verbs.h"

#include <string.h>

#include "compiler/prove/diff.h"
#include "compiler/schedule/schedule.h"
#include "vm/core/json.h"
#include "vm/os/os.h"

static const char *const kinds[] = {"weaker", "changed", "stronger", "note"};

static void place(const DiffItem *d, Buf *out)
{
    uint32_t line, column;
    if (d->node == 0)
        return;
    syn_place(d->file->source.tree, syn(d->file->source.tree, d->node)->start, &line, &column);
    buf_printf(out, "%.*s:%u: ", STR_ARG(d->file->path), line);
}

static void print_text(const Diff *d, const Sem *new, Buf *out)
{
    uint32_t n[4] = {0};
    for (uint32_t i = 0; i < d->n; i++) {
        const DiffItem *it = &d->items[i];
        n[it->kind]++;
        buf_printf(out, "%-8s  ", kinds[it->kind]);
        place(it, out);
        if (it->where.n > 0)
            buf_printf(out, "%.*s: ", STR_ARG(it->where));
        buf_str(out, it->text);
        if (it->code != 0)
            buf_printf(out, " [G%04u]", it->code);
        buf_putc(out, '\n');
    }
    if (d->n == n[DIFF_NOTE])
        buf_printf(out, "%.*s: nothing changed that guards it\n", STR_ARG(new->name));
    else
        buf_printf(out, "%u weaker, %u changed, %u stronger\n", n[0], n[1], n[2]);
}

static void print_json(const Diff *d, const Sem *new, Buf *out)
{
    buf_puts(out, "{\"plan\":");
    json_put_text(out, new->name);
    buf_printf(out, ",\"weaker\":%s,\"changes\":[", d->weaker > 0 ? "true" : "false");
    for (uint32_t i = 0; i < d->n; i++) {
        const DiffItem *it = &d->items[i];
        uint32_t line, column;
        buf_printf(out, "%s{\"kind\":\"%s\",\"where\":", i == 0 ? "\n" : ",\n", kinds[it->kind]);
        json_put_text(out, it->where);
        buf_puts(out, ",\"text\":");
        json_put_text(out, it->text);
        if (it->node != 0) {
            syn_place(it->file->source.tree, syn(it->file->source.tree, it->node)->start, &line, &column);
            buf_puts(out, ",\"file\":");
            json_put_text(out, it->file->path);
            buf_printf(out, ",\"line\":%u,\"column\":%u", line, column);
        }
        if (it->code != 0)
            buf_printf(out, ",\"code\":\"G%04u\"", it->code);
        buf_printf(out, ",\"gone\":%s}", it->gone ? "true" : "false");
    }
    buf_puts(out, "]}\n");
}

/* A plan without errors, or a status. */
static int load_plan(const char *file, const CompileOptions *with, Compilation *c)
{
    Buf text = {0};
    int status = slurp(file, &text);
    if (status == 0)
        status = load_with(file, &text, with, c);
    buf_free(&text);
    if (status != 0)
        return status;
    if (c->diags.errors > 0) {
        say_diagnostics(&c->diags, file);
        return failed(EXIT_FAILED, "%s has errors: plans are compared when both are right", file);
    }
    if (c->sem->kind != SF_PLAN)
        return failed(EXIT_FAILED, "%s is not a plan", file);
    return 0;
}

typedef struct Comparing { const Sem *old, *new; int64_t from_ms; Diff diff; } Comparing;

/* A plan whose dates lie too far away has no longest path. */
static void longest(Comparing *c)
{
    Buf text = {0}, why = {0};
    uint32_t at;
    SchedOptions o = {.start_ms = c->from_ms, .zone = sched_zone(c->new), .earliest_only = true};
    const Schedule *old = sched_make(c->old, &o, c->diff.arena, &why);
    const Schedule *new = old == NULL ? NULL : sched_make(c->new, &o, c->diff.arena, &why);
    if (new != NULL && sched_longest(old, new, &at, &text))
        diff_add(&c->diff, (DiffItem){.kind = DIFF_NOTE, .text = arena_str(c->diff.arena, buf_view(&text)),
                                      .file = c->new->file, .node = c->new->phases[at].node, .code = 3012});
    buf_free(&text);
    buf_free(&why);
}

static void compare(void *ctx)
{
    Comparing *c = ctx;
    diff_plans(c->old, c->new, c->from_ms, &c->diff);
    longest(c);
}

static int report(Comparing *c, bool as_json)
{
    Buf out = {0};
    if (!with_arena(c->diff.arena, compare, c))
        return failed(EXIT_ENVIRONMENT, "not enough memory to compare them");
    if (as_json)
        print_json(&c->diff, c->new, &out);
    else
        print_text(&c->diff, c->new, &out);
    int status = say_result(&out);
    buf_free(&out);
    return status != EXIT_DONE ? status : c->diff.weaker > 0 ? EXIT_FAILED : EXIT_DONE;
}

typedef struct Options {
    const char *files[2];
    int n;
    bool as_json;
    Policies policies;
} Options;

static int parse(int argc, char **argv, Options *o)
{
    int status = 0;
    for (int i = 0; i < argc && status == 0; i++) {
        char *value;
        if (opt_value(argc, argv, &i, "--format", &value)) {
            if (value == NULL || (strcmp(value, "text") != 0 && strcmp(value, "json") != 0))
                return usage("diff", "--format takes text or json");
            o->as_json = strcmp(value, "json") == 0;
        } else if (policies_option(&o->policies, argc, argv, &i, &status)) {
            continue;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("diff", "there is no option %s", argv[i]);
        } else if (o->n < 2) {
            o->files[o->n++] = argv[i];
        } else {
            return usage("diff", "two plans are compared, not more");
        }
    }
    return status == 0 && o->n < 2 ? usage("diff", "which two plans? the old one first") : status;
}

static int diff(Options *o)
{
    Compilation old = {0}, new = {0};
    CompileOptions with = {.flags = COMPILE_CHECK};
    Os *os = os_real();
    int64_t from_ms = os->now_ms(os) / 86400000 * 86400000;
    int status = policies_use(&o->policies, &with, "no plans were compared");
    if (status == 0)
        status = load_plan(o->files[0], &with, &old);
    if (status == 0)
        status = load_plan(o->files[1], &with, &new);
    if (status == 0)
        status = report(&(Comparing){old.sem, new.sem, from_ms, {.arena = new.arena}}, o->as_json);
    compile_free(&old);
    compile_free(&new);
    return status;
}

int verb_diff(int argc, char **argv)
{
    Options o = {0};
    if (!policies_room(&o.policies, "diff", argc))
        return EXIT_ENVIRONMENT;
    int status = parse(argc, argv, &o);
    if (status == 0)
        status = diff(&o);
    policies_free(&o.policies);
    return status;
}
