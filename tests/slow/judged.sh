#!/bin/sh
# Policies of a host twice: gatec under the host's files, and a load of what was
# compiled without them, on generated plans. COUNT of them (1,000 in `make check`,
# 100,000 in `make soak`). Prints TAP. A disagreement prints its seed:
# `build/t/judged one SEED` prints that plan and host.
exec "${B:-build}/t/judged" "${COUNT:-1000}" "${SEED:-1}"
