#!/bin/sh
# How `gatec check` tells: one line that counts, whatever the number of files;
# colour on a terminal only; each code with a page.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
printf 'edition 1\nrole boss "B";\n' >roles.gate
plan() { # NAME BODY
    printf 'edition 1\nplan %s "P"\nuse r from "roles.gate"\n\nphase a "A" {\n  needs nothing\n  gate L1 by r.boss\n  action x {\n    run shell.query { argv = ["x"] }\n  }\n%s}\n' "$1" "$2"
}
plan one '' >one.gate
plan two '  foo bar
' >two.gate
printf 'edition 1\nplan fine "G"\n\nphase a "A" {\n  needs nothing\n  action x {\n    run shell.query { argv = ["x"] }\n  }\n}\n' >good.gate

exits 1 "several files" "$gatec" check one.gate two.gate good.gate
ok "what both use is told once" [ "$(grep -c 'G0001' "$err")" -eq 2 ] # headline, and where more is said
ok "in the order of the files" [ "$(grep -o '┌─ .*' "$err" | tr '\n' ' ')" = "┌─ roles.gate:2:14 ┌─ two.gate:11:3 " ]
ok "one line counts" [ "$(tail -1 "$err")" = "2 errors in 2 files" ]
exits 1 "the same as JSON" "$gatec" check --format json one.gate two.gate good.gate
ok "is one list" json '[.diagnostics[] | [.file, .code]] == [["roles.gate", "G0001"], ["two.gate", "G0008"]]'
exits 1 "one file" "$gatec" check two.gate
ok "is named in the last line" [ "$(tail -1 "$err")" = "two.gate: 2 errors" ]
exits 0 "good files" "$gatec" check good.gate good.gate
ok "say nothing" [ ! -s "$err" ]

# script(1) gives a terminal, where there is one to be had.
on_terminal() { script -qec "$1" /dev/null </dev/null >"$out" 2>"$err"; }
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    on_terminal "env -u NO_COLOR TERM=xterm '$gatec' check two.gate"
    ok "colour on a terminal" grep -q "$(printf '\033\\[1;31m')" "$out"
    on_terminal "env NO_COLOR=1 TERM=xterm '$gatec' check two.gate"
    ok "none with NO_COLOR" not grep -q "$(printf '\033')" "$out"
    on_terminal "env -u NO_COLOR TERM=dumb '$gatec' check two.gate"
    ok "none on a dumb terminal" not grep -q "$(printf '\033')" "$out"
else
    skip "colour on a terminal" "script(1) gives no terminal here"
fi
env -u NO_COLOR TERM=xterm "$gatec" check two.gate >"$out" 2>"$err"
ok "none in a file" not grep -q "$(printf '\033')" "$err"

exits 0 "gatec explain lists all codes" "$gatec" explain
cp "$out" codes
ok "each has a folder of cases" [ "$(cut -c1-5 codes | sort)" = "$(cd "$top/tests/diag" && ls -d G????)" ]
pages() {
    while read -r code severity _; do
        "$gatec" explain "$code" >page || return 1
        grep -q "^$code ($severity): " page && grep -q '^Not so:$' page && grep -q '^But so:$' page &&
            [ "$(grep -c '^    ' page)" -ge 2 ] || { echo "$code" >"$out"; return 1; }
    done <codes
}
ok "each has a page with a wrong and a right example" pages
exits 0 "small letters will do" "$gatec" explain g1005
exits 0 "and digits alone" "$gatec" explain 1005
exits 2 "there is no such code" "$gatec" explain G9999
exits 2 "this is no code" "$gatec" explain gate
echo "1..$n"
