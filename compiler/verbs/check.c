/* Owns: `gatec check`. Must not know: how anything is checked. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/os/limits.h"

typedef struct Options { bool json, verbose; int n; char **files; } Options;

static int parse(int argc, char **argv, Options *o)
{
    o->files = argv;
    for (int i = 0; i < argc; i++) {
        char *value;
        if (opt_value(argc, argv, &i, "--format", &value)) {
            if (value != NULL && strcmp(value, "sarif") == 0)
                return usage("check", "the format sarif is not in this version; there are text and json");
            if (value == NULL || (strcmp(value, "text") != 0 && strcmp(value, "json") != 0))
                return usage("check", "--format takes text or json");
            o->json = strcmp(value, "json") == 0;
        } else if (opt_value(argc, argv, &i, "--policy", &value) ||
                   opt_value(argc, argv, &i, "--absent", &value)) {
            return usage("check", "--policy and --absent are not in this version");
        } else if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--verbose") == 0) {
            o->verbose = true;
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            return usage("check", "there is no option %s", argv[i]);
        } else {
            o->files[o->n++] = argv[i];
        }
    }
    return o->n == 0 ? usage("check", "which file?") : 0;
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

static void append(DiagList *all, const DiagList *more)
{
    if (more->n == 0)
        return;
    Diag *items = mem_realloc(all->items, all->n * sizeof *items, (all->n + more->n) * sizeof *items);
    if (items == NULL)
        return;
    memcpy(items + all->n, more->items, more->n * sizeof *items);
    all->items = items;
    all->n += more->n;
    all->errors += more->errors;
}

static int check_all(const Options *o, Compilation *all)
{
    DiagList json = {0};
    Buf out = {0};
    int status = EXIT_DONE;
    for (int i = 0; i < o->n; i++) {
        int s = load(o->files[i], COMPILE_CHECK, &all[i]);
        if (s == 0 && o->json)
            append(&json, &all[i].diags);
        else if (s == 0)
            say_diagnostics(&all[i].diags, o->files[i]);
        if (s == 0 && all[i].diags.errors > 0)
            s = EXIT_FAILED;
        else if (s == 0 && o->verbose && !o->json)
            summary(all[i].sem, o->files[i], &out);
        if (s > status)
            status = s;
    }
    if (o->json)
        diag_print_json(&json, &out);
    int said = say_result(&out);
    buf_free(&out);
    mem_realloc(json.items, json.n * sizeof *json.items, 0);
    return said != EXIT_DONE ? said : status;
}

int verb_check(int argc, char **argv)
{
    Options o = {0};
    int status = parse(argc, argv, &o);
    if (status != 0)
        return status;
    size_t size = (size_t)o.n * sizeof(Compilation);
    Compilation *all = mem_realloc(NULL, 0, size);
    if (all == NULL)
        return failed(EXIT_ENVIRONMENT, "not enough memory");
    memset(all, 0, size);
    status = check_all(&o, all);
    for (int i = 0; i < o.n; i++)
        compile_free(&all[i]);
    mem_realloc(all, size, 0);
    return status;
}
