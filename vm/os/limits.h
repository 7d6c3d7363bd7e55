/* LIM_* constants from limits.def. */
#ifndef GATE_OS_LIMITS_H
#define GATE_OS_LIMITS_H

enum GateLimit {
#define LIMIT(name, value, unit, why) LIM_##name = value,
#include "vm/os/limits.def"
#undef LIMIT
    LIM_END_ = 0
};

#endif
