"""An independent schedule: the critical path method by longest paths, and
business time day by day over zoneinfo. Usage:
  gantt_peer.py make SEED N KIND > plan.gate    a random network
  gantt_peer.py compare plan.gate START out.json
KIND: days (estimates on the clock), business (in two calendars)."""
import json, random, re, sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CALENDARS = {  # name: (zone, open weekdays, from, to, closed days)
    "office": ("Europe/Bratislava", {0, 1, 2, 3, 4}, (8, 0), (17, 0), {"2026-03-30", "2026-10-26"}),
    "shop": ("Europe/Bratislava", {1, 2, 3, 4, 5, 6}, (9, 30), (18, 0), {"2026-03-29"}),
}

def make(seed, n, kind):
    r = random.Random(seed)
    out = ["edition 1", "## A generated network.", 'plan network "A generated network"']
    if kind == "business":
        out += ['calendar office {', '  zone "Europe/Bratislava"', '  open Mon..Fri 08:00..17:00',
                '  closed 2026-03-30', '  closed 2026-10-26', '}',
                'calendar shop {', '  zone "Europe/Bratislava"', '  open Tue..Sun 09:30..18:00',
                '  closed 2026-03-29', '}']
    for i in range(n):
        needs = sorted(r.sample(range(i), min(i, r.choice([0, 1, 1, 2, 2, 3])))) if i else []
        out.append(f'phase p{i} "Phase {i}" {{')
        out.append("  needs " + (", ".join(f"p{k}" for k in needs) if needs else "nothing"))
        if kind == "days":
            out.append(f"  estimate {r.randint(1, 20)}d" if r.random() < 0.9 else f"  estimate {r.randint(1, 90)}h{r.randint(1, 59)}m{r.randint(1, 59)}s")
        else:
            cal = r.choice(["office", "shop"])
            out.append(f"  estimate {r.randint(1, 6)} business {r.choice(['days', 'hours'])} of {cal}")
        out.append("}")
    print("\n".join(out))

UTC = ZoneInfo("UTC")

def windows(cal, day):
    """The opening of a day, as instants in UTC."""
    zone, days, a, b, closed = CALENDARS[cal]
    if day.weekday() not in days or day.isoformat() in closed:
        return None
    z = ZoneInfo(zone)
    return tuple(datetime(day.year, day.month, day.day, *t, tzinfo=z).astimezone(UTC) for t in (a, b))

def opening(cal, t):
    day = t.astimezone(ZoneInfo(CALENDARS[cal][0])).date() - timedelta(days=1)
    while True:
        w = windows(cal, day)
        if w and t < w[1]:
            return max(t, w[0])
        day += timedelta(days=1)

def add(cal, t, n, unit):
    z = ZoneInfo(CALENDARS[cal][0])
    if unit == "days":
        local, day = t.astimezone(z), t.astimezone(z).date()
        while n:
            day += timedelta(days=1)
            n -= windows(cal, day) is not None
        at = datetime.combine(day, local.time(), tzinfo=z).astimezone(UTC)
        a, b = windows(cal, day)
        return a if at < a else min(at, b)
    left = timedelta(hours=n)
    day = t.astimezone(z).date() - timedelta(days=1)
    while True:
        w = windows(cal, day)
        if w and w[1] > t:
            begin = max(t, w[0])
            if w[1] - begin >= left:
                return begin + left
            left -= w[1] - begin
        day += timedelta(days=1)

def parse(text):
    phases = {}
    for m in re.finditer(r"phase (\w+) .*?\{(.*?)\n\}", text, re.S):
        body = m[2]
        needs = re.search(r"needs (.*)", body)[1]
        est = re.search(r"estimate (.*)", body)[1]
        phases[m[1]] = ([] if needs == "nothing" else needs.split(", "), est)
    return phases

def clock(est):
    f = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(n) * f[u] for n, u in re.findall(r"(\d+)([dhms])", est))

def step(est, t):
    """(begin, finish) of work that is ready at t."""
    m = re.match(r"(\d+) business (days|hours) of (\w+)", est)
    if not m:
        return t, t + timedelta(seconds=clock(est))
    begin = opening(m[3], t)
    return begin, add(m[3], begin, int(m[1]), m[2])

def compare(path, start, result):
    phases = parse(open(path).read())
    got = json.load(open(result))
    by = {p["name"]: p for p in got["phases"]}
    t0 = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(got["zone"])).astimezone(UTC)
    iso = lambda s: datetime.fromisoformat(s.replace("Z", "+00:00")).astimezone(UTC)
    early, ready = {}, {}
    for name, (needs, est) in phases.items():  # the generator's order is topological
        ready[name] = max([t0] + [early[k][1] for k in needs])
        early[name] = step(est, ready[name])
    finish = max(e[1] for e in early.values())
    bad = 0
    def check(what, a, b):
        nonlocal bad
        if a != b:
            bad += 1
            if bad < 5:
                print(f"# {what}: expected {a}, got {b}")
    check("finish", finish, iso(got["finish"]))
    for name in phases:
        check(name + " start", early[name][0], iso(by[name]["earliest_start"]))
        check(name + " finish", early[name][1], iso(by[name]["earliest_finish"]))
    # Back: on the clock exactly; with calendars by what late dates must do.
    after = {n: [] for n in phases}
    for name, (needs, _) in phases.items():
        for k in needs:
            after[k].append(name)
    business = "business" in open(path).read()
    late = {}
    for name in reversed(list(phases)):
        end = min([finish] + [late[k][0] for k in after[name]])
        est = phases[name][1]
        if business:  # the last second at which it may be ready and still end in time
            lo, hi = 0, int((end - ready[name]).total_seconds())
            while lo < hi:
                mid = (lo + hi + 1) // 2
                if step(est, ready[name] + timedelta(seconds=mid))[1] <= end:
                    lo = mid
                else:
                    hi = mid - 1
            late[name] = (ready[name] + timedelta(seconds=lo), end)
        else:
            late[name] = (end - (early[name][1] - ready[name]), end)
        shown = max(late[name][0], early[name][0])
        slack = min(late[name][0] - early[name][0], end - early[name][1])
        slack = max(0, int(slack.total_seconds()))
        check(name + " late start", shown, iso(by[name]["latest_start"]))
        check(name + " late finish", end, iso(by[name]["latest_finish"]))
        check(name + " slack", slack, by[name]["slack_s"])
        check(name + " critical", slack == 0, by[name]["critical"])
    # The critical path: a chain of needs, each ready when the one before ends.
    path_ = got["critical_path"]
    check("path ends at the finish", finish, early[path_[-1]][1])
    check("path begins at the start", t0, ready[path_[0]])
    for a, b in zip(path_, path_[1:]):
        check(f"{b} needs {a}", True, a in phases[b][0])
        check(f"{b} waits for {a}", early[a][1], ready[b])
    if not business:
        check("textbook length", int((finish - t0).total_seconds()), sum(clock(phases[k][1]) for k in path_))
    sys.exit(1 if bad else 0)

if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
else:
    compare(*sys.argv[2:5])
