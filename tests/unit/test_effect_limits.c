/* The limits of one effect at their edges. What is a span of time is read from
 * the deadline that comes of it; nothing here waits for it. */
#include "tests/probe/kit.h"
#include "vm/effect/sandbox.h"
#include "vm/os/limits.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- a clock that the test sets --------------------------------------------------- */

static int64_t mono_now = 1000;

static int64_t fake_mono(Os *os)
{
    (void)os;
    return mono_now;
}

static Kit k;
static char top[64], plan[80], state_dir[80];
static Str folder;

static int setup(void **state)
{
    (void)state;
    snprintf(top, sizeof top, "/tmp/gate-limits-XXXXXX");
    if (mkdtemp(top) == NULL)
        return -1;
    snprintf(plan, sizeof plan, "%s/plan", top);
    snprintf(state_dir, sizeof state_dir, "%s/state", top);
    kit_init(&k, plan, state_dir);
    folder = str_of(plan);
    k.grant = (FxGrant){.any_program = true, .folders = &folder, .n_folders = 1};
    return mkdir(plan, 0755) != 0 || mkdir(state_dir, 0755) != 0 || k.fx == NULL;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    fx_free(k.fx);
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command) != 0;
}

/* --- arguments ------------------------------------------------------------------------ */

static void so_many_arguments(void **state)
{
    (void)state;
    for (int n = LIM_ARGV_ITEMS - 1; n <= LIM_ARGV_ITEMS + 1; n++) {
        Buf args = {0};
        buf_puts(&args, "{\"argv\":[\"true\"");
        for (int i = 1; i < n; i++)
            buf_puts(&args, ",\"a\"");
        buf_puts(&args, "]}");
        FxResult r = kit_call(&k, "shell", "change", buf_z(&args));
        bool fits = n <= LIM_ARGV_ITEMS;
        assert_int_equal(r.outcome, fits ? FX_DONE : FX_FAILED);
        assert_string_equal(r.code, fits ? "" : "limit");
        kit_drop(&r);
        buf_free(&args);
    }
}

/* --- time -------------------------------------------------------------------------------- */

static void start(Fx *fx, const char *tool, const char *args, int64_t timeout_ms)
{
    kit_tool(&k, "shell", tool);
    k.req.args = str_of(args);
    k.req.timeout_ms = timeout_ms;
    assert_int_equal(fx_start(fx, &k.req), GATE_OK);
    assert_int_equal(fx_running(fx), 1);
    k.req.timeout_ms = 60000;
}

static void without_a_timeout(void **state)
{
    (void)state;
    Os os = *os_real();
    os.mono_ms = fake_mono;
    mono_now = 1000;
    Fx *fx = fx_new(&os);
    start(fx, "query", "{\"argv\":[\"cat\"],\"input\":\"x\"}", 0);
    assert_int_equal(fx_deadline(fx), 1000 + LIM_ACTION_TIMEOUT_MS);
    fx_free(fx);
}

/* TERM, and one grace later KILL: not a millisecond earlier, since what it is
 * told first it may still do something about. */
static void the_grace_before_a_kill(void **state)
{
    (void)state;
    Os os = *os_real();
    os.mono_ms = fake_mono;
    mono_now = 1000;
    Fx *fx = fx_new(&os);
    FxResult r = {0};
    start(fx, "change", "{\"argv\":[\"sh\",\"-c\",\"trap '' TERM; echo ready; sleep 600\"]}",
          60000);
    int fds[3];
    assert_int_equal(fx_fds(fx, fds, 3), 3);
    struct pollfd said = {fds[0], POLLIN, 0};
    assert_int_equal(poll(&said, 1, 60000), 1); /* it ignores TERM from here on */
    fx_kill(fx, k.req.id);
    assert_int_equal(fx_deadline(fx), 1000 + LIM_KILL_GRACE_MS);
    mono_now += LIM_KILL_GRACE_MS - 1;
    fx_pump(fx);
    assert_int_equal(fx_deadline(fx), 1000 + LIM_KILL_GRACE_MS);
    assert_false(fx_next(fx, &r));
    mono_now++;
    fx_pump(fx);
    while (!fx_next(fx, &r)) {
        size_t n = fx_fds(fx, fds, 3);
        struct pollfd p[3];
        for (size_t i = 0; i < n; i++)
            p[i] = (struct pollfd){fds[i], POLLIN, 0};
        poll(p, (nfds_t)n, 60000);
        fx_pump(fx);
    }
    assert_int_equal(r.outcome, FX_UNKNOWN);
    assert_string_equal(r.code, "signal");
    kit_drop(&r);
    fx_free(fx);
}

/* --- what a sandboxed program has ------------------------------------------------------------ */

/* The soft limit of a row of proc(5)'s /proc/PID/limits, as the program sees it. */
static uint64_t soft(const char *limits, const char *row)
{
    const char *p = strstr(limits, row);
    assert_non_null(p);
    return strtoull(p + strlen(row), NULL, 10);
}

/* gate only lowers: a host that allows less keeps its own. */
static uint64_t at_most(uint64_t limit, int what)
{
    struct rlimit r;
    getrlimit((__rlimit_resource_t)what, &r);
    return r.rlim_max != RLIM_INFINITY && r.rlim_max < limit ? r.rlim_max : limit;
}

static void what_a_program_may_use(void **state)
{
    (void)state;
    const uint64_t mib = 1024 * 1024;
    FxResult r = kit_call(&k, "shell", "query", "{\"argv\":[\"cat\",\"/proc/self/limits\"]}");
    const char *limits = buf_z(&r.result);
    assert_int_equal(r.outcome, FX_DONE);
    assert_int_equal(soft(limits, "Max file size"), at_most(LIM_SANDBOX_FILE_MIB * mib, RLIMIT_FSIZE));
    assert_int_equal(soft(limits, "Max open files"), at_most(LIM_SANDBOX_OPEN_FILES, RLIMIT_NOFILE));
    assert_int_equal(soft(limits, "Max data size"), at_most(LIM_SANDBOX_MEMORY_MIB * mib, RLIMIT_DATA));
    if (strcmp(r.tier, "T3") == 0) /* elsewhere the user's other processes would count */
        assert_int_equal(soft(limits, "Max processes"), at_most(LIM_SANDBOX_PROCESSES, RLIMIT_NPROC));
    kit_drop(&r);
}

/* Descriptors count from 0: the last one has the number limit - 1. */
static void the_last_open_file(void **state)
{
    (void)state;
    char args[200];
    for (int fd = LIM_SANDBOX_OPEN_FILES - 2; fd <= LIM_SANDBOX_OPEN_FILES; fd++) {
        snprintf(args, sizeof args, "{\"argv\":[\"bash\",\"-c\",\"exec %d</dev/null\"]}", fd);
        FxResult r = kit_call(&k, "shell", "query", args);
        assert_int_equal(r.outcome == FX_DONE, fd < LIM_SANDBOX_OPEN_FILES);
        kit_drop(&r);
    }
}

static void the_private_folder(void **state)
{
    (void)state;
    if (strcmp(fx_tier(NULL), "T3") != 0)
        skip(); /* it has no file system of its own there */
    FxResult r = kit_call(&k, "shell", "query", "{\"argv\":[\"stat\",\"-f\",\"-c\",\"%b %S\",\"/tmp\"]}");
    const char *out = strstr(buf_z(&r.result), "\"output\":\"");
    unsigned long long blocks, size;
    assert_non_null(out);
    assert_int_equal(sscanf(out + 10, "%llu %llu", &blocks, &size), 2);
    assert_int_equal(blocks * size, LIM_SANDBOX_TMP_MIB * 1024ULL * 1024);
    kit_drop(&r);
}

static void so_many_folders(void **state)
{
    (void)state;
    static char paths[LIM_SANDBOX_FOLDERS + 1][120];
    static Str folders[LIM_SANDBOX_FOLDERS + 1];
    folders[0] = str_of(plan);
    for (int i = 1; i <= LIM_SANDBOX_FOLDERS; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/d%d", top, i);
        assert_int_equal(mkdir(paths[i], 0755), 0);
        folders[i] = str_of(paths[i]);
    }
    k.grant.folders = folders;
    for (int n = LIM_SANDBOX_FOLDERS - 1; n <= LIM_SANDBOX_FOLDERS + 1; n++) {
        k.grant.n_folders = (uint32_t)n;
        FxResult r = kit_call(&k, "shell", "change", "{\"argv\":[\"true\"]}");
        bool fits = n <= LIM_SANDBOX_FOLDERS;
        assert_int_equal(r.outcome, fits ? FX_DONE : FX_FAILED);
        assert_int_equal(strstr(buf_z(&r.message), "folders are granted") != NULL, !fits);
        kit_drop(&r);
    }
}

/* --- HTTP --------------------------------------------------------------------------------------- */

/* What libcurl is told, seen from here: the child that speaks HTTP looks its
 * functions up with dlsym, and gets this one in place of curl_easy_setopt. */
static long *connect_ms; /* shared with the child */
static int (*real_setopt)(void *, int, ...);
enum { CONNECTTIMEOUT_MS = 156 }; /* CURLOPT_CONNECTTIMEOUT_MS(3), curl.h */

static int seen_setopt(void *handle, int option, ...)
{
    va_list ap;
    va_start(ap, option);
    int status;
    if (option >= 30000 && option < 40000) { /* CURLOPTTYPE_OFF_T */
        int64_t value = va_arg(ap, int64_t);
        status = real_setopt(handle, option, value);
    } else if (option < 10000) { /* CURLOPTTYPE_LONG */
        long value = va_arg(ap, long);
        if (option == CONNECTTIMEOUT_MS)
            *connect_ms = value;
        status = real_setopt(handle, option, value);
    } else {
        void *value = va_arg(ap, void *);
        status = real_setopt(handle, option, value);
    }
    va_end(ap);
    return status;
}

typedef void *(*Lookup)(void *, const char *);

static Lookup real_lookup(void)
{
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};
    void *f = NULL;
    Lookup look;
    for (size_t i = 0; f == NULL && i < sizeof versions / sizeof *versions; i++)
        f = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    assert_non_null(f);
    memcpy(&look, &f, sizeof look);
    return look;
}

void *dlsym(void *restrict handle, const char *restrict name)
{
    void *f = real_lookup()(handle, name);
    if (strcmp(name, "curl_easy_setopt") != 0 || connect_ms == NULL)
        return f;
    int (*ours)(void *, int, ...) = seen_setopt;
    memcpy(&real_setopt, &f, sizeof real_setopt);
    memcpy(&f, &ours, sizeof f);
    return f;
}

static bool put(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent, n -= (size_t)sent;
    }
    return true;
}

static void put_filler(int fd, size_t n)
{
    char chunk[4096];
    memset(chunk, 'a', sizeof chunk);
    for (; n > 0; n -= n < sizeof chunk ? n : sizeof chunk)
        if (!put(fd, chunk, n < sizeof chunk ? n : sizeof chunk))
            return;
}

/* An answer whose header lines, or whose body, have exactly so many bytes. */
static void serve_one(int listening, size_t header, size_t body)
{
    char head[128], req[4096], line[1024];
    int fd = accept(listening, NULL, NULL);
    if (fd < 0 || recv(fd, req, sizeof req, 0) <= 0)
        return;
    size_t n = (size_t)snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                "Content-Length: %zu\r\n", body);
    put(fd, head, n);
    memset(line, 'a', sizeof line);
    memcpy(line, "X: ", 3);
    for (header = header > n + 2 ? header - n - 2 : 0; header > 0;) {
        /* No rest that is too short for a line of its own. */
        size_t k_ = header <= 1000 ? header : header < 1010 ? 900 : 1000;
        line[k_ - 2] = '\r', line[k_ - 1] = '\n';
        put(fd, line, k_);
        line[k_ - 2] = line[k_ - 1] = 'a';
        header -= k_;
    }
    put(fd, "\r\n", 2);
    put_filler(fd, body);
    close(fd);
}

static FxResult get(size_t header, size_t body)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    pid_t server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve_one(fd, header, body);
        _exit(0);
    }
    close(fd);
    Str host = STR("127.0.0.1");
    char args[100];
    k.grant = (FxGrant){.hosts = &host, .n_hosts = 1, .is_private = true};
    snprintf(args, sizeof args, "{\"url\":\"http://127.0.0.1:%d/\"}", ntohs(at.sin_port));
    FxResult r = kit_call(&k, "http", "get", args);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return r;
}

static void bytes_of_a_response(void **state)
{
    (void)state;
    for (int over = -1; over <= 1; over++) {
        FxResult r = get(0, (size_t)(LIM_HTTP_BYTES + over));
        /* Taken whole, and then more than a text value holds. */
        const char *says = over <= 0 ? "larger than a text value" : "larger than gate takes";
        assert_string_equal(r.code, "limit");
        assert_int_equal(r.status, over <= 0 ? 200 : -1);
        assert_non_null(strstr(buf_z(&r.message), says));
        kit_drop(&r);
    }
}

static void bytes_of_its_headers(void **state)
{
    (void)state;
    for (int over = -1; over <= 1; over++) {
        FxResult r = get((size_t)(LIM_HTTP_HEADER_BYTES + over), 2);
        assert_int_equal(r.outcome, over <= 0 ? FX_DONE : FX_FAILED);
        assert_string_equal(r.code, over <= 0 ? "" : "limit");
        kit_drop(&r);
    }
}

static void time_to_connect(void **state)
{
    (void)state;
    connect_ms = mmap(NULL, sizeof *connect_ms, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(connect_ms != MAP_FAILED);
    FxResult r = get(0, 2);
    assert_int_equal(r.outcome, FX_DONE);
    assert_int_equal(*connect_ms, LIM_HTTP_CONNECT_MS);
    kit_drop(&r);
    munmap(connect_ms, sizeof *connect_ms);
    connect_ms = NULL;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(so_many_arguments), T(without_a_timeout), T(the_grace_before_a_kill),
        T(what_a_program_may_use), T(the_last_open_file), T(the_private_folder),
        T(so_many_folders), T(bytes_of_a_response), T(bytes_of_its_headers),
        T(time_to_connect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
