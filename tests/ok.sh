# Sourced: claims that come with what is wrong of them.
# shellcheck shell=sh
n=0 status=0
ok() { # name; what is wrong, or nothing
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "$2" | sed 's/^/# /'
        status=1
    fi
}
