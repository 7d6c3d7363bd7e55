#!/bin/sh
# Expressions twice: compiler and interpreter against a slow evaluator of the
# syntax tree, written from language.md alone. COUNT of them (100,000 in `make
# check`, 1,000,000 in `make soak`). Prints TAP. A disagreement prints its seed:
# `build/t/exprs one SEED` prints that plan.
exec "${B:-build}/t/exprs" "${COUNT:-100000}" "${SEED:-1}"
