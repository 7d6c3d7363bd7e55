/* Owns: from a plan's action, phase, gate, task or check to the record that a
 * policy's rule is about (vm/core/subjects.def).
 * Must not know: rules. */
#include "compiler/prove/policy.h"

#include <stdlib.h>

static const char *const effects[] = {"reads", "tells", "changes", "destroys"};
static const char *const reaches[] = {"one", "many", "tenant"};
static const char *const assurances[] = {"os", "os", "session", "signed", "hardware"};
_Static_assert(sizeof effects / sizeof *effects == EFF_COUNT && sizeof reaches / sizeof *reaches == REACH_COUNT &&
                   sizeof assurances / sizeof *assurances == ASSURE_COUNT, "a word each");

/* Where a member stands in its record. */
#define AT(subject, name) ((unsigned)MB_##subject##_##name - (unsigned)MB_##subject##_FIRST)
enum {
    MB_ACTION_FIRST = MB_ACTION_name, MB_PHASE_FIRST = MB_PHASE_name, MB_GATE_FIRST = MB_GATE_level,
    MB_TASK_FIRST = MB_TASK_name, MB_CHECK_FIRST = MB_CHECK_name
};
_Static_assert(AT(GATE, show) + 1 == POL_GATE_FIELDS && POL_ONLY_DURING + ASKED_COUNT <= POL_FIELDS,
               "room for all members");

static Value word(const char *s)
{
    return val_text(str_of(s));
}

static Value list(const Value *items, uint32_t n)
{
    return (Value){.tag = V_LIST, .len = n, .u.items = items};
}

uint32_t pol_count(const Sem *s, SemSubject kind)
{
    switch (kind) {
    case SJ_ACTION: return s->n_actions;
    case SJ_PHASE: return s->n_phases;
    case SJ_GATE: return s->n_gates;
    case SJ_TASK: return s->n_tasks;
    case SJ_CHECK: return s->n_checks;
    case SJ_COUNT: break;
    }
    return 0;
}

/* --- nothing is said ------------------------------------------------------------------ */

static Value blank(SubjectMember type)
{
    switch (type) {
    case SUBJECT_IS_TEXT: return word("");
    case SUBJECT_IS_LEVEL: return val_make(V_LEVEL, 0);
    case SUBJECT_IS_NUMBER: return val_int(0);
    case SUBJECT_IS_BOOL: return val_bool(false);
    case SUBJECT_IS_DURATION: return val_make(V_DURATION, POL_ENDLESS);
    case SUBJECT_IS_NAMES: return list(NULL, 0);
    case SUBJECT_IS_EFFECT: return word(effects[0]);
    case SUBJECT_IS_REACH: return word(reaches[0]);
    case SUBJECT_IS_ASSURE: return word(assurances[0]);
    case SUBJECT_IS_GATE: break;
    }
    return (Value){.tag = V_ABSENT};
}

void pol_blank(SemSubject s, PolRecord *out)
{
    SubjectMember type;
    uint32_t n = 0;
    out->business = false;
    for (uint32_t i = 0; i < POL_GATE_FIELDS; i++) {
        subject_member(SUBJECT_GATE, i, &type);
        out->gate[i] = blank(type);
    }
    while (subject_member((Subject)s, n, &type) != NULL) {
        out->fields[n++] = type == SUBJECT_IS_GATE
                               ? (Value){.tag = V_RECORD, .len = POL_GATE_FIELDS, .u.items = out->gate}
                               : blank(type);
    }
    out->record = (Value){.tag = V_RECORD, .len = n, .u.items = out->fields};
}

/* --- times and people ------------------------------------------------------------------ */

/* true: business time. n business days are at least n - 1 whole ones. */
static bool duration(SemDuration d, bool longest, Value *out)
{
    bool business = d.kind == ST_DAYS || d.kind == ST_HOURS;
    int64_t ms = d.kind == ST_CLOCK ? d.n : POL_ENDLESS;
    if (business && !longest && d.n <= LIM_CALENDAR_DAYS * 24)
        ms = d.kind == ST_HOURS ? d.n * TIME_HOUR_MS : (d.n < 1 ? 0 : d.n - 1) * TIME_DAY_MS;
    *out = val_make(V_DURATION, ms);
    return business;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* Different people of all roles. One that nobody is bound to stands for a person
 * of its own, and for N of them in `N of` it alone (language 10.1). */
static uint32_t people(Checker *c, const SemWho *who)
{
    const Sem *s = c->sem;
    uint32_t n = 0, different = 0, unbound = 0;
    for (uint32_t i = 0; i < who->n; i++)
        n += s->roles[who->roles[i]].n_people;
    Str *all = ARENA_NEW(c->arena, Str, n);
    n = 0;
    for (uint32_t i = 0; i < who->n; i++) {
        const SemRole *r = &s->roles[who->roles[i]];
        for (uint32_t k = 0; k < r->n_people; k++)
            all[n++] = r->people[k];
        unbound += r->n_people == 0 && !prove_people_known(c);
    }
    if (n > 0)
        qsort(all, n, sizeof *all, by_bytes);
    for (uint32_t i = 0; i < n; i++)
        different += i == 0 || !str_eq(all[i], all[i - 1]);
    bool open = who->n == 1 && unbound == 1 && who->kind == WHO_N;
    return open ? who->quorum : different + unbound;
}

/* --- subjects ---------------------------------------------------------------------------- */

static bool action(const Sem *s, const SemAction *a, bool longest, Value *f)
{
    const SemTool *t = &s->tools[a->tool];
    Reach reach = a->each != 0 && t->reach == REACH_ONE ? REACH_MANY : t->reach;
    f[AT(ACTION, name)] = val_text(a->name);
    f[AT(ACTION, title)] = val_text(a->title);
    f[AT(ACTION, phase)] = val_text(s->phases[a->phase].name);
    f[AT(ACTION, level)] = val_make(V_LEVEL, a->level);
    f[AT(ACTION, effect)] = word(effects[t->effect]);
    f[AT(ACTION, reach)] = word(reaches[reach]);
    f[AT(ACTION, changes)] = val_bool(t->effect >= EFF_CHANGES);
    f[AT(ACTION, destroys)] = val_bool(t->effect == EFF_DESTROYS);
    f[AT(ACTION, reversible)] = val_bool(a->undo_kind != AU_NONE);
    f[AT(ACTION, tool)] = val_text(t->name);
    f[AT(ACTION, pack)] = val_text(t->pack);
    return duration(a->timeout, longest, &f[AT(ACTION, timeout)]);
}

static bool gate(Checker *c, const SemGate *g, bool longest, Value *f)
{
    Value *shows = ARENA_NEW(c->arena, Value, g->n_shows);
    for (uint32_t i = 0; i < g->n_shows; i++)
        shows[i] = val_text(g->shows[i].label);
    f[AT(GATE, level)] = val_make(V_LEVEL, g->level);
    f[AT(GATE, people)] = val_int(people(c, &g->by));
    f[AT(GATE, quorum)] = val_int(g->by.kind == WHO_NOBODY ? 0 : g->by.quorum);
    f[AT(GATE, assure)] = word(assurances[g->assure]);
    f[AT(GATE, show)] = list(shows, g->n_shows);
    return duration(g->within, longest, &f[AT(GATE, within)]);
}

static bool phase(Checker *c, const SemPhase *p, bool longest, PolRecord *out)
{
    const Sem *s = c->sem;
    Value *f = out->fields;
    Value *needs = ARENA_NEW(c->arena, Value, p->n_needs), *actions = ARENA_NEW(c->arena, Value, p->n_actions);
    for (uint32_t i = 0; i < p->n_needs; i++)
        needs[i] = val_text(s->phases[p->needs[i].phase].name);
    for (uint32_t i = 0; i < p->n_actions; i++)
        actions[i] = val_text(s->actions[p->first_action + i].name);
    f[AT(PHASE, name)] = val_text(p->name);
    f[AT(PHASE, title)] = val_text(p->title);
    f[AT(PHASE, needs)] = list(needs, p->n_needs);
    f[AT(PHASE, actions)] = list(actions, p->n_actions);
    if (p->gate == SEM_NONE)
        return false;
    f[AT(PHASE, level)] = val_make(V_LEVEL, s->gates[p->gate].level);
    return gate(c, &s->gates[p->gate], longest, out->gate);
}

void pol_fill(Policies *p, SemSubject kind, uint32_t i, bool longest, PolRecord *out)
{
    const Sem *s = p->c->sem;
    Value *f = out->fields;
    pol_blank(kind, out);
    switch (kind) {
    case SJ_ACTION: out->business = action(s, &s->actions[i], longest, f); break;
    case SJ_PHASE: out->business = phase(p->c, &s->phases[i], longest, out); break;
    case SJ_GATE: out->business = gate(p->c, &s->gates[i], longest, f); break;
    case SJ_TASK:
        f[AT(TASK, name)] = val_text(s->tasks[i].name);
        f[AT(TASK, title)] = val_text(s->tasks[i].title);
        f[AT(TASK, people)] = val_int(s->tasks[i].by.kind == WHO_NOBODY ? 0 : s->tasks[i].by.quorum);
        break;
    case SJ_CHECK:
        f[AT(CHECK, name)] = val_text(s->checks[i].name);
        f[AT(CHECK, title)] = val_text(s->checks[i].title);
        break;
    case SJ_COUNT: break;
    }
}

/* --- questions with a calendar -------------------------------------------------------------- */

static bool yes(const Policies *p, const PolSource *source, const CalWindows *may, SemAsked question,
                uint32_t calendar)
{
    CalWindow only = {sem_calendar(source->sem, calendar), false};
    CalWindows hours = {&only, 1, NULL};
    int64_t from = p->windows.from_ms, end = p->windows.end_ms, outside;
    CalSpan both;
    if (question == ASKED_only_during)
        return cal_windows_within(may, &hours, from, end, &outside);
    return cal_windows_overlap(may, &hours, from, end, &both);
}

static const Value *answers(Policies *p, PolSource *source, uint32_t window)
{
    static const CalWindows always = {NULL, 0, NULL};
    const Program *program = source->program;
    const CalWindows *may = window == 0 ? &always : &p->windows.windows[window - 1].set;
    Value *lists = ARENA_NEW(p->c->arena, Value, ASKED_COUNT);
    for (uint32_t q = 0; q < ASKED_COUNT; q++) {
        Value *names = ARENA_NEW(p->c->arena, Value, program->n_calendars);
        uint32_t n = 0;
        for (uint32_t i = 0; i < program->n_calendars; i++)
            if (yes(p, source, may, (SemAsked)q, i))
                names[n++] = val_text(prog_str(program, program->calendars[i].name));
        lists[q] = list(names, n);
    }
    return lists;
}

static void windows(Policies *p)
{
    const Sem *s = p->c->sem;
    Times *t = &p->windows;
    *t = (Times){.c = p->c, .s = (Sem *)s, .f = p->c->main, .start_ms = TIME_NONE, .from_ms = 0};
    t->end_ms = INT64_C(47482) * TIME_DAY_MS; /* 2100-01-01 */
    if (sem_start_ms(s, p->c->options, &t->from_ms))
        t->end_ms = t->from_ms + LIM_POLICY_DAYS * TIME_DAY_MS;
    else
        t->from_ms = 0;
    p->window_of = ARENA_NEW(p->c->arena, uint32_t, s->n_actions);
    for (uint32_t i = 0; i < s->n_actions; i++) {
        const SemAction *a = &s->actions[i];
        const SemPhase *ph = &s->phases[a->phase];
        const Window *w = time_window(t, a->during, a->n_during, ph->during, ph->n_during);
        p->window_of[i] = w == NULL ? 0 : (uint32_t)(w - t->windows) + 1;
    }
    for (uint32_t i = 0; i < p->n_sources; i++)
        p->sources[i].answers = ARENA_NEW(p->c->arena, const Value *, t->n_windows + 1);
}

void pol_answer(Policies *p, PolSource *source, uint32_t i, PolRecord *out)
{
    if (!source->asks)
        return;
    if (p->window_of == NULL)
        windows(p);
    uint32_t w = p->window_of[i];
    if (source->answers[w] == NULL)
        source->answers[w] = answers(p, source, w);
    for (uint32_t q = 0; q < ASKED_COUNT; q++)
        out->fields[POL_ONLY_DURING + q] = source->answers[w][q];
}
