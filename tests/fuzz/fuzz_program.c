/* Fuzz target: any bytes as a compiled program. What is readable is written
 * back, listed, verified and run with a host that answers at random. */
#include "tests/soak/program_host.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Str bytes = {(const char *)data, size};
    Program *p = NULL;
    Buf out = {.max = 1 << 24}, why = {0};
    if (prog_read(bytes, &p, &why) != GATE_OK) {
        if (why.n == 0)
            abort(); /* a refusal says why */
        buf_free(&why);
        return 0;
    }
    if (prog_write(p, &out) != GATE_OK || !str_eq(buf_view(&out), bytes))
        abort();
    buf_clear(&out);
    prog_dump(p, &out);
    bool ok = prog_verify(p, &why) == GATE_OK;
    if (ok != (why.n == 0))
        abort();
    /* The answers depend on the bytes alone: a finding can be repeated. */
    Random random = {hash_bytes(data, size).b[0] * UINT64_C(0x9e3779b97f4a7c15) | 1};
    Arena *arena = arena_new(1 << 20);
    if (arena != NULL)
        run_functions(p, &random, arena, ok, 5000);
    arena_free(arena);
    buf_free(&out);
    buf_free(&why);
    prog_free(p);
    return 0;
}
