#!/bin/sh
# Diagnostics, to the letter. A folder a code: bad.gate (and bad-NAME.gate) must
# give expected.txt (expected-NAME.txt) on stderr and expected.json as JSON,
# with that code among them; good.gate must give nothing at all. A code of
# diag.def without a folder is a failure, and a folder without a code.
#
# What `gatec check` accepts and another command refuses has a file `command` in
# its folder: a line of shell with $gatec, $gate, $file and $tmp (an empty
# folder) in it, which must fail with expected.txt on stderr.
#
# A case that only arguments bring about has them in a file `args`; they count for
# all cases of the folder.
#
# UPDATE=1 writes what gatec says now into the expected files: read each before
# you keep it. A message is good when a project manager can act on it.
set -u
B=${B:-build}
case $B in /*) ;; *) B=$(pwd)/$B ;; esac
gatec=$B/gatec
gate=$B/gate
export gatec gate
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 status=0
result() { # ok? name [what differed]
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        status=1
        [ -f "${3:-}" ] && sed 's/^/# /' "$3"
    fi
}
# shellcheck disable=SC2086 # $args is a list of words
one() { # folder, bad file, expected without its ending
    "$gatec" check $args "$2" >"$tmp/out" 2>"$tmp/err"
    text=$?
    "$gatec" check $args --format json "$2" >"$tmp/json" 2>"$tmp/jerr"
    json=$?
    if [ -n "${UPDATE:-}" ]; then
        cp "$tmp/err" "$3.txt"
        cp "$tmp/json" "$3.json"
    fi
    want=0
    grep -q '"severity":"error"' "$3.json" && want=1
    diff -u "$3.txt" "$tmp/err" >"$tmp/diff" && diff -u "$3.json" "$tmp/json" >>"$tmp/diff"
    r=$?
    grep -q "^[a-z]*\[$1\]: " "$3.txt" && grep -q "\"code\":\"$1\"" "$3.json" ||
        { echo "$1 is not reported" >>"$tmp/diff"; r=1; }
    if [ "$text" != "$want" ] || [ "$json" != "$want" ]; then echo "exit $text, $json; not $want" >>"$tmp/diff"; r=1; fi
    [ -s "$tmp/out" ] && { echo "text on stdout" >>"$tmp/diff"; r=1; }
    [ -s "$tmp/jerr" ] && { echo "messages beside JSON" >>"$tmp/diff"; r=1; }
    result $r "$1 $2" "$tmp/diff"
}
other() { # folder, bad file, expected without its ending
    mkdir "$tmp/state" || exit 1
    file=$2 tmp=$tmp/state sh -c "$(cat command)" >"$tmp/out" 2>"$tmp/err"
    other=$?
    rm -rf "$tmp/state"
    [ -n "${UPDATE:-}" ] && cp "$tmp/err" "$3.txt"
    diff -u "$3.txt" "$tmp/err" >"$tmp/diff"
    r=$?
    grep -q "\[$1\]" "$3.txt" || { echo "$1 is not reported" >>"$tmp/diff"; r=1; }
    [ "$other" != 0 ] || { echo "the command did not fail" >>"$tmp/diff"; r=1; }
    [ -s "$tmp/out" ] && { echo "text on stdout" >>"$tmp/diff"; r=1; }
    result $r "$1 $2" "$tmp/diff"
}
for code in $("$gatec" explain | cut -d' ' -f1); do
    if [ ! -f "$code/bad.gate" ] || [ ! -f "$code/good.gate" ]; then
        result 1 "$code has no case"
        continue
    fi
    cd "$code" || exit 1
    args=$(cat args 2>/dev/null)
    for bad in bad.gate bad-*.gate; do
        [ -f "$bad" ] || continue
        name=${bad#bad}
        how=one
        [ -f command ] && how=other
        $how "$code" "$bad" "expected${name%.gate}"
    done
    # shellcheck disable=SC2086
    "$gatec" check $args good.gate >"$tmp/out" 2>&1
    r=$?
    [ -s "$tmp/out" ] && r=1
    result $r "$code good.gate" "$tmp/out"
    cd ..
done
"$gatec" explain | cut -d' ' -f1 >"$tmp/codes"
for folder in G*/; do
    grep -qx "${folder%/}" "$tmp/codes" || result 1 "${folder%/} is a code"
done
echo "1..$n"
exit $status
