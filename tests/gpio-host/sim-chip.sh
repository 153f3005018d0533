#!/bin/bash
# GPIO chips that behave as told, for use inside the machine:
#
#   sim-chip.sh up <chip> <label> <lines> [<offset>=<name>]...   prints "gpiochipN <sysfs folder>"
#   sim-chip.sh vanish <chip>        as if its cable were pulled: whoever holds a line gets ENODEV
#   sim-chip.sh return <chip>        the same chip again; prints as `up`
#   sim-chip.sh down <chip>          removes it for good
#   sim-chip.sh pull <chip> <line> 0|1   what an input reads, and an output when nobody holds it
#   sim-chip.sh value <chip> <line>      what the line carries now
#
# <chip> is any word; <line> is a name or an offset. Builtins only: in the machine, a program takes
# 20 ms to start.
set -euo pipefail

simulated=/sys/kernel/config/gpio-sim
command=$1
chip=$2
shift 2
bank="$simulated/$chip/bank0"

fail() {
    echo "sim-chip.sh: $*" >&2
    exit 1
}

sysfs_folder() {
    local device name
    read -r device <"$simulated/$chip/dev_name"
    read -r name <"$bank/chip_name"
    echo "/sys/devices/platform/$device/$name"
}

go_live() {
    local folder
    echo 1 >"$simulated/$chip/live"
    folder=$(sysfs_folder)
    echo "${folder##*/} $folder"
}

up() {
    local label=$1 count=$2 line folders=("$bank")
    shift 2
    [ ! -e "$simulated/$chip" ] || fail "there is a chip '$chip' already"
    for line in "$@"; do
        folders+=("$bank/line${line%%=*}")
    done
    mkdir -p "${folders[@]}"
    echo "$label" >"$bank/label"
    echo "$count" >"$bank/num_lines"
    for line in "$@"; do
        echo "${line#*=}" >"$bank/line${line%%=*}/name"
    done
    go_live
}

down() {
    echo 0 >"$simulated/$chip/live"
    rmdir "$bank"/line* 2>/dev/null || true
    rmdir "$bank" "$simulated/$chip"
}

# line_folder <name or offset>
line_folder() {
    local folder name offset=$1
    case $1 in
        *[!0-9]*)
            offset=
            for folder in "$bank"/line*; do
                read -r name <"$folder/name" || true
                [ "$name" != "$1" ] || offset=${folder##*/line}
            done
            [ -n "$offset" ] || fail "chip '$chip' has no line '$1'"
            ;;
    esac
    echo "$(sysfs_folder)/sim_gpio$offset"
}

[ "$command" = up ] || [ -e "$bank" ] || fail "there is no chip '$chip'"
case $command in
    up) up "$@" ;;
    vanish) echo 0 >"$simulated/$chip/live" ;;
    return) go_live ;;
    down) down ;;
    pull)
        case $2 in
            0) pull='pull-down' ;;
            1) pull='pull-up' ;;
            *) fail "a line is pulled to 0 or 1, not '$2'" ;;
        esac
        folder=$(line_folder "$1")
        echo "$pull" >"$folder/pull"
        ;;
    value)
        folder=$(line_folder "$1")
        cat "$folder/value"
        ;;
    *) fail "it does not know '$command'; its first lines tell what it knows" ;;
esac
