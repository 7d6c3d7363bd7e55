/* What the files of the model share: a run, and the questions that they ask of each
 * other. */
#ifndef GATE_SLOW_MODEL_INT_H
#define GATE_SLOW_MODEL_INT_H

#include "tests/slow/model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { PHASES = 16, ACTIONS = 8, STEPS = 16, ELEMENTS = 8, LOOKS = 256, FLIGHTS = 256, NAMES = 256,
       PARAMS = 4 };
enum { SECTION_WHEN = 1, SECTION_QUESTION = 2, SECTION_BODY = 3, SECTION_REQUIRE = 10, SECTION_WORDS = 100 };

typedef struct Tool {
    const char *name;
    bool reads;
    struct { const char *name, *fallback; } params[PARAMS]; /* fallback: JSON; NULL: must be given */
    const char *image, *restore; /* its own way back: what is looked at before, what puts it back */
} Tool;

typedef enum State {
    PENDING, CHECKING, BLOCKED, STAGED, WAITING, APPROVED, RUNNING, DONE, SKIPPED, REJECTED, EXPIRED,
    FAILED, UNDOING, UNDONE, UNDO_FAILED
} State;

typedef enum CallState { NOT_MADE, SENT, RETRY, MADE, LOST_FOR_GOOD } CallState;

typedef struct Call {
    CallState state;
    uint32_t attempt;
    int64_t due_ms;
} Call;

typedef struct Element {
    Call run, undo;
    uint32_t order;
    Slow result;
    Str undo_args, undo_tool; /* n 0: no way back */
} Element;

typedef struct Action {
    Str name;
    SynRef node, when, each, run, undo, because;
    const Tool *tool;
    bool own_undo;            /* the tool's own */
    uint32_t at_most, stop_after, retries;
    int64_t retry_ms;
    Element elements[ELEMENTS]; uint32_t n_elements, n_failed;
    bool skipped;
    /* of the body's walk at hand */
    bool met;
    Slow value;
} Action;

/* A reading call of an evaluation: found again by where it stood. */
typedef struct Look {
    uint32_t pass, section, ordinal, action; /* action: ACTIONS, in an expression */
    Call call;
    Str tool, args;
} Look;

typedef enum Doing { NOTHING, TESTING, STAGING, RELEASING } Doing;

typedef struct Phase {
    Str name;
    SynRef node, when, gate, on_failure;
    uint32_t needs[PHASES], n_needs;
    bool any, even;
    int level;
    Action actions[ACTIONS]; uint32_t n_actions;
    SynRef steps[STEPS]; uint32_t n_steps;
    bool on_undo, on_stop, on_continue, on_tell, on_start, only_started;
    uint32_t starts;
    /* what happened */
    State state;
    bool started, opened, fresh, dirty, retry_it, was_staged;
    bool told[STEPS], answered[STEPS];
    uint32_t pass, run_pass, order;
    int64_t staged_ms, expires_ms, pass_ms;
    Doing doing;
    Look looks[LOOKS]; uint32_t n_looks;
    Buf log, looked;
    /* of the evaluation at hand */
    uint32_t section, ordinal, action; /* action: of the element at hand, or ACTIONS */
    bool staging, wrote, conditional;
    uint32_t looking;
    uint32_t bad_check;       /* STEPS: none */
} Phase;

typedef struct Flight { uint32_t phase, look, action, element; bool is_look, undo; } Flight;
typedef enum Ending { GOES_ON, ENDS_FAILED, ENDS_REJECTED } Ending;

struct Model {
    const SynTree *t;
    Arena *arena;
    uint64_t seed;
    int64_t now_ms;
    Phase phases[PHASES]; uint32_t n_phases;
    SlowName names[NAMES]; uint32_t n_inputs;
    Flight flights[FLIGHTS]; uint32_t first, last; /* oldest first */
    Ending ending;
    bool waits;               /* an evaluation met a look without answer */
};

/* A value; it fails; not yet, and nothing behind it either; not yet, but what
 * stands beside it may go on. */
typedef enum Got { GOT, LACKS, WAITS, LATER } Got;

static inline const SynNode *node(const Model *m, SynRef r)
{
    return syn(m->t, r);
}

static inline Str text_at(const Model *m, SynRef r)
{
    return syn_text(m->t, r);
}

static inline SynRef clause(const Model *m, SynRef of, uint16_t kind)
{
    SYN_EACH(m->t, k, node(m, of)->c)
        if (node(m, k)->kind == kind)
            return k;
    return 0;
}

static inline void say(Buf *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void say(Buf *log, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(log, fmt, ap);
    va_end(ap);
    buf_putc(log, '\n');
}

/* model_plan.c */
const Tool *model_tool(Str name);
uint32_t model_phase_called(const Model *m, Str name);
int64_t model_duration(Model *m, SynRef r);

/* model_look.c */
uint32_t model_number(const Model *m, const Phase *p);
void model_fly(Model *m, Flight f);
Look *model_look_at(Phase *p, uint32_t pass, uint32_t section, uint32_t ordinal);
Got model_look(Model *m, Phase *p, Str tool, Str args, uint32_t action, uint32_t at_most, Slow *out);
void model_put_value(Buf *b, const Slow *v);
Slow model_list(Model *m, const Slow *items, uint32_t n);
bool model_any_unknown(const Slow *v, uint32_t n);
Got model_value(Model *m, Phase *p, SynRef expr, bool own, const SlowName *element, Slow *out);

/* model_body.c */
void model_begin_pass(const Model *m, Phase *p, Doing doing, int64_t now_ms);
void model_at_section(Phase *p, uint32_t section);
Got model_conditions(Model *m, Phase *p, bool with_when, bool *skip, Buf *blockers);
uint32_t model_count_open(const Action *a, bool with_retries);
void model_send(Model *m, Phase *p, Action *a, uint32_t i, bool undo, Str args);
Got model_body(Model *m, Phase *p, bool staging);

/* model_phase.c */
void model_becomes(Model *m, Phase *p, State s);
bool model_begins(const Model *m, const Phase *p);
bool model_may_move(const Model *m, const Phase *p);
bool model_advance(Model *m, Phase *p);

#endif
