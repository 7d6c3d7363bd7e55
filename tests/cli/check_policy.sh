#!/bin/sh
# gatec check with a host's files: who holds the roles, what is named wrongly in
# them, and the options that say when and how many.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
cat >plan.gate <<'END'
edition 1
plan demo "A demonstration"
role owner "Decides"
role it_lead "Knows how"

phase ship "Ship it" {
  gate L2 "Ship it?" by all of owner, it_lead within 1d otherwise stop
  action publish {
    run shell.change { argv = ["./publish.sh"] }
    undo none because "What is published stays published"
  }
}
END
cat >host.gate <<'END'
edition 1
person jana "Jana Nováková" { os "jana" email "jana@example.org" }
person eva "Eva Malá" { os "eva" }
person ivan "Ivan Tichý" { os "ivan" }
role owner is jana, eva, ivan
role it_lead is eva, jana
setting assure_least = "session"
policy asked "Changes are asked for" {
  for every phase where phase.level >= L2 require phase.gate.quorum >= 2
}
END
cat >tenant.gate <<'END'
edition 1
role owner is eva
role it_lead is eva
END
cat >rules.gate <<'END'
edition 1
let least = 2
policy two "Two people agree" {
  for every gate where gate.level >= L2 require gate.quorum >= least
}
END

exits 0 "a plan alone" "$gatec" check plan.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "a plan whose roles two people can fill" "$gatec" check --policy host.gate plan.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "a library of policies" "$gatec" check --policy host.gate --policy rules.gate plan.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "a tenant's file may speak of the host's people" "$gatec" check --policy host.gate --policy tenant.gate tenant.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "and stands alone where host.gate is not at hand" "$gatec" check tenant.gate

exits 1 "whom host and tenant both name is one person, not two" \
    "$gatec" check --policy host.gate --policy tenant.gate plan.gate
ok "which is a quorum that cannot be met" grep -q '^error\[G4004\]' "$err"
exits 1 "the same as JSON" "$gatec" check --format json --policy host.gate --policy tenant.gate plan.gate
ok "names the plan" json '.diagnostics | map(select(.code == "G4004")) | length == 1 and .[0].file == "plan.gate"'

sed 's/is jana, eva,/is jana, eve,/' host.gate >others.gate
exits 1 "a person whom nobody knows, in a file of another name" "$gatec" check --policy host.gate --policy others.gate plan.gate
ok "is told of that file" grep -q 'others.gate:5:21' "$err"
ok "with the near name" grep -q 'did you mean `eva`' "$err"
ok "a person described twice is told, too" grep -q '^error\[G1003\]' "$err"
ok "and no plan is judged by it" grep -q 'no plan was checked' "$err"
mkdir bad && cp others.gate bad/host.gate
exits 1 "host.gate alone knows everybody" "$gatec" check bad/host.gate
ok "and says whom it does not know" grep -q '^error\[G1001\]' "$err"

exits 0 "one person away" "$gatec" check --policy host.gate --absent 1 plan.gate
ok "nobody is missed" [ ! -s "$err" ]
exits 0 "two people away" "$gatec" check --policy host.gate --absent=2 plan.gate
ok "both who know how are missed" grep -q '^warning\[G4020\]: without .*eva' "$err"

exits 2 "a plan is no policy" "$gatec" check --policy plan.gate plan.gate
ok "and is called one" grep -q 'plan.gate is a plan' "$err"
exits 5 "a policy file that is not there" "$gatec" check --policy nowhere.gate plan.gate
exits 2 "--policy without a file" "$gatec" check plan.gate --policy
for word in '' x 1x 100 -1; do
    exits 2 "--absent $word is no number of people" "$gatec" check plan.gate --absent "$word"
done
for word in '' today 2026-02-30 2026-11; do
    exits 2 "--start $word is no day" "$gatec" check plan.gate --start "$word"
done
exits 0 "--start and --style" "$gatec" check plan.gate --start 2026-11-24 --style

# The table of texts grows while the rules are compiled: at every size, the name
# of a calendar is found in it.
wrong=
i=0
while [ $i -lt 80 ]; do
    {
        echo 'edition 1'
        echo 'plan demo "A demonstration"'
        echo 'calendar evenings { zone "Europe/Bratislava" open Tue..Thu 18:00..22:00 }'
        echo 'policy many {'
        k=0
        while [ $k -lt $i ]; do
            echo "  for every action require action.name != \"word_$k\""
            k=$((k + 1))
        done
        echo '  for every action require action.only_during(evenings)'
        echo '}'
        echo 'phase look { action look { only during evenings run shell.query { argv = ["./look"] } } }'
    } >many.gate
    "$gatec" check many.gate >"$out" 2>"$err" || wrong="$wrong $i"
    i=$((i + 1))
done
ok "calendars of rules behind 0 to 79 other texts" [ -z "$wrong" ]
echo "1..$n"
