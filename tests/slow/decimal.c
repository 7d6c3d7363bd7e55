/* Owns: decimal arithmetic on digits. Must not know: values of the language. */
#include "tests/slow/decimal.h"

#include <assert.h>
#include <string.h>

/* No zeros in front, none at the end of a fraction, no minus zero. */
static Dec tidy(Dec a)
{
    while (a.n > 0 && a.d[a.n - 1] == 0)
        a.n--;
    while (a.n > 0 && a.scale > 0 && a.d[0] == 0) {
        memmove(a.d, a.d + 1, (size_t)a.n - 1);
        a.n--;
        a.scale--;
    }
    if (a.n == 0)
        a.scale = 0;
    a.minus = a.minus && a.n > 0;
    return a;
}

Dec dec_int(int64_t i)
{
    Dec a = {.minus = i < 0};
    uint64_t m = i < 0 ? (uint64_t)0 - (uint64_t)i : (uint64_t)i;
    for (; m > 0; m /= 10)
        a.d[a.n++] = (unsigned char)(m % 10);
    return a;
}

bool dec_read(Str s, Dec *out)
{
    Dec a = {0};
    bool point = false, any = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && !point && any) {
            point = true;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9' || a.n == DEC_DIGITS / 2)
            return false;
        memmove(a.d + 1, a.d, (size_t)a.n);
        a.d[0] = (unsigned char)(s.p[i] - '0');
        a.n++;
        a.scale += point;
        any = true;
    }
    *out = tidy(a);
    return any;
}

void dec_print(const Dec *a, Buf *out)
{
    if (a->minus)
        buf_putc(out, '-');
    int n = a->n > a->scale ? a->n : a->scale + 1;
    for (int i = n; i-- > 0;) {
        buf_putc(out, (char)('0' + (i < a->n ? a->d[i] : 0)));
        if (i == a->scale && i > 0)
            buf_putc(out, '.');
    }
}

bool dec_zero(const Dec *a)
{
    return a->n == 0;
}

/* Zeros at the end, so that the point stands behind so many digits. */
static Dec widen(Dec a, int scale)
{
    while (a.scale < scale) {
        assert(a.n < DEC_DIGITS);
        memmove(a.d + 1, a.d, (size_t)a.n);
        a.d[0] = 0;
        a.n += a.n > 0;
        a.scale++;
    }
    return a;
}

static int cmp_digits(const Dec *a, const Dec *b)
{
    int n = a->n > b->n ? a->n : b->n;
    for (int i = n; i-- > 0;) {
        int x = i < a->n ? a->d[i] : 0, y = i < b->n ? b->d[i] : 0;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Digits only; a's are not fewer in worth than b's for minus. */
static Dec digits_plus(const Dec *a, const Dec *b)
{
    Dec r = {.scale = a->scale};
    int carry = 0, n = a->n > b->n ? a->n : b->n;
    for (int i = 0; i < n || carry > 0; i++) {
        int s = carry + (i < a->n ? a->d[i] : 0) + (i < b->n ? b->d[i] : 0);
        assert(r.n < DEC_DIGITS);
        r.d[r.n++] = (unsigned char)(s % 10);
        carry = s / 10;
    }
    return r;
}

static Dec digits_minus(const Dec *a, const Dec *b)
{
    Dec r = {.scale = a->scale};
    int borrow = 0;
    for (int i = 0; i < a->n; i++) {
        int s = a->d[i] - borrow - (i < b->n ? b->d[i] : 0);
        borrow = s < 0;
        r.d[r.n++] = (unsigned char)(s + (borrow ? 10 : 0));
    }
    assert(borrow == 0);
    return r;
}

Dec dec_add(const Dec *x, const Dec *y)
{
    int scale = x->scale > y->scale ? x->scale : y->scale;
    Dec a = widen(*x, scale), b = widen(*y, scale), r;
    if (a.minus == b.minus) {
        r = digits_plus(&a, &b);
        r.minus = a.minus;
    } else if (cmp_digits(&a, &b) >= 0) {
        r = digits_minus(&a, &b);
        r.minus = a.minus;
    } else {
        r = digits_minus(&b, &a);
        r.minus = b.minus;
    }
    r.scale = scale;
    return tidy(r);
}

Dec dec_sub(const Dec *a, const Dec *b)
{
    Dec minus = *b;
    minus.minus = !minus.minus;
    return dec_add(a, &minus);
}

int dec_cmp(const Dec *a, const Dec *b)
{
    Dec r = dec_sub(a, b);
    return r.n == 0 ? 0 : r.minus ? -1 : 1;
}

Dec dec_mul(const Dec *a, const Dec *b)
{
    Dec r = {.minus = a->minus != b->minus, .scale = a->scale + b->scale};
    assert(a->n + b->n + 1 < DEC_DIGITS);
    for (int i = 0; i < a->n; i++) {
        int carry = 0;
        for (int k = 0; k < b->n || carry > 0; k++) {
            int s = r.d[i + k] + carry + (k < b->n ? a->d[i] * b->d[k] : 0);
            r.d[i + k] = (unsigned char)(s % 10);
            carry = s / 10;
        }
    }
    r.n = a->n + b->n + 1;
    return tidy(r);
}

/* One more digit behind the remainder; how often d goes into it. */
static unsigned char next_digit(Dec *rest, int digit, const Dec *d)
{
    unsigned char q = 0;
    assert(rest->n < DEC_DIGITS);
    memmove(rest->d + 1, rest->d, (size_t)rest->n);
    rest->d[0] = (unsigned char)digit;
    rest->n++;
    *rest = tidy(*rest);
    while (cmp_digits(rest, d) >= 0) {
        *rest = tidy(digits_minus(rest, d));
        q++;
    }
    return q;
}

/* r's last digit goes up by one when the rest behind it, twice, is more than
 * d, or just as much and the digit is odd. */
static Dec round_up(Dec r, const Dec *rest, const Dec *d)
{
    Dec twice = digits_plus(rest, rest), one = dec_int(1);
    int c = cmp_digits(&twice, d);
    bool odd = r.n > 0 && r.d[0] % 2 == 1;
    if (c < 0 || (c == 0 && !odd))
        return r;
    bool minus = r.minus;
    int scale = r.scale;
    r = digits_plus(&r, &one);
    r.minus = minus;
    r.scale = scale;
    return r;
}

static int significant_digits(const Dec *a)
{
    int n = a->n;
    while (n > 0 && a->d[n - 1] == 0)
        n--;
    return n;
}

static void push(Dec *r, unsigned char digit)
{
    assert(r->n < DEC_DIGITS);
    memmove(r->d + 1, r->d, (size_t)r->n);
    r->d[0] = digit;
    r->n++;
}

Dec dec_div(const Dec *a, const Dec *b, int significant, int behind)
{
    Dec num = *a, den = *b, rest = {0}, r = {.minus = a->minus != b->minus};
    /* Whole numbers of the same ratio. */
    num.scale = 0;
    den.scale = 0;
    num.minus = den.minus = false;
    num = widen(num, b->scale);
    den = widen(den, a->scale);
    num.scale = den.scale = 0;
    for (int i = num.n; i-- > 0;)
        push(&r, next_digit(&rest, num.d[i], &den));
    while (rest.n > 0 && r.scale < behind && (significant == 0 || significant_digits(&r) < significant)) {
        push(&r, next_digit(&rest, 0, &den));
        r.scale++;
    }
    if (rest.n == 0)
        return tidy(r);
    int extra = significant == 0 ? 0 : significant_digits(&r) - significant;
    if (extra <= 0)
        return tidy(round_up(r, &rest, &den));
    /* A whole part that is too long: its last digits are rounded away. A rest
     * behind them makes a half more than a half. */
    Dec kept = r;
    memmove(kept.d, kept.d + extra, (size_t)(kept.n - extra));
    kept.n -= extra;
    Dec gone = {.n = extra}, unit = dec_int(1), one = dec_int(1);
    memcpy(gone.d, r.d, (size_t)extra);
    unit = widen(unit, extra + 1);  /* tenfold, so that the rest has a digit */
    gone = widen(tidy(gone), 1);
    gone.scale = unit.scale = 0;
    gone = digits_plus(&gone, &one);
    kept = round_up(kept, &gone, &unit);
    kept.scale = 0;
    kept = widen(kept, extra);
    kept.scale = 0;
    return tidy(kept);
}

Dec dec_round(const Dec *a, int behind)
{
    Dec r = *a, rest = {0}, unit = dec_int(1);
    int extra = a->scale - behind;
    if (extra <= 0)
        return tidy(r);
    while (r.n < extra)
        r.d[r.n++] = 0;
    memcpy(rest.d, r.d, (size_t)extra);
    rest.n = extra;
    memmove(r.d, r.d + extra, (size_t)(r.n - extra));
    r.n -= extra;
    r.scale = behind;
    rest = tidy(rest);
    rest.scale = 0;
    unit = widen(unit, extra);
    unit.scale = 0;
    return tidy(round_up(r, &rest, &unit));
}

bool dec_fits(const Dec *a)
{
    Dec most = dec_int(INT64_MAX), one = dec_int(1), c = tidy(*a);
    if (c.scale > 18)
        return false;
    if (c.minus)
        most = digits_plus(&most, &one);
    c.scale = 0;
    return cmp_digits(&c, &most) <= 0;
}

bool dec_whole(const Dec *a)
{
    return tidy(*a).scale == 0;
}

bool dec_to_int(const Dec *a, int64_t *out)
{
    Dec c = tidy(*a);
    uint64_t m = 0;
    if (c.scale != 0 || !dec_fits(&c))
        return false;
    for (int i = c.n; i-- > 0;)
        m = m * 10 + c.d[i];
    *out = c.minus ? (int64_t)(0 - m) : (int64_t)m;
    return true;
}
