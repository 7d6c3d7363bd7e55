/* Owns: bytes to tokens, and what can be wrong with bytes. Must not know: the
 * grammar. A token is three numbers; a lexical error still yields one. Comments
 * go to the tree as trivia. Texts with {expressions} inside are modes: a stack
 * says which `}` goes back to which text; each mode is a function of its own.
 *
 * re2c 3.0: with eof = 0 the byte behind the source is 0 and `$` is the end. */
#include "grammar/parser.h"
#include "vm/os/limits.h"

#include <assert.h>
#include <string.h>

/*!re2c
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cursor;
    re2c:define:YYMARKER = marker;
    re2c:define:YYLIMIT = limit;
    re2c:yyfill:enable = 0;
    re2c:eof = 0;

    digits = [0-9]+;
    number = digits ("." digits)?;
    word = [a-z][a-z0-9_]*;
    span = digits ("ms" | "s" | "m" | "h" | "d" | "w" | "mo" | "y");
    bytes = number ("B" | [KMGTP] "i"? "B");
    date = [0-9]{4} "-" [0-9]{2} "-" [0-9]{2};
    clock = [0-9]{2} ":" [0-9]{2};
    zone = "Z" | [+-] [0-9]{2} ":" [0-9]{2};
    day = "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun";
    // Unicode UAX 9: marks, embeddings, overrides and isolates.
    turning = [\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069];
    beyond = [\u0080-\U0010ffff];
*/

typedef const unsigned char *Bytes;

static Bytes at(const Lexer *lx, uint32_t pos)
{
    return (Bytes)lx->base + pos;
}

static uint32_t offset(const Lexer *lx, Bytes p)
{
    return (uint32_t)((const char *)p - lx->base);
}

/* --- errors ---------------------------------------------------------------- */

static void complain(Lexer *lx, uint16_t code, uint32_t start, uint32_t end,
                     const char *text, const char *label, const char *help,
                     char grade, const char *fix)
{
    /* A line that is no plan at all is one mistake. */
    if (code == 1 && start < lx->odd_until)
        return;
    if (code == 1) {
        const char *nl = memchr(lx->base + end, '\n', lx->end - end);
        lx->odd_until = nl == NULL ? lx->end : (uint32_t)(nl - lx->base);
    }
    SynError *e = syn_error(lx->tree, code, start, end, text);
    if (e == NULL)
        return;
    e->label = label;
    e->help = help;
    if (fix != NULL)
        syn_fix(e, grade, start, end, fix);
}

/* Once a file: the rest is as broken as the first. */
static void not_utf8(Lexer *lx, uint32_t pos)
{
    if (lx->bad_utf8)
        return;
    lx->bad_utf8 = true;
    complain(lx, 5, pos, pos + 1, "this file is not UTF-8 text",
             "the first byte that is not",
             "save the file with the encoding UTF-8", 0, NULL);
}

static void turns(Lexer *lx, uint32_t start, uint32_t end)
{
    complain(lx, 6, start, end,
             "an invisible character here changes the direction of reading",
             "the plan would look different from what it says",
             "remove it; only comments may contain one", 'M', "");
}

/* --- comments -------------------------------------------------------------- */

static void keep_comment(Lexer *lx, uint32_t start, uint32_t end)
{
    SynTree *t = lx->tree;
    if (end > start && lx->base[end - 1] == '\r')
        end--;
    const char *p = lx->base + start, *line = p;
    while (line > lx->base && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    if (t->n_comments == t->cap_comments) {
        uint32_t cap = 2 * t->cap_comments;
        SynComment *c = ARENA_NEW(t->arena, SynComment, cap);
        memcpy(c, t->comments, t->n_comments * sizeof *c);
        t->comments = c;
        t->cap_comments = cap;
    }
    t->comments[t->n_comments++] = (SynComment){
        .start = start,
        .end = end,
        .doc = p[0] == '#' && p[1] == '#' && p[2] != '#',
        .own_line = line == lx->base || line[-1] == '\n',
    };
}

static void comment(Lexer *lx, uint32_t start)
{
    Bytes cursor = at(lx, lx->pos), limit = at(lx, lx->end), marker;
    for (;;) {
        Bytes from = cursor;
        /*!re2c
            [^\n]+ { continue; }
            "\n"   { cursor = from; break; }
            $      { cursor = from; break; }
            *      { not_utf8(lx, offset(lx, from)); continue; }
        */
    }
    lx->pos = offset(lx, cursor);
    keep_comment(lx, start, lx->pos);
}

/* Where a comment of other languages ends, which may go over many lines; 0: it
 * is never closed. */
static uint32_t end_of_signs(Lexer *lx)
{
    Bytes cursor = at(lx, lx->pos), limit = at(lx, lx->end), marker;
    while (!lx->no_more_ends) {
        Bytes from = cursor;
        /*!re2c
            "*"+ "/" { return offset(lx, cursor); }
            "*"+     { continue; }
            [^*]+    { continue; }
            $        { lx->no_more_ends = true; continue; }
            *        { not_utf8(lx, offset(lx, from)); continue; }
        */
    }
    return 0;
}

/* The same with a # in each line that says something. */
static const char *with_hashes(Lexer *lx, uint32_t start, uint32_t end)
{
    const char *p = lx->base + start + 2, *stop = lx->base + end - 2, *line = lx->base + start;
    size_t indent = 0;
    Buf out = {0};
    while (line > lx->base && line[-1] != '\n')
        line--;
    while (line[indent] == ' ' || line[indent] == '\t')
        indent++;
    const char *further = line + indent == lx->base + start ? "" : "  ";
    while (p <= stop) {
        const char *nl = memchr(p, '\n', (size_t)(stop - p)), *last = nl == NULL ? stop : nl, *next = last + 1;
        while (p < last && strchr(" \t*", *p) != NULL)
            p++;
        while (last > p && strchr(" \t\r*", last[-1]) != NULL)
            last--;
        if (last > p && out.n > 0)
            buf_printf(&out, "\n%.*s%s", (int)indent, line, further);
        if (last > p)
            buf_printf(&out, "# %.*s", (int)(last - p), p);
        p = next;
    }
    const char *made = out.n == 0 ? "#" : syn_printf(lx->tree, "%s", buf_z(&out));
    buf_free(&out);
    return made;
}

/* A comment between signs, of other languages. What it says is left out, as of a
 * comment; where the line goes on behind it, a # would take that along. */
static void foreign_comment(Lexer *lx, uint32_t start)
{
    uint32_t end = end_of_signs(lx);
    const char *text = "comments begin with `#`";
    if (end == 0) {
        complain(lx, 14, start, lx->pos, text, NULL, NULL, 'M', "#");
        comment(lx, start);
        return;
    }
    uint32_t behind = end;
    while (behind < lx->end && strchr(" \t\r", lx->base[behind]) != NULL)
        behind++;
    bool ends_line = behind == lx->end || lx->base[behind] == '\n';
    complain(lx, 14, start, end, text, NULL, ends_line ? NULL : "they go to the end of the line", 'M',
             ends_line ? with_hashes(lx, start, end) : NULL);
    lx->pos = end;
    keep_comment(lx, start, end);
}

/* --- texts ------------------------------------------------------------------ */

/* Where the interpolation that begins behind `{` at pos ends: on its own line,
 * or nowhere (0). Nested texts and braces are counted on a stack; what is
 * nested deeper than texts may be (TOO_DEEP) is the driver's to report. */
enum { TOO_DEEP = INT32_MAX };
static uint32_t closing_brace(const Lexer *lx, uint32_t pos)
{
    char stack[2 * LIM_NESTING];
    uint32_t n = 0;
    stack[n++] = '{';
    for (const char *p = lx->base + pos; p < lx->base + lx->end; p++) {
        bool in_text = stack[n - 1] == '"';
        if (*p == '\n')
            return 0;
        if (in_text && *p == '\\' && p[1] != '\n') {
            p++;
        } else if (*p == '"' && in_text) {
            n--;
        } else if (*p == '}' && !in_text) {
            if (--n == 0)
                return (uint32_t)(p - lx->base);
        } else if (*p == '"' || *p == '{') {
            if (n == sizeof stack)
                return TOO_DEEP;
            stack[n++] = *p;
        }
    }
    return 0;
}

static bool blank_between(const Lexer *lx, uint32_t a, uint32_t b)
{
    while (a < b && (lx->base[a] == ' ' || lx->base[a] == '\t'))
        a++;
    return a == b;
}

/* A piece of text: from start (its quote, or the `}` of an interpolation). */
typedef struct Piece {
    uint32_t text;     /* where the whole text began */
    uint32_t start;
    bool is_long;
    uint32_t bad_open; /* a `{` that closes nowhere, or `{}`; 0: none */
    bool empty_open;   /* it was `{}` */
} Piece;

/* At a `{` inside text, pos behind it: is an expression coming? */
static bool opens(Lexer *lx, Piece *piece, uint32_t pos)
{
    if (lx->n_modes == sizeof lx->modes / sizeof *lx->modes)
        return false; /* the driver has stopped in front of it */
    uint32_t close = closing_brace(lx, pos);
    bool empty = close != 0 && close != TOO_DEEP && blank_between(lx, pos, close);
    if (close == 0 || empty) {
        if (piece->bad_open == 0) {
            piece->bad_open = pos - 1;
            piece->empty_open = empty;
        }
        return false;
    }
    if (close != TOO_DEEP && pos >= 2 && lx->base[pos - 2] == '$' && pos - 2 > piece->start)
        complain(lx, 14, pos - 2, close + 1,
                 "values stand in braces alone, without `$`",
                 "written like in other languages",
                 "write `{name}` inside a text", 'M',
                 syn_printf(lx->tree, "%.*s", (int)(close + 2 - pos),
                            lx->base + pos - 1));
    lx->modes[lx->n_modes++] =
        (LexMode){0, piece->text, piece->is_long};
    return true;
}

static void escape_unknown(Lexer *lx, uint32_t start, uint32_t end)
{
    if (lx->tree->n_errors >= LIM_SYNTAX_ERRORS)
        return; /* it would not be kept: spare the words */
    complain(lx, 4, start, end,
             syn_printf(lx->tree, "`%.*s` means nothing inside a text",
                        (int)(end - start), lx->base + start),
             "unknown after a backslash",
             "known are \\\" \\\\ \\n \\t \\{ \\}; for a backslash itself write "
             "\\\\",
             '?',
             syn_printf(lx->tree, "\\%.*s", (int)(end - start),
                        lx->base + start));
}

static void brace_unclosed(Lexer *lx, const Piece *piece)
{
    uint32_t b = piece->bad_open;
    if (b == 0)
        return;
    complain(lx, 3, b, b + 1,
             piece->empty_open ? "nothing stands between these braces"
                               : "this `{` inside the text is not closed",
             piece->empty_open ? "a name is missing here"
                               : "opens a value that ends nowhere on this line",
             "write the name of a value and `}`, or \\{ for the character", '?',
             "\\{");
}

/* The text stops at the end of its line. What closes a block at the end of the
 * line was hardly meant as text: leave it to the parser. */
static uint32_t text_unclosed(Lexer *lx, const Piece *piece, uint32_t end)
{
    if (end > piece->start + 1 && lx->base[end - 1] == '\r')
        end--;
    uint32_t cut = end;
    while (cut > piece->start + 1 &&
           strchr(" \t{}[](),", lx->base[cut - 1]) != NULL)
        cut--;
    SynError *e = syn_error(lx->tree, 2, piece->text, cut,
                            "this text is not closed");
    if (e != NULL) {
        e->label = "no closing quote on this line";
        e->help = "close it with \"; a text of several lines stands between "
                  "\"\"\" and \"\"\"";
        syn_fix(e, 'M', cut, cut, "\"");
    }
    return cut;
}

static SynToken piece_end(Lexer *lx, const Piece *piece, Bytes cursor,
                          bool opened)
{
    bool first = piece->start == piece->text;
    lx->pos = offset(lx, cursor);
    brace_unclosed(lx, piece);
    uint16_t kind = opened ? (first ? TOK_TEXT_OPEN : TOK_TEXT_MID)
                           : (first ? TOK_TEXT : TOK_TEXT_CLOSE);
    return (SynToken){kind, piece->start, lx->pos};
}

static SynToken text_short(Lexer *lx, Piece piece)
{
    Bytes cursor = at(lx, lx->pos), limit = at(lx, lx->end), marker;
    for (;;) {
        Bytes from = cursor;
        /*!re2c
            [^\x00"\\{\n\u0080-\U0010ffff]+ { continue; }
            "\\" ["\\nt{}] { continue; }
            "\\" [^\n]  { escape_unknown(lx, offset(lx, from), offset(lx, cursor)); continue; }
            "\\"        { continue; }
            "\""        { return piece_end(lx, &piece, cursor, false); }
            "{"         { if (opens(lx, &piece, offset(lx, cursor))) return piece_end(lx, &piece, cursor, true); continue; }
            turning     { turns(lx, offset(lx, from), offset(lx, cursor)); continue; }
            beyond      { lx->tree->beyond_ascii = true; continue; }
            "\x00"      { continue; }
            "\n"        { break; }
            $           { cursor++; break; }
            *           { not_utf8(lx, offset(lx, from)); continue; }
        */
    }
    lx->pos = text_unclosed(lx, &piece, offset(lx, cursor) - 1);
    bool first = piece.start == piece.text;
    return (SynToken){first ? TOK_TEXT : TOK_TEXT_CLOSE, piece.start, lx->pos};
}

static SynToken text_long(Lexer *lx, Piece piece)
{
    Bytes cursor = at(lx, lx->pos), limit = at(lx, lx->end), marker;
    for (;;) {
        Bytes from = cursor;
        /*!re2c
            [^\x00"\\{\u0080-\U0010ffff]+ { continue; }
            "\\" ["\\nt{}] { continue; }
            "\\" [^\n]  { escape_unknown(lx, offset(lx, from), offset(lx, cursor)); continue; }
            "\\"        { continue; }
            "\""        { continue; }
            "\"\"\""    { return piece_end(lx, &piece, cursor, false); }
            "{"         { if (opens(lx, &piece, offset(lx, cursor))) return piece_end(lx, &piece, cursor, true); continue; }
            turning     { turns(lx, offset(lx, from), offset(lx, cursor)); continue; }
            beyond      { lx->tree->beyond_ascii = true; continue; }
            "\x00"      { continue; }
            $           { break; }
            *           { not_utf8(lx, offset(lx, from)); continue; }
        */
    }
    SynError *e = syn_error(lx->tree, 2, piece.text, piece.text + 3,
                            "this long text is not closed");
    if (e != NULL) {
        e->label = "begins here and goes on to the end of the file";
        e->help = "end it with \"\"\"";
    }
    lx->pos = lx->end;
    bool first = piece.start == piece.text;
    return (SynToken){first ? TOK_TEXT : TOK_TEXT_CLOSE, piece.start, lx->pos};
}

static SynToken text(Lexer *lx, uint32_t whole, uint32_t start, bool is_long)
{
    Piece piece = {whole, start, is_long, 0, false};
    return is_long ? text_long(lx, piece) : text_short(lx, piece);
}

/* --- what needs a second look ------------------------------------------------ */

/* Something else stands here in other languages: take it as what was meant. */
static SynToken meant(Lexer *lx, SynToken t, uint16_t kind, uint16_t code,
                      const char *right)
{
    size_t n = strlen(right);
    n -= n > 0 && right[n - 1] == ' ';
    complain(lx, code, t.start, t.end,
             syn_printf(lx->tree, kind == TOK_AND || kind == TOK_OR || kind == TOK_NOT
                                      ? "gate writes `%.*s` here" : "gate writes %.*s here",
                        (int)n, right),
             NULL, NULL, 'M', right);
    t.kind = kind;
    return t;
}

/* Units as people write them, and as gate does. */
static const struct Unit { const char *text, *right; uint16_t kind; } units[] = {
    {"ms", "ms", TOK_DURATION}, {"s", "s", TOK_DURATION}, {"m", "m", TOK_DURATION},
    {"h", "h", TOK_DURATION}, {"d", "d", TOK_DURATION}, {"w", "w", TOK_DURATION},
    {"mo", "mo", TOK_DURATION}, {"y", "y", TOK_DURATION},
    {"sec", "s", TOK_DURATION}, {"secs", "s", TOK_DURATION},
    {"second", "s", TOK_DURATION}, {"seconds", "s", TOK_DURATION},
    {"min", "m", TOK_DURATION}, {"mins", "m", TOK_DURATION},
    {"minute", "m", TOK_DURATION}, {"minutes", "m", TOK_DURATION},
    {"hr", "h", TOK_DURATION}, {"hrs", "h", TOK_DURATION},
    {"hour", "h", TOK_DURATION}, {"hours", "h", TOK_DURATION},
    {"day", "d", TOK_DURATION}, {"days", "d", TOK_DURATION},
    {"week", "w", TOK_DURATION}, {"weeks", "w", TOK_DURATION},
    {"%", "%", TOK_PERCENT}, {"B", "B", TOK_SIZE}, {"KB", "KB", TOK_SIZE},
    {"MB", "MB", TOK_SIZE}, {"GB", "GB", TOK_SIZE}, {"TB", "TB", TOK_SIZE},
    {"PB", "PB", TOK_SIZE}, {"KiB", "KiB", TOK_SIZE}, {"MiB", "MiB", TOK_SIZE},
    {"GiB", "GiB", TOK_SIZE}, {"TiB", "TiB", TOK_SIZE}, {"PiB", "PiB", TOK_SIZE},
};

/* The unit that is written at p; NULL: none. */
static const struct Unit *unit_at(const char *p)
{
    size_t n = *p == '%' ? 1 : 0;
    while (n < 8 && ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z')))
        n++;
    if ((p[n] >= '0' && p[n] <= '9') || p[n] == '_')
        return NULL;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].text[0] == *p && str_is((Str){p, n}, units[i].text))
            return &units[i];
    return NULL;
}

/* `{ tries = 3 hours = 5 }`: the word is the next argument's name. */
static bool is_given_a_value(const char *p)
{
    while (*p == ' ')
        p++;
    return *p == '=' && p[1] != '=';
}

/* `4 h`, `30 minutes`, `10 %`, `50 GB`: one literal in two pieces, unless it
 * counts the variable of an `each` (limit 200 d). */
static SynToken number(Lexer *lx, SynToken t)
{
    const char *p = lx->base + t.end;
    if (*p != ' ' || lx->prev == TOK_LIMIT)
        return t;
    while (*p == ' ')
        p++;
    const struct Unit *u = unit_at(p);
    if (u == NULL || (u->kind == TOK_DURATION && t.kind == TOK_DECIMAL) ||
        is_given_a_value(p + strlen(u->text)))
        return t;
    bool is_short = str_is(str_of(u->text), u->right);
    lx->pos = (uint32_t)(p - lx->base) + (uint32_t)strlen(u->text);
    complain(lx, 11, t.start, lx->pos,
             "a number and its unit are written together",
             is_short ? "a space too many" : "and the unit is short: 90s, 30m, 4h, 2d",
             NULL, 'M',
             syn_printf(lx->tree, "%.*s%s", (int)(t.end - t.start),
                        lx->base + t.start, u->right));
    return (SynToken){u->kind, t.start, lx->pos};
}

/* `15min`: a duration with too long a unit; else it is nothing. */
static SynToken number_odd(Lexer *lx, SynToken t)
{
    uint32_t digits = 0;
    while (lx->base[t.start + digits] >= '0' && lx->base[t.start + digits] <= '9')
        digits++;
    const struct Unit *u = unit_at(lx->base + t.start + digits);
    if (u != NULL && digits + strlen(u->text) == t.end - t.start)
        return meant(lx, t, u->kind, 11,
                     syn_printf(lx->tree, "%.*s%s", (int)digits, lx->base + t.start,
                                u->right));
    complain(lx, 1, t.start, t.end,
             syn_printf(lx->tree, "`%.*s` is neither a number nor a name",
                        (int)(t.end - t.start), lx->base + t.start),
             NULL,
             "durations look like 90s, 1h30m or 2d, sizes like 50GB; names "
             "begin with a letter",
             0, NULL);
    return t;
}

/* `8:00`, `2026-1-5`: a digit is missing in front. */
static SynToken digits_short(Lexer *lx, SynToken t)
{
    Buf fixed = {0};
    for (uint32_t i = t.start; i < t.end; i++) {
        char c = lx->base[i];
        bool first = i == t.start || lx->base[i - 1] < '0' || lx->base[i - 1] > '9';
        bool alone = i + 1 == t.end || lx->base[i + 1] < '0' || lx->base[i + 1] > '9';
        if (c >= '0' && c <= '9' && first && alone)
            buf_putc(&fixed, '0');
        buf_putc(&fixed, c);
    }
    complain(lx, 2007, t.start, t.end,
             t.kind == TOK_TIME ? "times have two digits for hour and minute"
                                : "dates have two digits for month and day",
             NULL, NULL, 'M', syn_printf(lx->tree, "%s", buf_z(&fixed)));
    buf_free(&fixed);
    return t;
}

/* What a word with capitals would be in small letters: MyPhase is my_phase, but
 * a word of the language stays one (Phase), and so do capitals in a row. */
static const char *in_small(Lexer *lx, SynToken t)
{
    uint32_t n = t.end - t.start, k = 0;
    const char *from = lx->base + t.start;
    char *plain = arena_copy(lx->tree->arena, from, n);
    for (uint32_t i = 0; i < n; i++)
        if (plain[i] >= 'A' && plain[i] <= 'Z')
            plain[i] = (char)(plain[i] - 'A' + 'a');
    if (word_of_text((Str){plain, n}) != NULL)
        return plain;
    char *snake = arena_alloc(lx->tree->arena, 2 * (size_t)n + 1);
    for (uint32_t i = 0; i < n; i++) {
        bool capital = from[i] >= 'A' && from[i] <= 'Z';
        bool before = i > 0 && ((from[i - 1] >= 'a' && from[i - 1] <= 'z') || (from[i - 1] >= '0' && from[i - 1] <= '9'));
        if (capital && before)
            snake[k++] = '_';
        snake[k++] = plain[i];
    }
    snake[k] = '\0';
    return snake;
}

/* Monday is Mon; NULL: no day of the week. */
static const char *day_of(Str word)
{
    static const char *const days[] = {"Monday", "Tuesday", "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const shorts[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        if (str_is(word, days[i]))
            return shorts[i];
    return NULL;
}

static SynToken capitals(Lexer *lx, SynToken t)
{
    const char *day = day_of((Str){lx->base + t.start, t.end - t.start});
    if (day != NULL)
        return meant(lx, t, TOK_DAY, 1, day);
    const char *small = in_small(lx, t);
    const Word *w = word_of_text(str_of(small));
    bool under = small[0] == '_';
    complain(lx, 1, t.start, t.end,
             "names and words are written in small letters",
             under ? "a name begins with a letter" : "has capital letters",
             under ? NULL : syn_printf(lx->tree, "write `%s`", small), 'M',
             under ? NULL : small);
    if (w != NULL)
        t.kind = w->token;
    return t;
}

static void name_too_long(Lexer *lx, SynToken t)
{
    complain(lx, 20, t.start, t.end, "this name is too long",
             syn_printf(lx->tree, "%u bytes; names have at most %d",
                        (unsigned)(t.end - t.start), (int)LIM_NAME_BYTES),
             NULL, 0, NULL);
}

static SynToken level_outside(Lexer *lx, SynToken t)
{
    complain(lx, 17, t.start, t.end,
             syn_printf(lx->tree, "there is no level %.*s",
                        (int)(t.end - t.start), lx->base + t.start),
             "outside L0 to L3",
             "L0 needs nobody, L1 tells people, L2 waits for a yes, L3 is done "
             "by people",
             0, NULL);
    return t;
}

static SynToken stray(Lexer *lx, SynToken t)
{
    const char *c = lx->base + t.start;
    int n = (int)(t.end - t.start);
    if (*c == ';')
        complain(lx, 1, t.start, t.end, "no `;` is needed",
                 "statements end by themselves", NULL, 'M', "");
    else if ((unsigned char)*c < ' ' || *c == 0x7f)
        complain(lx, 1, t.start, t.end, "a control character stands here",
                 "not part of the language", "remove it", 'M', "");
    else if (n == 3 && memcmp(c, "\xe2\x80", 2) == 0 &&
             ((unsigned char)c[2] == 0x9c || (unsigned char)c[2] == 0x9d))
        complain(lx, 1, t.start, t.end, "texts stand between straight quotes",
                 "a curly quote", NULL, 'M', "\"");
    else if (*c == '#')
        complain(lx, 1, t.start, t.end,
                 "no comment can begin inside the braces of a text", NULL,
                 NULL, 0, NULL);
    else
        complain(lx, 1, t.start, t.end,
                 syn_printf(lx->tree, "nothing in a plan begins with `%.*s`", n, c),
                 "not part of the language", NULL, 0, NULL);
    t.kind = TOK_STRAY;
    return t;
}

/* --- tokens ------------------------------------------------------------------ */

void lex_init(Lexer *lx, SynTree *tree)
{
    *lx = (Lexer){.tree = tree, .end = (uint32_t)tree->source.n};
    lx->base = tree->source.p;
    const unsigned char *p = (const unsigned char *)lx->base;
    if (lx->end >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
        lx->pos = 3; /* a byte order mark of UTF-8 is harmless */
    if (lx->end >= 2 && ((p[0] == 0xff && p[1] == 0xfe) ||
                         (p[0] == 0xfe && p[1] == 0xff))) {
        complain(lx, 5, 0, 2, "this file is UTF-16, not UTF-8", NULL,
                 "save the file with the encoding UTF-8", 0, NULL);
        lx->bad_utf8 = true;
        lx->pos = lx->end;
    }
}

static SynToken scan(Lexer *lx)
{
    Bytes cursor = at(lx, lx->pos), limit = at(lx, lx->end), marker;
    Bytes from;
    uint16_t kind;
    for (;;) {
        from = cursor;
        /*!re2c
            [ \t\r\n]+ { continue; }
            "#" | "//" {
                lx->pos = offset(lx, cursor);
                if (lx->n_modes > 0) { kind = TOK_STRAY; goto special; }
                if (*from == '/')
                    complain(lx, 14, offset(lx, from), lx->pos, "comments begin with `#`", NULL, NULL, 'M', "#");
                comment(lx, offset(lx, from));
                cursor = at(lx, lx->pos);
                continue;
            }
            "/*" {
                if (lx->n_modes > 0) { cursor--; kind = TOK_SLASH; goto done; }
                lx->pos = offset(lx, cursor);
                foreign_comment(lx, offset(lx, from));
                cursor = at(lx, lx->pos);
                continue;
            }

            !include "words.re";
            word       { kind = TOK_NAME; goto word; }
            day        { kind = TOK_DAY; goto done; }
            "L" [0-3]  { kind = TOK_LEVEL; goto done; }
            "L" digits { kind = TOK_LEVEL; goto special; }
            [A-Za-z_][A-Za-z0-9_]* { kind = TOK_NAME; goto special; }

            digits     { kind = TOK_INT; goto numbers; }
            digits "." digits { kind = TOK_DECIMAL; goto numbers; }
            number "%" { kind = TOK_PERCENT; goto done; }
            bytes+     { kind = TOK_SIZE; goto done; }
            span+      { kind = TOK_DURATION; goto done; }
            clock      { kind = TOK_TIME; goto done; }
            [0-9] ":" [0-9]{1,2} | [0-9]{2} ":" [0-9] { kind = TOK_TIME; goto special; }
            date       { kind = TOK_DATE; goto done; }
            [0-9]{4} "-" [0-9] "-" [0-9]{1,2} | [0-9]{4} "-" [0-9]{2} "-" [0-9] { kind = TOK_DATE; goto special; }
            date "T" clock (":" [0-9]{2})? zone? { kind = TOK_INSTANT; goto done; }
            number [A-Za-z_][A-Za-z0-9_]* { kind = TOK_INT; goto special; }

            "\""       { lx->pos = offset(lx, cursor); return text(lx, offset(lx, from), offset(lx, from), false); }
            "\"\"\""   {
                /* Inside an interpolation this is an empty text and a quote:
                   closing_brace() saw it so. */
                if (lx->n_modes > 0) { cursor--; kind = TOK_TEXT; goto done; }
                lx->pos = offset(lx, cursor);
                return text(lx, offset(lx, from), offset(lx, from), true);
            }
            "'" [^'\n\x00"]* "'" { kind = TOK_TEXT; goto special; }

            "{"  { if (lx->n_modes > 0) lx->modes[lx->n_modes - 1].braces++; kind = TOK_LB; goto done; }
            "}"  { goto brace; }
            "("  { kind = TOK_LP; goto done; }
            ")"  { kind = TOK_RP; goto done; }
            "["  { kind = TOK_LS; goto done; }
            "]"  { kind = TOK_RS; goto done; }
            ","  { kind = TOK_COMMA; goto done; }
            ":"  { kind = TOK_COLON; goto done; }
            "="  { kind = TOK_ASSIGN; goto done; }
            "."  { kind = TOK_DOT; goto done; }
            ".." { kind = TOK_DOTDOT; goto done; }
            "==" { kind = TOK_EQ; goto done; }
            "!=" { kind = TOK_NE; goto done; }
            "<"  { kind = TOK_LT; goto done; }
            "<=" { kind = TOK_LE; goto done; }
            ">"  { kind = TOK_GT; goto done; }
            ">=" { kind = TOK_GE; goto done; }
            "+"  { kind = TOK_PLUS; goto done; }
            "-"  { kind = TOK_MINUS; goto done; }
            "*"  { kind = TOK_STAR; goto done; }
            "/"  { kind = TOK_SLASH; goto done; }

            "&&" | "&" { kind = TOK_AND; goto special; }
            "||" | "|" { kind = TOK_OR; goto special; }
            "!"  { kind = TOK_NOT; goto special; }

            turning { turns(lx, offset(lx, from), offset(lx, cursor)); continue; }
            [$@;?~^`%\\\x01-\x08\x0b\x0c\x0e-\x1f\x7f]+ { kind = TOK_STRAY; goto special; }
            "'"     { kind = TOK_STRAY; goto special; }
            "\x00"  { kind = TOK_STRAY; goto special; }
            beyond  { kind = TOK_STRAY; goto special; }
            $       { lx->pos = lx->end; return (SynToken){0, lx->end, lx->end}; }
            *       { not_utf8(lx, offset(lx, from)); continue; }
        */
    }
    SynToken t;
word:
    /* Before a dot every word is a name: action.level, event.id. */
    if (cursor[0] == '.' && cursor[1] >= 'a' && cursor[1] <= 'z')
        kind = TOK_NAME;
    if (cursor - from > LIM_NAME_BYTES)
        name_too_long(lx, (SynToken){kind, offset(lx, from), offset(lx, cursor)});
done:
    lx->pos = offset(lx, cursor);
    return (SynToken){kind, offset(lx, from), lx->pos};
numbers:
    lx->pos = offset(lx, cursor);
    return number(lx, (SynToken){kind, offset(lx, from), lx->pos});
brace:
    lx->pos = offset(lx, cursor);
    if (lx->n_modes > 0) {
        LexMode *m = &lx->modes[lx->n_modes - 1];
        if (m->braces == 0) {
            lx->n_modes--;
            return text(lx, m->text, offset(lx, from), m->is_long);
        }
        m->braces--;
    }
    return (SynToken){TOK_RB, offset(lx, from), lx->pos};
special:
    lx->pos = offset(lx, cursor);
    t = (SynToken){kind, offset(lx, from), lx->pos};
    switch (kind) {
    case TOK_NAME: return capitals(lx, t);
    case TOK_LEVEL: return level_outside(lx, t);
    case TOK_TIME:
    case TOK_DATE: return digits_short(lx, t);
    case TOK_INT: return number_odd(lx, t);
    case TOK_AND: return meant(lx, t, TOK_AND, 1, "and");
    case TOK_OR: return meant(lx, t, TOK_OR, 1, "or");
    case TOK_NOT: return meant(lx, t, TOK_NOT, 1, "not ");
    case TOK_TEXT:
        return meant(lx, t, TOK_TEXT, 1,
                     syn_printf(lx->tree, "\"%.*s\"", (int)(t.end - t.start - 2),
                                lx->base + t.start + 1));
    default: return stray(lx, t);
    }
}

SynToken lex_next(Lexer *lx)
{
    SynToken t = scan(lx);
    lx->prev = t.kind;
    return t;
}
