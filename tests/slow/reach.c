/* Owns: what the language has, form by form, and which of it was met. Must not
 * know: what a form means. */
#include "tests/slow/reach.h"

#include <stdio.h>
#include <string.h>

/* A letter a kind, to write down which of them a form takes (language 3). */
static const char letters[REACH_KINDS + 1] = "?ubnptzdDTiLlr"; /* as SlowKind */
static const char *const kind_words[REACH_KINDS] = {
    "absent", "unknown", "bool", "number", "percent", "text", "size", "duration", "date", "time",
    "instant", "level", "list", "record"};

#define ALL_SAME "bb nn pp tt zz dd DD TT ii LL ll rr"
#define ORDERED_SAME "nn pp zz dd DD TT ii LL"
#define ALL "bnptzdDTiLlr"
#define ORDERED "npzdDTiL"

/* Left and right of each operator. A list's own items stand before or behind it. */
static const struct { const char *word, *pairs; } ops[REACH_OPS] = {
    [BIN_OR] = {"or", "bb"}, [BIN_AND] = {"and", "bb"},
    [BIN_EQ] = {"==", ALL_SAME}, [BIN_NE] = {"!=", ALL_SAME},
    [BIN_LT] = {"<", ORDERED_SAME}, [BIN_LE] = {"<=", ORDERED_SAME},
    [BIN_GT] = {">", ORDERED_SAME}, [BIN_GE] = {">=", ORDERED_SAME},
    [BIN_IN] = {"in", "tt bl nl pl tl zl dl Dl Tl il Ll ll rl"},
    [BIN_CONTAINS] = {"contains", "tt lb ln lp lt lz ld lD lT li lL ll lr"},
    [BIN_RANGE] = {"..", ""}, /* of declarations alone */
    [BIN_WITHOUT] = {"without", "ll lb ln lp lt lz ld lD lT li lL lr"},
    [BIN_ADD] = {"+", "nn pp zz dd tt ll Dd id"},
    [BIN_SUB] = {"-", "nn pp zz dd DD ii Dd id"},
    [BIN_MUL] = {"*", "nn np pn nz zn nd dn pz zp pd dp"},
    [BIN_DIV] = {"/", "nn zz dd zn dn"},
};

/* of: kinds that it takes alone; of_items: kinds of a list's items. */
static const struct { const char *word, *of, *of_items; } rows[] = {
    {"-", "npzd", ""}, {"not", "b", ""}, {"if", ALL, ""}, {"every", "", ALL}, {"some", "", ALL},
    {"index", "", ALL}, {"in a text", "bnptzdDTiL", "bnptzdDTiL"},
    {"default, there", "ntzdDTiLlr", ""}, {"default, missing", "?", ""},
    {"count", "", ALL}, {"sum", "", "nzd"}, {"min", ORDERED, ORDERED}, {"max", ORDERED, ORDERED},
    {"any", "", "b"}, {"all", "", "b"}, {"first", "", ALL}, {"last", "", ALL}, {"round", "n", ""},
    {"round to", "n", ""}, {"lower", "t", ""}, {"upper", "t", ""}, {"starts_with", "t", ""},
    {"ends_with", "t", ""}, {"matches", "t", ""}};
enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert((int)ROWS <= (int)REACH_ROWS, "rows");

/* Leaves, and what is written in one of several ways. */
static const uint16_t nodes[] = {
    SYN_NAME, SYN_INT, SYN_DECIMAL, SYN_PERCENT, SYN_SIZE, SYN_DURATION, SYN_TIME, SYN_DATE, SYN_INSTANT,
    SYN_LEVEL, SYN_TEXT, SYN_TEXTI, SYN_ARGS, SYN_BINARY, SYN_NOT, SYN_NEG, SYN_QUANT, SYN_IF, SYN_MEMBER,
    SYN_CALL, SYN_INDEX, SYN_LIST, SYN_PAREN};
static const struct { uint16_t kind; const char *has; bool ends; } marks[] = {
    {SYN_SIZE, "KB", 1}, {SYN_SIZE, "MB", 1}, {SYN_SIZE, "GB", 1}, {SYN_SIZE, "TB", 1}, {SYN_SIZE, "PB", 1},
    {SYN_SIZE, "KiB", 1}, {SYN_SIZE, "MiB", 1}, {SYN_SIZE, "GiB", 1}, {SYN_SIZE, "TiB", 1}, {SYN_SIZE, "PiB", 1},
    {SYN_SIZE, "0B", 1}, {SYN_SIZE, ".", 0}, {SYN_DURATION, "w", 0}, {SYN_DURATION, "d", 0}, {SYN_DURATION, "h", 0},
    {SYN_DURATION, "m", 1}, {SYN_DURATION, "ms", 1}, {SYN_DURATION, "0s", 1}, {SYN_INSTANT, "Z", 1},
    {SYN_INSTANT, "+", 0}, {SYN_INSTANT, "-05:30", 1}, {SYN_LEVEL, "L0", 1}, {SYN_LEVEL, "L1", 1}, {SYN_LEVEL, "L2", 1},
    {SYN_LEVEL, "L3", 1}, {SYN_NAME, "now", 1}, {SYN_NAME, "today", 1}, {SYN_TEXT, "\"\"\"\n", 0}, {SYN_TEXT, "\\n", 0},
    {SYN_TEXT, "\\t", 0}, {SYN_TEXT, "\\{", 0}, {SYN_TEXT, "\\\"", 0}, {SYN_TEXT, "\\\\", 0}, {SYN_TEXT, "\xc3\xa4", 0},
    {SYN_TEXTI, "\"\"\"\n", 0}, {SYN_PERCENT, ".", 0}, {SYN_INT, "9223372036854775807", 1}};
enum { MARKS = sizeof marks / sizeof *marks };
_Static_assert((int)MARKS <= (int)REACH_ROWS, "marks");

static bool has(Str s, const char *what, bool at_end)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.n; i++)
        if ((!at_end || i + n == s.n) && memcmp(s.p + i, what, n) == 0)
            return true;
    return false;
}

void reach_node(SlowReach *reach, uint16_t kind, Str text)
{
    if (reach == NULL)
        return;
    reach->nodes[kind]++;
    for (size_t i = 0; i < MARKS; i++)
        reach->marks[i] += marks[i].kind == kind && has(text, marks[i].has, marks[i].ends);
}

void reach_op(SlowReach *reach, uint16_t op, const Slow *a, const Slow *b)
{
    if (reach != NULL)
        reach->ops[op][a->kind][b->kind]++;
}

void reach_row(SlowReach *reach, Str name, const Slow *of)
{
    for (size_t i = 0; reach != NULL && i < ROWS; i++) {
        if (!str_is(name, rows[i].word))
            continue;
        reach->rows[i].of[of->kind]++;
        if (of->kind == SLOW_LIST && of->n > 0)
            reach->rows[i].of_items[of->items[0].kind]++;
    }
}

/* --- told ------------------------------------------------------------------------- */

static uint32_t kind_of(char letter)
{
    return (uint32_t)(strchr(letters, letter) - letters);
}

/* Whether all of these were met; prints those that were not. */
static bool all_met(const char *what, const char *kinds, const unsigned long *n)
{
    bool all = true;
    for (const char *k = kinds; *k != '\0'; k++) {
        if (n[kind_of(*k)] > 0)
            continue;
        printf("# never: %s %s\n", what, kind_words[kind_of(*k)]);
        all = false;
    }
    return all;
}

static void put_kinds(const char *of, const unsigned long *n)
{
    for (uint32_t k = 0; k < REACH_KINDS; k++)
        if (n[k] > 0)
            printf(" %s%s %lu", of, kind_words[k], n[k]);
}

static bool print_ops(const SlowReach *reach)
{
    bool all = true;
    for (uint32_t op = 0; op < REACH_OPS; op++) {
        if (op == BIN_RANGE)
            continue;
        printf("# %s:", ops[op].word);
        for (uint32_t a = 0; a < REACH_KINDS; a++)
            for (uint32_t b = 0; b < REACH_KINDS; b++)
                if (reach->ops[op][a][b] > 0)
                    printf(" %s%s%s %lu", kind_words[a], a == b ? "" : " with ", a == b ? "" : kind_words[b],
                           reach->ops[op][a][b]);
        printf("\n");
        for (const char *p = ops[op].pairs; *p != '\0'; p += p[2] == ' ' ? 3 : 2) {
            uint32_t a = kind_of(p[0]), b = kind_of(p[1]);
            if (reach->ops[op][a][b] > 0)
                continue;
            printf("# never: %s %s %s\n", kind_words[a], ops[op].word, kind_words[b]);
            all = false;
        }
    }
    return all;
}

bool reach_print(const SlowReach *reach)
{
    bool all = true;
    printf("# forms:");
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        printf(" %s %lu", syn_kind_name(nodes[i]), reach->nodes[nodes[i]]);
    printf("\n# ways to write them:");
    for (size_t i = 0; i < MARKS; i++)
        printf(" %s %s%.*s %lu", syn_kind_name(marks[i].kind), marks[i].ends ? ".." : "",
               (int)strcspn(marks[i].has, "\n"), marks[i].has, reach->marks[i]);
    printf("\n");
    all = print_ops(reach);
    for (size_t i = 0; i < ROWS; i++) {
        printf("# %s:", rows[i].word);
        put_kinds("", reach->rows[i].of);
        put_kinds("list of ", reach->rows[i].of_items);
        printf("\n");
        all = all_met(rows[i].word, rows[i].of, reach->rows[i].of) && all;
        all = all_met(rows[i].word, rows[i].of_items, reach->rows[i].of_items) && all;
    }
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        if (reach->nodes[nodes[i]] > 0)
            continue;
        printf("# never: %s\n", syn_kind_name(nodes[i]));
        all = false;
    }
    for (size_t i = 0; i < MARKS; i++) {
        if (reach->marks[i] > 0)
            continue;
        printf("# never: %s with %.*s\n", syn_kind_name(marks[i].kind), (int)strcspn(marks[i].has, "\n"), marks[i].has);
        all = false;
    }
    return all;
}
