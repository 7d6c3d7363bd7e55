/* Owns: the order in which a phase's sections do things (language 5). Must not know:
 * the compiler's results, the interpreter, the engine. */
#include "tests/slow/walk.h"

#include <stdlib.h>
#include <string.h>

static const Slow absent = {.kind = SLOW_ABSENT}, unknown = {.kind = SLOW_UNKNOWN};

/* --- what the world gives ------------------------------------------------------ */

Slow walk_result(uint64_t seed, Str path, const SlowTool *tool, bool each, bool may_miss, Arena *arena)
{
    if (may_miss && slow_roll(seed + 1, path, 4) == 0)
        return absent;
    if (slow_roll(seed + 2, path, 12) == 0)
        return unknown;
    if (!each)
        return slow_given(tool, seed, path, arena);
    uint32_t n = slow_roll(seed + 3, path, 4);
    Slow *items = ARENA_NEW(arena, Slow, n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = slow_given(tool, seed + 10 + i, path, arena);
    return (Slow){.kind = SLOW_LIST, .items = items, .n = n, .elem = SLOW_RECORD};
}

/* Only who is skipped is not asked. */
Slow walk_answer(uint64_t seed, Str path, SlowKind kind, bool may_miss, Arena *arena)
{
    if (slow_roll(seed + 4, path, 8) == 0)
        return unknown;
    return may_miss && slow_roll(seed + 5, path, 4) == 0 ? absent : slow_some(kind, seed, path, arena);
}

Slow walk_event(uint64_t seed, Str path, const SlowTool *event, Arena *arena)
{
    return slow_roll(seed + 6, path, 8) == 0 ? unknown : slow_given(event, seed, path, arena);
}

Slow walk_call(uint64_t seed, const SlowTool *tool, Str args, bool known, bool staging, Arena *arena)
{
    if (!known || (staging && !tool->reads))
        return unknown;
    return slow_given(tool, seed, args, arena);
}

/* --- the tree ------------------------------------------------------------------------ */

static const SynNode *node(const Walk *w, SynRef r)
{
    return syn(w->t, r);
}

static Str text_at(const Walk *w, SynRef r)
{
    return syn_text(w->t, r);
}

static SynRef clause(const Walk *w, SynRef of, uint16_t kind)
{
    SYN_EACH(w->t, k, node(w, of)->c)
        if (node(w, k)->kind == kind)
            return k;
    return 0;
}

static void say(Walk *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(Walk *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(w->log, fmt, ap);
    va_end(ap);
}

static void end_line(Walk *w, const Slow *v)
{
    buf_putc(w->log, ' ');
    slow_put(w->log, v);
    buf_putc(w->log, '\n');
}

/* --- names ----------------------------------------------------------------------------- */

static Str path_of(Walk *w, Str phase, Str name)
{
    return arena_printf(w->arena, "%.*s.%.*s", STR_ARG(phase), STR_ARG(name));
}

/* Bound anew where it was bound before. */
static void bind(Walk *w, Str path, Slow v)
{
    for (uint32_t i = w->n_inputs; i < w->n_names; i++) {
        if (!str_eq(w->names[i].name, path))
            continue;
        w->names[i].value = v;
        return;
    }
    if (w->n_names == WALK_NAMES)
        abort();
    w->names[w->n_names++] = (SlowName){path, v};
}

static SlowTool tool_called(Walk *w, SynRef path)
{
    SlowTool t;
    if (!slow_tool(&w->tools, text_at(w, path), &t))
        abort();
    return t;
}

static void bind_asks(Walk *w, Str phase, SynRef of, bool skipped)
{
    SYN_EACH(w->t, k, node(w, of)->c) {
        if (node(w, k)->kind != SYN_ASK)
            continue;
        Str path = path_of(w, phase, text_at(w, node(w, k)->a));
        bind(w, path, walk_answer(w->seed, path, slow_kind_called(text_at(w, node(w, k)->b)), skipped, w->arena));
    }
}

static void bind_step(Walk *w, Str phase, SynRef r, bool skipped)
{
    const SynNode *n = node(w, r);
    if (n->kind == SYN_TOGETHER)
        SYN_EACH(w->t, k, n->c)
            bind_step(w, phase, k, skipped);
    Str path = n->kind == SYN_ACTION || n->kind == SYN_AWAIT ? path_of(w, phase, text_at(w, n->a)) : (Str){"", 0};
    if (n->kind == SYN_ACTION) {
        SlowTool t = tool_called(w, node(w, clause(w, r, SYN_RUN))->a);
        bool may_miss = skipped || clause(w, r, SYN_WHEN) != 0;
        bind(w, path, walk_result(w->seed, path, &t, clause(w, r, SYN_EACH) != 0, may_miss, w->arena));
    } else if (n->kind == SYN_AWAIT) {
        SlowTool t = tool_called(w, n->b);
        bind(w, path, walk_event(w->seed, path, &t, w->arena));
    } else if (n->kind == SYN_GATE || n->kind == SYN_TASK) {
        bind_asks(w, phase, r, skipped);
    }
}

/* What every phase gave; the one at hand binds its own anew as it goes. */
static void bind_all(Walk *w)
{
    SYN_EACH(w->t, d, node(w, w->t->root)->c) {
        if (node(w, d)->kind != SYN_PHASE)
            continue;
        SYN_EACH(w->t, k, node(w, d)->c)
            bind_step(w, text_at(w, node(w, d)->a), k, clause(w, d, SYN_WHEN) != 0);
    }
}

/* --- expressions ------------------------------------------------------------------------ */

static bool all_known(const Slow *v, uint32_t n) /* as deep as types are */
{
    for (uint32_t i = 0; i < n; i++)
        if (v[i].kind == SLOW_UNKNOWN || ((v[i].kind == SLOW_LIST || v[i].kind == SLOW_RECORD) && !all_known(v[i].items, v[i].n)))
            return false;
    return true;
}

static void put_args(Buf *out, const Slow *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        buf_putc(out, ' ');
        slow_put(out, &args[i]);
    }
}

/* Arguments that are not said have what the declaration says. */
static bool fall_back(Walk *w, const SlowTool *t, uint32_t i, Slow *out)
{
    SlowWorld plain = {.tree = t->tree, .arena = w->arena};
    return t->params[i].fallback != 0 && slow_eval(&plain, t->params[i].fallback, out);
}

static bool read_tool(SlowWorld *sw, Str path, const Slow *args, uint32_t n, Slow *out)
{
    Walk *w = sw->ctx;
    SlowTool t;
    Slow all[TOOL_PARAMS];
    Buf b = {0};
    if (!slow_tool(&w->tools, path, &t))
        return false;
    for (uint32_t i = 0; i < t.n_params; i++) {
        if (i < n)
            all[i] = args[i];
        else if (!fall_back(w, &t, i, &all[i]))
            return false;
    }
    put_args(&b, all, t.n_params);
    say(w, "read %.*s%.*s\n", STR_ARG(path), (int)b.n, b.p == NULL ? "" : b.p);
    *out = walk_call(w->seed, &t, buf_view(&b), all_known(all, t.n_params), w->staging, w->arena);
    buf_free(&b);
    return true;
}

/* element: the variable of an `each`, an event's name; may be NULL. */
static bool value(Walk *w, SynRef expr, const SlowName *element, Slow *out)
{
    SlowWorld sw = {.tree = w->t, .arena = w->arena, .now_ms = w->now_ms, .names = w->names, .n_names = w->n_names,
                    .phase = w->phase, .read = read_tool, .ctx = w};
    bool bound = element != NULL && element->name.n > 0;
    if (bound) {
        if (w->n_names == WALK_NAMES)
            abort();
        w->names[w->n_names] = *element;
        sw.n_names++;
    }
    return slow_eval(&sw, expr, out) && out->kind != SLOW_ABSENT;
}

/* A section that gives one value. */
static void section(Walk *w, const char *what, Str of, SynRef expr)
{
    Slow v;
    if (expr == 0)
        return;
    bool ok = value(w, expr, NULL, &v);
    say(w, "%s %.*s", what, STR_ARG(of));
    if (ok)
        end_line(w, &v);
    else
        say(w, " fails\n");
}

/* --- steps --------------------------------------------------------------------------------- */

/* In the order of the tool's parameters; names: of what the arguments speak. */
static bool arguments(Walk *w, const SlowTool *t, SynRef args, const SlowName *element, Slow *out)
{
    for (uint32_t i = 0; i < t->n_params; i++) {
        SynRef expr = 0;
        SYN_EACH(w->t, k, node(w, args)->a)
            if (str_eq(text_at(w, node(w, k)->a), t->params[i].name))
                expr = node(w, k)->b;
        if (expr != 0 ? !value(w, expr, element, &out[i]) : !fall_back(w, t, i, &out[i]))
            return false;
    }
    return true;
}

/* The tool's own way back: its arguments speak of the call's and of what was
 * there before. */
static bool own_way_back(Walk *w, const SlowTool *t, const Slow *args, SlowTool *back, Slow *out)
{
    SlowName names[TOOL_PARAMS + 1];
    uint32_t n = 0;
    SlowWorld sw = {.tree = t->tree, .arena = w->arena, .now_ms = w->now_ms, .names = names};
    for (; n < t->n_params; n++)
        names[n] = (SlowName){t->params[n].name, args[n]};
    sw.n_names = n;
    SlowTool before;
    if (t->before.n > 0 && slow_tool(&w->tools, t->before, &before)) {
        Slow all[TOOL_PARAMS];
        Buf b = {0};
        uint32_t i = 0;
        SYN_EACH(t->tree, k, syn(t->tree, t->before_args)->a)
            if (!slow_eval(&sw, syn(t->tree, k)->b, &all[i++]))
                return false;
        put_args(&b, all, i);
        say(w, "read %.*s%.*s\n", STR_ARG(t->before), (int)b.n, b.p);
        names[n] = (SlowName){STR("before"), walk_call(w->seed, &before, buf_view(&b), all_known(all, i), w->staging, w->arena)};
        sw.n_names = n + 1;
        buf_free(&b);
    }
    if (!slow_tool(&w->tools, t->undo, back))
        abort();
    for (uint32_t i = 0; i < back->n_params; i++) {
        SYN_EACH(t->tree, k, syn(t->tree, t->undo_args)->a)
            if (str_eq(syn_text(t->tree, syn(t->tree, k)->a), back->params[i].name) &&
                (!slow_eval(&sw, syn(t->tree, k)->b, &out[i]) || out[i].kind == SLOW_ABSENT))
                return false;
    }
    return true;
}

/* One element's arguments, way back and call. */
static bool one_call(Walk *w, SynRef action, uint32_t instance, const SlowName *element, bool conditional, Slow *result)
{
    SynRef run = clause(w, action, SYN_RUN), undo = clause(w, action, SYN_UNDO);
    SlowTool t = tool_called(w, node(w, run)->a), back;
    Slow args[TOOL_PARAMS], way[TOOL_PARAMS];
    bool own = undo == 0 && clause(w, action, SYN_UNDONONE) == 0 && t.undo.n > 0, ok = true;
    Str back_name = t.undo;
    if (!arguments(w, &t, node(w, run)->b, element, args))
        return false;
    if (own) {
        ok = own_way_back(w, &t, args, &back, way);
    } else if (undo != 0) {
        back = tool_called(w, node(w, undo)->a);
        back_name = text_at(w, node(w, undo)->a);
        ok = arguments(w, &back, node(w, undo)->b, element, way);
    }
    if (!ok)
        return false;
    Buf b = {0};
    put_args(&b, args, t.n_params);
    say(w, "call %.*s%.*s", STR_ARG(text_at(w, node(w, run)->a)), (int)b.n, b.p == NULL ? "" : b.p);
    if (own || undo != 0) {
        say(w, " undo %.*s", STR_ARG(back_name));
        put_args(w->log, way, back.n_params);
    }
    if (element != NULL) {
        say(w, " element %u", instance);
        put_args(w->log, &element->value, 1);
    }
    say(w, "%s\n", conditional ? " maybe" : "");
    *result = walk_call(w->seed, &t, buf_view(&b), all_known(args, t.n_params), w->staging, w->arena);
    buf_free(&b);
    return true;
}

static bool elements(Walk *w, SynRef action, SynRef each, bool conditional, Slow *result)
{
    Slow list;
    bool doubt = false;
    if (!value(w, node(w, each)->b, NULL, &list) || list.kind != SLOW_LIST)
        return false; /* nobody knows of what */
    Slow *found = ARENA_NEW(w->arena, Slow, list.n);
    for (uint32_t i = 0; i < list.n; i++) {
        SlowName element = {text_at(w, node(w, each)->a), list.items[i]};
        if (list.items[i].kind == SLOW_UNKNOWN || list.items[i].kind == SLOW_ABSENT ||
            !one_call(w, action, i, &element, conditional, &found[i]))
            return false;
        doubt = doubt || found[i].kind == SLOW_UNKNOWN;
    }
    *result = (Slow){.kind = SLOW_LIST, .items = found, .n = list.n, .elem = SLOW_RECORD};
    if (doubt)
        *result = unknown;
    return true;
}

static bool action(Walk *w, SynRef r)
{
    SynRef when = clause(w, r, SYN_WHEN), each = clause(w, r, SYN_EACH);
    Str name = text_at(w, node(w, r)->a), path = path_of(w, w->phase, name);
    Slow wanted = slow_bool(true), result = absent;
    say(w, "action %.*s\n", STR_ARG(name));
    if (when != 0 && !value(w, node(w, when)->a, NULL, &wanted))
        return false;
    if (wanted.kind == SLOW_BOOL && dec_zero(&wanted.dec)) {
        say(w, "skip %.*s\n", STR_ARG(name));
        bind(w, path, absent);
        return true;
    }
    bool maybe = wanted.kind == SLOW_UNKNOWN;
    if (each != 0 ? !elements(w, r, each, maybe, &result) : !one_call(w, r, 0, NULL, maybe, &result))
        return false;
    say(w, "done %.*s\n", STR_ARG(name));
    bind(w, path, result);
    return true;
}

/* All conditions; the first that does not hold, or is not known, answers. */
static bool conditions(Walk *w, SynRef check, Slow *out)
{
    *out = slow_bool(true);
    SYN_EACH(w->t, k, node(w, check)->c) {
        if (node(w, k)->kind != SYN_REQUIRE)
            continue;
        if (!value(w, node(w, k)->a, NULL, out))
            return false;
        if (out->kind == SLOW_UNKNOWN || dec_zero(&out->dec))
            return true;
    }
    return true;
}

static bool is_polled(const Walk *w, SynRef check)
{
    return clause(w, check, SYN_HOLDFOR) != 0 || clause(w, check, SYN_WITHIN) != 0 || clause(w, check, SYN_EVERY) != 0;
}

static bool check(Walk *w, SynRef r)
{
    Slow v;
    Str name = text_at(w, node(w, r)->a);
    if (is_polled(w, r)) {
        say(w, "poll %.*s\n", STR_ARG(name));
        return true;
    }
    if (!conditions(w, r, &v))
        return false;
    say(w, "check %.*s", STR_ARG(name));
    end_line(w, &v);
    return true;
}

static bool tell(Walk *w, SynRef r)
{
    Slow v;
    if (!value(w, node(w, r)->b, NULL, &v))
        return false;
    say(w, "tell");
    SYN_EACH(w->t, k, node(w, r)->a)
        say(w, " %.*s", STR_ARG(text_at(w, k)));
    end_line(w, &v);
    return true;
}

static bool step(Walk *w, SynRef r)
{
    const SynNode *n = node(w, r);
    bool ok = true;
    switch (n->kind) {
    case SYN_ACTION: return action(w, r);
    case SYN_CHECK: return check(w, r);
    case SYN_TELL: return tell(w, r);
    case SYN_TASK: say(w, "task %.*s\n", STR_ARG(text_at(w, n->a))); return true;
    case SYN_AWAIT: say(w, "await %.*s\n", STR_ARG(text_at(w, n->a))); return true;
    case SYN_TOGETHER:
        SYN_EACH(w->t, k, n->c)
            ok = ok && step(w, k);
        return ok;
    default: return true; /* no step */
    }
}

/* --- a phase ---------------------------------------------------------------------------------- */

static void requires_of(Walk *w, Str of, SynRef list)
{
    SYN_EACH(w->t, k, list) {
        if (node(w, k)->kind != SYN_REQUIRE)
            continue;
        section(w, "require", of, node(w, k)->a);
        if (node(w, k)->b != 0)
            section(w, "words", of, node(w, k)->b);
        else
            say(w, "words %.*s \"%.*s\"\n", STR_ARG(of), STR_ARG(text_at(w, node(w, k)->a)));
    }
}

static SynRef text_of(const Walk *w, SynRef of, uint16_t kind)
{
    SynRef k = clause(w, of, kind);
    return k == 0 ? 0 : node(w, k)->a;
}

static void about_action(Walk *w, SynRef r)
{
    const SynNode *n = node(w, r);
    Str name = text_at(w, n->a);
    section(w, "title", name, n->b);
    requires_of(w, name, n->c);
    section(w, "lock", name, text_of(w, r, SYN_LOCK));
    section(w, "because", name, text_of(w, r, SYN_UNDONONE));
}

static void about_task(Walk *w, SynRef r)
{
    Str name = text_at(w, node(w, r)->a);
    section(w, "title", name, node(w, r)->b);
    section(w, "steps", name, text_of(w, r, SYN_STEPS));
    section(w, "undo", name, text_of(w, r, SYN_UNDOTEXT));
    section(w, "because", name, text_of(w, r, SYN_UNDONONE));
}

static void about_check(Walk *w, SynRef r)
{
    Str name = text_at(w, node(w, r)->a);
    Slow v;
    section(w, "title", name, node(w, r)->b);
    if (!is_polled(w, r))
        return;
    bool ok = conditions(w, r, &v);
    say(w, "asked %.*s", STR_ARG(name));
    if (ok)
        end_line(w, &v);
    else
        say(w, " fails\n");
}

/* Whether the event is the one: it is called by the name that it will have. */
static void about_await(Walk *w, SynRef r)
{
    Str name = text_at(w, node(w, r)->a), path = path_of(w, w->phase, name);
    SlowTool t = tool_called(w, node(w, r)->b);
    bind(w, path, slow_given(&t, w->seed, name, w->arena));
    section(w, "where", name, text_of(w, r, SYN_WHERE));
    bind(w, path, walk_event(w->seed, path, &t, w->arena));
}

static void about_all(Walk *w, SynRef list, uint16_t kind)
{
    SYN_EACH(w->t, k, list) {
        if (node(w, k)->kind == SYN_TOGETHER)
            about_all(w, node(w, k)->c, kind);
        if (node(w, k)->kind != kind)
            continue;
        switch (kind) {
        case SYN_ACTION: about_action(w, k); break;
        case SYN_TASK: about_task(w, k); break;
        case SYN_CHECK: about_check(w, k); break;
        default: about_await(w, k); break;
        }
    }
}

static void phase(Walk *w, SynRef r)
{
    const SynNode *n = node(w, r);
    SynRef when = clause(w, r, SYN_WHEN), gate = clause(w, r, SYN_GATE);
    w->phase = text_at(w, n->a);
    bind_all(w);
    say(w, "phase %.*s\n", STR_ARG(w->phase));
    section(w, "title", w->phase, n->b);
    section(w, "when", w->phase, when == 0 ? 0 : node(w, when)->a);
    requires_of(w, w->phase, n->c);
    bool ok = true;
    SYN_EACH(w->t, k, n->c)
        ok = ok && step(w, k);
    say(w, ok ? "end\n" : "fails\n");
    if (gate != 0)
        section(w, "question", w->phase, node(w, gate)->b);
    about_all(w, n->c, SYN_ACTION);
    about_all(w, n->c, SYN_CHECK);
    about_all(w, n->c, SYN_TASK);
    about_all(w, n->c, SYN_AWAIT);
}

/* What is given where the plan gives no default: both sides see the same. */
static Slow some_input(Walk *w, Str name, SynRef type)
{
    const SynNode *n = node(w, type);
    if (n->kind == SYN_TYPELIST) {
        Slow *one = ARENA_NEW(w->arena, Slow, 1);
        *one = some_input(w, name, n->a);
        return (Slow){.kind = SLOW_LIST, .items = one, .n = 1, .elem = one->kind};
    }
    if (n->kind == SYN_TYPEREC) {
        uint32_t fields = 0;
        SYN_EACH(w->t, k, n->a)
            fields++;
        Slow *items = ARENA_NEW(w->arena, Slow, fields);
        Str *names = ARENA_NEW(w->arena, Str, fields);
        fields = 0;
        SYN_EACH(w->t, k, n->a) {
            names[fields] = text_at(w, node(w, k)->a);
            items[fields++] = some_input(w, name, node(w, k)->b);
        }
        return (Slow){.kind = SLOW_RECORD, .items = items, .names = names, .n = fields};
    }
    return slow_some(slow_kind_called(text_at(w, type)), w->seed, name, w->arena);
}

static void inputs(Walk *w)
{
    SYN_EACH(w->t, d, node(w, w->t->root)->c) {
        if (node(w, d)->kind != SYN_INPUT)
            continue;
        SynRef fallback = clause(w, d, SYN_DEFAULT);
        Str name = text_at(w, node(w, d)->a);
        Slow v = absent;
        if (fallback == 0)
            v = some_input(w, name, node(w, d)->b);
        else if (!value(w, node(w, fallback)->a, NULL, &v))
            abort();
        w->names[w->n_names++] = (SlowName){name, v};
    }
    /* A secret is its name: its value is put in where a call leaves. */
    SYN_EACH(w->t, d, node(w, w->t->root)->c)
        if (node(w, d)->kind == SYN_SECRET) {
            Str name = text_at(w, node(w, d)->a);
            w->names[w->n_names++] = (SlowName){name, slow_text(name)};
        }
    w->n_inputs = w->n_names;
}

void walk_plan(Walk *w, Buf *log)
{
    w->log = log;
    w->tools = (SlowTools){w->t, w->arena};
    inputs(w);
    SYN_EACH(w->t, d, node(w, w->t->root)->c)
        if (node(w, d)->kind == SYN_PHASE)
            phase(w, d);
}
