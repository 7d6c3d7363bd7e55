/* Owns: `gatec explain`. Must not know: how anything is checked. */
#include "compiler/verbs/verbs.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/diag/table.h"

/* G3004, g3004 and 3004. */
static bool code_of(const char *s, uint16_t *code)
{
    char *end;
    if (*s == 'G' || *s == 'g')
        s++;
    if (strlen(s) != 4 || strspn(s, "0123456789") != 4)
        return false;
    *code = (uint16_t)strtoul(s, &end, 10);
    return true;
}

static void list(Buf *out)
{
    size_t n;
    const DiagEntry *e = diag_entries(&n);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "G%04d  %-8s %s\n", e[i].code, diag_severity_word(e[i].severity), e[i].title);
}

int verb_explain(int argc, char **argv)
{
    Buf out = {0};
    uint16_t code;
    int status;
    if (argc > 1)
        return usage("explain", "one code at a time");
    if (argc == 0) {
        list(&out);
        status = say_result(&out);
    } else if (!code_of(argv[0], &code)) {
        status = usage("explain", "a code is G and four digits, such as G3004");
    } else if (!diag_explain(code, &out)) {
        status = failed(EXIT_USAGE, "there is no code G%04d; `gatec explain` lists all", code);
    } else {
        status = say_result(&out);
    }
    buf_free(&out);
    return status;
}
