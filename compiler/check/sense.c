/* Owns: clauses that are right each alone and make no sense together, of gates,
 * tasks, checks and actions.
 * Must not know: other phases; calendars from inside. */
#include "compiler/check/check.h"

#include <string.h>

#include "vm/os/limits.h"

/* --- durations that contradict each other ------------------------------------- */

/* Business time and the clock, or two calendars: not compared here. */
static bool at_least(SemDuration a, SemDuration b)
{
    return a.kind != ST_NONE && a.kind == b.kind && (a.kind == ST_CLOCK || a.calendar == b.calendar) && a.n >= b.n;
}

static void late_reminder(Checker *c, const File *f, SynRef node, SemDuration remind, SemDuration within)
{
    if (!at_least(remind, within))
        return;
    Diag *d = chk_report(c, 5010, f, remind.node, "the first reminder would come when the time is already over");
    diag_label(c->diags, d, "not shorter than the time to answer");
    chk_also(c, d, f, within.node, "so long there is to answer");
    chk_fix_remove(c, d, '?', f, chk_clause(f, node, SYN_REMIND), "drop the reminder");
}

static void long_hold(Checker *c, const File *f, const SemCheck *k)
{
    if (!at_least(k->hold_for, k->within) || k->hold_for.n == k->within.n)
        return;
    Diag *d = chk_report(c, 5013, f, k->hold_for.node, "the check `%.*s` can never hold so long", STR_ARG(k->name));
    diag_label(c->diags, d, "longer than there is time");
    chk_also(c, d, f, k->within.node, "given up after this");
    chk_fix_replace(c, d, '?', f, k->within.node, chk_text(f, k->hold_for.node), "wait at least as long");
}

/* --- gates -------------------------------------------------------------------- */

/* At L3 it is the tasks that are waited for. */
static bool tasks_wait(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = p->first_task; i < p->first_task + p->n_tasks; i++)
        if (s->tasks[i].within.node == 0 && s->tasks[i].remind.node == 0)
            return true;
    return p->n_tasks == 0;
}

static void waits_for_ever(Checker *c, const File *f, const SemGate *g)
{
    if (g->level < 2 || g->by.n == 0 || g->within.node != 0 || g->remind.node != 0 || g->otherwise == SO_AGAIN)
        return;
    if (g->level == 3 && !tasks_wait(c->sem, &c->sem->phases[g->phase]))
        return;
    Diag *d = chk_report(c, 4006, f, chk_node(f, g->node)->a, "if nobody answers, this gate waits for ever, unseen");
    diag_label(c->diags, d, "neither `within` nor `ask again`");
    uint32_t at = chk_node(f, g->by.node)->end;
    diag_fix(c->diags, d, 'H', &f->sem.source, at, at,
             g->otherwise_node != 0 ? STR(" within 1d") : STR(" within 1d otherwise stop"), "say how long it waits");
}

static bool is_question(Str s)
{
    static const char *const marks[] = {"?", "\xef\xbc\x9f", "\xcd\xbe", "\xd8\x9f"}; /* full width, Greek, Arabic */
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i]);
        if (s.n >= n && memcmp(s.p + s.n - n, marks[i], n) == 0)
            return true;
    }
    return false;
}

static Str trimmed(Str s)
{
    while (s.n > 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL)
        s.n--;
    return s;
}

/* The text as it is written, without its quotes; {NULL,0}: it ends in a value. */
static Str written(const File *f, SynRef text)
{
    const SynNode *n = chk_node(f, text);
    Str s = chk_text(f, text);
    uint32_t quote = n->aux != 0 ? 3 : 1;
    if (s.n < 2 * quote)
        return (Str){NULL, 0};
    s = (Str){s.p + quote, s.n - 2 * quote};
    SynRef last = 0;
    if (n->kind == SYN_TEXTI)
        SYN_EACH(f->tree, k, n->a)
            last = k;
    return last != 0 && chk_node(f, last)->kind != SYN_TEXTPART ? (Str){NULL, 0} : trimmed(s);
}

static void no_question(Checker *c, const File *f, const SemGate *g)
{
    if (g->level < 2 || g->question == 0)
        return;
    Str s = written(f, g->question);
    if (s.p == NULL || is_question(s))
        return;
    Diag *d = chk_report(c, 4013, f, g->question, "people are to answer yes or no, but this asks nothing");
    diag_label(c->diags, d, "does not end in a question mark");
    if (s.n == 0)
        return;
    uint32_t end = (uint32_t)(s.p - f->tree->source.p + (ptrdiff_t)s.n);
    bool stop = s.p[s.n - 1] == '.' || s.p[s.n - 1] == '!';
    diag_fix(c->diags, d, '?', &f->sem.source, end - stop, end, STR("?"), "make it a question");
}

static bool only_reads(const Sem *s, const SemPhase *p)
{
    for (uint32_t i = p->first_action; i < p->first_action + p->n_actions; i++)
        if (s->actions[i].tool == SEM_NONE || s->tools[s->actions[i].tool].effect != EFF_READS)
            return false;
    return p->n_steps > 0 && p->n_tasks == 0;
}

static void for_nothing(Checker *c, const File *f, const SemGate *g)
{
    const SemPhase *p = &c->sem->phases[g->phase];
    if (g->level != 3 || g->n_asks > 0 || !only_reads(c->sem, p))
        return;
    SynRef level = chk_node(f, g->node)->a;
    Diag *d = chk_report(c, 4014, f, level, "L3 means that people do the work, but `%.*s` has no task",
                         STR_ARG(p->name));
    diag_label(c->diags, d, "everything behind it only reads");
    chk_fix_replace(c, d, '?', f, level, STR("L1"), "read, and tell them");
}

static void gate(Checker *c, const File *f, const SemGate *g)
{
    late_reminder(c, f, g->node, g->remind, g->within);
    waits_for_ever(c, f, g);
    no_question(c, f, g);
    for_nothing(c, f, g);
}

/* --- actions ------------------------------------------------------------------ */

static SynRef window(const Sem *s, const SemAction *a)
{
    const SemPhase *p = &s->phases[a->phase];
    for (uint32_t i = 0; i < a->n_during; i++)
        if (!a->during[i].never)
            return a->during[i].node;
    for (uint32_t i = 0; i < p->n_during; i++)
        if (!p->during[i].never)
            return p->during[i].node;
    return 0;
}

/* While there are errors, they may be about this very window (G5003, G5007). */
static void no_timeout(Checker *c, const File *f, const SemAction *a)
{
    SynRef during = window(c->sem, a);
    if (during == 0 || c->diags->errors > 0 || a->timeout.node != 0 || c->sem->tools[a->tool].effect < EFF_CHANGES)
        return;
    Diag *d = chk_report(c, 6006, f, chk_node(f, a->node)->a,
                         "`%.*s` has a window, but does not say how long it may take", STR_ARG(a->name));
    diag_label(c->diags, d, "without `timeout` it gets 15 minutes");
    chk_also(c, d, f, during, "it starts only where that much is left");
    chk_fix_into(c, d, 'H', f, a->node, "say how long it may take", "timeout 15m");
}
_Static_assert(LIM_ACTION_TIMEOUT_MS == 15 * 60 * 1000, "see no_timeout()");

/* What is wrong with a wave behind others; before has the last of each kind. */
static const char *bad_wave(const SemWave *w, const SemWave *const before[2])
{
    const SemWave *alike = before[w->percent];
    if (w->n == 0)
        return "a wave of nobody";
    if (w->percent && w->n > 100)
        return "more than everybody";
    if (before[1] != NULL && before[1]->n >= 100)
        return "everybody was reached before";
    return alike != NULL && w->n <= alike->n ? "not more than the wave before it" : NULL;
}

/* waves 1, 50, 100: shares were meant, if not by all of them. */
static void hundred_elements(Checker *c, Diag *d, const File *f, const SemAction *a)
{
    uint32_t last = a->elements->n_waves - 1;
    diag_label(c->diags, d, "100 elements; everybody is 100%%");
    for (uint32_t i = 0; i < last; i++) {
        const SemWave *w = &a->elements->waves[i];
        if (!w->percent && w->n > 1)
            chk_also(c, d, f, w->node, "%u elements; a share is written %u%%", w->n, w->n);
    }
    chk_fix_replace(c, d, '?', f, a->elements->waves[last].node, STR("100%"), "end with everybody");
}

static void bad_waves(Checker *c, const File *f, const SemAction *a)
{
    const SemWave *before[2] = {NULL, NULL};
    for (uint32_t i = 0; i < a->elements->n_waves; i++) {
        const SemWave *w = &a->elements->waves[i];
        const char *wrong = bad_wave(w, before);
        if (wrong != NULL) {
            Diag *d = chk_report(c, 6007, f, w->node, "a wave must reach more than the one before it");
            diag_label(c->diags, d, "%s", wrong);
            if (i > 0)
                chk_also(c, d, f, a->elements->waves[i - 1].node, "reaches so many in all");
            return;
        }
        before[w->percent] = w;
    }
    const SemWave *last = &a->elements->waves[a->elements->n_waves - 1];
    if (last->percent && last->n == 100)
        return;
    Diag *d = chk_report(c, 6007, f, last->node, "these waves do not reach everybody");
    if (last->n == 100) {
        hundred_elements(c, d, f, a);
        return;
    }
    diag_label(c->diags, d, "the last wave ends here");
    uint32_t end = chk_node(f, last->node)->end;
    diag_fix(c->diags, d, '?', &f->sem.source, end, end, STR(", 100%"), "end with everybody");
}

static void never_stops(Checker *c, const File *f, const SemAction *a)
{
    SynRef waves = chk_node(f, a->each)->c;
    if (chk_clause(f, a->node, SYN_STOPAFTER) != 0)
        return;
    Diag *d = chk_report(c, 6008, f, waves, "nothing says how many failures stop these waves");
    diag_label(c->diags, d, "`stop after` is missing");
    chk_fix_into(c, d, 'H', f, a->node, "say how many failures are too many", "stop after 1 failures");
}

static void action(Checker *c, const File *f, const SemAction *a)
{
    if (a->tool != SEM_NONE)
        no_timeout(c, f, a);
    if (a->elements->n_waves > 0) {
        bad_waves(c, f, a);
        never_stops(c, f, a);
    }
}

/* --- reasons ------------------------------------------------------------------ */

static bool word_break(char ch)
{
    return strchr(" \t\r\n", ch) != NULL;
}

static uint32_t words_in(Str s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += !word_break(s.p[i]) && (i == 0 || word_break(s.p[i - 1]));
    return n;
}

static char folded(char ch)
{
    return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

static bool same_words(Str a, Str b)
{
    while (a.n > 0 && strchr(".!", a.p[a.n - 1]) != NULL)
        a.n--;
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (folded(a.p[i]) != folded(b.p[i]))
            return false;
    return true;
}

static void reason(Checker *c, const File *f, SynRef because, Str title)
{
    enum { FEWEST_WORDS = 3 };
    if (because == 0 || chk_node(f, because)->kind != SYN_TEXT)
        return; /* with a value in it, it says something */
    Str s = trimmed(syn_decode(f->tree, because, c->arena));
    bool few = words_in(s) < FEWEST_WORDS;
    if (!few && !same_words(s, title))
        return;
    Diag *d = chk_report(c, 6010, f, because, "this does not say why it cannot be taken back");
    diag_label(c->diags, d, "%s", few ? "too short for a reason" : "only repeats the title");
    diag_help(c->diags, d, "whoever approves reads it: say what makes it final");
}

void chk_sense(Checker *c)
{
    const Sem *s = c->sem;
    const File *f = c->main;
    for (uint32_t i = 0; i < s->n_gates; i++)
        gate(c, f, &s->gates[i]);
    for (uint32_t i = 0; i < s->n_actions; i++) {
        action(c, f, &s->actions[i]);
        reason(c, f, s->actions[i].undo_because, s->actions[i].title);
    }
    for (uint32_t i = 0; i < s->n_tasks; i++) {
        late_reminder(c, f, s->tasks[i].node, s->tasks[i].remind, s->tasks[i].within);
        reason(c, f, s->tasks[i].undo_because, s->tasks[i].title);
    }
    for (uint32_t i = 0; i < s->n_checks; i++)
        long_hold(c, f, &s->checks[i]);
}
