/* Owns: reading an envelope, and saying where it is not in canonical form.
 * Must not know: where records are kept, or what they mean.
 *
 * The form is JCS (RFC 8785) with limits that leave one encoding for each
 * record: no blank anywhere, members in bytewise order, whole numbers from 0 to
 * 2^53-1 without sign or leading zero, only the escapes that JCS prescribes,
 * no null, no NUL. The reader accepts nothing else, so what it accepts is what
 * rec_write_envelope writes. The shape is fixed: no recursion. */
#include "vm/log/record.h"

#include <assert.h>
#include <string.h>

typedef struct Reader {
    const char *start, *p, *end;
    Arena *arena;
    Buf *why;
    GateStatus st; /* sticky: the first failure */
} Reader;

static void fail(Reader *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void fail(Reader *c, const char *fmt, ...)
{
    if (c->st != GATE_OK)
        return;
    c->st = GATE_E_FORMAT;
    if (c->why == NULL)
        return;
    va_list ap;
    va_start(ap, fmt);
    buf_printf(c->why, "byte %zu: ", (size_t)(c->p - c->start));
    buf_vprintf(c->why, fmt, ap);
    va_end(ap);
}

static bool ok(const Reader *c)
{
    return c->st == GATE_OK;
}

static bool at(const Reader *c, char ch)
{
    return ok(c) && c->p < c->end && *c->p == ch;
}

static void want(Reader *c, const char *lit)
{
    size_t n = strlen(lit);
    if (!ok(c))
        return;
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, lit, n) != 0)
        fail(c, "`%s` should stand here", lit);
    else
        c->p += n;
}

static char *keep(Reader *c, Str s)
{
    char *z = arena_copy(c->arena, s.p, s.n);
    if (z == NULL && ok(c))
        c->st = GATE_E_MEMORY;
    return z;
}

/* Length of the UTF-8 sequence at p, 0 where there is none (RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF). */
static size_t utf8_at(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2
             : u[0] < 0xf0 ? 3 : u[0] < 0xf5 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
        (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
        return 0;
    return n;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* \u00xx, lower case, for the controls that have no short escape; U+0000 may
 * not occur at all. -1 where it is anything else. */
static int control_escape(const char *p, const char *end)
{
    if (end - p < 4 || p[0] != '0' || p[1] != '0')
        return -1;
    int hi = hex_digit(p[2]), lo = hex_digit(p[3]);
    int v = hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
    bool has_short = v == 8 || v == 9 || v == 10 || v == 12 || v == 13;
    return v < 1 || v > 0x1f || has_short ? -1 : v;
}

/* RFC 8785, section 3.2.2.2. c->p stands behind the backslash. */
static char unescape(Reader *c)
{
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
    char ch = c->p < c->end ? *c->p : '\0';
    const char *hit = ch == '\0' ? NULL : strchr(from, ch);
    if (hit != NULL) {
        c->p++;
        return to[hit - from];
    }
    int v = ch == 'u' ? control_escape(c->p + 1, c->end) : -1;
    if (v < 0) {
        fail(c, "this escape is not canonical");
        return '\0';
    }
    c->p += 5;
    return (char)v;
}

/* Decoded bytes are never longer than the encoded ones. */
static Str text(Reader *c)
{
    want(c, "\"");
    if (!ok(c))
        return (Str){NULL, 0};
    const char *q = c->p;
    while (q < c->end && *q != '"')
        q += *q == '\\' && q + 1 < c->end ? 2 : 1;
    char *out = keep(c, (Str){c->p, (size_t)(q - c->p)});
    size_t n = 0;
    while (ok(c) && !at(c, '"')) {
        size_t u = c->p < c->end ? utf8_at(c->p, c->end) : 0;
        if (u == 0 || (unsigned char)*c->p < 0x20) {
            fail(c, "a text must be UTF-8 with its controls escaped, and end");
        } else if (*c->p == '\\') {
            c->p++;
            out[n++] = unescape(c);
        } else {
            memcpy(out + n, c->p, u);
            n += u;
            c->p += u;
        }
    }
    want(c, "\"");
    if (!ok(c))
        return (Str){NULL, 0};
    out[n] = '\0';
    return (Str){out, n};
}

static uint64_t number(Reader *c)
{
    uint64_t v = 0;
    const char *first = c->p;
    while (ok(c) && c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        v = v * 10 + (uint64_t)(*c->p - '0');
        if (v > REC_INT_MAX || (c->p > first && *first == '0'))
            fail(c, "a number must be from 0 to 2^53-1, without leading zero");
        c->p++;
    }
    if (ok(c) && c->p == first)
        fail(c, "a whole number should stand here");
    return ok(c) ? v : 0;
}

static void uuid(Reader *c, char out[OS_UUID_SIZE])
{
    const char *where = c->p;
    Str s = text(c);
    bool good = ok(c) && s.n == OS_UUID_SIZE - 1;
    for (size_t i = 0; good && i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        good = dash ? s.p[i] == '-' : hex_digit(s.p[i]) >= 0;
    }
    if (good) {
        memcpy(out, s.p, OS_UUID_SIZE);
    } else if (ok(c)) {
        c->p = where;
        fail(c, "a UUID in lower case should stand here");
    }
}

static void read_actor(Reader *c, Record *r)
{
    static const char *const kinds[] = {"human", "svc", "ai", "timer", "ext"};
    want(c, "{\"id\":");
    uuid(c, r->actor_id);
    want(c, ",\"t\":");
    Str t = text(c);
    want(c, "}");
    for (size_t i = 0; ok(c) && i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_is(t, kinds[i]))
            r->actor_t = kinds[i];
    if (ok(c) && r->actor_t == NULL)
        fail(c, "an actor is human, svc, ai, timer or ext");
}

static void read_kind(Reader *c, Record *r)
{
    Str name = text(c);
    if (ok(c) && !rec_kind_find(name, &r->kind))
        fail(c, "this version knows no kind `%.*s`", STR_ARG(name));
}

static void read_ts(Reader *c, Record *r)
{
    char again[OS_INSTANT_SIZE];
    Str ts = text(c);
    if (!ok(c))
        return;
    bool good = os_parse_instant(ts, &r->ts_ms);
    if (good)
        os_format_instant(r->ts_ms, again);
    if (!good || !str_is(ts, again))
        fail(c, "ts must be written 2026-11-24T06:46:38.000Z");
}

static bool name_ok(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = ch >= 'a' && ch <= 'z';
        bool later = i > 0 && (ch == '_' || (ch >= '0' && ch <= '9'));
        if (!letter && !later)
            return false;
    }
    return s.n > 0;
}

static void read_part(Reader *c, Record *r, RecCommit *commit)
{
    RecPart *p = &r->parts[r->n_parts];
    want(c, "{\"c\":");
    Str hex = text(c);
    if (ok(c) && !hash_from_hex(hex, &commit->c))
        fail(c, "a commitment is 64 hex digits in lower case");
    want(c, ",\"l\":");
    uint64_t length = number(c);
    if (ok(c) && length > LIM_PART_BYTES)
        fail(c, "a part is longer than %d bytes", LIM_PART_BYTES);
    want(c, ",\"n\":");
    Str name = text(c);
    want(c, ",\"t\":");
    Str media = text(c);
    want(c, "}");
    if (!ok(c))
        return;
    if (!name_ok(name))
        fail(c, "a part's name has small letters, digits and _ only");
    else if (r->n_parts > 0 && str_cmp(str_of(p[-1].name), name) >= 0)
        fail(c, "parts are sorted by name, none twice");
    *p = (RecPart){name.p, media.p, {NULL, (size_t)length}};
    r->n_parts++;
}

static void read_parts(Reader *c, Record *r, RecCommit *commits)
{
    want(c, "[");
    while (ok(c) && !at(c, ']')) {
        if (r->n_parts > 0)
            want(c, ",");
        if (r->n_parts == LIM_PARTS)
            fail(c, "a record has at most %d parts", LIM_PARTS);
        else
            read_part(c, r, &commits[r->n_parts]);
    }
    want(c, "]");
}

static void read_refs(Reader *c, Record *r)
{
    want(c, "[");
    do {
        if (r->n_refs > 0)
            want(c, ",");
        uint64_t ref = number(c);
        if (r->n_refs == REC_REFS)
            fail(c, "a record refers to at most %d others", REC_REFS);
        else
            r->ref[r->n_refs++] = ref;
    } while (at(c, ','));
    want(c, "]");
}

static void read_field(Reader *c, Str key, Record *r)
{
    for (int f = 0; f < RF_FIELDS; f++) {
        if (!str_is(key, rec_field_key((RecField)f)))
            continue;
        if (rec_field_is_int((RecField)f))
            rec_set_int(r, (RecField)f, (int64_t)number(c));
        else
            rec_set_text(r, (RecField)f, text(c));
        return;
    }
    fail(c, "this version knows no member `%.*s`", STR_ARG(key));
}

enum Seen { SEEN_V = 1, SEEN_LOG = 2, SEEN_SEQ = 4, SEEN_TS = 8, SEEN_KIND = 16,
            SEEN_ACTOR = 32, SEEN_PARTS = 64, SEEN_MUST = 127, SEEN_RUN = 128,
            SEEN_RSEQ = 256 };

static unsigned read_member(Reader *c, Str key, Record *r, Str *log,
                            RecCommit *commits)
{
    if (str_is(key, "v")) {
        want(c, "1");
        return SEEN_V;
    }
    if (str_is(key, "log"))
        return *log = text(c), SEEN_LOG;
    if (str_is(key, "seq"))
        return r->seq = number(c), SEEN_SEQ;
    if (str_is(key, "ts"))
        return read_ts(c, r), SEEN_TS;
    if (str_is(key, "kind"))
        return read_kind(c, r), SEEN_KIND;
    if (str_is(key, "actor"))
        return read_actor(c, r), SEEN_ACTOR;
    if (str_is(key, "parts"))
        return read_parts(c, r, commits), SEEN_PARTS;
    if (str_is(key, "run"))
        return uuid(c, r->run), SEEN_RUN;
    if (str_is(key, "rseq"))
        return r->rseq = number(c), SEEN_RSEQ;
    if (str_is(key, "ref"))
        read_refs(c, r);
    else
        read_field(c, key, r);
    return 0;
}

static void check_whole(Reader *c, const Record *r, unsigned seen)
{
    if ((seen & SEEN_MUST) != SEEN_MUST)
        fail(c, "v, log, seq, ts, kind, actor and parts must all be there");
    if (((seen & SEEN_RUN) != 0) != ((seen & SEEN_RSEQ) != 0))
        fail(c, "run and rseq stand together or not at all");
    for (uint32_t i = 0; i < r->n_refs; i++)
        if (r->ref[i] >= r->seq)
            fail(c, "ref names a record that is not earlier");
}

GateStatus rec_read_envelope(Str env, Arena *arena, Record *r, Str *log,
                             RecCommit commits[LIM_PARTS], Buf *why)
{
    Reader c = {env.p, env.p, env.p + env.n, arena, why, GATE_OK};
    Str last = {NULL, 0};
    unsigned seen = 0;
    *r = (Record){0};
    if (env.n > LIM_ENVELOPE_BYTES)
        fail(&c, "a record is at most %d bytes, this has %zu",
             LIM_ENVELOPE_BYTES, env.n);
    want(&c, "{");
    while (ok(&c) && !at(&c, '}')) {
        if (last.p != NULL)
            want(&c, ",");
        Str key = text(&c);
        want(&c, ":");
        if (!ok(&c))
            break;
        if (last.p != NULL && str_cmp(last, key) >= 0)
            fail(&c, "`%.*s` stands out of order", STR_ARG(key));
        else
            seen |= read_member(&c, key, r, log, commits);
        last = key;
    }
    want(&c, "}");
    if (ok(&c) && c.p != c.end)
        fail(&c, "nothing may follow the record");
    if (ok(&c))
        check_whole(&c, r, seen);
    return c.st;
}
