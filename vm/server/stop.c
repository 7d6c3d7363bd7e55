/* Owns: being asked to end by a signal. Must not know: what there is to end.
 *
 * The first of SIGINT, SIGTERM and SIGHUP is a request: the loop starts nothing
 * new and takes the outcomes of what is under way. From then on the three do
 * what they do by default, so a second one ends the process at once. One that
 * was ignored when gate began (nohup) stays ignored.
 *
 * A handler has no argument, so what it writes to is global: a number and a
 * descriptor, which wakes poll even when the signal comes just before it. */
#include "vm/server/svc.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

static volatile sig_atomic_t asked;
static volatile sig_atomic_t taken[N_SIGNALS];
static int wake_fd = -1;

static void by_default(void)
{
    struct sigaction plain;
    memset(&plain, 0, sizeof plain);
    plain.sa_handler = SIG_DFL;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        if (taken[i])
            sigaction(signals[i], &plain, NULL);
        taken[i] = 0;
    }
}

static void on_signal(int number)
{
    int kept = errno;
    uint64_t one = 1;
    asked = number;
    by_default();
    ssize_t put = write(wake_fd, &one, sizeof one);
    (void)put; /* full: it wakes as well */
    errno = kept;
}

bool stop_watch(void)
{
    struct sigaction ours, was;
    memset(&ours, 0, sizeof ours);
    ours.sa_handler = on_signal;
    ours.sa_flags = SA_RESTART;
    sigemptyset(&ours.sa_mask);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaddset(&ours.sa_mask, signals[i]);
    asked = 0;
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0)
        return false;
    for (size_t i = 0; i < N_SIGNALS; i++) {
        if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL) {
            taken[i] = 1; /* before the handler can run */
            sigaction(signals[i], &ours, NULL);
        }
    }
    return true;
}

int stop_asked(void)
{
    return asked;
}

int stop_fd(void)
{
    return wake_fd;
}

void stop_unwatch(void)
{
    by_default();
    if (wake_fd >= 0)
        close(wake_fd);
    wake_fd = -1;
}
