#!/bin/sh
# Every `gate` block of the language description checks without a report, under
# a host that lists the packs which it uses, and has the one layout.
. "$(dirname "$0")/tap.sh"
shared=${GATE_SHARED:-$top/../shared}
if [ ! -f "$shared/language.md" ]; then
    skip "the blocks of language.md" "no language.md beside the checkout"
    echo "1..$n"
    exit 0
fi
GATE_PACKS=$top/tests/packs
export GATE_PACKS
awk -v dir="$tmp" '/^```gate/ { n++; f = dir "/block" n ".gate"; next } /^```/ { f = ""; next } f { print > f }' "$shared/language.md"
mkdir "$tmp/shared"
printf 'edition 1\nrole on_call "Is called when something breaks"\nrole it_manager "Manages IT"\n' >"$tmp/shared/roles.gate"
codes() { jq -r '[.diagnostics[].code] | unique | join(" ")' "$out"; }
for f in "$tmp"/block*.gate; do
    block=$(sed -n 's/^\(plan\|connector\) \([a-z0-9_]*\).*/\2/p' "$f" | head -1)
    exits 0 "$block has the one layout" "$gatec" fmt --check "$f"
    [ "$block" = halopsa ] && continue
    exits 0 "$block is accepted" "$gatec" check --policy "$GATE_PACKS/host.gate" "$f"
    ok "$block: not one report" [ ! -s "$err" ]
done
ok "there are four blocks" [ -f "$tmp/block4.gate" ]

# Nobody believes a pack that no host lists: what it changes counts as destroyed.
for b in 2 3; do
    exits 1 "block $b without a host" "$gatec" check --format json "$tmp/block$b.gate"
    ok "says only that nobody is asked" [ "$(codes)" = G4009 ]
done

# The connector is an excerpt: it leaves out the tool that lists the statuses,
# and the image that its way back puts back. It is accepted, and both are told.
exits 0 "the connector as it stands" "$gatec" check --format json "$tmp/block4.gate"
ok "two warnings tell what is left out" [ "$(codes)" = G1016 ]
ok "each once" json '.diagnostics | length == 2'
sed -e 's|^    gives status: text from "/status_name"$|&\n    gives status_id: number from "/status_id"|' \
    -e 's|^    undo by set_status .*|    before ticket { id = id }\n&|' \
    -e 's|^  event ticket_approved .*|  tool statuses "List the statuses" { gives all: list of number from "/statuses" get "/Status" reads }\n&|' \
    "$tmp/block4.gate" >"$tmp/whole.gate"
exits 0 "with them it is accepted" "$gatec" check "$tmp/whole.gate"
ok "not one report" [ ! -s "$err" ]
echo "1..$n"
