#!/bin/sh
# Figures and ratios on this machine, beside peers and limits taken in the same
# run. Asserts no time. Called by `make bench`.
set -eu
B=${B:-build}
t=$B/bench
mkdir -p "$t/work"
luac=$(command -v luac5.4 || command -v luac)
ms() { echo "$1" | cut -d' ' -f"$2"; }

echo "== front end: gatec check beside luac -p, same content (CPU time less start-up; median of 7)"
printf '%9s %14s %14s %8s\n' lines 'gatec lines/s' 'luac lines/s' ratio
: >"$t/work/empty.lua"
printf 'edition 1\nplan empty "Nothing"\n' >"$t/work/empty.gate"
g0=$(ms "$("$t/timeit" 21 "$B/gatec" --version)" 1)
l0=$(ms "$("$t/timeit" 21 "$luac" -p "$t/work/empty.lua")" 1)
for n in 1000 10000 100000; do
    sh tests/bench/generate.sh $n gate >"$t/work/$n.gate"
    sh tests/bench/generate.sh $n lua >"$t/work/$n.lua"
    g=$(ms "$("$t/timeit" 7 "$B/gatec" check "$t/work/$n.gate")" 1)
    l=$(ms "$("$t/timeit" 7 "$luac" -p "$t/work/$n.lua")" 1)
    lines=$(wc -l <"$t/work/$n.gate")
    llines=$(wc -l <"$t/work/$n.lua")
    echo "$lines $llines $g $g0 $l $l0" | awk '{
        gs = $1 / (($3 - $4 > 0.05 ? $3 - $4 : 0.05) / 1e3); ls = $2 / (($5 - $6 > 0.05 ? $5 - $6 : 0.05) / 1e3)
        printf "%9d %14.0f %14.0f %8.2f\n", $1, gs, ls, gs / ls }'
done

echo
echo "== start (wall, median of 101)"
s=$(ms "$("$t/timeit" 101 "$t/static")" 2)
for p in gate gatec; do
    v=$(ms "$("$t/timeit" 101 "$B/$p" --version)" 2)
    echo "$p $v $s" | awk '{ printf "%-6s --version %6.2f ms, %.2f times a trivial static program (%.2f ms)\n", $1, $2, $2 / $3, $3 }'
done

echo
echo "== one durable step beside one bare SQLite FULL commit of the same rows"
"$t/durable_step" "$t/work"
echo
echo "== start of a sandboxed program"
"$t/sandbox_start"
