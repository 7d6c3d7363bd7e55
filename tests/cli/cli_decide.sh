#!/bin/sh
# One gate, decided in every way that there is.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1

exits 10 "the run stops at the gate" "$gate" run hello.gate
ok "and says what to type next" said 'gate approve hello-1 greet --digest'
ok "with the question" said 'Shall we say hello?'
ok "the solo folder was made" grep -q '^setting solo = true' "$GATE_STATE/host.gate"
ok "nothing has happened" [ ! -e said.txt ]
exits 0 "show as JSON" "$gate" show hello-1 greet --json
digest=$(jq -r .digest "$out")
ok "has the digest" [ ${#digest} -eq 64 ]
ok "the action with its argument vector" json '.actions[0].tool == "shell.change" and .actions[0].arguments.argv[0] == "sh"'
ok "its undo" json '.actions[0].undo.none == "A greeting cannot be taken back"'
exits 0 "show of all phases" "$gate" show hello-1 --json
ok "is a list" json '.phases | length == 1'
exits 0 "show for people" "$gate" show hello-1 greet
ok "has digest and profile" said "$digest"
ok "says solo in words" said 'solo profile: the person who starts a run holds every role'

# --- status, inbox, why ----------------------------------------------------------
exits 0 "status of all" "$gate" status --json
ok "one waiting run" json '.runs | length == 1 and .[0].state == "waiting" and .[0].name == "hello-1" and .[0].plan == "hello"'
exits 10 "status of the run exits as the run would" "$gate" status hello-1 --json
ok "with its gate" json '.phases[0] | .state == "waiting" and .gate.level == "L2" and .gate.by.paths == ["owner"] and .gate.by.quorum == 1 and .gate.digest == "'"$digest"'" and (.gate.expires | test("Z$"))'
run=$(jq -r .run "$out")
exits 10 "a prefix of the id is enough" "$gate" status "$(printf %.6s "$run")"
exits 0 "inbox" "$gate" inbox --json
ok "has the gate" json '.items | length == 1 and .[0].phase == "greet" and .[0].waits_for == "decision"'
exits 0 "inbox for a role" "$gate" inbox --for owner --json
ok "has it too" json '.items | length == 1'
exits 0 "why" "$gate" why hello-1 --json
ok "is JSON" json 'type == "object"'
exits 0 "why, for people" "$gate" why hello-1
ok "names who can act" said owner

# --- refusals ---------------------------------------------------------------------
# One sentence on stderr and nothing else: what was refused changed nothing.
sentence() { [ ! -s "$out" ] && [ "$(wc -l <"$err")" -eq 1 ]; }
exits 4 "another digest" "$gate" approve hello-1 greet --digest "$(printf '%064d' 0)"
exits 4 "no digest and no terminal" "$gate" approve hello-1 greet
ok "says why" said 'digest'
ok "and only that" sentence
exits 4 "as JSON" "$gate" approve hello-1 greet --json
ok "with the rule and the status" json '.code == "digest_needed" and .state == "waiting" and (.phases | length == 1)'
exits 4 "no such phase" "$gate" approve hello-1 nowhere --digest "$digest"
ok "only a sentence" sentence
exits 4 "nothing to settle" "$gate" settle hello-1 say_hello done
ok "only a sentence" sentence
exits 2 "no such run" "$gate" approve hello-9 greet --digest "$digest"
ok "only a sentence" sentence
ok "nothing has happened" [ ! -e said.txt ]

# --- yes ---------------------------------------------------------------------------
exits 0 "approve what was read" "$gate" approve hello-1 greet --digest "$digest" --comment "go on"
ok "it happened once" [ "$(cat said.txt)" = hello ]
exits 4 "a second approve" "$gate" approve hello-1 greet --digest "$digest"
ok "names the first" said "$(id -un)"
ok "it still happened once" [ "$(cat said.txt)" = hello ]
exits 0 "status says done" "$gate" status hello-1 --json
ok "with the vote" json '.state == "done" and .phases[0].gate.votes[0].decision == "approve" and .phases[0].gate.votes[0].assurance == "os"'
exits 0 "log as JSON lines" "$gate" log hello-1 --json
ok "in sequence, with open parts" sh -c 'jq -s -e "([.[].seq] == ([.[].seq] | sort)) and all(.[]; .open | type == \"object\") and (map(select(.kind == \"gate.refused\")) | length == 5) and (map(select(.kind == \"gate.decision\"))[0].open.comment == \"go on\")" "$1" >/dev/null' - "$out"
ok "rseq is dense" sh -c 'jq -s -e "[.[].rseq] == [range(0; length)] or [.[].rseq] == [range(1; length + 1)]" "$1" >/dev/null' - "$out"
exits 0 "log for people" "$gate" log hello-1
ok "names kind and comment" said 'gate.decision .*go on'
ok "who decided what, and how that is proved" said "gate.decision .* greet .* L2, profile solo, approve, by $(id -un), assurance os, digest "
exits 0 "the whole log" "$gate" log --json
ok "begins with log.opened" sh -c '[ "$(head -1 "$1" | jq -r .kind)" = log.opened ]' - "$out"
exits 0 "verify" "$gate" verify --json
ok "ok, size, root" json '.ok and .size > 10 and (.root | length == 44) and .findings == []'
exits 0 "inbox is empty" "$gate" inbox --json
ok "indeed" json '.items == []'

# --- no ----------------------------------------------------------------------------
exits 10 "another run" "$gate" run hello.gate --name second --json
ok "is JSON" json '.name == "second" and .state == "waiting"'
exits 2 "its name is taken" "$gate" run hello.gate --name second
exits 12 "reject" "$gate" reject second greet --comment "not today"
exits 12 "status says rejected" "$gate" status second --json
ok "indeed" json '.state == "rejected" and .phases[0].state == "rejected"'
exits 4 "too late to approve" "$gate" approve second greet --digest "$digest"
ok "it still happened once" [ "$(cat said.txt)" = hello ]

# --- cancel, no-resume --------------------------------------------------------------
exits 10 "a third run" "$gate" run hello.gate --name third --json
exits 0 "cancel" "$gate" cancel third --comment "never mind" --json
ok "cancelled" json '.state == "cancelled"'
exits 4 "cancel again" "$gate" cancel third
ok "only a sentence" sentence
exits 10 "a fourth run" "$gate" run hello.gate --name fourth --json
"$gate" show fourth greet --json >"$out"
digest=$(jq -r .digest "$out")
exits 0 "approve without going on" "$gate" approve fourth greet --digest "$digest" --no-resume --json
ok "approved, not run" json '.phases[0].state == "approved"'
ok "it still happened once" [ "$(cat said.txt)" = hello ]
exits 0 "resume goes on" "$gate" resume --json
ok "it happened twice now" [ "$(wc -l <said.txt)" -eq 2 ]

# --- on a terminal ------------------------------------------------------------------
if command -v script >/dev/null 2>&1; then
    exits 10 "a fifth run" "$gate" run hello.gate --name fifth
    tty() { script -qec "$1" "$tmp/typescript" <"$2"; }
    printf 'no\n' >"$tmp/typed"
    exits 4 "the wrong word decides nothing" tty "$gate approve fifth greet" "$tmp/typed"
    ok "it showed what is staged" said 'echo hello'
    ok "nothing was decided" [ "$(wc -l <said.txt)" -eq 2 ]
    printf 'greet\n' >"$tmp/typed"
    exits 0 "the phase's name approves what was shown" tty "$gate approve fifth greet" "$tmp/typed"
    ok "it happened three times now" [ "$(wc -l <said.txt)" -eq 3 ]
else
    skip "approve on a terminal" "no script(1)"
fi

# --- inputs --------------------------------------------------------------------------
exits 0 "inputs by their types" "$gate" run inputs.gate --input who='A "B"' --input times=3 --input dry=true --json
ok "arrive" [ "$(cat said.txt)" = 'A "B" 3' ]
echo '{"who": "file", "times": 2, "names": ["a", "b"]}' >in.json
exits 0 "inputs from a file, one given anew" "$gate" run inputs.gate --inputs in.json --input times=4
ok "the option wins" [ "$(cat said.txt)" = 'file 4' ]
exits 2 "a missing input" "$gate" run inputs.gate
ok "is named" said who
exits 2 "an unknown input" "$gate" run inputs.gate --input whom=x
ok "with those there are" said 'who, times'
exits 2 "out of its range" "$gate" run inputs.gate --input who=x --input times=9
exits 2 "of another type" "$gate" run inputs.gate --input who=x --input dry=perhaps
exits 2 "not NAME=VALUE" "$gate" run inputs.gate --input who
exits 0 "from bytecode too" sh -c '"$gatec" build inputs.gate -o inputs.gbc && "$gate" run inputs.gbc --input who=gbc'
ok "arrives" [ "$(cat said.txt)" = 'gbc 1' ]
exits 2 "resume with several open runs" sh -c '"$gate" run hello.gate --name a >/dev/null; "$gate" run hello.gate --name b >/dev/null; "$gate" resume'
ok "names them" said 'a, b\|b, a'
exits 10 "resume of all" "$gate" resume --all --json
ok "lists them" json '.runs | length == 2'
echo "1..$n"
