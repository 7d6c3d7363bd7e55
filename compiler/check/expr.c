/* Owns: the types of expressions, and what names in them stand for.
 * Must not know: what a value may be used for (flow.c), whether it is
 * there in time (reads.c). */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/core/vm.h"
#include "vm/os/limits.h"

static const Typed poison = {SEM_POISON, false, {0}};

static Typed of(SemType t)
{
    return (Typed){t, false, {0}};
}

static Typed value(SemType t, Value v)
{
    return (Typed){t, true, v};
}

void chk_place(Place *p, File *f, ExprPlace kind, const char *what,
               uint32_t phase)
{
    p->file = f;
    p->kind = kind;
    p->what = what;
    p->phase = phase;
    p->self = 0;
    p->in_undo = false;
    p->together = 0;
    p->let = p->connector = p->tool = p->other = SEM_NONE;
    p->wire = 0;
    p->secrets = false;
    p->each = p->hidden_each = 0;
    p->each_used = false;
    p->n_locals = 0; /* the locals themselves need no clearing: 2 KB a clause */
    p->depth = p->deepest = p->size = 0;
    p->in_default = false;
    p->of_run = 0;
}

static void set_ref(Place *p, SynRef r, SemRefKind kind, uint32_t index)
{
    p->file->sem.refs[r] = (SemRef){.kind = kind & 31, .index = index & 0x7ffffff};
}


/* --- names ------------------------------------------------------------------ */

/* What stands outside all phases may read none of them. */
static bool may_read(Checker *c, Place *p, SynRef r, uint8_t what)
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
    return poison;
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
    if (!may_read(c, p, r, OF_STEP))
        return poison;
    if (p->phase == a.phase && !own_step(c, p, r, &a))
        return poison;
    set_ref(p, r, kind, a.index);
    Read read = {p->file, r, p->phase, a.phase, a.index, kind, p->in_default, 0};
    if (p->kind == EP_LET)
        chk_let_read(c, p->let, read);
    else if (p->phase != SEM_NONE)
        *CHK_PUSH(c, c->reads, c->n_reads, c->cap_reads) = read;
    return of(a.type);
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
        return poison;
    }
    chk_let(c, let, p->depth);
    const Let *l = &c->lets[let];
    if (!is_known(p, l->of_run))
        return not_known_yet(c, p, r);
    if ((p->kind == EP_TITLE || p->kind == EP_TOOL) && (l->of_run & (OF_STEP | OF_TOOL)) != 0) {
        may_read(c, p, r, 0);
        return poison;
    }
    p->of_run |= l->of_run;
    set_ref(p, r, SR_LET, let);
    if (p->depth + l->height > p->deepest)
        p->deepest = p->depth + l->height;
    p->size += l->size;
    if (l->phases != 0 && !let_reads(c, p, r, let))
        return poison;
    return of(c->sem->lets[let].type);
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
    return poison;
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
            return poison;
        }
        if (!is_known(p, OF_RUN))
            return not_known_yet(c, p, r);
        p->of_run |= OF_RUN;
        set_ref(p, r, SR_INPUT, e->index);
        return of(c->sem->inputs[e->index].type);
    case DK_LET:
        return let_value(c, p, r, e->index);
    case DK_ACTION: case DK_AWAIT: case DK_ASK:
        return step_value(c, p, r, e);
    case DK_SECRET:
        if (!is_known(p, OF_RUN))
            return not_known_yet(c, p, r);
        set_ref(p, r, SR_SECRET, e->index);
        p->of_run |= OF_RUN;
        return of(TK_SECRET);
    case DK_POISON:
        return poison;
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
        set_ref(p, r, words[i].ref, 0);
        if (words[i].type == TK_BOOL)
            return value(TK_BOOL, val_bool(words[i].ref == SR_TRUE));
        p->of_run |= OF_TIME;
        return of(words[i].type);
    }
    if (chk_no_subject(c, p, r))
        return poison;
    const uint32_t kinds = DK(INPUT) | DK(LET) | DK(ACTION) | DK(AWAIT) | DK(ASK);
    Str best, near = {NULL, 0};
    if (p->phase != SEM_NONE)
        near = chk_near(c, c->first_phase_scope + p->phase, name, kinds, &best);
    if (near.n == 0)
        near = chk_near(c, p->file->scope, name, kinds | DK(PHASE), &best);
    Diag *d = chk_report(c, 1001, p->file, r, "there is nothing called `%.*s` here",
                         STR_ARG(name));
    diag_label(c->diags, d, "not declared");
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', p->file, r, best, "use the near name");
    } else if (str_is(name, "null") || str_is(name, "nil") || str_is(name, "none")) {
        diag_help(c->diags, d, "every value is there: give the input a default, such as \"\", and compare with that");
    } else {
        diag_help(c->diags, d, "declare it: `input %.*s: text`, or write it in quotes if it is a text",
                  STR_ARG(name));
    }
    chk_poison(c, p->file->scope, name);
    return poison;
}

static Typed wire_value(Checker *c, Place *p, SynRef r, Str name)
{
    Typed t = poison;
    if (chk_wire_name(c, p, r, &t))
        return t;
    if (is_constant(name))
        return word_value(c, p, r, name);
    chk_wire_unknown(c, p, r);
    return poison;
}

static Typed name_value(Checker *c, Place *p, SynRef r)
{
    Str name = chk_text(p->file, r);
    for (uint32_t i = p->n_locals; i-- > 0;) {
        if (str_eq(p->locals[i].name, name)) {
            p->each_used = p->each_used || p->locals[i].node == p->each;
            set_ref(p, r, p->locals[i].ref == SR_NONE ? SR_LOCAL : p->locals[i].ref, p->locals[i].node);
            return of(p->locals[i].type);
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
        return poison;
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
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', p->file, n->b, best, "use the near name");
    }
    chk_poison(c, scope, name);
    return poison;
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
        if (t->kind == TK_LIST && chk_kind(c, t->elem) == TK_RECORD)
            diag_help(c->diags, d, "this is one record for each element: ask `every x in %.*s satisfies x.%.*s ...`, or take first(...)",
                      STR_ARG(chk_text(p->file, n->a)), STR_ARG(name));
        return poison;
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
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', p->file, n->b, best, "use the near name");
    }
    return poison;
}

static Read *last_read(const Checker *c, const Place *p)
{
    if (p->kind == EP_LET)
        return c->n_let_reads > 1 ? &c->let_reads[c->n_let_reads - 1].read : NULL;
    return c->n_reads > 0 ? &c->reads[c->n_reads - 1] : NULL;
}

static Typed member_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    const Entity *left = left_entity(c, p, n->a);
    if (left != NULL && left->kind == DK_PHASE)
        return member_of_scope(c, p, r, c->first_phase_scope + left->index, "phase");
    if (left != NULL && left->kind == DK_LIBRARY)
        return member_of_scope(c, p, r, left->index, "file");
    Typed t = chk_expr(c, p, n->a, SEM_POISON);
    if (t.type == SEM_POISON)
        return poison;
    const SemTypeInfo *info = &c->sem->types[t.type];
    Str name = chk_text(p->file, n->b);
    for (uint32_t i = 0; info->kind == TK_RECORD && i < info->n_fields; i++) {
        if (!str_eq(info->fields[i].name, name))
            continue;
        set_ref(p, r, SR_FIELD, i);
        /* A message speaks of all that is read: prepare.snapshot.ids. */
        Read *last = last_read(c, p);
        if (last != NULL && last->node == n->a && last->file == p->file)
            last->node = r;
        return of(info->fields[i].type);
    }
    if (chk_is_subject(p, n->a) && chk_wants_calendar(c, p, r))
        return poison;
    return no_member(c, p, r, t.type);
}

/* --- calls ------------------------------------------------------------------ */

static uint32_t length(const File *f, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(f->tree, k, list)
        n++;
    return n;
}

static Typed unexpected(Checker *c, Place *p, SynRef r, Typed t, SemType want, const char *what)
{
    if (chk_kind(c, t.type) == TK_SECRET) {
        chk_secret_shown(c, p->file, r);
        return poison;
    }
    Diag *d = chk_report(c, 2001, p->file, r, "%s must be %.*s, but this is %.*s",
                         what, STR_ARG(chk_type_words(c, want)),
                         STR_ARG(chk_type_words(c, t.type)));
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t.type)));
    p->file->sem.types[r] = SEM_POISON;
    return poison;
}

static void tool_argument(Checker *c, Place *p, uint32_t tool, uint32_t i, SynRef r)
{
    SemType want = c->sem->tools[tool].params[i].type;
    Typed t = chk_expr(c, p, r, want);
    const SemTool *k = &c->sem->tools[tool];
    if (!chk_fits(c, t.type, want))
        unexpected(c, p, r, t, want, chk_printf(c, "`%.*s` of `%.*s.%.*s`", STR_ARG(k->params[i].name),
                                                STR_ARG(k->pack), STR_ARG(k->name)).p);
}

static Typed tool_call(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint32_t index = chk_tool_path(c, p->file, n->a);
    if (index == SEM_NONE || !may_read(c, p, r, OF_TOOL)) {
        SYN_EACH(p->file->tree, k, n->b)
            chk_expr(c, p, k, SEM_POISON);
        return poison;
    }
    const SemTool *t = &c->sem->tools[index];
    if (t->effect != EFF_READS) {
        Diag *d = chk_report(c, 4007, p->file, r,
                             "`%.*s.%.*s` %s something, so it cannot run inside an expression",
                             STR_ARG(t->pack), STR_ARG(t->name), effect_word(t->effect));
        diag_label(c->diags, d, "%s", t->listed ? "nobody could be asked first"
                                               : "counts as destroying: no `get`, and of a pack that the host does not list");
        diag_help(c->diags, d, "run it in an action behind a gate, and read its result here");
        return poison;
    }
    uint32_t i = 0;
    SYN_EACH(p->file->tree, k, n->b) {
        if (i >= t->n_params) {
            Diag *d = chk_report(c, 2003, p->file, k, "`%.*s.%.*s` takes no more than %u argument%s",
                                 STR_ARG(t->pack), STR_ARG(t->name), t->n_params, t->n_params == 1 ? "" : "s");
            diag_label(c->diags, d, "one too many");
            chk_also(c, d, (const File *)t->file, chk_node((const File *)t->file, t->node)->a, "declared here");
            break;
        }
        if (!chk_secret_named(c, p->file, t->params[i].name, k, t->params[i].type))
            tool_argument(c, p, index, i, k);
        chk_deprecated_input(c, p->file, k, index, i, false);
        t = &c->sem->tools[index];
        if (chk_kind(c, p->file->sem.types[k]) == TK_SECRET)
            chk_secret_given(c, p->file, k, index);
        i++;
    }
    for (; i < t->n_params; i++) {
        if (t->params[i].fallback.node != 0)
            continue;
        Diag *d = chk_report(c, 2002, p->file, r, "`%.*s.%.*s` needs `%.*s`", STR_ARG(t->pack),
                             STR_ARG(t->name), STR_ARG(t->params[i].name));
        diag_label(c->diags, d, "an argument is missing");
        chk_also(c, d, (const File *)t->file, chk_node((const File *)t->file, t->node)->a, "declared here");
        return poison;
    }
    set_ref(p, r, SR_TOOL, index);
    return of(t->result);
}

static const char *const builtin_meaning[FN_COUNT] = {
#define BUILTIN(name, least, most, meaning) [FN_##name] = meaning,
#include "vm/core/builtins.def"
#undef BUILTIN
};

static Typed builtin_misfit(Checker *c, Place *p, SynRef r, Builtin f,
                            const SemType *types, uint32_t n)
{
    Str all = {"", 0};
    for (uint32_t i = 0; i < n; i++)
        all = chk_printf(c, "%.*s%s%.*s", STR_ARG(all),
                         i == 0 ? "" : i + 1 == n ? " and " : ", ",
                         STR_ARG(chk_type_words(c, types[i])));
    Diag *d = chk_report(c, 2001, p->file, r, "`%s` does not fit %.*s",
                         builtin_name(f), STR_ARG(all));
    diag_label(c->diags, d, "%s", builtin_meaning[f]);
    return poison;
}

/* The first of these that is a secret; 0: none. */
static SynRef secret_among(const Checker *c, const Place *p, SynRef list)
{
    SYN_EACH(p->file->tree, k, list)
        if (chk_kind(c, p->file->sem.types[k]) == TK_SECRET)
            return k;
    return 0;
}

static Typed builtin_call(Checker *c, Place *p, SynRef r, Builtin f)
{
    const SynNode *n = chk_node(p->file, r);
    int least, most;
    builtin_arity(f, &least, &most);
    uint32_t count = length(p->file, n->b);
    if (count < (uint32_t)least || count > (uint32_t)most) {
        Diag *d = chk_report(c, count < (uint32_t)least ? 2002 : 2003, p->file, r,
                             "`%s` takes %d%s argument%s, not %u", builtin_name(f), least,
                             most == least ? "" : " or more",
                             least == 1 && most == 1 ? "" : "s", count);
        diag_label(c->diags, d, "%s", builtin_meaning[f]);
        return poison;
    }
    enum { ARGS_MAX = 8 };
    SemType types[ARGS_MAX];
    TypeKind kinds[ARGS_MAX], elems[ARGS_MAX];
    uint32_t i = 0;
    bool bad = false, was = p->in_default;
    bool alike = f == FN_default || f == FN_min || f == FN_max; /* of one type */
    SYN_EACH(p->file->tree, k, n->b) {
        p->in_default = was || (f == FN_default && i == 0);
        types[i] = chk_expr(c, p, k, i > 0 && alike ? types[0] : SEM_POISON).type;
        p->in_default = was;
        bad = bad || types[i] == SEM_POISON;
        kinds[i] = chk_kind(c, types[i]);
        elems[i] = kinds[i] == TK_LIST ? chk_kind(c, c->sem->types[types[i]].elem)
                                       : TK_NOTHING;
        i++;
    }
    set_ref(p, r, SR_BUILTIN, (uint32_t)f);
    if (bad)
        return poison;
    TypeKind result;
    bool item;
    if (f != FN_default && secret_among(c, p, n->b) != 0) {
        chk_secret_measured(c, p->file, r, secret_among(c, p, n->b));
        return poison;
    }
    if (!builtin_type(f, kinds, elems, (int)i, &result, &item) ||
        (f == FN_default && kinds[0] == kinds[1] && !kind_is_text(kinds[0]) &&
         types[0] != types[1]))
        return builtin_misfit(c, p, r, f, types, i);
    if (!item)
        return of((SemType)result);
    if (f == FN_default && types[0] != types[1])
        return of(TK_TEXT); /* two `one of` with other choices */
    bool of_list = f != FN_default && kinds[0] == TK_LIST;
    return of(of_list ? c->sem->types[types[0]].elem : types[0]);
}

static Typed call_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint16_t kind = chk_node(p->file, n->a)->kind;
    Str name = chk_text(p->file, n->a), best;
    if (kind == SYN_NAME) {
        Builtin f = builtin_find(name);
        if (f != FN_COUNT)
            return builtin_call(c, p, r, f);
        if (chk_find(c, p->file->scope, name) != NULL &&
            chk_find(c, p->file->scope, name)->kind == DK_POISON)
            return poison;
    } else if (kind == SYN_MEMBER && chk_is_subject(p, chk_node(p->file, n->a)->a)) {
        return chk_subject_call(c, p, r);
    } else if (kind == SYN_MEMBER && chk_is_pack(c, p->file, n->a)) {
        return tool_call(c, p, r);
    }
    Str names[FN_COUNT];
    for (int f = 0; f < FN_COUNT; f++)
        names[f] = str_of(builtin_name((Builtin)f));
    Str near = chk_near_word(c, name, names, FN_COUNT, &best);
    Diag *d = chk_report(c, 1001, p->file, n->a, "there is no function `%.*s`",
                         STR_ARG(name));
    diag_label(c->diags, d, "a function or a reading tool should stand here");
    if (near.n > 0) {
        diag_help(c->diags, d, "did you mean %.*s?", STR_ARG(near));
        chk_fix_replace(c, d, '?', p->file, n->a, best, "use the near name");
    }
    return poison;
}

/* --- operators -------------------------------------------------------------- */

static const struct { const char *sign, *verb; int op; } operators[] = {
    [BIN_EQ] = {"==", "compared", OP_EQ}, [BIN_NE] = {"!=", "compared", OP_NE},
    [BIN_LT] = {"<", "compared", OP_LT}, [BIN_LE] = {"<=", "compared", OP_LE},
    [BIN_GT] = {">", "compared", OP_LT}, [BIN_GE] = {">=", "compared", OP_LE},
    [BIN_IN] = {"in", "searched for in each other", OP_IN},
    [BIN_CONTAINS] = {"contains", "searched for in each other", OP_IN},
    [BIN_WITHOUT] = {"without", "taken from each other", OP_WITHOUT},
    [BIN_ADD] = {"+", "added", OP_ADD}, [BIN_SUB] = {"-", "subtracted", OP_SUB},
    [BIN_MUL] = {"*", "multiplied", OP_MUL}, [BIN_DIV] = {"/", "divided", OP_DIV},
};

static Typed misfit(Checker *c, Place *p, SynRef r, Typed a, Typed b)
{
    const SynNode *n = chk_node(p->file, r);
    Diag *d = chk_report(c, 2005, p->file, r, "%.*s and %.*s cannot be %s",
                         STR_ARG(chk_type_words(c, a.type)),
                         STR_ARG(chk_type_words(c, b.type)),
                         operators[n->aux].verb);
    /* The operator itself is what does not fit; both sides are named. */
    d->at.start = chk_node(p->file, n->a)->start;
    d->at.end = chk_node(p->file, n->a)->end;
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, a.type)));
    chk_also(c, d, p->file, n->b, "%.*s", STR_ARG(chk_type_words(c, b.type)));
    if (chk_texts_apart(c, a.type, b.type))
        diag_help(c->diags, d, "declare both as `list of text`");
    return poison;
}

/* Beyond the kinds that operator_type() compares: the items of lists. */
static bool items_fit(const Checker *c, int op, SemType a, SemType b)
{
    const SemTypeInfo *types = c->sem->types;
    TypeKind ka = types[a].kind, kb = types[b].kind;
    switch (op) {
    case OP_IN:
        if (kb != TK_LIST)
            return true;
        return a == types[b].elem ||
               (kind_is_text(ka) && kind_is_text(types[types[b].elem].kind));
    case OP_WITHOUT:
        if (a == b || types[a].elem == b)
            return true;
        if (kb == TK_LIST)
            return kind_is_text(types[types[a].elem].kind) &&
                   kind_is_text(types[types[b].elem].kind);
        return kind_is_text(kb) && kind_is_text(types[types[a].elem].kind);
    default:
        return (ka != TK_LIST && ka != TK_RECORD) || a == b;
    }
}

static Typed fold_failed(Checker *c, Place *p, SynRef r, int op, Typed b)
{
    bool zero = op == OP_DIV && b.v.u.i == 0;
    Diag *d = chk_report(c, 2015, p->file, r, "%s",
                         zero ? "this divides by zero"
                              : "this is larger than gate can count");
    diag_label(c->diags, d, "%s", zero ? "never has a result" : "overflows");
    return poison;
}

static bool numeric(Value v)
{
    return v.tag == V_NUMBER;
}

/* Constants are computed where both sides are known numbers, or bools. */
static Typed fold(Checker *c, Place *p, SynRef r, uint16_t bin, SemType type,
                  Typed a, Typed b)
{
    int op = operators[bin].op;
    if (op == OP_DIV && b.known && b.v.u.i == 0)
        return fold_failed(c, p, r, op, b);
    if (!a.known || !b.known || !numeric(a.v) || !numeric(b.v))
        return of(type);
    Value v = {0};
    bool ok;
    switch (bin) {
    case BIN_ADD: ok = num_add(a.v, b.v, &v); break;
    case BIN_SUB: ok = num_sub(a.v, b.v, &v); break;
    case BIN_MUL: ok = num_mul(a.v, b.v, &v); break;
    case BIN_DIV: ok = num_div(a.v, b.v, &v); break;
    case BIN_EQ: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) == 0));
    case BIN_NE: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) != 0));
    case BIN_LT: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) < 0));
    case BIN_LE: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) <= 0));
    case BIN_GT: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) > 0));
    case BIN_GE: return value(TK_BOOL, val_bool(num_cmp(a.v, b.v) >= 0));
    default: return of(type);
    }
    return ok ? value(type, v) : fold_failed(c, p, r, op, b);
}

static Typed logic(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    const char *what = n->aux == BIN_OR ? "each side of `or`" : "each side of `and`";
    Typed a = chk_expect(c, p, n->a, TK_BOOL, what);
    Typed b = chk_expect(c, p, n->b, TK_BOOL, what);
    if (a.known && b.known)
        return value(TK_BOOL, val_bool(n->aux == BIN_OR ? a.v.u.i || b.v.u.i
                                                        : a.v.u.i && b.v.u.i));
    if ((a.known && a.v.u.i == (n->aux == BIN_OR)) ||
        (b.known && b.v.u.i == (n->aux == BIN_OR)))
        return value(TK_BOOL, val_bool(n->aux == BIN_OR));
    return of(TK_BOOL);
}

/* What the other side being `other` says about a literal on this side. */
static SemType hint_from(Checker *c, uint16_t bin, SemType other, bool right)
{
    const SemTypeInfo *t = &c->sem->types[other];
    if (t->kind == TK_SECRET)
        return SEM_POISON; /* nothing is compared with it */
    bool list_side = bin == BIN_IN ? right : bin == BIN_CONTAINS && !right;
    if (bin == BIN_IN || bin == BIN_CONTAINS) {
        if (list_side)
            return kind_is_text(t->kind) ? SEM_POISON : chk_list_of(c, other);
        return t->kind == TK_LIST ? t->elem : SEM_POISON;
    }
    /* Of a list of lists, the other side may be one item: a list as well. */
    if (bin == BIN_WITHOUT)
        return right && t->kind == TK_LIST && chk_kind(c, t->elem) != TK_LIST ? other : SEM_POISON;
    return bin == BIN_ADD && kind_is_text(t->kind) ? SEM_POISON : other;
}

static SynRef inside(const File *f, SynRef r)
{
    while (chk_node(f, r)->kind == SYN_PAREN)
        r = chk_node(f, r)->a;
    return r;
}

/* A list that is added to another keeps the type of its own items; only an
 * empty one has none. */
static bool own_items(const File *f, uint16_t bin, SynRef r)
{
    const SynNode *n = chk_node(f, inside(f, r));
    return bin == BIN_ADD && n->kind == SYN_LIST && n->a != 0;
}

static bool holds_secret(const Checker *c, SemType t)
{
    const SemTypeInfo *i = &c->sem->types[t];
    return i->kind == TK_SECRET || (i->kind == TK_LIST && chk_kind(c, i->elem) == TK_SECRET);
}

static bool is_range(const File *f, SynRef r)
{
    return chk_node(f, r)->kind == SYN_BINARY && chk_node(f, r)->aux == BIN_RANGE;
}

static Typed lone_range(Checker *c, Place *p, SynRef r)
{
    Diag *d = chk_report(c, 2001, p->file, r, "a range is no value");
    diag_label(c->diags, d, "stands only behind `in`: x in low..high");
    return poison;
}

/* x in low..high: as low <= x and x <= high. */
static Typed in_range(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r), *range = chk_node(p->file, inside(p->file, n->b));
    Typed x = chk_expr(c, p, n->a, SEM_POISON);
    const SynRef bounds[2] = {range->a, range->b};
    Typed bound[2];
    bool bad = x.type == SEM_POISON, known = x.known && numeric(x.v), holds = true;
    for (int i = 0; i < 2; i++) {
        bound[i] = chk_expr(c, p, bounds[i], x.type);
        TypeKind result;
        if (bad || bound[i].type == SEM_POISON) {
            bad = true;
        } else if (!operator_type(OP_LE, chk_kind(c, bound[i].type), chk_kind(c, x.type), &result)) {
            Diag *d = chk_report(c, 2005, p->file, bounds[i], "%.*s and %.*s cannot be compared",
                                 STR_ARG(chk_type_words(c, x.type)), STR_ARG(chk_type_words(c, bound[i].type)));
            diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, bound[i].type)));
            chk_also(c, d, p->file, n->a, "%.*s", STR_ARG(chk_type_words(c, x.type)));
            bad = true;
        }
        known = known && !bad && bound[i].known && numeric(bound[i].v);
    }
    if (bad)
        return poison;
    if (bound[0].known && bound[1].known && numeric(bound[0].v) && num_cmp(bound[0].v, bound[1].v) > 0)
        return value(TK_BOOL, val_bool(false));
    if (!known)
        return of(TK_BOOL);
    holds = num_cmp(bound[0].v, x.v) <= 0 && num_cmp(x.v, bound[1].v) <= 0;
    return value(TK_BOOL, val_bool(holds));
}

static Typed binary_value(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    uint16_t bin = n->aux;
    if (bin == BIN_OR || bin == BIN_AND)
        return logic(c, p, r);
    if (bin == BIN_RANGE)
        return lone_range(c, p, r);
    if (bin == BIN_IN && is_range(p->file, inside(p->file, n->b)))
        return in_range(c, p, r);
    /* A literal learns from the other side what it is; so literals go last. */
    bool right_first = chk_node(p->file, inside(p->file, n->a))->kind == SYN_TEXT ||
                       chk_node(p->file, inside(p->file, n->a))->kind == SYN_LIST;
    Typed a, b;
    if (right_first) {
        b = chk_expr(c, p, n->b, SEM_POISON);
        a = chk_expr(c, p, n->a, own_items(p->file, bin, n->a) ? SEM_POISON
                                                               : hint_from(c, bin, b.type, false));
    } else {
        a = chk_expr(c, p, n->a, SEM_POISON);
        b = chk_expr(c, p, n->b, own_items(p->file, bin, n->b) ? SEM_POISON
                                                               : hint_from(c, bin, a.type, true));
    }
    if (a.type == SEM_POISON || b.type == SEM_POISON)
        return poison;
    if (holds_secret(c, a.type) || holds_secret(c, b.type)) {
        chk_secret_measured(c, p->file, r, holds_secret(c, a.type) ? n->a : n->b);
        return poison;
    }
    int op = operators[bin].op;
    bool swap = bin == BIN_GT || bin == BIN_GE || bin == BIN_CONTAINS;
    SemType left = swap ? b.type : a.type, right = swap ? a.type : b.type;
    TypeKind result;
    if (!operator_type(op, chk_kind(c, left), chk_kind(c, right), &result) ||
        !items_fit(c, op, left, right))
        return misfit(c, p, r, a, b);
    return fold(c, p, r, bin, result == TK_LIST ? left : (SemType)result, a, b);
}

static Typed negative(Checker *c, Place *p, SynRef r)
{
    SynRef inner = chk_node(p->file, r)->a;
    Typed t = chk_expr(c, p, inner, SEM_POISON);
    TypeKind result;
    if (t.type == SEM_POISON)
        return poison;
    if (!operator_type(OP_NEG, chk_kind(c, t.type), TK_NOTHING, &result)) {
        Diag *d = chk_report(c, 2005, p->file, r, "%.*s has no negative",
                             STR_ARG(chk_type_words(c, t.type)));
        diag_label(c->diags, d, "`-` takes a number, percent, size or duration");
        return poison;
    }
    Value v;
    if (t.known && numeric(t.v) && num_sub(val_int(0), t.v, &v))
        return value(t.type, v);
    return of(t.type);
}

/* --- the other forms -------------------------------------------------------- */

static Typed not_among(Checker *c, Place *p, SynRef r, SemType want, Str s)
{
    const SemTypeInfo *t = &c->sem->types[want];
    Str *names = ARENA_NEW(c->arena, Str, t->n_fields), best;
    for (uint32_t i = 0; i < t->n_fields; i++)
        names[i] = t->fields[i].name;
    Diag *d = chk_report(c, 2013, p->file, r, "\"%.*s\" is not among the choices",
                         STR_ARG(s));
    diag_label(c->diags, d, "must be %.*s", STR_ARG(chk_type_words(c, want)));
    Str near = chk_near_word(c, s, names, t->n_fields, &best);
    if (near.n > 0)
        chk_fix_replace(c, d, '?', p->file, r, chk_printf(c, "\"%.*s\"", STR_ARG(best)),
                        "use the near choice");
    return of(want);
}

static Typed text_value(Checker *c, Place *p, SynRef r, SemType want)
{
    TypeKind k = chk_kind(c, want);
    chk_secret_literal(c, p->file, r);
    if (!kind_is_text(k) || k == TK_TEXT)
        return of(TK_TEXT);
    Str s = syn_decode(p->file->tree, r, c->arena);
    if (k == TK_ONEOF) {
        for (uint32_t i = 0; i < c->sem->types[want].n_fields; i++)
            if (str_eq(s, c->sem->types[want].fields[i].name))
                return of(want);
        return not_among(c, p, r, want, s);
    }
    if (!text_fits_kind(s, k)) {
        Diag *d = chk_report(c, 2007, p->file, r, "this can never be %.*s",
                             STR_ARG(chk_type_words(c, want)));
        diag_label(c->diags, d, "%s", k == TK_EMAIL ? "an address looks like name@example.org"
                   : k == TK_HOST ? "a host looks like www.example.org"
                                  : "a URL looks like https://example.org/path");
    }
    return of(want);
}

static void text_part(Checker *c, Place *p, SynRef r, bool *secret)
{
    SemType t = chk_expr(c, p, r, SEM_POISON).type;
    TypeKind k = chk_kind(c, t);
    if (t == SEM_POISON)
        return;
    if (k == TK_SECRET && p->secrets) {
        *secret = true;
        return;
    }
    if (k == TK_SECRET) {
        chk_secret_shown(c, p->file, r);
        return;
    }
    if (k == TK_LIST)
        k = chk_kind(c, c->sem->types[t].elem);
    if (kind_has_form(k) && k != TK_LIST)
        return;
    Diag *d = chk_report(c, 2001, p->file, r, "%.*s has no form as text",
                         STR_ARG(chk_type_words(c, t)));
    diag_label(c->diags, d, "name one of its members, or count it");
}

static Typed interpolated(Checker *c, Place *p, SynRef r, SemType want)
{
    bool secret = false;
    SYN_EACH(p->file->tree, k, chk_node(p->file, r)->a)
        if (chk_node(p->file, k)->kind == SYN_TEXTPART)
            chk_secret_literal(c, p->file, k);
        else
            text_part(c, p, k, &secret);
    if (secret)
        return of(TK_SECRET); /* what holds a secret is one */
    /* A URL or an address put together is tested when it is used. */
    TypeKind k = chk_kind(c, want);
    return of(k == TK_URL || k == TK_HOST || k == TK_EMAIL ? want : TK_TEXT);
}

static Typed list_value(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    SemType elem = chk_kind(c, want) == TK_LIST ? c->sem->types[want].elem : SEM_POISON;
    bool wanted = elem != SEM_POISON, bad = false;
    if (n->a == 0) {
        if (wanted)
            return of(want);
        Diag *d = chk_report(c, 2001, p->file, r, "nothing says what this empty list is a list of");
        diag_label(c->diags, d, "no item, and no type around it");
        return poison;
    }
    SYN_EACH(p->file->tree, k, n->a) {
        SemType t = chk_expr(c, p, k, elem).type;
        bad = bad || t == SEM_POISON;
        if (elem == SEM_POISON) {
            elem = t;
        } else if (!wanted && t != elem && kind_is_text(chk_kind(c, t)) &&
                   kind_is_text(chk_kind(c, elem))) {
            elem = TK_TEXT;
        } else if (!chk_fits(c, t, elem) && !bad && chk_kind(c, t) == TK_SECRET) {
            chk_secret_shown(c, p->file, k);
            bad = true;
        } else if (!chk_fits(c, t, elem) && !bad) {
            Diag *d = chk_report(c, 2011, p->file, k, "a list holds one type only, but this item is %.*s",
                                 STR_ARG(chk_type_words(c, t)));
            diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, t)));
            if (k != n->a)
                chk_also(c, d, p->file, n->a, "the first item is %.*s",
                         STR_ARG(chk_type_words(c, p->file->sem.types[n->a])));
            else
                diag_note(c->diags, d, "%.*s is wanted here", STR_ARG(chk_type_words(c, want)));
            bad = true;
        }
    }
    return bad ? poison : of(chk_list_of(c, elem));
}

/* Only what a connector sends to others has names that gate could not write. */
static void quoted_name(Checker *c, Place *p, SynRef r)
{
    Str name = syn_decode(p->file->tree, r, c->arena);
    Diag *d = chk_report(c, 14, p->file, r, "a name stands without quotes");
    diag_label(c->diags, d, "written as in JSON");
    chk_fix_replace(c, d, '?', p->file, r, name, "drop the quotes");
}

static Typed record_value(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    uint32_t count = length(p->file, n->a), i = 0;
    SemField *fields = ARENA_NEW(c->arena, SemField, count);
    const SemTypeInfo *w = &c->sem->types[want];
    SYN_EACH(p->file->tree, k, n->a) {
        const SynNode *arg = chk_node(p->file, k);
        SemType hint = SEM_POISON;
        w = &c->sem->types[want];
        if (w->kind == TK_RECORD && i < w->n_fields)
            hint = w->fields[i].type;
        if (chk_node(p->file, arg->a)->kind == SYN_TEXT)
            quoted_name(c, p, arg->a);
        fields[i].name = chk_text(p->file, arg->a);
        fields[i++].type = chk_expr(c, p, arg->b, hint).type;
    }
    return of(chk_compound(c, TK_RECORD, fields, count));
}

static bool push_local(Checker *c, Place *p, SynRef node, SemType type)
{
    if (p->n_locals == CHK_LOCALS) {
        c->too_deep = true;
        chk_report(c, 20, p->file, node, "too many names are bound inside each other here");
        return false;
    }
    chk_local_hides(c, p, chk_node(p->file, node)->a, "the variable");
    p->locals[p->n_locals++] = (Local){
        chk_text(p->file, chk_node(p->file, node)->a), node, type, SR_LOCAL};
    return true;
}

static Typed quantified(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    SemType list = chk_expr(c, p, n->b, SEM_POISON).type, elem = SEM_POISON;
    if (chk_kind(c, list) == TK_LIST) {
        elem = c->sem->types[list].elem;
    } else if (list != SEM_POISON) {
        Diag *d = chk_report(c, 2001, p->file, n->b, "`%s` goes through a list, but this is %.*s",
                             n->aux == 0 ? "every" : "some", STR_ARG(chk_type_words(c, list)));
        diag_label(c->diags, d, "a list should stand here");
    }
    if (!push_local(c, p, r, elem))
        return poison;
    *CHK_PUSH(c, c->quants, c->n_quants, c->cap_quants) = (SemExpr){&p->file->sem, r};
    p->file->sem.types[n->a] = (uint16_t)elem;
    chk_expect(c, p, n->c, TK_BOOL, "what stands behind `satisfies`");
    p->n_locals--;
    return of(TK_BOOL);
}

static Typed choice(Checker *c, Place *p, SynRef r, SemType want)
{
    const SynNode *n = chk_node(p->file, r);
    chk_condition(c, p, n->a, "what stands behind `if`", 0);
    SemType a = chk_expr(c, p, n->b, want).type;
    SemType b = chk_expr(c, p, n->c, want != SEM_POISON ? want : a).type;
    if (a == SEM_POISON || b == SEM_POISON)
        return poison;
    if (a == b)
        return of(a);
    if (kind_is_text(chk_kind(c, a)) && kind_is_text(chk_kind(c, b)))
        return of(TK_TEXT);
    Diag *d = chk_report(c, 2001, p->file, n->c, "both branches of an `if` must have one type");
    diag_label(c->diags, d, "%.*s", STR_ARG(chk_type_words(c, b)));
    chk_also(c, d, p->file, n->b, "%.*s", STR_ARG(chk_type_words(c, a)));
    return poison;
}

static Typed indexed(Checker *c, Place *p, SynRef r)
{
    const SynNode *n = chk_node(p->file, r);
    SemType list = chk_expr(c, p, n->a, SEM_POISON).type;
    chk_expect(c, p, n->b, TK_NUMBER, "what stands in brackets");
    if (list == SEM_POISON)
        return poison;
    if (chk_kind(c, list) == TK_LIST)
        return of(c->sem->types[list].elem);
    Diag *d = chk_report(c, 2001, p->file, n->a, "only a list has items, but this is %.*s",
                         STR_ARG(chk_type_words(c, list)));
    diag_label(c->diags, d, "a list should stand here");
    return poison;
}

static Typed literal(Checker *c, Place *p, SynRef r)
{
    static const SemType types[] = {
        [SYN_INT] = TK_NUMBER, [SYN_DECIMAL] = TK_NUMBER, [SYN_PERCENT] = TK_PERCENT,
        [SYN_SIZE] = TK_SIZE, [SYN_DURATION] = TK_DURATION, [SYN_TIME] = TK_TIME,
        [SYN_DATE] = TK_DATE, [SYN_INSTANT] = TK_INSTANT, [SYN_LEVEL] = TK_LEVEL,
    };
    Value v;
    if (!chk_literal(p->file, r, &v))
        return poison; /* chk_literals() has reported it */
    if (chk_node(p->file, r)->kind == SYN_INSTANT && chk_is_zoneless(p->file, r))
        chk_no_zone(c, p->file, r); /* a value has no calendar */
    return value(types[chk_node(p->file, r)->kind], v);
}

/* The grammar takes one wherever a literal may stand. */
static Typed lone_day(Checker *c, Place *p, SynRef r)
{
    Diag *d = chk_report(c, 2001, p->file, r, "a day of the week is no value");
    diag_label(c->diags, d, "stands only in calendars and in `starts every`");
    return poison;
}

static Typed dispatch(Checker *c, Place *p, SynRef r, SemType want)
{
    switch (chk_node(p->file, r)->kind) {
    case SYN_NAME: return name_value(c, p, r);
    case SYN_INT: case SYN_DECIMAL: case SYN_PERCENT: case SYN_SIZE:
    case SYN_DURATION: case SYN_TIME: case SYN_DATE: case SYN_INSTANT:
    case SYN_LEVEL: return literal(c, p, r);
    case SYN_DAY: return lone_day(c, p, r);
    case SYN_TEXT: return text_value(c, p, r, want);
    case SYN_TEXTI: return interpolated(c, p, r, want);
    case SYN_BINARY: return binary_value(c, p, r);
    case SYN_NOT: {
        Typed t = chk_expect(c, p, chk_node(p->file, r)->a, TK_BOOL,
                             "what stands behind `not`");
        return t.known ? value(TK_BOOL, val_bool(t.v.u.i == 0)) : of(TK_BOOL);
    }
    case SYN_NEG: return negative(c, p, r);
    case SYN_QUANT: return quantified(c, p, r);
    case SYN_IF: return choice(c, p, r, want);
    case SYN_MEMBER: return member_value(c, p, r);
    case SYN_CALL: return call_value(c, p, r);
    case SYN_INDEX: return indexed(c, p, r);
    case SYN_LIST: return list_value(c, p, r, want);
    case SYN_PAREN: return chk_expr(c, p, chk_node(p->file, r)->a, want);
    case SYN_ARGS: return record_value(c, p, r, want);
    default: return poison; /* BAD: the parser has reported it */
    }
}

/* Recursion follows the text; CHK_DEPTH bounds it here for all later walks
 * over expressions, the emitter's included. */
Typed chk_expr(Checker *c, Place *p, SynRef r, SemType want)
{
    if (r == 0)
        return poison;
    p->size++;
    if (++p->depth > p->deepest)
        p->deepest = p->depth;
    Typed t = poison;
    if (p->depth <= CHK_DEPTH) {
        t = dispatch(c, p, r, want);
    } else if (c->let_depth < 2 && !c->too_deep) { /* else the let itself says it */
        Diag *d = chk_report(c, 20, p->file, r, "this expression is nested too deeply");
        diag_label(c->diags, d, "more than %d levels", CHK_DEPTH);
        diag_help(c->diags, d, "name a part of it with `let`");
        c->too_deep = true;
    }
    p->depth--;
    p->file->sem.types[r] = (uint16_t)t.type;
    return t;
}

Typed chk_expect(Checker *c, Place *p, SynRef r, SemType want, const char *what)
{
    Typed t = chk_expr(c, p, r, want);
    return chk_fits(c, t.type, want) ? t : unexpected(c, p, r, t, want, what);
}

void chk_decides(Checker *c, Place *p, SynRef r, Typed t, SynRef clause)
{
    /* `when false` says plainly that something is switched off. */
    if (!t.known || (clause != 0 && p->file->sem.refs[r].kind == SR_FALSE))
        return;
    bool holds = t.v.u.i != 0;
    Diag *d = chk_report(c, 2010, p->file, r, "this is always %s", holds ? "true" : "false");
    diag_label(c->diags, d, "decides nothing");
    if (holds && clause != 0)
        chk_fix_remove(c, d, '?', p->file, clause, "drop it");
}

Typed chk_condition(Checker *c, Place *p, SynRef r, const char *what, SynRef clause)
{
    Typed t = chk_expect(c, p, r, TK_BOOL, what);
    chk_decides(c, p, r, t, clause);
    return t;
}

SemExpr chk_text_expr(Checker *c, Place *p, SynRef r)
{
    if (r == 0)
        return (SemExpr){NULL, 0};
    chk_expect(c, p, r, TK_TEXT, "this");
    return (SemExpr){&p->file->sem, r};
}
