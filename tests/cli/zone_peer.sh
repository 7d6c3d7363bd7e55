#!/bin/sh
# Every zone of the database against Python's zoneinfo, 1970 to 2060: the offset on
# both sides of every change and once a month, and the instants of local times
# around each change, skipped and repeated ones too. Prints TAP.
set -u
B=${B:-build}
cd "$(dirname "$0")/../.." || exit 1
case $B in /*) peer=$B/t/calendar_peer ;; *) peer=./$B/t/calendar_peer ;; esac
exec python3 - "$peer" <<'PY'
import datetime as D, subprocess, sys, zoneinfo
UTC, EPOCH = D.timezone.utc, D.datetime(1970, 1, 1)
FIRST = int(D.datetime(1970, 1, 2, tzinfo=UTC).timestamp())
LAST = int(D.datetime(2060, 1, 1, tzinfo=UTC).timestamp())
STEP = 3 * 86400

def offset(zone, t):
    return int(D.datetime.fromtimestamp(t, zone).utcoffset().total_seconds())

def instant(zone, local):
    """Of what a clock on the wall shows; of two the first."""
    return int((EPOCH + D.timedelta(seconds=local)).replace(tzinfo=zone).timestamp())

def changes(zone):
    """The first instants of a new offset, to the second."""
    found, before = [], offset(zone, FIRST)
    for t in range(FIRST + STEP, LAST, STEP):
        now = offset(zone, t)
        if now == before:
            continue
        lo, hi = t - STEP, t
        while hi - lo > 1:
            mid = (lo + hi) // 2
            if offset(zone, mid) == before:
                lo = mid
            else:
                hi = mid
        found.append(hi)
        before = now
    return found

lines, wanted, names = [], [], sorted(zoneinfo.available_timezones())
names = [n for n in names if not n.startswith(("posix/", "right/"))]
n_changes = 0
for name in names:
    zone = zoneinfo.ZoneInfo(name)
    lines.append("Z " + name)
    at = changes(zone)
    n_changes += len(at)
    for t in sorted({*range(FIRST, LAST, 30 * 86400), *at, *(x - 1 for x in at)}):
        lines.append(f"o {t}")
        wanted.append((name, lines[-1], offset(zone, t)))
    for t in at:
        a, b = t + offset(zone, t - 1), t + offset(zone, t)
        lo, hi = min(a, b), max(a, b)
        for local in (lo - 1, lo, (lo + hi) // 2, hi - 1, hi):
            lines.append(f"u {local}")
            wanted.append((name, lines[-1], instant(zone, local)))
got = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True).stdout.split()
wrong = [f"{n}: {q}: {g}, not {w}" for (n, q, w), g in zip(wanted, got) if g != str(w)]
ok = len(got) == len(wanted) and not wrong
print(("ok" if ok else "not ok") + f" 1 - {len(names)} zones, {n_changes} changes, {len(wanted)} answers as Python's")
for line in wrong[:20]:
    print("# " + line)
ok2 = len(names) > 400 and n_changes > 10000
print(("ok" if ok2 else "not ok") + " 2 - the database is there and has changes in it")
print("1..2")
sys.exit(not (ok and ok2))
PY
