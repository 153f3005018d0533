#!/bin/bash
# Inside a machine that serves many tests: runs one order after the other. An order is a folder
# below the shared one; it is named on /dev/ttyS2, and there the answer goes.
set -euo pipefail

idle_seconds=10

# What a test has left behind must not meet the next one.
clear_away() {
    local place type chip space
    while read -r _ place type _; do
        [ "$type" != ext2 ] || fsfreeze --unfreeze "$place" 2>/dev/null || true
    done </proc/mounts
    # Everybody but the first process and this one, which is main.sh.
    kill -KILL -1 2>/dev/null || true
    while read -r _ place type _; do
        [ "$type" != ext2 ] || umount -l "$place"
    done </proc/mounts
    for chip in /sys/kernel/config/gpio-sim/*/; do
        [ ! -e "$chip" ] || sim-chip.sh down "$(basename "$chip")"
    done
    for space in /run/netns/*; do
        [ ! -e "$space" ] || ip netns delete "${space##*/}"
    done
}

# serve_orders <folder>: until none came for a while.
serve_orders() {
    local order status
    exec 3<>/dev/ttyS2
    echo ready >&3
    while read -r -t "$idle_seconds" order <&3; do
        echo "took $order" >&3
        status=0
        run_command "$1/$order" </dev/null >/dev/ttyS0 2>&1 || status=$?
        clear_away
        echo "done $order $status" >&3
    done
}
