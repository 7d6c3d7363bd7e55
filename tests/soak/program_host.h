/* Runs every function of a program with a host that answers at random: for the
 * mutants and for the fuzz target. Header only: each includes it once. */
#ifndef GATE_TESTS_PROGRAM_HOST_H
#define GATE_TESTS_PROGRAM_HOST_H

#include <assert.h>
#include <string.h>

#include "vm/core/builtin.h"
#include "vm/core/json.h"
#include "vm/core/vm.h"

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
typedef struct Random { uint64_t s; } Random;

static uint64_t random_next(Random *r)
{
    r->s ^= r->s >> 12;
    r->s ^= r->s << 25;
    r->s ^= r->s >> 27;
    return r->s * UINT64_C(2685821657736338717);
}

static uint32_t random_below(Random *r, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)((random_next(r) >> 32) * n >> 32);
}

typedef struct RandomHost {
    Random *random;
    const Program *p;
    Arena *arena;
} RandomHost;

static int64_t random_number(Random *r)
{
    static const int64_t edges[] = {0, 1, -1, 2, 10, 100, INT64_MAX, INT64_MIN,
                                    86400000, 1000000007};
    uint32_t pick = random_below(r, 16);
    return pick < 10 ? edges[pick] : (int64_t)(random_next(r) >> random_below(r, 63));
}

static Value random_text(Random *r)
{
    static const char *const texts[] = {"", "a", "web-01", "x*y?", "\xc3\xa4\xe2\x82\xac",
                                        "a longer text, with commas, and a newline\n"};
    return val_text(str_of(texts[random_below(r, 6)]));
}

/* Values of the type, now and then absent or unknown inside. In a program that
 * the verifier refused, a type may be no type. */
static Value random_value(RandomHost *h, uint32_t type, int depth)
{
    if (type >= h->p->n_types)
        return (Value){.tag = V_UNKNOWN};
    const ProgType *t = &h->p->types[type];
    Value v = {.tag = (uint8_t)kind_tag((TypeKind)t->kind)};
    uint32_t pick = random_below(h->random, 24);
    if (pick < 2)
        return (Value){.tag = (uint8_t)(pick == 0 ? V_ABSENT : V_UNKNOWN)};
    switch (v.tag) {
    case V_BOOL: v.u.i = pick & 1; break;
    case V_NUMBER:
    case V_PERCENT:
        if (!num_make(random_number(h->random), (int)random_below(h->random, 4), &v))
            v.u.i = 0;
        v.tag = (uint8_t)kind_tag((TypeKind)t->kind);
        break;
    case V_TEXT: v = random_text(h->random); break;
    case V_DATE: v.u.i = random_below(h->random, 40000); break;
    case V_TIME: v.u.i = random_below(h->random, 86400000); break;
    case V_INSTANT: v.u.i = (int64_t)random_below(h->random, 2000000000) * 1000; break;
    case V_LEVEL: v.u.i = pick & 3; break;
    case V_LIST:
    case V_RECORD: {
        bool list = v.tag == V_LIST;
        uint32_t n = list ? random_below(h->random, 4) : t->fields_count;
        Value *items = depth > 4 ? NULL : arena_array(h->arena, sizeof *items, n);
        if (items == NULL)
            return (Value){.tag = V_UNKNOWN};
        for (uint32_t i = 0; i < n; i++)
            items[i] = random_value(h, list ? t->elem : h->p->fields[t->fields_first + i].type,
                                    depth + 1);
        v.len = n;
        v.u.items = items;
        break;
    }
    default: v.u.i = random_number(h->random);
    }
    return v;
}

static VmAnswer random_answer(RandomHost *h)
{
    uint32_t pick = random_below(h->random, 32);
    return pick == 0 ? VM_STOP : pick == 1 ? VM_WAIT : pick == 2 ? VM_LATER : VM_READY;
}

static VmAnswer host_call(void *ctx, const VmCall *c, Value *result)
{
    RandomHost *h = ctx;
    const ProgImport *m = &h->p->imports[c->import];
    assert(c->n_args == m->params_count);
    uint64_t seen = c->undo_import == PROG_NONE ? 0 : c->n_undo_args;
    for (uint32_t i = 0; i < c->n_args; i++)
        seen += val_weight(c->args[i], 100);
    for (uint32_t i = 0; i < c->n_undo_args; i++)
        seen += val_weight(c->undo_args[i], 100);
    if (c->has_element)
        seen += val_weight(c->element, 100);
    *result = random_value(h, m->result, (int)(seen & 1));
    return random_answer(h);
}

static VmAnswer host_action(void *ctx, uint32_t action)
{
    (void)action;
    return random_answer(ctx);
}

static void host_skip(void *ctx, uint32_t action)
{
    RandomHost *h = ctx;
    assert(action < h->p->n_actions);
    (void)h;
    (void)action;
}

static VmAnswer host_result(void *ctx, uint32_t action, Value *result)
{
    RandomHost *h = ctx;
    *result = random_value(h, h->p->actions[action].result, 0);
    return random_answer(h);
}

static VmAnswer host_check(void *ctx, uint32_t check, Value answer)
{
    (void)check;
    assert(answer.tag == V_BOOL || answer.tag == V_UNKNOWN);
    (void)answer;
    return random_answer(ctx);
}

static VmAnswer host_tell(void *ctx, uint32_t tell, Value text)
{
    (void)tell;
    assert(text.tag == V_TEXT || text.tag == V_UNKNOWN);
    (void)text;
    return random_answer(ctx);
}

static VmAnswer host_answer(void *ctx, uint32_t ask, Value *result)
{
    RandomHost *h = ctx;
    *result = random_value(h, h->p->asks[ask].type, 0);
    return random_answer(h);
}

static VmAnswer host_event(void *ctx, uint32_t await, Value *result)
{
    RandomHost *h = ctx;
    *result = random_value(h, h->p->events[h->p->awaits[await].event].result, 0);
    return random_answer(h);
}

static VmAnswer host_task(void *ctx, uint32_t task)
{
    RandomHost *h = ctx;
    assert(task < h->p->n_tasks);
    (void)task;
    return random_answer(h);
}

static VmAnswer host_await(void *ctx, uint32_t await)
{
    RandomHost *h = ctx;
    assert(await < h->p->n_awaits);
    (void)await;
    return random_answer(h);
}

static VmAnswer host_poll(void *ctx, uint32_t check)
{
    RandomHost *h = ctx;
    assert(check < h->p->n_checks);
    (void)check;
    return random_answer(h);
}

/* What a section of that kind is about; in a program that was refused, there
 * may be no register to say so. */
static Value random_subject(RandomHost *h, const ProgFunc *f)
{
    uint32_t type = f->regs_count == 0 ? UINT32_MAX : h->p->regs[f->regs_first].type;
    Value v;
    do
        v = random_value(h, type, 0);
    while (type < h->p->n_types && h->p->types[type].kind == TK_RECORD && v.tag <= V_UNKNOWN);
    return v;
}

/* Every function once; each ends by itself or for want of fuel. When judged,
 * the program has passed the verifier, and then "malformed" may be no answer. */
static void run_functions(const Program *p, Random *random, Arena *arena, bool judged,
                          uint64_t fuel)
{
    RandomHost h = {random, p, arena};
    const VmHost host = {&h,          host_call,   host_action, host_skip,  host_action,
                         host_result, host_check,  host_tell,   host_answer, host_event,
                         host_task,   host_await,  host_poll};
    Value *inputs = arena_array(arena, sizeof *inputs, p->n_inputs);
    for (uint32_t i = 0; inputs != NULL && i < p->n_inputs; i++)
        inputs[i] = random_value(&h, p->inputs[i].type, 0);
    for (uint32_t f = 0; f < p->n_funcs; f++) {
        Value subject = random_subject(&h, &p->funcs[f]);
        VmRun run = {.program = p, .func = f, .inputs = inputs, .subject = &subject,
                     .now_ms = INT64_C(1795500000000), .host = &host, .arena = arena,
                     .fuel = fuel};
        VmOutcome out = vm_run(&run);
        assert(run.fuel_used <= run.fuel);
        assert(out == VM_FAILED ? run.status != GATE_OK && run.error[0] != '\0'
                                : run.status == GATE_OK);
        assert(!judged || run.status != GATE_E_FORMAT);
        if (out == VM_ENDED && p->funcs[f].result != PROG_NONE) {
            Buf text = {.max = 100000};
            json_put_value(&text, p, p->funcs[f].result, run.result);
            buf_free(&text);
        }
        (void)out;
        (void)judged;
    }
}

#endif
