/* Owns: diagnostics as SARIF 2.1.0 (OASIS, errata 1): rules, results, repairs
 * and fingerprints. Members may be added, never changed.
 * Must not know: why anything was reported. */
#include "compiler/diag/table.h"

#include <ctype.h>
#include <string.h>

#include "vm/core/json.h"
#include "vm/os/hash.h"
#include "vm/os/version.h"

/* A finding as it is counted for its fingerprint: how many of one file are told
 * of the same words on the same line. */
typedef struct Seen {
    uint64_t hash;
    uint32_t file, count; /* count 0: free */
} Seen;

typedef struct Sarif {
    const DiagList *l;
    Str folder;
    Buf *out;
    uint16_t *rules; uint32_t n_rules;           /* codes that are reported, ascending */
    const DiagSource **files; uint32_t n_files;  /* in order of first mention */
    uint32_t last_file;                          /* found by file_of last */
    Seen *seen; uint32_t n_seen;                 /* a power of two */
} Sarif;

/* --- files -------------------------------------------------------------------- */

/* Most mentions in a row are of one file. */
static uint32_t file_of(Sarif *s, const DiagSource *source)
{
    uint32_t f = s->last_file;
    if (f >= s->n_files || !str_eq(s->files[f]->path, source->path)) {
        f = 0;
        while (f < s->n_files && !str_eq(s->files[f]->path, source->path))
            f++;
        if (f == s->n_files)
            s->files[s->n_files++] = source;
    }
    return s->last_file = f;
}

static void put_uri(Buf *out, Str path)
{
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (c < 0x80 && (isalnum(c) || strchr("/-._~", c) != NULL) && c != '\0')
            buf_putc(out, (char)c);
        else
            buf_printf(out, "%%%02X", c); /* RFC 3986, 2.1 */
    }
}

/* path without "." and, as far as it goes, without "..". */
static Str plain_path(Arena *arena, Str path)
{
    char *p = arena_alloc(arena, path.n + 1);
    size_t n = 0;
    for (size_t i = 0, end; i < path.n; i = end + 1) {
        end = i;
        while (end < path.n && path.p[end] != '/')
            end++;
        Str part = {path.p + i, end - i};
        if (part.n == 0 || str_is(part, "."))
            continue;
        size_t last = n;
        while (last > 0 && p[last - 1] != '/')
            last--;
        bool up = n > 0 && !str_is((Str){p + last, n - last}, "..");
        if (str_is(part, "..") && up) {
            n = last > 0 ? last - 1 : 0;
            continue;
        }
        if (n > 0)
            p[n++] = '/';
        memcpy(p + n, part.p, part.n);
        n += part.n;
    }
    return (Str){p, n};
}

static void put_location(Sarif *s, const DiagSource *source)
{
    Arena *arena = s->l->arena;
    Str path = source->path, plain = plain_path(arena, path);
    bool absolute = path.n > 0 && path.p[0] == '/';
    bool above = plain.n >= 2 && plain.p[0] == '.' && plain.p[1] == '.' && (plain.n == 2 || plain.p[2] == '/');
    if (above && s->folder.n > 0) {
        Str whole = arena_printf(arena, "%.*s/%.*s", STR_ARG(s->folder), STR_ARG(plain));
        plain = plain_path(arena, whole);
        absolute = true;
    }
    buf_puts(s->out, absolute ? "{\"uri\":\"file:///" : "{\"uri\":\"");
    put_uri(s->out, plain);
    buf_puts(s->out, absolute ? "\"" : "\",\"uriBaseId\":\"%SRCROOT%\"");
    buf_printf(s->out, ",\"index\":%u}", file_of(s, source));
}

static void put_artifacts(Sarif *s)
{
    buf_puts(s->out, "\"artifacts\":[");
    for (uint32_t i = 0; i < s->n_files; i++) {
        buf_puts(s->out, i == 0 ? "\n{\"location\":" : ",\n{\"location\":");
        put_location(s, s->files[i]);
        buf_puts(s->out, ",\"encoding\":\"UTF-8\",\"sourceLanguage\":\"gate\"}");
    }
    buf_puts(s->out, "],\n");
}

/* --- texts and places ---------------------------------------------------------- */

static void put_message(Buf *out, const char *key, Str text)
{
    buf_printf(out, "\"%s\":{\"text\":", key);
    diag_put_json(out, text);
    buf_putc(out, '}');
}

/* As a sentence behind others. */
static void sentence(Buf *b, const char *lead, Str text)
{
    if (text.n == 0)
        return;
    buf_printf(b, "%s%s%.*s", b->n > 0 ? " " : "", lead, STR_ARG(text));
    if (strchr(".?!", text.p[text.n - 1]) == NULL)
        buf_putc(b, '.');
}

/* Columns in code points, ends exclusive: as syn_place has them. */
static void put_region(Buf *out, const char *key, const SynTree *t, uint32_t start, uint32_t end)
{
    uint32_t line, column, end_line, end_column;
    end = end < start ? start : end;
    syn_place(t, start, &line, &column);
    syn_place(t, end, &end_line, &end_column);
    buf_printf(out, "\"%s\":{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,\"endColumn\":%u,"
                    "\"byteOffset\":%u,\"byteLength\":%u}",
               key, line, column, end_line, end_column, start, end - start);
}

static void put_place(Sarif *s, const DiagLabel *at)
{
    buf_puts(s->out, "\"physicalLocation\":{\"artifactLocation\":");
    put_location(s, at->source);
    buf_putc(s->out, ',');
    put_region(s->out, "region", at->source->tree, at->start, at->end);
    buf_putc(s->out, '}');
    if (at->text.n > 0) {
        buf_putc(s->out, ',');
        put_message(s->out, "message", at->text);
    }
}

/* --- rules --------------------------------------------------------------------- */

static void collect(Sarif *s)
{
    Arena *arena = s->l->arena;
    bool *used = ARENA_NEW(arena, bool, 10000); /* codes have four digits */
    uint32_t sources = 0;
    for (uint32_t i = 0; i < s->l->n; i++) {
        const Diag *d = &s->l->items[i];
        sources += 1 + d->n_also + d->n_fixes;
        s->n_rules += !used[d->code];
        used[d->code] = true;
    }
    s->rules = ARENA_NEW(arena, uint16_t, s->n_rules);
    s->files = ARENA_NEW(arena, const DiagSource *, sources);
    for (uint16_t code = 0, n = 0; code < 10000; code++)
        if (used[code])
            s->rules[n++] = code;
    for (uint32_t i = 0; i < s->l->n; i++) {
        const Diag *d = &s->l->items[i];
        file_of(s, d->at.source);
        for (uint32_t k = 0; k < d->n_also; k++)
            file_of(s, d->also[k].source);
        for (uint32_t k = 0; k < d->n_fixes; k++)
            file_of(s, d->fixes[k].source);
    }
    for (s->n_seen = 16; s->n_seen < 2 * s->l->n;)
        s->n_seen *= 2;
    s->seen = ARENA_NEW(arena, Seen, s->n_seen);
}

static uint32_t rule_index(const Sarif *s, uint16_t code)
{
    uint32_t low = 0, high = s->n_rules;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (s->rules[mid] < code)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* "a file that is not UTF-8" becomes FileThatIsNotUtf8. */
static void put_name(Buf *out, const char *title)
{
    for (const char *p = title; *p != '\0';) {
        size_t n = strcspn(p, " "), letters = 0;
        bool article = n == 1 && *p == 'a';
        for (size_t i = 0; i < n && !article; i++)
            if (isalnum((unsigned char)p[i]))
                buf_putc(out, (char)(letters++ == 0 ? toupper((unsigned char)p[i])
                                                    : tolower((unsigned char)p[i])));
        p += n + (p[n] == ' ');
    }
}

static void put_rule(Sarif *s, uint16_t code)
{
    const DiagEntry *e = diag_entry(code);
    Buf b = {0};
    buf_printf(s->out, "{\"id\":\"G%04d\",\"name\":\"", code);
    put_name(s->out, e->title);
    buf_puts(s->out, "\",");
    sentence(&b, "", str_of(e->title));
    put_message(s->out, "shortDescription", buf_view(&b));
    buf_putc(s->out, ',');
    put_message(s->out, "fullDescription", str_of(e->why));
    buf_clear(&b);
    diag_explain(code, &b);
    buf_puts(s->out, ",\"help\":{\"text\":");
    diag_put_json(s->out, buf_view(&b));
    buf_clear(&b);
    buf_printf(&b, "%s\n\nNot so:\n\n```gate\n%s\n```\n\nBut so:\n\n```gate\n%s\n```\n", e->why, e->bad, e->good);
    buf_puts(s->out, ",\"markdown\":");
    diag_put_json(s->out, buf_view(&b));
    buf_printf(s->out, "},\"defaultConfiguration\":{\"level\":\"%s\"}}", diag_severity_word(e->severity));
    buf_free(&b);
}

static void put_tool(Sarif *s)
{
    buf_puts(s->out, "\"tool\":{\"driver\":{\"name\":\"gatec\",\"fullName\":\"gatec " GATE_VERSION
                     ": checks plans before they run\",\"version\":\"" GATE_VERSION
                     "\",\"semanticVersion\":\"" GATE_VERSION "\",\"language\":\"en-US\",\"rules\":[");
    for (uint32_t i = 0; i < s->n_rules; i++) {
        buf_puts(s->out, i == 0 ? "\n" : ",\n");
        put_rule(s, s->rules[i]);
    }
    buf_puts(s->out, "]}},\n");
}

/* --- fingerprints --------------------------------------------------------------- */

/* Text with its blanks gone, so that layout is no difference; at most so much of
 * it, since a line may be a whole file. */
static void put_dense(Buf *b, Str text)
{
    enum { MOST = 512 };
    size_t from = b->n;
    for (size_t i = 0; i < text.n && b->n - from < MOST; i++)
        if (!isspace((unsigned char)text.p[i]))
            buf_putc(b, text.p[i]);
    buf_putc(b, '\0');
}

static uint32_t occurrence(Sarif *s, uint64_t hash, uint32_t file)
{
    uint32_t mask = s->n_seen - 1, i = (uint32_t)(hash ^ file * UINT32_C(2654435761)) & mask;
    while (s->seen[i].count > 0 && (s->seen[i].hash != hash || s->seen[i].file != file))
        i = (i + 1) & mask;
    s->seen[i] = (Seen){hash, file, s->seen[i].count + 1};
    return s->seen[i].count;
}

/* The same finding in the next version of a plan, though its line has moved: its
 * code, what is marked, and the line that this stands in. */
static void put_fingerprint(Sarif *s, const Diag *d)
{
    const SynTree *t = d->at.source->tree;
    Buf b = {0};
    uint32_t line, column;
    uint64_t head;
    char hex[65];
    syn_place(t, d->at.start, &line, &column);
    buf_printf(&b, "%u ", d->code);
    if (d->at.end > d->at.start && d->at.end <= t->source.n)
        put_dense(&b, (Str){t->source.p + d->at.start, d->at.end - d->at.start});
    put_dense(&b, syn_line(t, line));
    Hash h = hash_bytes(b.p, b.n);
    buf_free(&b);
    memcpy(&head, h.b, sizeof head);
    hash_hex(&h, hex);
    buf_printf(s->out, ",\"partialFingerprints\":{\"finding/v1\":\"%.32s:%u\"}", hex,
               occurrence(s, head, file_of(s, d->at.source)));
}

/* --- results -------------------------------------------------------------------- */

/* Of a repair with a placeholder a machine can make nothing (house rule 3). */
static void put_fixes(Sarif *s, const Diag *d)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->n_fixes; i++) {
        const DiagFix *f = &d->fixes[i];
        if (f->grade == 'H')
            continue;
        buf_puts(s->out, n++ == 0 ? ",\"fixes\":[{" : ",{");
        put_message(s->out, "description", f->title);
        buf_puts(s->out, ",\"artifactChanges\":[{\"artifactLocation\":");
        put_location(s, f->source);
        buf_puts(s->out, ",\"replacements\":[{");
        put_region(s->out, "deletedRegion", f->source->tree, f->start, f->end);
        if (f->text.n > 0) {
            buf_putc(s->out, ',');
            put_message(s->out, "insertedContent", f->text);
        }
        buf_printf(s->out, "}]}],\"properties\":{\"grade\":\"%c\"}}", f->grade);
    }
    if (n > 0)
        buf_putc(s->out, ']');
}

static void put_result(Sarif *s, const Diag *d)
{
    Buf b = {0};
    buf_printf(s->out, "{\"ruleId\":\"G%04d\",\"ruleIndex\":%u,\"level\":\"%s\",", d->code,
               rule_index(s, d->code), diag_severity_word(d->severity));
    sentence(&b, "", d->message);
    sentence(&b, "", d->note);
    sentence(&b, "Help: ", d->help);
    put_message(s->out, "message", buf_view(&b));
    buf_free(&b);
    buf_puts(s->out, ",\"locations\":[{");
    put_place(s, &d->at);
    buf_puts(s->out, "}]");
    for (uint32_t i = 0; i < d->n_also; i++) {
        buf_printf(s->out, "%s{\"id\":%u,", i == 0 ? ",\"relatedLocations\":[" : ",", i + 1);
        put_place(s, &d->also[i]);
        buf_putc(s->out, '}');
    }
    if (d->n_also > 0)
        buf_putc(s->out, ']');
    put_fixes(s, d);
    put_fingerprint(s, d);
    buf_putc(s->out, '}');
}

void diag_print_sarif(const DiagList *l, Str folder, Buf *out)
{
    Sarif s = {.l = l, .folder = folder, .out = out};
    collect(&s);
    buf_puts(out, "{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                  "sarif-schema-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n");
    put_tool(&s);
    buf_puts(out, "\"columnKind\":\"unicodeCodePoints\",\"invocations\":[{\"executionSuccessful\":true}],\n"
                  "\"originalUriBaseIds\":{\"%SRCROOT%\":{\"description\":{\"text\":"
                  "\"The folder in which gatec ran.\"}}},\n");
    put_artifacts(&s);
    buf_puts(out, "\"results\":[");
    for (uint32_t i = 0; i < l->n; i++) {
        buf_puts(out, i == 0 ? "\n" : ",\n");
        put_result(&s, &l->items[i]);
    }
    buf_puts(out, "]\n}]}\n");
}
