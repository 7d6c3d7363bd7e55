/* Owns: how a plan is laid out. Must not know: what it means. It prints the
 * tokens again, in order; the tree says which of them begin a line and how
 * deep, so nothing can get lost but spaces (and commas between arguments). */
#include "compiler/fmt.h"

#include "grammar/syntax.h"
#include "grammar/tokens.h"

#include <assert.h>
#include <string.h>

#include "vm/os/limits.h"

/* What was written on one line is broken when it is wider. */
enum { LINE_MOST = 100 };

typedef struct Mark {
    uint8_t line;    /* begins a line at level line - 1; 0: does not */
    bool item;       /* an argument or field */
    bool first_item; /* no comma before it */
    bool tight;      /* ( or [ of a call or an index: no space before */
    bool unary;      /* a minus sign of its own operand */
    bool joins;      /* `and` or `or` between conditions */
    bool bad;        /* of a broken statement: printed as it stands */
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
    uint32_t last;    /* the token that was printed last */
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
        if (f->m[i].bad)
            continue; /* whatever it opens, the tree says where its block ends */
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

/* Are these two arguments without the comma that stands between them on a line? */
static bool lacks_comma(const Fmt *f, uint32_t i)
{
    return f->m[i].item && !f->m[i].first_item && f->k[i - 1].kind != TOK_COMMA &&
           f->k[i - 1].kind != TOK_LB;
}

/* How wide these tokens will be on one line, from first to the one before end. */
static uint32_t width(const Fmt *f, uint32_t first, uint32_t end)
{
    uint32_t n = 0, last = first;
    for (uint32_t i = first; i < end; i++) {
        if (f->k[i].kind == TOK_COMMA && i + 1 < end && f->k[i + 1].kind == TOK_RS)
            continue; /* left out */
        n += f->k[i].end - f->k[i].start;
        if (i > first)
            n += (uint32_t)space_between(f, last, i) + lacks_comma(f, i);
        last = i;
    }
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
        uint32_t i = token_at(f, syn(f->t, r)->start);
        if (!f->m[i].bad && f->k[i].end - f->k[i].start > width)
            width = f->k[i].end - f->k[i].start;
    }
    SYN_EACH(f->t, r, list) {
        uint32_t i = token_at(f, syn(f->t, r)->start);
        if (!f->m[i].bad)
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

static bool is_bad(const Fmt *f, SynRef r)
{
    uint32_t i = token_at(f, syn(f->t, r)->start);
    return i == f->n || f->m[i].bad;
}

static void align_roles(Fmt *f, SynRef first)
{
    enum { WIDEST = 40 }; /* one long name must not push all others away */
    while (first != 0) {
        uint32_t width = 0;
        SynRef end = first, last = first;
        while (end != 0 && syn(f->t, end)->kind == SYN_ROLE && !is_bad(f, end) &&
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
    if (is_bad(f, r))
        return;
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

/* A token that a node says more about; NULL: none, or it is printed as it stands. */
static Mark *mark_at(Fmt *f, uint32_t offset)
{
    uint32_t i = token_at(f, offset);
    return i < f->n && !f->m[i].bad ? &f->m[i] : NULL;
}

/* Marks that follow from the kind of a node alone. Nodes of what is printed as it
 * stands, or that the parser dropped in a mistake, are passed over. */
static void mark_nodes(Fmt *f)
{
    Mark *m;
    for (SynRef r = 1; r < f->t->n_nodes; r++) {
        const SynNode *n = syn(f->t, r);
        bool args = n->kind == SYN_ARGS || n->kind == SYN_TYPEREC;
        if (args && n->a != 0 && !is_bad(f, r)) {
            SYN_EACH(f->t, a, n->a) {
                if ((m = mark_at(f, syn(f->t, a)->start)) == NULL)
                    continue;
                m->item = true;
                /* The grammar has no comma between a type's fields. */
                m->first_item = a == n->a || n->kind == SYN_TYPEREC;
            }
        } else if (n->kind == SYN_CALL || n->kind == SYN_INDEX) {
            if ((m = mark_at(f, syn(f->t, n->a)->end)) != NULL)
                m->tight = true;
        } else if (n->kind == SYN_BINARY && (n->aux == BIN_AND || n->aux == BIN_OR)) {
            uint32_t i = token_at(f, syn(f->t, n->b)->start);
            if (i > 0 && (f->k[i - 1].kind == TOK_AND || f->k[i - 1].kind == TOK_OR))
                f->m[i - 1].joins = true;
        } else if (n->kind == SYN_NEG) {
            if ((m = mark_at(f, n->start)) != NULL)
                m->unary = true;
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
        /* What stood before it may have been a comma that is left out. */
        bool own = c->own_line || f->line_start;
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
    return f->m[i].joins && i + 1 < f->n && breaks_between(f, f->k[i - 1].end, f->k[i + 1].start);
}

static void put_token(Fmt *f, uint32_t i)
{
    SynToken k = f->k[i];
    buf_put(f->out, f->t->source.p + k.start, k.end - k.start);
    f->last = i;
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

/* What is broken, with all that stands between its statements, byte for byte; its
 * first line begins where it began. Returns the first token behind it. */
static uint32_t copy_bad(Fmt *f, uint32_t i)
{
    uint32_t start = f->k[i].start;
    while (i < f->n && f->m[i].bad)
        i++;
    uint32_t end = f->k[i - 1].end;
    while (start > 0 && strchr(" \t", f->t->source.p[start - 1]) != NULL)
        start--;
    if (!f->line_start && f->out->n > 0)
        buf_putc(f->out, '\n');
    buf_put(f->out, f->t->source.p + start, end - start);
    f->line_start = false;
    while (f->comment < f->t->n_comments && f->t->comments[f->comment].start < end)
        f->comment++;
    return i;
}

/* Everything between token i - 1 and token i, and then token i, or all that is
 * printed as it stands from there. Returns the next one to print. */
static uint32_t print_token(Fmt *f, uint32_t i)
{
    SynToken k = f->k[i];
    Mark m = f->m[i];
    uint32_t level = 0;
    bool broken = bracket_line(f, i, &level);
    /* Commas between arguments: on one line only. A list's last comma: in a
     * broken list only. */
    if (k.kind == TOK_COMMA && i + 1 < f->n && f->n_open > 0 &&
        ((f->m[i + 1].item && f->open[f->n_open - 1].broken) ||
         (f->k[i + 1].kind == TOK_RS && !f->open[f->n_open - 1].broken)))
        return i + 1;
    if (!broken && f->n_open > 0 && lacks_comma(f, i))
        buf_putc(f->out, ',');
    if (m.line != 0) {
        level = m.line - 1u;
        bool end = closes(k.kind);
        comments_before(f, k.start, end ? level + 1 : level);
        if (!end && blank_before(f, k.start) && f->out->p[f->out->n - 1] != '{')
            blank_line(f);
        if (m.bad)
            return copy_bad(f, i);
        new_line(f, level);
    } else if (broken) {
        comments_before(f, k.start, closes(k.kind) ? level + 1 : level);
        new_line(f, level);
    } else if (comments_before(f, k.start, f->level + 2) || operator_line(f, i)) {
        uint32_t keep = f->level;
        new_line(f, f->level + 2);
        f->level = keep;
    } else if (space_between(f, f->last, i)) {
        buf_putc(f->out, ' ');
    }
    put_token(f, i);
    return i + 1;
}

/* --- declarations ----------------------------------------------------------------- */

/* A declaration, and all that belongs to it up to the next one. */
typedef struct Part {
    uint32_t first, end; /* tokens */
    SynRef node;         /* 0: the edition */
    uint16_t kind;       /* SYN_*; 0: the edition */
} Part;

static void print_part(Fmt *f, const Part *p, const Part *before)
{
    if (p->first > 0 && f->m[p->first].bad && f->m[p->first - 1].bad)
        return; /* printed with the one before it */
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
    if (f->m[p->first].bad) {
        copy_bad(f, p->first);
        return;
    }
    f->n_open = 0;
    new_line(f, 0);
    put_token(f, p->first);
    for (uint32_t i = p->first + 1; i < p->end;)
        i = print_token(f, i);
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

/* --- what is broken ----------------------------------------------------------------- */

/* A statement with all that belongs to it up to the next one, in preorder. */
typedef struct Unit {
    uint32_t first, end;  /* tokens */
    uint32_t open, close; /* braces of a block; open 0: it has none */
    uint32_t parent;      /* its own number: a declaration */
    bool bad;
} Unit;

typedef struct Units {
    Fmt *f;
    Unit *u; uint32_t n;
    uint32_t *work; uint32_t n_work; /* bad ones whose neighbours are to be seen */
} Units;

static void make_bad(Units *s, uint32_t i)
{
    if (!s->u[i].bad)
        s->work[s->n_work++] = i;
    s->u[i].bad = true;
}

/* The innermost statement that token i belongs to; n: none. */
static uint32_t unit_of(const Units *s, uint32_t i)
{
    uint32_t lo = 0, hi = s->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->u[mid].first <= i)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return s->n;
    for (lo--; i >= s->u[lo].end; lo = s->u[lo].parent)
        if (s->u[lo].parent == lo)
            return s->n;
    return lo;
}

/* The braces of a block: the first one outside texts, and the token that the tree
 * says is its last. false: they are not both there. */
static bool find_braces(const Fmt *f, const SynNode *n, Unit *u)
{
    uint32_t texts = 0;
    u->open = u->first;
    for (; u->open < u->end && (texts > 0 || f->k[u->open].kind != TOK_LB); u->open++) {
        texts += f->k[u->open].kind == TOK_TEXT_OPEN;
        texts -= f->k[u->open].kind == TOK_TEXT_CLOSE && texts > 0;
    }
    u->close = token_at(f, n->end > 0 ? n->end - 1 : 0);
    return u->open < u->close && u->close + 1 == u->end && f->k[u->close].kind == TOK_RB;
}

/* A bracket of a statement that is open at its end holds what comes behind it, too. */
static bool closes_what_it_opens(const Fmt *f, uint32_t first, uint32_t end)
{
    int64_t open = 0;
    for (uint32_t i = first; i < end && open >= 0; i++)
        open += (int)opens(f->k[i].kind) - (int)closes(f->k[i].kind);
    return open == 0;
}

static void add_unit(Units *s, SynRef r, uint32_t first, uint32_t end, uint32_t parent);

/* The statements of a block. Statements nest five deep at most: by grammar. */
static void add_block(Units *s, const SynNode *n, uint32_t block)
{
    Fmt *f = s->f;
    Unit u = s->u[block];
    if (!find_braces(f, n, &u)) {
        make_bad(s, block);
        return;
    }
    s->u[block] = u;
    SynRef list = n->c;
    while (list != 0 && syn(f->t, list)->start < f->k[u.open].start)
        list = syn(f->t, list)->next; /* of its head */
    uint32_t at = u.open + 1;
    for (SynRef r = list, next; r != 0; r = next) {
        next = syn(f->t, r)->next;
        uint32_t first = token_at(f, syn(f->t, r)->start);
        uint32_t end = next == 0 ? u.close : token_at(f, syn(f->t, next)->start);
        if (first != at || end > u.close || end < first)
            make_bad(s, block); /* not all that stands in it is a statement */
        at = end;
        if (end > first && first >= u.first && end <= u.close)
            add_unit(s, r, first, end, block);
    }
    if (at != u.close)
        make_bad(s, block);
}

static void add_unit(Units *s, SynRef r, uint32_t first, uint32_t end, uint32_t parent)
{
    uint32_t i = s->n++;
    s->u[i] = (Unit){.first = first, .end = end, .parent = parent};
    if (r == 0)
        return;
    const SynNode *n = syn(s->f->t, r);
    bool rest = n->end != s->f->k[end - 1].end; /* words that no node has */
    if (n->kind == SYN_BAD || rest)
        make_bad(s, i);
    else if (has_block(n->kind))
        add_block(s, n, i);
    else if (!closes_what_it_opens(s->f, first, end))
        make_bad(s, i);
}

static void mark_token(Units *s, uint32_t i)
{
    uint32_t u = unit_of(s, i);
    if (u < s->n)
        make_bad(s, u);
}

/* The statement that a mistake is in. false: it is in the bytes. */
static bool mark_error(Units *s, const SynError *e)
{
    const Fmt *f = s->f;
    const SynNode *edition = syn(f->t, syn(f->t, f->t->root)->a);
    if (e->code == 5 || e->code == 20)
        return false;
    if (e->code == 19 && edition->start == edition->end && e->fix_start == e->fix_end &&
        e->fix_start == f->k[0].start)
        return true; /* it is not there: nothing to keep */
    uint32_t i = token_at(f, e->start), end = token_at(f, e->end);
    if (i > 0 && (e->start == e->end || f->k[i - 1].end > e->start))
        mark_token(s, i - 1); /* inside it, or something is missing behind it */
    for (; i < end; i++)
        mark_token(s, i);
    if (e->code == 9)
        mark_token(s, token_at(f, e->also_start)); /* the block that is not closed */
    return true;
}

/* What shares a line with something broken is left alone, too. */
static void spread(Units *s)
{
    const Fmt *f = s->f;
    while (s->n_work > 0) {
        Unit u = s->u[s->work[--s->n_work]];
        if (u.first > 0 && !breaks_between(f, f->k[u.first - 1].end, f->k[u.first].start))
            mark_token(s, u.first - 1);
        if (u.end < f->n && !breaks_between(f, f->k[u.end - 1].end, f->k[u.end].start))
            mark_token(s, u.end);
    }
}

/* Marks the tokens of what is broken: of statements, or of whole declarations.
 * false: there is nothing else, or the mistake is in the bytes. */
static bool mark_bad(Fmt *f, const Part *parts, uint32_t n_parts, bool whole, Arena *arena)
{
    Units s = {.f = f};
    s.u = ARENA_NEW(arena, Unit, (size_t)f->t->n_nodes + n_parts);
    s.work = ARENA_NEW(arena, uint32_t, (size_t)f->t->n_nodes + n_parts);
    for (uint32_t i = 0; i < n_parts; i++)
        add_unit(&s, parts[i].node, parts[i].first, parts[i].end, s.n);
    for (uint32_t i = 0; i < f->t->n_errors; i++)
        if (!mark_error(&s, &f->t->errors[i]))
            return false;
    spread(&s);
    for (uint32_t i = s.n; i-- > 0 && whole;)
        if (s.u[i].bad)
            make_bad(&s, s.u[i].parent);
    if (whole)
        spread(&s);
    bool good = false;
    for (uint32_t i = 0; i < s.n; i++) {
        good = good || !s.u[i].bad;
        for (uint32_t k = s.u[i].first; k < s.u[i].end && s.u[i].bad; k++)
            f->m[k].bad = true;
    }
    return good;
}

/* --- one pass ------------------------------------------------------------------------ */

static Fmt reader(Str source, Arena *arena)
{
    Fmt f = {.t = syn_parse(source, arena), .line_start = true};
    f.k = syn_tokens(f.t, arena, &f.n);
    return f;
}

/* Are what was read and what was written the same but for blanks, and commas
 * between arguments; and is wrong what was wrong? */
static bool same_text(const Fmt *a, const Fmt *b)
{
    uint32_t i = 0, k = 0, e = 0;
    if (a->t->n_errors != b->t->n_errors || a->t->n_comments != b->t->n_comments)
        return false;
    for (;; i++, k++) {
        while (i < a->n && a->k[i].kind == TOK_COMMA)
            i++;
        while (k < b->n && b->k[k].kind == TOK_COMMA)
            k++;
        uint32_t to_a = i < a->n ? a->k[i].start : (uint32_t)a->t->source.n + 1;
        uint32_t to_b = k < b->n ? b->k[k].start : (uint32_t)b->t->source.n + 1;
        for (; e < a->t->n_errors && a->t->errors[e].start < to_a; e++)
            if (a->t->errors[e].code != b->t->errors[e].code || b->t->errors[e].start >= to_b)
                return false;
        if (e < b->t->n_errors && b->t->errors[e].start < to_b)
            return false;
        if (i == a->n || k == b->n)
            return i == a->n && k == b->n;
        Str x = {a->t->source.p + a->k[i].start, a->k[i].end - a->k[i].start};
        Str y = {b->t->source.p + b->k[k].start, b->k[k].end - b->k[k].start};
        if (!str_eq(x, y))
            return false;
    }
}

/* Prints all of it into out. whole: a declaration with a mistake in it stays as
 * it is; else only the statement does. */
static bool print_all(Fmt *f, bool whole, Arena *arena, Buf *out)
{
    const SynTree *t = f->t;
    f->m = ARENA_NEW(arena, Mark, f->n);
    f->open = ARENA_NEW(arena, Open, (size_t)f->n + 1);
    uint32_t count = 2;
    SYN_EACH(t, r, syn(t, t->root)->c)
        count++;
    Part *parts = ARENA_NEW(arena, Part, count);
    uint32_t n = find_parts(f, parts);
    if (t->n_errors > 0 && !mark_bad(f, parts, n, whole, arena))
        return false;
    match_brackets(f, arena);
    mark_nodes(f);
    for (uint32_t i = 0; i < n; i++)
        if (!f->m[parts[i].first].bad && has_block(parts[i].kind))
            mark_block(f, syn(t, parts[i].node), 0);
    align_roles(f, syn(t, t->root)->c);
    f->out = out;
    for (uint32_t i = 0; i < n; i++)
        print_part(f, &parts[i], i > 0 ? &parts[i - 1] : NULL);
    comments_before(f, (uint32_t)t->source.n + 1, 0);
    if (!f->line_start)
        buf_putc(out, '\n');
    return !out->failed;
}

/* How a mistake is read depends on the layout around it: line breaks and
 * indentation tell what was meant. So a layout is only taken when the text reads
 * as before in it; else more of it is left as it is. */
static bool broken_step(Str source, Arena *arena, Buf *out)
{
    for (int whole = 0; whole <= 1; whole++) {
        Fmt f = reader(source, arena);
        buf_clear(out);
        if (f.t->cut || f.t->n_errors == LIM_SYNTAX_ERRORS)
            return false; /* not all of it was read, or not all is told */
        if (!print_all(&f, whole == 1, arena, out))
            continue;
        Fmt g = reader(buf_view(out), arena);
        if (same_text(&f, &g))
            return true;
    }
    return false;
}

/* Again until it stays as it is: what came out is then what would come out of
 * it. Nearly always the first step does it. */
static bool print_broken(Str source, Arena *arena, Buf *out)
{
    enum { STEPS = 4 };
    Str text = source;
    for (int i = 0; i < STEPS; i++) {
        if (!broken_step(text, arena, out))
            return false;
        if (str_eq(buf_view(out), text))
            return true;
        text = arena_str(arena, buf_view(out));
    }
    return false;
}

bool fmt_source(Str source, Arena *arena, Buf *out)
{
    Fmt f = reader(source, arena);
    Buf own = {.max = out->max};
    if (f.n == 0)
        return false;
    bool ok = f.t->n_errors == 0 ? print_all(&f, false, arena, &own)
                                 : print_broken(f.t->source, arena, &own);
    if (ok)
        buf_str(out, buf_view(&own));
    else if (own.failed)
        out->failed = true;
    buf_free(&own);
    return ok;
}
