#!/bin/sh
# Which lines and branches of the reader of programs, verifier and interpreter the programs
# given run, which are compiled with --coverage. Prints the figures of each file; fails below 100 %.
set -u
find "$B" -name '*.gcda' -delete
for t; do
    "$t" >"$B/coverage.log" 2>&1 || { cat "$B/coverage.log"; exit 1; }
done
# program.def is code in others, too: only what it is in the reader counts.
rm -rf "$B/covered"
mkdir "$B/covered" || exit 1
for o in "$B"/o/vm/core/verify*.gcda "$B"/o/vm/core/vm.gcda "$B"/o/vm/core/vm_ops.gcda "$B"/o/vm/core/program.gcda; do
    cp "$o" "${o%.gcda}.gcno" "$B/covered" || exit 1
done
read_by() {
    gcovr --root . --object-directory "$B" --filter 'vm/core/(verify[a-z_]*|vm|vm_ops|program)\.(c|def)$' \
        "$@" "$B/covered"
}
read_by --csv "$B/coverage.csv" || exit 1
awk -F, 'function row(name, l, lc, b, bc) {
        printf "%-28s %5d of %5d lines (%.1f %%)  %5d of %5d branches (%.1f %%)\n",
               name, lc, l, 100 * lc / l, bc, b, 100 * bc / b
    }
    NR > 1 { row($1, $2, $3, $5, $6); l += $2; lc += $3; b += $5; bc += $6 }
    END { row("all", l, lc, b, bc); exit l == 0 || lc < l || bc < b }' "$B/coverage.csv" && exit 0
read_by
read_by --branches
exit 1
