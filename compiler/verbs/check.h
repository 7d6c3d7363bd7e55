/* What `gatec check` was asked: shared by check.c (parsing, checking) and fix.c
 * (repairs first). Private to the verb. */
#ifndef GATE_COMPILER_VERBS_CHECK_H
#define GATE_COMPILER_VERBS_CHECK_H

#include "compiler/verbs/verbs.h"

typedef enum CheckFormat { CHECK_TEXT, CHECK_JSON, CHECK_SARIF } CheckFormat;

typedef struct CheckOptions {
    CheckFormat format;
    bool verbose;
    bool silence;         /* --story silence */
    bool fix;             /* safe repairs are applied first */
    bool dry_run;         /* they are shown and not written */
    CompileOptions compile;
    int n;
    char **files;
    Policies policies;
} CheckOptions;

/* A file on its way: read once, repaired, checked, and what was found. */
typedef struct CheckFile {
    const char *path;
    Buf text;
    int status;           /* 0, or why it could not be read, repaired or checked */
    Compilation c;
} CheckFile;

/* Applies the safe repairs to what was read, and writes what has changed. Tells
 * of each on stderr; with dry_run puts a diff into out instead of writing. */
void fix_files(const CheckOptions *o, CheckFile *files, Buf *out);

#endif
