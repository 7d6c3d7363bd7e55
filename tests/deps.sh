#!/bin/sh
# Installs the Debian packages that are missing; says nothing, and asks nobody,
# where all are there.
set -eu
missing=
for p in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
    'install ok installed') ;;
    *) missing="$missing $p" ;;
    esac
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
    $as_root true 2>/dev/null || {
        echo "this needs root; as root, run:  apt-get install$missing" >&2
        exit 1
    }
fi
export DEBIAN_FRONTEND=noninteractive
# A fresh machine has no package lists yet.
$as_root apt-get update -qq
# What apt says on the way is shown only when it fails.
# shellcheck disable=SC2086 # a list of words
said=$($as_root apt-get install -y -qq --no-install-recommends $missing 2>&1) || {
    printf '%s\n' "$said" >&2
    exit 1
}
