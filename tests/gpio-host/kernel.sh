#!/usr/bin/env bash
# kernel.sh: builds the kernel of the test machine, once for this machine; kernel.sh --where says
# where it is, or will be. GPIO_HOST_KERNEL names another one, GPIO_HOST_CACHE another folder.
set -euo pipefail
export LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../tools/run/say.sh
source "$here/../../tools/run/say.sh"

package=linux-source-6.12
archive=/usr/src/$package.tar.xz
cache=${GPIO_HOST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lucheng/gpio-host}
# What kernel/config comes to, for the estimate alone.
objects_about=770
needed_mb=700

# Another version, option, patch or way to compile is another kernel.
key() {
    local version
    version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null) || true
    case $version in
        'installed '*) ;;
        *) fail "the kernel of the GPIO host is built from Debian's $package, which is not" \
            "installed; ./run packages --gpio-host installs it and what else it takes" ;;
    esac
    {
        echo "$version $(uname -m)"
        cat "$here"/kernel/*
    } | sha256sum | cut -c 1-16
}

compile() {
    local folder=$1 started=$SECONDS pid
    # Its own process group, so that all of it can be stopped.
    setsid "$here/kernel/compile.sh" "$archive" "$folder" "${JOBS:-$(nproc)}" \
        >"$folder/log" 2>&1 </dev/null 9>&- &
    pid=$!
    # shellcheck disable=SC2064  # the process of now
    trap "kill -TERM -- -$pid 2>/dev/null; rm -rf '$folder'; exit 130" INT TERM HUP
    local every=30 ticker
    [ ! -t 1 ] || every=2
    while kill -0 "$pid" 2>/dev/null; do
        # Beside it and not instead of it: a signal ends the waiting at once.
        sleep "$every" &
        ticker=$!
        wait -n "$pid" "$ticker" || true
        kill "$ticker" 2>/dev/null || true
        progress "$folder/log" $((SECONDS - started))
    done
    [ ! -t 1 ] || echo
    wait "$pid"
}

unpacked_after=0
# progress <log> <seconds so far>
progress() {
    local count left
    count=$(grep -cE '^  (CC|AS) ' "$1" || true)
    if [ "$count" -eq 0 ]; then
        left='unpacking'
        unpacked_after=$2
    elif [ "$count" -lt 20 ]; then
        left='compiling'
    elif [ "$count" -ge "$objects_about" ]; then
        left='linking'
    else
        left=$((($2 - unpacked_after) * (objects_about - count) / count))
        left="about $(((left + 59) / 60)) min to go"
    fi
    if [ -t 1 ]; then
        printf '\r==> %d of about %d objects, %d s, %s   ' "$count" "$objects_about" "$2" "$left"
    else
        say "$count of about $objects_about objects, $2 s, $left"
    fi
}

build() {
    local kernel=$1 folder free_mb
    mkdir -p "$cache"
    exec 9>"$cache/.lock"
    flock -n 9 || timed "waiting for another build of the kernel" flock 9
    [ ! -x "$kernel" ] || return 0
    # We have the lock, so what lies here was left by a build that was killed.
    rm -rf "$cache"/building.*
    [ -f "$archive" ] || fail "$package is installed, but $archive is not there"
    free_mb=$(df -m --output=avail "$cache" | tail -n 1)
    [ "$free_mb" -ge "$needed_mb" ] ||
        fail "building the kernel takes $needed_mb MB for a while, $cache has $free_mb"
    folder=$(mktemp -d "$cache/building.XXXXXX")
    say "building the kernel of the GPIO host, once on this machine: on two idle cores about 4 min"
    if ! timed "compiling the kernel" compile "$folder"; then
        tail -n 20 "$folder/log" >&2
        mv "$folder/log" "$cache/failed.log"
        rm -rf "$folder"
        fail "the kernel of the GPIO host could not be built; all of it is in $cache/failed.log"
    fi
    mkdir -p "$(dirname "$kernel")"
    mv "$folder/linux" "$kernel"
    rm -rf "$folder"
    exec 9>&-
    say "the kernel of the GPIO host is $kernel"
}

kernel=${GPIO_HOST_KERNEL:-}
[ -n "$kernel" ] || kernel="$cache/$(key)/linux"
case ${1:-} in
    --where) echo "$kernel" ;;
    '')
        [ -x "$kernel" ] || [ -z "${GPIO_HOST_KERNEL:-}" ] ||
            fail "GPIO_HOST_KERNEL names $kernel, and there is none"
        [ -x "$kernel" ] || build "$kernel"
        ;;
    *) fail "kernel.sh does not know '$1'" ;;
esac
