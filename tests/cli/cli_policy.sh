#!/bin/sh
# Policies of host.gate and tenant.gate, proved again when a program is loaded: a
# program that was compiled without them, and a policy that changes while a run
# waits.
. "$(dirname "$0")/tap.sh"
cd "$tmp" || exit 1
unset GATE_PACKS
cat >pub.gate <<'GATE'
edition 1
plan pub "Publish"
role owner "Decides"
phase look "Look first" {
  needs nothing
  action seen { run file.read { path = "text" } }
}
phase p "Publish" {
  needs look
  gate L2 "Go?" by owner within 1d otherwise stop
  action a "Run the script" {
    timeout 5m
    run shell.change { argv = ["./pub.sh"] }
    undo none because "published is published"
  }
}
GATE
printf '#!/bin/sh\necho yes >>said.txt\n' >pub.sh
chmod 755 pub.sh
echo hello >text
GATE_STATE=$tmp/state
export GATE_STATE
exits 0 "a state folder" "$gate" init --profile solo
cp state/host.gate "$tmp/plain"
policies() { # the state folder's policies are these
    { cat "$tmp/plain"; printf '%s\n' "$@"; } >state/host.gate
}
digest_of() { "$gate" show "$1" p --json | jq -r .digest; }
said_yes() { [ -e said.txt ] && [ "$(wc -l <said.txt)" -eq "$1" ]; }

# --- a program from elsewhere ------------------------------------------------------
exits 0 "compiled where no policy is" "$gatec" build pub.gate -o pub.gbc
short='policy short "What takes long is watched" {
  for every action where action.changes require action.timeout <= 1m "a change takes a minute at most"
}'
policies "$short"
exits 4 "is not begun where one is" "$gate" run pub.gbc
ok "policy, rule and its words, thing and place, and the way out are said" \
    said '`p.a` (pub.gate:11) does not keep to the policy `short` (host.gate:23): a change takes a minute at most; the policy holds for every plan here: change the plan, and build it again'
exits 4 "nor from its source" "$gate" run pub.gate --json
ok "with a word for scripts" json '.code == "against_policy"'
exits 0 "status" "$gate" status --json
ok "nothing was started" json '.runs == []'
ok "nor done" [ ! -e said.txt ]
exits 1 "gatec says the same of the source" "$gatec" check --policy state/host.gate pub.gate
ok "by its code" said G8001
sed 's/timeout 5m/timeout 30s/' pub.gate >quick.gate
exits 10 "a plan that keeps to it is begun" "$gate" run quick.gate --name quick
exits 12 "and rejected again" "$gate" reject quick p

# --- every kind of thing, and what cannot be proved ---------------------------------
refused() { # rule, words
    policies "policy one { $1 }"
    exits 4 "refused: $1" "$gate" run pub.gbc
    ok "  and why" said "$2"
    exits 1 "  gatec refuses it, too" "$gatec" check --policy state/host.gate pub.gate
}
refused 'for every gate require gate.people >= 2' 'the gate of `p` (pub.gate:10) does not keep'
refused 'for every gate require gate.within <= 4h' 'gate.within <= 4h'
refused 'for every phase require phase.gate.level >= L1' '`look` (pub.gate:4) does not keep'
refused 'for every action require action.tool != "change" "no {action.tool} by {action.phase}.{action.name}"' 'no change by p.a'
refused 'for every action where action.changes require action.reversible' '`p.a` (pub.gate:11)'
policies 'policy one { for every action where action.destroys require action.level >= L2
  for every gate require gate.people >= 1
  for every task require task.people >= 2 }'
exits 10 "begun under rules that it keeps" "$gate" run pub.gbc --name kept
exits 12 "and rejected again" "$gate" reject kept p

# --- hours of a calendar ---------------------------------------------------------------
hours='calendar nights { zone "Europe/Bratislava" open Mon..Sun 20:00..04:00 }'
policies "$hours" 'policy at_night { for every action where action.changes require action.only_during(nights) }'
exits 4 "a change at any hour is not one at night" "$gate" run pub.gbc
ok "by its words" said 'action.only_during(nights)'
policies "$hours" 'policy at_night { for every action where action.changes require not action.may_overlap(nights) }'
exits 4 "and may be one at night" "$gate" run pub.gbc

# --- tenant.gate ------------------------------------------------------------------------
policies
mkdir -p state/tenants/default
printf 'edition 1\n%s\n' "$short" >state/tenants/default/tenant.gate
exits 4 "a tenant's policy holds as well" "$gate" run pub.gbc
ok "and is named" said 'policy `short` (tenant.gate:3)'
rm state/tenants/default/tenant.gate

# --- a policy in a file that host.gate uses ------------------------------------------------
printf 'edition 1\npolicy from_library { for every action require action.level <= L0 }\n' >state/rules.gate
policies 'use rules from "rules.gate"'
exits 4 "a policy of a library of the host holds" "$gate" run pub.gbc
ok "and is named with its own place" said 'policy `from_library` (rules.gate:2)'
printf 'edition 1\npolicy from_library { for every action require action.level <= L2 }\n' >state/rules.gate
exits 10 "and is what it says now" "$gate" run pub.gbc --name lib
exits 12 "and rejected again" "$gate" reject lib p
rm state/rules.gate

# --- a broken policy lets nothing in ----------------------------------------------------------
policies 'policy one { for every action require action.colour == "red" }'
exits 5 "what cannot be understood refuses all" "$gate" run pub.gbc
policies 'setting assure_least = "signed"'
exits 5 "what this version cannot do refuses all, too" "$gate" run pub.gbc
ok "by name and place" said 'host.gate:22: this version of gate cannot run `setting assure_least` yet'

# --- changed while a run waits -----------------------------------------------------------------
policies
exits 10 "a run waits" "$gate" run pub.gbc --name late
policies "$short"
digest=$(digest_of late)
exits 0 "its gate can still be answered" "$gate" approve late p --digest "$digest" --no-resume
"$gate" resume late --json >"$out" 2>"$err"
ok "but not released" json '.phases[1].state == "approved"'
ok "the blocker names the policy" json '.phases[1].blockers[0].text | test("does not keep to the policy `short` .host.gate:23.")'
exits 0 "gate why says it" "$gate" why late
ok "in the same words" said 'a change takes a minute at most'
ok "nothing was done" [ ! -e said.txt ]
exits 0 "the log has it" "$gate" log late --json
ok "as a blocker of the phase" sh -c 'jq -s -e "any(.[]; .kind == \"phase.changed\" and (.open.why // \"\" | tostring | test(\"policy .short\")))" "$1" >/dev/null' - "$out"
policies
exits 0 "without it the run goes on" "$gate" resume late
ok "it was done once" said_yes 1
# Blocked before its gate opens.
printf 'no\n' >text
sed 's/needs look/needs look\n  require look.seen.text == "yes\\n" "the text says yes"/' pub.gate >slow.gate
exits 11 "a run is blocked by its own condition" "$gate" run slow.gate --name slow
policies "$short"
"$gate" resume slow --json >"$out" 2>"$err"
ok "a policy is one more blocker" json '[.phases[1].blockers[].text] | any(test("the policy `short`")) and any(test("the text says yes"))'
ok "no gate is opened" json '.phases[1].gate.digest == null or .phases[1].gate.digest == ""'
exits 0 "the run can be ended" "$gate" cancel slow
policies

# --- the plan's own policies -----------------------------------------------------------------
own='policy mine { for every gate require gate.quorum >= 1 }'
{ cat pub.gate; echo "$own"; } >own.gate
exits 0 "a plan with a policy is built" "$gatec" build own.gate -o own.gbc
exits 10 "and begun" "$gate" run own.gbc --name own
exits 12 "and rejected again" "$gate" reject own p
{ cat pub.gate; echo "$hours"; echo 'policy mine { for every action where action.changes require action.may_overlap(nights) }'; } >own.gate
exits 0 "one that asks for its own calendar" "$gatec" build own.gate -o own.gbc
exits 10 "is begun" "$gate" run own.gbc --name own2
mkdir zones
exits 4 "but not where its zone is not known" env TZDIR="$tmp/zones" "$gate" run own.gbc
ok "as it cannot be proved there" said 'whether `p.a` (pub.gate:11) keeps to the policy `mine`\|whether `p.a` (own.gate:11) keeps to the policy `mine`'
exits 0 "the log verifies" "$gate" verify

# --- a process that stays ----------------------------------------------------------------------
# It looks at everything that host.gate uses, not at host.gate alone.
mkfifo told
exec 3<>told
printf 'edition 1\npolicy from_library { for every action require action.level <= L1 }\n' >state/rules.gate
policies 'use rules from "rules.gate"'
touch -d '1 hour ago' state/rules.gate state/host.gate
"$gate" resume --all --stay >stay.out 2>told </dev/null &
holder=$!
ok "a process stays" sh -c 'timeout 60 sh -c "while read -r line; do case \$line in *\"stays and answers\"*) exit 0 ;; esac; done" <&3'
exits 10 "a run is begun through it" "$gate" run pub.gbc --name through
printf 'edition 1\npolicy from_library { for every action require action.level <= L0 }\n' >state/rules.gate
exits 4 "not under what the library says now" "$gate" run pub.gbc
ok "by name" said 'policy `from_library` (rules.gate:2)'
digest=$(digest_of through)
exits 0 "the run that waits is approved" "$gate" approve through p --digest "$digest" --no-resume
"$gate" resume through --json >"$out" 2>"$err"
ok "and not released" json '.phases[1].state == "approved" and (.phases[1].blockers[0].text | test("from_library"))'
rm state/rules.gate
exits 5 "a library that is gone lets nothing in" "$gate" run pub.gbc
ok "by its code" said G1006
printf 'edition 1\npolicy from_library { for every action require action.level <= L2 }\n' >state/rules.gate
exits 0 "with it the run goes on" "$gate" resume through
kill -TERM "$holder"
wait "$holder"
ok "it was done once more" said_yes 2
echo "1..$n"
