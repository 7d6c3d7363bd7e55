#!/bin/sh
# Two processes, one tenant: what gets in through the socket while an action
# runs. The action says on a pipe that it has begun, and waits on another, so
# that nothing here depends on time.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
mkfifo begun held
"$gate" run hold.gate --name held --json >run.out 2>run.err </dev/null &
holder=$!
# What the holder says on its stderr, a pipe that stays open here, up to the line
# that says what it waits for.
waiting() {
    timeout 60 sh -c 'while read -r line; do
        case $line in *"waiting for"*) printf "%s\n" "$line"; exit 0 ;; esac
    done' <&3
}
begun() { timeout 60 head -n 1 begun; } # a run that never begins is a failure, no hang
ok "the action runs" [ "$(begun)" = go ]
socket=$GATE_STATE/tenants/default/socket
ok "the socket is there, closed to others" [ "$(stat -c '%F %a' "$socket")" = "socket 600" ]
exits 0 "status needs no lock" "$gate" status --json
ok "running" json '.runs[0].state == "running"'
exits 10 "another plan is started through the holder" "$gate" run hello.gate --json
ok "and waits" json '.state == "waiting" and .name == "hello-1"'
exits 0 "what it staged can be read" "$gate" show hello-1 greet --json
digest=$(jq -r .digest "$out")
exits 4 "a wrong decision is refused through the socket" "$gate" approve hello-1 greet --digest 00
exits 0 "the right one goes on through it" "$gate" approve hello-1 greet --digest "$digest" --json
ok "done" json '.state == "done"'
ok "it happened" [ "$(cat said.txt)" = hello ]
exits 2 "inputs are checked there too" "$gate" run inputs.gate
ok "the holder is still at work" kill -0 "$holder"
if command -v python3 >/dev/null 2>&1; then
    exits 0 "garbage, floods and half requests do not stop it" python3 - "$socket" <<'PY'
import json, socket, sys
def talk(data, half=False):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
    try:
        s.sendall(data)
        if half: return s
        s.shutdown(socket.SHUT_WR)
    except BrokenPipeError:
        pass
    got = b""
    try:
        while True:
            chunk = s.recv(65536)
            if not chunk: break
            got += chunk
    except ConnectionResetError:
        pass
    return [json.loads(l) for l in got.splitlines()]
held = [talk(b'{"verb":', True) for _ in range(20)]
assert talk(b"\n")[-1]["exit"] == 2
assert talk(b"\x00\xff\xfe\n")[-1]["exit"] == 2
assert talk(b"[]\n")[-1]["code"] == "bad_request"
assert talk(b'{"verb":"nonsense"}\n')[-1]["code"] == "no_such_verb"
assert talk(b'{"verb":"run"}\n')[-1]["exit"] == 2
assert talk(b'{"verb":"run","dir":"/","program":"????"}\n')[-1]["code"] == "bad_program"
assert talk(b"x" * (1 << 20) + b"xx\n" )[-1]["code"] == "too_long"
two = talk(b'{"verb":"status"}\n{"verb":"inbox"}\n')
assert [r.get("exit") for r in two] == [None, 0, None, 0], two
PY
else
    skip "garbage on the socket" "no python3"
fi
exits 0 "cancel while the action runs" "$gate" cancel held --comment "enough" --json
ok "what was cut off is in doubt" json '.state == "in_doubt" and .ending == "cancelled"'
wait "$holder"
ok "the holder ends too, and waits for a person" [ $? -eq 10 ]
ok "and says what became of its run" sh -c 'jq -e ".ending == \"cancelled\"" run.out >/dev/null'
ok "the action was ended" [ ! -e late.txt ]
exits 0 "a person says that it did not happen" "$gate" settle held work.wait_long failed --json
ok "cancelled" json '.state == "cancelled"'
ok "the socket is gone" [ ! -e "$socket" ]
exits 0 "the log verifies" "$gate" verify

# --- the holder is killed ---------------------------------------------------------------
"$gate" run hold.gate --name killed --json >run.out 2>run.err </dev/null &
holder=$!
ok "the action runs" [ "$(begun)" = go ]
kill -9 "$holder"
wait "$holder" 2>/dev/null
exits 10 "resume after kill -9: nobody saw what came of it" "$gate" resume killed --json
ok "in doubt" json '.state == "in_doubt" and .phases[0].in_doubt[0].action == "wait_long"'
exits 0 "inbox says so" "$gate" inbox --json
ok "as a settlement" json '[.items[] | select(.waits_for == "settlement")] | length == 1'
exits 10 "resume alone does not do it again" "$gate" resume killed
ok "and says what to type" said 'gate settle killed work.wait_long'
exits 2 "settled as nonsense" "$gate" settle killed wait_long perhaps
exits 0 "a person says that it was done" "$gate" settle killed work.wait_long done
exits 0 "and the run ends" "$gate" resume killed --json
ok "done" json '.state == "done"'
exits 0 "the log verifies still" "$gate" verify --json
ok "ok" json '.ok'

# --- the holder is asked to end -----------------------------------------------------------
# It waits for the action, which ends when somebody writes to its pipe.
mkfifo told
exec 3<>told
"$gate" run hold.gate --name asked >run.out 2>told </dev/null &
holder=$!
ok "the action runs" [ "$(begun)" = go ]
exits 10 "another run is under way there" "$gate" run hello.gate --name later --json
kill -TERM "$holder"
ok "people are told in one line" [ "$(waiting)" = "gate: waiting for work.wait_long to end; send the signal again to stop now: it will be in doubt" ]
exits 5 "new work is not begun" "$gate" run hello.gate
ok "it says why, and what is waited for" said 'asked to end and waits for work.wait_long'
exits 12 "decisions still get in" "$gate" reject later greet --json
ok "and count" json '.state == "rejected"'
echo now >held
wait "$holder"
ok "it ends as the run rests: done" [ $? -eq 0 ]
ok "the outcome was taken" [ "$(cat late.txt)" = late ]
exits 0 "nothing is in doubt" "$gate" status asked --json
ok "done" json '.state == "done" and .phases[0].in_doubt == []'

env --default-signal=INT "$gate" run twice.gate --name two >run.out 2>told </dev/null &
holder=$!
ok "the first action runs" [ "$(begun)" = go ]
kill -INT "$holder"
ok "in the words of a terminal" [ "$(waiting)" = "gate: waiting for work.first to end; press Ctrl-C again to stop now: it will be in doubt" ]
echo now >held
wait "$holder"
ok "it rests with 11" [ $? -eq 11 ]
read -r last <&3
ok "and says how to go on" [ "$last" = 'gate: stopped as asked, nothing is under way; to go on: `gate resume two`' ]
ok "the next action was not begun" [ ! -e second.txt ]
exits 0 "resume goes on" "$gate" resume two --json
ok "with the next action only" [ "$(cat first.txt second.txt)" = "first
second" ]

env --default-signal=HUP "$gate" run hold.gate --name hasty >run.out 2>told </dev/null &
holder=$!
ok "the action runs" [ "$(begun)" = go ]
kill -HUP "$holder"
ok "asked to end" [ -n "$(waiting)" ]
kill -TERM "$holder"
wait "$holder"
ok "a second signal ends it at once" [ $? -eq 143 ]
exits 10 "and the action is in doubt" "$gate" resume hasty --json
ok "said so" json '.state == "in_doubt"'
exits 0 "the log verifies" "$gate" verify

# --- a retry is the run's own work ----------------------------------------------------------
exits 10 "a plan that asks twice" "$gate" run again.gate --json
digest=$(jq -r '.phases[] | select(.name == "asks") | .gate.digest' "$out")
"$gate" approve again-1 asks --digest "$digest" --json >run.out 2>run.err </dev/null &
holder=$!
ok "what makes the folder runs" [ "$(begun)" = go ]
echo now >held
wait "$holder"
ok "a near retry is waited for, though a person is asked too" [ $? -eq 10 ]
cp run.out "$out"
ok "it was tried again and is done" json '.phases[] | select(.name == "flaky") | .state == "done"'
ok "while the other phase waits" json '.phases[] | select(.name == "other") | .state == "waiting"'
ok "more than once" json '.phases[] | select(.name == "flaky") | .calls[0].attempt > 1'
echo "1..$n"
