#!/usr/bin/env bash
# The main job before your eyes: a broker, a simulated cabinet, one delivery from assignment to
# collection. Then it stays, until Ctrl-C; --once ends it, with 0 if the delivery was made.
set -euo pipefail

bin=${BUILD_DIR:?}/bin
# shellcheck source=tools/demo/talk.sh
source "$(dirname "$0")/talk.sh"
once=no
case ${1:-} in
    '') ;;
    --once) once=yes ;;
    *)
        echo "demo: '$1' is not known; there is --once" >&2
        exit 64
        ;;
esac

home=$(mktemp -d "${TMPDIR:-/tmp}/cabinet-demo.XXXXXX")
children=()
daemon_pid_file=$home/cabinetd.pid

# Back when it has ended: what it still writes goes where its files are.
# shellcheck disable=SC2317 # the trap's function calls it
end_daemon() {
    local tries
    kill "$1" 2>/dev/null || return 0
    for ((tries = 0; tries < 200; ++tries)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$1" 2>/dev/null || true
}

# shellcheck disable=SC2317 # the trap calls it
cleanup() {
    trap '' INT TERM
    touch "$home/stopping"
    exec {events}<&- || true
    [ ! -s "$daemon_pid_file" ] || end_daemon "$(<"$daemon_pid_file")"
    [ "${#children[@]}" -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$home"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
fail() {
    echo "demo: $*" >&2
    echo "the daemon's last lines:" >&2
    tail -n 15 "$home/cabinetd.log" >&2 || true
    exit 1
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The usual port, or the next that is free, so that two demos run side by side.
free_port() {
    local port=$1
    while is_taken "$port"; do port=$((port + 1)); done
    echo "$port"
}

wait_for() {
    local what=$1 tries
    shift
    for ((tries = 0; tries < 150; ++tries)); do
        if "$@" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    fail "$what did not come up within 15 s"
}

# bank <first number> <how many> <size> <floor above the ground> <first column>
bank() {
    printf '[[bank]]\nfirst = %s\ncount = %s\nsize = "%s"\nheight_mm = %s\ncolumn = %s\n' "$@"
}

write_config() {
    (
        umask 077
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$home/code.key"
    )
    cat >"$home/cabinetd.toml" <<TOML
[cabinet]
id = "KS-017"
name = "玉山公园"
help_telephone = "0512-5500 0000"
state_directory = "$home/state"

[broker]
uri = "mqtt://127.0.0.1:$broker_port"
will_delay_s = 1

[secrets]
code_key_file = "$home/code.key"

[kiosk]
address = "127.0.0.1"
port = $kiosk_port
control_socket = "$home/control.sock"

[clock]
source = "assume"

[screen]
column = 2
columns = 2
height_mm = 800
tall_mm = 500

$(bank 1 4 small 1300 1)
$(bank 5 1 medium 800 1)
$(bank 6 1 medium 800 4)
$(bank 7 4 medium 500 1)
$(bank 11 4 large 100 1)
TOML
    "$bin/cabinetctl" keys new dispatch-demo --out "$home/dispatch.key" >>"$home/cabinetd.toml"
    "$bin/cabinetctl" keys new operator-demo --role operations --out "$home/operator.key" \
        >>"$home/cabinetd.toml"
    "$bin/cabinetd" --simulate --config "$home/cabinetd.toml" --print-sealing-key \
        >"$home/sealing.keys"
}

# As systemd would: started again whenever it goes, until the demo ends.
supervise() {
    while [ ! -e "$home/stopping" ]; do
        "$bin/cabinetd" --simulate --config "$home/cabinetd.toml" >>"$home/cabinetd.log" 2>&1 &
        echo $! >"$daemon_pid_file"
        wait $! 2>/dev/null || true
        [ -e "$home/stopping" ] || sleep 3 # long enough for `lost` to be seen
    done
}

hands() { ctl simulated --socket "$home/control.sock" "$@" >/dev/null; }

broker_port=$(free_port 18830)
kiosk_port=$(free_port 18017)
write_config
cat >"$home/mosquitto.conf" <<CONF
listener $broker_port 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
persistence false
log_type error
log_type subscribe
CONF

export CABINETCTL_BROKER=mqtt://127.0.0.1:$broker_port CABINETCTL_CABINET=KS-017
export CABINETCTL_KEY=$home/dispatch.key CABINETCTL_SEALING_KEYS=$home/sealing.keys

bold "A broker and a cabinet of fourteen compartments start."
mosquitto -c "$home/mosquitto.conf" >"$home/mosquitto.log" 2>&1 &
children+=($!)
wait_for "the broker" is_taken "$broker_port"
exec {events}< <(exec "$bin/cabinetctl" watch 2>>"$home/watch.log")
# The first event must find a listener.
wait_for "cabinetctl watch" grep -qF "lucheng/v1/KS-017/event" "$home/mosquitto.log"
supervise &
children+=($!)
until_event booted
wait_for "the cabinet" ctl status >/dev/null

bold "Dispatch lets a courier log in, and assigns a parcel of three books."
ctl grant courier-7 --code 900001 | sed 's/^/    /'
ctl assign D-2026-0001 --patron P-4711 --code 11112222 --books 3 | sed 's/^/    /'
until_event assigned

bold "The courier logs in, touches the parcel; its door springs open."
kiosk code 900001
kiosk choose D-2026-0001
until_event opened
bold "The books go in, the door is shut."
hands put 1 --books 3
hands shut 1
until_event deposited
kiosk answer leave

bold "The patron types the code from the message; the same door opens."
kiosk code 11112222
until_event opened
bold "The books are taken, the door is shut."
hands take 1
hands shut 1
until_event collected

bold "The record, fetched anew and verified link by link:"
ctl journal verify | sed 's/^/    /'
bold "Delivered: each step was durable before its door moved."
[ "$once" = no ] || exit 0

cat <<TEXT

The cabinet stays. Open its screen, with doors that you can shut and books to put in and take out:

    http://127.0.0.1:$kiosk_port/simulated.html    courier's code 900001
    http://127.0.0.1:$kiosk_port/                  the screen alone, as at the cabinet

In another terminal:

    export CABINETCTL_BROKER=$CABINETCTL_BROKER CABINETCTL_CABINET=KS-017
    export CABINETCTL_KEY=$CABINETCTL_KEY CABINETCTL_SEALING_KEYS=$CABINETCTL_SEALING_KEYS
    export PATH="$bin:\$PATH"

    cabinetctl assign D-2 --code 33334444 --books 2     another parcel
    cabinetctl status                                   every door
    cabinetctl --key $home/operator.key open 5
    cabinetctl kiosk --socket $home/control.sock screen
    mosquitto_sub -V 5 -p $broker_port -t 'lucheng/v1/#' -F '%t %r %p'
    kill -9 \$(cat $daemon_pid_file)                     it is started again, and nothing is lost
    tail -f $home/cabinetd.log

Ctrl-C ends it and leaves nothing behind. Events as they come:

TEXT
while read -r -u "$events" line; do printf '    %s\n' "$line"; done
fail "the broker is gone"
