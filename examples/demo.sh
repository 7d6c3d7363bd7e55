#!/bin/sh
# The main job, shown: a real release of the small program in examples/release,
# from the plan to the verified log. Run by `make demo`.
set -eu
B=${B:-build}
PATH=$(cd "$B" && pwd):$PATH
export PATH
GATE_STATE=$(pwd)/$B/demo/state
export GATE_STATE
rm -rf "$B/demo" examples/release/out
mkdir -p "$B/demo"

bold='' normal=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m') normal=$(printf '\033[0m')
fi
say() { printf '\n%s# %s%s\n' "$bold" "$1" "$normal"; }
# Shows a command, runs it, and insists on its exit status.
run() { # WANT COMMAND...
    want=$1
    shift
    printf '$ %s\n' "$*"
    status=0
    "$@" 2>&1 || status=$?
    [ "$status" -eq "$want" ] || {
        echo "demo: exit status $status, expected $want" >&2
        exit 1
    }
    [ "$want" -eq 0 ] || printf '(exit status %d)\n' "$status"
}

say "The plan: build and test by itself, then ask before anything is published"
run 0 sed -n '/^phase publish/,/^}/p' examples/release/release.gate
say "Prove it before it runs"
run 0 gatec check examples/release/release.gate
say "Run it: it builds, tests, and stops at the gate (10: waiting for a person)"
run 10 gate run examples/release/release.gate --name demo
say "Nothing was published"
run 0 sh -c 'ls examples/release/out 2>/dev/null || echo "examples/release/out does not exist"'
say "What exactly is it that we are asked to approve?"
run 0 gate show demo publish
digest=$(gate show demo publish --json | jq -r .digest)
say "A digest of anything else is refused (4)"
run 4 gate approve demo publish --digest "$(printf '%064d' 0)"
say "Approve exactly what was shown; the run goes on"
run 0 gate approve demo publish --digest "$digest" --comment "tests are green"
say "It is published, tagged, and nobody can approve it again"
run 0 sh -c 'ls -l examples/release/out/public && GIT_DIR=examples/release/out/history.git git tag -n1'
run 4 gate approve demo publish --digest "$digest"
say "The whole story is one log"
run 0 gate log demo
say "which anyone can verify"
run 0 gate verify
