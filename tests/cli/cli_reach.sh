#!/bin/sh
# Hosts that can hide nothing in a granted folder (no user namespaces: a plain
# chroot, most containers): a plan whose programs could get at the state folder
# is refused before anybody is asked. Made here by taking the namespaces away.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
tier() { "$@" "$gate" doctor --state "$tmp/none" --json | jq -r '.checks[] | select(.check == "sandbox") | .text[0:7]'; }
# Within a user namespace of its own the limit is ours to set: user_namespaces(7).
without() {
    unshare --user --map-root-user --mount sh -c \
        'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "$@"
}
case $(tier env) in
"tier T2") poor() { "$@"; } ;;
*)
    if [ "$(tier without 2>/dev/null)" != "tier T2" ]; then
        skip "a host without namespaces for programs" "cannot be made here"
        echo "1..$n"
        exit 0
    fi
    poor() { without "$@"; }
    exits 10 "where it is hidden, the state folder may lie with the plan" "$gate" run hello.gate --state hidden
    exits 0 "doctor says so" "$gate" doctor --json
    ok "it is out of reach" json '.checks[] | select(.check == "reach") | .verdict == "ok"'
    ;;
esac
exits 4 "a state folder within the plan's" poor "$gate" run hello.gate --state "$plans/state"
ok "refused in words" said "could reach gate's own folder .*--state"
ok "nobody is asked" not said 'approve'
exits 4 "as JSON" poor "$gate" run hello.gate --state "$plans/state" --json
ok "by its code" json '.code == "state_in_reach"'
exits 0 "no run began" poor "$gate" status --state "$plans/state" --json
ok "none" json '.runs == []'
exits 0 "doctor notes it" poor "$gate" doctor --state "$plans/state" --json
ok "with the folder" json '.checks[] | select(.check == "reach") | .verdict == "note" and (.text | test("plans that lie in .*/plans, or above"))'
exits 10 "side by side they get along" poor "$gate" run hello.gate --json
digest=$(jq -r '.phases[0].gate.digest' "$out")
exits 0 "to the end" poor "$gate" approve hello-1 greet --digest "$digest"
ok "it happened" [ "$(cat said.txt)" = hello ]
echo "grant shell.destroy { folders = [\"$tmp\"] }" >>"$GATE_STATE/host.gate"
exits 5 "a grant that can never be used" poor "$gate" doctor
ok "is found" said "^bad  reach .*shell.destroy"
echo "1..$n"
