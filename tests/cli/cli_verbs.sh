#!/bin/sh
# The face of `gate`: help, mistakes, init, and verbs on an empty state folder.
. "$(dirname "$0")/tap.sh"

exits 0 "version" "$gate" --version
ok "says it in a line" [ "$(wc -l <"$out")" -eq 1 ]
exits 0 "version as JSON" "$gate" version --json
ok "is JSON" json '.version | length > 0'
exits 2 "no verb is a mistake" "$gate"
exits 0 "help" "$gate" help
ok "on stdout, not stderr" [ -s "$out" ] && [ ! -s "$err" ]
for verb in init run resume status inbox show why approve reject cancel settle log verify limits doctor; do
    exits 0 "$verb --help" "$gate" "$verb" --help
    cp "$out" "$tmp/page"
    exits 0 "help $verb" "$gate" help "$verb"
    ok "the same page, with usage" sh -c 'cmp -s "$1" "$2" && grep -q "^usage: gate $3" "$1"' - "$out" "$tmp/page" "$verb"
done
exits 2 "an unknown verb" "$gate" aprove x y
ok "names the nearest" said 'did you mean `gate approve`'
ok "on stderr alone" [ ! -s "$out" ]
exits 2 "an unknown option" "$gate" approve x y --digset 0
ok "names the nearest" said 'did you mean --digest'
exits 2 "too few words" "$gate" approve x
ok "says which" said 'needs RUN PHASE'
exits 2 "too many words" "$gate" status a b
exits 2 "an option without its value" "$gate" status --state
exits 2 "a tenant that is a path" "$gate" status --tenant ../x

exits 0 "limits" "$gate" limits
exits 0 "limits as JSON" "$gate" limits --json
ok "name, value, unit, why" json '.limits | length > 20 and all(.[]; .name and .value and .unit and .why)'

# --- an empty state folder ---------------------------------------------------
exits 0 "status of nothing" "$gate" status
exits 0 "status of nothing as JSON" "$gate" status --json
ok "is an empty list" json '.runs == []'
exits 0 "inbox of nothing as JSON" "$gate" inbox --json
ok "is an empty list" json '.items == []'
exits 3 "verify of nothing cannot tell" "$gate" verify
exits 3 "as JSON too" "$gate" verify --json
ok "is JSON" json '.code == "no_log"'
exits 2 "show of no run" "$gate" show nothing
exits 2 "as JSON" "$gate" show nothing --json
ok "is JSON" json '.code == "no_such_run"'
exits 0 "resume of nothing" "$gate" resume --all --json
ok "none of these made a folder" [ ! -e "$GATE_STATE" ]

# --- init --------------------------------------------------------------------
exits 0 "init makes a folder" "$gate" init --state "$tmp/one" --json
ok "says where" json '.made and .profile == "solo"'
ok "closed to others" [ "$(stat -c %a "$tmp/one" "$tmp/one/host.gate" "$tmp/one/tenants" | tr '\n' ' ')" = "700 600 700 " ]
ok "the solo rules stand in words" grep -q '^setting solo = true' "$tmp/one/host.gate"
exits 4 "init overwrites nothing" "$gate" init --state "$tmp/one" --profile team
ok "says so" said "nothing was changed"
exits 2 "an unknown profile" "$gate" init --state "$tmp/two" --profile duo
exits 0 "the team profile" "$gate" init --state "$tmp/two" --profile team
ok "knows nobody and grants nothing" not grep -q '^ *\(person\|role\|grant\)' "$tmp/two/host.gate"
exits 0 "doctor finds the team folder sound" "$gate" doctor --state "$tmp/two" --json
ok "as JSON" json '.ok and ([.checks[].check] | index("sandbox") and index("sqlite") and index("libcurl") and index("clock"))'
ok "profile team" json '[.checks[] | select(.check == "host.gate") | .text | test("team")] == [true]'
echo 'setting solo = perhaps' >>"$tmp/one/host.gate"
exits 5 "a broken host.gate is the environment's fault" "$gate" run "$top/tests/cli/plans/hello.gate" --state "$tmp/one"
ok "with the place" said 'host.gate'
exits 5 "doctor says it too" "$gate" doctor --state "$tmp/one"
mkdir -m 777 "$tmp/open"
exits 5 "a folder that others may write to is refused" "$gate" run "$top/tests/cli/plans/hello.gate" --state "$tmp/open"
ok "with the way out" said 'chmod go-w'
mkdir -m 700 "$tmp/lost" "$tmp/lost/tenants"
exits 5 "a folder that lost its host.gate stays closed" "$gate" run "$top/tests/cli/plans/hello.gate" --state "$tmp/lost"
ok "nothing was written into it" [ ! -e "$tmp/lost/host.gate" ]

# --- plans that cannot start ---------------------------------------------------
printf 'edition 1\nplan x "X"\nphase a "A" {\n  needs b\n}\n' >"$tmp/bad.gate"
exits 1 "a plan with a mistake" "$gate" run "$tmp/bad.gate"
ok "with the place" said 'bad.gate:4'
exits 1 "as JSON" "$gate" run "$tmp/bad.gate" --json
ok "with its diagnostics" json '.diagnostics | length >= 1 and all(.[]; .code and .line)'
exits 5 "no such file" "$gate" run "$tmp/none.gate"
printf 'GATEPROGnonsense' >"$tmp/bad.gbc"
exits 1 "bytes that are no program" "$gate" run "$tmp/bad.gbc"
echo "1..$n"
