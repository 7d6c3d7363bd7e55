/* Owns: look-alike letters: a word inside a text that mixes alphabets (G0007).
 * Must not know: what the text says. Names are ASCII, so they cannot mix. */
#include "compiler/check.h"

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

/* Most plans are ASCII throughout, where nothing can mix. */
static bool is_ascii(Str s)
{
    unsigned char all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= (unsigned char)s.p[i];
    return all < 0x80;
}

void chk_letters(Checker *c, File *f)
{
    if (is_ascii(f->tree->source))
        return;
    for (SynRef r = 1; r < f->tree->n_nodes; r++) {
        const SynNode *n = chk_node(f, r);
        if (n->kind == SYN_TEXT || n->kind == SYN_TEXTPART)
            scan(c, f, n->start, n->end);
    }
}
