/* Owns: the bytes of a compiled program, written and read. Every field comes
 * from program.def; none is named here. Must not know: what a row means
 * (verify.c), how it is printed (dump.c). */
#include "vm/core/program.h"

#include <assert.h>
#include <string.h>

#include "vm/os/limits.h"

static const char magic[8] = {'G', 'A', 'T', 'E', 'P', 'R', 'O', 'G'};

/* Bytes of one row in the file, by table; and the number of tables. */
#define STRING(name) + 4
#define TABLE(Row, plural) enum { BYTES_##Row = 0
#define U32(name) + 4
#define I64(name) + 8
#define ENUM(name, limit) + 4
#define REF(name, plural) + 4
#define OPT(name, plural) + 4
#define RANGE(name, plural) + 8
#define END(Row) };
#include "vm/core/program.def"

enum {
    TABLES = 0
#define TABLE(Row, plural) + 1
#include "vm/core/program.def"
};

/* --- writing --------------------------------------------------------------- */

static void put_u32(Buf *out, uint32_t v)
{
    unsigned char b[4] = {(unsigned char)v, (unsigned char)(v >> 8),
                          (unsigned char)(v >> 16), (unsigned char)(v >> 24)};
    buf_put(out, b, sizeof b);
}

static void put_i64(Buf *out, int64_t v)
{
    put_u32(out, (uint32_t)(uint64_t)v);
    put_u32(out, (uint32_t)((uint64_t)v >> 32));
}

#define TABLE(Row, plural)                                              \
    static void put_##plural(const Program *p, Buf *out)                \
    {                                                                   \
        put_u32(out, p->n_##plural);                                    \
        for (uint32_t i = 0; i < p->n_##plural; i++) {                  \
            const Prog##Row *row = &p->plural[i];
#define U32(name) put_u32(out, row->name);
#define I64(name) put_i64(out, row->name);
#define ENUM(name, limit) put_u32(out, row->name);
#define REF(name, plural) put_u32(out, row->name);
#define OPT(name, plural) put_u32(out, row->name);
#define RANGE(name, plural)                                             \
    put_u32(out, row->name##_first);                                    \
    put_u32(out, row->name##_count);
#define STRING(name) put_u32(out, row->name);
#define END(Row)                                                        \
        }                                                               \
    }
#include "vm/core/program.def"

/* false: more than a program may have. */
static bool put_strings(const Program *p, Buf *out)
{
    size_t total = 0;
    for (uint32_t i = 0; i < p->n_strings; i++)
        total += p->strings[i].n; /* each is in memory: the sum fits */
    if (total > LIM_PROGRAM_BYTES)
        return false;
    put_u32(out, p->n_strings);
    put_u32(out, (uint32_t)total);
    for (uint32_t i = 0; i < p->n_strings; i++)
        put_u32(out, (uint32_t)p->strings[i].n);
    for (uint32_t i = 0; i < p->n_strings; i++)
        buf_str(out, p->strings[i]);
    return true;
}

GateStatus prog_write(Program *p, Buf *out)
{
    size_t start = out->n;
    buf_put(out, magic, sizeof magic);
    put_u32(out, PROG_VERSION);
    put_u32(out, TABLES);
#define TABLE(Row, plural) put_##plural(p, out);
#include "vm/core/program.def"
    if (!put_strings(p, out))
        return GATE_E_LIMIT;
    put_u32(out, p->n_code);
    for (uint32_t i = 0; i < p->n_code; i++)
        put_u32(out, p->code[i]);
    put_u32(out, p->name);
    put_u32(out, p->title);
    put_u32(out, p->doc);
    put_u32(out, p->file);
    if (out->failed)
        return GATE_E_MEMORY;
    if (out->n - start > LIM_PROGRAM_BYTES)
        return GATE_E_LIMIT;
    p->hash = hash_bytes(out->p + start, out->n - start);
    return GATE_OK;
}

/* --- reading --------------------------------------------------------------- */

typedef struct In {
    const unsigned char *p, *end;
    Program *prog;
    Buf *why;
    GateStatus status;
} In;

/* Always false: the first cause is the end. */
static bool refuse(In *in, GateStatus status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool refuse(In *in, GateStatus status, const char *fmt, ...)
{
    if (in->why != NULL) {
        va_list ap;
        va_start(ap, fmt);
        buf_vprintf(in->why, fmt, ap);
        va_end(ap);
    }
    in->status = status;
    return false;
}

static uint32_t load_u32(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static uint32_t next_u32(In *in)
{
    uint32_t v = load_u32(in->p);
    in->p += 4;
    return v;
}

static int64_t next_i64(In *in)
{
    uint64_t low = next_u32(in), v = (uint64_t)next_u32(in) << 32 | low;
    /* Two's complement without a conversion the standard leaves open. */
    return v <= INT64_MAX ? (int64_t)v : -(int64_t)(UINT64_MAX - v) - 1;
}

static bool take_u32(In *in, uint32_t *out, const char *what)
{
    *out = 0;
    if (in->end - in->p < 4)
        return refuse(in, GATE_E_FORMAT, "the program ends inside of its %s",
                      what);
    *out = next_u32(in);
    return true;
}

/* Number of rows, then room for them. The bytes must be there before anything
 * is allocated: memory stays proportional to the input. */
static void *take_rows(In *in, const char *what, size_t row_bytes,
                       size_t row_size, uint32_t *count)
{
    uint32_t n = 0;
    if (!take_u32(in, &n, what))
        return NULL;
    if (n > (size_t)(in->end - in->p) / row_bytes) {
        refuse(in, GATE_E_FORMAT, "the program ends inside of its %s", what);
        return NULL;
    }
    void *rows = arena_array(in->prog->arena, row_size, n);
    if (rows == NULL)
        refuse(in, GATE_E_MEMORY, "there is no memory left for the program");
    *count = n;
    return rows;
}

#define TABLE(Row, plural)                                              \
    static bool take_##plural(In *in)                                   \
    {                                                                   \
        Program *p = in->prog;                                          \
        p->plural = take_rows(in, #plural, BYTES_##Row,                 \
                              sizeof *p->plural, &p->n_##plural);       \
        if (p->plural == NULL)                                          \
            return false;                                               \
        for (uint32_t i = 0; i < p->n_##plural; i++) {                  \
            Prog##Row *row = &p->plural[i];
#define U32(name) row->name = next_u32(in);
#define I64(name) row->name = next_i64(in);
#define ENUM(name, limit) row->name = next_u32(in);
#define REF(name, plural) row->name = next_u32(in);
#define OPT(name, plural) row->name = next_u32(in);
#define RANGE(name, plural)                                             \
    row->name##_first = next_u32(in);                                   \
    row->name##_count = next_u32(in);
#define STRING(name) row->name = next_u32(in);
#define END(Row)                                                        \
        }                                                               \
        return true;                                                    \
    }
#include "vm/core/program.def"

static bool take_strings(In *in)
{
    Program *p = in->prog;
    uint32_t n = 0, total = 0;
    if (!take_u32(in, &n, "texts") || !take_u32(in, &total, "texts"))
        return false;
    size_t left = (size_t)(in->end - in->p);
    if (n > left / 4 || total > left - (size_t)n * 4)
        return refuse(in, GATE_E_FORMAT, "the program ends inside of its texts");
    p->strings = arena_array(p->arena, sizeof *p->strings, n);
    char *bytes = arena_copy(p->arena, in->p + (size_t)n * 4, total);
    if (p->strings == NULL || bytes == NULL)
        return refuse(in, GATE_E_MEMORY,
                      "there is no memory left for the program");
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = next_u32(in);
        if (len > total - used)
            return refuse(in, GATE_E_FORMAT, "text %u of the program is longer "
                          "than all texts together", i);
        p->strings[i] = (Str){bytes + used, len};
        if (!text_ok(p->strings[i]))
            return refuse(in, GATE_E_FORMAT,
                          "text %u of the program is not valid UTF-8", i);
        used += len;
    }
    in->p += total;
    p->n_strings = n;
    if (used != total || n == 0 || p->strings[0].n != 0)
        return refuse(in, GATE_E_FORMAT,
                      "the texts of the program do not add up");
    return true;
}

static bool take_code(In *in)
{
    Program *p = in->prog;
    p->code = take_rows(in, "code", 4, sizeof *p->code, &p->n_code);
    if (p->code == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_code; i++)
        p->code[i] = next_u32(in);
    return true;
}

static bool take_plan(In *in)
{
    Program *p = in->prog;
    uint32_t *fields[] = {&p->name, &p->title, &p->doc, &p->file};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!take_u32(in, fields[i], "name"))
            return false;
        if (*fields[i] >= p->n_strings)
            return refuse(in, GATE_E_FORMAT,
                          "the program's name is not one of its texts");
    }
    if (in->p != in->end)
        return refuse(in, GATE_E_FORMAT,
                      "something stands behind the end of the program");
    return true;
}

static bool outside(In *in, const char *table, uint32_t row, const char *field)
{
    return refuse(in, GATE_E_FORMAT, "%s row %u: `%s` is out of its bounds",
                  table, row, field);
}

/* Once all tables are there: every reference lies inside of its table. */
#define TABLE(Row, plural)                                              \
    static bool check_##plural(In *in)                                  \
    {                                                                   \
        const Program *p = in->prog;                                    \
        const char *table = #plural;                                    \
        for (uint32_t i = 0; i < p->n_##plural; i++) {                  \
            const Prog##Row *row = &p->plural[i];                       \
            (void)row;
#define ENUM(name, limit)                                               \
    if (row->name >= (uint32_t)(limit))                                 \
        return outside(in, table, i, #name);
#define REF(name, plural)                                               \
    if (row->name >= p->n_##plural)                                     \
        return outside(in, table, i, #name);
#define OPT(name, plural)                                               \
    if (row->name >= p->n_##plural && row->name != PROG_NONE)           \
        return outside(in, table, i, #name);
#define RANGE(name, plural)                                             \
    if (row->name##_first > p->n_##plural ||                            \
        row->name##_count > p->n_##plural - row->name##_first)          \
        return outside(in, table, i, #name);
#define STRING(name)                                                    \
    if (row->name >= p->n_strings)                                      \
        return outside(in, table, i, #name);
#define END(Row)                                                        \
        }                                                               \
        (void)table;                                                    \
        return true;                                                    \
    }
#include "vm/core/program.def"

static bool take_all(In *in)
{
    uint32_t version, tables;
    if (in->end - in->p < 16 || memcmp(in->p, magic, sizeof magic) != 0)
        return refuse(in, GATE_E_FORMAT, "this is not a compiled gate program");
    in->p += sizeof magic;
    version = next_u32(in);
    tables = next_u32(in);
    if (version != PROG_VERSION || tables != TABLES)
        return refuse(in, GATE_E_FORMAT, "this program has format version %u; "
                      "this gate reads version %d", version, PROG_VERSION);
#define TABLE(Row, plural)                                              \
    if (!take_##plural(in))                                             \
        return false;
#include "vm/core/program.def"
    if (!take_strings(in) || !take_code(in) || !take_plan(in))
        return false;
#define TABLE(Row, plural)                                              \
    if (!check_##plural(in))                                            \
        return false;
#include "vm/core/program.def"
    return true;
}

GateStatus prog_read(Str bytes, Program **out, Buf *why)
{
    *out = NULL;
    if (bytes.n > LIM_PROGRAM_BYTES) {
        if (why != NULL)
            buf_printf(why, "the program is larger than %d bytes",
                       LIM_PROGRAM_BYTES);
        return GATE_E_LIMIT;
    }
    Arena *arena = arena_new(0);
    Program *p = arena == NULL ? NULL : arena_alloc(arena, sizeof *p);
    if (p == NULL) {
        arena_free(arena);
        return GATE_E_MEMORY;
    }
    p->arena = arena;
    const unsigned char *b = (const unsigned char *)(bytes.n == 0 ? "" : bytes.p);
    In in = {.p = b, .end = b + bytes.n, .prog = p, .why = why};
    if (!take_all(&in)) {
        prog_free(p);
        return in.status;
    }
    p->hash = hash_bytes(b, bytes.n);
    *out = p;
    return GATE_OK;
}

void prog_free(Program *p)
{
    if (p != NULL)
        arena_free(p->arena);
}

/* --- looking up ------------------------------------------------------------ */

Str prog_str(const Program *p, uint32_t index)
{
    return index < p->n_strings ? p->strings[index] : (Str){"", 0};
}

uint32_t prog_find_phase(const Program *p, Str name)
{
    for (uint32_t i = 0; i < p->n_phases; i++)
        if (str_eq(prog_str(p, p->phases[i].name), name))
            return i;
    return PROG_NONE;
}

uint32_t prog_find_action(const Program *p, uint32_t phase, Str name)
{
    if (phase >= p->n_phases)
        return PROG_NONE;
    const ProgPhase *f = &p->phases[phase];
    for (uint32_t i = f->actions_first; i < f->actions_first + f->actions_count;
         i++)
        if (str_eq(prog_str(p, p->actions[i].name), name))
            return i;
    return PROG_NONE;
}

uint32_t prog_find_input(const Program *p, Str name)
{
    for (uint32_t i = 0; i < p->n_inputs; i++)
        if (str_eq(prog_str(p, p->inputs[i].name), name))
            return i;
    return PROG_NONE;
}

int64_t prog_clock_ms(const Program *p, uint32_t duration)
{
    return duration < p->n_durations && p->durations[duration].kind == DUR_CLOCK
               ? p->durations[duration].n
               : -1;
}

bool func_may_read(FuncKind k)
{
    return k != FK_VALUE && k != FK_START && k != FK_RULE;
}

bool func_has_subject(FuncKind k)
{
    return k == FK_MATCH || k == FK_START || k == FK_RULE;
}

/* Members of all subjects, one kind behind the other. */
static const struct {
    unsigned char subject, type;
    const char *name;
} members[] = {
#define MEMBER(subject, name, type, meaning) {SUBJECT_##subject, SUBJECT_IS_##type, #name},
#define ASKED(subject, name, meaning) {SUBJECT_##subject, SUBJECT_IS_NAMES, #name},
#include "vm/core/subjects.def"
};
enum { MEMBERS = sizeof members / sizeof *members };

const char *subject_member(Subject s, uint32_t i, SubjectMember *type)
{
    size_t at = 0;
    while (members[at].subject != (unsigned)s)
        at++;
    at += i;
    if (at >= MEMBERS || members[at].subject != (unsigned)s)
        return NULL;
    *type = (SubjectMember)members[at].type;
    return members[at].name;
}

const char *subject_word(Subject s)
{
    static const char *const words[SUBJECT_COUNT] = {"action", "phase", "gate", "task", "check"};
    return words[s];
}

bool undo_calls(ActionUndo k)
{
    return k == AU_PLAN || k == AU_TOOL;
}

const char *effect_word(Effect e)
{
    static const char *const words[EFF_COUNT] = {"reads", "tells", "changes",
                                                 "destroys"};
    assert((unsigned)e < EFF_COUNT);
    return words[e];
}

int effect_level(Effect e, bool undo_exact, Reach reach, bool many,
                 uint32_t *people)
{
    /* one object, many, tenant-wide */
    static const unsigned char levels[3][3] = {
        {0, 1, 2}, /* changes, undo exact */
        {1, 2, 2}, /* changes, undo compensates or none */
        {2, 2, 2}, /* destroys */
    };
    int column = reach == REACH_TENANT ? 2 : reach == REACH_MANY || many;
    int row = e == EFF_DESTROYS ? 2 : undo_exact ? 0 : 1;
    int level = e == EFF_READS || e == EFF_TELLS ? 0 : levels[row][column];
    *people = level < 2 ? 0 : e == EFF_DESTROYS && column > 0 ? 2 : 1;
    return level;
}
