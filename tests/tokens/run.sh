#!/bin/sh
# Deletes every token of every example and of the standard library, one at a
# time (delete_tokens.c). UPDATE=1 writes the places where the shorter text is
# still right into valid.txt: read the difference before you keep it.
set -u
B=${B:-build}
case $B in /*) ;; *) B=$(pwd)/$B ;; esac
cd "$(dirname "$0")/../.." || exit 1
# shellcheck disable=SC2046 # names without spaces
set -- $(find examples stdlib -name '*.gate' | LC_ALL=C sort)
if [ -n "${UPDATE:-}" ]; then
    "$B/t/delete_tokens" -u "$@" >tests/tokens/valid.txt
fi
exec "$B/t/delete_tokens" tests/tokens/valid.txt "$@"
