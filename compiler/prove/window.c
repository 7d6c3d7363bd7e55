/* Owns: windows as sets, what is known of each; moments and lengths in words.
 * Must not know: what is proved with them. */
#include <stdlib.h>
#include <string.h>

#include "compiler/prove/time.h"
#include "vm/os/os.h"

/* --- sets ---------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint32_t hash_keys(const uint32_t *keys, uint32_t n)
{
    uint32_t h = 2166136261u;
    for (uint32_t i = 0; i < n; i++)
        h = (h ^ keys[i]) * 16777619u;
    return h ^ h >> 15;
}

static void grow_slots(Times *t)
{
    uint32_t n = t->n_slots == 0 ? 16 : t->n_slots * 2;
    t->slots = ARENA_NEW(t->c->arena, uint32_t, n);
    t->n_slots = n;
    for (uint32_t i = 0; i < t->n_windows; i++) {
        uint32_t at = hash_keys(t->windows[i].keys, t->windows[i].n) & (n - 1);
        while (t->slots[at] != 0)
            at = (at + 1) & (n - 1);
        t->slots[at] = i + 1;
    }
}

static Window *add_window(Times *t, const uint32_t *keys, uint32_t n, uint32_t slot)
{
    Window *w = CHK_PUSH(t->c, t->windows, t->n_windows, t->cap_windows);
    CalWindow *items = ARENA_NEW(t->c->arena, CalWindow, n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (CalWindow){sem_calendar(t->s, keys[i] / 2), (keys[i] & 1) != 0};
    *w = (Window){{items, n, NULL}, keys, n, 0, -1};
    t->slots[slot] = t->n_windows;
    return w;
}

static uint32_t canonical(uint32_t *keys, uint32_t n)
{
    uint32_t kept = 0;
    qsort(keys, n, sizeof *keys, by_key);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || keys[i] != keys[kept - 1])
            keys[kept++] = keys[i];
    return kept;
}

Window *time_window(Times *t, const SemDuring *a, uint32_t n_a, const SemDuring *b, uint32_t n_b)
{
    enum { FEW = 8 };
    uint32_t few[FEW], n = n_a + n_b;
    if (n == 0)
        return NULL;
    uint32_t *keys = n <= FEW ? few : ARENA_NEW(t->c->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        const SemDuring *d = i < n_a ? &a[i] : &b[i - n_a];
        if (sem_calendar(t->s, d->calendar) == NULL)
            return NULL;
        keys[i] = d->calendar * 2 + d->never;
    }
    n = canonical(keys, n);
    if (2 * (t->n_windows + 1) > t->n_slots)
        grow_slots(t);
    uint32_t at = hash_keys(keys, n) & (t->n_slots - 1);
    for (; t->slots[at] != 0; at = (at + 1) & (t->n_slots - 1)) {
        Window *w = &t->windows[t->slots[at] - 1];
        if (w->n == n && memcmp(w->keys, keys, n * sizeof *keys) == 0)
            return w;
    }
    uint32_t *own = ARENA_NEW(t->c->arena, uint32_t, n);
    memcpy(own, keys, n * sizeof *keys);
    return add_window(t, own, n, at);
}

/* --- what is known of one --------------------------------------------------------- */

bool time_holds(Times *t, Window *w, int64_t ms)
{
    CalSpan where;
    if (ms <= w->fits_ms)
        return true;
    if (w->longest_ms >= 0)
        return ms <= w->longest_ms;
    if (t->searches >= LIM_ERRORS_SHOWN)
        return true; /* so many are wrong already: nobody waits for more of them */
    int64_t found = cal_windows_longest(&w->set, t->from_ms, t->end_ms, ms, &where);
    if (found >= ms) {
        w->fits_ms = found;
        return true;
    }
    w->longest_ms = found;
    t->searches++;
    return false;
}

int64_t time_fit(Times *t, Window *w, int64_t from, int64_t ms)
{
    int64_t at;
    if (w == NULL || from == TIME_NONE)
        return from;
    int64_t end = from + LIM_CALENDAR_DAYS * TIME_DAY_MS;
    if (!time_holds(t, w, ms) || !cal_windows_fit(&w->set, from, end, ms, &at))
        return TIME_NONE;
    return at;
}

/* --- words ------------------------------------------------------------------------- */

Str time_length_words(Times *t, int64_t ms)
{
    static const struct { const char *unit; int64_t ms; } units[] = {
        {"d", TIME_DAY_MS}, {"h", TIME_HOUR_MS}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    Str out = {"", 0};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t n = ms / units[i].ms;
        ms -= n * units[i].ms;
        if (n > 0)
            out = chk_printf(t->c, "%.*s%s%lld%s", STR_ARG(out), out.n > 0 ? " " : "", (long long)n, units[i].unit);
    }
    return out.n == 0 ? STR("0s") : out;
}

static Str local_day(Times *t, int64_t local)
{
    static const char *const names[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    int64_t days = local / TIME_DAY_MS - (local % TIME_DAY_MS < 0), year;
    int month, day;
    os_civil_from_days(days, &year, &month, &day);
    return chk_printf(t->c, "%s %04d-%02d-%02d", names[(days % 7 + 7) % 7], (int)year, month, day);
}

/* NULL: UTC. */
static const Calendar *whose(const Times *t, uint32_t calendar)
{
    return sem_calendar(t->s, calendar != SEM_NONE ? calendar : sem_only_calendar(t->s));
}

Str time_day_words(Times *t, uint32_t calendar, int64_t ms)
{
    const Calendar *c = whose(t, calendar);
    return local_day(t, c == NULL ? ms : zone_local(cal_zone(c), ms));
}

Str time_when_words(Times *t, uint32_t calendar, int64_t ms)
{
    const Calendar *c = whose(t, calendar);
    int64_t local = c == NULL ? ms : zone_local(cal_zone(c), ms), of_day = local % TIME_DAY_MS;
    if (of_day < 0)
        of_day += TIME_DAY_MS;
    int minutes = (int)(of_day / 60000);
    return chk_printf(t->c, "%.*s %02d:%02d%s", STR_ARG(local_day(t, local)), minutes / 60, minutes % 60,
                      c == NULL ? " UTC" : "");
}

/* A let may stand for a day; then, too, its end is a midnight. */
Str time_end_words(Times *t, const SemMoment *m, int64_t ms)
{
    const Calendar *c = whose(t, m->calendar);
    int64_t local = c == NULL ? ms : zone_local(cal_zone(c), ms);
    bool day = m->kind == SM_DATE || (m->kind == SM_VALUE && local % TIME_DAY_MS == 0);
    return day ? chk_printf(t->c, "the end of %.*s", STR_ARG(time_day_words(t, m->calendar, ms - 1)))
               : time_when_words(t, m->calendar, ms);
}

bool *time_used(Times *t)
{
    bool *used = ARENA_NEW(t->c->arena, bool, t->s->n_calendars);
    for (uint32_t i = 1; i < t->c->n_entities; i++) {
        const Entity *e = &t->c->entities[i];
        if (e->kind == DK_CALENDAR && (e->found || e->used))
            used[e->index] = true;
    }
    return used;
}

/* --- places ------------------------------------------------------------------------- */

void time_say_window(Times *t, Diag *d, const SemDuring *during)
{
    chk_also(t->c, d, t->f, chk_node(t->f, during->node)->a, "%s",
             during->never ? "never in this calendar" : "only runs in this calendar");
}

static int64_t length_of(const SemOpen *o)
{
    int64_t s = o->to_s - o->from_s;
    return (s > 0 ? s : s + 86400) * 1000;
}

void time_say_longest(Times *t, Diag *d, const SemDuring *during, uint32_t n, int64_t longest)
{
    if (n != 1 || during[0].never)
        return;
    const SemCalendar *cal = &t->s->calendars[during[0].calendar];
    const File *f = (const File *)cal->file;
    Str words = time_length_words(t, longest);
    for (uint32_t i = 0; i < cal->n_opens; i++) {
        const SynNode *open = chk_node(f, cal->opens[i].node);
        if (length_of(&cal->opens[i]) != longest)
            continue;
        chk_also(t->c, d, f, open->b != 0 ? open->b : cal->opens[i].node, "longest opening: %.*s", STR_ARG(words));
        return;
    }
    chk_also(t->c, d, f, chk_node(f, cal->node)->a, "longest opening: %.*s", STR_ARG(words));
}
