/* Diagnostics: values, a list, and its printers. Libraries never print; the
 * programs do. Codes, severities, titles and explanations stand in diag.def,
 * the one source of messages, `gatec explain` and the docs. House rules:
 * one cause, one report; sentences that a project manager can read aloud; at
 * most one help; never the name of a grammar symbol. */
#ifndef GATE_COMPILER_DIAG_H
#define GATE_COMPILER_DIAG_H

#include "grammar/syntax.h"

typedef enum DiagSeverity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE } DiagSeverity;

typedef struct DiagSource {
    Str path;          /* as the user wrote it; "<stdin>" */
    const SynTree *tree;
} DiagSource;

typedef struct DiagLabel {
    const DiagSource *source;
    uint32_t start, end;
    Str text;
} DiagLabel;

typedef struct DiagFix {
    Str title;         /* "add a prerequisite" */
    char grade;        /* M machine, ? probably, H has a placeholder */
    const DiagSource *source;
    uint32_t start, end; /* replaced by text; start == end inserts */
    Str text;
} DiagFix;

enum { DIAG_LABELS = 4, DIAG_FIXES = 3 };

typedef struct Diag {
    uint16_t code;     /* 3001 for G3001 */
    DiagSeverity severity;
    DiagLabel at;      /* primary */
    Str message;       /* headline */
    DiagLabel also[DIAG_LABELS]; uint32_t n_also;
    Str note;          /* "open path: a, b, c.d"; empty: none */
    Str help;          /* at most one */
    DiagFix fixes[DIAG_FIXES]; uint32_t n_fixes;
    bool of_text;      /* the parser said it: the text itself is broken */
} Diag;

typedef struct DiagList {
    Arena *arena;
    Diag *items;
    uint32_t n, cap;
    uint32_t errors;
    uint32_t kept[2];    /* errors, and all others: at most LIM_DIAGNOSTICS each */
    uint32_t more[2];    /* and how many were only counted */
    Diag spare;          /* what those are written to */
} DiagList;

/* A new diagnostic at a place, to be filled further; message is printf-like.
 * Past LIM_DIAGNOSTICS it is counted and not kept (diag_lost): what fills it
 * then does nothing, so a caller need not ask but to save itself work. */
Diag *diag_add(DiagList *l, uint16_t code, const DiagSource *s, uint32_t start,
               uint32_t end, const char *message, ...)
    __attribute__((format(printf, 6, 7)));
/* The same where one cause of a code is worse than its row says: an error. */
Diag *diag_add_error(DiagList *l, uint16_t code, const DiagSource *s, uint32_t start,
                     uint32_t end, const char *message, ...)
    __attribute__((format(printf, 6, 7)));
void diag_label(DiagList *l, Diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* text under the primary place */
void diag_also(DiagList *l, Diag *d, const DiagSource *s, uint32_t start,
               uint32_t end, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void diag_note(DiagList *l, Diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_help(DiagList *l, Diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_fix(DiagList *l, Diag *d, char grade, const DiagSource *s,
              uint32_t start, uint32_t end, Str text, const char *title);

/* Puts all of more behind those of l. Its texts stay where they are. */
void diag_append(DiagList *l, const DiagList *more);
bool diag_lost(const DiagList *l, const Diag *d);

/* By file in order of first use, then position; duplicates merged. */
void diag_sort(DiagList *l);
/* Source excerpts with carets, as notes/diagnostics.md shows; colour when
 * asked; at most LIM_ERRORS_SHOWN errors, then "and N more". */
void diag_print_text(const DiagList *l, bool colour, Buf *out);
/* {"diagnostics": [...]}: design section 2 and diagnostics.schema.json. */
void diag_print_json(const DiagList *l, Buf *out);
/* SARIF 2.1.0, with a rule for each code that is reported. folder: the absolute
 * path that the paths of the sources start from; empty: not known. */
void diag_print_sarif(const DiagList *l, Str folder, Buf *out);
/* The page of a code: title, why, a wrong and a right example. false: none. */
bool diag_explain(uint16_t code, Buf *out);

#endif
