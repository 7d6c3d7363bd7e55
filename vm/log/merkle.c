/* Owns: the RFC 6962 tree (section 2.1), as its right edge. Must not know:
 * what a leaf holds, or where it is kept. */
#include "vm/log/log.h"

#include <assert.h>

Hash merkle_leaf(Str data)
{
    return hash_prefixed(0x00, data.p, data.n, NULL, 0);
}

static Hash node(const Hash *left, const Hash *right)
{
    return hash_prefixed(0x01, left->b, HASH_SIZE, right->b, HASH_SIZE);
}

/* Adding one to size carries like adding one to a binary number: each set bit
 * at the low end is a perfect subtree of the same height as what is carried. */
void merkle_add(MerkleEdge *e, const Hash *leaf)
{
    Hash carried = *leaf;
    for (uint64_t bits = e->size; (bits & 1) != 0; bits >>= 1) {
        assert(e->n > 0);
        carried = node(&e->node[--e->n], &carried);
    }
    assert(e->n < 64);
    e->node[e->n++] = carried;
    e->size++;
}

/* The left subtree is the largest power of two below the size: folding the
 * edge from the right gives exactly that split. */
Hash merkle_root(const MerkleEdge *e)
{
    if (e->n == 0)
        return hash_bytes("", 0);
    Hash root = e->node[e->n - 1];
    for (unsigned i = e->n - 1; i-- > 0;)
        root = node(&e->node[i], &root);
    return root;
}
