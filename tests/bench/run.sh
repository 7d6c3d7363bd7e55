#!/bin/sh
# Figures and ratios on this machine, beside peers and limits taken in the same
# run. Asserts no time. Called by `make bench`.
set -eu
B=${B:-build}
t=$B/bench
mkdir -p "$t/work"
luac=$(command -v luac5.4 || command -v luac)
ms() { echo "$1" | cut -d' ' -f"$2"; }

echo "== front end: gatec check beside luac -p, same content (least CPU time, less that of a start;"
echo "   memory: the most that was resident, less that of gatec --version)"
printf '%9s %14s %14s %8s %10s %16s\n' lines 'gatec lines/s' 'luac lines/s' ratio 'gatec ms' 'memory / source'
: >"$t/work/empty.lua"
v=$("$t/timeit" 21 "$B/gatec" --version)
g0=$(ms "$v" 4)
l0=$(ms "$("$t/timeit" 21 "$luac" -p "$t/work/empty.lua")" 4)
for n in 1000 10000 100000 1000000; do
    [ $n -eq 1000000 ] && runs=5 || runs=15
    for k in gate lua; do sh tests/bench/generate.sh $n $k >"$t/work/$n.$k"; done
    g=$("$t/timeit" $runs "$B/gatec" check "$t/work/$n.gate")
    l=$("$t/timeit" $runs "$luac" -p "$t/work/$n.lua")
    echo "$(wc -lc <"$t/work/$n.gate") $(wc -l <"$t/work/$n.lua") $g $l $g0 $l0 $(ms "$v" 3)" | awk '
        function rate(lines, took, start) { took -= start; return lines / ((took > 0.05 ? took : 0.05) / 1e3) }
        {
            gs = rate($1, $7, $12); ls = rate($3, $11, $13)
            # Of small plans the memory is that of the packs that are always there.
            memory = $1 > 50000 ? sprintf("%.1f times", ($6 - $14) * 1024 / $2) : "-"
            printf "%9d %14.0f %14.0f %8.2f %10.1f %16s\n", $1, gs, ls, gs / ls, $7, memory
        }'
    rm "$t/work/$n.gate" "$t/work/$n.lua"
done
sh tests/bench/generate.sh 100000 dense >"$t/work/dense.gate"
echo "$("$t/timeit" 5 "$B/gatec" check "$t/work/dense.gate") $(wc -c <"$t/work/dense.gate") $(ms "$v" 3)" |
    awk '{ printf "a plan of nothing but phases, gates and actions, 100000 lines: %.1f times its source\n", ($3 - $6) * 1024 / $5 }'
rm "$t/work/dense.gate"

echo
echo "== start (wall, median of 101)"
s=$(ms "$("$t/timeit" 101 "$t/static")" 2)
for p in gate gatec; do
    v=$(ms "$("$t/timeit" 101 "$B/$p" --version)" 2)
    echo "$p $v $s" | awk '{ printf "%-6s --version %6.2f ms, %.2f times a trivial static program (%.2f ms)\n", $1, $2, $2 / $3, $3 }'
done
cat >"$t/work/ten.gate" <<'PLAN'
edition 1
plan hello "Say hello to the team"
role owner "The person who decides"
phase greet "Greeting" {
  gate L2 "Shall we say hello?" by owner within 1d otherwise stop
  action say_hello {
    run shell.change { argv = ["echo", "Hello, team!"] }
    undo none because "A greeting cannot be taken back"
  }
}
PLAN
v=$("$t/timeit" 101 "$B/gatec" check "$t/work/ten.gate")
echo "$v $s" | awk '{ printf "a plan of ten lines, start to finish: %.2f ms (CPU %.2f ms), %.2f ms more than a trivial static program\n", $2, $1, $2 - $5 }'

echo
echo "== one durable step beside one bare SQLite FULL commit of the same rows"
"$t/durable_step" "$t/work"
echo
echo "== start of a sandboxed program"
"$t/sandbox_start"
