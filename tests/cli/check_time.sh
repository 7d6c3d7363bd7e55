#!/bin/sh
# gatec check on real dates (--start), and where it finds zones and libical. Prints TAP.
set -u
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1

plan() { # NAME CALENDAR-LINES PHASE-LINES [GATE]
    cat >"$1.gate" <<END
edition 1
plan $1 "A plan"
role owner "Decides"
calendar office {
  zone "Europe/Bratislava"
$2
}
phase rollout "Roll out" {
  gate L2 "Roll out?" by owner ${4:-within 1 business days} otherwise stop
  action patch "Patch" {
$3
    run shell.change { argv = ["true"] }
    undo none because "What is patched stays patched"
  }
}
END
}
says() { grep -q "\[$1\]" "$err"; }
weekly='  open Mon..Fri 08:00..17:00'

plan long "$weekly
  open 2026-11-28 06:00..22:00" '    only during office
    timeout 12h'
exits 0 "a long opening is still to come" "$gatec" check --start 2026-11-24 long.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "it is on any date, where no start is said" "$gatec" check long.gate
ok "nothing is said" [ ! -s "$err" ]
exits 1 "it is over" "$gatec" check --start 2026-11-29 long.gate
ok "G5003 knows" grep -q 'longest opening: 9h' "$err"
exits 1 "it is over as soon as it cannot hold 12 h any more" "$gatec" check --start 2026-11-28T10:01 long.gate
exits 0 "and not before" "$gatec" check --start 2026-11-28T10:00 long.gate
exits 0 "a start with a zone" "$gatec" check --start 2026-11-28T10:00+01:00 long.gate
exits 1 "another zone, an hour later" "$gatec" check --start 2026-11-28T10:00Z long.gate

plan over '  open 2026-11-28 08:00..20:00' '    only during office' 'within 1d'
exits 0 "an opening on one day" "$gatec" check --start 2026-11-24 over.gate
exits 1 "which is over" "$gatec" check --start 2026-11-29 over.gate
ok "G5007 says from when on" grep -q '`office` is never open after Sun 2026-11-29 00:00' "$err"

plan night '  open Mon..Sun 02:30..06:00' '    only during office'
exits 0 "clock changes of two years" "$gatec" check --start 2026-11-24 night.gate
ok "G5006 has the dates" grep -q '02:30 does not exist on 2027-03-28, 02:30 exists twice on 2027-10-31, 02:30 does not exist on 2028-03-26, 02:30 exists twice on 2028-10-29' "$err"
plan shut '  open Mon..Sun 02:30..06:00
  closed 2027-03-28
  closed 2027-10-31
  closed 2028-03-26
  closed 2028-10-29' '    only during office
    timeout 15m'
exits 0 "closed on all of them" "$gatec" check --start 2026-11-24 shut.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "in other years it is not" "$gatec" check --start 2029-01-01 shut.gate
ok "G5006 says so" says G5006

plan asked "$weekly" '    timeout 1h' 'within 4h'
sed -i 's/^  gate/  estimate 1 business days\n  gate/' asked.gate
exits 0 "asked on a Saturday for four hours" "$gatec" check --start 2026-11-28T10:00 asked.gate
ok "G5005 says that nobody is there" says G5005
exits 0 "asked on Friday at 16:00" "$gatec" check --start 2026-11-27T16:00 asked.gate
ok "there is an hour" [ ! -s "$err" ]
sed 's/within 4h/within 4h not before 2026-11-28/' asked.gate >held.gate
exits 0 "released on a Saturday, asked on Friday" "$gatec" check --start 2026-11-27T16:00 held.gate
ok "is asked while somebody is there" [ ! -s "$err" ]
exits 0 "asked on a Saturday, released later" "$gatec" check --start 2026-11-28T10:00 held.gate
ok "is asked while nobody is there" says G5005
sed 's/^  gate/  require hash == "" "The release is ready"\n  gate/; s/^role owner/input hash: text = ""\nrole owner/' asked.gate >blocked.gate
exits 0 "what may be blocked first" "$gatec" check --start 2026-11-28T10:00 blocked.gate
ok "is asked nobody knows when" not says G5005
exits 0 "asked whenever" "$gatec" check asked.gate
ok "nothing is certain" [ ! -s "$err" ]

exits 1 "no time zone database" env TZDIR=/nowhere "$gatec" check long.gate
ok "that is what is said" grep -q 'there is no time zone database' "$err"
ok "once, and not that the name is unknown" [ "$(grep -c '^error' "$err")" = 1 ]
sed -i 's|Europe/Bratislava|UTC|' asked.gate
exits 0 "UTC needs none" env TZDIR=/nowhere "$gatec" check asked.gate
mkdir -p zones/Europe && cp /usr/share/zoneinfo/Europe/Bratislava zones/Europe/
exits 0 "another database" env TZDIR="$plans/zones" "$gatec" check long.gate

printf 'edition 1\nplan plain "No calendar"\nphase a "A" {\n  check c "It holds" { require true }\n}\n' >plain.gate
# A tracer and LeakSanitizer cannot both hold a process.
opened() { ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" strace -f -e trace=openat -o trace "$gatec" check "$1" 2>"$err"; }
ok "a plan without calendars" opened plain.gate
ok "opens no zone and not libical" sh -c '! grep -Eq "zoneinfo|libical" trace'
ok "a plan with one" opened asked.gate
ok "does not open libical" sh -c '! grep -q libical trace'
echo "1..$n"
