#!/bin/sh
# kill -9 at random instants: a plan of 30 actions, each of which appends its
# own line to a ledger, is started, approved, and killed again and again, KILLS
# times in all while it works (runs are started anew when they end). After each:
# `gate resume`; what is shown in doubt is settled from the ledger, as a person
# would. In the end every action's line is there, none is there twice, no
# acknowledged decision was lost, and the log verifies. Prints TAP.
#
#   KILLS=300 SEED=1 sh tests/crash/run.sh
set -u
B=${B:-build}
KILLS=${KILLS:-300}
SEED=${SEED:-$$}
ACTIONS=30
gate=$(cd "$B" && pwd)/gate
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/plan"
ledger=$tmp/plan/ledger
GATE_STATE=$tmp/state
export GATE_STATE

cat >"$tmp/plan/append.sh" <<'SH'
#!/bin/sh
echo "$1" >>ledger
SH
chmod +x "$tmp/plan/append.sh"
{
    echo 'edition 1'
    echo 'plan ledger "Thirty lines"'
    echo 'role owner "Owner"'
    echo 'phase lines "Append them" {'
    echo '  gate L2 "Append thirty lines?" by owner within 1d otherwise stop'
    i=1
    while [ $i -le $ACTIONS ]; do
        echo "  action line_$i \"Line $i\" {"
        echo "    run shell.change { argv = [\"./append.sh\", \"$i\"] }"
        echo '    undo none because "A ledger is only appended to"'
        echo '    timeout 30s'
        echo '  }'
        i=$((i + 1))
    done
    echo '}'
} >"$tmp/plan/ledger.gate"

fail() {
    echo "not ok $1 - $2 (SEED=$SEED)"
    echo "# $3"
    "$gate" status "$run" >&2
    "$gate" log "$run" | tail -20 >&2
    exit 1
}

# Whole milliseconds, different each time, the same for the same seed.
awk -v n="$KILLS" -v seed="$SEED" -v most="${MOST_MS:-40}" \
    'BEGIN { srand(seed); for (i = 0; i < n * 10; i++) printf "%.4f\n", (1 + rand() * most) / 1000 }' \
    >"$tmp/instants"

# Settles from the ledger everything that is in doubt.
settle() {
    "$gate" status "$run" --json |
        jq -r '.phases[] | .name as $p | (.in_doubt // [])[] | "\($p).\(.action)"' >"$tmp/doubt"
    while read -r action; do
        line=${action##*line_}
        doubts=$((doubts + 1))
        # Not there: it certainly did not happen, so it may be sent again.
        what=retry
        grep -qx "$line" "$ledger" && what="done"
        "$gate" settle "$run" "$action" "$what" --no-resume >/dev/null 2>&1 ||
            "$gate" settle "$run" "$action" "$what" >/dev/null 2>&1
    done <"$tmp/doubt"
}

ended() { # checks a finished run
    i=1
    while [ $i -le $ACTIONS ]; do
        n=$(grep -cx "$i" "$ledger")
        [ "$n" -eq 1 ] || fail 1 "every line once" "line $i stands $n times after $killed kills"
        i=$((i + 1))
    done
}

start() {
    rm -f "$ledger"
    touch "$ledger"
    "$gate" run "$tmp/plan/ledger.gate" --json >"$tmp/start" 2>/dev/null
    [ $? -eq 10 ] || { echo "not ok 1 - the run waits at its gate"; exit 1; }
    run=$(jq -r .run "$tmp/start")
    digest=$("$gate" show "$run" lines --json | jq -r .digest)
    "$gate" approve "$run" lines --digest "$digest" --no-resume >/dev/null 2>&1 ||
        fail 2 "the decision is acknowledged" "approve exited $?"
}

killed=0
doubts=0
runs=0
run=
tries=0
while [ "$killed" -lt "$KILLS" ] && read -r instant; do
    tries=$((tries + 1))
    [ -n "$run" ] || { start; runs=$((runs + 1)); }
    timeout -s KILL "$instant" "$gate" resume "$run" >/dev/null 2>&1
    case $? in
    137) killed=$((killed + 1)) ;; # killed in flight
    0) ended; run=; continue ;;    # it was faster
    10) ;;                         # something is in doubt
    *) fail 3 "resume goes on" "exit status $?" ;;
    esac
    state=$("$gate" status "$run" --json | jq -r '.phases[0].state')
    case $state in
    approved | running | in_doubt | done | staged | checking) ;;
    *) fail 4 "no acknowledged decision is lost" "the phase is $state after an acknowledged approval" ;;
    esac
    settle
    if [ "$(grep -c . "$ledger")" -gt $ACTIONS ]; then
        fail 1 "every line once" "more lines than actions"
    fi
done <"$tmp/instants"
# To the end, undisturbed.
n=0
while [ -n "$run" ]; do
    "$gate" resume "$run" >/dev/null 2>&1
    case $? in
    0) ended; run= ;;
    10) settle ;;
    *) fail 3 "resume goes on" "exit status $?" ;;
    esac
    n=$((n + 1))
    [ $n -le 40 ] || fail 3 "resume goes on" "no end after 40 resumes"
done
echo "# $killed kills of a working process in $tries tries, over $runs runs; $doubts times in doubt"
echo "ok 1 - every action's line is there once"
echo "ok 2 - decisions were acknowledged"
echo "ok 3 - every run went on to its end"
echo "ok 4 - no acknowledged decision was lost"
if "$gate" verify >"$tmp/verify" 2>&1; then
    echo "ok 5 - the log verifies"
else
    echo "not ok 5 - the log verifies"
    sed 's/^/# /' "$tmp/verify"
fi
# Instants that came too late do not count: there are ten times as many.
if [ "$killed" -eq "$KILLS" ]; then
    echo "ok 6 - $KILLS kills hit a working process"
else
    echo "not ok 6 - $KILLS kills hit a working process (only $killed)"
fi
