/* Owns: instants and dates as arithmetic. Must not know: any clock. */
#include "vm/os/os.h"

#include <stdio.h>
#include <string.h>

/* Days are counted in eras of 400 years (146097 days), years beginning in
 * March, so that the leap day is the last of its year. */
int64_t os_days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void os_civil_from_days(int64_t days, int64_t *y, int *m, int *d)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = yoe + era * 400 + (*m <= 2);
}

bool os_date_valid(int64_t y, int m, int d)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > days[m - 1])
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m != 2 || d < 29 || leap;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void os_format_instant(int64_t ms, char out[OS_INSTANT_SIZE])
{
    const int64_t day = 86400000;
    /* 0000-01-01 and 9999-12-31 23:59:59.999: what the form can say. */
    const int64_t lo = -719528 * day, hi = 2932897 * day - 1;
    ms = ms < lo ? lo : ms > hi ? hi : ms;
    int64_t days = floor_div(ms, day), rest = ms - days * day, y;
    int m, d;
    os_civil_from_days(days, &y, &m, &d);
    char buf[64];
    snprintf(buf, sizeof buf, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)y, m,
             d, (int)(rest / 3600000), (int)(rest / 60000 % 60),
             (int)(rest / 1000 % 60), (int)(rest % 1000));
    memcpy(out, buf, OS_INSTANT_SIZE);
    out[OS_INSTANT_SIZE - 1] = '\0';
}

typedef struct Scan {
    const char *p, *end;
} Scan;

static bool digits(Scan *s, int n, int *out)
{
    int v = 0;
    if (s->end - s->p < n)
        return false;
    for (int i = 0; i < n; i++) {
        char c = s->p[i];
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    s->p += n;
    *out = v;
    return true;
}

static bool lit(Scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool fraction(Scan *s, int *ms)
{
    int scale = 100, any = 0;
    *ms = 0;
    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++, any = 1) {
        *ms += (*s->p - '0') * scale;
        scale /= 10;
    }
    return any;
}

static bool zone(Scan *s, int *minutes)
{
    int h, m;
    *minutes = 0;
    if (lit(s, 'Z'))
        return true;
    int sign = lit(s, '+') ? 1 : lit(s, '-') ? -1 : 0;
    if (sign == 0 || !digits(s, 2, &h) || !lit(s, ':') || !digits(s, 2, &m) ||
        h > 23 || m > 59)
        return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

bool os_parse_instant(Str str, int64_t *out)
{
    Scan s = {str.p, str.p + str.n};
    int y, mo, d, h, mi, sec = 0, ms = 0, off;
    if (!digits(&s, 4, &y) || !lit(&s, '-') || !digits(&s, 2, &mo) ||
        !lit(&s, '-') || !digits(&s, 2, &d) || !lit(&s, 'T') ||
        !digits(&s, 2, &h) || !lit(&s, ':') || !digits(&s, 2, &mi))
        return false;
    if (lit(&s, ':')) {
        if (!digits(&s, 2, &sec) || (lit(&s, '.') && !fraction(&s, &ms)))
            return false;
    }
    if (!zone(&s, &off) || s.p != s.end || !os_date_valid(y, mo, d) || h > 23 ||
        mi > 59 || sec > 59)
        return false;
    int64_t days = os_days_from_civil(y, mo, d);
    *out = ((days * 24 + h) * 60 + mi - off) * 60000 + sec * 1000 + ms;
    return true;
}

void os_uuid4(const unsigned char random[16], char out[OS_UUID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    char *p = out;
    for (int i = 0; i < 16; i++) {
        unsigned char b = random[i];
        if (i == 6)
            b = (unsigned char)((b & 0x0f) | 0x40); /* version 4 */
        if (i == 8)
            b = (unsigned char)((b & 0x3f) | 0x80); /* variant 10 */
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = hex[b >> 4];
        *p++ = hex[b & 15];
    }
    *p = '\0';
}
