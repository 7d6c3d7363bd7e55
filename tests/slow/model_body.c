/* Owns: conditions, and a phase's steps from top to bottom: staged, and run (design
 * 5). Must not know: gates, what a failure brings. */
#include "tests/slow/model_int.h"

/* --- conditions ----------------------------------------------------------------- */

void model_begin_pass(const Model *m, Phase *p, Doing doing, int64_t now_ms)
{
    (void)m;
    p->doing = doing;
    p->pass++;
    p->pass_ms = now_ms;
}

void model_at_section(Phase *p, uint32_t section)
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
    model_at_section(p, SECTION_WORDS + i);
    if (n->b != 0)
        got = model_value(m, p, n->b, false, NULL, &words);
    if (got == WAITS)
        return WAITS;
    Str s = got == GOT && words.kind == SLOW_TEXT ? words.s : text_at(m, n->a);
    say(out, "blocker %.*s%s", STR_ARG(s), untested ? " (untested)" : "");
    return GOT;
}

/* All of them are tested, so that a person sees everything that is missing. */
Got model_conditions(Model *m, Phase *p, bool with_when, bool *skip, Buf *blockers)
{
    bool waits = false;
    uint32_t i = 0;
    *skip = false;
    if (with_when && p->when != 0) {
        Slow v;
        model_at_section(p, SECTION_WHEN);
        Got got = model_value(m, p, node(m, p->when)->a, false, NULL, &v);
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
        model_at_section(p, SECTION_REQUIRE + i);
        Got got = model_value(m, p, node(m, r)->a, false, NULL, &v);
        bool known = got == GOT && v.kind == SLOW_BOOL;
        if (got != WAITS && !(known && !dec_zero(&v.dec)))
            got = blocker(m, p, r, i, !known, blockers);
        waits = waits || got == WAITS;
        i++;
    }
    return waits ? WAITS : GOT;
}

/* --- the body ------------------------------------------------------------------- */

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
        Got got = model_value(m, p, expr, true, element, &v);
        if (got != GOT)
            return got;
        *unknown = *unknown || model_any_unknown(&v, 1);
        model_put_value(b, &v);
    }
    buf_putc(b, '}');
    return GOT;
}

uint32_t model_count_open(const Action *a, bool with_retries)
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
    return model_count_open(a, true) + p->looking < a->at_most;
}

static uint32_t number_of_action(const Phase *p, const Action *a)
{
    return (uint32_t)(a - p->actions);
}

void model_send(Model *m, Phase *p, Action *a, uint32_t i, bool undo, Str args)
{
    Element *e = &a->elements[i];
    Call *c = undo ? &e->undo : &e->run;
    c->state = SENT;
    c->attempt++;
    if (!undo)
        e->order = ++p->order; /* what failed before was not made */
    say(&p->log, "%s %.*s[%u] %.*s attempt %u", undo ? "undo" : "call", STR_ARG(a->name), i,
        STR_ARG(args), c->attempt);
    model_fly(m, (Flight){.phase = model_number(m, p), .action = number_of_action(p, a), .element = i,
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
        model_send(m, p, a, i, false, args);
        return LATER;
    }
    Element *e = &a->elements[i];
    if (e->run.state == MADE || e->run.state == LOST_FOR_GOOD)
        return GOT;
    if (e->run.state == RETRY && m->now_ms >= e->run.due_ms && !stopping(a))
        model_send(m, p, a, i, false, args);
    return LATER;
}

/* What a file held, before it is written: the same call's way back needs it.
 * While the phase runs, it is looked at when the call may go out. */
static Got look_before(Model *m, Phase *p, const Action *a, const Slow *path, Slow *before)
{
    const Look *k = model_look_at(p, p->pass, p->section, p->ordinal);
    bool known = k != NULL && k->call.state == MADE;
    Buf json = {0};
    if (!p->staging && !known && stopping(a)) {
        p->ordinal++;
        return model_count_open(a, false) > 0 ? WAITS : LACKS;
    }
    if (!p->staging && !known && !has_room(p, a)) {
        p->ordinal++;
        return WAITS;
    }
    buf_puts(&json, "{\"path\":");
    model_put_value(&json, path);
    buf_putc(&json, '}');
    Got got = model_look(m, p, str_of(a->tool->image), buf_view(&json), ACTIONS, p->staging ? 1 : a->at_most, before);
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
    Got got = model_value(m, p, expr, true, element, &path);
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
    model_put_value(undo, &path);
    buf_puts(undo, ",\"existed\":");
    model_put_value(undo, &before.items[0]);
    buf_puts(undo, ",\"text\":");
    model_put_value(undo, &before.items[1]);
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
    Got got = model_look(m, p, str_of(a->tool->name), args, number_of_action(p, a), a->at_most, result);
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
        got = arguments(m, p, model_tool(undo_tool), node(m, a->undo)->b, element, &undo, &ignored);
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
    a->value = model_list(m, found, n);
}

/* `when`. *skip: false; unknown stages the action as conditional. */
static Got wanted(Model *m, Phase *p, Action *a, bool *skip)
{
    Slow v;
    *skip = p->conditional = false;
    if (a->when == 0)
        return GOT;
    Got got = model_value(m, p, node(m, a->when)->a, true, NULL, &v);
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
    Got got = a->each == 0 ? GOT : model_value(m, p, node(m, a->each)->b, true, NULL, &list);
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
        waiting = stopping(a) ? model_count_open(a, false) : waiting;
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
        Got got = model_value(m, p, node(m, k)->a, true, NULL, &v);
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
    Got got = model_value(m, p, n->b, true, NULL, &v);
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

Got model_body(Model *m, Phase *p, bool staging)
{
    model_at_section(p, SECTION_BODY);
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
