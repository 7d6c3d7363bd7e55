#!/bin/sh
# Packs when a program is loaded: the host lists them in host.gate and pins their
# bytes in gate.lock; a program of other bytes is refused, with both digests.
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1
unset GATE_PACKS
cat >plan.gate <<'END'
edition 1
plan demo "A demonstration"
use desk 1.2
role owner "Owner"
phase look "Look at the ticket" {
  gate L2 "Write it?" by owner within 1d otherwise stop
  action write "Write it down" {
    timeout 1m
    run desk.note { id = 12 }
    undo none because "A note stays in the history"
  }
}
END
mkdir packs
desk 1.2 changes >packs/desk.gate
sum() { sha256sum "$1" | cut -d' ' -f1; }
ours=$(sum packs/desk.gate)
exits 0 "a plan with a pack is built" "$gatec" build plan.gate -o plan.gbc
exits 0 "a state folder" "$gate" init --profile solo
cp "$GATE_STATE/host.gate" "$tmp/plain"

# --- nobody lists it -----------------------------------------------------------------
exits 4 "a pack that the host does not list" "$gate" run plan.gbc
ok "is named with its bytes" said "the pack \`desk\` sha256:$ours, and host.gate lists no bytes of that name"
ok "and the way out" said 'use desk 1.2, and pins it: gatec lock host.gate'
exits 4 "from source, too" "$gate" run plan.gate --json
ok "with a word for scripts" json '.code == "pack_not_listed"'
exits 0 "status" "$gate" status --json
ok "nothing was started" json '.runs == []'

# --- listed, and not pinned ------------------------------------------------------------
mkdir "$GATE_STATE/packs"
cp packs/desk.gate "$GATE_STATE/packs/desk.gate"
echo 'use desk 1.2' >>"$GATE_STATE/host.gate"
exits 4 "a pack without a lock is not listed" "$gate" run plan.gbc
ok "in words" said 'no gate.lock beside it pins them'
exits 0 "the host's lock" "$gatec" lock "$GATE_STATE/host.gate"
exits 4 "a pack that is listed and pinned comes to what this version cannot run" "$gate" run plan.gbc --json
ok "which is another answer" json '.code == "not_in_this_version" and (.message | test("connector"))'

# --- other bytes -------------------------------------------------------------------------
desk 1.2 destroys >"$GATE_STATE/packs/desk.gate"
theirs=$(sum "$GATE_STATE/packs/desk.gate")
exits 5 "a pack that is not what the lock pins lets nothing in" "$gate" run plan.gbc
ok "by its code" said G1008
exits 0 "pinned anew" "$gatec" lock "$GATE_STATE/host.gate"
exits 4 "a program with other bytes than the host's" "$gate" run plan.gbc
ok "is refused with both digests" said "sha256:$ours, and this host uses sha256:$theirs"
ok "and the way out" said 'build the plan again with the pack that the host uses'
exits 4 "as is the plan beside its own copy of the pack" "$gate" run plan.gate
ok "with both digests" said "sha256:$ours, and this host uses sha256:$theirs"

# --- a tenant ------------------------------------------------------------------------------
tenant=$GATE_STATE/tenants/default
mkdir -p "$tenant/packs"
cp "$tmp/plain" "$GATE_STATE/host.gate"
rm "$GATE_STATE/gate.lock"
cp packs/desk.gate "$tenant/packs/desk.gate"
printf 'edition 1\nuse desk 1.2\n' >"$tenant/tenant.gate"
exits 0 "a tenant's lock" "$gatec" lock "$tenant/tenant.gate"
exits 4 "a tenant cannot list what its host does not" "$gate" run plan.gbc
ok "in words" said 'host.gate lists no bytes of that name'
echo 'use desk 1.2' >>"$GATE_STATE/host.gate"
cp packs/desk.gate "$GATE_STATE/packs/desk.gate"
exits 0 "the host lists it" "$gatec" lock "$GATE_STATE/host.gate"
exits 4 "and now it is listed" "$gate" run plan.gbc --json
ok "by both" json '.code == "not_in_this_version"'
desk 1.2 destroys >"$tenant/packs/desk.gate"
exits 0 "a tenant that means other bytes" "$gatec" lock "$tenant/tenant.gate"
exits 4 "tightens" "$gate" run plan.gbc
ok "with both digests" said "sha256:$ours, and this host uses sha256:$theirs"
exits 0 "nothing else is in the log" "$gate" verify

# --- gatec says the same ----------------------------------------------------------------------
believed() { "$gatec" check --policy "$GATE_STATE/host.gate" ${1:+--policy "$1"} --format json plan.gate; }
cp "$GATE_STATE/host.gate" "$tmp/team"
sed -i 's/^setting solo.*//; /^grant/d' "$GATE_STATE/host.gate"
printf 'person ann "Ann" { os "ann" }\nperson bob "Bob" { os "bob" }\nrole owner is ann, bob\n' >>"$GATE_STATE/host.gate"
sed -i 's/gate L2 .*/gate L1 by owner/' plan.gate
exits 0 "a change at L1, where the pack is believed" believed
exits 1 "and where the tenant means other bytes" believed "$tenant/tenant.gate"
ok "it counts as destroying" json '[.diagnostics[].code] == ["G4009"]'
echo "1..$n"
