/* Owns: the world of a run, from a seed. Must not know: plans, the engine. */
#include "tests/slow/script.h"

#include <string.h>

#include "tests/gen/random.h"

static uint64_t mix_text(uint64_t h, Str s)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(1099511628211);
    return h * UINT64_C(0x9e3779b97f4a7c15) ^ s.n;
}

static uint32_t roll(uint64_t h, uint32_t n)
{
    GenRandom r = {h};
    return gen_below(&r, n);
}

bool script_look(uint64_t seed, Str tool, Str args, uint32_t attempt)
{
    return roll(mix_text(mix_text(seed + attempt, tool), args), 12) != 0;
}

bool script_call(uint64_t seed, Str action, uint32_t inst, bool undo, uint32_t attempt)
{
    uint64_t h = mix_text(seed ^ ((uint64_t)inst << 32 | attempt << 1 | (unsigned)undo), action);
    return roll(h, undo ? 12 : 6) != 0;
}

Decision script_gate(uint64_t seed, Str phase)
{
    uint32_t n = roll(mix_text(seed + 77, phase), 10);
    return n < 8 ? D_APPROVE : n == 8 ? D_REJECT : D_SILENT;
}

/* --- what is given ------------------------------------------------------------------ */

enum { MEMBERS = 3 };
typedef struct Shape {
    const char *tool;
    struct { const char *name; SlowKind kind; } members[MEMBERS];
} Shape;

static const Shape shapes[] = {
    {"shell.query", {{"status", SLOW_NUMBER}, {"output", SLOW_TEXT}, {"errors", SLOW_TEXT}}},
    {"shell.change", {{"status", SLOW_NUMBER}, {"output", SLOW_TEXT}, {"errors", SLOW_TEXT}}},
    {"shell.destroy", {{"status", SLOW_NUMBER}, {"output", SLOW_TEXT}, {"errors", SLOW_TEXT}}},
    {"file.read", {{"text", SLOW_TEXT}, {"size", SLOW_SIZE}, {NULL, 0}}},
    {"file.hash", {{"sha256", SLOW_TEXT}, {NULL, 0}, {NULL, 0}}},
    {"file.image", {{"existed", SLOW_BOOL}, {"text", SLOW_TEXT}, {"sha256", SLOW_TEXT}}},
    {"file.write", {{"sha256", SLOW_TEXT}, {NULL, 0}, {NULL, 0}}},
    {"file.restore", {{"sha256", SLOW_TEXT}, {NULL, 0}, {NULL, 0}}},
    {"file.remove", {{"sha256", SLOW_TEXT}, {NULL, 0}, {NULL, 0}}},
    {"time.now", {{"at", SLOW_INSTANT}, {NULL, 0}, {NULL, 0}}},
};

static Slow member_value(SlowKind kind, uint64_t h, Arena *arena)
{
    static const char *const texts[] = {"", "ok", "two\nlines", "web-01", "a, \"b\""};
    switch (kind) {
    case SLOW_NUMBER: return slow_int(kind, roll(h, 3) == 0);
    case SLOW_SIZE: return slow_int(kind, roll(h, 5000));
    case SLOW_BOOL: return slow_bool(roll(h, 2) == 0);
    case SLOW_INSTANT: return slow_int(kind, INT64_C(1795503900000) + (int64_t)roll(h, 1000) * 60000);
    default: return slow_text(arena_printf(arena, "%s%u", texts[roll(h, 5)], roll(h + 1, 3)));
    }
}

static void put_member(const Slow *v, Buf *json)
{
    Buf form = {0};
    if (v->kind == SLOW_SIZE) {
        dec_print(&v->dec, json);
        return;
    }
    slow_form(v, &form);
    bool quoted = v->kind == SLOW_TEXT || v->kind == SLOW_INSTANT;
    buf_puts(json, quoted ? "\"" : "");
    for (size_t i = 0; i < form.n; i++) {
        char c = form.p[i];
        if (c == '\n')
            buf_puts(json, "\\n");
        else if (c == '"' || c == '\\')
            buf_printf(json, "\\%c", c);
        else
            buf_putc(json, c);
    }
    buf_puts(json, quoted ? "\"" : "");
    buf_free(&form);
}

void script_result(uint64_t seed, Str tool, Str args, Arena *arena, Buf *json, Slow *value)
{
    size_t k = 0;
    while (k + 1 < sizeof shapes / sizeof *shapes && !str_is(tool, shapes[k].tool))
        k++;
    Slow *items = ARENA_NEW(arena, Slow, MEMBERS);
    Str *names = ARENA_NEW(arena, Str, MEMBERS);
    uint32_t n = 0;
    buf_putc(json, '{');
    for (; n < MEMBERS && shapes[k].members[n].name != NULL; n++) {
        names[n] = str_of(shapes[k].members[n].name);
        items[n] = member_value(shapes[k].members[n].kind, mix_text(seed + n, args), arena);
        buf_printf(json, "%s\"%s\":", n == 0 ? "" : ",", shapes[k].members[n].name);
        put_member(&items[n], json);
    }
    buf_putc(json, '}');
    *value = (Slow){.kind = SLOW_RECORD, .items = items, .names = names, .n = n};
}
