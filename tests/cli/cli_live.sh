#!/bin/sh
# Two processes, one tenant: what gets in through the socket while an action
# runs. The action says on a pipe that it has begun, and waits on another, so
# that nothing here depends on time.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$tmp"
cd "$tmp" || exit 1
mkfifo begun held
"$gate" run hold.gate --name held --json >run.out 2>run.err </dev/null &
holder=$!
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
ok "cancelled" json '.state == "cancelled"'
wait "$holder"
ok "the holder ends too" [ $? -eq 1 ]
ok "and says what became of its run" sh -c 'jq -e ".state == \"cancelled\"" run.out >/dev/null'
ok "the action was ended" [ ! -e late.txt ]
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
echo "1..$n"
