/* http.*: against a small server of this test on the loopback. */
#include "tests/probe/kit.h"
#include "vm/os/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static Kit k;
static Str hosts[8];
static int port, closed_port;
static pid_t server;
static Buf bomb; /* 40 MB of zeros through gzip */

/* --- the server ----------------------------------------------------------------- */

static bool put(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k_ = send(fd, p, n, MSG_NOSIGNAL);
        if (k_ <= 0)
            return false;
        p += k_, n -= (size_t)k_;
    }
    return true;
}

static void say(int fd, const char *head, const char *body)
{
    char text[16384];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
                     "Connection: close\r\n\r\n%s", head, strlen(body), body);
    put(fd, text, (size_t)n);
}

/* The whole request: head, and as much body as it announces. */
static bool read_request(int fd, char *to, size_t max)
{
    size_t n = 0;
    for (;;) {
        ssize_t got = recv(fd, to + n, max - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        to[n] = '\0';
        char *end = strstr(to, "\r\n\r\n"), *len = strstr(to, "Content-Length: ");
        if (end != NULL && (len == NULL || len > end ||
                            n >= (size_t)(end + 4 - to) + strtoul(len + 16, NULL, 10)))
            return true;
    }
}

static void serve(int fd)
{
    char req[8192], zeros[65536] = {0};
    if (!read_request(fd, req, sizeof req))
        return;
    const char *path = strchr(req, ' ') + 1;
    if (strncmp(path, "/echo", 5) == 0)
        say(fd, "200 OK", req);
    else if (strncmp(path, "/redirect", 9) == 0)
        say(fd, "302 Found\r\nLocation: /echo", "moved");
    else if (strncmp(path, "/404", 4) == 0)
        say(fd, "404 Not Found", "nothing here");
    else if (strncmp(path, "/500", 4) == 0)
        say(fd, "500 Oops", "broken");
    else if (strncmp(path, "/bytes", 6) == 0)
        say(fd, "200 OK", "caf\xe9");
    else if (strncmp(path, "/endless", 8) == 0) {
        put(fd, "HTTP/1.1 200 OK\r\n\r\n", 19);
        while (put(fd, zeros, sizeof zeros))
            ;
    } else if (strncmp(path, "/headers", 8) == 0) {
        put(fd, "HTTP/1.1 200 OK\r\n", 17);
        while (put(fd, "X-More: and more and more and more\r\n", 36))
            ;
    } else if (strncmp(path, "/text", 5) == 0) { /* one byte over a text value */
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", 44);
        memset(zeros, 'a', sizeof zeros);
        for (int i = 0; i < 16; i++)
            put(fd, zeros, sizeof zeros);
        put(fd, "a", 1);
    } else if (strncmp(path, "/bomb", 5) == 0) {
        char head[128];
        int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                         "Content-Length: %zu\r\n\r\n", bomb.n);
        put(fd, head, (size_t)n);
        put(fd, bomb.p, bomb.n);
    } else if (strncmp(path, "/slow", 5) == 0) {
        put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx", 41);
        recv(fd, req, 1, 0); /* until the other side gives up */
    } else if (strncmp(path, "/silent", 7) == 0) {
        recv(fd, req, 1, 0);
    } /* /drop: closes without a word */
}

static int listener(int *where)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return -1;
    *where = ntohs(a.sin_port);
    return fd;
}

static bool make_bomb(void)
{
    FILE *f = popen("head -c 40000000 /dev/zero | gzip -c", "r");
    char chunk[4096];
    for (size_t n; f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        buf_put(&bomb, chunk, n);
    return f != NULL && pclose(f) == 0 && bomb.n > 0;
}

static int setup(void **state)
{
    (void)state;
    int unused = listener(&closed_port);
    close(unused);
    int fd = listener(&port);
    if (fd < 0 || unused < 0 || !make_bomb())
        return -1;
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGCHLD, SIG_IGN);
        for (;;) {
            int c = accept(fd, NULL, NULL);
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                serve(c);
                _exit(0);
            }
            close(c);
        }
    }
    close(fd);
    /* A proxy of the environment must not be used. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    kit_init(&k, "/tmp", "/nonexistent/state");
    return server < 0 || k.fx == NULL;
}

static int teardown(void **state)
{
    (void)state;
    fx_free(k.fx);
    buf_free(&bomb);
    kill(server, SIGKILL);
    return waitpid(server, NULL, 0) != server;
}

static int each(void **state)
{
    (void)state;
    hosts[0] = STR("127.0.0.1");
    hosts[1] = STR("localhost");
    hosts[2] = STR("::1");
    hosts[3] = STR("169.254.169.254");
    hosts[4] = STR("::ffff:127.0.0.1");
    hosts[5] = STR("name.invalid");
    hosts[6] = STR("::ffff:7f00:1");
    hosts[7] = STR("*.example.org");
    k.grant = (FxGrant){.hosts = hosts, .n_hosts = 8, .is_private = true};
    k.req.n_grants = 1;
    k.req.timeout_ms = 30000;
    k.req.key = "";
    return 0;
}

/* --- calls ------------------------------------------------------------------------ */

static FxResult ask(const char *tool, const char *url, const char *more)
{
    Buf args = {0};
    buf_printf(&args, "{\"url\":\"%s\"%s}", url, more);
    FxResult r = kit_call(&k, "http", tool, buf_z(&args));
    buf_free(&args);
    return r;
}

static void expect(const char *tool, const char *url, const char *more, FxOutcome outcome,
                   const char *code, int64_t status, const char *says)
{
    FxResult r = ask(tool, url, more);
    const char *message = buf_z(&r.message), *result = buf_z(&r.result);
    if (r.outcome != outcome || strcmp(r.code, code) != 0 || r.status != status ||
        (strstr(message, says) == NULL && strstr(result, says) == NULL))
        fail_msg("%s %s -> %d %s %lld: %s / %.300s", tool, url, (int)r.outcome, r.code,
                 (long long)r.status, message, result);
    kit_drop(&r);
}

static const char *at(const char *path)
{
    static char url[4][128];
    static unsigned i;
    char *u = url[i++ % 4];
    snprintf(u, sizeof url[0], "http://127.0.0.1:%d%s", port, path);
    return u;
}

static void gets(void **state)
{
    (void)state;
    expect("get", at("/echo"), "", FX_DONE, "", 200, "{\"status\":200,\"body\":\"GET /echo HTTP/1.1\\r\\n");
    expect("get", at("/echo"), ",\"headers\":[\"X-Mine: yes\"]", FX_DONE, "", 200, "X-Mine: yes");
    expect("get", at("/bytes"), "", FX_DONE, "", 200, "caf\xef\xbf\xbd");
    expect("get", at("/404"), "", FX_FAILED, "error", 404, "answered with status 404");
    expect("get", at("/500"), "", FX_FAILED, "error", 500, "answered with status 500");
    expect("get", at("/drop"), "", FX_FAILED, "error", -1, "did not answer");
}

static void sends(void **state)
{
    (void)state;
    k.req.key = "key-77";
    FxResult r = ask("send", at("/echo"), ",\"method\":\"PUT\",\"body\":\"{}\",\"headers\":[\"Content-Type: application/json\"]");
    const char *text = buf_z(&r.result);
    assert_int_equal(r.outcome, FX_DONE);
    assert_non_null(strstr(text, "PUT /echo HTTP/1.1"));
    assert_non_null(strstr(text, "Idempotency-Key: key-77"));
    assert_non_null(strstr(text, "Content-Type: application/json\\r\\n"));
    assert_non_null(strstr(text, "Content-Length: 2\\r\\n"));
    assert_non_null(strstr(text, "\\r\\n\\r\\n{}\""));
    assert_null(strstr(text, "Expect"));
    kit_drop(&r);
    r = ask("get", at("/echo"), "");
    assert_null(strstr(buf_z(&r.result), "Idempotency-Key"));
    kit_drop(&r);
    expect("send", at("/echo"), "", FX_DONE, "", 200, "POST /echo");
    expect("send", at("/echo"), ",\"method\":\"DELETE\"", FX_DONE, "", 200, "DELETE /echo");
    expect("send", at("/echo"), ",\"method\":\"TRACE\"", FX_FAILED, "refused", -1, "methods");
    expect("send", at("/404"), "", FX_FAILED, "error", 404, "404");
    expect("send", at("/500"), "", FX_UNKNOWN, "error", 500, "what it did is not known");
    expect("send", at("/drop"), "", FX_UNKNOWN, "error", -1, "what the server did is not known");
}

static void redirects(void **state)
{
    (void)state;
    expect("get", at("/redirect"), "", FX_DONE, "", 302, "\"moved\"");
    expect("send", at("/redirect"), "", FX_DONE, "", 302, "\"moved\"");
}

static void sizes(void **state)
{
    (void)state;
    expect("get", at("/endless"), "", FX_FAILED, "limit", -1, "larger than gate takes");
    expect("send", at("/endless"), "", FX_UNKNOWN, "limit", -1, "not known");
    expect("get", at("/bomb"), "", FX_FAILED, "limit", -1, "larger than gate takes");
    expect("get", at("/headers"), "", FX_FAILED, "limit", -1, "larger than gate takes");
    expect("get", at("/text"), "", FX_FAILED, "limit", 200, "larger than a text value");
}

static void timeouts(void **state)
{
    (void)state;
    k.req.timeout_ms = 200;
    expect("get", at("/slow"), "", FX_FAILED, "timeout", -1, "timed out");
    expect("send", at("/slow"), "", FX_UNKNOWN, "timeout", -1, "not known");
    expect("send", at("/silent"), "", FX_UNKNOWN, "timeout", -1, "not known");
}

static void killed(void **state)
{
    (void)state;
    Buf args = {0};
    FxResult r;
    buf_printf(&args, "{\"url\":\"%s\"}", at("/silent"));
    kit_tool(&k, "http", "send");
    k.req.args = buf_view(&args);
    assert_int_equal(fx_start(k.fx, &k.req), GATE_OK);
    int fd;
    assert_int_equal(fx_fds(k.fx, &fd, 1), 1);
    struct pollfd p = {fd, POLLIN, 0}; /* the letter that says: it goes out now */
    assert_int_equal(poll(&p, 1, 30000), 1);
    fx_kill(k.fx, 7);
    while (!kit_step(&k, &r))
        ;
    assert_int_equal(r.outcome, FX_UNKNOWN);
    assert_string_equal(r.code, "signal");
    kit_drop(&r);
    buf_free(&args);
}

static void not_sent(void **state)
{
    (void)state;
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", closed_port);
    expect("send", url, "", FX_FAILED, "not_sent", -1, "was not sent");
    /* The server waits for more than a TLS greeting; a resolver may take its
     * time to say no. */
    k.req.timeout_ms = 500;
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
    expect("send", url, "", FX_FAILED, "not_sent", -1, "was not sent");
    expect("send", "https://name.invalid/", "", FX_FAILED, "not_sent", -1, "was not sent");
}

/* Without a private grant, whatever the spelling. */
static void guarded(void **state)
{
    (void)state;
    static const char *const all[] = {"127.0.0.1", "[::1]", "2130706433", "0x7f.1", "017700000001",
        "127.1", "localhost", "LOCALHOST", "169.254.169.254", "0xa9fea9fe",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]"};
    k.grant.is_private = false;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char url[128];
        snprintf(url, sizeof url, "https://%s:%d/echo", all[i], port);
        expect("get", url, "", FX_FAILED, "refused", -1, " is ");
        expect("send", url, "", FX_FAILED, "refused", -1, "private = true");
    }
    k.grant.is_private = true; /* metadata needs its address named, too */
    expect("get", "http://169.254.169.254/", "", FX_FAILED, "refused", -1, "metadata");
    Str net = STR("10.0.0.0/8");
    k.grant.addresses = &net;
    k.grant.n_addresses = 1;
    expect("get", at("/echo"), "", FX_FAILED, "refused", -1, "`addresses` do not have it");
    net = STR("127.0.0.0/8");
    expect("get", at("/echo"), "", FX_DONE, "", 200, "GET");
}

static void hosts_and_schemes(void **state)
{
    (void)state;
    char url[200];
    expect("get", "https://other.example/", "", FX_FAILED, "refused", -1, "hosts = [\"other.example\"]");
    expect("get", "https://example.org/", "", FX_FAILED, "refused", -1, "no grant of this host names it");
    expect("get", "https://a.b.example.org/", "", FX_FAILED, "refused", -1, "no grant of this host names it");
    expect("get", "https://example.org.evil.example/", "", FX_FAILED, "refused", -1, "no grant");
    expect("get", "file:///etc/passwd", "", FX_FAILED, "refused", -1, "no URL of a server");
    expect("get", "ftp://127.0.0.1/", "", FX_FAILED, "refused", -1, "only https");
    expect("get", "gopher://127.0.0.1/", "", FX_FAILED, "refused", -1, "");
    expect("get", "", "", FX_FAILED, "refused", -1, "no URL");
    expect("get", "nonsense", "", FX_FAILED, "refused", -1, "");
    snprintf(url, sizeof url, "http://user:pw@127.0.0.1:%d/", port);
    expect("get", url, "", FX_FAILED, "refused", -1, "user or password");
    expect("get", "https://b\xc3\xbc" "cher.example/", "", FX_FAILED, "refused", -1, "ASCII");
    k.grant.is_private = false;
    expect("get", at("/echo"), "", FX_FAILED, "refused", -1, "only https is allowed");
    k.req.n_grants = 0;
    expect("get", at("/echo"), "", FX_FAILED, "refused", -1, "grant http.get");
}

static void headers(void **state)
{
    (void)state;
    static const char *const bad[] = {"Host: evil", "content-length: 3", "Transfer-Encoding: chunked",
        "No colon", ": empty", "Two: a\\r\\nInjected: b", "Sp ace: x", "Idempotency-Key: mine"};
    k.req.key = "key";
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char more[128];
        snprintf(more, sizeof more, ",\"headers\":[\"%s\"]", bad[i]);
        expect("send", at("/echo"), more, FX_FAILED, "refused", -1, "a header must read");
    }
    Buf many = {0};
    for (int n = LIM_HTTP_HEADERS; n <= LIM_HTTP_HEADERS + 1; n++) {
        buf_clear(&many);
        buf_puts(&many, ",\"headers\":[\"A: b\"");
        for (int i = 1; i < n; i++)
            buf_puts(&many, ",\"A: b\"");
        buf_puts(&many, "]");
        bool fits = n <= LIM_HTTP_HEADERS;
        expect("send", at("/echo"), buf_z(&many), fits ? FX_DONE : FX_FAILED,
               fits ? "" : "refused", fits ? 200 : -1, "");
    }
    buf_free(&many);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup(f, each)
    const struct CMUnitTest tests[] = {
        T(gets), T(sends), T(redirects), T(sizes), T(timeouts), T(killed), T(not_sent),
        T(guarded), T(hosts_and_schemes), T(headers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
