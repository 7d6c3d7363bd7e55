/* Owns: a run's inputs: what was given, filled with defaults, typed and in
 * range; and sections that ask nothing of the world.
 * Must not know: runs, phases, records. */
#include "vm/engine/run.h"

#include <string.h>

/* A section without calls. */
static bool pure(const Program *p, uint32_t fn, const Value *inputs, Arena *arena,
                 Value *out, Buf *why)
{
    VmRun vm = {.program = p, .func = fn, .inputs = inputs, .arena = arena,
                .fuel = LIM_FUEL};
    if (vm_run(&vm) != VM_ENDED) {
        buf_puts(why, vm.error);
        return false;
    }
    *out = vm.result;
    return true;
}

void eng_title(Buf *out, const EngRun *run, uint32_t title, uint32_t title_fn)
{
    Buf why = {0};
    Value v;
    Arena *arena = title_fn == PROG_NONE || !run->inputs_known ? NULL : arena_new(LIM_ARENA_BYTES);
    if (arena != NULL && pure(run->program, title_fn, run->inputs, arena, &v, &why) &&
        v.tag == V_TEXT)
        buf_str(out, val_str(v));
    else
        buf_str(out, prog_str(run->program, title));
    arena_free(arena);
    buf_free(&why);
}

static void list_inputs(const Program *p, Buf *out)
{
    if (p->n_inputs == 0)
        buf_puts(out, "this plan takes none");
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        Str name = prog_str(p, p->inputs[i].name);
        buf_printf(out, "%s%.*s", i == 0 ? "it takes " : ", ", STR_ARG(name));
    }
}

static bool known_names(const Program *p, const Json *given, Buf *why)
{
    for (const Json *m = given->child; m != NULL; m = m->next)
        if (prog_find_input(p, m->key) == PROG_NONE) {
            buf_printf(why, "The plan has no input named \"%.*s\"; ",
                       STR_ARG(m->key));
            list_inputs(p, why);
            buf_putc(why, '.');
            return false;
        }
    return true;
}

static const Json *member(const Json *object, Str name)
{
    for (const Json *m = object->child; m != NULL; m = m->next)
        if (str_eq(m->key, name))
            return m;
    return NULL;
}

static bool one_input(const Program *p, uint32_t i, const Json *given,
                      Arena *arena, Value *inputs, Buf *why)
{
    const ProgInput *in = &p->inputs[i];
    Str name = prog_str(p, in->name);
    const Json *j = member(given, name);
    Buf cause = {0};
    bool ok = true;
    if (j != NULL)
        ok = json_to_value(j, p, in->type, arena, &inputs[i], &cause);
    else if (in->default_fn != PROG_NONE)
        ok = pure(p, in->default_fn, inputs, arena, &inputs[i], &cause);
    else {
        buf_printf(why, "The input \"%.*s\" is missing and has no default; "
                   "give it with --input %.*s=VALUE.",
                   STR_ARG(name), STR_ARG(name));
        return false;
    }
    if (!ok)
        buf_printf(why, "The input \"%.*s\" does not fit: %.*s", STR_ARG(name),
                   STR_ARG(buf_view(&cause)));
    buf_free(&cause);
    return ok;
}

static bool in_range(const Program *p, uint32_t i, Arena *arena,
                     const Value *inputs, Buf *why)
{
    const ProgInput *in = &p->inputs[i];
    Value low = {0}, high = {0};
    if (in->low_fn == PROG_NONE || in->high_fn == PROG_NONE)
        return true;
    if (!pure(p, in->low_fn, inputs, arena, &low, why) ||
        !pure(p, in->high_fn, inputs, arena, &high, why))
        return false;
    if (val_cmp(inputs[i], low) >= 0 && val_cmp(inputs[i], high) <= 0)
        return true;
    Str name = prog_str(p, in->name);
    buf_printf(why, "The input \"%.*s\" is ", STR_ARG(name));
    val_print(inputs[i], why);
    buf_puts(why, ", but the plan allows ");
    val_print(low, why);
    buf_puts(why, " to ");
    val_print(high, why);
    buf_puts(why, ".");
    return false;
}

bool eng_inputs(const Program *p, Str json, Arena *arena, Value *out, Buf *why)
{
    Buf words = {0}, cause = {0};
    const Json *given = json_parse(json.n == 0 ? STR("{}") : json, arena, &cause);
    bool ok = given != NULL && given->kind == J_OBJECT;
    if (given == NULL)
        buf_printf(&words, "The inputs are not JSON: %.*s",
                   STR_ARG(buf_view(&cause)));
    else if (!ok)
        buf_puts(&words, "The inputs must be one JSON object, name to value.");
    ok = ok && known_names(p, given, &words);
    for (uint32_t i = 0; ok && i < p->n_inputs; i++)
        ok = one_input(p, i, given, arena, out, &words);
    for (uint32_t i = 0; ok && i < p->n_inputs; i++)
        ok = in_range(p, i, arena, out, &words);
    if (!ok && why != NULL)
        buf_str(why, buf_view(&words));
    buf_free(&words);
    buf_free(&cause);
    return ok;
}

void eng_put_inputs(Buf *out, const Program *p, const Value *inputs)
{
    buf_putc(out, '{');
    for (uint32_t i = 0; i < p->n_inputs; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_put_text(out, prog_str(p, p->inputs[i].name));
        buf_putc(out, ':');
        json_put_value(out, p, p->inputs[i].type, inputs[i]);
    }
    buf_putc(out, '}');
}

GateStatus eng_check_inputs(const Program *p, Str inputs, Buf *why)
{
    Arena *arena = arena_new(LIM_ARENA_BYTES);
    if (arena == NULL)
        return GATE_E_MEMORY;
    Value *v = ARENA_NEW(arena, Value, p->n_inputs);
    GateStatus st = v == NULL ? GATE_E_MEMORY : GATE_OK;
    if (st == GATE_OK && !eng_inputs(p, inputs, arena, v, why))
        st = GATE_E_REFUSED;
    arena_free(arena);
    return st;
}
