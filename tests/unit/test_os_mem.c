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

/* The end of the newest piece can be given back; of an older one, nothing. */
static void arena_trims(void **state)
{
    (void)state;
    Arena *a = arena_new(1 << 20);
    char *p = arena_alloc(a, 1000);
    memset(p, 0xff, 100);
    arena_trim(a, p, 1000, 100);
    assert_int_equal(arena_used(a), 112); /* in steps of 16 */
    const char *next = arena_alloc(a, 900);
    assert_ptr_equal(next, p + 112);
    for (int i = 0; i < 900; i++)
        assert_int_equal(next[i], 0);
    arena_trim(a, p, 100, 10); /* no longer the newest */
    assert_int_equal(arena_used(a), 112 + 912);
    arena_trim(a, next, 900, 900);
    assert_int_equal(arena_used(a), 112 + 912);
    arena_trim(a, next, SIZE_MAX, 0);
    assert_int_equal(arena_used(a), 112 + 912);
    arena_free(a);
    a = arena_new(0);
    arena_trim(a, "", 10, 0); /* nothing was taken */
    arena_free(a);
}

/* What is expected comes in one block, and large ones begin where a huge page
 * does; what comes beyond it is there as well. */
/* Items keep their values when they move, and a full arena takes none of them. */
static void arena_grows(void **state)
{
    (void)state;
    Arena *a = arena_new(1000);
    uint32_t n = 0, cap = 0, *items = NULL, *more;
    while ((more = arena_grow(a, items, n, &cap, sizeof *items)) != NULL) {
        items = more;
        items[n] = n;
        n++;
    }
    assert_true(n == cap && n >= 32);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(items[i], i);
    assert_null(arena_reserve(a, items, n, &cap, UINT32_MAX, sizeof *items));
    assert_int_equal(cap, n);
    cap = n + 3;
    assert_ptr_equal(arena_reserve(a, items, n, &cap, 3, sizeof *items), items);
    arena_free(a);
}

static void arena_expects(void **state)
{
    (void)state;
    const size_t sizes[] = {100, 1 << 17, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        Arena *a = arena_new(0);
        arena_expect(a, sizes[i]);
        uint64_t before = mem_alloc_count();
        for (size_t n = 0; n < sizes[i] / 100; n++)
            memset(arena_alloc(a, 64), 0xff, 64);
        assert_int_equal(mem_alloc_count() - before, 1);
        const char *more = arena_alloc(a, 5 << 20);
        assert_int_equal(more[0] | more[(5 << 20) - 1], 0);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
        arena_free(a);
    }
}

/* Of any size: zeroed, ours to its last byte, and at a huge page where it has one. */
static void pages_of_any_size(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 4096, 4097, 100000, MEM_HUGE - 1, MEM_HUGE, MEM_HUGE + 1, 3 * MEM_HUGE + 70000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *p = mem_pages(sizes[i]);
        assert_true(sizes[i] < MEM_HUGE || (uintptr_t)p % MEM_HUGE == 0);
        assert_int_equal(p[0] | p[sizes[i] / 2] | p[sizes[i] - 1], 0);
        memset(p, 0xff, sizes[i]);
        mem_pages_free(p, sizes[i]);
        mem_fail_at(1, false);
        assert_null(mem_pages(sizes[i]));
        mem_fail_at(0, false);
    }
    assert_null(mem_pages(0));
    assert_null(mem_pages(SIZE_MAX));
}

static void formatted(void **state)
{
    (void)state;
    Arena *a = arena_new(64);
    Str s = arena_printf(a, "%d of %s", 3, "four");
    assert_true(str_is(s, "3 of four"));
    assert_int_equal(s.p[s.n], 0);
    assert_int_equal(arena_printf(a, "%100d", 1).n, 0); /* full */
    arena_free(a);
}

static void distances(void **state)
{
    (void)state;
    static const struct { const char *a, *b; unsigned far; } rows[] = {
        {"", "", 0}, {"owner", "owner", 0}, {"owner", "Owner", 0}, {"owner", "onwer", 1},
        {"owner", "owners", 1}, {"", "abc", 3}, {"kitten", "sitting", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(str_distance(str_of(rows[i].a), str_of(rows[i].b)), rows[i].far);
        assert_int_equal(str_distance(str_of(rows[i].b), str_of(rows[i].a)), rows[i].far);
    }
    char many[STR_DISTANCE_MAX + 1];
    memset(many, 'x', sizeof many);
    assert_int_equal(str_distance((Str){many, sizeof many}, STR("x")), STR_DISTANCE_MAX);
    assert_int_equal(str_distance((Str){many, STR_DISTANCE_MAX}, STR("x")), STR_DISTANCE_MAX - 1);
}

/* From a small block into mapped ones, and what stood there stays. */
static void large_buffers(void **state)
{
    (void)state;
    Buf b = {0};
    for (uint32_t i = 0; i < 1500000; i++)
        buf_put(&b, &i, sizeof i);
    assert_false(b.failed);
    for (uint32_t i = 0, v; i < 1500000; i++) {
        memcpy(&v, b.p + (size_t)i * sizeof v, sizeof v);
        assert_true(v == i);
    }
    memcpy(buf_reserve(&b, 3), "end", 3);
    b.n += 3;
    assert_string_equal(buf_z(&b) + b.n - 3, "end");
    mem_fail_at(1, true);
    assert_null(buf_reserve(&b, 1 << 24));
    mem_fail_at(0, false);
    assert_true(b.failed);
    buf_free(&b);
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
        cmocka_unit_test(arena_grows), cmocka_unit_test(arena_expects), cmocka_unit_test(pages_of_any_size), cmocka_unit_test(arena_trims), cmocka_unit_test(formatted),
        cmocka_unit_test(distances),  cmocka_unit_test(large_buffers),
        cmocka_unit_test(buffers),    cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests_name("os_mem", tests, NULL, NULL);
}
