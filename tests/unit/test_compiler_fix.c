/* Safe repairs applied: which go together, how often, and that a plan in its
 * layout stays in it. The difference of two texts as `diff -u` tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "compiler/fix.h"
#include "compiler/unified.h"
#include "vm/os/limits.h"

typedef struct Told { uint32_t n; uint16_t codes[256]; } Told;

static void tell(void *ctx, const Diag *d, const DiagFix *f)
{
    Told *t = ctx;
    assert_int_equal(f->grade, 'M');
    t->codes[t->n++ % 256] = d->code;
}

static GateStatus fix(const char *text, Buf *out, uint32_t *n, uint32_t *rounds)
{
    Told told = {0};
    CompileOptions o = {0};
    buf_clear(out);
    buf_puts(out, text);
    GateStatus s = fix_text(STR("t.gate"), out, &o, tell, &told, n, rounds);
    assert_int_equal(told.n, *n);
    return s;
}

static void becomes(const char *text, const char *want, uint32_t repairs)
{
    Buf out = {0};
    uint32_t n, rounds;
    assert_int_equal(fix(text, &out, &n, &rounds), GATE_OK);
    assert_string_equal(buf_z(&out), want);
    assert_int_equal(n, repairs);
    buf_free(&out);
}

#define HEAD "edition 1\nplan p \"P\"\n"
#define BODY "\nphase a \"A\" {\n  needs nothing\n  action x {\n    run shell.query { argv = [\"x\"] }\n  }\n}\n"

static void several_at_once(void **state)
{
    (void)state;
    becomes(HEAD "input unused: text;\nlet also = 1\n" BODY, HEAD BODY, 3);
    becomes(HEAD BODY, HEAD BODY, 0);
    becomes("", "edition 1\n", 1);
}

/* What is used only by what is not used comes to light in the next round. */
static void chain(Buf *b, int lets)
{
    buf_puts(b, HEAD "let a0 = 1\n");
    for (int i = 1; i < lets; i++)
        buf_printf(b, "let a%d = a%d\n", i, i - 1);
    buf_puts(b, BODY);
}

static void rounds_are_limited(void **state)
{
    (void)state;
    for (int lets = LIM_FIX_ROUNDS - 1; lets <= LIM_FIX_ROUNDS + 1; lets++) {
        Buf text = {0}, out = {0};
        uint32_t n, rounds;
        chain(&text, lets);
        GateStatus s = fix(buf_z(&text), &out, &n, &rounds);
        bool enough = lets <= LIM_FIX_ROUNDS;
        assert_int_equal(s, enough ? GATE_OK : GATE_E_LIMIT);
        assert_int_equal(rounds, enough ? lets : LIM_FIX_ROUNDS);
        assert_int_equal(n, rounds);
        assert_int_equal(strstr(buf_z(&out), "let") == NULL, enough);
        buf_free(&text);
        buf_free(&out);
    }
}

/* Of two that overlap, or would insert at one place, the first is taken; the
 * other is for the next round. */
static void first_wins(void **state)
{
    (void)state;
    static const char text[] = "0123456789";
    static const struct { uint32_t start, end; const char *text, *want; } cases[] = {
        {2, 5, "x", "01x56789"},     /* the same again */
        {4, 6, "x", "01-56789"},     /* begins inside */
        {5, 6, "x", "01-x6789"},     /* begins where it ends */
        {5, 5, "x", "01-x56789"},    /* inserts where it ends */
        {0, 2, "x", "x-56789"},      /* ends where it begins */
        {2, 2, "x", "01x-56789"},    /* inserts where it begins */
    };
    Arena *arena = arena_new(0);
    SynTree *t = syn_parse(STR(text), arena);
    const DiagSource source = {STR("t"), t}, other = {STR("u"), t};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        DiagList l = {.arena = arena};
        Buf out = {0};
        Diag *d = diag_add(&l, 1005, &source, 0, 1, "one");
        diag_fix(&l, d, 'M', &source, 2, 5, STR("-"), "the first");
        d = diag_add(&l, 1005, &source, 0, 1, "two");
        diag_fix(&l, d, '?', &source, 9, 10, STR("?"), "not safe");
        diag_fix(&l, d, 'M', &source, cases[i].start, cases[i].end, str_of(cases[i].text), "t");
        d = diag_add(&l, 1005, &other, 0, 1, "three");
        diag_fix(&l, d, 'M', &other, 9, 10, STR("!"), "of another file");
        uint32_t n = fix_round(&l, STR("t"), STR(text), &out, NULL, NULL);
        /* The two that begin at one place: the one that was found first. */
        const char *want = cases[i].start == 2 && cases[i].end == 5 ? "01-56789" : cases[i].want;
        if (cases[i].start == 2 && cases[i].end == 2)
            want = "01-56789";
        assert_string_equal(buf_z(&out), want);
        assert_int_equal(n, strchr(want, 'x') == NULL ? 1 : 2);
        buf_free(&out);
    }
    arena_free(arena);
}

static void layout_stays(void **state)
{
    (void)state;
    /* The column of the roles' titles is that of the longest name that is left. */
    static const char body[] =
        "\nphase a \"A\" {\n  needs nothing\n  gate L1 by boss\n  action x {\n"
        "    run shell.query { argv = [\"x\"] }\n  }\n}\n";
    Buf text = {0}, want = {0};
    buf_printf(&text, HEAD "role boss            \"B\"\nrole nobody_in_place \"N\"\n%s", body);
    buf_printf(&want, HEAD "role boss \"B\"\n%s", body);
    becomes(buf_z(&text), buf_z(&want), 1);
    /* What was not in its layout stays as it is written. */
    buf_clear(&text);
    buf_clear(&want);
    buf_printf(&text, HEAD "role   boss            \"B\"\nrole nobody_in_place \"N\"\n%s", body);
    buf_printf(&want, HEAD "role   boss            \"B\"\n%s", body);
    becomes(buf_z(&text), buf_z(&want), 1);
    buf_free(&text);
    buf_free(&want);
}

/* --- differences ------------------------------------------------------------------ */

static const char *difference(const char *a, const char *b, Buf *out)
{
    Arena *arena = arena_new(0);
    buf_clear(out);
    unified_diff(str_of(a), str_of(b), STR("f"), arena, out);
    arena_free(arena);
    return buf_z(out);
}

static void differences(void **state)
{
    (void)state;
    Buf out = {0};
    assert_string_equal(difference("a\nb\n", "a\nb\n", &out), "");
    assert_string_equal(difference("", "a\n", &out), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
    assert_string_equal(difference("a\n", "", &out), "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n");
    assert_string_equal(difference("a", "a\n", &out),
                        "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
    assert_string_equal(difference("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\ny\n6\n7\n8\n9\n", &out),
                        "--- f\n+++ f\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n+y\n 6\n 7\n 8\n");
    /* Two changes with seven lines between them are two hunks; with six, one. */
    assert_non_null(strstr(difference("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", &out),
                           "@@ -6,4 +6,4 @@"));
    assert_non_null(strstr(difference("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", &out),
                           "@@ -1,8 +1,8 @@"));
    buf_free(&out);
}

static const char *copy_line(const char *from, Buf *out)
{
    const char *end = strchr(from, '\n') + 1;
    if (out != NULL)
        buf_put(out, from, (size_t)(end - from));
    return end;
}

/* What `patch` makes of a text; the hunks come in order. */
static void patch(const char *text, const char *diff, Buf *out)
{
    int at = 1;
    while (*diff != '\0') {
        int line = 0, lines = 1;
        switch (*diff) {
        case '@':
            sscanf(diff, "@@ -%d,%d", &line, &lines);
            for (line += lines == 0; at < line; at++)
                text = copy_line(text, out);
            break;
        case '+':
            copy_line(diff + 1, out);
            break;
        default:
            text = copy_line(text, *diff == ' ' ? out : NULL);
            at++;
            break;
        }
        diff = copy_line(diff, NULL);
    }
    buf_puts(out, text);
}

static void differences_apply(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 300; round++) {
        Buf a = {0}, b = {0}, out = {0}, made = {0};
        int lines = 1 + (int)(seed % 60);
        for (int i = 0; i < lines; i++) {
            seed = seed * 1103515245 + 12345;
            unsigned pick = seed >> 16 & 15;
            if (pick != 0)
                buf_printf(&a, "line %u\n", seed >> 20 & 7);
            if (pick == 1)
                buf_printf(&b, "new %u\n", seed >> 24 & 3);
            if (pick != 2)
                buf_printf(&b, "line %u\n", seed >> 20 & 7);
        }
        const char *diff = difference(buf_z(&a), buf_z(&b), &out);
        patch(buf_z(&a), *diff == '\0' ? diff : copy_line(copy_line(diff, NULL), NULL), &made);
        assert_string_equal(buf_z(&made), buf_z(&b));
        buf_free(&a);
        buf_free(&b);
        buf_free(&out);
        buf_free(&made);
    }
    /* Further apart than the search goes: everything is exchanged. */
    Buf a = {0}, b = {0}, out = {0};
    for (int i = 0; i < 3000; i++) {
        buf_printf(&a, "a%d\n", i);
        buf_printf(&b, "b%d\n", i);
    }
    assert_non_null(strstr(difference(buf_z(&a), buf_z(&b), &out), "@@ -1,3000 +1,3000 @@\n-a0\n"));
    buf_free(&a);
    buf_free(&b);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_at_once), cmocka_unit_test(rounds_are_limited),
        cmocka_unit_test(first_wins), cmocka_unit_test(layout_stays),
        cmocka_unit_test(differences), cmocka_unit_test(differences_apply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
