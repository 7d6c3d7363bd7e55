/* Owns: declarations of tools, from the text; the world's answers. Must not know:
 * what the checker made of them, how calls are made. */
#include "tests/slow/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gen/random.h"
#include "vm/os/os.h"

/* --- declarations ------------------------------------------------------------- */

static Str text_at(const SynTree *t, SynRef r)
{
    return syn_text(t, r);
}

SlowKind slow_kind_called(Str type)
{
    static const struct { const char *name; SlowKind kind; } kinds[] = {
        {"bool", SLOW_BOOL}, {"number", SLOW_NUMBER}, {"percent", SLOW_PERCENT}, {"size", SLOW_SIZE},
        {"duration", SLOW_DURATION}, {"date", SLOW_DATE}, {"time", SLOW_TIME}, {"instant", SLOW_INSTANT},
        {"level", SLOW_LEVEL}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(type, kinds[i].name))
            return kinds[i].kind;
    return SLOW_TEXT; /* text, email, host, url, one of */
}

/* The last name of a path inside the same pack, with the pack in front. */
static Str path_in(Arena *arena, Str pack, Str tool)
{
    return arena_printf(arena, "%.*s.%.*s", STR_ARG(pack), STR_ARG(tool));
}

static void read_tool(const SynTree *t, Str pack, SynRef r, Arena *arena, SlowTool *out)
{
    *out = (SlowTool){.tree = t, .node = r};
    SYN_EACH(t, k, syn(t, r)->c) {
        const SynNode *n = syn(t, k);
        switch (n->kind) {
        case SYN_TAKES: {
            SynRef fallback = 0;
            SYN_EACH(t, c, n->c)
                if (syn(t, c)->kind == SYN_DEFAULT)
                    fallback = syn(t, c)->a;
            if (out->n_params == TOOL_PARAMS)
                abort();
            out->params[out->n_params].name = text_at(t, n->a);
            out->params[out->n_params++].fallback = fallback;
            break;
        }
        case SYN_GIVES:
            if (out->n_gives == TOOL_GIVES)
                abort();
            out->gives[out->n_gives].name = text_at(t, n->a);
            out->gives[out->n_gives++].kind = slow_kind_called(text_at(t, n->b));
            break;
        case SYN_EFFECT: out->reads = n->aux == 0; break;
        case SYN_BEFORE:
            out->before = path_in(arena, pack, text_at(t, n->a));
            out->before_args = n->b;
            break;
        case SYN_UNDOBY:
            out->undo = path_in(arena, pack, text_at(t, n->a));
            out->undo_args = n->b;
            break;
        default: break;
        }
    }
}

static bool in_tree(const SynTree *t, Str pack, Str tool, Arena *arena, SlowTool *out)
{
    SYN_EACH(t, d, syn(t, t->root)->c) {
        if (syn(t, d)->kind != SYN_CONNECTOR || !str_eq(text_at(t, syn(t, d)->a), pack))
            continue;
        SYN_EACH(t, k, syn(t, d)->c) {
            const SynNode *n = syn(t, k);
            if ((n->kind != SYN_TOOL && n->kind != SYN_EVENT) || !str_eq(text_at(t, n->a), tool))
                continue;
            read_tool(t, pack, k, arena, out);
            return true;
        }
    }
    return false;
}

/* The host packs, as they are written; read once. */
static const SynTree *host_pack(Str pack)
{
    static struct { const char *name; const SynTree *tree; } packs[] = {
        {"shell", NULL}, {"file", NULL}, {"http", NULL}, {"time", NULL}};
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++) {
        if (!str_is(pack, packs[i].name))
            continue;
        if (packs[i].tree == NULL) {
            Buf text = {0}, why = {0};
            char path[64];
            snprintf(path, sizeof path, "stdlib/host/%s.gate", packs[i].name);
            if (os_read_file(path, 1 << 20, &text, &why) != GATE_OK) {
                fprintf(stderr, "%s\n", buf_z(&why));
                exit(2);
            }
            packs[i].tree = syn_parse(buf_view(&text), arena_new(0)); /* to the end of the process */
            buf_free(&text);
        }
        return packs[i].tree;
    }
    return NULL;
}

bool slow_tool(SlowTools *t, Str path, SlowTool *out)
{
    size_t dot = 0;
    while (dot < path.n && path.p[dot] != '.')
        dot++;
    if (dot == path.n)
        return false;
    Str pack = {path.p, dot}, tool = {path.p + dot + 1, path.n - dot - 1};
    if (in_tree(t->plan, pack, tool, t->arena, out))
        return true;
    const SynTree *host = host_pack(pack);
    return host != NULL && in_tree(host, pack, tool, t->arena, out);
}

/* --- answers ---------------------------------------------------------------------- */

uint32_t slow_roll(uint64_t seed, Str words, uint32_t n)
{
    uint64_t h = seed;
    for (size_t i = 0; i < words.n; i++)
        h = (h ^ (unsigned char)words.p[i]) * UINT64_C(1099511628211);
    GenRandom r = {h ^ words.n};
    return gen_below(&r, n);
}

Slow slow_some(SlowKind kind, uint64_t seed, Str words, Arena *arena)
{
    static const char *const texts[] = {"", "ok", "two\nlines", "web-01", "a, \"b\"", "new", "\xc3\xa4 {x}"};
    uint32_t r = slow_roll(seed, words, 1000);
    switch (kind) {
    case SLOW_BOOL: return slow_bool(r % 2 == 0);
    case SLOW_NUMBER: return slow_int(kind, (int64_t)(r % 4) - 1);
    case SLOW_PERCENT: return slow_int(kind, r % 101);
    case SLOW_SIZE: return slow_int(kind, r * 1000);
    case SLOW_DURATION: return slow_int(kind, r * 60000);
    case SLOW_DATE: return slow_int(kind, 20000 + r);
    case SLOW_TIME: return slow_int(kind, (r % 1440) * 60000);
    case SLOW_INSTANT: return slow_int(kind, INT64_C(1795503900000) + (int64_t)r * 60000);
    case SLOW_LEVEL: return slow_int(kind, r % 4);
    default: return slow_text(str_of(arena_printf(arena, "%s", texts[r % 7]).p));
    }
}

Slow slow_given(const SlowTool *t, uint64_t seed, Str words, Arena *arena)
{
    Slow *items = ARENA_NEW(arena, Slow, t->n_gives);
    Str *names = ARENA_NEW(arena, Str, t->n_gives);
    for (uint32_t i = 0; i < t->n_gives; i++) {
        names[i] = t->gives[i].name;
        items[i] = slow_some(t->gives[i].kind, seed + i, words, arena);
    }
    return (Slow){.kind = SLOW_RECORD, .items = items, .names = names, .n = t->n_gives};
}

/* --- written down -------------------------------------------------------------------- */

void slow_put(Buf *out, const Slow *v) /* as deep as types are */
{
    switch (v->kind) {
    case SLOW_ABSENT: buf_putc(out, '-'); break;
    case SLOW_UNKNOWN: buf_putc(out, '?'); break;
    case SLOW_LIST: case SLOW_RECORD:
        buf_putc(out, v->kind == SLOW_LIST ? '[' : '{');
        for (uint32_t i = 0; i < v->n; i++) {
            buf_puts(out, i == 0 ? "" : ", ");
            slow_put(out, &v->items[i]);
        }
        buf_putc(out, v->kind == SLOW_LIST ? ']' : '}');
        break;
    case SLOW_TEXT: buf_printf(out, "\"%.*s\"", STR_ARG(v->s)); break;
    default: slow_form(v, out); break;
    }
}
