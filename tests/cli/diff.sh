#!/bin/sh
# gatec diff: what it prints, its JSON, its status. What each guard's loss looks
# like is tests/mutate/run.sh's.
set -u
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
cp "$top/tests/mutate/guarded.gate" old.gate
cp old.gate same.gate
exits 0 "the same plan" "$gatec" diff old.gate same.gate
ok "says so" said 'guarded: nothing changed that guards it'
sed 's/# .*//; s/  gate L2/    gate   L2/' old.gate >moved.gate
exits 0 "another layout" "$gatec" diff old.gate moved.gate

sed 's/by all of owner, it_lead/by any of owner, it_lead/' old.gate >new.gate
exits 1 "fewer must agree" "$gatec" diff old.gate new.gate
ok "says who decides, and who did" said '^weaker .*new.gate:[0-9]*: roll_out: decided by any of owner, it_lead; before by all of owner, it_lead$'
exits 0 "more must agree" "$gatec" diff new.gate old.gate
ok "is stronger" said '^stronger .*roll_out: decided by all of'

sed 's/within 2d/within 3d/' old.gate >new.gate
exits 0 "a change that is neither" "$gatec" diff old.gate new.gate
ok "is for a person to judge" said '^changed .*the answer is due within 3d; before 2d'
sed 's/22:00/21:00/' old.gate >new.gate
exits 0 "a narrower window" "$gatec" diff old.gate new.gate
ok "is stronger" said '^stronger .*its window is narrower'
sed 's/^phase clean_up/phase clean_away/; s/needs clean_up/needs clean_away/' old.gate >new.gate
exits 1 "a renamed phase takes its gate along" "$gatec" diff old.gate new.gate
ok "names the gate" said 'clean_up: its gate at L2 is gone with it'

sed '/^  on failure undo/i\  action more {\n    run file.remove { path = "more.db" }\n    undo none because "What is removed stays removed"\n  }' old.gate |
    sed 's/by all of owner, it_lead/by 2 of owner, it_lead, security/; s/^  on failure undo/  on failure stop/' >new.gate
exits 1 "a new action that destroys" "$gatec" diff old.gate new.gate
ok "is weaker" said '^weaker .*roll_out.more: is new: destroys something with file.remove'

cat >key.gate <<'END'
edition 1
## Sends.
plan sends "Send"
secret token from env "TOKEN"
role owner "Pays"
role it_lead "IT"
connector store "A store" {
  hosts "store.example.org"
  base "https://store.example.org"
  tool put "Put a thing" {
    takes name: text target
    takes key: secret
    put "/things/{name}"
    body json { key = key }
    changes
  }
}
phase send "Send" {
  gate L2 "Send it?" by all of owner, it_lead within 1d otherwise stop
  action one {
    run store.put { name = "a", key = token }
    undo none because "The store keeps what it has"
  }
}
END
if "$gatec" check key.gate >"$out" 2>"$err"; then
    sed 's/^phase send/phase early "Early" {\n  needs nothing\n  gate L2 "Early?" by all of owner, it_lead within 1d otherwise stop\n  action first {\n    run store.put { name = "c", key = token }\n    undo none because "The store keeps what it has"\n  }\n}\n\nphase send/; s/phase send "Send" {/&\n  needs early/' key.gate >spread.gate
    exits 1 "a secret in one more place" "$gatec" diff key.gate spread.gate
    ok "is named" said '^weaker .*early: the secret `token` now goes to store.put'
else
    ok "the plan with a secret checks" false
fi

# --- what stands in the files that a plan uses --------------------------------------------
mkdir -p was/packs
cat >was/lib.gate <<'END'
edition 1
role approvers "Who approves" is ann, bob
calendar office {
  zone "Europe/Bratislava"
  open Mon..Fri 08:00..17:00
}
let least = 3
let command = ["./close"]
let ready = least > 2
policy asks "Somebody is asked" {
  for every gate require gate.quorum >= 1
}
END
cat >was/packs/desk.gate <<'END'
edition 1
connector desk "The help desk" {
  version 1.0
  hosts "desk.example.org"
  base "https://desk.example.org/api"
  tool close "Close a ticket" {
    takes id: number target
    post "/tickets/{id}/close"
    changes
    repeatable
    undo by reopen { id = id } exact
  }
  tool reopen "Open it again" {
    takes id: number target
    post "/tickets/{id}/open"
    changes
    repeatable
  }
}
END
cat >was/plan.gate <<'END'
edition 1
plan demo "A demonstration"
use lib from "lib.gate"
use desk 1.0
phase a "A" {
  gate L2 "Close it?" by 2 of lib.approvers within 1 business days of lib.office otherwise stop
  require lib.ready "It is ready"
  action x {
    only during lib.office
    run desk.close { id = 1 }
    timeout 1h
  }
  action y {
    run shell.change { argv = lib.command }
    undo shell.change { argv = ["./open"] }
    timeout 1h
  }
}
END
elsewhere() { # FILE SED STATUS LINE: only this file changes, and that is said of it
    rm -rf is
    cp -r was is
    sed -i "$2" "is/$1"
    exits "$3" "in $1: $2" "$gatec" diff was/plan.gate is/plan.gate
    ok "is told, with its place" said "$4"
}
exits 0 "the same files" "$gatec" diff was/plan.gate was/plan.gate
elsewhere lib.gate 's/is ann, bob/is ann, bob, carl/' 1 '^weaker  *is/lib.gate:2: role approvers: carl holds it, too'
elsewhere lib.gate 's/17:00/19:00/' 1 '^weaker  *is/plan.gate:8: a.x: may run where it could not before'
ok "and of the calendar, in which answers are due" said '^changed  *is/lib.gate:3: calendar office: is open where it was closed before'
elsewhere lib.gate 's/08:00/09:00/' 0 '^changed  *is/lib.gate:3: calendar office: is closed where it was open before'
elsewhere lib.gate 's/least = 3/least = 4/' 1 '^weaker  *is/plan.gate:5: a: requires lib.ready; a `let` in it says something else than before'
elsewhere lib.gate 's,./close,rm,' 0 '^changed  *is/plan.gate:13: a.y: `argv` is lib.command; a `let` in it says something else'
elsewhere lib.gate 's/quorum >= 1/quorum >= 0/' 1 '^weaker  *is/lib.gate:10: policy asks: the policy says something else'
elsewhere lib.gate '/^policy/,/^}/d' 1 '^weaker  *was/lib.gate:10: policy asks: the policy is gone'
elsewhere packs/desk.gate 's/^    changes$/    destroys/' 0 '^changed  *is/packs/desk.gate:2: pack desk: does something else in `close`, `reopen`'
elsewhere packs/desk.gate 's/ exact//' 0 'does something else in `close`: whether'
elsewhere packs/desk.gate 's/ion 1.0/ion 1.1/' 0 'pack desk: is version 1.1; before 1.0'
elsewhere packs/desk.gate 's/desk.example/other.example/' 1 '^weaker .*pack desk: may reach other.example.org, too'

# --- what stands in the plan, and did so in another place or another way --------------------
cat >was.gate <<'END'
edition 1
plan demo "A demonstration"
role owner "Decides"
input place: one of "eu", "us"
input other: text = "x"
runs alone
secret key from env "KEY"
let ready = other == "x"
phase a "A" {
  needs nothing
  check c "C" { require time.now().at > now }
}
phase b "B" {
  needs a
  check c "C" { require time.now().at > now }
}
phase d "D" {
  needs nothing
  check c "C" { require time.now().at > now }
}
phase e "E" {
  needs any of a, d
  require ready "It may"
  gate L2 "Do it at {place}?" by owner within 1d otherwise stop
  check ready_now "It is ready" { require time.now().at > now }
  action x {
    run shell.change { argv = ["./x", other] }
    undo shell.change { argv = ["./y"] }
    timeout 1h
  }
  tell owner "Done"
  on failure undo then start f
}
phase f "F" {
  action z { run shell.query { argv = ["./z"] } timeout 1h }
}
phase g "G" {
  needs any of a, b
  action z { run shell.query { argv = ["./z"] } timeout 1h }
}
phase h "H" {
  needs d
  action z { run shell.query { argv = ["./z"] } timeout 1h }
  on failure start i
}
phase i "I" {
  action z { run shell.query { argv = ["./z"] } timeout 1h }
}
END
here() { # SED STATUS LINE
    sed "$1" was.gate >is.gate
    exits "$2" "$1" "$gatec" diff was.gate is.gate
    ok "is told" said "$3"
}
here 's/any of a, d/any of a, d, h/' 0 'nothing changed that guards it'
here 's/any of a, b/any of a, b, d/' 1 '^weaker .*: g: `d` alone is enough now'
here 's/runs alone/runs alone per place/' 1 '^weaker  *runs with another `place` may go on at the same time'
here 's/one of "eu", "us"/text/' 1 '^weaker .*input place: takes text; before one of "eu", "us"'
here 's/one of "eu", "us"/one of "us", "cn", "eu"/' 1 '^weaker .*input place: takes one of "us", "cn", "eu"'
here 's/"eu", "us"/"eu"/' 0 '^changed .*input place: takes one of "eu"; before'
here 's/"KEY"/"ROOT"/' 0 '^changed .*secret key: comes from env "ROOT"; before from env "KEY"'
here 's/^let ready = .*/let ready = other != "y"/' 1 '^weaker .*: e: requires ready; a `let` in it'
here '/  check ready_now/d; s/^  tell owner "Done"/  check ready_now "It is ready" { require time.now().at > now }/' 1 '^weaker .*: e.ready_now: no longer comes before `x`'
ok "nor is anybody told" said '^changed  *was.gate:[0-9]*: e: no longer tells anybody "Done"'
here 's/on failure start i/on failure start f/; s/ then start f/ then start i/' 1 '^weaker .*: e: a failure no longer starts `f`'
ok "but another one" said '^changed .*: e: a failure starts `i`'
here 's/any of a, b/b/' 0 'nothing changed that guards it'
here 's/any of a, b/any of b, h/' 1 '^weaker .*: g: `h` alone is enough now'
here 's/any of a, b/d/' 1 '^weaker .*: g: no longer waits for `a`'

# --- the longest path -------------------------------------------------------------------------
cp "$top/tests/diag/G3012/good.gate" was.gate
here 's/estimate 3d/estimate 4d/' 0 '^note  *is.gate:23: the longest path is now letters, ship: 4 days 2 hours; before letters, ship: 3 days 2 hours .G3012.$'
ok "and that nothing else has changed" said 'demo: nothing changed that guards it'
here 's/estimate 1d/estimate 26h/' 0 'nothing changed that guards it'
ok "a path that is not the longest is not told" not said G3012
here '/estimate/d' 0 'nothing changed that guards it'
ok "nor where nobody says how long anything takes" not said G3012
sed 's/estimate 1d/estimate 2d/' was.gate >is.gate
exits 0 "as JSON, too" "$gatec" diff --format json was.gate is.gate
ok "with its code" json '[.changes[] | [.kind, .code, .line]] == [["note", "G3012", 5]] and (.weaker | not)'

exits 1 "as JSON" "$gatec" diff --format json old.gate key.gate
ok "JSON says which are weaker" json '.weaker and .plan == "sends" and (.changes | map(select(.kind == "weaker")) | length > 3) and (.changes[0] | has("where") and has("text") and has("gone"))'
exits 1 "a plan with errors" "$gatec" diff old.gate /dev/null
printf 'edition 1\nplan bad "Bad"\nphase a "A" { needs b }\n' >bad.gate
exits 1 "errors in the new plan" "$gatec" diff old.gate bad.gate
ok "are told" said G1001
exits 2 "one plan" "$gatec" diff old.gate
exits 2 "three plans" "$gatec" diff old.gate old.gate old.gate
exits 2 "another format" "$gatec" diff --format svg old.gate old.gate
exits 5 "no such plan" "$gatec" diff old.gate nowhere.gate
echo "1..$n"
