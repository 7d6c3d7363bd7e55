#!/bin/sh
# `gate verify` against somebody who can write the file: each kind of change is
# found, and the first bad record is named.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/*.gate "$plans"
cd "$plans" || exit 1
if ! command -v sqlite3 >/dev/null 2>&1; then
    skip "tampering" "no sqlite3(1)"
    echo "1..$n"
    exit 0
fi
"$gate" run hello.gate >/dev/null
"$gate" approve hello-1 greet --digest "$("$gate" show hello-1 greet --json | jq -r .digest)" >/dev/null 2>&1
exits 0 "an honest log" "$gate" verify --json
ok "is ok" json '.ok'
size=$(jq .size "$out")
root=$(jq -r .root "$out")
db=$GATE_STATE/tenants/default/log.db

# tamper NAME CODES SEQ SQL: a copy, one change, the verdict.
tamper() {
    rm -rf "$tmp/t"
    cp -R "$GATE_STATE" "$tmp/t"
    sqlite3 "$tmp/t/tenants/default/log.db" "$4"
    exits 1 "$1" "$gate" verify --state "$tmp/t" --json
    ok "$1: named" json "(.ok | not) and .findings[0].seq == $3 and (.findings[0].code | test(\"^($2)\$\"))"
    exits 1 "$1: in words" "$gate" verify --state "$tmp/t"
    ok "$1: the record's number" said "record $3 "
}
tamper "one byte of a record" EDIT 5 \
    "UPDATE audit_entry SET env = CAST(replace(CAST(env AS TEXT), '\"v\":1', '\"v\":2') AS BLOB) WHERE seq = 5"
tamper "a record and its leaf cannot be told from the root alone" "EDIT|TRUNC|FORM" 5 \
    "UPDATE audit_entry SET leaf = zeroblob(32) WHERE seq = 5"
tamper "a deleted record" "GAP|ORDER" 6 "DELETE FROM audit_entry WHERE seq = 6"
tamper "two swapped records" "ORDER|EDIT" 4 \
    "UPDATE audit_entry SET seq = -1 WHERE seq = 4; UPDATE audit_entry SET seq = 4 WHERE seq = 5; UPDATE audit_entry SET seq = 5 WHERE seq = -1"
first=$(sqlite3 "$db" "SELECT seq FROM audit_part WHERE name = 'inputs' LIMIT 1")
tamper "a changed part" PART "$first" \
    "UPDATE audit_part SET box = CAST(box || x'00' AS BLOB) WHERE seq = $first AND name = 'inputs'"
tamper "a removed part" "PART|ERASE" "$first" \
    "DELETE FROM audit_part WHERE seq = $first AND name = 'inputs'"
tamper "the last record cut off" "TRUNC|GAP" $((size - 1)) \
    "DELETE FROM audit_entry WHERE seq = $((size - 1))"
tamper "a lie in the table of runs" INDEX "$((size - 1))" \
    "UPDATE run SET state = 'waiting'"
ok "the honest log is as it was" sh -c '[ "$("$gate" verify --json | jq -r .root)" = "$1" ]' - "$root"
echo "1..$n"
