/* Where the two meet: a value of ours beside one of the slow language. */
#ifndef GATE_SLOW_BOTH_H
#define GATE_SLOW_BOTH_H

#include "tests/slow/eval.h"
#include "vm/core/value.h"

ValueTag slow_tag(SlowKind k);
SlowKind slow_kind(uint8_t tag);
Dec slow_dec(Value v); /* of what is counted */

#endif
