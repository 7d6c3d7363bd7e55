/* Forged programs: a plan is compiled, one field of what it says of its tools
 * is changed, and it is written anew. Each is refused with words, or is held to
 * what the packs say; nothing of it runs before its gate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/compile.h"
#include "vm/core/vm.h"
#include "vm/effect/effect.h"
#include "vm/server/packs.h"
#include "vm/server/service.h"

static const char plan[] =
    "edition 1\nplan forged \"Forged\"\nrole owner \"Owner\"\n"
    "phase write \"Write\" {\n  needs nothing\n"
    "  action note { run file.write { path = \"note\", text = \"x\" } }\n}\n"
    "phase wipe \"Wipe\" {\n  needs write\n"
    "  gate L2 \"Wipe?\" by owner within 1d otherwise stop\n"
    "  action swap {\n    run shell.change { argv = [\"touch\", \"swapped\"] }\n"
    "    undo shell.change { argv = [\"rm\", \"swapped\"] }\n  }\n"
    "  action gone {\n    run shell.destroy { argv = [\"touch\", \"pwned\"] }\n"
    "    undo none because \"gone is gone\"\n  }\n}\n";

static ProgImport *import(Program *p, const char *pack, const char *tool)
{
    for (uint32_t i = 0; i < p->n_imports; i++)
        if (str_is(prog_str(p, p->imports[i].pack), pack) &&
            str_is(prog_str(p, p->imports[i].tool), tool))
            return &p->imports[i];
    fail_msg("the plan does not use %s.%s", pack, tool);
    return NULL;
}

static ProgAction *action(Program *p, const char *phase, const char *name)
{
    uint32_t i = prog_find_action(p, prog_find_phase(p, str_of(phase)), str_of(name));
    assert_true(i != PROG_NONE);
    return &p->actions[i];
}

/* The phase of the destroying action without its gate. */
static void ungated(Program *p)
{
    p->phases[1].gate = PROG_NONE;
    p->n_gates = 0;
    p->n_rolerefs = 0;
    for (uint32_t i = 0; i < p->phases[1].actions_count; i++)
        p->actions[p->phases[1].actions_first + i].level = 0;
}

static void rename_tool(Program *p, ProgImport *m, const char *name)
{
    Str *more = ARENA_NEW(p->arena, Str, p->n_strings + 1);
    memcpy(more, p->strings, p->n_strings * sizeof *more);
    more[p->n_strings] = str_of(name);
    p->strings = more;
    m->tool = p->n_strings++;
}

static Program *compiled(void)
{
    Compilation c;
    assert_int_equal(compile_source(STR("forged.gate"), str_of(plan), COMPILE_EMIT, &c),
                     GATE_OK);
    assert_non_null(c.program);
    Program *p = c.program;
    c.program = NULL;
    compile_free(&c);
    return p;
}

/* What must be said; NULL: it passes, and holds() tests what it then is. */
typedef struct Forgery {
    const char *what;
    void (*forge)(Program *p);
    const char *words, *more_words;
    bool (*holds)(Program *p);
} Forgery;

static void effect_and_gate(Program *p)
{
    ungated(p);
    import(p, "shell", "destroy")->effect = EFF_READS;
    import(p, "shell", "change")->effect = EFF_TELLS;
    action(p, "wipe", "gone")->undo_kind = AU_NOTHING;
}
static void told_and_no_gate(Program *p)
{
    ungated(p);
    import(p, "shell", "destroy")->effect = EFF_TELLS;
    import(p, "shell", "change")->effect = EFF_TELLS;
}
static void effect_alone(Program *p)
{
    import(p, "shell", "destroy")->effect = EFF_READS;
}
static bool destroys(Program *p)
{
    return import(p, "shell", "destroy")->effect == EFF_DESTROYS;
}
static void flags(Program *p)
{
    import(p, "shell", "destroy")->flags = TF_REPEATABLE | TF_KEYED | TF_LOOKUP;
    import(p, "file", "write")->flags = TF_REPEATABLE | TF_KEYED;
}
static bool only_own_flags(Program *p)
{
    return import(p, "shell", "destroy")->flags == 0 &&
           import(p, "file", "write")->flags == TF_REPEATABLE;
}
static void undo(Program *p)
{
    import(p, "shell", "destroy")->undo = UNDO_EXACT;
}
static bool no_undo(Program *p)
{
    return import(p, "shell", "destroy")->undo == UNDO_NONE;
}
static void own_undo(Program *p)
{
    import(p, "shell", "change")->undo = UNDO_EXACT;
    action(p, "wipe", "swap")->undo_kind = AU_TOOL;
}
static void wide_reach(Program *p)
{
    import(p, "shell", "change")->reach = REACH_TENANT;
    action(p, "wipe", "swap")->level = 2;
}
static bool still_wide(Program *p)
{
    return import(p, "shell", "change")->reach == REACH_TENANT;
}
static void level(Program *p)
{
    action(p, "wipe", "gone")->level = 1;
}
static void unknown_tool(Program *p)
{
    rename_tool(p, import(p, "shell", "destroy"), "erase");
}
static void param_count(Program *p)
{
    ProgImport *m = import(p, "file", "write");
    m->params_count = 1; /* its second argument is then no part of the call */
}
static void param_name(Program *p)
{
    ProgImport *m = import(p, "file", "write");
    p->params[m->params_first].name = p->params[m->params_first + 1].name;
}
static void param_flags(Program *p)
{
    p->params[import(p, "shell", "destroy")->params_first].flags = 0;
}
static void param_type(Program *p)
{
    ProgImport *m = import(p, "file", "write");
    uint32_t email = p->n_types;
    ProgType *more = ARENA_NEW(p->arena, ProgType, p->n_types + 1);
    memcpy(more, p->types, p->n_types * sizeof *more);
    more[email] = (ProgType){.kind = TK_EMAIL, .elem = PROG_NONE};
    p->types = more;
    p->n_types++;
    const ProgFunc *f = &p->funcs[p->phases[0].body_fn];
    for (uint32_t i = f->code_first; i < f->code_first + f->code_count; i++) {
        uint32_t c = p->code[i];
        if (ins_op(c) == OP_CALL && p->sites[f->sites_first + ins_x(c)].role == SITE_RUN)
            p->regs[f->regs_first + ins_a(c) + 2].type = email;
    }
    p->params[m->params_first + 1].type = email;
}
static void result_type(Program *p)
{
    ProgType *t = &p->types[import(p, "file", "write")->result];
    assert_int_equal(t->fields_count, 1);
    p->fields[t->fields_first].name = p->name;
}

static const Forgery forgeries[] = {
    {"nothing", undo, NULL, NULL, no_undo},
    {"a destroying tool that reads, without a gate", effect_and_gate,
     "action `wipe.swap` needs L1 and says L0",
     "`shell.destroy` destroys here, while the program says that it reads", NULL},
    {"a destroying tool that tells, without a gate", told_and_no_gate,
     "action `wipe.swap` needs L1 and says L0",
     "`shell.destroy` destroys here, while the program says that it tells", NULL},
    {"a destroying tool that reads, gated", effect_alone, NULL, NULL, destroys},
    {"flags", flags, NULL, NULL, only_own_flags},
    {"undo", undo, NULL, NULL, no_undo},
    {"another tool's undo", own_undo,
     "action `wipe.swap` takes `shell.change` for the own undo of `shell.change`",
     "build the plan again", NULL},
    {"a wider reach is kept", wide_reach, NULL, NULL, still_wide},
    {"level", level, "action `wipe.gone` needs L2 and says L1", "", NULL},
    {"a tool that is not there", unknown_tool, "`shell.erase` is no tool of this gate",
     "build the plan again", NULL},
    {"fewer arguments", param_count, "`file.write` takes 2 arguments here, and the "
     "program gives it 1", "build the plan again", NULL},
    {"an argument's name", param_name, "`file.write` takes its argument `path`",
     "build the plan again", NULL},
    {"an argument's flags", param_flags, "`shell.destroy` takes its argument `argv`",
     "build the plan again", NULL},
    {"an argument's type", param_type, "`file.write` takes its argument `text`",
     "build the plan again", NULL},
    {"the result's type", result_type, "gives something else here than the program",
     "build the plan again", NULL},
};

/* Forged, written, and read back: what comes in with a .gbc file. */
static void forged(const Forgery *f, Buf *bytes)
{
    Program *p = compiled();
    if (f != NULL)
        f->forge(p);
    assert_int_equal(prog_write(p, bytes), GATE_OK);
    prog_free(p);
}

static void each_field(void **state)
{
    (void)state;
    Packs *packs = packs_new();
    assert_non_null(packs);
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        const Forgery *f = &forgeries[i];
        Buf bytes = {0}, why = {0};
        Program *p = NULL;
        forged(f, &bytes);
        Hash h = hash_bytes(bytes.p, bytes.n);
        if (prog_read(buf_view(&bytes), &p, &why) != GATE_OK)
            fail_msg("%s: not readable: %s", f->what, buf_z(&why));
        GateStatus st = packs_prove(packs, p, true, &why);
        assert_true(hash_eq(&h, &p->hash));
        if (f->words == NULL && (st != GATE_OK || !f->holds(p)))
            fail_msg("%s: %s", f->what, buf_z(&why));
        if (f->words != NULL &&
            (st != GATE_E_FORMAT || strstr(buf_z(&why), f->words) == NULL ||
             strstr(buf_z(&why), f->more_words) == NULL))
            fail_msg("%s: passed, or said otherwise: %s", f->what, buf_z(&why));
        prog_free(p);
        buf_free(&bytes);
        buf_free(&why);
    }
    packs_free(packs);
}

/* A run that waits for a tool which this gate has not can be shown and ended:
 * its tool counts as the worst there is. */
static void loads_with_an_unknown_tool(void **state)
{
    (void)state;
    static const Forgery f = {"", unknown_tool, NULL, NULL, NULL};
    Packs *packs = packs_new();
    Buf bytes = {0}, why = {0};
    Program *p = NULL;
    forged(&f, &bytes);
    assert_int_equal(prog_read(buf_view(&bytes), &p, &why), GATE_OK);
    import(p, "shell", "erase")->effect = EFF_CHANGES;
    import(p, "shell", "erase")->flags = TF_REPEATABLE;
    assert_int_equal(packs_prove(packs, p, false, &why), GATE_OK);
    assert_int_equal(import(p, "shell", "erase")->effect, EFF_DESTROYS);
    assert_int_equal(import(p, "shell", "erase")->flags, 0);
    prog_free(p);
    packs_free(packs);
    buf_free(&bytes);
    buf_free(&why);
}

/* --- through the service ------------------------------------------------------ */

static void wipe_folder(const char *dir)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

/* One `gate run` of the bytes; what it exits with. */
static int run_bytes(const char *dir, Str bytes, Buf *reply)
{
    char state_dir[96];
    Buf request = {0}, why = {0};
    snprintf(state_dir, sizeof state_dir, "%s/state", dir);
    SvcConfig cfg = {.state_dir = state_dir, .tenant = "default", .os = os_real()};
    SvcReply r = {0};
    buf_printf(&request, "{\"verb\":\"run\",\"dir\":\"%s\",\"file\":\"forged.gate\"}", dir);
    if (svc_call(&cfg, buf_view(&request), bytes, &r, &why) != GATE_OK)
        fail_msg("%s", buf_z(&why));
    buf_str(reply, buf_view(&r.json));
    buf_free(&r.json);
    buf_free(&request);
    buf_free(&why);
    return r.exit;
}

static bool there(const char *dir, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void nothing_runs_before_its_gate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        const Forgery *f = &forgeries[i];
        char dir[] = "/tmp/gate-packs-XXXXXX";
        Buf bytes = {0}, reply = {0};
        assert_non_null(mkdtemp(dir));
        forged(f, &bytes);
        int status = run_bytes(dir, buf_view(&bytes), &reply);
        if (status != (f->words == NULL ? EXIT_WAIT_PERSON : EXIT_FAILED))
            fail_msg("%s: exit %d: %s", f->what, status, buf_z(&reply));
        assert_false(there(dir, "pwned"));
        assert_false(there(dir, "swapped"));
        assert_int_equal(there(dir, "note"), f->words == NULL);
        wipe_folder(dir);
        buf_free(&bytes);
        buf_free(&reply);
    }
}

/* --- the last line of defence ---------------------------------------------------- */

static void effects_know_their_own_tools(void **state)
{
    (void)state;
    char dir[] = "/tmp/gate-packs-XXXXXX";
    assert_non_null(mkdtemp(dir));
    Program *p = compiled();
    ProgImport *m = import(p, "shell", "destroy");
    Fx *fx = fx_new(os_real());
    FxGrant grant = {.any_program = true, .folders = (Str[]){str_of(dir)}, .n_folders = 1};
    FxRequest req = {.id = 1, .program = p, .import = (uint32_t)(m - p->imports),
                     .args = STR("{\"argv\":[\"touch\",\"pwned\"],\"dir\":\".\","
                                 "\"input\":\"\",\"ok\":[0]}"),
                     .plan_dir = dir, .state_dir = "/nonexistent", .grants = &grant,
                     .n_grants = 1, .timeout_ms = 5000, .key = ""};
    for (uint32_t claim = EFF_READS; claim < EFF_DESTROYS; claim++) {
        FxResult r = {0};
        m->effect = claim;
        assert_int_equal(fx_start(fx, &req), GATE_OK);
        assert_true(fx_next(fx, &r));
        assert_int_equal(r.outcome, FX_FAILED);
        assert_string_equal(r.code, "refused");
        assert_non_null(strstr(buf_z(&r.message), "shell.destroy destroys, but the program says"));
        buf_free(&r.message);
        buf_free(&r.result);
    }
    assert_false(there(dir, "pwned"));
    fx_free(fx);
    prog_free(p);
    wipe_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field),
        cmocka_unit_test(loads_with_an_unknown_tool),
        cmocka_unit_test(nothing_runs_before_its_gate),
        cmocka_unit_test(effects_know_their_own_tools),
    };
    return cmocka_run_group_tests_name("server_packs", tests, NULL, NULL);
}
