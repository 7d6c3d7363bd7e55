/* Owns: how a rule of the language is broken on purpose. Must not know: how
 * plans are made. */
#include "tests/gen/item.h"

#include <string.h>

static const char *const words[GM_COUNT] = {
#define MUTATION(name, text) [GM_##name] = text,
#include "tests/gen/mutations.def"
#undef MUTATION
};

const char *gen_mutation_words(GenMutation m)
{
    return (unsigned)m < GM_COUNT ? words[m] : "?";
}

/* A statement and the one it stands in. */
typedef struct Found { Item *parent, *it; uint32_t seen; } Found;
typedef bool (*Fits)(const Item *it);

static void look(Item *parent, Fits fits, GenRandom *r, Found *f) /* blocks nest four deep */
{
    for (Item *k = parent->first; k != NULL; k = k->next) {
        if (fits(k) && gen_below(r, ++f->seen) == 0)
            *f = (Found){parent, k, f->seen};
        look(k, fits, r, f);
    }
}

static Found find(Item *file, Fits fits, GenRandom *r)
{
    Found f = {NULL, NULL, 0};
    look(file, fits, r, &f);
    return f;
}

static void cut(Found f)
{
    Item **at = &f.parent->first, *last = NULL;
    while (*at != f.it) {
        last = *at;
        at = &(*at)->next;
    }
    *at = f.it->next;
    if (f.parent->last == f.it)
        f.parent->last = last;
}

static bool has(const Item *it, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= it->head.n; i++)
        if (memcmp(it->head.p + i, what, n) == 0)
            return true;
    return false;
}

/* Puts `to` for the first `from` of the head. */
static void exchange(Arena *a, Item *it, const char *from, const char *to)
{
    size_t n = strlen(from), i = 0;
    while (memcmp(it->head.p + i, from, n) != 0)
        i++;
    it->head = arena_printf(a, "%.*s%s%.*s", (int)i, it->head.p, to,
                            (int)(it->head.n - i - n), it->head.p + i + n);
}

static bool is_undo(const Item *it) { return it->kind == IT_UNDO; }
static bool is_gate(const Item *it) { return it->kind == IT_GATE; }
static bool is_high(const Item *it) { return it->kind == IT_GATE && !has(it, "gate L0"); }
static bool is_by(const Item *it) { return it->kind == IT_BY; }
static bool is_quorum(const Item *it) { return it->kind == IT_BY && (has(it, "all of") || has(it, "2 of")); }
static bool is_otherwise(const Item *it) { return it->kind == IT_OTHERWISE; }
static bool is_needs(const Item *it) { return it->kind == IT_NEEDS && !has(it, "nothing"); }
static bool is_phase(const Item *it) { return it->kind == IT_PHASE; }
static bool is_decl(const Item *it) { return it->kind == IT_DECL; }
static bool is_action(const Item *it) { return it->kind == IT_ACTION; }
static bool is_clause(const Item *it) { return it->kind == IT_NEEDS || it->kind == IT_GATE || it->kind == IT_RUN || it->kind == IT_EACH; }
static bool runs_weak(const Item *it) { return it->kind == IT_RUN && (has(it, "shell.query") || has(it, "shell.change")); }
static bool is_step(const Item *it) { return it->kind == IT_STEP || it->kind == IT_ACTION; }
static bool has_two_steps(const Item *it)
{
    uint32_t n = 0;
    for (const Item *k = it->first; it->kind == IT_PHASE && k != NULL; k = k->next)
        n += is_step(k);
    return n > 1;
}

static Str name_of(const Item *it) /* the word behind `phase` */
{
    Str s = {it->head.p + 6, 0};
    while (6 + s.n < it->head.n && s.p[s.n] != ' ')
        s.n++;
    return s;
}

/* Some phase that this one needs, needs this one as well. */
static void circle(Arena *a, Item *file, Item *phase)
{
    for (Item *k = phase->first; k != NULL; k = k->next) {
        if (!is_needs(k))
            continue;
        for (Item *p = file->first; p != NULL; p = p->next) {
            if (p->kind != IT_PHASE || !has(k, arena_copy(a, name_of(p).p, name_of(p).n)))
                continue;
            for (Item *q = p->first; q != NULL; q = q->next)
                if (q->kind == IT_NEEDS)
                    q->head = arena_printf(a, "needs %.*s", STR_ARG(name_of(phase)));
            return;
        }
    }
}

static void swap_steps(Item *phase, GenRandom *r)
{
    Item *all[32];
    uint32_t n = 0;
    for (Item *k = phase->first; k != NULL && n < 32; k = k->next)
        if (is_step(k))
            all[n++] = k;
    uint32_t i = gen_below(r, n - 1);
    Item a = *all[i], b = *all[i + 1], *a_next = a.next, *b_next = b.next;
    *all[i] = b;
    *all[i + 1] = a;
    all[i]->next = a_next;
    all[i + 1]->next = b_next;
}

static bool apply(Arena *a, Item *file, GenRandom *r, GenMutation m)
{
    static const Fits where[GM_COUNT] = {
        [GM_DROP_UNDO] = is_undo, [GM_LOWER_GATE] = is_high, [GM_DROP_GATE] = is_gate,
        [GM_DROP_BY] = is_by, [GM_FEWER_PEOPLE] = is_quorum, [GM_FAIL_OPEN] = is_otherwise,
        [GM_DROP_NEEDS] = is_needs, [GM_CIRCLE] = is_phase, [GM_SWAP_STEPS] = has_two_steps,
        [GM_SWAP_TOOL] = runs_weak, [GM_ADD_WHEN] = is_action, [GM_DROP_DECLARATION] = is_decl,
        [GM_SAY_TWICE] = is_clause,
    };
    Found f = {NULL, NULL, 0};
    if (where[m] != NULL)
        f = find(file, where[m], r);
    if (f.it == NULL)
        return false;
    switch (m) {
    case GM_DROP_UNDO: case GM_DROP_GATE: case GM_DROP_BY: case GM_DROP_DECLARATION:
        cut(f);
        break;
    case GM_LOWER_GATE:
        if (has(f.it, "gate L3"))
            exchange(a, f.it, "gate L3", "gate L2");
        else
            exchange(a, f.it, has(f.it, "gate L2") ? "gate L2" : "gate L1",
                     has(f.it, "gate L2") ? "gate L1" : "gate L0");
        break;
    case GM_FEWER_PEOPLE:
        exchange(a, f.it, has(f.it, "all of") ? "all of" : "2 of", "any of");
        break;
    case GM_FAIL_OPEN: f.it->head = STR("otherwise continue"); break;
    case GM_DROP_NEEDS: f.it->head = STR("needs nothing"); break;
    case GM_CIRCLE: circle(a, file, f.it); break;
    case GM_SWAP_STEPS: swap_steps(f.it, r); break;
    case GM_SWAP_TOOL:
        exchange(a, f.it, has(f.it, "shell.query") ? "shell.query" : "shell.change", "shell.destroy");
        break;
    case GM_ADD_WHEN: item_add(a, f.it, IT_WHEN, "when amount > 3"); break;
    case GM_SAY_TWICE:
        item_add(a, f.parent, f.it->kind, "%.*s", STR_ARG(f.it->head));
        break;
    default: break;
    }
    return true;
}

GenMutation item_mutate(Arena *a, Item *file, GenRandom *r)
{
    for (int tries = 0; tries < 20; tries++) {
        GenMutation m = (GenMutation)(1 + gen_below(r, GM_COUNT - 1));
        if (apply(a, file, r, m))
            return m;
    }
    return GM_NOTHING;
}
