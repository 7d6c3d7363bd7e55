/* Owns: rules that exclude each other (G8003). Must not know: the plan.
 *
 * Exact: for each member that two rules mention, the values that they can tell
 * apart are few (the constants that they compare it with, their neighbours, and
 * one other), and both rules are run for all of them together. Where a rule does
 * more with a text, a number, a duration or a list than to compare it with
 * constants, nothing is claimed; likewise beyond LIM_POLICY_CASES. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/policy.h"

typedef struct Member {
    PolAsk ask;
    const PolSource *source;  /* of a question: whose calendar */
    SubjectMember type;
    Value *consts; uint32_t n_consts, cap_consts;
    Value *values; uint32_t n_values, cap_values;
    uint32_t at;              /* the value at hand */
    uint32_t seen, compared;  /* how often it stands there; with constants */
} Member;

typedef struct Search {
    Policies *p;
    const PolRule *rules[2]; uint32_t n_rules;
    const PolRule *rule;      /* at hand */
    Member *members; uint32_t n, cap;
    bool exact;
} Search;

/* --- what two rules mention ------------------------------------------------------------ */

static Member *member(Search *s, const PolAsk *a)
{
    for (uint32_t i = 0; i < s->n; i++) {
        Member *m = &s->members[i];
        if (m->ask.field == a->field && m->ask.part == a->part && m->ask.calendar == a->calendar &&
            (!a->asked || m->source == s->rule->source))
            return m;
    }
    Member *m = CHK_PUSH(s->p->c, s->members, s->n, s->cap);
    *m = (Member){.ask = *a, .source = s->rule->source, .type = pol_type(s->rule->rule->subject, a)};
    return m;
}

static void mention(void *ctx, const PolAsk *a)
{
    member(ctx, a)->seen++;
}

static bool is_few(SubjectMember t)
{
    return t == SUBJECT_IS_BOOL || t == SUBJECT_IS_LEVEL || t == SUBJECT_IS_EFFECT || t == SUBJECT_IS_REACH ||
           t == SUBJECT_IS_ASSURE;
}

static SemExpr sub(SemExpr x, SynRef r)
{
    return (SemExpr){x.file, r};
}

/* false: not a constant as it is written, or through lets. */
static bool constants(Search *s, Member *m, SemExpr x)
{
    Checker *c = s->p->c;
    Value v;
    x = sem_bare(x);
    const SynNode *n = sem_node(x);
    bool ok = true;
    if (x.file->refs[x.node].kind == SR_LET)
        return constants(s, m, s->rule->source->sem->lets[x.file->refs[x.node].index].expr);
    if (n->kind == SYN_BINARY && n->aux == BIN_RANGE)
        return constants(s, m, sub(x, n->a)) && constants(s, m, sub(x, n->b));
    if (n->kind == SYN_LIST) {
        SYN_EACH(x.file->source.tree, k, n->a)
            ok = constants(s, m, sub(x, k)) && ok;
        return ok;
    }
    if (n->kind == SYN_TEXT)
        v = val_text(syn_decode(x.file->source.tree, x.node, c->arena));
    else if (!chk_literal((const File *)x.file, x.node, &v))
        return false;
    *CHK_PUSH(c, m->consts, m->n_consts, m->cap_consts) = v;
    return true;
}

/* Whether op tells only constants and their neighbours apart; left: the member
 * stands on the left. */
static bool is_plain(SubjectMember t, unsigned op, bool left)
{
    if (t == SUBJECT_IS_NAMES)
        return op == (left ? BIN_CONTAINS : BIN_IN);
    if (op == BIN_EQ || op == BIN_NE || op == (left ? BIN_IN : BIN_CONTAINS))
        return t == SUBJECT_IS_TEXT || t == SUBJECT_IS_NUMBER || t == SUBJECT_IS_DURATION;
    return op >= BIN_LT && op <= BIN_GE && (t == SUBJECT_IS_NUMBER || t == SUBJECT_IS_DURATION);
}

static void comparison(Search *s, SemExpr x)
{
    const SynNode *n = sem_node(x);
    PolAsk a;
    for (unsigned side = 0; side < 2; side++) {
        SemExpr one = sem_bare(sub(x, side == 0 ? n->a : n->b)), other = sub(x, side == 0 ? n->b : n->a);
        if (!pol_ask_at(x.file, s->rule->rule, one.node, &a))
            continue;
        Member *m = member(s, &a);
        if (is_plain(m->type, n->aux, side == 0) && constants(s, m, other))
            m->compared++;
    }
}

/* Expressions nest at most CHK_DEPTH deep. */
static void condition(Search *s, SemExpr x)
{
    if (x.node == 0)
        return;
    x = sem_bare(x);
    const SynNode *n = sem_node(x);
    if (n->kind == SYN_BINARY && n->aux != BIN_AND && n->aux != BIN_OR) {
        comparison(s, x);
    } else if (n->kind == SYN_BINARY || n->kind == SYN_IF || n->kind == SYN_NOT) {
        condition(s, sub(x, n->a));
        condition(s, sub(x, n->b));
        condition(s, sub(x, n->c));
    }
}

/* --- the values of a member --------------------------------------------------------------- */

static void value(Search *s, Member *m, Value v)
{
    for (uint32_t i = 0; i < m->n_values; i++)
        if (val_equal(m->values[i], v))
            return;
    *CHK_PUSH(s->p->c, m->values, m->n_values, m->cap_values) = v;
}

static void words(Search *s, Member *m, const char *const *all, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        value(s, m, val_text(str_of(all[i])));
}

static void numbers(Search *s, Member *m)
{
    value(s, m, val_int(0));
    for (uint32_t i = 0; i < m->n_consts; i++) {
        Value whole = m->consts[i];
        int64_t n;
        if (!num_round(m->consts[i], 0, &whole) || !num_to_int(whole, &n) || n > INT32_MAX || n < INT32_MIN) {
            s->exact = false;
            return;
        }
        for (int64_t k = n - 2; k <= n + 2; k++) /* people are counted */
            if (k > 0)
                value(s, m, val_int(k));
    }
}

static void durations(Search *s, Member *m)
{
    for (uint32_t i = 0; i < m->n_consts; i++)
        for (int64_t k = -1; k <= 1; k++)
            if (m->consts[i].u.i + k >= 0)
                value(s, m, val_make(V_DURATION, m->consts[i].u.i + k));
    value(s, m, val_make(V_DURATION, SUBJECT_ENDLESS));
}

static void texts(Search *s, Member *m)
{
    Str other = STR("x");
    for (uint32_t i = 0; i < m->n_consts; i++) {
        value(s, m, m->consts[i]);
        if (m->consts[i].len >= other.n) /* longer than each: none of them */
            other = chk_printf(s->p->c, "%.*sx", STR_ARG(val_str(m->consts[i])));
    }
    value(s, m, val_text(other));
}

/* Every choice of the names that are asked for. */
static void lists(Search *s, Member *m)
{
    Arena *arena = s->p->c->arena;
    Member names = {.type = SUBJECT_IS_TEXT};
    for (uint32_t i = 0; i < m->n_consts; i++)
        value(s, &names, m->consts[i]);
    if (names.n_values > 30 || UINT64_C(1) << names.n_values > LIM_POLICY_CASES) {
        s->exact = false;
        return;
    }
    uint32_t n = UINT32_C(1) << names.n_values;
    m->values = ARENA_NEW(arena, Value, n);
    m->n_values = m->cap_values = n;
    for (uint32_t k = 0; k < n; k++) {
        Value *items = ARENA_NEW(arena, Value, (uint32_t)__builtin_popcount(k));
        m->values[k] = (Value){.tag = V_LIST, .u.items = items};
        for (uint32_t i = 0; i < names.n_values; i++)
            if ((k >> i & 1) != 0)
                items[m->values[k].len++] = names.values[i];
    }
}

static void values(Search *s, Member *m)
{
    static const char *const effects[] = {"reads", "tells", "changes", "destroys"};
    static const char *const reaches[] = {"one", "many", "tenant"};
    static const char *const assurances[] = {"os", "session", "signed", "hardware"};
    switch (m->type) {
    case SUBJECT_IS_BOOL: value(s, m, val_bool(false)); value(s, m, val_bool(true)); break;
    case SUBJECT_IS_LEVEL:
        for (int64_t i = 0; i <= 3; i++)
            value(s, m, val_make(V_LEVEL, i));
        break;
    case SUBJECT_IS_EFFECT: words(s, m, effects, 4); break;
    case SUBJECT_IS_REACH: words(s, m, reaches, 3); break;
    case SUBJECT_IS_ASSURE: words(s, m, assurances, 4); break;
    case SUBJECT_IS_NUMBER: numbers(s, m); break;
    case SUBJECT_IS_DURATION: durations(s, m); break;
    case SUBJECT_IS_TEXT: texts(s, m); break;
    case SUBJECT_IS_NAMES: lists(s, m); break;
    case SUBJECT_IS_GATE: s->exact = false; break;
    }
}

/* --- one subject of all that there can be ---------------------------------------------------- */

/* NULL: it is not mentioned. */
static const Value *now(const Search *s, uint32_t field, uint32_t part)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (!s->members[i].ask.asked && s->members[i].ask.field == field && s->members[i].ask.part == part)
            return &s->members[i].values[s->members[i].at];
    return NULL;
}

static bool agree(const Value *a, const Value *b)
{
    return a == NULL || b == NULL || val_equal(*a, *b);
}

static bool truth(const Value *v, bool unless)
{
    return v == NULL ? unless : v->u.i != 0;
}

static bool can_be_action(const Search *s)
{
    const Value *effect = now(s, MB_ACTION_effect - MB_ACTION_name, SEM_NONE);
    const Value *changes = now(s, MB_ACTION_changes - MB_ACTION_name, SEM_NONE);
    const Value *destroys = now(s, MB_ACTION_destroys - MB_ACTION_name, SEM_NONE);
    if (truth(destroys, false) && !truth(changes, true))
        return false;
    for (uint32_t i = 0; i < s->n; i++) /* what runs at all, and only then, runs then */
        for (uint32_t k = 0; k < s->n; k++) {
            const Member *only = &s->members[i], *may = &s->members[k];
            if (only->ask.field == SUBJECT_ASKED && may->ask.field == SUBJECT_ASKED + 1 &&
                only->source == may->source && only->ask.calendar == may->ask.calendar && only->at == 1 && may->at == 0)
                return false;
        }
    if (effect == NULL)
        return true;
    Str word = val_str(*effect);
    Value does[2] = {val_bool(str_is(word, "changes") || str_is(word, "destroys")), val_bool(str_is(word, "destroys"))};
    return agree(changes, &does[0]) && agree(destroys, &does[1]);
}

static bool can_be_gate(const Search *s, uint32_t field, uint32_t first)
{
    uint32_t part = field == SEM_NONE ? SEM_NONE : first;
    const Value *people = now(s, field == SEM_NONE ? MB_GATE_people - MB_GATE_level : field,
                              part == SEM_NONE ? SEM_NONE : MB_GATE_people - MB_GATE_level);
    const Value *quorum = now(s, field == SEM_NONE ? MB_GATE_quorum - MB_GATE_level : field,
                              part == SEM_NONE ? SEM_NONE : MB_GATE_quorum - MB_GATE_level);
    return people == NULL || quorum == NULL || num_cmp(*quorum, *people) <= 0;
}

/* Members that say the same of a subject in other words must agree. */
static bool can_be(const Search *s)
{
    uint32_t gate = MB_PHASE_gate - MB_PHASE_name;
    switch (s->rule->rule->subject) {
    case SJ_ACTION: return can_be_action(s) && can_be_gate(s, MB_ACTION_gate - MB_ACTION_name, 0);
    case SJ_GATE: return can_be_gate(s, SEM_NONE, 0);
    case SJ_PHASE:
        return can_be_gate(s, gate, 0) &&
               agree(now(s, MB_PHASE_level - MB_PHASE_name, SEM_NONE), now(s, gate, 0));
    default: return true;
    }
}

static void answers(Search *s, const PolRule *r, SubjectRecord *out, Value *names)
{
    for (uint32_t q = 0; q < ASKED_COUNT; q++) {
        Value *list = &out->fields[SUBJECT_ASKED + q];
        *list = (Value){.tag = V_LIST, .u.items = names};
        for (uint32_t i = 0; i < s->n; i++) {
            const Member *m = &s->members[i];
            if (!m->ask.asked || m->ask.field != SUBJECT_ASKED + q || m->source != r->source || m->at == 0)
                continue;
            *names++ = val_text(prog_str(r->source->program, r->source->program->calendars[m->ask.calendar].name));
            list->len++;
        }
    }
}

static void fill(Search *s, const PolRule *r, SubjectRecord *out, Value *names)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const Member *m = &s->members[i];
        if (!m->ask.asked)
            *(m->ask.part == SEM_NONE ? &out->fields[m->ask.field] : &out->gate[m->ask.part]) = m->values[m->at];
    }
    if (r->rule->subject == SJ_ACTION)
        answers(s, r, out, names);
}

static bool next(Search *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (++s->members[i].at < s->members[i].n_values)
            return true;
        s->members[i].at = 0;
    }
    return false;
}

/* All rules' sections, the same for each. */
static RuleTruth all_hold(Search *s, const SubjectRecord *records, bool require)
{
    RuleTruth all = RULE_YES;
    for (uint32_t i = 0; i < s->n_rules && all == RULE_YES; i++)
        all = pol_holds(s->p->c, s->rules[i], require ? s->rules[i]->require : s->rules[i]->where, &records[i].record, NULL);
    return all;
}

/* --- two rules ------------------------------------------------------------------------------- */

static void prepare(Search *s)
{
    for (uint32_t i = 0; i < s->n_rules; i++) {
        const SemRule *r = s->rules[i]->rule;
        s->rule = s->rules[i];
        pol_visit(r->require.file, r, r->where.node, mention, s);
        pol_visit(r->require.file, r, r->require.node, mention, s);
        condition(s, r->where.node == 0 ? (SemExpr){r->require.file, 0} : r->where);
        condition(s, r->require);
    }
    for (uint32_t i = 0; i < s->n && s->exact; i++) {
        s->exact = is_few(s->members[i].type) || s->members[i].seen == s->members[i].compared;
        if (s->exact)
            values(s, &s->members[i]);
    }
}

static bool exclude_each_other(Search *s)
{
    Checker *c = s->p->c;
    bool both = false;
    prepare(s);
    SubjectRecord *records = ARENA_NEW(c->arena, SubjectRecord, 2);
    Value *names = ARENA_NEW(c->arena, Value, 2 * s->n);
    subject_blank((Subject)s->rule->rule->subject, &records[0]);
    subject_blank((Subject)s->rule->rule->subject, &records[1]);
    for (bool more = s->exact; more; more = next(s)) {
        if (s->p->cases++ >= LIM_POLICY_CASES)
            return false;
        if (!can_be(s))
            continue;
        for (uint32_t i = 0; i < s->n_rules; i++)
            fill(s, s->rules[i], &records[i], names + i * s->n);
        RuleTruth where = all_hold(s, records, false);
        RuleTruth hold = where == RULE_YES ? all_hold(s, records, true) : where;
        both = both || where == RULE_YES;
        if (hold == RULE_ERROR || (where == RULE_YES && hold == RULE_YES))
            return false;
    }
    return both;
}

static void told(Search *s, const char *kind)
{
    Checker *c = s->p->c;
    const PolRule *a = s->rules[0], *b = s->rules[s->n_rules - 1];
    Str x = a->policy->name, y = b->policy->name;
    Diag *d;
    if (s->n_rules == 1)
        d = chk_report(c, 8003, pol_file(a), a->rule->require.node, "no %s can keep to the policy `%.*s`", kind, STR_ARG(x));
    else if (a->policy == b->policy)
        d = chk_report(c, 8003, pol_file(a), a->rule->require.node, "no %s can keep to both of these rules of `%.*s`", kind, STR_ARG(x));
    else
        d = chk_report(c, 8003, pol_file(a), a->rule->require.node, "no %s can keep to both `%.*s` and `%.*s`", kind, STR_ARG(y), STR_ARG(x));
    diag_label(c->diags, d, "%s", s->n_rules == 1 ? "never true of what this rule is about" : "not together with the other");
    if (s->n_rules > 1)
        chk_also(c, d, pol_file(b), b->rule->require.node, "wanted of the same %s", kind);
    else if (a->rule->where.node != 0)
        chk_also(c, d, pol_file(a), a->rule->where.node, "this is what it is about");
    diag_help(c->diags, d, "change one of them, or let `where` keep them apart");
}

static void look_at(Policies *p, PolRule *a, PolRule *b)
{
    Search s = {.p = p, .rules = {a, b}, .n_rules = a == b ? 1 : 2, .exact = true};
    if (!exclude_each_other(&s))
        return;
    a->contradicts = b->contradicts = true;
    told(&s, subject_word((Subject)a->rule->subject));
}

void pol_conflicts(Policies *p)
{
    /* What is another file's own affair was told when that was checked. */
    for (uint32_t i = 0; i < p->n && p->rules[i].source == p->sources; i++)
        look_at(p, &p->rules[i], &p->rules[i]);
    for (uint32_t i = 0; i < p->n && p->rules[i].source == p->sources; i++)
        for (uint32_t k = 0; k < p->n && p->cases <= LIM_POLICY_CASES; k++) {
            PolRule *a = &p->rules[i], *b = &p->rules[k];
            bool once = k < i || b->source != p->sources;
            if (once && a->rule->subject == b->rule->subject && !a->contradicts && !b->contradicts)
                look_at(p, a, b);
        }
}
