/* Owns: secrets, what starts a run by itself, what is given to it, and whether
 * runs wait for each other.
 * Must not know: what a run does. */
#include "compiler/check/check.h"

/* --- secrets ---------------------------------------------------------------- */

static void no_source(Checker *c, const File *f, SynRef at, const Str *words, uint32_t n)
{
    Str best, near = chk_near_word(c, chk_text(f, at), words, n, &best);
    Diag *d = chk_report(c, 1001, f, at, "a secret does not come from `%.*s`", STR_ARG(chk_text(f, at)));
    diag_label(c->diags, d, "it comes from: env, file, keyring, command");
    chk_did_you_mean(c, d, f, at, near, best);
}

void chk_declare_secret(Checker *c, File *f, SynRef node)
{
    static const Str sources[] = {[SS_ENV] = {"env", 3}, [SS_FILE] = {"file", 4},
                                  [SS_KEYRING] = {"keyring", 7}, [SS_COMMAND] = {"command", 7}};
    enum { N = sizeof sources / sizeof *sources };
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_secrets, source = 0;
    if (chk_declare(c, f->scope, DK_SECRET, index, f, node, n->a) == NULL)
        return;
    while (source < N && n->b != 0 && !str_eq(sources[source], chk_text(f, n->b)))
        source++;
    if (source == N)
        no_source(c, f, n->b, sources, N);
    SemSecret s = {.name = chk_text(f, n->a), .source = (SemSecretSource)(source % N),
                   .of = chk_title(c, f, n->c), .file = &f->sem, .node = node};
    if (n->c != 0 && s.of.n == 0) {
        Diag *d = chk_report(c, 2007, f, n->c, "nothing says under which name the secret `%.*s` lies", STR_ARG(s.name));
        diag_label(c->diags, d, "an empty name");
    }
    *CHK_PUSH(c, c->sem->secrets, c->sem->n_secrets, c->cap_secrets) = s;
}

/* --- inputs that are set ---------------------------------------------------- */

static void no_input(Checker *c, File *f, SynRef name)
{
    Str text = chk_text(f, name), best;
    Str near = chk_near(c, f->scope, text, DK(INPUT), &best);
    Diag *d = chk_report(c, 2003, f, name, "the plan has no input `%.*s`", STR_ARG(text));
    diag_label(c->diags, d, "nothing would read it");
    if (!chk_did_you_mean(c, d, f, name, near, best))
        diag_help(c->diags, d, "drop it, or declare it: input %.*s: text", STR_ARG(text));
}

static void set_twice(Checker *c, File *f, SynRef arg, SynRef first)
{
    Diag *d = chk_report(c, 2004, f, arg, "the input `%.*s` is given twice",
                         STR_ARG(chk_text(f, chk_node(f, arg)->a)));
    diag_label(c->diags, d, "given again");
    chk_also(c, d, f, first, "given first");
    chk_fix_drop_argument(c, d, f, arg);
}

static void not_set(Checker *c, File *f, SynRef at, const char *who)
{
    Str names = {"", 0}, text = {"", 0};
    uint32_t n = 0;
    SynRef first = 0;
    for (uint32_t i = 0; i < c->sem->n_inputs && n < 8; i++) {
        const SemInput *in = &c->sem->inputs[i];
        if (in->fallback.node != 0 || c->input_seen[i] != 0)
            continue;
        names = chk_printf(c, "%.*s%s`%.*s`", STR_ARG(names), n == 0 ? "" : ", ", STR_ARG(in->name));
        text = chk_printf(c, "%.*s%s%.*s = ...", STR_ARG(text), n == 0 ? "" : ", ", STR_ARG(in->name));
        first = n++ == 0 ? in->node : first;
    }
    Diag *d = chk_report(c, 2002, f, at, "%s does not give %.*s", who, STR_ARG(names));
    diag_label(c->diags, d, "%s", n == 1 ? "an input is missing" : "inputs are missing");
    chk_also(c, d, c->main, chk_node(c->main, first)->a, "has no default");
    diag_help(c->diags, d, "add %.*s", STR_ARG(text));
}

const SemSet *chk_sets(Checker *c, Place *p, SynRef args, SynRef at, const char *who, uint32_t *n)
{
    File *f = p->file;
    SynRef list = args == 0 ? 0 : chk_node(f, args)->a;
    uint32_t count = syn_count(f->tree, list), done = 0, required = 0;
    bool misnamed = false;
    SemSet *all = ARENA_NEW(c->arena, SemSet, count);
    if (c->input_seen == NULL)
        c->input_seen = ARENA_NEW(c->arena, SynRef, c->sem->n_inputs);
    SYN_EACH(f->tree, k, list) {
        const SynNode *arg = chk_node(f, k);
        if (arg->kind != SYN_ARG)
            continue;
        /* To be given is no use: something must read it. */
        const Entity *e = chk_peek(c, f->scope, chk_text(f, arg->a));
        if (e == NULL || e->kind != DK_INPUT) {
            misnamed = true;
            if (e == NULL || e->kind != DK_POISON)
                no_input(c, f, arg->a);
            chk_expr(c, p, arg->b, SEM_POISON);
            continue;
        }
        const SemInput *in = &c->sem->inputs[e->index];
        if (c->input_seen[e->index] != 0) {
            set_twice(c, f, k, c->input_seen[e->index]);
            continue;
        }
        c->input_seen[e->index] = k;
        required += in->fallback.node == 0;
        Str what = chk_printf(c, "`%.*s`", STR_ARG(in->name));
        chk_expect(c, p, arg->b, in->type, arena_copy(c->arena, what.p, what.n));
        all[done++] = (SemSet){e->index, {&f->sem, arg->b}};
    }
    if (required < c->n_required_inputs && !misnamed)
        not_set(c, f, at, who);
    for (uint32_t i = 0; i < done; i++)
        c->input_seen[all[i].input] = 0;
    *n = done;
    return all;
}

/* --- starts ----------------------------------------------------------------- */

static void on_event(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemStart s = {.event = SEM_NONE, .calendar = SEM_NONE, .node = r};
    SynRef args = 0, where = 0;
    Place p;
    SYN_EACH(f->tree, k, n->c) {
        if (chk_node(f, k)->kind == SYN_WHERE)
            where = chk_node(f, k)->a;
        if (chk_node(f, k)->kind == SYN_ARGS)
            args = k;
    }
    s.event = chk_event_path(c, f, n->a);
    chk_place(&p, f, EP_START, "what starts a run", SEM_NONE);
    if (n->b != 0) {
        chk_local_hides(c, &p, n->b, "the event");
        p.locals[p.n_locals++] = (Local){chk_text(f, n->b), 0,
                                         s.event == SEM_NONE ? SEM_POISON : c->sem->events[s.event].result,
                                         SR_EVENT};
    }
    if (where != 0) {
        s.where = (SemExpr){&f->sem, where};
        chk_expect(c, &p, where, TK_BOOL, "a condition");
    }
    s.sets = chk_sets(c, &p, args, n->a, "this start", &s.n_sets);
    if (s.event != SEM_NONE)
        *CHK_PUSH(c, c->sem->starts, c->sem->n_starts, c->cap_starts) = s;
}

static uint32_t days(const File *f, SynRef specs)
{
    uint32_t bits = 0;
    SYN_EACH(f->tree, k, specs) {
        const SynNode *spec = chk_node(f, k);
        uint32_t day = chk_node(f, spec->a)->aux;
        uint32_t last = spec->b == 0 ? day : chk_node(f, spec->b)->aux;
        bits |= UINT32_C(1) << last;
        for (; day != last; day = (day + 1) % 7)
            bits |= UINT32_C(1) << day;
    }
    return bits;
}

static void by_the_clock(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemStart s = {.event = SEM_NONE, .calendar = SEM_NONE, .days = days(f, n->a), .node = r};
    SynRef args = 0, path = 0;
    Value at;
    Place p;
    SYN_EACH(f->tree, k, n->c) {
        if (chk_node(f, k)->kind == SYN_PATH)
            path = k;
        if (chk_node(f, k)->kind == SYN_ARGS)
            args = k;
    }
    if (n->b != 0 && chk_literal(f, n->b, &at))
        s.at_s = (int32_t)(at.u.i / 1000);
    if (s.at_s == 86400) {
        Diag *d = chk_report(c, 2007, f, n->b, "no run starts at 24:00");
        diag_label(c->diags, d, "that is 00:00 of the day after");
    }
    const Entity *e = path == 0 ? NULL : chk_path(c, f, SEM_NONE, path, DK(CALENDAR), "a calendar");
    if (e != NULL)
        s.calendar = e->index;
    chk_place(&p, f, EP_START, "what starts a run", SEM_NONE);
    s.sets = chk_sets(c, &p, args, args != 0 ? args : path, "this start", &s.n_sets);
    if (e != NULL)
        *CHK_PUSH(c, c->sem->starts, c->sem->n_starts, c->cap_starts) = s;
}

static void alone(Checker *c, File *f, SynRef r, SynRef *seen)
{
    SynRef per = chk_node(f, r)->a;
    if (!chk_once(c, f, seen, r, "runs alone"))
        return;
    c->sem->runs_alone = true;
    const Entity *e = per == 0 ? NULL : chk_path(c, f, SEM_NONE, per, DK(INPUT), "an input");
    if (e == NULL)
        return;
    c->sem->alone_per = e->index;
    if (chk_kind(c, c->sem->inputs[e->index].type) == TK_SECRET)
        chk_secret_shown(c, f, per);
}

void chk_starts(Checker *c)
{
    File *f = c->main;
    SynRef seen[SYN_KIND_COUNT] = {0};
    c->sem->alone_per = SEM_NONE;
    if (f->kind != SF_PLAN)
        return;
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        switch (chk_node(f, r)->kind) {
        case SYN_STARTSON: on_event(c, f, r); break;
        case SYN_STARTSEVERY: by_the_clock(c, f, r); break;
        case SYN_RUNS: alone(c, f, r, seen); break;
        default: break;
        }
    }
}
