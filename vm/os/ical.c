/* Owns: the one door to libical.
 * Must not know: calendars of plans, time zones. */
#include "vm/os/ical.h"

#include <dlfcn.h>
#include <libical/ical.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vm/os/limits.h"
#include "vm/os/os.h"

/* What is used of libical 3. */
typedef struct Lib {
    icalcomponent *(*parse)(const char *text);
    void (*free_component)(icalcomponent *c);
    icalcomponent_kind (*kind)(const icalcomponent *c);
    icalcomponent *(*first_component)(icalcomponent *c, icalcomponent_kind kind);
    icalcomponent *(*next_component)(icalcomponent *c, icalcomponent_kind kind);
    icalproperty *(*first_property)(icalcomponent *c, icalproperty_kind kind);
    icalproperty *(*next_property)(icalcomponent *c, icalproperty_kind kind);
    struct icaltimetype (*dtstart)(const icalproperty *p);
    struct icaltimetype (*dtend)(const icalproperty *p);
    struct icaldurationtype (*duration)(const icalproperty *p);
    struct icalrecurrencetype (*rrule)(const icalproperty *p);
    struct icaltimetype (*exdate)(const icalproperty *p);
    struct icaldatetimeperiodtype (*rdate)(const icalproperty *p);
    struct icaltimetype (*recurrenceid)(const icalproperty *p);
    enum icalproperty_status (*status)(const icalproperty *p);
    const char *(*uid)(const icalproperty *p);
    const char *(*summary)(const icalproperty *p);
    const char *(*mistake)(const icalproperty *p);
    icalrecur_iterator *(*iterate)(struct icalrecurrencetype rule, struct icaltimetype start);
    struct icaltimetype (*next_time)(icalrecur_iterator *i);
    void (*free_iterator)(icalrecur_iterator *i);
} Lib;

static const struct { const char *name; size_t at; } names[] = {
    {"icalparser_parse_string", offsetof(Lib, parse)},
    {"icalcomponent_free", offsetof(Lib, free_component)},
    {"icalcomponent_isa", offsetof(Lib, kind)},
    {"icalcomponent_get_first_component", offsetof(Lib, first_component)},
    {"icalcomponent_get_next_component", offsetof(Lib, next_component)},
    {"icalcomponent_get_first_property", offsetof(Lib, first_property)},
    {"icalcomponent_get_next_property", offsetof(Lib, next_property)},
    {"icalproperty_get_dtstart", offsetof(Lib, dtstart)},
    {"icalproperty_get_dtend", offsetof(Lib, dtend)},
    {"icalproperty_get_duration", offsetof(Lib, duration)},
    {"icalproperty_get_rrule", offsetof(Lib, rrule)},
    {"icalproperty_get_exdate", offsetof(Lib, exdate)},
    {"icalproperty_get_rdate", offsetof(Lib, rdate)},
    {"icalproperty_get_recurrenceid", offsetof(Lib, recurrenceid)},
    {"icalproperty_get_status", offsetof(Lib, status)},
    {"icalproperty_get_uid", offsetof(Lib, uid)},
    {"icalproperty_get_summary", offsetof(Lib, summary)},
    {"icalproperty_get_xlicerror", offsetof(Lib, mistake)},
    {"icalrecur_iterator_new", offsetof(Lib, iterate)},
    {"icalrecur_iterator_next", offsetof(Lib, next_time)},
    {"icalrecur_iterator_free", offsetof(Lib, free_iterator)},
};

static bool load(Lib *lib)
{
    void *so = dlopen("libical.so.3", RTLD_NOW | RTLD_LOCAL);
    bool ok = so != NULL;
    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++) {
        void *f = dlsym(so, names[i].name);
        memcpy((char *)lib + names[i].at, &f, sizeof f);
        ok = f != NULL;
    }
    return ok;
}

/* An instance of a repetition that stands in an event of its own. */
typedef struct Moved { const char *uid; int32_t day; } Moved;

typedef struct Reading {
    Lib lib;
    Arena *arena;
    Buf *why;
    int32_t first, last;
    IcalDays *days; uint32_t n;
    Moved *moved; uint32_t n_moved;
    int32_t *left_out; uint32_t n_left_out; /* EXDATE of the event at hand */
    IcalList *out;
    uint32_t timed; /* events that do not take whole days */
} Reading;

static GateStatus say(Reading *r, GateStatus s, const char *words)
{
    if (r->why != NULL)
        buf_puts(r->why, words);
    return s;
}

static bool is_date(struct icaltimetype t)
{
    return t.is_date && os_date_valid(t.year, t.month, t.day);
}

static int32_t day_of(struct icaltimetype t)
{
    return (int32_t)os_days_from_civil(t.year, t.month, t.day);
}

static const char *uid_of(const Reading *r, icalcomponent *event)
{
    icalproperty *p = r->lib.first_property(event, ICAL_UID_PROPERTY);
    const char *uid = p == NULL ? NULL : r->lib.uid(p);
    return uid == NULL ? "" : uid;
}

/* --- one event --------------------------------------------------------------- */

static int by_moved(const void *a, const void *b)
{
    const Moved *x = a, *y = b;
    int c = strcmp(x->uid, y->uid);
    return c != 0 ? c : (x->day > y->day) - (x->day < y->day);
}

static int by_day(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

typedef struct Event {
    icalcomponent *c;
    const char *uid;
    Str title;
    int32_t day, length;
} Event;

/* Whether day is left out of the repetition, or has an event of its own. */
static bool left_out(const Reading *r, const Event *e, int32_t day)
{
    Moved key = {e->uid, day};
    return (r->n_left_out > 0 && bsearch(&day, r->left_out, r->n_left_out, sizeof day, by_day) != NULL) ||
           (r->n_moved > 0 && bsearch(&key, r->moved, r->n_moved, sizeof key, by_moved) != NULL);
}

static GateStatus add(Reading *r, const Event *e, int32_t day)
{
    int32_t last = day + e->length - 1;
    if (last > r->out->last)
        r->out->last = last;
    if (last < r->first || day > r->last)
        return GATE_OK;
    if (r->n == LIM_HOLIDAYS)
        return say(r, GATE_E_LIMIT, "it has more days than a holiday list may have");
    r->days[r->n++] = (IcalDays){day, last, e->title};
    return GATE_OK;
}

static GateStatus unread(Reading *r, const char *property, const char *text)
{
    static const char before[] = "property: "; /* libical's words; behind it stands the value */
    const char *value = strstr(text, before);
    if (r->why != NULL)
        buf_printf(r->why, "the %s of an event cannot be read%s%.60s", property, value == NULL ? "" : ": ",
                   value == NULL ? "" : value + sizeof before - 1);
    return GATE_E_FORMAT;
}

/* What libical could not read of an event, and what it then left out. */
static GateStatus no_mistakes(Reading *r, icalcomponent *event)
{
    static const char *const matter[] = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
                                         "EXRULE", "RECURRENCE-ID"};
    for (icalproperty *p = r->lib.first_property(event, ICAL_XLICERROR_PROPERTY); p != NULL;
         p = r->lib.next_property(event, ICAL_XLICERROR_PROPERTY)) {
        const char *text = r->lib.mistake(p);
        for (size_t i = 0; text != NULL && i < sizeof matter / sizeof *matter; i++)
            if (strstr(text, matter[i]) != NULL)
                return unread(r, matter[i], text);
    }
    return GATE_OK;
}

/* One day, unless DTEND (the day after the last) or DURATION say more. */
static int32_t length_of(const Reading *r, icalcomponent *event, int32_t day)
{
    icalproperty *p = r->lib.first_property(event, ICAL_DTEND_PROPERTY);
    int64_t n = 1;
    if (p != NULL && is_date(r->lib.dtend(p))) {
        n = (int64_t)day_of(r->lib.dtend(p)) - day;
    } else if ((p = r->lib.first_property(event, ICAL_DURATION_PROPERTY)) != NULL) {
        struct icaldurationtype d = r->lib.duration(p);
        n = (int64_t)d.weeks * 7 + d.days;
    }
    return n < 1 ? 1 : n > LIM_CALENDAR_DAYS ? LIM_CALENDAR_DAYS : (int32_t)n;
}

static GateStatus find_left_out(Reading *r, icalcomponent *event)
{
    uint32_t n = 0;
    for (icalproperty *p = r->lib.first_property(event, ICAL_EXDATE_PROPERTY); p != NULL;
         p = r->lib.next_property(event, ICAL_EXDATE_PROPERTY))
        n++;
    r->n_left_out = 0;
    r->left_out = ARENA_NEW(r->arena, int32_t, n + (size_t)1);
    if (r->left_out == NULL)
        return GATE_E_MEMORY;
    for (icalproperty *p = r->lib.first_property(event, ICAL_EXDATE_PROPERTY); p != NULL;
         p = r->lib.next_property(event, ICAL_EXDATE_PROPERTY))
        if (is_date(r->lib.exdate(p)))
            r->left_out[r->n_left_out++] = day_of(r->lib.exdate(p));
    qsort(r->left_out, r->n_left_out, sizeof *r->left_out, by_day);
    return GATE_OK;
}

/* More steps than days to look at: an iterator that does not move on. */
enum { STEPS = 100000 };

static GateStatus repeat(Reading *r, const Event *e, icalproperty *p, struct icaltimetype start)
{
    struct icalrecurrencetype rule = r->lib.rrule(p);
    if (rule.freq == ICAL_NO_RECURRENCE)
        return say(r, GATE_E_FORMAT, "an event repeats in a way that cannot be read");
    if (rule.freq < ICAL_DAILY_RECURRENCE)
        return say(r, GATE_E_FORMAT, "an event of whole days repeats more often than daily");
    if (rule.count == 0 && rule.until.year == 0)
        r->out->endless = true;
    icalrecur_iterator *i = r->lib.iterate(rule, start);
    if (i == NULL)
        return say(r, GATE_E_FORMAT, "an event repeats in a way that cannot be read");
    GateStatus s = GATE_OK;
    struct icaltimetype t = r->lib.next_time(i);
    for (int n = 0; n < STEPS && s == GATE_OK && t.year != 0 && day_of(t) <= r->last; n++) {
        if (day_of(t) != e->day && !left_out(r, e, day_of(t)))
            s = add(r, e, day_of(t));
        t = r->lib.next_time(i);
    }
    r->lib.free_iterator(i);
    return s;
}

static GateStatus repetitions(Reading *r, const Event *e, struct icaltimetype start)
{
    GateStatus s = GATE_OK;
    for (icalproperty *p = r->lib.first_property(e->c, ICAL_RRULE_PROPERTY); p != NULL && s == GATE_OK;
         p = r->lib.next_property(e->c, ICAL_RRULE_PROPERTY))
        s = repeat(r, e, p, start);
    for (icalproperty *p = r->lib.first_property(e->c, ICAL_RDATE_PROPERTY); p != NULL && s == GATE_OK;
         p = r->lib.next_property(e->c, ICAL_RDATE_PROPERTY)) {
        struct icaltimetype t = r->lib.rdate(p).time;
        if (is_date(t) && !left_out(r, e, day_of(t)))
            s = add(r, e, day_of(t));
    }
    return s;
}

static bool is_cancelled(const Reading *r, icalcomponent *event)
{
    icalproperty *p = r->lib.first_property(event, ICAL_STATUS_PROPERTY);
    return p != NULL && r->lib.status(p) == ICAL_STATUS_CANCELLED;
}

static GateStatus read_event(Reading *r, icalcomponent *event)
{
    GateStatus s = no_mistakes(r, event);
    icalproperty *p = r->lib.first_property(event, ICAL_DTSTART_PROPERTY);
    if (s != GATE_OK)
        return s;
    if (p == NULL)
        return say(r, GATE_E_FORMAT, "an event does not say when it begins");
    struct icaltimetype start = r->lib.dtstart(p);
    if (!start.is_date) {
        r->timed++;
        return GATE_OK;
    }
    if (!is_date(start))
        return say(r, GATE_E_FORMAT, "an event begins on a day that does not exist");
    if (is_cancelled(r, event))
        return GATE_OK;
    icalproperty *title = r->lib.first_property(event, ICAL_SUMMARY_PROPERTY);
    const char *text = title == NULL ? NULL : r->lib.summary(title);
    Event e = {event, uid_of(r, event), arena_str(r->arena, str_of(text == NULL ? "" : text)), day_of(start), 1};
    bool own = r->lib.first_property(event, ICAL_RECURRENCEID_PROPERTY) != NULL;
    e.length = length_of(r, event, e.day);
    if ((s = find_left_out(r, event)) != GATE_OK)
        return s;
    if (own || !left_out(r, &e, e.day))
        s = add(r, &e, e.day);
    return s == GATE_OK && !own ? repetitions(r, &e, start) : s;
}

/* --- the file ------------------------------------------------------------------- */

/* Calls f for every event of one calendar, or of several in a row. */
static GateStatus each_event(Reading *r, icalcomponent *root, GateStatus (*f)(Reading *, icalcomponent *))
{
    GateStatus s = GATE_OK;
    bool one = r->lib.kind(root) == ICAL_VCALENDAR_COMPONENT;
    icalcomponent *c = one ? root : r->lib.first_component(root, ICAL_VCALENDAR_COMPONENT);
    while (c != NULL && s == GATE_OK) {
        for (icalcomponent *e = r->lib.first_component(c, ICAL_VEVENT_COMPONENT); e != NULL && s == GATE_OK;
             e = r->lib.next_component(c, ICAL_VEVENT_COMPONENT))
            s = f(r, e);
        c = one ? NULL : r->lib.next_component(root, ICAL_VCALENDAR_COMPONENT);
    }
    return s;
}

static GateStatus count_moved(Reading *r, icalcomponent *event)
{
    r->n_moved += r->lib.first_property(event, ICAL_RECURRENCEID_PROPERTY) != NULL;
    return GATE_OK;
}

static GateStatus note_moved(Reading *r, icalcomponent *event)
{
    icalproperty *p = r->lib.first_property(event, ICAL_RECURRENCEID_PROPERTY);
    if (p != NULL && is_date(r->lib.recurrenceid(p)))
        r->moved[r->n_moved++] = (Moved){uid_of(r, event), day_of(r->lib.recurrenceid(p))};
    return GATE_OK;
}

static GateStatus read_all(Reading *r, icalcomponent *root)
{
    if (root == NULL || (r->lib.kind(root) != ICAL_VCALENDAR_COMPONENT && r->lib.kind(root) != ICAL_XROOT_COMPONENT))
        return say(r, GATE_E_FORMAT, "it is no iCalendar file");
    each_event(r, root, count_moved);
    r->moved = ARENA_NEW(r->arena, Moved, r->n_moved + (size_t)1);
    if (r->moved == NULL)
        return GATE_E_MEMORY;
    r->n_moved = 0;
    each_event(r, root, note_moved);
    qsort(r->moved, r->n_moved, sizeof *r->moved, by_moved);
    GateStatus s = each_event(r, root, read_event);
    if (s == GATE_OK && r->out->last == INT32_MIN)
        s = say(r, GATE_E_FORMAT, r->timed > 0 ? "none of its events takes whole days" : "it has no events");
    return s;
}

static char upper(char ch)
{
    return (char)(ch >= 'a' && ch <= 'z' ? ch - 32 : ch);
}

/* The first letters of the line at *i, folds taken out; *i moves to the next. */
static void line_begin(Str s, size_t *i, char out[8])
{
    size_t n = 0;
    for (; *i < s.n; ++*i) {
        size_t end = *i + (s.p[*i] == '\r' && *i + 1 < s.n);
        bool fold = s.p[end] == '\n' && end + 1 < s.n && (s.p[end + 1] == ' ' || s.p[end + 1] == '\t');
        if (fold)
            *i = end + 1;
        else if (s.p[*i] == '\n')
            break;
        else if (n < 7)
            out[n++] = upper(s.p[*i]);
    }
    out[n] = '\0';
    *i += *i < s.n;
}

static bool is_word(const char *line, const char *word)
{
    size_t n = strlen(word);
    return strncmp(line, word, n) == 0 && (line[n] == ':' || line[n] == ';');
}

/* libical prints a warning where a block ends that did not begin; nothing here
 * may print, so such a file does not get there. */
static bool blocks_fit(Str s)
{
    uint32_t depth = 0;
    for (size_t i = 0; i < s.n;) {
        char line[8];
        line_begin(s, &i, line);
        if (is_word(line, "END") && depth-- == 0)
            return false;
        depth += is_word(line, "BEGIN");
    }
    return depth == 0;
}

GateStatus ical_read(Str text, int32_t first, int32_t last, Arena *arena, IcalList *out, Buf *why)
{
    Reading r = {.arena = arena, .why = why, .first = first, .last = last, .out = out};
    *out = (IcalList){.last = INT32_MIN};
    if (!load(&r.lib))
        return say(&r, GATE_E_NOTFOUND, "reading it needs libical 3 (libical.so.3; on Debian the package "
                   "libical3), which could not be opened");
    if (memchr(text.p, '\0', text.n) != NULL || !blocks_fit(text))
        return say(&r, GATE_E_FORMAT, "it is no iCalendar file");
    char *z = arena_copy(arena, text.p, text.n);
    r.days = mem_realloc(NULL, 0, LIM_HOLIDAYS * sizeof *r.days);
    if (z == NULL || r.days == NULL) {
        mem_realloc(r.days, LIM_HOLIDAYS * sizeof *r.days, 0);
        return GATE_E_MEMORY;
    }
    icalcomponent *root = r.lib.parse(z);
    GateStatus s = read_all(&r, root);
    if (root != NULL)
        r.lib.free_component(root);
    IcalDays *kept = ARENA_NEW(arena, IcalDays, r.n + (size_t)1);
    if (kept == NULL && s == GATE_OK)
        s = GATE_E_MEMORY;
    if (kept != NULL && r.n > 0)
        memcpy(kept, r.days, r.n * sizeof *kept);
    mem_realloc(r.days, LIM_HOLIDAYS * sizeof *r.days, 0);
    out->days = kept;
    out->n = r.n;
    return s;
}
