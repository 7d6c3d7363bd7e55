/* Owns: what the larger operations compute. Must not know: instructions, the
 * host, the order of things (vm.c). */
#include "vm/core/vm_int.h"

#include <string.h>

#include "vm/os/limits.h"

static const int64_t DAY_MS = 86400000;

static const Value unknown = {.tag = V_UNKNOWN};

static bool too_large(Vm *vm)
{
    return vm_fail(vm, GATE_E_LIMIT, "the result of a calculation is too large "
                   "or too fine to be exact");
}

/* A calculation came to something. */
static bool fits(Vm *vm, bool exact)
{
    if (!exact)
        too_large(vm);
    return exact;
}

static bool bad_tags(Vm *vm)
{
    return vm_fail(vm, GATE_E_FORMAT,
                   "the program mixes kinds of values that do not fit");
}

static void *take(Vm *vm, size_t size, size_t n)
{
    void *p = vm->run->arena == NULL ? NULL
                                     : arena_array(vm->run->arena, size, n);
    if (p == NULL)
        vm_fail(vm, GATE_E_MEMORY,
                "this section needs more memory than one may use");
    return p;
}

static Value *take_list(Vm *vm, size_t n)
{
    if (n > LIM_LIST_ITEMS) {
        vm_fail(vm, GATE_E_LIMIT, "a list would have more than %d items",
                LIM_LIST_ITEMS);
        return NULL;
    }
    if (!vm_pay(vm, n * sizeof(Value)))
        return NULL;
    return take(vm, sizeof(Value), n);
}

static Value list_of(const Value *items, size_t n, unsigned flags)
{
    return (Value){.tag = V_LIST, .len = (uint32_t)n, .flags = (uint16_t)flags,
                   .u.items = items};
}

static void copy_items(Value *to, const Value *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n * sizeof *to);
}

static char *take_text(Vm *vm, uint64_t n)
{
    if (n > LIM_TEXT_BYTES) {
        vm_fail(vm, GATE_E_LIMIT, "a text would be longer than %d bytes",
                LIM_TEXT_BYTES);
        return NULL;
    }
    return vm_pay(vm, n) ? take(vm, 1, n) : NULL;
}

static Value text_of(const char *s, size_t n, unsigned flags)
{
    Value v = val_text((Str){s, n});
    v.flags = (uint16_t)flags;
    return v;
}

/* --- arithmetic ------------------------------------------------------------ */

static bool is_numeric(unsigned tag)
{
    return tag == V_NUMBER || tag == V_PERCENT || tag == V_SIZE ||
           tag == V_DURATION;
}

static bool is_whole(unsigned tag)
{
    return tag == V_SIZE || tag == V_DURATION;
}

static bool is_ordered(unsigned tag)
{
    return tag >= V_NUMBER && tag <= V_LEVEL && tag != V_TEXT;
}

static bool joined(Vm *vm, Value x, Value y, Value *out)
{
    Value both[2] = {x, y};
    if (x.tag == V_TEXT)
        return vm_join(vm, both, 2, out);
    size_t n = (size_t)x.len + y.len;
    Value *items = take_list(vm, n);
    if (items == NULL)
        return false;
    copy_items(items, x.u.items, x.len);
    copy_items(items + x.len, y.u.items, y.len);
    *out = list_of(items, n, x.flags | y.flags);
    return true;
}

/* An instant or a date, and a duration or its own kind. */
static bool moved(Vm *vm, bool minus, Value x, Value y, Value *out)
{
    bool date = x.tag == V_DATE;
    if (y.tag == V_DURATION && date) {
        if (y.u.i % DAY_MS != 0)
            return vm_fail(vm, GATE_E_LIMIT,
                           "a date can only be moved by whole days");
        y.u.i /= DAY_MS;
    }
    Value sum;
    if (!(minus ? num_sub(x, y, &sum) : num_add(x, y, &sum)))
        return too_large(vm);
    if (y.tag == V_DURATION) {
        if (date ? !val_date_ok(sum.u.i) : !val_instant_ok(sum.u.i))
            return vm_fail(vm, GATE_E_LIMIT,
                           "a date would leave the years 0 to 9999");
        *out = val_make((ValueTag)x.tag, sum.u.i);
        return true;
    }
    if (date && !num_scale(DAY_MS, sum, &sum.u.i))
        return too_large(vm);
    *out = val_make(V_DURATION, sum.u.i);
    return true;
}

static bool plus_minus(Vm *vm, bool minus, Value x, Value y, Value *out)
{
    if (x.tag == y.tag && is_numeric(x.tag)) {
        unsigned tag = x.tag;
        if (!(minus ? num_sub(x, y, out) : num_add(x, y, out)))
            return too_large(vm);
        out->tag = (uint8_t)tag;
        return true;
    }
    if (x.tag == V_INSTANT || x.tag == V_DATE) {
        if (y.tag == V_DURATION || (minus && x.tag == y.tag))
            return moved(vm, minus, x, y, out);
    }
    if (!minus && x.tag == y.tag && (x.tag == V_TEXT || x.tag == V_LIST))
        return joined(vm, x, y, out);
    return bad_tags(vm);
}

static bool times(Vm *vm, Value x, Value y, Value *out)
{
    int64_t i;
    if (y.tag == V_NUMBER || y.tag == V_PERCENT) {
        Value swap = x;
        x = y;
        y = swap;
    }
    if (x.tag != V_NUMBER && x.tag != V_PERCENT)
        return bad_tags(vm);
    if (is_whole(y.tag)) {
        if (!num_scale(y.u.i, x, &i))
            return too_large(vm);
        *out = val_make((ValueTag)y.tag, i);
        return true;
    }
    if (y.tag != V_NUMBER && (y.tag != V_PERCENT || x.tag == V_PERCENT))
        return bad_tags(vm);
    return fits(vm, num_mul(x, y, out));
}

static bool divided(Vm *vm, Value x, Value y, Value *out)
{
    int64_t i;
    if (y.u.i == 0)
        return vm_fail(vm, GATE_E_LIMIT, "a division by zero");
    if (x.tag == y.tag && (x.tag == V_NUMBER || is_whole(x.tag)))
        return fits(vm, num_div(x, y, out));
    if (!is_whole(x.tag) || y.tag != V_NUMBER)
        return bad_tags(vm);
    if (!num_unscale(x.u.i, y, &i))
        return too_large(vm);
    *out = val_make((ValueTag)x.tag, i);
    return true;
}

bool vm_arith(Vm *vm, unsigned op, Value x, Value y, Value *out)
{
    Value zero = val_int(0);
    switch (op) {
    case OP_ADD: return plus_minus(vm, false, x, y, out);
    case OP_SUB: return plus_minus(vm, true, x, y, out);
    case OP_MUL: return times(vm, x, y, out);
    case OP_DIV: return divided(vm, x, y, out);
    case OP_NEG:
        zero.tag = x.tag;
        return is_numeric(x.tag) ? plus_minus(vm, true, zero, x, out)
                                 : bad_tags(vm);
    default:
        if (x.tag != y.tag || !is_ordered(x.tag))
            return bad_tags(vm);
        *out = val_bool(val_cmp(x, y) < (op == OP_LE ? 1 : 0));
        return true;
    }
}

/* --- equality -------------------------------------------------------------- */

static bool is_container(Value v)
{
    return v.tag == V_LIST || v.tag == V_RECORD;
}

/* Looks through a container for what is not known yet. false: no fuel. */
static bool all_known(Vm *vm, Value v, bool *known)
{
    *known = true;
    if (!is_container(v))
        return true;
    if (!vm_pay(vm, val_weight(v, vm->fuel)))
        return false;
    *known = val_known(v);
    return true;
}

/* What ends for want of fuel leaves none: the section fails at its next instruction. */
static bool same(Vm *vm, Value x, Value y)
{
    return val_equal_fuel(x, y, &vm->fuel);
}

bool vm_equal(Vm *vm, Value x, Value y, bool equal, Value *out)
{
    bool known_x, known_y;
    if (x.tag != y.tag)
        return bad_tags(vm);
    if (!all_known(vm, x, &known_x) || !all_known(vm, y, &known_y))
        return false;
    if (!known_x || !known_y) {
        *out = unknown;
        return true;
    }
    *out = val_bool(same(vm, x, y) == equal);
    return true;
}

static bool part_of(Vm *vm, Value part, Value whole, Value *out)
{
    *out = val_bool(part.len == 0);
    for (uint32_t i = 0; !out->u.i && i + part.len <= whole.len; i++) {
        const char *at = memchr(whole.u.s + i, part.u.s[0],
                                whole.len - part.len - i + 1);
        uint32_t next = at == NULL ? whole.len : (uint32_t)(at - whole.u.s);
        /* The comparison may look at the whole part at every place. */
        if (!vm_pay(vm, (uint64_t)(next - i) + part.len))
            return false;
        if (at == NULL)
            break;
        out->u.i = memcmp(at, part.u.s, part.len) == 0;
        i = next;
    }
    return true;
}

/* Whether item is in list; unknown where only an unknown item could be it. */
static bool find(Vm *vm, Value item, Value list, bool *found, bool *maybe)
{
    *found = *maybe = false;
    for (uint32_t i = 0; i < list.len && !*found; i++) {
        bool known;
        if (!all_known(vm, list.u.items[i], &known))
            return false;
        *found = same(vm, item, list.u.items[i]);
        *maybe = *maybe || !known || list.u.items[i].tag == V_UNKNOWN;
    }
    return true;
}

bool vm_in(Vm *vm, Value item, Value whole, Value *out)
{
    bool found, maybe, known;
    if (whole.tag == V_TEXT && item.tag == V_TEXT)
        return part_of(vm, item, whole, out);
    if (whole.tag != V_LIST)
        return bad_tags(vm);
    if (!all_known(vm, item, &known) ||
        !find(vm, item, whole, &found, &maybe))
        return false;
    *out = found ? val_bool(true) : maybe || !known ? unknown : val_bool(false);
    return true;
}

/* Takes items out of list that are in `out_of`. */
bool vm_without(Vm *vm, Value list, Value what, Value *out)
{
    bool known_list, known_what, found, maybe;
    if (list.tag != V_LIST)
        return bad_tags(vm);
    if (!all_known(vm, list, &known_list) || !all_known(vm, what, &known_what))
        return false;
    if (!known_list || !known_what) {
        *out = unknown;
        return true;
    }
    /* A list of lists may lose one of its lists: the kinds tell which. */
    Value one[1] = {what};
    bool many = what.tag == V_LIST &&
                (list.len == 0 || list.u.items[0].tag != V_LIST ||
                 (what.len > 0 && what.u.items[0].tag == V_LIST));
    Value drop = many ? what : list_of(one, 1, 0);
    Value *items = take_list(vm, list.len);
    size_t n = 0;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < list.len; i++) {
        if (!find(vm, list.u.items[i], drop, &found, &maybe))
            return false;
        if (!found)
            items[n++] = list.u.items[i];
    }
    *out = list_of(items, n, list.flags);
    return true;
}

/* --- making values --------------------------------------------------------- */

/* What stands among n values: 0 all known, 1 an unknown, -1 failed. */
static int poison(Vm *vm, const Value *v, unsigned n)
{
    int found = 0;
    for (unsigned i = 0; i < n; i++) {
        if (v[i].tag == V_ABSENT) {
            vm_missing(vm);
            return -1;
        }
        if (v[i].tag == V_UNKNOWN)
            found = 1;
    }
    return found;
}

/* Values share parts: [x, x] of [x, x] of ... is exponential for whoever walks
 * it later. So a part that goes into a container is paid for as if it were
 * copied: what one section can make, its host can write down. */
static bool pay_parts(Vm *vm, const Value *v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (!vm_pay(vm, val_weight(v[i], vm->fuel)))
            return false;
    return true;
}

bool vm_pack(Vm *vm, ValueTag tag, const Value *v, unsigned n, Value *out)
{
    unsigned flags = 0;
    int is = poison(vm, v, n);
    if (is != 0) {
        *out = unknown;
        return is > 0;
    }
    Value *items = pay_parts(vm, v, n) ? take_list(vm, n) : NULL;
    if (items == NULL)
        return false;
    for (unsigned i = 0; i < n; i++) {
        items[i] = v[i];
        flags |= v[i].flags;
    }
    *out = list_of(items, n, flags);
    out->tag = (uint8_t)tag;
    return true;
}

/* One text out of many parts. Two rounds over the same walk: the first counts,
 * the second writes; a list's items stand in the text, comma-separated, lists
 * in lists too (to the depth that types may have). */
typedef struct Joint {
    char *to; /* NULL: count only */
    uint64_t n;
    unsigned flags;
    bool unknown, absent;
} Joint;

static void put(Joint *j, const char *s, size_t n)
{
    if (j->to != NULL && n > 0)
        memcpy(j->to + j->n, s, n);
    j->n += n;
}

static bool put_value(Vm *vm, Joint *j, Value v, int depth)
{
    char form[VAL_FORM_SIZE];
    j->flags |= v.flags;
    j->unknown = j->unknown || v.tag == V_UNKNOWN;
    j->absent = j->absent || v.tag == V_ABSENT;
    if (v.tag == V_TEXT) {
        put(j, v.u.s, v.len);
        return true;
    }
    if (v.tag == V_RECORD || depth > LIM_NESTING)
        return bad_tags(vm);
    if (v.tag != V_LIST) {
        put(j, form, val_form(v, form));
        return true;
    }
    if (!vm_pay(vm, v.len))
        return false;
    for (uint32_t i = 0; i < v.len; i++) {
        if (i > 0)
            put(j, ", ", 2);
        if (!put_value(vm, j, v.u.items[i], depth + 1))
            return false;
    }
    return true;
}

bool vm_join(Vm *vm, const Value *v, unsigned n, Value *out)
{
    Joint j = {0};
    for (unsigned i = 0; i < n; i++)
        if (!put_value(vm, &j, v[i], 0))
            return false;
    if (j.absent)
        return vm_missing(vm);
    if (j.unknown) {
        *out = unknown;
        return true;
    }
    j.to = take_text(vm, j.n);
    if (j.to == NULL)
        return false;
    j.n = 0;
    for (unsigned i = 0; i < n; i++)
        if (!put_value(vm, &j, v[i], 0))
            return false;
    *out = text_of(j.to, j.n, j.flags);
    return true;
}

bool vm_append(Vm *vm, Value list, Value item, Value *out)
{
    if (list.tag != V_LIST)
        return bad_tags(vm);
    Value *items = pay_parts(vm, &item, 1)
                       ? take_list(vm, (size_t)list.len + 1)
                       : NULL;
    if (items == NULL)
        return false;
    copy_items(items, list.u.items, list.len);
    items[list.len] = item;
    *out = list_of(items, (size_t)list.len + 1, list.flags | item.flags);
    return true;
}

bool vm_index(Vm *vm, Value list, Value index, Value *out)
{
    int64_t i;
    if (list.tag != V_LIST || index.tag != V_NUMBER)
        return bad_tags(vm);
    if (!num_to_int(index, &i) || i < 0 || i >= list.len)
        return vm_fail(vm, GATE_E_LIMIT, "there is no item %s in a list of %u "
                       "items; the first is item 0",
                       num_to_int(index, &i) ? "of that number"
                                             : "with a fraction in its number",
                       list.len);
    *out = list.u.items[i];
    out->flags |= list.flags;
    return true;
}

/* --- built-in functions ---------------------------------------------------- */

static bool sum(Vm *vm, Value list, ValueTag tag, Value *out)
{
    Value total = val_int(0);
    for (uint32_t i = 0; i < list.len; i++) {
        if (list.u.items[i].tag != tag)
            return bad_tags(vm);
        if (!num_add(total, list.u.items[i], &total))
            return too_large(vm);
    }
    total.tag = (uint8_t)tag;
    *out = total;
    return true;
}

static bool extreme(Vm *vm, unsigned f, Value list, Value *out)
{
    Value best = list.len == 0 ? unknown : list.u.items[0];
    if (list.len == 0)
        return vm_fail(vm, GATE_E_LIMIT, "%s of an empty list",
                       builtin_name((Builtin)f));
    for (uint32_t i = 0; i < list.len; i++) {
        Value v = list.u.items[i];
        if (v.tag != best.tag || !is_ordered(v.tag))
            return bad_tags(vm);
        int c = val_cmp(v, best);
        if (f == FN_min ? c < 0 : c > 0)
            best = v;
    }
    *out = best;
    return true;
}

static bool any_all(Vm *vm, unsigned f, Value list, Value *out)
{
    bool answer = f == FN_all;
    for (uint32_t i = 0; i < list.len; i++) {
        if (list.u.items[i].tag != V_BOOL)
            return bad_tags(vm);
        if ((list.u.items[i].u.i != 0) != (f == FN_all))
            answer = f == FN_any;
    }
    *out = val_bool(answer);
    return true;
}

static bool over_list(Vm *vm, unsigned f, Value list, unsigned a, Value *out)
{
    if (list.tag != V_LIST)
        return bad_tags(vm);
    if (f == FN_count) {
        *out = val_int(list.len);
        return true;
    }
    if (f == FN_first || f == FN_last) {
        if (list.len == 0)
            return vm_fail(vm, GATE_E_LIMIT, "%s of an empty list",
                           builtin_name((Builtin)f));
        *out = list.u.items[f == FN_first ? 0 : list.len - 1];
        out->flags |= list.flags;
        return true;
    }
    if (!vm_pay(vm, list.len))
        return false;
    int is = poison(vm, list.u.items, list.len);
    if (is != 0) {
        *out = unknown;
        return is > 0;
    }
    switch (f) {
    case FN_sum: return sum(vm, list, kind_tag(vm_kind(vm, a)), out);
    case FN_min:
    case FN_max: return extreme(vm, f, list, out);
    default: return any_all(vm, f, list, out);
    }
}

static bool change_case(Vm *vm, unsigned f, Value v, Value *out)
{
    char low = f == FN_lower ? 'A' : 'a';
    if (v.tag != V_TEXT)
        return bad_tags(vm);
    char *s = take_text(vm, v.len);
    if (s == NULL)
        return false;
    for (uint32_t i = 0; i < v.len; i++) {
        char c = v.u.s[i];
        s[i] = c >= low && c <= low + 25 ? (char)(c ^ 32) : c;
    }
    *out = text_of(s, v.len, v.flags);
    return true;
}

static uint32_t scalar_end(Value v, uint32_t i)
{
    do
        i++;
    while (i < v.len && ((unsigned char)v.u.s[i] & 0xc0) == 0x80);
    return i;
}

/* Goes back to the last star only: earlier ones can take no more than it. */
static bool matches(Vm *vm, Value text, Value pattern, Value *out)
{
    uint32_t t = 0, p = 0, star_p = UINT32_MAX, star_t = 0;
    *out = val_bool(false);
    while (t < text.len) {
        if (!vm_pay(vm, 1))
            return false;
        if (p < pattern.len && pattern.u.s[p] == '*') {
            star_p = ++p;
            star_t = t;
        } else if (p < pattern.len && pattern.u.s[p] == '?') {
            t = scalar_end(text, t);
            p++;
        } else if (p < pattern.len && pattern.u.s[p] == text.u.s[t]) {
            t++;
            p++;
        } else if (star_p != UINT32_MAX) {
            star_t = scalar_end(text, star_t);
            t = star_t;
            p = star_p;
        } else {
            return true;
        }
    }
    while (p < pattern.len && pattern.u.s[p] == '*')
        p++;
    out->u.i = p == pattern.len;
    return true;
}

static bool two_texts(Vm *vm, unsigned f, Value x, Value y, Value *out)
{
    if (x.tag != V_TEXT || y.tag != V_TEXT)
        return bad_tags(vm);
    if (f == FN_matches)
        return matches(vm, x, y, out);
    if (!vm_pay(vm, y.len))
        return false;
    const char *at = f == FN_starts_with || y.len > x.len
                         ? x.u.s
                         : x.u.s + (x.len - y.len);
    *out = val_bool(y.len <= x.len && memcmp(at, y.u.s, y.len) == 0);
    return true;
}

static bool rounded(Vm *vm, Value x, Value digits, Value *out)
{
    int64_t n;
    if (x.tag != V_NUMBER || digits.tag != V_NUMBER)
        return bad_tags(vm);
    if (!num_to_int(digits, &n) || n < 0 || n > 18)
        return vm_fail(vm, GATE_E_LIMIT,
                       "round() takes a whole number of digits from 0 to 18");
    return fits(vm, num_round(x, (int)n, out));
}

bool vm_builtin(Vm *vm, unsigned f, const Value *v, unsigned a, Value *out)
{
    if (f >= FN_COUNT)
        return vm_fail(vm, GATE_E_FORMAT,
                       "the program calls a function that does not exist");
    if (f == FN_default) {
        *out = v[0].tag == V_ABSENT ? v[1] : v[0];
        if (out->tag == V_ABSENT)
            return vm_missing(vm);
        return true;
    }
    int is = poison(vm, v, (unsigned)builtin_operands((Builtin)f));
    if (is != 0) {
        *out = unknown;
        return is > 0;
    }
    switch (f) {
    case FN_round: return rounded(vm, v[0], v[1], out);
    case FN_lower:
    case FN_upper: return change_case(vm, f, v[0], out);
    case FN_starts_with:
    case FN_ends_with:
    case FN_matches: return two_texts(vm, f, v[0], v[1], out);
    default: return over_list(vm, f, v[0], a, out);
    }
}
