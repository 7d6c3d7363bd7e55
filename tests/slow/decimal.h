/* Decimals digit by digit, as one learns it at school: slow, and nothing in it
 * is shared with vm/core/value.c. */
#ifndef GATE_SLOW_DECIMAL_H
#define GATE_SLOW_DECIMAL_H

#include "vm/os/mem.h"

enum { DEC_DIGITS = 96 };
/* The whole number of the digits (d[0] is the last one), its point moved
 * `scale` digits to the left. */
typedef struct Dec {
    bool minus;
    int scale, n;
    unsigned char d[DEC_DIGITS];
} Dec;

Dec dec_int(int64_t i);
bool dec_read(Str s, Dec *out);          /* digits, maybe a point and more */
void dec_print(const Dec *a, Buf *out);
bool dec_zero(const Dec *a);
int dec_cmp(const Dec *a, const Dec *b);
Dec dec_add(const Dec *a, const Dec *b);
Dec dec_sub(const Dec *a, const Dec *b);
Dec dec_mul(const Dec *a, const Dec *b);
/* a / b, b not zero: exact where that takes no more than so many significant
 * digits and so many behind the point; else rounded there, half to even. Whole
 * results are exact up to whatever they need. significant 0: no such bound. */
Dec dec_div(const Dec *a, const Dec *b, int significant, int behind);
Dec dec_round(const Dec *a, int behind); /* half to even */
/* What gate can hold: a coefficient of 64 bits, at most 18 digits behind the
 * point, once zeros at the end are gone. */
bool dec_fits(const Dec *a);
bool dec_whole(const Dec *a);
bool dec_to_int(const Dec *a, int64_t *out); /* false: not whole, or too large */

#endif
