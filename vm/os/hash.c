/* Owns: the binding to libcrypto's SHA-256. Must not know: what is hashed. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_*: see hash.h */
#include "vm/os/hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

Hash hash_bytes(const void *p, size_t n)
{
    Hash h;
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, p, n);
    SHA256_Final(h.b, &c);
    return h;
}

Hash hash_prefixed(unsigned char prefix, const void *a, size_t an,
                   const void *b, size_t bn)
{
    Hash h;
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, &prefix, 1);
    SHA256_Update(&c, a, an);
    SHA256_Update(&c, b, bn);
    SHA256_Final(h.b, &c);
    return h;
}

Hash hash_hmac(const void *key, size_t kn, const void *p, size_t n)
{
    return hash_hmac2(key, kn, p, n, NULL, 0);
}

/* RFC 2104 over the calls above: OpenSSL 3 has no low-level HMAC. */
Hash hash_hmac2(const void *key, size_t kn, const void *a, size_t an,
                const void *b, size_t bn)
{
    unsigned char k[64] = {0}, pad[64];
    Hash inner, outer;
    SHA256_CTX c;
    if (kn > sizeof k) {
        inner = hash_bytes(key, kn);
        memcpy(k, inner.b, sizeof inner.b);
    } else if (kn > 0) {
        memcpy(k, key, kn);
    }
    for (size_t i = 0; i < sizeof k; i++)
        pad[i] = k[i] ^ 0x36;
    SHA256_Init(&c);
    SHA256_Update(&c, pad, sizeof pad);
    SHA256_Update(&c, a, an);
    SHA256_Update(&c, b, bn);
    SHA256_Final(inner.b, &c);
    for (size_t i = 0; i < sizeof k; i++)
        pad[i] = k[i] ^ 0x5c;
    SHA256_Init(&c);
    SHA256_Update(&c, pad, sizeof pad);
    SHA256_Update(&c, inner.b, sizeof inner.b);
    SHA256_Final(outer.b, &c);
    OPENSSL_cleanse(k, sizeof k);
    OPENSSL_cleanse(pad, sizeof pad);
    return outer;
}

void hash_hex(const Hash *h, char out[65])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_SIZE; i++) {
        out[2 * i] = digits[h->b[i] >> 4];
        out[2 * i + 1] = digits[h->b[i] & 15];
    }
    out[64] = '\0';
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool hash_from_hex(Str hex, Hash *out)
{
    if (hex.n != 2 * HASH_SIZE)
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        int hi = nibble(hex.p[2 * i]), lo = nibble(hex.p[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out->b[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

bool hash_eq(const Hash *a, const Hash *b)
{
    return CRYPTO_memcmp(a->b, b->b, HASH_SIZE) == 0;
}
