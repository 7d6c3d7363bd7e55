#!/bin/sh
# Every `gate` block of the language description is understood: accepted where
# the packs it needs exist, and otherwise refused for just that and for what
# this version cannot run yet.
. "$(dirname "$0")/tap.sh"
shared=${GATE_SHARED:-$top/../shared}
if [ ! -f "$shared/language.md" ]; then
    skip "the blocks of language.md" "no language.md beside the checkout"
    echo "1..$n"
    exit 0
fi
awk -v dir="$tmp" '/^```gate/ { n++; f = dir "/block" n ".gate"; next } /^```/ { f = ""; next } f { print > f }' "$shared/language.md"
# The connector is an excerpt: it leaves out the tool that lists the statuses,
# and the image that its way back puts back.
sed -e 's|^    gives status: text from "/status_name"$|&\n    gives status_id: number from "/status_id"|' \
    -e 's|^    undo by set_status .*|    before ticket { id = id }\n&|' \
    -e 's|^  event ticket_approved .*|  tool statuses "List the statuses" { gives all: list of number from "/statuses" get "/Status" reads }\n&|' \
    "$tmp/block4.gate" >"$tmp/whole" && mv "$tmp/whole" "$tmp/block4.gate"
for f in "$tmp"/block*.gate; do
    name=$(sed -n 's/^\(plan\|connector\) \([a-z0-9_]*\).*/\2/p' "$f" | head -1)
    "$gatec" check --format json "$f" >"$out" 2>"$err"
    status=$?
    if grep -q '^use ' "$f"; then
        ok "$name: only missing packs, and what cannot run yet" json '[.diagnostics[] | select(.severity == "error") | .code] | length > 0 and all(. == "G1006" or . == "G0022")'
        ok "$name: one report a pack" sh -c '[ "$(jq "[.diagnostics[] | select(.code == \"G1006\")] | length" "$1")" -eq "$(grep -c "^use " "$2")" ]' - "$out" "$f"
    else
        ok "$name is accepted" [ "$status" -eq 0 ]
    fi
done
ok "there are four blocks" [ -f "$tmp/block4.gate" ]
echo "1..$n"
