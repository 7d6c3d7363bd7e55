/* Owns: feeding the parser, and knowing where in the blocks it is. Must not
 * know: what is said about a mistake (repair.c, recover.c).
 *
 * A file is first parsed straight through. Only when that fails it is parsed
 * again with care: every token is tried on the parser's stack before it is
 * pushed, so a mistake is found at the right token (default reductions would
 * hide some) and the parser never sees one. */
#include "grammar/drive.h"

#include <assert.h>
#include <string.h>

/* --- tokens -------------------------------------------------------------- */

static SynToken read_token(Driver *d)
{
    SynToken t;
    do
        t = lex_next(d->lx);
    while (t.kind == TOK_STRAY); /* reported by the lexer */
    return t;
}

SynToken drv_peek(Driver *d, uint32_t i)
{
    assert(i < DRV_AHEAD);
    while (d->n_ahead <= i) {
        SynToken last = d->n_ahead > 0 ? d->ahead[d->n_ahead - 1] : d->prev;
        bool ended = d->n_ahead > 0 && last.kind == 0;
        d->ahead[d->n_ahead++] = ended ? last : read_token(d);
    }
    return d->ahead[i];
}

void drv_drop(Driver *d)
{
    drv_peek(d, 0);
    d->n_ahead--;
    memmove(d->ahead, d->ahead + 1, d->n_ahead * sizeof d->ahead[0]);
}

/* Takes the next token of a kind away, when it is near. */
SynToken drv_drop_ahead(Driver *d, uint16_t kind)
{
    for (uint32_t i = 0; i < DRV_AHEAD; i++) {
        SynToken t = drv_peek(d, i);
        if (t.kind != kind)
            continue;
        d->n_ahead--;
        memmove(d->ahead + i, d->ahead + i + 1,
                (d->n_ahead - i) * sizeof d->ahead[0]);
        return t;
    }
    return (SynToken){0, 0, 0};
}

/* --- places -------------------------------------------------------------- */

uint32_t drv_line_of(const Driver *d, uint32_t offset)
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
uint32_t drv_indent_of(const Driver *d, uint32_t offset, bool *first)
{
    uint32_t start = d->t->lines[drv_line_of(d, offset) - 1], i = start;
    const char *p = d->t->source.p;
    while (i < offset && (p[i] == ' ' || p[i] == '\t'))
        i++;
    if (first != NULL)
        *first = i == offset;
    return i - start;
}

bool drv_first_on_line(const Driver *d, uint32_t offset)
{
    bool first;
    drv_indent_of(d, offset, &first);
    return first;
}

bool drv_same_line(const Driver *d, uint32_t a, uint32_t b)
{
    return memchr(d->t->source.p + a, '\n', b - a) == NULL;
}

Str drv_text_of(const Driver *d, SynToken t)
{
    return (Str){d->t->source.p + t.start, t.end - t.start};
}

/* The token as messages quote it: short, and on one line. */
const char *drv_quote(Driver *d, SynToken t)
{
    Str s = drv_text_of(d, t);
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

/* --- blocks -------------------------------------------------------------- */

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

const Bracket *drv_innermost(const Driver *d)
{
    return d->n_open == 0 ? NULL : &d->open[d->n_open - 1];
}

const Bracket *drv_innermost_block(const Driver *d)
{
    for (uint32_t i = d->n_open; i-- > 0;)
        if (d->open[i].places != 0)
            return &d->open[i];
    return NULL;
}

/* Gates and milestones have clauses without braces: the open one's word. */
uint16_t drv_clause_head(const Driver *d)
{
    const Bracket *b = drv_innermost_block(d);
    uint32_t floor = b == NULL ? 0 : b->depth;
    for (uint32_t i = parser_depth(d->p) + 1; i-- > floor + 1;) {
        uint16_t k = parser_symbol(d->p, i);
        if (k == TOK_GATE || k == TOK_MILESTONE)
            return k;
    }
    return 0;
}

const char *drv_place_name(uint32_t places)
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

/* Only the first word of a file is the edition; elsewhere it may be a member. */
bool drv_after_edition(const Driver *d)
{
    return d->prev.kind == TOK_EDITION && parser_depth(d->p) == 1;
}

/* --- pushing ------------------------------------------------------------- */

uint16_t drv_opener_of(uint16_t closer)
{
    switch (closer) {
    case TOK_RB: return TOK_LB;
    case TOK_RP: return TOK_LP;
    case TOK_RS: return TOK_LS;
    case TOK_TEXT_CLOSE: return TOK_TEXT_OPEN;
    default: return 0;
    }
}

uint16_t drv_closer_of(uint16_t opener)
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

void drv_push(Driver *d, SynToken t)
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
               d->open[d->n_open - 1].kind == drv_opener_of(t.kind));
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
void drv_push_made(Driver *d, uint16_t kind)
{
    drv_push(d, (SynToken){kind, d->prev.end, d->prev.end});
}

/* --- after the parse ----------------------------------------------------- */

static bool is_known_edition(Str s)
{
    return s.n == 0 || str_is(s, "1"); /* none: the parser put it there */
}

static Str edition_text(const SynTree *t)
{
    return syn_text(t, syn(t, t->root)->a);
}

static void check_edition(Driver *d, SynToken t)
{
    Str s = drv_text_of(d, t);
    if (is_known_edition(s))
        return;
    SynError *e = drv_report(d, 19, t.start, t.end,
                         syn_printf(d->t, "this gate does not know edition %.*s",
                                    STR_ARG(s)));
    drv_explain(e, "later than this version of gate",
            "install a newer gate, or write `edition 1`");
    drv_fix(e, 'M', t.start, t.end, "1");
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
    syn_reserve_nodes(t);
    lex_init(lx, t);
    while (t->root == 0 && t->n_errors == 0 && !ctx.failed) {
        SynToken k = lex_next(lx);
        switch (k.kind) {
        case TOK_LB:
        case TOK_LP:
        case TOK_LS:
        case TOK_TEXT_OPEN:
            if (++depth > LIM_NESTING)
                return false;
            break;
        case TOK_RB:
        case TOK_RP:
        case TOK_RS:
        case TOK_TEXT_CLOSE:
            depth--; /* one too many: it does not fit */
            break;
        default:
            break;
        }
        parser_push(p, k);
        ctx.last_end = k.end;
    }
    return t->n_errors == 0 && !ctx.failed && is_known_edition(edition_text(t));
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
        SynToken k = drv_peek(d, 0);
        if (!parser_fits(d->p, k.kind)) {
            drv_mistake(d, k);
            continue;
        }
        if (drv_after_edition(d))
            check_edition(d, k);
        drv_drop(d);
        drv_push(d, k);
    }
    t->cut = d->over;
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
        memset(t->count, 0, sizeof t->count);
        t->n_comments = t->n_errors = t->n_literals = 0;
        parse_careful(t, lx);
    }
    t->nodes[t->root].end = t->source.n & SYN_REF_MAX;
    syn_trim_nodes(t);
}
