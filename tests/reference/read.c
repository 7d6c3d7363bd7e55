/* Owns: the reference's own reading of a syntax tree: names, tools, what is read
 * where. Must not know: what follows from it (judge.c); the checker. */
#include "tests/reference/plan.h"

#include <string.h>

typedef struct Reader {
    RefPlan *p;
    const SynTree *t;
    Str locals[64]; uint32_t n_locals;
    uint32_t phase, place;
    bool in_default;
    int depth;
} Reader;

static const SynNode *node(const Reader *r, SynRef n)
{
    return syn(r->t, n);
}

static Str text(const Reader *r, SynRef n)
{
    return n == 0 ? (Str){"", 0} : syn_text(r->t, n);
}

/* --- tools: language.md section 7 ----------------------------------------------- */

static const RefTool host_tools[] = {
    {{"shell.query", 11}, RE_READS, 0, false, false},
    {{"shell.change", 12}, RE_CHANGES, 0, false, false},
    {{"shell.destroy", 13}, RE_DESTROYS, 0, false, false},
    {{"file.read", 9}, RE_READS, 0, false, false},
    {{"file.hash", 9}, RE_READS, 0, false, false},
    {{"file.write", 10}, RE_CHANGES, 0, true, true},
    {{"file.remove", 11}, RE_DESTROYS, 0, false, false},
    {{"http.get", 8}, RE_READS, 0, false, false},
    {{"http.send", 9}, RE_DESTROYS, 0, false, false},
    {{"time.now", 8}, RE_READS, 0, false, false},
};

/* A pack that the host does not list counts as destroying unless it is a GET,
 * and its undo is never exact. */
static void plan_tool(Reader *r, Str pack, SynRef tool)
{
    RefTool made = {.effect = RE_DESTROYS};
    RefPlan *p = r->p;
    RefEffect said = RE_READS;
    bool get = false;
    if (p->n_tools == REF_TOOLS) {
        p->too_much = true;
        return;
    }
    SYN_EACH(r->t, k, node(r, tool)->c) {
        const SynNode *n = node(r, k);
        if (n->kind == SYN_EFFECT)
            said = (RefEffect)n->aux;
        else if (n->kind == SYN_HTTPVERB)
            get = n->aux == 0;
        else if (n->kind == SYN_REACH)
            made.reach = n->aux;
        else if (n->kind == SYN_UNDOBY)
            made.own_undo = true;
    }
    if (get)
        made.effect = said;
    made.name = arena_printf(r->t->arena, "%.*s.%.*s", STR_ARG(pack), STR_ARG(text(r, node(r, tool)->a)));
    p->tools[p->n_tools++] = made;
}

static const RefTool *tool_called(const Reader *r, SynRef path)
{
    Str name = text(r, path);
    for (size_t i = 0; i < sizeof host_tools / sizeof *host_tools; i++)
        if (str_eq(host_tools[i].name, name))
            return &host_tools[i];
    for (uint32_t i = 0; i < r->p->n_tools; i++)
        if (str_eq(r->p->tools[i].name, name))
            return &r->p->tools[i];
    return NULL;
}

/* --- conditions that are the same in every run ----------------------------------- */

typedef struct Known { bool known; long value; } Known; /* whole numbers and truth */

static Known known(const Reader *r, SynRef e)
{
    const SynNode *n = node(r, e);
    Known a, b, none = {false, 0};
    switch (n->kind) {
    case SYN_PAREN:
        return known(r, n->a);
    case SYN_INT: {
        long v = 0;
        Str s = text(r, e);
        for (size_t i = 0; i < s.n && s.n < 9; i++)
            v = v * 10 + (s.p[i] - '0');
        return (Known){s.n < 9, v};
    }
    case SYN_NAME:
        if (str_is(text(r, e), "true") || str_is(text(r, e), "false"))
            return (Known){true, str_is(text(r, e), "true")};
        return none;
    case SYN_BINARY:
        a = known(r, n->a);
        b = known(r, n->b);
        if (n->aux == BIN_AND || n->aux == BIN_OR) {
            long decides = n->aux == BIN_OR;
            if ((a.known && a.value == decides) || (b.known && b.value == decides))
                return (Known){true, decides};
            return (Known){a.known && b.known, !decides};
        }
        if (!a.known || !b.known)
            return none;
        switch (n->aux) {
        case BIN_LT: return (Known){true, a.value < b.value};
        case BIN_LE: return (Known){true, a.value <= b.value};
        case BIN_GT: return (Known){true, a.value > b.value};
        case BIN_GE: return (Known){true, a.value >= b.value};
        default: return none;
        }
    default:
        return none;
    }
}

static bool always_false(const Reader *r, SynRef e)
{
    Known k = known(r, e);
    return k.known && k.value == 0;
}

/* --- names --------------------------------------------------------------------------- */

static uint32_t phase_called(const RefPlan *p, Str name)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (str_eq(p->phases[i].name, name))
            return i;
    return REF_PHASES;
}

static uint32_t step_called(const RefPhase *p, Str name)
{
    for (uint32_t i = 0; i < p->n_steps; i++)
        if (str_eq(p->steps[i].name, name))
            return i;
    return REF_STEPS;
}

static bool asks_for(const RefPhase *p, Str name)
{
    for (uint32_t i = 0; i < p->n_asks; i++)
        if (str_eq(p->asks[i], name))
            return true;
    return false;
}

static SynRef let_called(const Reader *r, Str name)
{
    SYN_EACH(r->t, d, node(r, r->t->root)->c)
        if (node(r, d)->kind == SYN_LET && str_eq(text(r, node(r, d)->a), name))
            return node(r, d)->b;
    return 0;
}

/* --- what is read ---------------------------------------------------------------------- */

static void expr(Reader *r, SynRef e);

static void use(Reader *r, uint32_t of, uint32_t step)
{
    RefPlan *p = r->p;
    if (p->n_uses == REF_USES)
        p->too_much = true;
    else
        p->uses[p->n_uses++] = (RefUse){r->phase, of, step, r->place, r->in_default};
}

static bool step_of(Reader *r, uint32_t phase, Str name)
{
    const RefPhase *p = &r->p->phases[phase];
    uint32_t step = step_called(p, name);
    if (step == REF_STEPS && !asks_for(p, name))
        return false;
    if (step == REF_STEPS || p->steps[step].kind == RS_ACTION || p->steps[step].kind == RS_AWAIT)
        use(r, phase, step);
    return true;
}

static void name(Reader *r, SynRef e)
{
    Str s = text(r, e);
    for (uint32_t i = 0; i < r->n_locals; i++)
        if (str_eq(r->locals[i], s))
            return;
    if (step_of(r, r->phase, s))
        return;
    SynRef let = let_called(r, s);
    if (let == 0 || r->depth > 200)
        return;
    uint32_t locals = r->n_locals;
    r->n_locals = 0; /* a let sees no variable of where it stands */
    r->depth++;
    expr(r, let);
    r->depth--;
    r->n_locals = locals;
}

static void member(Reader *r, SynRef e)
{
    const SynNode *n = node(r, e);
    if (node(r, n->a)->kind == SYN_NAME) {
        Str left = text(r, n->a);
        bool hidden = step_called(&r->p->phases[r->phase], left) < REF_STEPS;
        for (uint32_t i = 0; i < r->n_locals; i++)
            hidden = hidden || str_eq(r->locals[i], left);
        uint32_t phase = hidden ? REF_PHASES : phase_called(r->p, left);
        if (phase < REF_PHASES) {
            step_of(r, phase, text(r, n->b));
            return;
        }
    }
    expr(r, n->a);
}

static void each_of(Reader *r, SynRef list)
{
    SYN_EACH(r->t, k, list)
        expr(r, node(r, k)->kind == SYN_ARG ? node(r, k)->b : k);
}

static void with_local(Reader *r, SynRef name_of, SynRef e)
{
    if (r->n_locals == sizeof r->locals / sizeof *r->locals) {
        r->p->too_much = true;
        return;
    }
    r->locals[r->n_locals++] = text(r, name_of);
    expr(r, e);
    r->n_locals--;
}

static void call(Reader *r, const SynNode *n)
{
    bool is_default = node(r, n->a)->kind == SYN_NAME && str_is(text(r, n->a), "default"), was = r->in_default;
    bool first = true;
    SYN_EACH(r->t, k, n->b) {
        r->in_default = was || (is_default && first);
        expr(r, k);
        r->in_default = was;
        first = false;
    }
}

static void expr(Reader *r, SynRef e) /* as deep as the text's brackets */
{
    const SynNode *n = node(r, e);
    if (e == 0)
        return;
    switch (n->kind) {
    case SYN_NAME: name(r, e); break;
    case SYN_MEMBER: member(r, e); break;
    case SYN_CALL: call(r, n); break;
    case SYN_TEXTI: case SYN_LIST: case SYN_ARGS: each_of(r, n->a); break;
    case SYN_BINARY: case SYN_INDEX:
        expr(r, n->a);
        expr(r, n->b);
        break;
    case SYN_IF:
        expr(r, n->a);
        expr(r, n->b);
        expr(r, n->c);
        break;
    case SYN_QUANT:
        expr(r, n->b);
        with_local(r, n->a, n->c);
        break;
    case SYN_NOT: case SYN_NEG: case SYN_PAREN: expr(r, n->a); break;
    default: break;
    }
}

/* --- steps ------------------------------------------------------------------------------- */

static void action(const Reader *r, RefStep *s)
{
    bool none = false, plan = false;
    SYN_EACH(r->t, k, node(r, s->node)->c) {
        const SynNode *n = node(r, k);
        switch (n->kind) {
        case SYN_AT: s->at = node(r, n->a)->aux; break;
        case SYN_RUN: s->tool = tool_called(r, n->a); break;
        case SYN_UNDO: plan = true; s->undo = tool_called(r, n->a); break;
        case SYN_UNDONONE: none = true; break;
        case SYN_EACH: s->each = true; break;
        case SYN_WHEN: s->when = true; break;
        default: break;
        }
    }
    bool writes = s->tool != NULL && s->tool->effect >= RE_CHANGES;
    s->back = plan ? RB_PLAN : none ? RB_NONE : writes && s->tool->own_undo ? RB_TOOL : RB_UNSAID;
}

static void step(Reader *r, RefPhase *p, SynRef at, uint32_t together)
{
    const SynNode *n = node(r, at);
    RefStep s = {.node = at, .name = {"", 0}, .together = together};
    switch (n->kind) {
    case SYN_ACTION: s.kind = RS_ACTION; break;
    case SYN_CHECK: s.kind = RS_CHECK; break;
    case SYN_TELL: s.kind = RS_TELL; break;
    case SYN_TASK: s.kind = RS_TASK; break;
    case SYN_AWAIT: s.kind = RS_AWAIT; break;
    case SYN_TOGETHER:
        SYN_EACH(r->t, k, n->c)
            step(r, p, k, at);
        return;
    default: return;
    }
    if (s.kind != RS_TELL)
        s.name = text(r, n->a);
    if (s.kind == RS_ACTION)
        action(r, &s);
    SYN_EACH(r->t, k, s.kind == RS_TELL || s.kind == RS_ACTION ? 0 : n->c) {
        const SynNode *c = node(r, k);
        if (c->kind == SYN_OTHERWISE)
            s.goes_on = c->aux == 1;
        else if (c->kind == SYN_REQUIRE && s.kind == RS_CHECK)
            s.in_vain = s.in_vain || always_false(r, c->a);
        else if (c->kind == SYN_UNDOTEXT)
            s.back = RB_PLAN;
        else if (c->kind == SYN_UNDONONE)
            s.back = RB_NONE;
        else if (c->kind == SYN_ASK && p->n_asks < 4)
            p->asks[p->n_asks++] = text(r, c->a);
    }
    if (p->n_steps == REF_STEPS)
        r->p->too_much = true;
    else
        p->steps[p->n_steps++] = s;
}

/* --- gates --------------------------------------------------------------------------------- */

static uint32_t count(const Reader *r, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(r->t, k, list)
        n++;
    return n;
}

static uint32_t people_of(const Reader *r, SynRef who)
{
    const SynNode *n = node(r, who);
    if (n->aux == WHO_ALL_OF)
        return count(r, n->a);
    if (n->aux == WHO_N_OF)
        return (uint32_t)known(r, n->b).value;
    return 1;
}

static void gate(Reader *r, RefPhase *p, SynRef at)
{
    p->gate = node(r, node(r, at)->a)->aux;
    SYN_EACH(r->t, k, node(r, at)->c) {
        const SynNode *n = node(r, k);
        if (n->kind == SYN_BY) {
            p->says_by = true;
            p->people = people_of(r, n->a);
        } else if (n->kind == SYN_OTHERWISE) {
            p->silence = n->aux == 1 ? RQ_GOES_ON : n->aux == 0 ? RQ_STOPS : RQ_ASKS_ON;
        } else if (n->kind == SYN_ASK && p->n_asks < 4) {
            p->asks[p->n_asks++] = text(r, n->a);
        } else if (n->kind == SYN_MAYRETURN && p->n_returns < REF_RETURNS) {
            uint32_t back = phase_called(r->p, text(r, n->a));
            if (back == REF_PHASES || p == &r->p->phases[back])
                r->p->too_much = true;
            p->returns[p->n_returns++].phase = back;
        }
    }
}

/* --- phases ---------------------------------------------------------------------------------- */

static void on_failure(Reader *r, RefPhase *p, SynRef at)
{
    SYN_EACH(r->t, k, node(r, at)->a) {
        switch (node(r, k)->kind) {
        case SYN_ONUNDO: p->on_undo = true; break;
        case SYN_ONSTOP: p->on_stop = true; break;
        case SYN_ONCONTINUE: p->on_continue = true; break;
        case SYN_ONSTART:
            p->starts = phase_called(r->p, text(r, node(r, k)->a));
            if (p->starts < REF_PHASES)
                r->p->phases[p->starts].only_started = true;
            break;
        default: break;
        }
    }
}

static void needs(Reader *r, RefPhase *p, SynRef at, uint32_t *groups)
{
    const SynNode *n = node(r, at);
    bool any = (n->aux & NEEDS_ANY) != 0 && count(r, n->a) > 1;
    uint32_t group = any ? ++*groups : 0;
    SYN_EACH(r->t, k, n->a) {
        uint32_t phase = phase_called(r->p, text(r, k));
        if (phase == REF_PHASES || p->n_needs == REF_NEEDS || p == &r->p->phases[phase])
            r->p->too_much = true;
        else
            p->needs[p->n_needs++] = (RefNeed){phase, group, (n->aux & NEEDS_EVEN) != 0};
    }
}

/* All but what is read: names must be known first. */
static void facts(Reader *r, RefPhase *p)
{
    uint32_t groups = 0;
    SYN_EACH(r->t, k, node(r, p->node)->c) {
        const SynNode *n = node(r, k);
        switch (n->kind) {
        case SYN_NEEDS: needs(r, p, k, &groups); break;
        case SYN_WHEN: p->when = true; p->never_wanted = always_false(r, n->a); break;
        case SYN_REQUIRE: p->blocked = p->blocked || always_false(r, n->a); break;
        case SYN_GATE: gate(r, p, k); break;
        case SYN_ONFAILURE: on_failure(r, p, k); break;
        default: step(r, p, k, 0); break;
        }
    }
    /* An action's `require` is a prerequisite too. */
    for (uint32_t i = 0; i < p->n_steps; i++)
        SYN_EACH(r->t, k, p->steps[i].kind == RS_ACTION ? node(r, p->steps[i].node)->c : 0)
            if (node(r, k)->kind == SYN_REQUIRE && !p->steps[i].when)
                p->blocked = p->blocked || always_false(r, node(r, k)->a);
}

static void requires_of(Reader *r, SynRef list)
{
    SYN_EACH(r->t, k, list) {
        if (node(r, k)->kind != SYN_REQUIRE)
            continue;
        expr(r, node(r, k)->a);
        expr(r, node(r, k)->b);
    }
}

static void reads_of_action(Reader *r, const RefStep *s)
{
    SynRef each = 0;
    expr(r, node(r, s->node)->b);
    SYN_EACH(r->t, k, node(r, s->node)->c)
        if (node(r, k)->kind == SYN_EACH)
            each = k;
    if (each != 0) {
        expr(r, node(r, each)->b);
        r->locals[r->n_locals++] = text(r, node(r, each)->a);
    }
    requires_of(r, node(r, s->node)->c);
    SYN_EACH(r->t, k, node(r, s->node)->c) {
        const SynNode *n = node(r, k);
        if (n->kind == SYN_WHEN || n->kind == SYN_LOCK || n->kind == SYN_UNDONONE)
            expr(r, n->a);
        else if (n->kind == SYN_RUN || n->kind == SYN_UNDO)
            expr(r, n->b);
    }
    r->n_locals = 0;
}

static void reads(Reader *r, const RefPhase *p)
{
    r->place = REF_BEFORE; /* conditions are tested before anything is done */
    expr(r, node(r, p->node)->b);
    SYN_EACH(r->t, k, node(r, p->node)->c) {
        const SynNode *n = node(r, k);
        if (n->kind == SYN_WHEN)
            expr(r, n->a);
        if (n->kind != SYN_GATE)
            continue;
        r->place = REF_STEPS; /* a question speaks of what is staged */
        expr(r, n->b);
        r->place = REF_BEFORE;
    }
    requires_of(r, node(r, p->node)->c);
    for (uint32_t i = 0; i < p->n_steps; i++) {
        const RefStep *s = &p->steps[i];
        const SynNode *n = node(r, s->node);
        r->place = i;
        switch (s->kind) {
        case RS_ACTION: reads_of_action(r, s); break;
        case RS_CHECK:
            expr(r, n->b);
            requires_of(r, n->c);
            break;
        case RS_TELL: expr(r, n->b); break;
        case RS_TASK:
            expr(r, n->b);
            SYN_EACH(r->t, k, n->c)
                if (node(r, k)->kind == SYN_STEPS || node(r, k)->kind == SYN_UNDOTEXT || node(r, k)->kind == SYN_UNDONONE)
                    expr(r, node(r, k)->a);
            break;
        case RS_AWAIT:
            r->locals[r->n_locals++] = s->name;
            SYN_EACH(r->t, k, n->c)
                if (node(r, k)->kind == SYN_WHERE)
                    expr(r, node(r, k)->a);
            r->n_locals = 0;
            break;
        }
    }
}

void ref_read(const SynTree *t, RefPlan *out)
{
    Reader r = {.p = out, .t = t};
    memset(out, 0, sizeof *out);
    out->tree = t;
    SYN_EACH(t, d, syn(t, t->root)->c) {
        const SynNode *n = syn(t, d);
        if (n->kind == SYN_PHASE && out->n < REF_PHASES)
            out->phases[out->n++] = (RefPhase){.name = syn_text(t, n->a), .node = d, .gate = -1, .starts = REF_PHASES};
        else if (n->kind == SYN_PHASE)
            out->too_much = true;
        if (n->kind != SYN_CONNECTOR)
            continue;
        SYN_EACH(t, k, n->c)
            if (syn(t, k)->kind == SYN_TOOL)
                plan_tool(&r, syn_text(t, n->a), k);
    }
    for (uint32_t i = 0; i < out->n; i++)
        facts(&r, &out->phases[i]);
    for (r.phase = 0; r.phase < out->n; r.phase++)
        reads(&r, &out->phases[r.phase]);
}
