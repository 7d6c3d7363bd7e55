/* Packs: found, of the right version, believed where the host lists them; what
 * connectors, tools and events become in Sem. Files are of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "compiler/sem.h"

/* --- a world of a few files ----------------------------------------------------- */

typedef struct FakeFile { const char *path, *text; } FakeFile;

static FakeFile files[16];
static uint32_t n_files, n_reads;
static Arena *arena;
static DiagList diags;
static SemOptions options;

static bool read_fake(void *ctx, Str path, Str *text, Arena *a)
{
    (void)ctx;
    n_reads++;
    for (uint32_t i = 0; i < n_files; i++) {
        if (!str_is(path, files[i].path))
            continue;
        *text = arena_str(a, str_of(files[i].text));
        return true;
    }
    return false;
}

static int start(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 28);
    diags = (DiagList){.arena = arena};
    options = (SemOptions){.read_file = read_fake};
    n_files = n_reads = 0;
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void file(const char *path, const char *text)
{
    files[n_files++] = (FakeFile){path, text};
}

static const Sem *check(const char *text)
{
    diags = (DiagList){.arena = arena};
    return sem_check(STR("plans/test.gate"), arena_str(arena, str_of(text)), &options, &diags, arena);
}

static bool has(uint16_t code, const char *words)
{
    for (uint32_t i = 0; i < diags.n; i++)
        if (diags.items[i].code == code && strstr(diags.items[i].message.p, words) != NULL)
            return true;
    return false;
}

static void show(void)
{
    Buf out = {0};
    diag_print_text(&diags, false, &out);
    fputs(buf_z(&out), stderr);
    buf_free(&out);
}

#define CLEAN() do { if (diags.n > 0) show(); assert_int_equal(diags.n, 0); } while (0)
#define HAS(code, words) do { if (!has(code, words)) show(); assert_true(has(code, words)); } while (0)

static const SemTool *tool(const Sem *s, const char *pack, const char *name)
{
    for (uint32_t i = 0; i < s->n_tools; i++)
        if (str_is(s->tools[i].pack, pack) && str_is(s->tools[i].name, name))
            return &s->tools[i];
    return NULL;
}

#define DESK(version) \
    "edition 1\nconnector desk \"The help desk\" {\n  version " version "\n" \
    "  config site: host matches \"*.desk.example\"\n  secret key\n" \
    "  hosts \"*.desk.example\"\n  base \"https://{site}/api\"\n  auth bearer { token = key }\n" \
    "  tool ticket \"Read a ticket\" {\n    takes id: number\n    gives status: text from \"/status\"\n" \
    "    get \"/tickets/{id}\"\n    reads\n  }\n" \
    "  tool close \"Close a ticket\" {\n    takes id: number\n    post \"/tickets/{id}/close\"\n    changes\n" \
    "    undo by reopen { id = id } exact\n  }\n" \
    "  tool reopen \"Open it again\" {\n    takes id: number\n    post \"/tickets/{id}/open\"\n    changes\n  }\n" \
    "  event ticket_closed \"A ticket was closed\" {\n    verify shared_header { name = \"X-Token\", secret = key }\n" \
    "    fetch ticket { id = event.id }\n    gives id: number from \"/id\"\n    gives users: list of email from \"/users\"\n  }\n}\n"

#define PLAN(use) \
    "edition 1\nplan p \"P\"\n" use "\nrole owner \"O\"\n" \
    "phase a \"A\" {\n  require desk.ticket(1).status == \"open\" \"It is open\"\n" \
    "  gate L2 \"Close it?\" by owner within 1d otherwise stop\n" \
    "  action close { run desk.close { id = 1 } }\n}\n"

/* --- finding --------------------------------------------------------------------- */

static void beside_the_plan(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", DESK("1.2"));
    check(PLAN("use desk 1.0"));
    CLEAN();
    files[0].path = "plans/packs/desk/desk.gate";
    check(PLAN("use desk 1.0"));
    CLEAN();
}

static void on_the_pack_path_in_order(void **state)
{
    (void)state;
    Str folders[] = {STR("/opt/one"), STR("/opt/two")};
    options.packs = folders;
    options.n_packs = 2;
    file("/opt/two/desk.gate", DESK("1.7"));
    const Sem *s = check(PLAN("use desk 1.5"));
    CLEAN();
    assert_true(str_is(s->connectors[s->n_connectors - 1].version, "1.7"));
    file("/opt/one/desk.gate", DESK("1.6"));
    s = check(PLAN("use desk 1.5"));
    assert_true(str_is(s->connectors[s->n_connectors - 1].version, "1.6"));
    file("plans/packs/desk.gate", DESK("1.5"));
    s = check(PLAN("use desk 1.5"));
    assert_true(str_is(s->connectors[s->n_connectors - 1].version, "1.5"));
}

/* At least that version, and below the next major one; 10 is more than 9. */
static void versions(void **state)
{
    (void)state;
    static const struct { const char *has, *wants; bool fits; } rows[] = {
        {DESK("1"), "use desk 1", true},       {DESK("1"), "use desk 1.0", true},
        {DESK("1.0"), "use desk 1", true},     {DESK("1.2"), "use desk 1.2", true},
        {DESK("1.2"), "use desk 1.1", true},   {DESK("1.2"), "use desk 1.3", false},
        {DESK("1.10"), "use desk 1.9", true},  {DESK("1.9"), "use desk 1.10", false},
        {DESK("2.0"), "use desk 1.9", false},  {DESK("2.3"), "use desk 2.0", true},
        {DESK("1.99"), "use desk 2", false},   {DESK("0.3"), "use desk 0.2", true},
        {DESK("1.2"), "use desk", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2048];
        snprintf(text, sizeof text, PLAN("%s"), rows[i].wants);
        n_files = 0;
        file("plans/packs/desk.gate", rows[i].has);
        check(text);
        if ((diags.n == 0) != rows[i].fits)
            fprintf(stderr, "# row %zu\n", i);
        assert_int_equal(diags.n == 0, rows[i].fits);
        if (!rows[i].fits)
            HAS(1006, "the pack `desk` is version");
    }
}

/* A plan without `use` looks for nothing, and one pack is read once. */
static void what_is_not_used_is_not_looked_for(void **state)
{
    (void)state;
    check("edition 1\nplan p \"P\"\nuse time 1.0\nphase a \"A\" { check c \"C\" { require time.now().at > 2020-01-01T00:00Z } }\n");
    CLEAN();
    assert_int_equal(n_reads, 0);
    file("plans/packs/desk.gate", DESK("1.2"));
    file("plans/x.gate", "edition 1\nuse desk 1.1\n");
    const Sem *s = check(PLAN("use desk 1.0\nuse x from \"x.gate\"") "phase b \"B\" { needs a check c \"C\" { require x.desk.ticket(2).status == \"open\" } }\n");
    HAS(3013, "a");
    assert_int_equal(n_reads, 2);
    uint32_t desks = 0;
    for (uint32_t i = 0; i < s->n_connectors; i++)
        desks += str_is(s->connectors[i].name, "desk");
    assert_int_equal(desks, 1);
}

static void one_connector_of_a_name(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", DESK("1.2"));
    check(PLAN("use desk 1.0") "connector shell \"Mine\" { }\n");
    HAS(1003, "`shell` is one of gate's own packs");
    check(PLAN("use desk 1.0") "connector desk \"Mine\" { }\n");
    HAS(1003, "there are two packs called `desk`");
    file("plans/x.gate", "edition 1\nconnector desk \"Mine\" { }\n");
    check(PLAN("use desk 1.0\nuse x from \"x.gate\""));
    HAS(1003, "there are two packs called `desk`");
}

static void circles_are_printed(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", "edition 1\nuse book 1.0\n");
    file("plans/packs/book.gate", "edition 1\nuse parts from \"parts.gate\"\n");
    file("plans/packs/parts.gate", "edition 1\nuse desk 1.0\n");
    check(PLAN("use desk 1.0"));
    HAS(1007, "`desk` and this file use each other");
    bool printed = false;
    for (uint32_t i = 0; i < diags.n; i++)
        printed = printed || (diags.items[i].code == 1007 &&
                              str_is(diags.items[i].note, "the circle: desk, book, book:parts.gate, desk"));
    if (!printed)
        show();
    assert_true(printed);
}

/* --- what becomes of it ----------------------------------------------------------- */

/* Whose word an effect is: design 5. */
static void others_are_not_believed(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", DESK("1.2"));
    const Sem *s = check(PLAN("use desk 1.0"));
    CLEAN();
    const SemTool *read = tool(s, "desk", "ticket"), *close = tool(s, "desk", "close");
    assert_true(read->is_get && !read->listed);
    assert_int_equal(read->effect, EFF_READS);
    assert_true(!close->is_get && !close->listed);
    assert_int_equal(close->effect, EFF_DESTROYS);
    assert_int_equal(close->undo, UNDO_COMPENSATES); /* it said exact */
    assert_ptr_equal(&s->tools[close->undo_tool], tool(s, "desk", "reopen"));
    assert_int_equal(close->n_undo_args, 1);
    assert_int_equal(s->actions[0].undo_kind, AU_TOOL);
    assert_int_equal(s->actions[0].level, 2);
}

static void events_give_records(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", DESK("1.2"));
    const Sem *s = check(PLAN("use desk 1.0"));
    assert_int_equal(s->n_events, 1);
    const SemEvent *e = &s->events[0];
    assert_true(str_is(e->pack, "desk") && str_is(e->name, "ticket_closed"));
    const SemTypeInfo *t = &s->types[e->result];
    assert_int_equal(t->kind, TK_RECORD);
    assert_int_equal(t->n_fields, 2);
    assert_int_equal(t->fields[0].type, TK_NUMBER);
    assert_int_equal(s->types[t->fields[1].type].kind, TK_LIST);
    assert_int_equal(s->types[t->fields[1].type].elem, TK_EMAIL);
    assert_true(str_is(s->connectors[e->connector].name, "desk"));
    assert_int_equal(s->connectors[e->connector].n_configs, 2);
}

static void an_event_is_no_tool(void **state)
{
    (void)state;
    file("plans/packs/desk.gate", DESK("1.2"));
    check("edition 1\nplan p \"P\"\nuse desk 1.0\nrole owner \"O\"\nphase a \"A\" {\n"
          "  action x { run desk.ticket_closed { } }\n}\n");
    HAS(1002, "`desk.ticket_closed` is an event, not a tool");
    check("edition 1\nplan p \"P\"\nuse desk 1.0\nuse x from \"x.gate\"\nrole owner \"O\"\nphase a \"A\" {\n"
          "  action x { run x.owner { } }\n}\n");
    HAS(1006, "\"x.gate\" cannot be read");
    file("plans/x.gate", "edition 1\nrole owner \"O\"\n");
    check("edition 1\nplan p \"P\"\nuse x from \"x.gate\"\nphase a \"A\" {\n"
          "  action x { run x.owner { } }\n}\n");
    HAS(1001, "there is no pack called `owner`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, start, done)
        T(beside_the_plan),
        T(on_the_pack_path_in_order),
        T(versions),
        T(what_is_not_used_is_not_looked_for),
        T(one_connector_of_a_name),
        T(circles_are_printed),
        T(others_are_not_believed),
        T(events_give_records),
        T(an_event_is_no_tool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
