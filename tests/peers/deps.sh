#!/bin/sh
# Installs the programs that our output is held against into build/node_modules,
# pinned by package-lock.json here; nothing global. Does nothing, and asks
# nobody, where they are there. Where they cannot be had, the tests that need
# them are skipped and counted; under CI that is a failure.
set -eu
cd "$(dirname "$0")/../.."
to=build
if cmp -s tests/peers/package-lock.json "$to/node_modules/.gate-lock.json"; then
    exit 0
fi
install_all() {
    command -v npm >/dev/null 2>&1 || sh tests/deps.sh nodejs npm || return 1
    echo "installing: what tests/peers/package.json names, into $to/node_modules"
    mkdir -p "$to"
    cp tests/peers/package.json tests/peers/package-lock.json "$to"
    # No scripts of others; one of them only makes a program executable.
    (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) || return 1
    chmod u+x "$to"/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool || return 1
    cp tests/peers/package-lock.json "$to/node_modules/.gate-lock.json"
}
install_all && exit 0
echo "they cannot be installed: tests that need them are skipped" >&2
[ -z "${CI:-}" ]
