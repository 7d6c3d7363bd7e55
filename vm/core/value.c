/* Owns: values and exact decimal arithmetic, their text forms and literals.
 * Must not know: programs, types, JSON, the interpreter. */
#include "vm/core/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

/* Intermediates only: products of two coefficients need 126 bits, a
 * coefficient times 10^18 needs 123. */
__extension__ typedef __int128 Wide;

enum { SCALE_MAX = 18, DIGITS_MAX = 18 };

static const int64_t DAY_MS = 86400000;

static Wide pow10w(int n)
{
    Wide p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

Value val_make(ValueTag tag, int64_t i)
{
    Value v = {.tag = (uint8_t)tag};
    v.u.i = i;
    return v;
}

Value val_bool(bool b)
{
    return val_make(V_BOOL, b);
}

Value val_int(int64_t i)
{
    return val_make(V_NUMBER, i);
}

Value val_text(Str s)
{
    Value v = {.tag = V_TEXT};
    assert(s.n <= UINT32_MAX);
    v.len = (uint32_t)s.n;
    v.u.s = s.n == 0 ? "" : s.p;
    return v;
}

Str val_str(Value v)
{
    if (v.tag != V_TEXT)
        return (Str){"", 0};
    return (Str){v.u.s, v.len};
}

/* --- numbers --------------------------------------------------------------- */

static bool fits(Wide w, int64_t *out)
{
    if (w > INT64_MAX || w < INT64_MIN)
        return false;
    *out = (int64_t)w;
    return true;
}

static bool from_wide(Wide c, int scale, Value *out)
{
    int64_t i;
    while (scale > 0 && c % 10 == 0) {
        c /= 10;
        scale--;
    }
    if (scale > SCALE_MAX || !fits(c, &i))
        return false;
    *out = val_int(i);
    out->scale = (uint8_t)scale;
    return true;
}

bool num_make(int64_t coefficient, int scale, Value *out)
{
    Wide c = coefficient;
    if (coefficient == 0)
        scale = 0;
    for (; scale < 0; scale++) {
        c *= 10;
        if (c > INT64_MAX || c < INT64_MIN)
            return false;
    }
    return from_wide(c, scale, out);
}

/* The common case: whole numbers need no scaling. */
static bool whole(Wide w, Value *out)
{
    int64_t i;
    if (!fits(w, &i))
        return false;
    *out = val_int(i);
    return true;
}

/* Both coefficients at the greater of the two scales. */
static int align(Value a, Value b, Wide *wa, Wide *wb)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;
    *wa = (Wide)a.u.i * pow10w(scale - a.scale);
    *wb = (Wide)b.u.i * pow10w(scale - b.scale);
    return scale;
}

bool num_add(Value a, Value b, Value *out)
{
    Wide wa, wb;
    if ((a.scale | b.scale) == 0)
        return whole((Wide)a.u.i + b.u.i, out);
    int scale = align(a, b, &wa, &wb);
    return from_wide(wa + wb, scale, out);
}

bool num_sub(Value a, Value b, Value *out)
{
    Wide wa, wb;
    if ((a.scale | b.scale) == 0)
        return whole((Wide)a.u.i - b.u.i, out);
    int scale = align(a, b, &wa, &wb);
    return from_wide(wa - wb, scale, out);
}

/* The scale of n as a plain factor: a percent is a hundredth. */
static int factor_scale(Value n)
{
    return n.scale + (n.tag == V_PERCENT ? 2 : 0);
}

bool num_mul(Value a, Value b, Value *out)
{
    return from_wide((Wide)a.u.i * b.u.i, factor_scale(a) + factor_scale(b), out);
}

/* n / d rounded half to even; d > 0. */
static Wide div_even(Wide n, Wide d)
{
    Wide q = n / d, r = n % d, twice = (r < 0 ? -r : r) * 2;
    if (twice > d || (twice == d && q % 2 != 0))
        q += n < 0 ? -1 : 1;
    return q;
}

static int digit_count(Wide q)
{
    int n = 0;
    for (; q > 0; q /= 10)
        n++;
    return n;
}

/* Long division. Before the fraction, n and d are at most 9.3e36, so ten
 * times a remainder still fits 127 bits. */
bool num_div(Value a, Value b, Value *out)
{
    if (b.u.i == 0)
        return false;
    bool minus = (a.u.i < 0) != (b.u.i < 0);
    Wide n = (Wide)a.u.i * pow10w(b.scale), d = (Wide)b.u.i * pow10w(a.scale);
    n = n < 0 ? -n : n;
    d = d < 0 ? -d : d;
    Wide q = n / d, r = n % d;
    int scale = 0, digits = digit_count(q);
    while (r != 0 && digits < DIGITS_MAX && scale < SCALE_MAX) {
        r *= 10;
        q = q * 10 + r / d;
        r %= d;
        scale++;
        digits += digits > 0 || q > 0;
    }
    if (r != 0 && digits > DIGITS_MAX) {
        /* A whole part of 19 digits: its last one is rounded away. With a
         * remainder left, a 5 is more than a half. */
        q = (q / 10 + (q % 10 >= 5)) * 10;
    } else if (r != 0 && (r * 2 > d || (r * 2 == d && q % 2 != 0))) {
        q++;
    }
    return from_wide(minus ? -q : q, scale, out);
}

int num_cmp(Value a, Value b)
{
    Wide wa, wb;
    if ((a.scale | b.scale) == 0)
        return a.u.i < b.u.i ? -1 : a.u.i > b.u.i;
    align(a, b, &wa, &wb);
    return wa < wb ? -1 : wa > wb;
}

bool num_round(Value a, int digits, Value *out)
{
    if (digits < 0 || digits > SCALE_MAX)
        return false;
    if (digits >= a.scale) {
        *out = a;
        return true;
    }
    return from_wide(div_even(a.u.i, pow10w(a.scale - digits)), digits, out);
}

bool num_parse(Str s, Value *out)
{
    enum { WIDE_DIGITS = 37 };
    size_t i = 0;
    bool minus = s.n > 0 && s.p[0] == '-';
    i += minus;
    size_t whole = i;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    size_t point = i, end = i;
    if (i == whole)
        return false;
    if (i < s.n) {
        if (s.p[i++] != '.')
            return false;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
            i++;
        if (i == point + 1 || i != s.n)
            return false;
        for (end = i; end > point + 1 && s.p[end - 1] == '0'; end--) {
        }
        if (end == point + 1)
            end = point;
    }
    while (whole + 1 < point && s.p[whole] == '0')
        whole++;
    size_t scale = end == point ? 0 : end - point - 1;
    if (scale > SCALE_MAX || (point - whole) + scale > WIDE_DIGITS)
        return false;
    Wide c = 0;
    for (i = whole; i < end; i++)
        if (i != point)
            c = c * 10 + (s.p[i] - '0');
    return from_wide(minus ? -c : c, (int)scale, out);
}

/* Writes the digits of m, at least one more than scale, with the point. */
static size_t put_decimal(int64_t i, int scale, char *out)
{
    char digits[24];
    uint64_t m = i < 0 ? (uint64_t)0 - (uint64_t)i : (uint64_t)i;
    int n = 0;
    size_t w = 0;
    while (m > 0 || n <= scale) {
        digits[n++] = (char)('0' + m % 10);
        m /= 10;
    }
    if (i < 0)
        out[w++] = '-';
    while (n > 0) {
        out[w++] = digits[--n];
        if (n == scale && n > 0)
            out[w++] = '.';
    }
    return w;
}

void num_print(Value v, Buf *out)
{
    char form[VAL_FORM_SIZE];
    buf_put(out, form, put_decimal(v.u.i, v.scale, form));
}

bool num_to_int(Value v, int64_t *out)
{
    if (v.scale != 0)
        return false;
    *out = v.u.i;
    return true;
}

bool num_scale(int64_t a, Value n, int64_t *out)
{
    return fits(div_even((Wide)a * n.u.i, pow10w(factor_scale(n))), out);
}

bool num_unscale(int64_t a, Value n, int64_t *out)
{
    if (n.u.i == 0)
        return false;
    /* A percent would need 10^20 here, which is over 127 bits: no such
     * operator exists. */
    assert(n.tag == V_NUMBER);
    Wide num = (Wide)a * pow10w(n.scale), den = n.u.i;
    if (den < 0) {
        num = -num;
        den = -den;
    }
    return fits(div_even(num, den), out);
}

/* --- comparing ------------------------------------------------------------- */

static bool pay(uint64_t *fuel, uint64_t n)
{
    if (*fuel < n) {
        *fuel = 0;
        return false;
    }
    *fuel -= n;
    return true;
}

/* Depth is the type's, which the verifier bounds by LIM_NESTING. */
static bool equal(Value a, Value b, uint64_t *fuel, int depth)
{
    if (!pay(fuel, 1) || a.tag != b.tag || depth > LIM_NESTING)
        return false;
    switch (a.tag) {
    case V_ABSENT:
    case V_UNKNOWN:
        return false;
    case V_TEXT:
        return a.len == b.len && pay(fuel, a.len) &&
               memcmp(a.u.s, b.u.s, a.len) == 0;
    case V_LIST:
    case V_RECORD:
        if (a.len != b.len)
            return false;
        for (uint32_t i = 0; i < a.len; i++)
            if (!equal(a.u.items[i], b.u.items[i], fuel, depth + 1))
                return false;
        return true;
    default:
        return a.u.i == b.u.i && a.scale == b.scale;
    }
}

bool val_equal_fuel(Value a, Value b, uint64_t *fuel)
{
    return equal(a, b, fuel, 0);
}

bool val_equal(Value a, Value b)
{
    uint64_t fuel = UINT64_MAX;
    return equal(a, b, &fuel, 0);
}

int val_cmp(Value a, Value b)
{
    assert(a.tag == b.tag);
    if (a.tag == V_TEXT)
        return str_cmp(val_str(a), val_str(b));
    if (a.tag == V_NUMBER || a.tag == V_PERCENT)
        return num_cmp(a, b);
    return a.u.i < b.u.i ? -1 : a.u.i > b.u.i;
}

bool val_date_ok(int64_t days)
{
    return days >= -719528 && days <= 2932896;
}

bool val_instant_ok(int64_t ms)
{
    return ms >= -719528 * DAY_MS && ms < 2932897 * DAY_MS;
}

static bool known(Value v, int depth)
{
    if (v.tag == V_UNKNOWN || depth > LIM_NESTING)
        return false;
    if (v.tag != V_LIST && v.tag != V_RECORD)
        return true;
    for (uint32_t i = 0; i < v.len; i++)
        if (!known(v.u.items[i], depth + 1))
            return false;
    return true;
}

bool val_known(Value v)
{
    return known(v, 0);
}

static uint64_t weight(Value v, uint64_t cap, int depth)
{
    uint64_t n = 1;
    if (v.tag == V_TEXT)
        n += v.len / 16;
    if ((v.tag != V_LIST && v.tag != V_RECORD) || depth > LIM_NESTING)
        return n;
    for (uint32_t i = 0; i < v.len && n <= cap; i++)
        n += weight(v.u.items[i], cap - n, depth + 1);
    return n;
}

uint64_t val_weight(Value v, uint64_t cap)
{
    uint64_t n = weight(v, cap, 0);
    return n > cap && cap < UINT64_MAX ? cap + 1 : n;
}

/* Length of the well-formed sequence at p; 0: there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    unsigned c = p[0], low = 0x80, high = 0xbf;
    size_t len;
    if (c < 0x80)
        return c != 0;
    if (c >= 0xc2 && c <= 0xdf)
        len = 2;
    else if ((c & 0xf0) == 0xe0)
        len = 3;
    else if (c >= 0xf0 && c <= 0xf4)
        len = 4;
    else
        return 0;
    if (len > n)
        return 0;
    if (c == 0xe0)
        low = 0xa0; /* shortest form */
    if (c == 0xed)
        high = 0x9f; /* no surrogates */
    if (c == 0xf0)
        low = 0x90;
    if (c == 0xf4)
        high = 0x8f; /* nothing above U+10FFFF */
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/* Eight bytes of ASCII without NUL: most text is nothing else. The second test
 * finds a zero byte by the borrow that it takes. */
static bool ascii8(const unsigned char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return ((w | (w - UINT64_C(0x0101010101010101))) &
            UINT64_C(0x8080808080808080)) == 0;
}

bool text_ok(Str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0, len; i < s.n; i += len) {
        if (s.n - i >= 8 && ascii8(p + i)) {
            len = 8;
            continue;
        }
        len = utf8_length(p + i, s.n - i);
        if (len == 0)
            return false;
    }
    return true;
}

/* --- text forms ------------------------------------------------------------ */

static size_t put_word(char *out, const char *word)
{
    size_t n = strlen(word);
    memcpy(out, word, n);
    return n;
}

static const struct {
    const char *name;
    int64_t ms;
} duration_units[] = {{"w", 604800000}, {"d", 86400000}, {"h", 3600000},
                      {"m", 60000},     {"s", 1000},     {"ms", 1}};
enum { DURATION_UNITS = sizeof duration_units / sizeof *duration_units };

/* Weeks are read but not written: 14d says what 2w says to more people. */
static size_t put_duration(int64_t ms, char *out)
{
    uint64_t m = ms < 0 ? (uint64_t)0 - (uint64_t)ms : (uint64_t)ms;
    size_t w = 0;
    if (m == 0)
        return put_word(out, "0s");
    if (ms < 0)
        out[w++] = '-';
    for (int u = 1; u < DURATION_UNITS; u++) {
        uint64_t n = m / (uint64_t)duration_units[u].ms;
        if (n == 0)
            continue;
        m %= (uint64_t)duration_units[u].ms;
        w += put_decimal((int64_t)n, 0, out + w);
        w += put_word(out + w, duration_units[u].name);
    }
    return w;
}

static const struct {
    const char *name;
    int64_t bytes;
} size_units[] = {
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
    {"PB", 1000000000000000},
    {"KiB", INT64_C(1) << 10},
    {"MiB", INT64_C(1) << 20},
    {"GiB", INT64_C(1) << 30},
    {"TiB", INT64_C(1) << 40},
    {"PiB", INT64_C(1) << 50},
};
enum { SIZE_UNITS = sizeof size_units / sizeof *size_units };

/* The unit that leaves the smallest whole number. */
static size_t put_size(int64_t bytes, char *out)
{
    int best = 0;
    if (bytes == 0)
        return put_word(out, "0B");
    for (int u = 1; u < SIZE_UNITS; u++)
        if (bytes % size_units[u].bytes == 0 &&
            size_units[u].bytes > size_units[best].bytes)
            best = u;
    size_t w = put_decimal(bytes / size_units[best].bytes, 0, out);
    return w + put_word(out + w, size_units[best].name);
}

static size_t put_date(int64_t days, char *out)
{
    char buf[VAL_FORM_SIZE];
    int64_t y;
    int m, d;
    if (!val_date_ok(days))
        return put_word(out, "(no date)");
    os_civil_from_days(days, &y, &m, &d);
    snprintf(buf, sizeof buf, "%04d-%02d-%02d", (int)y, m, d);
    return put_word(out, buf);
}

static size_t put_time(int64_t ms, char *out)
{
    char buf[VAL_FORM_SIZE];
    if (ms < 0 || ms > DAY_MS)
        return put_word(out, "(no time)");
    int h = (int)(ms / 3600000), m = (int)(ms / 60000 % 60);
    int s = (int)(ms / 1000 % 60), rest = (int)(ms % 1000);
    if (rest != 0)
        snprintf(buf, sizeof buf, "%02d:%02d:%02d.%03d", h, m, s, rest);
    else if (s != 0)
        snprintf(buf, sizeof buf, "%02d:%02d:%02d", h, m, s);
    else
        snprintf(buf, sizeof buf, "%02d:%02d", h, m);
    return put_word(out, buf);
}

static size_t put_instant(int64_t ms, char *out)
{
    char buf[OS_INSTANT_SIZE];
    if (!val_instant_ok(ms))
        return put_word(out, "(no instant)");
    os_format_instant(ms, buf);
    if (memcmp(buf + 19, ".000Z", 5) == 0)
        memcpy(buf + 19, "Z", 2);
    return put_word(out, buf);
}

size_t val_form(Value v, char out[VAL_FORM_SIZE])
{
    size_t n;
    switch (v.tag) {
    case V_ABSENT: return put_word(out, "(none)");
    case V_UNKNOWN: return put_word(out, "(not known yet)");
    case V_BOOL: return put_word(out, v.u.i != 0 ? "true" : "false");
    case V_NUMBER: return put_decimal(v.u.i, v.scale, out);
    case V_PERCENT:
        n = put_decimal(v.u.i, v.scale, out);
        out[n] = '%';
        return n + 1;
    case V_SIZE: return put_size(v.u.i, out);
    case V_DURATION: return put_duration(v.u.i, out);
    case V_DATE: return put_date(v.u.i, out);
    case V_TIME: return put_time(v.u.i, out);
    case V_INSTANT: return put_instant(v.u.i, out);
    case V_LEVEL:
        out[0] = 'L';
        return 1 + put_decimal(v.u.i, 0, out + 1);
    default: return put_word(out, "(record)");
    }
}

static void print(Value v, Buf *out, int depth)
{
    if (v.tag == V_TEXT) {
        buf_put(out, v.u.s, v.len);
    } else if (v.tag == V_LIST && depth <= LIM_NESTING) {
        for (uint32_t i = 0; i < v.len; i++) {
            if (i > 0)
                buf_puts(out, ", ");
            print(v.u.items[i], out, depth + 1);
        }
    } else {
        char form[VAL_FORM_SIZE];
        buf_put(out, form, val_form(v, form));
    }
}

void val_print(Value v, Buf *out)
{
    print(v, out, 0);
}

/* --- literals -------------------------------------------------------------- */

static bool scan_digits(const char **p, const char *end, int64_t *out)
{
    const char *start = *p;
    Wide v = 0;
    while (*p < end && **p >= '0' && **p <= '9') {
        v = v * 10 + (**p - '0');
        if (v > INT64_MAX)
            return false;
        (*p)++;
    }
    *out = (int64_t)v;
    return *p > start;
}

static bool scan_word(const char **p, const char *end, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(end - *p) < n || memcmp(*p, word, n) != 0)
        return false;
    /* `m` must not take the front of `ms`: the word ends where letters end. */
    if (*p + n < end && ((*p)[n] >= 'A' && (*p)[n] <= 'z'))
        return false;
    *p += n;
    return true;
}

bool lit_duration(Str s, int64_t *ms)
{
    const char *p = s.p, *end = s.p + s.n;
    bool minus = s.n > 0 && *p == '-';
    Wide sum = 0;
    int unit = 0;
    p += minus;
    if (p == end)
        return false;
    while (p < end) {
        int64_t n;
        if (!scan_digits(&p, end, &n))
            return false;
        /* Units fall: 1h30m, never 30m1h, never 1h1h. */
        while (unit < DURATION_UNITS &&
               !scan_word(&p, end, duration_units[unit].name))
            unit++;
        if (unit == DURATION_UNITS)
            return false;
        sum += (Wide)n * duration_units[unit++].ms;
        if (sum > INT64_MAX)
            return false;
    }
    *ms = (int64_t)(minus ? -sum : sum);
    return true;
}

bool lit_size(Str s, int64_t *bytes)
{
    size_t n = s.n;
    Value number;
    while (n > 0 && ((s.p[n - 1] | 32) >= 'a' && (s.p[n - 1] | 32) <= 'z'))
        n--;
    Str unit = {s.p + n, s.n - n};
    if (!num_parse((Str){s.p, n}, &number))
        return false;
    for (int u = 0; u < SIZE_UNITS; u++) {
        if (!str_is(unit, size_units[u].name))
            continue;
        Wide w = (Wide)number.u.i * size_units[u].bytes;
        Wide d = pow10w(number.scale);
        return w % d == 0 && fits(w / d, bytes);
    }
    return false;
}

static bool two_digits(const char **p, const char *end, int max, int64_t *out)
{
    const char *start = *p;
    return end - *p >= 2 && scan_digits(p, start + 2, out) &&
           *p == start + 2 && *out <= max;
}

bool lit_time(Str s, int64_t *ms)
{
    const char *p = s.p, *end = s.p + s.n;
    int64_t h, m, sec = 0, frac = 0;
    /* 24:00 is how people write the end of a day. */
    if (str_is(s, "24:00")) {
        *ms = DAY_MS;
        return true;
    }
    if (!two_digits(&p, end, 23, &h) || !scan_word(&p, end, ":") ||
        !two_digits(&p, end, 59, &m))
        return false;
    if (p < end &&
        (!scan_word(&p, end, ":") || !two_digits(&p, end, 59, &sec)))
        return false;
    if (p < end && (!scan_word(&p, end, ".") || end - p != 3 ||
                    !scan_digits(&p, end, &frac)))
        return false;
    *ms = h * 3600000 + m * 60000 + sec * 1000 + frac;
    return p == end;
}

bool lit_date(Str s, int64_t *days)
{
    const char *p = s.p;
    int64_t y, m, d;
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' ||
        !scan_digits(&p, s.p + 4, &y) || p != s.p + 4)
        return false;
    p++;
    if (!two_digits(&p, s.p + 7, 12, &m) || p != s.p + 7)
        return false;
    p++;
    if (!two_digits(&p, s.p + 10, 31, &d) || p != s.p + 10 ||
        !os_date_valid(y, (int)m, (int)d))
        return false;
    *days = os_days_from_civil(y, (int)m, (int)d);
    return true;
}

bool lit_instant(Str s, int64_t *ms)
{
    enum { ZONE = 6 }; /* +01:00 */
    char utc[48];
    if (s.n <= ZONE || s.n >= sizeof utc)
        return false;
    const char *zone = s.p + s.n - ZONE;
    bool zoned = s.p[s.n - 1] == 'Z' ||
                 ((zone[0] == '+' || zone[0] == '-') && zone[3] == ':');
    memcpy(utc, s.p, s.n);
    utc[s.n] = 'Z';
    return os_parse_instant((Str){utc, zoned ? s.n : s.n + 1}, ms) &&
           val_instant_ok(*ms);
}
