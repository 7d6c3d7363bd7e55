#!/bin/sh
# Somebody sets the clock while the machine runs. Here what the last append
# kept of it is set instead, which is the same difference from the other side.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
if ! command -v sqlite3 >/dev/null 2>&1; then
    skip "a stepped clock" "no sqlite3(1)"
    echo "1..$n"
    exit 0
fi
# MS: by how much the clock seems to have gone forward since the last append.
step() {
    sqlite3 "$GATE_STATE/tenants/default/log.db" "UPDATE meta SET value =
        substr(value, 1, 37) || (substr(value, 38) - $1) WHERE key = 'clock'"
}
exits 0 "nothing to accept before there is a log" "$gate" doctor --accept-clock
exits 10 "a run waits" "$gate" run hello.gate --json
digest=$(jq -r '.phases[0].gate.digest' "$out")
exits 10 "its timers run" "$gate" status hello-1 --json
ok "nothing is said of them" json 'has("timers_frozen") | not'
exits 0 "nothing to accept" "$gate" doctor --accept-clock --json
ok "said so" json '.code == "nothing_to_accept"'
step 500000
exits 10 "eight minutes are no step" "$gate" status hello-1 --json
ok "nothing is said" json 'has("timers_frozen") | not'
step 9500000
exits 10 "a clock that went forward" "$gate" status hello-1 --json
ok "freezes timers" json '.timers_frozen | test("went forward by 2 h 46 min.*--accept-clock")'
exits 10 "status, in words" "$gate" status hello-1
ok "with the way out" said 'timers stand still: .*gate doctor --accept-clock'
exits 0 "the list of runs says so too" "$gate" status
ok "in words" said 'timers stand still'
exits 0 "why" "$gate" why hello-1
ok "says so" said 'timers stand still'
exits 5 "doctor" "$gate" doctor
ok "says so" said '^bad  clock .*--accept-clock'
exits 10 "resume goes on with what needs no timer" "$gate" resume hello-1
ok "and says so on stderr" grep -q 'gate: the clock of this host went forward' "$err"
exits 0 "a decision counts" "$gate" approve hello-1 greet --digest "$digest"
ok "and is done" [ "$(cat said.txt)" = hello ]
exits 10 "another run starts" "$gate" run hello.gate --json
ok "timers are frozen still" json 'has("timers_frozen")'
exits 0 "somebody looked at the clock" "$gate" doctor --accept-clock
ok "recorded" said 'timers run again'
exits 10 "timers run" "$gate" status hello-2 --json
ok "nothing is said" json 'has("timers_frozen") | not'
exits 0 "the record says who" "$gate" log --json
ok "once, from and to" sh -c 'jq -s -e "[.[] | select(.kind == \"clock.accepted\")] | length == 1 and (.[0] | .actor.t == \"human\" and .from < .to)" "$1" >/dev/null' - "$out"
step -9500000
exits 10 "a clock that went back" "$gate" status hello-2 --json
ok "freezes timers as well" json '.timers_frozen | test("went back by")'
sqlite3 "$GATE_STATE/tenants/default/log.db" "UPDATE meta SET value = replace(value, substr(value, 1, 8), '00000000') WHERE key = 'clock'"
exits 10 "in another boot nothing can be told" "$gate" status hello-2 --json
ok "the clock is taken as it is" json 'has("timers_frozen") | not'
exits 0 "the log verifies" "$gate" verify
echo "1..$n"
