#!/bin/sh
# Takes away or weakens every guard of every example, one at a time: each mutant
# is refused by `gatec check`, or `gatec diff` says that it is weaker; and there is
# an example for every kind of guard.
set -u
B=${B:-build}
case $B in /*) gatec=$B/gatec ;; *) gatec=$(pwd)/$B/gatec ;; esac
top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 status=0
result() { # ok? name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; status=1; }
}
for plan in "$top"/tests/mutate/*.gate "$top"/examples/*/*.gate; do
    grep -q '^plan ' "$plan" || continue
    name=${plan#"$top"/}
    home=$(dirname "$plan")
    mkdir -p "$tmp/m"
    cp -r "$home"/. "$tmp/m" 2>/dev/null
    "$gatec" diff "$plan" "$plan" >/dev/null 2>&1
    result $? "$name is not weaker than itself"
    python3 "$top/tests/mutate/mutate.py" "$plan" "$tmp/m" >"$tmp/list"
    sed 's/^[0-9]* //; s/ in line [0-9]*: .*//' "$tmp/list" >>"$tmp/tried"
    while read -r i what; do
        if ! "$gatec" check "$tmp/m/$i.gate" >/dev/null 2>"$tmp/err"; then
            result 0 "$name: $what (refused)"
            continue
        fi
        "$gatec" diff "$plan" "$tmp/m/$i.gate" >"$tmp/out" 2>&1
        [ $? = 1 ] && grep -q '^weaker ' "$tmp/out"
        r=$?
        result $r "$name: $what (reported)"
        [ $r = 0 ] || sed 's/^/# /' "$tmp/out"
    done <"$tmp/list"
    result "$([ -s "$tmp/list" ]; echo $?)" "$name has guards to weaken"
    rm -rf "$tmp/m"
done
# What no plan has was never weakened.
python3 "$top/tests/mutate/mutate.py" kinds >"$tmp/kinds"
sort -u "$tmp/tried" | cmp -s - "$tmp/kinds"
r=$?
result $r "every kind of guard was weakened somewhere"
[ $r = 0 ] || sort -u "$tmp/tried" | comm -13 - "$tmp/kinds" | sed 's/^/# never: /'
echo "1..$n"
exit $status
