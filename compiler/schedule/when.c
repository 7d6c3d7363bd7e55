/* Owns: how instants and lengths of time are said: for people, and as ISO 8601.
 * Must not know: schedules. */
#include "compiler/schedule/schedule_int.h"

#include "vm/os/os.h"

const char *const sched_days[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
const char *const sched_months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

SchedCivil sched_civil(const Zone *zone, int64_t ms)
{
    int64_t local = zone_local(zone, ms), rest = local % DAY, n = local / DAY;
    SchedCivil c;
    if (rest < 0) {
        rest += DAY;
        n--;
    }
    os_civil_from_days(n, &c.year, &c.month, &c.day);
    c.weekday = (int)(((n + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    c.hour = (int)(rest / 3600000);
    c.minute = (int)(rest / 60000 % 60);
    c.second = (int)(rest / 1000 % 60);
    return c;
}

void sched_when(const Zone *zone, int64_t ms, Buf *out)
{
    SchedCivil c = sched_civil(zone, ms);
    buf_printf(out, "%s %d %s %lld, %02d:%02d", sched_days[c.weekday], c.day, sched_months[c.month - 1],
               (long long)c.year, c.hour, c.minute);
}

void sched_instant(const Zone *zone, int64_t ms, Buf *out)
{
    SchedCivil c = sched_civil(zone, ms);
    int64_t offset = (zone_local(zone, ms) - ms) / 60000;
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", (int)c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (offset == 0)
        buf_puts(out, "Z");
    else
        buf_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', (int)((offset < 0 ? -offset : offset) / 60),
                   (int)((offset < 0 ? -offset : offset) % 60));
}

void sched_length(int64_t seconds, Buf *out)
{
    static const struct { int64_t s; const char *word; } units[] = {
        {604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    int said = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units && said < 2; i++) {
        int64_t n = seconds / units[i].s;
        seconds %= units[i].s;
        if (n == 0)
            continue;
        buf_printf(out, "%s%lld %s%s", said++ > 0 ? " " : "", (long long)n, units[i].word, n == 1 ? "" : "s");
    }
    if (said == 0)
        buf_puts(out, "no time");
}
