/* How many errors are printed and kept, and what is said of the others; how much
 * memory a compilation takes, how many types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "compiler/compile.h"
#include "vm/os/limits.h"

static unsigned count(const char *in, const char *what)
{
    unsigned n = 0;
    for (const char *p = in; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

static void errors_shown(void **state)
{
    (void)state;
    for (unsigned n = LIM_ERRORS_SHOWN - 1; n <= LIM_ERRORS_SHOWN + 2; n++) {
        Compilation c = {0};
        Buf text = {0}, out = {0};
        buf_puts(&text, "edition 1\nplan p \"P\"\nphase a \"A\" {\n");
        for (unsigned i = 0; i < n; i++)
            buf_printf(&text, "  require missing_%u \"no such thing\"\n", i);
        buf_puts(&text, "}\n");
        assert_int_equal(compile_source(STR("p.gate"), buf_view(&text), COMPILE_CHECK, &c),
                         GATE_OK);
        diag_sort(&c.diags);
        diag_print_text(&c.diags, false, &out);
        unsigned errors = 0;
        for (uint32_t i = 0; i < c.diags.n; i++)
            errors += c.diags.items[i].severity == DIAG_ERROR;
        assert_int_equal(errors, n);
        assert_int_equal(count(buf_z(&out), "error[G"),
                         n < LIM_ERRORS_SHOWN ? n : LIM_ERRORS_SHOWN);
        assert_int_equal(strstr(buf_z(&out), "\nand 1 more error") != NULL,
                         n == LIM_ERRORS_SHOWN + 1);
        assert_int_equal(strstr(buf_z(&out), "\nand 2 more errors") != NULL,
                         n == LIM_ERRORS_SHOWN + 2);
        compile_free(&c);
        buf_free(&text);
        buf_free(&out);
    }
}

/* Errors and warnings have their own room each: many of one hide none of the
 * other, and all are counted. */
static void diagnostics_kept(void **state)
{
    (void)state;
    for (unsigned n = LIM_DIAGNOSTICS - 1; n <= LIM_DIAGNOSTICS + 1; n++) {
        Compilation c = {0};
        Buf text = {0}, out = {0};
        buf_puts(&text, "edition 1\nplan p \"P\"\n# allow G1005\nphase a \"A\" {\n");
        for (unsigned i = 0; i < n; i++)
            buf_printf(&text, "  require missing_%u \"no such thing\"\n", i);
        buf_puts(&text, "}\n");
        assert_int_equal(compile_source(STR("p.gate"), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
        diag_sort(&c.diags);
        diag_print_text(&c.diags, false, &out);
        assert_int_equal(c.diags.errors, n);
        unsigned errors = 0;
        for (uint32_t i = 0; i < c.diags.n; i++)
            errors += c.diags.items[i].severity == DIAG_ERROR;
        assert_int_equal(errors, n < LIM_DIAGNOSTICS ? n : LIM_DIAGNOSTICS);
        buf_clear(&text);
        buf_printf(&text, "\nand %u more errors", n - LIM_ERRORS_SHOWN);
        assert_non_null(strstr(buf_z(&out), buf_z(&text)));
        assert_non_null(strstr(buf_z(&out), "warning[G9010]"));
        compile_free(&c);
        buf_free(&text);
        buf_free(&out);
    }
}

/* An error is told, and counts, behind whatever number of warnings; also one whose
 * code is a warning's: an error that somebody tried to allow. */
static void an_error_behind_warnings(void **state)
{
    (void)state;
    Compilation c = {0};
    Buf text = {0};
    buf_puts(&text, "edition 1\nplan p \"P\"\nrole owner \"O\"\n");
    for (unsigned i = 0; i <= LIM_DIAGNOSTICS; i++)
        buf_puts(&text, "# allow G1005: nothing here\n");
    buf_puts(&text, "# allow G6001: nobody will notice\nphase a \"A\" { tell owner \"x\" }\n");
    assert_int_equal(compile_source(STR("p.gate"), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
    assert_int_equal(c.diags.errors, 1);
    assert_int_equal(c.diags.more[1], 1);
    diag_sort(&c.diags);
    assert_int_equal(c.diags.errors, 1);
    const Diag *last = &c.diags.items[c.diags.n - 1];
    assert_true(last->severity == DIAG_ERROR && last->code == 9010);
    assert_true(str_is(last->message, "an error cannot be allowed, only repaired"));
    compile_free(&c);
    buf_free(&text);
}

/* Inputs of so many types that differ, beside those that are always there. */
static uint32_t types_of(uint32_t n, uint32_t *errors)
{
    Compilation c = {0};
    Buf text = {0};
    buf_puts(&text, "edition 1\nplan p \"P\"\nrole r \"R\"\n");
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&text, "input i%u: { f%u: text }\n", i, i);
    buf_puts(&text, "phase a \"A\" { tell r \"x\" }\n");
    assert_int_equal(compile_source(STR("p.gate"), buf_view(&text), COMPILE_CHECK, &c), GATE_OK);
    uint32_t types = c.sem->n_types;
    *errors = c.diags.errors;
    if (*errors > 0)
        assert_int_equal(c.diags.items[0].code, 20);
    compile_free(&c);
    buf_free(&text);
    return types;
}

static void different_types(void **state)
{
    (void)state;
    uint32_t errors, always = types_of(0, &errors), most = LIM_TYPES - always;
    for (uint32_t n = most - 1; n <= most + 1; n++) {
        uint32_t types = types_of(n, &errors);
        assert_int_equal(types, n <= most ? always + n : LIM_TYPES);
        assert_int_equal(errors, n <= most ? 0 : 1);
    }
}

/* Nothing of it is touched, so that it takes no memory here. */
static void memory_of_a_compilation(void **state)
{
    (void)state;
    enum { PIECE = 1 << 28 };
    Compilation c;
    assert_int_equal(compile_source(STR("p.gate"), STR("edition 1\n"), COMPILE_CHECK, &c), GATE_OK);
    size_t left = ((size_t)LIM_COMPILE_MIB << 20) - arena_used(c.arena);
    for (; left > PIECE; left -= PIECE)
        assert_non_null(arena_alloc(c.arena, PIECE));
    assert_null(arena_alloc(c.arena, left + 1));
    assert_non_null(arena_alloc(c.arena, left));
    assert_null(arena_alloc(c.arena, 1));
    compile_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_types), cmocka_unit_test(memory_of_a_compilation), cmocka_unit_test(errors_shown),
        cmocka_unit_test(diagnostics_kept), cmocka_unit_test(an_error_behind_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
