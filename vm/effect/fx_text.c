/* Owns: turning bytes of programs, files and servers into text. Must not know:
 * where they come from. */
#include "vm/effect/fx_int.h"

/* Length of the well-formed sequence at p, 0 when there is none: table 3-7 of
 * the Unicode Standard (no overlong forms, no surrogates, at most U+10FFFF). */
static size_t sequence(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return p[0] != 0;
    size_t want = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n < want)
        return 0;
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < want; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return want;
}

bool fx_is_text(Str bytes)
{
    for (size_t i = 0; i < bytes.n;) {
        size_t k = sequence((const unsigned char *)bytes.p + i, bytes.n - i);
        if (k == 0)
            return false;
        i += k;
    }
    return true;
}

/* How many good bytes stand at the front, at most max. */
static size_t good_run(Str s, size_t max)
{
    size_t i = 0;
    while (i < s.n) {
        size_t k = sequence((const unsigned char *)s.p + i, s.n - i);
        if (k == 0 || i + k > max)
            break;
        i += k;
    }
    return i;
}

bool fx_clean(Buf *out, Str bytes, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t room = max;
    while (bytes.n > 0) {
        size_t k = good_run(bytes, room);
        buf_put(out, bytes.p, k);
        room -= k, bytes.p += k, bytes.n -= k;
        if (bytes.n == 0)
            break;
        if (sequence((const unsigned char *)bytes.p, bytes.n) != 0 || room < 3)
            return false;
        buf_put(out, replacement, 3);
        room -= 3, bytes.p++, bytes.n--;
    }
    return true;
}
