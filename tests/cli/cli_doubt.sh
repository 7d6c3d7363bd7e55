#!/bin/sh
# A process that dies, a cancel behind it, and an undo that fails: what is said,
# and that there is a way on.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
mkfifo begun held
# A holder that died would let this wait for ever.
begun() { timeout 60 head -n 1 begun; }

# --- nobody works on it ------------------------------------------------------------
"$gate" run hold.gate --name gone --json >run.out 2>run.err </dev/null &
holder=$!
ok "the action runs" [ "$(begun)" = go ]
exits 11 "while it runs, its status is the run's own" "$gate" status gone --json
ok "nobody has to act" json '.state == "running" and .left == null'
kill -9 "$holder"
wait "$holder" 2>/dev/null
exits 10 "its process is gone: somebody has to act" "$gate" status gone --json
ok "which is said" json '.left | test("the process that worked on it is gone")'
exits 10 "to people too" "$gate" status gone
ok "with the way on" said 'gate resume'
exits 0 "inbox" "$gate" inbox --json
ok "has it" json '.items | length == 1 and .[0].waits_for == "resume"'
exits 0 "inbox, for people" "$gate" inbox
ok "has it too" said 'the process that worked on it is gone'
exits 0 "why" "$gate" why gone
ok "says who can act" said 'anybody: gate resume'

# --- cancelled in doubt --------------------------------------------------------------
exits 0 "cancel" "$gate" cancel gone --json
ok "stays open for what nobody saw" json '.state == "in_doubt" and .ending == "cancelled" and .phases[0].in_doubt[0].action == "wait_long"'
exits 10 "status waits for a person" "$gate" status gone
ok "in words" said 'nobody saw what came of wait_long, .*the process that made the call ended'
ok "and closes then" said 'it closes when that is settled'
exits 4 "cancel again" "$gate" cancel gone
exits 4 "nothing is done again" "$gate" settle gone wait_long retry
ok "which is said" said 'Say done or failed'
exits 0 "settled" "$gate" settle gone wait_long failed --json
ok "it closes" json '.state == "cancelled"'
exits 1 "as cancelled" "$gate" status gone
ok "nothing came of it" [ ! -e late.txt ]

# --- an undo that fails ---------------------------------------------------------------
exits 10 "the run stops at its gate" "$gate" run undo_fails.gate --name back --json
digest=$(jq -r '.phases[0].gate.digest' "$out")
exits 10 "it fails, and so does its undo" "$gate" approve back work --digest "$digest"
ok "in its own words" said 'the undo of first failed, .*the key is gone'
ok "the hint means the undo" said 'gate settle back work.first done .*(its undo)'
exits 0 "inbox has the cause" "$gate" inbox
ok "indeed" said 'the undo of first failed, .*the key is gone'
exits 0 "why has it" "$gate" why back
ok "indeed" said 'the undo of action first failed, so what the action did still stands: .*the key is gone'
exits 0 "the log has the failed output" "$gate" log back --json
ok "indeed" sh -c 'jq -s -e "map(select(.kind == \"exec.finished\" and .action == \"second\"))[0] | .out == \"failed\" and .status == 7 and .open.result.output == \"half done\n\" and (.open.message | test(\"the disk is full\"))" "$1" >/dev/null' - "$out"
exits 0 "a retry is noted" "$gate" settle back first retry --json
ok "and nothing is done by that" json '.phases[0].state == "undoing" and (.left | test("gate resume"))'
exits 0 "settled otherwise" "$gate" settle back first done
exits 1 "resume ends it" "$gate" resume back --json
ok "undone" json '.phases[0].state == "undone"'
exits 0 "the log verifies" "$gate" verify
echo "1..$n"
