#!/bin/sh
# Every example checks, is formatted, and builds to the same bytes twice; hello
# and patch run to their ends.
. "$(dirname "$0")/tap.sh"
for f in "$top"/examples/*/*.gate; do
    name=$(basename "$f")
    exits 0 "$name checks" "$gatec" check "$f"
    ok "$name has no warning" [ ! -s "$err" ]
    exits 0 "$name is formatted" "$gatec" fmt --check "$f"
    "$gatec" build "$f" -o "$tmp/a.gbc" && "$gatec" build "$f" -o "$tmp/b.gbc"
    ok "$name builds to the same bytes" cmp -s "$tmp/a.gbc" "$tmp/b.gbc"
done
cp -R "$top/examples/patch" "$tmp/patch"
rm -rf "$tmp/patch/out"
exits 10 "patch runs its canary and stops" "$gate" run "$tmp/patch/patch.gate" --json
ok "the canary is done, the rest waits" json '.phases[0].state == "done" and .phases[1].state == "waiting"'
run=$(jq -r .run "$out")
ok "one server is patched" [ "$(cat "$tmp"/patch/out/*-* | grep -c 2)" -eq 1 ]
"$gate" show "$run" rollout --json >"$out"
ok "three others are staged" json '[.actions[].arguments.argv[2]] == ["web-02", "web-03", "db-01"]'
exits 0 "approved, it ends" "$gate" approve "$run" rollout --digest "$(jq -r .digest "$out")"
ok "all are patched" [ "$(cat "$tmp"/patch/out/*-* | grep -c 2)" -eq 4 ]
exits 10 "a fleet with a broken server" "$gate" run "$tmp/patch/patch.gate" --name ill --input 'fleet=["web-01","web-02","broken-1"]'
"$gate" show ill rollout --json >"$out"
exits 1 "fails and is taken back" "$gate" approve ill rollout --digest "$(jq -r .digest "$out")"
ok "web-02 is back at level 1" [ "$(cat "$tmp/patch/out/web-02")" = 1 ]
"$gatec" build "$top/examples/hello/hello.gate" -o "$plans/hello.gbc"
exits 10 "a compiled program runs too" "$gate" run "$plans/hello.gbc" --json
run=$(jq -r .run "$out")
"$gate" show "$run" greet --json >"$out"
exits 0 "hello" "$gate" approve "$run" greet --digest "$(jq -r .digest "$out")" --json
ok "is done" json '.state == "done"'
echo "1..$n"
