#!/bin/sh
# Generated plans, right and wrong, through the checker and through a slow walk of
# all their paths (plan.h): the same verdicts. Prints TAP. A difference prints its
# seed and the plan: `build/t/reference one SEED` prints both answers.
set -u
B=${B:-build}
COUNT=${COUNT:-10000}
SEED=${SEED:-1}
exec "$B/t/reference" "$COUNT" "$SEED"
