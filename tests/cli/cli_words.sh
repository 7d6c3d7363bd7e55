#!/bin/sh
# First contact, and mistakes as programs read them: with --json every way to
# fail prints an object, and its exit status is its member `exit`.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
failure() { # failure STATUS NAME COMMAND...
    status=$1
    exits "$@"
    ok "$2: as an object" json ".exit == $status and (.code | length > 0) and (.message | length > 0)"
    ok "$2: in words too" [ -s "$err" ]
}

# --- first contact -----------------------------------------------------------------
exits 2 "gate alone" "$gate"
ok "says what it is and how to start" sh -c 'grep -q "must say yes" "$1" && grep -q "gate run" "$1"' - "$err"
exits 0 "status of nothing" "$gate" status
ok "says how to start" said 'gate run FILE.gate'
exits 2 "a run where there is none" "$gate" status hello
ok "one sentence" [ "$(wc -l <"$err")" -eq 1 ]
exits 0 "help as JSON" "$gate" help --json
ok "has every verb with its options" json '[.verbs[].name] | index("run") and index("approve") and length > 10'
ok "and those of all" json '[.options[].name] | index("--state")'
exits 0 "one page as JSON" "$gate" help resume --json
ok "is one verb" json '[.verbs[].name] == ["resume"] and ([.verbs[0].options[].name] | index("--all"))'
exits 0 "the same page" "$gate" resume --help --json
ok "is one verb" json '[.verbs[].name] == ["resume"]'

# --- near names ------------------------------------------------------------------------
exits 10 "a run" "$gate" run hello.gate
exits 2 "nearly its name" "$gate" show helo-1
ok "is asked for" said 'Did you mean hello-1?'
exits 2 "the plan's name" "$gate" approve hello greet
ok "leads to the run" said 'Did you mean hello-1?'
exits 2 "far from any" "$gate" why zebra
ok "is not guessed at" not said 'Did you mean'
failure 2 "nearly its name, as JSON" "$gate" log helo-1 --json
ok "with the guess" json '.message | test("hello-1")'

# --- what is not there: a run is 2, a phase is 4, for every verb ---------------------------
for verb in status show why log resume cancel; do
    failure 2 "$verb of no run" "$gate" "$verb" zebra --json
done
for verb in show approve reject; do
    failure 4 "$verb of no phase" "$gate" "$verb" hello-1 nowhere --json
    ok "named so" json '.code == "no_such_phase"'
done
failure 4 "settle in no phase" "$gate" settle hello-1 nowhere.x done --json

# --- usage ---------------------------------------------------------------------------------
failure 2 "no verb" "$gate" --json
failure 2 "no such verb" "$gate" aprove --json
failure 2 "no such option" "$gate" --json status --frobnicate
failure 2 "--json behind the mistake" "$gate" status --frobnicate --json
failure 2 "too few words" "$gate" approve --json
failure 5 "no such plan" "$gate" run none.gate --json
failure 5 "no such program" "$gate" run none.gbc --json
failure 2 "a missing input" "$gate" run inputs.gate --json
failure 2 "an unknown input" "$gate" run inputs.gate --input whom=x --json
failure 2 "an input of another type" "$gate" run inputs.gate --input who=x --input times=many --json
failure 2 "an input without a value" "$gate" run inputs.gate --input who --json
echo '[]' >in.json
failure 2 "inputs that are no object" "$gate" run inputs.gate --inputs in.json --json
printf 'GATEPROGnonsense' >bad.gbc
failure 1 "no program" "$gate" run bad.gbc --json
failure 2 "resume of one and all" "$gate" resume hello-1 --all --json
failure 2 "to stay for one" "$gate" resume hello-1 --stay --json
failure 2 "an action that is none" "$gate" settle hello-1 . done --json
failure 2 "settled as nonsense" "$gate" settle hello-1 say_hello perhaps --json
failure 2 "help for nothing" "$gate" help aprove --json
failure 2 "a profile that is none" "$gate" init --profile duo --json --state "$tmp/duo"
failure 4 "init again" "$gate" init --json
mkdir -m 777 open
failure 5 "an open folder" "$gate" status --json --state open

# --- a broken host.gate ------------------------------------------------------------------------
echo 'setting solo = perhaps' >>"$GATE_STATE/host.gate"
for verb in "status" "status hello-1" "show hello-1" "why hello-1" "inbox"; do
    case $verb in "status hello-1") want=10 ;; *) want=0 ;; esac
    # shellcheck disable=SC2086
    exits $want "read under a broken host.gate: $verb" "$gate" $verb --json
    ok "the answer is whole" json 'type == "object"'
    ok "the place is noted" grep -q 'host.gate:' "$err"
done
failure 5 "nothing is decided under it" "$gate" approve hello-1 greet --digest 0 --json
failure 5 "nothing is begun under it" "$gate" run hello.gate --json
echo "1..$n"
