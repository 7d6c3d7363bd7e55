#!/bin/sh
# gatec diff: what it prints, its JSON, its status. What each guard's loss looks
# like is tests/mutate/run.sh's.
set -u
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
cp "$top/tests/mutate/guarded.gate" old.gate
cp old.gate same.gate
exits 0 "the same plan" "$gatec" diff old.gate same.gate
ok "says so" said 'guarded: nothing changed that guards it'
sed 's/# .*//; s/  gate L2/    gate   L2/' old.gate >moved.gate
exits 0 "another layout" "$gatec" diff old.gate moved.gate

sed 's/by all of owner, it_lead/by any of owner, it_lead/' old.gate >new.gate
exits 1 "fewer must agree" "$gatec" diff old.gate new.gate
ok "says who decides, and who did" said '^weaker .*new.gate:[0-9]*: roll_out: decided by any of owner, it_lead; before by all of owner, it_lead$'
exits 0 "more must agree" "$gatec" diff new.gate old.gate
ok "is stronger" said '^stronger .*roll_out: decided by all of'

sed 's/within 2d/within 3d/' old.gate >new.gate
exits 0 "a change that is neither" "$gatec" diff old.gate new.gate
ok "is for a person to judge" said '^changed .*the answer is due within 3d; before 2d'
sed 's/22:00/21:00/' old.gate >new.gate
exits 0 "a narrower window" "$gatec" diff old.gate new.gate
ok "is stronger" said '^stronger .*its window is narrower'
sed 's/^phase clean_up/phase clean_away/' old.gate >new.gate
exits 1 "a renamed phase takes its gate along" "$gatec" diff old.gate new.gate
ok "names the gate" said 'clean_up: its gate at L2 is gone with it'

sed '/^  on failure undo/i\  action more {\n    run file.remove { path = "more.db" }\n    undo none because "What is removed stays removed"\n  }' old.gate |
    sed 's/by all of owner, it_lead/by 2 of owner, it_lead, security/; s/^  on failure undo/  on failure stop/' >new.gate
exits 1 "a new action that destroys" "$gatec" diff old.gate new.gate
ok "is weaker" said '^weaker .*roll_out.more: is new: destroys something with file.remove'

cat >key.gate <<'END'
edition 1
## Sends.
plan sends "Send"
secret token from env "TOKEN"
role owner "Pays"
role it_lead "IT"
connector store "A store" {
  hosts "store.example.org"
  base "https://store.example.org"
  tool put "Put a thing" {
    takes name: text target
    takes key: secret
    put "/things/{name}"
    body json { key = key }
    changes
  }
}
phase send "Send" {
  gate L2 "Send it?" by all of owner, it_lead within 1d otherwise stop
  action one {
    run store.put { name = "a", key = token }
    undo none because "The store keeps what it has"
  }
}
END
if "$gatec" check key.gate >"$out" 2>"$err"; then
    sed 's/^phase send/phase early "Early" {\n  needs nothing\n  gate L2 "Early?" by all of owner, it_lead within 1d otherwise stop\n  action first {\n    run store.put { name = "c", key = token }\n    undo none because "The store keeps what it has"\n  }\n}\n\nphase send/; s/phase send "Send" {/&\n  needs early/' key.gate >spread.gate
    exits 1 "a secret in one more place" "$gatec" diff key.gate spread.gate
    ok "is named" said '^weaker .*early: the secret `token` now goes to store.put'
else
    ok "the plan with a secret checks" false
fi

exits 1 "as JSON" "$gatec" diff --format json old.gate key.gate
ok "JSON says which are weaker" json '.weaker and .plan == "sends" and (.changes | map(select(.kind == "weaker")) | length > 3) and (.changes[0] | has("where") and has("text") and has("gone"))'
exits 1 "a plan with errors" "$gatec" diff old.gate /dev/null
printf 'edition 1\nplan bad "Bad"\nphase a "A" { needs b }\n' >bad.gate
exits 1 "errors in the new plan" "$gatec" diff old.gate bad.gate
ok "are told" said G1001
exits 2 "one plan" "$gatec" diff old.gate
exits 2 "three plans" "$gatec" diff old.gate old.gate old.gate
exits 2 "another format" "$gatec" diff --format svg old.gate old.gate
exits 5 "no such plan" "$gatec" diff old.gate nowhere.gate
echo "1..$n"
