/* Owns: running one section, instruction by instruction, and the talk with the
 * host. Must not know: how values are computed (vm_ops.c), what the host is. */
#include "vm/core/vm.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "vm/core/vm_int.h"
#include "vm/os/limits.h"

static const char *const names[OP_COUNT] = {
#define OP(name, shape, meaning) #name,
#include "vm/core/opcodes.def"
#undef OP
};

static const uint8_t shapes[OP_COUNT] = {
#define OP(name, shape, meaning) SHAPE_##shape,
#include "vm/core/opcodes.def"
#undef OP
};

const char *vm_opcode_name(uint32_t op)
{
    return op < OP_COUNT ? names[op] : "?";
}

VmShape vm_opcode_shape(uint32_t op)
{
    assert(op < OP_COUNT);
    return (VmShape)shapes[op];
}

bool vm_fail(Vm *vm, GateStatus status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(vm->run->error, sizeof vm->run->error, fmt, ap);
    va_end(ap);
    vm->run->status = status;
    return false;
}

bool vm_missing(Vm *vm)
{
    return vm_fail(vm, GATE_E_NOTFOUND, "a value is missing: its action was "
                   "skipped, or its tool gave none; default(value, other) says "
                   "what to take instead");
}

bool vm_pay(Vm *vm, uint64_t n)
{
    if (vm->fuel >= n) {
        vm->fuel -= n;
        return true;
    }
    vm->fuel = 0;
    return vm_fail(vm, GATE_E_FUEL, "this section takes more steps than one may "
                   "take (%llu)", (unsigned long long)vm->run->fuel);
}

static bool malformed(Vm *vm, const char *what)
{
    return vm_fail(vm, GATE_E_FORMAT, "the program is malformed: %s", what);
}

TypeKind vm_kind(const Vm *vm, unsigned i)
{
    if (i >= vm->f->regs_count)
        return TK_NOTHING;
    return (TypeKind)vm->p->types[vm->p->regs[vm->f->regs_first + i].type].kind;
}

/* A value from the host goes into register a: it must be of its kind. */
static bool admit(Vm *vm, unsigned a, Value v, unsigned flags)
{
    if (v.tag > V_UNKNOWN && v.tag != kind_tag(vm_kind(vm, a)))
        return malformed(vm, "a value from outside is not of its type");
    v.flags = (uint16_t)(v.flags | flags);
    vm->r[a] = v;
    return true;
}

/* What decides something must be there and be known. Always false. */
static bool undecided(Vm *vm, Value v)
{
    if (v.tag == V_ABSENT)
        return vm_missing(vm);
    if (v.tag == V_UNKNOWN)
        return vm_fail(vm, GATE_E_REFUSED, "something is to be decided by a value "
                       "that is not known yet; a later phase would know it");
    return malformed(vm, "a condition is not true or false");
}

/* What became of an instruction that may end the section. */
typedef enum Step { GO_ON, SUSPEND, STOP, FAIL, END } Step;

static Step answered(VmAnswer a)
{
    return a == VM_READY ? GO_ON : a == VM_STOP ? STOP : SUSPEND;
}

/* Behind what has told the cause. */
static Step failed(bool ok)
{
    assert(!ok);
    (void)ok;
    return FAIL;
}

static void close_action(Vm *vm)
{
    vm->action = PROG_NONE;
    vm->conditional = vm->has_element = vm->later = false;
    vm->instance = vm->next_instance = 0;
    vm->undo_import = PROG_NONE;
}

static bool load_const(Vm *vm, unsigned a, uint32_t x)
{
    if (x >= vm->f->consts_count)
        return malformed(vm, "there is no such constant");
    const ProgConst *k = &vm->p->consts[vm->f->consts_first + x];
    if (k->tag == V_TEXT) {
        vm->r[a] = val_text(prog_str(vm->p, k->text));
        return true;
    }
    if (k->tag <= V_UNKNOWN || k->tag >= V_LIST)
        return malformed(vm, "this is not the kind of a constant");
    vm->r[a] = val_make((ValueTag)k->tag, k->num);
    if (k->tag == V_NUMBER || k->tag == V_PERCENT) {
        if (k->scale > 18)
            return malformed(vm, "a number has too many digits");
        vm->r[a].scale = (uint8_t)k->scale;
    }
    return true;
}

static bool load_input(Vm *vm, unsigned a, uint32_t x)
{
    if (vm->run->inputs == NULL || x >= vm->p->n_inputs)
        return malformed(vm, "there is no such input");
    return admit(vm, a, vm->run->inputs[x], 0);
}

/* What came from tools and people: of an action, an answer, an event. */
static Step load_foreign(Vm *vm, unsigned op, unsigned a, uint32_t x)
{
    const VmHost *h = vm->run->host;
    Value v = {.tag = V_ABSENT};
    uint32_t n = op == OP_RESULT ? vm->p->n_actions
                 : op == OP_ANSWER ? vm->p->n_asks : vm->p->n_awaits;
    if (h == NULL || x >= n)
        return failed(malformed(vm, "no result can be asked for here"));
    Step s = answered(op == OP_RESULT   ? h->result(h->ctx, x, &v)
                      : op == OP_ANSWER ? h->answer(h->ctx, x, &v)
                                        : h->event(h->ctx, x, &v));
    if (s == GO_ON && !admit(vm, a, v, VF_TAINTED))
        return FAIL;
    return s;
}

static bool load_secret(Vm *vm, unsigned a, uint32_t x)
{
    if (x >= vm->p->n_secrets)
        return malformed(vm, "there is no such secret");
    return admit(vm, a, val_text(prog_str(vm->p, vm->p->secrets[x].name)), 0);
}

static Value today(int64_t now_ms)
{
    const int64_t day = 86400000;
    return val_make(V_DATE, now_ms / day - (now_ms % day < 0));
}

static bool range_ok(Vm *vm, unsigned first, uint32_t n)
{
    if (first + (uint64_t)n > VM_REGISTERS)
        return malformed(vm, "operands lie outside of the registers");
    return true;
}

/* Arguments may be unknown, never absent. */
static bool args_ok(Vm *vm, unsigned first, uint32_t n)
{
    if (!range_ok(vm, first, n) || !vm_pay(vm, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (vm->r[first + i].tag == V_ABSENT)
            return vm_missing(vm);
    return true;
}

static bool remember_undo(Vm *vm, unsigned a, uint32_t x)
{
    if (x >= vm->f->sites_count)
        return malformed(vm, "there is no such call site");
    const ProgSite *site = &vm->p->sites[vm->f->sites_first + x];
    uint32_t n = vm->p->imports[site->import].params_count;
    if (site->role != SITE_UNDO || site->action != vm->action ||
        vm->action == PROG_NONE)
        return malformed(vm, "an undo stands outside of its action");
    if (!args_ok(vm, a, n))
        return false;
    memcpy(vm->undo, &vm->r[a], n * sizeof *vm->undo);
    vm->undo_import = site->import;
    vm->n_undo = n;
    return true;
}

/* A change never leaves without its way back, whatever the code says. */
static bool site_ok(Vm *vm, const ProgSite *site)
{
    bool reads = site->action == PROG_NONE && vm->p->imports[site->import].effect == EFF_READS;
    if (site->role == SITE_READ && !reads)
        return malformed(vm, "an expression calls a tool that does not only read");
    if (site->role == SITE_READ)
        return true;
    if (site->role != SITE_RUN || site->action == PROG_NONE ||
        site->action != vm->action)
        return malformed(vm, "a call stands outside of its action");
    const ProgAction *a = &vm->p->actions[site->action];
    bool has_undo = undo_calls((ActionUndo)a->undo_kind);
    if (site->import != a->import ||
        has_undo != (vm->undo_import != PROG_NONE) ||
        vm->has_element != (a->is_each != 0))
        return malformed(vm, "a call does not fit its action");
    return true;
}

/* An element that waits for a read: its calls keep their numbers and are made
 * when the section is run again. Its own call is its last. */
static Step pass_over(Vm *vm, unsigned a, bool run)
{
    vm->ordinal++;
    vm->r[a] = (Value){.tag = V_UNKNOWN};
    if (run) {
        vm->undo_import = PROG_NONE;
        vm->later = false;
    }
    return GO_ON;
}

static Step call(Vm *vm, unsigned a, uint32_t x)
{
    const VmHost *h = vm->run->host;
    if (h == NULL || x >= vm->f->sites_count)
        return failed(malformed(vm, "no tool can be called here"));
    uint32_t index = vm->f->sites_first + x;
    const ProgSite *site = &vm->p->sites[index];
    uint32_t n = vm->p->imports[site->import].params_count;
    if (!site_ok(vm, site) || !args_ok(vm, a + 1, n))
        return FAIL;
    if (vm->ordinal >= LIM_CALLS)
        return failed(vm_fail(vm, GATE_E_LIMIT, "this section calls tools more "
                               "than %d times", LIM_CALLS));
    bool run = site->role == SITE_RUN;
    if (vm->later)
        return pass_over(vm, a, run);
    VmCall c = {.ordinal = vm->ordinal++,
                .site = index,
                .import = site->import,
                .action = site->action,
                .args = &vm->r[a + 1],
                .n_args = n,
                .undo_import = run ? vm->undo_import : PROG_NONE,
                .undo_args = vm->undo,
                .n_undo_args = run && vm->undo_import != PROG_NONE ? vm->n_undo : 0,
                .conditional = vm->conditional,
                .has_element = vm->has_element,
                .instance = vm->instance,
                .element = vm->element};
    Value result = {.tag = V_ABSENT};
    VmAnswer answer = h->call(h->ctx, &c, &result);
    Step s = answered(answer);
    if (run)
        vm->undo_import = PROG_NONE;
    vm->later = answer == VM_LATER && !run && vm->has_element;
    if (vm->later || (s == SUSPEND && run)) {
        /* The other elements of an `each` may start meanwhile; DONE waits. */
        vm->r[a] = (Value){.tag = V_UNKNOWN};
        return GO_ON;
    }
    if (s == GO_ON && !admit(vm, a, result, VF_TAINTED))
        return FAIL;
    return s;
}

static Step begin(Vm *vm, uint32_t x)
{
    const VmHost *h = vm->run->host;
    if (h == NULL || x >= vm->p->n_actions || vm->action != PROG_NONE)
        return failed(malformed(vm, "an action begins where none may"));
    close_action(vm);
    vm->action = x;
    return answered(h->action_begin(h->ctx, x));
}

static Step done(Vm *vm, uint32_t x)
{
    const VmHost *h = vm->run->host;
    if (x != vm->action) /* sixteen bits: never PROG_NONE; and who began one has a host */
        return failed(malformed(vm, "an action ends that did not begin"));
    close_action(vm);
    return answered(h->action_done(h->ctx, x));
}

static bool element(Vm *vm, unsigned a, uint32_t x)
{
    if (vm->action != x)
        return malformed(vm, "an element stands outside of its action");
    if (vm->r[a].tag <= V_UNKNOWN)
        return undecided(vm, vm->r[a]);
    vm->has_element = true;
    vm->instance = vm->next_instance++;
    vm->element = vm->r[a];
    return true;
}

/* false goes past the action; unknown lets it be staged as conditional. */
static Step when(Vm *vm, unsigned a, bool *skip)
{
    const VmHost *h = vm->run->host;
    Value v = vm->r[a];
    *skip = false;
    if (vm->action == PROG_NONE)
        return failed(malformed(vm, "a `when` stands outside of its action"));
    if (v.tag == V_ABSENT)
        return failed(vm_missing(vm));
    if (v.tag == V_UNKNOWN) {
        vm->conditional = true;
        return GO_ON;
    }
    if (v.tag != V_BOOL)
        return failed(malformed(vm, "a `when` is not true or false"));
    if (v.u.i == 0) {
        *skip = true;
        h->action_skip(h->ctx, vm->action);
        close_action(vm);
    }
    return GO_ON;
}

static Step check(Vm *vm, unsigned a, uint32_t x)
{
    const VmHost *h = vm->run->host;
    Value v = vm->r[a];
    if (h == NULL || x >= vm->p->n_checks || vm->action != PROG_NONE)
        return failed(malformed(vm, "a check stands where none may"));
    if (v.tag == V_ABSENT)
        return failed(vm_missing(vm));
    if (v.tag != V_BOOL && v.tag != V_UNKNOWN)
        return failed(malformed(vm, "a check is not true or false"));
    return answered(h->check(h->ctx, x, v));
}

static Step tell(Vm *vm, unsigned a, uint32_t x)
{
    const VmHost *h = vm->run->host;
    Value v = vm->r[a];
    if (h == NULL || x >= vm->p->n_tells || vm->action != PROG_NONE)
        return failed(malformed(vm, "a message stands where none may"));
    if (v.tag == V_ABSENT)
        return failed(vm_missing(vm));
    if (v.tag != V_TEXT && v.tag != V_UNKNOWN)
        return failed(malformed(vm, "a message is not text"));
    return answered(h->tell(h->ctx, x, v));
}

/* Steps that are the host's alone. */
static Step wait_for(Vm *vm, unsigned op, uint32_t x)
{
    const VmHost *h = vm->run->host;
    uint32_t n = op == OP_TASK ? vm->p->n_tasks : op == OP_AWAIT ? vm->p->n_awaits : vm->p->n_checks;
    if (h == NULL || x >= n || vm->action != PROG_NONE)
        return failed(malformed(vm, "a task, an event or a check stands where none may"));
    return answered(op == OP_TASK    ? h->task(h->ctx, x)
                    : op == OP_AWAIT ? h->await(h->ctx, x)
                                     : h->poll(h->ctx, x));
}

static Step finish(Vm *vm, unsigned a)
{
    vm->run->result = vm->r[a];
    if (vm->r[a].tag == V_ABSENT)
        return failed(vm_missing(vm));
    return END;
}

/* The way on depends on what an element still waits for: which calls it makes
 * is not known, so those behind it cannot be numbered. */
static bool waits(const Vm *vm, Value v)
{
    return vm->later && v.tag == V_UNKNOWN;
}

/* An iterator is the rest of its list: items and how many are left. */
static bool start_loop(Vm *vm, unsigned a, Value list)
{
    if (list.tag <= V_UNKNOWN)
        return undecided(vm, list);
    if (list.tag != V_LIST || a + 1 >= VM_REGISTERS)
        return malformed(vm, "a loop needs a list");
    vm->r[a] = list;
    return true;
}

static bool next_item(Vm *vm, unsigned a, bool *end)
{
    Value it = vm->r[a];
    if (it.tag != V_LIST || a + 1 >= VM_REGISTERS)
        return malformed(vm, "a loop needs a list");
    *end = it.len == 0;
    if (!*end) {
        /* Whole values are stored: a part stored now and the whole read soon
         * after would wait for each other. */
        Value item = it.u.items[0];
        item.flags = (uint16_t)(item.flags | it.flags);
        vm->r[a + 1] = item;
        it.u.items++;
        it.len--;
        vm->r[a] = it;
    }
    return true;
}

static bool member(Vm *vm, Value record, unsigned c, Value *out)
{
    if (record.tag != V_RECORD || c >= record.len)
        return malformed(vm, "a record has no such member");
    Value item = record.u.items[c];
    item.flags = (uint16_t)(item.flags | record.flags);
    *out = item;
    return true;
}

/* Operands that are not plainly there: absent fails, unknown poisons. */
static bool poisoned(Vm *vm, Value x, Value y, Value *out)
{
    if (x.tag == V_ABSENT || y.tag == V_ABSENT)
        return vm_missing(vm);
    *out = (Value){.tag = V_UNKNOWN};
    return true;
}

static void trace(Vm *vm, uint32_t pc)
{
    Buf line = {0};
    dump_instruction(vm->p, vm->f, pc, &line);
    if (!line.failed)
        vm->run->trace(vm->run->trace_ctx, buf_view(&line));
    buf_free(&line);
}

static bool two_known(Value x, Value y)
{
    return x.tag > V_UNKNOWN && y.tag > V_UNKNOWN;
}

static bool arith(Vm *vm, unsigned op, Value x, Value y, Value *out)
{
    return two_known(x, y) ? vm_arith(vm, op, x, y, out)
                           : poisoned(vm, x, y, out);
}

/* Whole numbers, by far the most, are computed in place. false: not whole, or
 * too large for that; the long way decides. */
static bool quick(unsigned op, Value x, Value y, Value *out)
{
    int64_t a = x.u.i, b = y.u.i;
    if (x.tag != V_NUMBER || y.tag != V_NUMBER || (x.scale | y.scale) != 0)
        return false;
    switch (op) {
    case OP_ADD:
        if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
            return false;
        *out = val_int(a + b);
        return true;
    case OP_SUB:
        if (b < 0 ? a > INT64_MAX + b : a < INT64_MIN + b)
            return false;
        *out = val_int(a - b);
        return true;
    case OP_LT: *out = val_bool(a < b); return true;
    default:
        assert(op == OP_LE);
        *out = val_bool(a <= b);
        return true;
    }
}

/* One case an opcode. Short ones stand here and go on at once; ok, s and jump
 * carry what became of the others to the end of the loop. */
static Step loop(Vm *vm)
{
    const uint32_t *code = vm->p->code + vm->f->code_first;
    const uint32_t n = vm->f->code_count;
    const bool traced = vm->run->trace != NULL;
    Value *const r = vm->r;
    uint32_t pc = 0;
    for (;;) {
        if (pc >= n)
            return failed(malformed(vm, "it runs past the end of a section"));
        if (vm->fuel == 0)
            return failed(vm_pay(vm, 1));
        vm->fuel--;
        if (traced)
            trace(vm, pc);
        const uint32_t i = code[pc++];
        const unsigned a = ins_a(i), b = ins_b(i), c = ins_c(i);
        const uint32_t x = ins_x(i);
        bool ok = true, jump = false;
        Step s = GO_ON;
        switch (ins_op(i)) {
        case OP_NOP: continue;
        case OP_LOADK: ok = load_const(vm, a, x); break;
        case OP_UNKNOWN: r[a] = (Value){.tag = V_UNKNOWN}; continue;
        case OP_MOVE: r[a] = r[b]; continue;
        case OP_INPUT: ok = load_input(vm, a, x); break;
        case OP_RESULT:
        case OP_ANSWER:
        case OP_EVENT: s = load_foreign(vm, ins_op(i), a, x); break;
        case OP_SECRET: ok = load_secret(vm, a, x); break;
        case OP_NOW: r[a] = val_make(V_INSTANT, vm->run->now_ms); continue;
        case OP_TODAY: r[a] = today(vm->run->now_ms); continue;
        case OP_JMP: jump = true; break;
        case OP_JF:
            if (r[a].tag == V_BOOL && r[a].u.i != 0)
                continue;
            if (waits(vm, r[a]))
                return SUSPEND;
            jump = true;
            if (r[a].tag != V_BOOL)
                ok = undecided(vm, r[a]);
            break;
        case OP_JU:
            if (r[a].tag != V_UNKNOWN)
                continue;
            if (waits(vm, r[a]))
                return SUSPEND;
            jump = true;
            break;
        case OP_JA:
            if (r[a].tag != V_ABSENT)
                continue;
            jump = true;
            break;
        case OP_NOT:
            if (r[b].tag == V_BOOL)
                r[a] = val_bool(r[b].u.i == 0);
            else if (r[b].tag > V_UNKNOWN)
                ok = malformed(vm, "`not` needs true or false");
            else
                ok = poisoned(vm, r[b], r[b], &r[a]);
            break;
        case OP_NEG:
            ok = two_known(r[b], r[b])
                     ? vm_arith(vm, OP_NEG, r[b], r[b], &r[a])
                     : poisoned(vm, r[b], r[b], &r[a]);
            break;
        case OP_ADD: /* each its own case: op is then a constant */
            if (quick(OP_ADD, r[b], r[c], &r[a]))
                continue;
            ok = arith(vm, OP_ADD, r[b], r[c], &r[a]);
            break;
        case OP_SUB:
            if (quick(OP_SUB, r[b], r[c], &r[a]))
                continue;
            ok = arith(vm, OP_SUB, r[b], r[c], &r[a]);
            break;
        case OP_LT:
            if (quick(OP_LT, r[b], r[c], &r[a]))
                continue;
            ok = arith(vm, OP_LT, r[b], r[c], &r[a]);
            break;
        case OP_LE:
            if (quick(OP_LE, r[b], r[c], &r[a]))
                continue;
            ok = arith(vm, OP_LE, r[b], r[c], &r[a]);
            break;
        case OP_MUL:
        case OP_DIV: ok = arith(vm, ins_op(i), r[b], r[c], &r[a]); break;
        case OP_EQ:
        case OP_NE:
            ok = two_known(r[b], r[c])
                     ? vm_equal(vm, r[b], r[c], ins_op(i) == OP_EQ, &r[a])
                     : poisoned(vm, r[b], r[c], &r[a]);
            break;
        case OP_IN:
            ok = two_known(r[b], r[c]) ? vm_in(vm, r[b], r[c], &r[a])
                                       : poisoned(vm, r[b], r[c], &r[a]);
            break;
        case OP_WITHOUT:
            ok = two_known(r[b], r[c]) ? vm_without(vm, r[b], r[c], &r[a])
                                       : poisoned(vm, r[b], r[c], &r[a]);
            break;
        case OP_LIST:
            ok = range_ok(vm, b, c) && vm_pack(vm, V_LIST, &r[b], c, &r[a]);
            break;
        case OP_RECORD:
            ok = range_ok(vm, b, c) && vm_pack(vm, V_RECORD, &r[b], c, &r[a]);
            break;
        case OP_MEMBER:
            ok = two_known(r[b], r[b]) ? member(vm, r[b], c, &r[a])
                                       : poisoned(vm, r[b], r[b], &r[a]);
            break;
        case OP_INDEX:
            ok = two_known(r[b], r[c]) ? vm_index(vm, r[b], r[c], &r[a])
                                       : poisoned(vm, r[b], r[c], &r[a]);
            break;
        case OP_TEXT:
            ok = range_ok(vm, b, c) && vm_join(vm, &r[b], c, &r[a]);
            break;
        case OP_FN:
            /* No function reads more than two registers. */
            ok = range_ok(vm, b, 2) && vm_builtin(vm, c, &r[b], a, &r[a]);
            break;
        case OP_ITER:
            if (waits(vm, r[b]))
                return SUSPEND;
            ok = start_loop(vm, a, r[b]);
            break;
        case OP_NEXT:
            ok = next_item(vm, a, &jump);
            break;
        case OP_APPEND:
            ok = two_known(r[b], r[c]) ? vm_append(vm, r[b], r[c], &r[a])
                                       : poisoned(vm, r[b], r[c], &r[a]);
            break;
        case OP_CALL: s = call(vm, a, x); break;
        case OP_UNDO: ok = remember_undo(vm, a, x); break;
        case OP_WHEN: s = when(vm, a, &jump); break;
        case OP_ACTION: s = begin(vm, x); break;
        case OP_DONE: s = done(vm, x); break;
        case OP_EACH: ok = element(vm, a, x); break;
        case OP_CHECK: s = check(vm, a, x); break;
        case OP_TELL: s = tell(vm, a, x); break;
        case OP_TASK:
        case OP_AWAIT:
        case OP_POLL: s = wait_for(vm, ins_op(i), x); break;
        case OP_RET: return finish(vm, a);
        case OP_END: return END;
        default: ok = malformed(vm, "there is no such instruction");
        }
        if (!ok)
            return FAIL;
        if (s != GO_ON)
            return s;
        if (jump) {
            int64_t to = (int64_t)pc + ins_s(i);
            if (to < 0 || to >= n)
                return failed(malformed(vm, "a jump leaves its section"));
            pc = (uint32_t)to;
        }
    }
}

/* What the section is about. An event is text from outside. */
static bool admit_subject(Vm *vm)
{
    const Value *subject = vm->run->subject;
    bool foreign = vm->f->kind != FK_RULE;
    if (!func_has_subject((FuncKind)vm->f->kind))
        return true;
    if (subject == NULL || subject->tag != V_RECORD)
        return malformed(vm, "a section is not given what it is about");
    return admit(vm, 0, *subject, foreign ? VF_TAINTED : 0);
}

/* Registers start as the empty value of their type; a record has none, so it
 * starts absent. */
static bool prepare(Vm *vm)
{
    const Program *p = vm->p;
    const ProgFunc *f = vm->f;
    memset(vm->r, 0, sizeof vm->r);
    close_action(vm);
    if (f->regs_count > LIM_REGISTERS)
        return malformed(vm, "a section has too many registers");
    if (!val_instant_ok(vm->run->now_ms))
        return malformed(vm, "its instant lies outside of the years 0 to 9999");
    for (uint32_t i = 0; i < f->regs_count; i++) {
        ValueTag tag = kind_tag((TypeKind)p->types[p->regs[f->regs_first + i].type].kind);
        if (tag == V_RECORD)
            continue;
        vm->r[i].tag = (uint8_t)tag;
        if (tag == V_TEXT)
            vm->r[i].u.s = "";
    }
    return admit_subject(vm) && vm_pay(vm, f->regs_count);
}

VmOutcome vm_run(VmRun *run)
{
    static const VmOutcome outcomes[] = {
        [SUSPEND] = VM_SUSPENDED, [STOP] = VM_STOPPED, [FAIL] = VM_FAILED,
        [END] = VM_ENDED};
    Vm vm; /* undo[] is read only behind an UNDO that wrote it */
    assert(run->program != NULL && run->func < run->program->n_funcs);
    run->result = (Value){.tag = V_ABSENT};
    run->status = GATE_OK;
    run->error[0] = '\0';
    vm.run = run;
    vm.p = run->program;
    vm.f = &run->program->funcs[run->func];
    vm.fuel = run->fuel;
    vm.ordinal = 0;
    vm.n_undo = 0;
    vm.element = (Value){.tag = V_ABSENT};
    Step s = prepare(&vm) ? loop(&vm) : FAIL;
    run->fuel_used = run->fuel - vm.fuel;
    return outcomes[s];
}
