/* Owns: what must hold of what is said outside of phases: inputs, secrets, what
 * starts a run, policies, people and grants. Must not know: phases. */
#include "vm/core/verify_int.h"

#include "vm/os/limits.h"

/* --- inputs ---------------------------------------------------------------------- */

static bool input_names(Verify *v)
{
    const Program *p = v->p;
    VerifyName *all = verify_scratch(v, p->n_inputs, sizeof *all);
    bool ok = all != NULL;
    for (uint32_t i = 0; ok && i < p->n_inputs; i++)
        all[i] = (VerifyName){prog_str(p, p->inputs[i].name), 0};
    ok = ok && verify_names(v, all, p->n_inputs, "an input");
    verify_release(all, p->n_inputs, sizeof *all);
    return ok;
}

static bool inputs(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_inputs; i++) {
        const ProgInput *in = &v->p->inputs[i];
        TypeKind kind = (TypeKind)v->p->types[in->type].kind;
        if (kind == TK_ITER || kind == TK_NOTHING)
            return verify_bad(v, "input %u has no type", i);
        if ((in->low_fn != PROG_NONE || in->high_fn != PROG_NONE) && !kind_is_ordered(kind))
            return verify_bad(v, "input %u has a range that its type has not", i);
        if (!verify_value(v, in->default_fn, FK_VALUE, in->type, "an input's default") ||
            !verify_value(v, in->low_fn, FK_VALUE, in->type, "an input's range") ||
            !verify_value(v, in->high_fn, FK_VALUE, in->type, "an input's range"))
            return false;
    }
    return input_names(v);
}

static bool secrets(Verify *v)
{
    for (uint32_t i = 0; i < v->p->n_secrets; i++)
        if (v->p->secrets[i].name == 0 || v->p->secrets[i].of == 0)
            return verify_bad(v, "secret %u has no name, or is nowhere", i);
    return true;
}

/* --- what starts a run -------------------------------------------------------------- */

enum { ALL_DAYS = (1 << 7) - 1 };

static bool set_value(Verify *v, const ProgStart *s, const ProgSet *set)
{
    static const char what[] = "an input that a start sets";
    uint32_t type = v->p->inputs[set->input].type;
    if (s->event == PROG_NONE)
        return verify_value(v, set->fn, FK_VALUE, type, what);
    return verify_about(v, set->fn, FK_START, v->p->events[s->event].result, what) &&
           verify_value(v, set->fn, FK_START, type, what);
}

/* Every input that has no default is set (open: so many), and none twice. */
static bool sets(Verify *v, const ProgStart *s, uint32_t start, uint32_t open, uint32_t *set_by)
{
    const Program *p = v->p;
    for (uint32_t i = s->sets_first; i < s->sets_first + s->sets_count; i++) {
        uint32_t in = p->sets[i].input;
        if (set_by[in] == start + 1)
            return verify_bad(v, "start %u sets an input twice", start);
        set_by[in] = start + 1;
        open -= p->inputs[in].default_fn == PROG_NONE;
        if (!set_value(v, s, &p->sets[i]))
            return false;
    }
    return verify_that(v, open == 0, "start %u leaves an input open", start);
}

static bool one_start(Verify *v, uint32_t i)
{
    const ProgStart *s = &v->p->starts[i];
    bool timed = s->event == PROG_NONE;
    if (timed != (s->days != 0) || timed != (s->calendar != PROG_NONE) ||
        (timed && s->where_fn != PROG_NONE) || (!timed && s->at_s != 0) ||
        s->days > ALL_DAYS || s->at_s >= DAY_S)
        return verify_bad(v, "start %u says in two ways when it is, or in none", i);
    return timed || (verify_about(v, s->where_fn, FK_START, v->p->events[s->event].result,
                                  "a start's `where`") &&
                     verify_gives(v, s->where_fn, TK_BOOL, "a start's `where`"));
}

static bool starts(Verify *v)
{
    const Program *p = v->p;
    uint64_t given = 0;
    uint32_t open = 0;
    if (p->n_alones > 1)
        return verify_bad(v, "it says twice that it runs alone");
    for (uint32_t i = 0; i < p->n_inputs; i++)
        open += p->inputs[i].default_fn == PROG_NONE;
    uint32_t *set_by = verify_scratch(v, p->n_inputs, sizeof *set_by);
    bool ok = set_by != NULL;
    for (uint32_t i = 0; ok && i < p->n_starts; i++)
        ok = verify_share(v, &given, p->starts[i].sets_count, p->n_sets, "inputs that are set") &&
             one_start(v, i) && sets(v, &p->starts[i], i, open, set_by);
    verify_release(set_by, p->n_inputs, sizeof *set_by);
    return ok;
}

/* --- policies ---------------------------------------------------------------------- */

static bool member_fits(const Program *p, uint32_t type, SubjectMember want)
{
    static const unsigned char plain[] = {[SUBJECT_IS_TEXT] = TK_TEXT, [SUBJECT_IS_LEVEL] = TK_LEVEL,
                                          [SUBJECT_IS_NUMBER] = TK_NUMBER, [SUBJECT_IS_BOOL] = TK_BOOL,
                                          [SUBJECT_IS_DURATION] = TK_DURATION};
    const ProgType *t = &p->types[type];
    switch (want) {
    case SUBJECT_IS_NAMES: return t->kind == TK_LIST && p->types[t->elem].kind == TK_TEXT;
    case SUBJECT_IS_EFFECT: case SUBJECT_IS_REACH: case SUBJECT_IS_ASSURE: return t->kind == TK_ONEOF;
    case SUBJECT_IS_GATE: return true; /* about_subject() asks */
    default: return t->kind == plain[want];
    }
}

/* The type is the subject's record, member for member; *gate gets that of a
 * phase's gate. */
static bool is_subject(const Program *p, uint32_t type, Subject s, uint32_t *gate)
{
    const ProgType *t = &p->types[type];
    SubjectMember want;
    uint32_t n = 0;
    if (t->kind != TK_RECORD)
        return false;
    for (; n < t->fields_count; n++) {
        const char *name = subject_member(s, n, &want);
        const ProgField *f = &p->fields[t->fields_first + n];
        if (name == NULL || !str_is(prog_str(p, f->name), name) || !member_fits(p, f->type, want))
            return false;
        if (want == SUBJECT_IS_GATE)
            *gate = f->type;
    }
    return subject_member(s, n, &want) == NULL;
}

static bool about_subject(const Program *p, const ProgFunc *f, Subject s)
{
    uint32_t gate = PROG_NONE, none;
    return f->regs_count > 0 && is_subject(p, p->regs[f->regs_first].type, s, &gate) &&
           (gate == PROG_NONE || is_subject(p, gate, SUBJECT_GATE, &none));
}

static bool rule_fn(Verify *v, uint32_t func, Subject s, TypeKind gives)
{
    static const char what[] = "a policy's rule";
    if (func == PROG_NONE)
        return true;
    const ProgFunc *f = &v->p->funcs[func];
    return verify_kind(v, func, FK_RULE, what) && verify_gives(v, func, gives, what) &&
           verify_that(v, about_subject(v->p, f, s), "%s is about something else", what);
}

static bool policies(Verify *v)
{
    const Program *p = v->p;
    uint64_t rules = 0;
    for (uint32_t i = 0; i < p->n_policies; i++) {
        if (p->policies[i].name == 0)
            return verify_bad(v, "policy %u has no name", i);
        if (!verify_share(v, &rules, p->policies[i].rules_count, p->n_rules, "rules"))
            return false;
    }
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const ProgRule *r = &p->rules[i];
        if (!rule_fn(v, r->where_fn, (Subject)r->subject, TK_BOOL) ||
            !rule_fn(v, r->fn, (Subject)r->subject, TK_BOOL) ||
            !rule_fn(v, r->words_fn, (Subject)r->subject, TK_TEXT))
            return false;
    }
    return true;
}

/* --- people and grants ------------------------------------------------------------- */

static bool host_rows(Verify *v)
{
    const Program *p = v->p;
    uint64_t ids = 0, args = 0;
    for (uint32_t i = 0; i < p->n_persons; i++)
        if (!verify_share(v, &ids, p->persons[i].ids_count, p->n_personids, "identities"))
            return false;
    for (uint32_t i = 0; i < p->n_grants; i++)
        if (!verify_share(v, &args, p->grants[i].args_count, p->n_grantargs, "bounds"))
            return false;
    for (uint32_t i = 0; i < p->n_grantargs; i++)
        if (!verify_kind(v, p->grantargs[i].fn, FK_VALUE, "a grant"))
            return false;
    for (uint32_t i = 0; i < p->n_settings; i++)
        if (!verify_kind(v, p->settings[i].fn, FK_VALUE, "a setting"))
            return false;
    return true;
}

bool verify_declarations(Verify *v)
{
    return inputs(v) && secrets(v) && starts(v) && policies(v) && host_rows(v);
}
