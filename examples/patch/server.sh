#!/bin/sh
# Plays a fleet of servers: each is a file under out/ that holds its patch
# level. A server called broken-* falls ill when it is patched.
set -eu
cd "$(dirname "$0")"
mkdir -p out 2>/dev/null || true
level=out/$2
case $1 in
patch)
    case $2 in
    broken-*)
        echo "$2 does not come back after the patch" >&2
        exit 1
        ;;
    esac
    echo 2 >"$level"
    echo "$2 is at patch level 2"
    ;;
rollback) echo 1 >"$level" ;;
status) [ "$(cat "$level" 2>/dev/null || echo 1)" = 2 ] && echo healthy || echo "not patched" ;;
*)
    echo "server.sh: unknown step $1" >&2
    exit 2
    ;;
esac
