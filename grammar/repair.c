/* Owns: reports in words, and the repair of a mistake by one token: the cheapest
 * to put in, exchange or leave out so that the following ones fit. Must not
 * know: habits, blocks, skipping (recover.c). */
#include "grammar/drive.h"

#include <string.h>

/* --- reports ------------------------------------------------------------- */

/* NULL: the same mistake as the last report, or reports enough. */
SynError *drv_report(Driver *d, uint16_t code, uint32_t start, uint32_t end,
                     const char *text)
{
    uint32_t line = drv_line_of(d, start);
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

void drv_explain(SynError *e, const char *label, const char *help)
{
    if (e == NULL)
        return;
    e->label = label;
    e->help = help;
}

void drv_fix(SynError *e, char grade, uint32_t start, uint32_t end,
             const char *text)
{
    if (e != NULL)
        syn_fix(e, grade, start, end, text);
}

void drv_also(SynError *e, uint32_t start, uint32_t end, const char *text)
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

/* "after `x` comes a name, `stop` or `continue`": what would fit, in words. */
const char *drv_what_fits(Driver *d)
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
        if (operand && k != TOK_TEXT && drv_closer_of(drv_opener_of(k)) != k)
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
    const char *s = d->prev.end == 0
                        ? syn_printf(d->t, "here comes %s", buf_z(&b))
                        : syn_printf(d->t, "after %s comes %s",
                                     drv_quote(d, d->prev), buf_z(&b));
    buf_free(&b);
    return s;
}

/* --- near words ---------------------------------------------------------- */

static bool is_near(Str a, const char *word)
{
    Str b = str_of(word);
    size_t longer = a.n > b.n ? a.n : b.n;
    return longer >= 3 && str_distance(a, b) <= (longer < 5 ? 1 : 2);
}

/* --- repairs by one token ------------------------------------------------ */

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
    case TOK_LP: case TOK_LS:
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
    uint16_t kinds[DRV_AHEAD + 1];
    size_t n = 0;
    for (; n < DRV_AHEAD; n++) {
        kinds[n + 1] = drv_peek(d, (uint32_t)n).kind;
        if (kinds[n + 1] == 0) {
            n++;
            break;
        }
    }
    SynToken t = drv_peek(d, 0);
    Str text = drv_text_of(d, t);
    bool fresh = drv_first_on_line(d, t.start);
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
        uint32_t cost = as_name ? 1 : t.kind == TOK_NAME ? 0 : 2;
        consider(&best, (Repair){REPAIR_REPLACE, k, run, cost}, enough);
    }
    if (n > 1 && t.kind != TOK_RB && t.kind != 0) {
        size_t run = parser_fit_run(d->p, kinds + 2, n - 1);
        consider(&best, (Repair){REPAIR_DROP, 0, run + 1, 4}, enough);
    }
    return best;
}

/* Does a new statement begin with this token, as far as the text shows? */
bool drv_begins_here(Driver *d, SynToken t)
{
    const Word *w = word_of_token(t.kind);
    bool head = w != NULL && w->places != 0 && w->kind == WORD_RESERVED;
    return (head || d->prev.kind == TOK_LB || drv_first_on_line(d, t.start)) &&
           (parser_fits(d->p, TOK_BAD) || parser_fits(d->p, TOK_BADCLAUSE));
}

static void report_insert(Driver *d, SynToken t, uint16_t kind)
{
    const Word *w = word_of_token(kind);
    const char *what = token_text(kind);
    if (kind == TOK_NAME && expects_value(d))
        what = "a value";
    if (w != NULL && w->places != 0 && drv_begins_here(d, t)) {
        SynError *e = drv_report(d, 8, t.start, t.end,
                             syn_printf(d->t, "no statement begins with %s",
                                        drv_quote(d, t)));
        drv_explain(e, "a statement begins with its own word",
                syn_printf(d->t, "was %s meant before it?", what));
        drv_fix(e, '?', t.start, t.start, syn_printf(d->t, "%s ", w->text));
        return;
    }
    uint32_t at = d->prev.end;
    SynError *e = drv_report(d, 15, at, at,
                         d->prev.end == 0
                             ? syn_printf(d->t, "%s is missing here", what)
                             : syn_printf(d->t, "%s is missing after %s", what,
                                          drv_quote(d, d->prev)));
    drv_explain(e, syn_printf(d->t, "then follows %s", drv_quote(d, t)), NULL);
    switch (kind) {
    case TOK_NAME:
        drv_fix(e, 'H', at, at, expects_value(d) ? " VALUE" : " NAME");
        break;
    case TOK_TEXT: drv_fix(e, 'H', at, at, " \"TEXT\""); break;
    case TOK_LEVEL: drv_fix(e, 'H', at, at, " L2"); break;
    default:
        if (w != NULL)
            drv_fix(e, '?', at, at, syn_printf(d->t, " %s", w->text));
        else if (what[0] == '`')
            drv_fix(e, '?', at, at,
                syn_printf(d->t, " %.*s", (int)strlen(what) - 2, what + 1));
        break;
    }
}

static void report_replace(Driver *d, SynToken t, uint16_t kind)
{
    if (kind == TOK_NAME) {
        Str s = drv_text_of(d, t);
        const char *free_name = syn_printf(d->t, "%.*s_1", STR_ARG(s));
        SynError *e = drv_report(d, 16, t.start, t.end,
                             syn_printf(d->t, "`%.*s` is a word of the language",
                                        STR_ARG(s)));
        drv_explain(e, "cannot be a name",
                syn_printf(d->t, "choose another name, such as `%s`", free_name));
        drv_fix(e, '?', t.start, t.end, free_name);
        return;
    }
    const Word *w = word_of_token(kind);
    SynError *e = drv_report(d, 8, t.start, t.end,
                         syn_printf(d->t, "%s is not a word that fits here",
                                    drv_quote(d, t)));
    drv_explain(e, "unexpected", syn_printf(d->t, "did you mean `%s`?", w->text));
    drv_fix(e, '?', t.start, t.end, w->text);
}

/* "a `check` has require, within, hold and every" */
static const char *heads_of(Driver *d)
{
    const Bracket *b = drv_innermost_block(d);
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
                               drv_place_name(places), buf_z(&s));
    buf_free(&s);
    return text;
}

void drv_report_unexpected(Driver *d, SynToken t)
{
    bool start = drv_begins_here(d, t);
    SynError *e =
        start ? drv_report(d, 8, t.start, t.end,
                       syn_printf(d->t, "no statement begins with %s", drv_quote(d, t)))
              : drv_report(d, 8, t.start, t.end,
                       syn_printf(d->t, "%s does not fit here", drv_quote(d, t)));
    if (e != NULL)
        drv_explain(e, "unexpected", start ? heads_of(d) : drv_what_fits(d));
}

bool drv_repair(Driver *d, SynToken t)
{
    Repair r = best_repair(d);
    switch (r.kind) {
    case REPAIR_NONE:
        return false;
    case REPAIR_INSERT:
        report_insert(d, t, r.token);
        drv_push_made(d, r.token);
        return true;
    case REPAIR_REPLACE:
        report_replace(d, t, r.token);
        drv_drop(d);
        t.kind = r.token;
        drv_push(d, t);
        return true;
    case REPAIR_DROP:
        drv_report_unexpected(d, t);
        drv_drop(d);
        return true;
    }
    return false;
}
