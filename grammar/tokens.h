/* The tokens (TOK_*, generated from parse.y) and the table of words. */
#ifndef GATE_GRAMMAR_TOKENS_H
#define GATE_GRAMMAR_TOKENS_H

#include "parse.h"
#include "vm/os/mem.h"

/* The blocks a statement can stand in. */
enum {
    PL_TOP = 1 << 0,
    PL_FILE = 1 << 1,
    PL_CALENDAR = 1 << 2,
    PL_PERSON = 1 << 3,
    PL_MILESTONE = 1 << 4,
    PL_PHASE = 1 << 5,
    PL_GATE = 1 << 6,
    PL_ACTION = 1 << 7,
    PL_TOGETHER = 1 << 8,
    PL_TASK = 1 << 9,
    PL_CHECK = 1 << 10,
    PL_POLICY = 1 << 11,
    PL_CONNECTOR = 1 << 12,
    PL_TOOL = 1 << 13,
    PL_EVENT = 1 << 14,
    PL_TEST = 1 << 15
};

typedef enum WordKind { WORD_RESERVED, WORD_SOFT, WORD_PLAIN } WordKind;

typedef struct Word {
    const char *text;
    uint16_t token; /* TOK_* */
    WordKind kind;
    uint32_t places; /* PL_*: the blocks in which it begins a statement */
} Word;

const Word *word_of_token(uint16_t token); /* NULL: not a word */
const Word *word_of_text(Str text);        /* NULL: not a word; not PLAIN ones */
const Word *word_table(size_t *n);
/* "`phase`", "a name": as messages speak of it. */
const char *token_text(uint16_t token);
const char *token_name(uint16_t token); /* "PHASE", for dumps */
/* Lemon's fallback: TOK_NAME for soft words, TOK_ANYWORD for reserved ones. */
uint16_t token_fallback(uint16_t token);

uint16_t token_count(void); /* tokens are numbered from 1 to below it */

#endif
