/* timeit N COMMAND...: runs the command N times, output thrown away, and
 * prints "CPU_MS WALL_MS RSS_KB LEAST_CPU_MS": the medians of user+system and of
 * wall time, the most memory that one of them had, and the least CPU time, which
 * other work on the machine disturbs least. */
#define _DEFAULT_SOURCE /* wait4 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 1000 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e3 +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_size);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    static double cpu[RUNS_MAX], wall[RUNS_MAX];
    int n = argc > 2 ? atoi(argv[1]) : 0;
    if (n < 1 || n > RUNS_MAX) {
        fprintf(stderr, "usage: timeit N COMMAND...   (N at most %d)\n", RUNS_MAX);
        return 2;
    }
    long most_kb = 0;
    for (int i = 0; i < n; i++) {
        double w = now_ms();
        pid_t pid = fork();
        if (pid == 0) {
            int null = open("/dev/null", O_RDWR);
            dup2(null, 1);
            dup2(null, 2);
            execvp(argv[2], argv + 2);
            _exit(127);
        }
        int status;
        struct rusage u;
        if (pid < 0 || wait4(pid, &status, 0, &u) < 0)
            return 1;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "timeit: %s failed\n", argv[2]);
            return 1;
        }
        wall[i] = now_ms() - w;
        cpu[i] = cpu_ms(&u);
        if (u.ru_maxrss > most_kb)
            most_kb = u.ru_maxrss;
    }
    double m = median(cpu, n); /* sorts */
    printf("%.3f %.3f %ld %.3f\n", m, median(wall, n), most_kb, cpu[0]);
    return 0;
}
