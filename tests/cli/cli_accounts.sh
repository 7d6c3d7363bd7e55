#!/bin/sh
# A team's state folder and the accounts of a machine: the owner (nobody), a
# member (daemon), a stranger (bin) and root. Needs root and setpriv(1).
. "$(dirname "$0")/tap.sh"
as() { # as UID COMMAND...
    uid=$1
    shift
    setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"
}
if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null 2>&1 ||
    ! as 65534 "$gate" --version >/dev/null 2>&1; then
    skip "several accounts" "needs root, setpriv, and a build that others may run"
    echo "1..$n"
    exit 0
fi
chmod 755 "$tmp"
mkdir "$tmp/own" "$tmp/work" "$tmp/closed"
cp "$top"/tests/cli/plans/hello.gate "$tmp/work"
cp "$top"/tests/cli/plans/hello.gate "$tmp/plans"
cp "$top"/tests/cli/plans/hello.gate "$tmp/closed"
chown -R 65534:65534 "$tmp/own" "$tmp/work"
chown -R 1:1 "$tmp/plans"
chmod 777 "$tmp/plans" # the effects run as the owner and write here
mkdir -m 700 "$tmp/plans/private"
cd "$tmp/work" || exit 1
GATE_STATE=$tmp/own/state
owner() { as 65534 "$gate" "$@"; }
member() { as 1 "$gate" "$@"; }
stranger() { as 2 "$gate" "$@"; }
name() { as "$1" id -un; }
service() { # starts the process that stays, and waits until it says so
    setpriv --reuid=65534 --regid=65534 --clear-groups "$gate" resume --all --stay \
        >stay.out 2>told </dev/null &
    holder=$!
    timeout 60 sh -c 'while read -r line; do
        case $line in *"stays and answers"*) exit 0 ;; esac
    done' <&3
}

# --- a solo folder is one account's ----------------------------------------------------
exits 10 "the owner's solo folder" owner --state "$tmp/own/solo" run hello.gate
exits 4 "is closed to another account" member --state "$tmp/own/solo" status
ok "who is told whose it is" said "belongs to the account $(name 65534)"
exits 5 "root opens it no more than others do" "$gate" --state "$tmp/own/solo" resume hello-1
ok "and is told what to do" said "as that account, .gate resume --all"
exits 5 "nor starts anything in it" "$gate" --state "$tmp/own/solo" run hello.gate
ok "nothing in it became root's" [ -z "$(find "$tmp/own/solo" -uid 0)" ]

# --- nobody at home ------------------------------------------------------------------------
exits 0 "init" owner init --profile team
ok "others may pass through, and no more" [ "$(cd "$tmp/own" && stat -c %a state state/tenants state/host.gate state/anchors | tr '\n' ' ')" = "711 711 600 700 " ]
cat >>"$GATE_STATE/host.gate" <<GATE
person boss "The Boss" { os "$(name 65534)" }
person worker "A Worker" { os "$(name 1)" }
role owner "Decides" is boss, worker
grant shell.change { folders = [".", "$tmp/plans"], network = false }
GATE
exits 10 "the owner starts a run" owner run hello.gate
for verb in "status" "show hello-1" "inbox" "why hello-1" "resume hello-1" "cancel hello-1"; do
    # shellcheck disable=SC2086
    exits 5 "nobody serves: $verb" member $verb
    ok "the owner is named, and what to type" said "$(name 65534): as that account, .gate resume --all --state $GATE_STATE"
done
exits 4 "what only the owner may" member verify
ok "says so" said "only that account"
exits 5 "nobody serves: run" member run "$tmp/plans/hello.gate"

# --- somebody at home --------------------------------------------------------------------
mkfifo told
exec 3<>told
ok "the owner stays" service
ok "its own answer came first" grep -q '^hello-1.*waiting' stay.out
ok "the socket is open, the rest is not" [ "$(cd "$tmp/own" && stat -c %a state/tenants/default state/tenants/default/socket state/tenants/default/log.db state/tenants/default/lock | tr '\n' ' ')" = "711 666 600 600 " ]
exits 5 "one is enough" owner resume --all --stay
ok "says which process" said "process $holder holds tenant default"
exits 0 "the member sees the runs" member status --json
ok "all of them" json '[.runs[].name] == ["hello-1"]'
exits 0 "the inbox" member inbox --for worker --json
ok "has the question" json '.items | length == 1'
exits 0 "the member reads what is staged" member show hello-1 greet --json
digest=$(jq -r .digest "$out")
for verb in "status" "show hello-1 greet" "inbox" "why hello-1" "approve hello-1 greet --digest $digest" \
    "reject hello-1 greet --digest $digest" "cancel hello-1" "resume --all" "run hello.gate"; do
    # shellcheck disable=SC2086
    exits 4 "the stranger: $verb" stranger $verb
    ok "is told how to get in" said "person NAME { os \"$(name 2)\" }"
done
exits 4 "root is nobody here either" "$gate" status
exits 4 "the log is the owner's to read" member log hello-1
exits 4 "the clock is the owner's to accept" member doctor --accept-clock
ok "nothing has happened" [ ! -e said.txt ]
exits 0 "the member approves" member approve hello-1 greet --digest "$digest"
exits 0 "and the run goes on by itself" member resume hello-1 --json
ok "done" json '.state == "done" and .phases[0].gate.votes[0].person == "'"$(name 1)"'"'
ok "as the owner" [ "$(stat -c %u said.txt)" = 65534 ]
exits 0 "the log has no trace of who was told nothing" owner log --json
ok "indeed" not grep -q "os:2:" "$out"

# --- where a member's plan may lie ----------------------------------------------------------
exits 10 "below a folder granted in full" member run "$tmp/plans/hello.gate" --json
ok "waits" json '.state == "waiting" and .name == "hello-2"'
exits 4 "not elsewhere" member run "$tmp/closed/hello.gate"
ok "in words" said 'names in full'
exits 4 "not in the owner's folder" member run hello.gate
ln -s "$tmp/closed" "$tmp/plans/link"
exits 4 "not behind a link" member run "$tmp/plans/link/hello.gate"
if command -v python3 >/dev/null 2>&1; then
    as 1 "$gatec" build "$tmp/plans/hello.gate" -o "$tmp/plans/hello.gbc"
    cat >"$tmp/plans/run.py" <<'PY'
import base64, json, os, socket, sys
os.setgroups([])
os.setgid(1)
os.setuid(1)
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
program = base64.b64encode(open(sys.argv[3], "rb").read()).decode()
s.sendall(json.dumps({"verb": "run", "dir": sys.argv[2], "file": "x", "inputs": {}, "program": program}).encode() + b"\n")
print(next(l for l in s.makefile() if '"exit"' in l))
PY
    for dir in "$tmp/plans/../closed" "$tmp/plans/link" "$tmp/plans/private" "$tmp/plans/none" \
        "$tmp/plans/hello.gate" / "$tmp/work"; do
        exits 0 "by hand: $dir" python3 "$tmp/plans/run.py" "$GATE_STATE/tenants/default/socket" "$dir" "$tmp/plans/hello.gbc"
        ok "is refused" json '.exit == 4'
    done
    exits 0 "by hand, in the right place" python3 "$tmp/plans/run.py" "$GATE_STATE/tenants/default/socket" "$tmp/plans/./private/.." "$tmp/plans/hello.gbc"
    ok "goes, under its true name" json '.exit == 10'
    run=$(jq -r .result.run "$out")
    ok "which the record has" sh -c 'setpriv --reuid=65534 --regid=65534 --clear-groups "$gate" log "$1" --json | jq -s -e "[.[] | select(.kind == \"run.started\").open.plan.dir] == [\"$2\"]" >/dev/null' - "$run" "$tmp/plans"
    cat >"$tmp/plans/crowd.py" <<'PY'
import os, socket, sys
def come():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(sys.argv[1])
    return s
os.setgroups([])
os.setgid(1)
os.setuid(1)
limit = int(sys.argv[2])
crowd = [come() for _ in range(limit)]
assert come().recv(1) == b"" # turned away
crowd[-1].sendall(b'{"verb":"status"}\n')
assert crowd[-1].recv(1) == b"{"
crowd.pop(0).close()
last = come()
last.sendall(b'{"verb":"status"}\n')
assert last.recv(1) == b"{"
PY
    limit=$("$gate" limits --json | jq '.limits[] | select(.name == "CLIENTS_OF_ONE").value')
    exits 0 "one account gets in so often at once, and no more" python3 "$tmp/plans/crowd.py" "$GATE_STATE/tenants/default/socket" "$limit"
else
    skip "folders by hand" "no python3"
fi

# --- a policy that breaks while it stays -------------------------------------------------------
cp "$GATE_STATE/host.gate" host.kept
echo 'setting solo = perhaps' >>"$GATE_STATE/host.gate"
exits 0 "the member still reads" member status
ok "with a note, and without the owner's lines" sh -c 'grep -q "not understood" "$1" && ! grep -q perhaps "$1"' - "$err"
exits 5 "and decides nothing" member approve hello-2 greet --digest "$digest"
cat host.kept >"$GATE_STATE/host.gate"

kill -TERM "$holder"
wait "$holder"
ok "a signal ends it, as it rested" [ $? -eq 10 ]
ok "its socket is gone" [ ! -e "$GATE_STATE"/tenants/default/socket ]
ok "nothing became root's" [ -z "$(find "$GATE_STATE" -uid 0)" ]
exits 0 "the log verifies" owner verify
echo "1..$n"
