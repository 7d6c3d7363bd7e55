/* The standard library: .gate source, embedded at build time. */
#ifndef GATE_COMPILER_STDLIB_H
#define GATE_COMPILER_STDLIB_H

#include <stddef.h>

typedef struct StdlibFile {
    const char *path; /* stdlib/host/shell.gate; NULL ends the list */
    const char *text;
    size_t size;
} StdlibFile;

extern const StdlibFile stdlib_files[];

#endif
