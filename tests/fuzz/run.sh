#!/bin/sh
# Replays the corpus of every fuzz target that was built: $B/t/fuzz_WHAT with
# corpus/WHAT. `make fuzz` runs them under a fuzzer.
set -u
B=${B:-build}
case $B in /*) ;; *) B=$(pwd)/$B ;; esac
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 status=0
for source in fuzz_*.c; do
    what=${source#fuzz_}
    what=${what%.c}
    n=$((n + 1))
    if "$B/t/fuzz_$what" "corpus/$what" >"$tmp/out" 2>"$tmp/err"; then
        echo "ok $n -$(sed -n 's/^ok 1 -//p' "$tmp/out")"
    else
        echo "not ok $n - corpus/$what"
        tail -3 "$tmp/err" | sed 's/^/# /'
        status=1
    fi
done
echo "1..$n"
exit $status
