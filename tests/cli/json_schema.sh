#!/bin/sh
# `gatec check --format json` has a published schema, and every case keeps it.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
schema=$top/compiler/diag/diagnostics.schema.json
NODE_PATH=$top/build/node_modules
export NODE_PATH

exits 0 "gatec prints the schema" "$gatec" check --schema
ok "as it stands in the source" cmp -s "$out" "$schema"
exits 0 "make install puts it beside the programs" \
    make -s -C "$top" install B="$B" DESTDIR="$tmp/root" PREFIX=/usr
ok "the language reference lies in share/doc/gate" \
    cmp -s "$tmp/root/usr/share/doc/gate/LANGUAGE.md" "$top/grammar/LANGUAGE.md"
ok "in share/gate" cmp -s "$tmp/root/usr/share/gate/diagnostics.schema.json" "$schema"

if [ -d "$NODE_PATH/ajv" ]; then
    validate() { node "$top/tests/peers/validate.js" "$schema" "$@"; }
    exits 0 "every expected file keeps the schema" validate "$top"/tests/diag/G*/expected*.json
    ok "and they are many" [ "$(grep -c ^ok "$out")" -gt 70 ]
    # Each member that must be there, left away; each kind of value, exchanged.
    all=$tmp/all.json
    (cd "$top/tests/diag" && "$gatec" check --format json G*/bad*.gate >"$all")
    exits 0 "so do all cases in one run" validate "$all"
    mutants=0
    for mutant in 'del(.diagnostics)' 'del(.diagnostics[0].code)' 'del(.diagnostics[0].severity)' \
        'del(.diagnostics[0].line)' 'del(.diagnostics[0].end_column)' 'del(.diagnostics[0].message)' \
        'del(.diagnostics[0].fixes)' 'del(.diagnostics[0].fixes[0].grade)' 'del(.diagnostics[0].fixes[0].edits[0].text)' \
        'del(.diagnostics[0].fixes[0].edits[0].file)' '.diagnostics[0].code = "G12"' \
        '.diagnostics[0].severity = "fatal"' '.diagnostics[0].line = 0' '.diagnostics[0].column = "1"' \
        '.diagnostics[0].fixes[0].grade = "X"' '.diagnostics[0].related = null'; do
        mutants=$((mutants + 1))
        jq "$mutant" "$all" >"$tmp/mutant$mutants.json"
    done
    exits 1 "what lacks a member or has a wrong one does not" validate "$tmp"/mutant*.json
    ok "not one of them" [ "$(grep -c ^bad "$out")" -eq $mutants ]
    jq '.diagnostics[0].later = 1 | .later = 2' "$all" >"$tmp/more.json"
    exits 0 "members may be added" validate "$tmp/more.json"
else
    skip "every expected file keeps the schema" "ajv is not installed"
fi
echo "1..$n"
