/* The table of codes, as data: rows of diag.def. For the printers, for `gatec
 * explain` and for tests that must see every code. */
#ifndef GATE_COMPILER_DIAG_TABLE_H
#define GATE_COMPILER_DIAG_TABLE_H

#include "compiler/diag/diag.h"

typedef struct DiagEntry {
    uint16_t code;
    DiagSeverity severity;
    const char *title; /* what is wrong, in a few words */
    const char *why;   /* a paragraph */
    const char *bad;   /* a plan, or a piece of one, that is wrong */
    const char *good;  /* the same, repaired */
} DiagEntry;

const DiagEntry *diag_entry(uint16_t code); /* NULL: no such code */
const DiagEntry *diag_entries(size_t *n);   /* ascending by code */
const char *diag_grades(uint16_t code);      /* of its repairs: "M", "?H"; empty: none */
const char *diag_severity_word(DiagSeverity s);
/* A text in JSON. Bytes that are no UTF-8, in a file's name or quoted from a
 * broken file, become U+FFFD. */
void diag_put_json(Buf *out, Str s);

#endif
