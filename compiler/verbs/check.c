/* Owns: `gatec check`. Must not know: how anything is checked or repaired. */
#include "compiler/verbs/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/diag/schema.h"
#include "compiler/prove/story.h"
#include "compiler/schedule/schedule.h"
#include "vm/core/value.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

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
    if (o->silence && o->format != CHECK_TEXT)
        return usage("check", "--story is told in words; leave --format out");
    if (o->dry_run && o->format != CHECK_TEXT)
        return usage("check", "--dry-run prints a diff; leave --format out");
    for (int i = 0; i < o->n && o->fix; i++)
        if (strcmp(o->files[i], "-") == 0)
            return usage("check", "--fix repairs files, not standard input");
    return 0;
}

static bool parse_absent(const char *word, SemOptions *o)
{
    o->absent = 0;
    if (word == NULL || word[0] == '\0' || strlen(word) > 2)
        return false;
    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9')
            return false;
        o->absent = o->absent * 10 + (uint32_t)(*word - '0');
    }
    return o->absent <= LIM_ABSENT;
}

/* Fills o->files, which is argv itself, and o->policies, which has room for argc. */
static int parse(int argc, char **argv, CheckOptions *o)
{
    int status = 0;
    for (int i = 0; i < argc && status == 0; i++) {
        char *value;
        if (opt_value(argc, argv, &i, "--format", &value)) {
            if (!parse_format(value, &o->format))
                return usage("check", "--format takes text, json or sarif");
        } else if (policies_option(&o->policies, argc, argv, &i, &status)) {
            continue;
        } else if (opt_value(argc, argv, &i, "--absent", &value)) {
            if (!parse_absent(value, &o->compile.sem))
                return usage("check", "--absent takes a number of people, from 0 to %d", LIM_ABSENT);
        } else if (opt_value(argc, argv, &i, "--start", &value)) {
            if (!opt_start(value, &o->compile.sem))
                return usage("check", "--start takes a date, such as 2026-11-24, or 2026-11-24T18:05Z");
        } else if (opt_value(argc, argv, &i, "--story", &value)) {
            if (value == NULL || strcmp(value, "silence") != 0)
                return usage("check", "there is one story: --story silence, where nobody ever answers");
            o->silence = true;
        } else if (strcmp(argv[i], "--style") == 0) {
            o->compile.sem.style = true;
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
    return status != 0 ? status : agree(o);
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
    buf_printf(out, "\n  phases       %u: %u at L0, %u at L1, %u at L2, %u at L3\n", s->n_phases, levels[0],
               levels[1], levels[2], levels[3]);
    buf_printf(out, "  actions      %u:", s->n_actions);
    for (int e = 0; e < EFF_COUNT; e++)
        buf_printf(out, "%s %u %s", e == 0 ? "" : ",", effects[e], effect_word((Effect)e));
    buf_printf(out, "\n  inputs       %u, roles %u, checks %u\n", s->n_inputs, s->n_roles, s->n_checks);
    PlanBounds b = story_bounds(s, s->arena);
    story_put_bounds(&b, out);
    story_put_way_back(s, out);
}

/* --- what is told of a plan without errors --------------------------------------- */

typedef struct Telling { const CheckOptions *o; const Sem *sem; const char *file; Buf *out, why; } Telling;

static void tell(void *ctx)
{
    Telling *t = ctx;
    if (t->o->verbose)
        summary(t->sem, t->file, t->out);
    if (!t->o->silence || t->sem->kind != SF_PLAN)
        return;
    SchedOptions o = {.zone = sched_zone(t->sem), .start_ms = this_minute()};
    int64_t ms;
    if (sem_start_ms(t->sem, &t->o->compile.sem, &ms))
        o.start_ms = ms;
    sched_silence(t->sem, &o, t->sem->arena, t->out, &t->why);
}

static int told(const CheckOptions *o, const CheckFile *f, Buf *out)
{
    Telling t = {.o = o, .sem = f->c.sem, .file = f->path, .out = out};
    int status = 0;
    if (!with_arena(f->c.arena, tell, &t))
        status = failed(EXIT_ENVIRONMENT, "%s: not enough memory to tell of it", f->path);
    else if (t.why.n > 0)
        status = failed(EXIT_FAILED, "%s: %s", f->path, buf_z(&t.why));
    buf_free(&t.why);
    return status;
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
    else if (f->status == 0 && (o->verbose || o->silence) && o->format == CHECK_TEXT)
        f->status = told(o, f, out);
}

typedef struct Report { const CheckOptions *o; const CheckFile *files; DiagList *all; Buf *out; } Report;

/* What was found in all files, as one list: what two plans use is told once. */
static void put_report(void *ctx)
{
    const Report *r = ctx;
    const CheckOptions *o = r->o;
    DiagList *all = r->all;
    char folder[4096];
    for (int i = 0; i < o->policies.n; i++)
        diag_append(all, &o->policies.made[i].diags);
    for (int i = 0; i < o->n; i++)
        diag_append(all, &r->files[i].c.diags);
    diag_sort(all);
    if (o->format == CHECK_JSON)
        diag_print_json(all, r->out);
    else if (o->format == CHECK_SARIF)
        diag_print_sarif(all, str_of(getcwd(folder, sizeof folder) == NULL ? "" : folder), r->out);
    else
        say_diagnostics(all, o->n == 1 && o->policies.n == 0 ? o->files[0] : NULL);
}

static int report(const CheckOptions *o, const CheckFile *files, Buf *out)
{
    DiagList all = {.arena = arena_new(0)};
    bool ok = all.arena != NULL && with_arena(all.arena, put_report, &(Report){o, files, &all, out}) && !out->failed;
    arena_free(all.arena);
    return ok ? say_result(out) : failed(EXIT_ENVIRONMENT, "not enough memory");
}

/* What is wrong in the files of the host is told, and then no plan is judged by
 * them. */
static int check_all(CheckOptions *o, CheckFile *files)
{
    Buf out = {0};
    int status = policies_read(&o->policies, &o->compile);
    if (status == EXIT_USAGE)
        return status;
    bool judged = status == 0;
    if (judged) {
        read_files(o, files);
        if (o->fix)
            fix_files(o, files, &out);
        for (int i = 0; i < o->n; i++) {
            check_file(o, &files[i], &out);
            if (files[i].status > status)
                status = files[i].status;
        }
    }
    int said = report(o, files, &out);
    buf_free(&out);
    if (!judged && status == EXIT_FAILED)
        failed(status, "no plan was checked: first repair what --policy names");
    return said != EXIT_DONE ? said : status;
}

static int check_with(CheckOptions *o)
{
    CheckFile *files = zeroed(o->n, sizeof *files);
    int status = files == NULL ? failed(EXIT_ENVIRONMENT, "not enough memory") : check_all(o, files);
    for (int i = 0; files != NULL && i < o->n; i++) {
        compile_free(&files[i].c);
        buf_free(&files[i].text);
    }
    release(files, o->n, sizeof *files);
    return status;
}

int verb_check(int argc, char **argv)
{
    CheckOptions o = {.files = argv};
    if (argc == 1 && strcmp(argv[0], "--schema") == 0)
        return print_schema();
    if (!policies_room(&o.policies, "check", argc))
        return EXIT_ENVIRONMENT;
    int status = parse(argc, argv, &o);
    if (status == 0)
        status = check_with(&o);
    policies_free(&o.policies);
    return status;
}
