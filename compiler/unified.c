/* Owns: the least difference of two texts (Myers 1986, greedy), in hunks.
 * Must not know: what the texts are. */
#include "compiler/unified.h"

#include <string.h>

enum {
    CONTEXT = 3,    /* lines around a change */
    DISTANCE = 1000 /* lines taken out and put in, at most, in the search for the
                       least; its memory grows with the square. Past it all is
                       exchanged that is not the same at both ends. */
};

typedef struct Side {
    Str *lines;     /* with their line ends */
    bool *changed;
    int n;
} Side;

static Side split(Str text, Arena *arena)
{
    Side s = {0};
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n' || i + 1 == text.n;
    s.lines = ARENA_NEW(arena, Str, n + 1);
    s.changed = ARENA_NEW(arena, bool, n + 1);
    for (size_t i = 0, start = 0; i < text.n; i++)
        if (text.p[i] == '\n' || i + 1 == text.n) {
            s.lines[s.n++] = (Str){text.p + start, i + 1 - start};
            start = i + 1;
        }
    return s;
}

/* --- the least difference --------------------------------------------------- */

/* Where the sides differ: a lines of the old one, b of the new one. */
typedef struct Middle {
    const Str *old, *new;
    bool *gone, *come;
    int a, b;
} Middle;

/* Does the way with d changes to diagonal k (x - y) end with a line that comes?
 * last: the furthest x of the ways with one change less, by diagonal. */
static bool comes(const int *last, int d, int k)
{
    return k == -d || (k != d && last[k - 1] < last[k + 1]);
}

/* From the end back to the start: rows[d] has the diagonals -d..d around its
 * middle. */
static void mark(const Middle *m, int *const *rows, int d)
{
    int x = m->a, y = m->b;
    for (; d > 0; d--) {
        const int *last = rows[d - 1] + d;
        int k = x - y;
        bool come = comes(last, d, k);
        int from = come ? k + 1 : k - 1;
        x = last[from];
        y = x - from;
        if (come)
            m->come[y] = true;
        else
            m->gone[x] = true;
    }
}

/* The furthest x on each diagonal with d changes, for d = 0, 1, 2... until one
 * way reaches the end. false: more than DISTANCE. */
static bool search(const Middle *m, Arena *arena)
{
    int **rows = ARENA_NEW(arena, int *, DISTANCE + 1);
    for (int d = 0; d <= DISTANCE; d++) {
        rows[d] = ARENA_NEW(arena, int, 2 * (size_t)d + 3);
        int *now = rows[d] + d + 1;
        const int *last = d > 0 ? rows[d - 1] + d : NULL;
        for (int k = -d; k <= d; k += 2) {
            int x = d == 0 ? 0 : comes(last, d, k) ? last[k + 1] : last[k - 1] + 1;
            int y = x - k;
            while (x < m->a && y < m->b && y >= 0 && str_eq(m->old[x], m->new[y])) {
                x++;
                y++;
            }
            now[k] = x;
            if (x >= m->a && y >= m->b) {
                mark(m, rows, d);
                return true;
            }
        }
    }
    return false;
}

static void compare(Side *old, Side *new, Arena *arena)
{
    int first = 0, a = old->n, b = new->n;
    while (first < a && first < b && str_eq(old->lines[first], new->lines[first]))
        first++;
    while (a > first && b > first && str_eq(old->lines[a - 1], new->lines[b - 1])) {
        a--;
        b--;
    }
    Middle m = {old->lines + first, new->lines + first, old->changed + first,
                new->changed + first, a - first, b - first};
    if (search(&m, arena))
        return;
    memset(m.gone, true, (size_t)m.a);
    memset(m.come, true, (size_t)m.b);
}

/* --- hunks -------------------------------------------------------------------- */

static void put_line(Buf *out, char sign, Str line)
{
    buf_putc(out, sign);
    buf_str(out, line);
    if (line.n == 0 || line.p[line.n - 1] != '\n')
        buf_puts(out, "\n\\ No newline at end of file\n");
}

/* "12,3": a side without lines is named by the line before it. */
static void put_range(Buf *out, int from, int to)
{
    buf_printf(out, "%d", to > from ? from + 1 : from);
    if (to - from != 1)
        buf_printf(out, ",%d", to - from);
}

/* Where both sides stand. */
typedef struct At { int a, b; } At;

static bool changed(const Side *old, const Side *new, At at)
{
    return (at.a < old->n && old->changed[at.a]) || (at.b < new->n && new->changed[at.b]);
}

static At step(const Side *old, const Side *new, At at)
{
    bool gone = at.a < old->n && old->changed[at.a], come = at.b < new->n && new->changed[at.b];
    return (At){at.a + (gone || !come), at.b + (come || !gone)};
}

/* All that is gone stands before what has come in its place. */
static void put_hunk(const Side *old, const Side *new, At from, At to, Buf *out)
{
    buf_puts(out, "@@ -");
    put_range(out, from.a, to.a);
    buf_puts(out, " +");
    put_range(out, from.b, to.b);
    buf_puts(out, " @@\n");
    while (from.a < to.a || from.b < to.b) {
        while (from.a < to.a && old->changed[from.a])
            put_line(out, '-', old->lines[from.a++]);
        while (from.b < to.b && new->changed[from.b])
            put_line(out, '+', new->lines[from.b++]);
        for (; from.a < to.a && !changed(old, new, from); from.a++, from.b++)
            put_line(out, ' ', old->lines[from.a]);
    }
}

/* From the first change at or after `at` to where more than twice the context is
 * the same. false: no more changes. */
static bool next_hunk(const Side *old, const Side *new, At at, At *from, At *to)
{
    while ((at.a < old->n || at.b < new->n) && !changed(old, new, at))
        at = step(old, new, at);
    if (at.a >= old->n && at.b >= new->n)
        return false;
    int before = at.a < CONTEXT ? at.a : CONTEXT;
    *from = (At){at.a - before, at.b - before};
    int same = 0;
    for (*to = at; (at.a < old->n || at.b < new->n) && same <= 2 * CONTEXT;) {
        bool is = changed(old, new, at);
        at = step(old, new, at);
        same = is ? 0 : same + 1;
        if (is)
            *to = at;
    }
    int after = old->n - to->a < CONTEXT ? old->n - to->a : CONTEXT;
    *to = (At){to->a + after, to->b + after};
    return true;
}

void unified_diff(Str before, Str after, Str name, Arena *arena, Buf *out)
{
    if (str_eq(before, after))
        return;
    Side old = split(before, arena), new = split(after, arena);
    compare(&old, &new, arena);
    buf_printf(out, "--- %.*s\n+++ %.*s\n", STR_ARG(name), STR_ARG(name));
    At from, to = {0, 0};
    while (next_hunk(&old, &new, to, &from, &to))
        put_hunk(&old, &new, from, to, out);
}
