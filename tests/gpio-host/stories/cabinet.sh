# Sourced by a story that needs a whole cabinet on the kernel's GPIO: mosquitto, two chips of one
# label with named lines, the configuration for them, and a witness of the lock lines.
# shellcheck shell=bash
set -euo pipefail
# shellcheck source=tools/demo/talk.sh
source "$(dirname "$0")/../../../tools/demo/talk.sh"
bin=$PWD/bin
story=$(basename "$0" .sh)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT # the machine's memory is its disk
doors=(1 2 3 4 5 6 7 8)
mkfifo "$home/never"

fail() {
    echo "$story: $*" >&2
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

start_broker() {
    printf '%s\n' 'listener 1883 127.0.0.1' 'allow_anonymous true' 'set_tcp_nodelay true' \
        'log_type error' 'log_type subscribe' >"$home/broker.conf"
    mosquitto -c "$home/broker.conf" >"$home/broker.log" 2>&1 &
    until (exec 3<>/dev/tcp/127.0.0.1/1883) 2>/dev/null; do tick 0.05; done
}

# From now on until_event hears what the cabinet says, and `ctl` speaks to it.
start_dispatch() {
    export CABINETCTL_BROKER=mqtt://127.0.0.1:1883 CABINETCTL_CABINET=KS-017
    export CABINETCTL_KEY=$home/dispatch.key CABINETCTL_SEALING_KEYS=$home/sealing.keys
    "$bin/cabinetd" --config "$home/cabinetd.toml" --print-sealing-key >"$home/sealing.keys"
    exec {events}< <(exec "$bin/cabinetctl" watch 2>"$home/watch.log")
    # The first event must find a listener.
    until grep -qF 'lucheng/v1/KS-017/event' "$home/broker.log"; do tick 0.05; done
}
