/* The socket's lines: what travels inside them, and what a client makes of a
 * peer that answers, keeps silent, lies or dies. */
#include "vm/server/svc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- bytes ------------------------------------------------------------------------ */

static void base64_of_rfc_4648(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf there = {0}, back = {0};
        wire_base64(&there, str_of(cases[i][0]));
        assert_string_equal(buf_z(&there), cases[i][1]);
        assert_true(wire_unbase64(buf_view(&there), &back));
        assert_string_equal(buf_z(&back), cases[i][0]);
        buf_free(&there);
        buf_free(&back);
    }
}

static void base64_of_every_length(void **state)
{
    (void)state;
    unsigned char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        Buf there = {0}, back = {0};
        wire_base64(&there, (Str){(char *)bytes, n});
        assert_true(wire_unbase64(buf_view(&there), &back));
        assert_int_equal(back.n, n);
        assert_memory_equal(n == 0 ? (void *)bytes : back.p, bytes, n);
        buf_free(&there);
        buf_free(&back);
    }
}

static void base64_refuses_what_is_not(void **state)
{
    (void)state;
    static const char *const bad[] = {"Zg=", "Zg", "Z===", "Zm9v\n", "Zm 9", "Zg==Zg==",
                                      "====", "Zm9*"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Buf out = {0};
        assert_false(wire_unbase64(str_of(bad[i]), &out));
        buf_free(&out);
    }
}

static void utf8_of_rfc_3629(void **state)
{
    (void)state;
    static const char *const good[] = {"", "abc", "\xc3\xbc", "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80",
                                      "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                                      "\xf0\x8f\xbf\xbf", "a\xe2\x82"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(wire_utf8(str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(wire_utf8(str_of(bad[i])));
}

static void json_goes_back_as_it_came(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null", "[]", "{}", "[1,[2,[3]],{}]", "{\"a\":1.50,\"b\":{\"c\":[true,false,null]},"
        "\"d\":\"x\\ny\"}", "12345678901234567890.000", "\"\\u0001\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Arena *a = arena_new(0);
        Buf out = {0};
        const Json *j = json_parse(str_of(texts[i]), a, NULL);
        assert_non_null(j);
        svc_put_json(&out, j);
        assert_string_equal(buf_z(&out), texts[i]);
        buf_free(&out);
        arena_free(a);
    }
}

static void deepest_json_goes_back(void **state)
{
    (void)state;
    Buf text = {0}, out = {0};
    for (int i = 0; i < LIM_JSON_DEPTH; i++)
        buf_putc(&text, '[');
    for (int i = 0; i < LIM_JSON_DEPTH; i++)
        buf_putc(&text, ']');
    Arena *a = arena_new(0);
    const Json *j = json_parse(buf_view(&text), a, NULL);
    assert_non_null(j);
    svc_put_json(&out, j);
    assert_string_equal(buf_z(&out), buf_z(&text));
    arena_free(a);
    buf_free(&text);
    buf_free(&out);
}

static void parts_are_always_json(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        const char *media, *out;
    } cases[] = {
        {{"{\n \"a\": 1 }", 11}, "application/json", "{\"a\":1}"},
        {{"{broken", 7}, "application/json", "\"{broken\""},
        {{"two\nlines", 9}, "text/plain", "\"two\\nlines\""},
        {{"\xff\xfe", 2}, "text/plain", "{\"base64\":\"//4=\"}"},
        {{"a\0b", 3}, "text/plain", "{\"base64\":\"YQBi\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf out = {0};
        wire_put_part(&out, cases[i].bytes, cases[i].media);
        assert_string_equal(buf_z(&out), cases[i].out);
        buf_free(&out);
    }
}

/* --- a peer that follows a script --------------------------------------------------- */

typedef struct Peer {
    char dir[512];
    int pid;
} Peer;

/* Serves one client: takes its line into DIR/got, says `says`, hangs up. */
static void serve_once(int fd, const char *dir, const char *says)
{
    char byte, path[600];
    Buf got = {0};
    int c = accept(fd, NULL, NULL);
    while (c >= 0 && read(c, &byte, 1) == 1 && byte != '\n')
        buf_putc(&got, byte);
    snprintf(path, sizeof path, "%s/got", dir);
    os_write_file(path, buf_view(&got), 0600, NULL);
    if (c >= 0 && write(c, says, strlen(says)) < 0)
        _exit(1);
    _exit(0);
}

static Peer peer(const char *below, const char *says)
{
    Peer p = {.pid = -1};
    char base[] = "/tmp/gate-wire-XXXXXX";
    assert_non_null(mkdtemp(base));
    snprintf(p.dir, sizeof p.dir, "%s%s", base, below);
    assert_int_equal(os_make_dirs(p.dir, 0700, NULL), GATE_OK);
    struct sockaddr_un at;
    int dir_fd, fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(path_address(p.dir, &at, &dir_fd));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    p.pid = fork();
    if (p.pid == 0)
        serve_once(fd, p.dir, says);
    close(fd);
    if (dir_fd >= 0)
        close(dir_fd);
    return p;
}

static void end(Peer *p)
{
    char command[700];
    waitpid(p->pid, NULL, 0);
    p->dir[strlen("/tmp/gate-wire-XXXXXX")] = '\0';
    snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
    assert_int_equal(system(command), 0);
}

static void keep_notice(void *ctx, const char *kind, Str text)
{
    buf_printf(ctx, "%s=%.*s;", kind, STR_ARG(text));
}

static void the_reply_comes_after_notices(void **state)
{
    (void)state;
    Peer p = peer("", "{\"accepted\":true}\n{\"notice\":{\"kind\":\"phase\",\"text\":\"one\"}}\n"
                      "{\"notice\":{\"kind\":\"told\",\"text\":\"two\"}}\n"
                      "{\"exit\":10,\"code\":\"\",\"message\":\"m\"}\n");
    Buf notices = {0}, why = {0}, got = {0};
    SvcConfig cfg = {.notice = keep_notice, .notice_ctx = &notices};
    SvcReply reply = {0};
    assert_int_equal(client_ask(&cfg, p.dir, STR("{\"verb\":\"run\"}"), STR("foo"), &reply,
                                &why), ASK_DONE);
    assert_int_equal(reply.exit, 10);
    assert_string_equal(buf_z(&notices), "phase=one;told=two;");
    char path[600];
    waitpid(p.pid, NULL, 0);
    snprintf(path, sizeof path, "%s/got", p.dir);
    assert_int_equal(os_read_file(path, 1000, &got, NULL), GATE_OK);
    assert_string_equal(buf_z(&got), "{\"verb\":\"run\",\"program\":\"Zm9v\"}");
    buf_free(&got);
    buf_free(&notices);
    buf_free(&reply.json);
    end(&p);
}

static AskOutcome ask(const char *says, Buf *why)
{
    Peer p = peer("", says);
    SvcConfig cfg = {0};
    SvcReply reply = {0};
    AskOutcome out = client_ask(&cfg, p.dir, STR("{\"verb\":\"cancel\"}"), (Str){0}, &reply,
                                why);
    buf_free(&reply.json);
    end(&p);
    return out;
}

static void an_end_before_accepted_is_asked_again(void **state)
{
    (void)state;
    Buf why = {0};
    assert_int_equal(ask("", &why), ASK_AGAIN);
    assert_int_equal(ask("{\"acc", &why), ASK_AGAIN);
    assert_int_equal(why.n, 0);
}

static void an_end_after_accepted_is_said(void **state)
{
    (void)state;
    Buf why = {0};
    assert_int_equal(ask("{\"accepted\":true}\n", &why), ASK_LOST);
    assert_non_null(strstr(buf_z(&why), "ended before it answered"));
    buf_free(&why);
}

static void garbage_is_no_reply(void **state)
{
    (void)state;
    Buf why = {0};
    assert_int_equal(ask("{\"accepted\":true}\nnonsense\n[1,2]\n{\"exit\":\"x\"}\n", &why),
                     ASK_LOST);
    buf_free(&why);
}

static void nobody_there_is_asked_again(void **state)
{
    (void)state;
    Buf why = {0};
    SvcConfig cfg = {0};
    SvcReply reply = {0};
    assert_int_equal(client_ask(&cfg, "/tmp/gate-no-such-folder", STR("{}"), (Str){0}, &reply,
                                &why), ASK_AGAIN);
}

static void a_deep_folder_has_a_socket_too(void **state)
{
    (void)state;
    char below[260];
    memset(below, 'd', sizeof below - 1);
    below[sizeof below - 1] = '\0';
    below[0] = below[130] = '/';
    Peer p = peer(below, "{\"accepted\":true}\n{\"exit\":0}\n");
    Buf why = {0};
    SvcConfig cfg = {0};
    SvcReply reply = {0};
    assert_true(strlen(p.dir) > 108);
    assert_int_equal(client_ask(&cfg, p.dir, STR("{\"verb\":\"x\"}"), (Str){0}, &reply, &why),
                     ASK_DONE);
    assert_int_equal(reply.exit, 0);
    buf_free(&reply.json);
    end(&p);
}

/* --- lock -------------------------------------------------------------------------- */

static void one_holder_at_a_time(void **state)
{
    (void)state;
    char dir[] = "/tmp/gate-lock-XXXXXX";
    int a, b;
    long pid;
    Buf why = {0};
    assert_non_null(mkdtemp(dir));
    assert_int_equal(lock_take(dir, &a, &pid, &why), GATE_OK);
    assert_int_equal(lock_take(dir, &b, &pid, &why), GATE_E_BUSY);
    assert_int_equal(pid, getpid());
    lock_drop(a);
    assert_int_equal(lock_take(dir, &b, &pid, &why), GATE_OK);
    lock_drop(b);
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

static void tenants_are_names(void **state)
{
    (void)state;
    assert_true(state_tenant_ok("default"));
    assert_true(state_tenant_ok("a-b_9"));
    static const char *const bad[] = {"", "..", "a/b", "A", "-x", "a b", "\xc3\xbc"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(state_tenant_ok(bad[i]));
    char longest[66];
    memset(longest, 'a', 65);
    longest[64] = '\0';
    assert_true(state_tenant_ok(longest));
    longest[64] = 'a';
    longest[65] = '\0';
    assert_false(state_tenant_ok(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_of_rfc_4648),
        cmocka_unit_test(base64_of_every_length),
        cmocka_unit_test(base64_refuses_what_is_not),
        cmocka_unit_test(utf8_of_rfc_3629),
        cmocka_unit_test(json_goes_back_as_it_came),
        cmocka_unit_test(deepest_json_goes_back),
        cmocka_unit_test(parts_are_always_json),
        cmocka_unit_test(the_reply_comes_after_notices),
        cmocka_unit_test(an_end_before_accepted_is_asked_again),
        cmocka_unit_test(an_end_after_accepted_is_said),
        cmocka_unit_test(garbage_is_no_reply),
        cmocka_unit_test(nobody_there_is_asked_again),
        cmocka_unit_test(a_deep_folder_has_a_socket_too),
        cmocka_unit_test(one_holder_at_a_time),
        cmocka_unit_test(tenants_are_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
