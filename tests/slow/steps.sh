#!/bin/sh
# Runs twice: compiler, interpreter and engine against a slow interpreter of the
# syntax tree, written from language.md 5 and design.md 5, on generated plans of
# what the engine runs. COUNT of them (5,000 in `make check`, 100,000 in `make
# soak`). Prints TAP. A disagreement prints its seed: `build/t/steps one SEED`
# prints that plan and what each phase did.
exec "${B:-build}/t/steps" "${COUNT:-5000}" "${SEED:-1}"
