#!/bin/sh
# `gatec graph`: what other programs make of it, and that nothing of the plan is
# lost on the way.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
mkdir packs
cat >packs/lab.gate <<'P'
edition 1
connector lab "The laboratory" {
  version 1.0
  hosts "lab.example.org"
  base "https://lab.example.org/api"

  tool find "Look for a thing" {
    takes id: number
    gives id: number from "/id"
    get "/things/{id}"
    reads
  }
  event came "A thing came in" {
    verify none
    fetch find { id = event.id }
    gives id: number from "/id"
  }
}
P
cat >p.gate <<'P'
edition 1
plan p "A \"plan\" # one"
use lab 1.0
role boss "B"
role it   "I"
calendar office {
  zone "Europe/Bratislava"
  open Mon..Fri 08:00..17:00
}

phase end "The \\ end" {
  needs nothing
  deadline 2031-01-15
  only during office
  gate L2 by 2 of boss, it within 2 business days of office not before 2031-01-02 otherwise stop
  await thing on lab.came where thing.id == 1 within 2d otherwise stop
  action look {
    only during office
    run lab.find { id = 1 }
    timeout 1h
  }
}

phase hands "By hand" {
  needs end even if failed
  gate L3 by boss within 1d otherwise stop
  task wires "Pull the wires" by all of boss, it {
    steps "Pull them"
    within 2d
    only during office
    undo "Push them"
  }
  check tight "They hold" {
    require 1 == 1
    within 4h
  }
}

phase other { needs any of end, hands tell boss "x" }
milestone live "All \"live\"" needs hands, other due 2031-02-01
milestone half needs any of end, other
P
exits 0 "the plan is right" "$gatec" check p.gate

exits 0 "as JSON" "$gatec" graph p.gate --format json
ok "phases in order" json '[.phases[].name] == ["end", "hands", "other"]'
ok "prerequisites" json '.phases[1].needs == {any: false, phases: [{name: "end", even_if_failed: true}]}'
ok "gates" json '.phases[0].gate == {level: 2, who: "number", quorum: 2, by: ["boss", "it"],
    within: "2 business days of office", not_before: "2031-01-02"} and .phases[2].gate == null'
ok "actions" json '.phases[0].actions == [{name: "look", effect: "reads", level: 0,
    windows: [{calendar: "office", never: false}], not_before: null}]'
ok "awaits" json '.phases[0].awaits == [{name: "thing", event: "lab.came", within: "2d"}] and .phases[1].awaits == []'
ok "tasks" json '.phases[1].tasks == [{name: "wires", who: "all", quorum: 2, by: ["boss", "it"], within: "2d",
    windows: [{calendar: "office", never: false}]}]'
ok "checks" json '.phases[1].checks == [{name: "tight", within: "4h"}]'
ok "windows and deadlines" json '.phases[0].windows == [{calendar: "office", never: false}] and
    .phases[0].deadline == "2031-01-15" and .phases[1].deadline == null'
ok "milestones" json '.milestones == [
    {name: "live", title: "All \"live\"", needs: {any: false, phases: [{name: "hands", even_if_failed: false},
        {name: "other", even_if_failed: false}]}, due: "2031-02-01"},
    {name: "half", title: "", needs: {any: true, phases: [{name: "end", even_if_failed: false},
        {name: "other", even_if_failed: false}]}, due: null}]'

exits 0 "as dot" "$gatec" graph p.gate
cp "$out" p.dot
exits 0 "Graphviz draws it" dot -Tsvg p.dot
ok "and says nothing about it" [ ! -s "$err" ]
boxes() { [ "$(grep -c '<g id="node' "$out")" -eq 5 ] && [ "$(grep -c '<g id="edge' "$out")" -eq 7 ]; }
ok "with each phase, milestone and need" boxes
ok "and their titles" grep -q 'The \\ end' "$out"
twice() { [ "$(sed -n 's/^  "\([a-z]*\)".*peripheries=2.*/\1/p' p.dot | tr '\n' ' ')" = "end hands " ]; }
ok "who is asked before it goes on has two lines around it" twice
ok "by how many of whom" grep -q 'L2 by 2 of boss, it' p.dot
sed 's/phase other { needs any of end, hands/& gate L1 by any of boss, it/' p.gate >told.gate
exits 0 "a phase that only tells" "$gatec" graph told.gate
ok "has one line around it, and says whom" grep -q 'L1 by any of boss, it"];$' "$out"

# Mermaid's own rules for a flowchart's lines: a node, or an arrow between two.
exits 0 "as Mermaid" "$gatec" graph p.gate --format mermaid
lines() {
    [ "$(head -1 "$out")" = "flowchart LR" ] && [ "$(sed 1d "$out" | grep -Evc \
        '^  [pm][0-9]+(\{\{"[^"]*"\}\}|\["[^"]*"\]|\{"[^"]*"\})$|^  p[0-9]+ (-->|-\.->\|[a-z ]+\|) [pm][0-9]+$')" -eq 0 ]
}
ok "in lines of its form" lines
ok "milestones with their date" grep -q '^  m0{"All #quot;live#quot;<br>due 2031-02-01"}$' "$out"
ok "and what they need" grep -q '^  p0 -.->|any| m1$' "$out"
exits 2 "another format" "$gatec" graph p.gate --format png
echo "1..$n"
