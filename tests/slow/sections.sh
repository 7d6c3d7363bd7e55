#!/bin/sh
# Every section of every phase twice: compiler and interpreter against a slow walk
# of the syntax tree, on generated plans over the whole language. COUNT of them
# (5,000 in `make check`, 100,000 in `make soak`). Prints TAP. A disagreement prints
# its seed: `build/t/sections one SEED` prints that plan and what was done.
exec "${B:-build}/t/sections" "${COUNT:-5000}" "${SEED:-1}"
