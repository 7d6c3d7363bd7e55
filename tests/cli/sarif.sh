#!/bin/sh
# `gatec check --format sarif`: what the SARIF multitool says of all cases, and
# that it tells what JSON tells: the same codes at the same places.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
peer=$top/build/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
cp -r "$top/tests/diag" "$tmp/diag"
cd "$tmp/diag" || exit 1

exits 1 "all cases as SARIF" "$gatec" check --format sarif G*/bad*.gate
cp "$out" "$tmp/all.sarif"
ok "nothing is said beside it" [ ! -s "$err" ]
"$gatec" check --format json G*/bad*.gate >"$tmp/all.json"

run() { jq -c "$1" "$tmp/all.sarif"; }
ok "one run of version 2.1.0" [ "$(run '[.version, (.runs | length)]')" = '["2.1.0",1]' ]
ok "columns are code points" [ "$(run .runs[0].columnKind)" = '"unicodeCodePoints"' ]
places() {
    run '.runs[0].results[] | .locations[0].physicalLocation as $p | [.ruleId, .level, $p.artifactLocation.uri,
        $p.region.startLine, $p.region.startColumn, $p.region.endLine, $p.region.endColumn]' >"$tmp/a"
    jq -c '.diagnostics[] | [.code, .severity, .file, .line, .column, .end_line, .end_column]' "$tmp/all.json" >"$tmp/b"
    diff "$tmp/a" "$tmp/b" >"$out"
}
ok "the same findings as in JSON, in the same order, at the same places" places
fixes() {
    run '.runs[0].results[] | [.fixes[]? | [.properties.grade, .description.text, (.artifactChanges[0].replacements[0]
        | .deletedRegion.startLine, .deletedRegion.startColumn, (.insertedContent.text // ""))]]' >"$tmp/a"
    jq -c '.diagnostics[] | [.fixes[] | select(.grade != "H") | [.grade, .title, (.edits[0] | .line, .column, .text)]]' "$tmp/all.json" >"$tmp/b"
    diff "$tmp/a" "$tmp/b" >"$out"
}
ok "the same repairs as in JSON, without those that need a person" fixes
related() {
    run '.runs[0].results[] | [.relatedLocations[]? | [.physicalLocation.region.startLine, .message.text]]' >"$tmp/a"
    jq -c '.diagnostics[] | [.related[] | [.line, .message]]' "$tmp/all.json" >"$tmp/b"
    diff "$tmp/a" "$tmp/b" >"$out"
}
ok "the same other places as in JSON" related
rules='.runs[0] | .tool.driver.rules as $r | [.results[] | $r[.ruleIndex].id == .ruleId] | all'
ok "each result names its rule" [ "$(run "$rules")" = true ]
helped() {
    for code in $(run '.runs[0].tool.driver.rules[].id' | tr -d '"'); do
        "$gatec" explain "$code"
    done >"$tmp/a"
    jq -rj '.runs[0].tool.driver.rules[].help.text' "$tmp/all.sarif" >"$tmp/b"
    diff "$tmp/a" "$tmp/b" >"$out"
}
ok "a rule's help is the page of gatec explain" helped
bytes() { # of the first finding of each code
    run '.runs[0].results | unique_by(.ruleId)[].locations[0].physicalLocation
        | [.artifactLocation.uri, .region.byteOffset, .region.startLine]' | while IFS='[],"' read -r _ _ uri _ at line _; do
        [ "$(head -c "$at" "$uri" | tr -cd '\n' | wc -c)" -eq $((line - 1)) ] || echo "$uri:$line at $at"
    done >"$out"
    [ ! -s "$out" ]
}
ok "byte offsets are where the lines are" bytes

# A finding is known again when lines move, and twins are told apart.
cat >one.gate <<'P'
edition 1
plan one "One"
phase a "A" {
  require wrong == 1 "x"
  require wrong == 1 "x"
}
P
prints() { "$gatec" check --format sarif "$1" | jq -c '[.runs[0].results[].partialFingerprints["finding/v1"]]'; }
{ echo "edition 1"; echo "# moved"; echo; sed 1d one.gate | sed 's/^  /      /'; } >moved.gate
ok "fingerprints stay when lines move" [ "$(prints one.gate)" = "$(prints moved.gate)" ]
ok "fingerprints of twins differ" [ "$(prints one.gate | jq '(length == 2) and .[0] != .[1]')" = true ]
sed 's/x/y/' one.gate >other.gate
ok "fingerprints of another line differ" [ "$(prints one.gate)" != "$(prints other.gate)" ]

# Files: below the folder, above it, and with letters that a URI has not.
mkdir -p "sub/a b"
cp one.gate "sub/a b/ä%.gate"
uri() { jq -r '.runs[0].artifacts[0].location.uri' "$out"; }
exits 1 "a path with blanks" "$gatec" check --format sarif "./sub/a b/ä%.gate"
ok "is percent-encoded" [ "$(uri)" = "sub/a%20b/%C3%A4%25.gate" ]
cd sub || exit 1
exits 1 "a path that goes up" "$gatec" check --format sarif ../one.gate
ok "is a file URI" [ "$(uri)" = "file://$(cd .. && pwd -P)/one.gate" ]
cd ..
exits 0 "a good plan" "$gatec" check --format sarif G1001/good.gate
ok "has no results" json '.runs[0].results == [] and .runs[0].artifacts == []'
cp "$out" "$tmp/none.sarif"

# The only thing it may miss: an address on the web, which gate has none of.
accepted() {
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$peer" validate "$1" --level "Error;Warning" \
        --log ForceOverwrite -o "$tmp/verdict.sarif" >"$out" 2>&1
    grep -q "Analysis completed successfully" "$out" &&
        [ "$(jq -c '[.runs[0].results[].ruleId] | unique' "$tmp/verdict.sarif")" = '["SARIF2005"]' ]
}
if [ -x "$peer" ]; then
    ok "the multitool accepts all cases" accepted "$tmp/all.sarif"
    ok "the multitool accepts an empty run" accepted "$tmp/none.sarif"
    sed 's/"startColumn":/"startColumn":-/' "$tmp/all.sarif" >"$tmp/wrong.sarif"
    ok "and it refuses what is wrong" not accepted "$tmp/wrong.sarif"
else
    skip "the multitool accepts all cases" "the SARIF multitool is not installed"
fi
echo "1..$n"
