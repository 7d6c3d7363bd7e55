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
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/compile.h"
#include "compiler/lock.h"
#include "vm/core/vm.h"
#include "vm/effect/effect.h"
#include "vm/os/os.h"
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
        GateStatus st = packs_prove(packs, &(PackLists){NULL, 0}, p, true, &why);
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
    assert_int_equal(packs_prove(packs, &(PackLists){NULL, 0}, p, false, &why), GATE_OK);
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

/* --- packs that the host lists ------------------------------------------------- */

static const char desk[] =
    "edition 1\nconnector desk \"The desk\" {\n  version 1.2\n  hosts \"desk.example.org\"\n"
    "  base \"https://desk.example.org\"\n"
    "  tool ticket \"Read\" { takes id: number gives status: text from \"/status\" get \"/t/{id}\" reads }\n"
    "  tool note \"Write\" { takes id: number post \"/t/{id}\" changes }\n}\n";
static const char desk_plan[] =
    "edition 1\nplan p \"P\"\nuse desk 1.2\nrole owner \"Owner\"\n"
    "phase a \"A\" {\n  require desk.ticket(1).status == \"open\" \"It is open\"\n"
    "  gate L1 by owner\n  action write {\n    run desk.note { id = 12 }\n"
    "    undo none because \"A note stays\"\n  }\n}\n";

typedef struct Desk {
    char dir[32];
    Compilation host; /* lists the pack */
    const Sem *files[1]; PackLists lists; /* the host alone */
    Compilation plan;
    Packs *packs;
} Desk;

static void put(const char *dir, const char *name, Str text, char path[96])
{
    snprintf(path, 96, "%s/%s", dir, name);
    assert_int_equal(os_write_file(path, text, 0644, NULL), GATE_OK);
}

/* The host as it is read from its folder, with the lock that gatec writes. */
static void read_host(Desk *d, const char *text, bool locked, Compilation *out)
{
    char path[96], lock[96];
    CompileOptions o = {.flags = COMPILE_EMIT | COMPILE_HOST_FILE, .sem = {.ignore_lock = true}};
    put(d->dir, "host.gate", str_of(text), path);
    snprintf(lock, sizeof lock, "%s/gate.lock", d->dir);
    unlink(lock);
    if (locked) {
        Buf b = {0};
        assert_int_equal(compile_file_with(path, &o, out, NULL), GATE_OK);
        buf_puts(&b, LOCK_HEAD "\n");
        for (uint32_t i = 0; i < out->sem->n_uses; i++)
            lock_write(&out->sem->uses[i], &b);
        put(d->dir, "gate.lock", buf_view(&b), lock);
        compile_free(out);
        buf_free(&b);
    }
    o.sem.ignore_lock = false;
    assert_int_equal(compile_file_with(path, &o, out, NULL), GATE_OK);
    assert_int_equal(out->diags.errors, 0);
}

static void open_desk(Desk *d, const char *host, bool locked)
{
    char path[96];
    memset(d, 0, sizeof *d);
    snprintf(d->dir, sizeof d->dir, "/tmp/gate-packs-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    snprintf(path, sizeof path, "%s/packs", d->dir);
    assert_int_equal(mkdir(path, 0755), 0);
    put(d->dir, "packs/desk.gate", str_of(desk), path);
    put(d->dir, "plan.gate", str_of(desk_plan), path);
    read_host(d, host, locked, &d->host);
    d->files[0] = d->host.sem;
    d->lists = (PackLists){d->files, 1};
    CompileOptions o = {.flags = COMPILE_EMIT, .sem = {.hosts = d->files, .n_hosts = 1}};
    assert_int_equal(compile_file_with(path, &o, &d->plan, NULL), GATE_OK);
    d->packs = packs_new();
    assert_non_null(d->packs);
}

static void close_desk(Desk *d)
{
    packs_free(d->packs);
    compile_free(&d->plan);
    compile_free(&d->host);
    wipe_folder(d->dir);
}

static const char lister[] =
    "edition 1\nuse desk 1.2\nperson ann \"Ann\" { os \"ann\" }\nperson bob \"Bob\" { os \"bob\" }\n"
    "role owner is ann, bob\n";

/* What a program says of a listed pack's tools is held against the pack. */
static void judged_by_the_pack_that_is_listed(void **state)
{
    (void)state;
    Desk d;
    Buf why = {0};
    open_desk(&d, lister, true);
    Program *p = d.plan.program;
    assert_non_null(p);
    assert_true(packs_listed(&d.lists, p, &why));
    assert_int_equal(packs_prove(d.packs, &d.lists, p, true, &why), GATE_OK);
    assert_int_equal(import(p, "desk", "note")->effect, EFF_CHANGES);
    assert_int_equal(import(p, "desk", "ticket")->effect, EFF_READS);
    /* It reads, says the program, and needs no gate. */
    import(p, "desk", "note")->effect = EFF_TELLS;
    p->phases[0].gate = PROG_NONE;
    p->n_gates = p->n_rolerefs = 0;
    p->actions[0].level = 0;
    assert_int_equal(packs_prove(d.packs, &d.lists, p, true, &why), GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&why), "action `a.write` needs L1 and says L0"));
    assert_non_null(strstr(buf_z(&why), "`desk.note` changes here, while the program says that it tells"));
    close_desk(&d);
    buf_free(&why);
}

/* Where nobody lists it, it is the worst there is, whatever the program says. */
static void a_pack_that_is_not_listed_destroys(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        Desk d;
        Buf why = {0};
        open_desk(&d, lister, true);
        Program *p = d.plan.program;
        const Sem *files[POLICY_HOST_FILES + 1] = {d.host.sem, NULL, NULL};
        PackLists lists = {files, POLICY_HOST_FILES + 1};
        Compilation other = {0};
        const char *words = "lists no bytes of that name";
        if (how == 0)
            lists.n = 0;
        if (how == 1) { /* a tenant alone */
            files[POLICY_HOST_FILES] = files[0];
            files[0] = NULL;
        }
        if (how == 2) { /* the outermost does not, the next one does */
            read_host(&d, "edition 1\n", false, &other);
            files[1] = files[0];
            files[0] = other.sem;
        }
        if (how == 3) {
            read_host(&d, lister, false, &other);
            files[0] = other.sem;
            words = "no gate.lock beside it pins them";
        }
        assert_false(packs_listed(&lists, p, &why));
        assert_non_null(strstr(buf_z(&why), words));
        buf_clear(&why);
        assert_int_equal(packs_prove(d.packs, &lists, p, true, &why), GATE_E_FORMAT);
        assert_non_null(strstr(buf_z(&why), "is no tool of this gate or of the packs that its host lists"));
        assert_int_equal(packs_prove(d.packs, &lists, p, false, &why), GATE_E_FORMAT);
        assert_int_equal(import(p, "desk", "note")->effect, EFF_DESTROYS);
        compile_free(&other);
        close_desk(&d);
        buf_free(&why);
    }
}

static void rename_pack(Program *p, uint32_t *field, const char *to)
{
    ProgImport m = {0};
    rename_tool(p, &m, to);
    *field = m.tool;
}

static void forged_packs(void **state)
{
    (void)state;
    Desk d;
    Buf why = {0};
    open_desk(&d, lister, true);
    Program *p = d.plan.program;
    uint32_t hash = p->packs[0].hash, from = import(p, "desk", "note")->from;
    /* Other bytes: both digests. */
    rename_pack(p, &p->packs[0].hash, "00000000000000000000000000000000000000000000000000000000000000aa");
    assert_false(packs_listed(&d.lists, p, &why));
    assert_non_null(strstr(buf_z(&why), "sha256:00000000000000000000000000000000000000000000000000000000000000aa"));
    char hex[2 * HASH_SIZE + 1], full[96];
    Hash h = hash_bytes(desk, sizeof desk - 1);
    hash_hex(&h, hex);
    snprintf(full, sizeof full, "this host uses sha256:%s", hex);
    assert_non_null(strstr(buf_z(&why), full));
    p->packs[0].hash = hash;
    /* One of gate's own packs, it says; a pack of another name. */
    import(p, "desk", "note")->from = PROG_NONE;
    buf_clear(&why);
    assert_int_equal(packs_prove(d.packs, &d.lists, p, true, &why), GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&why), "`desk.note` is no tool of this gate, so"));
    import(p, "desk", "note")->from = from;
    rename_pack(p, &import(p, "desk", "ticket")->pack, "shell");
    buf_clear(&why);
    assert_int_equal(packs_prove(d.packs, &d.lists, p, true, &why), GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&why), "`shell.ticket` is no tool of this gate or of the packs"));
    rename_pack(p, &import(p, "shell", "ticket")->tool, "query");
    buf_clear(&why);
    assert_int_equal(packs_prove(d.packs, &d.lists, p, true, &why), GATE_E_FORMAT);
    assert_non_null(strstr(buf_z(&why), "`shell.query` is no tool of this gate or of the packs"));
    close_desk(&d);
    buf_free(&why);
}

/* A grant of a pack's tool has all hosts that its pack names. */
static void a_pack_needs_its_grants(void **state)
{
    (void)state;
    static const struct { const char *grants, *words; } cases[] = {
        {"", "`desk.ticket` is not granted. Whoever runs the host adds it to host.gate: grant desk.ticket { hosts = "
             "[\"desk.example.org\"] }"},
        {"grant desk.ticket { hosts = [\"*.example.org\"] }\n", "`desk.note` is not granted"},
        {"grant desk.ticket { hosts = [\"*.example.org\"] }\ngrant desk.note { hosts = [\"other.example.org\"] }\n",
         "`desk.note` goes further than its grant"},
        {"grant desk.ticket { hosts = [\"*.example.org\"] }\ngrant desk.note { hosts = [\"desk.example.org\"] }\n",
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Desk d;
        Buf host = {0}, why = {0};
        Policy policy;
        Arena *arena = arena_new(0);
        open_desk(&d, lister, true);
        buf_printf(&host, "%s%s", lister, cases[i].grants);
        Compilation granting = {0};
        read_host(&d, buf_z(&host), true, &granting);
        const Sem *files[1] = {granting.sem};
        const Program *programs[1] = {granting.program};
        assert_int_equal(policy_make(programs, NULL, 1, arena, &policy, &why), GATE_OK);
        bool ok = packs_granted(&(PackLists){files, 1}, &policy, d.plan.program, &why);
        if (ok != (cases[i].words == NULL) || (!ok && strstr(buf_z(&why), cases[i].words) == NULL))
            fail_msg("%zu: %s", i, buf_z(&why));
        compile_free(&granting);
        close_desk(&d);
        arena_free(arena);
        buf_free(&host);
        buf_free(&why);
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
        cmocka_unit_test(judged_by_the_pack_that_is_listed),
        cmocka_unit_test(a_pack_that_is_not_listed_destroys),
        cmocka_unit_test(forged_packs),
        cmocka_unit_test(a_pack_needs_its_grants),
        cmocka_unit_test(effects_know_their_own_tools),
    };
    return cmocka_run_group_tests_name("server_packs", tests, NULL, NULL);
}
