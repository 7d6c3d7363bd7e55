/* Owns: suppressions: `# allow G1005: reason` silences a warning or a note on
 * its own line, or on the next one where it stands alone.
 * Must not know: what any code means. */
#include "compiler/check/check.h"

#include "compiler/diag/table.h"

typedef struct Allow {
    uint32_t start, end; /* of the comment */
    bool own_line;
    uint32_t line;       /* that it speaks of */
    uint16_t code;
    bool used;
} Allow;

static Str trim(Str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

static bool skip_word(Str *s, const char *word)
{
    Str w = str_of(word);
    if (s->n < w.n || !str_eq((Str){s->p, w.n}, w))
        return false;
    *s = trim((Str){s->p + w.n, s->n - w.n});
    return true;
}

/* G and four digits, then `: reason`. */
static bool parse(Str s, uint16_t *code, Str *reason)
{
    unsigned n = 0;
    if (s.n < 5 || s.p[0] != 'G')
        return false;
    for (size_t i = 1; i < 5; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s.p[i] - '0');
    }
    *code = (uint16_t)n;
    Str rest = trim((Str){s.p + 5, s.n - 5});
    *reason = rest.n > 0 && rest.p[0] == ':' ? trim((Str){rest.p + 1, rest.n - 1}) : (Str){NULL, 0};
    return rest.n == 0 || rest.p[0] == ':';
}

static uint32_t line_at(const File *f, uint32_t offset)
{
    return syn_line_index(f->tree, offset) + 1;
}

/* The first line from `line` on that is neither blank nor a comment alone. */
static uint32_t code_line(const File *f, uint32_t line)
{
    while (line <= f->tree->n_lines) {
        Str s = trim(syn_line(f->tree, line));
        if (s.n > 0 && s.p[0] != '#')
            break;
        line++;
    }
    return line;
}

static Diag *bad_allow(Checker *c, const File *f, const Allow *a, const char *text)
{
    return diag_add(c->diags, 9010, &f->sem.source, a->start, a->end, "%s", text);
}

static void drop_fix(Checker *c, Diag *d, const File *f, const Allow *a)
{
    uint32_t start = a->start, end = a->end;
    Str s = f->tree->source;
    while (start > 0 && (s.p[start - 1] == ' ' || s.p[start - 1] == '\t'))
        start--;
    while (a->own_line && end < s.n && s.p[end - 1] != '\n')
        end++;
    diag_fix(c->diags, d, 'M', &f->sem.source, start, end, (Str){"", 0}, "drop it");
}

static bool usable(Checker *c, const File *f, const Allow *a, Str reason)
{
    const DiagEntry *e = diag_entry(a->code);
    if (e == NULL) {
        Diag *d = bad_allow(c, f, a, "there is no such code to allow");
        diag_label(c->diags, d, "not one of gate's");
        drop_fix(c, d, f, a);
        return false;
    }
    if (e->severity == DIAG_ERROR) {
        Diag *d = diag_add_error(c->diags, 9010, &f->sem.source, a->start, a->end, /* language 7 */
                                 "an error cannot be allowed, only repaired");
        diag_label(c->diags, d, "G%04d is an error", a->code);
        drop_fix(c, d, f, a);
        return false;
    }
    if (reason.n == 0) {
        Diag *d = bad_allow(c, f, a, "why is this allowed?");
        diag_label(c->diags, d, "a reason is missing");
        diag_help(c->diags, d, "write it so: # allow G%04d: the reason", a->code);
        return false;
    }
    return true;
}

static Allow *collect(Checker *c, const File *f, uint32_t *n)
{
    Allow *all = ARENA_NEW(c->arena, Allow, f->tree->n_comments);
    uint32_t code_at = 0; /* the line that the last comment alone speaks of */
    *n = 0;
    for (uint32_t i = 0; i < f->tree->n_comments; i++) {
        const SynComment *k = &f->tree->comments[i];
        Str s = {f->tree->source.p + k->start, k->end - k->start}, reason;
        Allow a = {.start = k->start, .end = k->end, .own_line = k->own_line};
        if (k->doc || s.n == 0)
            continue;
        s = trim((Str){s.p + 1, s.n - 1});
        if (!skip_word(&s, "allow ") || !parse(s, &a.code, &reason))
            continue;
        a.line = line_at(f, k->start);
        /* Comments below each other speak of the same line. */
        if (k->own_line && a.line >= code_at)
            code_at = code_line(f, a.line + 1);
        if (k->own_line)
            a.line = code_at;
        if (usable(c, f, &a, reason))
            all[(*n)++] = a;
    }
    return all;
}

/* Comments come in order, so lines do, too: a binary search finds the first. */
static bool allowed(Allow *all, uint32_t n, uint32_t line, uint16_t code)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (all[mid].line < line)
            low = mid + 1;
        else
            high = mid;
    }
    bool hit = false;
    for (; low < n && all[low].line == line; low++)
        if (all[low].code == code)
            hit = all[low].used = true;
    return hit;
}

void chk_allow(Checker *c)
{
    const File *f = c->main;
    DiagList *l = c->diags;
    uint32_t found = l->n, n, kept = 0;
    Allow *all = collect(c, f, &n);
    for (uint32_t i = 0; i < l->n; i++) {
        const Diag *d = &l->items[i];
        bool silent = i < found && d->severity != DIAG_ERROR && d->at.source == &f->sem.source &&
                      allowed(all, n, line_at(f, d->at.start), d->code);
        if (!silent)
            l->items[kept++] = *d;
    }
    l->n = kept;
    if (f->tree->n_errors > 0)
        return; /* what a broken file would have reported, nobody knows */
    for (uint32_t i = 0; i < n; i++) {
        if (all[i].used)
            continue;
        Diag *d = bad_allow(c, f, &all[i], "nothing here needs to be allowed");
        diag_label(c->diags, d, "G%04d is not reported there", all[i].code);
        drop_fix(c, d, f, &all[i]);
    }
}
