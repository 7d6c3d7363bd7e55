/* Owns: how bytes travel inside the socket's lines and the log's output.
 * Must not know: what they say. */
#include "vm/server/svc.h"

#include <openssl/evp.h>
#include <string.h>

/* RFC 4648 section 4, without line breaks. */
void wire_base64(Buf *out, Str bytes)
{
    unsigned char block[65];
    while (bytes.n > 0) {
        size_t n = bytes.n < 48 ? bytes.n : 48; /* a multiple of 3 until the last */
        int put = EVP_EncodeBlock(block, (const unsigned char *)bytes.p, (int)n);
        buf_put(out, block, (size_t)put);
        bytes.p += n;
        bytes.n -= n;
    }
}

/* EVP_DecodeBlock takes any white space and counts padding as zero bytes, so
 * length and padding are checked here. */
bool wire_unbase64(Str text, Buf *out)
{
    unsigned char block[48];
    if (text.n % 4 != 0)
        return false;
    for (size_t at = 0; at < text.n; at += 64) {
        size_t n = text.n - at < 64 ? text.n - at : 64;
        bool last = at + n == text.n;
        size_t pad = 0;
        while (last && pad < 2 && text.p[at + n - 1 - pad] == '=')
            pad++;
        for (size_t i = 0; i < n - pad; i++) {
            unsigned char c = (unsigned char)text.p[at + i];
            if (c <= ' ' || c == '=')
                return false;
        }
        int got = EVP_DecodeBlock(block, (const unsigned char *)text.p + at,
                                  (int)n);
        if (got < 0 || (size_t)got < pad)
            return false;
        buf_put(out, block, (size_t)got - pad);
    }
    return !out->failed;
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool wire_utf8(Str s)
{
    const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;
    while (p < end) {
        unsigned c = *p++;
        if (c < 0x80)
            continue;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || end - p < more)
            return false;
        unsigned lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        if (*p < lo || *p > hi)
            return false;
        for (p++; --more > 0; p++) {
            if ((*p & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

static void put_leaf(Buf *out, const Json *j)
{
    switch (j->kind) {
    case J_NULL: buf_puts(out, "null"); break;
    case J_FALSE: buf_puts(out, "false"); break;
    case J_TRUE: buf_puts(out, "true"); break;
    case J_NUMBER: buf_str(out, j->text); break;
    case J_TEXT: json_put_text(out, j->text); break;
    case J_ARRAY: buf_puts(out, "[]"); break;
    case J_OBJECT: buf_puts(out, "{}"); break;
    }
}

/* The reader bounds depth at LIM_JSON_DEPTH, so an explicit stack is enough. */
void svc_put_json(Buf *out, const Json *root)
{
    const Json *open[LIM_JSON_DEPTH + 1];
    size_t depth = 0;
    const Json *j = root;
    while (j != NULL) {
        if (depth > 0 && open[depth - 1]->kind == J_OBJECT) {
            json_put_text(out, j->key);
            buf_putc(out, ':');
        }
        if (j->child != NULL && depth <= LIM_JSON_DEPTH) {
            buf_putc(out, j->kind == J_ARRAY ? '[' : '{');
            open[depth++] = j;
            j = j->child;
            continue;
        }
        put_leaf(out, j);
        while (depth > 0 && j->next == NULL) {
            j = open[--depth];
            buf_putc(out, j->kind == J_ARRAY ? ']' : '}');
        }
        if (depth == 0)
            return;
        buf_putc(out, ',');
        j = j->next;
    }
}

static bool part_is_json(Buf *out, Str bytes)
{
    Arena *arena = arena_new(0);
    const Json *j = arena == NULL ? NULL : json_parse(bytes, arena, NULL);
    if (j != NULL)
        svc_put_json(out, j);
    arena_free(arena);
    return j != NULL;
}

void wire_put_part(Buf *out, Str bytes, const char *media)
{
    if (strcmp(media, "application/json") == 0 && part_is_json(out, bytes))
        return;
    if (wire_utf8(bytes) && memchr(bytes.p, '\0', bytes.n) == NULL) {
        json_put_text(out, bytes);
        return;
    }
    buf_puts(out, "{\"base64\":\"");
    wire_base64(out, bytes);
    buf_puts(out, "\"}");
}
