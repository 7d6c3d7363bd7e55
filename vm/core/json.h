/* JSON, strictly RFC 8259, exact: numbers keep every digit. One reader and one
 * writer serve inputs, results, parts, envelopes and the socket's messages.
 * (cJSON reads numbers as doubles and would lose digits of ids.)
 *
 * Reader: iterative, depth at most LIM_JSON_DEPTH, refuses duplicate members,
 * invalid UTF-8, lone surrogates, NUL in texts and trailing bytes. Nodes and
 * decoded texts live in the caller's arena. */
#ifndef GATE_CORE_JSON_H
#define GATE_CORE_JSON_H

#include "vm/core/program.h"

typedef enum JsonKind { J_NULL, J_FALSE, J_TRUE, J_NUMBER, J_TEXT, J_ARRAY, J_OBJECT } JsonKind;

typedef struct Json Json;
struct Json {
    JsonKind kind;
    Str text;          /* J_TEXT decoded; J_NUMBER as written */
    Str key;           /* of a member */
    const Json *child; /* first item or member */
    const Json *next;
    uint32_t count;
};

/* NULL on error; why gets "line 3, column 7: ..." */
const Json *json_parse(Str bytes, Arena *arena, Buf *why);
const Json *json_get(const Json *object, const char *key); /* NULL: none */
Str json_text(const Json *object, const char *key);        /* {NULL,0}: none */
bool json_int(const Json *node, int64_t *out);             /* whole numbers */
bool json_number(const Json *node, Value *out); /* exact; false: too long */

/* Writer helpers. json_put_text writes quotes and the escapes that RFC 8785
 * prescribes and no others. */
void json_put_text(Buf *out, Str s);
void json_put_int(Buf *out, int64_t i);

/* A typed value. Durations are ISO 8601 (PT1H30M), sizes and decimals numbers
 * in full, dates and instants RFC 3339; absent is null; unknown is
 * {"unknown":true}; members stand in the type's order. */
void json_put_value(Buf *out, const Program *p, uint32_t type, Value v);
/* Reads what json_put_value wrote, or what a person wrote as an input: a
 * duration may be "1h30m" too. false: why gets a sentence naming the member. */
bool json_to_value(const Json *j, const Program *p, uint32_t type, Arena *arena,
                   Value *out, Buf *why);
/* A `--input NAME=TEXT` by its type: text as it is, others as literals of the
 * language or JSON for lists. */
bool text_to_value(Str text, const Program *p, uint32_t type, Arena *arena,
                   Value *out, Buf *why);

#endif
