/* Owns: the reading of time zone files and what a zone answers.
 * Must not know: openings, holidays, plans. */
#include "vm/os/zone.h"

#include <stdlib.h>
#include <string.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

#define DAY_MS INT64_C(86400000)
/* The Gregorian calendar repeats after 400 years, days of the week included. */
#define CYCLE_DAYS INT64_C(146097)
#define CYCLE_MS (CYCLE_DAYS * DAY_MS)

/* --- questions --------------------------------------------------------------- */

static const Zone utc_zone = {{"UTC", 3}, 0, 0, NULL, INT64_MAX};

const Zone *zone_of_utc(void)
{
    return &utc_zone;
}

/* How much of ms lies in whole cycles behind the table. */
static int64_t whole_cycles(const Zone *z, int64_t ms)
{
    return ms < z->cycle_ms ? 0 : ((ms - z->cycle_ms) / CYCLE_MS + 1) * CYCLE_MS;
}

static int32_t offset_before(const Zone *z, uint32_t shift)
{
    return shift == 0 ? z->first_offset_s : z->shifts[shift - 1].offset_s;
}

ZoneSpan zone_span(const Zone *z, int64_t utc_ms)
{
    int64_t cycles = whole_cycles(z, utc_ms), t = utc_ms - cycles;
    uint32_t lo = 0, hi = z->n; /* so many shifts are not after t */
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (z->shifts[mid].at_ms <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (ZoneSpan){lo == 0 ? INT64_MIN : z->shifts[lo - 1].at_ms + cycles,
                      lo == z->n ? INT64_MAX : z->shifts[lo].at_ms + cycles,
                      (int64_t)offset_before(z, lo) * 1000};
}

int64_t zone_local(const Zone *z, int64_t utc_ms)
{
    return utc_ms + zone_span(z, utc_ms).offset_ms;
}

/* The wall's time from which on a shift's new offset counts: the hour left out
 * belongs to the offset before, and so does the first of two equal hours. */
static int64_t shift_wall(const Zone *z, uint32_t shift)
{
    int32_t before = offset_before(z, shift), after = z->shifts[shift].offset_s;
    return z->shifts[shift].at_ms + (int64_t)(before > after ? before : after) * 1000;
}

int64_t zone_utc(const Zone *z, int64_t local_ms, ZoneTimes *times)
{
    int64_t cycles = whole_cycles(z, local_ms), t = local_ms - cycles;
    uint32_t lo = 0, hi = z->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (shift_wall(z, mid) <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    int64_t utc = t - (int64_t)offset_before(z, lo) * 1000;
    if (times != NULL) {
        *times = ZONE_ONCE;
        if (lo < z->n && utc >= z->shifts[lo].at_ms)
            *times = ZONE_SKIPPED;
        else if (lo < z->n && t - (int64_t)z->shifts[lo].offset_s * 1000 >= z->shifts[lo].at_ms)
            *times = ZONE_REPEATED;
    }
    return utc + cycles;
}

/* --- the rule at a file's end (POSIX TZ, with the hours of RFC 8536 3.3.1) ----- */

typedef struct Scan { const char *p, *end; } Scan;

static bool lit(Scan *s, char ch)
{
    if (s->p == s->end || *s->p != ch)
        return false;
    s->p++;
    return true;
}

static bool number(Scan *s, int most, int *out)
{
    const char *first = s->p;
    int n = 0;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9' && n <= most)
        n = n * 10 + (*s->p++ - '0');
    *out = n;
    return s->p > first && n <= most;
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool clock_s(Scan *s, int32_t *out)
{
    bool minus = lit(s, '-');
    if (!minus)
        lit(s, '+');
    int h, m = 0, sec = 0;
    if (!number(s, 167, &h) || (lit(s, ':') && (!number(s, 59, &m) ||
                                                (lit(s, ':') && !number(s, 59, &sec)))))
        return false;
    *out = (h * 60 + m) * 60 + sec;
    if (minus)
        *out = -*out;
    return true;
}

static bool designation(Scan *s)
{
    const char *first = s->p;
    if (lit(s, '<')) {
        while (s->p < s->end && *s->p != '>')
            s->p++;
        return lit(s, '>');
    }
    while (s->p < s->end && ((*s->p | 0x20) >= 'a' && (*s->p | 0x20) <= 'z'))
        s->p++;
    return s->p > first;
}

/* When in a year: Mm.w.d, Jn (no leap day) or n (from 0), at a second of that day. */
typedef struct When { char kind; int month, week, day; int32_t at_s; } When;
typedef struct Rule { int32_t standard_s, summer_s; bool two; When begin, end; } Rule;

static bool when(Scan *s, When *w)
{
    w->kind = 'n';
    w->at_s = 2 * 3600;
    bool ok;
    if (lit(s, 'M')) {
        w->kind = 'M';
        ok = number(s, 12, &w->month) && w->month > 0 && lit(s, '.') && number(s, 5, &w->week) &&
             w->week > 0 && lit(s, '.') && number(s, 6, &w->day);
    } else {
        if (lit(s, 'J'))
            w->kind = 'J';
        ok = number(s, 365, &w->day) && (w->kind == 'n' || w->day > 0);
    }
    return ok && (!lit(s, '/') || clock_s(s, &w->at_s));
}

static bool rule(Str text, Rule *r)
{
    Scan s = {text.p, text.p + text.n};
    *r = (Rule){0};
    if (!designation(&s) || !clock_s(&s, &r->standard_s))
        return false;
    r->standard_s = -r->standard_s; /* POSIX counts westward */
    if (s.p == s.end)
        return true;
    r->two = true;
    if (!designation(&s))
        return false;
    r->summer_s = r->standard_s + 3600;
    if (s.p < s.end && *s.p != ',') {
        if (!clock_s(&s, &r->summer_s))
            return false;
        r->summer_s = -r->summer_s;
    }
    return lit(&s, ',') && when(&s, &r->begin) && lit(&s, ',') && when(&s, &r->end) && s.p == s.end;
}

/* Local, in ms. */
static int64_t when_in(const When *w, int64_t year)
{
    int64_t day = os_days_from_civil(year, 1, 1);
    if (w->kind == 'n') {
        day += w->day;
    } else if (w->kind == 'J') {
        day += w->day - 1 + (w->day >= 60 && os_date_valid(year, 2, 29));
    } else {
        day = os_days_from_civil(year, w->month, 1);
        int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday; Sunday is 0 */
        day += (w->day - weekday + 7) % 7 + 7 * (w->week - 1);
        int64_t next = w->month == 12 ? os_days_from_civil(year + 1, 1, 1)
                                      : os_days_from_civil(year, w->month + 1, 1);
        while (day >= next)
            day -= 7; /* week 5: the last one */
    }
    return day * DAY_MS + (int64_t)w->at_s * 1000;
}

/* --- the file -------------------------------------------------------------------- */

enum { HEAD = 44 };
typedef struct Head { uint32_t isut, isstd, leap, time, type, chars; } Head;

static uint32_t u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t i64(const unsigned char *p)
{
    return (int64_t)((uint64_t)u32(p) << 32 | u32(p + 4));
}

static bool read_head(const unsigned char *p, size_t n, Head *h)
{
    if (n < HEAD || memcmp(p, "TZif", 4) != 0)
        return false;
    *h = (Head){u32(p + 20), u32(p + 24), u32(p + 28), u32(p + 32), u32(p + 36), u32(p + 40)};
    uint32_t most = LIM_ZONE_BYTES;
    return h->isut <= most && h->isstd <= most && h->leap <= most && h->time <= most &&
           h->type > 0 && h->type <= 256 && h->chars <= most;
}

/* The bytes of a block behind its head; word: 4 or 8. */
static size_t block_size(const Head *h, size_t word)
{
    return h->time * (word + 1) + h->type * (size_t)6 + h->chars + h->leap * (word + 4) +
           h->isstd + h->isut;
}

/* until: what the file itself has told; the rule goes on from there. */
typedef struct Table { ZoneShift *items; uint32_t n; int32_t first, last; int64_t until; } Table;

static void add_shift(Table *t, int64_t at_ms, int32_t offset_s)
{
    if (offset_s == t->last)
        return; /* another name, or another word for summer, and the same time */
    t->items[t->n++] = (ZoneShift){at_ms, offset_s};
    t->last = offset_s;
}

/* Seconds; more than any year that gate can write. */
#define FAR_S (INT64_C(1) << 40)

static bool read_shifts(const unsigned char *p, const Head *h, Table *t)
{
    const unsigned char *kinds = p + h->time * (size_t)8, *types = kinds + h->time;
    int64_t before = INT64_MIN;
    t->first = t->last = (int32_t)u32(types);
    for (uint32_t i = 0; i < h->time; i++) {
        int64_t at = i64(p + i * (size_t)8);
        if (kinds[i] >= h->type || at <= before)
            return false;
        before = at;
        int32_t offset = (int32_t)u32(types + kinds[i] * (size_t)6);
        if (at <= -FAR_S)
            t->first = t->last = offset;
        else if (at < FAR_S)
            add_shift(t, at * 1000, offset);
    }
    t->until = before <= -FAR_S ? 0 : before >= FAR_S ? INT64_MAX : before * 1000;
    for (uint32_t i = 0; i < h->type; i++) {
        int32_t s = (int32_t)u32(types + i * (size_t)6);
        if (s < -26 * 3600 || s > 26 * 3600)
            return false;
    }
    return true;
}

/* 400 years of the rule, and some on both sides: then it repeats. */
enum { RULE_YEARS = 404 };

static void rule_shift(Table *t, int64_t at_ms, int32_t offset_s)
{
    if (at_ms > t->until)
        add_shift(t, at_ms, offset_s);
}

static int64_t follow_rule(const Rule *r, Table *t)
{
    int64_t year;
    int month, day;
    os_civil_from_days(t->until < 0 ? 0 : t->until / DAY_MS, &year, &month, &day);
    if (year > 9999)
        return INT64_MAX; /* the file has told all */
    for (int64_t y = year; y < year + RULE_YEARS; y++) {
        int64_t begin = when_in(&r->begin, y) - (int64_t)r->standard_s * 1000;
        int64_t end = when_in(&r->end, y) - (int64_t)r->summer_s * 1000;
        if (begin < end) {
            rule_shift(t, begin, r->summer_s);
            rule_shift(t, end, r->standard_s);
        } else {
            rule_shift(t, end, r->standard_s);
            rule_shift(t, begin, r->summer_s);
        }
    }
    return os_days_from_civil(year + 402, 1, 1) * DAY_MS;
}

static GateStatus read_zone(const unsigned char *p, size_t n, Arena *a, Zone *z)
{
    Head h;
    Rule r;
    if (!read_head(p, n, &h) || p[4] < '2')
        return GATE_E_FORMAT;
    size_t skip = HEAD + block_size(&h, 4);
    if (skip > n || !read_head(p + skip, n - skip, &h) || h.leap != 0)
        return GATE_E_FORMAT;
    p += skip + HEAD;
    n -= skip + HEAD;
    size_t block = block_size(&h, 8);
    if (block + 2 > n || p[block] != '\n' || p[n - 1] != '\n')
        return GATE_E_FORMAT;
    Str foot = {(const char *)p + block + 1, n - block - 2};
    if (foot.n > 0 && !rule(foot, &r))
        return GATE_E_FORMAT;
    Table t = {.items = ARENA_NEW(a, ZoneShift, h.time + 2 * (size_t)RULE_YEARS)};
    if (t.items == NULL)
        return GATE_E_MEMORY;
    if (!read_shifts(p, &h, &t))
        return GATE_E_FORMAT;
    z->cycle_ms = INT64_MAX;
    if (foot.n > 0 && r.two)
        z->cycle_ms = follow_rule(&r, &t);
    z->first_offset_s = t.first;
    z->shifts = t.items;
    z->n = t.n;
    return GATE_OK;
}

/* --- the database ------------------------------------------------------------------ */

static const char *database(const char *folder)
{
    const char *env = getenv("TZDIR");
    return folder != NULL ? folder : env != NULL && *env != '\0' ? env : "/usr/share/zoneinfo";
}

/* A name of the database, and no way out of its folder: letters, digits, + - _
 * in parts of which none is empty or begins with a dot. */
static bool is_name(Str s)
{
    bool start = true;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool word = ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') || (ch >= '0' && ch <= '9') ||
                    ch == '+' || ch == '-' || ch == '_';
        if (!word && (ch != '/' || start))
            return false;
        start = ch == '/';
    }
    return !start && s.n <= LIM_NAME_BYTES;
}

static void say(Buf *why, const char *folder, Str name, const char *what)
{
    if (why != NULL)
        buf_printf(why, "%s/%.*s %s", folder, STR_ARG(name), what);
}

/* The file could not be opened: does the database lack it, or is there none? */
static GateStatus missing(const char *folder, Buf *path)
{
    Buf file = {0};
    buf_clear(path);
    buf_printf(path, "%s/UTC", folder);
    GateStatus s = path->failed ? GATE_E_MEMORY : os_read_file(buf_z(path), LIM_ZONE_BYTES, &file, NULL);
    buf_free(&file);
    return s == GATE_E_MEMORY ? s : s == GATE_OK ? GATE_E_NOTFOUND : GATE_E_IO;
}

static GateStatus load_file(const char *folder, Str name, Arena *arena, Zone *z, Buf *why)
{
    Buf path = {0}, file = {0};
    buf_printf(&path, "%s/%.*s", folder, STR_ARG(name));
    GateStatus s = path.failed ? GATE_E_MEMORY : os_read_file(buf_z(&path), LIM_ZONE_BYTES, &file, NULL);
    if (s == GATE_OK)
        s = read_zone((const unsigned char *)file.p, file.n, arena, z);
    else if (s != GATE_E_MEMORY && s != GATE_E_LIMIT)
        s = missing(folder, &path);
    if (s == GATE_E_FORMAT)
        say(why, folder, name, "is no time zone file that gate can read");
    if (s == GATE_E_LIMIT)
        say(why, folder, name, "is too large for a time zone file");
    if (s == GATE_E_NOTFOUND)
        say(why, folder, name, "is not in the time zone database");
    if (s == GATE_E_IO)
        say(why, folder, name, "cannot be read: there is no time zone database");
    buf_free(&path);
    buf_free(&file);
    return s == GATE_E_LIMIT ? GATE_E_FORMAT : s;
}

GateStatus zone_load(const char *folder, Str name, Arena *arena, const Zone **out, Buf *why)
{
    folder = database(folder);
    *out = NULL;
    if (str_is(name, "UTC")) {
        *out = &utc_zone;
        return GATE_OK;
    }
    if (!is_name(name)) {
        say(why, folder, name, "is not in the time zone database");
        return GATE_E_NOTFOUND;
    }
    Zone *z = ARENA_NEW(arena, Zone, 1);
    if (z == NULL)
        return GATE_E_MEMORY;
    z->name = arena_str(arena, name);
    GateStatus s = load_file(folder, name, arena, z, why);
    if (s == GATE_OK)
        *out = z;
    return s;
}

/* tzdata.zi: "Z Europe/Prague ..." and "L Europe/Prague Europe/Bratislava". */
static Str line_name(Str line)
{
    Scan s = {line.p + 2, line.p + line.n};
    Str word[2] = {{NULL, 0}, {NULL, 0}};
    for (int i = 0; i < 2; i++) {
        word[i].p = s.p;
        while (s.p < s.end && *s.p != ' ')
            s.p++;
        word[i].n = (size_t)(s.p - word[i].p);
        s.p += s.p < s.end;
    }
    return line.p[0] == 'Z' ? word[0] : word[1];
}

GateStatus zone_names(const char *folder, Arena *arena, const Str **names, uint32_t *n)
{
    Buf path = {0}, file = {0};
    buf_printf(&path, "%s/tzdata.zi", database(folder));
    GateStatus s = path.failed ? GATE_E_MEMORY : os_read_file(buf_z(&path), LIM_ZONE_LIST_BYTES, &file, NULL);
    buf_free(&path);
    uint32_t lines = 0;
    for (size_t i = 0; i < file.n; i++)
        lines += file.p[i] == '\n';
    Str *list = s == GATE_OK ? ARENA_NEW(arena, Str, lines + 1) : NULL;
    *n = 0;
    for (size_t i = 0, end; list != NULL && i < file.n; i = end + 1) {
        for (end = i; end < file.n && file.p[end] != '\n';)
            end++;
        Str line = {file.p + i, end - i};
        if (line.n < 3 || (line.p[0] != 'Z' && line.p[0] != 'L') || line.p[1] != ' ')
            continue;
        Str name = line_name(line);
        if (is_name(name))
            list[(*n)++] = arena_str(arena, name);
    }
    buf_free(&file);
    *names = list;
    if (s != GATE_OK)
        return s == GATE_E_MEMORY ? s : GATE_E_IO;
    return list == NULL ? GATE_E_MEMORY : GATE_OK;
}
