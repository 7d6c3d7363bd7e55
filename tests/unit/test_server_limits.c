/* The limits of the service at their edges: clients, the length of a request,
 * and how long who waits for whom. Time is ours; nothing here waits for it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/test_engine_world.h"
#include "vm/server/svc.h"

/* --- a clock, and what poll is told ------------------------------------------- */

static int64_t mono_now = 1000, wall_now;
static int64_t mono_steps[8]; /* what the next looks at mono are told; 0: no more */
static size_t mono_looks;

static int64_t fake_mono(Os *os)
{
    (void)os;
    if (mono_looks < 8 && mono_steps[mono_looks] != 0)
        mono_now = mono_steps[mono_looks];
    mono_looks++;
    return mono_now;
}

static int64_t fake_now(Os *os)
{
    (void)os;
    return wall_now;
}

static GateStatus real_random(Os *os, void *out, size_t n)
{
    (void)os;
    return os_real()->random(os_real(), out, n);
}

static int64_t real_boot(Os *os)
{
    (void)os;
    return wall_now - T0;
}

static bool no_boot_id(Os *os, char out[OS_UUID_SIZE])
{
    (void)os;
    out[0] = '\0';
    return false;
}

static Os machine = {fake_now, fake_mono, real_random, real_boot, no_boot_id};

static int polled[64];
static size_t n_polled;
static bool time_is_up; /* every poll with a bound ends at once */

/* In place of the C library's, for the code under test too. */
int poll(struct pollfd *fds, nfds_t n, int timeout)
{
    const struct timespec bound = {timeout / 1000, timeout % 1000 * 1000000L};
    if (n_polled < 64)
        polled[n_polled++] = timeout;
    if (time_is_up && timeout > 0)
        return 0;
    return ppoll(fds, n, timeout < 0 ? NULL : &bound, NULL);
}

/* --- a tenant that is served ----------------------------------------------------- */

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/gate-limits-XXXXXX");
    mono_now = 1000;
    wall_now = T0;
    memset(mono_steps, 0, sizeof mono_steps);
    mono_looks = n_polled = 0;
    time_is_up = false;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0;
}

static Svc served(void)
{
    Svc s = {.cfg = {.state_dir = dir, .tenant = "default", .os = &machine}, .lock_fd = -1,
             .listen_fd = -1, .writes = true};
    char path[100];
    Buf why = {0};
    buf_puts(&s.dir, dir);
    snprintf(path, sizeof path, "%s/log.db", dir);
    assert_int_equal(log_open(path, LOG_CREATE, &machine, &s.log, &why), GATE_OK);
    assert_int_equal(socket_listen(&s, &why), GATE_OK);
    return s;
}

static void unserved(Svc *s)
{
    socket_close(s);
    while (s->jobs != NULL)
        job_free(s, s->jobs);
    log_close(s->log);
    policy_drop(s);
    buf_free(&s->dir);
}

static size_t watched(Svc *s)
{
    struct pollfd fds[2 * LIM_CLIENTS];
    return socket_fds(s, fds, 2 * LIM_CLIENTS);
}

/* --- clients --------------------------------------------------------------------------- */

static void so_many_clients(void **state)
{
    (void)state;
    Svc s = served();
    int fd[LIM_CLIENTS + 1];
    assert_int_equal(watched(&s), 1); /* who listens */
    for (int i = 0; i <= LIM_CLIENTS; i++) {
        fd[i] = client_connect(dir);
        assert_true(fd[i] >= 0);
        socket_pump(&s);
        /* With the last one the door is closed: the next waits outside. */
        assert_int_equal(watched(&s), i + 1 < LIM_CLIENTS ? i + 2 : LIM_CLIENTS);
    }
    close(fd[0]);
    socket_pump(&s); /* sees it gone */
    assert_int_equal(watched(&s), LIM_CLIENTS);
    socket_pump(&s); /* and lets the next one in */
    assert_int_equal(watched(&s), LIM_CLIENTS);
    for (int i = 1; i <= LIM_CLIENTS; i++)
        close(fd[i]);
    unserved(&s);
}

static void patience_with_a_client(void **state)
{
    (void)state;
    Svc s = served();
    int fd = client_connect(dir);
    socket_pump(&s);
    assert_int_equal(socket_deadline(&s), 1000 + LIM_REQUEST_MS);
    assert_int_equal(write(fd, "{", 1), 1);
    mono_now += LIM_REQUEST_MS - 1;
    socket_pump(&s); /* a byte moves nothing */
    assert_int_equal(socket_deadline(&s), 1000 + LIM_REQUEST_MS);
    mono_now++;
    socket_pump(&s);
    assert_int_equal(socket_deadline(&s), -1);
    close(fd);
    unserved(&s);
}

/* A request of n bytes and its line's end, in as many pieces as it takes. */
static void send_request(Svc *s, int fd, size_t n)
{
    Buf line = {0};
    buf_puts(&line, "{\"verb\":\"nonsense\",\"x\":\"");
    while (line.n < n - 2)
        buf_putc(&line, 'x');
    buf_puts(&line, "\"}\n");
    for (size_t at = 0; at < line.n;) {
        ssize_t put = send(fd, line.p + at, line.n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0) {
            assert_int_equal(errno, EAGAIN);
            put = 0;
        }
        at += (size_t)put;
        socket_pump(s);
    }
    buf_free(&line);
}

static void a_request_is_so_long(void **state)
{
    (void)state;
    for (int over = -1; over <= 1; over++) {
        char got[64] = "";
        Svc s = served();
        int fd = client_connect(dir);
        socket_pump(&s);
        send_request(&s, fd, (size_t)(LIM_REQUEST_BYTES + over));
        assert_true(recv(fd, got, sizeof got - 1, 0) > 0);
        assert_int_equal(strncmp(got, "{\"accepted\":true}", 17) == 0, over <= 0);
        assert_int_equal(strstr(got, "too_long") != NULL, over > 0);
        assert_int_equal(s.jobs != NULL, over <= 0);
        close(fd);
        unserved(&s);
    }
}

/* Who asks knows it too, and does not send what will not be taken. */
static void a_client_keeps_to_the_length(void **state)
{
    (void)state;
    Svc s = served();
    for (int over = -1; over <= 1; over++) {
        Buf request = {0}, why = {0};
        SvcConfig cfg = {0};
        SvcReply reply = {0};
        time_is_up = true; /* nobody reads it: it is sent in any case */
        buf_puts(&request, "{\"x\":\"");
        while (request.n < (size_t)(LIM_REQUEST_BYTES + over) - 2)
            buf_putc(&request, 'x');
        buf_puts(&request, "\"}");
        pid_t reader = fork();
        if (reader == 0) { /* takes bytes, and says nothing */
            char chunk[65536];
            int c = accept4(s.listen_fd, NULL, NULL, 0);
            while (c < 0)
                c = accept4(s.listen_fd, NULL, NULL, 0);
            while (recv(c, chunk, sizeof chunk, 0) > 0)
                ;
            _exit(0);
        }
        assert_int_equal(client_ask(&cfg, dir, buf_view(&request), (Str){0}, &reply, &why),
                         ASK_LOST);
        assert_int_equal(strstr(buf_z(&why), "too large") != NULL, over > 0);
        assert_int_equal(strstr(buf_z(&why), "did not answer") != NULL, over <= 0);
        waitpid(reader, NULL, 0);
        buf_free(&request);
        buf_free(&why);
    }
    unserved(&s);
}

static void an_answer_is_waited_for(void **state)
{
    (void)state;
    Svc s = served();
    Buf why = {0};
    SvcConfig cfg = {0};
    SvcReply reply = {0};
    time_is_up = true;
    assert_int_equal(client_ask(&cfg, dir, STR("{\"verb\":\"cancel\"}"), (Str){0}, &reply,
                                &why), ASK_LOST);
    assert_string_equal(buf_z(&why), "it did not answer");
    assert_int_equal(n_polled, 1);
    assert_int_equal(polled[0], LIM_ANSWER_MS);
    buf_free(&why);
    unserved(&s);
}

/* --- the lock --------------------------------------------------------------------------- */

/* Somebody holds the lock and has no socket: looked for until the time is over,
 * and not longer. */
static void the_holder_is_looked_for(void **state)
{
    (void)state;
    char tenant[100];
    Buf why = {0};
    SvcReply reply = {0};
    SvcConfig cfg = {.state_dir = dir, .tenant = "default", .os = &machine};
    int fd;
    long pid;
    snprintf(tenant, sizeof tenant, "%s/tenants/default", dir);
    assert_int_equal(os_make_dirs(tenant, 0700, &why), GATE_OK);
    assert_int_equal(lock_take(tenant, &fd, &pid, &why), GATE_OK);
    const int64_t looks[] = {1000, 1000 + LIM_HANDOVER_MS - 1, 1000 + LIM_HANDOVER_MS,
                             1000 + LIM_HANDOVER_MS + 1};
    memcpy(mono_steps, looks, sizeof looks);
    assert_int_equal(svc_call(&cfg, STR("{\"verb\":\"cancel\",\"run\":\"x\"}"), (Str){0}, &reply,
                              &why), GATE_E_BUSY);
    assert_int_equal(mono_looks, 4);
    assert_non_null(strstr(buf_z(&why), "its socket does not answer"));
    lock_drop(fd);
    buf_free(&why);
    buf_free(&reply.json);
}

/* --- timers that are waited for -------------------------------------------------------------- */

static const char writes[] =
    "edition 1\nplan p \"A plan\"\nrole owner \"Owner\"\n"
    "phase w {\n needs nothing\n gate L1 by owner\n action w {\n"
    "  run file.write { path = \"f\", text = \"new\" }\n  undo none because \"scratch\"\n"
    "  retry 3 times every 1h }\n}\n";

static void near_timers_are_waited_for(void **state)
{
    (void)state;
    World *w = world(writes, solo_host);
    rule(w, "\"new\"", OUT_FAILED, 1, NULL);
    begin(w, "{}");
    SvcRun r = {.eng = w->run, .drive = true, .woken_due = -1};
    Svc s = {.cfg = {.os = &machine}, .runs = &r};
    int64_t due = eng_due(w->run);
    assert_int_equal(due, T0 + 3600000);
    for (int64_t off = -1; off <= 1; off++) {
        wall_now = due - LIM_DRIVE_WAIT_MS - off; /* off further away than the limit */
        assert_int_equal(loop_at_rest(&s, &r), off > 0);
    }
    s.ending = 15; /* who is to end waits for no timer */
    assert_true(loop_at_rest(&s, &r));
    s.ending = 0;
    s.frozen = true; /* and nobody for one that stands still */
    assert_true(loop_at_rest(&s, &r));
    end_world(w);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(so_many_clients),
        T(patience_with_a_client),
        T(a_request_is_so_long),
        T(a_client_keeps_to_the_length),
        T(an_answer_is_waited_for),
        T(the_holder_is_looked_for),
        T(near_timers_are_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
