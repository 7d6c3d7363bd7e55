/* A plan as a tree of statements, before it is text: what is taken away,
 * exchanged and shuffled when a rule is to be broken. */
#ifndef GATE_GEN_ITEM_H
#define GATE_GEN_ITEM_H

#include "tests/gen/plan.h"
#include "tests/gen/random.h"

typedef enum ItemKind {
    IT_FILE, IT_PLAN, IT_DECL, IT_PHASE, IT_OTHER,
    IT_NEEDS, IT_GATE, IT_BY, IT_OTHERWISE, IT_STEP, IT_ACTION, IT_RUN, IT_UNDO, IT_EACH, IT_WHEN
} ItemKind;

typedef struct Item Item;
struct Item {
    ItemKind kind;
    bool block;          /* its parts stand in braces; else behind it */
    Str doc;             /* `##` lines in front */
    Str head;
    Item *first, *last, *next;
};

Item *item_add(Arena *a, Item *parent, ItemKind kind, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Parts whose order means nothing change places. Steps of a phase keep theirs. */
void item_shuffle(Item *parent, GenRandom *r);
void item_print(const Item *file, Buf *out);
/* The same tokens with comments and breaks in odd places. */
void item_odd(Str plan, GenRandom *r, Buf *out);
/* Breaks one thing. GM_NOTHING: nothing of that kind was there. */
GenMutation item_mutate(Arena *a, Item *file, GenRandom *r);

#endif
