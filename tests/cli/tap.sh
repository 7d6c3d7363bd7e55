# Sourced by the transcripts: a scratch folder, TAP, and a few checks.
# shellcheck shell=sh
B=${B:-build}
B=$(cd "$B" && pwd)
gate=$B/gate
gatec=$B/gatec
top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# State and plans lie side by side: a plan's programs may reach its folder, and
# where the host cannot hide the state folder in it, they are refused.
GATE_STATE=$tmp/state
plans=$tmp/plans
mkdir "$plans"
export GATE_STATE gate gatec top plans
n=0
out=$tmp/out.txt
err=$tmp/err.txt

# ok NAME CONDITION...: the condition is a command.
ok() {
    n=$((n + 1))
    name=$1
    shift
    if "$@"; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        echo "# failed: $*"
        sed 's/^/# out: /' "$out" 2>/dev/null | tail -15
        sed 's/^/# err: /' "$err" 2>/dev/null | tail -15
    fi
}
# exits WANT NAME COMMAND...: runs it, keeps what it printed, tests its status.
exits() {
    want=$1
    name=$2
    shift 2
    "$@" >"$out" 2>"$err" </dev/null
    got=$?
    ok "$name (exit $want)" [ "$got" -eq "$want" ]
}
said() { grep -q -e "$1" "$out" "$err"; }
not() { ! "$@"; }
json() { jq -e "$1" "$out" >/dev/null; } # the last output, as JSON
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip $2"
}
desk() { # VERSION [EFFECT]: a pack with a tool that reads, and one that changes or has that effect
    cat <<END
edition 1
connector desk "The help desk" {
  version $1
  hosts "desk.example.org"
  base "https://desk.example.org/api"
  tool ticket "Read a ticket" {
    takes id: number
    gives status: text from "/status"
    get "/tickets/{id}"
    reads
  }
  tool note "Write a note" {
    takes id: number
    post "/tickets/{id}/notes"
    ${2:-changes}
  }
}
END
}
