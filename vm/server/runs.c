/* Owns: the runs of this process: programs and states, folded from the log.
 * Must not know: what the next step is. */
#include "vm/server/svc.h"

#include <string.h>

static void free_program(SvcProgram *p)
{
    prog_free(p->program);
    arena_free(p->arena);
    mem_realloc(p, sizeof *p, 0);
}

/* Hours are asked for by the plan's own policies, and by those of others about its
 * windows. */
static bool tell_hours(SvcProgram *p)
{
    if (p->program->n_calendars == 0 || p->program->n_rules + p->program->n_durings == 0)
        return true;
    p->arena = arena_new(0);
    return p->arena != NULL && calendars_make(p->program, p->arena, &p->hours) == GATE_OK;
}

const Program *runs_keep_program(Svc *s, Program *take_program)
{
    for (SvcProgram *p = s->programs; p != NULL; p = p->next) {
        if (hash_eq(&p->hash, &take_program->hash)) {
            prog_free(take_program);
            return p->program;
        }
    }
    SvcProgram *p = mem_realloc(NULL, 0, sizeof *p);
    if (p == NULL) {
        prog_free(take_program);
        return NULL;
    }
    *p = (SvcProgram){.next = s->programs, .hash = take_program->hash, .program = take_program};
    if (!tell_hours(p)) {
        free_program(p);
        return NULL;
    }
    s->programs = p;
    return p->program;
}

const Calendar *const *runs_hours(const Svc *s, const Program *program)
{
    const SvcProgram *p = s->programs;
    while (p != NULL && p->program != program)
        p = p->next;
    return p == NULL ? NULL : p->hours;
}

GateStatus runs_prove(Svc *s, Program *program, bool to_start, Buf *why)
{
    if (s->packs == NULL)
        s->packs = packs_new();
    GateStatus st = s->packs == NULL ? GATE_E_MEMORY
                                     : packs_prove(s->packs, &s->lists, program, to_start, why);
    if (st == GATE_E_MEMORY)
        buf_puts(why, "there is not enough memory for the program");
    return st;
}

/* Nothing runs that has not been read and proved again on this load. */
static const Program *find_program(Svc *s, const Hash *hash, Buf *why)
{
    for (SvcProgram *p = s->programs; p != NULL; p = p->next) {
        if (hash_eq(&p->hash, hash))
            return p->program;
    }
    Buf bytes = {0};
    char loader[OS_UUID_SIZE];
    Program *program = NULL;
    GateStatus st = log_get_program(s->log, hash, &bytes, loader);
    if (st != GATE_OK) {
        buf_puts(why, "the run's program is not in the log; `gate verify` says more");
    } else {
        st = prog_read(buf_view(&bytes), &program, why);
        if (st == GATE_OK && !hash_eq(&program->hash, hash)) {
            buf_puts(why, "the run's program was changed in the log");
            st = GATE_E_FORMAT;
        }
        if (st == GATE_OK && !eng_can_run(program, why))
            st = GATE_E_FORMAT; /* a later version has started it */
        if (st == GATE_OK)
            st = runs_prove(s, program, false, why);
    }
    buf_free(&bytes);
    if (st != GATE_OK) {
        prog_free(program);
        return NULL;
    }
    return runs_keep_program(s, program);
}

SvcRun *runs_add(Svc *s, const char *id, const Program *program)
{
    SvcRun *r = mem_realloc(NULL, 0, sizeof *r);
    if (r == NULL)
        return NULL;
    memset(r, 0, sizeof *r);
    memcpy(r->id, id, OS_UUID_SIZE);
    r->program = program;
    r->program_hash = program->hash;
    r->woken_due = -1;
    r->arena = arena_new(0);
    r->eng = eng_new(program, s->policy);
    if (r->arena == NULL || r->eng == NULL) {
        arena_free(r->arena);
        eng_free(r->eng);
        mem_realloc(r, sizeof *r, 0);
        return NULL;
    }
    eng_set_hours(r->eng, runs_hours(s, program));
    r->next = s->runs;
    s->runs = r;
    return r;
}

void runs_unload(Svc *s, SvcRun *r)
{
    for (SvcRun **at = &s->runs; *at != NULL; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            break;
        }
    }
    eng_free(r->eng);
    arena_free(r->arena);
    mem_realloc(r, sizeof *r, 0);
}

static Str part_text(SvcRun *r, const Record *rec, const char *part, const char *key)
{
    Arena *scratch = arena_new(0);
    Str bytes = rec_part(rec, part), text = {0};
    const Json *j = scratch == NULL || bytes.n == 0 ? NULL
                                                    : json_parse(bytes, scratch, NULL);
    if (j != NULL && json_text(j, key).p != NULL)
        text = arena_str(r->arena, json_text(j, key));
    arena_free(scratch);
    return text;
}

/* What the row of the run says must follow from its records too. */
static void read_start(SvcRun *r, const Record *rec)
{
    memcpy(r->starter, rec->actor_id, OS_UUID_SIZE);
    r->started_ms = rec->ts_ms;
    r->plan_dir = part_text(r, rec, "plan", "dir");
    Str name = part_text(r, rec, "who", "name");
    if (name.p != NULL) /* else the part was erased, and the row's name stays */
        r->name = name;
}

typedef struct Fold {
    SvcRun *run;
    GateStatus st;
    uint64_t bad;
} Fold;

static bool fold_one(void *ctx, const Record *rec, Str env)
{
    Fold *f = ctx;
    (void)env;
    if (rec->kind == REC_RUN_STARTED)
        read_start(f->run, rec);
    f->run->records++;
    f->st = eng_apply(f->run->eng, rec);
    if (f->st != GATE_OK)
        f->bad = rec->seq;
    return f->st == GATE_OK;
}

static GateStatus fold(Svc *s, SvcRun *r, Buf *why)
{
    Fold f = {.run = r};
    GateStatus st = log_read(s->log, r->id, fold_one, &f);
    if (st != GATE_OK) {
        buf_printf(why, "cannot read run %.8s: %s", r->id, log_error(s->log));
        return st;
    }
    if (f.st != GATE_OK)
        buf_printf(why, "record %llu of the log cannot follow what stands before "
                        "it; `gate verify` says more", (unsigned long long)f.bad);
    return f.st;
}

static GateStatus load_new(Svc *s, const char *id, SvcRun **out, Buf *why)
{
    RunRow row = {0};
    Arena *scratch = arena_new(0);
    GateStatus st = scratch == NULL ? GATE_E_MEMORY
                                    : log_run_row(s->log, id, scratch, &row);
    const Program *program = NULL;
    if (st != GATE_OK)
        buf_printf(why, "cannot read run %.8s: %s", id, log_error(s->log));
    else if ((program = find_program(s, &row.program, why)) == NULL)
        st = GATE_E_FORMAT;
    SvcRun *r = program == NULL ? NULL : runs_add(s, id, program);
    if (st == GATE_OK && r == NULL)
        st = GATE_E_MEMORY;
    if (st == GATE_OK) {
        r->name = arena_str(r->arena, row.name);
        st = fold(s, r, why);
    }
    arena_free(scratch);
    if (st != GATE_OK && r != NULL)
        runs_unload(s, r);
    *out = st == GATE_OK ? r : NULL;
    return st;
}

SvcRun *runs_here(Svc *s, const char *id)
{
    SvcRun *r = s->runs;
    while (r != NULL && strcmp(r->id, id) != 0)
        r = r->next;
    return r;
}

GateStatus runs_load(Svc *s, const char *id, SvcRun **out, Buf *why)
{
    *out = runs_here(s, id);
    return *out != NULL ? GATE_OK : load_new(s, id, out, why);
}

static const char *state_word(const SvcRun *r)
{
    static const char *const words[] = {
#define RUN_STATE(id, name) name,
#include "vm/engine/states.def"
#undef RUN_STATE
    };
    return words[eng_state(r->eng)];
}

void runs_row(const SvcRun *r, RunRow *row)
{
    memset(row, 0, sizeof *row);
    memcpy(row->run, r->id, OS_UUID_SIZE);
    row->name = r->name;
    row->plan = prog_str(r->program, r->program->name);
    row->program = r->program_hash;
    row->state = str_of(state_word(r));
    row->starter = str_of(r->starter);
    row->started_ms = r->started_ms;
    row->due_ms = eng_due(r->eng);
    row->records = r->records;
}

void runs_drop(Svc *s)
{
    while (s->runs != NULL)
        runs_unload(s, s->runs);
    while (s->programs != NULL) {
        SvcProgram *p = s->programs;
        s->programs = p->next;
        free_program(p);
    }
    packs_free(s->packs);
    s->packs = NULL;
}
