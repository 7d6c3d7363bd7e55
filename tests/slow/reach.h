/* Which forms of the language an evaluation has met: so that a run over generated
 * expressions can say what it has tried, and fail where something never came. */
#ifndef GATE_SLOW_REACH_H
#define GATE_SLOW_REACH_H

#include "tests/slow/eval.h"

enum { REACH_OPS = BIN_DIV + 1, REACH_KINDS = SLOW_RECORD + 1, REACH_ROWS = 64 };

/* What is counted by the kind of a value: functions, whose argument it is or is
 * an item of; forms; see reach.c for the names. */
typedef struct ReachRow { unsigned long of[REACH_KINDS], of_items[REACH_KINDS]; } ReachRow;

struct SlowReach {
    unsigned long nodes[SYN_KIND_COUNT];
    unsigned long ops[REACH_OPS][REACH_KINDS][REACH_KINDS];
    ReachRow rows[REACH_ROWS];
    unsigned long marks[REACH_ROWS];
};

/* reach may be NULL in all of these: nobody asks. */
void reach_node(SlowReach *reach, uint16_t kind, Str text);
void reach_op(SlowReach *reach, uint16_t op, const Slow *a, const Slow *b);
/* A function called by that name, or a form: "-", "not", "every", "some", "index",
 * "in a text", "if". */
void reach_row(SlowReach *reach, Str name, const Slow *of);

/* A comment of TAP: all counts, a line a row. false: something that the language
 * has was never met; it is named. */
bool reach_print(const SlowReach *reach);

#endif
