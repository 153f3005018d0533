#!/usr/bin/env bash
# run.sh [option]... -- <command> [argument]...: runs a command as root in a machine of its own, a
# User-Mode Linux kernel with GPIO, and exits with the command's status.
#
#   --limit <seconds>         kill the machine after so long; 300
#   --write <folder>          the command may write here; all else it writes stays in memory.
#                             The clone's build/ is one.
#   --systemd                 boot systemd first; the command runs after multi-user.target
#   --goes-on-after-reset     run the command again when the machine has reset itself;
#                             GPIO_HOST_BOOT counts
#   --memory <size>           256M
#   --kernel-argument <word>  for instance time-travel=inf-cpu, a clock that skips all waiting
#   --kernel-log <file>       keep what the kernel said
#   --orders <folder>         instead of a command, what inside.sh puts there
#
# 123 the machine reset itself, 124 the time was over, 125 it stopped before the command ended,
# 134 the kernel panicked; each with a sentence.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clone=$(cd "$here/../.." && pwd)
memory=256M
limit=300
writable=()
arguments=()
kernel_log=
marks=()
orders=

say() { printf 'gpio host: %s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 125
}

while [ $# -gt 0 ]; do
    case $1 in
        --limit) limit=$2 && shift ;;
        --write) writable+=("$(readlink -f "$2")") && shift ;;
        --systemd) marks+=(systemd) ;;
        --goes-on-after-reset) marks+=(goes-on-after-reset) ;;
        --memory) memory=$2 && shift ;;
        --kernel-argument) arguments+=("$2") && shift ;;
        --kernel-log) kernel_log=$2 && shift ;;
        --orders) orders=$2 && shift ;;
        --) shift && break ;;
        *) fail "run.sh does not know '$1'; its first lines tell what it knows" ;;
    esac
    shift
done
[ -n "$orders" ] || [ $# -gt 0 ] ||
    fail "no command: run.sh [option]... -- <command> [argument]..."

kernel=$("$here/kernel.sh" --where) || exit 125
[ -x "$kernel" ] || fail "there is no kernel at $kernel; tests/gpio-host/kernel.sh builds it"

# The kernel keeps its memory in a file that must be executable and hold all of it; a container's
# /dev/shm often is neither.
memory_folder() {
    local free_kb
    if [ -z "${TMPDIR:-}" ] && ! grep -qE '^[^ ]+ /dev/shm [^ ]+ [^ ]*\bnoexec\b' /proc/mounts; then
        free_kb=$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
        if [ "${free_kb:-0}" -gt $(($(numfmt --from=iec "$memory") / 1024)) ]; then
            echo /dev/shm
            return
        fi
    fi
    echo "${TMPDIR:-/tmp}"
}

run=$(mktemp -d "${TMPDIR:-/tmp}/gpio-host.XXXXXX")
machine=
# A kernel that panics, or is killed, leaves the processes behind that it ran its own in.
# shellcheck disable=SC2317  # called by the traps
sweep() {
    [ -z "$machine" ] || kill -KILL -- "-$machine" 2>/dev/null || true
    rm -rf "$run"
    # Unless somebody is in there, who then clears it away.
    [ -z "$orders" ] || ! flock -n "$orders/lock" true || rm -rf "$orders"
}
trap sweep EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

case $run in
    *[[:space:]]*) fail "TMPDIR has a space in its name, which a kernel's command line cannot" ;;
esac
cp "$here/init.sh" "$run/init.sh"
chmod 755 "$run/init.sh"
echo "$here" >"$run/tools"
echo 0 >"$run/boots"
pwd >"$run/working-directory"
printf '%s\0' "$@" >"$run/arguments"
[ -z "$orders" ] || echo "$orders" >"$run/orders"
env -0 >"$run/environment"
for mark in "${marks[@]}"; do
    : >"$run/$mark"
done
{
    echo "read $clone"
    [ ! -d "$clone/build" ] || echo "write $clone/build"
    for folder in "${writable[@]}" ${orders:+"$orders"}; do
        echo "write $folder"
    done
} >"$run/folders"

exec 3>"$run/kernel.log" 4<>/dev/null 5<>/dev/null
# Each for reading and writing, so that neither side meets the end of the other's writing.
[ -z "$orders" ] || exec 4<>"$orders/to" 5<>"$orders/from"
# timeout leads a process group of its own, and dies with us even when we are killed.
TMPDIR=$(memory_folder) setpriv --pdeathsig TERM timeout -k 1 "$limit" "$kernel" \
    "mem=$memory" rootfstype=hostfs rootflags=/ ro "init=$run/init.sh" "gpio_host=$run" \
    "uml_dir=$run/" quiet con0=null,fd:3 con=null console=tty0 \
    ssl0=null,fd:1 ssl1=null,fd:2 ssl2=fd:4,fd:5 ssl=null \
    "${arguments[@]}" </dev/null &
machine=$!
ended=0
wait "$machine" 2>/dev/null || ended=$?
kill -KILL -- "-$machine" 2>/dev/null || true
machine=

[ -z "$kernel_log" ] || cp "$run/kernel.log" "$kernel_log"
if [ "$ended" -ne 124 ] && [ "$ended" -ne 137 ] && [ -s "$run/status" ]; then
    status=$(<"$run/status")
    [ "$status" -ne 123 ] || [ "$(<"$run/boots")" -lt 2 ] ||
        say "the machine reset itself before the command ended"
    exit "$status"
fi
case $ended in
    124 | 137)
        say "the command was not done after $limit s: the machine was stopped"
        exit 124
        ;;
esac
tail -n 20 "$run/kernel.log" >&2
if grep -q 'Kernel panic' "$run/kernel.log"; then
    say "the kernel panicked; its last words are above"
    exit 134
fi
say "the machine stopped ($ended) before the command ended; its last words are above"
exit 125
