/* SHA-256 and HMAC against the published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vm/os/hash.h"

static void is_hex(Hash h, const char *want)
{
    char hex[65];
    Hash back;
    hash_hex(&h, hex);
    assert_string_equal(hex, want);
    assert_true(hash_from_hex(str_of(hex), &back));
    assert_true(hash_eq(&h, &back));
}

/* FIPS 180-4 examples. */
static void sha256(void **state)
{
    (void)state;
    is_hex(hash_bytes("", 0),
           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is_hex(hash_bytes("abc", 3),
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is_hex(hash_prefixed('a', "b", 1, "c", 1),
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is_hex(hash_prefixed(0, NULL, 0, NULL, 0), /* RFC 6962: the empty leaf */
           "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

/* RFC 4231, test cases 1, 2, 6 and 7: short key, key longer than a block. */
static void hmac(void **state)
{
    (void)state;
    unsigned char key[131];
    static const char data6[] =
        "Test Using Larger Than Block-Size Key - Hash Key First";
    static const char data7[] =
        "This is a test using a larger than block-size key and a larger than "
        "block-size data. The key needs to be hashed before being used by the "
        "HMAC algorithm.";
    memset(key, 0x0b, 20);
    is_hex(hash_hmac(key, 20, "Hi There", 8),
           "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    is_hex(hash_hmac("Jefe", 4, "what do ya want for nothing?", 28),
           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    is_hex(hash_hmac(key, sizeof key, data6, sizeof data6 - 1),
           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    for (size_t cut = 0; cut < sizeof data7; cut += 7)
        is_hex(hash_hmac2(key, sizeof key, data7, cut, data7 + cut,
                          sizeof data7 - 1 - cut),
               "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void hex_is_strict(void **state)
{
    (void)state;
    Hash h;
    char hex[66];
    memset(hex, 'a', sizeof hex);
    assert_true(hash_from_hex((Str){hex, 64}, &h));
    assert_false(hash_from_hex((Str){hex, 63}, &h));
    assert_false(hash_from_hex((Str){hex, 65}, &h));
    hex[63] = 'A';
    assert_false(hash_from_hex((Str){hex, 64}, &h));
    hex[63] = 'g';
    assert_false(hash_from_hex((Str){hex, 64}, &h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256),
        cmocka_unit_test(hmac),
        cmocka_unit_test(hex_is_strict),
    };
    return cmocka_run_group_tests_name("os_hash", tests, NULL, NULL);
}
