/* Owns: feeding the parser, and what happens when a token does not fit: one
 * report in words, one repair, and on to the next mistake. Must not know: what
 * the tree looks like.
 *
 * A file is first parsed straight through. Only when that fails it is parsed
 * again with care: every token is tried on the parser's stack before it is
 * pushed, so a mistake is found at the right token (default reductions would
 * hide some) and the parser never sees one. Then, in order:
 * the habits that have a report of their own; the cheapest single token to put
 * in, exchange or leave out so that the following ones fit; else a panic loop
 * to the next statement. A region that is skipped becomes one BAD token. */
#include "grammar/parser.h"

#include <assert.h>
#include <string.h>

enum { AHEAD = 8 };

/* An open bracket, or an open text with an expression in it. */
typedef struct Bracket {
    uint16_t kind;   /* TOK_LB, TOK_LP, TOK_LS, TOK_TEXT_OPEN */
    uint16_t head;   /* of a block: the word of its statement; else 0 */
    uint32_t places; /* of a block: PL_* of what may stand in it; else 0 */
    uint32_t start;
    uint32_t indent; /* of its line */
    uint32_t depth;  /* of the parser, with it on the stack */
} Bracket;

typedef struct Driver {
    SynTree *t;
    Lexer *lx;
    Parser *p;
    ParseCtx ctx;
    SynToken prev, before;      /* pushed last, and before that */
    SynToken ahead[AHEAD];      /* read, not pushed */
    uint32_t n_ahead;
    Bracket open[LIM_NESTING];
    uint32_t n_open;
    Bracket closed;             /* the block closed last */
    uint32_t closed_at;         /* where its `}` is */
    uint32_t line;              /* index of the line that indent_at() saw last */
    bool suspect;               /* a `}` stood further left than its block: */
    Bracket suspect_block;      /* the block that it closed, */
    uint32_t suspect_end;       /* and where that should have ended */
    uint32_t pushed;            /* tokens since the last report */
    uint32_t reported_line;     /* 0: none yet */
    uint16_t reported_code;
    bool stray_brace;           /* a `}` that closes nothing was reported */
    uint32_t mistakes;
    bool over;                  /* a limit was reached: no more text is read */
} Driver;

/* --- tokens ---------------------------------------------------------------- */

static SynToken read_token(Driver *d)
{
    SynToken t;
    do
        t = lex_next(d->lx);
    while (t.kind == TOK_STRAY); /* reported by the lexer */
    return t;
}

static SynToken peek(Driver *d, uint32_t i)
{
    assert(i < AHEAD);
    while (d->n_ahead <= i) {
        SynToken last = d->n_ahead > 0 ? d->ahead[d->n_ahead - 1] : d->prev;
        bool ended = d->n_ahead > 0 && last.kind == 0;
        d->ahead[d->n_ahead++] = ended ? last : read_token(d);
    }
    return d->ahead[i];
}

static void drop(Driver *d)
{
    peek(d, 0);
    d->n_ahead--;
    memmove(d->ahead, d->ahead + 1, d->n_ahead * sizeof d->ahead[0]);
}

/* Takes the next token of a kind away, when it is near. */
static SynToken drop_ahead(Driver *d, uint16_t kind)
{
    for (uint32_t i = 0; i < AHEAD; i++) {
        SynToken t = peek(d, i);
        if (t.kind != kind)
            continue;
        d->n_ahead--;
        memmove(d->ahead + i, d->ahead + i + 1,
                (d->n_ahead - i) * sizeof d->ahead[0]);
        return t;
    }
    return (SynToken){0, 0, 0};
}

/* --- places ----------------------------------------------------------------- */

static uint32_t line_of(const Driver *d, uint32_t offset)
{
    return syn_line_index(d->t, offset) + 1;
}

/* How far the line of offset is indented; offsets must not fall. */
static uint32_t indent_at(Driver *d, uint32_t offset)
{
    const SynTree *t = d->t;
    while (d->line + 1 < t->n_lines && t->lines[d->line + 1] <= offset)
        d->line++;
    uint32_t i = t->lines[d->line];
    while (i < offset && (t->source.p[i] == ' ' || t->source.p[i] == '\t'))
        i++;
    return i - t->lines[d->line];
}

/* The same for any offset, and whether something stands before it. */
static uint32_t indent_of(const Driver *d, uint32_t offset, bool *first)
{
    uint32_t start = d->t->lines[line_of(d, offset) - 1], i = start;
    const char *p = d->t->source.p;
    while (i < offset && (p[i] == ' ' || p[i] == '\t'))
        i++;
    if (first != NULL)
        *first = i == offset;
    return i - start;
}

static bool first_on_line(const Driver *d, uint32_t offset)
{
    bool first;
    indent_of(d, offset, &first);
    return first;
}

static bool same_line(const Driver *d, uint32_t a, uint32_t b)
{
    return memchr(d->t->source.p + a, '\n', b - a) == NULL;
}

static Str text_of(const Driver *d, SynToken t)
{
    return (Str){d->t->source.p + t.start, t.end - t.start};
}

/* The token as messages quote it: short, and on one line. */
static const char *quote(Driver *d, SynToken t)
{
    Str s = text_of(d, t);
    if (t.kind == 0)
        return "the end of the file";
    if (t.kind == TOK_TEXT || t.kind == TOK_TEXT_OPEN)
        return "this text";
    if (t.kind == TOK_TEXT_MID || t.kind == TOK_TEXT_CLOSE)
        return "the end of the braces";
    if (s.n > 40)
        return token_text(t.kind);
    return syn_printf(d->t, "`%.*s`", STR_ARG(s));
}

/* --- blocks ------------------------------------------------------------------- */

static uint32_t places_in(uint16_t head)
{
    switch (head) {
    case TOK_PERSON: return PL_PERSON;
    case TOK_CALENDAR: return PL_CALENDAR;
    case TOK_PHASE: return PL_PHASE;
    case TOK_POLICY: return PL_POLICY;
    case TOK_CONNECTOR: return PL_CONNECTOR;
    case TOK_TEST: return PL_TEST;
    case TOK_TOGETHER: return PL_TOGETHER;
    case TOK_ACTION: return PL_ACTION;
    case TOK_TASK: return PL_TASK;
    case TOK_CHECK: return PL_CHECK;
    case TOK_TOOL: return PL_TOOL;
    case TOK_EVENT: return PL_EVENT;
    default: return 0;
    }
}

/* The word whose block the `{` on top of the stack opens; 0: no block. */
static uint16_t block_head(const Driver *d)
{
    if (!parser_fits(d->p, TOK_BAD))
        return 0;
    uint32_t floor = d->n_open > 0 ? d->open[d->n_open - 1].depth : 0;
    for (uint32_t i = parser_depth(d->p); i-- > floor + 1;)
        if (places_in(parser_symbol(d->p, i)) != 0)
            return parser_symbol(d->p, i);
    return 0;
}

static const Bracket *innermost(const Driver *d)
{
    return d->n_open == 0 ? NULL : &d->open[d->n_open - 1];
}

static const Bracket *innermost_block(const Driver *d)
{
    for (uint32_t i = d->n_open; i-- > 0;)
        if (d->open[i].places != 0)
            return &d->open[i];
    return NULL;
}

/* Gates and milestones have clauses without braces: the open one's word. */
static uint16_t clause_head(const Driver *d)
{
    const Bracket *b = innermost_block(d);
    uint32_t floor = b == NULL ? 0 : b->depth;
    for (uint32_t i = parser_depth(d->p) + 1; i-- > floor + 1;) {
        uint16_t k = parser_symbol(d->p, i);
        if (k == TOK_GATE || k == TOK_MILESTONE)
            return k;
    }
    return 0;
}

static const char *place_name(uint32_t places)
{
    static const struct { uint32_t place; const char *name; } names[] = {
        {PL_TOP, "the first lines of the file"},
        {PL_FILE, "the file itself, outside all braces"},
        {PL_CALENDAR, "a `calendar`"}, {PL_PERSON, "a `person`"},
        {PL_PHASE, "a `phase`"}, {PL_GATE, "a `gate`"},
        {PL_ACTION, "an `action`"}, {PL_TASK, "a `task`"},
        {PL_CHECK, "a `check`"}, {PL_MILESTONE, "a `milestone`"},
        {PL_TOGETHER, "`together`"}, {PL_POLICY, "a `policy`"},
        {PL_CONNECTOR, "a `connector`"}, {PL_TOOL, "a `tool`"},
        {PL_EVENT, "an `event`"}, {PL_TEST, "a `test`"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((places & names[i].place) != 0)
            return names[i].name;
    return "another block";
}

/* --- pushing -------------------------------------------------------------------- */

static uint16_t opener_of(uint16_t closer)
{
    switch (closer) {
    case TOK_RB: return TOK_LB;
    case TOK_RP: return TOK_LP;
    case TOK_RS: return TOK_LS;
    case TOK_TEXT_CLOSE: return TOK_TEXT_OPEN;
    default: return 0;
    }
}

static uint16_t closer_of(uint16_t opener)
{
    switch (opener) {
    case TOK_LB: return TOK_RB;
    case TOK_LP: return TOK_RP;
    case TOK_LS: return TOK_RS;
    case TOK_TEXT_OPEN: return TOK_TEXT_CLOSE;
    default: return 0;
    }
}

static void too_deep(Driver *d, SynToken t)
{
    SynError *e = syn_error(d->t, 20, t.start, t.end,
                            "this is nested too deeply for gate");
    if (e != NULL) {
        e->label = syn_printf(d->t, "more than %d levels", (int)LIM_NESTING);
        e->help = "no plan for people needs so many; give inner parts a name "
                  "with `let`";
    }
    d->over = true;
}

static void opened(Driver *d, SynToken t)
{
    if (d->n_open == LIM_NESTING) {
        too_deep(d, t);
        return;
    }
    uint16_t head = t.kind == TOK_LB ? block_head(d) : 0;
    d->open[d->n_open++] = (Bracket){
        .kind = t.kind,
        .head = head,
        .places = places_in(head),
        .start = t.start,
        .indent = t.kind == TOK_LB ? indent_at(d, t.start) : 0,
        .depth = parser_depth(d->p),
    };
}

static void closed(Driver *d, SynToken t)
{
    Bracket b = d->open[--d->n_open];
    if (b.places == 0)
        return;
    d->closed = b;
    d->closed_at = t.start;
    if (t.end > t.start && !d->suspect && indent_at(d, t.start) < b.indent) {
        d->suspect = true;
        d->suspect_block = b;
        d->suspect_end = d->prev.end;
    }
}

static void push(Driver *d, SynToken t)
{
    parser_push(d->p, t);
    d->ctx.last_end = t.end;
    d->pushed++;
    switch (t.kind) {
    case TOK_LB:
    case TOK_LP:
    case TOK_LS:
    case TOK_TEXT_OPEN:
        opened(d, t);
        break;
    case TOK_RB:
    case TOK_RP:
    case TOK_RS:
    case TOK_TEXT_CLOSE:
        assert(d->n_open > 0 &&
               d->open[d->n_open - 1].kind == opener_of(t.kind));
        closed(d, t);
        break;
    default:
        break;
    }
    d->before = d->prev;
    d->prev = t;
    if (parser_depth(d->p) > PARSER_STACK)
        too_deep(d, t);
}

/* A token that stands nowhere, behind the last one. */
static void push_made(Driver *d, uint16_t kind)
{
    push(d, (SynToken){kind, d->prev.end, d->prev.end});
}

/* --- reports --------------------------------------------------------------------- */

/* NULL: the same mistake as the last report, or reports enough. */
static SynError *report(Driver *d, uint16_t code, uint32_t start, uint32_t end,
                        const char *text)
{
    uint32_t line = line_of(d, start);
    /* What is wrong with a block is a mistake of its own. */
    bool again = d->reported_line == line &&
                 (d->reported_code == code ||
                  (d->pushed < 3 && code != 9 && code != 10 && code != 18));
    d->reported_line = line;
    d->reported_code = code;
    d->pushed = 0;
    if (again || d->over)
        return NULL;
    return syn_error(d->t, code, start, end, text);
}

static void explain(SynError *e, const char *label, const char *help)
{
    if (e == NULL)
        return;
    e->label = label;
    e->help = help;
}

static void fix(SynError *e, char grade, uint32_t start, uint32_t end,
                const char *text)
{
    if (e != NULL)
        syn_fix(e, grade, start, end, text);
}

static void also(SynError *e, uint32_t start, uint32_t end, const char *text)
{
    if (e == NULL)
        return;
    e->also_start = start;
    e->also_end = end;
    e->also = text;
}

/* Tokens that a writer can forget; the others come in pieces, or are ours. */
static bool can_be_missing(uint16_t k)
{
    return k != TOK_TEXT_OPEN && k != TOK_TEXT_MID && k != TOK_TEXT_CLOSE &&
           k != TOK_ANYWORD && k != TOK_STRAY && k != TOK_BAD &&
           k != TOK_BADCLAUSE;
}

static bool expects_value(const Driver *d)
{
    return parser_fits(d->p, TOK_NOT) && parser_fits(d->p, TOK_LP);
}

/* "a name, `stop` or `continue`": what would fit, in words. */
static const char *what_fits(Driver *d)
{
    const char *items[8];
    size_t n = 0, words;
    const Word *w = word_table(&words);
    bool value = expects_value(d);
    bool name = parser_fits(d->p, TOK_NAME);
    bool statement = parser_fits(d->p, TOK_BAD) || parser_fits(d->p, TOK_BADCLAUSE);
    bool operand = parser_fits(d->p, TOK_PLUS);
    if (value)
        items[n++] = "a value";
    for (uint16_t k = 1; k < token_count() && n < 7; k++) {
        if (word_of_token(k) != NULL || !can_be_missing(k) || value ||
            !parser_fits(d->p, k))
            continue;
        if (operand && k != TOK_TEXT && closer_of(opener_of(k)) != k)
            continue;
        items[n++] = token_text(k);
    }
    for (size_t i = 0; i < words && n < 7 && !value && !name; i++)
        if (w[i].kind != WORD_PLAIN && parser_fits(d->p, w[i].token) &&
            !(statement && w[i].places != 0) &&
            !(operand && token_fallback(w[i].token) == TOK_ANYWORD))
            items[n++] = token_text(w[i].token);
    if (statement && n < 7)
        items[n++] = "a new statement";
    if (n == 0 || n > 6)
        return NULL;
    Buf b = {0};
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i == 0 ? "" : i + 1 == n ? " or " : ", ");
        buf_puts(&b, items[i]);
    }
    const char *s = syn_printf(d->t, "here fits %s", buf_z(&b));
    buf_free(&b);
    return s;
}

/* --- near words -------------------------------------------------------------------- */

/* Insertions, deletions, exchanges and swaps of neighbours between two short
 * words; large when it is no near miss. */
static uint32_t distance(Str a, Str b)
{
    enum { MAX = 16 };
    uint32_t row[3][MAX + 1];
    if (a.n > MAX || b.n > MAX)
        return MAX;
    for (uint32_t j = 0; j <= b.n; j++)
        row[0][j] = j;
    for (uint32_t i = 1; i <= a.n; i++) {
        uint32_t *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];
        now[0] = i;
        for (uint32_t j = 1; j <= b.n; j++) {
            uint32_t best = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
                a.p[i - 2] == b.p[j - 1] && upup[j - 2] + 1 < best)
                best = upup[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[a.n % 3][b.n];
}

static bool is_near(Str a, const char *word)
{
    Str b = str_of(word);
    size_t longer = a.n > b.n ? a.n : b.n;
    return longer >= 3 && distance(a, b) <= (longer < 5 ? 1 : 2);
}

/* --- repairs by one token ------------------------------------------------------------- */

typedef enum RepairKind { REPAIR_NONE, REPAIR_INSERT, REPAIR_REPLACE, REPAIR_DROP } RepairKind;
typedef struct Repair {
    RepairKind kind;
    uint16_t token;
    size_t reach;  /* how many of the tokens ahead then fit */
    uint32_t cost; /* the less the likelier */
} Repair;

static void consider(Repair *best, Repair r, size_t enough)
{
    if (r.reach < enough)
        return;
    if (best->kind == REPAIR_NONE || r.reach > best->reach ||
        (r.reach == best->reach && r.cost < best->cost))
        *best = r;
}

static bool is_operator(uint16_t k)
{
    switch (k) {
    case TOK_EQ: case TOK_NE: case TOK_LT: case TOK_LE: case TOK_GT: case TOK_GE:
    case TOK_IN: case TOK_CONTAINS: case TOK_WITHOUT: case TOK_AND: case TOK_OR:
    case TOK_PLUS: case TOK_MINUS: case TOK_STAR: case TOK_SLASH: case TOK_DOTDOT:
        return true;
    default:
        return false;
    }
}

static uint32_t insert_cost(uint16_t kind, bool fresh)
{
    const Word *w = word_of_token(kind);
    if (w != NULL)
        return w->places == 0 ? 3 : fresh ? 4 : 6;
    switch (kind) {
    case TOK_NAME: return 1;
    case TOK_LB:
    case TOK_RB:
    case TOK_RP:
    case TOK_RS:
    case TOK_ASSIGN:
    case TOK_COLON:
    case TOK_COMMA:
    case TOK_LEVEL:
    case TOK_TEXT:
    case TOK_INT: return 2;
    case TOK_DOT: return 3;
    default: return 5;
    }
}

/* What is missing or too much at the token that does not fit. */
static Repair best_repair(Driver *d)
{
    uint16_t kinds[AHEAD + 1];
    size_t n = 0;
    for (; n < AHEAD; n++) {
        kinds[n + 1] = peek(d, (uint32_t)n).kind;
        if (kinds[n + 1] == 0) {
            n++;
            break;
        }
    }
    SynToken t = peek(d, 0);
    Str text = text_of(d, t);
    bool fresh = first_on_line(d, t.start);
    bool in_block = d->n_open > 0 && d->open[d->n_open - 1].places != 0;
    bool operand = parser_fits(d->p, TOK_PLUS);
    Repair best = {REPAIR_NONE, 0, 0, 0};
    size_t enough = n < 3 ? n : 3; /* else chance decides */
    /* Before a statement on a line of its own, something is missing for sure. */
    const Word *head = word_of_token(t.kind);
    if (fresh && head != NULL && head->places != 0 && head->kind == WORD_RESERVED)
        enough = 1;
    for (uint16_t k = 1; k < token_count(); k++) {
        /* A block's `}` is guessed by indentation only, and which operator was
         * meant not at all. */
        if (!can_be_missing(k) || (k == TOK_RB && in_block) ||
            (operand && is_operator(k)))
            continue;
        kinds[0] = k;
        size_t run = parser_fit_run(d->p, kinds, n + 1);
        if (run > 1)
            consider(&best, (Repair){REPAIR_INSERT, k, run - 1, insert_cost(k, fresh)},
                     enough);
        if (run == 0)
            continue;
        /* In the place of t: a word that it nearly is, or a name. */
        const Word *w = word_of_token(k);
        bool word = t.kind == TOK_NAME || word_of_token(t.kind) != NULL;
        /* A soft word that is only a name here explains nothing. */
        bool near = word && w != NULL && is_near(text, w->text) &&
                    !(w->kind == WORD_SOFT && parser_fits(d->p, TOK_NAME));
        bool as_name = k == TOK_NAME && word_of_token(t.kind) != NULL && !fresh;
        if (!near && !as_name)
            continue;
        kinds[1] = k;
        run = parser_fit_run(d->p, kinds + 1, n);
        kinds[1] = t.kind;
        consider(&best, (Repair){REPAIR_REPLACE, k, run, as_name ? 1 : t.kind == TOK_NAME ? 0 : 2}, enough);
    }
    if (n > 1 && t.kind != TOK_RB && t.kind != 0) {
        size_t run = parser_fit_run(d->p, kinds + 2, n - 1);
        consider(&best, (Repair){REPAIR_DROP, 0, run + 1, 4}, enough);
    }
    return best;
}

/* Does a new statement begin with this token, as far as the text shows? */
static bool begins_here(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    bool head = w != NULL && w->places != 0 && w->kind == WORD_RESERVED;
    return (head || d->prev.kind == TOK_LB || first_on_line(d, t.start)) &&
           (parser_fits(d->p, TOK_BAD) || parser_fits(d->p, TOK_BADCLAUSE));
}

static void report_insert(Driver *d, SynToken t, uint16_t kind)
{
    const Word *w = word_of_token(kind);
    const char *what = token_text(kind);
    if (kind == TOK_NAME && expects_value(d))
        what = "a value";
    if (w != NULL && w->places != 0 && begins_here(d, t)) {
        SynError *e = report(d, 8, t.start, t.end,
                             syn_printf(d->t, "no statement begins with %s",
                                        quote(d, t)));
        explain(e, "a statement begins with its own word",
                syn_printf(d->t, "was %s meant before it?", what));
        fix(e, '?', t.start, t.start, syn_printf(d->t, "%s ", w->text));
        return;
    }
    uint32_t at = d->prev.end;
    SynError *e = report(d, 15, at, at,
                         d->prev.end == 0
                             ? syn_printf(d->t, "%s is missing here", what)
                             : syn_printf(d->t, "%s is missing after %s", what,
                                          quote(d, d->prev)));
    explain(e, syn_printf(d->t, "then follows %s", quote(d, t)), NULL);
    switch (kind) {
    case TOK_NAME:
        fix(e, 'H', at, at, expects_value(d) ? " VALUE" : " NAME");
        break;
    case TOK_TEXT: fix(e, 'H', at, at, " \"TEXT\""); break;
    case TOK_LEVEL: fix(e, 'H', at, at, " L2"); break;
    default:
        if (w != NULL)
            fix(e, '?', at, at, syn_printf(d->t, " %s", w->text));
        else if (what[0] == '`')
            fix(e, '?', at, at,
                syn_printf(d->t, " %.*s", (int)strlen(what) - 2, what + 1));
        break;
    }
}

static void report_replace(Driver *d, SynToken t, uint16_t kind)
{
    if (kind == TOK_NAME) {
        Str s = text_of(d, t);
        const char *free_name = syn_printf(d->t, "%.*s_1", STR_ARG(s));
        SynError *e = report(d, 16, t.start, t.end,
                             syn_printf(d->t, "`%.*s` is a word of the language",
                                        STR_ARG(s)));
        explain(e, "cannot be a name",
                syn_printf(d->t, "choose another name, such as `%s`", free_name));
        fix(e, '?', t.start, t.end, free_name);
        return;
    }
    const Word *w = word_of_token(kind);
    SynError *e = report(d, 8, t.start, t.end,
                         syn_printf(d->t, "%s is not a word that fits here",
                                    quote(d, t)));
    explain(e, "unexpected", syn_printf(d->t, "did you mean `%s`?", w->text));
    fix(e, '?', t.start, t.end, w->text);
}

/* "a `check` has require, within, hold and every" */
static const char *heads_of(Driver *d)
{
    const Bracket *b = innermost_block(d);
    uint32_t places = b == NULL ? PL_FILE : b->places;
    size_t n, count = 0, i = 0;
    const Word *w = word_table(&n);
    for (size_t k = 0; k < n; k++)
        count += (w[k].places & places) != 0;
    Buf s = {0};
    for (size_t k = 0; k < n; k++) {
        if ((w[k].places & places) == 0)
            continue;
        i++;
        buf_printf(&s, "%s%s", i == 1 ? "" : i == count ? " and " : ", ", w[k].text);
    }
    const char *text =
        b == NULL ? syn_printf(d->t, "a file has the statements %s", buf_z(&s))
                  : syn_printf(d->t, "%s has the statements %s",
                               place_name(places), buf_z(&s));
    buf_free(&s);
    return text;
}

static void report_unexpected(Driver *d, SynToken t)
{
    bool start = begins_here(d, t);
    SynError *e =
        start ? report(d, 8, t.start, t.end,
                       syn_printf(d->t, "no statement begins with %s", quote(d, t)))
              : report(d, 8, t.start, t.end,
                       syn_printf(d->t, "%s does not fit here", quote(d, t)));
    if (e != NULL)
        explain(e, "unexpected", start ? heads_of(d) : what_fits(d));
}

static bool repair(Driver *d, SynToken t)
{
    Repair r = best_repair(d);
    switch (r.kind) {
    case REPAIR_NONE:
        return false;
    case REPAIR_INSERT:
        report_insert(d, t, r.token);
        push_made(d, r.token);
        return true;
    case REPAIR_REPLACE:
        report_replace(d, t, r.token);
        drop(d);
        t.kind = r.token;
        push(d, t);
        return true;
    case REPAIR_DROP:
        report_unexpected(d, t);
        drop(d);
        return true;
    }
    return false;
}

static void panic(Driver *d, bool far);

/* --- habits ------------------------------------------------------------------ */

/* Only the first word of a file is the edition; elsewhere it may be a member. */
static bool after_edition(const Driver *d)
{
    return d->prev.kind == TOK_EDITION && parser_depth(d->p) == 1;
}

/* The file must say its edition first. */
static bool mistake_edition(Driver *d, SynToken t)
{
    if (after_edition(d)) {
        /* What stands there instead goes. */
        uint32_t at = d->prev.end;
        bool instead = t.kind != 0 && same_line(d, at, t.start);
        uint32_t end = instead ? t.end : at;
        SynError *e = report(d, 19, at, end, "the number of the edition is missing");
        explain(e, NULL, "write `edition 1`");
        fix(e, 'M', at, end, " 1");
        if (instead)
            drop(d);
        push_made(d, TOK_INT);
        return true;
    }
    if (parser_depth(d->p) != 0)
        return false;
    bool utf16 = d->t->n_errors > 0 && d->t->errors[0].code == 5 && t.kind == 0;
    SynError *e =
        utf16 ? NULL
              : report(d, 19, t.start, t.end, "the file does not say its edition");
    explain(e, "something else comes first", "begin the file with `edition 1`");
    fix(e, 'M', t.start, t.start, "edition 1\n");
    push(d, (SynToken){TOK_EDITION, t.start, t.start});
    push_made(d, TOK_INT);
    return true;
}

static bool mistake_assign(Driver *d, SynToken t)
{
    if (t.kind != TOK_ASSIGN || !parser_fits(d->p, TOK_EQ))
        return false;
    SynError *e = report(d, 12, t.start, t.end,
                         "to compare two values, write `==`");
    explain(e, "a single `=` gives an argument or a name its value", NULL);
    fix(e, 'M', t.start, t.end, "==");
    drop(d);
    t.kind = TOK_EQ;
    push(d, t);
    return true;
}

static bool mistake_level(Driver *d, SynToken t)
{
    if (!parser_fits(d->p, TOK_LEVEL) || parser_fits(d->p, TOK_NOT))
        return false;
    Str s = text_of(d, t);
    SynToken digit = t;
    bool word = t.kind == TOK_NAME && str_is(s, "level") &&
                peek(d, 1).kind == TOK_INT;
    if (word)
        digit = peek(d, 1);
    Str n = text_of(d, digit);
    bool small = t.kind == TOK_NAME && s.n == 2 && s.p[0] == 'l' &&
                 s.p[1] >= '0' && s.p[1] <= '9';
    if (!small && digit.kind != TOK_INT)
        return false;
    char c = n.p[n.n - 1];
    bool known = c >= '0' && c <= '3' && (small || n.n == 1);
    SynError *e = report(d, 17, t.start, digit.end,
                         "a level is written L0, L1, L2 or L3");
    explain(e, "no level", known ? NULL : "L3, work done by people, is the highest");
    if (known)
        fix(e, 'M', t.start, digit.end, syn_printf(d->t, "L%c", c));
    drop(d);
    if (word)
        drop(d);
    push(d, (SynToken){TOK_LEVEL, t.start, digit.end});
    return true;
}

/* `key: value`, `key = value`, `- item`, `depends_on`. */
static bool mistake_habit(Driver *d, SynToken t)
{
    if (t.kind != TOK_COLON && t.kind != TOK_ASSIGN)
        return false;
    uint16_t other = t.kind == TOK_COLON ? TOK_ASSIGN : TOK_COLON;
    if (parser_fits(d->p, other)) {
        SynError *e = report(d, 14, t.start, t.end,
                             other == TOK_ASSIGN
                                 ? "an argument gets its value with `=`"
                                 : "a type stands behind `:`");
        explain(e, "another sign is needed here", NULL);
        fix(e, 'M', t.start, t.end, other == TOK_ASSIGN ? " =" : ":");
        drop(d);
        t.kind = other;
        push(d, t);
        return true;
    }
    if (!parser_fits(d->p, peek(d, 1).kind))
        return false;
    SynError *e = report(d, 14, t.start, t.end,
                         syn_printf(d->t, "no %s stands here in a plan",
                                    quote(d, t)));
    explain(e, "written like in a configuration file",
            "the word and its value stand side by side: `timeout 2h`");
    fix(e, 'M', t.start, t.end, "");
    drop(d);
    return true;
}

static const struct { const char *text; uint16_t token; } foreign[] = {
    {"depends_on", TOK_NEEDS}, {"depends", TOK_NEEDS}, {"dependson", TOK_NEEDS},
    {"after", TOK_NEEDS}, {"requires", TOK_NEEDS}, {"variable", TOK_INPUT},
    {"param", TOK_INPUT}, {"var", TOK_LET}, {"const", TOK_LET},
    {"import", TOK_USE}, {"include", TOK_USE}, {"stage", TOK_PHASE},
    {"step", TOK_ACTION}, {"job", TOK_ACTION}, {"rollback", TOK_UNDO},
    {"approval", TOK_GATE}, {"approver", TOK_BY}, {"approvers", TOK_BY},
    {"assert", TOK_REQUIRE}, {"notify", TOK_TELL}, {"foreach", TOK_EACH},
    {"exec", TOK_RUN}, {"call", TOK_RUN},
};

/* A statement that begins as in another language. */
static bool mistake_foreign(Driver *d, SynToken t)
{
    if (t.kind == TOK_MINUS && begins_here(d, t)) {
        SynError *e = report(d, 14, t.start, t.end,
                             "lists are not written with dashes");
        explain(e, "begins an item in YAML",
                "statements stand one below the other; a list of values is "
                "written [a, b]");
        panic(d, false);
        return true;
    }
    if (!begins_here(d, t) || (t.kind != TOK_NAME && token_fallback(t.kind) != TOK_NAME))
        return false;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (!str_is(text_of(d, t), foreign[i].text) ||
            !parser_fits(d->p, foreign[i].token))
            continue;
        const Word *w = word_of_token(foreign[i].token);
        SynError *e = report(d, 14, t.start, t.end,
                             syn_printf(d->t, "gate has no `%s`; it says `%s`",
                                        foreign[i].text, w->text));
        explain(e, "a word of other languages", NULL);
        SynToken word = t;
        word.kind = foreign[i].token;
        drop(d);
        push(d, word);
        /* depends_on = [a, b]: names without sign and brackets. */
        uint32_t from = t.end, to = t.end;
        if (peek(d, 0).kind == TOK_ASSIGN || peek(d, 0).kind == TOK_COLON) {
            from = to = peek(d, 0).end;
            drop(d);
        }
        if (peek(d, 0).kind == TOK_LS && !parser_fits(d->p, TOK_LS)) {
            from = to = peek(d, 0).end;
            drop(d);
            SynToken last = drop_ahead(d, TOK_RS);
            if (last.end > from) {
                fix(e, '?', t.start, last.end,
                    syn_printf(d->t, "%s %.*s", w->text, (int)(last.start - from),
                               d->t->source.p + from));
                return true;
            }
        }
        fix(e, '?', t.start, to, w->text);
        return true;
    }
    return false;
}

/* --- braces ------------------------------------------------------------------------------ */

static void report_unclosed(Driver *d, const Bracket *b, uint32_t guess)
{
    bool brace = b->kind == TOK_LB;
    SynError *e = report(d, 9, guess, guess,
                         b->places != 0
                             ? syn_printf(d->t, "the block of this `%s` is not closed",
                                          word_of_token(b->head)->text)
                             : syn_printf(d->t, "this %s is not closed",
                                          token_text(b->kind)));
    explain(e, syn_printf(d->t, "probably %s is missing here",
                          token_text(closer_of(b->kind))),
            NULL);
    also(e, b->start, b->start + 1, "opened here");
    fix(e, 'M', guess, guess,
        brace ? syn_printf(d->t, "\n%*s}", (int)(b->indent < 200 ? b->indent : 200), "")
              : b->kind == TOK_LP ? ")" : "]");
}

/* Closes open brackets down to n, whatever statement is half done in them. */
static void close_to(Driver *d, uint32_t n)
{
    while (d->n_open > n) {
        const Bracket b = d->open[d->n_open - 1];
        uint16_t closer = closer_of(b.kind);
        if (!parser_unwind(d->p, closer, b.depth))
            push_made(d, TOK_NAME); /* ( and " want something inside */
        assert(parser_fits(d->p, closer));
        push_made(d, closer);
    }
}

/* A statement of an outer block, no further right than the inner block began:
 * a `}` is missing. */
static bool mistake_unclosed(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    const Bracket *b = innermost_block(d);
    bool first;
    uint32_t indent = indent_of(d, t.start, &first);
    if (w == NULL || b == NULL || !first || indent > b->indent)
        return false;
    uint32_t n = d->n_open;
    while (n > 0 && (d->open[n - 1].places == 0 || indent <= d->open[n - 1].indent))
        n--;
    uint32_t outer = n > 0 ? d->open[n - 1].places : PL_FILE;
    if ((w->places & outer) == 0)
        return false;
    if (d->suspect && d->suspect_block.start > d->open[n].start)
        report_unclosed(d, &d->suspect_block, d->suspect_end);
    else
        report_unclosed(d, &d->open[d->n_open - 1], d->prev.end);
    d->suspect = false;
    close_to(d, n);
    return true;
}

/* `run x { a = 1` and no `}`: the next statement's word was taken for an
 * argument, until no `=` followed. */
static bool mistake_swallowed(Driver *d)
{
    const Word *w = word_of_token(d->prev.kind);
    const Bracket *block = innermost_block(d);
    if (w == NULL || block == NULL || d->open[d->n_open - 1].places != 0 ||
        (w->places & block->places) == 0 || !first_on_line(d, d->prev.start) ||
        !parser_fits(d->p, TOK_ASSIGN) || d->n_ahead == AHEAD)
        return false;
    SynToken word = d->prev;
    parser_pop(d->p);
    d->prev = d->before;
    report_unclosed(d, &d->open[d->n_open - 1], d->prev.end);
    close_to(d, (uint32_t)(block - d->open) + 1);
    memmove(d->ahead + 1, d->ahead, d->n_ahead * sizeof d->ahead[0]);
    d->ahead[0] = word;
    d->n_ahead++;
    return true;
}

/* Closing brackets that do not fit. */
static bool mistake_closer(Driver *d, SynToken t)
{
    uint16_t opener = opener_of(t.kind);
    if (opener == 0 || opener == TOK_TEXT_OPEN)
        return false;
    uint32_t n = d->n_open;
    while (n > 0 && d->open[n - 1].kind != opener &&
           d->open[n - 1].kind != TOK_TEXT_OPEN)
        n--;
    bool own_next = n > 0 && n < d->n_open &&
                    peek(d, 1).kind == closer_of(innermost(d)->kind) &&
                    same_line(d, t.end, peek(d, 1).start);
    if (n == 0 || d->open[n - 1].kind == TOK_TEXT_OPEN || own_next) {
        SynError *e = report(d, 10, t.start, t.end,
                             syn_printf(d->t, "this %s closes nothing", quote(d, t)));
        explain(e, "nothing is open here", "remove it");
        if (d->n_open == 0 && t.kind == TOK_RB && d->closed.places != 0)
            also(e, d->closed_at, d->closed_at + 1, "the last block was closed here");
        d->stray_brace = true;
        fix(e, '?', t.start, t.end, "");
        drop(d);
        return true;
    }
    if (n == d->n_open)
        return false; /* its own bracket: something else is missing */
    report_unclosed(d, &d->open[d->n_open - 1], d->prev.end);
    close_to(d, n);
    return true;
}

/* --- panic --------------------------------------------------------------------------------- */

/* Is t the beginning of a statement that some open block may have? */
static bool is_sync(Driver *d, SynToken t, uint32_t nested, uint32_t indent)
{
    const Word *w = word_of_token(t.kind);
    if (w == NULL || w->places == 0)
        return false;
    bool first;
    uint32_t own = indent_of(d, t.start, &first);
    if (nested > 0 && !(first && own <= indent))
        return false;
    if (!first && (w->kind == WORD_SOFT || peek(d, 1).kind == TOK_ASSIGN))
        return false;
    uint32_t places = PL_FILE;
    for (uint32_t i = 0; i < d->n_open; i++)
        places |= d->open[i].places;
    uint16_t clause = clause_head(d);
    if (clause == TOK_GATE)
        places |= PL_GATE;
    if (clause == TOK_MILESTONE)
        places |= PL_MILESTONE;
    return (w->places & places) != 0;
}

/* A `}` between other things of a line closes no block of an earlier line. */
static bool in_the_middle(Driver *d, SynToken t, const Bracket *b)
{
    SynToken next = peek(d, 1);
    return b->places != 0 && !same_line(d, b->start, t.start) &&
           !first_on_line(d, t.start) && next.kind != 0 &&
           opener_of(next.kind) == 0 && same_line(d, t.end, next.start);
}

/* Does another line begin with t, as far left as the bad one? */
static bool same_level_line(const Driver *d, SynToken t, uint32_t indent)
{
    bool first;
    uint32_t own = indent_of(d, t.start, &first);
    return first && own == indent && closer_of(t.kind) == 0 &&
           opener_of(t.kind) == 0 && innermost_block(d) == innermost(d);
}

/* The bracket that this closing token closes, counted from 1; 0: none. */
static uint32_t closes(const Driver *d, uint16_t kind)
{
    uint16_t opener = opener_of(kind);
    if (kind == TOK_TEXT_MID)
        opener = TOK_TEXT_OPEN;
    for (uint32_t i = d->n_open; opener != 0 && i > 0; i--) {
        if (d->open[i - 1].kind == opener)
            return i;
        /* Nothing outside a text closes inside it. */
        if (d->open[i - 1].kind == TOK_TEXT_OPEN)
            return 0;
    }
    return 0;
}

/* Leaves the half statement away and puts what was skipped in its place. */
static void push_bad(Driver *d, uint32_t start, uint32_t end)
{
    const Bracket *b = innermost_block(d);
    uint32_t floor = b == NULL ? 2 : b->depth; /* 2: edition and its number */
    while (d->n_open > 0 && d->open[d->n_open - 1].depth > floor)
        d->n_open--;
    for (;;) {
        bool clause = parser_fits(d->p, TOK_BADCLAUSE);
        if (clause || parser_fits(d->p, TOK_BAD)) {
            push(d, (SynToken){clause ? TOK_BADCLAUSE : TOK_BAD, start,
                               end < start ? start : end});
            return;
        }
        /* Every block can hold a BAD, so this ends. */
        uint32_t depth = parser_depth(d->p);
        assert(depth > floor);
        parser_unwind(d->p, TOK_BAD, depth - 1);
    }
}

/* Skips to where the text can be understood again: a statement's word, the end
 * of the block, or the next line that begins where this statement did. far:
 * what follows belongs to no block, so only a declaration ends it. */
static void panic(Driver *d, bool far)
{
    SynToken t = peek(d, 0);
    uint32_t start = t.start, end = t.start, nested = 0;
    uint32_t indent = indent_of(d, d->prev.start > 0 && same_line(d, d->prev.start, t.start)
                                       ? d->prev.start : t.start, NULL);
    for (bool any = false;; any = true) {
        t = peek(d, 0);
        if (t.kind == 0)
            break;
        if (any && is_sync(d, t, nested, indent) &&
            !(far && (word_of_token(t.kind)->places & PL_FILE) == 0))
            break;
        if (any && !far && nested == 0 && same_level_line(d, t, indent))
            break;
        bool opens = closer_of(t.kind) != 0;
        bool shuts = opener_of(t.kind) != 0 || (t.kind == TOK_TEXT_MID && nested == 0);
        if (shuts && nested == 0) {
            uint32_t n = closes(d, t.kind);
            if (n > 0 && !in_the_middle(d, t, &d->open[n - 1])) {
                bool block = d->open[n - 1].places != 0;
                if (block && end > start)
                    push_bad(d, start, end);
                close_to(d, n);
                if (t.kind == TOK_TEXT_MID) {
                    /* The piece after the bad expression begins another. */
                    parser_unwind(d->p, TOK_TEXT_MID, d->open[n - 1].depth);
                    if (!parser_fits(d->p, TOK_TEXT_MID))
                        push_made(d, TOK_NAME);
                    return;
                }
                const Bracket b = d->open[n - 1];
                if (!parser_unwind(d->p, t.kind, b.depth))
                    push_made(d, TOK_NAME);
                return;
            }
        }
        if (opens)
            nested++;
        else if (shuts && nested > 0)
            nested--;
        end = t.end;
        drop(d);
    }
    push_bad(d, start, end);
}

/* --- places ---------------------------------------------------------------------------------- */

/* A known statement in a block that cannot have it. */
static bool mistake_place(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    if (w == NULL || w->places == 0 || !begins_here(d, t))
        return false;
    const Bracket *b = innermost_block(d);
    if (w->kind == WORD_SOFT && (w->places & (b == NULL ? PL_FILE : b->places)) != 0)
        return false;
    /* A stray `}` closed the block that this statement belongs to. */
    if (b == NULL && (w->places & d->closed.places) != 0 &&
        indent_of(d, t.start, NULL) > d->closed.indent) {
        SynError *e = d->stray_brace ? NULL :
            report(d, 10, d->closed_at, d->closed_at + 1,
                   syn_printf(d->t, "this `}` closes the `%s` too early",
                              word_of_token(d->closed.head)->text));
        explain(e, syn_printf(d->t, "`%s` comes after it", w->text),
                "remove one `}`");
        fix(e, '?', d->closed_at, d->closed_at + 1, "");
        panic(d, true);
        return true;
    }
    if (t.kind == TOK_PLAN) {
        SynError *e = report(d, 1012, t.start, t.end,
                             "`plan` stands once, right after the edition");
        explain(e, "too late here", NULL);
        panic(d, false);
        return true;
    }
    SynError *e = report(d, 18, t.start, t.end,
                         b == NULL ? syn_printf(d->t, "`%s` cannot stand outside "
                                                      "all blocks", w->text)
                                   : syn_printf(d->t, "`%s` cannot stand in a `%s`",
                                                w->text,
                                                word_of_token(b->head)->text));
    explain(e, syn_printf(d->t, "belongs to %s", place_name(w->places)), NULL);
    if (b != NULL)
        also(e, b->start, b->start + 1, "this block");
    panic(d, false);
    return true;
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool text_runs_to_end(const Driver *d)
{
    return d->prev.end == d->t->source.n &&
           (d->prev.kind == TOK_TEXT || d->prev.kind == TOK_TEXT_CLOSE) &&
           d->t->n_errors > 0 && d->t->errors[d->t->n_errors - 1].code == 2;
}

static void mistake_end(Driver *d)
{
    if (mistake_edition(d, peek(d, 0)))
        return;
    bool quiet = d->over || text_runs_to_end(d);
    if (d->n_open > 0) {
        uint32_t n = d->n_open - 1;
        while (n > 0 && d->open[n].places == 0 && d->open[n - 1].places == 0)
            n--;
        if (quiet)
            ;
        else if (d->suspect)
            report_unclosed(d, &d->suspect_block, d->suspect_end);
        else
            report_unclosed(d, &d->open[n], d->prev.end);
        close_to(d, 0);
        return;
    }
    if (!quiet) {
        SynError *e = report(d, 15, d->prev.end, d->prev.end,
                             "the file ends in the middle of a statement");
        explain(e, "something is missing here", what_fits(d));
    }
    push_bad(d, d->prev.end, d->prev.end);
}

static void mistake(Driver *d, SynToken t)
{
    /* Past this it is no plan; and every mistake costs a search. */
    if (++d->mistakes == LIM_SYNTAX_ERRORS)
        d->over = true;
    if (t.kind == 0)
        mistake_end(d);
    else if (!mistake_edition(d, t) && !mistake_swallowed(d) &&
             !mistake_assign(d, t) && !mistake_level(d, t) &&
             !mistake_closer(d, t) && !mistake_unclosed(d, t) &&
             !mistake_habit(d, t) && !mistake_foreign(d, t) &&
             !mistake_place(d, t) && !repair(d, t)) {
        report_unexpected(d, t);
        panic(d, false);
    }
}

/* --- after the parse -------------------------------------------------------------------------- */

static void check_edition(Driver *d, SynToken t)
{
    Str s = text_of(d, t);
    if (s.n == 0 || str_is(s, "1"))
        return;
    SynError *e = report(d, 19, t.start, t.end,
                         syn_printf(d->t, "this gate does not know edition %.*s",
                                    STR_ARG(s)));
    explain(e, "later than this version of gate",
            "install a newer gate, or write `edition 1`");
    fix(e, 'M', t.start, t.end, "1");
}

static void sort_errors(SynTree *t)
{
    for (uint32_t i = 1; i < t->n_errors; i++) {
        SynError e = t->errors[i];
        uint32_t j = i;
        for (; j > 0 && t->errors[j - 1].start > e.start; j--)
            t->errors[j] = t->errors[j - 1];
        t->errors[j] = e;
    }
}

/* Straight through, without asking first: false at the first thing wrong. */
static bool parse_straight(SynTree *t, Lexer *lx)
{
    ParseCtx ctx = {.tree = t};
    Parser *p = parser_new(t->arena, &ctx);
    uint32_t depth = 0;
    lex_init(lx, t);
    while (t->root == 0) {
        uint16_t previous = lx->prev;
        SynToken k = lex_next(lx);
        if (previous == TOK_EDITION && parser_depth(p) == 1 &&
            !str_is((Str){lx->base + k.start, k.end - k.start}, "1"))
            return false;
        if (closer_of(k.kind) != 0 && ++depth > LIM_NESTING)
            return false;
        if (opener_of(k.kind) != 0 && depth-- == 0)
            return false;
        parser_push(p, k);
        ctx.last_end = k.end;
        if (ctx.failed || t->n_errors > 0)
            return false;
    }
    return true;
}

static void parse_careful(SynTree *t, Lexer *lx)
{
    Driver *d = ARENA_NEW(t->arena, Driver, 1);
    d->t = t;
    d->ctx.tree = t;
    d->lx = lx;
    lex_init(d->lx, t);
    d->p = parser_new(t->arena, &d->ctx);
    while (t->root == 0) {
        if (d->over) { /* the rest is not read */
            d->ahead[0] = (SynToken){0, (uint32_t)t->source.n, (uint32_t)t->source.n};
            d->n_ahead = 1;
        }
        SynToken k = peek(d, 0);
        if (!parser_fits(d->p, k.kind)) {
            mistake(d, k);
            continue;
        }
        if (after_edition(d))
            check_edition(d, k);
        drop(d);
        push(d, k);
    }
    sort_errors(t);
}

void parse_all(SynTree *t)
{
    Lexer *lx = ARENA_NEW(t->arena, Lexer, 1);
    if (!parse_straight(t, lx)) {
        /* Something is wrong: once more, and in words. */
        t->root = 0;
        t->n_nodes = 1;
        t->nodes[0] = (SynNode){0};
        t->n_comments = t->n_errors = 0;
        parse_careful(t, lx);
    }
    t->nodes[t->root].end = (uint32_t)t->source.n;
}
