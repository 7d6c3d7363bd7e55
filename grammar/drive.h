/* Inside the driver: what drive.c (feeding the parser), repair.c (reports, and
 * repairs by one token) and recover.c (habits, braces, panic) share. */
#ifndef GATE_GRAMMAR_DRIVE_H
#define GATE_GRAMMAR_DRIVE_H

#include "grammar/parser.h"

enum { DRV_AHEAD = 8 };

/* An open bracket, or an open text with an expression in it. */
typedef struct Bracket {
    uint16_t kind;   /* TOK_LB, TOK_LP, TOK_LS, TOK_TEXT_OPEN */
    uint16_t head;   /* of a block: the word of its statement; else 0 */
    uint32_t places; /* of a block: PL_* of what may stand in it; else 0 */
    uint32_t start;
    uint32_t indent; /* of its line */
    uint32_t depth;  /* of the parser, with it on the stack */
} Bracket;

typedef struct Driver {
    SynTree *t;
    Lexer *lx;
    Parser *p;
    ParseCtx ctx;
    SynToken prev, before;      /* pushed last, and before that */
    SynToken ahead[DRV_AHEAD];  /* read, not pushed */
    uint32_t n_ahead;
    Bracket open[LIM_NESTING];
    uint32_t n_open;
    Bracket closed;             /* the block closed last */
    uint32_t closed_at;         /* where its `}` is */
    uint32_t line;              /* index of the line that indent_at() saw last */
    bool suspect;               /* a `}` stood further left than its block: */
    Bracket suspect_block;      /* the block that it closed, */
    uint32_t suspect_end;       /* and where that should have ended */
    uint32_t pushed;            /* tokens since the last report */
    uint32_t reported_line;     /* 0: none yet */
    uint16_t reported_code;
    bool stray_brace;           /* a `}` that closes nothing was reported */
    uint32_t mistakes;
    bool over;                  /* a limit was reached: no more text is read */
} Driver;

/* --- drive.c ------------------------------------------------------------- */
/* The i-th token that was read and not pushed. */
SynToken drv_peek(Driver *d, uint32_t i);
/* Leaves the next one away. */
void drv_drop(Driver *d);
/* Takes the next token of a kind away, when it is near. */
SynToken drv_drop_ahead(Driver *d, uint16_t kind);
uint32_t drv_line_of(const Driver *d, uint32_t offset);
/* How far its line is indented, and whether it is the first thing on it. */
uint32_t drv_indent_of(const Driver *d, uint32_t offset, bool *first);
bool drv_first_on_line(const Driver *d, uint32_t offset);
bool drv_same_line(const Driver *d, uint32_t a, uint32_t b);
Str drv_text_of(const Driver *d, SynToken t);
/* The token as messages quote it: short, and on one line. */
const char *drv_quote(Driver *d, SynToken t);
/* NULL: nothing is open. */
const Bracket *drv_innermost(const Driver *d);
const Bracket *drv_innermost_block(const Driver *d);
/* Gates and milestones have clauses without braces: the open one's word. */
uint16_t drv_clause_head(const Driver *d);
/* "a `phase`": the first of these places. */
const char *drv_place_name(uint32_t places);
uint16_t drv_opener_of(uint16_t closer);
uint16_t drv_closer_of(uint16_t opener);
/* Only the first word of a file is the edition; elsewhere it may be a member. */
bool drv_after_edition(const Driver *d);
void drv_push(Driver *d, SynToken t);
/* A token that stands nowhere, behind the last one. */
void drv_push_made(Driver *d, uint16_t kind);

/* --- repair.c ------------------------------------------------------------ */
/* NULL: the same mistake as the last report, or reports enough. The others of
 * this group take that NULL. */
SynError *drv_report(Driver *d, uint16_t code, uint32_t start, uint32_t end,
                     const char *text);
void drv_explain(SynError *e, const char *label, const char *help);
void drv_fix(SynError *e, char grade, uint32_t start, uint32_t end,
             const char *text);
void drv_also(SynError *e, uint32_t start, uint32_t end, const char *text);
/* Does a new statement begin with this token, as far as the text shows? */
bool drv_begins_here(Driver *d, SynToken t);
/* "after `x` comes a name, `stop` or `continue`"; NULL: too much does. */
const char *drv_what_fits(Driver *d);
void drv_report_unexpected(Driver *d, SynToken t);
/* One token put in, exchanged or left out, and reported. false: none helps. */
bool drv_repair(Driver *d, SynToken t);

/* --- recover.c ----------------------------------------------------------- */
/* t does not fit: reports, and repairs or skips. */
void drv_mistake(Driver *d, SynToken t);

#endif
