/* Owns: how a run advances, a second time. Must not know: the compiler's
 * results, the interpreter, the engine. */
#include "tests/slow/model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { PHASES = 16, ACTIONS = 8, STEPS = 16, ELEMENTS = 8, LOOKS = 256, FLIGHTS = 256, NAMES = 256,
       PARAMS = 4 };

/* --- what tools are (language 7) ------------------------------------------------------- */

typedef struct Tool {
    const char *name;
    bool reads;
    struct { const char *name, *fallback; } params[PARAMS]; /* fallback: JSON; NULL: must be given */
    const char *image, *restore; /* its own way back: what is looked at before, what puts it back */
} Tool;

static const Tool tools[] = {
    {"shell.query", true, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"shell.change", false, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"shell.destroy", false, {{"argv", NULL}, {"dir", "\".\""}, {"input", "\"\""}, {"ok", "[0]"}}, NULL, NULL},
    {"file.read", true, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"file.hash", true, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"file.write", false, {{"path", NULL}, {"text", NULL}, {NULL, NULL}, {NULL, NULL}}, "file.image", "file.restore"},
    {"file.remove", false, {{"path", NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
    {"time.now", true, {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}, {NULL, NULL}}, NULL, NULL},
};

static const Tool *tool_of(Str name)
{
    size_t i = 0;
    while (i < sizeof tools / sizeof *tools && !str_is(name, tools[i].name))
        i++;
    assert(i < sizeof tools / sizeof *tools); /* else one that this file does not know */
    return &tools[i];
}

/* --- a run ------------------------------------------------------------------------------- */

typedef enum State {
    PENDING, CHECKING, BLOCKED, STAGED, WAITING, APPROVED, RUNNING, DONE, SKIPPED, REJECTED, EXPIRED,
    FAILED, UNDOING, UNDONE, UNDO_FAILED
} State;
static const char *const state_words[] = {
    "pending", "checking", "blocked", "staged", "waiting", "approved", "running", "done", "skipped",
    "rejected", "expired", "failed", "undoing", "undone", "undo_failed"};

typedef enum CallState { NOT_MADE, SENT, RETRY, MADE, LOST_FOR_GOOD } CallState;

typedef struct Call {
    CallState state;
    uint32_t attempt;
    int64_t due_ms;
} Call;

typedef struct Element {
    Call run, undo;
    uint32_t order;
    Slow result;
    Str undo_args, undo_tool; /* n 0: no way back */
} Element;

typedef struct Action {
    Str name;
    SynRef node, when, each, run, undo, because;
    const Tool *tool;
    bool own_undo;            /* the tool's own */
    uint32_t at_most, stop_after, retries;
    int64_t retry_ms;
    Element elements[ELEMENTS]; uint32_t n_elements, n_failed;
    bool skipped;
    /* of the body's walk at hand */
    bool met;
    Slow value;
} Action;

/* A reading call of an evaluation: found again by where it stood. */
typedef struct Look {
    uint32_t pass, section, ordinal, action; /* action: ACTIONS, in an expression */
    Call call;
    Str tool, args;
} Look;

typedef enum Doing { NOTHING, TESTING, STAGING, RELEASING } Doing;

typedef struct Phase {
    Str name;
    SynRef node, when, gate, on_failure;
    uint32_t needs[PHASES], n_needs;
    bool any, even;
    int level;
    Action actions[ACTIONS]; uint32_t n_actions;
    SynRef steps[STEPS]; uint32_t n_steps;
    bool on_undo, on_stop, on_continue, on_tell, on_start, only_started;
    uint32_t starts;
    /* what happened */
    State state;
    bool started, opened, fresh, dirty, retry_it, was_staged;
    bool told[STEPS], answered[STEPS];
    uint32_t pass, run_pass, order;
    int64_t staged_ms, expires_ms, pass_ms;
    Doing doing;
    Look looks[LOOKS]; uint32_t n_looks;
    Buf log, looked;
    /* of the evaluation at hand */
    uint32_t section, ordinal, action; /* action: of the element at hand, or ACTIONS */
    bool staging, wrote, conditional;
    uint32_t looking;
    uint32_t bad_check;       /* STEPS: none */
} Phase;

typedef struct Flight { uint32_t phase, look, action, element; bool is_look, undo; } Flight;
typedef enum Ending { GOES_ON, ENDS_FAILED, ENDS_REJECTED } Ending;

struct Model {
    const SynTree *t;
    Arena *arena;
    uint64_t seed;
    int64_t now_ms;
    Phase phases[PHASES]; uint32_t n_phases;
    SlowName names[NAMES]; uint32_t n_inputs;
    Flight flights[FLIGHTS]; uint32_t first, last; /* oldest first */
    Ending ending;
    bool waits;               /* an evaluation met a look without answer */
};

/* A value; it fails; not yet, and nothing behind it either; not yet, but what
 * stands beside it may go on. */
typedef enum Got { GOT, LACKS, WAITS, LATER } Got;

static const SynNode *node(const Model *m, SynRef r)
{
    return syn(m->t, r);
}

static Str text_at(const Model *m, SynRef r)
{
    return syn_text(m->t, r);
}

static SynRef clause(const Model *m, SynRef of, uint16_t kind)
{
    SYN_EACH(m->t, k, node(m, of)->c)
        if (node(m, k)->kind == kind)
            return k;
    return 0;
}

static void say(Buf *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(Buf *log, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(log, fmt, ap);
    va_end(ap);
    buf_putc(log, '\n');
}

/* --- reading the plan ------------------------------------------------------------------------ */

static int64_t number_of(const Model *m, SynRef r)
{
    int64_t n = 0;
    Str s = text_at(m, r);
    for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        n = n * 10 + (s.p[i] - '0');
    return n;
}

static int64_t duration_of(Model *m, SynRef r)
{
    SlowWorld w = {.tree = m->t, .arena = m->arena};
    Slow v;
    int64_t ms = -1;
    if (r != 0 && slow_eval(&w, r, &v))
        dec_to_int(&v.dec, &ms);
    return ms;
}

static uint32_t phase_called(const Model *m, Str name)
{
    uint32_t i = 0;
    while (i < m->n_phases && !str_eq(m->phases[i].name, name))
        i++;
    return i;
}

static void read_action(Model *m, Phase *p, SynRef r)
{
    Action *a = &p->actions[p->n_actions++];
    assert(p->n_actions <= ACTIONS);
    *a = (Action){.name = text_at(m, node(m, r)->a), .node = r, .at_most = 1, .stop_after = 1};
    a->when = clause(m, r, SYN_WHEN);
    a->each = clause(m, r, SYN_EACH);
    a->run = clause(m, r, SYN_RUN);
    a->undo = clause(m, r, SYN_UNDO);
    a->because = clause(m, r, SYN_UNDONONE);
    a->tool = tool_of(text_at(m, node(m, a->run)->a));
    a->own_undo = a->tool->restore != NULL && a->undo == 0 && a->because == 0;
    SynRef how = a->each == 0 ? 0 : node(m, a->each)->c, stop = clause(m, r, SYN_STOPAFTER),
           retry = clause(m, r, SYN_RETRY);
    if (how != 0 && node(m, how)->kind == SYN_ATMOST)
        a->at_most = (uint32_t)number_of(m, node(m, how)->a);
    if (stop != 0)
        a->stop_after = (uint32_t)number_of(m, node(m, stop)->a);
    if (retry != 0) {
        a->retries = (uint32_t)number_of(m, node(m, retry)->a);
        a->retry_ms = duration_of(m, node(m, retry)->b);
    }
}

static void read_failure(Model *m, Phase *p, SynRef r)
{
    SYN_EACH(m->t, k, node(m, r)->a) {
        switch (node(m, k)->kind) {
        case SYN_ONUNDO: p->on_undo = true; break;
        case SYN_ONSTOP: p->on_stop = true; break;
        case SYN_ONCONTINUE: p->on_continue = true; break;
        case SYN_ONTELL: p->on_tell = true; break;
        case SYN_ONSTART:
            p->on_start = true;
            p->starts = phase_called(m, text_at(m, node(m, k)->a));
            m->phases[p->starts].only_started = true;
            break;
        default: break;
        }
    }
}

static void read_phase(Model *m, Phase *p)
{
    p->gate = clause(m, p->node, SYN_GATE);
    p->when = clause(m, p->node, SYN_WHEN);
    p->on_failure = clause(m, p->node, SYN_ONFAILURE);
    p->level = p->gate == 0 ? 0 : node(m, node(m, p->gate)->a)->aux;
    p->expires_ms = -1;
    p->bad_check = STEPS;
    if (p->on_failure != 0)
        read_failure(m, p, p->on_failure);
    SYN_EACH(m->t, k, node(m, p->node)->c) {
        const SynNode *n = node(m, k);
        if (n->kind == SYN_NEEDS) {
            p->any = p->any || (n->aux & NEEDS_ANY) != 0;
            p->even = p->even || (n->aux & NEEDS_EVEN) != 0;
            SYN_EACH(m->t, path, n->a)
                p->needs[p->n_needs++] = phase_called(m, text_at(m, path));
        }
        if (n->kind == SYN_ACTION)
            read_action(m, p, k);
        if (n->kind == SYN_ACTION || n->kind == SYN_CHECK || n->kind == SYN_TELL)
            p->steps[p->n_steps++] = k;
        assert(p->n_steps <= STEPS);
    }
}

static void read_inputs(Model *m)
{
    SYN_EACH(m->t, r, node(m, m->t->root)->c) {
        if (node(m, r)->kind != SYN_INPUT)
            continue;
        SlowWorld w = {.tree = m->t, .arena = m->arena};
        SynRef fallback = clause(m, r, SYN_DEFAULT);
        Slow v;
        bool ok = slow_eval(&w, node(m, fallback)->a, &v);
        assert(ok && m->n_inputs < NAMES);
        (void)ok;
        m->names[m->n_inputs++] = (SlowName){text_at(m, node(m, r)->a), v};
    }
}

Model *model_new(const SynTree *tree, uint64_t seed, int64_t now_ms, Arena *arena)
{
    Model *m = ARENA_NEW(arena, Model, 1);
    *m = (Model){.t = tree, .arena = arena, .seed = seed, .now_ms = now_ms};
    read_inputs(m);
    SYN_EACH(tree, r, syn(tree, tree->root)->c) {
        if (syn(tree, r)->kind != SYN_PHASE)
            continue;
        assert(m->n_phases < PHASES);
        m->phases[m->n_phases++] = (Phase){.name = syn_text(tree, syn(tree, r)->a), .node = r};
    }
    for (uint32_t i = 0; i < m->n_phases; i++)
        read_phase(m, &m->phases[i]);
    return m;
}

/* --- looks ------------------------------------------------------------------------------------------ */

static uint32_t number_of_phase(const Model *m, const Phase *p)
{
    return (uint32_t)(p - m->phases);
}

static void fly(Model *m, Flight f)
{
    m->flights[m->last++ % FLIGHTS] = f;
    assert(m->last - m->first < FLIGHTS);
}

static Look *look_at(Phase *p, uint32_t pass, uint32_t section, uint32_t ordinal)
{
    for (uint32_t i = 0; i < p->n_looks; i++)
        if (p->looks[i].pass == pass && p->looks[i].section == section && p->looks[i].ordinal == ordinal)
            return &p->looks[i];
    return NULL;
}

static void send_look(Model *m, Phase *p, Look *k)
{
    k->call.state = SENT;
    k->call.attempt++;
    say(&p->looked, "look %.*s %.*s attempt %u", STR_ARG(k->tool), STR_ARG(k->args), k->call.attempt);
    fly(m, (Flight){.phase = number_of_phase(m, p), .look = (uint32_t)(k - p->looks), .is_look = true});
}

/* Those of the same action that are under way in this evaluation. */
static uint32_t under_way(const Phase *p, uint32_t pass, uint32_t action)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_looks; i++) {
        const Look *k = &p->looks[i];
        n += k->pass == pass && k->section == p->section && k->action == action &&
             (k->call.state == SENT || k->call.state == RETRY);
    }
    return n;
}

/* A reading call where the walk stands. at_most of them at once. */
static Got look(Model *m, Phase *p, Str tool, Str args, uint32_t action, uint32_t at_most, Slow *out)
{
    uint32_t ordinal = p->ordinal++;
    Look *k = look_at(p, p->pass, p->section, ordinal);
    Buf json = {0};
    if (k == NULL && under_way(p, p->pass, action) >= at_most)
        return WAITS;
    if (k == NULL) {
        assert(p->n_looks < LOOKS);
        k = &p->looks[p->n_looks++];
        *k = (Look){p->pass, p->section, ordinal, action, {NOT_MADE, 0, 0},
                    arena_str(m->arena, tool), arena_str(m->arena, args)};
        send_look(m, p, k);
    } else if (k->call.state == RETRY && m->now_ms >= k->call.due_ms) {
        send_look(m, p, k);
    }
    if (k->call.state == LOST_FOR_GOOD)
        return LACKS;
    if (k->call.state != MADE)
        return WAITS;
    script_result(m->seed, tool, args, m->arena, &json, out);
    buf_free(&json);
    return GOT;
}

/* --- arguments, as JSON --------------------------------------------------------------------------- */

static void put_text(Buf *b, Str s)
{
    buf_putc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c == '\n' || c == '\t' || c == '\r')
            buf_printf(b, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
        else if (c < 0x20)
            buf_printf(b, "\\u%04x", c);
        else
            buf_putc(b, (char)c);
    }
    buf_putc(b, '"');
}

static void put_value(Buf *b, const Slow *v)
{
    if (v->kind == SLOW_LIST) {
        buf_putc(b, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            buf_puts(b, i == 0 ? "" : ",");
            put_value(b, &v->items[i]);
        }
        buf_putc(b, ']');
    } else if (v->kind == SLOW_TEXT) {
        put_text(b, v->s);
    } else {
        slow_form(v, b); /* numbers and bools: all that these tools take */
    }
}

/* --- expressions ------------------------------------------------------------------------------------- */

static Slow list_from(Model *m, const Slow *items, uint32_t n)
{
    Slow *copy = ARENA_NEW(m->arena, Slow, n);
    if (n > 0)
        memcpy(copy, items, n * sizeof *items);
    return (Slow){.kind = SLOW_LIST, .items = copy, .n = n, .elem = SLOW_RECORD};
}

/* What was found by a reading action of the released evaluation, or what calls
 * that were made gave. */
static uint32_t what_it_gave(Model *m, const Phase *p, const Action *a, Slow *found)
{
    uint32_t n = 0, action = (uint32_t)(a - p->actions);
    for (uint32_t i = 0; i < a->n_elements; i++)
        if (a->elements[i].run.state == MADE)
            found[n++] = a->elements[i].result;
    for (uint32_t i = 0; i < p->n_looks && p->was_staged && a->tool->reads; i++) {
        const Look *k = &p->looks[i];
        Buf json = {0};
        if (k->pass != p->run_pass || k->action != action || k->call.state != MADE)
            continue;
        assert(n < ELEMENTS);
        script_result(m->seed, k->tool, k->args, m->arena, &json, &found[n++]);
        buf_free(&json);
    }
    return n;
}

/* What an action of another phase gave, by how far that phase came. */
static Slow given_to_others(Model *m, const Phase *p, const Action *a)
{
    const Slow absent = {.kind = SLOW_ABSENT};
    Slow found[ELEMENTS];
    bool ended = p->state == DONE || p->state == FAILED || p->state == UNDONE || p->state == UNDO_FAILED;
    if (p->state == SKIPPED || a->skipped)
        return absent;
    if (!ended)
        return (Slow){.kind = SLOW_UNKNOWN};
    uint32_t n = what_it_gave(m, p, a, found);
    if (a->each == 0)
        return n > 0 ? found[0] : absent;
    if (n == 0 && !a->tool->reads && a->n_elements == 0 && p->state != DONE)
        return absent; /* it did not come to run */
    return list_from(m, found, n);
}

static void name_results(Model *m, const Phase *p, SlowName *names, uint32_t *n, bool own)
{
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *q = &m->phases[i];
        for (uint32_t k = 0; k < q->n_actions; k++) {
            const Action *a = &q->actions[k];
            Slow v = q != p            ? given_to_others(m, q, a)
                     : own && a->met ? a->value
                                       : (Slow){.kind = SLOW_UNKNOWN};
            assert(*n < NAMES);
            Str path = arena_printf(m->arena, "%.*s.%.*s", STR_ARG(q->name), STR_ARG(a->name));
            names[(*n)++] = (SlowName){path, v};
        }
    }
}

typedef struct Reader { Model *m; Phase *p; } Reader;

static void args_by_place(Buf *b, const Tool *t, const Slow *args, uint32_t n)
{
    buf_putc(b, '{');
    for (uint32_t i = 0; i < PARAMS && t->params[i].name != NULL; i++) {
        buf_printf(b, "%s\"%s\":", i == 0 ? "" : ",", t->params[i].name);
        if (i < n)
            put_value(b, &args[i]);
        else
            buf_puts(b, t->params[i].fallback);
    }
    buf_putc(b, '}');
}

static bool any_unknown(const Slow *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (v[i].kind == SLOW_UNKNOWN || (v[i].kind == SLOW_LIST && any_unknown(v[i].items, v[i].n)))
            return true;
    return false;
}

/* A reading tool in an expression. What is read behind the first change is
 * not known while a phase is staged. */
static bool read_in_expression(SlowWorld *w, Str tool, const Slow *args, uint32_t n, Slow *out)
{
    Reader *r = w->ctx;
    Buf json = {0};
    if (r->p->staging && (r->p->wrote || r->p->conditional || any_unknown(args, n))) {
        r->p->ordinal++;
        *out = (Slow){.kind = SLOW_UNKNOWN};
        return true;
    }
    args_by_place(&json, tool_of(tool), args, n);
    Got got = look(r->m, r->p, tool, buf_view(&json), ACTIONS, 1, out);
    buf_free(&json);
    r->m->waits = r->m->waits || got == WAITS;
    return got == GOT;
}

/* An expression of the phase. own: what its own steps gave may be read;
 * element: the variable of an `each`. */
static Got value(Model *m, Phase *p, SynRef expr, bool own, const SlowName *element, Slow *out)
{
    SlowName names[NAMES];
    uint32_t n = m->n_inputs;
    Reader reader = {m, p};
    memcpy(names, m->names, n * sizeof *names);
    name_results(m, p, names, &n, own);
    if (element != NULL)
        names[n++] = *element;
    SlowWorld w = {.tree = m->t, .arena = m->arena, .now_ms = p->pass_ms, .names = names, .n_names = n,
                   .phase = p->name, .read = read_in_expression, .ctx = &reader};
    m->waits = false;
    bool ok = slow_eval(&w, expr, out);
    return m->waits ? WAITS : ok ? GOT : LACKS;
}

/* --- states ------------------------------------------------------------------------------------------------ */

static void tell_of_engine(Model *m, Phase *p, SynRef paths)
{
    Buf b = {0};
    SYN_EACH(m->t, k, paths)
        buf_printf(&b, "%s%.*s", b.n == 0 ? "" : ", ", STR_ARG(text_at(m, k)));
    say(&p->log, "inform %s", buf_z(&b));
    buf_free(&b);
}

/* What a phase's new state means for the run: a no, silence, and a failure
 * that does not go on end it. */
static void becomes(Model *m, Phase *p, State s)
{
    p->state = s;
    say(&p->log, "state %s", state_words[s]);
    bool failed = s == FAILED || s == UNDONE;
    if (failed && p->on_start)
        m->phases[p->starts].started = true;
    if (m->ending != GOES_ON)
        return;
    if (s == REJECTED || s == EXPIRED)
        m->ending = ENDS_REJECTED;
    else if (failed && !p->on_continue)
        m->ending = ENDS_FAILED;
}

static void after_failure(Model *m, Phase *p)
{
    if (p->on_tell) {
        SYN_EACH(m->t, k, node(m, p->on_failure)->a)
            if (node(m, k)->kind == SYN_ONTELL)
                tell_of_engine(m, p, node(m, k)->a);
        return;
    }
    SynRef by = p->gate == 0 ? 0 : clause(m, p->gate, SYN_BY);
    if (p->on_failure == 0 && by != 0)
        tell_of_engine(m, p, node(m, node(m, by)->a)->a);
}

static bool can_take_back(const Element *e)
{
    return e->run.state == MADE && e->undo_args.n > 0;
}

/* A step failed for good: undo what can be undone, stop, or go on. */
static void fails(Model *m, Phase *p)
{
    bool undo = p->on_failure == 0 || p->on_undo, something = false;
    p->doing = NOTHING;
    for (uint32_t i = 0; i < p->n_actions; i++)
        for (uint32_t k = 0; k < p->actions[i].n_elements; k++)
            something = something || can_take_back(&p->actions[i].elements[k]);
    if (undo && something) {
        becomes(m, p, UNDOING);
        return;
    }
    becomes(m, p, FAILED);
    after_failure(m, p);
}

/* --- conditions ---------------------------------------------------------------------------------------------- */

static void begin_pass(const Model *m, Phase *p, Doing doing, int64_t now_ms)
{
    (void)m;
    p->doing = doing;
    p->pass++;
    p->pass_ms = now_ms;
}

enum { SECTION_WHEN = 1, SECTION_QUESTION = 2, SECTION_BODY = 3, SECTION_REQUIRE = 10, SECTION_WORDS = 100 };

static void at_section(Phase *p, uint32_t section)
{
    p->section = section;
    p->ordinal = 0;
    p->staging = p->wrote = p->conditional = false;
}

/* The words of a condition that does not hold; its own text where it has none. */
static Got blocker(Model *m, Phase *p, SynRef require, uint32_t i, bool untested, Buf *out)
{
    const SynNode *n = node(m, require);
    Slow words = {.kind = SLOW_ABSENT};
    Got got = LACKS;
    at_section(p, SECTION_WORDS + i);
    if (n->b != 0)
        got = value(m, p, n->b, false, NULL, &words);
    if (got == WAITS)
        return WAITS;
    Str s = got == GOT && words.kind == SLOW_TEXT ? words.s : text_at(m, n->a);
    say(out, "blocker %.*s%s", STR_ARG(s), untested ? " (untested)" : "");
    return GOT;
}

/* All of them are tested, so that a person sees everything that is missing. */
static Got conditions(Model *m, Phase *p, bool with_when, bool *skip, Buf *blockers)
{
    bool waits = false;
    uint32_t i = 0;
    *skip = false;
    if (with_when && p->when != 0) {
        Slow v;
        at_section(p, SECTION_WHEN);
        Got got = value(m, p, node(m, p->when)->a, false, NULL, &v);
        if (got == WAITS)
            return WAITS;
        if (got == LACKS || v.kind != SLOW_BOOL) {
            say(blockers, "blocker when (untested)");
            return GOT;
        }
        *skip = dec_zero(&v.dec);
        if (*skip)
            return GOT;
    }
    SYN_EACH(m->t, r, node(m, p->node)->c) {
        Slow v;
        if (node(m, r)->kind != SYN_REQUIRE)
            continue;
        at_section(p, SECTION_REQUIRE + i);
        Got got = value(m, p, node(m, r)->a, false, NULL, &v);
        bool known = got == GOT && v.kind == SLOW_BOOL;
        if (got != WAITS && !(known && !dec_zero(&v.dec)))
            got = blocker(m, p, r, i, !known, blockers);
        waits = waits || got == WAITS;
        i++;
    }
    return waits ? WAITS : GOT;
}

/* --- the body -------------------------------------------------------------------------------------------------- */

/* Arguments in the tool's order. unknown: one of them is not known yet. */
static Got arguments(Model *m, Phase *p, const Tool *t, SynRef args, const SlowName *element, Buf *b,
                     bool *unknown)
{
    buf_putc(b, '{');
    for (uint32_t i = 0; i < PARAMS && t->params[i].name != NULL; i++) {
        SynRef expr = 0;
        SYN_EACH(m->t, k, node(m, args)->a)
            if (str_is(text_at(m, node(m, k)->a), t->params[i].name))
                expr = node(m, k)->b;
        buf_printf(b, "%s\"%s\":", i == 0 ? "" : ",", t->params[i].name);
        if (expr == 0) {
            buf_puts(b, t->params[i].fallback);
            continue;
        }
        Slow v;
        Got got = value(m, p, expr, true, element, &v);
        if (got != GOT)
            return got;
        *unknown = *unknown || any_unknown(&v, 1);
        put_value(b, &v);
    }
    buf_putc(b, '}');
    return GOT;
}

static uint32_t count_open(const Action *a, bool with_retries)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n_elements; i++)
        n += a->elements[i].run.state == SENT || (with_retries && a->elements[i].run.state == RETRY);
    return n;
}

static bool stopping(const Action *a)
{
    return a->n_failed >= a->stop_after;
}

static bool has_room(const Phase *p, const Action *a)
{
    return count_open(a, true) + p->looking < a->at_most;
}

static uint32_t number_of_action(const Phase *p, const Action *a)
{
    return (uint32_t)(a - p->actions);
}

static void send_call(Model *m, Phase *p, Action *a, uint32_t i, bool undo, Str args)
{
    Element *e = &a->elements[i];
    Call *c = undo ? &e->undo : &e->run;
    c->state = SENT;
    c->attempt++;
    if (!undo)
        e->order = ++p->order; /* what failed before was not made */
    say(&p->log, "%s %.*s[%u] %.*s attempt %u", undo ? "undo" : "call", STR_ARG(a->name), i,
        STR_ARG(args), c->attempt);
    fly(m, (Flight){.phase = number_of_phase(m, p), .action = number_of_action(p, a), .element = i,
                    .undo = undo});
}

/* The call of one element, of which everything is known. */
static Got run_call(Model *m, Phase *p, Action *a, uint32_t i, Str args, Str undo_tool, Str undo_args)
{
    assert(i < ELEMENTS);
    if (i >= a->n_elements) {
        if (stopping(a) || !has_room(p, a))
            return LATER;
        a->elements[a->n_elements++] = (Element){.undo_tool = undo_tool,
                                                  .undo_args = arena_str(m->arena, undo_args)};
        send_call(m, p, a, i, false, args);
        return LATER;
    }
    Element *e = &a->elements[i];
    if (e->run.state == MADE || e->run.state == LOST_FOR_GOOD)
        return GOT;
    if (e->run.state == RETRY && m->now_ms >= e->run.due_ms && !stopping(a))
        send_call(m, p, a, i, false, args);
    return LATER;
}

/* What a file held, before it is written: the same call's way back needs it.
 * While the phase runs, it is looked at when the call may go out. */
static Got look_before(Model *m, Phase *p, const Action *a, const Slow *path, Slow *before)
{
    const Look *k = look_at(p, p->pass, p->section, p->ordinal);
    bool known = k != NULL && k->call.state == MADE;
    Buf json = {0};
    if (!p->staging && !known && stopping(a)) {
        p->ordinal++;
        return count_open(a, false) > 0 ? WAITS : LACKS;
    }
    if (!p->staging && !known && !has_room(p, a)) {
        p->ordinal++;
        return WAITS;
    }
    buf_puts(&json, "{\"path\":");
    put_value(&json, path);
    buf_putc(&json, '}');
    Got got = look(m, p, str_of(a->tool->image), buf_view(&json), ACTIONS, p->staging ? 1 : a->at_most, before);
    buf_free(&json);
    if (got != WAITS || p->staging)
        return got;
    p->looking++;
    return a->each != 0 ? LATER : WAITS;
}

static Got own_way_back(Model *m, Phase *p, const Action *a, const SlowName *element, Buf *undo)
{
    SynRef expr = 0;
    Slow path, before;
    SYN_EACH(m->t, k, node(m, node(m, a->run)->b)->a)
        if (str_is(text_at(m, node(m, k)->a), "path"))
            expr = node(m, k)->b;
    Got got = value(m, p, expr, true, element, &path);
    if (got != GOT)
        return got;
    if (p->staging && (p->wrote || p->conditional)) {
        p->ordinal++;
        return GOT; /* not known yet */
    }
    got = look_before(m, p, a, &path, &before);
    if (got != GOT)
        return got;
    buf_puts(undo, "{\"path\":");
    put_value(undo, &path);
    buf_puts(undo, ",\"existed\":");
    put_value(undo, &before.items[0]);
    buf_puts(undo, ",\"text\":");
    put_value(undo, &before.items[1]);
    buf_putc(undo, '}');
    return GOT;
}

/* A reading action's call: it may fail and leave the others to be made. */
static Got read_call(Model *m, Phase *p, const Action *a, Str args, bool unknown, bool *failed, Slow *result)
{
    if (unknown || (p->staging && (p->wrote || p->conditional))) {
        p->ordinal++;
        return p->staging ? GOT : LACKS;
    }
    Got got = look(m, p, str_of(a->tool->name), args, number_of_action(p, a), a->at_most, result);
    *failed = got == LACKS;
    if (*failed)
        *result = (Slow){.kind = SLOW_ABSENT};
    return got == WAITS ? LATER : GOT;
}

/* One element: its arguments, its way back, its call. */
static Got element_call(Model *m, Phase *p, Action *a, uint32_t i, const SlowName *element, bool *failed,
                        Slow *result)
{
    Buf args = {0}, undo = {0};
    bool unknown = false, ignored = false;
    Str undo_tool = {"", 0};
    *result = (Slow){.kind = SLOW_UNKNOWN};
    *failed = false;
    Got got = arguments(m, p, a->tool, node(m, a->run)->b, element, &args, &unknown);
    if (got == GOT && a->own_undo) {
        undo_tool = str_of(a->tool->restore);
        got = own_way_back(m, p, a, element, &undo);
    } else if (got == GOT && a->undo != 0) {
        undo_tool = text_at(m, node(m, a->undo)->a);
        got = arguments(m, p, tool_of(undo_tool), node(m, a->undo)->b, element, &undo, &ignored);
    }
    if (got == LATER) {
        p->ordinal++; /* its call keeps its number */
    } else if (got == GOT && a->tool->reads) {
        got = read_call(m, p, a, buf_view(&args), unknown, failed, result);
    } else if (got == GOT) {
        p->ordinal++;
        p->wrote = p->wrote || p->staging;
        if (!p->staging)
            got = run_call(m, p, a, i, buf_view(&args), undo_tool, buf_view(&undo));
        if (!p->staging && got == GOT)
            *result = a->elements[i].run.state == MADE ? a->elements[i].result : (Slow){.kind = SLOW_ABSENT};
    }
    buf_free(&args);
    buf_free(&undo);
    return got;
}

static void keep_result(Model *m, Action *a, const Slow *found, uint32_t n)
{
    a->met = true;
    a->value = (Slow){.kind = SLOW_ABSENT};
    for (uint32_t i = 0; i < n; i++)
        if (found[i].kind == SLOW_UNKNOWN) {
            a->value = found[i];
            return;
        }
    if (a->each == 0) {
        if (n > 0)
            a->value = found[0];
        return;
    }
    a->value = list_from(m, found, n);
}

/* `when`. *skip: false; unknown stages the action as conditional. */
static Got wanted(Model *m, Phase *p, Action *a, bool *skip)
{
    Slow v;
    *skip = p->conditional = false;
    if (a->when == 0)
        return GOT;
    Got got = value(m, p, node(m, a->when)->a, true, NULL, &v);
    if (got != GOT)
        return got;
    p->conditional = v.kind == SLOW_UNKNOWN;
    *skip = v.kind == SLOW_BOOL && dec_zero(&v.dec);
    if (!*skip)
        return GOT;
    a->met = true;
    a->value = (Slow){.kind = SLOW_ABSENT};
    if (!p->staging && !a->skipped)
        say(&p->log, "skip %.*s", STR_ARG(a->name));
    a->skipped = a->skipped || !p->staging;
    return GOT;
}

/* All elements as far as they go; what they gave in found. */
static Got all_elements(Model *m, Phase *p, Action *a, Slow *found, uint32_t *n, uint32_t *waiting,
                        uint32_t *failed)
{
    Slow list = {.kind = SLOW_LIST, .n = 1};
    Got got = a->each == 0 ? GOT : value(m, p, node(m, a->each)->b, true, NULL, &list);
    if (got != GOT || list.kind != SLOW_LIST)
        return got == GOT ? LACKS : got;
    for (uint32_t i = 0; i < list.n; i++) {
        SlowName element = {{"", 0}, {.kind = SLOW_ABSENT}};
        bool lost;
        Slow one;
        if (a->each != 0)
            element = (SlowName){text_at(m, node(m, a->each)->a), list.items[i]};
        got = element_call(m, p, a, i, &element, &lost, &one);
        if (got == LACKS || got == WAITS)
            return got;
        *waiting += got == LATER;
        *failed += lost;
        if (*failed >= a->stop_after)
            return LACKS; /* no more elements begin, and looks need not be waited for */
        assert(*n < ELEMENTS);
        if (got == GOT && one.kind != SLOW_ABSENT)
            found[(*n)++] = one;
    }
    return GOT;
}

static Got run_action(Model *m, Phase *p, Action *a)
{
    Slow found[ELEMENTS];
    uint32_t n = 0, waiting = 0, failed = 0;
    bool skip;
    p->looking = 0;
    Got got = wanted(m, p, a, &skip);
    if (got != GOT || skip)
        return got;
    got = all_elements(m, p, a, found, &n, &waiting, &failed);
    p->conditional = false;
    if (got != GOT)
        return got;
    if (!p->staging && !a->tool->reads) {
        /* Once too many failed, only what is out there is waited for. */
        waiting = stopping(a) ? count_open(a, false) : waiting;
        failed = a->n_failed;
    }
    if (waiting > 0)
        return WAITS;
    if (failed > 0)
        return LACKS;
    keep_result(m, a, found, n);
    return GOT;
}

/* A postcondition: all of it holds, or the phase has failed. What is certain to
 * fail is not asked of a person first. */
static Got run_check(Model *m, Phase *p, uint32_t step)
{
    SynRef r = p->steps[step];
    Slow v = slow_bool(true);
    Str name = text_at(m, node(m, r)->a);
    SYN_EACH(m->t, k, node(m, r)->c) {
        if (node(m, k)->kind != SYN_REQUIRE)
            continue;
        Got got = value(m, p, node(m, k)->a, true, NULL, &v);
        if (got != GOT)
            return got;
        if (v.kind == SLOW_UNKNOWN || dec_zero(&v.dec))
            break;
    }
    bool known = v.kind == SLOW_BOOL, pass = known && !dec_zero(&v.dec);
    if (p->staging) {
        if (known && !pass && p->level >= 2)
            p->bad_check = step;
        return p->bad_check == step ? LACKS : GOT;
    }
    if (known && !p->answered[step])
        say(&p->log, "check %.*s %s", STR_ARG(name), pass ? "pass" : "fail");
    p->answered[step] = true;
    return pass ? GOT : LACKS;
}

static Got run_tell(Model *m, Phase *p, uint32_t step)
{
    const SynNode *n = node(m, p->steps[step]);
    Slow v;
    Buf to = {0};
    Got got = value(m, p, n->b, true, NULL, &v);
    if (got != GOT || p->staging || p->told[step])
        return got;
    SYN_EACH(m->t, k, n->a)
        buf_printf(&to, "%s%.*s", to.n == 0 ? "" : ", ", STR_ARG(text_at(m, k)));
    if (v.kind == SLOW_TEXT)
        say(&p->log, "tell %s: %.*s", buf_z(&to), STR_ARG(v.s));
    else
        say(&p->log, "tell %s: (unknown)", buf_z(&to));
    buf_free(&to);
    p->told[step] = true;
    return GOT;
}

static Got body(Model *m, Phase *p, bool staging)
{
    at_section(p, SECTION_BODY);
    p->staging = staging;
    p->bad_check = STEPS;
    for (uint32_t i = 0; i < p->n_actions; i++)
        p->actions[i].met = false;
    for (uint32_t i = 0, a = 0; i < p->n_steps; i++) {
        uint16_t kind = node(m, p->steps[i])->kind;
        Got got = kind == SYN_ACTION  ? run_action(m, p, &p->actions[a++])
                  : kind == SYN_CHECK ? run_check(m, p, i)
                                      : run_tell(m, p, i);
        if (got != GOT)
            return got == LACKS ? LACKS : WAITS;
    }
    return GOT;
}

/* --- a phase on its way (design 5) --------------------------------------------------------------------------- */

static bool need_met(const Phase *q, bool even, bool started)
{
    bool failed = q->state == FAILED || q->state == UNDONE;
    return q->state == DONE || q->state == SKIPPED || (even && failed && (started || q->on_continue));
}

static bool begins(const Model *m, const Phase *p)
{
    uint32_t met = 0;
    if (p->state != PENDING || (p->only_started && !p->started))
        return false;
    for (uint32_t i = 0; i < p->n_needs; i++)
        met += need_met(&m->phases[p->needs[i]], p->even, p->started);
    return p->any && p->n_needs > 0 ? met > 0 : met == p->n_needs;
}

static bool test(Model *m, Phase *p)
{
    Buf blockers = {0};
    bool skip, moved = true;
    Got got = conditions(m, p, true, &skip, &blockers);
    if (got == WAITS) {
        buf_free(&blockers);
        return false;
    }
    p->retry_it = false;
    if (skip) {
        p->doing = NOTHING;
        becomes(m, p, SKIPPED);
    } else if (blockers.n > 0 && p->state == BLOCKED) {
        p->doing = NOTHING; /* the world answers as before */
        moved = false;
    } else if (blockers.n > 0) {
        p->doing = NOTHING;
        becomes(m, p, BLOCKED);
        buf_str(&p->log, buf_view(&blockers));
    } else {
        if (p->state == BLOCKED)
            becomes(m, p, CHECKING);
        begin_pass(m, p, STAGING, m->now_ms);
    }
    buf_free(&blockers);
    return moved;
}

static bool stage(Model *m, Phase *p)
{
    Slow question = slow_text((Str){"", 0});
    Got got = body(m, p, true);
    if (got == GOT && p->gate != 0 && node(m, p->gate)->b != 0) {
        bool wrote = p->wrote;
        at_section(p, SECTION_QUESTION);
        got = value(m, p, node(m, p->gate)->b, true, NULL, &question);
        (void)wrote;
    }
    if (got == WAITS)
        return false;
    p->doing = NOTHING;
    if (got == LACKS) {
        if (p->bad_check != STEPS)
            say(&p->log, "check %.*s fail", STR_ARG(text_at(m, node(m, p->steps[p->bad_check])->a)));
        fails(m, p);
        return true;
    }
    p->staged_ms = p->pass_ms;
    p->run_pass = p->pass;
    p->fresh = p->was_staged = true;
    becomes(m, p, STAGED);
    if (question.kind == SLOW_TEXT)
        say(&p->log, "question %.*s", STR_ARG(question.s));
    else
        say(&p->log, "question (unknown)");
    return true;
}

static bool let_go(Model *m, Phase *p)
{
    p->doing = NOTHING;
    p->run_pass = p->pass;
    p->dirty = true;
    becomes(m, p, RUNNING);
    return true;
}

/* What was approved is tested and staged again, with fresh looks. */
static bool release(Model *m, Phase *p)
{
    bool skip;
    Buf blockers = {0};
    if (p->doing == NOTHING && !p->retry_it)
        return false;
    if (p->doing == NOTHING)
        begin_pass(m, p, RELEASING, p->staged_ms);
    Got got = conditions(m, p, false, &skip, &blockers);
    if (got == GOT && blockers.n == 0)
        got = body(m, p, true);
    bool held = blockers.n > 0;
    buf_free(&blockers);
    if (got == WAITS)
        return false;
    assert(got == GOT && !held); /* the world answers as before */
    (void)held;
    return let_go(m, p);
}

static bool open_gate(Model *m, Phase *p)
{
    if (p->level >= 2) {
        int64_t within = duration_of(m, clause(m, p->gate, SYN_WITHIN) == 0
                                            ? 0 : node(m, clause(m, p->gate, SYN_WITHIN))->a);
        p->expires_ms = within < 0 ? -1 : m->now_ms + within;
        becomes(m, p, WAITING);
        return true;
    }
    if (p->level == 1 && !p->opened) {
        p->opened = true;
        tell_of_engine(m, p, node(m, node(m, clause(m, p->gate, SYN_BY))->a)->a);
        return true;
    }
    return let_go(m, p);
}

static bool out_there(const Phase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (count_open(&p->actions[i], false) > 0)
            return true;
    return false;
}

static bool run(Model *m, Phase *p)
{
    if (!p->dirty)
        return false;
    p->dirty = false;
    p->pass = p->run_pass;
    p->pass_ms = p->staged_ms;
    Got got = body(m, p, false);
    if (got == WAITS || out_there(p))
        return false;
    if (got == LACKS)
        fails(m, p);
    else
        becomes(m, p, DONE);
    return true;
}

/* Newest first, one after the other. */
static bool take_back(Model *m, Phase *p)
{
    Action *of = NULL;
    uint32_t which = 0, newest = 0;
    bool waits = false, lost = false, due = false;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        for (uint32_t k = 0; k < p->actions[i].n_elements; k++) {
            const Element *e = &p->actions[i].elements[k];
            bool again = e->undo.state == RETRY && m->now_ms >= e->undo.due_ms;
            if (!can_take_back(e) || e->undo.state == MADE)
                continue;
            waits = waits || e->undo.state == SENT || (e->undo.state == RETRY && !again);
            lost = lost || e->undo.state == LOST_FOR_GOOD;
            if (!again && (e->undo.state != NOT_MADE || due || e->order < newest))
                continue;
            due = due || again;
            of = &p->actions[i];
            which = k;
            newest = e->order;
        }
    }
    if (waits)
        return false;
    if (lost) {
        becomes(m, p, UNDO_FAILED); /* a person has to look */
        return true;
    }
    if (of == NULL) {
        becomes(m, p, UNDONE);
        after_failure(m, p);
        return true;
    }
    send_call(m, p, of, which, true, of->elements[which].undo_args);
    return false;
}

/* A run that ends lets what runs come to its end, and undo; where a failure
 * starts a phase, that one runs too. */
static bool may_move(const Model *m, const Phase *p)
{
    return m->ending == GOES_ON || p->state == RUNNING || p->state == UNDOING ||
           (m->ending == ENDS_FAILED && p->started);
}

static bool advance(Model *m, Phase *p)
{
    if (!may_move(m, p))
        return false;
    switch (p->state) {
    case PENDING:
        if (!begins(m, p))
            return false;
        becomes(m, p, CHECKING);
        return true;
    case BLOCKED:
        if (p->doing == NOTHING && !p->retry_it)
            return false;
        /* fall through */
    case CHECKING:
        if (p->doing == NOTHING)
            begin_pass(m, p, TESTING, m->now_ms);
        return p->doing == STAGING ? stage(m, p) : test(m, p);
    case STAGED: return open_gate(m, p);
    case WAITING:
        if (p->expires_ms < 0 || m->now_ms < p->expires_ms)
            return false;
        becomes(m, p, EXPIRED);
        return true;
    case APPROVED: return release(m, p);
    case RUNNING: return run(m, p);
    case UNDOING: return take_back(m, p);
    default: return false;
    }
}

/* Every phase a step, in the order in which they stand, until none moves. */
static void advance_all(Model *m)
{
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 0; i < m->n_phases; i++)
            moved = advance(m, &m->phases[i]) || moved;
    }
}

/* --- what comes back ------------------------------------------------------------------------------------------- */

static void landed(Model *m, Call *c, bool ok, uint32_t retries, int64_t every_ms)
{
    c->state = ok ? MADE : c->attempt <= retries ? RETRY : LOST_FOR_GOOD;
    c->due_ms = m->now_ms + (every_ms > 0 ? every_ms : 0);
}

static void look_landed(Model *m, Phase *p, Look *k)
{
    const Action *a = k->action == ACTIONS ? NULL : &p->actions[k->action];
    landed(m, &k->call, script_look(m->seed, k->tool, k->args, k->call.attempt), a == NULL ? 0 : a->retries,
           a == NULL ? 0 : a->retry_ms);
}

static void call_landed(Model *m, Phase *p, const Flight *f)
{
    Action *a = &p->actions[f->action];
    Element *e = &a->elements[f->element];
    Call *c = f->undo ? &e->undo : &e->run;
    Buf json = {0};
    Str path = arena_printf(m->arena, "%.*s.%.*s", STR_ARG(p->name), STR_ARG(a->name));
    landed(m, c, script_call(m->seed, path, f->element, f->undo, c->attempt), a->retries, a->retry_ms);
    a->n_failed += !f->undo && c->state == LOST_FOR_GOOD;
    if (!f->undo && c->state == MADE)
        script_result(m->seed, str_of(a->tool->name), path, m->arena, &json, &e->result);
    buf_free(&json);
}

/* The oldest first, one at a time, until nothing is under way. */
static void settle(Model *m)
{
    advance_all(m);
    while (m->first < m->last) {
        Flight f = m->flights[m->first++ % FLIGHTS];
        Phase *p = &m->phases[f.phase];
        for (uint32_t i = 0; i < m->n_phases; i++)
            m->phases[i].fresh = false;
        if (f.is_look)
            look_landed(m, p, &p->looks[f.look]);
        else
            call_landed(m, p, &f);
        p->dirty = true;
        advance_all(m);
    }
}

void model_start(Model *m)
{
    settle(m);
}

void model_wake(Model *m, int64_t now_ms)
{
    m->now_ms = now_ms;
    for (uint32_t i = 0; i < m->n_phases; i++) {
        m->phases[i].retry_it = m->phases[i].retry_it || m->phases[i].state == BLOCKED;
        m->phases[i].dirty = true;
    }
    settle(m);
}

void model_decide(Model *m, Str phase, bool yes)
{
    Phase *p = &m->phases[phase_called(m, phase)];
    becomes(m, p, yes ? APPROVED : REJECTED);
    p->retry_it = true;
    settle(m);
}

/* --- what comes next ------------------------------------------------------------------------------------------- */

static void sooner(int64_t *due, int64_t at)
{
    if (at >= 0 && (*due < 0 || at < *due))
        *due = at;
}

static int64_t next_retry(const Model *m)
{
    int64_t due = -1;
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        for (uint32_t k = 0; k < p->n_looks && may_move(m, p); k++)
            if (p->looks[k].call.state == RETRY && p->doing != NOTHING && p->looks[k].pass == p->pass)
                sooner(&due, p->looks[k].call.due_ms);
        for (uint32_t k = 0; k < p->n_looks && p->state == RUNNING; k++)
            if (p->looks[k].call.state == RETRY && p->looks[k].pass == p->run_pass)
                sooner(&due, p->looks[k].call.due_ms);
        for (uint32_t a = 0; a < p->n_actions && (p->state == RUNNING || p->state == UNDOING); a++)
            for (uint32_t e = 0; e < p->actions[a].n_elements; e++) {
                const Element *el = &p->actions[a].elements[e];
                if (el->run.state == RETRY && p->state == RUNNING)
                    sooner(&due, el->run.due_ms);
                if (el->undo.state == RETRY)
                    sooner(&due, el->undo.due_ms);
            }
    }
    return due;
}

static bool over(const Model *m);

Stimulus model_next(Model *m, int64_t *now_ms, Str *phase)
{
    int64_t due = next_retry(m);
    *phase = (Str){"", 0};
    *now_ms = m->now_ms;
    if (over(m))
        return ST_END;
    if (due >= 0) {
        *now_ms = due;
        return ST_WAKE;
    }
    for (uint32_t i = 0; i < m->n_phases && m->ending == GOES_ON; i++) {
        Decision d = script_gate(m->seed, m->phases[i].name);
        if (m->phases[i].state != WAITING || d == D_SILENT)
            continue;
        *phase = m->phases[i].name;
        return d == D_APPROVE ? ST_APPROVE : ST_REJECT;
    }
    for (uint32_t i = 0; i < m->n_phases && m->ending == GOES_ON; i++)
        if (m->phases[i].state == WAITING)
            sooner(&due, m->phases[i].expires_ms);
    if (due < 0)
        return ST_END;
    *now_ms = due;
    return ST_WAKE;
}

static bool final(const Phase *p)
{
    return p->state == DONE || p->state == SKIPPED || p->state == REJECTED || p->state == EXPIRED ||
           p->state == FAILED || p->state == UNDONE;
}

/* Nothing is under way, and nothing can be. */
static bool over(const Model *m)
{
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        bool acts = p->state == RUNNING || p->state == UNDOING || p->state == UNDO_FAILED;
        bool may = m->ending == GOES_ON || (m->ending == ENDS_FAILED && p->started);
        if (acts || (may && ((p->state != PENDING && !final(p)) || begins(m, p))))
            return false;
    }
    return true;
}

const char *model_end(const Model *m)
{
    if (!over(m))
        return "open";
    if (m->ending != GOES_ON)
        return m->ending == ENDS_FAILED ? "failed" : "rejected";
    for (uint32_t i = 0; i < m->n_phases; i++) {
        const Phase *p = &m->phases[i];
        if (p->state != DONE && p->state != SKIPPED && !(p->only_started && !p->started))
            return "failed";
    }
    return "done";
}

uint32_t model_phases(const Model *m)
{
    return m->n_phases;
}

Str model_phase_name(const Model *m, uint32_t phase)
{
    return m->phases[phase].name;
}

const Buf *model_log(const Model *m, uint32_t phase)
{
    return &m->phases[phase].log;
}

const Buf *model_looks(const Model *m, uint32_t phase)
{
    return &m->phases[phase].looked;
}

void model_free(Model *m)
{
    for (uint32_t i = 0; i < m->n_phases; i++) {
        buf_free(&m->phases[i].log);
        buf_free(&m->phases[i].looked);
    }
}
