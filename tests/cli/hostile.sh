#!/bin/sh
# Texts that no person writes: nested to the limit and one more, literals of a
# megabyte, 100,000 of everything, four megabytes of one sign. Each ends in a
# diagnostic or is accepted, on a stack of 256 KB: nothing walks user-shaped data
# by recursion. CPU times are printed; a generous timeout is the only limit on
# time, since machines differ. Prints TAP.
. "$(dirname "$0")/tap.sh"
file=$tmp/hostile.gate
MEGA=1048576
SOURCE_BYTES=67108864 # LIM_SOURCE_BYTES
NESTING=64           # LIM_NESTING
head='edition 1
plan p "P"
role owner "O"
'
# repeat N TEXT: the text so often.
repeat() { [ "$1" -gt 0 ] && yes -- "$2" | head -n "$1" | tr -d '\n'; }
# bytes N TEXT: so many bytes of it.
bytes() { yes -- "$2" | tr -d '\n' | head -c "$1"; }

# A sanitizer's frames are many times as large.
stack=256
grep -qa __asan_init "$gatec" && stack=2048

# check NAME WANT: $file is checked (WANT: accepted, refused, either), and what is
# accepted is compiled, laid out and dumped as well.
small() {
    (
        ulimit -s $stack
        exec timeout 60 "$@"
    ) >"$out" 2>"$err" </dev/null
}
verdict() { # WANT STATUS
    case $1 in
    accepted) [ "$2" -eq 0 ] ;;
    refused) [ "$2" -eq 1 ] && grep -q '^error\[G' "$err" ;;
    either) [ "$2" -eq 0 ] || { [ "$2" -eq 1 ] && grep -q '^error\[G' "$err"; } ;;
    esac
}
check() {
    before=$(cut -d' ' -f16,17 /proc/$$/stat)
    small "$gatec" check "$file"
    status=$?
    after=$(cut -d' ' -f16,17 /proc/$$/stat)
    ok "$1: $2" verdict "$2" "$status"
    # Children's user and system time, in hundredths of a second.
    echo "# $1: $(echo "$before $after" | awk '{ printf "%.2f", ($3 + $4 - $1 - $2) / 100 }') s of CPU, $(grep -m1 -o '^error\[G[0-9]*\].*' "$err" | cut -c1-90)"
    [ "$status" -eq 0 ] || return
    for verb in "build -o $tmp/x.gbc" "dump --ast" "dump --tokens" "fmt --check" graph; do
        # shellcheck disable=SC2086 # words of a command
        small "$gatec" $verb "$file"
        status=$?
        # fmt: 1 is "laid out otherwise"; build: 1 is a limit, in words
        [ "$status" -le 1 ] || ok "$1: $verb ends (exit $status)" false
    done
}
plan() { # EXPRESSION of a let
    { printf '%s' "$head"; printf 'let a = '; cat; printf '\nphase x { tell owner "x" }\n'; } >"$file"
}

# --- nested, to the limit and over it ----------------------------------------------
nested() { # NAME OPEN MIDDLE CLOSE
    for deep in $NESTING $((NESTING + 1)); do
        { repeat "$deep" "$2"; printf '%s' "$3"; repeat "$deep" "$4"; } | plan
        if [ "$deep" -eq $NESTING ]; then check "$1, $deep deep" accepted; else check "$1, $deep deep" refused; fi
    done
}
nested "brackets" "(" 1 ")"
nested "lists" "[" 1 "]"
nested "records" "{ b = " 1 " }"
nested "calls" "round(" 1 ")"
nested "indexes" "[1][" 0 "]"
nested "texts in texts" '"{' 1 '}"'
nested_type() { # NAME OPEN CLOSE
    for deep in $NESTING $((NESTING + 1)); do
        { printf '%sinput a: ' "$head"; repeat "$deep" "$2"; printf number; repeat "$deep" "$3"; printf '\nphase x { tell owner "x" }\n'; } >"$file"
        if [ "$deep" -eq $NESTING ]; then check "$1, $deep deep" accepted; else check "$1, $deep deep" refused; fi
    done
}
nested_type "lists of lists" "list of " ""
nested_type "records of records" "{ b: " " }"
# Operators have a limit of their own: LIM_EXPRESSION.
operators() { # NAME OPEN LAST
    for deep in 200 400; do
        { repeat "$deep" "$2"; printf '%s' "$3"; } | plan
        if [ "$deep" -eq 200 ]; then check "$1, $deep deep" accepted; else check "$1, $deep deep" refused; fi
    done
}
operators "not" "not " true
operators "signs" "- " 1
operators "sums" "1 + " 1
operators "choices" "if true then 1 else " 1
{ repeat 100 "every x in [1] satisfies "; printf true; } | plan
check "quantifiers, 100 deep" refused

# --- large ------------------------------------------------------------------------------
{ printf '"'; bytes $MEGA x; printf '"'; } | plan
check "a text of a megabyte" accepted
{ printf '"'; bytes $MEGA '\n'; printf '"'; } | plan
check "a megabyte of escapes" accepted
{ printf '"""\n'; yes '  line' | head -c $MEGA; printf '\n  """'; } | plan
check "a long text of a megabyte" accepted
{ printf '['; bytes $MEGA 1,; printf ']'; } | plan
check "a list of a megabyte" refused
{ printf '"'; bytes $MEGA '{1}'; printf '"'; } | plan
check "a megabyte of values in one text" either
{ printf '%s# ' "$head"; bytes $MEGA x; printf '\nphase x { tell owner "x" }\n'; } >"$file"
check "a comment of a megabyte" accepted
{ printf '%s' "$head"; yes '#' | head -c $((4 * MEGA - 100)); printf '\nphase x { tell owner "x" }\n'; } >"$file"
check "two million comments" accepted
for over in 0 1; do
    { printf '%s' "$head"; printf 'phase x { tell owner "x" }\n'; } >"$file"
    head -c $((SOURCE_BYTES + over - $(wc -c <"$file"))) /dev/zero | tr '\000' ' ' >>"$file"
    small "$gatec" check "$file"
    status=$?
    if [ $over -eq 0 ]; then
        ok "a file at the limit is accepted" [ $status -eq 0 ]
    else
        ok "a file over the limit is refused in words" grep -q "larger than $SOURCE_BYTES bytes" "$err"
    fi
done

# --- many ---------------------------------------------------------------------------------
short='edition 1
plan p
role o
'
chain() { awk -v rev="$1" 'BEGIN {
    for (k = 0; k < 100000; k++) {
        i = rev ? 99999 - k : k
        if (i == 0) print "phase p0{needs nothing tell o\"\"}"
        else printf "phase p%d{needs p%d tell o\"\"}\n", i, i - 1
    } }'; }
{ printf '%s' "$short"; chain 0; } >"$file"
check "100,000 phases in one chain" accepted
{ printf '%s' "$short"; chain 1; } >"$file"
check "100,000 phases in one chain, the last one first" accepted
{ printf '%s' "$short"; chain 0 | sed 's/^phase p0{needs nothing/phase p0{needs p99999/'; } >"$file"
check "100,000 phases in a circle" refused
{ printf '%sphase p{' "$short"; awk 'BEGIN { for (i = 0; i < 100000; i++) printf "action a%d{run time.now{}}\n", i }'; printf 'tell o ""}\n'; } >"$file"
check "100,000 actions in one phase" accepted
{ printf '%s' "$short"; awk 'BEGIN {
    for (i = 0; i < 70000; i++) printf "phase p%d{needs nothing tell o\"\"}\n", i
    printf "phase q{needs p0"; for (i = 1; i < 70000; i++) printf ",p%d", i
    print " tell o\"\"}" }'; } >"$file"
check "a phase that needs 70,000 others" accepted
{ printf '%sphase a{needs nothing tell o""}\nphase q{needs a' "$short"; repeat 99999 ',a'; printf ' tell o""}\n'; } >"$file"
check "100,000 needs of one phase" refused
{ printf '%sphase a{needs nothing tell o""}\nphase q{needs a' "$short"; awk 'BEGIN { for (i = 1; i < 100000; i++) printf ",b%d", i }'; printf ' tell o""}\n'; } >"$file"
check "100,000 needs of phases that are not there" refused
{ printf 'edition 1\nplan p\n'; awk 'BEGIN {
    for (i = 0; i < 50000; i++) printf "role r%d\n", i
    split("any of ,all of ,3 of ", how, ",")
    for (k = 1; k <= 3; k++) {
        printf "phase p%d{needs nothing gate L2 \"x\" by %s r0", k, how[k]
        for (i = 1; i < 50000; i++) printf ",r%d", i
        print " within 1d otherwise stop tell r0\"\"}"
    } }'; } >"$file"
check "50,000 roles of one gate" accepted
{ printf '%s' "$head"; awk 'BEGIN { for (i = 0; i < 150000; i++) printf "use a%d from \"none.gate\"\n", i }'; } >"$file"
check "150,000 uses of a file that is not there" refused
lets() { awk -v rev="$1" -v with="$2" 'BEGIN { for (k = 1; k < 50000; k++) { i = rev ? 50000 - k : k; printf "let a%d=%sa%d\n", i, with, i - 1 } }'; }
{ printf '%slet a0=1\n' "$short"; lets 0 ""; printf 'phase p{tell o"{a49999}"}\n'; } >"$file"
check "50,000 lets in a chain" refused
{ printf '%slet a0=1\n' "$short"; lets 1 ""; printf 'phase p{tell o"{a49999}"}\n'; } >"$file"
check "50,000 lets in a chain, the last one first" refused
{ printf '%slet a0=1\n' "$short"; lets 0 "" | sed 's/=\(a[0-9]*\)/=\1+\1/'; printf 'phase p{tell o"{a49999}"}\n'; } >"$file"
check "50,000 lets that double" refused
{ printf '%slet a0=true\n' "$short"; lets 1 "$(repeat 200 'not ')" | head -n 49999 | tail -n 300; printf 'phase p{tell o"{a300}"}\n'; } >"$file"
check "deep lets within deep lets, the last one first" refused
{ printf '%s' "$head"; bytes $((4 * MEGA - 100)) 'let a=1 '; } >"$file"
check "half a million lets of one name" refused
{ printf '%s' "$head"; bytes $((4 * MEGA - 100)) 'phase a{}'; } >"$file"
check "half a million phases of one name" refused
{ printf '%s' "$head"; yes '# allow G1005: x' | head -c $((4 * MEGA - 100)); } >"$file"
check "a quarter of a million suppressions" either
{ printf '%sphase a {' "$head"; bytes $((4 * MEGA - 100)) ' gate L2'; printf '}\n'; } >"$file"
check "half a million gates of one phase" refused
{ printf '%sphase a { on failure stop' "$head"; bytes $((4 * MEGA - 100)) ' then stop'; printf '}\n'; } >"$file"
check "four megabytes of what a failure leads to" refused
{ printf '%slet a = 1' "$head"; bytes $((4 * MEGA - 100)) '<1'; } >"$file"
check "two million comparisons" refused
{ printf '%slet a = "' "$head"; bytes $((4 * MEGA - 100)) '\q'; printf '"\n'; } >"$file"
check "two million wrong escapes" refused

# --- four megabytes of one sign, at the top and where an expression stands ---------------------
sign_of() { printf '%s' "$1" | sed 's/#/number sign/'; }
for sign in '{' '(' '"' '"{' 'not ' 'a.' 'phase a {' 'let ' ';' '#'; do
    bytes $((4 * MEGA)) "$sign" >"$file"
    check "4 MiB of $(sign_of "$sign")" refused
done
for sign in '{' '(' '[' '"' '"""' '"{' '{}' '}' 'not ' '- ' 'a.' 'a[0]' 'f()' '1+' 'if ' 'every x in ' 'a = ' ','; do
    { printf '%slet x = ' "$head"; bytes $((4 * MEGA - 100)) "$sign"; } >"$file"
    check "4 MiB of $(sign_of "$sign") in an expression" refused
done
bytes $((4 * MEGA)) x | tr x '\000' >"$file"
check "4 MiB of zero bytes" refused
bytes $((4 * MEGA)) x | tr x '\344' >"$file"
check "4 MiB of broken UTF-8" refused
yes '' | head -c $((4 * MEGA)) >"$file"
check "4 MiB of empty lines" refused
echo "1..$n"
