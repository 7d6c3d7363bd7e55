#!/bin/sh
# What others do to the process that holds a tenant: they hang up, ask for what
# the socket does not answer, have runs that cannot be read, and go on when its
# own run is at rest. Worth most under `make asan`.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
sed 's/begun/begun2/; s/held/held2/; s/^plan patient/plan other/' hold.gate >other.gate
# An action that ends a while after it is told to: its cancel is answered late.
sed "s/sh\", \"-c\", \"/&trap '' TERM; /; s/^plan patient/plan stubborn/" hold.gate >stubborn.gate
mkfifo begun held begun2 held2
# A holder that died would let these wait for ever.
begun() { timeout 60 head -n 1 "$1"; }
tell() { timeout 60 sh -c 'echo now >"$1"' - "$1"; }
socket=$GATE_STATE/tenants/default/socket
cat >ask.py <<'PY'
"""ask.py SOCKET REQUEST [hang-up]: prints the reply, or leaves once accepted."""
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
for line in s.makefile():
    said = json.loads(line)
    if len(sys.argv) > 3 and "accepted" in said:
        sys.exit(0)
    if "exit" in said:
        print(line.strip())
        sys.exit(0)
sys.exit(1)
PY

# --- a run that cannot be read hides no other -----------------------------------------
if command -v sqlite3 >/dev/null 2>&1; then
    db=$GATE_STATE/tenants/default/log.db
    sed 's/Say hello/Say hello again/' hello.gate >again.gate
    "$gate" run hello.gate --name fine >/dev/null
    "$gate" run again.gate --name broken >/dev/null
    "$gate" run hello.gate --name last >/dev/null
    cp -R "$GATE_STATE" "$tmp/changed"
    sqlite3 "$tmp/changed/tenants/default/log.db" "UPDATE audit_entry SET env = x'7b7d' WHERE seq =
        (SELECT seq FROM run_record WHERE rseq = 2 AND no = (SELECT no FROM run WHERE name = 'broken'))"
    exits 5 "inbox with a changed record" "$gate" inbox --json --state "$tmp/changed"
    ok "lists the others" json '[.items[] | select(.waits_for == "decision") | .name] == ["fine", "last"]'
    ok "and the damaged one" json '[.items[] | select(.waits_for == "repair") | .name] == ["broken"]'
    sqlite3 "$db" "DELETE FROM program WHERE hash = (SELECT program FROM run WHERE name = 'broken')"
    exits 5 "the damaged run is said to be so" "$gate" status broken
    ok "in words, with the way out" said 'gate verify'
    exits 5 "inbox with a run that lost its program" "$gate" inbox --json
    ok "lists the others" json '[.items[] | select(.waits_for == "decision") | .name] == ["fine", "last"]'
    ok "and the damaged one" json '[.items[] | select(.waits_for == "repair") | .name] == ["broken"]'
    exits 5 "for people too" "$gate" inbox
    ok "both" sh -c 'grep -q "^fine greet .*decision" "$1" && grep -q "^broken .*cannot be read" "$1"' - "$out"
    exits 5 "resume of all leaves it out" "$gate" resume --all --json
    ok "and names it" json '[.runs[].name] == ["fine", "last"] and [.unreadable[].name] == ["broken"] and .code == "unreadable"'
    exits 5 "resume of it alone fails" "$gate" resume broken
    broken=true
else
    skip "a damaged run" "no sqlite3(1)"
    broken=false
fi

# --- who stays keeps timers that nobody else would wait for ---------------------------------
sed 's/within 1d/within 1s/' hello.gate >soon.gate
GATE_STATE=$tmp/stays "$gate" run soon.gate --name before >/dev/null
mkfifo said
exec 3<>said
GATE_STATE=$tmp/stays "$gate" resume --all --stay >stay.out 2>said </dev/null &
holder=$!
ok "it says that it stays" sh -c 'timeout 60 head -n 1 <&3 | grep -q "stays and answers"'
exits 10 "a run is begun through it" "$gate" run soon.gate --name after --state "$tmp/stays"
# The states come when their time comes; there is nothing else to wait on.
becomes() {
    timeout 60 sh -c 'until "$gate" status "$1" --json --state "$2" | grep -q "\"state\":\"$3\""; do :; done' - "$@"
}
ok "the gate of the run before expires by itself" becomes before "$tmp/stays" rejected
ok "so does that of the run after" becomes after "$tmp/stays" rejected
kill -TERM "$holder"
wait "$holder"
ok "its exit status is that of its own request" [ $? -eq 10 ]

if ! command -v python3 >/dev/null 2>&1; then
    skip "requests by hand" "no python3"
    echo "1..$n"
    exit 0
fi

# --- requests that the holder does not answer -------------------------------------------
"$gate" run stubborn.gate --name held --json >run.out 2>run.err </dev/null &
holder=$!
ok "the action runs" [ "$(begun begun)" = go ]
for verb in verify doctor log; do
    exits 0 "$verb over the socket" python3 ask.py "$socket" "{\"verb\":\"$verb\"}"
    ok "is refused" json '.exit == 4 and .code == "not_here"'
done
if $broken; then
    exits 0 "resume of all, the damaged one too" python3 ask.py "$socket" '{"verb":"resume","all":true}' hang-up
fi
exits 0 "the run is alive" "$gate" status --json
ok "and running" json '[.runs[] | select(.name == "held") | .state] == ["running"]'

# --- a client that takes no answers: past a bound it is dropped, in the middle of one ------
cat >flood.py <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
line = b'{"verb":"' + b"x" * 200000 + b'"}\n' # comes back in the answer
try:
    for i in range(1000):
        s.sendall(line)
except (BrokenPipeError, ConnectionResetError):
    sys.exit(0)
sys.exit(1)
PY
exits 0 "a client that only asks is dropped" python3 flood.py "$socket"
exits 0 "the holder answers others" python3 ask.py "$socket" '{"verb":"status"}'

# --- a client that hangs up before its answer ---------------------------------------------
exits 0 "cancel, and leave" python3 ask.py "$socket" '{"verb":"cancel","run":"held"}' hang-up
wait "$holder"
ok "the holder ends as its run rests: what was cut off is in doubt" [ $? -eq 10 ]
ok "with its answer" sh -c 'jq -e ".ending == \"cancelled\"" run.out >/dev/null'

# --- the own answer does not wait for others ------------------------------------------------
mkfifo answer
"$gate" run hold.gate --name mine --json >answer 2>mine.err </dev/null &
holder=$!
exec 4<>answer
ok "the own action runs" [ "$(begun begun)" = go ]
"$gate" run other.gate --name yours --json >yours.out 2>yours.err </dev/null &
client=$!
ok "so does another's" [ "$(begun begun2)" = go ]
tell held
ok "the answer is there" [ "$(timeout 60 head -n 1 <&4 | jq -r .state)" = done ]
ok "while the process serves on" kill -0 "$holder"
tell held2
wait "$client"
ok "the other's run ends well" [ $? -eq 0 ]
wait "$holder"
ok "the exit status is that of the own run" [ $? -eq 0 ]
ok "it said for whom it stayed" grep -q "others asked of it meanwhile: yours for $(id -un)" mine.err
echo end >&4
ok "and printed its answer once" [ "$(timeout 60 head -n 1 <&4)" = end ]
echo "1..$n"
