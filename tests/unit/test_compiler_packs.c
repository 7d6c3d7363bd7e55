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

static FakeFile files[LIM_USE_DEPTH + 1];
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
    "  tool reopen \"Open it again\" {\n    takes id: number\n    post \"/tickets/{id}/open\"\n    changes\n    repeatable\n  }\n" \
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
    assert_int_equal(n_reads, 3); /* and whether there is a gate.lock */
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

/* LIM_USE_DEPTH files in a row, and one more. */
static void a_long_row_of_files(void **state)
{
    (void)state;
    enum { MOST = LIM_USE_DEPTH + 1 };
    static char paths[MOST][32], texts[MOST][64];
    for (int i = 0; i < MOST; i++) {
        snprintf(paths[i], sizeof paths[i], "plans/f%d.gate", i);
        snprintf(texts[i], sizeof texts[i], "edition 1\nuse f from \"f%d.gate\"\n", i + 1);
        file(paths[i], texts[i]);
    }
    files[LIM_USE_DEPTH - 1].text = "edition 1\n";
    check("edition 1\nuse f from \"f0.gate\"\n");
    CLEAN();
    files[LIM_USE_DEPTH - 1].text = texts[LIM_USE_DEPTH - 1];
    files[LIM_USE_DEPTH].text = "edition 1\n";
    check("edition 1\nuse f from \"f0.gate\"\n");
    assert_int_equal(diags.n, 1);
    HAS(1007, "is used through too many files");
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

/* What the image is read with is believed when it is a GET: anything else could
 * do something before anybody was asked, and is no way back then. */
static void an_image_that_is_no_get(void **state)
{
    (void)state;
    static const char plan[] =
        "edition 1\nplan p \"P\"\nuse desk 1.0\nrole owner \"O\"\nphase a \"A\" {\n"
        "  gate L2 \"Close it?\" by owner within 1d otherwise stop\n"
        "  action close { run desk.close { id = 1 } timeout 1m }\n}\n";
    static const char pack[] =
        "edition 1\nconnector desk \"D\" {\n  version 1.0\n  hosts \"d.example\"\n  base \"https://d.example\"\n"
        "  tool look \"L\" { takes id: number gives status: number %s \"/look/{id}\" reads }\n"
        "  tool close \"C\" { takes id: number post \"/close/{id}\" changes before look undo by open_again { id = before.status } }\n"
        "  tool open_again \"O\" { takes id: number post \"/open/{id}\" changes repeatable }\n}\n";
    static char text[2][1024];
    snprintf(text[0], sizeof text[0], pack, "get");
    snprintf(text[1], sizeof text[1], pack, "post");
    file("plans/packs/desk.gate", text[0]);
    const Sem *s = check(plan);
    CLEAN();
    assert_int_equal(tool(s, "desk", "close")->undo, UNDO_COMPENSATES);
    files[0].text = text[1];
    s = check(plan);
    assert_int_equal(tool(s, "desk", "close")->undo, UNDO_NONE);
    assert_int_equal(diags.n, 1);
    HAS(6001, "nothing says how to take it back");
    assert_non_null(strstr(diags.items[0].note.p, "its own way back begins with `desk.look`"));
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

/* --- every clause ------------------------------------------------------------------ */

/* A whole connector; %s: more of it, of the tool `set`, of the event. */
#define DESK_PARTS \
    "edition 1\nconnector desk \"The help desk\" {\n" \
    "  config site: host matches \"*.desk.example\"\n  config region: one of \"eu\", \"us\"\n" \
    "  config tenant: text\n  config addr: host\n  secret key\n  hosts \"*.desk.example\", \"login-eu.example.org\", \"127.0.0.1\"\n" \
    "  %s\n" \
    "  tool me \"Who am I?\" { gives name: text from \"/name\" get \"/me\" reads }\n" \
    "  tool ticket \"Read a ticket\" { takes id: number gives status: number from \"/status\" gives tags: list of text " \
    "get \"/tickets/{id}\" reads }\n" \
    "  tool statuses \"All\" { gives all: list of { id: number name: text } get \"/statuses\" reads }\n" \
    "  tool set \"Set\" { takes id: number takes pin: secret takes many: list of text\n%s\n}\n" \
    "  event changed \"It has changed\" { gives id: number from \"/id\" %s }\n}\n"
#define BASE "base \"https://{site}/api\" "
#define POST "post \"/tickets/{id}\" changes "
#define GOT "verify shared_header { name = \"X-T\", secret = key } fetch ticket { id = event.id } "

static void check_parts(const char *connector, const char *of_tool, const char *of_event)
{
    char text[4096];
    assert_true(snprintf(text, sizeof text, DESK_PARTS, connector, of_tool, of_event) < (int)sizeof text);
    check(text);
}

/* What is right gives nothing at all. */
static void right_clauses(void **state)
{
    (void)state;
    uint32_t bad = 0;
    static const char *const rows[][3] = {
        {BASE, POST, GOT},
        {"base \"https://{tenant}.desk.example/x\"", POST, GOT},
        {"base \"https://a.desk.example:8443\"", POST, GOT},
        {"base \"http://127.0.0.1:8080\" ", POST, GOT},
        {"discover me { }", POST, GOT},
        {BASE "probe me { }", POST, GOT},
        {BASE "version 1.4 vendor \"D\" docs \"https://d.example\" redact \"pass*\", \"/a/b\"", POST, GOT},
        {BASE "auth none", POST, GOT},
        {BASE "auth basic { user = \"{tenant}+{key}\", password = key }", POST, GOT},
        {BASE "auth headers { x_key = key, user_name = tenant }", POST, GOT},
        {BASE "auth bearer { token = \"{key}\" }", POST, GOT},
        {BASE "auth query_key { name = \"k\", value = key }", POST, GOT},
        {BASE "auth oauth2_client_credentials { url = \"https://login-eu.example.org/t\", id = key, secret = key, scope = \"all\", params = { a = tenant } }", POST, GOT},
        {BASE "auth oauth2_password { url = \"https://{site}/t\", user = key, password = key, id = \"public\", client_auth = \"basic\" }", POST, GOT},
        {BASE "auth oauth2_refresh { url = \"https://{site}/t\", token = key, id = key }", POST, GOT},
        {BASE "auth url_secret { url = key }", POST, GOT},
        {BASE "page link { rel = \"next\" }", POST, GOT},
        {BASE "page next_url { from = \"/next\", max_pages = 3 }", POST, GOT},
        {BASE "page number { number = \"p\", size = \"s\", total = \"/n\", most = 100 }", POST, GOT},
        {BASE "page last_id { parameter = \"after\", from = \"/items/0/id\" }", POST, GOT},
        {BASE "page delta { next = \"/n\", link = \"/d\", reset = 410 }", POST, GOT},
        {BASE "errors { message = \"\", code = \"/a~1b\", rejected = [429, 503], refused = 500, request_id = \"X-Id\" }", POST, GOT},
        {BASE "limits { parallel = 3 }", POST, GOT},
        {BASE "limits { reads = 3, per = 1h, scope = \"entity\", reserve = 50%, remaining = \"X-Left\" }", POST, GOT},
        {BASE "headers { client_id = key, accept = \"x/{tenant}\" }", POST, GOT},
        {BASE, POST "keyed header \"Idempotency-Key\" timeout 30s lock \"t{id}\" reach many", GOT},
        {BASE, POST "body form { id = id, pin = pin } accept 200, 204", GOT},
        {BASE, POST "body json { \"camelCase\" = id } query { \"$filter\" = \"x\" } headers { \"X-Under_Score\" = tenant }", GOT},
        {BASE, POST "body raw \"{id}\"", GOT},
        {BASE, POST "body raw pin headers { x_pin = pin }", GOT},
        {BASE, POST "body json [1, \"a\", { p = pin, many = many }]", GOT},
        {BASE, POST "body json_patch [{ op = \"add\", path = \"/a\", value = many }, { op = \"add\", path = \"/b\", value = 1 }]", GOT},
        {BASE, POST "query { many = many, id = id, tenant = tenant, deep = true }", GOT},
        {BASE, POST "takes status: number among statuses takes name: text among statuses", GOT},
        {BASE, POST "gives job: text await ticket { id = id } until ticket.status == 3 every 10s within 5m", GOT},
        {BASE, POST "gives id: number await ticket { id = result.id } until ticket.status > result.id", GOT},
        {BASE, POST "before ticket undo by set { id = before.status, pin = pin, many = before.tags } exact", GOT},
        {BASE, POST "lookup ticket { id = id } repeatable", GOT},
        {"", "exec [\"./x.sh\", \"{id}\"] reads", GOT},
        {BASE "version 2.1", POST "since 2.1 deprecated \"use me instead\" deprecated many \"leave it out\"", GOT},
        {BASE, POST, "poll statuses { } every 5m"},
        {BASE, POST, GOT "tenant \"/t\" dedupe \"/m\" reply 202 echo event.id == 0 handshake echo_query { name = \"v\" }"},
        {BASE, POST, "verify hmac { algorithm = \"sha1\", header = \"X-S\", key_url = \"/u\", key_from = \"/k\" } fetch ticket { id = event.id }"},
        {BASE, POST, "verify client_state { from = \"/s\", secret = key } fetch ticket { id = event.id } "
                     "subscribe set { id = 1, pin = key, many = [\"{callback}\"] } unsubscribe set { id = 1, pin = key, many = [] }"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *connector = rows[i][0];
        char with[512];
        /* The other tools make requests, too. */
        snprintf(with, sizeof with, "%s%s", connector[0] == '\0' ? BASE : "", connector);
        check_parts(with, rows[i][1], rows[i][2]);
        if (diags.n > 0) {
            fprintf(stderr, "# row %zu\n", i);
            show();
        }
        bad += diags.n > 0;
    }
    assert_int_equal(bad, 0);
}

/* What is wrong gives this one report. */
typedef struct Wrong { const char *connector, *tool, *event; uint16_t code; const char *words; } Wrong;

/* Each is reported once, and nothing else. */
static void all_wrong(const Wrong *rows, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        check_parts(rows[i].connector, rows[i].tool, rows[i].event);
        if (diags.n != 1 || !has(rows[i].code, rows[i].words)) {
            fprintf(stderr, "# row %zu: %s | %s | %s\n", i, rows[i].connector, rows[i].tool, rows[i].event);
            show();
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

/* A connector: its address, what it is told, its secrets. */
static const Wrong of_connectors[] = {
    {"", POST, GOT, 15, "does not say where its requests go"},
    {BASE BASE, POST, GOT, 21, "`base` is said twice"},
    {BASE "auth none auth none", POST, GOT, 21, "`auth` is said twice"},
    {BASE "version 1 version 2", POST, GOT, 21, "`version` is said twice"},
    {"base \"ftp://a.desk.example\"", POST, GOT, 2007, "can never be right here"},
    {"base \"http://a.desk.example\"", POST, GOT, 2007, "can never be right here"},
    {"base \"https://\"", POST, GOT, 2007, "can never be right here"},
    {"base \"https://desk.example.org/x\"", POST, GOT, 2007, "`desk.example.org` is none of the connector's own hosts"},
    {"base \"https://a.b.desk.example/x\"", POST, GOT, 2007, "is none of the connector's own hosts"},
    {"base \"https://login-{region}.example.org\"", POST, GOT, 2007, "`login-us.example.org` is none"},
    {"base \"https://{addr}/x\"", POST, GOT, 2007, "the address could be any host"},
    {"base \"https://x{tenant}/x\"", POST, GOT, 2007, "the address could be any host"},
    {"base \"{addr}\"", POST, GOT, 2007, "the address could be any host"},
    {"base \"https://{tenent}.desk.example/x\"", POST, GOT, 1001, "there is nothing called `tenent` here"},
    {"base \"https://{site}/{key}\"", POST, GOT, 7001, "a secret cannot stand here"},
    {BASE "hosts \"*.example.org\"", POST, GOT, 21, "`hosts` is said twice"},
    {BASE "config a: number matches \"x\"", POST, GOT, 2001, "only a text can look like something"},
    {BASE "config a: text matches \"a b\"", POST, GOT, 2007, "no value can look like this"},
    {BASE "config a: secret", POST, GOT, 2001, "a config is one plain value"},
    {BASE "config a: list of text", POST, GOT, 2001, "a config is one plain value"},
    {BASE "config key: text", POST, GOT, 1003, "`key` is declared twice"},
    {BASE "redact \"/a~b\"", POST, GOT, 2007, "can never be right here"},
    {BASE "probe set { id = 1, pin = key, many = [] }", POST, GOT, 1002, "a tool that only reads is needed here"},
    {BASE "probe mee { }", POST, GOT, 1010, "`desk` has no tool `mee`"},
    {BASE "probe ticket { }", POST, GOT, 2002, "`desk.ticket` needs `id`"},
};

static void a_connector_says_each_thing_once_and_rightly(void **state)
{
    (void)state;
    all_wrong(of_connectors, sizeof of_connectors / sizeof *of_connectors);
}

/* Kinds and members of its clauses: auth, page, errors, limits, headers. */
static const Wrong of_kinds[] = {
    {BASE "auth basc { user = tenant }", POST, GOT, 1001, "gate knows no way to sign a request called `basc`"},
    {BASE "auth basic { user = tenant }", POST, GOT, 2002, "`auth basic` needs `password`"},
    {BASE "auth basic", POST, GOT, 2002, "`auth basic` needs `user`"},
    {BASE "auth basic { usr = tenant, password = key }", POST, GOT, 2003, "`auth basic` takes nothing called `usr`"},
    {BASE "auth basic { user = tenant, user = tenant, password = key }", POST, GOT, 2004, "`user` is given twice"},
    {BASE "auth basic { user = tenant, password = \"hunter2\" }", POST, GOT, 2001, "`password` takes a secret, but this is a text"},
    {BASE "auth basic { user = 3, password = key }", POST, GOT, 2001, "`user` takes a text or a secret"},
    {BASE "auth basic { user = id, password = key }", POST, GOT, 1001, "there is nothing called `id` here"},
    {BASE "auth none { x = tenant }", POST, GOT, 2003, "`auth none` takes nothing called `x`"},
    {BASE "auth oauth2_refresh { url = \"https://x.example.com/t\", token = key, id = key }", POST, GOT, 2007, "`x.example.com` is none"},
    {BASE "auth oauth2_refresh { url = \"https://{site}/t\", token = key, id = key, client_auth = \"bsic\" }", POST, GOT, 2013, "\"bsic\" is not among the choices"},
    {BASE "auth query_key { name = key, value = key }", POST, GOT, 7001, "a secret cannot stand here"},
    {BASE "page nmber { number = \"p\" }", POST, GOT, 1001, "gate knows no way to cut a list into pages called `nmber`"},
    {BASE "page cursor { parameter = \"p\", from = \"next\" }", POST, GOT, 2007, "can never be right here"},
    {BASE "page cursor { parameter = \"p\", from = \"/a{tenant}\" }", POST, GOT, 2007, "can never be right here"},
    {BASE "page number { number = 3 }", POST, GOT, 2001, "`number` must be a text"},
    {BASE "page number { number = \"p\", max_items = \"x\" }", POST, GOT, 2001, "`max_items` must be a number"},
    {BASE "errors { mesage = \"/m\" }", POST, GOT, 2003, "`errors` takes nothing called `mesage`"},
    {BASE "errors { rejected = 42 }", POST, GOT, 2007, "42 can never be right here"},
    {BASE "errors { rejected = [429, 600] }", POST, GOT, 2007, "600 can never be right here"},
    {BASE "errors { rejected = \"429\" }", POST, GOT, 2001, "`rejected` takes a status, or a list of them"},
    {BASE "errors { request_id = \"X Id\" }", POST, GOT, 2007, "can never be right here"},
    {BASE "limits { reads = 3 }", POST, GOT, 2002, "`limits` needs `per`"},
    {BASE "limits { reads = 3, per = 60 }", POST, GOT, 2001, "`per` must be a duration"},
    {BASE "limits { parallel = 3, reserve = 50 }", POST, GOT, 2001, "`reserve` must be a percent"},
    {BASE "headers { a = 3 }", POST, GOT, 2001, "`a` takes a text or a secret"},
};

static void kinds_and_members_are_those_that_are_known(void **state)
{
    (void)state;
    all_wrong(of_kinds, sizeof of_kinds / sizeof *of_kinds);
}

/* A tool: how it is done, what it sends, how it is taken back. */
static const Wrong of_tools[] = {
    {BASE, "changes", GOT, 15, "the tool `set` does not say how it is done"},
    {BASE, "post \"/x\"", GOT, 15, "the tool `set` does not say what it does to the world"},
    {BASE, POST "get \"/y\"", GOT, 21, "a tool says once how it is done"},
    {BASE, POST "reads", GOT, 21, "a tool says once what it does to the world"},
    {BASE, "native reads", GOT, 18, "only gate's own packs have tools that are `native`"},
    {BASE, POST "takes id: text", GOT, 1003, "`id` is taken twice"},
    {BASE, POST "gives a: text gives a: text", GOT, 1003, "`a` is given twice"},
    {BASE, POST "gives a: text from \"a\"", GOT, 2007, "can never be right here"},
    {BASE, POST "gives a: text from \"/a~2\"", GOT, 2007, "can never be right here"},
    {BASE, POST "gives a: text from \"/x/*/y\"", GOT, 2001, "`*` finds a list, but this is a text"},
    {BASE, "post \"tickets\" changes", GOT, 2007, "this can never be the path of a request"},
    {BASE, "post \"{id}/x\" changes", GOT, 2007, "this can never be the path of a request"},
    {BASE, "post \"/t?x={id}\" changes", GOT, 2007, "this can never be the path of a request"},
    {BASE, "post \"/t/../x\" changes", GOT, 2007, "this can never be the path of a request"},
    {BASE, "post \"/t/{ide}\" changes", GOT, 1001, "there is nothing called `ide` here"},
    {BASE, "post \"/t/{many}\" changes", GOT, 2001, "a path takes one value here"},
    {BASE, "post \"/t/{pin}\" changes", GOT, 7001, "a secret cannot stand here"},
    {BASE, "post \"/t/{key}\" changes", GOT, 7001, "a secret cannot stand here"},
    {BASE, "get \"/t\" body json { id = id } reads", GOT, 18, "`body` belongs to a request that sends something"},
    {BASE, "exec [\"./x\"] body raw \"x\" changes", GOT, 18, "`body` belongs to a request over HTTP"},
    {BASE, "exec [] reads", GOT, 15, "`exec` names no program"},
    {BASE, "exec [\"{id}\"] reads", GOT, 7005, "the program of a tool is written out"},
    {BASE, "exec [\"../x\"] reads", GOT, 2007, "a tool's program stands in the pack's own folder"},
    {BASE, "exec [\"./x\", id] reads", GOT, 2001, "an item of `exec` must be a text"},
    {BASE, "exec [\"./x\", pin] reads", GOT, 7001, "a secret cannot stand here"},
    {BASE, POST "body jsn { id = id }", GOT, 1001, "gate knows no body called `jsn`"},
    {BASE, POST "body json { id = key }", GOT, 7001, "a secret cannot stand here"},
    {BASE, POST "body json [{ id = [key] }]", GOT, 7001, "a secret cannot stand here"},
    {BASE, POST "body form { id = many }", GOT, 2001, "`form` takes values that have a form as text"},
    {BASE, POST "body form \"x\"", GOT, 2001, "`body form` takes names with values"},
    {BASE, POST "body raw 3", GOT, 2001, "`raw` takes a text"},
    {BASE, POST "body json_patch { op = \"add\" }", GOT, 2001, "`body json_patch` takes a list"},
    {BASE, POST "body json_patch [{ op = 3, path = \"/a\", value = 1 }]", GOT, 2001, "op must be a text"},
    {BASE, POST "body json_patch [{ op = \"add\", pth = \"/a\", value = 1 }]", GOT, 2001, "takes op, path and value"},
    {BASE, POST "query { x = pin }", GOT, 7001, "a secret cannot stand here"},
    {BASE, POST "headers { \"X Y\" = tenant }", GOT, 2007, "can never be right here"},
    {BASE, POST "body json { id = { \"a\" = keyy } }", GOT, 1001, "there is nothing called `keyy` here"},
    {BASE, POST "undo by set { id = id, \"pin\" = pin, many = many }", GOT, 2003, "takes nothing called `\"pin\"`"},
    {BASE, POST "accept 200, 999", GOT, 2007, "999 is no status of HTTP"},
    {BASE, POST "keyed header \"X Key\"", GOT, 2007, "can never be right here"},
    {BASE, POST "timeout 2 business hours", GOT, 18, "business time belongs to a plan"},
    {BASE, POST "lock id", GOT, 2001, "a lock must be a text"},
    {BASE, POST "timeout 1s timeout 2s", GOT, 21, "`timeout` is said twice"},
    {BASE, POST "reach many reach tenant", GOT, 21, "`reach` is said twice"},
    {BASE, POST "takes s: number among me", GOT, 2001, "gives no list in which a number could be found"},
    {BASE, POST "takes s: bool among statuses", GOT, 2001, "gives no list in which true or false could be found"},
    {BASE, POST "takes s: number among ticket", GOT, 2002, "`ticket` needs `id`"},
    {BASE, POST "takes s: number among statusses", GOT, 1010, "`desk` has no tool `statusses`"},
    {BASE, POST "takes s: number = \"x\"", GOT, 2001, "the default must be a number"},
    {BASE, POST "lookup set { id = 1, pin = pin, many = many }", GOT, 1002, "a tool that only reads is needed here"},
    {BASE, POST "lookup ticket { id = \"x\" }", GOT, 2001, "`id` takes a number, but this is a text"},
    {BASE, POST "before set", GOT, 1002, "a tool that only reads is needed here"},
    {BASE, POST "undo by unset { }", GOT, 1010, "`desk` has no tool `unset`"},
    {BASE, POST "undo by set { id = wrong.status, pin = pin, many = many }", GOT, 1001, "there is nothing called `wrong` here"},
    {BASE, POST "undo by set { id = id, pin = pin, many = [tenant] }", GOT, 1001, "there is nothing called `tenant` here"},
    {BASE, POST "before ticket undo by set { id = before.staus, pin = pin, many = many }", GOT, 1001, "there is no member `staus`"},
    {BASE, POST "undo by set { id = time.now().at, pin = pin, many = many }", GOT, 18, "it cannot call `time.now`"},
    {BASE, POST "await ticket { id = id } until ticket.status", GOT, 2001, "what stands behind `until` must be true or false"},
    {BASE, POST "await ticket { id = id } until tickt.status == 1", GOT, 1001, "there is nothing called `tickt` here"},
    {BASE, POST "await ticket { id = id } every 2 business days", GOT, 18, "business time belongs to a plan"},
    {BASE, POST "deprecated idd \"x\"", GOT, 1001, "this tool takes nothing called `idd`"},
    {BASE, POST "since 1.2", GOT, 2007, "a pack without a `version` has none to count from"},
    {BASE "version 1.1", POST "since 1.2", GOT, 2007, "this pack is only version 1.1"},
};

static void a_tool_says_each_thing_once_and_rightly(void **state)
{
    (void)state;
    all_wrong(of_tools, sizeof of_tools / sizeof *of_tools);
}

/* An event: who sends it, what is read again, what is answered. */
static const Wrong of_events[] = {
    {BASE, POST, "", 15, "the event `changed` does not say how it comes"},
    {BASE, POST, "verify none", 15, "does not say which tool reads again"},
    {BASE, POST, GOT "verify none", 21, "`verify` is said twice"},
    {BASE, POST, "verify hmc { } fetch ticket { id = event.id }", 1001, "gate knows no way to prove a sender called `hmc`"},
    {BASE, POST, "verify hmac { algorithm = \"md5\", header = \"X\", key = key } fetch ticket { id = event.id }", 2013, "\"md5\" is not among the choices"},
    {BASE, POST, "verify hmac { algorithm = \"sha1\", header = \"X\" } fetch ticket { id = event.id }", 2002, "`verify hmac` needs `key`"},
    {BASE, POST, "verify hmac { algorithm = \"sha1\", header = \"X\", key_url = \"/u\" } fetch ticket { id = event.id }", 2002, "needs `key_from`"},
    {BASE, POST, GOT "tenant \"t\"", 2007, "can never be right here"},
    {BASE, POST, GOT "dedupe \"t\"", 2007, "can never be right here"},
    {BASE, POST, "verify none fetch ticket { id = event.idd }", 1001, "there is no member `idd`"},
    {BASE, POST, "verify none fetch set { id = event.id, pin = key, many = [] }", 1002, "a tool that only reads is needed here"},
    {BASE, POST, GOT "reply 404", 2007, "is answered that it has come"},
    {BASE, POST, GOT "echo event.id", 2001, "what stands behind `echo` must be true or false"},
    {BASE, POST, GOT "handshake echo { name = \"x\" }", 1001, "gate knows no answer to a first contact called `echo`"},
    {BASE, POST, "poll statuses { } every 2 business days", 18, "business time belongs to a plan"},
    {BASE, POST, GOT "unsubscribe set { id = subscription.id, pin = key, many = [] }", 1001, "there is nothing called `subscription` here"},
    {BASE, POST, GOT "gives id: text", 1003, "`id` is given twice"},
};

static void an_event_says_each_thing_once_and_rightly(void **state)
{
    (void)state;
    all_wrong(of_events, sizeof of_events / sizeof *of_events);
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
        T(a_long_row_of_files),
        T(others_are_not_believed),
        T(an_image_that_is_no_get),
        T(events_give_records),
        T(an_event_is_no_tool),
        T(right_clauses),
        T(a_connector_says_each_thing_once_and_rightly),
        T(kinds_and_members_are_those_that_are_known),
        T(a_tool_says_each_thing_once_and_rightly),
        T(an_event_says_each_thing_once_and_rightly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
