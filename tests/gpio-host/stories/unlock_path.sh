#!/usr/bin/env bash
# From the moment the store has told that an unlocking is durable until the lock's line is active:
# which system calls lie between, thread by thread. At most ten, and none that waits for a disk or a
# network.
set -euo pipefail
# shellcheck source=tests/gpio-host/stories/cabinet.sh
source "$(dirname "$0")/cabinet.sh"

# Reads the trace. What reads a clock is left out: on a cabinet it is no system call.
# shellcheck disable=SC2016  # it is awk that expands
path='
function name_of(line) { sub(/^<\.\.\. /, "", line); sub(/[( ].*/, "", line); return line }
function tell(who, line) {
    printf "    %2d  %-8s %s\n", ++calls, who, substr(line, 1, 78)
    name = name_of(line)
    if (name !~ /^(epoll_ctl|epoll_wait|futex|sendto|ppoll|recvfrom|ioctl)$/) other = name
}
{ thread = $1; line = $0; sub(/^[^ ]+ [^ ]+ /, "", line) }
/ (clock_gettime|gettimeofday)|MQTTAsync|lock-second/ { next }
!stage && /fdatasync/ { store = thread; synced = 1; next }
synced && !stage && thread == store && line ~ /^epoll_ctl/ {
    stage = 1
    tell("store", line)
    next
}
line ~ /^<\.\.\. / && line !~ /^<\.\.\. (epoll_wait|ppoll) / { next }
line ~ /^(epoll_wait|ppoll).*unfinished/ { next }
# What the store does for itself afterwards, waiting for its next work, is not on the path.
stage == 1 && thread == store && line ~ /WAIT_BITSET/ { next }
stage == 1 && thread == store { tell("store", line); next }
stage == 1 && thread ~ /cabinetd/ {
    tell("loop", line)
    if (line ~ /^sendto.*"\\1\\0\\1/) stage = 2
    next
}
stage == 2 && thread ~ /lock-keeper/ {
    tell("keeper", line)
    if (line ~ /SET_VALUES.*bits=0x1,/) { stage = 3; exit }
}
END {
    if (stage != 3) { print "the pulse was not found in the trace"; exit 1 }
    if (other) { print other " lies between the commit and the pulse"; exit 1 }
    if (calls > 10) { print "more than ten"; exit 1 }
}'

make_chips | sed -n 's/^ *left: /    /p'
pull sensor-1 1
write_config >"$home/cabinetd.toml"
start_broker
strace -f -Y -y -ttt -o "$home/trace" "$bin/cabinetd" --config "$home/cabinetd.toml" \
    >"$home/cabinetd.log" 2>&1 &
until_event booted
ctl grant courier-7 --code 900001 | sed 's/^/    /'
ctl assign D-1 --patron P-1 --code 11112222 | sed 's/^/    /'
until_event assigned
kiosk code 900001
spring 1 >"$home/witness.log" & # traced, everything takes its time
before=$(wc -l <"$home/trace")
kiosk choose D-1
until_event opened
echo 'From the commit to the coil:'
tail -n "+$before" "$home/trace" >"$home/errand"
awk "$path" "$home/errand" || {
    sed -n 1,200p "$home/errand" >&2
    fail 'the path from the commit to the coil is not what it should be'
}
