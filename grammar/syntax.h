/* From text to tree: tokens, comments, the syntax tree, and what was wrong with
 * the text. Knows how a plan is written, not what it means.
 *
 * Nodes stand in one array and refer to each other by number: compact, stable
 * while it grows, walked without recursion where users choose the depth. Every
 * node has a span; comments are kept as trivia in their own array, in order. */
#ifndef GATE_GRAMMAR_SYNTAX_H
#define GATE_GRAMMAR_SYNTAX_H

#include "vm/os/limits.h"
#include "vm/os/mem.h"
#include "vm/os/status.h"

typedef uint32_t SynRef; /* 0: no node */

typedef enum SynKind {
    SYN_NONE,
#define NODE(kind, a, b, c, aux) SYN_##kind,
#include "grammar/nodes.def"
#undef NODE
    SYN_KIND_COUNT
} SynKind;

enum { WHO_PLAIN, WHO_ALL_OF, WHO_ANY_OF, WHO_N_OF };
enum { NEEDS_NOTHING = 1, NEEDS_ANY = 2, NEEDS_EVEN = 4 };
enum {
    BIN_OR, BIN_AND, BIN_EQ, BIN_NE, BIN_LT, BIN_LE, BIN_GT, BIN_GE, BIN_IN,
    BIN_CONTAINS, BIN_RANGE, BIN_WITHOUT, BIN_ADD, BIN_SUB, BIN_MUL, BIN_DIV
};

/* Three words: a tree takes more memory than all else that is known of a plan.
 * An offset fits; a node's number does because syn_grow_nodes() gives up before it would not. */
enum { SYN_REF_MAX = (1 << 27) - 1, SYN_AUX_MAX = (1 << 10) - 1 };
typedef struct SynNode {
    uint64_t start : 27, end : 27; /* byte offsets, end exclusive */
    uint64_t kind : 10;
    uint64_t a : 27, b : 27;       /* SynRefs, as are c and next */
    uint64_t aux : 10;
    uint64_t c : 27, next : 27;
} SynNode;
_Static_assert(sizeof(SynNode) == 24 && 2 * LIM_SOURCE_BYTES <= SYN_REF_MAX + 1, "see SynNode");

/* A comment: `#` one, or `##` documentation of the next declaration. */
typedef struct SynComment {
    uint32_t start, end;
    bool doc;
    bool own_line; /* nothing but blanks stands before it on its line */
} SynComment;

typedef struct SynToken {
    uint16_t kind; /* TOK_* of tokens.h */
    uint32_t start, end;
} SynToken;

/* What was wrong. The compiler turns these into diagnostics: code is the
 * diagnostic's number (1 for G0001); text and help are whole sentences. */
typedef struct SynError {
    uint16_t code;
    uint32_t start, end;
    uint32_t also_start, also_end; /* a second place; 0,0: none */
    const char *also;              /* its label */
    const char *text, *label, *help; /* headline, under the carets, way out; may be NULL but text */
    uint32_t fix_start, fix_end;   /* replace these bytes by fix; fix NULL: no fix */
    const char *fix;
    char fix_grade;                /* 'M', '?' or 'H' */
} SynError;

typedef struct SynTree {
    Str source;         /* borrowed */
    Arena *arena;       /* borrowed: error texts */
    SynNode *nodes;     uint32_t n_nodes, cap_nodes; /* [0] is SYN_NONE */
    uint32_t count[SYN_KIND_COUNT]; /* nodes of each kind: how large tables get */
    SynComment *comments; uint32_t n_comments, cap_comments;
    SynError *errors;   uint32_t n_errors, cap_errors;
    uint32_t *lines;    uint32_t n_lines; /* offset of each line's start */
    uint32_t *characters; /* where a line is very long: private to syn_place */
    SynRef *literals;   uint32_t n_literals, cap_literals; /* INT to INSTANT */
    bool beyond_ascii;                    /* in a text */
    bool cut;                             /* a limit was reached: the rest was not read */
    SynRef root;        /* SYN_FILE; always there */
} SynTree;

static inline const SynNode *syn(const SynTree *t, SynRef r)
{
    return &t->nodes[r];
}
static inline Str syn_text(const SynTree *t, SynRef r)
{
    return (Str){t->source.p + t->nodes[r].start,
                 t->nodes[r].end - t->nodes[r].start};
}
#define SYN_EACH(t, r, list) \
    for (SynRef r = (list); r != 0; r = syn((t), r)->next)
/* The names of a PATH, one by one: a path of one name is that name itself, since
 * most have one. A NAME stands for such a path, too. */
static inline SynRef syn_first_name(const SynTree *t, SynRef path)
{
    return syn(t, path)->kind == SYN_PATH && syn(t, path)->a != 0 ? syn(t, path)->a : path;
}
static inline SynRef syn_next_name(const SynTree *t, SynRef path, SynRef name)
{
    return name == path ? 0 : syn(t, name)->next;
}
static inline uint32_t syn_count(const SynTree *t, SynRef list)
{
    uint32_t n = 0;
    SYN_EACH(t, r, list)
        n++;
    return n;
}
/* The first of a list that is of this kind; 0: none. */
static inline SynRef syn_first(const SynTree *t, SynRef list, uint16_t kind)
{
    SYN_EACH(t, r, list)
        if (syn(t, r)->kind == kind)
            return r;
    return 0;
}

/* Parses. Never fails on text: the errors are in the tree. source is copied;
 * all memory is the arena's (on_full set: never returns NULL). */
SynTree *syn_parse(Str source, Arena *arena);
/* The same without a copy: source lives as long as the tree, with a NUL behind
 * it, which the lexer wants (re2c:eof). */
SynTree *syn_parse_borrowed(Str source, Arena *arena);
/* A tree of no language: for reports about a file that is no plan. */
SynTree *syn_plain(Str source, Arena *arena);
/* 1-based line and column in Unicode scalar values. */
void syn_place(const SynTree *t, uint32_t offset, uint32_t *line,
               uint32_t *column);
/* The number of its line, from 0: syn_place() counts the column too, which
 * costs the length of the line. */
uint32_t syn_line_index(const SynTree *t, uint32_t offset);
Str syn_line(const SynTree *t, uint32_t line); /* without the newline */
/* Decodes a TEXT or TEXTPART node: escapes, long text's common indentation. The
 * source itself where it says it plainly. */
Str syn_decode(const SynTree *t, SynRef r, Arena *arena);
/* The `##` lines right above a declaration, joined; {NULL,0}: none. */
Str syn_doc(const SynTree *t, SynRef r, Arena *arena);

/* The tokens of the text, without comments, in order; the formatter's input.
 * Lexical errors are not reported again. */
const SynToken *syn_tokens(const SynTree *t, Arena *arena, uint32_t *n);

const char *syn_kind_name(SynKind k);
/* `gatec dump --tokens`: LINE:COLUMN KIND "text"; `--ast`: an indented tree. */
void syn_dump_tokens(Str source, Arena *arena, Buf *out);
void syn_dump_tree(const SynTree *t, Buf *out);

#endif
