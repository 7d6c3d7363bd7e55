#!/bin/sh
# The sandbox, tried from inside: probe.c runs as a program of shell.change,
# through the real effects (drive.c), in every tier that this host has, as the
# invoking user and, where that is root, as an ordinary one too. What a tier
# claims must be denied; what it does not claim is not looked at.
# Prints TAP. Needs B (the build folder); wait is always for an event, with a
# bound of 60 s that only a failure reaches.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
CC=${CC:-gcc}
n=0 bad=0

ok() { n=$((n + 1)); echo "ok $n - $1"; }
not_ok() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n - $1"; sed 's/^/# /' "$W/out" 2>/dev/null | head -60; }
skip() { n=$((n + 1)); echo "ok $n - $1 # skip $2"; }
check() { name=$1; shift; if "$@"; then ok "$name"; else not_ok "$name"; fi; }

make -s B="$B" room-effect room-core room-os >&2 || { echo "not ok 1 - build"; exit 1; }
W=$(mktemp -d /tmp/gate-probe.XXXXXX) || exit 1
trap 'kill ${victim:-} 2>/dev/null; rm -rf "$W"' EXIT
chmod 755 "$W"
flags="-std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -O1 ${CFLAGS:-}"
# shellcheck disable=SC2086
$CC $flags -o "$W/probe" tests/probe/probe.c >&2 &&
    $CC $flags ${SAN:-} -o "$W/drive" tests/probe/drive.c "$B/lib/effect.a" \
        "$B/lib/core.a" "$B/lib/os.a" -lseccomp -lcrypto -lutf8proc -lm -ldl -lpthread >&2 ||
    { echo "not ok 1 - build"; exit 1; }

# What each tier claims, with all before it. Names as probe.c prints them.
T0="inherited_descriptor environment core_file memory raise_priority mount chroot
make_device socket_packet socket_raw terminal"
T1="socket_inet socket_inet_udp socket_inet6 socket_unix socket_unix_dgram socket_netlink
socket_vsock socket_alg pair_of_datagrams ptrace_other read_memory_of_other
ptrace_supervisor read_memory_of_supervisor open_memory_of_supervisor
environment_of_supervisor user_namespace user_namespace_by_clone bpf keyctl io_uring perf
userfaultfd set_id_chmod"
T2="read_home write_outside read_by_link write_by_link write_system read_shadow core_pattern
sysrq kernel_log disk open_memory_of_other"
T3="see_processes kill_other"
STATE="read_state list_state move_state"

as() { # a command as the user under test; descriptor 9 is there to be inherited
    if [ "$who" = root ] || [ "$who" = self ]; then "$@" 9<"$W/leak"
    else setpriv --reuid=65534 --regid=65534 --clear-groups "$@" 9<"$W/leak"; fi
}

fresh() { # a granted folder, a home outside of it, a state folder, a victim
    rm -rf "$W/x"
    mkdir -p "$W/x/plan/inner" "$W/x/home" "$W/x/state" "$W/x/plan/inner/state"
    echo secret >"$W/x/home/secret"
    echo log >"$W/x/state/log.db"
    echo log >"$W/x/plan/inner/state/log.db"
    echo leak >"$W/leak"
    ln -s ../home "$W/x/plan/link"
    cp "$W/probe" "$W/x/plan/probe"
    mkfifo "$W/x/plan/fifo" "$W/x/plan/fifo.go"
    : >"$W/x/plan/lock"
    if [ "$who" = nobody ]; then chown -R 65534:65534 "$W/x"; fi
    chmod 666 "$W/x/plan/lock"
    : >"$W/pid"
    chmod 666 "$W/pid"
    if [ -n "${victim:-}" ]; then kill "$victim" 2>/dev/null; wait "$victim" 2>/dev/null; fi
    # A simple command, so that $! is the process itself.
    if [ "$who" = nobody ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$W/gate-probe-victim" 600 &
    else
        "$W/gate-probe-victim" 600 &
    fi
    victim=$!
}

drive() { # TIER TOOL STATE TIMEOUT NETWORK ARGV...
    t=$1 tool=$2 state=$3 timeout=$4 net=$5
    shift 5
    as "$W/drive" "$t" "$tool" "$W/x/plan" "$state" "$timeout" "$net" "$@"
}

denied() { for name in "$@"; do
    if grep -q "^$name denied" "$W/out"; then ok "$label: $name is denied"
    else not_ok "$label: $name is denied"; fi
done; }

free() { flock -w "$1" "$W/x/plan/lock" true; }
heard() { [ "$(timeout 60 cat "$W/x/plan/fifo")" = holding ]; }

try_tier() {
    tier=$1 label="$who T$1"
    fresh
    state=$W/x/state
    [ "$tier" -ge 2 ] || state=
    drive "$tier" change "$state" 60000 0 ./probe try "$W/x" "$state" "$victim" >"$W/out" 2>&1
    check "$label: the probe ran in its tier" grep -q "^done .*tier=T$tier" "$W/out"
    check "$label: it can work in its folder" grep -q '^work_in_folder ALLOWED' "$W/out"
    check "$label: it has what tools need" sh -c "! grep -q NEEDED '$W/out'"
    # shellcheck disable=SC2086
    denied $T0
    # shellcheck disable=SC2086
    [ "$tier" -lt 1 ] || denied $T1
    # shellcheck disable=SC2086
    [ "$tier" -lt 2 ] || denied $T2 $STATE
    # shellcheck disable=SC2086
    [ "$tier" -lt 3 ] || denied $T3
    if [ "$tier" -lt 2 ]; then
        drive "$tier" change "$W/x/state" 60000 0 /bin/true >"$W/out" 2>&1
        check "$label: refused where the state folder is within reach" \
            grep -q '^failed code=spawn' "$W/out"
    fi
}

# The state folder inside the granted one: covered in T3, else refused.
try_inner_state() {
    label="$who T$1"
    fresh
    drive "$1" change "$W/x/plan/inner/state" 60000 0 ./probe try "$W/x" \
        "$W/x/plan/inner/state" "$victim" >"$W/out" 2>&1
    if [ "$1" -lt 3 ]; then
        check "$label: refused where the state folder is in the granted one" \
            grep -q '^failed code=spawn' "$W/out"
    else
        label="$label, state folder in the granted one"
        # shellcheck disable=SC2086
        denied $STATE link_state
        check "$label: it is still there" test -f "$W/x/plan/inner/state/log.db"
    fi
}

try_query() {
    label="$who T$1"
    fresh
    drive "$1" query "$W/x/state" 60000 1 ./probe try "$W/x" "$W/x/state" "$victim" >"$W/out" 2>&1
    check "$label: shell.query writes nothing" grep -q '^work_in_folder denied' "$W/out"
    check "$label: shell.query has no network, whatever the grant" \
        grep -q '^socket_inet denied' "$W/out"
}

try_network() {
    label="$who T$1"
    fresh
    drive "$1" change "$W/x/state" 60000 1 ./probe try "$W/x" "$W/x/state" "$victim" >"$W/out" 2>&1
    check "$label: a grant with network has sockets" grep -q '^socket_inet ALLOWED' "$W/out"
    denied socket_unix socket_packet socket_vsock socket_alg
}

# A program that ignores TERM, with a grandchild of another session that does
# too. Below T3 the grandchild is looked for and killed, without a claim against
# one that forks faster than that.
try_ends() {
    label="$who T$1"
    state=$W/x/state
    [ "$1" -ge 2 ] || state=
    fresh
    drive "$1" change "$state" 400 0 ./probe hold lock fifo >"$W/out" 2>&1 &
    job=$!
    check "$label: the grandchild holds its lock" heard
    wait "$job"
    check "$label: out of time is unknown" grep -q '^unknown code=timeout' "$W/out"
    check "$label: nothing survives the timeout" free 0

    fresh
    drive "$1" change "$state" 60000 0 ./probe leave lock fifo >"$W/out" 2>&1 &
    job=$!
    check "$label: the left grandchild holds its lock" heard
    echo go >"$W/x/plan/fifo.go"
    wait "$job"
    check "$label: the program ended well" grep -q '^done' "$W/out"
    check "$label: what a program leaves behind ends with it" free 0

    fresh
    # exec, so that the process killed is the driver itself
    as sh -c 'echo $$ >"$0"; exec "$@"' "$W/pid" "$W/drive" "$1" change "$W/x/plan" \
        "$state" 60000 0 \
        ./probe hold lock fifo >"$W/out" 2>&1 &
    job=$!
    check "$label: the orphan holds its lock" heard
    kill -KILL "$(cat "$W/pid")"
    wait "$job" 2>/dev/null
    check "$label: nothing survives the driver's death by KILL" free 60
}

try_forks() {
    label="$who T$1"
    fresh
    drive "$1" change "$W/x/state" 60000 0 ./probe forks >"$W/out" 2>&1
    # The kernel counts no processes of root: not claimed there, and the timeout
    # ends them all the same (below).
    [ "$(as id -u)" = 0 ] || denied fork_bomb
    fresh
    # Left running: it must be gone with the timeout, all of it.
    # shellcheck disable=SC2016
    drive "$1" change "$W/x/state" 1500 0 /bin/sh -c \
        'exec 8>lock; flock 8; echo holding >fifo; b() { sleep 600 & b; }; (ulimit -s 64; i=0; while [ $i -lt 200 ]; do setsid sleep 600 & i=$((i+1)); done; wait)' \
        >"$W/out" 2>&1 &
    job=$!
    check "$label: many sleepers hold the lock" heard
    wait "$job"
    check "$label: none of 200 sessions survives the timeout" free 0
}

cp "$(command -v sleep)" "$W/gate-probe-victim"
if [ "$(id -u)" = 0 ]; then
    users=root
    if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
        users="root nobody"
    else
        skip "everything as an ordinary user" "setpriv does not work here"
    fi
else
    users=self
fi

for who in $users; do
    fresh
    best=$(drive 3 change "$W/x/state" 60000 0 /bin/true | sed -n '1s/.*tier=T//p')
    echo "# $who: this host has T${best:-none}"
    tier=3
    while [ "$tier" -ge 0 ]; do
        if [ "$tier" -gt "${best:-0}" ]; then
            skip "$who T$tier: everything" "this host has T${best:-none} (gate doctor says why)"
        else
            try_tier "$tier"
            try_ends "$tier"
            if [ "$tier" -ge 2 ]; then
                try_inner_state "$tier"
                try_query "$tier"
                try_network "$tier"
            fi
            [ "$tier" -lt 3 ] || try_forks "$tier"
        fi
        tier=$((tier - 1))
    done
done
kill "$victim" 2>/dev/null
echo "1..$n"
[ "$bad" -eq 0 ]
