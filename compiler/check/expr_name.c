/* Owns: what names and members in expressions stand for, and whether they may be
 * read there.
 * Must not know: whether a value is there in time on all paths (prove/reads.c). */
#include "compiler/check/expr.h"

/* --- names ------------------------------------------------------------------ */

/* What stands outside all phases may read none of them. */
bool expr_may_read(Checker *c, Place *p, SynRef r, uint8_t what)
{
    p->of_run |= OF_RUN | what;
    if (p->kind == EP_TOOL) {
        SynRef called = chk_node(p->file, r)->kind == SYN_CALL ? chk_node(p->file, r)->a : r;
        Diag *d = chk_report(c, 18, p->file, r, "a connector reads nothing by itself, so it cannot call `%.*s`",
                             STR_ARG(chk_text(p->file, called)));
        diag_label(c->diags, d, "no call can stand here");
        diag_help(c->diags, d, "take the value as an input of the tool: takes NAME: TYPE");
        return false;
    }
    if (p->kind == EP_CONST || p->kind == EP_TITLE || p->kind == EP_RULE || p->kind == EP_START) {
        Diag *d = chk_report(c, 3004, p->file, r,
                             "%s is settled before anything runs, so it cannot read `%.*s`",
                             p->what, STR_ARG(chk_text(p->file, r)));
        diag_label(c->diags, d, "not there yet");
        return false;
    }
    return true;
}

/* A rule is proved, and a start decided, before there is a run. */
static bool is_known(const Place *p, uint8_t of_run)
{
    return p->kind == EP_RULE ? of_run == 0 : p->kind != EP_START || (of_run & OF_RUN) == 0;
}

static Typed not_known_yet(Checker *c, Place *p, SynRef r)
{
    Diag *d = chk_report(c, 3004, p->file, r, "%s is settled before a run begins, so it cannot read `%.*s`",
                         p->what, STR_ARG(chk_text(p->file, r)));
    diag_label(c->diags, d, "only a run knows it");
    return typed_poison;
}

/* A step of a phase whose value can be read. */
typedef struct Producer {
    SemRefKind kind;
    uint32_t index, phase, together;
    Str name;
    SynRef node; /* of the step: its place among the others */
    SemType type;
} Producer;

static Producer producer_of(const Checker *c, SemRefKind kind, uint32_t index)
{
    const Sem *s = c->sem;
    if (kind == SR_ACTION) {
        const SemAction *a = &s->actions[index];
        return (Producer){SR_ACTION, index, a->phase, a->together, a->name, a->node, a->result};
    }
    if (kind == SR_AWAIT) {
        const SemAwait *a = &s->awaits[index];
        return (Producer){SR_AWAIT, index, a->phase, 0, a->name, a->node, chk_event_type(c, a->event)};
    }
    const SemAsk *a = &s->asks[index];
    SynRef by = a->task == SEM_NONE ? s->gates[s->phases[a->phase].gate].node : s->tasks[a->task].node;
    return (Producer){SR_ASK, index, a->phase, 0, a->name, by, a->type};
}

static bool of_gate(const Checker *c, const Producer *a)
{
    return a->kind == SR_ASK && c->sem->asks[a->index].task == SEM_NONE;
}

static Diag *too_early(Checker *c, Place *p, SynRef r, const Producer *a)
{
    bool ask = a->kind == SR_ASK;
    Diag *d = chk_report(c, 3004, p->file, r, ask ? "`%.*s` is read here, but it is answered only later"
                                                  : "`%.*s` is read here, but it runs only later",
                         STR_ARG(a->name));
    diag_label(c->diags, d, "value used here");
    SynRef at = ask ? c->sem->asks[a->index].node : a->node;
    chk_also(c, d, p->file, chk_node(p->file, at)->a, "%s",
             of_gate(c, a) ? "asked before the vote" : ask ? "answered when the task is done" : "runs after that");
    return d;
}

static void side_by_side(Checker *c, Place *p, SynRef r, const Producer *a)
{
    Diag *d = too_early(c, p, r, a);
    diag_help(c->diags, d, "actions inside `together` run side by side: move `%.*s` above it", STR_ARG(a->name));
}

static void own_result(Checker *c, Place *p, SynRef r, const Producer *a)
{
    Diag *d;
    if (p->in_undo) {
        d = chk_report(c, 6003, p->file, r, "this `undo` needs what `%.*s` gives only when it succeeds",
                       STR_ARG(a->name));
        diag_label(c->diags, d, "not there when `%.*s` fails half-way", STR_ARG(a->name));
        diag_help(c->diags, d, "read what is needed in an action before it, and use that here");
        return;
    }
    d = chk_report(c, 3002, p->file, r, "`%.*s` needs its own result", STR_ARG(a->name));
    diag_label(c->diags, d, "not there before `%.*s` %s", STR_ARG(a->name),
               a->kind == SR_ASK ? "is answered" : "has run");
    diag_help(c->diags, d, "read it in a step behind this one");
}

/* A step of the phase that the expression stands in. */
static bool own_step(Checker *c, Place *p, SynRef r, const Producer *a)
{
    if (p->kind == EP_GATE && a->kind != SR_ASK)
        return true;
    if (p->kind == EP_GATE) {
        Diag *d = too_early(c, p, r, a);
        diag_help(c->diags, d, "the question is put together with it; show answers of earlier phases only");
        return false;
    }
    if (p->kind == EP_PHASE) {
        Diag *d = too_early(c, p, r, a);
        diag_help(c->diags, d, "%s is tested before the phase does anything; use a `check` behind the %s, or a later phase",
                  p->what, a->kind == SR_ASK ? "answer" : a->kind == SR_AWAIT ? "event" : "action");
        return false;
    }
    if (of_gate(c, a))
        return true; /* the gate stands in front of the whole phase */
    if (a->node == p->self && a->kind == SR_ASK && p->in_undo)
        return true; /* a task is taken back only when it was done */
    if (a->node == p->self) {
        own_result(c, p, r, a);
        return false;
    }
    if (chk_node(p->file, a->node)->start > chk_node(p->file, p->self)->start) {
        Diag *d = too_early(c, p, r, a);
        diag_help(c->diags, d, "steps run from top to bottom: move `%.*s` up", STR_ARG(a->name));
        return false;
    }
    if (a->together != 0 && a->together == p->together) {
        side_by_side(c, p, r, a);
        return false;
    }
    return true;
}

static Typed step_value(Checker *c, Place *p, SynRef r, const Entity *e)
{
    SemRefKind kind = e->kind == DK_ACTION ? SR_ACTION : e->kind == DK_AWAIT ? SR_AWAIT : SR_ASK;
    Producer a = producer_of(c, kind, e->index);
    if (!expr_may_read(c, p, r, OF_STEP))
        return typed_poison;
    if (p->phase == a.phase && !own_step(c, p, r, &a))
        return typed_poison;
    expr_set_ref(p, r, kind, a.index);
    Read read = {p->file, r, p->phase, a.phase, a.index, kind, p->in_default, 0};
    if (p->kind == EP_LET)
        chk_let_read(c, p->let, read);
    else if (p->phase != SEM_NONE)
        *CHK_PUSH(c, c->reads, c->n_reads, c->cap_reads) = read;
    return typed_of(a.type);
}

typedef struct OwnRead { Place *p; SynRef at; bool failed; } OwnRead;

/* What a let reads of the phase that uses it must be there, as if it stood here. */
static bool not_there(Checker *c, const Read *read, void *ctx)
{
    OwnRead *own = ctx;
    if (read->producer != own->p->phase)
        return false;
    Producer a = producer_of(c, read->kind, read->index);
    own->failed = !own_step(c, own->p, own->at, &a);
    return own->failed;
}

static bool let_reads(Checker *c, Place *p, SynRef r, uint32_t let)
{
    if (p->kind == EP_LET) {
        chk_let_part(c, p->let, let, p->in_default);
        return true;
    }
    OwnRead own = {p, r, false};
    if (p->phase == SEM_NONE)
        return true;
    if ((c->lets[let].phases & chk_phase_bit(p->phase)) != 0)
        chk_let_find(c, let, chk_phase_bit(p->phase), false, not_there, &own);
    if (own.failed)
        return false;
    chk_let_used(c, let, (LetUse){p->file, r, let, p->phase, p->in_default, false});
    return true;
}

static Typed let_value(Checker *c, Place *p, SynRef r, uint32_t let)
{
    if (p->kind == EP_CONST) {
        /* A let may hold inputs, which are not there yet. */
        Diag *d = chk_report(c, 3004, p->file, r,
                             "%s must be plain, so it cannot use the `let` `%.*s`",
                             p->what, STR_ARG(chk_text(p->file, r)));
        diag_label(c->diags, d, "write the value itself");
        return typed_poison;
    }
    chk_let(c, let, p->depth);
    const Let *l = &c->lets[let];
    if (!is_known(p, l->of_run))
        return not_known_yet(c, p, r);
    if ((p->kind == EP_TITLE || p->kind == EP_TOOL) && (l->of_run & (OF_STEP | OF_TOOL)) != 0) {
        expr_may_read(c, p, r, 0);
        return typed_poison;
    }
    p->of_run |= l->of_run;
    expr_set_ref(p, r, SR_LET, let);
    if (p->depth + l->height > p->deepest)
        p->deepest = p->depth + l->height;
    p->size += l->size;
    if (l->phases != 0 && !let_reads(c, p, r, let))
        return typed_poison;
    return typed_of(c->sem->lets[let].type);
}

static Typed wrong_thing(Checker *c, Place *p, SynRef r, const Entity *e)
{
    Str name = chk_text(p->file, r);
    Diag *d = chk_report(c, 1002, p->file, r, "`%.*s` is %s, not a value",
                         STR_ARG(name), chk_kind_words(e->kind));
    diag_label(c->diags, d, "a value should stand here");
    if (e->file != NULL && e->name != 0)
        chk_also(c, d, e->file, e->name, "declared here as %s",
                 chk_kind_words(e->kind));
    switch (e->kind) {
    case DK_CHECK:
        diag_help(c->diags, d, "a check can be shown at a gate; to go on only when it holds, need its phase");
        break;
    case DK_PHASE:
        diag_help(c->diags, d, "name one of its actions: %.*s.ACTION.MEMBER",
                  STR_ARG(name));
        break;
    case DK_TASK:
        diag_help(c->diags, d, "read what it asks for: ask NAME: text in the task, and PHASE.NAME here");
        break;
    case DK_PACK:
        diag_help(c->diags, d, "call one of its tools that only read: %.*s.TOOL(...)",
                  STR_ARG(name));
        break;
    default:
        break;
    }
    return typed_poison;
}

static Typed entity_value(Checker *c, Place *p, SynRef r, const Entity *e)
{
    switch (e->kind) {
    case DK_INPUT:
        if (p->kind == EP_CONST) {
            Diag *d = chk_report(c, 3004, p->file, r,
                                 "%s must be plain, so it cannot use the input `%.*s`",
                                 p->what, STR_ARG(chk_text(p->file, r)));
            diag_label(c->diags, d, "inputs are given all at once");
            return typed_poison;
        }
        if (!is_known(p, OF_RUN))
            return not_known_yet(c, p, r);
        p->of_run |= OF_RUN;
        expr_set_ref(p, r, SR_INPUT, e->index);
        return typed_of(c->sem->inputs[e->index].type);
    case DK_LET:
        return let_value(c, p, r, e->index);
    case DK_ACTION: case DK_AWAIT: case DK_ASK:
        return step_value(c, p, r, e);
    case DK_SECRET:
        if (!is_known(p, OF_RUN))
            return not_known_yet(c, p, r);
        expr_set_ref(p, r, SR_SECRET, e->index);
        p->of_run |= OF_RUN;
        return typed_of(TK_SECRET);
    case DK_POISON:
        return typed_poison;
    default:
        return wrong_thing(c, p, r, e);
    }
}

static const struct { const char *word; SemRefKind ref; SemType type; } words[] = {
    {"true", SR_TRUE, TK_BOOL}, {"false", SR_FALSE, TK_BOOL},
    {"now", SR_NOW, TK_INSTANT}, {"today", SR_TODAY, TK_DATE},
};

static bool is_constant(Str name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(name, words[i].word))
            return true;
    return false;
}

static Typed word_value(Checker *c, Place *p, SynRef r, Str name)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_is(name, words[i].word))
            continue;
        if (words[i].type != TK_BOOL && !is_known(p, OF_TIME))
            return not_known_yet(c, p, r);
        expr_set_ref(p, r, words[i].ref, 0);
        if (words[i].type == TK_BOOL)
            return typed_value(TK_BOOL, val_bool(words[i].ref == SR_TRUE));
        p->of_run |= OF_TIME;
        return typed_of(words[i].type);
    }
    if (chk_no_subject(c, p, r))
        return typed_poison;
    const uint32_t kinds = DK(INPUT) | DK(LET) | DK(ACTION) | DK(AWAIT) | DK(ASK);
    Str best, near = {NULL, 0};
    if (p->phase != SEM_NONE)
        near = chk_near(c, c->first_phase_scope + p->phase, name, kinds, &best);
    if (near.n == 0)
        near = chk_near(c, p->file->scope, name, kinds | DK(PHASE), &best);
    Diag *d = chk_report(c, 1001, p->file, r, "there is nothing called `%.*s` here",
                         STR_ARG(name));
    diag_label(c->diags, d, "not declared");
    chk_poison(c, p->file->scope, name);
    if (chk_did_you_mean(c, d, p->file, r, near, best))
        return typed_poison;
    if (str_is(name, "null") || str_is(name, "nil") || str_is(name, "none")) {
        diag_help(c->diags, d, "every value is there: give the input a default, such as \"\", and compare with that");
    } else {
        diag_help(c->diags, d, "declare it: `input %.*s: text`, or write it in quotes if it is a text",
                  STR_ARG(name));
    }
    return typed_poison;
}

static Typed wire_value(Checker *c, Place *p, SynRef r, Str name)
{
    Typed t = typed_poison;
    if (chk_wire_name(c, p, r, &t))
        return t;
    if (is_constant(name))
        return word_value(c, p, r, name);
    chk_wire_unknown(c, p, r);
    return typed_poison;
}

Typed expr_name_value(Checker *c, Place *p, SynRef r)
{
    Str name = chk_text(p->file, r);
    for (uint32_t i = p->n_locals; i-- > 0;) {
        if (str_eq(p->locals[i].name, name)) {
            p->each_used = p->each_used || p->locals[i].node == p->each;
            expr_set_ref(p, r, p->locals[i].ref == SR_NONE ? SR_LOCAL : p->locals[i].ref, p->locals[i].node);
            return typed_of(p->locals[i].type);
        }
    }
    if (p->kind == EP_TOOL)
        return wire_value(c, p, r, name);
    const Entity *e = NULL;
    if (p->phase != SEM_NONE)
        e = chk_find(c, c->first_phase_scope + p->phase, name);
    if (e == NULL)
        e = chk_find(c, p->file->scope, name);
    if (e != NULL)
        return entity_value(c, p, r, e);
    if (p->hidden_each != 0 &&
        str_eq(name, chk_text(p->file, chk_node(p->file, p->hidden_each)->a))) {
        Diag *d = chk_report(c, 1001, p->file, r,
                             "`%.*s` is not known here: %s is asked once for the whole action",
                             STR_ARG(name), p->what);
        diag_label(c->diags, d, "no element has been taken yet");
        chk_also(c, d, p->file, chk_node(p->file, p->hidden_each)->a,
                 "stands for one element after the other");
        return typed_poison;
    }
    return word_value(c, p, r, name);
}

/* --- members ---------------------------------------------------------------- */

/* What the left side of a dot names, where it is a name and no value. */
static const Entity *left_entity(Checker *c, Place *p, SynRef left)
{
    const SynNode *n = chk_node(p->file, left);
    if (n->kind == SYN_MEMBER) { /* library.thing, and no deeper */
        if (chk_node(p->file, n->a)->kind != SYN_NAME)
            return NULL;
        const Entity *lib = left_entity(c, p, n->a);
        return lib != NULL && lib->kind == DK_LIBRARY
                   ? chk_find(c, lib->index, chk_text(p->file, n->b))
                   : NULL;
    }
    if (n->kind != SYN_NAME || p->kind == EP_TOOL)
        return NULL;
    Str name = chk_text(p->file, left);
    for (uint32_t i = 0; i < p->n_locals; i++)
        if (str_eq(p->locals[i].name, name))
            return NULL;
    if (p->phase != SEM_NONE &&
        chk_find(c, c->first_phase_scope + p->phase, name) != NULL)
        return NULL;
    const Entity *e = chk_find(c, p->file->scope, name);
    if (e != NULL && (e->kind == DK_PHASE || e->kind == DK_LIBRARY))
        return e;
    return NULL;
}

static Typed member_of_scope(Checker *c, Place *p, SynRef r, uint32_t scope,
                             const char *kind)
{
    const SynNode *n = chk_node(p->file, r);
    Str name = chk_text(p->file, n->b), best;
    const Entity *e = chk_find(c, scope, name);
    if (e != NULL)
        return entity_value(c, p, (DK(ACTION) | DK(AWAIT) | DK(ASK) | DK(LET)) >> e->kind & 1 ? r : n->b, e);
    Str near = chk_near(c, scope, name,
                        DK(ACTION) | DK(CHECK) | DK(TASK) | DK(AWAIT) | DK(ASK) | DK(LET), &best);
    Str left = chk_text(p->file, n->a);
    Diag *d = chk_report(c, 1001, p->file, n->b, "%s `%.*s` has nothing called `%.*s`",
                         kind, STR_ARG(left), STR_ARG(name));
    diag_label(c->diags, d, "not declared there");
    chk_did_you_mean(c, d, p->file, n->b, near, best);
    chk_poison(c, scope, name);
    return typed_poison;
}

bool expr_means_count(Str name)
{
    return str_is(name, "len") || str_is(name, "length") || str_is(name, "size");
}

static Typed no_member(Checker *c, Place *p, SynRef r, SemType left)
{
    const SynNode *n = chk_node(p->file, r);
    const SemTypeInfo *t = &c->sem->types[left];
    Str name = chk_text(p->file, n->b), best;
    if (t->kind != TK_RECORD) {
        Diag *d = chk_report(c, 1001, p->file, n->b, "%.*s has no member `%.*s`",
                             STR_ARG(chk_type_words(c, left)), STR_ARG(name));
        diag_label(c->diags, d, "only records have members");
        if (t->kind == TK_LIST && expr_means_count(name) && chk_node(p->file, n->a)->kind == SYN_NAME)
            diag_help(c->diags, d, "gate writes count(%.*s)", STR_ARG(chk_text(p->file, n->a)));
        else if (t->kind == TK_LIST && chk_kind(c, t->elem) == TK_RECORD)
            diag_help(c->diags, d, "this is one record for each element: ask `every x in %.*s satisfies x.%.*s ...`, or take first(...)",
                      STR_ARG(chk_text(p->file, n->a)), STR_ARG(name));
        return typed_poison;
    }
    Str *names = ARENA_NEW(c->arena, Str, t->n_fields);
    for (uint32_t i = 0; i < t->n_fields; i++)
        names[i] = t->fields[i].name;
    Str near = chk_near_word(c, name, names, t->n_fields, &best);
    Diag *d = chk_report(c, 1001, p->file, n->b, "there is no member `%.*s`",
                         STR_ARG(name));
    Str all = {"", 0};
    for (uint32_t i = 0; i < t->n_fields && i < 12; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ",
                         STR_ARG(names[i]));
    diag_label(c->diags, d, all.n == 0 ? "this tool gives nothing%.*s"
                                       : "there are: %.*s", STR_ARG(all));
    chk_did_you_mean(c, d, p->file, n->b, near, best);
    return typed_poison;
}

static Read *last_read(const Checker *c, const Place *p)
{
    if (p->kind == EP_LET)
        return c->n_let_reads > 1 ? &c->let_reads[c->n_let_reads - 1].read : NULL;
    return c->n_reads > 0 ? &c->reads[c->n_reads - 1] : NULL;
}

Typed expr_member_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    const Entity *left = left_entity(c, p, n->a);
    if (left != NULL && left->kind == DK_PHASE)
        return member_of_scope(c, p, r, c->first_phase_scope + left->index, "phase");
    if (left != NULL && left->kind == DK_LIBRARY)
        return member_of_scope(c, p, r, left->index, "file");
    Typed t = chk_expr(c, p, n->a, SEM_POISON);
    if (t.type == SEM_POISON)
        return typed_poison;
    const SemTypeInfo *info = &c->sem->types[t.type];
    Str name = chk_text(p->file, n->b);
    for (uint32_t i = 0; info->kind == TK_RECORD && i < info->n_fields; i++) {
        if (!str_eq(info->fields[i].name, name))
            continue;
        expr_set_ref(p, r, SR_FIELD, i);
        /* A message speaks of all that is read: prepare.snapshot.ids. */
        Read *last = last_read(c, p);
        if (last != NULL && last->node == n->a && last->file == p->file)
            last->node = r;
        return typed_of(info->fields[i].type);
    }
    if (chk_is_subject(p, n->a) && chk_wants_calendar(c, p, r))
        return typed_poison;
    return no_member(c, p, r, t.type);
}
