#!/usr/bin/env bash
# inside.sh [--limit <seconds>] [--write <folder>] -- <command> [argument]...: as run.sh, but all
# that the same parent starts, ctest for instance, share a machine: it boots for the first, serves
# one after the other, and switches itself off when nothing came for ten seconds. A machine that
# stops, or hangs, is that test's failure alone: the next one boots a new machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
limit=60
writable=()

say() { printf 'gpio host: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 125
}

while [ $# -gt 0 ]; do
    case $1 in
        --limit) limit=$2 && shift ;;
        --write) writable+=(--write "$2") && shift ;;
        --) shift && break ;;
        *) fail "inside.sh does not know '$1'; its first lines tell what it knows" ;;
    esac
    shift
done
[ $# -gt 0 ] || fail "no command: inside.sh [option]... -- <command> [argument]..."

# What a program can do is asked of it without a machine.
for argument in "$@"; do
    case $argument in --list-*) exec "$@" ;; esac
done

kernel=$("$here/kernel.sh" --where) || exit 125
[ -x "$kernel" ] || fail "there is no kernel at $kernel; tests/gpio-host/kernel.sh builds it"

room="${TMPDIR:-/tmp}/gpio-host-$(id -u)-$PPID"

# One test at a time; the room may go away while we wait for it.
enter_room() {
    while :; do
        mkdir -m 700 "$room" 2>/dev/null || true
        [ -O "$room" ] || fail "$room belongs to somebody else"
        exec 8>"$room/lock" || continue
        flock 8
        [ ! "$room/lock" -ef "/proc/self/fd/8" ] || return 0
    done
}

machine_runs() {
    local pid
    pid=$(cat "$room/machine" 2>/dev/null) && kill -0 "$pid" 2>/dev/null
}

stop_machine() {
    local pid
    pid=$(cat "$room/machine" 2>/dev/null) || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    timeout 10 tail --pid="$pid" -f /dev/null || true
}

# next_answer <seconds>: sets `answer`; fails when the machine is gone or the time is over.
next_answer() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        if read -r -t 1 answer <&5; then return 0; fi
        machine_runs || return 1
    done
    return 1
}

start_machine() {
    rm -rf "${room:?}"/{to,from,output,errors}
    mkfifo -m 600 "$room/to" "$room/from"
    : >"$room/output"
    # It outlives us, so it keeps nothing of ours open: neither the lock nor ctest's pipes.
    setsid "$here/run.sh" --limit 3600 "${writable[@]}" --orders "$room" \
        8>&- </dev/null >>"$room/output" 2>"$room/errors" &
    echo $! >"$room/machine"
    exec 4<>"$room/to" 5<>"$room/from"
    # What comes before its terminal is ready would be lost.
    next_answer 60 && [ "$answer" = ready ]
}

# 0: done, `status` is the command's; 1: it was never begun; 2: it began, and the machine ended.
give_order() {
    exec 4<>"$room/to" 5<>"$room/from"
    echo "$order" >&4
    next_answer 10 && [ "$answer" = "took $order" ] || return 1
    next_answer $((limit + 15)) && [ "${answer% *}" = "done $order" ] || return 2
    status=${answer##* }
}

enter_room
# A client that was killed left its order running.
[ ! -e "$room/busy" ] || stop_machine
: >"$room/busy"
answer=
order=$(basename "$(mktemp -d "$room/order.XXXXXX")")
printf '%s\0' timeout -k 2 "$limit" "$@" >"$room/$order/arguments"
env -0 >"$room/$order/environment"
pwd >"$room/$order/working-directory"

outcome=1
status=125
before=0
# The first may meet a machine that is about to switch itself off.
for _ in first second; do
    outcome=1
    if machine_runs || start_machine; then
        before=$(stat -c %s "$room/output")
        outcome=0
        give_order || outcome=$?
    fi
    [ "$outcome" -eq 1 ] || break
    stop_machine
done
tail -c "+$((before + 1))" "$room/output"
case $outcome in
    0) [ "$status" -ne 124 ] || say "the command was not done after $limit s" ;;
    1) cat "$room/errors" >&2 && say "the machine did not come up" ;;
    2)
        stop_machine
        cat "$room/errors" >&2
        say "the machine ended, or did not answer any more, while the command ran"
        ;;
esac
rm -rf "${room:?}/$order" "$room/busy"
machine_runs || rm -rf "$room"
exit "$status"
