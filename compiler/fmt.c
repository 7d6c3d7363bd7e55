/* Owns: how a plan is laid out. Must not know: what it means. It prints the
 * tokens again, in order; the tree says which of them begin a line and how
 * deep, so nothing can get lost but spaces (and commas between arguments). */
#include "compiler/fmt.h"

#include "grammar/syntax.h"
#include "grammar/tokens.h"

#include <assert.h>
#include <string.h>

/* What was written on one line is broken when it is wider. */
enum { LINE_MOST = 100 };

typedef struct Mark {
    uint8_t line;    /* begins a line at level line - 1; 0: does not */
    bool item;       /* an argument or field */
    bool first_item; /* no comma before it */
    bool tight;      /* ( or [ of a call or an index: no space before */
    bool unary;      /* a minus sign of its own operand */
    uint8_t pad;     /* spaces behind it, for alignment */
    uint32_t match;  /* of a bracket: the other one */
} Mark;

typedef struct Open {
    uint32_t level; /* of the line that it stands on */
    bool broken;
} Open;

typedef struct Fmt {
    const SynTree *t;
    const SynToken *k;
    Mark *m;
    uint32_t n;
    uint32_t comment; /* the next one */
    Open *open;       /* brackets around what is printed */
    uint32_t n_open;
    uint32_t level;   /* of the line that is printed */
    bool line_start;  /* nothing stands on it yet */
    Buf *out;
} Fmt;

/* --- reading the tree ---------------------------------------------------------- */

/* The first token that begins at offset or later. */
static uint32_t token_at(const Fmt *f, uint32_t offset)
{
    uint32_t lo = 0, hi = f->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->k[mid].start < offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool breaks_between(const Fmt *f, uint32_t a, uint32_t b)
{
    return b > a && memchr(f->t->source.p + a, '\n', b - a) != NULL;
}

static void match_brackets(Fmt *f, Arena *arena)
{
    uint32_t *stack = ARENA_NEW(arena, uint32_t, (size_t)f->n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        switch (f->k[i].kind) {
        case TOK_LB:
        case TOK_LP:
        case TOK_LS:
            stack[n++] = i;
            break;
        case TOK_RB:
        case TOK_RP:
        case TOK_RS:
            if (n > 0) {
                uint32_t o = stack[--n];
                f->m[o].match = i;
                f->m[i].match = o;
            }
            break;
        default:
            break;
        }
    }
}

static bool space_between(const Fmt *f, uint32_t a, uint32_t b)
{
    uint16_t left = f->k[a].kind, right = f->k[b].kind;
    if ((left == TOK_LS && right == TOK_LB) || (left == TOK_RB && right == TOK_RS))
        return true;
    switch (right) {
    case TOK_COMMA: case TOK_RP: case TOK_RS: case TOK_DOT: case TOK_COLON:
    case TOK_DOTDOT: case TOK_TEXT_MID: case TOK_TEXT_CLOSE:
        return false;
    default:
        break;
    }
    switch (left) {
    case TOK_LP: case TOK_LS: case TOK_DOT: case TOK_DOTDOT:
    case TOK_TEXT_OPEN: case TOK_TEXT_MID:
        return false;
    default:
        return !f->m[b].tight && !f->m[a].unary;
    }
}

/* How wide these tokens are on one line, from first to the one before end. */
static uint32_t width(const Fmt *f, uint32_t first, uint32_t end)
{
    uint32_t n = 0;
    for (uint32_t i = first; i < end; i++)
        n += f->k[i].end - f->k[i].start +
             (i > first && space_between(f, i - 1, i));
    return n;
}

static bool has_block(uint16_t kind)
{
    switch (kind) {
    case SYN_PHASE: case SYN_ACTION: case SYN_TASK: case SYN_CHECK:
    case SYN_CALENDAR: case SYN_POLICY: case SYN_CONNECTOR: case SYN_TOOL:
    case SYN_EVENT: case SYN_TEST: case SYN_TOGETHER: case SYN_PERSON:
        return true;
    default:
        return false;
    }
}

/* Set apart by a blank line. */
static bool is_large(uint16_t kind)
{
    return kind == SYN_PHASE || kind == SYN_POLICY || kind == SYN_CONNECTOR ||
           kind == SYN_TEST;
}

static void mark_line(Fmt *f, uint32_t offset, uint32_t level)
{
    uint32_t i = token_at(f, offset);
    if (i < f->n)
        f->m[i].line = (uint8_t)(level + 1);
}

/* Words of a calendar, and names of roles that follow each other, are followed
 * by a column: language.md section 2. */
static void align_calendar(Fmt *f, SynRef list)
{
    uint32_t width = 0;
    SYN_EACH(f->t, r, list) {
        SynToken k = f->k[token_at(f, syn(f->t, r)->start)];
        if (k.end - k.start > width)
            width = k.end - k.start;
    }
    SYN_EACH(f->t, r, list) {
        uint32_t i = token_at(f, syn(f->t, r)->start);
        f->m[i].pad = (uint8_t)(width - (f->k[i].end - f->k[i].start));
    }
}

static bool same_group(const Fmt *f, SynRef a, SynRef b)
{
    uint32_t from = syn(f->t, a)->end, to = syn(f->t, b)->start;
    const char *p = f->t->source.p;
    uint32_t breaks = 0;
    for (uint32_t i = from; i < to; i++) {
        if (p[i] == '#')
            return false;
        breaks += p[i] == '\n';
    }
    return breaks <= 1;
}

static void align_roles(Fmt *f, SynRef first)
{
    enum { WIDEST = 40 }; /* one long name must not push all others away */
    while (first != 0) {
        uint32_t width = 0;
        SynRef end = first, last = first;
        while (end != 0 && syn(f->t, end)->kind == SYN_ROLE &&
               (end == first || same_group(f, last, end))) {
            const SynNode *name = syn(f->t, syn(f->t, end)->a);
            uint32_t w = name->end - name->start;
            if (syn(f->t, end)->b != 0 && w > width && w <= WIDEST)
                width = w;
            last = end;
            end = syn(f->t, end)->next;
        }
        for (SynRef r = first; r != end; r = syn(f->t, r)->next) {
            uint32_t i = token_at(f, syn(f->t, syn(f->t, r)->a)->start);
            uint32_t w = f->k[i].end - f->k[i].start;
            if (syn(f->t, r)->b != 0 && w < width)
                f->m[i].pad = (uint8_t)(width - w);
        }
        first = end == first ? syn(f->t, first)->next : end;
    }
}

/* Is this block to stand on one line? One statement at most, as it was written. */
static bool is_inline(const Fmt *f, SynRef list, uint32_t head, uint32_t open,
                      uint32_t close, uint32_t level)
{
    uint32_t n = 0;
    SYN_EACH(f->t, r, list)
        n++;
    return n <= 1 && !breaks_between(f, f->k[open].start, f->k[close].end) &&
           2 * level + width(f, head, close + 1) <= LINE_MOST;
}

static void mark_gate(Fmt *f, const SynNode *gate, uint32_t level)
{
    uint32_t last = gate->start;
    SYN_EACH(f->t, r, gate->c)
        last = syn(f->t, r)->start;
    uint32_t wide = width(f, token_at(f, gate->start), token_at(f, gate->end));
    if (!breaks_between(f, gate->start, last) && 2 * level + wide <= LINE_MOST)
        return;
    SYN_EACH(f->t, r, gate->c)
        mark_line(f, syn(f->t, r)->start, level + 1);
}

static void mark_block(Fmt *f, const SynNode *n, uint32_t level);

static void mark_statement(Fmt *f, SynRef r, uint32_t level)
{
    const SynNode *n = syn(f->t, r);
    if (n->kind == SYN_GATE)
        mark_gate(f, n, level);
    else if (has_block(n->kind))
        mark_block(f, n, level); /* blocks nest four deep at most: by grammar */
}

static void mark_block(Fmt *f, const SynNode *n, uint32_t level)
{
    uint32_t close = token_at(f, n->end - 1);
    uint32_t open = f->m[close].match;
    SynRef list = n->c;
    /* What stands before the brace is part of the head: at LEVEL, by WHO. */
    while (list != 0 && syn(f->t, list)->start < f->k[open].start)
        list = syn(f->t, list)->next;
    bool one_line = is_inline(f, list, token_at(f, n->start), open, close, level);
    SYN_EACH(f->t, r, list) {
        if (!one_line)
            mark_line(f, syn(f->t, r)->start, level + 1);
        mark_statement(f, r, level + 1);
    }
    if (!one_line)
        mark_line(f, f->k[close].start, level);
    if (n->kind == SYN_CALENDAR && !one_line)
        align_calendar(f, list);
}

/* Marks that follow from the kind of a node alone. Also nodes that the parser
 * dropped in a mistake are seen: their declarations are not printed by marks. */
static void mark_nodes(Fmt *f)
{
    for (SynRef r = 1; r < f->t->n_nodes; r++) {
        const SynNode *n = syn(f->t, r);
        bool args = n->kind == SYN_ARGS || n->kind == SYN_TYPEREC;
        if (args && n->a != 0) {
            SYN_EACH(f->t, a, n->a) {
                uint32_t i = token_at(f, syn(f->t, a)->start);
                if (i < f->n) {
                    f->m[i].item = true;
                    /* The grammar has no comma between a type's fields. */
                    f->m[i].first_item = a == n->a || n->kind == SYN_TYPEREC;
                }
            }
        } else if (n->kind == SYN_CALL || n->kind == SYN_INDEX) {
            uint32_t i = token_at(f, syn(f->t, n->a)->end);
            if (i < f->n)
                f->m[i].tight = true;
        } else if (n->kind == SYN_NEG) {
            uint32_t i = token_at(f, n->start);
            if (i < f->n)
                f->m[i].unary = true;
        }
    }
}

/* --- printing -------------------------------------------------------------------- */

static void new_line(Fmt *f, uint32_t level)
{
    if (!f->line_start)
        buf_putc(f->out, '\n');
    for (uint32_t i = 0; i < 2 * level; i++)
        buf_putc(f->out, ' ');
    f->level = level;
    f->line_start = false;
}

/* Blank lines of the source before offset, back to what stands before it. */
static bool blank_before(const Fmt *f, uint32_t offset)
{
    const char *p = f->t->source.p;
    uint32_t breaks = 0;
    while (offset > 0 && strchr(" \t\r\n", p[offset - 1]) != NULL)
        breaks += p[--offset] == '\n';
    return breaks > 1;
}

static void blank_line(Fmt *f)
{
    const Buf *b = f->out;
    if (b->n < 2)
        return;
    if (b->p[b->n - 1] != '\n')
        buf_putc(f->out, '\n');
    if (b->p[b->n - 2] != '\n')
        buf_putc(f->out, '\n');
    f->line_start = true;
}

/* Comments before offset. level is that of the line that follows them; a
 * comment inside a statement breaks it, and the rest goes on further right. */
static bool comments_before(Fmt *f, uint32_t offset, uint32_t level)
{
    bool any = false;
    for (; f->comment < f->t->n_comments; f->comment++) {
        const SynComment *c = &f->t->comments[f->comment];
        if (c->start >= offset)
            break;
        bool own = c->own_line || f->out->n == 0;
        if (own) {
            if (blank_before(f, c->start) && f->out->n > 0 &&
                f->out->p[f->out->n - 1] != '{')
                blank_line(f);
            uint32_t keep = f->level;
            new_line(f, level);
            f->level = keep;
        } else {
            buf_puts(f->out, "  ");
        }
        Str s = {f->t->source.p + c->start, c->end - c->start};
        while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
            s.n--;
        buf_str(f->out, s);
        buf_putc(f->out, '\n');
        f->line_start = true;
        any = true;
    }
    return any;
}

static bool opens(uint16_t kind)
{
    return kind == TOK_LB || kind == TOK_LP || kind == TOK_LS;
}

static bool closes(uint16_t kind)
{
    return kind == TOK_RB || kind == TOK_RP || kind == TOK_RS;
}

/* Does a line begin with token i inside brackets that are broken? */
static bool bracket_line(const Fmt *f, uint32_t i, uint32_t *level)
{
    if (f->n_open == 0 || !f->open[f->n_open - 1].broken)
        return false;
    Open o = f->open[f->n_open - 1];
    uint16_t left = f->k[i - 1].kind;
    if (closes(f->k[i].kind)) {
        *level = o.level;
        return true;
    }
    *level = o.level + 1;
    return f->m[i].item || opens(left) ||
           (left == TOK_COMMA && breaks_between(f, f->k[i - 1].end, f->k[i].start));
}

/* A line break that the writer put beside `and` or `or`. */
static bool operator_line(const Fmt *f, uint32_t i)
{
    uint16_t k = f->k[i].kind;
    return (k == TOK_AND || k == TOK_OR) && i + 1 < f->n &&
           breaks_between(f, f->k[i - 1].end, f->k[i + 1].start);
}

static void put_token(Fmt *f, uint32_t i)
{
    SynToken k = f->k[i];
    buf_put(f->out, f->t->source.p + k.start, k.end - k.start);
    for (uint32_t p = 0; p < f->m[i].pad; p++)
        buf_putc(f->out, ' ');
    if (opens(k.kind)) {
        bool block = false;
        uint32_t close = f->m[i].match;
        if (close > 0)
            block = f->m[close].line != 0;
        bool broken = !block && close > i + 1 && i + 1 < f->n &&
                      breaks_between(f, k.end, f->k[i + 1].start);
        f->open[f->n_open++] = (Open){f->level, broken};
    } else if (closes(k.kind) && f->n_open > 0) {
        f->n_open--;
    }
}

/* Everything between token i - 1 and token i, and then token i. */
static void print_token(Fmt *f, uint32_t i, bool first)
{
    SynToken k = f->k[i];
    Mark m = f->m[i];
    uint32_t level = 0;
    bool broken = bracket_line(f, i, &level);
    /* Commas between arguments: on one line only. A list's last comma: in a
     * broken list only. */
    if (k.kind == TOK_COMMA && i + 1 < f->n &&
        ((f->m[i + 1].item && f->n_open > 0 && f->open[f->n_open - 1].broken) ||
         (f->k[i + 1].kind == TOK_RS && !f->open[f->n_open - 1].broken)))
        return;
    if (m.item && !m.first_item && !broken && f->k[i - 1].kind != TOK_COMMA &&
        f->k[i - 1].kind != TOK_LB && f->n_open > 0)
        buf_putc(f->out, ',');
    if (m.line != 0) {
        level = m.line - 1u;
        bool end = closes(k.kind);
        comments_before(f, k.start, end ? level + 1 : level);
        if (!first && !end && blank_before(f, k.start) &&
            f->out->p[f->out->n - 1] != '{')
            blank_line(f);
        new_line(f, level);
    } else if (broken) {
        comments_before(f, k.start, closes(k.kind) ? level + 1 : level);
        new_line(f, level);
    } else if (comments_before(f, k.start, f->level + 2) || operator_line(f, i)) {
        uint32_t keep = f->level;
        new_line(f, f->level + 2);
        f->level = keep;
    } else if (!first && space_between(f, i - 1, i)) {
        buf_putc(f->out, ' ');
    }
    put_token(f, i);
}

/* --- declarations ----------------------------------------------------------------- */

/* A declaration, and all that belongs to it up to the next one. */
typedef struct Part {
    uint32_t first, end; /* tokens */
    SynRef node;         /* 0: the edition */
    uint16_t kind;       /* SYN_*; 0: the edition */
    bool bad;            /* a mistake is in it: printed as it is */
} Part;

static void copy_part(Fmt *f, const Part *p)
{
    uint32_t start = f->k[p->first].start, end = f->k[p->end - 1].end;
    while (start > 0 && strchr(" \t", f->t->source.p[start - 1]) != NULL)
        start--;
    if (!f->line_start && f->out->n > 0)
        buf_putc(f->out, '\n');
    buf_put(f->out, f->t->source.p + start, end - start);
    f->line_start = false;
    while (f->comment < f->t->n_comments && f->t->comments[f->comment].start < end)
        f->comment++;
}

static void print_part(Fmt *f, const Part *p, const Part *before)
{
    /* Comments right above a declaration are part of it. */
    uint32_t start = f->k[p->first].start, top = start;
    for (uint32_t c = f->comment; c < f->t->n_comments; c++)
        if (f->t->comments[c].own_line && f->t->comments[c].start < start) {
            top = f->t->comments[c].start;
            break;
        }
    bool apart = before != NULL && (is_large(p->kind) || is_large(before->kind)) &&
                 before->kind != 0;
    /* A comment behind the last declaration stays on its line. */
    if (before != NULL && top > f->k[p->first - 1].end)
        comments_before(f, top, 0);
    if (before != NULL && (apart || blank_before(f, top)))
        blank_line(f);
    comments_before(f, start, 0);
    if (top != start && blank_before(f, start))
        blank_line(f);
    if (p->bad) {
        copy_part(f, p);
        return;
    }
    f->n_open = 0;
    for (uint32_t i = p->first; i < p->end; i++) {
        if (i == p->first) {
            new_line(f, 0);
            put_token(f, i);
        } else {
            print_token(f, i, false);
        }
    }
}

static Part part(const Fmt *f, SynRef r)
{
    return (Part){.first = token_at(f, syn(f->t, r)->start),
                  .node = r,
                  .kind = syn(f->t, r)->kind};
}

static uint32_t find_parts(Fmt *f, Part *parts)
{
    const SynNode *file = syn(f->t, f->t->root);
    uint32_t n = 0;
    parts[n++] = (Part){.first = 0};
    if (file->b != 0)
        parts[n++] = part(f, file->b);
    SYN_EACH(f->t, r, file->c)
        parts[n++] = part(f, r);
    /* A region without any token is nothing to print. */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        parts[i].end = i + 1 < n ? parts[i + 1].first : f->n;
        if (parts[i].end > parts[i].first)
            parts[kept++] = parts[i];
    }
    return kept;
}

/* Which declarations have a mistake in them. false: it lies before them all, or
 * in the bytes. */
static bool find_bad(const Fmt *f, Part *parts, uint32_t n)
{
    for (uint32_t e = 0; e < f->t->n_errors; e++) {
        const SynError *err = &f->t->errors[e];
        if (err->code == 5 || err->code == 6 || err->code == 19 || err->code == 20)
            return false;
        uint32_t i = n;
        while (i > 0 && f->k[parts[i - 1].first].start > err->start)
            i--;
        if (i == 0)
            return false;
        parts[i - 1].bad = true;
        /* Right behind a declaration: something of it is missing. The next one
         * may be where its rest went. */
        if (i < n && f->k[parts[i].first].start <= err->end)
            parts[i].bad = true;
    }
    for (uint32_t i = 0; i < n; i++)
        if (parts[i].kind == SYN_BAD)
            parts[i].bad = true;
    return true;
}

bool fmt_source(Str source, Arena *arena, Buf *out)
{
    SynTree *t = syn_parse(source, arena);
    Fmt f = {.t = t, .out = out, .line_start = true};
    f.k = syn_tokens(t, arena, &f.n);
    if (f.n == 0)
        return false;
    f.m = ARENA_NEW(arena, Mark, f.n);
    f.open = ARENA_NEW(arena, Open, (size_t)f.n + 1);
    uint32_t count = 2;
    SYN_EACH(t, r, syn(t, t->root)->c)
        count++;
    Part *parts = ARENA_NEW(arena, Part, count);
    uint32_t n = find_parts(&f, parts), good = 0;
    if (!find_bad(&f, parts, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        good += !parts[i].bad;
    if (good == 0)
        return false;
    match_brackets(&f, arena);
    mark_nodes(&f);
    for (uint32_t i = 0; i < n; i++)
        if (!parts[i].bad && has_block(parts[i].kind))
            mark_block(&f, syn(t, parts[i].node), 0);
    align_roles(&f, syn(t, t->root)->c);
    Buf own = {.max = out->max};
    f.out = &own;
    for (uint32_t i = 0; i < n; i++)
        print_part(&f, &parts[i], i > 0 ? &parts[i - 1] : NULL);
    comments_before(&f, (uint32_t)t->source.n + 1, 0);
    if (!f.line_start)
        buf_putc(&own, '\n');
    buf_str(out, buf_view(&own));
    buf_free(&own);
    return true;
}
