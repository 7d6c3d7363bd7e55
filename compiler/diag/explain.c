/* Owns: the table of codes and the page that `gatec explain` prints of one.
 * Must not know: how a diagnostic came to be. */
#include "compiler/diag/table.h"

#include <string.h>

static const DiagEntry entries[] = {
#define DIAG(code, severity, title, why, bad, good) \
    {code, DIAG_##severity, title, why, bad, good},
#include "compiler/diag/diag.def"
#undef DIAG
};

const DiagEntry *diag_entries(size_t *n)
{
    *n = sizeof entries / sizeof entries[0];
    return entries;
}

const DiagEntry *diag_entry(uint16_t code)
{
    size_t low = 0, high = sizeof entries / sizeof entries[0];
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (entries[mid].code == code)
            return &entries[mid];
        if (entries[mid].code < code)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *diag_severity_word(DiagSeverity s)
{
    static const char *const words[] = {"error", "warning", "note"};
    return words[s];
}

/* Text in lines of at most 78 columns. */
static void wrap(const char *text, Buf *out)
{
    size_t column = 0;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > 78) {
            buf_putc(out, '\n');
            column = 0;
        } else if (column > 0) {
            buf_putc(out, ' ');
            column++;
        }
        buf_put(out, text, word);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    buf_putc(out, '\n');
}

static void example(const char *head, const char *text, Buf *out)
{
    buf_printf(out, "\n%s:\n\n", head);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        buf_printf(out, line > 0 ? "    %.*s\n" : "%.*s\n", (int)line, text);
        text += line + (text[line] == '\n');
    }
}

const char *diag_grades(uint16_t code)
{
    static const struct { uint16_t code; const char *grades; } repairs[] = {
#define REPAIR(code, grades) {code, grades},
#include "compiler/diag/repairs.def"
#undef REPAIR
    };
    for (size_t i = 0; i < sizeof repairs / sizeof *repairs; i++)
        if (repairs[i].code == code)
            return repairs[i].grades;
    return "";
}

/* How far gatec helps, in words. */
static void repair(const char *all, Buf *out)
{
    bool safe = strchr(all, 'M') != NULL, likely = strchr(all, '?') != NULL;
    if (all[0] == '\0')
        return;
    buf_puts(out, "\nRepair: ");
    if (safe && all[1] == '\0')
        buf_puts(out, "gatec check --fix applies it.\n");
    else if (safe)
        buf_puts(out, "where it is safe, gatec check --fix applies it; else it is proposed.\n");
    else if (likely)
        buf_puts(out, "one is proposed that is probably right.\n");
    else
        buf_puts(out, "one is proposed, with a place to fill in.\n");
}

bool diag_explain(uint16_t code, Buf *out)
{
    const DiagEntry *e = diag_entry(code);
    if (e == NULL)
        return false;
    buf_printf(out, "G%04d (%s): %s\n\n", e->code,
               diag_severity_word(e->severity), e->title);
    wrap(e->why, out);
    example("Not so", e->bad, out);
    example("But so", e->good, out);
    repair(diag_grades(code), out);
    return true;
}
