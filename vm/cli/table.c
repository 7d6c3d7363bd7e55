/* Owns: the tables made from verbs.def. Must not know: what a verb does. */
#include "vm/cli/cli.h"

const CliVerb cli_verbs[] = {
#define VERB(id, name, least, most, words, sentence, page) \
    {name, verb_##id, least, most, words, sentence, page},
#define OPTION(verb, name, value, help)
#include "vm/cli/verbs.def"
#undef VERB
#undef OPTION
    {NULL, NULL, 0, 0, NULL, NULL, NULL}};

const CliOption cli_options[] = {
#define VERB(id, name, least, most, words, sentence, page)
#define OPTION(verb, name, value, help) {verb, name, value, help},
#include "vm/cli/verbs.def"
#undef VERB
#undef OPTION
    {NULL, NULL, NULL, NULL}};
