#!/bin/sh
# What a layout promises (fmt_holds.c): of every plan of the repository, also the
# broken ones, of the blocks of the language's description, of each of them with
# a token left out or exchanged, and of COUNT generated plans.
set -u
B=${B:-build}
case $B in /*) ;; *) B=$(pwd)/$B ;; esac
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
shared=${GATE_SHARED:-../shared}
for f in "$shared/language.md" grammar/LANGUAGE.md; do
    # Whole files: the reference has pieces of plans, too.
    [ -f "$f" ] && awk -v name="$tmp/$(basename "$f")" \
        '/^```gate/ { inside = 1; first = 1; next } /^```/ { inside = 0; f = ""; next }
         inside && first { first = 0; f = ""; if (/^edition/) { n++; f = name n ".gate" } } f { print > f }' "$f"
done
n=0
# One line for all files of a way to ask, with those that fail.
ask() { # what fmt_holds takes before the files
    n=$((n + 1))
    find examples tests stdlib "$tmp" -name '*.gate' | LC_ALL=C sort | xargs "$B/t/fmt_holds" "$@" >"$tmp/out" 2>&1
    failed=$(grep -vc '^ok\|^1\.\.' "$tmp/out")
    files=$(grep -c '^ok' "$tmp/out")
    if [ "$failed" -eq 0 ] && [ "$files" -gt 200 ]; then
        echo "ok $n - $name: $files files"
    else
        echo "not ok $n - $name: $files files"
        grep -v '^ok' "$tmp/out" | head -60 | sed 's/^/# /'
    fi
}
name="as they are"
ask
name="each token left out"
ask -d
name="each token exchanged"
ask -x "${SEED:-1}"
n=$((n + 1))
"$B/t/fmt_holds" -g "${COUNT:-10000}" "${SEED:-1}" >"$tmp/out" 2>&1
if grep -q '^ok 1' "$tmp/out"; then
    sed -n "s/^ok 1/ok $n/p" "$tmp/out"
else
    echo "not ok $n - generated plans"
    head -100 "$tmp/out" | sed 's/^/# /'
fi
echo "1..$n"
