#!/usr/bin/env bash
# A whole delivery over the kernel's GPIO: mosquitto, cabinetd, SQLite, two chips of one label; a
# courier, a patron, and a chip that is pulled out and put back while the book waits. A witness
# watches the lock lines from outside, lets doors spring, and tells how long each coil was on.
set -euo pipefail
# shellcheck source=tests/gpio-host/stories/cabinet.sh
source "$(dirname "$0")/cabinet.sh"

echo 'Two chips with one label; their lines have names.'
make_chips
pull sensor-1 1
write_config >"$home/cabinetd.toml"
start_broker
start_dispatch
"$bin/cabinetd" --list-gpio --config "$home/cabinetd.toml" >"$home/list.log" ||
    fail 'the lines do not fit the configuration'
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
