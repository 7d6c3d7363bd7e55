/* Generated plans, right and wrong, through the checker and through the
 * reference: what both say must be the same.
 *
 * usage: reference COUNT [SEED]     compares so many plans; prints TAP
 *        reference one SEED         that plan, and what each says of it */
#include "tests/reference/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/gen/plan.h"
#include "tests/gen/random.h"

/* --- what is compared -------------------------------------------------------------- */

static const uint16_t codes[] = {2012, 3001, 3004, 3005, 3006, 4001, 4002, 4007, 4009, 4012, 4016, 6001, 6002};
enum { CODES = sizeof codes / sizeof *codes };

static uint32_t index_of(uint16_t code)
{
    uint32_t i = 0;
    while (i < CODES && codes[i] != code)
        i++;
    return i;
}

/* Errors beside which the others are found all the same. What else is wrong
 * (a name, a type) silences what depends on it, so such a plan says nothing. */
static bool stands_beside(uint16_t code)
{
    static const uint16_t fine[] = {15, 2010, 2015, 3002, 3007, 3011, 3014, 4003, 4004, 4005, 4015, 4017, 4020,
                                    6003, 6005, 6007, 7005, 7006};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (fine[i] == code)
            return true;
    return index_of(code) < CODES || (code >= 5003 && code < 6000) || code >= 8000;
}

/* --- a plan is spoilt ----------------------------------------------------------------- */

typedef struct Spoil {
    GenRandom *r;
    const SynTree *t;
    SynRef phase;              /* around what is looked at */
    uint32_t start, end, seen; /* of the edit that was chosen */
    char text[96];
} Spoil;

/* One of all edits that fit: what there is much of is chosen less often. */
static void edit(Spoil *s, uint32_t weight, uint32_t start, uint32_t end, const char *text)
{
    s->seen += weight;
    if (gen_below(s->r, s->seen) >= weight)
        return;
    s->start = start;
    s->end = end;
    snprintf(s->text, sizeof s->text, "%s", text);
}

static const char *word(Spoil *s, const char *a, const char *b, const char *c)
{
    const char *all[] = {a, b, c};
    return all[gen_below(s->r, 3)];
}

static Str phase_name(const Spoil *s, SynRef phase)
{
    return syn_text(s->t, syn(s->t, phase)->a);
}

static bool is_listed(const Spoil *s, Str name, SynRef paths)
{
    SYN_EACH(s->t, k, paths)
        if (str_eq(syn_text(s->t, k), name))
            return true;
    return false;
}

/* Another one, and none of those; mostly: what needs itself is wrong as well.
 * n 0: there is none. */
static Str some_phase(Spoil *s, SynRef but)
{
    bool whichever = gen_once(s->r, 40);
    uint32_t n = 0;
    Str name = {"", 0};
    SYN_EACH(s->t, d, syn(s->t, s->t->root)->c) {
        if (syn(s->t, d)->kind != SYN_PHASE || (!whichever && (d == s->phase || is_listed(s, phase_name(s, d), but))))
            continue;
        if (gen_below(s->r, ++n) == 0)
            name = phase_name(s, d);
    }
    return name;
}

static bool says(const Spoil *s, SynRef list, uint16_t kind)
{
    SYN_EACH(s->t, k, list)
        if (syn(s->t, k)->kind == kind)
            return true;
    return false;
}

static void edit_needs(Spoil *s, const SynNode *n)
{
    const SynNode *first = syn(s->t, n->a);
    char text[96];
    Str other = some_phase(s, n->a);
    if (n->aux == 0 && first->next != 0)
        edit(s, 40, first->start, first->start, "any of ");
    if (n->aux == 0 && other.n > 0) {
        snprintf(text, sizeof text, "any of %.*s, ", STR_ARG(other));
        edit(s, 15, first->start, first->start, text);
    }
    if (n->aux == 0 || n->aux == NEEDS_ANY)
        edit(s, 10, n->end, n->end, " even if failed");
    SYN_EACH(s->t, k, n->a) {
        Str name = some_phase(s, n->a);
        snprintf(text, sizeof text, "%.*s", STR_ARG(name));
        if (name.n > 0)
            edit(s, 4, syn(s->t, k)->start, syn(s->t, k)->end, text);
    }
}

static void edits_of(Spoil *s, SynRef at)
{
    const SynNode *n = syn(s->t, at), *a = syn(s->t, n->a);
    char text[96];
    switch (n->kind) {
    case SYN_NEEDS: edit_needs(s, n); break;
    case SYN_CALL:
        if (a->kind == SYN_NAME && str_is(syn_text(s->t, n->a), "default") &&
            (size_t)(n->end - n->start) < sizeof text) {
            snprintf(text, sizeof text, "%.*s", STR_ARG(syn_text(s->t, n->b)));
            edit(s, 12, n->start, n->end, text);
        }
        break;
    case SYN_WHEN: case SYN_REQUIRE:
        edit(s, 1, a->start, a->end, "false");
        break;
    case SYN_ONUNDO: case SYN_ONSTOP: case SYN_ONCONTINUE:
        edit(s, 4, n->start, n->end, word(s, "undo", "stop", "continue"));
        break;
    case SYN_OTHERWISE:
        edit(s, 3, n->start, n->end, word(s, "otherwise stop", "otherwise continue", ""));
        break;
    case SYN_LEVEL:
        edit(s, 3, n->start, n->end, word(s, "L0", "L1", "L2"));
        break;
    case SYN_UNDONONE: case SYN_UNDO: case SYN_UNDOTEXT:
        edit(s, 2, n->start, n->end, "");
        break;
    case SYN_GATE: {
        Str name = some_phase(s, 0);
        snprintf(text, sizeof text, " may return to %.*s at most 2 times", STR_ARG(name));
        if (a->aux >= 2 && name.n > 0 && !says(s, n->c, SYN_MAYRETURN))
            edit(s, 2, n->end, n->end, text);
        break;
    }
    case SYN_ASK: { /* its answer may be read where the gate was not asked */
        SynRef first = syn(s->t, s->phase)->c;
        if (!says(s, first, SYN_WHEN))
            edit(s, 20, syn(s->t, first)->start, syn(s->t, first)->start, "when amount > 3 ");
        break;
    }
    case SYN_PHASE: {
        Str name = some_phase(s, 0);
        if (name.n == 0 || n->c == 0 || says(s, n->c, SYN_ONFAILURE))
            break;
        snprintf(text, sizeof text, "on failure start %.*s%s ", STR_ARG(name), gen_once(s->r, 2) ? " then continue" : "");
        edit(s, 3, syn(s->t, n->c)->start, syn(s->t, n->c)->start, text);
        edit(s, 3, syn(s->t, n->c)->start, syn(s->t, n->c)->start,
             word(s, "on failure undo ", "on failure continue ", "on failure stop "));
        break;
    }
    default: break;
    }
}

static void spoil(GenRandom *r, Buf *plan)
{
    Arena *arena = arena_new(0);
    Spoil s = {.r = r, .t = syn_parse(buf_view(plan), arena)};
    SYN_EACH(s.t, d, syn(s.t, s.t->root)->c) {
        s.phase = d;
        for (uint32_t i = 1; syn(s.t, d)->kind == SYN_PHASE && i < s.t->n_nodes; i++)
            if (syn(s.t, i)->start >= syn(s.t, d)->start && syn(s.t, i)->end <= syn(s.t, d)->end)
                edits_of(&s, i);
    }
    if (s.seen > 0) {
        Buf out = {0};
        buf_put(&out, plan->p, s.start);
        buf_puts(&out, s.text);
        buf_put(&out, plan->p + s.end, plan->n - s.end);
        buf_clear(plan);
        buf_str(plan, buf_view(&out));
        buf_free(&out);
    }
    arena_free(arena);
}

static void make(uint64_t seed, Buf *out)
{
    GenRandom r = {gen_derive(seed, 1)};
    GenOptions o = {.parts = GEN_ALL & ~(uint32_t)(GEN_TESTS | GEN_POLICIES | GEN_CALENDARS | GEN_OTHERS),
                    .phases_most = REF_PHASES, .mutate = gen_once(&r, 3)};
    buf_clear(out);
    gen_plan(seed, &o, out);
    for (uint32_t n = gen_below(&r, 3); n > 0; n--)
        spoil(&r, out);
}

/* --- what the checker says ----------------------------------------------------------------- */

/* other: the first error beside which nothing else is looked for; 0: none. */
typedef struct Said { RefFinding items[REF_FINDINGS]; uint32_t n; bool circle; uint16_t other; } Said;

static void place(const RefPlan *p, const Diag *d, RefFinding *out)
{
    out->phase = REF_PHASES;
    out->step = REF_STEPS;
    for (uint32_t i = 0; i < p->n; i++) {
        const SynNode *n = syn(p->tree, p->phases[i].node);
        if (d->at.start < n->start || d->at.start >= n->end)
            continue;
        out->phase = i;
        for (uint32_t k = 0; k < p->phases[i].n_steps; k++) {
            const SynNode *s = syn(p->tree, p->phases[i].steps[k].node);
            if ((d->code == 4007 || d->code == 4009 || d->code == 4016 || d->code == 6001) && d->at.start >= s->start && d->at.start < s->end)
                out->step = k;
        }
    }
}

static void checker(const Compilation *c, const RefPlan *p, Said *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < c->diags.n; i++) {
        const Diag *d = &c->diags.items[i];
        RefFinding f = {d->code, 0, 0};
        if (out->other == 0 && d->severity == DIAG_ERROR && !stands_beside(d->code))
            out->other = d->code;
        out->circle = out->circle || d->code == 3001;
        if (d->severity != DIAG_ERROR || index_of(d->code) == CODES || d->code == 3001)
            continue;
        place(p, d, &f);
        bool again = false;
        for (uint32_t k = 0; k < out->n; k++)
            again = again || memcmp(&out->items[k], &f, sizeof f) == 0;
        if (!again && out->n < REF_FINDINGS)
            out->items[out->n++] = f;
    }
}

/* --- both -------------------------------------------------------------------------------------- */

enum { ALL_CODES = 10000 };
typedef struct Counts {
    unsigned long made, compared, half, differ; /* half: one way only, see beyond() */
    unsigned long found[CODES], beside[ALL_CODES]; /* findings of the reference; errors that it does not judge */
    unsigned long ways[CODES + 1];              /* plans, by how many codes they have */
    unsigned long unparsed, large, other[ALL_CODES]; /* not compared, and why */
} Counts;

static bool has(const RefFinding *all, uint32_t n, RefFinding f)
{
    for (uint32_t i = 0; i < n; i++)
        if (all[i].code == f.code && all[i].phase == f.phase && all[i].step == f.step)
            return true;
    return false;
}

static void put(const RefPlan *p, const char *who, RefFinding f, Buf *out)
{
    buf_printf(out, "only the %s: G%04u in %.*s", who, f.code,
               f.phase < p->n ? (int)p->phases[f.phase].name.n : 1, f.phase < p->n ? p->phases[f.phase].name.p : "?");
    if (f.step < REF_STEPS)
        buf_printf(out, ".%.*s", STR_ARG(p->phases[f.phase].steps[f.step].name));
    buf_putc(out, '\n');
}

/* That a value may not be there was said, if for another reason. */
static bool said_so(const Said *s, RefFinding f)
{
    static const uint16_t of_reads[] = {2012, 3004, 3005, 4012};
    bool is = false, said = false;
    for (size_t i = 0; i < 4; i++) {
        is = is || of_reads[i] == f.code;
        said = said || has(s->items, s->n, (RefFinding){of_reads[i], f.phase, f.step});
    }
    return is && said;
}

/* A phase that no run starts reads nothing, and sends nobody back. */
static bool counts(const RefVerdict *v, RefFinding f)
{
    bool of_runs = f.code == 2012 || f.code == 3004 || f.code == 3005 || f.code == 4012 || f.code == 6002;
    return f.phase < REF_PHASES && (!of_runs || v->begins[f.phase]);
}

/* A run that went on after a failure may come back to before it: neither says
 * then who never starts. */
static bool comes_back(const RefPlan *p)
{
    bool returns = false, goes_on = false;
    for (uint32_t i = 0; i < p->n; i++) {
        returns = returns || p->phases[i].n_returns > 0;
        goes_on = goes_on || (p->phases[i].starts < REF_PHASES && p->phases[i].on_continue);
    }
    return returns && goes_on;
}

/* What runs after a failure, as one of several ways, or started by several, or
 * leading to its own starter, or where a gate returns to before the failure:
 * which of these can have been is a question as hard as any (satisfiability), and
 * the checker does not look into it. It then says too much of reads and returns,
 * or too little of who can never start; never that a plan is fine which is not. */
static bool beyond(const RefPlan *p)
{
    uint32_t starters[REF_PHASES] = {0};
    bool is = comes_back(p);
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t to = p->phases[i].starts;
        if (to == REF_PHASES)
            continue;
        is = is || ++starters[to] > 1 || ref_depends(p, i, to);
        for (uint32_t k = 0; k < p->n; k++)
            for (uint32_t m = 0; m < p->phases[k].n_needs; m++) {
                uint32_t way = p->phases[k].needs[m].phase;
                is = is || (p->phases[k].needs[m].group != 0 && (way == to || ref_depends(p, way, to)));
            }
    }
    return is;
}

/* What the reference found. */
static void tally(const RefPlan *p, const RefVerdict *v, Counts *n)
{
    unsigned long here[CODES] = {0};
    uint32_t ways = 0;
    here[index_of(3001)] = v->circle;
    for (uint32_t i = 0; i < v->n; i++)
        here[index_of(v->items[i].code)]++;
    for (uint32_t i = 0; i < p->n && !v->circle; i++)
        here[index_of(3006)] += v->never[i];
    for (uint32_t i = 0; i < CODES; i++) {
        n->found[i] += here[i];
        ways += here[i] > 0;
    }
    n->ways[ways]++;
}

static void compare(const RefPlan *p, const RefVerdict *v, const Said *s, const Sem *sem, Counts *n, Buf *why)
{
    bool half = beyond(p);
    n->half += half;
    if (v->circle != s->circle)
        buf_printf(why, "only the %s: G3001\n", v->circle ? "reference" : "checker");
    if (v->circle || s->circle)
        return; /* without an order there is no before */
    for (uint32_t i = 0; i < v->n; i++) {
        if (counts(v, v->items[i]) && !has(s->items, s->n, v->items[i]) && !(half && said_so(s, v->items[i])))
            put(p, "reference", v->items[i], why);
    }
    for (uint32_t i = 0; i < s->n && !half; i++)
        if (counts(v, s->items[i]) && !has(v->items, v->n, s->items[i]))
            put(p, "checker", s->items[i], why);
    for (uint32_t i = 0; i < p->n; i++) {
        if (half ? sem->phases[i].never_starts && !v->never[i] : v->never[i] != sem->phases[i].never_starts)
            put(p, v->never[i] ? "reference" : "checker", (RefFinding){3006, i, REF_STEPS}, why);
    }
}

static void one(uint64_t seed, Counts *n, Buf *plan, Buf *why)
{
    static RefPlan p;
    static RefVerdict v;
    Compilation c;
    Said s;
    make(seed, plan);
    n->made++;
    Arena *arena = arena_new(0);
    SynTree *t = syn_parse(buf_view(plan), arena);
    if (t->n_errors == 0)
        ref_read(t, &p);
    n->unparsed += t->n_errors > 0;
    n->large += t->n_errors == 0 && p.too_much;
    if (t->n_errors > 0 || p.too_much || compile_source(STR("made.gate"), buf_view(plan), COMPILE_CHECK, &c) != GATE_OK) {
        arena_free(arena);
        return;
    }
    checker(&c, &p, &s);
    n->other[s.other] += s.other != 0;
    if (s.other == 0 && c.sem->n_phases == p.n) {
        n->compared++;
        for (uint32_t i = 0; i < c.diags.n; i++)
            n->beside[c.diags.items[i].code] += c.diags.items[i].severity == DIAG_ERROR && index_of(c.diags.items[i].code) == CODES;
        ref_judge(&p, &v);
        tally(&p, &v, n);
        compare(&p, &v, &s, c.sem, n, why);
    }
    compile_free(&c);
    arena_free(arena);
}

static void show(uint64_t seed)
{
    Counts n = {0};
    Buf plan = {0}, why = {0}, said = {0};
    Compilation c;
    one(seed, &n, &plan, &why);
    fputs(buf_z(&plan), stdout);
    if (compile_source(STR("made.gate"), buf_view(&plan), COMPILE_CHECK, &c) == GATE_OK) {
        diag_print_text(&c.diags, false, &said);
        printf("%s\n", buf_z(&said));
        compile_free(&c);
    }
    printf("%s%s", n.compared == 0 ? "not compared\n" : "", buf_z(&why));
    buf_free(&plan);
    buf_free(&why);
    buf_free(&said);
}

static void print_codes(const char *what, const unsigned long *n)
{
    printf("# %s:", what);
    for (uint32_t i = 0; i < ALL_CODES; i++)
        if (n[i] > 0)
            printf(" G%04u %lu", i, n[i]);
    printf("\n");
}

/* What was compared, what was found, and what was not compared and why. Each code
 * must have been found. */
static bool told(const Counts *n)
{
    bool all = true;
    unsigned long bad = 0;
    for (uint32_t i = 1; i <= CODES; i++)
        bad += n->ways[i];
    printf("# %lu of %lu plans were compared, %lu of them one way only (what the checker calls fine is fine)\n",
           n->compared, n->made, n->half);
    printf("# %lu of these are fine, %lu are bad; by how many codes:", n->ways[0], bad);
    for (uint32_t i = 1; i <= CODES; i++)
        if (n->ways[i] > 0)
            printf(" %u: %lu", i, n->ways[i]);
    printf("\n# found by the walk:");
    for (uint32_t i = 0; i < CODES; i++) {
        printf(" G%04u %lu", codes[i], n->found[i]);
        all = all && n->found[i] > 0;
    }
    printf("\n");
    print_codes("other errors of the checker, which the walk does not judge", n->beside);
    printf("# not compared: %lu do not parse, %lu are too large to walk\n", n->unparsed, n->large);
    print_codes("not compared, since what else is wrong silences what depends on it", n->other);
    return all;
}

int main(int argc, char **argv)
{
    static Counts n;
    Buf plan = {0}, why = {0};
    if (argc == 3 && strcmp(argv[1], "one") == 0) {
        show(strtoull(argv[2], NULL, 10));
        return 0;
    }
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long i = 0; i < count; i++) {
        buf_clear(&why);
        one(seed + i, &n, &plan, &why);
        if (why.n == 0)
            continue;
        if (n.differ++ < 5)
            printf("# seed %llu\n%s%s\n", (unsigned long long)(seed + i), n.differ == 1 ? buf_z(&plan) : "", buf_z(&why));
    }
    bool enough = told(&n);
    printf("%s 1 - %lu plans: the checker says what the walk of all paths finds\n", n.differ == 0 ? "ok" : "not ok", n.compared);
    printf("%s 2 - nine of ten plans are compared\n", n.compared >= n.made / 10 * 9 ? "ok" : "not ok");
    printf("%s 3 - each finding is among them\n1..3\n", enough ? "ok" : "not ok");
    buf_free(&plan);
    buf_free(&why);
    return n.differ != 0 || !enough;
}
