/* The verbs of gatec: one file each (*.c of this folder), their help pages in help.c.
 * Private to the program; libraries never print. */
#ifndef GATE_COMPILER_VERBS_H
#define GATE_COMPILER_VERBS_H

#include "compiler/compile.h"

typedef struct Verb {
    const char *name;
    int (*run)(int argc, char **argv); /* without the verb itself */
    const char *line; /* one line, for the list */
    const char *page; /* the rest of its help page */
} Verb;

extern const Verb verbs[]; /* ended by a NULL name */

int verb_check(int argc, char **argv);
int verb_build(int argc, char **argv);
int verb_lock(int argc, char **argv);
int verb_fmt(int argc, char **argv);
int verb_dump(int argc, char **argv);
int verb_graph(int argc, char **argv);
int verb_gantt(int argc, char **argv);
int verb_diff(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_help(int argc, char **argv);
int verb_version(int argc, char **argv);

/* --- what they share (io.c) ------------------------------------------- */

/* The option `name`, with its value in argv[*i + 1] or behind `=`; moves *i on.
 * False: argv[*i] is something else. *value NULL: the value is missing. */
bool opt_value(int argc, char **argv, int *i, const char *name, char **value);
/* --start: a day (its beginning), or a date with a time; without a zone it is in
 * the zone of the plan's only calendar, else in UTC. false: it is neither. */
bool opt_start(const char *value, SemOptions *o);
int64_t this_minute(void); /* where no start is said */
/* Says on stderr what is wrong, and where help is. Returns EXIT_USAGE. */
int usage(const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Says on stderr why something failed. Returns status. */
int failed(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Compiles a file, or standard input for "-". Prints why it could not be read.
 * 0, or an exit status; compile_free in both cases. */
int load(const char *path, int flags, Compilation *out);
/* The same for a text that was read already; leaves the buffer empty. */
int load_text(const char *path, Buf *take_text, int flags, Compilation *out);
/* As these options say, and as a file of this name is to be read. */
CompileOptions options_for(const char *path, const CompileOptions *options);
int load_with(const char *path, Buf *take_text, const CompileOptions *options, Compilation *out);
/* The text of a file, or of standard input for "-". */
int slurp(const char *path, Buf *out);
int slurp_most(const char *path, size_t most, Buf *out);
/* Diagnostics on stderr, sorted, with a line that counts them; file NULL: they
 * are of several. */
void say_diagnostics(const DiagList *l, const char *file);
/* A result on stdout. EXIT_DONE, or EXIT_ENVIRONMENT when it cannot be written. */
int say_result(Buf *out);
/* The nearest of words to name by edit distance; NULL: none is near. */
const char *nearest_verb(const char *name);
/* Runs work, which takes memory of the arena; false when there is none left: it
 * was broken off then, and what it holds elsewhere is still the caller's. */
bool with_arena(Arena *arena, void (*work)(void *ctx), void *ctx);
/* Room for n of a size, all zero; NULL: none left. release takes it back. */
void *zeroed(int n, size_t size);
void release(void *p, int n, size_t size);

/* --- --policy FILE (policies.c) ----------------------------------------- */

/* The files of a host that plans are judged by, in order. Plans that were
 * compiled with them speak of them: they are freed first. */
typedef struct Policies {
    const char *verb;
    char **paths;
    Compilation *made;
    const Sem **hosts;
    int n, cap;
} Policies;

/* For as many as there can be among argc arguments. false: said. */
bool policies_room(Policies *p, const char *verb, int argc);
/* The option --policy, with its value; false: argv[*i] is something else. *status
 * is set where the value is missing. */
bool policies_option(Policies *p, int argc, char **argv, int *i, int *status);
/* Reads them, one behind the other: a tenant's file may speak of the host's
 * people. o gets them, for the plans. 0; EXIT_FAILED where something is wrong in
 * one, which its diagnostics say; another exit status: said. */
int policies_read(Policies *p, CompileOptions *o);
/* The same, and says what was found; nothing: what is not done where one is wrong. */
int policies_use(Policies *p, CompileOptions *o, const char *nothing);
void policies_free(Policies *p);

#endif
