/* Prints one plan.
 *
 * usage: gen_plan SEED [valid] [mutate] [odd] [lively] [runs] [without PART]... [phases N]
 *        gen_plan -s COUNT [options]   how many of so many are valid at the first try */
#include "tests/gen/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; uint32_t part; } parts[] = {
    {"expressions", GEN_EXPRESSIONS}, {"each", GEN_EACH}, {"when", GEN_WHEN}, {"undo", GEN_UNDO},
    {"destroy", GEN_DESTROY}, {"checks", GEN_CHECKS}, {"tells", GEN_TELLS},
    {"branches", GEN_BRANCHES}, {"reads", GEN_READS}, {"lets", GEN_LETS},
    {"milestones", GEN_MILESTONES}, {"tests", GEN_TESTS}, {"calendars", GEN_CALENDARS},
    {"people", GEN_PEOPLE}, {"events", GEN_EVENTS}, {"waves", GEN_WAVES},
    {"policies", GEN_POLICIES}, {"others", GEN_OTHERS},
};

static uint32_t part_of(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0)
            return parts[i].part;
    fprintf(stderr, "gen_plan: no part %s\n", name);
    exit(2);
}

static void options(int argc, char **argv, GenOptions *o)
{
    o->parts = GEN_ALL;
    for (int i = 0; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "valid") == 0)
            o->valid = true;
        else if (strcmp(argv[i], "mutate") == 0)
            o->mutate = true;
        else if (strcmp(argv[i], "odd") == 0)
            o->odd = true;
        else if (strcmp(argv[i], "lively") == 0)
            o->lively = true;
        else if (strcmp(argv[i], "runs") == 0)
            o->parts &= GEN_RUNS;
        else if (strcmp(argv[i], "without") == 0 && more)
            o->parts &= ~part_of(argv[++i]);
        else if (strcmp(argv[i], "phases") == 0 && more)
            o->phases_most = (uint32_t)strtoul(argv[++i], NULL, 10);
        else {
            fprintf(stderr, "gen_plan: what is %s?\n", argv[i]);
            exit(2);
        }
    }
}

static int survey(unsigned long n, const GenOptions *o)
{
    unsigned long good = 0;
    Buf b = {0}, why = {0};
    for (unsigned long i = 0; i < n; i++) {
        buf_clear(&b);
        buf_clear(&why);
        GenMutation m = gen_plan(i, o, &b);
        if (gen_checks(buf_view(&b), &why)) {
            good++;
            continue;
        }
        printf("seed %lu%s%s\n%s", i, o->mutate ? ", " : "", o->mutate ? gen_mutation_words(m) : "",
               buf_z(&why));
    }
    printf("%lu of %lu are valid\n", good, n);
    buf_free(&b);
    buf_free(&why);
    return 0;
}

int main(int argc, char **argv)
{
    GenOptions o = {0};
    if (argc < 2) {
        fputs("usage: gen_plan SEED [valid] [mutate] [odd] [lively] [runs] [without PART] [phases N]\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "-s") == 0 && argc > 2) {
        options(argc - 3, argv + 3, &o);
        return survey(strtoul(argv[2], NULL, 10), &o);
    }
    options(argc - 2, argv + 2, &o);
    Buf b = {0};
    GenMutation m = gen_plan(strtoull(argv[1], NULL, 10), &o, &b);
    fwrite(b.p, 1, b.n, stdout);
    if (m != GM_NOTHING)
        fprintf(stderr, "%s\n", gen_mutation_words(m));
    buf_free(&b);
    return 0;
}
