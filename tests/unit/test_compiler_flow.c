/* What is unknown while a phase is staged, in bytecode. A plan in which the
 * first action reads is compiled; then its tool is made one that changes, as a
 * forger would who is not held back by the checker: its result, and whatever is
 * read behind it, is then unknown. The verifier must see where that goes, and
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/compile.h"

#define CHANGE(args) "  action change_it { run shell.change { " args " }\n" \
                     "    undo none because \"so it is\" }\n"
#define DESTROY(args) "  action wipe { run shell.destroy { " args " }\n" \
                      "    undo none because \"so it is\" }\n"
#define LOOK "  action look { run file.hash { path = \"x\" } }\n"

#define AWAIT "  await came on tickets.approved within 1d otherwise stop\n"

static const struct Case {
    const char *steps;
    const char *pack, *tool; /* what is made a change */
    const char *words;       /* NULL: nothing is wrong with it */
} cases[] = {
    {LOOK DESTROY("argv = [\"a\", look.sha256]"), "file", "hash",
     "`argv` of `shell.destroy` must be known"},
    {LOOK DESTROY("argv = [\"a\"], input = look.sha256"), "file", "hash",
     "`input` of `shell.destroy` must be known"},
    {LOOK CHANGE("argv = [\"a\", \"{look.sha256}\"]"), "file", "hash",
     "`argv` of `shell.change` must be known"},
    {LOOK CHANGE("argv = [\"a\"], input = \"{look.sha256}\""), "file", "hash", NULL},
    {LOOK "  action put { run file.write { path = \"p\", text = look.sha256 } }\n",
     "file", "hash", NULL},
    {LOOK "  action undone { run shell.change { argv = [\"a\"] }\n"
          "    undo shell.change { argv = [\"b\", look.sha256] } }\n", "file", "hash",
     "`argv` of `shell.change` must be known"},
    {LOOK "  action query { run shell.query { argv = [\"a\", look.sha256] } }\n", "file",
     "hash", "`argv` of `shell.query` must be known"},
    /* each and when */
    {LOOK "  action all { each x in [look.sha256, \"b\"] run shell.change { argv = [\"a\", x] }\n"
          "    undo none because \"so it is\" }\n", "file", "hash",
     "the list of its `each` must be known"},
    {LOOK "  action maybe { when look.sha256 == \"x\" run shell.change { argv = [\"a\"] }\n"
          "    undo none because \"so it is\" }\n", "file", "hash",
     "whether a change is made must be known"},
    {LOOK "  action maybe { when n > 2 and look.sha256 == \"x\" run shell.query { argv = [\"a\"] } }\n"
     CHANGE("argv = [\"a\"]"), "file", "hash", "whether a change is made must be known"},
    {LOOK "  action maybe { when look.sha256 == \"x\" run shell.query { argv = [\"a\"] } }\n",
     "file", "hash", NULL},
    {LOOK "  action maybe { when n > 2 run shell.change { argv = [\"a\"] }\n"
          "    undo none because \"so it is\" }\n", "file", "hash", NULL},
    {"  action all { each x in names run shell.query { argv = [\"a\", x, file.read(\"y\").text] } }\n",
     "shell", "query", "`argv` of `shell.query` must be known"},
    {"  action all { each x in names run shell.query { argv = [\"a\", x], input = file.read(\"y\").text } }\n",
     "shell", "query", NULL},
    /* read behind a change */
    {LOOK DESTROY("argv = [\"a\", file.read(\"y\").text]"), "file", "hash",
     "`argv` of `shell.destroy` must be known"},
    {LOOK "  check fine \"Fine\" { require shell.query([\"t\", look.sha256]).status == 0 }\n"
     CHANGE("argv = [\"a\"]"), "file", "hash", NULL},
    {"  action first { run file.read { path = \"y\" } }\n" LOOK
     DESTROY("argv = [\"a\", first.text]"), "file", "hash", NULL},
    {LOOK "  action more { run file.read { path = \"y\" } }\n" CHANGE("argv = [\"a\", more.text]"), "file",
     "hash", "`argv` of `shell.change` must be known"},
    {"  action more { run file.read { path = \"y\" } }\n" LOOK CHANGE("argv = [\"a\", more.text]"), "file",
     "hash", NULL},
    /* an event: known where it is awaited before the first change */
    {LOOK AWAIT CHANGE("argv = [\"a\", \"{came.id}\"]"), "file", "hash",
     "`argv` of `shell.change` must be known"},
    {AWAIT LOOK CHANGE("argv = [\"a\", \"{came.id}\"]"), "file", "hash", NULL},
    {LOOK AWAIT "  check fine \"Fine\" { require came.id > 0 }\n", "file", "hash", NULL},
    /* an unknown that only decides */
    {LOOK CHANGE("argv = [\"a\", if look.sha256 == \"x\" then \"b\" else \"c\"]"), "file",
     "hash", "`argv` of `shell.change` must be known"},
    {LOOK CHANGE("argv = [\"a\", default(look.sha256, \"c\")]"), "file", "hash",
     "`argv` of `shell.change` must be known"},
    {LOOK CHANGE("argv = [\"a\", if every x in names satisfies x != look.sha256 then \"b\" else \"c\"]"),
     "file", "hash", "`argv` of `shell.change` must be known"},
    {LOOK CHANGE("argv = [\"a\", if some x in [look.sha256] satisfies true then \"b\" else \"c\"]"),
     "file", "hash", "`argv` of `shell.change` must be known"},
    {LOOK CHANGE("argv = [\"a\", if n > 3 or look.sha256 == \"x\" then \"b\" else \"c\"]"),
     "file", "hash", "`argv` of `shell.change` must be known"},
    /* registers that held an unknown before, and hold something else now */
    {LOOK "  tell owner \"{look.sha256} {if look.sha256 == \"x\" then 1 else 2}\"\n"
     "  check fine \"Fine\" { require every x in names satisfies x == look.sha256 }\n"
     CHANGE("argv = [\"a\", if n > 3 then \"b\" else \"{n}\"]"), "file", "hash", NULL},
    {LOOK "  check fine \"Fine\" { require some x in names satisfies every y in [\"a\", \"b\"] satisfies y == \"{x}{look.sha256}\" }\n"
     CHANGE("argv = [\"a\", if some x in names satisfies every y in [\"a\", \"b\"] satisfies y == x then \"b\" else first(names)]"),
     "file", "hash", NULL},
    {LOOK "  action all { each x in names without [\"b\"] run shell.change {\n"
          "      argv = [\"a\", x, if every y in [\"a\", \"b\"] satisfies y != x then \"c\" else \"d\"], input = look.sha256 }\n"
          "    undo shell.change { argv = [\"b\", x] } }\n", "file", "hash", NULL},
};

static Program *compiled(const struct Case *c)
{
    Compilation all;
    Buf text = {0};
    buf_printf(&text, "edition 1\nplan flow \"Flow\"\nrole owner \"Owner\"\nrole lead \"Lead\"\n"
               "input names: list of text = [\"a\", \"b\"]\ninput n: number = 3\n"
               "connector tickets \"T\" {\n  hosts \"t.example\"\n  base \"https://t.example\"\n"
               "  secret key\n  tool look \"L\" { takes id: number gives id: number from \"/id\" "
               "get \"/t/{id}\" reads }\n  event approved \"A\" {\n"
               "    verify shared_header { name = \"X\", secret = key }\n    fetch look { id = event.id }\n"
               "    gives id: number from \"/id\"\n  }\n}\n"
               "phase p \"P\" {\n  needs nothing\n"
               "  gate L2 \"Go?\" by all of owner, lead within 1d otherwise stop\n%s}\n", c->steps);
    assert_int_equal(compile_source(STR("flow.gate"), buf_view(&text), COMPILE_EMIT, &all), GATE_OK);
    if (all.program == NULL) {
        Buf out = {0};
        diag_print_text(&all.diags, false, &out);
        fail_msg("%s", buf_z(&out));
    }
    Program *p = all.program;
    all.program = NULL;
    compile_free(&all);
    buf_free(&text);
    return p;
}

static void make_change(Program *p, const struct Case *c)
{
    for (uint32_t i = 0; i < p->n_imports; i++)
        if (str_is(prog_str(p, p->imports[i].pack), c->pack) &&
            str_is(prog_str(p, p->imports[i].tool), c->tool))
            p->imports[i].effect = EFF_CHANGES;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        ProgAction *a = &p->actions[i];
        if (p->imports[a->import].effect != EFF_CHANGES || a->undo_kind != AU_NOTHING)
            continue;
        a->undo_kind = AU_NONE;
        a->level = 2;
    }
}

static void follows_unknowns(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf why = {0};
        Program *p = compiled(&cases[i]);
        if (prog_verify(p, &why) != GATE_OK)
            fail_msg("case %zu, as compiled: %s", i, buf_z(&why));
        make_change(p, &cases[i]);
        GateStatus st = prog_verify(p, &why);
        bool good = cases[i].words == NULL
                        ? st == GATE_OK
                        : st == GATE_E_FORMAT && strstr(buf_z(&why), cases[i].words) != NULL;
        if (!good)
            print_message("# case %zu: %s%s\n", i, cases[i].steps,
                          st == GATE_OK ? "accepted" : buf_z(&why));
        wrong += !good;
        prog_free(p);
        buf_free(&why);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(follows_unknowns)};
    return cmocka_run_group_tests_name("compiler_flow", tests, NULL, NULL);
}
