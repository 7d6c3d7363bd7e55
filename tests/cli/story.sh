#!/bin/sh
# gatec check --story silence: where a run ends when nobody ever answers. The
# words are pinned; the dates are those at which the engine's own gate ends.
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
GATE_PACKS=$top/tests/packs
export GATE_PACKS
start=2026-12-01T08:00Z
# tells NAME [ARG...]: the story of story.gate is what stands on stdin.
tells() {
    name=$1
    shift
    cat >want.txt
    exits 0 "$name" "$gatec" check --story silence --start $start "$@" story.gate
    ok "$name: word for word" cmp -s want.txt "$out"
    diff want.txt "$out" | sed 's/^/# /'
}

cp "$top/examples/release/release.gate" story.gate
tells "the first gate ends it" <<'W'
If nobody ever answers, `release` goes like this, at the earliest:
Tue 1 Dec 2026, 08:00  build runs by itself
Tue 1 Dec 2026, 08:00  publish asks release_manager: "Publish slug <version>?", until Thu 3 Dec 2026, 08:00
Thu 3 Dec 2026, 08:00  publish has no answer: the run stops
It ends at `publish`, on Thu 3 Dec 2026, 08:00, as rejected.
Not done: publish
Nothing was changed.
What stands in < > is known only when it runs.
W

# A question is told as it is read, on one line.
cat >story.gate <<'P'
edition 1
plan ship "Ship it"
role owner "Pays"
input hosts: list of text
input done: text = "yes"

phase look "Look" {
  needs nothing
  gate L1 by owner
  action note "Write it down" {
    run shell.change { argv = ["./note"] }
    undo none because "Note {done} stays"
  }
}
phase ship "Ship it" {
  needs look
  gate L2 """
      Ship to {count(hosts)} hosts,
      as \{agreed\} by "all"?
      """
    by owner
    within 1d
    otherwise stop
  action note "Write it down" {
    run shell.change { argv = ["./note"] }
    undo none because "A note stays"
  }
}
P
exits 0 "a question with values" "$gatec" check --story silence --start $start story.gate
ok "names what will stand there" said 'ship asks owner: "Ship to <count(hosts)> hosts, as {agreed} by "all"?", until Wed'
ok "reasons, too" said 'look.note, because: "Note <done> stays"'
ok "and says that nobody knows it yet" [ "$(tail -1 "$out")" = 'What stands in < > is known only when it runs.' ]

# A date is a day of the plan's calendar, as for the check itself.
cp "$top/examples/release/release.gate" story.gate
printf '\ncalendar office {\n  zone "Europe/Bratislava"\n  open Mon..Fri 08:00..17:00\n}\n' >>story.gate
exits 0 "from a day on" "$gatec" check --story silence --start 2026-12-01 story.gate
ok "which begins where the calendar is" said 'Tue 1 Dec 2026, 00:00  build runs by itself'

cat >story.gate <<'P'
edition 1
plan move "Move the mail"
use msgraph 1.0
use halopsa 1.0
role it_lead "Decides"
role owner "Stands in"
input user: email = "ann@bakery-novak.example"
input third: email = "cyd@bakery-novak.example"
input other: email = "bob@bakery-novak.example"

phase prepare "Prepare" {
  needs nothing
  estimate 2h
  gate L1 by it_lead
  action licence "Assign a licence" {
    run msgraph.assign_license { user = user, sku = "BUSINESS_STANDARD" }
    undo msgraph.remove_license { user = user, sku = "BUSINESS_STANDARD" }
    timeout 1m
  }
}
phase wait "Hear of the ticket" {
  needs prepare
  await approved on halopsa.ticket_approved within 1d otherwise continue
}
phase answer "Ask again" {
  needs wait
  gate L2 "Go on?"
    by it_lead
    within 4h
    otherwise ask again every 2h at most 3 times
  action licence_too "Assign another" {
    run msgraph.assign_license { user = third, sku = "E3" }
    undo msgraph.remove_license { user = third, sku = "E3" }
    timeout 1m
  }
}
phase others "Ask others" {
  needs prepare
  gate L2 "And this?"
    by all of it_lead, owner
    within 3d
    otherwise ask owner
  action licence_last "Assign the last" {
    run msgraph.assign_license { user = other, sku = "E5" }
    undo none because "The firm has paid for it"
    timeout 1m
  }
}
P
tells "told, waited for, asked again; the later gate is not told" --policy "$top/tests/packs/host.gate" <<'W'
If nobody ever answers, `move` goes like this, at the earliest:
Tue 1 Dec 2026, 08:00  prepare runs, and people are told
Tue 1 Dec 2026, 10:00  wait runs by itself
Tue 1 Dec 2026, 10:00  wait waits for `approved`, until Wed 2 Dec 2026, 10:00
Tue 1 Dec 2026, 10:00  others asks all of it_lead, owner: "And this?", until Fri 4 Dec 2026, 10:00
Wed 2 Dec 2026, 10:00  wait goes on without `approved`
Wed 2 Dec 2026, 10:00  answer asks it_lead: "Go on?", until Wed 2 Dec 2026, 14:00
Wed 2 Dec 2026, 14:00  answer asks again, 3 times, until Wed 2 Dec 2026, 20:00
Wed 2 Dec 2026, 20:00  answer has no answer: the run stops
It ends at `answer`, on Wed 2 Dec 2026, 20:00, as rejected.
Not done: answer, others
Changed, and stays so until `gate rollback`:
  prepare.licence
W
sed -n '1,/^  needs prepare/p' story.gate | sed '$d' | sed '$d' >prepare.gate
sed -n '/^phase others/,$p' story.gate >others.gate
cat prepare.gate others.gate >story.gate
tells "others are asked, too" --policy "$top/tests/packs/host.gate" <<'W'
If nobody ever answers, `move` goes like this, at the earliest:
Tue 1 Dec 2026, 08:00  prepare runs, and people are told
Tue 1 Dec 2026, 10:00  others asks all of it_lead, owner: "And this?", until Fri 4 Dec 2026, 10:00
Fri 4 Dec 2026, 10:00  others asks others, too: owner, until Mon 7 Dec 2026, 10:00
Mon 7 Dec 2026, 10:00  others has no answer: the run stops
It ends at `others`, on Mon 7 Dec 2026, 10:00, as rejected.
Not done: others
Changed, and stays so until `gate rollback`:
  prepare.licence
W

cat >story.gate <<'P'
edition 1
plan dns "Switch the mail"
role it_lead "Works"
phase told "Say that it begins" {
  needs nothing
  gate L1 by it_lead
  action note "Leave a mark" {
    run shell.change { argv = ["touch", "mark"] }
    undo none because "Who has seen it has seen it"
    timeout 1m
  }
}
phase switch "Switch" {
  needs told
  gate L3 "Switch now?" by it_lead within 2d otherwise stop
  task mx "Point MX at the new server" by it_lead {
    steps "Set it."
    undo "Set it back"
    within 1d
  }
}
P
tells "what cannot be taken back" <<'W'
If nobody ever answers, `dns` goes like this, at the earliest:
Tue 1 Dec 2026, 08:00  told runs, and people are told
Tue 1 Dec 2026, 08:00  switch asks it_lead: "Switch now?", until Thu 3 Dec 2026, 08:00
Thu 3 Dec 2026, 08:00  switch has no answer: the run stops
It ends at `switch`, on Thu 3 Dec 2026, 08:00, as rejected.
Not done: switch
Changed, and cannot be taken back:
  told.note, because: "Who has seen it has seen it"
W

# The engine's own end of a silent run, on the clock of this host.
cp "$top/tests/cli/plans/hello.gate" story.gate
exits 10 "a run waits" "$gate" run story.gate --json
run=$(jq -r .run "$out")
exits 10 "and says until when" "$gate" status "$run" --json
expires=$(jq -r '[.. | .expires? // empty][0]' "$out")
started=$(jq -r .started "$out")
until=$(LC_ALL=C date -u -d "$expires" '+%a %-d %b %Y, %H:%M')
exits 0 "its story" "$gatec" check --story silence --start "$(echo "$started" | cut -c1-16)Z" story.gate
ok "ends when the engine's gate expires" said "^It ends at \`greet\`, on $until, as rejected\.\$"
ok "which has not run" said '^Not done: greet$'

cat >story.gate <<'P'
edition 1
plan reading "Read only"
phase read "Read" {
  needs nothing
  action listing "What is there" { run shell.query { argv = ["ls"] } timeout 1m }
}
P
exits 0 "a plan that asks nobody" "$gatec" check --story silence --start $start story.gate
ok "comes to its end" said "^It comes to its end without a question to anybody\.\$"
ok "and changes nothing" said '^Nothing was changed\.$'
exits 0 "from now on, unless a date is said" "$gatec" check --story silence story.gate
ok "a story" said '^If nobody ever answers, `reading` goes like this'
echo 'edition 1' >lib.gate
exits 0 "a library has no story" "$gatec" check --story silence lib.gate
ok "and none is told" not said 'nobody ever answers'
echo 'phase' >>story.gate
exits 1 "a plan with errors" "$gatec" check --story silence story.gate
ok "is not told" not said 'nobody ever answers'
exits 2 "another story" "$gatec" check --story consent lib.gate
ok "there is one" said 'there is one story: --story silence'
exits 2 "a story in JSON" "$gatec" check --story silence --format json lib.gate
ok "is told in words" said '^gatec: --story is told in words\|told in words'
echo "1..$n"
