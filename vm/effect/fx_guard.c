/* Owns: which addresses a request may connect to. Must not know: HTTP, names.
 *
 * It is asked about the address of the socket, after resolution, so no spelling
 * of a URL and no answer of a name server gets past it. */
#include "vm/effect/fx_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

typedef enum Kind { G_PUBLIC, G_PRIVATE, G_NAMED, G_NEVER, G_EMBEDS96, G_EMBEDS16 } Kind;

typedef struct Address {
    unsigned char b[16];
    unsigned size; /* 4 or 16 bytes */
} Address;

static const struct {
    const char *prefix;
    unsigned bits;
    Kind kind;
    const char *words;
} ranges[] = {
#define RANGE(prefix, bits, kind, words) {prefix, bits, kind, words},
#include "vm/effect/ranges.def"
#undef RANGE
};

static bool parse(const char *z, Address *a)
{
    a->size = strchr(z, ':') != NULL ? 16 : 4;
    return inet_pton(a->size == 16 ? AF_INET6 : AF_INET, z, a->b) == 1;
}

static bool in_prefix(const Address *a, const Address *prefix, unsigned bits)
{
    if (a->size != prefix->size || bits > a->size * 8)
        return false;
    for (unsigned i = 0; i < bits; i++) {
        unsigned bit = 7 - i % 8;
        if (((a->b[i / 8] ^ prefix->b[i / 8]) >> bit & 1) != 0)
            return false;
    }
    return true;
}

static Kind kind_of(const Address *a, const char **words)
{
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        Address p;
        if (!parse(ranges[i].prefix, &p) || !in_prefix(a, &p, ranges[i].bits))
            continue;
        *words = ranges[i].words;
        return ranges[i].kind;
    }
    *words = "a public address";
    return G_PUBLIC;
}

/* The translator's prefix is how an IPv6-only network reaches IPv4: public
 * addresses behind it are public. The other forms have no such use. */
static Kind kind_within(const Address *a, const char **words)
{
    Kind k = kind_of(a, words);
    if (k != G_EMBEDS96 && k != G_EMBEDS16)
        return k;
    Address inner = {.size = 4};
    memcpy(inner.b, a->b + (k == G_EMBEDS96 ? 12 : 2), 4);
    bool translator = a->b[0] == 0 && a->b[1] == 0x64;
    const char *outer = *words;
    Kind in = kind_of(&inner, words);
    if (in == G_PUBLIC && !translator) {
        *words = outer;
        return G_NEVER;
    }
    return in;
}

/* "10.1.0.0/16", "fd12::/48", or one address. */
static bool in_list(const Address *a, const FxGrant *g)
{
    for (uint32_t i = 0; i < g->n_addresses; i++) {
        char z[64];
        unsigned bits;
        Address p;
        if (g->addresses[i].n >= sizeof z)
            continue;
        memcpy(z, g->addresses[i].p, g->addresses[i].n);
        z[g->addresses[i].n] = '\0';
        char *slash = strchr(z, '/');
        if (slash != NULL)
            *slash = '\0';
        if (!parse(z, &p))
            continue;
        bits = p.size * 8;
        if (slash != NULL && sscanf(slash + 1, "%3u", &bits) != 1)
            continue;
        if (in_prefix(a, &p, bits))
            return true;
    }
    return false;
}

static bool address_of(const struct sockaddr *to, Address *a)
{
    if (to->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, to, sizeof in);
        a->size = 4;
        memcpy(a->b, &in.sin_addr, 4);
        return true;
    }
    if (to->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, to, sizeof in);
        a->size = 16;
        memcpy(a->b, &in.sin6_addr, 16);
        return true;
    }
    return false;
}

bool guard_address(const struct sockaddr *to, const FxGrant *grant, Buf *why)
{
    Address a = {.size = 0};
    const char *words = "no internet address";
    bool known = address_of(to, &a);
    Kind k = known ? kind_within(&a, &words) : G_NEVER;
    bool listed = known && in_list(&a, grant);
    bool ok = k != G_NEVER && (k == G_PUBLIC || grant->is_private) &&
              (listed || (grant->n_addresses == 0 && k != G_NAMED));
    if (ok)
        return true;
    char z[INET6_ADDRSTRLEN] = "?";
    if (known)
        inet_ntop(a.size == 16 ? AF_INET6 : AF_INET, a.b, z, sizeof z);
    const char *way = k == G_NEVER ? "gate never goes there"
        : k == G_PUBLIC ? "the grant's `addresses` do not have it"
        : k == G_NAMED ? "only a grant with `private = true` and it in `addresses` allows that"
        : grant->is_private ? "the grant's `addresses` do not have it"
                            : "only a grant with `private = true` allows that";
    buf_printf(why, "%s is %s, and %s", z, words, way);
    return false;
}
