/* Owns: letters that are not what they look like: a word inside a text that
 * mixes alphabets (G0007), a text that is not in NFC (G0024).
 * Must not know: what the text says. Names are ASCII, where neither can be. */
#include "compiler/check/check.h"

#include <string.h>
#include <utf8proc.h>

enum { NO_LETTER, LATIN, GREEK, CYRILLIC, OTHER };

/* By block (Unicode, Blocks.txt): the three alphabets whose letters pass for
 * each other's. */
static int alphabet(utf8proc_int32_t cp)
{
    if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= 0xc0 && cp <= 0x24f))
        return LATIN;
    if (cp >= 0x370 && cp <= 0x3ff)
        return GREEK;
    if (cp >= 0x400 && cp <= 0x52f)
        return CYRILLIC;
    return cp >= 0x80 ? OTHER : NO_LETTER;
}

static void mixed(Checker *c, const File *f, uint32_t start, uint32_t end)
{
    Str word = {f->tree->source.p + start, end - start};
    Diag *d = diag_add(c->diags, 7, &f->sem.source, start, end,
                       "\"%.*s\" mixes letters of two alphabets that look alike", STR_ARG(word));
    diag_label(c->diags, d, "people read one word, and the machine another");
    diag_help(c->diags, d, "type the word again in one alphabet");
}

static void scan(Checker *c, const File *f, uint32_t at, uint32_t end)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)f->tree->source.p;
    uint32_t word = at;
    int first = NO_LETTER;
    bool mix = false;
    while (at <= end) {
        utf8proc_int32_t cp = ' ';
        utf8proc_ssize_t n = at < end ? utf8proc_iterate(p + at, (utf8proc_ssize_t)(end - at), &cp) : 1;
        int a = n > 0 ? alphabet(cp) : NO_LETTER;
        if (a == NO_LETTER) {
            if (mix)
                mixed(c, f, word, at);
            mix = false;
            first = NO_LETTER;
            word = at + (n > 0 ? (uint32_t)n : 1);
        } else if (a != OTHER) {
            mix = mix || (first != NO_LETTER && a != first);
            first = first == NO_LETTER ? a : first;
        }
        at += n > 0 ? (uint32_t)n : 1;
    }
}

/* --- NFC (Unicode Standard Annex 15) ------------------------------------------- */

/* The same text in NFC; {NULL,0}: it is no UTF-8, which the lexer has said. */
static Str composed(Checker *c, Str s)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p;
    utf8proc_ssize_t n = utf8proc_decompose(p, (utf8proc_ssize_t)s.n, NULL, 0, options);
    if (n < 0)
        return (Str){NULL, 0};
    /* One more: utf8proc_reencode() puts a NUL behind. */
    utf8proc_int32_t *cps = ARENA_NEW(c->arena, utf8proc_int32_t, (size_t)n + 1);
    utf8proc_decompose(p, (utf8proc_ssize_t)s.n, cps, n, options);
    n = utf8proc_reencode(cps, n, options);
    return n < 0 ? (Str){NULL, 0} : (Str){(const char *)cps, (size_t)n};
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80; /* RFC 3629 */
}

/* A mark that stands on the letter before it. */
static bool is_mark(Str s, size_t at)
{
    utf8proc_int32_t cp;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p + at;
    return utf8proc_iterate(p, (utf8proc_ssize_t)(s.n - at), &cp) > 0 &&
           utf8proc_get_property(cp)->combining_class != 0;
}

/* Where two texts begin to differ, in whole letters; and how many bytes at
 * their ends are the same. */
static void difference(Str a, Str b, size_t *start, size_t *tail)
{
    size_t least = a.n < b.n ? a.n : b.n, i = 0, k = 0;
    while (i < least && a.p[i] == b.p[i])
        i++;
    while (i > 0 && (i == a.n || continues(a.p[i]) || is_mark(a, i)))
        i--;
    while (k < least - i && a.p[a.n - 1 - k] == b.p[b.n - 1 - k])
        k++;
    while (k > 0 && continues(a.p[a.n - k]))
        k--;
    *start = i;
    *tail = k;
}

static void usual_form(Checker *c, const File *f, uint32_t start, uint32_t end)
{
    Str s = {f->tree->source.p + start, end - start}, nfc = composed(c, s);
    if (nfc.p == NULL || str_eq(s, nfc))
        return;
    size_t from, tail;
    difference(s, nfc, &from, &tail);
    uint32_t a = start + (uint32_t)from, b = end - (uint32_t)tail;
    Diag *d = diag_add(c->diags, 24, &f->sem.source, a, b,
                       "this looks like any other text, but is made of other characters");
    diag_label(c->diags, d, "not in the usual form, which is NFC");
    diag_help(c->diags, d, "letter and accent are one character in the usual form; "
                           "texts that were copied from elsewhere may not be");
    diag_fix(c->diags, d, 'M', &f->sem.source, a, b,
             (Str){nfc.p + from, nfc.n - from - tail}, "write it in the usual form");
}

void chk_letters(Checker *c, File *f)
{
    if (!f->tree->beyond_ascii)
        return;
    for (SynRef r = 1; r < f->tree->n_nodes; r++) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_TEXT || n->kind == SYN_TEXTPART) {
            scan(c, f, n->start, n->end);
            usual_form(c, f, n->start, n->end);
        }
    }
}
