#!/bin/sh
# Mutants of compiled programs through reader, verifier and interpreter, under
# ASan and UBSan: COUNT of them (100,000 in `make check`, 10,000,000 in `make
# soak`). Prints TAP.
set -u
B=${B:-build}
COUNT=${COUNT:-100000}
SEED=${SEED:-1}
make --no-print-directory -s -j2 B="$B/san" CFLAGS="-O1 -g" LDFLAGS= \
    SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" \
    "$B/san/soak/mutants" >&2 || { echo "not ok 1 - build"; exit 1; }
exec "$B/san/soak/mutants" --count "$COUNT" --seed "$SEED" tests/soak/plans/*.gate examples/*/*.gate
