#!/bin/sh
# `gatec check --fix`: what is safe is repaired, round after round; a file is the
# old or the new one, with its rights; --dry-run shows it as a diff.
# shellcheck disable=SC2154
. "$(dirname "$0")/tap.sh"
cd "$plans" || exit 1

plan() {
    cat <<'P'
edition 1
plan p "P"
role nobody "N"
let twice = 2
let four = twice

phase a "A" {
  needs nothing;
  action x {
    run shell.query { argv = ["x"] }
    timeout 4 h
  }
}
P
}
repaired() {
    cat <<'P'
edition 1
plan p "P"

phase a "A" {
  needs nothing
  action x {
    run shell.query { argv = ["x"] }
    timeout 4h
  }
}
P
}
plan >p.gate
repaired >want.gate
chmod 640 p.gate

exits 0 "a dry run exits as check would afterwards" "$gatec" check --fix --dry-run p.gate
cp "$out" p.diff
cp "$err" dry.err
plan >now.gate
ok "and changes nothing" cmp -s p.gate now.gate
ok "its diff has one hunk" [ "$(grep -c '^@@' p.diff)" -eq 1 ]
git apply -p0 --unsafe-paths p.diff 2>"$err"
ok "that other programs apply" cmp -s p.gate want.gate
plan >p.gate
chmod 640 p.gate

exits 0 "--fix repairs" "$gatec" check --fix p.gate
ok "all that is safe, in rounds" cmp -s p.gate want.gate
ok "says what it did" cmp -s "$err" dry.err
cat >told <<'T'
p.gate:8 G0001 write it so
p.gate:11 G0011 write it so
p.gate:3 G1005 remove it
p.gate:5 G1005 remove it
p.gate:3 G1005 remove it
T
ok "a line a repair" cmp -s "$err" told
ok "and keeps the file's rights" [ "$(stat -c %a p.gate)" = 640 ]
inode=$(stat -c %i p.gate)
exits 0 "again there is nothing to repair" "$gatec" check --fix p.gate
ok "so nothing is said" [ ! -s "$err" ]
ok "and nothing is written" [ "$(stat -c %i p.gate)" = "$inode" ]

# What is not safe stays, and is told after the repairs.
{ plan; printf 'phase b "B" {\n  needs wrong\n  action y {\n    run shell.query { argv = ["x"] }\n  }\n}\n'; } >q.gate
exits 1 "what is not safe stays" "$gatec" check --fix q.gate
ok "and is told" grep -q 'error\[G1001\]' "$err"
ok "safe repairs of that file are made" not grep -q ';' q.gate
exits 1 "as JSON" "$gatec" check --fix --format json q.gate
ok "what is left" json '[.diagnostics[].code] == ["G1001"]'

# A link is followed, and stays a link.
plan >far.gate
ln -s far.gate near.gate
exits 0 "a link" "$gatec" check --fix near.gate
ok "is followed" cmp -s far.gate want.gate
ok "and stays a link" [ -L near.gate ]

# Another file is repaired only where it is named.
printf 'edition 1\nrole boss "B";\n' >roles.gate
cp roles.gate roles.was
printf 'edition 1\nplan u "U"\nlet unused = 1\nuse r from "roles.gate"\n\nphase a "A" {\n  needs nothing\n  gate L1 by r.boss\n  action x {\n    run shell.query { argv = ["x"] }\n  }\n}\n' >u.gate
exits 1 "a library that was not named" "$gatec" check --fix u.gate
ok "is not touched" cmp -s roles.gate roles.was
exits 0 "a library that was named" "$gatec" check --fix u.gate roles.gate
ok "is repaired" not grep -q ';' roles.gate
ok "and then what its mistake had hidden" not grep -q unused u.gate

# The file is the old one when the new one cannot be written. Root may write
# everywhere, and gives that up first.
bare() {
    if [ "$(id -u)" -eq 0 ]; then setpriv --bounding-set=-all --inh-caps=-all "$@"; else "$@"; fi
}
mkdir ro
plan >ro/p.gate
chmod 555 ro
exits 5 "a folder that nobody may write" bare "$gatec" check --fix ro/p.gate
ok "is named" grep -q '^gatec: .*ro/p.gate' "$err"
plan >now.gate
ok "keeps its file" cmp -s ro/p.gate now.gate
chmod 755 ro
exits 0 "and is repaired when it may be written" bare "$gatec" check --fix ro/p.gate
exits 5 "a file that is not there" "$gatec" check --fix none.gate p.gate
exits 2 "standard input" "$gatec" check --fix -
exits 2 "a dry run of nothing" "$gatec" check --dry-run p.gate
exits 2 "a diff and JSON" "$gatec" check --fix --dry-run --format json p.gate
ok "no file is left beside" [ -z "$(find . -name '*.tmp*')" ]
echo "1..$n"
