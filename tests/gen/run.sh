#!/bin/sh
# Generated plans keep to the rules: nearly all at the first try, so that what
# the checker newly refuses shows here (its rule is wrong, or the generator does
# not know it yet), and all when asked for valid ones. Prints TAP.
set -u
B=${B:-build}
COUNT=${COUNT:-1000}
n=0
ok() { # name, test...
    n=$((n + 1))
    name=$1
    shift
    if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}
valid() { # how many of COUNT
    "$B/t/gen_plan" -s "$COUNT" "$@" | tee /dev/stderr | sed -n 's/^\([0-9]*\) of .*/\1/p'
}
ok "99 of 100 plans over the whole language check at the first try" [ "$(valid | tail -1)" -ge $((COUNT * 99 / 100)) ]
ok "as many of those that the engine runs, in odd layout" [ "$(valid runs odd | tail -1)" -ge $((COUNT * 99 / 100)) ]
ok "all of those that are asked to be valid" [ "$(valid valid odd | tail -1)" -eq "$COUNT" ]
ok "a third of those with a rule broken are refused, at least" [ "$(valid valid mutate 2>/dev/null | tail -1)" -le $((COUNT * 2 / 3)) ]
ok "one seed, one plan" [ "$("$B/t/gen_plan" 7 odd | cksum)" = "$("$B/t/gen_plan" 7 odd | cksum)" ]
echo "1..$n"
