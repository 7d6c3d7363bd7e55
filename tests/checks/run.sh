#!/bin/sh
# Each check of verifier and interpreter compiled out, one at a time: their unit tests
# must fail. One whose absence nobody notices is named with its place. Prints TAP.
# usage: run.sh [verifier|interpreter N...]   these rows of build/gen/checks/*/list alone
set -u
B=${B:-build}
case $B in /*) ;; *) B=./$B ;; esac
equal=$(dirname "$0")/equal
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$(dirname "$0")/../ok.sh"

# A check that is gone may let in a loop that has no end: twenty seconds of processor
# time are more than twenty times what all tests take. The first failure ends a trial.
unseen() { # two tests, numbers; prints the numbers that both pass without
    first=$B/t/checks_$1 second=$B/t/checks_$2
    shift 2
    # shellcheck disable=SC2016
    printf '%s\n' "$@" | CMOCKA_TEST_ABORT=1 xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 20 sh -c '
        ulimit -c 0; ulimit -t 20
        first=$0 second=$1; shift
        for n; do
            export CHECK_OFF=$n
            "$first" >/dev/null 2>&1 && "$second" >/dev/null 2>&1 && echo "$n"
        done; :' "$first" "$second" 2>/dev/null
}

group() { # name, two tests, numbers: none are all
    name=$1 first=$2 second=$3 list=$B/gen/checks/$1/list
    shift 3
    [ $# -gt 0 ] || set -- $(seq "$(wc -l <"$list")")
    bad=
    for t in "$first" "$second"; do
        "$B/t/checks_$t" >"$tmp/log" 2>&1 || bad=$(cat "$tmp/log")
    done
    ok "with every check of the $name in its place its tests pass" "$bad"
    unseen "$first" "$second" "$@" >"$tmp/unseen"
    bad=$(while read -r i; do
        place=$(sed -n "s/^$i //p" "$list")
        what=$(echo "$place" | sed 's/:[0-9]*: /: /')
        echo "$what" >>"$tmp/all"
        grep -qxF -e "$what" "$equal" || echo "not missed: $place"
    done <"$tmp/unseen")
    ok "$(($# - $(wc -l <"$tmp/unseen"))) of $# checks of the $name are missed when they are compiled out" "$bad"
}

case ${1:-all} in
verifier) shift; group verifier verify flow "$@" ;;
interpreter) shift; group interpreter unverified vm "$@" ;;
all)
    group verifier verify flow
    group interpreter unverified vm
    ok "the others are those of tests/checks/equal" \
        "$(grep '^vm/' "$equal" | grep -vxFf "$tmp/all" | sed 's/^/missed, or gone: /')"
    ;;
esac
echo "1..$n"
exit $status
