/* Owns: the list of verbs and their help pages. Must not know: their work. */
#include "compiler/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#include "vm/os/version.h"

const Verb verbs[] = {
    {"check", verb_check, "tell what is wrong with a plan, before it runs",
     "usage: gatec check FILE... [--format text|json|sarif] [--fix [--dry-run]] [-v]\n"
     "                   [--policy FILE]... [--absent K] [--start DATE] [--style]\n"
     "                   [--story silence]\n"
     "       gatec check --schema\n\n"
     "Checks plans, libraries, host.gate and tenant.gate: names, types, phases,\n"
     "gates, ways back. What is found goes to stderr, with the place and a way out.\n"
     "A file named - is standard input.\n\n"
     "  --fix           applies every repair that is safe, again until none is left,\n"
     "                  says on stderr what it did, and then checks\n"
     "  --dry-run       with --fix: changes nothing, prints the difference\n"
     "  --policy FILE   host.gate, tenant.gate or a library of policies: who holds the\n"
     "                  roles, and what holds for every plan; may be said several times\n"
     "  --absent K      K people may be away at once: who is missed then?\n"
     "  --start DATE    when the run starts (2026-11-24, 2026-11-24T18:05Z), so that\n"
     "                  deadlines, windows and estimates are looked at on its dates;\n"
     "                  unless said, only what holds for every start is told\n"
     "  --story silence tells where a run ends when nobody ever answers: what has been\n"
     "                  changed by then, and what can be taken back. It starts at the\n"
     "                  date of --start, or now\n"
     "  --style         notes on style, too, and changes that no check looks at\n"
     "  --format json   what is found as JSON on stdout\n"
     "  --format sarif  the same as SARIF 2.1.0, for other tools\n"
     "  --schema        prints the JSON schema of --format json\n"
     "  -v, --verbose   for a plan without errors: what is in it, and its bounds\n\n"
     "Exit status: 0 no errors, 1 errors, 2 wrong usage, 5 a file cannot be read.\n"
     "Each finding has a code; gatec explain CODE tells more about it.\n"},
    {"build", verb_build, "compile a plan to bytecode",
     "usage: gatec build FILE [-o OUT.gbc] [--policy FILE]...\n\n"
     "Checks the plan and writes its program, beside it or to OUT.gbc. The same\n"
     "text gives the same bytes. -o - writes to stdout.\n\n"
     "  --policy FILE   host.gate, tenant.gate or a library of policies, as gatec check\n"
     "                  takes it: the packs that it lists are believed, and the plan\n"
     "                  keeps to it. What it says of people and rules is not written\n"
     "                  into the program: each host asks again when it loads one. May\n"
     "                  be said several times\n\n"
     "Exit status: 0 written, 1 errors, 2 wrong usage, 5 a file cannot be read or\n"
     "written.\n"},
    {"lock", verb_lock, "pin the packs and files that plans use",
     "usage: gatec lock FILE...\n\n"
     "Writes gate.lock beside each file: version and SHA-256 of every pack and file\n"
     "that it uses, also by way of others, and says on stderr what it pins. Where one\n"
     "stands, check, build and gate run refuse what differs from it (G1008). One lock\n"
     "serves all plans of a folder: name them together. Beside host.gate it lists the\n"
     "packs whose word the host believes.\n\n"
     "Exit status: 0 written, 1 errors in a file (nothing is written), 2 wrong usage,\n"
     "5 a file cannot be read or written.\n"},
    {"fmt", verb_fmt, "bring a plan into the one layout",
     "usage: gatec fmt [--check [--diff]] FILE...\n\n"
     "Rewrites files in place; comments stay. Doing it twice changes nothing more.\n"
     "A statement with a mistake in it stays as it is. A file named - is read from\n"
     "stdin and written to stdout.\n\n"
     "  --check   change nothing; name the files that would change\n"
     "  --diff    with --check: print what would change\n\n"
     "Exit status: 0 done, 1 nothing of a file could be formatted, or --check found\n"
     "one that would change, 2 wrong usage, 5 a file cannot be read or written.\n"},
    {"dump", verb_dump, "show what the compiler saw",
     "usage: gatec dump --tokens|--ast|--ops FILE\n\n"
     "  --tokens   the words of the text, one a line\n"
     "  --ast      the tree that the parser made of them\n"
     "  --ops      the compiled program: its tables and instructions; FILE may\n"
     "             also be a program (.gbc), and then stderr says whether the\n"
     "             verifier accepts it\n\n"
     "Exit status: 0 done, 1 errors, or a program that is refused (--ops), 2 wrong usage, 5 a file cannot be read.\n"},
    {"graph", verb_graph, "draw phases, prerequisites and gates",
     "usage: gatec graph FILE [--format dot|mermaid|json]\n\n"
     "Prints the plan as a graph: dot for Graphviz (the default), mermaid for\n"
     "Markdown pages, json for programs. Phases that wait for a yes are drawn\n"
     "with a double border.\n\n"
     "Exit status: 0 done, 1 errors in the plan, 2 wrong usage, 5 a file cannot be\n"
     "read.\n"},
    {"gantt", verb_gantt, "when things can happen: dates, slack, critical path",
     "usage: gatec gantt FILE [--start WHEN] [--zone ZONE] [--seed N] [-o OUT.svg|OUT.json]\n\n"
     "Dates of every phase, the earliest and the latest that leave the plan's finish\n"
     "as it is, in the windows and calendars of the plan. The earliest dates take\n"
     "every estimate at its optimistic end, and every gate as answered at once. What\n"
     "is likely comes from a simulation: estimates anywhere between their ends, answers\n"
     "anywhere until they are due. A phase without an estimate takes no time.\n\n"
     "  --start WHEN    a date or a moment, in the plan's zone; now, where it is left out\n"
     "  --zone ZONE     in which zone dates are shown, such as Europe/Bratislava; else\n"
     "                  that of the plan's calendars where they agree, else UTC\n"
     "  --seed N        of the simulation; the same number gives the same dates\n"
     "  -o OUT.svg      a picture; OUT.json: the figures; without -o a table on stdout\n\n"
     "Exit status: 0 done, 1 errors in the plan, 2 wrong usage, 5 a file cannot be\n"
     "read or written.\n"},
    {"diff", verb_diff, "what a change of a plan does to its safety",
     "usage: gatec diff OLD NEW [--format text|json] [--policy FILE]...\n\n"
     "Compares two plans: gates and their levels, who may decide, evidence, windows,\n"
     "prerequisites, checks, ways back, effects, limits, waves, policies, and where\n"
     "secrets go. Each difference is weaker (something is guarded less than it was),\n"
     "stronger, or changed (for a person to judge). Things are matched by name.\n"
     "Windows are compared on the real dates of the next two years. A note tells when\n"
     "another path through the plan is the longest, or takes another time (G3012).\n\n"
     "  --policy FILE   host.gate, tenant.gate or a library of policies, as gatec check\n"
     "                  takes it, for both plans: the packs that it lists are believed,\n"
     "                  and who holds a role is who holds it there\n\n"
     "Exit status: 0 not weaker, 1 the new plan is weaker, or one of the two has\n"
     "errors, 2 wrong usage, 5 a file cannot be read.\n"},
    {"explain", verb_explain, "explain a code, with an example and its repair",
     "usage: gatec explain [CODE]\n\n"
     "Tells what a finding such as G4009 means, why it matters, and how it is\n"
     "repaired. Without a code: lists all of them.\n\n"
     "Exit status: 0 done, 2 no such code.\n"},
    {"help", verb_help, "show this, or the page of a command",
     "usage: gatec help [COMMAND]\n\nThe same as gatec COMMAND --help.\n"},
    {"version", verb_version, "show the version",
     "usage: gatec version\n\nThe same as gatec --version.\n"},
    {NULL, NULL, NULL, NULL},
};

static void list(void)
{
    fputs("gatec checks and compiles .gate plans.\n\n"
          "usage: gatec COMMAND [ARGUMENTS]\n\ncommands:\n", stdout);
    for (const Verb *v = verbs; v->name != NULL; v++)
        printf("  %-8s %s\n", v->name, v->line);
    fputs("\ngatec COMMAND --help tells more about a command. To run a plan: gate run FILE.\n"
          "The language: LANGUAGE.md, which `make install` puts into share/doc/gate.\n", stdout);
}

int verb_help(int argc, char **argv)
{
    if (argc == 0) {
        list();
        return EXIT_DONE;
    }
    for (const Verb *v = verbs; v->name != NULL; v++) {
        if (strcmp(v->name, argv[0]) != 0)
            continue;
        printf("gatec %s: %s\n\n%s", v->name, v->line, v->page);
        return EXIT_DONE;
    }
    return usage("", "there is no command %s", argv[0]);
}

int verb_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("gatec " GATE_VERSION);
    return EXIT_DONE;
}

const char *nearest_verb(const char *name)
{
    const char *best = NULL;
    unsigned far = strlen(name) < 5 ? 2 : 3;
    for (const Verb *v = verbs; v->name != NULL; v++) {
        unsigned d = str_distance(str_of(name), str_of(v->name));
        if (d < far) {
            far = d;
            best = v->name;
        }
    }
    return best;
}
