/* The `gate` program: what its verbs share. One verb is one file and one row
 * of verbs.def. A verb builds a request, hands it to the service and prints
 * the answer; it knows no SQL, no socket and no rule of the engine. */
#ifndef GATE_CLI_CLI_H
#define GATE_CLI_CLI_H

#include <stdio.h>

#include "vm/core/json.h"
#include "vm/os/limits.h"
#include "vm/os/mem.h"
#include "vm/os/status.h"
#include "vm/os/version.h"
#include "vm/server/service.h"

typedef struct Cli Cli;

typedef struct CliAnswer {
    bool answered;      /* else nobody could be asked; `message` says why */
    int exit;
    const Json *result; /* NULL: none */
    Str code, message;
} CliAnswer;

typedef struct CliVerb {
    const char *name;
    int (*main)(Cli *c);
    int least, most;      /* words behind the verb */
    const char *words;    /* how they are called: "RUN PHASE" */
    const char *sentence; /* what it does */
    const char *page;     /* the rest of its help */
} CliVerb;

typedef struct CliOption {
    const char *verb;  /* "" for those that stand anywhere */
    const char *name;  /* without the dashes */
    const char *value; /* how its value is called; NULL: it takes none */
    const char *help;
} CliOption;

extern const CliVerb cli_verbs[];     /* ends with name NULL */
extern const CliOption cli_options[]; /* ends with name NULL */

typedef struct CliGiven {
    const CliOption *option;
    const char *value;
} CliGiven;

struct Cli {
    const char *called; /* as this program was: argv[0] */
    const CliVerb *verb;
    const char **words; /* argc of them at most, as options */
    int n_words;
    CliGiven *options;
    int n_options;
    int cap;
    bool json, help, version;
    Buf state_dir;      /* absolute; see cli_state */
    const char *tenant;
    bool colour;        /* of stdout */
    bool (*record)(Cli *c, Str line); /* `log`: takes one record at a time */
    bool recorded;                    /* it took one */
    void (*rest)(Cli *c, const CliAnswer *a); /* prints the answer of a verb that
                                                 drives; see cli_call */
    bool rest_said;       /* it did, before the process's end */
    Buf mistake;          /* what cli_parse said is wrong */
    Arena *arena;       /* what a verb parses; dies with the program's end */
};

/* --- args.c ---------------------------------------------------------------- */
/* false: the mistake was printed to err, with the way out. */
bool cli_parse(Cli *c, int argc, const char *const *argv, FILE *err);
void cli_drop(Cli *c);
/* The value of an option, "" for one that takes none; NULL: not given. */
const char *cli_option(const Cli *c, const char *name);
const CliVerb *cli_find_verb(const char *name);
/* The nearest of what could have been meant; NULL: nothing is near. */
const char *cli_nearest(const char *word, const char *(*candidate)(int i));

/* --- call.c ---------------------------------------------------------------- */
/* A request begins, members follow, cli_call closes it. */
void cli_request(Buf *b, const char *verb);
void cli_member(Buf *b, const char *key, const char *text); /* NULL: left out */
/* Asks. Mistakes and refusals are printed to stderr; with --json the result
 * goes to stdout here, and the caller prints nothing. Returns false when there
 * is nothing to print. Where this process goes on for others when it has its
 * own answer, c->rest prints that at once. */
bool cli_call(Cli *c, Buf *request, Str program, CliAnswer *out);
/* The same without a word to anybody, for a look in between: out->answered. */
bool cli_ask(Cli *c, Buf *request, Str program, CliAnswer *out);
/* What cli_call prints of an answer. */
bool cli_tell(Cli *c, CliAnswer *a);
bool cli_state(Cli *c); /* fills state_dir; false: said why */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A mistake found here: to stderr, and with --json as an object of exit, code
 * and message to stdout. Returns status. */
int cli_fail(const Cli *c, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void cli_put_failure(int status, Str code, Str message); /* that object */

/* --- text.c ---------------------------------------------------------------- */
/* Text of others, made safe to look at: control characters, characters that
 * change direction or take no room, and bytes that are not UTF-8 are spelled
 * out as \u{202e}. A line break becomes \n, or stays where lines is true. */
void text_visible(Buf *out, Str s, bool lines);
/* The sentence of frozen timers, where a result carries it. */
void text_frozen(Buf *out, bool colour, const Json *result);
/* A value in one line, texts quoted as in a plan. */
void text_value(Buf *out, const Json *j);
/* Indents every line. */
void text_block(Buf *out, Str s, const char *indent);
/* 2026-11-24 06:46 UTC out of RFC 3339; other text as it is. */
void text_instant(Buf *out, Str rfc3339);
void text_pad(Buf *out, size_t from, size_t width); /* spaces up to a column */
typedef enum Paint { PAINT_BOLD, PAINT_GOOD, PAINT_BAD, PAINT_WARN, PAINT_DIM } Paint;
void text_paint(Buf *out, bool colour, Paint p, const char *text);
void text_state(Buf *out, bool colour, Str state); /* a state in its colour */
/* A phase of a status or a show whose question died with its run. */
bool text_withdrawn(const Json *phase);
/* Output behind bars, so that no line of it can pass for one of ours. */
void text_output(Buf *out, Str s, const char *indent);

/* --- what verbs share -------------------------------------------------------- */
/* show.c: one phase as a person reads it before deciding. */
void show_phase(Buf *out, bool colour, const Json *show);
/* show.c: asks for it. NULL: *a says why. */
const Json *show_ask(Cli *c, const char *run, Str phase, CliAnswer *a);
/* status.c: a run with its phases. */
void status_run(Buf *out, bool colour, const Json *status);
/* A line for each call that a person is asked about. */
void text_doubts(Buf *out, const Json *in_doubt, const char *indent);
/* pause.c: a verb that may drive: asks, and prints the status, or the pause.
 * Returns the exit status. */
int pause_call(Cli *c, Buf *request, Str program);
void help_all(FILE *to);

#define VERB(id, name, least, most, words, sentence, page) int verb_##id(Cli *c);
#define OPTION(verb, name, value, help)
#include "vm/cli/verbs.def"
#undef VERB
#undef OPTION

#endif
