/* Owns: the order of the checker's passes, and the small helpers that all of
 * them use: memory, reports, repairs.
 * Must not know: the rules themselves; each stands in a check_*.c of its own. */
#include "compiler/check/check.h"

#include <stdio.h>
#include <string.h>

#include "compiler/prove/prove.h"

Str chk_printf(Checker *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    return s;
}

Diag *chk_report(Checker *c, uint16_t code, const File *f, SynRef at,
                 const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    const SynNode *n = chk_node(f, at);
    return diag_add(c->diags, code, &f->sem.source, n->start, n->end, "%.*s",
                    STR_ARG(s));
}

void chk_also(Checker *c, Diag *d, const File *f, SynRef at, const char *fmt,
              ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str s = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    const SynNode *n = chk_node(f, at);
    diag_also(c->diags, d, &f->sem.source, n->start, n->end, "%.*s",
              STR_ARG(s));
}

bool chk_once(Checker *c, const File *f, SynRef *seen, SynRef r,
              const char *words)
{
    uint16_t kind = chk_node(f, r)->kind;
    if (seen[kind] == 0) {
        seen[kind] = r;
        return true;
    }
    Diag *d = chk_report(c, 21, f, r, "`%s` is said twice here", words);
    diag_label(c->diags, d, "said again");
    chk_also(c, d, f, seen[kind], "said first");
    chk_fix_remove(c, d, 'M', f, r, "keep the first and drop this one");
    return false;
}

/* --- repairs ---------------------------------------------------------------- */

/* The `{` of a block: the first one behind its head that is no comment's. */
static uint32_t open_brace(const File *f, SynRef node)
{
    const SynNode *n = chk_node(f, node);
    uint32_t at = n->start;
    if (n->a != 0)
        at = chk_node(f, n->a)->end;
    if (n->b != 0 && n->kind != SYN_TEST)
        at = chk_node(f, n->b)->end;
    Str s = f->tree->source;
    while (at < n->end && s.p[at] != '{') {
        if (s.p[at] == '#')
            while (at < n->end && s.p[at] != '\n')
                at++;
        else
            at++;
    }
    return at;
}

uint32_t chk_line_start(Str s, uint32_t at)
{
    while (at > 0 && s.p[at - 1] != '\n')
        at--;
    return at;
}

static bool blank_until_newline(Str s, uint32_t at)
{
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t' || s.p[at] == '\r'))
        at++;
    return at >= s.n || s.p[at] == '\n' || s.p[at] == '#';
}

/* text as a line of its own in the block of node. */
static Str indented(Checker *c, const File *f, SynRef node, Str text)
{
    Str s = f->tree->source;
    uint32_t home = chk_line_start(s, chk_node(f, node)->start), indent = home;
    while (indent < s.n && (s.p[indent] == ' ' || s.p[indent] == '\t'))
        indent++;
    return chk_printf(c, "%.*s  %.*s\n", (int)(indent - home), s.p + home, STR_ARG(text));
}

void chk_fix_into(Checker *c, Diag *d, char grade, const File *f, SynRef node,
                  const char *title, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str text = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    Str s = f->tree->source;
    uint32_t brace = open_brace(f, node);
    if (brace >= chk_node(f, node)->end)
        return; /* no block was found: no repair is better than a wrong one */
    uint32_t at = brace + 1;
    Str edit;
    if (blank_until_newline(s, at)) {
        while (at < s.n && s.p[at] != '\n')
            at++;
        at += at < s.n;
        edit = indented(c, f, node, text);
    } else {
        edit = chk_printf(c, " %.*s", STR_ARG(text));
    }
    diag_fix(c->diags, d, grade, &f->sem.source, at, at, edit, title);
}

void chk_fix_last(Checker *c, Diag *d, char grade, const File *f, SynRef node,
                  const char *title, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Str text = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    Str s = f->tree->source;
    uint32_t brace = chk_node(f, node)->end - 1, at = brace;
    if (s.p[brace] != '}')
        return;
    while (at > 0 && (s.p[at - 1] == ' ' || s.p[at - 1] == '\t'))
        at--;
    bool own_line = at > 0 && s.p[at - 1] == '\n';
    at = own_line ? at : brace;
    diag_fix(c->diags, d, grade, &f->sem.source, at, at,
             own_line ? indented(c, f, node, text) : chk_printf(c, "%.*s ", STR_ARG(text)), title);
}

void chk_fix_replace(Checker *c, Diag *d, char grade, const File *f, SynRef at,
                     Str text, const char *title)
{
    const SynNode *n = chk_node(f, at);
    diag_fix(c->diags, d, grade, &f->sem.source, n->start, n->end, text, title);
}

void chk_fix_remove(Checker *c, Diag *d, char grade, const File *f, SynRef at,
                    const char *title)
{
    Str s = f->tree->source;
    uint32_t start = chk_node(f, at)->start, end = chk_node(f, at)->end;
    uint32_t home = start, tail = end;
    if (diag_lost(c->diags, d))
        return;
    while (home > 0 && (s.p[home - 1] == ' ' || s.p[home - 1] == '\t'))
        home--;
    bool alone = home == 0 || s.p[home - 1] == '\n';
    while (tail < s.n && (s.p[tail] == ' ' || s.p[tail] == '\t'))
        tail++;
    if (alone && (tail >= s.n || s.p[tail] == '\n')) {
        start = home;
        end = tail < s.n ? tail + 1 : tail;
        /* Of the blank lines around it one stays; none does behind a `{`. */
        bool apart = start >= 2 && (s.p[start - 2] == '\n' || s.p[start - 2] == '{');
        end += apart && end < s.n && s.p[end] == '\n';
    } else if (start > home) {
        start--;
    }
    diag_fix(c->diags, d, grade, &f->sem.source, start, end, (Str){"", 0},
             title);
}

void chk_fix_drop_argument(Checker *c, Diag *d, const File *f, SynRef arg)
{
    Str s = f->tree->source;
    uint32_t start = chk_node(f, arg)->start;
    while (start > 0 && (s.p[start - 1] == ' ' || s.p[start - 1] == '\n' || s.p[start - 1] == '\t'))
        start--;
    if (start > 0 && s.p[start - 1] == ',')
        start--;
    diag_fix(c->diags, d, 'M', &f->sem.source, start, chk_node(f, arg)->end, (Str){"", 0},
             "keep the first and drop this one");
}

/* --- syntax errors ---------------------------------------------------------- */

static bool word_char(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z');
}

/* `1d 2 business hours`: two durations side by side. The grammar cannot name
 * this mistake, since it takes no second one; the text can. */
static bool mixes_times(const File *f, const SynError *e, uint32_t *start, uint32_t *end)
{
    Str s = f->tree->source;
    uint32_t at = e->start, from;
    while (at < s.n && s.p[at] == ' ')
        at++;
    from = at;
    while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
        at++;
    Str rest = {s.p + at, s.n - at};
    if (at == from || rest.n < 9 || memcmp(rest.p, " business", 9) != 0)
        return false;
    while (from > 0 && s.p[from - 1] == ' ')
        from--;
    uint32_t word = from;
    while (word > 0 && word_char(s.p[word - 1]))
        word--;
    bool duration = word < from && s.p[word] >= '0' && s.p[word] <= '9' && s.p[from - 1] > '9';
    at += 9;
    if (at < s.n && s.p[at] == ' ')
        at++;
    while (at < s.n && word_char(s.p[at])) /* days, hours */
        at++;
    *start = word;
    *end = at;
    return duration;
}

static bool report_mixed_times(Checker *c, const File *f, const SynError *e)
{
    uint32_t start, end;
    if (!mixes_times(f, e, &start, &end))
        return false;
    Diag *d = diag_add(c->diags, 2009, &f->sem.source, start, end,
                       "clock time and business time cannot be one value");
    d->of_text = true;
    diag_label(c->diags, d, "both at once");
    diag_help(c->diags, d, "write one of them: hours on the clock, or business hours of a calendar");
    return true;
}

static void syntax_errors(Checker *c, const File *f)
{
    const DiagSource *s = &f->sem.source;
    for (uint32_t i = 0; i < f->tree->n_errors; i++) {
        const SynError *e = &f->tree->errors[i];
        if (report_mixed_times(c, f, e))
            continue;
        Diag *d = diag_add(c->diags, e->code, s, e->start, e->end, "%s",
                           e->text);
        d->of_text = true;
        if (e->label != NULL)
            diag_label(c->diags, d, "%s", e->label);
        if (e->also_end > e->also_start)
            diag_also(c->diags, d, s, e->also_start, e->also_end, "%s",
                      e->also == NULL ? "" : e->also);
        if (e->help != NULL)
            diag_help(c->diags, d, "%s", e->help);
        if (e->fix != NULL)
            diag_fix(c->diags, d, e->fix_grade, s, e->fix_start, e->fix_end,
                     str_of(e->fix), e->help == NULL ? "write it so" : e->help);
    }
}

/* Where the text is broken, what seems to be missing or said twice may only not
 * have been read as it was meant. Then only values that can never be are told,
 * and not on a line that is broken itself. */
static bool line_is_broken(const File *f, uint32_t offset)
{
    uint32_t line, column, other;
    syn_place(f->tree, offset, &line, &column);
    for (uint32_t i = 0; i < f->tree->n_errors; i++) {
        syn_place(f->tree, f->tree->errors[i].start, &other, &column);
        if (other == line)
            return true;
    }
    return false;
}

static void drop_guesses(Checker *c)
{
    bool broken = false;
    for (uint32_t i = 0; i < c->n_files; i++)
        broken = broken || c->files[i]->tree->n_errors > 0;
    if (!broken)
        return;
    DiagList *l = c->diags;
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        const Diag *d = &l->items[i];
        bool value = d->code == 2007 || d->code == 2008;
        if (d->of_text || (value && !line_is_broken(c->main, d->at.start)))
            l->items[n++] = *d;
    }
    l->n = n;
}

File *chk_add_file(Checker *c, Str path, Str text, FileRole role)
{
    File *f = ARENA_NEW(c->arena, File, 1);
    f->tree = syn_parse_borrowed(text, c->arena);
    f->sem.path = arena_str(c->arena, path);
    f->sem.source = (DiagSource){f->sem.path, f->tree};
    f->sem.types = ARENA_NEW(c->arena, uint16_t, f->tree->n_nodes);
    f->sem.refs = ARENA_NEW(c->arena, SemRef, f->tree->n_nodes);
    f->scope = chk_scope(c);
    f->role = role;
    f->kind = SF_LIBRARY;
    *CHK_PUSH(c, c->files, c->n_files, c->cap_files) = f;
    syntax_errors(c, f);
    return f;
}

static void main_file(Checker *c, Str path, Str source)
{
    File *f = chk_add_file(c, path, source, FR_MAIN);
    Sem *s = c->sem;
    SynRef plan = chk_node(f, f->tree->root)->b;
    bool host = c->options->host_file || (c->options->policy_file && chk_tells_of_host(f));
    f->kind = host ? SF_HOST : plan != 0 ? SF_PLAN : SF_LIBRARY;
    c->main = f;
    f->key = path;
    for (size_t i = path.n; i > 0 && path.p[i - 1] != '/'; i--)
        f->key = (Str){path.p + i - 1, path.n - i + 1};
    s->kind = f->kind;
    s->file = &f->sem;
    if (plan != 0) {
        s->name = chk_node(f, plan)->a == 0 ? (Str){"", 0}
                                            : chk_text(f, chk_node(f, plan)->a);
        s->title = chk_title(c, f, chk_node(f, plan)->b);
        s->doc = syn_doc(f->tree, plan, c->arena);
    }
}

Sem *sem_check(Str path, Str source, const SemOptions *options, DiagList *diags, Arena *arena)
{
    Checker *c = ARENA_NEW(arena, Checker, 1);
    c->sem = ARENA_NEW(arena, Sem, 1);
    c->arena = c->sem->arena = arena;
    c->diags = c->sem->diags = diags;
    c->options = options;
    c->n_entities = c->n_scopes = 1; /* 0 means: none */
    CHK_RESERVE(c, c->scopes, 0, c->cap_scopes, 16);
    CHK_RESERVE(c, c->entities, 0, c->cap_entities, 64);
    chk_types_init(c);
    chk_load_stdlib(c);
    main_file(c, path, source);
    chk_file_kind(c, c->main);
    chk_literals(c, c->main);
    chk_letters(c, c->main);
    chk_declare_all(c, c->main);
    chk_lock(c);
    chk_inputs(c);
    chk_lets(c);
    chk_milestones(c);
    chk_starts(c);
    chk_policies(c);
    if (options->n_hosts > 0)
        chk_open_hosts(c);
    if (c->main->kind == SF_HOST)
        chk_host(c, c->main);
    if (options->n_hosts > 0 && c->main->kind == SF_PLAN)
        chk_bind_hosts(c);
    chk_phases(c);
    if (options->n_hosts > 0)
        chk_grants(c);
    prove_calendars(c);
    prove_graph(c);
    chk_levels(c);
    chk_flow(c);
    prove_plan(c);
    chk_sense(c);
    prove_loose_ends(c);
    chk_tests(c);
    chk_names(c);
    chk_unused(c);
    if (options->style)
        chk_style(c);
    drop_guesses(c);
    chk_allow(c);
    diag_sort(diags);
    return c->sem;
}
