/* Owns: `gatec fmt`. Must not know: what the layout is (fmt.c). */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#include "compiler/fmt.h"
#include "compiler/unified.h"
#include "vm/os/os.h"

typedef struct Job {
    const char *path;
    bool check, diff;
    Buf text, out;
    Buf changes; /* of --diff */
    Arena *arena;
    bool parsed;
} Job;

static void layout(void *ctx)
{
    Job *job = ctx;
    job->parsed = fmt_source(buf_view(&job->text), job->arena, &job->out);
    if (job->parsed && job->diff)
        unified_diff(buf_view(&job->text), buf_view(&job->out), str_of(job->path), job->arena, &job->changes);
}

static int deliver(Job *job)
{
    bool same = str_eq(buf_view(&job->text), buf_view(&job->out));
    Buf why = {0};
    int status = EXIT_DONE;
    if (job->check && !same) {
        status = say_result(&job->changes);
        return status != EXIT_DONE ? status : failed(EXIT_FAILED, "%s would change", job->path);
    }
    if (job->check)
        return EXIT_DONE;
    if (strcmp(job->path, "-") == 0)
        return say_result(&job->out);
    if (!same && os_write_file(job->path, buf_view(&job->out), 0644, &why) != GATE_OK)
        status = failed(EXIT_ENVIRONMENT, "%s", buf_z(&why));
    buf_free(&why);
    return status;
}

/* Formats one file. A text that does not parse stays as it is. */
static int format(Job *job)
{
    int status = slurp(job->path, &job->text);
    if (status != 0)
        return status;
    job->arena = arena_new(0);
    bool memory = job->arena != NULL && with_arena(job->arena, layout, job) && !job->out.failed && !job->changes.failed;
    if (!memory)
        status = failed(EXIT_ENVIRONMENT, "not enough memory");
    else if (!job->parsed)
        status = failed(EXIT_FAILED, "nothing in %s could be formatted; gatec check tells why",
                        job->path);
    else
        status = deliver(job);
    arena_free(job->arena);
    return status;
}

int verb_fmt(int argc, char **argv)
{
    bool check = false, diff = false;
    int files = 0, status = EXIT_DONE;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            check = true;
        else if (strcmp(argv[i], "--diff") == 0)
            diff = true;
        else if (argv[i][0] == '-' && argv[i][1] != '\0')
            return usage("fmt", "there is no option %s", argv[i]);
        else
            argv[files++] = argv[i];
    }
    if (files == 0)
        return usage("fmt", "which file?");
    if (diff && !check)
        return usage("fmt", "--diff shows what --check finds; say --check, too");
    for (int i = 0; i < files; i++) {
        Job job = {.path = argv[i], .check = check, .diff = diff};
        int s = format(&job);
        if (s > status)
            status = s;
        buf_free(&job.text);
        buf_free(&job.out);
        buf_free(&job.changes);
    }
    return status;
}
