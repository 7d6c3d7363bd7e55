/* Diagnostics as such: their table, their JSON, their excerpts, and that each
 * repair called safe (M) repairs. Walks over the cases in tests/diag. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"
#include "compiler/diag/table.h"
#include "compiler/fmt.h"
#include "vm/core/json.h"
#include "vm/os/os.h"

static void table_ascends(void **state)
{
    (void)state;
    size_t n;
    const DiagEntry *e = diag_entries(&n);
    for (size_t i = 0; i < n; i++) {
        Buf page = {0};
        assert_true(i == 0 || e[i - 1].code < e[i].code);
        assert_ptr_equal(diag_entry(e[i].code), &e[i]);
        assert_true(diag_explain(e[i].code, &page));
        assert_non_null(strstr(buf_z(&page), e[i].title));
        assert_true(strlen(e[i].why) > 40 && strlen(e[i].bad) > 0 && strlen(e[i].good) > 0);
        buf_free(&page);
    }
    assert_null(diag_entry(9999));
}

static void read_case(const char *path, Buf *text)
{
    Buf why = {0};
    assert_int_equal(os_read_file(path, 1 << 20, text, &why), GATE_OK);
    buf_free(&why);
}

static void apply(Str source, const DiagFix *f, Buf *out)
{
    buf_put(out, source.p, f->start);
    buf_str(out, f->text);
    buf_put(out, source.p + f->end, source.n - f->end);
}

static bool is_formatted(Str text)
{
    Arena *arena = arena_new(0);
    Buf out = {0};
    bool is = fmt_source(text, arena, &out) && str_eq(buf_view(&out), text);
    buf_free(&out);
    arena_free(arena);
    return is;
}

static bool has(const DiagList *l, const Diag *d)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i].code == d->code && str_eq(l->items[i].message, d->message))
            return true;
    return false;
}

/* As `gatec check` with what stands in the file `args` beside it, where that is
 * --style; other arguments only add what is given to all. */
static void compile_case(const char *path, Str text, Compilation *out)
{
    char name[512];
    Buf args = {0}, source = {0};
    CompileOptions o = {.flags = COMPILE_CHECK};
    const char *slash = strrchr(path, '/');
    assert_true(slash != NULL && strlen(path) < sizeof name - 8);
    snprintf(name, sizeof name, "%.*s/args", (int)(slash - path), path);
    if (os_read_file(name, LIM_SOURCE_BYTES, &args, NULL) == GATE_OK)
        o.sem.style = strstr(buf_z(&args), "--style") != NULL;
    buf_str(&source, text);
    assert_int_equal(compile_with(str_of(path), &source, &o, out), GATE_OK);
    buf_free(&args);
    buf_free(&source);
}

/* Applied: one of this code less, and none that was not there. */
static bool repairs(const char *path, const Compilation *before, const Diag *d, Str repaired)
{
    Compilation c;
    uint32_t was = 0, is = 0;
    bool old = true;
    compile_case(path, repaired, &c);
    for (uint32_t i = 0; i < before->diags.n; i++)
        was += before->diags.items[i].code == d->code;
    for (uint32_t i = 0; i < c.diags.n; i++) {
        is += c.diags.items[i].code == d->code;
        old = old && has(&before->diags, &c.diags.items[i]);
    }
    compile_free(&c);
    return is < was && old;
}

typedef void (*OnCase)(const char *path, Str text, const Compilation *c, void *ctx);

/* Every bad plan of tests/diag, checked. */
static void each_case(OnCase f, void *ctx)
{
    glob_t g;
    assert_int_equal(glob("tests/diag/G*/bad*.gate", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        Buf text = {0};
        Compilation c;
        read_case(g.gl_pathv[i], &text);
        compile_case(g.gl_pathv[i], buf_view(&text), &c);
        f(g.gl_pathv[i], buf_view(&text), &c, ctx);
        compile_free(&c);
        buf_free(&text);
    }
    globfree(&g);
}

typedef struct Applied { uint32_t all, formatted, wrong; } Applied;

static void apply_all(const char *path, Str text, const Compilation *c, void *ctx)
{
    Applied *n = ctx;
    bool laid_out = is_formatted(text);
    for (uint32_t k = 0; k < c->diags.n; k++) {
        const Diag *d = &c->diags.items[k];
        if (d->n_fixes == 0 || d->fixes[0].grade != 'M')
            continue;
        Buf repaired = {0};
        apply(text, &d->fixes[0], &repaired);
        bool good = repairs(path, c, d, buf_view(&repaired));
        bool stable = !laid_out || is_formatted(buf_view(&repaired));
        if (!good || !stable)
            fprintf(stderr, "# %s: G%04d %s: %s\n", path, d->code,
                    good ? "is not in its layout" : "is not repaired", buf_z(&repaired));
        n->wrong += !good || !stable;
        n->all++;
        n->formatted += laid_out;
        buf_free(&repaired);
    }
}

/* For every M: applied, the finding is gone, nothing new has come, and a plan in
 * its layout is still in it. */
static void safe_repairs_repair(void **state)
{
    (void)state;
    Applied n = {0};
    each_case(apply_all, &n);
    assert_int_equal(n.wrong, 0);
    assert_true(n.all >= 30 && n.formatted >= 20);
}

static const char grades[] = "M?H";
typedef bool Seen[10000][sizeof grades - 1];

static void see_grades(const char *path, Str text, const Compilation *c, void *ctx)
{
    Seen *seen = ctx;
    (void)path;
    (void)text;
    for (uint32_t k = 0; k < c->diags.n; k++)
        for (uint32_t f = 0; f < c->diags.items[k].n_fixes; f++)
            (*seen)[c->diags.items[k].code][strchr(grades, c->diags.items[k].fixes[f].grade) - grades] = true;
}

/* repairs.def says of each code what the cases show. */
static void repairs_are_told(void **state)
{
    (void)state;
    static Seen seen;
    size_t n;
    bool all = true;
    each_case(see_grades, &seen);
    const DiagEntry *e = diag_entries(&n);
    for (size_t i = 0; i < n; i++) {
        char want[4] = "";
        for (int k = 0; k < 3; k++)
            if (seen[e[i].code][k])
                strncat(want, &grades[k], 1);
        if (strcmp(want, diag_grades(e[i].code)) != 0)
            fprintf(stderr, "# compiler/diag/repairs.def lacks: REPAIR(%u, \"%s\")\n", e[i].code, want);
        all = all && strcmp(want, diag_grades(e[i].code)) == 0;
    }
    assert_true(all);
    Buf page = {0};
    assert_true(diag_explain(1005, &page));
    assert_non_null(strstr(buf_z(&page), "Repair: gatec check --fix applies it."));
    buf_free(&page);
}

/* One file told by two plans is one file, in the order of first mention; what is
 * said twice is said once. */
static void order_and_twins(void **state)
{
    (void)state;
    Arena *arena = arena_new(0);
    SynTree *t = syn_parse(STR("edition 1\nlet a = 1\nlet b = 2\n"), arena);
    const DiagSource one = {STR("one.gate"), t}, two = {STR("two.gate"), t}, again = {STR("one.gate"), t};
    DiagList l = {.arena = arena}, more = {.arena = arena}, all = {.arena = arena};
    diag_add(&l, 1005, &two, 14, 15, "of two");
    diag_add(&l, 1005, &one, 24, 25, "late");
    diag_add(&l, 1005, &one, 14, 15, "a warning");
    diag_add(&l, 1001, &one, 14, 15, "an error");
    diag_add(&more, 1001, &again, 14, 15, "an error");
    diag_add(&more, 1001, &again, 14, 15, "another");
    diag_append(&all, &l);
    diag_append(&all, &more);
    assert_int_equal(all.n, 6);
    assert_int_equal(all.errors, 3);
    diag_sort(&all);
    static const char *const want[] = {"of two", "an error", "another", "a warning", "late"};
    assert_int_equal(all.n, 5);
    assert_int_equal(all.errors, 2);
    for (uint32_t i = 0; i < 5; i++)
        assert_true(str_is(all.items[i].message, want[i]));
    arena_free(arena);
}

/* Ten thousand findings on one line of 4 MB: a printer that starts each time from
 * the start of the line would not come to an end here. */
static void many_on_one_line(void **state)
{
    (void)state;
    Buf text = {0}, out = {0};
    Compilation c;
    buf_puts(&text, "edition 1\nplan p \"P\"\n");
    for (int i = 0; i < 10000; i++)
        buf_printf(&text, "let a%05d = \"%0390d\" ", i, i);
    buf_puts(&text, "\nphase a { needs nothing action x { run shell.query { argv = [\"x\"] } } }\n");
    assert_int_equal(compile_source(STR("t.gate"), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
    assert_int_equal(c.diags.n, 10000);
    diag_print_text(&c.diags, false, &out);
    assert_non_null(strstr(buf_z(&out), "let a09999 = "));
    buf_clear(&out);
    diag_print_json(&c.diags, &out);
    assert_non_null(strstr(buf_z(&out), "\"line\":3,\"column\":4059599,"));
    buf_clear(&out);
    diag_print_sarif(&c.diags, (Str){"", 0}, &out);
    assert_non_null(strstr(buf_z(&out), "\"startLine\":3,\"startColumn\":4059599,"));
    compile_free(&c);
    buf_free(&text);
    buf_free(&out);
}

/* Bytes of a path that are no UTF-8 leave JSON what it is. */
static void json_of_odd_paths(void **state)
{
    (void)state;
    Compilation c;
    Buf out = {0}, why = {0};
    assert_int_equal(compile_source(STR("a\xff\xc3" "b\xc3\xa4.gate"), STR("edition 1\nlet a ="), COMPILE_CHECK, &c), GATE_OK);
    diag_print_json(&c.diags, &out);
    const Json *j = json_parse(buf_view(&out), c.arena, &why);
    assert_non_null(j);
    assert_true(str_is(json_text(json_get(j, "diagnostics")->child, "file"),
                       "a\xef\xbf\xbd\xef\xbf\xbd" "b\xc3\xa4.gate"));
    buf_clear(&out);
    diag_print_sarif(&c.diags, (Str){"", 0}, &out);
    assert_non_null(json_parse(buf_view(&out), c.arena, &why));
    assert_non_null(strstr(buf_z(&out), "\"uri\":\"a%FF%C3b%C3%A4.gate\""));
    compile_free(&c);
    buf_free(&out);
    buf_free(&why);
}

static void json_is_json(void **state)
{
    (void)state;
    glob_t g;
    assert_int_equal(glob("tests/diag/G*/bad*.gate", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        Buf text = {0}, out = {0}, why = {0};
        Compilation c;
        read_case(g.gl_pathv[i], &text);
        assert_int_equal(compile_source(str_of(g.gl_pathv[i]), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
        diag_print_json(&c.diags, &out);
        const Json *j = json_parse(buf_view(&out), c.arena, &why);
        assert_non_null(j);
        const Json *list = json_get(j, "diagnostics");
        assert_int_equal(list->count, c.diags.n);
        for (const Json *d = list->child; d != NULL; d = d->next) {
            int64_t line = 0;
            assert_true(json_text(d, "code").n == 5);
            assert_true(json_int(json_get(d, "line"), &line) && line >= 1);
            assert_int_equal(json_get(d, "related")->kind, J_ARRAY);
            assert_int_equal(json_get(d, "fixes")->kind, J_ARRAY);
        }
        compile_free(&c);
        buf_free(&text);
        buf_free(&out);
        buf_free(&why);
    }
    globfree(&g);
}

/* What every good plan compiles to passes the reader and the verifier. */
static void good_plans_compile(void **state)
{
    (void)state;
    glob_t g;
    uint32_t plans = 0;
    assert_int_equal(glob("tests/diag/G*/good.gate", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        Buf text = {0}, bytes = {0}, why = {0};
        Compilation c;
        read_case(g.gl_pathv[i], &text);
        assert_int_equal(compile_source(str_of(g.gl_pathv[i]), buf_view(&text), COMPILE_EMIT, &c), GATE_OK);
        assert_int_equal(c.diags.n, 0);
        assert_non_null(c.program);
        assert_int_equal(prog_write(c.program, &bytes), GATE_OK);
        Program *again = NULL;
        assert_int_equal(prog_read(buf_view(&bytes), &again, &why), GATE_OK);
        if (prog_verify(again, &why) != GATE_OK)
            fprintf(stderr, "# %s: %s\n", g.gl_pathv[i], buf_z(&why));
        assert_int_equal(prog_verify(again, &why), GATE_OK);
        plans += c.sem->kind == SF_PLAN;
        prog_free(again);
        compile_free(&c);
        buf_free(&text);
        buf_free(&bytes);
        buf_free(&why);
    }
    assert_true(plans > 40);
    globfree(&g);
}

static void excerpts_line_up(void **state)
{
    (void)state;
    /* A tab, a wide letter and a combining accent before what is marked. */
    static const char text[] = "edition 1\nplan p \"P\"\nrole owner \"O\"\n"
        "phase a {\n\trequire \"\xe6\x97\xa5\xe6\x9c\xac e\xcc\x81\" == wrong \"x\"\n"
        "  gate L1 by owner\n  action x { run shell.query { argv = [\"x\"] } }\n}\n";
    static const char want[] =
        "  5 │     require \"\xe6\x97\xa5\xe6\x9c\xac e\xcc\x81\" == wrong \"x\"\n"
        "    │                         ^^^^^ not declared\n";
    Compilation c;
    Buf out = {0};
    assert_int_equal(compile_source(STR("t.gate"), STR(text), COMPILE_CHECK, &c), GATE_OK);
    diag_print_text(&c.diags, false, &out);
    if (strstr(buf_z(&out), want) == NULL)
        fprintf(stderr, "%s", buf_z(&out));
    assert_non_null(strstr(buf_z(&out), want));
    assert_null(strchr(buf_z(&out), '\033'));
    buf_clear(&out);
    diag_print_text(&c.diags, true, &out);
    assert_non_null(strstr(buf_z(&out), "\033[1;31m"));
    compile_free(&c);
    buf_free(&out);
}

/* A hostile file cannot steer the terminal, nor fill it with one line. */
static void excerpts_are_harmless(void **state)
{
    (void)state;
    Buf text = {0}, out = {0};
    Compilation c;
    buf_puts(&text, "edition 1\nplan p \"P\"\nphase a { require \"\033[2Jx\" == wrong \"x\" require ");
    for (int i = 0; i < 20000; i++)
        buf_puts(&text, "1 == 1 and ");
    buf_puts(&text, "also_wrong \"y\" action x { run shell.query { argv = [\"x\"] } } }\n");
    assert_int_equal(compile_source(STR("t.gate"), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
    assert_true(c.diags.errors >= 1);
    diag_print_text(&c.diags, false, &out);
    assert_null(strchr(buf_z(&out), '\033'));
    assert_true(out.n < 8192);
    compile_free(&c);
    buf_free(&text);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_ascends),
        cmocka_unit_test(safe_repairs_repair),
        cmocka_unit_test(repairs_are_told),
        cmocka_unit_test(order_and_twins),
        cmocka_unit_test(many_on_one_line),
        cmocka_unit_test(json_of_odd_paths),
        cmocka_unit_test(json_is_json),
        cmocka_unit_test(good_plans_compile),
        cmocka_unit_test(excerpts_line_up),
        cmocka_unit_test(excerpts_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
