/* Addresses, paths' words and text: the pure parts of the effects. */
#include "vm/effect/fx_int.h"
#include "vm/effect/sandbox_int.h"
#include "vm/os/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static bool reach(const char *z, bool is_private, const char *list)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    Str addresses = {list, list == NULL ? 0 : strlen(list)};
    FxGrant g = {.is_private = is_private, .addresses = &addresses, .n_addresses = list != NULL};
    Buf why = {0};
    struct sockaddr_storage to;
    if (inet_pton(AF_INET6, z, &six.sin6_addr) == 1) {
        memcpy(&to, &six, sizeof six);
    } else {
        assert_int_equal(inet_pton(AF_INET, z, &four.sin_addr), 1);
        memcpy(&to, &four, sizeof four);
    }
    bool ok = guard_address((struct sockaddr *)&to, &g, &why);
    assert_int_equal(ok, why.n == 0);
    buf_free(&why);
    return ok;
}

static void public_addresses(void **state)
{
    (void)state;
    static const char *const all[] = {"1.1.1.1", "93.184.216.34", "9.255.255.255", "11.0.0.0",
        "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::1.1.1.1"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(reach(all[i], false, NULL));
        assert_false(reach(all[i], false, "192.0.2.1"));
    }
}

static void private_addresses(void **state)
{
    (void)state;
    static const char *const all[] = {"127.0.0.1", "127.255.255.255", "10.0.0.1",
        "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1",
        "100.127.255.255", "::1", "fd12::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
        "::127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a00:1::5"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_false(reach(all[i], false, NULL));
        assert_false(reach(all[i], false, all[i]));
        assert_true(reach(all[i], true, NULL));
    }
    assert_true(reach("10.1.2.3", true, "10.1.0.0/16"));
    assert_false(reach("10.2.2.3", true, "10.1.0.0/16"));
    assert_true(reach("fd12:0:0:1::9", true, "fd12::/32"));
    assert_false(reach("fd13::1", true, "fd12::/32"));
    assert_false(reach("10.1.2.3", true, "10.1.0.0/99"));
    assert_false(reach("10.1.2.3", true, "nonsense"));
}

static void named_addresses(void **state)
{
    (void)state;
    static const char *const all[] = {"169.254.169.254", "169.254.0.1", "100.100.100.200",
        "168.63.129.16", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "192.0.2.7", "198.51.100.7", "203.0.113.7", "198.18.0.1",
        "192.0.0.1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "::", "2001:db8::1",
        "100::1", "fd00:ec2::254", "3fff::1", "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_false(reach(all[i], false, NULL));
        assert_false(reach(all[i], true, NULL));
        assert_false(reach(all[i], false, all[i]));
        assert_true(reach(all[i], true, all[i]));
    }
}

static void tunnels(void **state)
{
    (void)state;
    static const char *const all[] = {"2001:0:1::", "192.88.99.1", "64:ff9b:1::a00:1",
        "::ffff:1.1.1.1", "::1.1.1.1", "2002:101:101::"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_false(reach(all[i], false, NULL));
        assert_false(reach(all[i], true, all[i]));
    }
    struct sockaddr unix_ = {.sa_family = AF_UNIX};
    FxGrant g = {.is_private = true};
    Buf why = {0};
    assert_false(guard_address(&unix_, &g, &why));
    buf_free(&why);
}

static void cleaned(const char *in, size_t n, size_t max, const char *want, bool whole)
{
    Buf out = {0};
    assert_int_equal(fx_clean(&out, (Str){in, n}, max), whole);
    assert_string_equal(buf_z(&out), want);
    assert_true(fx_is_text(buf_view(&out)));
    buf_free(&out);
}

static void strange_bytes(void **state)
{
    (void)state;
#define R "\xef\xbf\xbd"
    cleaned("plain", 5, 99, "plain", true);
    cleaned("a\0b", 3, 99, "a" R "b", true);
    cleaned("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, 99, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true);
    cleaned("\xc0\xaf", 2, 99, R R, true);         /* overlong */
    cleaned("\xed\xa0\x80", 3, 99, R R R, true);   /* surrogate */
    cleaned("\xf4\x90\x80\x80", 4, 99, R R R R, true);
    cleaned("\xe2\x82", 2, 99, R R, true);         /* cut off */
    cleaned("\xff", 1, 99, R, true);
    cleaned("abcdef", 6, 6, "abcdef", true);
    cleaned("abcdef", 6, 5, "abcde", false);
    cleaned("a\xe2\x82\xac", 4, 3, "a", false);    /* no half character */
    cleaned("\xff\xff", 2, 5, R, false);
#undef R
}

static void folders(void **state)
{
    (void)state;
    assert_true(path_inside("/a/b", STR("/a")));
    assert_true(path_inside("/a", STR("/a")));
    assert_true(path_inside("/a/b", STR("/a/")));
    assert_false(path_inside("/ab", STR("/a")));
    assert_false(path_inside("/", STR("/a")));
    assert_false(path_inside("/a", STR("")));
    assert_true(path_inside("/a", STR("/")));
    assert_true(sb_inside("/a/b", "/a") && !sb_inside("/ab", "/a"));
}

/* Every ABI has the rights of the one before; none has rights it lacks. */
static void landlock_rights(void **state)
{
    (void)state;
    assert_int_equal(sb_landlock_handled(0), 0);
    assert_int_equal(sb_landlock_handled(1), 0x1fff);
    assert_int_equal(sb_landlock_handled(2), 0x3fff);
    assert_int_equal(sb_landlock_handled(3), 0x7fff);
    assert_int_equal(sb_landlock_handled(4), 0x7fff);
    assert_int_equal(sb_landlock_handled(5), 0xffff);
    assert_int_equal(sb_landlock_handled(99), 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses),  cmocka_unit_test(private_addresses),
        cmocka_unit_test(named_addresses),   cmocka_unit_test(tunnels),
        cmocka_unit_test(strange_bytes),     cmocka_unit_test(folders),
        cmocka_unit_test(landlock_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
