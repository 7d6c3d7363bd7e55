#!/bin/sh
# `gatec fmt`: in place, to stdout, or only told; also where a plan has mistakes.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
printf 'edition   1\nplan p   "P"\nlet  a = 1\n' >p.gate
printf 'edition 1\nplan p "P"\nlet a = 1\n' >want.gate
cp p.gate was.gate

exits 1 "--check finds a file that would change" "$gatec" fmt --check p.gate
ok "and names it" grep -qx "gatec: p.gate would change" "$err"
ok "on stderr alone" [ ! -s "$out" ]
ok "and leaves it" cmp -s p.gate was.gate
exits 1 "--check --diff" "$gatec" fmt --check --diff p.gate
cp "$out" p.diff
git apply -p0 --unsafe-paths p.diff 2>"$err"
ok "prints what other programs apply" cmp -s p.gate want.gate
exits 0 "--check of what is in its layout" "$gatec" fmt --check --diff p.gate
ok "says nothing" [ ! -s "$out" ]
exits 2 "--diff alone" "$gatec" fmt --diff p.gate
cp was.gate p.gate
chmod 600 p.gate
exits 0 "in place" "$gatec" fmt p.gate
ok "it is the layout" cmp -s p.gate want.gate
ok "and the file keeps its rights" [ "$(stat -c %a p.gate)" = 600 ]
"$gatec" fmt - <was.gate >"$out" 2>"$err"
ok "- goes from stdin to stdout" cmp -s "$out" want.gate

printf 'edition 1\nplan p "P"\nlet   a = 1\nphase a {\n    needs   nothing\n    when   a   b\n}\n' >broken.gate
printf 'edition 1\nplan p "P"\nlet a = 1\n\nphase a {\n  needs nothing\n    when   a   b\n}\n' >want.gate
exits 0 "a plan with a mistake" "$gatec" fmt broken.gate
ok "is laid out around it" cmp -s broken.gate want.gate
exits 0 "and stays so" "$gatec" fmt --check broken.gate
printf '\377\376e' >bytes.gate
cp bytes.gate was.gate
exits 1 "what is no text" "$gatec" fmt bytes.gate
ok "stays as it is" cmp -s bytes.gate was.gate
exits 5 "a file that is not there, and one that is" "$gatec" fmt none.gate broken.gate
echo "1..$n"
