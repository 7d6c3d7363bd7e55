#!/bin/sh
# gatec build and gatec diff under a host: the packs that it lists are believed,
# and nothing of it stands in the program.
# shellcheck source=tests/cli/tap.sh
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
unset GATE_PACKS
mkdir packs desk
cat >packs/desk.gate <<'END'
edition 1
connector desk "The help desk" {
  version 1.2
  hosts "desk.example.org"
  base "https://desk.example.org/api"
  tool note "Write a note" {
    takes id: number
    post "/tickets/{id}/notes"
    changes
  }
}
END
cat >plan.gate <<'END'
edition 1
plan demo "A demonstration"
use desk 1.2
role owner "Pays"

phase look "Look at the ticket" {
  gate L1 by owner
  action write "Write it down" {
    timeout 1m
    run desk.note { id = 12 }
    undo none because "A note stays in the history"
  }
}
END
cat >desk/host.gate <<'END'
edition 1
use desk 1.2
person ann "Ann" { os "ann" email "ann@desk.example" }
person bob "Bob" { os "bob" }
role owner is ann, bob
grant desk.note { hosts = ["desk.example.org"] }
policy asked "Changes are told" {
  for every phase where phase.level >= L1 require phase.gate.people >= 2
}
END
mkdir desk/packs && cp packs/desk.gate desk/packs
"$gatec" lock desk/host.gate >"$out" 2>"$err" || exit 1

exits 0 "the plan is right where the pack is listed" "$gatec" check --policy desk/host.gate plan.gate
exits 1 "without the host nobody lists it" "$gatec" build plan.gate
ok "so it counts as destroying" said 'G4009'
ok "and nothing is written" [ ! -e plan.gbc ]
exits 0 "under the host it is built" "$gatec" build plan.gate --policy desk/host.gate
ok "nothing is said" [ ! -s "$err" ]
exits 0 "with a pack that changes, at L1" "$gatec" dump --ops plan.gbc
ok "as the pack says, which is no destroying one" said 'tool="note" from=0:desk effect=2 '
ok "nobody of the host stands in it" not grep -q -e ann -e bob -e desk.example plan.gbc
exits 0 "by another name" "$gatec" build --policy=desk/host.gate plan.gate -o again.gbc
ok "the same bytes" cmp -s plan.gbc again.gbc

# A plan that needs no host is the same program with one and without.
sed 's/use desk 1.2//; s/role owner "Pays"/role owner "Pays" is zoe/; s/desk.note { id = 12 }/shell.change { argv = ["make"] }/
     s/gate L1.*/gate L2 "Write it?" by owner within 1d otherwise stop/' plan.gate >alone.gate
echo 'grant shell.change { programs = ["make"], folders = ["."] }' >>desk/host.gate
exits 0 "a plan alone" "$gatec" build alone.gate -o a.gbc
exits 0 "and under a host" "$gatec" build alone.gate -o b.gbc --policy desk/host.gate
ok "are one program" cmp -s a.gbc b.gbc
ok "which says whom the plan itself names" grep -q zoe b.gbc

sed 's/people >= 2/people >= 3/' desk/host.gate >desk/strict.gate
exits 1 "a policy that does not hold" "$gatec" build alone.gate -o c.gbc --policy desk/strict.gate
ok "is told" said 'G8001'
ok "and nothing is written" [ ! -e c.gbc ]
mkdir bad
printf 'edition 1\nperson ann "Ann" { os "ann" }\nrole owner is anne\n' >bad/host.gate
exits 1 "a host's file that is wrong" "$gatec" build alone.gate -o c.gbc --policy bad/host.gate
ok "is told of that file" said 'bad/host.gate:3:15'
ok "and no plan is judged by it" said 'no plan was built: first repair what --policy names'
ok "nor written" [ ! -e c.gbc ]
exits 2 "a plan is no policy" "$gatec" build alone.gate --policy plan.gate
ok "and is called one" said 'gatec build: plan.gate is a plan'
exits 5 "a policy file that is not there" "$gatec" build alone.gate -o c.gbc --policy nowhere.gate
exits 2 "--policy without a file" "$gatec" build alone.gate --policy

# --- diff -----------------------------------------------------------------------------
sed 's/role owner "Pays"/role owner "Pays" is zoe/' plan.gate >new.gate
exits 1 "plans that are right under the host alone" "$gatec" diff plan.gate new.gate
ok "are not compared without it" said 'plan.gate has errors'
exits 0 "under it they are" "$gatec" diff plan.gate new.gate --policy desk/host.gate
ok "who holds a role is said there" not said zoe
sed 's/gate L1 by owner/gate L0/' plan.gate >open.gate
exits 1 "a plan that keeps to the host no more" "$gatec" diff plan.gate open.gate --policy desk/host.gate
ok "has errors" said 'open.gate has errors'
sed 's/gate L1 by owner/gate L2 "Write it?" by owner within 1d otherwise stop/' plan.gate >strict.gate
exits 1 "one that asks less" "$gatec" diff strict.gate plan.gate --policy desk/host.gate --format json
ok "is weaker" json '.weaker and (.changes | map(select(.kind == "weaker")) | length > 0)'
exits 0 "one that asks more" "$gatec" diff --policy=desk/host.gate plan.gate strict.gate
exits 1 "a host's file that is wrong" "$gatec" diff plan.gate new.gate --policy bad/host.gate
ok "and no plan is judged by it" said 'no plans were compared: first repair what --policy names'
exits 2 "--policy without a file" "$gatec" diff plan.gate new.gate --policy
for verb in build diff; do
    exits 0 "the page of $verb" "$gatec" "$verb" --help
    ok "tells of it" grep -q -- '--policy FILE' "$out"
done

# --- and it runs where that host is -----------------------------------------------------
exits 0 "a state folder" "$gate" init --profile solo
grep -e '^use' -e 'grant desk' desk/host.gate >>"$GATE_STATE/host.gate"
mkdir "$GATE_STATE/packs" && cp packs/desk.gate "$GATE_STATE/packs"
exits 0 "whose host lists the pack" "$gatec" lock "$GATE_STATE/host.gate"
exits 0 "the plan is built for it" "$gatec" build plan.gate --policy "$GATE_STATE/host.gate"
exits 4 "it is loaded, and comes to what this version cannot run" "$gate" run plan.gbc --json
ok "which is a connector's tool" json '.code == "not_in_this_version" and (.message | test("connector"))'
sed -i '/desk/d' "$GATE_STATE/host.gate"
exits 4 "a host that does not list the pack takes nobody's word for it" "$gate" run plan.gbc --json
ok "and says so" json '.code == "pack_not_listed"'
echo "1..$n"
