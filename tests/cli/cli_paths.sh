#!/bin/sh
# What happens after the yes: drift, failure and undo, blockers, a plan that is
# gone, a copied state folder.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
digest_of() { "$gate" show "$1" "$2" --json | jq -r .digest; }

# --- drift -----------------------------------------------------------------------
echo one >source.txt
exits 10 "a run whose argument comes from a file" "$gate" run drift.gate
old=$(digest_of drift-1 copy)
exits 0 "approved, not yet run" "$gate" approve drift-1 copy --digest "$old" --no-resume
echo two >source.txt
exits 10 "the file changed: asked again" "$gate" resume drift-1
ok "nothing was written" [ ! -e copy.txt ]
exits 0 "show has the difference" "$gate" show drift-1 copy --json
ok "was and is" json '.drift | length == 1 and .[0].action == "put" and .[0].was != .[0].is'
ok "a new digest" json ".digest != \"$old\""
exits 0 "for people too" "$gate" show drift-1 copy
ok "in words" said 'not what was staged before'
exits 4 "the old digest is stale" "$gate" approve drift-1 copy --digest "$old"
exits 0 "the new one goes on" "$gate" approve drift-1 copy --digest "$(digest_of drift-1 copy)"
ok "with the new content" [ "$(cat copy.txt)" = "$(sha256sum source.txt | cut -d' ' -f1)" ]

# --- failure and undo --------------------------------------------------------------
exits 10 "a run that will fail" "$gate" run undo.gate
exits 1 "fails after the yes" "$gate" approve undo_order-1 work --digest "$(digest_of undo_order-1 work)"
printf 'do first\ndo second\nundo second\nundo first\n' >want.txt
ok "undone in reverse order" cmp -s ledger.txt want.txt
exits 1 "status says so" "$gate" status undo_order-1 --json
ok "failed, undone" json '.state == "failed" and .phases[0].state == "undone"'
exits 0 "in the log too" "$gate" log undo_order-1 --json
ok "in that order" sh -c 'jq -s -e "[.[] | select(.kind == \"exec.started\" and .undo == 1) | .action] == [\"second\", \"first\"]" "$1" >/dev/null' - "$out"

# --- blockers ------------------------------------------------------------------------
echo no >answer.txt
exits 11 "a blocked run waits" "$gate" run blocked.gate --json
ok "with the words of its blocker" json '.phases[0].state == "blocked" and .phases[0].blockers[0].text == "answer.txt says yes"'
exits 0 "why says it" "$gate" why blocked-1
ok "in words" said 'answer.txt says yes'
exits 11 "resume tries again" "$gate" resume blocked-1
echo yes >answer.txt
exits 0 "and goes on when it holds" "$gate" resume blocked-1
ok "it went" [ -e went.txt ]

# --- the plan goes, the run stays -----------------------------------------------------
rm -f said.txt
exits 10 "a run" "$gate" run hello.gate
rm hello.gate
cp -R "$GATE_STATE" "$tmp/copy"
digest=$(digest_of hello-1 greet)
exits 0 "ends as approved without its plan" "$gate" approve hello-1 greet --digest "$digest"
ok "it happened" [ "$(cat said.txt)" = hello ]
rm said.txt
exits 0 "and from a copy of the state folder" "$gate" --state "$tmp/copy" approve hello-1 greet --digest "$digest"
ok "it happened there" [ "$(cat said.txt)" = hello ]
exits 0 "both logs verify" sh -c '"$gate" verify && "$gate" verify --state "$1"' - "$tmp/copy"

# --- a disk that fails -----------------------------------------------------------------
if command -v strace >/dev/null 2>&1 && strace -o /dev/null true 2>/dev/null; then
    cp "$top/tests/cli/plans/hello.gate" .
    exits 5 "the first failed flush ends the process" strace -f -o "$tmp/trace" -e trace=fdatasync,fsync \
        -e inject=fdatasync,fsync:error=EIO:when=3+ "$gate" run hello.gate --name eio
    ok "with the words of the cause" said 'disk I/O error'
    ok "nothing was acknowledged" [ ! -s "$out" ]
    exits 0 "what is there verifies" "$gate" verify
else
    skip "a disk that fails" "no strace"
fi
echo "1..$n"
