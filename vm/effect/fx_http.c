/* Owns: http.get and http.send: one request in a child of gate's own, over
 * libcurl, which is opened there and nowhere else (it costs 5 ms). Must not
 * know: connectors, secrets, retries.
 *
 * The child answers on its pipe: the letter S just before the request goes out,
 * so that whoever has to kill it knows whether it went; then, at the end, R and
 * an Answer with its texts. Rules: notes on network rules in design.md 7. */
#include "vm/effect/fx_int.h"

#include "vm/os/limits.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The functions used, by libcurl's own types. */
typedef struct Curl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *h, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *h);
    CURLcode (*easy_getinfo)(CURL *h, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode c);
    struct curl_slist *(*slist_append)(struct curl_slist *l, const char *s);
    CURLU *(*url)(void);
    CURLUcode (*url_set)(CURLU *u, CURLUPart part, const char *s, unsigned flags);
    CURLUcode (*url_get)(const CURLU *u, CURLUPart part, char **s, unsigned flags);
} Curl;

static const struct {
    const char *name;
    size_t at;
} curl_names[] = {
    {"curl_global_init", offsetof(Curl, global_init)},
    {"curl_easy_init", offsetof(Curl, easy_init)},
    {"curl_easy_setopt", offsetof(Curl, easy_setopt)},
    {"curl_easy_perform", offsetof(Curl, easy_perform)},
    {"curl_easy_getinfo", offsetof(Curl, easy_getinfo)},
    {"curl_easy_strerror", offsetof(Curl, easy_strerror)},
    {"curl_slist_append", offsetof(Curl, slist_append)},
    {"curl_url", offsetof(Curl, url)},
    {"curl_url_set", offsetof(Curl, url_set)},
    {"curl_url_get", offsetof(Curl, url_get)},
};

/* The words that may come back; an index crosses the pipe. */
static const char *const codes[] = {"", "error", "limit", "timeout", "refused",
                                    "not_sent", "spawn"};
enum { C_DONE, C_ERROR, C_LIMIT, C_TIMEOUT, C_REFUSED, C_NOT_SENT, C_SPAWN, C_COUNT };

typedef struct Answer {
    uint32_t outcome, code;
    int64_t status;
    uint32_t message_n, body_n;
} Answer;

/* In the child. */
typedef struct Request {
    Curl curl;
    const FxGrant *grants;
    uint32_t n_grants;
    const FxGrant *grant;   /* the one that names the host */
    const char *url, *method, *key, *tool;
    Str body;
    const Json *headers;
    int64_t timeout_ms;
    bool reads;
    int pipe;
    CURL *handle;
    bool sent;              /* the request is on its way */
    bool refused;           /* the guard said no; words has why */
    bool too_large;
    size_t header_n;
    Buf text, words;
    char cause[CURL_ERROR_SIZE];
} Request;

/* --- answering ---------------------------------------------------------------- */

static bool put_all(int fd, const void *p, size_t n)
{
    const char *c = p;
    while (n > 0) {
        ssize_t put = write(fd, c, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        c += put, n -= (size_t)put;
    }
    return true;
}

/* The child ends here; without the whole answer the parent says "unknown". */
static _Noreturn void answer(Request *r, FxOutcome outcome, unsigned code, long status)
{
    Answer a = {(uint32_t)outcome, code, status, (uint32_t)r->words.n, (uint32_t)r->text.n};
    if (r->words.failed || r->text.failed)
        _exit(1);
    bool ok = put_all(r->pipe, "R", 1) && put_all(r->pipe, &a, sizeof a) &&
              put_all(r->pipe, r->words.p, r->words.n) &&
              put_all(r->pipe, r->text.p, r->text.n);
    _exit(ok ? 0 : 1);
}

static _Noreturn void refuse(Request *r, const char *why, const char *what)
{
    buf_clear(&r->words);
    buf_printf(&r->words, "%s did not ask %s: %s", r->tool, what, why);
    answer(r, FX_FAILED, C_REFUSED, -1);
}

/* --- libcurl -------------------------------------------------------------------- */

static void load(Request *r)
{
    void *so = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    bool ok = so != NULL;
    for (size_t i = 0; ok && i < sizeof curl_names / sizeof *curl_names; i++) {
        void *f = dlsym(so, curl_names[i].name);
        memcpy((char *)&r->curl + curl_names[i].at, &f, sizeof f);
        ok = f != NULL;
    }
    if (ok && r->curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        r->handle = r->curl.easy_init();
    if (r->handle != NULL)
        return;
    buf_printf(&r->words, "%s needs libcurl 7.85 or later (libcurl.so.4; on Debian the "
               "package libcurl4), which could not be opened", r->tool);
    answer(r, FX_FAILED, C_SPAWN, -1);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    Request *r = arg;
    Buf why = {0};
    bool ok = purpose == CURLSOCKTYPE_IPCXN && guard_address(&to->addr, r->grant, &why);
    int fd = -1;
    if (ok) {
        fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    } else {
        r->refused = true;
        buf_clear(&r->words);
        buf_str(&r->words, buf_view(&why));
    }
    buf_free(&why);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* Connected, TLS done, and not one byte of the request on its way. */
static int before_request(void *arg, char *ip, char *local, int port, int local_port)
{
    Request *r = arg;
    (void)ip, (void)local, (void)port, (void)local_port;
    r->sent = true;
    return put_all(r->pipe, "S", 1) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* Counted as it arrives here, after decompression; what the server announces
 * proves nothing. */
static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    Request *r = arg;
    size_t k = size * n;
    if (k > LIM_HTTP_BYTES || r->text.n > LIM_HTTP_BYTES - k) {
        r->too_large = true;
        return 0;
    }
    buf_put(&r->text, p, k);
    return r->text.failed ? 0 : k;
}

static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    Request *r = arg;
    (void)p;
    r->header_n += size * n;
    r->too_large = r->too_large || r->header_n > LIM_HTTP_HEADER_BYTES;
    return r->too_large ? 0 : size * n;
}

/* --- the URL ---------------------------------------------------------------------- */

static const FxGrant *grant_for(const Request *r, const char *host)
{
    for (uint32_t g = 0; g < r->n_grants; g++)
        for (uint32_t i = 0; i < r->grants[g].n_hosts; i++)
            if (grant_host(r->grants[g].hosts[i], str_of(host)))
                return &r->grants[g];
    return NULL;
}

static bool is_ascii(const char *z)
{
    for (; *z != '\0'; z++)
        if ((unsigned char)*z <= ' ' || (unsigned char)*z >= 0x7f)
            return false;
    return true;
}

/* Read by the same code that will use it. A port without its host is none. */
static void check_url(Request *r)
{
    CURLU *u = r->curl.url();
    char *scheme = NULL, *host = NULL, *user = NULL;
    if (u == NULL || r->curl.url_set(u, CURLUPART_URL, r->url, 0) != CURLUE_OK ||
        r->curl.url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        r->curl.url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        refuse(r, "it is no URL of a server", r->url);
    if (r->curl.url_get(u, CURLUPART_USER, &user, 0) == CURLUE_OK)
        refuse(r, "a URL must not carry a user or password", host);
    if (!is_ascii(r->url))
        refuse(r, "a URL is plain ASCII (write the name's xn-- form)", host);
    /* [::1] is written in brackets in a URL and without in a grant. */
    size_t n = strlen(host);
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        host++;
    }
    r->grant = grant_for(r, host);
    if (r->grant == NULL) {
        Buf way = {0};
        buf_printf(&way, "no grant of this host names it. The host allows it with "
                   "`grant %s { hosts = [\"%s\"] }` in its host.gate", r->tool, host);
        refuse(r, buf_z(&way), host);
    }
    if (strcmp(scheme, "https") != 0 && !(r->grant->is_private && strcmp(scheme, "http") == 0))
        refuse(r, "only https is allowed (http too where the grant says `private = true`)",
               host);
}

/* --- headers ------------------------------------------------------------------------ */

/* What frames the message, or names where it goes, is not the plan's. */
static bool header_allowed(const Request *r, Str h)
{
    static const char *const ours[] = {
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer",
        "upgrade", "expect", "accept-encoding", "proxy-authorization",
        "proxy-connection"};
    const char *colon = memchr(h.p, ':', h.n);
    if (colon == NULL || colon == h.p)
        return false;
    size_t n = (size_t)(colon - h.p);
    for (size_t i = 0; i < h.n; i++) {
        unsigned char c = (unsigned char)h.p[i];
        if (c == '\r' || c == '\n' || c == 0 || (i < n && (c <= ' ' || c >= 0x7f)))
            return false;
    }
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strlen(ours[i]) == n && strncasecmp(ours[i], h.p, n) == 0)
            return false;
    return r->key[0] == '\0' || n != 15 || strncasecmp("idempotency-key", h.p, n) != 0;
}

static struct curl_slist *add_header(Request *r, struct curl_slist *l, Str h)
{
    Buf z = {0};
    buf_str(&z, h);
    struct curl_slist *more = r->curl.slist_append(l, buf_z(&z));
    if (more == NULL || z.failed)
        _exit(1);
    buf_free(&z);
    return more;
}

/* Without a value libcurl takes a header of its own out: no Expect, which would
 * make the server speak first, and no type that the plan did not give. */
static struct curl_slist *headers_of(Request *r)
{
    struct curl_slist *l = add_header(r, NULL, STR("Expect:"));
    bool typed = false;
    uint32_t n = 0;
    const Json *j = r->headers == NULL ? NULL : r->headers->child;
    for (; j != NULL; j = j->next) {
        if (j->kind != J_TEXT || !header_allowed(r, j->text) || ++n > LIM_HTTP_HEADERS)
            refuse(r, "a header must read \"Name: value\" on one line, must not be one "
                   "that gate sets itself (Host, Content-Length ...), and there are at "
                   "most 64", r->url);
        typed = typed || (j->text.n > 13 && strncasecmp("content-type:", j->text.p, 13) == 0);
        l = add_header(r, l, j->text);
    }
    if (!typed)
        l = add_header(r, l, STR("Content-Type:"));
    if (r->key[0] != '\0') {
        Buf key = {0};
        buf_printf(&key, "Idempotency-Key: %s", r->key);
        l = add_header(r, l, buf_view(&key));
        buf_free(&key);
    }
    return l;
}

/* --- the request ------------------------------------------------------------------- */

#define SET(option, value) \
    (ok = r->curl.easy_setopt(h, CURLOPT_##option, value) == CURLE_OK && ok)

static bool set_rules(Request *r)
{
    CURL *h = r->handle;
    bool ok = true;
    SET(PROTOCOLS_STR, r->grant->is_private ? "http,https" : "https");
    SET(DISALLOW_USERNAME_IN_URL, 1L);
    SET(FOLLOWLOCATION, 0L);
    SET(PROXY, "");
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    SET(NOSIGNAL, 1L);
    SET(TIMEOUT_MS, (long)r->timeout_ms);
    SET(CONNECTTIMEOUT_MS, (long)LIM_HTTP_CONNECT_MS);
    SET(OPENSOCKETFUNCTION, open_socket);
    SET(OPENSOCKETDATA, r);
    SET(PREREQFUNCTION, before_request);
    SET(PREREQDATA, r);
    SET(WRITEFUNCTION, take_body);
    SET(WRITEDATA, r);
    SET(HEADERFUNCTION, take_header);
    SET(HEADERDATA, r);
    SET(ERRORBUFFER, r->cause);
    return ok;
}

static bool set_request(Request *r)
{
    CURL *h = r->handle;
    bool ok = true;
    SET(URL, r->url);
    SET(ACCEPT_ENCODING, "");
    SET(USERAGENT, "gate");
    SET(HTTPHEADER, headers_of(r));
    if (r->reads)
        return SET(HTTPGET, 1L);
    /* A body, even an empty one, has a length: a DELETE without one has none. */
    if (r->body.n > 0 || strcmp(r->method, "DELETE") != 0) {
        SET(POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        SET(POSTFIELDS, r->body.n > 0 ? r->body.p : "");
    }
    SET(CUSTOMREQUEST, r->method);
    return ok;
}

/* What a failure means for somebody who must decide whether to send again. */
static _Noreturn void answer_failure(Request *r, CURLcode c)
{
    FxOutcome unsure = r->reads || !r->sent ? FX_FAILED : FX_UNKNOWN;
    const char *cause = r->cause[0] != '\0' ? r->cause : r->curl.easy_strerror(c);
    const char *more = unsure == FX_UNKNOWN ? "; what the server did is not known" : "";
    if (r->refused && !r->sent) {
        Buf why = {0};
        buf_str(&why, buf_view(&r->words));
        refuse(r, buf_z(&why), r->url);
    }
    buf_clear(&r->words);
    buf_clear(&r->text);
    if (r->too_large) {
        buf_printf(&r->words, "the answer of %s is larger than gate takes (%d bytes, "
                   "headers %d)%s", r->url, LIM_HTTP_BYTES, LIM_HTTP_HEADER_BYTES, more);
        answer(r, unsure, C_LIMIT, -1);
    }
    if (!r->sent) {
        buf_printf(&r->words, "the request to %s was not sent: %s", r->url,
                   cause);
        answer(r, FX_FAILED, C_NOT_SENT, -1);
    }
    buf_printf(&r->words, "%s did not answer as it should: %s%s", r->url,
               cause, more);
    answer(r, unsure, c == CURLE_OPERATION_TIMEDOUT ? C_TIMEOUT : C_ERROR, -1);
}

static _Noreturn void answer_response(Request *r)
{
    long status = 0;
    Buf body = {0};
    r->curl.easy_getinfo(r->handle, CURLINFO_RESPONSE_CODE, &status);
    bool whole = fx_clean(&body, buf_view(&r->text), LIM_TEXT_BYTES);
    r->text = body;
    buf_clear(&r->words);
    if (status >= 400) {
        /* 4xx: the server says that it did nothing. */
        FxOutcome o = status < 500 || r->reads ? FX_FAILED : FX_UNKNOWN;
        buf_printf(&r->words, "%s answered with status %ld%s", r->url, status,
                   o == FX_UNKNOWN ? "; what it did is not known" : "");
        answer(r, o, C_ERROR, status);
    }
    if (!whole) {
        buf_printf(&r->words, "the answer of %s is larger than a text value (%d bytes)",
                   r->url, LIM_TEXT_BYTES);
        buf_clear(&r->text);
        answer(r, r->reads ? FX_FAILED : FX_UNKNOWN, C_LIMIT, status);
    }
    answer(r, FX_DONE, C_DONE, status);
}

static void child_main(void *arg, int pipe)
{
    Request *r = arg;
    r->pipe = pipe;
    load(r);
    check_url(r);
    /* From here on bytes of strangers come in: nothing can be written, run or
     * reached but the network. Roots, resolver settings, a resolver's state. */
    static const char *const reads[] = {"/etc", "/run/systemd/resolve", "/usr/share",
                                        "/var/lib/ca-certificates"};
    sandbox_enter(reads, sizeof reads / sizeof *reads, true, r->timeout_ms + 1000,
                  (int64_t)512 * 1024 * 1024);
    if (!set_rules(r) || !set_request(r)) {
        buf_printf(&r->words, "%s needs libcurl 7.85 or later", r->tool);
        answer(r, FX_FAILED, C_SPAWN, -1);
    }
    CURLcode c = r->curl.easy_perform(r->handle);
    if (c != CURLE_OK)
        answer_failure(r, c);
    answer_response(r);
}

/* --- in gate ------------------------------------------------------------------------- */

static const char *text_arg(FxJob *job, const Json *args, const char *name, const char *or_else)
{
    Str s = json_text(args, name);
    return s.p == NULL ? or_else : arena_copy(job->arena, s.p, s.n);
}

static bool method_known(const char *m)
{
    static const char *const known[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (m != NULL && strcmp(m, known[i]) == 0)
            return true;
    return false;
}

void fx_http_start(FxJob *job, const FxRequest *req, const Json *args)
{
    bool get = strcmp(job->pack->tool, "get") == 0;
    Request r = {.grants = req->grants, .n_grants = req->n_grants, .reads = get,
                 .tool = get ? "http.get" : "http.send", .key = "", .pipe = -1};
    Buf why = {0};
    r.url = text_arg(job, args, "url", "");
    r.method = get ? "GET" : text_arg(job, args, "method", "POST");
    r.body = json_text(args, "body");
    r.headers = json_get(args, "headers");
    r.timeout_ms = job->due - job->os->mono_ms(job->os);
    if (!get && req->key != NULL)
        r.key = req->key;
    job->reads = get;
    job->name = r.url;
    job->keep = (size_t)LIM_HTTP_BYTES + LIM_TEXT_BYTES;
    /* libcurl keeps the time; ours is for a child that does not. */
    job->due += LIM_KILL_GRACE_MS;
    if (r.url == NULL || !method_known(r.method))
        fx_fail(job, FX_FAILED, "refused", "%s knows the methods POST, PUT, PATCH and "
                "DELETE", r.tool);
    else if (!(job->has_child = sandbox_call(child_main, &r, &job->child, &job->out, &why)))
        fx_fail(job, FX_FAILED, "spawn", "%s was not started: %s", r.tool, buf_z(&why));
    buf_free(&why);
}

/* Takes the answer apart; false: it did not arrive whole. */
static bool read_answer(Str said, Answer *a, Str *message, Str *body)
{
    if (said.n > 0 && said.p[0] == 'S')
        said.p++, said.n--;
    if (said.n < 1 + sizeof *a || said.p[0] != 'R')
        return false;
    memcpy(a, said.p + 1, sizeof *a);
    said.p += 1 + sizeof *a, said.n -= 1 + sizeof *a;
    if (a->code >= C_COUNT || a->outcome > FX_UNKNOWN || a->message_n > said.n ||
        said.n - a->message_n != a->body_n)
        return false;
    *message = (Str){said.p, a->message_n};
    *body = (Str){said.p + a->message_n, a->body_n};
    return true;
}

void fx_http_end(FxJob *job, int status)
{
    Str said = buf_view(&job->out_text), message, body;
    bool sent = said.n > 0 && said.p[0] == 'S';
    Answer a;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
        !read_answer(said, &a, &message, &body)) {
        fx_fail(job, sent ? fx_unsure(job) : FX_FAILED,
                job->late ? "timeout" : job->killed ? "signal" : sent ? "error" : "not_sent",
                "the request to %s was %s before it was answered%s", job->name,
                job->late ? "stopped for time" : "broken off",
                sent && !job->reads ? "; what the server did is not known"
                                    : sent ? "" : " and before it was sent");
        return;
    }
    job->result.status = a.status;
    if (a.status >= 0) {
        Buf *r = &job->result.result;
        buf_puts(r, "{\"status\":");
        json_put_int(r, a.status);
        buf_puts(r, ",\"body\":");
        json_put_text(r, body);
        buf_putc(r, '}');
    }
    if (a.outcome == FX_DONE)
        fx_done(job);
    else
        fx_fail(job, (FxOutcome)a.outcome, codes[a.code], "%.*s", STR_ARG(message));
}
