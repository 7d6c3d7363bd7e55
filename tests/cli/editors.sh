#!/bin/sh
# The editors' files are those that the table of words gives, and the editors
# that are there can read them.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
ok() { # name command...
    n=$((n + 1))
    name=$1
    shift
    if "$@" >"$tmp/said" 2>&1; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        sed 's/^/# /' "$tmp/said" | tail -15
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip $2"
}

sh "$top/editors/generate.sh" "$tmp/fresh"
files=$(cd "$tmp/fresh" && find . -type f | LC_ALL=C sort)
for f in $files; do
    ok "${f#./} is what editors/generate.sh writes" \
        diff -u "$top/editors/$f" "$tmp/fresh/$f"
done
if command -v jq >/dev/null; then
    for f in "$top"/editors/vscode/*.json "$top"/editors/vscode/*/*.json; do
        ok "$(basename "$f") is JSON" jq -e . "$f"
    done
else
    skip "VS Code's files are JSON" "no jq"
fi

# The group of the character at a place, as vim sees it: LINE COLUMN GROUP.
cat >"$tmp/look.vim" <<END
set nocompatible runtimepath^=$top/editors/vim
filetype plugin indent on
syntax on
edit $top/examples/hello/hello.gate
let g:said = [&filetype, exists("*GateIndent")]
function Look(pattern)
  call cursor(1, 1)
  let at = searchpos(a:pattern, 'c')
  call add(g:said, synIDattr(synID(at[0], at[1], 1), "name"))
endfunction
call Look('\\<phase\\>')
call Look('\\<needs\\>\\|\\<gate\\>')
call Look('"[A-Z]')
call Look('L2')
new
setfiletype gate
call setline(1, ['# why', 'phase x "A {b} c" {', 'when x.phase contains 3 # here', 'phase = 10MB'])
call Look('# why')
call Look('b} c')
call Look('phase contains')
call Look('\\<contains\\>')
call Look('# here')
call Look('phase =')
call Look('10MB')
call writefile(map(g:said, 'string(v:val)'), "$tmp/groups")
qall!
END
if command -v vim >/dev/null && vim --version | grep -q '+syntax'; then
    vim -u NONE -es -S "$tmp/look.vim" </dev/null >/dev/null 2>&1
    tr -d "'" <"$tmp/groups" >"$tmp/got"
    cat >"$tmp/want" <<'END'
gate
1
gateDeclaration
gateStatement
gateText
gateLevel
gateComment
gateValue
gateMember
gateOperator
gateComment
gateArgument
gateNumber
END
    ok "vim finds keyword, text, level, comment, member and argument" \
        diff "$tmp/want" "$tmp/got"
else
    skip "vim loads the syntax" "no vim with syntax"
fi
echo "1..$n"
