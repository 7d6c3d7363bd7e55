/* Owns: running a section in the interpreter: what the host answers while a
 * text is made, a body is staged, or a body runs; results of actions.
 * Must not know: how a phase goes on from the outcome. */
#include "vm/engine/run.h"

#include <assert.h>
#include <string.h>

/* --- results --------------------------------------------------------------- */

static bool is_read(const Program *p, uint32_t import)
{
    return p->imports[import].effect == EFF_READS;
}

static Value absent(void)
{
    return val_make(V_ABSENT, 0);
}

static Value unknown(void)
{
    return val_make(V_UNKNOWN, 0);
}

static Value list_of(EngRun *run, const Value *items, uint32_t n)
{
    Value *copy = ARENA_NEW(run->arena, Value, n);
    if (copy == NULL) {
        eng_fail(run, GATE_E_MEMORY);
        return absent();
    }
    if (n > 0)
        memcpy(copy, items, n * sizeof *items);
    Value v = {.tag = V_LIST, .len = n};
    v.u.items = copy;
    return v;
}

static int by_inst(const Read *a, const Read *b)
{
    return a->inst < b->inst ? -1 : a->inst > b->inst;
}

/* Answers of a reading action, in element order (they landed in any). */
static Value read_value(EngRun *run, uint32_t action)
{
    const ProgAction *pa = &run->program->actions[action];
    const PhaseRun *p = &run->phases[pa->phase];
    const Read **found = NULL;
    uint32_t n = 0, cap = 0;
    for (uint32_t i = 0; i < p->n_reads; i++) {
        const Read *r = &p->reads[i];
        if (r->action != action || r->pass != p->run_pass)
            continue;
        if (!ENG_GROW(found, cap, (size_t)n + 1)) {
            eng_fail(run, GATE_E_MEMORY);
            break;
        }
        uint32_t at = n++;
        for (; at > 0 && by_inst(found[at - 1], r) > 0; at--)
            found[at] = found[at - 1];
        found[at] = r;
    }
    Value v = absent();
    if (pa->is_each) {
        Value *items = ARENA_NEW(run->arena, Value, n);
        for (uint32_t i = 0; items != NULL && i < n; i++)
            items[i] = found[i]->value;
        if (items == NULL)
            eng_fail(run, GATE_E_MEMORY);
        v = (Value){.tag = V_LIST, .len = items == NULL ? 0 : n};
        v.u.items = items;
    } else if (n > 0)
        v = found[0]->value;
    eng_shrink(found, cap, sizeof *found);
    return v;
}

static Value call_value(EngRun *run, uint32_t action)
{
    const ProgAction *pa = &run->program->actions[action];
    const ActRun *a = &run->actions[action];
    if (!pa->is_each)
        return a->n_inst > 0 && a->inst[0].run.state == CALL_DONE &&
                       a->inst[0].result.tag != V_UNKNOWN
                   ? a->inst[0].result
                   : absent();
    Value *items = ARENA_NEW(run->scratch, Value, a->n_inst);
    uint32_t n = 0;
    for (uint32_t i = 0; items != NULL && i < a->n_inst; i++)
        if (a->inst[i].run.state == CALL_DONE) {
            if (a->inst[i].result.tag == V_UNKNOWN)
                return absent(); /* settled by a person: nobody has the list */
            items[n++] = a->inst[i].result;
        }
    if (items == NULL)
        eng_fail(run, GATE_E_MEMORY);
    return list_of(run, items, n);
}

/* What `phase.action` reads as from outside of its phase: absent where the
 * action was skipped or did not come to run, unknown where it has still to. */
Value eng_action_value(EngRun *run, uint32_t action)
{
    const ProgAction *pa = &run->program->actions[action];
    ActRun *a = &run->actions[action];
    PhaseState ps = run->phases[pa->phase].state;
    bool ended = ps == PH_DONE || ps == PH_FAILED || ps == PH_UNDONE ||
                 ps == PH_UNDO_FAILED;
    if (a->has_value)
        return a->value;
    if (a->skipped || ps == PH_SKIPPED)
        return absent();
    bool ran = a->n_inst > 0 || is_read(run->program, pa->import);
    if (!ran)
        return ps == PH_DONE && pa->is_each ? list_of(run, NULL, 0)
               : ended                      ? absent()
                                            : unknown();
    Value v = is_read(run->program, pa->import) ? read_value(run, action)
                                                : call_value(run, action);
    if (ended) {
        a->has_value = true;
        a->value = v;
    }
    return v;
}

/* --- the host's side ------------------------------------------------------- */

void eng_say(Sect *s, const char *fmt, ...)
{
    va_list ap;
    if (s->why.n > 0)
        return; /* the first cause is the one to tell */
    va_start(ap, fmt);
    buf_vprintf(&s->why, fmt, ap);
    va_end(ap);
}

static Str action_name(const Sect *s, uint32_t action)
{
    const Program *p = s->run->program;
    return prog_str(p, p->actions[action].name);
}

static uint32_t own(const Sect *s, uint32_t action)
{
    const ProgPhase *pp = &s->run->program->phases[s->phase];
    assert(action >= pp->actions_first &&
           action - pp->actions_first < pp->actions_count);
    return action - pp->actions_first;
}

static bool is_own(const Sect *s, uint32_t action)
{
    return s->run->program->actions[action].phase == s->phase;
}

static void collect(Sect *s, Value v)
{
    if (!ENG_GROW(s->items, s->cap_items, (size_t)s->n_items + 1)) {
        eng_fail(s->run, GATE_E_MEMORY);
        return;
    }
    s->items[s->n_items++] = v;
}

/* --- staging --------------------------------------------------------------- */

/* An element has no type of its own in the plan table: texts, numbers and
 * truth are JSON's, other scalars their form in the language. */
static void put_element(Buf *out, Value v, int depth)
{
    char form[VAL_FORM_SIZE];
    switch ((ValueTag)v.tag) {
    case V_TEXT: json_put_text(out, val_str(v)); return;
    case V_BOOL: buf_puts(out, v.u.i != 0 ? "true" : "false"); return;
    case V_NUMBER: num_print(v, out); return;
    case V_ABSENT:
    case V_UNKNOWN: buf_puts(out, "null"); return;
    case V_LIST:
    case V_RECORD: break;
    default:
        json_put_text(out, (Str){form, val_form(v, form)});
        return;
    }
    buf_putc(out, '[');
    for (uint32_t i = 0; i < v.len && depth < LIM_JSON_DEPTH; i++) {
        if (i > 0)
            buf_putc(out, ',');
        put_element(out, v.u.items[i], depth + 1);
    }
    buf_putc(out, ']');
}

/* Why there is no way back, in the plan's words. false: they must be asked. */
static bool put_no_undo(Buf *out, Sect *s, const ProgAction *pa)
{
    EngRun *run = s->run;
    Value words = val_text(STR("it changes nothing"));
    PassEnd end = PASS_ENDED;
    if (pa->undo_kind == AU_NONE && pa->undo_because_fn != PROG_NONE) {
        Sect t;
        eng_sect_open(&t, run, s->phase, SECT_TEXT, run->text_arena);
        t.body = s;
        end = eng_sect_run(&t, pa->undo_because_fn, &words);
        if (end == PASS_FAILED)
            eng_say(s, "%.*s", STR_ARG(buf_view(&t.why)));
        s->barred = s->barred || t.barred;
        eng_sect_close(&t);
    }
    if (end != PASS_ENDED)
        return false;
    buf_puts(out, "{\"none\":");
    json_put_text(out, words.tag == V_TEXT ? val_str(words) : STR("not said"));
    buf_putc(out, '}');
    return true;
}

/* Tested row by row: a hundred thousand elements with a large text each must
 * not be made first and counted then. */
static bool staged_fits(Sect *s, const Staged *row)
{
    enum { AROUND = 200, MOST = LIM_PART_BYTES / 2 }; /* names and marks of a row */
    s->staged_bytes += row->args.n + row->undo.n + row->tainted.n + row->element.n + AROUND;
    if (s->staged_bytes <= MOST)
        return true;
    eng_say(s, "What the phase would do takes more than %d bytes to show (half of "
            "PART_BYTES). Split the phase.", MOST);
    return false;
}

static bool must_be_known(const ProgImport *im, const ProgParam *pm)
{
    return (pm->flags & (PF_TARGET | PF_PROGRAM)) != 0 || im->effect == EFF_DESTROYS;
}

/* What may not be known only afterwards (G3014), whoever compiled the plan:
 * nobody approves a command, a target or a destruction that they cannot see. */
static bool call_is_known(Sect *s, const char *what, uint32_t action, uint32_t import,
                          const Value *args, uint32_t n)
{
    const Program *p = s->run->program;
    const ProgImport *im = &p->imports[import];
    for (uint32_t i = 0; i < n && i < im->params_count; i++) {
        const ProgParam *pm = &p->params[im->params_first + i];
        if (!must_be_known(im, pm) || !eng_any_unknown(&args[i], 1))
            continue;
        Str name = action_name(s, action), arg = prog_str(p, pm->name);
        eng_say(s, "The %s \"%.*s\" cannot be put in front of people: its \"%.*s\" "
                "would be known only after their approval. Move it to a later phase, "
                "which needs this one.", what, STR_ARG(name), STR_ARG(arg));
        return false;
    }
    return true;
}

static bool row_is_known(Sect *s, const VmCall *c)
{
    Effect effect = (Effect)s->run->program->imports[c->import].effect;
    bool writes = effect == EFF_CHANGES || effect == EFF_DESTROYS;
    Str name = action_name(s, c->action);
    s->unsure = s->unsure || c->conditional;
    if (s->unsure && writes) {
        eng_say(s, "Whether the action \"%.*s\" is made, or what stands in front of it, "
                "would be known only after the approval. Move it to a later phase, "
                "which needs this one.", STR_ARG(name));
        return false;
    }
    if (c->has_element && eng_any_unknown(&c->element, 1)) {
        eng_say(s, "The list of the action \"%.*s\" would be known only after the "
                "approval. Move it to a later phase, which needs this one.",
                STR_ARG(name));
        return false;
    }
    return call_is_known(s, "action", c->action, c->import, c->args, c->n_args) &&
           (c->undo_import == PROG_NONE ||
            call_is_known(s, "undo of action", c->action, c->undo_import, c->undo_args,
                          c->n_undo_args));
}

/* Records a call with its resolved arguments and its way back. */
static VmAnswer stage_row(Sect *s, const VmCall *c)
{
    EngRun *run = s->run;
    const Program *p = run->program;
    Buf args = {0}, undo = {0}, element = {0}, tainted = {0};
    bool told = true;
    if (!row_is_known(s, c))
        return VM_STOP;
    eng_put_args(&args, p, c->import, c->args, c->n_args);
    eng_put_tainted(&tainted, p, c->import, c->args, c->n_args);
    if (c->undo_import != PROG_NONE)
        eng_put_undo(&undo, p, c->undo_import, c->undo_args, c->n_undo_args);
    else
        told = put_no_undo(&undo, s, &p->actions[c->action]);
    if (!ENG_GROW(s->staged, s->cap_staged, (size_t)s->n_staged + 1)) {
        eng_fail(run, GATE_E_MEMORY);
        told = false;
    }
    Staged row = {.action = c->action, .instance = c->instance,
                  .conditional = c->conditional,
                  .args = eng_keep(run, &args), .undo = eng_keep(run, &undo),
                  .tainted = eng_keep(run, &tainted)};
    if (c->has_element) {
        put_element(&element, c->element, 0);
        row.element = eng_keep(run, &element);
    }
    if (run->err != GATE_OK)
        return VM_STOP;
    s->staged[s->n_staged++] = row;
    if (!staged_fits(s, &row))
        return VM_STOP;
    if (!told && s->why.n == 0)
        s->waiting++; /* its words ask the world; the body is staged again */
    /* Words of an element before it, which failed, are no failure of this one. */
    return !told && s->why.n > 0 ? VM_STOP : VM_READY;
}

/* A reading call: recorded, asked already, or asked now. */
static VmAnswer read_call(Sect *s, const VmCall *c, Value *result)
{
    EngRun *run = s->run;
    const Program *p = run->program;
    if (c->ordinal < s->n_by_ord && s->by_ord[c->ordinal] != NULL) {
        *result = s->by_ord[c->ordinal]->value;
        return VM_READY;
    }
    if (eng_any_unknown(c->args, c->n_args)) {
        *result = unknown();
        if (s->mode != SECT_RUN)
            return VM_READY;
        eng_say(s, "A reading call cannot be made: one of its arguments depends on "
               "a result that nobody knows.");
        return VM_STOP;
    }
    /* A read that belongs to a change, such as its image before: those of
     * several elements are under way together, as their changes may be. */
    bool of_change = s->mode == SECT_RUN && c->action == PROG_NONE &&
                     s->cur != PROG_NONE && !is_read(p, p->actions[s->cur].import);
    if (of_change) {
        VmAnswer room = eng_exec_room(s, s->cur);
        if (room != VM_READY)
            return room;
    }
    const Ask *a = NULL;
    uint32_t at_most = c->action != PROG_NONE ? p->actions[c->action].at_most
                       : of_change            ? p->actions[s->cur].at_most
                                              : 1;
    AskState st = eng_ask(run, s->phase, c, s->func, at_most, &a);
    if (st == ASK_DONE) {
        *result = a->value;
        return VM_READY;
    }
    if (st == ASK_FAILED && a->barred) {
        s->barred = true;
        eng_say(s, "What it has to look at is not granted: %.*s", STR_ARG(a->words));
    }
    if (st != ASK_FAILED) {
        s->waiting++;
        s->looking += of_change ? 1 : 0;
        return of_change ? VM_LATER : VM_WAIT;
    }
    if (c->action == PROG_NONE)
        eng_say(s, "A reading call failed: %.*s", STR_ARG(a->words));
    else {
        Str name = action_name(s, c->action);
        eng_say(s, "The action \"%.*s\" failed: %.*s", STR_ARG(name), STR_ARG(a->words));
    }
    s->failed++;
    *result = absent();
    /* As with changes: no more elements begin behind so many failures. What is
     * under way only looks, so nobody need wait for it. */
    return c->action == PROG_NONE || s->failed >= eng_failures_allowed(&p->actions[c->action])
               ? VM_STOP : VM_READY;
}

static bool looks_blindly(Sect *s, const VmCall *c)
{
    const Program *p = s->run->program;
    const ProgImport *im = &p->imports[c->import];
    for (uint32_t i = 0; i < c->n_args && i < im->params_count; i++)
        if ((p->params[im->params_first + i].flags & PF_PROGRAM) != 0 &&
            eng_any_unknown(&c->args[i], 1)) {
            Str name = action_name(s, s->cur);
            eng_say(s, "A program that the action \"%.*s\" runs to look something up "
                    "would be known only after the approval. Move it to a later phase, "
                    "which needs this one.", STR_ARG(name));
            return true;
        }
    return false;
}

static VmAnswer stage_call(Sect *s, const VmCall *c, Value *result)
{
    Effect effect = (Effect)s->run->program->imports[c->import].effect;
    VmAnswer ans = VM_READY;
    *result = unknown();
    /* A look on behalf of an action, such as the text of a file for it. */
    if (c->action == PROG_NONE && s->cur != PROG_NONE && looks_blindly(s, c))
        return VM_STOP;
    if (c->action != PROG_NONE)
        ans = stage_row(s, c);
    if (ans != VM_READY)
        return ans;
    if (effect == EFF_READS)
        return s->wrote || c->conditional ? VM_READY : read_call(s, c, result);
    s->wrote = s->wrote || effect != EFF_TELLS;
    return VM_READY;
}

/* --- before the start -------------------------------------------------------- */

static bool probe_granted(Sect *s, const VmCall *c, uint32_t import, const Value *args,
                          uint32_t n)
{
    EngRun *run = s->run;
    const Program *p = run->program;
    Buf json = {0}, why = {0};
    eng_put_args(&json, p, import, args, n);
    bool ok = eng_call_granted(run, import, buf_view(&json), &why);
    if (!ok) {
        uint32_t of = c->action != PROG_NONE ? c->action : s->cur;
        Str phase = prog_str(p, p->phases[s->phase].name);
        Str dot = of == PROG_NONE ? STR("") : STR(".");
        Str name = of == PROG_NONE ? STR("") : action_name(s, of);
        eng_say(s, "The host does not grant what \"%.*s%.*s%.*s\" needs: %.*s.",
                STR_ARG(phase), STR_ARG(dot), STR_ARG(name), STR_ARG(buf_view(&why)));
        s->barred = true;
    }
    buf_free(&json);
    buf_free(&why);
    return ok;
}

static VmAnswer probe_call(Sect *s, const VmCall *c, Value *result)
{
    *result = unknown();
    bool ok = probe_granted(s, c, c->import, c->args, c->n_args) &&
              (c->undo_import == PROG_NONE ||
               probe_granted(s, c, c->undo_import, c->undo_args, c->n_undo_args));
    return ok ? VM_READY : VM_STOP;
}

/* --- callbacks ------------------------------------------------------------- */

static VmAnswer on_call(void *ctx, const VmCall *c, Value *result)
{
    Sect *s = ctx;
    VmAnswer ans;
    if (s->run->err != GATE_OK)
        return VM_STOP;
    if (s->mode == SECT_STAGE)
        ans = stage_call(s, c, result);
    else if (s->mode == SECT_PROBE)
        ans = probe_call(s, c, result);
    else if (s->mode == SECT_TEXT || is_read(s->run->program, c->import))
        ans = read_call(s, c, result);
    else
        ans = eng_exec_call(s, c, result);
    if (c->action != PROG_NONE && ans == VM_READY && result->tag != V_ABSENT)
        collect(s, *result);
    /* Settled as done by a person: it happened, and gave nobody knows what. */
    if (s->mode == SECT_RUN && result->tag == V_UNKNOWN)
        *result = absent();
    return s->run->err == GATE_OK ? ans : VM_STOP;
}

static VmAnswer on_begin(void *ctx, uint32_t action)
{
    Sect *s = ctx;
    s->cur = action;
    s->n_items = 0;
    s->waiting = s->failed = s->looking = 0;
    return VM_READY;
}

static void on_skip(void *ctx, uint32_t action)
{
    Sect *s = ctx;
    s->acts[own(s, action)] = absent();
    s->met[own(s, action)] = 1;
    s->cur = PROG_NONE;
    if (s->mode != SECT_RUN || s->run->actions[action].skipped)
        return;
    const Program *p = s->run->program;
    Record *r = eng_rec_phase(s->run, REC_ACTION_SKIPPED, s->phase);
    rec_set_text(r, RF_ACTION, prog_str(p, p->actions[action].name));
    rec_set_int(r, RF_ACTION_NO, action);
    eng_emit(s->run);
}

/* Absent, with the cause said, where the section's memory is full. */
static Value action_result(Sect *s, uint32_t action)
{
    const ProgAction *pa = &s->run->program->actions[action];
    for (uint32_t i = 0; i < s->n_items; i++)
        if (s->items[i].tag == V_UNKNOWN)
            return s->mode == SECT_RUN ? absent() : unknown();
    if (!pa->is_each)
        return s->n_items > 0 ? s->items[0] : absent();
    Value *items = ARENA_NEW(s->arena, Value, s->n_items);
    if (items == NULL) {
        Str name = action_name(s, action);
        eng_say(s, "The results of the action \"%.*s\" do not fit into the memory of a "
                "section (%d bytes, ARENA_BYTES).", STR_ARG(name), LIM_ARENA_BYTES);
        return absent();
    }
    if (s->n_items > 0)
        memcpy(items, s->items, s->n_items * sizeof *items);
    Value v = {.tag = V_LIST, .len = s->n_items};
    v.u.items = items;
    return v;
}

static VmAnswer on_done(void *ctx, uint32_t action)
{
    Sect *s = ctx;
    VmAnswer ans = VM_READY;
    s->cur = PROG_NONE;
    if (s->mode == SECT_RUN && !is_read(s->run->program, s->run->program->actions[action].import))
        ans = eng_exec_done(s, action);
    else if (s->waiting > 0)
        ans = VM_WAIT;
    else if (s->failed > 0)
        ans = VM_STOP;
    if (ans == VM_READY) {
        s->acts[own(s, action)] = action_result(s, action);
        s->met[own(s, action)] = 1;
        ans = s->why.n > 0 ? VM_STOP : VM_READY;
    }
    return s->run->err == GATE_OK ? ans : VM_STOP;
}

static VmAnswer on_result(void *ctx, uint32_t action, Value *result)
{
    Sect *s = ctx;
    const Sect *b = s->body != NULL ? s->body : s;
    if (!is_own(s, action))
        *result = eng_action_value(s->run, action);
    else if (b->acts != NULL && b->met[own(s, action)])
        *result = b->acts[own(s, action)];
    else
        *result = unknown();
    return s->run->err == GATE_OK ? VM_READY : VM_STOP;
}

static VmAnswer on_check(void *ctx, uint32_t check, Value answer)
{
    Sect *s = ctx;
    EngRun *run = s->run;
    const Program *p = run->program;
    Str name = prog_str(p, p->checks[check].name);
    bool known = answer.tag == V_BOOL, pass = known && answer.u.i != 0;
    if (s->mode == SECT_PROBE)
        return VM_READY;
    if (s->mode == SECT_STAGE) {
        /* What is certain to fail is not asked of a person first. */
        if (!known || pass || eng_level(run, s->phase) < 2)
            return VM_READY;
        s->bad_check = check;
    } else if (!known) {
        eng_say(s, "The check \"%.*s\" cannot be answered: it depends on a result "
               "that nobody knows.", STR_ARG(name));
        return VM_STOP;
    } else if (run->checks[check] == 0) {
        Record *r = eng_rec_phase(run, REC_CHECK_ANSWERED, s->phase);
        rec_set_int(r, RF_CHECK_NO, check);
        rec_set_text(r, RF_OUT, pass ? STR("pass") : STR("fail"));
        eng_emit(run);
        eng_notice(run, "phase", eng_print(run, "check %.*s: %s", STR_ARG(name),
                                           pass ? "pass" : "fail"));
    }
    if (pass)
        return run->err == GATE_OK ? VM_READY : VM_STOP;
    Buf title = {0};
    eng_title(&title, run, p->checks[check].title, p->checks[check].title_fn);
    eng_say(s, "The check \"%.*s\" failed%s%s.", STR_ARG(name), title.n > 0 ? ": " : "",
            buf_z(&title));
    buf_free(&title);
    return VM_STOP;
}

static VmAnswer on_tell(void *ctx, uint32_t tell, Value text)
{
    Sect *s = ctx;
    EngRun *run = s->run;
    if (s->mode == SECT_RUN && run->told[tell] == 0)
        eng_tell(run, s->phase, tell,
                 text.tag == V_TEXT ? val_str(text)
                                    : STR("(a part of this message is not known)"));
    return run->err == GATE_OK ? VM_READY : VM_STOP;
}

/* --- running --------------------------------------------------------------- */

static void index_reads(Sect *s)
{
    const PhaseRun *p = &s->run->phases[s->phase];
    uint32_t body = s->run->program->phases[s->phase].body_fn;
    for (uint32_t i = 0; i < p->n_reads; i++)
        if (p->reads[i].pass == p->run_pass && p->reads[i].func == body &&
            p->reads[i].ord >= s->n_by_ord)
            s->n_by_ord = p->reads[i].ord + 1;
    s->by_ord = ARENA_NEW(s->arena, const Read *, s->n_by_ord);
    if (s->by_ord == NULL) {
        s->n_by_ord = 0;
        eng_fail(s->run, GATE_E_MEMORY);
        return;
    }
    for (uint32_t i = 0; i < p->n_reads; i++)
        if (p->reads[i].pass == p->run_pass && p->reads[i].func == body)
            s->by_ord[p->reads[i].ord] = &p->reads[i];
}

void eng_sect_open(Sect *s, EngRun *run, uint32_t phase, SectMode mode, Arena *arena)
{
    const ProgPhase *pp = &run->program->phases[phase];
    arena_reset(arena);
    *s = (Sect){.run = run, .phase = phase, .mode = mode, .arena = arena,
                .cur = PROG_NONE, .bad_check = PROG_NONE};
    if (mode == SECT_TEXT)
        return;
    s->acts = ARENA_NEW(arena, Value, pp->actions_count);
    s->met = ARENA_NEW(arena, uint8_t, pp->actions_count);
    if (s->acts == NULL || s->met == NULL)
        eng_fail(run, GATE_E_MEMORY);
    else if (mode == SECT_RUN)
        index_reads(s);
}

void eng_sect_close(Sect *s)
{
    eng_shrink(s->items, s->cap_items, sizeof *s->items);
    eng_shrink(s->staged, s->cap_staged, sizeof *s->staged);
    buf_free(&s->why);
    s->items = NULL;
    s->staged = NULL;
}

PassEnd eng_sect_run(Sect *s, uint32_t func, Value *result)
{
    EngRun *run = s->run;
    const PhaseRun *p = &run->phases[s->phase];
    const VmHost host = {.ctx = s, .call = on_call, .action_begin = on_begin,
                         .action_skip = on_skip, .action_done = on_done,
                         .result = on_result, .check = on_check, .tell = on_tell};
    VmRun vm = {.program = run->program, .func = func, .inputs = run->inputs,
                .now_ms = s->mode == SECT_RUN     ? p->staged_ms
                          : s->mode == SECT_PROBE ? run->now_ms
                                                  : p->now.now_ms,
                .host = &host, .arena = s->arena, .fuel = LIM_FUEL};
    s->func = func;
    if (run->err != GATE_OK)
        return PASS_FAILED;
    switch (vm_run(&vm)) {
    case VM_ENDED:
        if (result != NULL)
            *result = vm.result;
        return s->waiting > 0 ? PASS_WAITS : PASS_ENDED;
    case VM_SUSPENDED: return PASS_WAITS;
    case VM_STOPPED: return PASS_FAILED;
    case VM_FAILED: break;
    }
    eng_say(s, "%s", vm.error[0] != '\0' ? vm.error : "The section could not be run.");
    return PASS_FAILED;
}
