/* Values of the language at run time: immutable, tagged, 16 bytes. Text, lists
 * and records point into an arena (a run's, or a program's for constants) and
 * are borrowed from it; nothing here is freed singly.
 *
 * Numbers are exact decimals: coefficient x 10^-scale, coefficient a signed 64
 * bit integer, scale 0..18, always normalised (no trailing zero digit in the
 * fraction), so that equal numbers have equal bytes. Overflow is an error,
 * never a wrap. No floats anywhere. A division that does not end is rounded
 * half to even at 18 significant digits, and never behind the 18th digit of
 * the fraction (so 1 / 30000 has 14 of them). */
#ifndef GATE_CORE_VALUE_H
#define GATE_CORE_VALUE_H

#include "vm/os/mem.h"

typedef enum ValueTag {
    V_ABSENT = 0, /* a skipped action's result: only default() may read it */
    V_UNKNOWN,    /* not known while staging; poisons what it touches */
    V_BOOL,       /* i: 0 or 1 */
    V_NUMBER,     /* i, scale */
    V_PERCENT,    /* i, scale: 10% is 10 */
    V_TEXT,       /* s, len: also email, host, url, one of; valid UTF-8 */
    V_SIZE,       /* i: bytes */
    V_DURATION,   /* i: milliseconds */
    V_DATE,       /* i: days since 1970-01-01 */
    V_TIME,       /* i: milliseconds since midnight */
    V_INSTANT,    /* i: milliseconds since the epoch, UTC */
    V_LEVEL,      /* i: 0..3 */
    V_LIST,       /* items, len */
    V_RECORD,     /* items, len: fields in the type's order */
    V_TAG_COUNT
} ValueTag;

typedef struct Value Value;
struct Value {
    uint8_t tag;
    uint8_t scale;
    uint16_t flags; /* VF_* */
    uint32_t len;
    union {
        int64_t i;
        const char *s;
        const Value *items;
    } u;
};
_Static_assert(sizeof(Value) == 16, "a value is 16 bytes");

enum {
    VF_TAINTED = 1 /* holds text that came from a tool or a person: `show`
                      marks it; never argv[0], never a path (G7005) */
};

Value val_bool(bool b);
Value val_int(int64_t i);
Value val_text(Str s); /* borrows s */
Value val_make(ValueTag tag, int64_t i);
Str val_str(Value v);

/* Exact arithmetic. false = overflow, division by zero, or a scale over 18. */
bool num_make(int64_t coefficient, int scale, Value *out); /* normalises */
bool num_add(Value a, Value b, Value *out);
bool num_sub(Value a, Value b, Value *out);
bool num_mul(Value a, Value b, Value *out); /* a percent is a hundredth; a number */
bool num_div(Value a, Value b, Value *out);
int num_cmp(Value a, Value b);
bool num_round(Value a, int digits, Value *out); /* half to even */
bool num_parse(Str s, Value *out);               /* -?[0-9]+(\.[0-9]+)? */
void num_print(Value v, Buf *out);               /* shortest exact form */
bool num_to_int(Value v, int64_t *out);          /* false when not whole */

/* a times number or percent n, and a / n, for whole a (bytes, milliseconds):
 * rounded half to even to a whole one. */
bool num_scale(int64_t a, Value n, int64_t *out);
bool num_unscale(int64_t a, Value n, int64_t *out);

/* Structural. Values of one static type; unknown and absent equal nothing. */
bool val_equal(Value a, Value b);
/* The same at a price: each value and byte looked at is taken from *fuel.
 * false with *fuel 0: it did not suffice. */
bool val_equal_fuel(Value a, Value b, uint64_t *fuel);
int val_cmp(Value a, Value b); /* ordered tags only */

/* No unknown anywhere inside. */
bool val_known(Value v);

/* How much there is to walk in v: one a value and one for every 16 bytes of
 * text, parts that are shared counted as often as they stand there. Stops
 * counting above cap (and says cap + 1). */
uint64_t val_weight(Value v, uint64_t cap);

/* What may be a text: valid UTF-8 (RFC 3629: shortest forms, no surrogates),
 * no NUL. */
bool text_ok(Str s);

/* How a value reads inside text: 1h30m, 10%, 50GB, 2026-12-24, true. Lists are
 * comma-separated. Records and secrets have no text form (G2xxx, G7001). */
void val_print(Value v, Buf *out);
/* Scalars only: the same form in a caller's buffer, its length returned. */
enum { VAL_FORM_SIZE = 64 };
size_t val_form(Value v, char out[VAL_FORM_SIZE]);

/* Literals of the language, whole text: 1h30m and 90s (also 250ms and a sign,
 * which val_print writes), 50GB and 10MiB and 123B, 08:00 and 08:00:30,
 * 2026-12-24, 2026-12-24T18:05Z and +01:00 (without a zone: UTC). One source for
 * the checker, the emitter, `--input` and val_print. */
bool lit_duration(Str s, int64_t *ms);
bool lit_size(Str s, int64_t *bytes);
bool lit_time(Str s, int64_t *ms);
bool lit_date(Str s, int64_t *days);
bool lit_instant(Str s, int64_t *ms);
/* Years 0000 to 9999: what dates and instants may hold. */
bool val_date_ok(int64_t days);
bool val_instant_ok(int64_t ms);

#endif
