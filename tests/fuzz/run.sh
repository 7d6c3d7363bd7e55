#!/bin/sh
# Replays the corpus of every fuzz target that was built: $B/t/fuzz_WHAT with
# corpus/WHAT. `make fuzz` runs them under a fuzzer.
set -u
B=${B:-build}
case $B in /*) ;; *) B=$(pwd)/$B ;; esac
cd "$(dirname "$0")" || exit 1
n=0 status=0
for source in fuzz_*.c; do
    what=${source#fuzz_}
    what=${what%.c}
    n=$((n + 1))
    if "$B/t/fuzz_$what" "corpus/$what" >/dev/null 2>"$B/log/fuzz_$what.err"; then
        echo "ok $n - corpus/$what, $(ls "corpus/$what" | wc -l) inputs"
    else
        echo "not ok $n - corpus/$what"
        echo "# last input: $(tail -1 "$B/log/fuzz_$what.err")"
        status=1
    fi
done
echo "1..$n"
exit $status
