#!/bin/sh
# gatec check --style: notes on style are given when they are asked for, and what
# can be repaired safely is.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
cat >plan.gate <<'END'
edition 1
## Ships a version.
plan demo "A demonstration"
role owner "Decides"
# The end.
phase d "D" { needs c, a
  action x "X" { run shell.query { argv = ["ls"] } } }

phase c "C" {
  needs b
  action x "X" { run shell.query { argv = ["ls"] } }
}
phase b "B" {
  needs a
  action x "X" { run shell.query { argv = ["ls"] } }
}

# The beginning.
phase a "A" {
  needs nothing
  gate L1 by owner
  action x "X" { run shell.query { argv = ["ls"] } }
}
END
exits 0 "without --style" "$gatec" check plan.gate
ok "nothing is said of style" [ "$(grep -c 'G90' "$err")" -eq 0 ]
exits 0 "with --style" "$gatec" check --style plan.gate
ok "the layout is told" grep -q 'G9001' "$err"
ok "and each phase before what it needs" [ "$(grep -c '^note\[G9003\]' "$err")" -eq 3 ]
exits 0 "--fix repairs both" "$gatec" check --style --fix plan.gate
exits 0 "and then" "$gatec" check --style plan.gate
ok "there is nothing left to say" [ ! -s "$err" ]
ok "the phases stand as they run" [ "$(sed -n 's/^phase \(.\).*/\1/p' plan.gate | tr -d '\n')" = abcd ]
ok "comments went with them" [ "$(grep -A1 '^# The end' plan.gate | tail -1 | cut -c1-7)" = "phase d" ]
ok "and the first kept its own" [ "$(grep -A1 '^# The beginning' plan.gate | tail -1 | cut -c1-7)" = "phase a" ]
exits 0 "the layout is as gatec fmt makes it" "$gatec" fmt --check plan.gate
echo "1..$n"
