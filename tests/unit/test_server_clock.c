/* A wall clock that somebody sets while the machine runs: what freezes, what
 * does not, and how it goes on. Whole requests against a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/compile.h"
#include "vm/os/limits.h"
#include "vm/server/service.h"

enum { MINUTE = 60000 };
static const int64_t T0 = INT64_C(1795503998000);

static const char plan[] =
    "edition 1\nplan asks \"Asks\"\nrole owner \"Owner\"\n"
    "phase go \"Go\" {\n  needs nothing\n  gate L2 \"Go?\" by owner within 1d otherwise stop\n"
    "  action note { run shell.query { argv = [\"echo\", \"hi\"] } }\n}\n";

/* --- a machine --------------------------------------------------------------- */

static struct {
    int64_t now, boot;
    const char *id; /* NULL: it does not say which boot this is */
} at;

static int64_t fake_now(Os *os)
{
    (void)os;
    return at.now;
}

static int64_t fake_boot(Os *os)
{
    (void)os;
    return at.boot;
}

static bool fake_id(Os *os, char out[OS_UUID_SIZE])
{
    (void)os;
    if (at.id != NULL)
        memcpy(out, at.id, OS_UUID_SIZE);
    return at.id != NULL;
}

static int64_t real_mono(Os *os)
{
    (void)os;
    return os_real()->mono_ms(os_real());
}

static GateStatus real_random(Os *os, void *out, size_t n)
{
    (void)os;
    return os_real()->random(os_real(), out, n);
}

static Os machine = {fake_now, real_mono, real_random, fake_boot, fake_id};

/* --- requests ------------------------------------------------------------------ */

static char dir[64], state_dir[96];
static Buf program;
static SvcReply reply;
static Buf notices, records;

static void hear(void *ctx, const char *kind, Str text)
{
    (void)ctx;
    buf_printf(&notices, "%s: %.*s\n", kind, STR_ARG(text));
}

static bool note(void *ctx, Str line)
{
    (void)ctx;
    buf_str(&records, line);
    buf_putc(&records, '\n');
    return true;
}

static int ask(const char *request)
{
    SvcConfig cfg = {.state_dir = state_dir, .tenant = "default", .os = &machine,
                     .notice = hear, .record = note};
    Buf why = {0};
    bool runs = strstr(request, "\"run\",\"dir\"") != NULL;
    buf_clear(&notices);
    buf_clear(&records);
    buf_clear(&reply.json);
    if (svc_call(&cfg, str_of(request), runs ? buf_view(&program) : (Str){0}, &reply,
                 &why) != GATE_OK)
        fail_msg("%s: %s", request, buf_z(&why));
    buf_free(&why);
    return reply.exit;
}

static int start(void)
{
    char request[200];
    snprintf(request, sizeof request, "{\"verb\":\"run\",\"dir\":\"%s\",\"file\":\"p.gate\"}", dir);
    return ask(request);
}

static int decide(const char *what)
{
    char request[300], digest[65] = "";
    ask("{\"verb\":\"show\",\"run\":\"asks-1\",\"phase\":\"go\"}");
    const char *p = strstr(buf_z(&reply.json), "\"digest\":\"");
    assert_non_null(p);
    memcpy(digest, p + 10, 64);
    snprintf(request, sizeof request, "{\"verb\":\"%s\",\"run\":\"asks-1\",\"phase\":\"go\","
             "\"digest\":\"%s\",\"resume\":true}", what, digest);
    return ask(request);
}

static bool frozen(void)
{
    assert_int_equal(ask("{\"verb\":\"status\"}"), EXIT_DONE);
    return strstr(buf_z(&reply.json), "\"timers_frozen\":\"the clock of this host") != NULL;
}

static bool has(const char *words)
{
    return strstr(buf_z(&reply.json), words) != NULL;
}

/* --- a state folder for each test ------------------------------------------------ */

static int setup(void **state)
{
    (void)state;
    Compilation c = {0};
    snprintf(dir, sizeof dir, "/tmp/gate-clock-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(state_dir, sizeof state_dir, "%s/state", dir);
    if (compile_source(STR("p.gate"), STR(plan), COMPILE_EMIT, &c) != GATE_OK ||
        c.program == NULL || prog_write(c.program, &program) != GATE_OK)
        return -1;
    compile_free(&c);
    at.now = T0;
    at.boot = 5 * MINUTE;
    at.id = "11111111-2222-4333-8444-555555555555";
    return start() == EXIT_WAIT_PERSON ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    buf_free(&program);
    buf_free(&reply.json);
    buf_free(&notices);
    buf_free(&records);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0;
}

/* --- tests -------------------------------------------------------------------------- */

static void a_step_counts_beyond_the_limit(void **state)
{
    (void)state;
    for (int64_t by = LIM_CLOCK_STEP_MS - 1; by <= LIM_CLOCK_STEP_MS + 1; by++) {
        at.now = T0 + by;
        assert_int_equal(frozen(), by > LIM_CLOCK_STEP_MS);
        at.now = T0 - by;
        assert_int_equal(frozen(), by > LIM_CLOCK_STEP_MS);
    }
}

static void time_that_passes_is_no_step(void **state)
{
    (void)state;
    at.now += INT64_C(2000) * MINUTE;
    at.boot += INT64_C(2000) * MINUTE; /* asleep or awake */
    assert_false(frozen());
    assert_int_equal(ask("{\"verb\":\"resume\",\"run\":\"asks-1\"}"), EXIT_REJECTED);
    assert_true(has("\"state\":\"expired\""));
}

static void nothing_expires_until_it_is_accepted(void **state)
{
    (void)state;
    at.now += INT64_C(2000) * MINUTE;
    assert_int_equal(ask("{\"verb\":\"resume\",\"run\":\"asks-1\"}"), EXIT_WAIT_PERSON);
    assert_true(has("\"state\":\"waiting\"") && has("timers_frozen"));
    assert_non_null(strstr(buf_z(&notices), "clock: the clock of this host went forward by "
                                            "33 h 20 min"));
    assert_int_equal(ask("{\"verb\":\"why\",\"run\":\"asks-1\"}"), EXIT_DONE);
    assert_true(has("gate doctor --accept-clock"));
    assert_int_equal(ask("{\"verb\":\"doctor\"}"), EXIT_ENVIRONMENT);
    assert_true(has("\"check\":\"clock\",\"verdict\":\"bad\""));
    assert_int_equal(ask("{\"verb\":\"accept_clock\"}"), EXIT_DONE);
    assert_true(has("\"code\":\"accepted\""));
    assert_false(frozen());
    assert_int_equal(ask("{\"verb\":\"log\"}"), EXIT_DONE);
    const char *r = strstr(buf_z(&records), "\"kind\":\"clock.accepted\"");
    assert_non_null(r);
    assert_null(strstr(r + 8, "\"kind\":\"clock.accepted\""));
    assert_non_null(strstr(buf_z(&records), "\"from\":\"2026-11-24T07:06:38.000Z\""));
    assert_non_null(strstr(buf_z(&records), "\"to\":\"2026-11-25T16:26:38.000Z\""));
    assert_int_equal(ask("{\"verb\":\"resume\",\"run\":\"asks-1\"}"), EXIT_REJECTED);
    assert_true(has("\"state\":\"expired\""));
    assert_int_equal(ask("{\"verb\":\"verify\"}"), EXIT_DONE);
}

static void decisions_count_meanwhile(void **state)
{
    (void)state;
    at.now += INT64_C(2000) * MINUTE;
    assert_int_equal(decide("approve"), EXIT_DONE);
    assert_true(has("\"state\":\"done\""));
    assert_true(frozen()); /* what was recorded meanwhile accepts nothing */
}

static void nothing_to_accept(void **state)
{
    (void)state;
    assert_int_equal(ask("{\"verb\":\"accept_clock\"}"), EXIT_DONE);
    assert_true(has("\"code\":\"nothing_to_accept\""));
    ask("{\"verb\":\"log\"}");
    assert_null(strstr(buf_z(&records), "clock.accepted"));
}

static void a_clock_that_is_set_right_again(void **state)
{
    (void)state;
    at.now += INT64_C(2000) * MINUTE;
    assert_true(frozen());
    at.now = T0 + MINUTE;
    assert_false(frozen());
    assert_int_equal(ask("{\"verb\":\"resume\",\"run\":\"asks-1\"}"), EXIT_WAIT_PERSON);
}

/* Each append keeps what the clock is like, so that a clock that is slewed for
 * years never seems to have stepped. */
static void small_steps_add_up_to_none(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        at.now += LIM_CLOCK_STEP_MS - MINUTE;
        assert_false(frozen());
        assert_int_equal(start(), EXIT_WAIT_PERSON);
    }
}

static void another_boot_cannot_be_told(void **state)
{
    (void)state;
    at.now += INT64_C(2000) * MINUTE;
    at.id = "99999999-2222-4333-8444-555555555555";
    assert_false(frozen());
    assert_int_equal(ask("{\"verb\":\"resume\",\"run\":\"asks-1\"}"), EXIT_REJECTED);
    at.now += INT64_C(2000) * MINUTE; /* and from there on it can */
    assert_true(frozen());
}

static void a_machine_that_does_not_say(void **state)
{
    (void)state;
    at.id = NULL;
    at.now += INT64_C(2000) * MINUTE;
    assert_false(frozen());
    assert_int_equal(start(), EXIT_WAIT_PERSON);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_step_counts_beyond_the_limit),
        T(time_that_passes_is_no_step),
        T(nothing_expires_until_it_is_accepted),
        T(decisions_count_meanwhile),
        T(nothing_to_accept),
        T(a_clock_that_is_set_right_again),
        T(small_steps_add_up_to_none),
        T(another_boot_cannot_be_told),
        T(a_machine_that_does_not_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
