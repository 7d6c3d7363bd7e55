#!/bin/sh
# examples/release from end to end, as a release team would live it: the pause,
# refusals, the approval, undo on failure, drift, a deleted plan, a copied
# state folder.
. "$(dirname "$0")/tap.sh"
cp -R "$top/examples/release" "$tmp/release"
plan=$tmp/release/release.gate
made=$tmp/release/out
rm -rf "$made"

# --- the pause -------------------------------------------------------------
exits 10 "the run stops at the gate" "$gate" run "$plan" --json
ok "status is one JSON object" json '.state == "waiting" and (.phases | length) == 2'
run=$(jq -r .run "$out")
ok "the gate waits at L2" json '.phases[1].gate.level == "L2" and .phases[1].state == "waiting"'
ok "nothing after the gate has happened" [ ! -e "$made" ]

exits 0 "show" "$gate" show "$run" publish --json
digest=$(jq -r .digest "$out")
ok "every staged action is there" json '[.actions[].name] == ["pack", "tag", "upload"]'
ok "arguments are resolved" json '.actions[0].arguments.argv[2] == "1.0.0" and (.actions[0].arguments.argv[3] | test("^[0-9a-f]{64}$"))'
ok "with effect" json 'all(.actions[]; .effect == "changes" and .tool == "shell.change")'
ok "and undo" json '.actions[1].undo.tool == "shell.change" and .actions[1].undo.arguments.argv[1] == "untag"'
ok "the digest is SHA-256 in hex" expr "$digest" : '[0-9a-f]\{64\}$' '>' 0
exits 0 "show, for people" "$gate" show "$run" publish
ok "says the digest" said "$digest"
ok "shows the test result" said "5 tests passed"
ok "shows the checksum" said "$(cd "$tmp/release" && ./release.sh checksum 1.0.0)"
ok "says that this is the solo profile" said "solo"

# --- refusals --------------------------------------------------------------
wrong=$(printf '%064d' 0)
exits 4 "another digest is refused" "$gate" approve "$run" publish --digest "$wrong"
exits 4 "without a terminal and a digest: refused" "$gate" approve "$run" publish
ok "and says why" said "digest"
exits 4 "no such phase" "$gate" approve "$run" nowhere --digest "$digest"
ok "still nothing has happened" [ ! -e "$made" ]

# --- the approval ----------------------------------------------------------
exits 0 "approve what was shown: the run goes on and ends" "$gate" approve "$run" publish --digest "$digest" --comment "tests are green"
ok "it is published" [ -f "$made/public/slug-1.0.0.tar.gz" ]
ok "the tag is there" env GIT_DIR="$made/history.git" git rev-parse -q --verify refs/tags/v1.0.0 >/dev/null
exits 4 "a second approve is refused" "$gate" approve "$run" publish --digest "$digest"
ok "naming the first" said "$(id -un)"
exits 0 "status says done" "$gate" status "$run" --json
ok "done" json '.state == "done"'
exits 0 "the log is JSON lines" "$gate" log "$run" --json
ok "in sequence" sh -c 'jq -s -e "[.[].seq] == ([.[].seq] | sort) and length > 10" "$1" >/dev/null' - "$out"
ok "the refusals are in it" sh -c 'jq -s -e "[.[] | select(.kind == \"gate.refused\")] | length >= 2" "$1" >/dev/null' - "$out"
exits 0 "the log verifies" "$gate" verify --json
ok "says so" json '.ok and .size > 10'

# --- a failing step after the gate -----------------------------------------
rm -rf "$made"
exits 10 "a run whose publishing will fail" "$gate" run "$plan" --input break_publishing=true --name broken --json
"$gate" show broken publish --json >"$out"
digest=$(jq -r .digest "$out")
exits 1 "it fails after the approval" "$gate" approve broken publish --digest "$digest"
ok "the archive is gone" [ ! -e "$made/dist/slug-1.0.0.tar.gz" ]
ok "the tag is gone" not env GIT_DIR="$made/history.git" git rev-parse -q --verify refs/tags/v1.0.0
exits 1 "status says what happened" "$gate" status broken --json
ok "the phase is undone, the run failed" json '.state == "failed" and .phases[1].state == "undone"'
"$gate" log broken --json >"$out"
ok "undone in reverse order" sh -c 'jq -s -e "[.[] | select(.kind == \"exec.started\" and .undo == 1) | .action] == [\"tag\", \"pack\"]" "$1" >/dev/null' - "$out"

# --- drift -----------------------------------------------------------------
rm -rf "$made"
exits 10 "a run that will drift" "$gate" run "$plan" --name drift --json
"$gate" show drift publish --json >"$out"
digest=$(jq -r .digest "$out")
exits 0 "approve without resuming" "$gate" approve drift publish --digest "$digest" --no-resume
echo '/* one more line */' >>"$tmp/release/slug.c"
exits 10 "resume finds the drift and asks again" "$gate" resume drift
ok "nothing was executed" [ ! -e "$made" ]
exits 0 "show has the difference" "$gate" show drift publish --json
ok "was and is" json '.drift | length == 1 and .[0].action == "pack" and .[0].was != .[0].is'
ok "under a new digest" json ".digest != \"$digest\""
exits 4 "the old digest is stale" "$gate" approve drift publish --digest "$digest"
exits 12 "reject it" "$gate" reject drift publish --comment "who changed the source?"
ok "nothing was executed, still" [ ! -e "$made" ]

# --- the plan goes, the run stays ------------------------------------------
exits 10 "a run whose plan is deleted" "$gate" run "$plan" --name kept --json
"$gate" show kept publish --json >"$out"
digest=$(jq -r .digest "$out")
rm "$plan"
cp -R "$GATE_STATE" "$tmp/copy"
exits 0 "it ends as approved" "$gate" approve kept publish --digest "$digest"
ok "published" [ -f "$made/public/slug-1.0.0.tar.gz" ]
rm -rf "$made"
exits 0 "also from a copy of the state folder" "$gate" --state "$tmp/copy" approve kept publish --digest "$digest"
ok "published again" [ -f "$made/public/slug-1.0.0.tar.gz" ]
echo "1..$n"
