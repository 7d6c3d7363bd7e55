#!/bin/sh
# Every limit of vm/os/limits.def is printed by `gate limits` with its value,
# and is named by at least one test: a new limit without a test fails here.
# Prints TAP.
set -u
B=${B:-build}
cd "$(dirname "$0")/../.." || exit 1
case $B in /*) gate=$B/gate ;; *) gate=./$B/gate ;; esac
. tests/ok.sh
rows=$(sed -n 's/^LIMIT(\([A-Z0-9_]*\), *\([0-9]*\), .*/\1 \2/p' vm/os/limits.def)
# A row that this pattern does not read must not be passed over.
all=$(grep -c '^LIMIT(' vm/os/limits.def)
[ "$(echo "$rows" | wc -l)" -eq "$all" ] && bad= || bad="a row of limits.def has another form"
ok "limits.def is read" "$bad"

printed=$("$gate" limits --json | jq -r '.limits[] | "\(.name) \(.value)"')
[ "$printed" = "$rows" ] && bad= || bad="limits.def has
$rows
gate limits --json has
$printed"
ok "gate limits --json has each with its value" "$bad"

words=$("$gate" limits)
bad=$(echo "$rows" | while read -r name value; do
    echo "$words" | grep -Eq "^$name +$value [^ ]+ +[^ ]" || echo "$name"
done)
ok "gate limits has each, with unit and reason" "$bad"

# The words of all tests once, instead of a search for each limit: LIM_NAME in
# C, the name alone in a script.
named=$({
    find tests -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' \) -exec grep -ohE '\bLIM_[A-Z0-9_]+' {} + | sed 's/^LIM_//'
    find tests -type f -name '*.sh' -exec grep -ohE '\b[A-Z][A-Z0-9_]+\b' {} +
} | sort -u)
bad=$(echo "$rows" | while read -r name value; do
    echo "$named" | grep -qx "$name" || echo "no test names $name"
done)
ok "each is named by a test" "$bad"
echo "1..$n"
