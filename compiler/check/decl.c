/* Owns: what may stand in which kind of file, and the declarations of a file:
 * names, inputs, lets, roles.
 * Must not know: phases from inside. */
#include "compiler/check/check.h"

#include <string.h>

/* --- which declaration belongs where ---------------------------------------- */

enum { IN_PLAN = 1, IN_LIBRARY = 2, IN_HOST = 4 };

static const struct { uint16_t kind; int in; const char *word; } places[] = {
    {SYN_USE, IN_PLAN | IN_LIBRARY | IN_HOST, "use"},
    {SYN_INPUT, IN_PLAN, "input"},
    {SYN_LET, IN_PLAN | IN_LIBRARY, "let"},
    {SYN_SECRET, IN_PLAN | IN_LIBRARY, "secret"},
    {SYN_ROLE, IN_PLAN | IN_LIBRARY | IN_HOST, "role"},
    {SYN_PERSON, IN_HOST, "person"},
    {SYN_RUNS, IN_PLAN, "runs alone"},
    {SYN_CALENDAR, IN_PLAN | IN_LIBRARY | IN_HOST, "calendar"},
    {SYN_MILESTONE, IN_PLAN, "milestone"},
    {SYN_STARTSON, IN_PLAN, "starts on"},
    {SYN_STARTSEVERY, IN_PLAN, "starts every"},
    {SYN_PHASE, IN_PLAN, "phase"},
    {SYN_POLICY, IN_PLAN | IN_LIBRARY | IN_HOST, "policy"},
    {SYN_GRANT, IN_HOST, "grant"},
    {SYN_SETTING, IN_HOST, "setting"},
    {SYN_CONNECTOR, IN_PLAN | IN_LIBRARY, "connector"},
    {SYN_TEST, IN_PLAN, "test"},
};

static void misplaced(Checker *c, const File *f, SynRef r, int in, const char *word)
{
    const SynNode *n = chk_node(f, r);
    Diag *d;
    if (f->kind == SF_HOST)
        d = chk_report(c, 18, f, r, "`%s` belongs in a plan, not in this file", word);
    else
        d = chk_report(c, 18, f, r, "`%s` belongs in host.gate or tenant.gate, not in %s", word,
                       f->kind == SF_PLAN ? "a plan" : "a library");
    d->at.end = n->a != 0 ? chk_node(f, n->a)->end : n->start + (uint32_t)strlen(word);
    diag_label(c->diags, d, "%s", in == IN_HOST ? "the host decides this, not the plan"
                                                : "this file tells people, grants and settings");
    diag_help(c->diags, d, "move it there");
}

static void no_plan(Checker *c, const File *f, SynRef r, const char *word)
{
    const SynNode *n = chk_node(f, r);
    Diag *d = chk_report(c, 1012, f, r, "this file has `%s`, but no `plan` line", word);
    d->at.end = n->a != 0 ? chk_node(f, n->a)->end : n->start + (uint32_t)strlen(word);
    diag_label(c->diags, d, "belongs to a plan");
    SynRef edition = chk_node(f, f->tree->root)->a;
    uint32_t at = edition == 0 ? 0 : chk_node(f, edition)->end;
    diag_fix(c->diags, d, 'H', &f->sem.source, at, at,
             STR("\nplan my_plan \"What it is for\""), "name the plan in the second line");
}

static void edition(Checker *c, const File *f)
{
    SynRef e = chk_node(f, f->tree->root)->a;
    if (e != 0 && chk_int(f, e, 2) == 1)
        return;
    if (e != 0) {
        Diag *d = chk_report(c, 19, f, e, "this version of gate knows edition 1 only");
        diag_label(c->diags, d, "not known");
        chk_fix_replace(c, d, '?', f, e, STR("1"), "write it in edition 1");
        return;
    }
    if (f->tree->n_errors > 0)
        return; /* it may just not have been read */
    Diag *d = diag_add(c->diags, 19, &f->sem.source, 0, 0, "a file begins with its edition");
    diag_label(c->diags, d, "`edition 1` is missing");
    diag_fix(c->diags, d, 'M', &f->sem.source, 0, 0, STR("edition 1\n"), "say it in the first line");
}

void chk_file_kind(Checker *c, File *f)
{
    int here = f->kind == SF_PLAN ? IN_PLAN : f->kind == SF_HOST ? IN_HOST : IN_LIBRARY;
    bool said = false;
    edition(c, f);
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            if (places[i].kind != chk_node(f, r)->kind || (places[i].in & here) != 0)
                continue;
            if (here != IN_LIBRARY || places[i].in != IN_PLAN)
                misplaced(c, f, r, places[i].in, places[i].word);
            else if (!said)
                no_plan(c, f, r, places[i].word);
            said = said || here == IN_LIBRARY;
        }
    }
}

/* --- declaring -------------------------------------------------------------- */

static void declare_input(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t index = c->sem->n_inputs;
    if (chk_declare(c, f->scope, DK_INPUT, index, f, r, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->inputs, c->sem->n_inputs, c->cap_inputs) =
        (SemInput){.name = chk_text(f, n->a), .type = chk_type(c, f, n->b), .node = r};
}

static void declare_let(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t index = c->sem->n_lets;
    if (chk_declare(c, f->scope, DK_LET, index, f, r, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->lets, c->sem->n_lets, c->cap_lets) =
        (SemLet){.name = chk_text(f, n->a), .expr = {&f->sem, n->b}, .node = r};
    *CHK_PUSH(c, c->let_files, c->n_let_files, c->cap_let_files) = f;
}

static void declare_role(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    uint32_t index = c->sem->n_roles, count = syn_count(f->tree, n->c), i = 0;
    if (chk_declare(c, f->scope, DK_ROLE, index, f, r, n->a) == NULL)
        return;
    Str *people = ARENA_NEW(c->arena, Str, count);
    SYN_EACH(f->tree, k, n->c)
        people[i++] = chk_text(f, k);
    *CHK_PUSH(c, c->sem->roles, c->sem->n_roles, c->cap_roles) =
        (SemRole){.name = chk_text(f, n->a), .title = chk_title(c, f, n->b),
                  .people = people, .n_people = count, .said = people, .n_said = count,
                  .file = &f->sem, .node = r};
    if (count == 0 || f->kind == SF_HOST)
        return;
    Diag *d = chk_report(c, 4019, f, n->c, "who is `%.*s` counts only for a person working alone",
                         STR_ARG(chk_text(f, n->a)));
    d->at.end = n->end;
    diag_label(c->diags, d, "has no force in a team profile");
    diag_help(c->diags, d, "in a team, host.gate or tenant.gate says it: role %.*s is %.*s",
              STR_ARG(chk_text(f, n->a)), STR_ARG(people[0]));
}

static void declare(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    switch (n->kind) {
    case SYN_USE:
        if (n->c != 0)
            chk_use_file(c, f, r);
        else
            chk_use_pack(c, f, r);
        break;
    case SYN_INPUT: declare_input(c, f, r); break;
    case SYN_LET: declare_let(c, f, r); break;
    case SYN_ROLE: declare_role(c, f, r); break;
    case SYN_CALENDAR: chk_calendar(c, f, r); break;
    case SYN_MILESTONE:
        if (f->kind == SF_PLAN)
            chk_declare_milestone(c, f, r);
        break;
    case SYN_CONNECTOR: chk_connector(c, f, r); break;
    case SYN_PHASE:
        if (f->kind == SF_PLAN)
            chk_declare_phase(c, f, r);
        break;
    case SYN_SECRET: chk_declare_secret(c, f, r); break;
    case SYN_POLICY: chk_declare_policy(c, f, r); break;
    default:
        break;
    }
}

/* The tree knows how many there are of each: no table of a plan grows. The
 * phases' scopes follow each other, so that a phase's number names its. */
static void expect(Checker *c, const File *f)
{
    static const SynKind named[] = {
        SYN_USE, SYN_INPUT, SYN_LET, SYN_SECRET, SYN_ROLE, SYN_CALENDAR, SYN_MILESTONE, SYN_PHASE,
        SYN_POLICY, SYN_ACTION, SYN_CHECK, SYN_TASK, SYN_AWAIT, SYN_ASK,
    };
    const uint32_t *count = f->tree->count;
    uint32_t names = 0;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        names += count[named[i]];
    c->first_phase_scope = chk_scopes(c, count[SYN_PHASE]);
    chk_expect_names(c, names);
#define EXPECT(items, KIND) \
    CHK_RESERVE(c, c->sem->items, c->sem->n_##items, c->cap_##items, count[SYN_##KIND])
    EXPECT(inputs, INPUT);
    EXPECT(lets, LET);
    EXPECT(roles, ROLE);
    EXPECT(phases, PHASE);
    EXPECT(gates, GATE);
    EXPECT(actions, ACTION);
    EXPECT(checks, CHECK);
    EXPECT(tasks, TASK);
    EXPECT(awaits, AWAIT);
    EXPECT(tells, TELL);
    EXPECT(asks, ASK);
    EXPECT(milestones, MILESTONE);
#undef EXPECT
}

void chk_declare_all(Checker *c, File *f)
{
    f->loading = true;
    if (f == c->main)
        expect(c, f);
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c)
        declare(c, f, r);
    f->loading = false;
    if (f != c->main)
        return;
    for (uint32_t i = 0; i < c->sem->n_phases; i++)
        chk_step_names(c, f, i);
}

/* --- inputs and lets -------------------------------------------------------- */

static bool comparable(Typed a, Typed b)
{
    return a.known && b.known && a.v.tag == b.v.tag;
}

static void outside(Checker *c, File *f, SynRef at, SynRef bound, const char *side)
{
    Diag *d = chk_report(c, 2006, f, at, "the default lies outside the input's own range");
    diag_label(c->diags, d, "%s", side);
    chk_also(c, d, f, bound, "the range ends here");
}

static void input(Checker *c, File *f, SemInput *in)
{
    Place p;
    Typed low = {0}, high = {0}, given = {0};
    SynRef seen[SYN_KIND_COUNT] = {0}, value = 0;
    SYN_EACH(f->tree, k, chk_node(f, in->node)->c) {
        const SynNode *n = chk_node(f, k);
        if (n->kind == SYN_DEFAULT && chk_once(c, f, seen, k, "=")) {
            chk_place(&p, f, EP_CONST, "a default", SEM_NONE);
            value = n->a;
            if (!chk_secret_named(c, f, in->name, value, in->type))
                given = chk_expect(c, &p, value, in->type, "the default");
            in->fallback = (SemExpr){&f->sem, value};
        }
        const SynNode *range = chk_node(f, n->a);
        if (n->kind != SYN_IN || !chk_once(c, f, seen, k, "in") ||
            range->kind != SYN_BINARY || range->aux != BIN_RANGE)
            continue;
        if (in->type != SEM_POISON && !kind_is_ordered(chk_kind(c, in->type))) {
            Diag *d = chk_report(c, 2001, f, n->a, "%.*s has no range",
                                 STR_ARG(chk_type_words(c, in->type)));
            diag_label(c->diags, d, "only what can be ordered has one");
            continue;
        }
        chk_place(&p, f, EP_CONST, "a range", SEM_NONE);
        low = chk_expect(c, &p, range->a, in->type, "the lower bound");
        high = chk_expect(c, &p, range->b, in->type, "the upper bound");
        in->low = (SemExpr){&f->sem, range->a};
        in->high = (SemExpr){&f->sem, range->b};
    }
    if (comparable(low, high) && val_cmp(low.v, high.v) > 0) {
        Diag *d = chk_report(c, 2006, f, in->high.node, "this range is empty");
        diag_label(c->diags, d, "less than where it begins");
    } else if (comparable(given, low) && val_cmp(given.v, low.v) < 0) {
        outside(c, f, value, in->low.node, "too little");
    } else if (comparable(given, high) && val_cmp(given.v, high.v) > 0) {
        outside(c, f, value, in->high.node, "too much");
    }
}

void chk_inputs(Checker *c)
{
    for (uint32_t i = 0; i < c->sem->n_inputs; i++) {
        input(c, c->main, &c->sem->inputs[i]);
        c->n_required_inputs += c->sem->inputs[i].fallback.node == 0;
    }
}
