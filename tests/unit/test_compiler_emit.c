/* From a plan to code that the verifier takes and that computes what the plan
 * says. Expressions run as the `require` of a phase, against a host by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "vm/core/json.h"
#include "vm/core/vm.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

static Compilation compiled(const char *plan, int flags)
{
    Compilation c;
    assert_int_equal(compile_source(STR("some/where/test.gate"), str_of(plan), flags, &c), GATE_OK);
    return c;
}

/* Compiled, read back, verified; errors of the plan fail the test. */
static Program *program_of(const char *plan, int flags)
{
    Compilation c = compiled(plan, flags | COMPILE_EMIT);
    Buf text = {0};
    if (c.program == NULL) {
        diag_print_text(&c.diags, false, &text);
        fail_msg("%s\n%s", plan, buf_z(&text));
    }
    Program *p = c.program;
    c.program = NULL;
    compile_free(&c);
    if (prog_verify(p, &text) != GATE_OK)
        fail_msg("%s\nrefused: %s", plan, buf_z(&text));
    buf_free(&text);
    return p;
}

/* --- expressions ------------------------------------------------------------------- */

typedef struct World {
    Value see;     /* result of the action before.see */
    Value read;    /* what every reading tool gives */
    VmAnswer read_answer;
    uint32_t calls;
} World;

static VmAnswer on_call(void *ctx, const VmCall *c, Value *result)
{
    World *w = ctx;
    w->calls++;
    *result = w->read;
    assert_int_equal(c->action, PROG_NONE);
    return w->read_answer;
}

static VmAnswer on_result(void *ctx, uint32_t action, Value *result)
{
    (void)action;
    *result = ((World *)ctx)->see;
    return VM_READY;
}

#define PLAN_HEAD                                                              \
    "edition 1\nplan test \"Test\"\n"                                          \
    "input n: number = 7\ninput half: number = 0.5\ninput share: percent = 10%\n" \
    "input names: list of text = [\"ann\", \"bob\"]\ninput none: list of text = []\n" \
    "input nums: list of number = [3, 1, 2]\ninput room: size = 10GB\n"        \
    "input wait: duration = 90s\ninput day: date = 2026-12-24\n"               \
    "input at: instant = 2026-12-24T18:00Z\ninput hour: time = 08:00\n"        \
    "input mode: one of \"fast\", \"slow\" = \"fast\"\ninput go: bool = true\n" \
    "input mail: email = \"ann@example.org\"\n"                                \
    "let twice = n * 2\nlet quad = twice + twice\n"                            \
    "phase before \"Before\" {\n  needs nothing\n"                             \
    "  action see { when go run file.read { path = \"x\" } }\n"                \
    "  action all { run shell.query { argv = [\"ls\"] } }\n}\n"                \
    "phase here \"Here\" {\n  needs before\n"

static Value default_of(const Program *p, uint32_t input, Arena *arena)
{
    VmRun run = {.program = p, .func = p->inputs[input].default_fn, .now_ms = 0, .arena = arena,
                 .fuel = 1000};
    assert_int_equal(vm_run(&run), VM_ENDED);
    return run.result;
}

static void value_of(const char *expr, World *w, char *out, size_t size)
{
    char plan[4096];
    snprintf(plan, sizeof plan, "%s  require %s\n}\n", PLAN_HEAD, expr);
    Program *p = program_of(plan, 0);
    Arena *arena = arena_new(0);
    Value inputs[32];
    assert_true(p->n_inputs <= 32);
    for (uint32_t i = 0; i < p->n_inputs; i++)
        inputs[i] = default_of(p, i, arena);
    VmHost host = {.ctx = w, .call = on_call, .result = on_result};
    VmRun run = {.program = p, .func = p->requires[0].fn, .inputs = inputs,
                 .now_ms = INT64_C(1795543500000), .host = &host, .arena = arena, .fuel = LIM_FUEL};
    VmOutcome o = vm_run(&run);
    Buf b = {0};
    if (o == VM_ENDED)
        val_print(run.result, &b);
    snprintf(out, size, "%s", o == VM_ENDED ? buf_z(&b) : o == VM_SUSPENDED ? "waits" : run.error);
    buf_free(&b);
    arena_free(arena);
    prog_free(p);
}

static void expressions(void **state)
{
    (void)state;
    static const struct { const char *expr, *want; } rows[] = {
        {"n == 7", "true"}, {"n != 7", "false"}, {"n > 6 and n < 8", "true"}, {"n >= 8 or n <= 6", "false"},
        {"not (n == 7)", "false"}, {"-n == 0 - 7", "true"}, {"n / 2 == 3.5", "true"},
        {"n * half == 3.5", "true"}, {"quad == 28", "true"}, {"share * n == 0.7", "true"},
        {"n * share == 0.7", "true"}, {"10% * wait == 9s", "true"}, {"wait + 30s == 2m", "true"},
        {"wait / 30s == 3", "true"}, {"wait / 2 == 45s", "true"}, {"room - 1GB == 9GB", "true"},
        {"day + 7d == 2026-12-31", "true"}, {"day - 2026-12-01 == 23d", "true"},
        {"at - 1h == 2026-12-24T17:00Z", "true"}, {"hour < 09:00", "true"}, {"today < day", "true"},
        {"now < at", "true"}, {"\"ann\" in names", "true"}, {"names contains \"zoe\"", "false"},
        {"\"nn\" in \"ann\"", "true"}, {"count(names) == 2", "true"}, {"sum(nums) == 6", "true"},
        {"min(nums) == 1 and max(nums) == 3", "true"}, {"min(n, 3, 5) == 3", "true"},
        {"max(1s, wait) == wait", "true"}, {"round(n / 3) == 2", "true"}, {"round(n / 3, 2) == 2.33", "true"},
        {"first(names) == \"ann\" and last(names) == \"bob\"", "true"}, {"names[1] == \"bob\"", "true"},
        {"lower(\"AbC\") == \"abc\" and upper(mail) != mail", "true"},
        {"starts_with(mail, \"ann\") and ends_with(mail, \".org\")", "true"}, {"matches(mail, \"*@*.org\")", "true"},
        {"any([n > 9, go]) and not all([n > 9, go])", "true"}, {"names + [\"cid\"] == [\"ann\", \"bob\", \"cid\"]", "true"},
        {"names without \"ann\" == [\"bob\"]", "true"}, {"names without [\"bob\", \"x\"] == [\"ann\"]", "true"},
        {"\"{n} and {names}\" == \"7 and ann, bob\"", "true"}, {"\"{share}|{wait}|{room}|{day}|{go}\" == \"10%|1m30s|10GB|2026-12-24|true\"", "true"},
        {"\"a\" + mail == \"aann@example.org\"", "true"}, {"(if n > 3 then \"big\" else mode) == \"big\"", "true"},
        {"(if n < 3 then mode else mail) == mail", "true"}, {"mode == \"fast\"", "true"},
        {"(every x in nums satisfies (x > 0))", "true"}, {"(every x in nums satisfies (x > 1))", "false"},
        {"(some x in nums satisfies (x > 2))", "true"}, {"(some x in nums satisfies (x > 3))", "false"},
        {"(every x in none satisfies false)", "true"}, {"(some x in none satisfies true)", "false"},
        {"(every x in nums satisfies ((some y in [3, 1, 2] satisfies (y == 4 - x))))", "true"},
        {"(every x in names satisfies ((some y in [3, 1, 2] satisfies (y == 9)) or x != \"\"))", "true"},
        {"names[2] == \"\"", "there is no item of that number in a list of 2 items; the first is item 0"},
        {"1 / (n - 7) == 1", "a division by zero"}, {"first(none) == \"\"", "first of an empty list"},
        /* short circuits: what stands behind is not computed */
        {"n == 7 or names[9] == \"\"", "true"}, {"n != 7 and names[9] == \"\"", "false"},
        {"(if go then true else names[9] == \"\")", "true"},
        {"(some x in nums satisfies (x == 3 or names[9] == \"\"))", "true"},
        /* a literal list of more than one piece, a text of more than one piece */
        {"count([1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35]) == 35", "true"},
        {"sum([1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35]) == 630", "true"},
        {"\"{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n},{n}\" == \"7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7\"", "true"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[256];
        World w = {0};
        value_of(rows[i].expr, &w, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: wanted `%s`, got `%s`", rows[i].expr, rows[i].want, got);
    }
}

/* see is {text, size}: absent when its action was skipped, unknown while staged. */
static void absent_and_unknown(void **state)
{
    (void)state;
    static const struct { const char *expr, *there, *absent, *unknown; } rows[] = {
        {"default(before.see.text, \"none\") == \"out\"", "true", "false", "(not known yet)"},
        {"default(before.see.text, \"none\") == \"none\"", "false", "true", "(not known yet)"},
        {"default(upper(before.see.text), \"none\") == \"OUT\"", "true", "false", "(not known yet)"},
        {"default(default(before.see.text, before.see.text + \"x\"), \"inner\") == \"inner\"", "false", "true", "(not known yet)"},
        {"(some x in [default(before.see.text, \"-\")] satisfies (x == \"-\"))", "false", "true", "(not known yet)"},
        {"(every x in names satisfies (default(before.see.text, x) != \"\"))", "true", "true", "(not known yet)"},
        {"default(before.see.text, \"none\") == \"out\" and go", "true", "false", "(not known yet)"},
        {"default(before.see.text, \"none\") == \"out\" or go", "true", "true", "(not known yet)"},
        {"(if default(before.see.text, \"none\") == \"out\" then go else not go)", "true", "false", "(not known yet)"},
        /* a later element settles what an unknown one left open */
        {"(every x in [default(before.see.text, \"-\") != \"\", false] satisfies x)", "false", "false", "(not known yet)"},
        {"(some x in nums satisfies (x == 2 or x == 3 and default(before.see.text, \"-\") == \"\"))", "true", "true", "true"},
    };
    Value members[2] = {val_text(STR("out")), val_make(V_SIZE, 3)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *want[3] = {rows[i].there, rows[i].absent, rows[i].unknown};
        Value see[3] = {{.tag = V_RECORD, .len = 2, .u.items = members}, {.tag = V_ABSENT}, {.tag = V_UNKNOWN}};
        for (int k = 0; k < 3; k++) {
            char got[256];
            World w = {.see = see[k]};
            value_of(rows[i].expr, &w, got, sizeof got);
            if (strcmp(got, want[k]) != 0)
                fail_msg("%s (%d): wanted `%s`, got `%s`", rows[i].expr, k, want[k], got);
        }
    }
}

static void reading_tools(void **state)
{
    (void)state;
    Value members[2] = {val_text(STR("out")), val_make(V_SIZE, 3)};
    char got[256];
    World w = {.read = {.tag = V_RECORD, .len = 2, .u.items = members}};
    value_of("file.read(\"a\").text == \"out\" and file.read(\"b\").size == 3B", &w, got, sizeof got);
    assert_string_equal(got, "true");
    assert_int_equal(w.calls, 2);
    w = (World){.read_answer = VM_WAIT};
    value_of("go and file.read(\"a\").text == \"out\" and file.read(\"b\").size == 3B", &w, got, sizeof got);
    assert_string_equal(got, "waits");
    assert_int_equal(w.calls, 1);
    w = (World){.read = {.tag = V_UNKNOWN}};
    value_of("(every x in names satisfies (file.read(x).text == \"out\"))", &w, got, sizeof got);
    assert_string_equal(got, "(not known yet)");
    assert_int_equal(w.calls, 2);
}

/* --- bodies -------------------------------------------------------------------------- */

static const char steps[] =
    "edition 1\nplan steps_plan \"Steps\"\n## Kept as it stands.\n"
    "input hosts: list of text = [\"a\", \"b\"]\ninput go: bool = true\n"
    "role owner \"Owner\" is ann, bob\nrole lead \"Lead\"\n"
    "phase look \"Look\" {\n  needs nothing\n  when go\n"
    "  require go \"It is {go}\"\n  require count(hosts) > 0 \"There are hosts\"\n  require not not go\n"
    "  action read_it { run shell.query { argv = [\"ls\"] } }\n}\n"
    "## Doc of change.\nphase change \"Change\" {\n  needs look\n"
    "  gate L2 \"Change {count(hosts)}?\" by all of owner, lead within 1d otherwise stop show look.read_it\n"
    "  action each_host {\n    when go\n    each h in hosts at most 2 at once\n"
    "    run shell.change { argv = [\"do\", h], dir = \"d\" }\n    undo shell.change { argv = [\"undo\", h] }\n"
    "    timeout 1m\n  }\n"
    "  action write { run file.write { path = \"out\", text = \"{hosts}\" } }\n"
    "  action wipe { run shell.destroy { argv = [\"rm\", first(hosts)] } undo none because \"{hosts} are gone\" }\n"
    "  check fine \"Fine\" { require go\n require count(hosts) > 1 }\n"
    "  tell lead \"done: {count(hosts)}\"\n  on failure stop then tell owner\n}\n";

static bool lists(const Program *p, const char *line)
{
    Buf out = {0};
    prog_dump(p, &out);
    bool found = strstr(buf_z(&out), line) != NULL;
    if (!found)
        print_message("%s\n", buf_z(&out));
    buf_free(&out);
    return found;
}

static void tables(void **state)
{
    (void)state;
    Program *p = program_of(steps, 0);
    assert_true(str_is(prog_str(p, p->name), "steps_plan"));
    assert_true(str_is(prog_str(p, p->file), "test.gate"));
    const ProgPhase *look = &p->phases[0], *change = &p->phases[1];
    assert_true(str_is(prog_str(p, change->doc), "Doc of change."));
    assert_int_equal(look->requires_count, 3);
    assert_int_not_equal(p->requires[0].words_fn, PROG_NONE);
    assert_int_equal(p->requires[1].words_fn, PROG_NONE);
    assert_true(str_is(prog_str(p, p->requires[1].text), "There are hosts"));
    assert_true(str_is(prog_str(p, p->requires[2].text), "not not go"));
    assert_int_equal(look->gate, PROG_NONE);
    const ProgGate *g = &p->gates[change->gate];
    assert_int_equal(g->level, 2);
    assert_int_equal(g->who, WHO_ALL);
    assert_int_equal(g->quorum, 2);
    assert_int_equal(prog_clock_ms(p, g->within), 86400000);
    assert_int_equal(g->good_for, PROG_NONE);
    assert_int_equal(g->shows_count, 1);
    assert_int_equal(p->roles[0].people_count, 2);
    assert_true(str_is(prog_str(p, p->names[1].text), "bob"));
    uint32_t each = prog_find_action(p, 1, STR("each_host"));
    const ProgAction *e = &p->actions[each], *w = e + 1, *x = e + 2;
    assert_int_equal(e->is_each, 1);
    assert_int_equal(e->at_most, 2);
    assert_int_equal(e->conditional, 1);
    assert_int_equal(prog_clock_ms(p, e->timeout), 60000);
    assert_int_equal(e->undo_kind, AU_PLAN);
    assert_int_equal(w->undo_kind, AU_TOOL);
    assert_true(str_is(prog_str(p, p->imports[w->undo_import].tool), "restore"));
    assert_int_equal(w->timeout, PROG_NONE);
    assert_int_equal(x->undo_kind, AU_NONE);
    assert_int_not_equal(x->undo_because_fn, PROG_NONE);
    assert_int_equal(change->on_failure, OF_STOP | OF_TELL);
    assert_int_equal(p->spans[e->span].line, 20);
    prog_free(p);
}

/* A whole body, as `gatec dump --ops` lists it: a golden of code. */
static void code(void **state)
{
    (void)state;
    Program *p = program_of(steps, 0);
    assert_true(lists(p,
        "    0  ACTION  change.each_host\n"
        "    1  INPUT   r0  go\n"
        "    2  WHEN    r0  -> 25\n"
        "    3  INPUT   r1  hosts\n"
        "    4  ITER    r2  r1\n"
        "    5  NEXT    r2  -> 24\n"
        "    6  EACH    r3  change.each_host\n"
        "    7  LOADK   r9  \"do\"\n"
        "    8  MOVE    r10  r3\n"
        "    9  LIST    r5  r9  x2\n"
        "   10  LOADK   r6  \"d\"\n"
        "   11  LOADK   r7  \"\"\n"
        "   12  LOADK   r11  0\n"
        "   13  LIST    r8  r11  x1\n"
        "   14  LOADK   r9  \"undo\"\n"
        "   15  MOVE    r10  r3\n"
        "   16  LIST    r12  r9  x2\n"
        "   17  LOADK   r13  \".\"\n"
        "   18  LOADK   r14  \"\"\n"
        "   19  LOADK   r11  0\n"
        "   20  LIST    r15  r11  x1\n"
        "   21  UNDO    r12  shell.change\n"
        "   22  CALL    r4  shell.change\n"
        "   23  JMP     -> 5\n"
        "   24  DONE    change.each_host\n"
        "   25  ACTION  change.write\n"
        "   26  LOADK   r17  \"out\"\n"
        "   27  INPUT   r1  hosts\n"
        "   28  TEXT    r18  r1  x1\n"
        "   29  MOVE    r20  r17\n"
        "   30  CALL    r19  file.image\n"
        "   31  MOVE    r21  r17\n"
        "   32  MEMBER  r22  r19  .0\n"
        "   33  MEMBER  r23  r19  .1\n"
        "   34  UNDO    r21  file.restore\n"
        "   35  CALL    r16  file.write\n"
        "   36  DONE    change.write\n"
        "   37  ACTION  change.wipe\n"
        "   38  LOADK   r9  \"rm\"\n"
        "   39  INPUT   r1  hosts\n"
        "   40  FN      r10  r1  first\n"
        "   41  LIST    r5  r9  x2\n"
        "   42  LOADK   r6  \".\"\n"
        "   43  LOADK   r7  \"\"\n"
        "   44  LOADK   r11  0\n"
        "   45  LIST    r8  r11  x1\n"
        "   46  CALL    r4  shell.destroy\n"
        "   47  DONE    change.wipe\n"
        "   48  INPUT   r0  go\n"
        "   49  JU      r0  -> 55\n"
        "   50  JF      r0  -> 55\n"
        "   51  INPUT   r1  hosts\n"
        "   52  FN      r11  r1  count\n"
        "   53  LOADK   r24  1\n"
        "   54  LT      r0  r24  r11\n"
        "   55  CHECK   r0  fine\n"
        "   56  LOADK   r10  \"done: \"\n"
        "   57  INPUT   r1  hosts\n"
        "   58  FN      r11  r1  count\n"
        "   59  TEXT    r3  r10  x2\n"
        "   60  TELL    r3  0\n"
        "   61  END\n"));
    prog_free(p);
}

static void same_bytes(void **state)
{
    (void)state;
    Buf one = {0}, two = {0};
    Program *p = program_of(steps, 0), *q = program_of(steps, 0);
    assert_int_equal(prog_write(p, &one), GATE_OK);
    assert_int_equal(prog_write(q, &two), GATE_OK);
    assert_true(str_eq(buf_view(&one), buf_view(&two)));
    buf_free(&one);
    buf_free(&two);
    prog_free(p);
    prog_free(q);
    /* From another folder: the same program. */
    Compilation c;
    assert_int_equal(compile_source(STR("/else/where/test.gate"), STR(steps), COMPILE_EMIT, &c), GATE_OK);
    p = program_of(steps, 0);
    assert_true(hash_eq(&p->hash, &c.program->hash));
    prog_free(p);
    compile_free(&c);
}

static void host_files(void **state)
{
    (void)state;
    Program *p = program_of(
        "edition 1\nperson ann \"Ann\" { os \"ann\" email \"ann@example.org\" }\n"
        "role owner is ann\n"
        "grant shell.change { programs = [\"make\"], network = false }\nsetting solo = true\n",
        COMPILE_HOST_FILE);
    assert_int_equal(p->name, 0);
    assert_int_equal(p->n_persons, 1);
    assert_int_equal(p->persons[0].ids_count, 2);
    assert_int_equal(p->personids[1].kind, PID_EMAIL);
    assert_int_equal(p->grants[0].args_count, 2);
    assert_true(str_is(prog_str(p, p->settings[0].name), "solo"));
    Arena *arena = arena_new(0);
    VmRun run = {.program = p, .func = p->grantargs[0].fn, .arena = arena, .fuel = 100};
    assert_int_equal(vm_run(&run), VM_ENDED);
    assert_int_equal(run.result.tag, V_LIST);
    assert_true(str_is(val_str(run.result.u.items[0]), "make"));
    run.func = p->settings[0].fn;
    assert_int_equal(vm_run(&run), VM_ENDED);
    assert_int_equal(run.result.u.i, 1);
    arena_free(arena);
    prog_free(p);
}

/* More values at once than there are registers: told, not crashed. */
static void too_many_registers(void **state)
{
    (void)state;
    Buf plan = {0}, text = {0};
    buf_puts(&plan, "edition 1\nplan deep \"Deep\"\ninput n: number\nphase p \"P\" {\n  require ");
    enum { LEVELS = 34 };
    for (int i = 0; i < LEVELS; i++)
        buf_puts(&plan, "min(n, 2, 3, 4, 5, 6, 7, ");
    buf_puts(&plan, "n");
    for (int i = 0; i < LEVELS; i++)
        buf_puts(&plan, ")");
    buf_puts(&plan, " == 1\n}\n");
    Compilation c = compiled(buf_z(&plan), COMPILE_EMIT);
    assert_null(c.program);
    assert_int_equal(c.diags.errors, 1);
    diag_print_text(&c.diags, false, &text);
    assert_non_null(strstr(buf_z(&text), "G0020"));
    assert_non_null(strstr(buf_z(&text), "this has more values at once in one statement than gate allows"));
    compile_free(&c);
    buf_free(&plan);
    buf_free(&text);
}

/* Memory that ends at any place ends in one status, without a leak. */
static void out_of_memory(void **state)
{
    (void)state;
    int failures = 0;
    for (uint64_t n = 1; n < 400; n++) {
        Compilation c;
        mem_fail_at(n, true);
        GateStatus s = compile_source(STR("test.gate"), STR(steps), COMPILE_EMIT, &c);
        mem_fail_at(0, false);
        assert_true(s == GATE_OK || s == GATE_E_MEMORY);
        assert_true(s != GATE_OK || c.program != NULL);
        failures += s != GATE_OK;
        bool whole = s == GATE_OK;
        compile_free(&c);
        if (whole)
            break;
    }
    assert_true(failures > 5);
}

/* --- people, time, events and policies ----------------------------------------------- */

/* Every clause that has a part in them, carried. */
static Program *all_clauses_of(void)
{
    Buf text = {0}, why = {0};
    assert_int_equal(os_read_file("tests/soak/plans/clauses.gate", 1 << 20, &text, &why), GATE_OK);
    Program *p = program_of(buf_z(&text), 0);
    buf_free(&text);
    return p;
}

static void time_and_people(const Program *p)
{
    const ProgPhase *look = &p->phases[0], *change = &p->phases[1];
    const ProgDuration *d = &p->durations[look->estimate_high];
    assert_true(d->kind == DUR_DAYS && d->n == 3 && d->calendar == 0);
    assert_true(str_is(prog_str(p, look->title), "Look at {domain}") && look->title_fn != PROG_NONE);
    assert_int_equal(p->n_calendars, 1);
    assert_true(p->opens[1].is_date && p->opens[1].to_s == 12 * 3600);
    assert_int_equal(p->closeds[0].last - p->closeds[0].first, 2);
    const ProgMoment *m = &p->moments[change->deadline];
    assert_true(m->kind == MOMENT_DATE && m->calendar == 0 && m->ms % 86400000 == 0);
    assert_true(p->moments[p->milestones[0].due].kind == MOMENT_LOCAL);
    assert_int_equal(p->durings[change->during_first].never, 0);
    assert_true(change->limit == 200 && str_is(prog_str(p, change->limit_unit), "user"));
    assert_true(str_is(prog_str(p, p->names[change->controls_first].text), "cm-3"));
    const ProgGate *g = &p->gates[change->gate];
    assert_true(g->otherwise == OW_AGAIN && g->again_most == 3 && g->assure == ASSURE_SIGNED);
    assert_int_equal(p->durations[g->again_every].kind, DUR_DAYS);
    m = &p->moments[g->not_before];
    assert_true(m->kind == MOMENT_PHASE && m->phase == 0 && prog_clock_ms(p, m->after) == 86400000);
    assert_int_equal(prog_clock_ms(p, g->remind), 4 * 3600000);
    assert_true(g->returns_count == 1 && g->advice_count == 1 && g->asks_count == 1);
    assert_true(p->asks[0].task == PROG_NONE && p->asks[1].task == 0);
    const ProgTask *t = &p->tasks[0];
    assert_true(t->who == WHO_ONE && t->undo_fn != PROG_NONE && t->asks_first == 1);
    const ProgNeed *n = &p->needs[p->phases[2].needs_first];
    assert_true(n[0].group == 1 && n[1].group == 1 && n[2].group == 0 && n[2].even_if_failed == 1);
}

static void steps_and_starts(const Program *p)
{
    const ProgAction *a = &p->actions[prog_find_action(p, 1, STR("each_user"))];
    assert_int_equal(p->actions[0].together, p->actions[1].together);
    assert_int_not_equal(p->actions[0].together, 0);
    assert_int_equal(a->together, 0);
    assert_int_equal(a->waves_count, 3);
    assert_true(p->waves[2].percent == 1 && p->waves[2].n == 100);
    assert_int_equal(prog_clock_ms(p, a->pause), 20 * 60000);
    assert_true(a->lock_fn != PROG_NONE && a->title_fn != PROG_NONE && a->requires_count == 1);
    assert_int_equal(p->moments[a->not_before].kind, MOMENT_VALUE);
    assert_int_equal(a->during_count, 1);
    assert_int_equal(p->checks[0].fn, PROG_NONE);
    assert_true(p->checks[1].fn != PROG_NONE && prog_clock_ms(p, p->checks[1].hold_for) == 15 * 60000);
    assert_true(p->awaits[0].otherwise == OW_STOP && p->awaits[0].where_fn != PROG_NONE);
    assert_true(str_is(prog_str(p, p->packs[p->events[0].from].name), "tickets"));
    assert_true(p->secrets[0].source == SECRET_ENV && str_is(prog_str(p, p->secrets[0].of), "TOKEN"));
    assert_int_equal(p->alones[0].per, prog_find_input(p, STR("domain")));
    assert_true(p->starts[0].event == 0 && p->starts[0].sets_count == 2 && p->starts[0].calendar == PROG_NONE);
    assert_true(p->starts[1].days == (1 | 2 | 4 | 16) && p->starts[1].at_s == 9 * 3600);
    uint32_t natives = 0;
    for (uint32_t i = 0; i < p->n_imports; i++)
        natives += p->imports[i].from == PROG_NONE;
    assert_int_equal(natives, p->n_imports - 1);
}

static void all_clauses(void **state)
{
    (void)state;
    Program *p = all_clauses_of();
    time_and_people(p);
    steps_and_starts(p);
    assert_true(lists(p, "AWAIT   look.came\n"));
    assert_true(lists(p, "TASK    change.tell_them\n"));
    assert_true(lists(p, "POLL    works\n"));
    assert_true(lists(p, "ANSWER  r"));
    assert_true(lists(p, "EVENT   r"));
    prog_free(p);
}

/* A section that is given what it is about: an event, or a rule's subject. */
static Value about(const Program *p, uint32_t fn, const Value *items, uint32_t n, Arena *arena)
{
    Value subject = {.tag = V_RECORD, .len = n, .u.items = items};
    Value inputs[] = {val_text(STR("a")), {.tag = V_LIST, .len = 0}, val_make(V_DATE, 20000)};
    VmRun run = {.program = p, .func = fn, .inputs = inputs, .subject = &subject, .arena = arena,
                 .fuel = 1000};
    if (vm_run(&run) != VM_ENDED)
        fail_msg("%s", run.error);
    return run.result;
}

static void events_and_rules(void **state)
{
    (void)state;
    Program *p = all_clauses_of();
    Arena *arena = arena_new(0);
    Value users[] = {val_text(STR("cid"))};
    Value event[] = {val_int(4), {.tag = V_LIST, .len = 1, .u.items = users}};
    assert_int_equal(about(p, p->starts[0].where_fn, event, 2, arena).u.i, 1);
    assert_true(str_is(val_str(about(p, p->sets[0].fn, event, 2, arena)), "d4"));
    assert_int_equal(about(p, p->sets[1].fn, event, 2, arena).len, 1);
    assert_int_equal(about(p, p->awaits[0].where_fn, event, 2, arena).u.i, 0); /* 4 is not 0 */
    Value action[32] = {{0}}, names[] = {val_text(STR("office"))};
    uint32_t n = 0, changes = 0;
    SubjectMember type;
    for (const char *name; (name = subject_member(SUBJECT_ACTION, n, &type)) != NULL; n++) {
        changes = strcmp(name, "changes") == 0 ? n : changes;
        action[n] = type == SUBJECT_IS_NAMES ? (Value){.tag = V_LIST} : val_text(STR("go"));
    }
    action[changes] = val_bool(true);
    const ProgRule *r = &p->rules[0];
    assert_int_equal(about(p, r->where_fn, action, n, arena).u.i, 1);
    assert_int_equal(about(p, r->fn, action, n, arena).u.i, 0);
    assert_true(str_is(val_str(about(p, r->words_fn, action, n, arena)), "go"));
    action[n - 2] = (Value){.tag = V_LIST, .len = 1, .u.items = names}; /* only_during */
    assert_int_equal(about(p, r->fn, action, n, arena).u.i, 1);
    arena_free(arena);
    prog_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions), cmocka_unit_test(absent_and_unknown),
        cmocka_unit_test(reading_tools), cmocka_unit_test(tables), cmocka_unit_test(code),
        cmocka_unit_test(same_bytes), cmocka_unit_test(host_files),
        cmocka_unit_test(all_clauses), cmocka_unit_test(events_and_rules),
        cmocka_unit_test(too_many_registers), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests_name("compiler emit", tests, NULL, NULL);
}
