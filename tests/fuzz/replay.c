/* Feeds every file of a folder to a fuzz target, so that `make check` needs no
 * fuzzer. usage: fuzz_WHAT FOLDER; prints TAP. A target that finds something
 * dies, which run.sh counts as a failure. */
#include "vm/os/limits.h"
#include "vm/os/os.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const char *path)
{
    Buf b = {0}, why = {0};
    if (os_read_file(path, LIM_SOURCE_BYTES, &b, &why) != GATE_OK) {
        fprintf(stderr, "%s\n", buf_z(&why));
        exit(2);
    }
    /* A block of exactly this size, so that reading on is found. */
    uint8_t *exact = malloc(b.n == 0 ? 1 : b.n);
    if (exact == NULL)
        exit(2);
    if (b.n > 0)
        memcpy(exact, b.p, b.n);
    LLVMFuzzerTestOneInput(exact, b.n);
    free(exact);
    buf_free(&b);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    DIR *d = opendir(argv[1]);
    if (d == NULL) {
        perror(argv[1]);
        return 2;
    }
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        fprintf(stderr, "%s\n", path); /* the last one names the culprit */
        feed(path);
        n++;
    }
    closedir(d);
    printf("%s 1 - %s: %u inputs\n1..1\n", n > 0 ? "ok" : "not ok", argv[1], n);
    return n == 0;
}
