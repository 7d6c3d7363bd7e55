#!/bin/sh
# What somebody who meets gate stumbles over: results that nobody gets, folders
# and names that are none, runs that have ended, and what actions printed.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cp -R "$top/examples/patch" "$plans/patch"
cd "$plans" || exit 1

# --- a result that does not reach its reader is none ------------------------------------
# lost NAME COMMAND...: into a full device, and into a descriptor that is closed.
lost() {
    name=$1
    shift
    "$@" >/dev/full 2>"$err" </dev/null
    got=$?
    : >"$out"
    ok "$name, to a full device (exit 5)" [ "$got" -eq 5 ]
    ok "$name: said" grep -q 'result c[ao].* be.* written' "$err"
    "$@" >&- 2>"$err" </dev/null
    got=$?
    ok "$name, to nothing (exit 5)" [ "$got" -eq 5 ]
}
if [ -c /dev/full ]; then
    lost "run" "$gate" run hello.gate --json
    ok "run: the way out" grep -q 'gate status' "$err"
    exits 0 "both runs are there" "$gate" status --json
    ok "as they were made" json '[.runs[].state] == ["waiting", "waiting"]'
    ok "nothing was written into the log by mistake" "$gate" verify
    for verb in "status" "status hello-1" "show hello-1" "show hello-1 --json" "why hello-1" "inbox" "log" \
        "log --json" "verify" "doctor --json" "limits" "help" "help run" "help --json" "version" "--version" "resume hello-1"; do
        # shellcheck disable=SC2086
        lost "$verb" "$gate" $verb
    done
    for verb in "help" "help check" "version" "--version" "explain G1001" "graph hello.gate" "dump --ops hello.gate" \
        "check --format json hello.gate"; do
        # shellcheck disable=SC2086
        lost "gatec $verb" "$gatec" $verb
    done
else
    skip "a full device" "no /dev/full"
fi

# --- state folders and tenants that are none -------------------------------------------
for verb in "status" "log" "doctor" "run hello.gate" "cancel x"; do
    # shellcheck disable=SC2086
    exits 5 "a file as state folder: $verb" "$gate" $verb --state hello.gate
    ok "is no folder" said 'is no folder'
    # shellcheck disable=SC2086
    exits 5 "below a file: $verb" "$gate" $verb --state hello.gate/x
    ok "is no folder" said 'Not a directory'
done
exits 2 "an empty --state" "$gate" status --state ""
exits 2 "an empty --state=" "$gate" status --state=
exits 10 "a tenant" "$gate" run hello.gate --tenant north
for verb in "status" "log" "show x" "cancel x" "inbox"; do
    # shellcheck disable=SC2086
    exits 2 "a tenant that is not there: $verb" "$gate" --tenant nroth $verb
    ok "is told from those that are" said 'no tenant "nroth" yet; there is: .*north'
done
exits 0 "the default tenant may be missing" "$gate" status --state "$tmp/none"
exits 0 "a log of nothing" "$gate" log --state "$tmp/none" --json
ok "says so on stderr" grep -q 'nothing here yet' "$err"
ok "and nothing on stdout" [ ! -s "$out" ]

# --- files that cannot be read: 5; what is wrong in them: not ---------------------------
exits 5 "a missing plan" "$gate" run none.gate
exits 5 "gatec agrees" "$gatec" check none.gate
exits 5 "missing inputs" "$gate" run inputs.gate --inputs none.json
ok "named once" [ "$(grep -o 'none.json' "$err" | wc -l)" -eq 1 ]
truncate -s 67108865 big.gate # LIM_SOURCE_BYTES
exits 5 "a plan over the limit" "$gate" run big.gate
ok "which is said as it is" said 'larger than 67108864 bytes'
exits 5 "gatec agrees" "$gatec" check big.gate
ok "also in the number" said 'larger than 67108864 bytes'
rm big.gate

# --- inputs ---------------------------------------------------------------------------------
exits 2 "a list without brackets" "$gate" run patch/patch.gate --input fleet=a,b
ok "is shown as it is written" said "write 'fleet=\[\"a\",\"b\"\]'"
exits 2 "an input given twice" "$gate" run inputs.gate --input who=a --input who=b
ok "is named" said 'says who more than once'

# --- what actions printed -------------------------------------------------------------------
exits 1 "actions that print" "$gate" run prints.gate
exits 0 "show of a done phase" "$gate" show prints-1 work
# SHOW_LINES, SHOW_BYTES
ok "its outcome" said 'outcome    done, status 0'
ok "the end of what it printed" sh -c '[ "$(grep -c "^       | [0-9]" "$1")" -eq 20 ] && grep -q "| 30$" "$1"' - "$out"
ok "how much there was" said 'the end of 30 lines; `gate log RUN --output`'
ok "its errors" said '| oops'
exits 0 "as JSON" "$gate" show prints-1 work --json
ok "too" json '.outcomes | length == 1 and .[0].action == "say" and .[0].outcome == "done" and .[0].output_lines == 30 and .[0].errors == "oops\n"'
exits 0 "show of a long line" "$gate" show prints-1 one_line --json
ok "it is cut, between characters" json '.outcomes[0].output | utf8bytelength == 4095 and startswith("ä") and endswith("äx")'
exits 0 "show of a failed one" "$gate" show prints-1 bad --json
ok "has its output" json '.outcomes[0] | .outcome == "failed" and .status == 3 and .output == "before\n" and .errors == "broken\n"'
exits 0 "why of a failed run" "$gate" why prints-1
ok "is the reason that status gives" said 'ended with status 3: broken'
exits 0 "the log" "$gate" log prints-1
ok "keeps one line a record" not grep -q '^ ' "$out"
exits 0 "with outputs" "$gate" log prints-1 --output
ok "has all of it" sh -c '[ "$(grep -c "^      | [0-9]" "$1")" -eq 30 ]' - "$out"

# --- runs that have ended ---------------------------------------------------------------------
exits 10 "a run" "$gate" run hello.gate --name ends
exits 0 "its cancel" "$gate" cancel ends
ok "asks nothing" not said 'To decide'
exits 1 "its status" "$gate" status ends
ok "the phase is withdrawn" said 'greet *withdrawn'
exits 1 "resume" "$gate" resume ends
ok "asks nothing" not said 'To decide'
exits 0 "show" "$gate" show ends greet
ok "says so too" said 'Greeting: withdrawn'
ok "in words" said 'nothing can be decided here any more'
exits 0 "help" "$gate" help cancel
ok "has the status" said 'exit with 1'

# --- commands that can be typed --------------------------------------------------------------
exits 10 "with a state folder" "$gate" run hello.gate --state "$tmp/else where"
grep '    .* show ' "$out" >typed.sh
exits 0 "the command is whole, by the name that it was called" sh typed.sh
ok "its options stand behind" grep -q "gate show hello-1 greet --state '" typed.sh
mkdir bin
ln -s "$gate" bin/gate
exits 10 "on the PATH" env PATH="$plans/bin:$PATH" gate run hello.gate
ok "its name is enough" said '^    gate approve '
exits 0 "help reject" "$gate" help reject
ok "says what it asks" said 'On a terminal it shows'
if command -v script >/dev/null 2>&1; then
    exits 0 "no colours where TERM says dumb" env -u NO_COLOR TERM=dumb script -qec "$gate status" typescript
    ok "indeed" not grep -q "$(printf '\033\\[')" "$out"
    exits 0 "and otherwise" env -u NO_COLOR TERM=xterm script -qec "$gate status" typescript
    ok "some" grep -q "$(printf '\033\\[')" "$out"
else
    skip "colours" "no script(1)"
fi
echo "1..$n"
