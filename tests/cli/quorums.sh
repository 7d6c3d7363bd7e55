#!/bin/sh
# --absent K beside an enumeration: 60 gates, 40 people, 10 roles. Every smallest
# set of people without whom a gate can never be approved is named, and no other.
set -u
. "$(dirname "$0")/tap.sh"
peer=$top/tests/cli/quorums_peer.py
cd "$tmp" || exit 1
for seed in 1 2 3; do
    python3 "$peer" make $seed
    for k in 1 2; do
        "$gatec" check plan.gate --policy host.gate --absent $k --format json >out.json 2>"$err"
        exits 0 "seed $seed: without any $k" python3 "$peer" compare $k out.json
    done
done
exits 0 "as many as --absent takes" "$gatec" check plan.gate --policy host.gate --absent 4 --format json
exits 2 "one more" "$gatec" check plan.gate --policy host.gate --absent 5
echo "1..$n"
