/* Owns: statements as a tree, their order, their layout. Must not know: what
 * they say (plan.c), what breaks a rule (mutate.c). */
#include "tests/gen/item.h"

#include "grammar/parser.h"

Item *item_add(Arena *a, Item *parent, ItemKind kind, const char *fmt, ...)
{
    Item *it = ARENA_NEW(a, Item, 1);
    va_list ap;
    va_start(ap, fmt);
    it->head = arena_vprintf(a, fmt, ap);
    va_end(ap);
    it->kind = kind;
    if (parent == NULL)
        return it;
    if (parent->last == NULL)
        parent->first = it;
    else
        parent->last->next = it;
    parent->last = it;
    return it;
}

static bool is_step(const Item *it)
{
    return it->kind == IT_STEP || it->kind == IT_ACTION;
}

void item_shuffle(Item *parent, GenRandom *r)
{
    enum { MOST = 128 };
    Item *all[MOST], *steps[MOST];
    uint32_t n = 0, n_steps = 0;
    for (Item *k = parent->first; k != NULL && n < MOST; k = k->next) {
        all[n++] = k;
        if (is_step(k))
            steps[n_steps++] = k;
    }
    if (n == MOST)
        return;
    uint32_t first = n > 0 && all[0]->kind == IT_PLAN; /* edition and plan come first */
    for (uint32_t i = n; i > first + 1; i--) {
        uint32_t k = first + gen_below(r, i - first);
        Item *t = all[i - 1];
        all[i - 1] = all[k];
        all[k] = t;
    }
    for (uint32_t i = 0, s = 0; i < n; i++)
        if (is_step(all[i]))
            all[i] = steps[s++];
    parent->first = n == 0 ? NULL : all[0];
    parent->last = n == 0 ? NULL : all[n - 1];
    for (uint32_t i = 0; i < n; i++)
        all[i]->next = i + 1 < n ? all[i + 1] : NULL;
}

static void put(const Item *it, int indent, Buf *out) /* as deep as blocks of the language */
{
    if (it->doc.n > 0)
        buf_printf(out, "%*s## %.*s\n", indent, "", STR_ARG(it->doc));
    buf_printf(out, "%*s", indent, "");
    buf_str(out, it->head);
    buf_puts(out, it->block ? " {\n" : "\n");
    for (const Item *k = it->first; k != NULL; k = k->next)
        put(k, indent + 2, out);
    if (it->block)
        buf_printf(out, "%*s}\n", indent, "");
}

void item_print(const Item *file, Buf *out)
{
    for (const Item *k = file->first; k != NULL; k = k->next)
        put(k, 0, out);
}

/* --- odd layout -------------------------------------------------------------------- */

static void gap(GenRandom *r, bool in_text, Buf *out)
{
    static const char *const comments[] = {
        "# why not here", "#", "#nothing between", "# { } \" not a text", "#   spaces   ",
        "# \xc3\xa4\xc3\xb6\xc3\xbc"};
    if (in_text) {
        buf_puts(out, gen_once(r, 3) ? "  " : " ");
        return;
    }
    switch (gen_below(r, 16)) {
    case 0: buf_puts(out, "\n"); break;
    case 1: buf_puts(out, "\n\n\n  "); break;
    case 2: buf_puts(out, "   "); break;
    case 3: buf_puts(out, "\t"); break;
    case 4:
        buf_printf(out, " %s\n%*s", comments[gen_below(r, 6)], (int)gen_below(r, 9), "");
        break;
    case 5: buf_printf(out, "\n%s\n", comments[gen_below(r, 6)]); break;
    default: buf_puts(out, " "); break;
    }
}

/* No space beside a dot: a word directly in front of one is a name. */
static bool may_open(SynToken a, SynToken b)
{
    return a.kind != TOK_DOT && b.kind != TOK_DOT && a.kind != TOK_TEXT_OPEN &&
           a.kind != TOK_TEXT_MID && b.kind != TOK_TEXT_MID && b.kind != TOK_TEXT_CLOSE;
}

void item_odd(Str plan, GenRandom *r, Buf *out)
{
    Arena *arena = arena_new(0);
    SynTree *t = syn_parse(plan, arena); /* for a tree that the lexer may write to */
    uint32_t n, depth = 0, comment = 0;
    const SynToken *tokens = syn_tokens(t, arena, &n);
    for (uint32_t i = 0; i < n && tokens[i].kind != 0; i++) {
        SynToken k = tokens[i];
        for (; comment < t->n_comments && t->comments[comment].start < k.start; comment++)
            buf_printf(out, "\n%.*s\n", (int)(t->comments[comment].end - t->comments[comment].start),
                       plan.p + t->comments[comment].start);
        if (i > 0 && tokens[i - 1].end < k.start)
            gap(r, depth > 0, out);
        else if (i > 0 && may_open(tokens[i - 1], k) && gen_once(r, 12))
            gap(r, depth > 0, out);
        buf_put(out, plan.p + k.start, k.end - k.start);
        depth += k.kind == TOK_TEXT_OPEN;
        depth -= k.kind == TOK_TEXT_CLOSE;
    }
    buf_puts(out, gen_once(r, 4) ? "" : "\n");
    arena_free(arena);
}
