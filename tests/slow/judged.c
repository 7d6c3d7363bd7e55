/* Policies of a host twice: gatec over a plan under the host's files, and the load
 * of the plan's program, compiled without them. The same findings, on generated
 * plans and on rules of every kind.
 *
 * usage: judged COUNT [SEED]      judged one SEED prints that plan and host */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/gen/plan.h"
#include "tests/gen/random.h"
#include "vm/server/svc.h"

static const char *const rules[] = {
    "for every action where action.changes require action.level >= L2",
    "for every action require action.reversible or action.level >= L2",
    "for every action where action.destroys require action.reach == \"one\"",
    "for every action where action.effect == \"changes\" require action.title != \"\"",
    "for every action require action.timeout <= 30m",
    "for every action require action.tool != \"change\" or action.pack != \"shell\"",
    "for every action require not starts_with(action.name, \"a\")",
    "for every action where action.phase != \"x\" require action.timeout >= 5m",
    "for every action where action.changes require action.only_during(nights)",
    "for every action require not action.may_overlap(nights)",
    "for every action require action.only_during(week) or action.level >= L1",
    "for every action where action.may_overlap(week) require action.only_during(week)",
    "for every phase require count(phase.needs) <= 1",
    "for every phase where count(phase.actions) > 1 require phase.level >= L1",
    "for every phase require phase.gate.quorum <= 1",
    "for every action where not action.reversible require action.gate.quorum >= 2",
    "for every action require action.gate.within <= 2d",
    "for every action where action.changes require action.gate.people > 0 and action.gate.level >= action.level",
    "for every phase require phase.gate.within <= 2d",
    "for every phase where phase.level == L2 require count(phase.gate.show) > 0",
    "for every phase require phase.title != \"\" \"{phase.name} has a title\"",
    "for every phase require not (phase.needs contains \"build\")",
    "for every gate require gate.people >= 2",
    "for every gate where gate.level >= L2 require gate.people >= gate.quorum",
    "for every gate require gate.quorum <= 1 or gate.assure != \"os\"",
    "for every gate require gate.within >= 4h",
    "for every gate require count(gate.show) == 0 or gate.level >= L2",
    "for every task require task.people <= 1",
    "for every task require task.title != \"\"",
    "for every check require check.people == 0 and check.title != \"\"",
    "for every check require not ends_with(check.name, \"s\")",
};
enum { RULES = sizeof rules / sizeof *rules };

static const char people[] =
    "person ann \"Ann\" { os \"ann\" }\nperson bob \"Bob\" { os \"bob\" }\nperson cyd \"Cyd\" { os \"cyd\" }\n"
    "role owner is ann, bob\nrole it_lead is bob\nrole on_call is ann, bob, cyd\nrole boss is cyd\n";

static void host_text(uint64_t seed, Buf *out)
{
    GenRandom r = {gen_derive(seed, 77)};
    buf_puts(out, "edition 1\n");
    if (gen_below(&r, 4) == 0)
        buf_puts(out, "setting solo = true\n");
    else
        buf_puts(out, people);
    buf_puts(out, "calendar nights { zone \"Europe/Bratislava\" open Mon..Sun 22:00..06:00 }\n"
                  "calendar week { zone \"Europe/Bratislava\" open Mon..Fri 00:00..24:00 closed 2027-01-01 }\n");
    for (uint32_t i = 0, n = 1 + gen_below(&r, 4); i < n; i++)
        buf_printf(out, "policy p%u { %s }\n", i, rules[gen_below(&r, RULES)]);
}

/* --- findings: "line policy", sorted ------------------------------------------- */

enum { MOST = 4096, TEXT = 64 };
typedef struct Findings { char all[MOST][TEXT]; uint32_t n; } Findings;

static void add(Findings *f, unsigned line, Str policy)
{
    if (f->n == MOST) {
        fputs("too many findings\n", stderr);
        exit(2);
    }
    snprintf(f->all[f->n++], TEXT, "%u %.*s", line, STR_ARG(policy));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool same(Findings *a, Findings *b)
{
    qsort(a->all, a->n, TEXT, by_text);
    qsort(b->all, b->n, TEXT, by_text);
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (strcmp(a->all[i], b->all[i]) != 0)
            return false;
    return true;
}

/* Between a text and the next backquote. */
static Str quoted(const char *s, const char *behind)
{
    const char *at = strstr(s, behind);
    if (at == NULL)
        return STR("?");
    at += strlen(behind);
    return (Str){at, strcspn(at, "`")};
}

/* --- gatec ------------------------------------------------------------------------- */

/* false: rules exclude each other, of which the plan's own may be one, so gatec
 * says that instead. */
static bool checked(Str plan, const Sem *host, Findings *out)
{
    const Sem *hosts[1] = {host};
    CompileOptions o = {.sem = {.hosts = hosts, .n_hosts = 1}};
    Compilation c;
    Buf text = {0};
    bool plain = true;
    buf_str(&text, plan);
    if (compile_with(STR("p.gate"), &text, &o, &c) != GATE_OK)
        exit(2);
    for (uint32_t i = 0; i < c.diags.n; i++) {
        const Diag *d = &c.diags.items[i];
        uint32_t line = 0, column;
        plain = plain && d->code != 8003;
        if (d->code != 8001)
            continue;
        syn_place(d->at.source->tree, d->at.start, &line, &column);
        add(out, line, quoted(d->message.p, "the policy `"));
    }
    compile_free(&c);
    return plain;
}

/* --- the load ------------------------------------------------------------------------ */

static void read_words(const char *s, Findings *out)
{
    for (; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n') {
        const char *place = strstr(s, "(p.gate:");
        bool begins = strncmp(s, "`", 1) == 0 || strncmp(s, "the gate of `", 13) == 0 ||
                      strncmp(s, "whether ", 8) == 0;
        if (begins && place != NULL && place < s + strcspn(s, "\n"))
            add(out, (unsigned)strtoul(place + 8, NULL, 10), quoted(s, "the policy `"));
    }
}

static bool loaded(Str plan, const Program *host, Findings *out)
{
    Compilation c;
    Buf bytes = {0}, why = {0}, text = {0};
    Program *p = NULL;
    Policy policy;
    Arena *arena = arena_new(0), *scratch = arena_new(0);
    const Calendar *const *host_hours, *const *hours;
    buf_str(&text, plan);
    if (compile_with(STR("p.gate"), &text, &(CompileOptions){.flags = COMPILE_EMIT}, &c) != GATE_OK)
        exit(2);
    bool ok = c.program != NULL;
    if (ok && (prog_write(c.program, &bytes) != GATE_OK ||
               prog_read(buf_view(&bytes), &p, &why) != GATE_OK || prog_verify(p, &why) != GATE_OK ||
               calendars_make(host, arena, &host_hours) != GATE_OK ||
               calendars_make(p, arena, &hours) != GATE_OK ||
               policy_make(&host, &host_hours, 1, arena, &policy, &why) != GATE_OK)) {
        fprintf(stderr, "%s\n", buf_z(&why));
        exit(2);
    }
    PolJudge *j = ok ? policy_judge(&policy, p, hours, arena, scratch) : NULL;
    for (uint32_t i = 0; ok && i < p->n_phases; i++) {
        buf_clear(&why);
        if (!policy_phase_keeps(j, i, "\n", &why))
            read_words(buf_z(&why), out);
    }
    prog_free(p);
    compile_free(&c);
    arena_free(arena);
    arena_free(scratch);
    buf_free(&bytes);
    buf_free(&why);
    return ok;
}

/* --- both ------------------------------------------------------------------------------ */

typedef struct Counts { unsigned long plans, broken, findings, differ; } Counts;

static void one(uint64_t seed, Counts *n, bool always)
{
    static Findings a, b;
    Buf plan = {0}, host = {0};
    Compilation c;
    a.n = b.n = 0;
    gen_plan(seed, &(GenOptions){.valid = true}, &plan);
    host_text(seed, &host);
    if (compile_source(STR("host.gate"), buf_view(&host), COMPILE_EMIT | COMPILE_HOST_FILE, &c) != GATE_OK)
        exit(2);
    if (always)
        printf("%s\n%s", buf_z(&plan), buf_z(&host));
    if (c.program != NULL && checked(buf_view(&plan), c.sem, &a) &&
        loaded(buf_view(&plan), c.program, &b)) {
        n->plans++;
        n->broken += a.n > 0;
        n->findings += a.n;
        if (!same(&a, &b)) {
            n->differ++;
            printf("# seed %llu: gatec %u, the load %u\n", (unsigned long long)seed, a.n, b.n);
            for (uint32_t i = 0; i < a.n || i < b.n; i++)
                printf("#   %-30s %s\n", i < a.n ? a.all[i] : "", i < b.n ? b.all[i] : "");
        }
    }
    compile_free(&c);
    buf_free(&plan);
    buf_free(&host);
}

int main(int argc, char **argv)
{
    Counts n = {0};
    if (argc < 2) {
        fputs("usage: judged COUNT [SEED]\n", stderr);
        return 2;
    }
    bool alone = strcmp(argv[1], "one") == 0 && argc > 2;
    unsigned long most = alone ? 1 : strtoul(argv[1], NULL, 10);
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < most && n.differ < 10; i++)
        one(seed + i, &n, alone);
    printf("# %lu plans, %lu of them against a policy, %lu findings\n", n.plans, n.broken, n.findings);
    printf("%s 1 - gatec and the load find the same\n", n.differ == 0 ? "ok" : "not ok");
    printf("%s 2 - many plans are judged, and many break a policy\n1..2\n",
           n.plans * 2 >= most && (most < 100 || n.broken * 4 >= n.plans) ? "ok" : "not ok");
    return n.differ == 0 ? 0 : 1;
}
