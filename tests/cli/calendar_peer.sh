#!/bin/sh
# Business time against Python: random calendars in zones of all kinds, with closed
# days, holidays, openings on dates, over midnight and in the hours of clock changes;
# business days and hours on and back, open time, the next opening, the
# longest opening. The model lists every opening of some years one by one; no part of
# it is ours. SEED and ROUNDS may be given. Prints TAP.
set -u
B=${B:-build}
cd "$(dirname "$0")/../.." || exit 1
case $B in /*) peer=$B/t/calendar_peer ;; *) peer=./$B/t/calendar_peer ;; esac
exec python3 - "$peer" "${SEED:-1}" "${ROUNDS:-30}" <<'PY'
import bisect, datetime as D, random, subprocess, sys, zoneinfo
ZONES = ("Europe/Bratislava", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC",
         "America/Sao_Paulo", "Africa/Casablanca")
EPOCH, DAY = D.datetime(1970, 1, 1), 86400
rnd = random.Random(int(sys.argv[2]))

class Model:
    def __init__(self, name, first, last):
        self.name, self.first, self.last = name, first, last # days
        self.zone = zoneinfo.ZoneInfo(name)
        self.weekly, self.dates, self.closed, self.holidays = [], [], [], []
    def instant(self, local):
        return int((EPOCH + D.timedelta(seconds=local)).replace(tzinfo=self.zone).timestamp())
    def local(self, t):
        return t + int(D.datetime.fromtimestamp(t, self.zone).utcoffset().total_seconds())
    def shut(self, day):
        inside = lambda ranges: any(a <= day <= b for a, b in ranges)
        return inside(self.closed) or (inside(self.holidays) and all(d != day for d, _, _ in self.dates))
    def hours(self, day):
        """(from, to) in seconds of the day, as written."""
        if self.shut(day):
            return []
        special = [(a, b) for d, a, b in self.dates if d == day]
        week = (day + 3) % 7
        return special or [(a, b) for first, last, a, b in self.weekly
                           if (first <= week <= last if first <= last else week >= first or week <= last)]
    def list_all(self):
        self.of_day = {}
        for day in range(self.first, self.last):
            merged = []
            for a, b in sorted((a, b if b > a else b + DAY) for a, b in self.hours(day)):
                if merged and a <= merged[-1][1]:
                    merged[-1][1] = max(b, merged[-1][1])
                else:
                    merged.append([a, b])
            spans = []
            for a, b in merged:
                if b > DAY and self.shut(day + 1):
                    b = DAY
                x, y = self.instant(day * DAY + a), self.instant(day * DAY + b)
                if y > x:
                    spans.append((x, y))
            self.of_day[day] = spans
        self.all = []
        for x, y in sorted(s for spans in self.of_day.values() for s in spans):
            if self.all and x <= self.all[-1][1]:
                self.all[-1] = (self.all[-1][0], max(y, self.all[-1][1]))
            else:
                self.all.append((x, y))
        self.ends = [y for _, y in self.all]
        self.sums = [0]
        for x, y in self.all:
            self.sums.append(self.sums[-1] + y - x)
    def before(self, t):
        """Open seconds before t."""
        i = bisect.bisect_right(self.ends, t)
        more = max(0, t - self.all[i][0]) if i < len(self.all) else 0
        return self.sums[i] + more
    def hours_on(self, t, s):
        want = self.before(t) + s
        if s == 0:
            return t
        if s > 0:
            i = bisect.bisect_left(self.sums, want) - 1
            return self.all[i][0] + want - self.sums[i] if i < len(self.all) else None
        i = bisect.bisect_right(self.sums, want) - 1
        return self.all[i][0] + want - self.sums[i] if want >= 0 and i < len(self.all) else None
    def days_on(self, t, n):
        if n == 0:
            return t
        day = today = self.local(t) // DAY
        for k in (today, today - 1):
            if any(x <= t < y for x, y in self.of_day[k]):
                day = k
                break
        wall, step = self.local(t) - day * DAY, 1 if n > 0 else -1
        for _ in range(abs(n)):
            day += step
            while day in self.of_day and not self.of_day[day]:
                day += step
            if day not in self.of_day:
                return None # beyond what is listed
        spans, at = self.of_day[day], self.instant(day * DAY + wall)
        if any(x <= at <= y for x, y in spans):
            return at
        later = [x for x, _ in spans if x > at]
        return min(later) if later else max(y for _, y in spans)
    def opening(self, t):
        i = bisect.bisect_right(self.ends, t)
        return max(t, self.all[i][0])
    def longest(self, a, b):
        return max([0] + [min(y, b) - max(x, a) for x, y in self.all])

def time():
    return rnd.choice((0, 8 * 3600, 17 * 3600, 3600, 7200, 9000, 10800, rnd.randrange(0, 96) * 900))

def calendar(zone, year):
    day = lambda y, m, d: (D.date(y, m, d) - D.date(1970, 1, 1)).days
    m = Model(zone, day(year, 1, 1), day(year + 4, 1, 1))
    for _ in range(rnd.randrange(1, 4)):
        a, b = time(), rnd.choice((time(), DAY))
        m.weekly.append((rnd.randrange(7), rnd.randrange(7), a, b if a != b else DAY))
    some = lambda: rnd.randrange(m.first, m.last)
    for _ in range(rnd.randrange(4)):
        a, b = time(), rnd.choice((time(), DAY))
        m.dates.append((some(), a, b if a != b else DAY))
    for list_ in (m.closed, m.holidays):
        for _ in range(rnd.randrange(12)):
            a = some()
            list_.append((a, a + rnd.randrange(rnd.choice((1, 3, 20)))))
    m.list_all()
    return m

def around(m):
    """An instant of the two middle years: any, or near a clock change."""
    lo, hi = (m.first + 365) * DAY, (m.last - 365) * DAY
    t = rnd.randrange(lo, hi, 300)
    if rnd.random() < 0.3: # the last Sundays of March, April, October and November
        year = EPOCH.year + t // (365 * DAY + DAY // 4)
        t = int((D.datetime(year, rnd.choice((3, 4, 10, 11)), rnd.randrange(1, 28)) - EPOCH).total_seconds()) + rnd.randrange(0, DAY, 300)
    return min(max(t, lo), hi)

lines, wanted, n = [], [], int(sys.argv[3])
def ask(m, line, want):
    lines.append(line)
    wanted.append((m, line, want))
for zone in ZONES:
    for i in range(n):
        m = calendar(zone, rnd.choice((1985, 2005, 2014, 2017, 2025, 2026, 2027, 2040)))
        lines.append("Z " + zone)
        lines += ["O %d %d %d %d" % o for o in m.weekly] + ["D %d %d %d" % d for d in m.dates]
        lines += ["C %d %d" % c for c in m.closed] + ["H %d %d" % h for h in m.holidays]
        for _ in range(12):
            t, u = around(m), around(m)
            days = rnd.choice((0, 1, 2, 3, 5, 20, 60)) * rnd.choice((1, 1, -1))
            s = rnd.choice((0, 1, 1800, 3600, 4 * 3600, 86400, rnd.randrange(10 ** 6))) * rnd.choice((1, 1, -1))
            if m.days_on(t, days) is not None:
                ask(m, f"d {t} {days}", m.days_on(t, days))
            if 0 <= m.before(t) + s < m.sums[-1]:
                ask(m, f"h {t} {s}", m.hours_on(t, s))
            ask(m, f"m {t} {u}", max(0, m.before(u) - m.before(t)))
            if m.ends[-1] > t:
                ask(m, f"n {t}", m.opening(t))
        a, b = sorted((around(m), around(m)))
        ask(m, f"l {a} {b}", m.longest(a, b))

got = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.split()
bad = 0
for k, zone in enumerate(ZONES):
    mine = [(w, g) for w, g in zip(wanted, got) if w[0].name == zone]
    wrong = [(w, g) for w, g in mine if g != str(w[2])]
    bad += bool(wrong)
    print(("not ok" if wrong else "ok") + f" {k + 1} - {zone}: {len(mine)} answers as Python's")
    for (m, line, want), g in wrong[:5]:
        print(f"# {line}: {g}, not {want}: {m.weekly} {m.dates} closed {m.closed} holidays {m.holidays}")
enough = len(got) == len(wanted) and len(wanted) > 300 * n
print(("ok" if enough else "not ok") + f" {len(ZONES) + 1} - {len(wanted)} answers in all")
print(f"1..{len(ZONES) + 1}")
sys.exit(bool(bad) or not enough)
PY
