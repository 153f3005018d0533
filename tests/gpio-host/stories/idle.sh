#!/usr/bin/env bash
# A cabinet of 96 compartments, 288 lines, does nothing: it wakes no more often than one of eight,
# because edges wake it and nothing is polled. Both run side by side against an idle broker for ten
# minutes of the machine's own time, which is to skip all waiting: time-travel=inf-cpu.
set -euo pipefail
# shellcheck source=tests/gpio-host/stories/cabinet.sh
source "$(dirname "$0")/cabinet.sh"
minutes=10

# config <compartments> <first chip> <number>: 16 compartments a chip, with lock, door and sensor.
config() {
    local state=$home/$1 number chip
    (umask 077 && mkdir "$state" && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$state/code.key")
    cat <<TOML
[cabinet]
id = "KS-$1"
help_telephone = "0512-5500 0000"
state_directory = "$state"
[broker]
uri = "mqtt://127.0.0.1:1883"
[secrets]
code_key_file = "$state/code.key"
[kiosk]
port = 0
control_socket = "$state/control.sock"
[clock]
source = "assume"
TOML
    "$bin/cabinetctl" keys new dispatch-1 --out "$state/dispatch.key"
    for ((number = 1; number <= $1; ++number)); do
        chip="idle-$(($2 + (number - 1) / 16))"
        cat <<TOML
[[compartment]]
number = $number
size = "small"
height_mm = 900
lock = { chip = "$chip", line = $(((number - 1) % 16)) }
door = { chip = "$chip", line = $((16 + (number - 1) % 16)) }
sensor = { chip = "$chip", line = $((32 + (number - 1) % 16)) }
TOML
    done
}

# How often its threads went to sleep and were woken.
wake_ups() {
    local sum=0 thread count
    for thread in /proc/"$1"/task/*; do
        count=$(sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "$thread/status")
        sum=$((sum + count))
    done
    echo "$sum"
}

for ((chip = 0; chip < 7; ++chip)); do
    sim-chip.sh up "idle-$chip" "idle-$chip" 48 >"$home/chip.log"
done
start_broker

declare -A daemon before woken
for size in 8 96; do
    config "$size" "$((size == 8 ? 0 : 1))" >"$home/$size.toml"
    "$bin/cabinetd" --config "$home/$size.toml" >"$home/$size.log" 2>&1 &
    daemon[$size]=$!
    until grep -q 'connected to the broker' "$home/$size.log"; do
        kill -0 "${daemon[$size]}" || fail 'the daemon ended'
        tick 0.1
    done
done
tick 60 # what a start leaves to do
for size in 8 96; do before[$size]=$(wake_ups "${daemon[$size]}"); done
tick $((minutes * 60))
for size in 8 96; do
    woken[$size]=$(($(wake_ups "${daemon[$size]}") - ${before[$size]}))
    echo "    $size compartments, $((3 * size)) lines:" \
        "woken ${woken[$size]} times in $minutes minutes"
done
((woken[96] <= woken[8] * 11 / 10)) || fail 'the larger one wakes more often'
