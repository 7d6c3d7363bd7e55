/* Owns: `gatec check`. Must not know: how anything is checked or repaired. */
#include "compiler/verbs/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/diag/schema.h"
#include "vm/os/limits.h"

static int print_schema(void)
{
    Buf out = {0};
    buf_puts(&out, diag_schema);
    int status = say_result(&out);
    buf_free(&out);
    return status;
}

static bool parse_format(const char *word, CheckFormat *format)
{
    static const char *const words[] = {"text", "json", "sarif"};
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) {
            *format = (CheckFormat)i;
            return true;
        }
    return false;
}

/* What goes together. */
static int agree(const CheckOptions *o)
{
    if (o->n == 0)
        return usage("check", "which file?");
    if (o->dry_run && !o->fix)
        return usage("check", "--dry-run shows what --fix would do; say --fix, too");
    if (o->dry_run && o->format != CHECK_TEXT)
        return usage("check", "--dry-run prints a diff; leave --format out");
    for (int i = 0; i < o->n && o->fix; i++)
        if (strcmp(o->files[i], "-") == 0)
            return usage("check", "--fix repairs files, not standard input");
    return 0;
}

static int parse(int argc, char **argv, CheckOptions *o)
{
    o->files = argv;
    for (int i = 0; i < argc; i++) {
        char *value;
        if (opt_value(argc, argv, &i, "--format", &value)) {
            if (!parse_format(value, &o->format))
                return usage("check", "--format takes text, json or sarif");
        } else if (opt_value(argc, argv, &i, "--policy", &value) ||
                   opt_value(argc, argv, &i, "--absent", &value)) {
            return usage("check", "--policy and --absent are not in this version");
        } else if (strcmp(argv[i], "--fix") == 0) {
            o->fix = true;
        } else if (strcmp(argv[i], "--dry-run") == 0) {
            o->dry_run = true;
        } else if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--verbose") == 0) {
            o->verbose = true;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("check", "there is no option %s", argv[i]);
        } else {
            o->files[o->n++] = argv[i];
        }
    }
    return agree(o);
}

/* What the plan can come to at most: language 9.8. */
static void bounds(const Sem *s, Buf *out)
{
    uint64_t calls = 0, loops = 0;
    for (uint32_t i = 0; i < s->n_actions; i++) {
        uint64_t one = 1 + s->actions[i].retries;
        loops += s->actions[i].each != 0;
        calls += s->actions[i].each != 0 ? one * LIM_LIST_ITEMS : one;
    }
    buf_printf(out, "  at most      %llu tool call%s by actions", (unsigned long long)calls,
               calls == 1 ? "" : "s");
    if (loops > 0)
        buf_printf(out, " (%llu `each` of at most %d elements)", (unsigned long long)loops, LIM_LIST_ITEMS);
    buf_printf(out, ",\n               %d steps and %d MiB for each section\n", LIM_FUEL, LIM_ARENA_BYTES >> 20);
}

static void summary(const Sem *s, const char *file, Buf *out)
{
    uint32_t levels[4] = {0}, effects[EFF_COUNT] = {0};
    if (s->kind != SF_PLAN) {
        uint32_t tools = 0;
        for (uint32_t i = 0; i < s->n_tools; i++)
            tools += s->tools[i].file == s->file;
        buf_printf(out, "%s: %s\n  roles        %u, tools %u, persons %u, grants %u\n", file,
                   s->kind == SF_HOST ? "people, grants and settings of a host" : "a library",
                   s->n_roles, tools, s->n_persons, s->n_grants);
        return;
    }
    for (uint32_t i = 0; i < s->n_phases; i++)
        levels[s->phases[i].gate == SEM_NONE ? 0 : s->gates[s->phases[i].gate].level]++;
    for (uint32_t i = 0; i < s->n_actions; i++)
        if (s->actions[i].tool != SEM_NONE)
            effects[s->tools[s->actions[i].tool].effect]++;
    buf_printf(out, "%s: plan %.*s", file, STR_ARG(s->name));
    if (s->title.n > 0)
        buf_printf(out, ", \"%.*s\"", STR_ARG(s->title));
    buf_printf(out, "\n  phases       %u: %u at L0, %u at L1, %u at L2\n", s->n_phases, levels[0],
               levels[1], levels[2]);
    buf_printf(out, "  actions      %u:", s->n_actions);
    for (int e = 0; e < EFF_COUNT; e++)
        buf_printf(out, "%s %u %s", e == 0 ? "" : ",", effects[e], effect_word((Effect)e));
    buf_printf(out, "\n  inputs       %u, roles %u, checks %u\n", s->n_inputs, s->n_roles, s->n_checks);
    bounds(s, out);
}

/* --- all files ------------------------------------------------------------------ */

static void read_files(const CheckOptions *o, CheckFile *files)
{
    for (int i = 0; i < o->n; i++) {
        files[i].path = o->files[i];
        files[i].status = slurp(o->files[i], &files[i].text);
    }
}

static void check_file(const CheckOptions *o, CheckFile *f, Buf *out)
{
    if (f->status != 0)
        return;
    f->status = load_with(f->path, &f->text, &o->compile, &f->c);
    if (f->status == 0 && f->c.diags.errors > 0)
        f->status = EXIT_FAILED;
    else if (f->status == 0 && o->verbose && o->format == CHECK_TEXT)
        summary(f->c.sem, f->path, out);
}

/* What was found in all files, as one list: what two plans use is told once.
 * Apart from report(): an exhausted arena jumps back here. */
static bool put_report(const CheckOptions *o, const CheckFile *files, DiagList *all, Buf *out)
{
    jmp_buf full;
    char folder[4096];
    if (setjmp(full) != 0)
        return false;
    arena_on_full(all->arena, &full);
    for (int i = 0; i < o->n; i++)
        diag_append(all, &files[i].c.diags);
    diag_sort(all);
    if (o->format == CHECK_JSON)
        diag_print_json(all, out);
    else if (o->format == CHECK_SARIF)
        diag_print_sarif(all, str_of(getcwd(folder, sizeof folder) == NULL ? "" : folder), out);
    else
        say_diagnostics(all, o->n == 1 ? o->files[0] : NULL);
    return !out->failed;
}

static int report(const CheckOptions *o, const CheckFile *files, Buf *out)
{
    DiagList all = {.arena = arena_new(0)};
    bool ok = all.arena != NULL && put_report(o, files, &all, out);
    arena_free(all.arena);
    return ok ? say_result(out) : failed(EXIT_ENVIRONMENT, "not enough memory");
}

static int check_all(const CheckOptions *o, CheckFile *files)
{
    Buf out = {0};
    int status = EXIT_DONE;
    read_files(o, files);
    if (o->fix)
        fix_files(o, files, &out);
    for (int i = 0; i < o->n; i++) {
        check_file(o, &files[i], &out);
        if (files[i].status > status)
            status = files[i].status;
    }
    int said = report(o, files, &out);
    buf_free(&out);
    return said != EXIT_DONE ? said : status;
}

int verb_check(int argc, char **argv)
{
    CheckOptions o = {0};
    if (argc == 1 && strcmp(argv[0], "--schema") == 0)
        return print_schema();
    int status = parse(argc, argv, &o);
    if (status != 0)
        return status;
    size_t size = (size_t)o.n * sizeof(CheckFile);
    CheckFile *files = mem_realloc(NULL, 0, size);
    if (files == NULL)
        return failed(EXIT_ENVIRONMENT, "not enough memory");
    memset(files, 0, size);
    status = check_all(&o, files);
    for (int i = 0; i < o.n; i++) {
        compile_free(&files[i].c);
        buf_free(&files[i].text);
    }
    mem_realloc(files, size, 0);
    return status;
}
