/* What an expression is worth, by language.md alone: a walk over the syntax
 * tree, with decimals digit by digit. It shares nothing with compiler/check,
 * compiler/emit and vm/core: that the two agree is the test. Types are those of
 * the values at hand; a plan that the checker refuses is none of its business.
 *
 * A value may be absent (a skipped action's result) or unknown (the result of a
 * write, while staging). An absent value that is used makes the nearest
 * default() around take its other value; without one the expression fails. An
 * unknown one makes whatever it touches unknown, and decides nothing. */
#ifndef GATE_SLOW_EVAL_H
#define GATE_SLOW_EVAL_H

#include "grammar/syntax.h"
#include "tests/slow/decimal.h"

typedef enum SlowKind {
    SLOW_ABSENT, SLOW_UNKNOWN, SLOW_BOOL, SLOW_NUMBER, SLOW_PERCENT, SLOW_TEXT, SLOW_SIZE,
    SLOW_DURATION, SLOW_DATE, SLOW_TIME, SLOW_INSTANT, SLOW_LEVEL, SLOW_LIST, SLOW_RECORD
} SlowKind;

typedef struct Slow Slow;
struct Slow {
    SlowKind kind;
    Dec dec;             /* number, percent; bytes, ms, days, 0..3; bool: 0 or 1 */
    Str s;               /* text */
    const Slow *items;   /* list, record */
    const Str *names;    /* record: its members */
    uint32_t n;
    SlowKind elem;       /* list: of its items, for when there are none; absent: not known */
};

typedef struct SlowName { Str name; Slow value; } SlowName; /* also "phase.action" */

typedef struct SlowReach SlowReach;
typedef struct SlowWorld SlowWorld;
struct SlowWorld {
    const SynTree *tree;
    Arena *arena;        /* values live here */
    int64_t now_ms;
    const SlowName *names; uint32_t n_names; /* inputs, results */
    Str phase;           /* whose actions may be called by their names alone; empty: none */
    /* A reading tool in an expression. false: it failed. May be NULL. */
    bool (*read)(SlowWorld *w, Str tool, const Slow *args, uint32_t n, Slow *out);
    void *ctx;           /* the caller's */
    SlowReach *reach;    /* counts what is met (reach.h); may be NULL */
    /* the walk's own */
    SlowName locals[80]; uint32_t n_locals;
    int depth;
    bool missing;        /* it failed since a value is absent */
};

/* false: it fails (overflow, division by zero, no such item, a missing value). */
bool slow_eval(SlowWorld *w, SynRef expr, Slow *out);
/* As text: how it reads inside a text. false: it has no such form. */
bool slow_form(const Slow *v, Buf *out);
bool slow_equal(const Slow *a, const Slow *b);
Slow slow_text(Str s);
Slow slow_bool(bool b);
Slow slow_int(SlowKind kind, int64_t i);

#endif
