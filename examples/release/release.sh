#!/bin/sh
# The steps of release.gate. Everything it makes lies under out/: the archive
# (dist), the git history of what was released (history.git), and the folder
# that the public sees (public).
set -eu
cd "$(dirname "$0")"
export GIT_DIR=out/history.git
export GIT_AUTHOR_NAME=release GIT_AUTHOR_EMAIL=release@example.org
export GIT_COMMITTER_NAME=release GIT_COMMITTER_EMAIL=release@example.org

# The same source gives the same bytes, on every machine and every day.
archive() { # VERSION
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX --transform "s,^,slug-$1/," slug.c | gzip -n -9
}

test_slug() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cc -std=c17 -O2 -Wall -Wextra -Werror -o "$work/slug" slug.c
    n=0
    expect() { # WANT WORDS...
        want=$1
        shift
        got=$("$work/slug" "$@")
        [ "$got" = "$want" ] || { echo "slug $*: want $want, got $got" >&2; exit 1; }
        n=$((n + 1))
    }
    expect hello-world Hello, World!
    expect gate-1-0 "gate 1.0"
    expect a "...a..."
    expect one-two-three one two three
    if "$work/slug" '!!!' >/dev/null; then
        echo "slug '!!!': must fail" >&2
        exit 1
    fi
    n=$((n + 1))
    echo "$n tests passed"
}

case $1 in
test) test_slug ;;
checksum) archive "$2" | sha256sum | cut -c1-64 ;;
pack) # VERSION SHA256-OF-THE-SOURCE
    [ "$(sha256sum <slug.c | cut -c1-64)" = "$3" ] || {
        echo "slug.c is not the source that was approved" >&2
        exit 1
    }
    mkdir -p out/dist
    archive "$2" >"out/dist/slug-$2.tar.gz"
    echo "packed out/dist/slug-$2.tar.gz"
    ;;
unpack) rm -f "out/dist/slug-$2.tar.gz" ;;
tag)
    [ -d "$GIT_DIR" ] || git init -q --bare "$GIT_DIR"
    blob=$(git hash-object -w slug.c)
    tree=$(printf '100644 blob %s\tslug.c\n' "$blob" | git mktree)
    commit=$(git commit-tree "$tree" -m "slug $2")
    git tag -a -m "slug $2" "v$2" "$commit"
    echo "tagged v$2 at $commit"
    ;;
untag) git tag -d "v$2" ;;
publish) # VERSION FOLDER
    [ "$3" = nowhere ] || mkdir -p "out/$3"
    cp "out/dist/slug-$2.tar.gz" "out/$3/"
    echo "published out/$3/slug-$2.tar.gz"
    ;;
unpublish) rm -f "out/public/slug-$2.tar.gz" ;;
published) sha256sum <"out/public/slug-$2.tar.gz" | cut -c1-64 ;;
*)
    echo "release.sh: unknown step $1" >&2
    exit 2
    ;;
esac
