/* The driver: a plain list of passes with checks between them, and the one
 * recovery point for exhausted memory. This is what both programs call. */
#ifndef GATE_COMPILER_COMPILE_H
#define GATE_COMPILER_COMPILE_H

#include "compiler/sem.h"

typedef struct Compilation {
    Arena *arena;     /* owns all of it but the source */
    Buf source;       /* the tree points into it */
    DiagList diags;
    const Sem *sem;   /* NULL when memory ran out */
    const Str *read; uint32_t n_read; /* files beside it that were asked for, found or not, in order */
    Program *program; /* NULL unless asked for and free of errors; compile_free frees it: take it by setting this to NULL */
} Compilation;

enum { COMPILE_CHECK = 0, COMPILE_EMIT = 1, COMPILE_HOST_FILE = 2, COMPILE_POLICY_FILE = 4 };

typedef struct CompileOptions {
    int flags;      /* COMPILE_* */
    Str pack_path;  /* folders of packs, with colons between: GATE_PACKS */
    SemOptions sem; /* host_file, packs and the readers of files are set by the driver */
} CompileOptions;

/* Takes the bytes, and leaves the buffer empty. */
GateStatus compile_with(Str path, Buf *take_source, const CompileOptions *o, Compilation *out);
/* Reads `use NAME from` files beside path. GATE_OK even with errors in the
 * plan (see diags.errors); GATE_E_MEMORY when memory ran out. */
GateStatus compile_source(Str path, Str source, int flags, Compilation *out);
GateStatus compile_file_with(const char *path, const CompileOptions *o, Compilation *out, Buf *why);
/* The embedded packs alone: sem->tools are all their tools. GATE_E_MEMORY. */
GateStatus compile_packs(Compilation *out);
void compile_free(Compilation *c);

#endif
