/* Mutants of compiled programs through reader, verifier and interpreter, under
 * the sanitizers: nothing that a program can say may break gate.
 *
 *     mutants [--count N] [--seed S] PLAN.gate...
 *
 * Most mutants change one decoded field, operand or constant to another value
 * that could stand there (so that many pass the verifier and really run), some
 * flip, cut or double bytes. Prints TAP with the counts; fails where fewer than
 * 30 % pass, for then the interpreter was hardly tried. */
#include "compiler/compile.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/soak/program_host.h"
#include "vm/os/limits.h"

enum { LEAST_PASSING = 30, BASES = 64 };

/* --- fields of a program, as places in its bytes -------------------------------- */

typedef enum FieldKind {
    F_NUMBER, F_WIDE, F_ENUM, F_REF, F_OPT, F_FIRST, F_COUNT, F_TEXT, F_CODE,
    F_CONST /* the number of a constant */
} FieldKind;

typedef struct Field {
    FieldKind kind;
    uint32_t at, bound; /* offset in the bytes; what is allowed is below bound */
    uint32_t func, pc;  /* of F_CODE */
} Field;

typedef struct Base {
    const char *name;
    Str bytes;
    Program *p;
    Field *fields; uint32_t n_fields, cap_fields;
    Field *code; uint32_t n_code; /* those of F_CODE, side by side */
    Field *consts; uint32_t n_consts;
} Base;

static void *must(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "mutants: out of memory\n");
        exit(1);
    }
    return p;
}

static void add(Base *b, Field f)
{
    if (b->n_fields == b->cap_fields) {
        uint32_t cap = b->cap_fields == 0 ? 1024 : b->cap_fields * 2;
        b->fields = must(mem_realloc(b->fields, b->cap_fields * sizeof f, cap * sizeof f));
        b->cap_fields = cap;
    }
    b->fields[b->n_fields++] = f;
}

static uint32_t add_u32(Base *b, uint32_t at, FieldKind kind, uint32_t bound)
{
    add(b, (Field){.kind = kind, .at = at, .bound = bound});
    return at + 4;
}

static uint32_t add_i64(Base *b, uint32_t at, FieldKind kind)
{
    add(b, (Field){.kind = kind, .at = at});
    return at + 8;
}

/* Walks the bytes as program.h describes them. */
#define U32(name) at = add_u32(b, at, F_NUMBER, 0);
#define I64(name) at = add_i64(b, at, wide);
#define ENUM(name, limit) at = add_u32(b, at, F_ENUM, (uint32_t)(limit));
#define REF(name, plural) at = add_u32(b, at, F_REF, b->p->n_##plural);
#define OPT(name, plural) at = add_u32(b, at, F_OPT, b->p->n_##plural);
#define RANGE(name, plural)                                              \
    at = add_u32(b, at, F_FIRST, b->p->n_##plural);                      \
    at = add_u32(b, at, F_COUNT, b->p->n_##plural);
#define STRING(name) at = add_u32(b, at, F_TEXT, b->p->n_strings);
#define TABLE(Row, plural)                                               \
    at += 4;                                                             \
    for (uint32_t i = 0; i < b->p->n_##plural; i++) {                    \
        FieldKind wide = #Row[0] == 'C' && #Row[2] == 'n' ? F_CONST      \
                                                          : F_WIDE;      \
        (void)wide;
#define END(Row) }
static void map_fields(Base *b)
{
    uint32_t at = 16;
#include "vm/core/program.def"
    at += 8;
    size_t total = 0;
    for (uint32_t i = 0; i < b->p->n_strings; i++)
        total += b->p->strings[i].n;
    at += 4 * b->p->n_strings + (uint32_t)total + 4;
    uint32_t first_code = b->n_fields;
    for (uint32_t f = 0; f < b->p->n_funcs; f++)
        for (uint32_t pc = 0; pc < b->p->funcs[f].code_count; pc++, at += 4)
            add(b, (Field){.kind = F_CODE, .at = at, .func = f, .pc = pc});
    b->code = b->fields + first_code;
    b->n_code = b->n_fields - first_code;
    if (at + 16 != b->bytes.n) {
        fprintf(stderr, "mutants: %s: the map of the bytes is wrong\n", b->name);
        exit(1);
    }
}

static uint32_t get_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void put_u32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (8 * i) & 255);
}

/* --- mutating --------------------------------------------------------------------- */

/* A register of the function that has the same type; itself where alone. */
static unsigned like_register(const Base *b, const ProgFunc *f, unsigned reg, Random *r)
{
    if (reg >= f->regs_count)
        return reg;
    uint32_t start = random_below(r, f->regs_count);
    for (uint32_t k = 0; k < f->regs_count; k++) {
        uint32_t i = (start + k) % f->regs_count;
        if (i != reg && b->p->regs[f->regs_first + i].type == b->p->regs[f->regs_first + reg].type)
            return i;
    }
    return reg;
}

/* Another opcode for the same operands. */
static unsigned like_opcode(unsigned op, Random *r)
{
    static const unsigned char groups[][4] = {
        {OP_ADD, OP_SUB, OP_MUL, OP_DIV}, {OP_EQ, OP_NE, OP_LT, OP_LE},
        {OP_JF, OP_JU, OP_JA, OP_JF},     {OP_NOW, OP_UNKNOWN, OP_TODAY, OP_UNKNOWN},
        {OP_MOVE, OP_NOT, OP_NEG, OP_MOVE}, {OP_LOADK, OP_INPUT, OP_RESULT, OP_SECRET},
        {OP_ANSWER, OP_EVENT, OP_RESULT, OP_INPUT}, {OP_TASK, OP_AWAIT, OP_POLL, OP_ACTION}};
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
        for (int i = 0; i < 4; i++)
            if (groups[g][i] == op)
                return groups[g][random_below(r, 4)];
    return random_below(r, OP_COUNT);
}

static uint32_t mutate_word(const Base *b, const Field *f, uint32_t i, Random *r)
{
    const ProgFunc *fn = &b->p->funcs[f->func];
    unsigned op = ins_op(i), a = ins_a(i), x = ins_b(i), y = ins_c(i);
    VmShape shape = op < OP_COUNT ? vm_opcode_shape(op) : SHAPE_N;
    switch (random_below(r, 10)) {
    case 0: return OP_NOP;
    case 1: return ins_abc((VmOpcode)like_opcode(op, r), a, x, y);
    case 2:
        if (shape == SHAPE_AS || shape == SHAPE_S)
            return ins_ax((VmOpcode)op, a, random_below(r, 8));
        if (shape == SHAPE_AX || shape == SHAPE_X)
            return ins_ax((VmOpcode)op, a, random_below(r, fn->consts_count + 1));
        return ins_abc((VmOpcode)op, a, x, random_below(r, 16));
    case 3: return i ^ UINT32_C(1) << random_below(r, 32);
    case 4: return ins_abc((VmOpcode)op, random_below(r, fn->regs_count + 1), x, y);
    case 5:
    case 6: return (i & ~UINT32_C(0xff00)) | (uint32_t)like_register(b, fn, a, r) << 8;
    case 7:
        if (shape == SHAPE_AB || shape == SHAPE_ABC)
            return ins_abc((VmOpcode)op, a, like_register(b, fn, x, r), y);
        return OP_NOP;
    default:
        if (shape == SHAPE_ABC)
            return ins_abc((VmOpcode)op, a, x, like_register(b, fn, y, r));
        return OP_NOP;
    }
}

static void mutate_code(const Base *b, char *m, Random *r)
{
    const Field *f = &b->code[random_below(r, b->n_code)];
    /* Swapping neighbours and doubling one keep operands that belong together. */
    if (random_below(r, 8) == 0 && f->pc + 1 < b->p->funcs[f->func].code_count) {
        uint32_t one = get_u32(m + f->at), two = get_u32(m + f->at + 4);
        put_u32(m + f->at, two);
        put_u32(m + f->at + 4, random_below(r, 2) == 0 ? one : two);
        return;
    }
    put_u32(m + f->at, mutate_word(b, f, get_u32(m + f->at), r));
}

static void put_wide(char *m, int64_t v)
{
    put_u32(m, (uint32_t)(uint64_t)v);
    put_u32(m + 4, (uint32_t)((uint64_t)v >> 32));
}

static void mutate_const(const Base *b, char *m, Random *r)
{
    const Field *f = &b->consts[random_below(r, b->n_consts)];
    char *row = m + f->at - 8; /* tag, scale, num, text */
    uint32_t tag = get_u32(row);
    if (tag == V_TEXT)
        put_u32(row + 16, random_below(r, b->p->n_strings));
    else if (tag == V_BOOL)
        put_wide(row + 8, 1 - (int64_t)get_u32(row + 8));
    else
        put_wide(row + 8, random_number(r));
}

static void mutate_field(const Base *b, char *m, Random *r)
{
    const Field *f = &b->fields[random_below(r, b->n_fields)];
    uint32_t small = random_below(r, 4);
    switch (f->kind) {
    case F_NUMBER: put_u32(m + f->at, small); break;
    case F_WIDE:
    case F_CONST: put_wide(m + f->at, random_number(r)); break;
    case F_OPT:
        put_u32(m + f->at, small == 0 ? PROG_NONE : random_below(r, f->bound));
        break;
    case F_ENUM:
    case F_REF:
    case F_TEXT:
    case F_FIRST: put_u32(m + f->at, random_below(r, f->bound)); break;
    case F_COUNT: put_u32(m + f->at, random_below(r, f->bound + 1)); break;
    case F_CODE: put_u32(m + f->at, (uint32_t)random_next(r)); break;
    }
}

/* Bytes without regard to what they mean. The new length. */
static size_t mutate_bytes(char *m, size_t n, size_t room, Random *r)
{
    uint32_t at = random_below(r, (uint32_t)n);
    switch (random_below(r, 4)) {
    case 0: m[at] = (char)(m[at] ^ (1 << random_below(r, 8))); return n;
    case 1: m[at] = (char)random_next(r); return n;
    case 2: return at;
    default: {
        size_t more = 1 + random_below(r, 8);
        if (n + more > room)
            return n;
        memmove(m + at + more, m + at, n - at);
        return n + more;
    }
    }
}

static size_t mutate(const Base *b, char *m, size_t room, Random *r)
{
    size_t n = b->bytes.n;
    memcpy(m, b->bytes.p, n);
    for (uint32_t k = 1 + random_below(r, 2); k > 0 && n == b->bytes.n; k--) {
        uint32_t pick = random_below(r, 100);
        if (pick < 50)
            mutate_code(b, m, r);
        else if (pick < 75 && b->n_consts > 0)
            mutate_const(b, m, r);
        else if (pick < 94)
            mutate_field(b, m, r);
        else
            n = mutate_bytes(m, n, room, r);
    }
    return n;
}

/* --- the trial --------------------------------------------------------------------- */

typedef struct Counts {
    uint64_t all, same, unread, refused, passed;
} Counts;

static void write_back(Program *p, Str bytes)
{
    Buf again = {0};
    if (prog_write(p, &again) != GATE_OK || !str_eq(buf_view(&again), bytes)) {
        fprintf(stderr, "mutants: a program does not write as it was read\n");
        abort();
    }
    buf_free(&again);
}

static void dump(const Program *p)
{
    Buf out = {.max = 1 << 20};
    prog_dump(p, &out);
    buf_free(&out);
}

static void trial(const Base *b, char *m, size_t n, Random *r, Arena *arena, Counts *c)
{
    enum { FUEL = 2000 };
    Program *p = NULL;
    Str bytes = {m, n};
    c->all++;
    if (str_eq(bytes, b->bytes)) {
        c->same++;
        return;
    }
    GateStatus s = prog_read(bytes, &p, NULL);
    if (s != GATE_OK) {
        c->unread++;
        return;
    }
    if ((c->all & 255) == 0) {
        write_back(p, bytes);
        dump(p);
    }
    bool ok = prog_verify(p, NULL) == GATE_OK;
    arena_reset(arena);
    if (ok) {
        c->passed++;
        run_functions(p, r, arena, true, FUEL);
    } else {
        c->refused++;
        /* The interpreter stands on its own feet: what was refused may fail,
         * but break nothing. */
        if ((c->all & 7) == 0)
            run_functions(p, r, arena, false, FUEL);
    }
    prog_free(p);
}

/* --- programs to begin with ----------------------------------------------------------- */

static void use_program(Base *b, const char *name, Compilation *c)
{
    Buf bytes = {0}, why = {0};
    b->name = name;
    if (c->program == NULL || prog_write(c->program, &bytes) != GATE_OK ||
        prog_verify(c->program, &why) != GATE_OK) {
        Buf text = {0};
        diag_print_text(&c->diags, false, &text);
        fprintf(stderr, "mutants: %s: %s\n%s", name, buf_z(&why), buf_z(&text));
        exit(1);
    }
    b->bytes = buf_view(&bytes);
    if (prog_read(b->bytes, &b->p, &why) != GATE_OK)
        exit(1);
    map_fields(b);
    for (uint32_t i = 0; i < b->n_fields; i++) {
        if (b->fields[i].kind != F_CONST)
            continue;
        if (b->n_consts++ == 0)
            b->consts = &b->fields[i];
    }
    /* Rows of constants have four fields; pack their numbers together. */
    Field *packed = must(mem_realloc(NULL, 0, (b->n_consts + 1) * sizeof *packed));
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n_fields; i++)
        if (b->fields[i].kind == F_CONST)
            packed[n++] = b->fields[i];
    b->consts = packed;
    compile_free(c);
}

static uint32_t load_bases(Base *bases, int argc, char **argv)
{
    const CompileOptions emit = {.flags = COMPILE_EMIT};
    uint32_t n = 0;
    Compilation c;
    Buf why = {0};
    for (int i = 1; i < argc && n < BASES; i++) {
        if (argv[i][0] == '-') {
            i++;
            continue;
        }
        if (compile_file_with(argv[i], &emit, &c, &why) != GATE_OK) {
            fprintf(stderr, "mutants: %s\n", buf_z(&why));
            exit(1);
        }
        use_program(&bases[n++], argv[i], &c);
    }
    return n;
}

static uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 10);
    return otherwise;
}

static void drop_bases(Base *bases, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        prog_free(bases[i].p);
        mem_realloc(bases[i].fields, 1, 0);
        mem_realloc(bases[i].consts, 1, 0);
        mem_realloc((void *)(uintptr_t)bases[i].bytes.p, 1, 0);
    }
}

int main(int argc, char **argv)
{
    static Base bases[BASES];
    uint64_t count = option(argc, argv, "--count", 100000);
    Random random = {option(argc, argv, "--seed", 1) * UINT64_C(0x9e3779b97f4a7c15) | 1};
    uint32_t n = load_bases(bases, argc, argv);
    if (n == 0) {
        fputs("usage: mutants [--count N] [--seed S] PLAN.gate...\n", stderr);
        return 2;
    }
    Arena *arena = must(arena_new(1 << 20));
    size_t room = 0;
    Counts c = {0};
    for (uint32_t i = 0; i < n; i++)
        room = bases[i].bytes.n + 64 > room ? bases[i].bytes.n + 64 : room;
    char *m = must(mem_realloc(NULL, 0, room));
    /* A change that changes nothing is no mutant. */
    while (c.all - c.same < count) {
        const Base *b = &bases[random_below(&random, n)];
        size_t size = mutate(b, m, room, &random);
        trial(b, m, size, &random, arena, &c);
    }
    uint64_t mutants = c.all - c.same;
    double share = mutants == 0 ? 0 : 100.0 * (double)c.passed / (double)mutants;
    bool ok = c.passed * 100 >= mutants * LEAST_PASSING && mutants > 0;
    printf("%s 1 - %llu mutants of %u programs (seed %llu): %.1f %% passed the verifier and ran, "
           "%llu refused by it, %llu not readable; the least is %d %%\n",
           ok ? "ok" : "not ok", (unsigned long long)mutants, n,
           (unsigned long long)option(argc, argv, "--seed", 1), share,
           (unsigned long long)c.refused, (unsigned long long)c.unread, LEAST_PASSING);
    mem_realloc(m, room, 0);
    arena_free(arena);
    drop_bases(bases, n);
    return ok ? 0 : 1;
}
