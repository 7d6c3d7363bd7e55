/* Our zones and calendars, asked line by line on stdin; one answer a line. The
 * scripts zone_peer.sh and calendar_peer.sh put the same questions to Python.
 *
 *   Z NAME             the zone of what follows; forgets the calendar
 *   O FIRST LAST A B   open on those weekdays, seconds of the day
 *   D DAY A B          open on a day (since 1970-01-01)
 *   C A B  H A B       closed; holidays
 *   o T  u L           offset at T; instant of the wall's L (seconds, all of it)
 *   d T N  h T S       business days, business seconds
 *   m A B  n T         open seconds; next opening
 *   l A B              the longest opening within */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/core/calendar.h"

enum { MOST = 64 };

static Arena *arena;
static const Zone *zone;
static CalOpen opens[MOST];
static CalDays closed[MOST], holidays[MOST];
static uint32_t n_opens, n_closed, n_holidays;
static const Calendar *made;

static const Calendar *calendar(void)
{
    if (made == NULL)
        made = cal_make(&(CalSpec){zone, opens, n_opens, closed, n_closed, holidays, n_holidays}, arena);
    return made;
}

static void forget(void)
{
    arena_reset(arena);
    n_opens = n_closed = n_holidays = 0;
    made = NULL;
}

static void fail(const char *line)
{
    fprintf(stderr, "what is this: %s\n", line);
    exit(2);
}

static void say(bool ok, int64_t ms)
{
    if (ok)
        printf("%" PRId64 "\n", ms / 1000);
    else
        puts("none");
}

static void build(const char *line)
{
    int a, b, c, d;
    if (n_opens == MOST || n_closed == MOST || n_holidays == MOST)
        fail(line);
    if (sscanf(line, "O %d %d %d %d", &a, &b, &c, &d) == 4)
        opens[n_opens++] = (CalOpen){.first = (uint8_t)a, .last = (uint8_t)b, .from_s = c, .to_s = d};
    else if (sscanf(line, "D %d %d %d", &a, &b, &c) == 3)
        opens[n_opens++] = (CalOpen){.is_date = true, .date = a, .from_s = b, .to_s = c};
    else if (sscanf(line, "C %d %d", &a, &b) == 2)
        closed[n_closed++] = (CalDays){a, b};
    else if (sscanf(line, "H %d %d", &a, &b) == 2)
        holidays[n_holidays++] = (CalDays){a, b};
    else
        fail(line);
}

static void open_time(int64_t a, int64_t b)
{
    CalWindow item = {calendar(), false};
    CalWindows only = {&item, 1, NULL};
    CalSpan s;
    int64_t sum = 0;
    for (; cal_windows_next(&only, a, b, &s); a = s.until_ms)
        sum += s.until_ms - s.from_ms;
    say(true, sum);
}

static void longest(int64_t a, int64_t b)
{
    CalWindow item = {calendar(), false};
    CalSpan where;
    say(true, cal_windows_longest(&(CalWindows){&item, 1, NULL}, a, b, INT64_MAX, &where));
}

static void answer(const char *line)
{
    char what;
    int64_t a, b = 0, out = 0;
    bool ok;
    if (sscanf(line, "%c %" SCNd64 " %" SCNd64, &what, &a, &b) < 2)
        fail(line);
    switch (what) {
    case 'o': say(true, zone_span(zone, a * 1000).offset_ms); break;
    case 'u': say(true, zone_utc(zone, a * 1000, NULL)); break;
    case 'd': ok = cal_add_days(calendar(), a * 1000, b, &out); say(ok, out); break;
    case 'h': ok = cal_add_open(calendar(), a * 1000, b * 1000, &out); say(ok, out); break;
    case 'm': open_time(a * 1000, b * 1000); break;
    case 'n': ok = cal_opening(calendar(), a * 1000, &out); say(ok, out); break;
    case 'l': longest(a * 1000, b * 1000); break;
    default: fail(line);
    }
}

int main(void)
{
    char line[256];
    arena = arena_new(0);
    while (arena != NULL && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'Z') {
            forget();
            if (zone_load(NULL, str_of(line + 2), arena, &zone, NULL) != GATE_OK)
                fail(line);
        } else if (strchr("ODCH", line[0]) != NULL) {
            build(line);
        } else {
            answer(line);
        }
    }
    arena_free(arena);
    return 0;
}
