#!/bin/sh
# Runs test programs that speak TAP (cmocka's too) and adds up. Every test
# program, unit or script, prints `ok N - name`, `not ok N - name` or
# `ok N - name # skip why`. The last line counts all.
# usage: run.sh [-b BUILD] PROGRAM...
set -u
B=build
[ "${1:-}" = -b ] && { B=$2; shift 2; }
export B CMOCKA_MESSAGE_OUTPUT=TAP
passed=0 failed=0 skipped=0
mkdir -p "$B/log"
for t in "$@"; do
    log=$B/log/$(printf %s "$t" | tr / _).tap
    case $t in *.sh) set -- sh "$t" ;; *) set -- "$t" ;; esac
    start=$(date +%s)
    "$@" >"$log" 2>"$log.err" </dev/null
    status=$?
    # What cmocka skips it calls `not ok N # SKIP name`.
    s=$(grep -c '^not ok [0-9]* # SKIP ' "$log")
    p=$(grep -c '^ok ' "$log"); f=$(($(grep -c '^not ok' "$log") - s))
    skips=$(grep -ci '^ok .*# skip' "$log")
    p=$((p - skips)) s=$((s + skips))
    # A program that dies, or says nothing, has failed.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ $((p + f + s)) -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-44s %5d passed' "$t" "$p"
    [ "$f" -gt 0 ] && printf ', %d FAILED' "$f"
    [ "$s" -gt 0 ] && printf ', %d skipped' "$s"
    printf '  (%ds)\n' $(($(date +%s) - start))
    if [ "$f" -gt 0 ]; then
        grep -A12 '^not ok' "$log" | head -40
        tail -20 "$log.err"
    fi
done
line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
