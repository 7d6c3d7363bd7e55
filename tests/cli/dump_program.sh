#!/bin/sh
# `gatec dump --ops` reads a compiled program too, and says what the verifier
# thinks of it.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/hello.gate "$plans"
cd "$plans" || exit 1
exits 0 "a plan is built" "$gatec" build hello.gate
exits 0 "its listing" "$gatec" dump --ops hello.gate
cp "$out" plan.ops
exits 0 "the program's listing" "$gatec" dump --ops hello.gbc
ok "is the same" cmp -s plan.ops "$out"
ok "stderr has the verdict" grep -q "hello.gbc: the verifier accepts it" "$err"
exits 0 "from standard input" sh -c '"$gatec" dump --ops - <hello.gbc'
ok "is the same again" cmp -s plan.ops "$out"
head -c 200 hello.gbc >short.gbc
exits 1 "a piece of a program" "$gatec" dump --ops short.gbc
ok "says where it ends" said "short.gbc: the program ends inside of its"
ok "and lists nothing" [ ! -s "$out" ]
# The byte in which L1 and L2 differ, made L0: a gate that is too weak.
sed 's/gate L2/gate L1/' hello.gate >one.gate
"$gatec" build one.gate -o one.gbc 2>/dev/null
at=$(cmp -l hello.gbc one.gbc | awk '$2 == 2 && $3 == 1 { print $1; exit }')
cp hello.gbc weak.gbc
printf '\000' | dd of=weak.gbc bs=1 seek=$((at - 1)) conv=notrunc 2>/dev/null
exits 1 "a program that was changed" "$gatec" dump --ops weak.gbc
ok "is listed" grep -q "^gates 0: level=0" "$out"
ok "and refused with the reason" said "weak.gbc: the verifier refuses it: action .greet.say_hello. needs a gate of at least L1; its phase has L0"
exits 1 "one of another version" sh -c 'sed "s/GATEPROG./GATEPROG\x63/" hello.gbc >other.gbc; "$gatec" dump --ops other.gbc'
ok "names the version" said "format version 99; this gate reads version 2"
echo "1..$n"
