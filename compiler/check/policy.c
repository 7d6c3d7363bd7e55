/* Owns: policies: the names and types of their rules. What a rule's subject has
 * is one table, vm/core/subjects.def.
 * Must not know: whether a rule holds. */
#include "compiler/check/check.h"

static const struct { const char *word, *a; } subjects[SJ_COUNT] = {
    [SJ_ACTION] = {"action", "an action"}, [SJ_PHASE] = {"phase", "a phase"},
    [SJ_GATE] = {"gate", "a gate"},        [SJ_TASK] = {"task", "a task"},
    [SJ_CHECK] = {"check", "a check"},
};

static const struct { SemSubject subject; Str name; SubjectMember type; } members[MB_COUNT] = {
#define MEMBER(s, m, t, meaning) {SJ_##s, {#m, sizeof #m - 1}, SUBJECT_IS_##t},
#include "vm/core/subjects.def"
};

static const Str asked[ASKED_COUNT] = {
#define ASKED(s, m, meaning) {#m, sizeof #m - 1},
#include "vm/core/subjects.def"
};

/* --- types ------------------------------------------------------------------ */

static SemType choices(Checker *c, SubjectMember type)
{
    static const struct { SubjectMember type; Str word; } words[] = {
#define CHOICE(t, w) {SUBJECT_IS_##t, {#w, sizeof #w - 1}},
#include "vm/core/subjects.def"
    };
    enum { WORDS = sizeof words / sizeof *words };
    SemField *fields = ARENA_NEW(c->arena, SemField, WORDS);
    uint32_t n = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        if (words[i].type == type)
            fields[n++].name = words[i].word;
    return chk_compound(c, TK_ONEOF, fields, n);
}

static SemType member_type(Checker *c, SubjectMember t)
{
    switch (t) {
    case SUBJECT_IS_TEXT: return TK_TEXT;
    case SUBJECT_IS_LEVEL: return TK_LEVEL;
    case SUBJECT_IS_NUMBER: return TK_NUMBER;
    case SUBJECT_IS_BOOL: return TK_BOOL;
    case SUBJECT_IS_DURATION: return TK_DURATION;
    case SUBJECT_IS_NAMES: return chk_list_of(c, TK_TEXT);
    case SUBJECT_IS_EFFECT: case SUBJECT_IS_REACH: case SUBJECT_IS_ASSURE: return choices(c, t);
    case SUBJECT_IS_GATE: return c->sem->subjects[SJ_GATE];
    }
    return SEM_POISON;
}

static void subject_type(Checker *c, SemSubject s)
{
    SemField fields[MB_COUNT];
    uint32_t n = 0;
    for (uint32_t i = 0; i < MB_COUNT; i++)
        if (members[i].subject == s)
            fields[n++] = (SemField){members[i].name, member_type(c, members[i].type)};
    SemField *kept = ARENA_NEW(c->arena, SemField, n);
    for (uint32_t i = 0; i < n; i++)
        kept[i] = fields[i];
    c->sem->subjects[s] = chk_compound(c, TK_RECORD, kept, n);
}

/* --- what only rules may say ------------------------------------------------ */

bool chk_is_subject(const Place *p, SynRef r)
{
    return p->kind == EP_RULE && chk_node(p->file, r)->kind == SYN_NAME && p->n_locals > 0 &&
           str_eq(chk_text(p->file, r), p->locals[0].name);
}

bool chk_no_subject(Checker *c, Place *p, SynRef name)
{
    Str text = chk_text(p->file, name);
    uint32_t s = 0;
    while (s < SJ_COUNT && !str_is(text, subjects[s].word))
        s++;
    if (p->kind != EP_RULE || s == SJ_COUNT)
        return false;
    Str own = p->locals[0].name;
    Diag *d = chk_report(c, 1001, p->file, name, "no %s is at hand: this rule is about every %.*s",
                         subjects[s].word, STR_ARG(own));
    diag_label(c->diags, d, "only `%.*s` stands for something here", STR_ARG(own));
    diag_help(c->diags, d, "ask `%.*s`, or write another rule: for every %s require ...", STR_ARG(own),
              subjects[s].word);
    return true;
}

static SemAsked asked_named(const Place *p, Str name)
{
    uint32_t i = 0;
    while (i < ASKED_COUNT && (p->locals[0].node != SJ_ACTION || !str_eq(asked[i], name)))
        i++;
    return (SemAsked)i;
}

bool chk_wants_calendar(Checker *c, Place *p, SynRef member)
{
    const SynNode *n = chk_node(p->file, member);
    if (asked_named(p, chk_text(p->file, n->b)) == ASKED_COUNT)
        return false;
    Diag *d = chk_report(c, 2002, p->file, n->b, "`%.*s` needs a calendar", STR_ARG(chk_text(p->file, n->b)));
    diag_label(c->diags, d, "which one?");
    diag_fix(c->diags, d, 'H', &p->file->sem.source, n->end, n->end, STR("(CALENDAR)"), "name it in parentheses");
    return true;
}

/* A calendar's name, as it stands in an expression: CAL or LIBRARY.CAL. */
static bool calendar(Checker *c, Place *p, SynRef r)
{
    File *f = p->file;
    const SynNode *n = chk_node(f, r);
    const Entity *e = NULL;
    if (n->kind == SYN_NAME) {
        e = chk_path(c, f, SEM_NONE, r, DK(CALENDAR), "a calendar");
    } else if (n->kind == SYN_MEMBER && chk_node(f, n->a)->kind == SYN_NAME) {
        const Entity *lib = chk_path(c, f, SEM_NONE, n->a, DK(LIBRARY), "a file in use");
        if (lib == NULL)
            return false;
        e = chk_in_scope(c, f, lib->index, n->b, DK(CALENDAR), "a calendar");
    } else {
        Diag *d = chk_report(c, 1002, f, r, "the name of a calendar is needed here");
        diag_label(c->diags, d, "a calendar should stand here");
    }
    if (e == NULL)
        return false;
    f->sem.refs[r] = (SemRef){.kind = SR_CALENDAR, .index = e->index & 0x7ffffff};
    return true;
}

static void no_such_question(Checker *c, Place *p, SynRef callee)
{
    const SynNode *n = chk_node(p->file, callee);
    Str name = chk_text(p->file, n->b), best;
    const SemTypeInfo *t = &c->sem->types[p->locals[0].type];
    for (uint32_t i = 0; i < t->n_fields; i++) {
        if (!str_eq(t->fields[i].name, name))
            continue;
        Diag *d = chk_report(c, 1002, p->file, n->b, "`%.*s` is a member, not a function", STR_ARG(name));
        diag_label(c->diags, d, "takes no parentheses");
        return;
    }
    bool of_action = p->locals[0].node == SJ_ACTION;
    Str near = chk_near_word(c, name, asked, of_action ? ASKED_COUNT : 0, &best);
    Diag *d = chk_report(c, 1001, p->file, n->b, "%s cannot be asked for `%.*s`",
                         subjects[p->locals[0].node].a, STR_ARG(name));
    diag_label(c->diags, d, "%s", of_action ? "there are: only_during(CALENDAR), may_overlap(CALENDAR)"
                                            : "only an action has such: only_during(CALENDAR), may_overlap(CALENDAR)");
    chk_did_you_mean(c, d, p->file, n->b, near, best);
}

Typed chk_subject_call(Checker *c, Place *p, SynRef call)
{
    const Typed poison = {SEM_POISON, false, {0}};
    const SynNode *n = chk_node(p->file, call);
    SynRef name = chk_node(p->file, n->a)->b;
    SemAsked which = asked_named(p, chk_text(p->file, name));
    if (which == ASKED_COUNT) {
        no_such_question(c, p, n->a);
        return poison;
    }
    if (n->b == 0 || chk_node(p->file, n->b)->next != 0) {
        Diag *d = chk_report(c, n->b == 0 ? 2002 : 2003, p->file, call, "`%.*s` takes one calendar",
                             STR_ARG(asked[which]));
        diag_label(c->diags, d, "%s", n->b == 0 ? "which one?" : "several here");
        return poison;
    }
    if (!calendar(c, p, n->b))
        return poison;
    SynRef left = chk_node(p->file, n->a)->a;
    p->file->sem.refs[left] = (SemRef){.kind = SR_SUBJECT, .index = p->locals[0].node & 0x7ffffff};
    p->file->sem.types[left] = (uint16_t)p->locals[0].type;
    p->file->sem.refs[call] = (SemRef){.kind = SR_SUBJECT, .index = (uint32_t)which & 0x7ffffff};
    return (Typed){TK_BOOL, false, {0}};
}

/* --- policies --------------------------------------------------------------- */

void chk_declare_policy(Checker *c, File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t index = c->sem->n_policies;
    if (chk_declare(c, f->scope, DK_POLICY, index, f, node, n->a) == NULL)
        return;
    *CHK_PUSH(c, c->sem->policies, c->sem->n_policies, c->cap_policies) =
        (SemPolicy){.name = chk_text(f, n->a), .title = chk_title(c, f, n->b), .sem = c->sem,
                    .file = &f->sem, .node = node};
}

static SemRule rule(Checker *c, File *f, SynRef r)
{
    const SynNode *n = chk_node(f, r);
    SemRule out = {.subject = (SemSubject)n->aux, .require = {&f->sem, n->b}, .node = r};
    Place p;
    chk_place(&p, f, EP_RULE, "a policy", SEM_NONE);
    p.locals[p.n_locals++] = (Local){str_of(subjects[n->aux].word), n->aux, c->sem->subjects[n->aux], SR_SUBJECT};
    if (n->a != 0) {
        out.where = (SemExpr){&f->sem, n->a};
        chk_expect(c, &p, n->a, TK_BOOL, "a condition");
    }
    chk_expect(c, &p, n->b, TK_BOOL, "what a rule requires");
    out.words = chk_text_expr(c, &p, n->c);
    return out;
}

static void policy(Checker *c, SemPolicy *policy)
{
    File *f = (File *)policy->file;
    uint32_t count = 0;
    SYN_EACH(f->tree, r, chk_node(f, policy->node)->c)
        count += chk_node(f, r)->kind == SYN_RULE;
    SemRule *rules = ARENA_NEW(c->arena, SemRule, count);
    SYN_EACH(f->tree, r, chk_node(f, policy->node)->c)
        if (chk_node(f, r)->kind == SYN_RULE)
            rules[policy->n_rules++] = rule(c, f, r);
    policy->rules = rules;
    if (count > 0)
        return;
    Diag *d = chk_report(c, 15, f, chk_node(f, policy->node)->a, "the policy `%.*s` requires nothing",
                         STR_ARG(policy->name));
    diag_label(c->diags, d, "has no rule");
    chk_fix_into(c, d, 'H', f, policy->node, "say what it requires",
                 "for every action where action.changes require action.level >= L2");
}

void chk_policies(Checker *c)
{
    if (c->sem->n_policies == 0)
        return;
    subject_type(c, SJ_GATE); /* phases and actions have one */
    for (uint32_t s = 0; s < SJ_COUNT; s++)
        if (s != SJ_GATE)
            subject_type(c, (SemSubject)s);
    for (uint32_t i = 0; i < c->sem->n_policies; i++)
        policy(c, &c->sem->policies[i]);
}
