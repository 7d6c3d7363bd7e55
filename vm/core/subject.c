/* Owns: from a row of a program to the record that a policy's rule is about, and
 * the rule over it. Must not know: which rules there are, what a violation means. */
#include "vm/core/subject.h"

#include <stdlib.h>
#include <string.h>

#include "vm/core/vm.h"
#include "vm/os/limits.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

static const char *const effects[] = {"reads", "tells", "changes", "destroys"};
static const char *const reaches[] = {"one", "many", "tenant"};
static const char *const assurances[] = {"os", "os", "session", "signed", "hardware"};
_Static_assert(sizeof effects / sizeof *effects == EFF_COUNT && sizeof reaches / sizeof *reaches == REACH_COUNT &&
                   sizeof assurances / sizeof *assurances == ASSURE_COUNT, "a word each");

/* Where a member stands in its record. */
enum {
#define MEMBER(subject, name, type, meaning) MB_##subject##_##name,
#include "vm/core/subjects.def"
    MEMBERS
};
enum {
#define ASKED(subject, name, meaning) QUESTION_##name,
#include "vm/core/subjects.def"
    QUESTIONS
};
#define AT(subject, name) ((unsigned)MB_##subject##_##name - (unsigned)MB_##subject##_FIRST)
enum {
    MB_ACTION_FIRST = MB_ACTION_name, MB_PHASE_FIRST = MB_PHASE_name, MB_GATE_FIRST = MB_GATE_level,
    MB_TASK_FIRST = MB_TASK_name, MB_CHECK_FIRST = MB_CHECK_name
};
_Static_assert(AT(GATE, show) + 1 == SUBJECT_GATE_FIELDS && AT(ACTION, gate) + 1 == SUBJECT_ASKED &&
                   (int)QUESTIONS == SUBJECT_QUESTIONS && SUBJECT_ASKED + SUBJECT_QUESTIONS <= SUBJECT_FIELDS,
               "room for all members");

static Value word(const char *s)
{
    return val_text(str_of(s));
}

static Value list(const Value *items, uint32_t n)
{
    return (Value){.tag = V_LIST, .len = n, .u.items = items};
}

static Value text(const Program *p, uint32_t string)
{
    return val_text(prog_str(p, string));
}

void subject_all_dates(SubjectPlan *p)
{
    p->from_ms = 0;
    p->end_ms = INT64_C(47482) * DAY_MS; /* 2100-01-01 */
}

/* --- nothing is said ------------------------------------------------------------------ */

static Value blank(SubjectMember type)
{
    switch (type) {
    case SUBJECT_IS_TEXT: return word("");
    case SUBJECT_IS_LEVEL: return val_make(V_LEVEL, 0);
    case SUBJECT_IS_NUMBER: return val_int(0);
    case SUBJECT_IS_BOOL: return val_bool(false);
    case SUBJECT_IS_DURATION: return val_make(V_DURATION, SUBJECT_ENDLESS);
    case SUBJECT_IS_NAMES: return list(NULL, 0);
    case SUBJECT_IS_EFFECT: return word(effects[0]);
    case SUBJECT_IS_REACH: return word(reaches[0]);
    case SUBJECT_IS_ASSURE: return word(assurances[0]);
    case SUBJECT_IS_GATE: break;
    }
    return (Value){.tag = V_ABSENT};
}

void subject_blank(Subject s, SubjectRecord *out)
{
    SubjectMember type;
    uint32_t n = 0;
    out->business = 0;
    for (uint32_t i = 0; i < SUBJECT_GATE_FIELDS; i++) {
        subject_member(SUBJECT_GATE, i, &type);
        out->gate[i] = blank(type);
    }
    while (subject_member(s, n, &type) != NULL) {
        out->fields[n++] = type == SUBJECT_IS_GATE
                               ? (Value){.tag = V_RECORD, .len = SUBJECT_GATE_FIELDS, .u.items = out->gate}
                               : blank(type);
    }
    out->record = (Value){.tag = V_RECORD, .len = n, .u.items = out->fields};
}

/* --- times and people ------------------------------------------------------------------ */

/* true: business time. n business days are at least n - 1 whole ones. */
static bool duration(const Program *p, uint32_t row, bool longest, Value *out)
{
    int64_t ms = SUBJECT_ENDLESS;
    const ProgDuration *d = row == PROG_NONE ? NULL : &p->durations[row];
    bool business = d != NULL && d->kind != DUR_CLOCK;
    if (d != NULL && !business)
        ms = d->n;
    else if (business && !longest && d->n <= LIM_CALENDAR_DAYS * 24)
        ms = d->kind == DUR_HOURS ? d->n * HOUR_MS : (d->n < 1 ? 0 : d->n - 1) * DAY_MS;
    *out = val_make(V_DURATION, ms);
    return business;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t distinct(uint32_t *all, uint32_t n)
{
    uint32_t different = 0;
    if (n > 0)
        qsort(all, n, sizeof *all, by_number);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || all[i] != all[different - 1])
            all[different++] = all[i];
    return different;
}

/* Different people of all roles. One that stands in is a person of its own, and
 * N of them in `N of` it alone (language 10.1). */
static bool people(const SubjectPlan *p, const ProgGate *g, Arena *arena, Value *out)
{
    const ProgRoleRef *by = &p->program->rolerefs[g->by_first];
    uint32_t n = 0, stands_in = 0;
    for (uint32_t i = 0; i < g->by_count; i++)
        n += p->roles[by[i].role].n;
    uint32_t *all = ARENA_NEW(arena, uint32_t, n);
    if (all == NULL)
        return false;
    n = 0;
    for (uint32_t i = 0; i < g->by_count; i++) {
        const SubjectRole *r = &p->roles[by[i].role];
        if (r->n > 0)
            memcpy(all + n, r->people, r->n * sizeof *all);
        n += r->n;
        stands_in += r->stands_in;
    }
    n = distinct(all, n);
    *out = val_int(g->by_count == 1 && stands_in == 1 && g->who == WHO_N ? g->quorum : n + stands_in);
    return true;
}

/* --- subjects --------------------------------------------------------------------------- */

static bool gate(const SubjectPlan *plan, const ProgGate *g, bool longest, Arena *arena, Value *f,
                 SubjectRecord *out)
{
    const Program *p = plan->program;
    Value *shows = ARENA_NEW(arena, Value, g->shows_count);
    if (shows == NULL || !people(plan, g, arena, &f[AT(GATE, people)]))
        return false;
    for (uint32_t i = 0; i < g->shows_count; i++)
        shows[i] = text(p, p->shows[g->shows_first + i].label);
    f[AT(GATE, level)] = val_make(V_LEVEL, g->level);
    f[AT(GATE, quorum)] = val_int(g->who == WHO_NOBODY ? 0 : g->quorum);
    f[AT(GATE, assure)] = word(assurances[g->assure]);
    f[AT(GATE, show)] = list(shows, g->shows_count);
    if (duration(p, g->within, longest, &f[AT(GATE, within)]))
        out->business |= SUBJECT_OF_GATE;
    return true;
}

static bool action(const SubjectPlan *plan, const ProgAction *a, bool longest, Arena *arena,
                   SubjectRecord *out)
{
    const Program *p = plan->program;
    const ProgImport *m = &p->imports[a->import];
    uint32_t reach = a->is_each != 0 && m->reach == REACH_ONE ? REACH_MANY : m->reach;
    Value *f = out->fields;
    f[AT(ACTION, name)] = text(p, a->name);
    f[AT(ACTION, title)] = text(p, a->title);
    f[AT(ACTION, phase)] = text(p, p->phases[a->phase].name);
    f[AT(ACTION, level)] = val_make(V_LEVEL, a->level);
    f[AT(ACTION, effect)] = word(effects[m->effect]);
    f[AT(ACTION, reach)] = word(reaches[reach]);
    f[AT(ACTION, changes)] = val_bool(m->effect >= EFF_CHANGES);
    f[AT(ACTION, destroys)] = val_bool(m->effect == EFF_DESTROYS);
    f[AT(ACTION, reversible)] = val_bool(a->undo_kind != AU_NONE);
    f[AT(ACTION, tool)] = text(p, m->tool);
    f[AT(ACTION, pack)] = text(p, m->pack);
    if (duration(p, a->timeout, longest, &f[AT(ACTION, timeout)]))
        out->business |= SUBJECT_OWN;
    uint32_t of = p->phases[a->phase].gate;
    return of == PROG_NONE || gate(plan, &p->gates[of], longest, arena, out->gate, out);
}

static bool phase(const SubjectPlan *plan, const ProgPhase *ph, bool longest, Arena *arena,
                  SubjectRecord *out)
{
    const Program *p = plan->program;
    Value *f = out->fields;
    Value *needs = ARENA_NEW(arena, Value, ph->needs_count);
    Value *actions = ARENA_NEW(arena, Value, ph->actions_count);
    if (needs == NULL || actions == NULL)
        return false;
    for (uint32_t i = 0; i < ph->needs_count; i++)
        needs[i] = text(p, p->phases[p->needs[ph->needs_first + i].phase].name);
    for (uint32_t i = 0; i < ph->actions_count; i++)
        actions[i] = text(p, p->actions[ph->actions_first + i].name);
    f[AT(PHASE, name)] = text(p, ph->name);
    f[AT(PHASE, title)] = text(p, ph->title);
    f[AT(PHASE, needs)] = list(needs, ph->needs_count);
    f[AT(PHASE, actions)] = list(actions, ph->actions_count);
    if (ph->gate == PROG_NONE)
        return true;
    f[AT(PHASE, level)] = val_make(V_LEVEL, p->gates[ph->gate].level);
    return gate(plan, &p->gates[ph->gate], longest, arena, out->gate, out);
}

bool subject_fill(const SubjectPlan *plan, Subject s, uint32_t i, bool longest, Arena *arena,
                  SubjectRecord *out)
{
    const Program *p = plan->program;
    Value *f = out->fields;
    subject_blank(s, out);
    switch (s) {
    case SUBJECT_ACTION: return action(plan, &p->actions[i], longest, arena, out);
    case SUBJECT_PHASE: return phase(plan, &p->phases[i], longest, arena, out);
    case SUBJECT_GATE: return gate(plan, &p->gates[i], longest, arena, f, out);
    case SUBJECT_TASK:
        f[AT(TASK, name)] = text(p, p->tasks[i].name);
        f[AT(TASK, title)] = text(p, p->tasks[i].title);
        f[AT(TASK, people)] = val_int(p->tasks[i].who == WHO_NOBODY ? 0 : p->tasks[i].quorum);
        return true;
    default:
        f[AT(CHECK, name)] = text(p, p->checks[i].name);
        f[AT(CHECK, title)] = text(p, p->checks[i].title);
        return true;
    }
}

uint32_t subject_span(const Program *p, Subject s, uint32_t i)
{
    switch (s) {
    case SUBJECT_ACTION: return p->actions[i].span;
    case SUBJECT_PHASE: return p->phases[i].span;
    case SUBJECT_GATE: return p->gates[i].span;
    case SUBJECT_TASK: return p->tasks[i].span;
    default: return p->checks[i].span;
    }
}

void subject_name(const Program *p, Subject s, uint32_t i, uint32_t phase, Buf *out)
{
    uint32_t own = s == SUBJECT_ACTION ? p->actions[i].name : s == SUBJECT_TASK ? p->tasks[i].name
                 : s == SUBJECT_CHECK  ? p->checks[i].name  : 0;
    buf_printf(out, "%.*s%s%.*s", STR_ARG(prog_str(p, p->phases[phase].name)), own != 0 ? "." : "",
               STR_ARG(prog_str(p, own)));
}

/* --- questions with a calendar ------------------------------------------------------------ */

/* Windows as numbers in ascending order: calendar * 2 + never. A plan has many
 * actions and few such sets: answers are kept, and of two sets that want one
 * place the later takes it. */
enum { KEPT = 64, FEW = 8 };
typedef struct SubjectAnswer {
    bool used;
    uint32_t *keys, n;
    Value lists[SUBJECT_QUESTIONS];
} SubjectAnswer;

typedef struct Hours {
    const SubjectPlan *plan;
    const SubjectHours *of;
    Arena *arena;
    CalWindows may; /* when the action may be under way */
} Hours;

static const Calendar *calendar_at(const Calendar *const *all, uint32_t i)
{
    return all == NULL ? NULL : all[i];
}

/* false: a calendar's hours are not known. *full: the arena is. */
static bool windows(Hours *h, const uint32_t *keys, uint32_t n, bool *full)
{
    CalWindow *items = ARENA_NEW(h->arena, CalWindow, n);
    *full = items == NULL;
    for (uint32_t i = 0; !*full && i < n; i++) {
        items[i] = (CalWindow){calendar_at(h->plan->calendars, keys[i] / 2), (keys[i] & 1) != 0};
        if (items[i].calendar == NULL)
            return false;
    }
    h->may = (CalWindows){items, n, NULL};
    return true;
}

static bool yes(const Hours *h, unsigned question, const Calendar *c)
{
    CalWindow only = {c, false};
    CalWindows hours = {&only, 1, NULL};
    int64_t outside;
    CalSpan both;
    if (question == QUESTION_only_during)
        return cal_windows_within(&h->may, &hours, h->plan->from_ms, h->plan->end_ms, &outside);
    return cal_windows_overlap(&h->may, &hours, h->plan->from_ms, h->plan->end_ms, &both);
}

static bool one_list(Hours *h, unsigned question, Value *out)
{
    const Program *p = h->of->rules;
    Value *names = ARENA_NEW(h->arena, Value, p->n_calendars);
    uint32_t n = 0;
    if (names == NULL)
        return false;
    *out = val_make(V_UNKNOWN, 0);
    for (uint32_t i = 0; i < p->n_calendars; i++) {
        const Calendar *c = calendar_at(h->of->calendars, i);
        if (c == NULL)
            return true; /* and so nobody can say */
        if (yes(h, question, c))
            names[n++] = text(p, p->calendars[i].name);
    }
    *out = list(names, n);
    return true;
}

static bool work_out(Hours *h, SubjectAnswer *a)
{
    bool full, known = windows(h, a->keys, a->n, &full), ok = !full;
    for (unsigned q = 0; ok && q < SUBJECT_QUESTIONS; q++) {
        a->lists[q] = val_make(V_UNKNOWN, 0);
        ok = !known || one_list(h, q, &a->lists[q]);
    }
    return ok;
}

static uint32_t keys_of(const Program *p, const ProgAction *a, uint32_t *keys)
{
    const ProgPhase *ph = &p->phases[a->phase];
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->during_count; i++)
        keys[n++] = p->durings[a->during_first + i].calendar * 2 + p->durings[a->during_first + i].never;
    for (uint32_t i = 0; i < ph->during_count; i++)
        keys[n++] = p->durings[ph->during_first + i].calendar * 2 + p->durings[ph->during_first + i].never;
    return distinct(keys, n);
}

static SubjectAnswer *place_of(SubjectAnswer *kept, const uint32_t *keys, uint32_t n)
{
    uint32_t h = UINT32_C(2166136261);
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ keys[i]) * UINT32_C(16777619);
    return &kept[(h ^ h >> 15) % KEPT];
}

bool subject_answer(const SubjectPlan *plan, SubjectHours *of, uint32_t index, Arena *arena,
                    SubjectRecord *out)
{
    const Program *p = plan->program;
    const ProgAction *a = &p->actions[index];
    uint32_t few[FEW], most = a->during_count + p->phases[a->phase].during_count;
    if (of->kept == NULL)
        of->kept = ARENA_NEW(arena, SubjectAnswer, KEPT);
    uint32_t *keys = most <= FEW ? few : ARENA_NEW(arena, uint32_t, most);
    if (of->kept == NULL || keys == NULL)
        return false;
    uint32_t n = keys_of(p, a, keys);
    SubjectAnswer *at = place_of(of->kept, keys, n);
    if (!at->used || at->n != n || (n > 0 && memcmp(at->keys, keys, n * sizeof *keys) != 0)) {
        Hours h = {plan, of, arena, {0}};
        uint32_t *own = ARENA_NEW(arena, uint32_t, n);
        if (own == NULL)
            return false;
        if (n > 0)
            memcpy(own, keys, n * sizeof *own);
        *at = (SubjectAnswer){.keys = own, .n = n};
        at->used = work_out(&h, at);
        if (!at->used)
            return false;
    }
    for (unsigned q = 0; q < SUBJECT_QUESTIONS; q++)
        out->fields[SUBJECT_ASKED + q] = at->lists[q];
    return true;
}

/* --- rules ----------------------------------------------------------------------------------- */

static bool run_rule(const Program *rules, uint32_t fn, const Value *record, Arena *arena, VmRun *run)
{
    *run = (VmRun){.program = rules, .func = fn, .subject = record, .arena = arena, .fuel = LIM_FUEL};
    return vm_run(run) == VM_ENDED;
}

RuleTruth subject_holds(const Program *rules, uint32_t fn, const Value *record, Arena *arena, Buf *why)
{
    VmRun run;
    if (fn == PROG_NONE)
        return RULE_YES;
    if (run_rule(rules, fn, record, arena, &run) && run.result.tag == V_BOOL)
        return run.result.u.i != 0 ? RULE_YES : RULE_NO;
    if (why != NULL)
        buf_puts(why, run.error[0] != '\0' ? run.error : "its values are not known");
    return RULE_ERROR;
}

bool subject_words(const Program *rules, uint32_t words_fn, const Value *record, Arena *arena, Str *out)
{
    VmRun run;
    bool ok = run_rule(rules, words_fn, record, arena, &run) && run.result.tag == V_TEXT;
    if (ok)
        *out = val_str(run.result);
    return ok;
}
