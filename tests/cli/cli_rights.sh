#!/bin/sh
# Rights that are written in host.gate, and taken away while a run waits.
. "$(dirname "$0")/tap.sh"
cd "$tmp" || exit 1
cat >pub.gate <<'GATE'
edition 1
plan pub "Publish"
role owner "Decides"
phase p "Publish" {
  gate L2 "Go?" by owner within 1d otherwise stop
  action a "Run the script" {
    run shell.change { argv = ["./pub.sh"] }
    undo none because "published is published"
  }
}
GATE
printf '#!/bin/sh\necho yes >>said.txt\n' >pub.sh
chmod 755 pub.sh
host() { sed -i "s|^grant shell.change .*|grant shell.change { $1, network = false }|" state/host.gate; }
approve_later() {
    "$gate" show "$1" p --json >"$out"
    digest=$(jq -r .digest "$out")
    "$gate" approve "$1" p --digest "$digest" --no-resume
}
GATE_STATE=$tmp/state
exits 0 "a state folder" "$gate" init --profile solo

# --- what is not granted is not asked --------------------------------------------
host 'programs = ["make"], folders = ["."]'
exits 4 "a plan that runs something else is not begun" "$gate" run pub.gate
ok "the missing grant is named" said 'grant shell.change { programs = \["\./pub.sh"\]'
exits 0 "status" "$gate" status --json
ok "there is no run" json '.runs == []'
exits 0 "and the log verifies" "$gate" verify

# --- narrowed between the approval and the release --------------------------------
host 'folders = ["."]'
exits 10 "a run asks" "$gate" run pub.gate --name late --json
exits 0 "approved for later" approve_later late
host 'programs = ["make"], folders = ["."]'
"$gate" resume late --json >"$out" 2>"$err"
ok "resume does not release it" json '.phases[0].state == "approved"'
ok "the blocker names the grant" json '.phases[0].blockers[0].text | test("grant shell.change . programs = ..\\./pub.sh")'
ok "nothing has happened" [ ! -e said.txt ]
host 'folders = ["out"]'
"$gate" resume late --json >"$out" 2>"$err"
ok "nor from outside the granted folders" json '.phases[0].state == "approved" and (.phases[0].blockers[0].text | test("outside the folders"))'
host "folders = [\"$tmp\"]"
exits 0 "with the grant it goes on" "$gate" resume late
ok "it happened once" [ "$(wc -l <said.txt)" -eq 1 ]

# --- a tenant cannot open what the host does not -----------------------------------
mkdir -p state/tenants/default
cp state/host.gate "$tmp/kept"
sed -i '/^grant shell.change/d' state/host.gate
echo 'edition 1
grant shell.change { folders = ["."] }' >state/tenants/default/tenant.gate
exits 4 "a grant of the tenant alone is none" "$gate" run pub.gate
ok "the missing grant is named" said shell.change
cp "$tmp/kept" state/host.gate
rm state/tenants/default/tenant.gate

# --- team once, team for ever --------------------------------------------------------
cat >state/host.gate <<GATE
edition 1
person me "Me" { os "$(id -un)" }
person other "The Other" { os "daemon" }
role owner "Decides" is me, other
grant shell.change { folders = ["."], network = false }
GATE
exits 10 "a run of the team" "$gate" run pub.gate --name team
"$gate" show team p --json >"$out"
digest=$(jq -r .digest "$out")
cp "$tmp/kept" state/host.gate
exits 4 "is not decided by who started it, whatever the host says later" "$gate" approve team p --digest "$digest" --json
ok "by the rule of then" json '.code == "own_run" and (.message | test("when this run started"))'
ok "nothing has happened" [ "$(wc -l <said.txt)" -eq 1 ]
exits 4 "a refusal without a digest" "$gate" approve team p
ok "does not tell it" not said "$digest"
exits 0 "the log" "$gate" log team --json
ok "has the refusals, the profile, and no right digest to guess" sh -c 'jq -s -e "([.[] | select(.kind == \"gate.refused\") | .rule] == [\"own_run\", \"own_run\"]) and all(.[] | select(.kind | test(\"^gate\")); .profile == \"team\")" "$1" >/dev/null' - "$out"
exits 0 "and verifies" "$gate" verify
echo "1..$n"
