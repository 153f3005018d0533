#!/usr/bin/env bash
# From the moment the store has told that an unlocking is durable until the lock's line is active:
# which system calls lie between, thread by thread. At most ten, and none that waits for a disk or a
# network.
set -euo pipefail
# shellcheck source=tests/gpio-host/stories/cabinet.sh
source "$(dirname "$0")/cabinet.sh"

# Reads the trace from the coil backwards: the keeper since its wait ended, the loop since its wait
# before it wrote to the keeper, the store since its sync. What reads a clock is left out: on a
# cabinet it is no system call.
# shellcheck disable=SC2016  # it is awk that expands
path='
function name_of(call) { sub(/^<\.\.\. /, "", call); sub(/[( ].*/, "", call); return call }
function last(at, who, what) {
    while (--at > 0) if (thread[at] ~ who && call[at] ~ what) return at
    print "not in the trace: " what
    failed = 1
    exit 1
}
function tell(who, from, to, own,   i, name) {
    for (i = from; i <= to; ++i) {
        name = name_of(call[i])
        if (thread[i] != own || call[i] ~ /WAIT_BITSET/) continue
        if (call[i] ~ /^<\.\.\. / && i != from) continue
        printf "    %2d  %-8s %s\n", ++calls, who, substr(call[i], 1, 78)
        if (name !~ /^(epoll_ctl|epoll_wait|futex|sendto|ppoll|recvfrom|ioctl)$/) other = name
    }
}
/ (clock_gettime|gettimeofday)|MQTTAsync|lock-second/ { next }
{ ++n; thread[n] = call[n] = $0; sub(/ .*/, "", thread[n]); sub(/^[^ ]+ [^ ]+ /, "", call[n]) }
!coil && thread[n] ~ /lock-keeper/ && call[n] ~ /SET_VALUES.*bits=0x1,/ { coil = n }
END {
    if (failed) exit 1
    if (!coil) { print "no coil in the trace"; exit 1 }
    woken = last(coil, "lock-keeper", "^(ppoll|<... ppoll resumed>).* = [1-9]")
    sent = last(coil, "cabinetd", "^sendto.*\"\\\\1\\\\0\\\\1")
    back = last(sent, "cabinetd", "^(epoll_wait|<... epoll_wait resumed>).* = [1-9]")
    synced = last(sent, "cabinetd", "fdatasync")
    told = synced + 1
    while (told < sent && !(thread[told] == thread[synced] && call[told] ~ /^epoll_ctl/)) ++told
    if (told < sent) tell("store", told, sent, thread[synced])
    tell("loop", back, sent, thread[sent])
    tell("keeper", woken, coil, thread[coil])
    if (other) { print other " lies between the commit and the coil"; exit 1 }
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
if awk "$path" "$home/errand"; then exit 0; fi
sed -n 1,200p "$home/errand" >&2
[ "${1:-}" != again ] || fail 'the path from the commit to the coil is not what it should be'
# A timer of the loop may have fallen into it: once more, from the start.
pkill -x cabinetd
kill %mosquitto
wait
sim-chip.sh down left
sim-chip.sh down right
exec "$0" again
