/* For tests of the checker: a plan is checked, what was said of it is counted and
 * looked through. Includes what cmocka.h wants before it. */
#ifndef GATE_TEST_COMPILER_UTIL_H
#define GATE_TEST_COMPILER_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "compiler/compile.h"

/* The last one; freed by the next, and by done(). */
static Compilation compiled;

static inline int done(void **state)
{
    (void)state;
    compile_free(&compiled);
    return 0;
}

static inline const Sem *check_with(const char *path, const char *text, const CompileOptions *o)
{
    Buf source = {0};
    compile_free(&compiled);
    buf_puts(&source, text);
    assert_int_equal(compile_with(str_of(path), &source, o, &compiled), GATE_OK);
    return compiled.sem;
}

static inline const Sem *check_as(int flags, const char *path, const char *text)
{
    CompileOptions o = {.flags = flags};
    return check_with(path, text, &o);
}

static inline const Sem *check(const char *plan)
{
    return check_as(COMPILE_CHECK, "test.gate", plan);
}

static inline void nothing_said(uint32_t n)
{
    if (n > 0) {
        Buf out = {0};
        diag_print_text(&compiled.diags, false, &out);
        fputs(buf_z(&out), stderr);
        buf_free(&out);
    }
    assert_int_equal(n, 0);
}

/* Nothing at all may be said of it. */
static inline const Sem *clean(const char *plan)
{
    const Sem *s = check(plan);
    nothing_said(compiled.diags.n);
    return s;
}

/* No errors: what it is a part of would say more, and is left out. */
static inline const Sem *sound(const char *plan)
{
    const Sem *s = check(plan);
    nothing_said(compiled.diags.errors);
    return s;
}

static inline uint32_t count_code(uint16_t code)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < compiled.diags.n; i++)
        n += compiled.diags.items[i].code == code;
    return n;
}

#endif
