#!/usr/bin/env bash
# A whole delivery over the kernel's GPIO: mosquitto, cabinetd, SQLite, two chips of one label; a
# courier, a patron, and a chip that is pulled out and put back while the book waits. A witness
# watches the lock lines from outside, lets doors spring, and tells how long each coil was on.
set -euo pipefail
bin=$PWD/bin
home=$(mktemp -d /tmp/delivery.XXXXXX)
doors=(1 2 3 4 5 6 7 8)

fail() {
    echo "delivery: $*" >&2
    tail -n 20 "$home"/*.log >&2 || true
    exit 1
}

# Nothing but time passes; a program that sleeps takes 20 ms to start here.
tick() { read -r -t "$1" <>"$home/never" || true; }

chip_of() { if [ "$1" -le 4 ]; then echo left; else echo right; fi; }

make_chips() {
    local chip number lines
    for chip in left right; do
        lines=()
        for number in "${doors[@]}"; do
            [ "$(chip_of "$number")" = "$chip" ] || continue
            lines+=("$(((number - 1) % 4))=lock-$number" "$((4 + (number - 1) % 4))=door-$number"
                "$((8 + (number - 1) % 4))=sensor-$number")
        done
        sim-chip.sh up "$chip" mcp23017 16 "${lines[@]}" | sed "s/^/    $chip: /"
    done
}

write_config() {
    local number inverted
    (umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$home/code.key")
    cat <<TOML
[cabinet]
id = "KS-017"
help_telephone = "0512-5500 0000"
state_directory = "$home/state"
[broker]
uri = "mqtt://127.0.0.1:1883"
[secrets]
code_key_file = "$home/code.key"
[kiosk]
port = 8080
control_socket = "$home/control.sock"
[clock]
source = "assume"
TOML
    for number in "${doors[@]}"; do
        # A chip comes back with all its lines low, and then the book must still lie there.
        inverted=false
        [ "$number" != 1 ] || inverted=true
        cat <<TOML
[[compartment]]
number = $number
size = "small"
height_mm = 900
lock = { chip = "mcp23017", line = "lock-$number" }
door = { chip = "mcp23017", line = "door-$number", debounce_ms = 20 }
sensor = { chip = "mcp23017", line = "sensor-$number", active_low = $inverted, debounce_ms = 50 }
TOML
    done
    "$bin/cabinetctl" keys new dispatch-1 --out "$home/dispatch.key"
}

# 1 to 4 only: those chips come and go, and a vanished line reads nothing.
value() { sim-chip.sh value "$(chip_of "$1")" "lock-$1" 2>/dev/null || echo gone; }

# Lets door $1 spring as soon as its coil is on, and tells how long it was.
spring() {
    local since until
    while [ "$(value "$1")" != 1 ]; do tick 0.005; done
    since=${EPOCHREALTIME/./}
    pull "door-$1" 1
    while [ "$(value "$1")" = 1 ]; do tick 0.005; done
    until=${EPOCHREALTIME/./}
    echo "    witness: lock-$1 was active for $(((until - since) / 1000)) ms, door-$1 rose"
}

pull() { sim-chip.sh pull "$(chip_of "${1##*-}")" "$1" "$2"; }

ctl() { "$bin/cabinetctl" "$@"; }
kiosk() { ctl kiosk --socket "$home/control.sock" "$@" | sed 's/^/    /'; }

until_event() {
    local line
    while read -r -t 60 -u "$events" line; do
        printf '    %s\n' "$line"
        [[ $line != *" $1 "* ]] || return 0
    done
    fail "no '$1' came"
}

mkfifo "$home/never"
echo 'Two chips with one label; their lines have names.'
make_chips
pull sensor-1 1
write_config >"$home/cabinetd.toml"
printf 'listener 1883 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n' >"$home/broker.conf"
mosquitto -c "$home/broker.conf" >"$home/broker.log" 2>&1 &
export CABINETCTL_BROKER=mqtt://127.0.0.1:1883 CABINETCTL_CABINET=KS-017
export CABINETCTL_KEY=$home/dispatch.key
until (exec 3<>/dev/tcp/127.0.0.1/1883) 2>/dev/null; do tick 0.05; done
"$bin/cabinetd" --list-gpio --config "$home/cabinetd.toml" >"$home/list.log" ||
    fail 'the lines do not fit the configuration'
exec {events}< <(exec "$bin/cabinetctl" watch 2>"$home/watch.log")
"$bin/cabinetd" --config "$home/cabinetd.toml" >"$home/cabinetd.log" 2>&1 &
daemon=$!
until_event booted

echo 'A courier deposits.'
ctl grant courier-7 --code 900001 | sed 's/^/    /'
ctl assign D-1 --patron P-1 --code 11112222 --books 2 | sed 's/^/    /'
until_event assigned
kiosk code 900001
spring 1 &
witness=$!
kiosk choose D-1
until_event opened
wait "$witness"
pull sensor-1 0
pull door-1 0
until_event deposited
kiosk answer leave

echo 'The chip is pulled out while the books wait behind it; the other chip serves on.'
sim-chip.sh vanish left
until_event hardware_lost
[[ $(kiosk code 11112222) == *not_opened* ]] || fail 'the screen does not say that it cannot open'
kiosk answer leave
ctl assign D-2 --patron P-2 --code 33334444 | sed 's/^/    /'
until_event assigned
sim-chip.sh return left | sed 's/^/    left: /'
until_event hardware_back

echo 'The patron collects.'
spring 1 &
witness=$!
kiosk code 11112222
until_event opened
wait "$witness"
pull sensor-1 1
pull door-1 0
until_event collected
ctl journal verify | sed 's/^/    /'
kill "$daemon"
wait "$daemon" || fail "the daemon ended with $?"
for number in "${doors[@]}"; do
    [ "$(value "$number")" = 0 ] || fail "lock-$number is active at the end"
done
