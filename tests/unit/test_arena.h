/* For tests that need an arena each: set_up and tear_down of one. */
#ifndef GATE_TEST_ARENA_H
#define GATE_TEST_ARENA_H

#include "vm/os/limits.h"
#include "vm/os/mem.h"

static Arena *arena;

static inline int set_up(void **state)
{
    (void)state;
    arena = arena_new(LIM_ARENA_BYTES);
    return arena == NULL;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#endif
