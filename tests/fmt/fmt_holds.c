/* What a layout promises, asked of any text:
 *   - doing it again changes nothing;
 *   - the words are the same, in order, but for commas between arguments and
 *     behind a list's last value; so are the comments;
 *   - a text without mistakes is always laid out, and its tree is the same;
 *   - of a text with mistakes, each line with one stays byte for byte as it is,
 *     and the mistakes are the same.
 * A text with mistakes may be refused as a whole; how many were is told.
 *
 * usage: fmt_holds FILE...            these files
 *        fmt_holds -d FILE...         each with each token left out, one at a time
 *        fmt_holds -x SEED FILE...    each with each token exchanged for another
 *        fmt_holds -g COUNT SEED      so many generated plans; each third one broken, too
 * Prints TAP: a line for each file, or for all generated plans. */
#include "compiler/fmt.h"
#include "grammar/parser.h"
#include "tests/gen/plan.h"
#include "tests/gen/random.h"
#include "vm/os/limits.h"
#include "vm/os/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
    SynTree *t;
    const SynToken *k;
    uint32_t n;
} Text;

typedef struct Count { unsigned long asked, broken, refused, failed; } Count;

static Text read_text(Str source, Arena *arena)
{
    Text x = {.t = syn_parse(source, arena)};
    x.k = syn_tokens(x.t, arena, &x.n);
    return x;
}

static Str token(const Text *x, uint32_t i)
{
    return (Str){x->t->source.p + x->k[i].start, x->k[i].end - x->k[i].start};
}

/* A comma that the layout may leave out or put in: before an argument's name or
 * a list's end. */
static bool is_soft_comma(const Text *x, uint32_t i)
{
    return x->k[i].kind == TOK_COMMA &&
           (i + 1 == x->n || x->k[i + 1].kind == TOK_RS || x->k[i + 1].kind == TOK_RB ||
            (i + 2 < x->n && (x->k[i + 2].kind == TOK_ASSIGN || x->k[i + 2].kind == TOK_COLON)));
}

static const char *same_words(const Text *a, const Text *b)
{
    for (uint32_t i = 0, k = 0;; i++, k++) {
        while (i < a->n && is_soft_comma(a, i))
            i++;
        while (k < b->n && is_soft_comma(b, k))
            k++;
        if (i == a->n || k == b->n)
            return i == a->n && k == b->n ? NULL : "a word is lost or new";
        if (!str_eq(token(a, i), token(b, k)))
            return "a word is another";
    }
}

static Str comment(const SynTree *t, uint32_t i)
{
    Str s = {t->source.p + t->comments[i].start, t->comments[i].end - t->comments[i].start};
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static const char *same_comments(const SynTree *a, const SynTree *b)
{
    if (a->n_comments != b->n_comments)
        return "a comment is lost or new";
    for (uint32_t i = 0; i < a->n_comments; i++)
        if (!str_eq(comment(a, i), comment(b, i)) || a->comments[i].doc != b->comments[i].doc)
            return "a comment is another";
    return NULL;
}

static const char *same_tree(const SynTree *a, const SynTree *b)
{
    if (a->n_nodes != b->n_nodes)
        return "the tree has other nodes";
    for (SynRef r = 1; r < a->n_nodes; r++) {
        const SynNode *x = syn(a, r), *y = syn(b, r);
        if (x->kind != y->kind || x->aux != y->aux || x->a != y->a || x->b != y->b ||
            x->c != y->c || x->next != y->next)
            return "the tree is another";
    }
    return NULL;
}

/* The line with a mistake, from its start to the comment behind it. */
static const char *same_line(const SynTree *t, const SynError *e, Str out)
{
    uint32_t line, column;
    syn_place(t, e->start, &line, &column);
    Str s = syn_line(t, line);
    for (uint32_t c = 0; c < t->n_comments; c++) {
        size_t at = (size_t)(s.p - t->source.p), start = t->comments[c].start;
        if (start >= at && start < at + s.n)
            s.n = start - at;
    }
    while (s.n > 0 && strchr(" \t\r", s.p[s.n - 1]) != NULL)
        s.n--;
    for (size_t i = 0; i + s.n <= out.n; i++)
        if ((i == 0 || out.p[i - 1] == '\n') && memcmp(out.p + i, s.p, s.n) == 0 &&
            (i + s.n == out.n || strchr(" \t\r\n#/", out.p[i + s.n]) != NULL))
            return NULL;
    return "a line with a mistake was changed";
}

static const char *same_mistakes(const Text *a, const Text *b)
{
    if (a->t->n_errors != b->t->n_errors)
        return "there are more mistakes, or fewer";
    for (uint32_t i = 0; i < a->t->n_errors; i++) {
        const SynError *e = &a->t->errors[i];
        if (e->code != b->t->errors[i].code)
            return "a mistake is another";
        const char *why = same_line(a->t, e, b->t->source);
        bool missing = e->code == 19 && e->start < a->n && e->start == a->k[0].start;
        if (why != NULL && !missing)
            return why;
    }
    return NULL;
}

/* What does not hold; NULL: all of it holds, or nothing was laid out. */
static const char *compare(Str source, Str once, Arena *arena)
{
    Text a = read_text(source, arena), b = read_text(once, arena);
    const char *why = same_words(&a, &b);
    if (why == NULL)
        why = same_comments(a.t, b.t);
    if (why == NULL)
        why = a.t->n_errors == 0 ? same_tree(a.t, b.t) : same_mistakes(&a, &b);
    return why;
}

static const char *holds(Str source, Count *count, Buf *once)
{
    Arena *arena = arena_new(0);
    Buf twice = {0};
    const char *why = NULL;
    bool broken = syn_parse(source, arena)->n_errors > 0;
    bool done = fmt_source(source, arena, once);
    count->asked++;
    count->broken += broken;
    count->refused += !done;
    if (!done && !broken)
        why = "it has no mistake and is not laid out";
    if (done)
        why = compare(source, buf_view(once), arena);
    if (done && why == NULL &&
        (!fmt_source(buf_view(once), arena, &twice) || !str_eq(buf_view(once), buf_view(&twice))))
        why = "done again it changes";
    count->failed += why != NULL;
    buf_free(&twice);
    arena_free(arena);
    return why;
}

/* --- what is asked ------------------------------------------------------------- */

static void tell(const char *why, Str source, const Buf *once)
{
    printf("# %s:\n", why);
    const Str sides[] = {source, buf_view(once)};
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0, end; i < sides[s].n; i = end + 1) {
            end = i;
            while (end < sides[s].n && sides[s].p[end] != '\n')
                end++;
            printf("# %s|%.*s\n", s == 0 ? "in " : "out", (int)(end - i), sides[s].p + i);
        }
    }
}

/* Tells of the first few that fail. */
static void ask(Str source, Count *count)
{
    enum { TOLD = 2 };
    Buf once = {0};
    const char *why = holds(source, count, &once);
    if (why != NULL && count->failed <= TOLD)
        tell(why, source, &once);
    buf_free(&once);
}

static void result(int n, const Count *c, const char *name)
{
    printf("%sok %d - %s: %lu texts, %lu with mistakes, %lu refused, %lu failed\n", c->failed > 0 ? "not " : "", n,
           name, c->asked, c->broken, c->refused, c->failed);
}

static void slurp(const char *path, Buf *b)
{
    Buf why = {0};
    if (os_read_file(path, LIM_SOURCE_BYTES, b, &why) != GATE_OK) {
        fprintf(stderr, "%s\n", buf_z(&why));
        exit(2);
    }
}

typedef enum Change { AS_IT_IS, LEFT_OUT, EXCHANGED } Change;

static void ask_changed(const Text *x, uint32_t i, Str other, Count *count)
{
    Buf b = {0};
    buf_put(&b, x->t->source.p, x->k[i].start);
    buf_str(&b, other);
    buf_put(&b, x->t->source.p + x->k[i].end, x->t->source.n - x->k[i].end);
    ask(buf_view(&b), count);
    buf_free(&b);
}

static void ask_file(int n, const char *path, Change change, GenRandom *r)
{
    Arena *arena = arena_new(0);
    Buf text = {0};
    Count count = {0};
    slurp(path, &text);
    Text x = read_text(buf_view(&text), arena);
    if (change == AS_IT_IS)
        ask(buf_view(&text), &count);
    for (uint32_t i = 0; i < x.n && change == LEFT_OUT; i++)
        ask_changed(&x, i, STR(""), &count);
    for (uint32_t i = 0; i < x.n && change == EXCHANGED; i++)
        ask_changed(&x, i, token(&x, gen_below(r, x.n)), &count);
    result(n, &count, path);
    buf_free(&text);
    arena_free(arena);
}

/* One to three tokens left out or exchanged. */
static void break_it(Buf *text, GenRandom *r)
{
    for (uint32_t n = 1 + gen_below(r, 3); n > 0; n--) {
        Arena *arena = arena_new(0);
        Text x = read_text(buf_view(text), arena);
        uint32_t i = gen_below(r, x.n);
        Buf b = {0};
        buf_put(&b, x.t->source.p, x.k[i].start);
        if (gen_once(r, 2))
            buf_str(&b, token(&x, gen_below(r, x.n)));
        buf_put(&b, x.t->source.p + x.k[i].end, x.t->source.n - x.k[i].end);
        buf_free(text);
        *text = b;
        arena_free(arena);
    }
}

static void ask_generated(unsigned long plans, uint64_t seed)
{
    Count count = {0};
    GenRandom r = {seed};
    for (unsigned long i = 0; i < plans; i++) {
        Buf b = {0};
        GenOptions o = {.odd = i % 4 != 0};
        gen_plan(gen_derive(seed, i), &o, &b);
        ask(buf_view(&b), &count);
        if (i % 3 == 0) {
            break_it(&b, &r);
            ask(buf_view(&b), &count);
        }
        buf_free(&b);
    }
    result(1, &count, "generated plans");
    printf("1..1\n");
}

int main(int argc, char **argv)
{
    GenRandom r = {1};
    int first = 1;
    Change change = AS_IT_IS;
    if (argc > 3 && strcmp(argv[1], "-g") == 0) {
        ask_generated(strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "-d") == 0) {
        change = LEFT_OUT;
        first = 2;
    } else if (argc > 2 && strcmp(argv[1], "-x") == 0) {
        change = EXCHANGED;
        r.s = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    for (int i = first; i < argc; i++)
        ask_file(i - first + 1, argv[i], change, &r);
    printf("1..%d\n", argc - first);
    return 0;
}
