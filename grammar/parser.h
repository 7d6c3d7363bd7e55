/* Between the files of this room: lexer, generated parser, driver. Others
 * include syntax.h only. */
#ifndef GATE_GRAMMAR_PARSER_H
#define GATE_GRAMMAR_PARSER_H

#include "grammar/syntax.h"
#include "grammar/tokens.h"
#include "vm/os/limits.h"

/* --- lexer (lex.re) ------------------------------------------------------ */

/* An open interpolation: which braces close it, and what text goes on then. */
typedef struct LexMode {
    uint32_t braces; /* `{` opened inside it */
    uint32_t text;   /* where its text began */
    bool is_long;
} LexMode;

typedef struct Lexer {
    SynTree *tree;     /* comments and errors go there */
    const char *base;  /* the source, with a NUL behind it */
    uint32_t pos, end;
    uint16_t prev;     /* kind of the last token, for `limit 5 h` */
    bool bad_utf8;     /* reported already */
    uint32_t odd_until; /* a strange line: nothing more is said about it */
    bool no_more_ends; /* a comment that begins with two signs is not closed: nor is a later one */
    uint32_t n_modes;
    LexMode modes[LIM_NESTING + 1]; /* one more, for the driver to refuse */
} Lexer;

void lex_init(Lexer *lx, SynTree *tree);
SynToken lex_next(Lexer *lx); /* kind 0 at the end */

/* --- generated parser (parse.y) ------------------------------------------ */

/* A list under construction, and an expression: how deep its tree is, since
 * later passes walk it by recursion. */
typedef struct SynSeq {
    SynRef first, last;
    uint32_t depth;
} SynSeq;
typedef struct SynExpr {
    SynRef r;
    uint32_t depth;
} SynExpr;

/* What the grammar's actions need. */
typedef struct ParseCtx {
    SynTree *tree;
    uint32_t last_end; /* of the last token that was shifted */
    bool too_deep;     /* reported already */
    bool failed;       /* a token did not fit, or the stack is full */
} ParseCtx;

typedef struct yyParser Parser;
Parser *parser_new(Arena *arena, ParseCtx *ctx);
void parser_push(Parser *p, SynToken t);
/* Would a token be shifted (0: the file accepted)? Asks on a copy of the state
 * stack; the parser does not change. */
bool parser_fits(const Parser *p, uint16_t kind);
/* How many of these tokens would fit, one after another. */
size_t parser_fit_run(const Parser *p, const uint16_t *kinds, size_t n);
/* Forgets symbols until `kind` fits, at most down to depth. */
bool parser_unwind(Parser *p, uint16_t kind, uint32_t depth);
void parser_pop(Parser *p); /* the newest symbol */
/* The newest symbol stands at parser_depth; a nonterminal's kind is 0. */
uint32_t parser_depth(const Parser *p);
uint16_t parser_symbol(const Parser *p, uint32_t i);
enum { PARSER_STACK = 1024, PARSER_ROOM = 32 };

/* --- tree (syntax.c) ------------------------------------------------------ */
void syn_reserve_nodes(SynTree *t);
void syn_grow_nodes(SynTree *t);
void syn_trim_nodes(SynTree *t); /* no more are coming */
/* The next node is a literal. */
void syn_note_literal(SynTree *t);
static inline SynRef syn_new(SynTree *t, SynKind kind, uint32_t start,
                             uint32_t end, SynRef a, SynRef b, SynRef c,
                             uint32_t aux)
{
    if (t->n_nodes == t->cap_nodes)
        syn_grow_nodes(t);
    t->count[kind]++;
    t->nodes[t->n_nodes] = (SynNode){
        .kind = kind & SYN_AUX_MAX,
        .aux = aux & SYN_AUX_MAX,
        .start = start & SYN_REF_MAX,
        /* A rule of nothing but empty parts would end before it begins. */
        .end = (end < start ? start : end) & SYN_REF_MAX,
        .a = a & SYN_REF_MAX,
        .b = b & SYN_REF_MAX,
        .c = c & SYN_REF_MAX,
    };
    return t->n_nodes++;
}
/* NULL when the tree has errors enough: nothing is to be said then. */
SynError *syn_error(SynTree *t, uint16_t code, uint32_t start, uint32_t end,
                    const char *text);
/* The shared indentation of a long text's lines. */
uint32_t syn_indent(Str source, uint32_t start, uint32_t end);
const char *syn_printf(SynTree *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void syn_fix(SynError *e, char grade, uint32_t start, uint32_t end,
             const char *fix);

/* --- driver (drive.c) --------------------------------------------------- */
void parse_all(SynTree *t);

#endif
