/* Typed expressions at random, as text of the language: all operators in all
 * precedences, built-in functions, quantifiers, choices, records, lists,
 * members, indexes, texts with values in them, literals of every unit. What is
 * written has the type that was asked for by language.md section 3; it may
 * still be refused where a constant part overflows (G2015). */
#ifndef GATE_GEN_EXPR_H
#define GATE_GEN_EXPR_H

#include "tests/gen/random.h"
#include "vm/os/mem.h"

typedef enum GenKind {
    G_BOOL, G_NUMBER, G_PERCENT, G_TEXT, G_EMAIL, G_HOST, G_URL, G_SIZE,
    G_DURATION, G_DATE, G_TIME, G_INSTANT, G_LEVEL, G_ONEOF, G_LIST, G_RECORD
} GenKind;

/* Types are rows of one table: equal types have equal addresses. */
enum { GEN_FIELDS = 3 };
typedef struct GenType GenType;
struct GenType {
    GenKind kind;
    const GenType *elem;                 /* G_LIST */
    const char *names[GEN_FIELDS];       /* G_RECORD: members; G_ONEOF: choices */
    const GenType *fields[GEN_FIELDS];
    uint32_t n;
};
extern const GenType gen_types[];
extern const uint32_t gen_types_n;
enum { GEN_SCALARS = G_ONEOF + 1 };      /* gen_types[kind] is the plain type */
const GenType *gen_list_of(const GenType *elem); /* NULL: not in the table */
bool gen_is_text(const GenType *t);
bool gen_is_ordered(const GenType *t);
bool gen_has_form(const GenType *t);     /* may stand in a text */
/* An address or a choice: a bare text is none where its place does not say so. */
bool gen_needs_name(const GenType *t);
void gen_type_text(const GenType *t, Buf *out);

/* Whether a name may have no value: then it stands in default(), always, or
 * mostly (without, it may fail). */
typedef enum GenAbsent { GEN_THERE, GEN_MAY_MISS, GEN_MAY_MISS_BARE } GenAbsent;

/* A name that an expression may use, or what stands for a value as one does. */
enum { GEN_NAME = 80 };
typedef struct GenVar {
    char name[GEN_NAME];                 /* also a path: discovery.inventory.output */
    const GenType *type;
    GenAbsent absent;
} GenVar;

typedef struct GenExpr {
    GenRandom *r;
    Buf *out;
    const GenVar *vars; uint32_t n_vars; /* borrowed */
    bool edges;                          /* numbers near the limits, and what may fail */
    bool clock;                          /* `now` and `today` may stand here */
    bool one_line;                       /* inside a text */
    GenVar locals[4]; uint32_t n_locals; /* of quantifiers */
    uint32_t named;
} GenExpr;

/* One expression of type t, at most so deep. wanted: its place says the type,
 * so that a text may stand for an email, and [] for a list. */
void gen_expr(GenExpr *g, const GenType *t, int depth, bool wanted);
void gen_literal(GenExpr *g, const GenType *t);

#endif
