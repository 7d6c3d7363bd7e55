#!/bin/sh
# The team profile: whose word counts. The starter is `nobody`, the other
# person is root, so this needs root and setpriv(1).
. "$(dirname "$0")/tap.sh"
if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null 2>&1 ||
    ! setpriv --reuid=65534 --regid=65534 --clear-groups "$gate" --version >/dev/null 2>&1; then
    skip "the team profile with two people" "needs root, setpriv, and a build that nobody may run"
    echo "1..$n"
    exit 0
fi
chmod 755 "$tmp"
mkdir "$tmp/own" "$tmp/work"
cp "$top"/tests/cli/plans/*.gate "$tmp/work"
chown -R 65534:65534 "$tmp/own" "$tmp/work"
cd "$tmp/work" || exit 1
GATE_STATE=$tmp/own/state
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$gate" "$@"; }
# The other reaches the starter's folder through a process of the starter alone.
other() {
    [ -p told ] || mkfifo told
    exec 3<>told
    setpriv --reuid=65534 --regid=65534 --clear-groups "$gate" resume --all --stay \
        >stay.out 2>told </dev/null &
    holder=$!
    timeout 60 sh -c 'while read -r line; do
        case $line in *"stays and answers"*) exit 0 ;; esac
    done' <&3
    "$gate" "$@"
    status=$?
    kill -TERM "$holder"
    wait "$holder"
    return "$status"
}
who=$(setpriv --reuid=65534 --regid=65534 --clear-groups id -un)

exits 0 "init" nobody init --profile team
exits 4 "nothing is granted yet" nobody run hello.gate
ok "the missing grant is named" said 'shell.change'
cat >>"$GATE_STATE/host.gate" <<GATE
person starter "The Starter" { os "$who" }
person other "The Other" { os "root" }
person third "A Third" { os "daemon" }
role owner "Decides" is starter, other
grant shell.change { folders = ["."], network = false }
grant file.read { folders = ["."] }
grant file.hash { folders = ["."] }
GATE
exits 10 "a run" nobody run hello.gate --json
nobody show hello-1 greet --json >"$out"
digest=$(jq -r .digest "$out")
exits 4 "the starter's own approval is refused" nobody approve hello-1 greet --digest "$digest" --json
ok "with the rule" json '.code == "own_run"'
exits 0 "and the refusal is in the log" nobody log hello-1 --json
ok "with the rule and no name outside parts" sh -c 'jq -s -e "[.[] | select(.kind == \"gate.refused\")] | length == 1 and .[0].rule == \"own_run\"" "$1" >/dev/null' - "$out"
ok "nothing has happened" [ ! -e said.txt ]
exits 0 "inbox for the other" nobody inbox --for other --json
ok "has it" json '.items | length == 1'
exits 0 "inbox for a third" nobody inbox --for third --json
ok "is empty" json '.items == []'
exits 0 "the other's approval is recorded" other approve hello-1 greet --digest "$digest" --no-resume --json
ok "approved, and not run" json '.phases[0].state == "approved"'
ok "nothing has happened yet" [ ! -e said.txt ]
exits 0 "resume goes on" nobody resume hello-1
ok "it happened" [ "$(cat said.txt)" = hello ]

# --- rights that are taken away ------------------------------------------------------
exits 10 "another run" nobody run hello.gate --json
digest=$(nobody show hello-2 greet --json | jq -r .digest)
exits 0 "approved by the other" other approve hello-2 greet --digest "$digest" --no-resume
sed -i 's/^role owner .*/role owner "Decides" is starter, third/' "$GATE_STATE/host.gate"
nobody resume hello-2 --json >"$out" 2>"$err"
ok "an approval whose giver lost the role does not release" [ "$(wc -l <said.txt)" -eq 1 ]
ok "and is not done" json '.state != "done"'
exits 0 "the log verifies" nobody verify
echo "1..$n"
