#!/usr/bin/env bash
# Measures the programs of BUILD_DIR on this machine and prints one Markdown table. Arguments name
# the parts to run: command, errand, screen, idle, drain; all by default. Best with nothing else
# running.
set -euo pipefail

build=${BUILD_DIR:?names the build directory, as ./run bench does}
programs=$build/bin
slow_disk=$build/lib/libslow_disk.so
parts=${*:-command errand screen idle drain}

for program in bench_{command,errand,screen,idle,drain,floor,idle_paho}; do
    if [ ! -x "$programs/$program" ]; then
        echo "$programs/$program is missing: build the target benches" >&2
        exit 69
    fi
done

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
read -r load _ </proc/loadavg
disk=$(df --output=fstype "${TMPDIR:-/tmp}" | tail -n 1)
if [ "$disk" = tmpfs ]; then
    echo "${TMPDIR:-/tmp} is in memory, where a sync costs nothing: set TMPDIR to a disk" >&2
    exit 64
fi
echo "$(nproc) × ${processor:-$(uname -m)}, $disk, load at the start $load"
echo
echo '| figure | cabinetd | floor | ratio | to reach | reached |'
echo '|---|---|---|---|---|---|'
for part in $parts; do
    case $part in
        command) "$programs/bench_command" "$programs" "$slow_disk" ;;
        errand) "$programs/bench_errand" "$programs" ;;
        screen) "$programs/bench_screen" "$programs" ;;
        idle) "$programs/bench_idle" "$programs" ;;
        drain) "$programs/bench_drain" "$programs" ;;
        *)
            echo "there is no part '$part': command, errand, screen, idle, drain" >&2
            exit 64
            ;;
    esac
done
