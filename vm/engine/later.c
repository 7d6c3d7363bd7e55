/* Owns: what a program may hold and this version of the engine cannot do. A plan
 * that says one of these is refused before anything of it runs; nothing is left
 * out silently. Must not know: how anything is done.
 *
 * When the engine learns one of them, its row goes. */
#include "vm/engine/later.h"

#include <string.h>

/* --- what is found --------------------------------------------------------------- */

enum { SHOWN = 10 }; /* a person mends a few, and asks again */

typedef struct Found {
    const char *what, *instead;
    const ProgSpan *at;
} Found;

typedef struct Search {
    const Program *p;
    const char *what, *instead; /* of the row at hand */
    Found first[SHOWN];         /* by their place */
    uint32_t n;                 /* all that were found */
} Search;

static int by_place(const Program *p, const ProgSpan *a, const ProgSpan *b)
{
    if (a->file != b->file)
        return str_cmp(prog_str(p, a->file), prog_str(p, b->file));
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

static void found(Search *s, uint32_t span)
{
    const ProgSpan *at = &s->p->spans[span];
    uint32_t kept = s->n < SHOWN ? s->n : SHOWN, i = kept;
    while (i > 0 && by_place(s->p, at, s->first[i - 1].at) < 0)
        i--;
    /* An action's call and its undo stand at one place. */
    if (i > 0 && s->first[i - 1].what == s->what && by_place(s->p, at, s->first[i - 1].at) == 0)
        return;
    s->n++;
    if (i == SHOWN)
        return;
    if (kept == SHOWN)
        kept--;
    memmove(&s->first[i + 1], &s->first[i], (kept - i) * sizeof *s->first);
    s->first[i] = (Found){s->what, s->instead, at};
}

/* --- the rows --------------------------------------------------------------------- */

static bool business(const Program *p, uint32_t duration)
{
    return duration != PROG_NONE && p->durations[duration].kind != DUR_CLOCK;
}

static bool foreign(const Program *p, uint32_t import)
{
    return p->imports[import].from != PROG_NONE;
}

/* LATER(name, Row, plural, condition): row is what is looked at. */
#define LATER(name, Row, plural, condition)                             \
    static void name(Search *s)                                         \
    {                                                                   \
        const Program *p = s->p;                                        \
        (void)p;                                                        \
        for (uint32_t i = 0; i < p->n_##plural; i++) {                  \
            const Prog##Row *row = &p->plural[i];                       \
            if (condition)                                              \
                found(s, row->span);                                    \
        }                                                               \
    }

LATER(find_tool, Site, sites, foreign(p, row->import))
LATER(find_lock, Action, actions, row->lock_fn != PROG_NONE)
LATER(find_waves, Action, actions, row->waves_count > 0)
LATER(find_together, Action, actions, row->together != 0)
LATER(find_action_require, Action, actions, row->requires_count > 0)
LATER(find_action_time, Action, actions,
      business(p, row->timeout) || business(p, row->retry_every))
LATER(find_action_moment, Action, actions, row->not_before != PROG_NONE)
LATER(find_during, During, durings, row->never == 0)
LATER(find_never, During, durings, row->never != 0)
LATER(find_deadline, Phase, phases, row->deadline != PROG_NONE)
LATER(find_limit, Phase, phases, row->limit_unit != 0)
LATER(find_level, Gate, gates, row->level == 3)
LATER(find_gate_time, Gate, gates, business(p, row->within) || business(p, row->good_for))
LATER(find_again, Gate, gates, row->otherwise == OW_AGAIN)
LATER(find_others, Gate, gates, row->otherwise == OW_ASK)
LATER(find_remind, Gate, gates, row->remind != PROG_NONE)
LATER(find_gate_moment, Gate, gates, row->not_before != PROG_NONE)
LATER(find_assure, Gate, gates, row->assure > ASSURE_OS)
LATER(find_ask, Ask, asks, row->task == PROG_NONE)
LATER(find_return, Return, returns, true)
LATER(find_vary, Vary, varies, true)
LATER(find_advice, Advice, advices, true)
LATER(find_check, Check, checks, row->fn != PROG_NONE)
LATER(find_task, Task, tasks, true)
LATER(find_await, Await, awaits, true)
LATER(find_secret, Secret, secrets, true)
LATER(find_secret_input, Input, inputs, p->types[row->type].kind == TK_SECRET)
LATER(find_alone, Alone, alones, true)
LATER(find_start_on, Start, starts, row->event != PROG_NONE)
LATER(find_start_every, Start, starts, row->event == PROG_NONE)
LATER(find_assure_least, Setting, settings,
      str_is(prog_str(p, row->name), "assure_least"))

static const struct {
    void (*find)(Search *s);
    const char *what, *instead;
} rows[] = {
    {find_tool, "a connector's tool", "use a host pack: shell, file, http or time"},
    {find_lock, "`lock`", "leave it out, and start one run at a time"},
    {find_waves, "`waves`", "write one phase for each wave, each with its own list"},
    {find_together, "`together`", "write the actions one after the other"},
    {find_action_require, "`require` inside an action", "write it in the phase, or use `when`"},
    {find_action_time, "business time in an action", "write the time on the clock, such as 2d or 8h"},
    {find_action_moment, "`not before` in an action",
     "put an L2 gate before it, and approve when the time has come"},
    {find_during, "`only during`", "put an L2 gate there, and approve inside the window"},
    {find_never, "`never during`", "put an L2 gate there, and approve outside of the window"},
    {find_deadline, "`deadline`", "leave it out, or write the date as a milestone: due 2027-01-15"},
    {find_limit, "`limit`", "test it before: require count(...) <= N \"not too many\""},
    {find_level, "a gate at L3", "use an L2 gate that asks whether the work was done"},
    {find_gate_time, "business time in a gate", "write the time on the clock, such as 2d or 8h"},
    {find_again, "`otherwise ask again`", "write `otherwise stop`, and start the run again"},
    {find_others, "`otherwise ask` others", "name them at once: by any of ...; and `otherwise stop`"},
    {find_remind, "`remind every`", "leave it out; gate inbox shows what waits"},
    {find_gate_moment, "`not before` in a gate", "leave it out, and approve when the time has come"},
    {find_assure, "`assure`", "leave it out; decisions are proved by the account that gives them"},
    {find_ask, "`ask` in a gate", "make it an input, given when the run starts"},
    {find_return, "`may return to`", "leave it out; reject the gate, and start the run again"},
    {find_vary, "`may vary`", "leave it out; what differs is then asked again"},
    {find_advice, "`advice from`", "leave it out; show facts instead: show PHASE.ACTION"},
    {find_check, "a check that is asked again", "leave out `hold for`, `within` and `every`: "
                                                 "it is then tested once"},
    {find_task, "`task`", "use an L2 gate that asks whether the work was done"},
    {find_await, "`await`", "put an L2 gate there, and approve when the event has come"},
    {find_secret, "`secret`", "leave it out; no tool of this version takes one"},
    {find_secret_input, "an input of type `secret`", "leave it out; no tool of this version takes one"},
    {find_alone, "`runs alone`", "leave it out, and start one run at a time"},
    {find_start_on, "`starts on`", "leave it out, and start the run by hand: gate run"},
    {find_start_every, "`starts every`", "leave it out, and start the run by hand: gate run"},
    {find_assure_least, "`setting assure_least`",
     "leave it out; decisions are proved by the account that gives them"},
};

bool eng_can_run(const Program *p, Buf *why)
{
    Search s = {.p = p};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        s.what = rows[i].what;
        s.instead = rows[i].instead;
        rows[i].find(&s);
    }
    for (uint32_t i = 0; i < s.n && i < SHOWN; i++) {
        const Found *f = &s.first[i];
        Str file = prog_str(p, f->at->file);
        buf_printf(why, "%s%.*s:%u: this version of gate cannot run %s yet [G0022]; %s",
                   i == 0 ? "" : "\n", STR_ARG(file), f->at->line, f->what, f->instead);
    }
    if (s.n > SHOWN)
        buf_printf(why, "\nand %u more", s.n - SHOWN);
    return s.n == 0;
}
