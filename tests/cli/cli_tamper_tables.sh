#!/bin/sh
# What is not in a record must follow from one: deadlines, starts, who loaded a
# program first, and that the file holds nothing that gate did not make.
. "$(dirname "$0")/tap.sh"
cp "$top"/tests/cli/plans/hello.gate "$tmp"
cd "$tmp" || exit 1
if ! command -v sqlite3 >/dev/null 2>&1; then
    skip "tampering" "no sqlite3(1)"
    echo "1..$n"
    exit 0
fi
exits 10 "a run that waits" "$gate" run hello.gate --json
exits 0 "an honest log" "$gate" verify --json
size=$(jq .size "$out")
sql() { sqlite3 state/tenants/default/log.db "$1"; }
loaded=$(sql "SELECT seq FROM program")
exits 0 "the whole log" "$gate" log --json
ok "has a record of who loaded the program, before the run" \
    sh -c 'jq -s -e --argjson at "$2" ".[\$at].kind == \"program.loaded\" and .[\$at + 1].kind == \"run.started\" and .[\$at].plan == .[\$at + 1].plan and .[\$at].actor.id == .[\$at + 1].actor.id" "$1" >/dev/null' - "$out" "$loaded"
exits 10 "a second run of the same" "$gate" run hello.gate --json
exits 0 "still honest" "$gate" verify --json
ok "and the program is loaded once" [ "$("$gate" log --json | grep -c program.loaded)" -eq 1 ]
size=$(jq .size "$out")
last=$(sql "SELECT max(seq) FROM run_record WHERE no = 1")

# tamper NAME SEQ WORDS SQL: a copy, one change, the verdict.
tamper() {
    rm -rf "$tmp/t"
    cp -R "$GATE_STATE" "$tmp/t"
    sqlite3 "$tmp/t/tenants/default/log.db" "$4"
    exits 1 "$1" "$gate" verify --state "$tmp/t" --json
    ok "$1: named" json "(.ok | not) and .findings[0].code == \"INDEX\" and .findings[0].seq == $2 and (.findings[0].text | test(\"$3\"))"
}
tamper "a deadline put off" "$last" "next deadline" "UPDATE run SET due = due + 86400000 WHERE no = 1"
tamper "a deadline forgotten" "$last" "next deadline" "UPDATE run SET due = NULL WHERE no = 1"
tamper "a deadline moved up" "$last" "next deadline" "UPDATE run SET due = 1 WHERE no = 1"
tamper "another start" "$((loaded + 1))" "another start" "UPDATE run SET started = started - 1 WHERE no = 1"
tamper "another loader" "$loaded" "who loaded" \
    "UPDATE program SET loader = '068cd529-c0e7-4972-9427-b9ddb10d2ed0'"
tamper "a program that nobody loaded" "$size" "2 programs; records tell of 1" \
    "INSERT INTO program SELECT x'00', bytes, loader, 0 FROM program"
tamper "a trigger" "$size" "trigger .t. is none of gate.s" \
    "CREATE TRIGGER t AFTER INSERT ON audit_entry BEGIN UPDATE run SET due = NULL; END"
tamper "a table more" "$size" "table .more. is none of gate.s" "CREATE TABLE more(x)"
tamper "an index less" "$size" "lacks what .CREATE INDEX run_due" "DROP INDEX run_due"
tamper "a note more" "$size" "note .more." "INSERT INTO meta VALUES ('more', 'x')"

# Whoever brings a plan is its changer, whatever the row says.
rm -rf t
cp -R "$GATE_STATE" t
sqlite3 t/tenants/default/log.db "UPDATE program SET loader = '068cd529-c0e7-4972-9427-b9ddb10d2ed0'"
exits 5 "a run of a program whose loader was changed" "$gate" run hello.gate --state "$tmp/t"
ok "says why" said "who loaded a program first was changed"
ok "and nothing has happened" [ ! -e said.txt ]
echo "1..$n"
