/* What a sandboxed start costs, tier by tier: from the call until the program
 * has been executed, and until it is reaped; medians of 50 starts of
 * /bin/true, beside a bare fork and exec. Prints figures, asserts none.
 * Links lib/effect.a, core.a, os.a, -lseccomp -lcrypto -lutf8proc -ldl. */
#include "vm/effect/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STARTS = 50 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *all)
{
    qsort(all, STARTS, sizeof *all, by_size);
    return all[STARTS / 2];
}

static const char *const argv_true[] = {"/bin/true", NULL};
static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};

static void plain(void)
{
    double all[STARTS];
    for (int i = 0; i < STARTS; i++) {
        double t = now_ms();
        pid_t pid = fork();
        if (pid == 0) {
            execve(argv_true[0], (char *const *)argv_true, (char *const *)env);
            _exit(127);
        }
        waitpid(pid, NULL, 0);
        all[i] = now_ms() - t;
    }
    printf("bare fork and exec       ended %6.2f ms\n", median(all));
}

static bool one(const SandboxSpec *s, double *started, double *ended)
{
    SandboxChild c;
    Buf why = {0};
    int status;
    double t = now_ms();
    if (!sandbox_start(s, &c, &why)) {
        printf("%s\n", buf_z(&why));
        buf_free(&why);
        return false;
    }
    *started = now_ms() - t;
    struct pollfd p = {c.gone, POLLIN, 0};
    do
        poll(&p, 1, c.gone < 0 ? 1 : -1);
    while (!sandbox_reap(&c, &status));
    *ended = now_ms() - t;
    return true;
}

int main(void)
{
    int null = open("/dev/null", O_RDWR);
    SandboxSpec s = {.argv = argv_true, .env = env, .in = null, .out = null, .err = null,
                     .cpu_ms = 60000, .memory_bytes = (int64_t)1 << 32};
    char made[] = "/tmp/gate-bench-XXXXXX";
    const char *granted = mkdtemp(made);
    if (granted == NULL)
        return 1;
    s.write_dirs = &granted, s.n_write = 1;
    double t = now_ms();
    int best = sandbox_probe(NULL);
    printf("probe of the host        once  %6.2f ms: T%d\n", now_ms() - t, best);
    plain();
    for (int tier = 0; tier <= best; tier++) {
        double started[STARTS], ended[STARTS];
        bool ok = true;
        sandbox_limit(tier, -1);
        for (int i = 0; ok && i < STARTS; i++)
            ok = one(&s, &started[i], &ended[i]);
        if (ok)
            printf("sandbox T%d: running after %6.2f, ended %6.2f ms\n", tier,
                   median(started), median(ended));
    }
    rmdir(granted);
    return 0;
}
