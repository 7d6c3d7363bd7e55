#!/bin/sh
# Both compilers are silent under the flags of the Makefile (-Werror is there):
# whichever did not build this tree builds it once more. Prints TAP.
set -u
B=${B:-build}
n=0
for cc in gcc clang; do
    n=$((n + 1))
    if make --no-print-directory -j2 -s B="$B/$cc" CC=$cc CFLAGS=-O1 SAN= LDFLAGS= all >"$B/$cc.log" 2>&1; then
        echo "ok $n - $cc builds without a warning"
    else
        echo "not ok $n - $cc builds without a warning"
        grep -E 'error|warning' "$B/$cc.log" | head -20 | sed 's/^/# /'
    fi
done
