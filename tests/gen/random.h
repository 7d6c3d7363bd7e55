/* Random numbers of the generators: splitmix64, so that a seed means the same
 * plan on every machine. */
#ifndef GATE_GEN_RANDOM_H
#define GATE_GEN_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct GenRandom { uint64_t s; } GenRandom;

static inline uint64_t gen_next(GenRandom *r)
{
    uint64_t z = (r->s += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. n-1; 0 for n 0. */
static inline uint32_t gen_below(GenRandom *r, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)((gen_next(r) >> 32) * n >> 32);
}

/* Once in n. */
static inline bool gen_once(GenRandom *r, uint32_t n)
{
    return gen_below(r, n) == 0;
}

/* A seed of its own for the i-th part of a thing with that seed. */
static inline uint64_t gen_derive(uint64_t seed, uint64_t i)
{
    GenRandom r = {seed ^ (i + 1) * UINT64_C(0xd1342543de82ef95)};
    return gen_next(&r);
}

#endif
