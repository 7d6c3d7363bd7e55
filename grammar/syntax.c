/* Owns: the tree's memory, places, decoding of texts, and the dumps. Must not
 * know: how tokens become nodes (parse.y), nor what nodes mean. */
#include "grammar/syntax.h"
#include "grammar/parser.h"
#include "vm/os/limits.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- building ---------------------------------------------------------------- */

void syn_reserve_nodes(SynTree *t)
{
    /* Measured: a node for every nine bytes of plan, for every six of one that
     * is written tightly. */
    t->cap_nodes = (uint32_t)(t->source.n / 5) + 64;
    t->nodes = ARENA_NEW(t->arena, SynNode, t->cap_nodes);
    t->n_nodes = 1;
}

void syn_grow_nodes(SynTree *t)
{
    const uint32_t most = SYN_REF_MAX + 1; /* what a number of 27 bits can name */
    uint32_t cap = t->cap_nodes > most / 2 ? most : t->cap_nodes * 2;
    if (t->cap_nodes >= most)
        arena_give_up(t->arena);
    SynNode *n = ARENA_NEW(t->arena, SynNode, cap);
    memcpy(n, t->nodes, t->n_nodes * sizeof *n);
    t->nodes = n;
    t->cap_nodes = cap;
}

void syn_trim_nodes(SynTree *t)
{
    arena_trim(t->arena, t->nodes, t->cap_nodes * sizeof *t->nodes, t->n_nodes * sizeof *t->nodes);
    t->cap_nodes = t->n_nodes;
}

void syn_note_literal(SynTree *t)
{
    if (t->n_literals == t->cap_literals) {
        uint32_t cap = 2 * t->cap_literals;
        SynRef *l = ARENA_NEW(t->arena, SynRef, cap);
        memcpy(l, t->literals, t->n_literals * sizeof *l);
        t->literals = l;
        t->cap_literals = cap;
    }
    t->literals[t->n_literals++] = t->n_nodes;
}

SynError *syn_error(SynTree *t, uint16_t code, uint32_t start, uint32_t end,
                    const char *text)
{
    if (t->n_errors == LIM_SYNTAX_ERRORS)
        return NULL;
    if (t->n_errors == t->cap_errors) {
        uint32_t cap = t->cap_errors == 0 ? 8 : 2 * t->cap_errors;
        SynError *e = ARENA_NEW(t->arena, SynError, cap);
        if (t->n_errors > 0)
            memcpy(e, t->errors, t->n_errors * sizeof *e);
        t->errors = e;
        t->cap_errors = cap;
    }
    SynError *e = &t->errors[t->n_errors++];
    *e = (SynError){.code = code, .start = start, .end = end, .text = text};
    return e;
}

const char *syn_printf(SynTree *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(t->arena, fmt, ap);
    va_end(ap);
    return s.p;
}

void syn_fix(SynError *e, char grade, uint32_t start, uint32_t end,
             const char *fix)
{
    e->fix = fix;
    e->fix_grade = grade;
    e->fix_start = start;
    e->fix_end = end;
}

/* Lines are short, and a column is counted when it is asked for. Of a longer one
 * so many bytes are counted at most, since the tree then knows how many
 * characters stand before every so many bytes of the file. */
enum { COUNTED = 4096 };

static bool is_start(char c) /* of a character (RFC 3629) */
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

static void count_characters(SynTree *t)
{
    size_t n = t->source.n / COUNTED + 1;
    uint32_t count = 0;
    t->characters = ARENA_NEW(t->arena, uint32_t, n);
    for (size_t i = 0; i < t->source.n; i++) {
        if (i % COUNTED == 0)
            t->characters[i / COUNTED] = count;
        count += is_start(t->source.p[i]);
    }
    if (t->source.n % COUNTED == 0)
        t->characters[n - 1] = count;
}

/* Characters from..to of the source. */
static uint32_t characters(const SynTree *t, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    if (to - from > COUNTED) {
        /* All before `to`, without all before `from`. */
        n = t->characters[to / COUNTED] - t->characters[from / COUNTED];
        for (uint32_t i = from - from % COUNTED; i < from; i++)
            n -= is_start(t->source.p[i]);
        from = to - to % COUNTED;
    }
    for (uint32_t i = from; i < to; i++)
        n += is_start(t->source.p[i]);
    return n;
}

static void find_lines(SynTree *t)
{
    const char *p = t->source.p, *end = p + t->source.n;
    uint32_t n = 1;
    for (const char *q = p; (q = memchr(q, '\n', (size_t)(end - q))) != NULL; q++)
        n++;
    t->lines = ARENA_NEW(t->arena, uint32_t, n);
    t->n_lines = 0;
    t->lines[t->n_lines++] = 0;
    for (const char *q = p; (q = memchr(q, '\n', (size_t)(end - q))) != NULL; q++)
        t->lines[t->n_lines++] = (uint32_t)(q - p) + 1;
    for (uint32_t i = 0; i < n && t->characters == NULL; i++)
        if ((i + 1 < n ? t->lines[i + 1] : t->source.n) - t->lines[i] > COUNTED)
            count_characters(t);
}

static SynTree *new_tree(Str source, Arena *arena)
{
    SynTree *t = ARENA_NEW(arena, SynTree, 1);
    t->arena = arena;
    assert(source.p[source.n] == '\0');
    t->source = source;
    find_lines(t);
    /* Room for what most plans have of them (measured): so nothing is taken
     * behind the nodes while they grow, and what they leave can be given back. */
    t->cap_literals = (uint32_t)(source.n / 64) + 16;
    t->literals = ARENA_NEW(arena, SynRef, t->cap_literals);
    t->cap_comments = t->n_lines / 8 + 16;
    t->comments = ARENA_NEW(arena, SynComment, t->cap_comments);
    return t;
}

SynTree *syn_parse(Str source, Arena *arena)
{
    return syn_parse_borrowed(arena_str(arena, source), arena);
}

SynTree *syn_parse_borrowed(Str source, Arena *arena)
{
    bool too_large = source.n > LIM_SOURCE_BYTES;
    SynTree *t = new_tree(too_large ? STR("") : source, arena);
    if (too_large) {
        syn_reserve_nodes(t);
        t->root = syn_new(t, SYN_FILE, 0, 0, 0, 0, 0, 0);
        SynError *e = syn_error(t, 20, 0, 0, "this file is too large for a plan");
        e->help = syn_printf(t, "a plan has at most %d bytes; put parts of it "
                                "into files of their own and `use` them",
                             (int)LIM_SOURCE_BYTES);
        return t;
    }
    parse_all(t);
    return t;
}

SynTree *syn_plain(Str source, Arena *arena)
{
    SynTree *t = new_tree(source, arena);
    syn_reserve_nodes(t);
    t->root = syn_new(t, SYN_FILE, 0, 0, 0, 0, 0, 0);
    return t;
}

/* --- places -------------------------------------------------------------------- */

uint32_t syn_line_index(const SynTree *t, uint32_t offset)
{
    uint32_t lo = 0, hi = t->n_lines;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (t->lines[mid] <= offset)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

void syn_place(const SynTree *t, uint32_t offset, uint32_t *line,
               uint32_t *column)
{
    if (offset > t->source.n)
        offset = (uint32_t)t->source.n;
    uint32_t lo = syn_line_index(t, offset);
    *line = lo + 1;
    *column = 1 + characters(t, t->lines[lo], offset);
}

Str syn_line(const SynTree *t, uint32_t line)
{
    if (line == 0 || line > t->n_lines)
        return (Str){t->source.p, 0};
    uint32_t start = t->lines[line - 1];
    uint32_t end = line == t->n_lines ? (uint32_t)t->source.n
                                      : t->lines[line] - 1;
    if (end > start && t->source.p[end - 1] == '\r')
        end--;
    return (Str){t->source.p + start, end - start};
}

/* --- texts ---------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The indentation that the lines of a long text share; start is at its opening
 * quotes. The line of the closing quotes counts when only blanks stand there:
 * so a writer can choose to keep some. Tabs and spaces count as one each. */
uint32_t syn_indent(Str source, uint32_t start, uint32_t end)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = start; i < end; i++) {
        if (source.p[i] != '\n')
            continue;
        uint32_t n = 0;
        while (i + 1 + n < end && is_blank(source.p[i + 1 + n]))
            n++;
        bool empty = i + 1 + n >= end || source.p[i + 1 + n] == '\n';
        if (!empty && n < least)
            least = n;
    }
    return least == UINT32_MAX ? 0 : least;
}

static size_t decode_escape(char *out, Str s, size_t *i)
{
    char c = *i + 1 < s.n ? s.p[*i + 1] : '\0';
    static const char from[] = "\"\\nt{}", to[] = "\"\\\n\t{}";
    const char *known = c == '\0' ? NULL : strchr(from, c);
    if (known == NULL) {
        out[0] = s.p[(*i)++];
        return 1;
    }
    *i += 2;
    out[0] = to[known - from];
    return 1;
}

/* s without its quotes. first and last: it begins or ends the whole text. */
static Str decode(Str s, bool is_long, uint32_t indent, bool first, bool last,
                  Arena *arena)
{
    size_t i = 0, n = 0;
    bool at_break = false;
    if (is_long && first) {
        size_t blank = 0;
        while (blank < s.n && is_blank(s.p[blank]))
            blank++;
        at_break = blank < s.n && s.p[blank] == '\n';
        if (at_break)
            i = blank; /* the line of the opening quotes is not part of it */
    }
    if (is_long && last) {
        size_t end = s.n;
        while (end > i && is_blank(s.p[end - 1]))
            end--;
        if (end > i && s.p[end - 1] == '\n')
            s.n = end - 1 < i ? i : end - 1;
    }
    if (!is_long && (s.n == 0 || memchr(s.p, '\\', s.n) == NULL))
        return s;
    char *out = arena_alloc(arena, s.n + 1);
    while (i < s.n) {
        if (is_long && s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n') {
            i++;
        } else if (is_long && s.p[i] == '\n') {
            if (!at_break)
                out[n++] = '\n';
            at_break = false;
            i++;
            for (uint32_t k = 0; k < indent && i < s.n && is_blank(s.p[i]); k++)
                i++;
        } else if (s.p[i] == '\\') {
            n += decode_escape(out + n, s, &i);
        } else {
            out[n++] = s.p[i++];
        }
    }
    return (Str){out, n};
}

Str syn_decode(const SynTree *t, SynRef r, Arena *arena)
{
    const SynNode *node = syn(t, r);
    Str s = syn_text(t, r);
    if (node->kind == SYN_TEXTPART)
        return decode(s, node->aux & 1, node->a, node->aux & 2, node->aux & 4, arena);
    bool is_long = node->aux & 1;
    size_t quote = is_long ? 3 : 1;
    uint32_t indent = is_long ? syn_indent(t->source, node->start, node->end) : 0;
    if (s.n < quote)
        return (Str){"", 0}; /* a text that the parser put where one is missing */
    s.p += quote;
    s.n -= quote;
    /* A text that was not closed has no quote at its end. */
    if (s.n >= quote && s.p[s.n - 1] == '"')
        s.n -= quote;
    return decode(s, is_long, indent, true, true, arena);
}

Str syn_doc(const SynTree *t, SynRef r, Arena *arena)
{
    uint32_t start = syn(t, r)->start;
    uint32_t lo = 0, hi = t->n_comments; /* comments before the node */
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (t->comments[mid].start < start)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return (Str){NULL, 0};
    uint32_t last = lo, first = lo, line = syn_line_index(t, start);
    while (first > 0) {
        const SynComment *c = &t->comments[first - 1];
        uint32_t at = syn_line_index(t, c->start);
        if (!c->doc || !c->own_line || at + 1 != line)
            break;
        line = at;
        first--;
    }
    Buf b = {0};
    for (uint32_t i = first; i < last; i++) {
        Str s = {t->source.p + t->comments[i].start + 2,
                 t->comments[i].end - t->comments[i].start - 2};
        if (s.n > 0 && s.p[0] == ' ') {
            s.p++;
            s.n--;
        }
        if (i > first)
            buf_putc(&b, '\n');
        buf_str(&b, s);
    }
    Str doc = first == last ? (Str){NULL, 0} : arena_str(arena, buf_view(&b));
    buf_free(&b);
    return doc;
}

/* --- words and dumps -------------------------------------------------------------- */

static const Word words[] = {
#define WORD(text, token, kind, class, places) \
    {text, TOK_##token, WORD_##kind, places},
#define SIGN(token, text)
#include "grammar/words.def"
#undef WORD
#undef SIGN
};
enum { WORD_COUNT = sizeof words / sizeof words[0] };

const Word *word_table(size_t *n)
{
    *n = WORD_COUNT;
    return words;
}

const Word *word_of_text(Str text)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (words[i].kind != WORD_PLAIN && text.n > 0 &&
            words[i].text[0] == text.p[0] && str_is(text, words[i].text))
            return &words[i];
    return NULL;
}

const Word *word_of_token(uint16_t token)
{
    if (token_fallback(token) == 0)
        return NULL; /* a sign: only words fall back to names */
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (words[i].token == token && words[i].kind != WORD_PLAIN)
            return &words[i];
    return NULL;
}

static const struct Sign {
    uint16_t token;
    const char *name, *text;
} signs[] = {
#define WORD(text, token, kind, class, places)
#define SIGN(token, text) {TOK_##token, #token, text},
#include "grammar/words.def"
#undef WORD
#undef SIGN
};

const char *token_text(uint16_t token)
{
    static const char *const quoted[] = {
#define WORD(text, token, kind, class, places) "`" text "`",
#define SIGN(token, text)
#include "grammar/words.def"
#undef WORD
#undef SIGN
    };
    const Word *w = word_of_token(token);
    if (w != NULL)
        return quoted[w - words];
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].token == token)
            return signs[i].text;
    return "the end of the file";
}

const char *token_name(uint16_t token)
{
    static const char *const names[] = {
#define WORD(text, token, kind, class, places) #token,
#define SIGN(token, text)
#include "grammar/words.def"
#undef WORD
#undef SIGN
    };
    const Word *w = word_of_token(token);
    if (w != NULL)
        return names[w - words];
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].token == token)
            return signs[i].name;
    return "END";
}

const char *syn_kind_name(SynKind k)
{
    static const char *const names[] = {
        "NONE",
#define NODE(kind, a, b, c, aux) #kind,
#include "grammar/nodes.def"
#undef NODE
    };
    return (size_t)k < SYN_KIND_COUNT ? names[k] : "?";
}

const SynToken *syn_tokens(const SynTree *t, Arena *arena, uint32_t *n)
{
    SynTree *scratch = new_tree(t->source, arena);
    Lexer *lx = ARENA_NEW(arena, Lexer, 1);
    lex_init(lx, scratch);
    uint32_t cap = (uint32_t)(t->source.n / 5) + 64, count = 0;
    SynToken *tokens = ARENA_NEW(arena, SynToken, cap);
    for (SynToken k; (k = lex_next(lx)).kind != 0;) {
        if (count == cap) {
            SynToken *more = ARENA_NEW(arena, SynToken, (size_t)cap * 2);
            memcpy(more, tokens, count * sizeof *more);
            tokens = more;
            cap *= 2;
        }
        tokens[count++] = k;
    }
    *n = count;
    return tokens;
}

static void put_quoted(Buf *out, Str s)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            buf_putc(out, '\\');
            buf_putc(out, (char)c);
        } else if (c == '\n') {
            buf_puts(out, "\\n");
        } else if (c < ' ' || c == 0x7f) {
            buf_printf(out, "\\x%02x", c);
        } else {
            buf_putc(out, (char)c);
        }
    }
    buf_putc(out, '"');
}

void syn_dump_tokens(Str source, Arena *arena, Buf *out)
{
    if (source.n > LIM_SOURCE_BYTES)
        source.n = LIM_SOURCE_BYTES;
    SynTree *t = new_tree(arena_str(arena, source), arena);
    Lexer *lx = ARENA_NEW(arena, Lexer, 1);
    lex_init(lx, t);
    SynToken k;
    do {
        k = lex_next(lx);
        uint32_t line, column;
        syn_place(t, k.start, &line, &column);
        buf_printf(out, "%u:%u %s ", line, column, token_name(k.kind));
        put_quoted(out, (Str){t->source.p + k.start, k.end - k.start});
        buf_putc(out, '\n');
    } while (k.kind != 0);
}

/* What a node keeps in its slots: the words of nodes.def. "list ..." is a
 * chain, anything else one node. */
typedef struct Slots {
    const char *a, *b, *c;
} Slots;

static const Slots slots[] = {
    {"", "", ""},
#define NODE(kind, a, b, c, aux) {a, b, c},
#include "grammar/nodes.def"
#undef NODE
};

static void dump_head(const SynTree *t, SynRef r, uint32_t depth, Buf *out)
{
    const SynNode *n = syn(t, r);
    uint32_t line, column;
    syn_place(t, n->start, &line, &column);
    for (uint32_t i = 0; i < depth; i++)
        buf_puts(out, "  ");
    buf_puts(out, syn_kind_name((SynKind)n->kind));
    /* TEXTPART's and CLAUSE's numbers are ours, not the reader's. */
    if (n->aux != 0 && n->kind != SYN_TEXTPART && n->kind != SYN_CLAUSE &&
        n->kind != SYN_TESTSTMT)
        buf_printf(out, " %u", n->aux);
    if ((n->kind == SYN_CLAUSE || n->kind == SYN_TESTSTMT) && n->aux != 0)
        buf_printf(out, " %s", token_name(n->aux));
    bool leaf = (slots[n->kind].a[0] == '\0' && slots[n->kind].b[0] == '\0' &&
                 slots[n->kind].c[0] == '\0') || (n->kind == SYN_PATH && n->a == 0);
    if (leaf) {
        buf_putc(out, ' ');
        put_quoted(out, syn_text(t, r));
    }
    buf_printf(out, " @%u:%u\n", line, column);
}

/* Depth first on a stack of our own: users choose how deep trees are. An empty
 * slot before a full one prints as `-`, so that slots can be told apart. */
void syn_dump_tree(const SynTree *t, Buf *out)
{
    typedef struct Item { SynRef r; uint32_t depth; bool chain; } Item;
    Item *stack = ARENA_NEW(t->arena, Item, (size_t)t->n_nodes * 4 + 4);
    size_t n = 0;
    stack[n++] = (Item){t->root, 0, false};
    while (n > 0) {
        Item it = stack[--n];
        if (it.r == 0) {
            for (uint32_t i = 0; i < it.depth; i++)
                buf_puts(out, "  ");
            buf_puts(out, "-\n");
            continue;
        }
        const SynNode *node = syn(t, it.r);
        dump_head(t, it.r, it.depth, out);
        if (it.chain && node->next != 0)
            stack[n++] = (Item){node->next, it.depth, true};
        const SynRef child[3] = {node->a, node->b, node->c};
        const char *what[3] = {slots[node->kind].a, slots[node->kind].b,
                               slots[node->kind].c};
        int last = 2;
        while (last >= 0 && (child[last] == 0 || what[last][0] == '\0'))
            last--;
        for (int i = last; i >= 0; i--)
            stack[n++] = (Item){child[i], it.depth + 1,
                                strncmp(what[i], "list", 4) == 0};
    }
}
