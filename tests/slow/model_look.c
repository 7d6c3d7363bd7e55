/* Owns: expressions of a phase: whom they may read, the looks that they take, what
 * is given to a tool, as JSON. Must not know: steps, states. */
#include "tests/slow/model_int.h"

/* --- looks ---------------------------------------------------------------------- */

uint32_t model_number(const Model *m, const Phase *p)
{
    return (uint32_t)(p - m->phases);
}

void model_fly(Model *m, Flight f)
{
    m->flights[m->last++ % FLIGHTS] = f;
    assert(m->last - m->first < FLIGHTS);
}

Look *model_look_at(Phase *p, uint32_t pass, uint32_t section, uint32_t ordinal)
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
    model_fly(m, (Flight){.phase = model_number(m, p), .look = (uint32_t)(k - p->looks), .is_look = true});
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
Got model_look(Model *m, Phase *p, Str tool, Str args, uint32_t action, uint32_t at_most, Slow *out)
{
    uint32_t ordinal = p->ordinal++;
    Look *k = model_look_at(p, p->pass, p->section, ordinal);
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

/* --- arguments, as JSON --------------------------------------------------------- */

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

void model_put_value(Buf *b, const Slow *v)
{
    if (v->kind == SLOW_LIST) {
        buf_putc(b, '[');
        for (uint32_t i = 0; i < v->n; i++) {
            buf_puts(b, i == 0 ? "" : ",");
            model_put_value(b, &v->items[i]);
        }
        buf_putc(b, ']');
    } else if (v->kind == SLOW_TEXT) {
        put_text(b, v->s);
    } else {
        slow_form(v, b); /* numbers and bools: all that these tools take */
    }
}

/* --- expressions ---------------------------------------------------------------- */

Slow model_list(Model *m, const Slow *items, uint32_t n)
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
    return model_list(m, found, n);
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
            model_put_value(b, &args[i]);
        else
            buf_puts(b, t->params[i].fallback);
    }
    buf_putc(b, '}');
}

bool model_any_unknown(const Slow *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (v[i].kind == SLOW_UNKNOWN || (v[i].kind == SLOW_LIST && model_any_unknown(v[i].items, v[i].n)))
            return true;
    return false;
}

/* A reading tool in an expression. What is read behind the first change is
 * not known while a phase is staged. */
static bool read_in_expression(SlowWorld *w, Str tool, const Slow *args, uint32_t n, Slow *out)
{
    Reader *r = w->ctx;
    Buf json = {0};
    if (r->p->staging && (r->p->wrote || r->p->conditional || model_any_unknown(args, n))) {
        r->p->ordinal++;
        *out = (Slow){.kind = SLOW_UNKNOWN};
        return true;
    }
    args_by_place(&json, model_tool(tool), args, n);
    Got got = model_look(r->m, r->p, tool, buf_view(&json), ACTIONS, 1, out);
    buf_free(&json);
    r->m->waits = r->m->waits || got == WAITS;
    return got == GOT;
}

/* An expression of the phase. own: what its own steps gave may be read;
 * element: the variable of an `each`. */
Got model_value(Model *m, Phase *p, SynRef expr, bool own, const SlowName *element, Slow *out)
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
