#!/bin/sh
# Each check of the verifier compiled out, one at a time: its tests must fail. A check
# whose absence nobody notices is named with its place. Prints TAP.
# usage: run.sh [N...]   these rows of build/gen/checks/list alone
set -u
B=${B:-build}
case $B in /*) ;; *) B=./$B ;; esac
list=$B/gen/checks/list
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
[ $# -gt 0 ] || set -- $(seq "$(wc -l <"$list")")
status=0

if { "$B/t/checks_verify" && "$B/t/checks_flow"; } >"$out" 2>&1; then
    echo "ok 1 - with every check in its place the tests pass"
else
    echo "not ok 1 - with every check in its place the tests pass"
    sed 's/^/# /' "$out"
    status=1
fi

# A check that is gone may let in a loop that has no end: ten seconds of processor
# time are a hundred times what all tests take. The first failure ends a trial.
# shellcheck disable=SC2016
printf '%s\n' "$@" | CMOCKA_TEST_ABORT=1 xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 20 sh -c '
    ulimit -c 0; ulimit -t 10
    for n; do
        export CHECK_OFF=$n
        "$0_verify" >/dev/null 2>&1 && "$0_flow" >/dev/null 2>&1 && echo "$n"
    done; :' "$B/t/checks" >"$out" 2>/dev/null
unseen=$(wc -l <"$out")
line="$(($# - unseen)) of $# checks of the verifier are missed by its tests when they are compiled out"
if [ "$unseen" = 0 ]; then
    echo "ok 2 - $line"
else
    echo "not ok 2 - $line"
    sort -n "$out" | while read -r n; do sed -n "s/^$n /# not missed: /p" "$list"; done
    status=1
fi
echo "1..2"
exit $status
