#!/bin/sh
# gatec gantt: dates beside an independent computation (gantt_peer.py), windows,
# gates, contingencies, what is likely, the picture.
set -u
. "$(dirname "$0")/tap.sh"
peer=$top/tests/cli/gantt_peer.py
cd "$tmp" || exit 1

# same NAME SEED PHASES KIND START: a random network, computed twice.
same() {
    python3 "$peer" make "$2" "$3" "$4" >net.gate
    exits 0 "$1: a schedule" "$gatec" gantt net.gate --start "$5" -o net.json
    exits 0 "$1: as the peer has it" python3 "$peer" compare net.gate "$5" net.json
}
same "120 phases in days" 11 120 days 2026-01-05T08:00
same "120 phases in days, again" 12 120 days 2026-07-01
same "business time over the clock change of spring" 13 120 business 2026-03-12T10:00
same "business time over the clock change of autumn" 14 120 business 2026-10-09T16:40
same "business time, begun while all is closed" 15 120 business 2026-03-29T03:00
same "10,000 phases" 16 10000 days 2026-01-05
same "2,000 phases in business time" 17 2000 business 2026-01-05
same "100 phases in a row" 18 100 business 2026-03-01

cat >plan.gate <<'EOF'
edition 1
## Moves servers.
plan move_servers "Move the <servers> & more"
role owner "Pays"

calendar evenings {
  zone "Europe/Bratislava"
  open Mon..Fri 18:00..22:00
  closed 2026-12-02
}

phase prepare "Prepare" {
  needs nothing
  estimate 2d..4d
}

phase ask_first "Move them?" {
  needs prepare
  gate L2 "Move all servers?" by owner within 1d otherwise stop
  estimate 3h
  only during evenings
  on failure start repair
}

phase clean_up "Clean up" {
  needs ask_first
  estimate 1 business hours of evenings
}

phase repair "Put it right" {
  needs nothing
  estimate 5h
}

phase report "Write the report" {
  needs any of prepare, clean_up
  estimate 90m
}

milestone moved "All servers moved" needs clean_up due 2026-12-04
EOF
exits 0 "a plan with gates and windows" "$gatec" gantt plan.gate --start 2026-12-01T09:00 -o plan.json
cp plan.json "$out"
ok "zone of the calendar" json '.zone == "Europe/Bratislava" and .start == "2026-12-01T09:00:00+01:00"'
ok "an estimate is taken at its optimistic end" json '.phases[0] | .earliest_start == "2026-12-01T09:00:00+01:00" and .earliest_finish == "2026-12-03T09:00:00+01:00"'
ok "the gate asks when its phase is ready" json '.phases[1].gate == {"level":2,"asked":"2026-12-03T09:00:00+01:00","due":"2026-12-04T09:00:00+01:00"}'
ok "work begins in its window" json '.phases[1].earliest_finish == "2026-12-03T21:00:00+01:00"'
ok "business time goes on in the next opening" json '.phases[2].earliest_finish == "2026-12-03T22:00:00+01:00"'
ok "a contingency is one, and moves nothing" json '.phases[3] | .contingency and (.critical | not) and .earliest_start == "2026-12-03T21:00:00+01:00"'
ok "any of: the first is enough" json '.phases[4].earliest_start == "2026-12-03T09:00:00+01:00"'
ok "the critical path" json '.critical_path == ["prepare","ask_first","clean_up"] and .finish == "2026-12-03T22:00:00+01:00"'
ok "slack of what nobody waits for" json '.phases[4].slack_s == 41400 and (.phases[4].critical | not)'
ok "slack in front of a window" json ".phases[0].slack_s == 32400"
ok "milestones: the plan's and the gate" json '[.milestones[] | [.name, .kind, .at]] == [["moved","milestone","2026-12-03T22:00:00+01:00"],["ask_first","gate","2026-12-03T09:00:00+01:00"]]'
ok "a due date is the end of its day" json '.milestones[0].due == "2026-12-05T00:00:00+01:00"'
ok "what is likely is never earlier" json '.simulation.p50 >= .finish and .simulation.p80 >= .simulation.p50 and .simulation.p95 >= .simulation.p80'
"$gatec" gantt plan.gate --start 2026-12-01T09:00 -o again.json --seed 1
ok "the same seed, the same dates" cmp -s plan.json again.json
"$gatec" gantt plan.gate --start 2026-12-01T09:00 -o again.json --seed 2
ok "another seed, other luck" not cmp -s plan.json again.json
exits 0 "another zone" "$gatec" gantt plan.gate --start 2026-12-01T09:00 --zone America/New_York -o ny.json
cp ny.json "$out"
ok "a moment without a zone is of the shown one" json '.start == "2026-12-01T09:00:00-05:00" and .zone == "America/New_York"'
exits 0 "a table" "$gatec" gantt plan.gate --start 2026-12-01T09:00
ok "the table names slack and contingency" said 'repair .*when started'

# P50 of one range is its middle, P95 near its end: nearest rank over the runs.
printf 'edition 1\nplan one "One"\nphase a "A" {\n  estimate 0h..100h\n}\n' >one.gate
"$gatec" gantt one.gate --start 2026-01-01T00:00Z -o one.json
cp one.json "$out"
ok "one range: percentiles are where they belong" json '.simulation.runs == 2000 and (.simulation | [.p50, .p80, .p95] | map((sub("Z$";"Z") | fromdate) - 1767225600) | .[0] > 172000 and .[0] < 188000 and .[1] > 280000 and .[1] < 296000 and .[2] > 337000 and .[2] < 347000)'

# SIMULATED_RUNS, SIMULATED_PHASES: 500 phases are the most with all runs.
for phases in 500 501; do
    {
        printf 'edition 1\nplan many "Many"\n'
        i=1
        while [ $i -le $phases ]; do
            printf 'phase p%d "P" {\n  needs nothing\n  estimate 1h..2h\n}\n' $i
            i=$((i + 1))
        done
    } >runs.gate
    "$gatec" gantt runs.gate --start 2026-01-01 -o runs.json 2>"$err"
    cp runs.json "$out"
    if [ $phases = 500 ]; then ok "500 phases: all runs" json '.simulation.runs == 2000'
    else ok "501 phases: fewer" json '.simulation.runs == 1996'; fi
done

exits 0 "a picture" "$gatec" gantt plan.gate --start 2026-12-01T09:00 -o plan.svg
cat >svg.py <<'EOF'
import sys, xml.etree.ElementTree as E
t = E.parse(sys.argv[1]).getroot()
ns = "{http://www.w3.org/2000/svg}"
assert t.get("role") == "img" and t.get("aria-labelledby") == "title about"
assert t.find(ns + "title").text == "Move the <servers> & more", t.find(ns + "title").text
assert "Critical path: Prepare, then Move them?, then Clean up." in t.find(ns + "desc").text
rows = [g for g in t.iter(ns + "g") if g.get("role") == "listitem"]
assert len(rows) == 6 and all(g.find(ns + "title").text for g in rows)
assert "prefers-color-scheme:dark" in t.find(ns + "style").text
width = float(t.get("width"))
for r in t.iter(ns + "rect"):
    assert 0 <= float(r.get("x", 0)) and float(r.get("x", 0)) + float(r.get("width")) <= width + 0.5, r.attrib
EOF
exits 0 "the picture is XML, with titles" python3 svg.py plan.svg
python3 "$peer" make 5 200 days >many.gate
exits 0 "a picture of 200 phases" "$gatec" gantt many.gate --start 2026-01-05 -o many.svg
exits 0 "which is XML too" python3 -c 'import xml.etree.ElementTree as E; assert len([g for g in E.parse("many.svg").iter() if g.get("role") == "listitem"]) == 200'

printf 'edition 1\nplan none "None"\nphase a "A" {\n}\n' >none.gate
exits 0 "a phase without estimate" "$gatec" gantt none.gate --start 2026-01-01 -o none.json
ok "is noted, and takes no time" said '1 of 1 phases has no estimate'
cp none.json "$out"
ok "begins and ends at once" json '.phases[0].earliest_start == .phases[0].earliest_finish and .finish == .start'
printf 'edition 1\nplan shut "Shut"\ncalendar short {\n  zone "UTC"\n  open 2026-01-05 08:00..09:00\n}\nphase a "A" {\n  estimate 5 business hours of short\n}\n' >shut.gate
exits 1 "a calendar that ends too early" "$gatec" gantt shut.gate --start 2026-01-01 -o shut.json
ok "names the phase" said 'the phase `a` never comes to an end'
ok "and writes nothing" [ ! -e shut.json ]
exits 2 "no such zone" "$gatec" gantt plan.gate --zone Mars/Base
exits 2 "no such start" "$gatec" gantt plan.gate --start soon
exits 2 "no such picture" "$gatec" gantt plan.gate -o plan.png
exits 2 "no plan" "$gatec" gantt
exits 5 "no such file" "$gatec" gantt nowhere.gate
exits 5 "a folder that is not there" "$gatec" gantt plan.gate -o nowhere/plan.svg
printf 'edition 1\nplan bad "Bad"\nphase a "A" { needs b }\nphase b "B" { needs a }\n' >circle.gate
exits 1 "errors in the plan" "$gatec" gantt circle.gate
ok "are told" said G3001
echo "1..$n"
