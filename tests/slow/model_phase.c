/* Owns: a phase on its way from state to state, and what it means for the run
 * (design 5). Must not know: how steps are made. */
#include "tests/slow/model_int.h"

/* --- states --------------------------------------------------------------------- */

static const char *const state_words[] = {
    "pending", "checking", "blocked", "staged", "waiting", "approved", "running", "done", "skipped",
    "rejected", "expired", "failed", "undoing", "undone", "undo_failed"};

static void tell_of_engine(Model *m, Phase *p, SynRef paths)
{
    Buf b = {0};
    SYN_EACH(m->t, k, paths)
        buf_printf(&b, "%s%.*s", b.n == 0 ? "" : ", ", STR_ARG(text_at(m, k)));
    say(&p->log, "inform %s", buf_z(&b));
    buf_free(&b);
}

/* What a phase's new state means for the run: a no, silence, and a failure
 * that does not go on end it. */
void model_becomes(Model *m, Phase *p, State s)
{
    p->state = s;
    say(&p->log, "state %s", state_words[s]);
    bool failed = s == FAILED || s == UNDONE;
    if (failed && p->on_start)
        m->phases[p->starts].started = true;
    if (m->ending != GOES_ON)
        return;
    if (s == REJECTED || s == EXPIRED)
        m->ending = ENDS_REJECTED;
    else if (failed && !p->on_continue)
        m->ending = ENDS_FAILED;
}

static void after_failure(Model *m, Phase *p)
{
    if (p->on_tell) {
        SYN_EACH(m->t, k, node(m, p->on_failure)->a)
            if (node(m, k)->kind == SYN_ONTELL)
                tell_of_engine(m, p, node(m, k)->a);
        return;
    }
    SynRef by = p->gate == 0 ? 0 : clause(m, p->gate, SYN_BY);
    if (p->on_failure == 0 && by != 0)
        tell_of_engine(m, p, node(m, node(m, by)->a)->a);
}

static bool can_take_back(const Element *e)
{
    return e->run.state == MADE && e->undo_args.n > 0;
}

/* A step failed for good: undo what can be undone, stop, or go on. */
static void fails(Model *m, Phase *p)
{
    bool undo = p->on_failure == 0 || p->on_undo, something = false;
    p->doing = NOTHING;
    for (uint32_t i = 0; i < p->n_actions; i++)
        for (uint32_t k = 0; k < p->actions[i].n_elements; k++)
            something = something || can_take_back(&p->actions[i].elements[k]);
    if (undo && something) {
        model_becomes(m, p, UNDOING);
        return;
    }
    model_becomes(m, p, FAILED);
    after_failure(m, p);
}

/* --- on its way ----------------------------------------------------------------- */

static bool need_met(const Phase *q, bool even, bool started)
{
    bool failed = q->state == FAILED || q->state == UNDONE;
    return q->state == DONE || q->state == SKIPPED || (even && failed && (started || q->on_continue));
}

bool model_begins(const Model *m, const Phase *p)
{
    uint32_t met = 0;
    if (p->state != PENDING || (p->only_started && !p->started))
        return false;
    for (uint32_t i = 0; i < p->n_needs; i++)
        met += need_met(&m->phases[p->needs[i]], p->even, p->started);
    return p->any && p->n_needs > 0 ? met > 0 : met == p->n_needs;
}

static bool test(Model *m, Phase *p)
{
    Buf blockers = {0};
    bool skip, moved = true;
    Got got = model_conditions(m, p, true, &skip, &blockers);
    if (got == WAITS) {
        buf_free(&blockers);
        return false;
    }
    p->retry_it = false;
    if (skip) {
        p->doing = NOTHING;
        model_becomes(m, p, SKIPPED);
    } else if (blockers.n > 0 && p->state == BLOCKED) {
        p->doing = NOTHING; /* the world answers as before */
        moved = false;
    } else if (blockers.n > 0) {
        p->doing = NOTHING;
        model_becomes(m, p, BLOCKED);
        buf_str(&p->log, buf_view(&blockers));
    } else {
        if (p->state == BLOCKED)
            model_becomes(m, p, CHECKING);
        model_begin_pass(m, p, STAGING, m->now_ms);
    }
    buf_free(&blockers);
    return moved;
}

static bool stage(Model *m, Phase *p)
{
    Slow question = slow_text((Str){"", 0});
    Got got = model_body(m, p, true);
    if (got == GOT && p->gate != 0 && node(m, p->gate)->b != 0) {
        bool wrote = p->wrote;
        model_at_section(p, SECTION_QUESTION);
        got = model_value(m, p, node(m, p->gate)->b, true, NULL, &question);
        (void)wrote;
    }
    if (got == WAITS)
        return false;
    p->doing = NOTHING;
    if (got == LACKS) {
        if (p->bad_check != STEPS)
            say(&p->log, "check %.*s fail", STR_ARG(text_at(m, node(m, p->steps[p->bad_check])->a)));
        fails(m, p);
        return true;
    }
    p->staged_ms = p->pass_ms;
    p->run_pass = p->pass;
    p->fresh = p->was_staged = true;
    model_becomes(m, p, STAGED);
    if (question.kind == SLOW_TEXT)
        say(&p->log, "question %.*s", STR_ARG(question.s));
    else
        say(&p->log, "question (unknown)");
    return true;
}

static bool let_go(Model *m, Phase *p)
{
    p->doing = NOTHING;
    p->run_pass = p->pass;
    p->dirty = true;
    model_becomes(m, p, RUNNING);
    return true;
}

/* What was approved is tested and staged again, with fresh looks. */
static bool release(Model *m, Phase *p)
{
    bool skip;
    Buf blockers = {0};
    if (p->doing == NOTHING && !p->retry_it)
        return false;
    if (p->doing == NOTHING)
        model_begin_pass(m, p, RELEASING, p->staged_ms);
    Got got = model_conditions(m, p, false, &skip, &blockers);
    if (got == GOT && blockers.n == 0)
        got = model_body(m, p, true);
    bool held = blockers.n > 0;
    buf_free(&blockers);
    if (got == WAITS)
        return false;
    assert(got == GOT && !held); /* the world answers as before */
    (void)held;
    return let_go(m, p);
}

static bool open_gate(Model *m, Phase *p)
{
    if (p->level >= 2) {
        int64_t within = model_duration(m, clause(m, p->gate, SYN_WITHIN) == 0
                                            ? 0 : node(m, clause(m, p->gate, SYN_WITHIN))->a);
        p->expires_ms = within < 0 ? -1 : m->now_ms + within;
        model_becomes(m, p, WAITING);
        return true;
    }
    if (p->level == 1 && !p->opened) {
        p->opened = true;
        tell_of_engine(m, p, node(m, node(m, clause(m, p->gate, SYN_BY))->a)->a);
        return true;
    }
    return let_go(m, p);
}

static bool out_there(const Phase *p)
{
    for (uint32_t i = 0; i < p->n_actions; i++)
        if (model_count_open(&p->actions[i], false) > 0)
            return true;
    return false;
}

static bool run(Model *m, Phase *p)
{
    if (!p->dirty)
        return false;
    p->dirty = false;
    p->pass = p->run_pass;
    p->pass_ms = p->staged_ms;
    Got got = model_body(m, p, false);
    if (got == WAITS || out_there(p))
        return false;
    if (got == LACKS)
        fails(m, p);
    else
        model_becomes(m, p, DONE);
    return true;
}

/* Newest first, one after the other. */
static bool take_back(Model *m, Phase *p)
{
    Action *of = NULL;
    uint32_t which = 0, newest = 0;
    bool waits = false, lost = false, due = false;
    for (uint32_t i = 0; i < p->n_actions; i++) {
        for (uint32_t k = 0; k < p->actions[i].n_elements; k++) {
            const Element *e = &p->actions[i].elements[k];
            bool again = e->undo.state == RETRY && m->now_ms >= e->undo.due_ms;
            if (!can_take_back(e) || e->undo.state == MADE)
                continue;
            waits = waits || e->undo.state == SENT || (e->undo.state == RETRY && !again);
            lost = lost || e->undo.state == LOST_FOR_GOOD;
            if (!again && (e->undo.state != NOT_MADE || due || e->order < newest))
                continue;
            due = due || again;
            of = &p->actions[i];
            which = k;
            newest = e->order;
        }
    }
    if (waits)
        return false;
    if (lost) {
        model_becomes(m, p, UNDO_FAILED); /* a person has to look */
        return true;
    }
    if (of == NULL) {
        model_becomes(m, p, UNDONE);
        after_failure(m, p);
        return true;
    }
    model_send(m, p, of, which, true, of->elements[which].undo_args);
    return false;
}

/* A run that ends lets what runs come to its end, and undo; where a failure
 * starts a phase, that one runs too. */
bool model_may_move(const Model *m, const Phase *p)
{
    return m->ending == GOES_ON || p->state == RUNNING || p->state == UNDOING ||
           (m->ending == ENDS_FAILED && p->started);
}

bool model_advance(Model *m, Phase *p)
{
    if (!model_may_move(m, p))
        return false;
    switch (p->state) {
    case PENDING:
        if (!model_begins(m, p))
            return false;
        model_becomes(m, p, CHECKING);
        return true;
    case BLOCKED:
        if (p->doing == NOTHING && !p->retry_it)
            return false;
        /* fall through */
    case CHECKING:
        if (p->doing == NOTHING)
            model_begin_pass(m, p, TESTING, m->now_ms);
        return p->doing == STAGING ? stage(m, p) : test(m, p);
    case STAGED: return open_gate(m, p);
    case WAITING:
        if (p->expires_ms < 0 || m->now_ms < p->expires_ms)
            return false;
        model_becomes(m, p, EXPIRED);
        return true;
    case APPROVED: return release(m, p);
    case RUNNING: return run(m, p);
    case UNDOING: return take_back(m, p);
    default: return false;
    }
}
