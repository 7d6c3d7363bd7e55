/* The tree against vectors of others: the classic inputs of certificate
 * transparency, and a foreign tlog-tiles log with a head for each size. */
#include "tests/unit/test_log_util.h"

#include "vm/core/json.h"

static const Json *nth(const Json *array, size_t n)
{
    const Json *j = array->child;
    while (n-- > 0)
        j = j->next;
    return j;
}

static void rfc6962_vectors(void **state)
{
    (void)state;
    Buf file = {0};
    NEED("rfc6962.json", &file);
    Arena *a = arena_new(0);
    const Json *top = json_parse(buf_view(&file), a, NULL);
    assert_non_null(top);
    const Json *inputs = json_get(top, "leaf_inputs_hex");
    const Json *leaves = json_get(top, "leaf_hashes_hex");
    const Json *roots = json_get(top, "roots_hex_by_size");
    assert_non_null(roots);
    assert_int_equal(inputs->count, 8);
    MerkleEdge e = {0};
    for (size_t i = 0; i <= inputs->count; i++) {
        char hex[65];
        Str want = nth(roots, i)->text;
        Hash root = merkle_root(&e);
        hash_hex(&root, hex);
        assert_int_equal(e.size, i);
        assert_true(str_is(want, hex));
        if (i == inputs->count)
            break;
        unsigned char data[64];
        Str in = nth(inputs, i)->text;
        Hash leaf = merkle_leaf((Str){(char *)data, hex_decode(in, data)});
        hash_hex(&leaf, hex);
        assert_true(str_is(nth(leaves, i)->text, hex));
        merkle_add(&e, &leaf);
    }
    arena_free(a);
    buf_free(&file);
}

/* Line n of a checkpoint (C2SP tlog-checkpoint: origin, size, root). */
static Str line(Str text, int n)
{
    const char *p = text.p, *end = text.p + text.n, *q = p;
    for (;;) {
        q = memchr(p, '\n', (size_t)(end - p));
        assert_non_null(q);
        if (n-- == 0)
            return (Str){p, (size_t)(q - p)};
        p = q + 1;
    }
}

static void check_against(const char *dir, uint64_t size, const MerkleEdge *e)
{
    Buf file = {0};
    char name[64], digits[24];
    unsigned char want[64];
    snprintf(name, sizeof name, "%s.%llu", dir, (unsigned long long)size);
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)size);
    assert_true(shared_file(name, &file));
    assert_true(str_is(line(buf_view(&file), 1), digits));
    assert_int_equal(base64_decode(line(buf_view(&file), 2), want), HASH_SIZE);
    Hash root = merkle_root(e);
    assert_memory_equal(root.b, want, HASH_SIZE);
    buf_free(&file);
}

/* An entry bundle: two bytes of length, big endian, then the bytes. */
static void tessera_heads(void **state)
{
    (void)state;
    Buf tile = {0};
    NEED("tessera-log/tile/entries/000.p/15", &tile);
    MerkleEdge e = {0};
    size_t at = 0;
    check_against("tessera-log/checkpoint", 0, &e);
    while (at < tile.n) {
        const unsigned char *p = (const unsigned char *)tile.p + at;
        size_t n = (size_t)p[0] << 8 | p[1];
        assert_true(at + 2 + n <= tile.n);
        Hash leaf = merkle_leaf((Str){tile.p + at + 2, n});
        merkle_add(&e, &leaf);
        check_against("tessera-log/checkpoint", e.size, &e);
        at += 2 + n;
    }
    assert_int_equal(e.size, 15);
    buf_free(&tile);
}

/* The definition of RFC 6962 section 2.1, literally. */
static Hash by_definition(const Hash *leaf, size_t n)
{
    if (n == 0)
        return hash_bytes("", 0);
    if (n == 1)
        return leaf[0];
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    Hash l = by_definition(leaf, k), r = by_definition(leaf + k, n - k);
    return hash_prefixed(1, l.b, HASH_SIZE, r.b, HASH_SIZE);
}

static void edge_equals_definition(void **state)
{
    (void)state;
    enum { N = 300 };
    Hash leaf[N];
    MerkleEdge e = {0};
    for (size_t n = 0; n < N; n++) {
        Hash a = merkle_root(&e), b = by_definition(leaf, n);
        assert_memory_equal(a.b, b.b, HASH_SIZE);
        leaf[n] = merkle_leaf((Str){(char *)&n, sizeof n});
        merkle_add(&e, &leaf[n]);
    }
}

/* Known to everybody who has built one (RFC 6962, SHA-256): nothing, "", 00, 10. */
static void small_trees_are_those_of_others(void **state)
{
    (void)state;
    static const char *const roots[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"};
    static const Str data[] = {{"", 0}, {"\0", 1}, {"\x10", 1}};
    MerkleEdge e = {0};
    for (size_t i = 0; i < 4; i++) {
        char hex[65];
        Hash root = merkle_root(&e), leaf;
        hash_hex(&root, hex);
        assert_string_equal(hex, roots[i]);
        if (i == 3)
            break;
        leaf = merkle_leaf(data[i]);
        merkle_add(&e, &leaf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc6962_vectors),
        cmocka_unit_test(tessera_heads),
        cmocka_unit_test(edge_equals_definition),
        cmocka_unit_test(small_trees_are_those_of_others),
    };
    return cmocka_run_group_tests_name("log_merkle", tests, NULL, NULL);
}
