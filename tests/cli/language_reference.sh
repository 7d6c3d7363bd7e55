#!/bin/sh
# grammar/LANGUAGE.md is run: every `gate` block of it is checked, and does what
# it claims. The first section of the reference says how its examples are meant:
#
#   ```gate             a whole file (it begins with `edition`), declarations, or
#                       clauses of one phase; what the frame declares and the
#                       block names is put in front
#   ```gate frame       the declarations of the frame
#   ```gate x.gate      that file, for the blocks behind it (```ics x.ics: the same)
#   ```gate --start D   with that argument of `gatec check`
#   ... # G4009 words   on this line exactly this code is told (alone on its line:
#                       on the line above); a line without a mark gives nothing
#   let a = 1 + 1  # = 2    the compiler and the engine make this of it
#
# What the examples leave out (nothing uses a name, a phase does nothing) is not
# asked of them unless a mark says it.
. "$(dirname "$0")/tap.sh"
LC_ALL=C
GATE_PACKS=$top/tests/packs
export LC_ALL GATE_PACKS
reference=$top/grammar/LANGUAGE.md

# Cuts a reference FILE into plans below FOLDER: NNN.gate or the block's own
# name, and in FOLDER/blocks a line for each: name, line of the reference before
# its first, lines put in front, kind, arguments. FOLDER/marks: name, line, codes.
cut_blocks() { # FILE FOLDER
    mkdir -p "$2"
    : >"$2/blocks"
    : >"$2/marks"
    awk -v dir="$2" '
    # words.def: what may begin a declaration, and what a clause of a phase
    FILENAME ~ /words\.def$/ {
        if ($0 ~ /^WORD\(.*PL_(FILE|TOP)/) declares[word_of($0)] = 1
        else if ($0 ~ /^WORD\(.*PL_PHASE/) clause[word_of($0)] = 1
        next
    }
    /^```gate( |$)/ && !inside {
        inside = 1; at = FNR; n = 0; info = substr($0, 9); next
    }
    /^```[a-z]+ [a-z].*[.]/ && !inside { inside = 1; n = 0; info = ""; other = $2; next }
    /^```/ && inside && other {
        folder_of(other)
        other = dir "/" other
        for (i = 1; i <= n; i++) print lines[i] > other
        close(other); inside = 0; other = ""; next
    }
    /^```/ && inside { inside = 0; block(); next }
    inside { lines[++n] = $0 }
    function folder_of(name) {
        if (sub(/\/[^\/]*$/, "", name)) system("mkdir -p " dir "/" name)
    }
    function word_of(s) { sub(/^WORD\("/, "", s); sub(/".*/, "", s); return s }
    # The code of a line: no comment, and of texts only the values in them.
    function code(s) {
        gsub(/"[^"{]*"/, "\"\"", s)
        sub(/#.*/, "", s)
        return s
    }
    function names(s, name) { return (" " s " ") ~ ("[^a-z0-9_.]" name "[^a-z0-9_]") }
    function declared(s, name) {
        return s ~ ("(^|[^a-z0-9_])(input|let|secret|role|calendar|milestone|phase|person|connector|use|event|each) " name "([^a-z0-9_]|$)")
    }
    function frame_of(text,    i, k, name, head, all) {
        for (i = 1; i <= n_frame; i++) {
            name = frame_name[i]
            if (!names(text, name) || declared(text, name)) continue
            all = all frame[i]
        }
        return all
    }
    function block(    i, first, opened, text, kind, name, head, out, args, mark, value) {
        if (info == "frame") {
            for (i = 1; i <= n; i++) {
                if (lines[i] ~ /^[a-z]/) { split(lines[i], w, /[ :]/); frame_name[++n_frame] = w[2] }
                frame[n_frame] = frame[n_frame] lines[i] "\n"
            }
            return
        }
        for (i = 1; i <= n; i++) {
            text = text "\n" code(lines[i])
            if (first == "" && lines[i] ~ /^[a-z]/) {
                first = lines[i]; opened = first ~ /\{/; sub(/[^a-z].*/, "", first)
            }
        }
        if (first == "edition" || first == "plan" || info ~ /^[a-z]/) kind = "file"
        else if (first in declares) kind = "plan"
        else if (first in clause) kind = "phase"
        else kind = "odd"
        name = sprintf("%03d.gate", ++count)
        args = info
        if (info ~ /^[a-z]/) { name = info; sub(/ .*/, "", name); args = substr(info, length(name) + 2) }
        if (kind != "file") head = "edition 1\nplan example \"An example\"\n" frame_of(text)
        if (kind == "plan" && opened) head = head "\n"
        if (kind == "phase") head = head "\nphase example \"An example\" {\n"
        out = dir "/" name
        folder_of(name)
        printf "%s", head > out
        for (i = 1; i <= n; i++) {
            print (kind == "phase" && lines[i] != "" ? "  " : "") lines[i] > out
            if (match(lines[i], /# G[0-9][0-9][0-9][0-9](, G[0-9][0-9][0-9][0-9])*/)) {
                mark = substr(lines[i], RSTART + 2, RLENGTH - 2); gsub(/,/, "", mark)
                # Alone on its line it speaks of the line above.
                print name, lines[i] ~ /^ *# G/ ? i - 1 : i, mark > (dir "/marks")
            }
            if (lines[i] ~ /^let [a-z0-9_]+ = .*  # = /) {
                mark = lines[i]; sub(/^let /, "", mark); sub(/ .*/, "", mark)
                value = lines[i]; sub(/.*  # = /, "", value)
                values = values "  check c" i " \"line " at + i ": " mark "\" { require " mark " == (" value ") }\n"
            }
        }
        if (kind == "phase") print "}" > out
        close(out)
        if (values != "") {
            system("cp " out " " out ".run")
            printf "\nphase values {\n%s}\n", values >> (out ".run")
            close(out ".run")
            kind = "values"; values = ""
        }
        i = gsub(/\n/, "\n", head)
        print name, at, i, kind, args > (dir "/blocks")
    }
    ' "$top/grammar/words.def" "$1"
}

# What is told and what is claimed, a line `LINE CODE` each: exactly the same?
# What a short example leaves out counts only where it is claimed.
claims_hold() { # FOLDER name offset
    awk -v name="$2" '$1 == name { for (i = 3; i <= NF; i++) print $2, $i }' "$1/marks" | sort -u >"$tmp/claimed"
    sed -n 's/^{"code":"\(G[0-9]*\)","severity":"[a-z]*","file":"[^"]*","line":\([0-9]*\),.*/\2 \1/p' "$out" |
        awk -v off="$3" '{ print $1 - off, $2 }' | sort -u >"$tmp/told"
    {
        grep -v -e ' G1005$' -e ' G1009$' -e ' G3008$' "$tmp/told"
        grep -e ' G1005$' -e ' G1009$' -e ' G3008$' "$tmp/told" | grep -x -F -f "$tmp/claimed"
    } | sort >"$tmp/counted"
    diff "$tmp/claimed" "$tmp/counted" >"$tmp/why" && return 0
    sed -i -e '/^[0-9]/d' -e 's/^</claimed, line/' -e 's/^>/told, line/' "$tmp/why"
    jq -r '.diagnostics[] | "\(.line): \(.code) \(.message)"' "$out" >>"$tmp/why"
    return 1
}

# The one layout: of the block, not of what was put in front of it.
laid_out() { # FOLDER name offset
    "$gatec" fmt --check "$1/$2" >/dev/null 2>&1 && return 0
    "$gatec" fmt - <"$1/$2" 2>/dev/null | tail -n +$(($3 + 1)) >"$tmp/laid_out"
    tail -n +$(($3 + 1)) "$1/$2" | diff - "$tmp/laid_out" >"$tmp/why"
}

# Does one block do what it claims? Says on $tmp/why what does not.
block_holds() { # FOLDER name offset kind arguments
    (cd "$1" && eval "\"$gatec\" check --format json $5 \"$2\"") >"$out" 2>"$tmp/why" </dev/null
    [ -s "$tmp/why" ] && return 1
    marked=false
    grep -q "^$2 " "$1/marks" && marked=true
    if $marked || grep -q '"code"' "$out"; then
        claims_hold "$1" "$2" "$3" || return 1
    fi
    $marked && return 0
    [ "$4" = odd ] && echo "begins with no declaration and no clause of a phase" >"$tmp/why" && return 1
    laid_out "$1" "$2" "$3" || return 1
    [ "$4" = values ] || return 0
    # The values: each is a condition of a check, so that the engine works it out.
    rm -rf "$GATE_STATE" "$plans"
    mkdir "$plans"
    cp "$1/$2.run" "$plans/values.gate"
    (cd "$plans" && "$gate" run values.gate) >"$tmp/why" 2>&1
}

# All blocks of a reference: `ok LINE` or `not ok LINE` and why.
blocks_hold() { # FOLDER
    while read -r name at offset kind args; do
        if block_holds "$1" "$name" "$offset" "$kind" "$args"; then
            echo "ok $at"
        else
            echo "not ok $at"
            sed 's/^/# /' "$tmp/why"
        fi
    done <"$1/blocks"
}

# The test itself: of these claims, the even ones are wrong.
cat >"$tmp/claims.md" <<'END'
```gate frame
role owner "Decides"
```
```gate
gate L2 "Ship it?" by owner within 1d otherwise stop
```
```gate
gate L2 "Ship it?" within 1d otherwise stop
```
```gate
gate L2 "Ship it?" within 1d otherwise stop  # G4001
```
```gate
gate L2 "Ship it?" by owner within 1d otherwise stop  # G4001
```
```gate
gate L2 "Ship it?" within 1d within 2d otherwise stop  # G4001, G0021
```
```gate
gate L2 "Ship it?"
  within 1d  # G4001
  otherwise stop
```
```gate
let a = 2 * 3  # = 6
```
```gate
let a = 2 * 3  # = 7
```
```gate
role lead "Leads"
```
```gate
role   lead "Leads"
```
```gate x.gate
edition 1
role lead "Leads"
```
```gate
use y from "y.gate"
```
```gate
use x from "x.gate"
```
```gate
within 1d
```
END
cut_blocks "$tmp/claims.md" "$tmp/claims"
blocks_hold "$tmp/claims" | awk '/^(not )?ok/ { print ++i, $1 }' >"$tmp/verdicts"
ok "fourteen examples are found" [ "$(wc -l <"$tmp/verdicts")" -eq 14 ]
ok "what is claimed rightly holds" [ -z "$(awk '$1 % 2 == 1 && $2 != "ok"' "$tmp/verdicts")" ]
ok "what is claimed wrongly does not" [ -z "$(awk '$1 % 2 == 0 && $2 == "ok"' "$tmp/verdicts")" ]

cut_blocks "$reference" "$tmp/ref"
blocks_hold "$tmp/ref" >"$tmp/verdicts"
while read -r line; do
    case $line in
    '#'*) echo "$line" ;;
    *)
        n=$((n + 1))
        echo "${line% *} $n - the example at line ${line##* }"
        ;;
    esac
done <"$tmp/verdicts"

# --- nothing is left out ----------------------------------------------------------
# Each list comes from the one table that the programs are made of.
cd "$top" || exit 1
(cd "$tmp/ref" && find . -name '*.gate' | while read -r f; do
    "$gatec" dump --tokens "$f" 2>/dev/null
done) | awk '{ text = $0; sub(/^[^"]*"/, "", text); sub(/"$/, "", text); print $2, text }' | sort -u >"$tmp/tokens"
(cd "$tmp/ref" && find . -name '*.gate' | while read -r f; do
    "$gatec" dump --ast "$f" 2>/dev/null
done) | awk '{ print $1 }' | sort -u >"$tmp/nodes"
find "$tmp/ref" -name '*.gate' -exec cat {} + | sed 's/#.*//' >"$tmp/examples"
# all_there NAME: each line of stdin is a line of FILE.
all_there() { # name file
    sort -u >"$tmp/wanted"
    comm -23 "$tmp/wanted" "$2" >"$out"
    : >"$err"
    ok "$1" [ -s "$tmp/wanted" -a ! -s "$out" ]
}
sed -n 's/^WORD("\([a-z]*\)", \([A-Z]*\), .*/\2 \1/p' grammar/words.def >"$tmp/list"
all_there "each word of words.def has an example" "$tmp/tokens" <"$tmp/list"
sed -n 's/^SIGN(\([A-Z_]*\), .*/\1/p' grammar/words.def | grep -v -x -e STRAY -e BAD -e BADCLAUSE -e ANYWORD -e UMINUS >"$tmp/signs"
cut -d' ' -f1 "$tmp/tokens" | sort -u >"$tmp/kinds"
all_there "each kind of literal and sign has one" "$tmp/kinds" <"$tmp/signs"
sed -n 's/^NODE(\([A-Z]*\),.*/\1/p' grammar/nodes.def | grep -v -x BAD >"$tmp/list"
all_there "each kind of node has one: each declaration, clause and expression" "$tmp/nodes" <"$tmp/list"
sed -n 's/^BUILTIN(\([a-z_]*\),.*/\1/p' vm/core/builtins.def >"$tmp/list"
grep -o '[a-z_]*(' "$tmp/examples" | tr -d '(' | sort -u >"$tmp/have"
all_there "each function has one" "$tmp/have" <"$tmp/list"
grep -o '{"[a-zA-Z%]*", "[a-zA-Z%]*", TOK_[A-Z]*}' grammar/lex.re | tr -d '{",' | awk '$1 == $2 { print $1 }' >"$tmp/list"
grep -e '^DURATION' -e '^SIZE' -e '^PERCENT' "$tmp/tokens" | grep -o '[a-zA-Z%]*' | sort -u >"$tmp/have"
grep -v -x -e mo -e y "$tmp/list" >"$tmp/list2"
all_there "each unit has one" "$tmp/have" <"$tmp/list2"
sed -n 's/^\(MEMBER\|ASKED\)(\([A-Z]*\), \([a-z_]*\),.*/\2.\3/p' vm/core/subjects.def | tr A-Z a-z >"$tmp/list"
grep -o '[a-z]*\.[a-z_]*' "$tmp/examples" | sort -u >"$tmp/have"
all_there "each member that a policy may ask for has one" "$tmp/have" <"$tmp/list"
for f in stdlib/host/*.gate; do
    sed -n "s/^  tool \([a-z]*\) .*/$(basename "$f" .gate).\1/p" "$f"
done >"$tmp/list"
all_there "each tool that is always there has one" "$tmp/have" <"$tmp/list"

# Tables of the text, each against its source.
section() { # heading: the lines below it
    awk -v h="$1" '/^```/ { inside = !inside } !inside && /^##+ / { on = $0 ~ ("^##+ " h "$"); next } on' "$reference"
}
section Codes | sed -n 's/^| \(G[0-9]*\) | \([a-z]*\) | \(.*\) |$/\1 \2 \3/p' >"$out"
"$gatec" explain | sed 's/  */ /; s/\(G[0-9]* [a-z]*\)  */\1 /' >"$tmp/list"
ok "the list of codes is that of gatec explain" cmp -s "$out" "$tmp/list"
# But for what no text can show: bytes that are no UTF-8, an invisible character,
# a file of megabytes, a plan that is run, two versions of a plan.
cut -d' ' -f3- "$tmp/ref/marks" | tr ' ' '\n' | sort -u >"$tmp/have"
"$gatec" explain | cut -c1-5 | grep -v -e G0005 -e G0006 -e G0020 -e G0022 -e G3012 >"$tmp/list2"
all_there "each code has an example" "$tmp/have" <"$tmp/list2"
sed -n '/^## Codes/q; p' "$reference" | grep -o 'G[0-9][0-9][0-9][0-9]' | sort -u >"$tmp/have"
"$gatec" explain | cut -c1-5 >"$tmp/list2"
all_there "and a rule that speaks of it" "$tmp/have" <"$tmp/list2"
section Limits | sed -n 's/^| `\([A-Z_]*\)` | \([0-9]*\) \([^|]*\) | \(.*\) |$/\1 \2 \3: \4/p' >"$out"
sed -n 's/^LIMIT(\([A-Z_]*\), \([0-9]*\), "\([^"]*\)", "\(.*\)")$/\1 \2 \3: \4/p' vm/os/limits.def | sort >"$tmp/have"
all_there "the limits are those of limits.def" "$tmp/have" <"$out"
section 'What this version cannot run yet' | sed -n 's/^| \(.*\) | .* |$/\1/p' | tail -n +2 | sort >"$tmp/have"
sed -n '/^} rows\[\]/,/^};/p' vm/engine/later.c | sed -n 's/^    {find_[a-z_]*, "\([^"]*\)".*/\1/p' | sort >"$out"
ok "what cannot run yet is what the engine refuses" cmp -s "$out" "$tmp/have"
sed -n '/^```ebnf/,/^```$/p' "$reference" | grep -o '"[a-z]*"' | tr -d '"' | sort -u >"$tmp/have"
sed -n 's/^WORD("\([a-z]*\)", [A-Z]*, \(RESERVED\|SOFT\),.*/\1/p' grammar/words.def | sort -u >"$out"
ok "the grammar has all words of words.def and no other" cmp -s "$out" "$tmp/have"
for kind in PHASE RUN; do
    sed -n "s/^${kind}_STATE(.*\"\([a-z_]*\)\")/\1/p" vm/engine/states.def | tr '\n' ' '
    echo
done | sed 's/ $//' >"$out"
section Tests | sed -n -e 's/^| a phase | `\(.*\)` |$/\1/p' -e 's/^| the run | `\(.*\)` |$/\1/p' >"$tmp/have"
ok "the states are those of states.def" cmp -s "$out" "$tmp/have"
grep -o '{"[a-z]*", \(true\|false\)}' compiler/check/host.c | cut -d'"' -f2 >"$tmp/list"
section Grants | sed -n 's/^| `\([a-z]*\)` |.*/\1/p' | sort >"$tmp/have"
all_there "the bounds of a grant are all there" "$tmp/have" <"$tmp/list"
grep -o '{{"[a-z_]*", [0-9]*}, \(true\|false\)}' compiler/check/host.c | cut -d'"' -f2 >"$tmp/list"
section Settings | sed -n 's/^| `\([a-z_]*\) .*/\1/p' | sort >"$tmp/have"
all_there "the settings are all there" "$tmp/have" <"$tmp/list"
# Kinds and members of connectors' clauses: `auth basic user!`.
awk -F'[{}, ]+' '/^    \{SC_(AUTH|PAGE|ERRORS|LIMITS|VERIFY|HANDSHAKE), / {
    gsub(/""/, "-"); gsub(/"/, ""); name = tolower(substr($2, 4))
    kind = $3 == "NULL" ? "-" : $3
    if ($4 == "*") next
    print name, kind, $4 == "NULL" ? "-" : $4 ($6 == "true" ? "!" : "")
}' compiler/check/wire_clause.c >"$tmp/list"
section 'What a connector says' | sed -n 's/^| `\(auth\|page\|errors\|limits\|verify\|handshake\)` | /\1 /p' | tr -d '`;' | awk '{
    name = $1; kind = "-"
    if (name == "errors" || name == "limits" || $0 !~ /[{]/) { for (i = 2; i <= NF; i++) { gsub(/[,()]/, "", $i); print name, "-", $i }; next }
    open = 0
    for (i = 2; i <= NF; i++) {
        if ($i == "{") open = 1
        else if ($i == "}") open = 0
        else if (open) print name, kind, $i
        else { kind = $i; print name, kind, "-"; print name, "-", $i }
    }
}' | sort -u >"$tmp/have"
all_there "the kinds and members of a connector's clauses are all there" "$tmp/have" <"$tmp/list"

# Links and contents. GitHub makes an anchor of a heading so.
awk '/^```/ { inside = !inside } !inside && /^##+ / { sub(/^##+ /, ""); print }' "$reference" | tr A-Z a-z |
    sed 's/[^a-z0-9 _-]//g; s/ /-/g' | awk '{ print $0 (seen[$0]++ ? "-" seen[$0] - 1 : "") }' | sort >"$tmp/have"
grep -o '](#[^)]*)' "$reference" | sed 's/](#//; s/)//' >"$tmp/list"
all_there "each link leads to a heading" "$tmp/have" <"$tmp/list"
sed '/^## /q' "$reference" | grep -o '](#[^)]*)' | sed 's/](#//; s/)//' | sort >"$tmp/list"
all_there "the contents have each heading" "$tmp/list" <"$tmp/have"
echo "1..$n"
