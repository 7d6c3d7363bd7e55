/* Owns: the form of a line of gate.lock. Must not know: what is compared with
 * it (check/lock.c), who writes it (verbs/lock.c). */
#include "compiler/lock.h"

#include <string.h>

static bool begins(Str s, const char *with)
{
    size_t n = strlen(with);
    return s.n > n && memcmp(s.p, with, n) == 0;
}

/* The last word of s, which becomes what stands before it. */
static bool last_word(Str *s, Str *word)
{
    size_t at = s->n;
    while (at > 0 && s->p[at - 1] != ' ')
        at--;
    if (at < 2 || at == s->n)
        return false;
    *word = (Str){s->p + at, s->n - at};
    s->n = at - 1;
    return true;
}

/* 1.2, as `version` says it. */
static bool is_version(Str s)
{
    bool dot = false, digit = false;
    for (size_t i = 0; i < s.n; i++) {
        bool is_digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (!is_digit && (s.p[i] != '.' || dot || !digit))
            return false;
        dot = dot || !is_digit;
        digit = is_digit;
    }
    return digit && dot;
}

bool lock_read(Str line, SemUse *out)
{
    Str hash;
    *out = (SemUse){.pack = begins(line, "pack "), .version = {"", 0}};
    if ((!out->pack && !begins(line, "file ")) || !last_word(&line, &hash) || !begins(hash, "sha256:") ||
        !hash_from_hex((Str){hash.p + 7, hash.n - 7}, &out->hash))
        return false;
    if (out->pack && (!last_word(&line, &out->version) || !is_version(out->version)))
        return false;
    if (line.n <= 5)
        return false;
    out->name = (Str){line.p + 5, line.n - 5};
    return !out->pack || memchr(out->name.p, ' ', out->name.n) == NULL;
}

void lock_write(const SemUse *use, Buf *out)
{
    char hex[2 * HASH_SIZE + 1];
    hash_hex(&use->hash, hex);
    buf_printf(out, "%s %.*s ", use->pack ? "pack" : "file", STR_ARG(use->name));
    if (use->pack)
        buf_printf(out, "%.*s ", STR_ARG(use->version));
    buf_printf(out, "sha256:%s\n", hex);
}
