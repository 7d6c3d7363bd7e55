/* Any bytes are a sequence of tokens: inside the text, in order, never empty,
 * comments between them, and the whole ends. */
#include "grammar/parser.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new(0);
    must(arena != NULL);
    /* For the tree that a lexer reports into. */
    SynTree *t = syn_parse((Str){(const char *)data, size}, arena);
    t->n_comments = t->n_errors = 0;
    Lexer *lx = ARENA_NEW(arena, Lexer, 1);
    lex_init(lx, t);
    uint32_t end = 0;
    for (SynToken k; (k = lex_next(lx)).kind != 0; end = k.end) {
        must(k.start >= end && k.end > k.start && k.end <= t->source.n);
        must(k.kind < token_count());
        must(token_text(k.kind) != NULL && token_name(k.kind) != NULL);
    }
    must(lx->pos == t->source.n && lx->n_modes == 0);
    for (uint32_t i = 0; i < t->n_comments; i++) {
        must(t->comments[i].start < t->comments[i].end);
        must(i == 0 || t->comments[i - 1].end <= t->comments[i].start);
    }
    for (uint32_t i = 0; i < t->n_errors; i++)
        must(t->errors[i].text != NULL && t->errors[i].end <= t->source.n);
    Buf out = {0};
    syn_dump_tokens((Str){(const char *)data, size}, arena, &out);
    must(!out.failed);
    buf_free(&out);
    arena_free(arena);
    return 0;
}
