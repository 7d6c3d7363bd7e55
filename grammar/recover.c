/* Owns: what happens when a token does not fit: one report in words, one repair,
 * and on to the next mistake. Must not know: what the tree looks like.
 *
 * In order: the habits that have a report of their own; a repair by one token
 * (repair.c); else a panic loop to the next statement. A region that is skipped
 * becomes one BAD token. */
#include "grammar/drive.h"

#include <assert.h>
#include <string.h>

static void panic(Driver *d, bool far);

/* --- habits -------------------------------------------------------------- */

/* The file must say its edition first. */
static bool mistake_edition(Driver *d, SynToken t)
{
    if (drv_after_edition(d)) {
        /* What stands there instead goes. */
        uint32_t at = d->prev.end;
        bool instead = t.kind != 0 && drv_same_line(d, at, t.start);
        uint32_t end = instead ? t.end : at;
        SynError *e = drv_report(d, 19, at, end, "the number of the edition is missing");
        drv_explain(e, NULL, "write `edition 1`");
        drv_fix(e, 'M', at, end, " 1");
        if (instead)
            drv_drop(d);
        drv_push_made(d, TOK_INT);
        return true;
    }
    if (parser_depth(d->p) != 0)
        return false;
    bool utf16 = d->t->n_errors > 0 && d->t->errors[0].code == 5 && t.kind == 0;
    SynError *e =
        utf16 ? NULL
              : drv_report(d, 19, t.start, t.end, "the file does not say its edition");
    drv_explain(e, "something else comes first", "begin the file with `edition 1`");
    drv_fix(e, 'M', t.start, t.start, "edition 1\n");
    drv_push(d, (SynToken){TOK_EDITION, t.start, t.start});
    drv_push_made(d, TOK_INT);
    return true;
}

static bool mistake_assign(Driver *d, SynToken t)
{
    if (t.kind != TOK_ASSIGN || !parser_fits(d->p, TOK_EQ))
        return false;
    SynError *e = drv_report(d, 12, t.start, t.end,
                         "to compare two values, write `==`");
    drv_explain(e, "a single `=` gives an argument or a name its value", NULL);
    drv_fix(e, 'M', t.start, t.end, "==");
    drv_drop(d);
    t.kind = TOK_EQ;
    drv_push(d, t);
    return true;
}

static bool mistake_level(Driver *d, SynToken t)
{
    if (!parser_fits(d->p, TOK_LEVEL) || parser_fits(d->p, TOK_NOT))
        return false;
    Str s = drv_text_of(d, t);
    SynToken digit = t;
    bool word = t.kind == TOK_NAME && str_is(s, "level") &&
                drv_peek(d, 1).kind == TOK_INT;
    if (word)
        digit = drv_peek(d, 1);
    Str n = drv_text_of(d, digit);
    bool small = t.kind == TOK_NAME && s.n == 2 && s.p[0] == 'l' &&
                 s.p[1] >= '0' && s.p[1] <= '9';
    if (!small && digit.kind != TOK_INT)
        return false;
    char c = n.p[n.n - 1];
    bool known = c >= '0' && c <= '3' && (small || n.n == 1);
    SynError *e = drv_report(d, 17, t.start, digit.end,
                         "a level is written L0, L1, L2 or L3");
    drv_explain(e, "no level", known ? NULL : "L3, work done by people, is the highest");
    if (known)
        drv_fix(e, 'M', t.start, digit.end, syn_printf(d->t, "L%c", c));
    drv_drop(d);
    if (word)
        drv_drop(d);
    drv_push(d, (SynToken){TOK_LEVEL, t.start, digit.end});
    return true;
}

/* `key: value`, `key = value`, `- item`, `depends_on`. */
static bool mistake_habit(Driver *d, SynToken t)
{
    if (t.kind != TOK_COLON && t.kind != TOK_ASSIGN)
        return false;
    uint16_t other = t.kind == TOK_COLON ? TOK_ASSIGN : TOK_COLON;
    if (t.kind == TOK_ASSIGN && (d->prev.kind == TOK_EQ || d->prev.kind == TOK_NE) &&
        d->prev.end == t.start) {
        const char *right = d->prev.kind == TOK_EQ ? "==" : "!=";
        SynError *e = drv_report(d, 14, d->prev.start, t.end,
                             syn_printf(d->t, "gate writes `%s` here", right));
        drv_explain(e, "written like in other languages", NULL);
        drv_fix(e, 'M', d->prev.start, t.end, right);
        drv_drop(d);
        return true;
    }
    if (parser_fits(d->p, other)) {
        SynError *e = drv_report(d, 14, t.start, t.end,
                             other == TOK_ASSIGN
                                 ? "an argument gets its value with `=`"
                                 : "a type stands behind `:`");
        drv_explain(e, "another sign is needed here", NULL);
        drv_fix(e, 'M', t.start, t.end, other == TOK_ASSIGN ? " =" : ":");
        drv_drop(d);
        t.kind = other;
        drv_push(d, t);
        return true;
    }
    if (!parser_fits(d->p, drv_peek(d, 1).kind))
        return false;
    SynError *e = drv_report(d, 14, t.start, t.end,
                         syn_printf(d->t, "no %s stands here in a plan",
                                    drv_quote(d, t)));
    drv_explain(e, "written like in a configuration file",
            "the word and its value stand side by side: `timeout 2h`");
    bool blanks = drv_same_line(d, d->prev.end, t.start) && d->t->source.p[t.end] == ' ';
    drv_fix(e, 'M', blanks ? d->prev.end : t.start, t.end, "");
    drv_drop(d);
    return true;
}

/* A piece of `web-patch-01` behind `at`: the dash and what follows it. */
static bool dashed(Driver *d, uint32_t at)
{
    SynToken dash = drv_peek(d, 0), rest = drv_peek(d, 1);
    return dash.kind == TOK_MINUS && dash.start == at && rest.start == dash.end &&
           (rest.kind == TOK_NAME || rest.kind == TOK_INT || word_of_token(rest.kind) != NULL);
}

/* `patch-one`: no name has a dash. */
static bool mistake_dash(Driver *d)
{
    SynToken name = d->prev;
    const Word *w = word_of_token(name.kind);
    bool soft = w != NULL && w->kind != WORD_RESERVED;
    if ((name.kind != TOK_NAME && !soft) || !dashed(d, name.end))
        return false;
    uint32_t end = name.end;
    while (dashed(d, end)) {
        end = drv_peek(d, 1).end;
        drv_drop(d);
        drv_drop(d);
    }
    Buf right = {0};
    for (uint32_t i = name.start; i < end; i++)
        buf_putc(&right, d->t->source.p[i] == '-' ? '_' : d->t->source.p[i]);
    SynError *e = drv_report(d, 14, name.start, end, "no name has a dash");
    drv_explain(e, "written like in other languages", "`_` joins the words of a name");
    drv_fix(e, '?', name.start, end, syn_printf(d->t, "%s", buf_z(&right)));
    buf_free(&right);
    return true;
}

/* `if big { ... }`: what it is about says when it is done. */
static bool mistake_if(Driver *d, SynToken t)
{
    if (t.kind != TOK_IF || !drv_begins_here(d, t))
        return false;
    SynError *e = drv_report(d, 14, t.start, t.end, "no statement begins with `if`");
    drv_explain(e, "written like in other languages",
                "the phase or action says itself when it is done: when count(hosts) > 1");
    panic(d, false);
    return true;
}

/* `gate L2 "?" { by owner }`: its clauses stand without braces. */
static bool mistake_gate_block(Driver *d, SynToken t)
{
    if (t.kind != TOK_LB || drv_clause_head(d) != TOK_GATE)
        return false;
    SynError *e = drv_report(d, 14, t.start, t.end, "a gate has no braces");
    drv_explain(e, "written like a block", "leave both braces out: the clauses follow the question, one below the other");
    panic(d, false);
    return true;
}

/* `by owner or it_lead`: how many must agree stands in front. */
static bool mistake_quorum(Driver *d, SynToken t)
{
    if ((t.kind != TOK_AND && t.kind != TOK_OR) || d->before.kind != TOK_BY ||
        d->prev.kind != TOK_NAME || drv_peek(d, 1).kind != TOK_NAME || !parser_fits(d->p, TOK_COMMA))
        return false;
    bool all = t.kind == TOK_AND;
    SynToken first = d->prev, last = drv_peek(d, 1);
    SynError *e = drv_report(d, 14, t.start, t.end,
                         syn_printf(d->t, "roles are not joined by `%s`", all ? "and" : "or"));
    drv_explain(e, "written like in other languages",
                all ? "`all of` in front: for each role a person must agree"
                    : "`any of` in front: one person of any of them must agree");
    drv_fix(e, '?', first.start, last.end,
            syn_printf(d->t, "%s of %.*s, %.*s", all ? "all" : "any", STR_ARG(drv_text_of(d, first)),
                       STR_ARG(drv_text_of(d, last))));
    drv_drop(d);
    drv_push_made(d, TOK_COMMA);
    return true;
}

/* `Mon-Fri`, `08:00-17:00`: two dots lie between the ends of a range. */
static bool mistake_range(Driver *d, SynToken t)
{
    SynToken from = d->prev, to = drv_peek(d, 1);
    if (t.kind != TOK_MINUS || to.kind != from.kind || !parser_fits(d->p, TOK_DOTDOT))
        return false;
    const char *right = syn_printf(d->t, "%.*s..%.*s", STR_ARG(drv_text_of(d, from)), STR_ARG(drv_text_of(d, to)));
    SynError *e = drv_report(d, 14, t.start, t.end, syn_printf(d->t, "from one to another is written `%s`", right));
    drv_explain(e, "two dots lie in between", NULL);
    drv_fix(e, 'M', from.start, to.end, right);
    drv_drop(d);
    t.kind = TOK_DOTDOT;
    drv_push(d, t);
    return true;
}

/* `by two of owner, it_lead`: how many is a number. */
static bool mistake_number_word(Driver *d, SynToken t)
{
    static const char *const words[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
    SynToken word = d->prev;
    if (t.kind != TOK_OF || word.kind != TOK_NAME || d->before.kind != TOK_BY)
        return false;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_is(drv_text_of(d, word), words[i]))
            continue;
        const char *right = syn_printf(d->t, "%u", i + 1);
        SynError *e = drv_report(d, 14, word.start, word.end, syn_printf(d->t, "how many is written as a number: `by %s of`", right));
        drv_explain(e, "a word", NULL);
        drv_fix(e, 'M', word.start, word.end, right);
        parser_pop(d->p);
        d->prev = d->before;
        drv_push_made(d, TOK_INT);
        return true;
    }
    return false;
}

/* `run "./patch.sh"`: an action runs a tool. */
static bool mistake_run(Driver *d, SynToken t)
{
    if (d->prev.kind != TOK_RUN || (t.kind != TOK_TEXT && t.kind != TOK_LS))
        return false;
    SynError *e = drv_report(d, 14, t.start, t.end, "`run` names a tool, and no program");
    drv_explain(e, "written like in other languages",
                "a program is run so: run shell.change { argv = [\"./patch.sh\", \"web-01\"] }");
    panic(d, false);
    return true;
}

/* after: the second word of what gate says; 0: it is one word. */
static const struct { const char *text; uint16_t token, after; } foreign[] = {
    {"depends_on", TOK_NEEDS, 0}, {"depends", TOK_NEEDS, 0},
    {"dependson", TOK_NEEDS, 0}, {"after", TOK_NEEDS, 0}, {"requires", TOK_NEEDS, 0},
    {"variable", TOK_INPUT, 0}, {"param", TOK_INPUT, 0}, {"var", TOK_LET, 0},
    {"const", TOK_LET, 0}, {"import", TOK_USE, 0}, {"include", TOK_USE, 0},
    {"stage", TOK_PHASE, 0}, {"step", TOK_ACTION, 0}, {"job", TOK_ACTION, 0},
    {"rollback", TOK_UNDO, 0}, {"approval", TOK_GATE, 0}, {"approver", TOK_BY, 0},
    {"approvers", TOK_BY, 0}, {"assert", TOK_REQUIRE, 0}, {"notify", TOK_TELL, 0},
    {"foreach", TOK_EACH, 0}, {"exec", TOK_RUN, 0}, {"call", TOK_RUN, 0},
    {"for", TOK_EACH, 0}, {"for_each", TOK_EACH, 0}, {"with_items", TOK_EACH, 0},
    {"module", TOK_USE, 0}, {"resource", TOK_ACTION, 0},
    {"needs_approval", TOK_GATE, 0}, {"locals", TOK_LET, 0},
    {"on_failure", TOK_ON, TOK_FAILURE}, {"on_error", TOK_ON, TOK_FAILURE},
    {"halt", TOK_STOP, 0}, {"abort", TOK_STOP, 0},
    {"proceed", TOK_CONTINUE, 0},
};

/* A statement that is written as in another language. */
static bool mistake_foreign(Driver *d, SynToken t)
{
    if (t.kind == TOK_MINUS && drv_begins_here(d, t)) {
        SynError *e = drv_report(d, 14, t.start, t.end,
                             "lists are not written with dashes");
        drv_explain(e, "begins an item in YAML",
                "statements stand one below the other; a list of values is "
                "written [a, b]");
        panic(d, false);
        return true;
    }
    /* Where no name fits, such a word may also go on with a statement: on
     * failure rollback. */
    if (t.kind != TOK_NAME && !drv_begins_here(d, t))
        return false;
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (!str_is(drv_text_of(d, t), foreign[i].text) ||
            !parser_fits(d->p, foreign[i].token))
            continue;
        const char *right = word_of_token(foreign[i].token)->text;
        if (foreign[i].after != 0)
            right = syn_printf(d->t, "%s %s", right,
                               word_of_token(foreign[i].after)->text);
        SynError *e = drv_report(d, 14, t.start, t.end,
                             syn_printf(d->t, "gate has no `%s`%s; it says `%s`",
                                        foreign[i].text,
                                        t.kind == TOK_NAME ? "" : " here", right));
        drv_explain(e, "a word of other languages", NULL);
        SynToken word = t;
        word.kind = foreign[i].token;
        drv_drop(d);
        drv_push(d, word);
        if (foreign[i].after != 0)
            drv_push_made(d, foreign[i].after);
        uint32_t from = t.end, to = t.end;
        /* for each h in hosts; depends on build */
        uint16_t again = drv_peek(d, 0).kind;
        if (!parser_fits(d->p, again) &&
            (again == foreign[i].token ||
             (again == TOK_ON && str_is(drv_text_of(d, t), "depends")))) {
            from = to = drv_peek(d, 0).end;
            drv_drop(d);
        }
        /* depends_on = [a, b]: names without sign and brackets. */
        if (drv_peek(d, 0).kind == TOK_ASSIGN || drv_peek(d, 0).kind == TOK_COLON) {
            from = to = drv_peek(d, 0).end;
            drv_drop(d);
        }
        if (drv_peek(d, 0).kind == TOK_LS && !parser_fits(d->p, TOK_LS)) {
            from = to = drv_peek(d, 0).end;
            drv_drop(d);
            SynToken last = drv_drop_ahead(d, TOK_RS);
            if (last.end > from) {
                drv_fix(e, '?', t.start, last.end,
                    last.start == from && foreign[i].token == TOK_NEEDS
                        ? "needs nothing"
                        : syn_printf(d->t, "%s %.*s", right, (int)(last.start - from),
                                     d->t->source.p + from));
                return true;
            }
        }
        drv_fix(e, '?', t.start, to, right);
        return true;
    }
    return false;
}

/* --- braces -------------------------------------------------------------- */

static void report_unclosed(Driver *d, const Bracket *b, uint32_t guess)
{
    bool brace = b->kind == TOK_LB;
    SynError *e = drv_report(d, 9, guess, guess,
                         b->places != 0
                             ? syn_printf(d->t, "the block of this `%s` is not closed",
                                          word_of_token(b->head)->text)
                             : syn_printf(d->t, "this %s is not closed",
                                          token_text(b->kind)));
    drv_explain(e, syn_printf(d->t, "probably %s is missing here",
                          token_text(drv_closer_of(b->kind))),
            NULL);
    drv_also(e, b->start, b->start + 1, "opened here");
    drv_fix(e, 'M', guess, guess,
        brace ? syn_printf(d->t, "\n%*s}", (int)(b->indent < 200 ? b->indent : 200), "")
              : b->kind == TOK_LP ? ")" : "]");
}

/* Closes open brackets down to n, whatever statement is half done in them. */
static void close_to(Driver *d, uint32_t n)
{
    while (d->n_open > n) {
        const Bracket b = d->open[d->n_open - 1];
        uint16_t closer = drv_closer_of(b.kind);
        if (!parser_unwind(d->p, closer, b.depth))
            drv_push_made(d, TOK_NAME); /* ( and " want something inside */
        assert(parser_fits(d->p, closer));
        drv_push_made(d, closer);
    }
}

/* A statement of an outer block, no further right than the inner block began:
 * a `}` is missing. */
static bool mistake_unclosed(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    const Bracket *b = drv_innermost_block(d);
    bool first;
    uint32_t indent = drv_indent_of(d, t.start, &first);
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
    const Bracket *block = drv_innermost_block(d);
    if (w == NULL || block == NULL || d->open[d->n_open - 1].places != 0 ||
        (w->places & block->places) == 0 || !drv_first_on_line(d, d->prev.start) ||
        !parser_fits(d->p, TOK_ASSIGN) || d->n_ahead == DRV_AHEAD)
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
    uint16_t opener = drv_opener_of(t.kind);
    if (opener == 0 || opener == TOK_TEXT_OPEN)
        return false;
    uint32_t n = d->n_open;
    while (n > 0 && d->open[n - 1].kind != opener &&
           d->open[n - 1].kind != TOK_TEXT_OPEN)
        n--;
    bool own_next = n > 0 && n < d->n_open &&
                    drv_peek(d, 1).kind == drv_closer_of(drv_innermost(d)->kind) &&
                    drv_same_line(d, t.end, drv_peek(d, 1).start);
    if (n == 0 || d->open[n - 1].kind == TOK_TEXT_OPEN || own_next) {
        SynError *e = drv_report(d, 10, t.start, t.end,
                             syn_printf(d->t, "this %s closes nothing", drv_quote(d, t)));
        drv_explain(e, "nothing is open here", "remove it");
        if (d->n_open == 0 && t.kind == TOK_RB && d->closed.places != 0)
            drv_also(e, d->closed_at, d->closed_at + 1, "the last block was closed here");
        d->stray_brace = true;
        drv_fix(e, '?', t.start, t.end, "");
        drv_drop(d);
        return true;
    }
    if (n == d->n_open)
        return false; /* its own bracket: something else is missing */
    report_unclosed(d, &d->open[d->n_open - 1], d->prev.end);
    close_to(d, n);
    return true;
}

/* --- panic --------------------------------------------------------------- */

/* Is t the beginning of a statement that some open block may have? */
static bool is_sync(Driver *d, SynToken t, uint32_t nested, uint32_t indent)
{
    const Word *w = word_of_token(t.kind);
    if (w == NULL || w->places == 0)
        return false;
    bool first;
    uint32_t own = drv_indent_of(d, t.start, &first);
    if (nested > 0 && !(first && own <= indent))
        return false;
    if (!first && (w->kind == WORD_SOFT || drv_peek(d, 1).kind == TOK_ASSIGN))
        return false;
    uint32_t places = PL_FILE;
    for (uint32_t i = 0; i < d->n_open; i++)
        places |= d->open[i].places;
    uint16_t clause = drv_clause_head(d);
    if (clause == TOK_GATE)
        places |= PL_GATE;
    if (clause == TOK_MILESTONE)
        places |= PL_MILESTONE;
    return (w->places & places) != 0;
}

/* A `}` between other things of a line closes no block of an earlier line. */
static bool in_the_middle(Driver *d, SynToken t, const Bracket *b)
{
    SynToken next = drv_peek(d, 1);
    return b->places != 0 && !drv_same_line(d, b->start, t.start) &&
           !drv_first_on_line(d, t.start) && next.kind != 0 &&
           drv_opener_of(next.kind) == 0 && drv_same_line(d, t.end, next.start);
}

/* Does another line begin with t, as far left as the bad one? */
static bool same_level_line(const Driver *d, SynToken t, uint32_t indent)
{
    bool first;
    uint32_t own = drv_indent_of(d, t.start, &first);
    return first && own == indent && drv_closer_of(t.kind) == 0 &&
           drv_opener_of(t.kind) == 0 && drv_innermost_block(d) == drv_innermost(d);
}

/* The bracket that this closing token closes, counted from 1; 0: none. */
static uint32_t closes(const Driver *d, uint16_t kind)
{
    uint16_t opener = drv_opener_of(kind);
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
    const Bracket *b = drv_innermost_block(d);
    uint32_t floor = b == NULL ? 2 : b->depth; /* 2: edition and its number */
    while (d->n_open > 0 && d->open[d->n_open - 1].depth > floor)
        d->n_open--;
    for (;;) {
        bool clause = parser_fits(d->p, TOK_BADCLAUSE);
        if (clause || parser_fits(d->p, TOK_BAD)) {
            drv_push(d, (SynToken){clause ? TOK_BADCLAUSE : TOK_BAD, start,
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
    SynToken t = drv_peek(d, 0);
    uint32_t start = t.start, end = t.start, nested = 0;
    uint32_t indent = drv_indent_of(d, d->prev.start > 0 && drv_same_line(d, d->prev.start, t.start)
                                       ? d->prev.start : t.start, NULL);
    for (bool any = false;; any = true) {
        t = drv_peek(d, 0);
        if (t.kind == 0)
            break;
        if (any && is_sync(d, t, nested, indent) &&
            !(far && (word_of_token(t.kind)->places & PL_FILE) == 0))
            break;
        if (any && !far && nested == 0 && same_level_line(d, t, indent))
            break;
        bool opens = drv_closer_of(t.kind) != 0;
        bool shuts = drv_opener_of(t.kind) != 0 || (t.kind == TOK_TEXT_MID && nested == 0);
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
                        drv_push_made(d, TOK_NAME);
                    return;
                }
                const Bracket b = d->open[n - 1];
                if (!parser_unwind(d->p, t.kind, b.depth))
                    drv_push_made(d, TOK_NAME);
                return;
            }
        }
        if (opens)
            nested++;
        else if (shuts && nested > 0)
            nested--;
        end = t.end;
        drv_drop(d);
    }
    push_bad(d, start, end);
}

/* --- places -------------------------------------------------------------- */

/* A known statement in a block that cannot have it. */
static bool mistake_place(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    if (w == NULL || w->places == 0 || !drv_begins_here(d, t))
        return false;
    const Bracket *b = drv_innermost_block(d);
    if (w->kind == WORD_SOFT && (w->places & (b == NULL ? PL_FILE : b->places)) != 0)
        return false;
    /* A stray `}` closed the block that this statement belongs to. */
    if (b == NULL && (w->places & d->closed.places) != 0 &&
        drv_indent_of(d, t.start, NULL) > d->closed.indent) {
        SynError *e = d->stray_brace ? NULL :
            drv_report(d, 10, d->closed_at, d->closed_at + 1,
                   syn_printf(d->t, "this `}` closes the `%s` too early",
                              word_of_token(d->closed.head)->text));
        drv_explain(e, syn_printf(d->t, "`%s` comes after it", w->text),
                "remove one `}`");
        drv_fix(e, '?', d->closed_at, d->closed_at + 1, "");
        panic(d, true);
        return true;
    }
    if (t.kind == TOK_PLAN) {
        SynError *e = drv_report(d, 1012, t.start, t.end,
                             "`plan` stands once, right after the edition");
        drv_explain(e, "too late here", NULL);
        panic(d, false);
        return true;
    }
    SynError *e = drv_report(d, 18, t.start, t.end,
                         b == NULL ? syn_printf(d->t, "`%s` cannot stand outside "
                                                      "all blocks", w->text)
                                   : syn_printf(d->t, "`%s` cannot stand in %s",
                                                w->text, drv_place_name(b->places)));
    bool parted = (w->places & PL_GATE) != 0 && b != NULL && b->places == PL_PHASE;
    drv_explain(e, syn_printf(d->t, "belongs to %s", drv_place_name(w->places)),
                parted ? "the clauses of a gate follow it directly: nothing else may stand in between" : NULL);
    if (b != NULL)
        drv_also(e, b->start, b->start + 1, "this block");
    panic(d, false);
    return true;
}

/* --- the end ------------------------------------------------------------- */

static bool text_runs_to_end(const Driver *d)
{
    return d->prev.end == d->t->source.n &&
           (d->prev.kind == TOK_TEXT || d->prev.kind == TOK_TEXT_CLOSE) &&
           d->t->n_errors > 0 && d->t->errors[d->t->n_errors - 1].code == 2;
}

static void mistake_end(Driver *d)
{
    if (mistake_edition(d, drv_peek(d, 0)))
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
        SynError *e = drv_report(d, 15, d->prev.end, d->prev.end,
                             "the file ends in the middle of a statement");
        drv_explain(e, "something is missing here", drv_what_fits(d));
    }
    push_bad(d, d->prev.end, d->prev.end);
}

void drv_mistake(Driver *d, SynToken t)
{
    /* Past this it is no plan; and every mistake costs a search. */
    if (++d->mistakes == LIM_SYNTAX_ERRORS)
        d->over = true;
    if (t.kind == 0)
        mistake_end(d);
    else if (!mistake_edition(d, t) && !mistake_swallowed(d) &&
             !mistake_assign(d, t) && !mistake_level(d, t) &&
             !mistake_closer(d, t) && !mistake_unclosed(d, t) &&
             !mistake_dash(d) && !mistake_gate_block(d, t) && !mistake_if(d, t) && !mistake_quorum(d, t) && !mistake_run(d, t) &&
             !mistake_range(d, t) && !mistake_number_word(d, t) &&
             !mistake_habit(d, t) && !mistake_foreign(d, t) &&
             !mistake_place(d, t) && !drv_repair(d, t)) {
        drv_report_unexpected(d, t);
        panic(d, false);
    }
}
