#!/bin/sh
# The language twice: compiler, interpreter and engine against slow evaluators
# written from language.md alone. COUNT expressions (100,000 in `make check`,
# 1,000,000 in `make soak`). Prints TAP. A disagreement prints its
# seed: `build/t/exprs one SEED` prints that plan.
set -u
B=${B:-build}
COUNT=${COUNT:-100000}
SEED=${SEED:-1}
exec "$B/t/exprs" "$COUNT" "$SEED"
