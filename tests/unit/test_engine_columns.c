/* Every column of the program format: what the engine does with it, or refuses.
 * A new column fails here until somebody has said which, so that nothing in a
 * program is passed over in silence. */
#include <stdlib.h>

#include "tests/unit/test_engine_world.h"

#include "vm/engine/later.h"

/* A line a table, its columns in their order, each with a letter:
 *   d  done, tested or shown by engine, interpreter or effects
 *   h  of the host's files: done where they are put together (policy.c)
 *   q  of a calendar: its hours are asked for by policies
 *   i  for people who plan, and for readers: nothing is done by it
 *   v  has no force here: of host files alone, where it stands in a plan (design 5)
 *   lN refused by later.c where it is N
 *   r  a row of the table is refused, whatever it says */
static const struct { const char *row, *columns; } tables[] = {
    {"Type", "kind:d elem:d fields:d"}, {"Field", "name:d type:d"},
    {"Const", "tag:d scale:d num:d text:d"}, {"RegType", "type:d"},
    {"Func", "kind:d name:i code:d regs:d consts:d sites:d result:d"},
    {"Param", "name:d type:d flags:d"},
    {"Pack", "name:d version:d hash:d"}, /* packs.c: listed, byte for byte */
    {"Import", "pack:d tool:d from:d effect:d reach:d flags:d undo:d params:d result:d"},
    {"Event", "pack:i name:i from:i result:i"}, /* nothing refers to one but awaits and starts */
    {"Site", "import:d action:d role:d span:i"}, {"Span", "file:d line:d column:d"},
    {"Input", "name:d type:d default_fn:d low_fn:d high_fn:d span:i"},
    {"Role", "name:d title:i people:v"}, {"Name", "text:d"},
    {"Calendar", "name:q title:i zone:q opens:q closed:q holidays:q span:i"},
    {"Open", "is_date:q first_day:q last_day:q date:q from_s:q to_s:q title:i"},
    {"Closed", "first:q last:q title:i"}, {"Holiday", "file:i text:q"},
    {"Duration", "kind:d n:d calendar:d"}, /* business time: see test_engine_later.c */
    {"Moment", "kind:i ms:i calendar:i value_fn:i phase:i milestone:i after:i span:i"}, /* of milestones; others are refused */
    {"During", "calendar:r never:r span:r"},
    {"Need", "phase:d even_if_failed:d group:d"},
    {"Require", "fn:d words_fn:d text:d span:i"}, {"RoleRef", "role:d"},
    {"Show", "label:d phase:d action:d check:d task:i await:i ask:i"}, /* those three are refused themselves */
    {"Ask", "name:i type:i phase:i task:i span:i"}, /* of a task, or of a gate: both are refused, see test_engine_later.c */
    {"Return", "phase:r most:r span:r"}, {"Vary", "action:r param:r span:r"},
    {"Advice", "name:r holds:r span:r"},
    {"Gate", "level:l3 question_fn:d who:d quorum:d by:d within:d otherwise:l3 again_every:i again_most:i others:i "
             "remind:l0 not_before:l0 good_for:d assure:l3 shows:d asks:i returns:i varies:i advice:i span:i"},
    {"Phase", "name:d title:d title_fn:d doc:d needs:d when_fn:d requires:d estimate_low:i estimate_high:i deadline:l0 "
              "during:i limit:i limit_unit:l1 controls:i gate:d actions:d checks:d tasks:i awaits:i body_fn:d "
              "on_failure:d failure_tell:d failure_start:d only_when_started:d span:i"},
    {"Wave", "percent:i n:i"}, /* of an action's waves, which are refused */
    {"Action", "phase:d together:l1 name:d title:d title_fn:d level:d import:d undo_kind:d undo_import:d "
               "undo_because_fn:d requires:l1 not_before:l0 during:i lock_fn:l0 timeout:d retries:d retry_every:d "
               "is_each:d at_most:d waves:l1 pause:i stop_after:d conditional:d result:d span:i"},
    {"Check", "phase:d name:d title:d title_fn:d fn:l0 hold_for:i within:i every:i span:i"}, /* with fn alone: verified */
    {"Task", "phase:r name:r title:r title_fn:r who:r quorum:r by:r steps_fn:r asks:r shows:r within:r remind:r during:r "
             "undo_fn:r undo_because_fn:r span:r"},
    {"Await", "phase:r name:r event:r where_fn:r within:r otherwise:r span:r"},
    {"Tell", "phase:d to:d"},
    {"Milestone", "name:i title:i needs:i due:i span:i"},
    {"Secret", "name:r source:r of:r span:r"}, {"Alone", "per:r span:r"},
    {"Start", "event:r where_fn:r days:r at_s:r calendar:r sets:r span:r"}, {"Set", "input:i fn:i"}, /* of a start */
    {"Policy", "name:d title:i rules:d span:i"}, {"Rule", "subject:d where_fn:d fn:d words_fn:d text:d span:d"},
    {"Person", "name:h title:h ids:h"}, {"PersonId", "kind:h text:h"},
    {"Grant", "pack:h tool:h args:h"}, {"GrantArg", "name:h fn:h"},
    {"Setting", "name:h fn:h span:i"},
};

typedef struct Column {
    const char *row, *name;
    size_t table, count, size, at, bytes; /* the table in a Program, its row, the column in it */
} Column;

enum { MOST = 512 };
typedef struct Columns { Column all[MOST]; size_t n; } Columns;

static void add(Columns *c, Column one)
{
    assert_true(c->n < MOST);
    c->all[c->n++] = one;
}

/* Of a range, its length. */
#define TABLE(Row, plural)                                                                  \
    static void see_##plural(Columns *c)                                                    \
    {                                                                                       \
        typedef Prog##Row R;                                                                \
        Column one = {#Row, NULL, offsetof(Program, plural), offsetof(Program, n_##plural), \
                      sizeof(R), 0, sizeof(uint32_t)};
#define AT(column, field) one.name = #column, one.at = offsetof(R, field), add(c, one);
#define U32(name) AT(name, name)
#define I64(name) one.bytes = sizeof(int64_t); AT(name, name) one.bytes = sizeof(uint32_t);
#define ENUM(name, limit) AT(name, name)
#define STRING(name) AT(name, name)
#define REF(name, plural) AT(name, name)
#define OPT(name, plural) AT(name, name)
#define RANGE(name, plural) AT(name, name##_count)
#define END(Row) }
#include "vm/core/program.def"

static void all_columns(Columns *c)
{
    c->n = 0;
#define TABLE(Row, plural) see_##plural(c);
#include "vm/core/program.def"
}

/* --- the list is whole ------------------------------------------------------------- */

/* The letter and what stands behind it; NULL: the list has another name there. */
static const char *said(const Columns *c, size_t i)
{
    const char *s = NULL;
    size_t t = 0, place = 0;
    for (size_t k = i; k > 0 && strcmp(c->all[k - 1].row, c->all[i].row) == 0; k--)
        place++;
    while (t < sizeof tables / sizeof *tables && strcmp(tables[t].row, c->all[i].row) != 0)
        t++;
    if (t < sizeof tables / sizeof *tables)
        s = tables[t].columns;
    for (; s != NULL && place > 0; place--) {
        s = strchr(s, ' ');
        s = s == NULL ? NULL : s + 1;
    }
    size_t n = strlen(c->all[i].name);
    return s != NULL && strncmp(s, c->all[i].name, n) == 0 && s[n] == ':' ? s + n + 1 : NULL;
}

static void every_column_is_spoken_of(void **state)
{
    (void)state;
    static Columns c;
    size_t listed = 0;
    all_columns(&c);
    for (size_t i = 0; i < c.n; i++) {
        const char *s = said(&c, i);
        if (s == NULL)
            fail_msg("what does the engine do with %s.%s?", c.all[i].row, c.all[i].name);
        assert_non_null(strchr("dhqivlr", *s));
    }
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const char *s = tables[t].columns; *s != '\0'; s++)
            listed += *s == ':';
    }
    assert_int_equal(listed, c.n);
}

/* --- what is refused is refused ---------------------------------------------------- */

static const char plan[] =
    "edition 1\nplan p \"Plan\"\nrole owner \"Owner\"\n"
    "phase go {\n  gate L2 \"Go?\" by owner within 1d otherwise stop\n"
    "  action change_it { timeout 1m run shell.change { argv = [\"do\"] } undo none because \"gone\" }\n"
    "  check there \"It is there\" { require true }\n}\n";

static void refused(const Program *p, const Column *c)
{
    Buf why = {0};
    if (eng_can_run(p, &why))
        fail_msg("%s.%s is passed over", c->row, c->name);
    assert_non_null(strstr(buf_z(&why), "this version of gate cannot run"));
    buf_free(&why);
}

static void **rows_of(Program *p, const Column *c)
{
    return (void **)(void *)((char *)p + c->table);
}

static uint32_t *count_of(Program *p, const Column *c)
{
    return (uint32_t *)(void *)((char *)p + c->count);
}

static void with_value(Program *p, const Column *c, uint32_t value)
{
    assert_true(*count_of(p, c) > 0);
    assert_int_equal(c->bytes, sizeof(uint32_t));
    char *row = (char *)*rows_of(p, c) + (*count_of(p, c) - 1) * c->size;
    uint32_t *field = (uint32_t *)(void *)(row + c->at), was = *field;
    assert_true(was != value);
    assert_true(eng_can_run(p, NULL));
    *field = value;
    refused(p, c);
    *field = was;
}

static void with_a_row(Program *p, const Column *c)
{
    static const union { char bytes[256]; int64_t align; } nothing; /* every reference is 0 */
    void **rows = rows_of(p, c), *was = *rows;
    assert_int_equal(*count_of(p, c), 0);
    assert_true(c->size <= sizeof nothing);
    *rows = (void *)(uintptr_t)nothing.bytes;
    *count_of(p, c) = 1;
    refused(p, c);
    *rows = was;
    *count_of(p, c) = 0;
}

static void what_is_refused_is_refused(void **state)
{
    (void)state;
    static Columns c;
    size_t values = 0, rows = 0;
    all_columns(&c);
    Program *p = compile_or_die(NULL, plan, 0);
    for (size_t i = 0; i < c.n; i++) {
        const char *s = said(&c, i);
        if (s != NULL && *s == 'l') {
            with_value(p, &c.all[i], (uint32_t)strtoul(s + 1, NULL, 10));
            values++;
        } else if (s != NULL && *s == 'r') {
            with_a_row(p, &c.all[i]);
            rows++;
        }
    }
    assert_true(values > 10 && rows > 30);
    prog_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_spoken_of),
        cmocka_unit_test(what_is_refused_is_refused),
    };
    return cmocka_run_group_tests_name("engine_columns", tests, NULL, NULL);
}
