/* Owns: what is told only when it is asked for: the notes on style, G9001 to
 * G9008, and changes that nobody looks at (G6013).
 * Must not know: whether a plan is right; these never say that it is not. */
#include "compiler/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/fmt.h"

/* --- G9001: layout ------------------------------------------------------------ */

static void layout(Checker *c)
{
    const File *f = c->main;
    Str was = f->tree->source;
    Buf out = {0};
    if (f->tree->n_errors > 0 || !fmt_source(was, c->arena, &out) || out.failed) {
        buf_free(&out);
        return;
    }
    Str now = arena_str(c->arena, buf_view(&out));
    buf_free(&out);
    size_t from = 0, tail = 0, least = was.n < now.n ? was.n : now.n;
    while (from < least && was.p[from] == now.p[from])
        from++;
    if (from == was.n && from == now.n)
        return;
    while (tail < least - from && was.p[was.n - 1 - tail] == now.p[now.n - 1 - tail])
        tail++;
    /* Whole lines: half a word cannot be read. */
    while (from > 0 && was.p[from - 1] != '\n')
        from--;
    while (tail > 0 && was.p[was.n - tail] != '\n')
        tail--;
    size_t shown = from;
    while (shown < was.n - tail && was.p[shown] != '\n')
        shown++;
    Diag *d = diag_add(c->diags, 9001, &f->sem.source, (uint32_t)from, (uint32_t)shown, "this file is not in the one layout");
    diag_label(c->diags, d, "from here on");
    diag_fix(c->diags, d, 'M', &f->sem.source, (uint32_t)from, (uint32_t)(was.n - tail),
             (Str){now.p + from, now.n - tail - from}, "bring it into its layout, as gatec fmt does");
}

/* --- G9002, G9005: titles ------------------------------------------------------- */

enum { TITLE_MAX = 72 }; /* what a phone shows, and a column of the chart */

static void untitled(Checker *c, SynRef name, const char *what)
{
    const File *f = c->main;
    uint32_t end = chk_node(f, name)->end;
    Diag *d = chk_report(c, 9002, f, name, "%s `%.*s` has no title", what, STR_ARG(chk_text(f, name)));
    diag_label(c->diags, d, "people see only its name");
    diag_fix(c->diags, d, 'H', &f->sem.source, end, end, STR(" \"...\""), "say it in a few words");
}

static uint32_t letters_of(Str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void long_title(Checker *c, SynRef title)
{
    const File *f = c->main;
    if (title == 0 || chk_node(f, title)->kind != SYN_TEXT)
        return;
    uint32_t n = letters_of(syn_decode(f->tree, title, c->arena));
    if (n <= TITLE_MAX)
        return;
    Diag *d = chk_report(c, 9005, f, title, "this title has %u letters", n);
    diag_label(c->diags, d, "more than %d are cut off where they are shown", TITLE_MAX);
    diag_help(c->diags, d, "put the rest into a comment above it: ##");
}

static void no_question(Checker *c, const SemGate *g)
{
    const File *f = c->main;
    const SynNode *n = chk_node(f, g->node);
    if (g->level < 2 || n->b != 0 || n->a == 0)
        return;
    uint32_t end = chk_node(f, n->a)->end;
    Diag *d = chk_report(c, 9002, f, n->a, "this gate asks, but has no question");
    diag_label(c->diags, d, "people see only the name of its phase");
    diag_fix(c->diags, d, 'H', &f->sem.source, end, end, STR(" \"...?\""), "say what is asked");
}

static void titles(Checker *c)
{
    const Sem *s = c->sem;
    const File *f = c->main;
    SYN_EACH(f->tree, r, chk_node(f, f->tree->root)->c) {
        uint16_t kind = chk_node(f, r)->kind;
        if (kind == SYN_ROLE || kind == SYN_CALENDAR || kind == SYN_MILESTONE || kind == SYN_POLICY)
            long_title(c, chk_node(f, r)->b);
    }
    SynRef plan = chk_node(f, f->tree->root)->b;
    if (plan != 0)
        long_title(c, chk_node(f, plan)->b);
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SynNode *n = chk_node(f, s->phases[i].node);
        if (n->b == 0)
            untitled(c, n->a, "the phase");
        long_title(c, n->b);
    }
    for (uint32_t i = 0; i < s->n_actions; i++) {
        const SynNode *n = chk_node(f, s->actions[i].node);
        if (n->b == 0)
            untitled(c, n->a, "the action");
        long_title(c, n->b);
    }
    for (uint32_t i = 0; i < s->n_checks; i++)
        long_title(c, chk_node(f, s->checks[i].node)->b);
    for (uint32_t i = 0; i < s->n_tasks; i++)
        long_title(c, chk_node(f, s->tasks[i].node)->b);
    for (uint32_t i = 0; i < s->n_gates; i++)
        no_question(c, &s->gates[i]);
}

/* --- G9003: order --------------------------------------------------------------- */

/* A declaration with the comments right above it, and the end of its line. */
static bool block_of(const File *f, SynRef r, uint32_t *start, uint32_t *end)
{
    Str s = f->tree->source;
    uint32_t home = chk_line_start(s, chk_node(f, r)->start), at = chk_node(f, r)->end;
    for (uint32_t i = home; i < chk_node(f, r)->start; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t')
            return false; /* something else stands on its line */
    while (home > 0) {
        uint32_t above = chk_line_start(s, home - 1), i = above;
        while (s.p[i] == ' ' || s.p[i] == '\t')
            i++;
        if (s.p[i] != '#')
            break;
        home = above;
    }
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
        at++;
    if (at < s.n && s.p[at] != '\n')
        return false;
    *start = home;
    *end = at < s.n ? at + 1 : at;
    return true;
}

/* The last of what it needs that stands behind it; SEM_NONE: none does. */
static uint32_t needed_behind(const SemPhase *p, uint32_t phase)
{
    uint32_t last = SEM_NONE;
    for (uint32_t i = 0; i < p->n_needs; i++)
        if (p->needs[i].phase > phase && (last == SEM_NONE || p->needs[i].phase > last))
            last = p->needs[i].phase;
    return last;
}

static void order(Checker *c)
{
    enum { MOVED_BYTES = 1 << 20 }; /* in all repairs: each repeats what it moves past */
    const File *f = c->main;
    const Sem *s = c->sem;
    uint32_t moved = 0;
    if (c->circle)
        return;
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemPhase *p = &s->phases[i];
        uint32_t behind = needed_behind(p, i), from, mid, to, end;
        if (behind == SEM_NONE)
            continue;
        const SemPhase *q = &s->phases[behind];
        Diag *d = chk_report(c, 9003, f, chk_node(f, p->node)->a, "`%.*s` stands before what it needs",
                             STR_ARG(p->name));
        diag_label(c->diags, d, "runs after `%.*s`", STR_ARG(q->name));
        chk_also(c, d, f, chk_node(f, q->node)->a, "runs before it");
        if (!block_of(f, p->node, &from, &mid) || !block_of(f, q->node, &to, &end) ||
            end - from > MOVED_BYTES - moved)
            continue;
        moved += end - from;
        Str t = f->tree->source;
        while (mid < to && t.p[mid] == '\n')
            mid++; /* the blank lines behind it come to stand before it */
        bool ends = end > 0 && t.p[end - 1] == '\n';
        uint32_t last = chk_node(f, p->node)->end;
        diag_fix(c->diags, d, 'M', &f->sem.source, from, end,
                 chk_printf(c, "%.*s%s\n%.*s\n", (int)(end - mid), t.p + mid, ends ? "" : "\n",
                            (int)(last - from), t.p + from),
                 "put it behind what it needs");
    }
}

/* --- G9004, G9007: comments ----------------------------------------------------- */

static void no_description(Checker *c)
{
    const File *f = c->main;
    SynRef plan = chk_node(f, f->tree->root)->b;
    if (plan == 0 || c->sem->doc.n > 0)
        return;
    uint32_t at = chk_line_start(f->tree->source, chk_node(f, plan)->start);
    Diag *d = chk_report(c, 9004, f, plan, "the plan does not say what it is for");
    diag_label(c->diags, d, "no `##` above it");
    diag_fix(c->diags, d, 'H', &f->sem.source, at, at, STR("## ...\n"), "say it in a line or two");
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
}

static void open_work(Checker *c)
{
    static const Str words[] = {{"TODO", 4}, {"FIXME", 5}};
    const File *f = c->main;
    Str s = f->tree->source;
    for (uint32_t i = 0; i < f->tree->n_comments; i++) {
        const SynComment *k = &f->tree->comments[i];
        for (uint32_t at = k->start; at < k->end; at++)
            for (size_t w = 0; w < 2 && (at == k->start || !is_letter(s.p[at - 1])); w++) {
                uint32_t end = at + (uint32_t)words[w].n;
                if (end > k->end || memcmp(s.p + at, words[w].p, words[w].n) != 0 ||
                    (end < k->end && is_letter(s.p[end])))
                    continue;
                Diag *d = diag_add(c->diags, 9007, &f->sem.source, at, end, "something is still to be done here");
                diag_label(c->diags, d, "left open in a plan that is about to run");
                at = k->end;
                break;
            }
    }
}

/* --- G9006: the same literal ------------------------------------------------------ */

enum { LITERAL_LEAST = 8, LITERAL_TIMES = 3 }; /* shorter ones are no longer than a name */

typedef struct Literals { SynRef *items; uint32_t n, cap; } Literals;

static void literal(Checker *c, SynRef r, Literals *all)
{
    const SynNode *n = chk_node(c->main, r);
    if (n->kind == SYN_TEXT && n->end - n->start >= LITERAL_LEAST + 2)
        *CHK_PUSH(c, all->items, all->n, all->cap) = r;
}

/* Where a value stands that a `let` could name: in phases, not in what is
 * declared once. Nodes stand in the order of the text; phases do, too. */
static void values(Checker *c, Literals *all)
{
    const File *f = c->main;
    const Sem *s = c->sem;
    uint32_t phase = 0;
    for (SynRef r = 1; r < f->tree->n_nodes && s->n_phases > 0; r++) {
        const SynNode *n = chk_node(f, r);
        if (n->kind != SYN_ARG && n->kind != SYN_LIST && n->kind != SYN_BINARY && n->kind != SYN_CALL)
            continue;
        while (phase + 1 < s->n_phases && chk_node(f, s->phases[phase].node)->end <= n->start)
            phase++;
        const SynNode *p = chk_node(f, s->phases[phase].node);
        if (n->start < p->start || n->end > p->end)
            continue;
        if (n->kind == SYN_LIST)
            SYN_EACH(f->tree, k, n->a)
                literal(c, k, all);
        if (n->kind == SYN_BINARY)
            literal(c, n->a, all);
        if (n->kind == SYN_BINARY || n->kind == SYN_ARG)
            literal(c, n->b, all);
        if (n->kind == SYN_CALL)
            SYN_EACH(f->tree, k, n->b)
                literal(c, k, all);
    }
}

typedef struct Said { Str text; SynRef node; } Said;

static int by_text(const void *a, const void *b)
{
    const Said *x = a, *y = b;
    size_t least = x->text.n < y->text.n ? x->text.n : y->text.n;
    int d = memcmp(x->text.p, y->text.p, least);
    if (d == 0)
        d = x->text.n < y->text.n ? -1 : x->text.n > y->text.n;
    return d != 0 ? d : x->node < y->node ? -1 : x->node > y->node;
}

static void repeated(Checker *c)
{
    const File *f = c->main;
    Literals all = {0};
    values(c, &all);
    if (all.n < LITERAL_TIMES)
        return;
    Said *said = ARENA_NEW(c->arena, Said, all.n);
    for (uint32_t i = 0; i < all.n; i++)
        said[i] = (Said){chk_text(f, all.items[i]), all.items[i]};
    qsort(said, all.n, sizeof *said, by_text);
    for (uint32_t i = 0, next; i < all.n; i = next) {
        for (next = i + 1; next < all.n && str_eq(said[next].text, said[i].text);)
            next++;
        if (next - i < LITERAL_TIMES)
            continue;
        Diag *d = chk_report(c, 9006, f, said[i].node, "%.*s stands here %u times", STR_ARG(said[i].text), next - i);
        diag_label(c->diags, d, "the first of them");
        chk_also(c, d, f, said[i + 1].node, "again");
        diag_help(c->diags, d, "give it a name: let NAME = %.*s", STR_ARG(said[i].text));
    }
}

/* --- G9008: persons ----------------------------------------------------------------- */

/* Persons by the first word of their title, so that a text is read once. */
typedef struct Named { Str title; Str first; const SemPerson *person; } Named;

static Str first_word(Str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] != ' ')
        n++;
    return (Str){s.p, n};
}

static int by_first(const void *a, const void *b)
{
    Str x = ((const Named *)a)->first, y = ((const Named *)b)->first;
    int d = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return d != 0 ? d : x.n < y.n ? -1 : x.n > y.n;
}

static bool in_word(char ch)
{
    return is_letter(ch) || ((unsigned char)ch & 0x80) != 0 || (ch >= '0' && ch <= '9');
}

/* The person whose title begins at s. */
static const Named *person_at(const Named *all, uint32_t n, Str s)
{
    size_t word = 0;
    while (word < s.n && in_word(s.p[word]))
        word++;
    const Named key = {.first = {s.p, word}};
    const Named *hit = bsearch(&key, all, n, sizeof *all, by_first);
    while (hit != NULL && hit > all && by_first(hit - 1, &key) == 0)
        hit--;
    for (; hit != NULL && hit < all + n && by_first(hit, &key) == 0; hit++)
        if (hit->title.n <= s.n && memcmp(hit->title.p, s.p, hit->title.n) == 0 &&
            (hit->title.n == s.n || !in_word(s.p[hit->title.n])))
            return hit;
    return NULL;
}

static void names_somebody(Checker *c, SynRef r, const Named *all, uint32_t n)
{
    const File *f = c->main;
    Str s = chk_text(f, r);
    for (size_t i = 0; i < s.n; i++) {
        if (!in_word(s.p[i]) || (i > 0 && in_word(s.p[i - 1])))
            continue;
        const Named *hit = person_at(all, n, (Str){s.p + i, s.n - i});
        if (hit == NULL)
            continue;
        uint32_t at = chk_node(f, r)->start + (uint32_t)i;
        Diag *d = diag_add(c->diags, 9008, &f->sem.source, at, at + (uint32_t)hit->title.n,
                           "the text names a person: %.*s", STR_ARG(hit->title));
        diag_label(c->diags, d, "people change, roles stay");
        diag_help(c->diags, d, "name the role; host.gate says who holds it");
        return;
    }
}

static void persons(Checker *c)
{
    const File *f = c->main;
    const Sem *s = c->sem;
    uint32_t n = 0;
    if (s->n_persons == 0 || s->kind != SF_PLAN)
        return;
    Named *all = ARENA_NEW(c->arena, Named, s->n_persons);
    for (uint32_t i = 0; i < s->n_persons; i++)
        if (s->persons[i].title.n > 0)
            all[n++] = (Named){s->persons[i].title, first_word(s->persons[i].title), &s->persons[i]};
    if (n == 0)
        return;
    qsort(all, n, sizeof *all, by_first);
    for (SynRef r = 1; r < f->tree->n_nodes; r++)
        if (chk_node(f, r)->kind == SYN_TEXT || chk_node(f, r)->kind == SYN_TEXTPART)
            names_somebody(c, r, all, n);
}

/* --- G6013: changes that nobody looks at ---------------------------------------------- */

/* The first action that changes something and does not itself ask until it is so. */
static const SemAction *blind_change(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++) {
        const SemAction *a = &s->actions[p->first_action + i];
        if (sem_writes(s, a) && s->tools[a->tool].await.tool == SEM_NONE)
            return a;
    }
    return NULL;
}

static void nobody_looks(Checker *c, const SemPhase *p, const SemAction *a)
{
    const File *f = c->main;
    const SemTool *t = &c->sem->tools[a->tool];
    Diag *d = chk_report(c, 6013, f, chk_node(f, a->node)->a,
                         "`%.*s` changes something, and nothing looks whether it worked", STR_ARG(p->name));
    diag_label(c->diags, d, "changed here, with %.*s.%.*s", STR_ARG(t->pack), STR_ARG(t->name));
    chk_also(c, d, f, chk_node(f, p->node)->a, "no `check` in here, nor in a phase that needs it");
    chk_fix_last(c, d, 'H', f, p->node, "say by what one sees that it worked", "check it_works \"...\" { require ... }");
}

/* From the last phase to the first: whoever is needed by one that looks, or that
 * is looked at, is looked at. */
static void unseen(Checker *c)
{
    const Sem *s = c->sem;
    if (s->order == NULL || s->n_actions == 0)
        return;
    bool *looks = ARENA_NEW(c->arena, bool, s->n_phases);
    for (uint32_t k = s->n_phases; k-- > 0;) {
        const SemPhase *p = &s->phases[s->order[k]];
        bool *own = &looks[s->order[k]];
        *own = *own || p->n_checks > 0;
        for (uint32_t i = 0; *own && i < p->n_needs; i++)
            looks[p->needs[i].phase] = true;
    }
    for (uint32_t i = 0; i < s->n_phases; i++) {
        const SemAction *a = looks[i] ? NULL : blind_change(s, &s->phases[i]);
        if (a != NULL)
            nobody_looks(c, &s->phases[i], a);
    }
}

void chk_style(Checker *c)
{
    if (c->diags->errors > 0)
        return; /* first it must be right */
    layout(c);
    open_work(c);
    if (c->main->kind != SF_PLAN)
        return;
    no_description(c);
    titles(c);
    order(c);
    repeated(c);
    persons(c);
    unseen(c);
}
