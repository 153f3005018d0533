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
!coil && thread[n] ~ /lock-keeper/ && call[n] ~ /SET_VALUES.*bits=0x[1-9a-f]/ { coil = n }
END {
    if (failed) exit 1
    if (!coil) { print "no coil in the trace"; exit 1 }
    woken = last(coil, "lock-keeper", "^(ppoll|<... ppoll resumed>).* = [1-9]")
    sent = last(coil, "cabinetd", "^sendto.*\"\\\\1\\\\0\\\\1")
    back = last(sent, "cabinetd", "^(epoll_wait|<... epoll_wait resumed>).* = [0-9]+$")
    told = last(sent, "cabinetd", "fdatasync")
    store = thread[told]
    # The end of a commit is written behind its sync; whatever comes then, it has been told.
    do ++told; while (told < sent && (thread[told] != store || call[told] ~ /pwrite64|fdatasync/))
    tell("store", told, sent, store)
    # A loop that was at work already does not wait, and what it did before is not on the path.
    tell("loop", back > told ? back : told, sent, thread[sent])
    tell("keeper", woken, coil, thread[coil])
    if (other) { print other " lies between the commit and the coil"; exit 1 }
    if (calls > 10) { print "more than ten"; exit 1 }
}'

# traced_drop_off <door>: how the errand went from choosing to the coil, in $home/errand.
traced_drop_off() {
    ctl assign "D-$1" --patron P-1 --code "1111222$1" | sed 's/^/    /'
    until_event assigned
    kiosk code 900001
    spring "$1" >"$home/witness.log" & # traced, everything takes its time
    local before witness=$!
    before=$(wc -l <"$home/trace")
    kiosk choose "D-$1"
    until_event opened
    wait "$witness"
    tail -n "+$before" "$home/trace" >"$home/errand"
}

make_chips | sed -n 's/^ *left: /    /p'
pull sensor-1 1
write_config >"$home/cabinetd.toml"
start_broker
start_dispatch
strace -f -Y -y -ttt -o "$home/trace" "$bin/cabinetd" --config "$home/cabinetd.toml" \
    >"$home/cabinetd.log" 2>&1 &
until_event booted
ctl grant courier-7 --code 900001 | sed 's/^/    /'
# Something else may fall into the moment that is looked at: a timer, an acknowledgement. What
# belongs to the path is there every time.
for door in 1 2 3 4; do
    traced_drop_off "$door"
    echo 'From the commit to the coil:'
    if awk "$path" "$home/errand"; then exit 0; fi
    sed -n 1,200p "$home/errand" >&2
    pull "sensor-$door" "$((door != 1))"
    pull "door-$door" 0
    until_event deposited
    kiosk answer leave
done
fail 'the path from the commit to the coil is not what it should be'
