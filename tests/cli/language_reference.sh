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
#   ... # G4009 words   on this line exactly this code is told; a line without a
#                       mark gives nothing
#   let a = 1 + 1  # = 2    the compiler and the engine make this of it
#
# What the examples leave out (nothing uses a name, a phase does nothing) is not
# asked of them unless a mark says it.
. "$(dirname "$0")/tap.sh"
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
    /^```[a-z]+ [a-z].*[.]/ && !inside { inside = 1; n = 0; info = ""; other = dir "/" $2; next }
    /^```/ && inside && other {
        for (i = 1; i <= n; i++) print lines[i] > other
        close(other); inside = 0; other = ""; next
    }
    /^```/ && inside { inside = 0; block(); next }
    inside { lines[++n] = $0 }
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
        if (name ~ /\//) { i = name; sub(/\/[^\/]*$/, "", i); system("mkdir -p " dir "/" i) }
        printf "%s", head > out
        for (i = 1; i <= n; i++) {
            print (kind == "phase" && lines[i] != "" ? "  " : "") lines[i] > out
            if (match(lines[i], /# G[0-9][0-9][0-9][0-9](, G[0-9][0-9][0-9][0-9])*/)) {
                mark = substr(lines[i], RSTART + 2, RLENGTH - 2); gsub(/,/, "", mark)
                print name, i, mark > (dir "/marks")
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

# What gatec says of one block: `LINE CODE` of the block, sorted.
told() { # FOLDER name offset arguments
    (cd "$1" && eval "\"$gatec\" check --format json $4 \"$2\"") >"$out" 2>"$err" </dev/null
    jq -r --argjson off "$3" '.diagnostics[] | "\(.line - $off) \(.code)"' "$out" | sort -u
}
claimed() { # FOLDER name
    awk -v name="$2" '$1 == name { for (i = 3; i <= NF; i++) print $2, $i }' "$1/marks" | sort -u
}

# Does one block do what it claims? Says on $tmp/why what does not.
block_holds() { # FOLDER name at offset kind arguments
    claimed "$1" "$2" >"$tmp/claimed"
    told "$1" "$2" "$4" "$6" >"$tmp/told"
    [ -s "$err" ] && sed 's/^/gatec: /' "$err" >"$tmp/why" && return 1
    # What a short example leaves out counts only where it is claimed.
    grep -v -e ' G1005$' -e ' G1009$' -e ' G3008$' "$tmp/told" >"$tmp/told2"
    grep -e ' G1005$' -e ' G1009$' -e ' G3008$' "$tmp/told" | grep -x -F -f "$tmp/claimed" >>"$tmp/told2"
    sort -o "$tmp/told2" "$tmp/told2"
    if ! diff "$tmp/claimed" "$tmp/told2" >"$tmp/why"; then
        sed -i -e '/^[0-9]/d' -e 's/^</claimed, line/' -e 's/^>/told, line/' "$tmp/why"
        jq -r '.diagnostics[] | "\(.line): \(.code) \(.message)"' "$out" >>"$tmp/why"
        return 1
    fi
    [ -s "$tmp/claimed" ] && return 0
    [ "$5" = odd ] && echo "begins with no declaration and no clause of a phase" >"$tmp/why" && return 1
    # The one layout: of the block, not of what was put in front of it.
    "$gatec" fmt - <"$1/$2" 2>/dev/null | tail -n +$(($4 + 1)) >"$tmp/laid_out"
    tail -n +$(($4 + 1)) "$1/$2" | diff - "$tmp/laid_out" >"$tmp/why" || return 1
    [ "$5" = values ] || return 0
    # The values: each is a condition of a check, so that the engine works it out.
    rm -rf "$GATE_STATE" "$plans"
    mkdir "$plans"
    cp "$1/$2.run" "$plans/values.gate"
    (cd "$plans" && "$gate" run values.gate) >"$tmp/why" 2>&1
}

# All blocks of a reference: `ok LINE` or `not ok LINE` and why.
blocks_hold() { # FOLDER
    while read -r name at offset kind args; do
        : >"$tmp/why"
        if block_holds "$1" "$name" "$at" "$offset" "$kind" "$args"; then
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
echo "1..$n"
