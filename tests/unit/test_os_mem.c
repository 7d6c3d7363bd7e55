/* Arenas, buffers and slices, at their edges and when memory fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vm/os/mem.h"

static void arithmetic(void **state)
{
    (void)state;
    size_t n;
    assert_true(mem_add(SIZE_MAX - 1, 1, &n));
    assert_int_equal(n, SIZE_MAX);
    assert_false(mem_add(SIZE_MAX, 1, &n));
    assert_true(mem_mul(SIZE_MAX, 1, &n));
    assert_true(mem_mul(0, SIZE_MAX, &n));
    assert_false(mem_mul(SIZE_MAX / 2 + 1, 2, &n));
}

static void slices(void **state)
{
    (void)state;
    assert_true(str_eq(STR(""), (Str){NULL, 0}));
    assert_true(str_is(STR("ab"), "ab"));
    assert_false(str_is(STR("ab"), "abc"));
    assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
    assert_true(str_cmp(STR("b"), STR("abc")) > 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0); /* bytes, not chars */
    assert_int_equal(str_cmp(STR(""), STR("")), 0);
    assert_int_equal(str_of(NULL).n, 0);
}

static void arenas(void **state)
{
    (void)state;
    Arena *a = arena_new(1000);
    char *p = arena_alloc(a, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
    assert_null(arena_alloc(a, 1000)); /* the cap is hard */
    assert_null(arena_array(a, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(a, SIZE_MAX));
    Str s = arena_str(a, STR("text"));
    assert_string_equal(s.p, "text"); /* a NUL stands behind */
    memset(p, 0xff, 100);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    p = arena_alloc(a, 900);
    for (int i = 0; i < 900; i++)
        assert_int_equal(p[i], 0); /* zeroed again */
    arena_free(a);
    arena_free(NULL);
}

static void arena_jumps(void **state)
{
    (void)state;
    Arena *a = arena_new(64);
    jmp_buf full;
    volatile int times = 0;
    if (setjmp(full) == 0) {
        arena_on_full(a, &full);
        for (;;) {
            arena_alloc(a, 16);
            times = times + 1;
        }
    }
    assert_int_equal(times, 4);
    arena_free(a);
}

static void buffers(void **state)
{
    (void)state;
    Buf b = {.max = 10};
    buf_puts(&b, "0123456789");
    assert_false(b.failed);
    assert_string_equal(buf_z(&b), "0123456789");
    buf_putc(&b, 'x');
    assert_true(b.failed);
    buf_puts(&b, ""); /* sticky */
    assert_string_equal(buf_z(&b), "");
    buf_clear(&b);
    buf_printf(&b, "%d-%s", 42, "ab");
    assert_true(str_is(buf_view(&b), "42-ab"));
    buf_printf(&b, "%06d", 1); /* one too many */
    assert_true(b.failed);
    assert_int_equal(b.n, 5);
    buf_free(&b);
    assert_int_equal(b.max, 10);
    assert_null(b.p);
}

static void memory_fails(void **state)
{
    (void)state;
    Buf b = {0};
    mem_fail_at(1, false);
    buf_puts(&b, "x");
    assert_true(b.failed);
    buf_clear(&b);
    buf_puts(&b, "x"); /* once only */
    assert_false(b.failed);
    mem_fail_at(2, true);
    Arena *a = arena_new(0);
    assert_non_null(a);
    assert_null(arena_alloc(a, 8));
    assert_null(arena_alloc(a, 8)); /* and from then on */
    for (int i = 0; i < 100; i++)
        buf_putc(&b, 'y');
    assert_true(b.failed);
    assert_int_equal(b.n, 63); /* what was there stays */
    mem_fail_at(0, false);
    assert_non_null(arena_alloc(a, 8));
    arena_free(a);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic), cmocka_unit_test(slices),
        cmocka_unit_test(arenas),     cmocka_unit_test(arena_jumps),
        cmocka_unit_test(buffers),    cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests_name("os_mem", tests, NULL, NULL);
}
